/* check_sweep_table.c - a sweep's results: merged and read back, many of them, and what they say.
 */
#include "config.h"
#include "analysis/sweep/answers.h"
#include "analysis/sweep/merge.h"
#include "tests/unit/result_sample.h"
#include "tests/unit/suite.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>

static char *directory;

static void
make_directory(void)
{
    directory = g_dir_make_tmp("memladder-sweep-XXXXXX", NULL);
    ck_assert_ptr_nonnull(directory);
}

static void
remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        remove_tree(inner);
    }
    g_remove(path);
}

static void
remove_directory(void)
{
    remove_tree(directory);
    g_clear_pointer(&directory, g_free);
}

/* ---- Plans whose points need not be run --------------------------------------------------------
 */

#define MACHINE                                                                                    \
    "[core]\nmodel = functional\n"                                                                 \
    "[cache.l1]\nlevel = 1\nside = unified\nsize = 4 KiB\nways = 4\nlatency = 1 cycles\n"          \
    "mshrs = 1\n"

static LadSweepPlan *
make_plan(const char *sweep, guint chunk_points)
{
    GError *error = NULL;
    g_autofree char *text =
        g_strdup_printf("[run]\ntrace = %s/traces/samples/sample.mlt\n" MACHINE "%s",
                        g_getenv("LAD_TEST_SRCDIR"), sweep);
    g_autofree char *path = g_build_filename(directory, "plan", NULL);
    g_autoptr(LadConfig) config = lad_config_new();
    g_autoptr(LadModels) models = lad_models_new(NULL, &error);
    lad_assert_ok(models != NULL, error);
    ck_assert(lad_config_read_text(config, text, "test.conf", NULL));
    LadSweepPlanOptions options = {chunk_points, 600, TRUE};
    LadSweepPlan *plan = lad_sweep_plan_make(config, models, path, &options, NULL, NULL, &error);
    lad_assert_ok(plan != NULL, error);
    return plan;
}

/* Publishes the chunk as if its points had given `result` each. */
static void
publish(const LadSweepPlan *plan, guint chunk, const LadResult *result)
{
    g_autoptr(GArray) points = lad_sweep_plan_chunk(plan, chunk);
    g_autoptr(GPtrArray) outcomes =
        g_ptr_array_new_with_free_func((GDestroyNotify)lad_sweep_outcome_free);
    for (guint i = 0; i < points->len; i++)
        g_ptr_array_add(outcomes,
                        lad_sweep_outcome_new(plan, g_array_index(points, guint, i), result));
    g_autofree char *path = lad_sweep_chunk_file(plan, chunk);
    GError *error = NULL;
    gboolean ok = lad_sweep_outcomes_write(plan, outcomes, path, &error);
    lad_assert_ok(ok, error);
}

static LadSweepTable *
merge_and_read(const LadSweepState *state, gboolean partial)
{
    GError *error = NULL;
    g_autofree char *path = g_build_filename(directory, "sweep.h5", NULL);
    gboolean ok = lad_sweep_merge(state, path, partial, &error);
    lad_assert_ok(ok, error);
    ck_assert(lad_sweep_is_merged(path));
    LadSweepTable *table = lad_sweep_merged_read(path, &error);
    lad_assert_ok(table != NULL, error);
    return table;
}

/* ---- The merged file ---------------------------------------------------------------------------
 */

#define TWO_AXES                                                                                   \
    "[sweep]\nquestion = q\nseeds = 1 .. 2\nskip = size=16 KiB and ways=2\n"                       \
    "series = kernel.pgpromote_success\n"                                                          \
    "[sweep.size]\noption = cache.l1.size\nvalues = 4 KiB .. 16 KiB x2\n"                          \
    "[sweep.ways]\noption = cache.l1.ways\nvalues = 2, 4\n"

static void
assert_same_values(const double *a, const double *b, gsize n, const char *name)
{
    for (gsize i = 0; i < n; i++)
        ck_assert_msg(a[i] == b[i] || (isnan(a[i]) && isnan(b[i])), "%s at %zu", name, i);
}

static void
assert_same_table(const LadSweepTable *a, const LadSweepTable *b)
{
    guint n = a->grid->n_points;
    ck_assert_str_eq(a->identity, b->identity);
    ck_assert_str_eq(a->version, b->version);
    ck_assert_str_eq(a->config, b->config);
    ck_assert(g_strv_equal((const char *const *)a->traces, (const char *const *)b->traces));
    ck_assert_mem_eq(a->done, b->done, n);
    ck_assert_uint_eq(a->n_done, b->n_done);
    ck_assert_uint_eq(a->n_missing, b->n_missing);
    ck_assert_uint_eq(a->columns->len, b->columns->len);
    for (guint i = 0; i < a->columns->len; i++) {
        const LadSweepColumn *x = a->columns->pdata[i], *y = b->columns->pdata[i];
        ck_assert_str_eq(x->name, y->name);
        ck_assert_str_eq(x->unit, y->unit);
        assert_same_values(x->values, y->values, n, x->name);
    }
    ck_assert_uint_eq(a->settings->len, b->settings->len);
    for (guint i = 0; i < a->settings->len; i++) {
        const LadSweepSetting *x = a->settings->pdata[i], *y = b->settings->pdata[i];
        ck_assert_str_eq(x->name, y->name);
        for (guint j = 0; j < n; j++)
            ck_assert_str_eq(x->values[j], y->values[j]);
    }
    ck_assert_uint_eq(a->n_samples, b->n_samples);
    ck_assert_uint_eq(a->history->len, b->history->len);
    for (guint i = 0; i < a->history->len; i++) {
        const LadSweepHistory *x = a->history->pdata[i], *y = b->history->pdata[i];
        assert_same_values(x->values, y->values, (gsize)n * a->n_samples, x->name);
    }
}

START_TEST(a_merged_file_reads_back_as_what_was_merged)
{
    g_autoptr(LadSweepPlan) plan = make_plan(TWO_AXES, 3);
    g_autoptr(LadResult) a = result_sample_new(25), b = result_sample_new(60);
    for (guint chunk = 0; chunk < plan->n_chunks; chunk++)
        if (chunk != 1)
            publish(plan, chunk, chunk % 2 == 0 ? a : b);
    g_autoptr(LadSweepState) state = lad_sweep_state_read(plan);
    g_autoptr(LadSweepTable) table = lad_sweep_table_new(state);
    ck_assert_uint_eq(table->n_runs, 10);
    ck_assert_uint_eq(table->n_missing, 3);
    ck_assert_uint_eq(table->n_skipped, 2);
    ck_assert_uint_gt(table->columns->len, 50);
    g_autoptr(LadSweepTable) merged = merge_and_read(state, TRUE);
    assert_same_table(table, merged);
}
END_TEST

START_TEST(settings_that_differ_are_told_by_point_and_no_others)
{
    g_autoptr(LadSweepPlan) plan = make_plan(TWO_AXES, 0);
    g_autoptr(LadSweepState) state = lad_sweep_state_read(plan);
    g_autoptr(LadSweepTable) table = lad_sweep_table_new(state);
    ck_assert_uint_eq(table->settings->len, 3);
    ck_assert(lad_sweep_table_varies(table, "cache.l1", "size"));
    ck_assert(lad_sweep_table_varies(table, "cache.l1", "ways"));
    ck_assert(lad_sweep_table_varies(table, "run", "seed"));
    ck_assert(!lad_sweep_table_varies(table, "core", "model"));
    guint point;
    ck_assert(lad_sweep_grid_find(table->grid, "size=8 KiB, ways=4, seed=2", &point, NULL));
    g_autofree char *size = lad_sweep_table_setting(table, point, "cache.l1", "size");
    g_autofree char *ways = lad_sweep_table_setting(table, point, "cache.l1", "ways");
    g_autofree char *model = lad_sweep_table_setting(table, point, "core", "model");
    ck_assert_str_eq(size, "8 KiB");
    ck_assert_str_eq(ways, "4");
    ck_assert_str_eq(model, "functional");
    ck_assert_ptr_null(lad_sweep_table_setting(table, point, "core", "colour"));
}
END_TEST

START_TEST(a_failed_point_is_told_with_its_message_and_is_not_missing)
{
    g_autoptr(LadSweepPlan) plan = make_plan(TWO_AXES, 16);
    g_autoptr(GPtrArray) one =
        g_ptr_array_new_with_free_func((GDestroyNotify)lad_sweep_outcome_free);
    g_ptr_array_add(one, lad_sweep_outcome_new_failed(plan, 0, "too small"));
    g_autofree char *chunk = lad_sweep_chunk_directory(plan, 0);
    g_autofree char *path = lad_sweep_point_file(plan, 0);
    ck_assert_int_eq(g_mkdir_with_parents(chunk, 0777), 0);
    ck_assert(lad_sweep_outcomes_write(plan, one, path, NULL));
    g_autoptr(LadSweepState) state = lad_sweep_state_read(plan);
    g_autoptr(LadSweepTable) merged = merge_and_read(state, TRUE);
    ck_assert_uint_eq(merged->done[0], LAD_SWEEP_FAILED);
    ck_assert_str_eq(merged->messages[0], "too small");
    ck_assert_uint_eq(merged->n_failed, 1);
    ck_assert_uint_eq(merged->n_missing, 9);
    GError *error = NULL;
    ck_assert(!lad_sweep_merge(state, "never.h5", FALSE, &error));
    lad_assert_error(error, "9 of 10 points are missing");
    g_error_free(error);
}
END_TEST

/* ---- Many points -------------------------------------------------------------------------------
 */

#define MANY       10000
#define MEMORY_MIB 500
#define FILES      64

static void
limit_files(void)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = FILES;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* The memory of sanitizers is not ours. */
static void
assert_memory(void)
{
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    ck_assert_int_lt(usage.ru_maxrss, MEMORY_MIB * 1024L);
#endif
}

START_TEST(ten_thousand_points_need_little_memory_and_few_open_files)
{
    limit_files();
    g_autoptr(LadSweepPlan) plan = make_plan("[sweep]\nquestion = many\nseeds = 1 .. 10000\n", 100);
    ck_assert_uint_eq(plan->n_runs, MANY);
    ck_assert_uint_eq(plan->n_chunks, 100);
    g_autoptr(LadResult) result = result_sample_new(25);
    for (guint chunk = 0; chunk < plan->n_chunks; chunk++)
        publish(plan, chunk, result);
    g_autoptr(LadSweepState) state = lad_sweep_state_read(plan);
    ck_assert_uint_eq(state->n_done, MANY);
    ck_assert_uint_eq(state->n_missing, 0);
    g_autoptr(LadSweepTable) merged = merge_and_read(state, FALSE);
    ck_assert_uint_eq(merged->n_done, MANY);
    const LadSweepColumn *column = lad_sweep_table_column(merged, "run.throughput");
    ck_assert_ptr_nonnull(column);
    double expected;
    ck_assert(lad_derived_value(result, NULL, "throughput", LAD_PHASE_MEASURED, &expected));
    for (guint i = 0; i < MANY; i++)
        ck_assert(column->values[i] == expected);
    assert_memory();
}
END_TEST

/* ---- What it says ------------------------------------------------------------------------------
 */

/* A table over the grid of `text` with one metric, all points done. */
static LadSweepTable *
table_of(const char *text, const char *metric, const char *unit, const double *values)
{
    g_autoptr(LadConfig) config = lad_config_new();
    GError *error = NULL;
    ck_assert(lad_config_read_text(config, text, "test.conf", NULL));
    LadSweepGrid *grid = lad_sweep_grid_read(config, &error);
    lad_assert_ok(grid != NULL, error);
    LadSweepTable *table = lad_sweep_table_empty(grid, TRUE);
    memset(table->done, LAD_SWEEP_DONE, grid->n_points);
    LadSweepColumn *column = lad_sweep_table_add_column(table, metric, unit);
    memcpy(column->values, values, grid->n_points * sizeof *values);
    return table;
}

START_TEST(an_interval_over_seeds_is_student_s_and_differences_are_paired)
{
    /* Two cases by three seeds. Mean of 1, 2, 3 is 2, their deviation 1: 4.303 / sqrt(3). The
     * second case is 10 above the first, seed by seed: the interval of the difference has no width.
     */
    static const double values[] = {1, 2, 3, 11, 12, 13};
    g_autoptr(LadSweepTable) table = table_of(
        "[sweep]\nseeds = 1 .. 3\n[sweep.a]\noption = t.x\nvalues = 1, 2\n", "p.c", "1", values);
    LadSweepEstimate estimate;
    ck_assert(lad_sweep_case_estimate(table, 0, "p.c", &estimate));
    ck_assert_uint_eq(estimate.n, 3);
    ck_assert_double_eq_tol(estimate.mean, 2, 1e-12);
    ck_assert_double_eq_tol(estimate.half, 4.303 / sqrt(3), 1e-3);
    ck_assert(lad_sweep_case_difference(table, 3, 0, "p.c", &estimate));
    ck_assert_double_eq_tol(estimate.mean, 10, 1e-12);
    ck_assert_double_eq_tol(estimate.half, 0, 1e-9);
}
END_TEST

START_TEST(a_case_with_a_seed_that_is_missing_has_no_mean)
{
    static const double values[] = {1, NAN, 3, 4};
    g_autoptr(LadSweepTable) table = table_of(
        "[sweep]\nseeds = 1 .. 2\n[sweep.a]\noption = t.x\nvalues = 1, 2\n", "p.c", "1", values);
    table->done[1] = LAD_SWEEP_MISSING;
    LadSweepEstimate estimate;
    ck_assert(!lad_sweep_case_estimate(table, 0, "p.c", &estimate));
    ck_assert(lad_sweep_case_estimate(table, 2, "p.c", &estimate));
    LadSweepObjective objective = {(char *)"p.c", -1};
    g_autoptr(GPtrArray) none = lad_sweep_constraints(table, "", NULL);
    ck_assert_uint_eq(lad_sweep_best(table, &objective, none), 2);
}
END_TEST

START_TEST(constraints_are_in_units_and_the_best_meets_them)
{
    /* Latencies in ns; 2 us is 2000 of them. */
    static const double latencies[] = {1500, 2500, 1900};
    static const double speeds[] = {1, 9, 3};
    g_autoptr(LadSweepTable) table = table_of(
        "[sweep]\n[sweep.a]\noption = t.x\nvalues = 1, 2, 3\n", "tier.latency", "ns", latencies);
    memcpy(lad_sweep_table_add_column(table, "run.speed", "1")->values, speeds, sizeof speeds);
    GError *error = NULL;
    g_autoptr(GPtrArray) constraints =
        lad_sweep_constraints(table, "tier.latency < 2 us, run.speed > 0", &error);
    lad_assert_ok(constraints != NULL, error);
    LadSweepObjective objective = {(char *)"run.speed", 1};
    ck_assert_uint_eq(lad_sweep_best(table, &objective, constraints), 2);
    g_autoptr(GPtrArray) strict = lad_sweep_constraints(table, "tier.latency < 1 us", NULL);
    ck_assert_uint_eq(lad_sweep_best(table, &objective, strict), LAD_SWEEP_NO_POINT);
    ck_assert_ptr_null(lad_sweep_constraints(table, "tier.latencie < 1 us", &error));
    lad_assert_error(error, "did you mean tier.latency");
    g_clear_error(&error);
    ck_assert_ptr_null(lad_sweep_constraints(table, "tier.latency < 1 GiB", &error));
    lad_assert_error(error, "expected an amount");
    g_clear_error(&error);
}
END_TEST

START_TEST(the_front_holds_what_no_other_case_beats)
{
    /* More speed, less cost: b is beaten by c, d by a. */
    static const double speeds[] = {4, 2, 3, 1};
    static const double costs[] = {9, 5, 5, 9};
    g_autoptr(LadSweepTable) table = table_of(
        "[sweep]\n[sweep.a]\noption = t.x\nvalues = a, b, c, d\n", "run.speed", "1", speeds);
    memcpy(lad_sweep_table_add_column(table, "run.cost", "1")->values, costs, sizeof costs);
    g_autoptr(GPtrArray) objectives = lad_sweep_objectives(table, "run.speed, -run.cost", NULL);
    g_autoptr(GPtrArray) none = lad_sweep_constraints(table, "", NULL);
    g_autoptr(GArray) front = lad_sweep_pareto(table, objectives, none);
    ck_assert_uint_eq(front->len, 2);
    ck_assert_uint_eq(g_array_index(front, guint, 0), 0);
    ck_assert_uint_eq(g_array_index(front, guint, 1), 2);
}
END_TEST

START_TEST(the_axis_with_the_wider_means_matters_more_and_a_curve_has_its_knee_where_it_bends)
{
    /* Over a: 10, 18, 20, 20 and as much plus 1 with the other b. Means of a: 10.5 to 20.5, of b:
     * 17 and 18, of all: 17.5. From (1, 10) to (4, 20) the curve is farthest from its chord at 2.
     */
    static const double values[] = {10, 11, 18, 19, 20, 21, 20, 21};
    g_autoptr(LadSweepTable) table = table_of("[sweep]\n[sweep.a]\noption = t.x\nvalues = 1 .. 4\n"
                                              "[sweep.b]\noption = t.y\nvalues = u, v\n",
                                              "p.c", "1", values);
    g_autoptr(GArray) all = lad_sweep_sensitivities(table, "p.c");
    ck_assert_uint_eq(all->len, 2);
    const LadSweepSensitivity *first = &g_array_index(all, LadSweepSensitivity, 0);
    ck_assert_uint_eq(first->dimension, 0);
    ck_assert_double_eq_tol(first->effect, 10 / 17.5, 1e-12);
    ck_assert_double_eq_tol(g_array_index(all, LadSweepSensitivity, 1).effect, 1 / 17.5, 1e-12);
    guint knee;
    ck_assert(lad_sweep_knee(table, 0, 0, "p.c", &knee));
    ck_assert_uint_eq(knee, 1);
    ck_assert(!lad_sweep_knee(table, 0, 1, "p.c", &knee));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sweep_table");
    TCase *files = tcase_create("files"), *answers = tcase_create("answers");
    tcase_add_checked_fixture(files, make_directory, remove_directory);
    tcase_add_test(files, a_merged_file_reads_back_as_what_was_merged);
    tcase_add_test(files, settings_that_differ_are_told_by_point_and_no_others);
    tcase_add_test(files, a_failed_point_is_told_with_its_message_and_is_not_missing);
    tcase_add_test(files, ten_thousand_points_need_little_memory_and_few_open_files);
    tcase_add_test(answers, an_interval_over_seeds_is_student_s_and_differences_are_paired);
    tcase_add_test(answers, a_case_with_a_seed_that_is_missing_has_no_mean);
    tcase_add_test(answers, constraints_are_in_units_and_the_best_meets_them);
    tcase_add_test(answers, the_front_holds_what_no_other_case_beats);
    tcase_add_test(
        answers,
        the_axis_with_the_wider_means_matters_more_and_a_curve_has_its_knee_where_it_bends);
    suite_add_tcase(suite, files);
    suite_add_tcase(suite, answers);
    return lad_suite_run(suite);
}
