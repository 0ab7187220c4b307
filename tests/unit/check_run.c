/* check_run.c - a run from its configuration to its results: phases, limits, ends, copies, sharing
 * of cores, and that nothing but input, configuration and seed reaches a result.
 */
#include "config.h"
#include "tests/unit/run_bed.h"
#include "tests/unit/suite.h"
#include <string.h>

#define MEASURED LAD_PHASE_MEASURED
#define WARMUP   LAD_PHASE_WARMUP

static char *path;

/* 1000 iterations over 64 KiB: 4000 instructions and 1000 loads. */
static const LoopStream loads = {
    .process = 1, .pc = 0x400000, .base = 0x10000000, .stride = 64, .span = 65536, .n = 1000};

static void
set_up(void)
{
    path = loop_trace_path();
}

static void
tear_down(void)
{
    loop_trace_remove(path);
}

/* Run `more` over bed_timed on the trace to its end. */
static void
run_timed(RunBed *bed, const char *more)
{
    run_bed_init(bed, bed_timed, more, path, 0);
    gboolean ok = run_bed_finish(bed, 0);
    lad_assert_ok(ok, bed->error);
}

/* The message of a run that cannot be made, or fails. */
static void
expect_error(const char *machine, const char *more, int code, const char *part)
{
    RunBed bed;
    run_bed_init(&bed, machine, more, path, 0);
    if (bed.run)
        ck_assert(!run_bed_finish(&bed, 0));
    lad_assert_error(bed.error, part);
    ck_assert_int_eq(bed.error->code, code);
    run_bed_clear(&bed);
}

/* ---- What is counted ------------------------------------------------------------------------- */

START_TEST(counts_what_the_trace_holds)
{
    RunBed bed;
    loop_trace_write(path, &loads, 1);
    run_timed(&bed, "");
    ck_assert_uint_eq(run_bed_value(&bed, "run", "instructions", MEASURED), 4000);
    ck_assert_uint_eq(run_bed_value(&bed, "run", "loads", MEASURED), 1000);
    ck_assert_uint_eq(run_bed_value(&bed, "run", "stores", MEASURED), 0);
    ck_assert_uint_eq(run_bed_value(&bed, "run", "references", MEASURED), 5000);
    ck_assert_uint_eq(run_bed_value(&bed, "run", "records", MEASURED), 1000);
    ck_assert_str_eq(lad_run_end_reason(bed.run), "end of trace");
    run_bed_clear(&bed);
}
END_TEST

START_TEST(a_functional_run_needs_no_tiers_and_keeps_no_time)
{
    RunBed bed;
    loop_trace_write(path, &loads, 1);
    run_bed_init(&bed, bed_functional, "", path, 0);
    gboolean ok = run_bed_finish(&bed, 0);
    lad_assert_ok(ok, bed.error);
    ck_assert_uint_eq(run_bed_value(&bed, "run", "instructions", MEASURED), 4000);
    ck_assert_uint_eq(run_bed_value(&bed, "run", "time", MEASURED), 0);
    ck_assert_uint_eq(lad_run_n_samples(bed.run), 0);
    run_bed_clear(&bed);
}
END_TEST

/* Stalls and base time add up to the core's time, and that with idle time to the run's. */
START_TEST(the_stack_adds_up_to_the_time)
{
    static const char *const rows[] = {"base", "fetch_cache",      "fetch_tlb", "memory_latency",
                                       "walk", "memory_bandwidth", "fault",     "kernel"};
    RunBed bed;
    loop_trace_write(path, &loads, 1);
    run_timed(&bed, "");
    guint64 sum = 0;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        sum += run_bed_value(&bed, "core0", rows[i], MEASURED);
    ck_assert_uint_eq(sum, run_bed_value(&bed, "core0", "ticks", MEASURED));
    sum += run_bed_value(&bed, "core0", "idle", MEASURED);
    /* A tick at 1 GHz is 62.5 ps. */
    ck_assert_uint_eq(sum * 125 / 2, run_bed_value(&bed, "run", "time", MEASURED));
    run_bed_clear(&bed);
}
END_TEST

/* Bytes in = bytes out: the heat map holds what the tier has carried for the caches. */
START_TEST(the_heat_map_holds_every_byte_between_caches_and_memory)
{
    RunBed bed;
    LoopStream stores = loads;
    stores.kind = LAD_OPERAND_MODIFY;
    loop_trace_write(path, &stores, 1);
    run_timed(&bed, "[kernel]\nzero-pages = false\n");
    const LadHeat *heat = lad_run_heat(bed.run, 0);
    LadBytes pages = 0, cells = 0;
    for (LadPage page = 0; page < lad_heat_n_pages(heat); page++)
        pages += lad_heat_page_bytes(heat, page);
    for (guint epoch = 0; epoch < lad_heat_n_epochs(heat); epoch++)
        for (guint range = 0; range < lad_heat_n_ranges(heat); range++)
            cells += lad_heat_cell(heat, range, epoch);
    ck_assert_uint_eq(pages, run_bed_value(&bed, "tier_memory", "read_bytes", MEASURED) +
                                 run_bed_value(&bed, "tier_memory", "write_bytes", MEASURED));
    ck_assert_uint_eq(cells, pages);
    ck_assert_uint_gt(run_bed_value(&bed, "tier_memory", "write_bytes", MEASURED), 0);
    run_bed_clear(&bed);
}
END_TEST

/* 256 lines in turn through 8 KiB of LRU cache all miss: an iteration is four instructions of one
 * cycle and one load that waits for 10 ns of look-up, of which the first level's one is part of its
 * instruction, and 100 ns of memory. */
START_TEST(a_chase_over_memory_costs_its_latency_per_load)
{
    RunBed bed;
    LoopStream chase = loads;
    chase.chases = TRUE;
    chase.span = 16384;
    chase.n = 256 + 2560;
    loop_trace_write(path, &chase, 1);
    run_timed(&bed, "[run]\nwarmup-records = 256\n");
    guint64 n = run_bed_value(&bed, "run", "records", MEASURED);
    ck_assert_uint_gt(n, 2400);
    ck_assert_uint_eq(run_bed_value(&bed, "tier_memory", "reads", MEASURED), n);
    ck_assert_uint_eq(run_bed_value(&bed, "run", "time", MEASURED),
                      n * (4 + 10 - 1 + 100) * LAD_NS);
    run_bed_clear(&bed);
}
END_TEST

/* ---- Warm-up --------------------------------------------------------------------------------- */

START_TEST(warmup_by_instructions_keeps_the_state_and_separates_the_counts)
{
    RunBed cold, warm;
    LoopStream twice = loads;
    twice.n = 2048; /* two rounds of 64 KiB */
    loop_trace_write(path, &twice, 1);
    run_timed(&cold, "");
    run_timed(&warm, "[run]\nwarmup-instructions = 4096\n");
    /* A path is at most 96 instructions. */
    guint64 before = run_bed_value(&warm, "run", "instructions", WARMUP);
    ck_assert_uint_ge(before, 4096);
    ck_assert_uint_lt(before, 4096 + 96);
    ck_assert_uint_eq(before + run_bed_value(&warm, "run", "instructions", MEASURED), 8192);
    /* All pages were touched before; the second round finds them. */
    ck_assert_uint_eq(run_bed_value(&warm, "kernel", "pgfault", WARMUP),
                      run_bed_value(&cold, "kernel", "pgfault", MEASURED));
    ck_assert_uint_eq(run_bed_value(&warm, "kernel", "pgfault", MEASURED), 0);
    /* Splitting changed nothing. */
    ck_assert_uint_eq(run_bed_value(&cold, "run", "time", MEASURED),
                      run_bed_value(&warm, "run", "time", WARMUP) +
                          run_bed_value(&warm, "run", "time", MEASURED));
    run_bed_clear(&cold);
    run_bed_clear(&warm);
}
END_TEST

START_TEST(warmup_by_records_ends_at_the_record)
{
    RunBed bed;
    loop_trace_write(path, &loads, 1);
    run_timed(&bed, "[run]\nwarmup-records = 300\n");
    guint64 before = run_bed_value(&bed, "run", "records", WARMUP);
    ck_assert_uint_ge(before, 300);
    ck_assert_uint_lt(before, 300 + 96);
    ck_assert_uint_eq(before + run_bed_value(&bed, "run", "records", MEASURED), 1000);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(warmup_by_time_ends_at_that_time)
{
    RunBed bed;
    loop_trace_write(path, &loads, 1);
    run_timed(&bed, "[run]\nwarmup-time = 20 us\n");
    LadTime start, length;
    lad_run_phase_time(bed.run, MEASURED, &start, &length);
    ck_assert_uint_eq(start, 20 * LAD_US);
    ck_assert_uint_gt(run_bed_value(&bed, "run", "instructions", WARMUP), 0);
    ck_assert_uint_gt(run_bed_value(&bed, "run", "instructions", MEASURED), 0);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(a_warmup_longer_than_the_trace_is_noted)
{
    RunBed bed;
    loop_trace_write(path, &loads, 1);
    run_timed(&bed, "[run]\nwarmup-instructions = 1000000\n");
    g_autofree char *notes = g_strjoinv("\n", (char **)lad_run_notes(bed.run));
    ck_assert_ptr_nonnull(strstr(notes, "before the end of warm-up"));
    run_bed_clear(&bed);
}
END_TEST

START_TEST(two_kinds_of_warmup_are_refused)
{
    loop_trace_write(path, &loads, 1);
    expect_error(bed_timed, "[run]\nwarmup-records = 1\nwarmup-time = 1 us\n", LAD_ERROR_CONFIG,
                 "expected one");
}
END_TEST

/* ---- The end --------------------------------------------------------------------------------- */

START_TEST(repeat_replays_the_trace_so_often)
{
    RunBed bed;
    loop_trace_write(path, &loads, 1);
    run_timed(&bed, "[run]\nat-end = repeat\nrepeat = 3\n");
    ck_assert_uint_eq(run_bed_value(&bed, "run", "instructions", MEASURED), 12000);
    ck_assert_uint_eq(run_bed_value(&bed, "run", "records", MEASURED), 3000);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(at_end_error_fails_unless_a_limit_comes_first)
{
    RunBed bed;
    loop_trace_write(path, &loads, 1);
    expect_error(bed_timed, "[run]\nat-end = error\n", LAD_ERROR_TRACE, "after 4000 instructions");
    run_timed(&bed, "[run]\nat-end = error\nmax-instructions = 3000\n");
    ck_assert_str_eq(lad_run_end_reason(bed.run), "instruction limit");
    guint64 n = run_bed_value(&bed, "run", "instructions", MEASURED);
    ck_assert_uint_ge(n, 3000);
    ck_assert_uint_lt(n, 3000 + 96);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(the_time_limit_ends_the_run)
{
    RunBed bed;
    loop_trace_write(path, &loads, 1);
    run_timed(&bed, "[run]\nmax-time = 30 us\n");
    ck_assert_str_eq(lad_run_end_reason(bed.run), "time limit");
    guint64 time = run_bed_value(&bed, "run", "time", MEASURED);
    ck_assert_uint_ge(time, 30 * LAD_US);
    ck_assert_uint_lt(time, 31 * LAD_US);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(repeat_without_at_end_is_refused)
{
    loop_trace_write(path, &loads, 1);
    expect_error(bed_timed, "[run]\nrepeat = 3\n", LAD_ERROR_CONFIG, "without at-end = repeat");
}
END_TEST

/* ---- Samples --------------------------------------------------------------------------------- */

START_TEST(samples_are_cumulative_and_end_with_the_run)
{
    RunBed bed;
    loop_trace_write(path, &loads, 1);
    run_timed(&bed, "[run]\nepoch = 5 us\n");
    guint n = lad_run_n_samples(bed.run), n_metrics;
    const LadMetrics *metrics = lad_run_metrics(bed.run, &n_metrics);
    guint run_index = 0;
    while (strcmp(metrics[run_index].part, "run") != 0)
        run_index++;
    ck_assert_uint_gt(n, 5);
    guint64 last = 0;
    for (guint i = 0; i < n; i++) {
        guint64 insns = lad_run_sample(bed.run, i, run_index, 0);
        ck_assert_uint_ge(insns, last);
        last = insns;
        if (i + 1 < n)
            ck_assert_uint_eq(lad_run_sample_time(bed.run, i), (i + 1) * 5 * LAD_US);
    }
    ck_assert_uint_eq(last, 4000);
    ck_assert_uint_eq(lad_run_sample_time(bed.run, n - 1),
                      run_bed_value(&bed, "run", "time", MEASURED));
    run_bed_clear(&bed);
}
END_TEST

START_TEST(too_many_samples_are_merged)
{
    RunBed bed;
    LoopStream many = loads;
    many.n = 20000;
    loop_trace_write(path, &many, 1);
    run_timed(&bed, "[run]\nepoch = 1 us\nmax-samples = 512\n");
    guint n = lad_run_n_samples(bed.run);
    ck_assert_uint_gt(n, 256);
    ck_assert_uint_le(n, 512);
    LadTime period = lad_run_sample_time(bed.run, 0);
    ck_assert_uint_gt(period, LAD_US);
    for (guint i = 0; i + 1 < n; i++)
        ck_assert_uint_eq(lad_run_sample_time(bed.run, i), (i + 1) * period);
    run_bed_clear(&bed);
}
END_TEST

/* ---- Several streams ------------------------------------------------------------------------- */

START_TEST(more_streams_than_cores_share_them_fairly)
{
    RunBed bed;
    LoopStream streams[3] = {loads, loads, loads};
    for (guint i = 0; i < 3; i++) {
        streams[i].process = i + 1;
        streams[i].n = 20000;
    }
    loop_trace_write(path, streams, 3);
    run_timed(&bed, "[sched]\nquantum = 10 us\nswitch-cost = 1 us\n[run]\nmax-time = 2 ms\n");
    guint64 switches = run_bed_value(&bed, "core0", "kernel", MEASURED) / 16000;
    ck_assert_uint_gt(switches, 150);
    ck_assert_uint_lt(switches, 201);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(all_cores_run_or_idle_until_the_end)
{
    RunBed bed;
    LoopStream streams[2] = {loads, loads};
    streams[1].process = 2;
    streams[1].n = 300;
    loop_trace_write(path, streams, 2);
    run_timed(&bed, "[core]\ncores = 3\n");
    for (guint i = 0; i < 3; i++) {
        char part[] = {'c', 'o', 'r', 'e', (char)('0' + i), 0};
        guint64 ticks = run_bed_value(&bed, part, "ticks", MEASURED) +
                        run_bed_value(&bed, part, "idle", MEASURED);
        ck_assert_uint_eq(ticks * 125 / 2, run_bed_value(&bed, "run", "time", MEASURED));
    }
    ck_assert_uint_eq(run_bed_value(&bed, "core2", "ticks", MEASURED), 0);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(without_sharing_more_streams_than_cores_are_refused)
{
    LoopStream streams[2] = {loads, loads};
    loop_trace_write(path, streams, 2);
    expect_error(bed_timed, "[sched]\nshare = false\n", LAD_ERROR_CONFIG, "1 core");
}
END_TEST

START_TEST(cores_are_assigned_one_per_stream)
{
    RunBed bed;
    LoopStream streams[2] = {loads, loads};
    loop_trace_write(path, streams, 2);
    run_timed(&bed, "[core]\ncores = 3\n[run]\ncores = 2, 0\n");
    ck_assert_uint_eq(run_bed_value(&bed, "core2", "instructions", MEASURED), 4000);
    ck_assert_uint_eq(run_bed_value(&bed, "core0", "instructions", MEASURED), 4000);
    ck_assert_uint_eq(run_bed_value(&bed, "core1", "instructions", MEASURED), 0);
    run_bed_clear(&bed);
    expect_error(bed_timed, "[run]\ncores = 0\n", LAD_ERROR_CONFIG, "1 entries for 2 streams");
    expect_error(bed_timed, "[run]\ncores = 0, 1\n", LAD_ERROR_CONFIG, "there are 1 cores");
}
END_TEST

START_TEST(copies_in_separate_spaces_have_pages_of_their_own)
{
    RunBed one, separate, shared, apart;
    loop_trace_write(path, &loads, 1);
    run_timed(&one, "");
    run_timed(&separate, "[core]\ncores = 2\n[run]\nrate = 2\n");
    run_timed(&shared, "[core]\ncores = 2\n[run]\nrate = 2\nrate-spaces = shared\n");
    run_timed(&apart, "[core]\ncores = 2\n[run]\nrate = 2\nrate-spaces = shared\n"
                      "rate-offset = 16 MiB\n");
    guint64 pages = run_bed_value(&one, "kernel", "pgfault", MEASURED);
    ck_assert_uint_eq(run_bed_value(&separate, "kernel", "pgfault", MEASURED), 2 * pages);
    ck_assert_uint_eq(run_bed_value(&shared, "kernel", "pgfault", MEASURED), pages);
    ck_assert_uint_eq(run_bed_value(&apart, "kernel", "pgfault", MEASURED), 2 * pages);
    ck_assert_uint_eq(run_bed_value(&separate, "run", "instructions", MEASURED), 8000);
    ck_assert_uint_eq(run_bed_value(&shared, "run", "streams", MEASURED), 2);
    run_bed_clear(&one);
    run_bed_clear(&separate);
    run_bed_clear(&shared);
    run_bed_clear(&apart);
}
END_TEST

/* Process 1 forks process 2 before its last iteration; both have the same pages, and the child
 * writes to each of them. */
START_TEST(a_forked_process_begins_at_the_fork_and_copies_on_write)
{
    RunBed bed;
    LoopStream streams[2] = {loads, loads};
    streams[0].kind = streams[1].kind = LAD_OPERAND_STORE;
    streams[0].n = 1025; /* touches all 16 pages, and the first once more */
    streams[0].child = streams[1].process = 2;
    streams[1].n = 1024;
    loop_trace_write(path, streams, 2);
    run_timed(&bed, "[core]\ncores = 2\n");
    ck_assert_uint_eq(run_bed_value(&bed, "run", "stores", MEASURED), 1025 + 1024);
    /* 16 copies by the child; the parent's last store meets a page that is still shared. */
    guint64 copies = run_bed_value(&bed, "kernel", "cow_fault", MEASURED);
    ck_assert_uint_ge(copies, 16);
    ck_assert_uint_le(copies, 17);
    /* The child's core idled until the fork. */
    ck_assert_uint_gt(run_bed_value(&bed, "core1", "idle", MEASURED), 0);
    ck_assert_ptr_null(strstr(lad_run_notes(bed.run)[0] ? lad_run_notes(bed.run)[0] : "", "fork"));
    run_bed_clear(&bed);
}
END_TEST

/* ---- Determinism ----------------------------------------------------------------------------- */

static const char four_cores[] = "[core]\ncores = 2\n[run]\nrate = 3\nepoch = 5 us\n"
                                 "warmup-instructions = 3000\n[sched]\nquantum = 10 us\n";

START_TEST(steps_and_decoding_threads_change_nothing)
{
    RunBed whole, stepped, unthreaded;
    loop_trace_write(path, &loads, 1);
    run_bed_init(&whole, bed_timed, four_cores, path, 0);
    run_bed_init(&stepped, bed_timed, four_cores, path, 0);
    run_bed_init(&unthreaded, bed_timed, four_cores, path, LAD_RUN_NO_THREADS);
    ck_assert(run_bed_finish(&whole, 0));
    ck_assert(run_bed_finish(&stepped, 100));
    ck_assert(run_bed_finish(&unthreaded, 777));
    g_autofree char *a = run_bed_dump(&whole);
    g_autofree char *b = run_bed_dump(&stepped);
    g_autofree char *c = run_bed_dump(&unthreaded);
    ck_assert_str_eq(a, b);
    ck_assert_str_eq(a, c);
    run_bed_clear(&whole);
    run_bed_clear(&stepped);
    run_bed_clear(&unthreaded);
}
END_TEST

START_TEST(two_runs_in_one_process_do_not_disturb_each_other)
{
    RunBed alone, first, second;
    loop_trace_write(path, &loads, 1);
    run_bed_init(&alone, bed_timed, four_cores, path, 0);
    ck_assert(run_bed_finish(&alone, 0));
    run_bed_init(&first, bed_timed, four_cores, path, 0);
    run_bed_init(&second, bed_timed, four_cores, path, 0);
    gboolean done_first = FALSE, done_second = FALSE;
    while (!done_first || !done_second) {
        if (!done_first)
            ck_assert(lad_run_step(first.run, 500, &done_first, &first.error));
        if (!done_second)
            ck_assert(lad_run_step(second.run, 900, &done_second, &second.error));
    }
    g_autofree char *a = run_bed_dump(&alone);
    g_autofree char *b = run_bed_dump(&first);
    g_autofree char *c = run_bed_dump(&second);
    ck_assert_str_eq(a, b);
    ck_assert_str_eq(a, c);
    run_bed_clear(&alone);
    run_bed_clear(&first);
    run_bed_clear(&second);
}
END_TEST

/* ---- Bad days -------------------------------------------------------------------------------- */

START_TEST(a_footprint_larger_than_all_tiers_is_out_of_memory)
{
    LoopStream large = loads;
    large.stride = 4096;
    large.span = 2 << 20;
    loop_trace_write(path, &large, 1);
    expect_error(bed_timed, "[tier.memory]\nsize = 1 MiB\n", LAD_ERROR_CAPACITY, "memory");
}
END_TEST

START_TEST(a_missing_trace_is_named)
{
    RunBed bed;
    run_bed_init(&bed, bed_timed, "", "/nonexistent/app.mlt", 0);
    lad_assert_error(bed.error, "/nonexistent/app.mlt");
    run_bed_clear(&bed);
    run_bed_init(&bed, bed_timed, "", NULL, 0);
    lad_assert_error(bed.error, "trace is empty");
    run_bed_clear(&bed);
}
END_TEST

START_TEST(a_trace_without_records_is_refused)
{
    LoopStream empty = loads;
    empty.n = 0;
    loop_trace_write(path, &empty, 1);
    expect_error(bed_timed, "", LAD_ERROR_TRACE, "expected at least one");
    expect_error(bed_functional, "", LAD_ERROR_TRACE, "expected at least one");
}
END_TEST

START_TEST(a_run_can_be_freed_at_any_moment)
{
    RunBed bed;
    loop_trace_write(path, &loads, 1);
    for (guint64 references = 0; references < 4000; references += 999) {
        run_bed_init(&bed, bed_timed, four_cores, path, 0);
        gboolean done = FALSE;
        if (references)
            ck_assert(lad_run_step(bed.run, references, &done, &bed.error));
        run_bed_clear(&bed);
    }
}
END_TEST

START_TEST(the_effective_configuration_reads_back_as_itself)
{
    RunBed first, second;
    run_bed_init(&first, bed_timed, four_cores, NULL, LAD_RUN_CONFIG_ONLY);
    lad_assert_ok(first.run != NULL, first.error);
    const char *text = lad_run_config_text(first.run);
    run_bed_init(&second, text, "", NULL, LAD_RUN_CONFIG_ONLY);
    lad_assert_ok(second.run != NULL, second.error);
    ck_assert_str_eq(text, lad_run_config_text(second.run));
    run_bed_clear(&first);
    run_bed_clear(&second);
}
END_TEST

static TCase *
tcase(Suite *suite, const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    suite_add_tcase(suite, tests);
    return tests;
}

int
main(void)
{
    Suite *suite = suite_create("run");
    TCase *counts = tcase(suite, "counts");
    tcase_add_test(counts, counts_what_the_trace_holds);
    tcase_add_test(counts, a_functional_run_needs_no_tiers_and_keeps_no_time);
    tcase_add_test(counts, the_stack_adds_up_to_the_time);
    tcase_add_test(counts, the_heat_map_holds_every_byte_between_caches_and_memory);
    tcase_add_test(counts, a_chase_over_memory_costs_its_latency_per_load);
    TCase *warmup = tcase(suite, "warm-up");
    tcase_add_test(warmup, warmup_by_instructions_keeps_the_state_and_separates_the_counts);
    tcase_add_test(warmup, warmup_by_records_ends_at_the_record);
    tcase_add_test(warmup, warmup_by_time_ends_at_that_time);
    tcase_add_test(warmup, a_warmup_longer_than_the_trace_is_noted);
    tcase_add_test(warmup, two_kinds_of_warmup_are_refused);
    TCase *end = tcase(suite, "end");
    tcase_add_test(end, repeat_replays_the_trace_so_often);
    tcase_add_test(end, at_end_error_fails_unless_a_limit_comes_first);
    tcase_add_test(end, the_time_limit_ends_the_run);
    tcase_add_test(end, repeat_without_at_end_is_refused);
    TCase *samples = tcase(suite, "samples");
    tcase_add_test(samples, samples_are_cumulative_and_end_with_the_run);
    tcase_add_test(samples, too_many_samples_are_merged);
    TCase *streams = tcase(suite, "streams");
    tcase_add_test(streams, more_streams_than_cores_share_them_fairly);
    tcase_add_test(streams, all_cores_run_or_idle_until_the_end);
    tcase_add_test(streams, without_sharing_more_streams_than_cores_are_refused);
    tcase_add_test(streams, cores_are_assigned_one_per_stream);
    tcase_add_test(streams, copies_in_separate_spaces_have_pages_of_their_own);
    tcase_add_test(streams, a_forked_process_begins_at_the_fork_and_copies_on_write);
    TCase *determinism = tcase(suite, "determinism");
    tcase_add_test(determinism, steps_and_decoding_threads_change_nothing);
    tcase_add_test(determinism, two_runs_in_one_process_do_not_disturb_each_other);
    TCase *bad = tcase(suite, "bad days");
    tcase_add_test(bad, a_footprint_larger_than_all_tiers_is_out_of_memory);
    tcase_add_test(bad, a_missing_trace_is_named);
    tcase_add_test(bad, a_trace_without_records_is_refused);
    tcase_add_test(bad, a_run_can_be_freed_at_any_moment);
    tcase_add_test(bad, the_effective_configuration_reads_back_as_itself);
    return lad_suite_run(suite);
}
