/* sweep_plan.c - memladder sweep plan: freeze a sweep. */
#include "config.h"
#include "sim/commands/interrupt.h"
#include "sim/commands/sweep.h"
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>

typedef struct {
    char **configs, **sets;
    char *output;
    int chunk_points;
    double chunk_seconds;
    gboolean no_probe;
} Arguments;

static void
arguments_clear(Arguments *arguments)
{
    g_strfreev(arguments->configs);
    g_strfreev(arguments->sets);
    g_free(arguments->output);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arguments, arguments_clear)

static gboolean
parse(Arguments *arguments, int argc, char **argv, GError **error)
{
    arguments->chunk_seconds = 600;
    const GOptionEntry entries[] = {
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &arguments->sets,
         "change one value of the configuration; may be repeated", "GROUP.KEY=VALUE"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arguments->output, "the plan: a new directory",
         "DIR"},
        {"chunk-points", 0, 0, G_OPTION_ARG_INT, &arguments->chunk_points,
         "points per chunk; default: from the estimate", "N"},
        {"chunk-seconds", 0, 0, G_OPTION_ARG_DOUBLE, &arguments->chunk_seconds,
         "what a chunk may take at most; default: 600", "S"},
        {"no-probe", 0, 0, G_OPTION_ARG_NONE, &arguments->no_probe,
         "run nothing to estimate the cost of a point", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->configs, NULL,
         "CONFIG..."},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(
        context, "Freeze the sweep of a configuration with [sweep] groups. Example:\n"
                 "  memladder sweep plan configs/sweeps/near-size.conf -o near");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, error))
        return FALSE;
    if (arguments->configs == NULL || arguments->output == NULL) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                            "expected a configuration and -o DIR, for example "
                            "memladder sweep plan configs/sweeps/near-size.conf -o near");
        return FALSE;
    }
    if (arguments->chunk_points < 0 || arguments->chunk_seconds <= 0) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                            "--chunk-points and --chunk-seconds: expected a number above 0");
        return FALSE;
    }
    return TRUE;
}

static gboolean
read_config(const Arguments *arguments, LadConfig *config, GError **error)
{
    for (char **path = arguments->configs; *path != NULL; path++)
        if (!lad_config_read(config, *path, error))
            return FALSE;
    for (char **set = arguments->sets; set != NULL && *set != NULL; set++)
        if (!lad_config_set(config, *set, error))
            return FALSE;
    return TRUE;
}

static gboolean
go_on(gpointer data, guint done, guint total, GError **error)
{
    lad_progress_update(data, (double)done / total, done);
    return !lad_interrupt_pending() || lad_interrupt_error(error);
}

static void
print_plan(const LadSweepPlan *plan)
{
    const LadSweepGrid *grid = plan->grid;
    guint n_same = grid->n_points - plan->n_skipped - plan->n_runs;
    printf("%s: %u points", plan->directory, grid->n_points);
    for (guint i = 0; i < grid->axes->len; i++) {
        const LadSweepAxis *axis = grid->axes->pdata[i];
        printf("%s %s (%u)", i == 0 ? " over" : ",", axis->name, axis->n_values);
    }
    printf("\n%u to run, %u skipped, %u the same as others\n", plan->n_runs, plan->n_skipped,
           n_same);
    if (plan->seconds_per_point > 0) {
        g_autofree char *total =
            lad_progress_duration(plan->seconds_per_point * (double)plan->n_runs);
        printf("about %.3g CPU seconds per point, %s in all\n", plan->seconds_per_point, total);
    }
    printf("%u chunks of up to %u points\n", plan->n_chunks, plan->chunk_points);
}

static int
run(int argc, char **argv, GError **error)
{
    g_auto(Arguments) arguments = {0};
    if (!parse(&arguments, argc, argv, error))
        return 2;
#ifdef __GLIBC__
    /* Every point builds and frees a machine that never runs. What is large and only zeroed comes
     * from the kernel then, untouched, instead of being cleared anew each time. */
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
    g_autoptr(LadModels) models = lad_models_new(NULL, error);
    g_autoptr(LadConfig) config = lad_config_new();
    if (models == NULL || !read_config(&arguments, config, error))
        return 2;
    lad_interrupt_install();
    LadProgressMode mode = LAD_PROGRESS_NONE;
    lad_progress_parse(NULL, stderr, &mode, NULL);
    g_autoptr(LadProgress) progress = lad_progress_new(mode, "plan", "points", stderr);
    LadSweepPlanOptions options = {(guint)arguments.chunk_points, arguments.chunk_seconds,
                                   arguments.no_probe};
    g_autoptr(LadSweepPlan) plan =
        lad_sweep_plan_make(config, models, arguments.output, &options, go_on, progress, error);
    lad_progress_finish(progress);
    if (plan == NULL)
        return 1;
    print_plan(plan);
    return 0;
}

const LadCommand lad_sweep_command_plan = {
    "plan",
    "freeze the points of a sweep in a directory",
    run,
};
