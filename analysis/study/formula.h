/* formula.h - sums and ratios of metrics of several runs, as configurations write them.
 *
 * A formula has numbers, + - * / and parentheses, and RUN:METRIC. RUN is the name of a run, or @
 * for the one it is computed for. METRIC is a derived metric of the run (ipc), or PART.COUNTER,
 * summed over all parts of that name; in PART * and ? stand for other characters
 * (cache_l2*.fetch_misses), so operators stand apart from metrics by a blank. `seconds` is the
 * simulated time, and @:x where in a curve the run stands. Of samples there are settle(RUN:METRIC,
 * SHARE), when the counter's rate came to stay within SHARE of its final one, and reach(RUN:METRIC,
 * SHARE), when the counter had reached SHARE of its last value; both in seconds from the run's
 * start. A run may be a profile instead (case_profile.h says how its figures are named).
 */
#ifndef LAD_FORMULA_H
#define LAD_FORMULA_H

#include "analysis/study/case_profile.h"
#include <memladder/result.h>

typedef struct {
    const char *const *names;        /* of runs, as many as `results` */
    const LadResult *const *results; /* NULL for a profile */
    LadCaseFound *const *found;      /* of profiles; NULL: there are none */
    const char *const *missing;      /* programs for want of which one was not run, where that is
                                        so, else NULL; NULL: all were run */
    guint n;
    guint self; /* the run that @ means; G_MAXUINT: none */
    double x;   /* what @:x is */
} LadFormulaRuns;

/* The program for want of which a run that `text` refers to was not made; NULL: all were. `text`
 * must be right. */
const char *lad_formula_missing(const char *text, const LadFormulaRuns *runs);
/* The value of `text` over the measured phases; with `results` NULL only its syntax and the names
 * of runs are checked. Errors: CONFIG (syntax, no such run), RESULT (a run has no such metric).
 * A division by zero gives NAN. */
gboolean lad_formula_value(const char *text, const LadFormulaRuns *runs, double *value,
                           GError **error);

#endif
