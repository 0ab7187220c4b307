/* describe_aarch64.c - registers and memory operands of AArch64 instructions, by libcapstone.
 *
 * Registers are whole: w5 is x5, all views of a vector register are one. The zero register is none.
 * Condition flags and system registers have no bit in LadRegisters for this instruction set and are
 * left out. Atomic instructions are told here, not by the disassembler. Kinds of branches beyond
 * system calls are told by whoever has the instruction executed. */
#include "config.h"
#include "traces/capture/describe_aarch64.h"
#include <capstone/capstone.h>
#include <string.h>

#define LINK_REGISTER ((LadRegisters)1 << 30)

struct LadDescriberAarch64 {
    csh handle;
    cs_insn *insn;
};

LadDescriberAarch64 *
lad_describer_aarch64_new(GError **error)
{
    g_autofree LadDescriberAarch64 *describer = g_new0(LadDescriberAarch64, 1);
    cs_err status = cs_open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &describer->handle);
    if (status != CS_ERR_OK) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                    "libcapstone cannot disassemble AArch64 here: %s", cs_strerror(status));
        return NULL;
    }
    cs_option(describer->handle, CS_OPT_DETAIL, CS_OPT_ON);
    describer->insn = cs_malloc(describer->handle);
    return g_steal_pointer(&describer);
}

void
lad_describer_aarch64_free(LadDescriberAarch64 *describer)
{
    if (describer == NULL)
        return;
    cs_free(describer->insn, 1);
    cs_close(&describer->handle);
    g_free(describer);
}

static gboolean
between(guint reg, guint first, guint last)
{
    return reg >= first && reg <= last;
}

static LadRegisters
register_bit(guint reg)
{
    if (between(reg, ARM64_REG_X0, ARM64_REG_X28))
        return (LadRegisters)1 << (reg - ARM64_REG_X0);
    if (between(reg, ARM64_REG_W0, ARM64_REG_W30))
        return (LadRegisters)1 << (reg - ARM64_REG_W0);
    if (reg == ARM64_REG_X29)
        return (LadRegisters)1 << 29;
    if (reg == ARM64_REG_X30)
        return (LadRegisters)1 << 30;
    if (reg == ARM64_REG_SP || reg == ARM64_REG_WSP)
        return (LadRegisters)1 << 31;
    static const guint first[] = {ARM64_REG_B0, ARM64_REG_H0, ARM64_REG_S0,
                                  ARM64_REG_D0, ARM64_REG_Q0, ARM64_REG_V0};
    for (guint i = 0; i < G_N_ELEMENTS(first); i++)
        if (between(reg, first[i], first[i] + 31))
            return (LadRegisters)1 << (32 + reg - first[i]);
    return 0;
}

static gboolean
begins_with_any(const char *name, const char *const *prefixes)
{
    for (; *prefixes != NULL; prefixes++)
        if (g_str_has_prefix(name, *prefixes))
            return TRUE;
    return FALSE;
}

static const char *const stores[] = {"st", "dc", NULL};
/* Name an address without going there. */
static const char *const no_access[] = {"prfm", "prfum", "adr", "ic", NULL};

static void
add_operand(LadInsnFacts *facts, const cs_insn *insn, const char *name)
{
    const cs_arm64 *detail = &insn->detail->arm64;
    if (begins_with_any(name, no_access))
        return;
    for (guint i = 0; i < detail->op_count && facts->n_operands == 0; i++) {
        const cs_arm64_op *operand = &detail->operands[i];
        if (operand->type != ARM64_OP_MEM)
            continue;
        gboolean store = begins_with_any(name, stores);
        facts->operands[facts->n_operands++] = (LadFactOperand){
            .reads = !store,
            .writes = store != 0,
            .address = register_bit(operand->mem.base) | register_bit(operand->mem.index),
        };
    }
}

static LadRegisters
numbered(guint32 word, guint shift)
{
    guint n = word >> shift & 31;
    return n < 31 ? (LadRegisters)1 << n : 0; /* 31 is the zero register here */
}

/* The atomic instructions of ARMv8.1 and the load-acquire of 8.3, which older disassemblers do not
 * know (Arm Architecture Reference Manual, C4.1, "Loads and stores"). FALSE if it is none of them.
 */
static gboolean
describe_atomic(guint32 word, LadInsnFacts *facts)
{
    gboolean compares = (word & 0x3fa07c00) == 0x08a07c00;
    gboolean operates = (word & 0x3b200c00) == 0x38200000 && (word & 0x04000000) == 0;
    gboolean loads = operates && (word >> 12 & 15) == 12;
    if (!compares && (!operates || (!loads && (word >> 12 & 15) > 8)))
        return FALSE;
    guint base = word >> 5 & 31; /* 31 is the stack pointer here */
    LadRegisters address = (LadRegisters)1 << base, source = numbered(word, 16);
    facts->locked = !loads;
    facts->operands[facts->n_operands++] =
        (LadFactOperand){.reads = 1, .writes = !loads, .address = address};
    facts->insn.reads = address | (loads ? 0 : source) | (compares ? numbered(word, 0) : 0);
    facts->insn.writes = compares ? source : numbered(word, 0);
    return TRUE;
}

void
lad_describe_aarch64(LadDescriberAarch64 *describer, const guint8 bytes[4], LadInsnFacts *facts)
{
    const uint8_t *code = bytes;
    size_t left = 4;
    uint64_t address = 0;
    cs_regs reads, writes;
    guint8 n_reads = 0, n_writes = 0;
    guint32 word;

    memset(facts, 0, sizeof *facts);
    facts->insn.length = 4;
    memcpy(&word, bytes, sizeof word);
    if (describe_atomic(GUINT32_FROM_LE(word), facts))
        return;
    if (!cs_disasm_iter(describer->handle, &code, &left, &address, describer->insn) ||
        cs_regs_access(describer->handle, describer->insn, reads, &n_reads, writes, &n_writes) !=
            CS_ERR_OK) {
        facts->insn.branch = LAD_BRANCH_UNKNOWN;
        facts->insn.flags = LAD_INSN_DEPS_UNKNOWN;
        return;
    }
    const char *name = cs_insn_name(describer->handle, describer->insn->id);
    facts->code = (guint16)describer->insn->id;
    facts->insn.branch =
        (guint8)(describer->insn->id == ARM64_INS_SVC ? LAD_BRANCH_SYSCALL : LAD_BRANCH_NONE);
    add_operand(facts, describer->insn, name != NULL ? name : "");
    for (guint i = 0; i < n_reads; i++)
        facts->insn.reads |= register_bit(reads[i]);
    for (guint i = 0; i < n_writes; i++)
        facts->insn.writes |= register_bit(writes[i]);
    if (facts->n_operands > 0)
        facts->insn.reads |= facts->operands[0].address;
    /* The link register, which the disassembler leaves out. */
    if (describer->insn->id == ARM64_INS_RET && facts->insn.reads == 0)
        facts->insn.reads = LINK_REGISTER;
    if (describer->insn->id == ARM64_INS_BL || describer->insn->id == ARM64_INS_BLR)
        facts->insn.writes |= LINK_REGISTER;
}
