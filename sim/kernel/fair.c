/* fair.c - how a reclaim daemon and the thread on its core share that core's time.
 *
 * As CFS in Linux 6.1 does with two tasks of equal weight on one CPU: a daemon that wakes is set at
 * most half a latency (3 ms) behind the thread in virtual time, and takes the CPU at once if it is
 * more than the wake-up granularity (1 ms) behind. After that only ticks switch: from whoever has
 * run for 3 ms in a row, or for the least granularity (0.75 ms) and is more than 3 ms ahead.
 *
 * Left out: other threads that wait for the same core (they take turns by [sched]), weights,
 * several daemons on one core competing with each other.
 */
#include "config.h"
#include "sim/kernel/state.h"
#include <memladder/core.h>

#define SLEEPER_CREDIT     (3 * LAD_MS)
#define WAKEUP_GRANULARITY LAD_MS
#define SLICE              (3 * LAD_MS)
#define LEAST_GRANULARITY  (750 * LAD_US)

static LadThread *
rival(const LadKernel *kernel)
{
    const LadHost *host = kernel->host;
    return host->n_cores ? host->cores[lad_kswapd_core(kernel)]->thread : NULL;
}

/* Virtual time of the thread: its CPU time, in kernel time. */
static LadTime
thread_time(const LadKernel *kernel, const LadThread *thread, LadTime now)
{
    return lad_kernel_time(kernel, lad_thread_runtime(thread, now));
}

void
lad_fair_wake(LadKernel *kernel, LadFair *fair, LadTime now)
{
    LadThread *thread = rival(kernel);
    fair->has_cpu = TRUE;
    fair->slice = 0;
    if (!thread)
        return;
    LadTime other = thread_time(kernel, thread, now);
    fair->vruntime =
        CLAMP(fair->vruntime, other > SLEEPER_CREDIT ? other - SLEEPER_CREDIT : 0, other + SLICE);
    fair->has_cpu = other > fair->vruntime + WAKEUP_GRANULARITY;
    if (!fair->has_cpu)
        fair->rival_since = MIN(fair->rival_since, other);
}

void
lad_fair_spend(LadKernel *kernel, LadFair *fair, LadTime duration)
{
    LadTime spent = lad_kernel_time(kernel, duration);
    fair->vruntime += spent;
    fair->slice += spent;
}

void
lad_fair_sleep(LadKernel *kernel, LadFair *fair, LadTime now)
{
    const LadThread *thread = rival(kernel);
    fair->rival_since = thread ? thread_time(kernel, thread, now) : 0;
}

static gboolean
must_switch(LadTime ran, LadTime ahead, LadTime behind)
{
    return ran > SLICE || (ran >= LEAST_GRANULARITY && ahead > behind + SLICE);
}

gboolean
lad_fair_tick(LadKernel *kernel, LadFair *fair, LadTime now)
{
    LadThread *thread = rival(kernel);
    gboolean had = fair->has_cpu;
    if (!thread) {
        fair->has_cpu = TRUE;
        return !had;
    }
    LadTime other = thread_time(kernel, thread, now);
    if (had && must_switch(fair->slice, fair->vruntime, other)) {
        fair->has_cpu = FALSE;
        fair->rival_since = other;
    } else if (!had && must_switch(other - MIN(fair->rival_since, other), other, fair->vruntime)) {
        fair->has_cpu = TRUE;
        fair->slice = 0;
    }
    return !had && fair->has_cpu;
}
