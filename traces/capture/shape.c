/* shape.c - matches the accesses of one block execution with the block's instructions.
 *
 * Modelled after what the emulator does (QEMU 7.2): accesses of an instruction arrive in pieces of
 * at most 8 bytes, in order; a read-modify-write arrives as a read and a write, or as one write if
 * it runs in a helper; a faulting access does not arrive, nor anything after it. Left out: which
 * pieces of a masked access were skipped; they are written as the accesses that came.
 */
#include "config.h"
#include "traces/capture/shape.h"
#include "traces/capture/ring.h"
#include <string.h>

#define MAX_SHAPES 48

static guint
word_insn(guint64 word)
{
    return (guint)(word >> LAD_WORD_INSN_SHIFT & LAD_WORD_INSN_MASK);
}

static gboolean
word_stores(guint64 word)
{
    return (word & LAD_WORD_STORE) != 0;
}

static guint
word_size(guint64 word)
{
    return 1u << (word >> LAD_WORD_SIZE_SHIFT & 7);
}

static guint64
word_address(guint64 word)
{
    return word & LAD_WORD_ADDRESS_MASK;
}

/* ---- Static blocks ----------------------------------------------------------------------------
 */

static void
shape_free(gpointer data)
{
    LadShape *shape = data;

    g_free(shape->parts);
    g_free(shape->tags);
    g_free(shape->joined);
    g_free(shape->offset);
    g_free(shape);
}

/* The emulator ends a block before an instruction that crosses a page, but tells it to plugins, as
 * far as it has read its bytes. */
static gboolean
was_taken_back(const LadInsnFacts *last, guint n, guint64 pc)
{
    return n > 1 && last->code == 0 && 4096 - pc % 4096 < 15;
}

LadGuestBlock *
lad_guest_block_new(LadShaper *shaper, guint64 pc, guint n, const guint8 *lengths,
                    const guint8 *code)
{
    LadGuestBlock *block = g_new0(LadGuestBlock, 1);
    guint64 last_pc = 0;

    block->pc = block->end = pc;
    block->n_insns = n;
    block->insns = g_new(LadInsnFacts, n);
    block->shapes = g_ptr_array_new_with_free_func(shape_free);
    for (guint i = 0; i < n; i++) {
        LadInsnFacts *facts = &block->insns[i];
        lad_describe(shaper->describer, block->end, code, lengths[i], facts);
        last_pc = block->end;
        if (i + 1 < n && facts->insn.branch == LAD_BRANCH_UNKNOWN)
            facts->insn.branch = LAD_BRANCH_NONE; /* execution went on behind it */
        code += lengths[i];
        block->end += lengths[i];
    }
    if (was_taken_back(&block->insns[n - 1], n, last_pc)) {
        block->end = last_pc;
        block->n_insns = --n;
    }
    switch (block->insns[n - 1].insn.branch) {
    case LAD_BRANCH_NONE:
    case LAD_BRANCH_CONDITIONAL:
        block->falls_through = TRUE;
        break;
    case LAD_BRANCH_JUMP:
    case LAD_BRANCH_CALL:
        break;
    default:
        block->leaves_indirectly = TRUE;
    }
    block->target = block->insns[n - 1].target;
    block->regular = TRUE;
    for (guint i = 0; i < n; i++)
        if (block->insns[i].bulk || (block->insns[i].optional && i + 1 < n))
            block->regular = FALSE;
    return block;
}

void
lad_guest_block_free(LadGuestBlock *block)
{
    g_ptr_array_unref(block->shapes);
    g_free(block->insns);
    g_free(block);
}

/* ---- One instruction's accesses ---------------------------------------------------------------
 */

/* A reference in the making. */
typedef struct {
    guint kind; /* LadOperandKind */
    guint size;
    guint word; /* that has its address */
    LadRegisters registers;
} Access;

typedef struct {
    const guint64 *words;
    guint n_words;
    LadShape *shape;
    Access *accesses; /* of all instructions */
    guint8 *counts;   /* accesses of each instruction */
    guint n_accesses;
} Matching;

static const LadFactOperand *
operand_of(const LadInsnFacts *facts, gboolean stores)
{
    for (guint i = 0; i < facts->n_operands; i++)
        if (stores ? facts->operands[i].writes : facts->operands[i].reads)
            return &facts->operands[i];
    return facts->n_operands > 0 ? &facts->operands[0] : NULL;
}

/* Two reads of one instruction (cmps) come in the order of its operands. */
static const LadFactOperand *
operand_number(const LadInsnFacts *facts, gboolean stores, guint n)
{
    for (guint i = 0; i < facts->n_operands; i++)
        if ((stores ? facts->operands[i].writes : facts->operands[i].reads) && n-- == 0)
            return &facts->operands[i];
    return operand_of(facts, stores);
}

static void
join(Matching *matching, guint word, guint earlier, gint64 offset)
{
    matching->shape->joined[word] = (gint16)earlier;
    matching->shape->offset[word] = (gint16)offset;
    matching->shape->plain = FALSE;
}

/* Whether a write completes the read before it to one modify. */
static gboolean
completes(const LadInsnFacts *facts, const Access *read, guint64 address, guint size,
          const guint64 *words)
{
    const LadFactOperand *operand = operand_of(facts, FALSE);

    return read->kind == LAD_OPERAND_LOAD && read->size == size &&
           word_address(words[read->word]) == address && operand != NULL &&
           (facts->n_operands == 1 || (operand->reads && operand->writes));
}

/* Collect the accesses of the instruction whose words are [first, last). */
static void
match_insn(Matching *matching, const LadInsnFacts *facts, guint first, guint last)
{
    Access *begin = matching->accesses + matching->n_accesses, *access = begin;
    guint seen[2] = {0, 0};

    for (guint i = first; i < last; i++) {
        guint64 word = matching->words[i];
        gboolean stores = word_stores(word);
        guint kind = !stores         ? LAD_OPERAND_LOAD
                     : facts->locked ? LAD_OPERAND_ATOMIC
                                     : LAD_OPERAND_STORE;
        const LadFactOperand *operand = operand_number(facts, stores, seen[stores != 0]);
        guint limit = operand != NULL && operand->size != 0 && !facts->bulk ? operand->size : 4096;
        Access *previous = access > begin ? access - 1 : NULL;

        if (previous != NULL && previous->kind == kind &&
            previous->size + word_size(word) <= limit) {
            guint64 expected = word_address(matching->words[previous->word]) + previous->size;
            if (word_address(word) == expected) {
                join(matching, i, previous->word, previous->size);
                previous->size += word_size(word);
                continue;
            }
            matching->shape->once = TRUE; /* had it been adjacent, it would have been joined */
        }
        *access++ = (Access){kind, word_size(word), i, operand != NULL ? operand->address : 0};
        if (operand == NULL || word_size(word) >= operand->size || facts->bulk)
            seen[stores != 0]++;
    }
    matching->counts[word_insn(matching->words[first])] = (guint8)(access - begin);
    matching->n_accesses += (guint)(access - begin);
}

/* Join the read and the write of one operand. */
static void
match_modify(Matching *matching, const LadInsnFacts *facts, guint insn, Access *begin)
{
    Access *end = begin + matching->counts[insn];

    for (Access *write = begin + 1; write < end; write++) {
        Access *read = begin;
        if (write->kind != LAD_OPERAND_STORE && write->kind != LAD_OPERAND_ATOMIC)
            continue;
        while (read < write && !completes(facts, read, word_address(matching->words[write->word]),
                                          write->size, matching->words))
            read++;
        if (read == write)
            continue;
        join(matching, write->word, read->word, 0);
        read->kind = facts->locked ? LAD_OPERAND_ATOMIC : LAD_OPERAND_MODIFY;
        memmove(write, write + 1, (gsize)(end - write - 1) * sizeof *write);
        matching->counts[insn]--;
        matching->n_accesses--;
        return;
    }
}

/* ---- Cut blocks -------------------------------------------------------------------------------
 */

static gboolean
promises_access(const LadShaper *shaper, const LadInsnFacts *facts)
{
    return facts->n_operands > 0 && !facts->optional && !shaper->silent[facts->code];
}

/* Whether the instruction's accesses stop before what it always does: a read without its write, or
 * half of a wide access. */
static gboolean
is_unfinished(const LadShaper *shaper, const LadInsnFacts *facts, const guint64 *words, guint first,
              guint last)
{
    guint bytes[2] = {0, 0}, expected[2] = {0, 0};

    if (!promises_access(shaper, facts))
        return FALSE;
    for (guint i = first; i < last; i++)
        bytes[word_stores(words[i]) != 0] += word_size(words[i]);
    for (guint i = 0; i < facts->n_operands; i++) {
        const LadFactOperand *operand = &facts->operands[i];
        expected[0] += operand->reads && !(facts->locked && operand->writes) ? operand->size : 0;
        expected[1] += operand->writes ? operand->size : 0;
    }
    return bytes[0] < expected[0] || bytes[1] < expected[1];
}

/* The instruction at which the block was left, or n_insns if it ran to its end. */
static guint
find_cut(const LadGuestBlock *block, const LadShaper *shaper, const guint64 *words, guint n)
{
    guint i = 0;

    if (n > 0) {
        guint last = word_insn(words[n - 1]), first = n;
        while (first > 0 && word_insn(words[first - 1]) == last)
            first--;
        if (last < block->n_insns && is_unfinished(shaper, &block->insns[last], words, first, n))
            return last;
        i = last + 1;
    }
    while (i < block->n_insns && !promises_access(shaper, &block->insns[i]))
        i++;
    return i;
}

/* An instruction that lacked its accesses while execution went on has none to promise. */
static void
learn_silence(LadGuestBlock *block, LadShaper *shaper, guint insn)
{
    shaper->silent[block->insns[insn].code] = TRUE;
    block->regular = FALSE;
    shaper->n_silent++;
}

static guint
settle_cut(LadGuestBlock *block, LadShaper *shaper, const guint64 *words, guint n, guint64 next_pc)
{
    gboolean went_on =
        next_pc != 0 && !block->leaves_indirectly &&
        ((block->falls_through && next_pc == block->end) || next_pc == block->target);
    guint cut = find_cut(block, shaper, words, n);

    while (cut < block->n_insns && went_on && next_pc != block->pc) {
        learn_silence(block, shaper, cut);
        cut = find_cut(block, shaper, words, n);
    }
    return cut;
}

/* ---- Shapes -----------------------------------------------------------------------------------
 */

/* Write instructions [from, to) and their accesses as one of the trace's blocks. */
static void
add_part(LadGuestBlock *block, LadShaper *shaper, Matching *matching, guint from, guint to,
         const Access *accesses, guint n_accesses)
{
    LadShape *shape = matching->shape;
    LadInsn insns[LAD_BLOCK_MAX_INSNS];
    LadOperand operands[255];
    LadBlock written = {.pc = block->pc,
                        .n_insns = (guint16)(to - from),
                        .n_operands = (guint16)n_accesses,
                        .insns = insns,
                        .operands = operands};
    const Access *access = accesses;

    for (guint i = 0; i < from; i++)
        written.pc += block->insns[i].insn.length;
    for (guint i = from; i < to; i++) {
        insns[i - from] = block->insns[i].insn;
        insns[i - from].n_operands = matching->counts[i];
        for (guint k = 0; k < matching->counts[i]; k++, access++)
            operands[access - accesses] = (LadOperand){.kind = (guint8)access->kind,
                                                       .insn = (guint8)(i - from),
                                                       .size = (guint16)access->size,
                                                       .address = access->registers};
    }
    shape->parts = g_renew(LadShapePart, shape->parts, shape->n_parts + 1);
    shape->parts[shape->n_parts++] = (LadShapePart){
        .id = lad_trace_writer_block(shaper->writer, &written), .n_operands = n_accesses};
}

static void
add_parts(LadGuestBlock *block, LadShaper *shaper, Matching *matching)
{
    const Access *accesses = matching->accesses;
    guint from = 0, n = 0;

    for (guint i = 0; i < matching->shape->n_insns; i++) {
        if (i - from == LAD_BLOCK_MAX_INSNS || n + matching->counts[i] > 255) {
            add_part(block, shaper, matching, from, i, accesses, n);
            accesses += n;
            from = i;
            n = 0;
        }
        n += matching->counts[i];
    }
    if (from < matching->shape->n_insns)
        add_part(block, shaper, matching, from, matching->shape->n_insns, accesses, n);
}

/* Collect accesses of the instructions before the cut; returns the words that belong to them. */
static guint
match_words(LadGuestBlock *block, LadShaper *shaper, Matching *matching)
{
    LadShape *shape = matching->shape;
    guint i = 0;

    while (i < matching->n_words) {
        guint insn = word_insn(matching->words[i]), first = i;
        Access *begin = matching->accesses + matching->n_accesses;
        if (insn >= shape->n_insns)
            break;
        while (i < matching->n_words && word_insn(matching->words[i]) == insn)
            i++;
        match_insn(matching, &block->insns[insn], first, MIN(i, first + 255));
        match_modify(matching, &block->insns[insn], insn, begin);
        /* An instruction has at most 255 accesses in a trace's block. */
        for (guint k = first + 255; k < i; k++) {
            join(matching, k, first, 0);
            shape->once = TRUE;
        }
        if ((block->insns[insn].n_operands == 0 && !block->insns[insn].bulk) || i > first + 255) {
            shape->unmatched++;
            shaper->n_unmatched++;
        }
    }
    return i;
}

static LadShape *
shape_new(LadGuestBlock *block, LadShaper *shaper, const guint64 *words, guint n, guint cut)
{
    LadShape *shape = g_new0(LadShape, 1);
    g_autofree Access *accesses = g_new(Access, n + 1);
    g_autofree guint8 *counts = g_new0(guint8, LAD_WORD_INSN_MASK + 1);
    Matching matching = {words, n, shape, accesses, counts, 0};

    shape->n_words = n;
    shape->n_insns = cut;
    shape->cut = cut < block->n_insns;
    shape->plain = TRUE;
    shape->tags = g_new(guint16, n + 1);
    shape->joined = g_new(gint16, n + 1);
    shape->offset = g_new0(gint16, n + 1);
    for (guint i = 0; i < n; i++) {
        shape->tags[i] = LAD_WORD_TAG(words[i]);
        shape->joined[i] = -1;
    }
    shape->cut_words = n - match_words(block, shaper, &matching);
    shape->n_addresses = matching.n_accesses;
    if (shape->cut_words > 0)
        shape->plain = FALSE;
    add_parts(block, shaper, &matching);
    shaper->n_shapes++;
    return shape;
}

gboolean
lad_shape_matches(const LadShape *shape, const guint64 *words)
{
    guint n = shape->n_words;
    guint64 different = 0;

    if (shape->once)
        return FALSE;
    for (guint i = 0; i < n; i++)
        different |= (guint64)(LAD_WORD_TAG(words[i]) ^ shape->tags[i]);
    if (different != 0 || (words[n] & LAD_WORD_CONTROL) == 0)
        return FALSE;
    if (shape->plain)
        return TRUE;
    for (guint i = 0; i < n; i++)
        if (shape->joined[i] >= 0 &&
            word_address(words[i]) !=
                word_address(words[shape->joined[i]]) + (guint64)shape->offset[i])
            return FALSE;
    return TRUE;
}

const LadShape *
lad_guest_block_shape(LadGuestBlock *block, LadShaper *shaper, const guint64 *words, guint n,
                      guint64 next_pc)
{
    guint cut = settle_cut(block, shaper, words, n, next_pc);
    LadShape *shape;

    for (guint i = 0; i < block->shapes->len; i++) {
        shape = g_ptr_array_index(block->shapes, i);
        if (shape->n_words == n && shape->n_insns == cut && lad_shape_matches(shape, words)) {
            memmove(block->shapes->pdata + 1, block->shapes->pdata, i * sizeof(gpointer));
            block->shapes->pdata[0] = shape;
            return shape;
        }
    }
    if (block->shapes->len == MAX_SHAPES)
        g_ptr_array_set_size(block->shapes, MAX_SHAPES - 1);
    shape = shape_new(block, shaper, words, n, cut);
    g_ptr_array_insert(block->shapes, 0, shape);
    return shape;
}

gboolean
lad_shape_is_regular(const LadShape *shape, const LadGuestBlock *block)
{
    return block->regular && !shape->cut && !shape->once && shape->unmatched == 0;
}

void
lad_shape_addresses(const LadShape *shape, const guint64 *words, guint64 *addresses)
{
    guint n = shape->n_words - shape->cut_words;

    if (shape->plain) {
        for (guint i = 0; i < n; i++)
            addresses[i] = word_address(words[i]);
        return;
    }
    for (guint i = 0; i < n; i++)
        if (shape->joined[i] < 0)
            *addresses++ = word_address(words[i]);
}
