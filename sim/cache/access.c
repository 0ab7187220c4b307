/* access.c - one access of a core that did not pass the filters: translation, then first level.
 *
 * An access probes before it changes anything that others see: it is refused before a page walk, a
 * miss of the last private level, a dirty line leaving it, the first store to a clean page or to a
 * clean line that others may have. Refused, it is repeated as a whole; what was spent on its
 * translation so far is kept in port->spent.
 */
#include "config.h"
#include "sim/cache/port.h"

/* Its turn has come; messages are applied first and restart the access. */
#define TAKE_TURN(port, now)                                                                       \
    do {                                                                                           \
        if (!lad_port_granted(port, now))                                                          \
            return LAD_REPLY_REFUSED;                                                              \
        if (lad_port_take_messages(port, now))                                                     \
            return LAD_REPLY_RESTART;                                                              \
    } while (0)

typedef struct {
    LadPage page;
    guint flags;        /* LAD_TLB_* */
    guint8 *kept_flags; /* of the first level's entry; NULL if it holds none */
    gboolean huge;
} Translation;

/* A 2 MiB page was touched: T may hold parts of this one only. */
static void
note_huge(LadPort *port, guint side, guint64 vpage, gboolean filterable)
{
    /* A unified TLB has one T. */
    if (port->pages[side] == port->pages[0])
        side = 0;
    guint64 *pages = port->pages[side], mask = port->pages_mask[side];
    if (port->last_huge[side] != vpage / LAD_HUGE_PAGES) {
        for (guint64 i = 0; i <= mask; i++)
            if (port->huge_slots[side] >> (i & 63) & 1 &&
                pages[i] / LAD_HUGE_PAGES == port->last_huge[side])
                pages[i] = LAD_FILTER_NONE;
        port->huge_slots[side] = 0;
        port->last_huge[side] = vpage / LAD_HUGE_PAGES;
    }
    if (!filterable) {
        pages[vpage & mask] = LAD_FILTER_NONE;
        return;
    }
    pages[vpage & mask] = vpage;
    port->huge_slots[side] |= (guint64)1 << (vpage & mask & 63);
}

/* Look in one TLB. */
static gboolean
look_up(LadTlb *tlb, guint64 asid, guint64 vpage, Translation *found)
{
    guint64 tag = asid << LAD_TLB_ASID_SHIFT;
    LadTlbPlace place = lad_tlb_seek(&tlb->small, vpage, tag | vpage);
    if (place.way != LAD_WAY_NONE) {
        lad_tlb_touch(&tlb->small, place);
        found->page = *lad_tlb_page(&tlb->small, place);
        found->kept_flags = lad_tlb_flags(&tlb->small, place);
        found->flags = *found->kept_flags;
        found->huge = FALSE;
        return TRUE;
    }
    if (!tlb->huge || tlb->huge->n_huge == 0)
        return FALSE;
    guint64 number = vpage / LAD_HUGE_PAGES;
    place = lad_tlb_seek(tlb->huge, number, tag | LAD_TLB_KEY_HUGE | number);
    if (place.way == LAD_WAY_NONE)
        return FALSE;
    lad_tlb_touch(tlb->huge, place);
    found->page = *lad_tlb_page(tlb->huge, place) + (LadPage)(vpage % LAD_HUGE_PAGES);
    found->kept_flags = lad_tlb_flags(tlb->huge, place);
    found->flags = *found->kept_flags;
    found->huge = TRUE;
    return TRUE;
}

static void
note_translation(LadPort *port, guint side, guint64 vpage, const Translation *found)
{
    LadTlb *tlb = port->tlb[side];
    if (G_UNLIKELY(tlb->shared) && !port->alike)
        return;
    guint64 slot = vpage & port->pages_mask[side];
    port->translations[side][slot] = found->page | (guint64)found->flags << 32;
    if (!found->huge)
        port->pages[side][slot] = vpage;
    else if (G_UNLIKELY(tlb->shared))
        port->pages[side][slot] = LAD_FILTER_NONE;
    else
        note_huge(port, side, vpage, tlb->huge == &tlb->separate);
}

/* Put a translation that the second level had into the first. */
static void
refill(LadTlb *tlb, guint64 asid, guint64 vpage, Translation *found)
{
    guint64 tag = asid << LAD_TLB_ASID_SHIFT, number = vpage, key = tag | vpage;
    LadTlbArray *array = &tlb->small;
    LadPage page = found->page;
    if (found->huge) {
        number = vpage / LAD_HUGE_PAGES;
        key = tag | LAD_TLB_KEY_HUGE | number;
        array = tlb->huge;
        page -= (LadPage)(vpage % LAD_HUGE_PAGES);
    }
    found->kept_flags = NULL;
    if (!array)
        return;
    LadTlbPlace place = {NULL, LAD_WAY_NONE};
    if (array->n_asids > 1)
        place = lad_tlb_join(array, number, key, page);
    if (place.way != LAD_WAY_NONE)
        tlb->counters[LAD_TLB_JOINS]++;
    else
        place = lad_tlb_fill(array, number, key, page, found->flags);
    found->kept_flags = lad_tlb_flags(array, place);
}

/* A shared TLB had a translation that this core may never have walked to: as after a walk, others
 * are to know that the core uses the page. */
static void
note_use(LadPort *port, guint64 vpage, Translation *found, LadClock now)
{
    LadPage unit = found->huge ? found->page - (LadPage)(vpage % LAD_HUGE_PAGES) : found->page;
    found->flags = (found->flags & ~(guint)LAD_TLB_SHARED) | lad_port_share(port, unit, now);
    port->asids[port->asid] = 1;
}

/* Tells who looks on of a miss that was counted. */
static inline void
tell_miss(const LadPort *port, guint side, gboolean walked, guint64 vpage)
{
    const LadWatch *watch = port->hierarchy->host->watch;
    if (G_UNLIKELY(watch != NULL) && watch->tlb_miss != NULL)
        watch->tlb_miss(watch->data, port->thread, port->core->index, side == LAD_PORT_FETCH,
                        walked, vpage);
}

static LadReplyStatus
translate(LadPort *port, guint side, LadReach kind, guint64 vaddr, LadClock now, LadClock issue,
          Translation *found)
{
    guint64 vpage = vaddr >> LAD_PAGE_SHIFT;
    LadTlb *tlb = port->tlb[side], *tlb2 = port->tlb2[side];
    /* Nobody but this access fills private TLBs. */
    if (port->missed == vpage && port->missed_side == side)
        goto walk;
    if (G_UNLIKELY(tlb->shared))
        TAKE_TURN(port, now);
    if (look_up(tlb, port->asid, vpage, found)) {
        if (G_UNLIKELY(tlb->shared))
            note_use(port, vpage, found, now);
        note_translation(port, side, vpage, found);
        return LAD_REPLY_DONE;
    }
    if (tlb2 && tlb2->shared)
        TAKE_TURN(port, now);
    if (tlb2 && look_up(tlb2, port->asid, vpage, found)) {
        if (tlb2->shared)
            note_use(port, vpage, found, now);
        tlb->counters[LAD_TLB_MISSES]++;
        tlb2->counters[LAD_TLB_LOOKUPS]++;
        tell_miss(port, side, FALSE, vpage);
        port->spent += tlb2->latency;
        refill(tlb, port->asid, vpage, found);
        if (found->kept_flags)
            note_translation(port, side, vpage, found);
        return LAD_REPLY_DONE;
    }
walk:
    if (!lad_port_granted(port, now)) {
        if (!tlb->shared && !(tlb2 && tlb2->shared)) {
            port->missed = vpage;
            port->missed_side = side;
        }
        lad_port_expect(port, side, vaddr);
        return LAD_REPLY_REFUSED;
    }
    port->missed = LAD_FILTER_NONE;
    TAKE_TURN(port, now);
    LadReplyStatus status = lad_port_walk(port, side, kind, vaddr, now, issue);
    /* The walk has filled the TLBs: look again. Where no TLB keeps 2 MiB pages, it tells. */
    if (status != LAD_REPLY_DONE)
        return status;
    tlb->counters[LAD_TLB_MISSES]++;
    tell_miss(port, side, TRUE, vpage);
    if (tlb2) {
        tlb2->counters[LAD_TLB_LOOKUPS]++;
        tlb2->counters[LAD_TLB_MISSES]++;
    }
    *found = (Translation){
        .page = port->walked_page, .flags = port->walked_flags, .huge = port->walked_huge};
    if (tlb2)
        refill(tlb2, port->asid, vpage, found);
    refill(tlb, port->asid, vpage, found);
    if (found->kept_flags)
        note_translation(port, side, vpage, found);
    return LAD_REPLY_DONE;
}

/* Does a store need to look at the page first? A 2 MiB page has a dirty bit for each of its parts
 * here, which its entry cannot keep. */
static gboolean
is_first_store(const LadPort *port, const Translation *found)
{
    if (found->flags & LAD_TLB_DIRTY)
        return FALSE;
    return !found->huge || !(port->hierarchy->words[found->page] & LAD_PAGE_DIRTY);
}

/* A store whose translation does not say that the page is dirty and may be written. */
static LadReplyStatus
first_store(LadPort *port, guint64 vaddr, LadClock now, LadClock t, Translation *found)
{
    TAKE_TURN(port, now);
    LadPageWord *word = &port->hierarchy->words[found->page];
    if (lad_kernel_would_fault(*word, LAD_ACCESS_WRITE))
        return lad_port_fault(port, vaddr, LAD_REACH_STORE, t);
    *word |= LAD_PAGE_DIRTY;
    found->flags |= LAD_TLB_DIRTY;
    if (found->kept_flags && !found->huge) {
        *found->kept_flags |= LAD_TLB_DIRTY;
        note_translation(port, LAD_PORT_DATA, vaddr >> LAD_PAGE_SHIFT, found);
    }
    return LAD_REPLY_DONE;
}

static void
note_line(LadPort *port, guint side, guint64 vline, gboolean arrived, gboolean dirty)
{
    guint64 *slot = port->filter[side] + 2 * (vline & port->filter_mask[side]);
    slot[0] = arrived ? vline : LAD_FILTER_NONE;
    slot[1] = arrived && dirty ? vline : LAD_FILTER_NONE;
}

/* A store that found its line in the first level. */
static LadReplyStatus
write_hit(LadPort *port, LadCache *cache, guint32 *set, int way, guint32 line, guint flags,
          guint32 bytes, LadClock now, LadClock t)
{
    guint64 bit = (guint64)1 << way, *dirty = lad_set_dirty(set);
    if (G_UNLIKELY(cache->write_through)) {
        TAKE_TURN(port, now);
        if (flags & LAD_TLB_SHARED)
            lad_port_invalidate_others(port, line, now);
        cache->counters[LAD_CACHE_WRITEBACKS]++;
        lad_port_write_back(port, 1, line, bytes, t);
        return LAD_REPLY_DONE;
    }
    if (!(*dirty & bit) && flags & LAD_TLB_SHARED) {
        TAKE_TURN(port, now);
        lad_port_invalidate_others(port, line, now);
    }
    *dirty |= bit;
    return LAD_REPLY_DONE;
}

/* A store that missed a level that does not allocate for stores: it goes down. */
static LadReplyStatus
write_around(LadPort *port, LadCache *cache, guint32 line, guint flags, guint32 bytes, LadClock now,
             LadClock t)
{
    TAKE_TURN(port, now);
    if (flags & LAD_TLB_SHARED)
        lad_port_invalidate_others(port, line, now);
    cache->counters[LAD_CACHE_STORE_MISSES]++;
    cache->counters[LAD_CACHE_WRITEBACKS]++;
    lad_port_write_back(port, 1, line, bytes, t);
    port->reply.ready = t;
    return LAD_REPLY_DONE;
}

static LadReplyStatus
first_level(LadPort *port, guint side, LadReach kind, guint64 vaddr, guint32 bytes,
            const Translation *found, LadClock now, LadClock t)
{
    LadCache *cache = port->level[side][0];
    guint32 line = lad_port_line(port, found->page, vaddr);
    guint64 vline = vaddr >> port->line_shift;
    gboolean store = kind == LAD_REACH_STORE;
    LadReply *reply = &port->reply;
    if (G_UNLIKELY(cache->shared))
        TAKE_TURN(port, now);
    guint32 *set = lad_cache_set(cache, line);
    int way = lad_cache_find(cache, set, line);
    if (way != LAD_WAY_NONE) {
        /* A first use of a prefetched line makes its prefetcher ask for more. */
        gboolean marked = cache->marks && lad_set_marks(cache, set)[way];
        if (G_UNLIKELY(marked))
            TAKE_TURN(port, now);
        if (store) {
            LadReplyStatus status =
                write_hit(port, cache, set, way, line, found->flags, bytes, now, t);
            if (status != LAD_REPLY_DONE)
                return status;
        }
        lad_cache_touch(cache, set, way);
        LadClock arrives = lad_mshr_ready(&cache->mshrs, line, now, &reply->pending);
        reply->ready = MAX(arrives, t);
        if (arrives)
            cache->counters[LAD_CACHE_MERGES]++;
        if (G_UNLIKELY(marked)) {
            lad_prefetch_use(cache, set, way, arrives > t);
            reply->first_use = TRUE;
        }
    } else {
        lad_port_expect_below(port, side, line);
        if (store && cache->no_allocate)
            return write_around(port, cache, line, found->flags, bytes, now, t);
        /* Whether it needs its turn matters only where it would not get it as it stands. */
        if ((!lad_port_granted(port, now) || port->n_messages) &&
            (lad_port_needs_turn(port, side, line) || (store && found->flags & LAD_TLB_SHARED)))
            TAKE_TURN(port, now);
        if (!lad_port_bring(port, side, kind, 0, line, now, t, reply))
            return LAD_REPLY_WAIT;
        way = reply->way;
        if (store && found->flags & LAD_TLB_SHARED)
            lad_port_invalidate_others(port, line, now);
        if (store && cache->write_through) {
            cache->counters[LAD_CACHE_WRITEBACKS]++;
            lad_port_write_back(port, 1, line, bytes, t);
        } else if (store) {
            *lad_set_dirty(set) |= (guint64)1 << way;
        }
    }
    if (port->simple[side] || port->alike)
        note_line(port, side, vline, reply->ready <= now && lad_cache_is_idle(cache, set, way),
                  *lad_set_dirty(set) >> way & 1);
    if (G_UNLIKELY(port->prefetch[side] != NULL) && reply->level + reply->first_use > 0)
        lad_prefetch_after(port, side, store, vaddr, line, now, t);
    return LAD_REPLY_DONE;
}

/* An access that has left the caches of the machine it was recorded on: a line that is fetched from
 * memory, or one that is written back. */
static LadReplyStatus
pass_caches(LadPort *port, LadReach kind, guint64 vaddr, const Translation *found, LadClock now,
            LadClock t)
{
    guint32 line = lad_port_line(port, found->page, vaddr);
    TAKE_TURN(port, now);
    if (kind != LAD_REACH_STORE)
        return lad_port_bring_past(port, line, now, t, &port->reply) ? LAD_REPLY_DONE
                                                                     : LAD_REPLY_WAIT;
    lad_port_write_back(port, port->n_levels[LAD_PORT_DATA], line, 1u << port->line_shift, t);
    port->reply.ready = t;
    return LAD_REPLY_DONE;
}

LadReplyStatus
lad_port_access(LadPort *port, guint side, LadReach kind, guint64 vaddr, guint32 bytes,
                LadClock now, LadClock issue)
{
    LadReplyStatus status;
    do {
        Translation found;
        port->reply = (LadReply){0};
        status = translate(port, side, kind, vaddr, now, issue, &found);
        if (status == LAD_REPLY_DONE && kind == LAD_REACH_STORE && is_first_store(port, &found))
            status = first_store(port, vaddr, now, issue + port->spent, &found);
        if (status == LAD_REPLY_DONE && port->past_caches && side == LAD_PORT_DATA)
            status = pass_caches(port, kind, vaddr, &found, now, issue + port->spent);
        else if (status == LAD_REPLY_DONE)
            status = first_level(port, side, kind, vaddr, bytes, &found, now, issue + port->spent);
    } while (status == LAD_REPLY_RESTART);
    if (status == LAD_REPLY_DONE) {
        port->reply.walk = port->spent;
        port->spent = 0;
    }
    return status;
}
