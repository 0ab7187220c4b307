/* longset.h - the order of the ways of a set that is too long to be searched.
 *
 * For fully associative caches of more than LAD_GEOMETRY_MAX_WAYS ways, under LRU or FIFO: a hash
 * table from line to way, and a list of the ways, most recent (or youngest) first. The lines
 * themselves stay in their ways, with LAD_TAG_EMPTY where there is none; the order of empty ways is
 * last. Every operation takes a time that does not depend on the number of ways.
 */
#ifndef LAD_CACHE_LONGSET_H
#define LAD_CACHE_LONGSET_H

#include <glib.h>

typedef struct {
    guint32 n_ways;
    guint32 shift;           /* of a hash, to a bucket */
    guint32 *buckets;        /* first way of a chain, plus 1; 0: none */
    guint32 *chain;          /* by way: the next in its bucket, plus 1 */
    guint32 *before, *after; /* by way and n_ways, which stands for both ends of the list */
    gpointer memory;
    gsize bytes;
} LadLongSet;

/* `n_ways` at least 1. */
LadLongSet *lad_long_set_new(guint32 n_ways);
void lad_long_set_free(LadLongSet *set);

/* The way that holds `line`, or n_ways. `lines`: by way. */
guint32 lad_long_set_find(const LadLongSet *set, const guint64 *lines, guint64 line);
/* Look `line` up and bring it in if it is missing; TRUE on a hit, which is moved to the front if
 * `move_on_hit`. */
gboolean lad_long_set_access(LadLongSet *set, guint64 *lines, guint64 line, gboolean move_on_hit);
/* Empty `way`, which holds a line. */
void lad_long_set_drop(LadLongSet *set, guint64 *lines, guint32 way);

#endif
