/* code.h - the dictionary of a trace in memory, shared by reader and writer.
 *
 * Entries are appended by one thread and never move: they lie in segments whose table is allocated
 * at the start, so others may look up any entry they have been told of.
 */
#ifndef LAD_TRACE_CODE_H
#define LAD_TRACE_CODE_H

#include <memladder/trace.h>
#include "traces/format/layout.h"

#define LAD_ENTRY_SEGMENT_BITS 12
#define LAD_ENTRY_SEGMENT      (1u << LAD_ENTRY_SEGMENT_BITS)
#define LAD_SLOT_SEGMENT_BITS  14
#define LAD_SLOT_SEGMENT       (1u << LAD_SLOT_SEGMENT_BITS)

/* A block with what only the container needs. `block` is first, so a LadBlock is cast back to it.
 */
typedef struct {
    LadBlock block;
    guint64 content; /* hash of its whole content, slots apart: what the identity is made of */
    guint32 id;      /* its entry */
} LadCodeBlock;

typedef struct {
    LadEntry entry;
    const guint32 *slots; /* of all its operands, in order */
    guint32 left, right;  /* a path: the two entries it joins; a block: both its own number */
} LadCodeEntry;

struct LadCode {
    LadCodeEntry *segments[LAD_MAX_ENTRIES / LAD_ENTRY_SEGMENT];
    guint64 *first[LAD_MAX_SLOTS / LAD_SLOT_SEGMENT]; /* first address of each slot */
    guint32 n_entries;                                /* written atomically */
    guint32 n_slots;
    guint64 bytes; /* allocated */
    GPtrArray *slabs;
    gsize slab_left;
    guint8 *slab_at;
};

LadCode *lad_code_new(void);
void lad_code_free(LadCode *code);

static inline const LadCodeEntry *
lad_code_at(const LadCode *code, guint32 id)
{
    return &code->segments[id >> LAD_ENTRY_SEGMENT_BITS][id & (LAD_ENTRY_SEGMENT - 1)];
}

static inline guint64
lad_block_content(const LadBlock *block)
{
    return ((const LadCodeBlock *)(const void *)block)->content;
}

/* Room that lives as long as the dictionary, 8-byte aligned. */
void *lad_code_alloc(LadCode *code, gsize bytes);

/* A copy of `block` in the dictionary's memory, with its content hash; no entry yet. */
LadCodeBlock *lad_code_copy_block(LadCode *code, const LadBlock *block);

/* Makes `block` the next entry and numbers its slots, whose first addresses are `first`. The limits
 * of layout.h must have been checked. Returns the entry's number. */
guint32 lad_code_add_block(LadCode *code, LadCodeBlock *block, const guint64 *first);
/* Whether entries `left` and `right` may be joined to a path. */
gboolean lad_code_path_fits(const LadCode *code, guint32 left, guint32 right);
guint32 lad_code_add_path(LadCode *code, guint32 left, guint32 right);

/* What is wrong with a block, or NULL. */
const char *lad_block_problem(const LadBlock *block);

/* Copies the first addresses of slots [from, to) to last[from..to). */
void lad_code_copy_first(const LadCode *code, guint32 from, guint32 to, guint64 *last);

#endif
