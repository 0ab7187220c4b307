/* replay.h - what timed cores have in common: position in the trace, clock, CPI stack.
 *
 * The clock of instruction i of the token in progress is base + i * per_insn; a stall moves base.
 * All stalls go to a row of the stack, so the rows add up to the clock.
 */
#ifndef LAD_REPLAY_H
#define LAD_REPLAY_H

#include "sim/cache/quick.h"
#include "sim/engine/plan.h"

typedef struct {
    LadPort *port;
    LadPlans *plans;
    LadClock base;     /* of the token's first instruction */
    LadClock per_insn; /* dispatch time of one instruction */
    LadClock horizon;
    guint64 seq;     /* instructions before the token */
    gboolean inside; /* of a token; the rest of the position counts */
    guint32 segment, operand;
    guint8 fetched, part;
    gboolean ended; /* the stream has, but loads are under way */
    /* A fault was handled, but the loads before it have no known end yet: what is to be paid then.
     */
    LadReplyStatus owed; /* FAULTED or SLEEP; DONE: nothing */
    LadCoreCounter owed_row;
    LadReply owed_reply;
    LadCoreStop stop;      /* why an access made the core stop */
    LadSiblings *siblings; /* the thread shares its core's dispatch; NULL: it does not */
    LadClock bound;        /* the horizon, where that is asked for at every entry */
    /* Clock by row of the stack, and what of it has been published as ticks. */
    LadClock stack[LAD_CORE_N_COUNTERS];
    guint64 published[LAD_CORE_N_COUNTERS];
    LadClock bound_by_bandwidth; /* of the stack's two rows for data */
    guint threshold;             /* requests under way that make it so */
    guint64 few_until; /* as long as no more have been made, fewer than that are under way */
    gboolean dependences;
    LadAssume assume;
} LadReplay;

/* At `init`. `width` instructions are dispatched per cycle. */
void lad_replay_init(LadReplay *replay, LadCore *core, guint width, gboolean dependences,
                     LadAssume assume);
void lad_replay_attach(LadReplay *replay, LadCore *core);
void lad_replay_detach(LadReplay *replay, LadCore *core);
/* SMT: an entry of `n_insns` instructions may begin, once the sibling's are dispatched. FALSE: the
 * horizon comes first. */
gboolean lad_replay_dispatch(LadReplay *replay, guint n_insns);
/* Begin and end a turn. */
void lad_replay_begin(LadReplay *replay, LadCore *core, LadTime horizon, LadTime limit);
void lad_replay_end(LadReplay *replay, LadCore *core, LadClock turn, gboolean waiting);
/* After a shared entry: an event may have come up before the horizon. */
void lad_replay_look_ahead(LadReplay *replay);
/* Pay for a fault: reply's walk, fault and kernel time. */
void lad_replay_pay_fault(LadReplay *replay, LadCore *core, LadCoreCounter walk_row);
/* A plain record that is no access. FALSE: stop with replay->stop. */
gboolean lad_replay_record(LadReplay *replay, LadCore *core, const LadRecord *record);

static inline void
lad_replay_stall(LadReplay *replay, LadCoreCounter row, LadClock clock)
{
    replay->base += clock;
    replay->stack[row] += clock;
}

/* A wait of `clock`, until `end`, for data: whether it is bound by bandwidth or by latency, by how
 * many requests are under way meanwhile (sim/engine/bound.c). */
void lad_replay_bound(LadReplay *replay, LadClock end, LadClock clock);

/* A wait for data of `clock`, until `end`, of which `queue` is queueing and, before that, `walk`
 * translation. */
static inline void
lad_replay_wait(LadReplay *replay, LadClock end, LadClock clock, LadClock walk, LadClock queue)
{
    LadClock part = MIN(clock, walk);
    replay->base += clock;
    if (clock > part)
        lad_replay_bound(replay, end, clock - part);
    replay->stack[LAD_CORE_WALK] += part;
    clock -= part;
    part = MIN(clock, queue);
    replay->stack[LAD_CORE_MEMORY_BANDWIDTH] += part;
    replay->stack[LAD_CORE_MEMORY_LATENCY] += clock - part;
}

/* A store that found no MSHR: it waited for others' requests. */
static inline void
lad_replay_blocked(LadReplay *replay, LadClock clock)
{
    if (clock == 0)
        return;
    lad_replay_stall(replay, LAD_CORE_MEMORY_BANDWIDTH, clock);
    lad_replay_bound(replay, replay->base, clock);
}

#endif
