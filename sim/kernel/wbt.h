/* wbt.h - writeback throttling: how many write requests a queue may have under way.
 *
 * Linux 6.1, block/blk-wbt.c and blk-rq-qos.c, for buffered writes of a task and of kswapd.
 */
#ifndef LAD_KERNEL_WBT_H
#define LAD_KERNEL_WBT_H

#include <memladder/types.h>

/* Who writes: counted and limited apart. */
typedef enum { LAD_WBT_TASK, LAD_WBT_KSWAPD, LAD_WBT_N } LadWbtWriter;

typedef struct {
    /* Set by lad_wbt_init. */
    gboolean on, write_cache;
    LadTime latency; /* that reads should have at least once per window */
    guint queue_depth;
    LadTime jiffy, phase; /* simulated; phase: how far into a jiffy time 0 is */
    guint64 recently;     /* jiffies that a read counts as recent; a window too */
    /* rq_depth */
    int step; /* 0: standard; below: only writes of late, more are allowed; above: fewer */
    gboolean at_most;
    guint depth, normal, background;
    guint unknown; /* windows that told nothing */
    /* Requests under way, plugged ones included. */
    guint in_flight[LAD_WBT_N];
    /* Of reads. */
    gboolean any_issue, any_end;
    guint64 last_issue, last_end; /* jiffies */
    const void *sync;             /* the read that is watched, and since when */
    LadTime sync_since;
    /* The window. */
    LadTime timer, window; /* LAD_TIME_MAX: not running */
    guint64 n_reads, n_writes;
    LadTime min_read;
} LadWbt;

/* `latency` 2 ms is Linux's for devices that do not rotate, 75 ms for others; queue_depth is the
 * queue's nr_requests. */
void lad_wbt_init(LadWbt *wbt, gboolean on, LadTime latency, gboolean write_cache,
                  guint queue_depth);
/* The kernel's tick: how long (of simulated time) and where its edges are, and how many of them
 * Linux takes for a second: its windows, and "of late", are hz / 10. Without: 4 ms, 0, 250. */
void lad_wbt_set_jiffy(LadWbt *wbt, LadTime jiffy, LadTime phase, guint64 hz);
/* How many requests this writer may have under way at `now`; G_MAXUINT if not throttled. */
guint lad_wbt_limit(const LadWbt *wbt, LadWbtWriter writer, LadTime now);
/* A new write request: counted, and the window begins if none runs. */
void lad_wbt_add(LadWbt *wbt, LadWbtWriter writer, LadTime now);
/* It has ended. TRUE if writers that wait are woken (they then look at the limit again). */
gboolean lad_wbt_write_ended(LadWbt *wbt, LadWbtWriter writer, LadTime now);
void lad_wbt_read_issued(LadWbt *wbt, const void *request, LadTime now);
void lad_wbt_read_ended(LadWbt *wbt, const void *request, LadTime took, LadTime now);
/* The window has ended (now >= wbt->timer). TRUE if writers that wait are woken. */
gboolean lad_wbt_window_ended(LadWbt *wbt);

#endif
