/* sweep_savings.c - what groups of processes saved in memory, against the pressure that it cost. */
#include "config.h"
#include "analysis/report/sweep_report.h"
#include <math.h>
#include <string.h>

#define PREFIX    "cgroup_"
#define SAVING    ".saving_mean"
#define MAX_LINES 8

typedef struct {
    const LadSweepReport *report;
    char *saving;   /* cgroup_app.saving_mean */
    char *pressure; /* pressure_app.memory_some */
    guint along;    /* dimension that a line runs along */
    guint lines;    /* dimension with a line per value, or LAD_SWEEP_NO_POINT */
} Curve;

/* In % of the time. */
static double
pressure_of(const Curve *curve, guint point)
{
    double stalled = lad_sweep_mean(curve->report, point, curve->pressure);
    double time = lad_sweep_mean(curve->report, point, "run.simulated_time");
    return 100 * stalled / 1e12 / time;
}

/* A line runs along the first axis of numbers, and there is one per value of the first of names. */
static void
take_dimensions(Curve *curve)
{
    const LadSweepGrid *grid = curve->report->table->grid;
    curve->along = curve->lines = LAD_SWEEP_NO_POINT;
    for (guint i = 0; i < grid->n_dimensions; i++) {
        if (grid->sizes[i] < 2 || (int)i == grid->seed_dimension)
            continue;
        gboolean numeric = lad_sweep_grid_is_numeric(grid, i);
        if (numeric && curve->along == LAD_SWEEP_NO_POINT)
            curve->along = i;
        else if (curve->lines == LAD_SWEEP_NO_POINT && grid->sizes[i] <= MAX_LINES)
            curve->lines = i;
    }
}

static guint
add_line(const Curve *curve, GString *table, guint line)
{
    const LadSweepGrid *grid = curve->report->table->grid;
    guint start = curve->report->centre, n = 0;
    if (curve->lines != LAD_SWEEP_NO_POINT)
        start = lad_sweep_grid_moved(grid, start, curve->lines, line);
    guint length = curve->along != LAD_SWEEP_NO_POINT ? grid->sizes[curve->along] : 1;
    for (guint i = 0; i < length; i++) {
        guint point = curve->along != LAD_SWEEP_NO_POINT
                          ? lad_sweep_grid_moved(grid, start, curve->along, i)
                          : start;
        double saving = lad_sweep_mean(curve->report, point, curve->saving);
        double pressure = pressure_of(curve, point);
        if (isnan(saving) || isnan(pressure))
            continue;
        g_autofree char *label = curve->along != LAD_SWEEP_NO_POINT
                                     ? lad_sweep_position_label(grid, curve->along, i)
                                     : g_strdup("-");
        lad_sweep_cell_number(table, pressure);
        lad_sweep_cell_number(table, 100 * saving);
        lad_sweep_cell_text(table, label);
        lad_sweep_end_row(table);
        n++;
    }
    return n;
}

static void
add_head(const Curve *curve, GString *table, guint line)
{
    const LadSweepGrid *grid = curve->report->table->grid;
    g_autofree char *name = curve->lines != LAD_SWEEP_NO_POINT
                                ? lad_sweep_position_label(grid, curve->lines, line)
                                : g_strdup("memory saved");
    lad_sweep_cell_text(table, "memory pressure, some (% of time)");
    lad_sweep_cell_text(table, name);
    lad_sweep_cell_text(table, "point");
    lad_sweep_end_row(table);
}

static void
say_curve(const Curve *curve, GString *caption)
{
    const LadSweepReport *report = curve->report;
    const LadSweepGrid *grid = report->table->grid;
    g_string_append(caption, "Share of the group's memory that is saved on average, net of "
                             "compressed copies, against the share of time in which some of it "
                             "waits for memory; further up and left is better.");
    if (curve->along != LAD_SWEEP_NO_POINT) {
        g_autofree char *title = lad_sweep_dimension_title(grid, curve->along);
        g_string_append_printf(caption, " Labels: %s.", title);
    }
    g_autofree char *label = lad_sweep_label(report->table, report->centre);
    g_string_append_printf(caption, " In %s, %.2f %% is saved at %.3g %% of the time.", label,
                           100 * lad_sweep_mean(report, report->centre, curve->saving),
                           pressure_of(curve, report->centre));
}

static void
add_group(const LadSweepReport *report, GPtrArray *pictures, const char *group)
{
    Curve curve = {.report = report};
    curve.saving = g_strdup_printf(PREFIX "%s" SAVING, group);
    curve.pressure = g_strdup_printf("pressure_%s.memory_some", group);
    take_dimensions(&curve);
    if (lad_sweep_table_column(report->table, curve.pressure) != NULL) {
        g_autofree char *stem = g_strdup_printf("savings-%s", group);
        g_autofree char *title = g_strdup_printf("Savings against pressure of %s", group);
        LadSweepPicture *picture = lad_sweep_picture_add(report, pictures, "savings", stem, title);
        guint n_lines =
            curve.lines != LAD_SWEEP_NO_POINT ? report->table->grid->sizes[curve.lines] : 1;
        guint n = 0;
        for (guint line = 0; line < n_lines; line++) {
            g_autoptr(GString) rows = g_string_new(NULL);
            if (add_line(&curve, rows, line) == 0)
                continue;
            g_string_append(picture->table, n++ > 0 ? "\n\n" : "");
            add_head(&curve, picture->table, line);
            g_string_append(picture->table, rows->str);
        }
        say_curve(&curve, picture->caption);
        if (n == 0)
            g_ptr_array_remove_index(pictures, pictures->len - 1);
    }
    g_free(curve.saving);
    g_free(curve.pressure);
}

void
lad_sweep_add_savings(const LadSweepReport *report, GPtrArray *pictures)
{
    for (guint i = 0; i < report->table->columns->len; i++) {
        const char *name = ((LadSweepColumn *)report->table->columns->pdata[i])->name;
        if (!g_str_has_prefix(name, PREFIX) || !g_str_has_suffix(name, SAVING))
            continue;
        g_autofree char *group =
            g_strndup(name + strlen(PREFIX), strlen(name) - strlen(PREFIX) - strlen(SAVING));
        add_group(report, pictures, group);
    }
}
