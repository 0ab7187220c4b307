/* check_agescan.c - pages' ages by scans, and offload controllers driven by the kernel. */
#include "config.h"
#include "sim/kernel/swap.h"
#include "sim/machine/cluster.h"
#include "tests/unit/kernel_rig.h"

#define TIER  "[tier.near]\nmodel=fixed\nsize=64 MiB\nlatency=100 ns\nbandwidth=10 GB/s\n"
#define PAGES 1500

static guint64
address_of(guint page)
{
    return ((guint64)page + 16) << LAD_PAGE_SHIFT;
}

static void
touch_range(KernelRig *rig, LadThread *thread, guint from, guint to)
{
    for (guint i = from; i < to; i++)
        ck_assert(kernel_rig_touch(rig, thread, address_of(i), LAD_ACCESS_READ));
}

static guint64
sum(const guint64 *values)
{
    guint64 n = 0;
    for (guint i = 0; i < LAD_AGES; i++)
        n += values[i];
    return n;
}

static LadAgeScan *
scan_new(KernelRig *rig, guint n_slices)
{
    g_autoptr(GError) error = NULL;
    LadAgeScan *scan =
        lad_agescan_new(rig->kernel, 0, 120 * LAD_S, n_slices, 1000 * LAD_S, 0, &error);
    lad_assert_ok(scan != NULL, error);
    return scan;
}

START_TEST(pages_grow_older_by_scans_and_are_young_again_when_touched)
{
    KernelRig *rig = kernel_rig_new(TIER, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadAgeScan *scan = scan_new(rig, 1);
    const LadAges *ages = lad_agescan_ages(scan);
    touch_range(rig, thread, 0, PAGES);
    lad_agescan_step(scan, rig->now);
    ck_assert_uint_eq(ages->n_pages[0], PAGES);
    ck_assert_uint_eq(ages->touched[0], PAGES);
    lad_agescan_step(scan, rig->now);
    touch_range(rig, thread, 0, 100);
    lad_agescan_step(scan, rig->now);
    ck_assert_uint_eq(ages->n_pages[0], 100);
    ck_assert_uint_eq(ages->touched[1], 100);
    ck_assert_uint_eq(ages->n_pages[2], PAGES - 100);
    touch_range(rig, thread, 500, 510);
    lad_agescan_step(scan, rig->now);
    ck_assert_uint_eq(ages->touched[2], 10);
    ck_assert_uint_eq(ages->n_pages[1], 100);
    ck_assert_uint_eq(ages->n_pages[3], PAGES - 110);
    ck_assert_uint_eq(sum(ages->n_pages), PAGES);
    lad_agescan_free(scan);
    lad_ages_free(rig->kernel);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(the_oldest_age_stands_for_all_above)
{
    KernelRig *rig = kernel_rig_new(TIER, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadAgeScan *scan = scan_new(rig, 1);
    touch_range(rig, thread, 0, 10);
    for (guint i = 0; i < 300; i++)
        lad_agescan_step(scan, rig->now);
    ck_assert_uint_eq(lad_agescan_ages(scan)->n_pages[LAD_AGES - 1], 10);
    lad_agescan_free(scan);
    lad_ages_free(rig->kernel);
    kernel_rig_free(rig);
}
END_TEST

/* A scan clears accessed bits, and so does reclaim; each must still learn of the touch. */
START_TEST(scans_and_reclaim_do_not_take_touches_from_each_other)
{
    KernelRig *rig = kernel_rig_new(TIER, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadAgeScan *scan = scan_new(rig, 1);
    touch_range(rig, thread, 0, 2);
    LadPage page = kernel_rig_page(rig, thread, address_of(0));
    LadPage other = kernel_rig_page(rig, thread, address_of(1));
    lad_agescan_step(scan, rig->now);
    ck_assert(lad_page_test_clear_accessed(rig->kernel, page)); /* young */
    ck_assert(!lad_page_test_clear_accessed(rig->kernel, page));
    lad_agescan_step(scan, rig->now);
    touch_range(rig, thread, 0, 2);
    ck_assert(lad_page_test_clear_accessed(rig->kernel, page));
    lad_agescan_step(scan, rig->now);
    ck_assert_uint_eq(rig->kernel->ages[page].age, 0); /* used, says reclaim */
    ck_assert_uint_eq(rig->kernel->ages[other].age, 0);
    lad_agescan_step(scan, rig->now);
    ck_assert_uint_eq(rig->kernel->ages[page].age, 1);
    ck_assert(!lad_page_test_clear_accessed(rig->kernel, page));
    ck_assert(lad_page_test_clear_accessed(rig->kernel, other));
    lad_agescan_free(scan);
    lad_ages_free(rig->kernel);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(slices_cover_every_page_once_per_scan)
{
    KernelRig *rig = kernel_rig_new(TIER, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadAgeScan *scan = scan_new(rig, 3);
    const LadAges *ages = lad_agescan_ages(scan);
    touch_range(rig, thread, 0, PAGES);
    for (guint i = 0; i < 3; i++) {
        ck_assert_uint_lt(sum(ages->n_pages), PAGES);
        lad_agescan_step(scan, rig->now);
    }
    ck_assert_uint_eq(ages->n_pages[0], PAGES);
    for (guint i = 0; i < 6; i++)
        lad_agescan_step(scan, rig->now);
    ck_assert_uint_eq(ages->n_pages[2], PAGES);
    ck_assert_uint_eq(ages->n_scanned, 9);
    lad_agescan_free(scan);
    lad_ages_free(rig->kernel);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(pages_of_an_age_are_found_and_no_others)
{
    KernelRig *rig = kernel_rig_new(TIER, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadAgeScan *scan = scan_new(rig, 1);
    touch_range(rig, thread, 0, PAGES);
    lad_agescan_step(scan, rig->now);
    lad_agescan_step(scan, rig->now);
    touch_range(rig, thread, 0, 700);
    lad_agescan_step(scan, rig->now);
    touch_range(rig, thread, 1490, PAGES); /* not known to be old any more */
    guint n = 0;
    for (LadPage page = lad_agescan_next(scan, LAD_PAGE_NONE, 2); page != LAD_PAGE_NONE;
         page = lad_agescan_next(scan, page, 2), n++)
        ck_assert_uint_eq(rig->kernel->ages[page].age, 2);
    ck_assert_uint_eq(n, 1490 - 700);
    lad_agescan_free(scan);
    lad_ages_free(rig->kernel);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(an_unmapped_page_is_forgotten_and_its_number_begins_anew)
{
    KernelRig *rig = kernel_rig_new(TIER, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadAgeScan *scan = scan_new(rig, 1);
    const LadAges *ages = lad_agescan_ages(scan);
    touch_range(rig, thread, 0, 20);
    for (guint i = 0; i < 5; i++)
        lad_agescan_step(scan, rig->now);
    lad_kernel_unmap(rig->kernel, thread->process, address_of(0), 10 << LAD_PAGE_SHIFT, rig->now);
    touch_range(rig, thread, 0, 5);
    guint64 before = ages->touched[4];
    lad_agescan_step(scan, rig->now);
    ck_assert_uint_eq(sum(ages->n_pages), 15);
    ck_assert_uint_eq(ages->n_pages[0], 5);
    ck_assert_uint_eq(ages->touched[4], before);
    lad_agescan_free(scan);
    lad_ages_free(rig->kernel);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(a_group_that_is_not_there_has_no_controller)
{
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(kernel_rig_try(TIER "[offload.web]\nmodel=none\n", NULL, &error));
    lad_assert_error(error, "[cgroup.web]");
}
END_TEST

START_TEST(an_unknown_controller_is_refused_with_the_nearest)
{
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(kernel_rig_try(TIER "[offload]\nmodel=senpay\n", NULL, &error));
    lad_assert_error(error, "did you mean `senpai`");
}
END_TEST

/* Kernel time, not simulated time: at a time scale of 0.01 a controller of 60 s looks every 0.6 s.
 */
START_TEST(controllers_tick_in_kernel_time_and_log_each_period)
{
    KernelRig *rig = kernel_rig_new(
        TIER "[offload]\nmodel=none\ninterval=60 s\nstart=30 s\n[kernel]\ntime-scale=0.01\n", NULL);
    LadThread *thread = kernel_rig_thread(rig);
    touch_range(rig, thread, 0, PAGES);
    kernel_rig_idle(rig, NULL, 2200 * LAD_MS);
    const LadLog *log = g_ptr_array_index(rig->cluster->logs, 0);
    ck_assert_str_eq(log->part, "offload_host");
    ck_assert_uint_eq(log->times->len, 4);
    for (guint i = 0; i < 4; i++)
        ck_assert_uint_eq(g_array_index(log->times, LadTime, i), (300 + 600 * i) * LAD_MS);
    kernel_rig_free(rig);
}
END_TEST

#define ZSWAP                                                                                      \
    "[tier.zswap]\nmodel=zswap\ncompressor=lzo\nallocator=zsmalloc\n"                              \
    "distribution=fixed\nratio=4\nmax-pool-percent=100\nexclusive=true\n"

static void
assert_conserved(KernelRig *rig)
{
    g_autofree char *what = lad_kernel_conserve(rig->kernel);
    ck_assert_msg(what == NULL, "%s", what);
}

static guint
n_out(const KernelRig *rig, LadThread *thread, guint from, guint to)
{
    guint n = 0;
    for (guint i = from; i < to; i++) {
        LadPage page = kernel_rig_page((KernelRig *)rig, thread, address_of(i));
        n += (rig->kernel->swaps[page].flags & LAD_SWAP_OUT) != 0;
    }
    return n;
}

START_TEST(named_pages_leave_memory_whatever_the_lists_say)
{
    KernelRig *rig = kernel_rig_new(TIER ZSWAP, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadPage pages[10];
    LadTime cost = 0;
    touch_range(rig, thread, 0, 100);
    for (guint i = 0; i < 10; i++)
        pages[i] = kernel_rig_page(rig, thread, address_of(i));
    ck_assert_uint_eq(lad_reclaim_pages(rig->kernel, pages, 10, rig->now, &cost), 10);
    ck_assert_uint_gt(cost, 0);
    ck_assert_uint_eq(n_out(rig, thread, 0, 100), 10);
    ck_assert_uint_eq(n_out(rig, thread, 0, 10), 10);
    assert_conserved(rig);
    /* They are out: naming them again does nothing. */
    ck_assert_uint_eq(lad_reclaim_pages(rig->kernel, pages, 10, rig->now, &cost), 0);
    touch_range(rig, thread, 0, 10);
    ck_assert_uint_eq(n_out(rig, thread, 0, 10), 0);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGMAJFAULT), 10);
    assert_conserved(rig);
    kernel_rig_free(rig);
}
END_TEST

/* Pages untouched for two scans go at the tick of the second; those touched meanwhile stay. */
START_TEST(static_age_gives_up_what_is_old_and_nothing_else)
{
    KernelRig *rig = kernel_rig_new(
        TIER ZSWAP "[offload]\nmodel=static-age\nage=240 s\nscan-period=120 s\n", NULL);
    LadThread *thread = kernel_rig_thread(rig);
    touch_range(rig, thread, 0, PAGES);
    kernel_rig_idle(rig, NULL, 250 * LAD_S);
    ck_assert_uint_eq(n_out(rig, thread, 0, PAGES), 0);
    touch_range(rig, thread, 0, 300);
    kernel_rig_idle(rig, NULL, 361 * LAD_S);
    ck_assert_uint_eq(n_out(rig, thread, 0, 300), 0);
    ck_assert_uint_eq(n_out(rig, thread, 300, PAGES), PAGES - 300);
    assert_conserved(rig);
    touch_range(rig, thread, 0, PAGES);
    ck_assert_uint_eq(n_out(rig, thread, 0, PAGES), 0);
    assert_conserved(rig);
    kernel_rig_free(rig);
}
END_TEST

KERNEL_SUITE("agescan", named_pages_leave_memory_whatever_the_lists_say,
             static_age_gives_up_what_is_old_and_nothing_else,
             pages_grow_older_by_scans_and_are_young_again_when_touched,
             the_oldest_age_stands_for_all_above,
             scans_and_reclaim_do_not_take_touches_from_each_other,
             slices_cover_every_page_once_per_scan, pages_of_an_age_are_found_and_no_others,
             an_unmapped_page_is_forgotten_and_its_number_begins_anew,
             a_group_that_is_not_there_has_no_controller,
             an_unknown_controller_is_refused_with_the_nearest,
             controllers_tick_in_kernel_time_and_log_each_period)
