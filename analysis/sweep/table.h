/* table.h - all that came of a sweep, as columns over its grid: what answers, reports and the
 * merged file are made from.
 *
 * It is gathered from the results in a plan's directory, or read from a merged file; both say the
 * same. Arrays over the grid are indexed by point.
 */
#ifndef LAD_SWEEP_TABLE_H
#define LAD_SWEEP_TABLE_H

#include "analysis/sweep/work.h"

/* What came of a point; the values of /done in a merged file. */
typedef enum {
    LAD_SWEEP_MISSING,
    LAD_SWEEP_DONE,
    LAD_SWEEP_FAILED,
    LAD_SWEEP_SKIPPED,
} LadSweepDone;

/* A metric of the measured phase. */
typedef struct {
    char *name; /* PART.COUNTER */
    char *unit;
    double *values; /* NAN: the point is not done or has no such metric */
} LadSweepColumn;

/* A setting of the effective configuration that is not the same at all points. */
typedef struct {
    char *name;          /* GROUP.KEY */
    const char **values; /* ""; the point is skipped or has no such setting */
} LadSweepSetting;

/* Samples of a metric over time. */
typedef struct {
    char *name;
    double *values; /* [point * n_samples + sample]; NAN behind the last */
} LadSweepHistory;

typedef struct {
    const LadSweepGrid *grid;
    char *version;  /* of the program that ran it */
    char *identity; /* of the plan */
    char **traces;  /* "PATH\tIDENTITY" each */
    char **notes;   /* what a reader must know, as the points' results say it; each once */
    guint8 *done;   /* of LadSweepDone */
    const char **identities, **messages;
    GPtrArray *columns;  /* of LadSweepColumn */
    GPtrArray *settings; /* of LadSweepSetting */
    char *config;        /* the effective configuration of `config_point` */
    guint config_point;  /* the baseline, or the first point that is not skipped */
    guint n_samples;     /* the most that any point has */
    guint64 *times;      /* ps, [point * n_samples + sample]; 0 behind the last */
    GPtrArray *history;  /* of LadSweepHistory */
    guint n_runs;        /* points of different identity, skipped ones not counted */
    guint n_done, n_failed, n_missing, n_skipped; /* of these; skipped ones: of all */
    /* Within. */
    GHashTable *by_name;
    GStringChunk *strings;
    LadSweepGrid *own_grid;
    LadSweepState *own_state;
    LadSweepPlan *own_plan;
} LadSweepTable;

/* `state` and its plan must outlive the table. */
LadSweepTable *lad_sweep_table_new(const LadSweepState *state);
void lad_sweep_table_free(LadSweepTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadSweepTable, lad_sweep_table_free)

/* The metric of this name, or NULL. */
const LadSweepColumn *lad_sweep_table_column(const LadSweepTable *table, const char *name);
/* A setting as written ("85 ns") at a point; NULL if it has none. Free with g_free. */
char *lad_sweep_table_setting(const LadSweepTable *table, guint point, const char *group,
                              const char *key);
/* Whether it is not the same at all points. */
gboolean lad_sweep_table_varies(const LadSweepTable *table, const char *group, const char *key);
/* "12 of 40 points are missing"; NULL if none is. A failed point does not make a sweep incomplete.
 * Free with g_free. */
char *lad_sweep_table_incomplete(const LadSweepTable *table);

/* ---- For those that fill a table ---------------------------------------------------------------
 */

/* Empty columns over `grid`; with `own` the table frees it. */
LadSweepTable *lad_sweep_table_empty(LadSweepGrid *grid, gboolean own);
/* A further metric, all NAN. */
LadSweepColumn *lad_sweep_table_add_column(LadSweepTable *table, const char *name,
                                           const char *unit);
/* Counts what is done, by `done` and `identities`. */
void lad_sweep_table_count(LadSweepTable *table);

#endif
