/* encode_blocks.c - turns the words of block executions into the trace's tokens and addresses.
 *
 * Everything per execution is a comparison with the block's latest shape and a copy of addresses.
 */
#include "config.h"
#include "traces/capture/encoding.h"

/* Where the thread went on, looking no further than this segment; 0 if it does not tell. */
static guint64
next_pc(LadEncoder *encoder, const guint64 *words, const guint64 *end)
{
    while (words < end) {
        LadControl kind = LAD_WORD_KIND(*words);
        if (kind == LAD_CONTROL_BLOCK) {
            const LadBlockEntry *next =
                lad_encoder_find_block(encoder, LAD_WORD_PAYLOAD(*words), NULL);
            return next != NULL ? next->block->pc : 0;
        }
        words += lad_encoder_control_words(*words);
    }
    return 0;
}

/* The pages of an execution that has been written: of its code and of its accesses. */
static void
note_pages(LadRingReader *reader, const LadGuestBlock *block, const guint64 *addresses, guint n)
{
    lad_page_set_add(reader->accessed, block->pc >> LAD_PAGE_SHIFT);
    for (guint i = 0; i < n; i++)
        lad_page_set_add(reader->accessed, addresses[i] >> LAD_PAGE_SHIFT);
}

static const LadShape *
find_shape(LadEncoder *encoder, LadGuestBlock *block, const guint64 *words, const guint64 *end)
{
    guint n = 0;

    while (words + n < end && (words[n] & LAD_WORD_CONTROL) == 0)
        n++;
    return lad_guest_block_shape(block, &encoder->shaper, words, n,
                                 next_pc(encoder, words + n, end));
}

/* Whether an execution of `n` instructions is to be written; else it was skipped or is too many. */
static gboolean
is_wanted(LadEncoder *encoder, LadRingReader *reader, guint n, gboolean *ok, GError **error)
{
    *ok = TRUE;
    if (encoder->skip_left > 0) {
        encoder->skip_left -= MIN(encoder->skip_left, n);
        reader->skipped += n;
        return FALSE;
    }
    if (reader->skipping &&
        !(*ok = lad_encoder_write_burst(encoder, reader, reader->skipped, error)))
        return FALSE;
    if (n > encoder->max_insns - encoder->counts.n_written_insns) {
        encoder->done = TRUE;
        return FALSE;
    }
    return TRUE;
}

static gboolean
write_shape(LadEncoder *encoder, LadRingReader *reader, const LadGuestBlock *block,
            const LadShape *shape, const guint64 *words, GError **error)
{
    const guint64 *addresses = encoder->scratch;
    gboolean ok;

    if (!is_wanted(encoder, reader, shape->n_insns, &ok, error))
        return ok;
    lad_shape_addresses(shape, words, encoder->scratch);
    if (reader->accessed != NULL)
        note_pages(reader, block, encoder->scratch, shape->n_addresses);
    for (guint i = 0; i < shape->n_parts; i++) {
        if (!lad_trace_writer_execute(encoder->writer, reader->stream, shape->parts[i].id,
                                      addresses, error))
            return FALSE;
        addresses += shape->parts[i].n_operands;
    }
    encoder->counts.n_written_insns += shape->n_insns;
    encoder->counts.n_written_data += shape->n_addresses;
    return TRUE;
}

static void
prepare_entry(const LadEncoder *encoder, LadBlockEntry *entry, const LadShape *shape)
{
    entry->usable = FALSE;
    if (encoder->careful || !lad_shape_is_regular(shape, entry->block) || shape->n_parts != 1 ||
        shape->n_words > 64 || shape->cut_words > 0)
        return;
    entry->usable = TRUE;
    entry->plain = shape->plain;
    entry->part = shape->parts[0].id;
    entry->n_words = (guint16)shape->n_words;
    entry->n_addresses = (guint16)shape->n_addresses;
    entry->n_insns = (guint16)shape->n_insns;
    entry->kept = 0;
    for (guint i = 0; i < shape->n_words; i++)
        if (shape->joined[i] < 0)
            entry->kept |= (guint64)1 << i;
}

/* The block `id`, whose words come next, by all that is known of it; returns the words behind it.
 */
static const guint64 *
execute_slowly(LadEncoder *encoder, LadRingReader *reader, guint64 id, const guint64 *words,
               const guint64 *end, GError **error)
{
    LadBlockEntry *entry = lad_encoder_find_block(encoder, id, error);
    const LadShape *shape = NULL;

    if (entry == NULL)
        return NULL;
    if (entry->block->shapes->len > 0)
        shape = entry->block->shapes->pdata[0];
    if (shape == NULL || shape->cut || !lad_shape_matches(shape, words))
        shape = find_shape(encoder, entry->block, words, end);
    /* Looking for where the thread went on may have moved the table. */
    prepare_entry(encoder, lad_encoder_known_block(encoder, id), shape);
    encoder->counts.n_blocks++;
    encoder->counts.n_insns += shape->n_insns;
    encoder->counts.n_data += shape->n_addresses;
    encoder->counts.n_words += shape->n_words;
    encoder->counts.n_cuts += shape->cut;
    encoder->counts.n_cut_words += shape->cut_words;
    return write_shape(encoder, reader, lad_encoder_known_block(encoder, id)->block, shape, words,
                       error)
               ? words + shape->n_words
               : NULL;
}

/* Copy the addresses of an execution that has the entry's shape; FALSE if it has another. */
static inline gboolean
copy_addresses(const LadBlockEntry *entry, const guint64 *restrict words,
               guint64 *restrict addresses)
{
    guint n = entry->n_words;
    guint64 all = ~words[n]; /* a control word has to follow, and none may come before */

    if (G_LIKELY(entry->plain)) {
        for (guint i = 0; i < n; i++) {
            all |= words[i];
            addresses[i] = words[i] & LAD_WORD_ADDRESS_MASK;
        }
    } else {
        guint64 kept = entry->kept;
        for (guint i = 0; i < n; i++, kept >>= 1) {
            all |= words[i];
            *addresses = words[i] & LAD_WORD_ADDRESS_MASK;
            addresses += kept & 1;
        }
    }
    return (all & LAD_WORD_CONTROL) == 0;
}

/* The block whose control word is `words[-1]`; returns the words behind it. */
static inline const guint64 *
execute_block(LadEncoder *encoder, LadRingReader *reader, guint64 id, const guint64 *words,
              const guint64 *end, GError **error)
{
    const LadBlockEntry *entry = &((const LadBlockEntry *)(void *)encoder->blocks->data)[id];
    LadCaptureCounts *counts = &encoder->counts;
    gboolean ok;

    if (G_UNLIKELY(id >= encoder->blocks->len || !entry->usable ||
                   !copy_addresses(entry, words, encoder->scratch)))
        return execute_slowly(encoder, reader, id, words, end, error);
    counts->n_blocks++;
    counts->n_insns += entry->n_insns;
    counts->n_data += entry->n_addresses;
    counts->n_words += entry->n_words;
    words += entry->n_words;
    __builtin_prefetch((const LadBlockEntry *)(void *)encoder->blocks->data +
                       (LAD_WORD_PAYLOAD(*words) & G_MAXUINT32));
    if (G_UNLIKELY(encoder->skip_left > 0 || reader->skipping ||
                   entry->n_insns > encoder->max_insns - counts->n_written_insns) &&
        !is_wanted(encoder, reader, entry->n_insns, &ok, error))
        return ok ? words : NULL;
    if (G_UNLIKELY(reader->accessed != NULL))
        note_pages(reader, entry->block, encoder->scratch, entry->n_addresses);
    counts->n_written_insns += entry->n_insns;
    counts->n_written_data += entry->n_addresses;
    return lad_trace_writer_execute(encoder->writer, reader->stream, entry->part, encoder->scratch,
                                    error)
               ? words
               : NULL;
}

gboolean
lad_encoder_read_words(LadEncoder *encoder, LadRingReader *reader, const guint64 *words, guint n,
                       GError **error)
{
    const guint64 *end = words + n;

    while (words < end && !encoder->done) {
        if (G_LIKELY(*words >> 56 == (LAD_WORD_CONTROL >> 56 | LAD_CONTROL_BLOCK)))
            words = execute_block(encoder, reader, LAD_WORD_PAYLOAD(*words), words + 1, end, error);
        else
            words = lad_encoder_read_control(encoder, reader, words, end, error);
        if (words == NULL)
            return FALSE;
    }
    return TRUE;
}
