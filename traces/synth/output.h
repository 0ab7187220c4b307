/* output.h - what the patterns write to: a trace, how far it is, and who wants to know. */
#ifndef LAD_SYNTH_OUTPUT_H
#define LAD_SYNTH_OUTPUT_H

#include <memladder/synth.h>

/* Touches that go to the trace at once: for each sequence of reads and writes a path of its own, in
 * a heap: 1 << n and up are those of n, the first touch in the highest bit. */
#define LAD_SYNTH_GROUP 8

typedef struct {
    LadTraceWriter *writer;
    guint32 load, store, modify;          /* blocks of one access each, without instructions */
    guint32 groups[2 << LAD_SYNTH_GROUP]; /* ids, G_MAXUINT32 before they are used */
    guint jobs;
    guint64 done, total; /* accesses or instructions, for who watches */
    LadSynthProgress progress;
    gpointer progress_data;
} LadSynthOutput;

/* Accesses at a time between two calls of lad_synth_output_tell. */
#define LAD_SYNTH_SLICE 4096

/* Makes the blocks of single accesses. `writes` says what writing touches are: LAD_OPERAND_STORE,
 * or LAD_OPERAND_MODIFY for a load and then a store of what was loaded. */
void lad_synth_output_begin(LadSynthOutput *output, LadTraceWriter *writer, LadOperandKind writes);
/* Single accesses of 8 bytes in order; bit 0 of an address is set if it is a write. */
gboolean lad_synth_output_touches(LadSynthOutput *output, guint stream, const guint64 *addresses,
                                  guint n, GError **error);
/* Says how far it is; FALSE if it is to stop. */
gboolean lad_synth_output_tell(LadSynthOutput *output, GError **error);

#endif
