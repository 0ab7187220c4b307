/* check_traffic.c - no byte is lost between caches, page walks, migrations and the tiers. */
#include "config.h"
#include "tests/unit/run_bed.h"
#include "tests/unit/script_trace.h"
#include "tests/unit/suite.h"
#include <memladder/random.h>

/* Kernel time runs a thousand times faster, so that pages move within milliseconds. */
static const char machine[] =
    "[core]\nfrequency = 1 GHz\n"
    "[cache.l1i]\nlevel = 1\nside = instruction\nsize = 4 KiB\nways = 1\nlatency = 1 cycles\n"
    "[cache.l1d]\nlevel = 1\nside = data\nsize = 4 KiB\nways = 1\nlatency = 1 cycles\n"
    "[cache.l2]\nlevel = 2\nsize = 32 KiB\nways = 8\nlatency = 10 cycles\n"
    "[tlb.l1i]\nlevel = 1\nside = instruction\nentries = 8\nways = 8\n"
    "[tlb.l1d]\nlevel = 1\nside = data\nentries = 64\nways = 4\n"
    "[walk]\nlatency = 0 cycles\nenter = next\n"
    "[tier.near]\nmodel = fixed\nsize = 4 MiB\nlatency = 90 ns\nbandwidth = 38 GB/s\n"
    "[tier.far]\nmodel = fixed\nsize = 32 MiB\nlatency = 200 ns\nbandwidth = 20 GB/s\n"
    "[kernel]\ntime-scale = 0.001\n"
    "[placement]\nmodel = tpp\nactive-only = false\n";

#define CODE 0x10000
#define DATA 0x1000000

static guint64
in_all(const RunBed *bed, const char *part, const char *counter)
{
    return run_bed_value(bed, part, counter, LAD_PHASE_MEASURED) +
           run_bed_value(bed, part, counter, LAD_PHASE_WARMUP);
}

static guint64
of_tiers(const RunBed *bed, const char *counter)
{
    return in_all(bed, "tier_near", counter) + in_all(bed, "tier_far", counter);
}

/* Nine of ten accesses go to a window of 400 pages that moves through 3,000; a third stores. */
static void
replay(RunBed *bed, const char *model)
{
    enum { N = 200000, PAGES = 3000, WINDOW = 400 };
    g_autofree ScriptStep *steps = g_new0(ScriptStep, N);
    LadRandom random;
    lad_random_init(&random, 3, "test");
    for (guint64 i = 0; i < N; i++) {
        guint64 page = lad_random_below(&random, 10) < 9
                           ? i * (PAGES - WINDOW) / N + lad_random_below(&random, WINDOW)
                           : lad_random_below(&random, PAGES);
        steps[i].address = DATA + page * 4096 + lad_random_below(&random, 512) * 8;
        steps[i].kind = lad_random_below(&random, 3) ? LAD_OPERAND_LOAD : LAD_OPERAND_STORE;
    }
    ScriptStream stream = {.process = 1, .pc = CODE, .steps = steps, .n = N};
    char *path = loop_trace_path();
    script_trace_write(path, &stream, 1);
    g_autofree char *more = g_strdup_printf("[core]\nmodel = %s\n", model);
    run_bed_init(bed, machine, more, path, 0);
    gboolean ok = run_bed_finish(bed, 0);
    lad_assert_ok(ok, bed->error);
    loop_trace_remove(path);
}

static const char *const cores[] = {"in-order", "window"};

START_TEST(tiers_see_what_caches_walks_moves_and_zeroing_send)
{
    RunBed bed;
    replay(&bed, cores[_i]);
    guint64 data =
        in_all(&bed, "cache_l2", "load_misses") + in_all(&bed, "cache_l2", "store_misses");
    guint64 fetches = in_all(&bed, "cache_l2", "fetch_misses");
    guint64 walks = in_all(&bed, "cache_l2", "walk_misses");
    guint64 moves = in_all(&bed, "kernel", "pgmigrate_success");
    /* There is some of each. */
    ck_assert_uint_gt(data, 0);
    ck_assert_uint_gt(fetches, 0);
    ck_assert_uint_gt(walks, 0);
    ck_assert_uint_gt(in_all(&bed, "kernel", "pgpromote_success"), 100);
    ck_assert_uint_gt(in_all(&bed, "kernel", "pgdemote_kswapd"), 100);
    ck_assert_uint_eq(of_tiers(&bed, "reads"), data);
    ck_assert_uint_eq(of_tiers(&bed, "fetches"), fetches);
    ck_assert_uint_eq(of_tiers(&bed, "walks"), walks);
    ck_assert_uint_eq(of_tiers(&bed, "read_bytes"), 64 * (data + fetches + walks));
    ck_assert_uint_eq(of_tiers(&bed, "write_bytes"), 64 * in_all(&bed, "cache_l2", "writebacks"));
    ck_assert_uint_eq(of_tiers(&bed, "copy_read_bytes"), 4096 * moves);
    ck_assert_uint_eq(of_tiers(&bed, "copy_write_bytes"),
                      4096 * (moves + in_all(&bed, "kernel", "pgfault")));
    run_bed_clear(&bed);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("traffic");
    TCase *tcase = tcase_create("traffic");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, tiers_see_what_caches_walks_moves_and_zeroing_send, 0,
                        (int)G_N_ELEMENTS(cores));
    suite_add_tcase(suite, tcase);
    return lad_suite_run(suite);
}
