/* check_psi.c - pressure stall information against windows computed by hand. A jiffy is 4 ms, so a
 * period of the averages is 501 of them, 2.004 s. */
#include "config.h"
#include "tests/unit/suite.h"
#include <memladder/event.h>
#include <memladder/pressure.h>

extern const LadPressureClass lad_pressure_psi;

#define PERIOD (2004 * LAD_MS)

typedef struct {
    LadHost host;
    LadPressure pressure;
    LadPressureSignal signal;
} Bed;

static LadTable no_triggers;

static const LadPressureTasks idle = {0};
static const LadPressureTasks runs = {.running = 1, .oncpu = TRUE};
static const LadPressureTasks sleeps = {.memstall = 1, .iowait = 1};
static const LadPressureTasks reclaims = {
    .running = 1, .memstall = 1, .memstall_running = 1, .oncpu = TRUE, .oncpu_memstall = TRUE};

static gboolean
bed_try(Bed *bed, guint group, guint n_cores, LadTable *triggers, GError **error)
{
    *bed = (Bed){.host = {.n_cores = n_cores, .queue = lad_queue_new()}};
    LadTable **params = g_new0(LadTable *, 1);
    *params = triggers;
    bed->pressure = (LadPressure){.class = &lad_pressure_psi,
                                  .host = &bed->host,
                                  .group = group,
                                  .jiffy = 4 * LAD_MS,
                                  .second = LAD_S,
                                  .params = params,
                                  .state = g_malloc0(lad_pressure_psi.base.host_size),
                                  .counters = g_new0(guint64, 64)};
    return lad_pressure_psi.init(&bed->pressure, error);
}

static void
bed_init(Bed *bed, guint group, guint n_cores)
{
    ck_assert(bed_try(bed, group, n_cores, &no_triggers, NULL));
}

static void
bed_clear(Bed *bed)
{
    lad_pressure_psi.clear(&bed->pressure);
    g_free(bed->pressure.state);
    g_free(bed->pressure.counters);
    g_free(bed->pressure.params);
    lad_queue_free(bed->host.queue);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bed, bed_clear)

static void
pass(Bed *bed, LadTime until)
{
    while (lad_queue_next_time(bed->host.queue) <= until)
        lad_queue_step(bed->host.queue);
}

/* The work of what comes first is done, then the core's threads change. */
static void
at(Bed *bed, LadTime now, guint core, const LadPressureTasks *tasks)
{
    pass(bed, now);
    lad_pressure_psi.change(&bed->pressure, core, tasks, now);
}

/* One core, which runs from the beginning and sleeps once. */
static void
stall_once(Bed *bed, LadTime from, LadTime length)
{
    at(bed, 0, 0, &runs);
    at(bed, from, 0, &sleeps);
    at(bed, from + length, 0, &runs);
}

static void
read_at(Bed *bed, LadTime now)
{
    pass(bed, now);
    lad_pressure_psi.read(&bed->pressure, now, &bed->signal);
}

static guint64
counter(const Bed *bed, const char *name)
{
    const LadCounter *table = lad_pressure_psi.base.counters;
    for (guint i = 0; table[i].name; i++)
        if (strcmp(table[i].name, name) == 0)
            return bed->pressure.counters[i];
    ck_abort_msg("no counter %s", name);
}

#define some(bed) ((bed)->signal.stalled[LAD_PRESSURE_MEMORY_SOME])
#define full(bed) ((bed)->signal.stalled[LAD_PRESSURE_MEMORY_FULL])

/* 200 ms of 2004 ms are 9.98 %, of which the averages see 9: (0 * 1677 + 9 * 2048 * 371 + 2047) /
 * 2048 = 3339, that is 1.63 %; over 60 s 9 * 67 = 603, 0.29 %; over 300 s 9 * 14 = 126, 0.06 %. */
START_TEST(averages_see_whole_per_cent_and_decay_in_fixed_point)
{
    g_auto(Bed) bed;
    bed_init(&bed, 0, 1);
    stall_once(&bed, LAD_S, 200 * LAD_MS);
    read_at(&bed, PERIOD);
    ck_assert_uint_eq(some(&bed), 200 * LAD_MS);
    ck_assert_uint_eq(counter(&bed, "memory_some_avg10"), 163);
    ck_assert_uint_eq(counter(&bed, "memory_some_avg60"), 29);
    ck_assert_uint_eq(counter(&bed, "memory_some_avg300"), 6);
    ck_assert_double_eq(bed.signal.average[LAD_PRESSURE_MEMORY_SOME][LAD_PRESSURE_10S], 0.0163);
    /* A period without a stall: 3339 * 1677 / 2048 = 2734, 1.33 %. */
    read_at(&bed, 2 * PERIOD);
    ck_assert_uint_eq(counter(&bed, "memory_some_avg10"), 133);
    ck_assert_uint_eq(some(&bed), 200 * LAD_MS);
}
END_TEST

START_TEST(less_than_one_per_cent_is_kept_by_the_total_only)
{
    g_auto(Bed) bed;
    bed_init(&bed, 0, 1);
    stall_once(&bed, LAD_S, 20 * LAD_MS); /* 0.998 % */
    read_at(&bed, PERIOD);
    ck_assert_uint_eq(some(&bed), 20 * LAD_MS);
    ck_assert_uint_eq(counter(&bed, "memory_some_avg10"), 0);
}
END_TEST

/* Nine periods are missed: 1677^9 in fixed point is 338 (by squares 1373, 920, 413; times 1677),
 * and the latest decays once more: 2734 * 338 / 2048 = 451, 451 * 1677 / 2048 = 369, 0.18 %. */
START_TEST(periods_without_activity_are_caught_up_in_one_go)
{
    g_auto(Bed) bed;
    bed_init(&bed, 1, 1);
    stall_once(&bed, LAD_S, 200 * LAD_MS);
    pass(&bed, PERIOD);
    ck_assert_uint_eq(counter(&bed, "memory_some_avg10"), 163);
    at(&bed, PERIOD + LAD_MS, 0, &idle);
    pass(&bed, 3 * PERIOD);
    ck_assert_uint_eq(lad_queue_next_time(bed.host.queue), LAD_TIME_MAX);
    guint64 average = 2734; /* the work that going idle armed has seen one more period */
    ck_assert_uint_eq(counter(&bed, "memory_some_avg10"), average * 100 / 2048);
    read_at(&bed, 12 * PERIOD);
    ck_assert_uint_eq((1677 * 1677 + 1024) >> 11, 1373);
    ck_assert_uint_eq((1373 * 1373 + 1024) >> 11, 920);
    ck_assert_uint_eq((920 * 920 + 1024) >> 11, 413);
    ck_assert_uint_eq((1677 * 413 + 1024) >> 11, 338);
    average = average * 338 / 2048 * 1677 / 2048;
    ck_assert_uint_eq(average, 369);
    ck_assert_uint_eq(counter(&bed, "memory_some_avg10"), 18);
}
END_TEST

START_TEST(a_sample_with_less_than_a_jiffy_of_work_is_dropped)
{
    g_auto(Bed) bed;
    bed_init(&bed, 1, 1);
    at(&bed, 100 * LAD_MS, 0, &runs);
    at(&bed, 101 * LAD_MS, 0, &sleeps);
    at(&bed, 103 * LAD_MS, 0, &idle); /* 3 ms not idle, 2 ms of them stalled */
    read_at(&bed, 6 * LAD_S);
    ck_assert_uint_eq(some(&bed), 0);
    ck_assert_uint_eq(counter(&bed, "dropped_samples"), 1);
    ck_assert_uint_eq(counter(&bed, "memory_stalled"), 2 * LAD_MS);
    /* One more millisecond of work in the same window and it counts. */
    at(&bed, 6 * LAD_S + 100 * LAD_MS, 0, &runs);
    at(&bed, 6 * LAD_S + 102 * LAD_MS, 0, &sleeps);
    at(&bed, 6 * LAD_S + 104 * LAD_MS, 0, &idle);
    read_at(&bed, 12 * LAD_S);
    ck_assert_uint_eq(some(&bed), 2 * LAD_MS);
}
END_TEST

/* The window ends 501 jiffies after the tick before the change, so a stall after it falls into the
 * next sample: of the two millisecond parts each has less than a jiffy. */
START_TEST(work_armed_by_a_change_cuts_the_windows)
{
    g_auto(Bed) bed;
    bed_init(&bed, 1, 1);
    at(&bed, 0, 0, &runs);
    at(&bed, 2 * LAD_MS, 0, &idle);
    at(&bed, 2003 * LAD_MS, 0, &sleeps);
    at(&bed, 2006 * LAD_MS, 0, &idle);
    read_at(&bed, 5 * LAD_S);
    ck_assert_uint_eq(counter(&bed, "samples"), 3);
    ck_assert_uint_eq(some(&bed), 0);
    ck_assert_uint_eq(counter(&bed, "memory_stalled"), 3 * LAD_MS);
}
END_TEST

/* Of one thread of a cgroup on one CPU the work does not arm itself; of the host's it does, since
 * the worker counts there. */
START_TEST(the_work_rearms_itself_for_the_host_and_not_for_a_lone_thread)
{
    g_auto(Bed) of_group, of_host;
    bed_init(&of_group, 1, 1);
    at(&of_group, 0, 0, &runs);
    pass(&of_group, 20 * LAD_S);
    ck_assert_uint_eq(counter(&of_group, "samples"), 1);
    bed_init(&of_host, 0, 1);
    at(&of_host, 0, 0, &runs);
    pass(&of_host, 20 * LAD_S);
    ck_assert_uint_ge(counter(&of_host, "samples"), 9);
}
END_TEST

/* Core 0 was busy for 2 s and stalled for one of them, core 1 busy for 1 s: (1 s * 500 + 0 * 250) /
 * 750. */
START_TEST(cores_are_weighed_by_their_time_not_idle)
{
    g_auto(Bed) bed;
    bed_init(&bed, 0, 2);
    at(&bed, 0, 0, &runs);
    at(&bed, 0, 1, &runs);
    at(&bed, LAD_S, 0, &sleeps);
    at(&bed, LAD_S, 1, &idle);
    read_at(&bed, 2 * LAD_S);
    ck_assert_uint_eq(some(&bed), 666666666 * LAD_NS);
}
END_TEST

START_TEST(full_is_when_nobody_works_or_the_core_itself_reclaims)
{
    static const LadPressureTasks one_sleeps_one_runs = {
        .running = 1, .memstall = 1, .iowait = 1, .oncpu = TRUE};
    static const LadPressureTasks one_reclaims_one_waits = {
        .running = 2, .memstall = 1, .memstall_running = 1, .oncpu = TRUE, .oncpu_memstall = TRUE};
    g_auto(Bed) bed;
    bed_init(&bed, 0, 1);
    at(&bed, 0, 0, &one_sleeps_one_runs);
    at(&bed, 100 * LAD_MS, 0, &sleeps);
    at(&bed, 300 * LAD_MS, 0, &reclaims);
    at(&bed, 700 * LAD_MS, 0, &one_reclaims_one_waits);
    at(&bed, 1500 * LAD_MS, 0, &runs);
    read_at(&bed, 2 * LAD_S);
    ck_assert_uint_eq(some(&bed), 1500 * LAD_MS);
    ck_assert_uint_eq(full(&bed), 1400 * LAD_MS);
    ck_assert_uint_eq(bed.signal.stalled[LAD_PRESSURE_IO_SOME], 300 * LAD_MS);
    ck_assert_uint_eq(bed.signal.stalled[LAD_PRESSURE_IO_FULL], 200 * LAD_MS);
    ck_assert_uint_eq(bed.signal.stalled[LAD_PRESSURE_CPU_SOME], 800 * LAD_MS);
}
END_TEST

START_TEST(waiting_for_the_core_is_cpu_pressure_full_for_groups_only)
{
    static const LadPressureTasks waits = {.running = 1};
    for (guint group = 0; group < 2; group++) {
        g_auto(Bed) bed;
        bed_init(&bed, group, 1);
        at(&bed, 0, 0, &waits);
        read_at(&bed, LAD_S);
        ck_assert_uint_eq(bed.signal.stalled[LAD_PRESSURE_CPU_SOME], LAD_S);
        ck_assert_uint_eq(bed.signal.stalled[LAD_PRESSURE_CPU_FULL], group ? LAD_S : 0);
    }
}
END_TEST

static LadTable *
one_trigger(const double *cells)
{
    LadTable *table = g_new0(LadTable, 1);
    *table = (LadTable){.n_rows = 1, .n_columns = 3, .cells = cells, .origin = "inline"};
    return table;
}

/* 150 ms of memory some within 1 s, looked at every 100 ms: first 4 ms after the stall's begin,
 * which begins the window; at 0.408 s it has grown by 104 ms, at 0.512 s by 196. */
START_TEST(a_trigger_fires_when_growth_reaches_its_threshold)
{
    const double cells[] = {0, 150000, 1000000};
    g_autofree LadTable *table = one_trigger(cells);
    g_auto(Bed) bed;
    ck_assert(bed_try(&bed, 1, 1, table, NULL));
    stall_once(&bed, 300 * LAD_MS, 200 * LAD_MS);
    pass(&bed, 511 * LAD_MS);
    ck_assert_uint_eq(counter(&bed, "trigger_events"), 0);
    pass(&bed, 512 * LAD_MS);
    ck_assert_uint_eq(counter(&bed, "trigger_events"), 1);
    /* More of it within the same second waits for the second's end. */
    at(&bed, 600 * LAD_MS, 0, &sleeps);
    at(&bed, 800 * LAD_MS, 0, &runs);
    pass(&bed, 1500 * LAD_MS);
    ck_assert_uint_eq(counter(&bed, "trigger_events"), 1);
    pass(&bed, 1640 * LAD_MS);
    ck_assert_uint_eq(counter(&bed, "trigger_events"), 2);
    /* Polling ends a window after the last stall. */
    pass(&bed, 10 * LAD_S);
    ck_assert_uint_eq(lad_queue_next_time(bed.host.queue), LAD_TIME_MAX);
}
END_TEST

START_TEST(a_stall_below_the_threshold_fires_nothing)
{
    const double cells[] = {0, 250000, 1000000};
    g_autofree LadTable *table = one_trigger(cells);
    g_auto(Bed) bed;
    ck_assert(bed_try(&bed, 1, 1, table, NULL));
    stall_once(&bed, 300 * LAD_MS, 200 * LAD_MS);
    pass(&bed, 10 * LAD_S);
    ck_assert_uint_eq(counter(&bed, "trigger_events"), 0);
}
END_TEST

START_TEST(triggers_out_of_range_are_refused_with_their_numbers)
{
    const double rows[][3] = {{0, 150000, 100000},
                              {4, 150000, 1000000},
                              {0, 0, 1000000},
                              {1, 2000000, 1000000},
                              {0, 150000, 20000000}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree LadTable *table = one_trigger(rows[i]);
        g_autoptr(GError) error = NULL;
        g_auto(Bed) bed;
        ck_assert(!bed_try(&bed, 1, 1, table, &error));
        lad_assert_error(error, "[pressure] triggers: ");
        lad_assert_error(error, "expected 0 to 3");
    }
}
END_TEST

int
main(void)
{
    const TTest *tests[] = {averages_see_whole_per_cent_and_decay_in_fixed_point,
                            less_than_one_per_cent_is_kept_by_the_total_only,
                            periods_without_activity_are_caught_up_in_one_go,
                            a_sample_with_less_than_a_jiffy_of_work_is_dropped,
                            work_armed_by_a_change_cuts_the_windows,
                            the_work_rearms_itself_for_the_host_and_not_for_a_lone_thread,
                            cores_are_weighed_by_their_time_not_idle,
                            full_is_when_nobody_works_or_the_core_itself_reclaims,
                            waiting_for_the_core_is_cpu_pressure_full_for_groups_only,
                            a_trigger_fires_when_growth_reaches_its_threshold,
                            a_stall_below_the_threshold_fires_nothing,
                            triggers_out_of_range_are_refused_with_their_numbers};
    Suite *suite = suite_create("psi");
    TCase *tcase = tcase_create("psi");
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return lad_suite_run(suite);
}
