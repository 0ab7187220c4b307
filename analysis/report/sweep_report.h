/* sweep_report.h - a sweep as a page for a design review.
 *
 * A figure is one function that adds pictures (usually one) to a list, one row in lad_sweep_figures
 * (sweep_page.c), and a script in analysis/plots. A function that has nothing to show adds none,
 * and the page says why.
 */
#ifndef LAD_SWEEP_REPORT_H
#define LAD_SWEEP_REPORT_H

#include "analysis/sweep/answers.h"

/* What is asked of the sweep; each NULL: as its configuration says. */
typedef struct {
    const char *objective; /* METRIC, or -METRIC: less is better */
    const char *constraints;
    const char *pareto;
} LadSweepQuestion;

/* Writes DIRECTORY/index.html, and beside it every figure. Errors: USAGE if a metric is not there;
 * RESULT if no point is done; IO; UNSUPPORTED without gnuplot. */
gboolean lad_sweep_report(const LadSweepTable *table, const LadSweepQuestion *question,
                          const char *directory, GError **error);

/* ---- Within the report -------------------------------------------------------------------------
 */

/* Cases shown side by side at most. */
#define LAD_SWEEP_MAX_CHOSEN 8

typedef struct {
    const LadSweepTable *table;
    LadSweepObjective objective;
    const char *unit; /* of the objective */
    GPtrArray *constraints;
    GPtrArray *pareto;     /* of LadSweepObjective: those that are not the same everywhere */
    guint best;            /* LAD_SWEEP_NO_POINT: none meets the constraints */
    guint baseline;        /* LAD_SWEEP_NO_POINT: none named, or not done */
    guint centre;          /* best, else the baseline, else a case that is done: axes that a figure
                            * does not show stand here */
    GArray *cases;         /* of guint */
    GArray *chosen;        /* of guint: baseline, best and others of interest, in order of points */
    GArray *sensitivities; /* of LadSweepSensitivity, of the objective */
    char *mark;            /* "PARTIAL DATA: ..." on every figure, or NULL */
} LadSweepReport;

/* Free with _clear also after a failure. */
gboolean lad_sweep_report_init(LadSweepReport *report, const LadSweepTable *table,
                               const LadSweepQuestion *question, GError **error);
void lad_sweep_report_clear(LadSweepReport *report);

typedef struct {
    const char *script; /* of analysis/plots, without its ending */
    char *stem;         /* of its files: letters, digits and -_. */
    char *title;
    GString *caption; /* what to see, in sentences */
    GString *table;   /* what the script draws from */
    double max;       /* > 0: end of the y axis */
} LadSweepPicture;

typedef struct {
    const char *heading;
    const char *nothing; /* a sentence for when there is no picture */
    void (*add)(const LadSweepReport *report, GPtrArray *pictures);
} LadSweepFigure;

/* In the order of the page; ends with a NULL heading. */
extern const LadSweepFigure lad_sweep_figures[];

void lad_sweep_add_ladder(const LadSweepReport *report, GPtrArray *pictures);
void lad_sweep_add_axes(const LadSweepReport *report, GPtrArray *pictures);
void lad_sweep_add_map(const LadSweepReport *report, GPtrArray *pictures);
void lad_sweep_add_sensitivity(const LadSweepReport *report, GPtrArray *pictures);
void lad_sweep_add_differences(const LadSweepReport *report, GPtrArray *pictures);
void lad_sweep_add_pareto(const LadSweepReport *report, GPtrArray *pictures);
void lad_sweep_add_stacks(const LadSweepReport *report, GPtrArray *pictures);
void lad_sweep_add_traffic(const LadSweepReport *report, GPtrArray *pictures);
void lad_sweep_add_savings(const LadSweepReport *report, GPtrArray *pictures);
void lad_sweep_add_history(const LadSweepReport *report, GPtrArray *pictures);
void lad_sweep_add_published(const LadSweepReport *report, GPtrArray *pictures);

/* ---- What figures share ------------------------------------------------------------------------
 */

/* A further picture, whose table begins with where its figures come from. `stem` is cleaned. Owned
 * by `pictures`. */
LadSweepPicture *lad_sweep_picture_add(const LadSweepReport *report, GPtrArray *pictures,
                                       const char *script, const char *stem, const char *title);
/* A cell: a tab if it is not the first of its row, then the number ("NaN" if there is none) or the
 * text. */
void lad_sweep_cell_number(GString *table, double value);
void lad_sweep_cell_text(GString *table, const char *text);
void lad_sweep_end_row(GString *table);

/* Mean over seeds, or NAN. */
double lad_sweep_mean(const LadSweepReport *report, guint point, const char *metric);
/* "16 MiB, tpp": the labels of axes with more than one value, without the seed; "all" if there are
 * none. Free with g_free. */
char *lad_sweep_label(const LadSweepTable *table, guint point);
/* "near": the axes of a dimension. Free with g_free. */
char *lad_sweep_dimension_title(const LadSweepGrid *grid, guint dimension);
/* The label of a position: "16 MiB". Free with g_free. */
char *lad_sweep_position_label(const LadSweepGrid *grid, guint dimension, guint position);
/* "12.3 M/s", with the interval over seeds if there is one. Free with g_free. */
char *lad_sweep_estimate_text(const LadSweepEstimate *estimate, const char *unit);

#endif
