/* reclaim.c - one batch of reclaim: the model says which pages go, the policy where to.
 *
 * A victim is demoted instead of swapped out; if the policy names no tier, or neither that tier nor
 * a lower one has room above its min watermark, it goes back to the lists.
 */
#include "config.h"
#include "sim/kernel/swap.h"

gboolean
lad_reclaim_may_demote(const LadKernel *kernel, guint tier)
{
    const LadHost *host = kernel->host;
    return kernel->placement.class->demote && tier + 1 < host->n_tiers &&
           !host->tiers[tier + 1]->class->faulting;
}

guint64
lad_reclaim_target(const LadKernel *kernel, guint tier)
{
    if (kernel->params.reclaim_target)
        return kernel->params.reclaim_target;
    return MAX(kernel->zones[tier].mark[LAD_WMARK_HIGH], LAD_SCAN_BATCH);
}

/* Take frames for a victim in `to` or below; LAD_TIER_NONE if there are none. */
static guint
take_lower(LadKernel *kernel, guint to, guint n)
{
    for (; to < kernel->host->n_tiers; to++) {
        const LadZone *zone = &kernel->zones[to];
        if (!zone->tier->class->faulting &&
            lad_frames_take(kernel, to, n, zone->mark[LAD_WMARK_MIN]))
            return to;
    }
    return LAD_TIER_NONE;
}

/* A victim that cannot be demoted leaves memory, if it may. Returns the time that takes. */
static LadTime
swap_out(LadKernel *kernel, LadScan *scan, LadPage page)
{
    LadTime begin = lad_scan_clock(kernel, scan), cost = scan->cost, slept = scan->slept;
    lad_page_change(kernel, page, LAD_PAGE_ISOLATED, 0);
    LadPageout what = lad_pageout(kernel, scan, page);
    if (what != LAD_PAGEOUT_GONE)
        kernel->reclaim.class->add(&kernel->reclaim, page, LAD_ARRIVAL_RETURN);
    lad_scan_end_chunk(kernel, scan, 0);
    LadTime spent = lad_scan_clock(kernel, scan) - begin;
    scan->cost = cost;
    scan->slept = slept;
    return spent;
}

/* Demote one victim; returns the CPU time, 0 if it stays. */
static LadTime
demote(LadKernel *kernel, LadScan *scan, LadPage page, LadMoveReason why, LadCopy *copy,
       LadTime now)
{
    LadPlacement *policy = &kernel->placement;
    guint n = lad_page_span(kernel, page);
    guint to =
        policy->class->demote ? policy->class->demote(policy, page, scan->tier) : LAD_TIER_NONE;
    if (to != LAD_TIER_NONE) {
        g_assert(to != scan->tier && to < kernel->host->n_tiers);
        to = take_lower(kernel, to, n);
        if (to == LAD_TIER_NONE)
            lad_kernel_account(kernel, LAD_VM_PGMIGRATE_FAIL_NOMEM, n);
    }
    if (to == LAD_TIER_NONE) {
        if (policy->class->demote)
            lad_kernel_account(kernel, LAD_VM_PGMIGRATE_FAIL, n);
        if (scan->swapping)
            return swap_out(kernel, scan, page);
        kernel->reclaim.class->add(&kernel->reclaim, page, LAD_ARRIVAL_RETURN);
        return 0;
    }
    scan->reclaimed += n;
    LadTime cost = lad_migrate_move(kernel, page, to, why, copy, now);
    lad_kswapd_check(kernel, to, now);
    return cost;
}

/* Clear what the model fills in one call. */
static void
prepare(LadScan *scan, LadTime now)
{
    scan->now = now;
    scan->n_victims = scan->n_looked = scan->n_deactivated = 0;
    scan->cost = scan->slept = 0;
}

/* The CPU time of the model's call; a daemon's is charged here, a thread's with its fault. */
static LadTime
account_looking(LadKernel *kernel, const LadScan *scan, LadMoveReason why, guint core, LadTime now)
{
    LadHost *host = kernel->host;
    LadTime looking = scan->n_looked * kernel->params.reclaim_scan_cost +
                      scan->n_deactivated * kernel->params.deactivate_cost + scan->cost;
    lad_kernel_account(kernel, LAD_VM_RECLAIM_PS, looking);
    if (why == LAD_MOVE_DEMOTION_KSWAPD && looking > 0)
        host->hooks->charge(host, core, now, looking, LAD_CHARGE_RECLAIM);
    return looking;
}

LadTime
lad_reclaim_begin(LadKernel *kernel, LadScan *scan, LadMoveReason why, guint core, LadTime now)
{
    scan->background = why == LAD_MOVE_DEMOTION_KSWAPD;
    prepare(scan, now);
    kernel->reclaim.class->begin(&kernel->reclaim, scan);
    return account_looking(kernel, scan, why, core, now) + scan->slept;
}

static LadTime
end_pass(LadKernel *kernel, LadScan *scan, LadMoveReason why, guint core, LadTime now)
{
    prepare(scan, now);
    if (scan->swapping) {
        LadTime clock = now;
        lad_writeback_unplug(kernel, &clock);
        scan->cost += clock - now;
    }
    if (kernel->reclaim.class->end)
        kernel->reclaim.class->end(&kernel->reclaim, scan);
    return account_looking(kernel, scan, why, core, now) + scan->slept;
}

void
lad_reclaim_count(LadKernel *kernel, const LadScan *scan, gboolean kswapd, guint64 scanned,
                  guint64 reclaimed)
{
    lad_kernel_account(kernel, kswapd ? LAD_VM_PGSCAN_KSWAPD : LAD_VM_PGSCAN_DIRECT, scanned);
    lad_kernel_account(kernel, kswapd ? LAD_VM_PGSTEAL_KSWAPD : LAD_VM_PGSTEAL_DIRECT, reclaimed);
    if (!scan->swapping)
        return;
    lad_cgroup_count(kernel, scan->group, LAD_CG_PGSCAN, scanned);
    lad_cgroup_count(kernel, scan->group, LAD_CG_PGSTEAL, reclaimed);
    lad_cgroup_stat_update(kernel, scanned + reclaimed);
}

/* Models made for swap see when their target is reached, and may go on. */
static gboolean
ends_by_itself(const LadKernel *kernel, const LadScan *scan)
{
    return scan->swapping && kernel->reclaim.class->rotated;
}

gboolean
lad_reclaim_batch(LadKernel *kernel, LadScan *scan, LadMoveReason why, LadCopy *copy, guint core,
                  LadTime now, LadTime *cost)
{
    LadHost *host = kernel->host;
    gboolean kswapd = why == LAD_MOVE_DEMOTION_KSWAPD;
    guint64 reclaimed = scan->reclaimed, scanned = scan->scanned;
    LadTime slept;
    prepare(scan, now);
    gboolean more = kernel->reclaim.class->batch(&kernel->reclaim, scan);
    g_assert(scan->n_victims <= LAD_SCAN_VICTIMS);

    LadTime looking = account_looking(kernel, scan, why, core, now), moving = 0;
    slept = scan->slept;
    for (guint i = 0; i < scan->n_victims; i++)
        moving += demote(kernel, scan, scan->victims[i], why, copy, now);
    lad_reclaim_count(kernel, scan, kswapd, scan->scanned - scanned, scan->reclaimed - reclaimed);
    lad_kernel_account(kernel, LAD_VM_MIGRATION_PS, moving);
    if (kswapd)
        host->hooks->charge(host, core, now + looking, moving, LAD_CHARGE_MIGRATION);
    *cost = looking + slept + moving;
    if (more && (ends_by_itself(kernel, scan) || scan->reclaimed < scan->target))
        return TRUE;
    *cost += end_pass(kernel, scan, why, core, now + *cost);
    return FALSE;
}

/* Pages leave memory, of all groups. */
static LadTime
reclaim_all_groups(LadKernel *kernel, guint tier, guint64 target, guint core, LadTime now,
                   guint64 *reclaimed)
{
    LadGroupReclaim reclaim = {.target = target, .core = core, .clock = now};
    for (gint priority = LAD_RECLAIM_PRIORITY; priority >= 0 && reclaim.reclaimed < target;
         priority--)
        lad_group_reclaim_pass(kernel, &reclaim, tier, (guint)priority);
    lad_balance_finish(kernel, 0);
    *reclaimed = reclaim.reclaimed;
    return reclaim.clock - now;
}

LadTime
lad_reclaim_direct(LadKernel *kernel, guint tier, guint64 n, guint core, LadTime now,
                   guint64 *reclaimed)
{
    LadTime total = 0;
    LadScan scan;
    gboolean swap = lad_swap_is_on(kernel);
    *reclaimed = 0;
    if ((!kernel->placement.class->demote && !swap) || kernel->zones[tier].tier->class->faulting)
        return 0;
    lad_kernel_account(kernel, LAD_VM_ALLOCSTALL, 1);
    guint64 target = MAX(n, LAD_SCAN_BATCH);
    if (swap)
        return reclaim_all_groups(kernel, tier, target, core, now, reclaimed);
    for (gint priority = LAD_RECLAIM_PRIORITY; priority >= 0 && *reclaimed < target; priority--) {
        scan = (LadScan){.tier = tier, .priority = (guint)priority, .target = target};
        lad_scan_for_group(kernel, &scan, 0);
        total += lad_reclaim_begin(kernel, &scan, LAD_MOVE_DEMOTION_DIRECT, core, now + total);
        gboolean more = TRUE;
        while (more) {
            LadTime cost;
            LadCopy *copy = lad_copy_new(kernel, now + total);
            more = lad_reclaim_batch(kernel, &scan, LAD_MOVE_DEMOTION_DIRECT, copy, core,
                                     now + total, &cost);
            LadTime done = lad_copy_settle(copy, NULL, 0);
            total += cost + (done == LAD_PENDING ? 0 : done - (now + total));
        }
        *reclaimed += scan.reclaimed;
    }
    return total;
}
