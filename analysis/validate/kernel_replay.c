/* kernel_replay.c - replays of the measured kernel runs: their trace, their machine, their phases.
 *
 * The trace is the access sequence with what else the guest did: a log row after the first touch
 * and after every interval, which takes 19.5 ms on a page that lies outside the region and starts
 * far; and, in the runs whose first touch was followed by demotion, some 600 pages of files in
 * memory on node 0's active list that nobody touches any more.
 */
#include "config.h"
#include "analysis/validate/kernel_replay.h"
#include "analysis/validate/runs.h"
#include <glib/gstdio.h>
#include <math.h>
#include <memladder/placement.h>
#include <memladder/run.h>
#include <string.h>

#define GUEST_CONFIG "machines/kernel-guest.conf"

#define BASE_PAGE   (LAD_ACCESSGEN_BASE / LAD_ACCESSGEN_PAGE_BYTES)
#define LOG_GAP     1024 /* pages between the region and the logger's page */
#define OTHER_GAP   2048 /* and the files' pages */
#define OTHER_PAGES 600
#define LOG_ROW_NS  19500000

/* Pages of node 0's DMA32 zone, and of all zones that share min_free_kbytes. */
#define ZONE_PAGES 48838
#define ALL_PAGES  216518
/* Free pages of the DMA zone, which nothing may use but MemFree counts. */
#define DMA_FREE 201
/* Near pages of the region and MemFree together, in the steady state. */
#define STEADY_PAGES 42570
/* Near pages and free pages of DMA32 after a plain fill, which ends at the low watermark. */
#define FILL_PAGES 41320

#define BLOCK_ACCESSES 4096
#define KB_PER_PAGE    4

typedef struct {
    const LadKernelRun *run;
    char *directory, *trace, *start;
    guint32 *counts; /* [LAD_KERNEL_TENTHS][n_pages]: accesses of the row that ends there */
    LadModels *models;
    LadKernelOutcome *outcomes;
} Bench;

/* What a replay is asked for while it runs. */
typedef struct {
    Bench *bench;
    LadRun *run;
    LadKernelOutcome *outcome;
    LadTime begin, end;
    guint8 *before, *now; /* tiers of the region's pages at the last row wanted, and now */
} Watch;

static const LadKernelRow *
row_of(const LadKernelRun *run, guint i)
{
    return &g_array_index(run->rows, LadKernelRow, i);
}

/* Pages of files linger after a first touch that kswapd followed. */
static gboolean
has_others(const LadKernelRun *run)
{
    return run->start != NULL;
}

/* CPU time of an access with its work, ns. */
static guint64
access_ns(const LadKernelRun *run)
{
    switch (run->pattern) {
    case LAD_ACCESSGEN_UNIFORM:
        return 5082;
    case LAD_ACCESSGEN_HOTSET:
        return 5114;
    case LAD_ACCESSGEN_ZIPF:
    case LAD_ACCESSGEN_LOOP:
        break;
    }
    return 5111;
}

/* ---- The trace --------------------------------------------------------------------------------
 */

typedef struct {
    LadTraceWriter *writer;
    guint32 load, store, modify;
    const LadKernelRun *run;
    LadAccessgen *accessgen;
    guint32 *counts;
} Writing;

static guint32
block_of(LadTraceWriter *writer, LadOperandKind kind)
{
    const LadOperand operand = {.kind = (guint8)kind, .size = 8};
    const LadBlock block = {.n_operands = 1, .operands = &operand};
    return lad_trace_writer_block(writer, &block);
}

static gboolean
put(Writing *writing, LadRecordKind kind, guint64 address, guint64 size, guint64 weight,
    guint64 value, GError **error)
{
    const LadRecord record = {
        .kind = kind, .address = address, .size = size, .weight = weight, .value = value};
    return lad_trace_writer_record(writing->writer, 0, &record, error);
}

static gboolean
put_log_row(Writing *writing, GError **error)
{
    guint64 address = (BASE_PAGE + writing->run->n_pages + LOG_GAP) << LAD_PAGE_SHIFT;
    guint64 weight = (guint64)LOG_ROW_NS / access_ns(writing->run);
    return put(writing, LAD_RECORD_PAGE_TOUCH, address, 0, weight, weight, error);
}

static gboolean
put_first_touch(Writing *writing, GError **error)
{
    guint64 other = (BASE_PAGE + writing->run->n_pages + OTHER_GAP) << LAD_PAGE_SHIFT;
    if (!put(writing, LAD_RECORD_REQUEST_BEGIN, 0, 0, 0, 0, error) ||
        (has_others(writing->run) &&
         !put(writing, LAD_RECORD_RANGE_TOUCH, other, OTHER_PAGES << LAD_PAGE_SHIFT, 1, 1, error)))
        return FALSE;
    for (guint64 page = 0; page < writing->run->n_pages; page++) {
        guint64 address = (BASE_PAGE + page) << LAD_PAGE_SHIFT;
        if (!lad_trace_writer_execute(writing->writer, 0, writing->store, &address, error))
            return FALSE;
    }
    return put(writing, LAD_RECORD_REQUEST_END, 0, 0, 0, 0, error);
}

/* The accesses of a row; `counts`: where they are counted by page, or NULL. */
static gboolean
put_row(Writing *writing, guint64 from, guint64 to, guint32 *counts, GError **error)
{
    guint64 addresses[BLOCK_ACCESSES];
    for (guint64 i = from; i < to;) {
        guint n = (guint)MIN(to - i, BLOCK_ACCESSES);
        lad_accessgen_addresses(writing->accessgen, i, n, addresses);
        for (guint k = 0; k < n; k++) {
            guint32 block = addresses[k] & 1 ? writing->modify : writing->load;
            guint64 address = addresses[k] & ~(guint64)1;
            if (counts)
                counts[(address >> LAD_PAGE_SHIFT) - BASE_PAGE]++;
            if (!lad_trace_writer_execute(writing->writer, 0, block, &address, error))
                return FALSE;
        }
        i += n;
    }
    return TRUE;
}

/* Which tenth ends with this row; LAD_KERNEL_TENTHS: none. */
static guint
tenth_of(const LadKernelRun *run, guint row)
{
    guint tenth = 0;
    while (tenth < LAD_KERNEL_TENTHS && run->tenths[tenth] != row)
        tenth++;
    return tenth;
}

static gboolean
put_all(Writing *writing, GError **error)
{
    const LadKernelRun *run = writing->run;
    if (!put_first_touch(writing, error) || !put_log_row(writing, error))
        return FALSE;
    for (guint row = 1; row < run->rows->len; row++) {
        guint tenth = tenth_of(run, row);
        guint32 *counts =
            tenth < LAD_KERNEL_TENTHS ? writing->counts + (gsize)tenth * run->n_pages : NULL;
        if (!put_row(writing, row_of(run, row - 1)->accesses, row_of(run, row)->accesses, counts,
                     error) ||
            !put(writing, LAD_RECORD_REQUEST_BEGIN, 0, 0, 0, row, error) ||
            (row + 1 < run->rows->len && !put_log_row(writing, error)) ||
            !put(writing, LAD_RECORD_REQUEST_END, 0, 0, 0, row, error))
            return FALSE;
    }
    return lad_trace_writer_close(writing->writer, error);
}

static gboolean
write_trace(Bench *bench, GError **error)
{
    const LadKernelRun *run = bench->run;
    g_autoptr(LadTraceWriter) writer = lad_validate_trace(bench->trace, 0, "", "accessgen", error);
    if (!writer)
        return FALSE;
    g_autoptr(LadAccessgen) accessgen =
        lad_accessgen_new(run->pattern, run->n_pages, run->seed, run->total);
    Writing writing = {.writer = writer,
                       .load = block_of(writer, LAD_OPERAND_LOAD),
                       .store = block_of(writer, LAD_OPERAND_STORE),
                       .modify = block_of(writer, LAD_OPERAND_MODIFY),
                       .run = run,
                       .accessgen = accessgen,
                       .counts = bench->counts};
    return put_all(&writing, error);
}

/* ---- The machine ------------------------------------------------------------------------------
 */

/* A watermark of DMA32, which shares min_free_kbytes with all other zones. */
static guint64
watermark(const LadKernelRun *run, LadWatermark which)
{
    guint64 min = run->min_free_kb / KB_PER_PAGE * ZONE_PAGES / ALL_PAGES;
    return min + which * MAX(min / 4, (guint64)ZONE_PAGES * run->watermark_scale / 10000);
}

static void
append_range(GString *text, guint64 first, guint64 n, guint tier, guint active)
{
    if (n > 0)
        g_string_append_printf(text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %u %u\n", first,
                               n, tier, active);
}

/* Where the pages were after the first touch, as kernel.start-placement takes it. Where it was not
 * recorded and demotion was on, as if nothing had been demoted: the first pages, down to the low
 * watermark. */
static gboolean
write_start(Bench *bench, GError **error)
{
    const LadKernelRun *run = bench->run;
    guint64 near =
        run->demotion ? FILL_PAGES - watermark(run, LAD_WMARK_LOW) : row_of(run, 0)->near_pages;
    g_autoptr(GString) text = g_string_new("# first page, pages, tier, active\n");
    if (!run->start) {
        append_range(text, BASE_PAGE, near, 0, 0);
        append_range(text, BASE_PAGE + near, run->n_pages - near, 1, 0);
    }
    for (guint32 i = 0, first = 0; run->start && i < run->n_pages; i++)
        if (i + 1 == run->n_pages || run->start[i + 1] != run->start[first]) {
            append_range(text, BASE_PAGE + first, i + 1 - first, run->start[first] == 0 ? 0 : 1, 0);
            first = i + 1;
        }
    append_range(text, BASE_PAGE + run->n_pages + LOG_GAP, 1, 1, 0);
    if (has_others(run))
        append_range(text, BASE_PAGE + run->n_pages + OTHER_GAP, OTHER_PAGES, 0, 1);
    return g_file_set_contents(bench->start, text->str, (gssize)text->len, error);
}

/* Pages of node 0 that neither the region nor its tables nor free memory can ever have. */
static guint64
reserved_pages(const LadKernelRun *run)
{
    const LadKernelRow *first = row_of(run, 0);
    guint64 steady = has_others(run) ? STEADY_PAGES : first->near_pages + first->near_free;
    /* Leaves of the region, the logger and the files' pages, and the three above them. */
    guint64 tables = (run->n_pages + 511) / 512 + 1 + (has_others(run) ? 2 : 0) + 3;
    return ZONE_PAGES - (steady - DMA_FREE) - tables;
}

#define SET(...) lad_validate_set(config, error, __VA_ARGS__)

static gboolean
set_policy(LadConfig *config, const LadKernelRun *run, GError **error)
{
    if (run->mglru ? !SET("reclaim.model=mglru")
                   : !SET("reclaim.swappiness=%" G_GUINT64_FORMAT, run->swappiness))
        return FALSE;
    if (run->numa_balancing == 1)
        return SET("placement.model=numa-balancing");
    if (run->numa_balancing != 2 && !run->demotion)
        return SET("placement.model=first-touch");
    return SET("placement.model=linux-tiering") &&
           SET("placement.promotion=%s", run->numa_balancing == 2 ? "true" : "false") &&
           SET("placement.demotion=%s", run->demotion ? "true" : "false") &&
           SET("placement.hot-threshold=%" G_GUINT64_FORMAT " ms", run->hot_threshold_ms) &&
           SET("placement.promote-rate-limit=%" G_GUINT64_FORMAT " MiB", run->rate_mbps);
}

static gboolean
set_all(LadConfig *config, const Bench *bench, guint phase, GError **error)
{
    const LadKernelRun *run = bench->run;
    guint64 high = watermark(run, LAD_WMARK_HIGH);
    /* Before the first touch the zipf program makes its tables: 0.19 s. */
    guint64 before_ms = run->pattern == LAD_ACCESSGEN_ZIPF ? 190 : 10;
#define U G_GUINT64_FORMAT
    return lad_config_read(config, GUEST_CONFIG, error) && set_policy(config, run, error) &&
           SET("run.trace=%s", bench->trace) && SET("run.epoch=0 ns") &&
           SET("core.compute=%" U " ns", access_ns(run)) &&
           SET("tier.near.reserved=%" U " KiB", 4 * reserved_pages(run)) &&
           SET("tier.near.watermarks=%" U ", %" U ", %" U ", %" U, watermark(run, LAD_WMARK_MIN),
               watermark(run, LAD_WMARK_LOW), high, watermark(run, LAD_WMARK_PROMO)) &&
           SET("kernel.reclaim-target=%" U, high + 32) &&
           SET("kernel.start-placement=%s", bench->start) &&
           SET("kernel.start-phase=%" U " ms", before_ms + 10 * (guint64)phase) &&
           SET("kernel.scan-delay=%" U " ms", run->scan_delay_ms) &&
           SET("kernel.scan-size=%" U " MiB", run->scan_size_mb) &&
           SET("kernel.scan-period-min=%" U " ms", run->period_min_ms) &&
           SET("kernel.scan-period-max=%" U " ms", run->period_max_ms);
#undef U
}

/* ---- One replay -------------------------------------------------------------------------------
 */

static double
near_share(const guint32 *counts, const guint8 *tiers, guint32 n)
{
    guint64 near = 0, all = 0;
    for (guint32 i = 0; i < n; i++) {
        all += counts[i];
        near += tiers[i] == 0 ? counts[i] : 0;
    }
    return all ? (double)near / (double)all : (double)NAN;
}

static void
at_request(const LadRecord *record, LadTime now, void *data)
{
    Watch *watch = data;
    const LadKernelRun *run = watch->bench->run;
    guint row = (guint)record->value, tenth = tenth_of(run, row);
    if (row == 0 && record->kind == LAD_RECORD_REQUEST_END) {
        watch->begin = now;
        lad_run_page_tiers(watch->run, 0, 1, LAD_ACCESSGEN_BASE, run->n_pages, watch->before);
    }
    if (row == 0 || record->kind != LAD_RECORD_REQUEST_BEGIN)
        return;
    watch->end = now;
    if (tenth < LAD_KERNEL_TENTHS) {
        const guint32 *counts = watch->bench->counts + (gsize)tenth * run->n_pages;
        lad_run_page_tiers(watch->run, 0, 1, LAD_ACCESSGEN_BASE, run->n_pages, watch->now);
        double start = near_share(counts, watch->before, run->n_pages);
        double end = near_share(counts, watch->now, run->n_pages);
        /* Short runs have fewer rows than tenths. */
        for (; tenth < LAD_KERNEL_TENTHS && run->tenths[tenth] == row; tenth++) {
            watch->outcome->near_start[tenth] = start;
            watch->outcome->near_end[tenth] = end;
        }
    }
    if (tenth_of(run, row + 1) < LAD_KERNEL_TENTHS)
        lad_run_page_tiers(watch->run, 0, 1, LAD_ACCESSGEN_BASE, run->n_pages, watch->before);
}

static guint64
kernel_count(const LadRun *run, const char *name)
{
    guint n;
    const LadMetrics *metrics = lad_run_metrics(run, &n);
    for (guint i = 0; i < n; i++)
        for (guint row = 0; strcmp(metrics[i].part, "kernel") == 0 && metrics[i].table[row].name;
             row++)
            if (strcmp(metrics[i].table[row].name, name) == 0)
                return lad_run_value(run, i, row, LAD_PHASE_MEASURED);
    g_assert_not_reached();
}

static gboolean
replay_phase(void *data, guint phase, GError **error)
{
    Bench *bench = data;
    g_autoptr(LadConfig) config = lad_config_new();
    LadKernelOutcome *outcome = &bench->outcomes[phase];
    if (!set_all(config, bench, phase, error))
        return FALSE;
    g_autoptr(LadRun) run = lad_run_new(config, bench->models, LAD_RUN_NO_THREADS, error);
    if (!run)
        return FALSE;
    guint32 n = bench->run->n_pages;
    g_autofree guint8 *before = g_malloc0(n), *now = g_malloc0(n);
    Watch watch = {.bench = bench, .run = run, .outcome = outcome, .before = before, .now = now};
    gboolean done;
    lad_run_on_request(run, at_request, &watch);
    if (!lad_run_step(run, 0, &done, error))
        return FALSE;
    outcome->promotions = kernel_count(run, "pgpromote_success");
    outcome->candidates = kernel_count(run, "pgpromote_candidate");
    outcome->demotions = kernel_count(run, "pgdemote_kswapd");
    outcome->hint_faults = kernel_count(run, "numa_hint_faults");
    outcome->pte_updates = kernel_count(run, "numa_pte_updates");
    outcome->ns_per_access =
        (double)(watch.end - watch.begin) / (double)LAD_NS / (double)bench->run->total;
    return TRUE;
}

gboolean
lad_kernel_replay(const LadKernelRun *run, guint n, guint jobs, LadKernelOutcome *outcomes,
                  GError **error)
{
    Bench bench = {.run = run, .outcomes = outcomes};
    GError *failure = NULL;
    bench.directory = g_dir_make_tmp("memladder-validate-XXXXXX", error);
    if (!bench.directory)
        return FALSE;
    bench.trace = g_build_filename(bench.directory, "accesses.mlt", NULL);
    bench.start = g_build_filename(bench.directory, "start.txt", NULL);
    bench.counts = g_new0(guint32, (gsize)LAD_KERNEL_TENTHS * run->n_pages);
    bench.models = lad_models_new(NULL, &failure);
    gboolean ok = bench.models && write_trace(&bench, &failure) && write_start(&bench, &failure) &&
                  lad_validate_side_by_side(n, jobs, replay_phase, &bench, &failure);
    if (!ok)
        g_propagate_prefixed_error(error, failure, "%s: ", run->name);
    lad_models_free(bench.models);
    g_unlink(bench.trace);
    g_unlink(bench.start);
    g_rmdir(bench.directory);
    g_free(bench.counts);
    g_free(bench.trace);
    g_free(bench.start);
    g_free(bench.directory);
    return ok;
}
