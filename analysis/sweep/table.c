/* table.c - a sweep's results as columns over its grid. */
#include "config.h"
#include "analysis/sweep/table.h"
#include "analysis/sweep/settings.h"
#include <math.h>
#include <string.h>

/* ---- Lifetime ----------------------------------------------------------------------------------
 */

static void
column_free(gpointer data)
{
    LadSweepColumn *column = data;
    g_free(column->name);
    g_free(column->unit);
    g_free(column->values);
    g_free(column);
}

static void
setting_free(gpointer data)
{
    LadSweepSetting *setting = data;
    g_free(setting->name);
    g_free(setting->values);
    g_free(setting);
}

static void
history_free(gpointer data)
{
    LadSweepHistory *history = data;
    g_free(history->name);
    g_free(history->values);
    g_free(history);
}

LadSweepTable *
lad_sweep_table_empty(LadSweepGrid *grid, gboolean own)
{
    LadSweepTable *table = g_new0(LadSweepTable, 1);
    table->grid = grid;
    table->own_grid = own ? grid : NULL;
    table->done = g_new0(guint8, grid->n_points);
    table->identities = g_new0(const char *, grid->n_points);
    table->messages = g_new0(const char *, grid->n_points);
    table->columns = g_ptr_array_new_with_free_func(column_free);
    table->settings = g_ptr_array_new_with_free_func(setting_free);
    table->history = g_ptr_array_new_with_free_func(history_free);
    table->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    table->strings = g_string_chunk_new(1 << 14);
    return table;
}

void
lad_sweep_table_free(LadSweepTable *table)
{
    if (table == NULL)
        return;
    g_free(table->version);
    g_free(table->identity);
    g_strfreev(table->traces);
    g_strfreev(table->notes);
    g_free(table->done);
    g_free(table->identities);
    g_free(table->messages);
    g_hash_table_unref(table->by_name);
    g_ptr_array_unref(table->columns);
    g_ptr_array_unref(table->settings);
    g_ptr_array_unref(table->history);
    g_free(table->config);
    g_free(table->times);
    g_string_chunk_free(table->strings);
    lad_sweep_grid_free(table->own_grid);
    lad_sweep_state_free(table->own_state);
    lad_sweep_plan_free(table->own_plan);
    g_free(table);
}

/* ---- Look-up -----------------------------------------------------------------------------------
 */

const LadSweepColumn *
lad_sweep_table_column(const LadSweepTable *table, const char *name)
{
    return g_hash_table_lookup(table->by_name, name);
}

static const LadSweepSetting *
find_setting(const LadSweepTable *table, const char *name)
{
    for (guint i = 0; i < table->settings->len; i++) {
        const LadSweepSetting *setting = table->settings->pdata[i];
        if (strcmp(setting->name, name) == 0)
            return setting;
    }
    return NULL;
}

gboolean
lad_sweep_table_varies(const LadSweepTable *table, const char *group, const char *key)
{
    g_autofree char *name = g_strdup_printf("%s.%s", group, key);
    return find_setting(table, name) != NULL;
}

char *
lad_sweep_table_setting(const LadSweepTable *table, guint point, const char *group, const char *key)
{
    g_autofree char *name = g_strdup_printf("%s.%s", group, key);
    const LadSweepSetting *setting = find_setting(table, name);
    if (setting == NULL)
        return lad_settings_find(table->config, name);
    return *setting->values[point] != '\0' ? g_strdup(setting->values[point]) : NULL;
}

char *
lad_sweep_table_incomplete(const LadSweepTable *table)
{
    return table->n_missing == 0
               ? NULL
               : g_strdup_printf("%u of %u points are missing", table->n_missing, table->n_runs);
}

void
lad_sweep_table_count(LadSweepTable *table)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    table->n_runs = table->n_done = table->n_failed = table->n_missing = table->n_skipped = 0;
    for (guint i = 0; i < table->grid->n_points; i++) {
        table->n_skipped += (guint)(table->done[i] == LAD_SWEEP_SKIPPED);
        if (table->done[i] == LAD_SWEEP_SKIPPED ||
            !g_hash_table_add(seen, (gpointer)table->identities[i]))
            continue;
        table->n_runs++;
        table->n_done += (guint)(table->done[i] == LAD_SWEEP_DONE);
        table->n_failed += (guint)(table->done[i] == LAD_SWEEP_FAILED);
        table->n_missing += (guint)(table->done[i] == LAD_SWEEP_MISSING);
    }
}

LadSweepColumn *
lad_sweep_table_add_column(LadSweepTable *table, const char *name, const char *unit)
{
    LadSweepColumn *column = g_new0(LadSweepColumn, 1);
    column->name = g_strdup(name);
    column->unit = g_strdup(unit);
    column->values = g_new(double, table->grid->n_points);
    for (guint i = 0; i < table->grid->n_points; i++)
        column->values[i] = NAN;
    g_ptr_array_add(table->columns, column);
    g_hash_table_insert(table->by_name, column->name, column);
    return column;
}

/* ---- From the results on disk ------------------------------------------------------------------
 */

static void
take_points(LadSweepTable *table, const LadSweepState *state)
{
    for (guint i = 0; i < table->grid->n_points; i++) {
        const LadSweepPoint *point = &state->plan->points[i];
        const LadSweepOutcome *outcome = state->outcomes[i];
        table->done[i] = point->skipped    ? LAD_SWEEP_SKIPPED
                         : outcome == NULL ? LAD_SWEEP_MISSING
                         : outcome->failed ? LAD_SWEEP_FAILED
                                           : LAD_SWEEP_DONE;
        table->identities[i] = point->identity;
        table->messages[i] = outcome != NULL ? outcome->message : "";
    }
}

/* Columns are in the order in which the points tell them. Points of one model have one set of
 * metrics, so the columns of the last set are kept at hand. */
static void
take_metrics(LadSweepTable *table, const LadSweepState *state)
{
    g_autoptr(GPtrArray) current = g_ptr_array_new();
    const LadSweepMetrics *last = NULL;
    for (guint i = 0; i < table->grid->n_points; i++) {
        const LadSweepOutcome *outcome = state->outcomes[i];
        if (outcome == NULL || outcome->failed)
            continue;
        const LadSweepMetrics *metrics = outcome->metrics;
        if (metrics != last)
            g_ptr_array_set_size(current, 0);
        for (guint j = current->len; j < metrics->n; j++) {
            LadSweepColumn *column = g_hash_table_lookup(table->by_name, metrics->names[j]);
            if (column == NULL)
                column = lad_sweep_table_add_column(table, metrics->names[j], metrics->units[j]);
            g_ptr_array_add(current, column);
        }
        last = metrics;
        for (guint j = 0; j < metrics->n; j++)
            ((LadSweepColumn *)current->pdata[j])->values[i] = outcome->values[j];
    }
}

static void
take_one_history(LadSweepTable *table, const LadSweepState *state, const char *name)
{
    gsize n = (gsize)table->grid->n_points * table->n_samples;
    LadSweepHistory *history = g_new0(LadSweepHistory, 1);
    history->name = g_strdup(name);
    history->values = g_new(double, n);
    g_ptr_array_add(table->history, history);
    for (gsize i = 0; i < n; i++)
        history->values[i] = NAN;
    for (guint i = 0; i < table->grid->n_points; i++) {
        const LadSweepOutcome *outcome = state->outcomes[i];
        for (guint j = 0; outcome != NULL && j < outcome->series->len; j++) {
            const LadSweepSeries *series = outcome->series->pdata[j];
            if (strcmp(series->name, name) == 0)
                memcpy(history->values + (gsize)i * table->n_samples, series->values,
                       outcome->n_samples * sizeof *history->values);
        }
    }
}

static void
take_history(LadSweepTable *table, const LadSweepState *state)
{
    for (guint i = 0; i < table->grid->n_points; i++)
        if (state->outcomes[i] != NULL)
            table->n_samples = MAX(table->n_samples, state->outcomes[i]->n_samples);
    if (*table->grid->series == NULL)
        table->n_samples = 0;
    if (table->n_samples == 0)
        return;
    table->times = g_new0(guint64, (gsize)table->grid->n_points * table->n_samples);
    for (guint i = 0; i < table->grid->n_points; i++)
        if (state->outcomes[i] != NULL && state->outcomes[i]->n_samples > 0)
            memcpy(table->times + (gsize)i * table->n_samples, state->outcomes[i]->times,
                   state->outcomes[i]->n_samples * sizeof *table->times);
    for (char **name = table->grid->series; *name != NULL; name++)
        take_one_history(table, state, *name);
}

static void
take_notes(LadSweepTable *table, const LadSweepState *state)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < table->grid->n_points; i++)
        for (char **note = state->outcomes[i] != NULL ? state->outcomes[i]->notes : NULL;
             note != NULL && *note != NULL; note++)
            if (g_hash_table_add(seen, *note))
                g_ptr_array_add(notes, g_strdup(*note));
    g_ptr_array_add(notes, NULL);
    table->notes = (char **)g_ptr_array_steal(notes, NULL);
}

static void
take_settings(LadSweepTable *table, const LadSweepPlan *plan)
{
    const LadSweepGrid *grid = plan->grid;
    table->config_point = grid->baseline;
    g_autoptr(LadSettings) settings = lad_settings_new(grid->n_points, table->strings);
    for (guint i = 0; i < grid->n_points; i++) {
        const LadSweepPoint *point = &plan->points[i];
        if (point->skipped)
            continue;
        if (table->config_point == LAD_SWEEP_NO_POINT)
            table->config_point = i;
        lad_settings_add(settings, i, g_mapped_file_get_contents(plan->configs) + point->offset,
                         point->length);
    }
    table->config = lad_sweep_plan_config(plan, table->config_point);
    for (guint i = 0; i < lad_settings_n(settings); i++) {
        LadSweepSetting *setting = g_new0(LadSweepSetting, 1);
        setting->values = lad_settings_take(settings, i, &setting->name);
        if (setting->values != NULL)
            g_ptr_array_add(table->settings, setting);
        else
            g_free(setting);
    }
}

LadSweepTable *
lad_sweep_table_new(const LadSweepState *state)
{
    LadSweepTable *table = lad_sweep_table_empty(state->plan->grid, FALSE);
    table->version = g_strdup(state->plan->version);
    table->identity = g_strdup(state->plan->identity);
    table->traces = g_strdupv(state->plan->traces);
    take_points(table, state);
    take_metrics(table, state);
    take_history(table, state);
    take_notes(table, state);
    take_settings(table, state->plan);
    lad_sweep_table_count(table);
    return table;
}
