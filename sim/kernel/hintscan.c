/* hintscan.c - the scanner that marks pages so that their next touch faults, and that fault.
 *
 * As NUMA balancing does: at the ticks of a running thread, once per scan period and address space,
 * the next scan-size of mapped memory is gone through in ascending order, round and round; pages of
 * the tiers that the policy named are marked and their translations dropped. The stamp of a mark is
 * kept in the page's word, in whole milliseconds of kernel time.
 *
 * Left out: the pacing by task run time and the adaptive period (the period is constant).
 */
#include "config.h"
#include "sim/kernel/state.h"
#include <memladder/core.h>

/* Above so many pages Linux flushes the whole TLB instead (tlb_single_page_flush_ceiling). */
#define FLUSH_CEILING 33

static guint32
stamp_now(const LadKernel *kernel, LadTime now)
{
    return (guint32)(now / lad_kernel_scaled(kernel, LAD_MS));
}

void
lad_hintscan_mark_tier(LadKernel *kernel, guint tier)
{
    g_assert(tier < kernel->host->n_tiers);
    kernel->marked_tiers |= 1u << tier;
}

void
lad_hintscan_mark_demoted(LadKernel *kernel)
{
    kernel->mark_demoted = TRUE;
}

void
lad_hintscan_mark(LadKernel *kernel, LadPage page, LadTime now)
{
    lad_page_change_all(kernel, page, LAD_PAGE_HINT, 0);
    LadPageWord *word = &kernel->words[lad_page_head(kernel->words[page], page)];
    *word = (*word & G_MAXUINT32) | (LadPageWord)stamp_now(kernel, now) << LAD_PAGE_STAMP_SHIFT;
}

/* One scan of an address space; returns the CPU time. */
static LadTime
scan(LadKernel *kernel, LadSpace *space, LadTime now)
{
    LadHost *host = kernel->host;
    guint64 left = MAX(kernel->params.scan_size >> LAD_PAGE_SHIFT, 1);
    guint64 end = LAD_OWNER_VPAGE_MASK + 1, vpage;
    guint64 n_marked = 0;
    LadPage page;
    gboolean huge;
    LadTime cost = 0;
    while (left > 0) {
        if (!lad_space_next(space, space->scan_at, end, &vpage, &page, &huge)) {
            space->scan_at = 0;
            break;
        }
        LadPage head = lad_page_head(kernel->words[page], page);
        LadPageWord word = kernel->words[head];
        guint n = huge ? LAD_HUGE_PAGES : 1;
        if (kernel->marked_tiers >> lad_page_tier(word) & 1 && !(word & LAD_PAGE_HINT)) {
            lad_hintscan_mark(kernel, head, now);
            lad_kernel_account(kernel, LAD_VM_NUMA_PTE_UPDATES, n);
            if (n_marked++ < FLUSH_CEILING)
                host->hooks->shootdown(host, space->process, vpage, page, now);
            cost += kernel->params.pte_mark_cost;
        } else {
            cost += kernel->params.pte_skip_cost;
        }
        space->scan_at = (huge ? vpage & ~(guint64)(LAD_HUGE_PAGES - 1) : vpage) + n;
        left -= MIN(n, left);
    }
    if (n_marked > FLUSH_CEILING)
        host->hooks->shootdown(host, space->process, 0, LAD_PAGE_NONE, now);
    if (n_marked > 0)
        cost += kernel->params.shootdown_cost;
    lad_kernel_account(kernel, LAD_VM_SCAN_PS, cost);
    return cost;
}

LadTime
lad_kernel_jiffy(const LadKernel *kernel)
{
    return lad_kernel_scaled(kernel, kernel->params.jiffy);
}

LadTime
lad_kernel_tick(LadKernel *kernel, LadThread *thread, guint core G_GNUC_UNUSED, LadTime now)
{
    LadSpace *space = thread->process->space;
    if (!kernel->marked_tiers)
        return 0;
    if (space->next_scan == 0)
        space->next_scan = now + lad_kernel_scaled(kernel, kernel->params.scan_delay);
    if (now < space->next_scan)
        return 0;
    space->next_scan = now + lad_kernel_scaled(kernel, kernel->params.scan_period);
    return scan(kernel, space, now);
}

/* ---- Ticks -------------------------------------------------------------------------------- */

/* No tick is further away than so many jiffies, so that new address spaces are noticed. */
#define LONGEST_SLEEP 16

/* When is there something to do again? Ticks without a scan are passed over. */
static LadTime
next_tick(const LadKernel *kernel, LadTime now)
{
    LadTime jiffy = lad_kernel_jiffy(kernel);
    LadTime due = now + LONGEST_SLEEP * jiffy;
    for (guint i = 0; i < kernel->spaces->len; i++) {
        const LadSpace *space = g_ptr_array_index(kernel->spaces, i);
        if (space)
            due = MIN(due, MAX(space->next_scan, now + jiffy));
    }
    return now + (due - now + jiffy - 1) / jiffy * jiffy;
}

static void
tick(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    LadKernel *kernel = data;
    LadHost *host = kernel->host;
    for (guint i = 0; i < host->n_cores; i++) {
        LadThread *thread = host->cores[i]->thread;
        LadTime cost = thread ? lad_kernel_tick(kernel, thread, i, now) : 0;
        if (cost)
            host->hooks->charge(host, i, now, cost, LAD_CHARGE_SCAN);
    }
    lad_queue_add(host->queue, next_tick(kernel, now), LAD_ORDER_DAEMON, tick, kernel, 0);
}

void
lad_hintscan_start(LadKernel *kernel)
{
    const LadHost *host = kernel->host;
    if (kernel->marked_tiers && host->n_cores > 0)
        lad_queue_add(host->queue, lad_kernel_jiffy(kernel), LAD_ORDER_DAEMON, tick, kernel, 0);
}

/* ---- The fault
 * ---------------------------------------------------------------------------------------- */

static void
count_candidate(LadKernel *kernel, LadPage head, guint n)
{
    LadPageWord word = kernel->words[head];
    lad_kernel_account(kernel, LAD_VM_PGPROMOTE_CANDIDATE, n);
    lad_kernel_account(kernel,
                       word & LAD_PAGE_FILE ? LAD_VM_PGPROMOTE_CANDIDATE_FILE
                                            : LAD_VM_PGPROMOTE_CANDIDATE_ANON,
                       n);
    if (word & LAD_PAGE_DEMOTED)
        lad_kernel_account(kernel, LAD_VM_PGPROMOTE_CANDIDATE_DEMOTED, n);
    kernel->words[head] &= ~LAD_PAGE_DEMOTED;
}

/* The policy wants the page in `to`. */
static void
promote(LadKernel *kernel, LadThread *thread, LadPage head, guint to, LadTime now, LadFault *result)
{
    guint n = lad_page_span(kernel, head);
    count_candidate(kernel, head, n);
    if (!(kernel->words[head] & LAD_PAGE_LRU)) {
        lad_kernel_account(kernel, LAD_VM_PGMIGRATE_FAIL_NUMA_ISOLATE, n);
        return;
    }
    lad_kernel_account(kernel, LAD_VM_PGPROMOTE_TRIED, n);
    guint64 floor = kernel->zones[to].promotion_floor + 1;
    if (!lad_frames_take(kernel, to, n, floor)) {
        lad_kernel_account(kernel, LAD_VM_PGMIGRATE_FAIL_DST_NODE_FULL, n);
        lad_kswapd_wake_for(kernel, to, n + floor, now);
        result->cost += kernel->params.failed_candidate_cost;
        return;
    }
    lad_kswapd_check(kernel, to, now);
    lad_lru_withdraw(kernel, head);
    LadCopy *copy = lad_copy_new(kernel, now);
    LadTime cost = lad_migrate_move(kernel, head, to, LAD_MOVE_PROMOTION, copy, now);
    LadTime done = lad_copy_settle(copy, thread, cost + result->cost);
    if (done == LAD_PENDING)
        result->status = LAD_FAULT_SLEEP;
    else
        cost += done - now;
    result->kernel_cost += cost;
    lad_kernel_account(kernel, LAD_VM_MIGRATION_PS, cost);
}

void
lad_hintscan_fault(LadKernel *kernel, LadThread *thread, guint core, LadPage page, LadAccess access,
                   LadTime now, LadFault *result)
{
    LadPage head = lad_page_head(kernel->words[page], page);
    LadPageWord word = kernel->words[head];
    guint tier = lad_page_tier(word);
    LadTime age =
        (LadTime)(stamp_now(kernel, now) - (guint32)(word >> LAD_PAGE_STAMP_SHIFT)) * LAD_MS;
    lad_page_change_all(kernel, head, 0, LAD_PAGE_HINT);
    kernel->words[page] |= LAD_PAGE_ACCESSED;
    lad_kernel_account(kernel, LAD_VM_NUMA_HINT_FAULTS, 1);
    if (tier == 0)
        lad_kernel_account(kernel, LAD_VM_NUMA_HINT_FAULTS_LOCAL, 1);
    result->cost += kernel->params.hint_fault_cost;

    const LadPlacementClass *policy = kernel->placement.class;
    if (policy->hint_fault) {
        LadHintFault fault = {.process = thread->process,
                              .core = core,
                              .page = head,
                              .tier = tier,
                              .access = access,
                              .demoted = (word & LAD_PAGE_DEMOTED) != 0,
                              .age = age,
                              .now = now};
        guint to = policy->hint_fault(&kernel->placement, &fault);
        if (to != LAD_TIER_NONE && to != tier)
            promote(kernel, thread, head, to, now, result);
    }
    lad_kernel_account(kernel, LAD_VM_FAULT_PS, result->cost);
}
