/* check_capture.c - programs with known accesses, recorded, yield exactly those. */
#include "config.h"
#include "tests/unit/suite.h"
#include "traces/capture/capture.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* An access to the guest's area, as the trace has it. */
typedef struct {
    guint kind;
    guint size;
    guint64 offset;
    LadRegisters address; /* registers that form it */
    LadRegisters writes;  /* registers that its instruction writes */
    guint stream;
} Seen;

typedef struct {
    char *directory, *trace, *report;
    guint64 area;
    guint32 process;
    char **words; /* of the report */
    LadCaptureResult result;
    GArray *seen;
    GPtrArray *records; /* "kind text", of records that are not time stamps */
    guint n_streams;
    guint64 n_insns;
} Recording;

static void
recording_free(Recording *recording)
{
    (void)g_unlink(recording->trace);
    (void)g_unlink(recording->report);
    (void)g_rmdir(recording->directory);
    g_free(recording->directory);
    g_free(recording->trace);
    g_free(recording->report);
    g_strfreev(recording->words);
    g_clear_pointer(&recording->seen, g_array_unref);
    g_clear_pointer(&recording->records, g_ptr_array_unref);
    g_free(recording);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recording, recording_free)

static void
see_entry(Recording *recording, guint stream, const LadEntry *entry, const guint64 **addresses)
{
    for (guint b = 0; b < entry->n_blocks; b++) {
        const LadBlock *block = entry->blocks[b];
        for (guint i = 0; i < block->n_operands; i++) {
            const LadOperand *operand = &block->operands[i];
            guint64 offset = *(*addresses)++ - recording->area;
            Seen seen = {operand->kind,
                         operand->size,
                         offset,
                         operand->address,
                         block->insns[operand->insn].writes,
                         stream};
            if (offset < 65536)
                g_array_append_val(recording->seen, seen);
        }
    }
}

static void
read_stream(Recording *recording, LadTraceReader *reader, guint number)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LadStreamReader) stream = lad_stream_reader_new(reader, number, &error);
    const LadCode *code = lad_trace_reader_code(reader);
    const LadBatch *batch;

    lad_assert_ok(stream != NULL, error);
    while ((batch = lad_stream_reader_next(stream, &error)) != NULL) {
        const guint64 *addresses = batch->addresses;
        recording->n_insns += batch->n_insns;
        for (guint i = 0; i < batch->n_tokens; i++) {
            guint32 token = batch->tokens[i];
            if ((token & LAD_TOKEN_RECORD) == 0) {
                see_entry(recording, number, lad_code_entry(code, token), &addresses);
                continue;
            }
            const LadRecord *record = &batch->records[token & ~LAD_TOKEN_RECORD];
            if (record->kind != LAD_RECORD_TIME)
                g_ptr_array_add(
                    recording->records,
                    g_strdup_printf("%s %s", lad_record_kind_name(record->kind), record->text));
        }
    }
    lad_assert_ok(error == NULL, error);
}

static void
read_trace(Recording *recording)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LadTraceReader) reader =
        lad_trace_reader_open(recording->trace, LAD_TRACE_VERIFY, &error);

    lad_assert_ok(reader != NULL, error);
    recording->n_streams = lad_trace_reader_n_streams(reader);
    for (guint i = 0; i < recording->n_streams; i++)
        read_stream(recording, reader, i);
}

static void
read_report(Recording *recording)
{
    g_autofree char *text = NULL;

    ck_assert(g_file_get_contents(recording->report, &text, NULL, NULL));
    recording->words = g_strsplit(text, " ", 3);
    recording->area = g_ascii_strtoull(recording->words[0], NULL, 16);
    recording->process = (guint32)g_ascii_strtoull(recording->words[1], NULL, 10);
}

static char *
guest_path(void)
{
    const char *build = g_getenv("LAD_TEST_BUILDDIR");

    return g_build_filename(build != NULL ? build : ".", "tests", "guests", "guest", NULL);
}

static Recording *
record_with(LadCaptureOptions options, const char *mode, const char *argument)
{
    g_autoptr(GError) error = NULL;
    Recording *recording = g_new0(Recording, 1);
    g_autofree char *guest = guest_path();

    recording->directory = g_dir_make_tmp("lad-capture-XXXXXX", NULL);
    recording->trace = g_build_filename(recording->directory, "t.mlt", NULL);
    recording->report = g_build_filename(recording->directory, "report", NULL);
    char *argv[] = {guest, (char *)mode, recording->report, (char *)argument, NULL};
    options.output = recording->trace;
    options.argv = argv;
    lad_assert_ok(lad_capture_run(&options, &recording->result, &error), error);
    recording->seen = g_array_new(FALSE, FALSE, sizeof(Seen));
    recording->records = g_ptr_array_new_with_free_func(g_free);
    read_report(recording);
    read_trace(recording);
    ck_assert_uint_eq(recording->n_insns, recording->result.counts.n_written_insns);
    return recording;
}

static Recording *
record(const char *mode, const char *argument)
{
    return record_with((LadCaptureOptions){0}, mode, argument);
}

static gboolean
has_record(const Recording *recording, const char *start)
{
    for (guint i = 0; i < recording->records->len; i++)
        if (g_str_has_prefix(g_ptr_array_index(recording->records, i), start))
            return TRUE;
    return FALSE;
}

#define seen_at(recording, i) (&g_array_index((recording)->seen, Seen, i))

START_TEST(a_stream_is_loads_at_its_stride_that_depend_on_no_load)
{
    g_autoptr(Recording) recording = record("stream", NULL);
    ck_assert_uint_eq(recording->seen->len, 1000);
    for (guint i = 0; i < 1000; i++) {
        const Seen *seen = seen_at(recording, i);
        ck_assert_uint_eq(seen->kind, LAD_OPERAND_LOAD);
        ck_assert_uint_eq(seen->size, 8);
        ck_assert_uint_eq(seen->offset, i * 64);
        ck_assert_uint_ne(seen->address, 0);
        ck_assert_uint_eq(seen->address & seen->writes, 0);
    }
}
END_TEST

START_TEST(a_pointer_chase_is_loads_that_form_their_own_next_address)
{
    g_autoptr(Recording) recording = record("chase", NULL);
    ck_assert_uint_eq(recording->seen->len, 2000);
    for (guint i = 0; i < 1000; i++) {
        const Seen *store = seen_at(recording, i), *load = seen_at(recording, 1000 + i);
        ck_assert_uint_eq(store->kind, LAD_OPERAND_STORE);
        ck_assert_uint_eq(store->offset, i * 64);
        ck_assert_uint_eq(load->kind, LAD_OPERAND_LOAD);
        ck_assert_uint_eq(load->offset, i * 64);
        ck_assert_uint_ne(load->address, 0);
        ck_assert_uint_eq(load->address & load->writes, load->address);
    }
}
END_TEST

START_TEST(every_kind_of_access_is_one_reference_of_its_size)
{
    static const struct {
        guint kind, size, offset;
    } expected[] = {
        {LAD_OPERAND_MODIFY, 8, 0},   {LAD_OPERAND_ATOMIC, 8, 8},   {LAD_OPERAND_ATOMIC, 4, 16},
        {LAD_OPERAND_LOAD, 16, 64},   {LAD_OPERAND_STORE, 16, 80},  {LAD_OPERAND_ATOMIC, 16, 96},
        {LAD_OPERAND_LOAD, 1, 131},   {LAD_OPERAND_LOAD, 8, 136},   {LAD_OPERAND_LOAD, 1, 512},
        {LAD_OPERAND_STORE, 1, 1024}, {LAD_OPERAND_LOAD, 1, 513},   {LAD_OPERAND_STORE, 1, 1025},
        {LAD_OPERAND_LOAD, 1, 514},   {LAD_OPERAND_STORE, 1, 1026}, {LAD_OPERAND_LOAD, 1, 515},
        {LAD_OPERAND_STORE, 1, 1027}, {LAD_OPERAND_LOAD, 1, 516},   {LAD_OPERAND_STORE, 1, 1028},
        {LAD_OPERAND_LOAD, 8, 200},   {LAD_OPERAND_STORE, 8, 208},
    };
    g_autoptr(Recording) recording = record("kinds", NULL);
    ck_assert_uint_eq(recording->seen->len, G_N_ELEMENTS(expected));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        const Seen *seen = seen_at(recording, i);
        ck_assert_uint_eq(seen->offset, expected[i].offset);
        ck_assert_uint_eq(seen->kind, expected[i].kind);
        ck_assert_uint_eq(seen->size, expected[i].size);
    }
}
END_TEST

/* The faulting instruction is counted by the emulator, but was not executed. */
static void
agrees_with_inline_counters(const LadCaptureResult *result)
{
    ck_assert_uint_eq(result->counts.n_insns + result->counts.n_cuts, result->counted_insns);
    ck_assert_uint_eq(result->counts.n_words, result->counted_operands);
    ck_assert_uint_eq(result->counts.n_overruns, 0);
}

START_TEST(counts_agree_with_the_emulators_own)
{
    static const char *const modes[] = {"stream", "chase", "kinds", "status"};
    for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_autoptr(Recording) recording =
            record_with((LadCaptureOptions){.count = TRUE}, modes[i], "0");
        ck_assert_uint_gt(recording->result.counted_insns, 10000);
        ck_assert_uint_eq(recording->result.counts.n_cuts, 0);
        agrees_with_inline_counters(&recording->result);
    }
}
END_TEST

START_TEST(a_block_cut_short_by_a_fault_is_its_executed_prefix)
{
    g_autoptr(Recording) recording =
        record_with((LadCaptureOptions){.count = TRUE}, "faults", "1000");
    ck_assert_uint_eq(recording->result.counts.n_cuts, 1000);
    agrees_with_inline_counters(&recording->result);
}
END_TEST

START_TEST(every_thread_is_a_stream)
{
    g_autoptr(Recording) recording = record("threads", "100");
    guint counts[100] = {0};
    ck_assert_uint_eq(recording->n_streams, 101);
    ck_assert_uint_eq(recording->seen->len, 100 * 1000);
    for (guint i = 0; i < recording->seen->len; i++) {
        const Seen *seen = seen_at(recording, i);
        ck_assert_uint_ne(seen->stream, 0);
        ck_assert_uint_eq(seen->kind, LAD_OPERAND_MODIFY);
        counts[seen->offset / 128]++;
    }
    for (guint i = 0; i < 100; i++)
        ck_assert_uint_eq(counts[i], 1000);
}
END_TEST

START_TEST(a_followed_child_is_a_stream_of_its_own_process)
{
    g_autoptr(Recording) recording =
        record_with((LadCaptureOptions){.follow_fork = TRUE}, "fork", NULL);
    guint counts[2][2] = {{0}};
    ck_assert_uint_eq(recording->n_streams, 2);
    for (guint i = 0; i < recording->seen->len; i++)
        counts[seen_at(recording, i)->stream][seen_at(recording, i)->offset / 4096]++;
    ck_assert_uint_eq(counts[0][0], 1000);
    ck_assert_uint_eq(counts[0][1], 0);
    ck_assert_uint_eq(counts[1][0], 0);
    ck_assert_uint_eq(counts[1][1], 1000);
    ck_assert(has_record(recording, "fork"));
}
END_TEST

START_TEST(a_child_that_is_not_followed_leaves_no_trace)
{
    g_autoptr(Recording) recording = record("fork", NULL);
    ck_assert_uint_eq(recording->n_streams, 1);
    ck_assert_uint_eq(recording->seen->len, 1000);
    ck_assert_uint_eq(recording->result.unfollowed, 1);
}
END_TEST

START_TEST(a_child_that_calls_exec_goes_on_unrecorded)
{
    g_autoptr(Recording) recording =
        record_with((LadCaptureOptions){.follow_fork = TRUE}, "fork", "/bin/true");
    ck_assert_uint_eq(recording->n_streams, 2);
    ck_assert_uint_eq(recording->result.counts.n_execs, 1);
    ck_assert_uint_eq(recording->seen->len, 1000);
}
END_TEST

START_TEST(death_by_a_signal_leaves_all_that_was_executed)
{
    static const struct {
        const char *mode, *argument;
        int number;
    } deaths[] = {{"null", NULL, SIGSEGV}, {"kill", "9", SIGKILL}, {"kill", "15", SIGTERM}};
    for (guint i = 0; i < G_N_ELEMENTS(deaths); i++) {
        g_autoptr(Recording) recording = record(deaths[i].mode, deaths[i].argument);
        ck_assert(WIFSIGNALED(recording->result.wait_status));
        ck_assert_int_eq(WTERMSIG(recording->result.wait_status), deaths[i].number);
        ck_assert_uint_eq(recording->seen->len, 1000);
    }
}
END_TEST

START_TEST(a_program_that_closes_all_descriptors_is_still_recorded)
{
    g_autoptr(Recording) recording = record("close", NULL);
    ck_assert_uint_eq(recording->n_streams, 4);
    ck_assert_uint_eq(recording->seen->len, 3 * 1000 + 1000);
    ck_assert_int_eq(recording->result.wait_status, 0);
}
END_TEST

START_TEST(the_program_finds_the_arguments_descriptors_and_environment_it_has_without_us)
{
    g_autoptr(Recording) recording = record("status", "7");
    g_autofree char *guest = guest_path();
    g_autofree char *own = g_strconcat(recording->report, ".native", NULL);
    g_autofree char *text = NULL;
    char *argv[] = {guest, (char *)"status", own, (char *)"7", NULL};

    ck_assert_int_eq(WEXITSTATUS(recording->result.wait_status), 7);
    ck_assert(g_spawn_sync(NULL, argv, NULL, G_SPAWN_LEAVE_DESCRIPTORS_OPEN, NULL, NULL, NULL, NULL,
                           NULL, NULL));
    ck_assert(g_file_get_contents(own, &text, NULL, NULL));
    (void)g_unlink(own);
    g_auto(GStrv) words = g_strsplit(text, " ", 3);
    ck_assert_ptr_nonnull(strstr(words[2], "fd1"));
    ck_assert_str_eq(recording->words[2], words[2]);
}
END_TEST

START_TEST(mappings_carry_the_identity_of_their_file)
{
    g_autofree char *file = g_canonicalize_filename("/proc/self/exe", NULL);
    g_autofree char *self = g_file_read_link(file, NULL);
    g_autofree char *expected = g_strdup_printf("map %s", self);
    g_autoptr(Recording) recording = record("map", self);

    ck_assert(has_record(recording, expected));
    ck_assert(has_record(recording, "map /"));
    ck_assert(has_record(recording, "unmap"));
}
END_TEST

START_TEST(limits_are_kept)
{
    g_autoptr(Recording) whole = record("stream", NULL);
    guint64 n = whole->result.counts.n_insns;
    g_autoptr(Recording) skipped =
        record_with((LadCaptureOptions){.skip_insns = 20000}, "stream", NULL);
    g_autoptr(Recording) ended =
        record_with((LadCaptureOptions){.max_insns = 1000000}, "spin", NULL);
    g_autoptr(Recording) small =
        record_with((LadCaptureOptions){.max_bytes = 300000}, "spin", NULL);

    /* The dynamic linker's work differs a little from run to run. */
    ck_assert_uint_lt(skipped->n_insns, n - 15000);
    ck_assert(has_record(skipped, "burst"));
    ck_assert_uint_eq(skipped->seen->len, 1000);
    ck_assert_uint_le(ended->n_insns, 1000000);
    ck_assert_uint_gt(ended->n_insns, 1000000 - 600);
    ck_assert_int_eq(ended->result.end, LAD_CAPTURE_MAX_INSNS);
    ck_assert_uint_le(small->result.bytes, 300000);
    ck_assert_int_eq(small->result.end, LAD_CAPTURE_MAX_BYTES);
}
END_TEST

int
main(void)
{
    g_autofree char *emulator = g_find_program_in_path("qemu-x86_64");
    Suite *suite = suite_create("capture");
    TCase *cases = tcase_create("capture");

    if (emulator == NULL) {
        puts("1..0 # SKIP qemu-x86_64 (Debian: qemu-user) is not installed");
        return 77;
    }
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, a_stream_is_loads_at_its_stride_that_depend_on_no_load);
    tcase_add_test(cases, a_pointer_chase_is_loads_that_form_their_own_next_address);
    tcase_add_test(cases, every_kind_of_access_is_one_reference_of_its_size);
    tcase_add_test(cases, counts_agree_with_the_emulators_own);
    tcase_add_test(cases, a_block_cut_short_by_a_fault_is_its_executed_prefix);
    tcase_add_test(cases, every_thread_is_a_stream);
    tcase_add_test(cases, a_followed_child_is_a_stream_of_its_own_process);
    tcase_add_test(cases, a_child_that_is_not_followed_leaves_no_trace);
    tcase_add_test(cases, a_child_that_calls_exec_goes_on_unrecorded);
    tcase_add_test(cases, death_by_a_signal_leaves_all_that_was_executed);
    tcase_add_test(cases, a_program_that_closes_all_descriptors_is_still_recorded);
    tcase_add_test(cases,
                   the_program_finds_the_arguments_descriptors_and_environment_it_has_without_us);
    tcase_add_test(cases, mappings_carry_the_identity_of_their_file);
    tcase_add_test(cases, limits_are_kept);
    suite_add_tcase(suite, cases);
    return lad_suite_run(suite);
}
