/* check_stitch.c - windows of several recordings as one trace, and what is measured of them. */
#include "config.h"
#include "analysis/profile/burst.h"
#include "tests/unit/run_bed.h"
#include "tests/unit/suite.h"
#include "traces/toolbox/stitch.h"
#include <glib/gstdio.h>
#include <math.h>
#include <memladder/model.h>
#include <string.h>

static char *directory, *first, *second, *out, *machine;

static void
make_directory(void)
{
    directory = g_dir_make_tmp("lad-stitch-XXXXXX", NULL);
    first = g_build_filename(directory, "first.mlt", NULL);
    second = g_build_filename(directory, "second.mlt", NULL);
    out = g_build_filename(directory, "out.mlt", NULL);
    machine = g_build_filename(directory, "machine.conf", NULL);
}

static void
remove_directory(void)
{
    char *const paths[] = {first, second, out, machine};
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        (void)g_unlink(paths[i]);
        g_free(paths[i]);
    }
    ck_assert_int_eq(g_rmdir(directory), 0);
    g_free(directory);
}

/* ---- Recordings -------------------------------------------------------------------------------
 */

/* A block of two instructions, the first of which loads, or stores. */
static guint32
block_of(LadTraceWriter *writer, LadOperandKind kind)
{
    static const LadInsn insns[2] = {{.length = 4, .n_operands = 1}, {.length = 4}};
    const LadOperand operand = {.kind = (guint8)kind, .size = 8};
    const LadBlock block = {.pc = kind == LAD_OPERAND_LOAD ? 0x1000 : 0x1008,
                            .n_insns = 2,
                            .n_operands = 1,
                            .insns = insns,
                            .operands = &operand};
    return lad_trace_writer_block(writer, &block);
}

/* A window: so many loads, then so many stores, each of the line after the one before. */
typedef struct {
    guint loads, stores;
    guint64 missing;
} Planned;

static void
write_recording(const char *path, guint32 process, const Planned *windows, guint n)
{
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, NULL, &error);
    lad_assert_ok(writer != NULL, error);
    LadStreamInfo info = {
        .process = process, .thread = process, .cgroup = (char *)"", .name = (char *)"t"};
    guint stream = lad_trace_writer_add_stream(writer, &info);
    guint32 load = block_of(writer, LAD_OPERAND_LOAD), store = block_of(writer, LAD_OPERAND_STORE);
    guint64 address = 0x100000;
    for (guint w = 0; w < n; w++) {
        const LadRecord burst = {.kind = LAD_RECORD_BURST, .value = windows[w].missing, .text = ""};
        ck_assert(lad_trace_writer_record(writer, stream, &burst, &error));
        for (guint i = 0; i < windows[w].loads + windows[w].stores; i++, address += 64)
            ck_assert(lad_trace_writer_execute(writer, stream, i < windows[w].loads ? load : store,
                                               &address, &error));
    }
    lad_assert_ok(lad_trace_writer_close(writer, &error), error);
}

static LadStitchResult
stitch(gboolean hosts, double warm, guint64 shortest)
{
    const LadStitchOptions options = {warm, shortest};
    LadStitchResult result;
    g_autoptr(GError) error = NULL;
    g_autoptr(LadTraceReader) a = lad_trace_reader_open(first, LAD_TRACE_NO_THREAD, &error);
    g_autoptr(LadTraceReader) b = lad_trace_reader_open(second, LAD_TRACE_NO_THREAD, &error);
    LadTraceReader *const readers[] = {a, b};
    lad_assert_ok(a != NULL && b != NULL, error);
    lad_assert_ok(lad_trace_stitch(readers, 2, hosts, out, &options, NULL, &result, &error), error);
    return result;
}

/* "t1 b7 5 m1 20": turn 1, a burst with 7 missing, 5 instructions, marker of window 1, 20 more. */
static char *
list_stream(LadTraceReader *reader, guint number)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LadStreamReader) stream = lad_stream_reader_new(reader, number, &error);
    GString *text = g_string_new(NULL);
    const LadBatch *batch;
    guint64 insns = 0;
    while ((batch = lad_stream_reader_next(stream, &error)) != NULL)
        for (guint32 t = 0; t < batch->n_tokens; t++) {
            guint32 token = batch->tokens[t];
            if (!(token & LAD_TOKEN_RECORD)) {
                insns += lad_code_entry(lad_trace_reader_code(reader), token)->n_insns;
                continue;
            }
            const LadRecord *record = &batch->records[token & ~LAD_TOKEN_RECORD];
            char kind = record->kind == LAD_RECORD_SWITCH   ? 't'
                        : record->kind == LAD_RECORD_BURST  ? 'b'
                        : record->kind == LAD_RECORD_MARKER ? 'm'
                                                            : '?';
            if (insns > 0)
                g_string_append_printf(text, "%" G_GUINT64_FORMAT " ", insns);
            insns = 0;
            g_string_append_printf(text, "%c%" G_GUINT64_FORMAT " ", kind, record->value);
        }
    g_string_append_printf(text, "%" G_GUINT64_FORMAT, insns);
    return g_string_free(text, FALSE);
}

/* ---- Tests ------------------------------------------------------------------------------------
 */

START_TEST(windows_are_turns_and_marked_where_they_are_measured)
{
    const Planned a[] = {{10, 0, 0}, {5, 5, 1000}}, b[] = {{20, 0, 7}, {1, 0, 8}, {10, 0, 9}};
    write_recording(first, 5, a, 2);
    write_recording(second, 5, b, 3);
    LadStitchResult result = stitch(FALSE, 0.2, 4);
    ck_assert_uint_eq(result.n_windows, 4);
    ck_assert_uint_eq(result.n_dropped, 1);
    ck_assert_uint_eq(result.n_insns, 2 * (10 + 10 + 20 + 10));
    ck_assert_uint_eq(result.n_missing, 1000 + 7 + 8 + 9);
    ck_assert_uint_eq(result.n_processes, 2);
    ck_assert_uint_eq(result.n_hosts, 1);
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(out, LAD_TRACE_NO_THREAD, NULL);
    g_autofree char *one = list_stream(reader, 0), *two = list_stream(reader, 1);
    /* The windows of 20 instructions are measured from the first block at or past 4 of them. */
    ck_assert_str_eq(one, "t1 b0 4 m1 16 t3 b1000 4 m3 16");
    ck_assert_str_eq(two, "t2 b7 8 m2 32 t4 b9 4 m4 16");
    ck_assert_uint_ne(lad_trace_reader_stream_info(reader, 0)->process,
                      lad_trace_reader_stream_info(reader, 1)->process);
    ck_assert_uint_eq(lad_trace_reader_stream_info(reader, 1)->host, 0);
}
END_TEST

START_TEST(traces_may_be_of_hosts_of_their_own)
{
    const Planned a[] = {{10, 0, 0}};
    write_recording(first, 5, a, 1);
    write_recording(second, 5, a, 1);
    LadStitchResult result = stitch(TRUE, 0, 1);
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(out, LAD_TRACE_NO_THREAD, NULL);
    ck_assert_uint_eq(result.n_hosts, 2);
    ck_assert_uint_eq(lad_trace_reader_stream_info(reader, 0)->host, 0);
    ck_assert_uint_eq(lad_trace_reader_stream_info(reader, 1)->host, 1);
}
END_TEST

START_TEST(nothing_to_stitch_is_an_error)
{
    const Planned a[] = {{10, 0, 0}};
    const LadStitchOptions options = {0.2, 1000};
    LadStitchResult result;
    g_autoptr(GError) error = NULL;
    write_recording(first, 5, a, 1);
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(first, LAD_TRACE_NO_THREAD, NULL);
    ck_assert(!lad_trace_stitch(&reader, 1, FALSE, out, &options, NULL, &result, &error));
    lad_assert_error(error, "no window of 1000 instructions");
}
END_TEST

static const char machine_text[] = "[core]\n"
                                   "model = in-order\n"
                                   "cores = 2\n"
                                   "frequency = 1 GHz\n"
                                   "[cache.l1d]\nlevel = 1\nside = data\nsize = 4 KiB\nways = 4\n"
                                   "line = 64 B\nlatency = 1 cycles\nmshrs = 4\nshared-by = 1\n"
                                   "[cache.l1i]\nlevel = 1\nside = instruction\nsize = 4 KiB\n"
                                   "ways = 4\nline = 64 B\nlatency = 1 cycles\nmshrs = 4\n"
                                   "shared-by = 1\n"
                                   "[tlb.l1]\nlevel = 1\nentries = 16\nways = 4\n"
                                   "[tier.near]\nmodel = fixed\nsize = 1 GiB\nlatency = 100 ns\n"
                                   "bandwidth = 10 GB/s\n";

/* Each access is to a new line, so all of them miss. Of reads per write 8 of 10 remain of the first
 * window (2 warm it), and of the second 3 loads and 5 stores. */
START_TEST(figures_are_those_of_the_measured_windows)
{
    const Planned a[] = {{10, 0, 0}, {5, 5, 1000}};
    g_autoptr(GError) error = NULL;
    write_recording(first, 5, a, 2);
    write_recording(second, 5, a, 2);
    stitch(FALSE, 0.2, 1);
    ck_assert(g_file_set_contents(machine, machine_text, -1, NULL));
    g_autoptr(LadModels) models = lad_models_new(NULL, &error);
    lad_assert_ok(models != NULL, error);
    const LadProfileMachine of = {.machine = machine};
    const LadBurstOptions options = {.machine = &of, .models = models, .windows = TRUE};
    const char *paths[] = {out, NULL};
    g_autoptr(LadProfileSources) sources =
        lad_profile_sources_open(paths, LAD_TRACE_NO_THREAD, &error);
    lad_assert_ok(sources != NULL, error);
    g_autoptr(LadFindings) findings = lad_profile_burst(sources, &options, NULL, &error);
    lad_assert_ok(findings != NULL, error);
    ck_assert_double_eq(lad_findings_value(findings, "windows_measured"), 4);
    ck_assert_double_eq(lad_findings_value(findings, "instructions_measured"), 2 * 4 * 8);
    const LadFindingsTable *table = lad_findings_find(findings, "figures");
    double ratio = (double)NAN, hits = (double)NAN, half = (double)NAN;
    for (guint i = 0; i < lad_findings_n_rows(table); i++) {
        const char *name = lad_findings_cell_text(table, i, 0);
        if (strcmp(name, "reads_per_write") == 0) {
            ratio = lad_findings_cell(table, i, 1);
            half = lad_findings_cell(table, i, 2);
        } else if (strcmp(name, "cache.l1d.hit_ratio_data") == 0) {
            hits = lad_findings_cell(table, i, 1);
        }
    }
    ck_assert_double_eq_tol(ratio, 2.0 * (8 + 3) / (2 * 5), 1e-12);
    ck_assert_double_eq_tol(hits, 0, 1e-12);
    /* Residuals from 2.2: 8, -8, 8, -8; t of 3 degrees is 3.1824: 3.1824 sqrt(256 x 4 / 3) / 10. */
    ck_assert_double_eq_tol(half, 3.1824 * sqrt(256.0 * 4 / 3) / 10, 1e-3);
}
END_TEST

/* ---- Gaps -------------------------------------------------------------------------------------
 */

enum { WINDOWS = 3, LINES = 32 };

/* Windows that each read the same 32 lines twice, with two instructions per access. */
static void
write_loops(const char *path)
{
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, NULL, &error);
    lad_assert_ok(writer != NULL, error);
    LadStreamInfo info = {.process = 1, .thread = 1, .cgroup = (char *)"", .name = (char *)"loops"};
    guint stream = lad_trace_writer_add_stream(writer, &info);
    guint32 load = block_of(writer, LAD_OPERAND_LOAD);
    for (guint w = 0; w < WINDOWS; w++) {
        const LadRecord burst = {.kind = LAD_RECORD_BURST, .value = 1000, .text = ""};
        ck_assert(lad_trace_writer_record(writer, stream, &burst, &error));
        for (guint64 i = 0; i < 2 * LINES; i++) {
            guint64 address = 0x100000 + 64 * (i % LINES);
            ck_assert(lad_trace_writer_execute(writer, stream, load, &address, &error));
        }
    }
    lad_assert_ok(lad_trace_writer_close(writer, &error), error);
}

/* Accesses and misses that count under a rule: keep: 32 in the first window miss; flush: in each;
 * 64 instructions are the first half of a window, 32 a quarter. */
static const struct {
    const char *rule, *sets[2];
    guint accesses, misses;
} gap_rules[] = {
    {"marked", {NULL}, 192, 32},
    {"keep", {"run.gaps=keep"}, 192, 32},
    {"flush", {"run.gaps=flush"}, 192, 96},
    {"warm:64", {"run.gaps=warm", "run.gap-warmup=64"}, 96, 0},
    {"warm:32", {"run.gaps=warm", "run.gap-warmup=32"}, 144, 16},
    {"flush:32", {"run.gaps=flush", "run.gap-warmup=32"}, 144, 48},
};

static const char *const gap_cores[] = {"in-order", "window", "functional"};

static char *
gap_machine(const char *core)
{
    char *text = g_strconcat(machine_text, "[walk]\nenter = none\n", NULL);
    if (strcmp(core, "functional") != 0)
        return text;
    g_free(text);
    text = g_strdup(machine_text);
    *strstr(text, "[tier.near]") = '\0';
    return text;
}

START_TEST(a_profile_of_bursts_counts_what_the_rule_for_gaps_says)
{
    g_autoptr(GError) error = NULL;
    write_loops(first);
    g_autofree char *text = gap_machine(gap_cores[_i]);
    ck_assert(g_file_set_contents(machine, text, -1, NULL));
    g_autoptr(LadModels) models = lad_models_new(NULL, &error);
    lad_assert_ok(models != NULL, error);
    g_autofree char *core = g_strdup_printf("core.model=%s", gap_cores[_i]);
    char *const sets[] = {core, (char *)"core.cores=1", NULL};
    const LadProfileMachine of = {.machine = machine, .sets = sets};
    const char *paths[] = {first, NULL};
    for (guint i = 0; i < G_N_ELEMENTS(gap_rules); i++) {
        LadBurstOptions options = {.machine = &of, .models = models};
        lad_assert_ok(lad_burst_parse_gaps(gap_rules[i].rule, &options, &error), error);
        g_autoptr(LadProfileSources) sources =
            lad_profile_sources_open(paths, LAD_TRACE_NO_THREAD, &error);
        lad_assert_ok(sources != NULL, error);
        g_autoptr(LadFindings) findings = lad_profile_burst(sources, &options, NULL, &error);
        lad_assert_ok(findings != NULL, error);
        ck_assert_double_eq(lad_findings_value(findings, "windows_measured"), WINDOWS);
        ck_assert_double_eq(lad_findings_value(findings, "instructions_measured"),
                            2 * gap_rules[i].accesses);
        const LadFindingsTable *table = lad_findings_find(findings, "figures");
        double hits = (double)NAN;
        for (guint row = 0; row < lad_findings_n_rows(table); row++)
            if (strcmp(lad_findings_cell_text(table, row, 0), "cache.l1d.hit_ratio_data") == 0)
                hits = lad_findings_cell(table, row, 1);
        double expected = 1 - (double)gap_rules[i].misses / gap_rules[i].accesses;
        ck_assert_msg(fabs(hits - expected) < 1e-12, "%s: %g, expected %g", gap_rules[i].rule, hits,
                      expected);
    }
}
END_TEST

START_TEST(a_run_counts_what_the_rule_for_gaps_says)
{
    write_loops(first);
    g_autofree char *text = gap_machine(gap_cores[_i]);
    for (guint i = 0; i < G_N_ELEMENTS(gap_rules); i++) {
        g_autoptr(GString) more = g_string_new(NULL);
        g_string_printf(more, "[core]\nmodel = %s\ncores = 1\n[run]\n", gap_cores[_i]);
        for (guint k = 0; k < 2 && gap_rules[i].sets[k] != NULL; k++)
            g_string_append_printf(more, "%s\n", gap_rules[i].sets[k] + strlen("run."));
        RunBed bed;
        run_bed_init(&bed, text, more->str, first, 0);
        lad_assert_ok(bed.run != NULL, bed.error);
        gboolean ok = run_bed_finish(&bed, i % 2 ? 50 : 0);
        lad_assert_ok(ok, bed.error);
        const LadPhase measured = LAD_PHASE_MEASURED, warmup = LAD_PHASE_WARMUP;
        ck_assert_uint_eq(run_bed_value(&bed, "cache_l1d", "loads", measured),
                          gap_rules[i].accesses);
        ck_assert_uint_eq(run_bed_value(&bed, "cache_l1d", "load_misses", measured),
                          gap_rules[i].misses);
        ck_assert_uint_eq(run_bed_value(&bed, "core0", "instructions", measured),
                          2 * gap_rules[i].accesses);
        ck_assert_uint_eq(run_bed_value(&bed, "cache_l1d", "loads", warmup),
                          2 * LINES * WINDOWS - gap_rules[i].accesses);
        LadTime start, length, before;
        lad_run_phase_time(bed.run, measured, &start, &length);
        lad_run_phase_time(bed.run, warmup, &start, &before);
        ck_assert((length > 0) == (_i < 2));
        ck_assert((before > 0) == (_i < 2 && gap_rules[i].accesses < 2 * LINES * WINDOWS));
        run_bed_clear(&bed);
    }
}
END_TEST

static void
expect_gaps_refused(const char *set, const char *says)
{
    g_autofree char *more = g_strdup_printf("[core]\ncores = 1\n[run]\n%s\n", set);
    RunBed bed;
    run_bed_init(&bed, machine_text, more, first, 0);
    ck_assert_ptr_null(bed.run);
    lad_assert_error(bed.error, says);
    run_bed_clear(&bed);
}

START_TEST(rules_for_gaps_that_make_no_sense_are_refused)
{
    LadBurstOptions options = {0};
    static const char *const wrong[] = {"warm", "keep:3", "warm:0", "flush:x", "drop", ""};
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        ck_assert(!lad_burst_parse_gaps(wrong[i], &options, &error));
        lad_assert_error(error, "warm:N or flush:N");
    }
    write_loops(first);
    expect_gaps_refused("gap-warmup = 5", "gap-warmup = 5");
    expect_gaps_refused("gaps = warm", "trace stitch --warm");
    expect_gaps_refused("gaps = flush\ngap-warmup = 5\nwarmup-instructions = 3", "expected one");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("stitch");
    TCase *cases = tcase_create("stitch");
    tcase_add_checked_fixture(cases, make_directory, remove_directory);
    tcase_add_test(cases, windows_are_turns_and_marked_where_they_are_measured);
    tcase_add_test(cases, traces_may_be_of_hosts_of_their_own);
    tcase_add_test(cases, nothing_to_stitch_is_an_error);
    tcase_add_test(cases, figures_are_those_of_the_measured_windows);
    tcase_add_loop_test(cases, a_profile_of_bursts_counts_what_the_rule_for_gaps_says, 0, 3);
    tcase_add_loop_test(cases, a_run_counts_what_the_rule_for_gaps_says, 0, 3);
    tcase_add_test(cases, rules_for_gaps_that_make_no_sense_are_refused);
    suite_add_tcase(suite, cases);
    return lad_suite_run(suite);
}
