/* check_profile.c - reuse distances, windows of traffic and statistics, against what is computed in
 * another way: a plain list, by hand, or another program's figures. */
#include "config.h"
#include "analysis/profile/code_pages.h"
#include "analysis/profile/findings.h"
#include "analysis/profile/stack.h"
#include "analysis/profile/statistics.h"
#include "analysis/profile/traffic.h"
#include "tests/unit/suite.h"
#include <math.h>
#include <memladder/random.h>
#include <string.h>

/* ---- Reuse distances --------------------------------------------------------------------------
 */

/* A list with the latest first. */
typedef struct {
    guint64 keys[4096];
    guint n;
} List;

static guint32
list_access(List *list, guint64 key)
{
    guint depth = 0;
    while (depth < list->n && list->keys[depth] != key)
        depth++;
    guint32 distance = depth < list->n ? depth : LAD_REUSE_FIRST;
    if (depth == list->n)
        list->n++;
    memmove(list->keys + 1, list->keys, depth * sizeof *list->keys);
    list->keys[0] = key;
    return distance;
}

/* `n` accesses to `things` things, the lower ones more often. */
static void
compare_with_list(guint things, guint n, guint seed)
{
    g_autofree List *list = g_new0(List, 1);
    LadReuseStack *stack = lad_reuse_stack_new();
    LadRandom random;
    lad_random_init(&random, seed, "check.profile");
    guint64 keys[100];
    guint32 distances[100];
    for (guint done = 0; done < n; done += 100) {
        for (guint i = 0; i < 100; i++) {
            guint64 below = 1 + lad_random_below(&random, things);
            keys[i] = lad_random_below(&random, below) * 0x100003;
        }
        lad_reuse_stack_access(stack, keys, 100, distances);
        for (guint i = 0; i < 100; i++)
            ck_assert_uint_eq(distances[i], list_access(list, keys[i]));
    }
    ck_assert_uint_eq(lad_reuse_stack_n(stack), list->n);
    lad_reuse_stack_free(stack);
}

START_TEST(distances_are_depths_in_a_list)
{
    compare_with_list(5, 1000, 1);
    compare_with_list(9, 5000, 2);
    compare_with_list(4000, 60000, 3);
}
END_TEST

/* Times are used up at 65536 accesses below the top. */
START_TEST(times_are_given_anew_in_the_same_order)
{
    compare_with_list(300, 250000, 4);
}
END_TEST

START_TEST(a_loop_over_n_things_has_the_distance_n_less_one)
{
    static const guint sizes[] = {1, 2, 8, 9, 10, 257, 70000};
    for (guint s = 0; s < G_N_ELEMENTS(sizes); s++) {
        LadReuseStack *stack = lad_reuse_stack_new();
        for (guint i = 0; i < 3 * sizes[s]; i++) {
            guint64 key = i % sizes[s];
            guint32 distance;
            lad_reuse_stack_access(stack, &key, 1, &distance);
            ck_assert_uint_eq(distance, i < sizes[s] ? LAD_REUSE_FIRST : sizes[s] - 1);
        }
        lad_reuse_stack_free(stack);
    }
}
END_TEST

/* ---- Traffic ----------------------------------------------------------------------------------
 */

START_TEST(few_pages_carry_much)
{
    const guint64 pages[] = {50, 30, 10, 5, 3, 2};
    ck_assert_uint_eq(lad_traffic_carry(pages, 6, 100, 0.5), 1);
    ck_assert_uint_eq(lad_traffic_carry(pages, 6, 100, 0.51), 2);
    ck_assert_uint_eq(lad_traffic_carry(pages, 6, 100, 0.9), 3);
    ck_assert_uint_eq(lad_traffic_carry(pages, 6, 100, 0.99), 6);
    ck_assert_uint_eq(lad_traffic_carry(pages, 6, 100, 1.0), 6);
}
END_TEST

/* Windows of 10: the first has pages 1 (9) and 2 (1), the second 1 (5) and 3 (5), the third is cut.
 */
START_TEST(windows_are_compared_with_the_one_before)
{
    const guint64 lengths[] = {10, 20};
    LadTraffic *traffic = lad_traffic_new(lengths, 2);
    for (guint i = 0; i < 9; i++)
        lad_traffic_add(traffic, 1, 1, i);
    lad_traffic_add(traffic, 2, 1, 9);
    lad_traffic_add(traffic, 1, 5, 12);
    lad_traffic_add(traffic, 3, 5, 19);
    lad_traffic_add(traffic, 4, 100, 21);
    lad_traffic_end(traffic, 21);
    ck_assert_uint_eq(lad_traffic_n_windows(traffic, 0), 2);
    ck_assert_uint_eq(lad_traffic_n_windows(traffic, 1), 1);
    const LadTrafficWindow *first = lad_traffic_window(traffic, 0, 0);
    const LadTrafficWindow *second = lad_traffic_window(traffic, 0, 1);
    ck_assert_uint_eq(first->n_pages, 2);
    ck_assert_uint_eq(first->n_carry[LAD_TRAFFIC_HOT], 1);
    ck_assert(isnan(first->overlap));
    ck_assert_uint_eq(second->n_carry[LAD_TRAFFIC_HOT], 2);
    /* Page 1 is hot in both, page 3 in the second: one of two, and half of the traffic. */
    ck_assert_double_eq(second->overlap, 0.5);
    ck_assert_double_eq(second->carried, 0.5);
    ck_assert_uint_eq(lad_traffic_window(traffic, 1, 0)->bytes, 20);
    ck_assert_uint_eq(lad_traffic_bytes(traffic), 120);
    ck_assert_uint_eq(lad_traffic_n_pages(traffic), 4);
    ck_assert_uint_eq(lad_traffic_by_page(traffic)[0], 100);
    ck_assert_uint_eq(lad_traffic_by_page(traffic)[1], 14);
    lad_traffic_free(traffic);
}
END_TEST

START_TEST(without_lengths_there_are_parts_of_the_whole)
{
    LadTraffic *traffic = lad_traffic_new(NULL, 0);
    guint64 sum = 0;
    for (guint64 i = 0; i < 100000; i++)
        lad_traffic_add(traffic, i * i % 97, 1, i * 1000);
    lad_traffic_end(traffic, 99999 * 1000);
    ck_assert_uint_eq(lad_traffic_n_lengths(traffic), 3);
    ck_assert_uint_ge(lad_traffic_n_windows(traffic, 0), 8);
    ck_assert_uint_eq(lad_traffic_n_windows(traffic, 1), 2);
    ck_assert_uint_eq(lad_traffic_n_windows(traffic, 2), 1);
    ck_assert_uint_eq(lad_traffic_window(traffic, 2, 0)->bytes, 100000);
    for (guint i = 0; i < lad_traffic_n_windows(traffic, 1); i++)
        sum += lad_traffic_window(traffic, 1, i)->bytes;
    ck_assert_uint_le(sum, 100000);
    ck_assert_uint_ge(sum, 90000);
    lad_traffic_free(traffic);
}
END_TEST

START_TEST(a_window_that_is_never_full_is_told)
{
    const guint64 length = 1000;
    LadTraffic *traffic = lad_traffic_new(&length, 1);
    lad_traffic_add(traffic, 7, 64, 5);
    lad_traffic_end(traffic, 10);
    ck_assert(lad_traffic_partial(traffic, 0));
    ck_assert_uint_eq(lad_traffic_n_windows(traffic, 0), 1);
    lad_traffic_free(traffic);
}
END_TEST

/* ---- Statistics -------------------------------------------------------------------------------
 */

/* Anscombe's first and fourth data sets: R's cor() says 0.8164205 and 0.8165214. */
START_TEST(pearson_is_that_of_anscombe)
{
    const double x1[] = {10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5};
    const double y1[] = {8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68};
    const double x4[] = {8, 8, 8, 8, 8, 8, 8, 19, 8, 8, 8};
    const double y4[] = {6.58, 5.76, 7.71, 8.84, 8.47, 7.04, 5.25, 12.50, 5.56, 7.91, 6.89};
    ck_assert_double_eq_tol(lad_pearson(x1, y1, 11), 0.8164205, 1e-7);
    ck_assert_double_eq_tol(lad_pearson(x4, y4, 11), 0.8165214, 1e-7);
    ck_assert(isnan(lad_pearson(x4, y4, 7)));
}
END_TEST

/* Two measurements of the same rates: noise lowers their correlation, and what two halves of each
 * tell of it brings it back. Counts are of 1000 draws each, so about Poisson's. */
START_TEST(counting_noise_is_taken_off)
{
    enum { N = 800 };
    LadRandom random;
    double x[2][N], y[2][N], xs[N], ys[N];
    lad_random_init(&random, 5, "check.profile.noise");
    for (guint i = 0; i < N; i++) {
        guint rate = i % 8; /* mean counts 0 to 7 */
        x[0][i] = x[1][i] = y[0][i] = y[1][i] = 0;
        for (guint k = 0; k < 1000; k++) {
            x[k % 2][i] += lad_random_below(&random, 1000) < rate;
            y[k % 2][i] += lad_random_below(&random, 1000) < rate;
        }
        xs[i] = x[0][i] + x[1][i];
        ys[i] = y[0][i] + y[1][i];
    }
    double r = lad_pearson(xs, ys, N);
    double noise = lad_reliability(x[0], x[1], N) * lad_reliability(y[0], y[1], N);
    /* Variance of the rates is 5.25, of the counts 5.25 + 3.5: 0.6. */
    ck_assert_double_eq_tol(r, 0.6, 0.06);
    ck_assert_double_eq_tol(r / sqrt(noise), 1.0, 0.06);
}
END_TEST

/* R: quantile(c(1, 2, 3, 4, 10), c(0, .1, .5, .9, 1)). */
START_TEST(percentiles_are_those_of_r)
{
    const double values[] = {1, 2, 3, 4, 10};
    ck_assert_double_eq_tol(lad_percentile(values, 5, 0), 1, 1e-12);
    ck_assert_double_eq_tol(lad_percentile(values, 5, 0.1), 1.4, 1e-12);
    ck_assert_double_eq_tol(lad_percentile(values, 5, 0.5), 3, 1e-12);
    ck_assert_double_eq_tol(lad_percentile(values, 5, 0.9), 7.6, 1e-12);
    ck_assert_double_eq_tol(lad_percentile(values, 5, 1), 10, 1e-12);
}
END_TEST

/* Any table of Student's t, two-sided 95 %. */
START_TEST(student_is_that_of_the_tables)
{
    static const struct {
        guint freedom;
        double t;
    } rows[] = {{1, 12.7062}, {2, 4.3027},  {6, 2.4469},   {7, 2.3646},
                {10, 2.2281}, {30, 2.0423}, {100, 1.9840}, {1000, 1.9623}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        ck_assert_double_eq_tol(lad_student(rows[i].freedom), rows[i].t, 2e-4);
}
END_TEST

/* R: t.test(1:5) gives 1.036757 to 4.963243. */
START_TEST(intervals_of_means_are_those_of_r)
{
    const double values[] = {1, 2, 3, 4, 5};
    double half;
    ck_assert_double_eq_tol(lad_mean_interval(values, 5, &half), 3, 1e-12);
    ck_assert_double_eq_tol(half, 1.963243, 1e-4);
    ck_assert_double_eq(lad_mean_interval(values, 1, &half), 1);
    ck_assert(isnan(half));
}
END_TEST

/* By hand: sums 6 and 12, residuals 0.5, -0.5, 0: s2 = 0.25; half = 4.3027 sqrt(0.25 x 3) / 12. */
START_TEST(intervals_of_ratios_are_those_by_hand)
{
    const double x[] = {1.5, 2.5, 2}, y[] = {2, 6, 4};
    double half;
    ck_assert_double_eq_tol(lad_ratio_interval(x, y, 3, &half), 0.5, 1e-12);
    ck_assert_double_eq_tol(half, 4.3027 * sqrt(0.25 * 3) / 12, 1e-4);
}
END_TEST

START_TEST(cores_are_correlated_over_all_pages)
{
    LadCodeEvents *events = lad_code_events_new();
    double quiet;
    /* Pages 1 to 4: core 5 has 1, 2, 3, 4, core 9 has 2, 4, 6, 8; page 5 is core 9's alone. */
    for (guint page = 1; page <= 4; page++) {
        lad_code_events_add(events, 5, page, page);
        lad_code_events_add(events, 9, page, 2 * page);
    }
    ck_assert_double_eq_tol(lad_code_events_correlate(events, 0, 1, &quiet), 1, 1e-12);
    lad_code_events_add(events, 9, 5, 10);
    /* 1, 2, 3, 4, 0 and 2, 4, 6, 8, 10: covariance 0 about the means 2 and 6. */
    ck_assert_double_eq_tol(lad_code_events_correlate(events, 0, 1, &quiet), 0, 1e-12);
    ck_assert_uint_eq(lad_code_events_n_pages(events), 5);
    ck_assert_uint_eq(lad_code_events_sum(events, 1), 30);
    ck_assert_uint_eq(lad_code_events_core(events, 1), 9);
    lad_code_events_free(events);
}
END_TEST

/* ---- Findings ---------------------------------------------------------------------------------
 */

START_TEST(findings_have_three_forms)
{
    static const char *const columns[] = {"what", "", "size", "bytes", NULL};
    g_autoptr(LadFindings) findings = lad_findings_new("test");
    lad_findings_note(findings, "say \"%s\"", "this");
    lad_findings_count(findings, "n", "1", 3);
    lad_findings_real(findings, "x", "s", 0.5);
    lad_findings_real(findings, "none", "1", (double)NAN);
    LadFindingsTable *table = lad_findings_table(findings, "rows", "Rows", columns);
    lad_findings_put_text(table, "a");
    lad_findings_put_count(table, 64);
    g_autofree char *tsv = lad_findings_table_tsv(table);
    g_autofree char *json = lad_findings_print(findings, LAD_FINDINGS_JSON);
    g_autofree char *text = lad_findings_print(findings, LAD_FINDINGS_TEXT);
    ck_assert_str_eq(tsv, "what\tsize_bytes\na\t64\n");
    ck_assert_ptr_nonnull(strstr(json, "\"say \\\"this\\\"\""));
    ck_assert_ptr_nonnull(strstr(json, "\"none\" : null"));
    ck_assert_ptr_nonnull(strstr(text, "0.5 s"));
    ck_assert_double_eq(lad_findings_value(findings, "n"), 3);
    ck_assert(isnan(lad_findings_value(findings, "nothing")));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("profile");
    TCase *cases = tcase_create("profile");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, distances_are_depths_in_a_list);
    tcase_add_test(cases, times_are_given_anew_in_the_same_order);
    tcase_add_test(cases, a_loop_over_n_things_has_the_distance_n_less_one);
    tcase_add_test(cases, few_pages_carry_much);
    tcase_add_test(cases, windows_are_compared_with_the_one_before);
    tcase_add_test(cases, without_lengths_there_are_parts_of_the_whole);
    tcase_add_test(cases, a_window_that_is_never_full_is_told);
    tcase_add_test(cases, pearson_is_that_of_anscombe);
    tcase_add_test(cases, counting_noise_is_taken_off);
    tcase_add_test(cases, percentiles_are_those_of_r);
    tcase_add_test(cases, student_is_that_of_the_tables);
    tcase_add_test(cases, intervals_of_means_are_those_of_r);
    tcase_add_test(cases, intervals_of_ratios_are_those_by_hand);
    tcase_add_test(cases, cores_are_correlated_over_all_pages);
    tcase_add_test(cases, findings_have_three_forms);
    suite_add_tcase(suite, cases);
    return lad_suite_run(suite);
}
