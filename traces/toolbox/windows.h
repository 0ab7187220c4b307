/* windows.h - a trace cut into windows, and what each one touches.
 *
 * All streams are walked side by side. A window of references is the same stretch of each stream,
 * counted from its start; a window of time is the same time in all. What begins in a window belongs
 * to it as a whole. Windows without anything are left out. Memory grows with the pages touched
 * (about 100 bytes each), not with the length of the trace.
 */
#ifndef LAD_TOOLBOX_WINDOWS_H
#define LAD_TOOLBOX_WINDOWS_H

#include "traces/toolbox/toolbox.h"

typedef struct {
    gboolean by_time;   /* in ticks; else in references: instructions, data accesses, touches */
    guint64 length;     /* of a window; 0: one window over all */
    guint64 page_bytes; /* a power of two */
} LadWindowing;

typedef struct {
    guint64 number; /* of the window, from 0 */
    guint64 start;  /* in ticks, or in references of each stream */
    guint64 n_insns;
    guint64 n_accesses;  /* data accesses and touches */
    guint64 n_reads;     /* of them: those that read ... */
    guint64 n_writes;    /* ... and those that write; modifies do both */
    guint64 data_pages;  /* distinct pages that they touched: the working set */
    guint64 new_pages;   /* of these, touched for the first time */
    guint64 code_pages;  /* distinct pages that instructions were fetched from */
    double entropy_bits; /* Shannon's, of the page that a touch goes to */
} LadTraceWindow;

/* Called with each window in order. FALSE with `error` set stops. */
typedef gboolean (*LadWindowDone)(gpointer data, const LadTraceWindow *window, GError **error);

/* `streams`: which of them take part. Errors: TRACE, IO, what `done` and `progress` set; USAGE:
 * windows of time in a trace without time stamps. */
gboolean lad_trace_windows(LadTraceReader *reader, const gboolean *streams,
                           const LadWindowing *windowing, LadWindowDone done, gpointer data,
                           const LadToolboxProgress *progress, GError **error);

/* The binary logarithm of n > 0, by squaring: the same bits on every machine. */
double lad_window_log2(guint64 n);

#endif
