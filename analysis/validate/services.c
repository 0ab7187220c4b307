/* services.c - the generated services against what was published of the real ones.
 *
 * Source: Mahar and others, "Workload Behavior Driven Memory Subsystem Design for Hyperscale", ISCA
 * 2023 (arXiv 2303.08396). Each workload of configs/workloads is generated, run on its platform and
 * profiled. What was published of a service and what was published of all nine have rows;
 * everything else in those files is assumed, and says so. The workloads were set until they had
 * these traits, so rows are calibrated, not predicted; with the seed that the files have. Other
 * seeds lay other code out, which moves a service's mix and most rows by hundredths (STUDIES.md).
 */
#include "config.h"
#include "analysis/profile/bandwidth.h"
#include "analysis/profile/code.h"
#include "analysis/validate/groups.h"
#include "analysis/validate/levels.h"
#include <glib/gstdio.h>
#include <math.h>
#include <memladder/model.h>
#include <memladder/synth.h>
#include <string.h>

#define INSTRUCTIONS 6000000 /* per thread, the first half to warm up */
#define N_CORES      8
#define PAPER_CORES  26

/* NAN: not published. Figures of the trace they took stand beside those of production, as a band.
 */
typedef struct {
    const char *name;
    double code_mib, correlation, hit_ratio, hit_ratio_trace, reads_per_write,
        reads_per_write_trace;
    double utilisation;
    gboolean front_end; /* more than a fifth of the cycles waits for instructions */
    double between;     /* correlation between the two kinds of its cores */
    double second;      /* among the second kind */
    guint n_first;      /* cores of the first kind; 0: all */
} Service;

static const Service services[] = {
    {"web1", 125, 0.9997, 0.94, 0.90, 1.72, 1.67, (double)NAN, TRUE, (double)NAN, (double)NAN, 0},
    {"web2", (double)NAN, 0.9881, (double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN,
     TRUE, (double)NAN, (double)NAN, 0},
    {"ads1", (double)NAN, 0.9977, (double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN,
     FALSE, (double)NAN, (double)NAN, 0},
    {"ads2", (double)NAN, 0.9921, (double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN,
     FALSE, (double)NAN, (double)NAN, 0},
    {"ads3", (double)NAN, 0.9833, (double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN,
     FALSE, (double)NAN, (double)NAN, 0},
    {"cache1", (double)NAN, 0.9947, 0.93, 0.88, 1.84, 1.92, (double)NAN, FALSE, 0.0010, 0.9168, 6},
    {"cache2", (double)NAN, 0.9978, (double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN,
     TRUE, (double)NAN, (double)NAN, 0},
    {"feed", (double)NAN, 0.9977, 0.95, 0.93, 2.14, 2.20, (double)NAN, FALSE, (double)NAN,
     (double)NAN, 0},
    {"reader", (double)NAN, 0.9887, (double)NAN, (double)NAN, (double)NAN, (double)NAN, 0.728,
     FALSE, (double)NAN, (double)NAN, 0},
};

typedef struct {
    LadValidate *validate;
    const LadModels *models;
    const Service *service;
    char *trace, *source;
    guint64 capacity; /* bytes of what its processes have */
} Work;

/* ---- The trace --------------------------------------------------------------------------------
 */

static LadProfileSources *
generate(Work *work, GError **error)
{
    g_autoptr(LadConfig) config = lad_config_new();
    g_autofree char *file = g_strdup_printf("workloads/%s.conf", work->service->name);
    g_autofree char *length = g_strdup_printf("synth.instructions=%u", INSTRUCTIONS);
    const char *paths[] = {work->trace, NULL};
    guint64 heap = 0;
    if (!lad_config_read(config, file, error) || !lad_config_set(config, length, error))
        return NULL;
    const char *size = lad_config_peek(config, "region.heap", "size");
    if (size == NULL || !g_str_has_suffix(size, " MiB")) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [region.heap] size: expected a size in MiB, for shares of it", file);
        return NULL;
    }
    heap = g_ascii_strtoull(size, NULL, 10) * LAD_MIB;
    if (!lad_synth_run(config, work->trace, 1, NULL, NULL, NULL, error))
        return NULL;
    LadProfileSources *sources = lad_profile_sources_open(paths, LAD_TRACE_NO_THREAD, error);
    if (sources != NULL)
        work->capacity = heap * sources->spaces->len;
    return sources;
}

/* ---- Rows -------------------------------------------------------------------------------------
 */

static void
add(const Work *work, const char *quantity, double published, double ours, LadAimKind kind,
    double aim, const char *note)
{
    const LadValidateRow row = {.source = work->source,
                                .quantity = quantity,
                                .unit = "1",
                                .measured = published,
                                .ours = ours,
                                .low = (double)NAN,
                                .high = (double)NAN,
                                .kind = kind,
                                .aim = aim,
                                .note = note};
    if (!isnan(published))
        lad_validate_add(work->validate, &row);
}

/* Within the band between production and the trace they took, with 0.005 or 2 % for rounding. */
static void
add_band(const Work *work, const char *quantity, double production, double trace, double ours,
         double rounding)
{
    double middle = (production + trace) / 2;
    double half = fabs(production - trace) / 2;
    g_autofree char *note = g_strdup_printf("%.3g in production, %.3g in their trace: aim is "
                                            "the middle of the two, give or take half their "
                                            "distance and rounding",
                                            production, trace);
    add(work, quantity, middle, ours, LAD_AIM_ABSOLUTE, half + rounding, note);
}

/* The mean of `column` over pairs of cores, each of the first kind (2: not), as asked. */
static double
mean_pairs(const Work *work, const LadFindings *code, gboolean a_first, gboolean b_first,
           guint column)
{
    const LadFindingsTable *table = lad_findings_find(code, "correlations");
    guint n_first = work->service->n_first > 0 ? work->service->n_first : G_MAXUINT, n = 0;
    double sum = 0;
    for (guint i = 0; i < lad_findings_n_rows(table); i++) {
        double low = MIN(lad_findings_cell(table, i, 0), lad_findings_cell(table, i, 1));
        double high = MAX(lad_findings_cell(table, i, 0), lad_findings_cell(table, i, 1));
        double r = lad_findings_cell(table, i, column);
        if ((low < n_first) != a_first || (high < n_first) != b_first || isnan(r))
            continue;
        sum += r;
        n++;
    }
    return n > 0 ? sum / n : (double)NAN;
}

static void
add_correlation(const Work *work, const LadFindings *code, const char *quantity, double published,
                gboolean a_first, gboolean b_first, double aim)
{
    double counted = mean_pairs(work, code, a_first, b_first, 2);
    g_autofree char *as_counted = g_strconcat(quantity, ", as counted", NULL);
    add(work, quantity, published, MIN(mean_pairs(work, code, a_first, b_first, 3), 1),
        LAD_AIM_ABSOLUTE, aim,
        "less the noise of counting few misses, page by page (and at most 1)");
    add(work, as_counted, published, counted, LAD_AIM_NONE, 0,
        "with that noise, which falls with the length of the trace");
}

static double
level_mpki(const LadFindings *code, const char *level)
{
    const LadFindingsTable *table = lad_findings_find(code, "levels");
    for (guint i = 0; i < lad_findings_n_rows(table); i++)
        if (strcmp(lad_findings_cell_text(table, i, 0), level) == 0)
            return lad_findings_cell(table, i, 3);
    return (double)NAN;
}

static void
add_code(const Work *work, const LadFindings *code)
{
    const Service *service = work->service;
    double l2 = level_mpki(code, "cache.l2"), llc = level_mpki(code, "cache.llc");
    double front = lad_findings_value(code, "time_front_end");
    g_autofree char *levels =
        g_strdup_printf("%.3g, %.3g and %.3g misses per 1000 instructions in L1I, L2, LLC; "
                        "published: about a tenth",
                        level_mpki(code, "cache.l1i"), l2, llc);
    add(work, "code misses, LLC over L2", 0.1, llc / l2, LAD_AIM_ABSOLUTE, 0.1, levels);
    add(work, "code footprint, MiB of pages", service->code_mib,
        lad_findings_value(code, "footprint_pages") / (double)LAD_MIB, LAD_AIM_RELATIVE, 0.2,
        "grows with the length of the trace");
    add_correlation(work, code, "correlation of I-TLB misses of two cores", service->correlation,
                    TRUE, TRUE, 0.01);
    add_correlation(work, code, "the same among network cores", service->second, FALSE, FALSE,
                    0.02);
    add_correlation(work, code, "the same of a worker and a network core", service->between, TRUE,
                    FALSE, 0.1);
    if (service->front_end)
        add(work, "share of time in instruction fetch", 0.2, front, LAD_AIM_AT_LEAST, 0, NULL);
    else
        add(work, "share of time in instruction fetch", 0, front, LAD_AIM_NONE, 0, "not published");
    if (!isnan(service->hit_ratio)) {
        add_band(work, "L1D hit ratio", service->hit_ratio, service->hit_ratio_trace,
                 lad_findings_value(code, "l1d_hit_ratio"), 0.005);
        add_band(work, "reads per write", service->reads_per_write, service->reads_per_write_trace,
                 lad_findings_value(code, "reads_per_write"), 0.04);
    }
    add(work, "share of time, latency-bound", 0, lad_findings_value(code, "time_latency"),
        LAD_AIM_NONE, 0, "not published");
}

static void
add_bandwidth(const Work *work, const LadFindings *bandwidth)
{
    const LadFindingsTable *windows = lad_findings_find(bandwidth, "windows");
    double utilisation =
        lad_findings_value(bandwidth, "bandwidth") / (100e9 * N_CORES / PAPER_CORES);
    /* The half of the run: the eighth has too few misses to know its pages by. */
    add(work, "share of capacity with 90 % of bandwidth", 0.1, lad_findings_cell(windows, 1, 16),
        LAD_AIM_AT_MOST, 0, "over half of the run");
    add(work, "share of capacity in use", 0.25, lad_findings_cell(windows, 1, 15), LAD_AIM_AT_MOST,
        0, "over half of the run");
    if (!isnan(work->service->utilisation))
        add(work, "bandwidth over nominal", work->service->utilisation, utilisation,
            LAD_AIM_ABSOLUTE, 0.1, "8 cores with their share of 100 GB/s");
    else
        add(work, "bandwidth over nominal", 0, utilisation, LAD_AIM_NONE, 0,
            "not published of this one; of production, rarely above 0.6");
}

/* ---- A service --------------------------------------------------------------------------------
 */

static gboolean
profile(Work *work, LadProfileSources *sources, GError **error)
{
    g_autofree char *warmup =
        g_strdup_printf("run.warmup-instructions=%u", N_CORES * (INSTRUCTIONS / 2));
    g_autofree char *bandwidth_set =
        g_strdup_printf("tier.near.bandwidth=%.2f GB/s", 100.0 * N_CORES / PAPER_CORES);
    char *sets[] = {warmup, bandwidth_set, (char *)"core.model=window",
                    /* Skylake's, as in memprof-core.conf */
                    (char *)"core.fetch-ahead=64",
                    /* services run for days: first touches are none of their time */
                    (char *)"kernel.zero-pages=false",
                    /* the code in the last level is all cores' alike: it has the whole of it */
                    (char *)"cache.llc.size=36608 KiB", NULL};
    const LadProfileMachine machine = {.sets = sets};
    const LadCodeOptions code_options = {FALSE, &machine, work->models};
    /* The platform has prefetchers, which are most of what a stream can get of the memory. */
    LadProfileMachine prefetching = machine;
    prefetching.prefetchers = "machines/prefetchers-intel.conf";
    const LadBandwidthOptions bandwidth_options = {
        .capacity_bytes = work->capacity, .machine = &prefetching, .models = work->models};
    lad_validate_progress(work->validate, "service %s: code", work->service->name);
    g_autoptr(LadFindings) code = lad_profile_code(sources, &code_options, NULL, error);
    if (code == NULL)
        return FALSE;
    lad_validate_progress(work->validate, "service %s: bandwidth", work->service->name);
    g_autoptr(LadFindings) bandwidth =
        lad_profile_bandwidth(sources, &bandwidth_options, NULL, error);
    if (bandwidth == NULL)
        return FALSE;
    add_code(work, code);
    add_bandwidth(work, bandwidth);
    return TRUE;
}

static gboolean
check_services(LadValidate *validate, GError **error)
{
    g_autoptr(LadModels) models = lad_models_new(NULL, error);
    g_autofree char *directory = g_dir_make_tmp("memladder-services-XXXXXX", error);
    gboolean ok = models != NULL && directory != NULL;
    for (guint i = 0; ok && i < G_N_ELEMENTS(services); i++) {
        Work work = {.validate = validate, .models = models, .service = &services[i]};
        work.trace = g_build_filename(directory, "service.mlt", NULL);
        work.source = g_strdup_printf("MemProf, %s", services[i].name);
        lad_validate_progress(validate, "service %s: trace", services[i].name);
        g_autoptr(LadProfileSources) sources = generate(&work, error);
        ok = sources != NULL && profile(&work, sources, error) &&
             lad_validate_levels(validate, models, services[i].name, directory, error);
        g_unlink(work.trace);
        g_free(work.trace);
        g_free(work.source);
    }
    if (directory != NULL)
        g_rmdir(directory);
    return ok;
}

const LadValidateGroup lad_validate_services = {
    "services",
    "generated services, set to have what was published of the real ones (calibrated)",
    check_services,
};
