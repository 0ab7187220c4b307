/* hindsight.c - what oracles and the first pass for them ask: who has a page, where a run is, what
 * a move costs. */
#include "config.h"
#include "sim/kernel/state.h"

gboolean
lad_page_owner(const LadKernel *kernel, LadPage page, guint32 *process, guint64 *vpage)
{
    LadProcess *owner;
    page = lad_page_head(kernel->words[page], page);
    if (lad_rmap_count(kernel, page) == 0)
        return FALSE;
    lad_rmap_get(kernel, page, 0, &owner, vpage);
    *process = owner->id;
    return TRUE;
}

LadPage
lad_page_at(const LadKernel *kernel, guint32 process, guint64 vpage)
{
    gboolean huge;
    LadSpace *space = process < kernel->spaces->len ? kernel->spaces->pdata[process] : NULL;
    return space ? lad_space_find(space, vpage, &huge) : LAD_PAGE_NONE;
}

guint64
lad_host_progress(const LadKernel *kernel)
{
    guint64 bytes = 0;
    for (guint i = 0; i < kernel->host->n_tiers; i++) {
        const guint64 *common = kernel->host->tiers[i]->common;
        bytes += common[LAD_TIER_READ_BYTES] + common[LAD_TIER_WRITE_BYTES];
    }
    return bytes;
}

LadTime
lad_migrate_cost(const LadKernel *kernel, guint from, guint to)
{
    const LadTier *source = kernel->host->tiers[from], *target = kernel->host->tiers[to];
    LadTime work = to > from ? kernel->params.demotion_cost : kernel->params.promotion_cost;
    return work + MAX(source->idle_read_ps, target->idle_write_ps);
}
