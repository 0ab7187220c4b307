/* shape.h - from the words of one block execution to the trace's blocks and addresses.
 *
 * The emulator translates a block once and tells at each execution which addresses its instructions
 * touched, as words (ring.h). Which words come is nearly always the same for a block: its *shape*.
 * A shape is worked out once, by matching the words with what the instruction bytes say (pieces of
 * a wide access are joined, a read and a write of one operand become a modify or an atomic), and
 * says which of the trace's dictionary blocks to execute and which words are its addresses. A
 * repeated string instruction with no iteration, a masked access or a block cut short by a fault
 * are further shapes of the same block.
 */
#ifndef LAD_CAPTURE_SHAPE_H
#define LAD_CAPTURE_SHAPE_H

#include "traces/capture/describe.h"

typedef struct {
    guint32 id; /* of the trace's block */
    guint32 n_operands;
} LadShapePart;

typedef struct {
    guint32 n_words;
    guint32 n_addresses;
    guint32 n_insns;
    guint8 plain;      /* every word is an address */
    guint8 cut;        /* the block was left in the middle, at instruction n_insns */
    guint8 once;       /* other addresses may mean another shape: never matched again */
    guint8 unmatched;  /* instructions with accesses that their bytes do not explain */
    guint32 cut_words; /* words of the instruction that was not finished */
    guint32 n_parts;   /* a block above the trace's limits is written as several */
    LadShapePart *parts;
    guint16 *tags;  /* n_words: what a word must be, but for its address */
    gint16 *joined; /* n_words: the earlier word whose address this one's follows from, or -1 */
    gint16 *offset; /* n_words: by so many bytes */
} LadShape;

typedef struct {
    guint64 pc;
    guint64 end;    /* of its last instruction */
    guint64 target; /* of a direct branch at its end, or 0 */
    guint32 n_insns;
    guint8 leaves_indirectly; /* what runs next is not known from the code */
    guint8 falls_through;     /* what lies behind it may run next */
    guint8 regular;           /* its accesses always come in the same order: how many tells which */
    LadInsnFacts *insns;
    GPtrArray *shapes; /* LadShape, the latest used first */
} LadGuestBlock;

/* What was learned while matching; the encoder's. */
typedef struct {
    LadTraceWriter *writer;
    LadDescriber *describer;
    guint8 *silent; /* by LadInsnFacts.code: seen without the accesses its bytes promise */
    guint64 n_shapes, n_unmatched, n_silent;
} LadShaper;

/* `lengths` has n bytes, `code` their sum. */
LadGuestBlock *lad_guest_block_new(LadShaper *shaper, guint64 pc, guint n, const guint8 *lengths,
                                   const guint8 *code);
void lad_guest_block_free(LadGuestBlock *block);

/* Whether the words of an execution have this shape; `words` ends with a control word. */
gboolean lad_shape_matches(const LadShape *shape, const guint64 *words);

/* The shape of an execution of `n` words. `next_pc` is where the thread went on, 0 if unknown: a
 * block that lacks accesses at its end was cut short only if it did not go on where its code leads.
 * Valid until the next call for the block. */
const LadShape *lad_guest_block_shape(LadGuestBlock *block, LadShaper *shaper, const guint64 *words,
                                      guint n, guint64 next_pc);

/* Whether an execution with as many words as this shape has, and no control word among them, has
 * this shape, whatever the words are: nothing in the block may leave accesses out but its last
 * instruction. An execution that a fault cut short has fewer words. */
gboolean lad_shape_is_regular(const LadShape *shape, const LadGuestBlock *block);

/* Gather the addresses of an execution, n_addresses of them. */
void lad_shape_addresses(const LadShape *shape, const guint64 *words, guint64 *addresses);

#endif
