/* functional.h - exact replay without time: which references miss, at which level.
 *
 * A LadFunctional has, for each core, a first level for instructions and one for data, and up to
 * three further levels behind each of them, which both sides have in common or one has for itself,
 * private or shared by groups of cores. TLBs are the same thing with pages for lines, in a
 * LadFunctional of their own. It knows no coherence and one prefetcher, next-line; write-backs only
 * where a level is inclusive or exclusive (moves.h). Between cores the order is that of the calls.
 *
 * Counting `reference` is cachegrind's: a reference that touches two lines looks up both, lower
 * first, and counts one miss if either missed; on a miss the whole range goes to the next level,
 * where the same holds; data sizes are clamped to the smallest line of all levels, instruction
 * sizes are not (but are never more than that line); a modify or atomic is one read. Counting
 * `line` is DynamoRIO's and Dinero's: each line touched is one access, each missing line goes up on
 * its own, and a modify or atomic is a read and then a write. A data access of size 0 touches its
 * line, but none if it lies at the beginning of one.
 *
 * Software prefetches and cache flushes of a trace are replayed where caches, not TLBs, are meant
 * (`translations`). A prefetch looks its lines up, and brings them in, like any access, but is
 * counted apart. One that is for instructions and names no level goes to the instruction side, all
 * others to the data side, as in DynamoRIO. A flush drops its lines from its side of the first
 * level and from all levels behind that.
 *
 * The next-line prefetcher is DynamoRIO's: after each line that a load or store missed in the first
 * level has been brought in, the line behind it is looked up there, and brought in, as a prefetch;
 * no prefetch, by software or not, leads to another. It is there when counting lines only.
 */
#ifndef LAD_CACHE_FUNCTIONAL_H
#define LAD_CACHE_FUNCTIONAL_H

#include "sim/cache/geometry.h"
#include "sim/cache/spaces.h"
#include <memladder/cache.h>
#include <memladder/replacement.h>
#include <memladder/trace.h>

#define LAD_FUNCTIONAL_MAX_LEVELS 4 /* of one side, the first included */
#define LAD_FUNCTIONAL_MAX_PARTS  (2 * (LAD_FUNCTIONAL_MAX_LEVELS - 1)) /* behind the first */

typedef enum { LAD_COUNT_REFERENCE, LAD_COUNT_LINE } LadFunctionalCount;

/* Kinds of access, as counted. */
typedef enum {
    LAD_COUNTED_FETCH,
    LAD_COUNTED_READ,
    LAD_COUNTED_WRITE,
    LAD_COUNTED_PREFETCH,      /* on the data side: by software, or of the next line */
    LAD_COUNTED_CODE_PREFETCH, /* on the instruction side */
    LAD_N_COUNTED
} LadCounted;

/* Its side. */
enum { LAD_LANE_DATA, LAD_LANE_CODE, LAD_N_LANES };

static inline guint
lad_lane_of(LadCounted access)
{
    return access == LAD_COUNTED_FETCH || access == LAD_COUNTED_CODE_PREFETCH ? LAD_LANE_CODE
                                                                              : LAD_LANE_DATA;
}

static inline LadFillCause
lad_cause_of(LadCounted access)
{
    static const guint8 causes[LAD_N_COUNTED] = {
        [LAD_COUNTED_FETCH] = LAD_FILL_FETCH,
        [LAD_COUNTED_READ] = LAD_FILL_LOAD,
        [LAD_COUNTED_WRITE] = LAD_FILL_STORE,
        [LAD_COUNTED_PREFETCH] = LAD_FILL_PREFETCH,
        [LAD_COUNTED_CODE_PREFETCH] = LAD_FILL_PREFETCH,
    };
    return (LadFillCause)causes[access];
}

typedef struct {
    const char *name; /* names the random stream; borrowed until _new returns */
    LadGeometry geometry;
    const LadReplacementClass *replacement;
    void *params;    /* of the replacement; borrowed */
    guint shared_by; /* adjacent cores per instance; 0: all cores share one; first level: 1 */
    guint side;      /* LadSide; which of the first levels it lies behind */
    /* Ways to fill, by core and then by side (0: data, 1: instructions); NULL: all. Borrowed. */
    const guint64 *masks;
    const LadSpacesOptions *spaces; /* of TLBs; NULL: an entry serves one address space. Borrowed */
    gboolean inclusive, exclusive;  /* of what is in front (moves.h); counting lines of one size */
} LadFunctionalLevel;

typedef struct {
    LadFunctionalCount count;
    guint n_cores; /* at least 1 */
    guint64 seed;
    LadFunctionalLevel instruction; /* first level */
    LadFunctionalLevel data;
    guint n_levels; /* behind the first, 0 to LAD_FUNCTIONAL_MAX_PARTS */
    LadFunctionalLevel levels[LAD_FUNCTIONAL_MAX_PARTS]; /* nearest first */
    gboolean unified;      /* instructions and data share the first level, `data` */
    gboolean next_line;    /* behind each load or store that misses there; counting lines only */
    gboolean translations; /* lines are pages: prefetches and flushes pass by */
    /* Bits of a line that tell it apart as a first miss; 0: first misses are not counted, which is
     * only done when counting lines. */
    guint64 first_miss_mask;
    gboolean blank;    /* nothing will be replayed: without what is large */
    gboolean portable; /* do without what only some processors have; changes no result */
} LadFunctionalOptions;

typedef struct {
    guint64 references[LAD_N_COUNTED];
    guint64 misses[LAD_N_COUNTED];
    guint64 flushes[2]; /* of the data and of the instruction side */
} LadFunctionalCounts;

typedef struct LadFunctional LadFunctional;
/* Entries of one trace's dictionary, prepared for the geometry. */
typedef struct LadFunctionalCode LadFunctionalCode;

/* Errors: CONFIG from the replacement models. */
LadFunctional *lad_functional_new(const LadFunctionalOptions *options, GError **error);
void lad_functional_free(LadFunctional *functional);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadFunctional, lad_functional_free)

/* Empties what `core` looks up in, what it shares with others included. */
void lad_functional_empty(LadFunctional *functional, guint core);
/* The prepared entries of `code`, which must outlive `functional`; the same object for the same
 * code. Owned by `functional`. */
LadFunctionalCode *lad_functional_code(LadFunctional *functional, const LadCode *code);
/* Prepare the entry of `token` ahead; replay prepares what it meets first otherwise. */
void lad_functional_prepare(LadFunctionalCode *code, guint32 token, const LadEntry *entry);

/* Where a replay stands in a batch, and what it has replayed, which is only added to. */
typedef struct {
    guint32 token;
    guint32 address;
    guint64 n_insns;
    guint64 n_data;
    guint64 n_loads; /* modify and atomic are in both */
    guint64 n_stores;
    guint64 n_records;
} LadFunctionalPosition;

/* Replay from `at` on core `core` until the end of the batch, or the first token boundary at or
 * past `stop_insns` instructions (as at->n_insns counts), or a plain record that is no access,
 * which is returned and not passed. `bias` is added to every address: it tells address spaces
 * apart, and must be a multiple of every line's and page's size. */
const LadRecord *lad_functional_replay(LadFunctional *functional, guint core,
                                       LadFunctionalCode *code, const LadBatch *batch, guint64 bias,
                                       guint64 stop_insns, LadFunctionalPosition *at);

/* What `core` did at level `level`, 0 being the first (whose fetches are of the instruction side).
 * Levels are counted on each side for itself: where only instructions have a second level, what
 * both have behind it is level 2 of instructions and level 1 of data. */
const LadFunctionalCounts *lad_functional_counts(const LadFunctional *functional, guint core,
                                                 guint level);
/* Lines that have missed in the instance of level `level` that `core` uses on the side of
 * instructions or of data; 0 if they are not counted. */
guint64 lad_functional_first_misses(const LadFunctional *functional, guint core, guint level,
                                    gboolean instruction);
/* Misses in the TLB of level `level` for instructions that `core` uses which an entry of another
 * address space took in. */
guint64 lad_functional_joins(const LadFunctional *functional, guint core, guint level);
/* Of the cache that `core` uses at `level` of a side: LAD_MOVES_N_COUNTERS values, NULL where no
 * level is inclusive or exclusive. */
const guint64 *lad_functional_moves(const LadFunctional *functional, guint core, guint lane,
                                    guint level);
/* Bytes of tags, filters and prepared code. */
gsize lad_functional_memory(const LadFunctional *functional);

#endif
