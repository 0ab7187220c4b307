/* sweep_context.c - what a report of a sweep is about: objective, best, which cases to show. */
#include "config.h"
#include "analysis/report/sweep_report.h"
#include "sim/result/quantity.h"
#include <math.h>
#include <string.h>

/* ---- Objective ---------------------------------------------------------------------------------
 */

static gboolean
take_objective(LadSweepReport *report, const char *text, GError **error)
{
    static const char *const usual[] = {"run.throughput", "-run.simulated_time", NULL};
    const LadSweepTable *table = report->table;
    for (guint i = 0; *text == '\0' && usual[i] != NULL; i++)
        if (lad_sweep_table_column(table, usual[i] + (usual[i][0] == '-')) != NULL)
            text = usual[i];
    if (*text == '\0') {
        g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT,
                    "%u of %u points are done, and none has run.throughput or "
                    "run.simulated_time; expected results, or --maximize METRIC",
                    table->n_done, table->n_runs);
        return FALSE;
    }
    report->objective.sign = *text == '-' ? -1 : 1;
    report->objective.metric = g_strdup(text + (*text == '-'));
    report->unit = lad_sweep_metric_unit(table, report->objective.metric, error);
    return report->unit != NULL;
}

static gboolean
varies(const LadSweepReport *report, const char *metric)
{
    double first = NAN;
    for (guint i = 0; i < report->cases->len; i++) {
        double mean = lad_sweep_mean(report, g_array_index(report->cases, guint, i), metric);
        if (isnan(first))
            first = mean;
        if (!isnan(mean) && fabs(mean - first) > 1e-9 * fabs(first))
            return TRUE;
    }
    return FALSE;
}

/* Objectives that are the same at all points decide nothing and are left out. */
static gboolean
take_pareto(LadSweepReport *report, const char *text, GError **error)
{
    g_autofree char *usual = NULL;
    if (*text == '\0') {
        GString *list = g_string_new(report->objective.sign < 0 ? "-" : "");
        g_string_append(list, report->objective.metric);
        if (lad_sweep_table_column(report->table, "run.cost") != NULL)
            g_string_append(list, ", -run.cost");
        if (lad_sweep_table_column(report->table, "run.power") != NULL)
            g_string_append(list, ", -run.power");
        text = usual = g_string_free(list, FALSE);
    }
    report->pareto = lad_sweep_objectives(report->table, text, error);
    for (guint i = 0; report->pareto != NULL && i < report->pareto->len;) {
        const LadSweepObjective *one = report->pareto->pdata[i];
        if (varies(report, one->metric))
            i++;
        else
            g_ptr_array_remove_index(report->pareto, i);
    }
    return report->pareto != NULL;
}

/* ---- Cases -------------------------------------------------------------------------------------
 */

static void
choose(GArray *chosen, guint point)
{
    for (guint i = 0; i < chosen->len; i++)
        if (g_array_index(chosen, guint, i) == point)
            return;
    if (chosen->len < LAD_SWEEP_MAX_CHOSEN)
        g_array_append_val(chosen, point);
}

static int
compare_points(gconstpointer a, gconstpointer b)
{
    guint x = *(const guint *)a, y = *(const guint *)b;
    return (x > y) - (x < y);
}

static void
choose_along(LadSweepReport *report, guint dimension)
{
    const LadSweepGrid *grid = report->table->grid;
    for (guint position = 0; position < grid->sizes[dimension]; position++) {
        guint point = lad_sweep_grid_moved(grid, report->centre, dimension, position);
        if (!isnan(lad_sweep_mean(report, point, report->objective.metric)))
            choose(report->chosen, point);
    }
}

/* All cases if they are few; else the baseline, the centre and its neighbours along the axes that
 * matter most. */
static void
choose_cases(LadSweepReport *report)
{
    report->chosen = g_array_new(FALSE, FALSE, sizeof(guint));
    if (report->baseline != LAD_SWEEP_NO_POINT)
        choose(report->chosen, report->baseline);
    choose(report->chosen, report->centre);
    if (report->cases->len <= LAD_SWEEP_MAX_CHOSEN)
        for (guint i = 0; i < report->cases->len; i++)
            if (!isnan(lad_sweep_mean(report, g_array_index(report->cases, guint, i),
                                      report->objective.metric)))
                choose(report->chosen, g_array_index(report->cases, guint, i));
    for (guint i = 0; i < report->sensitivities->len; i++)
        choose_along(report,
                     g_array_index(report->sensitivities, LadSweepSensitivity, i).dimension);
    /* A grid with holes has no sensitivities. */
    for (guint i = 0; i < report->table->grid->n_dimensions; i++)
        if ((int)i != report->table->grid->seed_dimension)
            choose_along(report, i);
    g_array_sort(report->chosen, compare_points);
}

static void
find_centre(LadSweepReport *report)
{
    const LadSweepTable *table = report->table;
    guint baseline = table->grid->baseline;
    report->baseline = LAD_SWEEP_NO_POINT;
    if (baseline != LAD_SWEEP_NO_POINT &&
        !isnan(lad_sweep_mean(report, baseline, report->objective.metric)))
        report->baseline = baseline;
    report->best = lad_sweep_best(table, &report->objective, report->constraints);
    report->centre = report->best != LAD_SWEEP_NO_POINT ? report->best : report->baseline;
    for (guint i = 0; report->centre == LAD_SWEEP_NO_POINT && i < report->cases->len; i++) {
        guint point = g_array_index(report->cases, guint, i);
        if (!isnan(lad_sweep_mean(report, point, report->objective.metric)))
            report->centre = point;
    }
}

gboolean
lad_sweep_report_init(LadSweepReport *report, const LadSweepTable *table,
                      const LadSweepQuestion *question, GError **error)
{
    const LadSweepGrid *grid = table->grid;
    *report = (LadSweepReport){.table = table};
    report->cases = lad_sweep_cases(table);
    g_autofree char *incomplete = lad_sweep_table_incomplete(table);
    if (incomplete != NULL)
        report->mark = g_strdup_printf("PARTIAL DATA: %s", incomplete);
    if (!take_objective(report, question->objective != NULL ? question->objective : grid->objective,
                        error))
        return FALSE;
    report->constraints = lad_sweep_constraints(
        table, question->constraints != NULL ? question->constraints : grid->constraint, error);
    if (report->constraints == NULL ||
        !take_pareto(report, question->pareto != NULL ? question->pareto : grid->pareto, error))
        return FALSE;
    find_centre(report);
    if (report->centre == LAD_SWEEP_NO_POINT) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_RESULT,
                    "none of %u points is done with all its seeds; expected results of "
                    "`memladder sweep run`",
                    table->n_runs);
        return FALSE;
    }
    report->sensitivities = lad_sweep_sensitivities(table, report->objective.metric);
    choose_cases(report);
    return TRUE;
}

void
lad_sweep_report_clear(LadSweepReport *report)
{
    g_free(report->objective.metric);
    g_clear_pointer(&report->constraints, g_ptr_array_unref);
    g_clear_pointer(&report->pareto, g_ptr_array_unref);
    g_clear_pointer(&report->cases, g_array_unref);
    g_clear_pointer(&report->chosen, g_array_unref);
    g_clear_pointer(&report->sensitivities, g_array_unref);
    g_free(report->mark);
}

/* ---- What figures share ------------------------------------------------------------------------
 */

LadSweepPicture *
lad_sweep_picture_add(const LadSweepReport *report, GPtrArray *pictures, const char *script,
                      const char *stem, const char *title)
{
    const LadSweepTable *table = report->table;
    LadSweepPicture *picture = g_new0(LadSweepPicture, 1);
    picture->script = script;
    picture->stem = g_strcanon(g_strdup(stem), G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_.", '-');
    picture->title = g_strdup(title);
    picture->caption = g_string_new(NULL);
    picture->table = g_string_new(NULL);
    g_string_append_printf(picture->table, "# memladder %s, plan %.16s, %u of %u points done\n",
                           table->version, table->identity, table->n_done, table->n_runs);
    if (report->mark != NULL)
        g_string_append_printf(picture->table, "# %s\n", report->mark);
    g_ptr_array_add(pictures, picture);
    return picture;
}

static void
separate(GString *table)
{
    if (table->len > 0 && table->str[table->len - 1] != '\n')
        g_string_append_c(table, '\t');
}

void
lad_sweep_cell_number(GString *table, double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    separate(table);
    g_string_append(table,
                    isnan(value) ? "NaN" : g_ascii_formatd(buffer, sizeof buffer, "%.7g", value));
}

void
lad_sweep_cell_text(GString *table, const char *text)
{
    separate(table);
    /* What gnuplot would take for a separator, a missing cell or a quote. */
    for (const char *c = *text != '\0' ? text : "-"; *c != '\0'; c++)
        g_string_append_c(table, *c == '\t' || *c == '\n' ? ' ' : *c == '"' ? '\'' : *c);
}

void
lad_sweep_end_row(GString *table)
{
    g_string_append_c(table, '\n');
}

double
lad_sweep_mean(const LadSweepReport *report, guint point, const char *metric)
{
    LadSweepEstimate estimate;
    return lad_sweep_case_estimate(report->table, point, metric, &estimate) ? estimate.mean
                                                                            : (double)NAN;
}

/* Labels of the axes, zipped ones by the first. */
static void
append_label(GString *text, const LadSweepGrid *grid, guint dimension, guint position)
{
    for (guint i = 0; i < grid->axes->len; i++) {
        const LadSweepAxis *axis = grid->axes->pdata[i];
        if (axis->dimension != dimension)
            continue;
        g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", axis->labels[position]);
        return;
    }
}

char *
lad_sweep_label(const LadSweepTable *table, guint point)
{
    const LadSweepGrid *grid = table->grid;
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < grid->n_dimensions; i++)
        if ((int)i != grid->seed_dimension && grid->sizes[i] > 1)
            append_label(text, grid, i, lad_sweep_grid_position(grid, point, i));
    if (text->len == 0)
        g_string_append(text, "all");
    return g_string_free(text, FALSE);
}

char *
lad_sweep_position_label(const LadSweepGrid *grid, guint dimension, guint position)
{
    GString *text = g_string_new(NULL);
    append_label(text, grid, dimension, position);
    return g_string_free(text, FALSE);
}

char *
lad_sweep_dimension_title(const LadSweepGrid *grid, guint dimension)
{
    for (guint i = 0; i < grid->axes->len; i++) {
        const LadSweepAxis *axis = grid->axes->pdata[i];
        if (axis->dimension == dimension)
            return g_strdup(axis->title);
    }
    g_assert_not_reached();
}

char *
lad_sweep_estimate_text(const LadSweepEstimate *estimate, const char *unit)
{
    g_autofree char *mean = lad_quantity(estimate->mean, unit);
    if (isnan(estimate->half))
        return g_steal_pointer(&mean);
    g_autofree char *half = lad_quantity(estimate->half, unit);
    return g_strdup_printf("%s ± %s (95 %%, %u seeds)", mean, half, estimate->n);
}
