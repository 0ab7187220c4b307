/* rmap.c - from a page to those who map it.
 *
 * Nearly all pages have one mapping, kept in one word; further ones are chained in an array.
 */
#include "config.h"
#include "sim/kernel/state.h"

static inline LadMapping *
mapping(const LadKernel *kernel, guint32 index)
{
    return &g_array_index(kernel->mappings, LadMapping, index);
}

static guint32
mapping_new(LadKernel *kernel, LadOwner owner, guint32 next)
{
    guint32 index = kernel->free_mapping;
    if (index) {
        kernel->free_mapping = mapping(kernel, index)->next;
    } else {
        index = kernel->mappings->len;
        g_array_set_size(kernel->mappings, index + 1);
    }
    *mapping(kernel, index) = (LadMapping){owner, next, 0};
    return index;
}

static void
mapping_free(LadKernel *kernel, guint32 index)
{
    mapping(kernel, index)->next = kernel->free_mapping;
    kernel->free_mapping = index;
}

static LadOwner
owner_of(const LadProcess *process, guint64 vpage)
{
    return LAD_OWNER_ONE | (guint64)process->id << LAD_OWNER_SHIFT | vpage;
}

void
lad_rmap_add(LadKernel *kernel, LadPage page, const LadProcess *process, guint64 vpage)
{
    LadOwner added = owner_of(process, vpage);
    LadOwner *owner = &kernel->owners[page];
    if (*owner == 0) {
        *owner = added;
        return;
    }
    if (*owner & LAD_OWNER_ONE) {
        guint32 first = mapping_new(kernel, *owner, 0);
        mapping(kernel, first)->n = 1;
        *owner = LAD_OWNER_SHARED | first;
    }
    /* Behind the first, which stays: it gives the page its number. */
    guint32 first = (guint32)*owner;
    guint32 index = mapping_new(kernel, added, mapping(kernel, first)->next);
    mapping(kernel, first)->next = index;
    mapping(kernel, first)->n++;
}

void
lad_rmap_remove(LadKernel *kernel, LadPage page, const LadProcess *process, guint64 vpage)
{
    LadOwner removed = owner_of(process, vpage);
    LadOwner *owner = &kernel->owners[page];
    if (*owner == removed) {
        *owner = 0;
        return;
    }
    g_assert(*owner & LAD_OWNER_SHARED);
    guint32 first = (guint32)*owner;
    guint32 gone = 0;
    if (mapping(kernel, first)->owner == removed) {
        /* The second takes the first's place. */
        gone = mapping(kernel, first)->next;
        mapping(kernel, first)->owner = mapping(kernel, gone)->owner;
        mapping(kernel, first)->next = mapping(kernel, gone)->next;
    } else {
        guint32 at = first;
        while (mapping(kernel, mapping(kernel, at)->next)->owner != removed) {
            at = mapping(kernel, at)->next;
            g_assert(mapping(kernel, at)->next != 0);
        }
        gone = mapping(kernel, at)->next;
        mapping(kernel, at)->next = mapping(kernel, gone)->next;
    }
    mapping_free(kernel, gone);
    if (--mapping(kernel, first)->n == 1) {
        *owner = mapping(kernel, first)->owner;
        mapping_free(kernel, first);
    }
}

guint
lad_rmap_count(const LadKernel *kernel, LadPage page)
{
    LadOwner owner = kernel->owners[page];
    if (owner & LAD_OWNER_SHARED)
        return mapping(kernel, (guint32)owner)->n;
    return owner ? 1 : 0;
}

void
lad_rmap_get(const LadKernel *kernel, LadPage page, guint i, LadProcess **process, guint64 *vpage)
{
    LadOwner owner = kernel->owners[page];
    if (owner & LAD_OWNER_SHARED) {
        guint32 at = (guint32)owner;
        while (i-- > 0)
            at = mapping(kernel, at)->next;
        owner = mapping(kernel, at)->owner;
    }
    *vpage = owner & LAD_OWNER_VPAGE_MASK;
    guint id = (guint)((owner & ~LAD_OWNER_ONE) >> LAD_OWNER_SHIFT);
    *process = g_ptr_array_index(kernel->host->processes, id);
}

LadTime
lad_rmap_shootdown(LadKernel *kernel, LadPage page, LadTime now)
{
    LadHost *host = kernel->host;
    guint interrupted = 0;
    for (guint i = 0; i < lad_rmap_count(kernel, page); i++) {
        LadProcess *process;
        guint64 vpage;
        lad_rmap_get(kernel, page, i, &process, &vpage);
        interrupted += host->hooks->shootdown(host, process, vpage, page, now);
    }
    lad_kernel_account(kernel, LAD_VM_TLB_SHOOTDOWN, interrupted);
    /* On a single core it is a local flush, which is part of moving the page. */
    LadTime cost = interrupted && host->n_cores != 1 ? kernel->params.shootdown_cost : 0;
    lad_kernel_account(kernel, LAD_VM_SHOOTDOWN_PS, cost);
    return cost;
}
