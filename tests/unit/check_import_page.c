/* check_import_page.c - formats of level page: what they become, against counts of the raw files
 * that share no code with the importers, and what they refuse. */
#include "config.h"
#include "tests/unit/suite.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <memladder/import.h>
#include <stdio.h>
#include <string.h>

static char *directory, *in, *out;

static void
make_directory(void)
{
    directory = g_dir_make_tmp("lad-import-XXXXXX", NULL);
    in = g_build_filename(directory, "in", NULL);
    out = g_build_filename(directory, "out.mlt", NULL);
}

static void
remove_directory(void)
{
    (void)g_unlink(in);
    (void)g_unlink(out);
    ck_assert_int_eq(g_rmdir(directory), 0);
    g_free(directory);
    g_free(in);
    g_free(out);
}

/* ---- Traces as plain lists --------------------------------------------------------------------
 */

/* All records of all streams; single touches as records of their kind, with `flags` the stream. */
static GArray *
list_records(LadTraceHeader **header)
{
    GError *error = NULL;
    GArray *list = g_array_new(FALSE, FALSE, sizeof(LadRecord));
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(out, LAD_TRACE_VERIFY, &error);
    lad_assert_ok(reader != NULL, error);
    if (header != NULL)
        *header = lad_trace_header_copy(lad_trace_reader_header(reader));
    for (guint s = 0; s < lad_trace_reader_n_streams(reader); s++) {
        g_autoptr(LadStreamReader) cursor = lad_stream_reader_new(reader, s, &error);
        const LadBatch *batch;
        while ((batch = lad_stream_reader_next(cursor, &error)) != NULL) {
            const guint64 *address = batch->addresses;
            for (guint32 t = 0; t < batch->n_tokens; t++) {
                guint32 token = batch->tokens[t];
                if (token & LAD_TOKEN_RECORD) {
                    LadRecord record = batch->records[token & ~LAD_TOKEN_RECORD];
                    record.text = NULL;
                    g_array_append_val(list, record);
                    continue;
                }
                const LadEntry *entry = lad_code_entry(lad_trace_reader_code(reader), token);
                for (guint32 b = 0; b < entry->n_blocks; b++) {
                    ck_assert_uint_eq(entry->blocks[b]->n_insns, 0);
                    LadRecord record = {.kind =
                                            LAD_RECORD_LOAD + entry->blocks[b]->operands[0].kind,
                                        .address = *address++};
                    g_array_append_val(list, record);
                }
            }
        }
        lad_assert_ok(error == NULL, error);
    }
    return list;
}

static const LadRecord *
record_at(const GArray *list, guint i)
{
    ck_assert_uint_lt(i, list->len);
    return &g_array_index(list, LadRecord, i);
}

static guint
count_kind(const GArray *list, guint kind)
{
    guint n = 0;
    for (guint i = 0; i < list->len; i++)
        n += record_at(list, i)->kind == kind ? 1 : 0;
    return n;
}

/* ---- Converting -------------------------------------------------------------------------------
 */

static void
write_input(const void *bytes, gsize n)
{
    ck_assert(g_file_set_contents(in, bytes, (gssize)n, NULL));
}

static gboolean
convert_file(const char *format, const char *file, const char *const *settings, gboolean salvage,
             GError **error)
{
    const char *const inputs[] = {file, NULL};
    LadImportOptions options = {.settings = settings, .salvage = salvage};
    const LadImportFormat *with = format != NULL ? lad_import_find(format, error) : NULL;
    return lad_import_run(with, inputs, out, &options, NULL, error);
}

static void
converts(const char *format, const char *file, const char *const *settings)
{
    GError *error = NULL;
    lad_assert_ok(convert_file(format, file, settings, FALSE, &error), error);
}

static void
refuses(const char *format, const char *const *settings, const char *part)
{
    g_autoptr(GError) error = NULL;
    ck_assert(!convert_file(format, in, settings, FALSE, &error));
    lad_assert_error(error, part);
    ck_assert(!g_file_test(out, G_FILE_TEST_EXISTS));
}

static char *
data_file(const char *name)
{
    const char *source = g_getenv("LAD_TEST_SRCDIR");
    if (source == NULL)
        source = g_getenv("srcdir");
    return g_build_filename(source != NULL ? source : ".", "tests", "data", name, NULL);
}

/* A file of the folder of recordings that the project is developed with, NULL where that is absent.
 */
static char *
shared_file(const char *name)
{
    const char *folder = g_getenv("LAD_SHARED_DATA");
    char *path = folder != NULL ? g_build_filename(folder, name, NULL) : NULL;
    if (path == NULL || !g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_clear_pointer(&path, g_free);
        printf("# skipped: %s is not there (LAD_SHARED_DATA)\n", name);
    }
    return path;
}

/* ---- keys -------------------------------------------------------------------------------------
 */

static const char *const big_4[] = {"width=4", "order=big", NULL};

/* The raw file is walked by hand: big-endian keys of four bytes. */
static void
check_keys(const guint8 *raw, gsize n, guint n_expected, guint n_distinct)
{
    LadTraceHeader *header = NULL;
    g_autoptr(GArray) list = list_records(&header);
    g_autoptr(GHashTable) pages = g_hash_table_new(NULL, NULL);
    ck_assert_uint_eq(header->level, LAD_LEVEL_PAGE);
    ck_assert_str_eq(g_hash_table_lookup(header->notes, LAD_NOTE_ORDER), "exact");
    lad_trace_header_free(header);
    ck_assert_uint_eq(list->len, n / 4);
    for (gsize i = 0; i < n / 4; i++) {
        guint64 key = (guint64)raw[4 * i] << 24 | (guint64)raw[4 * i + 1] << 16 |
                      (guint64)raw[4 * i + 2] << 8 | raw[4 * i + 3];
        const LadRecord *record = &g_array_index(list, LadRecord, i);
        if (record->kind != LAD_RECORD_LOAD || record->address != key * 4096)
            ck_abort_msg("reference %lu: page %lx, expected %lx", (gulong)i,
                         (gulong)record->address / 4096, (gulong)key);
        g_hash_table_add(pages, GUINT_TO_POINTER((guint)key));
    }
    ck_assert_uint_eq(list->len, n_expected);
    ck_assert_uint_eq(g_hash_table_size(pages), n_distinct);
}

START_TEST(keys_are_pages_in_exact_order)
{
    static const struct {
        const char *file;
        guint n_distinct;
    } files[] = {{"cloudphysics-w106.keys", 502}, {"orm-busy.keys", 544}};
    g_autofree char *path = data_file(files[_i].file);
    g_autofree char *raw = NULL;
    gsize n;
    ck_assert(g_file_get_contents(path, &raw, &n, NULL));
    converts("keys", path, big_4);
    check_keys((const guint8 *)raw, n, 2048, files[_i].n_distinct);
}
END_TEST

START_TEST(whole_recordings_of_keys_have_their_published_counts)
{
    static const struct {
        const char *file;
        guint n, n_distinct;
    } files[] = {{"traces/page/cloudphysics-w106.trace.xz", 5292456, 275171},
                 {"traces/page/orm-busy.trace.xz", 5000000, 76349}};
    g_autofree char *path = shared_file(files[_i].file);
    if (path == NULL)
        return;
    g_autofree char *command = g_strdup_printf("xz -dc '%s' >'%s'", path, in);
    const char *const shell[] = {"sh", "-c", command, NULL};
    ck_assert(g_spawn_sync(NULL, (char **)shell, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                           NULL, NULL));
    g_autofree char *raw = NULL;
    gsize n;
    ck_assert(g_file_get_contents(in, &raw, &n, NULL));
    converts("keys", path, big_4);
    check_keys((const guint8 *)raw, n, files[_i].n, files[_i].n_distinct);
}
END_TEST

START_TEST(keys_have_the_width_order_and_unit_asked_for)
{
    static const guint8 bytes[] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0};
    static const char *const little_8[] = {"width=8", "order=little", "kind=store", NULL};
    static const char *const blocks[] = {"width=4", "order=little", "unit=512 B", NULL};
    static const char *const seen[] = {"width=4", "order=big", "numbering=first-seen", NULL};
    static const guint64 numbers[] = {0, 4096, 8192, 4096};
    write_input(bytes, sizeof bytes);
    converts("keys", in, little_8);
    g_autoptr(GArray) wide = list_records(NULL);
    ck_assert_uint_eq(wide->len, 2);
    ck_assert_uint_eq(record_at(wide, 0)->address, 4096);
    ck_assert_uint_eq(record_at(wide, 1)->address, (guint64)0x02000000 * 4096);
    ck_assert_uint_eq(record_at(wide, 1)->kind, LAD_RECORD_STORE);
    converts("keys", in, blocks);
    g_autoptr(GArray) narrow = list_records(NULL);
    ck_assert_uint_eq(record_at(narrow, 0)->address, 512);
    converts("keys", in, seen);
    g_autoptr(GArray) numbered = list_records(NULL);
    ck_assert_uint_eq(numbered->len, 4);
    for (guint i = 0; i < 4; i++)
        ck_assert_uint_eq(record_at(numbered, i)->address, numbers[i]);
}
END_TEST

START_TEST(keys_that_run_on_in_the_other_order_are_noted)
{
    static const char *const little_4[] = {"width=4", "order=little", NULL};
    guint8 bytes[4 * 256];
    for (guint i = 0; i < 256; i++) {
        const guint8 key[] = {(guint8)i, 0, 1, 0};
        memcpy(bytes + 4 * i, key, 4);
    }
    write_input(bytes, sizeof bytes);
    for (guint i = 0; i < 2; i++) {
        LadTraceHeader *header = NULL;
        converts("keys", in, i == 0 ? big_4 : little_4);
        g_autoptr(GArray) list = list_records(&header);
        ck_assert_uint_eq(list->len, 256);
        ck_assert((strstr(header->lost, "of the first 256 keys 255 follow the one before by 1 if "
                                        "read with order=little, as read 0") != NULL) == (i == 0));
        lad_trace_header_free(header);
    }
}
END_TEST

START_TEST(keys_that_cannot_be_are_refused)
{
    static const char *const big_8[] = {"width=8", "order=big", NULL};
    static const char *const no_order[] = {"width=4", NULL};
    static const guint8 high[] = {0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 0, 0, 0, 0, 1};
    write_input(high, sizeof high);
    refuses("keys", big_8, "byte 8: key 18374686479671623681 times unit 4096");
    refuses("keys", no_order, "order");
    refuses(NULL, big_4, "keys");
    write_input(high, 7);
    refuses("keys", big_4, "byte 4: the input ends within a key: 3 bytes are left");
    write_input("I  04016b80,3\n", 14);
    refuses("keys", big_4, "it looks like lackey");
    write_input("", 0);
    refuses("keys", big_4, "without a record");
}
END_TEST

START_TEST(whole_keys_before_damage_are_salvaged)
{
    GError *error = NULL;
    static const guint8 bytes[] = {0, 0, 0, 1, 0, 0, 0, 2, 0};
    write_input(bytes, sizeof bytes);
    lad_assert_ok(convert_file("keys", in, big_4, TRUE, &error), error);
    g_autoptr(GArray) list = list_records(NULL);
    ck_assert_uint_eq(list->len, 2);
}
END_TEST

/* ---- oracleGeneral ----------------------------------------------------------------------------
 */

static void
put(guint8 *at, guint64 value, guint n)
{
    for (guint i = 0; i < n; i++)
        at[i] = (guint8)(value >> (8 * i));
}

static void
put_request(guint8 *at, guint64 time, guint64 object, guint64 bytes, gint64 next)
{
    put(at, time, 4);
    put(at + 4, object, 8);
    put(at + 12, bytes, 4);
    put(at + 16, (guint64)next, 8);
}

START_TEST(requests_touch_the_pages_of_their_objects)
{
    guint8 bytes[5 * 24];
    put_request(bytes, 100, 0xdeadbeef12345678, 512, 3);
    put_request(bytes + 24, 100, 7, 10000, 4);
    put_request(bytes + 48, 101, 0xdeadbeef12345678, 512, -1);
    put_request(bytes + 72, 103, 7, 4096, 5);
    put_request(bytes + 96, 103, 7, 20000, -1);
    write_input(bytes, sizeof bytes);
    converts(NULL, in, NULL); /* told from its content */
    LadTraceHeader *header = NULL;
    g_autoptr(GArray) list = list_records(&header);
    ck_assert_uint_eq(header->tick_ps, 1000000000000);
    lad_trace_header_free(header);
    static const LadRecord expected[] = {
        {.kind = LAD_RECORD_TIME, .value = 100},
        {.kind = LAD_RECORD_LOAD, .address = 0},
        {.kind = LAD_RECORD_RANGE_TOUCH, .address = 0x1000, .size = 0x3000, .weight = 1},
        {.kind = LAD_RECORD_TIME, .value = 101},
        {.kind = LAD_RECORD_LOAD, .address = 0},
        {.kind = LAD_RECORD_TIME, .value = 103},
        {.kind = LAD_RECORD_LOAD, .address = 0x1000},
        {.kind = LAD_RECORD_RANGE_TOUCH, .address = 0x4000, .size = 0x5000, .weight = 1},
    };
    ck_assert_uint_eq(list->len, G_N_ELEMENTS(expected));
    for (guint i = 0; i < list->len; i++)
        ck_assert_msg(memcmp(record_at(list, i), &expected[i], sizeof expected[i]) == 0,
                      "record %u differs", i);
}
END_TEST

START_TEST(requests_that_cannot_be_are_refused)
{
    static const char *const direct[] = {"numbering=object", NULL};
    guint8 bytes[3 * 24 + 5] = {0};
    put_request(bytes, 100, 1, 512, 2);
    put_request(bytes + 24, 101, 1, 512, -1);
    put_request(bytes + 48, 99, G_MAXUINT64, 512, -1);
    write_input(bytes, 72);
    refuses("oracle-general", NULL, "byte 48: the time goes back from 101 s to 99 s");
    refuses("oracle-general", direct, "byte 48: object 18446744073709551615");
    put_request(bytes + 48, 101, 1, 512, -7);
    write_input(bytes, 72);
    refuses("oracle-general", NULL, "byte 48: the next request is number -7");
    write_input(bytes, 53);
    refuses("oracle-general", NULL, "byte 48: the input ends within a request: 5 bytes");
    GError *error = NULL;
    lad_assert_ok(convert_file("oracle-general", in, NULL, TRUE, &error), error);
    g_autoptr(GArray) list = list_records(NULL);
    ck_assert_uint_eq(count_kind(list, LAD_RECORD_LOAD), 2);
}
END_TEST

/* ---- DAMON ------------------------------------------------------------------------------------
 */

#define JSON_HEAD "[{\"target_id\": \"7\", \"extra\": [1, {\"a\": null}], \"snapshots\": ["
#define REGION(start, end, samples)                                                                \
    "{\"start\": \"" start "\", \"end\": " end ", \"nr_accesses\": " samples ", \"age\": null}"
#define SNAPSHOT(from, to, regions)                                                                \
    "{\"start_time\": " from ", \"end_time\": \"" to "\", \"regions\": [" regions "]}"

static const char two_snapshots[] = JSON_HEAD SNAPSHOT(
    "1000", "2,000",
    REGION("1,048,576", "1056768", "{\"samples\": 3, \"percent\": null}") ", " REGION(
        "2097152", "2101248", "0")) ", " SNAPSHOT("5000", "6000",
                                                  REGION("1048576", "1052672", "20")) "]}]\n";

static void
check_two_snapshots(void)
{
    static const LadRecord expected[] = {
        {.kind = LAD_RECORD_TIME, .value = 1000},
        {.kind = LAD_RECORD_RANGE_TOUCH, .address = 0x100000, .size = 0x2000, .weight = 3},
        {.kind = LAD_RECORD_RANGE_TOUCH, .address = 0x200000, .size = 0x1000},
        {.kind = LAD_RECORD_TIME, .value = 2000},
        {.kind = LAD_RECORD_TIME, .value = 5000},
        {.kind = LAD_RECORD_RANGE_TOUCH, .address = 0x100000, .size = 0x1000, .weight = 20},
        {.kind = LAD_RECORD_TIME, .value = 6000},
    };
    LadTraceHeader *header = NULL;
    g_autoptr(GArray) list = list_records(&header);
    ck_assert_uint_eq(header->tick_ps, 1000);
    ck_assert_ptr_nonnull(g_hash_table_lookup(header->notes, LAD_NOTE_SAMPLED));
    lad_trace_header_free(header);
    ck_assert_uint_eq(list->len, G_N_ELEMENTS(expected));
    for (guint i = 0; i < list->len; i++)
        ck_assert_msg(memcmp(record_at(list, i), &expected[i], sizeof expected[i]) == 0,
                      "record %u differs", i);
}

START_TEST(snapshots_are_intervals_and_regions_stay_ranges)
{
    write_input(two_snapshots, strlen(two_snapshots));
    converts("damon", in, NULL);
    check_two_snapshots();
}
END_TEST

/* damo writes a region of -1 accesses behind a lone snapshot of text; it is no region. */
START_TEST(the_filler_behind_a_lone_snapshot_is_left_out)
{
    static const char text[] = JSON_HEAD SNAPSHOT(
        "1000", "2000",
        REGION("4096", "8192",
               "{\"samples\": 1}")) ", " SNAPSHOT("2000", "3000",
                                                  REGION("0", "0", "{\"samples\": -1}")) "]}]";
    write_input(text, strlen(text));
    converts("damon", in, NULL);
    g_autoptr(GArray) list = list_records(NULL);
    ck_assert_uint_eq(count_kind(list, LAD_RECORD_RANGE_TOUCH), 1);
}
END_TEST

START_TEST(recordings_that_cannot_be_are_refused_with_the_line)
{
    static const struct {
        const char *text, *part;
    } bad[] = {
        {JSON_HEAD SNAPSHOT("2000", "1000", REGION("0", "4096", "1")) "]}]", "order of time"},
        {JSON_HEAD SNAPSHOT("1", "2", REGION("0", "4096", "1")) ",\n" SNAPSHOT(
             "1", "3", REGION("0", "4096", "1")) "]}]",
         "order of time"},
        {JSON_HEAD "\n" SNAPSHOT("1", "2", REGION("8192", "4096", "1")) "]}]",
         "line 2 of the JSON: a region that ends"},
        {JSON_HEAD SNAPSHOT("1", "2", REGION("0", "18446744073709551616", "1")) "]}]",
         "`end`: expected a whole number"},
        {JSON_HEAD SNAPSHOT("1", "2", REGION("0", "4096.5", "1")) "]}]", "`end`"},
        {JSON_HEAD SNAPSHOT("1", "2", REGION("0", "4096", "-3")) "]}]", "`nr_accesses`"},
        {JSON_HEAD "{\"start_time\": 1, \"regions\": []}]}]", "`end_time`"},
        {"[{\"snapshots\": [], \"target_id\": 1}]", "`target_id` before it"},
        {"{\"target_id\": 1}", "damon"},
        {JSON_HEAD "]}] x", "something follows the document"},
        {JSON_HEAD "],}]", "expected a key"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        write_input(bad[i].text, strlen(bad[i].text));
        refuses("damon", NULL, bad[i].part);
    }
    for (gsize n = 1; n + 1 < strlen(two_snapshots); n++) {
        g_autoptr(GError) error = NULL;
        write_input(two_snapshots, n);
        ck_assert_msg(!convert_file("damon", in, NULL, FALSE, &error), "cut at %lu", (gulong)n);
    }
}
END_TEST

/* 100 MiB of blanks in 100 kB. */
START_TEST(a_recording_that_unpacks_without_end_is_refused)
{
    g_autoptr(GZlibCompressor) deflate = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 9);
    g_autofree char *blanks = g_malloc(1 << 20);
    g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable();
    g_autoptr(GOutputStream) packed = g_converter_output_stream_new(memory, G_CONVERTER(deflate));
    memset(blanks, ' ', 1 << 20);
    ck_assert(g_output_stream_write_all(packed, "[", 1, NULL, NULL, NULL));
    for (guint i = 0; i < 100; i++)
        ck_assert(g_output_stream_write_all(packed, blanks, 1 << 20, NULL, NULL, NULL));
    ck_assert(g_output_stream_close(packed, NULL, NULL));
    GMemoryOutputStream *all = G_MEMORY_OUTPUT_STREAM(memory);
    write_input(g_memory_output_stream_get_data(all), g_memory_output_stream_get_data_size(all));
    refuses("damon", NULL, "unpacks to more than 1000 times its size");
}
END_TEST

START_TEST(whole_snapshots_before_damage_are_salvaged)
{
    GError *error = NULL;
    write_input(two_snapshots, strlen(two_snapshots) - 20);
    lad_assert_ok(convert_file("damon", in, NULL, TRUE, &error), error);
    g_autoptr(GArray) list = list_records(NULL);
    ck_assert_uint_eq(count_kind(list, LAD_RECORD_RANGE_TOUCH), 2);
    ck_assert_uint_eq(record_at(list, list->len - 1)->value, 2000);
}
END_TEST

#define LINE(time, n, region)                                                                      \
    "  kdamond.0  4452 [000] " time ": damon:damon_aggregated: target_id=9 nr_regions=" n " " region

static const char damon_text[] =
    LINE("1.000000", "2", "4096-8192: 5\n") LINE("1.000003", "2", "8192-16384: 0\n")
        LINE("1.100000", "1", "4096-16384: 2 7\r\n") LINE("1.250000", "1", "4096-16384: 3 8");

START_TEST(text_of_trace_points_becomes_snapshots)
{
    static const LadRecord expected[] = {
        {.kind = LAD_RECORD_TIME, .value = 900000000}, /* as long as the second one */
        {.kind = LAD_RECORD_RANGE_TOUCH, .address = 4096, .size = 4096, .weight = 5},
        {.kind = LAD_RECORD_RANGE_TOUCH, .address = 8192, .size = 8192},
        {.kind = LAD_RECORD_TIME, .value = 1000000000},
        {.kind = LAD_RECORD_RANGE_TOUCH, .address = 4096, .size = 12288, .weight = 2},
        {.kind = LAD_RECORD_TIME, .value = 1100000000},
        {.kind = LAD_RECORD_RANGE_TOUCH, .address = 4096, .size = 12288, .weight = 3},
        {.kind = LAD_RECORD_TIME, .value = 1250000000},
    };
    write_input(damon_text, strlen(damon_text));
    converts(NULL, in, NULL);
    g_autoptr(GArray) list = list_records(NULL);
    ck_assert_uint_eq(list->len, G_N_ELEMENTS(expected));
    for (guint i = 0; i < list->len; i++)
        ck_assert_msg(memcmp(record_at(list, i), &expected[i], sizeof expected[i]) == 0,
                      "record %u differs", i);
}
END_TEST

START_TEST(text_that_cannot_be_is_refused_with_the_line)
{
    static const struct {
        const char *text, *part;
    } bad[] = {
        {LINE("2.000000", "1", "4096-8192: 5\n") LINE("1.000000", "1", "4096-8192: 5\n"),
         "line 2: a snapshot from"},
        {LINE("1.000000", "2", "4096-8192: 5\n") LINE("1.100000", "3", "8192-12288: 5\n"),
         "line 2: a region of a snapshot of 3"},
        {LINE("1.000000", "2", "4096-8192: 5\n"), "ends after 1 of the 2 regions"},
        {LINE("1.000000", "1", "8192-8192: 5\n"), "line 1: a region that ends"},
        {LINE("1.000000", "1", "4096-8192: 5\n") "nonsense\n", "line 2: `nonsense`"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        write_input(bad[i].text, strlen(bad[i].text));
        refuses("damon", NULL, bad[i].part);
    }
}
END_TEST

/* A number as json-glib has it: an int, or a string with commas. */
static guint64
json_number(JsonNode *node)
{
    if (json_node_get_value_type(node) != G_TYPE_STRING)
        return (guint64)json_node_get_int(node);
    g_auto(GStrv) parts = g_strsplit(json_node_get_string(node), ",", -1);
    g_autofree char *digits = g_strjoinv("", parts);
    return g_ascii_strtoull(digits, NULL, 10);
}

typedef struct {
    guint64 n_regions, n_pages, n_touches;
} Damon;

static Damon
damon_of_trace(void)
{
    g_autoptr(GArray) list = list_records(NULL);
    Damon sums = {0};
    for (guint i = 0; i < list->len; i++) {
        const LadRecord *record = record_at(list, i);
        if (record->kind != LAD_RECORD_RANGE_TOUCH)
            continue;
        sums.n_regions++;
        sums.n_pages += record->size / 4096;
        sums.n_touches += record->size / 4096 * record->weight;
    }
    return sums;
}

/* By json-glib's tree of the whole text. */
START_TEST(a_recording_has_the_regions_that_another_reader_finds)
{
    g_autofree char *path = shared_file("damon/damon.data.json_compressed");
    if (path == NULL)
        return;
    g_autoptr(GFile) file = g_file_new_for_path(path);
    g_autoptr(GInputStream) raw = G_INPUT_STREAM(g_file_read(file, NULL, NULL));
    g_autoptr(GZlibDecompressor) inflate = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB);
    g_autoptr(GInputStream) text = g_converter_input_stream_new(raw, G_CONVERTER(inflate));
    g_autoptr(JsonParser) parser = json_parser_new();
    ck_assert(json_parser_load_from_stream(parser, text, NULL, NULL));
    Damon expected = {0};
    JsonArray *records = json_node_get_array(json_parser_get_root(parser));
    JsonArray *snapshots =
        json_object_get_array_member(json_array_get_object_element(records, 0), "snapshots");
    for (guint s = 0; s < json_array_get_length(snapshots); s++) {
        JsonArray *regions =
            json_object_get_array_member(json_array_get_object_element(snapshots, s), "regions");
        for (guint r = 0; r < json_array_get_length(regions); r++) {
            JsonObject *region = json_array_get_object_element(regions, r);
            guint64 pages = (json_number(json_object_get_member(region, "end")) -
                             json_number(json_object_get_member(region, "start"))) /
                            4096;
            expected.n_regions++;
            expected.n_pages += pages;
            expected.n_touches +=
                pages * json_number(json_object_get_member(
                            json_object_get_object_member(region, "nr_accesses"), "samples"));
        }
    }
    converts(NULL, path, NULL);
    Damon found = damon_of_trace();
    ck_assert_uint_eq(expected.n_regions, 9773);
    ck_assert_uint_eq(expected.n_pages, 31361365);
    ck_assert_uint_eq(found.n_regions, expected.n_regions);
    ck_assert_uint_eq(found.n_pages, expected.n_pages);
    ck_assert_uint_eq(found.n_touches, expected.n_touches);
}
END_TEST

START_TEST(a_recording_of_text_has_the_regions_that_scanf_finds)
{
    g_autofree char *path = shared_file("damon/perf.data.script.xz");
    if (path == NULL)
        return;
    g_autofree char *command = g_strdup_printf("xz -dc '%s' >'%s'", path, in);
    const char *const shell[] = {"sh", "-c", command, NULL};
    ck_assert(g_spawn_sync(NULL, (char **)shell, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                           NULL, NULL));
    g_autofree char *text = NULL;
    ck_assert(g_file_get_contents(in, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    Damon expected = {0};
    for (guint i = 0; lines[i] != NULL; i++) {
        unsigned long start, end, samples;
        const char *at = strstr(lines[i], "nr_regions=");
        if (at == NULL || sscanf(at, "nr_regions=%*u %lu-%lu: %lu", &start, &end, &samples) != 3)
            continue;
        expected.n_regions++;
        expected.n_pages += (end - start) / 4096;
        expected.n_touches += (end - start) / 4096 * samples;
    }
    converts(NULL, path, NULL);
    Damon found = damon_of_trace();
    ck_assert_uint_eq(expected.n_regions, 10260);
    ck_assert_uint_eq(found.n_regions, expected.n_regions);
    ck_assert_uint_eq(found.n_pages, expected.n_pages);
    ck_assert_uint_eq(found.n_touches, expected.n_touches);
}
END_TEST

/* ---- perf script ------------------------------------------------------------------------------
 */

START_TEST(samples_are_those_that_scanf_finds)
{
    g_autofree char *path = data_file("perf-page-faults.txt");
    g_autofree char *text = NULL;
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    converts(NULL, path, NULL);
    LadTraceHeader *header = NULL;
    g_autoptr(GArray) list = list_records(&header);
    ck_assert(strstr(g_hash_table_lookup(header->notes, LAD_NOTE_SAMPLED), "page-faults") != NULL);
    lad_trace_header_free(header);
    guint n = 0, at = 0;
    for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++, n++) {
        unsigned long seconds, fraction, period, address;
        ck_assert_int_eq(sscanf(lines[i], "%*s %*u/%*u [%*u] %lu.%lu: %lu page-faults: %lx",
                                &seconds, &fraction, &period, &address),
                         4);
        while (record_at(list, at)->kind != LAD_RECORD_PAGE_TOUCH) {
            if (record_at(list, at)->kind == LAD_RECORD_TIME)
                ck_assert_uint_eq(record_at(list, at)->value, seconds * 1000000000 + fraction);
            at++;
        }
        ck_assert_uint_eq(record_at(list, at)->address, address);
        ck_assert_uint_eq(record_at(list, at)->weight, period);
        at++;
    }
    ck_assert_uint_eq(n, 80);
    ck_assert_uint_eq(count_kind(list, LAD_RECORD_PAGE_TOUCH), n);
}
END_TEST

START_TEST(samples_tell_kind_thread_and_details)
{
    static const char text[] =
        " Web Content  46572/46573 [002] 5.000001: 1009 cpu/mem-loads,ldlat=30/P: 7ffdf1391b0c "
        "10268100142 |OP LOAD|LVL L1 hit|SNP None|TLB L1 or L2 hit|LCK No|BLK    N/A  43  1a2b\r\n"
        " Web Content  46572/46574 [003] 5.000002: 7 cpu/mem-stores/P: 1000 "
        "10268100144 |OP STORE|LVL L1 hit|SNP None|TLB L1 hit|LCK No|BLK N/A 0 0\n"
        " Web Content  46572/46574 [003] 5.000003: 7 x: 0 10268100144 |OP STORE|LVL N/A 0 0";
    static const LadRecord expected[] = {
        {.kind = LAD_RECORD_TIME, .value = 5000001000},
        {.kind = LAD_RECORD_SWITCH, .flags = LAD_SWITCH_CPU, .address = 2},
        {.kind = LAD_RECORD_MARKER, .flags = 1, .value = 43},
        {.kind = LAD_RECORD_MARKER, .flags = 2, .value = 0x10268100142},
        {.kind = LAD_RECORD_MARKER, .flags = 3, .value = 0x1a2b},
        {.kind = LAD_RECORD_PAGE_TOUCH, .address = 0x7ffdf1391b0c, .weight = 1009},
        {.kind = LAD_RECORD_TIME, .value = 5000002000},
        {.kind = LAD_RECORD_SWITCH, .flags = LAD_SWITCH_CPU, .address = 3},
        {.kind = LAD_RECORD_MARKER, .flags = 2, .value = 0x10268100144},
        {.kind = LAD_RECORD_PAGE_TOUCH, .address = 0x1000, .weight = 7, .value = 7},
        {.kind = LAD_RECORD_TIME, .value = 5000003000},
    };
    static const char *const physical[] = {"address-space=physical", "details=false", NULL};
    write_input(text, strlen(text));
    converts("perf-script", in, NULL);
    g_autoptr(GArray) list = list_records(NULL);
    ck_assert_uint_eq(list->len, G_N_ELEMENTS(expected));
    for (guint i = 0; i < list->len; i++)
        ck_assert_msg(memcmp(record_at(list, i), &expected[i], sizeof expected[i]) == 0,
                      "record %u differs", i);
    converts("perf-script", in, physical);
    LadTraceHeader *header = NULL;
    g_autoptr(GArray) frames = list_records(&header);
    ck_assert_uint_eq(header->address_space, LAD_ADDRESS_PHYSICAL);
    lad_trace_header_free(header);
    ck_assert_uint_eq(count_kind(frames, LAD_RECORD_PAGE_TOUCH), 1);
    ck_assert_uint_eq(count_kind(frames, LAD_RECORD_MARKER), 0);
}
END_TEST

START_TEST(samples_that_cannot_be_are_refused_with_the_line)
{
    static const char *const weight[] = {"columns=weight", NULL};
    static const char *const unordered[] = {"columns=phys_addr,weight", NULL};
    static const char good[] = " ls 1/1 [000] 5.000001: 1 x: 1000 0 0\n";
    g_autofree char *backwards = g_strconcat(good, " ls 1/1 [000] 4.000001: 1 x: 1000 0 0\n", NULL);
    g_autofree char *wide =
        g_strconcat(good, " ls 1/1 [000] 6.000001: 1 x: 1ffffffffffffffff 0 0\n", NULL);
    write_input(good, strlen(good));
    refuses("perf-script", weight, "line 1: ` ls 1/1");
    refuses("perf-script", unordered, "in this order");
    write_input(backwards, strlen(backwards));
    refuses("perf-script", NULL, "line 2: the time goes back");
    write_input(wide, strlen(wide));
    refuses("perf-script", NULL, "line 2: ");
    GError *error = NULL;
    lad_assert_ok(convert_file("perf-script", in, NULL, TRUE, &error), error);
    g_autoptr(GArray) list = list_records(NULL);
    ck_assert_uint_eq(count_kind(list, LAD_RECORD_PAGE_TOUCH), 1);
}
END_TEST

static Suite *
import_suite(void)
{
    Suite *suite = suite_create("import-page");
    TCase *formats = tcase_create("formats");
    tcase_set_timeout(formats, 120);
    tcase_add_checked_fixture(formats, make_directory, remove_directory);
    tcase_add_loop_test(formats, keys_are_pages_in_exact_order, 0, 2);
    tcase_add_loop_test(formats, whole_recordings_of_keys_have_their_published_counts, 0, 2);
    tcase_add_test(formats, keys_have_the_width_order_and_unit_asked_for);
    tcase_add_test(formats, keys_that_run_on_in_the_other_order_are_noted);
    tcase_add_test(formats, keys_that_cannot_be_are_refused);
    tcase_add_test(formats, whole_keys_before_damage_are_salvaged);
    tcase_add_test(formats, requests_touch_the_pages_of_their_objects);
    tcase_add_test(formats, requests_that_cannot_be_are_refused);
    tcase_add_test(formats, snapshots_are_intervals_and_regions_stay_ranges);
    tcase_add_test(formats, the_filler_behind_a_lone_snapshot_is_left_out);
    tcase_add_test(formats, recordings_that_cannot_be_are_refused_with_the_line);
    tcase_add_test(formats, a_recording_that_unpacks_without_end_is_refused);
    tcase_add_test(formats, whole_snapshots_before_damage_are_salvaged);
    tcase_add_test(formats, text_of_trace_points_becomes_snapshots);
    tcase_add_test(formats, text_that_cannot_be_is_refused_with_the_line);
    tcase_add_test(formats, a_recording_has_the_regions_that_another_reader_finds);
    tcase_add_test(formats, a_recording_of_text_has_the_regions_that_scanf_finds);
    tcase_add_test(formats, samples_are_those_that_scanf_finds);
    tcase_add_test(formats, samples_tell_kind_thread_and_details);
    tcase_add_test(formats, samples_that_cannot_be_are_refused_with_the_line);
    suite_add_tcase(suite, formats);
    return suite;
}

int
main(void)
{
    return lad_suite_run(import_suite());
}
