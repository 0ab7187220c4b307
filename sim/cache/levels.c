/* levels.c - misses: what lies below the first level, down to the tier.
 *
 * A line is looked up level by level; where it is missed it takes an MSHR, and it is filled on its
 * way back into every level that missed it. `latency` of a level counts from the core's request, so
 * a hit at level k has its data latency(k) after the request could start, and a request to memory
 * leaves latency(last level) after that. A dirty victim is written into the next level that holds
 * the line, without changing that level's order, and goes to memory if none does: victims are not
 * allocated below, so misses equal those of a replay without write-backs. An exclusive level is the
 * exception: it is filled by victims alone, clean or dirty, and gives up what goes back.
 */
#include "config.h"
#include "sim/cache/port.h"

static const LadCacheCounter lookups[] = {
    [LAD_REACH_LOAD] = LAD_CACHE_LOADS,          [LAD_REACH_STORE] = LAD_CACHE_STORES,
    [LAD_REACH_FETCH] = LAD_CACHE_FETCHES,       [LAD_REACH_WALK] = LAD_CACHE_WALKS,
    [LAD_REACH_PREFETCH] = LAD_CACHE_PREFETCHES,
};

/* An unanswered transfer has ended: whoever waits for it learns when. A cache has several misses of
 * it where the line was pushed out while it was under way. */
static void
settle(LadMshrs *mshrs, guint32 number, LadClock ready)
{
    for (guint i = 0; mshrs->n_pending > 0 && i < mshrs->n; i++) {
        LadMshr *slot = &mshrs->slots[i];
        if (slot->pending != number || slot->ready != LAD_CLOCK_PENDING)
            continue;
        slot->pending = 0;
        slot->ready = ready;
        mshrs->latest_known = MAX(mshrs->latest_known, ready);
        if (--mshrs->n_pending == 0)
            mshrs->latest = mshrs->latest_known;
    }
}

static void
transfer_done(LadTime now, void *data, guint64 argument)
{
    LadHierarchy *h = data;
    LadClock ready = lad_clock_from_ps(h, now);
    guint32 number = (guint32)argument;
    for (guint i = 0; i < h->caches->len; i++) {
        LadCache *cache = g_ptr_array_index(h->caches, i);
        /* In the first level `ready` means as good as a hit there. */
        settle(&cache->mshrs, number, cache->level == 1 ? ready - cache->latency : ready);
    }
    for (guint i = 0; i < h->host->n_cores; i++) {
        LadPort *port = &h->ports[i];
        if (port->arrived)
            port->arrived(port->arrived_data, number, ready);
        if (port->waiting) {
            port->waiting = FALSE;
            port->core->turn = MAX(port->settled, now);
        }
    }
}

/* A request to the tier that holds the line's page, at clock `t`. Returns when the data is there.
 */
static LadClock
request(LadPort *port, LadReach kind, guint32 line, LadClock t, LadReply *reply)
{
    static const LadTransferKind kinds[] = {
        [LAD_REACH_LOAD] = LAD_TRANSFER_READ,         [LAD_REACH_STORE] = LAD_TRANSFER_READ,
        [LAD_REACH_FETCH] = LAD_TRANSFER_FETCH,       [LAD_REACH_WALK] = LAD_TRANSFER_WALK,
        [LAD_REACH_PREFETCH] = LAD_TRANSFER_PREFETCH,
    };
    LadHierarchy *h = port->hierarchy;
    LadPage page = line >> h->line_page_shift;
    guint tier = lad_page_tier(h->words[page]);
    guint32 number = ++h->last_transfer;
    if (G_UNLIKELY(number == 0))
        number = h->last_transfer = 1;
    LadTransfer transfer = {
        .kind = kinds[kind],
        .bytes = 1u << h->line_shift,
        .page = page,
        .offset = (line & ((1u << h->line_page_shift) - 1)) << h->line_shift,
        .done = transfer_done,
        .data = h,
        .argument = number,
    };
    LadTime end = h->calls->transfer(h->host->tiers[tier], lad_clock_to_ps(h, t), &transfer);
    if (G_UNLIKELY(end == LAD_PENDING)) {
        reply->pending = number;
        return LAD_CLOCK_PENDING;
    }
    LadClock ready = lad_clock_from_ps(h, end);
    if (ready - t > h->idle[tier])
        reply->queue += ready - t - h->idle[tier];
    return ready;
}

static inline __attribute__((always_inline)) guint
fill(LadPort *port, guint side, guint k, guint32 *set, guint32 line, gboolean is_dirty, LadClock t);

/* An exclusive level takes what has left the level above. */
static __attribute__((noinline)) void
take_victim(LadPort *port, guint side, guint k, guint32 line, gboolean dirty, LadClock t)
{
    LadCache *cache = port->level[side][k];
    guint32 *set = lad_cache_set(cache, line);
    int way = lad_cache_find(cache, set, line);
    cache->counters[dirty ? LAD_CACHE_WRITEBACKS_IN : LAD_CACHE_VICTIMS_IN]++;
    if (way != LAD_WAY_NONE)
        *lad_set_dirty(set) |= (guint64)dirty << way;
    else
        fill(port, side, k, set, line, dirty, t);
}

void
lad_port_write_back(LadPort *port, guint from, guint32 line, guint32 bytes, LadClock t)
{
    LadCache **level = port->level[LAD_PORT_DATA];
    LadHierarchy *h = port->hierarchy;
    for (guint k = from; k < port->n_levels[LAD_PORT_DATA]; k++) {
        LadCache *cache = level[k];
        if (G_UNLIKELY(cache->exclusive)) {
            take_victim(port, LAD_PORT_DATA, k, line, TRUE, t);
            return;
        }
        guint32 *set = lad_cache_set(cache, line);
        int way = lad_cache_find(cache, set, line);
        cache->counters[LAD_CACHE_WRITEBACKS_IN]++;
        if (way != LAD_WAY_NONE && !cache->write_through) {
            *lad_set_dirty(set) |= (guint64)1 << way;
            return;
        }
        cache->counters[LAD_CACHE_WRITEBACKS]++;
    }
    LadPage page = line >> h->line_page_shift;
    LadTransfer transfer = {
        .kind = LAD_TRANSFER_WRITE,
        .bytes = bytes,
        .page = page,
        .offset = (line & ((1u << h->line_page_shift) - 1)) << h->line_shift,
    };
    LadTier *tier = h->host->tiers[lad_page_tier(h->words[page])];
    h->calls->transfer(tier, lad_clock_to_ps(h, t), &transfer);
}

/* `old` leaves an inclusive cache: the levels nearer to the cores drop it too. */
static gboolean
leave_above(LadPort *port, LadCache *cache, guint32 old, guint owner, LadClock t)
{
    gboolean dirty = FALSE, clustered = port->hierarchy->clustered;
    if (!cache->shared || owner == port->index || owner == LAD_OWNER_SEVERAL || clustered)
        dirty = lad_port_drop_line(port, old, cache->level);
    if (!cache->shared || (owner == port->index && !clustered))
        return dirty;
    LadMessage message = {
        .kind = LAD_MESSAGE_INVALIDATE, .below = (guint8)cache->level, .number = old};
    if (owner != LAD_OWNER_SEVERAL) {
        lad_port_post_owner(port->hierarchy, owner, port, &message, t);
        return dirty;
    }
    for (guint i = 0; i < cache->n_ports; i++)
        if (cache->ports[i] != port)
            lad_port_post(cache->ports[i], &message, t);
    return dirty;
}

/* `line` comes into level `k` of a side; a line that must go for it goes to the next level if that
 * is exclusive, else if it is dirty. Returns its way. */
static inline __attribute__((always_inline)) guint
fill(LadPort *port, guint side, guint k, guint32 *set, guint32 line, gboolean is_dirty, LadClock t)
{
    LadCache *cache = port->level[side][k];
    guint way, owner = LAD_OWNER_SEVERAL;
    gboolean dirty;
    guint32 old =
        lad_cache_replace(cache, set, port->core->index, side, line, is_dirty, &way, &dirty);
    if (cache->shared) {
        guint8 *owners = lad_set_owners(cache, set);
        owner = owners[way];
        owners[way] = port->index;
    }
    if (G_UNLIKELY(cache->marks))
        lad_prefetch_leave(cache, set, way);
    if (old == LAD_LINE_NONE)
        return way;
    if (cache->inclusive && k > 0)
        dirty |= leave_above(port, cache, old, owner, t);
    if (k + 1 < port->n_levels[side] && G_UNLIKELY(port->level[side][k + 1]->exclusive)) {
        cache->counters[LAD_CACHE_WRITEBACKS] += dirty ? 1 : 0;
        take_victim(port, side, k + 1, old, dirty, t);
    } else if (dirty) {
        cache->counters[LAD_CACHE_WRITEBACKS]++;
        guint next = side == LAD_PORT_DATA ? k + 1 : lad_port_data_from(port, cache->level + 1);
        lad_port_write_back(port, next, old, 1u << port->line_shift, t);
    }
    return way;
}

/* A hit in a shared cache: who else has the line? */
static void
meet_owner(LadPort *port, LadCache *cache, LadReach kind, guint32 *set, int way, guint32 line,
           LadClock now)
{
    guint8 *owner = lad_set_owners(cache, set) + way;
    guint other = *owner;
    if (other == port->index && other != LAD_OWNER_SEVERAL)
        return;
    if (kind == LAD_REACH_STORE) {
        *owner = port->index;
        return;
    }
    *owner = LAD_OWNER_SEVERAL;
    if (other == LAD_OWNER_SEVERAL)
        return;
    LadMessage message = {
        .kind = LAD_MESSAGE_DOWNGRADE, .below = (guint8)cache->level, .number = line};
    lad_port_post_owner(port->hierarchy, other, NULL, &message, now);
}

/* MSHRs of the levels [from, to): when the request can start. FALSE: nobody knows. */
static gboolean
start_time(const LadHierarchy *h, LadCache **level, guint from, guint to, LadClock now,
           guint *slots, LadClock *start)
{
    for (guint k = from; k < to; k++) {
        LadMshrs *mshrs = &level[k]->mshrs;
        slots[k] = lad_mshr_slot(mshrs, now);
        LadClock ready = mshrs->slots[slots[k]].ready;
        if (ready == LAD_CLOCK_PENDING)
            return FALSE;
        /* One of unknown end may be free before: not so once events have come to that time. */
        if (G_UNLIKELY(mshrs->latest == LAD_CLOCK_PENDING) && ready > *start &&
            ready > lad_clock_from_ps(h, lad_queue_now(h->host->queue)))
            return FALSE;
        *start = MAX(*start, ready);
    }
    return TRUE;
}

/* A hit in an exclusive level below the one that asks: the line leaves it, unless another core put
 * it there. TRUE if it leaves dirty. */
static gboolean
give_up(const LadPort *port, LadCache *cache, guint32 *set, int way)
{
    if (cache->shared &&
        (port->index == LAD_OWNER_SEVERAL || lad_set_owners(cache, set)[way] != port->index))
        return FALSE;
    return lad_cache_drop(cache, set, way);
}

/* lad_port_bring, with a copy for each way of calling it. */
static inline __attribute__((always_inline)) gboolean
bring(LadPort *port, guint side, LadReach kind, guint from, guint32 line, LadClock now, LadClock t,
      LadReply *reply)
{
    LadCache **level = port->level[side];
    guint n = port->n_levels[side], hit = from;
    guint32 *sets[LAD_MAX_LEVELS];
    guint slots[LAD_MAX_LEVELS];
    int way = LAD_WAY_NONE;
    gboolean dirty = FALSE; /* the line comes up so */
    for (; hit < n; hit++) {
        sets[hit] = lad_cache_set(level[hit], line);
        if (kind != LAD_REACH_WALK && hit == from)
            continue;
        way = lad_cache_find(level[hit], sets[hit], line);
        if (way != LAD_WAY_NONE)
            break;
    }
    LadClock start = t, ready;
    if (!start_time(port->hierarchy, level, from, hit, now, slots, &start))
        return FALSE;
    for (guint k = from; k < hit; k++) {
        /* The first level's look-ups are counted by the core. */
        level[k]->counters[lookups[kind]] += k > 0 || kind >= LAD_REACH_WALK;
        level[k]->counters[lookups[kind] + 1]++;
        level[k]->counters[LAD_CACHE_MSHR_WAITS] += level[k]->mshrs.slots[slots[k]].ready > t;
    }
    reply->blocked = start - t;
    reply->queue += start - t;
    reply->level = (guint8)hit;
    if (hit < n) {
        LadCache *cache = level[hit];
        cache->counters[lookups[kind]] += hit > 0 || kind >= LAD_REACH_WALK;
        lad_cache_touch(cache, sets[hit], way);
        ready = start + cache->latency;
        guint32 pending = 0;
        LadClock arrives = lad_mshr_ready(&cache->mshrs, line, now, &pending);
        if (arrives > ready) {
            ready = arrives;
            reply->pending = pending;
            cache->counters[LAD_CACHE_MERGES]++;
        }
        if (G_UNLIKELY(cache->marks) && lad_set_marks(cache, sets[hit])[way]) {
            lad_prefetch_use(cache, sets[hit], way, arrives > start);
            reply->first_use = TRUE;
        }
        if (cache->shared)
            meet_owner(port, cache, kind, sets[hit], way, line, now);
        if (G_UNLIKELY(cache->exclusive) && hit > from)
            dirty = give_up(port, cache, sets[hit], way);
    } else {
        ready = request(port, kind, line, start + level[n - 1]->latency, reply);
    }
    /* The first level's own latency is in the core's base time. */
    reply->ready = ready == LAD_CLOCK_PENDING ? ready : MAX(ready - level[0]->latency, t);
    for (guint k = hit; k-- > from;) {
        if (G_LIKELY(!level[k]->exclusive || k == from)) {
            way = (int)fill(port, side, k, sets[k], line, dirty, t);
            dirty = FALSE;
        }
        lad_mshr_take(&level[k]->mshrs, slots[k], line, t, k == 0 ? reply->ready : ready,
                      reply->pending);
    }
    reply->way = way;
    return TRUE;
}

gboolean
lad_port_bring(LadPort *port, guint side, LadReach kind, guint from, guint32 line, LadClock now,
               LadClock t, LadReply *reply)
{
    if (kind == LAD_REACH_PREFETCH)
        return bring(port, side, LAD_REACH_PREFETCH, from, line, now, t, reply);
    if (kind == LAD_REACH_WALK)
        return bring(port, LAD_PORT_DATA, LAD_REACH_WALK, from, line, now, t, reply);
    return bring(port, side, kind, 0, line, now, t, reply);
}

gboolean
lad_port_bring_past(LadPort *port, guint32 line, LadClock now, LadClock t, LadReply *reply)
{
    LadCache **level = port->level[LAD_PORT_DATA];
    guint n = port->n_levels[LAD_PORT_DATA];
    guint slots[LAD_MAX_LEVELS];
    LadClock start = t;
    LadClock arrives = lad_mshr_ready(&level[0]->mshrs, line, now, &reply->pending);
    if (arrives > 0) {
        reply->ready = MAX(arrives, t);
        return TRUE;
    }
    if (!start_time(port->hierarchy, level, 0, n, now, slots, &start))
        return FALSE;
    reply->blocked = start - t;
    reply->queue += start - t;
    LadClock ready = request(port, LAD_REACH_LOAD, line, start + level[n - 1]->latency, reply);
    reply->ready = ready == LAD_CLOCK_PENDING ? ready : MAX(ready - level[0]->latency, t);
    for (guint k = 0; k < n; k++)
        lad_mshr_take(&level[k]->mshrs, slots[k], line, t, k == 0 ? reply->ready : ready,
                      reply->pending);
    return TRUE;
}

/* Would a private exclusive level that takes `line` push out another that goes further down? */
static gboolean
pushes_out(const LadPort *port, guint side, guint k, guint32 line)
{
    const LadCache *cache = port->level[side][k];
    guint32 *set = lad_cache_set(cache, line);
    guint way = lad_cache_victim(cache, set, lad_cache_allowed(cache, port->core->index, side));
    gboolean next = k + 1 < port->n_levels[side] && port->level[side][k + 1]->exclusive;
    return lad_set_tags(set)[way] != LAD_LINE_NONE &&
           (next || (*lad_set_dirty(set) >> way & 1) != 0);
}

gboolean
lad_port_needs_turn(LadPort *port, guint side, guint32 line)
{
    guint n_private = port->n_private[side];
    LadCache **level = port->level[side];
    guint hit = 1;
    int found = LAD_WAY_NONE;
    for (; hit < n_private; hit++) {
        found = lad_cache_find(level[hit], lad_cache_set(level[hit], line), line);
        if (found != LAD_WAY_NONE)
            break;
    }
    if (hit >= n_private)
        return TRUE;
    if (G_UNLIKELY(port->prefetch[side] != NULL)) {
        const LadCache *cache = level[hit];
        gboolean marked = cache->marks && lad_set_marks(cache, lad_cache_set(cache, line))[found];
        if (lad_prefetch_watches(port, side, hit, marked))
            return TRUE;
    }
    /* Dirty victims of the levels that will be filled must find a private place. */
    for (guint k = 0; k < hit; k++) {
        guint32 *set = lad_cache_set(level[k], line);
        guint64 allowed = lad_cache_allowed(level[k], port->core->index, side);
        guint way = lad_cache_victim(level[k], set, allowed);
        guint32 old = lad_set_tags(set)[way];
        if (old == LAD_LINE_NONE)
            continue;
        if (k + 1 < port->n_levels[side] && G_UNLIKELY(level[k + 1]->exclusive)) {
            if (k + 1 == n_private || pushes_out(port, side, k + 1, old))
                return TRUE;
            continue;
        }
        if (!(*lad_set_dirty(set) >> way & 1))
            continue;
        LadCache *next = k + 1 < n_private ? level[k + 1] : NULL;
        if (!next || next->write_through ||
            lad_cache_find(next, lad_cache_set(next, old), old) == LAD_WAY_NONE)
            return TRUE;
    }
    return FALSE;
}
