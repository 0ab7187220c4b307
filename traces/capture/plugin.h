/* plugin.h - the parts of the capture plugin, which run inside the recorded program's process.
 *
 * plugin.c is the emulator's interface: translation, system calls, processes. plugin_ring.c writes
 * words into rings (ring.h). plugin_clock.c counts time and turns recording on and off by it.
 * plugin_pages.c counts accesses by page. plugin_opcode.c knows the few instructions that need
 * care.
 *
 * The plugin's state is static because callbacks carry no pointer of the process: a plugin is
 * loaded once per process, and a forked child's copy is its own.
 */
#ifndef LAD_CAPTURE_PLUGIN_H
#define LAD_CAPTURE_PLUGIN_H

#include "traces/capture/qemu_plugin_api.h"
#include "traces/capture/ring.h"
#include <stdbool.h>

#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* A thread, as far as the clock and the counting of pages need it. */
typedef struct {
    _Alignas(64) int64_t left; /* instructions until it must look at the clock */
    /* Counting pages: the instruction that accessed last, and where. */
    uint64_t access;  /* identity of the instruction, 1 added for a store; 0: another block since */
    uint64_t address; /* of its latest piece */
    uint64_t first;   /* of its first piece */
    LadPageCounter *table;
    int64_t granted;       /* what `left` was set to last */
    uint64_t insns;        /* executed until then */
    uint64_t missing;      /* executed outside of windows, and not told yet */
    uint64_t interval_end; /* level `page`: the clock at which the next interval begins */
    LadRing *waiting;      /* its ring, while the words of the block in hand are not wanted */
    bool silent;           /* not in a window, as far as it was told */
} LadPluginThread;

typedef struct {
    qemu_plugin_id_t id;
    LadCaptureArea *area;
    LadRing *code_ring;
    unsigned vcpu_bound;
    bool recording;       /* false in a child that is not followed */
    bool timed;           /* the clock is needed: blocks count their instructions */
    bool in_window;       /* everything is recorded; always so but for LAD_CAPTURE_BURSTS */
    bool next_in_window;  /* what `in_window` will be when the emulator has turned */
    bool alone;           /* the process has had one thread only */
    uint64_t passed;      /* alone, between windows: instructions counted by the emulator itself */
    _Atomic bool turning; /* the emulator was asked to translate anew */
    _Atomic uint64_t next_content; /* the clock at which pages' contents are asked for */
    _Atomic uint64_t n_contents;
    uint64_t brk;                    /* the program break, as the last brk call left it */
    uint64_t n_accesses;             /* instructions told apart so far, times 2 */
    qemu_plugin_meminfo_t store_bit; /* of an access's info; 0: the emulator must be asked */
    bool mappings_told;
} LadPlugin;

extern LadPlugin lad_plugin;
extern LadRing *lad_vcpu_ring[LAD_CAPTURE_MAX_VCPUS];
extern LadPluginThread lad_vcpu_thread[LAD_CAPTURE_MAX_VCPUS];
extern LadRing lad_unclaimed_ring; /* a thread that has not run yet: its first block claims one */
extern LadRing lad_sink_ring;      /* takes what nobody wants, and never fills up */

/* ---- plugin_ring.c ----------------------------------------------------------------------------
 */

uint64_t lad_plugin_now_ns(void);
long lad_plugin_futex(_Atomic uint32_t *word, int operation, uint32_t value, bool with_patience);
void lad_plugin_open_sink(void);
LadRing *lad_plugin_claim_ring(bool is_code);
/* Hand the segment over and begin the next; false when the recorder has died. */
bool lad_plugin_hand_over(LadRing *ring);
void lad_plugin_put_time(LadRing *ring, uint64_t stamp);
/* A control word and `n` words that follow, then `text` padded with zeros: seen whole or not at
 * all. */
void lad_plugin_put_record(LadRing *ring, LadControl kind, const uint64_t *words, size_t n,
                           const char *text, size_t text_bytes);
/* The slow path of every callback: a ring with room for a record. Keeps the emulator's errno. */
LadRing *lad_plugin_make_room(unsigned vcpu);
/* The thread ends here. */
void lad_plugin_close_ring(unsigned vcpu);

static inline void
lad_plugin_put(LadRing *ring, uint64_t word)
{
    uint64_t *next = atomic_load_explicit(&ring->next, memory_order_relaxed);

    *next = word;
    atomic_store_explicit(&ring->next, next + 1, memory_order_release);
}

static inline LadRing *
lad_plugin_ring(unsigned vcpu)
{
    LadRing *ring = lad_vcpu_ring[vcpu];

    if (UNLIKELY(atomic_load_explicit(&ring->next, memory_order_relaxed) >= ring->limit))
        ring = lad_plugin_make_room(vcpu);
    return ring;
}

/* ---- plugin_clock.c ---------------------------------------------------------------------------
 */

/* The time stamp of now: of the schedule's clock, or ns if there is no schedule. */
uint64_t lad_plugin_stamp(unsigned vcpu);
/* Do what the schedule demands by now, and set `left`. `in_block`: a block has begun, and its words
 * would be written. Keeps errno. */
void lad_plugin_look_at_clock(unsigned vcpu, bool in_block);
/* Have the recorder look at the pages touched since it did so last, if that is wanted at all. */
void lad_plugin_tell_content(unsigned vcpu);
/* A second thread is about to run. */
void lad_plugin_gain_thread(void);
/* Let others know how far this thread has come. */
void lad_plugin_publish(unsigned vcpu);
/* A thread begins. */
void lad_plugin_start_clock(unsigned vcpu);

/* At the start of a block, before its instructions are counted. */
static inline void
lad_plugin_tick(unsigned vcpu, unsigned n_insns)
{
    LadPluginThread *thread = &lad_vcpu_thread[vcpu];

    if (UNLIKELY(thread->left <= 0))
        lad_plugin_look_at_clock(vcpu, true);
    thread->left -= n_insns;
}

/* ---- plugin_opcode.c --------------------------------------------------------------------------
 */

/* What must be known of an instruction without a disassembler. */
typedef enum {
    LAD_OPCODE_ORDINARY,
    LAD_OPCODE_NO_DATA, /* leaves the emulated code and accesses nothing: syscall, pause, ... */
    LAD_OPCODE_COMPARES_STRINGS, /* cmps: two loads that do not belong together */
    LAD_OPCODE_SAVES_STATE,      /* fxsave, xsave, ...: many pieces of all sizes */
    LAD_OPCODE_BY_FUNCTION,      /* the emulator may access memory by a function of its own */
} LadOpcode;

LadOpcode lad_plugin_opcode(const struct qemu_plugin_insn *insn);
/* Whether what runs behind a block that ends with this instruction may lie before it: every loop
 * has such a block. */
bool lad_plugin_may_go_back(const struct qemu_plugin_insn *insn);
/* Which bit of an access's info says that it is a store, as the emulator answers. */
void lad_plugin_learn_store_bit(void);

static inline unsigned
lad_plugin_stores(qemu_plugin_meminfo_t info)
{
    if (lad_plugin.store_bit != 0)
        return (info & lad_plugin.store_bit) != 0;
    return qemu_plugin_mem_is_store(info);
}

/* ---- plugin_pages.c ---------------------------------------------------------------------------
 */

/* Count the block's accesses, and its instructions, n of which are certain. */
void lad_plugin_count_block(struct qemu_plugin_tb *tb, size_t n);
/* Write all counters of the thread into its ring. */
void lad_plugin_tell_pages(unsigned vcpu);
/* The counters of the thread's ring. */
void lad_plugin_use_table(unsigned vcpu);

/* ---- plugin.c ---------------------------------------------------------------------------------
 */

void lad_plugin_register(qemu_plugin_id_t id);

#endif
