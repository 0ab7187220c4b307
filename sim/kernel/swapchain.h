/* swapchain.h - chains of back ends for pages that are swapped out.
 *
 * `next` in a faulting tier's group names the tier below it: zswap before SSD before remote memory.
 * A page goes to the first tier of its cgroup's chain that takes it. It is passed on where a tier
 * refuses it (incompressible, pool or device full), and moved on later from a compressed pool that
 * writes back its oldest pages, or after it lay in a tier for longer than `next-age`.
 *
 * Tiers whose chains have the same end form one swap area, with slots of its own: the place of a
 * page in the area, whichever of its tiers holds it, as in Linux, where zswap stands before a swap
 * device and uses its slots. A slot's number has the area above LAD_SLOT_AREA_SHIFT.
 */
#ifndef LAD_KERNEL_SWAPCHAIN_H
#define LAD_KERNEL_SWAPCHAIN_H

#include "sim/kernel/kernel.h"
#include <memladder/tier.h>

#define LAD_SLOT_AREA_SHIFT 40
#define LAD_SLOT_NONE       G_MAXUINT64

typedef enum {
    LAD_CHAIN_STORED, /* the copy is safe: the page may be freed now */
    LAD_CHAIN_QUEUED, /* a write to a block device is under way; the end is told by `ended` */
    LAD_CHAIN_FAILED, /* no tier of the chain takes it: it stays in memory */
} LadChainResult;

typedef struct LadSwapChain LadSwapChain;

/* ---- Making --------------------------------------------------------------------------------- */

/* For lad_tiers_build: tiers have their `next`. Refuses chains that loop, naming their tiers, and
 * ones that lead to a byte-addressable tier. CONFIG. */
gboolean lad_chain_check(LadHost *host, LadConfig *config, GError **error);
/* After the tiers: areas, empty. Frees with lad_chain_free. */
gboolean lad_chain_init(LadKernel *kernel, GError **error);
void lad_chain_free(LadKernel *kernel);

/* Whether there is a faulting tier at all. */
gboolean lad_chain_exists(const LadKernel *kernel);
/* The first tier of the chain of a cgroup that names none: the first faulting tier that is no
 * other's `next`; LAD_TIER_NONE if there is no faulting tier. */
guint lad_chain_default(const LadKernel *kernel);
/* The faulting tier of this name; LAD_TIER_NONE with CONFIG if there is none or it is no
 * faulting one. `where` begins the message. */
guint lad_chain_find(const LadKernel *kernel, const char *name, const char *where, GError **error);

/* ---- Areas ---------------------------------------------------------------------------------- */

guint lad_chain_n_areas(const LadKernel *kernel);
/* The area of the chain that begins at tier `first`. */
guint lad_chain_area(const LadKernel *kernel, guint first);
/* How many pages the block devices of the area hold together, and so how many slots it has; for an
 * area of compressed pools alone, as many as there can be pages. */
guint64 lad_chain_area_slots(const LadKernel *kernel, guint area);

/* ---- Pages in and out ----------------------------------------------------------------------- */

/* Who is told that the write of a page to a block device has ended (the pages of lad_chain_store,
 * not those that the chain moves on by itself). Once, before the run. */
typedef void (*LadChainEnded)(void *owner, LadPage page, guint64 slot, LadTime time);
void lad_chain_set_owner(LadKernel *kernel, void *owner, LadChainEnded ended);

/* Write a page out to its slot by the chain that begins at tier `first`, on behalf of cgroup
 * `group`, which pays for compressed bytes. `kswapd`: the writer is kswapd. *now grows by the CPU
 * time of compression, refused ones included, and by sleeps in the block layer. A copy that the
 * slot has in another tier is dropped. The page's owners must still be known (its contents are
 * looked up by them). */
LadChainResult lad_chain_store(LadKernel *kernel, guint group, guint first, LadPage page,
                               guint64 slot, gboolean kswapd, LadTime *now);
/* How long the latest lad_chain_store slept in block layers; the rest of its time was CPU work. */
LadTime lad_chain_slept(const LadKernel *kernel);
/* Dispatch what was written to the chain's block devices: at the end of a reclaim pass. */
void lad_chain_unplug(LadKernel *kernel, guint first, LadTime *now);
/* Bring the page in a slot back: the time when it is there, or LAD_PENDING, and then
 * done(time, data, argument) later. The copy is kept unless the tier frees it on swap-in
 * (`exclusive`); then lad_chain_holder is LAD_TIER_NONE afterwards and the page must be made dirty.
 */
LadTime lad_chain_load(LadKernel *kernel, LadPage page, guint64 slot, LadTime now,
                       LadEventFunc done, void *data, guint64 argument);
/* The tier that has the copy, LAD_TIER_NONE: no copy (yet). */
guint lad_chain_holder(const LadKernel *kernel, guint64 slot);
/* Whether loading from the holder is the caller's CPU work (decompression), not I/O. */
gboolean lad_chain_is_synchronous(const LadKernel *kernel, guint64 slot);
/* The slot is free: its copy is no longer needed. */
void lad_chain_discard(LadKernel *kernel, LadPage page, guint64 slot);

#endif
