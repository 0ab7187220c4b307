/* report.h - results as a page of tables and figures.
 *
 * In a directory of its own: index.html, which needs nothing else, and beside it every figure's
 * table
 * (.tsv), script (.gp) and pictures (.svg, .png, .pdf), so that it can go into slides and be drawn
 * again by hand.
 */
#ifndef LAD_REPORT_H
#define LAD_REPORT_H

#include <memladder/result.h>

/* Write the report of `n` results, called `names`, to `directory`, which is made if need be.
 * With `compare` it also says which metrics differ, and draws by how much. Errors: IO, UNSUPPORTED
 * if gnuplot is not there or fails. */
gboolean lad_report_write(const LadResult *const *results, const char *const *names, guint n,
                          gboolean compare, const char *directory, GError **error);

/* ---- Within the report ------------------------------------------------------------------------
 */

/* The table of one figure: NULL if the results have nothing to show in it. */
typedef struct {
    const char *name;    /* of script and files: "cpi-stack" */
    const char *heading; /* "Cycles per instruction" */
    const char *caption; /* one sentence */
    const char *nothing; /* one sentence for a result that has no data */
    gboolean shared;     /* one figure for all results; else one each */
    /* `max` is raised to the largest value of the y axis, where all should have the same scale.
     * Free the text with g_free. */
    char *(*table)(const LadResult *const *results, const char *const *names, guint n, double *max);
} LadFigure;

/* Append the figures of groups, pressure and offload to `html`, and leave their files in
 * `directory`; nothing where no result has any. Errors: IO, UNSUPPORTED. */
gboolean lad_report_offload(GString *html, const LadResult *const *results,
                            const char *const *names, guint n, const char *directory,
                            GError **error);

/* What differs between results: a warning, a figure of the largest changes, a table. */
gboolean lad_report_compare(GString *html, const LadResult *const *results,
                            const char *const *names, guint n, const char *directory,
                            GError **error);

/* All figures, in the order of the page; ends with a NULL name. */
extern const LadFigure lad_figures[];

#endif
