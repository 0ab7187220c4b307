/* study.c - what a study compares: read from its configuration. */
#include "config.h"
#include "analysis/study/study.h"
#include <math.h>
#include <string.h>

typedef struct {
    char **policies, **ratios;
} StudyParams;

static const LadOption study_options[] = {
    LAD_OPT(StudyParams, policies, "policies", LIST, "", NULL, NULL,
            "placement policies to compare; empty: all there are"),
    LAD_OPT(StudyParams, ratios, "ratios", LIST, "2:1, 1:1, 1:4", NULL, NULL,
            "near:far, shares of the footprint"),
    LAD_OPTIONS_END,
};

typedef struct {
    char *machine;
    char **set;
    double change;
} TraceParams;

static const LadOption trace_options[] = {
    LAD_OPT(TraceParams, machine, "machine", STRING, "", NULL, NULL,
            "configuration of the machine that replays it"),
    LAD_OPT(TraceParams, set, "set", LIST, "", NULL, NULL, "changes to that, group.key=value each"),
    LAD_OPT(TraceParams, change, "change", DOUBLE, "0", "0", "0.99",
            "share of the traffic after which the pattern changes; 0: it does not"),
    LAD_OPTIONS_END,
};

static void
trace_free(gpointer data)
{
    LadStudyTrace *trace = data;
    lad_trace_source_clear(&trace->source);
    g_free(trace->machine);
    g_strfreev(trace->set);
    g_free(trace);
}

static gboolean
read_trace(LadStudy *study, LadConfig *config, const char *group, GError **error)
{
    LadTraceSourceParams source = {0};
    TraceParams params = {0};
    LadOptionSet sets[] = {{lad_trace_source_options, &source}, {trace_options, &params}};
    if (!lad_config_fill(config, group, sets, G_N_ELEMENTS(sets), error))
        return FALSE;
    LadStudyTrace *trace = g_new0(LadStudyTrace, 1);
    g_ptr_array_add(study->traces, trace);
    trace->change = params.change;
    trace->set = g_strdupv(params.set);
    if (!lad_trace_source_init(&trace->source, &source, config, group, error))
        return FALSE;
    trace->machine = lad_config_find_file(config, group, "machine", error);
    return trace->machine != NULL;
}

static gboolean
read_ratio(LadStudy *study, const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", -1);
    guint64 near, far;
    if (g_strv_length(parts) != 2 ||
        !g_ascii_string_to_unsigned(g_strstrip(parts[0]), 10, 1, 1000, &near, NULL) ||
        !g_ascii_string_to_unsigned(g_strstrip(parts[1]), 10, 1, 1000, &far, NULL)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[study] ratios: `%s`; expected near:far, two numbers from 1 to 1000", text);
        return FALSE;
    }
    LadStudyRatio ratio = {(guint)near, (guint)far};
    g_array_append_val(study->ratios, ratio);
    return TRUE;
}

static gboolean
read_policies(LadStudy *study, char *const *names, const LadModels *models, GError **error)
{
    for (guint i = 0; names[i]; i++) {
        if (!lad_models_find(models, LAD_KIND_PLACEMENT, names[i], error))
            return FALSE;
        g_ptr_array_add(study->policies, g_strdup(names[i]));
    }
    const LadModel *const *list = lad_models_list(models);
    for (guint i = 0; !names[0] && list[i]; i++)
        if (list[i]->kind == LAD_KIND_PLACEMENT)
            g_ptr_array_add(study->policies, g_strdup(list[i]->name));
    return TRUE;
}

static void
plan_runs(LadStudy *study)
{
    for (guint trace = 0; trace < study->traces->len; trace++) {
        LadStudyRun run = {.trace = trace};
        g_array_append_val(study->runs, run);
        for (run.ratio = 0; run.ratio < study->ratios->len; run.ratio++)
            for (guint policy = 0; policy < study->policies->len; policy++) {
                run.policy = study->policies->pdata[policy];
                g_array_append_val(study->runs, run);
            }
    }
}

LadStudy *
lad_study_new(LadConfig *config, const LadModels *models, GError **error)
{
    g_autoptr(LadStudy) study = g_new0(LadStudy, 1);
    study->traces = g_ptr_array_new_with_free_func(trace_free);
    study->ratios = g_array_new(FALSE, FALSE, sizeof(LadStudyRatio));
    study->policies = g_ptr_array_new_with_free_func(g_free);
    study->runs = g_array_new(FALSE, FALSE, sizeof(LadStudyRun));
    StudyParams params = {0};
    LadOptionSet set = {study_options, &params};
    if (!lad_config_fill(config, "study", &set, 1, error) ||
        !read_policies(study, params.policies, models, error))
        return NULL;
    for (guint i = 0; params.ratios[i]; i++)
        if (!read_ratio(study, params.ratios[i], error))
            return NULL;
    g_auto(GStrv) groups = lad_config_groups(config, "trace");
    for (guint i = 0; groups[i]; i++)
        if (strchr(groups[i], '.') && !read_trace(study, config, groups[i], error))
            return NULL;
    if (study->traces->len == 0 || study->ratios->len == 0) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_CONFIG,
                            "a study needs a group [trace.NAME] and a ratio at least");
        return NULL;
    }
    if (!lad_config_check_used(config, error))
        return NULL;
    plan_runs(study);
    return g_steal_pointer(&study);
}

void
lad_study_free(LadStudy *study)
{
    if (!study)
        return;
    g_ptr_array_unref(study->traces);
    g_array_unref(study->ratios);
    g_ptr_array_unref(study->policies);
    g_array_unref(study->runs);
    g_free(study);
}

gboolean
lad_study_make_traces(LadStudy *study, const LadTraceMaking *making, GError **error)
{
    for (guint i = study->traces->len; i-- > 0;) {
        LadStudyTrace *trace = study->traces->pdata[i];
        if (!lad_trace_source_make(&trace->source, making, error))
            return FALSE;
        if (trace->source.missing)
            g_ptr_array_remove_index(study->traces, i);
    }
    g_array_set_size(study->runs, 0);
    plan_runs(study);
    return TRUE;
}

const LadStudyRun *
lad_study_baseline(const LadStudy *study, const LadStudyRun *run)
{
    guint per_trace = 1 + study->ratios->len * study->policies->len;
    return &g_array_index(study->runs, LadStudyRun, run->trace * per_trace);
}

/* ---- Settling ---------------------------------------------------------------------------------
 */

/* Near share between samples `from` and `to`. */
static double
share_between(const LadStudyOutcome *outcome, guint from, guint to)
{
    double all = outcome->sample[to].all - outcome->sample[from].all;
    return all > 0 ? (outcome->sample[to].near - outcome->sample[from].near) / all : NAN;
}

/* What the run's last tenth of traffic has. */
static double
final_share(const LadStudyOutcome *outcome)
{
    guint last = outcome->n_samples - 1, from = last;
    while (from > 0 && outcome->sample[from].all > 0.9 * outcome->sample[last].all)
        from--;
    return share_between(outcome, from, last);
}

double
lad_study_settled(const LadStudy *study, const LadStudyRun *run)
{
    const LadStudyTrace *trace = study->traces->pdata[run->trace];
    const LadStudyOutcome *outcome = &run->outcome;
    double best = 0;
    if (trace->change == 0 || !outcome->done || outcome->n_samples < 2)
        return NAN;
    for (guint i = 0; i < study->runs->len; i++) {
        const LadStudyRun *other = &g_array_index(study->runs, LadStudyRun, i);
        if (other->trace == run->trace && other->policy && other->ratio == run->ratio &&
            other->outcome.done && other->outcome.n_samples > 1)
            best = fmax(best, final_share(&other->outcome));
    }
    guint last = outcome->n_samples - 1, change = 0;
    while (change < last && outcome->sample[change].all < trace->change * outcome->sample[last].all)
        change++;
    for (guint i = change; i < last; i++)
        if (share_between(outcome, i, MIN(i + 3, last)) >= 0.9 * best)
            return outcome->sample[i].seconds - outcome->sample[change].seconds;
    return NAN;
}
