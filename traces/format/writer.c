/* writer.c - writing a trace: the caller's thread forms paths into raw chunks, a second one packs
 * and compresses them and writes the file. The bytes written do not depend on the two's timing. */
#include "config.h"
#include <memladder/trace.h>
#include "traces/format/chunk.h"
#include "traces/format/header.h"
#include "traces/format/paths.h"
#include "traces/format/sequence.h"
#include "traces/format/sink.h"

#define DEFAULT_CHUNK_REFERENCES ((guint64)1 << 20)
#define DEFAULT_ZSTD_LEVEL       3
#define CHUNKS_IN_FLIGHT         3
/* Runs of a sequence before it is settled: by then pairs of its blocks have become paths. */
#define SEQUENCE_RUNS 256

/* An interned block, or a pair of ids; it becomes an entry when it is executed for the first time.
 */
typedef struct {
    LadCodeBlock *block; /* NULL: a pair */
    guint32 entry;       /* LAD_PATH_NONE before */
    guint16 n_insns, n_operands;
    guint32 n_blocks;
    guint32 next;        /* in its chain of the intern table, or LAD_PATH_NONE */
    guint32 left, right; /* of a pair */
} InternedBlock;

typedef struct {
    LadRawChunk *chunk;
    LadPathState path;
    LadRecordCoder coder;
    gint64 left; /* references until the chunk is full; an execution without any counts as one */
    guint64 time;
} WriterStream;

struct LadTraceWriter {
    LadCode *code;
    LadPathFormer *paths;     /* NULL with no_paths */
    guint64 chunk_references; /* 0: grows with the dictionary */
    GArray *blocks;           /* InternedBlock */
    guint32 *buckets;
    guint bucket_bits;
    GPtrArray *streams; /* WriterStream */
    GPtrArray *spare;   /* LadRawChunk that came back from the sink */
    guint in_flight;
    guint64 unwritten; /* bytes of the dictionary's columns that are in no chunk's section yet */
    LadSink *sink;
    const int *failed; /* whether the sink has */
};

static void
stream_free(gpointer data)
{
    WriterStream *stream = data;
    lad_raw_chunk_free(stream->chunk);
    lad_record_coder_clear(&stream->coder);
    g_free(stream);
}

/* References until a chunk is full. The tables of a chunk's start grow with the dictionary, and so
 * does the chunk unless its length was asked for. Within this bound no column passes its limit. */
static gint64
chunk_bound(const LadTraceWriter *writer)
{
    guint64 bound = writer->chunk_references;
    if (bound == 0)
        bound = MAX(DEFAULT_CHUNK_REFERENCES, (guint64)4 * writer->code->n_slots);
    return (gint64)MIN(bound, LAD_CHUNK_MAX_REFERENCES);
}

static void
new_buckets(LadTraceWriter *writer, guint bits)
{
    g_free(writer->buckets);
    writer->bucket_bits = bits;
    writer->buckets = g_new(guint32, (gsize)1 << bits);
    memset(writer->buckets, 0xff, sizeof(guint32) << bits);
}

LadTraceWriter *
lad_trace_writer_new(const char *path, const LadTraceHeader *header,
                     const LadTraceWriterOptions *options, GError **error)
{
    static const LadTraceWriterOptions defaults = {0};
    if (options == NULL)
        options = &defaults;
    int level = options->zstd_level != 0 ? options->zstd_level : DEFAULT_ZSTD_LEVEL;
    LadTraceWriter *writer = g_new0(LadTraceWriter, 1);
    writer->code = lad_code_new();
    writer->sink = lad_sink_new(path, header, writer->code, level, options->max_bytes, error);
    if (writer->sink == NULL) {
        lad_code_free(writer->code);
        g_free(writer);
        return NULL;
    }
    writer->failed = lad_sink_failure(writer->sink);
    if (!options->no_paths)
        writer->paths = lad_path_former_new(writer->code);
    writer->chunk_references = options->chunk_references;
    writer->blocks = g_array_new(FALSE, FALSE, sizeof(InternedBlock));
    writer->streams = g_ptr_array_new_with_free_func(stream_free);
    writer->spare = g_ptr_array_new_with_free_func((GDestroyNotify)lad_raw_chunk_free);
    new_buckets(writer, 12);
    return writer;
}

void
lad_trace_writer_free(LadTraceWriter *writer)
{
    if (writer == NULL)
        return;
    lad_sink_free(writer->sink);
    lad_path_former_free(writer->paths);
    g_array_unref(writer->blocks);
    g_free(writer->buckets);
    g_ptr_array_unref(writer->streams);
    g_ptr_array_unref(writer->spare);
    lad_code_free(writer->code);
    g_free(writer);
}

guint
lad_trace_writer_add_stream(LadTraceWriter *writer, const LadStreamInfo *info)
{
    guint number = writer->streams->len;
    g_assert(number < LAD_MAX_STREAMS);
    WriterStream *stream = g_new0(WriterStream, 1);
    stream->path.previous = LAD_PATH_NONE;
    stream->chunk = lad_raw_chunk_new();
    stream->chunk->counts.stream = number;
    stream->left = chunk_bound(writer);
    g_ptr_array_add(writer->streams, stream);
    lad_sink_add_stream(writer->sink, info);
    return number;
}

/* ---- Interning --------------------------------------------------------------------------------
 */

static guint64
look_up_hash(const LadBlock *block)
{
    guint64 hash = (block->pc ^ block->n_insns) * LAD_XXH_PRIME1 + block->n_operands;
    for (guint i = 0; i < block->n_operands; i++) {
        const LadOperand *operand = &block->operands[i];
        hash =
            (hash ^ (operand->size | (guint64)operand->insn << 16 | (guint64)operand->kind << 24)) *
            LAD_XXH_PRIME2;
        hash ^= hash >> 29;
    }
    return hash * LAD_XXH_PRIME3;
}

static gboolean
same_block(const LadBlock *a, const LadBlock *b)
{
    if (a->pc != b->pc || a->n_insns != b->n_insns || a->n_operands != b->n_operands)
        return FALSE;
    for (guint i = 0; i < a->n_operands; i++) {
        const LadOperand *x = &a->operands[i], *y = &b->operands[i];
        if (x->kind != y->kind || x->insn != y->insn || x->size != y->size ||
            x->address != y->address)
            return FALSE;
    }
    for (guint i = 0; i < a->n_insns; i++) {
        const LadInsn *x = &a->insns[i], *y = &b->insns[i];
        if (x->length != y->length || x->branch != y->branch || x->flags != y->flags ||
            x->reads != y->reads || x->writes != y->writes)
            return FALSE;
    }
    return TRUE;
}

static InternedBlock *
block_at(LadTraceWriter *writer, guint32 id)
{
    return &g_array_index(writer->blocks, InternedBlock, id);
}

static void
link_block(LadTraceWriter *writer, guint32 id)
{
    InternedBlock *interned = block_at(writer, id);
    if (interned->block == NULL)
        return;
    guint64 hash = look_up_hash(&interned->block->block);
    guint32 *bucket = &writer->buckets[hash >> (64 - writer->bucket_bits)];
    interned->next = *bucket;
    *bucket = id;
}

guint32
lad_trace_writer_block(LadTraceWriter *writer, const LadBlock *block)
{
    const char *problem = lad_block_problem(block);
    if (problem != NULL)
        g_error("lad_trace_writer_block: %s", problem);
    guint64 hash = look_up_hash(block);
    guint32 id = writer->buckets[hash >> (64 - writer->bucket_bits)];
    for (; id != LAD_PATH_NONE; id = block_at(writer, id)->next)
        if (same_block(&block_at(writer, id)->block->block, block))
            return id;
    id = writer->blocks->len;
    InternedBlock interned = {.block = lad_code_copy_block(writer->code, block),
                              .entry = LAD_PATH_NONE,
                              .n_insns = block->n_insns,
                              .n_operands = block->n_operands,
                              .n_blocks = 1,
                              .next = LAD_PATH_NONE};
    g_array_append_val(writer->blocks, interned);
    if (id >= (1u << writer->bucket_bits)) {
        new_buckets(writer, writer->bucket_bits + 2);
        for (guint32 i = 0; i < id; i++)
            link_block(writer, i);
    }
    link_block(writer, id);
    return id;
}

guint32
lad_trace_writer_pair(LadTraceWriter *writer, guint32 left, guint32 right)
{
    g_assert(left < writer->blocks->len && right < writer->blocks->len);
    const InternedBlock *a = block_at(writer, left), *b = block_at(writer, right);
    InternedBlock pair = {.entry = LAD_PATH_NONE,
                          .n_insns = a->n_insns + b->n_insns,
                          .n_operands = a->n_operands + b->n_operands,
                          .n_blocks = a->n_blocks + b->n_blocks,
                          .next = LAD_PATH_NONE,
                          .left = left,
                          .right = right};
    g_assert(pair.n_insns <= LAD_PATH_MAX_INSNS && pair.n_operands <= LAD_PATH_MAX_OPERANDS &&
             pair.n_blocks <= LAD_MAX_PATH_BLOCKS);
    g_array_append_val(writer->blocks, pair);
    return writer->blocks->len - 1;
}

/* ---- Chunks -----------------------------------------------------------------------------------
 */

/* Hands the stream's chunk to the sink and gives it an empty one. */
static gboolean
end_chunk(LadTraceWriter *writer, WriterStream *stream, GError **error)
{
    LadRawChunk *chunk = stream->chunk;
    if (writer->paths != NULL) {
        lad_raw_chunk_need_tokens(chunk, LAD_MAX_PATH_BLOCKS + 1);
        chunk->counts.n_tokens += lad_path_former_flush(writer->paths, &stream->path,
                                                        chunk->tokens + chunk->counts.n_tokens);
    }
    if (chunk->counts.n_tokens == 0)
        return TRUE;
    chunk->counts.n_entries = lad_code_n_entries(writer->code);
    chunk->counts.last_time = stream->time;
    writer->unwritten = 0;
    LadChunkCounts done = chunk->counts;
    if (!lad_sink_put(writer->sink, chunk, error)) {
        stream->chunk = lad_raw_chunk_new();
        return FALSE;
    }
    if (++writer->in_flight >= CHUNKS_IN_FLIGHT) {
        g_ptr_array_add(writer->spare, lad_sink_take_back(writer->sink));
        writer->in_flight--;
    }
    stream->chunk = writer->spare->len > 0
                        ? g_ptr_array_steal_index_fast(writer->spare, writer->spare->len - 1)
                        : lad_raw_chunk_new();
    LadRawChunk *next = stream->chunk;
    next->counts = (LadChunkCounts){.stream = done.stream,
                                    .first_insn = done.first_insn + done.n_insns,
                                    .first_data = done.first_data + done.n_data,
                                    .first_record = done.first_record + done.n_records,
                                    .first_time = stream->time};
    g_byte_array_set_size(next->records, 0);
    g_array_set_size(next->contents, 0);
    lad_record_coder_clear(&stream->coder);
    stream->left = chunk_bound(writer);
    return TRUE;
}

/* The entry of a block or pair executed for the first time; LAD_PATH_NONE if the dictionary is
 * full.
 */
static guint32
first_execution(LadTraceWriter *writer, InternedBlock *interned, const guint64 *addresses)
{
    const LadCode *code = writer->code;
    if (interned->entry != LAD_PATH_NONE)
        return interned->entry;
    if (interned->block == NULL) {
        InternedBlock *left = block_at(writer, interned->left);
        guint32 a = first_execution(writer, left, addresses);
        guint32 b = first_execution(writer, block_at(writer, interned->right),
                                    addresses + left->n_operands);
        if (a == LAD_PATH_NONE || b == LAD_PATH_NONE || code->n_entries >= LAD_MAX_ENTRIES - 1)
            return LAD_PATH_NONE;
        writer->unwritten += 16;
        return interned->entry = lad_code_add_path(writer->code, a, b);
    }
    if (code->n_entries >= LAD_MAX_ENTRIES - 1 ||
        code->n_slots >= LAD_MAX_SLOTS - LAD_MAX_BLOCK_OPERANDS ||
        code->bytes >= LAD_MAX_CODE_BYTES / 2)
        return LAD_PATH_NONE;
    writer->unwritten += 16 + 19 * (guint64)interned->n_insns + 22 * (guint64)interned->n_operands;
    return interned->entry = lad_code_add_block(writer->code, interned->block, addresses);
}

/* The few addresses of a block; faster than a call. Parts may be copied twice. */
static inline void
copy_addresses(guint64 *restrict to, const guint64 *restrict from, guint n)
{
    if (n >= 4) {
        for (guint i = 0; i < n - 4; i += 4)
            memcpy(to + i, from + i, 4 * sizeof *to);
        memcpy(to + n - 4, from + n - 4, 4 * sizeof *to);
    } else if (n >= 2) {
        memcpy(to, from, 2 * sizeof *to);
        memcpy(to + n - 2, from + n - 2, 2 * sizeof *to);
    } else if (n == 1) {
        *to = *from;
    }
}

/* The token of a pair, or those of its blocks; there is room for LAD_MAX_PATH_BLOCKS + 1. */
static void
append_pair(LadTraceWriter *writer, WriterStream *stream, guint32 token)
{
    LadRawChunk *chunk = stream->chunk;
    LadChunkCounts *counts = &chunk->counts;
    if (writer->paths == NULL) {
        const LadEntry *entry = lad_code_entry(writer->code, token);
        for (guint32 i = 0; i < entry->n_blocks; i++)
            chunk->tokens[counts->n_tokens++] =
                ((const LadCodeBlock *)(const void *)entry->blocks[i])->id;
        return;
    }
    if (stream->path.n > 0)
        counts->n_tokens +=
            lad_path_former_flush(writer->paths, &stream->path, chunk->tokens + counts->n_tokens);
    chunk->tokens[counts->n_tokens++] = token;
    stream->path.previous = LAD_PATH_NONE;
}

gboolean
lad_trace_writer_execute(LadTraceWriter *writer, guint number, guint32 block,
                         const guint64 *addresses, GError **error)
{
    g_assert(number < writer->streams->len && block < writer->blocks->len);
    WriterStream *stream = writer->streams->pdata[number];
    InternedBlock *interned = block_at(writer, block);
    if (G_UNLIKELY(__atomic_load_n(writer->failed, __ATOMIC_RELAXED)))
        return lad_sink_check(writer->sink, error);
    guint32 entry = interned->entry;
    if (G_UNLIKELY(entry == LAD_PATH_NONE)) {
        entry = first_execution(writer, interned, addresses);
        if (entry == LAD_PATH_NONE)
            return lad_sink_fail(writer->sink, "the program has too much code for one trace",
                                 error);
        if (writer->unwritten > LAD_MAX_COLUMN_BYTES / 2)
            stream->left = 0;
    }
    LadRawChunk *chunk = stream->chunk;
    LadChunkCounts *counts = &chunk->counts;
    guint n = interned->n_operands, n_references = n + interned->n_insns;
    lad_raw_chunk_need_addresses(chunk, n);
    copy_addresses(chunk->addresses + counts->n_addresses, addresses, n);
    counts->n_addresses += n;
    counts->n_data += n;
    counts->n_insns += interned->n_insns;
    counts->n_records += interned->n_blocks;
    lad_raw_chunk_need_tokens(chunk, LAD_MAX_PATH_BLOCKS + 1);
    if (interned->block == NULL)
        append_pair(writer, stream, entry);
    else if (writer->paths != NULL)
        counts->n_tokens += lad_path_former_step(writer->paths, &stream->path, entry,
                                                 chunk->tokens + counts->n_tokens);
    else
        chunk->tokens[counts->n_tokens++] = entry;
    stream->left -= MAX(n_references, interned->n_blocks);
    return G_LIKELY(stream->left > 0) || end_chunk(writer, stream, error);
}

/* ---- Sequences --------------------------------------------------------------------------------
 */

LadBlockSequence *
lad_block_sequence_new(LadTraceWriter *writer, const guint32 *blocks, guint n)
{
    LadBlockSequence *sequence = g_malloc0(sizeof *sequence + n * sizeof *blocks);
    sequence->n_blocks = n;
    for (guint i = 0; i < n; i++) {
        const InternedBlock *interned = block_at(writer, blocks[i]);
        sequence->blocks[i] = blocks[i];
        sequence->n_operands += interned->n_operands;
        sequence->n_insns += interned->n_insns;
        sequence->cost += MAX((guint32)interned->n_operands + interned->n_insns, 1);
    }
    return sequence;
}

void
lad_block_sequence_free(LadBlockSequence *sequence)
{
    if (sequence == NULL)
        return;
    g_free(sequence->tokens);
    g_free(sequence);
}

/* The longest known entries that the blocks make, which all have one by now. */
static void
settle(LadTraceWriter *writer, LadBlockSequence *sequence)
{
    LadPathState state = {.previous = LAD_PATH_NONE};
    guint n = 0;
    sequence->tokens = g_new(guint32, sequence->n_blocks + LAD_MAX_PATH_BLOCKS + 1);
    for (guint i = 0; i < sequence->n_blocks; i++)
        n += lad_path_former_step(writer->paths, &state,
                                  block_at(writer, sequence->blocks[i])->entry,
                                  sequence->tokens + n);
    n += lad_path_former_flush(writer->paths, &state, sequence->tokens + n);
    sequence->n_tokens = n;
}

static gboolean
execute_blocks(LadTraceWriter *writer, guint number, LadBlockSequence *sequence,
               const guint64 *addresses, GError **error)
{
    for (guint i = 0; i < sequence->n_blocks; i++) {
        guint32 id = sequence->blocks[i];
        if (!lad_trace_writer_execute(writer, number, id, addresses, error))
            return FALSE;
        addresses += block_at(writer, id)->n_operands;
    }
    if (writer->paths != NULL && ++sequence->n_runs == SEQUENCE_RUNS)
        settle(writer, sequence);
    return TRUE;
}

gboolean
lad_trace_writer_execute_sequence(LadTraceWriter *writer, guint number, LadBlockSequence *sequence,
                                  const guint64 *addresses, GError **error)
{
    if (sequence->n_tokens == 0)
        return execute_blocks(writer, number, sequence, addresses, error);
    WriterStream *stream = writer->streams->pdata[number];
    if (G_UNLIKELY(__atomic_load_n(writer->failed, __ATOMIC_RELAXED)))
        return lad_sink_check(writer->sink, error);
    LadRawChunk *chunk = stream->chunk;
    LadChunkCounts *counts = &chunk->counts;
    guint n = sequence->n_operands;
    lad_raw_chunk_need_tokens(chunk, sequence->n_tokens + LAD_MAX_PATH_BLOCKS + 1);
    if (stream->path.n > 0)
        counts->n_tokens +=
            lad_path_former_flush(writer->paths, &stream->path, chunk->tokens + counts->n_tokens);
    stream->path.previous = LAD_PATH_NONE;
    memcpy(chunk->tokens + counts->n_tokens, sequence->tokens,
           sequence->n_tokens * sizeof *sequence->tokens);
    counts->n_tokens += sequence->n_tokens;
    lad_raw_chunk_need_addresses(chunk, n);
    if (n > 0)
        memcpy(chunk->addresses + counts->n_addresses, addresses, n * sizeof *addresses);
    counts->n_addresses += n;
    counts->n_data += n;
    counts->n_insns += sequence->n_insns;
    counts->n_records += sequence->n_blocks;
    stream->left -= sequence->cost;
    return G_LIKELY(stream->left > 0) || end_chunk(writer, stream, error);
}

gboolean
lad_trace_writer_record(LadTraceWriter *writer, guint number, const LadRecord *record,
                        GError **error)
{
    g_assert(number < writer->streams->len);
    g_assert(record->kind > 0 && record->kind < LAD_N_RECORD_KINDS);
    WriterStream *stream = writer->streams->pdata[number];
    if (lad_sink_failed(writer->sink))
        return lad_sink_check(writer->sink, error);
    LadRecord bounded = *record;
    g_autofree char *cut = NULL;
    if (record->text != NULL && strlen(record->text) > LAD_MAX_TEXT_BYTES)
        bounded.text = cut = g_strndup(record->text, LAD_MAX_TEXT_BYTES);
    LadRawChunk *chunk = stream->chunk;
    LadChunkCounts *counts = &chunk->counts;
    lad_raw_chunk_need_tokens(chunk, LAD_MAX_PATH_BLOCKS + 2);
    if (writer->paths != NULL)
        counts->n_tokens +=
            lad_path_former_flush(writer->paths, &stream->path, chunk->tokens + counts->n_tokens);
    chunk->tokens[counts->n_tokens++] = LAD_CHUNK_RECORD;
    lad_record_encode(&stream->coder, &bounded, chunk->records);
    guint64 content = lad_record_content(&bounded);
    g_array_append_val(chunk->contents, content);
    counts->n_plain++;
    counts->n_records++;
    counts->n_insns += lad_record_n_insns(record);
    counts->n_data += record->kind >= LAD_RECORD_LOAD && record->kind <= LAD_RECORD_ATOMIC;
    if (record->kind == LAD_RECORD_TIME)
        stream->time = record->value;
    stream->left--;
    return (stream->left > 0 && chunk->records->len < LAD_CHUNK_MAX_RECORD_BYTES) ||
           end_chunk(writer, stream, error);
}

gboolean
lad_trace_writer_close(LadTraceWriter *writer, GError **error)
{
    for (guint i = 0; i < writer->streams->len && !lad_sink_failed(writer->sink); i++)
        if (!end_chunk(writer, writer->streams->pdata[i], NULL))
            break;
    return lad_sink_close(writer->sink, error);
}

guint64
lad_trace_writer_bytes(const LadTraceWriter *writer)
{
    return lad_sink_bytes(writer->sink);
}
