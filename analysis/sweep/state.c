/* state.c - what of a sweep is on disk. The queue of an engine is never asked. */
#include "config.h"
#include "analysis/sweep/plan_file.h"
#include "analysis/sweep/work.h"
#include <glib/gstdio.h>
#include <string.h>
#include <time.h>

/* A worker that was not heard of for so many times the time of a point is taken for dead. */
#define SILENCE_POINTS  20
#define SILENCE_SECONDS 60.0

char *
lad_sweep_chunk_directory(const LadSweepPlan *plan, guint chunk)
{
    return g_strdup_printf("%s/" LAD_SWEEP_RESULTS "/c%04u", plan->directory, chunk);
}

char *
lad_sweep_chunk_file(const LadSweepPlan *plan, guint chunk)
{
    return g_strdup_printf("%s/" LAD_SWEEP_RESULTS "/c%04u.chunk", plan->directory, chunk);
}

char *
lad_sweep_point_file(const LadSweepPlan *plan, guint point)
{
    return g_strdup_printf("%s/" LAD_SWEEP_RESULTS "/c%04u/p%06u.point", plan->directory,
                           plan->points[point].chunk, point);
}

static void
take_file(LadSweepState *state, const char *path)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) outcomes = lad_sweep_outcomes_read(state->plan, path, &error);
    if (outcomes == NULL) {
        g_ptr_array_add(state->damaged, g_strdup(error->message));
        g_error_free(error);
        return;
    }
    for (guint i = 0; i < outcomes->len; i++) {
        LadSweepOutcome *outcome = outcomes->pdata[i];
        if (state->outcomes[outcome->point] != NULL)
            continue;
        state->outcomes[outcome->point] = outcome;
        outcomes->pdata[i] = NULL;
    }
}

static gboolean
was_heard_of(const LadSweepState *state, const char *path)
{
    GStatBuf info;
    double silence = MAX(SILENCE_SECONDS, SILENCE_POINTS * state->plan->seconds_per_point);
    return g_stat(path, &info) == 0 && difftime(time(NULL), info.st_mtime) < silence;
}

static void
take_directory(LadSweepState *state, const char *directory)
{
    g_autoptr(GDir) there = g_dir_open(directory, 0, NULL);
    const char *name;
    while (there != NULL && (name = g_dir_read_name(there)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        if (g_str_has_suffix(name, ".point"))
            take_file(state, path);
        else if (g_str_has_prefix(name, "running."))
            state->n_running += (guint)was_heard_of(state, path);
    }
}

static void
count(LadSweepState *state)
{
    for (guint i = 0; i < state->plan->grid->n_points; i++) {
        const LadSweepPoint *point = &state->plan->points[i];
        if (point->skipped)
            continue;
        if (point->same != i) {
            state->outcomes[i] = state->outcomes[point->same];
            continue;
        }
        const LadSweepOutcome *outcome = state->outcomes[i];
        state->n_missing += (guint)(outcome == NULL);
        state->n_failed += (guint)(outcome != NULL && outcome->failed);
        state->n_done += (guint)(outcome != NULL && !outcome->failed);
    }
}

LadSweepState *
lad_sweep_state_read(const LadSweepPlan *plan)
{
    LadSweepState *state = g_new0(LadSweepState, 1);
    state->plan = plan;
    state->outcomes = g_new0(LadSweepOutcome *, plan->grid->n_points);
    state->damaged = g_ptr_array_new_with_free_func(g_free);
    for (guint chunk = 0; chunk < plan->n_chunks; chunk++) {
        g_autofree char *file = lad_sweep_chunk_file(plan, chunk);
        g_autofree char *directory = lad_sweep_chunk_directory(plan, chunk);
        if (g_file_test(file, G_FILE_TEST_EXISTS))
            take_file(state, file);
        take_directory(state, directory);
    }
    count(state);
    return state;
}

void
lad_sweep_state_free(LadSweepState *state)
{
    if (state == NULL)
        return;
    for (guint i = 0; i < state->plan->grid->n_points; i++)
        if (state->plan->points[i].same == i)
            lad_sweep_outcome_free(state->outcomes[i]);
    g_free(state->outcomes);
    g_ptr_array_unref(state->damaged);
    g_free(state);
}

GArray *
lad_sweep_state_open_chunks(const LadSweepState *state)
{
    GArray *chunks = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < state->plan->grid->n_points; i++) {
        guint chunk = state->plan->points[i].chunk;
        if (chunk == LAD_SWEEP_NO_CHUNK || state->outcomes[i] != NULL)
            continue;
        if (chunks->len == 0 || g_array_index(chunks, guint, chunks->len - 1) != chunk)
            g_array_append_val(chunks, chunk);
    }
    return chunks;
}
