/* check_capture_schedule.c - recordings by bursts, by page and of contents, against a full
 * recording of the same run.
 *
 * The program (tests/guests/steady.c) does exactly the same in every run, which is checked first.
 */
#include "config.h"
#include "tests/unit/suite.h"
#include "traces/capture/capture.h"
#include <glib/gstdio.h>
#include <lz4.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <zstd.h>

#define CONTENT    0x10000000u /* as in steady.c */
#define MAPS       0x20000000u
#define PAGE       4096u
#define CLOCK_RATE 1000000000u /* so that a nanosecond is an instruction */

typedef struct {
    guint64 begins_block; /* else it follows in one */
    guint64 pc, length;
    guint first, n; /* of its accesses */
} Insn;

typedef struct {
    guint64 kind, size, address;
} Access;

/* A stream, record by record. */
typedef struct {
    LadCaptureResult result;
    GArray *insns;    /* Insn */
    GArray *accesses; /* Access */
    GArray *windows;  /* Window */
    GArray *touches;  /* Touch, of level page, in the order of the trace */
    GArray *sizes;    /* LadRecord: compressibility; their text is in `strings` */
    GPtrArray *maps;  /* all others but time stamps, as text */
    GStringChunk *strings;
    guint64 time;
} Run;

typedef struct {
    guint64 missing;
    guint begin; /* in insns */
} Window;

typedef struct {
    guint64 interval, page, touches, writes;
} Touch;

static void
run_free(Run *run)
{
    g_array_unref(run->insns);
    g_array_unref(run->accesses);
    g_array_unref(run->windows);
    g_array_unref(run->touches);
    g_array_unref(run->sizes);
    g_ptr_array_unref(run->maps);
    g_string_chunk_free(run->strings);
    g_free(run);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Run, run_free)

/* ---- Reading ----------------------------------------------------------------------------------
 */

static void
read_block(Run *run, const LadBlock *block, const guint64 *addresses)
{
    guint64 pc = block->pc;
    guint operand = 0;

    for (guint i = 0; i < block->n_insns; i++) {
        Insn insn = {i == 0, pc, block->insns[i].length, run->accesses->len, 0};
        for (; operand < block->n_operands && block->operands[operand].insn == i; operand++) {
            const Access access = {block->operands[operand].kind, block->operands[operand].size,
                                   addresses[operand]};
            g_array_append_val(run->accesses, access);
            insn.n++;
        }
        pc += block->insns[i].length;
        g_array_append_val(run->insns, insn);
    }
}

static void
read_record(Run *run, const LadRecord *record)
{
    LadRecord kept = *record;

    if (record->kind == LAD_RECORD_TIME) {
        run->time = record->value;
    } else if (record->kind == LAD_RECORD_BURST) {
        const Window window = {record->value, run->insns->len};
        g_array_append_val(run->windows, window);
    } else if (record->kind == LAD_RECORD_PAGE_TOUCH) {
        const Touch touch = {run->time, record->address / PAGE, record->weight, record->value};
        g_array_append_val(run->touches, touch);
    } else if (record->kind == LAD_RECORD_COMPRESSIBILITY) {
        kept.text = g_string_chunk_insert_const(run->strings, record->text);
        g_array_append_val(run->sizes, kept);
    } else {
        g_ptr_array_add(run->maps,
                        g_strdup_printf("%s %lx+%lx %x %lu %s", lad_record_kind_name(record->kind),
                                        record->address, record->size, record->flags, record->value,
                                        record->text));
    }
}

static void
read_run(Run *run, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, LAD_TRACE_VERIFY, &error);
    g_autoptr(LadStreamReader) stream = NULL;
    const LadBatch *batch;

    lad_assert_ok(reader != NULL, error);
    ck_assert_uint_eq(lad_trace_reader_n_streams(reader), 1);
    stream = lad_stream_reader_new(reader, 0, &error);
    lad_assert_ok(stream != NULL, error);
    while ((batch = lad_stream_reader_next(stream, &error)) != NULL) {
        const guint64 *addresses = batch->addresses;
        for (guint i = 0; i < batch->n_tokens; i++) {
            guint32 token = batch->tokens[i];
            if (token & LAD_TOKEN_RECORD) {
                read_record(run, &batch->records[token & ~LAD_TOKEN_RECORD]);
                continue;
            }
            const LadEntry *entry = lad_code_entry(lad_trace_reader_code(reader), token);
            for (guint b = 0; b < entry->n_blocks; b++) {
                read_block(run, entry->blocks[b], addresses);
                addresses += entry->blocks[b]->n_operands;
            }
        }
    }
    lad_assert_ok(error == NULL, error);
}

static Run *
record(LadCaptureOptions options, const char *mode)
{
    const char *build = g_getenv("LAD_TEST_BUILDDIR");
    g_autofree char *guest =
        g_build_filename(build != NULL ? build : ".", "tests", "guests", "steady", NULL);
    g_autofree char *directory = g_dir_make_tmp("lad-capture-XXXXXX", NULL);
    g_autofree char *trace = g_build_filename(directory, "t.mlt", NULL);
    g_autoptr(GError) error = NULL;
    char *argv[] = {guest, (char *)mode, NULL};
    Run *run = g_new0(Run, 1);

    options.output = trace;
    options.argv = argv;
    options.clock_rate = CLOCK_RATE;
    lad_assert_ok(lad_capture_run(&options, &run->result, &error), error);
    run->insns = g_array_new(FALSE, FALSE, sizeof(Insn));
    run->accesses = g_array_new(FALSE, FALSE, sizeof(Access));
    run->windows = g_array_new(FALSE, FALSE, sizeof(Window));
    run->touches = g_array_new(FALSE, FALSE, sizeof(Touch));
    run->sizes = g_array_new(FALSE, FALSE, sizeof(LadRecord));
    run->maps = g_ptr_array_new_with_free_func(g_free);
    run->strings = g_string_chunk_new(256);
    read_run(run, trace);
    (void)g_unlink(trace);
    (void)g_rmdir(directory);
    return run;
}

#define insn_at(run, i)   (&g_array_index((run)->insns, Insn, i))
#define window_at(run, i) (&g_array_index((run)->windows, Window, i))

/* `n` instructions of `run` from `at` are those of `full` from `place`, with all their accesses. */
static void
assert_same(const Run *run, guint at, const Run *full, guint place, guint n)
{
    ck_assert_uint_le(place + n, full->insns->len);
    for (guint i = 0; i < n; i++) {
        const Insn *left = insn_at(run, at + i), *right = insn_at(full, place + i);
        ck_assert_msg(left->pc == right->pc && left->length == right->length && left->n == right->n,
                      "instruction %u is at %lx, expected %lx", place + i, left->pc, right->pc);
        ck_assert_msg(memcmp(&g_array_index(run->accesses, Access, left->first),
                             &g_array_index(full->accesses, Access, right->first),
                             left->n * sizeof(Access)) == 0,
                      "instruction %u at %lx accesses something else", place + i, left->pc);
    }
}

static void
assert_same_maps(const Run *run, const Run *full)
{
    ck_assert_uint_eq(run->maps->len, full->maps->len);
    for (guint i = 0; i < full->maps->len; i++)
        ck_assert_str_eq(run->maps->pdata[i], full->maps->pdata[i]);
}

/* ---- Bursts -----------------------------------------------------------------------------------
 */

START_TEST(the_program_does_the_same_in_every_run)
{
    g_autoptr(Run) one = record((LadCaptureOptions){0}, "work");
    g_autoptr(Run) other = record((LadCaptureOptions){0}, "work");

    ck_assert_uint_gt(one->insns->len, 400000);
    ck_assert_uint_eq(one->insns->len, other->insns->len);
    assert_same(one, 0, other, 0, one->insns->len);
    assert_same_maps(one, other);
}
END_TEST

/* Where bursts lie follows from their numbers of missing instructions alone. */
static void
check_bursts(guint64 burst, guint64 every, guint64 skip)
{
    g_autoptr(Run) full = record((LadCaptureOptions){0}, "work");
    g_autoptr(Run) run = record(
        (LadCaptureOptions){.burst_ns = burst, .every_ns = every, .skip_insns = skip}, "work");
    guint expected = (guint)((full->insns->len - skip + every - 1) / every), place = 0;

    ck_assert_uint_eq(run->windows->len, expected);
    ck_assert_uint_eq(run->result.executed_insns, full->insns->len);
    for (guint i = 0; i < expected; i++) {
        guint begin = window_at(run, i)->begin;
        guint end = i + 1 < expected ? window_at(run, i + 1)->begin : run->insns->len;
        guint64 due = skip + i * every;
        place += (guint)window_at(run, i)->missing;
        ck_assert_uint_ge(place, due);
        ck_assert_uint_lt(place, due + 256);
        assert_same(run, begin, full, place, end - begin);
        place += end - begin;
        ck_assert_uint_lt(place, due + burst + 256);
        if (place < full->insns->len)
            ck_assert_uint_ge(place, due + burst);
    }
    assert_same_maps(run, full);
}

START_TEST(a_burst_has_the_same_records_as_a_full_recording)
{
    check_bursts(20000, 100000, 0);
}
END_TEST

START_TEST(bursts_may_begin_late)
{
    check_bursts(5000, 250000, 123456);
}
END_TEST

START_TEST(bursts_as_long_as_their_distance_are_one)
{
    g_autoptr(Run) full = record((LadCaptureOptions){0}, "work");
    g_autoptr(Run) run =
        record((LadCaptureOptions){.burst_ns = 100000, .every_ns = 100000}, "work");

    ck_assert_uint_eq(run->windows->len, 1);
    ck_assert_uint_eq(run->insns->len, full->insns->len);
    assert_same(run, 0, full, 0, full->insns->len);
}
END_TEST

/* ---- Level page -------------------------------------------------------------------------------
 */

static gint
compare_touches(gconstpointer a, gconstpointer b)
{
    const Touch *left = a, *right = b;

    if (left->interval != right->interval)
        return left->interval < right->interval ? -1 : 1;
    return (left->page > right->page) - (left->page < right->page);
}

/* One touch for each interval and page. */
static void
sum_up(GArray *touches)
{
    Touch *all = (Touch *)(void *)touches->data;
    guint n = 0;

    g_array_sort(touches, compare_touches);
    for (guint i = 0; i < touches->len; i++) {
        if (n > 0 && compare_touches(&all[n - 1], &all[i]) == 0) {
            all[n - 1].touches += all[i].touches;
            all[n - 1].writes += all[i].writes;
        } else {
            all[n++] = all[i];
        }
    }
    g_array_set_size(touches, n);
}

static GArray *
touches_of(const Run *full, guint64 interval)
{
    GArray *touches = g_array_new(FALSE, FALSE, sizeof(Touch));
    guint64 begin = 0;

    for (guint i = 0; i < full->insns->len; i++) {
        const Insn *insn = insn_at(full, i);
        Touch touch = {0, insn->pc / PAGE, 1, 0};
        if (insn->begins_block)
            begin = i / interval * interval;
        touch.interval = begin;
        g_array_append_val(touches, touch);
        for (guint k = 0; k < insn->n; k++) {
            const Access *access = &g_array_index(full->accesses, Access, insn->first + k);
            touch.page = access->address / PAGE;
            touch.writes = access->kind != LAD_OPERAND_LOAD;
            g_array_append_val(touches, touch);
        }
    }
    sum_up(touches);
    return touches;
}

static void
check_pages(const char *mode, guint64 interval)
{
    g_autoptr(Run) full = record((LadCaptureOptions){0}, mode);
    g_autoptr(Run) run =
        record((LadCaptureOptions){.level = LAD_CAPTURE_LEVEL_PAGE, .interval_ns = interval}, mode);
    g_autoptr(GArray) expected = touches_of(full, interval);

    sum_up(run->touches);
    ck_assert_uint_eq(run->insns->len, 0);
    ck_assert_uint_eq(run->touches->len, expected->len);
    for (guint i = 0; i < expected->len; i++) {
        const Touch *left = &g_array_index(run->touches, Touch, i);
        const Touch *right = &g_array_index(expected, Touch, i);
        ck_assert_msg(memcmp(left, right, sizeof *left) == 0,
                      "interval %lu page %lx: %lu touches, %lu writes; expected interval %lu page "
                      "%lx: %lu, %lu",
                      left->interval, left->page, left->touches, left->writes, right->interval,
                      right->page, right->touches, right->writes);
    }
    assert_same_maps(run, full);
}

START_TEST(counts_by_page_are_those_of_a_full_recording)
{
    check_pages("work", 100000);
}
END_TEST

START_TEST(one_interval_may_be_longer_than_the_run)
{
    check_pages("work", 10000000000);
}
END_TEST

START_TEST(counts_of_a_program_that_was_killed_are_all_there)
{
    check_pages("die", 300000);
}
END_TEST

/* ---- Contents ---------------------------------------------------------------------------------
 */

static guint64
next_random(guint64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void
fill(guint8 pages[3][PAGE])
{
    static const char text[] = "A page that a program has written. ";
    guint64 state = 88172645463325252u;

    memset(pages[0], 0, PAGE);
    for (guint i = 0; i < PAGE; i++)
        pages[1][i] = (guint8)text[i % (sizeof text - 1)];
    for (guint i = 0; i < PAGE; i += 8) {
        guint64 word = next_random(&state);
        memcpy(&pages[2][i], &word, 8);
    }
}

static guint64
size_of(const Run *run, guint64 address, const char *algorithm)
{
    for (guint i = 0; i < run->sizes->len; i++) {
        const LadRecord *record = &g_array_index(run->sizes, LadRecord, i);
        if (record->address == address && strcmp(record->text, algorithm) == 0)
            return record->value;
    }
    return G_MAXUINT64;
}

static void
check_contents(LadCaptureOptions options)
{
    g_autoptr(Run) run = NULL;
    guint8 pages[3][PAGE];
    char room[2 * PAGE];

    options.content_ns = 200000;
    run = record(options, "content");
    fill(pages);
    ck_assert_uint_eq(run->result.counts.n_contents * 2, run->sizes->len);
    for (guint i = 0; i < 3; i++) {
        int lz4 = LZ4_compress_default((const char *)pages[i], room, PAGE, sizeof room);
        size_t zstd = ZSTD_compress(room, sizeof room, pages[i], PAGE, 1);
        gboolean zero = i == 0; /* one word all over */
        ck_assert_uint_eq(size_of(run, CONTENT + i * PAGE, "lz4"), zero ? 0 : (guint64)lz4);
        ck_assert_uint_eq(size_of(run, CONTENT + i * PAGE, "zstd-1"), zero ? 0 : zstd);
    }
}

START_TEST(pages_compress_as_their_contents_do)
{
    check_contents((LadCaptureOptions){.level = LAD_CAPTURE_LEVEL_PAGE, .interval_ns = 100000});
}
END_TEST

START_TEST(contents_can_be_had_at_every_level)
{
    check_contents((LadCaptureOptions){0});
    check_contents((LadCaptureOptions){.burst_ns = 150000, .every_ns = 200000});
}
END_TEST

/* ---- Mappings ---------------------------------------------------------------------------------
 */

static gboolean
has_in_order(const Run *run, const char *const *expected, guint n)
{
    guint found = 0;

    for (guint i = 0; i < run->maps->len && found < n; i++)
        found += g_str_has_prefix(run->maps->pdata[i], expected[found]) ? 1 : 0;
    if (found < n)
        g_printerr("missing: %s\n", expected[found]);
    return found == n;
}

START_TEST(mappings_are_cut_moved_and_advised_as_the_program_does)
{
    static const char *const expected[] = {
        "map 20000000+8000 1b 0 ",   /* shared, anonymous */
        "unmap 20003000+5000",       /* shrinks in place */
        "unmap 20000000+3000",       /* moves */
        "map 20040000+3000 1b 0 ",   /* is still shared */
        "map 20400000+400000 13 0 ", /* private */
        "map 20400000+200000 73 0 ", /* its first half on huge pages: a change of flags */
        "unmap 205dc000+8000 0 0 ",  /* a hole */
    };
    g_autoptr(Run) run = record((LadCaptureOptions){0}, "maps");

    ck_assert(has_in_order(run, expected, G_N_ELEMENTS(expected)));
}
END_TEST

START_TEST(the_break_grows_and_shrinks_by_its_tail)
{
    g_autoptr(Run) run = record((LadCaptureOptions){0}, "maps");
    guint n = 0;

    for (guint i = 0; i + 1 < run->maps->len; i++) {
        guint64 address = 0, size = 0, gone = 0, cut = 0;
        guint flags = 0;
        if (sscanf(run->maps->pdata[i], "map %lx+%lx %x", &address, &size, &flags) == 3 &&
            size == 5 * PAGE && sscanf(run->maps->pdata[i + 1], "unmap %lx+%lx", &gone, &cut) == 2)
            n += gone == address + 2 * PAGE && cut == 3 * PAGE && flags == 0x13;
    }
    ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(shared_memory_segments_have_a_name)
{
    g_autoptr(Run) run = record((LadCaptureOptions){0}, "maps");
    const char *last = run->maps->pdata[run->maps->len - 2];

    if (strstr(last, "SYSV") == NULL)
        return; /* this system gives none */
    ck_assert(g_str_has_prefix(last, "map "));
    ck_assert(strstr(last, "+2000 b 0 /SYSV00000000.") != NULL);
    ck_assert(g_str_has_prefix(run->maps->pdata[run->maps->len - 1], "unmap "));
}
END_TEST

int
main(void)
{
    g_autofree char *emulator = g_find_program_in_path("qemu-x86_64");
    Suite *suite = suite_create("capture by schedule");
    TCase *cases = tcase_create("capture by schedule");

    if (emulator == NULL) {
        puts("1..0 # SKIP qemu-x86_64 (Debian: qemu-user) is not installed");
        return 77;
    }
    tcase_set_timeout(cases, 300);
    tcase_add_test(cases, the_program_does_the_same_in_every_run);
    tcase_add_test(cases, a_burst_has_the_same_records_as_a_full_recording);
    tcase_add_test(cases, bursts_may_begin_late);
    tcase_add_test(cases, bursts_as_long_as_their_distance_are_one);
    tcase_add_test(cases, counts_by_page_are_those_of_a_full_recording);
    tcase_add_test(cases, one_interval_may_be_longer_than_the_run);
    tcase_add_test(cases, counts_of_a_program_that_was_killed_are_all_there);
    tcase_add_test(cases, pages_compress_as_their_contents_do);
    tcase_add_test(cases, contents_can_be_had_at_every_level);
    tcase_add_test(cases, mappings_are_cut_moved_and_advised_as_the_program_does);
    tcase_add_test(cases, the_break_grows_and_shrinks_by_its_tail);
    tcase_add_test(cases, shared_memory_segments_have_a_name);
    suite_add_tcase(suite, cases);
    return lad_suite_run(suite);
}
