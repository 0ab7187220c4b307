/* series.h - when a run came to rest: times from the samples of its counters.
 *
 * A metric is PART.COUNTER as in formulas, summed over all parts of that name (* and ? stand for
 * other characters). Times are simulated seconds from the start of the run, no finer than samples.
 */
#ifndef LAD_SERIES_H
#define LAD_SERIES_H

#include <memladder/result.h>

/* From when on the counter's rate stayed within `share` (0 to 1) of its final one, the mean over
 * the last quarter of the samples. FALSE with RESULT if there is no such counter, or fewer than
 * eight samples. */
gboolean lad_series_settle(const LadResult *result, const char *metric, double share,
                           double *seconds, GError **error);
/* When the counter had reached `share` of its value at the end. Errors: the same. */
gboolean lad_series_reach(const LadResult *result, const char *metric, double share,
                          double *seconds, GError **error);

#endif
