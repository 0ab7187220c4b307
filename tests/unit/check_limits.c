/* check_limits.c - memory.min, low and high of nested groups; the report of one out of memory. */
#include "config.h"
#include "sim/kernel/limits.h"
#include "sim/kernel/oom.h"
#include "sim/kernel/swap.h"
#include "tests/unit/kernel_rig.h"

#define NEAR "[tier.near]\nmodel=fixed\nsize=512 MiB\nlatency=90 ns\nbandwidth=64 GB/s\n"
/* The tree of the kernel's own test of memory.min
 * (tools/testing/selftests/cgroup/test_memcontrol.c). */
#define TREE(kind)                                                                                 \
    NEAR "[cgroup.a]\n" kind "=50 MiB\n[cgroup.b]\nparent=a\n" kind "=50 MiB\n"                    \
         "[cgroup.c]\nparent=b\n" kind "=75 MiB\n[cgroup.d]\nparent=b\n" kind "=25 MiB\n"          \
         "[cgroup.e]\nparent=b\n[cgroup.f]\nparent=b\n" kind "=500 MiB\n"

enum { A = 1, B, C, D, E, F };
#define MIB_PAGES 256

static KernelRig *
tree(const char *text)
{
    KernelRig *rig = kernel_rig_new(text, NULL);
    lad_cgroup_charge_force(rig->kernel, C, 50 * MIB_PAGES);
    lad_cgroup_charge_force(rig->kernel, D, 50 * MIB_PAGES);
    lad_cgroup_charge_force(rig->kernel, E, 50 * MIB_PAGES);
    return rig;
}

START_TEST(min_is_shared_out_by_what_children_claim_and_use)
{
    KernelRig *rig = tree(TREE("min"));
    LadScan scan = {0};
    LadProtection of[F + 1];
    for (guint i = A; i <= F; i++)
        of[i] = lad_limits_protection(rig->kernel, 0, i, FALSE, &scan);
    static const guint64 expected[] = {[A] = 50 * MIB_PAGES,
                                       [B] = 50 * MIB_PAGES,
                                       [C] = 50 * 50 * MIB_PAGES / 75,
                                       [D] = 25 * 50 * MIB_PAGES / 75,
                                       [E] = 0,
                                       [F] = 0};
    for (guint i = A; i <= F; i++) {
        ck_assert_uint_eq(lad_cgroup(rig->kernel, i)->effective_min, expected[i]);
        ck_assert_int_eq(of[i], LAD_PROTECTED_NOT); /* each uses more than that */
    }
    ck_assert(!scan.low_skipped);
    /* Reclaimed to what is protected, it is left alone. */
    lad_cgroup_uncharge(rig->kernel, C, 50 * MIB_PAGES);
    lad_cgroup_uncharge(rig->kernel, D, 50 * MIB_PAGES);
    lad_cgroup_uncharge(rig->kernel, E, 50 * MIB_PAGES);
    lad_cgroup_charge_force(rig->kernel, C, 20 * MIB_PAGES);
    for (guint i = A; i <= C; i++)
        of[i] = lad_limits_protection(rig->kernel, 0, i, TRUE, &scan);
    ck_assert_int_eq(of[C], LAD_PROTECTED_MIN);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(low_is_kept_in_the_first_round_and_counted_in_the_second)
{
    KernelRig *rig = tree(TREE("low"));
    LadKernel *kernel = rig->kernel;
    lad_cgroup_uncharge(kernel, D, 50 * MIB_PAGES);
    lad_cgroup_uncharge(kernel, E, 50 * MIB_PAGES);
    LadScan scan = {0};
    for (guint i = A; i <= B; i++)
        lad_limits_protection(kernel, 0, i, FALSE, &scan);
    ck_assert(scan.low_skipped);
    scan.low_skipped = FALSE;
    ck_assert_int_eq(lad_limits_protection(kernel, 0, C, FALSE, &scan), LAD_PROTECTED_LOW);
    ck_assert(scan.low_skipped);
    ck_assert_uint_eq(lad_cgroup(kernel, C)->counters[LAD_CG_EVENT_LOW], 0);
    ck_assert_int_eq(lad_limits_protection(kernel, 0, C, TRUE, &scan), LAD_PROTECTED_NOT);
    ck_assert_uint_eq(lad_cgroup(kernel, C)->counters[LAD_CG_EVENT_LOW], 1);
    ck_assert_uint_eq(scan.protection, 0);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(protection_does_not_count_for_the_group_that_is_the_target)
{
    KernelRig *rig = tree(TREE("min"));
    LadScan scan = {0};
    ck_assert_int_eq(lad_limits_protection(rig->kernel, C, C, FALSE, &scan), LAD_PROTECTED_NOT);
    ck_assert_uint_eq(scan.protection, 0);
    /* One right below the target has what it asks for. */
    lad_limits_protection(rig->kernel, B, C, FALSE, &scan);
    ck_assert_uint_eq(lad_cgroup(rig->kernel, C)->effective_min, 75 * MIB_PAGES);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(what_is_left_of_a_protection_goes_down_the_tree_if_it_is_recursive)
{
    /* The parent has 50 MiB and its children claim 25 of them: the rest goes by unprotected use. */
    static const char text[] = NEAR "[kernel]\nrecursive-protection=true\n"
                                    "[cgroup.a]\nlow=50 MiB\n[cgroup.b]\nparent=a\nlow=25 MiB\n"
                                    "[cgroup.c]\nparent=a\n";
    KernelRig *rig = kernel_rig_new(text, NULL);
    lad_cgroup_charge_force(rig->kernel, 2, 50 * MIB_PAGES);
    lad_cgroup_charge_force(rig->kernel, 3, 75 * MIB_PAGES);
    LadScan scan = {0};
    for (guint i = 1; i <= 3; i++)
        lad_limits_protection(rig->kernel, 0, i, FALSE, &scan);
    ck_assert_uint_eq(lad_cgroup(rig->kernel, 2)->effective_low, (25 * 4 + 25) * MIB_PAGES / 4);
    ck_assert_uint_eq(lad_cgroup(rig->kernel, 3)->effective_low, 75 * MIB_PAGES / 4);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(a_pass_reaches_the_unprotected_part_of_a_list)
{
    LadScan scan = {.protection = 500, .group_size = 999};
    ck_assert_uint_eq(lad_scan_reach(&scan, 800), 400);
    scan.protection = 999;
    ck_assert_uint_eq(lad_scan_reach(&scan, 800), LAD_SCAN_BATCH);
    scan.protection = 0;
    ck_assert_uint_eq(lad_scan_reach(&scan, 800), 800);
}
END_TEST

START_TEST(penalties_grow_with_the_square_of_the_overage)
{
    /* The kernel's own example values (comment above calculate_high_delay, HZ = 100): at an overage
     * of x, x^2 * 2^6 jiffies at HZ = 1 per batch of 64 pages: 2^20 * 2^20 * hz >> 34. */
    ck_assert_uint_eq(lad_limits_penalty(1000, 1000, 64, 250), 0);
    ck_assert_uint_eq(lad_limits_penalty(1100, 1000, 64, 250), 159); /* 0.01 * 64 * 250 */
    ck_assert_uint_eq(lad_limits_penalty(1100, 1000, 32, 250), 79);
    ck_assert_uint_eq(lad_limits_penalty(1020, 1000, 64, 250), 6);
    ck_assert_uint_eq(lad_limits_penalty(1200, 1000, 64, 250), 500); /* at most 2 s */
    ck_assert_uint_eq(lad_limits_penalty(G_MAXUINT64 >> 20, 0, 512, 250), 500);
}
END_TEST

START_TEST(who_cannot_reclaim_is_slowed_down_above_high)
{
    /* No back end, so nothing can be reclaimed: 10 MiB at a high of 1 MiB is slow, not impossible.
     */
    KernelRig *rig = kernel_rig_new(NEAR "[cgroup.a]\nhigh=1 MiB\nbackend=none\n", NULL);
    LadThread *thread = kernel_rig_thread(rig);
    thread->process->group = 1;
    const guint64 *count = lad_cgroup(rig->kernel, 1)->counters;
    for (guint64 page = 0; page < 10 * MIB_PAGES; page++)
        ck_assert(kernel_rig_touch(rig, thread, page << LAD_PAGE_SHIFT, LAD_ACCESS_WRITE));
    ck_assert_uint_gt(count[LAD_CG_EVENT_HIGH], 0);
    /* A batch of 64 pages at a time, each beyond the first few at 2 s. */
    ck_assert_uint_ge(count[LAD_CG_EVENT_THROTTLED], 30);
    ck_assert_uint_le(count[LAD_CG_EVENT_THROTTLED], 40);
    ck_assert_uint_le(count[LAD_CG_THROTTLE_PS], rig->now);
    ck_assert_uint_ge(count[LAD_CG_THROTTLE_PS], 60 * LAD_S);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(out_of_memory_says_who_what_and_what_was_tried)
{
    KernelRig *rig = kernel_rig_new(NEAR "[cgroup.all]\nmax=4 MiB\nbackend=none\n"
                                         "[cgroup.web]\nparent=all\nlow=1 MiB\nbackend=none\n",
                                    NULL);
    LadThread *thread = kernel_rig_thread(rig);
    thread->process->group = 2;
    thread->process->origin_process = 4711;
    guint64 page = 0;
    while (page < 10 * MIB_PAGES &&
           kernel_rig_touch(rig, thread, page << LAD_PAGE_SHIFT, LAD_ACCESS_WRITE))
        page++;
    ck_assert_uint_le(page, 4 * MIB_PAGES);
    ck_assert_uint_ge(page, 4 * MIB_PAGES - 8); /* page tables are charged too */
    ck_assert_ptr_nonnull(rig->host.error);
    static const char *const expected[] = {" in [cgroup.web] at ",
                                           "[cgroup.all] has reached its max of 4096 KiB",
                                           "usage 4096 KiB, max 4096 KiB, high none",
                                           "back ends: none",
                                           "tried so far: ",
                                           "[cgroup.web]: usage 4096 KiB, max none",
                                           "process 4711 (",
                                           "expected a larger [cgroup.all] max"};
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        ck_assert_msg(strstr(rig->host.error->message, expected[i]) != NULL, "no `%s` in:\n%s",
                      expected[i], rig->host.error->message);
    ck_assert_uint_eq(lad_cgroup(rig->kernel, 1)->counters[LAD_CG_EVENT_OOM], 1);
    kernel_rig_free(rig);
}
END_TEST

#define SMALL_SSD "[tier.ssd]\nmodel=ssd\nsize=1 MiB\nread-latency=100 us\nwrite-latency=100 us\n"
#define CONSERVED(rig)                                                                             \
    do {                                                                                           \
        g_autofree char *lost = lad_kernel_conserve((rig)->kernel);                                \
        ck_assert_msg(lost == NULL, "%s", lost);                                                   \
    } while (0)

/* Touches page after page of a thread; FALSE at an error. */
static gboolean
touch_pages(KernelRig *rig, LadThread *thread, guint64 from, guint64 n)
{
    for (guint64 page = from; page < from + n && !thread->process->killed; page++)
        if (!kernel_rig_touch(rig, thread, page << LAD_PAGE_SHIFT, LAD_ACCESS_WRITE))
            return FALSE;
    return TRUE;
}

START_TEST(a_device_that_is_full_ends_the_run_and_loses_no_page)
{
    KernelRig *rig = kernel_rig_new(NEAR SMALL_SSD "[cgroup.app]\nmax=2 MiB\n", NULL);
    LadThread *thread = kernel_rig_thread(rig);
    thread->process->group = 1;
    ck_assert(touch_pages(rig, thread, 0, 2 * MIB_PAGES));
    CONSERVED(rig);
    ck_assert(!touch_pages(rig, thread, 2 * MIB_PAGES, 2 * MIB_PAGES));
    ck_assert_ptr_nonnull(strstr(rig->host.error->message, "[tier.ssd] (ssd) "));
    CONSERVED(rig);
    /* All that has been touched is in memory or on the device: up to 3 MiB of it. */
    ck_assert_uint_ge(lad_cgroup(rig->kernel, 1)->swap_usage, MIB_PAGES - 64);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(the_largest_process_is_killed_and_its_memory_is_given_back)
{
    KernelRig *rig =
        kernel_rig_new(NEAR SMALL_SSD "[kernel]\noom=kill\n[cgroup.app]\nmax=2 MiB\n", NULL);
    LadThread *large = kernel_rig_thread(rig), *small = kernel_rig_thread(rig);
    const LadCgroup *group = lad_cgroup(rig->kernel, 1);
    large->process->group = small->process->group = 1;
    ck_assert(touch_pages(rig, large, 0, 2 * MIB_PAGES));
    ck_assert(touch_pages(rig, small, 0, MIB_PAGES + MIB_PAGES / 2));
    ck_assert_ptr_null(rig->host.error);
    ck_assert(large->process->killed);
    ck_assert(!small->process->killed);
    ck_assert_uint_eq(group->counters[LAD_CG_EVENT_OOM_KILL], 1);
    ck_assert_uint_le(group->usage, MIB_PAGES + MIB_PAGES / 2 + 64 + 16);
    ck_assert_uint_eq(rig->host.notes->len, 1);
    CONSERVED(rig);
    /* Its own fault ends it, too. */
    ck_assert(touch_pages(rig, small, 0, 4 * MIB_PAGES));
    ck_assert(small->process->killed);
    ck_assert_int_eq(small->state, LAD_THREAD_DONE);
    ck_assert_ptr_null(rig->host.error);
    CONSERVED(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(protected_memory_stays_while_a_neighbour_has_something_to_give)
{
    KernelRig *rig = kernel_rig_new(
        NEAR "[tier.ssd]\nmodel=ssd\nsize=64 MiB\nread-latency=100 us\nwrite-latency=100 us\n"
             "[cgroup.all]\nmax=4 MiB\n[cgroup.kept]\nparent=all\nlow=2 MiB\n"
             "[cgroup.other]\nparent=all\n",
        NULL);
    LadThread *kept = kernel_rig_thread(rig), *other = kernel_rig_thread(rig);
    kept->process->group = 2;
    other->process->group = 3;
    ck_assert(touch_pages(rig, kept, 0, 400));
    ck_assert(touch_pages(rig, other, 0, 8 * MIB_PAGES));
    ck_assert_uint_eq(lad_cgroup(rig->kernel, 2)->counters[LAD_CG_PGSTEAL], 0);
    ck_assert_uint_gt(lad_cgroup(rig->kernel, 3)->counters[LAD_CG_PGSTEAL], 5 * MIB_PAGES);
    CONSERVED(rig);
    kernel_rig_free(rig);
}
END_TEST

KERNEL_SUITE("limits", min_is_shared_out_by_what_children_claim_and_use,
             low_is_kept_in_the_first_round_and_counted_in_the_second,
             protection_does_not_count_for_the_group_that_is_the_target,
             what_is_left_of_a_protection_goes_down_the_tree_if_it_is_recursive,
             a_pass_reaches_the_unprotected_part_of_a_list,
             penalties_grow_with_the_square_of_the_overage,
             who_cannot_reclaim_is_slowed_down_above_high,
             out_of_memory_says_who_what_and_what_was_tried,
             a_device_that_is_full_ends_the_run_and_loses_no_page,
             the_largest_process_is_killed_and_its_memory_is_given_back,
             protected_memory_stays_while_a_neighbour_has_something_to_give)
