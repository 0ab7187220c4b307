/* check_formula.c - formulas over runs, and when the rate of a counter came to rest. */
#include "config.h"
#include "analysis/study/formula.h"
#include "tests/unit/result_sample.h"
#include "tests/unit/suite.h"
#include <math.h>
#include <string.h>

/* Ten epochs of half a millisecond. */
static const guint64 rising[] = {20, 40, 60, 80, 97, 99, 100, 101, 100, 7};
static const guint64 steady[] = {100, 100, 100, 100, 100, 100, 100, 100, 100, 100};

static LadResult *
with_loads(const guint64 *series, guint n)
{
    LadResult *result = result_sample_new(0);
    const LadResultPart *core = lad_result_part(result, "core0");
    LadResultMetric *metric = (LadResultMetric *)lad_result_metric(core, "loads");
    memcpy(metric->series, series, n * sizeof *series);
    core = lad_result_part(result, "core1");
    metric = (LadResultMetric *)lad_result_metric(core, "loads");
    memset(metric->series, 0, n * sizeof *series);
    return result;
}

static double
value_of(const char *text, const LadResult *result)
{
    const char *name = "one";
    const LadFormulaRuns runs = {.names = &name, .results = &result, .n = 1, .self = 0, .x = 4};
    GError *error = NULL;
    double value = NAN;
    lad_assert_ok(lad_formula_value(text, &runs, &value, &error), error);
    return value;
}

static void
expect_error(const char *text, const LadResult *result, const char *part)
{
    const char *name = "one";
    const LadFormulaRuns runs = {.names = &name, .results = &result, .n = 1, .self = G_MAXUINT};
    g_autoptr(GError) error = NULL;
    double value;
    ck_assert(!lad_formula_value(text, &runs, &value, &error));
    lad_assert_error(error, part);
}

START_TEST(operators_bind_as_in_arithmetic)
{
    g_autoptr(LadResult) result = result_sample_new(0);
    ck_assert_double_eq_tol(value_of("1 + 2 * 3 - 8 / 4", result), 5, 1e-12);
    ck_assert_double_eq_tol(value_of("(1 + 2) * 3", result), 9, 1e-12);
    ck_assert_double_eq_tol(value_of("one:core*.loads / one:core*.instructions", result), 0.25,
                            1e-12);
    ck_assert_double_eq_tol(value_of("@:x / 2", result), 2, 1e-12);
    ck_assert(isnan(value_of("1 / (2 - 2)", result)));
}
END_TEST

START_TEST(a_rate_settles_where_it_stays_near_its_final_one)
{
    g_autoptr(LadResult) result = with_loads(rising, G_N_ELEMENTS(rising));
    /* The end cut the tenth sample short, so the ninth and the eighth are final: 100.5. From the
     * sixth on all are within 2 % of it, from the fifth on within 4, from the fourth within 21. */
    ck_assert_double_eq_tol(value_of("settle(one:core*.loads, 0.02)", result), 0.0025, 1e-12);
    ck_assert_double_eq_tol(value_of("settle(one:core*.loads, 0.04)", result), 0.002, 1e-12);
    ck_assert_double_eq_tol(value_of("settle(one:core*.loads, 0.21)", result), 0.0015, 1e-12);
}
END_TEST

START_TEST(a_steady_rate_is_settled_from_the_start)
{
    g_autoptr(LadResult) result = with_loads(steady, G_N_ELEMENTS(steady));
    ck_assert_double_eq_tol(value_of("settle(one:core*.loads, 0.01)", result), 0, 1e-12);
}
END_TEST

START_TEST(a_rate_that_overshoots_settles_on_its_way_down)
{
    static const guint64 falling[] = {100, 100, 400, 300, 200, 150, 120, 100, 100, 100};
    g_autoptr(LadResult) result = with_loads(falling, G_N_ELEMENTS(falling));
    ck_assert_double_eq_tol(value_of("settle(one:core*.loads, 0.05)", result), 0.0035, 1e-12);
}
END_TEST

START_TEST(a_counter_reaches_a_share_of_its_last_value)
{
    g_autoptr(LadResult) result = with_loads(steady, G_N_ELEMENTS(steady));
    ck_assert_double_eq_tol(value_of("reach(one:core*.loads, 0.5)", result), 0.0025, 1e-12);
    ck_assert_double_eq_tol(value_of("reach(one:core*.loads, 0.51)", result), 0.003, 1e-12);
    ck_assert_double_eq_tol(value_of("reach(one:core*.loads, 1)", result), 0.005, 1e-12);
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
    g_autoptr(LadResult) result = result_sample_new(0);
    expect_error("settle(one:core*.nothing, 0.1)", result, "nothing");
    expect_error("settle(one:tier_near.used_bytes, 0.1)", result, "used_bytes");
    expect_error("other:ipc", result, "other");
    expect_error("1 +", result, "1 +");
    result->n_samples = 7;
    expect_error("settle(one:core*.loads, 0.1)", result, "8 or more");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("formula");
    TCase *tcase = tcase_create("formula");
    tcase_add_test(tcase, operators_bind_as_in_arithmetic);
    tcase_add_test(tcase, a_rate_settles_where_it_stays_near_its_final_one);
    tcase_add_test(tcase, a_steady_rate_is_settled_from_the_start);
    tcase_add_test(tcase, a_rate_that_overshoots_settles_on_its_way_down);
    tcase_add_test(tcase, a_counter_reaches_a_share_of_its_last_value);
    tcase_add_test(tcase, what_is_wrong_is_named);
    suite_add_tcase(suite, tcase);
    return lad_suite_run(suite);
}
