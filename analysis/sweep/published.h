/* published.h - figures that others published, for points of a sweep.
 *
 *   [published.tpp]
 *   point = policy=tpp
 *   metric = run.throughput
 *   value = 0.995
 *   relative-to = policy=all-near
 *   source = TPP, ASPLOS'23, table 1
 */
#ifndef LAD_SWEEP_PUBLISHED_H
#define LAD_SWEEP_PUBLISHED_H

#include "analysis/sweep/grid.h"

typedef struct {
    char *name;
    guint point;
    guint reference; /* ours is divided by that of this point; LAD_SWEEP_NO_POINT: it is not */
    char *metric;
    double value; /* in the metric's unit, or a ratio */
    char *source;
} LadSweepPublished;

/* Groups [published.NAME]. Errors: CONFIG. */
gboolean lad_sweep_published_read(LadSweepGrid *grid, LadConfig *config, GError **error);
void lad_sweep_published_free(gpointer published);

#endif
