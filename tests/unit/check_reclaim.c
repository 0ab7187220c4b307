/* check_reclaim.c - watermarks, the two lists and their second chance, kswapd's batches, moving
 * pages. */
#include "config.h"
#include "tests/unit/kernel_rig.h"

#define BASE G_GUINT64_CONSTANT(0x100000000)
#define TIERS(near, far)                                                                           \
    "[tier.near]\nsize=" near "\nlatency=90 ns\nbandwidth=38 GB/s\n"                               \
    "[tier.far]\nsize=" far "\nlatency=200 ns\nbandwidth=20 GB/s\n"

enum { INACTIVE_ANON, ACTIVE_ANON, INACTIVE_FILE, ACTIVE_FILE };

static void
touch(KernelRig *rig, LadThread *thread, guint64 i)
{
    ck_assert(kernel_rig_touch(rig, thread, BASE + (i << 12), LAD_ACCESS_READ));
}

static void
clear_accessed(KernelRig *rig, LadThread *thread, guint64 first, guint64 n)
{
    for (guint64 i = first; i < first + n; i++)
        lad_page_test_clear_accessed(rig->kernel, kernel_rig_page(rig, thread, BASE + (i << 12)));
}

/* All batches of a pass over the near tier. Victims go to `out`. */
static guint
look(KernelRig *rig, LadScan *planned, LadPage *out)
{
    LadReclaim *reclaim = &rig->kernel->reclaim;
    LadScan scan = *planned;
    guint n = 0;
    gboolean more = TRUE;
    reclaim->class->begin(reclaim, &scan);
    while (more) {
        scan.n_victims = scan.n_looked = scan.n_deactivated = 0;
        more = reclaim->class->batch(reclaim, &scan);
        for (guint i = 0; i < scan.n_victims; i++)
            out[n++] = scan.victims[i];
    }
    *planned = scan;
    return n;
}

/* A whole pass on behalf of an allocation. */
static guint
pass(KernelRig *rig, guint priority, LadPage *out)
{
    LadReclaim *reclaim = &rig->kernel->reclaim;
    LadScan scan = {.tier = 0, .priority = priority, .target = 1000000};
    guint n = look(rig, &scan, out);
    reclaim->class->end(reclaim, &scan);
    return n;
}

static void
put_back(KernelRig *rig, const LadPage *pages, guint n)
{
    for (guint i = 0; i < n; i++)
        rig->kernel->reclaim.class->add(&rig->kernel->reclaim, pages[i], LAD_ARRIVAL_RETURN);
}

START_TEST(watermarks_follow_linux_formula)
{
    /* One node of 48,838 pages with min_free_kbytes 412 (its share in the measured guest): 103, and
     * steps of 48. */
    KernelRig *rig =
        kernel_rig_new("[tier.near]\nsize=195352 KiB\nlatency=90 ns\nbandwidth=38 GB/s\n"
                       "[kernel]\nmin-free=412 KiB\n",
                       NULL);
    ck_assert_uint_eq(lad_frames_total(rig->kernel, 0), 48838);
    ck_assert_uint_eq(lad_frames_watermark(rig->kernel, 0, LAD_WMARK_MIN), 103);
    ck_assert_uint_eq(lad_frames_watermark(rig->kernel, 0, LAD_WMARK_LOW), 151);
    ck_assert_uint_eq(lad_frames_watermark(rig->kernel, 0, LAD_WMARK_HIGH), 199);
    ck_assert_uint_eq(lad_frames_watermark(rig->kernel, 0, LAD_WMARK_PROMO), 247);
    kernel_rig_free(rig);
    /* The formula: sqrt(16 x 1 GiB in kB) = 4096 kB = 1024 pages; step max(256, 262) pages. */
    rig = kernel_rig_new("[tier.near]\nsize=1 GiB\nlatency=90 ns\nbandwidth=38 GB/s\n", NULL);
    ck_assert_uint_eq(lad_frames_watermark(rig->kernel, 0, LAD_WMARK_MIN), 1024);
    ck_assert_uint_eq(lad_frames_watermark(rig->kernel, 0, LAD_WMARK_LOW), 1024 + 262);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(watermarks_are_shared_by_size_and_scaled)
{
    KernelRig *rig = kernel_rig_new(
        TIERS("256 MiB", "768 MiB") "[kernel]\nmin-free=4 MiB\nwatermark-scale-factor=100\n", NULL);
    ck_assert_uint_eq(lad_frames_watermark(rig->kernel, 0, LAD_WMARK_MIN), 256);
    ck_assert_uint_eq(lad_frames_watermark(rig->kernel, 1, LAD_WMARK_MIN), 768);
    ck_assert_uint_eq(lad_frames_watermark(rig->kernel, 0, LAD_WMARK_LOW), 256 + 655);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(allocation_leaves_the_low_watermark_and_goes_down)
{
    KernelRig *rig = kernel_rig_new(TIERS("4 MiB", "64 MiB"), NULL);
    LadThread *thread = kernel_rig_thread(rig);
    guint64 i = 0;
    do
        touch(rig, thread, i);
    while (kernel_rig_tier(rig, thread, BASE + (i++ << 12)) == 0);
    ck_assert_uint_eq(lad_frames_free(rig->kernel, 0),
                      lad_frames_watermark(rig->kernel, 0, LAD_WMARK_LOW));
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(victims_come_in_order_of_first_touch)
{
    KernelRig *rig = kernel_rig_new(TIERS("4 MiB", "64 MiB"), NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadPage victims[100];
    for (guint64 i = 0; i < 100; i++)
        touch(rig, thread, i * 3 % 100);
    clear_accessed(rig, thread, 0, 100);
    ck_assert_uint_eq(pass(rig, 0, victims), 100);
    for (guint64 i = 0; i < 100; i++)
        ck_assert_uint_eq(victims[i], kernel_rig_page(rig, thread, BASE + ((i * 3 % 100) << 12)));
    put_back(rig, victims, 100);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(accessed_page_gets_a_second_chance_then_becomes_active)
{
    KernelRig *rig = kernel_rig_new(TIERS("4 MiB", "64 MiB"), NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadPage victims[100];
    for (guint64 i = 0; i < 40; i++)
        touch(rig, thread, i);
    LadPage page = kernel_rig_page(rig, thread, BASE);
    /* New pages carry the accessed bit: the first look makes them referenced and finds no victim.
     */
    ck_assert_uint_eq(pass(rig, 0, victims), 0);
    ck_assert(lad_page_word(rig->kernel, page) & LAD_PAGE_REFERENCED);
    /* Page 0 is used again; the others are given up. */
    touch(rig, thread, 0);
    LadScan scan = {.tier = 0, .priority = 0, .target = 1000000};
    guint n = look(rig, &scan, victims);
    ck_assert_uint_eq(n, 39);
    ck_assert(lad_page_is_active(rig->kernel, page));
    ck_assert_uint_eq(lad_lru_size(rig->kernel, 0, ACTIVE_ANON), 1);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGACTIVATE), 1);
    put_back(rig, victims, n);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(without_second_chance_accessed_pages_go_too)
{
    KernelRig *rig =
        kernel_rig_new(TIERS("4 MiB", "64 MiB") "[reclaim]\nsecond-chance=false\n", NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadPage victims[100];
    for (guint64 i = 0; i < 40; i++)
        touch(rig, thread, i);
    ck_assert_uint_eq(pass(rig, 0, victims), 40);
    put_back(rig, victims, 40);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(mark_accessed_makes_referenced_then_active)
{
    KernelRig *rig = kernel_rig_new(TIERS("4 MiB", "64 MiB"), NULL);
    LadThread *thread = kernel_rig_thread(rig);
    touch(rig, thread, 0);
    LadPage page = kernel_rig_page(rig, thread, BASE);
    lad_page_mark_accessed(rig->kernel, page);
    ck_assert(!lad_page_is_active(rig->kernel, page));
    lad_page_mark_accessed(rig->kernel, page);
    ck_assert(lad_page_is_active(rig->kernel, page));
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(active_pages_are_deactivated_while_inactive_is_short)
{
    KernelRig *rig = kernel_rig_new(TIERS("4 MiB", "64 MiB"), NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadPage victims[200];
    for (guint64 i = 0; i < 100; i++) {
        touch(rig, thread, i);
        LadPage page = kernel_rig_page(rig, thread, BASE + (i << 12));
        lad_page_mark_accessed(rig->kernel, page);
        lad_page_mark_accessed(rig->kernel, page);
    }
    ck_assert_uint_eq(lad_lru_size(rig->kernel, 0, ACTIVE_ANON), 100);
    /* A gentle pass still deactivates one batch, whatever the accessed bits say. */
    ck_assert_uint_eq(pass(rig, 12, victims), 0);
    ck_assert_uint_eq(lad_lru_size(rig->kernel, 0, INACTIVE_ANON), 32);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGDEACTIVATE), 32);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(a_pass_looks_at_size_by_priority_and_swappiness)
{
    KernelRig *rig = kernel_rig_new(TIERS("16 MiB", "64 MiB"), NULL);
    LadThread *thread = kernel_rig_thread(rig);
    for (guint64 i = 0; i < 3000; i++)
        touch(rig, thread, i);
    LadReclaim *reclaim = &rig->kernel->reclaim;
    LadScan scan = {.tier = 0, .priority = 2, .target = 1};
    reclaim->class->begin(reclaim, &scan);
    ck_assert_uint_eq(scan.quota[INACTIVE_ANON], 3000 / 4 * 60 / 200);
    ck_assert_uint_eq(scan.quota[ACTIVE_ANON], 0);
    kernel_rig_free(rig);
}
END_TEST

/* 400 pages in the near tier, the last n of them on the active list. */
static LadThread *
fill_with_active(KernelRig *rig, guint64 n)
{
    LadThread *thread = kernel_rig_thread(rig);
    for (guint64 i = 0; i < 400; i++) {
        touch(rig, thread, i);
        LadPage page = kernel_rig_page(rig, thread, BASE + (i << 12));
        for (guint use = 0; use < 2 && i >= 400 - n; use++)
            lad_page_mark_accessed(rig->kernel, page);
    }
    return thread;
}

START_TEST(kswapd_deactivates_a_batch_before_a_pass_and_one_after_it)
{
    KernelRig *rig = kernel_rig_new(TIERS("4 MiB", "64 MiB"), NULL);
    LadReclaim *reclaim = &rig->kernel->reclaim;
    fill_with_active(rig, 300);
    LadScan scan = {.tier = 0, .priority = 12, .target = 231, .background = TRUE};
    reclaim->class->begin(reclaim, &scan);
    ck_assert_uint_eq(scan.n_deactivated, 32);
    /* 368 >> 12 is nothing to look at, of either list. */
    ck_assert(!reclaim->class->batch(reclaim, &scan));
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGDEACTIVATE), 32);
    reclaim->class->end(reclaim, &scan);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGDEACTIVATE), 64);
    /* Where the inactive list is long enough neither is done. */
    KernelRig *even = kernel_rig_new(TIERS("4 MiB", "64 MiB"), NULL);
    fill_with_active(even, 200);
    scan = (LadScan){.tier = 0, .priority = 12, .target = 231, .background = TRUE};
    even->kernel->reclaim.class->begin(&even->kernel->reclaim, &scan);
    even->kernel->reclaim.class->end(&even->kernel->reclaim, &scan);
    ck_assert_uint_eq(kernel_rig_vm(even, LAD_VM_PGDEACTIVATE), 0);
    kernel_rig_free(even);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(the_active_list_is_scanned_like_the_inactive_one_while_it_is_longer)
{
    KernelRig *rig = kernel_rig_new(TIERS("4 MiB", "64 MiB"), NULL);
    LadReclaim *reclaim = &rig->kernel->reclaim;
    fill_with_active(rig, 300);
    LadScan scan = {.tier = 0, .priority = 1};
    reclaim->class->begin(reclaim, &scan);
    ck_assert_uint_eq(scan.quota[INACTIVE_ANON], 100 / 2 * 60 / 200);
    ck_assert_uint_eq(scan.quota[ACTIVE_ANON], 300 / 2 * 60 / 200);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(a_page_activated_by_reclaim_stays_referenced_when_deactivated)
{
    KernelRig *rig = kernel_rig_new(TIERS("4 MiB", "64 MiB"), NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadPage victims[100];
    for (guint64 i = 0; i < 40; i++)
        touch(rig, thread, i);
    LadPage page = kernel_rig_page(rig, thread, BASE);
    ck_assert_uint_eq(pass(rig, 0, victims), 0);
    for (guint64 i = 0; i < 40; i++)
        touch(rig, thread, i);
    /* All become active, and 32 come back, page 0 first. */
    ck_assert_uint_eq(pass(rig, 0, victims), 0);
    ck_assert_uint_eq(lad_lru_size(rig->kernel, 0, ACTIVE_ANON), 8);
    ck_assert(!lad_page_is_active(rig->kernel, page));
    ck_assert(lad_page_word(rig->kernel, page) & LAD_PAGE_REFERENCED);
    /* So one more use is enough. */
    touch(rig, thread, 0);
    LadScan scan = {.tier = 0, .priority = 0, .target = 1000000};
    guint n = look(rig, &scan, victims);
    ck_assert_uint_eq(n, 31);
    ck_assert(lad_page_is_active(rig->kernel, page));
    put_back(rig, victims, n);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(code_in_use_becomes_active_at_the_first_look)
{
    KernelRig *rig = kernel_rig_new(TIERS("4 MiB", "64 MiB"), NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadRecord record = {.kind = LAD_RECORD_MAP,
                        .flags = LAD_MAP_READ | LAD_MAP_EXEC,
                        .address = BASE,
                        .size = 1 << 20,
                        .text = "/bin/true"};
    lad_kernel_map(rig->kernel, thread->process, &record, 0);
    ck_assert(kernel_rig_touch(rig, thread, BASE, LAD_ACCESS_FETCH));
    ck_assert(kernel_rig_touch(rig, thread, BASE + 4096, LAD_ACCESS_READ));
    LadPage victims[4];
    ck_assert_uint_eq(pass(rig, 0, victims), 0);
    ck_assert_uint_eq(lad_lru_size(rig->kernel, 0, ACTIVE_FILE), 1);
    ck_assert_uint_eq(lad_lru_size(rig->kernel, 0, INACTIVE_FILE), 1);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(kswapd_keeps_the_demote_watermark_free)
{
    KernelRig *rig = kernel_rig_new(TIERS("16 MiB", "64 MiB") "[placement]\nmodel=tpp\n"
                                                              "demote-scale-factor=1000\n",
                                    NULL);
    LadThread *thread = kernel_rig_thread(rig);
    rig->compute = 50 * LAD_US; /* slower than the daemon */
    for (guint64 i = 0; i < 8000; i++)
        touch(rig, thread, i);
    kernel_rig_idle(rig, NULL, rig->now + LAD_S);
    /* 10 % of 4096 pages. */
    ck_assert_uint_gt(lad_frames_free(rig->kernel, 0), 409);
    /* It stops when it is balanced: no more than a batch and a bit beyond. */
    ck_assert_uint_le(lad_frames_free(rig->kernel, 0), 409 + 2 * LAD_SCAN_BATCH);
    guint64 demoted = kernel_rig_vm(rig, LAD_VM_PGDEMOTE_KSWAPD);
    ck_assert_uint_gt(demoted, 3000);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGDEMOTE_DIRECT), 0);
    ck_assert_uint_eq(demoted, kernel_rig_vm(rig, LAD_VM_PGDEMOTE_ANON));
    ck_assert_uint_eq(demoted, kernel_rig_vm(rig, LAD_VM_PGSTEAL_KSWAPD));
    /* New pages start in the near tier although it was full all the time. */
    ck_assert_uint_eq(kernel_rig_tier(rig, thread, BASE + (7999 << 12)), 0);
    ck_assert_uint_eq(kernel_rig_tier(rig, thread, BASE), 1);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(kswapd_takes_time_batch_by_batch)
{
    KernelRig *rig = kernel_rig_new(TIERS("16 MiB", "64 MiB") "[placement]\nmodel=tpp\n"
                                                              "demote-scale-factor=1000\n",
                                    NULL);
    LadThread *thread = kernel_rig_thread(rig);
    for (guint64 i = 0; i < 3700; i++)
        touch(rig, thread, i);
    clear_accessed(rig, thread, 0, 3600);
    /* It is awake now; events step by step: never more than a batch is demoted at once. */
    for (guint64 i = 3700; i < 3760; i++)
        touch(rig, thread, i);
    guint64 before = kernel_rig_vm(rig, LAD_VM_PGDEMOTE_KSWAPD);
    guint n_steps = 0;
    LadTime start = rig->now;
    while (lad_queue_next_time(rig->host.queue) < start + LAD_S &&
           rig->kernel->kswapd[0].state == LAD_KSWAPD_WORKING) {
        lad_queue_step(rig->host.queue);
        guint64 after = kernel_rig_vm(rig, LAD_VM_PGDEMOTE_KSWAPD);
        ck_assert_uint_le(after - before, LAD_SCAN_BATCH);
        n_steps += after != before;
        before = after;
    }
    ck_assert_uint_gt(before, 60);
    ck_assert_uint_gt(n_steps, 1);
    /* Each demoted page cost at least its look and its move, and the charge is on the books. */
    LadTime charged = rig->charged[LAD_CHARGE_RECLAIM] + rig->charged[LAD_CHARGE_MIGRATION];
    ck_assert_uint_ge(charged, before * (1551 + 6320) * LAD_NS);
    ck_assert_uint_eq(charged,
                      rig->kernel->vm[LAD_VM_RECLAIM_PS] + rig->kernel->vm[LAD_VM_MIGRATION_PS]);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(kswapd_gives_up_when_nothing_can_go)
{
    /* The far tier is full too. */
    KernelRig *rig = kernel_rig_new(TIERS("8 MiB", "2 MiB") "[placement]\nmodel=tpp\n"
                                                            "demote-scale-factor=3000\n",
                                    NULL);
    LadThread *thread = kernel_rig_thread(rig);
    for (guint64 i = 0; i < 2200; i++)
        touch(rig, thread, i);
    kernel_rig_idle(rig, NULL, 20 * LAD_S);
    ck_assert_uint_gt(kernel_rig_vm(rig, LAD_VM_PGMIGRATE_FAIL_NOMEM), 0);
    ck_assert_uint_eq(rig->kernel->kswapd[0].state, LAD_KSWAPD_ASLEEP);
    ck_assert_uint_eq(lad_queue_next_time(rig->host.queue), LAD_TIME_MAX);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(direct_reclaim_demotes_when_no_daemon_does)
{
    KernelRig *rig = kernel_rig_new(TIERS("8 MiB", "32 MiB") "[placement]\nmodel=tpp\n"
                                                             "decouple-watermarks=false\n",
                                    NULL);
    LadThread *thread = kernel_rig_thread(rig);
    /* Fill both tiers down to their low, then min watermarks. */
    guint64 n = 0, all = 10240 - 60;
    while (n < all && kernel_rig_touch(rig, thread, BASE + (n << 12), LAD_ACCESS_WRITE))
        n++;
    ck_assert_uint_gt(n, 9000);
    ck_assert_uint_gt(kernel_rig_vm(rig, LAD_VM_ALLOCSTALL), 0);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(a_page_move_costs_one_booking_on_each_tier_and_a_shootdown)
{
    KernelRig *rig = kernel_rig_new(TIERS("8 MiB", "32 MiB"), NULL);
    LadThread *thread = kernel_rig_thread(rig);
    touch(rig, thread, 0);
    LadPage page = kernel_rig_page(rig, thread, BASE);
    guint64 shot = rig->n_shootdowns;
    guint64 zeroed = rig->host.tiers[0]->common[LAD_TIER_COPY_WRITE_BYTES];
    ck_assert(lad_migrate(rig->kernel, page, 1, 0, rig->now));
    ck_assert_uint_eq(kernel_rig_page(rig, thread, BASE), page);
    ck_assert_uint_eq(kernel_rig_tier(rig, thread, BASE), 1);
    ck_assert_uint_eq(rig->host.tiers[0]->common[LAD_TIER_COPY_READ_BYTES], 4096);
    ck_assert_uint_eq(rig->host.tiers[0]->common[LAD_TIER_COPY_WRITE_BYTES], zeroed);
    ck_assert_uint_eq(rig->host.tiers[1]->common[LAD_TIER_COPY_WRITE_BYTES], 4096);
    ck_assert_uint_eq(rig->n_shootdowns, shot + 1);
    /* The far tier's 4096 bytes at 20 GB/s take 204.8 ns, and its latency is 200 ns; the work
     * 10.32 us: demotion-cost and a shootdown. */
    ck_assert_uint_ge(rig->charged[LAD_CHARGE_MIGRATION], 10320000 + 204800 + 200000 - 3201);
    ck_assert_uint_le(rig->charged[LAD_CHARGE_MIGRATION], 10320000 + 204800 + 200000 - 3199);
    ck_assert(!lad_migrate(rig->kernel, page, 1, 0, rig->now));
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(huge_pages_are_demoted_whole)
{
    KernelRig *rig = kernel_rig_new(TIERS("16 MiB", "64 MiB") "[placement]\nmodel=tpp\n"
                                                              "demote-scale-factor=2000\n"
                                                              "[kernel]\nhuge-pages=always\n",
                                    NULL);
    LadThread *thread = kernel_rig_thread(rig);
    rig->compute = LAD_MS;
    for (guint64 i = 0; i < 12; i++)
        touch(rig, thread, i * 512);
    kernel_rig_idle(rig, NULL, rig->now + LAD_S);
    ck_assert_uint_ge(kernel_rig_vm(rig, LAD_VM_PGDEMOTE_KSWAPD), 512);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGDEMOTE_KSWAPD) % 512, 0);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_THP_SPLIT_PAGE), 0);
    for (guint64 i = 0; i < 12 * 512; i++)
        ck_assert_uint_eq(kernel_rig_tier(rig, thread, BASE + (i << 12)),
                          kernel_rig_tier(rig, thread, BASE + (i / 512 * 512 << 12)));
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

KERNEL_SUITE("reclaim", watermarks_follow_linux_formula, watermarks_are_shared_by_size_and_scaled,
             allocation_leaves_the_low_watermark_and_goes_down,
             victims_come_in_order_of_first_touch,
             accessed_page_gets_a_second_chance_then_becomes_active,
             without_second_chance_accessed_pages_go_too,
             mark_accessed_makes_referenced_then_active,
             active_pages_are_deactivated_while_inactive_is_short,
             a_pass_looks_at_size_by_priority_and_swappiness,
             kswapd_deactivates_a_batch_before_a_pass_and_one_after_it,
             the_active_list_is_scanned_like_the_inactive_one_while_it_is_longer,
             a_page_activated_by_reclaim_stays_referenced_when_deactivated,
             code_in_use_becomes_active_at_the_first_look, kswapd_keeps_the_demote_watermark_free,
             kswapd_takes_time_batch_by_batch, kswapd_gives_up_when_nothing_can_go,
             direct_reclaim_demotes_when_no_daemon_does,
             a_page_move_costs_one_booking_on_each_tier_and_a_shootdown,
             huge_pages_are_demoted_whole)
