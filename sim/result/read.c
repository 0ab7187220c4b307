/* read.c - a result file back into memory. Derived metrics are not read: they follow from the rest.
 *
 * What is damaged, incomplete or of another format is refused with the reason.
 */
#include "config.h"
#include "sim/result/hdf5_read.h"
#include "sim/result/layout.h"
#include "sim/result/logs.h"
#include <string.h>

typedef struct {
    LadResult *result;
    LadHdf5Reader hdf5;
    GPtrArray *names[LAD_N_SCOPES]; /* of char * */
} Reader;

static void
fail(Reader *reader, const char *what)
{
    lad_hdf5_fail(&reader->hdf5, what);
}

/* ---- Values -----------------------------------------------------------------------------------
 */

static char *
get_text(Reader *reader, hid_t object, const char *name)
{
    return lad_hdf5_text_of(&reader->hdf5, object, name);
}

static guint64
get_number(Reader *reader, hid_t object, const char *name)
{
    return lad_hdf5_number_of(&reader->hdf5, object, name);
}

static void *
read_values(Reader *reader, hid_t group, const char *name, hid_t type, gsize *n)
{
    return lad_hdf5_read_values(&reader->hdf5, group, name, type, n);
}

static guint64 *
read_u64(Reader *reader, hid_t group, const char *name, hsize_t expected)
{
    gsize n = 0;
    guint64 *values = read_values(reader, group, name, H5T_NATIVE_UINT64, &n);
    if (values != NULL && n != expected) {
        if (reader->hdf5.error == NULL)
            g_set_error(&reader->hdf5.error, LAD_ERROR, LAD_ERROR_RESULT,
                        "%s: %" G_GUINT64_FORMAT " values; expected %" G_GUINT64_FORMAT, name,
                        (guint64)n, (guint64)expected);
        g_clear_pointer(&values, g_free);
    }
    return values;
}

/* A dataset of one text. */
static void
read_text(Reader *reader, hid_t group, const char *name, char **text)
{
    gsize n = 0, width;
    char *value = lad_hdf5_read_texts(&reader->hdf5, group, name, &n, &width);
    if (value == NULL)
        return;
    g_free(*text);
    *text = value;
    if (n != 1)
        fail(reader, name);
}

/* A list of names; empty if there is none. */
static void
read_names(Reader *reader, const char *name, GPtrArray *names)
{
    if (H5Lexists(reader->hdf5.file, name, H5P_DEFAULT) <= 0)
        return;
    hid_t dataset = H5Dopen2(reader->hdf5.file, name, H5P_DEFAULT);
    hid_t type = dataset < 0 ? -1 : H5Dget_type(dataset);
    if (type < 0 || H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) > 0) {
        fail(reader, name);
    } else {
        size_t width = H5Tget_size(type);
        gsize n = 0;
        g_autofree char *cells = read_values(reader, reader->hdf5.file, name, type, &n);
        for (hsize_t i = 0; cells && i < n; i++)
            g_ptr_array_add(names, g_strndup(cells + i * width, width));
    }
    if (type >= 0)
        H5Tclose(type);
    if (dataset >= 0)
        H5Dclose(dataset);
}

/* ---- Metrics ----------------------------------------------------------------------------------
 */

/* What a dataset says of its metric. */
typedef struct {
    char *counter, *unit, *help, *part;
    LadCounterType type;
    LadScope scope;
    guint n_columns;
} Described;

static gboolean
describe(Reader *reader, hid_t group, const char *name, const char *unit_name, Described *described)
{
    memset(described, 0, sizeof *described);
    hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
    if (dataset < 0) {
        fail(reader, name);
        return FALSE;
    }
    g_autofree char *scope = get_text(reader, dataset, "scope");
    g_autofree char *type = get_text(reader, dataset, "type");
    described->counter = get_text(reader, dataset, "counter");
    described->unit = get_text(reader, dataset, unit_name);
    described->help = get_text(reader, dataset, "long_name");
    described->part = get_text(reader, dataset, "part");
    H5Dclose(dataset);
    if (!described->counter || !described->unit || !described->help || !scope || !type)
        return FALSE;
    guint i = 0;
    while (i < LAD_N_SCOPES && !g_str_equal(scope, lad_scope_name((LadScope)i)))
        i++;
    if (i == LAD_N_SCOPES)
        return FALSE;
    described->scope = (LadScope)i;
    for (LadCounterType t = LAD_COUNT; t <= LAD_HISTOGRAM; t++)
        if (g_str_equal(type, lad_counter_type_name(t)))
            described->type = t;
    described->n_columns = i == LAD_SCOPE_RUN ? 1 : reader->names[i]->len;
    return TRUE;
}

static void
described_clear(Described *described)
{
    g_free(described->counter);
    g_free(described->unit);
    g_free(described->help);
    g_free(described->part);
}

/* With several hosts, names begin with the host's. */
static guint
host_of(const Reader *reader, const char *name)
{
    const GPtrArray *hosts = reader->result->hosts;
    for (guint i = 1; i < hosts->len; i++) {
        g_autofree char *prefix = g_strconcat(hosts->pdata[i], ".", NULL);
        if (g_str_has_prefix(name, prefix))
            return i;
    }
    return 0;
}

/* Parts in the order of the scales, whichever has the first counter. */
static void
add_parts(Reader *reader)
{
    for (LadScope scope = LAD_SCOPE_CGROUP; scope < LAD_N_SCOPES; scope++)
        for (guint i = 0; i < reader->names[scope]->len; i++) {
            const char *name = reader->names[scope]->pdata[i];
            lad_result_add_part(reader->result, name, host_of(reader, name), scope);
        }
}

/* The metric of one column of a dataset. */
static LadResultMetric *
add_metric(Reader *reader, const Described *described, guint column)
{
    const LadCounter counter = {described->counter, described->unit, described->type,
                                described->scope, described->help};
    g_autofree char *name = NULL;
    guint host = 0;
    if (described->scope == LAD_SCOPE_RUN) {
        name = g_strdup(described->part);
    } else if (described->scope == LAD_SCOPE_HOST) {
        host = column;
        name = reader->result->hosts->len == 1
                   ? g_strdup(described->part)
                   : g_strdup_printf("%s.%s", (char *)reader->result->hosts->pdata[column],
                                     described->part);
    } else {
        name = g_strdup(reader->names[described->scope]->pdata[column]);
        host = host_of(reader, name);
    }
    if (name == NULL) {
        fail(reader, described->counter);
        return NULL;
    }
    LadResultPart *part = lad_result_add_part(reader->result, name, host, described->scope);
    return lad_result_add_metric(reader->result, part, &counter);
}

static void
read_counter(Reader *reader, hid_t summary, hid_t series, const char *name)
{
    Described described;
    if (describe(reader, summary, name, "units", &described) && described.type != LAD_HISTOGRAM) {
        guint n = described.n_columns, n_samples = reader->result->n_samples;
        g_autofree guint64 *values = read_u64(reader, summary, name, (hsize_t)LAD_N_PHASES * n);
        g_autofree guint64 *samples =
            n_samples > 0 ? read_u64(reader, series, name, (hsize_t)n_samples * n) : NULL;
        for (guint i = 0; values != NULL && i < n; i++) {
            if (values[i] == LAD_RESULT_FILL && values[n + i] == LAD_RESULT_FILL)
                continue;
            LadResultMetric *metric = add_metric(reader, &described, i);
            if (metric == NULL)
                break;
            for (guint phase = 0; phase < LAD_N_PHASES; phase++)
                metric->values[phase] = values[phase * n + i];
            for (guint sample = 0; samples != NULL && sample < n_samples; sample++)
                metric->series[sample] = samples[(gsize)sample * n + i];
        }
    }
    described_clear(&described);
}

static void
read_histogram(Reader *reader, hid_t group, const char *name)
{
    static const char *const totals[] = {"n", "sum", "max"};
    Described described;
    if (describe(reader, group, name, "bin_units", &described) && described.type == LAD_HISTOGRAM) {
        guint n = described.n_columns, rows = LAD_N_PHASES * n;
        g_autofree guint64 *counts =
            read_u64(reader, group, name, (hsize_t)rows * LAD_HISTOGRAM_BUCKETS);
        guint64 *total[3];
        for (guint i = 0; i < 3; i++) {
            g_autofree char *total_name = g_strdup_printf("%s_%s", name, totals[i]);
            total[i] = read_u64(reader, group, total_name, rows);
        }
        for (guint i = 0; counts && total[0] && total[1] && total[2] && i < n; i++) {
            if (total[0][i] == LAD_RESULT_FILL)
                continue;
            LadResultMetric *metric = add_metric(reader, &described, i);
            for (guint row = i; metric != NULL && row < rows; row += n) {
                LadHistogram *histogram = metric->histograms[row / n];
                memcpy(histogram->counts, counts + (gsize)row * LAD_HISTOGRAM_BUCKETS,
                       sizeof histogram->counts);
                histogram->n = total[0][row];
                histogram->sum = total[1][row];
                histogram->max = total[2][row];
            }
        }
        for (guint i = 0; i < 3; i++)
            g_free(total[i]);
    }
    described_clear(&described);
}

static herr_t
collect_name(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    (void)group;
    (void)info;
    g_ptr_array_add(data, g_strdup(name));
    return 0;
}

/* The links of a group, in the order of their being made. */
static GPtrArray *
links_of(Reader *reader, hid_t group)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    if (group >= 0 &&
        H5Literate(group, H5_INDEX_CRT_ORDER, H5_ITER_INC, NULL, collect_name, names) < 0)
        fail(reader, "group");
    return names;
}

static hid_t
open_group(Reader *reader, const char *name)
{
    hid_t group = H5Gopen2(reader->hdf5.file, name, H5P_DEFAULT);
    if (group < 0)
        fail(reader, name);
    return group;
}

static void
read_metrics(Reader *reader)
{
    LadResult *result = reader->result;
    hid_t summary = open_group(reader, "summary");
    hid_t series = result->n_samples > 0 ? open_group(reader, "series") : -1;
    hid_t histograms = open_group(reader, "histogram");
    g_autoptr(GPtrArray) counters = links_of(reader, summary);
    g_autoptr(GPtrArray) distributions = links_of(reader, histograms);
    for (guint i = 0; reader->hdf5.error == NULL && i < counters->len; i++)
        read_counter(reader, summary, series, counters->pdata[i]);
    for (guint i = 0; reader->hdf5.error == NULL && i < distributions->len; i++)
        read_histogram(reader, histograms, distributions->pdata[i]);
    g_autofree guint64 *start = read_u64(reader, summary, "phase_start", LAD_N_PHASES);
    g_autofree guint64 *length = read_u64(reader, summary, "phase_length", LAD_N_PHASES);
    for (guint phase = 0; start && length && phase < LAD_N_PHASES; phase++) {
        result->phase_start[phase] = start[phase];
        result->phase_length[phase] = length[phase];
    }
    if (summary >= 0)
        H5Gclose(summary);
    if (series >= 0)
        H5Gclose(series);
    if (histograms >= 0)
        H5Gclose(histograms);
}

/* ---- Pages, provenance ------------------------------------------------------------------------
 */

static guint64
attribute_of(Reader *reader, hid_t group, const char *name, const char *attribute)
{
    hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
    if (dataset < 0) {
        fail(reader, name);
        return 0;
    }
    guint64 value = get_number(reader, dataset, attribute);
    H5Dclose(dataset);
    return value;
}

static void
read_heat(Reader *reader, hid_t group, const char *prefix, LadResultHeat *heat)
{
    g_autofree char *range = g_strconcat(prefix, "range", NULL);
    if (H5Lexists(group, range, H5P_DEFAULT) <= 0)
        return;
    g_autofree char *epoch = g_strconcat(prefix, "epoch", NULL);
    g_autofree char *traffic = g_strconcat(prefix, "traffic", NULL);
    g_autofree char *pages = g_strconcat(prefix, "hottest_pages", NULL);
    g_autofree char *bytes = g_strconcat(prefix, "hottest_bytes", NULL);
    heat->range_pages = attribute_of(reader, group, range, "range_pages");
    heat->epoch_length = attribute_of(reader, group, epoch, "epoch_length");
    gsize n = 0;
    g_free(read_values(reader, group, range, H5T_NATIVE_UINT64, &n));
    heat->n_ranges = (guint)n;
    g_free(read_values(reader, group, epoch, H5T_NATIVE_UINT64, &n));
    heat->n_epochs = (guint)n;
    heat->cells = read_u64(reader, group, traffic, (hsize_t)heat->n_ranges * heat->n_epochs);
    heat->curve_pages = read_values(reader, group, pages, H5T_NATIVE_UINT64, &n);
    heat->n_curve = (guint)n;
    heat->curve_bytes = read_u64(reader, group, bytes, n);
}

static void
read_pages(Reader *reader)
{
    hid_t group = open_group(reader, "page");
    if (group < 0)
        return;
    LadResult *result = reader->result;
    for (guint host = 0; host < result->hosts->len; host++) {
        g_autofree char *prefix = result->hosts->len > 1
                                      ? g_strconcat(result->hosts->pdata[host], "_", NULL)
                                      : g_strdup("");
        LadResultHeat *heat = g_new0(LadResultHeat, 1);
        g_ptr_array_add(result->heats, heat);
        read_heat(reader, group, prefix, heat);
    }
    H5Gclose(group);
}

static double
read_seconds(Reader *reader, hid_t group, const char *name)
{
    gsize n = 0;
    g_autofree double *value = read_values(reader, group, name, H5T_NATIVE_DOUBLE, &n);
    return value && n == 1 ? *value : 0;
}

static guint64
read_number(Reader *reader, hid_t group, const char *name)
{
    g_autofree guint64 *value = read_u64(reader, group, name, 1);
    return value ? *value : 0;
}

static void
read_provenance(Reader *reader)
{
    hid_t group = open_group(reader, "provenance");
    if (group < 0)
        return;
    LadProvenance *from = &reader->result->provenance;
    read_text(reader, group, "version", &from->version);
    read_text(reader, group, "trace_identity", &from->trace_identity);
    read_text(reader, group, "end_reason", &from->end_reason);
    read_text(reader, group, "revision", &from->revision);
    read_text(reader, group, "compiler", &from->compiler);
    read_text(reader, group, "libraries", &from->libraries);
    read_text(reader, group, "command_line", &from->command_line);
    g_autofree char *notes = g_strdup("");
    read_text(reader, group, "notes", &notes);
    g_strfreev(from->notes);
    from->notes = *notes ? g_strsplit(notes, "\n", -1) : g_new0(char *, 1);
    from->seed = read_number(reader, group, "seed");
    from->references = read_number(reader, group, "references");
    from->host_seconds = read_seconds(reader, group, "host_seconds");
    from->host_cpu_seconds = read_seconds(reader, group, "host_cpu_seconds");
    H5Gclose(group);
}

/* ---- The file ---------------------------------------------------------------------------------
 */

hid_t
lad_result_open(const char *path, GError **error)
{
    hid_t file = lad_hdf5_open(path, LAD_RESULT_CONVENTIONS, "a result of memladder run", error);
    if (file < 0)
        return -1;
    LadHdf5Reader reader = {.file = file};
    guint64 complete =
        H5Aexists(file, "complete") > 0 ? lad_hdf5_number_of(&reader, file, "complete") : 0;
    g_clear_error(&reader.error);
    if (complete == 1)
        return file;
    g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT,
                "%s is not complete: the program that wrote it was stopped; run it again", path);
    H5Fclose(file);
    return -1;
}

static void
read_all(Reader *reader)
{
    LadResult *result = reader->result;
    for (guint scope = LAD_SCOPE_HOST; scope < LAD_N_SCOPES; scope++) {
        reader->names[scope] =
            scope == LAD_SCOPE_HOST ? result->hosts : g_ptr_array_new_with_free_func(g_free);
        read_names(reader, lad_scope_name((LadScope)scope), reader->names[scope]);
    }
    if (H5Lexists(reader->hdf5.file, "time", H5P_DEFAULT) > 0) {
        gsize n = 0;
        result->sample_times =
            read_values(reader, reader->hdf5.file, "time", H5T_NATIVE_UINT64, &n);
        result->n_samples = (guint)n;
    }
    g_autofree char *config = g_strdup("");
    read_text(reader, reader->hdf5.file, "config", &config);
    if (reader->hdf5.error == NULL)
        lad_result_set_config(result, config, &reader->hdf5.error);
    add_parts(reader);
    read_metrics(reader);
    read_pages(reader);
    lad_logs_read(&reader->hdf5, reader->result);
    read_provenance(reader);
    for (guint scope = LAD_SCOPE_CGROUP; scope < LAD_N_SCOPES; scope++)
        g_ptr_array_unref(reader->names[scope]);
}

LadResult *
lad_result_read(const char *path, GError **error)
{
    LadHdf5Quiet quiet;
    lad_hdf5_quiet(&quiet);
    Reader reader = {.hdf5 = {.file = lad_result_open(path, error)}};
    if (reader.hdf5.file >= 0) {
        reader.result = lad_result_new();
        g_ptr_array_set_size(reader.result->hosts, 0);
        read_all(&reader);
        H5Fclose(reader.hdf5.file);
    }
    lad_hdf5_loud(&quiet);
    if (reader.hdf5.error != NULL) {
        g_propagate_prefixed_error(error, reader.hdf5.error, "%s is damaged: ", path);
        g_clear_pointer(&reader.result, lad_result_free);
    }
    return reader.result;
}
