/* plugin_pages.c - counts a thread's instructions and data accesses by page.
 *
 * A touch is an executed instruction or a data access, as a full recording has them, and counts for
 * the page where it begins: the emulator's pieces of a wide access are joined, and a read and a
 * write of one operand are one touch, which writes. Left out: where only the disassembler can tell
 * what belongs together (two operands of a string move at one address).
 */
#define _GNU_SOURCE
#include "traces/capture/plugin.h"
#include <string.h>

#define PIECE_BYTES 8 /* all pieces of an access but the last have so many */
#define PAGE_BITS   36

/* Takes the counts of a thread that has no ring. */
static LadPageCounter sink_table[LAD_PAGE_COUNTERS];

void
lad_plugin_use_table(unsigned vcpu)
{
    LadCaptureArea *area = lad_plugin.area;
    LadRing *ring = lad_vcpu_ring[vcpu];
    LadPluginThread *thread = &lad_vcpu_thread[vcpu];

    thread->table = sink_table;
    if (area->schedule.mode != LAD_CAPTURE_PAGES || ring == &lad_sink_ring ||
        ring == &lad_unclaimed_ring)
        return;
    thread->table = (LadPageCounter *)(void *)((char *)area + lad_ring_table_offset(
                                                                  (uint64_t)(ring - area->rings)));
    memset(thread->table, 0, LAD_CAPTURE_TABLE_BYTES);
}

static void
tell_page(unsigned vcpu, LadPageCounter *counter)
{
    LadRing *ring = lad_plugin_ring(vcpu);
    uint64_t *next = atomic_load_explicit(&ring->next, memory_order_relaxed);

    next[0] = LAD_WORD_MAKE(LAD_CONTROL_PAGE, counter->page);
    next[1] = counter->touches | (uint64_t)counter->writes << 32;
    atomic_store_explicit(&ring->next, next + 2, memory_order_release);
    counter->touches = counter->writes = 0;
}

void
lad_plugin_tell_pages(unsigned vcpu)
{
    LadPageCounter *table = lad_vcpu_thread[vcpu].table;

    for (unsigned i = 0; table != sink_table && i < LAD_PAGE_COUNTERS; i++)
        if (table[i].touches > 0)
            tell_page(vcpu, &table[i]);
}

static __attribute__((noinline)) void
take_place(unsigned vcpu, LadPageCounter *counter, uint64_t page)
{
    if (counter->touches > 0 && lad_vcpu_thread[vcpu].table != sink_table)
        tell_page(vcpu, counter);
    counter->page = page;
    counter->touches = counter->writes = 0;
}

static inline void
count(unsigned vcpu, LadPluginThread *thread, uint64_t page, unsigned touches, unsigned writes)
{
    LadPageCounter *counter = &thread->table[page % LAD_PAGE_COUNTERS];

    if (UNLIKELY(counter->page != page))
        take_place(vcpu, counter, page);
    counter->touches += touches;
    counter->writes += writes;
}

static uint64_t
page_of(uint64_t address)
{
    return (address & LAD_WORD_ADDRESS_MASK) >> LAD_PAGE_SHIFT;
}

/* A block lies on one page or two: the first page, the instructions that begin there, and those
 * that begin on the second. */
static void
on_block(unsigned vcpu, void *data)
{
    uint64_t code = (uint64_t)(uintptr_t)data, page = code & ((UINT64_C(1) << PAGE_BITS) - 1);
    unsigned first = (unsigned)(code >> PAGE_BITS & 0x3ff);
    unsigned second = (unsigned)(code >> (PAGE_BITS + 10) & 0x3ff);
    LadPluginThread *thread = &lad_vcpu_thread[vcpu];

    lad_plugin_tick(vcpu, first + second);
    thread->access = 0;
    count(vcpu, thread, page, first, 0);
    if (UNLIKELY(second > 0))
        count(vcpu, thread, page + 1, second, 0);
}

/* An instruction that may not have been translated after all. */
static void
on_last_insn(unsigned vcpu, void *data)
{
    LadPluginThread *thread = &lad_vcpu_thread[vcpu];

    thread->left--;
    count(vcpu, thread, (uint64_t)(uintptr_t)data, 1, 0);
}

static void
on_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
    LadPluginThread *thread = &lad_vcpu_thread[vcpu];
    unsigned stores = lad_plugin_stores(info), touches = 1;
    uint64_t access = (uint64_t)(uintptr_t)data + stores;

    if (thread->access == access && address == thread->address + PIECE_BYTES) {
        thread->address = address;
        return;
    }
    if (stores && thread->access == access - 1 && address == thread->first)
        touches = 0;
    else
        thread->first = address;
    thread->access = access;
    thread->address = address;
    count(vcpu, thread, page_of(address), touches, stores);
}

/* Instructions that save or restore much, in pieces of any size; `address` is where the last one
 * ended.
 */
static void
on_bulk(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
    LadPluginThread *thread = &lad_vcpu_thread[vcpu];
    unsigned stores = lad_plugin_stores(info);
    uint64_t access = (uint64_t)(uintptr_t)data + stores;
    bool joined = thread->access == access && address == thread->address;

    thread->access = access;
    thread->address = address + (UINT64_C(1) << qemu_plugin_mem_size_shift(info));
    if (!joined)
        count(vcpu, thread, page_of(address), 1, stores);
}

/* Two operands of one kind, which are not to be joined. */
static void
on_apart(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
    (void)data;
    count(vcpu, &lad_vcpu_thread[vcpu], page_of(address), 1, lad_plugin_stores(info));
}

/* The emulator of this version heeds no wish for loads or stores only, so one callback does both.
 */
static void
count_insn(struct qemu_plugin_insn *insn)
{
    qemu_plugin_vcpu_mem_cb_t callback = on_access;
    LadOpcode opcode = lad_plugin_opcode(insn);

    if (opcode == LAD_OPCODE_NO_DATA)
        return;
    if (opcode == LAD_OPCODE_COMPARES_STRINGS)
        callback = on_apart;
    else if (opcode == LAD_OPCODE_SAVES_STATE)
        callback = on_bulk;
    lad_plugin.n_accesses += 2;
    qemu_plugin_register_vcpu_mem_cb(insn, callback, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
                                     (void *)(uintptr_t)lad_plugin.n_accesses);
}

void
lad_plugin_count_block(struct qemu_plugin_tb *tb, size_t n)
{
    size_t all = qemu_plugin_tb_n_insns(tb);
    uint64_t pc = qemu_plugin_tb_vaddr(tb), page = page_of(pc), code, first = 0;

    for (size_t i = 0; i < all; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        first += i < n && page_of(pc) == page;
        if (i >= n)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_last_insn, QEMU_PLUGIN_CB_NO_REGS,
                                                   (void *)(uintptr_t)page_of(pc));
        pc += qemu_plugin_insn_size(insn);
        count_insn(insn);
    }
    code = page | first << PAGE_BITS | (n - first) << (PAGE_BITS + 10);
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS,
                                         (void *)(uintptr_t)code);
}
