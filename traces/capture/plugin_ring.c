/* plugin_ring.c - claims rings, writes words into them, and waits for the recorder when they are
 * full.
 *
 * Nothing here allocates, or needs a file descriptor but to read the mappings once.
 */
#define _GNU_SOURCE
#include "traces/capture/plugin.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

LadRing *lad_vcpu_ring[LAD_CAPTURE_MAX_VCPUS];
LadRing lad_unclaimed_ring; /* no room at all */
LadRing lad_sink_ring;
static uint64_t sink_words[2 * LAD_RING_SEGMENT_WORDS]; /* several threads may be a record over */

uint64_t
lad_plugin_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec - lad_plugin.area->start_ns;
}

long
lad_plugin_futex(_Atomic uint32_t *word, int operation, uint32_t value, bool with_patience)
{
    const struct timespec patience = {.tv_sec = 1, .tv_nsec = 0};

    return syscall(SYS_futex, word, operation, value, with_patience ? &patience : NULL, NULL, 0);
}

static uint64_t *
segment_of(const LadRing *ring, uint64_t n)
{
    LadCaptureArea *area = lad_plugin.area;

    return (uint64_t *)((char *)area + lad_ring_segment_offset((uint64_t)(ring - area->rings), n));
}

static void
open_segment(LadRing *ring)
{
    uint64_t *words = segment_of(ring, atomic_load_explicit(&ring->filled, memory_order_relaxed));

    ring->limit = words + LAD_RING_SOFT_WORDS;
    ring->end = words + LAD_RING_SEGMENT_WORDS - 2;
    atomic_store_explicit(&ring->next, words, memory_order_release);
}

void
lad_plugin_open_sink(void)
{
    lad_sink_ring.limit = sink_words + LAD_RING_SOFT_WORDS;
    lad_sink_ring.end = sink_words + LAD_RING_SEGMENT_WORDS;
    atomic_store_explicit(&lad_sink_ring.next, sink_words, memory_order_relaxed);
}

LadRing *
lad_plugin_claim_ring(bool is_code)
{
    LadCaptureArea *area = lad_plugin.area;

    for (uint32_t i = 0; i < LAD_RINGS; i++) {
        LadRing *ring = &area->rings[i];
        uint32_t expected = LAD_RING_FREE;
        if (atomic_load_explicit(&ring->state, memory_order_relaxed) != LAD_RING_FREE ||
            !atomic_compare_exchange_strong(&ring->state, &expected, LAD_RING_CLAIMED))
            continue;
        ring->is_code = is_code;
        ring->process = (uint32_t)getpid();
        ring->thread = (uint32_t)syscall(SYS_gettid);
        ring->overruns = 0;
        ring->last_time = 0;
        atomic_store(&ring->filled, 0);
        atomic_store(&ring->drained, 0);
        atomic_store(&ring->guest_waits, 0);
        atomic_store(&ring->served, 0);
        open_segment(ring);
        ring->serial = atomic_fetch_add(&area->serial, 1) + 1;
        atomic_store(&ring->state, LAD_RING_LIVE);
        uint32_t bound = atomic_load(&area->ring_bound);
        while (bound <= i && !atomic_compare_exchange_weak(&area->ring_bound, &bound, i + 1))
            ;
        return ring;
    }
    atomic_fetch_add(&area->no_ring, 1);
    return &lad_sink_ring;
}

/* False when the recorder has died, as nobody will ever drain the ring then. */
static bool
wait_for_room(LadRing *ring)
{
    for (;;) {
        uint32_t drained = atomic_load(&ring->drained);
        if (atomic_load(&ring->filled) - drained < LAD_RING_SEGMENTS - 1)
            return true;
        atomic_store(&ring->guest_waits, 1);
        if (atomic_load(&ring->drained) == drained)
            lad_plugin_futex(&ring->drained, FUTEX_WAIT, drained, true);
        if (kill((pid_t)lad_plugin.area->recorder, 0) != 0 &&
            atomic_load(&ring->drained) == drained)
            return false;
    }
}

bool
lad_plugin_hand_over(LadRing *ring)
{
    LadCaptureArea *area = lad_plugin.area;
    uint32_t filled = atomic_load_explicit(&ring->filled, memory_order_relaxed);
    uint64_t *next = atomic_load_explicit(&ring->next, memory_order_relaxed);

    ring->length[filled % LAD_RING_SEGMENTS] = (uint32_t)(next - segment_of(ring, filled));
    atomic_store(&ring->filled, filled + 1);
    if (filled + 1 - atomic_load(&ring->drained) >= LAD_RING_SEGMENTS / 4 &&
        atomic_exchange(&area->recorder_sleeps, 0)) {
        atomic_fetch_add(&area->doorbell, 1);
        lad_plugin_futex(&area->doorbell, FUTEX_WAKE, 1, false);
    }
    if (!wait_for_room(ring))
        return false;
    open_segment(ring);
    return true;
}

void
lad_plugin_put_time(LadRing *ring, uint64_t stamp)
{
    ring->last_time = stamp;
    lad_plugin_put(ring, LAD_WORD_MAKE(LAD_CONTROL_TIME, stamp));
}

void
lad_plugin_put_record(LadRing *ring, LadControl kind, const uint64_t *words, size_t n,
                      const char *text, size_t text_bytes)
{
    size_t text_words = (text_bytes + 7) / 8;
    uint64_t *next = atomic_load_explicit(&ring->next, memory_order_relaxed);

    *next = LAD_WORD_MAKE(kind, (uint64_t)(n + text_words));
    if (n > 0)
        memcpy(next + 1, words, n * 8);
    if (text_words > 0) {
        next[n + text_words] = 0;
        memcpy(next + 1 + n, text, text_bytes);
    }
    atomic_store_explicit(&ring->next, next + 1 + n + text_words, memory_order_release);
}

static void
put_mapping_line(LadRing *ring, const char *line)
{
    uint64_t begin = 0, end = 0;

    /* The emulator's own mappings, its libraries' and ours lie above all that it gives to a guest.
     */
    if (sscanf(line, "%lx-%lx", &begin, &end) != 2 || begin >= (getauxval(AT_PHDR) & ~0xffful))
        return;
    lad_plugin_put_record(ring, LAD_CONTROL_MAPPED, NULL, 0, line, strnlen(line, 4200));
}

/* What the emulator's loader has mapped for the guest before its first instruction. */
static void
tell_mappings(LadRing *ring)
{
    static char text[1 << 16];
    size_t length = 0;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return;
    while (length < sizeof text - 1 && (n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += (size_t)n;
    close(fd);
    text[length] = 0;
    for (char *line = text, *stop; (stop = strchr(line, '\n')) != NULL; line = stop + 1) {
        *stop = 0;
        if (atomic_load(&ring->next) >= ring->limit && !lad_plugin_hand_over(ring))
            return;
        put_mapping_line(ring, line);
    }
}

static void
begin_ring(unsigned vcpu)
{
    LadRing *ring = lad_plugin.recording ? lad_plugin_claim_ring(false) : &lad_sink_ring;

    lad_vcpu_ring[vcpu] = ring;
    lad_plugin_use_table(vcpu);
    if (ring == &lad_sink_ring)
        return;
    lad_plugin_put_time(ring, lad_plugin_stamp(vcpu));
    if (!lad_plugin.mappings_told)
        tell_mappings(ring);
    lad_plugin.mappings_told = true;
}

LadRing *
lad_plugin_make_room(unsigned vcpu)
{
    int saved = errno;
    LadRing *ring;

    if (lad_vcpu_ring[vcpu] == &lad_unclaimed_ring)
        begin_ring(vcpu);
    ring = lad_vcpu_ring[vcpu];
    if (atomic_load_explicit(&ring->next, memory_order_relaxed) >= ring->limit) {
        if (ring != &lad_sink_ring && lad_plugin_hand_over(ring)) {
            lad_plugin_put_time(ring, lad_plugin_stamp(vcpu));
        } else {
            if (ring != &lad_sink_ring)
                lad_plugin.recording = false;
            lad_plugin_open_sink();
            ring = lad_vcpu_ring[vcpu] = &lad_sink_ring;
            lad_plugin_use_table(vcpu);
        }
    }
    errno = saved;
    return ring;
}

void
lad_plugin_close_ring(unsigned vcpu)
{
    LadRing *ring = lad_vcpu_ring[vcpu];

    lad_vcpu_ring[vcpu] = &lad_sink_ring;
    lad_plugin_use_table(vcpu);
    if (ring != &lad_unclaimed_ring && ring != &lad_sink_ring)
        atomic_store(&ring->state, LAD_RING_CLOSED);
}
