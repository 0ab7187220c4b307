/* swapin.c - a fault on a page that is not mapped: do_swap_page of Linux 6.1, and of file pages.
 *
 * A page that is still in memory is mapped (a minor fault). One that is out is charged, which may
 * reclaim; gets a frame; is weighed by its refault distance; and is read while its thread sleeps,
 * or decompressed at once. Then it is mapped, with its accessed bit set. Its slot is kept until
 * swap is half full, or the fault is a write, so that a clean page can be dropped without a write.
 * The wait for a page that had been in use before (PG_workingset) is a memory stall; any wait is
 * I/O.
 */
#include "config.h"
#include "sim/kernel/pressure.h"
#include "sim/kernel/swap.h"

#define READAHEAD_MOST 32

typedef struct {
    LadPage page;
    LadThread *thread;
    guint64 vpage;
    gboolean write, stalled;
} Waiter;

GArray *
lad_swapin_waiters_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(Waiter));
}

static void
set_flags(LadKernel *kernel, LadPage page, guint set, guint clear)
{
    kernel->swaps[page].flags = (guint16)((kernel->swaps[page].flags & ~clear) | set);
}

/* The page is in memory and up to date: map it for this access. */
static void
map_page(LadKernel *kernel, LadSpace *space, guint64 vpage, LadPage page, gboolean write)
{
    LadPageSwap *state = &kernel->swaps[page];
    LadPageWord *word = &kernel->words[page];
    write = write && !(*word & LAD_PAGE_READONLY);
    *word |= LAD_PAGE_PRESENT | LAD_PAGE_ACCESSED | (write ? LAD_PAGE_DIRTY : 0);
    lad_cgroup_stat_update(kernel, 1);
    if (state->flags & LAD_SWAP_READAHEAD) {
        set_flags(kernel, page, 0, LAD_SWAP_READAHEAD);
        lad_readahead_hit(kernel, space, vpage, page);
    }
    if (state->slot && !(state->flags & LAD_SWAP_WRITEBACK) &&
        (write || lad_swap_is_full(kernel, state->group))) {
        lad_swap_free_slot(kernel, page);
        set_flags(kernel, page, LAD_SWAP_DIRTY, 0);
    }
}

/* ---- Sleeping ---------------------------------------------------------------------------------
 */

static void
wait_for(LadKernel *kernel, LadThread *thread, guint64 vpage, LadPage page, gboolean write,
         LadTime now)
{
    gboolean stalled = (kernel->swaps[page].flags & LAD_SWAP_WORKINGSET) != 0;
    Waiter waiter = {page, thread, vpage, write, stalled};
    g_array_append_val(kernel->waiters, waiter);
    thread->state = LAD_THREAD_IOWAIT;
    if (stalled)
        lad_psi_memstall_enter(kernel, thread, now);
}

static void
wake_waiters(LadKernel *kernel, LadPage page, gboolean map, LadTime now)
{
    LadHost *host = kernel->host;
    for (guint i = 0; i < kernel->waiters->len;) {
        Waiter waiter = g_array_index(kernel->waiters, Waiter, i);
        if (waiter.page != page) {
            i++;
            continue;
        }
        g_array_remove_index(kernel->waiters, i);
        LadTime when = now + kernel->params.swap_wake_cost;
        if (map)
            map_page(kernel, waiter.thread->process->space, waiter.vpage, page, waiter.write);
        if (waiter.stalled)
            lad_psi_memstall_leave(kernel, waiter.thread, when);
        host->hooks->wake(host, waiter.thread, when);
    }
}

static void
page_is_read(LadTime now, void *data, guint64 argument)
{
    LadKernel *kernel = data;
    LadPage page = (LadPage)argument;
    if (!(kernel->swaps[page].flags & LAD_SWAP_LOCKED))
        return; /* freed meanwhile */
    set_flags(kernel, page, 0, LAD_SWAP_LOCKED);
    wake_waiters(kernel, page, TRUE, now);
}

void
lad_swapin_forget(LadKernel *kernel, LadPage page, LadTime now)
{
    set_flags(kernel, page, 0, LAD_SWAP_LOCKED);
    wake_waiters(kernel, page, FALSE, now);
}

/* ---- Bringing in ------------------------------------------------------------------------------
 */

/* A frame for a page that is out. FALSE: none, or the group may have no more. */
static gboolean
take_frame(LadKernel *kernel, LadThread *thread, guint core, LadPage page, LadTime now,
           LadTime *cost)
{
    LadPlacement *policy = &kernel->placement;
    LadProcess *process = thread->process;
    guint64 vpage = 0;
    guint group = lad_page_group(kernel, page);
    if (!lad_cgroup_charge(kernel, group, 1, thread, core, now, cost))
        return FALSE;
    if (lad_rmap_count(kernel, page) > 0)
        lad_rmap_get(kernel, page, 0, &process, &vpage);
    LadNewPage wanted = {.process = process,
                         .vpage = vpage,
                         .file = (kernel->words[page] & LAD_PAGE_FILE) != 0,
                         .shmem = (kernel->words[page] & LAD_PAGE_SHARED) != 0,
                         .thread = thread};
    guint tier =
        lad_frames_find(kernel, policy->class->place(policy, &wanted), 1, core, now + *cost, cost);
    if (tier == LAD_TIER_NONE) {
        lad_cgroup_uncharge(kernel, group, 1);
        lad_frames_out_of_memory(kernel);
        return FALSE;
    }
    lad_page_change(kernel, page, tier, LAD_PAGE_TIER_MASK);
    return TRUE;
}

/* The page is out; it gets a frame and its place on the lists, and is locked. */
static gboolean
bring_in(LadKernel *kernel, LadThread *thread, guint core, LadPage page, LadTime now, LadTime *cost)
{
    LadPageSwap *state = &kernel->swaps[page];
    gboolean file = (kernel->words[page] & LAD_PAGE_FILE) != 0;
    if (!take_frame(kernel, thread, core, page, now, cost))
        return FALSE;
    set_flags(kernel, page, LAD_SWAP_LOCKED, LAD_SWAP_OUT);
    lad_cgroup_level(kernel, state->group, file ? LAD_CG_FILE : LAD_CG_ANON, LAD_PAGE_BYTES);
    if (state->slot)
        lad_cgroup_level(kernel, state->group, LAD_CG_SWAPCACHED, LAD_PAGE_BYTES);
    lad_cgroup_stat_update(kernel, 2); /* PGPGIN, NR_SWAPCACHE */
    lad_workingset_refault(kernel, page);
    kernel->reclaim.class->add(&kernel->reclaim, page, LAD_ARRIVAL_REFAULT);
    return TRUE;
}

static LadTime
read_page(LadKernel *kernel, LadPage page, LadTime now)
{
    guint64 slot = lad_page_slot(kernel, page);
    if (slot == LAD_SLOT_NONE) {
        lad_kernel_account(kernel, LAD_VM_PGPGIN, 1);
        return now + kernel->params.file_latency;
    }
    if (!lad_chain_is_synchronous(kernel, slot)) {
        lad_cgroup_count(kernel, lad_page_group(kernel, page), LAD_CG_PSWPIN, 1);
        lad_kernel_account(kernel, LAD_VM_PSWPIN, 1);
    }
    LadTime done = lad_chain_load(kernel, page, slot, now, page_is_read, kernel, page);
    if (lad_chain_holder(kernel, slot) == LAD_TIER_NONE)
        set_flags(kernel, page, LAD_SWAP_DIRTY, 0);
    return done;
}

/* Is the content there at once, by work of the CPU alone? */
static gboolean
is_synchronous(const LadKernel *kernel, LadPage page)
{
    guint64 slot = lad_page_slot(kernel, page);
    return slot != LAD_SLOT_NONE && lad_chain_is_synchronous(kernel, slot);
}

static void
read_ahead(LadKernel *kernel, LadThread *thread, guint core, guint64 vpage, LadPage page,
           LadTime now, LadTime *cost)
{
    LadPage pages[READAHEAD_MOST];
    guint n =
        lad_readahead_plan(kernel, thread->process->space, vpage, page, pages, G_N_ELEMENTS(pages));
    for (guint i = 0; i < n; i++) {
        if (!bring_in(kernel, thread, core, pages[i], now + *cost, cost))
            return;
        gboolean synchronous = is_synchronous(kernel, pages[i]);
        LadTime begin = now + *cost, done = read_page(kernel, pages[i], begin);
        set_flags(kernel, pages[i], LAD_SWAP_READAHEAD, 0);
        lad_kernel_account(kernel, LAD_VM_SWAP_RA, 1);
        lad_cgroup_count(kernel, lad_page_group(kernel, pages[i]), LAD_CG_SWAP_RA, 1);
        if (synchronous) {
            *cost += done - begin;
            set_flags(kernel, pages[i], 0, LAD_SWAP_LOCKED);
        } else if (done != LAD_PENDING) {
            lad_queue_add(kernel->host->queue, done, LAD_ORDER_COMPLETION, page_is_read, kernel,
                          pages[i]);
        }
    }
}

static void
swap_in(LadKernel *kernel, LadThread *thread, guint core, guint64 vpage, LadPage page,
        gboolean write, LadTime now, LadFault *result)
{
    guint group = lad_page_group(kernel, page);
    lad_cgroup_count(kernel, group, LAD_CG_PGMAJFAULT, 1);
    lad_kernel_account(kernel, LAD_VM_PGMAJFAULT, 1);
    lad_cgroup_stat_update(kernel, 1);
    if (!bring_in(kernel, thread, core, page, now + result->cost, &result->kernel_cost)) {
        result->status = LAD_FAULT_FAILED;
        return;
    }
    LadTime begin = now + result->cost + result->kernel_cost;
    if (is_synchronous(kernel, page)) {
        gboolean stalled = (kernel->swaps[page].flags & LAD_SWAP_WORKINGSET) != 0;
        if (stalled)
            lad_psi_memstall_enter(kernel, thread, begin);
        LadTime done = read_page(kernel, page, begin);
        if (stalled)
            lad_psi_memstall_leave(kernel, thread, done);
        result->cost += done - begin;
        set_flags(kernel, page, 0, LAD_SWAP_LOCKED);
        map_page(kernel, thread->process->space, vpage, page, write);
        return;
    }
    wait_for(kernel, thread, vpage, page, write, begin);
    LadTime done = read_page(kernel, page, begin);
    if (done != LAD_PENDING)
        lad_queue_add(kernel->host->queue, done, LAD_ORDER_COMPLETION, page_is_read, kernel, page);
    if (kernel->params.page_cluster > 0)
        read_ahead(kernel, thread, core, vpage, page, now + result->cost, &result->kernel_cost);
    result->status = LAD_FAULT_SLEEP;
}

void
lad_swapin_fault(LadKernel *kernel, LadThread *thread, guint core, guint64 vpage, LadPage page,
                 LadAccess access, LadTime now, LadFault *result)
{
    gboolean write = access == LAD_ACCESS_WRITE;
    guint flags = kernel->swaps[page].flags;
    result->cost = kernel->params.swap_fault_cost;
    lad_kernel_account(kernel, LAD_VM_PGFAULT, 1);
    lad_cgroup_count(kernel, thread->process->group, LAD_CG_PGFAULT, 1);
    lad_cgroup_stat_update(kernel, 1);
    lad_writeback_poll(kernel, now);
    if (flags & LAD_SWAP_LOCKED) {
        wait_for(kernel, thread, vpage, page, write, now + result->cost);
        result->status = LAD_FAULT_SLEEP;
    } else if (flags & LAD_SWAP_OUT) {
        swap_in(kernel, thread, core, vpage, page, write, now, result);
    } else {
        map_page(kernel, thread->process->space, vpage, page, write);
    }
    lad_kernel_account(kernel, LAD_VM_FAULT_PS, result->cost);
}
