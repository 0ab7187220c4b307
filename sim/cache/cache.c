/* cache.c - building a cache; what is not hot. */
#include "config.h"
#include "sim/cache/cache.h"
#include "sim/cache/geometry.h"
#include "sim/cache/port.h"
#include "sim/kernel/kernel.h"

#define HEADER_BYTES 16
#define ALIGNMENT    64

static gsize
set_bytes(const LadCache *cache)
{
    return (gsize)cache->stride * sizeof(guint32);
}

static void
lay_out(LadCache *cache)
{
    guint bytes = HEADER_BYTES + 16 * cache->quads;
    cache->owners = bytes;
    if (cache->shared)
        bytes += (cache->ways + 7) & ~7u;
    cache->marks = 0;
    if (cache->n_units > 0) {
        cache->marks = bytes;
        bytes += (cache->ways + 7) & ~7u;
    }
    cache->bytes = bytes;
    if (cache->ways > LAD_ORDER_WORD_WAYS)
        bytes += LAD_ORDER_BYTES;
    bytes = (bytes + ALIGNMENT - 1) & ~(guint)(ALIGNMENT - 1);
    cache->stride = bytes / (guint)sizeof(guint32);
}

static void
empty_sets(LadCache *cache)
{
    for (guint32 i = 0; i < cache->n_sets; i++) {
        guint32 *set = cache->sets + (gsize)i * cache->stride;
        guint32 *tags = lad_set_tags(set);
        lad_order_start(cache->kind, lad_set_order(set), lad_set_bytes(cache, set), cache->ways);
        for (guint k = 0; k < 4 * cache->quads; k++)
            tags[k] = LAD_LINE_NONE;
    }
}

static void
make_chains(LadMshrs *mshrs)
{
    guint buckets = 2 * LAD_MSHRS_MANY;
    while (buckets < 2 * mshrs->n)
        buckets *= 2;
    mshrs->head_mask = buckets - 1;
    mshrs->heads = g_new0(guint16, buckets);
    for (guint i = 0; i < mshrs->n; i++) {
        mshrs->slots[i].line = LAD_LINE_NONE;
        mshrs->slots[i].next = (guint16)i;
        mshrs->slots[i].older = (guint16)(i + 1 < mshrs->n ? i + 2 : 0);
    }
    mshrs->heads[buckets - 1] = (guint16)mshrs->n;
}

gboolean
lad_cache_init(LadCache *cache, const LadCacheParams *params, const char *name, guint64 seed,
               const char *group, GError **error)
{
    LadGeometry geometry;
    if (!lad_geometry_init_cache(&geometry, group, params->size, params->ways, params->line,
                                 error) ||
        !lad_geometry_check_short(&geometry, group, error))
        return FALSE;
    cache->params = params;
    cache->name = g_strdup(name);
    cache->ways = geometry.n_ways;
    /* At least two quads, so that the look-up of the usual 8 ways needs no test. */
    cache->quads = MAX(2, (cache->ways + 3) / 4);
    cache->n_sets = geometry.n_sets;
    cache->set_mask = geometry.mask;
    cache->odd = !geometry.power_of_two ||
                 geometry.n_sets > LAD_PAGE_COLOURS << (LAD_PAGE_SHIFT - geometry.line_shift);
    cache->kind = params->replacement;
    cache->latency = params->latency << LAD_CLOCK_CYCLE_SHIFT;
    cache->write_through = params->write_policy == LAD_WRITE_THROUGH;
    cache->no_allocate = !params->write_allocate;
    cache->inclusive = params->inclusive;
    cache->exclusive = params->exclusive;
    lad_duel_init(&cache->duel, cache->n_sets);
    cache->level = (guint)params->level;
    lay_out(cache);

    LadMshrs *mshrs = &cache->mshrs;
    mshrs->n = (guint)params->mshrs;
    mshrs->slots = g_new0(LadMshr, mshrs->n);
    if (mshrs->n >= LAD_MSHRS_MANY)
        make_chains(mshrs);

    g_autofree char *stream = g_strdup_printf("replacement.%s", name);
    lad_random_init(&cache->random, seed, stream);
    cache->next_victim = (guint)lad_random_below(&cache->random, cache->ways);

    if (cache->blank)
        return TRUE;
    gsize bytes = set_bytes(cache) * cache->n_sets;
    cache->memory = g_malloc0(bytes + ALIGNMENT);
    cache->sets =
        (guint32 *)(((guintptr)cache->memory + ALIGNMENT - 1) & ~(guintptr)(ALIGNMENT - 1));
    empty_sets(cache);
    return TRUE;
}

void
lad_cache_clear(LadCache *cache)
{
    g_free(cache->mshrs.slots);
    g_free(cache->mshrs.heads);
    g_free(cache->memory);
    g_free(cache->name);
    g_free(cache->ports);
    g_free(cache->units);
    g_free(cache->masks);
}

void
lad_cache_empty(LadCache *cache)
{
    for (guint32 i = 0; cache->marks && i < cache->n_sets; i++) {
        guint32 *set = cache->sets + (gsize)i * cache->stride;
        for (guint way = 0; way < cache->ways; way++)
            lad_prefetch_leave(cache, set, way);
    }
    memset(cache->sets, 0, set_bytes(cache) * cache->n_sets);
    empty_sets(cache);
}

gsize
lad_cache_memory(const LadCache *cache)
{
    return set_bytes(cache) * cache->n_sets;
}

guint32
lad_cache_odd_index(const LadCache *cache, guint32 line)
{
    guint shift = cache->hierarchy->line_page_shift;
    guint64 page =
        cache->hierarchy->calls->page_index(cache->hierarchy->host->kernel, line >> shift);
    guint64 number = page << shift | (line & ((1u << shift) - 1));
    return (guint32)(number % cache->n_sets);
}

guint
lad_cache_victim_among(const LadCache *cache, guint32 *set, guint64 allowed)
{
    const guint32 *tags = lad_set_tags(set);
    guint64 *state = lad_order_state(lad_set_order(set), lad_set_bytes(cache, set), cache->ways);
    if (lad_order_is_list(cache->kind))
        return lad_order_last(state, cache->ways, allowed);
    for (guint i = 0; i < cache->ways; i++)
        if (tags[i] == LAD_LINE_NONE && allowed >> i & 1)
            return i;
    if (cache->kind == LAD_REPLACE_TREE_PLRU)
        return lad_tree_victim(*lad_set_order(set), lad_tree_depth(cache->ways), allowed);
    if (cache->kind >= LAD_REPLACE_SRRIP)
        return lad_rrip_victim(state, cache->ways, allowed);
    /* Random: the draw, in proportion among those allowed. */
    guint skip = cache->next_victim * (guint)__builtin_popcountll(allowed) / cache->ways;
    for (; skip > 0; skip--)
        allowed &= allowed - 1;
    return (guint)__builtin_ctzll(allowed);
}

/* RRIP: `way` of a set is about to be filled. */
static void
fill_rrip(LadCache *cache, guint32 *set, guint way, guint64 allowed)
{
    guint64 *state = lad_order_state(lad_set_order(set), lad_set_bytes(cache, set), cache->ways);
    guint32 index = (guint32)((gsize)(set - cache->sets) / cache->stride);
    if (lad_set_tags(set)[way] != LAD_LINE_NONE)
        lad_rrip_age(state, cache->ways, allowed, way);
    lad_rrip_set(state, cache->ways, way,
                 cache->kind == LAD_REPLACE_DRRIP ? lad_duel_insert(&cache->duel, index)
                                                  : LAD_RRIP_LONG);
}

guint
lad_cache_take_way(LadCache *cache, guint32 *set, guint core, guint side)
{
    guint64 allowed = lad_cache_allowed(cache, core, side);
    guint way = lad_cache_victim(cache, set, allowed);
    if (cache->kind >= LAD_REPLACE_SRRIP)
        fill_rrip(cache, set, way, allowed);
    lad_order_fill(cache->kind, lad_set_order(set), lad_set_bytes(cache, set), cache->ways, way);
    if (cache->kind == LAD_REPLACE_RANDOM && lad_set_tags(set)[way] != LAD_LINE_NONE)
        cache->next_victim = (guint)lad_random_below(&cache->random, cache->ways);
    return way;
}

guint
lad_mshr_search(LadMshrs *mshrs, LadClock t)
{
    guint best = 0;
    LadClock first = mshrs->slots[0].ready;
    guint64 filter = 0;
    for (guint i = 0; i < mshrs->n; i++) {
        LadClock ready = mshrs->slots[i].ready;
        if (ready > t)
            filter |= (guint64)1 << (mshrs->slots[i].line & 63);
        if (ready < first) {
            first = ready;
            best = i;
        }
    }
    mshrs->filter = filter;
    return best;
}
