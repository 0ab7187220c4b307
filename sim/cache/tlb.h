/* tlb.h - a TLB of one level, a core's own or a cluster's.
 *
 * Entries are tagged with the address space. A set is an order word, then keys, pages, flags and,
 * for more than 16 ways, order bytes. 2 MiB pages lie in an array of their own, in the same, or in
 * none. Where an entry serves several address spaces, its key names none, and they are listed
 * apart.
 */
#ifndef LAD_TLB_H
#define LAD_TLB_H

#include "sim/cache/cache.h"
#include <memladder/tlb.h>

#define LAD_TLB_KEY_NONE   G_MAXUINT64
#define LAD_TLB_ASID_SHIFT 48
#define LAD_TLB_KEY_HUGE   ((guint64)1 << 47)

#define LAD_TLB_HALVES 16 /* offset in bytes into a set */

#define LAD_TLB_DIRTY  1 /* writable, and the page's dirty bit is set: stores need no look at it */
#define LAD_TLB_SHARED 2 /* other cores use the page: a store to a clean line must tell them */

typedef struct {
    guint8 *sets; /* NULL: no such array */
    guint32 stride, ways, n_sets, mask;
    gboolean odd; /* sets are no power of two */
    guint kind;
    guint32 keys, pages, flags, bytes; /* offsets in bytes into a set */
    guint32 quads;                     /* entries in fours, padding included */
    guint32 n_asids, asids;            /* address spaces per entry; if several, where they are */
    guint32 n_huge;                    /* entries of 2 MiB pages in it */
    guint next_victim;
    LadRandom random;
    gpointer memory;
} LadTlbArray;

typedef struct {
    LadTlbArray small, separate;
    LadTlbArray *huge; /* &separate, &small or NULL */
    LadClock latency;
    guint64 counters[LAD_TLB_N_COUNTERS];
    const LadTlbParams *params;
    LadPort *port; /* whose it is; of those that share it the first */
    guint index;   /* among the instances of its group */
    gboolean shared;
    guint n_ports; /* those that share it follow `port` */
    char *name;
} LadTlb;

/* A place in an array. */
typedef struct {
    guint8 *set;
    int way;
} LadTlbPlace;

gboolean lad_tlb_init(LadTlb *tlb, const LadTlbParams *params, const char *name, guint64 seed,
                      const char *group, GError **error);
void lad_tlb_clear(LadTlb *tlb);
/* Drop all entries. */
void lad_tlb_empty(LadTlb *tlb);
gsize lad_tlb_memory(const LadTlb *tlb);

static inline guint64 *
lad_tlb_keys(const LadTlbArray *array, guint8 *set)
{
    return (guint64 *)(void *)(set + array->keys);
}

static inline LadPage *
lad_tlb_page(const LadTlbArray *array, LadTlbPlace place)
{
    return (LadPage *)(void *)(place.set + array->pages) + place.way;
}

static inline guint8 *
lad_tlb_flags(const LadTlbArray *array, LadTlbPlace place)
{
    return place.set + array->flags + place.way;
}

static inline guint32 *
lad_tlb_halves(guint8 *set)
{
    return (guint32 *)(void *)(set + LAD_TLB_HALVES);
}

/* The set of `number`, the virtual page in units of the page's size. */
static inline guint8 *
lad_tlb_set(const LadTlbArray *array, guint64 number)
{
    guint64 index = G_UNLIKELY(array->odd) ? number % array->n_sets : number & array->mask;
    return array->sets + index * array->stride;
}

/* `key` is the number with its tags. */
static inline LadTlbPlace
lad_tlb_find(const LadTlbArray *array, guint64 number, guint64 key)
{
    LadTlbPlace place = {lad_tlb_set(array, number), LAD_WAY_NONE};
    const guint64 *keys = lad_tlb_keys(array, place.set);
#ifdef __SSE2__
    const guint32 *halves = lad_tlb_halves(place.set);
    __m128i half = _mm_set1_epi32((int)(guint32)key);
    for (guint i = 0; i < array->quads; i++) {
        guint match = lad_match_four(halves + (gsize)4 * i, half);
        for (; match; match &= match - 1) {
            guint way = 4 * i + (guint)__builtin_ctz(match);
            if (keys[way] == key) {
                place.way = (int)way;
                return place;
            }
        }
    }
#else
    for (guint i = 0; i < array->ways; i++)
        if (keys[i] == key) {
            place.way = (int)i;
            break;
        }
#endif
    return place;
}

static inline void
lad_tlb_touch(const LadTlbArray *array, LadTlbPlace place)
{
    lad_order_touch(array->kind, (guint64 *)(void *)place.set, place.set + array->bytes,
                    array->ways, (guint)place.way);
}

/* lad_tlb_find, also where entries serve several address spaces. */
LadTlbPlace lad_tlb_find_several(const LadTlbArray *array, guint64 number, guint64 key);
static inline LadTlbPlace
lad_tlb_seek(const LadTlbArray *array, guint64 number, guint64 key)
{
    return G_UNLIKELY(array->n_asids > 1) ? lad_tlb_find_several(array, number, key)
                                          : lad_tlb_find(array, number, key);
}

/* Let an entry that has the same translation serve the address space of `key`, too. A place without
 * a way: there is none, or none with room. */
LadTlbPlace lad_tlb_join(LadTlbArray *array, guint64 number, guint64 key, LadPage page);
/* Put an entry, which is not there yet, into its set. Returns its place. */
LadTlbPlace lad_tlb_fill(LadTlbArray *array, guint64 number, guint64 key, LadPage page,
                         guint flags);
/* Drop the entry of a key. TRUE if it was there. */
gboolean lad_tlb_drop(LadTlbArray *array, guint64 number, guint64 key);
/* Drop all entries of an address space. Returns how many. */
guint lad_tlb_drop_process(LadTlbArray *array, guint64 asid);
/* Mark all entries of a logical page as shared. */
void lad_tlb_share(LadTlbArray *array, LadPage page);

#endif
