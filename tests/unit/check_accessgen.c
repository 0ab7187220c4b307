/* check_accessgen.c - the access sequence of the kernel measurements: checksums and first pages as
 * they were printed beside those measurements, and its trace. */
#include "config.h"
#include "tests/unit/suite.h"
#include "traces/synth/accessgen.h"
#include "traces/synth/contents.h"
#include <glib/gstdio.h>
#include <memladder/synth.h>

#define N_PAGES 131072

/* FNV-1a over 32-bit words. */
static guint64
fnv(const guint32 *words, guint32 n)
{
    guint64 hash = G_GUINT64_CONSTANT(0xcbf29ce484222325);
    for (guint32 i = 0; i < n; i++)
        hash = (hash ^ words[i]) * G_GUINT64_CONSTANT(0x100000001b3);
    return hash;
}

START_TEST(permutation_and_thresholds_have_the_published_checksums)
{
    static const struct {
        guint32 n_pages;
        guint64 seed, permutation, thresholds; /* thresholds 0: not published */
    } cases[] = {
        {131072, 1, 0xb09a62bfe49434c5u, 0xd864de222748829bu},
        {131072, 2, 0x464fec5f13ba1d13u, 0},
        {32768, 1, 0x72bb8b5e2341e817u, 0xbfb9f444e9142fc4u},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(LadAccessgen) accessgen =
            lad_accessgen_new(LAD_ACCESSGEN_ZIPF, cases[i].n_pages, cases[i].seed, 1000);
        ck_assert_uint_eq(fnv(accessgen->permutation, cases[i].n_pages), cases[i].permutation);
        if (cases[i].thresholds != 0)
            ck_assert_uint_eq(fnv(accessgen->ranks.thresholds, cases[i].n_pages),
                              cases[i].thresholds);
    }
}
END_TEST

static const guint32 first_pages[][8] = {
    [LAD_ACCESSGEN_ZIPF] = {1299, 56535, 5712, 119331, 119331, 34446, 128063, 130803},
    [LAD_ACCESSGEN_HOTSET] = {2765, 68676, 50311, 68836, 120857, 78740, 13352, 121988},
    [LAD_ACCESSGEN_UNIFORM] = {74260, 97751, 127271, 58243, 58230, 99994, 114995, 68559},
    [LAD_ACCESSGEN_LOOP] = {0, 1, 2, 3, 4, 5, 6, 7},
};

START_TEST(first_pages_are_the_published_ones)
{
    g_autoptr(LadAccessgen) accessgen =
        lad_accessgen_new((LadAccessgenPattern)_i, N_PAGES, 1, 1000000);
    for (guint i = 0; i < 8; i++)
        ck_assert_uint_eq(lad_accessgen_at(accessgen, i).page, first_pages[_i][i]);
}
END_TEST

START_TEST(many_at_a_time_are_the_same_as_one_at_a_time)
{
    g_autoptr(LadAccessgen) accessgen = lad_accessgen_new((LadAccessgenPattern)_i, 1000, 7, 5000);
    guint64 addresses[5000];
    guint n_writes = 0;
    lad_accessgen_addresses(accessgen, 0, 17, addresses);
    lad_accessgen_addresses(accessgen, 17, 4983, addresses + 17);
    for (guint i = 0; i < 5000; i++) {
        LadAccessgenAccess access = lad_accessgen_at(accessgen, i);
        ck_assert_uint_lt(access.page, 1000);
        ck_assert_uint_lt(access.line, 64);
        ck_assert_uint_eq(addresses[i], LAD_ACCESSGEN_BASE + 4096 * (guint64)access.page +
                                            64 * (guint64)access.line + access.write);
        n_writes += access.write;
    }
    ck_assert_uint_gt(n_writes, 1150); /* a quarter; three standard deviations are 92 */
    ck_assert_uint_lt(n_writes, 1350);
}
END_TEST

START_TEST(the_hot_set_moves_in_the_middle_of_the_run)
{
    g_autoptr(LadAccessgen) accessgen = lad_accessgen_new(LAD_ACCESSGEN_HOTSET, 1000, 3, 100000);
    guint32 rank[1000];
    for (guint32 i = 0; i < 1000; i++)
        rank[accessgen->permutation[i]] = i;
    guint n_first[2] = {0, 0}, n_second[2] = {0, 0};
    for (guint i = 0; i < 100000; i++) {
        guint32 r = rank[lad_accessgen_at(accessgen, i).page];
        n_first[i >= 50000] += r < 200;
        n_second[i >= 50000] += r >= 200 && r < 400;
    }
    /* 45000 of 50000 to the hot set, and of the other 5000 a quarter to a fifth that is not hot;
     * standard deviations are 67 and 35. */
    ck_assert_uint_gt(n_first[0], 44700);
    ck_assert_uint_lt(n_first[0], 45300);
    ck_assert_uint_gt(n_second[1], 44700);
    ck_assert_uint_lt(n_second[1], 45300);
    ck_assert_uint_gt(n_second[0], 1100);
    ck_assert_uint_lt(n_second[0], 1400);
    ck_assert_uint_gt(n_first[1], 1100);
    ck_assert_uint_lt(n_first[1], 1400);
}
END_TEST

START_TEST(a_few_pages_are_enough)
{
    g_autoptr(LadAccessgen) accessgen = lad_accessgen_new((LadAccessgenPattern)_i, 1, 1, 10);
    for (guint i = 0; i < 10; i++)
        ck_assert_uint_eq(lad_accessgen_at(accessgen, i).page, 0);
}
END_TEST

/* ---- Its trace --------------------------------------------------------------------------------
 */

typedef struct {
    char *path;
    LadTraceReader *reader;
    LadStreamReader *stream;
} Trace;

static void
synthesise(Trace *trace, guint jobs, const char *text)
{
    g_autoptr(GError) error = NULL;
    int fd = g_file_open_tmp("lad-accessgen-XXXXXX.mlt", &trace->path, &error);
    lad_assert_ok(fd >= 0, error);
    g_close(fd, NULL);
    g_autoptr(LadConfig) config = lad_config_new();
    lad_assert_ok(lad_config_read_text(config, text, "test", &error), error);
    lad_assert_ok(lad_synth_run(config, trace->path, jobs, NULL, NULL, NULL, &error), error);
    trace->reader = lad_trace_reader_open(trace->path, LAD_TRACE_NO_THREAD, &error);
    lad_assert_ok(trace->reader != NULL, error);
    trace->stream = lad_stream_reader_new(trace->reader, 0, &error);
    lad_assert_ok(trace->stream != NULL, error);
}

static void
trace_clear(Trace *trace)
{
    lad_stream_reader_free(trace->stream);
    lad_trace_reader_unref(trace->reader);
    g_unlink(trace->path);
    g_free(trace->path);
}

/* The stream as words: address, 2 more for a store and 1 more for a modify; plain records as
 * kind << 48 | value. */
static GArray *
words_of(Trace *trace)
{
    g_autoptr(GError) error = NULL;
    GArray *words = g_array_new(FALSE, FALSE, sizeof(guint64));
    const LadCode *code = lad_trace_reader_code(trace->reader);
    const LadBatch *batch;
    while ((batch = lad_stream_reader_next(trace->stream, &error)) != NULL) {
        const guint64 *address = batch->addresses;
        for (guint t = 0; t < batch->n_tokens; t++) {
            guint32 token = batch->tokens[t];
            if (token & LAD_TOKEN_RECORD) {
                const LadRecord *record = &batch->records[token & ~LAD_TOKEN_RECORD];
                guint64 word = (guint64)record->kind << 48 | record->value;
                g_array_append_val(words, word);
                continue;
            }
            const LadEntry *entry = lad_code_entry(code, token);
            for (guint b = 0; b < entry->n_blocks; b++) {
                const LadBlock *block = entry->blocks[b];
                ck_assert_uint_eq(block->n_insns, 0);
                ck_assert_uint_eq(block->n_operands, 1);
                ck_assert_uint_eq(block->operands[0].size, 8);
                guint kind = block->operands[0].kind;
                guint64 word = *address++ | (kind == LAD_OPERAND_MODIFY  ? 1
                                             : kind == LAD_OPERAND_STORE ? 2
                                                                         : 0);
                g_array_append_val(words, word);
            }
        }
    }
    lad_assert_ok(error == NULL, error);
    return words;
}

START_TEST(a_trace_is_the_first_touch_and_then_the_accesses)
{
    Trace trace;
    synthesise(&trace, 1,
               "[synth]\nlevel = page\nseed = 5\n[pattern.a]\npattern = accessgen\n"
               "sequence = hotset\npages = 1000\naccesses = 12345\n");
    g_autoptr(GArray) words = words_of(&trace);
    const guint64 *word = (const guint64 *)(const void *)words->data;
    ck_assert_uint_eq(words->len, 2 + 1000 + 12345);
    ck_assert_uint_eq(word[0], (guint64)LAD_RECORD_REQUEST_BEGIN << 48);
    for (guint64 i = 0; i < 1000; i++)
        ck_assert_uint_eq(word[1 + i], (LAD_ACCESSGEN_BASE + 4096 * i) | 2);
    ck_assert_uint_eq(word[1001], (guint64)LAD_RECORD_REQUEST_END << 48);
    g_autoptr(LadAccessgen) accessgen = lad_accessgen_new(LAD_ACCESSGEN_HOTSET, 1000, 5, 12345);
    guint64 addresses[12345];
    lad_accessgen_addresses(accessgen, 0, 12345, addresses);
    for (guint i = 0; i < 12345; i++)
        ck_assert_uint_eq(word[1002 + i], addresses[i]);
    const LadTraceHeader *header = lad_trace_reader_header(trace.reader);
    ck_assert_int_eq(header->level, LAD_LEVEL_PAGE);
    ck_assert_str_eq(g_hash_table_lookup(header->notes, LAD_NOTE_ORDER), "exact");
    ck_assert_str_eq(g_hash_table_lookup(header->notes, "accessgen.pattern"), "hotset");
    ck_assert_str_eq(g_hash_table_lookup(header->notes, "accessgen.pages"), "1000");
    ck_assert_str_eq(g_hash_table_lookup(header->notes, "accessgen.seed"), "5");
    ck_assert_str_eq(g_hash_table_lookup(header->notes, "accessgen.total"), "12345");
    trace_clear(&trace);
}
END_TEST

START_TEST(the_thread_sleeps_after_each_burst)
{
    Trace trace;
    synthesise(&trace, 1,
               "[synth]\nlevel = page\n[pattern.a]\npattern = accessgen\nsequence = loop\n"
               "pages = 10\naccesses = 120\nburst = 50\nidle = 100 ms\n"
               "first-touch = false\n");
    g_autoptr(GArray) words = words_of(&trace);
    const guint64 *word = (const guint64 *)(const void *)words->data;
    ck_assert_uint_eq(words->len, 122);
    ck_assert_uint_eq(lad_trace_reader_header(trace.reader)->tick_ps, 1000);
    for (guint i = 0; i < 122; i++) {
        gboolean is_idle = word[i] == ((guint64)LAD_RECORD_IDLE << 48 | 100000000);
        ck_assert_int_eq(is_idle, i == 50 || i == 101);
    }
    trace_clear(&trace);
}
END_TEST

START_TEST(contents_are_told_before_the_first_touch_in_the_same_order_by_any_number_of_jobs)
{
    const char *text = "[synth]\nlevel = page\nseed = 1\n[pattern.a]\npattern = accessgen\n"
                       "pages = 600\naccesses = 1\nfill = mix\nalgorithms = zstd-3, lzo\n";
    Trace one, three;
    synthesise(&one, 1, text);
    synthesise(&three, 3, text);
    ck_assert_str_eq(lad_trace_reader_identity(one.reader),
                     lad_trace_reader_identity(three.reader));
    g_autoptr(LadCompressor) compressor = lad_compressor_new();
    g_autoptr(GError) error = NULL;
    const LadBatch *batch = lad_stream_reader_next(one.stream, &error);
    lad_assert_ok(batch != NULL, error);
    ck_assert_uint_ge(batch->n_records, 1201);
    for (guint i = 0; i < 1200; i++) {
        const LadRecord *record = &batch->records[i];
        guint8 page[LAD_CONTENTS_PAGE_BYTES];
        lad_contents_fill(page, i % 600, LAD_FILL_MIX, 1);
        guint algorithm = i < 600 ? 3 : 0;
        ck_assert_uint_eq(record->kind, LAD_RECORD_COMPRESSIBILITY);
        ck_assert_uint_eq(record->address, LAD_ACCESSGEN_BASE + 4096 * (guint64)(i % 600));
        ck_assert_str_eq(record->text, lad_compressor_names[algorithm]);
        ck_assert_uint_eq(record->value, lad_compressor_size(compressor, algorithm, page));
    }
    ck_assert_uint_eq(batch->records[1200].kind, LAD_RECORD_REQUEST_BEGIN);
    trace_clear(&one);
    trace_clear(&three);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("accessgen");
    TCase *tcase = tcase_create("sequence");
    tcase_add_test(tcase, permutation_and_thresholds_have_the_published_checksums);
    tcase_add_loop_test(tcase, first_pages_are_the_published_ones, 0, 4);
    tcase_add_loop_test(tcase, many_at_a_time_are_the_same_as_one_at_a_time, 0, 4);
    tcase_add_test(tcase, the_hot_set_moves_in_the_middle_of_the_run);
    tcase_add_loop_test(tcase, a_few_pages_are_enough, 0, 4);
    tcase_add_test(tcase, a_trace_is_the_first_touch_and_then_the_accesses);
    tcase_add_test(tcase, the_thread_sleeps_after_each_burst);
    tcase_add_test(
        tcase, contents_are_told_before_the_first_touch_in_the_same_order_by_any_number_of_jobs);
    suite_add_tcase(suite, tcase);
    return lad_suite_run(suite);
}
