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

/* ---- The same time from above ------------------------------------------------------------------
 */

/* Rows of the top-down account: title, derived metric, counters of a core. */
static const struct {
    const char *title, *derived;
    const char *counters[3];
} topdown[] = {
    {"base", "topdown_base", {"base"}},
    {"front end, cache", "topdown_front_end_cache", {"fetch_cache"}},
    {"front end, TLB", "topdown_front_end_tlb", {"fetch_tlb"}},
    {"bandwidth bound", "topdown_bandwidth_bound", {"bandwidth_bound"}},
    {"latency bound", "topdown_latency_bound", {"latency_bound"}},
    {"TLB walks", "topdown_walk", {"walk"}},
    {"faults and kernel", "topdown_fault", {"fault", "kernel"}},
};

static void
add_topdown_titles(GString *text, const char *first)
{
    g_string_append(text, first);
    for (guint row = 0; row < G_N_ELEMENTS(topdown); row++)
        g_string_append_printf(text, "\t%s", topdown[row].title);
    g_string_append_c(text, '\n');
}

/* One bar, of all cores (NULL) or of one. FALSE: there is none. */
static gboolean
add_topdown_bar(GString *text, const LadResult *result, const LadResultPart *core, const char *name)
{
    double value = 0;
    if (!lad_derived_value(result, core, "topdown_base", LAD_PHASE_MEASURED, &value))
        return FALSE;
    g_string_append(text, name);
    for (guint row = 0; row < G_N_ELEMENTS(topdown); row++) {
        lad_derived_value(result, core, topdown[row].derived, LAD_PHASE_MEASURED, &value);
        g_string_append_c(text, '\t');
        add_number(text, 100 * value);
    }
    g_string_append_c(text, '\n');
    return TRUE;
}

/* A figure has at most so many bars. */
#define MAX_BARS 40

static char *
table_topdown(const LadResult *const *results, const char *const *names, guint n, double *max)
{
    (void)max;
    guint bars = 0;
    GString *text = new_table(results, names, n);
    add_topdown_titles(text, "result");
    for (guint i = 0; i < n; i++) {
        const GPtrArray *parts = results[i]->parts;
        guint cores = 0;
        bars += add_topdown_bar(text, results[i], NULL, names[i]) ? 1 : 0;
        for (guint p = 0; p < parts->len; p++)
            cores += ((const LadResultPart *)parts->pdata[p])->scope == LAD_SCOPE_CORE;
        for (guint p = 0; cores > 1 && bars < MAX_BARS && p < parts->len; p++) {
            const LadResultPart *core = parts->pdata[p];
            if (core->scope == LAD_SCOPE_CORE)
                bars += add_topdown_bar(text, results[i], core, core->name) ? 1 : 0;
        }
    }
    return g_string_free(text, bars == 0);
}

/* ---- Over time --------------------------------------------------------------------------------
 */

/* A figure has at most so many points: with more, lines hide each other. */
#define MAX_SPANS 128

/* Samples [first, last], shown as one point. */
typedef struct {
    guint first, last;
} Span;

static guint
n_spans(const LadResult *result)
{
    return MIN(result->n_samples, MAX_SPANS);
}

static Span
span_at(const LadResult *result, guint index)
{
    guint n = n_spans(result);
    return (Span){(guint)((guint64)result->n_samples * index / n),
                  (guint)((guint64)result->n_samples * (index + 1) / n) - 1};
}

static double
span_length(const LadResult *result, Span span)
{
    LadTime before = span.first == 0 ? 0 : result->sample_times[span.first - 1];
    return (double)(result->sample_times[span.last] - before);
}

/* What was counted in the span, or a gauge's last value in it. */
static double
span_value(const LadResultPart *part, const char *name, Span span)
{
    const LadResultMetric *metric = lad_result_metric(part, name);
    double sum = 0;
    if (metric == NULL || metric->series == NULL)
        return 0;
    if (metric->type == LAD_GAUGE)
        return (double)metric->series[span.last];
    for (guint i = span.first; i <= span.last; i++)
        sum += (double)metric->series[i];
    return sum;
}

static double
span_sum(const LadResult *result, LadScope scope, const char *const *names, Span span)
{
    double sum = 0;
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        for (guint j = 0; part->scope == scope && names[j] != NULL; j++)
            sum += span_value(part, names[j], span);
    }
    return sum;
}

static guint
n_tiers(const LadResult *result)
{
    guint n = 0;
    for (guint i = 0; i < result->parts->len; i++)
        n += lad_result_is_tier(result->parts->pdata[i]) ? 1 : 0;
    return n;
}

static void
add_tier_names(GString *text, const LadResult *result)
{
    g_string_append(text, "time (ms)");
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        if (lad_result_is_tier(part))
            g_string_append_printf(text, "\t%s", part->name);
    }
}

static char *
table_topdown_time(const LadResult *const *results, const char *const *names, guint n, double *max)
{
    const LadResult *result = results[0];
    gboolean any = FALSE;
    GString *text = new_table(results, names, n);
    add_topdown_titles(text, "time (ms)");
    for (guint i = 0; i < n_spans(result); i++) {
        static const char *const ticks[] = {"ticks", NULL};
        Span span = span_at(result, i);
        double all = span_sum(result, LAD_SCOPE_CORE, ticks, span);
        if (!(all > 0))
            continue;
        any = TRUE;
        add_number(text, MS_OF(result->sample_times[span.last]));
        for (guint row = 0; row < G_N_ELEMENTS(topdown); row++) {
            g_string_append_c(text, '\t');
            add_number(text,
                       100 * span_sum(result, LAD_SCOPE_CORE, topdown[row].counters, span) / all);
        }
        g_string_append_c(text, '\n');
    }
    *max = 100 / 1.05;
    return g_string_free(text, !any);
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
    for (guint i = 0; i < n_spans(result); i++) {
        Span span = span_at(result, i);
        /* Bytes per ps are TB/s. */
        double length = span_length(result, span);
        if (!(length > 0))
            continue;
        add_number(text, MS_OF(result->sample_times[span.last]));
        for (guint p = 0; p < result->parts->len; p++) {
            const LadResultPart *part = result->parts->pdata[p];
            if (!lad_result_is_tier(part))
                continue;
            double bytes = span_value(part, "read_bytes", span) +
                           span_value(part, "write_bytes", span) +
                           span_value(part, "copy_read_bytes", span) +
                           span_value(part, "copy_write_bytes", span);
            g_string_append_c(text, '\t');
            add_number(text, bytes / length * 1000);
            *max = MAX(*max, bytes / length * 1000);
        }
        double copied = span_sum(result, LAD_SCOPE_TIER, copies, span) / length * 1000;
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
    for (guint i = 0; i < n_spans(result); i++) {
        Span span = span_at(result, i);
        add_number(text, MS_OF(result->sample_times[span.last]));
        for (guint p = 0; p < result->parts->len; p++) {
            const LadResultPart *part = result->parts->pdata[p];
            if (!lad_result_is_tier(part))
                continue;
            g_string_append_c(text, '\t');
            add_number(text, span_value(part, "used_bytes", span) / MIB);
        }
        *max = MAX(*max, span_sum(result, LAD_SCOPE_TIER, used, span) / MIB);
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
    for (guint i = 0; i < n_spans(result); i++) {
        Span span = span_at(result, i);
        double length = MS_OF(span_length(result, span));
        if (!(length > 0))
            continue;
        double promoted = span_sum(result, LAD_SCOPE_HOST, up, span);
        double demoted = span_sum(result, LAD_SCOPE_HOST, down, span);
        total += promoted + demoted;
        *max = MAX(*max, MAX(promoted, demoted) / length);
        add_number(text, MS_OF(result->sample_times[span.last]));
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

/* The measured latencies of a part; NULL if it is no tier or was not read. */
static const LadHistogram *
latency_of(const LadResultPart *part)
{
    const LadResultMetric *metric =
        lad_result_is_tier(part) ? lad_result_metric(part, "latency") : NULL;
    if (metric == NULL || metric->type != LAD_HISTOGRAM ||
        metric->histograms[LAD_PHASE_MEASURED]->n == 0)
        return NULL;
    return metric->histograms[LAD_PHASE_MEASURED];
}

static double
bin_end(const LadHistogram *latency, guint bin)
{
    return (double)MIN(lad_histogram_lower(bin + 1) - 1, latency->max) / 1000;
}

/* From 0 % at `low` to 100 % at `high`, in ns, with a step at the end of every bin in use. */
static void
add_distribution(GString *text, const LadHistogram *latency, double low, double high)
{
    guint64 seen = 0;
    add_number(text, low);
    g_string_append(text, "\t0\n");
    for (guint bin = 0; bin < LAD_HISTOGRAM_BUCKETS; bin++) {
        if (latency->counts[bin] == 0)
            continue;
        seen += latency->counts[bin];
        add_number(text, bin_end(latency, bin));
        g_string_append_c(text, '\t');
        add_number(text, 100.0 * (double)seen / (double)latency->n);
        g_string_append_c(text, '\n');
    }
    add_number(text, high);
    g_string_append(text, "\t100\n");
}

static char *
table_latency(const LadResult *const *results, const char *const *names, guint n, double *max)
{
    (void)max;
    gboolean any = FALSE;
    double low = G_MAXDOUBLE, high = 0;
    const GPtrArray *parts = results[0]->parts;
    for (guint i = 0; i < parts->len; i++) {
        const LadHistogram *latency = latency_of(parts->pdata[i]);
        for (guint bin = 0; latency != NULL && bin < LAD_HISTOGRAM_BUCKETS; bin++)
            if (latency->counts[bin] > 0) {
                low = MIN(low, bin_end(latency, bin));
                high = MAX(high, bin_end(latency, bin));
            }
    }
    GString *text = new_table(results, names, n);
    for (guint i = 0; i < parts->len; i++) {
        const LadResultPart *part = parts->pdata[i];
        if (latency_of(part) == NULL)
            continue;
        next_block(text, &any);
        g_string_append_printf(text, "latency (ns)\t%s\n", part->name);
        add_distribution(text, latency_of(part), low * 0.7, high * 1.4);
    }
    return g_string_free(text, !any);
}

/* ---- Pages by time ----------------------------------------------------------------------------
 */

/* A map has at most so many rows and columns: smaller cells could not be seen. */
#define MAX_ROWS    128
#define MAX_COLUMNS 192

/* Bytes of `rows` ranges and `columns` epochs from here on, and how many cells that were. */
static double
sum_cells(const LadResultHeat *heat, guint range, guint rows, guint epoch, guint columns, guint *n)
{
    double bytes = 0;
    *n = 0;
    for (guint e = epoch; e < MIN(epoch + columns, heat->n_epochs); e++)
        for (guint r = range; r < MIN(range + rows, heat->n_ranges); r++, ++*n)
            bytes += (double)heat->cells[(gsize)e * heat->n_ranges + r];
    return bytes;
}

static char *
table_heat(const LadResult *const *results, const char *const *names, guint n, double *max)
{
    (void)max;
    const LadResult *result = results[0];
    const LadResultHeat *heat = result->heats->len > 0 ? result->heats->pdata[0] : NULL;
    /* One epoch or one range is no map. */
    if (heat == NULL || heat->n_ranges < 2 || heat->n_epochs < 2 || heat->epoch_length == 0)
        return NULL;
    guint rows = (heat->n_ranges + MAX_ROWS - 1) / MAX_ROWS;
    guint columns = (heat->n_epochs + MAX_COLUMNS - 1) / MAX_COLUMNS;
    double pages = (double)heat->range_pages;
    GString *text = new_table(results, names, n);
    g_string_append_printf(text, "%u", (heat->n_epochs + columns - 1) / columns);
    for (guint epoch = 0; epoch < heat->n_epochs; epoch += columns) {
        g_string_append_c(text, '\t');
        add_number(text, MS_OF(heat->epoch_length) * (epoch + columns / 2.0));
    }
    g_string_append_c(text, '\n');
    for (guint range = 0; range < heat->n_ranges; range += rows) {
        add_number(text, (range + rows / 2.0) * pages * (double)LAD_PAGE_BYTES / MIB);
        for (guint epoch = 0; epoch < heat->n_epochs; epoch += columns) {
            guint cells = 0;
            double bytes = sum_cells(heat, range, rows, epoch, columns, &cells);
            g_string_append_c(text, '\t');
            add_number(text,
                       bytes > 0 ? bytes / 1024 / pages / cells / MS_OF(heat->epoch_length) : NAN);
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
    {"topdown", "Where the time goes",
     "Share of the cores' time of the measured phase, of all cores and of each: base, front end, "
     "and waits for data with many requests under way (bound by bandwidth) or few (bound by "
     "latency; [core] occupancy-threshold says how many are many), walks, faults.",
     "There is no figure: the core model keeps no time.", TRUE, table_topdown},
    {"topdown-time", "Where the time goes, over time",
     "The same shares of all cores' time over time, stacked, warm-up included.", NO_TIME, FALSE,
     table_topdown_time},
    {"traffic", "Traffic per tier over time",
     "Bytes per second that each tier moved, averaged over spans of at least an epoch, warm-up "
     "included; page copies are in "
     "the tiers' lines and, summed over all tiers, dashed.",
     NO_TIME, FALSE, table_traffic},
    {"residency", "Residency per tier over time",
     "Memory in use in each tier over time, stacked, warm-up included.", NO_TIME, FALSE,
     table_residency},
    {"migrations", "Promotions and demotions over time",
     "Pages promoted (pgpromote_success) and demoted (pgdemote_kswapd and pgdemote_direct) per ms "
     "of simulated time, averaged over spans of at least an epoch.",
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
     "Traffic of a page by time, as colour on a logarithmic scale; pages are in the order of "
     "their first touch, white means none, warm-up included.",
     "There is no figure: the run kept no time, or has less than two epochs of traffic.", FALSE,
     table_heat},
    {NULL, NULL, NULL, NULL, FALSE, NULL},
};
