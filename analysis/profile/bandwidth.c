/* bandwidth.c - gathers traffic by page, from a machine or from the trace, and tells of it. */
#include "config.h"
#include "analysis/profile/bandwidth.h"
#include "analysis/profile/patterns.h"
#include "analysis/profile/statistics.h"
#include "analysis/profile/traffic.h"
#include <math.h>
#include <memladder/tier.h>

#define MAX_TOUCHED ((guint64)1 << 46) /* bytes, by one record: more is damage, not memory */
#define CURVE_ROWS  200

typedef enum { FROM_MACHINE, FROM_ACCESSES, FROM_TOUCHES, FROM_SAMPLES } From;

typedef struct {
    LadProfileSources *sources;
    const LadBandwidthOptions *options;
    LadTraffic *traffic;
    From from;
    guint64 time;   /* of the latest traffic */
    guint64 *times; /* by stream: its latest time stamp, ps */
    guint64 references;
    gboolean has_time;
    LadProfileRun *run;
    LadPatterns *patterns; /* of a generated trace on a machine; else NULL */
} Bandwidth;

/* ---- From a machine ---------------------------------------------------------------------------
 */

static void
watch_traffic(void *data, LadPage page, guint32 bytes, guint kind, LadTime now)
{
    Bandwidth *bandwidth = data;
    if (lad_run_in_warmup(lad_profile_run_get(bandwidth->run)))
        return;
    bandwidth->time = MAX(bandwidth->time, now);
    if (!bandwidth->options->reads || !lad_transfer_is_write((LadTransferKind)kind))
        lad_traffic_add(bandwidth->traffic, page, bytes, now);
    if (bandwidth->patterns != NULL)
        lad_patterns_add(bandwidth->patterns, page, kind);
}

static gboolean
gather_run(Bandwidth *bandwidth, const LadToolboxProgress *progress, GError **error)
{
    const LadWatch watch = {.traffic = watch_traffic, .data = bandwidth};
    bandwidth->patterns = lad_patterns_new(bandwidth->sources);
    bandwidth->run = lad_profile_run_begin(bandwidth->options->machine, bandwidth->sources,
                                           bandwidth->options->models, &watch, error);
    return bandwidth->run != NULL && lad_profile_run_finish(bandwidth->run, progress, error);
}

/* ---- From the trace ---------------------------------------------------------------------------
 */

static void
add(Bandwidth *bandwidth, const LadStretch *stretch, guint64 address, guint64 weight)
{
    guint64 now =
        bandwidth->options->by_time || (bandwidth->options->n_windows == 0 && bandwidth->has_time)
            ? bandwidth->times[stretch->index]
            : bandwidth->references;
    guint64 place = lad_profile_place(bandwidth->sources, stretch->stream, address);
    bandwidth->time = MAX(bandwidth->time, now);
    lad_traffic_add(bandwidth->traffic, place >> LAD_PAGE_SHIFT, weight, now);
}

static void
add_touches(Bandwidth *bandwidth, const LadStretch *stretch, const LadRecord *record)
{
    guint64 bytes = record->kind == LAD_RECORD_RANGE_TOUCH ? MAX(record->size, 1) : 1;
    if (bytes > MAX_TOUCHED || record->address > G_MAXUINT64 - bytes)
        return;
    guint64 first = record->address >> LAD_PAGE_SHIFT;
    guint64 last = (record->address + bytes - 1) >> LAD_PAGE_SHIFT;
    for (guint64 page = first; page <= last; page++)
        add(bandwidth, stretch, page << LAD_PAGE_SHIFT, record->weight);
}

static gboolean
take_record(Bandwidth *bandwidth, const LadStretch *stretch, const LadRecord *record,
            GError **error)
{
    const LadTraceHeader *header =
        lad_profile_sources_header(bandwidth->sources, stretch->stream->trace);
    if (record->kind >= LAD_RECORD_LOAD && record->kind <= LAD_RECORD_ATOMIC) {
        add(bandwidth, stretch, record->address,
            bandwidth->from == FROM_ACCESSES ? MAX(record->size, 1) : 1);
        bandwidth->references++;
    } else if (record->kind == LAD_RECORD_PAGE_TOUCH || record->kind == LAD_RECORD_RANGE_TOUCH) {
        add_touches(bandwidth, stretch, record);
        bandwidth->references++;
    } else if (record->kind == LAD_RECORD_FETCH || record->kind == LAD_RECORD_GAP) {
        bandwidth->references += lad_record_n_insns(record);
    } else if (record->kind == LAD_RECORD_TIME && header->tick_ps > 0) {
        bandwidth->times[stretch->index] = record->value * header->tick_ps;
        bandwidth->has_time = TRUE;
    } else {
        return lad_profile_map(bandwidth->sources, stretch->stream, record, error);
    }
    return TRUE;
}

static gboolean
take_stretch(gpointer data, const LadStretch *stretch, GError **error)
{
    Bandwidth *bandwidth = data;
    const LadBatch *batch = stretch->batch;
    const LadCode *code = lad_trace_reader_code(
        g_array_index(bandwidth->sources->traces, LadProfileTrace, stretch->stream->trace).reader);
    const guint64 *address = stretch->addresses;
    gboolean sizes = bandwidth->from == FROM_ACCESSES;
    for (guint32 t = stretch->first; t < stretch->end; t++) {
        guint32 token = batch->tokens[t];
        if (token & LAD_TOKEN_RECORD) {
            if (!take_record(bandwidth, stretch, &batch->records[token & ~LAD_TOKEN_RECORD], error))
                return FALSE;
            continue;
        }
        const LadEntry *entry = lad_code_entry(code, token);
        for (guint32 b = 0; b < entry->n_blocks; b++)
            for (guint i = 0; i < entry->blocks[b]->n_operands; i++)
                add(bandwidth, stretch, *address++,
                    sizes ? MAX(entry->blocks[b]->operands[i].size, 1) : 1);
        bandwidth->references += entry->n_insns + entry->n_operands;
    }
    return TRUE;
}

static gboolean
gather_trace(Bandwidth *bandwidth, const LadToolboxProgress *progress, GError **error)
{
    LadProfileSources *sources = bandwidth->sources;
    bandwidth->times = g_new0(guint64, sources->streams->len);
    gboolean ok = lad_profile_replay(sources, LAD_PROFILE_RECORDED, 10000, take_stretch, bandwidth,
                                     progress, error);
    if (ok && bandwidth->options->by_time && !bandwidth->has_time) {
        g_set_error_literal(
            error, LAD_ERROR, LAD_ERROR_USAGE,
            "--windows: the trace has no time; expected numbers of references, or a "
            "machine, which gives it time");
        return FALSE;
    }
    return ok;
}

/* ---- Telling ----------------------------------------------------------------------------------
 */

static double
share_of(guint64 n, guint64 of)
{
    return of > 0 ? (double)n / (double)of : (double)NAN;
}

static const char *const window_columns[] = {"window",
                                             "",
                                             "windows",
                                             "1",
                                             "pages",
                                             "1",
                                             "active",
                                             "1",
                                             "pages_50",
                                             "1",
                                             "pages_90",
                                             "1",
                                             "pages_99",
                                             "1",
                                             "share_50",
                                             "1",
                                             "share_90",
                                             "1",
                                             "share_90_half",
                                             "1",
                                             "share_99",
                                             "1",
                                             "overlap",
                                             "1",
                                             "overlap_half",
                                             "1",
                                             "carried",
                                             "1",
                                             "carried_half",
                                             "1",
                                             "active_of_capacity",
                                             "1",
                                             "share_90_of_capacity",
                                             "1",
                                             NULL};

/* The mean over the windows of what `of` takes from each, NaN passed over; and half an interval. */
static double
mean_over(const LadTraffic *traffic, guint length, double (*of)(const LadTrafficWindow *),
          double *half)
{
    guint n = lad_traffic_n_windows(traffic, length), kept = 0;
    g_autofree double *values = g_new(double, MAX(n, 1));
    for (guint i = 0; i < n; i++) {
        double value = of(lad_traffic_window(traffic, length, i));
        if (!isnan(value))
            values[kept++] = value;
    }
    return lad_mean_interval(values, kept, half);
}

static double
pages_of(const LadTrafficWindow *window)
{
    return (double)window->n_pages;
}

static double
half_of(const LadTrafficWindow *window)
{
    return (double)window->n_carry[0];
}

static double
most_of(const LadTrafficWindow *window)
{
    return (double)window->n_carry[1];
}

static double
nearly_of(const LadTrafficWindow *window)
{
    return (double)window->n_carry[2];
}

static double
overlap_of(const LadTrafficWindow *window)
{
    return window->overlap;
}

static double
carried_of(const LadTrafficWindow *window)
{
    return window->carried;
}

/* "30 s", "2.5 ms" or "100000 references". */
static char *
length_text(const Bandwidth *bandwidth, guint64 length)
{
    static const struct {
        guint64 ps;
        const char *unit;
    } units[] = {{LAD_S, "s"}, {LAD_MS, "ms"}, {LAD_US, "us"}, {LAD_NS, "ns"}};
    gboolean time = bandwidth->from == FROM_MACHINE || bandwidth->options->by_time ||
                    (bandwidth->options->n_windows == 0 && bandwidth->has_time);
    if (!time)
        return g_strdup_printf("%" G_GUINT64_FORMAT " references", length);
    for (guint i = 0; i < G_N_ELEMENTS(units); i++)
        if (length >= units[i].ps) {
            char number[G_ASCII_DTOSTR_BUF_SIZE];
            g_ascii_formatd(number, sizeof number, "%.4g", (double)length / (double)units[i].ps);
            return g_strdup_printf("%s %s", number, units[i].unit);
        }
    return g_strdup_printf("%" G_GUINT64_FORMAT " ps", length);
}

static void
tell_length(const Bandwidth *bandwidth, LadFindingsTable *table, guint length)
{
    const LadTraffic *traffic = bandwidth->traffic;
    double touched = (double)lad_traffic_n_pages(traffic), half, none;
    double capacity = bandwidth->options->capacity_bytes > 0
                          ? (double)bandwidth->options->capacity_bytes / (double)LAD_PAGE_BYTES
                          : (double)NAN;
    g_autofree char *text = length_text(bandwidth, lad_traffic_length(traffic, length));
    double pages = mean_over(traffic, length, pages_of, &none);
    double most = mean_over(traffic, length, most_of, &half);
    lad_findings_put_text(table, text);
    lad_findings_put_count(table, lad_traffic_n_windows(traffic, length));
    lad_findings_put_real(table, pages);
    lad_findings_put_real(table, pages / touched);
    lad_findings_put_real(table, mean_over(traffic, length, half_of, &none));
    lad_findings_put_real(table, most);
    lad_findings_put_real(table, mean_over(traffic, length, nearly_of, &none));
    lad_findings_put_real(table, mean_over(traffic, length, half_of, &none) / touched);
    lad_findings_put_real(table, most / touched);
    lad_findings_put_real(table, half / touched);
    lad_findings_put_real(table, mean_over(traffic, length, nearly_of, &none) / touched);
    lad_findings_put_real(table, mean_over(traffic, length, overlap_of, &half));
    lad_findings_put_real(table, half);
    lad_findings_put_real(table, mean_over(traffic, length, carried_of, &half));
    lad_findings_put_real(table, half);
    lad_findings_put_real(table, pages / capacity);
    lad_findings_put_real(table, most / capacity);
}

static void
tell_windows(const Bandwidth *bandwidth, LadFindings *findings)
{
    LadFindingsTable *table = lad_findings_table(
        findings, "windows",
        "Means over windows: pages with traffic (active), the fewest that carry 50, 90 and 99 % of "
        "it (shares are\nof all pages ever touched); overlap of the pages that carry 90 % with "
        "those "
        "of the window before; share of the\ntraffic that those of the window before carry",
        window_columns);
    for (guint i = 0; i < lad_traffic_n_lengths(bandwidth->traffic); i++) {
        g_autofree char *text = length_text(bandwidth, lad_traffic_length(bandwidth->traffic, i));
        if (lad_traffic_partial(bandwidth->traffic, i))
            lad_findings_note(findings, "there is no full window of %s: all there is is one", text);
        tell_length(bandwidth, table, i);
    }
}

/* For a figure: which share of memory carries each share of the traffic, a column per length of
 * window; of the capacity, or without that of the pages ever touched. */
static void
tell_spread(const Bandwidth *bandwidth, LadFindings *findings)
{
    const LadTraffic *traffic = bandwidth->traffic;
    guint n = lad_traffic_n_lengths(traffic);
    guint64 of = bandwidth->options->capacity_bytes > 0
                     ? bandwidth->options->capacity_bytes / LAD_PAGE_BYTES
                     : lad_traffic_n_pages(traffic);
    g_auto(GStrv) columns = g_new0(char *, 2 * n + 3);
    columns[0] = g_strdup("share of the traffic (%)");
    columns[1] = g_strdup("%");
    for (guint i = 0; i < n; i++) {
        columns[2 * i + 2] = length_text(bandwidth, lad_traffic_length(traffic, i));
        columns[2 * i + 3] = g_strdup("%");
    }
    LadFindingsTable *table =
        lad_findings_table(findings, "spread",
                           bandwidth->options->capacity_bytes > 0
                               ? "Share of the memory that carries it, by window"
                               : "Share of the pages ever touched that carries it, by window",
                           (const char *const *)columns);
    for (guint step = 0; step <= LAD_TRAFFIC_STEPS; step++) {
        lad_findings_put_real(table, 100.0 * step / LAD_TRAFFIC_STEPS);
        for (guint i = 0; i < n; i++) {
            guint n_windows = lad_traffic_n_windows(traffic, i);
            double sum = 0;
            for (guint k = 0; k < n_windows && step > 0; k++)
                sum += (double)lad_traffic_window(traffic, i, k)->n_step[step - 1];
            lad_findings_put_real(table, 100.0 * sum / n_windows / (double)of);
        }
    }
}

static void
tell_whole(const Bandwidth *bandwidth, LadFindings *findings)
{
    static const char *const columns[] = {"share_of_traffic", "1", "pages", "1",
                                          "share_of_pages",   "1", NULL};
    LadTraffic *traffic = bandwidth->traffic;
    guint64 n = lad_traffic_n_pages(traffic), bytes = lad_traffic_bytes(traffic);
    const guint64 *pages = lad_traffic_by_page(traffic);
    LadFindingsTable *table = lad_findings_table(
        findings, "whole", "Over the whole: the fewest pages that carry a share of the traffic",
        columns);
    for (guint i = 0; i < LAD_TRAFFIC_SHARES; i++) {
        guint64 carry = lad_traffic_carry(pages, n, bytes, lad_traffic_shares[i]);
        lad_findings_put_real(table, lad_traffic_shares[i]);
        lad_findings_put_count(table, carry);
        lad_findings_put_real(table, share_of(carry, n));
    }
    static const char *const curve_columns[] = {"pages", "%", "traffic", "%", NULL};
    LadFindingsTable *curve = lad_findings_table(
        findings, "curve", "Share of the traffic that the hottest pages carry", curve_columns);
    guint64 sum = 0, next = 0;
    for (guint64 i = 0; i <= n && n > 0; i++) {
        if (i >= next || i == n) {
            lad_findings_put_real(curve, 100 * share_of(i, n));
            lad_findings_put_real(curve, 100 * share_of(sum, bytes));
            next = MAX(i + 1, (i * CURVE_ROWS / n + 1) * n / CURVE_ROWS);
        }
        sum += i < n ? pages[i] : 0;
    }
}

static void
tell_source(const Bandwidth *bandwidth, LadFindings *findings)
{
    static const char *const texts[] = {
        "machine: lines between the last cache and memory",
        "machine: lines read from memory",
        "trace: bytes of the accesses themselves, before any cache",
        "trace: touches of pages",
        "samples: touches, each as often as its sample stands for",
    };
    const char *sampled = lad_profile_sources_sampled(bandwidth->sources);
    guint source = bandwidth->from + (bandwidth->from != FROM_MACHINE || bandwidth->options->reads);
    lad_findings_text(findings, "source", texts[source]);
    if (sampled != NULL)
        lad_findings_note(findings,
                          "the trace is a sample (%s): pages with little traffic may be missing",
                          sampled);
    if (bandwidth->run != NULL)
        lad_profile_run_tell(bandwidth->run, findings);
}

static void
tell_rate(const Bandwidth *bandwidth, LadFindings *findings)
{
    if (bandwidth->run == NULL)
        return;
    LadTime start, length;
    lad_run_phase_time(lad_profile_run_get(bandwidth->run), LAD_PHASE_MEASURED, &start, &length);
    guint64 reads = lad_profile_run_sum_parts(bandwidth->run, "tier_", "read_bytes");
    guint64 writes = lad_profile_run_sum_parts(bandwidth->run, "tier_", "write_bytes");
    double seconds = (double)length / (double)LAD_S;
    lad_findings_count(findings, "instructions", "1",
                       lad_profile_run_sum_parts(bandwidth->run, "core", "instructions"));
    lad_findings_real(findings, "simulated_time", "s", seconds);
    lad_findings_real(findings, "bandwidth", "B/s",
                      seconds > 0 ? (double)(reads + writes) / seconds : (double)NAN);
    lad_findings_real(findings, "reads_per_write", "1",
                      writes > 0 ? (double)reads / (double)writes : (double)NAN);
}

static LadFindings *
tell(const Bandwidth *bandwidth)
{
    LadFindings *findings = lad_findings_new("bandwidth");
    tell_source(bandwidth, findings);
    gboolean touches = bandwidth->from == FROM_TOUCHES || bandwidth->from == FROM_SAMPLES;
    lad_findings_count(findings, "traffic", touches ? "touches" : "bytes",
                       lad_traffic_bytes(bandwidth->traffic));
    lad_findings_count(findings, "touched", "bytes",
                       lad_traffic_n_pages(bandwidth->traffic) * LAD_PAGE_BYTES);
    if (bandwidth->options->capacity_bytes > 0)
        lad_findings_count(findings, "capacity", "bytes", bandwidth->options->capacity_bytes);
    tell_rate(bandwidth, findings);
    tell_windows(bandwidth, findings);
    tell_spread(bandwidth, findings);
    tell_whole(bandwidth, findings);
    return findings;
}

LadFindings *
lad_profile_bandwidth(LadProfileSources *sources, const LadBandwidthOptions *options,
                      const LadToolboxProgress *progress, GError **error)
{
    Bandwidth bandwidth = {.sources = sources, .options = options};
    LadTraceLevel level = lad_profile_sources_level(sources);
    gboolean sampled = lad_profile_sources_sampled(sources) != NULL;
    if (level == LAD_LEVEL_PAGE)
        bandwidth.from = sampled ? FROM_SAMPLES : FROM_TOUCHES;
    else if (level == LAD_LEVEL_MISS || options->accesses)
        bandwidth.from = FROM_ACCESSES;
    if (bandwidth.from == FROM_MACHINE && options->n_windows > 0 && !options->by_time) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                            "--windows: a machine has time; expected times such as '10 ms', or "
                            "--accesses");
        return NULL;
    }
    bandwidth.traffic = lad_traffic_new(options->windows, options->n_windows);
    gboolean ok = bandwidth.from == FROM_MACHINE ? gather_run(&bandwidth, progress, error)
                                                 : gather_trace(&bandwidth, progress, error);
    LadFindings *findings = NULL;
    if (ok) {
        lad_traffic_end(bandwidth.traffic, bandwidth.time);
        findings = tell(&bandwidth);
        if (bandwidth.patterns != NULL &&
            !lad_patterns_tell(bandwidth.patterns, bandwidth.run, findings, progress, error))
            g_clear_pointer(&findings, lad_findings_free);
    }
    lad_traffic_free(bandwidth.traffic);
    lad_patterns_free(bandwidth.patterns);
    lad_profile_run_free(bandwidth.run);
    g_free(bandwidth.times);
    return findings;
}
