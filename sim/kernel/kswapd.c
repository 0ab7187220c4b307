/* kswapd.c - the daemon that keeps a tier's frames free by demotion, in simulated time.
 *
 * As balance_pgdat in Linux 6.1: woken when an allocation leaves a tier below its mark or a
 * promotion finds no room, it makes passes from priority 12 on until more than `target` frames are
 * free. After a pass that looked at fewer pages than it should free, or freed none, the priority
 * falls; at 0 the round ends. A round without a page is a failure; after 16 in a row the daemon
 * stays asleep until frames are given back. Having balanced it rechecks once after 25 jiffies. Each
 * batch takes CPU time on kernel.kswapd-core, which it shares with the thread there as CFS has it
 * (fair.c), and its copies take theirs; the next one follows after both.
 */
#include "config.h"
#include "sim/kernel/swap.h"

#define MAX_FAILURES    16
#define RECHECK_JIFFIES 25

static void step(LadTime now, void *data, guint64 argument);

guint
lad_kswapd_core(const LadKernel *kernel)
{
    guint64 core = kernel->params.kswapd_core;
    guint n = MAX(kernel->host->n_cores, 1);
    return (guint)MIN(core, n - 1);
}

/* Make the next step at `when`, if the daemon has the CPU, else when it gets it. */
static void
schedule(LadKswapd *kswapd, LadTime when)
{
    kswapd->parked = !kswapd->fair.has_cpu && kswapd->state == LAD_KSWAPD_WORKING;
    kswapd->event = 0;
    if (kswapd->parked)
        return;
    kswapd->event =
        lad_queue_add(kswapd->kernel->host->queue, when, LAD_ORDER_DAEMON, step, kswapd, 0);
}

static gboolean
balanced(const LadKswapd *kswapd)
{
    const LadZone *zone = &kswapd->kernel->zones[kswapd->tier];
    return zone->free > zone->target && zone->free >= kswapd->wanted;
}

void
lad_kswapd_init(LadKernel *kernel)
{
    for (guint i = 0; i < kernel->host->n_tiers; i++) {
        kernel->kswapd[i].kernel = kernel;
        kernel->kswapd[i].tier = i;
    }
}

void
lad_kswapd_keep_free(LadKernel *kernel, guint tier, guint64 wake, guint64 target)
{
    LadZone *zone = &kernel->zones[tier];
    g_assert(kernel->placement.class->demote && target >= wake && target <= zone->total);
    zone->kept_free = TRUE;
    zone->wake = wake;
    zone->target = target;
}

static void
take_time(LadKswapd *kswapd, LadTime now, LadTime cost, LadCharge why)
{
    LadHost *host = kswapd->kernel->host;
    host->hooks->charge(host, lad_kswapd_core(kswapd->kernel), now, cost, why);
    lad_fair_spend(kswapd->kernel, &kswapd->fair, cost);
}

/* A round: passes from the gentlest priority on. */
static void
start_round(LadKswapd *kswapd, LadTime now)
{
    LadKernel *kernel = kswapd->kernel;
    LadTime cost = kernel->params.kswapd_wake_cost;
    kswapd->in_pass = FALSE;
    kswapd->reclaimed = 0;
    kswapd->scan.priority = LAD_RECLAIM_PRIORITY;
    lad_kernel_account(kernel, LAD_VM_PAGEOUTRUN, 1);
    lad_kernel_account(kernel, LAD_VM_RECLAIM_PS, cost);
    take_time(kswapd, now, cost, LAD_CHARGE_RECLAIM);
    schedule(kswapd, now + cost);
}

static void
wake_up(LadKswapd *kswapd, LadTime now)
{
    kswapd->state = LAD_KSWAPD_WORKING;
    lad_fair_wake(kswapd->kernel, &kswapd->fair, now);
    start_round(kswapd, now);
    lad_hintscan_hurry(kswapd->kernel, now);
}

void
lad_kswapd_wake(LadKernel *kernel, guint tier, LadTime now)
{
    LadKswapd *kswapd = &kernel->kswapd[tier];
    if (!kernel->zones[tier].kept_free || kswapd->state == LAD_KSWAPD_WORKING ||
        kswapd->failures >= MAX_FAILURES || balanced(kswapd))
        return;
    if (kswapd->state == LAD_KSWAPD_RECHECK)
        lad_queue_cancel(kernel->host->queue, kswapd->event);
    wake_up(kswapd, now);
}

void
lad_kswapd_wake_for(LadKernel *kernel, guint tier, guint64 wanted, LadTime now)
{
    LadKswapd *kswapd = &kernel->kswapd[tier];
    if (wanted > kswapd->wanted && wanted <= kernel->zones[tier].total)
        kswapd->wanted = wanted;
    lad_kswapd_wake(kernel, tier, now);
}

void
lad_kswapd_check(LadKernel *kernel, guint tier, LadTime now)
{
    if (kernel->zones[tier].free < kernel->zones[tier].wake)
        lad_kswapd_wake(kernel, tier, now);
}

static void
end_round(LadKswapd *kswapd, LadTime now)
{
    kswapd->failures = kswapd->reclaimed ? 0 : kswapd->failures + 1;
    kswapd->wanted = 0;
    if (!balanced(kswapd) && kswapd->failures < MAX_FAILURES) {
        start_round(kswapd, now);
        return;
    }
    kswapd->state = LAD_KSWAPD_RECHECK;
    lad_fair_sleep(kswapd->kernel, &kswapd->fair, now);
    schedule(kswapd, now + RECHECK_JIFFIES * lad_kernel_jiffy(kswapd->kernel));
}

/* The next batch's copies are in: go on. */
static void
copies_done(LadCopy *copy, LadTime now)
{
    LadKswapd *kswapd = copy->data;
    schedule(kswapd, now);
}

/* A pass over all groups' pages at the priority that the round has come to. */
static void
begin_pass(LadKswapd *kswapd)
{
    LadKernel *kernel = kswapd->kernel;
    LadScan *prepared = &kswapd->prepared;
    *prepared = (LadScan){.tier = kswapd->tier,
                          .priority = kswapd->scan.priority,
                          .background = TRUE,
                          .demoting = lad_reclaim_may_demote(kernel, kswapd->tier),
                          .target = lad_reclaim_target(kernel, kswapd->tier)};
    lad_scan_for_group(kernel, prepared, 0);
    if (prepared->swapping)
        lad_balance_prepare(kernel, prepared);
    kswapd->in_pass = TRUE;
    kswapd->begun = FALSE;
    kswapd->group = 0;
    kswapd->pass_scanned = kswapd->pass_reclaimed = 0;
}

/* The current group's part of the pass is over. */
static void
end_group(LadKswapd *kswapd)
{
    LadScan *scan = &kswapd->scan;
    kswapd->pass_scanned += scan->scanned;
    kswapd->pass_reclaimed += scan->reclaimed;
    kswapd->begun = FALSE;
    if (scan->swapping && ++kswapd->group < kswapd->kernel->n_groups)
        return;
    kswapd->in_pass = FALSE;
    kswapd->reclaimed += kswapd->pass_reclaimed;
    if (kswapd->pass_scanned < scan->target || kswapd->pass_reclaimed == 0)
        scan->priority--;
    if (scan->swapping)
        lad_balance_finish(kswapd->kernel, 0);
}

static LadTime
begin_work(LadKswapd *kswapd, LadTime now)
{
    LadKernel *kernel = kswapd->kernel;
    LadTime cost = 0;
    if (!kswapd->in_pass) {
        begin_pass(kswapd);
        cost = kernel->params.priority_step_cost;
        lad_kernel_account(kernel, LAD_VM_RECLAIM_PS, cost);
        take_time(kswapd, now, cost, LAD_CHARGE_RECLAIM);
    }
    if (!kswapd->begun) {
        kswapd->scan = kswapd->prepared;
        lad_scan_for_group(kernel, &kswapd->scan, kswapd->group);
        kswapd->begun = TRUE;
        cost += lad_reclaim_begin(kernel, &kswapd->scan, LAD_MOVE_DEMOTION_KSWAPD,
                                  lad_kswapd_core(kernel), now + cost);
    }
    return cost;
}

static void
work(LadKswapd *kswapd, LadTime now)
{
    LadKernel *kernel = kswapd->kernel;
    LadTime cost = begin_work(kswapd, now), start = now + cost;
    LadTime spent =
        cost > kernel->params.priority_step_cost ? cost - kernel->params.priority_step_cost : 0;
    LadCopy *copy = lad_copy_new(kernel, start);
    if (!lad_reclaim_batch(kernel, &kswapd->scan, LAD_MOVE_DEMOTION_KSWAPD, copy,
                           lad_kswapd_core(kernel), start, &cost))
        end_group(kswapd);
    lad_fair_spend(kernel, &kswapd->fair, spent + cost);
    copy->data = kswapd;
    copy->finished = copies_done;
    LadTime done = lad_copy_settle(copy, NULL, 0);
    if (done != LAD_PENDING)
        schedule(kswapd, MAX(done, start) + cost);
}

static void
step(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    LadKswapd *kswapd = data;
    if (kswapd->state == LAD_KSWAPD_RECHECK) {
        kswapd->state = LAD_KSWAPD_ASLEEP;
        if (kswapd->failures < MAX_FAILURES && !balanced(kswapd))
            wake_up(kswapd, now);
        return;
    }
    if (!kswapd->in_pass && (balanced(kswapd) || kswapd->scan.priority < 1))
        end_round(kswapd, now);
    else
        work(kswapd, now);
}

gboolean
lad_kswapd_is_working(const LadKernel *kernel)
{
    for (guint i = 0; i < kernel->host->n_tiers; i++)
        if (kernel->kswapd[i].state == LAD_KSWAPD_WORKING)
            return TRUE;
    return FALSE;
}

gboolean
lad_kswapd_tick(LadKernel *kernel, LadTime now)
{
    gboolean hit = FALSE;
    for (guint i = 0; i < kernel->host->n_tiers; i++) {
        LadKswapd *kswapd = &kernel->kswapd[i];
        if (kswapd->state != LAD_KSWAPD_WORKING)
            continue;
        hit |= kswapd->fair.has_cpu;
        if (lad_fair_tick(kernel, &kswapd->fair, now) && kswapd->parked)
            schedule(kswapd, now);
    }
    return hit;
}
