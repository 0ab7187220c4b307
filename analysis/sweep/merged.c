/* merged.c - a merged file, or a plan's directory, as a table. */
#include "config.h"
#include "analysis/sweep/merge.h"
#include "sim/result/hdf5_read.h"
#include <string.h>

typedef struct {
    LadHdf5Reader hdf5;
    LadSweepTable *table;
    gsize n_points;
} Reader;

static LadSweepGrid *
read_grid(Reader *reader)
{
    g_autofree char *text = lad_hdf5_text_of(&reader->hdf5, reader->hdf5.file, "sweep");
    g_autoptr(LadConfig) config = lad_config_new();
    if (reader->hdf5.error != NULL ||
        !lad_config_read_text(config, text, "sweep", &reader->hdf5.error))
        return NULL;
    return lad_sweep_grid_read(config, &reader->hdf5.error);
}

/* Texts of all points, kept in the table's strings. */
static void
read_texts(Reader *reader, const char *name, const char **texts)
{
    gsize n = 0, width = 0;
    g_autofree char *cells =
        lad_hdf5_read_texts(&reader->hdf5, reader->hdf5.file, name, &n, &width);
    if (cells == NULL || n != reader->n_points) {
        lad_hdf5_fail(&reader->hdf5, name);
        return;
    }
    for (gsize i = 0; i < n; i++)
        texts[i] = g_string_chunk_insert_const(reader->table->strings, cells + i * width);
}

static void
read_points(Reader *reader)
{
    LadSweepTable *table = reader->table;
    gsize n = 0;
    g_autofree guint8 *done =
        lad_hdf5_read_values(&reader->hdf5, reader->hdf5.file, "done", H5T_NATIVE_UINT8, &n);
    if (done == NULL || n != reader->n_points) {
        lad_hdf5_fail(&reader->hdf5, "done");
        return;
    }
    for (gsize i = 0; i < n; i++) {
        if (done[i] > LAD_SWEEP_SKIPPED)
            lad_hdf5_fail(&reader->hdf5, "done");
        table->done[i] = done[i];
    }
    read_texts(reader, "identity", table->identities);
    read_texts(reader, "message", table->messages);
}

static void
read_settings(Reader *reader)
{
    LadSweepTable *table = reader->table;
    g_auto(GStrv) names = lad_hdf5_members(&reader->hdf5, "setting");
    for (guint i = 0; names != NULL && names[i] != NULL; i++) {
        g_autofree char *path = g_strconcat("setting/", names[i], NULL);
        LadSweepSetting *setting = g_new0(LadSweepSetting, 1);
        setting->name = g_strdup(names[i]);
        setting->values = g_new(const char *, reader->n_points);
        for (gsize j = 0; j < reader->n_points; j++)
            setting->values[j] = "";
        g_ptr_array_add(table->settings, setting);
        read_texts(reader, path, setting->values);
    }
    gsize n = 0, width = 0;
    table->config = lad_hdf5_read_texts(&reader->hdf5, reader->hdf5.file, "config", &n, &width);
    guint64 point = lad_hdf5_number_of_dataset(&reader->hdf5, "config", "point");
    if (table->config == NULL || n != 1 || point >= reader->n_points)
        lad_hdf5_fail(&reader->hdf5, "config");
    table->config_point = (guint)point;
}

static double *
read_doubles(Reader *reader, const char *path, gsize expected)
{
    gsize n = 0;
    double *values =
        lad_hdf5_read_values(&reader->hdf5, reader->hdf5.file, path, H5T_NATIVE_DOUBLE, &n);
    if (values != NULL && n == expected)
        return values;
    lad_hdf5_fail(&reader->hdf5, path);
    g_free(values);
    return NULL;
}

static void
read_metrics(Reader *reader)
{
    g_auto(GStrv) names = lad_hdf5_members(&reader->hdf5, "metric");
    for (guint i = 0; names != NULL && names[i] != NULL; i++) {
        g_autofree char *path = g_strconcat("metric/", names[i], NULL);
        g_autofree char *unit = lad_hdf5_text_of_dataset(&reader->hdf5, path, "units");
        double *values = read_doubles(reader, path, reader->n_points);
        if (values == NULL || unit == NULL) {
            g_free(values);
            return;
        }
        LadSweepColumn *column = lad_sweep_table_add_column(reader->table, names[i], unit);
        g_free(column->values);
        column->values = values;
    }
}

static void
read_history(Reader *reader)
{
    LadSweepTable *table = reader->table;
    gsize n = 0;
    if (H5Lexists(reader->hdf5.file, "series_time", H5P_DEFAULT) <= 0)
        return;
    table->times = lad_hdf5_read_values(&reader->hdf5, reader->hdf5.file, "series_time",
                                        H5T_NATIVE_UINT64, &n);
    if (table->times == NULL || n == 0 || n % reader->n_points != 0) {
        lad_hdf5_fail(&reader->hdf5, "series_time");
        return;
    }
    table->n_samples = (guint)(n / reader->n_points);
    g_auto(GStrv) names = lad_hdf5_members(&reader->hdf5, "series");
    for (guint i = 0; names != NULL && names[i] != NULL; i++) {
        g_autofree char *path = g_strconcat("series/", names[i], NULL);
        double *values = read_doubles(reader, path, n);
        if (values == NULL)
            return;
        LadSweepHistory *history = g_new0(LadSweepHistory, 1);
        history->name = g_strdup(names[i]);
        history->values = values;
        g_ptr_array_add(table->history, history);
    }
}

static char **
read_lines(Reader *reader, const char *name)
{
    g_autofree char *text = lad_hdf5_text_of(&reader->hdf5, reader->hdf5.file, name);
    return text == NULL || *text == '\0' ? g_new0(char *, 1) : g_strsplit(text, "\n", -1);
}

static void
read_all(Reader *reader)
{
    LadSweepGrid *grid = read_grid(reader);
    if (grid == NULL)
        return;
    LadSweepTable *table = lad_sweep_table_empty(grid, TRUE);
    reader->table = table;
    reader->n_points = grid->n_points;
    for (gsize i = 0; i < reader->n_points; i++)
        table->identities[i] = table->messages[i] = "";
    table->version = lad_hdf5_text_of(&reader->hdf5, reader->hdf5.file, "version");
    table->identity = lad_hdf5_text_of(&reader->hdf5, reader->hdf5.file, "plan");
    table->traces = read_lines(reader, "traces");
    table->notes = read_lines(reader, "notes");
    read_points(reader);
    read_settings(reader);
    read_metrics(reader);
    read_history(reader);
    if (reader->hdf5.error == NULL)
        lad_sweep_table_count(table);
}

gboolean
lad_sweep_is_merged(const char *path)
{
    return lad_hdf5_follows(path, LAD_SWEEP_MERGED_CONVENTIONS);
}

LadSweepTable *
lad_sweep_merged_read(const char *path, GError **error)
{
    LadHdf5Quiet quiet;
    Reader reader = {0};
    lad_hdf5_quiet(&quiet);
    reader.hdf5.file =
        lad_hdf5_open(path, LAD_SWEEP_MERGED_CONVENTIONS, "a file of memladder sweep merge", error);
    gboolean open = reader.hdf5.file >= 0;
    if (open) {
        read_all(&reader);
        H5Fclose(reader.hdf5.file);
    }
    lad_hdf5_loud(&quiet);
    if (reader.hdf5.error != NULL) {
        g_propagate_prefixed_error(error, reader.hdf5.error, "%s is damaged: ", path);
        lad_sweep_table_free(reader.table);
        return NULL;
    }
    return reader.table;
}

LadSweepTable *
lad_sweep_load(const char *path, GError **error)
{
    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        return lad_sweep_merged_read(path, error);
    LadSweepPlan *plan = lad_sweep_plan_open(path, error);
    if (plan == NULL)
        return NULL;
    LadSweepState *state = lad_sweep_state_read(plan);
    LadSweepTable *table = lad_sweep_table_new(state);
    table->own_plan = plan;
    table->own_state = state;
    return table;
}
