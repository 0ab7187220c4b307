/* chunk.h - a stretch of one stream: raw while it is being written, in columns in the file.
 *
 * Tokens are entry numbers plus one, 0 for the next plain record. An operand's address is told as
 * the difference to the last address of the same slot, zigzagged, in as few low bytes as it needs;
 * the counts of bytes are nibbles, padded to a byte per token. The slots start from their first
 * addresses in the dictionary, so each chunk decodes alone.
 */
#ifndef LAD_TRACE_CHUNK_H
#define LAD_TRACE_CHUNK_H

#include "traces/format/code.h"
#include "traces/format/hash.h"
#include "traces/format/record.h"
#include "traces/format/section.h"

/* The numbers of a chunk: its COUNTS column, and its row in the index. All in units of the stream.
 */
typedef struct {
    guint64 stream;
    guint64 n_entries; /* of the dictionary that it needs */
    guint64 n_tokens;
    guint64 n_addresses;
    guint64 n_plain; /* plain records */
    guint64 first_insn, n_insns;
    guint64 first_data, n_data;
    guint64 first_record, n_records;
    guint64 first_time, last_time; /* ticks: before it, and at its end */
} LadChunkCounts;

#define LAD_CHUNK_COUNTS (sizeof(LadChunkCounts) / sizeof(guint64))

#define LAD_CHUNK_RECORD G_MAXUINT32 /* a plain record among the tokens of a raw chunk */

/* Of a raw chunk: bounds that keep every column within LAD_MAX_COLUMN_BYTES. An execution or record
 * counts as one reference at least. */
#define LAD_CHUNK_MAX_REFERENCES   (4u << 20)
#define LAD_CHUNK_MAX_RECORD_BYTES (16u << 20)

typedef struct {
    LadChunkCounts counts;
    guint32 *tokens; /* entry numbers, or LAD_CHUNK_RECORD */
    gsize tokens_room;
    guint64 *addresses;
    gsize addresses_room;
    GByteArray *records;
    GArray *contents; /* guint64: hashes of the plain records */
} LadRawChunk;

LadRawChunk *lad_raw_chunk_new(void);
void lad_raw_chunk_free(LadRawChunk *chunk);
void lad_raw_chunk_grow_tokens(LadRawChunk *chunk, gsize n);
void lad_raw_chunk_grow_addresses(LadRawChunk *chunk, gsize n);

/* Room for `n` more; both grow by doubling. */
static inline void
lad_raw_chunk_need_tokens(LadRawChunk *chunk, gsize n)
{
    if (G_UNLIKELY(chunk->counts.n_tokens + n > chunk->tokens_room))
        lad_raw_chunk_grow_tokens(chunk, n);
}

static inline void
lad_raw_chunk_need_addresses(LadRawChunk *chunk, gsize n)
{
    if (G_UNLIKELY(chunk->counts.n_addresses + n > chunk->addresses_room))
        lad_raw_chunk_grow_addresses(chunk, n);
}

/* The encoder's working memory, reused from chunk to chunk. */
typedef struct {
    guint64 *last; /* by slot */
    gsize last_room;
    GByteArray *low, *high, *lengths, *bytes;
} LadChunkEncoder;

void lad_chunk_encoder_init(LadChunkEncoder *encoder);
void lad_chunk_encoder_clear(LadChunkEncoder *encoder);
const GByteArray *lad_chunk_pack(LadChunkEncoder *encoder, const LadCode *code,
                                 const LadRawChunk *chunk, LadSectionPacker *packer);

/* The running hashes of a stream, of which the identity is made. */
typedef struct {
    LadWordHash executions; /* content hash of each block executed and each plain record */
    LadWordHash addresses;
} LadStreamHash;

void lad_stream_hash_init(LadStreamHash *hash);
/* `tokens` as in a LadBatch or (with `raw`) in a raw chunk; `contents` of the records in order. */
void lad_stream_hash_raw(LadStreamHash *hash, const LadCode *code, const LadRawChunk *chunk);
void lad_stream_hash_batch(LadStreamHash *hash, const LadCode *code, const LadBatch *batch);
/* The identity: 32 hex digits. `infos` and `hashes` by stream. */
char *lad_identity(const LadTraceHeader *header, guint n_streams, LadStreamInfo *const *infos,
                   const LadStreamHash *hashes);

/* Decodes a chunk a batch at a time. */
typedef struct {
    LadChunkCounts counts;
    guint64 offset; /* of its section in the file */
    GByteArray *low, *high, *lengths, *bytes, *records;
    gsize token; /* the next one */
    const guint8 *length_at;
    const guint8 *byte_at;
    LadBytesReader record_at;
    guint64 insn, data, record; /* of the stream, before the next token */
    guint64 *last;              /* by slot */
    gsize last_room;
    LadRecordCoder coder;
} LadChunkDecoder;

/* The arrays behind a LadBatch. */
typedef struct {
    LadBatch batch;
    guint32 *tokens;
    guint64 *addresses;
    GArray *records;  /* LadRecord */
    GPtrArray *texts; /* of the records that have one */
} LadBatchRoom;

#define LAD_BATCH_TOKENS     4096
#define LAD_BATCH_REFERENCES 32768
#define LAD_SLICE_LENGTHS    512 /* bytes of lengths after which a slice of a batch ends */

void lad_chunk_decoder_init(LadChunkDecoder *decoder);
void lad_chunk_decoder_clear(LadChunkDecoder *decoder);
gboolean lad_chunk_counts_read(LadReadAt read, gpointer data, const LadSection *section,
                               LadChunkCounts *counts, GError **error);
/* Loads the chunk of `section` and checks all that the decoding relies on. The dictionary must have
 * the chunk's n_entries. */
gboolean lad_chunk_load(LadChunkDecoder *decoder, const LadCode *code, LadReadAt read,
                        gpointer data, const LadSection *section, GError **error);
/* The next batch into `room`, whose n_tokens is 0 at the chunk's end. */
gboolean lad_chunk_decode(LadChunkDecoder *decoder, const LadCode *code, LadBatchRoom *room,
                          GError **error);

void lad_batch_room_init(LadBatchRoom *room);
void lad_batch_room_clear(LadBatchRoom *room);

#endif
