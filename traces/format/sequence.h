/* sequence.h - blocks that are executed one after another again and again, written at the price of
 * one: for who re-writes a trace and knows its paths already. */
#ifndef LAD_TRACE_SEQUENCE_H
#define LAD_TRACE_SEQUENCE_H

#include <memladder/trace.h>

/* Made by the caller's g_malloc0 with room for its blocks; the writer fills the rest. */
typedef struct {
    guint32 n_blocks;
    guint32 n_operands, n_insns;
    guint32 cost;     /* references; an execution without any counts as one */
    guint32 n_runs;   /* while it has no tokens */
    guint32 n_tokens; /* 0: not settled yet */
    guint32 *tokens;  /* entries of the dictionary that are these blocks */
    guint32 blocks[]; /* ids by lad_trace_writer_block */
} LadBlockSequence;

/* `blocks` are copied. */
LadBlockSequence *lad_block_sequence_new(LadTraceWriter *writer, const guint32 *blocks, guint n);
void lad_block_sequence_free(LadBlockSequence *sequence);
/* As lad_trace_writer_execute for each of its blocks; `addresses` are those of all. After some runs
 * it is known which paths the blocks make, and they are no longer looked up one by one. */
gboolean lad_trace_writer_execute_sequence(LadTraceWriter *writer, guint stream,
                                           LadBlockSequence *sequence, const guint64 *addresses,
                                           GError **error);

#endif
