/* reader_scan.c - finding where everything is: by the index, or section by section.
 *
 * Where the file can be sought and ends properly, its index tells where everything is. On a pipe,
 * or in a file cut off that is to be salvaged, sections are looked at one after another instead. */
#include "config.h"
#include "traces/format/header.h"
#include "traces/format/reader.h"

static gboolean
damaged(GError **error, guint64 offset, const char *what)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "at offset %" G_GUINT64_FORMAT ": %s", offset,
                what);
    return FALSE;
}

static LadReaderStream *
stream_at(const LadTraceReader *reader, guint64 number)
{
    return reader->streams->pdata[number];
}

static gboolean
add_stream(LadTraceReader *reader, const LadSection *section, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    if (reader->streams->len >= LAD_MAX_STREAMS)
        return damaged(error, section->offset, "the trace has more than 65,536 streams");
    if (!lad_section_column(lad_source_read_at, reader->source, section, LAD_COLUMN_ATTRIBUTES,
                            bytes, error))
        return FALSE;
    LadStreamInfo *info = lad_stream_info_unpack(bytes->data, bytes->len, error);
    if (info == NULL) {
        g_prefix_error(error, "at offset %" G_GUINT64_FORMAT ": ", section->offset);
        return FALSE;
    }
    LadReaderStream *stream = g_new0(LadReaderStream, 1);
    stream->info = info;
    stream->chunks = g_array_new(FALSE, FALSE, sizeof(LadIndexRow));
    g_ptr_array_add(reader->streams, stream);
    return TRUE;
}

/* A chunk must go on where its stream's last one ended. */
static gboolean
add_chunk(LadTraceReader *reader, const LadIndexRow *row, GError **error)
{
    const LadChunkCounts *counts = &row->counts;
    if (counts->stream >= reader->streams->len)
        return damaged(error, row->offset, "the chunk is of a stream that the trace lacks");
    GArray *chunks = stream_at(reader, counts->stream)->chunks;
    LadChunkCounts last = {0};
    if (chunks->len > 0)
        last = g_array_index(chunks, LadIndexRow, chunks->len - 1).counts;
    if (counts->first_insn != last.first_insn + last.n_insns ||
        counts->first_data != last.first_data + last.n_data ||
        counts->first_record != last.first_record + last.n_records ||
        counts->n_insns > G_MAXINT64 - counts->first_insn ||
        counts->n_data > G_MAXINT64 - counts->first_data ||
        counts->n_records > G_MAXINT64 - counts->first_record)
        return damaged(error, row->offset, "the chunk does not go on where its stream ended");
    g_array_append_val(chunks, *row);
    return TRUE;
}

static gboolean
add_code(LadTraceReader *reader, const LadIndexRow *row, GError **error)
{
    if (row->counts.n_entries <= reader->n_scanned || row->counts.n_entries > LAD_MAX_ENTRIES)
        return damaged(error, row->offset, "the dictionary does not go on where it ended");
    reader->n_scanned = row->counts.n_entries;
    g_array_append_val(reader->code_rows, *row);
    return TRUE;
}

/* ---- The index --------------------------------------------------------------------------------
 */

static gboolean
set_totals(LadTraceReader *reader, guint64 offset, const GArray *totals, GError **error)
{
    if (totals->len != reader->streams->len)
        return damaged(error, offset, "the index is of another number of streams");
    for (guint i = 0; i < totals->len; i++) {
        LadReaderStream *stream = stream_at(reader, i);
        LadChunkCounts last = {0};
        if (stream->chunks->len > 0)
            last = g_array_index(stream->chunks, LadIndexRow, stream->chunks->len - 1).counts;
        stream->totals = g_array_index(totals, LadStreamTotals, i);
        if (stream->totals.n_insns != last.first_insn + last.n_insns ||
            stream->totals.n_data != last.first_data + last.n_data ||
            stream->totals.n_records != last.first_record + last.n_records)
            return damaged(error, offset, "the index's totals are not those of its chunks");
    }
    reader->complete = TRUE;
    return TRUE;
}

static gboolean
use_rows(LadTraceReader *reader, const LadSection *index, const GArray *rows, GError **error)
{
    guint64 at = reader->scan_at;
    for (guint i = 0; i < rows->len; i++) {
        const LadIndexRow *row = &g_array_index(rows, LadIndexRow, i);
        LadSection section;
        if (row->offset < at || row->offset >= index->offset ||
            row->bytes > index->offset - row->offset)
            return damaged(error, index->offset, "the index names a section outside the file");
        at = row->offset + row->bytes;
        gboolean ok = TRUE;
        if (row->kind == LAD_SECTION_STREAM)
            ok = lad_section_read(lad_source_read_at, reader->source, row->offset, &section,
                                  error) &&
                 add_stream(reader, &section, error);
        else if (row->kind == LAD_SECTION_CHUNK)
            ok = add_chunk(reader, row, error);
        else if (row->kind == LAD_SECTION_CODE)
            ok = add_code(reader, row, error);
        if (!ok)
            return FALSE;
    }
    return TRUE;
}

static gboolean
take_index(LadTraceReader *reader, const LadSection *section, gboolean scanned, GError **error)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(LadIndexRow));
    g_autoptr(GArray) totals = g_array_new(FALSE, FALSE, sizeof(LadStreamTotals));
    g_autofree char *identity =
        lad_index_unpack(lad_source_read_at, reader->source, section, rows, totals, error);
    if (identity == NULL || (!scanned && !use_rows(reader, section, rows, error)) ||
        !set_totals(reader, section->offset, totals, error))
        return FALSE;
    reader->identity = g_steal_pointer(&identity);
    return TRUE;
}

static gboolean
check_tail(LadTraceReader *reader, guint64 at, guint64 *index, GError **error)
{
    guint8 tail[LAD_TAIL_BYTES];
    if (!lad_source_read_at(reader->source, at, tail, sizeof tail, error))
        return FALSE;
    *index = lad_get_u64(tail);
    if (memcmp(tail + 16, LAD_MLT_END_MAGIC, 8) != 0 ||
        lad_get_u64(tail + 8) != lad_hash_bytes(tail, 8) || *index >= at)
        return damaged(error, at, "the trace is cut off: its end mark is missing");
    return TRUE;
}

gboolean
lad_reader_read_index(LadTraceReader *reader, GError **error)
{
    guint64 size = lad_source_size(reader->source);
    guint64 offset;
    LadSection section;
    if (size < reader->scan_at + LAD_TAIL_BYTES)
        return damaged(error, size, "the trace is cut off: its end mark is missing");
    if (!check_tail(reader, size - LAD_TAIL_BYTES, &offset, error))
        return FALSE;
    if (!lad_section_read(lad_source_read_at, reader->source, offset, &section, error))
        return FALSE;
    if (section.kind != LAD_SECTION_INDEX || offset + section.bytes != size - LAD_TAIL_BYTES)
        return damaged(error, offset, "the end mark does not lead to the index");
    return take_index(reader, &section, FALSE, error);
}

/* ---- Looking at one section after another -----------------------------------------------------
 */

static gboolean
scan_chunk(LadTraceReader *reader, const LadSection *section, GError **error)
{
    LadIndexRow row = {.kind = section->kind, .offset = section->offset, .bytes = section->bytes};
    return lad_chunk_counts_read(lad_source_read_at, reader->source, section, &row.counts, error) &&
           add_chunk(reader, &row, error);
}

static gboolean
scan_code(LadTraceReader *reader, const LadSection *section, GError **error)
{
    LadIndexRow row = {.kind = section->kind, .offset = section->offset, .bytes = section->bytes};
    g_autoptr(GByteArray) counts = g_byte_array_new();
    if (!lad_section_column(lad_source_read_at, reader->source, section, LAD_COLUMN_CODE_COUNTS,
                            counts, error))
        return FALSE;
    if (counts->len < 16 || lad_get_u64(counts->data) != reader->n_scanned ||
        lad_get_u64(counts->data + 8) > LAD_MAX_ENTRIES)
        return damaged(error, section->offset, "the dictionary does not go on where it ended");
    row.counts.n_entries = reader->n_scanned + lad_get_u64(counts->data + 8);
    return add_code(reader, &row, error);
}

/* Takes note of the section at scan_at. The whole of it is read, so that on a pipe and in a file
 * cut off only whole sections count. */
static gboolean
scan_section(LadTraceReader *reader, GError **error)
{
    LadSection section;
    guint64 index;
    guint8 last;
    if (!lad_section_read(lad_source_read_at, reader->source, reader->scan_at, &section, error) ||
        !lad_source_read_at(reader->source, section.offset + section.bytes - 1, &last, 1, error))
        return FALSE;
    if ((reader->flags & LAD_TRACE_SALVAGE) != 0 &&
        !lad_section_verify(lad_source_read_at, reader->source, &section, error))
        return FALSE;
    gboolean ok = TRUE;
    guint64 end = section.offset + section.bytes;
    switch (section.kind) {
    case LAD_SECTION_STREAM:
        ok = add_stream(reader, &section, error);
        break;
    case LAD_SECTION_CODE:
        ok = scan_code(reader, &section, error);
        break;
    case LAD_SECTION_CHUNK:
        ok = scan_chunk(reader, &section, error);
        break;
    case LAD_SECTION_INDEX:
        ok = check_tail(reader, end, &index, error) && take_index(reader, &section, TRUE, error);
        break;
    default:
        break;
    }
    reader->scan_at = end;
    return ok;
}

/* What is known when a trace to be salvaged ends early. */
static void
salvage_totals(LadTraceReader *reader)
{
    reader->complete = TRUE;
    for (guint i = 0; i < reader->streams->len; i++) {
        LadReaderStream *stream = stream_at(reader, i);
        if (stream->chunks->len == 0)
            continue;
        const LadChunkCounts *last =
            &g_array_index(stream->chunks, LadIndexRow, stream->chunks->len - 1).counts;
        stream->totals =
            (LadStreamTotals){last->first_insn + last->n_insns, last->first_data + last->n_data,
                              last->first_record + last->n_records};
    }
}

gboolean
lad_reader_scan_next(LadTraceReader *reader, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (scan_section(reader, &failure))
        return TRUE;
    if ((reader->flags & LAD_TRACE_SALVAGE) != 0 && failure->code == LAD_ERROR_TRACE) {
        salvage_totals(reader);
        return TRUE;
    }
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

gboolean
lad_reader_scan_to_end(LadTraceReader *reader, GError **error)
{
    while (!reader->complete)
        if (!lad_reader_scan_next(reader, error))
            return FALSE;
    return TRUE;
}
