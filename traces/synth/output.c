/* output.c - single accesses as blocks without instructions. */
#include "config.h"
#include "traces/synth/output.h"

#define ACCESS_BYTES 8

static guint32
access_block(LadTraceWriter *writer, LadOperandKind kind)
{
    const LadOperand operand = {.kind = (guint8)kind, .size = ACCESS_BYTES};
    const LadBlock block = {.n_operands = 1, .operands = &operand};
    return lad_trace_writer_block(writer, &block);
}

void
lad_synth_output_begin(LadSynthOutput *output, LadTraceWriter *writer)
{
    output->writer = writer;
    output->load = access_block(writer, LAD_OPERAND_LOAD);
    output->store = access_block(writer, LAD_OPERAND_STORE);
    output->modify = access_block(writer, LAD_OPERAND_MODIFY);
}

gboolean
lad_synth_output_touches(LadSynthOutput *output, guint stream, const guint64 *addresses, guint n,
                         GError **error)
{
    for (guint i = 0; i < n; i++) {
        guint32 block = addresses[i] & 1 ? output->modify : output->load;
        guint64 address = addresses[i] & ~(guint64)1;
        if (!lad_trace_writer_execute(output->writer, stream, block, &address, error))
            return FALSE;
    }
    output->done += n;
    return TRUE;
}

gboolean
lad_synth_output_tell(LadSynthOutput *output, GError **error)
{
    return output->progress == NULL ||
           output->progress(output->progress_data, output->done, output->total, error);
}
