/* copy.h - streams copied from traces into a new one, chunk by chunk.
 *
 * Columns of addresses and records go over as they are stored; tokens are renumbered for the new
 * dictionary, which has each entry once that is used. An address column is told from the first
 * addresses of its blocks, so two blocks are the same here only if those are, too. The content is
 * decoded once, for the identity.
 */
#ifndef LAD_TOOLBOX_COPY_H
#define LAD_TOOLBOX_COPY_H

#include "traces/toolbox/toolbox.h"

typedef struct LadTraceCopier LadTraceCopier;

/* Begins a trace at `path`. Errors: IO. */
LadTraceCopier *lad_trace_copier_new(const char *path, const LadTraceHeader *header,
                                     GError **error);
/* Drops an unfinished trace, or frees a closed one. */
void lad_trace_copier_free(LadTraceCopier *copier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadTraceCopier, lad_trace_copier_free)
/* Copies stream `number` of `reader` as a further stream that says `info` of itself. Streams of one
 * reader are to be copied one after another. Errors: TRACE, IO, CAPACITY, what `progress` sets. */
gboolean lad_trace_copier_add(LadTraceCopier *copier, LadTraceReader *reader, guint number,
                              const LadStreamInfo *info, const LadToolboxProgress *progress,
                              GError **error);
/* Completes the trace. Errors: IO. */
gboolean lad_trace_copier_close(LadTraceCopier *copier, GError **error);

#endif
