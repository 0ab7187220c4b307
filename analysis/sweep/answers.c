/* answers.c - means, differences, the best, the front, sensitivities and knees. */
#include "config.h"
#include "analysis/sweep/answers.h"
#include "analysis/profile/statistics.h"
#include "analysis/sweep/values.h"
#include "sim/base/nearest.h"
#include "sim/base/units.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A bend of less than this share of the height is a straight line. */
#define STRAIGHT 0.05

/* ---- Samples -----------------------------------------------------------------------------------
 */

static LadSweepEstimate
estimate_of(const GArray *values)
{
    LadSweepEstimate estimate = {.n = values->len, .half = NAN};
    if (values->len > 0)
        estimate.mean =
            lad_mean_interval((const double *)values->data, values->len, &estimate.half);
    return estimate;
}

static gboolean
value_at(const LadSweepTable *table, guint point, const char *metric, double *value)
{
    const LadSweepColumn *column = lad_sweep_table_column(table, metric);
    *value = column != NULL && table->done[point] == LAD_SWEEP_DONE ? column->values[point] : NAN;
    return isfinite(*value);
}

static guint
n_seeds(const LadSweepTable *table)
{
    const LadSweepGrid *grid = table->grid;
    return grid->seed_dimension < 0 ? 1 : grid->sizes[grid->seed_dimension];
}

static guint
with_seed(const LadSweepTable *table, guint point, guint seed)
{
    const LadSweepGrid *grid = table->grid;
    return grid->seed_dimension < 0
               ? point
               : lad_sweep_grid_moved(grid, point, (guint)grid->seed_dimension, seed);
}

gboolean
lad_sweep_case_difference(const LadSweepTable *table, guint point, guint other, const char *metric,
                          LadSweepEstimate *estimate)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint seed = 0; seed < n_seeds(table); seed++) {
        double value, base = 0;
        if (!value_at(table, with_seed(table, point, seed), metric, &value) ||
            (other != LAD_SWEEP_NO_POINT &&
             !value_at(table, with_seed(table, other, seed), metric, &base)))
            return FALSE;
        value -= base;
        g_array_append_val(values, value);
    }
    *estimate = estimate_of(values);
    return TRUE;
}

gboolean
lad_sweep_case_estimate(const LadSweepTable *table, guint point, const char *metric,
                        LadSweepEstimate *estimate)
{
    return lad_sweep_case_difference(table, point, LAD_SWEEP_NO_POINT, metric, estimate);
}

GArray *
lad_sweep_cases(const LadSweepTable *table)
{
    const LadSweepGrid *grid = table->grid;
    GArray *cases = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < grid->n_points; i++)
        if (table->done[i] != LAD_SWEEP_SKIPPED && with_seed(table, i, 0) == i)
            g_array_append_val(cases, i);
    return cases;
}

char *
lad_sweep_case_name(const LadSweepTable *table, guint point)
{
    const LadSweepGrid *grid = table->grid;
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < grid->axes->len; i++) {
        const LadSweepAxis *axis = grid->axes->pdata[i];
        if ((int)axis->dimension == grid->seed_dimension)
            continue;
        g_string_append_printf(text, "%s%s=%s", text->len > 0 ? ", " : "", axis->name,
                               axis->labels[lad_sweep_grid_index(grid, point, axis)]);
    }
    return g_string_free(text, FALSE);
}

const char *
lad_sweep_metric_unit(const LadSweepTable *table, const char *metric, GError **error)
{
    const LadSweepColumn *column = lad_sweep_table_column(table, metric);
    if (column != NULL)
        return column->unit;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < table->columns->len; i++)
        g_ptr_array_add(names, ((LadSweepColumn *)table->columns->pdata[i])->name);
    g_ptr_array_add(names, NULL);
    const char *nearest = lad_nearest(metric, (const char *const *)names->pdata);
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "no point has the metric `%s`%s%s; `memladder dump --dictionary` lists those of a "
                "result",
                metric, nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "");
    return NULL;
}

/* ---- Constraints and objectives ----------------------------------------------------------------
 */

static void
constraint_free(gpointer data)
{
    LadSweepConstraint *constraint = data;
    g_free(constraint->metric);
    g_free(constraint->text);
    g_free(constraint);
}

static void
objective_free(gpointer data)
{
    LadSweepObjective *objective = data;
    g_free(objective->metric);
    g_free(objective);
}

/* "2 us" in a metric's unit; a bare number is in that unit already. */
static gboolean
read_limit(const char *text, const char *unit, double *limit)
{
    static const struct {
        const char *unit;
        LadOptionType type;
        double divisor; /* base units in the metric's */
    } units[] = {
        {"ps", LAD_OPTION_TIME, 1},    {"ns", LAD_OPTION_TIME, 1e3},
        {"us", LAD_OPTION_TIME, 1e6},  {"s", LAD_OPTION_TIME, 1e12},
        {"byte", LAD_OPTION_BYTES, 1}, {"byte s-1", LAD_OPTION_BANDWIDTH, 1},
    };
    guint64 amount;
    for (guint i = 0; i < G_N_ELEMENTS(units); i++)
        if (strcmp(unit, units[i].unit) == 0 &&
            lad_units_parse(units[i].type, text, &amount, NULL)) {
            *limit = (double)amount / units[i].divisor;
            return TRUE;
        }
    char *end;
    *limit = g_ascii_strtod(text, &end);
    if (end != text && (strcmp(end, "%") == 0 || strcmp(end, " %") == 0)) {
        *limit /= 100;
        return TRUE;
    }
    return end != text && *end == '\0';
}

static gboolean
add_constraint(const LadSweepTable *table, GPtrArray *constraints, const char *text, GError **error)
{
    gsize at = strcspn(text, "<>");
    if (text[at] == '\0') {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "`%s` is no constraint; expected METRIC < VALUE or METRIC > VALUE, for example "
                    "tier_far.latency_p99 < 2 us",
                    text);
        return FALSE;
    }
    LadSweepConstraint *constraint = g_new0(LadSweepConstraint, 1);
    g_ptr_array_add(constraints, constraint);
    constraint->metric = g_strstrip(g_strndup(text, at));
    constraint->text = g_strdup(text);
    constraint->sign = text[at] == '<' ? -1 : 1;
    constraint->equal = text[at + 1] == '=';
    g_autofree char *value = g_strstrip(g_strdup(text + at + 1 + (constraint->equal ? 1 : 0)));
    const char *unit = lad_sweep_metric_unit(table, constraint->metric, error);
    if (unit == NULL)
        return FALSE;
    if (read_limit(value, unit, &constraint->limit))
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "`%s`: expected an amount for a metric in `%s`, for example 2 us, 5 or 90 %%", text,
                unit);
    return FALSE;
}

GPtrArray *
lad_sweep_constraints(const LadSweepTable *table, const char *text, GError **error)
{
    g_autoptr(GPtrArray) constraints = g_ptr_array_new_with_free_func(constraint_free);
    g_auto(GStrv) items = g_strsplit(text != NULL ? text : "", ",", -1);
    for (guint i = 0; items[i] != NULL; i++)
        if (*g_strstrip(items[i]) != '\0' && !add_constraint(table, constraints, items[i], error))
            return NULL;
    return g_steal_pointer(&constraints);
}

gboolean
lad_sweep_case_meets(const LadSweepTable *table, guint point, const GPtrArray *constraints)
{
    for (guint i = 0; i < constraints->len; i++) {
        const LadSweepConstraint *constraint = constraints->pdata[i];
        LadSweepEstimate estimate;
        if (!lad_sweep_case_estimate(table, point, constraint->metric, &estimate))
            return FALSE;
        double excess = (estimate.mean - constraint->limit) * constraint->sign;
        if (excess < 0 || (excess == 0 && !constraint->equal))
            return FALSE;
    }
    return TRUE;
}

GPtrArray *
lad_sweep_objectives(const LadSweepTable *table, const char *text, GError **error)
{
    g_autoptr(GPtrArray) objectives = g_ptr_array_new_with_free_func(objective_free);
    g_auto(GStrv) items = g_strsplit(text, ",", -1);
    for (guint i = 0; items[i] != NULL; i++) {
        const char *item = g_strstrip(items[i]);
        if (*item == '\0')
            continue;
        LadSweepObjective *objective = g_new0(LadSweepObjective, 1);
        g_ptr_array_add(objectives, objective);
        objective->sign = *item == '-' ? -1 : 1;
        objective->metric = g_strdup(item + (*item == '-' ? 1 : 0));
        if (lad_sweep_metric_unit(table, objective->metric, error) == NULL)
            return NULL;
    }
    return g_steal_pointer(&objectives);
}

guint
lad_sweep_best(const LadSweepTable *table, const LadSweepObjective *objective,
               const GPtrArray *constraints)
{
    g_autoptr(GArray) cases = lad_sweep_cases(table);
    guint best = LAD_SWEEP_NO_POINT;
    double most = 0;
    for (guint i = 0; i < cases->len; i++) {
        guint point = g_array_index(cases, guint, i);
        LadSweepEstimate estimate;
        if (!lad_sweep_case_estimate(table, point, objective->metric, &estimate) ||
            !lad_sweep_case_meets(table, point, constraints))
            continue;
        double value = estimate.mean * objective->sign;
        if (best == LAD_SWEEP_NO_POINT || value > most) {
            best = point;
            most = value;
        }
    }
    return best;
}

/* Whether `a` is nowhere worse than `b` and somewhere better. */
static gboolean
beats(const double *a, const double *b, guint n)
{
    gboolean better = FALSE;
    for (guint i = 0; i < n; i++) {
        if (a[i] < b[i])
            return FALSE;
        better = better || a[i] > b[i];
    }
    return better;
}

static gboolean
score(const LadSweepTable *table, guint point, const GPtrArray *objectives, double *scores)
{
    for (guint i = 0; i < objectives->len; i++) {
        const LadSweepObjective *objective = objectives->pdata[i];
        LadSweepEstimate estimate;
        if (!lad_sweep_case_estimate(table, point, objective->metric, &estimate))
            return FALSE;
        scores[i] = estimate.mean * objective->sign;
    }
    return TRUE;
}

GArray *
lad_sweep_pareto(const LadSweepTable *table, const GPtrArray *objectives,
                 const GPtrArray *constraints)
{
    g_autoptr(GArray) all = lad_sweep_cases(table);
    g_autoptr(GArray) cases = g_array_new(FALSE, FALSE, sizeof(guint));
    guint n = objectives->len;
    g_autofree double *scores = g_new0(double, (gsize)all->len *n + 1);
    for (guint i = 0; i < all->len; i++) {
        guint point = g_array_index(all, guint, i);
        if (lad_sweep_case_meets(table, point, constraints) &&
            score(table, point, objectives, scores + (gsize)cases->len * n))
            g_array_append_val(cases, point);
    }
    GArray *front = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < cases->len; i++) {
        gboolean beaten = FALSE;
        for (guint j = 0; j < cases->len && !beaten; j++)
            beaten = beats(scores + (gsize)j * n, scores + (gsize)i * n, n);
        if (!beaten)
            g_array_append_val(front, g_array_index(cases, guint, i));
    }
    return front;
}

/* ---- Which knob matters ------------------------------------------------------------------------
 */

/* Adds the row of cases through `point` along `dimension` to the sums, if it is whole. */
static gboolean
add_row(const LadSweepTable *table, guint point, guint dimension, const char *metric, double *sums)
{
    const LadSweepGrid *grid = table->grid;
    guint n = grid->sizes[dimension];
    g_autofree double *row = g_new0(double, n);
    for (guint i = 0; i < n; i++) {
        guint at = lad_sweep_grid_moved(grid, point, dimension, i);
        LadSweepEstimate estimate;
        if (!lad_sweep_case_estimate(table, at, metric, &estimate))
            return FALSE;
        row[i] = estimate.mean;
    }
    for (guint i = 0; i < n; i++)
        sums[i] += row[i];
    return TRUE;
}

static gboolean
sensitivity_of(const LadSweepTable *table, guint dimension, const char *metric,
               LadSweepSensitivity *to)
{
    const LadSweepGrid *grid = table->grid;
    guint n = grid->sizes[dimension], n_rows = 0;
    g_autofree double *sums = g_new0(double, n);
    g_autoptr(GArray) cases = lad_sweep_cases(table);
    for (guint i = 0; i < cases->len; i++) {
        guint point = g_array_index(cases, guint, i);
        if (lad_sweep_grid_position(grid, point, dimension) == 0)
            n_rows += add_row(table, point, dimension, metric, sums) ? 1 : 0;
    }
    if (n_rows == 0)
        return FALSE;
    double least = sums[0], most = sums[0], total = 0;
    to->dimension = dimension;
    to->best = 0;
    for (guint i = 0; i < n; i++) {
        least = MIN(least, sums[i]);
        if (sums[i] > most) {
            most = sums[i];
            to->best = i;
        }
        total += sums[i] / n;
    }
    to->effect = total != 0 ? (most - least) / fabs(total) : 0;
    return TRUE;
}

static int
compare_effects(gconstpointer a, gconstpointer b)
{
    const LadSweepSensitivity *x = a, *y = b;
    if (x->effect != y->effect)
        return x->effect < y->effect ? 1 : -1;
    return x->dimension < y->dimension ? -1 : 1;
}

GArray *
lad_sweep_sensitivities(const LadSweepTable *table, const char *metric)
{
    const LadSweepGrid *grid = table->grid;
    GArray *all = g_array_new(FALSE, FALSE, sizeof(LadSweepSensitivity));
    for (guint i = 0; i < grid->n_dimensions; i++) {
        LadSweepSensitivity one;
        if ((int)i != grid->seed_dimension && sensitivity_of(table, i, metric, &one))
            g_array_append_val(all, one);
    }
    g_array_sort(all, compare_effects);
    return all;
}

static const LadSweepAxis *
first_axis(const LadSweepGrid *grid, guint dimension)
{
    for (guint i = 0; i < grid->axes->len; i++) {
        const LadSweepAxis *axis = grid->axes->pdata[i];
        if (axis->dimension == dimension)
            return axis;
    }
    g_assert_not_reached();
}

gboolean
lad_sweep_knee(const LadSweepTable *table, guint point, guint dimension, const char *metric,
               guint *position)
{
    const LadSweepGrid *grid = table->grid;
    const LadSweepAxis *axis = first_axis(grid, dimension);
    guint n = grid->sizes[dimension];
    if (!lad_sweep_grid_is_numeric(grid, dimension) || n < 3)
        return FALSE;
    g_autofree double *x = g_new0(double, n), *y = g_new0(double, n);
    double low = INFINITY, high = -INFINITY;
    for (guint i = 0; i < n; i++) {
        LadSweepEstimate estimate;
        guint at = lad_sweep_grid_moved(grid, point, dimension, i);
        if (!lad_sweep_amount(axis->values[i], &x[i]) ||
            !lad_sweep_case_estimate(table, at, metric, &estimate))
            return FALSE;
        y[i] = estimate.mean;
        low = MIN(low, y[i]);
        high = MAX(high, y[i]);
    }
    if (high <= low || x[n - 1] <= x[0])
        return FALSE;
    double farthest = STRAIGHT;
    gboolean found = FALSE;
    for (guint i = 1; i + 1 < n; i++) {
        double along = (x[i] - x[0]) / (x[n - 1] - x[0]);
        double chord = y[0] + along * (y[n - 1] - y[0]);
        double off = fabs(y[i] - chord) / (high - low);
        if (off > farthest) {
            farthest = off;
            *position = i;
            found = TRUE;
        }
    }
    return found;
}
