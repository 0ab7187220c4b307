/* prepared.c - turning dictionary entries into items and operand words for one geometry. */
#include "config.h"
#include "sim/cache/prepared.h"
#include <string.h>

#define ARENA_BYTES (256 * 1024)
#define ARENA_SLACK 256 /* readable behind the last entry */

LadFunctionalCode *
lad_functional_code_new(const LadCode *code, const LadPreparation *how)
{
    LadFunctionalCode *prepared = g_new0(LadFunctionalCode, 1);
    prepared->code = code;
    prepared->how = *how;
    prepared->arenas = g_ptr_array_new_with_free_func(g_free);
    return prepared;
}

void
lad_functional_code_free(LadFunctionalCode *code)
{
    if (code == NULL)
        return;
    g_ptr_array_unref(code->arenas);
    g_free(code->entries);
    g_free(code);
}

static void *
take(LadFunctionalCode *code, gsize bytes)
{
    bytes = (bytes + 8) & ~(gsize)7;
    if (bytes > code->arena_left) {
        gsize size = MAX(bytes, (gsize)ARENA_BYTES);
        code->arena = g_malloc0(size + ARENA_SLACK);
        code->arena_left = size;
        code->memory += size + ARENA_SLACK;
        g_ptr_array_add(code->arenas, code->arena);
    }
    void *taken = code->arena;
    code->arena += bytes;
    code->arena_left -= bytes;
    return taken;
}

static void
make_room(LadFunctionalCode *code, guint32 token)
{
    if (token < code->n_entries)
        return;
    guint32 wanted = code->n_entries == 0 ? 1024 : 2 * code->n_entries;
    wanted = MAX(wanted, token + 1);
    code->entries = g_renew(LadPrepared, code->entries, wanted);
    memset(code->entries + code->n_entries, 0, (wanted - code->n_entries) * sizeof(LadPrepared));
    code->memory += (wanted - code->n_entries) * sizeof(LadPrepared);
    code->n_entries = wanted;
}

/* An entry in the making. */
typedef struct {
    const LadPreparation *how;
    guint n_items;
    guint n_recent;
    guint n_operands;
    guint64 lines; /* instruction lines touched, items or not */
    guint64 reads, writes;
    guint64 loads, stores;
    guint64 misses; /* at most, of the operands */
    guint n_empty;
    guint64 items[LAD_PREPARED_MAX];
    guint32 item_words[LAD_PREPARED_MAX];
    guint16 operands[LAD_PREPARED_MAX];
    guint64 recent[LAD_PREPARED_MAX]; /* lines that the entry left most recent in their sets */
} Draft;

/* Whether two lines can push each other from the front of a set. Addresses may be biased; that
 * keeps distances, but modulo a number that is no power of two only as long as neither wraps
 * around: so there every line is taken for a rival. */
static gboolean
are_rivals(const LadGeometry *geometry, guint64 a, guint64 b)
{
    return !geometry->power_of_two || ((a ^ b) & geometry->mask) == 0;
}

/* Notes that `line` is touched; whether it was already the most recent in its set. */
static gboolean
touch_again(Draft *draft, guint64 line)
{
    if (draft->how->runs) {
        gboolean same = draft->n_recent > 0 && draft->recent[0] == line;
        draft->recent[0] = line;
        draft->n_recent = 1;
        return same;
    }
    for (guint i = 0; i < draft->n_recent; i++) {
        if (!are_rivals(&draft->how->instruction, draft->recent[i], line))
            continue;
        gboolean same = draft->recent[i] == line;
        draft->recent[i] = line;
        return same && !draft->how->no_filter;
    }
    draft->recent[draft->n_recent++] = line;
    return FALSE;
}

static void
add_item(Draft *draft, guint64 address, guint32 word)
{
    g_assert(draft->n_items < LAD_PREPARED_MAX);
    draft->items[draft->n_items] = address;
    draft->item_words[draft->n_items++] = word;
}

static void
add_insn(Draft *draft, guint64 pc, guint length)
{
    const guint shift = draft->how->instruction.line_shift;
    guint size = CLAMP(length, 1, draft->how->clamp);
    guint64 last_byte = pc + size - 1;
    guint64 line = pc >> shift, last = last_byte >> shift;
    guint32 word = draft->n_operands | (guint32)(size - 1) << LAD_ITEM_SIZE_SHIFT;
    gboolean first_is_item = !touch_again(draft, line);
    if (first_is_item)
        add_item(draft, pc, word);
    draft->lines++;
    if (line == last)
        return;
    if (draft->how->count == LAD_COUNT_REFERENCE) {
        guint32 paired = first_is_item ? LAD_ITEM_PAIRED : 0;
        if (!touch_again(draft, last))
            add_item(draft, last_byte, word | LAD_ITEM_END | paired);
        return;
    }
    for (guint64 next = line + 1;; next++) {
        next &= G_MAXUINT64 >> shift;
        draft->lines++;
        if (!touch_again(draft, next))
            add_item(draft, next << shift, word);
        if (next == last)
            return;
    }
}

static void
add_operand(Draft *draft, guint kind, guint bytes)
{
    guint size = CLAMP(bytes, 1, draft->how->clamp);
    gboolean lines = draft->how->count == LAD_COUNT_LINE;
    gboolean both = lines && (kind == LAD_OPERAND_MODIFY || kind == LAD_OPERAND_ATOMIC);
    gboolean write = kind == LAD_OPERAND_STORE;
    guint word = (size - 1) & LAD_OPERAND_SIZE;
    if (both)
        word |= LAD_OPERAND_BOTH;
    if (write)
        word |= LAD_OPERAND_WRITE;
    if (lines && bytes == 0) {
        word |= LAD_OPERAND_EMPTY;
        draft->n_empty++;
    }
    draft->loads += kind != LAD_OPERAND_STORE;
    draft->stores += kind != LAD_OPERAND_LOAD;
    draft->reads += !write;
    draft->writes += write || both;
    /* A read and then a write miss twice only where a set cannot hold the operand's lines. */
    guint misses = lines ? ((size - 1) >> draft->how->data.line_shift) + 2 : 1;
    misses *= draft->how->next_line ? 2 : 1;
    draft->misses += both ? 2 * misses : misses;
    g_assert(draft->n_operands < LAD_PREPARED_MAX);
    draft->operands[draft->n_operands++] = (guint16)word;
}

static void
add_block(Draft *draft, const LadBlock *block)
{
    guint64 pc = block->pc;
    guint operand = 0;
    for (guint i = 0; i < block->n_insns; i++) {
        add_insn(draft, pc, block->insns[i].length);
        pc += block->insns[i].length;
        for (; operand < block->n_operands && block->operands[operand].insn == i; operand++)
            add_operand(draft, block->operands[operand].kind, block->operands[operand].size);
    }
    for (; operand < block->n_operands; operand++)
        add_operand(draft, block->operands[operand].kind, block->operands[operand].size);
}

void
lad_functional_prepare(LadFunctionalCode *code, guint32 token, const LadEntry *entry)
{
    make_room(code, token);
    g_autofree Draft *draft = g_malloc(sizeof *draft);
    draft->how = &code->how;
    draft->n_items = draft->n_recent = draft->n_operands = 0;
    draft->lines = draft->reads = draft->writes = 0;
    draft->loads = draft->stores = draft->misses = 0;
    draft->n_empty = 0;
    for (guint i = 0; i < entry->n_blocks; i++)
        add_block(draft, entry->blocks[i]);
    guint64 fetches = code->how.count == LAD_COUNT_LINE ? draft->lines : entry->n_insns;
    g_assert(fetches <= LAD_PREPARED_MAX && draft->misses <= LAD_PREPARED_MAX_MISSES);

    gsize items = draft->n_items * sizeof(guint64), words = draft->n_items * sizeof(guint32);
    gsize operands = draft->n_operands * sizeof(guint16);
    char *bytes = take(code, items + words + operands);
    memcpy(bytes, draft->items, items);
    memcpy(bytes + items, draft->item_words, words);
    memcpy(bytes + items + words, draft->operands, operands);
    code->entries[token] = (LadPrepared){
        .items = (const guint64 *)bytes,
        .item_words = (const guint32 *)(bytes + items),
        .operands = (const guint16 *)(bytes + items + words),
        .counts = lad_packed(fetches, draft->reads, draft->writes),
        .totals = lad_packed(draft->loads, draft->stores, entry->n_blocks),
        .n_items = (guint16)draft->n_items,
        .n_operands = (guint16)draft->n_operands,
        .n_insns = entry->n_insns,
        .n_misses = (guint32)draft->misses,
        .n_empty = draft->n_empty,
    };
}
