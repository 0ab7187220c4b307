/* encode_code.c - reads the code rings: what the emulator has translated, described once per
 * content.
 *
 * A block is described in its process's code ring before any thread can execute it, so an id that
 * is not known yet is found by reading the code rings.
 */
#include "config.h"
#include "traces/capture/encoding.h"

/* A LAD_CONTROL_CODE record without its control word. */
static gboolean
describe_block(LadEncoder *encoder, const guint64 *words, guint n_words, GError **error)
{
    guint64 id = words[0], pc = words[1], n = words[2];
    const guint8 *lengths = (const guint8 *)(words + 3), *code;
    guint bytes = 0;

    if (n_words < 3 || n == 0 || n > LAD_WORD_INSN_MASK + 1 || id >= G_MAXINT32 ||
        3 + (n + 7) / 8 > n_words)
        return lad_encoder_makes_no_sense("a damaged description of code", error);
    code = lengths + (n + 7) / 8 * 8;
    for (guint i = 0; i < n; i++)
        bytes += lengths[i];
    if (3 + (n + 7) / 8 + (bytes + 7) / 8 > n_words)
        return lad_encoder_makes_no_sense("a damaged description of code", error);
    GBytes *key = g_bytes_new(words + 1, ((gsize)n_words - 1) * 8);
    LadGuestBlock *block = g_hash_table_lookup(encoder->contents, key);
    if (block == NULL) {
        block = lad_guest_block_new(&encoder->shaper, pc, (guint)n, lengths, code);
        g_hash_table_insert(encoder->contents, key, block);
    } else {
        g_bytes_unref(key);
    }
    if (id >= encoder->blocks->len)
        g_array_set_size(encoder->blocks, (guint)id + 1);
    g_array_index(encoder->blocks, LadBlockEntry, id).block = block;
    encoder->counts.n_translated++;
    return TRUE;
}

static gboolean
read_code_words(LadEncoder *encoder, const guint64 *words, guint n, GError **error)
{
    for (guint i = 0; i < n;) {
        guint64 size = LAD_WORD_PAYLOAD(words[i]);
        if (LAD_WORD_KIND(words[i]) != LAD_CONTROL_CODE || size >= n - i)
            return lad_encoder_makes_no_sense("damaged code", error);
        if (!describe_block(encoder, words + i + 1, (guint)size, error))
            return FALSE;
        i += 1 + (guint)size;
    }
    return TRUE;
}

gboolean
lad_encoder_drain_code_ring(LadEncoder *encoder, guint index, GError **error)
{
    LadRing *ring = &encoder->area->rings[index];
    LadRingReader *reader = &encoder->readers[index];
    guint32 drained = atomic_load(&ring->drained);

    for (; drained != atomic_load(&ring->filled); drained++) {
        guint32 length = ring->length[drained % LAD_RING_SEGMENTS];
        if (length < reader->offset || length > LAD_RING_SEGMENT_WORDS)
            return lad_encoder_makes_no_sense("a damaged segment", error);
        if (!read_code_words(encoder, lad_encoder_segment(encoder, index, drained) + reader->offset,
                             length - reader->offset, error))
            return FALSE;
        reader->offset = 0;
        lad_encoder_release_segment(ring);
    }
    guint32 length = lad_encoder_unfinished_words(encoder, index);
    if (length > reader->offset && drained == atomic_load(&ring->filled)) {
        if (!read_code_words(encoder, lad_encoder_segment(encoder, index, drained) + reader->offset,
                             length - reader->offset, error))
            return FALSE;
        reader->offset = length;
    }
    return TRUE;
}

gboolean
lad_encoder_drain_code(LadEncoder *encoder, GError **error)
{
    guint bound = atomic_load(&encoder->area->ring_bound);

    for (guint i = 0; i < bound; i++) {
        LadRing *ring = &encoder->area->rings[i];
        guint32 state = atomic_load(&ring->state);
        if (state < LAD_RING_LIVE || !ring->is_code)
            continue;
        if (encoder->readers[i].serial != ring->serial)
            lad_encoder_begin_reading(encoder, i);
        if (!lad_encoder_drain_code_ring(encoder, i, error))
            return FALSE;
    }
    return TRUE;
}

LadBlockEntry *
lad_encoder_known_block(const LadEncoder *encoder, guint64 id)
{
    LadBlockEntry *entry =
        id < encoder->blocks->len ? &g_array_index(encoder->blocks, LadBlockEntry, id) : NULL;

    return entry != NULL && entry->block != NULL ? entry : NULL;
}

LadBlockEntry *
lad_encoder_find_block(LadEncoder *encoder, guint64 id, GError **error)
{
    if (lad_encoder_known_block(encoder, id) == NULL && !lad_encoder_drain_code(encoder, error))
        return NULL;
    if (lad_encoder_known_block(encoder, id) == NULL)
        lad_encoder_makes_no_sense("a block that was never described", error);
    return lad_encoder_known_block(encoder, id);
}
