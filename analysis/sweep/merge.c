/* merge.c - copy all points into one file. Links between files would be quicker to make, but give
 * fill values, without an error, for whatever is missing when they are read. */
#include "config.h"
#include "analysis/sweep/merge.h"
#include "analysis/sweep/values.h"
#include "sim/result/hdf5.h"
#include "sim/result/layout.h"
#include <errno.h>
#include <math.h>
#include <string.h>

#define FORMAT 1

enum { DONE_MISSING, DONE_YES, DONE_FAILED, DONE_SKIPPED };

typedef struct {
    const LadSweepState *state;
    const LadSweepGrid *grid;
    hid_t file;
    guint rank;
    hsize_t *dims; /* one more than `rank`: the samples */
    hid_t *scales; /* one per axis */
    gboolean failed;
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
    if (status < 0)
        merger->failed = TRUE;
}

/* ---- Attributes and datasets -------------------------------------------------------------------
 */

static hid_t
text_type(gsize longest)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, longest + 1);
    H5Tset_cset(type, H5T_CSET_UTF8);
    H5Tset_strpad(type, H5T_STR_NULLTERM);
    return type;
}

static void
set_attribute(Merger *merger, hid_t object, const char *name, hid_t type, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    check(merger, attribute);
    check(merger, H5Awrite(attribute, type, value));
    H5Aclose(attribute);
    H5Sclose(space);
}

static void
set_text(Merger *merger, hid_t object, const char *name, const char *text)
{
    hid_t type = text_type(strlen(text));
    set_attribute(merger, object, name, type, text);
    H5Tclose(type);
}

static hid_t
write_dataset(Merger *merger, hid_t group, const char *name, hid_t type, guint rank,
              const hsize_t *dims, const void *values)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple((int)rank, dims, NULL);
    H5Pset_obj_track_times(list, 0);
    H5Pset_chunk(list, (int)rank, dims);
    H5Pset_shuffle(list);
    H5Pset_deflate(list, 1);
    H5Pset_fletcher32(list);
    hid_t dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    check(merger, dataset);
    check(merger, H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
    H5Sclose(space);
    H5Pclose(list);
    return dataset;
}

/* Strings of equal width. */
static hid_t
write_texts(Merger *merger, hid_t group, const char *name, guint rank, const hsize_t *dims,
            const char *const *texts, gsize n)
{
    gsize longest = 0;
    for (gsize i = 0; i < n; i++)
        longest = MAX(longest, strlen(texts[i]));
    hid_t type = text_type(longest);
    g_autofree char *cells = g_malloc0(n * (longest + 1));
    for (gsize i = 0; i < n; i++)
        memcpy(cells + i * (longest + 1), texts[i], strlen(texts[i]));
    hid_t dataset = write_dataset(merger, group, name, type, rank, dims, cells);
    H5Tclose(type);
    return dataset;
}

static hid_t
new_group(Merger *merger, const char *name)
{
    hid_t list = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_obj_track_times(list, 0);
    hid_t group = H5Gcreate2(merger->file, name, H5P_DEFAULT, list, H5P_DEFAULT);
    check(merger, group);
    H5Pclose(list);
    return group;
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
    hid_t group = new_group(merger, "axis");
    for (guint i = 0; i < merger->grid->axes->len; i++) {
        const LadSweepAxis *axis = merger->grid->axes->pdata[i];
        hsize_t n = axis->n_values;
        g_autofree double *numbers = g_new0(double, n);
        gboolean numeric = TRUE;
        for (guint j = 0; j < n; j++)
            numeric = lad_sweep_amount(axis->values[j], &numbers[j]) && numeric;
        hid_t scale =
            numeric ? write_dataset(merger, group, axis->name, H5T_NATIVE_DOUBLE, 1, &n, numbers)
                    : write_texts(merger, group, axis->name, 1, &n,
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
    hid_t mask = write_dataset(merger, merger->file, "done", H5T_NATIVE_UINT8, merger->rank,
                               merger->dims, done);
    hid_t identity =
        write_texts(merger, merger->file, "identity", merger->rank, merger->dims, identities, n);
    hid_t message =
        write_texts(merger, merger->file, "message", merger->rank, merger->dims, messages, n);
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
    hid_t group = new_group(merger, "metric");
    for (guint i = 0; i < columns->len; i++) {
        const Column *column = columns->pdata[i];
        hid_t dataset = write_dataset(merger, group, column->name, H5T_NATIVE_DOUBLE, merger->rank,
                                      merger->dims, column->values);
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
    hid_t dataset = write_dataset(merger, group, name, H5T_NATIVE_DOUBLE, merger->rank + 1,
                                  merger->dims, values);
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
    hid_t group = new_group(merger, "series");
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
    hid_t dataset = write_dataset(merger, merger->file, "series_time", H5T_NATIVE_UINT64,
                                  merger->rank + 1, merger->dims, times);
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
    set_attribute(merger, merger->file, "format_version", H5T_NATIVE_UINT64, &format);
    set_text(merger, merger->file, "Conventions", "memladder-sweep-1");
    set_text(merger, merger->file, "plan", plan->identity);
    set_text(merger, merger->file, "version", plan->version);
    set_text(merger, merger->file, "question", plan->grid->question);
    set_text(merger, merger->file, "sweep", plan->grid->text);
    set_attribute(merger, merger->file, "partial", H5T_NATIVE_UINT8, &partial);
    write_axes(merger);
    write_points(merger);
    write_metrics(merger);
    write_series(merger);
    for (guint i = 0; i < merger->grid->axes->len; i++)
        H5Dclose(merger->scales[i]);
}

static hid_t
new_file(void)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_fapl_core(access, 8 << 20, 0);
    H5Pset_obj_track_times(creation, 0);
    hid_t file = H5Fcreate("sweep", H5F_ACC_TRUNC, creation, access);
    H5Pclose(creation);
    H5Pclose(access);
    return file;
}

static char *
build_image(Merger *merger, gsize *length)
{
    char *image = NULL;
    merger->file = new_file();
    check(merger, merger->file);
    if (merger->failed)
        return NULL;
    write_all(merger);
    check(merger, H5Fflush(merger->file, H5F_SCOPE_GLOBAL));
    ssize_t size = H5Fget_file_image(merger->file, NULL, 0);
    check(merger, size);
    if (!merger->failed) {
        image = g_malloc((gsize)size + LAD_RESULT_SEAL_BYTES);
        check(merger, H5Fget_file_image(merger->file, image, (size_t)size));
        lad_result_seal(image, (gsize)size, (guint8 *)image + size);
        *length = (gsize)size + LAD_RESULT_SEAL_BYTES;
    }
    check(merger, H5Fclose(merger->file));
    if (merger->failed)
        g_clear_pointer(&image, g_free);
    return image;
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
    return build_image(&merger, length);
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
    GError *cause = NULL;
    if (g_file_set_contents_full(path, image, (gssize)length,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666,
                                 &cause))
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot write %s: %s", path, cause->message);
    g_error_free(cause);
    return FALSE;
}
