/* copy.c - chunks copied from trace to trace. */
#include "config.h"
#include "traces/format/header.h"
#include "traces/format/reader.h"
#include "traces/format/sink.h"
#include "traces/toolbox/copy.h"

#define DEFAULT_ZSTD_LEVEL 3
#define CHUNKS_IN_FLIGHT   3
#define NONE               G_MAXUINT32

struct LadTraceCopier {
    LadCode *code;
    LadSink *sink;
    LadSectionPacker *packer;
    guint n_streams;
    guint in_flight;

    guint32 *table; /* entries by content, open addressing; NONE: free */
    guint table_bits;

    LadTraceReader *reader; /* what `map` is of; held, so that no other takes its place in memory */
    guint32 *map;           /* its entries -> ours, or NONE */
    guint32 map_room;

    LadChunkDecoder decoder;
    LadBatchRoom room;
    GByteArray *low, *high; /* tokens */
};

static guint32 *
new_table(guint bits)
{
    guint32 *table = g_new(guint32, (gsize)1 << bits);
    memset(table, 0xff, sizeof(guint32) << bits);
    return table;
}

LadTraceCopier *
lad_trace_copier_new(const char *path, const LadTraceHeader *header, GError **error)
{
    LadTraceCopier *copier = g_new0(LadTraceCopier, 1);
    copier->code = lad_code_new();
    copier->sink = lad_sink_new(path, header, copier->code, DEFAULT_ZSTD_LEVEL, 0, error);
    if (copier->sink == NULL) {
        lad_code_free(copier->code);
        g_free(copier);
        return NULL;
    }
    copier->packer = lad_section_packer_new(DEFAULT_ZSTD_LEVEL);
    copier->table_bits = 12;
    copier->table = new_table(copier->table_bits);
    lad_chunk_decoder_init(&copier->decoder);
    lad_batch_room_init(&copier->room);
    copier->low = g_byte_array_new();
    copier->high = g_byte_array_new();
    return copier;
}

void
lad_trace_copier_free(LadTraceCopier *copier)
{
    if (copier == NULL)
        return;
    lad_sink_free(copier->sink);
    lad_section_packer_free(copier->packer);
    lad_chunk_decoder_clear(&copier->decoder);
    lad_batch_room_clear(&copier->room);
    g_byte_array_unref(copier->low);
    g_byte_array_unref(copier->high);
    lad_trace_reader_unref(copier->reader);
    lad_code_free(copier->code);
    g_free(copier->table);
    g_free(copier->map);
    g_free(copier);
}

/* ---- The dictionary ---------------------------------------------------------------------------
 */

static gboolean
is_path(const LadCodeEntry *entry)
{
    return entry->entry.n_blocks > 1;
}

static void
first_addresses(const LadCode *code, const LadBlock *block, guint64 *first)
{
    for (guint i = 0; i < block->n_operands; i++) {
        guint32 slot = block->operands[i].slot;
        first[i] = code->first[slot >> LAD_SLOT_SEGMENT_BITS][slot & (LAD_SLOT_SEGMENT - 1)];
    }
}

static guint64
entry_hash(guint64 content, const guint64 *words, guint n)
{
    guint64 hash = content;
    for (guint i = 0; i < n; i++)
        hash = lad_xxh_rotate((hash ^ words[i]) * LAD_XXH_PRIME2, 29) * LAD_XXH_PRIME1;
    return hash * LAD_XXH_PRIME3;
}

/* What tells an entry of ours from all others: a block's content and first addresses, or a path's
 * two parts. `words` has room for LAD_MAX_BLOCK_OPERANDS. */
static guint
entry_words(const LadCode *code, guint32 id, guint64 *content, guint64 *words)
{
    const LadCodeEntry *entry = lad_code_at(code, id);
    if (is_path(entry)) {
        *content = 1;
        words[0] = (guint64)entry->left << 32 | entry->right;
        return 1;
    }
    const LadBlock *block = entry->entry.blocks[0];
    *content = lad_block_content(block);
    first_addresses(code, block, words);
    return block->n_operands;
}

static guint32 *
find(LadTraceCopier *copier, guint64 content, const guint64 *words, guint n)
{
    guint64 theirs[LAD_MAX_BLOCK_OPERANDS], their_content;
    guint32 mask = (1u << copier->table_bits) - 1;
    guint32 at = (guint32)(entry_hash(content, words, n) >> (64 - copier->table_bits));
    for (; copier->table[at] != NONE; at = (at + 1) & mask) {
        guint n_theirs = entry_words(copier->code, copier->table[at], &their_content, theirs);
        if (their_content == content && n_theirs == n &&
            memcmp(theirs, words, n * sizeof *words) == 0)
            break;
    }
    return &copier->table[at];
}

static void
grow_table(LadTraceCopier *copier)
{
    guint64 words[LAD_MAX_BLOCK_OPERANDS], content;
    g_free(copier->table);
    copier->table_bits += 2;
    copier->table = new_table(copier->table_bits);
    for (guint32 id = 0; id < lad_code_n_entries(copier->code); id++) {
        guint n = entry_words(copier->code, id, &content, words);
        *find(copier, content, words, n) = id;
    }
}

/* Our number of the other trace's entry `id`; NONE if there is no room. */
static guint32
map_entry(LadTraceCopier *copier, const LadCode *from, guint32 id)
{
    if (copier->map[id] != NONE)
        return copier->map[id];
    const LadCodeEntry *entry = lad_code_at(from, id);
    guint64 words[LAD_MAX_BLOCK_OPERANDS], content = 1;
    guint32 left = 0, right = 0;
    guint n = 1;
    if (is_path(entry)) {
        left = map_entry(copier, from, entry->left);
        right = map_entry(copier, from, entry->right);
        if (left == NONE || right == NONE)
            return NONE;
        words[0] = (guint64)left << 32 | right;
    } else {
        n = entry_words(from, id, &content, words);
    }
    guint32 *place = find(copier, content, words, n);
    if (*place == NONE) {
        LadCode *code = copier->code;
        if (code->n_entries >= LAD_MAX_ENTRIES - 1 ||
            code->n_slots >= LAD_MAX_SLOTS - LAD_MAX_BLOCK_OPERANDS ||
            code->bytes >= LAD_MAX_CODE_BYTES)
            return NONE;
        *place = is_path(entry)
                     ? lad_code_add_path(code, left, right)
                     : lad_code_add_block(code, lad_code_copy_block(code, entry->entry.blocks[0]),
                                          words);
        copier->map[id] = *place;
        if (code->n_entries > (1u << copier->table_bits) / 2)
            grow_table(copier);
        return copier->map[id];
    }
    return copier->map[id] = *place;
}

static void
need_map(LadTraceCopier *copier, LadTraceReader *reader)
{
    guint32 n = lad_code_n_entries(reader->code), known = copier->map_room;
    if (copier->reader != reader) {
        lad_trace_reader_unref(copier->reader);
        copier->reader = lad_trace_reader_ref(reader);
        known = 0;
    }
    if (n > copier->map_room) {
        copier->map_room = n + n / 2;
        copier->map = g_renew(guint32, copier->map, copier->map_room);
    }
    for (guint32 i = known; i < copier->map_room; i++)
        copier->map[i] = NONE;
}

/* ---- Chunks -----------------------------------------------------------------------------------
 */

/* The tokens of the chunk in the decoder, in our numbers. FALSE if the dictionary is full. */
static gboolean
map_tokens(LadTraceCopier *copier, const LadCode *from)
{
    const LadChunkDecoder *decoder = &copier->decoder;
    gsize n = decoder->counts.n_tokens;
    const guint8 *low = decoder->low->data;
    const guint8 *high = decoder->high->len > 0 ? decoder->high->data : NULL;
    guint32 all = 0;
    g_byte_array_set_size(copier->low, (guint)(2 * n));
    g_byte_array_set_size(copier->high, (guint)(2 * n));
    for (gsize i = 0; i < n; i++) {
        guint32 token = (guint32)(low[2 * i] | low[2 * i + 1] << 8);
        if (high != NULL)
            token |= (guint32)(high[2 * i] | high[2 * i + 1] << 8) << 16;
        if (token != 0) {
            guint32 id = map_entry(copier, from, token - 1);
            if (id == NONE)
                return FALSE;
            token = id + 1;
        }
        copier->low->data[2 * i] = (guint8)token;
        copier->low->data[2 * i + 1] = (guint8)(token >> 8);
        copier->high->data[2 * i] = (guint8)(token >> 16);
        copier->high->data[2 * i + 1] = (guint8)(token >> 24);
        all |= token;
    }
    if (all <= G_MAXUINT16)
        g_byte_array_set_size(copier->high, 0);
    return TRUE;
}

static gboolean
hash_chunk(LadTraceCopier *copier, const LadTraceReader *reader, LadStreamHash *hash,
           GError **error)
{
    do {
        if (!lad_chunk_decode(&copier->decoder, reader->code, &copier->room, error))
            return FALSE;
        lad_stream_hash_batch(hash, reader->code, &copier->room.batch);
    } while (copier->room.batch.n_tokens > 0);
    return TRUE;
}

static gboolean
pack_chunk(LadTraceCopier *copier, const LadTraceReader *reader, const LadSection *section,
           const LadChunkCounts *counts, GByteArray *to, GError **error)
{
    static const guint32 copied[] = {LAD_COLUMN_LENGTHS, LAD_COLUMN_ADDRESSES, LAD_COLUMN_RECORDS};
    LadSectionPacker *packer = copier->packer;
    guint64 numbers[LAD_CHUNK_COUNTS];
    guint8 bytes[sizeof numbers];
    memcpy(numbers, counts, sizeof numbers);
    for (gsize i = 0; i < LAD_CHUNK_COUNTS; i++)
        lad_put_u64(bytes + 8 * i, numbers[i]);
    lad_section_begin(packer);
    lad_section_add(packer, LAD_COLUMN_CHUNK_COUNTS, bytes, sizeof bytes, TRUE);
    lad_section_add(packer, LAD_COLUMN_TOKENS, copier->low->data, copier->low->len, FALSE);
    if (copier->high->len > 0)
        lad_section_add(packer, LAD_COLUMN_TOKENS_HIGH, copier->high->data, copier->high->len,
                        FALSE);
    for (guint i = 0; i < G_N_ELEMENTS(copied); i++)
        if (!lad_section_add_stored(packer, lad_source_read_at, reader->source, section, copied[i],
                                    error))
            return FALSE;
    const GByteArray *packed = lad_section_end(packer, LAD_SECTION_CHUNK);
    g_byte_array_set_size(to, 0);
    g_byte_array_append(to, packed->data, packed->len);
    return TRUE;
}

static LadPackedChunk *
take_chunk(LadTraceCopier *copier)
{
    if (copier->in_flight >= CHUNKS_IN_FLIGHT) {
        copier->in_flight--;
        return lad_sink_take_packed_back(copier->sink);
    }
    return lad_packed_chunk_new();
}

static gboolean
copy_chunk(LadTraceCopier *copier, LadTraceReader *reader, const LadIndexRow *row, guint stream,
           LadStreamHash *hash, GError **error)
{
    LadSection section;
    if (!lad_reader_need_entries(reader, row->counts.n_entries, error) ||
        !lad_section_read(lad_source_read_at, reader->source, row->offset, &section, error) ||
        !lad_chunk_load(&copier->decoder, reader->code, lad_source_read_at, reader->source,
                        &section, error))
        return FALSE;
    need_map(copier, reader);
    if (!map_tokens(copier, reader->code))
        return lad_sink_fail(copier->sink, "the programs have too much code for one trace", error);
    LadChunkCounts counts = copier->decoder.counts;
    counts.stream = stream;
    counts.n_entries = lad_code_n_entries(copier->code);
    if (!hash_chunk(copier, reader, hash, error))
        return FALSE;
    LadPackedChunk *chunk = take_chunk(copier);
    chunk->counts = counts;
    chunk->hash = *hash;
    if (!pack_chunk(copier, reader, &section, &counts, chunk->section, error)) {
        lad_packed_chunk_free(chunk);
        return FALSE;
    }
    copier->in_flight++;
    return lad_sink_put_packed(copier->sink, chunk, error);
}

gboolean
lad_trace_copier_add(LadTraceCopier *copier, LadTraceReader *reader, guint number,
                     const LadStreamInfo *info, const LadToolboxProgress *progress, GError **error)
{
    LadStreamHash hash;
    LadIndexRow row;
    lad_stream_hash_init(&hash);
    lad_sink_add_stream(copier->sink, info);
    guint stream = copier->n_streams++;
    g_autoptr(GError) failure = NULL;
    for (guint i = 0; lad_reader_chunk(reader, number, i, &row, &failure); i++)
        if (!copy_chunk(copier, reader, &row, stream, &hash, &failure) ||
            !lad_toolbox_step(progress, row.counts.n_insns + row.counts.n_data, &failure))
            break;
    if (failure == NULL)
        return TRUE;
    if (failure->code == LAD_ERROR_TRACE)
        g_prefix_error(&failure, "%s: ", reader->name);
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

gboolean
lad_trace_copier_close(LadTraceCopier *copier, GError **error)
{
    return lad_sink_close(copier->sink, error);
}
