/* grid.c - axes, dimensions and points. */
#include "config.h"
#include "analysis/sweep/grid.h"
#include "analysis/sweep/condition.h"
#include "analysis/sweep/published.h"
#include "analysis/sweep/values.h"
#include "sim/base/nearest.h"
#include <string.h>

typedef struct {
    char *question, *baseline, *seeds, *skip, *objective, *constraints, *pareto;
    char **series, **metrics;
} SweepOptions;

typedef struct {
    char *option, *values, *title, *zip;
    char **labels;
} AxisOptions;

static const LadOption sweep_options[] = {
    LAD_OPT(SweepOptions, question, "question", STRING, "", NULL, NULL,
            "what the sweep is to answer, for the report"),
    LAD_OPT(SweepOptions, baseline, "baseline", STRING, "", NULL, NULL,
            "the point that others are compared with: axis=value, ...; axes not named stand at "
            "their first value"),
    LAD_OPT(SweepOptions, seeds, "seeds", STRING, "", NULL, NULL,
            "seeds of a further axis over run.seed, as a list or range"),
    LAD_OPT(SweepOptions, skip, "skip", STRING, "", NULL, NULL,
            "points to drop: comparisons of axes joined by `and`, alternatives by `;`"),
    LAD_OPT(SweepOptions, series, "series", LIST, "run.references", NULL, NULL,
            "metrics, PART.COUNTER, whose samples over time are kept for each point"),
    LAD_OPT(SweepOptions, objective, "objective", STRING, "", NULL, NULL,
            "the metric that the answer is about, a minus before one that is to be small; empty: "
            "run.throughput, or -run.simulated_time where there is none"),
    LAD_OPT(SweepOptions, constraints, "subject-to", STRING, "", NULL, NULL,
            "what the best point must meet: METRIC < VALUE, METRIC > VALUE, ..."),
    LAD_OPT(SweepOptions, metrics, "metrics", LIST, "", NULL, NULL,
            "further metrics, PART.COUNTER, that the report draws along the axes"),
    LAD_OPT(SweepOptions, pareto, "pareto", STRING, "", NULL, NULL,
            "metrics of the report's Pareto front; empty: the objective, -run.cost, -run.power"),
    LAD_OPTIONS_END,
};

static const LadOption axis_options[] = {
    LAD_OPT(AxisOptions, option, "option", STRING, NULL, NULL, NULL,
            "what the axis sets, GROUP.KEY; `include`: the values are configuration files"),
    LAD_OPT(AxisOptions, values, "values", STRING, NULL, NULL, NULL,
            "list or range of values, in the option's unit"),
    LAD_OPT(AxisOptions, labels, "labels", LIST, "", NULL, NULL,
            "what the values are called, one each; empty: the values themselves"),
    LAD_OPT(AxisOptions, title, "title", STRING, "", NULL, NULL,
            "what figures call the axis; empty: its name"),
    LAD_OPT(AxisOptions, zip, "zip", STRING, "", NULL, NULL,
            "name of an axis of as many values that this one runs side by side with"),
    LAD_OPTIONS_END,
};

/* ---- Axes --------------------------------------------------------------------------------------
 */

static void
axis_free(gpointer data)
{
    LadSweepAxis *axis = data;
    g_free(axis->name);
    g_free(axis->option);
    g_free(axis->title);
    g_strfreev(axis->values);
    g_strfreev(axis->labels);
    g_free(axis);
}

void
lad_sweep_grid_free(LadSweepGrid *grid)
{
    if (grid == NULL)
        return;
    g_free(grid->question);
    g_ptr_array_unref(grid->axes);
    g_ptr_array_unref(grid->conditions);
    g_free(grid->sizes);
    g_strfreev(grid->series);
    g_free(grid->objective);
    g_free(grid->constraint);
    g_free(grid->pareto);
    g_strfreev(grid->metrics);
    g_ptr_array_unref(grid->published);
    g_free(grid->text);
    g_free(grid);
}

const LadSweepAxis *
lad_sweep_grid_axis(const LadSweepGrid *grid, const char *name)
{
    for (guint i = 0; i < grid->axes->len; i++) {
        const LadSweepAxis *axis = grid->axes->pdata[i];
        if (strcmp(axis->name, name) == 0)
            return axis;
    }
    return NULL;
}

const LadSweepAxis *
lad_sweep_grid_expect_axis(const LadSweepGrid *grid, const char *name, const char *where,
                           GError **error)
{
    const LadSweepAxis *axis = lad_sweep_grid_axis(grid, name);
    if (axis != NULL)
        return axis;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < grid->axes->len; i++)
        g_ptr_array_add(names, ((LadSweepAxis *)grid->axes->pdata[i])->name);
    g_ptr_array_add(names, NULL);
    const char *nearest = lad_nearest(name, (const char *const *)names->pdata);
    g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
    g_set_error(
        error, LAD_ERROR, LAD_ERROR_CONFIG, "%s: there is no axis `%s`; %s%s", where, name,
        nearest != NULL ? "did you mean " : "expected one of: ", nearest != NULL ? nearest : all);
    return NULL;
}

/* A label for a value: of a configuration file its name without path and ending. */
static char *
default_label(const LadSweepAxis *axis, const char *value)
{
    double amount; /* the slash of 4 GB/s is none of a path */
    if (lad_sweep_amount(value, &amount) ||
        (strchr(value, '/') == NULL && strcmp(axis->option, LAD_SWEEP_INCLUDE) != 0))
        return g_strdup(value);
    char *label = g_path_get_basename(value);
    char *dot = strrchr(label, '.');
    if (dot != NULL && dot != label)
        *dot = '\0';
    return label;
}

static gboolean
label_values(LadSweepAxis *axis, char **labels, const char *where, GError **error)
{
    guint n = g_strv_length(labels);
    if (n != 0 && n != axis->n_values) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: %u labels for %u values; expected one label per value", where, n,
                    axis->n_values);
        return FALSE;
    }
    axis->labels = g_new0(char *, axis->n_values + 1);
    for (guint i = 0; i < axis->n_values; i++)
        axis->labels[i] = n != 0 ? g_strdup(labels[i]) : default_label(axis, axis->values[i]);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < axis->n_values; i++)
        if (!g_hash_table_add(seen, axis->labels[i])) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "%s: `%s` appears twice; expected different values and labels", where,
                        axis->labels[i]);
            return FALSE;
        }
    return TRUE;
}

static gboolean
join_dimension(LadSweepGrid *grid, LadSweepAxis *axis, const char *zip, const char *where,
               GError **error)
{
    if (*zip == '\0') {
        axis->dimension = grid->n_dimensions++;
        grid->sizes = g_renew(guint, grid->sizes, grid->n_dimensions);
        grid->sizes[axis->dimension] = axis->n_values;
        return TRUE;
    }
    const LadSweepAxis *other = lad_sweep_grid_expect_axis(grid, zip, where, error);
    if (other == NULL)
        return FALSE;
    if (other->n_values != axis->n_values) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: %u values zipped with %u of `%s`; expected as many", where, axis->n_values,
                    other->n_values, zip);
        return FALSE;
    }
    axis->dimension = other->dimension;
    return TRUE;
}

static gboolean
add_axis(LadSweepGrid *grid, const char *name, const AxisOptions *options, const char *where,
         GError **error)
{
    LadSweepAxis *axis = g_new0(LadSweepAxis, 1);
    axis->name = g_strdup(name);
    axis->option = g_strdup(options->option);
    axis->title = g_strdup(*options->title ? options->title : name);
    axis->values = lad_sweep_values(options->values, where, error);
    axis->n_values = axis->values != NULL ? g_strv_length(axis->values) : 0;
    if (axis->values == NULL || !label_values(axis, options->labels, where, error) ||
        !join_dimension(grid, axis, options->zip, where, error)) {
        axis_free(axis);
        return FALSE;
    }
    if (strcmp(axis->option, LAD_SWEEP_SEED) == 0)
        grid->seed_dimension = (int)axis->dimension;
    g_ptr_array_add(grid->axes, axis);
    return TRUE;
}

static gboolean
check_option(const LadSweepGrid *grid, const AxisOptions *options, const char *where,
             GError **error)
{
    const char *dot = strrchr(options->option, '.');
    if (strcmp(options->option, LAD_SWEEP_INCLUDE) != 0 &&
        (dot == NULL || dot == options->option || dot[1] == '\0')) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: option = %s; expected GROUP.KEY, such as tier.near.size, or include",
                    where, options->option);
        return FALSE;
    }
    for (guint i = 0; i < grid->axes->len; i++) {
        const LadSweepAxis *axis = grid->axes->pdata[i];
        if (strcmp(axis->option, options->option) == 0 &&
            strcmp(axis->option, LAD_SWEEP_INCLUDE) != 0) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "%s: option = %s is that of axis `%s` already; expected one axis per "
                        "option",
                        where, options->option, axis->name);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
read_axes(LadSweepGrid *grid, LadConfig *config, GError **error)
{
    g_auto(GStrv) groups = lad_config_groups(config, "sweep");
    for (guint i = 0; groups[i] != NULL; i++) {
        if (strcmp(groups[i], "sweep") == 0)
            continue;
        AxisOptions options = {0};
        LadOptionSet set = {axis_options, &options};
        if (!lad_config_fill(config, groups[i], &set, 1, error))
            return FALSE;
        g_autofree char *where =
            g_strdup_printf("%s: [%s]", lad_config_origin(config, groups[i], "values"), groups[i]);
        if (!check_option(grid, &options, where, error) ||
            !add_axis(grid, groups[i] + strlen("sweep."), &options, where, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- Points ------------------------------------------------------------------------------------
 */

gboolean
lad_sweep_grid_is_skipped(const LadSweepGrid *grid, guint point)
{
    for (guint i = 0; i < grid->conditions->len; i++)
        if (lad_sweep_condition_holds(grid->conditions->pdata[i], grid, point))
            return TRUE;
    return FALSE;
}

guint
lad_sweep_grid_position(const LadSweepGrid *grid, guint point, guint dimension)
{
    for (guint i = grid->n_dimensions - 1; i > dimension; i--)
        point /= grid->sizes[i];
    return point % grid->sizes[dimension];
}

guint
lad_sweep_grid_moved(const LadSweepGrid *grid, guint point, guint dimension, guint position)
{
    guint stride = 1;
    for (guint i = grid->n_dimensions - 1; i > dimension; i--)
        stride *= grid->sizes[i];
    return point + position * stride - lad_sweep_grid_position(grid, point, dimension) * stride;
}

guint
lad_sweep_grid_index(const LadSweepGrid *grid, guint point, const LadSweepAxis *axis)
{
    return lad_sweep_grid_position(grid, point, axis->dimension);
}

gboolean
lad_sweep_grid_is_numeric(const LadSweepGrid *grid, guint dimension)
{
    double amount;
    for (guint i = 0; i < grid->axes->len; i++) {
        const LadSweepAxis *axis = grid->axes->pdata[i];
        if (axis->dimension != dimension)
            continue;
        for (guint j = 0; j < axis->n_values; j++)
            if (!lad_sweep_amount(axis->values[j], &amount))
                return FALSE;
        break;
    }
    return TRUE;
}

char *
lad_sweep_grid_describe(const LadSweepGrid *grid, guint point)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < grid->axes->len; i++) {
        const LadSweepAxis *axis = grid->axes->pdata[i];
        g_string_append_printf(text, "%s%s=%s", i > 0 ? ", " : "", axis->name,
                               axis->labels[lad_sweep_grid_index(grid, point, axis)]);
    }
    return g_string_free(text, FALSE);
}

static gboolean
find_value(const LadSweepAxis *axis, const char *value, guint *index, GError **error)
{
    for (*index = 0; *index < axis->n_values; (*index)++)
        if (strcmp(axis->labels[*index], value) == 0 ||
            lad_sweep_compare(axis->values[*index], value) == 0)
            return TRUE;
    g_autofree char *all = g_strjoinv(", ", axis->labels);
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "axis %s has no value `%s`; expected one of: %s", axis->name, value, all);
    return FALSE;
}

gboolean
lad_sweep_grid_find(const LadSweepGrid *grid, const char *text, guint *point, GError **error)
{
    g_auto(GStrv) items = g_strsplit(text, ",", -1);
    *point = 0;
    for (guint i = 0; items[i] != NULL; i++) {
        char *equals = strchr(items[i], '=');
        if (equals != NULL)
            *equals = '\0';
        const char *name = g_strstrip(items[i]);
        if (*name == '\0')
            continue;
        guint index = 0;
        const LadSweepAxis *axis = lad_sweep_grid_expect_axis(grid, name, text, error);
        if (axis == NULL ||
            (equals != NULL && !find_value(axis, g_strstrip(equals + 1), &index, error)))
            return FALSE;
        *point = lad_sweep_grid_moved(grid, *point, axis->dimension, index);
    }
    return TRUE;
}

/* ---- Reading -----------------------------------------------------------------------------------
 */

static gboolean
count_points(LadSweepGrid *grid, const char *where, GError **error)
{
    guint64 n = 1;
    for (guint i = 0; i < grid->n_dimensions && n <= LAD_SWEEP_MAX_POINTS; i++)
        n *= grid->sizes[i];
    if (grid->n_dimensions > LAD_SWEEP_MAX_DIMENSIONS) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: %u axes that are not zipped; expected at most %d", where,
                    grid->n_dimensions, LAD_SWEEP_MAX_DIMENSIONS);
        return FALSE;
    }
    if (n > LAD_SWEEP_MAX_POINTS) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: the axes make more than %u points; expected fewer values", where,
                    LAD_SWEEP_MAX_POINTS);
        return FALSE;
    }
    grid->n_points = (guint)n;
    return TRUE;
}

static gboolean
check_baseline(LadSweepGrid *grid, const char *text, const char *where, GError **error)
{
    if (*text == '\0')
        return TRUE;
    if (!lad_sweep_grid_find(grid, text, &grid->baseline, error)) {
        g_prefix_error(error, "%s: baseline: ", where);
        return FALSE;
    }
    if (!lad_sweep_grid_is_skipped(grid, grid->baseline))
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "%s: baseline = %s is a point that `skip` drops; expected one that is run", where,
                text);
    return FALSE;
}

static gboolean
read_grid(LadSweepGrid *grid, LadConfig *config, GError **error)
{
    SweepOptions options = {0};
    LadOptionSet set = {sweep_options, &options};
    if (!lad_config_fill(config, "sweep", &set, 1, error) || !read_axes(grid, config, error))
        return FALSE;
    g_autofree char *where =
        g_strdup_printf("%s: [sweep]", lad_config_origin(config, "sweep", "skip"));
    grid->question = g_strdup(options.question);
    grid->series = g_strdupv(options.series);
    grid->objective = g_strdup(options.objective);
    grid->constraint = g_strdup(options.constraints);
    grid->pareto = g_strdup(options.pareto);
    grid->metrics = g_strdupv(options.metrics);
    AxisOptions seeds = {(char *)LAD_SWEEP_SEED, options.seeds, (char *)"", (char *)"", NULL};
    char *none[] = {NULL};
    seeds.labels = none;
    if (*options.seeds != '\0' && (!check_option(grid, &seeds, where, error) ||
                                   !add_axis(grid, "seed", &seeds, where, error)))
        return FALSE;
    if (grid->axes->len == 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: the sweep has no axis; expected groups such as [sweep.near] with option "
                    "and values, or seeds",
                    where);
        return FALSE;
    }
    return count_points(grid, where, error) &&
           lad_sweep_conditions_read(grid, options.skip, where, error) &&
           check_baseline(grid, options.baseline, where, error) &&
           lad_sweep_published_read(grid, config, error);
}

LadSweepGrid *
lad_sweep_grid_read(LadConfig *config, GError **error)
{
    if (!lad_config_has_group(config, "sweep")) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_CONFIG,
                            "there is no group [sweep]; expected one, and an axis such as "
                            "[sweep.near] with option and values");
        return NULL;
    }
    g_autoptr(LadSweepGrid) grid = g_new0(LadSweepGrid, 1);
    grid->axes = g_ptr_array_new_with_free_func(axis_free);
    grid->conditions = g_ptr_array_new_with_free_func(lad_sweep_condition_free);
    grid->published = g_ptr_array_new_with_free_func(lad_sweep_published_free);
    grid->baseline = LAD_SWEEP_NO_POINT;
    grid->seed_dimension = -1;
    if (!read_grid(grid, config, error))
        return NULL;
    grid->text = lad_config_print(config);
    return g_steal_pointer(&grid);
}
