/* fault.c - what happens when an access cannot go on: first touch, copy on write, hint fault.
 *
 * First touch of private anonymous memory makes a zeroed page, 4 KiB or 2 MiB. File pages are kept
 * once per (file, offset): a shared mapping, and a private one that only reads, share them; a
 * private one that writes gets a copy. Reading a file in is not modelled; its pages are as if just
 * filled.
 */
#include "config.h"
#include "sim/kernel/limits.h"
#include "sim/kernel/swap.h"

typedef struct {
    LadKernel *kernel;
    LadThread *thread;
    LadSpace *space;
    guint core;
    guint64 vpage;
    const LadRegion *region; /* NULL: none recorded */
    LadAccess access;
    LadTime now;
    LadFault *result;
    LadCopy *copy; /* transfers that the faulting thread waits for */
} Fault;

/* The bits that the faulting access itself leaves in the page's word. */
static LadPageWord
access_bits(const Fault *fault)
{
    return LAD_PAGE_ACCESSED | (fault->access == LAD_ACCESS_WRITE ? LAD_PAGE_DIRTY : 0);
}

static gboolean
is_private(const Fault *fault)
{
    return !fault->region || !(fault->region->flags & LAD_MAP_SHARED);
}

/* A new page with its content written once: zeros, or what a file holds. */
static LadPage
new_page(Fault *fault, guint64 vpage, gboolean file, gboolean huge, LadPageWord flags)
{
    LadKernel *kernel = fault->kernel;
    LadNewPage wanted = {.process = fault->thread->process,
                         .vpage = vpage,
                         .file = file,
                         .shmem = !file && flags & LAD_PAGE_SHARED,
                         .huge = huge,
                         .thread = fault->thread};
    LadPage page =
        lad_page_new(kernel, &wanted, flags, fault->core, fault->now, &fault->result->kernel_cost);
    if (page != LAD_PAGE_NONE && kernel->params.zero_pages)
        lad_copy_add(fault->copy, lad_page_tier(kernel->words[page]), LAD_TRANSFER_COPY_WRITE, page,
                     huge ? LAD_HUGE_PAGES : 1, fault->now);
    return page;
}

static gboolean
touch_huge(Fault *fault)
{
    LadKernel *kernel = fault->kernel;
    guint64 first = fault->vpage & ~(guint64)(LAD_HUGE_PAGES - 1);
    if (!lad_space_huge_is_free(fault->space, first) ||
        !lad_region_allows_huge(fault->space, first, first + LAD_HUGE_PAGES) ||
        !lad_space_make_tables(kernel, fault->space, first, TRUE, fault->now))
        return FALSE;
    LadPage page = new_page(fault, first, FALSE, TRUE, 0);
    if (page == LAD_PAGE_NONE) {
        lad_kernel_account(kernel, LAD_VM_THP_FAULT_FALLBACK, 1);
        return FALSE;
    }
    lad_page_map(kernel, fault->space, first, page, TRUE);
    kernel->words[page + (fault->vpage - first)] |= access_bits(fault);
    lad_kernel_account(kernel, LAD_VM_THP_FAULT_ALLOC, 1);
    return TRUE;
}

/* Memory of the kernel's own is on no list, and nothing moves it. */
static LadPageWord
kind_bits(const Fault *fault)
{
    return fault->region && fault->region->flags & LAD_MAP_KERNEL ? LAD_PAGE_UNMOVABLE : 0;
}

static gboolean
touch_anonymous(Fault *fault)
{
    LadKernel *kernel = fault->kernel;
    if (kernel->params.huge_pages && touch_huge(fault))
        return TRUE;
    if (kernel->host->error ||
        !lad_space_make_tables(kernel, fault->space, fault->vpage, FALSE, fault->now))
        return FALSE;
    LadPage page =
        new_page(fault, fault->vpage, FALSE, FALSE, access_bits(fault) | kind_bits(fault));
    if (page == LAD_PAGE_NONE)
        return FALSE;
    lad_page_map(kernel, fault->space, fault->vpage, page, FALSE);
    return TRUE;
}

static gboolean
touch_file(Fault *fault)
{
    LadKernel *kernel = fault->kernel;
    const LadRegion *region = fault->region;
    guint64 offset = region->offset + (fault->vpage - region->start);
    gboolean shared = !is_private(fault), write = fault->access == LAD_ACCESS_WRITE;
    LadPage page = lad_file_find(kernel, region->file, offset);
    /* A private mapping gets its own copy when it writes, or when others write the file's page. */
    if (!shared && (write || (page != LAD_PAGE_NONE && !(kernel->words[page] & LAD_PAGE_READONLY))))
        return touch_anonymous(fault);
    if (!lad_space_make_tables(kernel, fault->space, fault->vpage, FALSE, fault->now))
        return FALSE;
    if (page == LAD_PAGE_NONE) {
        gboolean named = !(region->flags & LAD_MAP_ANONYMOUS);
        LadPageWord flags = access_bits(fault) | LAD_PAGE_SHARED | (named ? LAD_PAGE_FILE : 0);
        if (!shared)
            flags |= LAD_PAGE_READONLY;
        page = new_page(fault, fault->vpage, named, FALSE, flags);
        if (page == LAD_PAGE_NONE)
            return FALSE;
        lad_file_enter(kernel, region->file, offset, page);
    }
    lad_page_map(kernel, fault->space, fault->vpage, page, FALSE);
    kernel->words[page] |= LAD_PAGE_ACCESSED;
    if (fault->access == LAD_ACCESS_FETCH)
        kernel->words[page] |= LAD_PAGE_EXEC;
    return TRUE;
}

static gboolean
first_touch(Fault *fault)
{
    fault->result->cost = fault->kernel->params.fault_cost;
    lad_kernel_account(fault->kernel, LAD_VM_PGFAULT, 1);
    lad_cgroup_count(fault->kernel, fault->thread->process->group, LAD_CG_PGFAULT, 1);
    lad_cgroup_stat_update(fault->kernel, 4); /* PGFAULT, PGPGIN, NR_ANON_MAPPED, NR_ANON_PAGES */
    return fault->region && fault->region->file ? touch_file(fault) : touch_anonymous(fault);
}

/* Others map the page privately and must not see what a shared mapping now writes: they lose it and
 * fault again. */
static void
drop_private_mappings(Fault *fault, LadPage page)
{
    LadKernel *kernel = fault->kernel;
    LadHost *host = kernel->host;
    for (guint i = lad_rmap_count(kernel, page); i-- > 0;) {
        LadProcess *process;
        guint64 vpage;
        lad_rmap_get(kernel, page, i, &process, &vpage);
        LadSpace *space = process->space;
        const LadRegion *region = lad_region_find(space, vpage);
        if (region && (region->flags & LAD_MAP_SHARED))
            continue;
        host->hooks->shootdown(host, process, vpage, page, fault->now);
        lad_page_unmap(kernel, space, vpage, region);
    }
}

static gboolean
copy_on_write(Fault *fault, LadPage page)
{
    LadKernel *kernel = fault->kernel;
    fault->result->cost = kernel->params.cow_cost;
    lad_kernel_account(kernel, LAD_VM_COW_FAULT, 1);
    if (!is_private(fault)) {
        drop_private_mappings(fault, page);
        kernel->words[page] &= ~LAD_PAGE_READONLY;
        return TRUE;
    }
    if (!(kernel->words[page] & LAD_PAGE_SHARED) && lad_rmap_count(kernel, page) == 1) {
        /* The others have their copies already. */
        kernel->words[page] &= ~LAD_PAGE_READONLY;
        return TRUE;
    }
    LadNewPage wanted = {
        .process = fault->thread->process, .vpage = fault->vpage, .thread = fault->thread};
    LadPage fresh = lad_page_new(kernel, &wanted, access_bits(fault) | kind_bits(fault),
                                 fault->core, fault->now, &fault->result->kernel_cost);
    if (fresh == LAD_PAGE_NONE)
        return FALSE;
    LadHost *host = kernel->host;
    lad_copy_add(fault->copy, lad_page_tier(kernel->words[page]), LAD_TRANSFER_COPY_READ, page, 1,
                 fault->now);
    lad_copy_add(fault->copy, lad_page_tier(kernel->words[fresh]), LAD_TRANSFER_COPY_WRITE, fresh,
                 1, fault->now);
    host->hooks->shootdown(host, fault->thread->process, fault->vpage, page, fault->now);
    lad_page_unmap(kernel, fault->space, fault->vpage, fault->region);
    lad_page_map(kernel, fault->space, fault->vpage, fresh, FALSE);
    return TRUE;
}

/* Wait for the transfers: add their time to the fault, or put the thread to sleep. */
static void
finish(Fault *fault, gboolean ok)
{
    LadFault *result = fault->result;
    LadTime extra = result->cost;
    LadTime done = lad_copy_settle(fault->copy, ok ? fault->thread : NULL, extra);
    if (!ok)
        result->status = LAD_FAULT_FAILED;
    else if (done == LAD_PENDING)
        result->status = LAD_FAULT_SLEEP;
    else
        result->cost += done - fault->now;
    lad_kernel_account(fault->kernel, LAD_VM_FAULT_PS, result->cost);
}

LadFault
lad_kernel_fault(LadKernel *kernel, LadThread *thread, guint core, guint64 vaddr, LadAccess access,
                 LadTime now)
{
    LadFault result = {LAD_FAULT_DONE, 0, 0};
    kernel->faulting = thread;
    LadSpace *space = thread->process->space;
    guint64 vpage = (vaddr >> LAD_PAGE_SHIFT) & LAD_OWNER_VPAGE_MASK;
    gboolean huge;
    LadPage page = lad_space_find(space, vpage, &huge);
    LadPageWord word = page == LAD_PAGE_NONE ? 0 : kernel->words[page];
    if (word & LAD_PAGE_HINT) {
        lad_hintscan_fault(kernel, thread, core, page, access, now, &result);
        return result;
    }
    if (word & LAD_PAGE_PRESENT && !(access == LAD_ACCESS_WRITE && word & LAD_PAGE_READONLY))
        return result; /* another core has been here meanwhile */

    if (page != LAD_PAGE_NONE && !(word & LAD_PAGE_PRESENT)) {
        lad_swapin_fault(kernel, thread, core, vpage, page, access, now, &result);
        lad_limits_return(kernel, thread, core, now, &result);
        return result;
    }
    Fault fault = {kernel,  thread,
                   space,   core,
                   vpage,   lad_region_find(space, vpage),
                   access,  now,
                   &result, lad_copy_new(kernel, now)};
    gboolean ok = page == LAD_PAGE_NONE ? first_touch(&fault) : copy_on_write(&fault, page);
    finish(&fault, ok);
    lad_limits_return(kernel, thread, core, now, &result);
    return result;
}
