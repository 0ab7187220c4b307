/* touch.h - many touches of pages at once, for cores that keep no caches (level page).
 *
 * A touch looks its page up, sets the accessed bit, and the dirty bit if it writes, and takes a
 * time that depends on the tier. Where the page is not there, or a fault is due, it stops and
 * leaves the touch to lad_kernel_fault. Times are in units of the caller's choosing.
 */
#ifndef LAD_TOUCH_H
#define LAD_TOUCH_H

#include "sim/kernel/kernel.h"

typedef struct {
    guint64 now;                    /* moves on by the cost of each touch */
    guint64 bound;                  /* no touch begins at or after it */
    guint64 cost[LAD_MAX_TIERS];    /* of a touch, by the tier of its page */
    guint64 touches[LAD_MAX_TIERS]; /* made */
    guint64 writes[LAD_MAX_TIERS];  /* among them */
    guint64 address_offset;         /* added to all addresses */
    guint32 heat_bytes;             /* that each touch adds to the map of traffic; 0: none */
} LadTouches;

/* Touch `n` addresses in order; `writes` has 1 for each that writes, else 0. Returns how many were
 * touched: fewer if the bound is reached (now >= bound) or else if the next one faults. What
 * addresses are known, `n_known` >= n of them, are those that will probably be touched next. */
guint lad_kernel_touch(LadKernel *kernel, LadProcess *process, LadTouches *touches,
                       const guint64 *addresses, guint n_known, const guint8 *writes, guint n);

/* Set the bits of the page at `address` for touches of which the caller keeps count and time.
 * FALSE if it faults; then nothing has changed. *tier: that holds it. */
gboolean lad_kernel_touch_page(LadKernel *kernel, LadProcess *process, guint64 address,
                               gboolean write, guint64 heat_bytes, guint *tier);

/* The tiers of `n` pages from `address` on; LAD_TIER_NONE where nothing is mapped. */
void lad_kernel_page_tiers(LadKernel *kernel, LadProcess *process, guint64 address, guint64 n,
                           guint8 *tiers);

#endif
