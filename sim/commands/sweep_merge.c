/* sweep_merge.c - memladder sweep status and merge: what is on disk, and all of it in one file. */
#include "config.h"
#include "analysis/sweep/merge.h"
#include "sim/commands/sweep.h"
#include <json-glib/json-glib.h>
#include <stdio.h>

static LadSweepPlan *
open_plan(GOptionContext *context, const GOptionEntry *entries, int argc, char **argv,
          GError **error)
{
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, error))
        return NULL;
    const char *directory = lad_sweep_directory(argc, argv, error);
    return directory != NULL ? lad_sweep_plan_open(directory, error) : NULL;
}

/* ---- Status ------------------------------------------------------------------------------------
 */

/* Failed and not the same as an earlier point. */
static gboolean
has_failed(const LadSweepState *state, guint point)
{
    const LadSweepOutcome *outcome = state->outcomes[point];
    return outcome != NULL && outcome->failed && state->plan->points[point].same == point;
}

static void
add_count(JsonBuilder *json, const char *name, guint count)
{
    json_builder_set_member_name(json, name);
    json_builder_add_int_value(json, count);
}

static void
add_failures(JsonBuilder *json, const LadSweepState *state)
{
    json_builder_set_member_name(json, "failures");
    json_builder_begin_array(json);
    for (guint i = 0; i < state->plan->grid->n_points; i++) {
        if (!has_failed(state, i))
            continue;
        g_autofree char *where = lad_sweep_grid_describe(state->plan->grid, i);
        json_builder_begin_object(json);
        add_count(json, "point", i);
        json_builder_set_member_name(json, "where");
        json_builder_add_string_value(json, where);
        json_builder_set_member_name(json, "message");
        json_builder_add_string_value(json, state->outcomes[i]->message);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
}

static void
print_json(const LadSweepState *state)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    add_count(json, "points", state->plan->n_runs);
    add_count(json, "done", state->n_done);
    add_count(json, "failed", state->n_failed);
    add_count(json, "missing", state->n_missing);
    add_count(json, "skipped", state->plan->n_skipped);
    add_count(json, "running", state->n_running);
    add_count(json, "chunks", state->plan->n_chunks);
    add_count(json, "damaged", state->damaged->len);
    add_failures(json, state);
    json_builder_end_object(json);
    g_autoptr(JsonNode) root = json_builder_get_root(json);
    g_autofree char *line = json_to_string(root, FALSE);
    printf("%s\n", line);
}

static void
print_failures(const LadSweepState *state)
{
    for (guint i = 0; i < state->plan->grid->n_points; i++) {
        if (!has_failed(state, i))
            continue;
        g_autofree char *where = lad_sweep_grid_describe(state->plan->grid, i);
        printf("failed: point %u (%s): %s\n", i, where, state->outcomes[i]->message);
    }
    for (guint i = 0; i < state->damaged->len; i++)
        printf("damaged: %s\n", (const char *)state->damaged->pdata[i]);
    g_autofree char *incomplete = lad_sweep_incomplete(state);
    if (incomplete != NULL)
        printf("%s\n", incomplete);
}

static int
run_status(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "one JSON object", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("DIR");
    g_option_context_set_summary(context, "Say what of a plan is done, failed and missing, from "
                                          "the results on disk alone.");
    g_autoptr(LadSweepPlan) plan = open_plan(context, entries, argc, argv, error);
    if (plan == NULL)
        return 2;
    g_autoptr(LadSweepState) state = lad_sweep_state_read(plan);
    if (json) {
        print_json(state);
    } else {
        lad_sweep_print_counts(state);
        print_failures(state);
    }
    return 0;
}

const LadCommand lad_sweep_command_status = {
    "status",
    "say what of a plan is done, failed and missing",
    run_status,
};

/* ---- Merge -------------------------------------------------------------------------------------
 */

static int
run_merge(int argc, char **argv, GError **error)
{
    gboolean partial = FALSE;
    g_autofree char *output = NULL;
    const GOptionEntry entries[] = {
        {"partial", 0, 0, G_OPTION_ARG_NONE, &partial,
         "merge although points are missing; the file says so", NULL},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "default: " LAD_SWEEP_MERGED " in DIR",
         "FILE"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("DIR");
    g_option_context_set_summary(context,
                                 "Copy all points of a plan into one HDF5 file, with the axes as "
                                 "dimension scales and a mask\nof what is done. Refuses an "
                                 "incomplete grid.");
    g_autoptr(LadSweepPlan) plan = open_plan(context, entries, argc, argv, error);
    if (plan == NULL)
        return 2;
    g_autoptr(LadSweepState) state = lad_sweep_state_read(plan);
    g_autofree char *path = output != NULL
                                ? g_steal_pointer(&output)
                                : g_build_filename(plan->directory, LAD_SWEEP_MERGED, NULL);
    if (!lad_sweep_merge(state, path, partial, error))
        return 1;
    printf("%s: %u points, %u failed, %u missing\n", path, state->n_done, state->n_failed,
           state->n_missing);
    return 0;
}

const LadCommand lad_sweep_command_merge = {
    "merge",
    "copy all points of a plan into one HDF5 file",
    run_merge,
};
