/* cgroup_reclaim.c - reclaim of a group's pages and of those below it: at a limit, or asked for by
 * memory.reclaim.
 *
 * A reclaim of n pages aims at n, at least 32, and makes passes from priority 12 down to 0, each
 * over all groups below the one that is reclaimed from and all tiers, until the sum freed reaches
 * the aim; if nothing was freed, once more with active pages deactivated by force, and once more
 * without respect for memory.low. Pages leave memory here, they are not demoted: a limit is on
 * memory of all tiers. Source: Linux 6.1 mm/vmscan.c do_try_to_free_pages, shrink_node;
 * mm/memcontrol.c memory_reclaim.
 */
#include "config.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/limits.h"
#include "sim/kernel/pressure.h"
#include "sim/kernel/swap.h"

#define MAX_RETRIES 16

static guint
swappiness_of(const LadKernel *kernel, const LadCgroup *group)
{
    if (group->swappiness != LAD_SWAPPINESS_OF_HOST)
        return (guint)group->swappiness;
    const LadReclaimClass *class = kernel->reclaim.class;
    return class->swappiness ? class->swappiness(&kernel->reclaim) : 60;
}

void
lad_scan_for_group(LadKernel *kernel, LadScan *scan, guint group)
{
    scan->group = group;
    scan->vec = lad_lruvec(group, scan->tier);
    scan->swapping = lad_swap_is_on(kernel);
    scan->swappiness = swappiness_of(kernel, lad_cgroup(kernel, group));
}

/* One pass over one group's lists. */
static void
shrink_lruvec(LadKernel *kernel, LadGroupReclaim *reclaim, const LadScan *prepared, guint group)
{
    LadScan scan = *prepared;
    LadMoveReason why = reclaim->background ? LAD_MOVE_DEMOTION_KSWAPD : LAD_MOVE_DEMOTION_DIRECT;
    lad_scan_for_group(kernel, &scan, group);
    scan.reclaimed_before = reclaim->reclaimed;
    reclaim->clock += lad_reclaim_begin(kernel, &scan, why, reclaim->core, reclaim->clock);
    gboolean more = TRUE;
    while (more) {
        LadTime cost = 0;
        LadCopy *copy = lad_copy_new(kernel, reclaim->clock);
        more = lad_reclaim_batch(kernel, &scan, why, copy, reclaim->core, reclaim->clock, &cost);
        lad_copy_settle(copy, NULL, 0);
        reclaim->clock += cost;
    }
    reclaim->reclaimed += scan.reclaimed;
    reclaim->scanned += scan.scanned;
    reclaim->skipped_deactivate |= scan.skipped_deactivate;
}

void
lad_group_reclaim_pass(LadKernel *kernel, LadGroupReclaim *reclaim, guint tier, guint priority)
{
    LadScan prepared = {.tier = tier,
                        .priority = priority,
                        .target = reclaim->target,
                        .target_group = reclaim->group,
                        .proactive = reclaim->proactive,
                        .background = reclaim->background,
                        .force_deactivate = reclaim->force_deactivate,
                        .demoting = reclaim->group == 0 && !reclaim->proactive &&
                                    lad_reclaim_may_demote(kernel, tier)};
    const LadCgroup *top = lad_cgroup(kernel, reclaim->group);
    lad_scan_for_group(kernel, &prepared, reclaim->group);
    lad_balance_prepare(kernel, &prepared);
    for (guint i = reclaim->group; i < kernel->n_groups; i++) {
        if (!lad_cgroup_is_below(lad_cgroup(kernel, i), top))
            continue;
        LadProtection protection =
            lad_limits_protection(kernel, reclaim->group, i, reclaim->low_reclaim, &prepared);
        reclaim->skipped_low |= prepared.low_skipped;
        if (protection == LAD_PROTECTED_NOT)
            shrink_lruvec(kernel, reclaim, &prepared, i);
    }
}

/* do_try_to_free_pages */
static guint64
try_to_free(LadKernel *kernel, LadGroupReclaim *reclaim)
{
    const LadHost *host = kernel->host;
    for (;;) {
        for (gint priority = LAD_RECLAIM_PRIORITY;
             priority >= 0 && reclaim->reclaimed < reclaim->target && !host->error; priority--)
            for (guint tier = 0; tier < host->n_tiers && !host->tiers[tier]->class->faulting;
                 tier++)
                lad_group_reclaim_pass(kernel, reclaim, tier, (guint)priority);
        lad_balance_finish(kernel, reclaim->group);
        if (reclaim->reclaimed || host->error)
            break;
        if (reclaim->skipped_deactivate && !reclaim->force_deactivate) {
            reclaim->force_deactivate = TRUE;
            continue;
        }
        if (!reclaim->skipped_low || reclaim->low_reclaim)
            break;
        reclaim->force_deactivate = FALSE;
        reclaim->low_reclaim = TRUE;
    }
    return reclaim->reclaimed;
}

static guint64
reclaim_once(LadKernel *kernel, guint group, guint64 pages, gboolean proactive, LadThread *thread,
             guint core, LadTime now, LadTime *cost)
{
    LadGroupReclaim reclaim = {.group = group,
                               .target = MAX(pages, LAD_SCAN_BATCH),
                               .proactive = proactive,
                               .thread = thread,
                               .core = core,
                               .clock = now + *cost};
    if (!lad_swap_is_on(kernel))
        return 0;
    guint64 freed = try_to_free(kernel, &reclaim);
    *cost = reclaim.clock - now;
    lad_pressure_reclaimed(kernel, group, reclaim.scanned, freed, reclaim.clock);
    return freed;
}

guint64
lad_cgroup_reclaim(LadKernel *kernel, guint group, guint64 pages, guint core, LadTime now,
                   LadTime *cost)
{
    guint64 freed = 0;
    guint retries = MAX_RETRIES;
    LadTime spent = 0;
    while (freed < pages) {
        guint64 n = reclaim_once(kernel, group, pages - freed, TRUE, NULL, core, now, &spent);
        freed += n;
        if (n == 0 && retries-- == 0)
            break;
    }
    *cost = spent;
    return freed;
}

guint64
lad_cgroup_try_to_free(LadKernel *kernel, guint group, guint64 pages, LadThread *thread, guint core,
                       LadTime now, LadTime *cost)
{
    if (thread)
        lad_psi_memstall_enter(kernel, thread, now + *cost);
    guint64 freed = reclaim_once(kernel, group, pages, FALSE, thread, core, now, cost);
    if (thread)
        lad_psi_memstall_leave(kernel, thread, now + *cost);
    return freed;
}

guint64
lad_cgroup_reclaim_at_limit(LadKernel *kernel, guint group, LadThread *thread, guint core,
                            LadTime now, LadTime *cost)
{
    return lad_cgroup_try_to_free(kernel, group, 1, thread, core, now, cost);
}
