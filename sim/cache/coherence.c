/* coherence.c - what a core's private levels are told by others: shootdowns, invalidations.
 *
 * Messages queue at the core and are applied at its next shared entry, which then restarts the
 * access; those that come for a time that the core has run past are counted. Which cores use a page
 * is kept in a byte per logical page: none, one, several. A store to a clean line of a page used by
 * several is a shared entry and makes the others drop the line, caches of other clusters at once; a
 * read that finds the line in a shared cache, owned by one other core, makes that core and those it
 * shares a nearer cache with write it back and keep it clean. Left out: a dirty line in another
 * core's cache that no shared cache holds is not forwarded to a reader, and the time of snoops.
 */
#include "config.h"
#include "sim/cache/port.h"

static void apply(LadPort *port, const LadMessage *message, LadClock t);

void
lad_port_post(LadPort *port, const LadMessage *message, LadClock t)
{
    if (!port->core->thread) {
        /* An idle core has no access to restart. */
        apply(port, message, t);
        return;
    }
    if (port->n_messages == port->max_messages) {
        port->max_messages = port->max_messages ? 2 * port->max_messages : 64;
        port->messages = g_renew(LadMessage, port->messages, port->max_messages);
    }
    port->messages[port->n_messages] = *message;
    port->messages[port->n_messages++].time = t;
}

gboolean
lad_port_take_messages(LadPort *port, LadClock now)
{
    if (G_LIKELY(port->n_messages == 0))
        return FALSE;
    for (guint i = 0; i < port->n_messages; i++) {
        port->late_invalidations += port->messages[i].time < now;
        apply(port, &port->messages[i], now);
    }
    port->n_messages = 0;
    return TRUE;
}

/* ---- Lines --------------------------------------------------------------------------------------
 */

/* The line's place in a private cache, if it is there. */
static int
find_line(LadCache *cache, guint32 line, guint32 **set)
{
    *set = lad_cache_set(cache, line);
    return lad_cache_find(cache, *set, line);
}

gboolean
lad_port_drop_line(LadPort *port, guint32 line, guint below)
{
    gboolean dirty = FALSE;
    for (guint side = 0; side < LAD_PORT_SIDES; side++)
        for (guint k = 0; k < port->n_levels[side]; k++) {
            LadCache *cache = port->level[side][k];
            if (cache->level >= below)
                break;
            if (side == LAD_PORT_FETCH && k < port->n_levels[LAD_PORT_DATA] &&
                cache == port->level[LAD_PORT_DATA][k])
                continue;
            guint32 *set;
            int way = find_line(cache, line, &set);
            if (way == LAD_WAY_NONE)
                continue;
            if (cache->marks)
                lad_prefetch_leave(cache, set, (guint)way);
            dirty |= lad_cache_drop(cache, set, way);
            cache->counters[LAD_CACHE_INVALIDATIONS]++;
            if (k == 0)
                lad_port_forget_slot(port, side, line);
        }
    return dirty;
}

/* The level behind the last that is private, 0 if none is. */
static guint
behind_private(const LadPort *port)
{
    guint below = 0;
    for (guint side = 0; side < LAD_PORT_SIDES; side++)
        if (port->n_private[side] > 0)
            below = MAX(below, port->level[side][port->n_private[side] - 1]->level + 1);
    return below;
}

static void
invalidate(LadPort *port, guint32 line, guint below, LadClock t)
{
    if (lad_port_drop_line(port, line, below))
        lad_port_write_back(port, lad_port_data_from(port, below), line, 1u << port->line_shift, t);
}

/* Write the line back if it is dirty in a level below `below`, and keep it. */
static void
downgrade(LadPort *port, guint32 line, guint below, LadClock t)
{
    gboolean dirty = FALSE;
    const guint end = lad_port_data_from(port, below);
    for (guint k = 0; k < end; k++) {
        LadCache *cache = port->level[LAD_PORT_DATA][k];
        guint32 *set;
        int way = find_line(cache, line, &set);
        if (way == LAD_WAY_NONE || !(*lad_set_dirty(set) >> way & 1))
            continue;
        *lad_set_dirty(set) &= ~((guint64)1 << way);
        cache->counters[LAD_CACHE_DOWNGRADES]++;
        dirty = TRUE;
        if (k == 0)
            lad_port_forget_slot(port, LAD_PORT_DATA, line);
    }
    if (dirty)
        lad_port_write_back(port, end, line, 1u << port->line_shift, t);
}

static gboolean
serves(const LadCache *cache, const LadPort *port)
{
    for (guint i = 0; i < cache->n_ports; i++)
        if (cache->ports[i] == port)
            return TRUE;
    return FALSE;
}

/* A cluster's cache that the writing core does not use drops the line at once: it has its turn, and
 * nobody uses a shared cache without. */
static void
invalidate_cluster(LadCache *cache, guint32 line, LadClock now)
{
    guint32 *set;
    int way = find_line(cache, line, &set);
    if (way == LAD_WAY_NONE)
        return;
    cache->counters[LAD_CACHE_INVALIDATIONS]++;
    if (cache->marks)
        lad_prefetch_leave(cache, set, (guint)way);
    if (!lad_cache_drop(cache, set, way))
        return;
    LadPort *port = cache->ports[0];
    guint k = 0;
    while (k < port->n_levels[LAD_PORT_DATA] &&
           port->level[LAD_PORT_DATA][k]->level <= cache->level)
        k++;
    cache->counters[LAD_CACHE_WRITEBACKS]++;
    lad_port_write_back(port, k, line, 1u << port->line_shift, now);
}

/* Shared caches learn who has the only copy now. */
static void
own(LadPort *port, guint32 line)
{
    for (guint k = 0; k < port->n_levels[LAD_PORT_DATA]; k++) {
        LadCache *cache = port->level[LAD_PORT_DATA][k];
        guint32 *set;
        int way = cache->shared ? find_line(cache, line, &set) : LAD_WAY_NONE;
        if (way != LAD_WAY_NONE)
            lad_set_owners(cache, set)[way] = port->index;
    }
}

void
lad_port_invalidate_others(LadPort *port, guint32 line, LadClock now)
{
    LadHierarchy *h = port->hierarchy;
    for (guint i = 0; i < h->host->n_cores; i++) {
        LadPort *other = &h->ports[i];
        LadMessage message = {
            .kind = LAD_MESSAGE_INVALIDATE, .below = (guint8)behind_private(other), .number = line};
        if (other != port && message.below > 0)
            lad_port_post(other, &message, now);
    }
    for (guint i = 0; i < h->caches->len; i++) {
        LadCache *cache = g_ptr_array_index(h->caches, i);
        if (cache->shared && cache->n_ports < h->host->n_cores && !serves(cache, port))
            invalidate_cluster(cache, line, now);
    }
    own(port, line);
}

/* Do two cores meet in a cache nearer than level `below`? */
static gboolean
meet(const LadPort *port, const LadPort *other, guint below)
{
    for (guint side = 0; side < LAD_PORT_SIDES; side++)
        for (guint k = 0; k < MIN(port->n_levels[side], other->n_levels[side]); k++)
            if (port->level[side][k]->level < below &&
                port->level[side][k] == other->level[side][k])
                return TRUE;
    return FALSE;
}

void
lad_port_post_owner(LadHierarchy *h, guint owner, const LadPort *except, const LadMessage *message,
                    LadClock now)
{
    if (owner >= h->host->n_cores)
        return;
    for (guint i = 0; i < h->host->n_cores; i++) {
        LadPort *other = &h->ports[i];
        if (other != except &&
            (i == owner || (h->clustered && meet(other, &h->ports[owner], message->below))))
            lad_port_post(other, message, now);
    }
}

/* ---- Translations -------------------------------------------------------------------------------
 */

guint
lad_port_share(LadPort *port, LadPage page, LadClock now)
{
    LadHierarchy *h = port->hierarchy;
    if (!h->sharing)
        return 0;
    if (page >= h->n_sharing) {
        guint32 n = MAX(page + 1, h->n_sharing ? 2 * h->n_sharing : 4096);
        h->sharing = g_renew(guint8, h->sharing, n);
        memset(h->sharing + h->n_sharing, 0, n - h->n_sharing);
        h->n_sharing = n;
    }
    guint8 *user = &h->sharing[page];
    if (*user == 0 && port->index != LAD_OWNER_SEVERAL)
        *user = (guint8)(port->index + 1);
    if (*user == port->index + 1)
        return 0;
    if (*user != 0 && *user != LAD_OWNER_SEVERAL) {
        LadMessage message = {.kind = LAD_MESSAGE_SHARE, .number = page};
        lad_port_post(&h->ports[*user - 1], &message, now);
    }
    *user = LAD_OWNER_SEVERAL;
    return LAD_TLB_SHARED;
}

static void forget_page(LadPort *port, guint side, gboolean all, guint64 vpage);

static void
share(LadPort *port, LadPage page)
{
    for (guint side = 0; side < LAD_PORT_SIDES; side++)
        for (guint k = 0; k < 2; k++) {
            LadTlb *tlb = k ? port->tlb2[side] : port->tlb[side];
            if (!tlb)
                continue;
            lad_tlb_share(&tlb->small, page);
            lad_tlb_share(&tlb->separate, page);
        }
    /* The filters keep copies of the flags. */
    for (guint side = 0; side < LAD_PORT_SIDES; side++)
        forget_page(port, side, TRUE, 0);
}

/* The filters know neither address space nor logical page: forget every entry of the page, or all.
 */
static void
forget_page(LadPort *port, guint side, gboolean all, guint64 vpage)
{
    guint shift = port->line_page_shift;
    for (guint64 i = 0; i <= port->filter_mask[side]; i++) {
        guint64 *slot = port->filter[side] + 2 * i;
        if (all || slot[0] >> shift == vpage)
            slot[0] = LAD_FILTER_NONE;
        if (all || slot[1] >> shift == vpage)
            slot[1] = LAD_FILTER_NONE;
    }
    for (guint64 i = 0; i <= port->pages_mask[side]; i++)
        if (all || port->pages[side][i] == vpage)
            port->pages[side][i] = LAD_FILTER_NONE;
}

static guint
drop_entries(LadTlb *tlb, guint64 asid, gboolean all, guint64 vpage)
{
    if (all)
        return lad_tlb_drop_process(&tlb->small, asid) + lad_tlb_drop_process(&tlb->separate, asid);
    guint64 tag = asid << LAD_TLB_ASID_SHIFT, number = vpage / LAD_HUGE_PAGES;
    guint n = lad_tlb_drop(&tlb->small, vpage, tag | vpage) ? 1 : 0;
    if (tlb->huge)
        n += lad_tlb_drop(tlb->huge, number, tag | LAD_TLB_KEY_HUGE | number) ? 1 : 0;
    return n;
}

void
lad_port_drop_translations(LadPort *port, guint64 asid, gboolean all, guint64 vpage)
{
    for (guint side = 0; side < LAD_PORT_SIDES; side++) {
        gboolean unified = side == LAD_PORT_FETCH;
        if (!port->tlb[side]->shared && (!unified || port->tlb[side] != port->tlb[0]))
            port->tlb[side]->counters[LAD_TLB_SHOOTDOWNS] +=
                drop_entries(port->tlb[side], asid, all, vpage);
        if (port->tlb2[side] && !port->tlb2[side]->shared &&
            (!unified || port->tlb2[side] != port->tlb2[0]))
            port->tlb2[side]->counters[LAD_TLB_SHOOTDOWNS] +=
                drop_entries(port->tlb2[side], asid, all, vpage);
        /* A 2 MiB page may stand in T under any of its parts. */
        gboolean huge = port->last_huge[side] == vpage / LAD_HUGE_PAGES;
        forget_page(port, side, all || huge, vpage);
        if (all || huge)
            port->last_huge[side] = LAD_FILTER_NONE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(port->walk_cache); i++)
        port->walk_cache[i].n = 0;
}

static void
apply(LadPort *port, const LadMessage *message, LadClock t)
{
    switch ((LadMessageKind)message->kind) {
    case LAD_MESSAGE_PAGE:
        lad_port_drop_translations(port, message->asid, FALSE, message->vpage);
        break;
    case LAD_MESSAGE_PROCESS:
        lad_port_drop_translations(port, message->asid, TRUE, 0);
        port->asids[message->asid] = port->thread && port->asid == message->asid;
        break;
    case LAD_MESSAGE_INVALIDATE:
        invalidate(port, message->number, message->below, t);
        break;
    case LAD_MESSAGE_DOWNGRADE:
        downgrade(port, message->number, message->below, t);
        break;
    case LAD_MESSAGE_SHARE:
        share(port, message->number);
        break;
    }
}

guint
lad_hierarchy_shootdown(LadHost *host, LadProcess *process, guint64 vpage, LadPage page,
                        LadTime now)
{
    LadHierarchy *h = host->hierarchy;
    if (!h)
        return 0;
    guint16 asid = (guint16)(process->id % G_MAXUINT16);
    LadMessage message = {.kind = page == LAD_PAGE_NONE ? LAD_MESSAGE_PROCESS : LAD_MESSAGE_PAGE,
                          .asid = asid,
                          .number = page,
                          .vpage = vpage};
    guint interrupted = 0;
    LadClock t = lad_clock_from_ps(h, now);
    /* Nobody uses a shared TLB before its turn: at once. */
    for (guint i = 0; i < h->tlbs->len; i++) {
        LadTlb *tlb = g_ptr_array_index(h->tlbs, i);
        if (tlb->shared)
            tlb->counters[LAD_TLB_SHOOTDOWNS] +=
                drop_entries(tlb, asid, page == LAD_PAGE_NONE, vpage);
    }
    for (guint i = 0; i < host->n_cores; i++) {
        LadPort *port = &h->ports[i];
        if (!port->asids[asid])
            continue;
        /* The core that is being served takes it at once: it restarts its access anyway. */
        if (i == h->serving)
            apply(port, &message, t);
        else
            lad_port_post(port, &message, t);
        interrupted += i != h->serving;
    }
    return interrupted;
}

/* ---- Gaps ---------------------------------------------------------------------------------------
 */

void
lad_hierarchy_empty(LadHierarchy *h, guint core)
{
    LadPort *port = &h->ports[core];
    for (guint side = 0; side < LAD_PORT_SIDES; side++) {
        for (guint k = 0; k < port->n_levels[side]; k++)
            lad_cache_empty(port->level[side][k]);
        lad_tlb_empty(port->tlb[side]);
        if (port->tlb2[side])
            lad_tlb_empty(port->tlb2[side]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(port->walk_cache); i++)
        port->walk_cache[i].n = 0;
    /* Whoever shares a first level has filters for it, too. */
    for (guint i = 0; i < h->host->n_cores; i++)
        for (guint side = 0; side < LAD_PORT_SIDES; side++) {
            forget_page(&h->ports[i], side, TRUE, 0);
            h->ports[i].last_huge[side] = LAD_FILTER_NONE;
            h->ports[i].huge_slots[side] = 0;
        }
}
