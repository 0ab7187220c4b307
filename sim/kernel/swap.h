/* swap.h - pages out of memory and back: slots, eviction, writeback, refaults, swap-in.
 *
 * Shared by the files of this room that carry out Linux 6.1's rules (mm/vmscan.c, workingset.c,
 * swapfile.c, swap_slots.c, memory.c). What a reclaim model calls is in memladder/reclaim.h.
 */
#ifndef LAD_KERNEL_SWAP_H
#define LAD_KERNEL_SWAP_H

#include "sim/kernel/cgroup.h"
#include "sim/kernel/state.h"
#include "sim/kernel/swapchain.h"

/* Whether pages can be given up other than by demotion: there is a faulting tier, or a group. */
gboolean lad_swap_is_on(const LadKernel *kernel);
gboolean lad_swap_init(LadKernel *kernel, GError **error);
/* After the policy: have kswapd keep tiers free that nobody else keeps free. */
void lad_swap_setup(LadKernel *kernel);
void lad_swap_free(LadKernel *kernel);

/* ---- Slots (swap.c) ---------------------------------------------------------------------------
 */

/* The page's slot as back ends know it, or LAD_SLOT_NONE. */
guint64 lad_page_slot(const LadKernel *kernel, LadPage page);
/* Give the page a slot and charge it to its group. FALSE: none is left, or swap.max is reached. */
gboolean lad_swap_take_slot(LadKernel *kernel, LadPage page);
/* The page's slot is no longer needed. It stays charged, and its copy alive, until 64 freed slots
 * have been collected. */
void lad_swap_free_slot(LadKernel *kernel, LadPage page);
/* Is swap, or what the group and those above may have of it, half full? Then slots are freed as
 * soon as their pages are in memory. */
gboolean lad_swap_is_full(const LadKernel *kernel, guint group);
/* The page that has a slot; LAD_PAGE_NONE. */
LadPage lad_swap_page_at(const LadKernel *kernel, guint64 slot);
/* Freed slots that are kept back. */
guint lad_swap_n_kept_back(const LadKernel *kernel);
/* Slots that the group may still take. */
guint64 lad_swap_room(const LadKernel *kernel, guint group);
/* Slots in use in an area, those that are only kept back included. */
guint64 lad_swap_used(const LadKernel *kernel, guint area);

/* ---- The working set (workingset.c) ------------------------------------------------------------
 */

/* The page is evicted by a reclaim of `group`: leave its shadow entry. */
void lad_workingset_evict(LadKernel *kernel, LadPage page, guint group);
/* The page has come back, is charged and in its tier: was it evicted too soon? Sets its ACTIVE and
 * WORKINGSET bits. The shadow is gone afterwards. */
void lad_workingset_refault(LadKernel *kernel, LadPage page);

/* ---- Balance of anonymous and file pages (balance.c) -------------------------------------------
 */

/* Reclaiming `n` pages of this type (0 anonymous, 1 files) of the lists has cost something. */
void lad_balance_note_cost(LadKernel *kernel, guint vec, guint type, guint64 n);
/* Before the passes of one priority over the groups below `target`: flush statistics, weigh types,
 * decide whether active pages may be deactivated. Fills the scan. */
void lad_balance_prepare(LadKernel *kernel, LadScan *scan);
/* A reclaim of the target's pages is over: remember how many activations there were. */
void lad_balance_finish(LadKernel *kernel, guint target);

/* ---- Writeback (writeback.c) ------------------------------------------------------------------
 */

/* Deliver writes that ended at or before `until`. */
void lad_writeback_poll(LadKernel *kernel, LadTime until);
/* Dispatch what was written, at the end of a pass; *clock moves on. */
void lad_writeback_unplug(LadKernel *kernel, LadTime *clock);
/* The write of a page has ended. */
void lad_writeback_ended(void *kernel, LadPage page, guint64 slot, LadTime when);
/* Write a dirty file page to its file, in the background. */
void lad_writeback_file(LadKernel *kernel, LadPage page, LadTime now);
/* Forget a page that is being freed. */
void lad_writeback_forget(LadKernel *kernel, LadPage page);

/* ---- Faults (swapin.c) ------------------------------------------------------------------------
 */

/* The array of those that wait, empty. */
GArray *lad_swapin_waiters_new(void);
/* A fault on a page that is not mapped: it is out, or still in memory. Fills the result. */
void lad_swapin_fault(LadKernel *kernel, LadThread *thread, guint core, guint64 vpage, LadPage page,
                      LadAccess access, LadTime now, LadFault *result);
/* A page that is being read is freed: whoever waits for it faults again. */
void lad_swapin_forget(LadKernel *kernel, LadPage page, LadTime now);
/* ---- Read-ahead (readahead.c) -----------------------------------------------------------------
 */

/* Pages to read along with `page`, mapped at `vpage`: up to `most` into `pages`. */
guint lad_readahead_plan(LadKernel *kernel, LadSpace *space, guint64 vpage, LadPage page,
                         LadPage *pages, guint most);
/* A page that was read ahead is used. */
void lad_readahead_hit(LadKernel *kernel, LadSpace *space, guint64 vpage, LadPage page);

/* ---- Reclaim of groups (cgroup_reclaim.c) -----------------------------------------------------
 */

/* Passes of one priority over all groups below `group`, in `tier`. Returns the pages freed; *clock
 * moves on. `target`: pages that the whole reclaim shall free. */
typedef struct {
    guint group;
    guint64 target;
    gboolean background, proactive, force_deactivate;
    LadThread *thread;
    guint core;
    LadTime clock;
    /* Results. */
    guint64 reclaimed, scanned;
    gboolean skipped_deactivate, skipped_low;
    gboolean low_reclaim; /* memory.low is not respected */
} LadGroupReclaim;
/* Fill what a scan needs to know of a group. */
void lad_scan_for_group(LadKernel *kernel, LadScan *scan, guint group);
void lad_group_reclaim_pass(LadKernel *kernel, LadGroupReclaim *reclaim, guint tier,
                            guint priority);

/* Count what reclaim looked at and freed, of the host and of the scan's group. */
void lad_reclaim_count(LadKernel *kernel, const LadScan *scan, gboolean kswapd, guint64 scanned,
                       guint64 reclaimed);

/* ---- Reclaim of named pages (reclaim_pages.c) --------------------------------------------------
 */

/* Give up these pages, whatever the lists say of them; those that are not in memory, or are being
 * read or written, are passed over. Returns how many are gone or on their way; *cost grows by what
 * that takes from `now` on. */
guint64 lad_reclaim_pages(LadKernel *kernel, const LadPage *pages, guint n, LadTime now,
                          LadTime *cost);

/* ---- Conservation (conserve.c) ----------------------------------------------------------------
 */

/* Check that each page is in exactly one place, or in the swap cache and its slot: frames used are
 * pages in memory and page tables, charges are pages, slots are those of pages or kept back, lists
 * hold what is in memory. Walks everything. NULL: all is well; else a sentence, free with g_free.
 */
char *lad_kernel_conserve(const LadKernel *kernel);

#endif
