/* sweep_axes.c - the objective and other metrics along the axes, over two of them, and which axis
 * matters. */
#include "config.h"
#include "analysis/report/sweep_report.h"
#include "sim/result/quantity.h"
#include <math.h>
#include <string.h>

/* Lines in one figure, labels along one axis and cells with a figure in them, at most. */
#define MAX_LINES  8
#define MAX_TICKS  10
#define MAX_LABELS 80

/* ---- Along one axis ----------------------------------------------------------------------------
 */

typedef struct {
    const LadSweepReport *report;
    const char *metric;
    const char *unit;
    guint dimension;
    guint lines; /* dimension that the lines are of, or LAD_SWEEP_NO_POINT: one line */
    guint n_lines;
} Panel;

static guint
point_of(const Panel *panel, guint line, guint position)
{
    const LadSweepGrid *grid = panel->report->table->grid;
    guint point = lad_sweep_grid_moved(grid, panel->report->centre, panel->dimension, position);
    return panel->lines == LAD_SWEEP_NO_POINT
               ? point
               : lad_sweep_grid_moved(grid, point, panel->lines, line);
}

/* The dimension that matters most, but for this one, if its values are few. */
static guint
other_dimension(const LadSweepReport *report, guint dimension)
{
    const LadSweepGrid *grid = report->table->grid;
    for (guint i = 0; i < report->sensitivities->len; i++) {
        guint other = g_array_index(report->sensitivities, LadSweepSensitivity, i).dimension;
        if (other != dimension && grid->sizes[other] > 1 && grid->sizes[other] <= MAX_LINES)
            return other;
    }
    return LAD_SWEEP_NO_POINT;
}

static gboolean
has_value(const Panel *panel)
{
    for (guint line = 0; line < panel->n_lines; line++)
        for (guint i = 0; i < panel->report->table->grid->sizes[panel->dimension]; i++)
            if (!isnan(lad_sweep_mean(panel->report, point_of(panel, line, i), panel->metric)))
                return TRUE;
    return FALSE;
}

static double
largest(const Panel *panel)
{
    double most = 0;
    for (guint line = 0; line < panel->n_lines; line++)
        for (guint i = 0; i < panel->report->table->grid->sizes[panel->dimension]; i++) {
            double mean = lad_sweep_mean(panel->report, point_of(panel, line, i), panel->metric);
            most = isnan(mean) ? most : MAX(most, fabs(mean));
        }
    return most;
}

static void
add_panel_rows(const Panel *panel, GString *table)
{
    const LadSweepGrid *grid = panel->report->table->grid;
    guint n = grid->sizes[panel->dimension], step = (n + MAX_TICKS - 1) / MAX_TICKS;
    double divisor;
    g_autofree char *title = lad_sweep_dimension_title(grid, panel->dimension);
    const char *unit = lad_quantity_scale(largest(panel), panel->unit, &divisor);
    g_autofree char *head =
        *unit != '\0' ? g_strdup_printf("%s (%s)", panel->metric, unit) : g_strdup(panel->metric);
    lad_sweep_cell_text(table, head);
    lad_sweep_cell_text(table, title);
    for (guint line = 0; line < panel->n_lines; line++) {
        g_autofree char *label = panel->lines == LAD_SWEEP_NO_POINT
                                     ? g_strdup(panel->metric)
                                     : lad_sweep_position_label(grid, panel->lines, line);
        g_autofree char *half = g_strdup_printf("+- %s", label);
        lad_sweep_cell_text(table, label);
        lad_sweep_cell_text(table, half);
    }
    lad_sweep_end_row(table);
    for (guint i = 0; i < n; i++) {
        g_autofree char *label = lad_sweep_position_label(grid, panel->dimension, i);
        lad_sweep_cell_number(table, i);
        lad_sweep_cell_text(table, i % step == 0 ? label : " ");
        for (guint line = 0; line < panel->n_lines; line++) {
            LadSweepEstimate estimate = {0, (double)NAN, (double)NAN};
            lad_sweep_case_estimate(panel->report->table, point_of(panel, line, i), panel->metric,
                                    &estimate);
            lad_sweep_cell_number(table, estimate.mean / divisor);
            lad_sweep_cell_number(table, estimate.half / divisor);
        }
        lad_sweep_end_row(table);
    }
}

/* Where the axes that the figure does not show stand. */
static void
say_where(const Panel *panel, GString *caption)
{
    const LadSweepGrid *grid = panel->report->table->grid;
    const char *between = "; the other axes stand at ";
    for (guint i = 0; i < grid->axes->len; i++) {
        const LadSweepAxis *axis = grid->axes->pdata[i];
        if (axis->dimension == panel->dimension || axis->dimension == panel->lines ||
            (int)axis->dimension == grid->seed_dimension || axis->n_values < 2)
            continue;
        g_string_append_printf(
            caption, "%s%s=%s", between, axis->name,
            axis->labels[lad_sweep_grid_index(grid, panel->report->centre, axis)]);
        between = ", ";
    }
    g_string_append(caption, ".");
    if (grid->seed_dimension >= 0 && grid->sizes[grid->seed_dimension] > 1)
        g_string_append_printf(caption, " Bars: 95 %% intervals over %u seeds.",
                               grid->sizes[grid->seed_dimension]);
}

static char *
value_text(double value, const char *unit)
{
    return isnan(value) ? g_strdup("no result") : lad_quantity(value, unit);
}

/* The least and the most of values that have no order. */
static void
say_extremes(const Panel *panel, GString *caption)
{
    const LadSweepReport *report = panel->report;
    const LadSweepGrid *grid = report->table->grid;
    double least = NAN, most = NAN;
    guint low = 0, high = 0;
    for (guint i = 0; i < grid->sizes[panel->dimension]; i++) {
        guint point = lad_sweep_grid_moved(grid, report->centre, panel->dimension, i);
        double mean = lad_sweep_mean(report, point, panel->metric);
        if (isnan(mean))
            continue;
        if (isnan(least) || mean < least) {
            least = mean;
            low = i;
        }
        if (isnan(most) || mean > most) {
            most = mean;
            high = i;
        }
    }
    g_autofree char *from = lad_quantity(least, panel->unit), *to = lad_quantity(most, panel->unit);
    g_autofree char *low_label = lad_sweep_position_label(grid, panel->dimension, low);
    g_autofree char *high_label = lad_sweep_position_label(grid, panel->dimension, high);
    g_string_append_printf(caption, "%s is least with %s, %s, and most with %s, %s", panel->metric,
                           low_label, from, high_label, to);
}

/* From the first to the last value, and the knee, of the line through the centre. */
static void
say_course(const Panel *panel, GString *caption)
{
    const LadSweepReport *report = panel->report;
    const LadSweepGrid *grid = report->table->grid;
    guint n = grid->sizes[panel->dimension], knee;
    guint last_point = lad_sweep_grid_moved(grid, report->centre, panel->dimension, n - 1);
    guint first_point = lad_sweep_grid_moved(grid, report->centre, panel->dimension, 0);
    double first = lad_sweep_mean(report, first_point, panel->metric);
    double last = lad_sweep_mean(report, last_point, panel->metric);
    g_autofree char *from = value_text(first, panel->unit), *to = value_text(last, panel->unit);
    g_autofree char *begin = lad_sweep_position_label(grid, panel->dimension, 0);
    g_autofree char *end = lad_sweep_position_label(grid, panel->dimension, n - 1);
    if (lad_sweep_grid_is_numeric(grid, panel->dimension))
        g_string_append_printf(caption, "%s goes from %s at %s to %s at %s", panel->metric, from,
                               begin, to, end);
    else
        say_extremes(panel, caption);
    if (lad_sweep_knee(report->table, report->centre, panel->dimension, panel->metric, &knee)) {
        g_autofree char *bend = lad_sweep_position_label(grid, panel->dimension, knee);
        g_string_append_printf(caption, ", with its knee at %s", bend);
    }
    if (panel->lines != LAD_SWEEP_NO_POINT) {
        g_autofree char *at = lad_sweep_position_label(
            grid, panel->lines, lad_sweep_grid_position(grid, report->centre, panel->lines));
        g_autofree char *title = lad_sweep_dimension_title(grid, panel->lines);
        g_string_append_printf(caption, " (%s %s; one colour per %s)", title, at, title);
    }
}

static void
add_panel(const LadSweepReport *report, GPtrArray *pictures, const char *metric, guint dimension)
{
    const LadSweepGrid *grid = report->table->grid;
    Panel panel = {report,
                   metric,
                   lad_sweep_metric_unit(report->table, metric, NULL),
                   dimension,
                   other_dimension(report, dimension),
                   1};
    if (panel.lines != LAD_SWEEP_NO_POINT)
        panel.n_lines = grid->sizes[panel.lines];
    if (panel.unit == NULL || !has_value(&panel))
        return;
    g_autofree char *title = lad_sweep_dimension_title(grid, dimension);
    g_autofree char *stem = g_strdup_printf("axis-%s-%s", title, metric);
    g_autofree char *heading = g_strdup_printf("%s by %s", metric, title);
    LadSweepPicture *picture = lad_sweep_picture_add(
        report, pictures, lad_sweep_grid_is_numeric(grid, dimension) ? "axis" : "axis-names", stem,
        heading);
    add_panel_rows(&panel, picture->table);
    say_course(&panel, picture->caption);
    say_where(&panel, picture->caption);
}

void
lad_sweep_add_axes(const LadSweepReport *report, GPtrArray *pictures)
{
    const LadSweepGrid *grid = report->table->grid;
    for (guint i = 0; i < grid->n_dimensions; i++) {
        if ((int)i == grid->seed_dimension || grid->sizes[i] < 2)
            continue;
        add_panel(report, pictures, report->objective.metric, i);
        for (char **metric = grid->metrics; *metric != NULL; metric++)
            if (strcmp(*metric, report->objective.metric) != 0)
                add_panel(report, pictures, *metric, i);
    }
}

/* ---- Over two axes -----------------------------------------------------------------------------
 */

static void
add_cells(const LadSweepReport *report, GString *table, guint across, guint up)
{
    const LadSweepGrid *grid = report->table->grid;
    guint nx = grid->sizes[across], ny = grid->sizes[up];
    guint x_step = (nx + MAX_TICKS - 1) / MAX_TICKS, y_step = (ny + MAX_TICKS - 1) / MAX_TICKS;
    double most = 0, divisor;
    for (guint i = 0; i < nx * ny; i++) {
        guint point = lad_sweep_grid_moved(grid, report->centre, across, i % nx);
        point = lad_sweep_grid_moved(grid, point, up, i / nx);
        double mean = lad_sweep_mean(report, point, report->objective.metric);
        most = isnan(mean) ? most : MAX(most, fabs(mean));
    }
    const char *unit = lad_quantity_scale(most, report->unit, &divisor);
    g_autofree char *x_title = lad_sweep_dimension_title(grid, across);
    g_autofree char *y_title = lad_sweep_dimension_title(grid, up);
    g_autofree char *title = *unit != '\0'
                                 ? g_strdup_printf("%s (%s)", report->objective.metric, unit)
                                 : g_strdup(report->objective.metric);
    const char *const heads[] = {x_title, y_title, "column", "row", title, "cell"};
    for (guint i = 0; i < G_N_ELEMENTS(heads); i++)
        lad_sweep_cell_text(table, heads[i]);
    lad_sweep_end_row(table);
    for (guint i = 0; i < nx * ny; i++) {
        guint point = lad_sweep_grid_moved(grid, report->centre, across, i % nx);
        point = lad_sweep_grid_moved(grid, point, up, i / nx);
        double mean = lad_sweep_mean(report, point, report->objective.metric);
        g_autofree char *x_label = lad_sweep_position_label(grid, across, i % nx);
        g_autofree char *y_label = lad_sweep_position_label(grid, up, i / nx);
        guint8 done = report->table->done[point];
        g_autofree char *text = isnan(mean) ? g_strdup(done == LAD_SWEEP_FAILED    ? "failed"
                                                       : done == LAD_SWEEP_SKIPPED ? "skipped"
                                                                                   : "missing")
                                            : g_strdup_printf("%.3g", mean / divisor);
        lad_sweep_cell_number(table, i % nx);
        lad_sweep_cell_number(table, i / nx);
        lad_sweep_cell_text(table, i % nx % x_step == 0 ? x_label : " ");
        lad_sweep_cell_text(table, i / nx % y_step == 0 ? y_label : " ");
        lad_sweep_cell_number(table, mean / divisor);
        lad_sweep_cell_text(table, nx * ny <= MAX_LABELS ? text : " ");
        lad_sweep_end_row(table);
    }
}

/* The two dimensions that matter most. */
void
lad_sweep_add_map(const LadSweepReport *report, GPtrArray *pictures)
{
    const LadSweepGrid *grid = report->table->grid;
    guint found[2], n = 0;
    for (guint i = 0; i < report->sensitivities->len && n < 2; i++) {
        guint dimension = g_array_index(report->sensitivities, LadSweepSensitivity, i).dimension;
        if (grid->sizes[dimension] > 1)
            found[n++] = dimension;
    }
    /* A grid with holes has no sensitivities, but a map. */
    for (guint i = 0; i < grid->n_dimensions && n < 2; i++)
        if ((int)i != grid->seed_dimension && grid->sizes[i] > 1 && (n == 0 || found[0] != i))
            found[n++] = i;
    if (n < 2)
        return;
    guint across = grid->sizes[found[0]] >= grid->sizes[found[1]] ? found[0] : found[1];
    guint up = across == found[0] ? found[1] : found[0];
    g_autofree char *x = lad_sweep_dimension_title(grid, across);
    g_autofree char *y = lad_sweep_dimension_title(grid, up);
    g_autofree char *title = g_strdup_printf("%s by %s and %s", report->objective.metric, x, y);
    LadSweepPicture *picture = lad_sweep_picture_add(report, pictures, "map", "map", title);
    add_cells(report, picture->table, across, up);
    g_autofree char *at = lad_sweep_label(report->table, report->centre);
    g_string_append_printf(picture->caption,
                           "The darker, the larger %s (%s is better); the best point is %s. White "
                           "cells have no result.",
                           report->objective.metric, report->objective.sign > 0 ? "more" : "less",
                           at);
}

/* ---- Which axis matters ------------------------------------------------------------------------
 */

void
lad_sweep_add_sensitivity(const LadSweepReport *report, GPtrArray *pictures)
{
    const LadSweepGrid *grid = report->table->grid;
    if (report->sensitivities->len == 0)
        return;
    g_autofree char *title = g_strdup_printf("What %s depends on most", report->objective.metric);
    LadSweepPicture *picture =
        lad_sweep_picture_add(report, pictures, "sensitivity", "sensitivity", title);
    lad_sweep_cell_text(picture->table, "axis");
    lad_sweep_cell_text(picture->table, "range of its means (% of the overall mean)");
    lad_sweep_end_row(picture->table);
    g_string_append(picture->caption,
                    "By how much the mean changes along each axis, over all values of the others");
    for (guint i = 0; i < report->sensitivities->len; i++) {
        const LadSweepSensitivity *one =
            &g_array_index(report->sensitivities, LadSweepSensitivity, i);
        g_autofree char *name = lad_sweep_dimension_title(grid, one->dimension);
        g_autofree char *best = lad_sweep_position_label(grid, one->dimension, one->best);
        lad_sweep_cell_text(picture->table, name);
        lad_sweep_cell_number(picture->table, 100 * one->effect);
        lad_sweep_end_row(picture->table);
        g_string_append_printf(picture->caption, "%s %s %.2f %% (most at %s)", i == 0 ? ":" : ",",
                               name, 100 * one->effect, best);
    }
    g_string_append_c(picture->caption, '.');
}
