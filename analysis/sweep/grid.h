/* grid.h - the question that a sweep asks: axes over options, and which of their combinations
 * count.
 *
 *   [sweep]
 *   question = How large must the near tier be, by policy?
 *   baseline = near=16 MiB, policy=first-touch
 *   seeds = 1 .. 10
 *   skip = policy=first-touch and near>64 MiB; policy=none
 *   series = run.references
 *
 *   [sweep.near]
 *   option = tier.near.size
 *   values = 16 MiB .. 256 MiB x2
 *
 * Axes that are zipped run side by side and share one dimension of the grid. Points are numbered
 * row by row: the last dimension runs fastest.
 */
#ifndef LAD_SWEEP_GRID_H
#define LAD_SWEEP_GRID_H

#include <memladder/configuration.h>

#define LAD_SWEEP_MAX_POINTS 1000000
#define LAD_SWEEP_NO_POINT   G_MAXUINT32
/* HDF5 has 32, of which samples take one. */
#define LAD_SWEEP_MAX_DIMENSIONS 31

/* The option of an axis whose values are configuration files, read over the rest. */
#define LAD_SWEEP_INCLUDE "include"
#define LAD_SWEEP_SEED    "run.seed"

typedef struct {
    char *name;    /* "near", of [sweep.near] */
    char *option;  /* "tier.near.size" */
    char *title;   /* what figures call it; the name unless given */
    char **values; /* as a configuration has them */
    char **labels; /* as people read them; as many */
    guint n_values;
    guint dimension;
} LadSweepAxis;

typedef struct LadSweepCondition LadSweepCondition;

typedef struct {
    char *question;
    GPtrArray *axes; /* of LadSweepAxis; zipped ones after the axis that they follow */
    guint n_dimensions;
    guint *sizes;          /* of the dimensions */
    guint n_points;        /* of the whole grid, skipped ones included */
    guint baseline;        /* point, or LAD_SWEEP_NO_POINT */
    int seed_dimension;    /* -1: none */
    GPtrArray *conditions; /* of LadSweepCondition: points that one of them meets are skipped */
    char **series;         /* metrics whose samples are kept, PART.COUNTER */
    char *objective;       /* as written; "": none named */
    char *constraint;      /* what the best point must meet, as written */
    char *pareto;          /* metrics of the front, as written; "": the usual ones */
    char **metrics;        /* further ones that the report draws */
    GPtrArray *published;  /* of LadSweepPublished */
    char *text;            /* the [sweep] groups, to be read back */
} LadSweepGrid;

/* From the groups [sweep] and [sweep.NAME]. Errors: CONFIG with file and line, what was expected
 * and the nearest name. */
LadSweepGrid *lad_sweep_grid_read(LadConfig *config, GError **error);
void lad_sweep_grid_free(LadSweepGrid *grid);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadSweepGrid, lad_sweep_grid_free)

/* Position of `point` along a dimension. */
guint lad_sweep_grid_position(const LadSweepGrid *grid, guint point, guint dimension);
/* The point that differs from `point` only along `dimension`. */
guint lad_sweep_grid_moved(const LadSweepGrid *grid, guint point, guint dimension, guint position);
/* Index into the values of `axis` that `point` has. */
guint lad_sweep_grid_index(const LadSweepGrid *grid, guint point, const LadSweepAxis *axis);
gboolean lad_sweep_grid_is_skipped(const LadSweepGrid *grid, guint point);
/* Whether the first axis of a dimension has numbers, not names. */
gboolean lad_sweep_grid_is_numeric(const LadSweepGrid *grid, guint dimension);
/* "near=16 MiB, policy=tpp". Free with g_free. */
char *lad_sweep_grid_describe(const LadSweepGrid *grid, guint point);
/* The axis of this name, or NULL. */
const LadSweepAxis *lad_sweep_grid_axis(const LadSweepGrid *grid, const char *name);
/* The same; errors: CONFIG, beginning with `where`, naming the nearest. */
const LadSweepAxis *lad_sweep_grid_expect_axis(const LadSweepGrid *grid, const char *name,
                                               const char *where, GError **error);
/* The point of "near=16 MiB, policy=tpp" (values or labels; an axis that is not named, or whose
 * name alone is, stands at its first value). Errors: CONFIG naming the nearest axis or the values.
 */
gboolean lad_sweep_grid_find(const LadSweepGrid *grid, const char *text, guint *point,
                             GError **error);

#endif
