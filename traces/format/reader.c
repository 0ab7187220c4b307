/* reader.c - opening a trace: header, dictionary, and what its cursors share. */
#include "config.h"
#include <memladder/trace.h>
#include "traces/format/code_section.h"
#include "traces/format/header.h"
#include "traces/format/reader.h"

static gboolean
damaged(GError **error, guint64 offset, const char *what)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "at offset %" G_GUINT64_FORMAT ": %s", offset,
                what);
    return FALSE;
}

static void
reader_stream_free(gpointer data)
{
    LadReaderStream *stream = data;
    lad_stream_info_free(stream->info);
    g_array_unref(stream->chunks);
    g_free(stream);
}

static LadReaderStream *
stream_at(const LadTraceReader *reader, guint64 number)
{
    return reader->streams->pdata[number];
}

/* ---- Sections ---------------------------------------------------------------------------------
 */

static gboolean
read_header(LadTraceReader *reader, GError **error)
{
    guint8 preamble[LAD_PREAMBLE_BYTES];
    LadSection section;
    guint64 size = lad_source_size(reader->source);
    if (lad_source_seekable(reader->source) && size == 0)
        return damaged(error, 0, "the file is empty; a memladder trace was expected");
    g_autoptr(GError) early = NULL;
    if (!lad_source_read_at(reader->source, 0, preamble, 8, &early) ||
        memcmp(preamble, LAD_MLT_MAGIC, 8) != 0) {
        if (early != NULL && early->code == LAD_ERROR_IO) {
            g_propagate_error(error, g_steal_pointer(&early));
            return FALSE;
        }
        return damaged(error, 0,
                       "this is no memladder trace (its first bytes are not \"\\x89MLT\"); "
                       "other formats are read by memladder trace convert");
    }
    if (!lad_source_read_at(reader->source, 0, preamble, sizeof preamble, error))
        return FALSE;
    guint32 version = lad_get_u32(preamble + 8);
    if (version == 0 || version > LAD_MLT_VERSION) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                    "at offset 8: the trace is of version %u; this program reads version %d",
                    version, LAD_MLT_VERSION);
        return FALSE;
    }
    if (!lad_section_read(lad_source_read_at, reader->source, sizeof preamble, &section, error))
        return FALSE;
    if (section.kind != LAD_SECTION_HEAD)
        return damaged(error, sizeof preamble, "the trace does not begin with its header");
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    if (!lad_section_column(lad_source_read_at, reader->source, &section, LAD_COLUMN_ATTRIBUTES,
                            bytes, error))
        return FALSE;
    reader->header = lad_header_unpack(bytes->data, bytes->len, error);
    if (reader->header == NULL) {
        g_prefix_error(error, "at offset %" G_GUINT64_FORMAT ": ", section.offset);
        return FALSE;
    }
    reader->scan_at = section.offset + section.bytes;
    return TRUE;
}

/* ---- What cursors ask -------------------------------------------------------------------------
 */

gboolean
lad_reader_chunk(LadTraceReader *reader, guint stream, guint number, LadIndexRow *row,
                 GError **error)
{
    gboolean ok = TRUE, found = FALSE;
    g_rec_mutex_lock(&reader->lock);
    while (ok) {
        found = stream < reader->streams->len && number < stream_at(reader, stream)->chunks->len;
        if (found || reader->complete)
            break;
        ok = lad_reader_scan_next(reader, error);
    }
    if (ok && found)
        *row = g_array_index(stream_at(reader, stream)->chunks, LadIndexRow, number);
    g_rec_mutex_unlock(&reader->lock);
    return ok && found;
}

gboolean
lad_reader_need_entries(LadTraceReader *reader, guint64 n_entries, GError **error)
{
    gboolean ok = TRUE;
    g_rec_mutex_lock(&reader->lock);
    while (ok && lad_code_n_entries(reader->code) < n_entries &&
           reader->n_code_loaded < reader->code_rows->len) {
        const LadIndexRow *row =
            &g_array_index(reader->code_rows, LadIndexRow, reader->n_code_loaded++);
        LadSection section;
        ok = lad_section_read(lad_source_read_at, reader->source, row->offset, &section, error) &&
             lad_code_section_unpack(reader->code, lad_source_read_at, reader->source, &section,
                                     error);
    }
    g_rec_mutex_unlock(&reader->lock);
    return ok;
}

gboolean
lad_reader_verify(LadTraceReader *reader, guint number, const LadStreamHash *hash, GError **error)
{
    gboolean ok = TRUE;
    g_rec_mutex_lock(&reader->lock);
    LadReaderStream *stream = stream_at(reader, number);
    stream->hash = *hash;
    reader->n_verified += !stream->verified;
    stream->verified = TRUE;
    if (reader->complete && reader->identity != NULL &&
        reader->n_verified == reader->streams->len) {
        guint n = reader->streams->len;
        g_autofree LadStreamInfo **infos = g_new(LadStreamInfo *, n);
        g_autofree LadStreamHash *hashes = g_new(LadStreamHash, n);
        for (guint i = 0; i < n; i++) {
            infos[i] = stream_at(reader, i)->info;
            hashes[i] = stream_at(reader, i)->hash;
        }
        g_autofree char *identity = lad_identity(reader->header, n, infos, hashes);
        ok = g_ascii_strcasecmp(identity, reader->identity) == 0;
        if (!ok)
            g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                        "%s: the content's hash is %s, but the trace says %s", reader->name,
                        identity, reader->identity);
    }
    g_rec_mutex_unlock(&reader->lock);
    return ok;
}

/* ---- The public side --------------------------------------------------------------------------
 */

static gboolean
open_trace(LadTraceReader *reader, const char *path, GError **error)
{
    reader->source = lad_source_open(path, error);
    if (reader->source == NULL)
        return FALSE;
    g_autoptr(GError) failure = NULL;
    gboolean ok = read_header(reader, &failure);
    if (ok && lad_source_seekable(reader->source)) {
        ok = lad_reader_read_index(reader, &failure);
        if (!ok && (reader->flags & LAD_TRACE_SALVAGE) != 0 && failure->code == LAD_ERROR_TRACE) {
            g_clear_error(&failure);
            g_ptr_array_set_size(reader->streams, 0);
            g_array_set_size(reader->code_rows, 0);
            reader->n_scanned = 0;
            ok = lad_reader_scan_to_end(reader, &failure);
        }
    }
    if (!ok) {
        if (failure->code == LAD_ERROR_TRACE)
            g_prefix_error(&failure, "%s: ", reader->name);
        g_propagate_error(error, g_steal_pointer(&failure));
    }
    return ok;
}

LadTraceReader *
lad_trace_reader_open(const char *path, LadTraceFlags flags, GError **error)
{
    LadTraceReader *reader = g_new0(LadTraceReader, 1);
    reader->references = 1;
    reader->name = g_strdup(strcmp(path, "-") == 0 ? "standard input" : path);
    reader->flags = flags;
    reader->code = lad_code_new();
    reader->streams = g_ptr_array_new_with_free_func(reader_stream_free);
    reader->code_rows = g_array_new(FALSE, FALSE, sizeof(LadIndexRow));
    g_rec_mutex_init(&reader->lock);
    if (open_trace(reader, path, error))
        return reader;
    lad_trace_reader_unref(reader);
    return NULL;
}

LadTraceReader *
lad_trace_reader_ref(LadTraceReader *reader)
{
    g_atomic_int_inc(&reader->references);
    return reader;
}

void
lad_trace_reader_unref(LadTraceReader *reader)
{
    if (reader == NULL || !g_atomic_int_dec_and_test(&reader->references))
        return;
    lad_source_free(reader->source);
    lad_trace_header_free(reader->header);
    lad_code_free(reader->code);
    g_ptr_array_unref(reader->streams);
    g_array_unref(reader->code_rows);
    g_rec_mutex_clear(&reader->lock);
    g_free(reader->identity);
    g_free(reader->name);
    g_free(reader);
}

const LadTraceHeader *
lad_trace_reader_header(const LadTraceReader *reader)
{
    return reader->header;
}

const LadCode *
lad_trace_reader_code(const LadTraceReader *reader)
{
    return reader->code;
}

gboolean
lad_trace_reader_complete(LadTraceReader *reader, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_rec_mutex_lock(&reader->lock);
    gboolean ok = lad_reader_scan_to_end(reader, &failure);
    g_rec_mutex_unlock(&reader->lock);
    if (!ok) {
        if (failure->code == LAD_ERROR_TRACE)
            g_prefix_error(&failure, "%s: ", reader->name);
        g_propagate_error(error, g_steal_pointer(&failure));
    }
    return ok;
}

guint
lad_trace_reader_n_streams(LadTraceReader *reader)
{
    g_rec_mutex_lock(&reader->lock);
    (void)lad_reader_scan_to_end(reader, NULL);
    guint n = reader->streams->len;
    g_rec_mutex_unlock(&reader->lock);
    return n;
}

const LadStreamInfo *
lad_trace_reader_stream_info(LadTraceReader *reader, guint stream)
{
    g_rec_mutex_lock(&reader->lock);
    g_assert(stream < reader->streams->len);
    const LadStreamInfo *info = stream_at(reader, stream)->info;
    g_rec_mutex_unlock(&reader->lock);
    return info;
}

const char *
lad_trace_reader_identity(const LadTraceReader *reader)
{
    return reader->identity;
}

static LadStreamTotals
totals_of(const LadTraceReader *reader, guint stream)
{
    LadTraceReader *lockable = (LadTraceReader *)reader;
    LadStreamTotals totals = {0};
    g_rec_mutex_lock(&lockable->lock);
    if (stream < reader->streams->len)
        totals = stream_at(reader, stream)->totals;
    g_rec_mutex_unlock(&lockable->lock);
    return totals;
}

guint64
lad_trace_reader_n_insns(const LadTraceReader *reader, guint stream)
{
    return totals_of(reader, stream).n_insns;
}

guint64
lad_trace_reader_n_data(const LadTraceReader *reader, guint stream)
{
    return totals_of(reader, stream).n_data;
}

guint64
lad_trace_reader_n_records(const LadTraceReader *reader, guint stream)
{
    return totals_of(reader, stream).n_records;
}

guint64
lad_trace_reader_bytes_read(const LadTraceReader *reader)
{
    return lad_source_reached(reader->source);
}

guint64
lad_trace_reader_bytes_total(const LadTraceReader *reader)
{
    return lad_source_size(reader->source);
}

gboolean
lad_trace_reader_is_seekable(const LadTraceReader *reader)
{
    return lad_source_seekable(reader->source);
}
