/* differences.c - inputs and metrics that are not the same in several results. */
#include "config.h"
#include "sim/result/differences.h"
#include <math.h>
#include <string.h>

static void
input_free(gpointer data)
{
    LadInputDifference *input = data;
    g_free(input->name);
    g_strfreev(input->texts);
    g_free(input);
}

static void
metric_free(gpointer data)
{
    LadMetricDifference *metric = data;
    g_free(metric->name);
    g_free(metric->unit);
    g_free(metric->values);
    g_free(metric);
}

void
lad_differences_free(LadDifferences *differences)
{
    if (differences == NULL)
        return;
    g_ptr_array_unref(differences->inputs);
    g_ptr_array_unref(differences->metrics);
    g_free(differences);
}

/* ---- Inputs ------------------------------------------------------------------------------------
 */

/* Takes `texts` if they are not all the same. */
static void
add_input(LadDifferences *to, const char *name, char **texts)
{
    gboolean differ = FALSE;
    for (guint i = 1; i < to->n_results; i++)
        differ = differ || strcmp(texts[0], texts[i]) != 0;
    if (!differ) {
        g_strfreev(texts);
        return;
    }
    LadInputDifference *input = g_new0(LadInputDifference, 1);
    input->name = g_strdup(name);
    input->texts = texts;
    g_ptr_array_add(to->inputs, input);
}

static char *
provenance_text(const LadProvenance *from, guint which)
{
    switch (which) {
    case 0:
        return g_strdup(from->version);
    case 1:
        return g_strndup(from->trace_identity, 16);
    case 2:
        return g_strdup_printf("%" G_GUINT64_FORMAT, from->seed);
    default:
        return g_strdup(from->end_reason);
    }
}

static void
add_provenance(LadDifferences *to, const LadResult *const *results)
{
    static const char *const labels[] = {"memladder", "trace identity", "seed", "ended by"};
    for (guint line = 0; line < G_N_ELEMENTS(labels); line++) {
        char **texts = g_new0(char *, to->n_results + 1);
        for (guint i = 0; i < to->n_results; i++)
            texts[i] = provenance_text(&results[i]->provenance, line);
        add_input(to, labels[line], texts);
    }
}

static void
add_setting(LadDifferences *to, const LadResult *const *results, const char *group, const char *key,
            GHashTable *seen)
{
    char *name = g_strdup_printf("%s.%s", group, key);
    if (!g_hash_table_add(seen, name))
        return;
    char **texts = g_new0(char *, to->n_results + 1);
    for (guint i = 0; i < to->n_results; i++) {
        texts[i] = lad_result_setting(results[i], group, key);
        if (texts[i] == NULL)
            texts[i] = g_strdup("-");
    }
    add_input(to, name, texts);
}

static void
add_settings(LadDifferences *to, const LadResult *const *results)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < to->n_results; i++) {
        g_auto(GStrv) groups = g_key_file_get_groups(results[i]->settings, NULL);
        for (guint g = 0; groups[g] != NULL; g++) {
            g_auto(GStrv) keys = g_key_file_get_keys(results[i]->settings, groups[g], NULL, NULL);
            for (guint k = 0; keys[k] != NULL; k++)
                add_setting(to, results, groups[g], keys[k], seen);
        }
    }
}

/* ---- Metrics -----------------------------------------------------------------------------------
 */

typedef struct {
    LadDifferences *to;
    GPtrArray *all; /* of LadMetricDifference */
    GHashTable *by_name;
} Gatherer;

/* A derived metric comes after the counter of its name and takes its place (run.cost). */
static void
put(Gatherer *to, guint result, const char *part, const char *name, const char *unit, double value)
{
    g_autofree char *full = g_strdup_printf("%s.%s", part, name);
    LadMetricDifference *metric = g_hash_table_lookup(to->by_name, full);
    if (metric == NULL) {
        metric = g_new0(LadMetricDifference, 1);
        metric->name = g_steal_pointer(&full);
        metric->values = g_new(double, to->to->n_results);
        for (guint i = 0; i < to->to->n_results; i++)
            metric->values[i] = NAN;
        g_ptr_array_add(to->all, metric);
        g_hash_table_insert(to->by_name, metric->name, metric);
    }
    g_free(metric->unit);
    metric->unit = g_strdup(unit);
    metric->values[result] = value;
}

static void
put_histogram(Gatherer *to, guint result, const char *part, const LadResultMetric *metric)
{
    const LadHistogram *histogram = metric->histograms[LAD_PHASE_MEASURED];
    g_autofree char *count = g_strconcat(metric->name, "_n", NULL);
    g_autofree char *sum = g_strconcat(metric->name, "_sum", NULL);
    g_autofree char *max = g_strconcat(metric->name, "_max", NULL);
    put(to, result, part, count, "1", (double)histogram->n);
    put(to, result, part, sum, metric->unit, (double)histogram->sum);
    put(to, result, part, max, metric->unit, (double)histogram->max);
}

static void
gather(Gatherer *to, guint index, const LadResult *result)
{
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        for (guint j = 0; j < part->metrics->len; j++) {
            const LadResultMetric *metric = part->metrics->pdata[j];
            if (metric->type == LAD_HISTOGRAM)
                put_histogram(to, index, part->name, metric);
            else
                put(to, index, part->name, metric->name, metric->unit,
                    (double)metric->values[LAD_PHASE_MEASURED]);
        }
    }
    for (const LadDerived *derived = lad_derived; derived->name != NULL; derived++) {
        double value;
        if (derived->scope == LAD_SCOPE_RUN &&
            derived->compute(derived, result, NULL, LAD_PHASE_MEASURED, &value))
            put(to, index, "run", derived->name, derived->unit, value);
        for (guint i = 0; derived->scope != LAD_SCOPE_RUN && i < result->parts->len; i++) {
            const LadResultPart *part = result->parts->pdata[i];
            if (part->scope == derived->scope &&
                derived->compute(derived, result, part, LAD_PHASE_MEASURED, &value))
                put(to, index, part->name, derived->name, derived->unit, value);
        }
    }
}

static gboolean
same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* Largest change first; what has none of these, a metric that only one has for instance, last. */
static int
compare_changes(gconstpointer a, gconstpointer b)
{
    const LadMetricDifference *x = *(const LadMetricDifference *const *)a;
    const LadMetricDifference *y = *(const LadMetricDifference *const *)b;
    double p = isnan(x->change) ? -1 : fabs(x->change), q = isnan(y->change) ? -1 : fabs(y->change);
    return p != q ? (p < q ? 1 : -1) : strcmp(x->name, y->name);
}

static void
add_metrics(LadDifferences *to, const LadResult *const *results)
{
    Gatherer gatherer = {to, g_ptr_array_new(), g_hash_table_new(g_str_hash, g_str_equal)};
    for (guint i = 0; i < to->n_results; i++)
        gather(&gatherer, i, results[i]);
    for (guint i = 0; i < gatherer.all->len; i++) {
        LadMetricDifference *metric = gatherer.all->pdata[i];
        gboolean differ = FALSE;
        for (guint j = 1; j < to->n_results; j++)
            differ = differ || !same(metric->values[0], metric->values[j]);
        metric->change = metric->values[0] != 0 ? metric->values[1] / metric->values[0] - 1 : NAN;
        if (differ) {
            g_ptr_array_add(to->metrics, metric);
        } else {
            to->n_equal++;
            metric_free(metric);
        }
    }
    g_hash_table_unref(gatherer.by_name);
    g_ptr_array_unref(gatherer.all);
    g_ptr_array_sort(to->metrics, compare_changes);
}

LadDifferences *
lad_differences_new(const LadResult *const *results, guint n)
{
    LadDifferences *differences = g_new0(LadDifferences, 1);
    differences->n_results = n;
    differences->inputs = g_ptr_array_new_with_free_func(input_free);
    differences->metrics = g_ptr_array_new_with_free_func(metric_free);
    add_provenance(differences, results);
    add_settings(differences, results);
    add_metrics(differences, results);
    return differences;
}

/* ---- Suspicion ---------------------------------------------------------------------------------
 */

/* Whether one expects of the input that it changes something. */
static gboolean
should_matter(const char *name)
{
    static const char *const endings[] = {"latency", ".model", "bandwidth", ".size", "cost", NULL};
    static const char *const groups[] = {"placement.", "reclaim.", "offload.", "pressure.", NULL};
    for (guint i = 0; groups[i] != NULL; i++)
        if (g_str_has_prefix(name, groups[i]))
            return TRUE;
    for (guint i = 0; endings[i] != NULL; i++)
        if (g_str_has_suffix(name, endings[i]))
            return TRUE;
    return FALSE;
}

char *
lad_differences_warning(const LadDifferences *differences)
{
    if (differences->metrics->len > 0 || differences->inputs->len == 0)
        return NULL;
    g_autoptr(GString) names = g_string_new(NULL);
    gboolean matters = FALSE;
    for (guint i = 0; i < differences->inputs->len; i++) {
        const LadInputDifference *input = differences->inputs->pdata[i];
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", input->name);
        matters = matters || should_matter(input->name);
    }
    return g_strdup_printf(
        "%sall %u metrics are equal although %s: what differs had no effect, "
        "for example because no tier ever filled up or was reached",
        matters ? "warning: " : "", differences->n_equal,
        g_string_append(names, differences->inputs->len > 1 ? " differ" : " differs")->str);
}
