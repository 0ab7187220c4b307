/* bound.c - waits for data: bound by bandwidth, or by latency?
 *
 * The queue of requests is that of the MSHRs of the last private cache (Intel's "superqueue"):
 * while as many are under way as the threshold says, the core could not have asked for much more,
 * and more bandwidth would help; with fewer, only a shorter latency would (Yasin, "A Top-Down
 * Method", ISPASS 2014; the split of the paper on hyperscale memory, ISCA 2023). A wait is divided
 * exactly, by the times at which requests were made and answered. Times are in clock units.
 */
#include "config.h"
#include "sim/engine/replay.h"

/* More requests than this are not told apart; a queue of 48 is usual. */
#define MAX_EVENTS 512

typedef struct {
    LadClock when;
    gint change;
} Change;

/* The cache whose MSHRs are the queue. */
static const LadCache *
queue_of(const LadPort *port)
{
    guint n = port->n_private[LAD_PORT_DATA];
    return port->level[LAD_PORT_DATA][n > 0 ? n - 1 : 0];
}

static void
insert(Change *changes, guint n, LadClock when, gint change)
{
    for (; n > 0 && changes[n - 1].when > when; n--)
        changes[n] = changes[n - 1];
    changes[n] = (Change){when, change};
}

/* The same of the changes in order, with `under_way` at `begin`. */
static LadClock
crowded(const Change *changes, guint n, guint under_way, guint threshold, LadClock begin,
        LadClock end)
{
    LadClock sum = 0;
    gint now = (gint)under_way, least = (gint)threshold;
    for (guint i = 0; i <= n; i++) {
        LadClock until = i < n ? changes[i].when : end;
        if (now >= least)
            sum += until - begin;
        begin = until;
        if (i < n)
            now += changes[i].change;
    }
    return sum;
}

/* The part of [begin, end) with at least `threshold` under way. */
static LadClock
divide(const LadMshrs *mshrs, guint threshold, LadClock begin, LadClock end)
{
    Change changes[MAX_EVENTS];
    guint n = 0, under_way = 0;
    for (guint i = 0; i < mshrs->n && n + 2 <= MAX_EVENTS; i++) {
        LadClock since = mshrs->slots[i].since, ready = mshrs->slots[i].ready;
        if (ready <= begin || since >= end)
            continue;
        if (since <= begin)
            under_way++;
        else
            insert(changes, n++, since, 1);
        if (ready < end)
            insert(changes, n++, ready, -1);
    }
    return crowded(changes, n, under_way, threshold, begin, end);
}

void
lad_replay_bound(LadReplay *replay, LadClock end, LadClock clock)
{
    const LadMshrs *mshrs = &queue_of(replay->port)->mshrs;
    const LadClock begin = end - clock;
    if (mshrs->latest <= begin || mshrs->n_taken < replay->few_until)
        return;
    guint seen = 0;
    for (guint i = 0; i < mshrs->n; i++)
        seen += mshrs->slots[i].ready > begin;
    if (seen >= replay->threshold) {
        replay->bound_by_bandwidth += divide(mshrs, replay->threshold, begin, end);
        return;
    }
    /* The core's clock goes on, so those seen can only become fewer. */
    replay->few_until = mshrs->n_taken + replay->threshold - seen;
}
