/* select_block.h - what remains of a block when some of its operands are kept. */
#ifndef LAD_TOOLBOX_SELECT_BLOCK_H
#define LAD_TOOLBOX_SELECT_BLOCK_H

#include "traces/format/code.h"
#include "traces/toolbox/select_rules.h"

typedef struct LadBlockCutter LadBlockCutter;

LadBlockCutter *lad_block_cutter_new(const LadSelectRules *rules, LadTraceWriter *writer);
void lad_block_cutter_free(LadBlockCutter *cutter);

/* Whether the fetch of any instruction of `block` is kept. */
gboolean lad_block_cutter_fetches(const LadBlockCutter *cutter, const LadBlock *block);
/* Executes the rest of `block` on stream `to`: the instructions that are kept and the operands of
 * `mask` (bit i: operand i), of which there are at most 64 and none is cut. */
gboolean lad_block_cutter_execute(LadBlockCutter *cutter, guint to, const LadBlock *block,
                                  guint64 mask, const guint64 *addresses, GError **error);
/* Appends the writer's blocks that this would execute to `ids` (guint32). FALSE: the block has too
 * many different rests to prepare each. */
gboolean lad_block_cutter_prepare(LadBlockCutter *cutter, const LadBlock *block, guint64 mask,
                                  GArray *ids);
/* The same for any block, the operands by the rules, cut where they are: slower. */
gboolean lad_block_cutter_execute_cut(LadBlockCutter *cutter, guint to, const LadBlock *block,
                                      const guint64 *addresses, GError **error);

#endif
