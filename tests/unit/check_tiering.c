/* check_tiering.c - placement policies: interleave's shares, TPP's rules one by one and together.
 */
#include "config.h"
#include "sim/kernel/swap.h"
#include "tests/unit/kernel_rig.h"

#define BASE G_GUINT64_CONSTANT(0x100000000)
#define TIERS(near, far)                                                                           \
    "[tier.near]\nsize=" near "\nlatency=90 ns\nbandwidth=38 GB/s\n"                               \
    "[tier.far]\nsize=" far "\nlatency=200 ns\nbandwidth=20 GB/s\n"
/* Kernel time runs a hundred times faster, so that tests stay short. */
#define TPP  "[placement]\nmodel=tpp\n"
#define FAST "[kernel]\ntime-scale=0.01\n"

static void
touch(KernelRig *rig, LadThread *thread, guint64 i)
{
    ck_assert(kernel_rig_touch(rig, thread, BASE + (i << 12), LAD_ACCESS_READ));
}

/* Uniform touches among [first, first + n), `count` of them, one per 2 us. */
static void
churn(KernelRig *rig, LadThread *thread, LadRandom *random, guint64 first, guint64 n, guint64 count)
{
    rig->compute = 2 * LAD_US;
    for (guint64 i = 0; i < count; i++)
        touch(rig, thread, first + lad_random_below(random, n));
}

/* 90 % of touches among `hot` pages from `first` on, the rest over all `n`; returns the share of
 * touches that the near tier served. */
static double
hotset(KernelRig *rig, LadThread *thread, LadRandom *random, guint64 first, guint64 hot, guint64 n,
       guint64 count)
{
    guint64 near = rig->tier_touches[0], far = rig->tier_touches[1];
    rig->compute = 2 * LAD_US;
    for (guint64 i = 0; i < count; i++) {
        gboolean is_hot = lad_random_below(random, 10) < 9;
        touch(rig, thread,
              is_hot ? first + lad_random_below(random, hot) : lad_random_below(random, n));
    }
    near = rig->tier_touches[0] - near;
    far = rig->tier_touches[1] - far;
    return (double)near / (double)(near + far);
}

START_TEST(interleave_spreads_pages_by_weight)
{
    KernelRig *rig = kernel_rig_new(TIERS("64 MiB", "64 MiB") "[placement]\nmodel=interleave\n"
                                                              "weights=3, 1\n",
                                    NULL);
    LadThread *thread = kernel_rig_thread(rig);
    guint n[2] = {0, 0};
    for (guint64 i = 0; i < 4000; i++) {
        touch(rig, thread, i);
        n[kernel_rig_tier(rig, thread, BASE + (i << 12))]++;
    }
    ck_assert_uint_eq(n[0], 3000);
    ck_assert_uint_eq(n[1], 1000);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(interleave_refuses_weights_that_make_no_sense)
{
    static const char *const wrong[] = {"0, 0", "1, 2, 3", "one"};
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *text = g_strdup_printf(
            TIERS("64 MiB", "64 MiB") "[placement]\nmodel=interleave\nweights=%s\n", wrong[i]);
        g_autoptr(GError) error = NULL;
        ck_assert_ptr_null(kernel_rig_try(text, NULL, &error));
        lad_assert_error(error, "[placement] weights");
    }
}
END_TEST

START_TEST(first_touch_never_moves_a_page)
{
    KernelRig *rig = kernel_rig_new(TIERS("4 MiB", "32 MiB") FAST, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadRandom random;
    lad_random_init(&random, 1, "test");
    churn(rig, thread, &random, 0, 4000, 50000);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGMIGRATE_SUCCESS), 0);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_NUMA_HINT_FAULTS), 0);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_NUMA_PTE_UPDATES), 0);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(scanner_waits_then_marks_far_pages_only_and_a_budget_at_a_time)
{
    KernelRig *rig =
        kernel_rig_new(TIERS("8 MiB", "64 MiB") "[placement]\nmodel=tpp\n"
                                                "[kernel]\nscan-size=4 MiB\n"
                                                "scan-delay=100 ms\nscan-period-min=50 ms\n",
                       NULL);
    LadThread *thread = kernel_rig_thread(rig);
    for (guint64 i = 0; i < 4000; i++)
        touch(rig, thread, i);
    kernel_rig_idle(rig, NULL, 90 * LAD_MS); /* kswapd settles */
    rig->next_tick = rig->now + lad_kernel_jiffy(rig->kernel);
    LadTime start = rig->now;
    lad_space(thread->process)->next_scan = 0; /* as if it ran for the first time */
    kernel_rig_idle(rig, thread, start + 100 * LAD_MS);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_NUMA_PTE_UPDATES), 0);
    kernel_rig_idle(rig, thread, start + 112 * LAD_MS);
    /* 4 MiB of address space hold 1024 pages; those marked by their demotion count apart. */
    ck_assert_uint_le(kernel_rig_vm(rig, LAD_VM_NUMA_PTE_UPDATES), 1024);
    for (guint round = 0; round < 4; round++)
        kernel_rig_idle(rig, thread, rig->now + 50 * LAD_MS);
    guint64 n_marked = 0, n_far = 0;
    for (guint64 i = 0; i < 4000; i++) {
        LadPageWord word =
            lad_page_word(rig->kernel, kernel_rig_page(rig, thread, BASE + (i << 12)));
        n_marked += (word & LAD_PAGE_HINT) != 0;
        n_far += lad_page_tier(word) == 1;
        ck_assert(!(word & LAD_PAGE_HINT) || lad_page_tier(word) == 1);
    }
    ck_assert_uint_eq(n_marked, n_far);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_NUMA_PTE_UPDATES) +
                          kernel_rig_vm(rig, LAD_VM_PGDEMOTE_KSWAPD),
                      n_far);
    ck_assert_uint_gt(rig->n_flushes, 0);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(scanning_costs_per_page_and_only_when_someone_marks)
{
    KernelRig *rig = kernel_rig_new(TIERS("8 MiB", "64 MiB") TPP
                                    "[kernel]\npte-mark-cost=1 us\npte-skip-cost=10 ns\n"
                                    "shootdown-cost=100 us\n",
                                    NULL);
    LadThread *thread = kernel_rig_thread(rig);
    touch(rig, thread, 0);
    for (guint64 i = 1; i < 101; i++) {
        touch(rig, thread, i);
        lad_migrate(rig->kernel, kernel_rig_page(rig, thread, BASE + (i << 12)), 1, 0, rig->now);
    }
    /* The first check only sets the time of the first scan. */
    ck_assert_uint_eq(lad_kernel_tick(rig->kernel, thread, 0, rig->now + 2 * LAD_S), 0);
    LadTime cost = lad_kernel_tick(rig->kernel, thread, 0, rig->now + 4 * LAD_S);
    ck_assert_uint_eq(cost, 100 * LAD_US + 100 * LAD_US + 10 * LAD_NS);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(promotion_needs_spaced_hint_faults)
{
    KernelRig *rig = kernel_rig_new(TIERS("8 MiB", "64 MiB") TPP, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    touch(rig, thread, 0);
    LadPage page = kernel_rig_page(rig, thread, BASE);
    ck_assert(lad_migrate(rig->kernel, page, 1, 0, rig->now));
    /* First fault: referenced. Second: active. Third: promoted. Touches without a mark do nothing.
     */
    static const guint tier_after[] = {1, 1, 0};
    for (guint i = 0; i < 3; i++) {
        lad_hintscan_mark(rig->kernel, page, rig->now);
        touch(rig, thread, 0);
        for (guint j = 0; j < 10; j++)
            touch(rig, thread, 0);
        ck_assert_uint_eq(kernel_rig_tier(rig, thread, BASE), tier_after[i]);
    }
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_NUMA_HINT_FAULTS), 3);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGPROMOTE_CANDIDATE), 1);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGPROMOTE_SUCCESS), 1);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGPROMOTE_ANON), 1);
    ck_assert(lad_page_is_active(rig->kernel, page));
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

static void
map(KernelRig *rig, LadThread *thread, guint64 first, guint64 n, guint32 flags, const char *file)
{
    LadRecord record = {.kind = LAD_RECORD_MAP,
                        .flags = LAD_MAP_READ | flags,
                        .address = BASE + (first << 12),
                        .size = n << 12,
                        .text = file};
    lad_kernel_map(rig->kernel, thread->process, &record, rig->now);
}

static guint
n_near(KernelRig *rig, LadThread *thread, guint64 first, guint64 n)
{
    guint near = 0;
    for (guint64 i = first; i < first + n; i++)
        near += kernel_rig_tier(rig, thread, BASE + (i << 12)) == 0;
    return near;
}

START_TEST(memory_of_the_kernel_is_never_marked_or_moved)
{
    KernelRig *rig = kernel_rig_new(TIERS("8 MiB", "64 MiB") TPP FAST, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadRandom random;
    lad_random_init(&random, 1, "test");
    map(rig, thread, 0, 512, LAD_MAP_WRITE | LAD_MAP_ANONYMOUS | LAD_MAP_KERNEL, "");
    for (guint64 i = 0; i < 512; i++)
        touch(rig, thread, i);
    ck_assert_uint_eq(n_near(rig, thread, 0, 512), 512);
    /* The rest overflows near by far, and the 512 pages are not touched again. */
    churn(rig, thread, &random, 512, 6000, 200000);
    ck_assert_uint_gt(kernel_rig_vm(rig, LAD_VM_PGDEMOTE_KSWAPD), 1000);
    ck_assert_uint_eq(n_near(rig, thread, 0, 512), 512);
    LadPage page = kernel_rig_page(rig, thread, BASE);
    ck_assert(!lad_migrate(rig->kernel, page, 1, 0, rig->now));
    ck_assert(!(lad_page_word(rig->kernel, page) & (LAD_PAGE_LRU | LAD_PAGE_HINT)));
    kernel_rig_check(rig);
    g_autofree char *bad = lad_kernel_conserve(rig->kernel);
    ck_assert_msg(!bad, "%s", bad);
    /* It goes when it is unmapped. */
    lad_kernel_unmap(rig->kernel, thread->process, BASE, 512 << 12, rig->now);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(hint_faults_do_not_find_page_cache_or_files_that_are_only_read)
{
    static const struct {
        guint32 flags;
        gboolean found;
    } kinds[] = {{LAD_MAP_WRITE | LAD_MAP_SHARED, TRUE},
                 {LAD_MAP_WRITE | LAD_MAP_SHARED | LAD_MAP_KERNEL, FALSE},
                 {LAD_MAP_EXEC, FALSE}};
    for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
        KernelRig *rig =
            kernel_rig_new(TIERS("16 MiB", "64 MiB") TPP "page-type-aware=true\n" FAST, NULL);
        LadThread *thread = kernel_rig_thread(rig);
        LadRandom random;
        lad_random_init(&random, 1, "test");
        map(rig, thread, 0, 1000, kinds[k].flags, "/file");
        churn(rig, thread, &random, 0, 1000, 200000);
        guint64 faults = kernel_rig_vm(rig, LAD_VM_NUMA_HINT_FAULTS);
        ck_assert_msg((faults > 1000) == kinds[k].found && (faults == 0) != kinds[k].found,
                      "kind %u: %" G_GUINT64_FORMAT " hint faults", k, faults);
        ck_assert_uint_eq(n_near(rig, thread, 0, 1000), kinds[k].found ? 1000 : 0);
        kernel_rig_check(rig);
        kernel_rig_free(rig);
    }
}
END_TEST

START_TEST(hint_fault_costs_and_clears_its_mark)
{
    KernelRig *rig = kernel_rig_new(TIERS("8 MiB", "64 MiB") TPP, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    touch(rig, thread, 0);
    LadPage page = kernel_rig_page(rig, thread, BASE);
    ck_assert(lad_migrate(rig->kernel, page, 1, 0, rig->now));
    lad_hintscan_mark(rig->kernel, page, rig->now);
    LadFault fault = lad_kernel_fault(rig->kernel, thread, 0, BASE, LAD_ACCESS_READ, rig->now);
    ck_assert_uint_eq(fault.cost, 1915 * LAD_NS);
    ck_assert_uint_eq(fault.kernel_cost, 0);
    ck_assert(!(lad_page_word(rig->kernel, page) & LAD_PAGE_HINT));
    kernel_rig_free(rig);
}
END_TEST

START_TEST(demoted_pages_are_marked_and_counted_when_they_come_back)
{
    KernelRig *rig = kernel_rig_new(TIERS("8 MiB", "64 MiB") TPP FAST, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadRandom random;
    lad_random_init(&random, 1, "test");
    for (guint64 i = 0; i < 6000; i++)
        touch(rig, thread, i);
    churn(rig, thread, &random, 0, 6000, 100000);
    ck_assert_uint_gt(kernel_rig_vm(rig, LAD_VM_PGPROMOTE_CANDIDATE_DEMOTED), 0);
    ck_assert_uint_le(kernel_rig_vm(rig, LAD_VM_PGPROMOTE_CANDIDATE_DEMOTED),
                      kernel_rig_vm(rig, LAD_VM_PGDEMOTE_KSWAPD));
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(tpp_brings_a_hot_set_up_and_keeps_all_pages)
{
    KernelRig *rig = kernel_rig_new(TIERS("16 MiB", "64 MiB") TPP FAST, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadRandom random;
    lad_random_init(&random, 1, "test");
    /* 12,000 pages, of which a third fits; the hot 2,000 are touched last, so start far or go down.
     */
    for (guint64 i = 0; i < 12000; i++)
        touch(rig, thread, 11999 - i);
    churn(rig, thread, &random, 0, 6000, 20000);
    double before = hotset(rig, thread, &random, 9000, 2000, 12000, 5000);
    for (guint i = 0; i < 10; i++)
        hotset(rig, thread, &random, 9000, 2000, 12000, 40000);
    double after = hotset(rig, thread, &random, 9000, 2000, 12000, 40000);
    ck_assert_double_lt(before, 0.8);
    /* 0.9 for the hot set, and 0.1 x (4096 - 2000) / 10000 for what else fits; a touch that
     * promotes its page counts as near. */
    ck_assert_double_gt(after, 0.88);
    kernel_rig_check(rig);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_NR_MAPPED), 12000);
    kernel_rig_free(rig);
}
END_TEST

/* Promotions in the same run with an option of TPP set: 90 % of touches go to 2,000 pages from
 * `hot` on, the others to any of 40,000, each of which is touched once in two runs on average. */
static guint64
promotions(const char *option, guint64 hot)
{
    g_autofree char *text = g_strconcat(TIERS("16 MiB", "256 MiB") FAST TPP, option, NULL);
    KernelRig *rig = kernel_rig_new(text, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadRandom random;
    lad_random_init(&random, 1, "test");
    rig->compute = 50 * LAD_US;
    for (guint64 i = 0; i < 40000; i++)
        touch(rig, thread, (i + hot + 2000) % 40000);
    guint64 before = kernel_rig_vm(rig, LAD_VM_PGPROMOTE_SUCCESS);
    hotset(rig, thread, &random, hot, 2000, 40000, 200000);
    guint64 n = kernel_rig_vm(rig, LAD_VM_PGPROMOTE_SUCCESS) - before;
    kernel_rig_check(rig);
    kernel_rig_free(rig);
    return n;
}

START_TEST(without_decoupled_watermarks_promotions_stop)
{
    guint64 with = promotions("active-only=false\n", 20000);
    guint64 without = promotions("active-only=false\ndecouple-watermarks=false\n", 20000);
    ck_assert_uint_gt(with, 1000);
    ck_assert_uint_lt(without, with / 50);
}
END_TEST

START_TEST(without_the_active_list_filter_promotions_soar)
{
    guint64 with = promotions("", 20000), without = promotions("active-only=false\n", 20000);
    ck_assert_uint_gt(with, 0);
    ck_assert_uint_ge(without, 10 * with);
}
END_TEST

/* Where a page of each kind starts: anonymous, of a file, of shared memory. */
static void
starts(const char *option, guint tiers[3])
{
    g_autofree char *text = g_strconcat(TIERS("16 MiB", "64 MiB") TPP, option, NULL);
    KernelRig *rig = kernel_rig_new(text, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    static const guint32 flags[] = {LAD_MAP_ANONYMOUS, 0, LAD_MAP_ANONYMOUS | LAD_MAP_SHARED};
    for (guint i = 0; i < 3; i++) {
        LadRecord record = {.kind = LAD_RECORD_MAP,
                            .flags = LAD_MAP_READ | LAD_MAP_WRITE | flags[i],
                            .address = BASE + ((guint64)i << 20),
                            .size = 1 << 20,
                            .text = i == 1 ? "/some/file" : ""};
        lad_kernel_map(rig->kernel, thread->process, &record, 0);
        ck_assert(kernel_rig_touch(rig, thread, record.address, LAD_ACCESS_READ));
        tiers[i] = kernel_rig_tier(rig, thread, record.address);
    }
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}

START_TEST(allocation_by_page_type_starts_files_and_shared_memory_one_tier_down)
{
    guint tiers[3];
    starts("page-type-aware=true\n", tiers);
    ck_assert_uint_eq(tiers[0], 0);
    ck_assert_uint_eq(tiers[1], 1);
    ck_assert_uint_eq(tiers[2], 1);
    starts("", tiers);
    for (guint i = 0; i < 3; i++)
        ck_assert_uint_eq(tiers[i], 0);
}
END_TEST

START_TEST(a_lower_floor_lets_promotions_use_the_reserve)
{
    for (guint low = 0; low < 2; low++) {
        KernelRig *rig = kernel_rig_new(
            low ? TIERS("16 MiB", "64 MiB") TPP "active-only=false\ndecouple-watermarks=false\n"
                                                "promotion-floor=min\n"
                : TIERS("16 MiB", "64 MiB") TPP "active-only=false\ndecouple-watermarks=false\n",
            NULL);
        LadThread *thread = kernel_rig_thread(rig);
        /* The near tier is left at its low watermark. */
        guint64 n = 0;
        do
            touch(rig, thread, n);
        while (kernel_rig_tier(rig, thread, BASE + (n++ << 12)) == 0);
        lad_hintscan_mark(rig->kernel, kernel_rig_page(rig, thread, BASE + ((n - 1) << 12)),
                          rig->now);
        touch(rig, thread, n - 1);
        ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGPROMOTE_SUCCESS), low);
        kernel_rig_free(rig);
    }
}
END_TEST

START_TEST(huge_pages_are_promoted_whole)
{
    KernelRig *rig = kernel_rig_new(
        TIERS("16 MiB", "64 MiB") TPP "[kernel]\ntime-scale=0.01\nhuge-pages=always\n", NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadRandom random;
    lad_random_init(&random, 1, "test");
    /* 16 huge pages, of which 7 fit; the last 2 are hot and start far. */
    for (guint64 i = 0; i < 16; i++)
        touch(rig, thread, i * 512);
    ck_assert_uint_eq(kernel_rig_tier(rig, thread, BASE + (15 * 512 << 12)), 1);
    rig->compute = 2 * LAD_US;
    for (guint i = 0; i < 100000; i++)
        touch(rig, thread, 14 * 512 + lad_random_below(&random, 1024));
    for (guint64 i = 14 * 512; i < 16 * 512; i++)
        ck_assert_uint_eq(kernel_rig_tier(rig, thread, BASE + (i << 12)), 0);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGPROMOTE_SUCCESS), 1024);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_THP_SPLIT_PAGE), 0);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(time_scale_multiplies_durations_and_nothing_else)
{
    KernelRig *rig = kernel_rig_new(TIERS("8 MiB", "64 MiB") FAST, NULL);
    KernelRig *real = kernel_rig_new(TIERS("8 MiB", "64 MiB"), NULL);
    ck_assert_uint_eq(lad_kernel_jiffy(real->kernel), 4 * LAD_MS);
    ck_assert_uint_eq(lad_kernel_jiffy(rig->kernel), 40 * LAD_US);
    ck_assert_uint_eq(lad_kernel_scaled(rig->kernel, LAD_S), 10 * LAD_MS);
    for (guint mark = 0; mark < LAD_N_WMARKS; mark++)
        ck_assert_uint_eq(lad_frames_watermark(rig->kernel, 0, mark),
                          lad_frames_watermark(real->kernel, 0, mark));
    ck_assert_uint_eq(rig->kernel->params.hint_fault_cost, real->kernel->params.hint_fault_cost);
    kernel_rig_free(rig);
    kernel_rig_free(real);
}
END_TEST

#define FREE_OF_COST                                                                               \
    "fault-cost=0 s\nhint-fault-cost=0 s\nfailed-candidate-cost=0 s\npromotion-cost=0 s\n"         \
    "demotion-cost=0 s\nreclaim-scan-cost=0 s\ndeactivate-cost=0 s\npte-mark-cost=0 s\n"           \
    "pte-skip-cost=0 s\nshootdown-cost=0 s\npriority-step-cost=0 s\nkswapd-wake-cost=0 s\n"        \
    "zero-pages=false\n"
#define QUICK_TIERS(latency)                                                                       \
    "[tier.near]\nsize=8 MiB\nlatency=" latency "\nbandwidth=100000 GB/s\n"                        \
    "[tier.far]\nsize=32 MiB\nlatency=" latency "\nbandwidth=100000 GB/s\n"
/* A rate limit and windows that matter within the seconds that the test takes. */
#define TIERING                                                                                    \
    "[placement]\nmodel=linux-tiering\nhot-threshold=300 ms\npromote-rate-limit=2 MiB\n"           \
    "[kernel]\nscan-delay=100 ms\nscan-period-min=200 ms\nscan-period-max=2 s\nscan-size=4 MiB\n"

/* A hot set in the far tier, with a touch per `compute`. */
static KernelRig *
promote_some(const char *text, LadTime compute)
{
    KernelRig *rig = kernel_rig_new(text, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadRandom random;
    lad_random_init(&random, 1, "test");
    for (guint64 i = 0; i < 6000; i++)
        touch(rig, thread, i);
    rig->compute = compute;
    for (guint i = 0; i < 300000; i++)
        touch(rig, thread,
              lad_random_below(&random, 10) < 9 ? 5000 + lad_random_below(&random, 1000)
                                                : lad_random_below(&random, 6000));
    return rig;
}

START_TEST(a_program_and_a_kernel_equally_faster_do_the_same)
{
    KernelRig *real = promote_some(QUICK_TIERS("1 ns") TIERING FREE_OF_COST, 20 * LAD_US - LAD_NS);
    KernelRig *fast = promote_some(QUICK_TIERS("0.01 ns") TIERING FREE_OF_COST "time-scale=0.01\n",
                                   200 * LAD_NS - 10);
    static const LadVmCounter same[] = {LAD_VM_PGFAULT,           LAD_VM_NUMA_PTE_UPDATES,
                                        LAD_VM_NUMA_HINT_FAULTS,  LAD_VM_PGPROMOTE_CANDIDATE,
                                        LAD_VM_PGPROMOTE_SUCCESS, LAD_VM_PGDEMOTE_KSWAPD};
    for (guint i = 0; i < G_N_ELEMENTS(same); i++) {
        double a = (double)kernel_rig_vm(real, same[i]), b = (double)kernel_rig_vm(fast, same[i]);
        ck_assert_double_gt(a, 100);
        ck_assert_double_eq_tol(a, b, 0.02 * a);
    }
    kernel_rig_free(real);
    kernel_rig_free(fast);
}
END_TEST

START_TEST(work_of_the_kernel_costs_the_same_under_any_time_scale)
{
    KernelRig *real = promote_some(QUICK_TIERS("1 ns") TIERING, 20 * LAD_US);
    KernelRig *fast = promote_some(QUICK_TIERS("1 ns") TIERING "time-scale=0.1\n", 2 * LAD_US);
    KernelRig *rigs[] = {real, fast};
    double per_fault[2], per_mark[2];
    for (guint i = 0; i < 2; i++) {
        guint64 faults = kernel_rig_vm(rigs[i], LAD_VM_NUMA_HINT_FAULTS);
        ck_assert_uint_gt(faults, 1000);
        per_fault[i] = (double)(kernel_rig_vm(rigs[i], LAD_VM_FAULT_PS) -
                                6000 * rigs[i]->kernel->params.fault_cost) /
                       (double)faults;
        per_mark[i] = (double)kernel_rig_vm(rigs[i], LAD_VM_SCAN_PS) /
                      (double)kernel_rig_vm(rigs[i], LAD_VM_NUMA_PTE_UPDATES);
    }
    ck_assert_double_eq_tol(per_fault[0], per_fault[1], 0.2 * per_fault[0]);
    ck_assert_double_eq_tol(per_mark[0], per_mark[1], 0.2 * per_mark[0]);
    ck_assert_uint_eq(real->host.tiers[0]->idle_read_ps, fast->host.tiers[0]->idle_read_ps);
    ck_assert_uint_eq(lad_frames_total(real->kernel, 0), lad_frames_total(fast->kernel, 0));
    ck_assert_uint_eq(real->kernel->params.scan_size, fast->kernel->params.scan_size);
    kernel_rig_free(real);
    kernel_rig_free(fast);
}
END_TEST

START_TEST(a_fastest_tier_smaller_than_the_page_tables_is_refused)
{
    /* A page per 2 MiB needs a leaf table each. */
    KernelRig *rig = kernel_rig_new(TIERS("256 KiB", "64 MiB") "[kernel]\nmin-free=4 KiB\n", NULL);
    LadThread *thread = kernel_rig_thread(rig);
    guint64 n = 0;
    while (n < 1000 && kernel_rig_touch(rig, thread, BASE + (n << 21), LAD_ACCESS_READ))
        n++;
    /* 64 frames, less the reserve and three upper tables. */
    ck_assert_uint_ge(n, 58);
    ck_assert_uint_le(n, 61);
    lad_assert_error(rig->host.error, "[tier.near] size = 256 KiB: page tables alone need");
    kernel_rig_free(rig);
}
END_TEST

START_TEST(tiers_of_another_page_size_are_refused)
{
    static const char *const wrong[][2] = {
        {TIERS("8 MiB", "64 MiB") "page-size=2 MiB\n", "those of [tier.near] have 4 KiB"},
        {TIERS("8 MiB", "64 MiB") "[tier.near]\npage-size=64 KiB\n", "[tier.near] page-size"}};
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        ck_assert_ptr_null(kernel_rig_try(wrong[i][0], NULL, &error));
        lad_assert_error(error, wrong[i][1]);
        lad_assert_error(error, "expected 4 KiB for every tier");
    }
}
END_TEST

START_TEST(same_seed_same_counters)
{
    guint64 vm[2][LAD_VM_N_COUNTERS];
    for (guint run = 0; run < 2; run++) {
        KernelRig *rig = kernel_rig_new(
            TIERS("8 MiB", "64 MiB") TPP "[kernel]\ntime-scale=0.01\npage-number=random\n", NULL);
        LadThread *thread = kernel_rig_thread(rig);
        LadRandom random;
        lad_random_init(&random, 7, "test");
        churn(rig, thread, &random, 0, 5000, 100000);
        memcpy(vm[run], rig->kernel->vm, sizeof vm[run]);
        kernel_rig_free(rig);
    }
    ck_assert_mem_eq(vm[0], vm[1], sizeof vm[0]);
}
END_TEST

KERNEL_SUITE("tiering", interleave_spreads_pages_by_weight,
             interleave_refuses_weights_that_make_no_sense, first_touch_never_moves_a_page,
             scanner_waits_then_marks_far_pages_only_and_a_budget_at_a_time,
             scanning_costs_per_page_and_only_when_someone_marks,
             promotion_needs_spaced_hint_faults, memory_of_the_kernel_is_never_marked_or_moved,
             hint_faults_do_not_find_page_cache_or_files_that_are_only_read,
             hint_fault_costs_and_clears_its_mark,
             demoted_pages_are_marked_and_counted_when_they_come_back,
             tpp_brings_a_hot_set_up_and_keeps_all_pages,
             without_decoupled_watermarks_promotions_stop,
             without_the_active_list_filter_promotions_soar,
             allocation_by_page_type_starts_files_and_shared_memory_one_tier_down,
             a_lower_floor_lets_promotions_use_the_reserve, huge_pages_are_promoted_whole,
             time_scale_multiplies_durations_and_nothing_else,
             a_program_and_a_kernel_equally_faster_do_the_same,
             work_of_the_kernel_costs_the_same_under_any_time_scale,
             a_fastest_tier_smaller_than_the_page_tables_is_refused,
             tiers_of_another_page_size_are_refused, same_seed_same_counters)
