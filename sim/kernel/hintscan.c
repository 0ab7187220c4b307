/* hintscan.c - the scanner that marks pages so that their next touch faults, and that fault.
 *
 * As NUMA balancing does: when a thread's scan is due (numapace.c), the next scan-size of mapped
 * memory is gone through in ascending order, round and round; pages of the tiers that the policy
 * named are marked and their translations dropped. A stretch of memory in which nothing was marked
 * does not count, up to eight times scan-size. The stamp of a mark is the jiffy at which the
 * scanner came to that page, in milliseconds of kernel time, and is kept in the page's word.
 */
#include "config.h"
#include "sim/kernel/state.h"
#include <memladder/core.h>

/* Above so many pages Linux flushes the whole TLB instead (tlb_single_page_flush_ceiling). */
#define FLUSH_CEILING 33

/* An unmarked stretch may be so many times scan-size. */
#define SPAN_FACTOR 8

static guint32
stamp_at(const LadKernel *kernel, LadTime now)
{
    return (guint32)(lad_kernel_jiffies(kernel, now) * kernel->params.jiffy / LAD_MS);
}

void
lad_hintscan_mark_tier(LadKernel *kernel, guint tier)
{
    g_assert(tier < kernel->host->n_tiers);
    kernel->marked_tiers |= 1u << tier;
}

void
lad_hintscan_mark_shared(LadKernel *kernel, guint tier)
{
    g_assert(tier < kernel->host->n_tiers);
    kernel->marked_shared |= 1u << tier;
}

void
lad_hintscan_mark_demoted(LadKernel *kernel)
{
    kernel->mark_demoted = TRUE;
}

static void
mark(LadKernel *kernel, LadPage page, guint32 stamp)
{
    lad_page_change_all(kernel, page, LAD_PAGE_HINT, 0);
    LadPageWord *word = &kernel->words[lad_page_head(kernel->words[page], page)];
    *word = (*word & G_MAXUINT32) | (LadPageWord)stamp << LAD_PAGE_STAMP_SHIFT;
}

void
lad_hintscan_mark(LadKernel *kernel, LadPage page, LadTime now)
{
    mark(kernel, page, stamp_at(kernel, now));
}

/* One scan under way. */
typedef struct {
    LadKernel *kernel;
    LadSpace *space;
    LadTime begin, cost;
    guint32 tiers; /* whose pages are marked */
    guint32 stamp;
    LadTime stamp_until; /* cost at which the next stamp begins */
    guint64 n_marked;    /* pages or huge pages */
    guint64 n_pages;     /* PTEs */
    guint64 n_updated;   /* of them in this stretch */
} Scan;

static void
look_at(Scan *scan, guint64 vpage, LadPage page, guint n)
{
    LadKernel *kernel = scan->kernel;
    LadPage head = lad_page_head(kernel->words[page], page);
    LadPageWord word = kernel->words[head];
    if (!(scan->tiers >> lad_page_tier(word) & 1) || word & LAD_PAGE_HINT ||
        !(word & LAD_PAGE_PRESENT)) {
        scan->cost += kernel->params.pte_skip_cost;
        return;
    }
    if (scan->cost >= scan->stamp_until) {
        LadTime now = scan->begin + scan->cost, jiffy = lad_kernel_jiffy(kernel);
        scan->stamp = stamp_at(kernel, now);
        scan->stamp_until = scan->cost + MAX(jiffy / 64, 1);
    }
    mark(kernel, head, scan->stamp);
    scan->n_updated += n;
    scan->n_pages += n;
    LadHost *host = kernel->host;
    if (scan->n_marked++ < FLUSH_CEILING)
        host->hooks->shootdown(host, scan->space->process, vpage, page, scan->begin);
    scan->cost += kernel->params.pte_mark_cost;
}

/* From `at` on, as far as memory is mapped without a gap, up to `most` pages. Returns how many. */
static guint64
scan_stretch(Scan *scan, guint64 at, guint64 most)
{
    guint64 n = 0;
    scan->n_updated = 0;
    while (n < most) {
        LadPage page = lad_space_quick(scan->space, at + n);
        gboolean huge = FALSE;
        if (page == LAD_PAGE_NONE)
            page = lad_space_find(scan->space, at + n, &huge);
        if (page == LAD_PAGE_NONE)
            break;
        guint span = huge ? LAD_HUGE_PAGES - (guint)((at + n) & (LAD_HUGE_PAGES - 1)) : 1;
        look_at(scan, at + n, page, huge ? LAD_HUGE_PAGES : 1);
        n += span;
    }
    return n;
}

/* The whole of one scan; the space keeps where it got to. */
static void
scan_memory(Scan *scan)
{
    LadSpace *space = scan->space;
    guint64 left = MAX(scan->kernel->params.scan_size >> LAD_PAGE_SHIFT, 1);
    guint64 span = left * SPAN_FACTOR, end = LAD_OWNER_VPAGE_MASK + 1, vpage;
    LadPage page;
    gboolean huge;
    if (!lad_space_next(space, space->scan_at, end, &vpage, &page, &huge)) {
        space->scan_at = 0;
        space->scan_sequence++;
    }
    while (left > 0 && span > 0) {
        if (!lad_space_next(space, space->scan_at, end, &vpage, &page, &huge)) {
            space->scan_at = 0;
            space->scan_sequence++;
            return;
        }
        guint64 until;
        if (!lad_region_takes_hints(space, vpage, &until)) {
            space->scan_at = until;
            continue;
        }
        guint64 n = scan_stretch(scan, vpage, MIN(MIN(left, span), until - vpage));
        space->scan_at = vpage + n;
        left -= scan->n_updated ? MIN(n, left) : 0;
        span -= MIN(n, span);
    }
}

/* One scan of an address space; returns the CPU time. */
static LadTime
run_scan(LadKernel *kernel, LadThread *thread, LadTime now)
{
    LadHost *host = kernel->host;
    LadSpace *space = thread->process->space;
    guint32 shared = thread->process->n_threads > 1 ? kernel->marked_shared : 0;
    Scan scan = {
        .kernel = kernel, .space = space, .begin = now, .tiers = kernel->marked_tiers | shared};
    scan_memory(&scan);
    lad_kernel_account(kernel, LAD_VM_NUMA_PTE_UPDATES, scan.n_pages);
    if (scan.n_marked > FLUSH_CEILING)
        host->hooks->shootdown(host, space->process, 0, LAD_PAGE_NONE, now);
    if (scan.n_marked > 0 && host->n_cores != 1)
        scan.cost += kernel->params.shootdown_cost;
    lad_kernel_account(kernel, LAD_VM_SCAN_PS, scan.cost);
    lad_numa_scanned(kernel, thread, now, scan.cost);
    return scan.cost;
}

LadTime
lad_kernel_jiffy(const LadKernel *kernel)
{
    return lad_kernel_scaled(kernel, kernel->params.jiffy);
}

LadTime
lad_kernel_tick(LadKernel *kernel, LadThread *thread, guint core G_GNUC_UNUSED, LadTime now)
{
    if (!kernel->marked_tiers || !lad_numa_scan_is_due(kernel, thread, now))
        return 0;
    return run_scan(kernel, thread, now);
}

/* ---- Ticks ------------------------------------------------------------------------------------
 */

/* No tick is further away than so many jiffies, so that new threads are noticed. */
#define LONGEST_SLEEP 16

static void tick(LadTime now, void *data, guint64 argument);

static void
set_tick(LadKernel *kernel, LadTime when)
{
    LadQueue *queue = kernel->host->queue;
    if (kernel->tick)
        lad_queue_cancel(queue, kernel->tick);
    kernel->tick_time = when;
    kernel->tick = lad_queue_add(queue, when, LAD_ORDER_DAEMON, tick, kernel, 0);
}

/* The first tick at or after `when`. */
static LadTime
tick_from(const LadKernel *kernel, LadTime when)
{
    LadTime jiffy = lad_kernel_jiffy(kernel);
    LadTime phase = lad_kernel_scaled(kernel, lad_kernel_tick_phase(kernel)) % jiffy;
    return (when + phase + jiffy - 1) / jiffy * jiffy - phase;
}

/* When is there something to do again? Ticks without a check are passed over. */
static LadTime
next_tick(const LadKernel *kernel, LadTime now)
{
    const LadHost *host = kernel->host;
    LadTime jiffy = lad_kernel_jiffy(kernel), wait = LONGEST_SLEEP * jiffy;
    for (guint i = 0; i < host->n_cores; i++) {
        const LadThread *thread = host->cores[i]->thread;
        if (thread)
            wait = MIN(wait, lad_numa_next_check(kernel, thread, now));
    }
    if (lad_kswapd_is_working(kernel))
        wait = 0;
    return tick_from(kernel, now + MAX(wait, jiffy / 2));
}

static void
tick(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    LadKernel *kernel = data;
    LadHost *host = kernel->host;
    kernel->tick = 0;
    gboolean daemon_hit = lad_kswapd_tick(kernel, now);
    for (guint i = 0; i < host->n_cores; i++) {
        LadThread *thread = host->cores[i]->thread;
        if (!thread || (daemon_hit && i == lad_kswapd_core(kernel)))
            continue;
        LadTime cost = lad_kernel_tick(kernel, thread, i, now);
        if (cost)
            host->hooks->charge(host, i, now, cost, LAD_CHARGE_SCAN);
    }
    set_tick(kernel, next_tick(kernel, now));
}

void
lad_hintscan_hurry(LadKernel *kernel, LadTime now)
{
    LadTime next = tick_from(kernel, now + 1);
    if (kernel->tick && kernel->tick_time > next)
        set_tick(kernel, next);
}

void
lad_hintscan_start(LadKernel *kernel)
{
    gboolean daemons = FALSE;
    for (guint i = 0; i < kernel->host->n_tiers; i++)
        daemons |= kernel->zones[i].kept_free;
    if ((kernel->marked_tiers || daemons) && kernel->host->n_cores > 0)
        set_tick(kernel, tick_from(kernel, 1));
}

/* ---- The fault
 * ---------------------------------------------------------------------------------------- */

void
lad_kernel_count_candidate(LadKernel *kernel, LadPage head)
{
    LadPageWord word = kernel->words[head];
    guint n = lad_page_span(kernel, head);
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
    if (!kernel->placement.class->counts_candidates)
        lad_kernel_count_candidate(kernel, head);
    if (!(kernel->words[head] & LAD_PAGE_LRU)) {
        lad_kernel_account(kernel, LAD_VM_PGMIGRATE_FAIL_NUMA_ISOLATE, n);
        return;
    }
    lad_kernel_account(kernel, LAD_VM_PGPROMOTE_TRIED, n);
    guint64 floor = kernel->zones[to].promotion_floor + 1;
    if (!lad_frames_take(kernel, to, n, floor)) {
        lad_kernel_account(kernel, LAD_VM_PGMIGRATE_FAIL_DST_NODE_FULL, n);
        lad_kswapd_wake_for(kernel, to, n + floor, now);
        /* A refusal costs what waking the daemon does; without one it ends at once. */
        if (kernel->zones[to].kept_free)
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
    lad_numa_count_fault(kernel, thread, LAD_NUMA_PRIVATE, now);
}

void
lad_hintscan_fault(LadKernel *kernel, LadThread *thread, guint core, LadPage page, LadAccess access,
                   LadTime now, LadFault *result)
{
    LadPage head = lad_page_head(kernel->words[page], page);
    LadPageWord word = kernel->words[head];
    guint tier = lad_page_tier(word);
    LadTime age =
        (LadTime)(stamp_at(kernel, now) - (guint32)(word >> LAD_PAGE_STAMP_SHIFT)) * LAD_MS;
    lad_page_change_all(kernel, head, 0, LAD_PAGE_HINT);
    kernel->words[page] |= LAD_PAGE_ACCESSED;
    lad_kernel_account(kernel, LAD_VM_NUMA_HINT_FAULTS, 1);
    if (tier == 0)
        lad_kernel_account(kernel, LAD_VM_NUMA_HINT_FAULTS_LOCAL, 1);
    result->cost += kernel->params.hint_fault_cost;

    const LadPlacementClass *policy = kernel->placement.class;
    if (policy->hint_fault) {
        LadHintFault fault = {.process = thread->process,
                              .thread = thread,
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
