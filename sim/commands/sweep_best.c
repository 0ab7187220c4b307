/* sweep_best.c - memladder sweep best: the answers of a sweep. */
#include "config.h"
#include "analysis/sweep/answers.h"
#include "analysis/sweep/merge.h"
#include "sim/commands/sweep.h"
#include "sim/result/quantity.h"
#include <math.h>
#include <stdio.h>

typedef struct {
    char *maximize, *minimize, *constraints, *pareto;
    gboolean partial;
} Arguments;

static void
arguments_clear(Arguments *arguments)
{
    g_free(arguments->maximize);
    g_free(arguments->minimize);
    g_free(arguments->constraints);
    g_free(arguments->pareto);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arguments, arguments_clear)

static gboolean
parse(Arguments *arguments, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"maximize", 0, 0, G_OPTION_ARG_STRING, &arguments->maximize, "metric PART.COUNTER",
         "METRIC"},
        {"minimize", 0, 0, G_OPTION_ARG_STRING, &arguments->minimize, "metric PART.COUNTER",
         "METRIC"},
        {"subject-to", 0, 0, G_OPTION_ARG_STRING, &arguments->constraints,
         "what a point must meet: METRIC < VALUE, METRIC > VALUE, ...", "LIST"},
        {"pareto", 0, 0, G_OPTION_ARG_STRING, &arguments->pareto,
         "also the Pareto front of these metrics; a minus before what is to be small", "LIST"},
        {"partial", 0, 0, G_OPTION_ARG_NONE, &arguments->partial,
         "answer although points are missing", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("DIR|OUT.h5");
    g_option_context_set_summary(
        context,
        "Name the best point, how it differs from the baseline, which axis matters most and where\n"
        "the curves bend. Example:\n"
        "  memladder sweep best near --maximize run.throughput_per_cost "
        "--subject-to 'tier_far.latency_p99 < 2 us'");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, error))
        return FALSE;
    if ((arguments->maximize == NULL) != (arguments->minimize == NULL))
        return TRUE;
    g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                        "expected one of --maximize METRIC and --minimize METRIC");
    return FALSE;
}

/* "12.5 M/s +- 0.2 M/s". Free with g_free. */
static char *
estimate_text(const LadSweepEstimate *estimate, const char *unit)
{
    g_autofree char *mean = lad_quantity(estimate->mean, unit);
    g_autofree char *half = isnan(estimate->half) ? NULL : lad_quantity(estimate->half, unit);
    return half != NULL ? g_strdup_printf("%s +- %s (95 %%, %u seeds)", mean, half, estimate->n)
                        : g_steal_pointer(&mean);
}

static void
print_best(const LadSweepTable *table, guint best, const LadSweepObjective *objective,
           const char *unit, const GPtrArray *constraints)
{
    LadSweepEstimate estimate;
    g_autofree char *name = lad_sweep_case_name(table, best);
    lad_sweep_case_estimate(table, best, objective->metric, &estimate);
    g_autofree char *value = estimate_text(&estimate, unit);
    printf("best: %s\n  %s = %s\n", name, objective->metric, value);
    for (guint i = 0; i < constraints->len; i++) {
        const LadSweepConstraint *constraint = constraints->pdata[i];
        lad_sweep_case_estimate(table, best, constraint->metric, &estimate);
        g_autofree char *met =
            estimate_text(&estimate, lad_sweep_metric_unit(table, constraint->metric, NULL));
        printf("  %s = %s (%s)\n", constraint->metric, met, constraint->text);
    }
    guint baseline = table->grid->baseline;
    LadSweepEstimate base;
    if (baseline == LAD_SWEEP_NO_POINT || baseline == best ||
        !lad_sweep_case_difference(table, best, baseline, objective->metric, &estimate) ||
        !lad_sweep_case_estimate(table, baseline, objective->metric, &base))
        return;
    g_autofree char *difference = estimate_text(&estimate, unit);
    g_autofree char *baseline_name = lad_sweep_case_name(table, baseline);
    printf("  against the baseline (%s): %s, %+.2f %%\n", baseline_name, difference,
           base.mean != 0 ? 100 * estimate.mean / fabs(base.mean) : 0);
}

static void
print_dimension(const LadSweepGrid *grid, guint dimension, guint position)
{
    const char *between = "";
    for (guint i = 0; i < grid->axes->len; i++) {
        const LadSweepAxis *axis = grid->axes->pdata[i];
        if (axis->dimension != dimension)
            continue;
        printf("%s%s=%s", between, axis->name, axis->labels[position]);
        between = ", ";
    }
}

static void
print_axes(const LadSweepTable *table, guint best, const char *metric)
{
    const LadSweepGrid *grid = table->grid;
    g_autoptr(GArray) all = lad_sweep_sensitivities(table, metric);
    printf("which axis matters (range of its means, of the overall mean):\n");
    for (guint i = 0; i < all->len; i++) {
        const LadSweepSensitivity *one = &g_array_index(all, LadSweepSensitivity, i);
        guint knee;
        printf("  %6.2f %%  most at ", 100 * one->effect);
        print_dimension(grid, one->dimension, one->best);
        if (lad_sweep_knee(table, best, one->dimension, metric, &knee)) {
            printf("; knee at ");
            print_dimension(grid, one->dimension, knee);
        }
        putchar('\n');
    }
}

static gboolean
print_front(const LadSweepTable *table, const char *list, const GPtrArray *constraints,
            GError **error)
{
    if (list == NULL)
        return TRUE;
    g_autoptr(GPtrArray) objectives = lad_sweep_objectives(table, list, error);
    if (objectives == NULL)
        return FALSE;
    g_autoptr(GArray) front = lad_sweep_pareto(table, objectives, constraints);
    printf("Pareto front:\n");
    for (guint i = 0; i < front->len; i++) {
        guint point = g_array_index(front, guint, i);
        g_autofree char *name = lad_sweep_case_name(table, point);
        printf("  %s:", name);
        for (guint j = 0; j < objectives->len; j++) {
            const LadSweepObjective *objective = objectives->pdata[j];
            LadSweepEstimate estimate;
            lad_sweep_case_estimate(table, point, objective->metric, &estimate);
            g_autofree char *value =
                lad_quantity(estimate.mean, lad_sweep_metric_unit(table, objective->metric, NULL));
            printf("%s %s = %s", j > 0 ? "," : "", objective->metric, value);
        }
        putchar('\n');
    }
    return TRUE;
}

static int
answer(const LadSweepTable *table, const Arguments *arguments, GError **error)
{
    LadSweepObjective objective = {arguments->maximize != NULL ? arguments->maximize
                                                               : arguments->minimize,
                                   arguments->maximize != NULL ? 1 : -1};
    const char *unit = lad_sweep_metric_unit(table, objective.metric, error);
    g_autoptr(GPtrArray) constraints =
        unit != NULL ? lad_sweep_constraints(table, arguments->constraints, error) : NULL;
    if (constraints == NULL)
        return 2;
    guint best = lad_sweep_best(table, &objective, constraints);
    if (best == LAD_SWEEP_NO_POINT) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT,
                    "no point that is done meets %s; expected constraints that some do",
                    arguments->constraints != NULL ? arguments->constraints : "this");
        return 1;
    }
    print_best(table, best, &objective, unit, constraints);
    print_axes(table, best, objective.metric);
    return print_front(table, arguments->pareto, constraints, error) ? 0 : 2;
}

static int
run(int argc, char **argv, GError **error)
{
    g_auto(Arguments) arguments = {0};
    if (!parse(&arguments, &argc, &argv, error))
        return 2;
    const char *path = lad_sweep_directory(argc, argv, error);
    g_autoptr(LadSweepTable) table = path != NULL ? lad_sweep_load(path, error) : NULL;
    if (table == NULL)
        return 2;
    g_autofree char *incomplete = lad_sweep_table_incomplete(table);
    if (incomplete != NULL && !arguments.partial) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT,
                    "%s: %s; run `memladder sweep resume`, or answer with --partial", path,
                    incomplete);
        return 1;
    }
    if (incomplete != NULL)
        printf("PARTIAL: %s\n", incomplete);
    return answer(table, &arguments, error);
}

const LadCommand lad_sweep_command_best = {
    "best",
    "name the best point, what matters and the Pareto front",
    run,
};
