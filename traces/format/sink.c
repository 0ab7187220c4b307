/* sink.c - packing, compressing and writing, on a thread of its own. */
#include "config.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "traces/format/code_section.h"
#include "traces/format/header.h"
#include "traces/format/index.h"
#include "traces/format/sink.h"

/* Entries per section of the dictionary where chunks are copied, which may need many at once:
 * within this number no column passes its limit. */
#define COPIED_ENTRIES 8192u

typedef enum { JOB_STREAM, JOB_CHUNK, JOB_PACKED, JOB_END } JobKind;

typedef struct {
    JobKind kind;
    LadStreamInfo *info;
    LadRawChunk *chunk;
    LadPackedChunk *packed;
} Job;

struct LadSink {
    int fd;
    char *path;      /* as the caller named it */
    char *temporary; /* NULL: written in place */
    guint64 max_bytes;
    const LadCode *code;
    LadTraceHeader *header;

    GThread *thread;
    GAsyncQueue *jobs;
    GAsyncQueue *done;        /* LadRawChunk */
    GAsyncQueue *packed_done; /* LadPackedChunk */
    int failed;               /* atomic; `failure` is set before */
    GMutex lock;
    GError *failure;
    guint64 bytes; /* atomic: written */

    /* The thread's own, until it has ended. */
    LadSectionPacker *packer;
    LadSectionPacker *code_packer;
    LadChunkEncoder encoder;
    guint32 n_written; /* entries of the dictionary */
    GArray *rows;      /* LadIndexRow */
    GPtrArray *infos;  /* LadStreamInfo */
    GArray *hashes;    /* LadStreamHash */
    GArray *totals;    /* LadStreamTotals */
};

/* ---- Failing ----------------------------------------------------------------------------------
 */

static void
fail(LadSink *sink, GError *failure)
{
    g_mutex_lock(&sink->lock);
    if (sink->failure == NULL)
        sink->failure = failure;
    else
        g_error_free(failure);
    g_mutex_unlock(&sink->lock);
    g_atomic_int_set(&sink->failed, TRUE);
}

gboolean
lad_sink_failed(const LadSink *sink)
{
    return g_atomic_int_get(&sink->failed);
}

const int *
lad_sink_failure(const LadSink *sink)
{
    return &sink->failed;
}

gboolean
lad_sink_check(LadSink *sink, GError **error)
{
    if (!lad_sink_failed(sink))
        return TRUE;
    g_mutex_lock(&sink->lock);
    if (error != NULL)
        *error = g_error_copy(sink->failure);
    g_mutex_unlock(&sink->lock);
    return FALSE;
}

gboolean
lad_sink_fail(LadSink *sink, const char *why, GError **error)
{
    fail(sink, g_error_new(LAD_ERROR, LAD_ERROR_CAPACITY, "%s: %s", sink->path, why));
    return lad_sink_check(sink, error);
}

static gboolean
failed_for_space(LadSink *sink)
{
    return lad_sink_failed(sink) && g_error_matches(sink->failure, LAD_ERROR, LAD_ERROR_CAPACITY);
}

/* ---- Writing ----------------------------------------------------------------------------------
 */

static void
write_bytes(LadSink *sink, const guint8 *bytes, gsize n)
{
    guint64 written = sink->bytes;
    while (n > 0 && !(lad_sink_failed(sink) && !failed_for_space(sink))) {
        gssize part = write(sink->fd, bytes, MIN(n, (gsize)1 << 30));
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0) {
            fail(sink, g_error_new(LAD_ERROR, LAD_ERROR_IO,
                                   "%s: cannot write at offset %" G_GUINT64_FORMAT ": %s",
                                   sink->path, written, g_strerror(errno)));
            return;
        }
        bytes += part;
        n -= (gsize)part;
        written += (guint64)part;
        __atomic_store_n(&sink->bytes, written, __ATOMIC_RELAXED);
    }
}

static void
write_section(LadSink *sink, const GByteArray *section, LadIndexRow *row)
{
    row->offset = sink->bytes;
    row->bytes = section->len;
    write_bytes(sink, section->data, section->len);
    g_array_append_val(sink->rows, *row);
}

/* An upper bound of what completes the file. */
static guint64
closing_bytes(const LadSink *sink)
{
    return (sink->rows->len + 2) * sizeof(LadIndexRow) +
           sink->infos->len * sizeof(LadStreamTotals) + 1024;
}

static void
write_stream(LadSink *sink, LadStreamInfo *info)
{
    LadIndexRow row = {.kind = LAD_SECTION_STREAM, .stream = sink->infos->len};
    LadStreamHash hash;
    LadStreamTotals totals = {0};
    lad_stream_hash_init(&hash);
    g_ptr_array_add(sink->infos, info);
    g_array_append_val(sink->hashes, hash);
    g_array_append_val(sink->totals, totals);
    g_autoptr(GByteArray) attributes = lad_stream_info_pack(info);
    lad_section_begin(sink->packer);
    lad_section_add(sink->packer, LAD_COLUMN_ATTRIBUTES, attributes->data, attributes->len, TRUE);
    write_section(sink, lad_section_end(sink->packer, LAD_SECTION_STREAM), &row);
}

static void
add_totals(LadSink *sink, const LadChunkCounts *counts)
{
    LadStreamTotals *totals = &g_array_index(sink->totals, LadStreamTotals, counts->stream);
    totals->n_insns += counts->n_insns;
    totals->n_data += counts->n_data;
    totals->n_records += counts->n_records;
}

static void
write_chunk(LadSink *sink, const LadRawChunk *chunk)
{
    const LadChunkCounts *counts = &chunk->counts;
    guint32 n_entries = (guint32)counts->n_entries;
    const GByteArray *code = NULL;
    if (n_entries > sink->n_written)
        code = lad_code_section_pack(sink->code, sink->n_written, n_entries, sink->code_packer);
    const GByteArray *packed = lad_chunk_pack(&sink->encoder, sink->code, chunk, sink->packer);
    guint64 total = sink->bytes + (code != NULL ? code->len : 0) + packed->len;
    if (sink->max_bytes != 0 && total + closing_bytes(sink) > sink->max_bytes) {
        lad_sink_fail(sink, "the trace has reached its greatest size", NULL);
        return;
    }
    LadIndexRow row = {.kind = LAD_SECTION_CODE};
    row.counts.n_entries = n_entries;
    if (code != NULL)
        write_section(sink, code, &row);
    sink->n_written = MAX(sink->n_written, n_entries);
    row = (LadIndexRow){.kind = LAD_SECTION_CHUNK, .stream = counts->stream, .counts = *counts};
    write_section(sink, packed, &row);
    lad_stream_hash_raw(&g_array_index(sink->hashes, LadStreamHash, counts->stream), sink->code,
                        chunk);
    add_totals(sink, counts);
}

static void
write_packed(LadSink *sink, const LadPackedChunk *chunk)
{
    const LadChunkCounts *counts = &chunk->counts;
    while (sink->n_written < counts->n_entries) {
        guint32 to = MIN((guint32)counts->n_entries, sink->n_written + COPIED_ENTRIES);
        LadIndexRow row = {.kind = LAD_SECTION_CODE};
        row.counts.n_entries = to;
        write_section(
            sink, lad_code_section_pack(sink->code, sink->n_written, to, sink->code_packer), &row);
        sink->n_written = to;
    }
    LadIndexRow row = {.kind = LAD_SECTION_CHUNK, .stream = counts->stream, .counts = *counts};
    write_section(sink, chunk->section, &row);
    g_array_index(sink->hashes, LadStreamHash, counts->stream) = chunk->hash;
    add_totals(sink, counts);
}

static gpointer
sink_thread(gpointer data)
{
    LadSink *sink = data;
    for (;;) {
        g_autofree Job *job = g_async_queue_pop(sink->jobs);
        switch (job->kind) {
        case JOB_STREAM:
            write_stream(sink, job->info);
            break;
        case JOB_CHUNK:
            if (!lad_sink_failed(sink))
                write_chunk(sink, job->chunk);
            g_async_queue_push(sink->done, job->chunk);
            break;
        case JOB_PACKED:
            if (!lad_sink_failed(sink))
                write_packed(sink, job->packed);
            g_async_queue_push(sink->packed_done, job->packed);
            break;
        case JOB_END:
            return NULL;
        }
    }
}

static void
put(LadSink *sink, Job content)
{
    Job *job = g_new(Job, 1);
    *job = content;
    g_async_queue_push(sink->jobs, job);
}

void
lad_sink_add_stream(LadSink *sink, const LadStreamInfo *info)
{
    put(sink, (Job){.kind = JOB_STREAM, .info = lad_stream_info_copy(info)});
}

gboolean
lad_sink_put(LadSink *sink, LadRawChunk *chunk, GError **error)
{
    if (lad_sink_failed(sink)) {
        lad_raw_chunk_free(chunk);
        return lad_sink_check(sink, error);
    }
    put(sink, (Job){.kind = JOB_CHUNK, .chunk = chunk});
    return TRUE;
}

LadRawChunk *
lad_sink_take_back(LadSink *sink)
{
    return g_async_queue_pop(sink->done);
}

LadPackedChunk *
lad_packed_chunk_new(void)
{
    LadPackedChunk *chunk = g_new0(LadPackedChunk, 1);
    chunk->section = g_byte_array_new();
    return chunk;
}

void
lad_packed_chunk_free(LadPackedChunk *chunk)
{
    if (chunk == NULL)
        return;
    g_byte_array_unref(chunk->section);
    g_free(chunk);
}

gboolean
lad_sink_put_packed(LadSink *sink, LadPackedChunk *chunk, GError **error)
{
    if (lad_sink_failed(sink)) {
        lad_packed_chunk_free(chunk);
        return lad_sink_check(sink, error);
    }
    put(sink, (Job){.kind = JOB_PACKED, .packed = chunk});
    return TRUE;
}

LadPackedChunk *
lad_sink_take_packed_back(LadSink *sink)
{
    return g_async_queue_pop(sink->packed_done);
}

guint64
lad_sink_bytes(const LadSink *sink)
{
    return __atomic_load_n(&sink->bytes, __ATOMIC_RELAXED);
}

/* ---- Opening and closing ----------------------------------------------------------------------
 */

static gboolean
open_failed(const char *path, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "%s: cannot be written: %s", path,
                g_strerror(errno));
    return FALSE;
}

/* Standard output, or what exists and is no regular file, is written in place. */
static gboolean
open_file(LadSink *sink, GError **error)
{
    struct stat info;
    if (strcmp(sink->path, "-") == 0) {
        sink->fd = dup(STDOUT_FILENO);
        return sink->fd >= 0 || open_failed("standard output", error);
    }
    if (stat(sink->path, &info) == 0 && !S_ISREG(info.st_mode)) {
        sink->fd = g_open(sink->path, O_WRONLY | O_CLOEXEC, 0);
        return sink->fd >= 0 || open_failed(sink->path, error);
    }
    for (guint i = 0; i < 1000; i++) {
        sink->temporary = g_strdup_printf("%s.%d-%u.tmp", sink->path, (int)getpid(), i);
        sink->fd = g_open(sink->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (sink->fd >= 0)
            return TRUE;
        g_clear_pointer(&sink->temporary, g_free);
        if (errno != EEXIST)
            break;
    }
    return open_failed(sink->path, error);
}

static void
write_head(LadSink *sink)
{
    guint8 preamble[LAD_PREAMBLE_BYTES] = {0};
    memcpy(preamble, LAD_MLT_MAGIC, 8);
    lad_put_u32(preamble + 8, LAD_MLT_VERSION);
    write_bytes(sink, preamble, sizeof preamble);
    g_autoptr(GByteArray) attributes = lad_header_pack(sink->header);
    lad_section_begin(sink->packer);
    lad_section_add(sink->packer, LAD_COLUMN_ATTRIBUTES, attributes->data, attributes->len, TRUE);
    const GByteArray *section = lad_section_end(sink->packer, LAD_SECTION_HEAD);
    write_bytes(sink, section->data, section->len);
}

LadSink *
lad_sink_new(const char *path, const LadTraceHeader *header, const LadCode *code, int zstd_level,
             guint64 max_bytes, GError **error)
{
    LadSink *sink = g_new0(LadSink, 1);
    sink->fd = -1;
    sink->path = g_strdup(path);
    sink->max_bytes = max_bytes;
    sink->code = code;
    sink->header = lad_trace_header_copy(header);
    g_mutex_init(&sink->lock);
    sink->jobs = g_async_queue_new();
    sink->done = g_async_queue_new_full((GDestroyNotify)lad_raw_chunk_free);
    sink->packed_done = g_async_queue_new_full((GDestroyNotify)lad_packed_chunk_free);
    sink->packer = lad_section_packer_new(zstd_level);
    sink->code_packer = lad_section_packer_new(zstd_level);
    lad_chunk_encoder_init(&sink->encoder);
    sink->rows = g_array_new(FALSE, FALSE, sizeof(LadIndexRow));
    sink->infos = g_ptr_array_new_with_free_func((GDestroyNotify)lad_stream_info_free);
    sink->hashes = g_array_new(FALSE, FALSE, sizeof(LadStreamHash));
    sink->totals = g_array_new(FALSE, FALSE, sizeof(LadStreamTotals));
    if (!open_file(sink, error)) {
        lad_sink_free(sink);
        return NULL;
    }
    write_head(sink);
    if (!lad_sink_check(sink, error)) {
        lad_sink_free(sink);
        return NULL;
    }
    sink->thread = g_thread_new("lad-trace-sink", sink_thread, sink);
    return sink;
}

static void
stop_thread(LadSink *sink)
{
    if (sink->thread == NULL)
        return;
    put(sink, (Job){.kind = JOB_END});
    g_thread_join(sink->thread);
    sink->thread = NULL;
}

void
lad_sink_free(LadSink *sink)
{
    if (sink == NULL)
        return;
    stop_thread(sink);
    if (sink->fd >= 0)
        (void)close(sink->fd);
    if (sink->temporary != NULL)
        (void)g_unlink(sink->temporary);
    g_async_queue_unref(sink->jobs);
    g_async_queue_unref(sink->done);
    g_async_queue_unref(sink->packed_done);
    lad_section_packer_free(sink->packer);
    lad_section_packer_free(sink->code_packer);
    lad_chunk_encoder_clear(&sink->encoder);
    g_array_unref(sink->rows);
    g_ptr_array_unref(sink->infos);
    g_array_unref(sink->hashes);
    g_array_unref(sink->totals);
    lad_trace_header_free(sink->header);
    g_clear_error(&sink->failure);
    g_mutex_clear(&sink->lock);
    g_free(sink->temporary);
    g_free(sink->path);
    g_free(sink);
}

static void
write_index(LadSink *sink)
{
    g_autofree char *identity =
        lad_identity(sink->header, sink->infos->len, (LadStreamInfo **)sink->infos->pdata,
                     (const LadStreamHash *)(const void *)sink->hashes->data);
    guint64 offset = sink->bytes;
    const GByteArray *index = lad_index_pack(sink->packer, sink->rows, sink->totals, identity);
    write_bytes(sink, index->data, index->len);
    guint8 tail[LAD_TAIL_BYTES];
    lad_put_u64(tail, offset);
    lad_put_u64(tail + 8, lad_hash_bytes(tail, 8));
    memcpy(tail + 16, LAD_MLT_END_MAGIC, 8);
    write_bytes(sink, tail, sizeof tail);
}

/* Makes the finished file appear under its name. */
static gboolean
publish(LadSink *sink, GError **error)
{
    int fd = sink->fd;
    sink->fd = -1;
    gboolean ok = sink->temporary == NULL || fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    if (ok && sink->temporary != NULL)
        ok = g_rename(sink->temporary, sink->path) == 0;
    if (!ok) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "%s: cannot be completed: %s", sink->path,
                    g_strerror(errno));
        return FALSE;
    }
    g_clear_pointer(&sink->temporary, g_free);
    return TRUE;
}

gboolean
lad_sink_close(LadSink *sink, GError **error)
{
    stop_thread(sink);
    if (!lad_sink_failed(sink) || failed_for_space(sink))
        write_index(sink);
    if (lad_sink_failed(sink) && !failed_for_space(sink))
        return lad_sink_check(sink, error);
    return publish(sink, error);
}
