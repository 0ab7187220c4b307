/* machine.c - see machine.h. */
#include "config.h"
#include "analysis/profile/machine.h"
#include <string.h>

#define STEP 2000000 /* references between two looks at the progress */

struct LadProfileRun {
    LadConfig *config;
    LadRun *run;
    char *name;
    guint n_cores; /* 0: as the machine's file says */
};

void
lad_profile_run_free(LadProfileRun *run)
{
    if (run == NULL)
        return;
    g_clear_pointer(&run->run, lad_run_free);
    g_clear_pointer(&run->config, lad_config_free);
    g_free(run->name);
    g_free(run);
}

/* A core for each stream, and for each core its share of the last level. */
static gboolean
fit(LadProfileRun *run, guint n, GError **error)
{
    g_autofree char *cores = g_strdup_printf("core.cores=%u", n);
    g_autofree char *size = g_strdup_printf("cache.llc.size=%u KiB", n * 1408);
    run->n_cores = n;
    return lad_config_set(run->config, cores, error) && lad_config_set(run->config, size, error);
}

static gboolean
configure(LadProfileRun *run, const LadProfileMachine *machine, const LadProfileSources *sources,
          GError **error)
{
    guint most = 0;
    g_autoptr(GString) traces = g_string_new("run.trace=");
    for (guint i = 0; i < sources->traces->len; i++) {
        const LadProfileTrace *trace = &g_array_index(sources->traces, LadProfileTrace, i);
        most += lad_trace_reader_n_streams(trace->reader);
        g_string_append_printf(traces, "%s%s", i > 0 ? "," : "", trace->path);
    }
    for (guint i = 0; i < sources->traces->len; i++)
        if (strcmp(g_array_index(sources->traces, LadProfileTrace, i).path, "-") == 0) {
            g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                                "standard input: a machine reads its traces anew; expected files");
            return FALSE;
        }
    if (most != sources->streams->len) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                            "--streams: a machine runs all streams of a trace; take some out with "
                            "`memladder trace filter --streams` first");
        return FALSE;
    }
    run->name = g_strdup(machine->machine != NULL ? machine->machine : LAD_PROFILE_MACHINE);
    if (!lad_config_read(run->config, run->name, error) ||
        (machine->machine == NULL && !fit(run, MIN(most, 256u), error)))
        return FALSE;
    g_auto(GStrv) own = lad_config_groups(run->config, "prefetcher");
    const char *more = machine->prefetchers;
    if (more == NULL && own[0] == NULL)
        more = machine->standard_prefetchers;
    if (more != NULL && !lad_config_read(run->config, more, error))
        return FALSE;
    for (guint i = 0; machine->sets != NULL && machine->sets[i] != NULL; i++)
        if (!lad_config_set(run->config, machine->sets[i], error))
            return FALSE;
    if (machine->no_prefetchers) {
        LadConfig *without = lad_config_copy_without(run->config, "prefetcher");
        lad_config_free(run->config);
        run->config = without;
    }
    return lad_config_set(run->config, traces->str, error);
}

LadProfileRun *
lad_profile_run_begin(const LadProfileMachine *machine, const LadProfileSources *sources,
                      const LadModels *models, const LadWatch *watch, GError **error)
{
    g_autoptr(LadProfileRun) run = g_new0(LadProfileRun, 1);
    run->config = lad_config_new();
    if (!configure(run, machine, sources, error))
        return NULL;
    run->run = lad_run_new(run->config, models, LAD_RUN_NO_THREADS, error);
    if (run->run == NULL)
        return NULL;
    lad_run_watch(run->run, watch);
    return g_steal_pointer(&run);
}

gboolean
lad_profile_run_finish(LadProfileRun *run, const LadToolboxProgress *progress, GError **error)
{
    gboolean done = FALSE;
    guint64 before = 0;
    while (!done) {
        LadRunProgress at;
        if (!lad_run_step(run->run, STEP, &done, error))
            return FALSE;
        lad_run_progress(run->run, &at);
        if (!lad_toolbox_step(progress, at.references - before, error))
            return FALSE;
        before = at.references;
    }
    lad_run_watch(run->run, NULL);
    return TRUE;
}

LadProfileRun *
lad_profile_run(const LadProfileMachine *machine, const LadProfileSources *sources,
                const LadModels *models, const LadWatch *watch, const LadToolboxProgress *progress,
                GError **error)
{
    g_autoptr(LadProfileRun) run = lad_profile_run_begin(machine, sources, models, watch, error);
    if (run == NULL || !lad_profile_run_finish(run, progress, error))
        return NULL;
    return g_steal_pointer(&run);
}

const LadRun *
lad_profile_run_get(const LadProfileRun *run)
{
    return run->run;
}

/* Whether a part is an instance of what is called `name`: "cache_l2" and a number, or none. */
static gboolean
is_instance(const char *part, const char *name)
{
    if (!g_str_has_prefix(part, name))
        return FALSE;
    for (const char *at = part + strlen(name); *at != '\0'; at++)
        if (!g_ascii_isdigit(*at))
            return FALSE;
    return TRUE;
}

static guint64
sum_of(const LadProfileRun *run, const char *name, gboolean prefix, const char *counter)
{
    guint n;
    guint64 sum = 0;
    const LadMetrics *metrics = lad_run_metrics(run->run, &n);
    for (guint i = 0; i < n; i++) {
        if (prefix ? !g_str_has_prefix(metrics[i].part, name) : !is_instance(metrics[i].part, name))
            continue;
        for (guint row = 0; metrics[i].table[row].name != NULL; row++)
            if (strcmp(metrics[i].table[row].name, counter) == 0)
                sum += lad_run_value(run->run, i, row, LAD_PHASE_MEASURED);
    }
    return sum;
}

guint64
lad_profile_run_sum(const LadProfileRun *run, const char *group, const char *counter)
{
    g_autofree char *name = g_strdelimit(g_strdup(group), ".-", '_');
    return sum_of(run, name, FALSE, counter);
}

guint64
lad_profile_run_sum_parts(const LadProfileRun *run, const char *prefix, const char *counter)
{
    return sum_of(run, prefix, TRUE, counter);
}

char **
lad_profile_run_groups(const LadProfileRun *run, const char *kind)
{
    return lad_config_groups(run->config, kind);
}

const char *
lad_profile_run_setting(const LadProfileRun *run, const char *group, const char *key)
{
    return lad_config_peek(run->config, group, key);
}

void
lad_profile_run_tell(const LadProfileRun *run, LadFindings *findings)
{
    guint n_cores = 0, n;
    const LadMetrics *metrics = lad_run_metrics(run->run, &n);
    const char *const *notes = lad_run_notes(run->run);
    for (guint i = 0; i < n; i++)
        if (metrics[i].scope == LAD_SCOPE_CORE && is_instance(metrics[i].part, "core"))
            n_cores =
                MAX(n_cores, metrics[i].index + 1); /* a model's own table has its core, too */
    lad_findings_text(findings, "machine", run->name);
    if (n_cores > 0)
        lad_findings_count(findings, "cores", "1", n_cores);
    for (guint i = 0; notes[i] != NULL; i++)
        if (!g_str_has_prefix(notes[i], "assumed"))
            lad_findings_note(findings, "of the run: %s", notes[i]);
}
