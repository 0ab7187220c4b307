/* code.c - the dictionary in memory: blocks, paths, and the slots of their operands. */
#include "config.h"
#include "traces/format/code.h"
#include "traces/format/hash.h"

#define SLAB_BYTES ((gsize)256 << 10)

LadCode *
lad_code_new(void)
{
    LadCode *code = g_new0(LadCode, 1);
    code->slabs = g_ptr_array_new_with_free_func(g_free);
    return code;
}

void
lad_code_free(LadCode *code)
{
    if (code == NULL)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(code->segments) && code->segments[i] != NULL; i++)
        g_free(code->segments[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(code->first) && code->first[i] != NULL; i++)
        g_free(code->first[i]);
    g_ptr_array_unref(code->slabs);
    g_free(code);
}

void *
lad_code_alloc(LadCode *code, gsize bytes)
{
    bytes = (bytes + 7) & ~(gsize)7;
    if (bytes > code->slab_left) {
        gsize slab = MAX(SLAB_BYTES, bytes);
        code->slab_at = g_malloc(slab);
        code->slab_left = slab;
        code->bytes += slab;
        g_ptr_array_add(code->slabs, code->slab_at);
    }
    void *room = code->slab_at;
    code->slab_at += bytes;
    code->slab_left -= bytes;
    return room;
}

const LadEntry *
lad_code_entry(const LadCode *code, guint32 token)
{
    return &lad_code_at(code, token)->entry;
}

guint32
lad_code_n_entries(const LadCode *code)
{
    return __atomic_load_n(&code->n_entries, __ATOMIC_ACQUIRE);
}

guint32
lad_code_n_slots(const LadCode *code)
{
    return __atomic_load_n(&code->n_slots, __ATOMIC_ACQUIRE);
}

const char *
lad_block_problem(const LadBlock *block)
{
    if (block->n_insns > LAD_BLOCK_MAX_INSNS)
        return "more than 64 instructions in a block";
    if (block->n_operands > LAD_MAX_BLOCK_OPERANDS)
        return "more than 255 operands in a block";
    guint last = 0;
    for (guint i = 0; i < block->n_operands; i++) {
        const LadOperand *operand = &block->operands[i];
        if (operand->kind > LAD_OPERAND_ATOMIC)
            return "unknown kind of operand";
        if (operand->size > LAD_MAX_OPERAND_BYTES)
            return "an operand of more than 4096 bytes";
        if (operand->insn < last || operand->insn >= MAX(block->n_insns, 1))
            return "an operand of no instruction of its block";
        last = operand->insn;
    }
    for (guint i = 0; i < block->n_insns; i++)
        if (block->insns[i].branch > LAD_BRANCH_UNKNOWN)
            return "unknown kind of branch";
    return NULL;
}

/* XXH64 of the words pc, counts, then three per instruction and two per operand. */
static guint64
content_hash(const LadBlock *block)
{
    LadWordHash hash;
    lad_word_hash_init(&hash);
    lad_word_hash_add(&hash, block->pc);
    lad_word_hash_add(&hash, block->n_insns | (guint64)block->n_operands << 32);
    for (guint i = 0; i < block->n_insns; i++) {
        const LadInsn *insn = &block->insns[i];
        lad_word_hash_add(&hash,
                          insn->length | (guint64)insn->branch << 8 | (guint64)insn->flags << 16);
        lad_word_hash_add(&hash, insn->reads);
        lad_word_hash_add(&hash, insn->writes);
    }
    for (guint i = 0; i < block->n_operands; i++) {
        const LadOperand *operand = &block->operands[i];
        lad_word_hash_add(&hash, operand->kind | (guint64)operand->insn << 8 |
                                     (guint64)operand->size << 16);
        lad_word_hash_add(&hash, operand->address);
    }
    return lad_word_hash_value(&hash);
}

LadCodeBlock *
lad_code_copy_block(LadCode *code, const LadBlock *block)
{
    LadCodeBlock *copy = lad_code_alloc(code, sizeof *copy);
    LadInsn *insns = lad_code_alloc(code, block->n_insns * sizeof *insns);
    LadOperand *operands = lad_code_alloc(code, block->n_operands * sizeof *operands);
    for (guint i = 0; i < block->n_insns; i++) {
        insns[i] = block->insns[i];
        insns[i].n_operands = 0;
        insns[i].reserved = 0;
    }
    for (guint i = 0; i < block->n_operands; i++) {
        operands[i] = block->operands[i];
        if (block->n_insns > 0)
            insns[operands[i].insn].n_operands++;
    }
    copy->block = *block;
    copy->block.reserved = 0;
    copy->block.insns = insns;
    copy->block.operands = operands;
    copy->content = content_hash(block);
    return copy;
}

static LadCodeEntry *
new_entry(LadCode *code, guint32 *id)
{
    *id = code->n_entries;
    g_assert(*id < LAD_MAX_ENTRIES);
    LadCodeEntry **segment = &code->segments[*id >> LAD_ENTRY_SEGMENT_BITS];
    if (*segment == NULL) {
        *segment = g_new0(LadCodeEntry, LAD_ENTRY_SEGMENT);
        code->bytes += LAD_ENTRY_SEGMENT * sizeof(LadCodeEntry);
    }
    return &(*segment)[*id & (LAD_ENTRY_SEGMENT - 1)];
}

static guint32
new_slot(LadCode *code, guint64 first)
{
    guint32 slot = code->n_slots;
    g_assert(slot < LAD_MAX_SLOTS);
    guint64 **segment = &code->first[slot >> LAD_SLOT_SEGMENT_BITS];
    if (*segment == NULL) {
        *segment = g_new0(guint64, LAD_SLOT_SEGMENT);
        code->bytes += LAD_SLOT_SEGMENT * sizeof(guint64);
    }
    (*segment)[slot & (LAD_SLOT_SEGMENT - 1)] = first;
    __atomic_store_n(&code->n_slots, slot + 1, __ATOMIC_RELEASE);
    return slot;
}

guint32
lad_code_add_block(LadCode *code, LadCodeBlock *block, const guint64 *first)
{
    guint32 id;
    LadCodeEntry *entry = new_entry(code, &id);
    guint n = block->block.n_operands;
    const LadBlock **blocks = lad_code_alloc(code, sizeof *blocks);
    guint32 *slots = lad_code_alloc(code, n * sizeof *slots);
    LadOperand *operands = (LadOperand *)block->block.operands;
    for (guint i = 0; i < n; i++)
        operands[i].slot = slots[i] = new_slot(code, first[i]);
    blocks[0] = &block->block;
    block->id = id;
    entry->entry.n_blocks = 1;
    entry->entry.n_insns = block->block.n_insns;
    entry->entry.n_operands = n;
    entry->entry.blocks = blocks;
    entry->slots = slots;
    entry->left = entry->right = id;
    __atomic_store_n(&code->n_entries, id + 1, __ATOMIC_RELEASE);
    return id;
}

gboolean
lad_code_path_fits(const LadCode *code, guint32 left, guint32 right)
{
    const LadEntry *a = lad_code_entry(code, left);
    const LadEntry *b = lad_code_entry(code, right);
    return a->n_blocks + b->n_blocks <= LAD_MAX_PATH_BLOCKS &&
           a->n_insns + b->n_insns <= LAD_PATH_MAX_INSNS &&
           a->n_operands + b->n_operands <= LAD_PATH_MAX_OPERANDS;
}

guint32
lad_code_add_path(LadCode *code, guint32 left, guint32 right)
{
    guint32 id;
    LadCodeEntry *entry = new_entry(code, &id);
    const LadCodeEntry *a = lad_code_at(code, left);
    const LadCodeEntry *b = lad_code_at(code, right);
    guint n_blocks = a->entry.n_blocks + b->entry.n_blocks;
    guint n_operands = a->entry.n_operands + b->entry.n_operands;
    const LadBlock **blocks = lad_code_alloc(code, n_blocks * sizeof *blocks);
    guint32 *slots = lad_code_alloc(code, n_operands * sizeof *slots);
    memcpy(blocks, a->entry.blocks, a->entry.n_blocks * sizeof *blocks);
    memcpy(blocks + a->entry.n_blocks, b->entry.blocks, b->entry.n_blocks * sizeof *blocks);
    memcpy(slots, a->slots, a->entry.n_operands * sizeof *slots);
    memcpy(slots + a->entry.n_operands, b->slots, b->entry.n_operands * sizeof *slots);
    entry->entry.n_blocks = n_blocks;
    entry->entry.n_insns = a->entry.n_insns + b->entry.n_insns;
    entry->entry.n_operands = n_operands;
    entry->entry.blocks = blocks;
    entry->slots = slots;
    entry->left = left;
    entry->right = right;
    __atomic_store_n(&code->n_entries, id + 1, __ATOMIC_RELEASE);
    return id;
}

void
lad_code_copy_first(const LadCode *code, guint32 from, guint32 to, guint64 *last)
{
    while (from < to) {
        guint32 offset = from & (LAD_SLOT_SEGMENT - 1);
        guint32 n = MIN(LAD_SLOT_SEGMENT - offset, to - from);
        memcpy(last + from, code->first[from >> LAD_SLOT_SEGMENT_BITS] + offset, n * sizeof *last);
        from += n;
    }
}
