/* agescan.h - how long pages have not been touched: scans of the accessed bits, as kstaled does.
 *
 * Each scan finds every page of a group touched since the last one (age 0) or a scan older. Reclaim
 * and the scan both test and clear the accessed bits; so that neither takes them from the other, a
 * page has two further bits, like the kernel's young and idle flags: cleared by one is remembered
 * for the other.
 */
#ifndef LAD_KERNEL_AGESCAN_H
#define LAD_KERNEL_AGESCAN_H

#include "sim/kernel/kernel.h"
#include <memladder/offload.h>

typedef struct LadAgeScan LadAgeScan;

typedef struct {
    guint8 age;   /* scans in a row without a touch; 255: or more */
    guint8 flags; /* LAD_AGE_* */
} LadPageAge;

#define LAD_AGE_YOUNG (1u << 0) /* touched, says a scan; reclaim has not looked since */
#define LAD_AGE_USED  (1u << 1) /* touched, says reclaim; no scan has looked since */
#define LAD_AGE_REFUSED                                                                            \
    (1u << 2) /* no back end took it (incompressible), and it was not touched since */

/* Scan the pages of `group` and all below every `period` of kernel time, in `n_slices` parts spread
 * over it, beginning a part's time after `start` (simulated); `core` pays. Frees with
 * lad_agescan_free. NULL with CAPACITY if there is no memory for ages. */
LadAgeScan *lad_agescan_new(LadKernel *kernel, guint group, LadTime period, guint n_slices,
                            LadTime start, guint core, GError **error);
void lad_agescan_free(LadAgeScan *scan);
const LadAges *lad_agescan_ages(const LadAgeScan *scan);
/* Show its counters as those of `part`, "ages_web". */
void lad_agescan_show(LadAgeScan *scan, const char *part);
extern const LadCounter lad_agescan_counters[];

/* Scan the next slice at once; for tests and drivers without events. */
void lad_agescan_step(LadAgeScan *scan, LadTime now);

/* The page that follows `page` (LAD_PAGE_NONE: the first) among those of the group that are in
 * memory, may be moved, were not refused by all back ends since their last touch and are at least
 * of age `age`; LAD_PAGE_NONE: no more. Of a huge page its first. */
LadPage lad_agescan_next(const LadAgeScan *scan, LadPage page, guint age);

/* Reclaim has tested and cleared a page's accessed bit, which was `accessed`: what it should take
 * it for. */
gboolean lad_ages_noticed(LadKernel *kernel, LadPage page, gboolean accessed);
/* The arrays go. */
void lad_ages_free(LadKernel *kernel);

#endif
