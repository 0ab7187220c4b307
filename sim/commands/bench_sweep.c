/* bench_sweep.c - what the machinery of sweeps costs per point: a sweep of runs that end after one
 * instruction is planned, run by one worker, asked for its status and merged, each by the program
 * itself in a process of its own; the same runs alone tell what is theirs. */
#include "config.h"
#include "sim/base/publish.h"
#include "sim/commands/bench_sweep.h"
#include "sim/commands/measure.h"
#include "sim/commands/sweep.h"
#include <memladder/run.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* So many runs tell what one takes. */
#define ALONE 200

typedef struct {
    const char *name, *what;
    LadMeasure measure;
} Step;

static char *
config_text(const char *trace, guint points)
{
    return g_strdup_printf("[run]\ninclude = studies/demo-tpp.conf\ntrace = %s\n"
                           "max-instructions = 1\n\n[sweep]\nquestion = what a sweep costs\n\n"
                           "[sweep.latency]\noption = tier.far.latency\n"
                           "values = 1000 ps .. %u ps +1 ps\n",
                           trace, 1000 + points - 1);
}

/* Seconds that one point's run takes without a sweep. */
typedef struct {
    double cpu, wall;
} Alone;

static double
cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static gboolean
measure_alone(const char *trace, Alone *alone, GError **error)
{
    g_autoptr(LadModels) models = lad_models_new(NULL, error);
    g_autofree char *assignment = g_strconcat("run.trace=", trace, NULL);
    if (models == NULL)
        return FALSE;
    gint64 begin = g_get_monotonic_time();
    double cpu = cpu_seconds();
    for (guint i = 0; i < ALONE; i++) {
        gboolean done;
        g_autoptr(LadConfig) config = lad_config_new();
        if (!lad_config_read(config, "studies/demo-tpp.conf", error) ||
            !lad_config_set(config, assignment, error) ||
            !lad_config_set(config, "run.max-instructions=1", error))
            return FALSE;
        g_autoptr(LadRun) run = lad_run_new(config, models, LAD_RUN_NO_THREADS, error);
        if (run == NULL || !lad_run_step(run, 0, &done, error))
            return FALSE;
    }
    alone->wall = (double)(g_get_monotonic_time() - begin) / G_USEC_PER_SEC / ALONE;
    alone->cpu = (cpu_seconds() - cpu) / ALONE;
    return TRUE;
}

static gboolean
measure_steps(Step *steps, guint n, const char *program, const char *config, const char *plan,
              GError **error)
{
    const char *const lines[][8] = {
        {program, "sweep", "plan", config, "-o", plan, "--no-probe", NULL},
        {program, "sweep", "run", plan, "-j1", NULL},
        {program, "sweep", "status", plan, NULL},
        {program, "sweep", "merge", plan, NULL},
    };
    g_assert(n == G_N_ELEMENTS(lines));
    for (guint i = 0; i < n; i++)
        if (!lad_measure_program(lines[i], &steps[i].measure, error))
            return FALSE;
    return TRUE;
}

static void
print_steps(const Step *steps, guint n, guint points, const Alone *alone, gboolean json)
{
    Alone over = {steps[1].measure.cpu_seconds / points - alone->cpu,
                  steps[1].measure.wall_seconds / points - alone->wall};
    if (json)
        printf("{\"points\": %u, \"run_alone_cpu_seconds\": %.6f, "
               "\"overhead_per_point_cpu_seconds\": %.6f, \"overhead_per_point_wall_seconds\": "
               "%.6f, \"steps\": [",
               points, alone->cpu, over.cpu, over.wall);
    else
        printf("%-8s %8s %10s %10s %10s %9s  %s\n", "what", "points", "CPU-s", "wall s",
               "CPU ms/pt", "peak MiB", "");
    for (guint i = 0; i < n; i++) {
        const LadMeasure *measure = &steps[i].measure;
        if (json)
            printf("%s{\"name\": \"%s\", \"cpu_seconds\": %.6f, \"wall_seconds\": %.6f, "
                   "\"peak_bytes\": %" G_GUINT64_FORMAT "}",
                   i > 0 ? ", " : "", steps[i].name, measure->cpu_seconds, measure->wall_seconds,
                   measure->peak_bytes);
        else
            printf("%-8s %8u %10.2f %10.2f %10.3f %9.1f  %s\n", steps[i].name, points,
                   measure->cpu_seconds, measure->wall_seconds,
                   1000 * measure->cpu_seconds / points,
                   (double)measure->peak_bytes / (double)LAD_MIB, steps[i].what);
    }
    if (json)
        printf("]}\n");
    else
        printf("a run of these takes %.2f CPU ms alone; the sweep adds %.2f CPU ms (%.2f ms of "
               "wall-clock time) to each\n",
               1000 * alone->cpu, 1000 * over.cpu, 1000 * over.wall);
}

static void
remove_tree(const char *path)
{
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    const char *name;
    while (directory != NULL && (name = g_dir_read_name(directory)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        remove_tree(inner);
    }
    remove(path);
}

gboolean
lad_bench_sweep(const char *trace, guint points, gboolean json, GError **error)
{
    Step steps[] = {
        {"plan", "configurations made, checked and frozen", {0}},
        {"run", "one worker after the other, results published, packed and merged", {0}},
        {"status", "results read", {0}},
        {"merge", "results in one HDF5 file", {0}}};
    g_autofree char *program = lad_sweep_program(error);
    g_autofree char *directory =
        program != NULL ? g_dir_make_tmp("memladder-bench-XXXXXX", error) : NULL;
    if (directory == NULL)
        return FALSE;
    g_autofree char *path = g_canonicalize_filename(trace, NULL);
    g_autofree char *text = config_text(path, points);
    g_autofree char *config = g_build_filename(directory, "sweep.conf", NULL);
    g_autofree char *plan = g_build_filename(directory, "plan", NULL);
    Alone alone = {0};
    gboolean ok = lad_publish(config, NULL, text, -1, 0, error) &&
                  measure_alone(path, &alone, error) &&
                  measure_steps(steps, G_N_ELEMENTS(steps), program, config, plan, error);
    if (ok)
        print_steps(steps, G_N_ELEMENTS(steps), points, &alone, json);
    remove_tree(directory);
    return ok;
}
