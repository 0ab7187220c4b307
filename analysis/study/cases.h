/* cases.h - a study of named runs: what was published beside what they give, as tables, curves and
 * one page.
 *
 * [study] has a title and what the page says first. Each group [trace.NAME] is a trace: there,
 * generated, or recorded of a program; [case.NAME] a machine that replays some of them, or a
 * profile of them on it; [row.NAME] a figure made of the cases' metrics, what was published of it,
 * and whether ours was calibrated to that or predicts it; [curve.NAME] one value over several
 * cases.
 */
#ifndef LAD_CASES_H
#define LAD_CASES_H

#include "analysis/study/formula.h"
#include "analysis/study/source.h"
#include <memladder/configuration.h>

/* How a figure of ours stands to the published one. In the order of the option's choices. */
typedef enum { LAD_ROW_OURS, LAD_ROW_CALIBRATED, LAD_ROW_PREDICTED } LadRowKind;

typedef struct {
    char *name;
    char *machine;
    char **traces;       /* names of traces */
    char **set;          /* changes to the machine */
    guint profile;       /* LadCaseProfile: a profile on that machine, not a run */
    char *prefetchers;   /* file with them, for one; may be empty */
    char **windows;      /* of a profile of bandwidth */
    LadBytes capacity;   /* the same: of memory; 0: no shares of it */
    const char *missing; /* program without which a trace was not recorded, so that it is not run;
                            NULL: there is none, or traces were not made yet */
} LadCase;

typedef struct {
    char *section; /* heading of this row and those after it, until another comes; "": none */
    char *what;
    char *value; /* formula */
    char *unit;
    char *source;
    double published; /* NAN: nothing was */
    char bound;       /* '<' or '>': that was published as a limit; 0: as a number */
    guint kind;       /* LadRowKind */
    double tolerance; /* relative; 0: none is asked for */
} LadCaseRow;

/* One curve, or several over the same x. */
typedef struct {
    char *name, *title, *x_label, *y_label;
    char **series; /* their names; empty: there is one */
    guint n_x, n_series;
    char **cases;          /* n_series times n_x, series by series */
    double *x, *published; /* n_x; of the first series; NAN: not published */
    char *value;           /* formula; @ is the case */
    char *table;           /* of the profile of its one case: it is the figure; "": none */
} LadCaseCurve;

typedef struct {
    char *title, *about;
    GPtrArray *traces; /* of LadTraceSource */
    GPtrArray *cases;  /* of LadCase */
    GPtrArray *rows;   /* of LadCaseRow */
    GPtrArray *curves; /* of LadCaseCurve */
} LadCases;

/* Whether a study is one of cases. */
gboolean lad_cases_are_in(const LadConfig *config);
/* Read and check. Errors: CONFIG, IO. */
LadCases *lad_cases_new(LadConfig *config, GError **error);
void lad_cases_free(LadCases *cases);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadCases, lad_cases_free)

/* Make the traces that are generated or recorded; cases without theirs are marked `missing`. */
gboolean lad_cases_make_traces(LadCases *cases, const LadTraceMaking *making, GError **error);
/* Replay one that is not missing, and write its result to DIRECTORY/NAME.h5, or what a profile
 * finds to NAME.json. */
gboolean lad_cases_replay(const LadCases *cases, guint number, const LadModels *models,
                          const char *directory, GError **error);
/* From the results of all cases: the table as text (free with g_free), and results.tsv, the curves'
 * tables and pictures, and index.html. NULL on failure. */
char *lad_cases_show(const LadCases *cases, const char *directory, GError **error);

#endif
