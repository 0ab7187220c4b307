/* prepared.h - dictionary entries as functional replay wants them, made once per entry and
 * geometry.
 *
 * Per entry: what it counts, packed; one *operand* word per data access; and the *items*, the
 * instruction lines it must look up in order. A line that the entry itself leaves the most recent
 * of its set is no item the second time: looking it up again would change nothing.
 */
#ifndef LAD_CACHE_PREPARED_H
#define LAD_CACHE_PREPARED_H

#include "sim/cache/functional.h"

/* An operand: size - 1 in bits 0-11, then how it counts. */
#define LAD_OPERAND_SIZE  0x0fff
#define LAD_OPERAND_EMPTY 0x2000 /* of size 0, counting lines: none at the beginning of a line */
#define LAD_OPERAND_BOTH  0x4000 /* a read and then a write */
#define LAD_OPERAND_WRITE 0x8000

/* An item's address is that of the instruction's first byte, or of its last byte (END) where its
 * second line is meant. Its word: in bits 0-17 the operands of the entry that come before it; then
 * size - 1 of the instruction, and flags. */
#define LAD_ITEM_OPERANDS   0x3ffff
#define LAD_ITEM_SIZE_SHIFT 18
#define LAD_ITEM_SIZE       0xff
#define LAD_ITEM_END        (1u << 26)
#define LAD_ITEM_PAIRED     (1u << 27) /* the item before is the same instruction's first line */

/* Counts of an entry in one word: fields are wide enough for a slice. */
#define LAD_PACKED_BITS 21
#define LAD_PACKED_MASK (((guint64)1 << LAD_PACKED_BITS) - 1)

static inline guint64
lad_packed(guint64 a, guint64 b, guint64 c)
{
    return a | b << LAD_PACKED_BITS | c << 2 * LAD_PACKED_BITS;
}

static inline guint64
lad_packed_field(guint64 packed, guint field)
{
    return packed >> field * LAD_PACKED_BITS & LAD_PACKED_MASK;
}

/* A replay copies these many words at once, whatever the entry has; memory behind the last entry is
 * readable. */
#define LAD_PREPARED_ITEMS    8
#define LAD_PREPARED_OPERANDS 48
/* No entry has more items, operands or counts; and no entry's operands miss more often at once. */
#define LAD_PREPARED_MAX        4096
#define LAD_PREPARED_MAX_MISSES 65536

typedef struct {
    const guint64 *items; /* NULL: not prepared. n_items addresses */
    const guint32 *item_words;
    const guint16 *operands;
    guint64 counts; /* instructions (lines of them, counting lines), reads, writes; packed */
    guint64 totals; /* loads, stores (modify and atomic in both), blocks; packed */
    guint16 n_items;
    guint16 n_operands;
    guint32 n_insns;
    guint32 n_misses; /* the most that its operands can make in the first level */
    guint32 n_empty;  /* operands of size 0 */
} LadPrepared;

/* How to prepare: what of the options and geometry the entries depend on. */
typedef struct {
    LadFunctionalCount count;
    LadGeometry instruction, data;
    guint clamp;        /* sizes are at most this many bytes */
    gboolean no_filter; /* keep every line an item */
    gboolean runs;      /* keep every run of instructions in one line an item */
    gboolean next_line; /* a missing line of an operand brings the next along */
} LadPreparation;

struct LadFunctionalCode {
    const LadCode *code;
    LadPreparation how;
    LadPrepared *entries;
    guint32 n_entries;
    GPtrArray *arenas;
    char *arena; /* the last, from its first free byte */
    gsize arena_left;
    gsize memory;
};

LadFunctionalCode *lad_functional_code_new(const LadCode *code, const LadPreparation *how);
void lad_functional_code_free(LadFunctionalCode *code);

#endif
