/* moves.c - see moves.h. */
#include "config.h"
#include "sim/cache/moves.h"

/* What is kept of a line beside its tag: whether it is dirty, and the core that put it there, or
 * several that found it. */
#define DIRTY   0x8000
#define SEVERAL 0x7fff

typedef struct {
    LadMovesPart part;
    guint16 *notes; /* by way of all sets */
    guint64 counters[LAD_MOVES_N_COUNTERS];
} Cache;

typedef struct {
    Cache *levels[LAD_N_LANES][LAD_FUNCTIONAL_MAX_LEVELS];
    guint n_levels[LAD_N_LANES];
} Core;

struct LadMoves {
    guint n_cores, n_caches;
    Core *cores;
    Cache *caches;
};

/* An access on its way. */
typedef struct {
    LadMoves *moves;
    guint core, lane;
    LadFillCause cause;
} Access;

LadMoves *
lad_moves_new(guint n_cores, guint n_parts)
{
    g_assert(n_cores < SEVERAL);
    LadMoves *moves = g_new0(LadMoves, 1);
    moves->n_cores = n_cores;
    moves->cores = g_new0(Core, n_cores);
    moves->caches = g_new0(Cache, n_parts);
    return moves;
}

void
lad_moves_free(LadMoves *moves)
{
    if (moves == NULL)
        return;
    for (guint i = 0; i < moves->n_caches; i++)
        g_free(moves->caches[i].notes);
    g_free(moves->caches);
    g_free(moves->cores);
    g_free(moves);
}

void
lad_moves_add(LadMoves *moves, const LadMovesPart *part)
{
    const LadGeometry *geometry = &part->tags->geometry;
    Cache *cache = &moves->caches[moves->n_caches++];
    cache->part = *part;
    cache->notes = g_new0(guint16, (gsize)geometry->n_sets * geometry->n_ways);
    for (guint i = part->first_core; i < part->end_core; i++)
        for (guint lane = 0; lane < LAD_N_LANES; lane++) {
            Core *core = &moves->cores[i];
            if (part->side == (lane == LAD_LANE_CODE ? LAD_SIDE_DATA : LAD_SIDE_INSTRUCTION))
                continue;
            g_assert(core->n_levels[lane] < LAD_FUNCTIONAL_MAX_LEVELS);
            core->levels[lane][core->n_levels[lane]++] = cache;
        }
}

const guint64 *
lad_moves_counters(const LadMoves *moves, guint core, guint lane, guint level)
{
    return moves->cores[core].levels[lane][level]->counters;
}

/* ---- One cache --------------------------------------------------------------------------------
 */

/* The first way of the line's set, in all ways of the cache. */
static gsize
set_of(const Cache *cache, guint64 line)
{
    const LadGeometry *geometry = &cache->part.tags->geometry;
    return (gsize)lad_geometry_set(geometry, line) * geometry->n_ways;
}

/* The line's way in its set, or n_ways. */
static guint
find(const Cache *cache, guint64 line)
{
    const LadTags *tags = cache->part.tags;
    return lad_tags_find(tags->lines + set_of(cache, line), tags->geometry.n_ways, line);
}

static gboolean
is_shared(const Cache *cache)
{
    return cache->part.end_core - cache->part.first_core > 1;
}

/* Drop the line if it is there; whether it was dirty. */
static gboolean
drop(Cache *cache, guint64 line, gboolean *found)
{
    guint way = find(cache, line);
    *found = way < cache->part.tags->geometry.n_ways;
    if (!*found)
        return FALSE;
    gboolean dirty = (cache->notes[set_of(cache, line) + way] & DIRTY) != 0;
    lad_tags_invalidate(cache->part.tags, line);
    return dirty;
}

/* The way that a fill takes: the lowest empty one that is allowed, else the policy's victim. */
static guint
choose(const Access *access, Cache *cache, guint32 set)
{
    LadTags *tags = cache->part.tags;
    const guint n_ways = tags->geometry.n_ways;
    const guint64 *lines = tags->lines + (gsize)set * n_ways;
    const guint64 allowed = tags->allowed[access->lane];
    for (guint way = 0; way < n_ways; way++)
        if (lines[way] == LAD_TAG_EMPTY && allowed >> way & 1)
            return way;
    return tags->replacement.class->victim(&tags->replacement, set,
                                           tags->state + (gsize)set * tags->n_words, allowed);
}

/* ---- Moves ------------------------------------------------------------------------------------
 */

static void fill(const Access *access, guint lane, guint level, guint64 line, gboolean dirty);

/* An exclusive level takes what has left the one in front. */
static void
take_victim(const Access *access, guint lane, guint level, guint64 line, gboolean dirty)
{
    Cache *cache = access->moves->cores[access->core].levels[lane][level];
    guint way = find(cache, line);
    cache->counters[dirty ? LAD_MOVES_WRITEBACKS_IN : LAD_MOVES_VICTIMS_IN]++;
    if (way == cache->part.tags->geometry.n_ways)
        fill(access, lane, level, line, dirty);
    else if (dirty)
        cache->notes[set_of(cache, line) + way] |= DIRTY;
}

/* A dirty line goes to the next level that holds it, or is exclusive. `from`: level of data. */
static void
write_back(const Access *access, guint from, guint64 line)
{
    const Core *core = &access->moves->cores[access->core];
    for (guint level = from; level < core->n_levels[LAD_LANE_DATA]; level++) {
        Cache *cache = core->levels[LAD_LANE_DATA][level];
        if (cache->part.exclusive) {
            take_victim(access, LAD_LANE_DATA, level, line, TRUE);
            return;
        }
        guint way = find(cache, line);
        cache->counters[LAD_MOVES_WRITEBACKS_IN]++;
        if (way < cache->part.tags->geometry.n_ways) {
            cache->notes[set_of(cache, line) + way] |= DIRTY;
            return;
        }
        cache->counters[LAD_MOVES_WRITEBACKS]++;
    }
}

/* `line` leaves an inclusive cache: whatever is in front of it drops it. TRUE if one was dirty. */
static gboolean
leave_in_front(const Access *access, const Cache *cache, guint64 line)
{
    gboolean dirty = FALSE, found;
    for (guint i = cache->part.first_core; i < cache->part.end_core; i++)
        for (guint lane = 0; lane < LAD_N_LANES; lane++) {
            const Core *core = &access->moves->cores[i];
            guint behind = 0;
            while (behind < core->n_levels[lane] && core->levels[lane][behind] != cache)
                behind++;
            if (behind == core->n_levels[lane])
                continue;
            while (behind-- > 0) {
                Cache *front = core->levels[lane][behind];
                dirty |= drop(front, line, &found);
                front->counters[LAD_MOVES_INVALIDATIONS] += found ? 1 : 0;
            }
        }
    return dirty;
}

/* Level of data behind a cache of either side. */
static guint
behind_of(const Core *core, guint lane, guint level)
{
    const Cache *cache = core->levels[lane][level];
    for (guint k = 0; k < core->n_levels[LAD_LANE_DATA]; k++)
        if (core->levels[LAD_LANE_DATA][k] == cache)
            return k + 1;
    return level + 1;
}

static void
fill(const Access *access, guint lane, guint level, guint64 line, gboolean dirty)
{
    const Core *core = &access->moves->cores[access->core];
    Cache *cache = core->levels[lane][level];
    LadTags *tags = cache->part.tags;
    const guint32 set = lad_geometry_set(&tags->geometry, line);
    const guint way = choose(access, cache, set);
    guint64 *place = tags->lines + (gsize)set * tags->geometry.n_ways + way;
    guint16 *note = cache->notes + (place - tags->lines);
    const guint64 old = *place;
    gboolean old_dirty = (*note & DIRTY) != 0;
    *place = line;
    *note = (guint16)(access->core | (dirty ? DIRTY : 0));
    tags->replacement.class->fill(&tags->replacement, set, tags->state + (gsize)set * tags->n_words,
                                  way, access->cause);
    if (old == LAD_TAG_EMPTY)
        return;
    if (cache->part.inclusive && level > 0)
        old_dirty |= leave_in_front(access, cache, old);
    cache->counters[LAD_MOVES_WRITEBACKS] += old_dirty ? 1 : 0;
    if (level + 1 < core->n_levels[lane] && core->levels[lane][level + 1]->part.exclusive)
        take_victim(access, lane, level + 1, old, old_dirty);
    else if (old_dirty)
        write_back(access, behind_of(core, lane, level), old);
}

/* A hit in `way`. `below`: of a level behind the first. TRUE if the line leaves it dirty. */
static gboolean
hit(const Access *access, Cache *cache, guint64 line, guint way, gboolean store, gboolean behind)
{
    LadTags *tags = cache->part.tags;
    const LadReplacementClass *class = tags->replacement.class;
    const guint32 set = lad_geometry_set(&tags->geometry, line);
    guint16 *note = &cache->notes[set_of(cache, line) + way];
    if (class->touch != NULL)
        class->touch(&tags->replacement, set, tags->state + (gsize)set * tags->n_words, way,
                     access->cause);
    guint owner = *note & SEVERAL;
    if (is_shared(cache) && owner != access->core) {
        owner = store ? access->core : SEVERAL;
        *note = (guint16)((*note & DIRTY) | owner);
    }
    gboolean dirty = FALSE;
    if (behind && cache->part.exclusive && (!is_shared(cache) || owner == access->core)) {
        dirty = (*note & DIRTY) != 0;
        lad_tags_invalidate(tags, line);
    }
    return dirty;
}

gboolean
lad_moves_access(LadMoves *moves, guint core_number, LadFunctionalCounts *counts, guint64 line,
                 LadCounted kind)
{
    const Access access = {moves, core_number, lad_lane_of(kind), lad_cause_of(kind)};
    const Core *core = &moves->cores[core_number];
    const guint n = core->n_levels[access.lane];
    Cache *const *levels = core->levels[access.lane];
    const gboolean store = kind == LAD_COUNTED_WRITE;
    gboolean dirty = FALSE;
    guint level = 0;
    for (; level < n; level++) {
        LadTags *tags = levels[level]->part.tags;
        guint way = find(levels[level], line);
        counts[level].references[kind]++;
        if (way < tags->geometry.n_ways) {
            dirty = hit(&access, levels[level], line, way, store, level > 0);
            break;
        }
        counts[level].misses[kind]++;
        lad_tags_note_miss(tags, line);
    }
    for (guint k = level; k-- > 0;)
        if (!levels[k]->part.exclusive) {
            fill(&access, access.lane, k, line, dirty);
            dirty = FALSE;
        }
    if (store)
        levels[0]->notes[set_of(levels[0], line) + find(levels[0], line)] |= DIRTY;
    return level == 0;
}
