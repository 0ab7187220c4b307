/* code_section.c - the dictionary's columns; memladder-trace(5) has the layout. */
#include "config.h"
#include "traces/format/code_section.h"

#define N_COLUMNS 10 /* by id; 0 is unused */

static void
pack_registers(GByteArray *to, LadRegisters registers)
{
    guint8 bytes[8];
    lad_put_u64(bytes, registers);
    g_byte_array_append(to, bytes, 8);
}

/* What the previous block and slot leave for the next one's differences. */
typedef struct {
    guint64 pc;
    guint64 first;
    guint64 n_blocks, n_insns, n_operands;
} Running;

static guint64
block_end(const LadBlock *block)
{
    guint64 end = block->pc;
    for (guint i = 0; i < block->n_insns; i++)
        end += block->insns[i].length;
    return end;
}

static void
pack_block(const LadCode *code, const LadBlock *block, Running *run, GByteArray **columns)
{
    lad_append_varint(columns[LAD_COLUMN_CODE_BLOCKS], lad_zigzag(block->pc - run->pc));
    lad_append_varint(columns[LAD_COLUMN_CODE_BLOCKS], block->n_insns);
    lad_append_varint(columns[LAD_COLUMN_CODE_BLOCKS], block->n_operands);
    for (guint i = 0; i < block->n_insns; i++) {
        const LadInsn *insn = &block->insns[i];
        guint8 bytes[3] = {insn->length, insn->branch, insn->flags};
        g_byte_array_append(columns[LAD_COLUMN_CODE_INSNS], bytes, 3);
        if (insn->flags & LAD_INSN_DEPS_UNKNOWN)
            continue;
        pack_registers(columns[LAD_COLUMN_CODE_INSN_REGISTERS], insn->reads);
        pack_registers(columns[LAD_COLUMN_CODE_INSN_REGISTERS], insn->writes);
    }
    for (guint i = 0; i < block->n_operands; i++) {
        const LadOperand *operand = &block->operands[i];
        guint8 bytes[4] = {operand->kind, operand->insn, (guint8)operand->size,
                           (guint8)(operand->size >> 8)};
        g_byte_array_append(columns[LAD_COLUMN_CODE_OPERANDS], bytes, 4);
        pack_registers(columns[LAD_COLUMN_CODE_OPERAND_REGISTERS], operand->address);
        guint64 first = code->first[operand->slot >> LAD_SLOT_SEGMENT_BITS]
                                   [operand->slot & (LAD_SLOT_SEGMENT - 1)];
        lad_append_varint(columns[LAD_COLUMN_CODE_FIRST], lad_zigzag(first - run->first));
        run->first = first;
    }
    run->pc = block_end(block);
    run->n_blocks++;
    run->n_insns += block->n_insns;
    run->n_operands += block->n_operands;
}

const GByteArray *
lad_code_section_pack(const LadCode *code, guint32 from, guint32 to, LadSectionPacker *packer)
{
    GByteArray *columns[N_COLUMNS];
    for (guint i = 0; i < N_COLUMNS; i++)
        columns[i] = g_byte_array_new();
    Running run = {0};
    for (guint32 id = from; id < to; id++) {
        const LadCodeEntry *entry = lad_code_at(code, id);
        guint8 kind = entry->left != id;
        g_byte_array_append(columns[LAD_COLUMN_CODE_KINDS], &kind, 1);
        if (kind == 0) {
            pack_block(code, entry->entry.blocks[0], &run, columns);
        } else {
            lad_append_varint(columns[LAD_COLUMN_CODE_PATHS], id - entry->left);
            lad_append_varint(columns[LAD_COLUMN_CODE_PATHS], id - entry->right);
        }
    }
    guint64 counts[5] = {from, to - from, run.n_blocks, run.n_insns, run.n_operands};
    for (guint i = 0; i < G_N_ELEMENTS(counts); i++)
        pack_registers(columns[LAD_COLUMN_CODE_COUNTS], counts[i]);
    lad_section_begin(packer);
    for (guint i = LAD_COLUMN_CODE_COUNTS; i < N_COLUMNS; i++)
        lad_section_add(packer, i, columns[i]->data, columns[i]->len, i == LAD_COLUMN_CODE_COUNTS);
    for (guint i = 0; i < N_COLUMNS; i++)
        g_byte_array_unref(columns[i]);
    return lad_section_end(packer, LAD_SECTION_CODE);
}

/* A section being unpacked: a reader per column. */
typedef struct {
    GByteArray *bytes[N_COLUMNS];
    LadBytesReader column[N_COLUMNS];
    Running run;
} Unpacking;

static gboolean
take(Unpacking *from, guint column, gsize n, const guint8 **bytes)
{
    LadBytesReader *reader = &from->column[column];
    if ((gsize)(reader->end - reader->at) < n)
        return FALSE;
    *bytes = reader->at;
    reader->at += n;
    return TRUE;
}

static gboolean
take_insn(Unpacking *from, LadInsn *insn)
{
    const guint8 *bytes;
    if (!take(from, LAD_COLUMN_CODE_INSNS, 3, &bytes))
        return FALSE;
    *insn = (LadInsn){.length = bytes[0], .branch = bytes[1], .flags = bytes[2]};
    if (insn->flags & LAD_INSN_DEPS_UNKNOWN)
        return TRUE;
    if (!take(from, LAD_COLUMN_CODE_INSN_REGISTERS, 16, &bytes))
        return FALSE;
    insn->reads = lad_get_u64(bytes);
    insn->writes = lad_get_u64(bytes + 8);
    return TRUE;
}

static gboolean
take_operand(Unpacking *from, LadOperand *operand, guint64 *first)
{
    const guint8 *bytes;
    guint64 delta;
    if (!take(from, LAD_COLUMN_CODE_OPERANDS, 4, &bytes))
        return FALSE;
    *operand = (LadOperand){
        .kind = bytes[0], .insn = bytes[1], .size = (guint16)(bytes[2] | bytes[3] << 8)};
    if (!take(from, LAD_COLUMN_CODE_OPERAND_REGISTERS, 8, &bytes) ||
        !lad_read_varint(&from->column[LAD_COLUMN_CODE_FIRST], &delta))
        return FALSE;
    operand->address = lad_get_u64(bytes);
    *first = from->run.first += lad_unzigzag(delta);
    return TRUE;
}

static const char *
unpack_block(LadCode *code, Unpacking *from)
{
    LadInsn insns[LAD_BLOCK_MAX_INSNS];
    LadOperand operands[LAD_MAX_BLOCK_OPERANDS];
    guint64 first[LAD_MAX_BLOCK_OPERANDS];
    guint64 pc, n_insns, n_operands;
    LadBytesReader *blocks = &from->column[LAD_COLUMN_CODE_BLOCKS];
    if (!lad_read_varint(blocks, &pc) || !lad_read_varint(blocks, &n_insns) ||
        !lad_read_varint(blocks, &n_operands))
        return "the dictionary's blocks end early";
    if (n_insns > LAD_BLOCK_MAX_INSNS || n_operands > LAD_MAX_BLOCK_OPERANDS)
        return "a block of the dictionary is too long";
    for (guint i = 0; i < n_insns; i++)
        if (!take_insn(from, &insns[i]))
            return "the dictionary's instructions end early";
    for (guint i = 0; i < n_operands; i++)
        if (!take_operand(from, &operands[i], &first[i]))
            return "the dictionary's operands end early";
    LadBlock block = {.pc = from->run.pc + lad_unzigzag(pc),
                      .n_insns = (guint16)n_insns,
                      .n_operands = (guint16)n_operands,
                      .insns = insns,
                      .operands = operands};
    const char *problem = lad_block_problem(&block);
    if (problem != NULL)
        return problem;
    if (code->n_slots > LAD_MAX_SLOTS - n_operands)
        return "the dictionary has too many operands";
    from->run.pc = block_end(&block);
    lad_code_add_block(code, lad_code_copy_block(code, &block), first);
    return NULL;
}

static const char *
unpack_path(LadCode *code, Unpacking *from)
{
    guint64 left, right, id = code->n_entries;
    LadBytesReader *paths = &from->column[LAD_COLUMN_CODE_PATHS];
    if (!lad_read_varint(paths, &left) || !lad_read_varint(paths, &right))
        return "the dictionary's paths end early";
    if (left == 0 || left > id || right == 0 || right > id)
        return "a path of the dictionary joins entries that do not exist";
    if (!lad_code_path_fits(code, (guint32)(id - left), (guint32)(id - right)))
        return "a path of the dictionary is too long";
    lad_code_add_path(code, (guint32)(id - left), (guint32)(id - right));
    return NULL;
}

static const char *
unpack_entries(LadCode *code, Unpacking *from)
{
    const guint8 *counts;
    if (!take(from, LAD_COLUMN_CODE_COUNTS, 40, &counts))
        return "the dictionary's counts are missing";
    if (lad_get_u64(counts) != code->n_entries)
        return "the dictionary does not go on where it ended";
    LadBytesReader *kinds = &from->column[LAD_COLUMN_CODE_KINDS];
    if (lad_get_u64(counts + 8) != (guint64)(kinds->end - kinds->at))
        return "the dictionary has another number of entries than it states";
    for (; kinds->at < kinds->end; kinds->at++) {
        if (code->n_entries >= LAD_MAX_ENTRIES || code->bytes > LAD_MAX_CODE_BYTES)
            return "the dictionary is too large";
        if (*kinds->at > 1)
            return "an entry of the dictionary is neither block nor path";
        const char *problem = *kinds->at == 0 ? unpack_block(code, from) : unpack_path(code, from);
        if (problem != NULL)
            return problem;
    }
    for (guint i = LAD_COLUMN_CODE_KINDS; i < N_COLUMNS; i++)
        if (from->column[i].at != from->column[i].end)
            return "a column of the dictionary is longer than its entries";
    return NULL;
}

gboolean
lad_code_section_unpack(LadCode *code, LadReadAt read, gpointer data, const LadSection *section,
                        GError **error)
{
    Unpacking from = {0};
    gboolean ok = TRUE;
    for (guint i = LAD_COLUMN_CODE_COUNTS; i < N_COLUMNS; i++)
        from.bytes[i] = g_byte_array_new();
    for (guint i = LAD_COLUMN_CODE_COUNTS; i < N_COLUMNS && ok; i++) {
        ok = lad_section_column(read, data, section, i, from.bytes[i], error);
        from.column[i].at = from.bytes[i]->data;
        from.column[i].end = from.bytes[i]->data + from.bytes[i]->len;
    }
    if (ok) {
        const char *problem = unpack_entries(code, &from);
        if (problem != NULL) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "at offset %" G_GUINT64_FORMAT ": %s",
                        section->offset, problem);
            ok = FALSE;
        }
    }
    for (guint i = LAD_COLUMN_CODE_COUNTS; i < N_COLUMNS; i++)
        g_byte_array_unref(from.bytes[i]);
    return ok;
}
