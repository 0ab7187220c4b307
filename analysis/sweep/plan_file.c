/* plan_file.c - a plan's files. plan.json is written last and holds the checksums of the others. */
#include "config.h"
#include "analysis/sweep/plan_file.h"
#include "sim/base/publish.h"
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT 1
#define HEAD   "point\tstate\tchunk\tsame\toffset\tlength\tidentity\n"

char *
lad_sweep_plan_path(const LadSweepPlan *plan, const char *name)
{
    return g_build_filename(plan->directory, name, NULL);
}

void
lad_sweep_plan_free(LadSweepPlan *plan)
{
    if (plan == NULL)
        return;
    g_free(plan->directory);
    g_free(plan->version);
    g_strfreev(plan->traces);
    lad_sweep_grid_free(plan->grid);
    g_free(plan->points);
    g_free(plan->identity);
    g_clear_pointer(&plan->configs, g_mapped_file_unref);
    g_free(plan);
}

void
lad_sweep_plan_remove(const LadSweepPlan *plan)
{
    static const char *const names[] = {LAD_SWEEP_PLAN, LAD_SWEEP_POINTS, LAD_SWEEP_CONFIGS,
                                        LAD_SWEEP_RESULTS};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = lad_sweep_plan_path(plan, names[i]);
        g_remove(path);
    }
    g_rmdir(plan->directory);
}

/* ---- Writing -----------------------------------------------------------------------------------
 */

static char *
points_text(const LadSweepPlan *plan)
{
    GString *text = g_string_new(HEAD);
    for (guint i = 0; i < plan->grid->n_points; i++) {
        const LadSweepPoint *point = &plan->points[i];
        const char *state = point->skipped ? "skipped" : point->same != i ? "same" : "run";
        g_string_append_printf(text, "%u\t%s\t%d\t%u\t%" G_GUINT64_FORMAT "\t%" G_GUINT64_FORMAT, i,
                               state, point->chunk == LAD_SWEEP_NO_CHUNK ? -1 : (int)point->chunk,
                               point->same, point->offset, point->length);
        g_string_append_printf(text, "\t%s\n", point->skipped ? "-" : point->identity);
    }
    return g_string_free(text, FALSE);
}

static void
set_text(JsonObject *object, const char *name, const char *text)
{
    json_object_set_string_member(object, name, text);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "PATH\tIDENTITY" each, in order of paths. */
static char **
trace_lines(GHashTable *traces)
{
    guint n;
    g_autofree char **names = (char **)g_hash_table_get_keys_as_array(traces, &n);
    char **lines = g_new0(char *, n + 1);
    qsort(names, n, sizeof *names, compare_names);
    for (guint i = 0; i < n; i++)
        lines[i] = g_strdup_printf("%s\t%s", names[i],
                                   (const char *)g_hash_table_lookup(traces, names[i]));
    return lines;
}

static JsonArray *
traces_array(char **lines)
{
    JsonArray *array = json_array_new();
    for (guint i = 0; lines[i] != NULL; i++) {
        JsonObject *trace = json_object_new();
        const char *tab = strrchr(lines[i], '\t');
        g_autofree char *path = g_strndup(lines[i], (gsize)(tab - lines[i]));
        set_text(trace, "path", path);
        set_text(trace, "identity", tab + 1);
        json_array_add_object_element(array, trace);
    }
    return array;
}

static char *
plan_text(const LadSweepPlan *plan, const char *points_sum, const char *configs_sum)
{
    JsonObject *object = json_object_new();
    json_object_set_int_member(object, "format", FORMAT);
    set_text(object, "version", plan->version);
    set_text(object, "question", plan->grid->question);
    set_text(object, "grid", plan->grid->text);
    json_object_set_int_member(object, "points", plan->grid->n_points);
    json_object_set_int_member(object, "runs", plan->n_runs);
    json_object_set_int_member(object, "chunk_points", plan->chunk_points);
    json_object_set_int_member(object, "chunks", plan->n_chunks);
    json_object_set_double_member(object, "seconds_per_point", plan->seconds_per_point);
    json_object_set_array_member(object, "traces", traces_array(plan->traces));
    set_text(object, "points_sha256", points_sum);
    set_text(object, "configs_sha256", configs_sum);
    g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
    json_node_take_object(root, object);
    g_autoptr(JsonGenerator) generator = json_generator_new();
    json_generator_set_root(generator, root);
    json_generator_set_pretty(generator, TRUE);
    return json_generator_to_data(generator, NULL);
}

static gboolean
write_text(const LadSweepPlan *plan, const char *name, const char *text, GError **error)
{
    g_autofree char *path = lad_sweep_plan_path(plan, name);
    return lad_publish(path, NULL, text, -1, LAD_PUBLISH_DURABLE, error);
}

static gboolean
map_configs(LadSweepPlan *plan, GError **error)
{
    g_autofree char *path = lad_sweep_plan_path(plan, LAD_SWEEP_CONFIGS);
    GError *cause = NULL;
    plan->configs = g_mapped_file_new(path, FALSE, &cause);
    if (plan->configs != NULL)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot read the plan: %s", cause->message);
    g_error_free(cause);
    return FALSE;
}

static char *
configs_sum(const LadSweepPlan *plan)
{
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256,
                                       (const guchar *)g_mapped_file_get_contents(plan->configs),
                                       g_mapped_file_get_length(plan->configs));
}

/* Of what is asked, not of how it is divided. */
static char *
plan_identity(const LadSweepPlan *plan)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, (const guchar *)plan->grid->text, -1);
    for (guint i = 0; i < plan->grid->n_points; i++)
        g_checksum_update(sum, (const guchar *)plan->points[i].identity, LAD_SWEEP_IDENTITY_DIGITS);
    return g_strdup(g_checksum_get_string(sum));
}

gboolean
lad_sweep_plan_write(LadSweepPlan *plan, GHashTable *traces, GError **error)
{
    if (!map_configs(plan, error))
        return FALSE;
    plan->traces = trace_lines(traces);
    g_autofree char *points = points_text(plan), *sum = configs_sum(plan);
    g_autofree char *points_sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, points, -1);
    g_autofree char *text = plan_text(plan, points_sum, sum);
    plan->identity = plan_identity(plan);
    return write_text(plan, LAD_SWEEP_POINTS, points, error) &&
           write_text(plan, LAD_SWEEP_PLAN, text, error);
}

/* ---- Reading -----------------------------------------------------------------------------------
 */

static gboolean
damaged(const LadSweepPlan *plan, const char *what, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "%s: %s; expected a plan as `memladder sweep plan CONFIG -o DIR` made it",
                plan->directory, what);
    return FALSE;
}

static gboolean
read_point(LadSweepPlan *plan, guint index, char *line)
{
    LadSweepPoint *point = &plan->points[index];
    g_auto(GStrv) cells = g_strsplit(line, "\t", -1);
    if (g_strv_length(cells) != 7 || strtoul(cells[0], NULL, 10) != index)
        return FALSE;
    point->skipped = strcmp(cells[1], "skipped") == 0;
    long chunk = strtol(cells[2], NULL, 10);
    point->chunk = chunk < 0 ? LAD_SWEEP_NO_CHUNK : (guint)chunk;
    point->same = (guint)strtoul(cells[3], NULL, 10);
    point->offset = g_ascii_strtoull(cells[4], NULL, 10);
    point->length = g_ascii_strtoull(cells[5], NULL, 10);
    plan->n_skipped += (guint)point->skipped;
    if (!point->skipped)
        g_strlcpy(point->identity, cells[6], sizeof point->identity);
    return point->same < plan->grid->n_points && (chunk < 0 || point->chunk < plan->n_chunks) &&
           point->offset + point->length <= g_mapped_file_get_length(plan->configs);
}

static gboolean
read_points(LadSweepPlan *plan, const char *sum, GError **error)
{
    g_autofree char *path = lad_sweep_plan_path(plan, LAD_SWEEP_POINTS);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return damaged(plan, "points.tsv cannot be read", error);
    g_autofree char *actual = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    if (strcmp(actual, sum) != 0)
        return damaged(plan, "points.tsv was changed since", error);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n = plan->grid->n_points;
    plan->points = g_new0(LadSweepPoint, n);
    if (g_strv_length(lines) != n + 2)
        return damaged(plan, "points.tsv has another number of points", error);
    for (guint i = 0; i < n; i++)
        if (!read_point(plan, i, lines[i + 1]))
            return damaged(plan, "points.tsv is damaged", error);
    plan->identity = plan_identity(plan);
    return TRUE;
}

static char **
read_traces(JsonObject *object)
{
    g_autoptr(GPtrArray) traces = g_ptr_array_new();
    JsonArray *array = json_object_has_member(object, "traces")
                           ? json_object_get_array_member(object, "traces")
                           : NULL;
    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
        JsonObject *trace = json_array_get_object_element(array, i);
        g_ptr_array_add(
            traces,
            g_strdup_printf("%s\t%s", json_object_get_string_member_with_default(trace, "path", ""),
                            json_object_get_string_member_with_default(trace, "identity", "")));
    }
    g_ptr_array_add(traces, NULL);
    return (char **)g_ptr_array_steal(traces, NULL);
}

static gboolean
read_plan(LadSweepPlan *plan, JsonObject *object, GError **error)
{
    if (json_object_get_int_member_with_default(object, "format", 0) != FORMAT)
        return damaged(plan, "plan.json has another format", error);
    plan->version = g_strdup(json_object_get_string_member_with_default(object, "version", ""));
    plan->chunk_points = (guint)json_object_get_int_member_with_default(object, "chunk_points", 0);
    plan->n_chunks = (guint)json_object_get_int_member_with_default(object, "chunks", 0);
    plan->n_runs = (guint)json_object_get_int_member_with_default(object, "runs", 0);
    plan->seconds_per_point =
        json_object_get_double_member_with_default(object, "seconds_per_point", 0);
    g_autoptr(LadConfig) config = lad_config_new();
    const char *grid = json_object_get_string_member_with_default(object, "grid", "");
    if (!lad_config_read_text(config, grid, "plan.json", error))
        return FALSE;
    plan->traces = read_traces(object);
    plan->grid = lad_sweep_grid_read(config, error);
    if (plan->grid == NULL || !map_configs(plan, error))
        return FALSE;
    g_autofree char *sum = configs_sum(plan);
    if (strcmp(sum, json_object_get_string_member_with_default(object, "configs_sha256", "")) != 0)
        return damaged(plan, "points.conf was changed since", error);
    return read_points(
        plan, json_object_get_string_member_with_default(object, "points_sha256", ""), error);
}

LadSweepPlan *
lad_sweep_plan_open(const char *directory, GError **error)
{
    g_autoptr(LadSweepPlan) plan = g_new0(LadSweepPlan, 1);
    plan->directory = g_canonicalize_filename(directory, NULL);
    g_autofree char *path = lad_sweep_plan_path(plan, LAD_SWEEP_PLAN);
    g_autoptr(JsonParser) parser = json_parser_new();
    if (!json_parser_load_from_file(parser, path, NULL)) {
        damaged(plan,
                g_file_test(path, G_FILE_TEST_EXISTS) ? "plan.json is damaged"
                                                      : "there is no plan.json",
                error);
        return NULL;
    }
    JsonNode *root = json_parser_get_root(parser);
    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root)) {
        damaged(plan, "plan.json is damaged", error);
        return NULL;
    }
    return read_plan(plan, json_node_get_object(root), error) ? g_steal_pointer(&plan) : NULL;
}

char *
lad_sweep_plan_config(const LadSweepPlan *plan, guint point)
{
    const LadSweepPoint *at = &plan->points[point];
    return g_strndup(g_mapped_file_get_contents(plan->configs) + at->offset, at->length);
}

GArray *
lad_sweep_plan_chunk(const LadSweepPlan *plan, guint chunk)
{
    GArray *points = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < plan->grid->n_points; i++)
        if (plan->points[i].chunk == chunk)
            g_array_append_val(points, i);
    return points;
}
