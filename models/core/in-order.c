/* in-order.c - a core that executes one instruction after the other and waits for every load.
 *
 * `width` instructions are dispatched per cycle; a load, modify or atomic that misses the first
 * level stalls the core until its data is there, and so do translation and fetch. A store needs no
 * waiting: its line comes while the core goes on, unless all MSHRs are taken. A hit in the first
 * level is part of the base time.
 * Modelled: blocking loads, overlapped stores, page walks, faults. Left out: latencies of
 * arithmetic, branch mispredictions, the store buffer's size beyond the MSHRs. Times are in cycles
 * of the core; the CPI stack is in sixteenths of a cycle.
 */
#include "config.h"
#include "sim/engine/replay.h"

typedef struct {
    guint64 width;
} Params;

typedef struct {
    LadReplay replay;
} State;

static const LadOption options[] = {
    LAD_OPT(Params, width, "width", UINT, "1", "1", "16", "instructions dispatched per cycle"),
    LAD_OPTIONS_END,
};

#define CORE_STATE State

static inline gboolean
core_settle(State *state, guint64 seq)
{
    (void)state;
    (void)seq;
    return TRUE;
}

static inline gboolean
core_is_quick(const State *state)
{
    (void)state;
    return TRUE;
}

static inline gboolean
core_issue(State *state, LadPlanOperand operand, const LadDependence *dependence, LadClock *issue)
{
    (void)dependence;
    *issue = state->replay.base + operand.insn * state->replay.per_insn;
    state->replay.port->drained = *issue;
    return TRUE;
}

static inline gboolean
core_access_done(State *state, LadPlanOperand operand, const LadDependence *dependence,
                 LadClock now, LadClock issue)
{
    (void)dependence;
    (void)issue;
    LadReplay *replay = &state->replay;
    const LadReply *reply = &replay->port->reply;
    lad_replay_stall(replay, LAD_CORE_WALK, reply->walk);
    if (!(operand.kind & LAD_OPERAND_READS)) {
        lad_replay_blocked(replay, reply->blocked);
        return TRUE;
    }
    if (reply->ready == LAD_CLOCK_PENDING) {
        /* Once its end is known, the repeated access finds the line under way. */
        replay->stop = LAD_STOP_TURN;
        return FALSE;
    }
    now += reply->walk;
    if (reply->ready > now)
        lad_replay_wait(replay, reply->ready, reply->ready - now, 0, reply->queue);
    return TRUE;
}

static inline gboolean
core_entry_done(State *state, const LadPlan *plan)
{
    (void)state;
    (void)plan;
    return TRUE;
}

static inline LadClock
core_fetch_lead(const State *state, guint64 seq, guint64 line, LadClock now)
{
    (void)state;
    (void)seq;
    (void)line;
    (void)now;
    return 0;
}

static inline void
core_fetched(State *state, guint64 seq, guint64 line, LadClock at, LadClock hidden)
{
    (void)state;
    (void)seq;
    (void)line;
    (void)at;
    (void)hidden;
}

static inline void
core_restarts(State *state)
{
    (void)state;
}

static inline void
core_share(State *state, const LadCore *core)
{
    (void)state;
    (void)core;
}

static inline gboolean
core_drain(State *state)
{
    (void)state;
    return TRUE;
}

#include "sim/engine/replay-loop.h"

static gboolean
init(LadCore *core, GError **error)
{
    (void)error;
    State *state = core->state;
    const Params *params = core->params;
    lad_replay_init(&state->replay, core, (guint)params->width, FALSE, LAD_ASSUME_NONE);
    return TRUE;
}

static void
attach(LadCore *core)
{
    State *state = core->state;
    lad_replay_attach(&state->replay, core);
}

static void
detach(LadCore *core)
{
    State *state = core->state;
    lad_replay_detach(&state->replay, core);
}

const LadCoreClass lad_core_in_order = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_CORE, LadCoreClass, "in-order",
                            "one instruction after the other; every load that misses stalls"),
             .models = "A dispatch width, blocking loads, fetches and page walks, stores that "
                       "overlap up to the MSHRs, faults, two threads per core.",
             .leaves_out = "Latencies of arithmetic, branch mispredictions, load-to-use delay of "
                           "first-level hits.",
             .source = "Textbook; checked against a hand-computed ten-access trace.",
             .options = options, .params_size = sizeof(Params), .host_size = sizeof(State)},
    .timed = TRUE,
    .init = init,
    .run = replay_run,
    .detach = detach,
    .attach = attach,
};
