/* sweep.h - the subcommands of `memladder sweep`, and the engines that run chunks. */
#ifndef LAD_COMMANDS_SWEEP_H
#define LAD_COMMANDS_SWEEP_H

#include "analysis/sweep/work.h"
#include "sim/base/progress.h"
#include "sim/commands/command.h"

extern const LadCommand lad_sweep_command_best;
extern const LadCommand lad_sweep_command_plan;
extern const LadCommand lad_sweep_command_run;
extern const LadCommand lad_sweep_command_resume;
extern const LadCommand lad_sweep_command_work;
extern const LadCommand lad_sweep_command_status;
extern const LadCommand lad_sweep_command_merge;

/* What the merged file of a plan is called, below its directory. */
#define LAD_SWEEP_MERGED "sweep.h5"

/* How an engine is to run the chunks. Strings may be NULL. */
typedef struct {
    int jobs;                                  /* of the local engine */
    gboolean json;                             /* progress as JSON lines */
    char *partition, *account, *time, *memory; /* of Slurm, as sbatch takes them */
    char **more;                               /* further options of sbatch */
    int array_limit;                           /* tasks that run at once; 0: no limit */
} LadSweepEngineOptions;

/* Runs `chunks` (of guint) in worker processes on this machine and waits for them. */
gboolean lad_sweep_run_local(const LadSweepPlan *plan, const GArray *chunks,
                             const LadSweepEngineOptions *options, guint n_done, GError **error);
/* Writes job scripts for `chunks` below DIR/jobs, and submits them and a merge job if `submit`;
 * says on standard output what was written or submitted. Errors: UNSUPPORTED without Slurm, what
 * sbatch says. */
gboolean lad_sweep_run_slurm(const LadSweepPlan *plan, const GArray *chunks,
                             const LadSweepEngineOptions *options, gboolean submit, GError **error);

/* One line: done, failed, missing, running. */
void lad_sweep_print_counts(const LadSweepState *state);
/* The one argument, a plan's directory, after options were parsed; NULL with USAGE. */
const char *lad_sweep_directory(int argc, char **argv, GError **error);
/* The path of this program. Free with g_free. */
char *lad_sweep_program(GError **error);

#endif
