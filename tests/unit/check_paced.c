/* check_paced.c - traces of level page: weights, ranges, idle time, intervals, the trace's pace. */
#include "config.h"
#include "tests/unit/run_bed.h"
#include "tests/unit/suite.h"
#include <glib/gstdio.h>
#include <memladder/trace.h>
#include <string.h>
#include <unistd.h>

#define BASE ((guint64)1 << 32)

/* One core at 1 GHz, 100 ns per touch and 50 ns for its line; nothing else takes time. */
static const char machine[] = "[core]\nmodel=paced\nfrequency=1 GHz\ncompute=100 ns\n"
                              "[kernel]\nfault-cost=0 s\nzero-pages=false\n"
                              "[tier.near]\nmodel=fixed\nsize=16 MiB\nlatency=50 ns\n"
                              "bandwidth=1000 GB/s\n";

/* Write `records` as a trace; `order`: its note, or NULL. */
static char *
write_trace(const LadRecord *records, guint n, const char *order)
{
    g_autoptr(GError) error = NULL;
    char *path = NULL;
    int file = g_file_open_tmp("paced-XXXXXX.mlt", &path, &error);
    lad_assert_ok(file >= 0, error);
    close(file);
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    header->level = LAD_LEVEL_PAGE;
    header->tick_ps = LAD_NS;
    if (order)
        g_hash_table_insert(header->notes, g_strdup(LAD_NOTE_ORDER), g_strdup(order));
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, NULL, &error);
    lad_assert_ok(writer, error);
    LadStreamInfo info = {.process = 1, .cgroup = (char *)"", .name = (char *)""};
    lad_trace_writer_add_stream(writer, &info);
    for (guint i = 0; i < n; i++)
        lad_assert_ok(lad_trace_writer_record(writer, 0, &records[i], &error), error);
    lad_assert_ok(lad_trace_writer_close(writer, &error), error);
    return path;
}

static void
replay(RunBed *bed, const LadRecord *records, guint n, const char *order, const char *more)
{
    g_autofree char *path = write_trace(records, n, order);
    run_bed_init(bed, machine, more, path, LAD_RUN_NO_THREADS);
    lad_assert_ok(bed->run, bed->error);
    lad_assert_ok(run_bed_finish(bed, 0), bed->error);
    g_unlink(path);
}

static LadTime
length(const RunBed *bed)
{
    LadTime start, length;
    lad_run_phase_time(bed->run, LAD_PHASE_MEASURED, &start, &length);
    return length;
}

#define VALUE(part, counter) run_bed_value(&bed, part, counter, LAD_PHASE_MEASURED)

START_TEST(a_weight_counts_and_takes_time_but_faults_once)
{
    const LadRecord records[] = {
        {.kind = LAD_RECORD_PAGE_TOUCH, .address = BASE, .weight = 1000, .value = 250}};
    RunBed bed;
    replay(&bed, records, 1, "exact", "");
    ck_assert_uint_eq(VALUE("kernel", "pgfault"), 1);
    ck_assert_uint_eq(VALUE("core0", "loads"), 750);
    ck_assert_uint_eq(VALUE("core0", "stores"), 250);
    ck_assert_uint_eq(VALUE("tier_near", "reads"), 1000);
    ck_assert_uint_eq(VALUE("tier_near", "writes"), 250);
    ck_assert_uint_eq(length(&bed), 1000 * 150 * LAD_NS);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(a_wait_is_for_bandwidth_if_enough_lines_are_under_way)
{
    const LadRecord records[] = {
        {.kind = LAD_RECORD_PAGE_TOUCH, .address = BASE, .weight = 1000, .value = 0}};
    static const struct {
        const char *core;
        gboolean crowded;
    } cases[] = {
        {"[core]\nlines=3\n", FALSE},
        {"[core]\nlines=4\n", TRUE},
        {"[core]\nlines=2\noverlap=2\n", TRUE},
        {"[core]\nlines=4\noccupancy-threshold=5\n", FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        RunBed bed;
        replay(&bed, records, 1, "exact", cases[i].core);
        guint64 waited = VALUE("core0", "memory_latency") + VALUE("core0", "memory_bandwidth");
        ck_assert_uint_gt(waited, 0);
        ck_assert_uint_eq(VALUE("core0", "bandwidth_bound"), cases[i].crowded ? waited : 0);
        ck_assert_uint_eq(VALUE("core0", "latency_bound"), cases[i].crowded ? 0 : waited);
        run_bed_clear(&bed);
    }
}
END_TEST

START_TEST(a_range_touches_each_of_its_pages)
{
    const LadRecord records[] = {{.kind = LAD_RECORD_RANGE_TOUCH,
                                  .address = BASE + 100,
                                  .size = 10 * LAD_PAGE_BYTES,
                                  .weight = 3}};
    RunBed bed;
    replay(&bed, records, 1, "exact", "");
    ck_assert_uint_eq(VALUE("kernel", "pgfault"), 11);
    ck_assert_uint_eq(VALUE("tier_near", "reads"), 33);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(idle_time_passes_and_is_nobodys_work)
{
    const LadRecord records[] = {
        {.kind = LAD_RECORD_PAGE_TOUCH, .address = BASE, .weight = 10},
        {.kind = LAD_RECORD_IDLE, .value = 5000000},
        {.kind = LAD_RECORD_PAGE_TOUCH, .address = BASE, .weight = 10},
    };
    RunBed bed;
    replay(&bed, records, 3, "exact", "");
    ck_assert_uint_ge(length(&bed), 5 * LAD_MS + 20 * 150 * LAD_NS);
    ck_assert_uint_le(length(&bed), 5 * LAD_MS + 20 * 150 * LAD_NS + LAD_US);
    ck_assert_uint_eq(VALUE("core0", "ticks"), 16 * 20 * 150);
    run_bed_clear(&bed);
}
END_TEST

/* Two intervals of 1 ms with four pages each. */
static void
two_intervals(LadRecord records[10])
{
    memset(records, 0, 10 * sizeof *records);
    for (guint i = 0; i < 10; i++) {
        if (i % 5 == 0)
            records[i] = (LadRecord){.kind = LAD_RECORD_TIME, .value = 1000000 * (1 + i / 5)};
        else
            records[i] = (LadRecord){
                .kind = LAD_RECORD_PAGE_TOUCH, .address = BASE + i * LAD_PAGE_BYTES, .weight = 5};
    }
}

START_TEST(the_traces_pace_spreads_an_interval_over_its_length)
{
    LadRecord records[10];
    two_intervals(records);
    RunBed bed;
    replay(&bed, records, 10, NULL, "[core]\npace=trace\n");
    /* The first stamp is time 0, the last interval has no end: its touches come at once. */
    ck_assert_uint_eq(length(&bed), LAD_MS + 20 * 150 * LAD_NS);
    run_bed_clear(&bed);
    replay(&bed, records, 10, NULL, "");
    ck_assert_uint_eq(length(&bed), 40 * 150 * LAD_NS);
    run_bed_clear(&bed);
}
END_TEST

START_TEST(the_order_of_an_interval_comes_from_the_seed)
{
    LadRecord records[10];
    two_intervals(records);
    RunBed bed;
    replay(&bed, records, 10, NULL, "");
    g_autofree char *first = run_bed_dump(&bed);
    run_bed_clear(&bed);
    replay(&bed, records, 10, NULL, "");
    g_autofree char *again = run_bed_dump(&bed);
    run_bed_clear(&bed);
    ck_assert_str_eq(first, again);
}
END_TEST

/* Eight cores that all wait for a tier of 20 GB/s, and samples that interrupt them. */
static LadTime
crowded(const char *epoch, double *gigabytes_per_second)
{
    enum { PAGES = 64, ROUNDS = 60 };
    LadRecord *records = g_new0(LadRecord, PAGES * ROUNDS);
    for (guint i = 0; i < PAGES * ROUNDS; i++)
        records[i] = (LadRecord){.kind = LAD_RECORD_PAGE_TOUCH,
                                 .address = BASE + i % PAGES * LAD_PAGE_BYTES,
                                 .weight = 10 + i % 7,
                                 .value = 2};
    g_autofree char *more =
        g_strdup_printf("[run]\nrate=8\nmax-samples=65536\nepoch=%s\n[core]\ncores=8\nlines=12\n"
                        "[tier.near]\nbandwidth=20 GB/s\n",
                        epoch);
    RunBed bed;
    replay(&bed, records, PAGES * ROUNDS, "exact", more);
    LadTime took = length(&bed);
    guint64 bytes = VALUE("tier_near", "read_bytes") + VALUE("tier_near", "write_bytes");
    *gigabytes_per_second = (double)bytes / (double)took * 1000;
    run_bed_clear(&bed);
    g_free(records);
    return took;
}

START_TEST(what_interrupts_a_slice_changes_no_queueing)
{
    static const char *const epochs[] = {"1 us", "13 us", "90 us", "400 us"};
    double rate;
    LadTime alone = crowded("0 s", &rate);
    /* Saturated: what all cores together have under way takes its time on the channel. */
    ck_assert_msg(rate > 19.5 && rate <= 20.1, "%g GB/s", rate);
    for (guint i = 0; i < G_N_ELEMENTS(epochs); i++) {
        LadTime cut = crowded(epochs[i], &rate);
        ck_assert_msg(cut > alone - alone / 500 && cut < alone + alone / 500,
                      "epoch %s: %" G_GUINT64_FORMAT " ps, without samples %" G_GUINT64_FORMAT,
                      epochs[i], cut, alone);
    }
}
END_TEST

START_TEST(other_cores_refuse_traces_of_pages)
{
    const LadRecord records[] = {{.kind = LAD_RECORD_PAGE_TOUCH, .address = BASE, .weight = 1}};
    g_autofree char *path = write_trace(records, 1, "exact");
    RunBed bed;
    run_bed_init(&bed, bed_timed, "", path, LAD_RUN_NO_THREADS);
    ck_assert_ptr_null(bed.run);
    lad_assert_error(bed.error, "[core] model = paced");
    run_bed_clear(&bed);
    g_unlink(path);
}
END_TEST

/* 4096 pages of a range, three touches each, and one that writes. */
static const LadRecord range[] = {
    {.kind = LAD_RECORD_RANGE_TOUCH, .address = BASE, .size = 4096 << 12, .weight = 3, .value = 1}};

#define ROOMY "[tier.near]\nsize=64 MiB\n"

START_TEST(capacity_scale_leaves_pages_out_and_shrinks_tiers)
{
    RunBed bed;
    replay(&bed, range, 1, "exact", ROOMY "[run]\ncapacity-scale=0.25\n");
    guint64 pages = VALUE("kernel", "pgfault");
    /* Five standard deviations of a hash that is fair. */
    ck_assert_uint_ge(pages, 1024 - 139);
    ck_assert_uint_le(pages, 1024 + 139);
    /* All touches of a page or none. */
    ck_assert_uint_eq(VALUE("core0", "instructions"), 3 * pages);
    ck_assert_uint_eq(VALUE("core0", "stores"), pages);
    ck_assert_uint_eq(VALUE("tier_near", "used_bytes") + VALUE("tier_near", "free_bytes"),
                      16 * LAD_MIB);
    /* Neither a touch's own time nor its tier's latency is scaled. */
    ck_assert_uint_eq(length(&bed), 3 * pages * 150 * LAD_NS);
    const char *const *notes = lad_run_notes(bed.run);
    ck_assert_ptr_nonnull(notes[0]);
    ck_assert_ptr_nonnull(strstr(notes[0], "run.capacity-scale is 0.25"));
    ck_assert_ptr_nonnull(strstr(notes[0], "near 16.0 MiB"));
    run_bed_clear(&bed);
}
END_TEST

START_TEST(the_seed_chooses_the_pages_that_capacity_scale_leaves)
{
    static const char *const seeds[] = {"seed=1\n", "seed=1\n", "seed=2\n"};
    guint8 tiers[G_N_ELEMENTS(seeds)][4096];
    for (guint i = 0; i < G_N_ELEMENTS(seeds); i++) {
        g_autofree char *more = g_strconcat(ROOMY "[run]\ncapacity-scale=0.25\n", seeds[i], NULL);
        RunBed bed;
        replay(&bed, range, 1, "exact", more);
        lad_run_page_tiers(bed.run, 0, 1, BASE, 4096, tiers[i]);
        run_bed_clear(&bed);
    }
    ck_assert_mem_eq(tiers[0], tiers[1], sizeof tiers[0]);
    ck_assert_mem_ne(tiers[0], tiers[2], sizeof tiers[0]);
}
END_TEST

START_TEST(single_touches_leave_the_same_pages_out)
{
    enum { PAGES = 2000 };
    g_autofree LadRecord *records = g_new0(LadRecord, 2 * PAGES);
    for (guint i = 0; i < 2 * PAGES; i++)
        records[i] = (LadRecord){.kind = i % 2 ? LAD_RECORD_STORE : LAD_RECORD_LOAD,
                                 .address = BASE + ((guint64)(i / 2) << 12),
                                 .size = 8};
    guint8 single[PAGES], ranged[PAGES];
    RunBed bed;
    replay(&bed, records, 2 * PAGES, "exact", ROOMY "[run]\ncapacity-scale=0.25\n");
    lad_run_page_tiers(bed.run, 0, 1, BASE, PAGES, single);
    guint64 pages = VALUE("kernel", "pgfault");
    ck_assert_uint_gt(pages, 300);
    ck_assert_uint_lt(pages, 700);
    ck_assert_uint_eq(VALUE("core0", "loads"), pages);
    ck_assert_uint_eq(VALUE("core0", "stores"), pages);
    ck_assert_uint_eq(length(&bed), 2 * pages * 150 * LAD_NS);
    run_bed_clear(&bed);
    replay(&bed, range, 1, "exact", ROOMY "[run]\ncapacity-scale=0.25\n");
    lad_run_page_tiers(bed.run, 0, 1, BASE, PAGES, ranged);
    run_bed_clear(&bed);
    ck_assert_mem_eq(single, ranged, PAGES);
}
END_TEST

START_TEST(huge_pages_are_left_out_whole)
{
    const LadRecord records[] = {
        {.kind = LAD_RECORD_RANGE_TOUCH, .address = BASE, .size = (guint64)64 << 21, .weight = 1}};
    guint8 tiers[64 * 512];
    RunBed bed;
    replay(&bed, records, 1, "exact",
           "[tier.near]\nsize=256 MiB\n[run]\ncapacity-scale=0.5\n[kernel]\nhuge-pages=always\n");
    lad_run_page_tiers(bed.run, 0, 1, BASE, 64 * 512, tiers);
    guint64 n = VALUE("core0", "instructions");
    run_bed_clear(&bed);
    guint whole = 0;
    for (guint i = 0; i < 64; i++) {
        whole += tiers[i * 512] == 0;
        for (guint k = 1; k < 512; k++)
            ck_assert_uint_eq(tiers[i * 512 + k], tiers[i * 512]);
    }
    ck_assert_uint_ge(whole, 12);
    ck_assert_uint_le(whole, 52);
    ck_assert_uint_eq(n, (guint64)whole * 512);
}
END_TEST

START_TEST(the_traces_pace_stays_under_capacity_scale)
{
    const LadRecord records[] = {
        {.kind = LAD_RECORD_TIME, .value = 0},
        {.kind = LAD_RECORD_RANGE_TOUCH, .address = BASE, .size = 4096 << 12, .weight = 1},
        {.kind = LAD_RECORD_TIME, .value = LAD_S / LAD_NS},
        {.kind = LAD_RECORD_RANGE_TOUCH, .address = BASE, .size = 4096 << 12, .weight = 1},
        {.kind = LAD_RECORD_TIME, .value = 2 * LAD_S / LAD_NS},
    };
    for (guint i = 0; i < 2; i++) {
        RunBed bed;
        replay(&bed, records, G_N_ELEMENTS(records), NULL,
               i ? ROOMY "[core]\npace=trace\n[run]\ncapacity-scale=0.25\n"
                 : ROOMY "[core]\npace=trace\n");
        /* Touches that are left keep their place in the second that they are spread over. */
        ck_assert_uint_ge(length(&bed), 2 * LAD_S - 20 * LAD_MS);
        ck_assert_uint_le(length(&bed), 2 * LAD_S + LAD_MS);
        run_bed_clear(&bed);
    }
}
END_TEST

START_TEST(capacity_scale_leaves_watermarks_and_names_what_no_longer_fits)
{
    static const char *const marks = "[tier.near]\nwatermarks=10, 20, 30, 2000\n";
    static const char *const wrong[][2] = {
        {"[tier.near]\nwatermarks=10, 20, 30, 2000\n[run]\ncapacity-scale=0.25\n",
         "run.capacity-scale shrinks the size and not the watermarks"},
        {"[run]\ncapacity-scale=0.003\n", "[run] capacity-scale = 0.003 leaves [tier.near] size"}};
    RunBed bed;
    run_bed_init(&bed, machine, marks, NULL, LAD_RUN_CONFIG_ONLY);
    lad_assert_ok(bed.run, bed.error);
    run_bed_clear(&bed);
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        run_bed_init(&bed, machine, wrong[i][0], NULL, LAD_RUN_CONFIG_ONLY);
        ck_assert_ptr_null(bed.run);
        lad_assert_error(bed.error, wrong[i][1]);
        run_bed_clear(&bed);
    }
}
END_TEST

START_TEST(capacity_scale_is_for_pages_only)
{
    for (guint i = 0; i < 2; i++) {
        RunBed bed;
        run_bed_init(&bed, i ? bed_functional : bed_timed, "[run]\ncapacity-scale=0.5\n", NULL,
                     LAD_RUN_CONFIG_ONLY);
        ck_assert_ptr_null(bed.run);
        lad_assert_error(bed.error, "[run] capacity-scale = 0.5: only the footprint of a trace of");
        run_bed_clear(&bed);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("paced");
    TCase *tests = tcase_create("paced");
    tcase_add_test(tests, a_weight_counts_and_takes_time_but_faults_once);
    tcase_add_test(tests, a_wait_is_for_bandwidth_if_enough_lines_are_under_way);
    tcase_add_test(tests, a_range_touches_each_of_its_pages);
    tcase_add_test(tests, idle_time_passes_and_is_nobodys_work);
    tcase_add_test(tests, the_traces_pace_spreads_an_interval_over_its_length);
    tcase_add_test(tests, the_order_of_an_interval_comes_from_the_seed);
    tcase_add_test(tests, what_interrupts_a_slice_changes_no_queueing);
    tcase_add_test(tests, other_cores_refuse_traces_of_pages);
    tcase_add_test(tests, capacity_scale_leaves_pages_out_and_shrinks_tiers);
    tcase_add_test(tests, the_seed_chooses_the_pages_that_capacity_scale_leaves);
    tcase_add_test(tests, single_touches_leave_the_same_pages_out);
    tcase_add_test(tests, huge_pages_are_left_out_whole);
    tcase_add_test(tests, the_traces_pace_stays_under_capacity_scale);
    tcase_add_test(tests, capacity_scale_leaves_watermarks_and_names_what_no_longer_fits);
    tcase_add_test(tests, capacity_scale_is_for_pages_only);
    suite_add_tcase(suite, tests);
    return lad_suite_run(suite);
}
