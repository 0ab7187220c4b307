/* migrate.c - moving a page to another tier: its copy, its shootdown, its lists.
 *
 * The copy takes one booking on each of the two tiers. The page changes tier when the copy is
 * booked: accesses during the copy are not held up, which leaves out the wait on a migration entry.
 */
#include "config.h"
#include "sim/kernel/state.h"

static void
count_move(LadKernel *kernel, LadPageWord word, guint n, LadMoveReason why)
{
    gboolean file = (word & LAD_PAGE_FILE) != 0;
    lad_kernel_account(kernel, LAD_VM_PGMIGRATE_SUCCESS, n);
    switch (why) {
    case LAD_MOVE_PROMOTION:
        lad_kernel_account(kernel, LAD_VM_PGPROMOTE_SUCCESS, n);
        lad_kernel_account(kernel, LAD_VM_NUMA_PAGES_MIGRATED, n);
        lad_kernel_account(kernel, file ? LAD_VM_PGPROMOTE_FILE : LAD_VM_PGPROMOTE_ANON, n);
        break;
    case LAD_MOVE_DEMOTION_KSWAPD:
    case LAD_MOVE_DEMOTION_DIRECT:
        lad_kernel_account(
            kernel,
            why == LAD_MOVE_DEMOTION_KSWAPD ? LAD_VM_PGDEMOTE_KSWAPD : LAD_VM_PGDEMOTE_DIRECT, n);
        lad_kernel_account(kernel, file ? LAD_VM_PGDEMOTE_FILE : LAD_VM_PGDEMOTE_ANON, n);
        break;
    case LAD_MOVE_POLICY:
        break;
    }
}

static LadArrival
arrival(LadMoveReason why)
{
    switch (why) {
    case LAD_MOVE_PROMOTION:
        return LAD_ARRIVAL_PROMOTION;
    case LAD_MOVE_DEMOTION_KSWAPD:
    case LAD_MOVE_DEMOTION_DIRECT:
        return LAD_ARRIVAL_DEMOTION;
    case LAD_MOVE_POLICY:
        break;
    }
    return LAD_ARRIVAL_MOVE;
}

/* Page cache that no page table maps has no entry to mark. */
static gboolean
is_mapped(const LadKernel *kernel, LadPage page)
{
    LadProcess *process;
    guint64 vpage;
    if (lad_rmap_count(kernel, page) == 0)
        return FALSE;
    lad_rmap_get(kernel, page, 0, &process, &vpage);
    const LadRegion *region = lad_region_find(process->space, vpage);
    return !region || !(region->flags & LAD_MAP_KERNEL);
}

LadTime
lad_migrate_move(LadKernel *kernel, LadPage page, guint to, LadMoveReason why, LadCopy *copy,
                 LadTime now)
{
    LadPageWord word = kernel->words[page];
    guint from = lad_page_tier(word), n = lad_page_span(kernel, page);
    gboolean demotion = why == LAD_MOVE_DEMOTION_KSWAPD || why == LAD_MOVE_DEMOTION_DIRECT;
    gboolean down = demotion || (why == LAD_MOVE_POLICY && to > from);
    g_assert(!(word & (LAD_PAGE_LRU | LAD_PAGE_UNMOVABLE)) && from != to);

    LadTime cost = lad_rmap_shootdown(kernel, page, now);
    cost += down ? kernel->params.demotion_cost : kernel->params.promotion_cost;
    lad_copy_add(copy, from, LAD_TRANSFER_COPY_READ, page, n, now);
    lad_copy_add(copy, to, LAD_TRANSFER_COPY_WRITE, page, n, now);

    if (to > from && word & LAD_PAGE_PROMOTED)
        lad_kernel_account(kernel, LAD_VM_PGDEMOTE_PROMOTED, n);
    lad_page_change_all(kernel, page, to, LAD_PAGE_TIER_MASK);
    lad_page_change(kernel, page, to < from ? LAD_PAGE_PROMOTED : 0,
                    to > from ? LAD_PAGE_PROMOTED : 0);
    lad_frames_give(kernel, from, n);
    if (demotion) {
        kernel->words[page] |= LAD_PAGE_DEMOTED;
        if (kernel->mark_demoted && is_mapped(kernel, page))
            lad_hintscan_mark(kernel, page, now);
    }
    kernel->reclaim.class->add(&kernel->reclaim, page, arrival(why));
    count_move(kernel, word, n, why);
    if (kernel->placement.class->moved)
        kernel->placement.class->moved(&kernel->placement, page, from, to, why, now);
    return cost;
}

gboolean
lad_migrate(LadKernel *kernel, LadPage page, guint to, guint core, LadTime now)
{
    page = lad_page_head(kernel->words[page], page);
    LadPageWord word = kernel->words[page];
    g_assert(to < kernel->host->n_tiers);
    if (!(word & LAD_PAGE_PRESENT) || !(word & LAD_PAGE_LRU) || lad_page_tier(word) == to)
        return FALSE;
    if (!lad_frames_take(kernel, to, lad_page_span(kernel, page),
                         kernel->zones[to].mark[LAD_WMARK_MIN])) {
        lad_kernel_account(kernel, LAD_VM_PGMIGRATE_FAIL, lad_page_span(kernel, page));
        return FALSE;
    }
    lad_lru_withdraw(kernel, page);
    LadCopy *copy = lad_copy_new(kernel, now);
    LadTime cost = lad_migrate_move(kernel, page, to, LAD_MOVE_POLICY, copy, now);
    LadTime done = lad_copy_settle(copy, NULL, 0);
    if (done != LAD_PENDING)
        cost += done - now;
    lad_kernel_account(kernel, LAD_VM_MIGRATION_PS, cost);
    kernel->host->hooks->charge(kernel->host, core, now, cost, LAD_CHARGE_MIGRATION);
    return TRUE;
}

void
lad_migrate_set_promotion_floor(LadKernel *kernel, guint tier, guint64 pages)
{
    kernel->zones[tier].promotion_floor = pages;
}
