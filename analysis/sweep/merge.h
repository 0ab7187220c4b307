/* merge.h - all points of a sweep in one HDF5 file, and back.
 *
 *   /axis/NAME             the values of an axis: numbers in base units where all are, else texts;
 * the dimension scales of what follows /done                  1 done, 0 missing, 2 failed, 3
 * skipped /identity, /message    of each point /config                the effective configuration
 * of one point (its attribute `point`) /setting/GROUP.KEY     the settings that differ between
 * points, as written /metric/PART.COUNTER   float64, NaN where a point is not done or has no such
 * metric /series/PART.COUNTER   the same with the samples as last dimension; /series_time their
 * times Equal points give equal bytes, whatever ran them. The file ends in the seal of result
 * files.
 */
#ifndef LAD_SWEEP_MERGE_H
#define LAD_SWEEP_MERGE_H

#include "analysis/sweep/table.h"

#define LAD_SWEEP_MERGED_CONVENTIONS "memladder-sweep-1"
#define LAD_SWEEP_MERGED_FORMAT      1
#define LAD_SWEEP_DONE_MEANING       "1 done, 0 missing, 2 failed, 3 skipped"

/* Why a sweep is not complete: "12 of 40 points are missing (chunks 1, 3)"; NULL if it is. A
 * failed point does not make it incomplete. Free with g_free. */
char *lad_sweep_incomplete(const LadSweepState *state);

/* Writes `path` by rename. Errors: RESULT if points are missing, unless `partial`, which the file
 * then says; IO. */
gboolean lad_sweep_merge(const LadSweepState *state, const char *path, gboolean partial,
                         GError **error);

/* Whether the file calls itself a merged sweep; nothing else of it is checked. */
gboolean lad_sweep_is_merged(const char *path);
/* Reads one. Errors: IO, RESULT if it is none or damaged. */
LadSweepTable *lad_sweep_merged_read(const char *path, GError **error);
/* Of a plan's directory, by the results in it, or of a merged file. Errors: as of
 * lad_sweep_plan_open and above. */
LadSweepTable *lad_sweep_load(const char *path, GError **error);

#endif
