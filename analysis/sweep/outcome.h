/* outcome.h - what came of a point: its figures, or why it failed for good.
 *
 * The file of one point and the packed file of a chunk have one form: a GVariant in normal form,
 * little-endian, of type LAD_SWEEP_OUTCOMES_TYPE, and behind it the SHA-256 of its bytes. Names and
 * units are said once per set of metrics. Nothing in it depends on machine or day, so two workers
 * that run the same point publish the same bytes.
 */
#ifndef LAD_SWEEP_OUTCOME_H
#define LAD_SWEEP_OUTCOME_H

#include "analysis/sweep/plan.h"
#include <memladder/result.h>

/* format, identity of the plan, sets of (names, units), outcomes: point, identity, failed, message,
 * number of its set, values, end times of samples in ps, series (name, samples), notes */
#define LAD_SWEEP_OUTCOMES_TYPE "(usa(asas)a(usbsuadata(sad)as))"

/* Names and units of metrics, shared by outcomes. */
typedef struct {
    char **names; /* PART.COUNTER */
    char **units;
    guint n;
} LadSweepMetrics;

typedef struct {
    char *name;
    double *values; /* one per sample */
} LadSweepSeries;

typedef struct {
    guint point;
    char identity[LAD_SWEEP_IDENTITY_DIGITS + 1];
    gboolean failed;
    char *message;            /* why; "" unless failed */
    LadSweepMetrics *metrics; /* ref-counted (g_rc_box) */
    double *values;           /* metrics->n of them, of the measured phase */
    guint n_samples;
    guint64 *times;
    GPtrArray *series; /* of LadSweepSeries */
    char **notes;
} LadSweepOutcome;

/* Counters, gauges and derived metrics of a result. */
LadSweepOutcome *lad_sweep_outcome_new(const LadSweepPlan *plan, guint point,
                                       const LadResult *result);
LadSweepOutcome *lad_sweep_outcome_new_failed(const LadSweepPlan *plan, guint point,
                                              const char *message);
void lad_sweep_outcome_free(LadSweepOutcome *outcome);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadSweepOutcome, lad_sweep_outcome_free)

/* The value of PART.COUNTER; FALSE if the outcome has none. */
gboolean lad_sweep_outcome_value(const LadSweepOutcome *outcome, const char *name, double *value);

/* Publishes outcomes (of LadSweepOutcome) at `path` by rename. Errors: IO. */
gboolean lad_sweep_outcomes_write(const LadSweepPlan *plan, const GPtrArray *outcomes,
                                  const char *path, GError **error);
/* Reads them back and checks the checksum, the plan's identity and each point's. Errors: IO,
 * RESULT. Free with g_ptr_array_unref. */
GPtrArray *lad_sweep_outcomes_read(const LadSweepPlan *plan, const char *path, GError **error);

#endif
