/* interval.h - touches of pages that wait to be replayed: those of an interval, or a single one.
 *
 * Level `page` often knows only how often a page was touched between two times. The touches of an
 * interval are gathered, put in a random order, and replayed one after the other; one of great
 * weight takes long and is interrupted by whatever comes up meanwhile. Belongs to a thread, since
 * threads change cores.
 */
#ifndef LAD_INTERVAL_H
#define LAD_INTERVAL_H

#include <memladder/random.h>
#include <memladder/trace.h>

typedef struct {
    guint64 address; /* of the page to touch next */
    guint64 n_pages; /* from there on */
    guint64 weight;  /* touches of each page */
    guint64 writes;  /* of each page, at most weight */
    guint64 left;    /* of the page begun; 0: not begun */
    guint tier;      /* of the page begun */
} LadTouchItem;

typedef struct {
    GArray *items; /* of LadTouchItem */
    guint next;
    gboolean open;      /* after a time stamp: what follows has no known order */
    guint64 total;      /* weight of the items, all pages */
    guint64 done;       /* weight begun */
    guint64 begin, end; /* of the interval in the core's time; end 0: unknown */
    gboolean filling;   /* inside request number 0 */
    gboolean asleep;    /* waits for `wake`, which is in the core's time */
    guint64 wake;
    LadRandom random;
} LadInterval;

LadInterval *lad_interval_new(guint64 seed, guint thread);
void lad_interval_free(LadInterval *interval);
/* Forget what has been replayed. */
void lad_interval_clear(LadInterval *interval);
void lad_interval_add(LadInterval *interval, guint64 address, guint64 n_pages, guint64 weight,
                      guint64 writes);
/* A record of one of the kinds of touches: page and range touches, loads, stores, modifies. FALSE:
 * it is none. */
gboolean lad_interval_add_record(LadInterval *interval, const LadRecord *record);
/* Put the items in a random order. */
void lad_interval_shuffle(LadInterval *interval);

static inline LadTouchItem *
lad_interval_item(const LadInterval *interval)
{
    return interval->next < interval->items->len
               ? &g_array_index(interval->items, LadTouchItem, interval->next)
               : NULL;
}

#endif
