/* expect.c - the host's own caches are asked early for what an access is going to touch.
 *
 * With many cores the sets, page words and TLB entries of all of them do not fit the host's caches,
 * and a random access would wait for one after the other. A core that is refused its turn comes
 * back after all others have had theirs: time enough. Nothing here changes any state.
 */
#include "config.h"
#include "sim/cache/port.h"

static inline void
fetch_set(const LadCache *cache, const guint32 *set)
{
    __builtin_prefetch(set, 1);
    if (cache->stride > 16)
        __builtin_prefetch(set + 16, 1);
}

static inline void
expect_set(const LadCache *cache, guint32 line)
{
    fetch_set(cache, lad_cache_set(cache, line));
}

/* `paired`: the other line of its pair, too, whose set is the next or the one before. */
static inline void
expect_levels(const LadPort *port, guint side, guint from, guint32 line, gboolean paired)
{
    for (guint k = from; k < port->n_levels[side]; k++) {
        const LadCache *cache = port->level[side][k];
        const guint32 *set = lad_cache_set(cache, line);
        fetch_set(cache, set);
        if (paired)
            fetch_set(cache, line & 1 ? set - cache->stride : set + cache->stride);
    }
}

void
lad_port_expect_below(const LadPort *port, guint side, guint32 line)
{
    for (guint k = 1; k < port->n_levels[side]; k++)
        if (G_LIKELY(!port->level[side][k]->odd))
            expect_set(port->level[side][k], line);
    __builtin_prefetch(&port->hierarchy->words[line >> port->line_page_shift]);
}

/* What will be pushed out of the first level, and goes to the next. */
static inline void
expect_victim(const LadPort *port, guint side, guint32 line)
{
    const LadCache *cache = port->level[side][0];
    if (port->n_levels[side] < 2 || cache->masks || !lad_order_is_list(cache->kind))
        return;
    guint32 *set = lad_cache_set(cache, line);
    guint way = lad_cache_victim(cache, set, 0);
    guint32 old = lad_set_tags(set)[way];
    if (old != LAD_LINE_NONE && *lad_set_dirty(set) >> way & 1 && !port->level[side][1]->odd)
        expect_set(port->level[side][1], old);
}

/* Where the translation will be kept. */
static inline void
expect_fill(const LadTlb *tlb, guint64 vpage)
{
    if (!tlb)
        return;
    const guint8 *set = lad_tlb_set(&tlb->small, vpage);
    for (guint32 i = 0; i < tlb->small.stride; i += 64)
        __builtin_prefetch(set + i, 1);
}

void
lad_port_expect(const LadPort *port, guint side, guint64 vaddr)
{
    const LadHierarchy *h = port->hierarchy;
    guint64 vpage = vaddr >> LAD_PAGE_SHIFT;
    LadWalk walk;
    if (!h->calls->peek)
        return;
    h->calls->peek(h->host->kernel, port->thread->process, vpage, &walk);
    if (walk.n_levels == 0)
        return;
    guint last = walk.n_levels - 1;
    guint32 entry =
        walk.table[last] << h->line_page_shift | (guint32)walk.entry[last] * 8u >> h->line_shift;
    expect_levels(port, LAD_PORT_DATA, h->walk_from, entry, FALSE);
    expect_fill(port->tlb2[side], vpage);
    if (walk.page == LAD_PAGE_NONE)
        return;
    __builtin_prefetch(&h->words[walk.page], 1);
    if (h->sharing && walk.page < h->n_sharing)
        __builtin_prefetch(&h->sharing[walk.page], 1);
    guint32 line = lad_port_line(port, walk.page, vaddr);
    expect_levels(port, side, 1, line, port->prefetch[side] != NULL);
    expect_victim(port, side, line);
}
