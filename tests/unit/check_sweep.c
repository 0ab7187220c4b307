/* check_sweep.c - lists and ranges, axes, dimensions, conditions of sweeps. */
#include "config.h"
#include "analysis/sweep/grid.h"
#include "analysis/sweep/values.h"
#include "tests/unit/suite.h"
#include <string.h>

static void
assert_values(const char *text, const char *expected)
{
    GError *error = NULL;
    g_auto(GStrv) values = lad_sweep_values(text, "here", &error);
    lad_assert_ok(values != NULL, error);
    g_autofree char *joined = g_strjoinv("|", values);
    ck_assert_str_eq(joined, expected);
}

static void
assert_refused(const char *text, const char *why)
{
    GError *error = NULL;
    g_auto(GStrv) values = lad_sweep_values(text, "here", &error);
    ck_assert_ptr_null(values);
    lad_assert_error(error, why);
    g_error_free(error);
}

START_TEST(a_list_is_cut_at_commas_and_blanks_around_values_go)
{
    assert_values("tpp, first-touch", "tpp|first-touch");
    assert_values("16 GiB", "16 GiB");
    assert_values("\"a.mlt, b.mlt\", c.mlt", "a.mlt, b.mlt|c.mlt");
    assert_values("../x/a.mlt,../b.mlt", "../x/a.mlt|../b.mlt");
}
END_TEST

START_TEST(a_range_multiplies_or_steps_to_its_end)
{
    assert_values("16 GiB .. 256 GiB x2", "16 GiB|32 GiB|64 GiB|128 GiB|256 GiB");
    assert_values("1..4", "1|2|3|4");
    assert_values("100 ns .. 300 ns +100 ns", "100 ns|200 ns|300 ns");
    assert_values("100 ns .. 290 ns +100 ns", "100 ns|200 ns");
    assert_values("0.1 .. 0.3 +0.1", "0.1|0.2|0.3");
    assert_values("1 .. 100 x10, 7", "1|10|100|7");
    assert_values("4KiB..8KiB x1.5", "4 KiB|6 KiB");
}
END_TEST

START_TEST(a_range_that_says_nothing_sensible_is_refused)
{
    assert_refused("16 GiB .. 256 GiB", "needs a step");
    assert_refused("16 MiB .. 1 GiB x2", "the same unit");
    assert_refused("5 .. 1", "ends before it begins");
    assert_refused("1 .. 10 x1", "factor is a number above 1");
    assert_refused("1 ns .. 10 ns +1 us", "in the unit of the range");
    assert_refused("1 .. 10 +0", "above 0");
    assert_refused("a .. b", "from one number to another");
    assert_refused("1,,2", "a value is empty");
    assert_refused("\"a", "quote is not closed");
    assert_refused("1 .. 1000000", "more than 100000 values");
}
END_TEST

START_TEST(amounts_compare_across_units_and_other_values_by_name)
{
    ck_assert_int_lt(lad_sweep_compare("512 MiB", "1 GiB"), 0);
    ck_assert_int_eq(lad_sweep_compare("1024 MiB", "1 GiB"), 0);
    ck_assert_int_gt(lad_sweep_compare("2 us", "85 ns"), 0);
    ck_assert_int_lt(lad_sweep_compare("0.5", "0.75"), 0);
    ck_assert_int_lt(lad_sweep_compare("first-touch", "tpp"), 0);
}
END_TEST

/* ---- The grid ----------------------------------------------------------------------------------
 */

static const char two_axes[] = "[sweep]\n"
                               "baseline = policy=b\n"
                               "skip = near>=4 GiB and policy=a; policy=c\n"
                               "seeds = 1..2\n"
                               "[sweep.near]\noption = tier.near.size\nvalues = 1 GiB .. 4 GiB x2\n"
                               "[sweep.far]\noption = tier.far.size\nvalues = 9 GiB, 8 GiB, 7 GiB\n"
                               "zip = near\n"
                               "[sweep.policy]\noption = placement.model\nvalues = a, b, c\n";

static LadSweepGrid *
read_grid(const char *text, GError **error)
{
    g_autoptr(LadConfig) config = lad_config_new();
    if (!lad_config_read_text(config, text, "test.conf", error))
        return NULL;
    return lad_sweep_grid_read(config, error);
}

static void
assert_grid_refused(const char *text, const char *why)
{
    GError *error = NULL;
    g_autoptr(LadSweepGrid) grid = read_grid(text, &error);
    ck_assert_ptr_null(grid);
    lad_assert_error(error, why);
    g_error_free(error);
}

START_TEST(zipped_axes_share_a_dimension_and_the_last_one_runs_fastest)
{
    GError *error = NULL;
    g_autoptr(LadSweepGrid) grid = read_grid(two_axes, &error);
    lad_assert_ok(grid != NULL, error);
    ck_assert_uint_eq(grid->n_dimensions, 3);
    ck_assert_uint_eq(grid->n_points, 18);
    const char *const expected[] = {"near=1 GiB, far=9 GiB, policy=a, seed=1",
                                    "near=1 GiB, far=9 GiB, policy=a, seed=2",
                                    "near=1 GiB, far=9 GiB, policy=b, seed=1"};
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_autofree char *text = lad_sweep_grid_describe(grid, i);
        ck_assert_str_eq(text, expected[i]);
    }
    g_autofree char *last = lad_sweep_grid_describe(grid, 17);
    ck_assert_str_eq(last, "near=4 GiB, far=7 GiB, policy=c, seed=2");
    ck_assert_uint_eq(grid->baseline, 2);
}
END_TEST

START_TEST(conditions_drop_just_the_points_that_meet_them)
{
    GError *error = NULL;
    g_autoptr(LadSweepGrid) grid = read_grid(two_axes, &error);
    lad_assert_ok(grid != NULL, error);
    guint n = 0;
    for (guint i = 0; i < grid->n_points; i++) {
        g_autofree char *text = lad_sweep_grid_describe(grid, i);
        gboolean expected =
            strstr(text, "policy=c") != NULL ||
            (strstr(text, "near=4 GiB") != NULL && strstr(text, "policy=a") != NULL);
        ck_assert_msg(lad_sweep_grid_is_skipped(grid, i) == expected, "%s", text);
        n += expected ? 1 : 0;
    }
    ck_assert_uint_eq(n, 8);
}
END_TEST

START_TEST(a_point_moved_along_a_dimension_differs_only_there)
{
    GError *error = NULL;
    g_autoptr(LadSweepGrid) grid = read_grid(two_axes, &error);
    lad_assert_ok(grid != NULL, error);
    for (guint point = 0; point < grid->n_points; point++)
        for (guint dimension = 0; dimension < grid->n_dimensions; dimension++) {
            guint moved = lad_sweep_grid_moved(grid, point, dimension, 1);
            for (guint other = 0; other < grid->n_dimensions; other++)
                ck_assert_uint_eq(lad_sweep_grid_position(grid, moved, other),
                                  other == dimension ? 1
                                                     : lad_sweep_grid_position(grid, point, other));
        }
}
END_TEST

START_TEST(a_sweep_with_a_mistake_is_refused_with_a_sentence)
{
    assert_grid_refused("[run]\n", "there is no group [sweep]");
    assert_grid_refused("[sweep]\n", "has no axis");
    assert_grid_refused("[sweep]\nseed = 1\n", "did you mean `seeds`");
    assert_grid_refused("[sweep]\n[sweep.a]\noption = size\nvalues = 1\n", "expected GROUP.KEY");
    assert_grid_refused("[sweep]\n[sweep.a]\noption = t.x\nvalues = 1, 1\n", "appears twice");
    assert_grid_refused("[sweep]\n[sweep.a]\noption = t.x\nvalues = 1, 2\nlabels = one\n",
                        "1 labels for 2 values");
    assert_grid_refused("[sweep]\n[sweep.a]\noption = t.x\nvalues = 1\n"
                        "[sweep.b]\noption = t.y\nvalues = 1, 2\nzip = a\n",
                        "expected as many");
    assert_grid_refused("[sweep]\n[sweep.a]\noption = t.x\nvalues = 1\n"
                        "[sweep.b]\noption = t.x\nvalues = 1\n",
                        "already");
    assert_grid_refused("[sweep]\nskip = polici=a\n[sweep.policy]\noption = p.model\nvalues = a\n",
                        "did you mean policy");
    assert_grid_refused("[sweep]\nskip = policy\n[sweep.policy]\noption = p.model\nvalues = a\n",
                        "is no comparison");
    assert_grid_refused(
        "[sweep]\nbaseline = policy=z\n[sweep.policy]\noption = p.model\nvalues = a\n",
        "has no value `z`");
    assert_grid_refused("[sweep]\nbaseline = p=a\nskip = p=a\n[sweep.p]\noption = p.model\n"
                        "values = a, b\n",
                        "is a point that `skip` drops");
    assert_grid_refused("[sweep]\n[sweep.a]\noption = t.x\nvalues = 1 .. 90000\n"
                        "[sweep.b]\noption = t.y\nvalues = 1 .. 90000\n",
                        "more than 1000000 points");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sweep");
    TCase *values = tcase_create("values"), *grid = tcase_create("grid");
    tcase_add_test(values, a_list_is_cut_at_commas_and_blanks_around_values_go);
    tcase_add_test(values, a_range_multiplies_or_steps_to_its_end);
    tcase_add_test(values, a_range_that_says_nothing_sensible_is_refused);
    tcase_add_test(values, amounts_compare_across_units_and_other_values_by_name);
    tcase_add_test(grid, zipped_axes_share_a_dimension_and_the_last_one_runs_fastest);
    tcase_add_test(grid, conditions_drop_just_the_points_that_meet_them);
    tcase_add_test(grid, a_point_moved_along_a_dimension_differs_only_there);
    tcase_add_test(grid, a_sweep_with_a_mistake_is_refused_with_a_sentence);
    suite_add_tcase(suite, values);
    suite_add_tcase(suite, grid);
    return lad_suite_run(suite);
}
