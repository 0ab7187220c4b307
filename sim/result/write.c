/* write.c - a result as HDF5: flat, one dataset per metric, with units and dimension scales.
 *
 * The file is made in memory (hdf5_write.h) and then written in one go under a temporary name,
 * synced and renamed, so that a reader never sees part of a file.
 */
#include "config.h"
#include "sim/base/publish.h"
#include "sim/result/hdf5_write.h"
#include "sim/result/layout.h"
#include "sim/result/logs.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const LadResult *result;
    LadLayout *layout;
    LadHdf5Writer hdf5;
    hid_t scales[LAD_N_SCOPES];
    hid_t phase, time, bin;
} Writer;

static void
check(Writer *writer, gint64 status)
{
    lad_hdf5_check(&writer->hdf5, status);
}

/* ---- Attributes and datasets ------------------------------------------------------------------
 */

static void
set_attribute(Writer *writer, hid_t object, const char *name, hid_t type, const void *value)
{
    lad_hdf5_attribute(&writer->hdf5, object, name, type, value);
}

static void
set_text(Writer *writer, hid_t object, const char *name, const char *text)
{
    lad_hdf5_text_attribute(&writer->hdf5, object, name, text);
}

static void
describe(Writer *writer, hid_t dataset, const char *unit, const char *meaning)
{
    set_text(writer, dataset, "units", unit);
    set_text(writer, dataset, "long_name", meaning);
}

static hid_t
write_u64(Writer *writer, hid_t group, const char *name, guint rank, const hsize_t *dims,
          const guint64 *values)
{
    return lad_hdf5_dataset(&writer->hdf5, group, name, H5T_NATIVE_UINT64, rank, dims, values);
}

/* A scalar string dataset. */
static void
write_text(Writer *writer, hid_t group, const char *name, const char *text, const char *meaning,
           gboolean canonical)
{
    hid_t type = lad_hdf5_text_type(strlen(text));
    hid_t dataset = lad_hdf5_dataset(&writer->hdf5, group, name, type, 0, NULL, text);
    set_text(writer, dataset, "long_name", meaning);
    if (!canonical) {
        guint8 no = 0;
        set_attribute(writer, dataset, "canonical", H5T_NATIVE_UINT8, &no);
    }
    H5Dclose(dataset);
    H5Tclose(type);
}

/* A list of strings, padded to the longest; as a dimension scale if `scale`. */
static hid_t
write_names(Writer *writer, hid_t group, const char *name, const char *const *names, guint n,
            const char *meaning, gboolean scale)
{
    hid_t dataset = lad_hdf5_texts(&writer->hdf5, group, name, 1, &(hsize_t){n}, names, n);
    set_text(writer, dataset, "long_name", meaning);
    if (scale)
        check(writer, H5DSset_scale(dataset, name));
    return dataset;
}

static hid_t
write_scale(Writer *writer, hid_t group, const char *name, const guint64 *values, guint n,
            const char *unit, const char *meaning)
{
    hid_t dataset = write_u64(writer, group, name, 1, &(hsize_t){n}, values);
    describe(writer, dataset, unit, meaning);
    check(writer, H5DSset_scale(dataset, name));
    return dataset;
}

static void
attach(Writer *writer, hid_t dataset, hid_t scale, guint dimension)
{
    check(writer, H5DSattach_scale(dataset, scale, dimension));
}

static hid_t
new_group(Writer *writer, const char *name, const char *meaning)
{
    hid_t group = lad_hdf5_group(&writer->hdf5, name);
    set_text(writer, group, "long_name", meaning);
    return group;
}

/* ---- The parts of the file --------------------------------------------------------------------
 */

static void
write_scales(Writer *writer)
{
    const LadResult *result = writer->result;
    static const char *const meanings[LAD_N_SCOPES] = {
        "", "hosts", "cgroups", "processes", "cores", "caches and TLBs", "memory tiers", "links"};
    const char *const phases[LAD_N_PHASES] = {lad_phase_name(LAD_PHASE_WARMUP),
                                              lad_phase_name(LAD_PHASE_MEASURED)};
    writer->phase = write_names(writer, writer->hdf5.file, "phase", phases, LAD_N_PHASES,
                                "phases of the run, reported apart", TRUE);
    for (guint scope = LAD_SCOPE_HOST; scope < LAD_N_SCOPES; scope++) {
        GPtrArray *names = writer->layout->names[scope];
        if (names->len > 0)
            writer->scales[scope] =
                write_names(writer, writer->hdf5.file, lad_scope_name(scope),
                            (const char *const *)names->pdata, names->len, meanings[scope], TRUE);
    }
    if (result->n_samples > 0)
        writer->time =
            write_scale(writer, writer->hdf5.file, "time", result->sample_times, result->n_samples,
                        "ps", "end of each epoch, in simulated time since the start of the run");
    guint64 edges[LAD_HISTOGRAM_BUCKETS];
    for (guint i = 0; i < LAD_HISTOGRAM_BUCKETS; i++)
        edges[i] = lad_histogram_lower(i);
    writer->bin =
        write_scale(writer, writer->hdf5.file, "bin", edges, LAD_HISTOGRAM_BUCKETS, "1",
                    "smallest value of each bin, in the unit of the histogram; a bin ends "
                    "where the next begins");
}

/* What tells a reader, ours or another's, which metric a dataset holds. */
static void
describe_columns(Writer *writer, hid_t dataset, const LadColumns *columns, const char *unit)
{
    describe(writer, dataset, unit, columns->like->help);
    set_text(writer, dataset, "counter", columns->like->name);
    set_text(writer, dataset, "scope", lad_scope_name(columns->scope));
    set_text(writer, dataset, "type", lad_counter_type_name(columns->like->type));
    if (columns->part)
        set_text(writer, dataset, "part", columns->part);
    guint64 fill = LAD_RESULT_FILL;
    set_attribute(writer, dataset, "_FillValue", H5T_NATIVE_UINT64, &fill);
}

/* A dataset whose first dimension is `first` long, then the columns if there are any, then `last`
 * elements if not 0. */
static hid_t
write_columns(Writer *writer, hid_t group, const char *name, const LadColumns *columns, guint first,
              hid_t first_scale, guint last, const guint64 *values)
{
    hsize_t dims[3];
    guint rank = 0;
    dims[rank++] = first;
    if (columns->scope != LAD_SCOPE_RUN)
        dims[rank++] = columns->n_columns;
    if (last > 0)
        dims[rank++] = last;
    hid_t dataset = write_u64(writer, group, name, rank, dims, values);
    attach(writer, dataset, first_scale, 0);
    if (columns->scope != LAD_SCOPE_RUN)
        attach(writer, dataset, writer->scales[columns->scope], 1);
    if (last > 0)
        attach(writer, dataset, writer->bin, rank - 1);
    return dataset;
}

static void
write_counter(Writer *writer, hid_t summary, hid_t series, const LadColumns *columns)
{
    guint n = columns->n_columns, n_samples = writer->result->n_samples;
    g_autofree guint64 *values = g_new(guint64, (gsize)n * MAX(LAD_N_PHASES, n_samples));
    for (guint phase = 0; phase < LAD_N_PHASES; phase++)
        for (guint i = 0; i < n; i++)
            values[phase * n + i] =
                columns->columns[i] ? columns->columns[i]->values[phase] : LAD_RESULT_FILL;
    hid_t dataset = write_columns(writer, summary, columns->name, columns, LAD_N_PHASES,
                                  writer->phase, 0, values);
    describe_columns(writer, dataset, columns, columns->like->unit);
    H5Dclose(dataset);
    if (n_samples == 0)
        return;
    for (guint sample = 0; sample < n_samples; sample++)
        for (guint i = 0; i < n; i++)
            values[(gsize)sample * n + i] =
                columns->columns[i] ? columns->columns[i]->series[sample] : LAD_RESULT_FILL;
    dataset =
        write_columns(writer, series, columns->name, columns, n_samples, writer->time, 0, values);
    describe_columns(writer, dataset, columns, columns->like->unit);
    H5Dclose(dataset);
}

static void
write_histogram(Writer *writer, hid_t group, const LadColumns *columns)
{
    static const char *const totals[] = {"n", "sum", "max"};
    static const char *const meanings[] = {"values recorded", "sum of the values (modulo 2^64)",
                                           "largest value"};
    guint n = columns->n_columns;
    g_autofree guint64 *counts = g_new0(guint64, (gsize)LAD_N_PHASES * n * LAD_HISTOGRAM_BUCKETS);
    g_autofree guint64 *total = g_new(guint64, (gsize)3 * LAD_N_PHASES * n);
    for (guint row = 0; row < LAD_N_PHASES * n; row++) {
        const LadResultMetric *metric = columns->columns[row % n];
        const LadHistogram *histogram = metric ? metric->histograms[row / n] : NULL;
        if (histogram)
            memcpy(counts + (gsize)row * LAD_HISTOGRAM_BUCKETS, histogram->counts,
                   sizeof histogram->counts);
        total[row] = histogram ? histogram->n : LAD_RESULT_FILL;
        total[LAD_N_PHASES * n + row] = histogram ? histogram->sum : LAD_RESULT_FILL;
        total[2 * LAD_N_PHASES * n + row] = histogram ? histogram->max : LAD_RESULT_FILL;
    }
    hid_t dataset = write_columns(writer, group, columns->name, columns, LAD_N_PHASES,
                                  writer->phase, LAD_HISTOGRAM_BUCKETS, counts);
    describe_columns(writer, dataset, columns, "1");
    set_text(writer, dataset, "bin_units", columns->like->unit);
    H5Dclose(dataset);
    for (guint i = 0; i < G_N_ELEMENTS(totals); i++) {
        g_autofree char *name = g_strdup_printf("%s_%s", columns->name, totals[i]);
        dataset = write_columns(writer, group, name, columns, LAD_N_PHASES, writer->phase, 0,
                                total + (gsize)i * LAD_N_PHASES * n);
        describe(writer, dataset, i == 0 ? "1" : columns->like->unit, meanings[i]);
        set_text(writer, dataset, "histogram", columns->name);
        H5Dclose(dataset);
    }
}

/* The derived metric of one scope's parts, if any of them has it. */
static void
write_derived(Writer *writer, hid_t summary, const LadDerived *derived)
{
    const LadResult *result = writer->result;
    gboolean is_run = derived->scope == LAD_SCOPE_RUN;
    guint n = is_run ? 1 : writer->layout->names[derived->scope]->len;
    if (n == 0)
        return;
    g_autofree double *values = g_new(double, (gsize)LAD_N_PHASES *n);
    gboolean any = FALSE;
    for (guint row = 0; row < LAD_N_PHASES * n; row++) {
        const LadResultPart *part = NULL;
        if (!is_run)
            part = lad_result_part(result, writer->layout->names[derived->scope]->pdata[row % n]);
        if (derived->compute(derived, result, part, (LadPhase)(row / n), &values[row]))
            any = TRUE;
        else
            values[row] = NAN;
    }
    g_autofree char *name =
        is_run ? g_strdup(derived->name)
               : g_strdup_printf("%s_%s", lad_scope_name(derived->scope), derived->name);
    if (!any || H5Lexists(summary, name, H5P_DEFAULT) > 0)
        return;
    hsize_t dims[2] = {LAD_N_PHASES, n};
    hid_t dataset = lad_hdf5_dataset(&writer->hdf5, summary, name, H5T_NATIVE_DOUBLE,
                                     is_run ? 1 : 2, dims, values);
    describe(writer, dataset, derived->unit, derived->help);
    set_text(writer, dataset, "formula", derived->formula);
    set_text(writer, dataset, "type", "derived");
    double fill = NAN;
    set_attribute(writer, dataset, "_FillValue", H5T_NATIVE_DOUBLE, &fill);
    attach(writer, dataset, writer->phase, 0);
    if (!is_run)
        attach(writer, dataset, writer->scales[derived->scope], 1);
    H5Dclose(dataset);
}

static void
write_metrics(Writer *writer)
{
    hid_t summary = new_group(writer, "summary", "every metric over each phase");
    hid_t series = writer->result->n_samples == 0
                       ? -1
                       : new_group(writer, "series",
                                   "every counter per epoch: growth of a count, value of a gauge");
    hid_t histogram = new_group(writer, "histogram", "distributions over each phase");
    hid_t dataset = write_u64(writer, summary, "phase_start", 1, &(hsize_t){LAD_N_PHASES},
                              writer->result->phase_start);
    describe(writer, dataset, "ps", "start of the phase in simulated time");
    attach(writer, dataset, writer->phase, 0);
    H5Dclose(dataset);
    dataset = write_u64(writer, summary, "phase_length", 1, &(hsize_t){LAD_N_PHASES},
                        writer->result->phase_length);
    describe(writer, dataset, "ps", "length of the phase in simulated time");
    attach(writer, dataset, writer->phase, 0);
    H5Dclose(dataset);
    for (guint i = 0; i < writer->layout->datasets->len; i++) {
        const LadColumns *columns = writer->layout->datasets->pdata[i];
        if (columns->like->type == LAD_HISTOGRAM)
            write_histogram(writer, histogram, columns);
        else
            write_counter(writer, summary, series, columns);
    }
    for (const LadDerived *derived = lad_derived; derived->name; derived++)
        write_derived(writer, summary, derived);
    H5Gclose(summary);
    if (series >= 0)
        H5Gclose(series);
    H5Gclose(histogram);
}

/* Every host has scales of its own: their maps grow apart. */
static void
write_heat(Writer *writer, hid_t group, const LadResultHeat *heat, const char *host)
{
    g_autofree char *prefix =
        writer->result->hosts->len > 1 ? g_strdup_printf("%s_", host) : g_strdup("");
    g_autofree guint64 *pages = g_new(guint64, MAX(heat->n_ranges, 1));
    g_autofree guint64 *times = g_new(guint64, MAX(heat->n_epochs, 1));
    for (guint i = 0; i < heat->n_ranges; i++)
        pages[i] = i * heat->range_pages;
    for (guint i = 0; i < heat->n_epochs; i++)
        times[i] = i * heat->epoch_length;
    g_autofree char *range_name = g_strconcat(prefix, "range", NULL);
    g_autofree char *epoch_name = g_strconcat(prefix, "epoch", NULL);
    g_autofree char *traffic_name = g_strconcat(prefix, "traffic", NULL);
    g_autofree char *pages_name = g_strconcat(prefix, "hottest_pages", NULL);
    g_autofree char *bytes_name = g_strconcat(prefix, "hottest_bytes", NULL);
    hid_t range =
        write_scale(writer, group, range_name, pages, heat->n_ranges, "page",
                    "first logical page of each range; pages are numbered by first touch");
    hid_t epoch = write_scale(writer, group, epoch_name, times, heat->n_epochs, "ps",
                              "start of each epoch of the map in simulated time");
    set_attribute(writer, range, "range_pages", H5T_NATIVE_UINT64, &heat->range_pages);
    set_attribute(writer, epoch, "epoch_length", H5T_NATIVE_UINT64, &heat->epoch_length);
    hsize_t dims[2] = {heat->n_epochs, heat->n_ranges};
    hid_t traffic = write_u64(writer, group, traffic_name, 2, dims, heat->cells);
    describe(writer, traffic, "byte",
             "bytes between the last cache and memory, page copies not counted, warm-up included");
    attach(writer, traffic, epoch, 0);
    attach(writer, traffic, range, 1);
    hid_t hottest = write_scale(writer, group, pages_name, heat->curve_pages, heat->n_curve, "page",
                                "so many of the pages that had most traffic");
    hid_t bytes =
        write_u64(writer, group, bytes_name, 1, &(hsize_t){heat->n_curve}, heat->curve_bytes);
    describe(writer, bytes, "byte", "traffic that the hottest pages had together");
    attach(writer, bytes, hottest, 0);
    H5Dclose(bytes);
    H5Dclose(hottest);
    H5Dclose(traffic);
    H5Dclose(epoch);
    H5Dclose(range);
}

static void
write_pages(Writer *writer)
{
    hid_t group = new_group(writer, "page", "traffic by page");
    for (guint host = 0; host < writer->result->heats->len; host++) {
        const LadResultHeat *heat = writer->result->heats->pdata[host];
        if (heat->n_ranges > 0)
            write_heat(writer, group, heat, writer->result->hosts->pdata[host]);
    }
    H5Gclose(group);
}

static void
write_seconds(Writer *writer, hid_t group, const char *name, double seconds, const char *meaning)
{
    guint8 no = 0;
    hid_t dataset =
        lad_hdf5_dataset(&writer->hdf5, group, name, H5T_NATIVE_DOUBLE, 0, NULL, &seconds);
    describe(writer, dataset, "s", meaning);
    set_attribute(writer, dataset, "canonical", H5T_NATIVE_UINT8, &no);
    H5Dclose(dataset);
}

static void
write_number(Writer *writer, hid_t group, const char *name, guint64 number, const char *meaning)
{
    hid_t dataset = write_u64(writer, group, name, 0, NULL, &number);
    describe(writer, dataset, "1", meaning);
    H5Dclose(dataset);
}

static void
write_provenance(Writer *writer)
{
    const LadProvenance *from = &writer->result->provenance;
    hid_t group = new_group(writer, "provenance", "how this result was made");
    write_text(writer, group, "version", from->version, "release of memladder", TRUE);
    write_text(writer, group, "trace_identity", from->trace_identity,
               "hash of the decoded content of each trace, comma separated", TRUE);
    write_number(writer, group, "seed", from->seed, "seed of all random streams");
    write_number(writer, group, "references", from->references,
                 "instructions and data accesses replayed, both phases");
    write_text(writer, group, "end_reason", from->end_reason, "why the run ended", TRUE);
    g_autofree char *notes = g_strjoinv("\n", from->notes);
    write_text(writer, group, "notes", notes, "what a reader must know, one sentence per line",
               TRUE);
    write_text(writer, group, "revision", from->revision, "state of the source tree", FALSE);
    write_text(writer, group, "compiler", from->compiler, "compiler and flags", FALSE);
    write_text(writer, group, "libraries", from->libraries, "versions of the libraries", FALSE);
    write_text(writer, group, "command_line", from->command_line, "how it was called", FALSE);
    write_seconds(writer, group, "host_seconds", from->host_seconds,
                  "wall-clock time spent on the host");
    write_seconds(writer, group, "host_cpu_seconds", from->host_cpu_seconds,
                  "user and system time spent on the host");
    H5Gclose(group);
}

static void
write_all(Writer *writer)
{
    set_text(writer, writer->hdf5.file, "Conventions", LAD_RESULT_CONVENTIONS);
    set_text(writer, writer->hdf5.file, "program", "memladder");
    guint64 format = LAD_RESULT_FORMAT;
    set_attribute(writer, writer->hdf5.file, "format_version", H5T_NATIVE_UINT64, &format);
    write_scales(writer);
    write_text(writer, writer->hdf5.file, "config", writer->result->config,
               "the effective configuration; memladder run reads it back", TRUE);
    write_metrics(writer);
    write_pages(writer);
    lad_logs_write(&writer->hdf5, writer->result);
    write_provenance(writer);
    H5Dclose(writer->phase);
    H5Dclose(writer->bin);
    if (writer->result->n_samples > 0)
        H5Dclose(writer->time);
    for (guint scope = LAD_SCOPE_HOST; scope < LAD_N_SCOPES; scope++)
        if (writer->layout->names[scope]->len > 0)
            H5Dclose(writer->scales[scope]);
    guint8 complete = 1;
    set_attribute(writer, writer->hdf5.file, "complete", H5T_NATIVE_UINT8, &complete);
}

/* ---- The file ---------------------------------------------------------------------------------
 */

/* The whole file in memory; NULL on failure. */
static char *
build_image(const LadResult *result, gsize *length)
{
    Writer writer = {.result = result, .layout = lad_layout_new(result)};
    lad_hdf5_writer_init(&writer.hdf5, TRUE, 1 << 20);
    if (!writer.hdf5.failed)
        write_all(&writer);
    char *image = lad_hdf5_image(&writer.hdf5, length);
    lad_layout_free(writer.layout);
    return image;
}

gboolean
lad_result_check_path(const char *path, GError **error)
{
    if (g_file_test(path, G_FILE_TEST_EXISTS) && !g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO,
                    "cannot write the result to %s: it is no regular file; expected a name for a "
                    "new file",
                    path);
        return FALSE;
    }
    g_autofree char *directory = g_path_get_dirname(path);
    if (g_access(directory, W_OK | X_OK) != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO,
                    "cannot write the result to %s: directory %s: %s", path, directory,
                    g_strerror(errno));
        return FALSE;
    }
    return TRUE;
}

gboolean
lad_result_write(const LadResult *result, const char *path, GError **error)
{
    if (!lad_result_check_path(path, error))
        return FALSE;
    LadHdf5Quiet quiet;
    lad_hdf5_quiet(&quiet);
    gsize length = 0;
    g_autofree char *image = build_image(result, &length);
    g_autofree char *reason = image ? NULL : lad_hdf5_reason();
    lad_hdf5_loud(&quiet);
    if (image == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot make the result for %s: %s", path,
                    reason);
        return FALSE;
    }
    return lad_publish(path, "the result", image, (gssize)length, LAD_PUBLISH_DURABLE, error);
}
