/* ahead.c - see ahead.h. */
#include "config.h"
#include "sim/engine/ahead.h"

#define CYCLE ((LadClock)1 << LAD_CLOCK_CYCLE_SHIFT)

void
lad_ahead_init(LadAhead *ahead, guint64 insns, LadClock per_insn, guint n_lines)
{
    *ahead = (LadAhead){.insns = insns, .per_insn = per_insn, .n_lines = n_lines};
    if (insns == 0)
        return;
    /* Of the last `insns` instructions each may have stalled, and the one that is looked at. */
    for (ahead->mask = 1; ahead->mask < insns + 2; ahead->mask *= 2)
        ;
    ahead->ring = g_new0(LadAheadStall, ahead->mask);
    ahead->mask--;
    ahead->under_way = g_new0(LadClock, n_lines);
}

void
lad_ahead_clear(LadAhead *ahead)
{
    g_free(ahead->ring);
    g_free(ahead->under_way);
}

void
lad_ahead_restart(LadAhead *ahead, LadClock now)
{
    ahead->next = MAX(ahead->next, now);
    ahead->asked = FALSE;
}

/* What lies `insns` before `seq` and earlier is one past. */
static void
forget(LadAhead *ahead, guint64 seq)
{
    while (ahead->head != ahead->tail &&
           ahead->ring[ahead->head & ahead->mask].seq + ahead->insns <= seq)
        ahead->stalled = ahead->ring[ahead->head++ & ahead->mask].stalled;
}

void
lad_ahead_dispatch(LadAhead *ahead, guint64 seq, LadClock now)
{
    LadClock stalled = now - seq * ahead->per_insn;
    forget(ahead, seq);
    LadAheadStall *last = &ahead->ring[(ahead->tail - 1) & ahead->mask];
    if (ahead->head != ahead->tail && last->seq == seq)
        last->stalled = stalled;
    else if (ahead->head == ahead->tail || last->stalled != stalled)
        ahead->ring[ahead->tail++ & ahead->mask] = (LadAheadStall){seq, stalled};
}

LadClock
lad_ahead_ask(LadAhead *ahead, guint64 seq, LadClock now, LadClock walk)
{
    if (ahead->asked)
        return ahead->lead;
    lad_ahead_dispatch(ahead, seq, now);
    LadClock at = 0;
    if (seq >= ahead->insns)
        at = (seq - ahead->insns) * ahead->per_insn + ahead->stalled;
    at = MAX(at, ahead->next);
    at = MIN(MAX(at, ahead->under_way[ahead->turn]), now);
    ahead->next = at + walk + CYCLE;
    ahead->asked = TRUE;
    ahead->lead = now - at;
    return ahead->lead;
}

void
lad_ahead_arrived(LadAhead *ahead, guint64 line, LadClock at, LadClock ready, gboolean missed)
{
    ahead->asked = FALSE;
    ahead->lines[line % LAD_AHEAD_LINES] = (LadAheadLine){line, ready};
    if (!missed)
        return;
    ahead->under_way[ahead->turn] = at;
    ahead->turn = ahead->turn + 1 == ahead->n_lines ? 0 : ahead->turn + 1;
}
