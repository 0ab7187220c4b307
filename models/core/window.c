/* window.c - a core that runs ahead of its misses as far as its reorder buffer reaches.
 *
 * `width` instructions are dispatched per cycle; instruction i waits until instruction i - rob has
 * retired, and retirement is in order. Loads that miss overlap, up to the MSHRs of the caches; a
 * load whose address comes from a load under way, through any chain of registers, is sent when that
 * load's data is there. Stores wait for nothing but a free MSHR. Misses of fetch and of instruction
 * translation stall dispatch, less what `fetch-ahead` hides: a decoupled front end asks for lines
 * so many instructions before they are dispatched, several at a time, along the path that is taken
 * (Reinman, Calder and Austin, "Fetch Directed Instruction Prefetching", MICRO 1999;
 * sim/engine/ahead.h). A fault waits for all older instructions.
 * Where the trace does not know dependences, `assume-dependence` says what is assumed, and
 * dependence_unknown counts for how many accesses.
 * Modelled: the above (an interval model: Eyerman et al., TOCS 27(2), 2009). Left out: latencies of
 * arithmetic and of first-level hits, issue ports, branch mispredictions (which also begin fetching
 * anew, so what fetch-ahead hides is a bound), forwarding from stores, the scheduler's size. A wait
 * for the oldest load counts as translation, queueing and latency in this order.
 */
#include "config.h"
#include "sim/engine/ahead.h"
#include "sim/engine/replay.h"

typedef struct {
    guint64 width;
    guint64 rob;
    guint64 fetch_ahead;
    guint assume;
} Params;

typedef enum { LINES_AHEAD, FETCH_HIDDEN } Counter;

/* A load whose data was not there at dispatch. */
typedef struct {
    guint64 seq;    /* its instruction */
    LadClock ready; /* LAD_CLOCK_PENDING: not known */
    LadClock walk, queue;
    guint32 pending; /* number of the transfer */
} Outstanding;

#define NO_LOAD 255

/* When a value is there; `pending` is the transfer that tells if that is not known yet (of several,
 * the youngest). */
typedef struct {
    LadClock ready;
    guint32 pending;
} Arrival;

typedef struct {
    LadReplay replay;
    guint64 rob;       /* what this thread may have of `whole` */
    guint64 whole;     /* the core's */
    guint64 next_wait; /* the instruction that waits for the oldest outstanding load */
    Outstanding *ring; /* oldest first, in [head, tail) modulo mask + 1 */
    guint64 head, tail, mask;
    LadClock latest;       /* when all loads so far are done */
    guint n_pending;       /* loads of unknown end in the ring */
    LadClock latest_known; /* of the others */
    LadClock hit;          /* first-level latency, which replies leave out */
    guint64 late;          /* loads of the entry in progress that are outstanding */
    Arrival load[64];
    LadRegisters hot; /* registers whose value comes from an outstanding load */
    Arrival reg[64];
    Arrival last; /* the last load before the entry */
    LadAhead ahead;
    LadClock hidden; /* of waits for lines of code */
    guint64 *counters;
} State;

static const char *const assumptions[] = {"none", "previous-load", NULL};

static const LadOption options[] = {
    LAD_OPT(Params, width, "width", UINT, "4", "1", "16", "instructions dispatched per cycle"),
    LAD_OPT(Params, rob, "rob", UINT, "224", "1", "4096",
            "instructions between dispatch and retirement (Skylake: 224)"),
    LAD_OPT(Params, fetch_ahead, "fetch-ahead", UINT, "0", NULL, "1024",
            "instructions by which fetching may be ahead of dispatch; 0: a line is asked for when "
            "its first instruction is due"),
    LAD_OPT_ENUM(
        Params, assume, "assume-dependence", "none", assumptions,
        "what an address of unknown dependence comes from: no load, or the load before it"),
    LAD_OPTIONS_END,
};

static const LadCounter counters[] = {
    [LINES_AHEAD] = {"lines_ahead", "1", LAD_COUNT, LAD_SCOPE_CORE,
                     "lines of code whose wait `fetch-ahead` made shorter"},
    [FETCH_HIDDEN] = {"fetch_hidden", "cycle/16", LAD_COUNT, LAD_SCOPE_CORE,
                      "waits for lines of code and their translation that `fetch-ahead` hid"},
    LAD_COUNTERS_END,
};

#define CORE_STATE State

static Outstanding *
oldest(State *state)
{
    return &state->ring[state->head & state->mask];
}

static void
set_next_wait(State *state)
{
    state->next_wait = state->head == state->tail ? G_MAXUINT64 : oldest(state)->seq + state->rob;
}

/* Instruction `next_wait`, due at `at`, waits for the load. */
static void
wait_for(State *state, const Outstanding *load, LadClock at)
{
    lad_replay_wait(&state->replay, load->ready, load->ready - at, load->walk, load->queue);
    if (state->ahead.insns > 0)
        lad_ahead_dispatch(&state->ahead, state->next_wait, load->ready);
}

static gboolean
retire_until(State *state, guint64 seq)
{
    LadReplay *replay = &state->replay;
    while (state->next_wait <= seq) {
        const Outstanding *load = oldest(state);
        if (load->ready == LAD_CLOCK_PENDING)
            return FALSE;
        LadClock at = replay->base + (state->next_wait - replay->seq) * replay->per_insn;
        if (load->ready > at)
            wait_for(state, load, at);
        state->head++;
        set_next_wait(state);
    }
    return TRUE;
}

static inline gboolean
core_settle(State *state, guint64 seq)
{
    return G_LIKELY(state->next_wait > seq) || retire_until(state, seq);
}

/* While loads are outstanding, a hit may depend on one; its result is late, but a hit that nothing
 * waits for costs nothing, and sources are transitive, so hits need no care. */
static inline gboolean
core_is_quick(const State *state)
{
    (void)state;
    return TRUE;
}

static void
later(Arrival *into, const Arrival *other)
{
    if (other->ready > into->ready)
        *into = *other;
    else if (other->ready == LAD_CLOCK_PENDING)
        into->pending = MAX(into->pending, other->pending);
}

static Arrival
latest_source(const State *state, const LadSources *sources, gboolean after_last)
{
    Arrival arrival = {0, 0};
    for (guint64 rest = sources->loads & state->late; rest; rest &= rest - 1)
        later(&arrival, &state->load[__builtin_ctzll(rest)]);
    for (guint64 rest = sources->registers & state->hot; rest; rest &= rest - 1)
        later(&arrival, &state->reg[__builtin_ctzll(rest)]);
    if (after_last)
        later(&arrival, &state->last);
    return arrival;
}

static inline gboolean
core_issue(State *state, LadPlanOperand operand, const LadDependence *dependence, LadClock *issue)
{
    LadReplay *replay = &state->replay;
    LadClock now = replay->base + operand.insn * replay->per_insn;
    *issue = now;
    if (state->latest > now) {
        Arrival address = latest_source(state, &dependence->sources, dependence->after_last);
        if (address.ready == LAD_CLOCK_PENDING)
            return FALSE;
        *issue = MAX(now, address.ready);
    }
    replay->port->drained = state->latest == LAD_CLOCK_PENDING ? 0 : state->latest;
    return TRUE;
}

static void
grow_ring(State *state)
{
    guint64 size = state->mask + 1;
    Outstanding *ring = g_new0(Outstanding, 2 * size);
    for (guint64 i = state->head; i < state->tail; i++)
        ring[i & (2 * size - 1)] = state->ring[i & state->mask];
    g_free(state->ring);
    state->ring = ring;
    state->mask = 2 * size - 1;
}

static void
add_outstanding(State *state, LadPlanOperand operand, const LadDependence *dependence,
                LadClock ready)
{
    const LadReply *reply = &state->replay.port->reply;
    Outstanding load = {.seq = state->replay.seq + operand.insn,
                        .ready = ready,
                        .walk = reply->walk,
                        .queue = reply->queue,
                        .pending = reply->pending};
    if (state->tail - state->head > state->mask)
        grow_ring(state);
    state->ring[state->tail++ & state->mask] = load;
    if (G_UNLIKELY(ready == LAD_CLOCK_PENDING))
        state->n_pending++;
    else
        state->latest_known = MAX(state->latest_known, ready);
    set_next_wait(state);
    state->latest = MAX(state->latest, ready);
    Arrival arrival = {ready, reply->pending};
    if (dependence->load == NO_LOAD) {
        state->last = arrival;
        return;
    }
    guint64 bit = (guint64)1 << dependence->load;
    if (!(state->late & bit))
        state->load[dependence->load] = arrival;
    else
        later(&state->load[dependence->load], &arrival);
    state->late |= bit;
}

static inline gboolean
core_access_done(State *state, LadPlanOperand operand, const LadDependence *dependence,
                 LadClock now, LadClock issue)
{
    LadReplay *replay = &state->replay;
    const LadReply *reply = &replay->port->reply;
    if (!(operand.kind & LAD_OPERAND_READS)) {
        lad_replay_blocked(replay, reply->blocked);
        if (reply->blocked > 0 && state->ahead.insns > 0)
            lad_ahead_dispatch(&state->ahead, replay->seq + operand.insn, now + reply->blocked);
        return TRUE;
    }
    LadClock ready = reply->ready;
    if (ready != LAD_CLOCK_PENDING && ready > issue + reply->walk)
        ready += state->hit;
    if (ready > now)
        add_outstanding(state, operand, dependence, ready);
    return TRUE;
}

/* Carry what is outstanding over to the registers that the entry leaves behind. */
static void
carry(State *state, const LadPlan *plan, LadClock end)
{
    LadRegisters hot = state->hot & ~plan->written;
    Arrival results[64];
    for (guint i = 0; i < plan->n_results; i++)
        results[i] = latest_source(state, &plan->results[i].sources, plan->results[i].after_last);
    for (guint i = 0; i < plan->n_results; i++) {
        if (results[i].ready <= end)
            continue;
        hot |= plan->results[i].reg;
        state->reg[__builtin_ctzll(plan->results[i].reg)] = results[i];
    }
    state->hot = hot;
}

static inline gboolean
core_entry_done(State *state, const LadPlan *plan)
{
    LadReplay *replay = &state->replay;
    if (G_LIKELY(state->head == state->tail))
        return TRUE;
    if (!core_settle(state, replay->seq + plan->n_insns))
        return FALSE;
    LadClock end = replay->base + plan->n_insns * replay->per_insn;
    if (state->latest <= end) {
        /* Nothing is outstanding any more. */
        state->head = state->tail;
        state->next_wait = G_MAXUINT64;
        state->hot = state->late = 0;
        state->last.ready = 0;
        return TRUE;
    }
    if (state->late | (state->hot & plan->consulted) || state->last.ready > end)
        carry(state, plan, end);
    else
        state->hot &= ~plan->written;
    if (plan->last_load != NO_LOAD) {
        gboolean late = state->late >> plan->last_load & 1;
        state->last = late ? state->load[plan->last_load] : (Arrival){0, 0};
    }
    state->late = 0;
    return TRUE;
}

/* All older loads are done. FALSE: nobody knows when. */
static gboolean
core_drain(State *state)
{
    LadReplay *replay = &state->replay;
    for (; state->head != state->tail; state->head++) {
        const Outstanding *load = oldest(state);
        if (load->ready == LAD_CLOCK_PENDING) {
            set_next_wait(state);
            return FALSE;
        }
        if (load->ready > replay->base)
            lad_replay_wait(replay, load->ready, load->ready - replay->base, load->walk,
                            load->queue);
    }
    set_next_wait(state);
    return TRUE;
}

static inline LadClock
core_fetch_lead(State *state, guint64 seq, guint64 line, LadClock now)
{
    const LadReply *reply = &state->replay.port->reply;
    if (state->ahead.insns == 0)
        return 0;
    /* The caches still wait for a line that has come, as they were asked later than it was. */
    if (reply->level == 0 && reply->ready > now && lad_ahead_has(&state->ahead, line, reply->ready))
        return reply->ready - now;
    return lad_ahead_ask(&state->ahead, seq, now, reply->walk);
}

static inline void
core_fetched(State *state, guint64 seq, guint64 line, LadClock at, LadClock hidden)
{
    const LadReplay *replay = &state->replay;
    const LadReply *reply = &replay->port->reply;
    if (!state->ahead.asked)
        return;
    lad_ahead_arrived(&state->ahead, line, at, reply->ready, reply->level > 0);
    lad_ahead_dispatch(&state->ahead, seq, replay->base + (seq - replay->seq) * replay->per_insn);
    state->hidden += hidden;
    state->counters[LINES_AHEAD] += hidden > 0;
    state->counters[FETCH_HIDDEN] = state->hidden >> LAD_CLOCK_TICK_SHIFT;
}

static inline void
core_restarts(State *state)
{
    lad_ahead_restart(&state->ahead, state->replay.base);
}

/* SMT: what the sibling has not taken; what is in the window stays. */
static inline void
core_share(State *state, const LadCore *core)
{
    const LadCore *other = core->host->cores[core->index ^ 1];
    State *sibling = other->state;
    guint64 used = 0, own = 0;
    if (other->thread && sibling->head != sibling->tail)
        used = sibling->replay.seq - MIN(oldest(sibling)->seq, sibling->replay.seq);
    if (state->head != state->tail)
        own = state->replay.seq - MIN(oldest(state)->seq, state->replay.seq);
    state->rob = MAX(state->whole - MIN(used, state->whole), own + 1);
    set_next_wait(state);
}

#include "sim/engine/replay-loop.h"

static void
settle_arrival(Arrival *arrival, guint32 number, LadClock ready)
{
    if (arrival->ready == LAD_CLOCK_PENDING && arrival->pending == number)
        arrival->ready = ready;
}

/* A transfer that was under way without a known end has ended. */
static void
arrived(void *data, guint32 number, LadClock ready)
{
    State *state = data;
    for (guint64 i = state->head; i < state->tail; i++) {
        Outstanding *load = &state->ring[i & state->mask];
        if (load->pending == number && load->ready == LAD_CLOCK_PENDING) {
            load->ready = ready;
            state->n_pending--;
        }
    }
    state->latest_known = MAX(state->latest_known, ready);
    if (state->n_pending == 0)
        state->latest = state->latest_known;
    for (guint64 rest = state->late; rest; rest &= rest - 1)
        settle_arrival(&state->load[__builtin_ctzll(rest)], number, ready);
    for (guint64 rest = state->hot; rest; rest &= rest - 1)
        settle_arrival(&state->reg[__builtin_ctzll(rest)], number, ready);
    settle_arrival(&state->last, number, ready);
}

static gboolean
init(LadCore *core, GError **error)
{
    (void)error;
    State *state = core->state;
    const Params *params = core->params;
    lad_replay_init(&state->replay, core, (guint)params->width, TRUE, (LadAssume)params->assume);
    LadPort *port = state->replay.port;
    port->arrived = arrived;
    port->arrived_data = state;
    state->hit = port->level[LAD_PORT_DATA][0]->latency;
    state->rob = state->whole = params->rob;
    if (core->host->threads_per_core > 1 && !core->host->smt_competitive)
        state->rob = MAX(params->rob / core->host->threads_per_core, 1);
    state->mask = 255;
    state->ring = g_new0(Outstanding, state->mask + 1);
    state->next_wait = G_MAXUINT64;
    state->counters = core->counters;
    lad_ahead_init(&state->ahead, params->fetch_ahead, state->replay.per_insn,
                   port->level[LAD_PORT_FETCH][0]->mshrs.n);
    return TRUE;
}

static void
clear(LadCore *core)
{
    State *state = core->state;
    g_free(state->ring);
    lad_ahead_clear(&state->ahead);
}

static void
attach(LadCore *core)
{
    State *state = core->state;
    lad_replay_attach(&state->replay, core);
    core_restarts(state);
}

static void
detach(LadCore *core)
{
    State *state = core->state;
    state->hot = state->late = 0;
    state->last = (Arrival){0, 0};
    lad_replay_detach(&state->replay, core);
}

const LadCoreClass lad_core_window = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_CORE, LadCoreClass, "window",
                            "a reorder buffer: independent misses overlap"),
             .models = "Dispatch width, reorder buffer, in-order retirement, misses that overlap "
                       "up to the MSHRs, addresses that come from loads under way, fetch misses "
                       "that stall dispatch as far as fetching ahead of it does not hide them, "
                       "faults that drain, two threads per core that share "
                       "dispatch and window as they come or half each.",
             .leaves_out = "Latencies of arithmetic and of first-level hits, issue ports, branch "
                           "mispredictions, forwarding from stores, the scheduler's size.",
             .source = "Interval model (Eyerman et al., TOCS 27(2), 2009); checked against a "
                       "hand-computed ten-access trace, a pointer chase and a stream.",
             .options = options, .counters = counters, .params_size = sizeof(Params),
             .host_size = sizeof(State)},
    .timed = TRUE,
    .init = init,
    .clear = clear,
    .run = replay_run,
    .detach = detach,
    .attach = attach,
};
