/* result.c - a run's results in memory: parts, their metrics, and the settings they came from. */
#include "config.h"
#include "sim/result/logs.h"
#include <string.h>

static void
free_metric(gpointer data)
{
    LadResultMetric *metric = data;
    g_free(metric->name);
    g_free(metric->unit);
    g_free(metric->help);
    for (guint phase = 0; phase < LAD_N_PHASES; phase++)
        g_free(metric->histograms[phase]);
    g_free(metric->series);
    g_free(metric);
}

static void
free_part(gpointer data)
{
    LadResultPart *part = data;
    g_free(part->name);
    g_ptr_array_unref(part->metrics);
    g_free(part);
}

static void
free_heat(gpointer data)
{
    LadResultHeat *heat = data;
    g_free(heat->cells);
    g_free(heat->curve_pages);
    g_free(heat->curve_bytes);
    g_free(heat);
}

LadResult *
lad_result_new(void)
{
    LadResult *result = g_new0(LadResult, 1);
    LadProvenance *from = &result->provenance;
    char **texts[] = {&from->version,  &from->trace_identity, &from->end_reason,   &from->revision,
                      &from->compiler, &from->libraries,      &from->command_line, &result->config};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup("");
    from->notes = g_new0(char *, 1);
    result->hosts = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(result->hosts, g_strdup("host0"));
    result->parts = g_ptr_array_new_with_free_func(free_part);
    result->heats = g_ptr_array_new_with_free_func(free_heat);
    result->logs = g_ptr_array_new_with_free_func(lad_log_free);
    result->settings = g_key_file_new();
    return result;
}

void
lad_result_free(LadResult *result)
{
    if (result == NULL)
        return;
    LadProvenance *from = &result->provenance;
    g_free(from->version);
    g_free(from->trace_identity);
    g_free(from->end_reason);
    g_strfreev(from->notes);
    g_free(from->revision);
    g_free(from->compiler);
    g_free(from->libraries);
    g_free(from->command_line);
    g_free(result->config);
    g_free(result->sample_times);
    g_ptr_array_unref(result->hosts);
    g_ptr_array_unref(result->parts);
    g_ptr_array_unref(result->heats);
    g_ptr_array_unref(result->logs);
    g_key_file_unref(result->settings);
    g_free(result);
}

LadResultPart *
lad_result_add_part(LadResult *result, const char *name, guint host, LadScope scope)
{
    for (guint i = 0; i < result->parts->len; i++) {
        LadResultPart *part = result->parts->pdata[i];
        if (part->scope == scope && part->host == host && g_str_equal(part->name, name))
            return part;
    }
    LadResultPart *part = g_new0(LadResultPart, 1);
    part->name = g_strdup(name);
    part->host = host;
    part->scope = scope;
    part->metrics = g_ptr_array_new_with_free_func(free_metric);
    g_ptr_array_add(result->parts, part);
    return part;
}

LadResultMetric *
lad_result_add_metric(LadResult *result, LadResultPart *part, const LadCounter *counter)
{
    LadResultMetric *metric = g_new0(LadResultMetric, 1);
    metric->name = g_strdup(counter->name);
    metric->unit = g_strdup(counter->unit);
    metric->help = g_strdup(counter->help ? counter->help : "");
    metric->type = counter->type;
    if (counter->type == LAD_HISTOGRAM) {
        for (guint phase = 0; phase < LAD_N_PHASES; phase++)
            metric->histograms[phase] = g_new0(LadHistogram, 1);
    } else if (result->n_samples > 0) {
        metric->series = g_new0(guint64, result->n_samples);
    }
    g_ptr_array_add(part->metrics, metric);
    return metric;
}

gboolean
lad_result_set_config(LadResult *result, const char *text, GError **error)
{
    GKeyFile *settings = g_key_file_new();
    GError *cause = NULL;
    if (!g_key_file_load_from_data(settings, text, strlen(text), G_KEY_FILE_NONE, &cause)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT,
                    "the result's effective configuration is no key file: %s", cause->message);
        g_error_free(cause);
        g_key_file_unref(settings);
        return FALSE;
    }
    g_key_file_unref(result->settings);
    result->settings = settings;
    g_free(result->config);
    result->config = g_strdup(text);
    return TRUE;
}

const LadResultPart *
lad_result_part(const LadResult *result, const char *name)
{
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        if (g_str_equal(part->name, name))
            return part;
    }
    return NULL;
}

const LadResultMetric *
lad_result_metric(const LadResultPart *part, const char *name)
{
    for (guint i = 0; i < part->metrics->len; i++) {
        const LadResultMetric *metric = part->metrics->pdata[i];
        if (g_str_equal(metric->name, name))
            return metric;
    }
    return NULL;
}

gboolean
lad_result_is_tier(const LadResultPart *part)
{
    return part->scope == LAD_SCOPE_TIER && lad_result_metric(part, "used_bytes") != NULL;
}

char *
lad_result_setting(const LadResult *result, const char *group, const char *key)
{
    return g_key_file_get_value(result->settings, group, key, NULL);
}
