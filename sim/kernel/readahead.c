/* readahead.c - which pages are read along with one that is swapped in.
 *
 * A window grows with the hits of the last one: hits + 2 pages rounded up to a power of two, at
 * most 2^page-cluster; without hits 2 if the fault is next to the last one, else 1; no less than
 * half of the last window. `vma`: the window lies around the faulting address, in the direction of
 * the last fault, within its table of 2 MiB; `cluster`: an aligned window of slots around its slot.
 * Source: Linux 6.1 mm/swap_state.c. The state is one per address space, and of the kernel's one
 * per VMA.
 */
#include "config.h"
#include "sim/kernel/swap.h"

#define MAX_HITS 255

/* __swapin_nr_pages */
static guint
window(guint64 last, guint64 at, guint hits, guint most, guint last_window)
{
    guint pages = hits + 2;
    if (pages == 2) {
        if (at != last + 1 && at + 1 != last)
            pages = 1;
    } else {
        guint rounded = 4;
        while (rounded < pages)
            rounded <<= 1;
        pages = rounded;
    }
    return MAX(MIN(pages, most), last_window / 2);
}

static gboolean
is_wanted(const LadKernel *kernel, LadPage page, LadPage except)
{
    return page != LAD_PAGE_NONE && page != except && kernel->swaps[page].flags & LAD_SWAP_OUT &&
           kernel->swaps[page].slot;
}

static guint
plan_vma(LadKernel *kernel, LadSpace *space, guint64 vpage, LadPage page, guint limit,
         LadPage *pages, guint most)
{
    LadReadahead *state = &space->readahead;
    guint64 last = state->last, first = vpage & ~(guint64)(LAD_HUGE_PAGES - 1);
    guint n = 0, win = window(last, vpage, state->window ? state->hits : 4, limit, state->window);
    *state = (LadReadahead){.last = vpage, .window = win};
    if (win <= 1)
        return 0;
    guint64 left = vpage == last + 1 ? 0 : last == vpage + 1 ? win - 1 : (win - 1) / 2;
    guint64 from = MAX(vpage > left ? vpage - left : 0, first);
    guint64 to = MIN(vpage - left + win, first + LAD_HUGE_PAGES);
    const LadRegion *region = lad_region_find(space, vpage);
    if (region) {
        from = MAX(from, region->start);
        to = MIN(to, region->end);
    }
    for (guint64 at = from; at < to && n < most; at++) {
        gboolean huge;
        LadPage other = lad_space_find(space, at, &huge);
        if (is_wanted(kernel, other, page))
            pages[n++] = other;
    }
    return n;
}

static guint
plan_cluster(LadKernel *kernel, LadPage page, guint limit, LadPage *pages, guint most)
{
    LadReadahead *state = &kernel->readahead;
    guint64 slot = lad_page_slot(kernel, page);
    if (slot == LAD_SLOT_NONE)
        return 0;
    guint n = 0, hits = state->hits;
    guint win = window(state->last, slot, hits, limit, state->window);
    state->hits = 0;
    state->window = win;
    if (!hits)
        state->last = slot;
    guint mask = 1;
    while (mask * 2 <= win)
        mask *= 2;
    guint64 first = slot & ~(guint64)(mask - 1);
    for (guint64 at = first; at < first + mask && n < most; at++) {
        LadPage other = lad_swap_page_at(kernel, at);
        if (is_wanted(kernel, other, page))
            pages[n++] = other;
    }
    return n;
}

guint
lad_readahead_plan(LadKernel *kernel, LadSpace *space, guint64 vpage, LadPage page, LadPage *pages,
                   guint most)
{
    guint limit = 1u << kernel->params.page_cluster;
    if (kernel->swaps[page].slot == 0)
        return 0;
    return kernel->params.swap_readahead == LAD_READAHEAD_VMA
               ? plan_vma(kernel, space, vpage, page, limit, pages, most)
               : plan_cluster(kernel, page, limit, pages, most);
}

void
lad_readahead_hit(LadKernel *kernel, LadSpace *space, guint64 vpage, LadPage page)
{
    LadReadahead *state =
        kernel->params.swap_readahead == LAD_READAHEAD_VMA ? &space->readahead : &kernel->readahead;
    state->hits = MIN(state->hits + 1, MAX_HITS);
    if (kernel->params.swap_readahead == LAD_READAHEAD_VMA)
        state->last = vpage;
    lad_kernel_account(kernel, LAD_VM_SWAP_RA_HIT, 1);
    lad_cgroup_count(kernel, lad_page_group(kernel, page), LAD_CG_SWAP_RA_HIT, 1);
}
