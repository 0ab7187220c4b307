/* logs.c - logs of parts in a result and its file: group /log, a dataset per column. */
#include "config.h"
#include "sim/result/logs.h"
#include <string.h>

#define GROUP "log"

static void
column_free(gpointer data)
{
    LadResultLogColumn *column = data;
    g_free(column->name);
    g_free(column->unit);
    g_free(column->help);
    g_free(column->values);
    g_free(column);
}

void
lad_log_free(gpointer data)
{
    LadResultLog *log = data;
    g_free(log->name);
    g_free(log->times);
    g_ptr_array_unref(log->columns);
    g_free(log);
}

static LadResultLog *
log_new(LadResult *result, const char *name, guint n_rows)
{
    LadResultLog *log = g_new0(LadResultLog, 1);
    log->name = g_strdup(name);
    log->n_rows = n_rows;
    log->times = g_new0(LadTime, n_rows + 1);
    log->columns = g_ptr_array_new_with_free_func(column_free);
    g_ptr_array_add(result->logs, log);
    return log;
}

static LadResultLogColumn *
column_new(LadResultLog *log, const char *name, const char *unit, const char *help)
{
    LadResultLogColumn *column = g_new0(LadResultLogColumn, 1);
    column->name = g_strdup(name);
    column->unit = g_strdup(unit);
    column->help = g_strdup(help);
    column->values = g_new0(double, log->n_rows + 1);
    g_ptr_array_add(log->columns, column);
    return column;
}

const LadResultLog *
lad_result_log(const LadResult *result, const char *name)
{
    for (guint i = 0; i < result->logs->len; i++) {
        const LadResultLog *log = result->logs->pdata[i];
        if (strcmp(log->name, name) == 0)
            return log;
    }
    return NULL;
}

const double *
lad_result_log_values(const LadResultLog *log, const char *column)
{
    for (guint i = 0; i < log->columns->len; i++) {
        const LadResultLogColumn *of = log->columns->pdata[i];
        if (strcmp(of->name, column) == 0)
            return of->values;
    }
    return NULL;
}

void
lad_logs_take(LadRun *run, LadResult *result)
{
    for (guint i = 0; i < lad_run_n_logs(run); i++) {
        const LadLog *from = lad_run_log(run, i);
        const char *host = lad_run_host_name(run, from->host);
        g_autofree char *name =
            *host ? g_strdup_printf("%s.%s", host, from->part) : g_strdup(from->part);
        LadResultLog *log = log_new(result, name, from->times->len);
        if (log->n_rows)
            memcpy(log->times, from->times->data, log->n_rows * sizeof *log->times);
        for (guint k = 0; k < from->n_columns; k++) {
            const LadLogColumn *of = &from->columns[k];
            LadResultLogColumn *column = column_new(log, of->name, of->unit, of->help);
            for (guint row = 0; row < log->n_rows; row++)
                column->values[row] =
                    g_array_index(from->values, double, (gsize)row * from->n_columns + k);
        }
    }
}

/* ---- File ------------------------------------------------------------------------------------ */

static void
describe(LadHdf5Writer *writer, hid_t dataset, const char *log, const char *unit, const char *help)
{
    lad_hdf5_text_attribute(writer, dataset, "units", unit);
    lad_hdf5_text_attribute(writer, dataset, "long_name", help);
    lad_hdf5_text_attribute(writer, dataset, "log", log);
}

static void
write_log(LadHdf5Writer *writer, hid_t group, const LadResultLog *log)
{
    const hsize_t n = log->n_rows;
    g_autofree char *time_name = g_strconcat(log->name, "_time", NULL);
    hid_t time = lad_hdf5_dataset(writer, group, time_name, H5T_NATIVE_UINT64, 1, &n, log->times);
    describe(writer, time, log->name, "ps", "simulated time of each row, since the start");
    lad_hdf5_check(writer, H5DSset_scale(time, time_name));
    for (guint i = 0; i < log->columns->len; i++) {
        const LadResultLogColumn *column = log->columns->pdata[i];
        g_autofree char *name = g_strdup_printf("%s_%s", log->name, column->name);
        hid_t dataset =
            lad_hdf5_dataset(writer, group, name, H5T_NATIVE_DOUBLE, 1, &n, column->values);
        describe(writer, dataset, log->name, column->unit, column->help);
        lad_hdf5_text_attribute(writer, dataset, "column", column->name);
        lad_hdf5_check(writer, H5DSattach_scale(dataset, time, 0));
        H5Dclose(dataset);
    }
    H5Dclose(time);
}

void
lad_logs_write(LadHdf5Writer *writer, const LadResult *result)
{
    if (result->logs->len == 0)
        return;
    hid_t group = lad_hdf5_group(writer, GROUP);
    lad_hdf5_text_attribute(writer, group, "long_name",
                            "what parts did step by step, a row each time");
    for (guint i = 0; i < result->logs->len; i++)
        write_log(writer, group, result->logs->pdata[i]);
    H5Gclose(group);
}

/* A dataset is a log's times, or one of its columns. */
static void
read_dataset(LadHdf5Reader *reader, hid_t group, const char *name, LadResult *result)
{
    hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
    if (dataset < 0) {
        lad_hdf5_fail(reader, name);
        return;
    }
    gsize n = 0;
    g_autofree char *log_name = lad_hdf5_text_of(reader, dataset, "log");
    g_autofree char *column_name = lad_hdf5_text_of(reader, dataset, "column");
    g_autofree char *unit = lad_hdf5_text_of(reader, dataset, "units");
    g_autofree char *help = lad_hdf5_text_of(reader, dataset, "long_name");
    H5Dclose(dataset);
    g_autofree void *values = lad_hdf5_read_values(
        reader, group, name, column_name ? H5T_NATIVE_DOUBLE : H5T_NATIVE_UINT64, &n);
    LadResultLog *log = log_name ? (LadResultLog *)lad_result_log(result, log_name) : NULL;
    if (!values || !log_name || !unit || !help ||
        (column_name ? !log || n != log->n_rows : !!log)) {
        lad_hdf5_fail(reader, name);
        return;
    }
    if (column_name)
        memcpy(column_new(log, column_name, unit, help)->values, values, n * sizeof(double));
    else
        memcpy(log_new(result, log_name, (guint)n)->times, values, n * sizeof(LadTime));
}

static herr_t
take_name(hid_t group G_GNUC_UNUSED, const char *name, const H5L_info_t *info G_GNUC_UNUSED,
          void *data)
{
    g_ptr_array_add(data, g_strdup(name));
    return 0;
}

void
lad_logs_read(LadHdf5Reader *reader, LadResult *result)
{
    if (H5Lexists(reader->file, GROUP, H5P_DEFAULT) <= 0)
        return;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    hid_t group = H5Gopen2(reader->file, GROUP, H5P_DEFAULT);
    /* As they were made: a log's times come before its columns. */
    if (group < 0 || H5Literate(group, H5_INDEX_CRT_ORDER, H5_ITER_INC, NULL, take_name, names) < 0)
        lad_hdf5_fail(reader, GROUP);
    for (guint i = 0; i < names->len && !reader->error; i++)
        read_dataset(reader, group, names->pdata[i], result);
    if (group >= 0)
        H5Gclose(group);
}
