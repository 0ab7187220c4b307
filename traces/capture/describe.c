/* describe.c - an instruction's length, branch kind, registers and memory operands, by libcapstone.
 *
 * Only what is certain is stated: registers are whole (a write of al counts as one of rax), segment
 * bases are constants, and an instruction that clears a register by combining it with itself reads
 * nothing, as processors treat it. The disassembler's idea of sizes above 128 bytes, and of what
 * save and gather instructions touch, is not used; these take whatever accesses come.
 */
#include "config.h"
#include "traces/capture/describe.h"
#include <capstone/capstone.h>
#include <string.h>

struct LadDescriber {
    csh handle;
    cs_insn *insn;
};

LadDescriber *
lad_describer_new(GError **error)
{
    g_autofree LadDescriber *describer = g_new0(LadDescriber, 1);
    cs_err status = cs_open(CS_ARCH_X86, CS_MODE_64, &describer->handle);

    if (status != CS_ERR_OK) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                    "libcapstone cannot disassemble x86-64 here: %s", cs_strerror(status));
        return NULL;
    }
    cs_option(describer->handle, CS_OPT_DETAIL, CS_OPT_ON);
    describer->insn = cs_malloc(describer->handle);
    return g_steal_pointer(&describer);
}

void
lad_describer_free(LadDescriber *describer)
{
    cs_free(describer->insn, 1);
    cs_close(&describer->handle);
    g_free(describer);
}

/* The bit of each general register, under all its names. */
#define GENERAL(bit, r64, r32, r16, r8)                                                            \
    [X86_REG_##r64] = (bit) + 1, [X86_REG_##r32] = (bit) + 1, [X86_REG_##r16] = (bit) + 1,         \
    [X86_REG_##r8] = (bit) + 1

static const guint8 general_bit_plus_one[X86_REG_ENDING] = {
    GENERAL(0, RAX, EAX, AX, AL),
    GENERAL(1, RCX, ECX, CX, CL),
    GENERAL(2, RDX, EDX, DX, DL),
    GENERAL(3, RBX, EBX, BX, BL),
    GENERAL(4, RSP, ESP, SP, SPL),
    GENERAL(5, RBP, EBP, BP, BPL),
    GENERAL(6, RSI, ESI, SI, SIL),
    GENERAL(7, RDI, EDI, DI, DIL),
    GENERAL(8, R8, R8D, R8W, R8B),
    GENERAL(9, R9, R9D, R9W, R9B),
    GENERAL(10, R10, R10D, R10W, R10B),
    GENERAL(11, R11, R11D, R11W, R11B),
    GENERAL(12, R12, R12D, R12W, R12B),
    GENERAL(13, R13, R13D, R13W, R13B),
    GENERAL(14, R14, R14D, R14W, R14B),
    GENERAL(15, R15, R15D, R15W, R15B),
    [X86_REG_AH] = 1,
    [X86_REG_CH] = 2,
    [X86_REG_DH] = 3,
    [X86_REG_BH] = 4,
};

static LadRegisters
register_bit(guint reg)
{
    if (reg == X86_REG_INVALID || reg >= X86_REG_ENDING)
        return 0;
    if (general_bit_plus_one[reg] != 0)
        return (LadRegisters)1 << (general_bit_plus_one[reg] - 1);
    if (reg >= X86_REG_XMM0 && reg <= X86_REG_XMM31)
        return (LadRegisters)1 << (16 + reg - X86_REG_XMM0);
    if (reg >= X86_REG_YMM0 && reg <= X86_REG_YMM31)
        return (LadRegisters)1 << (16 + reg - X86_REG_YMM0);
    if (reg >= X86_REG_ZMM0 && reg <= X86_REG_ZMM31)
        return (LadRegisters)1 << (16 + reg - X86_REG_ZMM0);
    if (reg == X86_REG_EFLAGS)
        return (LadRegisters)1 << 48;
    if (reg >= X86_REG_ST0 && reg <= X86_REG_ST7)
        return (LadRegisters)1 << (49 + reg - X86_REG_ST0);
    if (reg >= X86_REG_FP0 && reg <= X86_REG_FP7)
        return (LadRegisters)1 << (49 + reg - X86_REG_FP0);
    if (reg >= X86_REG_MM0 && reg <= X86_REG_MM7)
        return (LadRegisters)1 << (49 + reg - X86_REG_MM0);
    switch (reg) {
    case X86_REG_RIP: /* constants while the program runs */
    case X86_REG_EIP:
    case X86_REG_IP:
    case X86_REG_RIZ:
    case X86_REG_EIZ:
    case X86_REG_CS:
    case X86_REG_DS:
    case X86_REG_ES:
    case X86_REG_FS:
    case X86_REG_GS:
    case X86_REG_SS:
        return 0;
    default:
        return (LadRegisters)1 << 57;
    }
}

static LadBranchKind
branch_kind(csh handle, const cs_insn *insn)
{
    const cs_x86 *x86 = &insn->detail->x86;
    gboolean direct = x86->op_count == 1 && x86->operands[0].type == X86_OP_IMM;

    switch (insn->id) {
    case X86_INS_JMP:
        return direct ? LAD_BRANCH_JUMP : LAD_BRANCH_INDIRECT_JUMP;
    case X86_INS_LJMP:
        return LAD_BRANCH_INDIRECT_JUMP;
    case X86_INS_CALL:
        return direct ? LAD_BRANCH_CALL : LAD_BRANCH_INDIRECT_CALL;
    case X86_INS_LCALL:
        return LAD_BRANCH_INDIRECT_CALL;
    case X86_INS_RET:
    case X86_INS_RETF:
    case X86_INS_RETFQ:
    case X86_INS_IRET:
    case X86_INS_IRETD:
    case X86_INS_IRETQ:
        return LAD_BRANCH_RETURN;
    case X86_INS_SYSCALL:
    case X86_INS_SYSENTER:
    case X86_INS_INT:
    case X86_INS_INT3:
        return LAD_BRANCH_SYSCALL;
    case X86_INS_LOOP:
    case X86_INS_LOOPE:
    case X86_INS_LOOPNE:
        return LAD_BRANCH_CONDITIONAL;
    default:
        return cs_insn_group(handle, insn, X86_GRP_JUMP) ? LAD_BRANCH_CONDITIONAL : LAD_BRANCH_NONE;
    }
}

static gboolean
name_begins(const char *name, const char *const *prefixes)
{
    for (; *prefixes != NULL; prefixes++)
        if (g_str_has_prefix(name, *prefixes))
            return TRUE;
    return FALSE;
}

/* Name an address without going there. */
static const char *const no_access[] = {"lea",   "nop",    "prefetch", "clflush", "clwb",
                                        "cldem", "invlpg", "bnd",      "fnop",    NULL};
/* What they touch depends on masks, features or state. */
static const char *const own_making[] = {"fxsave",   "fxrstor",   "xsave",    "xrstor",  "vgather",
                                         "vpgather", "vpmaskmov", "vmaskmov", "maskmov", "enter",
                                         "vscatter", "vpscatter", "vmaskmov", "fnsave",  "frstor",
                                         "fldenv",   "fnstenv",   "pusha",    "popa",    NULL};

static gboolean
clears_its_register(const cs_insn *insn)
{
    const cs_x86 *x86 = &insn->detail->x86;
    guint n = x86->op_count;

    switch (insn->id) {
    case X86_INS_XOR:
    case X86_INS_SUB:
    case X86_INS_PXOR:
    case X86_INS_XORPS:
    case X86_INS_XORPD:
    case X86_INS_VPXOR:
    case X86_INS_VXORPS:
    case X86_INS_VXORPD:
    case X86_INS_PCMPEQB:
    case X86_INS_PCMPEQW:
    case X86_INS_PCMPEQD:
        return n >= 2 && x86->operands[n - 1].type == X86_OP_REG &&
               x86->operands[n - 2].type == X86_OP_REG &&
               x86->operands[n - 1].reg == x86->operands[n - 2].reg;
    default:
        return FALSE;
    }
}

static void
add_operand(LadInsnFacts *facts, guint size, gboolean reads, gboolean writes, LadRegisters address)
{
    if (facts->n_operands == LAD_FACTS_MAX_OPERANDS)
        return;
    facts->operands[facts->n_operands++] = (LadFactOperand){
        .size = (guint16)size, .reads = reads != 0, .writes = writes != 0, .address = address};
}

static LadRegisters
address_registers(const x86_op_mem *memory)
{
    return register_bit(memory->base) | register_bit(memory->index);
}

static void
add_explicit_operands(LadInsnFacts *facts, const cs_insn *insn)
{
    const cs_x86 *x86 = &insn->detail->x86;
    const cs_x86_op *memory[2];
    guint n = 0;

    for (guint i = 0; i < x86->op_count && n < 2; i++)
        if (x86->operands[i].type == X86_OP_MEM)
            memory[n++] = &x86->operands[i];
    if (n == 2) {
        /* movs reads [rsi] and writes [rdi]; cmps reads both, [rdi] first as the emulator does. */
        const cs_x86_op *di = register_bit(memory[0]->mem.base) == 1u << 7 ? memory[0] : memory[1];
        const cs_x86_op *si = di == memory[0] ? memory[1] : memory[0];
        gboolean compares =
            strncmp(insn->mnemonic, "cmps", 4) == 0 || strstr(insn->mnemonic, " cmps") != NULL;
        add_operand(facts, di->size, compares, !compares, address_registers(&di->mem));
        add_operand(facts, si->size, TRUE, FALSE, address_registers(&si->mem));
        return;
    }
    if (n == 1) {
        guint access = memory[0]->access;
        /* The disassembler leaves the access of some vector instructions out. */
        if (access == 0)
            access = memory[0] == &x86->operands[0] && x86->op_count > 1 ? 0 : CS_AC_READ;
        add_operand(facts, memory[0]->size <= 64 ? memory[0]->size : 0, (access & CS_AC_READ) != 0,
                    (access & CS_AC_WRITE) != 0, address_registers(&memory[0]->mem));
    }
}

static void
add_stack_operand(LadInsnFacts *facts, const cs_insn *insn)
{
    const LadRegisters rsp = 1u << 4, rbp = 1u << 5;
    const cs_x86 *x86 = &insn->detail->x86;
    guint size = x86->prefix[2] == 0x66 ? 2 : 8;

    switch (insn->id) {
    case X86_INS_PUSH:
    case X86_INS_PUSHF:
    case X86_INS_PUSHFQ:
        add_operand(facts, size, FALSE, TRUE, rsp);
        break;
    case X86_INS_CALL:
        add_operand(facts, 8, FALSE, TRUE, rsp);
        break;
    case X86_INS_POP:
    case X86_INS_POPF:
    case X86_INS_POPFQ:
        add_operand(facts, size, TRUE, FALSE, rsp);
        break;
    case X86_INS_RET:
        add_operand(facts, 8, TRUE, FALSE, rsp);
        break;
    case X86_INS_LEAVE:
        add_operand(facts, 8, TRUE, FALSE, rbp);
        break;
    default:
        break;
    }
}

static void
describe_registers(csh handle, const cs_insn *insn, LadInsnFacts *facts)
{
    cs_regs reads, writes;
    guint8 n_reads = 0, n_writes = 0;

    if (cs_regs_access(handle, insn, reads, &n_reads, writes, &n_writes) != CS_ERR_OK) {
        facts->insn.flags |= LAD_INSN_DEPS_UNKNOWN;
        return;
    }
    for (guint i = 0; i < n_reads; i++)
        facts->insn.reads |= register_bit(reads[i]);
    for (guint i = 0; i < n_writes; i++)
        facts->insn.writes |= register_bit(writes[i]);
    if (clears_its_register(insn))
        facts->insn.reads = 0;
    for (guint i = 0; i < facts->n_operands; i++)
        facts->insn.reads |= facts->operands[i].address;
}

static gboolean
is_repeated(const cs_insn *insn)
{
    return g_str_has_prefix(insn->mnemonic, "rep");
}

void
lad_describe(LadDescriber *describer, guint64 pc, const guint8 *bytes, guint length,
             LadInsnFacts *facts)
{
    const cs_insn *insn = describer->insn;
    const uint8_t *code = bytes;
    size_t left = length;
    uint64_t address = pc;
    const char *name;

    memset(facts, 0, sizeof *facts);
    facts->insn.length = (guint8)length;
    if (!cs_disasm_iter(describer->handle, &code, &left, &address, describer->insn) ||
        insn->size != length) {
        facts->insn.branch = LAD_BRANCH_UNKNOWN;
        facts->insn.flags = LAD_INSN_DEPS_UNKNOWN;
        facts->optional = facts->bulk = TRUE;
        return;
    }
    name = cs_insn_name(describer->handle, insn->id);
    facts->code = (guint16)insn->id;
    facts->insn.branch = (guint8)branch_kind(describer->handle, insn);
    facts->bulk = name_begins(name, own_making) != 0;
    facts->optional = facts->bulk != 0 || is_repeated(insn);
    facts->locked = insn->detail->x86.prefix[0] == X86_PREFIX_LOCK;
    if (!name_begins(name, no_access)) {
        add_explicit_operands(facts, insn);
        add_stack_operand(facts, insn);
    }
    if (insn->id == X86_INS_XCHG && facts->n_operands > 0)
        facts->locked = TRUE;
    if (insn->detail->x86.op_count == 1 && insn->detail->x86.operands[0].type == X86_OP_IMM &&
        facts->insn.branch != LAD_BRANCH_NONE)
        facts->target = (guint64)insn->detail->x86.operands[0].imm;
    describe_registers(describer->handle, insn, facts);
}
