/* summary-json.c - all metrics of a result as JSON, spelled PART.COUNTER, and the metric
 * dictionary. */
#include "config.h"
#include "sim/result/layout.h"
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

static void
add_text(JsonBuilder *builder, const char *name, const char *text)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, text);
}

/* JSON has no NaN, and its readers no unsigned 64-bit numbers. */
static void
add_number(JsonBuilder *builder, const char *name, double value)
{
    json_builder_set_member_name(builder, name);
    if (isfinite(value))
        json_builder_add_double_value(builder, value);
    else
        json_builder_add_null_value(builder);
}

static void
add_count(JsonBuilder *builder, const char *name, guint64 value)
{
    json_builder_set_member_name(builder, name);
    if (value <= G_MAXINT64)
        json_builder_add_int_value(builder, (gint64)value);
    else
        json_builder_add_double_value(builder, (double)value);
}

static void
add_histogram(JsonBuilder *builder, const char *name, const LadHistogram *histogram)
{
    json_builder_set_member_name(builder, name);
    json_builder_begin_object(builder);
    add_count(builder, "n", histogram->n);
    add_count(builder, "sum", histogram->sum);
    add_count(builder, "max", histogram->max);
    add_count(builder, "p50", lad_histogram_quantile(histogram, 0.5));
    add_count(builder, "p90", lad_histogram_quantile(histogram, 0.9));
    add_count(builder, "p99", lad_histogram_quantile(histogram, 0.99));
    json_builder_end_object(builder);
}

static void
add_derived(JsonBuilder *builder, const LadResult *result, const LadResultPart *part,
            LadPhase phase)
{
    for (const LadDerived *derived = lad_derived; derived->name; derived++) {
        double value = NAN;
        if (derived->scope != (part ? part->scope : LAD_SCOPE_RUN) ||
            (part && lad_result_metric(part, derived->name)) ||
            !derived->compute(derived, result, part, phase, &value))
            continue;
        g_autofree char *name =
            part ? g_strdup_printf("%s.%s", part->name, derived->name) : g_strdup(derived->name);
        add_number(builder, name, value);
    }
}

static void
add_part(JsonBuilder *builder, const LadResult *result, const LadResultPart *part, LadPhase phase)
{
    for (guint i = 0; i < part->metrics->len; i++) {
        const LadResultMetric *metric = part->metrics->pdata[i];
        g_autofree char *name = g_strdup_printf("%s.%s", part->name, metric->name);
        if (metric->type == LAD_HISTOGRAM)
            add_histogram(builder, name, metric->histograms[phase]);
        else
            add_count(builder, name, metric->values[phase]);
    }
    if (part->scope != LAD_SCOPE_RUN)
        add_derived(builder, result, part, phase);
}

static void
add_phase(JsonBuilder *builder, const LadResult *result, LadPhase phase)
{
    json_builder_set_member_name(builder, lad_phase_name(phase));
    json_builder_begin_object(builder);
    add_count(builder, "start_ps", result->phase_start[phase]);
    add_count(builder, "length_ps", result->phase_length[phase]);
    json_builder_set_member_name(builder, "metrics");
    json_builder_begin_object(builder);
    add_derived(builder, result, NULL, phase);
    for (LadScope scope = 0; scope < LAD_N_SCOPES; scope++)
        for (guint i = 0; i < result->parts->len; i++) {
            const LadResultPart *part = result->parts->pdata[i];
            if (part->scope == scope)
                add_part(builder, result, part, phase);
        }
    json_builder_end_object(builder);
    json_builder_end_object(builder);
}

/* name -> unit, meaning, formula: derived metrics, and each counter once per scope. */
static void
add_dictionary(JsonBuilder *builder, const LadResult *result)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    json_builder_set_member_name(builder, "units");
    json_builder_begin_object(builder);
    for (const LadDerived *derived = lad_derived; derived->name; derived++) {
        g_autofree char *name =
            derived->scope == LAD_SCOPE_RUN
                ? g_strdup(derived->name)
                : g_strdup_printf("%s.%s", lad_scope_name(derived->scope), derived->name);
        if (g_hash_table_add(seen, g_strdup(name)))
            add_text(builder, name, derived->unit);
    }
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        for (guint m = 0; m < part->metrics->len; m++) {
            const LadResultMetric *metric = part->metrics->pdata[m];
            g_autofree char *name = g_strdup_printf(
                "%s.%s", part->scope <= LAD_SCOPE_HOST ? part->name : lad_scope_name(part->scope),
                metric->name);
            if (g_hash_table_add(seen, g_strdup(name)))
                add_text(builder, name, metric->unit);
        }
    }
    json_builder_end_object(builder);
}

char *
lad_summary_json(const LadResult *result)
{
    const LadProvenance *from = &result->provenance;
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    add_text(builder, "program", "memladder");
    add_text(builder, "version", from->version);
    add_text(builder, "trace_identity", from->trace_identity);
    add_count(builder, "seed", from->seed);
    add_count(builder, "references", from->references);
    add_text(builder, "end_reason", from->end_reason);
    json_builder_set_member_name(builder, "notes");
    json_builder_begin_array(builder);
    for (guint i = 0; from->notes[i] != NULL; i++)
        json_builder_add_string_value(builder, from->notes[i]);
    json_builder_end_array(builder);
    add_text(builder, "config", result->config);
    add_dictionary(builder, result);
    json_builder_set_member_name(builder, "phases");
    json_builder_begin_object(builder);
    if (result->phase_length[LAD_PHASE_WARMUP] > 0)
        add_phase(builder, result, LAD_PHASE_WARMUP);
    add_phase(builder, result, LAD_PHASE_MEASURED);
    json_builder_end_object(builder);
    json_builder_end_object(builder);
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    g_autofree char *json = json_to_string(root, TRUE);
    return g_strconcat(json, "\n", NULL);
}

/* ---- The metric dictionary --------------------------------------------------------------------
 */

static void
define(GString *text, const char *name, const char *unit, const char *meaning, const char *formula)
{
    g_string_append_printf(text, "%s\t%s\t%s\t%s\n", name, unit, meaning, formula);
}

char *
lad_summary_dictionary(const LadResult *result)
{
    GString *text = g_string_new("# dataset\tunit\tmeaning\tformula\n");
    for (const LadDerived *derived = lad_derived; derived->name; derived++) {
        g_autofree char *name =
            derived->scope == LAD_SCOPE_RUN
                ? g_strdup(derived->name)
                : g_strdup_printf("%s_%s", lad_scope_name(derived->scope), derived->name);
        define(text, name, derived->unit, derived->help, derived->formula);
    }
    if (result == NULL)
        return g_string_free(text, FALSE);
    LadLayout *layout = lad_layout_new(result);
    for (guint i = 0; i < layout->datasets->len; i++) {
        const LadColumns *columns = layout->datasets->pdata[i];
        define(text, columns->name, columns->like->unit, columns->like->help,
               lad_counter_type_name(columns->like->type));
    }
    lad_layout_free(layout);
    return g_string_free(text, FALSE);
}
