/* tables.c - the tables that the figures are drawn from: one function per figure.
 *
 * Times are in ms. Every table begins with comments that say where its figures come from.
 */
#include "config.h"
#include "analysis/report/report.h"
#include <math.h>
#include <string.h>

#define MIB       1048576.0
#define MS_OF(ps) ((double)(ps) / 1e9)

static GString *
new_table(const LadResult *const *results, const char *const *names, guint n)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < n; i++) {
        const LadProvenance *from = &results[i]->provenance;
        g_string_append_printf(text,
                               "# %s: memladder %s, trace %.16s, seed %" G_GUINT64_FORMAT "\n",
                               names[i], from->version, from->trace_identity, from->seed);
    }
    return text;
}

static void
add_number(GString *text, double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append(text,
                    isnan(value) ? "NaN" : g_ascii_formatd(buffer, sizeof buffer, "%.6g", value));
}

/* ---- Cycles per instruction -------------------------------------------------------------------
 */

static char *
table_stack(const LadResult *const *results, const char *const *names, guint n, double *max)
{
    (void)max;
    static const char *const rows[][2] = {
        {"base", "cpi_base"},
        {"front end, cache", "cpi_fetch_cache"},
        {"front end, TLB", "cpi_fetch_tlb"},
        {"memory latency", "cpi_memory_latency"},
        {"memory bandwidth", "cpi_memory_bandwidth"},
        {"TLB walks", "cpi_walk"},
        {"faults", "cpi_fault"},
        {"kernel work", "cpi_kernel"},
    };
    gboolean any = FALSE;
    GString *text = new_table(results, names, n);
    g_string_append(text, "result");
    for (guint row = 0; row < G_N_ELEMENTS(rows); row++)
        g_string_append_printf(text, "\t%s", rows[row][0]);
    g_string_append_c(text, '\n');
    for (guint i = 0; i < n; i++) {
        g_string_append(text, names[i]);
        for (guint row = 0; row < G_N_ELEMENTS(rows); row++) {
            double value = 0;
            any = lad_derived_value(results[i], NULL, rows[row][1], LAD_PHASE_MEASURED, &value) ||
                  any;
            g_string_append_c(text, '\t');
            add_number(text, value);
        }
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, !any);
}

/* ---- Over time --------------------------------------------------------------------------------
 */

static double
sample_length(const LadResult *result, guint sample)
{
    LadTime before = sample == 0 ? 0 : result->sample_times[sample - 1];
    return (double)(result->sample_times[sample] - before);
}

static double
sample_value(const LadResultPart *part, const char *name, guint sample)
{
    const LadResultMetric *metric = lad_result_metric(part, name);
    return metric && metric->series ? (double)metric->series[sample] : 0;
}

static double
sample_sum(const LadResult *result, LadScope scope, const char *const *names, guint sample)
{
    double sum = 0;
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        for (guint j = 0; part->scope == scope && names[j] != NULL; j++)
            sum += sample_value(part, names[j], sample);
    }
    return sum;
}

static guint
n_tiers(const LadResult *result)
{
    guint n = 0;
    for (guint i = 0; i < result->parts->len; i++)
        n += ((const LadResultPart *)result->parts->pdata[i])->scope == LAD_SCOPE_TIER;
    return n;
}

static void
add_tier_names(GString *text, const LadResult *result)
{
    g_string_append(text, "time (ms)");
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        if (part->scope == LAD_SCOPE_TIER)
            g_string_append_printf(text, "\t%s", part->name);
    }
}

static char *
table_traffic(const LadResult *const *results, const char *const *names, guint n, double *max)
{
    static const char *const copies[] = {"copy_read_bytes", "copy_write_bytes", NULL};
    const LadResult *result = results[0];
    if (result->n_samples == 0 || n_tiers(result) == 0)
        return NULL;
    GString *text = new_table(results, names, n);
    add_tier_names(text, result);
    g_string_append(text, "\tpage copies\n");
    for (guint sample = 0; sample < result->n_samples; sample++) {
        /* Bytes per ps are TB/s. */
        double length = sample_length(result, sample);
        if (!(length > 0))
            continue;
        add_number(text, MS_OF(result->sample_times[sample]));
        for (guint i = 0; i < result->parts->len; i++) {
            const LadResultPart *part = result->parts->pdata[i];
            if (part->scope != LAD_SCOPE_TIER)
                continue;
            double bytes = sample_value(part, "read_bytes", sample) +
                           sample_value(part, "write_bytes", sample) +
                           sample_value(part, "copy_read_bytes", sample) +
                           sample_value(part, "copy_write_bytes", sample);
            g_string_append_c(text, '\t');
            add_number(text, bytes / length * 1000);
            *max = MAX(*max, bytes / length * 1000);
        }
        double copied = sample_sum(result, LAD_SCOPE_TIER, copies, sample) / length * 1000;
        *max = MAX(*max, copied);
        g_string_append_c(text, '\t');
        add_number(text, copied);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

static char *
table_residency(const LadResult *const *results, const char *const *names, guint n, double *max)
{
    static const char *const used[] = {"used_bytes", NULL};
    const LadResult *result = results[0];
    if (result->n_samples == 0 || n_tiers(result) == 0)
        return NULL;
    GString *text = new_table(results, names, n);
    add_tier_names(text, result);
    g_string_append_c(text, '\n');
    for (guint sample = 0; sample < result->n_samples; sample++) {
        add_number(text, MS_OF(result->sample_times[sample]));
        for (guint i = 0; i < result->parts->len; i++) {
            const LadResultPart *part = result->parts->pdata[i];
            if (part->scope != LAD_SCOPE_TIER)
                continue;
            g_string_append_c(text, '\t');
            add_number(text, sample_value(part, "used_bytes", sample) / MIB);
        }
        *max = MAX(*max, sample_sum(result, LAD_SCOPE_TIER, used, sample) / MIB);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

static char *
table_migrations(const LadResult *const *results, const char *const *names, guint n, double *max)
{
    static const char *const up[] = {"pgpromote_success", NULL};
    static const char *const down[] = {"pgdemote_kswapd", "pgdemote_direct", NULL};
    const LadResult *result = results[0];
    double total = 0;
    GString *text = new_table(results, names, n);
    g_string_append(text, "time (ms)\tpromoted\tdemoted\n");
    for (guint sample = 0; sample < result->n_samples; sample++) {
        double length = MS_OF(sample_length(result, sample));
        if (!(length > 0))
            continue;
        double promoted = sample_sum(result, LAD_SCOPE_HOST, up, sample);
        double demoted = sample_sum(result, LAD_SCOPE_HOST, down, sample);
        total += promoted + demoted;
        *max = MAX(*max, MAX(promoted, demoted) / length);
        add_number(text, MS_OF(result->sample_times[sample]));
        g_string_append_c(text, '\t');
        add_number(text, promoted / length);
        g_string_append_c(text, '\t');
        add_number(text, demoted / length);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, !(total > 0));
}

/* ---- Distributions ----------------------------------------------------------------------------
 */

static void
next_block(GString *text, gboolean *any)
{
    if (*any)
        g_string_append(text, "\n\n");
    *any = TRUE;
}

static char *
table_curve(const LadResult *const *results, const char *const *names, guint n, double *max)
{
    (void)max;
    gboolean any = FALSE;
    GString *text = new_table(results, names, n);
    for (guint i = 0; i < n; i++)
        for (guint host = 0; host < results[i]->heats->len; host++) {
            const LadResultHeat *heat = results[i]->heats->pdata[host];
            if (heat->n_curve < 2)
                continue;
            guint last = heat->n_curve - 1;
            next_block(text, &any);
            g_string_append_printf(text, "pages (%%)\t%s", names[i]);
            if (results[i]->heats->len > 1)
                g_string_append_printf(text, ", %s", (char *)results[i]->hosts->pdata[host]);
            g_string_append_c(text, '\n');
            for (guint point = 0; point <= last; point++) {
                add_number(text, 100.0 * (double)heat->curve_pages[point] /
                                     (double)heat->curve_pages[last]);
                g_string_append_c(text, '\t');
                add_number(text, 100.0 * (double)heat->curve_bytes[point] /
                                     (double)heat->curve_bytes[last]);
                g_string_append_c(text, '\n');
            }
        }
    return g_string_free(text, !any);
}

static char *
table_latency(const LadResult *const *results, const char *const *names, guint n, double *max)
{
    (void)max;
    gboolean any = FALSE;
    GString *text = new_table(results, names, n);
    for (guint i = 0; i < results[0]->parts->len; i++) {
        const LadResultPart *part = results[0]->parts->pdata[i];
        const LadResultMetric *metric =
            part->scope == LAD_SCOPE_TIER ? lad_result_metric(part, "latency") : NULL;
        if (!metric || metric->type != LAD_HISTOGRAM ||
            metric->histograms[LAD_PHASE_MEASURED]->n == 0)
            continue;
        const LadHistogram *latency = metric->histograms[LAD_PHASE_MEASURED];
        next_block(text, &any);
        g_string_append_printf(text, "latency (ns)\t%s\n", part->name);
        guint64 seen = 0;
        for (guint bin = 0; bin < LAD_HISTOGRAM_BUCKETS && seen < latency->n; bin++) {
            if (latency->counts[bin] == 0)
                continue;
            double upper = (double)MIN(lad_histogram_lower(bin + 1) - 1, latency->max) / 1000;
            double lower = (double)MAX(lad_histogram_lower(bin), 1) / 1000;
            if (seen == 0) {
                add_number(text, lower);
                g_string_append(text, "\t0\n");
            }
            seen += latency->counts[bin];
            add_number(text, upper);
            g_string_append_c(text, '\t');
            add_number(text, 100.0 * (double)seen / (double)latency->n);
            g_string_append_c(text, '\n');
        }
    }
    return g_string_free(text, !any);
}

/* ---- Pages by time ----------------------------------------------------------------------------
 */

static char *
table_heat(const LadResult *const *results, const char *const *names, guint n, double *max)
{
    (void)max;
    const LadResult *result = results[0];
    const LadResultHeat *heat = result->heats->len > 0 ? result->heats->pdata[0] : NULL;
    /* One epoch or one range is no map. */
    if (heat == NULL || heat->n_ranges < 2 || heat->n_epochs < 2 || heat->epoch_length == 0)
        return NULL;
    GString *text = new_table(results, names, n);
    g_string_append_printf(text, "%u", heat->n_epochs);
    for (guint epoch = 0; epoch < heat->n_epochs; epoch++) {
        g_string_append_c(text, '\t');
        add_number(text, MS_OF(heat->epoch_length) * (epoch + 0.5));
    }
    g_string_append_c(text, '\n');
    for (guint range = 0; range < heat->n_ranges; range++) {
        double pages = (double)heat->range_pages;
        add_number(text, (range + 0.5) * pages * (double)LAD_PAGE_BYTES / MIB);
        for (guint epoch = 0; epoch < heat->n_epochs; epoch++) {
            double bytes = (double)heat->cells[(gsize)epoch * heat->n_ranges + range];
            g_string_append_c(text, '\t');
            add_number(text, bytes > 0 ? bytes / 1024 / pages / MS_OF(heat->epoch_length) : NAN);
        }
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

#define NO_TIME                                                                                    \
    "There is no figure: the run kept no time or no samples ([run] epoch), or has no tiers."

const LadFigure lad_figures[] = {
    {"cpi-stack", "Cycles per instruction",
     "Cycles per instruction of the measured phase, all cores together, split by what the cores "
     "waited for; lower is better.",
     "There is no figure: the core model keeps no time.", TRUE, table_stack},
    {"traffic", "Traffic per tier over time",
     "Bytes per second that each tier moved in each epoch, warm-up included; page copies are in "
     "the tiers' lines and, summed over all tiers, dashed.",
     NO_TIME, FALSE, table_traffic},
    {"residency", "Residency per tier over time",
     "Memory in use in each tier at the end of each epoch, stacked.", NO_TIME, FALSE,
     table_residency},
    {"migrations", "Promotions and demotions over time",
     "Pages promoted (pgpromote_success) and demoted (pgdemote_kswapd and pgdemote_direct) per ms "
     "of simulated time in each epoch.",
     "There is no figure: no page was promoted or demoted.", FALSE, table_migrations},
    {"bandwidth-by-pages", "Bandwidth by share of pages",
     "Share of the traffic between the last cache and memory that the hottest pages have, over the "
     "whole run; the further above the diagonal, the more a small fast tier can do.",
     "There is no figure: nothing went between the last cache and memory.", TRUE, table_curve},
    {"latency", "Latency distribution",
     "Share of line reads of the measured phase that took at most the latency on the x axis, from "
     "request to completion, per tier.",
     "There is no figure: no tier was read, or the core model keeps no time.", FALSE,
     table_latency},
    {"heat", "Heat map of pages over time",
     "Traffic of a page in each epoch, by colour on a logarithmic scale; pages are in the order of "
     "their first touch, white means none, warm-up included.",
     "There is no figure: the run kept no time, or has less than two epochs of traffic.", FALSE,
     table_heat},
    {NULL, NULL, NULL, NULL, FALSE, NULL},
};
