/* swap.c - swap slots: handed out in order, kept while their page is in memory, freed in batches.
 *
 * One area per end of a chain of back ends (swapchain.h). Slots come from a cluster of 256 at a
 * time, in order: clusters that were never used first, then those that became free, by age, then
 * any free slot; and through a cache of 64, so that the area's count moves by 64. A slot that is
 * freed joins a batch; the batch is returned when a 65th comes, and until then its slots stay
 * charged and their copies alive. Source: Linux 6.1 mm/swapfile.c, mm/swap_slots.c; the order in
 * which the kernel strides over fresh clusters is left out, they follow each other.
 *
 * A page keeps its slot in 32 bits: the area in the upper 4, the place in the area plus 1 below.
 */
#include "config.h"
#include "sim/kernel/swap.h"

#define CLUSTER     256
#define CACHE_SLOTS 64
#define AREA_SHIFT  28
#define PLACE_MASK  (((guint32)1 << AREA_SHIFT) - 1)

typedef struct {
    guint64 n_slots, n_free; /* free: not handed out, not in the cache */
    guint8 *used;            /* by place */
    LadPage *page;           /* that has it, by place, plus 1 */
    guint16 *in_cluster;     /* used slots, by cluster */
    guint64 n_fresh;         /* clusters used so far */
    GQueue recycled;         /* of clusters that became free, number + 1 */
    guint64 at, end;         /* places left of the current cluster */
    guint64 scan_at;
    guint64 cache[CACHE_SLOTS];
    guint cached, next_cached;
} Area;

typedef struct {
    guint64 slot; /* as back ends know it */
    LadPage page;
    guint group;
} Freed;

struct LadSwap {
    gboolean on;
    guint n_areas;
    Area *areas;
    Freed freed[CACHE_SLOTS];
    guint n_freed;
};

static guint64
n_clusters(const Area *area)
{
    return (area->n_slots + CLUSTER - 1) / CLUSTER;
}

gboolean
lad_swap_is_on(const LadKernel *kernel)
{
    return kernel->swap && kernel->swap->on;
}

gboolean
lad_swap_init(LadKernel *kernel, GError **error)
{
    LadSwap *swap = kernel->swap = g_new0(LadSwap, 1);
    swap->n_areas = lad_chain_n_areas(kernel);
    swap->areas = g_new0(Area, MAX(swap->n_areas, 1));
    swap->on = swap->n_areas > 0 || kernel->n_groups > 1;
    for (guint i = 0; i < swap->n_areas; i++) {
        Area *area = &swap->areas[i];
        area->n_slots = area->n_free = MIN(lad_chain_area_slots(kernel, i), PLACE_MASK - 1);
        area->used = lad_reserve_new(area->n_slots, error);
        area->page = area->used ? lad_reserve_new(area->n_slots * sizeof *area->page, error) : NULL;
        area->in_cluster = area->page ? lad_reserve_new(n_clusters(area) * 2, error) : NULL;
        if (!area->in_cluster)
            return FALSE;
    }
    lad_chain_set_owner(kernel, kernel, lad_writeback_ended);
    return TRUE;
}

void
lad_swap_setup(LadKernel *kernel)
{
    for (guint i = 0; lad_chain_exists(kernel) && i < kernel->host->n_tiers; i++) {
        LadZone *zone = &kernel->zones[i];
        if (zone->tier->class->faulting || zone->kept_free)
            continue;
        zone->kept_free = TRUE;
        zone->wake = zone->mark[LAD_WMARK_LOW];
        zone->target = zone->mark[LAD_WMARK_HIGH];
    }
}

void
lad_swap_free(LadKernel *kernel)
{
    LadSwap *swap = kernel->swap;
    if (!swap)
        return;
    for (guint i = 0; i < swap->n_areas; i++) {
        Area *area = &swap->areas[i];
        lad_reserve_free(area->used, area->n_slots);
        lad_reserve_free(area->page, area->n_slots * sizeof *area->page);
        lad_reserve_free(area->in_cluster, n_clusters(area) * 2);
        g_queue_clear(&area->recycled);
    }
    g_free(swap->areas);
    g_free(swap);
    kernel->swap = NULL;
}

/* ---- Handing out ------------------------------------------------------------------------------
 */

static gboolean
next_cluster(Area *area)
{
    guint64 cluster;
    if (area->n_fresh < n_clusters(area))
        cluster = area->n_fresh++;
    else if (!g_queue_is_empty(&area->recycled))
        cluster = GPOINTER_TO_SIZE(g_queue_pop_head(&area->recycled)) - 1;
    else
        return FALSE;
    area->at = cluster * CLUSTER;
    area->end = MIN(area->at + CLUSTER, area->n_slots);
    return TRUE;
}

/* A free place; there is one. */
static guint64
find_place(Area *area)
{
    do {
        for (; area->at < area->end; area->at++)
            if (!area->used[area->at])
                return area->at++;
    } while (next_cluster(area));
    while (area->used[area->scan_at])
        area->scan_at = (area->scan_at + 1) % area->n_slots;
    return area->scan_at;
}

static gboolean
refill(Area *area)
{
    area->cached = area->next_cached = 0;
    while (area->n_free > 0 && area->cached < CACHE_SLOTS) {
        guint64 place = find_place(area);
        area->used[place] = 1;
        area->in_cluster[place / CLUSTER]++;
        area->n_free--;
        area->cache[area->cached++] = place;
    }
    return area->cached > 0;
}

/* ---- Taking back ------------------------------------------------------------------------------
 */

static void
charge_swap(LadKernel *kernel, guint group, gint64 n)
{
    for (LadCgroup *at = lad_cgroup(kernel, group); at; at = at->parent)
        at->swap_usage += (guint64)n;
    lad_cgroup_stat_update(kernel, 1);
}

static void
return_slots(LadKernel *kernel)
{
    LadSwap *swap = kernel->swap;
    for (guint i = 0; i < swap->n_freed; i++) {
        const Freed *freed = &swap->freed[i];
        Area *area = &swap->areas[freed->slot >> LAD_SLOT_AREA_SHIFT];
        guint64 place = freed->slot & (((guint64)1 << LAD_SLOT_AREA_SHIFT) - 1);
        lad_chain_discard(kernel, freed->page, freed->slot);
        area->used[place] = 0;
        area->page[place] = 0;
        area->n_free++;
        if (--area->in_cluster[place / CLUSTER] == 0 &&
            (area->at >= area->end || place / CLUSTER != (area->end - 1) / CLUSTER))
            g_queue_push_tail(&area->recycled, GSIZE_TO_POINTER(place / CLUSTER + 1));
        charge_swap(kernel, freed->group, -1);
    }
    swap->n_freed = 0;
}

/* ---- The rest of the kernel -------------------------------------------------------------------
 */

guint64
lad_page_slot(const LadKernel *kernel, LadPage page)
{
    guint32 packed = kernel->swaps[page].slot;
    if (packed == 0)
        return LAD_SLOT_NONE;
    return (guint64)(packed >> AREA_SHIFT) << LAD_SLOT_AREA_SHIFT | ((packed & PLACE_MASK) - 1);
}

LadPage
lad_swap_page_at(const LadKernel *kernel, guint64 slot)
{
    const Area *area = &kernel->swap->areas[slot >> LAD_SLOT_AREA_SHIFT];
    guint64 place = slot & (((guint64)1 << LAD_SLOT_AREA_SHIFT) - 1);
    LadPage page = place < area->n_slots ? area->page[place] : 0;
    /* A slot that is kept back is its page's no longer. */
    return page && lad_page_slot(kernel, page - 1) == slot ? page - 1 : LAD_PAGE_NONE;
}

guint64
lad_swap_room(const LadKernel *kernel, guint group)
{
    const LadCgroup *at = lad_cgroup(kernel, group);
    guint backend = at->backend;
    if (backend == LAD_TIER_NONE || !lad_swap_is_on(kernel))
        return 0;
    const Area *area = &kernel->swap->areas[lad_chain_area(kernel, backend)];
    guint64 room = area->n_free;
    for (; at; at = at->parent)
        if (at->swap_max != LAD_NO_LIMIT)
            room = MIN(room, at->swap_max > at->swap_usage ? at->swap_max - at->swap_usage : 0);
    return room;
}

gboolean
lad_swap_is_full(const LadKernel *kernel, guint group)
{
    const LadCgroup *at = lad_cgroup(kernel, group);
    if (at->backend == LAD_TIER_NONE)
        return TRUE;
    const Area *area = &kernel->swap->areas[lad_chain_area(kernel, at->backend)];
    if (area->n_free * 2 < area->n_slots)
        return TRUE;
    for (; at; at = at->parent)
        if (at->swap_max != LAD_NO_LIMIT && at->swap_usage * 2 >= at->swap_max)
            return TRUE;
    return FALSE;
}

guint64
lad_swap_used(const LadKernel *kernel, guint area)
{
    const Area *at = &kernel->swap->areas[area];
    return at->n_slots - at->n_free - (at->cached - at->next_cached);
}

gboolean
lad_swap_take_slot(LadKernel *kernel, LadPage page)
{
    LadPageSwap *state = &kernel->swaps[page];
    const LadCgroup *group = lad_cgroup(kernel, state->group);
    if (group->backend == LAD_TIER_NONE)
        return FALSE;
    for (const LadCgroup *at = group; at; at = at->parent)
        if (at->swap_max != LAD_NO_LIMIT && at->swap_usage >= at->swap_max)
            return FALSE;
    guint number = lad_chain_area(kernel, group->backend);
    Area *area = &kernel->swap->areas[number];
    if (area->next_cached == area->cached && !refill(area)) {
        return_slots(kernel);
        if (!refill(area))
            return FALSE;
    }
    guint64 place = area->cache[area->next_cached++];
    area->page[place] = page + 1;
    state->slot = (guint32)number << AREA_SHIFT | (guint32)(place + 1);
    charge_swap(kernel, state->group, 1);
    return TRUE;
}

void
lad_swap_free_slot(LadKernel *kernel, LadPage page)
{
    LadSwap *swap = kernel->swap;
    LadPageSwap *state = &kernel->swaps[page];
    if (state->slot == 0)
        return;
    if (swap->n_freed == CACHE_SLOTS)
        return_slots(kernel);
    swap->freed[swap->n_freed++] =
        (Freed){.slot = lad_page_slot(kernel, page), .page = page, .group = state->group};
    state->slot = 0;
    if (!(state->flags & LAD_SWAP_OUT))
        lad_cgroup_level(kernel, state->group, LAD_CG_SWAPCACHED, -(gint64)LAD_PAGE_BYTES);
}

guint
lad_swap_n_kept_back(const LadKernel *kernel)
{
    return kernel->swap->n_freed;
}
