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

static inline void
add_entry(LadStreamHash *hash, const LadCode *code, guint32 id)
{
    const LadEntry *entry = lad_code_entry(code, id);
    for (guint32 b = 0; b < entry->n_blocks; b++)
        lad_word_hash_add(&hash->executions, lad_block_content(entry->blocks[b]));
}

void
lad_stream_hash_raw(LadStreamHash *hash, const LadCode *code, const LadRawChunk *chunk)
{
    guint record = 0;
    for (gsize t = 0; t < chunk->counts.n_tokens; t++) {
        if (chunk->tokens[t] == LAD_CHUNK_RECORD)
            lad_word_hash_add(&hash->executions, g_array_index(chunk->contents, guint64, record++));
        else
            add_entry(hash, code, chunk->tokens[t]);
    }
    lad_word_hash_add_array(&hash->addresses, chunk->addresses, chunk->counts.n_addresses);
}

void
lad_stream_hash_batch(LadStreamHash *hash, const LadCode *code, const LadBatch *batch)
{
    for (guint32 t = 0; t < batch->n_tokens; t++) {
        guint32 token = batch->tokens[t];
        if (token & LAD_TOKEN_RECORD)
            lad_word_hash_add(&hash->executions,
                              lad_record_content(&batch->records[token & ~LAD_TOKEN_RECORD]));
        else
            add_entry(hash, code, token);
    }
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
