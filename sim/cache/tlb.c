/* tlb.c - TLB entries: filling and dropping. */
#include "config.h"
#include "sim/cache/tlb.h"
#include "sim/cache/geometry.h"

#define ALIGNMENT 64

static gboolean
array_init(LadTlbArray *array, guint64 entries, guint64 ways, LadBytes page_bytes, guint kind,
           guint64 seed, const char *stream, const char *group, GError **error)
{
    LadGeometry geometry;
    if (!lad_geometry_init_tlb(&geometry, group, entries, ways, page_bytes, error))
        return FALSE;
    array->ways = geometry.n_ways;
    array->n_sets = geometry.n_sets;
    array->mask = geometry.mask;
    array->odd = !geometry.power_of_two;
    array->kind = kind;
    array->quads = (array->ways + 3) / 4;
    array->keys = LAD_TLB_HALVES + 16 * array->quads;
    array->pages = array->keys + 32 * array->quads;
    array->flags = array->pages + 4 * array->ways;
    array->bytes = (array->flags + array->ways + 7) & ~7u;
    guint32 bytes = array->bytes + (array->ways > LAD_ORDER_WORD_WAYS ? LAD_ORDER_BYTES : 0);
    array->stride = (bytes + ALIGNMENT - 1) & ~(guint32)(ALIGNMENT - 1);
    lad_random_init(&array->random, seed, stream);
    array->next_victim = (guint)lad_random_below(&array->random, array->ways);
    array->memory = g_malloc0((gsize)array->stride * array->n_sets + ALIGNMENT);
    array->sets =
        (guint8 *)(((guintptr)array->memory + ALIGNMENT - 1) & ~(guintptr)(ALIGNMENT - 1));
    for (guint32 i = 0; i < array->n_sets; i++) {
        guint8 *set = array->sets + (gsize)i * array->stride;
        lad_order_start(kind, (guint64 *)(void *)set, set + array->bytes, array->ways);
        memset(lad_tlb_keys(array, set), 0xff, 32 * (gsize)array->quads);
        memset(lad_tlb_halves(set), 0xff, 16 * (gsize)array->quads);
    }
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
    if (!array_init(&tlb->small, params->entries, params->ways, LAD_PAGE_BYTES, params->replacement,
                    seed, stream, group, error))
        return FALSE;
    if (params->huge == LAD_TLB_HUGE_SHARED)
        tlb->huge = &tlb->small;
    if (params->huge != LAD_TLB_HUGE_SEPARATE)
        return TRUE;
    g_autofree char *huge_stream = g_strdup_printf("replacement.%s.huge", name);
    tlb->huge = &tlb->separate;
    return array_init(&tlb->separate, params->huge_entries, params->huge_ways,
                      LAD_HUGE_PAGES * LAD_PAGE_BYTES, params->replacement, seed, huge_stream,
                      group, error);
}

void
lad_tlb_clear(LadTlb *tlb)
{
    g_free(tlb->small.memory);
    g_free(tlb->separate.memory);
    g_free(tlb->name);
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
    if (!lad_order_is_list(array->kind)) {
        for (guint i = 0; i < array->ways; i++)
            if (keys[i] == LAD_TLB_KEY_NONE)
                return i;
        if (array->kind == LAD_REPLACE_RANDOM) {
            guint way = array->next_victim;
            array->next_victim = (guint)lad_random_below(&array->random, array->ways);
            return way;
        }
    }
    return lad_order_next(array->kind, *(guint64 *)(void *)set, set + array->bytes, array->ways);
}

LadTlbPlace
lad_tlb_fill(LadTlbArray *array, guint64 number, guint64 key, LadPage page, guint flags)
{
    LadTlbPlace place = {lad_tlb_set(array, number), 0};
    guint way = victim(array, place.set);
    guint64 *old = &lad_tlb_keys(array, place.set)[way];
    place.way = (int)way;
    array->n_huge -= *old != LAD_TLB_KEY_NONE && *old & LAD_TLB_KEY_HUGE ? 1 : 0;
    array->n_huge += key & LAD_TLB_KEY_HUGE ? 1 : 0;
    *old = key;
    lad_tlb_halves(place.set)[way] = (guint32)key;
    *lad_tlb_page(array, place) = page;
    *lad_tlb_flags(array, place) = (guint8)flags;
    lad_order_fill(array->kind, (guint64 *)(void *)place.set, place.set + array->bytes, array->ways,
                   way);
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

gboolean
lad_tlb_drop(LadTlbArray *array, guint64 number, guint64 key)
{
    if (!array->sets)
        return FALSE;
    LadTlbPlace place = lad_tlb_find(array, number, key);
    if (place.way == LAD_WAY_NONE)
        return FALSE;
    drop_place(array, place);
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
            if (key == LAD_TLB_KEY_NONE || key >> LAD_TLB_ASID_SHIFT != asid)
                continue;
            drop_place(array, place);
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
