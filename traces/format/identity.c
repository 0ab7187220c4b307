/* identity.c - the hash of a trace's decoded content.
 *
 * Two halves of 64 bits: what is executed (blocks by their content, plain records, streams and what
 * the header says of levels and units), and at which addresses. Neither depends on paths, chunks
 * or compression. */
#include "config.h"
#include "traces/format/chunk.h"

void
lad_stream_hash_init(LadStreamHash *hash)
{
    lad_word_hash_init(&hash->executions);
    lad_word_hash_init(&hash->addresses);
}

/* Words on their way into a hash, which takes many at a time faster. */
typedef struct {
    LadWordHash *hash;
    guint n;
    guint64 words[1024];
} WordQueue;

G_STATIC_ASSERT(LAD_MAX_PATH_BLOCKS < 1024);

static void
queue_flush(WordQueue *queue)
{
    lad_word_hash_add_array(queue->hash, queue->words, queue->n);
    queue->n = 0;
}

/* Room for `n` more. */
static inline void
queue_need(WordQueue *queue, guint n)
{
    if (G_UNLIKELY(queue->n + n > G_N_ELEMENTS(queue->words)))
        queue_flush(queue);
}

static inline void
add_entry(WordQueue *queue, const LadCode *code, guint32 id)
{
    const LadEntry *entry = lad_code_entry(code, id);
    guint32 n = entry->n_blocks;
    queue_need(queue, n);
    guint64 *to = queue->words + queue->n;
    for (guint32 b = 0; b < n; b++)
        to[b] = lad_block_content(entry->blocks[b]);
    queue->n += n;
}

static inline void
add_record(WordQueue *queue, guint64 content)
{
    queue_need(queue, 1);
    queue->words[queue->n++] = content;
}

void
lad_stream_hash_raw(LadStreamHash *hash, const LadCode *code, const LadRawChunk *chunk)
{
    WordQueue queue;
    guint record = 0;
    queue.hash = &hash->executions;
    queue.n = 0;
    for (gsize t = 0; t < chunk->counts.n_tokens; t++) {
        if (chunk->tokens[t] == LAD_CHUNK_RECORD)
            add_record(&queue, g_array_index(chunk->contents, guint64, record++));
        else
            add_entry(&queue, code, chunk->tokens[t]);
    }
    queue_flush(&queue);
    lad_word_hash_add_array(&hash->addresses, chunk->addresses, chunk->counts.n_addresses);
}

void
lad_stream_hash_batch(LadStreamHash *hash, const LadCode *code, const LadBatch *batch)
{
    WordQueue queue;
    queue.hash = &hash->executions;
    queue.n = 0;
    for (guint32 t = 0; t < batch->n_tokens; t++) {
        guint32 token = batch->tokens[t];
        if (token & LAD_TOKEN_RECORD)
            add_record(&queue, lad_record_content(&batch->records[token & ~LAD_TOKEN_RECORD]));
        else
            add_entry(&queue, code, token);
    }
    queue_flush(&queue);
    lad_word_hash_add_array(&hash->addresses, batch->addresses, batch->n_addresses);
}

char *
lad_identity(const LadTraceHeader *header, guint n_streams, LadStreamInfo *const *infos,
             const LadStreamHash *hashes)
{
    LadWordHash executions, addresses;
    lad_word_hash_init(&executions);
    lad_word_hash_init(&addresses);
    lad_word_hash_add(&executions, (guint64)header->level);
    lad_word_hash_add(&executions, (guint64)header->address_space);
    lad_word_hash_add(&executions, (guint64)header->isa);
    lad_word_hash_add(&executions, header->page_bytes);
    lad_word_hash_add(&executions, header->tick_ps);
    lad_word_hash_add(&executions, n_streams);
    for (guint i = 0; i < n_streams; i++) {
        lad_word_hash_add(&executions, infos[i]->host);
        lad_word_hash_add(&executions, infos[i]->process);
        lad_word_hash_add(&executions, infos[i]->thread);
        lad_word_hash_add(&executions, lad_word_hash_value(&hashes[i].executions));
        lad_word_hash_add(&addresses, lad_word_hash_value(&hashes[i].addresses));
    }
    return g_strdup_printf("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
                           lad_word_hash_value(&executions), lad_word_hash_value(&addresses));
}
