/* pageout.c - giving up one page that a reclaim model has found unused: shrink_folio_list of Linux.
 *
 * An anonymous page gets a slot, which makes it dirty; it is unmapped; clean, it is freed, and
 * dirty, written. A write to compressed memory is done at once and the page is freed; one to a
 * device is under way when the page goes back to its list, and a later scan frees it (writeback.c).
 * A dirty file page is written in the background and freed later. A freed page leaves a shadow
 * entry. Source: Linux 6.1 mm/vmscan.c shrink_folio_list, pageout, __remove_mapping. Costs of each
 * step: [kernel].
 */
#include "config.h"
#include "sim/kernel/swap.h"

void
lad_page_count(LadKernel *kernel, LadPage page, guint counter, guint64 n)
{
    lad_kernel_account(kernel, (LadVmCounter)counter, n);
    if (kernel->n_groups == 1)
        return;
    guint group = lad_page_group(kernel, page);
    LadCgroupCounter row = counter == LAD_VM_PGACTIVATE     ? LAD_CG_PGACTIVATE
                           : counter == LAD_VM_PGDEACTIVATE ? LAD_CG_PGDEACTIVATE
                                                            : LAD_CG_PGREFILL;
    lad_cgroup_count(kernel, group, row, n);
    lad_cgroup_stat_update(kernel, n);
}

LadTime
lad_scan_clock(const LadKernel *kernel, const LadScan *scan)
{
    return scan->now + scan->n_looked * kernel->params.reclaim_scan_cost +
           scan->n_deactivated * kernel->params.deactivate_cost + scan->cost + scan->slept;
}

gboolean
lad_scan_has_swap(const LadKernel *kernel, const LadScan *scan)
{
    return !scan->swapping || scan->demoting || lad_swap_room(kernel, scan->group) > 0;
}

guint
lad_page_swap_flags(const LadKernel *kernel, LadPage page)
{
    return kernel->swaps[page].flags;
}

void
lad_page_swap_change(LadKernel *kernel, LadPage page, guint set, guint clear)
{
    LadPageSwap *state = &kernel->swaps[lad_page_head(kernel->words[page], page)];
    state->flags = (guint16)((state->flags & ~clear) | set);
}

gboolean
lad_page_is_swapcached(const LadKernel *kernel, LadPage page)
{
    return kernel->swaps[page].slot != 0;
}

gboolean
lad_page_is_dirty(const LadKernel *kernel, LadPage page)
{
    return kernel->words[page] & LAD_PAGE_DIRTY || kernel->swaps[page].flags & LAD_SWAP_DIRTY;
}

void
lad_scan_poll(LadKernel *kernel, const LadScan *scan)
{
    if (scan->swapping)
        lad_writeback_poll(kernel, lad_scan_clock(kernel, scan));
}

void
lad_scan_look(LadKernel *kernel, LadScan *scan, LadPage page)
{
    if (kernel->words[page] & LAD_PAGE_PRESENT || !scan->swapping)
        scan->n_looked++;
    else
        scan->cost += kernel->params.scan_unmapped_cost;
    lad_scan_poll(kernel, scan);
}

static void
unmap(LadKernel *kernel, LadScan *scan, LadPage page)
{
    LadPageWord *word = &kernel->words[page];
    scan->cost += lad_rmap_shootdown(kernel, page, lad_scan_clock(kernel, scan));
    scan->cost += kernel->params.unmap_cost;
    if (*word & LAD_PAGE_DIRTY)
        kernel->swaps[page].flags |= LAD_SWAP_DIRTY;
    *word &= ~(LAD_PAGE_PRESENT | LAD_PAGE_ACCESSED | LAD_PAGE_DIRTY | LAD_PAGE_HINT);
    lad_cgroup_stat_update(kernel, 1);
}

/* The page is clean and unmapped: its frame is free, its copy below is all there is. */
static void
evict(LadKernel *kernel, LadScan *scan, LadPage page)
{
    LadPageSwap *state = &kernel->swaps[page];
    gint64 bytes = -(gint64)LAD_PAGE_BYTES;
    gboolean file = (kernel->words[page] & LAD_PAGE_FILE) != 0;
    scan->cost += kernel->params.free_cost;
    if (state->flags & LAD_SWAP_ROTATING)
        lad_writeback_forget(kernel, page);
    lad_workingset_evict(kernel, page, scan->target_group);
    state->flags = LAD_SWAP_OUT | (state->flags & LAD_SWAP_WORKINGSET);
    kernel->words[page] &= ~(LAD_PAGE_ISOLATED | LAD_PAGE_ACTIVE | LAD_PAGE_REFERENCED |
                             LAD_PAGE_DEMOTED | LAD_PAGE_PROMOTED | LAD_PAGE_RECLAIM_MASK);
    lad_frames_give(kernel, lad_page_tier(kernel->words[page]), 1);
    lad_kernel_account(kernel, LAD_VM_PGFREE, 1);
    lad_cgroup_level(kernel, state->group, file ? LAD_CG_FILE : LAD_CG_ANON, bytes);
    if (state->slot)
        lad_cgroup_level(kernel, state->group, LAD_CG_SWAPCACHED, bytes);
    scan->n_freed++;
    scan->reclaimed++;
    lad_cgroup_stat_update(kernel, 2); /* NR_SWAPCACHE or NR_FILE_PAGES, PGPGOUT */
}

static LadPageout
write_out(LadKernel *kernel, LadScan *scan, LadPage page)
{
    LadPageSwap *state = &kernel->swaps[page];
    guint group = state->group;
    state->flags =
        (guint16)((state->flags & ~LAD_SWAP_DIRTY) | LAD_SWAP_RECLAIM | LAD_SWAP_WRITEBACK);
    scan->cost += kernel->params.swap_write_cost;
    LadTime begin = lad_scan_clock(kernel, scan), end = begin;
    LadChainResult result = lad_chain_store(kernel, group, lad_cgroup(kernel, group)->backend, page,
                                            lad_page_slot(kernel, page), scan->background, &end);
    LadTime slept = lad_chain_slept(kernel);
    scan->cost += end - begin - slept;
    scan->slept += slept;
    if (result == LAD_CHAIN_FAILED) {
        state->flags =
            (guint16)((state->flags & ~(LAD_SWAP_RECLAIM | LAD_SWAP_WRITEBACK)) | LAD_SWAP_DIRTY);
        return LAD_PAGEOUT_ACTIVATE;
    }
    scan->n_written++;
    lad_cgroup_stat_update(kernel, 1);
    if (result == LAD_CHAIN_QUEUED) {
        lad_cgroup_count(kernel, group, LAD_CG_PSWPOUT, 1);
        lad_kernel_account(kernel, LAD_VM_PSWPOUT, 1);
        return LAD_PAGEOUT_KEEP;
    }
    state->flags &= (guint16) ~(LAD_SWAP_RECLAIM | LAD_SWAP_WRITEBACK);
    evict(kernel, scan, page);
    return LAD_PAGEOUT_GONE;
}

static LadPageout
split(LadKernel *kernel, LadScan *scan, LadPage page)
{
    LadProcess *process;
    guint64 vpage;
    lad_rmap_get(kernel, page, 0, &process, &vpage);
    return lad_page_split(kernel, process->space, vpage, lad_scan_clock(kernel, scan))
               ? LAD_PAGEOUT_GONE
               : LAD_PAGEOUT_ACTIVATE;
}

static LadPageout
page_out_file(LadKernel *kernel, LadScan *scan, LadPage page)
{
    if (kernel->words[page] & LAD_PAGE_PRESENT)
        unmap(kernel, scan, page);
    if (kernel->swaps[page].flags & LAD_SWAP_DIRTY) {
        kernel->swaps[page].flags &= (guint16)~LAD_SWAP_DIRTY;
        lad_writeback_file(kernel, page, lad_scan_clock(kernel, scan));
        return LAD_PAGEOUT_ACTIVATE;
    }
    evict(kernel, scan, page);
    return LAD_PAGEOUT_GONE;
}

LadPageout
lad_pageout(LadKernel *kernel, LadScan *scan, LadPage page)
{
    LadPageSwap *state = &kernel->swaps[page];
    if (state->flags & LAD_SWAP_LOCKED)
        return LAD_PAGEOUT_KEEP;
    if (state->flags & LAD_SWAP_WRITEBACK) {
        state->flags |= LAD_SWAP_RECLAIM;
        return LAD_PAGEOUT_ACTIVATE;
    }
    if (kernel->words[page] & LAD_PAGE_HUGE)
        return split(kernel, scan, page);
    if (kernel->words[page] & LAD_PAGE_FILE)
        return page_out_file(kernel, scan, page);
    if (state->slot == 0) {
        if (!lad_swap_take_slot(kernel, page))
            return LAD_PAGEOUT_ACTIVATE;
        state->flags |= LAD_SWAP_DIRTY;
        lad_cgroup_level(kernel, state->group, LAD_CG_SWAPCACHED, LAD_PAGE_BYTES);
        lad_cgroup_stat_update(kernel, 1);
    }
    if (kernel->words[page] & LAD_PAGE_PRESENT)
        unmap(kernel, scan, page);
    if (state->flags & LAD_SWAP_DIRTY)
        return write_out(kernel, scan, page);
    evict(kernel, scan, page);
    return LAD_PAGEOUT_GONE;
}

/* Reclaim activates a page: if slots are scarce, that of a page in use is freed. */
void
lad_scan_activated(LadKernel *kernel, LadScan *scan, LadPage page)
{
    LadPageSwap *state = &kernel->swaps[page];
    if (!scan->swapping)
        return;
    if (state->slot && !(state->flags & (LAD_SWAP_WRITEBACK | LAD_SWAP_LOCKED)) &&
        lad_swap_is_full(kernel, state->group)) {
        lad_swap_free_slot(kernel, page);
        state->flags |= LAD_SWAP_DIRTY;
    }
}

void
lad_scan_end_chunk(LadKernel *kernel, LadScan *scan, guint type)
{
    if (!scan->swapping)
        return;
    if (scan->n_freed)
        lad_cgroup_uncharge(kernel, scan->group, scan->n_freed);
    lad_balance_note_cost(kernel, scan->vec, type, scan->n_written);
    lad_cgroup_stat_update(kernel, scan->n_freed);
    scan->n_freed = scan->n_written = 0;
}
