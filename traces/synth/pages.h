/* pages.h - the touches of one phase of a thread at level page, which stand for what comes from
 * memory: of each pattern its share, of the code its lines. */
#ifndef LAD_SYNTH_PAGES_H
#define LAD_SYNTH_PAGES_H

#include "traces/synth/code_pages.h"
#include "traces/synth/output.h"
#include "traces/synth/turns.h"

typedef struct {
    const LadSynthPlan *plan;
    const LadPlanPhase *phase;
    LadPatternState **states; /* by pattern; borrowed, as the next two are */
    LadCodePages *code;       /* of the phase; NULL: there is no code */
    LadRandom *random;
    LadTurns turns;   /* the mix, and behind it the code */
    guint64 run_left; /* touches before another turn is drawn */
    guint turn;
    double instructions; /* per touch; 0 without code */
} LadPages;

/* Begins a phase: all but `turns` are set. */
void lad_pages_begin(LadPages *pages);
/* The next `n` touches, at most LAD_SYNTH_SLICE; bit 0 marks stores. */
void lad_pages_fill(LadPages *pages, guint n, guint64 *to);

#endif
