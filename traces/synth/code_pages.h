/* code_pages.h - the lines of code that a thread has from memory, at level page. */
#ifndef LAD_SYNTH_CODE_PAGES_H
#define LAD_SYNTH_CODE_PAGES_H

#include "traces/synth/code.h"

typedef struct {
    const LadSynthCode *code;
    LadRanks functions; /* by number */
    LadRandom random;
    double per_access; /* lines from memory, for each data access of the code; 0: none */
    double instructions_per_access;
    gboolean sampled;   /* lines here and there; else those of a function that follow one another */
    guint64 next, left; /* of the function at hand: the next line, how many */
} LadCodePages;

/* What a thread in `phase` has from memory of the phase's code. `own` are its orders of popularity,
 * by pattern. Errors: CONFIG if the code says that more lines come from memory than are executed.
 */
LadCodePages *lad_code_pages_new(const LadSynthCode *code, const LadPlanPhase *phase,
                                 const LadScatter *own, guint64 seed, const char *name,
                                 GError **error);
void lad_code_pages_free(LadCodePages *pages);
/* Addresses of the next `n` lines. */
void lad_code_pages_fill(LadCodePages *pages, guint n, guint64 *to);

#endif
