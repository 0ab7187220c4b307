/* sink.h - the far side of the writer: a thread that packs raw chunks and writes the file. */
#ifndef LAD_TRACE_SINK_H
#define LAD_TRACE_SINK_H

#include "traces/format/chunk.h"

typedef struct LadSink LadSink;

/* Opens the file, writes the header and starts the thread. `code` must outlive the sink. */
LadSink *lad_sink_new(const char *path, const LadTraceHeader *header, const LadCode *code,
                      int zstd_level, guint64 max_bytes, GError **error);
/* Stops the thread; a file that was not closed is removed. */
void lad_sink_free(LadSink *sink);
void lad_sink_add_stream(LadSink *sink, const LadStreamInfo *info);
/* Hands over a chunk, which comes back by lad_sink_take_back. FALSE once anything has failed; the
 * chunk is then freed. */
gboolean lad_sink_put(LadSink *sink, LadRawChunk *chunk, GError **error);
/* A chunk that has been written; waits for one if need be. */
LadRawChunk *lad_sink_take_back(LadSink *sink);
/* A chunk that needs no packing: it was copied from another trace. */
typedef struct {
    LadChunkCounts counts;
    GByteArray *section;
    LadStreamHash hash; /* of its stream up to its end */
} LadPackedChunk;

LadPackedChunk *lad_packed_chunk_new(void);
void lad_packed_chunk_free(LadPackedChunk *chunk);
/* The same for such a chunk, which comes back by lad_sink_take_packed_back. */
gboolean lad_sink_put_packed(LadSink *sink, LadPackedChunk *chunk, GError **error);
LadPackedChunk *lad_sink_take_packed_back(LadSink *sink);
/* Whether anything has failed so far. */
gboolean lad_sink_failed(const LadSink *sink);
/* What lad_sink_failed looks at, for a caller that asks often: non-zero once anything has failed.
 */
const int *lad_sink_failure(const LadSink *sink);
/* FALSE with a copy of the failure. */
gboolean lad_sink_check(LadSink *sink, GError **error);
/* Makes the sink fail with CAPACITY. Returns FALSE. */
gboolean lad_sink_fail(LadSink *sink, const char *why, GError **error);
/* Waits for all chunks, writes index and tail, syncs and renames. After a failure for CAPACITY the
 * file is completed all the same, without what did not fit. */
gboolean lad_sink_close(LadSink *sink, GError **error);
guint64 lad_sink_bytes(const LadSink *sink);

#endif
