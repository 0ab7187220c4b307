/* check_trace_damage.c - bad traces: each is refused with a message that says where, and none
 * harms. */
#include "config.h"
#include "tests/unit/suite.h"
#include "tests/unit/trace_sample.h"
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "traces/format/hash.h"
#include "traces/format/layout.h"

static char *directory;
static char *path;
static GByteArray *whole; /* a good trace */
static guint64 n_insns;   /* in it */

static void
make_trace(void)
{
    directory = g_dir_make_tmp("lad-damage-XXXXXX", NULL);
    path = g_build_filename(directory, "sample.mlt", NULL);
    SampleProgram program = {
        .seed = 11, .n_streams = 2, .n_steps = 3000, .n_blocks = 60, .records = TRUE};
    LadTraceWriterOptions options = {.chunk_references = 4000};
    g_ptr_array_unref(sample_write(path, &program, &options));
    char *bytes;
    gsize n;
    ck_assert(g_file_get_contents(path, &bytes, &n, NULL));
    whole = g_byte_array_new_take((guint8 *)bytes, n);
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, 0, NULL);
    n_insns = lad_trace_reader_n_insns(reader, 0);
}

static void
remove_trace(void)
{
    g_byte_array_unref(whole);
    (void)g_unlink(path);
    ck_assert_int_eq(g_rmdir(directory), 0);
    g_free(directory);
    g_free(path);
}

static void
write_file(const guint8 *bytes, gsize n)
{
    ck_assert(g_file_set_contents(path, (const char *)bytes, (gssize)n, NULL));
}

/* Reads all of the file, and demands an error that has `part`. */
static void
refuses(const char *part)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) log = sample_read(path, LAD_TRACE_VERIFY, &error);
    ck_assert_ptr_null(log);
    lad_assert_error(error, part);
    ck_assert(error->domain == LAD_ERROR);
}

START_TEST(refuses_an_empty_file)
{
    write_file(whole->data, 0);
    refuses("offset 0: the file is empty");
}
END_TEST

START_TEST(refuses_another_format)
{
    const char *text = "I  04000000,3\n L 1ffe,8\n";
    write_file((const guint8 *)text, strlen(text));
    refuses("offset 0: this is no memladder trace");
    write_file((const guint8 *)"\x89M", 2);
    refuses("offset 0: this is no memladder trace");
}
END_TEST

START_TEST(refuses_a_future_version)
{
    whole->data[8] = 2;
    write_file(whole->data, whole->len);
    refuses("version 2; this program reads version 1");
}
END_TEST

START_TEST(refuses_a_directory_and_a_missing_file)
{
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(lad_trace_reader_open(directory, 0, &error));
    ck_assert(g_error_matches(error, LAD_ERROR, LAD_ERROR_IO));
    lad_assert_error(error, directory);
    g_clear_error(&error);
    ck_assert_ptr_null(lad_trace_reader_open("/nonexistent/x.mlt", 0, &error));
    ck_assert(g_error_matches(error, LAD_ERROR, LAD_ERROR_IO));
    lad_assert_error(error, "/nonexistent/x.mlt");
}
END_TEST

START_TEST(refuses_a_stream_that_is_not_there)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, 0, &error);
    ck_assert_ptr_null(lad_stream_reader_new(reader, 2, &error));
    lad_assert_error(error, "there is no stream 2; it has 2");
}
END_TEST

/* However short it is cut: an error with an offset, and salvage yields a prefix of every stream. */
START_TEST(a_trace_cut_off_is_refused_and_can_be_salvaged)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = sample_read(path, 0, &error);
    guint64 salvaged = 0;
    for (guint n = 1; n < whole->len; n += 1 + whole->len / 211) {
        write_file(whole->data, n);
        refuses("offset");
        g_autoptr(GPtrArray) some = sample_read(path, LAD_TRACE_SALVAGE, &error);
        if (some == NULL) {
            g_clear_error(&error);
            continue;
        }
        for (guint i = 0; i < some->len; i++) {
            const GArray *part = some->pdata[i], *full = all->pdata[i];
            ck_assert_uint_le(part->len, full->len);
            if (part->len > 0)
                ck_assert_mem_eq(part->data, full->data, part->len * sizeof(guint64));
            salvaged += part->len;
        }
    }
    ck_assert_uint_gt(salvaged, 0);
}
END_TEST

START_TEST(salvage_ends_at_the_last_whole_chunk)
{
    g_autoptr(GError) error = NULL;
    write_file(whole->data, whole->len - 1);
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, LAD_TRACE_SALVAGE, &error);
    lad_assert_ok(reader != NULL, error);
    ck_assert_uint_eq(lad_trace_reader_n_streams(reader), 2);
    ck_assert_uint_eq(lad_trace_reader_n_insns(reader, 0), n_insns);
    ck_assert_ptr_null(lad_trace_reader_identity(reader));
}
END_TEST

/* Any single flipped bit is noticed: everything is covered by a checksum. */
START_TEST(a_flipped_bit_is_noticed)
{
    guint n_unnoticed = 0;
    for (guint at = 0; at < whole->len; at += 1 + whole->len / 1009) {
        g_autoptr(GError) error = NULL;
        whole->data[at] ^= (guint8)(1u << (at % 8));
        write_file(whole->data, whole->len);
        whole->data[at] ^= (guint8)(1u << (at % 8));
        g_autoptr(GPtrArray) log = sample_read(path, LAD_TRACE_VERIFY, &error);
        g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, 0, NULL);
        guint64 n_sections;
        gboolean sound = reader != NULL && lad_trace_reader_verify_bytes(reader, &n_sections, NULL);
        n_unnoticed += log != NULL && sound;
        if (log == NULL)
            lad_assert_error(error, ":");
    }
    ck_assert_uint_eq(n_unnoticed, 0);
}
END_TEST

/* A pipe that ends early is an error with the offset; what came before is read. */
START_TEST(a_pipe_that_ends_early_is_refused)
{
    g_autofree char *fifo = g_build_filename(directory, "fifo", NULL);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    pid_t child = fork();
    if (child == 0) {
        FILE *to = g_fopen(fifo, "w");
        _exit(to != NULL && fwrite(whole->data, 1, whole->len / 2, to) == whole->len / 2 &&
                      fclose(to) == 0
                  ? 0
                  : 1);
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(fifo, 0, &error);
    lad_assert_ok(reader != NULL, error);
    g_autoptr(LadStreamReader) stream = lad_stream_reader_new(reader, 0, &error);
    lad_assert_ok(stream != NULL, error);
    guint64 insns = 0;
    for (const LadBatch *batch; (batch = lad_stream_reader_next(stream, &error)) != NULL;)
        insns += batch->n_insns;
    lad_assert_error(error, "cut off");
    lad_assert_error(error, "at offset ");
    ck_assert_uint_gt(insns, 0);
    ck_assert_ptr_null(lad_stream_reader_next(stream, NULL));
    g_clear_error(&error);
    ck_assert(!lad_trace_reader_complete(reader, &error));
    (void)waitpid(child, NULL, 0);
    (void)g_unlink(fifo);
}
END_TEST

/* Finds the first section of a kind. */
static guint8 *
section_of(guint32 kind)
{
    for (guint at = LAD_PREAMBLE_BYTES; at < whole->len;) {
        guint8 *section = whole->data + at;
        if (lad_get_u32(section) == kind)
            return section;
        at += LAD_SECTION_BYTES + (guint)lad_get_u64(section + 8);
    }
    ck_abort_msg("no such section");
}

/* Makes a section's checksum right again after its table was changed. */
static void
sign(guint8 *section)
{
    guint n = lad_get_u32(section + 4) * LAD_COLUMN_BYTES;
    guint8 bytes[24 + LAD_MAX_COLUMNS * LAD_COLUMN_BYTES];
    memcpy(bytes, section, 24);
    memcpy(bytes + 24, section + LAD_SECTION_BYTES, n);
    lad_put_u64(section + 24, lad_hash_bytes(bytes, 24 + n));
}

/* Lengths that no file can have must not be allocated. */
START_TEST(absurd_lengths_are_refused)
{
    static const guint64 absurd[] = {(guint64)64 << 20 | 1, (guint64)1 << 40, G_MAXUINT64,
                                     G_MAXINT64};
    guint8 *chunk = section_of(LAD_SECTION_CHUNK);
    guint8 *raw = chunk + LAD_SECTION_BYTES + LAD_COLUMN_BYTES + 16;
    guint64 was = lad_get_u64(raw);
    for (guint i = 0; i < G_N_ELEMENTS(absurd); i++) {
        lad_put_u64(raw, absurd[i]);
        sign(chunk);
        write_file(whole->data, whole->len);
        refuses("offset");
    }
    lad_put_u64(raw, was);
    guint8 *stored = raw - 8;
    was = lad_get_u64(stored);
    for (guint i = 0; i < G_N_ELEMENTS(absurd); i++) {
        lad_put_u64(stored, absurd[i]);
        sign(chunk);
        write_file(whole->data, whole->len);
        refuses("offset");
    }
    lad_put_u64(stored, was);
    sign(chunk);
    for (guint i = 0; i < G_N_ELEMENTS(absurd); i++) {
        lad_put_u64(chunk + 8, absurd[i]);
        sign(chunk);
        write_file(whole->data, whole->len);
        refuses("offset");
    }
}
END_TEST

/* A section and a column of a kind that this version lacks are passed over. */
START_TEST(unknown_sections_and_columns_are_skipped)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = sample_read(path, 0, &error);
    guint8 *code = section_of(LAD_SECTION_CHUNK);
    gsize at = (gsize)(code - whole->data);
    guint8 extra[LAD_SECTION_BYTES + LAD_COLUMN_BYTES + 5] = {0};
    lad_put_u32(extra, LAD_FOURCC('N', 'E', 'W', '1'));
    lad_put_u32(extra + 4, 1);
    lad_put_u64(extra + 8, LAD_COLUMN_BYTES + 5);
    lad_put_u32(extra + LAD_SECTION_BYTES, 77);
    lad_put_u64(extra + LAD_SECTION_BYTES + 8, 5);
    lad_put_u64(extra + LAD_SECTION_BYTES + 16, 5);
    lad_put_u64(extra + LAD_SECTION_BYTES + 24,
                lad_hash_bytes(extra + LAD_SECTION_BYTES + LAD_COLUMN_BYTES, 5));
    sign(extra);
    g_autoptr(GByteArray) longer = g_byte_array_new();
    g_byte_array_append(longer, whole->data, (guint)at);
    g_byte_array_append(longer, extra, sizeof extra);
    g_byte_array_append(longer, whole->data + at, whole->len - (guint)at);
    write_file(longer->data, longer->len);
    /* The index no longer fits, so the trace is looked at section by section. */
    g_autoptr(GPtrArray) some = sample_read(path, LAD_TRACE_SALVAGE, &error);
    lad_assert_ok(some != NULL, error);
    ck_assert(sample_equal(all, some));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("trace damage");
    TCase *tests = tcase_create("bad traces");
    tcase_add_checked_fixture(tests, make_trace, remove_trace);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, refuses_an_empty_file);
    tcase_add_test(tests, refuses_another_format);
    tcase_add_test(tests, refuses_a_future_version);
    tcase_add_test(tests, refuses_a_directory_and_a_missing_file);
    tcase_add_test(tests, refuses_a_stream_that_is_not_there);
    tcase_add_test(tests, a_trace_cut_off_is_refused_and_can_be_salvaged);
    tcase_add_test(tests, salvage_ends_at_the_last_whole_chunk);
    tcase_add_test(tests, a_flipped_bit_is_noticed);
    tcase_add_test(tests, a_pipe_that_ends_early_is_refused);
    tcase_add_test(tests, absurd_lengths_are_refused);
    tcase_add_test(tests, unknown_sections_and_columns_are_skipped);
    suite_add_tcase(suite, tests);
    return lad_suite_run(suite);
}
