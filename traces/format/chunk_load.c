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
    room->addresses = g_new0(guint64, LAD_BATCH_REFERENCES + LAD_MAX_BLOCK_OPERANDS + 1);
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
        const LadEntry *entry = lad_code_entry(code, token - 1);
        sums->n_insns += entry->n_insns;
        sums->n_data += entry->n_operands;
        sums->n_blocks += entry->n_blocks;
        sums->n_length_bytes += (entry->n_operands + 1) / 2;
    }
    return NULL;
}

/* The sum of all nibbles; G_MAXUINT64 if one is above 8. */
static guint64
sum_nibbles(const GByteArray *lengths)
{
    guint64 sum = 0;
    guint bad = 0;
    for (guint i = 0; i < lengths->len;) {
        guint end = MIN(lengths->len, i + 4096);
        guint part = 0;
        for (; i < end; i++) {
            guint8 low = lengths->data[i] & 15, high = lengths->data[i] >> 4;
            part += (guint)low + high;
            bad |= (guint)(low > 8) | (guint)(high > 8);
        }
        sum += part;
    }
    return bad ? G_MAXUINT64 : sum;
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
    if (sums.n_blocks + sums.n_plain != counts->n_records || counts->n_insns < sums.n_insns ||
        counts->n_insns - sums.n_insns > sums.n_plain || counts->n_data < sums.n_data ||
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

static const guint64 low_bytes[9] = {
    0,
    0xff,
    0xffff,
    0xffffff,
    0xffffffff,
    0xffffffffff,
    0xffffffffffff,
    0xffffffffffffff,
    0xffffffffffffffff,
};

/* The addresses of one entry; returns where the next one's bytes begin. */
static inline const guint8 *
decode_addresses(const guint32 *slots, guint32 n, const guint8 *length_at, const guint8 *byte_at,
                 guint64 *last, guint64 *to)
{
    guint32 i = 0;
    for (; i + 1 < n; i += 2) {
        guint lengths = *length_at++;
        guint first = lengths & 15, second = lengths >> 4;
        guint64 a = lad_unzigzag(lad_get_u64(byte_at) & low_bytes[first]);
        byte_at += first;
        guint64 b = lad_unzigzag(lad_get_u64(byte_at) & low_bytes[second]);
        byte_at += second;
        to[i] = last[slots[i]] += a;
        to[i + 1] = last[slots[i + 1]] += b;
    }
    if (i < n) {
        guint length = *length_at & 15;
        to[i] = last[slots[i]] += lad_unzigzag(lad_get_u64(byte_at) & low_bytes[length]);
        byte_at += length;
    }
    return byte_at;
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
    batch->n_insns += record.kind == LAD_RECORD_FETCH;
    batch->n_data += record.kind >= LAD_RECORD_LOAD && record.kind <= LAD_RECORD_ATOMIC;
    room->tokens[(*n_tokens)++] = LAD_TOKEN_RECORD | room->records->len;
    g_array_append_val(room->records, record);
    return TRUE;
}

static gboolean
decode_tokens(LadChunkDecoder *decoder, const LadCode *code, LadBatchRoom *room, GError **error)
{
    LadBatch *batch = &room->batch;
    guint32 n_tokens = 0, n_addresses = 0, n_insns = 0, n_blocks = 0;
    const guint8 *length_at = decoder->length_at, *byte_at = decoder->byte_at;
    guint64 *last = decoder->last;
    gsize token_end = decoder->counts.n_tokens;
    gsize at = decoder->token;
    for (; at < token_end && n_tokens < LAD_BATCH_TOKENS &&
           n_insns + n_addresses < LAD_BATCH_REFERENCES;
         at++) {
        guint32 token = token_at(decoder, at);
        if (G_UNLIKELY(token == 0)) {
            if (!decode_record(decoder, room, &n_tokens, error))
                return FALSE;
            continue;
        }
        const LadCodeEntry *entry = lad_code_at(code, token - 1);
        guint32 n = entry->entry.n_operands;
        room->tokens[n_tokens++] = token - 1;
        byte_at = decode_addresses(entry->slots, n, length_at, byte_at, last,
                                   room->addresses + n_addresses);
        length_at += (n + 1) / 2;
        n_addresses += n;
        n_insns += entry->entry.n_insns;
        n_blocks += entry->entry.n_blocks;
    }
    decoder->token = at;
    decoder->length_at = length_at;
    decoder->byte_at = byte_at;
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
