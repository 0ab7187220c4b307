/* answers.h - what a sweep says: means over seeds, differences from the baseline, the best point
 * under constraints, the Pareto front, which axis matters, and where a curve has its knee.
 *
 * A *case* is a point of the grid without its seed: all seeds of it are one sample. Intervals are
 * 95 % by Student's t; a case whose seeds are not all done has none of this (nothing is averaged
 * over holes).
 */
#ifndef LAD_SWEEP_ANSWERS_H
#define LAD_SWEEP_ANSWERS_H

#include "analysis/sweep/table.h"

typedef struct {
    guint n; /* seeds */
    double mean;
    double half; /* of the interval, mean +- half; NAN with fewer than two seeds */
} LadSweepEstimate;

/* The unit of a metric PART.COUNTER, as result files have it; NULL with USAGE naming the nearest if
 * no point has it. Owned by the table. */
const char *lad_sweep_metric_unit(const LadSweepTable *table, const char *metric, GError **error);

/* The cases of the grid that are not skipped: points with the first seed. Free with g_array_unref
 * (of guint). */
GArray *lad_sweep_cases(const LadSweepTable *table);
/* "near=16 MiB, policy=tpp": without the seed. Free with g_free. */
char *lad_sweep_case_name(const LadSweepTable *table, guint point);
/* FALSE if a seed of the case is not done or has no such metric. */
gboolean lad_sweep_case_estimate(const LadSweepTable *table, guint point, const char *metric,
                                 LadSweepEstimate *estimate);
/* Of the differences case - other, seed by seed. */
gboolean lad_sweep_case_difference(const LadSweepTable *table, guint point, guint other,
                                   const char *metric, LadSweepEstimate *estimate);

/* ---- Constraints and objectives ----------------------------------------------------------------
 */

typedef struct {
    char *metric;
    int sign;       /* of metric - limit that is allowed: -1 or 1 */
    gboolean equal; /* whether 0 is */
    double limit;   /* in the metric's unit */
    char *text;     /* as written */
} LadSweepConstraint;

/* "tier_far.latency_p99 < 2 us, tier_ssd.years > 5". Free with g_ptr_array_unref. Errors: USAGE. */
GPtrArray *lad_sweep_constraints(const LadSweepTable *table, const char *text, GError **error);
/* Whether the case's means meet all of them; a metric it lacks meets none. */
gboolean lad_sweep_case_meets(const LadSweepTable *table, guint point,
                              const GPtrArray *constraints);

typedef struct {
    char *metric;
    int sign; /* 1: more is better, -1: less is */
} LadSweepObjective;

/* "run.throughput, -run.cost": a minus before what is to be small. Free with g_ptr_array_unref. */
GPtrArray *lad_sweep_objectives(const LadSweepTable *table, const char *text, GError **error);

/* The case with the best mean of those that meet the constraints; the first of equals.
 * LAD_SWEEP_NO_POINT: none does. */
guint lad_sweep_best(const LadSweepTable *table, const LadSweepObjective *objective,
                     const GPtrArray *constraints);
/* The cases that no other case beats in one objective without losing in another, in order. Free
 * with g_array_unref (of guint). */
GArray *lad_sweep_pareto(const LadSweepTable *table, const GPtrArray *objectives,
                         const GPtrArray *constraints);

/* ---- Which knob matters ------------------------------------------------------------------------
 */

typedef struct {
    guint dimension;
    double effect; /* greatest minus smallest of the dimension's means, over the mean of all */
    guint best;    /* position of the greatest mean */
} LadSweepSensitivity;

/* One per dimension but that of seeds, the greatest effect first. Only rows of cases that are whole
 * along the dimension count. Free with g_array_unref (of LadSweepSensitivity). */
GArray *lad_sweep_sensitivities(const LadSweepTable *table, const char *metric);

/* The position along `dimension`, through `point`, where the curve bends most: farthest from the
 * chord between its ends, both axes scaled to 1 (after Satopaa et al., "Finding a Kneedle in a
 * Haystack", 2011). FALSE with fewer than three numeric values, or if the curve is straight. */
gboolean lad_sweep_knee(const LadSweepTable *table, guint point, guint dimension,
                        const char *metric, guint *position);

#endif
