/* builder.c - single instructions and accesses gathered into dynamic blocks.
 *
 * A block ends where the next instruction does not follow in memory, after 64 instructions, and
 * where its operands would pass 255. An access that belongs to no instruction, or is larger than an
 * operand may be, is a plain record. */
#include "config.h"
#include <memladder/trace.h>
#include "traces/format/layout.h"

struct LadBlockBuilder {
    LadTraceWriter *writer;
    guint stream;
    guint64 pc;   /* of the block in progress */
    guint64 next; /* where its next instruction would lie */
    guint n_insns;
    guint n_operands;
    LadInsn insns[LAD_BLOCK_MAX_INSNS];
    LadOperand operands[LAD_MAX_BLOCK_OPERANDS];
    guint64 addresses[LAD_MAX_BLOCK_OPERANDS];
};

LadBlockBuilder *
lad_block_builder_new(LadTraceWriter *writer, guint stream)
{
    LadBlockBuilder *builder = g_new0(LadBlockBuilder, 1);
    builder->writer = writer;
    builder->stream = stream;
    return builder;
}

void
lad_block_builder_free(LadBlockBuilder *builder)
{
    g_free(builder);
}

gboolean
lad_block_builder_flush(LadBlockBuilder *builder, GError **error)
{
    if (builder->n_insns == 0)
        return TRUE;
    LadBlock block = {.pc = builder->pc,
                      .n_insns = (guint16)builder->n_insns,
                      .n_operands = (guint16)builder->n_operands,
                      .insns = builder->insns,
                      .operands = builder->operands};
    builder->n_insns = 0;
    builder->n_operands = 0;
    guint32 id = lad_trace_writer_block(builder->writer, &block);
    return lad_trace_writer_execute(builder->writer, builder->stream, id, builder->addresses,
                                    error);
}

gboolean
lad_block_builder_insn(LadBlockBuilder *builder, guint64 pc, const LadInsn *insn, GError **error)
{
    if (builder->n_insns > 0 && (pc != builder->next || builder->n_insns == LAD_BLOCK_MAX_INSNS) &&
        !lad_block_builder_flush(builder, error))
        return FALSE;
    if (builder->n_insns == 0)
        builder->pc = pc;
    builder->next = pc + insn->length;
    builder->insns[builder->n_insns++] = *insn;
    return TRUE;
}

void
lad_block_builder_length(LadBlockBuilder *builder, guint8 length)
{
    if (builder->n_insns == 0 || builder->insns[builder->n_insns - 1].length != 0)
        return;
    builder->insns[builder->n_insns - 1].length = length;
    builder->next += length;
}

static gboolean
plain_access(LadBlockBuilder *builder, LadOperandKind kind, guint64 address, guint size,
             GError **error)
{
    LadRecord record = {.kind = LAD_RECORD_LOAD + (guint)kind, .address = address, .size = size};
    return lad_block_builder_record(builder, &record, error);
}

gboolean
lad_block_builder_access(LadBlockBuilder *builder, LadOperandKind kind, guint64 address, guint size,
                         LadRegisters registers, GError **error)
{
    if (builder->n_insns == 0 || size > LAD_MAX_OPERAND_BYTES)
        return plain_access(builder, kind, address, size, error);
    if (builder->n_operands == LAD_MAX_BLOCK_OPERANDS) {
        if (builder->n_insns == 1)
            return plain_access(builder, kind, address, size, error);
        /* The last instruction begins a block of its own, with the operands it has. */
        LadBlockBuilder rest = *builder;
        guint insn = builder->n_insns - 1, kept = builder->n_operands;
        while (kept > 0 && builder->operands[kept - 1].insn == insn)
            kept--;
        builder->n_insns = insn;
        builder->n_operands = kept;
        if (!lad_block_builder_flush(builder, error))
            return FALSE;
        builder->pc = rest.next - rest.insns[insn].length;
        builder->insns[0] = rest.insns[insn];
        builder->n_insns = 1;
        for (guint i = kept; i < rest.n_operands; i++) {
            builder->operands[i - kept] = rest.operands[i];
            builder->operands[i - kept].insn = 0;
            builder->addresses[i - kept] = rest.addresses[i];
        }
        builder->n_operands = rest.n_operands - kept;
        if (builder->n_operands == LAD_MAX_BLOCK_OPERANDS)
            return plain_access(builder, kind, address, size, error);
    }
    builder->operands[builder->n_operands] = (LadOperand){.kind = (guint8)kind,
                                                          .insn = (guint8)(builder->n_insns - 1),
                                                          .size = (guint16)size,
                                                          .address = registers};
    builder->addresses[builder->n_operands++] = address;
    return TRUE;
}

gboolean
lad_block_builder_record(LadBlockBuilder *builder, const LadRecord *record, GError **error)
{
    return lad_block_builder_flush(builder, error) &&
           lad_trace_writer_record(builder->writer, builder->stream, record, error);
}
