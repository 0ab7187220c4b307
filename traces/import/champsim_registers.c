/* champsim_registers.c - ChampSim's register numbers and ours.
 *
 * ChampSim's tracers write the numbers that Pin gives registers. What its reader relies on is
 * fixed: 6 is the stack pointer, 25 the flags, 26 the instruction pointer (inc/trace_instruction.h
 * of ChampSim); the other general registers are numbered 3 rdi, 4 rsi, 5 rbp, 7 rbx, 8 rdx, 9 rcx,
 * 10 rax, 11-18 r8-r15, and 19-24 are segments. Higher numbers differ from one version of Pin to
 * the next; they share the 32 bits of our vector registers by their number modulo 32, so that 32 in
 * succession stay apart, but for the numbers that our own export writes (64-95 vectors, 96-103 x87,
 * 104 all others, 105-110 the six bits left). The instruction pointer is no register of ours. */
#include "config.h"
#include "traces/import/champsim_registers.h"

enum { VECTOR_BIT = 16, FLAGS_BIT = 48, X87_BIT = 49, OTHER_BIT = 57, SPARE_BIT = 58 };
enum { VECTOR = 64, X87 = 96, OTHER = 104, SPARE = 105, SEGMENT = 19 };

static const guint8 general[16] = {10, 9,  8,  7, LAD_CHAMPSIM_SP, 5, 4, 3, 11, 12, 13, 14,
                                   15, 16, 17, 18};

LadRegisters
lad_champsim_from_number(guint8 number)
{
    if (number == 0 || number == LAD_CHAMPSIM_IP)
        return 0;
    for (guint i = 0; i < G_N_ELEMENTS(general); i++)
        if (general[i] == number)
            return (LadRegisters)1 << i;
    if (number == LAD_CHAMPSIM_FLAGS)
        return (LadRegisters)1 << FLAGS_BIT;
    if (number >= SEGMENT && number < SEGMENT + 6)
        return (LadRegisters)1 << (SPARE_BIT + number - SEGMENT);
    if (number >= X87 && number <= OTHER)
        return (LadRegisters)1 << (X87_BIT + number - X87);
    if (number >= SPARE && number < SPARE + 6)
        return (LadRegisters)1 << (SPARE_BIT + number - SPARE);
    return number < SEGMENT ? (LadRegisters)1 << OTHER_BIT
                            : (LadRegisters)1 << (VECTOR_BIT + number % 32);
}

guint8
lad_champsim_to_number(guint bit)
{
    g_assert(bit < 64);
    if (bit < VECTOR_BIT)
        return general[bit];
    if (bit < FLAGS_BIT)
        return (guint8)(VECTOR + bit - VECTOR_BIT);
    if (bit == FLAGS_BIT)
        return LAD_CHAMPSIM_FLAGS;
    if (bit <= OTHER_BIT)
        return (guint8)(X87 + bit - X87_BIT);
    return (guint8)(SPARE + bit - SPARE_BIT);
}

guint8
lad_champsim_branch(const guint8 *writes, guint n_writes, const guint8 *reads, guint n_reads)
{
    gboolean writes_ip = FALSE, writes_sp = FALSE;
    gboolean reads_ip = FALSE, reads_sp = FALSE, reads_flags = FALSE, reads_other = FALSE;
    for (guint i = 0; i < n_writes; i++) {
        writes_ip |= writes[i] == LAD_CHAMPSIM_IP;
        writes_sp |= writes[i] == LAD_CHAMPSIM_SP;
    }
    for (guint i = 0; i < n_reads; i++) {
        reads_ip |= reads[i] == LAD_CHAMPSIM_IP;
        reads_sp |= reads[i] == LAD_CHAMPSIM_SP;
        reads_flags |= reads[i] == LAD_CHAMPSIM_FLAGS;
        reads_other |= reads[i] != 0 && reads[i] != LAD_CHAMPSIM_IP &&
                       reads[i] != LAD_CHAMPSIM_SP && reads[i] != LAD_CHAMPSIM_FLAGS;
    }
    if (!writes_ip)
        return LAD_BRANCH_NONE;
    if (!reads_sp && !reads_flags && !reads_other)
        return LAD_BRANCH_JUMP;
    if (!reads_sp && !reads_ip && !reads_flags)
        return LAD_BRANCH_INDIRECT_JUMP;
    if (!reads_sp && reads_ip && !writes_sp)
        return LAD_BRANCH_CONDITIONAL;
    if (reads_sp && reads_ip && writes_sp && !reads_flags)
        return reads_other ? LAD_BRANCH_INDIRECT_CALL : LAD_BRANCH_CALL;
    if (reads_sp && !reads_ip && writes_sp)
        return LAD_BRANCH_RETURN;
    return LAD_BRANCH_UNKNOWN;
}
