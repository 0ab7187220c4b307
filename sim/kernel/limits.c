/* limits.c - memory.high, memory.low and memory.min (limits.h).
 *
 * Left out: swap.high, memory.oom.group, the penalty's end by a signal; a thread that sleeps for
 * its page pays at its next fault.
 */
#include "config.h"
#include "sim/kernel/limits.h"
#include "sim/kernel/oom.h"
#include "sim/kernel/pressure.h"
#include "sim/kernel/state.h"

#define CHARGE_BATCH    64
#define MAX_RETRIES     16
#define PRECISION_SHIFT 20
#define SCALING_SHIFT   14
#define MAX_DELAY_S     2

/* ---- memory.low and memory.min ----------------------------------------------------------------
 */

/* What all groups right below claim of a protection and use. */
static guint64
claimed(const LadKernel *kernel, const LadCgroup *parent, gboolean low)
{
    guint64 sum = 0;
    for (guint i = 1; i < lad_cgroups_n(kernel); i++) {
        const LadCgroup *group = lad_cgroup(kernel, i);
        if (group->parent == parent)
            sum += MIN(group->usage, low ? group->low : group->min);
    }
    return sum;
}

static guint64
product_over(guint64 a, guint64 b, guint64 divisor)
{
    return (guint64)((unsigned __int128)a * b / divisor);
}

/* effective_protection */
static guint64
effective(const LadKernel *kernel, const LadCgroup *group, gboolean low)
{
    const LadCgroup *parent = group->parent;
    guint64 from_above = low ? parent->effective_low : parent->effective_min;
    guint64 siblings = claimed(kernel, parent, low);
    guint64 own = MIN(group->usage, low ? group->low : group->min);
    if (siblings > from_above)
        return product_over(own, from_above, siblings);
    if (!kernel->params.recursive_protection || from_above <= siblings ||
        parent->usage <= siblings || group->usage <= own)
        return own;
    return own + product_over(from_above - siblings, group->usage - own, parent->usage - siblings);
}

/* mem_cgroup_calculate_protection */
static void
calculate(const LadKernel *kernel, LadCgroup *group, const LadCgroup *target)
{
    if (group->usage == 0)
        return;
    gboolean top = group->parent == target;
    group->effective_min = top ? group->min : effective(kernel, group, FALSE);
    group->effective_low = top ? group->low : effective(kernel, group, TRUE);
}

LadProtection
lad_limits_protection(LadKernel *kernel, guint target, guint index, gboolean low_reclaim,
                      LadScan *scan)
{
    LadCgroup *group = lad_cgroup(kernel, index);
    scan->protection = scan->group_size = 0;
    if (index == target || index == 0)
        return LAD_PROTECTED_NOT;
    calculate(kernel, group, lad_cgroup(kernel, target));
    guint64 min = group->effective_min, low = group->effective_low;
    if (min && min >= group->usage)
        return LAD_PROTECTED_MIN;
    if (low && low >= group->usage) {
        if (!low_reclaim) {
            scan->low_skipped = TRUE;
            return LAD_PROTECTED_LOW;
        }
        lad_cgroup_count(kernel, index, LAD_CG_EVENT_LOW, 1);
    }
    scan->protection = min;
    scan->group_size = group->usage;
    if (!low_reclaim && low > min) {
        scan->protection = low;
        scan->low_skipped = TRUE;
    }
    return LAD_PROTECTED_NOT;
}

/* ---- memory.high ------------------------------------------------------------------------------
 */

void
lad_limits_charged(LadKernel *kernel, guint index, guint64 pages, LadThread *thread)
{
    if (!thread)
        return;
    for (const LadCgroup *at = lad_cgroup(kernel, index); at; at = at->parent)
        if (at->usage > at->high) {
            thread->over_high += pages;
            return;
        }
}

guint64
lad_limits_penalty(guint64 usage, guint64 high, guint64 pages, guint64 hz)
{
    if (usage <= high)
        return 0;
    guint64 overage = product_over(usage - high, (guint64)1 << PRECISION_SHIFT, MAX(high, 1));
    unsigned __int128 jiffies = (unsigned __int128)overage * overage * hz;
    jiffies >>= PRECISION_SHIFT + SCALING_SHIFT;
    jiffies = jiffies * pages / CHARGE_BATCH;
    return (guint64)MIN(jiffies, (unsigned __int128)MAX_DELAY_S * hz);
}

/* The most that any group from this one up asks for. */
static guint64
penalty_of(const LadKernel *kernel, const LadCgroup *group, guint64 pages, guint64 hz)
{
    guint64 most = 0;
    for (; group && group->index; group = group->parent)
        if (group->high != LAD_NO_LIMIT)
            most = MAX(most, lad_limits_penalty(group->usage, group->high, pages, hz));
    (void)kernel;
    return most;
}

/* reclaim_high: from the group up, whoever is above its limit. */
static guint64
reclaim_high(LadKernel *kernel, const LadCgroup *group, guint64 pages, LadThread *thread,
             guint core, LadTime now, LadTime *cost)
{
    guint64 reclaimed = 0;
    for (; group && group->index; group = group->parent) {
        if (group->usage <= group->high)
            continue;
        lad_cgroup_count(kernel, group->index, LAD_CG_EVENT_HIGH, 1);
        reclaimed += lad_cgroup_try_to_free(kernel, group->index, pages, thread, core, now, cost);
    }
    return reclaimed;
}

static void
wake(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    LadThread *thread = data;
    LadHost *host = thread->process->host;
    lad_psi_memstall_leave(host->kernel, thread, now);
    host->hooks->wake(host, thread, now);
}

void
lad_limits_return(LadKernel *kernel, LadThread *thread, guint core, LadTime now, LadFault *result)
{
    if (!thread || lad_oom_end_fault(kernel, thread, now, result))
        return;
    guint64 pages = thread->over_high, ask = pages;
    if (pages == 0 || result->status != LAD_FAULT_DONE)
        return;
    thread->over_high = 0;
    guint64 hz = MAX(LAD_S / kernel->params.jiffy, 1), penalty = 0;
    const LadCgroup *group = lad_cgroup(kernel, thread->process->group);
    now += result->cost + result->kernel_cost;
    LadTime spent = 0;
    for (gint retries = MAX_RETRIES; retries >= 0; ask = LAD_SCAN_BATCH) {
        guint64 reclaimed = reclaim_high(kernel, group, ask, thread, core, now, &spent);
        penalty = penalty_of(kernel, group, pages, hz);
        if (penalty <= hz / 100)
            break;
        if (reclaimed == 0)
            retries--;
    }
    result->kernel_cost += spent;
    if (penalty <= hz / 100)
        return;
    LadTime until = now + spent + penalty * lad_kernel_jiffy(kernel);
    lad_cgroup_count(kernel, group->index, LAD_CG_EVENT_THROTTLED, 1);
    lad_cgroup_count(kernel, group->index, LAD_CG_THROTTLE_PS, until - (now + spent));
    lad_psi_memstall_enter(kernel, thread, now + spent);
    thread->state = LAD_THREAD_MEMSTALL;
    result->status = LAD_FAULT_SLEEP;
    lad_queue_add(kernel->host->queue, until, LAD_ORDER_INTERRUPT, wake, thread, 0);
}
