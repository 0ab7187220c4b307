/* map.c - pages come and go: making, mapping, unmapping, splitting; map, unmap and fork records. */
#include "config.h"
#include "sim/kernel/content.h"
#include "sim/kernel/swap.h"

/* Above so many pages Linux flushes the whole TLB instead (tlb_single_page_flush_ceiling). */
#define FLUSH_CEILING 33

void
lad_page_change_all(LadKernel *kernel, LadPage page, LadPageWord set, LadPageWord clear)
{
    page = lad_page_head(kernel->words[page], page);
    guint n = lad_page_span(kernel, page);
    for (guint i = 0; i < n; i++)
        kernel->words[page + i] = (kernel->words[page + i] & ~clear) | set;
}

/* `n` pages of the page's kind and group are there, or (negative) no longer. */
static void
count_resident(LadKernel *kernel, LadPage page, gint64 n)
{
    gboolean file = (kernel->words[page] & LAD_PAGE_FILE) != 0;
    if (kernel->words[page] & LAD_PAGE_UNMOVABLE)
        return;
    lad_cgroup_level(kernel, lad_page_group(kernel, page), file ? LAD_CG_FILE : LAD_CG_ANON,
                     n * (gint64)LAD_PAGE_BYTES);
}

LadPage
lad_page_new(LadKernel *kernel, const LadNewPage *wanted, LadPageWord flags, guint core,
             LadTime now, LadTime *cost)
{
    guint n = wanted->huge ? LAD_HUGE_PAGES : 1;
    gboolean active;
    guint tier = lad_start_tier(kernel, wanted->vpage, &active);
    if (tier == LAD_TIER_NONE)
        tier = kernel->placement.class->place(&kernel->placement, wanted);
    g_assert(tier < kernel->host->n_tiers);
    if (active)
        flags |= LAD_PAGE_ACTIVE;
    guint group = wanted->process->group;
    if (!lad_cgroup_charge(kernel, group, n, wanted->thread, core, now, cost))
        return LAD_PAGE_NONE;
    LadPage page = lad_pages_take(kernel, wanted->vpage, n);
    if (page != LAD_PAGE_NONE) {
        tier = lad_frames_find(kernel, tier, n, core, now, cost);
        if (tier != LAD_TIER_NONE) {
            for (guint i = 0; i < n; i++)
                kernel->words[page + i] =
                    LAD_PAGE_PRESENT | flags | tier | (wanted->huge ? LAD_PAGE_HUGE : 0);
            for (guint i = 0; i < n; i++)
                kernel->swaps[page + i].group = (guint16)group;
            count_resident(kernel, page, (gint64)n);
            if (flags & LAD_PAGE_UNMOVABLE)
                return page;
            kernel->reclaim.class->add(&kernel->reclaim, page,
                                       active ? LAD_ARRIVAL_PROMOTION : LAD_ARRIVAL_TOUCH);
            return page;
        }
        lad_pages_give(kernel, page, n);
    }
    lad_cgroup_uncharge(kernel, group, n);
    if (!wanted->huge)
        lad_frames_out_of_memory(kernel);
    return LAD_PAGE_NONE;
}

void
lad_page_map(LadKernel *kernel, LadSpace *space, guint64 vpage, LadPage page, gboolean huge)
{
    lad_space_enter(space, vpage, page, huge);
    lad_rmap_add(kernel, page, space->process, vpage);
    lad_kernel_account(kernel, LAD_VM_NR_MAPPED, huge ? LAD_HUGE_PAGES : 1);
}

/* Free a page that nothing maps any more. */
static void
page_release(LadKernel *kernel, LadPage page)
{
    guint n = lad_page_span(kernel, page);
    guint tier = lad_page_tier(kernel->words[page]), flags = kernel->swaps[page].flags;
    if (kernel->words[page] & LAD_PAGE_LRU)
        lad_lru_withdraw(kernel, page);
    if (flags & LAD_SWAP_LOCKED)
        lad_swapin_forget(kernel, page, lad_queue_now(kernel->host->queue));
    if (flags & LAD_SWAP_ROTATING)
        lad_writeback_forget(kernel, page);
    lad_swap_free_slot(kernel, page);
    if (flags & LAD_SWAP_OUT) {
        lad_pages_give(kernel, page, n);
        return;
    }
    count_resident(kernel, page, -(gint64)n);
    lad_cgroup_uncharge(kernel, lad_page_group(kernel, page), n);
    lad_frames_give(kernel, tier, n);
    lad_pages_give(kernel, page, n);
    lad_kernel_account(kernel, LAD_VM_PGFREE, n);
}

void
lad_page_unmap(LadKernel *kernel, LadSpace *space, guint64 vpage, const LadRegion *region)
{
    gboolean huge;
    LadPage page = lad_space_find(space, vpage, &huge);
    page = lad_page_head(kernel->words[page], page);
    lad_space_remove(space, vpage);
    lad_rmap_remove(kernel, page, space->process, vpage);
    kernel->vm[LAD_VM_NR_MAPPED] -= huge ? LAD_HUGE_PAGES : 1;
    if (lad_rmap_count(kernel, page) > 0)
        return;
    if (kernel->words[page] & LAD_PAGE_SHARED) {
        g_assert(region && region->file);
        lad_file_enter(kernel, region->file, region->offset + (vpage - region->start),
                       LAD_PAGE_NONE);
    }
    page_release(kernel, page);
}

gboolean
lad_page_split(LadKernel *kernel, LadSpace *space, guint64 vpage, LadTime now)
{
    vpage &= ~(guint64)(LAD_HUGE_PAGES - 1);
    gboolean huge;
    LadPage first = lad_space_find(space, vpage, &huge);
    g_assert(huge);
    if (!lad_space_split(kernel, space, vpage, now))
        return FALSE;
    LadPageWord head = kernel->words[first];
    if (head & LAD_PAGE_LRU)
        lad_lru_withdraw(kernel, first);
    LadPageWord inherited = head & (LAD_PAGE_REFERENCED | LAD_PAGE_ACTIVE | LAD_PAGE_DEMOTED);
    LadPageWord stamp = head >> LAD_PAGE_STAMP_SHIFT << LAD_PAGE_STAMP_SHIFT;
    kernel->owners[first] = 0;
    lad_page_change_all(kernel, first, inherited | stamp, 0);
    for (guint i = 0; i < LAD_HUGE_PAGES; i++)
        kernel->words[first + i] &= ~(LAD_PAGE_HUGE | LAD_PAGE_LRU | LAD_PAGE_LIST_MASK);
    for (guint i = 0; i < LAD_HUGE_PAGES; i++) {
        lad_rmap_add(kernel, first + i, space->process, vpage + i);
        kernel->reclaim.class->add(&kernel->reclaim, first + i, LAD_ARRIVAL_SPLIT);
    }
    LadHost *host = kernel->host;
    host->hooks->shootdown(host, space->process, 0, LAD_PAGE_NONE, now);
    lad_kernel_account(kernel, LAD_VM_THP_SPLIT_PAGE, 1);
    return TRUE;
}

/* ---- Records
 * ----------------------------------------------------------------------------------------- */

void
lad_kernel_add_process(LadKernel *kernel, LadProcess *process)
{
    g_assert(process->id < 1u << 26);
    LadSpace *space = lad_space_new(process);
    process->space = space;
    if (kernel->spaces->len <= process->id)
        g_ptr_array_set_size(kernel->spaces, (gint)process->id + 1);
    kernel->spaces->pdata[process->id] = space;
}

static void
page_range(guint64 address, guint64 size, guint64 *start, guint64 *end)
{
    *start = (address >> LAD_PAGE_SHIFT) & LAD_OWNER_VPAGE_MASK;
    *end = *start + ((address % LAD_PAGE_BYTES + size + LAD_PAGE_BYTES - 1) >> LAD_PAGE_SHIFT);
    *end = MIN(*end, LAD_OWNER_VPAGE_MASK + 1);
}

void
lad_kernel_unmap(LadKernel *kernel, LadProcess *process, guint64 address, guint64 size, LadTime now)
{
    LadSpace *space = process->space;
    LadHost *host = kernel->host;
    guint64 start, end, vpage, n_gone = 0;
    LadPage page;
    gboolean huge;
    page_range(address, size, &start, &end);
    for (guint64 at = start; lad_space_next(space, at, end, &vpage, &page, &huge); at = vpage + 1) {
        if (huge && (vpage % LAD_HUGE_PAGES != 0 || vpage + LAD_HUGE_PAGES > end)) {
            if (!lad_page_split(kernel, space, vpage, now))
                return;
            huge = FALSE;
        }
        if (n_gone++ < FLUSH_CEILING)
            host->hooks->shootdown(host, process, vpage, page, now);
        lad_page_unmap(kernel, space, vpage, lad_region_find(space, vpage));
        if (huge)
            vpage += LAD_HUGE_PAGES - 1;
    }
    if (n_gone > FLUSH_CEILING)
        host->hooks->shootdown(host, process, 0, LAD_PAGE_NONE, now);
    lad_space_prune(kernel, space, start, end);
    lad_region_remove(space, start, end);
}

/* Only the flags of what is mapped from `start` on change; its pages stay. */
static void
region_change(LadSpace *space, guint64 start, guint64 end, guint flags)
{
    const LadRegion *old = lad_region_find(space, start);
    if (!old)
        return;
    LadRegion changed = *old;
    end = MIN(end, old->end);
    changed.offset += start - old->start;
    changed.start = start;
    changed.end = end;
    changed.flags = flags | (old->flags & LAD_MAP_ANONYMOUS);
    lad_region_remove(space, start, end);
    lad_region_add(space, &changed);
}

void
lad_kernel_map(LadKernel *kernel, LadProcess *process, const LadRecord *record, LadTime now)
{
    LadRegion region = {.flags = record->flags};
    page_range(record->address, record->size, &region.start, &region.end);
    if (region.start == region.end)
        return;
    if (record->flags & LAD_MAP_CHANGE) {
        region_change(process->space, region.start, region.end,
                      record->flags & ~(guint)LAD_MAP_CHANGE);
        return;
    }
    lad_kernel_unmap(kernel, process, record->address, record->size, now);
    if (!(record->flags & LAD_MAP_ANONYMOUS) && record->text && record->text[0]) {
        region.file = lad_file_intern(kernel, record->text);
        region.offset = record->value >> LAD_PAGE_SHIFT;
    } else if (record->flags & LAD_MAP_SHARED) {
        /* Shared anonymous memory: a file without a name, which children of a fork keep in common.
         */
        g_autofree char *name = g_strdup_printf("//shared %u", kernel->files->len);
        region.file = lad_file_intern(kernel, name);
        region.flags |= LAD_MAP_ANONYMOUS;
    }
    lad_region_add(process->space, &region);
}

void
lad_kernel_fork(LadKernel *kernel, LadProcess *parent, LadProcess *child, LadTime now)
{
    lad_contents_fork(kernel->host, parent, child);
    LadSpace *from = parent->space, *to = child->space;
    LadHost *host = kernel->host;
    guint64 vpage;
    LadPage page;
    gboolean huge;
    if (child->group == 0)
        child->group = parent->group;
    g_array_set_size(to->regions, 0);
    g_array_append_vals(to->regions, from->regions->data, from->regions->len);
    guint64 all = LAD_OWNER_VPAGE_MASK + 1;
    for (guint64 at = 0; lad_space_next(from, at, all, &vpage, &page, &huge); at = vpage + 1) {
        if (huge && !lad_page_split(kernel, from, vpage, now))
            return;
        if (!lad_space_make_tables(kernel, to, vpage, FALSE, now))
            return;
        lad_page_map(kernel, to, vpage, page, FALSE);
        const LadRegion *region = lad_region_find(from, vpage);
        if (!region || !(region->flags & LAD_MAP_SHARED))
            kernel->words[page] |= LAD_PAGE_READONLY;
    }
    host->hooks->shootdown(host, parent, 0, LAD_PAGE_NONE, now);
}
