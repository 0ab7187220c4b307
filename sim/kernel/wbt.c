/* wbt.c - writeback throttling: see wbt.h.
 *
 * The depth is 16 at step 0. A task may have (depth + 1) / 2 requests under way, or (depth + 3) / 4
 * if a read was issued or ended in the last 100 ms; kswapd the whole depth. A window of 100 ms runs
 * from the first write. If the fastest read in it took longer than the target (or a read has been
 * out for longer), the step goes up and the depth is halved; if reads were fast enough, or there
 * were only writes, it goes down and the depth doubles, to at most three quarters of the queue's
 * requests; five windows without news bring the step one back towards 0.
 *
 * Left out: REQ_HIPRIO, discards, writes of tasks that wait for dirty pages, the user's own limits.
 */
#include "config.h"
#include "sim/kernel/wbt.h"

#define STANDARD_DEPTH 16
#define MIN_WRITES     3 /* samples for a window to tell about reads against writes */
#define QUIET_WINDOWS  5

static guint64
jiffies(const LadWbt *wbt, LadTime now)
{
    return (now + wbt->phase) / wbt->jiffy;
}

/* rq_depth_calc_max_depth and calc_wb_limits. */
static void
set_depth(LadWbt *wbt)
{
    guint standard = MIN(STANDARD_DEPTH, wbt->queue_depth);
    guint depth = standard;
    wbt->at_most = FALSE;
    if (wbt->queue_depth == 1) {
        depth = wbt->step > 0 ? 1 : 2;
        wbt->at_most = wbt->step <= 0;
    } else if (wbt->step > 0) {
        depth = 1 + ((standard - 1) >> MIN(31, wbt->step));
    } else if (wbt->step < 0) {
        guint most = 3 * wbt->queue_depth / 4;
        depth = 1 + ((standard - 1) << -wbt->step);
        if (depth > most) {
            depth = most;
            wbt->at_most = TRUE;
        }
    }
    wbt->depth = depth;
    wbt->normal = depth <= 2 ? depth : (depth + 1) / 2;
    wbt->background = depth <= 2 ? 1 : (depth + 3) / 4;
}

void
lad_wbt_init(LadWbt *wbt, gboolean on, LadTime latency, gboolean write_cache, guint queue_depth)
{
    *wbt = (LadWbt){.on = on,
                    .latency = latency,
                    .write_cache = write_cache,
                    .queue_depth = queue_depth,
                    .jiffy = 4 * LAD_MS,
                    .recently = 25,
                    .timer = LAD_TIME_MAX,
                    .min_read = LAD_TIME_MAX};
    set_depth(wbt);
}

void
lad_wbt_set_jiffy(LadWbt *wbt, LadTime jiffy, LadTime phase, guint64 hz)
{
    wbt->recently = MAX(hz / 10, 1);
    wbt->jiffy = jiffy;
    wbt->phase = phase;
}

guint
lad_wbt_limit(const LadWbt *wbt, LadWbtWriter writer, LadTime now)
{
    if (!wbt->on)
        return G_MAXUINT;
    if (writer == LAD_WBT_KSWAPD)
        return wbt->depth;
    guint64 at = jiffies(wbt, now);
    gboolean reads = (wbt->any_issue && at < wbt->last_issue + wbt->recently) ||
                     (wbt->any_end && at < wbt->last_end + wbt->recently);
    return reads ? wbt->background : wbt->normal;
}

static guint
integer_sqrt(guint x)
{
    guint root = 0;
    for (guint bit = 1u << 15; bit; bit >>= 1)
        if ((root + bit) * (root + bit) <= x)
            root += bit;
    return root;
}

/* A kernel timer of 100 ms (less while the step is above 0): its tick is the first whose jiffy is
 * later than the one it was set for. */
static void
start_window(LadWbt *wbt, LadTime now)
{
    LadTime window = wbt->recently * wbt->jiffy;
    if (wbt->step > 0)
        window = (window << 4) / integer_sqrt((guint)(wbt->step + 1) << 8);
    wbt->window = window;
    wbt->timer = (jiffies(wbt, now) + window / wbt->jiffy + 1) * wbt->jiffy - wbt->phase;
    wbt->n_reads = wbt->n_writes = 0;
    wbt->min_read = LAD_TIME_MAX;
}

void
lad_wbt_add(LadWbt *wbt, LadWbtWriter writer, LadTime now)
{
    wbt->in_flight[writer]++;
    if (wbt->on && wbt->timer == LAD_TIME_MAX)
        start_window(wbt, now);
}

static void
count_sample(LadWbt *wbt, gboolean write, LadTime took)
{
    if (wbt->timer == LAD_TIME_MAX)
        return;
    if (write)
        wbt->n_writes++;
    else
        wbt->n_reads++;
    if (!write && took < wbt->min_read)
        wbt->min_read = took;
}

gboolean
lad_wbt_write_ended(LadWbt *wbt, LadWbtWriter writer, LadTime now G_GNUC_UNUSED)
{
    g_assert(wbt->in_flight[writer] > 0);
    guint left = --wbt->in_flight[writer];
    count_sample(wbt, TRUE, 0);
    guint limit = wbt->write_cache ? 0 : wbt->normal;
    if (left == 0 || !wbt->on)
        return TRUE;
    return left < limit && limit - left >= wbt->background / 2;
}

void
lad_wbt_read_issued(LadWbt *wbt, const void *request, LadTime now)
{
    wbt->any_issue = TRUE;
    wbt->last_issue = jiffies(wbt, now);
    if (!wbt->sync) {
        wbt->sync = request;
        wbt->sync_since = now;
    }
}

void
lad_wbt_read_ended(LadWbt *wbt, const void *request, LadTime took, LadTime now)
{
    wbt->any_end = TRUE;
    wbt->last_end = jiffies(wbt, now);
    count_sample(wbt, FALSE, took);
    if (wbt->sync == request)
        wbt->sync = NULL;
}

typedef enum { OK, EXCEEDED, ONLY_WRITES, UNKNOWN } Verdict;

static Verdict
judge(const LadWbt *wbt, LadTime now)
{
    LadTime out = wbt->sync && now > wbt->sync_since ? now - wbt->sync_since : 0;
    if (out > wbt->window || (out > wbt->latency && wbt->n_reads == 0))
        return EXCEEDED;
    if (wbt->n_reads < 1 || wbt->n_writes < MIN_WRITES)
        return wbt->n_writes || wbt->in_flight[LAD_WBT_TASK] || wbt->in_flight[LAD_WBT_KSWAPD]
                   ? ONLY_WRITES
                   : UNKNOWN;
    return wbt->min_read > wbt->latency ? EXCEEDED : OK;
}

static gboolean
scale_up(LadWbt *wbt)
{
    if (wbt->at_most)
        return FALSE;
    wbt->step--;
    set_depth(wbt);
    wbt->unknown = 0;
    return TRUE;
}

static void
scale_down(LadWbt *wbt, gboolean hard)
{
    if (wbt->depth == 1)
        return;
    if (wbt->step < 0 && hard)
        wbt->step = 0;
    else
        wbt->step++;
    set_depth(wbt);
    wbt->unknown = 0;
}

gboolean
lad_wbt_window_ended(LadWbt *wbt)
{
    LadTime now = wbt->timer;
    gboolean woken = FALSE;
    switch (judge(wbt, now)) {
    case EXCEEDED:
        scale_down(wbt, TRUE);
        break;
    case OK:
    case ONLY_WRITES:
        woken = scale_up(wbt);
        break;
    case UNKNOWN:
        if (++wbt->unknown < QUIET_WINDOWS)
            break;
        if (wbt->step > 0)
            woken = scale_up(wbt);
        else if (wbt->step < 0)
            scale_down(wbt, FALSE);
        break;
    }
    wbt->timer = LAD_TIME_MAX;
    if (wbt->step != 0 || wbt->in_flight[LAD_WBT_TASK] || wbt->in_flight[LAD_WBT_KSWAPD])
        start_window(wbt, now);
    return woken;
}
