/* check_offload.c - the laws of offload controllers, against their published reference points. */
#include "config.h"
#include "tests/unit/suite.h"
#include <memladder/configuration.h>
#include <memladder/offload.h>

extern const LadOffloadClass lad_offload_senpai, lad_offload_gswap, lad_offload_static_age,
    lad_offload_none;

#define MIB (1024.0 * 1024.0)

typedef struct {
    LadConfig *config;
    LadOffload offload;
    LadOffloadView view;
    LadOffloadRequest request;
    LadAges ages;
} Bed;

static gboolean
bed_try(Bed *bed, const LadOffloadClass *class, guint group, const char *options, GError **error)
{
    *bed = (Bed){.config = lad_config_new()};
    g_autofree char *text = g_strdup_printf("[offload]\nmodel=%s\n%s", class->base.name, options);
    bed->offload = (LadOffload){.class = class,
                                .group = group,
                                .params = g_malloc0(class->base.params_size),
                                .state = g_malloc0(MAX(class->base.host_size, 1)),
                                .counters = g_new0(guint64, 32)};
    bed->view = (LadOffloadView){.current = 1 << 30,
                                 .anon = 1 << 30,
                                 .high = G_MAXUINT64,
                                 .max = G_MAXUINT64,
                                 .host_memory = (LadBytes)64 << 30,
                                 .swap_total = (LadBytes)64 << 30,
                                 .swappiness = 60};
    LadOptionSet set = {class->base.options, bed->offload.params};
    return lad_config_read_text(bed->config, text, "test", error) &&
           lad_config_fill(bed->config, "offload", &set, 1, error) &&
           (!class->init || class->init(&bed->offload, error));
}

static void
bed_init(Bed *bed, const LadOffloadClass *class, const char *options)
{
    g_autoptr(GError) error = NULL;
    gboolean ok = bed_try(bed, class, 1, options, &error);
    lad_assert_ok(ok, error);
}

static void
bed_clear(Bed *bed)
{
    const LadOffloadClass *class = bed->offload.class;
    if (class->clear)
        class->clear(&bed->offload);
    g_free(bed->offload.params);
    g_free(bed->offload.state);
    g_free(bed->offload.counters);
    lad_config_free(bed->config);
}

static void
tick(Bed *bed)
{
    bed->request = (LadOffloadRequest){.limit = LAD_OFFLOAD_LEAVE, .swappiness = LAD_OFFLOAD_LEAVE};
    bed->offload.class->tick(&bed->offload, &bed->view, &bed->request);
    if (bed->request.limit != LAD_OFFLOAD_LEAVE)
        bed->view.high = bed->request.limit;
    bed->view.now += bed->request.wait;
}

static guint64
counter(const Bed *bed, const char *name)
{
    const LadCounter *table = bed->offload.class->base.counters;
    for (guint i = 0; table[i].name; i++)
        if (strcmp(table[i].name, name) == 0)
            return bed->offload.counters[i];
    ck_abort_msg("no counter %s", name);
}

static void
stall(Bed *bed, LadTime time)
{
    bed->view.pressure.stalled[LAD_PRESSURE_MEMORY_SOME] += time;
}

/* ---- Senpai, proportional ---------------------------------------------------------------------
 */

/* Requests that a Linux 6.1 guest's Senpai wrote, at a ratio of 0.005: current, pressure, request.
 */
START_TEST(proportional_law_asks_what_the_guest_asked)
{
    static const struct {
        LadBytes current;
        double pressure;
        LadBytes request;
    } rows[] = {{134742016, 0, 671744},
                {133955584, 0, 667648},
                {105848832, 0.00052883, 245760},
                {105918464, 0.00065667, 180224}};
    Bed bed;
    bed_init(&bed, &lad_offload_senpai, "ratio=0.005\n");
    tick(&bed);
    ck_assert_uint_eq(bed.request.reclaim, 0);
    ck_assert_uint_eq(bed.request.wait, 6 * LAD_S);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        bed.view.current = rows[i].current;
        stall(&bed, (LadTime)(rows[i].pressure * 6 * (double)LAD_S));
        tick(&bed);
        ck_assert_uint_eq(bed.request.reclaim, rows[i].request);
        ck_assert_double_eq_tol(bed.request.measured, rows[i].pressure, 1e-12);
        ck_assert_double_eq(bed.request.target, 0.001);
        ck_assert_uint_eq(bed.request.limit, LAD_OFFLOAD_LEAVE);
    }
    bed_clear(&bed);
}
END_TEST

/* 0.05 % per 6 s without pressure, nothing at the threshold and above, at most 1 % at a time. */
START_TEST(proportional_law_backs_off_by_asking_for_nothing)
{
    Bed bed;
    bed_init(&bed, &lad_offload_senpai, "");
    tick(&bed);
    tick(&bed);
    ck_assert_uint_eq(bed.request.reclaim, (LadBytes)((1 << 30) * 0.0005) & ~4095u);
    stall(&bed, 6 * LAD_MS);
    tick(&bed);
    ck_assert_uint_eq(bed.request.reclaim, 0);
    stall(&bed, 600 * LAD_MS);
    tick(&bed);
    ck_assert_uint_eq(bed.request.reclaim, 0);
    tick(&bed);
    ck_assert_uint_gt(bed.request.reclaim, 0);
    bed_clear(&bed);
    bed_init(&bed, &lad_offload_senpai, "ratio=0.1\n");
    tick(&bed);
    tick(&bed);
    ck_assert_uint_eq(bed.request.reclaim, (LadBytes)((1 << 30) * 0.01) & ~4095u);
    bed_clear(&bed);
}
END_TEST

START_TEST(io_pressure_counts_where_it_is_nearer_to_its_threshold)
{
    Bed bed;
    bed_init(&bed, &lad_offload_senpai, "io-threshold=0.002\n");
    tick(&bed);
    bed.view.pressure.stalled[LAD_PRESSURE_IO_SOME] += 6 * LAD_MS; /* half of its threshold */
    stall(&bed, LAD_MS);
    tick(&bed);
    ck_assert_uint_eq(bed.request.reclaim, (LadBytes)((1 << 30) * 0.0005 * 0.5) & ~4095u);
    ck_assert_double_eq(bed.request.target, 0.002);
    ck_assert_double_eq_tol(bed.request.measured, 0.001, 1e-12);
    bed_clear(&bed);
}
END_TEST

/* ---- Senpai, limits ---------------------------------------------------------------------------
 */

/* The change of the limit that a stall of `us` in the sixth second brings, in per cent. */
static double
probe_change(const char *options, LadTime us)
{
    Bed bed;
    bed_init(&bed, &lad_offload_senpai, options);
    tick(&bed);
    double before = (double)bed.view.high;
    ck_assert_double_eq(before, 1024 * MIB);
    for (guint i = 0; i < 6; i++) {
        tick(&bed);
        ck_assert_uint_eq(bed.request.limit, LAD_OFFLOAD_LEAVE);
    }
    stall(&bed, us * LAD_US);
    tick(&bed);
    ck_assert_uint_ne(bed.request.limit, LAD_OFFLOAD_LEAVE);
    double change = 100 * ((double)bed.view.high / before - 1);
    bed_clear(&bed);
    return change;
}

#define PAGE_OF_1_GIB (100.0 / 262144)

START_TEST(high_probe_law_has_the_published_reference_points)
{
    const char *law = "law=high-probe\n";
    ck_assert_double_eq_tol(probe_change(law, 0), -1, PAGE_OF_1_GIB);
    ck_assert_double_eq_tol(probe_change(law, 1000), -1, PAGE_OF_1_GIB);
    ck_assert_double_eq_tol(probe_change(law, 2000), -0.25, PAGE_OF_1_GIB);
    ck_assert_double_eq_tol(probe_change(law, 10000), -0.01, PAGE_OF_1_GIB);
    ck_assert_double_eq_tol(probe_change(law, 10001), 0.25, PAGE_OF_1_GIB);
    ck_assert_double_eq_tol(probe_change(law, 50000), 6.25, PAGE_OF_1_GIB);
    ck_assert_double_eq_tol(probe_change(law, 200000), 100, PAGE_OF_1_GIB);
    ck_assert_double_eq_tol(probe_change(law, 900000), 100, PAGE_OF_1_GIB);
}
END_TEST

/* Whole numbers of targets: 2.9 targets back off as two, 1.9 as one; a probe below half a target as
 * two. And at the target it backs off already. */
START_TEST(oomd_law_cuts_ratios_to_whole_numbers)
{
    const char *law = "law=oomd\n";
    ck_assert_double_eq_tol(probe_change(law, 0), -1, PAGE_OF_1_GIB);
    ck_assert_double_eq_tol(probe_change(law, 2000), -0.25, PAGE_OF_1_GIB);
    ck_assert_double_eq_tol(probe_change(law, 4900), -0.04, PAGE_OF_1_GIB);
    ck_assert_double_eq_tol(probe_change(law, 5100), -0.01, PAGE_OF_1_GIB);
    ck_assert_double_eq_tol(probe_change(law, 10000), 0.25, PAGE_OF_1_GIB);
    ck_assert_double_eq_tol(probe_change(law, 19000), 0.25, PAGE_OF_1_GIB);
    ck_assert_double_eq_tol(probe_change(law, 29000), 1, PAGE_OF_1_GIB);
    ck_assert_double_eq_tol(probe_change(law, 250000), 100, PAGE_OF_1_GIB);
}
END_TEST

START_TEST(backing_off_does_not_wait_and_probing_does)
{
    Bed bed;
    bed_init(&bed, &lad_offload_senpai, "law=high-probe\n");
    tick(&bed);
    stall(&bed, 20 * LAD_MS);
    tick(&bed);
    ck_assert_uint_gt(bed.request.limit, 1 << 30);
    ck_assert_uint_eq(counter(&bed, "relaxed"), 1);
    /* senpai.py: five quiet ticks, then a probe. */
    for (guint i = 0; i < 5; i++) {
        tick(&bed);
        ck_assert_uint_eq(bed.request.limit, LAD_OFFLOAD_LEAVE);
    }
    tick(&bed);
    ck_assert_uint_ne(bed.request.limit, LAD_OFFLOAD_LEAVE);
    ck_assert_uint_eq(counter(&bed, "tightened"), 1);
    bed_clear(&bed);
}
END_TEST

START_TEST(limits_stay_within_their_bounds_and_follow_who_else_sets_them)
{
    Bed bed;
    bed_init(&bed, &lad_offload_senpai, "law=high-probe\nmin-size=1020 MiB\n");
    for (guint i = 0; i < 60; i++)
        tick(&bed);
    ck_assert_uint_eq(bed.view.high, 1020ul << 20);
    bed.view.high = 2048ul << 20; /* somebody else's */
    bed.view.current = 1500ul << 20;
    for (guint i = 0; i < 6; i++)
        tick(&bed);
    ck_assert_uint_eq(bed.view.high, 1500ul << 20);
    ck_assert_uint_eq(counter(&bed, "reset"), 1);
    bed_clear(&bed);
    /* oomd: 100 MiB above what cannot be reclaimed; here the file pages can. */
    bed_init(&bed, &lad_offload_senpai, "law=oomd\nmax-probe=1\ncoeff-probe=1\n");
    bed.view.anon = 600ul << 20;
    bed.view.file = 424ul << 20;
    bed.view.swap_total = 0;
    for (guint i = 0; i < 8; i++)
        tick(&bed);
    ck_assert_uint_eq(bed.view.high, 700ul << 20);
    bed_clear(&bed);
}
END_TEST

START_TEST(immediate_backoff_asks_for_a_share_of_what_can_go)
{
    Bed bed;
    bed_init(&bed, &lad_offload_senpai, "law=oomd\nimmediate-backoff=true\n");
    for (guint i = 0; i < 7; i++)
        tick(&bed);
    /* (1024 - 100) MiB * 1 %. */
    ck_assert_uint_eq(bed.request.reclaim, (LadBytes)(924 * MIB * 0.01) & ~4095u);
    bed.view.pressure.average[LAD_PRESSURE_IO_SOME][LAD_PRESSURE_60S] = 0.0012;
    for (guint i = 0; i < 20; i++) {
        tick(&bed);
        ck_assert_uint_eq(bed.request.reclaim, 0);
    }
    bed.view.pressure.average[LAD_PRESSURE_IO_SOME][LAD_PRESSURE_60S] = 0.0009;
    tick(&bed);
    ck_assert_uint_gt(bed.request.reclaim, 0);
    bed_clear(&bed);
}
END_TEST

START_TEST(the_host_has_no_limit_to_probe_with)
{
    g_autoptr(GError) error = NULL;
    Bed bed;
    ck_assert(!bed_try(&bed, &lad_offload_senpai, 0, "law=high-probe\n", &error));
    lad_assert_error(error, "expected a cgroup");
    bed_clear(&bed);
    bed_init(&bed, &lad_offload_senpai, "");
    bed_clear(&bed);
}
END_TEST

/* At a steady 0.5 MB/s against 1 MB/s swappiness goes to half, at 2 MB/s to nothing, and it comes
 * back. */
START_TEST(swappiness_follows_the_room_left_in_the_write_budget)
{
    Bed bed;
    bed_init(&bed, &lad_offload_senpai, "write-limit=1 MB/s\n");
    tick(&bed);
    ck_assert_uint_eq(bed.request.swappiness, 60);
    for (guint i = 0; i < 2000; i++) {
        bed.view.written += 3000000;
        tick(&bed);
    }
    ck_assert_uint_ge(bed.request.swappiness, 29);
    ck_assert_uint_le(bed.request.swappiness, 30);
    for (guint i = 0; i < 2000; i++) {
        bed.view.written += 12000000;
        tick(&bed);
    }
    ck_assert_uint_eq(bed.request.swappiness, 0);
    for (guint i = 0; i < 2000; i++)
        tick(&bed);
    ck_assert_uint_ge(bed.request.swappiness, 59);
    /* And with the space: 60 % of a threshold of 80 % leaves a quarter. */
    bed.view.swap_used = (LadBytes)(0.6 * (double)bed.view.swap_total);
    tick(&bed);
    ck_assert_uint_ge(bed.request.swappiness, 14);
    ck_assert_uint_le(bed.request.swappiness, 15);
    bed_clear(&bed);
}
END_TEST

/* By request: of two thirds of the budget in use a third of the request is left; nothing beyond it.
 */
START_TEST(requests_follow_the_room_left_in_the_write_budget)
{
    Bed bed;
    bed_init(&bed, &lad_offload_senpai,
             "ratio=0.01\nwrite-limit=1.5 MB/s\nwrite-regulation=request\n");
    for (guint i = 0; i < 3000; i++) {
        bed.view.written += 6000000;
        tick(&bed);
    }
    LadBytes whole = (LadBytes)((1 << 30) * 0.01) & ~4095u;
    ck_assert_uint_ge(bed.request.reclaim, whole / 3 - 8192);
    ck_assert_uint_le(bed.request.reclaim, whole / 3 + 8192);
    ck_assert_uint_eq(bed.request.swappiness, LAD_OFFLOAD_LEAVE);
    for (guint i = 0; i < 3000; i++) {
        bed.view.written += 9000000;
        tick(&bed);
    }
    ck_assert_uint_le(bed.request.reclaim, 8192);
    bed_clear(&bed);
}
END_TEST

/* ---- g-swap -----------------------------------------------------------------------------------
 */

static void
scan(Bed *bed)
{
    bed->ages.n_scanned++;
    tick(bed);
}

static void
gswap_init(Bed *bed, const char *options)
{
    bed_init(bed, &lad_offload_gswap, options);
    guint n_slices = 0;
    bed->ages.period = lad_offload_gswap.scan_period(&bed->offload, &n_slices);
    bed->ages.n_slices = n_slices;
    ck_assert_uint_eq(n_slices, 2);
    bed->ages.n_pages[0] = 100000; /* working set: 200 pages per minute may come back */
    bed->view.ages = &bed->ages;
}

START_TEST(gswap_takes_the_smallest_age_that_keeps_the_promise)
{
    Bed bed;
    gswap_init(&bed, "warm-up=0 s\n");
    scan(&bed);
    scan(&bed); /* the first whole scan: known to say nothing */
    ck_assert_uint_eq(bed.request.cold_age, 0);
    bed.ages.touched[2] += 500;
    bed.ages.touched[3] += 150;
    bed.ages.touched[7] += 60;
    bed.ages.touched[9] += 120;
    scan(&bed);
    /* Of age 9 and above 120, of 7 and above 180, of 3 and above 330: so 4. */
    ck_assert_uint_eq(bed.request.cold_age, 4);
    ck_assert_double_eq(bed.request.target, 0.002);
    bed_clear(&bed);
}
END_TEST

START_TEST(gswap_answers_a_bad_minute_at_once_and_remembers_it_by_percentile)
{
    Bed bed;
    gswap_init(&bed, "warm-up=0 s\npercentile=90\nhistory=20\n");
    scan(&bed);
    scan(&bed);
    for (guint i = 0; i < 19; i++)
        scan(&bed);
    ck_assert_uint_eq(bed.request.cold_age, 1); /* nothing ever comes back */
    bed.ages.touched[30] += 1000;
    scan(&bed);
    ck_assert_uint_eq(bed.request.cold_age, 31);
    scan(&bed);
    ck_assert_uint_eq(bed.request.cold_age, 1); /* 19 of 20 say 1 */
    for (guint i = 0; i < 2; i++) {
        bed.ages.touched[10] += 1000;
        scan(&bed);
        ck_assert_uint_eq(bed.request.cold_age, 11);
    }
    scan(&bed);
    ck_assert_uint_eq(bed.request.cold_age,
                      11); /* three of 20 are above: the 90th per cent is 11 */
    bed_clear(&bed);
}
END_TEST

START_TEST(gswap_gives_up_nothing_while_a_job_is_young)
{
    Bed bed;
    gswap_init(&bed, "warm-up=10 min\n");
    for (guint i = 0; i < 10; i++) {
        scan(&bed);
        ck_assert_uint_eq(bed.request.cold_age, 0);
    }
    scan(&bed);
    ck_assert_uint_eq(bed.request.cold_age, 1);
    bed_clear(&bed);
}
END_TEST

START_TEST(gswap_counts_the_minutes_that_kept_the_promise)
{
    Bed bed;
    gswap_init(&bed, "warm-up=0 s\n");
    for (guint i = 0; i < 4; i++)
        scan(&bed);
    for (guint i = 0; i < 10; i++) {
        bed.view.promotions += i == 4 ? 201 : 200;
        scan(&bed);
    }
    ck_assert_uint_eq(counter(&bed, "minutes"), 10);
    ck_assert_uint_eq(counter(&bed, "minutes_kept"), 9);
    ck_assert_double_eq(bed.request.measured, 0.002);
    bed_clear(&bed);
}
END_TEST

/* ---- Others ------------------------------------------------------------------------------------
 */

START_TEST(static_age_rounds_up_to_scans_and_acts_once_per_scan)
{
    Bed bed;
    bed_init(&bed, &lad_offload_static_age, "age=250 s\nscan-period=120 s\n");
    bed.ages.n_pages[2] = 7;
    bed.ages.n_pages[3] = 5;
    bed.ages.n_pages[200] = 4;
    bed.view.ages = &bed.ages;
    tick(&bed);
    ck_assert_uint_eq(bed.request.cold_age, 0);
    scan(&bed);
    ck_assert_uint_eq(bed.request.cold_age, 3);
    ck_assert_double_eq(bed.request.measured, 9 * 4096);
    tick(&bed);
    ck_assert_uint_eq(bed.request.cold_age, 0);
    bed_clear(&bed);
    g_autoptr(GError) error = NULL;
    ck_assert(!bed_try(&bed, &lad_offload_static_age, 1, "age=1000 min\n", &error));
    lad_assert_error(error, "expected at most 255");
    bed_clear(&bed);
}
END_TEST

START_TEST(none_asks_for_nothing)
{
    Bed bed;
    bed_init(&bed, &lad_offload_none, "");
    for (guint i = 0; i < 5; i++) {
        tick(&bed);
        ck_assert_uint_eq(bed.request.reclaim, 0);
        ck_assert_uint_eq(bed.request.limit, LAD_OFFLOAD_LEAVE);
        ck_assert_uint_gt(bed.request.wait, 0);
    }
    bed_clear(&bed);
}
END_TEST

int
main(void)
{
    const TTest *tests[] = {proportional_law_asks_what_the_guest_asked,
                            proportional_law_backs_off_by_asking_for_nothing,
                            io_pressure_counts_where_it_is_nearer_to_its_threshold,
                            high_probe_law_has_the_published_reference_points,
                            oomd_law_cuts_ratios_to_whole_numbers,
                            backing_off_does_not_wait_and_probing_does,
                            limits_stay_within_their_bounds_and_follow_who_else_sets_them,
                            immediate_backoff_asks_for_a_share_of_what_can_go,
                            the_host_has_no_limit_to_probe_with,
                            swappiness_follows_the_room_left_in_the_write_budget,
                            requests_follow_the_room_left_in_the_write_budget,
                            gswap_takes_the_smallest_age_that_keeps_the_promise,
                            gswap_answers_a_bad_minute_at_once_and_remembers_it_by_percentile,
                            gswap_gives_up_nothing_while_a_job_is_young,
                            gswap_counts_the_minutes_that_kept_the_promise,
                            static_age_rounds_up_to_scans_and_acts_once_per_scan,
                            none_asks_for_nothing};
    Suite *suite = suite_create("offload");
    TCase *tcase = tcase_create("offload");
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return lad_suite_run(suite);
}
