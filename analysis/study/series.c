/* series.c - when a run came to rest, from the samples of its counters. */
#include "config.h"
#include "analysis/study/series.h"
#include <memladder/error.h>
#include <string.h>

#define PS_PER_S      1e12
#define FEWEST        8
#define FINAL_QUARTER 4

/* The counter's growth by sample, over all parts of that name; NULL with an error. */
static double *
growth(const LadResult *result, const char *metric, GError **error)
{
    const char *dot = strrchr(metric, '.');
    g_autofree char *part_name = g_strndup(metric, dot ? (gsize)(dot - metric) : 0);
    g_autoptr(GPatternSpec) pattern = g_pattern_spec_new(part_name);
    g_autofree double *sum = g_new0(double, result->n_samples + 1);
    gboolean found = FALSE;
    for (guint i = 0; dot && i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        if (!g_pattern_spec_match_string(pattern, part->name))
            continue;
        const LadResultMetric *one = lad_result_metric(part, dot + 1);
        if (!one || one->type != LAD_COUNT || !one->series)
            continue;
        for (guint k = 0; k < result->n_samples; k++)
            sum[k] += (double)one->series[k];
        found = TRUE;
    }
    if (found && result->n_samples >= FEWEST)
        return g_steal_pointer(&sum);
    if (found)
        g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT,
                    "the run has %u samples; expected %d or more (run.epoch)", result->n_samples,
                    FEWEST);
    else
        g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT,
                    "the run has no samples of a counter \"%s\"", metric);
    return NULL;
}

static double
length(const LadResult *result, guint sample)
{
    LadTime before = sample ? result->sample_times[sample - 1] : 0;
    return (double)(result->sample_times[sample] - before);
}

gboolean
lad_series_settle(const LadResult *result, const char *metric, double share, double *seconds,
                  GError **error)
{
    g_autofree double *grown = growth(result, metric, error);
    if (!grown)
        return FALSE;
    double all = 0, took = 0;
    /* The last sample ends with the run and may be short. */
    guint n = result->n_samples - 1, first = n - n / FINAL_QUARTER;
    for (guint i = first; i < n; i++) {
        all += grown[i];
        took += length(result, i);
    }
    double final = all / took;
    guint at = n;
    while (at > 0 && (grown[at - 1] / length(result, at - 1) - final) <= share * final &&
           (final - grown[at - 1] / length(result, at - 1)) <= share * final)
        at--;
    *seconds = at ? (double)result->sample_times[at - 1] / PS_PER_S : 0;
    return TRUE;
}

gboolean
lad_series_reach(const LadResult *result, const char *metric, double share, double *seconds,
                 GError **error)
{
    g_autofree double *grown = growth(result, metric, error);
    if (!grown)
        return FALSE;
    double all = 0, so_far = 0;
    for (guint i = 0; i < result->n_samples; i++)
        all += grown[i];
    guint at = 0;
    while (at + 1 < result->n_samples && so_far + grown[at] < share * all)
        so_far += grown[at++];
    *seconds = (double)result->sample_times[at] / PS_PER_S;
    return TRUE;
}
