/* slice.h - a stretch of about a thousand tokens on its way through the first level.
 *
 * Phases: gather the items and operand words of the tokens; filter instruction lines, then data,
 * against the line touched last in each set (compare, store always, one flag byte per reference);
 * turn flags into positions; look up only those; merge the misses of both sides by position and
 * send them up. Exact, because the two sides meet only behind the first level. A flag that is set
 * without need is harmless: its look-up finds the line at the front.
 */
#ifndef LAD_CACHE_SLICE_H
#define LAD_CACHE_SLICE_H

#include "sim/cache/moves.h"
#include "sim/cache/prepared.h"
#include "sim/cache/tags.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define LAD_HAVE_AVX2 /* compiled in; used where the processor has it */
#endif

#define LAD_SLICE_TOKENS   1024
#define LAD_SLICE_ITEMS    16384
#define LAD_SLICE_OPERANDS 32768

/* A reference that goes on to the next level. `order` tells the instruction before an operand (2 *
 * operand) from the operand itself (2 * operand + 1). */
typedef struct {
    guint64 address;
    guint32 order;
    guint16 size;   /* bytes - 1 */
    guint16 access; /* LadCounted */
} LadSliceMiss;

typedef struct {
    guint64 items[LAD_SLICE_ITEMS + LAD_PREPARED_MAX];
    guint32 item_words[LAD_SLICE_ITEMS + LAD_PREPARED_MAX];
    guint16 operands[LAD_SLICE_OPERANDS + LAD_PREPARED_MAX];
    guint8 flags[LAD_SLICE_OPERANDS + LAD_PREPARED_MAX + 16];      /* read by sixteens */
    guint16 positions[LAD_SLICE_OPERANDS + LAD_PREPARED_MAX + 16]; /* written by eights */
    LadSliceMiss item_misses[LAD_SLICE_ITEMS + LAD_PREPARED_MAX];
    /* Counting lines, an operand can miss more than once. */
    LadSliceMiss operand_misses[LAD_SLICE_OPERANDS + LAD_PREPARED_MAX_MISSES];
    guint8 bit_numbers[256][8]; /* of the bits set in a byte, lowest first */
    guint8 bit_counts[256];
    guint32 n_items, n_operands, n_item_misses, n_operand_misses;
    guint32 most_misses;    /* that the gathered operands can make */
    guint32 n_empty;        /* operands of size 0 among them */
    guint64 counts, totals; /* sums of the entries', packed */
} LadSlice;

/* One side of the first level, of one core. */
typedef struct {
    LadTags *tags;
    guint64 *recent; /* the line touched last in each set */
} LadLane;

typedef struct {
    LadFunctionalCount count;
    guint clamp;
    gboolean unified;
    gboolean next_line; /* see functional.h */
    gboolean avx2;      /* use it */
    LadLane instruction, data;
    guint n_levels[LAD_N_LANES]; /* behind the first */
    LadTags *levels[LAD_N_LANES][LAD_FUNCTIONAL_MAX_LEVELS - 1];
    LadTags *parts[LAD_FUNCTIONAL_MAX_PARTS]; /* the same as in the options */
    LadFunctionalCounts counts[LAD_FUNCTIONAL_MAX_LEVELS];
    LadMoves *moves; /* NULL: lines do not move between levels */
    guint number;
} LadFunctionalCore;

void lad_slice_init(LadSlice *slice);
/* Replay the gathered slice, whose operands lie at `addresses`, and empty it. */
void lad_slice_replay(LadSlice *slice, LadFunctionalCore *core, const guint64 *addresses,
                      guint64 bias);
#ifdef LAD_HAVE_AVX2
/* The phases, counting references, on a processor with AVX2, BMI and BMI2. */
void lad_slice_replay_avx2(LadSlice *slice, LadFunctionalCore *core, const guint64 *addresses,
                           guint64 bias);
#endif
/* Replay one reference by itself; `bytes` at least 1. `operand`: see prepared.h, for data. */
void lad_slice_fetch(LadFunctionalCore *core, guint64 address, guint bytes);
void lad_slice_operand(LadFunctionalCore *core, guint64 address, guint operand);
/* A software prefetch of `bytes`; `code`: on the instruction side. */
void lad_slice_prefetch(LadFunctionalCore *core, guint64 address, guint bytes, gboolean code);
/* Drop the lines of a range from one side of the first level and from all levels behind. */
void lad_slice_flush(LadFunctionalCore *core, guint64 address, guint64 bytes, gboolean code);

#endif
