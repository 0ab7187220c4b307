/* plugin_clock.c - counts executed instructions, and does by that clock what the schedule demands.
 *
 * Every thread has an allowance of instructions, taken from the time that is left until the next
 * thing is due, and tells of them when it is used up, or at STEP. So a program of one thread does
 * everything at an exact instruction, the same in every run; with several, a thread may be late by
 * STEP instructions of each of the others. A block that a fault leaves counts whole.
 *
 * Between two windows of a burst recording the translated code has a short callback per block and
 * none per access; in a process of one thread only for blocks that may close a loop, while the
 * emulator adds up the others, which it cannot do for each thread apart. Turning over means to
 * throw all translated code away (qemu_plugin_reset), which the emulator does, with all threads
 * stopped, before the next block.
 */
#define _GNU_SOURCE
#include "traces/capture/plugin.h"
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>

#define STEP 10000 /* instructions between two looks at the clock; a few microseconds */

LadPluginThread lad_vcpu_thread[LAD_CAPTURE_MAX_VCPUS];

/* What the emulator has counted is the only thread's. */
static void
take_passed(LadPluginThread *thread)
{
    thread->left -= (int64_t)lad_plugin.passed;
    lad_plugin.passed = 0;
}

uint64_t
lad_plugin_stamp(unsigned vcpu)
{
    LadPluginThread *thread = &lad_vcpu_thread[vcpu];

    take_passed(thread);
    if (!lad_plugin.timed || lad_plugin.area->schedule.wall)
        return lad_plugin_now_ns();
    return atomic_load(&lad_plugin.area->insns) + (uint64_t)(thread->granted - thread->left);
}

/* Tell of the instructions since the last time. */
static void
publish(LadPluginThread *thread)
{
    uint64_t used;

    take_passed(thread);
    used = (uint64_t)(thread->granted - thread->left);
    thread->insns += used;
    if (thread->silent)
        thread->missing += used;
    thread->granted = thread->left;
    atomic_fetch_add(&lad_plugin.area->insns, used);
}

static void
grant(LadPluginThread *thread, uint64_t distance)
{
    bool far = lad_plugin.area->schedule.wall || distance > STEP;

    thread->left = thread->granted = far ? STEP : (int64_t)distance;
}

/* ---- Contents ---------------------------------------------------------------------------------
 */

static void
wait_until_served(LadRing *ring, uint32_t number)
{
    LadCaptureArea *area = lad_plugin.area;
    uint32_t served;

    while ((served = atomic_load(&ring->served)) != number && atomic_load(&area->ended) == 0 &&
           kill((pid_t)area->recorder, 0) == 0) {
        if (atomic_exchange(&area->recorder_sleeps, 0)) {
            atomic_fetch_add(&area->doorbell, 1);
            lad_plugin_futex(&area->doorbell, FUTEX_WAKE, 1, false);
        }
        lad_plugin_futex(&ring->served, FUTEX_WAIT, served, true);
    }
}

void
lad_plugin_tell_content(unsigned vcpu)
{
    LadRing *ring;
    uint32_t number;

    if (lad_plugin.area->schedule.content == 0)
        return;
    if (lad_plugin.area->schedule.mode == LAD_CAPTURE_PAGES)
        lad_plugin_tell_pages(vcpu);
    ring = lad_plugin_ring(vcpu);
    if (ring == &lad_sink_ring)
        return;
    number = (uint32_t)atomic_fetch_add(&lad_plugin.n_contents, 1) + 1;
    lad_plugin_put_time(ring, lad_plugin_stamp(vcpu));
    lad_plugin_put(ring, LAD_WORD_MAKE(LAD_CONTROL_CONTENT, number));
    if (lad_plugin_hand_over(ring))
        wait_until_served(ring, number);
}

/* One thread of the process asks, for all. Returns the distance to the next time. */
static uint64_t
look_at_content(unsigned vcpu, uint64_t now)
{
    uint64_t period = lad_plugin.area->schedule.content;
    uint64_t due = atomic_load(&lad_plugin.next_content);

    if (period == 0)
        return UINT64_MAX;
    if (now >= due) {
        uint64_t next = now - now % period + period;
        if (atomic_compare_exchange_strong(&lad_plugin.next_content, &due, next))
            lad_plugin_tell_content(vcpu);
        due = next;
    }
    return due - now;
}

/* ---- Windows ----------------------------------------------------------------------------------
 */

/* While no guest code runs. */
static void
on_reset(qemu_plugin_id_t id)
{
    lad_plugin.in_window = lad_plugin.next_in_window;
    for (unsigned i = 0; i < lad_plugin.vcpu_bound; i++) {
        LadPluginThread *thread = &lad_vcpu_thread[i];
        if (thread->waiting != NULL)
            lad_vcpu_ring[i] = thread->waiting;
        thread->waiting = NULL;
        lad_plugin_publish(i);
        thread->silent = true;
        thread->left = thread->granted = 0;
    }
    lad_plugin_register(id);
    atomic_store(&lad_plugin.turning, false);
}

static void
turn(bool in_window)
{
    if (atomic_exchange(&lad_plugin.turning, true))
        return;
    lad_plugin.next_in_window = in_window;
    qemu_plugin_reset(lad_plugin.id, on_reset);
}

void
lad_plugin_gain_thread(void)
{
    bool was_alone = lad_plugin.alone;

    lad_plugin.alone = false;
    if (was_alone && !lad_plugin.in_window)
        turn(false);
}

static void
begin_window(unsigned vcpu, LadPluginThread *thread)
{
    LadRing *ring = lad_plugin_ring(vcpu);

    lad_plugin_put_time(ring, lad_plugin_stamp(vcpu));
    lad_plugin_put(ring, LAD_WORD_MAKE(LAD_CONTROL_BURST, thread->missing));
    thread->missing = 0;
    thread->silent = false;
}

/* The block in hand is still translated for recording, but no longer wanted. */
static void
end_window(unsigned vcpu, LadPluginThread *thread)
{
    thread->silent = true;
    if (thread->waiting == NULL) {
        thread->waiting = lad_vcpu_ring[vcpu];
        lad_vcpu_ring[vcpu] = &lad_sink_ring;
    }
}

static uint64_t
look_at_windows(unsigned vcpu, uint64_t now, bool in_block)
{
    const LadCaptureSchedule *schedule = &lad_plugin.area->schedule;
    LadPluginThread *thread = &lad_vcpu_thread[vcpu];
    uint64_t place, distance;
    bool wanted;

    if (now < schedule->skip) {
        wanted = false;
        distance = schedule->skip - now;
    } else {
        place = (now - schedule->skip) % schedule->every;
        wanted = place < schedule->burst;
        distance = (wanted ? schedule->burst : schedule->every) - place;
    }
    if (wanted && lad_plugin.in_window && thread->silent)
        begin_window(vcpu, thread);
    if (!wanted && lad_plugin.in_window && in_block)
        end_window(vcpu, thread);
    if (wanted != lad_plugin.in_window)
        turn(wanted);
    return distance;
}

/* ---- Intervals --------------------------------------------------------------------------------
 */

static uint64_t
look_at_intervals(unsigned vcpu, uint64_t now)
{
    uint64_t interval = lad_plugin.area->schedule.interval;
    LadPluginThread *thread = &lad_vcpu_thread[vcpu];

    if (now >= thread->interval_end) {
        uint64_t begin = now - now % interval;
        lad_plugin_tell_pages(vcpu);
        lad_plugin_put(lad_plugin_ring(vcpu), LAD_WORD_MAKE(LAD_CONTROL_INTERVAL, begin));
        thread->interval_end = begin + interval;
    }
    return thread->interval_end - now;
}

/* ---- The clock --------------------------------------------------------------------------------
 */

void
lad_plugin_look_at_clock(unsigned vcpu, bool in_block)
{
    const LadCaptureSchedule *schedule = &lad_plugin.area->schedule;
    LadPluginThread *thread = &lad_vcpu_thread[vcpu];
    uint64_t now, distance, other = UINT64_MAX;
    int saved = errno;

    (void)lad_plugin_ring(vcpu); /* claims one, if it has none yet */
    if (!lad_plugin.recording || (lad_vcpu_ring[vcpu] == &lad_sink_ring && !thread->waiting)) {
        thread->left = thread->granted = INT64_MAX / 2;
        return;
    }
    publish(thread);
    now = schedule->wall ? lad_plugin_now_ns() : atomic_load(&lad_plugin.area->insns);
    distance = look_at_content(vcpu, now);
    if (schedule->mode == LAD_CAPTURE_BURSTS)
        other = look_at_windows(vcpu, now, in_block);
    else if (schedule->mode == LAD_CAPTURE_PAGES)
        other = look_at_intervals(vcpu, now);
    grant(thread, other < distance ? other : distance);
    errno = saved;
}

void
lad_plugin_publish(unsigned vcpu)
{
    if (lad_plugin.timed && lad_plugin.recording && lad_vcpu_ring[vcpu] != &lad_sink_ring)
        publish(&lad_vcpu_thread[vcpu]);
}

void
lad_plugin_start_clock(unsigned vcpu)
{
    lad_vcpu_thread[vcpu] =
        (LadPluginThread){.silent = lad_plugin.area->schedule.mode == LAD_CAPTURE_BURSTS};
}
