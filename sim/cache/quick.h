/* quick.h - the commonest look-up that does not pass the filters: TLB hit, first-level hit, not the
 * most recent, nothing under way, nothing to tell others.
 */
#ifndef LAD_QUICK_H
#define LAD_QUICK_H

#include "sim/cache/port.h"

/* TRUE: the access is done and took no time. FALSE: nothing was changed. `now` at most the access's
 * time. */
static inline gboolean
lad_port_quick(LadPort *port, guint side, gboolean store, guint64 vaddr, LadClock now)
{
    LadTlbArray *array = &port->tlb[side]->small;
    LadCache *cache = port->level[side][0];
    guint64 vpage = vaddr >> LAD_PAGE_SHIFT;
    LadTlbPlace place = lad_tlb_find(array, vpage, port->asid << LAD_TLB_ASID_SHIFT | vpage);
    if (place.way == LAD_WAY_NONE || !port->simple[side])
        return FALSE;
    guint32 line = lad_port_line(port, *lad_tlb_page(array, place), vaddr);
    if (cache->mshrs.latest > now && cache->mshrs.filter >> (line & 63) & 1)
        return FALSE;
    guint32 *set = lad_cache_set(cache, line);
    int way = lad_cache_find(cache, set, line);
    if (way == LAD_WAY_NONE)
        return FALSE;
    guint64 *dirty = lad_set_dirty(set), bit = (guint64)1 << way;
    guint flags = *lad_tlb_flags(array, place);
    if (store) {
        if (!(flags & LAD_TLB_DIRTY) || cache->write_through ||
            (flags & LAD_TLB_SHARED && !(*dirty & bit)))
            return FALSE;
        *dirty |= bit;
    }
    lad_tlb_touch(array, place);
    lad_cache_touch(cache, set, way);
    guint64 vline = vaddr >> port->line_shift;
    guint64 *slot = port->filter[side] + 2 * (vline & port->filter_mask[side]);
    slot[0] = vline;
    slot[1] = *dirty & bit ? vline : LAD_FILTER_NONE;
    port->pages[side][vpage & port->pages_mask[side]] = vpage;
    return TRUE;
}

#endif
