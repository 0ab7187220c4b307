/* tlb.c - TLB entries: filling and dropping. */
#include "config.h"
#include "sim/cache/tlb.h"
#include "sim/cache/geometry.h"

#define ALIGNMENT 64

static void
empty_array(LadTlbArray *array)
{
    guint32 n_asids = array->n_asids > 1 ? array->n_asids * array->ways : 0;
    for (guint32 i = 0; array->sets != NULL && i < array->n_sets; i++) {
        guint8 *set = array->sets + (gsize)i * array->stride;
        lad_order_start(array->kind, (guint64 *)(void *)set, set + array->bytes, array->ways);
        memset(lad_tlb_keys(array, set), 0xff, 32 * (gsize)array->quads);
        memset(lad_tlb_halves(set), 0xff, 16 * (gsize)array->quads);
        memset(set + array->asids, 0xff, n_asids * sizeof(guint16));
    }
    array->n_huge = 0;
}

static gboolean
array_init(LadTlbArray *array, guint64 entries, guint64 ways, LadBytes page_bytes,
           const LadTlbParams *params, guint64 seed, const char *stream, const char *group,
           GError **error)
{
    LadGeometry geometry;
    if (!lad_geometry_init_tlb(&geometry, group, entries, ways, page_bytes, error) ||
        !lad_geometry_check_short(&geometry, group, error))
        return FALSE;
    array->ways = geometry.n_ways;
    array->n_sets = geometry.n_sets;
    array->mask = geometry.mask;
    array->odd = !geometry.power_of_two;
    array->kind = params->replacement;
    array->n_asids = (guint32)params->asids;
    array->quads = (array->ways + 3) / 4;
    array->keys = LAD_TLB_HALVES + 16 * array->quads;
    array->pages = array->keys + 32 * array->quads;
    array->flags = array->pages + 4 * array->ways;
    array->bytes = (array->flags + array->ways + 7) & ~7u;
    array->asids = array->bytes + (array->ways > LAD_ORDER_WORD_WAYS ? LAD_ORDER_BYTES : 0);
    guint32 bytes = array->asids;
    if (array->n_asids > 1)
        bytes += (guint32)sizeof(guint16) * array->n_asids * array->ways;
    array->stride = (bytes + ALIGNMENT - 1) & ~(guint32)(ALIGNMENT - 1);
    lad_random_init(&array->random, seed, stream);
    array->next_victim = (guint)lad_random_below(&array->random, array->ways);
    array->memory = g_malloc0((gsize)array->stride * array->n_sets + ALIGNMENT);
    array->sets =
        (guint8 *)(((guintptr)array->memory + ALIGNMENT - 1) & ~(guintptr)(ALIGNMENT - 1));
    empty_array(array);
    return TRUE;
}

gboolean
lad_tlb_init(LadTlb *tlb, const LadTlbParams *params, const char *name, guint64 seed,
             const char *group, GError **error)
{
    tlb->params = params;
    tlb->name = g_strdup(name);
    tlb->latency = params->latency << LAD_CLOCK_CYCLE_SHIFT;
    g_autofree char *stream = g_strdup_printf("replacement.%s", name);
    if (!array_init(&tlb->small, params->entries, params->ways, LAD_PAGE_BYTES, params, seed,
                    stream, group, error))
        return FALSE;
    if (params->huge == LAD_TLB_HUGE_SHARED)
        tlb->huge = &tlb->small;
    if (params->huge != LAD_TLB_HUGE_SEPARATE)
        return TRUE;
    g_autofree char *huge_stream = g_strdup_printf("replacement.%s.huge", name);
    tlb->huge = &tlb->separate;
    return array_init(&tlb->separate, params->huge_entries, params->huge_ways,
                      LAD_HUGE_PAGES * LAD_PAGE_BYTES, params, seed, huge_stream, group, error);
}

void
lad_tlb_clear(LadTlb *tlb)
{
    g_free(tlb->small.memory);
    g_free(tlb->separate.memory);
    g_free(tlb->name);
}

void
lad_tlb_empty(LadTlb *tlb)
{
    empty_array(&tlb->small);
    empty_array(&tlb->separate);
}

gsize
lad_tlb_memory(const LadTlb *tlb)
{
    return (gsize)tlb->small.stride * tlb->small.n_sets +
           (gsize)tlb->separate.stride * tlb->separate.n_sets;
}

static guint
victim(LadTlbArray *array, guint8 *set)
{
    const guint64 *keys = lad_tlb_keys(array, set);
    for (guint i = 0; i < array->ways; i++)
        if (keys[i] == LAD_TLB_KEY_NONE)
            return i;
    if (array->kind == LAD_REPLACE_RANDOM) {
        guint way = array->next_victim;
        array->next_victim = (guint)lad_random_below(&array->random, array->ways);
        return way;
    }
    return lad_order_next(array->kind, *(guint64 *)(void *)set, set + array->bytes, array->ways);
}

/* The way that is filled next. */
static guint
take_way(LadTlbArray *array, guint8 *set)
{
    guint64 *order = (guint64 *)(void *)set;
    if (G_LIKELY(lad_order_is_list(array->kind)))
        return lad_order_recycle(order, set + array->bytes, array->ways);
    guint way = victim(array, set);
    lad_order_fill(array->kind, order, set + array->bytes, array->ways, way);
    return way;
}

/* ---- Entries of several address spaces ----------------------------------------------------------
 */

#define NO_ASID      G_MAXUINT16
#define WITHOUT_ASID (((guint64)1 << LAD_TLB_ASID_SHIFT) - 1)

static guint16 *
asids_of(const LadTlbArray *array, LadTlbPlace place)
{
    return (guint16 *)(void *)(place.set + array->asids) + (gsize)place.way * array->n_asids;
}

/* Where the address space stands in an entry's list, or n_asids. */
static guint
asid_index(const LadTlbArray *array, LadTlbPlace place, guint64 asid)
{
    const guint16 *asids = asids_of(array, place);
    guint i = 0;
    while (i < array->n_asids && asids[i] != asid)
        i++;
    return i;
}

LadTlbPlace
lad_tlb_find_several(const LadTlbArray *array, guint64 number, guint64 key)
{
    LadTlbPlace place = {lad_tlb_set(array, number), 0};
    const guint64 *keys = lad_tlb_keys(array, place.set);
    for (; place.way < (int)array->ways; place.way++)
        if (keys[place.way] == (key & WITHOUT_ASID) &&
            asid_index(array, place, key >> LAD_TLB_ASID_SHIFT) < array->n_asids)
            return place;
    place.way = LAD_WAY_NONE;
    return place;
}

LadTlbPlace
lad_tlb_join(LadTlbArray *array, guint64 number, guint64 key, LadPage page)
{
    LadTlbPlace place = {lad_tlb_set(array, number), 0};
    const guint64 *keys = lad_tlb_keys(array, place.set);
    for (; array->n_asids > 1 && place.way < (int)array->ways; place.way++) {
        if (keys[place.way] != (key & WITHOUT_ASID) || *lad_tlb_page(array, place) != page)
            continue;
        guint free = asid_index(array, place, NO_ASID);
        if (free == array->n_asids)
            continue;
        asids_of(array, place)[free] = (guint16)(key >> LAD_TLB_ASID_SHIFT);
        lad_tlb_touch(array, place);
        return place;
    }
    place.way = LAD_WAY_NONE;
    return place;
}

/* ---- Filling and dropping -----------------------------------------------------------------------
 */

LadTlbPlace
lad_tlb_fill(LadTlbArray *array, guint64 number, guint64 key, LadPage page, guint flags)
{
    LadTlbPlace place = {lad_tlb_set(array, number), 0};
    guint way = take_way(array, place.set);
    guint64 *old = &lad_tlb_keys(array, place.set)[way];
    place.way = (int)way;
    if (array->n_asids > 1) {
        memset(asids_of(array, place), 0xff, sizeof(guint16) * array->n_asids);
        asids_of(array, place)[0] = (guint16)(key >> LAD_TLB_ASID_SHIFT);
        key &= WITHOUT_ASID;
    }
    array->n_huge -= *old != LAD_TLB_KEY_NONE && *old & LAD_TLB_KEY_HUGE ? 1 : 0;
    array->n_huge += key & LAD_TLB_KEY_HUGE ? 1 : 0;
    *old = key;
    lad_tlb_halves(place.set)[way] = (guint32)key;
    *lad_tlb_page(array, place) = page;
    *lad_tlb_flags(array, place) = (guint8)flags;
    return place;
}

static void
drop_place(LadTlbArray *array, LadTlbPlace place)
{
    guint64 *key = &lad_tlb_keys(array, place.set)[place.way];
    array->n_huge -= *key & LAD_TLB_KEY_HUGE ? 1 : 0;
    *key = LAD_TLB_KEY_NONE;
    lad_tlb_halves(place.set)[place.way] = (guint32)LAD_TLB_KEY_NONE;
    lad_order_drop(array->kind, (guint64 *)(void *)place.set, place.set + array->bytes, array->ways,
                   (guint)place.way);
}

/* An address space has lost the translation; the last one takes the entry with it. */
static void
leave(LadTlbArray *array, LadTlbPlace place, guint64 asid)
{
    if (array->n_asids > 1) {
        asids_of(array, place)[asid_index(array, place, asid)] = NO_ASID;
        for (guint i = 0; i < array->n_asids; i++)
            if (asids_of(array, place)[i] != NO_ASID)
                return;
    }
    drop_place(array, place);
}

gboolean
lad_tlb_drop(LadTlbArray *array, guint64 number, guint64 key)
{
    if (!array->sets)
        return FALSE;
    LadTlbPlace place = lad_tlb_seek(array, number, key);
    if (place.way == LAD_WAY_NONE)
        return FALSE;
    leave(array, place, key >> LAD_TLB_ASID_SHIFT);
    return TRUE;
}

guint
lad_tlb_drop_process(LadTlbArray *array, guint64 asid)
{
    guint n = 0;
    for (guint32 i = 0; array->sets && i < array->n_sets; i++) {
        LadTlbPlace place = {array->sets + (gsize)i * array->stride, 0};
        for (; place.way < (int)array->ways; place.way++) {
            guint64 key = lad_tlb_keys(array, place.set)[place.way];
            gboolean its = array->n_asids > 1 ? asid_index(array, place, asid) < array->n_asids
                                              : key >> LAD_TLB_ASID_SHIFT == asid;
            if (key == LAD_TLB_KEY_NONE || !its)
                continue;
            leave(array, place, asid);
            n++;
        }
    }
    return n;
}

void
lad_tlb_share(LadTlbArray *array, LadPage page)
{
    for (guint32 i = 0; array->sets && i < array->n_sets; i++) {
        LadTlbPlace place = {array->sets + (gsize)i * array->stride, 0};
        for (; place.way < (int)array->ways; place.way++) {
            guint64 key = lad_tlb_keys(array, place.set)[place.way];
            LadPage first = *lad_tlb_page(array, place);
            LadPage n = key & LAD_TLB_KEY_HUGE ? LAD_HUGE_PAGES : 1;
            if (key != LAD_TLB_KEY_NONE && page - first < n)
                *lad_tlb_flags(array, place) |= LAD_TLB_SHARED;
        }
    }
}
