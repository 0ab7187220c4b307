/* plugin.c - the TCG plugin that records a program run by QEMU's user-mode emulator.
 *
 * It runs inside the recorded program's process and does as little as it can: at translation it
 * copies the block's instruction bytes into the process's code ring; at execution it stores the
 * block's id, and at each access one word, into the thread's ring (see ring.h). Analysis, encoding
 * and printing belong to the recorder. It needs no file descriptor after install, allocates
 * nothing, starts no thread, and writes to none of the program's streams.
 */
#define _GNU_SOURCE
#include "traces/capture/qemu_plugin_api.h"
#include "traces/capture/ring.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define EXPORT       __attribute__((visibility("default")))
#define UNLIKELY(x)  __builtin_expect(!!(x), 0)
#define TIME_STEP_NS 5000 /* stamps at system calls are at least this far apart */

/* x86-64 Linux system calls that change mappings or processes. */
enum {
    GUEST_MMAP = 9,
    GUEST_MUNMAP = 11,
    GUEST_BRK = 12,
    GUEST_MREMAP = 25,
    GUEST_CLONE = 56,
    GUEST_FORK = 57,
    GUEST_VFORK = 58,
    GUEST_EXECVE = 59,
    GUEST_EXIT = 60,
    GUEST_EXIT_GROUP = 231,
    GUEST_EXECVEAT = 322,
};

typedef struct {
    uint64_t argument[6];
    uint64_t begun_ns;
} PendingCall;

/* The plugin's state is static because callbacks carry no pointer of the process: a plugin is
 * loaded once per process, and a forked child's copy is its own. */
static LadCaptureArea *area;
static LadRing *code_ring;
static LadRing *vcpu_ring[LAD_CAPTURE_MAX_VCPUS];
static PendingCall calls[LAD_CAPTURE_MAX_VCPUS];
static unsigned vcpu_bound;
static bool recording; /* false in a child that is not followed */
static bool mappings_told;

/* A thread that has not run yet: no room, so that its first block claims a ring. */
static LadRing unclaimed_ring;
/* Takes what nobody wants, and never fills up. */
static LadRing sink_ring;
static uint64_t sink_words[2 * LAD_RING_SEGMENT_WORDS]; /* several threads may be a record over */

EXPORT int qemu_plugin_version = QEMU_PLUGIN_API_VERSION;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

static uint64_t
now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec - area->start_ns;
}

static long
futex(_Atomic uint32_t *word, int operation, uint32_t value, const struct timespec *timeout)
{
    return syscall(SYS_futex, word, operation, value, timeout, NULL, 0);
}

static uint64_t *
segment_of(const LadRing *ring, uint64_t n)
{
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

static void
open_sink(void)
{
    sink_ring.limit = sink_words + LAD_RING_SOFT_WORDS;
    sink_ring.end = sink_words + LAD_RING_SEGMENT_WORDS;
    atomic_store_explicit(&sink_ring.next, sink_words, memory_order_relaxed);
}

static LadRing *
claim_ring(bool is_code)
{
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
        ring->last_time_ns = 0;
        atomic_store(&ring->filled, 0);
        atomic_store(&ring->drained, 0);
        atomic_store(&ring->guest_waits, 0);
        open_segment(ring);
        ring->serial = atomic_fetch_add(&area->serial, 1) + 1;
        atomic_store(&ring->state, LAD_RING_LIVE);
        uint32_t bound = atomic_load(&area->ring_bound);
        while (bound <= i && !atomic_compare_exchange_weak(&area->ring_bound, &bound, i + 1))
            ;
        return ring;
    }
    atomic_fetch_add(&area->no_ring, 1);
    return &sink_ring;
}

/* False when the recorder has died, as nobody will ever drain the ring then. */
static bool
wait_for_room(LadRing *ring)
{
    const struct timespec patience = {.tv_sec = 1, .tv_nsec = 0};

    for (;;) {
        uint32_t drained = atomic_load(&ring->drained);
        if (atomic_load(&ring->filled) - drained < LAD_RING_SEGMENTS - 1)
            return true;
        atomic_store(&ring->guest_waits, 1);
        if (atomic_load(&ring->drained) == drained)
            futex(&ring->drained, FUTEX_WAIT, drained, &patience);
        if (kill((pid_t)area->recorder, 0) != 0 && atomic_load(&ring->drained) == drained)
            return false;
    }
}

/* Hand the segment over and begin the next. */
static bool
hand_over(LadRing *ring)
{
    uint32_t filled = atomic_load_explicit(&ring->filled, memory_order_relaxed);
    uint64_t *next = atomic_load_explicit(&ring->next, memory_order_relaxed);

    ring->length[filled % LAD_RING_SEGMENTS] = (uint32_t)(next - segment_of(ring, filled));
    atomic_store(&ring->filled, filled + 1);
    if (filled + 1 - atomic_load(&ring->drained) >= LAD_RING_SEGMENTS / 4 &&
        atomic_exchange(&area->recorder_sleeps, 0)) {
        atomic_fetch_add(&area->doorbell, 1);
        futex(&area->doorbell, FUTEX_WAKE, 1, NULL);
    }
    if (!wait_for_room(ring))
        return false;
    open_segment(ring);
    return true;
}

static void
put(LadRing *ring, uint64_t word)
{
    uint64_t *next = atomic_load_explicit(&ring->next, memory_order_relaxed);

    *next = word;
    atomic_store_explicit(&ring->next, next + 1, memory_order_release);
}

static void
put_time(LadRing *ring, uint64_t time_ns)
{
    ring->last_time_ns = time_ns;
    put(ring, LAD_WORD_MAKE(LAD_CONTROL_TIME, time_ns));
}

/* A control word and `n` words that follow, then `text` padded with zeros: seen whole or not at
 * all. */
static void
put_record(LadRing *ring, LadControl kind, const uint64_t *words, size_t n, const char *text,
           size_t text_bytes)
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

    /* Ours, the emulator's and its libraries' lie above all that the emulator gives to a guest. */
    if (sscanf(line, "%lx-%lx", &begin, &end) != 2 ||
        end > (uint64_t)(uintptr_t)&qemu_plugin_register_vcpu_tb_exec_cb)
        return;
    put_record(ring, LAD_CONTROL_MAPPED, NULL, 0, line, strnlen(line, 4200));
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
        if (atomic_load(&ring->next) >= ring->limit && !hand_over(ring))
            return;
        put_mapping_line(ring, line);
    }
}

/* A ring with room for a record. */
static LadRing *
find_room(unsigned vcpu)
{
    LadRing *ring = vcpu_ring[vcpu];

    if (ring == &unclaimed_ring) {
        ring = vcpu_ring[vcpu] = recording ? claim_ring(false) : &sink_ring;
        if (ring != &sink_ring) {
            put_time(ring, now_ns());
            if (!mappings_told)
                tell_mappings(ring);
            mappings_told = true;
        }
    }
    if (atomic_load_explicit(&ring->next, memory_order_relaxed) < ring->limit)
        return ring;
    if (ring != &sink_ring && hand_over(ring)) {
        put_time(ring, now_ns());
        return ring;
    }
    if (ring != &sink_ring)
        recording = false;
    open_sink();
    return vcpu_ring[vcpu] = &sink_ring;
}

/* The slow path of every callback. The emulator's errno is not ours to change. */
static __attribute__((noinline)) LadRing *
make_room(unsigned vcpu)
{
    int saved = errno;
    LadRing *ring = find_room(vcpu);

    errno = saved;
    return ring;
}

static LadRing *
ring_with_room(unsigned vcpu)
{
    LadRing *ring = vcpu_ring[vcpu];

    if (UNLIKELY(atomic_load_explicit(&ring->next, memory_order_relaxed) >= ring->limit))
        ring = make_room(vcpu);
    return ring;
}

static void
on_block(unsigned vcpu, void *data)
{
    put(ring_with_room(vcpu), (uint64_t)(uintptr_t)data);
}

/* What an access's info means to a word, by asking the emulator once for each info there is (a few
 * dozen): the info above the word's direction and size bits, so that one load reads both. */
static _Atomic uint64_t meanings[256];

static __attribute__((noinline)) uint64_t
learn_meaning(qemu_plugin_meminfo_t info, unsigned place)
{
    uint64_t bits = (qemu_plugin_mem_is_store(info) ? 1u : 0u) |
                    (uint64_t)(qemu_plugin_mem_size_shift(info) & 7) << 1;
    uint64_t meaning = (uint64_t)info << 32 | 1u << 4 | bits;

    atomic_store_explicit(&meanings[place], meaning, memory_order_relaxed);
    return meaning;
}

static void
on_operand(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
    LadRing *ring = vcpu_ring[vcpu];
    uint64_t *next = atomic_load_explicit(&ring->next, memory_order_relaxed);
    unsigned place = (info ^ info >> 4 ^ info >> 12) & 255;
    uint64_t meaning = atomic_load_explicit(&meanings[place], memory_order_relaxed);

    if (UNLIKELY(next >= ring->end)) {
        ring->overruns++;
        return;
    }
    if (UNLIKELY(meaning >> 32 != info || (meaning & 16) == 0))
        meaning = learn_meaning(info, place);
    *next = (address & LAD_WORD_ADDRESS_MASK) | (uint64_t)(uintptr_t)data |
            (meaning & 15) << LAD_WORD_STORE_SHIFT;
    atomic_store_explicit(&ring->next, next + 1, memory_order_release);
}

/* Describe a block to the recorder. The emulator translates under a lock of the process, which it
 * also holds while forking, so the code ring has one writer. */
static bool
put_code(uint64_t id, const struct qemu_plugin_tb *tb, size_t n)
{
    uint64_t head[3] = {id, qemu_plugin_tb_vaddr(tb), n};
    char bytes[(LAD_WORD_INSN_MASK + 1) * 17];
    size_t length = (n + 7) / 8 * 8;

    if (code_ring == NULL)
        code_ring = claim_ring(true);
    if (code_ring == &sink_ring)
        return false;
    memset(bytes, 0, length);
    for (size_t i = 0; i < n; i++) {
        const struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        size_t size = qemu_plugin_insn_size(insn);
        bytes[i] = (char)size;
        memcpy(bytes + length, qemu_plugin_insn_data(insn), size);
        length += size;
    }
    if (atomic_load(&code_ring->next) >= code_ring->limit && !hand_over(code_ring)) {
        recording = false;
        return false;
    }
    put_record(code_ring, LAD_CONTROL_CODE, head, 3, bytes, length);
    return true;
}

static void
on_translation(qemu_plugin_id_t plugin, struct qemu_plugin_tb *tb)
{
    size_t n = qemu_plugin_tb_n_insns(tb);
    uint64_t id;

    (void)plugin;
    if (!recording || n == 0 || n > LAD_WORD_INSN_MASK + 1)
        return;
    id = atomic_fetch_add(&area->block_id, 1);
    if (!put_code(id, tb, n))
        return;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS,
                                         (void *)(uintptr_t)LAD_WORD_MAKE(LAD_CONTROL_BLOCK, id));
    for (size_t i = 0; i < n; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        qemu_plugin_register_vcpu_mem_cb(insn, on_operand, QEMU_PLUGIN_CB_NO_REGS,
                                         QEMU_PLUGIN_MEM_RW,
                                         (void *)(uintptr_t)((uint64_t)i << LAD_WORD_INSN_SHIFT));
        if (area->count == 0)
            continue;
        qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
                                                   &area->counted_insns, 1);
        qemu_plugin_register_vcpu_mem_inline(insn, QEMU_PLUGIN_MEM_RW, QEMU_PLUGIN_INLINE_ADD_U64,
                                             &area->counted_operands, 1);
    }
}

static void
put_exec(LadRing *ring, uint64_t guest_path)
{
    char path[PATH_MAX];
    struct iovec to = {path, sizeof path - 1}, from = {(void *)(uintptr_t)guest_path, 0};
    ssize_t n;

    /* Up to the end of the page first: what follows may not be mapped. */
    from.iov_len = 4096 - guest_path % 4096;
    if (from.iov_len > sizeof path - 1)
        from.iov_len = sizeof path - 1;
    n = process_vm_readv(getpid(), &to, 1, &from, 1, 0);
    path[n < 0 ? 0 : n] = 0;
    put_record(ring, LAD_CONTROL_EXEC, NULL, 0, path, strlen(path));
}

/* The thread ends here. */
static void
close_ring(unsigned vcpu)
{
    LadRing *ring = vcpu_ring[vcpu];

    vcpu_ring[vcpu] = &sink_ring;
    if (ring != &unclaimed_ring && ring != &sink_ring)
        atomic_store(&ring->state, LAD_RING_CLOSED);
}

static void
on_syscall(qemu_plugin_id_t plugin, unsigned vcpu, int64_t number, uint64_t a1, uint64_t a2,
           uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8)
{
    PendingCall *call = &calls[vcpu];
    LadRing *ring = ring_with_room(vcpu);
    int saved = errno;

    (void)plugin;
    (void)a7;
    (void)a8;
    *call = (PendingCall){{a1, a2, a3, a4, a5, a6}, now_ns()};
    if (number == GUEST_EXECVE)
        put_exec(ring, a1);
    else if (number == GUEST_EXECVEAT)
        put_exec(ring, a2);
    else if (number == GUEST_EXIT || number == GUEST_EXIT_GROUP ||
             call->begun_ns - ring->last_time_ns >= TIME_STEP_NS)
        put_time(ring, call->begun_ns);
    if (number == GUEST_EXIT_GROUP)
        close_ring(vcpu);
    errno = saved;
}

/* The emulator turns vfork into fork. */
static bool
makes_process(int64_t number, uint64_t clone_flags)
{
    const uint64_t vm = 0x100, vfork = 0x4000;

    return number == GUEST_FORK || number == GUEST_VFORK ||
           (number == GUEST_CLONE && ((clone_flags & vm) == 0 || (clone_flags & vfork) != 0));
}

static void
put_syscall(LadRing *ring, const PendingCall *call, int64_t number, int64_t result)
{
    uint64_t words[8] = {(uint64_t)number, (uint64_t)result};
    char link[40], path[PATH_MAX];
    ssize_t n = 0;

    memcpy(words + 2, call->argument, sizeof call->argument);
    if (number == GUEST_MMAP && (int)call->argument[4] >= 0) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", (int)call->argument[4]);
        n = readlink(link, path, sizeof path);
    }
    put_record(ring, LAD_CONTROL_SYSCALL, words, 8, path, n > 0 ? (size_t)n : 0);
}

static void
on_syscall_return(qemu_plugin_id_t plugin, unsigned vcpu, int64_t number, int64_t result)
{
    LadRing *ring = ring_with_room(vcpu);
    const PendingCall *call = &calls[vcpu];
    bool failed = result < 0 && result > -4096;
    uint64_t now = now_ns();
    int saved = errno;

    (void)plugin;
    if (makes_process(number, call->argument[0]) && result > 0) {
        /* Stamped before the child's first block: this thread has done nothing since. */
        put_time(ring, call->begun_ns);
        if (area->follow_fork)
            put(ring, LAD_WORD_MAKE(LAD_CONTROL_FORK, (uint64_t)result));
    }
    if (number == GUEST_EXECVE || number == GUEST_EXECVEAT)
        put(ring, LAD_WORD_MAKE(LAD_CONTROL_NO_EXEC, 0));
    if (!failed && (number == GUEST_MMAP || number == GUEST_MUNMAP || number == GUEST_BRK ||
                    number == GUEST_MREMAP))
        put_syscall(ring, call, number, result);
    if (now - ring->last_time_ns >= TIME_STEP_NS)
        put_time(ring, now);
    errno = saved;
}

static void
on_vcpu_init(qemu_plugin_id_t plugin, unsigned vcpu)
{
    (void)plugin;
    if (vcpu >= LAD_CAPTURE_MAX_VCPUS)
        _exit(127); /* every callback indexes by it; far above what a machine has threads for */
    vcpu_ring[vcpu] = recording ? &unclaimed_ring : &sink_ring;
    if (vcpu >= vcpu_bound)
        vcpu_bound = vcpu + 1;
}

static void
on_vcpu_exit(qemu_plugin_id_t plugin, unsigned vcpu)
{
    (void)plugin;
    close_ring(vcpu);
}

/* The parent's rings stay the parent's. */
static void
in_forked_child(void)
{
    if (!area->follow_fork) {
        if (recording)
            atomic_fetch_add(&area->unfollowed, 1);
        recording = false;
    }
    code_ring = NULL;
    for (unsigned i = 0; i < vcpu_bound; i++)
        vcpu_ring[i] = recording ? &unclaimed_ring : &sink_ring;
}

EXPORT int
qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    int fd = -1;
    void *memory;

    (void)info;
    for (int i = 0; i < argc; i++)
        if (strncmp(argv[i], "fd=", 3) == 0)
            fd = atoi(argv[i] + 3);
    memory =
        mmap(NULL, LAD_CAPTURE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (memory == MAP_FAILED)
        return -1;
    close(fd);
    area = memory;
    if (area->magic != LAD_CAPTURE_MAGIC || pthread_atfork(NULL, NULL, in_forked_child) != 0)
        return -1;
    recording = true;
    open_sink();
    qemu_plugin_register_vcpu_init_cb(id, on_vcpu_init);
    qemu_plugin_register_vcpu_exit_cb(id, on_vcpu_exit);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_vcpu_syscall_cb(id, on_syscall);
    qemu_plugin_register_vcpu_syscall_ret_cb(id, on_syscall_return);
    area->base = (uint64_t)(uintptr_t)memory;
    return 0;
}
