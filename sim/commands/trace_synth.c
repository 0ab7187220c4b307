/* trace_synth.c - memladder trace synth: traces from a configuration. */
#include "config.h"
#include <memladder/synth.h>
#include <stdio.h>
#include <string.h>
#include "sim/base/progress.h"
#include "sim/commands/interrupt.h"
#include "sim/commands/trace.h"

typedef struct {
    char *output;
    char **assignments;
    char *progress;
    gint64 chunk;
    int level, jobs;
    gboolean list;
} Arguments;

static void
print_patterns(void)
{
    for (guint i = 0; lad_synth_patterns[i] != NULL; i++)
        printf("%-16s%s\n", lad_synth_patterns[i]->name, lad_synth_patterns[i]->summary);
}

static gboolean
go_on(gpointer data, guint64 done, guint64 total, GError **error)
{
    lad_progress_update(data, total > 0 ? (double)done / (double)total : 0, done);
    return !lad_interrupt_pending() || lad_interrupt_error(error);
}

static gboolean
check_arguments(const Arguments *arguments, const char *config, GError **error)
{
    const char *problem = NULL;
    if (config == NULL)
        problem = "CONFIG is missing";
    else if (arguments->output == NULL)
        problem = "-o OUT.mlt is missing";
    else if (arguments->chunk < 0)
        problem = "--chunk-references must be positive";
    else if (arguments->level < -7 || arguments->level > 19)
        problem = "--level must be -7 to 19";
    else if (arguments->jobs < 0)
        problem = "--jobs must be 1 or more, or 0 for one per processor";
    if (problem != NULL)
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "%s (see memladder trace synth --help)",
                    problem);
    return problem == NULL;
}

static gboolean
synth(const Arguments *arguments, const char *path, GError **error)
{
    g_autoptr(LadConfig) config = lad_config_new();
    if (!check_arguments(arguments, path, error) || !lad_config_read(config, path, error))
        return FALSE;
    for (guint i = 0; arguments->assignments != NULL && arguments->assignments[i] != NULL; i++)
        if (!lad_config_set(config, arguments->assignments[i], error))
            return FALSE;
    const LadTraceWriterOptions options = {.chunk_references = (guint64)arguments->chunk,
                                           .zstd_level = arguments->level};
    LadProgressMode mode;
    if (!lad_progress_parse(arguments->progress, stderr, &mode, error))
        return FALSE;
    g_autoptr(LadProgress) progress = lad_progress_new(mode, "synth", "refs", stderr);
    lad_interrupt_install();
    gboolean ok = lad_synth_run(config, arguments->output, (guint)arguments->jobs, &options, go_on,
                                progress, error);
    lad_progress_finish(progress);
    return ok;
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {.jobs = 0};
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arguments.output,
         "the trace to write; - is standard output", "OUT.mlt"},
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &arguments.assignments,
         "change one value of the configuration; may be repeated", "GROUP.KEY=VALUE"},
        {"list", 0, 0, G_OPTION_ARG_NONE, &arguments.list, "list the patterns and end", NULL},
        {"jobs", 'j', 0, G_OPTION_ARG_INT, &arguments.jobs,
         "threads for what can be done side by side (one per processor); the bytes are the same",
         "N"},
        {"chunk-references", 0, 0, G_OPTION_ARG_INT64, &arguments.chunk,
         "references per chunk (1 Mi; 4 Mi packs better, but seeks in larger steps)", "N"},
        {"level", 0, 0, G_OPTION_ARG_INT, &arguments.level,
         "of zstd, -7 to 19 (-1 for pages, 1 for instructions)", "N"},
        {"progress", 0, 0, G_OPTION_ARG_STRING, &arguments.progress,
         "none, line or json on standard error (a line on a terminal)", "STYLE"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    char *config = NULL;
    gboolean ok = lad_trace_arguments(
        argc, argv, entries, "CONFIG -o OUT.mlt",
        "Generate a trace from a configuration of patterns; see memladder-synth(5).", 1, 1, &config,
        error);
    if (ok && arguments.list)
        print_patterns();
    else if (ok)
        ok = synth(&arguments, config, error);
    g_free(arguments.output);
    g_strfreev(arguments.assignments);
    g_free(arguments.progress);
    return ok ? 0 : 1;
}

const LadCommand lad_trace_command_synth = {
    "synth",
    "generate a trace",
    run,
};
