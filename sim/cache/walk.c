/* walk.c - page walks through the caches, and the faults they end in.
 *
 * A walk reads one 8-byte entry per level of the page table, each read starting when the one before
 * has its data; the walk cache holds pointers to lower tables, so that the reads above are saved
 * (Intel's paging-structure caches, SDM vol. 3, 4.10.3). The walk sets the accessed bit and, for a
 * store, the dirty bit. Left out: several walkers at once, walks ahead of need.
 */
#include "config.h"
#include "sim/cache/port.h"

/* Bits of the virtual page that an entry of each table level translates, by level from the root. */
static const guint level_shift[LAD_WALK_LEVELS] = {27, 18, 9, 0};

gboolean
lad_walk_cache_find(LadWalkCache *cache, guint64 key)
{
    for (guint i = 0; i < cache->n; i++) {
        if (cache->keys[i] != key)
            continue;
        if (i == 0)
            return TRUE;
        memmove(cache->keys + 1, cache->keys, i * sizeof *cache->keys);
        cache->keys[0] = key;
        return TRUE;
    }
    return FALSE;
}

static void
walk_cache_add(LadWalkCache *cache, guint64 key)
{
    if (cache->size == 0 || lad_walk_cache_find(cache, key))
        return;
    cache->n = MIN(cache->n + 1, cache->size);
    memmove(cache->keys + 1, cache->keys, (cache->n - 1) * sizeof *cache->keys);
    cache->keys[0] = key;
}

/* The key of the pointer that the entry at `level` holds. */
static guint64
pointer_key(const LadPort *port, guint64 vpage, guint level)
{
    return port->asid << LAD_TLB_ASID_SHIFT | vpage >> level_shift[level];
}

/* The level whose entry is read first: below the lowest pointer that the walk cache holds. */
static guint
first_read(LadPort *port, guint64 vpage, guint n_levels)
{
    static const LadWalkCounter hits[] = {LAD_WALK_PDE_HITS, LAD_WALK_PDPTE_HITS,
                                          LAD_WALK_PML4E_HITS};
    for (guint i = 0; i < G_N_ELEMENTS(port->walk_cache); i++) {
        guint level = 2 - i;
        if (level + 1 < n_levels &&
            lad_walk_cache_find(&port->walk_cache[i], pointer_key(port, vpage, level))) {
            port->walk_counters[hits[i]]++;
            return level + 1;
        }
    }
    return 0;
}

/* Those above `first` were not read. */
static void
keep_pointers(LadPort *port, guint64 vpage, guint first, guint n_levels)
{
    for (guint level = first; level + 1 < n_levels; level++)
        walk_cache_add(&port->walk_cache[2 - level], pointer_key(port, vpage, level));
}

static gboolean
read_entry(LadPort *port, guint32 line, LadClock now, LadClock *t)
{
    LadHierarchy *h = port->hierarchy;
    LadReply reply = {0};
    /* The first level's data arrives with its own latency, unlike a load's. */
    LadClock extra = port->level[LAD_PORT_DATA][0]->latency;
    if (h->walk_from == 0)
        lad_port_forget_slot(port, LAD_PORT_DATA, line);
    if (!lad_port_bring(port, LAD_PORT_DATA, LAD_REACH_WALK, h->walk_from, line, now, *t, &reply))
        return FALSE;
    if (reply.ready == LAD_CLOCK_PENDING)
        return FALSE;
    *t = reply.ready + extra;
    return TRUE;
}

static LadAccess
access_of(LadReach kind)
{
    return kind == LAD_REACH_STORE   ? LAD_ACCESS_WRITE
           : kind == LAD_REACH_FETCH ? LAD_ACCESS_FETCH
                                     : LAD_ACCESS_READ;
}

/* Fault at clock `t`; what was spent on the translation until then goes to reply->walk. */
LadReplyStatus
lad_port_fault(LadPort *port, guint64 vaddr, LadReach kind, LadClock t)
{
    LadHierarchy *h = port->hierarchy;
    LadHost *host = h->host;
    port->walk_counters[LAD_WALK_FAULTS]++;
    h->serving = port->core->index;
    LadFault fault = h->calls->fault(host->kernel, port->thread, port->core->index, vaddr,
                                     access_of(kind), lad_clock_to_ps(h, MAX(t, port->drained)));
    h->serving = G_MAXUINT;
    port->reply.walk = port->spent;
    port->spent = 0;
    port->reply.fault = lad_clock_from_ps(h, fault.cost);
    port->reply.kernel = lad_clock_from_ps(h, fault.kernel_cost);
    switch (fault.status) {
    case LAD_FAULT_DONE:
        return LAD_REPLY_FAULTED;
    case LAD_FAULT_SLEEP:
        if (port->thread->state == LAD_THREAD_RUNNING)
            port->thread->state = LAD_THREAD_MEMSTALL;
        return LAD_REPLY_SLEEP;
    case LAD_FAULT_FAILED:
        break;
    }
    return LAD_REPLY_FAILED;
}

/* Remember the translation for the TLBs, and set the page's accessed and dirty bits. */
static void
finish(LadPort *port, const LadWalk *walk, guint64 vpage, LadReach kind, LadClock now)
{
    LadPageWord *word = &port->hierarchy->words[walk->page];
    *word |= LAD_PAGE_ACCESSED;
    if (kind == LAD_REACH_STORE)
        *word |= LAD_PAGE_DIRTY;
    LadPage unit = walk->huge ? walk->page - (LadPage)(vpage % LAD_HUGE_PAGES) : walk->page;
    port->walked_page = walk->page;
    port->walked_huge = walk->huge;
    port->walked_flags = lad_port_share(port, unit, now);
    if (*word & LAD_PAGE_DIRTY && !(*word & LAD_PAGE_READONLY) && !walk->huge)
        port->walked_flags |= LAD_TLB_DIRTY;
    port->asids[port->asid] = 1;
}

LadReplyStatus
lad_port_walk(LadPort *port, guint side, LadReach kind, guint64 vaddr, LadClock now, LadClock issue)
{
    LadHierarchy *h = port->hierarchy;
    guint64 vpage = vaddr >> LAD_PAGE_SHIFT;
    LadTlb *tlb2 = port->tlb2[side];
    LadWalk walk;
    h->calls->walk(h->host->kernel, port->thread->process, vpage, &walk);
    LadClock begin = issue + port->spent;
    LadClock t = begin + (tlb2 ? tlb2->latency : 0) + (h->walk.latency << LAD_CLOCK_CYCLE_SHIFT);
    guint first = h->walk.enter == LAD_WALK_ENTER_NONE ? walk.n_levels
                                                       : first_read(port, vpage, walk.n_levels);
    for (guint level = first; level < walk.n_levels; level++) {
        guint32 line = walk.table[level] << h->line_page_shift |
                       (guint32)walk.entry[level] * 8u >> h->line_shift;
        if (!read_entry(port, line, now, &t))
            return LAD_REPLY_WAIT;
    }
    port->walk_counters[LAD_WALK_WALKS]++;
    port->walk_counters[LAD_WALK_FETCH_WALKS] += kind == LAD_REACH_FETCH ? 1 : 0;
    port->walk_counters[LAD_WALK_READS] += walk.n_levels - first;
    port->walk_counters[LAD_WALK_TICKS] += (t - begin) >> LAD_CLOCK_TICK_SHIFT;
    port->spent += t - begin;
    gboolean mapped = walk.page != LAD_PAGE_NONE;
    if (mapped)
        keep_pointers(port, vpage, first, walk.n_levels);
    if (!mapped || lad_kernel_would_fault(h->words[walk.page], access_of(kind)))
        return lad_port_fault(port, vaddr, kind, t);
    finish(port, &walk, vpage, kind, now);
    return LAD_REPLY_DONE;
}
