/* check_swap.c - pages out of memory and back: the rules of Linux 6.1, and that no page is lost. */
#include "config.h"
#include "sim/kernel/block.h"
#include "sim/kernel/swap.h"
#include "tests/unit/kernel_rig.h"
#include <memladder/random.h>

#define RAM(size)                                                                                  \
    "[tier.ram]\nmodel=fixed\nsize=" size "\nlatency=90 ns\nbandwidth=64 GB/s\n"                   \
    "[kernel]\nzero-pages=false\n"
#define SSD                                                                                        \
    "[tier.disk]\nmodel=ssd\nsize=64 MiB\nchannels=256\nread-latency=100 us\n"                     \
    "write-latency=100 us\n"
#define GROUP(limit) "[cgroup.w]\nprocesses=1\nmax=" limit "\n"
#define HOST         RAM("64 MiB") SSD GROUP("32 MiB")
#define MGLRU        "[reclaim]\nmodel=mglru\n"
#define W            1 /* the group */

extern const LadReclaimClass lad_reclaim_skeleton;

static guint64
address_of(guint64 page)
{
    return ((guint64)1 << 32) + (page << LAD_PAGE_SHIFT);
}

/* A rig whose one thread is in the first group, if there is one. */
static KernelRig *
rig_new(const char *text, LadThread **thread)
{
    static const LadModel *const extra[] = {&lad_reclaim_skeleton.base, NULL};
    KernelRig *rig = kernel_rig_new(text, extra);
    *thread = kernel_rig_thread(rig);
    (*thread)->process->group = lad_cgroups_n(rig->kernel) > 1 ? W : 0;
    return rig;
}

static void
check_conserved(const KernelRig *rig)
{
    g_autofree char *lost = lad_kernel_conserve(rig->kernel);
    ck_assert_msg(lost == NULL, "%s", lost);
}

/* The end of a test. */
static void
finish(KernelRig *rig)
{
    check_conserved(rig);
    kernel_rig_free(rig);
}

static guint64
counted(const KernelRig *rig, LadCgroupCounter counter)
{
    return lad_cgroup(rig->kernel, W)->counters[counter];
}

static LadPage
page_at(KernelRig *rig, LadThread *thread, guint64 page)
{
    return kernel_rig_page(rig, thread, address_of(page));
}

static const LadPageSwap *
state_of(KernelRig *rig, LadThread *thread, guint64 page)
{
    return &rig->kernel->swaps[page_at(rig, thread, page)];
}

static void
touch(KernelRig *rig, LadThread *thread, guint64 page, LadAccess access)
{
    if (!kernel_rig_touch(rig, thread, address_of(page), access))
        ck_abort_msg("%s", rig->host.error ? rig->host.error->message : "no error set");
}

static void
fill(KernelRig *rig, LadThread *thread, guint64 n)
{
    for (guint64 page = 0; page < n; page++)
        touch(rig, thread, page, LAD_ACCESS_WRITE);
}

static guint64
reclaim(KernelRig *rig, guint64 pages)
{
    LadTime cost = 0;
    guint64 freed = lad_cgroup_reclaim(rig->kernel, W, pages, 0, rig->now, &cost);
    rig->now += cost;
    return freed;
}

/* Push everything that can go out of memory, and let all writes end. */
static void
reclaim_all(KernelRig *rig, LadThread *thread)
{
    for (guint i = 0; i < 4; i++) {
        reclaim(rig, 100000);
        kernel_rig_idle(rig, thread, rig->now + 10 * LAD_MS);
    }
}

/* A rig whose first pages, `n`, are written; and one from which they have gone to swap as well. */
static KernelRig *
rig_filled(const char *text, guint64 n, LadThread **thread)
{
    KernelRig *rig = rig_new(text, thread);
    fill(rig, *thread, n);
    return rig;
}

static KernelRig *
rig_swapped_out(const char *text, guint64 n, LadThread **thread)
{
    KernelRig *rig = rig_filled(text, n, thread);
    reclaim_all(rig, *thread);
    return rig;
}

/* ---- Slots ------------------------------------------------------------------------------------
 */

START_TEST(a_clean_page_keeps_its_slot_and_is_dropped_without_a_write)
{
    LadThread *thread;
    KernelRig *rig = rig_swapped_out(HOST, 100, &thread);
    ck_assert(state_of(rig, thread, 7)->flags & LAD_SWAP_OUT);
    ck_assert_uint_eq(counted(rig, LAD_CG_PSWPOUT), 100);
    guint64 slot = lad_page_slot(rig->kernel, page_at(rig, thread, 7));
    touch(rig, thread, 7, LAD_ACCESS_READ);
    ck_assert_uint_eq(lad_page_slot(rig->kernel, page_at(rig, thread, 7)), slot);
    ck_assert_uint_eq(counted(rig, LAD_CG_PGMAJFAULT), 1);
    reclaim_all(rig, thread);
    ck_assert(state_of(rig, thread, 7)->flags & LAD_SWAP_OUT);
    ck_assert_uint_eq(counted(rig, LAD_CG_PSWPOUT), 100);
    /* Read, then written: it keeps the slot, and is written to it again. */
    touch(rig, thread, 7, LAD_ACCESS_READ);
    touch(rig, thread, 7, LAD_ACCESS_WRITE);
    reclaim_all(rig, thread);
    ck_assert_uint_eq(counted(rig, LAD_CG_PSWPOUT), 101);
    ck_assert_uint_eq(lad_page_slot(rig->kernel, page_at(rig, thread, 7)), slot);
    finish(rig);
}
END_TEST

START_TEST(a_write_fault_frees_the_slot)
{
    LadThread *thread;
    KernelRig *rig = rig_swapped_out(HOST, 100, &thread);
    touch(rig, thread, 7, LAD_ACCESS_WRITE);
    ck_assert_uint_eq(state_of(rig, thread, 7)->slot, 0);
    ck_assert(state_of(rig, thread, 7)->flags & LAD_SWAP_DIRTY);
    /* It is kept back, charged, with 63 others. */
    ck_assert_uint_eq(lad_swap_n_kept_back(rig->kernel), 1);
    ck_assert_uint_eq(lad_cgroup_swap_current(rig->kernel, W) >> LAD_PAGE_SHIFT, 100);
    finish(rig);
}
END_TEST

START_TEST(slots_go_early_once_swap_max_is_half_used_and_are_returned_by_64)
{
    LadThread *thread;
    KernelRig *rig = rig_swapped_out(HOST "swap-max=1 MiB\n", 200, &thread); /* 256 slots */
    ck_assert_uint_eq(lad_cgroup_swap_current(rig->kernel, W) >> LAD_PAGE_SHIFT, 200);
    for (guint64 page = 0; page < 64; page++)
        touch(rig, thread, page, LAD_ACCESS_READ);
    ck_assert_uint_eq(state_of(rig, thread, 63)->slot, 0);
    ck_assert_uint_eq(lad_cgroup_swap_current(rig->kernel, W) >> LAD_PAGE_SHIFT, 200);
    touch(rig, thread, 64, LAD_ACCESS_READ); /* the 65th */
    ck_assert_uint_eq(lad_cgroup_swap_current(rig->kernel, W) >> LAD_PAGE_SHIFT, 136);
    check_conserved(rig);
    /* 136 are charged, of which one is kept back: 120 more at most. */
    ck_assert_uint_eq(lad_swap_room(rig->kernel, W), 120);
    finish(rig);
}
END_TEST

START_TEST(fresh_slots_follow_each_other)
{
    LadThread *thread;
    KernelRig *rig = rig_swapped_out(HOST, 600, &thread);
    for (guint64 page = 1; page < 600; page++) {
        LadPage before = page_at(rig, thread, page - 1);
        LadPage here = page_at(rig, thread, page);
        ck_assert_uint_eq(lad_page_slot(rig->kernel, here), lad_page_slot(rig->kernel, before) + 1);
    }
    finish(rig);
}
END_TEST

/* ---- Charges ----------------------------------------------------------------------------------
 */

START_TEST(charges_come_in_batches_of_64)
{
    LadThread *thread;
    KernelRig *rig = rig_new(RAM("64 MiB") SSD GROUP("2 MiB") "extra=16 KiB\n", &thread);
    const LadCgroup *group = lad_cgroup(rig->kernel, W);
    touch(rig, thread, 0, LAD_ACCESS_WRITE);
    /* 4 extra, 4 tables, 1 page, 63 in stock */
    ck_assert_uint_eq(group->usage, 4 + 4 + 64);
    fill(rig, thread, 64);
    ck_assert_uint_eq(group->usage, 4 + 4 + 64);
    touch(rig, thread, 64, LAD_ACCESS_WRITE);
    ck_assert_uint_eq(group->usage, 4 + 4 + 128);
    check_conserved(rig);
    /* At the limit single pages are charged, and then reclaim makes room. */
    fill(rig, thread, 504);
    ck_assert_uint_eq(group->usage, 512);
    ck_assert_uint_eq(counted(rig, LAD_CG_PGSTEAL), 0);
    touch(rig, thread, 504, LAD_ACCESS_WRITE);
    ck_assert_uint_ge(counted(rig, LAD_CG_PGSTEAL), 32);
    ck_assert_uint_le(group->usage, 512);
    finish(rig);
}
END_TEST

/* ---- Two lists --------------------------------------------------------------------------------
 */

START_TEST(the_share_of_anonymous_pages_falls_with_what_they_cost)
{
    KernelRig *rig = kernel_rig_new(HOST, NULL);
    LadScan scan = {.priority = 5};
    guint64 share[2], whole;
    lad_scan_for_group(rig->kernel, &scan, W);
    lad_scan_share(rig->kernel, &scan, share, &whole);
    ck_assert_uint_eq(share[0] * 1000 / whole, 300);
    scan.cost_of[0] = 100000;
    lad_scan_share(rig->kernel, &scan, share, &whole);
    ck_assert_uint_eq(share[0] * 1000 / whole, 175); /* 89 / (89 + 419) */
    scan.priority = 0;
    lad_scan_share(rig->kernel, &scan, share, &whole);
    ck_assert_uint_eq(share[0], whole);
    finish(rig);
}
END_TEST

START_TEST(costs_halve_above_a_quarter_of_the_lists)
{
    KernelRig *rig = kernel_rig_new(HOST, NULL);
    guint vec = lad_lruvec(W, 0);
    LadLruvec *lists = &rig->kernel->vecs[vec];
    lists->flushed_size[0] = 400;
    lad_balance_note_cost(rig->kernel, vec, 0, 60);
    lad_balance_note_cost(rig->kernel, vec, 1, 40);
    ck_assert_uint_eq(lists->cost[0], 60);
    ck_assert_uint_eq(lists->cost[1], 40);
    lad_balance_note_cost(rig->kernel, vec, 0, 1);
    ck_assert_uint_eq(lists->cost[0], 30);
    ck_assert_uint_eq(lists->cost[1], 20);
    finish(rig);
}
END_TEST

START_TEST(a_written_page_is_freed_by_a_later_scan)
{
    LadThread *thread;
    KernelRig *rig = rig_filled(HOST, 64, &thread);
    for (guint64 page = 0; page < 64; page++)
        lad_page_change(rig->kernel, page_at(rig, thread, page), 0, LAD_PAGE_ACCESSED);
    LadScan scan = {.target = 1, .target_group = W, .priority = 1, .now = rig->now};
    lad_scan_for_group(rig->kernel, &scan, W);
    scan.quota[0] = 32;
    ck_assert(!rig->kernel->reclaim.class->batch(&rig->kernel->reclaim, &scan));
    ck_assert_uint_eq(scan.reclaimed, 0);
    ck_assert_uint_eq(scan.scanned, 32);
    const LadPageSwap *first = state_of(rig, thread, 0);
    ck_assert_uint_eq(first->flags & (LAD_SWAP_WRITEBACK | LAD_SWAP_RECLAIM | LAD_SWAP_OUT),
                      LAD_SWAP_WRITEBACK | LAD_SWAP_RECLAIM);
    check_conserved(rig);
    /* A fault on it meanwhile is a minor one. */
    touch(rig, thread, 1, LAD_ACCESS_READ);
    ck_assert_uint_eq(counted(rig, LAD_CG_PGMAJFAULT), 0);
    LadTime clock = lad_scan_clock(rig->kernel, &scan);
    lad_writeback_unplug(rig->kernel, &clock);
    lad_writeback_poll(rig->kernel, clock + LAD_MS);
    ck_assert_uint_eq(first->flags & LAD_SWAP_WRITEBACK, 0);
    /* 30 of 32 have moved to the tail by 15; the rest does before the next look. */
    ck_assert_uint_eq(rig->kernel->n_rotating, 2);
    lad_lru_drain(rig->kernel);
    /* 31 pages made a request, the last page another, which was issued first. */
    LadPage last = page_at(rig, thread, 30);
    ck_assert_uint_eq(lad_lru_tail(rig->kernel, scan.vec, 0), last);
    scan.quota[0] = 32;
    scan.now = clock + LAD_MS;
    rig->kernel->reclaim.class->batch(&rig->kernel->reclaim, &scan);
    ck_assert_uint_eq(scan.reclaimed, 31); /* but for the one that was used */
    finish(rig);
}
END_TEST

START_TEST(a_page_under_writeback_that_is_met_again_is_activated)
{
    LadThread *thread;
    KernelRig *rig = rig_filled(HOST, 8, &thread);
    for (guint64 page = 0; page < 8; page++)
        lad_page_change(rig->kernel, page_at(rig, thread, page), 0, LAD_PAGE_ACCESSED);
    LadScan scan = {.target = 100, .target_group = W, .priority = 1, .now = rig->now};
    lad_scan_for_group(rig->kernel, &scan, W);
    scan.quota[0] = 16;
    rig->kernel->reclaim.class->batch(&rig->kernel->reclaim, &scan);
    scan.quota[0] = 16;
    rig->kernel->reclaim.class->batch(&rig->kernel->reclaim, &scan);
    ck_assert_uint_eq(counted(rig, LAD_CG_PGACTIVATE), 8);
    ck_assert_uint_eq(lad_lru_size(rig->kernel, scan.vec, 1), 8);
    finish(rig);
}
END_TEST

/* ---- The working set --------------------------------------------------------------------------
 */

START_TEST(a_refault_activates_by_distance_and_restores_what_had_been_active)
{
    LadThread *thread;
    KernelRig *rig = rig_new(RAM("64 MiB") "page-cluster=0\n" SSD GROUP("32 MiB"), &thread);
    guint vec = lad_lruvec(W, 0);
    fill(rig, thread, 40);
    lad_page_swap_change(rig->kernel, page_at(rig, thread, 1), LAD_SWAP_WORKINGSET, 0);
    reclaim_all(rig, thread);
    rig->kernel->vecs[vec].flushed_size[1] = 0;
    touch(rig, thread, 0, LAD_ACCESS_READ);
    ck_assert_uint_eq(counted(rig, LAD_CG_REFAULT_ANON), 1);
    ck_assert_uint_eq(counted(rig, LAD_CG_ACTIVATE_ANON), 0);
    guint64 age = rig->kernel->vecs[vec].age, cost = rig->kernel->vecs[vec].cost[0];
    rig->kernel->vecs[vec].flushed_size[1] = 4000;
    touch(rig, thread, 1, LAD_ACCESS_READ);
    ck_assert_uint_eq(counted(rig, LAD_CG_ACTIVATE_ANON), 1);
    ck_assert_uint_eq(counted(rig, LAD_CG_RESTORE_ANON), 1);
    ck_assert_uint_eq(rig->kernel->vecs[vec].age, age + 1);
    ck_assert_uint_eq(rig->kernel->vecs[vec].cost[0], cost + 1);
    touch(rig, thread, 2, LAD_ACCESS_READ);
    ck_assert_uint_eq(counted(rig, LAD_CG_ACTIVATE_ANON), 2);
    ck_assert_uint_eq(counted(rig, LAD_CG_RESTORE_ANON), 1);
    finish(rig);
}
END_TEST

/* Evict a page and bring it back after `passed` more evictions. */
static gboolean
is_activated(KernelRig *rig, LadPage page, guint64 passed)
{
    lad_lru_remove(rig->kernel, page);
    lad_workingset_evict(rig->kernel, page, W);
    lad_workingset_age(rig->kernel, lad_lruvec(W, 0), passed - 1);
    lad_workingset_refault(rig->kernel, page);
    gboolean active = (rig->kernel->words[page] & LAD_PAGE_ACTIVE) != 0;
    rig->kernel->reclaim.class->add(&rig->kernel->reclaim, page, LAD_ARRIVAL_REFAULT);
    return active;
}

START_TEST(the_distance_is_measured_against_what_is_in_use)
{
    LadThread *thread;
    KernelRig *rig = rig_new(HOST, &thread);
    guint64 *seen = rig->kernel->vecs[lad_lruvec(W, 0)].flushed_size;
    fill(rig, thread, 2);
    LadPage page = page_at(rig, thread, 0);
    seen[0] = 1000; /* inactive anonymous: of no account to an anonymous page */
    seen[1] = 20;
    seen[2] = 12;
    seen[3] = 7;
    ck_assert(is_activated(rig, page, 39));
    ck_assert(!is_activated(rig, page, 40));
    finish(rig);
}
END_TEST

START_TEST(reclaim_sees_sizes_as_of_the_last_flush)
{
    LadThread *thread;
    KernelRig *rig = rig_new(HOST, &thread);
    guint vec = lad_lruvec(W, 0);
    lad_cgroup_stat_flush(rig->kernel, TRUE);
    lad_cgroup_stat_update(rig->kernel, 65);
    rig->kernel->vecs[vec].flushed_size[0] = 77;
    lad_cgroup_stat_flush(rig->kernel, FALSE);
    ck_assert_uint_eq(lad_lru_seen_size(rig->kernel, vec, 0), 77);
    lad_cgroup_stat_update(rig->kernel, 64);
    lad_cgroup_stat_flush(rig->kernel, FALSE);
    ck_assert_uint_eq(lad_lru_seen_size(rig->kernel, vec, 0), 77);
    lad_cgroup_stat_update(rig->kernel, 1);
    lad_cgroup_stat_flush(rig->kernel, FALSE);
    ck_assert_uint_eq(lad_lru_seen_size(rig->kernel, vec, 0), 0);
    fill(rig, thread, 5);
    finish(rig);
}
END_TEST

START_TEST(under_mglru_only_a_refault_within_the_generation_counts)
{
    LadThread *thread;
    KernelRig *rig =
        rig_filled(RAM("64 MiB") "page-cluster=0\n" SSD GROUP("32 MiB") MGLRU, 2000, &thread);
    reclaim(rig, 64);
    kernel_rig_idle(rig, thread, rig->now + 10 * LAD_MS);
    reclaim(rig, 64);
    guint64 page = 0;
    while (!(state_of(rig, thread, page)->flags & LAD_SWAP_OUT))
        page++;
    touch(rig, thread, page, LAD_ACCESS_READ);
    ck_assert_uint_eq(counted(rig, LAD_CG_REFAULT_ANON), 1);
    ck_assert_uint_eq(counted(rig, LAD_CG_RESTORE_ANON), 1);
    ck_assert(state_of(rig, thread, page)->flags & LAD_SWAP_WORKINGSET);
    reclaim_all(rig, thread);
    touch(rig, thread, page, LAD_ACCESS_READ);
    ck_assert_uint_eq(counted(rig, LAD_CG_PGMAJFAULT), 2);
    finish(rig);
}
END_TEST

/* ---- Requests, read-ahead, the host, files, huge pages -----------------------------------------
 */

START_TEST(a_request_goes_on_until_it_is_met)
{
    LadThread *thread;
    KernelRig *rig = rig_filled(HOST, 4000, &thread);
    guint64 before = lad_cgroup_current(rig->kernel, W);
    ck_assert_uint_ge(reclaim(rig, 500), 500);
    ck_assert_uint_le(lad_cgroup_current(rig->kernel, W), before - 500 * LAD_PAGE_BYTES);
    check_conserved(rig);
    /* Nothing is left in the end, and the request ends. */
    reclaim_all(rig, thread);
    ck_assert_uint_eq(reclaim(rig, 10), 0);
    ck_assert_uint_eq(counted(rig, LAD_CG_ANON), 0);
    finish(rig);
}
END_TEST

START_TEST(faults_in_a_row_are_read_ahead_and_random_ones_are_not)
{
    LadThread *thread;
    KernelRig *rig = rig_swapped_out(HOST, 2000, &thread);
    for (guint64 page = 0; page < 256; page++)
        touch(rig, thread, page, LAD_ACCESS_READ);
    ck_assert_uint_lt(counted(rig, LAD_CG_PGMAJFAULT), 100);
    ck_assert_uint_ge(counted(rig, LAD_CG_SWAP_RA_HIT), 150);
    check_conserved(rig);
    reclaim_all(rig, thread);
    guint64 before = counted(rig, LAD_CG_SWAP_RA);
    for (guint64 i = 0; i < 256; i++)
        touch(rig, thread, i * 997 % 2000, LAD_ACCESS_READ);
    ck_assert_uint_le(counted(rig, LAD_CG_SWAP_RA) - before, 16);
    finish(rig);
}
END_TEST

START_TEST(clusters_of_slots_are_read_ahead_if_asked_for)
{
    LadThread *thread;
    KernelRig *rig = rig_swapped_out(
        RAM("64 MiB") "swap-readahead=cluster\npage-cluster=3\n" SSD GROUP("32 MiB"), 1000,
        &thread);
    for (guint64 page = 0; page < 128; page++)
        touch(rig, thread, page, LAD_ACCESS_READ);
    ck_assert_uint_lt(counted(rig, LAD_CG_PGMAJFAULT), 64);
    finish(rig);
}
END_TEST

START_TEST(a_host_short_of_memory_swaps)
{
    LadThread *thread;
    KernelRig *rig = rig_new(RAM("16 MiB") SSD, &thread);
    fill(rig, thread, 6000); /* of 4096 frames */
    ck_assert_uint_gt(kernel_rig_vm(rig, LAD_VM_PSWPOUT), 2000);
    ck_assert_uint_gt(kernel_rig_vm(rig, LAD_VM_PGSTEAL_KSWAPD) +
                          kernel_rig_vm(rig, LAD_VM_PGSTEAL_DIRECT),
                      2000);
    check_conserved(rig);
    for (guint64 page = 0; page < 6000; page += 3)
        touch(rig, thread, page, LAD_ACCESS_READ);
    ck_assert_uint_gt(kernel_rig_vm(rig, LAD_VM_PSWPIN), 500);
    finish(rig);
}
END_TEST

static void
map_file(KernelRig *rig, LadThread *thread, guint64 first, guint64 n, guint flags)
{
    LadRecord record = {.kind = LAD_RECORD_MAP,
                        .flags = LAD_MAP_READ | LAD_MAP_WRITE | flags,
                        .address = address_of(first),
                        .size = n << LAD_PAGE_SHIFT,
                        .text = "/data"};
    lad_kernel_map(rig->kernel, thread->process, &record, rig->now);
}

START_TEST(file_pages_are_dropped_written_and_read_again)
{
    LadThread *thread;
    KernelRig *rig = rig_new(HOST, &thread);
    map_file(rig, thread, 0, 1000, LAD_MAP_SHARED);
    for (guint64 page = 0; page < 1000; page++)
        touch(rig, thread, page, page % 2 ? LAD_ACCESS_WRITE : LAD_ACCESS_READ);
    reclaim_all(rig, thread);
    ck_assert_uint_eq(counted(rig, LAD_CG_FILE), 0);
    ck_assert_uint_eq(counted(rig, LAD_CG_PSWPOUT), 0);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGPGOUT), 500);
    check_conserved(rig);
    for (guint64 page = 0; page < 10; page++)
        touch(rig, thread, page, LAD_ACCESS_READ);
    ck_assert_uint_eq(counted(rig, LAD_CG_REFAULT_FILE), 10);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGPGIN), 10);
    finish(rig);
}
END_TEST

START_TEST(huge_pages_are_split_to_be_swapped)
{
    LadThread *thread;
    KernelRig *rig =
        rig_filled(RAM("64 MiB") "huge-pages=always\n" SSD GROUP("32 MiB"), 2048, &thread);
    reclaim(rig, 600);
    ck_assert_uint_ge(kernel_rig_vm(rig, LAD_VM_THP_SPLIT_PAGE), 1);
    check_conserved(rig);
    reclaim_all(rig, thread);
    check_conserved(rig);
    fill(rig, thread, 2048);
    finish(rig);
}
END_TEST

START_TEST(two_threads_wait_for_one_page)
{
    LadThread *first;
    KernelRig *rig = rig_new(HOST, &first);
    LadThread second = {.process = first->process, .id = 1};
    fill(rig, first, 50);
    reclaim_all(rig, first);
    LadFault fault =
        lad_kernel_fault(rig->kernel, first, 0, address_of(3), LAD_ACCESS_READ, rig->now);
    ck_assert_int_eq(fault.status, LAD_FAULT_SLEEP);
    fault = lad_kernel_fault(rig->kernel, &second, 0, address_of(3), LAD_ACCESS_READ, rig->now);
    ck_assert_int_eq(fault.status, LAD_FAULT_SLEEP);
    ck_assert_uint_eq(counted(rig, LAD_CG_PGMAJFAULT), 1);
    guint wakes = rig->n_wakes;
    while (rig->n_wakes < wakes + 2)
        lad_queue_step(rig->host.queue);
    ck_assert(rig->kernel->words[kernel_rig_page(rig, first, address_of(3))] & LAD_PAGE_PRESENT);
    finish(rig);
}
END_TEST

START_TEST(a_page_that_goes_away_while_it_is_read_wakes_its_thread)
{
    LadThread *thread;
    KernelRig *rig = rig_swapped_out(HOST, 50, &thread);
    LadFault fault =
        lad_kernel_fault(rig->kernel, thread, 0, address_of(3), LAD_ACCESS_READ, rig->now);
    ck_assert_int_eq(fault.status, LAD_FAULT_SLEEP);
    guint wakes = rig->n_wakes;
    lad_kernel_unmap(rig->kernel, thread->process, address_of(0), 50 << LAD_PAGE_SHIFT, rig->now);
    ck_assert_uint_eq(rig->n_wakes, wakes + 1);
    kernel_rig_idle(rig, thread, rig->now + 10 * LAD_MS);
    check_conserved(rig);
    ck_assert_uint_eq(counted(rig, LAD_CG_ANON), 0);
    finish(rig);
}
END_TEST

/* ---- Nothing is lost ---------------------------------------------------------------------------
 */

typedef struct {
    const char *name, *text;
} Machine;

static const Machine machines[] = {
    {"two lists and a device", RAM("8 MiB") SSD GROUP("2 MiB")},
    {"mglru and a device", RAM("8 MiB") SSD GROUP("2 MiB") MGLRU},
    {"compressed memory before a device",
     RAM("8 MiB") "[tier.pool]\nmodel=zswap\nsize=4 MiB\nnext=disk\ndistribution=uniform\nratio=2\n"
                  "incompressible-share=0.2\nmax-pool-percent=5\n" SSD GROUP(
                      "2 MiB") "backend=pool\n"},
    {"few slots", RAM("8 MiB") SSD GROUP("2 MiB") "swap-max=3 MiB\n"},
    {"mglru, few slots, compressed memory",
     RAM("8 MiB") "[tier.pool]\nmodel=zswap\nsize=4 "
                  "MiB\nnext=disk\ndistribution=uniform\nratio=3\n" SSD GROUP("2 MiB") MGLRU
     "[kernel]\npage-cluster=3\n"},
    {"no group, a host that is too small", RAM("2 MiB") SSD},
    {"huge pages", RAM("8 MiB") "huge-pages=always\n" SSD GROUP("4 MiB")},
    {"a model that hands over victims",
     RAM("8 MiB") SSD GROUP("2 MiB") "[reclaim]\nmodel=skeleton\n"},
};

/* Touches, writes, unmapping, file pages, requests, in a seeded order; checked after each step. */
START_TEST(every_page_is_in_one_place_at_every_step)
{
    const Machine *machine = &machines[_i];
    LadThread *thread;
    KernelRig *rig = rig_new(machine->text, &thread);
    LadRandom random;
    lad_random_init(&random, 7, machine->name);
    map_file(rig, thread, 2048, 256, LAD_MAP_SHARED);
    for (guint step = 0; step < 6000; step++) {
        guint64 what = lad_random_below(&random, 1000), page = lad_random_below(&random, 1000);
        if (what < 900)
            touch(rig, thread, what < 800 ? page : 2048 + page % 256,
                  what % 3 ? LAD_ACCESS_READ : LAD_ACCESS_WRITE);
        else if (what < 990)
            kernel_rig_idle(rig, thread, rig->now + what * LAD_US);
        else if (what < 995)
            lad_kernel_unmap(rig->kernel, thread->process, address_of(page), 64 * LAD_PAGE_BYTES,
                             rig->now);
        else if (thread->process->group)
            reclaim(rig, page);
        g_autofree char *lost = lad_kernel_conserve(rig->kernel);
        ck_assert_msg(lost == NULL, "%s, step %u: %s", machine->name, step, lost);
    }
    finish(rig);
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        a_clean_page_keeps_its_slot_and_is_dropped_without_a_write,
        a_write_fault_frees_the_slot,
        slots_go_early_once_swap_max_is_half_used_and_are_returned_by_64,
        fresh_slots_follow_each_other,
        charges_come_in_batches_of_64,
        the_share_of_anonymous_pages_falls_with_what_they_cost,
        costs_halve_above_a_quarter_of_the_lists,
        a_written_page_is_freed_by_a_later_scan,
        a_page_under_writeback_that_is_met_again_is_activated,
        a_refault_activates_by_distance_and_restores_what_had_been_active,
        the_distance_is_measured_against_what_is_in_use,
        reclaim_sees_sizes_as_of_the_last_flush,
        under_mglru_only_a_refault_within_the_generation_counts,
        a_request_goes_on_until_it_is_met,
        faults_in_a_row_are_read_ahead_and_random_ones_are_not,
        clusters_of_slots_are_read_ahead_if_asked_for,
        a_host_short_of_memory_swaps,
        file_pages_are_dropped_written_and_read_again,
        huge_pages_are_split_to_be_swapped,
        two_threads_wait_for_one_page,
        a_page_that_goes_away_while_it_is_read_wakes_its_thread,
    };
    Suite *suite = suite_create("swap");
    TCase *tcase = tcase_create("swap");
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, every_page_is_in_one_place_at_every_step, 0,
                        (int)G_N_ELEMENTS(machines));
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return lad_suite_run(suite);
}
