/* touches.h - a stream of single touches of pages in exact order, as formats of block and object
 * references become one: a touch is the execution of a block without instructions and with one
 * operand, which takes far less than a record. */
#ifndef LAD_IMPORT_TOUCHES_H
#define LAD_IMPORT_TOUCHES_H

#include <memladder/import.h>

typedef struct {
    LadTraceWriter *writer;
    guint stream;
    guint32 block; /* of the one operand */
} LadTouchStream;

/* What the formats have in common in a header of level `page`; before lad_import_begin.
 * `page_bytes` is that of the pages touched. */
void lad_touch_header(LadImport *import, guint64 page_bytes);
/* A further stream of the trace being written, of a process of its own named after the input. */
gboolean lad_touch_stream_begin(LadTouchStream *touches, LadImport *import,
                                const LadImportInput *input, guint number, LadOperandKind kind,
                                GError **error);

static inline gboolean
lad_touch(const LadTouchStream *touches, guint64 address, GError **error)
{
    return lad_trace_writer_execute(touches->writer, touches->stream, touches->block, &address,
                                    error);
}

#endif
