/* output.c - single accesses as blocks without instructions. */
#include "config.h"
#include <string.h>
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
lad_synth_output_begin(LadSynthOutput *output, LadTraceWriter *writer, LadOperandKind writes)
{
    output->writer = writer;
    output->load = access_block(writer, LAD_OPERAND_LOAD);
    output->store = access_block(writer, LAD_OPERAND_STORE);
    memset(output->groups, 0xff, sizeof output->groups);
    output->groups[2] = output->load;
    output->groups[3] = access_block(writer, writes);
}

/* The group of `n` touches, a power of two, of which those with a bit set are writes. */
static guint32
group_of(LadSynthOutput *output, guint n, guint writes)
{
    guint32 *group = &output->groups[1u << n | writes];
    if (G_UNLIKELY(*group == G_MAXUINT32)) {
        guint half = n / 2;
        guint32 left = group_of(output, half, writes >> half);
        guint32 right = group_of(output, half, writes & ((1u << half) - 1));
        *group = lad_trace_writer_pair(output->writer, left, right);
    }
    return *group;
}

/* `n` is a power of two. */
static inline gboolean
put_group(LadSynthOutput *output, guint stream, const guint64 *touches, guint n, GError **error)
{
    guint64 addresses[LAD_SYNTH_GROUP];
    guint writes = 0;
    for (guint k = 0; k < n; k++) {
        writes = writes << 1 | (guint)(touches[k] & 1);
        addresses[k] = touches[k] & ~(guint64)1;
    }
    return lad_trace_writer_execute(output->writer, stream, group_of(output, n, writes), addresses,
                                    error);
}

gboolean
lad_synth_output_touches(LadSynthOutput *output, guint stream, const guint64 *addresses, guint n,
                         GError **error)
{
    guint i = 0;
    for (; i + LAD_SYNTH_GROUP <= n; i += LAD_SYNTH_GROUP)
        if (!put_group(output, stream, addresses + i, LAD_SYNTH_GROUP, error))
            return FALSE;
    for (guint half = LAD_SYNTH_GROUP / 2; half > 0; half /= 2)
        if (n - i >= half) {
            if (!put_group(output, stream, addresses + i, half, error))
                return FALSE;
            i += half;
        }
    return TRUE;
}

gboolean
lad_synth_output_tell(LadSynthOutput *output, GError **error)
{
    return output->progress == NULL ||
           output->progress(output->progress_data, output->done, output->total, error);
}
