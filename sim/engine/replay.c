/* replay.c - what timed cores have in common, the part that is not hot. */
#include "config.h"
#include "sim/engine/replay.h"

void
lad_replay_init(LadReplay *replay, LadCore *core, guint width, gboolean dependences,
                LadAssume assume)
{
    replay->port = lad_hierarchy_port(core->host->hierarchy, core->index);
    LadHost *host = core->host;
    replay->per_insn = ((LadClock)1 << LAD_CLOCK_CYCLE_SHIFT) / width;
    if (host->threads_per_core > 1 && host->smt_competitive)
        replay->siblings = lad_port_siblings(replay->port);
    else if (host->threads_per_core > 1)
        replay->per_insn *= host->threads_per_core;
    replay->threshold = core->occupancy_threshold;
    replay->dependences = dependences;
    replay->assume = assume;
}

void
lad_replay_attach(LadReplay *replay, LadCore *core)
{
    LadThread *thread = core->thread;
    lad_port_attach(replay->port, thread);
    replay->plans =
        lad_plans_get(core->host->hierarchy, thread->code, replay->dependences, replay->assume);
    replay->inside = thread->within.inside;
    replay->segment = thread->within.segment;
    replay->operand = thread->within.operand;
    replay->fetched = thread->within.fetched;
    replay->part = thread->within.part;
}

void
lad_replay_detach(LadReplay *replay, LadCore *core)
{
    LadThread *thread = core->thread;
    if (!thread)
        return;
    thread->within.inside = replay->inside;
    thread->within.segment = replay->segment;
    thread->within.operand = replay->operand;
    thread->within.fetched = replay->fetched;
    thread->within.part = replay->part;
    replay->inside = FALSE;
}

/* Daemons' work on this core, since its last turn. */
static void
pay_charges(LadReplay *replay, LadCore *core)
{
    for (guint i = 0; i < LAD_N_CHARGES; i++) {
        LadTicks ticks = core->pending_charge[i];
        if (ticks == 0)
            continue;
        core->pending_charge[i] = 0;
        core->charged[i] += ticks;
        lad_replay_stall(replay, i == LAD_CHARGE_FAULT ? LAD_CORE_FAULT : LAD_CORE_KERNEL,
                         ticks << LAD_CLOCK_TICK_SHIFT);
    }
}

void
lad_replay_begin(LadReplay *replay, LadCore *core, LadTime horizon, LadTime limit)
{
    LadPort *port = replay->port;
    /* The scheduler has moved the clock of a core that idled. */
    if (core->now > replay->base >> LAD_CLOCK_TICK_SHIFT)
        replay->base = core->now << LAD_CLOCK_TICK_SHIFT;
    pay_charges(replay, core);
    replay->horizon = lad_clock_from_ps(port->hierarchy, horizon);
    port->limit = lad_clock_from_ps(port->hierarchy, limit);
    if (G_UNLIKELY(replay->siblings)) {
        /* Entry by entry, in order with the sibling. */
        replay->bound = MIN(replay->horizon, port->limit);
        replay->horizon = 0;
    }
}

gboolean
lad_replay_dispatch(LadReplay *replay, guint n_insns)
{
    LadSiblings *siblings = replay->siblings;
    if (replay->base < siblings->dispatch)
        lad_replay_stall(replay, LAD_CORE_BASE, siblings->dispatch - replay->base);
    if (replay->base >= replay->bound)
        return FALSE;
    siblings->dispatch = replay->base + n_insns * replay->per_insn;
    return TRUE;
}

/* Rows of the stack as ticks; what rounding leaves over is base time, so that they add up. */
static void
publish(LadReplay *replay, LadCore *core)
{
    static const LadCoreCounter rows[] = {LAD_CORE_FETCH_CACHE,    LAD_CORE_FETCH_TLB,
                                          LAD_CORE_MEMORY_LATENCY, LAD_CORE_MEMORY_BANDWIDTH,
                                          LAD_CORE_WALK,           LAD_CORE_FAULT,
                                          LAD_CORE_KERNEL};
    LadClock total = replay->stack[LAD_CORE_BASE];
    guint64 ticks = 0;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint64 value = replay->stack[rows[i]] >> LAD_CLOCK_TICK_SHIFT;
        total += replay->stack[rows[i]];
        ticks += value;
        core->common[rows[i]] += value - replay->published[rows[i]];
        replay->published[rows[i]] = value;
    }
    guint64 all = total >> LAD_CLOCK_TICK_SHIFT;
    core->common[LAD_CORE_TICKS] += all - replay->published[LAD_CORE_TICKS];
    core->common[LAD_CORE_BASE] += all - ticks - replay->published[LAD_CORE_BASE];
    replay->published[LAD_CORE_TICKS] = all;
    replay->published[LAD_CORE_BASE] = all - ticks;
    guint64 data = core->common[LAD_CORE_MEMORY_LATENCY] + core->common[LAD_CORE_MEMORY_BANDWIDTH];
    guint64 bound = replay->bound_by_bandwidth >> LAD_CLOCK_TICK_SHIFT;
    /* What rounding leaves over goes where it lets neither fall. */
    bound = MIN(bound, data - core->common[LAD_CORE_LATENCY_BOUND]);
    core->common[LAD_CORE_BANDWIDTH_BOUND] = MAX(core->common[LAD_CORE_BANDWIDTH_BOUND], bound);
    core->common[LAD_CORE_LATENCY_BOUND] = data - core->common[LAD_CORE_BANDWIDTH_BOUND];
    core->common[LAD_CORE_LATE_INVALIDATIONS] = replay->port->late_invalidations;
}

void
lad_replay_end(LadReplay *replay, LadCore *core, LadClock turn, gboolean waiting)
{
    LadPort *port = replay->port;
    core->now = replay->base >> LAD_CLOCK_TICK_SHIFT;
    port->settled = lad_clock_to_ps(port->hierarchy, turn);
    port->waiting = waiting;
    core->turn = waiting ? LAD_TIME_MAX : port->settled;
    publish(replay, core);
}

void
lad_replay_look_ahead(LadReplay *replay)
{
    LadPort *port = replay->port;
    LadTime next = lad_queue_next_time(port->hierarchy->host->queue);
    if (next == LAD_TIME_MAX)
        return;
    LadClock clock = lad_clock_from_ps(port->hierarchy, next);
    replay->horizon = MIN(replay->horizon, clock);
    replay->bound = MIN(replay->bound, clock);
    port->limit = MIN(port->limit, clock);
}

void
lad_replay_pay_fault(LadReplay *replay, LadCore *core, LadCoreCounter walk_row)
{
    const LadReply *reply = &replay->port->reply;
    lad_replay_stall(replay, walk_row, reply->walk);
    lad_replay_stall(replay, LAD_CORE_FAULT, reply->fault);
    lad_replay_stall(replay, LAD_CORE_KERNEL, reply->kernel);
    core->charged[LAD_CHARGE_FAULT] += reply->fault >> LAD_CLOCK_TICK_SHIFT;
    core->charged[LAD_CHARGE_RECLAIM] += reply->kernel >> LAD_CLOCK_TICK_SHIFT;
    lad_replay_look_ahead(replay);
}

gboolean
lad_replay_record(LadReplay *replay, LadCore *core, const LadRecord *record)
{
    LadPort *port = replay->port;
    LadHost *host = core->host;
    if (!lad_port_granted(port, replay->base)) {
        replay->stop = LAD_STOP_TURN;
        return FALSE;
    }
    lad_port_take_messages(port, replay->base);
    if (record->kind == LAD_RECORD_BURST || record->kind == LAD_RECORD_MARKER)
        publish(replay, core);
    LadHierarchy *h = port->hierarchy;
    h->serving = core->index;
    gboolean stays =
        host->hooks->record(host, core->thread, record, lad_clock_to_ps(h, replay->base));
    h->serving = G_MAXUINT;
    lad_replay_look_ahead(replay);
    core->thread->token++;
    core->thread->n_records++;
    replay->stop = LAD_STOP_SLEEP;
    return stays;
}
