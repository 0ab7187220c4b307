/* first_misses.h - which lines have missed in a cache before: a miss of any other is compulsory. */
#ifndef LAD_CACHE_FIRST_MISSES_H
#define LAD_CACHE_FIRST_MISSES_H

#include <glib.h>

/* A set of line numbers: open addressing. Grows as lines come; a functional run does so anyway with
 * its code. */
typedef struct {
    guint64 *places; /* G_MAXUINT64: free */
    guint bits;
    guint64 n;
} LadFirstMisses;

void lad_first_misses_init(LadFirstMisses *misses);
void lad_first_misses_clear(LadFirstMisses *misses);
/* `line`, below G_MAXUINT64, has missed. */
void lad_first_misses_add(LadFirstMisses *misses, guint64 line);

#endif
