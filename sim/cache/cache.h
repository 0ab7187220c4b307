/* cache.h - one set-associative cache as the hot path sees it.
 *
 * Lines are named by *line numbers*: logical page << (12 - line_shift) | line in the page, 32 bits.
 * A set is contiguous and starts a host cache line: order word, dirty bits, tags (padded to
 * multiples of four), owners (shared caches only), and order bytes where there are more than 16
 * ways. Time is in *clock* units, 1/1024 of a tick (sixteenth of a cycle), of the host's one
 * frequency.
 */
#ifndef LAD_CACHE_H
#define LAD_CACHE_H

#include "sim/cache/order.h"
#include <memladder/core.h>

/* Core clocks and completion times: ticks with ten binary places. */
typedef guint64 LadClock;
#define LAD_CLOCK_TICK_SHIFT  10
#define LAD_CLOCK_CYCLE_SHIFT 14
/* Data under way whose time of arrival is not known yet. */
#define LAD_CLOCK_PENDING G_MAXUINT64

#define LAD_LINE_NONE G_MAXUINT32
#define LAD_WAY_NONE  (-1)
/* Owner of a line in a shared cache: a core's number, or several. */
#define LAD_OWNER_SEVERAL 0xff

typedef struct LadCache LadCache;
typedef struct LadPort LadPort;                 /* sim/cache/port.h */
typedef struct LadPrefetchUnit LadPrefetchUnit; /* sim/cache/prefetch.c */

/* One miss under way. */
typedef struct {
    LadClock ready; /* the slot is free from then on */
    LadClock since; /* when the request was made */
    guint32 line;
    guint32 pending;     /* number of the unanswered transfer, 0: none */
    guint16 next, older; /* neighbours in the chain, numbers plus one; 0: none */
} LadMshr;

/* Misses under way. A slot is free once its time has passed; a miss takes the slot that is free
 * first, and waits for it if need be. */
typedef struct {
    LadMshr *slots;
    guint n;
    guint cursor;          /* the slot to try first: they end about in the order they were taken */
    LadClock latest;       /* the latest `ready`: before it, something may be under way */
    guint64 filter;        /* bit (line mod 64) is set for every line under way */
    LadClock latest_known; /* of those of known end: `latest` if that is all */
    guint64 n_taken;       /* so far */
    /* Where there are many, they are found by line: slots of a bucket in a chain, numbers plus one.
     * NULL: they are few. */
    guint16 *heads;
    guint32 head_mask;
    guint n_pending; /* slots of unknown end */
} LadMshrs;

/* From so many on they are found by line. */
#define LAD_MSHRS_MANY 32

struct LadCache {
    guint32 *sets;
    guint32 stride;      /* words per set */
    guint32 ways, quads; /* quads: tags in fours, padding included */
    guint32 set_mask;    /* if the sets are a power of two */
    guint32 n_sets;
    gboolean odd;          /* index by true page number and remainder */
    guint kind;            /* LadReplacementKind */
    guint32 owners, bytes; /* offsets in bytes into a set */
    guint32 marks;         /* the same; 0: it has no prefetchers (sim/cache/prefetch.h) */
    LadClock latency;
    gboolean write_through, no_allocate, inclusive, exclusive, shared;
    gboolean blank; /* without sets: it is never looked into */
    guint level;
    guint next_victim; /* random: drawn ahead, so that a probe draws nothing */
    LadDuel duel;      /* DRRIP */
    guint64 *masks;    /* ways to fill, by core and then side (LAD_PORT_*); NULL: all */
    LadMshrs mshrs;
    guint64 counters[LAD_CACHE_N_COUNTERS];
    LadRandom random;
    LadPort **ports; /* the cores it serves */
    guint n_ports;
    LadPrefetchUnit **units; /* by mark - 1 */
    guint n_units;
    LadHierarchy *hierarchy;
    const LadCacheParams *params;
    char *name;
    gpointer memory; /* what to free */
};

gboolean lad_cache_init(LadCache *cache, const LadCacheParams *params, const char *name,
                        guint64 seed, const char *group, GError **error);
void lad_cache_clear(LadCache *cache);
/* Drop all lines. */
void lad_cache_empty(LadCache *cache);
gsize lad_cache_memory(const LadCache *cache);
/* The set of a line in a cache that is indexed by true page number. */
guint32 lad_cache_odd_index(const LadCache *cache, guint32 line);

static inline guint32 *
lad_cache_set(const LadCache *cache, guint32 line)
{
    guint32 index = line & cache->set_mask;
    if (G_UNLIKELY(cache->odd))
        index = lad_cache_odd_index(cache, line);
    return cache->sets + (gsize)index * cache->stride;
}

static inline guint64 *
lad_set_order(guint32 *set)
{
    return (guint64 *)(void *)set;
}

static inline guint64 *
lad_set_dirty(guint32 *set)
{
    return (guint64 *)(void *)(set + 2);
}

static inline guint32 *
lad_set_tags(guint32 *set)
{
    return set + 4;
}

static inline guint8 *
lad_set_owners(const LadCache *cache, guint32 *set)
{
    return (guint8 *)set + cache->owners;
}

static inline guint8 *
lad_set_bytes(const LadCache *cache, guint32 *set)
{
    return (guint8 *)set + cache->bytes;
}

#ifdef __SSE2__
#include <emmintrin.h>
static inline guint
lad_match_four(const guint32 *tags, __m128i key)
{
    __m128i four = _mm_load_si128((const __m128i *)(const void *)tags);
    return (guint)_mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(four, key)));
}

/* The way that holds `line`, or LAD_WAY_NONE. */
static inline int
lad_cache_find(const LadCache *cache, guint32 *set, guint32 line)
{
    const guint32 *tags = lad_set_tags(set);
    __m128i key = _mm_set1_epi32((int)line);
    guint mask = lad_match_four(tags, key) | lad_match_four(tags + 4, key) << 4;
    guint quads = cache->quads;
    if (quads > 2) {
        mask |= lad_match_four(tags + 8, key) << 8;
        if (quads > 3)
            mask |= lad_match_four(tags + 12, key) << 12;
        for (guint i = 4; i < quads && !mask; i++) {
            guint more = lad_match_four(tags + (gsize)4 * i, key);
            if (more)
                return (int)(4 * i) + __builtin_ctz(more);
        }
    }
    return mask ? __builtin_ctz(mask) : LAD_WAY_NONE;
}
#else
static inline int
lad_cache_find(const LadCache *cache, guint32 *set, guint32 line)
{
    const guint32 *tags = lad_set_tags(set);
    for (guint i = 0; i < cache->ways; i++)
        if (tags[i] == line)
            return (int)i;
    return LAD_WAY_NONE;
}
#endif

static inline void
lad_cache_touch(const LadCache *cache, guint32 *set, int way)
{
    lad_order_touch(cache->kind, lad_set_order(set), lad_set_bytes(cache, set), cache->ways,
                    (guint)way);
}

/* A further hit of `way` would change nothing: only so may filters let it pass. */
static inline gboolean
lad_cache_is_idle(const LadCache *cache, guint32 *set, int way)
{
    if (G_LIKELY(cache->kind < LAD_REPLACE_SRRIP))
        return TRUE;
    return lad_rrip_value(
               lad_order_state(lad_set_order(set), lad_set_bytes(cache, set), cache->ways),
               cache->ways, (guint)way) == 0;
}

/* Ways that a core may fill with data or instructions (`side`: LAD_PORT_*). */
static inline guint64
lad_cache_allowed(const LadCache *cache, guint core, guint side)
{
    return G_LIKELY(!cache->masks) ? G_MAXUINT64 >> (64 - cache->ways)
                                   : cache->masks[2 * core + side];
}

/* The victim among some of the ways, and where replacement is neither LRU nor FIFO. */
guint lad_cache_victim_among(const LadCache *cache, guint32 *set, guint64 allowed);

/* The way that a fill of this set would take. */
static inline guint
lad_cache_victim(const LadCache *cache, guint32 *set, guint64 allowed)
{
    if (G_UNLIKELY(cache->masks || !lad_order_is_list(cache->kind)))
        return lad_cache_victim_among(cache, set, allowed);
    return lad_order_next(cache->kind, *lad_set_order(set), lad_set_bytes(cache, set), cache->ways);
}

/* The way that `core` fills next, as its replacement is to see it. Masks, or no list. */
guint lad_cache_take_way(LadCache *cache, guint32 *set, guint core, guint side);

/* Fill the way that goes next with `line`; a core's fill from a side. Returns the line that leaves,
 * LAD_LINE_NONE if none, and in *dirty whether it was dirty. */
static inline guint32
lad_cache_replace(LadCache *cache, guint32 *set, guint core, guint side, guint32 line,
                  gboolean is_dirty, guint *way, gboolean *dirty)
{
    if (G_LIKELY(!cache->masks && lad_order_is_list(cache->kind)))
        *way = lad_order_recycle(lad_set_order(set), lad_set_bytes(cache, set), cache->ways);
    else
        *way = lad_cache_take_way(cache, set, core, side);
    guint32 *tag = lad_set_tags(set) + *way;
    guint64 *bits = lad_set_dirty(set), old_bits = *bits;
    guint32 old = *tag;
    *tag = line;
    *dirty = old_bits >> *way & 1;
    *bits = (old_bits & ~((guint64)1 << *way)) | (guint64)is_dirty << *way;
    return old;
}

/* Empty `way`. Returns whether the line was dirty. */
static inline gboolean
lad_cache_drop(LadCache *cache, guint32 *set, int way)
{
    guint64 *bits = lad_set_dirty(set);
    gboolean dirty = *bits >> way & 1;
    *bits &= ~((guint64)1 << way);
    lad_set_tags(set)[way] = LAD_LINE_NONE;
    lad_order_drop(cache->kind, lad_set_order(set), lad_set_bytes(cache, set), cache->ways,
                   (guint)way);
    return dirty;
}

/* The same among many. */
static inline LadClock
lad_mshr_ready_of_many(const LadMshrs *mshrs, guint32 line, LadClock t, guint32 *pending)
{
    for (guint i = mshrs->heads[line & mshrs->head_mask]; i; i = mshrs->slots[i - 1].next) {
        const LadMshr *slot = &mshrs->slots[i - 1];
        if (slot->line == line && slot->ready > t) {
            *pending = slot->pending;
            return slot->ready;
        }
    }
    return 0;
}

/* When the data of `line` arrives if it is still under way at `t`, else 0; in *pending the number
 * of its transfer if that is unanswered. */
static inline LadClock
lad_mshr_ready(const LadMshrs *mshrs, guint32 line, LadClock t, guint32 *pending)
{
    if (mshrs->latest <= t || !(mshrs->filter >> (line & 63) & 1))
        return 0;
    if (mshrs->heads)
        return lad_mshr_ready_of_many(mshrs, line, t, pending);
    for (const LadMshr *slot = mshrs->slots; slot < mshrs->slots + mshrs->n; slot++)
        if (slot->line == line && slot->ready > t) {
            *pending = slot->pending;
            return slot->ready;
        }
    return 0;
}

/* Among slots of which some are taken: the one that is free first; refreshes the filter. */
guint lad_mshr_search(LadMshrs *mshrs, LadClock t);

/* The slot that is free first; may refresh the filter for time `t`. */
static inline guint
lad_mshr_slot(LadMshrs *mshrs, LadClock t)
{
    if (mshrs->latest <= t) {
        mshrs->filter = 0;
        return mshrs->cursor;
    }
    if (mshrs->heads && mshrs->slots[mshrs->cursor].ready <= t)
        return mshrs->cursor;
    return lad_mshr_search(mshrs, t);
}

/* A slot among many changes its line. */
static inline void
lad_mshr_relink(LadMshrs *mshrs, guint index, guint32 line)
{
    LadMshr *slots = mshrs->slots, *slot = &slots[index];
    guint16 *old = &mshrs->heads[slot->line & mshrs->head_mask];
    *(slot->older ? &slots[slot->older - 1].next : old) = slot->next;
    if (slot->next)
        slots[slot->next - 1].older = slot->older;
    guint16 *head = &mshrs->heads[line & mshrs->head_mask];
    if (*head)
        slots[*head - 1].older = (guint16)(index + 1);
    slot->next = *head;
    slot->older = 0;
    *head = (guint16)(index + 1);
    if (index == mshrs->cursor && ++mshrs->cursor == mshrs->n)
        mshrs->cursor = 0;
}

static inline void
lad_mshr_take(LadMshrs *mshrs, guint index, guint32 line, LadClock since, LadClock ready,
              guint32 pending)
{
    LadMshr *slot = &mshrs->slots[index];
    mshrs->n_taken++;
    if (mshrs->heads)
        lad_mshr_relink(mshrs, index, line);
    slot->since = since;
    slot->line = line;
    slot->ready = ready;
    slot->pending = pending;
    if (G_UNLIKELY(ready == LAD_CLOCK_PENDING))
        mshrs->n_pending++;
    else
        mshrs->latest_known = MAX(mshrs->latest_known, ready);
    mshrs->filter |= (guint64)1 << (line & 63);
    mshrs->latest = MAX(mshrs->latest, ready);
}

#endif
