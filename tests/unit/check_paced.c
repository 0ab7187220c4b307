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

int
main(void)
{
    Suite *suite = suite_create("paced");
    TCase *tests = tcase_create("paced");
    tcase_add_test(tests, a_weight_counts_and_takes_time_but_faults_once);
    tcase_add_test(tests, a_range_touches_each_of_its_pages);
    tcase_add_test(tests, idle_time_passes_and_is_nobodys_work);
    tcase_add_test(tests, the_traces_pace_spreads_an_interval_over_its_length);
    tcase_add_test(tests, the_order_of_an_interval_comes_from_the_seed);
    tcase_add_test(tests, other_cores_refuse_traces_of_pages);
    suite_add_tcase(suite, tests);
    return lad_suite_run(suite);
}
