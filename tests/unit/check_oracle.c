/* check_oracle.c - plans made in hindsight, and what no policy may beat. */
#include "config.h"
#include "models/placement/plan.h"
#include "tests/unit/suite.h"
#include <check.h>
#include <glib/gstdio.h>
#include <memladder/run.h>
#include <memladder/synth.h>
#include <string.h>

#define INTERVALS 4

/* A future of pages with so many lines in each of four intervals. */
static LadFuture *
future_of(const guint lines[][INTERVALS], guint n_pages)
{
    LadFuture *future = g_new0(LadFuture, 1);
    future->n_refs = 1;
    future->n_intervals = INTERVALS;
    future->progress = g_new0(guint64, INTERVALS);
    future->n_pages = n_pages;
    future->pages = g_new0(LadFuturePage, n_pages);
    future->uses = g_new0(LadFutureUse, n_pages * INTERVALS);
    for (guint i = 0; i < n_pages; i++) {
        future->pages[i] =
            (LadFuturePage){.vpage = i, .span = 1, .first_use = (guint32)future->n_uses};
        for (guint t = 0; t < INTERVALS; t++)
            if (lines[i][t]) {
                future->uses[future->n_uses++] = (LadFutureUse){t, (float)lines[i][t]};
                future->pages[i].n_uses++;
            }
    }
    future->latency_ps[0] = 100;
    future->latency_ps[1] = 200;
    return future;
}

static LadPlanLimits
limits_of(guint64 near, double move)
{
    LadPlanLimits limits = {.n_tiers = 2, .capacity = {near, 1000}};
    limits.move_ps[0][1] = limits.move_ps[1][0] = move;
    return limits;
}

static guint
tier_at(const LadOraclePlan *plan, guint page, guint t)
{
    return plan->tier[page * plan->n_intervals + t];
}

static void
demand_it_fits(const LadOraclePlan *plan, const LadFuture *future, guint64 near)
{
    for (guint t = 0; t < plan->n_intervals; t++) {
        guint64 used = 0;
        for (guint i = 0; i < future->n_pages; i++)
            used += tier_at(plan, i, t) == 0;
        ck_assert_uint_le(used, near);
    }
}

START_TEST(without_moves_the_pages_with_most_lines_are_near)
{
    static const guint lines[][INTERVALS] = {
        {1, 1, 1, 1}, {9, 0, 0, 0}, {2, 2, 2, 2}, {0, 0, 9, 9}};
    LadFuture *future = future_of(lines, 4);
    LadPlanLimits limits = limits_of(2, 0);
    LadOraclePlan *plan = lad_oracle_plan_static(future, &limits);
    ck_assert_uint_eq(tier_at(plan, 0, 0), 1);
    ck_assert_uint_eq(tier_at(plan, 1, 0), 0);
    ck_assert_uint_eq(tier_at(plan, 2, 0), 1);
    ck_assert_uint_eq(tier_at(plan, 3, 2), 0);
    ck_assert_uint_eq(tier_at(plan, 3, 1), LAD_PLAN_NOWHERE);
    /* 27 lines near, 12 far. */
    ck_assert_double_eq_tol(plan->cost_ps, 27 * 100 + 12 * 200, 0.5);
    lad_oracle_plan_free(plan);
    lad_future_unref(future);
}
END_TEST

START_TEST(a_page_moves_where_that_saves_more_than_it_costs)
{
    /* One place near; the hot page changes half way. */
    static const guint lines[][INTERVALS] = {{50, 50, 1, 1}, {1, 1, 50, 50}};
    LadFuture *future = future_of(lines, 2);
    LadPlanLimits cheap = limits_of(1, 1000), dear = limits_of(1, 6000);
    LadOraclePlan *plan = lad_oracle_plan_moving(future, &cheap);
    ck_assert_uint_eq(tier_at(plan, 0, 1), 0);
    ck_assert_uint_eq(tier_at(plan, 0, 2), 1);
    ck_assert_uint_eq(tier_at(plan, 1, 2), 0);
    demand_it_fits(plan, future, 1);
    /* 200 lines near, 4 far, two moves. */
    ck_assert_double_eq_tol(plan->cost_ps, 200 * 100 + 4 * 200 + 2 * 1000, 0.5);
    lad_oracle_plan_free(plan);
    /* Two moves of 6000 against 98 lines that wait 100 longer. */
    plan = lad_oracle_plan_moving(future, &dear);
    ck_assert_uint_eq(tier_at(plan, 0, 3), tier_at(plan, 0, 0));
    ck_assert_uint_eq(tier_at(plan, 1, 3), tier_at(plan, 1, 0));
    lad_oracle_plan_free(plan);
    lad_future_unref(future);
}
END_TEST

START_TEST(plans_fit_and_moves_never_make_them_dearer)
{
    enum { N = 60 };
    guint lines[N][INTERVALS];
    LadRandom random;
    lad_random_init(&random, 1, "plans");
    for (guint round = 0; round < 20; round++) {
        for (guint i = 0; i < N; i++)
            for (guint t = 0; t < INTERVALS; t++)
                lines[i][t] = (guint)lad_random_below(&random, 40);
        LadFuture *future = future_of((const guint(*)[INTERVALS])lines, N);
        LadPlanLimits limits = limits_of(1 + round * 2, 100 * round);
        LadOraclePlan *fixed = lad_oracle_plan_static(future, &limits);
        LadOraclePlan *moving = lad_oracle_plan_moving(future, &limits);
        demand_it_fits(fixed, future, limits.capacity[0]);
        demand_it_fits(moving, future, limits.capacity[0]);
        ck_assert_double_le(moving->cost_ps, fixed->cost_ps + 0.5);
        lad_oracle_plan_free(fixed);
        lad_oracle_plan_free(moving);
        lad_future_unref(future);
    }
}
END_TEST

START_TEST(pages_are_found_by_process_and_place)
{
    static const guint lines[][INTERVALS] = {{1, 0, 0, 0}, {1, 0, 0, 0}, {1, 0, 0, 0}};
    LadFuture *future = future_of(lines, 3);
    future->pages[1].span = 512;
    future->pages[1].vpage = 512;
    future->pages[2].process = 1;
    future->pages[2].vpage = 5;
    ck_assert_uint_eq(lad_future_find(future, 0, 0), 0);
    ck_assert_uint_eq(lad_future_find(future, 0, 1), G_MAXUINT);
    ck_assert_uint_eq(lad_future_find(future, 0, 1023), 1);
    ck_assert_uint_eq(lad_future_find(future, 0, 1024), G_MAXUINT);
    ck_assert_uint_eq(lad_future_find(future, 1, 5), 2);
    ck_assert_uint_eq(lad_future_find(future, 2, 5), G_MAXUINT);
    lad_future_unref(future);
}
END_TEST

/* ---- Whole runs ------------------------------------------------------------------------------ */

typedef struct {
    double ms;
    guint64 loads, stores, migrated, faults;
    guint64 read, written, copied_from, copied_to;
} Figures;

static guint64
sum(const LadRun *run, const char *part, const char *counter)
{
    guint n;
    guint64 total = 0;
    const LadMetrics *metrics = lad_run_metrics(run, &n);
    for (guint i = 0; i < n; i++)
        for (guint row = 0; g_str_has_prefix(metrics[i].part, part) && metrics[i].table[row].name;
             row++)
            if (strcmp(metrics[i].table[row].name, counter) == 0)
                total += lad_run_value(run, i, row, LAD_PHASE_MEASURED);
    return total;
}

#define MACHINE                                                                                    \
    "[core]\nmodel=paced\nfrequency=2 GHz\ncompute=1 us\n"                                         \
    "[kernel]\ntime-scale=0.01\n"                                                                  \
    "[tier.near]\nlatency=90 ns\nbandwidth=38 GB/s\n"                                              \
    "[tier.far]\nsize=64 MiB\nlatency=400 ns\nbandwidth=20 GB/s\n"

static Figures
replay(const char *trace, const char *policy, const char *near)
{
    GError *error = NULL;
    gboolean done;
    LadModels *models = lad_models_new(NULL, NULL);
    LadConfig *config = lad_config_new();
    g_autofree char *text =
        g_strdup_printf("[run]\ntrace=%s\n[placement]\nmodel=%s\n" MACHINE, trace, policy);
    g_autofree char *size = g_strconcat("tier.near.size=", near, NULL);
    ck_assert(lad_config_read_text(config, text, "test", &error));
    ck_assert(lad_config_set(config, size, &error));
    LadRun *run = lad_run_new(config, models, LAD_RUN_NO_THREADS, &error);
    ck_assert_msg(run && lad_run_step(run, 0, &done, &error), "%s: %s", policy,
                  error ? error->message : "");
    LadTime start, length;
    lad_run_phase_time(run, LAD_PHASE_MEASURED, &start, &length);
    Figures figures = {.ms = (double)length / (double)LAD_MS,
                       .loads = sum(run, "core0", "loads"),
                       .stores = sum(run, "core0", "stores"),
                       .migrated = sum(run, "kernel", "pgmigrate_success"),
                       .faults = sum(run, "kernel", "pgfault"),
                       .read = sum(run, "tier_", "read_bytes"),
                       .written = sum(run, "tier_", "write_bytes"),
                       .copied_from = sum(run, "tier_", "copy_read_bytes"),
                       .copied_to = sum(run, "tier_", "copy_write_bytes")};
    lad_run_free(run);
    lad_config_free(config);
    lad_models_free(models);
    return figures;
}

static char *
make_trace(const char *directory, const char *sequence)
{
    GError *error = NULL;
    LadConfig *config = lad_config_new();
    g_autofree char *text =
        g_strdup_printf("[synth]\nlevel=page\nseed=1\n[pattern.main]\npattern=accessgen\n"
                        "sequence=%s\npages=2048\naccesses=150000\n",
                        sequence);
    char *path = g_strdup_printf("%s/%s.mlt", directory, sequence);
    ck_assert(lad_config_read_text(config, text, "test", &error));
    ck_assert_msg(lad_synth_run(config, path, 1, NULL, NULL, NULL, &error), "%s",
                  error ? error->message : "");
    lad_config_free(config);
    return path;
}

START_TEST(no_policy_beats_the_oracle)
{
    static const char *const policies[] = {"first-touch",    "interleave",    "tpp",
                                           "numa-balancing", "linux-tiering", "oracle-static"};
    static const char *const sequences[] = {"zipf", "hotset", "uniform", "loop"};
    g_autofree char *directory = g_dir_make_tmp("memladder-oracle-XXXXXX", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(sequences); i++) {
        g_autofree char *trace = make_trace(directory, sequences[i]);
        Figures oracle = replay(trace, "oracle", "4 MiB");
        for (guint k = 0; k < G_N_ELEMENTS(policies); k++) {
            Figures other = replay(trace, policies[k], "4 MiB");
            ck_assert_msg(oracle.ms <= other.ms, "%s: oracle %.3f ms, %s %.3f ms", sequences[i],
                          oracle.ms, policies[k], other.ms);
            /* What tiers saw is what the core sent, and a page per move and per zeroing. */
            ck_assert_uint_eq(other.read, 64 * (other.loads + other.stores));
            ck_assert_uint_eq(other.written, 64 * other.stores);
            ck_assert_uint_eq(other.copied_from, 4096 * other.migrated);
            ck_assert_uint_eq(other.copied_to, 4096 * (other.migrated + other.faults));
            /* All pages are there, and the program did the same work. */
            ck_assert_uint_eq(other.faults, 2048);
            ck_assert_uint_eq(other.loads + other.stores, oracle.loads + oracle.stores);
        }
        g_unlink(trace);
    }
    g_rmdir(directory);
}
END_TEST

START_TEST(the_oracle_moves_a_hot_set_that_moves)
{
    g_autofree char *directory = g_dir_make_tmp("memladder-oracle-XXXXXX", NULL);
    /* Room for one hot set of 409 pages, not for both. */
    g_autofree char *trace = make_trace(directory, "hotset");
    Figures moving = replay(trace, "oracle", "2 MiB"),
            fixed = replay(trace, "oracle-static", "2 MiB");
    ck_assert_uint_gt(moving.migrated, 0);
    ck_assert_uint_eq(fixed.migrated, 0);
    ck_assert_double_lt(moving.ms, fixed.ms);
    g_unlink(trace);
    g_rmdir(directory);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("oracle");
    TCase *tcase = tcase_create("oracle");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, without_moves_the_pages_with_most_lines_are_near);
    tcase_add_test(tcase, a_page_moves_where_that_saves_more_than_it_costs);
    tcase_add_test(tcase, plans_fit_and_moves_never_make_them_dearer);
    tcase_add_test(tcase, pages_are_found_by_process_and_place);
    tcase_add_test(tcase, no_policy_beats_the_oracle);
    tcase_add_test(tcase, the_oracle_moves_a_hot_set_that_moves);
    suite_add_tcase(suite, tcase);
    return lad_suite_run(suite);
}
