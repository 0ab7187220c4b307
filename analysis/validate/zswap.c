/* zswap.c - compressed memory against a Linux 6.1 guest: how many pages Senpai's reclaim put into
 * the pool, what the pool takes, and how many pages it refused.
 *
 * Every run sc_* of tests/data/kernel-6.1/senpai, and of the folders of --data, is replayed with
 * one set of parameters (machines/reclaim-guest.conf, tiers/zswap-guest.conf); what a run itself
 * says is its compressor, allocator, limits, ratio and what its pages hold. The log has the pool
 * after each request; compared are the last row and the mean of the second half.
 */
#include "config.h"
#include "analysis/validate/groups.h"
#include "analysis/validate/reclaim_replay.h"
#include <math.h>
#include <string.h>

#define ZERO_PAGES 8 /* of the logger's */
#define SAMPLES    5 /* accesses between samples */

typedef enum { STORED, POOL, REFUSED, PSWPOUT, CURRENT, STOLEN, N_SERIES } Series;

static const struct {
    const char *metric, *column;
} series[N_SERIES] = {
    [STORED] = {"tier_zswap_model.stored_pages", "zswap_stored_pages"},
    [POOL] = {"tier_zswap_model.pool_total_size", "zswap_pool_total_b"},
    [REFUSED] = {"tier_zswap_model.refused_incompressible", "vm_pswpout_pages"},
    [PSWPOUT] = {"cgroup_w.pswpout", "vm_pswpout_pages"},
    [CURRENT] = {"cgroup_w.memory_current", "memory_current_b"},
    [STOLEN] = {"cgroup_w.pgsteal", "cg_pgsteal_pages"},
};

/* What a replay shows at the log's rows. */
typedef struct {
    const LadReclaimRun *run;
    LadTime start;         /* of the log */
    guint row;             /* the next one that is waited for */
    LadTime due;           /* its request */
    double last[N_SERIES]; /* at the latest sample */
    double *rows;          /* N_SERIES per row, as the columns are read */
} Outcome;

/* memory.current and what was stolen are read before a row's request, the rest after it. */
static gboolean
is_read_before(Series which)
{
    return which == CURRENT;
}

/* When the next row's request is made. */
static LadTime
due(const Outcome *outcome)
{
    const LadReclaimRun *run = outcome->run;
    if (outcome->row >= run->n_rows)
        return LAD_TIME_MAX;
    double since = lad_reclaim_value(run, outcome->row, "t_virtual_ns") -
                   lad_reclaim_value(run, 0, "t_virtual_ns");
    return outcome->start + (LadTime)(since * (double)LAD_NS);
}

static void
sample(const LadRun *run, guint64 accesses G_GNUC_UNUSED, LadTime now, void *data)
{
    Outcome *outcome = data;
    double values[N_SERIES];
    if (outcome->row >= outcome->run->n_rows)
        return;
    for (guint i = 0; i < N_SERIES; i++)
        values[i] = lad_reclaim_metric(run, series[i].metric);
    if (now > outcome->due) {
        for (guint i = 0; i < N_SERIES; i++)
            outcome->rows[outcome->row * N_SERIES + i] =
                is_read_before((Series)i) ? outcome->last[i] : values[i];
        outcome->row++;
        outcome->due = due(outcome);
    }
    memcpy(outcome->last, values, sizeof values);
}

/* ---- Rows --------------------------------------------------------------------------------------
 */

typedef struct {
    LadValidate *validate;
    const Outcome *outcome;
    const char *source;
} Report;

static void
add(const Report *report, const char *quantity, const char *unit, double measured, double ours,
    double aim)
{
    lad_validate_compare(report->validate, report->source, quantity, unit, measured, ours, aim);
}

static double
ours_last(const Report *report, Series which)
{
    return report->outcome->rows[(report->outcome->run->n_rows - 1) * N_SERIES + which];
}

static double
ours_mean(const Report *report, Series which, guint from)
{
    double sum = 0;
    guint n = report->outcome->run->n_rows;
    for (guint row = from; row < n; row++)
        sum += report->outcome->rows[row * N_SERIES + which];
    return sum / (n - from);
}

static void
add_last(const Report *report, const char *quantity, const char *unit, Series which, double aim)
{
    const LadReclaimRun *run = report->outcome->run;
    add(report, quantity, unit, lad_reclaim_value(run, run->n_rows - 1, series[which].column),
        ours_last(report, which), aim);
}

static void
add_mean(const Report *report, const char *quantity, const char *unit, Series which, double aim)
{
    const LadReclaimRun *run = report->outcome->run;
    guint from = run->n_rows / 2;
    add(report, quantity, unit, lad_reclaim_mean(run, from, series[which].column),
        ours_mean(report, which, from), aim);
}

/* Where every page is stored, or none is; contents of both kinds are less certain. */
static void
add_rows(const Report *report)
{
    double stored = lad_reclaim_value(report->outcome->run, report->outcome->run->n_rows - 1,
                                      "zswap_stored_pages");
    double swapped = lad_reclaim_value(report->outcome->run, report->outcome->run->n_rows - 1,
                                       "vm_pswpout_pages");
    gboolean mixed = stored > ZERO_PAGES && swapped > 0;
    double aim = mixed ? 0.02 : 0.005;
    if (stored > ZERO_PAGES) {
        add_last(report, "stored pages, end", "page", STORED, aim);
        add_mean(report, "stored pages, second half", "page", STORED, aim);
        add_last(report, "pool, end", "byte", POOL, aim);
        add_mean(report, "pool, second half", "byte", POOL, aim);
    }
    if (swapped > 0) {
        add_last(report, "pages refused", "page", REFUSED, mixed ? 0.02 : 0.01);
        add_last(report, "pswpout", "page", PSWPOUT, mixed ? 0.02 : 0.01);
    }
    add_last(report, "pgsteal", "page", STOLEN, 0);
    add_mean(report, "memory.current, second half", "byte", CURRENT, 0);
}

static gboolean
check_run(LadValidate *validate, const LadReclaimRun *run, const LadModels *models, GError **error)
{
    double first =
        lad_reclaim_value(run, 1, "t_virtual_ns") - lad_reclaim_value(run, 0, "t_virtual_ns");
    double made = lad_reclaim_value(run, 0, "accesses_count");
    double in_first = lad_reclaim_value(run, 1, "accesses_count") - made;
    LadTime access = (LadTime)(first / in_first * (double)LAD_NS);
    LadTime start = LAD_RECLAIM_START + (LadTime)made * access;
    double *rows = g_new0(double, run->n_rows *N_SERIES);
    Outcome outcome = {.run = run, .start = start, .row = 1, .rows = rows};
    outcome.due = due(&outcome);
    g_auto(GStrv) settings = lad_reclaim_settings(run, start, 1);
    const LadReclaimReplay replay = {
        .run = run,
        /* Past the last row. */
        .n_accesses =
            (guint64)(lad_reclaim_value(run, run->n_rows - 1, "accesses_count") + in_first),
        .access = access,
        .sizes = lad_reclaim_algorithm(run),
        .zero_pages = ZERO_PAGES,
        .preset = lad_reclaim_preset(run),
        .settings = settings,
        .every = SAMPLES,
        .sample = sample,
        .data = &outcome};
    g_autoptr(LadConfig) config = lad_config_new();
    g_autofree char *source = g_strdup_printf("Linux 6.1, %s", run->name);
    lad_validate_progress(validate, "%s", run->name);
    g_autoptr(LadRun) replayed = lad_reclaim_replay(&replay, config, models, error);
    if (replayed) {
        const Report report = {validate, &outcome, source};
        add_rows(&report);
    }
    g_free(rows);
    return replayed != NULL;
}

/* What the run used and we do not have; NULL: nothing. */
static const char *
missing_part(const LadReclaimRun *run)
{
    const char *allocator = lad_reclaim_setting(run, "zswap.zpool");
    if (!lad_reclaim_preset(run))
        return "it has no compressed memory";
    if (!lad_reclaim_algorithm(run))
        return "its compressor is not modelled";
    if (strcmp(allocator, "zsmalloc") != 0 && strcmp(allocator, "zbud") != 0)
        return "its allocator is not modelled";
    return NULL;
}

static gboolean
check_folder(LadValidate *validate, const char *folder, guint *n_checked, GError **error)
{
    g_auto(GStrv) names = lad_reclaim_run_names(folder, "senpai", "sc_");
    g_autoptr(LadModels) models = lad_models_new(NULL, error);
    for (guint i = 0; models && names[i]; i++) {
        g_autoptr(LadReclaimRun) run = lad_reclaim_run_read(folder, "senpai", names[i], error);
        if (!run)
            return FALSE;
        ++*n_checked;
        const char *missing = missing_part(run);
        if (missing)
            lad_validate_skip(validate, names[i], missing);
        else if (!check_run(validate, run, models, error))
            return FALSE;
    }
    return models != NULL;
}

static gboolean
run(LadValidate *validate, GError **error)
{
    g_auto(GStrv) folders = lad_validate_folders(validate, "kernel-6.1");
    guint n_checked = 0;
    /* What comes with the program is last, and its runs first in the table. */
    for (guint i = g_strv_length(folders); i-- > 0;)
        if (!check_folder(validate, folders[i], &n_checked, error))
            return FALSE;
    if (n_checked == 0)
        lad_validate_skip(validate, "Linux 6.1",
                          "no folder kernel-6.1 with runs senpai/sc_* is here");
    return TRUE;
}

const LadValidateGroup lad_validate_zswap = {
    "zswap",
    "the compressed pool against a Linux 6.1 guest's counters",
    run,
};
