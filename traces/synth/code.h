/* code.h - static code that accesses memory by patterns.
 *
 * Code has a dispatcher and functions. Each function belongs to a pattern, of which its data
 * accesses are; its basic blocks follow one another in memory, each ends with a conditional branch
 * that skips the next one now and then, the last but one leads back to the first for another
 * iteration, the last returns. Which accesses are stores, and of which chain loads are, is fixed in
 * the code. A block may end with a call of a function instead, always the same. Blocks are told to
 * the writer when their function is called first. Registers are numbered as for x86-64. Addresses
 * come from registers that no load writes, save those of a chain: its loads read and write the
 * register of the chain.
 */
#ifndef LAD_SYNTH_CODE_H
#define LAD_SYNTH_CODE_H

#include "traces/synth/plan.h"
#include "traces/synth/ranks.h"

typedef struct {
    guint32 id; /* of the writer */
    guint16 n_insns, n_operands;
    guint32 first_op; /* in the code's `ops` */
    guint32 callee;   /* rank among the pattern's functions; LAD_SYNTH_NO_CALL */
} LadSynthBlock;

#define LAD_SYNTH_NO_CALL G_MAXUINT32

/* What laying a function out begins with, so that it can be done again. */
typedef struct {
    LadRandom random;
    double accesses, writes; /* carried */
    guint chain, scratch;
} LadSynthSeam;

typedef struct {
    guint32 first_block, n_blocks; /* the last one returns, and is no part of an iteration */
    guint32 slot;                  /* where it lies */
    gboolean told;                 /* to the writer */
    LadSynthSeam seam;
} LadSynthFunction;

/* The functions of one pattern. */
typedef struct {
    guint n_functions;
    LadRanks popularity;
    double mean_accesses; /* of a call */
} LadSynthPart;

typedef struct {
    const LadPlanCode *plan;
    const LadSynthPlan *whole;
    LadTraceWriter *writer;
    LadSynthBlock dispatcher;
    GArray *blocks;    /* LadSynthBlock */
    GByteArray *ops;   /* of all blocks' operands */
    GArray *functions; /* LadSynthFunction; number f belongs to pattern f % n_parts */
    guint n_parts;
    LadSynthPart *parts; /* by pattern */
    guint32 taken;       /* a 32-bit draw below it takes a branch */
    gboolean always;     /* taken is 1 */
    guint32 own;         /* a 32-bit draw below it goes by the thread's own order */
    gboolean all_own;    /* own is 1 */
} LadSynthCode;

/* Builds the code; `writer` is told of its blocks as they are needed (NULL: at level page, where
 * none is executed). */
void lad_synth_code_init(LadSynthCode *code, const LadSynthPlan *plan, guint number,
                         LadTraceWriter *writer);
void lad_synth_code_clear(LadSynthCode *code);

/* Where the function in a slot lies: the private ones behind the others. */
guint64 lad_synth_code_address(const LadSynthCode *code, guint32 slot);
/* The block of the return of the function in a slot, which has no accesses. */
guint32 lad_synth_code_return(LadSynthCode *code, guint32 slot);
/* Tells the writer the function's blocks. */
void lad_synth_code_tell(LadSynthCode *code, guint32 function);

/* The function, whose blocks are known to the writer. */
static inline const LadSynthFunction *
lad_synth_code_function(LadSynthCode *code, guint pattern, guint rank)
{
    guint32 number = rank * code->n_parts + pattern;
    const LadSynthFunction *function = &g_array_index(code->functions, LadSynthFunction, number);
    if (G_UNLIKELY(!function->told))
        lad_synth_code_tell(code, number);
    return function;
}

#endif
