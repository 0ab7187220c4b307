/* check_timed.c - timed cores and caches: hand-computed traces, closed forms, order, an untimed
 * replay.
 */
#include "config.h"
#include "tests/unit/run_bed.h"
#include "tests/unit/script_trace.h"
#include "tests/unit/suite.h"
#include <memladder/random.h>
#include <string.h>

/* 1 GHz, so that a cycle is 1 ns: first level 1 cycle, second 10, memory 100. Walks take no time.
 */
#define CACHES                                                                                     \
    "[core]\nfrequency = 1 GHz\n"                                                                  \
    "[cache.l1i]\nlevel = 1\nside = instruction\nsize = 4 KiB\nways = 1\n"                         \
    "latency = 1 cycles\n"                                                                         \
    "[cache.l1d]\nlevel = 1\nside = data\nsize = 4 KiB\nways = 1\n"                                \
    "latency = 1 cycles\nmshrs = 64\n"                                                             \
    "[cache.l2]\nlevel = 2\nsize = 8 KiB\nways = 2\n"                                              \
    "latency = 10 cycles\nmshrs = 64\n"                                                            \
    "[tlb.l1i]\nlevel = 1\nside = instruction\nentries = 8\nways = 8\n"                            \
    "[tlb.l1d]\nlevel = 1\nside = data\nentries = 512\nways = 4\n"

static const char machine[] = CACHES "[walk]\nlatency = 0 cycles\nenter = none\n"
                                     "[tier.memory]\nmodel = fixed\nsize = 64 MiB\n"
                                     "latency = 100 ns\nbandwidth = 10 GB/s\n"
                                     "[placement]\nmodel = first-touch\n";

#define CODE   0x10000
#define PAGE   0x100000
#define MEMORY 100
#define SECOND 10
#define FIRST  1

static guint64
measured(const RunBed *bed, const char *part, const char *counter)
{
    return run_bed_value(bed, part, counter, LAD_PHASE_MEASURED);
}

static void
run_script(RunBed *bed, const char *more, const ScriptStream *streams, guint n)
{
    char *path = loop_trace_path();
    script_trace_write(path, streams, n);
    run_bed_init(bed, machine, more, path, 0);
    gboolean ok = run_bed_finish(bed, 0);
    lad_assert_ok(ok, bed->error);
    loop_trace_remove(path);
}

static const char *const stack_rows[] = {
    "base", "fetch_cache", "fetch_tlb", "memory_latency", "memory_bandwidth",
    "walk", "fault",       "kernel"};

static guint64
stack_sum(const RunBed *bed, const char *core)
{
    guint64 sum = 0;
    for (guint i = 0; i < G_N_ELEMENTS(stack_rows); i++)
        sum += run_bed_value(bed, core, stack_rows[i], LAD_PHASE_MEASURED) +
               run_bed_value(bed, core, stack_rows[i], LAD_PHASE_WARMUP);
    return sum;
}

/* ---- Hand-computed traces -----------------------------------------------------------------------
 */

START_TEST(in_order_takes_what_ten_accesses_take_by_hand)
{
    enum { A = PAGE, B = PAGE + 64, C = PAGE + 128, A2 = PAGE + 4096 };
    const ScriptStep steps[] = {
        /* Warm-up: both pages and the code are there. */
        {.address = PAGE + 0xf00},
        {.address = A2 + 0xf40},
        {.address = A},                             /* memory: 110 - 1 */
        {.address = A},                             /* hit */
        {.address = B},                             /* memory: 109 */
        {.address = A2},                            /* memory, displaces A: 109 */
        {.address = A},                             /* second level: 10 - 1 */
        {.address = C, .kind = LAD_OPERAND_STORE},  /* not waited for */
        {.address = C},                             /* a cycle later: 108 left */
        {.address = A, .kind = LAD_OPERAND_MODIFY}, /* hit, now dirty */
        {.address = A2},                            /* second level: 9; A is written back */
        {.address = C - 4},                         /* two lines, both hits */
    };
    RunBed bed;
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = G_N_ELEMENTS(steps)};
    run_script(&bed, "[core]\nmodel = in-order\n[run]\nwarmup-instructions = 2\n", &stream, 1);
    guint64 miss = SECOND + MEMORY - FIRST, near = SECOND - FIRST;
    ck_assert_uint_eq(measured(&bed, "core0", "memory_latency"),
                      16 * (3 * miss + near + (miss - 1) + near));
    ck_assert_uint_eq(measured(&bed, "core0", "base"), 16 * 10);
    ck_assert_uint_eq(measured(&bed, "core0", "memory_bandwidth"), 0);
    ck_assert_uint_eq(measured(&bed, "core0", "ticks"), 16 * (10 + 4 * miss - 1 + 2 * near));
    ck_assert_uint_eq(measured(&bed, "cache_l1d", "loads"), 9);
    ck_assert_uint_eq(measured(&bed, "cache_l1d", "load_misses"), 5);
    ck_assert_uint_eq(measured(&bed, "cache_l1d", "store_misses"), 1);
    ck_assert_uint_eq(measured(&bed, "cache_l1d", "merges"), 1);
    ck_assert_uint_eq(measured(&bed, "cache_l1d", "writebacks"), 1);
    ck_assert_uint_eq(measured(&bed, "cache_l2", "writebacks_in"), 1);
    ck_assert_uint_eq(measured(&bed, "tier_memory", "reads"), 4);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(window_takes_what_ten_instructions_take_by_hand)
{
    enum { A = PAGE, B = PAGE + 64, C = PAGE + 128 };
    const ScriptStep steps[] = {
        {.address = PAGE + 0xf00},
        {0},
        {.address = A, .to = 1},            /* 0: done at 110 */
        {.address = B, .to = 2},            /* 1: done at 111 */
        {.from = 4, .to = 4},               /* 2 */
        {.address = C, .from = 1, .to = 8}, /* 3: sent at 110, done at 220 */
        {.address = A},                     /* 4: waits for 0 to retire, at 110 */
        {.from = 4},                        /* 111: 1 has just retired */
        {.from = 4},                        /* 112 */
        {.from = 4},                        /* 7: waits for 3 to retire, at 220 */
        {.from = 4},
        {.from = 4},
    };
    RunBed bed;
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = G_N_ELEMENTS(steps)};
    run_script(&bed, "[core]\nmodel = window\nwidth = 1\nrob = 4\n[run]\nwarmup-instructions = 2\n",
               &stream, 1);
    guint64 miss = SECOND + MEMORY;
    ck_assert_uint_eq(measured(&bed, "core0", "base"), 16 * 10);
    ck_assert_uint_eq(measured(&bed, "core0", "memory_latency"),
                      16 * ((miss - 4) + (2 * miss - (miss + 3))));
    ck_assert_uint_eq(measured(&bed, "core0", "ticks"), 16 * (2 * miss + 3));
    run_bed_clear(&bed);
}
END_TEST

START_TEST(a_dependence_goes_through_registers_and_entries)
{
    /* Sixteen loads in a row, each address from the one before through an addition, in blocks of
     * one instruction and then in the paths that the writer forms of them. */
    enum { N = 400 };
    ScriptStep steps[2 * N + 1];
    steps[0] = (ScriptStep){.address = PAGE};
    for (guint i = 0; i < N; i++) {
        steps[1 + 2 * i] =
            (ScriptStep){.address = PAGE + 64 * (guint64)(i + 1), .from = 1, .to = 2};
        steps[2 + 2 * i] = (ScriptStep){.from = 2, .to = 1};
    }
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = G_N_ELEMENTS(steps)};
    RunBed bed;
    run_script(&bed, "[core]\nmodel = window\n", &stream, 1);
    guint64 chain = N * (guint64)(SECOND + MEMORY);
    guint64 cycles = (measured(&bed, "core0", "ticks") - measured(&bed, "core0", "fault")) / 16;
    /* The last loads are still in the reorder buffer when the trace ends. */
    ck_assert_uint_ge(cycles, chain);
    ck_assert_uint_le(cycles, chain + chain / 20);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(what_unknown_dependences_are_taken_for_is_an_option)
{
    enum { N = 64 };
    ScriptStep steps[N];
    for (guint i = 0; i < N; i++)
        steps[i] = (ScriptStep){.address = PAGE + 64 * (guint64)i, .unknown = TRUE};
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = N};
    guint64 ticks[2];
    static const char *const assume[] = {"none", "previous-load"};
    for (guint i = 0; i < 2; i++) {
        g_autofree char *more =
            g_strdup_printf("[core]\nmodel = window\nassume-dependence = %s\n", assume[i]);
        RunBed bed;
        run_script(&bed, more, &stream, 1);
        ck_assert_uint_eq(measured(&bed, "core0", "dependence_unknown"), N);
        ticks[i] = measured(&bed, "core0", "ticks") - measured(&bed, "core0", "fault");
        run_bed_clear(&bed);
    }
    ck_assert_uint_gt(ticks[1], 16 * (guint64)(N - 1) * (SECOND + MEMORY));
    ck_assert_uint_lt(ticks[0], 16 * (guint64)(N / 4) * (SECOND + MEMORY));
}
END_TEST

/* ---- Closed forms -------------------------------------------------------------------------------
 */

/* Ticks per iteration of a loop over 256 KiB, after it has gone round once. */
static double
cycles_per_load(const char *model, gboolean chases, LadOperandKind kind)
{
    enum { N = 8192 };
    LoopStream loop = {.process = 1,
                       .pc = CODE,
                       .base = PAGE,
                       .stride = 64,
                       .span = 256 * 1024,
                       .n = N,
                       .kind = kind,
                       .chases = chases};
    char *path = loop_trace_path();
    loop_trace_write(path, &loop, 1);
    g_autofree char *more = g_strdup_printf("[core]\nmodel = %s\n[run]\nwarmup-instructions = %u\n",
                                            model, N / 2 * LOOP_INSNS);
    RunBed bed;
    run_bed_init(&bed, machine, more, path, 0);
    gboolean ok = run_bed_finish(&bed, 0);
    lad_assert_ok(ok, bed.error);
    double ticks = (double)measured(&bed, "core0", "ticks");
    double loads = (double)measured(&bed, "core0", "instructions") / LOOP_INSNS;
    run_bed_clear(&bed);
    loop_trace_remove(path);
    return ticks / 16 / loads;
}

START_TEST(a_pointer_chase_costs_its_latency_per_load)
{
    double window = cycles_per_load("window", TRUE, LAD_OPERAND_LOAD);
    ck_assert_double_ge(window, 0.99 * (SECOND + MEMORY));
    /* What the reorder buffer held at the end of the warm-up is waited for in the end. */
    ck_assert_double_le(window, 1.015 * (SECOND + MEMORY));
    double in_order = cycles_per_load("in-order", TRUE, LAD_OPERAND_LOAD);
    ck_assert_double_eq_tol(in_order, SECOND + MEMORY - FIRST + LOOP_INSNS, 0.2);
}
END_TEST

START_TEST(a_stream_costs_its_bandwidth)
{
    /* 64 bytes at 10 GB/s are 6.4 ns. */
    double loads = cycles_per_load("window", FALSE, LAD_OPERAND_LOAD);
    ck_assert_double_ge(loads, 6.3);
    ck_assert_double_le(loads, 6.6);
    /* A stored line comes and goes. */
    double stores = cycles_per_load("window", FALSE, LAD_OPERAND_STORE);
    ck_assert_double_ge(stores, 12.5);
    ck_assert_double_le(stores, 13.2);
}
END_TEST

/* ---- Fetching ahead -----------------------------------------------------------------------------
 */

#define LINE_INSNS 16
#define FETCH      (SECOND + MEMORY - FIRST)

/* Waits for lines of code, in cycles, from instruction `warm` on. */
static guint64
fetch_wait(const char *more, guint ahead, guint warm, const ScriptStep *steps, guint n,
           guint64 *translation, guint64 *hidden)
{
    RunBed bed;
    ScriptStream stream = {.process = 1, .pc = CODE + 0xfc0, .steps = steps, .n = n};
    g_autofree char *all =
        g_strdup_printf("[core]\nmodel = window\nwidth = 1\nrob = 4\nfetch-ahead = %u\n"
                        "[run]\nwarmup-instructions = %u\n%s",
                        ahead, warm, more);
    run_script(&bed, all, &stream, 1);
    guint64 wait = measured(&bed, "core0", "fetch_cache");
    *translation = measured(&bed, "core0", "fetch_tlb") / 16;
    *hidden = measured(&bed, "core0", "fetch_hidden") / 16;
    ck_assert_uint_eq(stack_sum(&bed, "core0"),
                      measured(&bed, "core0", "ticks") +
                          run_bed_value(&bed, "core0", "ticks", LAD_PHASE_WARMUP));
    run_bed_clear(&bed);
    return wait / 16;
}

/* After one instruction elsewhere on the page, `n` lines one after the other, `stride` apart. */
static ScriptStep *
straight_code(guint n, guint64 stride)
{
    ScriptStep *steps = g_new0(ScriptStep, 1 + n * LINE_INSNS);
    for (guint i = 0; i < n * LINE_INSNS; i++)
        steps[1 + i].pc = CODE + i / LINE_INSNS * stride + i % LINE_INSNS * 4;
    return steps;
}

START_TEST(lines_fetched_ahead_come_side_by_side)
{
    /* With lines asked for d lines ahead, d of them come in the time of one; what is executed
     * meanwhile is no wait. The first d are asked for while the first instruction waits. */
    enum { N = 41 };
    static const guint lines_ahead[] = {0, 1, 2, 4, 6, 8};
    guint d = lines_ahead[_i];
    g_autofree ScriptStep *steps = straight_code(N, 64);
    guint64 translation, hidden, misses = N;
    guint64 wait = fetch_wait("[cache.l1i]\nmshrs = 16\n[tier.memory]\nbandwidth = 64 GB/s\n",
                              d * LINE_INSNS, 1, steps, 1 + N * LINE_INSNS, &translation, &hidden);
    guint64 left = FETCH > d * LINE_INSNS ? FETCH - d * LINE_INSNS : 0;
    ck_assert_uint_eq(wait, d == 0 ? misses * FETCH : (misses - 1) / d * left);
    ck_assert_uint_eq(hidden, misses * FETCH - wait);
    ck_assert_uint_eq(translation, 0);
}
END_TEST

START_TEST(no_more_lines_are_fetched_ahead_than_there_are_mshrs)
{
    /* Two at a time: every second line waits as with two lines ahead; the first of them was asked
     * for only when the line before all was there. */
    enum { N = 41 };
    g_autofree ScriptStep *steps = straight_code(N, 64);
    guint64 translation, hidden;
    guint64 wait = fetch_wait("[cache.l1i]\nmshrs = 2\n[tier.memory]\nbandwidth = 64 GB/s\n",
                              7 * LINE_INSNS, 1, steps, 1 + N * LINE_INSNS, &translation, &hidden);
    ck_assert_uint_eq(wait, (FETCH - LINE_INSNS - 1) + (N / 2 - 1) * (FETCH - 2 * LINE_INSNS));
}
END_TEST

START_TEST(lines_come_while_data_is_waited_for)
{
    /* Instruction 20 loads from memory, 24 waits until it has retired, 25 is on a new line. */
    ScriptStep steps[26] = {{.address = PAGE + 0xf00}};
    steps[20].address = PAGE;
    steps[25].pc = CODE;
    static const guint aheads[] = {0, 1, 4};
    static const guint64 waits[] = {FETCH, FETCH - 1, 0};
    guint64 translation, hidden;
    guint64 wait = fetch_wait("", aheads[_i], 20, steps, 26, &translation, &hidden);
    ck_assert_uint_eq(wait, waits[_i]);
    ck_assert_uint_eq(hidden, FETCH - wait);
}
END_TEST

START_TEST(fetching_ahead_hides_translation_first)
{
    /* Sixteen pages of code, a line of each, and a TLB of eight; the pages are there before. */
    enum { N = 16, WALK = 30 };
    g_autofree ScriptStep *lines = straight_code(N, LAD_PAGE_BYTES);
    ScriptStep steps[N + N * LINE_INSNS] = {0};
    for (guint i = 0; i < N; i++)
        steps[i].pc = CODE + i * LAD_PAGE_BYTES + 64 * (N + i);
    memcpy(steps + N, lines + 1, sizeof *lines * N * LINE_INSNS);
    guint64 translation, hidden;
    guint64 wait = fetch_wait("[walk]\nlatency = 30 cycles\n", LINE_INSNS, N, steps,
                              G_N_ELEMENTS(steps), &translation, &hidden);
    /* The first is asked for a cycle after the translation of the line before, which comes at
     * 139; the others when the line before them begins. */
    ck_assert_uint_eq(wait, WALK + (N - 1) * FETCH);
    ck_assert_uint_eq(translation, (N - 1) * (WALK - LINE_INSNS));
    ck_assert_uint_eq(hidden, FETCH + (N - 1) * LINE_INSNS);
}
END_TEST

START_TEST(fetching_begins_anew_after_a_fault)
{
    enum { N = 16 };
    g_autofree ScriptStep *steps = straight_code(N, LAD_PAGE_BYTES);
    guint64 translation, hidden;
    guint64 wait = fetch_wait("[kernel]\nzero-pages = false\n", 64, 1, steps + LINE_INSNS,
                              1 + (N - 1) * LINE_INSNS, &translation, &hidden);
    ck_assert_uint_eq(wait, (N - 1) * FETCH);
    ck_assert_uint_eq(hidden, 0);
}
END_TEST

/* ---- Top-down -----------------------------------------------------------------------------------
 */

/* Shares of the wait for data that are bound by bandwidth, and the sum of both. */
static void
bound_ticks(const char *more, const ScriptStep *steps, guint n, guint64 *bandwidth, guint64 *all)
{
    RunBed bed;
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = n};
    run_script(&bed, more, &stream, 1);
    guint64 latency = measured(&bed, "core0", "latency_bound");
    *bandwidth = measured(&bed, "core0", "bandwidth_bound");
    *all = *bandwidth + latency;
    ck_assert_uint_eq(*all, measured(&bed, "core0", "memory_latency") +
                                measured(&bed, "core0", "memory_bandwidth"));
    run_bed_clear(&bed);
}

START_TEST(a_wait_is_bound_by_bandwidth_while_enough_requests_are_under_way)
{
    /* Two instructions are in the core at once. The first load is there at 110, the second at 111;
     * instruction 2 waits for the first from 2 to 110, with both under way, and its own load, there
     * at 220, is waited for from 112 on, alone. */
    enum { A = PAGE };
    const ScriptStep steps[] = {
        {.address = A}, {.address = A + 64}, {.address = A + 128}, {0}, {0}, {0}};
    static const guint64 expected[] = {108 + 108, 108, 0};
    guint64 bandwidth, all;
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_autofree char *more =
            g_strdup_printf("[core]\nmodel = window\nwidth = 1\nrob = 2\noccupancy-threshold = %u\n"
                            "[tier.memory]\nbandwidth = 10000 GB/s\n[kernel]\nzero-pages = false\n",
                            i + 1);
        bound_ticks(more, steps, G_N_ELEMENTS(steps), &bandwidth, &all);
        ck_assert_uint_eq(all, 16 * (108 + 108));
        ck_assert_uint_eq(bandwidth, 16 * expected[i]);
    }
}
END_TEST

START_TEST(a_chase_is_bound_by_latency_and_a_stream_by_bandwidth)
{
    enum { N = 2000 };
    g_autofree ScriptStep *steps = g_new0(ScriptStep, N);
    guint64 bandwidth, all;
    for (guint chases = 0; chases < 2; chases++) {
        for (guint i = 0; i < N; i++) {
            steps[i] = (ScriptStep){.address = PAGE + 64 * (guint64)i, .to = 1};
            steps[i].from = chases ? 1 : 2;
        }
        bound_ticks("[core]\nmodel = window\n[kernel]\nfault-cost = 0 ps\n", steps, N, &bandwidth,
                    &all);
        ck_assert_uint_gt(all, 0);
        if (chases)
            ck_assert_uint_eq(bandwidth, 0);
        else
            ck_assert_uint_gt(bandwidth, all - all / 20);
    }
    /* A core that waits for each load has one under way. */
    bound_ticks("[core]\nmodel = in-order\n", steps, N, &bandwidth, &all);
    ck_assert_uint_eq(bandwidth, 0);
}
END_TEST

/* ---- Against an untimed replay ------------------------------------------------------------------
 */

/* Lists of lines, most recent first: nothing in common with the engine. */
typedef struct {
    guint n_sets, ways;
    gboolean fifo;
    guint64 *lines; /* [set][way], 0: empty */
    gboolean *dirty;
    guint64 misses, writebacks;
} Naive;

static void
naive_init(Naive *cache, guint bytes, guint ways, gboolean fifo)
{
    *cache = (Naive){.n_sets = bytes / 64 / ways, .ways = ways, .fifo = fifo};
    cache->lines = g_new0(guint64, bytes / 64);
    cache->dirty = g_new0(gboolean, bytes / 64);
}

static void
naive_clear(Naive *cache)
{
    g_free(cache->lines);
    g_free(cache->dirty);
}

/* TRUE on a hit. On a miss the line is put in; *out is the dirty line that left, or 0. */
static gboolean
naive_access(Naive *cache, guint64 line, gboolean store, guint64 *out)
{
    guint64 *set = cache->lines + line % cache->n_sets * cache->ways;
    gboolean *dirty = cache->dirty + line % cache->n_sets * cache->ways;
    guint at = 0;
    while (at < cache->ways && set[at] != line)
        at++;
    gboolean hit = at < cache->ways, was_dirty = hit && dirty[at];
    *out = 0;
    if (!hit) {
        at = cache->ways - 1;
        cache->misses++;
        if (set[at] && dirty[at]) {
            *out = set[at];
            cache->writebacks++;
        }
    } else if (cache->fifo) {
        dirty[at] |= store;
        return TRUE;
    }
    memmove(set + 1, set, at * sizeof *set);
    memmove(dirty + 1, dirty, at * sizeof *dirty);
    set[0] = line;
    dirty[0] = was_dirty || store;
    return hit;
}

/* A dirty line comes from above: TRUE if it is there. */
static gboolean
naive_write_back(Naive *cache, guint64 line)
{
    for (guint i = 0; i < cache->ways; i++)
        if (cache->lines[line % cache->n_sets * cache->ways + i] == line) {
            cache->dirty[line % cache->n_sets * cache->ways + i] = TRUE;
            return TRUE;
        }
    return FALSE;
}

typedef struct {
    const char *model;
    guint first_bytes, first_ways, second_bytes, second_ways;
    gboolean fifo;
} Geometry;

static const Geometry geometries[] = {
    {"in-order", 4096, 1, 16384, 4, FALSE}, {"in-order", 4096, 8, 20480, 20, FALSE},
    {"window", 6144, 6, 15360, 5, FALSE},   {"in-order", 3072, 4, 12288, 12, FALSE},
    {"window", 2048, 32, 32768, 16, FALSE}, {"in-order", 4096, 4, 16384, 8, TRUE},
    {"window", 2048, 32, 40960, 40, TRUE},
};

/* A mix of runs, hot lines and scattered ones over 64 pages; no straddles. */
static void
draw_steps(ScriptStep *steps, guint n)
{
    LadRandom random;
    lad_random_init(&random, 7, "test");
    guint64 run = 0;
    for (guint i = 0; i < n; i++) {
        guint64 kind = lad_random_below(&random, 8);
        run = kind < 4 ? (run + 8) % (64 * 4096) : run;
        guint64 offset = kind < 4   ? run
                         : kind < 6 ? lad_random_below(&random, 128) * 64
                                    : lad_random_below(&random, 64 * 512) * 8;
        steps[i].address = PAGE + offset;
        steps[i].kind = lad_random_below(&random, 3) ? LAD_OPERAND_LOAD : LAD_OPERAND_STORE;
    }
}

START_TEST(misses_and_writebacks_equal_an_untimed_replay)
{
    enum { N = 30000 };
    const Geometry *geometry = &geometries[_i];
    g_autofree ScriptStep *steps = g_new0(ScriptStep, N);
    draw_steps(steps, N);
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = N};
    g_autofree char *more =
        g_strdup_printf("[core]\nmodel = %s\n"
                        "[cache.l1d]\nsize = %u B\nways = %u\nreplacement = %s\n"
                        "[cache.l2]\nsize = %u B\nways = %u\nreplacement = %s\n",
                        geometry->model, geometry->first_bytes, geometry->first_ways,
                        geometry->fifo ? "fifo" : "lru", geometry->second_bytes,
                        geometry->second_ways, geometry->fifo ? "fifo" : "lru");
    RunBed bed;
    run_script(&bed, more, &stream, 1);

    Naive first, second;
    naive_init(&first, geometry->first_bytes, geometry->first_ways, geometry->fifo);
    naive_init(&second, geometry->second_bytes, geometry->second_ways, geometry->fifo);
    guint64 out, out2, to_memory = 0;
    naive_access(&second, CODE / 64, FALSE, &out);
    for (guint i = 0; i < N; i++) {
        gboolean store = steps[i].kind == LAD_OPERAND_STORE;
        guint64 line = steps[i].address / 64;
        if (naive_access(&first, line, store, &out))
            continue;
        naive_access(&second, line, FALSE, &out2);
        to_memory += out2 != 0;
        if (out && !naive_write_back(&second, out))
            to_memory++;
    }
    ck_assert_uint_eq(measured(&bed, "cache_l1d", "load_misses") +
                          measured(&bed, "cache_l1d", "store_misses"),
                      first.misses);
    ck_assert_uint_eq(measured(&bed, "cache_l1d", "writebacks"), first.writebacks);
    ck_assert_uint_eq(measured(&bed, "cache_l2", "load_misses") +
                          measured(&bed, "cache_l2", "store_misses") +
                          measured(&bed, "cache_l2", "fetch_misses"),
                      second.misses);
    ck_assert_uint_eq(measured(&bed, "cache_l2", "writebacks"), to_memory);
    ck_assert_uint_eq(measured(&bed, "tier_memory", "writes"), to_memory);
    ck_assert_uint_eq(measured(&bed, "tier_memory", "read_bytes"), 64 * second.misses);
    ck_assert_uint_eq(stack_sum(&bed, "core0"), measured(&bed, "core0", "ticks"));
    naive_clear(&first);
    naive_clear(&second);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(misses_equal_those_of_the_functional_core)
{
    enum { N = 20000 };
    static const char *const kinds[] = {"lru", "tree-plru", "fifo", "srrip", "drrip"};
    static const char *const counters[] = {"load_misses", "store_misses", "fetch_misses"};
    g_autofree ScriptStep *steps = g_new0(ScriptStep, N);
    draw_steps(steps, N);
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = N};
    g_autofree char *geometry = g_strdup_printf(
        "[cache.l1d]\nways = 4\nreplacement = %s\n[cache.l2]\nsize = 24 KiB\nways = 8\n"
        "replacement = %s\n%s",
        kinds[_i / 2], kinds[_i / 2], _i % 2 ? "data-masks = 0x7e\ncode-masks = 0x81\n" : "");
    g_autofree char *timed = g_strconcat("[core]\nmodel = in-order\n", geometry, NULL);
    g_autofree char *untimed =
        g_strconcat("[core]\nmodel = functional\ncount = line\n", geometry, NULL);
    RunBed one, other;
    run_script(&one, timed, &stream, 1);
    char *path = loop_trace_path();
    script_trace_write(path, &stream, 1);
    run_bed_init(&other, CACHES, untimed, path, 0);
    gboolean ok = run_bed_finish(&other, 0);
    lad_assert_ok(ok, other.error);
    loop_trace_remove(path);
    for (guint i = 0; i < G_N_ELEMENTS(counters); i++) {
        ck_assert_uint_eq(measured(&one, "cache_l1i", counters[i]),
                          measured(&other, "cache_l1i", counters[i]));
        ck_assert_uint_eq(measured(&one, "cache_l1d", counters[i]),
                          measured(&other, "cache_l1d", counters[i]));
        ck_assert_uint_eq(measured(&one, "cache_l2", counters[i]),
                          measured(&other, "cache_l2", counters[i]));
    }
    run_bed_clear(&one);
    run_bed_clear(&other);
}
END_TEST

/* ---- Policies of caches -------------------------------------------------------------------------
 */

static guint64
first_level_misses(const char *more)
{
    const ScriptStep steps[] = {{.address = PAGE}, {.address = PAGE + 4096}, {.address = PAGE}};
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = G_N_ELEMENTS(steps)};
    RunBed bed;
    run_script(&bed, more, &stream, 1);
    guint64 misses = measured(&bed, "cache_l1d", "load_misses");
    run_bed_clear(&bed);
    return misses;
}

START_TEST(a_line_that_leaves_an_inclusive_cache_leaves_those_above)
{
    /* The two lines share a set of the second level only. */
#define SMALL_SECOND                                                                               \
    "[core]\nmodel = in-order\n[cache.l1d]\nsize = 8 KiB\n[cache.l2]\nsize = 4 KiB\nways = 1\n"
    ck_assert_uint_eq(first_level_misses(SMALL_SECOND), 2);
    ck_assert_uint_eq(first_level_misses(SMALL_SECOND "inclusive = true\n"), 3);
}
END_TEST

START_TEST(written_through_stores_reach_the_next_level_at_once)
{
    const ScriptStep steps[] = {{.address = PAGE},
                                {.address = PAGE, .kind = LAD_OPERAND_STORE},
                                {.address = PAGE, .kind = LAD_OPERAND_STORE},
                                {.address = PAGE + 64, .kind = LAD_OPERAND_STORE}};
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = G_N_ELEMENTS(steps)};
    RunBed bed;
    run_script(&bed,
               "[core]\nmodel = in-order\n[cache.l1d]\nwrite-policy = write-through\n"
               "write-allocate = false\n",
               &stream, 1);
    ck_assert_uint_eq(measured(&bed, "cache_l2", "writebacks_in"), 3);
    ck_assert_uint_eq(measured(&bed, "cache_l1d", "store_misses"), 1);
    /* What missed the second level went on to memory: eight bytes, and the line was not brought. */
    ck_assert_uint_eq(measured(&bed, "tier_memory", "write_bytes"), 8);
    ck_assert_uint_eq(measured(&bed, "tier_memory", "reads"), 1);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(a_tlb_miss_costs_the_second_level_or_a_walk)
{
    /* Nine pages over eight entries, twice: every look-up misses; the second round finds all in the
     * second level, at 7 cycles each. */
    ScriptStep steps[18];
    for (guint i = 0; i < 18; i++)
        steps[i] = (ScriptStep){.address = PAGE + 4096 * (guint64)(i % 9) + 64 * (i % 9)};
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = 18};
    RunBed bed;
    run_script(&bed,
               "[core]\nmodel = in-order\n[tlb.l1d]\nentries = 8\nways = 8\n"
               "[tlb.l2]\nlevel = 2\nentries = 64\nways = 16\nlatency = 7 cycles\n"
               "[walk]\nlatency = 20 cycles\n[run]\nwarmup-instructions = 9\n",
               &stream, 1);
    ck_assert_uint_eq(measured(&bed, "tlb_l1d", "lookups"), 9);
    ck_assert_uint_eq(measured(&bed, "tlb_l1d", "misses"), 9);
    ck_assert_uint_eq(measured(&bed, "tlb_l2", "misses"), 0);
    ck_assert_uint_eq(measured(&bed, "walk", "walks"), 0);
    ck_assert_uint_eq(measured(&bed, "core0", "walk"), 16 * 9 * 7);
    run_bed_clear(&bed);
    run_script(&bed,
               "[core]\nmodel = in-order\n[tlb.l1d]\nentries = 8\nways = 8\n"
               "[walk]\nlatency = 20 cycles\n[run]\nwarmup-instructions = 9\n",
               &stream, 1);
    ck_assert_uint_eq(measured(&bed, "walk", "walks"), 9);
    ck_assert_uint_eq(measured(&bed, "core0", "walk"), 16 * 9 * 20);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(a_walk_reads_the_tables_through_the_caches)
{
    /* With the upper pointers cached, a walk reads the last table's entry only, from the second
     * level after the first walk has brought its line: 10 cycles. */
    ScriptStep steps[12];
    for (guint i = 0; i < 12; i++)
        steps[i] = (ScriptStep){.address = PAGE + 4096 * (guint64)(i % 3)};
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = 12};
    RunBed bed;
    run_script(&bed,
               "[core]\nmodel = in-order\n[tlb.l1d]\nentries = 2\nways = 2\n"
               "[cache.l2]\nsize = 64 KiB\nways = 8\n"
               "[walk]\nlatency = 0 cycles\nenter = next\n[run]\nwarmup-instructions = 6\n",
               &stream, 1);
    ck_assert_uint_eq(measured(&bed, "walk", "walks"), 6);
    ck_assert_uint_eq(measured(&bed, "walk", "reads"), 6);
    ck_assert_uint_eq(measured(&bed, "walk", "pde_hits"), 6);
    ck_assert_uint_eq(measured(&bed, "cache_l2", "walks"), 6);
    ck_assert_uint_eq(measured(&bed, "cache_l2", "walk_misses"), 0);
    ck_assert_uint_eq(measured(&bed, "core0", "walk"), 16 * 6 * SECOND);
    run_bed_clear(&bed);
}
END_TEST

/* ---- Several cores ------------------------------------------------------------------------------
 */

#define TWO_CORES                                                                                  \
    "[core]\nmodel = %s\ncores = 2\n[cache.l2]\nshared-by = 0\n[run]\nrate = 2\n"                  \
    "rate-spaces = %s\n"

static char *
two_core_dump(const char *model, const char *spaces, guint64 step, RunBed *bed)
{
    enum { N = 4000 };
    g_autofree ScriptStep *steps = g_new0(ScriptStep, N);
    draw_steps(steps, N);
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = N};
    char *path = loop_trace_path();
    script_trace_write(path, &stream, 1);
    g_autofree char *more = g_strdup_printf(TWO_CORES, model, spaces);
    run_bed_init(bed, machine, more, path, 0);
    gboolean ok = run_bed_finish(bed, step);
    lad_assert_ok(ok, bed->error);
    loop_trace_remove(path);
    return run_bed_dump(bed);
}

/* Check cannot print texts of this length: name the first line that differs. */
static void
assert_same(const char *one, const char *other)
{
    g_auto(GStrv) a = g_strsplit(one, "\n", -1), b = g_strsplit(other, "\n", -1);
    for (guint i = 0; a[i] && b[i]; i++)
        ck_assert_msg(strcmp(a[i], b[i]) == 0, "%.200s differs from %.200s", a[i], b[i]);
    ck_assert_uint_eq(g_strv_length(a), g_strv_length(b));
}

START_TEST(two_cores_give_the_same_results_however_they_are_stepped)
{
    static const char *const models[] = {"in-order", "window", "window\nfetch-ahead = 48"};
    static const char *const spaces[] = {"separate", "shared"};
    RunBed bed;
    g_autofree char *once = two_core_dump(models[_i % 3], spaces[_i / 3], 0, &bed);
    ck_assert_uint_eq(stack_sum(&bed, "core0"), measured(&bed, "core0", "ticks"));
    ck_assert_uint_eq(stack_sum(&bed, "core1"), measured(&bed, "core1", "ticks"));
    run_bed_clear(&bed);
    g_autofree char *again = two_core_dump(models[_i % 3], spaces[_i / 3], 0, &bed);
    run_bed_clear(&bed);
    assert_same(once, again);
    g_autofree char *stepped = two_core_dump(models[_i % 3], spaces[_i / 3], 100, &bed);
    run_bed_clear(&bed);
    assert_same(once, stepped);
}
END_TEST

START_TEST(a_line_written_by_one_core_leaves_the_other)
{
    /* Both cores run the same stores in one address space. */
    enum { N = 200 };
    ScriptStep steps[N];
    for (guint i = 0; i < N; i++)
        steps[i] = (ScriptStep){.address = PAGE + 64 * (guint64)(i % 4),
                                .kind = i % 2 ? LAD_OPERAND_STORE : LAD_OPERAND_LOAD};
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = N};
    static const char *const spaces[] = {"separate", "shared"};
    for (guint i = 0; i < 2; i++) {
        g_autofree char *more = g_strdup_printf(TWO_CORES, "in-order", spaces[i]);
        RunBed bed;
        run_script(&bed, more, &stream, 1);
        guint64 dropped = measured(&bed, "cache_l1d0", "invalidations") +
                          measured(&bed, "cache_l1d1", "invalidations");
        if (i == 0)
            ck_assert_uint_eq(dropped, 0);
        else
            ck_assert_uint_gt(dropped, 0);
        run_bed_clear(&bed);
    }
}
END_TEST

static Suite *
timed_suite(void)
{
    Suite *suite = suite_create("timed");
    TCase *hand = tcase_create("by hand");
    tcase_add_test(hand, in_order_takes_what_ten_accesses_take_by_hand);
    tcase_add_test(hand, window_takes_what_ten_instructions_take_by_hand);
    tcase_add_test(hand, a_dependence_goes_through_registers_and_entries);
    tcase_add_test(hand, what_unknown_dependences_are_taken_for_is_an_option);
    suite_add_tcase(suite, hand);
    TCase *closed = tcase_create("closed forms");
    tcase_add_test(closed, a_pointer_chase_costs_its_latency_per_load);
    tcase_add_test(closed, a_stream_costs_its_bandwidth);
    tcase_add_test(closed, a_wait_is_bound_by_bandwidth_while_enough_requests_are_under_way);
    tcase_add_test(closed, a_chase_is_bound_by_latency_and_a_stream_by_bandwidth);
    suite_add_tcase(suite, closed);
    TCase *ahead = tcase_create("fetching ahead");
    tcase_add_loop_test(ahead, lines_fetched_ahead_come_side_by_side, 0, 6);
    tcase_add_test(ahead, no_more_lines_are_fetched_ahead_than_there_are_mshrs);
    tcase_add_loop_test(ahead, lines_come_while_data_is_waited_for, 0, 3);
    tcase_add_test(ahead, fetching_ahead_hides_translation_first);
    tcase_add_test(ahead, fetching_begins_anew_after_a_fault);
    suite_add_tcase(suite, ahead);
    TCase *caches = tcase_create("caches");
    tcase_add_loop_test(caches, misses_and_writebacks_equal_an_untimed_replay, 0,
                        G_N_ELEMENTS(geometries));
    tcase_add_loop_test(caches, misses_equal_those_of_the_functional_core, 0, 10);
    tcase_add_test(caches, a_line_that_leaves_an_inclusive_cache_leaves_those_above);
    tcase_add_test(caches, written_through_stores_reach_the_next_level_at_once);
    tcase_add_test(caches, a_tlb_miss_costs_the_second_level_or_a_walk);
    tcase_add_test(caches, a_walk_reads_the_tables_through_the_caches);
    suite_add_tcase(suite, caches);
    TCase *cores = tcase_create("several cores");
    tcase_add_loop_test(cores, two_cores_give_the_same_results_however_they_are_stepped, 0, 6);
    tcase_add_test(cores, a_line_written_by_one_core_leaves_the_other);
    suite_add_tcase(suite, cores);
    tcase_set_timeout(caches, 60);
    tcase_set_timeout(cores, 60);
    return suite;
}

int
main(void)
{
    return lad_suite_run(timed_suite());
}
