/* code.h - static code that accesses memory by patterns.
 *
 * Code has a dispatcher and functions. Each function belongs to a pattern, of which its data
 * accesses are; its basic blocks follow one another in memory, each ends with a conditional branch
 * that skips the next one now and then, the last but one leads back to the first for another
 * iteration, the last returns. Which accesses are stores, and of which chain loads are, is fixed in
 * the code. Registers are numbered as for x86-64. Addresses come from registers that no load
 * writes, save those of a chain: its loads read and write the register of the chain.
 */
#ifndef LAD_SYNTH_CODE_H
#define LAD_SYNTH_CODE_H

#include "traces/synth/plan.h"
#include "traces/synth/ranks.h"

typedef struct {
    guint32 id; /* of the writer */
    guint16 n_insns, n_operands;
    guint32 first_op; /* in the code's `ops` */
} LadSynthBlock;

typedef struct {
    guint32 first_block, n_blocks; /* the last one returns, and is no part of an iteration */
} LadSynthFunction;

/* The functions of one pattern. */
typedef struct {
    guint n_functions;
    LadRanks popularity;
    double mean_accesses; /* of a call */
} LadSynthPart;

typedef struct {
    const LadPlanCode *plan;
    LadSynthBlock dispatcher;
    GArray *blocks;    /* LadSynthBlock */
    GByteArray *ops;   /* of all blocks' operands */
    GArray *functions; /* LadSynthFunction; number f belongs to pattern f % n_parts */
    guint n_parts;
    LadSynthPart *parts; /* by pattern */
    guint32 taken;       /* a 32-bit draw below it takes a branch */
    gboolean always;     /* taken is 1 */
} LadSynthCode;

/* Builds the code and tells `writer` its blocks. */
void lad_synth_code_init(LadSynthCode *code, const LadSynthPlan *plan, guint number,
                         LadTraceWriter *writer);
void lad_synth_code_clear(LadSynthCode *code);

static inline const LadSynthFunction *
lad_synth_code_function(const LadSynthCode *code, guint pattern, guint rank)
{
    return &g_array_index(code->functions, LadSynthFunction, rank * code->n_parts + pattern);
}

#endif
