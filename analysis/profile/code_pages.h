/* code_pages.h - what is kept of each page of code. Within the profile of code. */
#ifndef LAD_PROFILE_CODE_PAGES_H
#define LAD_PROFILE_CODE_PAGES_H

#include <glib.h>

#define LAD_CODE_SLICES 32 /* of each stream, for the map over time */

typedef struct {
    guint64 place;                   /* number of the page's place */
    guint64 lines;                   /* that were executed, a bit each */
    guint64 fetches;                 /* of lines, by the block */
    guint64 slices[LAD_CODE_SLICES]; /* the same by time */
    guint32 n_streams, n_spaces;     /* that executed it */
    guint32 last_stream, last_space; /* + 1 */
} LadCodePage;

/* Events by page and core: misses of its I-TLB, or samples of a processor. */
typedef struct {
    GHashTable *cores;  /* core + 1 to index + 1 */
    GArray *numbers;    /* guint64: cores, in order of appearance */
    GArray *sums;       /* guint64: events of each */
    GPtrArray *by_core; /* of GHashTable: page to guint64[2], the halves */
} LadCodeEvents;

LadCodeEvents *lad_code_events_new(void);
void lad_code_events_free(LadCodeEvents *events);
void lad_code_events_add(LadCodeEvents *events, guint64 core, guint64 page, guint64 n);
/* Pearson's correlation of two cores, over all pages that have events at any core. `quiet`: as it
 * would be if events were not few: over the root of the product of the cores' reliabilities, told
 * from two halves of the events of each, 16 events to the one and 16 to the other in turn. */
double lad_code_events_correlate(const LadCodeEvents *events, guint a, guint b, double *quiet);
guint lad_code_events_n_cores(const LadCodeEvents *events);
guint64 lad_code_events_core(const LadCodeEvents *events, guint index);
guint64 lad_code_events_sum(const LadCodeEvents *events, guint index);
guint lad_code_events_n_pages(const LadCodeEvents *events);

#endif
