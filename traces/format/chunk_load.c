/* chunk_load.c - a chunk's columns read and checked, then decoded a batch at a time.
 *
 * Everything that the decoding loop relies on is checked when the chunk is loaded - tokens within
 * the dictionary, nibbles of at most 8, sums that fill the columns - so the loop has no checks. */
#include "config.h"
#include "traces/format/chunk.h"

#define COLUMN_PADDING                                                                             \
    8 /* readable bytes past a column's end, which the loop's loads may touch                      \
       */

void
lad_chunk_decoder_init(LadChunkDecoder *decoder)
{
    *decoder = (LadChunkDecoder){0};
    decoder->low = g_byte_array_new();
    decoder->high = g_byte_array_new();
    decoder->lengths = g_byte_array_new();
    decoder->bytes = g_byte_array_new();
    decoder->records = g_byte_array_new();
}

void
lad_chunk_decoder_clear(LadChunkDecoder *decoder)
{
    g_byte_array_unref(decoder->low);
    g_byte_array_unref(decoder->high);
    g_byte_array_unref(decoder->lengths);
    g_byte_array_unref(decoder->bytes);
    g_byte_array_unref(decoder->records);
    g_free(decoder->last);
    lad_record_coder_clear(&decoder->coder);
}

void
lad_batch_room_init(LadBatchRoom *room)
{
    *room = (LadBatchRoom){0};
    room->tokens = g_new(guint32, LAD_BATCH_TOKENS);
    room->addresses =
        g_new0(guint64, LAD_BATCH_REFERENCES + LAD_MAX_BLOCK_OPERANDS + 1 + 2 * LAD_SLICE_LENGTHS);
    room->records = g_array_new(FALSE, FALSE, sizeof(LadRecord));
    room->texts = g_ptr_array_new_with_free_func(g_free);
}

void
lad_batch_room_clear(LadBatchRoom *room)
{
    g_free(room->tokens);
    g_free(room->addresses);
    g_array_unref(room->records);
    g_ptr_array_unref(room->texts);
}

static gboolean
damaged(GError **error, guint64 offset, const char *what)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "at offset %" G_GUINT64_FORMAT ": %s", offset,
                what);
    return FALSE;
}

gboolean
lad_chunk_counts_read(LadReadAt read, gpointer data, const LadSection *section,
                      LadChunkCounts *counts, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    if (!lad_section_column(read, data, section, LAD_COLUMN_CHUNK_COUNTS, bytes, error))
        return FALSE;
    if (bytes->len < sizeof *counts)
        return damaged(error, section->offset, "the chunk does not say what it holds");
    guint64 numbers[LAD_CHUNK_COUNTS];
    for (gsize i = 0; i < LAD_CHUNK_COUNTS; i++)
        numbers[i] = lad_get_u64(bytes->data + 8 * i);
    memcpy(counts, numbers, sizeof *counts);
    return TRUE;
}

static inline guint32
token_at(const LadChunkDecoder *decoder, gsize at)
{
    const guint8 *low = decoder->low->data + 2 * at;
    guint32 token = (guint32)(low[0] | low[1] << 8);
    if (decoder->high->len > 0) {
        const guint8 *high = decoder->high->data + 2 * at;
        token |= (guint32)(high[0] | high[1] << 8) << 16;
    }
    return token;
}

/* What the tokens say of the other columns. */
typedef struct {
    guint64 n_plain, n_insns, n_data, n_blocks, n_length_bytes;
} Sums;

static const char *
sum_tokens(const LadChunkDecoder *decoder, const LadCode *code, Sums *sums)
{
    guint32 n_entries = (guint32)decoder->counts.n_entries;
    for (gsize i = 0; i < decoder->counts.n_tokens; i++) {
        guint32 token = token_at(decoder, i);
        if (token == 0) {
            sums->n_plain++;
            continue;
        }
        if (token - 1 >= n_entries)
            return "a token of the chunk names no entry of the dictionary";
        const LadEntry *entry = &lad_code_at(code, token - 1)->entry;
        sums->n_insns += entry->n_insns;
        sums->n_data += entry->n_operands;
        sums->n_blocks += entry->n_blocks;
        sums->n_length_bytes += (entry->n_operands + 1) / 2;
    }
    return NULL;
}

/* The sum of all nibbles; G_MAXUINT64 if one is above 8. Taken eight bytes at a time: each byte of
 * `part` gathers at most 8 times 30, and the multiplication adds up its four 16-bit parts. */
static guint64
sum_nibbles(const GByteArray *lengths)
{
    const guint64 ones = G_GUINT64_CONSTANT(0x0101010101010101);
    const guint64 even = G_GUINT64_CONSTANT(0x00ff00ff00ff00ff);
    guint64 sum = 0, above = 0;
    guint n = lengths->len, i = 0;
    while (i < n) {
        guint64 part = 0;
        for (guint stop = i + 64; i < n && i < stop; i += 8) {
            guint64 word = lad_get_u64(lengths->data + i); /* the padding is 0 */
            guint64 low = word & (ones * 15), high = (word >> 4) & (ones * 15);
            above |= (low + ones * 0x77) | (high + ones * 0x77);
            part += low + high;
        }
        part = (part & even) + ((part >> 8) & even);
        sum += (part * G_GUINT64_CONSTANT(0x0001000100010001)) >> 48;
    }
    return (above & (ones << 7)) != 0 ? G_MAXUINT64 : sum;
}

static const char *
check_columns(LadChunkDecoder *decoder, const LadCode *code)
{
    const LadChunkCounts *counts = &decoder->counts;
    if (counts->n_tokens == 0)
        return "the chunk is empty";
    if (decoder->low->len % 2 != 0 || decoder->low->len / 2 != counts->n_tokens ||
        (decoder->high->len != 0 && decoder->high->len != decoder->low->len))
        return "the chunk has another number of tokens than it states";
    Sums sums = {0};
    const char *problem = sum_tokens(decoder, code, &sums);
    if (problem != NULL)
        return problem;
    if (sums.n_data != counts->n_addresses || sums.n_plain != counts->n_plain ||
        sums.n_length_bytes != decoder->lengths->len)
        return "the chunk's tokens need another number of addresses or records than it has";
    if (sum_nibbles(decoder->lengths) != decoder->bytes->len)
        return "the chunk's address lengths do not add up to its addresses";
    /* Gaps may stand for any number of instructions; they are added up as the chunk is decoded. */
    if (sums.n_blocks + sums.n_plain != counts->n_records || counts->n_insns < sums.n_insns ||
        (counts->n_insns > sums.n_insns && sums.n_plain == 0) || counts->n_data < sums.n_data ||
        counts->n_data - sums.n_data > sums.n_plain)
        return "the chunk holds other numbers of instructions or accesses than it states";
    return NULL;
}

static void
reset(LadChunkDecoder *decoder, const LadCode *code)
{
    guint32 n_slots = lad_code_n_slots(code);
    if (n_slots > decoder->last_room) {
        g_free(decoder->last);
        decoder->last_room = n_slots + n_slots / 2;
        decoder->last = g_new(guint64, decoder->last_room);
    }
    if (n_slots > 0)
        lad_code_copy_first(code, 0, n_slots, decoder->last);
    decoder->token = 0;
    decoder->length_at = decoder->lengths->data;
    decoder->byte_at = decoder->bytes->data;
    decoder->record_at.at = decoder->records->data;
    decoder->record_at.end = decoder->records->data + decoder->records->len;
    decoder->insn = decoder->counts.first_insn;
    decoder->data = decoder->counts.first_data;
    decoder->record = decoder->counts.first_record;
    lad_record_coder_clear(&decoder->coder);
}

gboolean
lad_chunk_load(LadChunkDecoder *decoder, const LadCode *code, LadReadAt read, gpointer data,
               const LadSection *section, GError **error)
{
    decoder->offset = section->offset;
    decoder->counts.n_tokens = decoder->token = 0;
    LadChunkCounts counts;
    if (!lad_chunk_counts_read(read, data, section, &counts, error) ||
        !lad_section_column(read, data, section, LAD_COLUMN_TOKENS, decoder->low, error) ||
        !lad_section_column(read, data, section, LAD_COLUMN_TOKENS_HIGH, decoder->high, error) ||
        !lad_section_column(read, data, section, LAD_COLUMN_LENGTHS, decoder->lengths, error) ||
        !lad_section_column(read, data, section, LAD_COLUMN_ADDRESSES, decoder->bytes, error) ||
        !lad_section_column(read, data, section, LAD_COLUMN_RECORDS, decoder->records, error))
        return FALSE;
    if (counts.n_entries > lad_code_n_entries(code))
        return damaged(error, section->offset,
                       "the chunk needs entries that the dictionary before it lacks");
    decoder->counts = counts;
    const char *problem = check_columns(decoder, code);
    if (problem != NULL) {
        decoder->counts.n_tokens = 0;
        return damaged(error, section->offset, problem);
    }
    reset(decoder, code);
    return TRUE;
}

/* ---- Decoding ---------------------------------------------------------------------------------
 */

#define LOW_BYTES(n) ((n) < 8 ? (G_GUINT64_CONSTANT(1) << 8 * ((n)&7)) - 1 : G_MAXUINT64)
#define PAIR(first, second)                                                                        \
    {                                                                                              \
        LOW_BYTES(first), LOW_BYTES(second)                                                        \
    }
#define PAIRS(second)                                                                              \
    PAIR(0, second), PAIR(1, second), PAIR(2, second), PAIR(3, second), PAIR(4, second),           \
        PAIR(5, second), PAIR(6, second), PAIR(7, second), PAIR(8, second), PAIR(8, second),       \
        PAIR(8, second), PAIR(8, second), PAIR(8, second), PAIR(8, second), PAIR(8, second),       \
        PAIR(8, second)

typedef guint64 Pair __attribute__((vector_size(16)));

/* The masks of two numbers, by the byte with their lengths (each at most 8). */
static const Pair pair_masks[9 * 16] = {
    PAIRS(0), PAIRS(1), PAIRS(2), PAIRS(3), PAIRS(4), PAIRS(5), PAIRS(6), PAIRS(7), PAIRS(8),
};

/* The differences that `n` bytes of lengths tell, two each, to `to`; returns where the next one's
 * bytes begin. Tokens do not matter here, so the loop has no branch that depends on the data. */
static const guint8 *
unpack_differences(const guint8 *length_at, gsize n, const guint8 *byte_at, guint64 *to)
{
    for (gsize i = 0; i < n; i++) {
        guint lengths = length_at[i];
        const guint8 *second_at = byte_at + (lengths & 15);
        Pair code = {lad_get_u64(byte_at), lad_get_u64(second_at)};
        code &= pair_masks[lengths];
        code = (code >> 1) ^ -(code & 1);
        memcpy(to + 2 * i, &code, sizeof code);
        byte_at = second_at + (lengths >> 4);
    }
    return byte_at;
}

/* The addresses of a slice of tokens. `to` has room for two per byte of lengths: first it takes the
 * differences with the padding, which the addresses then overwrite from the front. */
static void
decode_slice(const LadCode *code, const guint32 *tokens, guint32 n, guint64 *last, guint64 *to)
{
    const guint64 *from = to;
    for (guint32 t = 0; t < n; t++) {
        if (G_UNLIKELY((tokens[t] & LAD_TOKEN_RECORD) != 0))
            continue;
        const LadCodeEntry *entry = lad_code_at(code, tokens[t]);
        const guint32 *slots = entry->slots;
        guint32 n_operands = entry->entry.n_operands, i = 0;
        for (; i + 3 < n_operands; i += 4) {
            to[i] = last[slots[i]] += from[i];
            to[i + 1] = last[slots[i + 1]] += from[i + 1];
            to[i + 2] = last[slots[i + 2]] += from[i + 2];
            to[i + 3] = last[slots[i + 3]] += from[i + 3];
        }
        for (; i < n_operands; i++)
            to[i] = last[slots[i]] += from[i];
        to += n_operands;
        from += (n_operands + 1) / 2 * 2;
    }
}

/* The next plain record; FALSE if it is damaged. One of an unknown kind leaves no token. */
static gboolean
decode_record(LadChunkDecoder *decoder, LadBatchRoom *room, guint32 *n_tokens, GError **error)
{
    LadRecord record;
    const char *problem = lad_record_decode(&decoder->coder, &decoder->record_at, &record);
    if (problem != NULL)
        return damaged(error, decoder->offset, problem);
    LadBatch *batch = &room->batch;
    decoder->record++;
    if (record.kind == 0)
        return TRUE;
    if (*record.text != '\0') {
        record.text = g_strdup(record.text);
        g_ptr_array_add(room->texts, (gpointer)record.text);
    } else {
        record.text = "";
    }
    batch->n_insns += lad_record_n_insns(&record);
    batch->n_data += record.kind >= LAD_RECORD_LOAD && record.kind <= LAD_RECORD_ATOMIC;
    room->tokens[(*n_tokens)++] = LAD_TOKEN_RECORD | room->records->len;
    g_array_append_val(room->records, record);
    return TRUE;
}

#define SLOTS_PER_LINE 16 /* of the host's cache: 64 bytes */

/* A batch is decoded in slices that stay in the first-level cache between the two steps. */
static gboolean
decode_tokens(LadChunkDecoder *decoder, const LadCode *code, LadBatchRoom *room, GError **error)
{
    LadBatch *batch = &room->batch;
    guint32 n_tokens = 0, n_addresses = 0, n_insns = 0, n_blocks = 0, n_lengths;
    gsize token_end = decoder->counts.n_tokens;
    do {
        guint32 first_token = n_tokens, first_address = n_addresses;
        gsize at = decoder->token;
        for (n_lengths = 0;
             at < token_end && n_tokens < LAD_BATCH_TOKENS &&
             n_insns + n_addresses < LAD_BATCH_REFERENCES && n_lengths < LAD_SLICE_LENGTHS;
             at++) {
            guint32 token = token_at(decoder, at);
            if (G_UNLIKELY(token == 0)) {
                if (!decode_record(decoder, room, &n_tokens, error))
                    return FALSE;
                continue;
            }
            const LadCodeEntry *entry = lad_code_at(code, token - 1);
            __builtin_prefetch(entry->slots);
            __builtin_prefetch(entry->slots + SLOTS_PER_LINE);
            room->tokens[n_tokens++] = token - 1;
            n_lengths += (entry->entry.n_operands + 1) / 2;
            n_addresses += entry->entry.n_operands;
            n_insns += entry->entry.n_insns;
            n_blocks += entry->entry.n_blocks;
        }
        decoder->token = at;
        guint64 *to = room->addresses + first_address;
        decoder->byte_at = unpack_differences(decoder->length_at, n_lengths, decoder->byte_at, to);
        decoder->length_at += n_lengths;
        decode_slice(code, room->tokens + first_token, n_tokens - first_token, decoder->last, to);
    } while (n_lengths >= LAD_SLICE_LENGTHS);
    decoder->record += n_blocks;
    batch->n_tokens = n_tokens;
    batch->n_addresses = n_addresses;
    batch->n_insns += n_insns;
    batch->n_data += n_addresses;
    return TRUE;
}

/* At the chunk's end: have the plain records been what the counts promised? */
static gboolean
check_end(const LadChunkDecoder *decoder, GError **error)
{
    const LadChunkCounts *counts = &decoder->counts;
    if (decoder->token < counts->n_tokens)
        return TRUE;
    if (decoder->record_at.at != decoder->record_at.end ||
        decoder->record != counts->first_record + counts->n_records ||
        decoder->insn != counts->first_insn + counts->n_insns ||
        decoder->data != counts->first_data + counts->n_data)
        return damaged(error, decoder->offset, "the chunk holds other records than it states");
    return TRUE;
}

gboolean
lad_chunk_decode(LadChunkDecoder *decoder, const LadCode *code, LadBatchRoom *room, GError **error)
{
    LadBatch *batch = &room->batch;
    g_array_set_size(room->records, 0);
    g_ptr_array_set_size(room->texts, 0);
    do {
        *batch = (LadBatch){.stream = (guint32)decoder->counts.stream,
                            .first_insn = decoder->insn,
                            .first_record = decoder->record,
                            .file_offset = decoder->offset};
        if (decoder->token >= decoder->counts.n_tokens)
            return TRUE;
        if (!decode_tokens(decoder, code, room, error))
            return FALSE;
        decoder->insn += batch->n_insns;
        decoder->data += batch->n_data;
    } while (batch->n_tokens == 0 && check_end(decoder, NULL));
    batch->n_records = room->records->len;
    batch->tokens = room->tokens;
    batch->addresses = room->addresses;
    batch->records = (const LadRecord *)(const void *)room->records->data;
    return check_end(decoder, error);
}
