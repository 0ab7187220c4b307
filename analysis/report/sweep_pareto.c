/* sweep_pareto.c - the cases that no other beats in everything at once. */
#include "config.h"
#include "analysis/report/sweep_report.h"
#include "sim/result/quantity.h"
#include <math.h>
#include <string.h>

/* Points of the front that are named in the figure; the others are told in the table. */
#define MAX_NAMED 10

typedef struct {
    const LadSweepReport *report;
    const LadSweepObjective *x, *y; /* y is the objective if it is one of them */
    const char *x_unit, *y_unit;
    double x_divisor, y_divisor;
} Plane;

static double
largest(const LadSweepReport *report, const char *metric)
{
    double most = 0;
    for (guint i = 0; i < report->cases->len; i++) {
        double mean = lad_sweep_mean(report, g_array_index(report->cases, guint, i), metric);
        most = isnan(mean) ? most : MAX(most, fabs(mean));
    }
    return most;
}

static void
add_point(const Plane *plane, GString *table, guint point, const char *name)
{
    lad_sweep_cell_number(table, lad_sweep_mean(plane->report, point, plane->x->metric) /
                                     plane->x_divisor);
    lad_sweep_cell_number(table, lad_sweep_mean(plane->report, point, plane->y->metric) /
                                     plane->y_divisor);
    lad_sweep_cell_text(table, name);
    lad_sweep_end_row(table);
}

static void
add_head(const Plane *plane, GString *table, const char *what)
{
    g_autofree char *x = *plane->x_unit != '\0'
                             ? g_strdup_printf("%s (%s)", plane->x->metric, plane->x_unit)
                             : g_strdup(plane->x->metric);
    g_autofree char *y = *plane->y_unit != '\0'
                             ? g_strdup_printf("%s (%s)", plane->y->metric, plane->y_unit)
                             : g_strdup(plane->y->metric);
    lad_sweep_cell_text(table, x);
    lad_sweep_cell_text(table, y);
    lad_sweep_cell_text(table, what);
    lad_sweep_end_row(table);
}

/* In order of x, so that names follow the front. */
static GArray *
sorted_front(const Plane *plane)
{
    const LadSweepReport *report = plane->report;
    GArray *front = lad_sweep_pareto(report->table, report->pareto, report->constraints);
    for (guint i = 1; i < front->len; i++)
        for (guint j = i; j > 0; j--) {
            guint *a = &g_array_index(front, guint, j - 1), *b = &g_array_index(front, guint, j);
            if (lad_sweep_mean(report, *a, plane->x->metric) <=
                lad_sweep_mean(report, *b, plane->x->metric))
                break;
            guint swap = *a;
            *a = *b;
            *b = swap;
        }
    return front;
}

/* The front's points that are named: all, or as many as fit, evenly along it with both ends. */
static guint
named(const GArray *front, guint index)
{
    guint n = MIN(front->len, MAX_NAMED);
    guint at = n > 1 ? (index * (front->len - 1) + (n - 1) / 2) / (n - 1) : 0;
    return g_array_index(front, guint, at);
}

static void
say_front(const Plane *plane, const GArray *front, GString *caption)
{
    const LadSweepReport *report = plane->report;
    g_string_append_printf(caption, "%u of %u cases are on the front of ", front->len,
                           report->cases->len);
    for (guint i = 0; i < report->pareto->len; i++) {
        const LadSweepObjective *one = report->pareto->pdata[i];
        g_string_append_printf(caption, "%s%s %s", i > 0 ? ", " : "",
                               one->sign > 0 ? "most" : "least", one->metric);
    }
    for (guint i = 0; i < report->constraints->len; i++)
        g_string_append_printf(caption, "%s%s", i == 0 ? ", among those with " : " and ",
                               ((LadSweepConstraint *)report->constraints->pdata[i])->text);
    g_string_append(caption, ": no other of them is better in one of these without being worse in "
                             "another. ");
    for (guint i = 0; i < front->len && i < MAX_NAMED; i++) {
        guint point = named(front, i);
        g_autofree char *label = lad_sweep_label(report->table, point);
        g_string_append_printf(caption, "%s%c: %s (", i > 0 ? "; " : "", 'A' + (int)i, label);
        for (guint j = 0; j < report->pareto->len; j++) {
            const LadSweepObjective *one = report->pareto->pdata[j];
            g_autofree char *value =
                lad_quantity(lad_sweep_mean(report, point, one->metric),
                             lad_sweep_metric_unit(report->table, one->metric, NULL));
            g_string_append_printf(caption, "%s%s %s", j > 0 ? ", " : "", one->metric, value);
        }
        g_string_append(caption, ")");
    }
    g_string_append(caption, front->len > MAX_NAMED ? "; the others are in the table." : ".");
}

static void
add_block(const Plane *plane, GString *table, const char *what, const GArray *front)
{
    g_string_append(table, "\n\n");
    add_head(plane, table, what);
    for (guint i = 0; i < front->len; i++)
        add_point(plane, table, g_array_index(front, guint, i), "-");
}

void
lad_sweep_add_pareto(const LadSweepReport *report, GPtrArray *pictures)
{
    if (report->pareto->len < 2)
        return;
    /* y: the first objective; x: the second. */
    Plane plane = {.report = report, .x = report->pareto->pdata[1], .y = report->pareto->pdata[0]};
    plane.x_unit = lad_quantity_scale(largest(report, plane.x->metric),
                                      lad_sweep_metric_unit(report->table, plane.x->metric, NULL),
                                      &plane.x_divisor);
    plane.y_unit = lad_quantity_scale(largest(report, plane.y->metric),
                                      lad_sweep_metric_unit(report->table, plane.y->metric, NULL),
                                      &plane.y_divisor);
    g_autoptr(GArray) front = sorted_front(&plane);
    if (front->len == 0)
        return;
    g_autofree char *title =
        g_strdup_printf("Pareto front: %s against %s", plane.y->metric, plane.x->metric);
    LadSweepPicture *picture = lad_sweep_picture_add(report, pictures, "pareto", "pareto", title);
    add_head(&plane, picture->table, "other cases");
    for (guint i = 0; i < report->cases->len; i++) {
        g_autofree char *label =
            lad_sweep_label(report->table, g_array_index(report->cases, guint, i));
        add_point(&plane, picture->table, g_array_index(report->cases, guint, i), label);
    }
    g_string_append(picture->table, "\n\n");
    add_head(&plane, picture->table, "on the front");
    for (guint i = 0; i < front->len && i < MAX_NAMED; i++) {
        guint point = named(front, i);
        g_autofree char *label = lad_sweep_label(report->table, point);
        g_autofree char *name = g_strdup_printf("%c  %s", 'A' + (int)i, label);
        add_point(&plane, picture->table, point, name);
    }
    add_block(&plane, picture->table, "front", front);
    /* With more objectives than axes the front is no line. */
    if (report->pareto->len == 2)
        add_block(&plane, picture->table, "line", front);
    say_front(&plane, front, picture->caption);
}
