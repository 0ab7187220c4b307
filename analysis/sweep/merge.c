/* merge.c - copy all points into one file. Links between files would be quicker to make, but give
 * fill values, without an error, for whatever is missing when they are read. */
#include "config.h"
#include "analysis/sweep/merge.h"
#include "analysis/sweep/values.h"
#include "sim/base/publish.h"
#include "sim/result/hdf5_write.h"
#include <math.h>
#include <string.h>

#define FORMAT 1

enum { DONE_MISSING, DONE_YES, DONE_FAILED, DONE_SKIPPED };

typedef struct {
    const LadSweepState *state;
    const LadSweepGrid *grid;
    LadHdf5Writer hdf5;
    guint rank;
    hsize_t *dims; /* one more than `rank`: the samples */
    hid_t *scales; /* one per axis */
} Merger;

char *
lad_sweep_incomplete(const LadSweepState *state)
{
    if (state->n_missing == 0)
        return NULL;
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%u of %u points are missing (chunks", state->n_missing,
                           state->plan->n_runs);
    g_autoptr(GArray) chunks = lad_sweep_state_open_chunks(state);
    for (guint i = 0; i < chunks->len && i < 10; i++)
        g_string_append_printf(text, "%s %u", i > 0 ? "," : "", g_array_index(chunks, guint, i));
    g_string_append(text, chunks->len > 10 ? ", ...)" : ")");
    return g_string_free(text, FALSE);
}

static void
check(Merger *merger, gint64 status)
{
    lad_hdf5_check(&merger->hdf5, status);
}

static void
set_text(Merger *merger, hid_t object, const char *name, const char *text)
{
    lad_hdf5_text_attribute(&merger->hdf5, object, name, text);
}

/* Attaches the axes to a dataset over the grid. */
static void
attach(Merger *merger, hid_t dataset)
{
    for (guint i = 0; i < merger->grid->axes->len; i++) {
        const LadSweepAxis *axis = merger->grid->axes->pdata[i];
        check(merger, H5DSattach_scale(dataset, merger->scales[i], axis->dimension));
    }
}

/* ---- Axes --------------------------------------------------------------------------------------
 */

static void
write_axes(Merger *merger)
{
    hid_t group = lad_hdf5_group(&merger->hdf5, "axis");
    for (guint i = 0; i < merger->grid->axes->len; i++) {
        const LadSweepAxis *axis = merger->grid->axes->pdata[i];
        hsize_t n = axis->n_values;
        g_autofree double *numbers = g_new0(double, n);
        gboolean numeric = TRUE;
        for (guint j = 0; j < n; j++)
            numeric = lad_sweep_amount(axis->values[j], &numbers[j]) && numeric;
        hid_t scale = numeric ? lad_hdf5_dataset(&merger->hdf5, group, axis->name,
                                                 H5T_NATIVE_DOUBLE, 1, &n, numbers)
                              : lad_hdf5_texts(&merger->hdf5, group, axis->name, 1, &n,
                                               (const char *const *)axis->labels, n);
        g_autofree char *labels = g_strjoinv("\n", axis->labels);
        set_text(merger, scale, "option", axis->option);
        set_text(merger, scale, "long_name", axis->title);
        set_text(merger, scale, "labels", labels);
        check(merger, H5DSset_scale(scale, axis->name));
        merger->scales[i] = scale;
    }
    H5Gclose(group);
}

/* ---- Points ------------------------------------------------------------------------------------
 */

static guint8
done_of(const LadSweepState *state, guint point)
{
    if (state->plan->points[point].skipped)
        return DONE_SKIPPED;
    const LadSweepOutcome *outcome = state->outcomes[point];
    return outcome == NULL ? DONE_MISSING : outcome->failed ? DONE_FAILED : DONE_YES;
}

static void
write_points(Merger *merger)
{
    guint n = merger->grid->n_points;
    g_autofree guint8 *done = g_new0(guint8, n);
    g_autofree const char **identities = g_new0(const char *, n);
    g_autofree const char **messages = g_new0(const char *, n);
    for (guint i = 0; i < n; i++) {
        const LadSweepOutcome *outcome = merger->state->outcomes[i];
        done[i] = done_of(merger->state, i);
        identities[i] = merger->state->plan->points[i].identity;
        messages[i] = outcome != NULL ? outcome->message : "";
    }
    hid_t mask = lad_hdf5_dataset(&merger->hdf5, merger->hdf5.file, "done", H5T_NATIVE_UINT8,
                                  merger->rank, merger->dims, done);
    hid_t identity = lad_hdf5_texts(&merger->hdf5, merger->hdf5.file, "identity", merger->rank,
                                    merger->dims, identities, n);
    hid_t message = lad_hdf5_texts(&merger->hdf5, merger->hdf5.file, "message", merger->rank,
                                   merger->dims, messages, n);
    set_text(merger, mask, "meaning", "1 done, 0 missing, 2 failed, 3 skipped");
    const hid_t all[] = {mask, identity, message};
    for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
        attach(merger, all[i]);
        H5Dclose(all[i]);
    }
}

/* ---- Metrics -----------------------------------------------------------------------------------
 */

/* A metric of some points; values of the others are NaN. */
typedef struct {
    const char *name, *unit;
    double *values;
} Column;

static void
column_free(gpointer data)
{
    Column *column = data;
    g_free(column->values);
    g_free(column);
}

static Column *
find_column(Merger *merger, GPtrArray *columns, GHashTable *by_name, const char *name,
            const char *unit)
{
    Column *column = g_hash_table_lookup(by_name, name);
    if (column != NULL)
        return column;
    column = g_new0(Column, 1);
    column->name = name;
    column->unit = unit;
    column->values = g_new(double, merger->grid->n_points);
    for (guint i = 0; i < merger->grid->n_points; i++)
        column->values[i] = NAN;
    g_ptr_array_add(columns, column);
    g_hash_table_insert(by_name, (gpointer)name, column);
    return column;
}

/* In the order in which the points tell them. */
static GPtrArray *
gather_columns(Merger *merger)
{
    GPtrArray *columns = g_ptr_array_new_with_free_func(column_free);
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) current = g_ptr_array_new();
    const LadSweepMetrics *last = NULL;
    for (guint i = 0; i < merger->grid->n_points; i++) {
        const LadSweepOutcome *outcome = merger->state->outcomes[i];
        if (outcome == NULL || outcome->failed)
            continue;
        const LadSweepMetrics *metrics = outcome->metrics;
        if (metrics != last)
            g_ptr_array_set_size(current, 0);
        for (guint j = current->len; j < metrics->n; j++)
            g_ptr_array_add(current, find_column(merger, columns, by_name, metrics->names[j],
                                                 metrics->units[j]));
        last = metrics;
        for (guint j = 0; j < metrics->n; j++)
            ((Column *)current->pdata[j])->values[i] = outcome->values[j];
    }
    return columns;
}

static void
write_metrics(Merger *merger)
{
    g_autoptr(GPtrArray) columns = gather_columns(merger);
    hid_t group = lad_hdf5_group(&merger->hdf5, "metric");
    for (guint i = 0; i < columns->len; i++) {
        const Column *column = columns->pdata[i];
        hid_t dataset = lad_hdf5_dataset(&merger->hdf5, group, column->name, H5T_NATIVE_DOUBLE,
                                         merger->rank, merger->dims, column->values);
        set_text(merger, dataset, "units", column->unit);
        attach(merger, dataset);
        H5Dclose(dataset);
    }
    H5Gclose(group);
}

static void
write_one_series(Merger *merger, hid_t group, const char *name, guint n_samples)
{
    gsize n = (gsize)merger->grid->n_points * n_samples;
    g_autofree double *values = g_new(double, n);
    for (gsize i = 0; i < n; i++)
        values[i] = NAN;
    for (guint i = 0; i < merger->grid->n_points; i++) {
        const LadSweepOutcome *outcome = merger->state->outcomes[i];
        for (guint j = 0; outcome != NULL && j < outcome->series->len; j++) {
            const LadSweepSeries *series = outcome->series->pdata[j];
            if (strcmp(series->name, name) == 0)
                memcpy(values + (gsize)i * n_samples, series->values,
                       outcome->n_samples * sizeof *values);
        }
    }
    hid_t dataset = lad_hdf5_dataset(&merger->hdf5, group, name, H5T_NATIVE_DOUBLE,
                                     merger->rank + 1, merger->dims, values);
    attach(merger, dataset);
    H5Dclose(dataset);
}

static void
write_series(Merger *merger)
{
    guint n_samples = 0;
    for (guint i = 0; i < merger->grid->n_points; i++)
        if (merger->state->outcomes[i] != NULL)
            n_samples = MAX(n_samples, merger->state->outcomes[i]->n_samples);
    if (n_samples == 0 || *merger->grid->series == NULL)
        return;
    merger->dims[merger->rank] = n_samples;
    hid_t group = lad_hdf5_group(&merger->hdf5, "series");
    for (char **name = merger->grid->series; *name != NULL; name++)
        write_one_series(merger, group, *name, n_samples);
    H5Gclose(group);
    gsize n = (gsize)merger->grid->n_points * n_samples;
    g_autofree guint64 *times = g_new0(guint64, n);
    for (guint i = 0; i < merger->grid->n_points; i++) {
        const LadSweepOutcome *outcome = merger->state->outcomes[i];
        if (outcome != NULL)
            memcpy(times + (gsize)i * n_samples, outcome->times,
                   outcome->n_samples * sizeof *times);
    }
    hid_t dataset = lad_hdf5_dataset(&merger->hdf5, merger->hdf5.file, "series_time",
                                     H5T_NATIVE_UINT64, merger->rank + 1, merger->dims, times);
    set_text(merger, dataset, "units", "ps");
    attach(merger, dataset);
    H5Dclose(dataset);
}

/* ---- The file ----------------------------------------------------------------------------------
 */

static void
write_all(Merger *merger)
{
    const LadSweepPlan *plan = merger->state->plan;
    guint64 format = FORMAT;
    guint8 partial = merger->state->n_missing > 0;
    lad_hdf5_attribute(&merger->hdf5, merger->hdf5.file, "format_version", H5T_NATIVE_UINT64,
                       &format);
    set_text(merger, merger->hdf5.file, "Conventions", "memladder-sweep-1");
    set_text(merger, merger->hdf5.file, "plan", plan->identity);
    set_text(merger, merger->hdf5.file, "version", plan->version);
    set_text(merger, merger->hdf5.file, "question", plan->grid->question);
    set_text(merger, merger->hdf5.file, "sweep", plan->grid->text);
    lad_hdf5_attribute(&merger->hdf5, merger->hdf5.file, "partial", H5T_NATIVE_UINT8, &partial);
    write_axes(merger);
    write_points(merger);
    write_metrics(merger);
    write_series(merger);
    for (guint i = 0; i < merger->grid->axes->len; i++)
        H5Dclose(merger->scales[i]);
}

static char *
make_image(const LadSweepState *state, gsize *length)
{
    const LadSweepGrid *grid = state->plan->grid;
    Merger merger = {.state = state, .grid = grid, .rank = grid->n_dimensions};
    g_autofree hsize_t *dims = g_new0(hsize_t, merger.rank + 1);
    g_autofree hid_t *scales = g_new0(hid_t, grid->axes->len);
    for (guint i = 0; i < merger.rank; i++)
        dims[i] = grid->sizes[i];
    merger.dims = dims;
    merger.scales = scales;
    lad_hdf5_writer_init(&merger.hdf5, FALSE, 8 << 20);
    if (!merger.hdf5.failed)
        write_all(&merger);
    return lad_hdf5_image(&merger.hdf5, length);
}

gboolean
lad_sweep_merge(const LadSweepState *state, const char *path, gboolean partial, GError **error)
{
    g_autofree char *incomplete = lad_sweep_incomplete(state);
    if (incomplete != NULL && !partial) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT,
                    "%s: %s; run `memladder sweep resume`, or merge with --partial",
                    state->plan->directory, incomplete);
        return FALSE;
    }
    LadHdf5Quiet quiet;
    gsize length = 0;
    lad_hdf5_quiet(&quiet);
    g_autofree char *image = make_image(state, &length);
    g_autofree char *reason = image == NULL ? lad_hdf5_reason() : NULL;
    lad_hdf5_loud(&quiet);
    if (image == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot make %s: %s", path, reason);
        return FALSE;
    }
    return lad_publish(path, "the sweep", image, (gssize)length, LAD_PUBLISH_DURABLE, error);
}
