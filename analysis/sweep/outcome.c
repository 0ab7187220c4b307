/* outcome.c - a point's figures, in memory and as published. */
#include "config.h"
#include "analysis/sweep/outcome.h"
#include "sim/base/publish.h"
#include <errno.h>
#include <string.h>

#define FORMAT    1
#define SUM_BYTES 32

static void
metrics_clear(gpointer data)
{
    LadSweepMetrics *metrics = data;
    g_strfreev(metrics->names);
    g_strfreev(metrics->units);
}

static void
series_free(gpointer data)
{
    LadSweepSeries *series = data;
    g_free(series->name);
    g_free(series->values);
    g_free(series);
}

static LadSweepOutcome *
new_outcome(guint point, const char *identity)
{
    LadSweepOutcome *outcome = g_new0(LadSweepOutcome, 1);
    outcome->point = point;
    g_strlcpy(outcome->identity, identity, sizeof outcome->identity);
    outcome->series = g_ptr_array_new_with_free_func(series_free);
    return outcome;
}

void
lad_sweep_outcome_free(LadSweepOutcome *outcome)
{
    if (outcome == NULL)
        return;
    g_free(outcome->message);
    if (outcome->metrics != NULL)
        g_rc_box_release_full(outcome->metrics, metrics_clear);
    g_free(outcome->values);
    g_free(outcome->times);
    g_ptr_array_unref(outcome->series);
    g_strfreev(outcome->notes);
    g_free(outcome);
}

/* ---- From a result -----------------------------------------------------------------------------
 */

typedef struct {
    GPtrArray *names, *units;
    GArray *values;
} Gathered;

static void
gather(Gathered *to, const char *part, const char *name, const char *unit, double value)
{
    g_ptr_array_add(to->names, g_strdup_printf("%s.%s", part, name));
    g_ptr_array_add(to->units, g_strdup(unit));
    g_array_append_val(to->values, value);
}

/* run.cost is a counter, in thousandths, and a derived metric: the latter is what people mean. */
static gboolean
is_derived(const LadResult *result, const LadResultPart *part, const char *name)
{
    double value;
    for (const LadDerived *derived = lad_derived; derived->name != NULL; derived++)
        if (derived->scope == part->scope && strcmp(derived->name, name) == 0)
            return derived->compute(derived, result, part->scope == LAD_SCOPE_RUN ? NULL : part,
                                    LAD_PHASE_MEASURED, &value);
    return FALSE;
}

static void
gather_part(Gathered *to, const LadResult *result, const LadResultPart *part)
{
    for (guint i = 0; i < part->metrics->len; i++) {
        const LadResultMetric *metric = part->metrics->pdata[i];
        if (metric->type != LAD_HISTOGRAM && !is_derived(result, part, metric->name))
            gather(to, part->name, metric->name, metric->unit,
                   (double)metric->values[LAD_PHASE_MEASURED]);
    }
    for (const LadDerived *derived = lad_derived; derived->name != NULL; derived++) {
        double value;
        if (derived->scope == part->scope && derived->scope != LAD_SCOPE_RUN &&
            derived->compute(derived, result, part, LAD_PHASE_MEASURED, &value))
            gather(to, part->name, derived->name, derived->unit, value);
    }
}

static void
take_metrics(LadSweepOutcome *outcome, const LadResult *result)
{
    Gathered all = {g_ptr_array_new(), g_ptr_array_new(),
                    g_array_new(FALSE, FALSE, sizeof(double))};
    for (guint i = 0; i < result->parts->len; i++)
        gather_part(&all, result, result->parts->pdata[i]);
    for (const LadDerived *derived = lad_derived; derived->name != NULL; derived++) {
        double value;
        if (derived->scope == LAD_SCOPE_RUN &&
            derived->compute(derived, result, NULL, LAD_PHASE_MEASURED, &value))
            gather(&all, "run", derived->name, derived->unit, value);
    }
    outcome->metrics = g_rc_box_new0(LadSweepMetrics);
    outcome->metrics->n = all.names->len;
    g_ptr_array_add(all.names, NULL);
    g_ptr_array_add(all.units, NULL);
    outcome->metrics->names = (char **)g_ptr_array_free(all.names, FALSE);
    outcome->metrics->units = (char **)g_ptr_array_free(all.units, FALSE);
    outcome->values = (double *)(void *)g_array_free(all.values, FALSE);
}

static void
take_series(LadSweepOutcome *outcome, const LadResult *result, const char *name)
{
    g_autofree char *part_name = g_strdup(name);
    char *dot = strrchr(part_name, '.');
    if (dot == NULL)
        return;
    *dot = '\0';
    const LadResultPart *part = lad_result_part(result, part_name);
    const LadResultMetric *metric = part != NULL ? lad_result_metric(part, dot + 1) : NULL;
    if (metric == NULL || metric->series == NULL)
        return;
    LadSweepSeries *series = g_new0(LadSweepSeries, 1);
    series->name = g_strdup(name);
    series->values = g_new0(double, result->n_samples + 1);
    for (guint i = 0; i < result->n_samples; i++)
        series->values[i] = (double)metric->series[i];
    g_ptr_array_add(outcome->series, series);
}

LadSweepOutcome *
lad_sweep_outcome_new(const LadSweepPlan *plan, guint point, const LadResult *result)
{
    LadSweepOutcome *outcome = new_outcome(point, plan->points[point].identity);
    outcome->message = g_strdup("");
    take_metrics(outcome, result);
    outcome->n_samples = result->n_samples;
    outcome->times = g_new0(LadTime, result->n_samples + 1);
    for (guint i = 0; i < result->n_samples; i++)
        outcome->times[i] = result->sample_times[i];
    for (char **name = plan->grid->series; *name != NULL; name++)
        take_series(outcome, result, *name);
    outcome->notes = g_strdupv(result->provenance.notes);
    return outcome;
}

LadSweepOutcome *
lad_sweep_outcome_new_failed(const LadSweepPlan *plan, guint point, const char *message)
{
    LadSweepOutcome *outcome = new_outcome(point, plan->points[point].identity);
    outcome->failed = TRUE;
    outcome->message = g_strdup(message);
    outcome->metrics = g_rc_box_new0(LadSweepMetrics);
    outcome->metrics->names = g_new0(char *, 1);
    outcome->metrics->units = g_new0(char *, 1);
    outcome->notes = g_new0(char *, 1);
    return outcome;
}

gboolean
lad_sweep_outcome_value(const LadSweepOutcome *outcome, const char *name, double *value)
{
    for (guint i = 0; i < outcome->metrics->n; i++)
        if (strcmp(outcome->metrics->names[i], name) == 0) {
            *value = outcome->values[i];
            return TRUE;
        }
    return FALSE;
}

/* ---- Writing -----------------------------------------------------------------------------------
 */

static gboolean
same_metrics(const LadSweepMetrics *a, const LadSweepMetrics *b)
{
    return a == b || (g_strv_equal((const char *const *)a->names, (const char *const *)b->names) &&
                      g_strv_equal((const char *const *)a->units, (const char *const *)b->units));
}

/* The number of the outcome's set in `sets`, where it is added if it is new. */
static guint
number_of_set(GPtrArray *sets, LadSweepMetrics *metrics)
{
    for (guint i = 0; i < sets->len; i++)
        if (same_metrics(sets->pdata[i], metrics))
            return i;
    g_ptr_array_add(sets, metrics);
    return sets->len - 1;
}

static GVariant *
series_variant(const LadSweepOutcome *outcome)
{
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(sad)"));
    for (guint i = 0; i < outcome->series->len; i++) {
        const LadSweepSeries *series = outcome->series->pdata[i];
        g_variant_builder_add(&builder, "(s@ad)", series->name,
                              g_variant_new_fixed_array(G_VARIANT_TYPE_DOUBLE, series->values,
                                                        outcome->n_samples, sizeof(double)));
    }
    return g_variant_builder_end(&builder);
}

static GVariant *
outcomes_variant(const LadSweepPlan *plan, const GPtrArray *outcomes)
{
    g_autoptr(GPtrArray) sets = g_ptr_array_new();
    GVariantBuilder all, names;
    g_variant_builder_init(&all, G_VARIANT_TYPE("a(usbsuadata(sad)as)"));
    for (guint i = 0; i < outcomes->len; i++) {
        const LadSweepOutcome *outcome = outcomes->pdata[i];
        g_variant_builder_add(&all, "(usbsu@ad@at@a(sad)^as)", outcome->point, outcome->identity,
                              outcome->failed, outcome->message,
                              number_of_set(sets, outcome->metrics),
                              g_variant_new_fixed_array(G_VARIANT_TYPE_DOUBLE, outcome->values,
                                                        outcome->metrics->n, sizeof(double)),
                              g_variant_new_fixed_array(G_VARIANT_TYPE_UINT64, outcome->times,
                                                        outcome->n_samples, sizeof(guint64)),
                              series_variant(outcome), outcome->notes);
    }
    g_variant_builder_init(&names, G_VARIANT_TYPE("a(asas)"));
    for (guint i = 0; i < sets->len; i++) {
        const LadSweepMetrics *metrics = sets->pdata[i];
        g_variant_builder_add(&names, "(^as^as)", metrics->names, metrics->units);
    }
    return g_variant_ref_sink(g_variant_new("(us@a(asas)@a(usbsuadata(sad)as))", FORMAT,
                                            plan->identity, g_variant_builder_end(&names),
                                            g_variant_builder_end(&all)));
}

static GVariant *
little_endian(GVariant *variant)
{
#if G_BYTE_ORDER == G_BIG_ENDIAN
    GVariant *swapped = g_variant_byteswap(variant);
    g_variant_unref(variant);
    return swapped;
#else
    return variant;
#endif
}

static void
checksum(const void *bytes, gsize length, guint8 sum[SUM_BYTES])
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize n = SUM_BYTES;
    g_checksum_update(checksum, bytes, (gssize)length);
    g_checksum_get_digest(checksum, sum, &n);
}

gboolean
lad_sweep_outcomes_write(const LadSweepPlan *plan, const GPtrArray *outcomes, const char *path,
                         GError **error)
{
    g_autoptr(GVariant) variant = little_endian(outcomes_variant(plan, outcomes));
    gsize length = g_variant_get_size(variant);
    g_autofree char *bytes = g_malloc(length + SUM_BYTES);
    g_variant_store(variant, bytes);
    checksum(bytes, length, (guint8 *)bytes + length);
    return lad_publish(path, NULL, bytes, (gssize)(length + SUM_BYTES), 0, error);
}

/* ---- Reading -----------------------------------------------------------------------------------
 */

static gboolean
damaged(const char *path, const char *what, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT, "%s: %s", path, what);
    return FALSE;
}

static void *
copy_array(GVariant *variant, gsize element, gsize *n)
{
    gconstpointer values = g_variant_get_fixed_array(variant, n, element);
    void *copy = g_malloc0((*n + 1) * element);
    if (*n > 0)
        memcpy(copy, values, *n * element);
    return copy;
}

static gboolean
read_series(LadSweepOutcome *outcome, GVariant *all)
{
    GVariantIter iter;
    const char *name;
    GVariant *values;
    g_variant_iter_init(&iter, all);
    while (g_variant_iter_next(&iter, "(&s@ad)", &name, &values)) {
        gsize n;
        LadSweepSeries *series = g_new0(LadSweepSeries, 1);
        series->name = g_strdup(name);
        series->values = copy_array(values, sizeof(double), &n);
        g_ptr_array_add(outcome->series, series);
        g_variant_unref(values);
        if (n != outcome->n_samples)
            return FALSE;
    }
    return TRUE;
}

static LadSweepOutcome *
read_outcome(const LadSweepPlan *plan, GVariant *variant, GPtrArray *sets)
{
    guint point, set;
    gboolean failed;
    const char *identity, *message;
    g_autoptr(GVariant) values = NULL, times = NULL, series = NULL;
    g_auto(GStrv) notes = NULL;
    g_variant_get(variant, "(u&sb&su@ad@at@a(sad)^as)", &point, &identity, &failed, &message, &set,
                  &values, &times, &series, &notes);
    if (point >= plan->grid->n_points || set >= sets->len ||
        strcmp(plan->points[point].identity, identity) != 0)
        return NULL;
    g_autoptr(LadSweepOutcome) outcome = new_outcome(point, identity);
    outcome->failed = failed;
    outcome->message = g_strdup(message);
    outcome->metrics = g_rc_box_acquire(sets->pdata[set]);
    outcome->notes = g_steal_pointer(&notes);
    gsize n_values, n_samples;
    outcome->values = copy_array(values, sizeof(double), &n_values);
    outcome->times = copy_array(times, sizeof(guint64), &n_samples);
    outcome->n_samples = (guint)n_samples;
    if (n_values != outcome->metrics->n || !read_series(outcome, series))
        return NULL;
    return g_steal_pointer(&outcome);
}

static void
release_metrics(gpointer metrics)
{
    g_rc_box_release_full(metrics, metrics_clear);
}

static GPtrArray *
read_sets(GVariant *all)
{
    GPtrArray *sets = g_ptr_array_new_with_free_func(release_metrics);
    GVariantIter iter;
    char **names, **units;
    g_variant_iter_init(&iter, all);
    while (g_variant_iter_next(&iter, "(^as^as)", &names, &units)) {
        LadSweepMetrics *metrics = g_rc_box_new0(LadSweepMetrics);
        metrics->names = names;
        metrics->units = units;
        metrics->n = MIN(g_strv_length(names), g_strv_length(units));
        g_ptr_array_add(sets, metrics);
    }
    return sets;
}

static GPtrArray *
read_outcomes(const LadSweepPlan *plan, GVariant *variant, const char *path, GError **error)
{
    guint format;
    const char *identity;
    g_autoptr(GVariant) names = NULL, all = NULL;
    g_variant_get(variant, "(u&s@a(asas)@a(usbsuadata(sad)as))", &format, &identity, &names, &all);
    if (format != FORMAT || strcmp(identity, plan->identity) != 0) {
        damaged(path, "these are points of another plan", error);
        return NULL;
    }
    g_autoptr(GPtrArray) sets = read_sets(names);
    g_autoptr(GPtrArray) outcomes =
        g_ptr_array_new_with_free_func((GDestroyNotify)lad_sweep_outcome_free);
    for (gsize i = 0; i < g_variant_n_children(all); i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(all, i);
        LadSweepOutcome *outcome = read_outcome(plan, child, sets);
        if (outcome == NULL) {
            damaged(path, "a point is not the one that was planned", error);
            return NULL;
        }
        g_ptr_array_add(outcomes, outcome);
    }
    return g_steal_pointer(&outcomes);
}

GPtrArray *
lad_sweep_outcomes_read(const LadSweepPlan *plan, const char *path, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize length;
    guint8 sum[SUM_BYTES];
    GError *cause = NULL;
    if (!g_file_get_contents(path, &bytes, &length, &cause)) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_IO, cause->message);
        g_error_free(cause);
        return NULL;
    }
    if (length > SUM_BYTES)
        checksum(bytes, length - SUM_BYTES, sum);
    if (length <= SUM_BYTES || memcmp(sum, bytes + length - SUM_BYTES, SUM_BYTES) != 0) {
        damaged(path, "damaged: the checksum does not fit", error);
        return NULL;
    }
    g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new_from_data(
        G_VARIANT_TYPE(LAD_SWEEP_OUTCOMES_TYPE), bytes, length - SUM_BYTES, FALSE, NULL, NULL));
    variant = little_endian(g_steal_pointer(&variant));
    return read_outcomes(plan, variant, path, error);
}
