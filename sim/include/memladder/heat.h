/* heat.h - where a host's memory traffic goes: bytes between the last cache and memory, per page in
 * all, and per range of pages and epoch.
 *
 * Bounded: the totals take 4 bytes per page; the map has at most LAD_HEAT_RANGES ranges and
 * LAD_HEAT_EPOCHS epochs, and when either is full two neighbours become one. Pages are logical
 * pages, which are numbered in order of first touch (within a colour, see ARCHITECTURE.md). Page
 * copies are not in it: they are the kernel's traffic, not the program's.
 */
#ifndef MEMLADDER_HEAT_H
#define MEMLADDER_HEAT_H

#include <memladder/types.h>

G_BEGIN_DECLS

#define LAD_HEAT_RANGES 512
#define LAD_HEAT_EPOCHS 512
/* Unit of the totals in bytes: the smallest line. */
#define LAD_HEAT_UNIT 32

typedef struct LadHeat LadHeat;

/* The fields are for lad_heat_add and the functions below only. */
struct LadHeat {
    guint64 *column;      /* the current epoch's ranges */
    guint range_shift;    /* a range is 2^range_shift pages */
    LadPage n_totals;     /* pages `totals` has room for */
    guint32 *totals;      /* per page, in units of LAD_HEAT_UNIT bytes */
    guint64 *cells;       /* [LAD_HEAT_EPOCHS][LAD_HEAT_RANGES] bytes */
    guint epoch;          /* the current one */
    LadTime epoch_length; /* in ps; 0: the run has no epochs */
    LadPage n_pages;      /* pages touched: highest number + 1 */
    /* Of a first pass for oracles: lines written back, which nobody waits for, are left out, and
     * lines of code are counted apart too, by page. NULL: an ordinary run. */
    GArray *fetches; /* of guint32 */
};

/* `epoch_length` in ps, 0 if the run keeps no time: then everything is in one epoch. */
LadHeat *lad_heat_new(LadTime epoch_length);
void lad_heat_free(LadHeat *heat);
/* Room for `page`: more totals, wider ranges. Called by lad_heat_add. */
void lad_heat_grow(LadHeat *heat, LadPage page);
/* The epoch that holds `now` begins. Called by the run's sampler at each epoch's end. */
void lad_heat_advance(LadHeat *heat, LadTime now);

/* `bytes` of `page` have moved between the last cache and memory. Called once per line. */
static inline void
lad_heat_add(LadHeat *heat, LadPage page, guint32 bytes)
{
    if (G_UNLIKELY(page >= heat->n_pages))
        lad_heat_grow(heat, page);
    heat->totals[page] += bytes / LAD_HEAT_UNIT;
    heat->column[page >> heat->range_shift] += bytes;
}

/* A line of code from `page`; only of a first pass. */
void lad_heat_count_fetch(LadHeat *heat, LadPage page);
/* Pages of the totals (highest logical page with traffic + 1), and the bytes of one of them; a page
 * without traffic has 0 and was either never touched or lies in a gap of the numbering. */
LadPage lad_heat_n_pages(const LadHeat *heat);
LadBytes lad_heat_page_bytes(const LadHeat *heat, LadPage page);
/* The map: ranges and epochs in use, pages of a range, length of an epoch in ps (0: none), bytes of
 * one cell. Epoch e is [e, e + 1) * length from the start of the run. */
guint lad_heat_n_ranges(const LadHeat *heat);
guint lad_heat_n_epochs(const LadHeat *heat);
guint lad_heat_range_pages(const LadHeat *heat);
LadTime lad_heat_epoch_length(const LadHeat *heat);
LadBytes lad_heat_cell(const LadHeat *heat, guint range, guint epoch);

G_END_DECLS
#endif
