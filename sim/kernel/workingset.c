/* workingset.c - was a page that comes back evicted too soon? Refault distance, activation,
 * restore.
 *
 * The age of a list counts evictions, refault activations and pages that reclaim activates. A
 * shadow entry keeps the age at eviction, the lists that were reclaimed (those of the group whose
 * limit or request it was) and whether the page had been active before. The page is activated at
 * once if no more has passed than active anonymous and file pages of those lists, as of the last
 * flush of statistics: then it would have stayed had they not. Source: Linux 6.1 mm/workingset.c.
 * A reclaim model that has rules of its own (MGLRU) says what the entry keeps.
 */
#include "config.h"
#include "sim/kernel/swap.h"

#define TOKEN_BITS 40
#define TOKEN_MASK (((guint64)1 << TOKEN_BITS) - 1)
#define WAS_ACTIVE ((guint64)1 << 63)

typedef union {
    LadPageLinks links;
    guint64 shadow;
} Entry;

void
lad_workingset_age(LadKernel *kernel, guint vec, guint64 n)
{
    guint tier = vec % LAD_MAX_TIERS;
    for (const LadCgroup *group = lad_cgroup(kernel, vec / LAD_MAX_TIERS); group;
         group = group->parent)
        kernel->vecs[lad_lruvec(group->index, tier)].age += n;
}

void
lad_workingset_evict(LadKernel *kernel, LadPage page, guint group)
{
    const LadReclaimClass *class = kernel->reclaim.class;
    guint vec = lad_lruvec(group, lad_page_tier(kernel->words[page]));
    guint64 token = class->evicted ? class->evicted(&kernel->reclaim, page) : kernel->vecs[vec].age;
    Entry entry = {.shadow = (token & TOKEN_MASK) | (guint64)vec << TOKEN_BITS};
    if (kernel->swaps[page].flags & LAD_SWAP_WORKINGSET)
        entry.shadow |= WAS_ACTIVE;
    if (!class->evicted)
        lad_workingset_age(kernel, vec, 1);
    kernel->links[page] = entry.links;
}

static guint
type_of(LadPageWord word)
{
    return word & LAD_PAGE_FILE ? 1 : 0;
}

void
lad_workingset_count(LadKernel *kernel, LadPage page, LadRefault what)
{
    guint type = type_of(kernel->words[page]), group = lad_page_group(kernel, page);
    static const LadCgroupCounter counters[] = {LAD_CG_REFAULT_ANON, LAD_CG_ACTIVATE_ANON,
                                                LAD_CG_RESTORE_ANON};
    static const LadVmCounter host[] = {LAD_VM_WORKINGSET_REFAULT_ANON,
                                        LAD_VM_WORKINGSET_ACTIVATE_ANON,
                                        LAD_VM_WORKINGSET_RESTORE_ANON};
    lad_cgroup_count(kernel, group, counters[what] + type, 1);
    lad_kernel_account(kernel, host[what] + type, 1);
    lad_cgroup_stat_update(kernel, 1);
    if (what == LAD_REFAULT_ACTIVATE)
        kernel->vecs[lad_page_lruvec(kernel, page)].activated[type]++;
}

/* Pages that the evicted one would have had to outlive. */
static guint64
workingset_size(const LadKernel *kernel, guint vec, guint type)
{
    const guint64 *size = kernel->vecs[vec].flushed_size;
    guint64 n = size[3] + (type ? 0 : size[2]);
    if (lad_swap_room(kernel, vec / LAD_MAX_TIERS) > 0)
        n += size[1] + (type ? size[0] : 0);
    return n;
}

void
lad_workingset_refault(LadKernel *kernel, LadPage page)
{
    const LadReclaimClass *class = kernel->reclaim.class;
    Entry entry = {.links = kernel->links[page]};
    guint64 token = entry.shadow & TOKEN_MASK;
    guint vec = (guint)((entry.shadow & ~WAS_ACTIVE) >> TOKEN_BITS);
    gboolean was_active = (entry.shadow & WAS_ACTIVE) != 0;
    guint type = type_of(kernel->words[page]);
    kernel->links[page] = (LadPageLinks){0, 0};
    lad_page_change(kernel, page, 0, LAD_PAGE_ACTIVE | LAD_PAGE_REFERENCED);
    kernel->swaps[page].flags &= (guint16)~LAD_SWAP_WORKINGSET;
    if (class->refaulted) {
        class->refaulted(&kernel->reclaim, page, token, was_active);
        return;
    }
    lad_workingset_count(kernel, page, LAD_REFAULT_SEEN);
    guint64 distance = (kernel->vecs[vec].age - token) & TOKEN_MASK;
    if (distance > workingset_size(kernel, vec, type))
        return;
    lad_page_change(kernel, page, LAD_PAGE_ACTIVE, 0);
    lad_workingset_age(kernel, lad_page_lruvec(kernel, page), 1);
    lad_workingset_count(kernel, page, LAD_REFAULT_ACTIVATE);
    if (!was_active)
        return;
    kernel->swaps[page].flags |= LAD_SWAP_WORKINGSET;
    lad_balance_note_cost(kernel, lad_page_lruvec(kernel, page), type, 1);
    lad_workingset_count(kernel, page, LAD_REFAULT_RESTORE);
}
