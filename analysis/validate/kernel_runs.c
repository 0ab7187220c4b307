/* kernel_runs.c - page placement against the counters of a real Linux 6.1 kernel.
 *
 * Every run in tests/data/kernel-6.1, and in the folders of --data, is replayed with one set of
 * parameters (configs/machines/kernel-guest.conf) from several start phases; their median is
 * compared and their range printed. Near share: of the accesses of the log row that ends at each
 * tenth of the run, the mean by the placement at its start and at its end.
 */
#include "config.h"
#include "analysis/validate/groups.h"
#include "analysis/validate/kernel_replay.h"
#include <math.h>
#include <stdlib.h>

/* What a run should come to. */
typedef struct {
    double share, early_share; /* near share at a tenth; at the first two */
    double any_phase;          /* near share of a single phase; 0: no aim */
    double counts;             /* of events, relative; 0: only nothing where there was nothing */
    gboolean start_placement;  /* near share by the placement at the row's start alone */
} Aims;

typedef struct {
    LadValidate *validate;
    const LadKernelRun *run;
    const LadKernelOutcome *outcomes;
    guint n;
    char *source;
} Report;

static gboolean
is_tiered(const LadKernelRun *run)
{
    return run->numa_balancing == 2 && run->demotion;
}

static Aims
aims_of(const LadKernelRun *run)
{
    Aims aims = {.share = 0.02, .early_share = 0.02, .counts = 0.05};
    if (!is_tiered(run))
        return (Aims){.share = 0.01, .early_share = 0.01, .counts = 0.03};
    if (run->pattern == LAD_ACCESSGEN_UNIFORM)
        return (Aims){.share = 0.01, .early_share = 0.01, .counts = 0.1, .start_placement = TRUE};
    if (run->rate_mbps < 65536)
        return (Aims){.share = 0.03, .early_share = 0.08, .counts = 0.05};
    if (run->pattern == LAD_ACCESSGEN_ZIPF)
        aims.any_phase = 0.035;
    if (run->mglru)
        aims.counts = 0.1;
    return aims;
}

static int
by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median and range of the phases' values, as a row. */
static void
add_row(const Report *report, const char *quantity, const char *unit, double measured,
        double *values, LadAimKind kind, double aim, const char *note)
{
    guint n = report->n;
    qsort(values, n, sizeof *values, by_value);
    LadValidateRow row = {.source = report->source,
                          .quantity = quantity,
                          .unit = unit,
                          .measured = measured,
                          .ours = (values[(n - 1) / 2] + values[n / 2]) / 2,
                          .low = n > 1 ? values[0] : (double)NAN,
                          .high = n > 1 ? values[n - 1] : (double)NAN,
                          .kind = kind,
                          .aim = aim,
                          .note = note};
    lad_validate_add(report->validate, &row);
}

static double
share_of(double start, double end, gboolean start_only)
{
    return start_only ? start : (start + end) / 2;
}

static void
add_shares(const Report *report, const Aims *aims)
{
    g_autofree double *values = g_new(double, report->n);
    g_autofree double *worst = g_new0(double, report->n);
    for (guint tenth = 0; tenth < LAD_KERNEL_TENTHS; tenth++) {
        const LadKernelRow *row =
            &g_array_index(report->run->rows, LadKernelRow, report->run->tenths[tenth]);
        double measured = share_of(row->near_start, row->near_end, aims->start_placement);
        for (guint i = 0; i < report->n; i++) {
            const LadKernelOutcome *outcome = &report->outcomes[i];
            values[i] = share_of(outcome->near_start[tenth], outcome->near_end[tenth],
                                 aims->start_placement);
            worst[i] = MAX(worst[i], fabs(values[i] - measured));
        }
        g_autofree char *quantity =
            g_strdup_printf("near share at %u %%%s", 10 * (tenth + 1),
                            aims->start_placement ? ", placement at the row's start" : "");
        add_row(report, quantity, "1", measured, values, LAD_AIM_ABSOLUTE,
                tenth < 2 ? aims->early_share : aims->share, NULL);
    }
    if (aims->any_phase == 0)
        return;
    qsort(worst, report->n, sizeof *worst, by_value);
    LadValidateRow row = {.source = report->source,
                          .quantity = "near share, largest error of any phase at any tenth",
                          .measured = 0,
                          .ours = worst[report->n - 1],
                          .low = (double)NAN,
                          .high = (double)NAN,
                          .kind = LAD_AIM_ABSOLUTE,
                          .aim = aims->any_phase};
    lad_validate_add(report->validate, &row);
}

static void
add_counts(const Report *report, const Aims *aims)
{
    const LadKernelRun *run = report->run;
    const LadKernelRow *first = &g_array_index(run->rows, LadKernelRow, 0);
    const LadKernelRow *last = &g_array_index(run->rows, LadKernelRow, run->rows->len - 1);
    const struct {
        const char *name;
        guint64 measured;
        gsize offset;
        gboolean aimed;
    } counts[] = {
        {"promotions", last->promotions - first->promotions, offsetof(LadKernelOutcome, promotions),
         TRUE},
        {"candidates", last->candidates - first->candidates, offsetof(LadKernelOutcome, candidates),
         is_tiered(run)},
        {"kswapd demotions after the first touch", last->demotions - first->demotions,
         offsetof(LadKernelOutcome, demotions), is_tiered(run)},
        {"hint faults", last->hint_faults - first->hint_faults,
         offsetof(LadKernelOutcome, hint_faults), TRUE},
        {"PTE updates", last->pte_updates - first->pte_updates,
         offsetof(LadKernelOutcome, pte_updates), is_tiered(run)},
    };
    g_autofree double *values = g_new(double, report->n);
    for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
        for (guint k = 0; k < report->n; k++)
            values[k] =
                (double)*(const guint64 *)(const void *)((const char *)&report->outcomes[k] +
                                                         counts[i].offset);
        add_row(report, counts[i].name, "1", (double)counts[i].measured, values,
                counts[i].aimed ? LAD_AIM_RELATIVE : LAD_AIM_NONE, aims->counts, NULL);
    }
    for (guint k = 0; k < report->n; k++)
        values[k] = report->outcomes[k].ns_per_access;
    double measured = (double)(last->time_ns - first->time_ns) / (double)last->accesses;
    add_row(report, "virtual time per access", "ns", measured, values, LAD_AIM_RELATIVE, 0.01,
            NULL);
}

static gboolean
check_run(LadValidate *validate, const LadKernelRun *run, GError **error)
{
    const LadValidateOptions *options = lad_validate_options(validate);
    g_autofree LadKernelOutcome *outcomes = g_new0(LadKernelOutcome, options->phases);
    g_autofree char *source = g_strdup_printf("Linux 6.1, %s", run->name);
    lad_validate_progress(validate, "%s: %u start phases", run->name, options->phases);
    if (!lad_kernel_replay(run, options->phases, options->jobs, outcomes, error))
        return FALSE;
    Report report = {.validate = validate,
                     .run = run,
                     .outcomes = outcomes,
                     .n = options->phases,
                     .source = source};
    Aims aims = aims_of(run);
    add_shares(&report, &aims);
    add_counts(&report, &aims);
    return TRUE;
}

static gboolean
check_folder(LadValidate *validate, const char *folder, const char *standard, GError **error)
{
    g_auto(GStrv) names = lad_kernel_run_names(folder, error);
    for (guint i = 0; names && names[i]; i++) {
        g_autoptr(LadKernelRun) run = lad_kernel_run_read(folder, names[i], standard, error);
        if (!run || !check_run(validate, run, error))
            return FALSE;
    }
    return names != NULL;
}

static gboolean
run(LadValidate *validate, GError **error)
{
    g_auto(GStrv) folders = lad_validate_folders(validate, "kernel-6.1");
    guint n = g_strv_length(folders), checked = 0;
    /* What comes with the program is last, and its runs first in the table. */
    for (guint i = n; i-- > 0;) {
        g_autofree char *runs = g_build_filename(folders[i], "tpp", NULL);
        if (!g_file_test(runs, G_FILE_TEST_IS_DIR))
            continue;
        if (!check_folder(validate, folders[i], folders[n - 1], error))
            return FALSE;
        checked++;
    }
    if (checked == 0)
        lad_validate_skip(validate, "Linux 6.1", "no folder kernel-6.1 with measured runs is here");
    return TRUE;
}

const LadValidateGroup lad_validate_kernel_runs = {
    "kernel",
    "page placement against a Linux 6.1 kernel's counters and placements",
    run,
};
