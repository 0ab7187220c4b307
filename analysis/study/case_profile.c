/* case_profile.c - see case_profile.h. */
#include "config.h"
#include "analysis/study/case_profile.h"
#include "analysis/profile/bandwidth.h"
#include "analysis/profile/latency.h"
#include "sim/base/units.h"
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

/* ---- Making -------------------------------------------------------------------------------------
 */

static GArray *
read_windows(char *const *texts, GError **error)
{
    g_autoptr(GArray) windows = g_array_new(FALSE, FALSE, sizeof(guint64));
    for (; texts != NULL && *texts != NULL; texts++) {
        guint64 length = 0;
        if (!lad_units_parse(LAD_OPTION_TIME, *texts, &length, NULL) || length == 0) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "windows: `%s`; expected times such as `10 ms, 20 ms`", *texts);
            return NULL;
        }
        g_array_append_val(windows, length);
    }
    return g_steal_pointer(&windows);
}

static LadFindings *
make(const LadCaseProfileOptions *options, LadProfileSources *sources, const LadModels *models,
     GError **error)
{
    const LadProfileMachine machine = {.machine = options->machine, .sets = options->sets};
    if (options->kind == LAD_CASE_LATENCY) {
        const char *prefetchers = options->prefetchers[0] != '\0' ? options->prefetchers : NULL;
        const LadLatencyOptions latency = {
            .machine = &machine, .prefetchers = prefetchers, .models = models};
        return lad_profile_latency(sources, &latency, NULL, error);
    }
    g_autoptr(GArray) windows = read_windows(options->windows, error);
    if (windows == NULL)
        return NULL;
    const LadBandwidthOptions bandwidth = {.windows = (const guint64 *)(gconstpointer)windows->data,
                                           .n_windows = windows->len,
                                           .by_time = TRUE,
                                           .capacity_bytes = options->capacity,
                                           .machine = &machine,
                                           .models = models};
    return lad_profile_bandwidth(sources, &bandwidth, NULL, error);
}

gboolean
lad_case_profile(const LadCaseProfileOptions *options, const LadModels *models, const char *path,
                 GError **error)
{
    g_autoptr(LadProfileSources) sources =
        lad_profile_sources_open(options->paths, LAD_TRACE_NO_THREAD, error);
    if (sources == NULL)
        return FALSE;
    g_autoptr(LadFindings) findings = make(options, sources, models, error);
    if (findings == NULL)
        return FALSE;
    g_autofree char *text = lad_findings_print(findings, LAD_FINDINGS_JSON);
    return g_file_set_contents(path, text, -1, error);
}

/* ---- Looking up ---------------------------------------------------------------------------------
 */

struct LadCaseFound {
    JsonParser *parser;
    JsonObject *values, *tables;
};

LadCaseFound *
lad_case_found_read(const char *path, GError **error)
{
    g_autoptr(LadCaseFound) found = g_new0(LadCaseFound, 1);
    found->parser = json_parser_new();
    if (!json_parser_load_from_file(found->parser, path, error))
        return NULL;
    JsonNode *root = json_parser_get_root(found->parser);
    JsonObject *object =
        root != NULL && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
    if (object == NULL || !json_object_has_member(object, "values") ||
        !json_object_has_member(object, "tables")) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT, "%s: expected what a profile found", path);
        return NULL;
    }
    found->values = json_object_get_object_member(object, "values");
    found->tables = json_object_get_object_member(object, "tables");
    return g_steal_pointer(&found);
}

void
lad_case_found_free(LadCaseFound *found)
{
    if (found == NULL)
        return;
    g_object_unref(found->parser);
    g_free(found);
}

static gboolean
number(JsonNode *node, double *value)
{
    if (node == NULL || !JSON_NODE_HOLDS_VALUE(node) ||
        json_node_get_value_type(node) == G_TYPE_STRING)
        return FALSE;
    *value = json_node_get_double(node);
    return isfinite(*value);
}

static gboolean
cell(const LadCaseFound *found, char *const *words, double *value)
{
    guint64 row = 0;
    JsonNode *node = json_object_get_member(found->tables, words[0]);
    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node) ||
        !g_ascii_string_to_unsigned(words[1], 10, 0, G_MAXUINT32, &row, NULL))
        return FALSE;
    JsonObject *table = json_node_get_object(node);
    JsonArray *columns = json_object_get_array_member(table, "columns");
    JsonArray *rows = json_object_get_array_member(table, "rows");
    if (columns == NULL || rows == NULL || row >= json_array_get_length(rows))
        return FALSE;
    JsonArray *cells = json_array_get_array_element(rows, (guint)row);
    for (guint i = 0; i < json_array_get_length(columns); i++)
        if (strcmp(json_array_get_string_element(columns, i), words[2]) == 0)
            return number(json_array_get_element(cells, i), value);
    return FALSE;
}

gboolean
lad_case_found_value(const LadCaseFound *found, const char *metric, double *value)
{
    g_auto(GStrv) words = g_strsplit(metric, ".", 3);
    if (g_strv_length(words) == 3)
        return cell(found, words, value);
    return number(json_object_get_member(found->values, metric), value);
}

static void
append_cell(GString *out, JsonNode *node)
{
    double value;
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    if (number(node, &value))
        g_string_append(out, g_ascii_formatd(text, sizeof text, "%.6g", value));
    else if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING)
        g_string_append(out, json_node_get_string(node));
    else
        g_string_append(out, "NaN");
}

char *
lad_case_found_table(const LadCaseFound *found, const char *name, GError **error)
{
    JsonNode *node = json_object_get_member(found->tables, name);
    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT, "the profile has no table `%s`", name);
        return NULL;
    }
    JsonObject *table = json_node_get_object(node);
    JsonArray *columns = json_object_get_array_member(table, "columns");
    JsonArray *rows = json_object_get_array_member(table, "rows");
    GString *out = g_string_new(NULL);
    guint n = json_array_get_length(columns);
    for (guint i = 0; i < n; i++)
        g_string_append_printf(out, "%s%s", json_array_get_string_element(columns, i),
                               i + 1 < n ? "\t" : "\n");
    for (guint row = 0; row < json_array_get_length(rows); row++)
        for (guint i = 0; i < n; i++) {
            JsonArray *cells = json_array_get_array_element(rows, row);
            append_cell(out, json_array_get_element(cells, i));
            g_string_append_c(out, i + 1 < n ? '\t' : '\n');
        }
    return g_string_free(out, FALSE);
}
