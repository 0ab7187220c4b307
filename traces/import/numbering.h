/* numbering.h - numbers for keys, in the order in which they first appear. */
#ifndef LAD_IMPORT_NUMBERING_H
#define LAD_IMPORT_NUMBERING_H

#include <glib.h>

/* A key's numbers: the first of them, and how many it has. */
typedef struct {
    guint64 key;
    guint64 first;
    guint64 count; /* 0: a free place */
} LadNumbered;

typedef struct {
    LadNumbered *places; /* open addressing */
    guint bits;
    guint64 n_keys;
    guint64 next; /* the first number not given yet */
} LadNumbering;

void lad_numbering_init(LadNumbering *numbering);
void lad_numbering_clear(LadNumbering *numbering);
/* The first of the at least `count` numbers of `key`, which are successive. A key that needs more
 * than it has gets new ones. */
guint64 lad_numbering_extent(LadNumbering *numbering, guint64 key, guint64 count);

static inline guint64
lad_numbering_of(LadNumbering *numbering, guint64 key)
{
    return lad_numbering_extent(numbering, key, 1);
}

#endif
