/* diff.h - where two streams begin to differ. */
#ifndef LAD_TOOLBOX_DIFF_H
#define LAD_TOOLBOX_DIFF_H

#include "traces/toolbox/toolbox.h"

/* One record of a stream: the execution of a block, or a plain record. */
typedef struct {
    gboolean ended;        /* the stream has no more; the rest is unset */
    guint64 number;        /* from 0 */
    guint64 insn;          /* instructions before it */
    const LadBlock *block; /* NULL: `plain` */
    const guint64 *addresses;
    const LadRecord *plain;
} LadStreamRecord;

/* Told of the first record that differs; what it points to is valid until it returns. */
typedef void (*LadTraceDiffers)(gpointer data, const LadStreamRecord *a, const LadStreamRecord *b);

/* Compares streams `stream_a` of `a` and `stream_b` of `b` record by record, however they are cut
 * into chunks and paths: blocks by their content, addresses, plain records field by field. `*same`
 * tells; if they differ, `differs` is called once. Errors: TRACE, IO, what `progress` sets. */
gboolean lad_trace_diff(LadTraceReader *a, guint stream_a, LadTraceReader *b, guint stream_b,
                        gboolean *same, LadTraceDiffers differs, gpointer data,
                        const LadToolboxProgress *progress, GError **error);

#endif
