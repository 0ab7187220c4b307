/* select_block.c - the rests of blocks, each prepared once.
 *
 * A rest is one or more parts: runs of kept instructions with their kept operands, and between them
 * operands whose instruction is not kept, each a block without instructions, so that a sample of a
 * sample is the smaller sample record by record. Rests are looked up by block and mask of operands.
 * A block with very many rests, which would fill the dictionary, and one with cut operands are
 * executed instruction by instruction instead. */
#include "config.h"
#include "traces/toolbox/select_block.h"

#define MAX_RESTS_PER_BLOCK 64
#define NONE                G_MAXUINT32

typedef struct {
    guint32 id; /* of the writer */
    guint32 n_operands;
} Part;

typedef struct {
    guint64 mask;
    guint32 block; /* number of the source's entry; NONE: free */
    guint32 first_part, n_parts;
} Rest;

typedef struct {
    guint32 last; /* place of the rest used last, or NONE */
    guint32 n_rests;
} BlockState;

struct LadBlockCutter {
    const LadSelectRules *rules;
    LadTraceWriter *writer;
    Rest *rests; /* open addressing */
    guint rest_bits;
    guint32 n_rests;
    GArray *parts;      /* Part */
    BlockState *states; /* by entry */
    guint32 states_room;
};

/* One part being formed. */
typedef struct {
    guint64 pc, end;
    guint n_insns, n_operands;
    LadInsn insns[LAD_BLOCK_MAX_INSNS];
    LadOperand operands[LAD_MAX_BLOCK_OPERANDS];
} Forming;

static Rest *
new_rests(guint bits)
{
    Rest *rests = g_new(Rest, (gsize)1 << bits);
    for (gsize i = 0; i < (gsize)1 << bits; i++)
        rests[i].block = NONE;
    return rests;
}

LadBlockCutter *
lad_block_cutter_new(const LadSelectRules *rules, LadTraceWriter *writer)
{
    LadBlockCutter *cutter = g_new0(LadBlockCutter, 1);
    cutter->rules = rules;
    cutter->writer = writer;
    cutter->rest_bits = 12;
    cutter->rests = new_rests(cutter->rest_bits);
    cutter->parts = g_array_new(FALSE, FALSE, sizeof(Part));
    return cutter;
}

void
lad_block_cutter_free(LadBlockCutter *cutter)
{
    if (cutter == NULL)
        return;
    g_free(cutter->rests);
    g_free(cutter->states);
    g_array_unref(cutter->parts);
    g_free(cutter);
}

/* ---- Instructions -----------------------------------------------------------------------------
 */

/* Whether the fetch of `length` bytes at `pc` is kept; both are cut with it. */
static gboolean
cut_fetch(const LadSelectRules *rules, guint64 *pc, guint *length)
{
    if (!lad_select_keeps_kind(rules, LAD_RECORD_FETCH) ||
        rules->asked.fetches == LAD_FETCHES_DROPPED)
        return FALSE;
    return rules->asked.fetches == LAD_FETCHES_KEPT || lad_select_cut(rules, pc, length);
}

gboolean
lad_block_cutter_fetches(const LadBlockCutter *cutter, const LadBlock *block)
{
    guint64 next = block->pc;
    for (guint i = 0; i < block->n_insns; i++) {
        guint64 pc = next;
        guint length = block->insns[i].length;
        next += length;
        if (cut_fetch(cutter->rules, &pc, &length))
            return TRUE;
    }
    return FALSE;
}

/* ---- Forming parts ----------------------------------------------------------------------------
 */

/* Called with each part; `data` is the caller's. */
typedef gboolean (*PartDone)(LadBlockCutter *cutter, const LadBlock *part, gpointer data,
                             GError **error);

static gboolean
end_part(LadBlockCutter *cutter, Forming *forming, PartDone done, gpointer data, GError **error)
{
    if (forming->n_insns == 0 && forming->n_operands == 0)
        return TRUE;
    LadBlock part = {.pc = forming->pc,
                     .n_insns = (guint16)forming->n_insns,
                     .n_operands = (guint16)forming->n_operands,
                     .insns = forming->insns,
                     .operands = forming->operands};
    forming->n_insns = forming->n_operands = 0;
    return done(cutter, &part, data, error);
}

static void
add_insn(const LadSelectRules *rules, Forming *forming, const LadInsn *insn, guint64 pc,
         guint length)
{
    if (forming->n_insns == 0)
        forming->pc = pc;
    forming->end = pc + length;
    LadInsn *kept = &forming->insns[forming->n_insns++];
    *kept = *insn;
    kept->length = (guint8)length;
    if (rules->forget) {
        kept->reads = kept->writes = 0;
        kept->flags |= LAD_INSN_DEPS_UNKNOWN;
    }
}

static void
add_operand(const LadSelectRules *rules, Forming *forming, const LadOperand *operand, guint64 pc)
{
    if (forming->n_insns == 0 && forming->n_operands == 0)
        forming->pc = pc;
    LadOperand *kept = &forming->operands[forming->n_operands++];
    *kept = *operand;
    kept->insn = (guint8)(forming->n_insns > 0 ? forming->n_insns - 1 : 0);
    if (rules->forget)
        kept->address = 0;
}

/* The parts of `block` with the operands that `keep` says, of the sizes in `sizes` if that is not
 * NULL. `fine`: each instruction is a part. */
static gboolean
form_parts(LadBlockCutter *cutter, const LadBlock *block, const guint8 *keep, const guint16 *sizes,
           gboolean fine, PartDone done, gpointer data, GError **error)
{
    const LadSelectRules *rules = cutter->rules;
    Forming forming = {0};
    guint64 next = block->pc;
    for (guint i = 0, o = 0; i < MAX(block->n_insns, 1); i++) {
        guint64 start = next, pc = next;
        guint length = block->n_insns > 0 ? block->insns[i].length : 0;
        next += length;
        gboolean kept = block->n_insns > 0 && cut_fetch(rules, &pc, &length);
        gboolean ends =
            kept ? forming.n_insns == 0 || forming.end != pc || fine : forming.n_insns > 0;
        if (ends && !end_part(cutter, &forming, done, data, error))
            return FALSE;
        if (kept)
            add_insn(rules, &forming, &block->insns[i], pc, length);
        for (; o < block->n_operands && block->operands[o].insn == i; o++) {
            if (!keep[o])
                continue;
            LadOperand operand = block->operands[o];
            if (sizes != NULL)
                operand.size = sizes[o];
            if (!kept && !end_part(cutter, &forming, done, data, error))
                return FALSE;
            add_operand(rules, &forming, &operand, start);
        }
    }
    return end_part(cutter, &forming, done, data, error);
}

/* ---- Rests ------------------------------------------------------------------------------------
 */

static gboolean
note_part(LadBlockCutter *cutter, const LadBlock *block, gpointer data, GError **error)
{
    (void)data;
    (void)error;
    Part part = {lad_trace_writer_block(cutter->writer, block), block->n_operands};
    g_array_append_val(cutter->parts, part);
    return TRUE;
}

static guint32
find_rest(const Rest *rests, guint bits, guint32 block, guint64 mask)
{
    guint32 all = (1u << bits) - 1;
    guint32 at = (guint32)(lad_select_mix(mask ^ (guint64)block << 40) >> (64 - bits));
    while (rests[at].block != NONE && (rests[at].block != block || rests[at].mask != mask))
        at = (at + 1) & all;
    return at;
}

static void
grow_rests(LadBlockCutter *cutter)
{
    guint bits = cutter->rest_bits + 1;
    Rest *rests = new_rests(bits);
    for (gsize i = 0; i < (gsize)1 << cutter->rest_bits; i++) {
        const Rest *rest = &cutter->rests[i];
        if (rest->block != NONE)
            rests[find_rest(rests, bits, rest->block, rest->mask)] = *rest;
    }
    g_free(cutter->rests);
    cutter->rests = rests;
    cutter->rest_bits = bits;
    for (guint32 i = 0; i < cutter->states_room; i++)
        cutter->states[i].last = NONE;
}

static BlockState *
state_of(LadBlockCutter *cutter, guint32 block)
{
    if (G_UNLIKELY(block >= cutter->states_room)) {
        guint32 room = MAX(2 * cutter->states_room, block + 1024);
        cutter->states = g_renew(BlockState, cutter->states, room);
        for (guint32 i = cutter->states_room; i < room; i++)
            cutter->states[i] = (BlockState){.last = NONE};
        cutter->states_room = room;
    }
    return &cutter->states[block];
}

/* NULL: the block has too many. */
static const Rest *
rest_of(LadBlockCutter *cutter, const LadBlock *block, guint64 mask)
{
    guint32 id = ((const LadCodeBlock *)(const void *)block)->id;
    BlockState *state = state_of(cutter, id);
    if (G_LIKELY(state->last != NONE) && cutter->rests[state->last].mask == mask)
        return &cutter->rests[state->last];
    guint32 at = find_rest(cutter->rests, cutter->rest_bits, id, mask);
    if (cutter->rests[at].block == NONE) {
        if (state->n_rests >= MAX_RESTS_PER_BLOCK)
            return NULL;
        if (cutter->n_rests >= (1u << cutter->rest_bits) / 2) {
            grow_rests(cutter);
            at = find_rest(cutter->rests, cutter->rest_bits, id, mask);
        }
        guint8 keep[64];
        for (guint i = 0; i < block->n_operands; i++)
            keep[i] = (guint8)(mask >> i & 1);
        Rest rest = {.mask = mask, .block = id, .first_part = cutter->parts->len};
        (void)form_parts(cutter, block, keep, NULL, FALSE, note_part, NULL, NULL);
        rest.n_parts = cutter->parts->len - rest.first_part;
        cutter->rests[at] = rest;
        cutter->n_rests++;
        state->n_rests++;
    }
    state->last = at;
    return &cutter->rests[at];
}

gboolean
lad_block_cutter_prepare(LadBlockCutter *cutter, const LadBlock *block, guint64 mask, GArray *ids)
{
    const Rest *rest = rest_of(cutter, block, mask);
    for (guint32 i = 0; rest != NULL && i < rest->n_parts; i++)
        g_array_append_val(ids, g_array_index(cutter->parts, Part, rest->first_part + i).id);
    return rest != NULL;
}

typedef struct {
    guint to;
    const guint64 *addresses; /* of the kept operands not executed yet */
} Executing;

static gboolean
execute_part(LadBlockCutter *cutter, const LadBlock *part, gpointer data, GError **error)
{
    Executing *executing = data;
    guint32 id = lad_trace_writer_block(cutter->writer, part);
    const guint64 *addresses = executing->addresses;
    executing->addresses += part->n_operands;
    return lad_trace_writer_execute(cutter->writer, executing->to, id, addresses, error);
}

gboolean
lad_block_cutter_execute(LadBlockCutter *cutter, guint to, const LadBlock *block, guint64 mask,
                         const guint64 *addresses, GError **error)
{
    guint64 kept[64];
    guint n = 0;
    for (guint64 left = mask; left != 0; left &= left - 1)
        kept[n++] = addresses[__builtin_ctzll(left)];
    const Rest *rest = rest_of(cutter, block, mask);
    if (G_UNLIKELY(rest == NULL)) {
        Executing executing = {to, kept};
        guint8 keep[64];
        for (guint i = 0; i < block->n_operands; i++)
            keep[i] = (guint8)(mask >> i & 1);
        return form_parts(cutter, block, keep, NULL, TRUE, execute_part, &executing, error);
    }
    const Part *parts = &g_array_index(cutter->parts, Part, rest->first_part);
    const guint64 *at = kept;
    for (guint32 i = 0; i < rest->n_parts; i++) {
        if (!lad_trace_writer_execute(cutter->writer, to, parts[i].id, at, error))
            return FALSE;
        at += parts[i].n_operands;
    }
    return TRUE;
}

gboolean
lad_block_cutter_execute_cut(LadBlockCutter *cutter, guint to, const LadBlock *block,
                             const guint64 *addresses, GError **error)
{
    const LadSelectRules *rules = cutter->rules;
    guint64 kept[LAD_MAX_BLOCK_OPERANDS];
    guint16 sizes[LAD_MAX_BLOCK_OPERANDS];
    guint8 keep[LAD_MAX_BLOCK_OPERANDS + 1];
    guint n = 0;
    gboolean whole = TRUE;
    for (guint i = 0; i < block->n_operands; i++) {
        guint64 address = addresses[i];
        guint size = block->operands[i].size;
        keep[i] = lad_select_keeps_kind(rules, LAD_RECORD_LOAD + block->operands[i].kind) &&
                  lad_select_cut(rules, &address, &size);
        sizes[i] = (guint16)size;
        whole = whole && keep[i] && size == block->operands[i].size;
        if (keep[i])
            kept[n++] = address;
    }
    Executing executing = {to, kept};
    return form_parts(cutter, block, keep, sizes, !whole, execute_part, &executing, error);
}
