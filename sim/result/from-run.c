/* from-run.c - everything that a run can tell, as a result. */
#include "config.h"
#include <memladder/heat.h>
#include "sim/result/logs.h"
#include <memladder/version.h>
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

/* Points of the bandwidth-by-pages curve; more would not show in a picture. */
#define CURVE_POINTS 257

/* "tier_far", or "web1.tier_far" where hosts have names. */
static char *
part_name(const LadRun *run, const LadMetrics *metrics)
{
    const char *host = lad_run_host_name(run, metrics->host);
    return *host ? g_strdup_printf("%s.%s", host, metrics->part) : g_strdup(metrics->part);
}

static void
take_row(LadRun *run, guint index, guint row, LadResultMetric *to, guint n_samples)
{
    guint64 before = 0;
    for (LadPhase phase = 0; phase < LAD_N_PHASES; phase++) {
        to->values[phase] = to->type == LAD_HISTOGRAM ? 0 : lad_run_value(run, index, row, phase);
        const LadHistogram *histogram =
            to->type == LAD_HISTOGRAM ? lad_run_histogram(run, index, row, phase) : NULL;
        if (histogram)
            *to->histograms[phase] = *histogram;
    }
    for (guint sample = 0; to->series && sample < n_samples; sample++) {
        guint64 value = lad_run_sample(run, sample, index, row);
        to->series[sample] = value - before;
        if (to->type == LAD_COUNT)
            before = value;
    }
}

static void
take_metrics(LadRun *run, LadResult *result)
{
    guint n = 0;
    const LadMetrics *metrics = lad_run_metrics(run, &n);
    for (guint i = 0; i < n; i++) {
        g_autofree char *name = part_name(run, &metrics[i]);
        LadResultPart *part = lad_result_add_part(result, name, metrics[i].host, metrics[i].scope);
        for (guint row = 0; metrics[i].table[row].name; row++) {
            LadResultMetric *metric = lad_result_add_metric(result, part, &metrics[i].table[row]);
            take_row(run, i, row, metric, result->n_samples);
        }
    }
}

static int
compare_descending(const void *a, const void *b)
{
    guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;
    return (x < y) - (x > y);
}

/* How much of the traffic the hottest pages had. */
static void
take_curve(const LadHeat *heat, LadResultHeat *to)
{
    guint64 n_pages = 0;
    g_autofree guint64 *bytes = g_new(guint64, MAX(lad_heat_n_pages(heat), 1));
    for (LadPage page = 0; page < lad_heat_n_pages(heat); page++) {
        guint64 traffic = lad_heat_page_bytes(heat, page);
        if (traffic > 0)
            bytes[n_pages++] = traffic;
    }
    qsort(bytes, n_pages, sizeof *bytes, compare_descending);
    to->n_curve = (guint)MIN(CURVE_POINTS, n_pages + 1);
    to->curve_pages = g_new0(guint64, to->n_curve);
    to->curve_bytes = g_new0(guint64, to->n_curve);
    guint64 page = 0, sum = 0;
    for (guint i = 1; i < to->n_curve; i++) {
        for (; page < n_pages * i / (to->n_curve - 1); page++)
            sum += bytes[page];
        to->curve_pages[i] = page;
        to->curve_bytes[i] = sum;
    }
}

static void
take_heat(const LadHeat *heat, LadResult *result)
{
    LadResultHeat *to = g_new0(LadResultHeat, 1);
    g_ptr_array_add(result->heats, to);
    if (heat == NULL)
        return;
    to->n_ranges = lad_heat_n_ranges(heat);
    to->n_epochs = lad_heat_n_epochs(heat);
    to->range_pages = lad_heat_range_pages(heat);
    to->epoch_length = lad_heat_epoch_length(heat);
    to->cells = g_new0(guint64, (gsize)to->n_ranges * to->n_epochs + 1);
    for (guint epoch = 0; epoch < to->n_epochs; epoch++)
        for (guint range = 0; range < to->n_ranges; range++)
            to->cells[(gsize)epoch * to->n_ranges + range] = lad_heat_cell(heat, range, epoch);
    take_curve(heat, to);
}

static void
replace(char **text, const char *with)
{
    g_free(*text);
    *text = g_strdup(with ? with : "");
}

static void
take_provenance(LadRun *run, LadProvenance *to)
{
    LadRunProgress progress;
    lad_run_progress(run, &progress);
    to->references = progress.references;
    to->seed = lad_run_seed(run);
    replace(&to->version, lad_version());
    replace(&to->revision, lad_version_revision());
    replace(&to->compiler, lad_version_compiler());
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    g_free(to->libraries);
    to->libraries = g_strdup_printf("HDF5 %u.%u.%u, GLib %u.%u.%u", major, minor, release,
                                    glib_major_version, glib_minor_version, glib_micro_version);
    replace(&to->trace_identity, lad_run_trace_identity(run));
    replace(&to->end_reason, lad_run_end_reason(run));
    g_strfreev(to->notes);
    to->notes = g_strdupv((char **)lad_run_notes(run));
}

LadResult *
lad_result_from_run(LadRun *run, GError **error)
{
    g_autoptr(LadResult) result = lad_result_new();
    if (!lad_result_set_config(result, lad_run_config_text(run), error))
        return NULL;
    g_ptr_array_set_size(result->hosts, 0);
    for (guint host = 0; host < lad_run_n_hosts(run); host++) {
        const char *name = lad_run_host_name(run, host);
        g_ptr_array_add(result->hosts, *name ? g_strdup(name) : g_strdup_printf("host%u", host));
        take_heat(lad_run_heat(run, host), result);
    }
    for (LadPhase phase = 0; phase < LAD_N_PHASES; phase++)
        lad_run_phase_time(run, phase, &result->phase_start[phase], &result->phase_length[phase]);
    result->n_samples = lad_run_n_samples(run);
    result->sample_times = g_new0(LadTime, result->n_samples + 1);
    for (guint sample = 0; sample < result->n_samples; sample++)
        result->sample_times[sample] = lad_run_sample_time(run, sample);
    take_metrics(run, result);
    lad_logs_take(run, result);
    take_provenance(run, &result->provenance);
    return g_steal_pointer(&result);
}
