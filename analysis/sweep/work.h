/* work.h - the worker of a sweep, and what it leaves on disk.
 *
 *   results/c0007/p000123.point    a point that is done, or has failed for good
 *   results/c0007/running.HOST.PID the worker that is at it, touched at every point
 *   results/c0007.chunk            all points of a chunk; the directory is gone then
 * Everything is published by rename and is the same whoever writes it, so a point may run twice,
 * also at once, and a worker may be killed at any moment.
 */
#ifndef LAD_SWEEP_WORK_H
#define LAD_SWEEP_WORK_H

#include "analysis/sweep/outcome.h"

typedef struct {
    /* Asked between steps of a point; TRUE stops: the point under way is dropped. */
    gboolean (*interrupted)(gpointer data);
    /* Told of each point that was run: `message` is NULL, or why it failed for good. */
    void (*finished)(gpointer data, guint point, const char *message);
    gpointer data;
} LadSweepHooks;

/* Runs the points of a chunk that are missing, then packs the chunk. Errors: INTERRUPTED; IO (full
 * disk, vanished trace), TRACE if a trace is not the one that was planned, CONFIG if the program is
 * another version: nothing is recorded of the point then, and it is run again by the next worker. A
 * point's own failure is recorded and is no error. */
gboolean lad_sweep_work(const LadSweepPlan *plan, guint chunk, const LadModels *models,
                        const LadSweepHooks *hooks, GError **error);

/* ---- What is on disk ---------------------------------------------------------------------------
 */

typedef struct {
    const LadSweepPlan *plan;
    LadSweepOutcome **outcomes; /* of each point; NULL: missing. Points that are the same as an
                                 * earlier one have that one's, borrowed */
    guint n_done, n_failed, n_missing; /* of the points that are run */
    guint n_running;                   /* workers that have been heard of lately */
    GPtrArray *damaged;                /* of char *: files that cannot be used, with the reason */
} LadSweepState;

/* Reads all results; damaged ones count as missing. */
LadSweepState *lad_sweep_state_read(const LadSweepPlan *plan);
void lad_sweep_state_free(LadSweepState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadSweepState, lad_sweep_state_free)
/* The chunks that have missing points, in order. Free with g_array_unref (of guint). */
GArray *lad_sweep_state_open_chunks(const LadSweepState *state);

/* Paths below results/. Free with g_free. */
char *lad_sweep_chunk_directory(const LadSweepPlan *plan, guint chunk);
char *lad_sweep_chunk_file(const LadSweepPlan *plan, guint chunk);
char *lad_sweep_point_file(const LadSweepPlan *plan, guint point);

#endif
