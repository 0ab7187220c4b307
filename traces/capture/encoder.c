/* encoder.c - drains the rings of the recorded threads, each of which becomes a stream of the
 * trace.
 *
 * One reader per ring; the rings of threads become streams, those of processes hold the code.
 */
#include "config.h"
#include "traces/capture/encoding.h"
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_STREAMS 65536 /* of a trace */

LadEncoder *
lad_encoder_new(LadCaptureArea *area, LadTraceWriter *writer, const LadEncoderOptions *options,
                GError **error)
{
    LadDescriber *describer = lad_describer_new(error);
    LadEncoder *encoder;

    if (describer == NULL)
        return NULL;
    encoder = g_new0(LadEncoder, 1);
    encoder->area = area;
    encoder->writer = encoder->shaper.writer = writer;
    encoder->shaper.describer = describer;
    encoder->shaper.silent = g_new0(guint8, G_MAXUINT16 + 1);
    encoder->readers = g_new0(LadRingReader, LAD_RINGS);
    encoder->blocks = g_array_new(FALSE, TRUE, sizeof(LadBlockEntry));
    encoder->careful = area->count != 0;
    encoder->contents =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
                              (GDestroyNotify)lad_guest_block_free);
    encoder->mappings = lad_mappings_new();
    encoder->skip_left = options->skip_insns;
    encoder->max_insns = options->max_insns;
    encoder->clock_rate = options->clock_rate;
    if (area->schedule.content > 0)
        encoder->content = lad_content_new();
    encoder->name = g_strdup(options->name);
    encoder->notes = g_string_new(NULL);
    return encoder;
}

void
lad_encoder_free(LadEncoder *encoder)
{
    for (guint i = 0; i < LAD_RINGS; i++)
        g_clear_pointer(&encoder->readers[i].tally, lad_tally_free);
    g_clear_pointer(&encoder->content, lad_content_free);
    lad_mappings_free(encoder->mappings);
    g_hash_table_unref(encoder->contents);
    g_array_unref(encoder->blocks);
    lad_describer_free(encoder->shaper.describer);
    g_free(encoder->shaper.silent);
    g_free(encoder->readers);
    g_free(encoder->name);
    g_string_free(encoder->notes, TRUE);
    g_free(encoder);
}

gboolean
lad_encoder_makes_no_sense(const char *what, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                "capture: %s in the memory shared with the recorded program; it may have written "
                "there itself",
                what);
    return FALSE;
}

/* ---- Segments ---------------------------------------------------------------------------------
 */

guint64 *
lad_encoder_segment(const LadEncoder *encoder, guint ring, guint32 n)
{
    return (guint64 *)(void *)((char *)encoder->area + lad_ring_segment_offset(ring, n));
}

void
lad_encoder_release_segment(LadRing *ring)
{
    guint32 drained = atomic_load_explicit(&ring->drained, memory_order_relaxed) + 1;
    guint32 backlog;

    atomic_store(&ring->drained, drained);
    backlog = atomic_load(&ring->filled) - drained;
    /* Wake a waiting guest when it has room for a while, not at every segment. */
    if (backlog <= LAD_RING_SEGMENTS / 2 && atomic_load(&ring->guest_waits) != 0) {
        atomic_store(&ring->guest_waits, 0);
        syscall(SYS_futex, &ring->drained, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
}

guint32
lad_encoder_unfinished_words(const LadEncoder *encoder, guint index)
{
    LadRing *ring = &encoder->area->rings[index];
    guint32 filled = atomic_load(&ring->filled);
    guint64 next = (guint64)(guintptr)atomic_load(&ring->next);
    guint64 begin = encoder->area->base + lad_ring_segment_offset(index, filled);

    if (atomic_load(&ring->filled) != filled || next < begin ||
        next - begin > LAD_CAPTURE_SEGMENT_BYTES)
        return 0;
    return (guint32)((next - begin) / 8);
}

void
lad_encoder_begin_reading(LadEncoder *encoder, guint index)
{
    const LadRing *ring = &encoder->area->rings[index];
    LadRingReader *reader = &encoder->readers[index];

    *reader = (LadRingReader){.serial = ring->serial, .process = ring->process};
}

/* ---- Rings ------------------------------------------------------------------------------------
 */

static void
begin_stream(LadEncoder *encoder, guint index)
{
    LadRing *ring = &encoder->area->rings[index];
    LadRingReader *reader = &encoder->readers[index];
    const LadStreamInfo info = {
        .process = ring->process, .thread = ring->thread, .cgroup = "", .name = encoder->name};

    lad_encoder_begin_reading(encoder, index);
    if (ring->is_code)
        return;
    reader->skipping = encoder->skip_left > 0;
    reader->lost = encoder->counts.n_streams == MAX_STREAMS;
    if (reader->lost) {
        encoder->counts.n_lost_streams++;
        return;
    }
    if (encoder->area->schedule.mode == LAD_CAPTURE_PAGES)
        reader->tally = lad_tally_new();
    if (encoder->content != NULL)
        reader->accessed = lad_content_pages(encoder->content, ring->process);
    reader->stream = lad_trace_writer_add_stream(encoder->writer, &info);
    encoder->counts.n_streams++;
}

static gboolean
read_segment(LadEncoder *encoder, guint index, guint32 number, guint32 length, GError **error)
{
    guint64 *words = lad_encoder_segment(encoder, index, number);

    if (length >= LAD_RING_SEGMENT_WORDS)
        return lad_encoder_makes_no_sense("a damaged segment", error);
    words[length] = LAD_WORD_MAKE(LAD_CONTROL_END, 0);
    if (encoder->readers[index].lost)
        return TRUE;
    return lad_encoder_read_words(encoder, &encoder->readers[index], words, length, error);
}

static gboolean
drain_thread_ring(LadEncoder *encoder, guint index, gboolean dead, gboolean *busy, GError **error)
{
    LadRing *ring = &encoder->area->rings[index];
    guint32 drained = atomic_load(&ring->drained);

    /* A bounded number, so that every ring has its turn. */
    for (guint i = 0; i < LAD_RING_SEGMENTS && drained != atomic_load(&ring->filled);
         i++, drained++) {
        if (!read_segment(encoder, index, drained, ring->length[drained % LAD_RING_SEGMENTS],
                          error))
            return FALSE;
        lad_encoder_release_segment(ring);
        *busy = TRUE;
    }
    if (!dead || drained != atomic_load(&ring->filled))
        return TRUE;
    guint32 length = lad_encoder_unfinished_words(encoder, index);
    atomic_store(&ring->next, (uint64_t *)(guintptr)(encoder->area->base +
                                                     lad_ring_segment_offset(index, drained)));
    return read_segment(encoder, index, drained, length, error);
}

/* The counts that a thread of level `page` had in hand. */
static gboolean
end_stream(LadEncoder *encoder, guint index, GError **error)
{
    LadRingReader *reader = &encoder->readers[index];
    gboolean ok;

    if (reader->tally == NULL)
        return TRUE;
    lad_encoder_add_table(encoder, index);
    ok = lad_encoder_write_touches(encoder, reader, error);
    g_clear_pointer(&reader->tally, lad_tally_free);
    return ok;
}

static gboolean
drain_ring(LadEncoder *encoder, guint index, gboolean final, gboolean *busy, GError **error)
{
    LadRing *ring = &encoder->area->rings[index];
    LadRingReader *reader = &encoder->readers[index];
    guint32 state = atomic_load(&ring->state);
    gboolean dead;

    if (state < LAD_RING_LIVE)
        return TRUE;
    if (reader->serial != ring->serial)
        begin_stream(encoder, index);
    dead = final || state == LAD_RING_CLOSED || reader->dead;
    if (ring->is_code ? !lad_encoder_drain_code_ring(encoder, index, error)
                      : !drain_thread_ring(encoder, index, dead, busy, error))
        return FALSE;
    if (dead && atomic_load(&ring->drained) == atomic_load(&ring->filled)) {
        if (!end_stream(encoder, index, error))
            return FALSE;
        encoder->counts.n_overruns += ring->overruns;
        reader->serial = 0;
        atomic_store(&ring->state, LAD_RING_FREE);
    }
    return TRUE;
}

/* Streams are numbered in the order in which their threads began. */
static gint
compare_serials(gconstpointer a, gconstpointer b, gpointer data)
{
    const LadCaptureArea *area = data;
    guint32 left = area->rings[*(const guint *)a].serial;
    guint32 right = area->rings[*(const guint *)b].serial;

    return (left > right) - (left < right);
}

static void
begin_new_streams(LadEncoder *encoder, guint bound)
{
    g_autoptr(GArray) fresh = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 0; i < bound; i++) {
        LadRing *ring = &encoder->area->rings[i];
        if (atomic_load(&ring->state) >= LAD_RING_LIVE &&
            encoder->readers[i].serial != ring->serial)
            g_array_append_val(fresh, i);
    }
    g_array_sort_with_data(fresh, compare_serials, encoder->area);
    for (guint i = 0; i < fresh->len; i++)
        begin_stream(encoder, g_array_index(fresh, guint, i));
}

gboolean
lad_encoder_drain(LadEncoder *encoder, gboolean final, gboolean *busy, GError **error)
{
    guint bound = atomic_load(&encoder->area->ring_bound);
    gboolean unused = FALSE;

    begin_new_streams(encoder, bound);
    if (!lad_encoder_drain_code(encoder, error))
        return FALSE;
    for (guint i = 0; i < bound && !encoder->done; i++)
        if (!drain_ring(encoder, i, final, busy != NULL ? busy : &unused, error))
            return FALSE;
    return TRUE;
}

guint
lad_encoder_reap(LadEncoder *encoder, gboolean (*is_recorded)(guint32 process, gpointer data),
                 gpointer data)
{
    guint bound = atomic_load(&encoder->area->ring_bound), alive = 0;

    for (guint i = 0; i < bound; i++) {
        LadRing *ring = &encoder->area->rings[i];
        LadRingReader *reader = &encoder->readers[i];
        if (atomic_load(&ring->state) < LAD_RING_LIVE)
            continue;
        if (!is_recorded(ring->process, data))
            reader->dead = TRUE;
        else
            alive++;
    }
    return alive;
}

void
lad_encoder_discard(LadEncoder *encoder)
{
    guint bound = atomic_load(&encoder->area->ring_bound);

    atomic_store(&encoder->area->ended, 1);
    for (guint i = 0; i < bound; i++) {
        LadRing *ring = &encoder->area->rings[i];
        atomic_store(&ring->drained, atomic_load(&ring->filled));
        syscall(SYS_futex, &ring->drained, FUTEX_WAKE, 1, NULL, NULL, 0);
        syscall(SYS_futex, &ring->served, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
}

gboolean
lad_encoder_is_done(const LadEncoder *encoder)
{
    return encoder->done;
}

const LadCaptureCounts *
lad_encoder_counts(LadEncoder *encoder)
{
    encoder->counts.n_code_blocks = g_hash_table_size(encoder->contents);
    encoder->counts.n_shapes = encoder->shaper.n_shapes;
    encoder->counts.n_unmatched = encoder->shaper.n_unmatched;
    encoder->counts.n_silent = encoder->shaper.n_silent;
    return &encoder->counts;
}

const char *
lad_encoder_notes(const LadEncoder *encoder)
{
    return encoder->notes->str;
}
