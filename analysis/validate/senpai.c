/* senpai.c - Senpai's proportional law on a busy CPU against a Linux 6.1 guest: what it held, how
 * much came back, how much pressure that was, and how much reclaim looked at and took.
 *
 * Every run spb_* of tests/data/kernel-6.1/senpai, and of the folders of --data, is replayed with
 * one set of parameters (machines/reclaim-guest.conf and the back end's); what a run itself says is
 * its pattern, ratio, limits, reclaim model and back end. Compared are means over the second half
 * of the log's rows, when memory has come to rest: rows of the guest's controller and of ours are
 * one interval apart each.
 */
#include "config.h"
#include "analysis/validate/groups.h"
#include "analysis/validate/reclaim_replay.h"
#include <math.h>
#include <string.h>

#define SSD_PRESET "tiers/ssd-100us.conf"
#define LOG        "offload_w"
#define MAX_STEP   0.01 /* of memory, in one request */
#define ZERO_PAGES 8    /* of the logger's, in compressed memory */
#define MARGIN     6000 /* accesses beyond the last row */
#define MAX_PHASES 6
#define PHASE      250 /* accesses between two phases */

/* Means over the second half. */
typedef enum { CURRENT, REFAULTS, RESTORES, PRESSURE, STEAL, SCAN, REQUEST, N_MEANS } Mean;

typedef struct {
    const char *quantity, *unit;
    const char *measured; /* column of the guest's log */
    const char *ours;     /* column of our log */
    gboolean cumulative;  /* the guest's: the difference counts */
    gboolean per_second;
    double scale, aim;
} MeanOf;

static const MeanOf means[N_MEANS] = {
    [CURRENT] = {"memory.current", "MiB", "memory_current_b", "memory_current", FALSE, FALSE,
                 1 / 1048576.0, 0.01},
    [REFAULTS] = {"refaults", "s-1", "cg_workingset_refault_anon_pages", "refaults", TRUE, TRUE, 1,
                  0.03},
    [RESTORES] = {"restores", "s-1", "cg_workingset_restore_anon_pages", "restores", TRUE, TRUE, 1,
                  0},
    [PRESSURE] = {"PSI some", "us/s", "pressure_some_fraction", "pressure_some", FALSE, FALSE, 1e6,
                  0.03},
    [STEAL] = {"pgsteal per interval", "page", "cg_pgsteal_pages", "pgsteal", TRUE, FALSE, 1, 0.05},
    [SCAN] = {"pgscan per interval", "page", "cg_pgscan_pages", "pgscan", TRUE, FALSE, 1, 0.05},
    [REQUEST] = {"request", "KiB", "reclaim_request_b", "request", FALSE, FALSE, 1 / 1024.0, 0},
};

/* ---- Rows -------------------------------------------------------------------------------------
 */

static const LadLog *
log_of(const LadRun *run)
{
    for (guint i = 0; i < lad_run_n_logs(run); i++)
        if (strcmp(lad_run_log(run, i)->part, LOG) == 0)
            return lad_run_log(run, i);
    return NULL;
}

static double
our_value(const LadLog *log, guint row, const char *name)
{
    for (guint i = 0; i < log->n_columns; i++)
        if (strcmp(log->columns[i].name, name) == 0)
            return g_array_index(log->values, double, (gsize)row * log->n_columns + i);
    return (double)NAN;
}

/* Over rows [from, to): ours. */
static double
our_mean(const LadLog *log, const MeanOf *of, guint from, guint to)
{
    double sum = 0;
    for (guint row = from; row < to; row++)
        sum += our_value(log, row, of->ours);
    double seconds = (double)(g_array_index(log->times, LadTime, to - 1) -
                              g_array_index(log->times, LadTime, from - 1)) /
                     (double)LAD_S;
    return of->per_second ? sum / seconds : sum / (to - from);
}

static double
measured_mean(const LadReclaimRun *run, const MeanOf *of, guint from, guint to)
{
    double sum = 0;
    if (of->cumulative)
        sum = lad_reclaim_value(run, to - 1, of->measured) -
              lad_reclaim_value(run, from - 1, of->measured);
    for (guint row = from; row < to && !of->cumulative; row++)
        sum += lad_reclaim_value(run, row, of->measured);
    double seconds = (lad_reclaim_value(run, to - 1, "t_virtual_ns") -
                      lad_reclaim_value(run, from - 1, "t_virtual_ns")) /
                     1e9;
    return of->per_second ? sum / seconds : sum / (to - from);
}

/* Means of ours over the second half, of one replay per phase. */
typedef struct {
    double sum[N_MEANS], low[N_MEANS], high[N_MEANS];
    guint n;
} Ours;

static void
take(Ours *ours, const LadReclaimRun *run, const LadLog *log)
{
    guint n = MIN(run->n_rows, log->times->len), from = MAX(n / 2, 1);
    for (guint i = 0; i < N_MEANS; i++) {
        double mean = our_mean(log, &means[i], from, n) * means[i].scale;
        ours->low[i] = ours->n ? MIN(ours->low[i], mean) : mean;
        ours->high[i] = ours->n ? MAX(ours->high[i], mean) : mean;
        ours->sum[i] += mean;
    }
    ours->n++;
}

static void
add_rows(LadValidate *validate, const LadReclaimRun *run, const Ours *ours)
{
    g_autofree char *source = g_strdup_printf("Linux 6.1, %s", run->name);
    guint n = run->n_rows, from = MAX(n / 2, 1);
    for (guint i = 0; i < N_MEANS; i++) {
        g_autofree char *quantity = g_strdup_printf("%s, second half", means[i].quantity);
        const LadValidateRow row = {.source = source,
                                    .quantity = quantity,
                                    .unit = means[i].unit,
                                    .measured =
                                        measured_mean(run, &means[i], from, n) * means[i].scale,
                                    .ours = ours->sum[i] / ours->n,
                                    .low = ours->n > 1 ? ours->low[i] : (double)NAN,
                                    .high = ours->n > 1 ? ours->high[i] : (double)NAN,
                                    .kind = means[i].aim > 0 ? LAD_AIM_RELATIVE : LAD_AIM_NONE,
                                    .aim = means[i].aim};
        lad_validate_add(validate, &row);
    }
}

/* One replay, with the controller `phase` accesses later than the guest's. */
static gboolean
replay(const LadReclaimRun *run, guint phase, const LadModels *models, Ours *ours, GError **error)
{
    double made = lad_reclaim_value(run, 0, "accesses_count");
    double first =
        lad_reclaim_value(run, 1, "t_virtual_ns") - lad_reclaim_value(run, 0, "t_virtual_ns");
    double in_first = lad_reclaim_value(run, 1, "accesses_count") - made;
    LadTime access = (LadTime)(first / in_first * (double)LAD_NS);
    g_autoptr(GPtrArray) settings = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) own =
        lad_reclaim_settings(run, LAD_RECLAIM_START + ((LadTime)made + phase) * access, MAX_STEP);
    for (guint i = 0; own[i]; i++)
        g_ptr_array_add(settings, g_strdup(own[i]));
    g_ptr_array_add(settings, g_strdup("core.pace=trace"));
    g_ptr_array_add(settings, NULL);
    const char *preset = lad_reclaim_preset(run);
    const LadReclaimReplay replay = {
        .run = run,
        .n_accesses = (guint64)lad_reclaim_value(run, run->n_rows - 1, "accesses_count") + MARGIN,
        .access = access,
        .sizes = lad_reclaim_algorithm(run),
        .zero_pages = preset ? ZERO_PAGES : 0,
        .preset = preset ? preset : SSD_PRESET,
        .settings = (char **)settings->pdata};
    g_autoptr(LadConfig) config = lad_config_new();
    g_autoptr(LadRun) replayed = lad_reclaim_replay(&replay, config, models, error);
    if (replayed)
        take(ours, run, log_of(replayed));
    return replayed != NULL;
}

/* Which pages a request meets depends on its instant: a run is one of many that the kernel could
 * have had, and ours is the mean over several. */
static gboolean
check_run(LadValidate *validate, const LadReclaimRun *run, const LadModels *models, GError **error)
{
    guint n = MIN(lad_validate_options(validate)->phases, MAX_PHASES);
    Ours ours = {.n = 0};
    lad_validate_progress(validate, "%s", run->name);
    for (guint phase = 0; phase < n; phase++)
        if (!replay(run, phase * PHASE, models, &ours, error))
            return FALSE;
    add_rows(validate, run, &ours);
    return TRUE;
}

/* ---- g-swap's promise -------------------------------------------------------------------------
 */

/* Zipf's law over 128 MiB for four hours: stationary. The promise is to be kept in at least as many
 * minutes as its percentile says. */
static gboolean
check_promise(LadValidate *validate, const LadModels *models, guint percentile, GError **error)
{
    LadReclaimRun run = {
        .name = (char *)"g-swap", .pattern = LAD_ACCESSGEN_ZIPF, .seed = 1, .n_pages = 32768};
    g_autofree char *taken = g_strdup_printf("offload.w.percentile=%u", percentile);
    char *settings[] = {(char *)"cgroup.w.backend=zswap",
                        (char *)"tier.zswap.distribution=fixed",
                        (char *)"tier.zswap.ratio=3",
                        (char *)"tier.zswap.exclusive=true",
                        (char *)"offload.w.model=gswap",
                        (char *)"offload.w.warm-up=60 min",
                        taken,
                        NULL};
    const LadReclaimReplay replay = {.run = &run,
                                     .n_accesses = 7200000,
                                     .access = 2 * LAD_MS,
                                     .preset = "tiers/zswap-guest.conf",
                                     .settings = settings};
    lad_validate_progress(validate, "g-swap at the %uth percentile", percentile);
    g_autoptr(LadConfig) config = lad_config_new();
    g_autoptr(LadRun) replayed = lad_reclaim_replay(&replay, config, models, error);
    if (!replayed)
        return FALSE;
    g_autofree char *quantity =
        g_strdup_printf("minutes with at most 0.2 %% of the working set back, K = %u", percentile);
    const LadValidateRow row = {.source = "g-swap's own promise",
                                .quantity = quantity,
                                .unit = "1",
                                .measured = percentile / 100.0,
                                .ours = lad_reclaim_metric(replayed, "offload_w.minutes_kept") /
                                        lad_reclaim_metric(replayed, "offload_w.minutes"),
                                .low = (double)NAN,
                                .high = (double)NAN,
                                .kind = LAD_AIM_AT_LEAST};
    lad_validate_add(validate, &row);
    return TRUE;
}

static gboolean
check_folder(LadValidate *validate, const char *folder, guint *n_checked, GError **error)
{
    g_auto(GStrv) names = lad_reclaim_run_names(folder, "senpai", "spb_");
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
run_group(LadValidate *validate, GError **error)
{
    g_auto(GStrv) folders = lad_validate_folders(validate, "kernel-6.1");
    guint n_checked = 0;
    for (guint i = g_strv_length(folders); i-- > 0;)
        if (!check_folder(validate, folders[i], &n_checked, error))
            return FALSE;
    if (n_checked == 0)
        lad_validate_skip(validate, "Linux 6.1",
                          "no folder kernel-6.1 with runs senpai/spb_* is here");
    g_autoptr(LadModels) models = lad_models_new(NULL, error);
    return models && check_promise(validate, models, 90, error) &&
           check_promise(validate, models, 98, error);
}

const LadValidateGroup lad_validate_senpai = {
    "senpai",
    "Senpai and pressure against a Linux 6.1 guest, and g-swap against its promise",
    run_group,
};
