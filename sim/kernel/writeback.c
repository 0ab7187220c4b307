/* writeback.c - what happens when the write of a page has ended.
 *
 * A page that reclaim wrote was put back on the head of a list, unmapped, under writeback. At the
 * end of its write it joins a batch that moves to the inactive tail when it holds 15 pages, or
 * before the next look at a list; a page that is off the lists at that moment is left out, and is
 * found at the head by a later scan. Source: Linux 6.1 mm/filemap.c folio_end_writeback, mm/swap.c
 * folio_rotate_reclaimable. Files are written by latency alone (kernel.file-latency).
 */
#include "config.h"
#include "sim/kernel/block.h"
#include "sim/kernel/swap.h"

void
lad_lru_drain(LadKernel *kernel)
{
    for (guint i = 0; i < kernel->n_rotating; i++) {
        LadPage page = kernel->rotating[i];
        kernel->swaps[page].flags &= (guint16)~LAD_SWAP_ROTATING;
        if (kernel->words[page] & LAD_PAGE_LRU && kernel->reclaim.class->rotated)
            kernel->reclaim.class->rotated(&kernel->reclaim, page);
    }
    kernel->n_rotating = 0;
}

static void
rotate(LadKernel *kernel, LadPage page)
{
    LadPageSwap *state = &kernel->swaps[page];
    if (!(kernel->words[page] & LAD_PAGE_LRU) ||
        state->flags & (LAD_SWAP_DIRTY | LAD_SWAP_LOCKED | LAD_SWAP_ROTATING))
        return;
    state->flags |= LAD_SWAP_ROTATING;
    kernel->rotating[kernel->n_rotating++] = page;
    if (kernel->n_rotating == G_N_ELEMENTS(kernel->rotating))
        lad_lru_drain(kernel);
}

static void
end_write(LadKernel *kernel, LadPage page)
{
    LadPageSwap *state = &kernel->swaps[page];
    gboolean reclaim = (state->flags & LAD_SWAP_RECLAIM) != 0;
    state->flags &= (guint16) ~(LAD_SWAP_WRITEBACK | LAD_SWAP_RECLAIM);
    lad_cgroup_stat_update(kernel, 1);
    if (reclaim)
        rotate(kernel, page);
}

void
lad_writeback_ended(void *data, LadPage page, guint64 slot, LadTime when G_GNUC_UNUSED)
{
    LadKernel *kernel = data;
    /* The page may have been freed meanwhile. */
    if (kernel->swaps[page].flags & LAD_SWAP_WRITEBACK && lad_page_slot(kernel, page) == slot)
        end_write(kernel, page);
}

static void
file_written(LadTime now G_GNUC_UNUSED, void *data, guint64 argument)
{
    LadKernel *kernel = data;
    LadPage page = (LadPage)argument;
    if (kernel->swaps[page].flags & LAD_SWAP_WRITEBACK && kernel->words[page] & LAD_PAGE_FILE)
        end_write(kernel, page);
}

void
lad_writeback_file(LadKernel *kernel, LadPage page, LadTime now)
{
    kernel->swaps[page].flags |= LAD_SWAP_WRITEBACK | LAD_SWAP_RECLAIM;
    lad_cgroup_stat_update(kernel, 1);
    lad_kernel_account(kernel, LAD_VM_PGPGOUT, 1);
    lad_queue_add(kernel->host->queue, now + kernel->params.file_latency, LAD_ORDER_COMPLETION,
                  file_written, kernel, page);
}

void
lad_writeback_poll(LadKernel *kernel, LadTime until)
{
    const LadHost *host = kernel->host;
    for (guint i = 0; i < host->n_tiers; i++)
        if (host->tiers[i]->block)
            lad_block_poll(host->tiers[i]->block, until);
}

void
lad_writeback_unplug(LadKernel *kernel, LadTime *clock)
{
    const LadHost *host = kernel->host;
    for (guint i = 0; i < host->n_tiers; i++)
        if (host->tiers[i]->block)
            lad_block_unplug(host->tiers[i]->block, clock);
}

void
lad_writeback_forget(LadKernel *kernel, LadPage page)
{
    for (guint i = 0; i < kernel->n_rotating; i++)
        if (kernel->rotating[i] == page) {
            memmove(&kernel->rotating[i], &kernel->rotating[i + 1],
                    (kernel->n_rotating - i - 1) * sizeof *kernel->rotating);
            kernel->n_rotating--;
            return;
        }
}
