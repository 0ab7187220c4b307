/* quick.h - the commonest look-up that does not pass the filters: TLB hit, first-level hit, not the
 * most recent, nothing under way, nothing to tell others.
 */
#ifndef LAD_QUICK_H
#define LAD_QUICK_H

#include "sim/cache/port.h"

static inline __attribute__((always_inline)) gboolean
lad_port_quick_as(LadPort *port, guint side, gboolean store, guint64 vaddr, LadClock now,
                  gboolean marked)
{
    LadCache *cache = port->level[side][0];
    guint64 vpage = vaddr >> LAD_PAGE_SHIFT, slot = vpage & port->pages_mask[side];
    gboolean known = port->pages[side][slot] == vpage;
    guint64 translation = port->translations[side][slot];
    LadTlbArray *array = &port->tlb[side]->small;
    LadTlbPlace place = {NULL, LAD_WAY_NONE};
    if (!known) {
        place = lad_tlb_find(array, vpage, port->asid << LAD_TLB_ASID_SHIFT | vpage);
        if (place.way == LAD_WAY_NONE)
            return FALSE;
        translation = *lad_tlb_page(array, place) | (guint64)*lad_tlb_flags(array, place) << 32;
    }
    guint32 line = lad_port_line(port, (LadPage)translation, vaddr);
    if (cache->mshrs.latest > now && cache->mshrs.filter >> (line & 63) & 1)
        return FALSE;
    guint32 *set = lad_cache_set(cache, line);
    int way = lad_cache_find(cache, set, line);
    if (way == LAD_WAY_NONE)
        return FALSE;
    if (marked && lad_set_marks(cache, set)[way])
        return FALSE;
    guint64 *dirty = lad_set_dirty(set), bit = (guint64)1 << way;
    guint flags = (guint)(translation >> 32);
    if (store) {
        if (!(flags & LAD_TLB_DIRTY) || cache->write_through ||
            (flags & LAD_TLB_SHARED && !(*dirty & bit)))
            return FALSE;
        *dirty |= bit;
    }
    if (!known) {
        lad_tlb_touch(array, place);
        port->pages[side][slot] = vpage;
        port->translations[side][slot] = translation;
    }
    lad_cache_touch(cache, set, way);
    guint64 vline = vaddr >> port->line_shift;
    guint64 *lines = port->filter[side] + 2 * (vline & port->filter_mask[side]);
    lines[0] = vline;
    lines[1] = *dirty & bit ? vline : LAD_FILTER_NONE;
    return TRUE;
}

/* TRUE: the access is done and took no time. FALSE: nothing was changed. `now` at most the access's
 * time. */
static inline __attribute__((always_inline)) gboolean
lad_port_quick(LadPort *port, guint side, gboolean store, guint64 vaddr, LadClock now)
{
    if (G_UNLIKELY(port->quick[side] != LAD_QUICK_PLAIN))
        return lad_port_quick_other(port, side, store, vaddr, now);
    return lad_port_quick_as(port, side, store, vaddr, now, FALSE);
}

#endif
