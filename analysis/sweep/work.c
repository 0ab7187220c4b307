/* work.c - run the points of a chunk, publish each, pack the chunk. */
#include "config.h"
#include "analysis/sweep/work.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <memladder/version.h>
#include <string.h>
#include <unistd.h>

/* References between two looks at signals: some hundredths of a second. */
#define STEP_REFERENCES (4u << 20)
/* How often another worker may get in between before this is an error. */
#define ATTEMPTS 10

typedef struct {
    const LadSweepPlan *plan;
    guint chunk;
    const LadModels *models;
    const LadSweepHooks *hooks;
    char *mark; /* the file that says that this worker is at it */
} Worker;

/* ---- One point ---------------------------------------------------------------------------------
 */

/* Whether a failure is the point's own: the same tomorrow and elsewhere. */
static gboolean
is_final(const GError *error)
{
    return error->domain == LAD_ERROR &&
           (error->code == LAD_ERROR_CAPACITY || error->code == LAD_ERROR_CONFIG ||
            error->code == LAD_ERROR_TRACE || error->code == LAD_ERROR_UNSUPPORTED);
}

static gboolean
check_identity(const Worker *worker, guint point, const char *config, const LadRun *run,
               GError **error)
{
    g_autofree char *identity = lad_sweep_identity(config, lad_run_trace_identity(run));
    if (strcmp(identity, worker->plan->points[point].identity) == 0)
        return TRUE;
    /* IO, not TRACE: another file under the name is a state of this machine, not of the point. */
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO,
                "point %u: the trace has changed since it was planned; expected the one that "
                "plan.json names",
                point);
    return FALSE;
}

static gboolean
step_to_end(const Worker *worker, LadRun *run, GError **error)
{
    gboolean done = FALSE;
    while (!done) {
        if (!lad_run_step(run, STEP_REFERENCES, &done, error))
            return FALSE;
        if (!done && worker->hooks->interrupted(worker->hooks->data)) {
            g_set_error_literal(error, LAD_ERROR, LAD_ERROR_INTERRUPTED, "interrupted");
            return FALSE;
        }
    }
    return TRUE;
}

static LadSweepOutcome *
run_point(const Worker *worker, guint point, GError **error)
{
    g_autofree char *text = lad_sweep_plan_config(worker->plan, point);
    g_autofree char *origin = g_strdup_printf("point %u", point);
    g_autoptr(LadConfig) config = lad_config_new();
    if (!lad_config_read_text(config, text, origin, error))
        return NULL;
    g_autoptr(LadRun) run = lad_run_new(config, worker->models, LAD_RUN_NO_THREADS, error);
    if (run == NULL || !check_identity(worker, point, text, run, error) ||
        !step_to_end(worker, run, error))
        return NULL;
    g_autoptr(LadResult) result = lad_result_from_run(run, error);
    return result != NULL ? lad_sweep_outcome_new(worker->plan, point, result) : NULL;
}

static gboolean
publish(const Worker *worker, guint point, LadSweepOutcome *outcome, GError **error)
{
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    g_autofree char *path = lad_sweep_point_file(worker->plan, point);
    g_autofree char *directory = lad_sweep_chunk_directory(worker->plan, worker->chunk);
    g_ptr_array_add(one, outcome);
    for (guint attempt = 1;; attempt++) {
        GError *cause = NULL;
        if (lad_sweep_outcomes_write(worker->plan, one, path, &cause))
            return TRUE;
        /* Another worker may have packed the chunk and removed the directory meanwhile. */
        if (attempt == ATTEMPTS || g_file_test(directory, G_FILE_TEST_IS_DIR)) {
            g_propagate_error(error, cause);
            return FALSE;
        }
        g_error_free(cause);
        g_mkdir_with_parents(directory, 0777);
    }
}

static gboolean
work_point(const Worker *worker, guint point, GError **error)
{
    GError *cause = NULL;
    g_autoptr(LadSweepOutcome) outcome = run_point(worker, point, &cause);
    if (outcome == NULL && !is_final(cause)) {
        g_propagate_error(error, cause);
        return FALSE;
    }
    if (outcome == NULL)
        outcome = lad_sweep_outcome_new_failed(worker->plan, point, cause->message);
    gboolean ok = publish(worker, point, outcome, error);
    if (ok)
        worker->hooks->finished(worker->hooks->data, point, cause != NULL ? cause->message : NULL);
    g_clear_error(&cause);
    return ok;
}

/* ---- The chunk ---------------------------------------------------------------------------------
 */

/* The point's outcome from its own file or from the packed chunk; NULL if it has to be run. */
static LadSweepOutcome *
published(const LadSweepPlan *plan, guint point, GPtrArray *packed)
{
    for (guint i = 0; packed != NULL && i < packed->len; i++) {
        LadSweepOutcome *outcome = packed->pdata[i];
        if (outcome != NULL && outcome->point == point) {
            packed->pdata[i] = NULL;
            return outcome;
        }
    }
    g_autofree char *path = lad_sweep_point_file(plan, point);
    g_autoptr(GPtrArray) one = lad_sweep_outcomes_read(plan, path, NULL);
    if (one == NULL || one->len != 1 || ((LadSweepOutcome *)one->pdata[0])->point != point)
        return NULL;
    LadSweepOutcome *outcome = one->pdata[0];
    g_ptr_array_set_free_func(one, NULL);
    return outcome;
}

static void
remove_directory(const LadSweepPlan *plan, guint chunk)
{
    g_autofree char *directory = lad_sweep_chunk_directory(plan, chunk);
    g_autoptr(GDir) there = g_dir_open(directory, 0, NULL);
    const char *name;
    while (there != NULL && (name = g_dir_read_name(there)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_remove(path);
    }
    g_rmdir(directory);
}

static GPtrArray *
read_packed(const LadSweepPlan *plan, guint chunk)
{
    g_autofree char *path = lad_sweep_chunk_file(plan, chunk);
    return lad_sweep_outcomes_read(plan, path, NULL);
}

/* All outcomes of the chunk; NULL if `missing` is nowhere: another worker packs right now. */
static GPtrArray *
gather(const Worker *worker, const GArray *points, guint *missing)
{
    g_autoptr(GPtrArray) packed = read_packed(worker->plan, worker->chunk);
    g_autoptr(GPtrArray) all =
        g_ptr_array_new_with_free_func((GDestroyNotify)lad_sweep_outcome_free);
    for (guint i = 0; i < points->len; i++) {
        *missing = g_array_index(points, guint, i);
        LadSweepOutcome *outcome = published(worker->plan, *missing, packed);
        if (outcome == NULL)
            return NULL;
        g_ptr_array_add(all, outcome);
    }
    return g_steal_pointer(&all);
}

static gboolean
pack(const Worker *worker, const GArray *points, GError **error)
{
    guint missing = 0;
    g_autoptr(GPtrArray) all = NULL;
    for (guint attempt = 0; all == NULL && attempt < ATTEMPTS; attempt++)
        all = gather(worker, points, &missing);
    if (all == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO,
                    "chunk %u: point %u was published and is gone; expected nobody to remove "
                    "files from %s/results",
                    worker->chunk, missing, worker->plan->directory);
        return FALSE;
    }
    g_autofree char *path = lad_sweep_chunk_file(worker->plan, worker->chunk);
    if (!lad_sweep_outcomes_write(worker->plan, all, path, error))
        return FALSE;
    remove_directory(worker->plan, worker->chunk);
    return TRUE;
}

static void
touch(const Worker *worker, guint point)
{
    g_autofree char *text = g_strdup_printf("point %u\n", point);
    /* Not by rename, which waits for the disk: that it is there and when it was written is all. */
    g_file_set_contents_full(worker->mark, text, -1, G_FILE_SET_CONTENTS_NONE, 0666, NULL);
}

static gboolean
is_published(const LadSweepPlan *plan, guint point, const GPtrArray *packed)
{
    for (guint i = 0; packed != NULL && i < packed->len; i++)
        if (((LadSweepOutcome *)packed->pdata[i])->point == point)
            return TRUE;
    g_autofree char *path = lad_sweep_point_file(plan, point);
    g_autoptr(GPtrArray) one = lad_sweep_outcomes_read(plan, path, NULL);
    return one != NULL;
}

static gboolean
work_chunk(const Worker *worker, GError **error)
{
    g_autoptr(GArray) points = lad_sweep_plan_chunk(worker->plan, worker->chunk);
    g_autoptr(GPtrArray) packed = read_packed(worker->plan, worker->chunk);
    gboolean complete = packed != NULL && packed->len == points->len;
    for (guint i = 0; !complete && i < points->len; i++) {
        guint point = g_array_index(points, guint, i);
        if (is_published(worker->plan, point, packed))
            continue;
        if (worker->hooks->interrupted(worker->hooks->data)) {
            g_set_error_literal(error, LAD_ERROR, LAD_ERROR_INTERRUPTED, "interrupted");
            return FALSE;
        }
        touch(worker, point);
        if (!work_point(worker, point, error))
            return FALSE;
    }
    return complete || pack(worker, points, error);
}

gboolean
lad_sweep_work(const LadSweepPlan *plan, guint chunk, const LadModels *models,
               const LadSweepHooks *hooks, GError **error)
{
    if (strcmp(plan->version, lad_version()) != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                    "%s was planned by version %s, this is %s; expected the same, since a point's "
                    "identity holds it: plan anew",
                    plan->directory, plan->version, lad_version());
        return FALSE;
    }
    g_autofree char *directory = lad_sweep_chunk_directory(plan, chunk);
    Worker worker = {plan, chunk, models, hooks, NULL};
    if (g_mkdir_with_parents(directory, 0777) != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot make %s: %s", directory,
                    g_strerror(errno));
        return FALSE;
    }
    worker.mark =
        g_strdup_printf("%s/running.%s.%ld", directory, g_get_host_name(), (long)getpid());
    gboolean ok = work_chunk(&worker, error);
    g_remove(worker.mark);
    g_rmdir(directory); /* stays unless it is empty */
    g_free(worker.mark);
    return ok;
}
