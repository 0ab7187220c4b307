/* merge.h - all points of a sweep in one HDF5 file.
 *
 *   /axis/NAME            the values of an axis: numbers in base units where all are, else text;
 * the dimension scales of everything below /metric/PART.COUNTER  float64 over the grid, NaN where a
 * point is not done or has no such metric /series/PART.COUNTER  the same with the samples as last
 * dimension, /series_time with their times /done                 1 done, 0 missing, 2 failed, 3
 * skipped /identity, /message   of each point Equal points give equal bytes, whatever ran them. The
 * file ends in the seal of result files.
 */
#ifndef LAD_SWEEP_MERGE_H
#define LAD_SWEEP_MERGE_H

#include "analysis/sweep/work.h"

/* Why a sweep is not complete: "12 of 40 points are missing, 1 has failed: ..."; NULL if it is. A
 * failed point does not make it incomplete. Free with g_free. */
char *lad_sweep_incomplete(const LadSweepState *state);

/* Writes `path` by rename. Errors: RESULT if points are missing, unless `partial`, which the file
 * then says; IO. */
gboolean lad_sweep_merge(const LadSweepState *state, const char *path, gboolean partial,
                         GError **error);

#endif
