/* replay.c - one run of a study, and the numbers taken from it. */
#include "config.h"
#include "analysis/study/study.h"
#include <memladder/run.h>
#include <string.h>

/* Sum of a counter over parts whose names begin with `part`, at a sample or (G_MAXUINT) at the end.
 */
static guint64
sum(const LadRun *run, const char *part, const char *counter, guint sample)
{
    guint n;
    guint64 total = 0;
    const LadMetrics *metrics = lad_run_metrics(run, &n);
    for (guint i = 0; i < n; i++)
        for (guint row = 0; g_str_has_prefix(metrics[i].part, part) && metrics[i].table[row].name;
             row++)
            if (strcmp(metrics[i].table[row].name, counter) == 0)
                total += sample == G_MAXUINT ? lad_run_value(run, i, row, LAD_PHASE_MEASURED)
                                             : lad_run_sample(run, sample, i, row);
    return total;
}

static double
traffic(const LadRun *run, const char *part, guint sample)
{
    return (double)(sum(run, part, "read_bytes", sample) + sum(run, part, "write_bytes", sample));
}

static void
take_samples(const LadRun *run, LadStudyOutcome *outcome)
{
    guint n = lad_run_n_samples(run);
    guint step = (n + LAD_STUDY_SAMPLES - 1) / LAD_STUDY_SAMPLES;
    for (guint i = 0; step && i < n; i += step) {
        outcome->sample[outcome->n_samples].seconds =
            (double)lad_run_sample_time(run, i) / (double)LAD_S;
        outcome->sample[outcome->n_samples].near = traffic(run, "tier_near", i);
        outcome->sample[outcome->n_samples++].all = traffic(run, "tier_", i);
    }
}

static void
take(const LadRun *run, LadStudyOutcome *outcome)
{
    LadTime start, length;
    lad_run_phase_time(run, LAD_PHASE_MEASURED, &start, &length);
    double all = traffic(run, "tier_", G_MAXUINT);
    outcome->seconds = (double)length / (double)LAD_S;
    outcome->near_share = all > 0 ? traffic(run, "tier_near", G_MAXUINT) / all : 0;
    outcome->near_used = sum(run, "tier_near", "used_bytes", G_MAXUINT);
    outcome->migrated = sum(run, "kernel", "pgmigrate_success", G_MAXUINT);
    outcome->ping_pong = sum(run, "kernel", "pgdemote_promoted", G_MAXUINT);
    outcome->copied = (double)sum(run, "tier_", "copy_read_bytes", G_MAXUINT);
    take_samples(run, outcome);
    outcome->done = TRUE;
}

static gboolean
configure(const LadStudy *study, const LadStudyRun *run, LadConfig *config, GError **error)
{
    const LadStudyTrace *trace = study->traces->pdata[run->trace];
    if (!lad_config_read(config, trace->machine, error))
        return FALSE;
    guint64 near = (guint64)64 << 30;
    if (run->policy) {
        const LadStudyRatio *ratio = &g_array_index(study->ratios, LadStudyRatio, run->ratio);
        guint64 footprint = lad_study_baseline(study, run)->outcome.near_used;
        near = footprint * ratio->near / (ratio->near + ratio->far);
        near = MAX((near + LAD_PAGE_BYTES - 1) / LAD_PAGE_BYTES, 16) * LAD_PAGE_BYTES;
    }
    g_autofree char *input = g_strconcat("run.trace=", trace->source.path, NULL);
    g_autofree char *policy =
        g_strconcat("placement.model=", run->policy ? run->policy : "first-touch", NULL);
    g_autofree char *size = g_strdup_printf("tier.near.size=%" G_GUINT64_FORMAT " B", near);
    for (guint i = 0; trace->set[i]; i++)
        if (!lad_config_set(config, trace->set[i], error))
            return FALSE;
    return lad_config_set(config, input, error) && lad_config_set(config, policy, error) &&
           lad_config_set(config, size, error);
}

void
lad_study_replay(const LadStudy *study, LadStudyRun *run, const LadModels *models)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LadConfig) config = lad_config_new();
    LadStudyOutcome *outcome = &run->outcome;
    gboolean done;
    *outcome = (LadStudyOutcome){.done = FALSE};
    if (configure(study, run, config, &error)) {
        g_autoptr(LadRun) replay = lad_run_new(config, models, LAD_RUN_NO_THREADS, &error);
        if (replay && lad_run_step(replay, 0, &done, &error))
            take(replay, outcome);
    }
    if (!outcome->done)
        g_strlcpy(outcome->message, error->message, sizeof outcome->message);
}
