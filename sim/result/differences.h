/* differences.h - what is not the same in several results: inputs, and metrics. */
#ifndef LAD_RESULT_DIFFERENCES_H
#define LAD_RESULT_DIFFERENCES_H

#include <memladder/result.h>

/* A setting or a piece of provenance: one text per result, "-" where there is none. */
typedef struct {
    char *name; /* GROUP.KEY, or "trace identity", ... */
    char **texts;
} LadInputDifference;

/* A metric of the measured phase: one value per result, NAN where there is none. */
typedef struct {
    char *name; /* PART.COUNTER */
    char *unit;
    double *values;
    double change; /* the second over the first, less 1; NAN where that means nothing */
} LadMetricDifference;

typedef struct {
    guint n_results;
    GPtrArray *inputs;  /* of LadInputDifference, in order of first appearance */
    GPtrArray *metrics; /* of LadMetricDifference, the largest change first */
    guint n_equal;      /* metrics that are the same in all */
} LadDifferences;

LadDifferences *lad_differences_new(const LadResult *const *results, guint n);
void lad_differences_free(LadDifferences *differences);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadDifferences, lad_differences_free)

/* A sentence for when results are the same although inputs are not, beginning with "warning: " if a
 * model, policy, latency, bandwidth or size is among these; NULL otherwise. Free with g_free. */
char *lad_differences_warning(const LadDifferences *differences);

#endif
