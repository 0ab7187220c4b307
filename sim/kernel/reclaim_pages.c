/* reclaim_pages.c - giving up pages that somebody names, whatever the lists say of them.
 *
 * As reclaim_pages() of Linux 6.1 (mm/vmscan.c), which madvise(MADV_PAGEOUT) and DAMON use: each
 * page is taken off its list and paged out without a look at its references. A page whose write to
 * a device has to end first goes back to its list, unmapped, and is freed when it is named again or
 * when reclaim meets it.
 */
#include "config.h"
#include "sim/kernel/pressure.h"
#include "sim/kernel/swap.h"

/* May it be given up now? */
static gboolean
may_go(const LadKernel *kernel, LadPage page)
{
    const LadPageSwap *state = &kernel->swaps[page];
    return kernel->words[page] & LAD_PAGE_LRU &&
           !(state->flags & (LAD_SWAP_OUT | LAD_SWAP_WRITEBACK | LAD_SWAP_LOCKED));
}

static void
count(LadKernel *kernel, guint group, guint64 scanned, guint64 freed)
{
    lad_kernel_account(kernel, LAD_VM_PGSCAN_DIRECT, scanned);
    lad_kernel_account(kernel, LAD_VM_PGSTEAL_DIRECT, freed);
    lad_cgroup_count(kernel, group, LAD_CG_PGSCAN, scanned);
    lad_cgroup_count(kernel, group, LAD_CG_PGSTEAL, freed);
    lad_cgroup_stat_update(kernel, scanned + freed);
}

/* Returns whether it is gone or on its way; *clock moves on. */
static gboolean
give_up(LadKernel *kernel, LadPage page, LadTime *clock)
{
    guint group = lad_page_group(kernel, page), span = lad_page_span(kernel, page);
    gboolean file = (kernel->words[page] & LAD_PAGE_FILE) != 0;
    LadScan scan = {.tier = lad_page_tier(kernel->words[page]),
                    .target = span,
                    .target_group = group,
                    .proactive = TRUE,
                    .now = *clock};
    lad_scan_for_group(kernel, &scan, group);
    lad_lru_withdraw(kernel, page);
    lad_page_change(kernel, page, LAD_PAGE_ISOLATED, LAD_PAGE_REFERENCED);
    lad_scan_look(kernel, &scan, page);
    LadPageout what = lad_pageout(kernel, &scan, page);
    guint64 freed = scan.n_freed;
    if (what != LAD_PAGEOUT_GONE) {
        lad_page_change(kernel, page, 0, LAD_PAGE_ISOLATED);
        kernel->reclaim.class->add(&kernel->reclaim, page, LAD_ARRIVAL_RETURN);
    }
    lad_scan_end_chunk(kernel, &scan, file ? 1 : 0);
    count(kernel, group, span, freed);
    *clock = lad_scan_clock(kernel, &scan);
    return freed > 0 || what == LAD_PAGEOUT_KEEP;
}

guint64
lad_reclaim_pages(LadKernel *kernel, const LadPage *pages, guint n, LadTime now, LadTime *cost)
{
    LadTime clock = now;
    guint64 gone = 0;
    if (!lad_swap_is_on(kernel))
        return 0;
    lad_lru_drain(kernel);
    for (guint i = 0; i < n && !kernel->host->error; i++)
        if (may_go(kernel, pages[i]))
            gone += give_up(kernel, pages[i], &clock) ? 1 : 0;
    lad_writeback_unplug(kernel, &clock);
    lad_kernel_account(kernel, LAD_VM_RECLAIM_PS, clock - now);
    *cost += clock - now;
    return gone;
}
