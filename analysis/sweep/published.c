/* published.c - rows of others' tables that belong to points of a sweep. */
#include "config.h"
#include "analysis/sweep/published.h"
#include <string.h>

typedef struct {
    char *point, *metric, *relative, *source;
    double value;
} Options;

static const LadOption row_options[] = {
    LAD_OPT(Options, point, "point", STRING, NULL, NULL, NULL,
            "the point: axis=value, ...; axes not named stand at their first value"),
    LAD_OPT(Options, metric, "metric", STRING, NULL, NULL, NULL,
            "what was published, PART.COUNTER"),
    LAD_OPT(Options, value, "value", DOUBLE, NULL, NULL, NULL,
            "the published figure, in the metric's unit or as a ratio"),
    LAD_OPT(Options, relative, "relative-to", STRING, "", NULL, NULL,
            "the point that the figure is relative to; empty: it is not"),
    LAD_OPT(Options, source, "source", STRING, NULL, NULL, NULL, "where it was published"),
    LAD_OPTIONS_END,
};

void
lad_sweep_published_free(gpointer data)
{
    LadSweepPublished *published = data;
    g_free(published->name);
    g_free(published->metric);
    g_free(published->source);
    g_free(published);
}

static gboolean
read_row(LadSweepGrid *grid, LadConfig *config, const char *group, GError **error)
{
    Options options = {0};
    LadOptionSet set = {row_options, &options};
    if (!lad_config_fill(config, group, &set, 1, error))
        return FALSE;
    LadSweepPublished *published = g_new0(LadSweepPublished, 1);
    g_ptr_array_add(grid->published, published);
    published->name = g_strdup(group + strlen("published."));
    published->metric = g_strdup(options.metric);
    published->value = options.value;
    published->source = g_strdup(options.source);
    published->reference = LAD_SWEEP_NO_POINT;
    if (lad_sweep_grid_find(grid, options.point, &published->point, error) &&
        (*options.relative == '\0' ||
         lad_sweep_grid_find(grid, options.relative, &published->reference, error)))
        return TRUE;
    g_prefix_error(error, "%s: [%s]: ", lad_config_origin(config, group, "point"), group);
    return FALSE;
}

gboolean
lad_sweep_published_read(LadSweepGrid *grid, LadConfig *config, GError **error)
{
    g_auto(GStrv) groups = lad_config_groups(config, "published");
    for (guint i = 0; groups[i] != NULL; i++)
        if (!read_row(grid, config, groups[i], error))
            return FALSE;
    return TRUE;
}
