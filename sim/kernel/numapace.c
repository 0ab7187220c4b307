/* numapace.c - when the scanner for hint faults runs: by the CPU time of threads.
 *
 * As Linux 6.1 (kernel/sched/fair.c): at a tick that hits a thread which has run for more than its
 * period since its last check, a scan is due; it takes place if the address space's own time for it
 * has come, by the clock. So a check that comes one jiffy early costs a whole period. The first
 * check of a fresh address space only sets that time. A scan puts the next check off by 8 ms and 32
 * times what it took itself, as seen at ticks.
 *
 * The period begins at scan-period-min divided by the number of scans that the resident memory
 * takes. It changes at the first fault counted after a pass over the whole space is through:
 * doubled if no counted fault was local or shared, or one could not move its page; else longer or
 * shorter by the shares of local and private faults. Later counted faults look again only after a
 * retry time of a sixteenth of the period. Which faults are counted is the policy's business.
 */
#include "config.h"
#include "sim/kernel/state.h"
#include <string.h>

/* In scans of one second: MAX_SCAN_WINDOW, 2560 MB. */
#define MAX_SCAN_BYTES (2560 * LAD_MIB)
#define CHECK_DELAY    (8 * LAD_MS)
#define OWN_FACTOR     32
#define RETRY_MAX      LAD_S
#define SLOTS          10
#define SLOT_THRESHOLD 7

LadTime
lad_kernel_time(const LadKernel *kernel, LadTime simulated)
{
    double scale = kernel->params.time_scale;
    return scale == 1.0 ? simulated : (LadTime)((double)simulated / scale);
}

/* A run begins in the middle between two ticks, as programs do that do not wait for one: were the
 * two in step, CPU time would come to a whole number of jiffies at every tick, and checks would be
 * one jiffy early far more often than they are. */
LadTime
lad_kernel_tick_phase(const LadKernel *kernel)
{
    return kernel->params.start_phase + kernel->params.jiffy / 2;
}

guint64
lad_kernel_jiffies(const LadKernel *kernel, LadTime now)
{
    return (lad_kernel_time(kernel, now) + lad_kernel_tick_phase(kernel)) / kernel->params.jiffy;
}

static guint64
jiffies_of(const LadKernel *kernel, LadTime duration)
{
    return (duration + kernel->params.jiffy - 1) / kernel->params.jiffy;
}

static LadTime
runtime(const LadKernel *kernel, const LadThread *thread, LadTime now)
{
    return lad_kernel_time(kernel, lad_thread_runtime(thread, now)) + kernel->params.start_phase;
}

/* Scans that go once over the resident memory. */
static guint64
windows(const LadKernel *kernel, const LadSpace *space)
{
    guint64 pages = MAX(kernel->params.scan_size >> LAD_PAGE_SHIFT, 1);
    return MAX((space->n_mapped + pages - 1) / pages, 1);
}

static LadTime
in_ms(LadTime duration)
{
    return MAX(duration / LAD_MS, 1) * LAD_MS;
}

static LadTime
least_period(const LadKernel *kernel, const LadSpace *space)
{
    LadTime floor = LAD_S / MAX(MAX_SCAN_BYTES / kernel->params.scan_size, 1);
    return in_ms(MAX(kernel->params.scan_period_min / windows(kernel, space), floor));
}

static LadTime
longest_period(const LadKernel *kernel, const LadSpace *space)
{
    return in_ms(
        MAX(kernel->params.scan_period_max / windows(kernel, space), least_period(kernel, space)));
}

LadNumaTask *
lad_numa_task(LadThread *thread)
{
    if (!thread->numa)
        thread->numa = g_new0(LadNumaTask, 1);
    return thread->numa;
}

gboolean
lad_numa_scan_is_due(LadKernel *kernel, LadThread *thread, LadTime now)
{
    LadSpace *space = thread->process->space;
    LadNumaTask *task = lad_numa_task(thread);
    if (!task->started) {
        task->started = TRUE;
        task->period = kernel->params.scan_delay;
        task->sequence = space->scan_sequence;
    }
    LadTime period = task->period;
    if (runtime(kernel, thread, now) <= task->stamp + period)
        return FALSE;
    if (!task->checked)
        task->period = least_period(kernel, space);
    task->checked = TRUE;
    task->stamp += period;
    guint64 jiffies = lad_kernel_jiffies(kernel, now);
    if (space->next_scan == 0) {
        space->next_scan = jiffies + jiffies_of(kernel, kernel->params.scan_delay);
        return FALSE;
    }
    if (jiffies < space->next_scan)
        return FALSE;
    space->next_scan = jiffies + jiffies_of(kernel, task->period);
    return TRUE;
}

/* CPU time is counted up in whole jiffies: a scan takes as many as end within it, by the thread's
 * own time, whose fraction of a jiffy is whatever it has come to. */
void
lad_numa_scanned(LadKernel *kernel, LadThread *thread, LadTime now, LadTime cost)
{
    LadNumaTask *task = lad_numa_task(thread);
    LadTime jiffy = kernel->params.jiffy, begin = runtime(kernel, thread, now);
    guint64 ended = (begin + lad_kernel_time(kernel, cost)) / jiffy - begin / jiffy;
    task->stamp += CHECK_DELAY + OWN_FACTOR * ended * jiffy;
}

LadTime
lad_numa_next_check(const LadKernel *kernel, const LadThread *thread, LadTime now)
{
    const LadNumaTask *task = thread->numa;
    if (!task)
        return 0;
    LadTime ran = runtime(kernel, thread, now), due = task->stamp + task->period;
    return due > ran ? lad_kernel_scaled(kernel, due - ran) : 0;
}

/* ---- The period -------------------------------------------------------------------------------
 */

static LadTime
step_period(const LadNumaTask *task, LadTime least, LadTime longest)
{
    guint64 local = task->local, remote = task->remote;
    guint64 private = task->private_faults, shared = task->shared_faults;
    guint64 local_share = local + remote ? local * SLOTS / (local + remote) : 0;
    guint64 private_share = private + shared ? private * SLOTS / (private + shared) : 0;
    LadTime slot = (task->period / LAD_MS + SLOTS - 1) / SLOTS * LAD_MS;
    guint64 share = private_share >= SLOT_THRESHOLD ? private_share : local_share;
    LadTime period = task->period;
    if (share >= SLOT_THRESHOLD) {
        period += MAX(share - SLOT_THRESHOLD, 1) * slot;
    } else {
        LadTime less = (SLOT_THRESHOLD - MAX(local_share, private_share)) * slot;
        period = period > less ? period - less : 0;
    }
    return CLAMP(period, least, longest);
}

/* A pass is through: how long until the next ones? */
static void
adapt(LadKernel *kernel, LadNumaTask *task, LadSpace *space, guint64 jiffies)
{
    LadTime longest = longest_period(kernel, space);
    task->private_faults = task->private_before / 2 + task->private_faults;
    task->shared_faults = task->shared_before / 2 + task->shared_faults;
    if (task->local + task->shared_faults == 0 || task->failed > 0) {
        task->period = MIN(2 * task->period, longest);
        space->next_scan = jiffies + jiffies_of(kernel, task->period);
    } else {
        task->period = step_period(task, least_period(kernel, space), longest);
    }
    task->private_before = task->private_faults;
    task->shared_before = task->shared_faults;
    task->private_faults = task->shared_faults = 0;
    task->local = task->remote = task->failed = 0;
    task->placed = TRUE;
}

void
lad_numa_count_fault(LadKernel *kernel, LadThread *thread, LadNumaFault kind, LadTime now)
{
    LadSpace *space = thread->process->space;
    LadNumaTask *task = lad_numa_task(thread);
    guint64 jiffies = lad_kernel_jiffies(kernel, now);
    if (jiffies > task->retry) {
        if (task->started && task->sequence != space->scan_sequence) {
            task->sequence = space->scan_sequence;
            adapt(kernel, task, space, jiffies);
        }
        guint64 sixteenth = jiffies_of(kernel, task->period) / 16;
        if (task->placed)
            task->retry = jiffies + MIN(jiffies_of(kernel, RETRY_MAX), sixteenth);
    }
    task->private_faults += (kind & LAD_NUMA_SHARED) == 0;
    task->shared_faults += (kind & LAD_NUMA_SHARED) != 0;
    task->local += (kind & LAD_NUMA_LOCAL) != 0;
    task->remote += (kind & LAD_NUMA_LOCAL) == 0;
    task->failed += (kind & LAD_NUMA_FAILED) != 0;
}
