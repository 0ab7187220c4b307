/* stream_reader.c - a cursor over one stream.
 *
 * A thread decodes into a ring of batches ahead of the caller. It is woken when half of the ring is
 * free, and a caller that found the ring empty when half of it is filled or a chunk ends (its
 * successor may have to come from a slow pipe): few wake-ups, and only of who sleeps. What is
 * decoded does not depend on the thread; LAD_TRACE_NO_THREAD decodes when asked. */
#include "config.h"
#include <memladder/trace.h>
#include "traces/format/reader.h"

#define RING 6

struct LadStreamReader {
    LadTraceReader *reader;
    guint stream;
    guint next_chunk;
    gboolean loaded;  /* `decoder` holds a chunk */
    gboolean hashing; /* from the start on, without a seek */
    LadChunkDecoder decoder;
    LadStreamHash hash;

    LadBatchRoom ring[RING];
    guint head;    /* the batch handed out, or to hand out next */
    gboolean held; /* the caller has ring[head] */

    GThread *thread;
    GMutex lock; /* of the following */
    GCond filled, freed;
    guint n_filled; /* batches ready, from ring[head] on, the held one included */
    gboolean ended; /* nothing more will be filled; `failure` says why if set */
    gboolean stop;
    gboolean thread_sleeps, caller_sleeps; /* cleared by who wakes them */
    GError *failure;
};

/* ---- Decoding ---------------------------------------------------------------------------------
 */

static gboolean
load_chunk(LadStreamReader *stream, const LadIndexRow *row, GError **error)
{
    LadTraceReader *reader = stream->reader;
    LadSection section;
    if (!lad_reader_need_entries(reader, row->counts.n_entries, error) ||
        !lad_section_read(lad_source_read_at, reader->source, row->offset, &section, error))
        return FALSE;
    if (section.kind != LAD_SECTION_CHUNK) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                    "at offset %" G_GUINT64_FORMAT ": no chunk begins here", row->offset);
        return FALSE;
    }
    if (!lad_chunk_load(&stream->decoder, reader->code, lad_source_read_at, reader->source,
                        &section, error))
        return FALSE;
    if (memcmp(&stream->decoder.counts, &row->counts, sizeof row->counts) != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                    "at offset %" G_GUINT64_FORMAT ": the chunk is not what the index says of it",
                    row->offset);
        return FALSE;
    }
    return TRUE;
}

/* Fills `room`; FALSE at the end, or on failure with `error` set. */
static gboolean
fill(LadStreamReader *stream, LadBatchRoom *room, GError **error)
{
    LadTraceReader *reader = stream->reader;
    for (;;) {
        LadIndexRow row;
        if (stream->loaded) {
            if (!lad_chunk_decode(&stream->decoder, reader->code, room, error))
                return FALSE;
            if (room->batch.n_tokens > 0) {
                if (stream->hashing)
                    lad_stream_hash_batch(&stream->hash, reader->code, &room->batch);
                return TRUE;
            }
            stream->loaded = FALSE;
        }
        g_autoptr(GError) failure = NULL;
        if (!lad_reader_chunk(reader, stream->stream, stream->next_chunk, &row, &failure)) {
            if (failure == NULL && stream->hashing)
                (void)lad_reader_verify(reader, stream->stream, &stream->hash, &failure);
            if (failure != NULL)
                g_propagate_error(error, g_steal_pointer(&failure));
            return FALSE;
        }
        if (!load_chunk(stream, &row, error))
            return FALSE;
        stream->next_chunk++;
        stream->loaded = TRUE;
    }
}

static gpointer
decode_ahead(gpointer data)
{
    LadStreamReader *stream = data;
    g_mutex_lock(&stream->lock);
    while (!stream->stop && !stream->ended) {
        if (stream->n_filled == RING) {
            stream->thread_sleeps = TRUE;
            while (stream->thread_sleeps)
                g_cond_wait(&stream->freed, &stream->lock);
            continue;
        }
        LadBatchRoom *room = &stream->ring[(stream->head + stream->n_filled) % RING];
        g_mutex_unlock(&stream->lock);
        GError *failure = NULL;
        gboolean more = fill(stream, room, &failure);
        gboolean chunk_ends = stream->decoder.token >= stream->decoder.counts.n_tokens;
        g_mutex_lock(&stream->lock);
        if (more) {
            stream->n_filled++;
        } else {
            stream->ended = TRUE;
            stream->failure = failure;
        }
        if (stream->caller_sleeps && (!more || chunk_ends || stream->n_filled >= RING / 2)) {
            stream->caller_sleeps = FALSE;
            g_cond_signal(&stream->filled);
        }
    }
    g_mutex_unlock(&stream->lock);
    return NULL;
}

/* Called with the lock. */
static void
wake_thread(LadStreamReader *stream)
{
    if (!stream->thread_sleeps)
        return;
    stream->thread_sleeps = FALSE;
    g_cond_signal(&stream->freed);
}

static void
stop_thread(LadStreamReader *stream)
{
    if (stream->thread == NULL)
        return;
    g_mutex_lock(&stream->lock);
    stream->stop = TRUE;
    wake_thread(stream);
    g_mutex_unlock(&stream->lock);
    g_thread_join(stream->thread);
    stream->thread = NULL;
    stream->stop = FALSE;
}

/* ---- The caller's side ------------------------------------------------------------------------
 */

LadStreamReader *
lad_stream_reader_new(LadTraceReader *reader, guint number, GError **error)
{
    LadIndexRow row;
    g_autoptr(GError) failure = NULL;
    if (!lad_reader_chunk(reader, number, 0, &row, &failure) && failure != NULL) {
        if (failure->code == LAD_ERROR_TRACE)
            g_prefix_error(&failure, "%s: ", reader->name);
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    if (number >= reader->streams->len && reader->complete) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "%s: there is no stream %u; it has %u",
                    reader->name, number, reader->streams->len);
        return NULL;
    }
    LadStreamReader *stream = g_new0(LadStreamReader, 1);
    stream->reader = lad_trace_reader_ref(reader);
    stream->stream = number;
    stream->hashing = (reader->flags & LAD_TRACE_VERIFY) != 0;
    lad_chunk_decoder_init(&stream->decoder);
    lad_stream_hash_init(&stream->hash);
    guint n = (reader->flags & LAD_TRACE_NO_THREAD) != 0 ? 1 : RING;
    for (guint i = 0; i < n; i++)
        lad_batch_room_init(&stream->ring[i]);
    g_mutex_init(&stream->lock);
    g_cond_init(&stream->filled);
    g_cond_init(&stream->freed);
    return stream;
}

void
lad_stream_reader_free(LadStreamReader *stream)
{
    if (stream == NULL)
        return;
    stop_thread(stream);
    lad_chunk_decoder_clear(&stream->decoder);
    for (guint i = 0; i < RING && stream->ring[i].tokens != NULL; i++)
        lad_batch_room_clear(&stream->ring[i]);
    g_mutex_clear(&stream->lock);
    g_cond_clear(&stream->filled);
    g_cond_clear(&stream->freed);
    g_clear_error(&stream->failure);
    lad_trace_reader_unref(stream->reader);
    g_free(stream);
}

static void
report(const LadStreamReader *stream, const GError *failure, GError **error)
{
    GError *copy = g_error_copy(failure);
    if (copy->code == LAD_ERROR_TRACE && !g_str_has_prefix(copy->message, stream->reader->name))
        g_prefix_error(&copy, "%s: ", stream->reader->name);
    g_propagate_error(error, copy);
}

static const LadBatch *
next_without_thread(LadStreamReader *stream, GError **error)
{
    if (stream->n_filled == 0 && !stream->ended &&
        !fill(stream, &stream->ring[0], &stream->failure))
        stream->ended = TRUE;
    stream->n_filled = 0;
    if (!stream->ended)
        return &stream->ring[0].batch;
    if (stream->failure != NULL)
        report(stream, stream->failure, error);
    return NULL;
}

const LadBatch *
lad_stream_reader_next(LadStreamReader *stream, GError **error)
{
    if ((stream->reader->flags & LAD_TRACE_NO_THREAD) != 0)
        return next_without_thread(stream, error);
    if (stream->thread == NULL && !stream->ended)
        stream->thread = g_thread_new("lad-trace-decode", decode_ahead, stream);
    g_mutex_lock(&stream->lock);
    if (stream->held) {
        stream->held = FALSE;
        stream->head = (stream->head + 1) % RING;
        if (--stream->n_filled == RING / 2)
            wake_thread(stream);
    }
    stream->caller_sleeps = stream->n_filled == 0 && !stream->ended;
    while (stream->caller_sleeps)
        g_cond_wait(&stream->filled, &stream->lock);
    const LadBatch *batch = NULL;
    if (stream->n_filled > 0) {
        stream->held = TRUE;
        batch = &stream->ring[stream->head].batch;
    } else if (stream->failure != NULL) {
        report(stream, stream->failure, error);
    }
    g_mutex_unlock(&stream->lock);
    return batch;
}

/* ---- Seeking ----------------------------------------------------------------------------------
 */

static guint64
row_end(const LadIndexRow *row, gboolean by_insn)
{
    return by_insn ? row->counts.first_insn + row->counts.n_insns
                   : row->counts.first_record + row->counts.n_records;
}

/* The number of the first chunk that ends after `n`; the number of chunks if none does. */
static gboolean
find_chunk(LadStreamReader *stream, guint64 n, gboolean by_insn, guint *number, GError **error)
{
    LadTraceReader *reader = stream->reader;
    LadIndexRow row;
    guint low = 0, high = 0;
    g_autoptr(GError) failure = NULL;
    g_rec_mutex_lock(&reader->lock);
    if (stream->stream < reader->streams->len)
        high = ((LadReaderStream *)reader->streams->pdata[stream->stream])->chunks->len;
    g_rec_mutex_unlock(&reader->lock);
    guint known = high;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (!lad_reader_chunk(reader, stream->stream, middle, &row, error))
            return FALSE;
        if (row_end(&row, by_insn) > n)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == known)
        while (lad_reader_chunk(reader, stream->stream, low, &row, &failure) &&
               row_end(&row, by_insn) <= n)
            low++;
    if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    *number = low;
    return TRUE;
}

static gboolean
seek(LadStreamReader *stream, guint64 n, gboolean by_insn, GError **error)
{
    stop_thread(stream);
    g_clear_error(&stream->failure);
    stream->ended = stream->held = stream->loaded = stream->hashing = FALSE;
    stream->n_filled = stream->head = 0;
    g_autoptr(GError) failure = NULL;
    if (!find_chunk(stream, n, by_insn, &stream->next_chunk, &failure)) {
        report(stream, failure, error);
        stream->ended = TRUE;
        return FALSE;
    }
    const LadBatch *batch = &stream->ring[0].batch;
    guint64 end;
    do {
        if (!fill(stream, &stream->ring[0], &failure)) {
            stream->ended = TRUE;
            if (failure != NULL)
                report(stream, failure, error);
            return failure == NULL;
        }
        end =
            stream->loaded && by_insn ? batch->first_insn + batch->n_insns : stream->decoder.record;
    } while (end <= n);
    stream->n_filled = 1;
    return TRUE;
}

gboolean
lad_stream_reader_seek_insn(LadStreamReader *stream, guint64 n, GError **error)
{
    return seek(stream, n, TRUE, error);
}

gboolean
lad_stream_reader_seek_record(LadStreamReader *stream, guint64 n, GError **error)
{
    return seek(stream, n, FALSE, error);
}
