/* drmemtrace_blocks.c - instructions and accesses gathered into blocks.
 *
 * A block ends behind a branch, where the next instruction does not follow in memory, at 64
 * instructions, and where anything but instructions and loads and stores comes. The records that
 * made it are remembered as a *pattern*, so that the next time its records are compared and not
 * understood:
 *
 *     records   10 4 pc   10 3 pc+4   0 8 a   48 2 pc+7
 *     pattern    = = =     = = =      = = .    = = =       `.` is an address of the block
 *
 * Patterns that begin at the same instruction are tried in turn, the one that followed last time
 * first. Code that changes is told by new bytes for a known instruction; then all are forgotten. */
#include "config.h"
#include "traces/format/layout.h"
#include "traces/import/drmemtrace.h"

#define MAX_ITEMS    (LAD_BLOCK_MAX_INSNS + 2 * LAD_MAX_BLOCK_OPERANDS)
#define MAX_VARIANTS 16
#define NO_FETCH_KEY ((guint64)1 << 63)

/* One record of a pattern. Loads and stores are told by their type. */
typedef struct {
    guint32 head;
    guint32 mask;    /* of what must be as in `head` */
    guint64 address; /* of an instruction; of a store 1 if it must be that of the load before it */
} Item;

typedef struct Pattern Pattern;

struct Pattern {
    Pattern *variant;  /* another that begins at the same instruction */
    Pattern *follower; /* that came next last time */
    guint64 last_pc, end_pc;
    guint32 block;
    guint32 n_items;
    Item items[];
};

typedef struct {
    guint64 key;
    gpointer value; /* NULL: free */
} Place;

/* Open addressing; keys are never removed one by one. */
typedef struct {
    Place *places;
    guint bits;
    gsize n;
} Map;

typedef struct {
    gboolean active, no_fetch, closed; /* closed: behind a branch */
    guint64 pc, end, last_pc;          /* as recorded, `end` being where the next one would lie */
    guint n_insns, n_operands, n_items;
    guint n_loads, n_stores; /* of the last instruction */
    const LadDrInsn *insn;   /* the last one */
    LadInsn insns[LAD_BLOCK_MAX_INSNS];
    LadOperand operands[LAD_MAX_BLOCK_OPERANDS];
    guint64 addresses[LAD_MAX_BLOCK_OPERANDS];
    Item items[MAX_ITEMS];
} Draft;

struct LadDrBlocks {
    LadDrInsns *insns;
    LadDrOut *out;
    Map code;     /* of LadDrInsn, by address */
    Map patterns; /* of Pattern, the first of each chain */
    GPtrArray *owned;
    Pattern *last;                       /* executed last, if no other block came between */
    guint64 last_pc, end_pc;             /* of the last instruction record, and where it ends */
    guint8 bytes[LAD_DR_MAX_INSN_BYTES]; /* of the next instruction */
    guint n_bytes;
    guint64 addresses[LAD_MAX_BLOCK_OPERANDS];
    Draft draft;
};

/* ---- Map ---------------------------------------------------------------------------------------
 */

static void
map_init(Map *map, guint bits)
{
    map->bits = bits;
    map->n = 0;
    map->places = g_new0(Place, (gsize)1 << bits);
}

static inline Place *
map_place(const Map *map, guint64 key)
{
    gsize mask = ((gsize)1 << map->bits) - 1;
    gsize at = (key * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15)) >> (64 - map->bits);
    while (map->places[at].value != NULL && map->places[at].key != key)
        at = (at + 1) & mask;
    return &map->places[at];
}

static void
map_put(Map *map, guint64 key, gpointer value)
{
    if (2 * map->n >= (gsize)1 << map->bits) {
        Map grown;
        map_init(&grown, map->bits + 1);
        for (gsize i = 0; i < (gsize)1 << map->bits; i++)
            if (map->places[i].value != NULL)
                *map_place(&grown, map->places[i].key) = map->places[i];
        grown.n = map->n;
        g_free(map->places);
        *map = grown;
    }
    Place *place = map_place(map, key);
    map->n += place->value == NULL;
    *place = (Place){key, value};
}

/* ---- Known blocks ------------------------------------------------------------------------------
 */

static guint64
pattern_key(guint64 pc, gboolean no_fetch)
{
    return no_fetch ? pc ^ NO_FETCH_KEY : pc;
}

/* Where the records of `pattern` end if they lie at `at`, with their data addresses in order; NULL
 * if they do not, or if the record behind them is not in sight or is one more access. */
static inline const guint8 *
match(const Pattern *pattern, const guint8 *at, const guint8 *end, guint64 *addresses)
{
    if ((gsize)(end - at) < (gsize)(pattern->n_items + 1) * LAD_DR_RECORD_BYTES)
        return NULL;
    const Item *item = pattern->items;
    for (guint i = 0; i < pattern->n_items; i++, item++, at += LAD_DR_RECORD_BYTES) {
        guint64 address = lad_dr_address(at);
        if (((lad_dr_head(at) ^ item->head) & item->mask) != 0)
            return NULL;
        if (lad_dr_type(item->head) > LAD_DR_STORE) {
            if (address != item->address)
                return NULL;
            continue;
        }
        address = lad_dr_canonical(address);
        if (item->address != 0) {
            if (address != addresses[-1])
                return NULL;
            continue;
        }
        *addresses++ = address;
    }
    return lad_dr_type(lad_dr_head(at)) > LAD_DR_STORE ? at : NULL;
}

static Pattern *
find_pattern(LadDrBlocks *blocks, const guint8 *at, const guint8 *end, const guint8 **next)
{
    guint32 head = lad_dr_head(at);
    guint type = lad_dr_type(head);
    if (!lad_dr_is_insn(type) && type != LAD_DR_NO_FETCH)
        return NULL;
    guint64 key = pattern_key(lad_dr_address(at), type == LAD_DR_NO_FETCH);
    Pattern *pattern = map_place(&blocks->patterns, key)->value;
    for (; pattern != NULL; pattern = pattern->variant)
        if ((*next = match(pattern, at, end, blocks->addresses)) != NULL)
            return pattern;
    return NULL;
}

const guint8 *
lad_dr_blocks_run(LadDrBlocks *blocks, const guint8 *at, const guint8 *end, guint stream,
                  GError **error)
{
    const guint8 *const from = at;
    Pattern *last = blocks->last;
    LadTraceWriter *writer = blocks->out->writer;
    if (blocks->n_bytes > 0) /* what comes may be other code than it was */
        return at;
    while (end - at >= LAD_DR_RECORD_BYTES) {
        Pattern *pattern = last != NULL ? last->follower : NULL;
        const guint8 *next = pattern != NULL ? match(pattern, at, end, blocks->addresses) : NULL;
        if (next == NULL) {
            pattern = find_pattern(blocks, at, end, &next);
            if (pattern == NULL)
                break;
            if (last != NULL)
                last->follower = pattern;
        }
        if (!lad_trace_writer_execute(writer, stream, pattern->block, blocks->addresses, error))
            return NULL;
        at = next;
        last = pattern;
    }
    if (at != from) {
        blocks->last_pc = last->last_pc;
        blocks->end_pc = last->end_pc;
    }
    blocks->last = last;
    return at;
}

static void
forget_patterns(LadDrBlocks *blocks)
{
    g_free(blocks->patterns.places);
    map_init(&blocks->patterns, 10);
    g_ptr_array_set_size(blocks->owned, 0);
    blocks->last = NULL;
}

static void
learn(LadDrBlocks *blocks, guint32 block)
{
    const Draft *draft = &blocks->draft;
    guint64 key = pattern_key(draft->pc, draft->no_fetch);
    Pattern *first = map_place(&blocks->patterns, key)->value;
    gsize bytes = draft->n_items * sizeof(Item);
    guint n = 0;
    for (Pattern *known = first; known != NULL; known = known->variant, n++)
        if (known->n_items == draft->n_items && memcmp(known->items, draft->items, bytes) == 0) {
            blocks->last = known;
            return;
        }
    if (n >= MAX_VARIANTS)
        return;
    Pattern *pattern = g_malloc0(sizeof *pattern + bytes);
    pattern->variant = first;
    pattern->last_pc = draft->last_pc;
    pattern->end_pc = draft->end;
    pattern->block = block;
    pattern->n_items = draft->n_items;
    memcpy(pattern->items, draft->items, bytes);
    g_ptr_array_add(blocks->owned, pattern);
    map_put(&blocks->patterns, key, pattern);
    if (blocks->last != NULL)
        blocks->last->follower = pattern;
    blocks->last = pattern;
}

/* ---- The block in progress ---------------------------------------------------------------------
 */

LadDrBlocks *
lad_dr_blocks_new(LadDrInsns *insns, LadDrOut *out)
{
    LadDrBlocks *blocks = g_new0(LadDrBlocks, 1);
    blocks->insns = insns;
    blocks->out = out;
    map_init(&blocks->code, 10);
    map_init(&blocks->patterns, 10);
    blocks->owned = g_ptr_array_new_with_free_func(g_free);
    blocks->last_pc = G_MAXUINT64;
    return blocks;
}

void
lad_dr_blocks_free(LadDrBlocks *blocks)
{
    if (blocks == NULL)
        return;
    g_free(blocks->code.places);
    g_free(blocks->patterns.places);
    g_ptr_array_unref(blocks->owned);
    g_free(blocks);
}

gboolean
lad_dr_blocks_in_progress(const LadDrBlocks *blocks)
{
    return blocks->draft.active;
}

gboolean
lad_dr_blocks_end(LadDrBlocks *blocks, gboolean usual, guint stream, GError **error)
{
    Draft *draft = &blocks->draft;
    if (!draft->active)
        return TRUE;
    draft->active = FALSE;
    blocks->last_pc = draft->last_pc;
    blocks->end_pc = draft->end;
    LadBlock block = {.pc = lad_dr_canonical(draft->pc),
                      .n_insns = (guint16)draft->n_insns,
                      .n_operands = (guint16)draft->n_operands,
                      .insns = draft->insns,
                      .operands = draft->operands};
    guint32 id = lad_trace_writer_block(blocks->out->writer, &block);
    if (usual)
        learn(blocks, id);
    else
        blocks->last = NULL;
    return lad_trace_writer_execute(blocks->out->writer, stream, id, draft->addresses, error);
}

void
lad_dr_blocks_encoding(LadDrBlocks *blocks, const guint8 *bytes, guint n)
{
    n = MIN(n, LAD_DR_MAX_INSN_BYTES - blocks->n_bytes);
    memcpy(blocks->bytes + blocks->n_bytes, bytes, n);
    blocks->n_bytes += n;
}

/* The instruction at `pc`, by what was said of it last. */
static const LadDrInsn *
insn_at(LadDrBlocks *blocks, guint type, guint length, guint64 pc)
{
    guint n_bytes = blocks->n_bytes;
    const LadDrInsn *known = map_place(&blocks->code, pc)->value;
    blocks->n_bytes = 0;
    if (n_bytes == 0 && known != NULL) {
        const LadDrInsn *same = lad_dr_insns_get(blocks->insns, type, length, known->bytes,
                                                 known->length == length ? known->n_bytes : 0);
        if (same == known)
            return known;
    }
    const LadDrInsn *insn = lad_dr_insns_get(blocks->insns, type, length, blocks->bytes, n_bytes);
    if (known != NULL && known != insn)
        forget_patterns(blocks);
    map_put(&blocks->code, pc, (gpointer)insn);
    return insn;
}

gboolean
lad_dr_blocks_ends_before(const LadDrBlocks *blocks, guint32 head, guint64 pc)
{
    const Draft *draft = &blocks->draft;
    return draft->closed || draft->no_fetch || lad_dr_type(head) == LAD_DR_NO_FETCH ||
           pc != draft->end || draft->n_insns == LAD_BLOCK_MAX_INSNS;
}

static void
add_item(Draft *draft, guint32 head, guint64 address)
{
    /* Whether a jump was taken is told by what follows. */
    guint type = lad_dr_type(head);
    guint32 mask = type == LAD_DR_TAKEN_JUMP || type == LAD_DR_UNTAKEN_JUMP ? ~1u : ~0u;
    draft->items[draft->n_items++] = (Item){head & mask, mask, address};
}

gboolean
lad_dr_blocks_insn(LadDrBlocks *blocks, guint32 head, guint64 pc, guint stream, GError **error)
{
    Draft *draft = &blocks->draft;
    if (draft->active && lad_dr_blocks_ends_before(blocks, head, pc) &&
        !lad_dr_blocks_end(blocks, TRUE, stream, error))
        return FALSE;
    guint length = lad_dr_size(head);
    gboolean no_fetch = lad_dr_type(head) == LAD_DR_NO_FETCH;
    guint type = no_fetch ? LAD_DR_INSN : lad_dr_type(head);
    const LadDrInsn *insn = insn_at(blocks, type, length, pc);
    if (!draft->active) {
        draft->active = TRUE;
        draft->no_fetch = no_fetch;
        draft->pc = pc;
        draft->n_insns = draft->n_operands = draft->n_items = 0;
    }
    draft->insn = insn;
    draft->last_pc = pc;
    draft->end = pc + length;
    draft->closed = insn->branch != LAD_BRANCH_NONE;
    draft->n_loads = draft->n_stores = 0;
    if (!no_fetch)
        draft->insns[draft->n_insns++] = insn->facts.insn;
    add_item(draft, head, pc);
    return TRUE;
}

/* The registers that form the address of the last instruction's next load or store. */
static LadRegisters
address_registers(const Draft *draft, gboolean store)
{
    const LadInsnFacts *facts = &draft->insn->facts;
    guint nth = store ? draft->n_stores : draft->n_loads;
    LadRegisters registers = facts->insn.reads; /* if nothing better is known */
    for (guint i = 0; i < facts->n_operands; i++) {
        const LadFactOperand *operand = &facts->operands[i];
        if (store ? !operand->writes : !operand->reads)
            continue;
        registers = operand->address;
        if (nth-- == 0)
            break;
    }
    return registers;
}

/* Whether this store and the load before it are one access that reads and writes. */
static gboolean
modifies(const Draft *draft, guint64 address, guint size)
{
    if (draft->n_operands == 0 || draft->n_loads != 1)
        return FALSE;
    const LadOperand *last = &draft->operands[draft->n_operands - 1];
    if (last->kind != LAD_OPERAND_LOAD || last->size != size ||
        draft->addresses[draft->n_operands - 1] != address)
        return FALSE;
    const LadInsnFacts *facts = &draft->insn->facts;
    for (guint i = 0; i < facts->n_operands; i++)
        if (facts->operands[i].reads && facts->operands[i].writes)
            return TRUE;
    return FALSE;
}

static gboolean
plain_access(LadDrBlocks *blocks, gboolean store, guint size, guint64 address, GError **error)
{
    LadRecord record = {
        .kind = store ? LAD_RECORD_STORE : LAD_RECORD_LOAD, .address = address, .size = size};
    return lad_dr_out_record(blocks->out, &record, error);
}

gboolean
lad_dr_blocks_access(LadDrBlocks *blocks, guint32 head, guint64 address, guint stream,
                     GError **error)
{
    Draft *draft = &blocks->draft;
    gboolean store = lad_dr_type(head) == LAD_DR_STORE;
    guint size = lad_dr_size(head);
    address = lad_dr_canonical(address);
    if (draft->active &&
        (draft->n_operands == LAD_MAX_BLOCK_OPERANDS || size > LAD_MAX_OPERAND_BYTES) &&
        !lad_dr_blocks_end(blocks, FALSE, stream, error))
        return FALSE;
    if (!draft->active) {
        blocks->last = NULL;
        return plain_access(blocks, store, size, address, error);
    }
    if (store && modifies(draft, address, size)) {
        draft->operands[draft->n_operands - 1].kind =
            draft->insn->facts.locked ? LAD_OPERAND_ATOMIC : LAD_OPERAND_MODIFY;
        draft->n_stores++;
        add_item(draft, head, 1);
        return TRUE;
    }
    guint insn = draft->n_insns > 0 ? draft->n_insns - 1 : 0;
    draft->operands[draft->n_operands] =
        (LadOperand){.kind = store ? LAD_OPERAND_STORE : LAD_OPERAND_LOAD,
                     .insn = (guint8)insn,
                     .size = (guint16)size,
                     .address = address_registers(draft, store)};
    draft->addresses[draft->n_operands++] = address;
    draft->n_loads += store ? 0 : 1;
    draft->n_stores += store ? 1 : 0;
    add_item(draft, head, 0);
    return TRUE;
}

guint64
lad_dr_blocks_last_pc(const LadDrBlocks *blocks)
{
    return blocks->draft.active ? blocks->draft.last_pc : blocks->last_pc;
}

guint64
lad_dr_blocks_end_pc(const LadDrBlocks *blocks)
{
    return blocks->draft.active ? blocks->draft.end : blocks->end_pc;
}

void
lad_dr_blocks_go_to(LadDrBlocks *blocks, guint64 pc)
{
    g_assert(!blocks->draft.active);
    blocks->last_pc = blocks->end_pc = pc;
    blocks->n_bytes = 0;
    blocks->last = NULL;
}
