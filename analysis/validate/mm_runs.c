/* mm_runs.c - page replacement under a limit: a Linux 6.1 kernel's counters against ours.
 *
 * The program fills 32,768 pages and then makes a known sequence of accesses in a group that may
 * have half, or nine tenths, of them; what does not fit goes to a device that takes 100 us. Counts
 * are from the end of the fill on. Each access loads, and one in four then stores, as the program
 * does, so that every swap-in is a read. All parameters are those of machines/reclaim-guest.conf
 * and tiers/ssd-100us.conf; a run's own are the pattern, the limit, vm.page-cluster and the reclaim
 * model.
 */
#include "config.h"
#include "analysis/validate/groups.h"
#include "analysis/validate/runs.h"
#include "traces/synth/accessgen.h"
#include <glib/gstdio.h>
#include <math.h>
#include <memladder/run.h>
#include <memladder/trace.h>
#include <string.h>

#define SUMMARY       "summary_mm.csv"
#define BASE_PAGE     (LAD_ACCESSGEN_BASE / LAD_ACCESSGEN_PAGE_BYTES)
#define BLOCK         4096
#define GROUP         "cgroup_w"
#define SEED          1
#define SECONDS_IN_PS 1e12

typedef enum { FAULTS, REFAULT, ACTIVATE, RESTORE, SCAN, STEAL, SWAP_OUT, N_COUNTS } Count;

/* Names of our counters, and of the columns measured. */
static const char *const counters[N_COUNTS] = {"pgmajfault",
                                               "workingset_refault_anon",
                                               "workingset_activate_anon",
                                               "workingset_restore_anon",
                                               "pgscan",
                                               "pgsteal",
                                               "pswpout"};
static const char *const columns[N_COUNTS] = {"majfault_count",
                                              "workingset_refault_anon_pages",
                                              "workingset_activate_anon_pages",
                                              "workingset_restore_anon_pages",
                                              "pgscan_pages",
                                              "pgsteal_pages",
                                              "pswpout_pages"};

typedef struct {
    char *name;
    LadAccessgenPattern pattern;
    gboolean mglru;
    guint64 n_pages, max_bytes, accesses, page_cluster;
    double measured[N_COUNTS], seconds;
} Run;

typedef struct {
    LadRun *run;
    guint64 before[N_COUNTS], after[N_COUNTS];
    LadTime begin, end;
} Watch;

static void
free_run(void *data)
{
    Run *run = data;
    g_free(run->name);
    g_free(run);
}

/* ---- What was measured ------------------------------------------------------------------------
 */

static const char *
cell(char **headings, char **cells, const char *name)
{
    for (guint i = 0; headings[i] && cells[i]; i++)
        if (strcmp(headings[i], name) == 0)
            return cells[i];
    return "";
}

static gboolean
read_run(char **headings, char **cells, GPtrArray *runs, GError **error)
{
    static const char *const patterns[] = {"uniform", "zipf0.99", "hotset", "loop", NULL};
    const char *pattern = cell(headings, cells, "pattern");
    Run *run = g_new0(Run, 1);
    g_ptr_array_add(runs, run);
    run->name = g_strdup(cell(headings, cells, "run"));
    run->mglru = strcmp(cell(headings, cells, "lru"), "mglru") == 0;
    run->n_pages = g_ascii_strtoull(cell(headings, cells, "footprint_pages"), NULL, 10);
    run->max_bytes = g_ascii_strtoull(cell(headings, cells, "memory_max_b"), NULL, 10);
    run->accesses = g_ascii_strtoull(cell(headings, cells, "accesses_count"), NULL, 10);
    run->page_cluster = g_ascii_strtoull(cell(headings, cells, "page_cluster"), NULL, 10);
    run->seconds = g_ascii_strtod(cell(headings, cells, "t_virtual_s"), NULL);
    for (guint i = 0; i < N_COUNTS; i++)
        run->measured[i] = g_ascii_strtod(cell(headings, cells, columns[i]), NULL);
    guint index = 0;
    while (patterns[index] && strcmp(patterns[index], pattern) != 0)
        index++;
    run->pattern = (LadAccessgenPattern)index;
    if (patterns[index] && run->n_pages > 0 && run->max_bytes > 0 && run->accesses > 0)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                SUMMARY ": run %s, pattern %s: expected uniform, zipf0.99, hotset or loop, and "
                        "positive numbers of pages, bytes and accesses",
                run->name, pattern);
    return FALSE;
}

static GPtrArray *
read_runs(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, SUMMARY, NULL), *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    g_auto(GStrv) headings = g_strsplit(lines[0] ? lines[0] : "", ",", -1);
    g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func(free_run);
    for (guint i = 1; lines[0] && lines[i]; i++) {
        g_auto(GStrv) cells = g_strsplit(lines[i], ",", -1);
        if (!read_run(headings, cells, runs, error))
            return NULL;
    }
    return g_steal_pointer(&runs);
}

/* ---- The trace --------------------------------------------------------------------------------
 */

static guint32
block_of(LadTraceWriter *writer, LadOperandKind first, LadOperandKind second, guint n)
{
    const LadOperand operands[] = {{.kind = (guint8)first, .size = 8},
                                   {.kind = (guint8)second, .size = 8}};
    const LadBlock block = {.n_operands = (guint16)n, .operands = operands};
    return lad_trace_writer_block(writer, &block);
}

static gboolean
put_request(LadTraceWriter *writer, LadRecordKind kind, guint64 value, GError **error)
{
    const LadRecord record = {.kind = kind, .value = value};
    return lad_trace_writer_record(writer, 0, &record, error);
}

static gboolean
put_accesses(LadTraceWriter *writer, const Run *run, GError **error)
{
    guint32 load = block_of(writer, LAD_OPERAND_LOAD, LAD_OPERAND_LOAD, 1);
    guint32 both = block_of(writer, LAD_OPERAND_LOAD, LAD_OPERAND_STORE, 2);
    g_autoptr(LadAccessgen) accessgen =
        lad_accessgen_new(run->pattern, (guint32)run->n_pages, SEED, run->accesses);
    guint64 addresses[BLOCK];
    for (guint64 i = 0; i < run->accesses;) {
        guint n = (guint)MIN(run->accesses - i, BLOCK);
        lad_accessgen_addresses(accessgen, i, n, addresses);
        for (guint k = 0; k < n; k++) {
            guint64 pair[] = {addresses[k] & ~(guint64)1, addresses[k] & ~(guint64)1};
            guint32 block = addresses[k] & 1 ? both : load;
            if (!lad_trace_writer_execute(writer, 0, block, pair, error))
                return FALSE;
        }
        i += n;
    }
    return TRUE;
}

static gboolean
put_fill(LadTraceWriter *writer, const Run *run, GError **error)
{
    guint32 store = block_of(writer, LAD_OPERAND_STORE, LAD_OPERAND_STORE, 1);
    for (guint64 page = 0; page < run->n_pages; page++) {
        guint64 address = (BASE_PAGE + page) << LAD_PAGE_SHIFT;
        if (!lad_trace_writer_execute(writer, 0, store, &address, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
write_trace(const char *path, const Run *run, GError **error)
{
    g_autoptr(LadTraceWriter) writer = lad_validate_trace(path, 0, "/w", "accessgen", error);
    if (!writer)
        return FALSE;
    return put_request(writer, LAD_RECORD_REQUEST_BEGIN, 0, error) &&
           put_fill(writer, run, error) && put_request(writer, LAD_RECORD_REQUEST_END, 0, error) &&
           put_request(writer, LAD_RECORD_REQUEST_BEGIN, 1, error) &&
           put_accesses(writer, run, error) &&
           put_request(writer, LAD_RECORD_REQUEST_END, 1, error) &&
           lad_trace_writer_close(writer, error);
}

/* ---- The replay -------------------------------------------------------------------------------
 */

static void
read_counts(const LadRun *run, guint64 counts[N_COUNTS])
{
    guint n;
    const LadMetrics *metrics = lad_run_metrics(run, &n);
    for (guint i = 0; i < n; i++)
        for (guint row = 0; strcmp(metrics[i].part, GROUP) == 0 && metrics[i].table[row].name;
             row++)
            for (guint k = 0; k < N_COUNTS; k++)
                if (strcmp(metrics[i].table[row].name, counters[k]) == 0)
                    counts[k] = metrics[i].values[row];
}

static void
at_request(const LadRecord *record, LadTime now, void *data)
{
    Watch *watch = data;
    if (record->value == 1 && record->kind == LAD_RECORD_REQUEST_BEGIN) {
        watch->begin = now;
        read_counts(watch->run, watch->before);
    } else if (record->value == 1) {
        watch->end = now;
        read_counts(watch->run, watch->after);
    }
}

#define SET(...) lad_validate_set(config, error, __VA_ARGS__)

static gboolean
replay(const Run *run, const LadModels *models, const char *trace, Watch *watch, GError **error)
{
    g_autoptr(LadConfig) config = lad_config_new();
    if (!lad_config_read(config, "machines/reclaim-guest.conf", error) ||
        !lad_config_read(config, "tiers/ssd-100us.conf", error) || !SET("run.trace=%s", trace) ||
        !SET("run.epoch=0 ns") || !SET("reclaim.model=%s", run->mglru ? "mglru" : "two-list") ||
        !SET("kernel.page-cluster=%" G_GUINT64_FORMAT, run->page_cluster) ||
        !SET("cgroup.w.max=%" G_GUINT64_FORMAT " B", run->max_bytes))
        return FALSE;
    g_autoptr(LadRun) made = lad_run_new(config, models, LAD_RUN_NO_THREADS, error);
    gboolean done;
    if (!made)
        return FALSE;
    watch->run = made;
    lad_run_on_request(made, at_request, watch);
    return lad_run_step(made, 0, &done, error);
}

static gboolean
replay_run(const Run *run, const LadModels *models, Watch *watch, GError **error)
{
    GError *failure = NULL;
    g_autofree char *directory = g_dir_make_tmp("memladder-validate-XXXXXX", error);
    if (!directory)
        return FALSE;
    g_autofree char *trace = g_build_filename(directory, "accesses.mlt", NULL);
    gboolean ok = write_trace(trace, run, &failure) && replay(run, models, trace, watch, &failure);
    if (!ok)
        g_propagate_prefixed_error(error, failure, "%s: ", run->name);
    g_unlink(trace);
    g_rmdir(directory);
    return ok;
}

/* ---- The table --------------------------------------------------------------------------------
 */

/* What the error may be, relative; 0: reported only. */
static double
aim_of(const Run *run, Count what)
{
    gboolean loop_at_90 = run->mglru && run->pattern == LAD_ACCESSGEN_LOOP &&
                          run->max_bytes > run->n_pages * 3 / 4 * LAD_PAGE_BYTES;
    switch (what) {
    case FAULTS:
        return loop_at_90 ? 0.03 : 0.01;
    case SCAN:
        return 0.03;
    case REFAULT:
        return run->mglru ? 0.08 : 0.03;
    case RESTORE:
        return run->mglru ? 0.08 : 0.06;
    case ACTIVATE: /* of MGLRU two runs of the kernel's own differ by a fifth */
        return run->mglru ? 0 : 0.06;
    case STEAL:
    case SWAP_OUT:
        return run->mglru ? 0 : 0.03;
    case N_COUNTS:
        break;
    }
    return 0;
}

static void
add_row(LadValidate *validate, const Run *run, const char *quantity, const char *unit,
        double measured, double ours, double aim)
{
    g_autofree char *source = g_strdup_printf("Linux 6.1, %s", run->name);
    lad_validate_compare(validate, source, quantity, unit, measured, ours, aim);
}

static gboolean
check_run(LadValidate *validate, const Run *run, const LadModels *models, GError **error)
{
    Watch watch = {0};
    lad_validate_progress(validate, "%s", run->name);
    if (!replay_run(run, models, &watch, error))
        return FALSE;
    double n = (double)run->accesses;
    for (guint i = 0; i < N_COUNTS; i++) {
        double ours = (double)(watch.after[i] - watch.before[i]);
        /* Faults per access, as the measurements give them; the others as counts. */
        if (i == FAULTS)
            add_row(validate, run, "faults per access", "1", run->measured[i] / n, ours / n,
                    aim_of(run, i));
        else
            add_row(validate, run, counters[i], "page", run->measured[i], ours, aim_of(run, i));
    }
    add_row(validate, run, "virtual time", "s", run->seconds,
            (double)(watch.end - watch.begin) / SECONDS_IN_PS, 0);
    return TRUE;
}

static gboolean
check_folder(LadValidate *validate, const char *folder, GError **error)
{
    g_autoptr(GPtrArray) runs = read_runs(folder, error);
    LadModels *models = runs ? lad_models_new(NULL, error) : NULL;
    gboolean ok = models != NULL;
    for (guint i = 0; ok && i < runs->len; i++)
        ok = check_run(validate, g_ptr_array_index(runs, i), models, error);
    lad_models_free(models);
    return ok;
}

static gboolean
run_group(LadValidate *validate, GError **error)
{
    g_auto(GStrv) folders = lad_validate_folders(validate, "kernel-6.1");
    for (guint i = 0; folders[i]; i++) {
        g_autofree char *summary = g_build_filename(folders[i], SUMMARY, NULL);
        if (g_file_test(summary, G_FILE_TEST_EXISTS))
            return check_folder(validate, folders[i], error);
    }
    lad_validate_skip(validate, "Linux 6.1", "no folder kernel-6.1 with " SUMMARY " is here");
    return TRUE;
}

const LadValidateGroup lad_validate_mm = {
    "mm",
    "page replacement with swap against a Linux 6.1 kernel's counters",
    run_group,
};
