/* plugin.c - the TCG plugin that records a program run by QEMU's user-mode emulator.
 *
 * It runs inside the recorded program's process and does as little as it can: at translation it
 * copies the block's instruction bytes into the process's code ring; at execution it stores the
 * block's id, and at each access one word, into the thread's ring (see ring.h), or counts them by
 * page (plugin_pages.c). Analysis, encoding and printing belong to the recorder. It needs no file
 * descriptor after install, allocates nothing, starts no thread, and writes to none of the
 * program's streams.
 */
#define _GNU_SOURCE
#include "traces/capture/plugin.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT           __attribute__((visibility("default")))
#define TIME_STEP        5000 /* stamps at system calls are at least this far apart */
#define MAX_INSN_BYTES   15
#define INSNS_SHIFT      40 /* of a block's count, in the word that its callback is given */
#define INSNS_MASK       (UINT64_C(0x3ff) << INSNS_SHIFT)
#define KNOWN_BLOCKS     (1u << 18) /* a power of 2 */
#define KNOWN_BLOCK_WAYS 16

/* x86-64 Linux system calls that change mappings or processes. */
enum {
    GUEST_MMAP = 9,
    GUEST_MUNMAP = 11,
    GUEST_BRK = 12,
    GUEST_MREMAP = 25,
    GUEST_MADVISE = 28,
    GUEST_SHMAT = 30,
    GUEST_CLONE = 56,
    GUEST_FORK = 57,
    GUEST_VFORK = 58,
    GUEST_EXECVE = 59,
    GUEST_EXIT = 60,
    GUEST_SHMDT = 67,
    GUEST_EXIT_GROUP = 231,
    GUEST_EXECVEAT = 322,
};

typedef struct {
    uint64_t argument[6];
    uint64_t begun;
} PendingCall;

/* A block that the recorder has been told of, so that it keeps its id when it is translated again.
 */
typedef struct {
    uint64_t pc, hash;
    uint64_t id_plus_one;
} KnownBlock;

LadPlugin lad_plugin;
static PendingCall calls[LAD_CAPTURE_MAX_VCPUS];
static KnownBlock known_blocks[KNOWN_BLOCKS];

EXPORT int qemu_plugin_version = QEMU_PLUGIN_API_VERSION;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

/* ---- Execution --------------------------------------------------------------------------------
 */

static void
on_block(unsigned vcpu, void *data)
{
    lad_plugin_put(lad_plugin_ring(vcpu), (uint64_t)(uintptr_t)data);
}

/* The same, by the clock. */
static void
on_timed_block(unsigned vcpu, void *data)
{
    uint64_t word = (uint64_t)(uintptr_t)data;

    lad_plugin_tick(vcpu, (unsigned)((word & INSNS_MASK) >> INSNS_SHIFT));
    lad_plugin_put(lad_plugin_ring(vcpu), word & ~INSNS_MASK);
}

/* Between windows. */
static void
on_unrecorded_block(unsigned vcpu, void *data)
{
    lad_plugin_tick(vcpu, (unsigned)(uintptr_t)data);
}

/* The same, for a block that may close a loop, where the emulator counts the others. */
static void
on_loop_block(unsigned vcpu, void *data)
{
    lad_vcpu_thread[vcpu].left -= (int64_t)lad_plugin.passed;
    lad_plugin.passed = 0;
    lad_plugin_tick(vcpu, (unsigned)(uintptr_t)data);
}

static void
on_unrecorded_operand(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
    (void)vcpu;
    (void)info;
    (void)address;
    (void)data;
}

/* An instruction that may not have been translated after all. */
static void
on_last_insn(unsigned vcpu, void *data)
{
    (void)data;
    lad_vcpu_thread[vcpu].left--;
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
    LadRing *ring = lad_vcpu_ring[vcpu];
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

/* ---- Translation ------------------------------------------------------------------------------
 */

/* How many of the block's instructions are sure to be executed with it: the emulator ends a block
 * before an instruction that crosses a page, but tells it to plugins, as far as it has read it. */
static size_t
certain_insns(const struct qemu_plugin_tb *tb)
{
    size_t n = qemu_plugin_tb_n_insns(tb);
    uint64_t pc = qemu_plugin_tb_vaddr(tb);

    for (size_t i = 0; i + 1 < n; i++)
        pc += qemu_plugin_insn_size(qemu_plugin_tb_get_insn(tb, i));
    return n > 1 && 4096 - pc % 4096 < MAX_INSN_BYTES ? n - 1 : n;
}

/* The emulator translates under a lock of the process, which it also holds while forking, so the
 * code ring has one writer. */
static bool
put_code(uint64_t id, uint64_t pc, size_t n, const char *bytes, size_t length)
{
    const uint64_t head[3] = {id, pc, n};

    if (lad_plugin.code_ring == NULL)
        lad_plugin.code_ring = lad_plugin_claim_ring(true);
    if (lad_plugin.code_ring == &lad_sink_ring)
        return false;
    if (atomic_load(&lad_plugin.code_ring->next) >= lad_plugin.code_ring->limit &&
        !lad_plugin_hand_over(lad_plugin.code_ring)) {
        lad_plugin.recording = false;
        return false;
    }
    lad_plugin_put_record(lad_plugin.code_ring, LAD_CONTROL_CODE, head, 3, bytes, length);
    return true;
}

/* Where the block of this content is kept; with no id if it is new, or if others took all its
 * places. */
static KnownBlock *
find_known(uint64_t pc, const char *bytes, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    KnownBlock *known;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)bytes[i]) * UINT64_C(0x100000001b3);
    for (unsigned way = 0; way < KNOWN_BLOCK_WAYS; way++) {
        known = &known_blocks[((hash ^ pc) + way) % KNOWN_BLOCKS];
        if (known->id_plus_one == 0 || (known->pc == pc && known->hash == hash))
            break;
    }
    if (known->pc != pc || known->hash != hash)
        *known = (KnownBlock){pc, hash, 0};
    return known;
}

/* Tell the recorder of the block, unless it knows it. */
static bool
describe_block(const struct qemu_plugin_tb *tb, size_t n, uint64_t *id)
{
    uint64_t pc = qemu_plugin_tb_vaddr(tb);
    char bytes[(LAD_WORD_INSN_MASK + 1) * 17];
    size_t length = (n + 7) / 8 * 8;
    KnownBlock *known;

    memset(bytes, 0, length);
    for (size_t i = 0; i < n; i++) {
        const struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        size_t size = qemu_plugin_insn_size(insn);
        bytes[i] = (char)size;
        memcpy(bytes + length, qemu_plugin_insn_data(insn), size);
        length += size;
    }
    known = find_known(pc, bytes, length);
    if (known->id_plus_one == 0) {
        *id = atomic_fetch_add(&lad_plugin.area->block_id, 1);
        if (!put_code(*id, pc, n, bytes, length))
            return false;
        known->id_plus_one = *id + 1;
    }
    *id = known->id_plus_one - 1;
    return true;
}

static void
record_block(struct qemu_plugin_tb *tb, size_t n, uint64_t id)
{
    LadCaptureArea *area = lad_plugin.area;
    uint64_t word = LAD_WORD_MAKE(LAD_CONTROL_BLOCK, id);

    if (lad_plugin.timed)
        word |= (uint64_t)certain_insns(tb) << INSNS_SHIFT;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, lad_plugin.timed ? on_timed_block : on_block,
                                         QEMU_PLUGIN_CB_NO_REGS, (void *)(uintptr_t)word);
    for (size_t i = 0; i < n; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        if (lad_plugin_opcode(insn) != LAD_OPCODE_NO_DATA)
            qemu_plugin_register_vcpu_mem_cb(
                insn, on_operand, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
                (void *)(uintptr_t)((uint64_t)i << LAD_WORD_INSN_SHIFT));
        if (area->count == 0)
            continue;
        qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
                                                   &area->counted_insns, 1);
        qemu_plugin_register_vcpu_mem_inline(insn, QEMU_PLUGIN_MEM_RW, QEMU_PLUGIN_INLINE_ADD_U64,
                                             &area->counted_operands, 1);
    }
}

/* Between windows. Why some instructions need a callback even so: see plugin_opcode.c. */
static void
pass_over_block(struct qemu_plugin_tb *tb, size_t n, size_t certain)
{
    if (lad_plugin.alone && certain == n &&
        !lad_plugin_may_go_back(qemu_plugin_tb_get_insn(tb, n - 1)))
        qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &lad_plugin.passed,
                                                 n);
    else
        qemu_plugin_register_vcpu_tb_exec_cb(tb,
                                             lad_plugin.alone ? on_loop_block : on_unrecorded_block,
                                             QEMU_PLUGIN_CB_NO_REGS, (void *)(uintptr_t)certain);
    for (size_t i = 0; i < n; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        LadOpcode opcode = lad_plugin_opcode(insn);
        if (opcode == LAD_OPCODE_BY_FUNCTION || opcode == LAD_OPCODE_SAVES_STATE)
            qemu_plugin_register_vcpu_mem_cb(insn, on_unrecorded_operand, QEMU_PLUGIN_CB_NO_REGS,
                                             QEMU_PLUGIN_MEM_RW, NULL);
    }
}

static void
on_translation(qemu_plugin_id_t plugin, struct qemu_plugin_tb *tb)
{
    size_t n = qemu_plugin_tb_n_insns(tb), certain = certain_insns(tb);
    uint64_t id;

    (void)plugin;
    if (!lad_plugin.recording || n == 0 || n > LAD_WORD_INSN_MASK + 1)
        return;
    if (lad_plugin.area->schedule.mode == LAD_CAPTURE_PAGES) {
        lad_plugin_count_block(tb, certain);
        return;
    }
    if (lad_plugin.in_window && !describe_block(tb, n, &id))
        return;
    if (lad_plugin.in_window)
        record_block(tb, n, id);
    else
        pass_over_block(tb, n, certain);
    if (lad_plugin.timed && certain < n)
        qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_tb_get_insn(tb, n - 1), on_last_insn,
                                               QEMU_PLUGIN_CB_NO_REGS, NULL);
}

/* ---- System calls -----------------------------------------------------------------------------
 */

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
    lad_plugin_put_record(ring, LAD_CONTROL_EXEC, NULL, 0, path, strlen(path));
}

/* Whether stamps around system calls are of use: not between windows, nor in intervals. */
static bool
wants_stamps(unsigned vcpu)
{
    return lad_plugin.area->schedule.mode != LAD_CAPTURE_PAGES && !lad_vcpu_thread[vcpu].silent;
}

static void
look_at_wall_clock(unsigned vcpu)
{
    if (lad_plugin.timed && lad_plugin.area->schedule.wall)
        lad_plugin_look_at_clock(vcpu, false);
}

/* The emulator turns vfork into fork. */
static bool
makes_process(int64_t number, uint64_t clone_flags)
{
    const uint64_t vm = 0x100, vfork = 0x4000;

    return number == GUEST_FORK || number == GUEST_VFORK ||
           (number == GUEST_CLONE && ((clone_flags & vm) == 0 || (clone_flags & vfork) != 0));
}

static bool
ends_thread(int64_t number)
{
    return number == GUEST_EXIT || number == GUEST_EXIT_GROUP;
}

static void
on_syscall(qemu_plugin_id_t plugin, unsigned vcpu, int64_t number, uint64_t a1, uint64_t a2,
           uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8)
{
    PendingCall *call = &calls[vcpu];
    int saved = errno;
    LadRing *ring;

    (void)plugin;
    (void)a7;
    (void)a8;
    look_at_wall_clock(vcpu);
    ring = lad_plugin_ring(vcpu);
    if (ends_thread(number) || makes_process(number, a1))
        lad_plugin_publish(vcpu);
    *call = (PendingCall){{a1, a2, a3, a4, a5, a6}, lad_plugin_stamp(vcpu)};
    if (number == GUEST_EXECVE)
        put_exec(ring, a1);
    else if (number == GUEST_EXECVEAT)
        put_exec(ring, a2);
    else if (ends_thread(number) ||
             (wants_stamps(vcpu) && call->begun - ring->last_time >= TIME_STEP))
        lad_plugin_put_time(ring, call->begun);
    if (number == GUEST_EXIT_GROUP) {
        lad_plugin_tell_content(vcpu);
        lad_plugin_close_ring(vcpu);
    }
    errno = saved;
}

static bool
changes_mappings(int64_t number)
{
    return number == GUEST_MMAP || number == GUEST_MUNMAP || number == GUEST_BRK ||
           number == GUEST_MREMAP || number == GUEST_MADVISE || number == GUEST_SHMAT ||
           number == GUEST_SHMDT;
}

/* What was touched up to now lay in mappings that go. */
static void
tell_pages_before_unmap(unsigned vcpu, int64_t number, int64_t result)
{
    bool shrinks = number == GUEST_BRK && (uint64_t)result < lad_plugin.brk;

    if (number == GUEST_BRK)
        lad_plugin.brk = (uint64_t)result;
    if (lad_plugin.area->schedule.mode == LAD_CAPTURE_PAGES &&
        (shrinks || number == GUEST_MUNMAP || number == GUEST_MREMAP || number == GUEST_SHMDT))
        lad_plugin_tell_pages(vcpu);
}

/* Number, result and arguments; and what the recorder cannot find out: the file that was mapped, or
 * the size and key of a shared memory segment. */
static void
put_syscall(LadRing *ring, const PendingCall *call, int64_t number, int64_t result)
{
    uint64_t words[8] = {(uint64_t)number, (uint64_t)result};
    struct shmid_ds segment;
    char link[40], path[PATH_MAX];
    ssize_t n = 0;

    memcpy(words + 2, call->argument, sizeof call->argument);
    if (number == GUEST_MMAP && (int)call->argument[4] >= 0) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", (int)call->argument[4]);
        n = readlink(link, path, sizeof path);
    }
    if (number == GUEST_SHMAT && shmctl((int)call->argument[0], IPC_STAT, &segment) == 0) {
        words[3] = segment.shm_segsz;
        n = snprintf(path, sizeof path, "/SYSV%08x.%d", (unsigned)segment.shm_perm.__key,
                     (int)call->argument[0]);
    }
    lad_plugin_put_record(ring, LAD_CONTROL_SYSCALL, words, 8, path, n > 0 ? (size_t)n : 0);
}

static void
on_syscall_return(qemu_plugin_id_t plugin, unsigned vcpu, int64_t number, int64_t result)
{
    const PendingCall *call = &calls[vcpu];
    bool failed = result < 0 && result > -4096;
    int saved = errno;
    LadRing *ring;
    uint64_t now;

    (void)plugin;
    look_at_wall_clock(vcpu);
    ring = lad_plugin_ring(vcpu);
    if (makes_process(number, call->argument[0]) && result > 0) {
        /* Stamped before the child's first block: this thread has done nothing since. */
        lad_plugin_put_time(ring, call->begun);
        if (lad_plugin.area->follow_fork)
            lad_plugin_put(ring, LAD_WORD_MAKE(LAD_CONTROL_FORK, (uint64_t)result));
    }
    if (number == GUEST_EXECVE || number == GUEST_EXECVEAT)
        lad_plugin_put(ring, LAD_WORD_MAKE(LAD_CONTROL_NO_EXEC, 0));
    now = lad_plugin_stamp(vcpu);
    if (!failed && changes_mappings(number)) {
        tell_pages_before_unmap(vcpu, number, result);
        ring = lad_plugin_ring(vcpu);
        if (lad_plugin.area->schedule.mode == LAD_CAPTURE_BURSTS && lad_vcpu_thread[vcpu].silent)
            lad_plugin_put_time(ring, now);
        put_syscall(ring, call, number, result);
    }
    if (wants_stamps(vcpu) && now - ring->last_time >= TIME_STEP)
        lad_plugin_put_time(ring, now);
    errno = saved;
}

/* ---- Threads and processes --------------------------------------------------------------------
 */

static void
on_vcpu_init(qemu_plugin_id_t plugin, unsigned vcpu)
{
    (void)plugin;
    if (vcpu >= LAD_CAPTURE_MAX_VCPUS)
        _exit(127); /* every callback indexes by it; far above what a machine has threads for */
    lad_vcpu_ring[vcpu] = lad_plugin.recording ? &lad_unclaimed_ring : &lad_sink_ring;
    lad_plugin_start_clock(vcpu);
    lad_plugin_use_table(vcpu);
    if (vcpu >= lad_plugin.vcpu_bound)
        lad_plugin.vcpu_bound = vcpu + 1;
    if (vcpu > 0)
        lad_plugin_gain_thread();
}

static void
on_vcpu_exit(qemu_plugin_id_t plugin, unsigned vcpu)
{
    (void)plugin;
    lad_plugin_close_ring(vcpu);
}

/* The parent's rings stay the parent's. */
static void
in_forked_child(void)
{
    if (!lad_plugin.area->follow_fork) {
        if (lad_plugin.recording)
            atomic_fetch_add(&lad_plugin.area->unfollowed, 1);
        lad_plugin.recording = false;
    }
    lad_plugin.code_ring = NULL;
    for (unsigned i = 0; i < lad_plugin.vcpu_bound; i++) {
        lad_vcpu_ring[i] = lad_plugin.recording ? &lad_unclaimed_ring : &lad_sink_ring;
        lad_plugin_start_clock(i);
        lad_plugin_use_table(i);
    }
}

void
lad_plugin_register(qemu_plugin_id_t id)
{
    qemu_plugin_register_vcpu_init_cb(id, on_vcpu_init);
    qemu_plugin_register_vcpu_exit_cb(id, on_vcpu_exit);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_vcpu_syscall_cb(id, on_syscall);
    qemu_plugin_register_vcpu_syscall_ret_cb(id, on_syscall_return);
}

EXPORT int
qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    const LadCaptureSchedule *schedule;
    LadCaptureArea *area;
    int fd = -1;

    (void)info;
    for (int i = 0; i < argc; i++)
        if (strncmp(argv[i], "fd=", 3) == 0)
            fd = atoi(argv[i] + 3);
    area = mmap(NULL, LAD_CAPTURE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (area == MAP_FAILED)
        return -1;
    close(fd);
    lad_plugin.area = area;
    if (area->magic != LAD_CAPTURE_MAGIC || pthread_atfork(NULL, NULL, in_forked_child) != 0)
        return -1;
    schedule = &area->schedule;
    lad_plugin.id = id;
    lad_plugin.recording = true;
    lad_plugin.alone = true;
    lad_plugin.timed = schedule->mode != LAD_CAPTURE_ALL || schedule->content > 0;
    lad_plugin.in_window = schedule->mode != LAD_CAPTURE_BURSTS || schedule->skip == 0;
    atomic_store(&lad_plugin.next_content, schedule->content);
    lad_plugin_learn_store_bit();
    lad_plugin_open_sink();
    lad_plugin_register(id);
    area->base = (uint64_t)(uintptr_t)area;
    return 0;
}
