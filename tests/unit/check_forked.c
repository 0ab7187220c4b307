/* check_forked.c - caches and TLBs that cores share, on real code: a perl that has forked three
 * times (tests/data/SOURCES). What is demanded holds for any processes with the same code at the
 * same addresses.
 */
#include "config.h"
#include "tests/unit/run_bed.h"
#include "tests/unit/suite.h"

#define N_CORES 4

static const char machine[] =
    "[core]\nmodel = in-order\nfrequency = 1 GHz\n"
    "[cache.l1i]\nlevel = 1\nside = instruction\nsize = 32 KiB\nways = 8\nlatency = 1 cycles\n"
    "[cache.l1d]\nlevel = 1\nside = data\nsize = 32 KiB\nways = 8\nlatency = 1 cycles\n"
    "[cache.l2]\nlevel = 2\nsize = 64 KiB\nways = 8\nlatency = 10 cycles\n"
    "[tlb.l1i]\nlevel = 1\nside = instruction\nentries = 8\nways = 8\n"
    "[tlb.l1d]\nlevel = 1\nside = data\nentries = 64\nways = 4\n"
    "[walk]\nlatency = 20 cycles\nenter = none\n"
    "[tier.memory]\nmodel = fixed\nsize = 64 MiB\nlatency = 100 ns\nbandwidth = 10 GB/s\n"
    "[placement]\nmodel = first-touch\n"
    "[kernel]\nfault-cost = 0 ns\nzero-pages = false\n";

static void
run(RunBed *bed, const char *trace, const char *more)
{
    g_autofree char *path =
        g_build_filename(g_getenv("LAD_TEST_SRCDIR"), "tests/data", trace, NULL);
    run_bed_init(bed, machine, more, path, LAD_RUN_NO_THREADS);
    lad_assert_ok(bed->run != NULL, bed->error);
    gboolean ok = run_bed_finish(bed, 0);
    lad_assert_ok(ok, bed->error);
}

/* Over the parts of all cores, or the one they share. */
static guint64
total(const RunBed *bed, const char *part, const char *counter, gboolean shared)
{
    guint64 sum = 0;
    for (guint i = 0; i < (shared ? 1 : N_CORES); i++) {
        g_autofree char *name = g_strdup_printf("%s%u", part, i);
        sum += run_bed_value(bed, shared ? part : name, counter, LAD_PHASE_MEASURED);
    }
    return sum;
}

typedef struct {
    guint64 misses, joins;
} Walks;

/* `entries` per core; ASIDS 0: private ones, else one of all of them. With as many sets LRU of more
 * entries has all that LRU of fewer has. */
static Walks
walks(guint entries, guint n_sets, guint asids)
{
    guint n = asids ? N_CORES * entries : entries;
    RunBed bed;
    g_autofree char *more = g_strdup_printf(
        "[core]\ncores = 4\n[tlb.l2i]\nlevel = 2\nside = instruction\nlatency = 7 cycles\n"
        "entries = %u\nways = %u\nshared-by = %u\nasids = %u\n",
        n, n / n_sets, asids ? N_CORES : 1, MAX(asids, 1));
    run(&bed, "perl-forked.mlt", more);
    Walks found = {total(&bed, "tlb_l2i", "misses", asids > 0), 0};
    if (asids > 1)
        found.joins = total(&bed, "tlb_l2i", "joins", TRUE);
    run_bed_clear(&bed);
    return found;
}

START_TEST(entries_of_several_spaces_miss_at_most_as_often_as_those_of_one)
{
    static const guint entries[] = {8, 16, 32, 64, 128};
    Walks one = walks(entries[_i], 8, 1), four = walks(entries[_i], 8, N_CORES);
    ck_assert_uint_le(four.misses, one.misses);
    ck_assert_uint_le(four.joins, four.misses);
    if (entries[_i] <= 32) /* that many pages are in use */
        ck_assert_uint_lt(four.misses, one.misses);
}
END_TEST

START_TEST(with_room_for_all_each_process_walks_once_for_each_of_its_pages)
{
    Walks private = walks(512, 32, 0), one = walks(512, 32, 1), four = walks(512, 32, N_CORES);
    Walks two = walks(512, 32, 2);
    ck_assert_uint_gt(private.misses, 0);
    ck_assert_uint_eq(one.misses, private.misses);
    ck_assert_uint_eq(two.misses, private.misses);
    ck_assert_uint_eq(four.misses, private.misses);
    /* What is installed is a page of the program, once: of four processes' walks most join. */
    ck_assert_uint_ge(four.misses - four.joins, (four.misses + N_CORES - 1) / N_CORES);
    ck_assert_uint_gt(four.joins, four.misses / 2);
    ck_assert_uint_ge(four.joins, two.joins);
    ck_assert_uint_gt(two.joins, 0);
}
END_TEST

START_TEST(more_entries_never_miss_more)
{
    for (guint asids = 0; asids <= N_CORES; asids += N_CORES) {
        guint64 last = G_MAXUINT64;
        for (guint entries = 8; entries <= 128; entries *= 2) {
            guint64 misses = walks(entries, 8, asids).misses;
            ck_assert_uint_le(misses, last);
            last = misses;
        }
    }
}
END_TEST

START_TEST(processes_find_each_others_code_in_a_shared_l2)
{
    static const char *const more[] = {"[core]\ncores = 4\n",
                                       "[core]\ncores = 4\n[cache.l2]\nshared-by = 4\n"
                                       "size = 256 KiB\n"};
    guint64 fetches[2], misses[2];
    for (guint i = 0; i < 2; i++) {
        RunBed bed;
        run(&bed, "perl-forked.mlt", more[i]);
        fetches[i] = total(&bed, "cache_l2", "fetches", i == 1);
        misses[i] = total(&bed, "cache_l2", "fetch_misses", i == 1);
        run_bed_clear(&bed);
    }
    ck_assert_uint_eq(fetches[0], fetches[1]); /* the first levels are private both times */
    ck_assert_uint_lt(2 * misses[1], misses[0]);
}
END_TEST

START_TEST(a_shared_l2_with_one_active_core_is_a_private_l2_of_its_size)
{
    static const char *const counters[] = {"loads",         "load_misses", "stores",
                                           "store_misses",  "fetches",     "fetch_misses",
                                           "writebacks_in", "writebacks"};
    RunBed shared, private;
    run(&shared, "sort.mlt",
        "[core]\ncores = 8\n[cache.l2]\nshared-by = 4\n[run]\nidle-cores = allow\ncores = 5\n");
    run(&private, "sort.mlt", "");
    for (guint i = 0; i < G_N_ELEMENTS(counters); i++)
        ck_assert_uint_eq(run_bed_value(&shared, "cache_l21", counters[i], LAD_PHASE_MEASURED),
                          run_bed_value(&private, "cache_l2", counters[i], LAD_PHASE_MEASURED));
    ck_assert_uint_gt(run_bed_value(&private, "cache_l2", "load_misses", LAD_PHASE_MEASURED), 0);
    run_bed_clear(&shared);
    run_bed_clear(&private);
}
END_TEST

static Suite *
forked_suite(void)
{
    Suite *suite = suite_create("forked processes");
    TCase *tlbs = tcase_create("shared instruction TLBs");
    tcase_add_loop_test(tlbs, entries_of_several_spaces_miss_at_most_as_often_as_those_of_one, 0,
                        5);
    tcase_add_test(tlbs, with_room_for_all_each_process_walks_once_for_each_of_its_pages);
    tcase_add_test(tlbs, more_entries_never_miss_more);
    suite_add_tcase(suite, tlbs);
    tcase_set_timeout(tlbs, 120);
    TCase *caches = tcase_create("shared caches");
    tcase_add_test(caches, processes_find_each_others_code_in_a_shared_l2);
    tcase_add_test(caches, a_shared_l2_with_one_active_core_is_a_private_l2_of_its_size);
    suite_add_tcase(suite, caches);
    tcase_set_timeout(caches, 60);
    return suite;
}

int
main(void)
{
    return lad_suite_run(forked_suite());
}
