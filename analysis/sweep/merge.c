/* merge.c - copy all points into one file. Links between files would be quicker to make, but give
 * fill values, without an error, for whatever is missing when they are read. */
#include "config.h"
#include "analysis/sweep/merge.h"
#include "analysis/sweep/values.h"
#include "sim/base/publish.h"
#include "sim/result/hdf5_write.h"
#include <string.h>

typedef struct {
    const LadSweepTable *table;
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

/* A dataset over the grid is described, gets the axes and is closed. */
static void
finish(Merger *merger, hid_t dataset, const char *meaning)
{
    if (meaning != NULL)
        set_text(merger, dataset, "long_name", meaning);
    for (guint i = 0; i < merger->grid->axes->len; i++) {
        const LadSweepAxis *axis = merger->grid->axes->pdata[i];
        check(merger, H5DSattach_scale(dataset, merger->scales[i], axis->dimension));
    }
    H5Dclose(dataset);
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

static void
write_texts(Merger *merger, hid_t group, const char *name, const char *const *texts,
            const char *meaning)
{
    finish(merger,
           lad_hdf5_texts(&merger->hdf5, group, name, merger->rank, merger->dims, texts,
                          merger->grid->n_points),
           meaning);
}

static void
write_points(Merger *merger)
{
    const LadSweepTable *table = merger->table;
    finish(merger,
           lad_hdf5_dataset(&merger->hdf5, merger->hdf5.file, "done", H5T_NATIVE_UINT8,
                            merger->rank, merger->dims, table->done),
           LAD_SWEEP_DONE_MEANING);
    write_texts(merger, merger->hdf5.file, "identity", (const char *const *)table->identities,
                "SHA-256 of effective configuration, traces and version");
    write_texts(merger, merger->hdf5.file, "message", (const char *const *)table->messages,
                "why a point failed");
}

static void
write_settings(Merger *merger)
{
    hid_t group = lad_hdf5_group(&merger->hdf5, "setting");
    set_text(merger, group, "long_name", "settings that differ between points");
    for (guint i = 0; i < merger->table->settings->len; i++) {
        const LadSweepSetting *setting = merger->table->settings->pdata[i];
        write_texts(merger, group, setting->name, (const char *const *)setting->values, NULL);
    }
    H5Gclose(group);
    hid_t type = lad_hdf5_text_type(strlen(merger->table->config));
    hid_t dataset = lad_hdf5_dataset(&merger->hdf5, merger->hdf5.file, "config", type, 0, NULL,
                                     merger->table->config);
    guint64 point = merger->table->config_point;
    set_text(merger, dataset, "long_name", "the effective configuration of one point");
    lad_hdf5_attribute(&merger->hdf5, dataset, "point", H5T_NATIVE_UINT64, &point);
    H5Dclose(dataset);
    H5Tclose(type);
}

/* ---- Metrics -----------------------------------------------------------------------------------
 */

static void
write_metrics(Merger *merger)
{
    hid_t group = lad_hdf5_group(&merger->hdf5, "metric");
    set_text(merger, group, "long_name", "every metric of the measured phase");
    for (guint i = 0; i < merger->table->columns->len; i++) {
        const LadSweepColumn *column = merger->table->columns->pdata[i];
        hid_t dataset = lad_hdf5_dataset(&merger->hdf5, group, column->name, H5T_NATIVE_DOUBLE,
                                         merger->rank, merger->dims, column->values);
        set_text(merger, dataset, "units", column->unit);
        finish(merger, dataset, NULL);
    }
    H5Gclose(group);
}

static void
write_history(Merger *merger)
{
    const LadSweepTable *table = merger->table;
    if (table->n_samples == 0)
        return;
    merger->dims[merger->rank] = table->n_samples;
    hid_t group = lad_hdf5_group(&merger->hdf5, "series");
    set_text(merger, group, "long_name", "growth or value per epoch; the last dimension is epochs");
    for (guint i = 0; i < table->history->len; i++) {
        const LadSweepHistory *history = table->history->pdata[i];
        finish(merger,
               lad_hdf5_dataset(&merger->hdf5, group, history->name, H5T_NATIVE_DOUBLE,
                                merger->rank + 1, merger->dims, history->values),
               NULL);
    }
    H5Gclose(group);
    hid_t dataset =
        lad_hdf5_dataset(&merger->hdf5, merger->hdf5.file, "series_time", H5T_NATIVE_UINT64,
                         merger->rank + 1, merger->dims, table->times);
    set_text(merger, dataset, "units", "ps");
    finish(merger, dataset, "end of each epoch in simulated time; 0 behind the last");
}

/* ---- The file ----------------------------------------------------------------------------------
 */

static void
write_all(Merger *merger)
{
    const LadSweepTable *table = merger->table;
    guint64 format = LAD_SWEEP_MERGED_FORMAT;
    guint8 partial = table->n_missing > 0;
    hid_t file = merger->hdf5.file;
    g_autofree char *notes = g_strjoinv("\n", table->notes);
    g_autofree char *traces = g_strjoinv("\n", table->traces);
    lad_hdf5_attribute(&merger->hdf5, file, "format_version", H5T_NATIVE_UINT64, &format);
    set_text(merger, file, "Conventions", LAD_SWEEP_MERGED_CONVENTIONS);
    set_text(merger, file, "plan", table->identity);
    set_text(merger, file, "version", table->version);
    set_text(merger, file, "question", table->grid->question);
    set_text(merger, file, "sweep", table->grid->text);
    set_text(merger, file, "traces", traces);
    set_text(merger, file, "notes", notes);
    lad_hdf5_attribute(&merger->hdf5, file, "partial", H5T_NATIVE_UINT8, &partial);
    write_axes(merger);
    write_points(merger);
    write_settings(merger);
    write_metrics(merger);
    write_history(merger);
    for (guint i = 0; i < merger->grid->axes->len; i++)
        H5Dclose(merger->scales[i]);
}

static char *
make_image(const LadSweepTable *table, gsize *length)
{
    const LadSweepGrid *grid = table->grid;
    Merger merger = {.table = table, .grid = grid, .rank = grid->n_dimensions};
    g_autofree hsize_t *dims = g_new0(hsize_t, merger.rank + 1);
    g_autofree hid_t *scales = g_new0(hid_t, grid->axes->len);
    for (guint i = 0; i < merger.rank; i++)
        dims[i] = grid->sizes[i];
    merger.dims = dims;
    merger.scales = scales;
    lad_hdf5_writer_init(&merger.hdf5, TRUE, 8 << 20);
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
    g_autoptr(LadSweepTable) table = lad_sweep_table_new(state);
    LadHdf5Quiet quiet;
    gsize length = 0;
    lad_hdf5_quiet(&quiet);
    g_autofree char *image = make_image(table, &length);
    g_autofree char *reason = image == NULL ? lad_hdf5_reason() : NULL;
    lad_hdf5_loud(&quiet);
    if (image == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot make %s: %s", path, reason);
        return FALSE;
    }
    return lad_publish(path, "the sweep", image, (gssize)length, LAD_PUBLISH_DURABLE, error);
}
