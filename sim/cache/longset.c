/* longset.c - see longset.h. */
#include "config.h"
#include "sim/cache/longset.h"
#include "sim/cache/tags.h"

static guint32
bucket_of(const LadLongSet *set, guint64 line)
{
    return (guint32)((line * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15)) >> set->shift);
}

LadLongSet *
lad_long_set_new(guint32 n_ways)
{
    LadLongSet *set = g_new0(LadLongSet, 1);
    guint bits = 4;
    while (((gsize)1 << bits) < 2 * (gsize)n_ways)
        bits++;
    const gsize n_buckets = (gsize)1 << bits;
    set->n_ways = n_ways;
    set->shift = 64 - bits;
    set->bytes = (n_buckets + 3 * ((gsize)n_ways + 1)) * sizeof(guint32);
    set->memory = g_malloc0(set->bytes);
    set->buckets = set->memory;
    set->chain = set->buckets + n_buckets;
    set->before = set->chain + n_ways + 1;
    set->after = set->before + n_ways + 1;
    for (guint32 way = 0; way <= n_ways; way++) {
        set->after[way] = way == n_ways ? 0 : way + 1;
        set->before[way] = way == 0 ? n_ways : way - 1;
    }
    return set;
}

void
lad_long_set_free(LadLongSet *set)
{
    if (set == NULL)
        return;
    g_free(set->memory);
    g_free(set);
}

guint32
lad_long_set_find(const LadLongSet *set, const guint64 *lines, guint64 line)
{
    guint32 next = set->buckets[bucket_of(set, line)];
    while (next != 0 && lines[next - 1] != line)
        next = set->chain[next - 1];
    return next != 0 ? next - 1 : set->n_ways;
}

static void
unlink_way(LadLongSet *set, guint32 way)
{
    set->after[set->before[way]] = set->after[way];
    set->before[set->after[way]] = set->before[way];
}

/* Between the end and what comes after it is the front. */
static void
put_after(LadLongSet *set, guint32 way, guint32 place)
{
    set->before[way] = place;
    set->after[way] = set->after[place];
    set->before[set->after[place]] = way;
    set->after[place] = way;
}

static void
forget_line(LadLongSet *set, const guint64 *lines, guint32 way)
{
    guint32 *link = &set->buckets[bucket_of(set, lines[way])];
    while (*link != way + 1)
        link = &set->chain[*link - 1];
    *link = set->chain[way];
}

gboolean
lad_long_set_access(LadLongSet *set, guint64 *lines, guint64 line, gboolean move_on_hit)
{
    const guint32 end = set->n_ways;
    guint32 way = lad_long_set_find(set, lines, line);
    const gboolean hit = way != end;
    if (hit && (!move_on_hit || set->after[end] == way))
        return TRUE;
    if (!hit) {
        way = set->before[end];
        if (lines[way] != LAD_TAG_EMPTY)
            forget_line(set, lines, way);
        guint32 *bucket = &set->buckets[bucket_of(set, line)];
        lines[way] = line;
        set->chain[way] = *bucket;
        *bucket = way + 1;
    }
    unlink_way(set, way);
    put_after(set, way, end);
    return hit;
}

void
lad_long_set_drop(LadLongSet *set, guint64 *lines, guint32 way)
{
    forget_line(set, lines, way);
    lines[way] = LAD_TAG_EMPTY;
    unlink_way(set, way);
    put_after(set, way, set->before[set->n_ways]);
}
