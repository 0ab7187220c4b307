/* zpool.c - frames and charges of compressed pools.
 *
 * A pool's pages are taken while reclaim runs, so down to the last frame (PF_MEMALLOC). A cgroup is
 * charged the bytes of its compressed pages, not the pages that the allocator spends on them.
 */
#include "config.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/state.h"
#include <memladder/zpool.h>

gboolean
lad_pool_take(LadHost *host, guint tier, guint n)
{
    LadKernel *kernel = host->kernel;
    if (!lad_frames_take(kernel, tier, n, 0))
        return FALSE;
    kernel->zones[tier].pool += n;
    lad_kernel_account(kernel, LAD_VM_PGALLOC, n);
    return TRUE;
}

void
lad_pool_give(LadHost *host, guint tier, guint n)
{
    host->kernel->zones[tier].pool -= n;
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
