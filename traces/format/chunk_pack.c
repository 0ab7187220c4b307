/* chunk_pack.c - a raw chunk into its columns. */
#include "config.h"
#include "traces/format/chunk.h"

LadRawChunk *
lad_raw_chunk_new(void)
{
    LadRawChunk *chunk = g_new0(LadRawChunk, 1);
    chunk->records = g_byte_array_new();
    chunk->contents = g_array_new(FALSE, FALSE, sizeof(guint64));
    return chunk;
}

void
lad_raw_chunk_free(LadRawChunk *chunk)
{
    if (chunk == NULL)
        return;
    g_free(chunk->tokens);
    g_free(chunk->addresses);
    g_byte_array_unref(chunk->records);
    g_array_unref(chunk->contents);
    g_free(chunk);
}

void
lad_raw_chunk_grow_tokens(LadRawChunk *chunk, gsize n)
{
    chunk->tokens_room = MAX(2 * chunk->tokens_room, chunk->counts.n_tokens + n);
    chunk->tokens = g_renew(guint32, chunk->tokens, chunk->tokens_room);
}

void
lad_raw_chunk_grow_addresses(LadRawChunk *chunk, gsize n)
{
    chunk->addresses_room = MAX(2 * chunk->addresses_room, chunk->counts.n_addresses + n);
    chunk->addresses = g_renew(guint64, chunk->addresses, chunk->addresses_room);
}

void
lad_chunk_encoder_init(LadChunkEncoder *encoder)
{
    *encoder = (LadChunkEncoder){0};
    encoder->low = g_byte_array_new();
    encoder->high = g_byte_array_new();
    encoder->lengths = g_byte_array_new();
    encoder->bytes = g_byte_array_new();
}

void
lad_chunk_encoder_clear(LadChunkEncoder *encoder)
{
    g_free(encoder->last);
    g_byte_array_unref(encoder->low);
    g_byte_array_unref(encoder->high);
    g_byte_array_unref(encoder->lengths);
    g_byte_array_unref(encoder->bytes);
}

/* The tokens' low 16 bits, and their high ones if any has such. */
static void
pack_tokens(LadChunkEncoder *encoder, const LadRawChunk *chunk)
{
    gsize n = chunk->counts.n_tokens;
    guint32 all = 0;
    g_byte_array_set_size(encoder->low, (guint)(2 * n));
    for (gsize i = 0; i < n; i++) {
        guint32 token = chunk->tokens[i] + 1;
        encoder->low->data[2 * i] = (guint8)token;
        encoder->low->data[2 * i + 1] = (guint8)(token >> 8);
        all |= token;
    }
    g_byte_array_set_size(encoder->high, all > G_MAXUINT16 ? (guint)(2 * n) : 0);
    if (all > G_MAXUINT16)
        for (gsize i = 0; i < n; i++) {
            guint32 token = chunk->tokens[i] + 1;
            encoder->high->data[2 * i] = (guint8)(token >> 16);
            encoder->high->data[2 * i + 1] = (guint8)(token >> 24);
        }
}

static inline guint
bytes_needed(guint64 code)
{
    return code == 0 ? 0 : (71u - (guint)__builtin_clzll(code)) / 8;
}

/* Writes the difference of `address` to its slot's last one; returns the bytes it takes. */
static inline guint
pack_address(guint64 address, guint64 *last, guint8 *to)
{
    guint64 delta = lad_zigzag(address - *last);
    *last = address;
    lad_put_u64(to, delta);
    return bytes_needed(delta);
}

static void
pack_addresses(LadChunkEncoder *encoder, const LadCode *code, const LadRawChunk *chunk)
{
    const LadChunkCounts *counts = &chunk->counts;
    g_byte_array_set_size(encoder->lengths,
                          (guint)(counts->n_addresses / 2 + counts->n_tokens + 1));
    g_byte_array_set_size(encoder->bytes, (guint)(counts->n_addresses * 8 + 8));
    guint8 *length_at = encoder->lengths->data;
    guint8 *byte_at = encoder->bytes->data;
    const guint64 *address = chunk->addresses;
    guint64 *last = encoder->last;
    for (gsize t = 0; t < counts->n_tokens; t++) {
        if (chunk->tokens[t] == LAD_CHUNK_RECORD)
            continue;
        const LadCodeEntry *entry = lad_code_at(code, chunk->tokens[t]);
        const guint32 *slots = entry->slots;
        guint n = entry->entry.n_operands, i = 0;
        for (; i + 1 < n; i += 2) {
            guint first = pack_address(address[i], &last[slots[i]], byte_at);
            byte_at += first;
            guint second = pack_address(address[i + 1], &last[slots[i + 1]], byte_at);
            byte_at += second;
            *length_at++ = (guint8)(first | second << 4);
        }
        if (i < n) {
            guint length = pack_address(address[i], &last[slots[i]], byte_at);
            byte_at += length;
            *length_at++ = (guint8)length;
        }
        address += n;
    }
    g_byte_array_set_size(encoder->lengths, (guint)(length_at - encoder->lengths->data));
    g_byte_array_set_size(encoder->bytes, (guint)(byte_at - encoder->bytes->data));
}

const GByteArray *
lad_chunk_pack(LadChunkEncoder *encoder, const LadCode *code, const LadRawChunk *chunk,
               LadSectionPacker *packer)
{
    guint32 n_slots = lad_code_n_slots(code);
    if (n_slots > encoder->last_room) {
        g_free(encoder->last);
        encoder->last_room = n_slots + n_slots / 2;
        encoder->last = g_new(guint64, encoder->last_room);
    }
    lad_code_copy_first(code, 0, n_slots, encoder->last);
    pack_tokens(encoder, chunk);
    pack_addresses(encoder, code, chunk);
    guint8 counts[sizeof(LadChunkCounts)];
    guint64 numbers[LAD_CHUNK_COUNTS];
    memcpy(numbers, &chunk->counts, sizeof numbers);
    for (gsize i = 0; i < LAD_CHUNK_COUNTS; i++)
        lad_put_u64(counts + 8 * i, numbers[i]);
    lad_section_begin(packer);
    lad_section_add(packer, LAD_COLUMN_CHUNK_COUNTS, counts, sizeof counts, TRUE);
    lad_section_add(packer, LAD_COLUMN_TOKENS, encoder->low->data, encoder->low->len, FALSE);
    if (encoder->high->len > 0)
        lad_section_add(packer, LAD_COLUMN_TOKENS_HIGH, encoder->high->data, encoder->high->len,
                        FALSE);
    lad_section_add(packer, LAD_COLUMN_LENGTHS, encoder->lengths->data, encoder->lengths->len,
                    FALSE);
    lad_section_add(packer, LAD_COLUMN_ADDRESSES, encoder->bytes->data, encoder->bytes->len, FALSE);
    if (chunk->records->len > 0)
        lad_section_add(packer, LAD_COLUMN_RECORDS, chunk->records->data, chunk->records->len,
                        FALSE);
    return lad_section_end(packer, LAD_SECTION_CHUNK);
}
