/* zpool.c - frames and charges of compressed pools, and the tables that describe their pages.
 *
 * A pool's pages are taken while reclaim runs, so down to the last frame (PF_MEMALLOC). A cgroup is
 * charged the bytes of its compressed pages, not the pages that the allocator spends on them.
 */
#include "config.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/state.h"
#include <memladder/zpool.h>

static void
count_pool(LadHost *host, guint tier, gint64 n)
{
    guint64 *pool = &host->kernel->zones[tier].pool;
    *pool += (guint64)n;
    host->tiers[tier]->common[LAD_TIER_POOL_BYTES] = *pool << LAD_PAGE_SHIFT;
}

gboolean
lad_pool_take(LadHost *host, guint tier, guint n)
{
    LadKernel *kernel = host->kernel;
    if (!lad_frames_take(kernel, tier, n, 0))
        return FALSE;
    count_pool(host, tier, n);
    lad_kernel_account(kernel, LAD_VM_PGALLOC, n);
    return TRUE;
}

void
lad_pool_give(LadHost *host, guint tier, guint n)
{
    count_pool(host, tier, -(gint64)n);
    lad_frames_give(host->kernel, tier, n);
    lad_kernel_account(host->kernel, LAD_VM_PGFREE, n);
}

void
lad_pool_charge(LadHost *host, guint32 group, gint64 bytes, gint64 pages)
{
    LadKernel *kernel = host->kernel;
    if (bytes >= 0)
        lad_cgroup_charge_bytes(kernel, group, (LadBytes)bytes);
    else
        lad_cgroup_uncharge_bytes(kernel, group, (LadBytes)-bytes);
    lad_cgroup_level(kernel, group, LAD_CG_ZSWAP, bytes);
    lad_cgroup_level(kernel, group, LAD_CG_ZSWAPPED, pages * (gint64)LAD_PAGE_BYTES);
}

LadBytes
lad_pool_memory(const LadHost *host)
{
    LadBytes all = 0;
    for (guint i = 0; i < host->n_tiers; i++)
        if (!host->tiers[i]->class->faulting)
            all += host->tiers[i]->size - host->tiers[i]->reserved;
    return all;
}

double
lad_table_between(const LadTable *table, double x)
{
    const double *cells = table->cells;
    guint n = table->n_rows, i = 0;
    while (i < n && cells[2 * i] < x)
        i++;
    if (i == n)
        return cells[2 * n - 1];
    if (i == 0)
        return cells[1];
    const double *low = cells + 2 * (i - 1), *high = cells + 2 * i;
    return low[1] + (high[1] - low[1]) * (x - low[0]) / (high[0] - low[0]);
}

guint
lad_sizes_at(const LadTable *histogram, double share)
{
    const double *cells = histogram->cells;
    double pages = 0, low = 0;
    for (guint i = 0; i < histogram->n_rows; i++)
        pages += cells[2 * i + 1];
    double left = share * pages;
    for (guint i = 0; i < histogram->n_rows; i++) {
        double high = cells[2 * i], here = cells[2 * i + 1];
        if (left < here)
            return high == 0 ? 0 : (guint)(low + (high - low) * left / here) + 1;
        left -= here;
        low = high;
    }
    return (guint)low;
}
