/* check_shared.c - caches and TLBs that several cores share: clusters, way masks, exclusion,
 * address space tags. Truth is what private ones, lists and stacks that have nothing in common with
 * the engine say.
 */
#include "config.h"
#include "tests/unit/run_bed.h"
#include "tests/unit/script_trace.h"
#include "tests/unit/suite.h"
#include <memladder/random.h>
#include <string.h>

#define CACHES                                                                                     \
    "[core]\nfrequency = 1 GHz\n"                                                                  \
    "[cache.l1i]\nlevel = 1\nside = instruction\nsize = 4 KiB\nways = 1\n"                         \
    "latency = 1 cycles\n"                                                                         \
    "[cache.l1d]\nlevel = 1\nside = data\nsize = 4 KiB\nways = 4\n"                                \
    "latency = 1 cycles\nmshrs = 64\n"                                                             \
    "[cache.l2]\nlevel = 2\nsize = 32 KiB\nways = 8\n"                                             \
    "latency = 10 cycles\nmshrs = 64\n"                                                            \
    "[tlb.l1i]\nlevel = 1\nside = instruction\nentries = 8\nways = 8\n"                            \
    "[tlb.l1d]\nlevel = 1\nside = data\nentries = 512\nways = 4\n"

static const char machine[] = CACHES "[walk]\nlatency = 0 cycles\nenter = none\n"
                                     "[tier.memory]\nmodel = fixed\nsize = 64 MiB\n"
                                     "latency = 100 ns\nbandwidth = 10 GB/s\n"
                                     "[placement]\nmodel = first-touch\n";

#define CODE 0x10000
#define PAGE 0x100000

static guint64
measured(const RunBed *bed, const char *part, const char *counter)
{
    return run_bed_value(bed, part, counter, LAD_PHASE_MEASURED);
}

/* A mix of runs, hot lines and scattered ones over 64 pages; no straddles. */
static ScriptStep *
draw_steps(guint64 seed, guint n)
{
    ScriptStep *steps = g_new0(ScriptStep, n);
    LadRandom random;
    lad_random_init(&random, seed, "test");
    guint64 run = 0;
    for (guint i = 0; i < n; i++) {
        guint64 kind = lad_random_below(&random, 8);
        run = kind < 4 ? (run + 8) % (64 * 4096) : run;
        guint64 offset = kind < 4   ? run
                         : kind < 6 ? lad_random_below(&random, 256) * 64
                                    : lad_random_below(&random, 64 * 512) * 8;
        steps[i].address = PAGE + offset;
        steps[i].kind = lad_random_below(&random, 3) ? LAD_OPERAND_LOAD : LAD_OPERAND_STORE;
    }
    return steps;
}

static void
begin(RunBed *bed, const char *more, const char *path)
{
    run_bed_init(bed, machine, more, path, 0);
    lad_assert_ok(bed->run != NULL, bed->error);
}

static void
run_text(RunBed *bed, const char *more, const ScriptStream *streams, guint n)
{
    char *path = loop_trace_path();
    script_trace_write(path, streams, n);
    begin(bed, more, path);
    gboolean ok = run_bed_finish(bed, 0);
    lad_assert_ok(ok, bed->error);
    loop_trace_remove(path);
}

/* ---- Clusters -----------------------------------------------------------------------------------
 */

static const char *const lookups[] = {"loads",   "load_misses",  "stores",        "store_misses",
                                      "fetches", "fetch_misses", "writebacks_in", "writebacks"};

START_TEST(a_shared_l2_with_one_active_core_is_a_private_l2_of_its_size)
{
    /* Access for access: the counters are compared after each. */
    enum { N = 4000 };
    static const char *const models[] = {"in-order", "window", "functional\ncount = line"};
    gboolean timed = _i < 2;
    g_autofree ScriptStep *steps = draw_steps(7, N);
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = N};
    char *path = loop_trace_path();
    script_trace_write(path, &stream, 1);
    g_autofree char *shared =
        g_strdup_printf("[core]\nmodel = %s\ncores = 8\n[cache.l2]\nshared-by = 4\n"
                        "[run]\ncores = 5\nidle-cores = allow\n",
                        models[_i]);
    g_autofree char *private = g_strdup_printf("[core]\nmodel = %s\n", models[_i]);
    RunBed one, other;
    run_bed_init(&one, timed ? machine : CACHES, shared, path, 0);
    lad_assert_ok(one.run != NULL, one.error);
    run_bed_init(&other, timed ? machine : CACHES, private, path, 0);
    lad_assert_ok(other.run != NULL, other.error);
    gboolean done = FALSE, other_done = FALSE;
    while (!done) {
        gboolean ok = lad_run_step(one.run, 1, &done, &one.error);
        lad_assert_ok(ok, one.error);
        ok = lad_run_step(other.run, 1, &other_done, &other.error);
        lad_assert_ok(ok, other.error);
        for (guint i = 0; i < G_N_ELEMENTS(lookups); i++)
            ck_assert_uint_eq(measured(&one, "cache_l21", lookups[i]),
                              measured(&other, "cache_l2", lookups[i]));
    }
    ck_assert(other_done);
    ck_assert_uint_gt(measured(&one, "cache_l21", "load_misses"), N / 10);
    ck_assert_uint_eq(measured(&one, "cache_l20", "load_misses"), 0);
    if (timed)
        ck_assert_uint_eq(measured(&one, "core5", "ticks"), measured(&other, "core0", "ticks"));
    loop_trace_remove(path);
    run_bed_clear(&one);
    run_bed_clear(&other);
}
END_TEST

START_TEST(a_written_line_leaves_the_caches_of_other_clusters)
{
    /* Every core loads and stores the same four lines of one address space. */
    enum { N = 200 };
    ScriptStep steps[N];
    for (guint i = 0; i < N; i++)
        steps[i] = (ScriptStep){.address = PAGE + 64 * (guint64)(i % 4),
                                .kind = i % 2 ? LAD_OPERAND_STORE : LAD_OPERAND_LOAD};
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = N};
    for (guint shared_by = 2; shared_by <= 4; shared_by += 2) {
        g_autofree char *more = g_strdup_printf(
            "[core]\nmodel = in-order\ncores = 4\n[cache.l2]\nshared-by = %u\n[cache.llc]\n"
            "level = 3\nsize = 256 KiB\nways = 8\nlatency = 40 cycles\nshared-by = 0\n"
            "[run]\nrate = 4\nrate-spaces = shared\n",
            shared_by);
        RunBed bed;
        run_text(&bed, more, &stream, 1);
        guint64 first = 0, second = 0;
        for (guint i = 0; i < 4; i++) {
            g_autofree char *name = g_strdup_printf("cache_l1d%u", i);
            first += measured(&bed, name, "invalidations");
        }
        ck_assert_uint_gt(first, 0);
        if (shared_by == 2)
            second = measured(&bed, "cache_l20", "invalidations") +
                     measured(&bed, "cache_l21", "invalidations");
        else
            second = measured(&bed, "cache_l2", "invalidations");
        ck_assert_msg((second > 0) == (shared_by == 2), "%u lines left the second level",
                      (guint)second);
        run_bed_clear(&bed);
    }
}
END_TEST

/* ---- Way masks ----------------------------------------------------------------------------------
 */

static guint64
sum(const RunBed *bed, const char *const *parts, const char *counter)
{
    guint64 value = 0;
    for (; *parts; parts++)
        value += measured(bed, *parts, counter);
    return value;
}

#define TWO_CORES                                                                                  \
    "[core]\nmodel = %s\ncores = 2\n[tier.memory]\nbandwidth = 10 TB/s\n"                          \
    "[cache.l2]\nmshrs = 1024\nreplacement = %s\n"

START_TEST(cores_with_disjoint_masks_behave_as_with_two_smaller_caches)
{
    enum { N = 6000 };
    static const char *const models[] = {"in-order", "window", "functional\ncount = line"};
    static const char *const kinds[] = {"lru", "fifo", "srrip", "tree-plru"};
    static const char *const shared_parts[] = {"cache_l2", NULL};
    static const char *const private_parts[] = {"cache_l20", "cache_l21", NULL};
    gboolean timed = _i / 4 < 2;
    g_autofree ScriptStep *one = draw_steps(7, N), *other = draw_steps(8, N);
    const ScriptStream streams[] = {{.process = 1, .pc = CODE, .steps = one, .n = N},
                                    {.process = 2, .pc = CODE, .steps = other, .n = N}};
    char *path = loop_trace_path();
    script_trace_write(path, streams, 2);
    RunBed beds[2];
    for (guint i = 0; i < 2; i++) {
        g_autofree char *cores = g_strdup_printf(TWO_CORES, models[_i / 4], kinds[_i % 4]);
        if (!timed)
            *strstr(cores, "[tier.memory]") = '#', memset(strstr(cores, "bandwidth"), '#', 9);
        g_autofree char *more =
            g_strconcat(cores,
                        i == 0 ? "size = 32 KiB\nways = 16\nshared-by = 2\n"
                                 "data-masks = 0x00ff, 0xff00\ncode-masks = 0x00ff, 0xff00\n"
                               : "size = 16 KiB\nways = 8\n",
                        NULL);
        run_bed_init(&beds[i], timed ? machine : CACHES, more, path, 0);
        gboolean ok = run_bed_finish(&beds[i], 0);
        lad_assert_ok(ok, beds[i].error);
    }
    for (guint i = 0; i < G_N_ELEMENTS(lookups) - (timed ? 0 : 2); i++)
        ck_assert_uint_eq(sum(&beds[0], shared_parts, lookups[i]),
                          sum(&beds[1], private_parts, lookups[i]));
    ck_assert_uint_gt(sum(&beds[0], shared_parts, "load_misses"), N / 10);
    for (guint core = 0; core < 2 && timed; core++) {
        g_autofree char *name = g_strdup_printf("core%u", core);
        ck_assert_uint_eq(measured(&beds[0], name, "ticks"), measured(&beds[1], name, "ticks"));
    }
    loop_trace_remove(path);
    run_bed_clear(&beds[0]);
    run_bed_clear(&beds[1]);
}
END_TEST

/* ---- Exclusive caches ---------------------------------------------------------------------------
 */

/* Lines of each set, most recent first: nothing in common with the engine. */
typedef struct {
    guint n_sets, ways;
    guint64 *lines; /* 0: none */
    gboolean *dirty;
    guint64 misses, writebacks;
} Stack;

static void
stack_access(Stack *stack, guint64 line, gboolean store)
{
    gsize first = line % stack->n_sets * stack->ways;
    guint64 *set = stack->lines + first;
    gboolean *dirty = stack->dirty + first, was_dirty = FALSE;
    guint at = 0;
    while (at < stack->ways && set[at] != line)
        at++;
    if (at == stack->ways) {
        at--;
        stack->misses++;
        stack->writebacks += set[at] && dirty[at] ? 1 : 0;
    } else {
        was_dirty = dirty[at];
    }
    memmove(set + 1, set, at * sizeof *set);
    memmove(dirty + 1, dirty, at * sizeof *dirty);
    set[0] = line;
    dirty[0] = was_dirty || store;
}

START_TEST(exclusive_levels_are_one_lru_stack)
{
    /* Levels with the same sets, of 4, 8 and then 4 ways: together 12 or 16. */
    enum { N = 20000, SETS = 16 };
    static const char *const models[] = {"in-order", "window", "functional\ncount = line"};
    gboolean three = _i >= 3, timed = _i % 3 < 2;
    const char *last = three ? "cache_l3" : "cache_l2";
    g_autofree ScriptStep *steps = draw_steps(9, N);
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = N};
    g_autofree char *more = g_strdup_printf(
        "[core]\nmodel = %s\n[cache.l2]\nsize = 8 KiB\nways = 8\nexclusive = true\n%s",
        models[_i % 3],
        three ? "[cache.l3]\nlevel = 3\nsize = 4 KiB\nways = 4\nlatency = 20 cycles\n"
                "exclusive = true\n"
              : "");
    RunBed bed;
    char *path = loop_trace_path();
    script_trace_write(path, &stream, 1);
    run_bed_init(&bed, timed ? machine : CACHES, more, path, 0);
    gboolean ok = run_bed_finish(&bed, 0);
    lad_assert_ok(ok, bed.error);
    loop_trace_remove(path);
    Stack stack = {.n_sets = SETS, .ways = three ? 16 : 12};
    stack.lines = g_new0(guint64, SETS * stack.ways);
    stack.dirty = g_new0(gboolean, SETS * stack.ways);
    for (guint i = 0; i < N; i++)
        stack_access(&stack, steps[i].address / 64, steps[i].kind == LAD_OPERAND_STORE);
    /* And the line of code. */
    ck_assert_uint_eq(measured(&bed, last, "load_misses") + measured(&bed, last, "store_misses"),
                      stack.misses);
    ck_assert_uint_eq(measured(&bed, last, "fetch_misses"), 1);
    ck_assert_uint_eq(measured(&bed, last, "writebacks"), stack.writebacks);
    if (timed) {
        ck_assert_uint_eq(measured(&bed, "tier_memory", "read_bytes"), 64 * (stack.misses + 1));
        ck_assert_uint_eq(measured(&bed, "tier_memory", "writes"), stack.writebacks);
    }
    ck_assert_uint_gt(stack.writebacks, N / 100);
    ck_assert_uint_gt(measured(&bed, "cache_l2", "victims_in"), N / 100);
    g_free(stack.lines);
    g_free(stack.dirty);
    run_bed_clear(&bed);
}
END_TEST

/* ---- Re-reference prediction --------------------------------------------------------------------
 */

/* Misses of the second level's loads; every line is in one set of it, and the first level holds one
 * line. */
static guint64
misses_of(const char *replacement, const guint8 *lines, guint n)
{
    g_autofree ScriptStep *steps = g_new0(ScriptStep, n);
    for (guint i = 0; i < n; i++)
        steps[i] = (ScriptStep){.address = PAGE + 64 * (guint64)lines[i]};
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = n};
    g_autofree char *more =
        g_strdup_printf("[core]\nmodel = in-order\n[cache.l1d]\nsize = 64 B\nways = 1\n[cache.l2]\n"
                        "side = data\nsize = 256 B\nways = 4\nreplacement = %s\n",
                        replacement);
    RunBed bed;
    run_text(&bed, more, &stream, 1);
    guint64 misses = measured(&bed, "cache_l2", "load_misses");
    run_bed_clear(&bed);
    return misses;
}

START_TEST(srrip_keeps_what_was_used_again_when_a_scan_passes)
{
    /* Jaleel et al., ISCA 2010, figure 2: a1 a2 a2 a1 and then a scan of four. Repeats in a row
     * stay in the first level here, so the order of the hits is changed: a1 a2 a1 a2. */
    const guint8 lines[] = {1, 2, 1, 2, 11, 12, 13, 14, 1, 2};
    ck_assert_uint_eq(misses_of("srrip", lines, G_N_ELEMENTS(lines)), 6);
    ck_assert_uint_eq(misses_of("lru", lines, G_N_ELEMENTS(lines)), 8);
}
END_TEST

START_TEST(drrip_keeps_a_part_of_what_does_not_fit)
{
    /* A loop over twice the cache: LRU and SRRIP never hit, DRRIP's followers do. */
    enum { LINES = 1024, ROUNDS = 30, N = LINES * ROUNDS };
    g_autofree ScriptStep *steps = g_new0(ScriptStep, N);
    for (guint i = 0; i < N; i++)
        steps[i] = (ScriptStep){.address = PAGE + 64 * (guint64)(i % LINES)};
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = N};
    static const char *const kinds[] = {"lru", "srrip", "drrip"};
    guint64 misses[3];
    for (guint i = 0; i < 3; i++) {
        g_autofree char *more = g_strdup_printf(
            "[core]\nmodel = in-order\n[cache.l2]\nreplacement = %s\nside = data\n", kinds[i]);
        RunBed bed;
        run_text(&bed, more, &stream, 1);
        misses[i] = measured(&bed, "cache_l2", "load_misses");
        run_bed_clear(&bed);
    }
    ck_assert_uint_eq(misses[0], N);
    ck_assert_uint_eq(misses[1], N);
    /* Half of it could stay at best. */
    ck_assert_uint_lt(misses[2], N * 8 / 10);
    ck_assert_uint_ge(misses[2], N / 2);
}
END_TEST

/* ---- Shared instruction TLBs --------------------------------------------------------------------
 */

/* Each of `n` streams fetches the same code pages, one line each, in turns if `turns`; a file holds
 * the code, so all processes map the same pages of it. */
static void
write_fetches(const char *path, const guint16 *pages, guint n_pages, guint n, gboolean processes,
              gboolean turns)
{
    GError *error = NULL;
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, NULL, &error);
    lad_assert_ok(writer != NULL, error);
    for (guint i = 0; i < n; i++) {
        LadStreamInfo info = {.process = processes ? i + 1 : 1,
                              .thread = i,
                              .cgroup = (char *)"",
                              .name = (char *)"fetches"};
        guint stream = lad_trace_writer_add_stream(writer, &info);
        LadRecord map = {.kind = LAD_RECORD_MAP,
                         .address = PAGE,
                         .size = 512 * 4096,
                         .flags = LAD_MAP_READ | LAD_MAP_EXEC,
                         .text = (char *)"/bin/fetches"};
        gboolean ok =
            (i > 0 && !processes) || lad_trace_writer_record(writer, stream, &map, &error);
        lad_assert_ok(ok, error);
        for (guint k = 0; k < n_pages; k++) {
            const LadRecord turn = {.kind = LAD_RECORD_SWITCH,
                                    .flags = LAD_SWITCH_TURN,
                                    .value = (guint64)k * n + i + 1,
                                    .text = (char *)""};
            ok = !turns || lad_trace_writer_record(writer, stream, &turn, &error);
            lad_assert_ok(ok, error);
            LadRecord fetch = {
                .kind = LAD_RECORD_FETCH, .address = PAGE + (guint64)pages[k] * 4096, .size = 4};
            ok = lad_trace_writer_record(writer, stream, &fetch, &error);
            lad_assert_ok(ok, error);
        }
    }
    gboolean ok = lad_trace_writer_close(writer, &error);
    lad_assert_ok(ok, error);
}

/* A TLB as a list of entries per set, most recent first; nothing in common with the engine. */
typedef struct {
    guint page;
    guint spaces[8], n_spaces;
} NaiveEntry;

typedef struct {
    guint n_sets, ways, asids;
    NaiveEntry *entries;
    guint64 misses, joins;
} NaiveTlb;

static void
naive_look_up(NaiveTlb *tlb, guint page, guint space)
{
    NaiveEntry *set = tlb->entries + page % tlb->n_sets * tlb->ways, entry = {0};
    guint at, room = tlb->ways;
    for (at = 0; at < tlb->ways; at++) {
        guint i = 0;
        while (i < set[at].n_spaces && set[at].spaces[i] != space)
            i++;
        if (set[at].n_spaces && set[at].page == page && i < set[at].n_spaces)
            break;
        if (room == tlb->ways && set[at].n_spaces && set[at].page == page &&
            set[at].n_spaces < tlb->asids)
            room = at;
    }
    if (at < tlb->ways) {
        entry = set[at];
    } else {
        tlb->misses++;
        if (room < tlb->ways) {
            tlb->joins++;
            at = room;
            entry = set[at];
        } else {
            at = tlb->ways - 1;
            entry.page = page;
        }
        entry.spaces[entry.n_spaces++] = space;
    }
    memmove(set + 1, set, at * sizeof *set);
    set[0] = entry;
}

#define N_FETCHES 3000
/* Four cores of one clock with the same code stay in step, since a miss of the second level, and a
 * fault, take no time, and what takes time is private and alike. */
#define TLB_MACHINE                                                                                \
    "[core]\nmodel = in-order\ncores = 4\n[tlb.l1i]\nentries = 1\nways = 1\n"                      \
    "[tlb.l2i]\nlevel = 2\nside = instruction\nentries = 64\nways = 4\n"                           \
    "latency = 0 cycles\nshared-by = 4\nasids = %u\n"                                              \
    "[kernel]\nfault-cost = 0 ns\nzero-pages = false\n[tier.memory]\nbandwidth = 10 TB/s\n"

/* Pages with hot ones; never the same twice in a row, so that a first level of one entry lets all
 * through. */
static void
draw_pages(guint16 *pages)
{
    LadRandom random;
    lad_random_init(&random, 11, "pages");
    for (guint i = 0; i < N_FETCHES; i++)
        do
            pages[i] = (guint16)(lad_random_below(&random, 2) ? lad_random_below(&random, 40)
                                                              : lad_random_below(&random, 400));
        while (i > 0 && pages[i] == pages[i - 1]);
}

static guint64
itlb_misses(const guint16 *pages, gboolean processes, guint asids, NaiveTlb *naive)
{
    char *path = loop_trace_path();
    write_fetches(path, pages, N_FETCHES, 4, processes, FALSE);
    g_autofree char *more = g_strdup_printf(TLB_MACHINE, asids);
    RunBed bed;
    begin(&bed, more, path);
    gboolean ok = run_bed_finish(&bed, 0);
    lad_assert_ok(ok, bed.error);
    *naive = (NaiveTlb){.n_sets = 16, .ways = 4, .asids = asids};
    naive->entries = g_new0(NaiveEntry, 64);
    for (guint i = 0; i < N_FETCHES; i++)
        for (guint core = 0; core < 4; core++)
            naive_look_up(naive, pages[i], processes ? core : 0);
    g_free(naive->entries);
    guint64 misses = measured(&bed, "tlb_l2i", "misses");
    ck_assert_uint_eq(measured(&bed, "tlb_l2i", "lookups"), 4 * N_FETCHES);
    guint64 walks = 0, faults = 0;
    for (guint core = 0; core < 4; core++) {
        g_autofree char *walker = g_strdup_printf("walk%u", core);
        walks += measured(&bed, walker, "walks");
        faults += measured(&bed, walker, "faults");
    }
    /* What faults is walked again. */
    ck_assert_uint_eq(walks - faults, misses);
    if (processes && asids > 1)
        ck_assert_uint_eq(measured(&bed, "tlb_l2i", "joins"), naive->joins);
    run_bed_clear(&bed);
    loop_trace_remove(path);
    return misses;
}

/* The same without time, where the trace says whose turn it is: one fetch of each. */
static guint64
untimed_itlb_misses(const guint16 *pages, gboolean processes, guint asids)
{
    char *path = loop_trace_path();
    write_fetches(path, pages, N_FETCHES, 4, processes, TRUE);
    g_autofree char *more =
        g_strdup_printf("[core]\nmodel = functional\ncount = line\ncores = 4\n[sched]\n"
                        "order = turns\n[tlb.l1i]\nentries = 1\nways = 1\n[tlb.l2i]\nlevel = 2\n"
                        "side = instruction\nentries = 64\nways = 4\nshared-by = 4\nasids = %u\n",
                        asids);
    RunBed bed;
    run_bed_init(&bed, CACHES, more, path, 0);
    gboolean ok = run_bed_finish(&bed, 0);
    lad_assert_ok(ok, bed.error);
    NaiveTlb naive = {.n_sets = 16, .ways = 4, .asids = asids};
    naive.entries = g_new0(NaiveEntry, 64);
    for (guint i = 0; i < N_FETCHES; i++)
        for (guint core = 0; core < 4; core++)
            naive_look_up(&naive, pages[i], processes ? core : 0);
    g_free(naive.entries);
    guint64 misses = measured(&bed, "tlb_l2i", "misses");
    ck_assert_uint_eq(measured(&bed, "tlb_l2i", "lookups"), 4 * N_FETCHES);
    ck_assert_uint_eq(misses, naive.misses);
    ck_assert_uint_eq(measured(&bed, "tlb_l2i", "joins"), naive.joins);
    run_bed_clear(&bed);
    loop_trace_remove(path);
    return misses;
}

START_TEST(an_untimed_itlb_with_several_spaces_per_entry_follows_the_same_rule)
{
    guint16 pages[N_FETCHES];
    draw_pages(pages);
    guint64 threads = untimed_itlb_misses(pages, FALSE, 1);
    ck_assert_uint_gt(threads, N_FETCHES / 10);
    /* One more walk per process and resident entry. */
    guint64 four = untimed_itlb_misses(pages, TRUE, 4);
    ck_assert_uint_eq(four, 4 * threads);
    guint64 two = untimed_itlb_misses(pages, TRUE, 2);
    guint64 one = untimed_itlb_misses(pages, TRUE, 1);
    ck_assert_uint_le(four, two);
    ck_assert_uint_le(two, one);
}
END_TEST

START_TEST(a_shared_itlb_of_one_process_misses_like_one_stream)
{
    guint16 pages[N_FETCHES];
    draw_pages(pages);
    NaiveTlb naive;
    guint64 threads = itlb_misses(pages, FALSE, 1, &naive);
    ck_assert_uint_eq(threads, naive.misses);
    /* The same as of one stream alone. */
    NaiveTlb alone = {.n_sets = 16, .ways = 4, .asids = 1};
    alone.entries = g_new0(NaiveEntry, 64);
    for (guint i = 0; i < N_FETCHES; i++)
        naive_look_up(&alone, pages[i], 0);
    g_free(alone.entries);
    ck_assert_uint_eq(threads, alone.misses);
    ck_assert_uint_gt(threads, N_FETCHES / 10);

    guint64 four = itlb_misses(pages, TRUE, 4, &naive);
    ck_assert_uint_eq(four, naive.misses);
    /* One more walk per process and resident entry. */
    ck_assert_uint_eq(four, 4 * threads);
    guint64 one = itlb_misses(pages, TRUE, 1, &naive);
    ck_assert_uint_eq(one, naive.misses);
    ck_assert_uint_le(four, one);
    guint64 two = itlb_misses(pages, TRUE, 2, &naive);
    ck_assert_uint_eq(two, naive.misses);
    ck_assert_uint_le(four, two);
    ck_assert_uint_le(two, one);
}
END_TEST

/* ---- Two threads per core -----------------------------------------------------------------------
 */

/* Cycles that `n` streams of N loads of one line, in address spaces of their own, take. */
static guint64
smt_cycles(const char *core, guint n)
{
    enum { N = 4000 };
    g_autofree ScriptStep *steps = g_new0(ScriptStep, N);
    for (guint i = 0; i < N; i++)
        steps[i] = (ScriptStep){.address = PAGE};
    const ScriptStream streams[] = {{.process = 1, .pc = CODE, .steps = steps, .n = N},
                                    {.process = 1, .pc = CODE, .steps = steps, .n = N}};
    g_autofree char *more = g_strdup_printf("[core]\n%s\n[kernel]\nfault-cost = 0 ns\n"
                                            "[run]\nidle-cores = allow\n",
                                            core);
    RunBed bed;
    run_text(&bed, more, streams, n);
    guint64 most = 0;
    for (guint i = 0; i < n; i++) {
        g_autofree char *name = g_strdup_printf("core%u", i);
        most = MAX(most, measured(&bed, name, "base"));
    }
    run_bed_clear(&bed);
    return most / 16;
}

START_TEST(threads_of_a_core_share_its_dispatch)
{
    /* 4000 instructions at two per cycle. */
    static const char *const models[] = {"in-order", "window"};
    const struct {
        const char *how;
        guint n, cycles;
    } cases[] = {
        {"cores = 2", 1, 2000},
        {"cores = 2", 2, 2000},
        {"threads = 2\nsmt = competitive", 1, 2000},
        {"threads = 2\nsmt = competitive", 2, 4000},
        {"threads = 2\nsmt = static", 1, 4000},
        {"threads = 2\nsmt = static", 2, 4000},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *core =
            g_strdup_printf("model = %s\nwidth = 2\n%s", models[_i], cases[i].how);
        guint64 cycles = smt_cycles(core, cases[i].n);
        ck_assert_msg(cycles >= cases[i].cycles - 8 && cycles <= cases[i].cycles + 8,
                      "%s, %u streams: %u cycles, expected %u", cases[i].how, cases[i].n,
                      (guint)cycles, cases[i].cycles);
    }
}
END_TEST

START_TEST(threads_of_a_core_share_its_first_level_and_tlbs)
{
    /* Both read the same 48 lines of 12 pages twice: what one has brought the other finds. */
    enum { LINES = 48, N = 2 * LINES };
    static const char *const models[] = {"in-order", "window"};
    ScriptStep steps[N];
    for (guint i = 0; i < N; i++)
        steps[i] =
            (ScriptStep){.address = PAGE + 4096 * (guint64)(i % 12) + 64 * (guint64)(i % LINES)};
    const ScriptStream streams[] = {{.process = 1, .pc = CODE, .steps = steps, .n = N},
                                    {.process = 1, .pc = CODE, .steps = steps, .n = N}};
    for (guint threads = 1; threads <= 2; threads++) {
        g_autofree char *more = g_strdup_printf(
            "[core]\nmodel = %s\ncores = %u\nthreads = %u\n[cache.l1d]\nsize = 16 KiB\nways = 16\n",
            models[_i], 3 - threads, threads);
        RunBed bed;
        run_text(&bed, more, streams, 2);
        guint64 misses, walks;
        if (threads == 2) {
            misses = measured(&bed, "cache_l1d", "load_misses");
            walks = measured(&bed, "tlb_l1d", "misses");
            ck_assert_uint_eq(measured(&bed, "cache_l1d", "loads"), 2 * N);
            ck_assert_uint_eq(measured(&bed, "tlb_l1d", "lookups"), 2 * N);
        } else {
            misses = measured(&bed, "cache_l1d0", "load_misses") +
                     measured(&bed, "cache_l1d1", "load_misses");
            walks = measured(&bed, "tlb_l1d0", "misses") + measured(&bed, "tlb_l1d1", "misses");
        }
        ck_assert_uint_eq(misses, threads == 2 ? LINES : 2 * LINES);
        ck_assert_uint_eq(walks, threads == 2 ? 12 : 24);
        run_bed_clear(&bed);
    }
}
END_TEST

START_TEST(two_threads_per_core_are_the_same_however_they_are_stepped)
{
    enum { N = 3000 };
    static const char *const hows[] = {
        "model = in-order\nsmt = competitive", "model = window\nsmt = competitive",
        "model = in-order\nsmt = static", "model = window\nsmt = static"};
    g_autofree ScriptStep *steps = draw_steps(5, N);
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = N};
    char *path = loop_trace_path();
    script_trace_write(path, &stream, 1);
    g_autofree char *more = g_strdup_printf("[core]\n%s\ncores = 2\nthreads = 2\n[run]\nrate = 4\n"
                                            "rate-spaces = %s\n[cache.l2]\nshared-by = 2\n",
                                            hows[_i % 4], _i < 4 ? "shared" : "separate");
    char *dumps[2];
    for (guint i = 0; i < 2; i++) {
        RunBed bed;
        begin(&bed, more, path);
        gboolean ok = run_bed_finish(&bed, i ? 100 : 0);
        lad_assert_ok(ok, bed.error);
        dumps[i] = run_bed_dump(&bed);
        run_bed_clear(&bed);
    }
    ck_assert(strcmp(dumps[0], dumps[1]) == 0);
    g_free(dumps[0]);
    g_free(dumps[1]);
    loop_trace_remove(path);
}
END_TEST

/* ---- Bad input ----------------------------------------------------------------------------------
 */

typedef struct {
    const char *more;
    const char *says[3];
} Bad;

static const Bad bad[] = {
    {"[core]\nmodel = in-order\ncores = 4\n[cache.l2]\nshared-by = 3\n",
     {"cache.l2", "shared-by = 3", "4 cores"}},
    {"[core]\nmodel = in-order\ncores = 2\n[cache.l2]\nshared-by = 4\n",
     {"cache.l2", "shared-by = 4", "2 cores"}},
    {"[core]\nmodel = in-order\ncores = 4\n[cache.l2]\nshared-by = 4\n",
     {"cache.l2", "cores = 4", "1 stream"}},
    {"[core]\nmodel = in-order\ncores = 2\n[run]\nidle-cores = refuse\n",
     {"cores = 2", "1 stream", "idle-cores"}},
    {"[core]\nmodel = in-order\ncores = 2\n[tlb.l1i]\nshared-by = 2\n",
     {"tlb.l1i", "shared-by = 2", "expected 1"}},
    {"[core]\nmodel = in-order\n[tlb.l2i]\nlevel = 2\nside = instruction\nentries = 64\n"
     "ways = 4\nasids = 8\nasid-tags = 4\n",
     {"tlb.l2i", "asids = 8", "asid-tags = 4"}},
    {"[core]\nmodel = in-order\nthreads = 3\n", {"threads", "3"}},
    {"[core]\nmodel = in-order\n[cache.l2]\ndata-masks = 0x0\n",
     {"cache.l2", "data-masks = 0x0", "0 ways"}},
    {"[core]\nmodel = in-order\n[cache.l2]\ncode-masks = 0x1ff\n",
     {"cache.l2", "code-masks = 0x1ff", "its 8 ways"}},
    {"[core]\nmodel = in-order\n[cache.l2]\ncode-masks = 0x1, 0x2\n",
     {"cache.l2", "code-masks has 2 masks", "1 cores"}},
    {"[core]\nmodel = in-order\n[cache.l2]\ncode-masks = all\n", {"cache.l2", "\"all\"", "0xff"}},
    {"[core]\nmodel = in-order\n[cache.l2]\nexclusive = true\ninclusive = true\n",
     {"cache.l2", "exclusive", "inclusive"}},
    {"[core]\nmodel = in-order\n[cache.l1d]\nexclusive = true\n", {"cache.l1d", "level 1"}},
    {"[core]\nmodel = in-order\n[cache.l1d]\nsize = 8 KiB\nways = 128\n",
     {"cache.l1d", "128 ways", "at most 64"}},
    {"[core]\nmodel = in-order\n[tlb.l1d]\nentries = 128\nways = 128\n",
     {"tlb.l1d", "128 ways", "functional"}},
    {"[core]\nmodel = in-order\n[prefetcher.p]\nmodel = next-line\nlevel = 3\n",
     {"prefetcher.p", "level = 3"}},
    {"[core]\nmodel = in-order\n[cache.l1d]\nwrite-policy = write-through\n[cache.l2]\n"
     "exclusive = true\n",
     {"l2 is exclusive", "l1d", "write"}},
    {"[core]\nmodel = in-order\ncores = 2\n[tlb.l1i]\nasid-tags = 1\n[run]\nrate = 2\n",
     {"tlb.l1i", "asid-tags = 1", "2 address spaces"}},
};

#define UNTIMED "[core]\nmodel = functional\ncount = line\n"

static const Bad bad_untimed[] = {
    {UNTIMED "cores = 4\n[cache.l2]\nshared-by = 3\n", {"cache.l2", "shared-by = 3", "4 cores"}},
    {UNTIMED "cores = 2\n[cache.l2]\nshared-by = 4\n", {"cache.l2", "shared-by = 4", "2 cores"}},
    {UNTIMED "cores = 4\n[cache.l2]\nshared-by = 4\n", {"cache.l2", "cores = 4", "1 stream"}},
    {UNTIMED "cores = 2\n[run]\nidle-cores = refuse\n", {"cores = 2", "1 stream", "idle-cores"}},
    {UNTIMED "cores = 2\n[tlb.l1i]\nshared-by = 2\n", {"tlb.l1i", "shared-by = 2", "expected 1"}},
    {UNTIMED "[tlb.l2i]\nlevel = 2\nside = instruction\nentries = 64\nways = 4\nasids = 8\n"
             "asid-tags = 4\n",
     {"tlb.l2i", "asids = 8", "asid-tags = 4"}},
    {UNTIMED "[tlb.l2i]\nlevel = 2\nentries = 64\nways = 4\nasids = 4\n",
     {"tlb.l2i", "asids = 4", "side = instruction"}},
    {UNTIMED "cores = 2\n[tlb.l1i]\nasid-tags = 1\n[run]\nrate = 2\n",
     {"tlb.l1i", "asid-tags = 1", "2 address spaces"}},
    {UNTIMED "[cache.l2]\ndata-masks = 0x0\n", {"cache.l2", "data-masks = 0x0", "0 ways"}},
    {UNTIMED "[cache.l2]\ncode-masks = 0x1ff\n", {"cache.l2", "code-masks = 0x1ff", "its 8 ways"}},
    {UNTIMED "[cache.l2]\ncode-masks = 0x1, 0x2\n",
     {"cache.l2", "code-masks has 2 masks", "1 cores"}},
    {UNTIMED "[cache.l2]\nexclusive = true\ninclusive = true\n",
     {"cache.l2", "exclusive", "inclusive"}},
    {UNTIMED "[cache.l1d]\nexclusive = true\n", {"cache.l1d", "level 1"}},
    {"[core]\nmodel = functional\n[cache.l2]\nexclusive = true\n",
     {"cache.l2", "exclusive = true", "count = line"}},
    {UNTIMED "[cache.l2]\nline = 128 B\ninclusive = true\n",
     {"line = 64 B", "inclusive = true", "line = 128 B"}},
    {UNTIMED "[cache.l2]\ninclusive = true\n[cache.l1d]\nsize = 8 KiB\nways = 128\n",
     {"cache.l1d", "ways = 128", "at most 64"}},
    {UNTIMED "[cache.l1d]\nsize = 16 KiB\nways = 128\n",
     {"cache.l1d", "128 ways of 256", "one set"}},
    {UNTIMED "[cache.l1d]\nsize = 8 KiB\nways = 128\nreplacement = srrip\n",
     {"l1d", "128 ways with srrip", "lru or fifo"}},
    {UNTIMED "[cache.l2i]\nlevel = 2\nside = instruction\nsize = 32 KiB\nways = 8\n"
             "latency = 5 cycles\n",
     {"cache.l2", "level 2 like another"}},
    {UNTIMED "[prefetcher.p]\nmodel = next-line\nlevel = 3\n",
     {"prefetcher.p", "level = 3", "level = 1"}},
};

static void
expect_refusal(const char *machine_text, const Bad *refused)
{
    const ScriptStep step = {.address = PAGE};
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = &step, .n = 1};
    char *path = loop_trace_path();
    script_trace_write(path, &stream, 1);
    RunBed bed;
    run_bed_init(&bed, machine_text, refused->more, path, 0);
    ck_assert_msg(bed.run == NULL, "accepted: %s", refused->more);
    for (guint i = 0; i < G_N_ELEMENTS(refused->says) && refused->says[i]; i++)
        ck_assert_msg(strstr(bed.error->message, refused->says[i]) != NULL, "no \"%s\" in: %s",
                      refused->says[i], bed.error->message);
    loop_trace_remove(path);
    run_bed_clear(&bed);
}

START_TEST(what_cannot_be_shared_is_refused_with_key_and_numbers)
{
    expect_refusal(machine, &bad[_i]);
}
END_TEST

START_TEST(what_cannot_be_shared_without_time_is_refused_so_too)
{
    expect_refusal(CACHES, &bad_untimed[_i]);
}
END_TEST

static Suite *
shared_suite(void)
{
    Suite *suite = suite_create("shared");
    TCase *clusters = tcase_create("clusters");
    tcase_add_loop_test(clusters, a_shared_l2_with_one_active_core_is_a_private_l2_of_its_size, 0,
                        3);
    tcase_add_test(clusters, a_written_line_leaves_the_caches_of_other_clusters);
    suite_add_tcase(suite, clusters);
    TCase *masks = tcase_create("way masks");
    tcase_add_loop_test(masks, cores_with_disjoint_masks_behave_as_with_two_smaller_caches, 0, 12);
    suite_add_tcase(suite, masks);
    TCase *exclusive = tcase_create("exclusive caches");
    tcase_add_loop_test(exclusive, exclusive_levels_are_one_lru_stack, 0, 6);
    suite_add_tcase(suite, exclusive);
    TCase *rrip = tcase_create("re-reference prediction");
    tcase_add_test(rrip, srrip_keeps_what_was_used_again_when_a_scan_passes);
    tcase_add_test(rrip, drrip_keeps_a_part_of_what_does_not_fit);
    suite_add_tcase(suite, rrip);
    tcase_set_timeout(masks, 60);
    tcase_set_timeout(exclusive, 60);
    tcase_set_timeout(rrip, 60);
    TCase *tlbs = tcase_create("shared instruction TLBs");
    tcase_add_test(tlbs, a_shared_itlb_of_one_process_misses_like_one_stream);
    tcase_add_test(tlbs, an_untimed_itlb_with_several_spaces_per_entry_follows_the_same_rule);
    suite_add_tcase(suite, tlbs);
    tcase_set_timeout(tlbs, 60);
    TCase *smt = tcase_create("two threads per core");
    tcase_add_loop_test(smt, threads_of_a_core_share_its_dispatch, 0, 2);
    tcase_add_loop_test(smt, threads_of_a_core_share_its_first_level_and_tlbs, 0, 2);
    tcase_add_loop_test(smt, two_threads_per_core_are_the_same_however_they_are_stepped, 0, 8);
    suite_add_tcase(suite, smt);
    tcase_set_timeout(smt, 60);
    TCase *input = tcase_create("bad input");
    tcase_add_loop_test(input, what_cannot_be_shared_is_refused_with_key_and_numbers, 0,
                        G_N_ELEMENTS(bad));
    tcase_add_loop_test(input, what_cannot_be_shared_without_time_is_refused_so_too, 0,
                        G_N_ELEMENTS(bad_untimed));
    suite_add_tcase(suite, input);
    tcase_set_timeout(clusters, 60);
    return suite;
}

int
main(void)
{
    return lad_suite_run(shared_suite());
}
