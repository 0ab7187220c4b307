/* plan.c - from a configuration to a frozen plan on disk. */
#include "config.h"
#include "analysis/sweep/plan.h"
#include "analysis/sweep/plan_file.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <memladder/trace.h>
#include <memladder/version.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A probe runs a point for so many references at a time and at most so many CPU seconds. */
#define PROBE_REFERENCES (1u << 20)
#define PROBE_SECONDS    0.5
/* A plan has at least so many chunks, so that they can run side by side, and at most so many. */
#define MIN_CHUNKS 16
#define MAX_CHUNKS 1000

typedef struct {
    LadConfig *base; /* without the groups of the sweep */
    const LadModels *models;
    LadSweepPlan *plan;
    char *beside;           /* the directory of the file with [sweep] */
    GHashTable *identities; /* trace as named -> its identity */
    GHashTable *first;      /* identity of a point -> its number + 1 */
    FILE *configs;
    guint64 offset;
} Planner;

char *
lad_sweep_identity(const char *config, const char *traces)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    const char *const parts[] = {lad_version(), traces, config};
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
        g_checksum_update(sum, (const guchar *)parts[i], (gssize)strlen(parts[i]) + 1);
    return g_strdup(g_checksum_get_string(sum));
}

/* ---- One point ---------------------------------------------------------------------------------
 */

static const char *
trace_identity(Planner *planner, const char *path, GError **error)
{
    const char *known = g_hash_table_lookup(planner->identities, path);
    if (known != NULL)
        return known;
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, LAD_TRACE_NO_THREAD, error);
    if (reader == NULL)
        return NULL;
    char *identity = g_strdup(lad_trace_reader_identity(reader));
    g_hash_table_insert(planner->identities, g_strdup(path), identity);
    return identity;
}

/* As named, from here; else from where the sweep is described. */
static char *
find_trace(const Planner *planner, const char *name)
{
    char *path = g_canonicalize_filename(name, NULL);
    if (g_path_is_absolute(name) || g_file_test(path, G_FILE_TEST_EXISTS))
        return path;
    g_autofree char *beside = g_build_filename(planner->beside, name, NULL);
    /* The directory may be behind a link, so that only the system knows what .. is there. */
    char *other = realpath(beside, NULL);
    if (other == NULL)
        return path;
    g_free(path);
    return other;
}

static char *
directory_of(LadConfig *config)
{
    const char *origin = lad_config_origin(config, "sweep", "question");
    const char *colon = strrchr(origin, ':');
    g_autofree char *file =
        colon != NULL ? g_strndup(origin, (gsize)(colon - origin)) : g_strdup(origin);
    g_autofree char *path = g_canonicalize_filename(file, NULL);
    return g_path_get_dirname(path);
}

/* Replaces the traces of `config` by absolute paths; their identities, comma separated. */
static char *
settle_traces(Planner *planner, LadConfig *config, GError **error)
{
    const char *list = lad_config_peek(config, "run", "trace");
    if (list == NULL || *list == '\0') {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_CONFIG,
                            "[run] trace is empty; expected the trace to replay, for example "
                            "--set run.trace=app.mlt, or an axis over run.trace");
        return NULL;
    }
    g_auto(GStrv) names = g_strsplit(list, ",", -1);
    GString *paths = g_string_new("run.trace="), *identities = g_string_new(NULL);
    gboolean ok = TRUE;
    for (guint i = 0; ok && names[i] != NULL; i++) {
        const char *name = g_strstrip(names[i]);
        if (strcmp(name, "-") == 0) {
            g_set_error_literal(error, LAD_ERROR, LAD_ERROR_CONFIG,
                                "[run] trace = -: every point reads the trace anew; expected a "
                                "file");
            ok = FALSE;
            break;
        }
        g_autofree char *path = find_trace(planner, name);
        const char *identity = trace_identity(planner, path, error);
        ok = identity != NULL;
        g_string_append_printf(paths, "%s%s", i > 0 ? "," : "", path);
        g_string_append_printf(identities, "%s%s", i > 0 ? "," : "", ok ? identity : "");
    }
    ok = ok && lad_config_set(config, paths->str, error);
    g_string_free(paths, TRUE);
    return g_string_free(identities, !ok);
}

/* What the point's configuration says, without what it leaves to defaults. */
static LadConfig *
configure(Planner *planner, guint point, GError **error)
{
    const LadSweepGrid *grid = planner->plan->grid;
    g_autoptr(LadConfig) config = lad_config_copy_without(planner->base, "published");
    for (gboolean includes = TRUE;; includes = FALSE) {
        for (guint i = 0; i < grid->axes->len; i++) {
            const LadSweepAxis *axis = grid->axes->pdata[i];
            const char *value = axis->values[lad_sweep_grid_index(grid, point, axis)];
            gboolean is_include = strcmp(axis->option, LAD_SWEEP_INCLUDE) == 0;
            if (is_include != includes)
                continue;
            g_autofree char *assignment = g_strdup_printf("%s=%s", axis->option, value);
            g_autofree char *beside = g_build_filename(planner->beside, value, NULL);
            const char *file = g_file_test(beside, G_FILE_TEST_EXISTS) ? beside : value;
            if (!(is_include ? lad_config_read(config, file, error)
                             : lad_config_set(config, assignment, error)))
                return NULL;
        }
        if (!includes)
            return g_steal_pointer(&config);
    }
}

/* The effective configuration; `traces` gets the identities. */
static char *
effective_config(Planner *planner, guint point, char **traces, GError **error)
{
    g_autoptr(LadConfig) config = configure(planner, point, error);
    if (config == NULL)
        return NULL;
    *traces = settle_traces(planner, config, error);
    g_autoptr(LadRun) run =
        *traces != NULL ? lad_run_new(config, planner->models, LAD_RUN_CONFIG_ONLY, error) : NULL;
    return run != NULL ? g_strdup(lad_run_config_text(run)) : NULL;
}

static gboolean
plan_point(Planner *planner, guint index, GError **error)
{
    LadSweepPlan *plan = planner->plan;
    LadSweepPoint *point = &plan->points[index];
    point->same = index;
    point->chunk = LAD_SWEEP_NO_CHUNK;
    point->skipped = lad_sweep_grid_is_skipped(plan->grid, index);
    if (point->skipped) {
        plan->n_skipped++;
        return TRUE;
    }
    g_autofree char *traces = NULL;
    g_autofree char *text = effective_config(planner, index, &traces, error);
    if (text == NULL) {
        g_autofree char *where = lad_sweep_grid_describe(plan->grid, index);
        g_prefix_error(error, "point %u (%s): ", index, where);
        return FALSE;
    }
    g_autofree char *identity = lad_sweep_identity(text, traces);
    g_strlcpy(point->identity, identity, sizeof point->identity);
    guint first = GPOINTER_TO_UINT(g_hash_table_lookup(planner->first, identity));
    if (first != 0) {
        point->same = first - 1;
        point->offset = plan->points[first - 1].offset;
        point->length = plan->points[first - 1].length;
        return TRUE;
    }
    g_hash_table_insert(planner->first, g_steal_pointer(&identity), GUINT_TO_POINTER(index + 1));
    plan->n_runs++;
    point->offset = planner->offset;
    point->length = strlen(text);
    planner->offset += point->length;
    if (fwrite(text, 1, point->length, planner->configs) == point->length)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot write the plan in %s: %s", plan->directory,
                g_strerror(errno));
    return FALSE;
}

/* ---- Chunks ------------------------------------------------------------------------------------
 */

static double
cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* CPU seconds that a point takes, from running its beginning. */
static gboolean
probe(Planner *planner, guint point, double *seconds, GError **error)
{
    g_autoptr(LadConfig) config = configure(planner, point, error);
    g_autofree char *traces = config != NULL ? settle_traces(planner, config, error) : NULL;
    double begin = cpu_seconds();
    g_autoptr(LadRun) run = traces != NULL ? lad_run_new(config, planner->models, 0, error) : NULL;
    if (run == NULL)
        return FALSE;
    gboolean done = FALSE;
    LadRunProgress at = {0};
    while (!done && cpu_seconds() - begin < PROBE_SECONDS) {
        GError *cause = NULL;
        /* A point that fails is the worker's business: it fails quickly. */
        if (!lad_run_step(run, PROBE_REFERENCES, &done, &cause)) {
            g_clear_error(&cause);
            done = TRUE;
            break;
        }
        lad_run_progress(run, &at);
    }
    *seconds = cpu_seconds() - begin;
    if (!done && at.fraction > 0)
        *seconds /= at.fraction;
    return TRUE;
}

/* The mean of the first, the middle and the last point that is run. */
static gboolean
estimate(Planner *planner, GError **error)
{
    LadSweepPlan *plan = planner->plan;
    g_autoptr(GArray) runs = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < plan->grid->n_points; i++)
        if (!plan->points[i].skipped && plan->points[i].same == i)
            g_array_append_val(runs, i);
    guint picks[] = {0, runs->len / 2, runs->len - 1}, n = 0;
    double sum = 0;
    for (guint i = 0; i < G_N_ELEMENTS(picks); i++) {
        double seconds;
        if (i > 0 && picks[i] == picks[i - 1])
            continue;
        if (!probe(planner, g_array_index(runs, guint, picks[i]), &seconds, error))
            return FALSE;
        sum += seconds;
        n++;
    }
    plan->seconds_per_point = sum / n;
    return TRUE;
}

static void
divide(LadSweepPlan *plan, const LadSweepPlanOptions *options)
{
    guint points = options->chunk_points;
    if (points == 0) {
        double fit = plan->seconds_per_point > 0 ? options->chunk_seconds / plan->seconds_per_point
                                                 : (double)plan->n_runs;
        guint spread = (plan->n_runs + MIN_CHUNKS - 1) / MIN_CHUNKS;
        guint fewest = (plan->n_runs + MAX_CHUNKS - 1) / MAX_CHUNKS;
        points = fit < spread ? (guint)fit : spread;
        points = MAX(points, MAX(fewest, 1));
    }
    plan->chunk_points = MIN(points, plan->n_runs);
    guint n = 0;
    for (guint i = 0; i < plan->grid->n_points; i++)
        if (!plan->points[i].skipped && plan->points[i].same == i)
            plan->points[i].chunk = n++ / plan->chunk_points;
    plan->n_chunks = (n + plan->chunk_points - 1) / plan->chunk_points;
}

/* ---- The whole plan ----------------------------------------------------------------------------
 */

static gboolean
plan_points(Planner *planner, LadSweepProgress progress, gpointer data, GError **error)
{
    LadSweepPlan *plan = planner->plan;
    for (guint i = 0; i < plan->grid->n_points; i++)
        if (!plan_point(planner, i, error) ||
            (progress != NULL && !progress(data, i + 1, plan->grid->n_points, error)))
            return FALSE;
    if (plan->n_runs > 0)
        return TRUE;
    g_set_error_literal(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "[sweep] skip drops all points; expected one that is run");
    return FALSE;
}

static gboolean
make_directory(const char *directory, GError **error)
{
    g_autofree char *results = g_build_filename(directory, "results", NULL);
    g_autoptr(GDir) there = g_dir_open(directory, 0, NULL);
    if (there != NULL && g_dir_read_name(there) != NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "-o %s: the directory is not empty; expected a new one (a plan is never "
                    "changed)",
                    directory);
        return FALSE;
    }
    if (g_mkdir_with_parents(results, 0777) == 0)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot make %s: %s", results, g_strerror(errno));
    return FALSE;
}

static gboolean
write_plan(Planner *planner, const LadSweepPlanOptions *options, LadSweepProgress progress,
           gpointer data, GError **error)
{
    LadSweepPlan *plan = planner->plan;
    g_autofree char *path = lad_sweep_plan_path(plan, LAD_SWEEP_CONFIGS);
    planner->configs = g_fopen(path, "wb");
    if (planner->configs == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot write %s: %s", path, g_strerror(errno));
        return FALSE;
    }
    gboolean ok = plan_points(planner, progress, data, error) &&
                  (options->no_probe || estimate(planner, error));
    if (fclose(planner->configs) != 0 && ok) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot write %s: %s", path, g_strerror(errno));
        ok = FALSE;
    }
    if (!ok)
        return FALSE;
    divide(plan, options);
    return lad_sweep_plan_write(plan, planner->identities, error);
}

LadSweepPlan *
lad_sweep_plan_make(LadConfig *config, const LadModels *models, const char *directory,
                    const LadSweepPlanOptions *options, LadSweepProgress progress, gpointer data,
                    GError **error)
{
    g_autoptr(LadSweepPlan) plan = g_new0(LadSweepPlan, 1);
    plan->directory = g_canonicalize_filename(directory, NULL);
    plan->version = g_strdup(lad_version());
    plan->grid = lad_sweep_grid_read(config, error);
    if (plan->grid == NULL || !make_directory(directory, error))
        return NULL;
    plan->points = g_new0(LadSweepPoint, plan->grid->n_points);
    g_autoptr(LadConfig) base = lad_config_copy_without(config, "sweep");
    Planner planner = {.base = base, .models = models, .plan = plan};
    planner.beside = directory_of(config);
    planner.identities = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    planner.first = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    gboolean ok = write_plan(&planner, options, progress, data, error);
    g_free(planner.beside);
    g_hash_table_unref(planner.identities);
    g_hash_table_unref(planner.first);
    if (!ok)
        lad_sweep_plan_remove(plan);
    return ok ? g_steal_pointer(&plan) : NULL;
}
