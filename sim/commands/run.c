/* run.c - memladder run: a machine, its policies and traces in, results out. */
#include "config.h"
#include "sim/base/progress.h"
#include "sim/commands/command.h"
#include "sim/commands/interrupt.h"
#include <memladder/result.h>
#include <memladder/run.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* References between two looks at signals and progress: some hundredths of a second. */
#define STEP_REFERENCES (4u << 20)

typedef struct {
    char **configs;
    char **sets;
    char *output;
    char *summary;
    char *progress;
    char *seed;
    int jobs;
    gboolean print_config;
    char *command_line;
} Arguments;

static void
arguments_clear(Arguments *arguments)
{
    g_strfreev(arguments->configs);
    g_strfreev(arguments->sets);
    g_free(arguments->output);
    g_free(arguments->summary);
    g_free(arguments->progress);
    g_free(arguments->seed);
    g_free(arguments->command_line);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arguments, arguments_clear)

static char *
quote_command_line(int argc, char **argv)
{
    GString *line = g_string_new("memladder");
    for (int i = 0; i < argc; i++) {
        gboolean plain = argv[i][0] != '\0';
        for (const char *c = argv[i]; *c != '\0' && plain; c++)
            plain = g_ascii_isalnum(*c) || strchr("-_=./:,+@%", *c) != NULL;
        g_autofree char *quoted = plain ? g_strdup(argv[i]) : g_shell_quote(argv[i]);
        g_string_append_printf(line, " %s", quoted);
    }
    return g_string_free(line, FALSE);
}

static gboolean
check_arguments(const Arguments *arguments, GError **error)
{
    static const char *const summaries[] = {"text", "json", "none", NULL};
    if (arguments->configs == NULL) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                            "a configuration is missing; expected memladder run CONFIG..., for "
                            "example configs/studies/demo-tpp.conf");
        return FALSE;
    }
    if (arguments->summary != NULL && !g_strv_contains(summaries, arguments->summary)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--summary=%s: expected text, json or none",
                    arguments->summary);
        return FALSE;
    }
    if (arguments->jobs < 1) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--jobs=%d: expected 1 or more",
                    arguments->jobs);
        return FALSE;
    }
    return TRUE;
}

static gboolean
parse_arguments(Arguments *arguments, int argc, char **argv, GError **error)
{
    arguments->jobs = 2;
    const GOptionEntry entries[] = {
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &arguments->sets,
         "change one value of the configuration; may be repeated", "GROUP.KEY=VALUE"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arguments->output,
         "write the results to this HDF5 file", "FILE"},
        {"summary", 0, 0, G_OPTION_ARG_STRING, &arguments->summary,
         "what to print at the end: text (default), json or none", "STYLE"},
        {"print-config", 0, 0, G_OPTION_ARG_NONE, &arguments->print_config,
         "print the effective configuration and end; it can be read back", NULL},
        {"progress", 0, 0, G_OPTION_ARG_STRING, &arguments->progress,
         "on standard error: none, line or json; default: a line if that is a terminal", "STYLE"},
        {"seed", 0, 0, G_OPTION_ARG_STRING, &arguments->seed, "the same as --set run.seed=N", "N"},
        {"jobs", 'j', 0, G_OPTION_ARG_INT, &arguments->jobs,
         "1: decode traces on the simulation's own thread; else on threads of their own (default). "
         "Results do not depend on it",
         "N"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->configs, NULL,
         "CONFIG..."},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    arguments->command_line = quote_command_line(argc, argv);
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(
        context, "Replay the traces of [run] on the configured machine. Several files are read one "
                 "over the other;\n- is standard input. Example:\n"
                 "  memladder run configs/studies/demo-tpp.conf --set run.trace=app.mlt -o app.h5");
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, &argc, &argv, error) &&
           check_arguments(arguments, error);
}

static gboolean
read_config(const Arguments *arguments, LadConfig *config, GError **error)
{
    for (guint i = 0; arguments->configs[i] != NULL; i++)
        if (!lad_config_read(config, arguments->configs[i], error))
            return FALSE;
    for (guint i = 0; arguments->sets != NULL && arguments->sets[i] != NULL; i++)
        if (!lad_config_set(config, arguments->sets[i], error))
            return FALSE;
    if (arguments->seed == NULL)
        return TRUE;
    g_autofree char *assignment = g_strdup_printf("run.seed=%s", arguments->seed);
    return lad_config_set(config, assignment, error);
}

/* The output must not be one of the inputs. */
static gboolean
check_output(const Arguments *arguments, const LadConfig *config, GError **error)
{
    struct stat output, input;
    if (arguments->output == NULL)
        return TRUE;
    if (!lad_result_check_path(arguments->output, error))
        return FALSE;
    if (stat(arguments->output, &output) != 0)
        return TRUE;
    const char *list = lad_config_peek((LadConfig *)config, "run", "trace");
    g_auto(GStrv) traces = g_strsplit(list != NULL ? list : "", ",", -1);
    char **const inputs[] = {arguments->configs, traces};
    for (guint i = 0; i < G_N_ELEMENTS(inputs); i++)
        for (char **path = inputs[i]; *path != NULL; path++)
            if (stat(g_strstrip(*path), &input) == 0 && input.st_dev == output.st_dev &&
                input.st_ino == output.st_ino) {
                g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                            "-o %s: this is an input of the run; expected another file",
                            arguments->output);
                return FALSE;
            }
    return TRUE;
}

static gboolean
step_to_end(LadRun *run, LadProgressMode mode, GError **error)
{
    g_autoptr(LadProgress) progress = lad_progress_new(mode, "replay", "refs", stderr);
    gboolean done = FALSE;
    while (!done) {
        if (!lad_run_step(run, STEP_REFERENCES, &done, error))
            return FALSE;
        if (lad_interrupt_pending())
            return lad_interrupt_error(error);
        LadRunProgress at;
        lad_run_progress(run, &at);
        if (lad_interrupt_status_wanted())
            lad_progress_report(progress, at.fraction, at.references);
        else
            lad_progress_update(progress, at.fraction, at.references);
    }
    lad_progress_finish(progress);
    return TRUE;
}

static void
add_provenance(LadResult *result, const Arguments *arguments, gint64 begin)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    LadProvenance *provenance = &result->provenance;
    g_free(provenance->command_line);
    provenance->command_line = g_strdup(arguments->command_line);
    provenance->host_seconds = (double)(g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
    provenance->host_cpu_seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                                   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static gboolean
deliver(LadRun *run, const Arguments *arguments, gint64 begin, GError **error)
{
    g_autoptr(LadResult) result = lad_result_from_run(run, error);
    if (result == NULL)
        return FALSE;
    add_provenance(result, arguments, begin);
    if (arguments->output != NULL && !lad_result_write(result, arguments->output, error))
        return FALSE;
    if (g_strcmp0(arguments->summary, "none") == 0)
        return TRUE;
    gboolean json = g_strcmp0(arguments->summary, "json") == 0;
    g_autofree char *summary = json ? lad_summary_json(result) : lad_summary_text(result);
    fputs(summary, stdout);
    return TRUE;
}

static int
command_run(int argc, char **argv, GError **error)
{
    g_auto(Arguments) arguments = {0};
    LadProgressMode mode;
    gint64 begin = g_get_monotonic_time();
    if (!parse_arguments(&arguments, argc, argv, error) ||
        !lad_progress_parse(arguments.progress, stderr, &mode, error))
        return 2;
    g_autoptr(LadModels) models = lad_models_new(NULL, error);
    g_autoptr(LadConfig) config = lad_config_new();
    if (models == NULL || !read_config(&arguments, config, error))
        return 2;
    lad_interrupt_install();
    LadRunFlags flags = (arguments.jobs == 1 ? LAD_RUN_NO_THREADS : 0) |
                        (arguments.print_config ? LAD_RUN_CONFIG_ONLY : 0);
    if (!arguments.print_config && !check_output(&arguments, config, error))
        return 1;
    g_autoptr(LadRun) run = lad_run_new(config, models, flags, error);
    if (run == NULL)
        return 1;
    if (arguments.print_config) {
        fputs(lad_run_config_text(run), stdout);
        return 0;
    }
    return step_to_end(run, mode, error) && deliver(run, &arguments, begin, error) ? 0 : 1;
}

const LadCommand lad_command_run = {
    .name = "run",
    .summary = "replay traces on a simulated machine and report what comes of it",
    .run = command_run,
};
