/* loaded_latency.c - `curve` against the measured families it was given.
 *
 * Every read share of a family is probed in closed loops with as many reads under way as each of
 * its points has (Little's law); the latency got is compared with the table's at the bandwidth got.
 * A measured family holds more than its DRAM: the way through the chip, the cores' own queues, and
 * how the traffic was made; `banked` has the DRAM alone, and the rest as one constant.
 */
#include "config.h"
#include "analysis/probe/streams.h"
#include "analysis/validate/groups.h"
#include "sim/base/config_store.h"
#include <math.h>
#include <memladder/configuration.h>
#include <memladder/option.h>
#include <memladder/probe.h>

#define OF_PEAK 0.95

typedef struct {
    double share;
} Traffic;

static void
request_line(guint64 number, LadProbeRequest *request, void *data)
{
    const Traffic *traffic = data;
    request->address = number * 64;
    request->write =
        floor((double)(number + 1) * traffic->share) == floor((double)number * traffic->share);
}

/* The curve's latency at a bandwidth; its rows are [first, last). */
static double
table_latency(const LadTable *table, guint first, guint last, double bandwidth)
{
    const double *cells = table->cells;
    guint row = first + 1;
    while (row + 1 < last && cells[row * 3 + 1] < bandwidth)
        row++;
    const double *b = cells + (gsize)row * 3, *a = b - 3;
    if (bandwidth <= a[1])
        return a[2];
    return a[2] + (b[2] - a[2]) * (bandwidth - a[1]) / (b[1] - a[1]);
}

/* `bandwidth` in GB/s: expected, then got. */
static gboolean
probe_point(const char *path, double share, guint outstanding, double *bandwidth, double *latency,
            GError **error)
{
    g_autofree char *text =
        g_strdup_printf("[tier.near]\nmodel = curve\nsize = 1 GiB\ntable = %s\n", path);
    g_autoptr(LadConfig) config = lad_config_new();
    if (!lad_config_read_text(config, text, "loaded-latency", error))
        return FALSE;
    g_autoptr(LadProbe) probe = lad_probe_new(config, NULL, error);
    if (!probe)
        return FALSE;
    Traffic traffic = {share};
    LadProbeResult result;
    /* 60 us at the point's bandwidth, of which the first third is warm-up. */
    LadProbeLoad load = {.n = (guint64)(*bandwidth * 60000 / 64),
                         .outstanding = outstanding,
                         .settle = 20 * LAD_US,
                         .request = request_line,
                         .data = &traffic};
    if (!lad_probe_run(probe, lad_probe_tier(probe, ""), &load, &result, error))
        return FALSE;
    *bandwidth = (double)(result.n_reads + result.n_writes) * 64 /
                 (double)(result.last - result.first) * 1000;
    *latency = result.latency_ps / (double)MAX(result.n_reads, 1) / 1000;
    return TRUE;
}

static gboolean
check_curve(LadValidate *validate, const char *path, const LadTable *table, guint first, guint last,
            GError **error)
{
    double share = table->cells[first * 3], peak = table->cells[(last - 1) * 3 + 1];
    for (guint row = first; row < last; row++) {
        const double *cells = table->cells + (gsize)row * 3;
        double reads = cells[1] * cells[2] * share / 64, bandwidth = cells[1], latency;
        if (reads < 1 || cells[1] > OF_PEAK * peak)
            continue;
        if (!probe_point(path, share, (guint)(reads + 0.5), &bandwidth, &latency, error))
            return FALSE;
        g_autofree char *source = g_path_get_basename(path);
        g_autofree char *quantity =
            g_strdup_printf("%.0f %% reads, %.1f GB/s", share * 100, bandwidth);
        LadValidateRow result = {.source = source,
                                 .quantity = quantity,
                                 .unit = "ns",
                                 .measured = table_latency(table, first, last, bandwidth),
                                 .ours = latency,
                                 .low = NAN,
                                 .high = NAN,
                                 .kind = LAD_AIM_RELATIVE,
                                 .aim = 0.05};
        lad_validate_add(validate, &result);
    }
    return TRUE;
}

/* ---- A measured machine and its DRAM alone ----------------------------------------------------
 */

/* Of the 38.4 GB/s that a channel of DDR5-4800 has at its pins. */
#define HALF_LOAD 19.2

typedef struct {
    LadStream stream;
    double distance; /* ps between requests */
} Open;

static void
request_open(guint64 number, LadProbeRequest *request, void *data)
{
    const Open *open = data;
    lad_stream_request(number, request, (gpointer)&open->stream);
    request->at = (LadTime)((double)number * open->distance);
}

/* Mean latency in ns of random reads of a preset: one after the other (`rate` 0), or at a rate. */
static gboolean
preset_latency(const char *path, double rate, double *latency, GError **error)
{
    g_autoptr(LadConfig) config = lad_config_new();
    if (!lad_config_read(config, path, error))
        return FALSE;
    g_autoptr(LadProbe) probe = lad_probe_new(config, NULL, error);
    if (!probe)
        return FALSE;
    Open open = {.stream = {.kind = lad_stream_find("rand"), .channels = 1},
                 .distance = rate > 0 ? 64e3 / rate : 0};
    LadProbeLoad load = {.n = 20000,
                         .outstanding = rate > 0 ? 0 : 1,
                         .settle = 20 * LAD_US,
                         .request = request_open,
                         .data = &open};
    LadProbeResult result;
    if (!lad_probe_run(probe, lad_probe_tier(probe, ""), &load, &result, error))
        return FALSE;
    *latency = result.latency_ps / (double)MAX(result.n_reads, 1) / 1000;
    return TRUE;
}

/* By how much the two presets of a DDR5 channel differ, and why: one row that has no aim. */
static gboolean
compare_with_dram(LadValidate *validate, GError **error)
{
    static const char *const presets[] = {"tiers/ddr5-curve.conf", "tiers/ddr5-4800-banked.conf"};
    double idle[2], loaded[2];
    for (guint i = 0; i < 2; i++) {
        g_autofree char *path = lad_config_search(NULL, presets[i]);
        if (!path) {
            lad_validate_skip(validate, presets[i], "it is not on the search path");
            return TRUE;
        }
        if (!preset_latency(path, 0, &idle[i], error) ||
            !preset_latency(path, HALF_LOAD, &loaded[i], error))
            return FALSE;
    }
    g_autofree char *note = g_strdup_printf(
        "the curve lies above banked by %.0f ns idle and by %.0f ns at half load (%.1f GB/s of a "
        "channel: %.0f and %.0f ns). A measured machine's family holds cores, mesh and controller, "
        "not only DRAM; banked has them as one constant, assumed from another server. With load "
        "the curve adds %.0f ns and banked %.0f ns: the random lines asked for here meet busy "
        "banks, which the traffic measured need not have met as often",
        idle[0] - idle[1], loaded[0] - loaded[1], HALF_LOAD, loaded[0], loaded[1],
        loaded[0] - idle[0], loaded[1] - idle[1]);
    LadValidateRow row = {.source = "DDR5-4800: curve, banked",
                          .quantity = "idle latency, random reads",
                          .unit = "ns",
                          .measured = idle[0],
                          .ours = idle[1],
                          .low = NAN,
                          .high = NAN,
                          .kind = LAD_AIM_NONE,
                          .note = note};
    lad_validate_add(validate, &row);
    return TRUE;
}

static gboolean
run(LadValidate *validate, GError **error)
{
    static const char *const families[] = {"tiers/curves/ddr5-4800-sapphire-rapids.txt",
                                           "tiers/curves/cxl-vendor-model.txt"};
    for (guint i = 0; i < G_N_ELEMENTS(families); i++) {
        g_autofree char *path = lad_config_search(NULL, families[i]);
        if (!path) {
            lad_validate_skip(validate, families[i], "it is not on the search path");
            continue;
        }
        g_autoptr(LadTable) table = lad_table_read(path, families[i], error);
        if (!table)
            return FALSE;
        for (guint first = 0, last; first < table->n_rows; first = last) {
            for (last = first + 1;
                 last < table->n_rows && table->cells[last * 3] == table->cells[first * 3];)
                last++;
            if (last - first > 1 && !check_curve(validate, path, table, first, last, error))
                return FALSE;
        }
    }
    return compare_with_dram(validate, error);
}

const LadValidateGroup lad_validate_loaded_latency = {
    .name = "loaded-latency",
    .summary = "`curve` against the measured families of bandwidth and latency",
    .run = run,
};
