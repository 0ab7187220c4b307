/* champsim.c - ChampSim's instruction trace, 64 bytes per instruction (traces/import/champsim.c has
 * the layout). Whether a branch was taken is seen from the instruction after it, so each is held
 * back until that is known. ChampSim derives the kind of a branch from the registers alone, so a
 * branch is given those that stand for its kind. An instruction names at most 2 registers that it
 * writes, the flags last, and 4 that it reads, those of addresses first and the flags last; the
 * others are left out. Accesses beyond 2 stores and 4 loads follow in further records of the same
 * instruction, as do accesses of no instruction after the one before them; an access of address 0
 * cannot be told from none. */
#include "config.h"
#include "traces/export/formats.h"
#include "traces/import/champsim_registers.h"
#include <string.h>

#define RECORD_BYTES   64
#define MAX_INSN_BYTES 15

/* An instruction of which not all is known yet. */
typedef struct {
    gboolean there;
    guint64 pc;
    guint64 next; /* where the one behind it lies; 0: length unknown */
    guint8 branch;
    gboolean told; /* the source tells registers, and so whether this is a branch */
    guint8 writes[2], reads[4];
    guint n_stores, n_loads, n_modifies; /* modifies are first among the stores */
    guint64 stores[2], loads[4];
} State;

static void
put_u64(guint8 *at, guint64 value)
{
    value = GUINT64_TO_LE(value);
    memcpy(at, &value, sizeof value);
}

static gboolean
put_record(LadExport *export, gboolean is_branch, gboolean taken, GError **error)
{
    State *state = lad_export_state(export);
    guint8 *room = (guint8 *)lad_export_room(export, RECORD_BYTES, error);
    if (room == NULL)
        return FALSE;
    memset(room, 0, RECORD_BYTES);
    put_u64(room, state->pc);
    room[8] = (guint8)is_branch;
    room[9] = (guint8)taken;
    memcpy(room + 10, state->writes, sizeof state->writes);
    memcpy(room + 12, state->reads, sizeof state->reads);
    for (guint i = 0; i < state->n_stores; i++)
        put_u64(room + 16 + 8 * i, state->stores[i]);
    for (guint i = 0; i < state->n_loads; i++)
        put_u64(room + 32 + 8 * i, state->loads[i]);
    lad_export_wrote(export, RECORD_BYTES);
    state->n_stores = state->n_loads = state->n_modifies = 0;
    return TRUE;
}

/* The registers that make ChampSim take the instruction for a branch of this kind. */
static void
mark_branch(State *state, LadBranchKind kind)
{
    guint8 other = 0;
    for (guint i = 0; i < 4; i++)
        if (state->reads[i] != 0 && state->reads[i] != LAD_CHAMPSIM_SP &&
            state->reads[i] != LAD_CHAMPSIM_FLAGS)
            other = state->reads[i];
    if (other == 0)
        other = lad_champsim_to_number(57);
    memset(state->writes, 0, sizeof state->writes);
    memset(state->reads, 0, sizeof state->reads);
    state->writes[0] = LAD_CHAMPSIM_IP;
    switch (kind) {
    case LAD_BRANCH_JUMP:
        state->reads[0] = LAD_CHAMPSIM_IP;
        return;
    case LAD_BRANCH_INDIRECT_JUMP:
        state->reads[0] = other;
        return;
    case LAD_BRANCH_CONDITIONAL:
        state->reads[0] = LAD_CHAMPSIM_IP;
        state->reads[1] = LAD_CHAMPSIM_FLAGS;
        return;
    case LAD_BRANCH_CALL:
    case LAD_BRANCH_INDIRECT_CALL:
        state->writes[1] = LAD_CHAMPSIM_SP;
        state->reads[0] = LAD_CHAMPSIM_IP;
        state->reads[1] = LAD_CHAMPSIM_SP;
        state->reads[2] = kind == LAD_BRANCH_CALL ? 0 : other;
        return;
    case LAD_BRANCH_RETURN:
        state->writes[1] = LAD_CHAMPSIM_SP;
        state->reads[0] = LAD_CHAMPSIM_SP;
        return;
    default: /* reads the stack pointer without writing it: some other branch */
        state->reads[0] = LAD_CHAMPSIM_SP;
        return;
    }
}

/* Writes what is held back; the instruction after it is at `next_pc`, 0 if there is none. */
static gboolean
release(LadExport *export, guint64 next_pc, GError **error)
{
    State *state = lad_export_state(export);
    if (!state->there)
        return TRUE;
    state->there = FALSE;
    gboolean near = !state->told && next_pc - state->pc - 1 < MAX_INSN_BYTES;
    gboolean goes_on = next_pc == 0 || (state->next != 0 ? next_pc == state->next : near);
    gboolean known = state->branch != LAD_BRANCH_NONE && state->branch != LAD_BRANCH_UNKNOWN;
    /* Where the source does not tell branches, one is what does not go on behind itself. */
    gboolean is_branch =
        known || (state->branch == LAD_BRANCH_UNKNOWN && (state->told || !goes_on));
    if (is_branch)
        mark_branch(state, (LadBranchKind)state->branch);
    gboolean always = known && state->branch != LAD_BRANCH_CONDITIONAL;
    return put_record(export, is_branch, is_branch && (always || !goes_on), error);
}

/* Numbers of at most `max` registers, of `first` first, the flags last. */
static void
number_registers(LadRegisters first, LadRegisters all, guint8 *numbers, guint max)
{
    const LadRegisters flags = (LadRegisters)1 << 48;
    const LadRegisters groups[] = {first & ~flags, all & ~first & ~flags, all & flags};
    guint n = 0;
    for (guint i = 0; i < G_N_ELEMENTS(groups); i++)
        for (LadRegisters rest = groups[i]; rest != 0 && n < max; rest &= rest - 1)
            numbers[n++] = lad_champsim_to_number((guint)__builtin_ctzll(rest));
}

static gboolean
put_insn(LadExport *export, guint64 pc, const LadInsn *insn, LadRegisters addresses, GError **error)
{
    State *state = lad_export_state(export);
    if (pc == 0) {
        lad_export_totals(export)->n_skipped++;
        return TRUE;
    }
    if (!release(export, pc, error))
        return FALSE;
    lad_export_totals(export)->n_insns++;
    *state = (State){.there = TRUE,
                     .pc = pc,
                     .next = insn->length > 0 ? pc + insn->length : 0,
                     .branch = insn->branch,
                     .told = !(insn->flags & LAD_INSN_DEPS_UNKNOWN)};
    number_registers(0, insn->writes, state->writes, 2);
    number_registers(addresses & insn->reads, insn->reads, state->reads, 4);
    return TRUE;
}

static gboolean
put_access(LadExport *export, guint kind, guint64 address, GError **error)
{
    State *state = lad_export_state(export);
    gboolean reads = kind != LAD_OPERAND_STORE, writes = kind != LAD_OPERAND_LOAD;
    if (address == 0 || state->pc == 0) {
        lad_export_totals(export)->n_skipped++;
        return TRUE;
    }
    gboolean full = (reads && state->n_loads == 4) || (writes && state->n_stores == 2);
    if (full && !put_record(export, FALSE, FALSE, error))
        return FALSE;
    state->there = TRUE;
    if (reads)
        state->loads[state->n_loads++] = address;
    if (writes) {
        guint place = reads ? state->n_modifies++ : state->n_stores;
        state->stores[state->n_stores++] = state->stores[place];
        state->stores[place] = address;
    }
    lad_export_totals(export)->n_data++;
    return TRUE;
}

static gboolean
put_loose(LadExport *export, guint kind, guint64 address, GError **error)
{
    State *state = lad_export_state(export);
    if (!state->there && state->pc != 0)
        state->branch = LAD_BRANCH_NONE;
    return put_access(export, kind, address, error);
}

static gboolean
block(LadExport *export, const LadBlock *block_, const guint64 *addresses, GError **error)
{
    guint64 pc = block_->pc;
    guint next = 0;
    for (guint i = 0; i < block_->n_insns; i++) {
        guint last = next;
        LadRegisters forming = 0;
        for (; last < block_->n_operands && block_->operands[last].insn == i; last++)
            forming |= block_->operands[last].address;
        if (!put_insn(export, pc, &block_->insns[i], forming, error))
            return FALSE;
        for (; next < last; next++)
            if (!put_access(export, block_->operands[next].kind, addresses[next], error))
                return FALSE;
        pc += block_->insns[i].length;
    }
    for (; next < block_->n_operands; next++)
        if (!put_loose(export, block_->operands[next].kind, addresses[next], error))
            return FALSE;
    return TRUE;
}

static gboolean
record(LadExport *export, const LadRecord *plain, GError **error)
{
    if (plain->kind == LAD_RECORD_FETCH) {
        LadInsn insn = {.length = (guint8)MIN(plain->size, 255),
                        .branch = LAD_BRANCH_UNKNOWN,
                        .flags = LAD_INSN_DEPS_UNKNOWN};
        return put_insn(export, plain->address, &insn, 0, error);
    }
    if (plain->kind >= LAD_RECORD_LOAD && plain->kind <= LAD_RECORD_ATOMIC)
        return put_loose(export, plain->kind - LAD_RECORD_LOAD, plain->address, error);
    lad_export_totals(export)->n_skipped++;
    return TRUE;
}

static gboolean
begin(LadExport *export, G_GNUC_UNUSED const LadStreamInfo *info, G_GNUC_UNUSED gboolean first,
      GError **error)
{
    const LadTraceHeader *header = lad_export_header(export);
    if (header->level == LAD_LEVEL_INSTRUCTION)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                "ChampSim needs instructions, and this trace is of level `%s`",
                lad_trace_level_name(header->level));
    return FALSE;
}

static gboolean
end(LadExport *export, GError **error)
{
    return release(export, 0, error);
}

const LadExportFormat lad_export_champsim = {
    .name = "champsim",
    .summary = "ChampSim's instruction trace, 64 bytes per instruction",
    .lost =
        "Lengths of instructions, sizes of accesses and all records that are no accesses are not "
        "written.\n"
        "At most 2 registers written and 4 read are named; branches name those that stand for "
        "their kind.\n"
        "Atomic accesses become modifies; system calls and unknown branches become other "
        "branches.\n"
        "Accesses of address 0, and any before the first instruction, are left out.",
    .one_stream = TRUE,
    .state_size = sizeof(State),
    .begin = begin,
    .block = block,
    .record = record,
    .end = end,
};
