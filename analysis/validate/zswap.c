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

#define PRESET     "tiers/zswap-guest.conf"
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

/* ---- Settings ----------------------------------------------------------------------------------
 */

static void add_setting(GPtrArray *settings, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
add_setting(GPtrArray *settings, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(settings, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

static char **
settings_of(const LadReclaimRun *run, LadTime start)
{
    GPtrArray *settings = g_ptr_array_new();
    const char *compressor = lad_reclaim_setting(run, "zswap.compressor");
    const char *swap_max = lad_reclaim_setting(run, "memory.swap.max");
    const char *ratio = lad_reclaim_summary(run, "ratio");
    add_setting(settings, "tier.zswap.compressor=%s", compressor);
    add_setting(settings, "tier.zswap.allocator=%s", lad_reclaim_setting(run, "zswap.zpool"));
    add_setting(settings, "tier.zswap.max-pool-percent=%s",
                lad_reclaim_setting(run, "zswap.max_pool_percent"));
    add_setting(settings, "tier.zswap.accept-threshold-percent=%s",
                lad_reclaim_setting(run, "zswap.accept_threshold_percent"));
    /* Measured: text 221 and 107 us, half zero 66 and 7 us. */
    if (strcmp(compressor, "zstd") == 0) {
        add_setting(settings, "tier.zswap.compress-times=1704 221; 2066 66");
        add_setting(settings, "tier.zswap.decompress-times=1704 106.6; 2066 7.1");
    }
    add_setting(settings, "cgroup.w.backend=zswap");
    if (g_ascii_isdigit(swap_max[0]))
        add_setting(settings, "cgroup.w.swap-max=%s B", swap_max);
    add_setting(settings, "offload.w.model=senpai");
    add_setting(settings, "offload.w.ratio=%s", ratio[0] ? ratio : "0.1");
    add_setting(settings, "offload.w.max-step=1");
    add_setting(settings, "offload.w.start=%" G_GUINT64_FORMAT " ps", start);
    if (strcmp(lad_reclaim_setting(run, "lru_gen"), "0x0000") != 0)
        add_setting(settings, "reclaim.model=mglru");
    g_ptr_array_add(settings, NULL);
    return (char **)g_ptr_array_free(settings, FALSE);
}

/* The kernel's own compressors. */
static const char *
algorithm_of(const LadReclaimRun *run)
{
    static const char *const names[][2] = {{"lzo", "lzo-linux"},
                                           {"lzo-rle", "lzo-rle-linux"},
                                           {"lz4", "lz4"},
                                           {"zstd", "zstd-3-linux"}};
    const char *compressor = lad_reclaim_setting(run, "zswap.compressor");
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i][0], compressor) == 0)
            return names[i][1];
    return "lzo-linux";
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
    const LadValidateRow row = {.source = report->source,
                                .quantity = quantity,
                                .unit = unit,
                                .measured = measured,
                                .ours = ours,
                                .low = (double)NAN,
                                .high = (double)NAN,
                                .kind = aim > 0 ? LAD_AIM_RELATIVE : LAD_AIM_NONE,
                                .aim = aim};
    lad_validate_add(report->validate, &row);
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
    g_auto(GStrv) settings = settings_of(run, start);
    const LadReclaimReplay replay = {
        .run = run,
        /* Past the last row. */
        .n_accesses =
            (guint64)(lad_reclaim_value(run, run->n_rows - 1, "accesses_count") + in_first),
        .access = access,
        .sizes = algorithm_of(run),
        .zero_pages = ZERO_PAGES,
        .preset = PRESET,
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

static gboolean
check_folder(LadValidate *validate, const char *folder, guint *n_checked, GError **error)
{
    g_auto(GStrv) names = lad_reclaim_run_names(folder, "senpai", "sc_");
    g_autoptr(LadModels) models = lad_models_new(NULL, error);
    for (guint i = 0; models && names[i]; i++) {
        g_autoptr(LadReclaimRun) run = lad_reclaim_run_read(folder, "senpai", names[i], error);
        if (!run || !check_run(validate, run, models, error))
            return FALSE;
        ++*n_checked;
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
