/* draw.h - a figure from a table: .tsv and script, and from them .svg, .png and .pdf, by gnuplot.
 */
#ifndef LAD_REPORT_DRAW_H
#define LAD_REPORT_DRAW_H

#include <memladder/error.h>

typedef struct {
    const char *script; /* of analysis/plots, without its ending */
    const char *stem;   /* what the files are called, without ending: letters, digits and -_. */
    const char *table;  /* text of the table */
    double max;         /* > 0: where the y axis ends, so that figures compare */
    const char *mark;   /* written over the figure, such as "PARTIAL: ..."; of `cases` what y is;
                           may be NULL */
} LadDrawing;

/* Writes DIRECTORY/`stem`.tsv and the scripts, and draws. Returns the SVG picture; free with
 * g_free. Errors: IO; UNSUPPORTED if gnuplot is not there or fails. */
char *lad_draw(const LadDrawing *drawing, const char *directory, GError **error);

/* A file of the resource bundle, as text; owned by the program. */
const char *lad_report_resource(const char *name);

#endif
