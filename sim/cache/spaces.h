/* spaces.h - entries of untimed TLBs that serve several address spaces.
 *
 * As in the timed TLBs: an entry has a page number and up to n address spaces whose mapping of that
 * page is the same. A look-up hits if the page and one of them match. After a miss an entry of the
 * same page and translation takes the address space too, if it has room (a join, which is a miss
 * all the same); else a new one is filled.
 */
#ifndef LAD_CACHE_SPACES_H
#define LAD_CACHE_SPACES_H

#include <memladder/replacement.h>

/* What an address space has at a page: two are the same if they are alike. Called on misses. */
typedef guint64 (*LadTranslateFunc)(void *data, guint space, guint64 page);

typedef struct {
    guint n;     /* address spaces of an entry, at least 1 */
    guint shift; /* a line is a page, and the number of its address space from this bit on */
    LadTranslateFunc translate;
    void *data;
} LadSpacesOptions;

typedef struct LadTags LadTags;

typedef struct {
    LadSpacesOptions options;
    guint32 *members; /* n of each way; G_MAXUINT32: none */
    guint64 *pages;   /* the translation of each way */
    guint64 n_joins;
} LadSpaces;

LadSpaces *lad_spaces_new(const LadSpacesOptions *options, gsize n_ways);
void lad_spaces_free(LadSpaces *spaces);
/* Look `line` up in tags with `spaces`, and bring it in if it is missing; TRUE on a hit. */
gboolean lad_spaces_access(LadTags *tags, guint64 line, LadFillCause cause);

#endif
