/* sweep.c - memladder sweep: many runs from one file. */
#include "config.h"
#include "sim/commands/sweep.h"
#include "sim/commands/subcommand.h"
#include <stdio.h>
#include <unistd.h>

static const LadCommand *const subcommands[] = {
    &lad_sweep_command_plan,   &lad_sweep_command_run,
    &lad_sweep_command_resume, &lad_sweep_command_status,
    &lad_sweep_command_merge,  &lad_sweep_command_work,
    &lad_sweep_command_best,   NULL,
};

static int
run(int argc, char **argv, GError **error)
{
    return lad_subcommand_run(
        "sweep", subcommands, "[OPTION...] CONFIG|DIR",
        "Plan many runs from one configuration, run them here or on a cluster, and merge what\n"
        "came of them. A plan is a directory; nothing that is edited later changes it.",
        "memladder-sweep(1) shows a whole sweep.", argc, argv, error);
}

const LadCommand lad_command_sweep = {
    "sweep",
    "plan and run many runs, here or on a cluster",
    run,
};

const char *
lad_sweep_directory(int argc, char **argv, GError **error)
{
    if (argc == 2)
        return argv[1];
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "%d arguments were given; expected one, the directory of a plan", argc - 1);
    return NULL;
}

char *
lad_sweep_program(GError **error)
{
    char *path = g_file_read_link("/proc/self/exe", NULL);
    if (path == NULL)
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                            "cannot find the path of this program in /proc/self/exe");
    return path;
}

void
lad_sweep_print_counts(const LadSweepState *state)
{
    printf("%u of %u points done, %u failed, %u missing, %u skipped; %u workers running\n",
           state->n_done, state->plan->n_runs, state->n_failed, state->n_missing,
           state->plan->n_skipped, state->n_running);
}
