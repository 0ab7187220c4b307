/* windows.h - traces of windows with gaps between them: what of each is not counted.
 *
 * By [run] gaps and gap-warmup the beginning of each window, of so many instructions or up to the
 * mark of a stitched trace, only warms up what the gap before it has left. While a thread does so,
 * nothing counts, of any core: what is shared has no counts of a thread's own. (What a gap does to
 * caches is done where its record is met, records.c.)
 */
#ifndef LAD_WINDOWS_H
#define LAD_WINDOWS_H

#include "sim/machine/sampler.h"
#include "sim/machine/streams.h"

typedef struct {
    const LadRunOptions *options;
    LadStreams *streams;
    LadSampler *sampler;
    gboolean timed;
    gboolean paused; /* a window is warmed up */
    guint64 n;       /* windows so far */
} LadWindows;

void lad_windows_init(LadWindows *windows, const LadRunOptions *options, LadStreams *streams,
                      LadSampler *sampler, gboolean timed);
/* Whether the traces have marks, if those are to tell. Errors: CONFIG. */
gboolean lad_windows_check(const LadWindows *windows, GError **error);
/* A thread is at a burst record or a marker; LadCluster.on_window. */
void lad_windows_reached(LadThread *thread, const LadRecord *record, LadTime now, void *data);
/* A thread has reached a bound: that of its window's warm-up, perhaps. */
void lad_windows_bound_reached(LadWindows *windows, const LadCore *core);
/* Threads may have come or ended: whether what comes now counts. */
void lad_windows_count(LadWindows *windows, LadTime now);
/* What was done at gaps; g_free. */
char *lad_windows_describe(const LadWindows *windows);

#endif
