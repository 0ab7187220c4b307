/* plan.h - a sweep that is frozen: every point with its full effective configuration and identity.
 *
 * A plan is a directory:
 *   plan.json     the grid, versions, traces and their identities, chunks, checksums of the others
 *   points.tsv    one line per point: number, state, identity, chunk, place of its configuration
 *   points.conf   the effective configurations, one after the other
 *   results/      what the workers publish (work.h)
 * A point's identity is the SHA-256 of its effective configuration, the identities of its traces
 * and the program's version. Points of equal identity are run once. Nothing that is edited
 * afterwards changes what is planned; a trace that has changed is refused by the worker.
 */
#ifndef LAD_SWEEP_PLAN_H
#define LAD_SWEEP_PLAN_H

#include "analysis/sweep/grid.h"
#include <memladder/run.h>

#define LAD_SWEEP_IDENTITY_DIGITS 64
#define LAD_SWEEP_NO_CHUNK        G_MAXUINT32

typedef struct {
    guint same; /* the first point of this identity: itself unless an earlier one has it */
    gboolean skipped;
    guint chunk; /* LAD_SWEEP_NO_CHUNK: not run (skipped, or the same as an earlier one) */
    char identity[LAD_SWEEP_IDENTITY_DIGITS + 1];
    guint64 offset, length; /* of its configuration in points.conf */
} LadSweepPoint;

typedef struct {
    char *directory;
    char *version; /* of the program that planned it */
    char **traces; /* "PATH\tIDENTITY" each, in order of paths */
    LadSweepGrid *grid;
    LadSweepPoint *points; /* grid->n_points of them */
    guint n_runs;          /* points that are run */
    guint n_skipped;
    guint chunk_points; /* runs per chunk, the last one perhaps fewer */
    guint n_chunks;
    double seconds_per_point; /* estimate, CPU seconds */
    char *identity;           /* of the whole: hash of the grid and of all points' identities */
    GMappedFile *configs;
} LadSweepPlan;

typedef struct {
    guint chunk_points;   /* 0: from the estimate */
    double chunk_seconds; /* what a chunk is to take, if chunk_points is 0 */
    gboolean no_probe;    /* do not run anything: no estimate, one point per chunk by count alone */
} LadSweepPlanOptions;

/* Asked now and then; FALSE with `error` set stops. */
typedef gboolean (*LadSweepProgress)(gpointer data, guint done, guint total, GError **error);

/* Plans the sweep of `config` into `directory`, which must not exist or be empty. Errors: CONFIG
 * (also for each point: the first one that is wrong is named), TRACE, IO. */
LadSweepPlan *lad_sweep_plan_make(LadConfig *config, const LadModels *models, const char *directory,
                                  const LadSweepPlanOptions *options, LadSweepProgress progress,
                                  gpointer data, GError **error);
/* Opens a plan and checks its checksums. Errors: IO, CONFIG if it is none or was changed. */
LadSweepPlan *lad_sweep_plan_open(const char *directory, GError **error);
void lad_sweep_plan_free(LadSweepPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadSweepPlan, lad_sweep_plan_free)

/* The effective configuration of a point. Free with g_free. */
char *lad_sweep_plan_config(const LadSweepPlan *plan, guint point);
/* The points of a chunk, in order. Free with g_array_unref (of guint). */
GArray *lad_sweep_plan_chunk(const LadSweepPlan *plan, guint chunk);
/* Hash of configuration, traces and version, in hex. Free with g_free. */
char *lad_sweep_identity(const char *config, const char *traces);

#endif
