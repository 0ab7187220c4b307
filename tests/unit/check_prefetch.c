/* check_prefetch.c - prefetchers on patterns whose accuracy and coverage are known in closed form,
 * and next-line against the functional core.
 *
 * Lines are touched once each in most of them, by a core that waits, so that what a prefetcher
 * brings in, what is used and what is not follows from the pattern alone.
 */
#include "config.h"
#include "tests/unit/run_bed.h"
#include "tests/unit/script_trace.h"
#include "tests/unit/suite.h"
#include <memladder/random.h>

/* 1 GHz: first level 1 cycle, second 10, memory 100. Walks take no time. */
#define CACHES                                                                                     \
    "[core]\nmodel = in-order\nfrequency = 1 GHz\n"                                                \
    "[cache.l1i]\nlevel = 1\nside = instruction\nsize = 4 KiB\nways = 1\n"                         \
    "latency = 1 cycles\nmshrs = 64\n"                                                             \
    "[cache.l1d]\nlevel = 1\nside = data\nsize = 4 KiB\nways = 1\n"                                \
    "latency = 1 cycles\nmshrs = 64\n"                                                             \
    "[cache.l2]\nlevel = 2\nsize = 8 KiB\nways = 2\n"                                              \
    "latency = 10 cycles\nmshrs = 64\n"                                                            \
    "[tlb.l1i]\nlevel = 1\nside = instruction\nentries = 8\nways = 8\n"                            \
    "[tlb.l1d]\nlevel = 1\nside = data\nentries = 512\nways = 4\n"
#define MEMORY                                                                                     \
    "[walk]\nlatency = 0 cycles\nenter = none\n"                                                   \
    "[tier.memory]\nmodel = fixed\nsize = 64 MiB\n"                                                \
    "latency = 100 ns\nbandwidth = 10 GB/s\n"                                                      \
    "[kernel]\nzero-pages = false\nfault-cost = 0 ps\n[placement]\nmodel = first-touch\n"

static const char machine[] = CACHES MEMORY;

/* Memory whose channel says only by an event when a line is there. */
static const char machine_that_answers_later[] =
    CACHES "[walk]\nlatency = 0 cycles\nenter = none\n"
           "[tier.memory]\nmodel = banked\nsize = 16 GiB\n"
           "clock = 625 ps\nranks = 2\nbank-groups = 4\nbanks = 4\n"
           "rows = 65536\nrow-size = 8 KiB\nburst = 4\ncl = 22\n"
           "trcd = 22\ntrp = 22\ncwl = 16\ntras = 52\n"
           "trtp = 12\ntwr = 24\ntrrd-s = 4\ntrrd-l = 8\n"
           "tfaw = 34\ntccd-s = 4\ntccd-l = 8\ntwtr-s = 4\n"
           "twtr-l = 12\nrank-switch = 2\ntrfc = 560\ntrefi = 12480\n"
           "map = channel, group, line, bank, rank, row\npermute = true\nextra = 29 ns\n"
           "[kernel]\nzero-pages = false\n[placement]\nmodel = first-touch\n";

#define CODE  0x10000
#define DATA  0x100000
#define LINE  ((guint64)64)
#define LINES 64 /* of a page */

static guint64
measured(const RunBed *bed, const char *part, const char *counter)
{
    return run_bed_value(bed, part, counter, LAD_PHASE_MEASURED);
}

/* Of prefetcher "p". */
static guint64
counted(const RunBed *bed, const char *counter)
{
    return measured(bed, "prefetcher_p", counter);
}

static void
run_streams(RunBed *bed, const char *base, const char *more, const ScriptStream *streams, guint n)
{
    char *path = loop_trace_path();
    script_trace_write(path, streams, n);
    run_bed_init(bed, base, more, path, 0);
    gboolean ok = run_bed_finish(bed, 0);
    lad_assert_ok(ok, bed->error);
    loop_trace_remove(path);
}

static void
run_steps(RunBed *bed, const char *more, const ScriptStep *steps, guint n)
{
    const ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = n};
    run_streams(bed, machine, more, &stream, 1);
}

/* `n` loads, the first of `start`, each `stride` bytes on. */
static ScriptStep *
strided(guint64 start, gint64 stride, guint n)
{
    ScriptStep *steps = g_new0(ScriptStep, n);
    for (guint i = 0; i < n; i++)
        steps[i].address = start + (guint64)(stride * i);
    return steps;
}

/* Every line of `pages` pages in turn, forwards or backwards. */
static ScriptStep *
run_of_pages(guint pages, gboolean backwards)
{
    const guint n = pages * LINES;
    return backwards ? strided(DATA + (n - 1) * LINE, -(gint64)LINE, n)
                     : strided(DATA, (gint64)LINE, n);
}

/* Lines brought in are used, unused, or still there. */
static void
check_balance(const RunBed *bed, guint64 issued, guint64 useful, guint64 useless)
{
    ck_assert_uint_eq(counted(bed, "issued"), issued);
    ck_assert_uint_eq(counted(bed, "useful"), useful);
    ck_assert_uint_eq(counted(bed, "useless"), useless);
    ck_assert_uint_eq(counted(bed, "named"),
                      issued + counted(bed, "dropped_present") + counted(bed, "dropped_page") +
                          counted(bed, "dropped_mshr") + counted(bed, "dropped_throttle"));
    ck_assert_uint_eq(measured(bed, "tier_memory", "prefetches"), counted(bed, "from_memory"));
}

/* ---- Patterns -----------------------------------------------------------------------------------
 */

#define P(model, level, more) "[prefetcher.p]\nmodel = " model "\nlevel = " #level "\n" more

enum { PAGES = 6 };

START_TEST(next_line_on_misses_halves_the_misses_of_a_run)
{
    g_autofree ScriptStep *steps = run_of_pages(PAGES, FALSE);
    RunBed bed;
    run_steps(&bed, P("next-line", 1, "trigger = miss\n"), steps, PAGES * LINES);
    check_balance(&bed, PAGES * LINES / 2, PAGES * LINES / 2, 0);
    ck_assert_uint_eq(counted(&bed, "demands"), PAGES * LINES);
    ck_assert_uint_eq(measured(&bed, "cache_l1d", "load_misses"), PAGES * LINES / 2);
    ck_assert_uint_eq(measured(&bed, "cache_l1d", "prefetch_misses"), PAGES * LINES / 2);
    ck_assert_uint_eq(counted(&bed, "from_memory"), PAGES * LINES / 2);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(tagged_next_line_misses_once_a_page)
{
    g_autofree ScriptStep *steps = run_of_pages(PAGES, FALSE);
    RunBed bed;
    run_steps(&bed, P("next-line", 1, ""), steps, PAGES * LINES);
    check_balance(&bed, PAGES * (LINES - 1), PAGES * (LINES - 1), 0);
    ck_assert_uint_eq(counted(&bed, "dropped_page"), PAGES);
    ck_assert_uint_eq(measured(&bed, "cache_l1d", "load_misses"), PAGES);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(a_page_whose_translation_is_at_hand_may_be_entered)
{
    g_autofree ScriptStep *steps = g_new0(ScriptStep, 2 * PAGES * LINES);
    g_autofree ScriptStep *once = run_of_pages(PAGES, FALSE);
    for (guint i = 0; i < 2 * PAGES * LINES; i++)
        steps[i] = once[i % (PAGES * LINES)];
    RunBed bed;
    run_steps(&bed, P("next-line", 1, "crosses-pages = true\n"), steps, 2 * PAGES * LINES);
    /* The first time no page behind is known; the second time only the one behind the last is not.
     */
    ck_assert_uint_eq(measured(&bed, "cache_l1d", "load_misses"), PAGES + 1);
    ck_assert_uint_eq(counted(&bed, "dropped_page"), PAGES + 1);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(a_stride_is_followed_from_the_third_access_on)
{
    enum { PER_PAGE = LINES / 4, N = PAGES * PER_PAGE };
    g_autofree ScriptStep *steps = strided(DATA, 4 * (gint64)LINE, N);
    RunBed bed;
    run_steps(&bed, P("stride", 1, ""), steps, N);
    /* Two to learn it, and the first of every page but one that is not learnt in. */
    guint64 missed = 3 + PAGES - 1;
    check_balance(&bed, N - missed, N - missed, 0);
    ck_assert_uint_eq(counted(&bed, "demands"), N);
    ck_assert_uint_eq(measured(&bed, "cache_l1d", "load_misses"), missed);
    run_bed_clear(&bed);
    g_autofree ScriptStep *back = strided(DATA + 4 * LINE * (N - 1), -4 * (gint64)LINE, N);
    run_steps(&bed, P("stride", 1, ""), back, N);
    check_balance(&bed, N - missed, N - missed, 0);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(a_stride_too_long_and_strides_that_never_repeat_name_nothing)
{
    enum { N = 40 };
    g_autofree ScriptStep *steps = strided(DATA, 33 * (gint64)LINE, N);
    RunBed bed;
    run_steps(&bed, P("stride", 1, ""), steps, N);
    ck_assert_uint_eq(counted(&bed, "named"), 0);
    ck_assert_uint_eq(counted(&bed, "demands"), N);
    run_bed_clear(&bed);
    for (guint i = 0; i < N; i++)
        steps[i].address = DATA + i * (i + 1) / 2 * LINE;
    run_steps(&bed, P("stride", 1, "max-stride = 1 GiB\n"), steps, N);
    ck_assert_uint_eq(counted(&bed, "named"), 0);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(strides_are_told_apart_by_instruction)
{
    /* Two loops that take turns: one table entry would see neither stride. */
    enum { N = 30 };
    const ScriptStep zero = {0};
    ScriptStep odd[2 * N], even[2 * N];
    for (guint i = 0; i < N; i++) {
        odd[2 * i] = (ScriptStep){.address = DATA + i * 2 * LINE};
        even[2 * i] = (ScriptStep){.address = DATA + 0x10000 + i * LINE};
        odd[2 * i + 1] = even[2 * i + 1] = zero;
    }
    char *path = loop_trace_path();
    GError *error = NULL;
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, NULL, &error);
    lad_assert_ok(writer != NULL, error);
    LadStreamInfo info = {.process = 1, .cgroup = (char *)"", .name = (char *)"two"};
    guint stream = lad_trace_writer_add_stream(writer, &info);
    LadInsn insns[2] = {{.length = 4, .n_operands = 1}, {.length = 4, .n_operands = 1}};
    LadOperand operands[2] = {{.size = 8}, {.size = 8, .insn = 1}};
    LadBlock block = {
        .pc = CODE, .n_insns = 2, .n_operands = 2, .insns = insns, .operands = operands};
    guint32 id = lad_trace_writer_block(writer, &block);
    for (guint i = 0; i < N; i++) {
        const guint64 addresses[2] = {odd[2 * i].address, even[2 * i].address};
        lad_assert_ok(lad_trace_writer_execute(writer, stream, id, addresses, &error), error);
    }
    lad_assert_ok(lad_trace_writer_close(writer, &error), error);
    RunBed bed;
    run_bed_init(&bed, machine, P("stride", 1, ""), path, 0);
    lad_assert_ok(run_bed_finish(&bed, 0), bed.error);
    /* Each: three to learn, then all to the page's end are named, the last one for nothing. */
    ck_assert_uint_eq(counted(&bed, "useful"), 2 * (N - 3));
    ck_assert_uint_eq(counted(&bed, "issued"), 2 * (N - 2));
    run_bed_clear(&bed);
    loop_trace_remove(path);
}
END_TEST

START_TEST(a_stream_misses_what_it_is_trained_with)
{
    g_autofree ScriptStep *steps = run_of_pages(PAGES, _i == 1);
    RunBed bed;
    run_steps(&bed, P("stream", 2, ""), steps, PAGES * LINES);
    check_balance(&bed, PAGES * (LINES - 3), PAGES * (LINES - 3), 0);
    ck_assert_uint_eq(counted(&bed, "demands"), PAGES * LINES);
    ck_assert_uint_eq(measured(&bed, "cache_l2", "load_misses"), PAGES * 3);
    /* The first level has none and misses as ever. */
    ck_assert_uint_eq(measured(&bed, "cache_l1d", "load_misses"), PAGES * LINES);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(streams_beyond_the_table_are_forgotten)
{
    /* Line i of eight pages in turn: with fewer streams than pages nothing is ever trained. */
    enum { N = 8 * LINES };
    g_autofree ScriptStep *steps = g_new0(ScriptStep, N);
    for (guint i = 0; i < N; i++)
        steps[i].address = DATA + (i % 8) * LAD_PAGE_BYTES + i / 8 * LINE;
    RunBed bed;
    static const char large[] = "[cache.l2]\nsize = 64 KiB\nways = 16\nmshrs = 256\n";
    g_autofree char *seven = g_strconcat(large, P("stream", 2, "streams = 7\n"), NULL);
    g_autofree char *eight = g_strconcat(large, P("stream", 2, "streams = 8\n"), NULL);
    run_steps(&bed, seven, steps, N);
    ck_assert_uint_eq(counted(&bed, "named"), 0);
    run_bed_clear(&bed);
    run_steps(&bed, eight, steps, N);
    ck_assert_uint_eq(counted(&bed, "useful"), 8 * (LINES - 3));
    run_bed_clear(&bed);
}
END_TEST

START_TEST(an_adjacent_line_is_used_in_a_run_and_never_where_every_other_line_is)
{
    g_autofree ScriptStep *run = run_of_pages(PAGES, FALSE);
    RunBed bed;
    run_steps(&bed, P("adjacent-line", 2, ""), run, PAGES * LINES);
    check_balance(&bed, PAGES * LINES / 2, PAGES * LINES / 2, 0);
    run_bed_clear(&bed);
    enum { N = PAGES * LINES / 2, RESIDENT = 8192 / 64 / 2 };
    g_autofree ScriptStep *every_other = strided(DATA, 2 * (gint64)LINE, N);
    run_steps(&bed, P("adjacent-line", 2, ""), every_other, N);
    /* Half of what the second level holds at the end are pairs still waiting for a use. */
    check_balance(&bed, N, 0, N - RESIDENT);
    ck_assert_uint_eq(counted(&bed, "useless_memory"), N - RESIDENT);
    ck_assert_uint_eq(measured(&bed, "tier_memory", "read_bytes"), (2 * N + 1) * LINE);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(best_offset_finds_the_stride)
{
    /* Learning takes 31 hits of one offset, tested once in 52 accesses. */
    enum { WARM = 1720, N = 1400, PER_PAGE = LINES / 4 };
    g_autofree ScriptStep *steps = strided(DATA, 4 * (gint64)LINE, WARM + N);
    RunBed bed;
    /* With this bandwidth a prefetch is there as soon as the miss it was sent with. */
    run_steps(&bed,
              P("best-offset", 2,
                "[run]\nwarmup-instructions = 1720\n") "[tier.memory]\nbandwidth = 10000 GB/s\n",
              steps, WARM + N);
    ck_assert_uint_eq(run_bed_value(&bed, "prefetcher_p", "choices", LAD_PHASE_WARMUP), 1);
    ck_assert_uint_eq(counted(&bed, "choices"), 0);
    /* The first of every page is missed; the warm-up ends within a page. */
    ck_assert_uint_eq(measured(&bed, "cache_l2", "load_misses"), N / PER_PAGE);
    ck_assert_uint_eq(counted(&bed, "useful"), counted(&bed, "demands") - N / PER_PAGE);
    ck_assert_uint_eq(counted(&bed, "dropped_page"), N / PER_PAGE + 1);
    ck_assert_uint_eq(counted(&bed, "named"), counted(&bed, "demands"));
    run_bed_clear(&bed);
}
END_TEST

START_TEST(best_offset_turns_itself_off_where_nothing_repeats)
{
    enum { N = 5200 + 500 };
    g_autofree ScriptStep *steps = g_new0(ScriptStep, N);
    LadRandom random;
    lad_random_init(&random, 3, "test");
    for (guint i = 0; i < N; i++)
        steps[i].address = DATA + lad_random_below(&random, 8192 * LINES) * LINE;
    RunBed bed;
    run_steps(&bed, P("best-offset", 2, "[run]\nwarmup-instructions = 5250\n"), steps, N);
    ck_assert_uint_eq(run_bed_value(&bed, "prefetcher_p", "off", LAD_PHASE_WARMUP), 1);
    ck_assert_uint_eq(counted(&bed, "named"), 0);
    run_bed_clear(&bed);
}
END_TEST

/* `pages` pages of code, each line 16 instructions, executed once in order. */
static void
write_code(const char *path, guint pages)
{
    GError *error = NULL;
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, NULL, &error);
    lad_assert_ok(writer != NULL, error);
    LadStreamInfo info = {.process = 1, .cgroup = (char *)"", .name = (char *)"code"};
    guint stream = lad_trace_writer_add_stream(writer, &info);
    LadInsn insns[16];
    for (guint i = 0; i < G_N_ELEMENTS(insns); i++)
        insns[i] = (LadInsn){.length = 4};
    for (guint line = 0; line < pages * LINES; line++) {
        LadBlock block = {.pc = CODE + line * LINE, .n_insns = 16, .insns = insns};
        guint32 id = lad_trace_writer_block(writer, &block);
        lad_assert_ok(lad_trace_writer_execute(writer, stream, id, NULL, &error), error);
    }
    lad_assert_ok(lad_trace_writer_close(writer, &error), error);
}

START_TEST(a_straight_run_of_code_misses_once_a_page)
{
    char *path = loop_trace_path();
    write_code(path, PAGES);
    guint64 waited[2];
    for (guint with = 0; with < 2; with++) {
        RunBed bed;
        run_bed_init(&bed, machine,
                     with ? P("instruction-next-line", 1, "side = instruction\n") : "", path, 0);
        lad_assert_ok(run_bed_finish(&bed, 0), bed.error);
        waited[with] = measured(&bed, "core0", "fetch_cache");
        if (with) {
            check_balance(&bed, PAGES * (LINES - 1), PAGES * (LINES - 1), 0);
            ck_assert_uint_eq(measured(&bed, "cache_l1i", "fetch_misses"), PAGES);
        } else {
            ck_assert_uint_eq(measured(&bed, "cache_l1i", "fetch_misses"), PAGES * LINES);
        }
        run_bed_clear(&bed);
    }
    /* Two lines of 16 cycles ahead of 109 cycles: three lines take what one did, and their own. */
    ck_assert_uint_lt(waited[1], waited[0] / 2);
    loop_trace_remove(path);
}
END_TEST

/* ---- Time and queues ----------------------------------------------------------------------------
 */

START_TEST(a_prefetch_is_late_unless_there_was_time_for_it)
{
    /* A load of a new line every `gap` + 1 cycles. */
    enum { N = LINES };
    for (guint gap = 0; gap <= 120; gap += 60) {
        g_autofree ScriptStep *steps = g_new0(ScriptStep, N * (gap + 1));
        for (guint i = 0; i < N; i++)
            steps[i * (gap + 1)].address = DATA + i * LINE;
        RunBed bed;
        run_steps(&bed, P("next-line", 1, ""), steps, N * (gap + 1));
        ck_assert_uint_eq(counted(&bed, "useful"), N - 1);
        /* A request leaves as the line before it is asked for, not when that is there: if that one
         * waits for s, this one has s + gap + 1 and waits for 108 - gap - s. So two in a row wait
         * for 108 - gap together, and for 6.4 ns of the channel. */
        guint64 two = gap < 108 ? 108 - gap : 0, late = counted(&bed, "late");
        guint64 stall =
            measured(&bed, "core0", "memory_latency") + measured(&bed, "core0", "memory_bandwidth");
        ck_assert_uint_ge(late, two > 0 ? N / 2 - 1 : 0);
        ck_assert_uint_le(late, two > 0 ? N - 1 : 0);
        ck_assert_uint_ge(stall, 16 * (109 + (N / 2 - 1) * two));
        ck_assert_uint_le(stall, 16 * (109 + (N / 2 - 1) * (two > 0 ? two + 14 : 0)));
        run_bed_clear(&bed);
    }
}
END_TEST

START_TEST(prefetches_wait_in_the_queues_of_the_memory)
{
    /* Lines of 64 bytes at 100 MB/s take 640 ns each: 16 prefetches make the next miss wait. */
    enum { N = 8 };
    g_autofree ScriptStep *steps = strided(DATA, (gint64)LAD_PAGE_BYTES, N);
    guint64 queued[2];
    for (guint with = 0; with < 2; with++) {
        RunBed bed;
        const char *slow = "[tier.memory]\nlatency = 700 ns\nbandwidth = 100 MB/s\n";
        g_autofree char *more =
            g_strconcat(slow, with ? P("next-line", 1, "degree = 16\n") : "", NULL);
        run_steps(&bed, more, steps, N);
        queued[with] = measured(&bed, "core0", "memory_bandwidth");
        if (with)
            check_balance(&bed, 16 * N, 0, counted(&bed, "useless"));
        run_bed_clear(&bed);
    }
    ck_assert_uint_eq(queued[0], 0);
    ck_assert_uint_gt(queued[1], (guint64)16 * (N - 1) * 14 * 640);
}
END_TEST

START_TEST(without_a_free_mshr_nothing_is_prefetched)
{
    g_autofree ScriptStep *steps = run_of_pages(1, FALSE);
    RunBed bed;
    run_steps(&bed, P("next-line", 1, "") "[cache.l1d]\nmshrs = 1\n", steps, LINES);
    check_balance(&bed, 0, 0, 0);
    ck_assert_uint_eq(counted(&bed, "dropped_mshr"), LINES - 1);
    ck_assert_uint_eq(measured(&bed, "cache_l1d", "load_misses"), LINES);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(a_throttle_holds_prefetches_back_while_the_memory_is_busy)
{
    /* Alone the core reads a line in 110 ns, 0.58 of 10 GB/s. */
    g_autofree ScriptStep *steps = run_of_pages(PAGES, FALSE);
    RunBed bed;
    run_steps(&bed, P("next-line", 1, "throttle = 0.05\nthrottle-window = 1 us\n"), steps,
              PAGES * LINES);
    ck_assert_uint_gt(counted(&bed, "dropped_throttle"), PAGES * LINES / 2);
    ck_assert_uint_le(counted(&bed, "issued"), 20);
    run_bed_clear(&bed);
    run_steps(&bed, P("next-line", 1, "throttle = 0.9\nthrottle-window = 1 us\n"), steps,
              PAGES * LINES);
    check_balance(&bed, PAGES * (LINES - 1), PAGES * (LINES - 1), 0);
    ck_assert_uint_eq(counted(&bed, "dropped_throttle"), 0);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(a_line_pushed_out_while_it_is_under_way_comes_in_the_end)
{
    /* Two lines of one set, and the first again, before anything has been answered. */
    enum { N = 64 };
    g_autofree ScriptStep *steps = g_new0(ScriptStep, N);
    for (guint i = 0; i < N; i++)
        steps[i].address = DATA + i % 2 * LAD_PAGE_BYTES + i / 8 * LINE;
    const ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = N};
    RunBed bed;
    run_streams(&bed, machine_that_answers_later, "[core]\nmodel = window\n", &stream, 1);
    ck_assert_uint_eq(measured(&bed, "core0", "instructions"), N);
    ck_assert_uint_gt(measured(&bed, "cache_l2", "merges"), 0);
    run_bed_clear(&bed);
}
END_TEST

/* ---- Several ------------------------------------------------------------------------------------
 */

/* A mix of runs, hot lines and scattered ones over 64 pages. */
static void
draw_steps(ScriptStep *steps, guint n, guint64 seed)
{
    LadRandom random;
    lad_random_init(&random, seed, "test");
    guint64 run = 0;
    /* First every page, so that all translations are known. */
    for (guint i = 0; i < 64; i++)
        steps[i].address = DATA + i * LAD_PAGE_BYTES + 5 * LINE;
    for (guint i = 64; i < n; i++) {
        guint64 kind = lad_random_below(&random, 8);
        run = kind < 4 ? (run + 24) % (63 * 4096) : run;
        guint64 offset = kind < 4   ? run
                         : kind < 6 ? lad_random_below(&random, 128) * 64
                                    : lad_random_below(&random, 63 * 512) * 8;
        steps[i].address = DATA + offset;
        steps[i].kind = lad_random_below(&random, 3) ? LAD_OPERAND_LOAD : LAD_OPERAND_STORE;
    }
}

START_TEST(next_line_on_misses_is_that_of_the_functional_core)
{
    enum { N = 20000 };
    static const char *const counters[] = {"load_misses", "store_misses", "prefetches",
                                           "prefetch_misses"};
    g_autofree ScriptStep *steps = g_new0(ScriptStep, N);
    draw_steps(steps, N, 7);
    const ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = N};
    const char *geometry = "[cache.l1d]\nways = 4\nreplacement = fifo\n"
                           "[cache.l2]\nsize = 24 KiB\nways = 8\nreplacement = fifo\n";
    g_autofree char *timed =
        g_strconcat(geometry, P("next-line", 1, "trigger = miss\ncrosses-pages = true\n"), NULL);
    g_autofree char *untimed = g_strconcat("[core]\nmodel = functional\ncount = line\n", geometry,
                                           P("next-line", 1, "trigger = miss\n"), NULL);
    RunBed one, other;
    run_streams(&one, machine, timed, &stream, 1);
    run_streams(&other, CACHES, untimed, &stream, 1);
    for (guint i = 0; i < 2; i++)
        ck_assert_uint_eq(measured(&one, "cache_l1d", counters[i]),
                          measured(&other, "cache_l1d", counters[i]));
    /* A line that is there is dropped before it counts as a look-up here. */
    ck_assert_uint_eq(measured(&one, "cache_l1d", "prefetches") + counted(&one, "dropped_present"),
                      measured(&other, "cache_l1d", "prefetches"));
    ck_assert_uint_eq(measured(&one, "cache_l1d", "prefetch_misses"),
                      measured(&other, "cache_l1d", "prefetch_misses"));
    for (guint i = 0; i < G_N_ELEMENTS(counters); i++)
        ck_assert_uint_eq(measured(&one, "cache_l2", counters[i]),
                          measured(&other, "cache_l2", counters[i]));
    run_bed_clear(&one);
    run_bed_clear(&other);
}
END_TEST

#define MANY                                                                                       \
    "[prefetcher.p]\nmodel = stride\nlevel = 1\n[prefetcher.next]\nmodel = next-line\n"            \
    "level = 1\ndegree = 2\n[prefetcher.code]\nmodel = instruction-next-line\nlevel = 1\n"         \
    "side = instruction\n[prefetcher.stream]\nmodel = stream\nlevel = 2\n"                         \
    "[prefetcher.pair]\nmodel = adjacent-line\nlevel = 2\n"                                        \
    "[prefetcher.best]\nmodel = best-offset\nlevel = 2\n"

START_TEST(every_line_of_every_prefetcher_is_used_or_unused_or_there)
{
    enum { N = 20000 };
    static const char *const names[] = {"p", "next", "stream", "pair", "best", "code"};
    static const char *const models[] = {"in-order", "window", "in-order", "window"};
    g_autofree ScriptStep *steps = g_new0(ScriptStep, N);
    draw_steps(steps, N, 11);
    g_autofree char *more = g_strdup_printf("[core]\nmodel = %s\n" MANY, models[_i]);
    const ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = N};
    RunBed bed;
    run_streams(&bed, _i < 2 ? machine : machine_that_answers_later, more, &stream, 1);
    guint64 resident[2] = {0, 0}, memory = 0;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *part = g_strconcat("prefetcher_", names[i], NULL);
        guint64 issued = measured(&bed, part, "issued");
        guint64 gone = measured(&bed, part, "useful") + measured(&bed, part, "useless");
        ck_assert_msg(measured(&bed, part, "named") > 0, "%s", names[i]);
        ck_assert_uint_ge(issued, gone);
        resident[i < 2 ? 0 : 1] += issued - gone;
        memory += measured(&bed, part, "from_memory");
    }
    ck_assert_uint_le(resident[0], 64);
    ck_assert_uint_le(resident[1], 128);
    ck_assert_uint_eq(measured(&bed, "tier_memory", "prefetches"), memory);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(cores_with_private_caches_prefetch_as_if_each_were_alone)
{
    enum { N = 6000 };
    static const char *const counters[] = {"named", "issued", "useful", "useless", "demands"};
    g_autofree ScriptStep *steps = g_new0(ScriptStep, 2 * N);
    ScriptStream streams[2];
    for (guint i = 0; i < 2; i++) {
        draw_steps(steps + i * N, N, 20 + i);
        streams[i] = (ScriptStream){.process = i + 1, .pc = CODE, .steps = steps + i * N, .n = N};
    }
    const char *own =
        P("next-line", 1, "degree = 2\n") "[prefetcher.stream]\nmodel = stream\n"
                                          "level = 2\n[kernel]\npage-number = identity\n";
    g_autofree char *two = g_strconcat(own, "[core]\ncores = 2\n", NULL);
    RunBed both;
    run_streams(&both, machine, two, streams, 2);
    for (guint i = 0; i < 2; i++) {
        RunBed alone;
        run_streams(&alone, machine, own, &streams[i], 1);
        for (guint k = 0; k < G_N_ELEMENTS(counters); k++) {
            g_autofree char *p = g_strdup_printf("prefetcher_p%u", i);
            g_autofree char *stream = g_strdup_printf("prefetcher_stream%u", i);
            ck_assert_uint_eq(measured(&both, p, counters[k]),
                              measured(&alone, "prefetcher_p", counters[k]));
            ck_assert_uint_eq(measured(&both, stream, counters[k]),
                              measured(&alone, "prefetcher_stream", counters[k]));
        }
        run_bed_clear(&alone);
    }
    run_bed_clear(&both);
}
END_TEST

/* ---- Bad input ----------------------------------------------------------------------------------
 */

static void
refused(const char *base, const char *more, const char *const *parts)
{
    g_autofree ScriptStep *steps = run_of_pages(1, FALSE);
    const ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = LINES};
    char *path = loop_trace_path();
    script_trace_write(path, &stream, 1);
    RunBed bed;
    run_bed_init(&bed, base, more, path, 0);
    ck_assert_ptr_null(bed.run);
    ck_assert_ptr_nonnull(bed.error);
    for (; *parts; parts++)
        ck_assert_msg(strstr(bed.error->message, *parts) != NULL, "`%s` is not in: %s", *parts,
                      bed.error->message);
    run_bed_clear(&bed);
    loop_trace_remove(path);
}

START_TEST(what_cannot_be_is_refused_with_key_and_both_numbers)
{
    refused(machine, P("next-line", 3, ""),
            (const char *const[]){"[prefetcher.p]", "level = 3", "level 2", "expected", NULL});
    refused(machine, P("next-line", 0, ""),
            (const char *const[]){"[prefetcher.p]", "level = 0", "at least 1", NULL});
    refused(machine, P("nextline", 1, ""),
            (const char *const[]){"[prefetcher.p]", "nextline", "next-line", NULL});
    refused(machine, P("instruction-next-line", 1, ""),
            (const char *const[]){"[prefetcher.p]", "side = data", "side = instruction", NULL});
    refused(machine, P("stride", 1, "side = instruction\n"),
            (const char *const[]){"[prefetcher.p]", "side = instruction", "side = data", NULL});
    refused(machine, P("next-line", 1, "throttle = 1.5\n"),
            (const char *const[]){"throttle = 1.5", "1", NULL});
    refused(CACHES, "[core]\nmodel = functional\ncount = line\n" P("stream", 1, ""),
            (const char *const[]){"[prefetcher.p]", "model = next-line", NULL});
    refused(CACHES,
            "[core]\nmodel = functional\ncount = line\n" P("next-line", 2, "trigger = miss\n"),
            (const char *const[]){"[prefetcher.p]", "level = 1", NULL});
    refused(CACHES, "[core]\nmodel = functional\n" P("next-line", 1, "trigger = miss\n"),
            (const char *const[]){"[prefetcher.p]", "count = line", NULL});
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("prefetch");
    TCase *patterns = tcase_create("patterns");
    tcase_add_test(patterns, next_line_on_misses_halves_the_misses_of_a_run);
    tcase_add_test(patterns, tagged_next_line_misses_once_a_page);
    tcase_add_test(patterns, a_page_whose_translation_is_at_hand_may_be_entered);
    tcase_add_test(patterns, a_stride_is_followed_from_the_third_access_on);
    tcase_add_test(patterns, a_stride_too_long_and_strides_that_never_repeat_name_nothing);
    tcase_add_test(patterns, strides_are_told_apart_by_instruction);
    tcase_add_loop_test(patterns, a_stream_misses_what_it_is_trained_with, 0, 2);
    tcase_add_test(patterns, streams_beyond_the_table_are_forgotten);
    tcase_add_test(patterns, an_adjacent_line_is_used_in_a_run_and_never_where_every_other_line_is);
    tcase_add_test(patterns, best_offset_finds_the_stride);
    tcase_add_test(patterns, best_offset_turns_itself_off_where_nothing_repeats);
    tcase_add_test(patterns, a_straight_run_of_code_misses_once_a_page);
    suite_add_tcase(suite, patterns);
    TCase *time = tcase_create("time and queues");
    tcase_add_test(time, a_prefetch_is_late_unless_there_was_time_for_it);
    tcase_add_test(time, prefetches_wait_in_the_queues_of_the_memory);
    tcase_add_test(time, without_a_free_mshr_nothing_is_prefetched);
    tcase_add_test(time, a_line_pushed_out_while_it_is_under_way_comes_in_the_end);
    tcase_add_test(time, a_throttle_holds_prefetches_back_while_the_memory_is_busy);
    suite_add_tcase(suite, time);
    TCase *several = tcase_create("several");
    tcase_add_test(several, next_line_on_misses_is_that_of_the_functional_core);
    tcase_add_loop_test(several, every_line_of_every_prefetcher_is_used_or_unused_or_there, 0, 4);
    tcase_add_test(several, cores_with_private_caches_prefetch_as_if_each_were_alone);
    tcase_add_test(several, what_cannot_be_is_refused_with_key_and_both_numbers);
    suite_add_tcase(suite, several);
    return lad_suite_run(suite);
}
