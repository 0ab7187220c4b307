/* tags.h - the lines that one cache or TLB holds, without time.
 *
 * A set is n_ways words, one line each. Under LRU and FIFO the words themselves are in order, most
 * recent (or youngest) first, so that the usual hit is found early and no other state is kept;
 * under the others a line stays in its way and the set has words of state. The order of empty words
 * is last, so they are filled first. One long set (longset.h) keeps its order apart.
 */
#ifndef LAD_CACHE_TAGS_H
#define LAD_CACHE_TAGS_H

#include "sim/cache/first_misses.h"
#include "sim/cache/geometry.h"
#include "sim/cache/longset.h"
#include "sim/cache/spaces.h"
#include <memladder/recency.h>
#include <memladder/replacement.h>

/* No line: lines are addresses shifted right. */
#define LAD_TAG_EMPTY G_MAXUINT64

typedef enum {
    LAD_POLICY_LRU,
    LAD_POLICY_FIFO,
    LAD_POLICY_TREE,
    LAD_POLICY_RANDOM,
    LAD_POLICY_MODEL, /* through the hooks of the class, or in a long set */
} LadPolicy;

struct LadTags {
    LadGeometry geometry;
    LadPolicy policy;
    guint depth;          /* of the tree, TREE only */
    guint n_words;        /* of state per set */
    guint64 all;          /* a bit for every way */
    gboolean masked;      /* not all ways may be filled by all: policy is MODEL */
    guint64 allowed[2];   /* ways to fill with data and with instructions */
    guint64 *lines;       /* n_sets * n_ways */
    guint64 *state;       /* n_sets * n_words */
    gpointer memory;      /* that holds both */
    LadLongSet *long_set; /* of LRU and FIFO with more ways than fit the words; NULL: none */
    LadSpaces *spaces;    /* entries serve several address spaces; NULL: they do not */
    LadReplacement replacement;
    /* Kept by whoever looks up, if it wants to: bits of a line to tell it by, 0: not kept. */
    guint64 first_miss_mask;
    LadFirstMisses first_misses;
};

/* An empty cache. `params` (of the class's options, borrowed; NULL if it has none) and `geometry`
 * must be valid; `name` names its random stream, drawn from `seed`. Errors: CONFIG if the model
 * cannot do so many ways or refuses its parameters. */
gboolean lad_tags_init(LadTags *tags, const LadGeometry *geometry, const LadReplacementClass *class,
                       void *params, const char *name, guint64 seed, GError **error);
/* The same for a cache where `allowed` may be set to less than all ways. */
gboolean lad_tags_init_masked(LadTags *tags, const LadGeometry *geometry,
                              const LadReplacementClass *class, void *params, const char *name,
                              guint64 seed, GError **error);
/* Entries serve several address spaces from now on: lines are looked up, and no longer dropped.
 * After lad_tags_init_masked. */
void lad_tags_set_spaces(LadTags *tags, const LadSpacesOptions *options);
void lad_tags_clear(LadTags *tags);
/* Drop all lines. */
void lad_tags_empty(LadTags *tags);
/* Bytes of memory it takes. */
gsize lad_tags_memory(const LadTags *tags);
/* Drop a line; TRUE if it was there. */
gboolean lad_tags_invalidate(LadTags *tags, guint64 line);
/* Whether a line is there; changes nothing. */
gboolean lad_tags_contains(const LadTags *tags, guint64 line);

/* Look up and fill under a policy without hooks for hot loops; the parts of lad_tags_access. */
gboolean lad_tags_access_model(LadTags *tags, guint32 set, guint64 line, LadFillCause cause);

static inline gboolean
lad_tags_access_ordered(guint64 *lines, guint n_ways, guint64 line, gboolean move_on_hit)
{
    if (lines[0] == line)
        return TRUE;
    guint way = 1;
    while (way < n_ways && lines[way] != line)
        way++;
    gboolean hit = way < n_ways;
    if (hit && !move_on_hit)
        return TRUE;
    for (guint i = hit ? way : n_ways - 1; i > 0; i--)
        lines[i] = lines[i - 1];
    lines[0] = line;
    return hit;
}

/* The way that holds `line`, or n_ways. */
static inline guint
lad_tags_find(const guint64 *lines, guint n_ways, guint64 line)
{
    guint way = 0;
    while (way < n_ways && lines[way] != line)
        way++;
    return way;
}

static inline gboolean
lad_tags_access_tree(LadTags *tags, guint32 set, guint64 line)
{
    guint n_ways = tags->geometry.n_ways;
    guint64 *lines = tags->lines + (gsize)set * n_ways;
    guint way = lad_tags_find(lines, n_ways, line);
    gboolean hit = way < n_ways;
    if (!hit) {
        way = lad_tags_find(lines, n_ways, LAD_TAG_EMPTY);
        if (way == n_ways)
            way = lad_tree_victim(tags->state[set], tags->depth, tags->all);
        lines[way] = line;
    }
    tags->state[set] = lad_tree_touch(tags->state[set], tags->depth, way);
    return hit;
}

static inline gboolean
lad_tags_access_random(LadTags *tags, guint32 set, guint64 line)
{
    guint n_ways = tags->geometry.n_ways;
    guint64 *lines = tags->lines + (gsize)set * n_ways;
    if (lad_tags_find(lines, n_ways, line) < n_ways)
        return TRUE;
    guint way = lad_tags_find(lines, n_ways, LAD_TAG_EMPTY);
    if (way == n_ways)
        way = (guint)lad_random_below(&tags->replacement.random, n_ways);
    lines[way] = line;
    return FALSE;
}

/* Look `line` up and bring it in if it is missing; TRUE on a hit. `policy` must be tags->policy:
 * with a constant the compiler keeps one branch of it. */
static inline __attribute__((always_inline)) gboolean
lad_tags_access(LadTags *tags, guint64 line, LadFillCause cause, LadPolicy policy)
{
    guint32 set = lad_geometry_set(&tags->geometry, line);
    guint n_ways = tags->geometry.n_ways;
    guint64 *lines = tags->lines + (gsize)set * n_ways;
    switch (policy) {
    case LAD_POLICY_LRU:
        return lad_tags_access_ordered(lines, n_ways, line, TRUE);
    case LAD_POLICY_FIFO:
        return lad_tags_access_ordered(lines, n_ways, line, FALSE);
    case LAD_POLICY_TREE:
        return lad_tags_access_tree(tags, set, line);
    case LAD_POLICY_RANDOM:
        return lad_tags_access_random(tags, set, line);
    default:
        return lad_tags_access_model(tags, set, line, cause);
    }
}

/* `line` has just missed. */
static inline void
lad_tags_note_miss(LadTags *tags, guint64 line)
{
    if (tags->first_miss_mask != 0)
        lad_first_misses_add(&tags->first_misses, line & tags->first_miss_mask);
}

/* Bring the set of `line` into the host's cache. */
static inline void
lad_tags_prefetch(const LadTags *tags, guint64 line)
{
    guint32 set = lad_geometry_set(&tags->geometry, line);
    const guint64 *lines = tags->lines + (gsize)set * tags->geometry.n_ways;
    __builtin_prefetch(lines);
    if (tags->geometry.n_ways > 8)
        __builtin_prefetch(lines + 8);
}

#endif
