/* fuzz_trace.c - whatever a trace's bytes are, it is read or refused with a message.
 *
 * Checksums would stop most damage at the door, so each input is also fed with its checksums made
 * right; one seed has its columns uncompressed, so that damage reaches the decoding. */
#include "config.h"
#include "tests/fuzz/driver.h"
#include "tests/unit/trace_sample.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>
#include <zstd.h>
#include "traces/format/hash.h"
#include "traces/format/layout.h"

#define MAX_BATCHES 2000

static char *
file_name(void)
{
    return g_strdup_printf("%s/lad-fuzz-%d.mlt", g_get_tmp_dir(), (int)getpid());
}

/* The section at `at`, if it lies within the bytes: its end, else 0. */
static gsize
section_end(const guint8 *bytes, gsize n, gsize at)
{
    if (n - at < LAD_SECTION_BYTES)
        return 0;
    guint64 columns = lad_get_u32(bytes + at + 4), body = lad_get_u64(bytes + at + 8);
    if (columns > LAD_MAX_COLUMNS || body > n - at - LAD_SECTION_BYTES ||
        body < columns * LAD_COLUMN_BYTES)
        return 0;
    return at + LAD_SECTION_BYTES + body;
}

/* Makes all checksums right that can be found. */
static void
repair(guint8 *bytes, gsize n)
{
    gsize end;
    for (gsize at = LAD_PREAMBLE_BYTES; at < n && (end = section_end(bytes, n, at)) != 0;
         at = end) {
        guint32 n_columns = lad_get_u32(bytes + at + 4);
        guint8 *table = bytes + at + LAD_SECTION_BYTES;
        gsize column = at + LAD_SECTION_BYTES + n_columns * LAD_COLUMN_BYTES;
        for (guint32 i = 0; i < n_columns; i++) {
            guint8 *row = table + i * LAD_COLUMN_BYTES;
            guint64 stored = lad_get_u64(row + 8);
            if (stored > end - column)
                break;
            lad_put_u64(row + 24, lad_hash_bytes(bytes + column, stored));
            column += stored;
        }
        guint8 covered[24 + LAD_MAX_COLUMNS * LAD_COLUMN_BYTES];
        memcpy(covered, bytes + at, 24);
        memcpy(covered + 24, table, n_columns * LAD_COLUMN_BYTES);
        lad_put_u64(bytes + at + 24, lad_hash_bytes(covered, 24 + n_columns * LAD_COLUMN_BYTES));
    }
    if (n > LAD_TAIL_BYTES)
        lad_put_u64(bytes + n - 16, lad_hash_bytes(bytes + n - LAD_TAIL_BYTES, 8));
}

/* Copies a section with its columns uncompressed. */
static void
unpack_section(const guint8 *section, GByteArray *to)
{
    guint32 n_columns = lad_get_u32(section + 4);
    const guint8 *table = section + LAD_SECTION_BYTES;
    const guint8 *stored = table + n_columns * LAD_COLUMN_BYTES;
    guint start = to->len;
    g_byte_array_append(to, section, LAD_SECTION_BYTES + n_columns * LAD_COLUMN_BYTES);
    guint columns_start = to->len;
    for (guint32 i = 0; i < n_columns; i++) {
        const guint8 *row = table + i * LAD_COLUMN_BYTES;
        gsize n_stored = lad_get_u64(row + 8), n_raw = lad_get_u64(row + 16);
        guint at = to->len;
        g_byte_array_set_size(to, at + (guint)n_raw);
        if (lad_get_u32(row + 4) == 0)
            memcpy(to->data + at, stored, n_raw);
        else
            g_assert_cmpuint(ZSTD_decompress(to->data + at, n_raw, stored, n_stored), ==, n_raw);
        guint8 *copy = to->data + start + LAD_SECTION_BYTES + i * LAD_COLUMN_BYTES;
        lad_put_u32(copy + 4, 0);
        lad_put_u64(copy + 8, n_raw);
        stored += n_stored;
    }
    lad_put_u64(to->data + start + 8,
                to->len - columns_start + n_columns * (guint64)LAD_COLUMN_BYTES);
}

static gboolean
seed(guint index, GByteArray *bytes)
{
    static const SampleProgram programs[] = {
        {.seed = 1, .n_streams = 2, .n_steps = 60, .n_blocks = 6, .records = TRUE, .wide = TRUE},
        {.seed = 2, .n_streams = 1, .n_steps = 2000, .n_blocks = 5},
    };
    if (index >= 2 * G_N_ELEMENTS(programs))
        return FALSE;
    LadTraceWriterOptions options = {.chunk_references = index % 2 == 0 ? 300 : 0};
    g_autofree char *name = file_name();
    g_autofree char *data = NULL;
    gsize n;
    g_ptr_array_unref(sample_write(name, &programs[index / 2], &options));
    g_assert_true(g_file_get_contents(name, &data, &n, NULL));
    (void)g_unlink(name);
    if (index % 2 == 0) {
        g_byte_array_append(bytes, (const guint8 *)data, (guint)n);
        return TRUE;
    }
    const guint8 *from = (const guint8 *)data;
    g_byte_array_append(bytes, from, LAD_PREAMBLE_BYTES);
    gsize end;
    for (gsize at = LAD_PREAMBLE_BYTES; lad_get_u32(from + at) != LAD_FOURCC('I', 'N', 'D', 'X');
         at = end) {
        end = section_end(from, n, at);
        unpack_section(from + at, bytes);
    }
    repair(bytes->data, bytes->len);
    return TRUE;
}

static void
read_streams(LadTraceReader *reader)
{
    guint n = MIN(lad_trace_reader_n_streams(reader), 8);
    for (guint i = 0; i < n; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(LadStreamReader) stream = lad_stream_reader_new(reader, i, &error);
        g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(guint64));
        const LadBatch *batch;
        guint left = MAX_BATCHES;
        while (stream != NULL && left-- > 0 &&
               (batch = lad_stream_reader_next(stream, &error)) != NULL) {
            g_array_set_size(words, 0);
            sample_append_batch(words, lad_trace_reader_code(reader), batch);
        }
        g_assert_true(error == NULL || (error->domain == LAD_ERROR && *error->message != '\0'));
        g_clear_error(&error);
        if (stream != NULL && lad_stream_reader_seek_insn(stream, 100, &error))
            (void)lad_stream_reader_next(stream, NULL);
    }
}

static void
read_bytes(const guint8 *data, gsize size, LadTraceFlags flags)
{
    g_autofree char *name = file_name();
    g_autoptr(GError) error = NULL;
    int fd = g_open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    g_assert_true(fd >= 0 && write(fd, data, size) == (gssize)size && close(fd) == 0);
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(name, flags, &error);
    (void)g_unlink(name);
    g_assert_true((reader == NULL) == (error != NULL));
    if (reader != NULL)
        read_streams(reader);
    else
        g_assert_true(error->domain == LAD_ERROR && *error->message != '\0');
}

static void
one(const guint8 *data, gsize size)
{
    static const LadTraceFlags flags[] = {LAD_TRACE_NO_THREAD | LAD_TRACE_VERIFY,
                                          LAD_TRACE_NO_THREAD | LAD_TRACE_SALVAGE};
    g_autofree guint8 *repaired = g_malloc(MAX(size, 1));
    memcpy(repaired, data, size);
    repair(repaired, size);
    read_bytes(data, size, flags[0]);
    for (guint i = 0; i < G_N_ELEMENTS(flags); i++)
        read_bytes(repaired, size, flags[i]);
}

static const char *const words[] = {
    "HEAD", "STRM", "CODE", "CHNK", "INDX", "\x28\xb5\x2f\xfd", "\x89MLT\r\n\x1a\n", NULL};

const LadFuzzTarget lad_fuzz_target = {"trace", 3000, seed, words, one};
