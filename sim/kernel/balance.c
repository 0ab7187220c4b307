/* balance.c - how much of anonymous and of file pages reclaim looks at.
 *
 * Each type's cost grows by pages that reclaim writes and by restored pages; both halve when their
 * sum exceeds a quarter of the lists. The type that cost more is looked at less, weighed by
 * swappiness: with c = both costs, ac = c + anon's, fc = c + file's, T = ac + fc, s = swappiness,
 * ap = s (T + 1) / (ac + 1), fp = (200 - s) (T + 1) / (fc + 1), the anonymous lists get ap / (ap +
 * fp). This holds where one type has no pages, too. Active pages are deactivated if there were
 * activations of refaults since the last reclaim, or while the inactive list is short, by
 * statistics as of the last flush. Source: Linux 6.1 mm/vmscan.c get_scan_count,
 * prepare_scan_count; mm/swap.c lru_note_cost.
 */
#include "config.h"
#include "sim/kernel/swap.h"

void
lad_balance_note_cost(LadKernel *kernel, guint vec, guint type, guint64 n)
{
    guint tier = vec % LAD_MAX_TIERS;
    for (const LadCgroup *group = lad_cgroup(kernel, vec / LAD_MAX_TIERS); group && n > 0;
         group = group->parent) {
        LadLruvec *at = &kernel->vecs[lad_lruvec(group->index, tier)];
        const guint64 *size = at->flushed_size;
        at->cost[type] += n;
        if (at->cost[0] + at->cost[1] > (size[0] + size[1] + size[2] + size[3]) / 4) {
            at->cost[0] /= 2;
            at->cost[1] /= 2;
        }
    }
}

guint64
lad_lru_seen_size(const LadKernel *kernel, guint vec, guint list)
{
    const guint8 *classes = kernel->reclaim.class->list_classes;
    if (!lad_swap_is_on(kernel) || !classes)
        return lad_lru_size(kernel, vec, list);
    return kernel->vecs[vec].flushed_size[classes[list]];
}

/* How much longer the active list may be than the inactive one: the root of ten times its GiB. */
gboolean
lad_lru_inactive_is_low(const LadKernel *kernel, guint vec, guint inactive)
{
    guint64 n_inactive = lad_lru_seen_size(kernel, vec, inactive);
    guint64 n_active = lad_lru_seen_size(kernel, vec, inactive + 1);
    guint64 gib = (n_inactive + n_active) >> (30 - LAD_PAGE_SHIFT), ratio = 1;
    while (gib && (ratio + 1) * (ratio + 1) <= 10 * gib)
        ratio++;
    return n_inactive * ratio < n_active;
}

void
lad_balance_prepare(LadKernel *kernel, LadScan *scan)
{
    lad_cgroup_stat_flush(kernel, FALSE);
    const LadLruvec *target = &kernel->vecs[scan->vec];
    scan->cost_of[0] = target->cost[0];
    scan->cost_of[1] = target->cost[1];
    for (guint type = 0; type < 2; type++)
        scan->may_deactivate[type] = scan->force_deactivate ||
                                     target->refaults[type] != target->flushed_activated[type] ||
                                     (kernel->reclaim.class->list_classes &&
                                      lad_lru_inactive_is_low(kernel, scan->vec, 2 * type));
    scan->cache_trim = !scan->may_deactivate[1] && target->flushed_size[2] >> scan->priority > 0;
}

void
lad_balance_finish(LadKernel *kernel, guint target)
{
    for (guint tier = 0; tier < kernel->host->n_tiers; tier++) {
        LadLruvec *vec = &kernel->vecs[lad_lruvec(target, tier)];
        memcpy(vec->refaults, vec->flushed_activated, sizeof vec->refaults);
    }
}

void
lad_scan_share(const LadKernel *kernel, const LadScan *scan, guint64 share[2], guint64 *whole)
{
    const LadReclaim *reclaim = &kernel->reclaim;
    guint64 s = scan->swapping ? scan->swappiness : reclaim->class->swappiness(reclaim);
    gboolean swap = lad_scan_has_swap(kernel, scan) && s > 0;
    *whole = 1;
    share[0] = share[1] = 1;
    if (!swap || (scan->cache_trim && scan->priority > 0)) {
        share[0] = 0;
        return;
    }
    if (scan->priority == 0)
        return;
    guint64 both = scan->cost_of[0] + scan->cost_of[1];
    guint64 anon = both + scan->cost_of[0], file = both + scan->cost_of[1], all = anon + file;
    share[0] = s * (all + 1) / (anon + 1);
    share[1] = (200 - s) * (all + 1) / (file + 1);
    *whole = share[0] + share[1];
}
