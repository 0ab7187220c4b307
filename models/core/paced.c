/* paced.c - a core for traces of level page: which pages are touched, and how fast.
 *
 * No caches and no TLBs: a touch sets the page's accessed bit, takes a fault where one is due, and
 * moves `lines` lines. Pace `closed`: a touch takes `compute`, and the latency of the page's tier
 * divided by `overlap`, so a program slows down with its memory. Pace `trace`: it begins no earlier
 * than the trace's time stamps say; touches of an interval are spread evenly over it. Touches of an
 * interval have no known order and are shuffled, unless the trace knows the order. A touch with a
 * weight stands for so many, sets the bits once and takes at most one fault.
 *
 * Where run.capacity-scale shrinks the footprint, pages that sim/engine/pagesample.h leaves out are
 * passed over: they take no time, each touch that is left takes what it would, and touches of an
 * interval or with time stamps keep their place in it.
 *
 * Latencies are those of the tier's model under the load that all cores together make
 * (sim/kernel/flow.h); they are looked at once per slice of touches. A touch counts as an
 * instruction, and as a load or, if it writes, a store. Left out: caches, TLBs, the lines within a
 * page, instructions.
 */
#include "config.h"
#include "sim/engine/interval.h"
#include "sim/engine/pagesample.h"
#include "sim/engine/touchkinds.h"
#include "sim/kernel/flow.h"
#include "sim/kernel/touch.h"
#include <memladder/core.h>
#include <memladder/placement.h>

/* The clock counts 1/16 of a core's tick, 1/256 of a cycle. */
#define FINE_SHIFT 4

/* Touches looked at at once where some pages are left out. */
#define CHOICE 256

/* A slice ends after so many touches or so much time. */
#define SLICE_TOUCHES 1024
#define SLICE_TIME    LAD_MS
/* The first ones are shorter, since they do not know yet what their touches wait. */
#define FIRST_SLICE 16
/* How far a core may run ahead of another one's turn where nothing faults. */
#define RUN_AHEAD (100 * LAD_US)
/* A thread that waits longer lets its core go. */
#define SHORT_WAIT LAD_MS

typedef enum { PACE_CLOSED, PACE_TRACE } Pace;

typedef struct {
    guint pace;
    LadTime compute, setup_compute;
    double overlap;
    guint64 lines;
} Params;

/* Those of some touches whose pages are replayed. */
typedef struct {
    guint64 addresses[CHOICE];
    guint8 writes[CHOICE];
    guint16 at[CHOICE + 1]; /* of each, how many come before it; of one more: how many in all */
    guint n;
} Choice;

typedef struct {
    LadKernel *kernel;
    LadTouchKinds *kinds;
    LadTouches touches;
    LadPageSample sample;
    Choice choice;
    guint64 compute, setup_compute;
    guint64 wait[LAD_MAX_TIERS]; /* of a touch for its tier, of it without load: */
    guint64 wait_idle[LAD_MAX_TIERS];
    LadTime latency[LAD_MAX_TIERS]; /* of a line */
    LadFlow flows[LAD_MAX_TIERS];
    guint64 counted[LAD_MAX_TIERS], counted_writes[LAD_MAX_TIERS]; /* of the slice under way */
    guint64 slice_begin, slice_length, n_in_slice, slice_touches;
    guint64 stack[LAD_CORE_N_COUNTERS], published[LAD_CORE_N_COUNTERS];
    guint64 idle, begin; /* waited without a thread's work; the clock where counting began */
    gboolean has_origin; /* core 0's: the first time stamp seen is time 0 */
    guint64 origin;
} State;

static const char *const paces[] = {"closed", "trace", NULL};

static const LadOption options[] = {
    LAD_OPT_ENUM(Params, pace, "pace", "closed", paces,
                 "what sets the time of a touch: the one before it, or the trace's time stamps"),
    LAD_OPT(Params, compute, "compute", TIME, "100 ns", "0 s", "1 s",
            "CPU time of a touch, the wait for its tier apart (assumed)"),
    LAD_OPT(Params, setup_compute, "setup-compute", TIME, "0 ns", "0 s", "1 s",
            "the same inside request number 0, where a trace fills its memory"),
    LAD_OPT(Params, overlap, "overlap", DOUBLE, "1", "1", "1000",
            "touches under way at once: each waits for its tier's latency divided by this"),
    LAD_OPT(Params, lines, "lines", UINT, "1", "1", "64", "lines of 64 bytes that a touch moves"),
    LAD_OPTIONS_END,
};

/* ---- Time ------------------------------------------------------------------------------------ */

static guint64
fine_from_ps(const LadCore *core, LadTime ps)
{
    return ps >= LAD_TIME_MAX ? G_MAXUINT64 : lad_ticks_from_ps(core, ps) << FINE_SHIFT;
}

static LadTime
now_ps(const LadCore *core, const State *state)
{
    return lad_ticks_to_ps(core, state->touches.now >> FINE_SHIFT);
}

static void
spend(LadCore *core, State *state, LadCoreCounter row, LadTime duration)
{
    guint64 fine = fine_from_ps(core, duration);
    state->touches.now += fine;
    state->stack[row] += fine;
}

/* CPU time that daemons and interrupts took. */
static void
pay_charges(LadCore *core, State *state)
{
    for (guint why = 0; why < LAD_N_CHARGES; why++) {
        guint64 fine = core->pending_charge[why] << FINE_SHIFT;
        state->touches.now += fine;
        state->stack[why == LAD_CHARGE_FAULT ? LAD_CORE_FAULT : LAD_CORE_KERNEL] += fine;
        core->charged[why] += core->pending_charge[why];
        core->pending_charge[why] = 0;
    }
}

/* ---- Slices: traffic and latency ---------------------------------------------------------------
 */

static void
set_costs(LadCore *core, State *state, gboolean filling)
{
    guint64 compute = filling ? state->setup_compute : state->compute;
    for (guint i = 0; i < core->host->n_tiers; i++)
        state->touches.cost[i] = MAX(compute + state->wait[i], 1);
}

static guint64
wait_of(LadCore *core, LadTime latency)
{
    const Params *params = core->params;
    return (guint64)((double)fine_from_ps(core, latency) / params->overlap);
}

/* Tell a tier what it was asked for in the slice, and learn what the next one's touches wait. */
static void
send_lines(LadCore *core, State *state, guint i, LadFlowSlice *slice)
{
    const Params *params = core->params;
    LadTouches *touches = &state->touches;
    guint64 n = touches->touches[i], loaded = n * state->wait[i];
    guint64 idle = MIN(n * state->wait_idle[i], loaded);
    state->stack[LAD_CORE_MEMORY_LATENCY] += idle;
    state->stack[LAD_CORE_MEMORY_BANDWIDTH] += loaded - idle;
    slice->reads = n * params->lines;
    slice->writes = touches->writes[i] * params->lines;
    slice->waited = state->latency[i];
    state->latency[i] = lad_flow_slice(core->host->tiers[i], &state->flows[i], slice);
    state->wait[i] = wait_of(core, state->latency[i]);
    touches->touches[i] = touches->writes[i] = 0;
    state->counted[i] = state->counted_writes[i] = 0;
}

/* Counters keep up with the slice under way. */
static void
count_touches(LadCore *core, State *state)
{
    const LadTouches *touches = &state->touches;
    for (guint i = 0; i < core->host->n_tiers; i++) {
        guint64 n = touches->touches[i] - state->counted[i];
        guint64 n_writes = touches->writes[i] - state->counted_writes[i];
        core->common[LAD_CORE_INSTRUCTIONS] += n;
        core->common[LAD_CORE_LOADS] += n - n_writes;
        core->common[LAD_CORE_STORES] += n_writes;
        state->counted[i] = touches->touches[i];
        state->counted_writes[i] = touches->writes[i];
    }
}

/* A slice that something has cut short counts as the part of one that it is. */
static void
end_slice(LadCore *core, State *state)
{
    guint64 length = state->touches.now - state->slice_begin;
    double by_touches = (double)state->n_in_slice / (double)state->slice_touches;
    double by_time = (double)length / (double)state->slice_length;
    LadFlowSlice slice = {.from = lad_ticks_to_ps(core, state->slice_begin >> FINE_SHIFT),
                          .to = now_ps(core, state),
                          .weight = MIN(MAX(by_touches, by_time), 1)};
    count_touches(core, state);
    for (guint i = 0; i < core->host->n_tiers; i++)
        if (!core->host->tiers[i]->class->faulting)
            send_lines(core, state, i, &slice);
    state->slice_begin = state->touches.now;
    state->n_in_slice = 0;
}

static guint64
slice_end(const State *state)
{
    return state->slice_begin + state->slice_length;
}

static void
end_slice_if_due(LadCore *core, State *state, guint64 n)
{
    state->n_in_slice += n;
    if (state->n_in_slice >= state->slice_touches || state->touches.now >= slice_end(state)) {
        const LadInterval *interval = core->thread->touches;
        end_slice(core, state);
        state->slice_touches = MIN(2 * state->slice_touches, SLICE_TOUCHES);
        set_costs(core, state, interval->filling);
    }
}

/* ---- Faults and waiting ------------------------------------------------------------------------
 */

typedef enum { GO_ON, STOPPED } Step;

typedef struct {
    LadTime horizon, limit;
    guint64 bound; /* of touches: the horizon, or a little beyond the limit */
    LadCoreStop stop;
} Bounds;

/* The kernel may have made events that come before those known. */
static void
look_ahead(LadCore *core, Bounds *bounds)
{
    LadTime next = lad_queue_next_time(core->host->queue);
    bounds->horizon = MIN(bounds->horizon, next);
    bounds->limit = MIN(bounds->limit, next);
    bounds->bound = MIN(bounds->bound, fine_from_ps(core, next));
}

static Step
stop(Bounds *bounds, LadCoreStop why)
{
    bounds->stop = why;
    return STOPPED;
}

static Step
take_fault(LadCore *core, State *state, Bounds *bounds, guint64 address, gboolean write)
{
    LadThread *thread = core->thread;
    LadTime now = now_ps(core, state);
    if (now >= bounds->limit)
        return stop(bounds, now >= bounds->horizon ? LAD_STOP_HORIZON : LAD_STOP_TURN);
    LadFault fault =
        lad_kernel_fault(state->kernel, thread, core->index, address + thread->address_offset,
                         write ? LAD_ACCESS_WRITE : LAD_ACCESS_READ, now);
    spend(core, state, LAD_CORE_FAULT, fault.cost);
    spend(core, state, LAD_CORE_KERNEL, fault.kernel_cost);
    core->charged[LAD_CHARGE_FAULT] += lad_ticks_from_ps(core, fault.cost);
    core->charged[LAD_CHARGE_RECLAIM] += lad_ticks_from_ps(core, fault.kernel_cost);
    pay_charges(core, state);
    look_ahead(core, bounds);
    if (fault.status == LAD_FAULT_FAILED)
        return stop(bounds, LAD_STOP_HORIZON);
    if (fault.status == LAD_FAULT_SLEEP) {
        if (thread->state == LAD_THREAD_RUNNING)
            thread->state = LAD_THREAD_MEMSTALL;
        return stop(bounds, LAD_STOP_SLEEP);
    }
    return GO_ON;
}

/* Do nothing until `when`: for long, by letting the core go. */
static Step
wait_until(LadCore *core, State *state, Bounds *bounds, guint64 when)
{
    LadThread *thread = core->thread;
    LadInterval *interval = thread->touches;
    guint64 now = state->touches.now;
    if (when <= now)
        return GO_ON;
    if (when - now > fine_from_ps(core, SHORT_WAIT)) {
        interval->asleep = TRUE;
        interval->wake = when;
        thread->state = LAD_THREAD_ASLEEP;
        core->host->hooks->wake(core->host, thread,
                                lad_ticks_to_ps(core, (when + 15) >> FINE_SHIFT) + 1);
        return stop(bounds, LAD_STOP_SLEEP);
    }
    guint64 until = MIN(when, MAX(bounds->bound, now + 1));
    state->idle += until - now;
    state->touches.now = until;
    return until < when ? stop(bounds, LAD_STOP_HORIZON) : GO_ON;
}

/* ---- Items: touches with weights, of an interval or alone --------------------------------------
 */

/* When the interval's next touch is due, with its touches spread evenly. */
static guint64
due(const LadInterval *interval)
{
    if (interval->end <= interval->begin || interval->total == 0)
        return interval->begin;
    unsigned __int128 length = interval->end - interval->begin;
    return interval->begin + (guint64)(length * interval->done / interval->total);
}

static void
next_page(LadInterval *interval, LadTouchItem *item)
{
    item->address += LAD_PAGE_BYTES;
    if (--item->n_pages == 0)
        interval->next++;
}

/* Go on with the item at hand until it is through, a fault stops it or the time is up. */
static Step
replay_item(LadCore *core, State *state, Bounds *bounds, LadTouchItem *item)
{
    const Params *params = core->params;
    LadThread *thread = core->thread;
    LadInterval *interval = thread->touches;
    LadTouches *touches = &state->touches;
    if (touches->now >= bounds->bound)
        return stop(bounds, LAD_STOP_HORIZON);
    if (item->left == 0 && !lad_page_sample_has(&state->sample, item->address)) {
        interval->done += item->weight;
        next_page(interval, item);
        return GO_ON;
    }
    if (item->left == 0) {
        if (params->pace == PACE_TRACE && wait_until(core, state, bounds, due(interval)) == STOPPED)
            return STOPPED;
        if (!lad_kernel_touch_page(state->kernel, thread->process,
                                   item->address + thread->address_offset, item->writes > 0,
                                   item->weight * params->lines * 64, &item->tier))
            return take_fault(core, state, bounds, item->address, item->writes > 0);
        item->left = item->weight;
        interval->done += item->weight;
    }
    guint64 end = MIN(bounds->bound, slice_end(state)), cost = touches->cost[item->tier];
    guint64 room = end > touches->now ? (end - touches->now + cost - 1) / cost : 1;
    guint64 n = MIN(MIN(item->left, MAX(room, 1)), state->slice_touches - state->n_in_slice);
    /* The writes are spread over the touches: so many come before and after these. */
    guint64 begun = item->weight - item->left;
    guint64 before = (guint64)((unsigned __int128)item->writes * begun / item->weight);
    guint64 after = (guint64)((unsigned __int128)item->writes * (begun + n) / item->weight);
    touches->touches[item->tier] += n;
    touches->writes[item->tier] += after - before;
    touches->now += n * cost;
    thread->n_insns += n;
    item->left -= n;
    if (item->left == 0)
        next_page(interval, item);
    end_slice_if_due(core, state, n);
    return GO_ON;
}

/* ---- Records and intervals ---------------------------------------------------------------------
 */

static guint64
fine_from_stamp(LadCore *core, const LadThread *thread, guint64 stamp)
{
    State *first = core->host->cores[0]->state;
    guint64 tick = lad_trace_reader_header(thread->trace)->tick_ps;
    if (!first->has_origin) {
        first->has_origin = TRUE;
        first->origin = stamp;
    }
    return stamp > first->origin ? fine_from_ps(core, (stamp - first->origin) * tick) : 0;
}

/* How long the header says that intervals are, in the core's time; 0: it does not. */
static guint64
noted_interval(LadCore *core, const LadThread *thread)
{
    const LadTraceHeader *header = lad_trace_reader_header(thread->trace);
    const char *text = g_hash_table_lookup(header->notes, LAD_NOTE_INTERVAL);
    guint64 ticks = 0;
    if (text && g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &ticks, NULL))
        return fine_from_ps(core, ticks * header->tick_ps);
    return 0;
}

static gboolean
order_is_exact(const LadThread *thread)
{
    const LadTraceHeader *header = lad_trace_reader_header(thread->trace);
    return g_strcmp0(g_hash_table_lookup(header->notes, LAD_NOTE_ORDER), "exact") == 0;
}

/* Of the next `n` touches those whose pages are replayed, up to `most` of them. */
static void
choose(const LadPageSample *sample, Choice *choice, const guint64 *addresses, const guint8 *writes,
       guint n, guint64 most)
{
    guint i;
    choice->n = 0;
    for (i = 0; i < MIN(n, CHOICE) && choice->n < most; i++) {
        if (!lad_page_sample_has(sample, addresses[i]))
            continue;
        choice->addresses[choice->n] = addresses[i];
        choice->writes[choice->n] = writes[i];
        choice->at[choice->n++] = (guint16)i;
    }
    choice->at[choice->n] = (guint16)i;
}

/* A stretch of single touches in exact order. */
static Step
replay_touches(LadCore *core, State *state, Bounds *bounds)
{
    LadThread *thread = core->thread;
    LadTouches *touches = &state->touches;
    guint32 at = thread->address + thread->within.operand;
    const guint64 *addresses = thread->batch->addresses + at;
    guint n_known = thread->batch->n_addresses - at, n;
    const guint8 *writes = lad_touch_kinds_next(state->kinds, thread, &n);
    guint64 most =
        MIN(thread->stop_insns - thread->n_insns, state->slice_touches - state->n_in_slice);
    const Choice *choice = NULL;
    if (!state->sample.all) {
        choose(&state->sample, &state->choice, addresses, writes, n, most);
        choice = &state->choice;
        addresses = choice->addresses;
        writes = choice->writes;
        n = n_known = choice->n;
    }
    n = (guint)MIN(most, n);
    touches->bound = MIN(bounds->bound, slice_end(state));
    touches->address_offset = thread->address_offset;
    guint done =
        lad_kernel_touch(state->kernel, thread->process, touches, addresses, n_known, writes, n);
    lad_touch_kinds_advance(state->kinds, thread, choice ? choice->at[done] : done);
    thread->n_insns += done;
    end_slice_if_due(core, state, done);
    if (touches->now >= bounds->bound)
        return stop(bounds, LAD_STOP_HORIZON);
    if (done < n && touches->now < touches->bound)
        return take_fault(core, state, bounds, addresses[done], writes[done]);
    return GO_ON;
}

static Step
reach_record(LadCore *core, State *state, Bounds *bounds, const LadRecord *record)
{
    LadThread *thread = core->thread;
    LadInterval *interval = thread->touches;
    LadTime now = now_ps(core, state);
    if (now >= bounds->limit)
        return stop(bounds, now >= bounds->horizon ? LAD_STOP_HORIZON : LAD_STOP_TURN);
    thread->token++;
    thread->n_records++;
    if (record->kind == LAD_RECORD_REQUEST_BEGIN || record->kind == LAD_RECORD_REQUEST_END) {
        if (record->value == 0)
            interval->filling = record->kind == LAD_RECORD_REQUEST_BEGIN;
        end_slice(core, state);
        state->slice_touches = FIRST_SLICE;
        set_costs(core, state, interval->filling);
    }
    gboolean stays = core->host->hooks->record(core->host, thread, record, now);
    look_ahead(core, bounds);
    return stays ? GO_ON : stop(bounds, LAD_STOP_SLEEP);
}

/* Take one entry or record of an open interval; FALSE at what ends it or must happen in its place.
 */
static gboolean
gather_token(LadCore *core, State *state, LadThread *thread, guint32 token)
{
    LadInterval *interval = thread->touches;
    const LadBatch *batch = thread->batch;
    if (token & LAD_TOKEN_RECORD) {
        const LadRecord *record = &batch->records[token & ~LAD_TOKEN_RECORD];
        if (record->kind == LAD_RECORD_COMPRESSIBILITY)
            core->host->hooks->record(core->host, thread, record, now_ps(core, state));
        else if (!lad_interval_add_record(interval, record) && record->kind != LAD_RECORD_SWITCH)
            return FALSE;
        thread->n_records++;
    } else {
        const guint8 *writes;
        guint n = lad_touch_kinds_entry(state->kinds, thread->code, token, &writes);
        for (guint i = 0; i < n; i++)
            lad_interval_add(interval, batch->addresses[thread->address + i], 1, 1, writes[i]);
        thread->address += n;
        thread->n_records += lad_code_entry(thread->code, token)->n_blocks;
    }
    thread->token++;
    return TRUE;
}

/* The touches up to the next time stamp, in a random order. */
static void
gather_interval(LadCore *core, State *state)
{
    LadThread *thread = core->thread;
    LadInterval *interval = thread->touches;
    gboolean more = TRUE;
    lad_interval_clear(interval);
    while (more) {
        if (!thread->batch || thread->token >= thread->batch->n_tokens) {
            more = lad_thread_next_batch(thread);
            continue;
        }
        more = gather_token(core, state, thread, thread->batch->tokens[thread->token]);
    }
    lad_interval_shuffle(interval);
    guint64 noted = noted_interval(core, thread);
    interval->end = noted ? interval->begin + noted : 0;
    if (!thread->batch)
        return;
    guint32 token = thread->batch->tokens[thread->token];
    const LadRecord *record = &thread->batch->records[token & ~LAD_TOKEN_RECORD];
    if (token & LAD_TOKEN_RECORD && record->kind == LAD_RECORD_TIME)
        interval->end = fine_from_stamp(core, thread, record->value);
}

/* A time stamp, an idle period, touches, or something for the machine. */
static Step
replay_record(LadCore *core, State *state, Bounds *bounds, const LadRecord *record)
{
    const Params *params = core->params;
    LadThread *thread = core->thread;
    LadInterval *interval = thread->touches;
    guint64 tick = lad_trace_reader_header(thread->trace)->tick_ps;
    lad_interval_clear(interval);
    if (lad_interval_add_record(interval, record)) {
        interval->begin = interval->end = 0;
        thread->token++;
        thread->n_records++;
        return GO_ON;
    }
    if (record->kind == LAD_RECORD_IDLE) {
        thread->token++;
        thread->n_records++;
        interval->open = FALSE;
        return wait_until(core, state, bounds,
                          state->touches.now + fine_from_ps(core, record->value * tick));
    }
    if (record->kind != LAD_RECORD_TIME)
        return reach_record(core, state, bounds, record);
    thread->token++;
    thread->n_records++;
    interval->begin = fine_from_stamp(core, thread, record->value);
    if (params->pace == PACE_TRACE && wait_until(core, state, bounds, interval->begin) == STOPPED) {
        interval->open = !order_is_exact(thread);
        return STOPPED;
    }
    if (params->pace == PACE_CLOSED)
        interval->begin = 0;
    interval->open = !order_is_exact(thread);
    return GO_ON;
}

/* ---- The model --------------------------------------------------------------------------------
 */

static Step
replay_some(LadCore *core, State *state, Bounds *bounds)
{
    LadThread *thread = core->thread;
    LadInterval *interval = thread->touches;
    if (interval->asleep) {
        interval->asleep = FALSE;
        if (wait_until(core, state, bounds, interval->wake) == STOPPED)
            return STOPPED;
    }
    if (thread->n_insns >= thread->stop_insns)
        return stop(bounds, LAD_STOP_LIMIT);
    LadTouchItem *item = lad_interval_item(interval);
    if (item)
        return replay_item(core, state, bounds, item);
    if (interval->open) {
        interval->open = FALSE;
        gather_interval(core, state);
        return GO_ON;
    }
    if (!thread->batch || thread->token >= thread->batch->n_tokens) {
        lad_touch_kinds_forget(state->kinds);
        if (!lad_thread_next_batch(thread))
            return stop(bounds, LAD_STOP_END);
    }
    guint32 token = thread->batch->tokens[thread->token];
    if (!(token & LAD_TOKEN_RECORD))
        return replay_touches(core, state, bounds);
    return replay_record(core, state, bounds, &thread->batch->records[token & ~LAD_TOKEN_RECORD]);
}

/* Rows of the stack as ticks; what rounding leaves over is base time, so that they add up. */
static void
publish(LadCore *core, State *state)
{
    static const LadCoreCounter rows[] = {LAD_CORE_MEMORY_LATENCY, LAD_CORE_MEMORY_BANDWIDTH,
                                          LAD_CORE_FAULT, LAD_CORE_KERNEL};
    guint64 all = (state->touches.now - state->begin - state->idle) >> FINE_SHIFT, others = 0;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint64 value = state->stack[rows[i]] >> FINE_SHIFT;
        others += value;
        core->common[rows[i]] += value - state->published[rows[i]];
        state->published[rows[i]] = value;
    }
    guint64 base = all > others ? all - others : 0;
    core->common[LAD_CORE_BASE] += base - state->published[LAD_CORE_BASE];
    state->published[LAD_CORE_BASE] = base;
    core->common[LAD_CORE_TICKS] += base + others - state->published[LAD_CORE_TICKS];
    state->published[LAD_CORE_TICKS] = base + others;
    /* A wait has the lines of all touches under way at once. */
    const Params *params = core->params;
    LadCoreCounter bound = (double)params->lines * params->overlap >= core->occupancy_threshold
                               ? LAD_CORE_BANDWIDTH_BOUND
                               : LAD_CORE_LATENCY_BOUND;
    core->common[bound] =
        core->common[LAD_CORE_MEMORY_LATENCY] + core->common[LAD_CORE_MEMORY_BANDWIDTH];
    guint64 idle = state->idle >> FINE_SHIFT;
    core->common[LAD_CORE_IDLE] += idle - state->published[LAD_CORE_IDLE];
    state->published[LAD_CORE_IDLE] = idle;
}

static LadCoreStop
run(LadCore *core, LadTime horizon, LadTime limit)
{
    State *state = core->state;
    Bounds bounds = {.horizon = horizon, .limit = limit};
    guint64 clock = core->now << FINE_SHIFT;
    if (clock > state->touches.now) {
        /* The scheduler has moved the clock of a core that idled. */
        state->begin += clock - state->touches.now;
        state->touches.now = clock;
    }
    LadTime ahead = limit >= LAD_TIME_MAX - RUN_AHEAD ? LAD_TIME_MAX : limit + RUN_AHEAD;
    bounds.bound = fine_from_ps(core, MIN(horizon, ahead));
    pay_charges(core, state);
    while (replay_some(core, state, &bounds) == GO_ON)
        ;
    core->now = state->touches.now >> FINE_SHIFT;
    core->turn = lad_ticks_to_ps(core, core->now);
    return bounds.stop;
}

static gboolean
init(LadCore *core, GError **error)
{
    (void)error;
    const Params *params = core->params;
    State *state = core->state;
    state->kernel = core->host->kernel;
    lad_page_sample_init(&state->sample, core->host->seed, lad_host_capacity_scale(core->host),
                         lad_kernel_makes_huge_pages(state->kernel));
    state->kinds = lad_touch_kinds_new();
    state->slice_length = fine_from_ps(core, SLICE_TIME);
    state->slice_touches = FIRST_SLICE;
    state->compute = fine_from_ps(core, params->compute);
    state->setup_compute = fine_from_ps(core, params->setup_compute);
    state->touches.heat_bytes = (guint32)params->lines * 64;
    return TRUE;
}

static void
clear(LadCore *core)
{
    State *state = core->state;
    g_clear_pointer(&state->kinds, lad_touch_kinds_free);
}

static void
attach(LadCore *core)
{
    State *state = core->state;
    LadThread *thread = core->thread;
    if (!thread->touches)
        thread->touches = lad_interval_new(core->host->seed, thread->id);
    for (guint i = 0; i < core->host->n_tiers; i++) {
        LadTier *tier = core->host->tiers[i];
        if (state->latency[i] == 0) {
            state->latency[i] = tier->idle_read_ps;
            state->wait[i] = state->wait_idle[i] = wait_of(core, state->latency[i]);
        }
        lad_flow_go_on(tier, &state->flows[i]);
    }
    state->slice_begin = MAX(state->touches.now, core->now << FINE_SHIFT);
    lad_touch_kinds_attach(state->kinds, thread);
    set_costs(core, state, ((LadInterval *)thread->touches)->filling);
}

static void
detach(LadCore *core)
{
    State *state = core->state;
    end_slice(core, state);
    publish(core, state);
    for (guint i = 0; i < core->host->n_tiers; i++)
        lad_flow_stop(core->host->tiers[i], &state->flows[i]);
    lad_touch_kinds_detach(state->kinds, core->thread);
}

static void
refresh(LadCore *core)
{
    count_touches(core, core->state);
    publish(core, core->state);
}

const LadCoreClass lad_core_paced = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_CORE, LadCoreClass, "paced",
                            "traces of level page: touches at their own pace or the trace's"),
             .models = "Touches of pages with weights, intervals in a seeded random order, ranges, "
                       "idle time, faults, waits for loaded tiers.",
             .leaves_out = "Caches, TLBs, page walks, instructions, lines within a page.",
             .source = "Checked against a Linux 6.1 kernel's counters on the same accesses.",
             .options = options, .params_size = sizeof(Params), .host_size = sizeof(State)},
    .timed = TRUE,
    .page_level = TRUE,
    .init = init,
    .clear = clear,
    .run = run,
    .attach = attach,
    .detach = detach,
    .refresh = refresh,
};
