/* stitch.h - windows of burst recordings, of one or several traces, as one trace.
 *
 * Each thread stays a stream of its own, since it has an address space of its own; what was
 * recorded in its windows follows one another. Windows are turns (LAD_SWITCH_TURN): first the first
 * window of every thread, in the order of the traces and their streams, then the second of each,
 * and so on, so that with [sched] order = turns one core executes them in this order, and with
 * several cores each thread goes through its own.
 *
 * What caches and TLBs hold is kept across the gap to the next window. The first instructions of a
 * window, a share of it, are there to warm them: behind them stands a marker record
 * (LAD_MARKER_MEASURED; its value is the window's number, from 1 over all threads), from which on
 * the window is measured. Runs may do otherwise, by [run] gaps.
 */
#ifndef LAD_TOOLBOX_STITCH_H
#define LAD_TOOLBOX_STITCH_H

#include "traces/toolbox/toolbox.h"

typedef struct {
    double warm;      /* share of a window's instructions, [0, 1) */
    guint64 shortest; /* windows of a thread with fewer instructions are left out */
} LadStitchOptions;

typedef struct {
    guint64 n_windows, n_dropped; /* windows kept, and left out for being short */
    guint64 n_insns, n_missing;   /* in the trace, and between its windows as far as known */
    guint n_hosts, n_processes, n_streams;
} LadStitchResult;

/* Writes the windows of `readers` to `path`. Threads of different readers are of different
 * processes, and if `hosts`, of different hosts. A stream without burst records is one window.
 * Errors: USAGE if there is nothing to stitch or the traces do not go together; TRACE, IO,
 * CAPACITY. */
gboolean lad_trace_stitch(LadTraceReader *const *readers, guint n, gboolean hosts, const char *path,
                          const LadStitchOptions *options, const LadToolboxProgress *progress,
                          LadStitchResult *result, GError **error);

#endif
