/* sweep_run.c - memladder sweep run and resume: give the chunks with missing points to an engine.
 */
#include "config.h"
#include "analysis/sweep/merge.h"
#include "sim/commands/interrupt.h"
#include "sim/commands/sweep.h"
#include <stdio.h>
#include <string.h>

typedef struct {
    char *engine;
    LadSweepEngineOptions options;
} Arguments;

static void
arguments_clear(Arguments *arguments)
{
    g_free(arguments->engine);
    g_free(arguments->options.partition);
    g_free(arguments->options.account);
    g_free(arguments->options.time);
    g_free(arguments->options.memory);
    g_strfreev(arguments->options.more);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arguments, arguments_clear)

static gboolean
parse(Arguments *arguments, int *argc, char ***argv, GError **error)
{
    LadSweepEngineOptions *options = &arguments->options;
    options->jobs = (int)g_get_num_processors();
    const GOptionEntry entries[] = {
        {"engine", 'e', 0, G_OPTION_ARG_STRING, &arguments->engine,
         "local (default): worker processes here; slurm: job arrays; print: write the job scripts",
         "ENGINE"},
        {"jobs", 'j', 0, G_OPTION_ARG_INT, &options->jobs,
         "workers of the local engine; default: processors", "N"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options->json,
         "progress as JSON lines on standard error", NULL},
        {"partition", 0, 0, G_OPTION_ARG_STRING, &options->partition, "of Slurm", "NAME"},
        {"account", 0, 0, G_OPTION_ARG_STRING, &options->account, "of Slurm", "NAME"},
        {"time", 0, 0, G_OPTION_ARG_STRING, &options->time,
         "time limit of a task, as sbatch takes it; default: ten times the estimate", "TIME"},
        {"mem", 0, 0, G_OPTION_ARG_STRING, &options->memory, "memory of a task, as sbatch takes it",
         "SIZE"},
        {"array-limit", 0, 0, G_OPTION_ARG_INT, &options->array_limit,
         "tasks of Slurm that run at once; default: no limit", "N"},
        {"sbatch", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->more,
         "a further option of sbatch; may be repeated", "OPTION"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("DIR");
    g_option_context_set_summary(
        context, "Run what is missing of a plan: all of it, or what was lost or killed. Examples:\n"
                 "  memladder sweep run near\n"
                 "  memladder sweep run near --engine slurm --partition main --time 2:00:00");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, error))
        return FALSE;
    if (options->jobs >= 1 && options->array_limit >= 0)
        return TRUE;
    g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                        "--jobs: expected 1 or more; --array-limit: 0 or more");
    return FALSE;
}

/* After all points were run here: what is there, and all of it in one file. */
static int
conclude(const LadSweepPlan *plan, GError **error)
{
    g_autoptr(LadSweepState) state = lad_sweep_state_read(plan);
    g_autofree char *path = g_build_filename(plan->directory, LAD_SWEEP_MERGED, NULL);
    lad_sweep_print_counts(state);
    if (!lad_sweep_merge(state, path, FALSE, error))
        return 1;
    printf("%s\n", path);
    if (state->n_failed > 0)
        fprintf(stderr, "memladder: %u points failed; `memladder sweep status %s` says why\n",
                state->n_failed, plan->directory);
    return state->n_failed > 0 ? 1 : 0;
}

static int
run_missing(const LadSweepPlan *plan, const Arguments *arguments, GError **error)
{
    g_autoptr(LadSweepState) state = lad_sweep_state_read(plan);
    g_autoptr(GArray) chunks = lad_sweep_state_open_chunks(state);
    const char *engine = arguments->engine != NULL ? arguments->engine : "local";
    if (strcmp(engine, "local") == 0) {
        if (!lad_sweep_run_local(plan, chunks, &arguments->options, state->n_done + state->n_failed,
                                 error))
            return 1;
        return conclude(plan, error);
    }
    gboolean submit = strcmp(engine, "slurm") == 0;
    if (!submit && strcmp(engine, "print") != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--engine %s: expected local, slurm or print", engine);
        return 2;
    }
    if (chunks->len == 0) {
        lad_sweep_print_counts(state);
        printf("nothing is missing\n");
        return 0;
    }
    return lad_sweep_run_slurm(plan, chunks, &arguments->options, submit, error) ? 0 : 1;
}

static int
run(int argc, char **argv, GError **error)
{
    g_auto(Arguments) arguments = {0};
    if (!parse(&arguments, &argc, &argv, error))
        return 2;
    const char *directory = lad_sweep_directory(argc, argv, error);
    g_autoptr(LadSweepPlan) plan = directory != NULL ? lad_sweep_plan_open(directory, error) : NULL;
    if (plan == NULL)
        return 2;
    lad_interrupt_install();
    return run_missing(plan, &arguments, error);
}

const LadCommand lad_sweep_command_run = {
    "run",
    "run a plan on this machine or on a cluster",
    run,
};

const LadCommand lad_sweep_command_resume = {
    "resume",
    "run just what is missing",
    run,
};
