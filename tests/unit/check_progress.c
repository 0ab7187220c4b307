/* check_progress.c - what the progress display writes, and where. */
#include "config.h"
#include "sim/base/progress.h"
#include "tests/unit/suite.h"
#include <memladder/counter.h>
#include <string.h>

/* What a display in `mode` writes for a report and its end. */
static char *
written(LadProgressMode mode, double fraction, guint64 n)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    {
        g_autoptr(LadProgress) progress = lad_progress_new(mode, "replay", "refs", stream);
        lad_progress_update(progress, fraction, n); /* too early to be shown */
        lad_progress_report(progress, fraction, n);
    }
    fclose(stream);
    return text;
}

START_TEST(a_report_has_share_count_rate_and_time_left)
{
    char *text = written(LAD_PROGRESS_LINE, 0.25, 1250000000);
    ck_assert_msg(g_regex_match_simple("^replay:  25\\.0 %, 1\\.25 G refs, [0-9.]+( [kMGTPE])? "
                                       "refs/s, [0-9]+:[0-9]{2} left\n$",
                                       text, 0, 0),
                  "%s", text);
    free(text);
}
END_TEST

START_TEST(an_unknown_share_is_left_out)
{
    char *text = written(LAD_PROGRESS_NONE, 0, 999);
    ck_assert_ptr_nonnull(strstr(text, "replay: 999 refs, "));
    ck_assert_ptr_null(strstr(text, "%"));
    ck_assert_ptr_null(strstr(text, "left"));
    free(text);
}
END_TEST

START_TEST(counts_have_three_digits_and_a_prefix)
{
    static const struct {
        double n;
        const char *text;
    } counts[] = {{0, "0"},          {999, "999"},       {1000, "1.00 k"},
                  {12345, "12.3 k"}, {999600, "1.00 M"}, {431e6, "431 M"}};
    for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_autofree char *text = lad_progress_count(counts[i].n);
        ck_assert_str_eq(text, counts[i].text);
    }
}
END_TEST

START_TEST(durations_are_read_as_clocks_are)
{
    g_autofree char *none = lad_progress_duration(-1);
    g_autofree char *minutes = lad_progress_duration(123.4);
    g_autofree char *hours = lad_progress_duration(3723);
    ck_assert_str_eq(none, "0:00");
    ck_assert_str_eq(minutes, "2:03");
    ck_assert_str_eq(hours, "1:02:03");
}
END_TEST

START_TEST(modes_are_named)
{
    LadProgressMode mode;
    g_autoptr(GError) error = NULL;
    ck_assert(lad_progress_parse("json", stderr, &mode, NULL) && mode == LAD_PROGRESS_JSON);
    ck_assert(!lad_progress_parse("bar", stderr, &mode, &error));
    lad_assert_error(error, "--progress=bar: expected none, line or json");
    ck_assert_int_eq(lad_error_exit_status(error), 2);
    FILE *file = tmpfile();
    ck_assert(lad_progress_parse(NULL, file, &mode, NULL) && mode == LAD_PROGRESS_NONE);
    fclose(file);
}
END_TEST

/* Buckets tile the whole range: each begins where the one before ends, and holds what it should. */
START_TEST(histogram_buckets_tile_all_values)
{
    for (guint i = 0; i < LAD_HISTOGRAM_BUCKETS; i++) {
        guint64 lower = lad_histogram_lower(i), next = lad_histogram_lower(i + 1);
        ck_assert_uint_lt(lower, next);
        ck_assert_uint_eq(lad_histogram_bucket(lower), i);
        ck_assert_uint_eq(lad_histogram_bucket(next - 1), i);
    }
    ck_assert_uint_eq(lad_histogram_bucket(G_MAXUINT64), LAD_HISTOGRAM_BUCKETS - 1);
}
END_TEST

START_TEST(quantiles_lie_in_the_bucket_of_the_value)
{
    LadHistogram *histogram = g_new0(LadHistogram, 1);
    ck_assert_uint_eq(lad_histogram_quantile(histogram, 0.5), 0);
    for (guint64 value = 1; value <= 1000; value++)
        lad_histogram_add(histogram, value * 1000);
    guint64 median = lad_histogram_quantile(histogram, 0.5);
    ck_assert_uint_ge(median, 500000);
    ck_assert_uint_le(median, 500000 + 500000 / 16 + 1000);
    ck_assert_uint_eq(lad_histogram_quantile(histogram, 1), 1000000);
    ck_assert_uint_eq(histogram->sum, 500500000);
    g_free(histogram);
}
END_TEST

START_TEST(metric_parts_have_underscores)
{
    g_autofree char *part = lad_metric_part("tier.far-1");
    ck_assert_str_eq(part, "tier_far_1");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("progress");
    TCase *tests = tcase_create("display");
    tcase_add_test(tests, a_report_has_share_count_rate_and_time_left);
    tcase_add_test(tests, an_unknown_share_is_left_out);
    tcase_add_test(tests, counts_have_three_digits_and_a_prefix);
    tcase_add_test(tests, durations_are_read_as_clocks_are);
    tcase_add_test(tests, modes_are_named);
    suite_add_tcase(suite, tests);
    TCase *counters = tcase_create("counters");
    tcase_add_test(counters, histogram_buckets_tile_all_values);
    tcase_add_test(counters, quantiles_lie_in_the_bucket_of_the_value);
    tcase_add_test(counters, metric_parts_have_underscores);
    suite_add_tcase(suite, counters);
    return lad_suite_run(suite);
}
