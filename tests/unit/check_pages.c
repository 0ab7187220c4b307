/* check_pages.c - page tables, logical pages, first touch, huge pages, files, fork. */
#include "config.h"
#include "tests/unit/kernel_rig.h"

#define TWO_TIERS                                                                                  \
    "[tier.near]\nmodel=fixed\nsize=64 MiB\nlatency=90 ns\nbandwidth=38 GB/s\n"                    \
    "[tier.far]\nmodel=fixed\nsize=256 MiB\nlatency=200 ns\nbandwidth=20 GB/s\n"
#define BASE G_GUINT64_CONSTANT(0x7f0000000000)

static void
map(KernelRig *rig, LadThread *thread, guint64 address, guint64 size, guint32 flags,
    const char *file, guint64 offset)
{
    LadRecord record = {.kind = LAD_RECORD_MAP,
                        .flags = flags,
                        .address = address,
                        .size = size,
                        .value = offset,
                        .text = file};
    lad_kernel_map(rig->kernel, thread->process, &record, rig->now);
}

static LadPage
touch(KernelRig *rig, LadThread *thread, guint64 address, LadAccess access)
{
    ck_assert(kernel_rig_touch(rig, thread, address, access));
    return kernel_rig_page(rig, thread, address);
}

START_TEST(untouched_memory_is_not_mapped_and_has_no_tables)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadWalk walk;
    lad_kernel_walk(rig->kernel, thread->process, BASE >> 12, &walk);
    ck_assert_uint_eq(walk.page, LAD_PAGE_NONE);
    ck_assert_uint_eq(walk.n_levels, 0);
    ck_assert_uint_eq(rig->host.tiers[0]->common[LAD_TIER_USED_BYTES], 0);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(first_touch_takes_a_frame_and_four_tables)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadPage page = touch(rig, thread, BASE + 0x123, LAD_ACCESS_READ);
    LadWalk walk;
    lad_kernel_walk(rig->kernel, thread->process, BASE >> 12, &walk);
    ck_assert_uint_eq(walk.n_levels, 4);
    ck_assert_uint_eq(walk.entry[0], BASE >> 39 & 511);
    ck_assert_uint_eq(walk.entry[3], BASE >> 12 & 511);
    for (guint i = 0; i < 4; i++)
        ck_assert(lad_kernel_words(rig->kernel)[walk.table[i]] & LAD_PAGE_UNMOVABLE);
    ck_assert_uint_eq(rig->host.tiers[0]->common[LAD_TIER_USED_BYTES], 5 * 4096);
    /* The neighbour shares all tables; the page 2 MiB on has a leaf table of its own. */
    ck_assert_uint_ne(touch(rig, thread, BASE + 4096, LAD_ACCESS_READ), page);
    ck_assert_uint_eq(rig->host.tiers[0]->common[LAD_TIER_USED_BYTES], 6 * 4096);
    touch(rig, thread, BASE + (2 << 20), LAD_ACCESS_READ);
    ck_assert_uint_eq(rig->host.tiers[0]->common[LAD_TIER_USED_BYTES], 8 * 4096);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(first_touch_costs_the_fault_and_the_zeroing)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS "[kernel]\nfault-cost=1 us\n", NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadFault fault = lad_kernel_fault(rig->kernel, thread, 0, BASE, LAD_ACCESS_WRITE, 0);
    /* 4096 bytes at 38 GB/s are 107789 ps; the last line's latency of 90 ns is on top of what comes
     * before it: 107789 - 1684 + 90000. */
    ck_assert_uint_eq(fault.status, LAD_FAULT_DONE);
    ck_assert_uint_ge(fault.cost, 1000000 + 107789 - 1685 + 90000);
    ck_assert_uint_le(fault.cost, 1000000 + 107789 - 1684 + 90000 + 2);
    ck_assert_uint_eq(rig->host.tiers[0]->common[LAD_TIER_COPY_WRITE_BYTES], 4096);
    kernel_rig_free(rig);
    rig = kernel_rig_new(TWO_TIERS "[kernel]\nfault-cost=1 us\nzero-pages=false\n", NULL);
    thread = kernel_rig_thread(rig);
    fault = lad_kernel_fault(rig->kernel, thread, 0, BASE, LAD_ACCESS_WRITE, 0);
    ck_assert_uint_eq(fault.cost, 1000000);
    ck_assert_uint_eq(rig->host.tiers[0]->common[LAD_TIER_COPY_WRITE_BYTES], 0);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(identity_numbers_keep_the_virtual_colour_and_index)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    for (guint64 i = 0; i < 3000; i++) {
        guint64 vpage = (BASE >> 12) + i * 37;
        LadPage page = touch(rig, thread, vpage << 12, LAD_ACCESS_READ);
        ck_assert_uint_eq(page % LAD_PAGE_COLOURS, vpage % LAD_PAGE_COLOURS);
        ck_assert_uint_eq(lad_kernel_page_index(rig->kernel, page), vpage);
    }
    kernel_rig_free(rig);
}
END_TEST

START_TEST(sequential_numbers_follow_the_order_of_first_touch)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS "[kernel]\npage-number=sequential\n", NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadPage first = touch(rig, thread, BASE + (9 << 12), LAD_ACCESS_READ);
    LadPage second = touch(rig, thread, BASE + (2 << 12), LAD_ACCESS_READ);
    ck_assert_uint_eq(second, first + 1);
    ck_assert_uint_eq(lad_kernel_page_index(rig->kernel, second), second);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(random_numbers_differ_by_seed_and_never_collide)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS "[kernel]\npage-number=random\n", NULL);
    LadThread *thread = kernel_rig_thread(rig);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_direct_hash, g_direct_equal);
    guint n_same_colour = 0;
    for (guint64 i = 0; i < 5000; i++) {
        LadPage page = touch(rig, thread, BASE + (i << 12), LAD_ACCESS_READ);
        guint64 index = lad_kernel_page_index(rig->kernel, page);
        ck_assert_uint_eq(index % LAD_PAGE_COLOURS, page % LAD_PAGE_COLOURS);
        ck_assert(g_hash_table_add(seen, GUINT_TO_POINTER((guint)index + 1)));
        n_same_colour +=
            (BASE >> 12) % LAD_PAGE_COLOURS + i % LAD_PAGE_COLOURS == page % LAD_PAGE_COLOURS;
    }
    ck_assert_uint_lt(n_same_colour, 50);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(pages_of_one_colour_go_to_others_when_it_runs_out)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    rig->kernel->numbering.max_rows = 4;
    for (guint64 i = 0; i < 10; i++)
        touch(rig, thread, BASE + (i * LAD_PAGE_COLOURS << 12), LAD_ACCESS_READ);
    ck_assert_uint_gt(kernel_rig_vm(rig, LAD_VM_DISPLACED), 0);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(unmap_gives_back_frames_tables_and_numbers)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    touch(rig, thread, 0x1000, LAD_ACCESS_READ);
    guint64 before = rig->host.tiers[0]->common[LAD_TIER_USED_BYTES];
    LadPage page = touch(rig, thread, BASE, LAD_ACCESS_WRITE);
    for (guint64 i = 0; i < 2000; i++)
        touch(rig, thread, BASE + (i << 12), LAD_ACCESS_WRITE);
    lad_kernel_unmap(rig->kernel, thread->process, BASE, 2000 << 12, rig->now);
    ck_assert_uint_eq(rig->host.tiers[0]->common[LAD_TIER_USED_BYTES], before);
    ck_assert_uint_eq(rig->n_flushes, 1);
    kernel_rig_check(rig);
    ck_assert_uint_eq(touch(rig, thread, BASE, LAD_ACCESS_READ) % LAD_PAGE_COLOURS,
                      page % LAD_PAGE_COLOURS);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(huge_page_maps_512_pages_by_one_fault)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS "[kernel]\nhuge-pages=always\n", NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadPage page = touch(rig, thread, BASE + 5 * 4096, LAD_ACCESS_WRITE);
    LadWalk walk;
    lad_kernel_walk(rig->kernel, thread->process, (BASE >> 12) + 5, &walk);
    ck_assert(walk.huge);
    ck_assert_uint_eq(walk.n_levels, 3);
    ck_assert_uint_eq(page % 512, 5);
    ck_assert_uint_eq(touch(rig, thread, BASE + 511 * 4096, LAD_ACCESS_READ), page - 5 + 511);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_PGFAULT), 1);
    ck_assert_uint_eq(rig->host.tiers[0]->common[LAD_TIER_USED_BYTES], (512 + 3) * 4096);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(huge_page_is_split_by_a_partial_unmap_and_kept_in_order)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS "[kernel]\nhuge-pages=always\n", NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadPage page = touch(rig, thread, BASE, LAD_ACCESS_WRITE);
    lad_kernel_unmap(rig->kernel, thread->process, BASE + 4096, 4096, rig->now);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_THP_SPLIT_PAGE), 1);
    ck_assert_uint_eq(kernel_rig_page(rig, thread, BASE), page);
    ck_assert_uint_eq(kernel_rig_page(rig, thread, BASE + 4096), LAD_PAGE_NONE);
    ck_assert_uint_eq(kernel_rig_page(rig, thread, BASE + 511 * 4096), page + 511);
    kernel_rig_check(rig);
    lad_kernel_unmap(rig->kernel, thread->process, BASE, 2 << 20, rig->now);
    kernel_rig_check(rig);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_NR_MAPPED), 0);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(whole_huge_pages_come_back_after_unmapping)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS "[kernel]\nhuge-pages=always\n", NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadPage page = touch(rig, thread, BASE, LAD_ACCESS_WRITE);
    for (guint i = 0; i < 100; i++) {
        lad_kernel_unmap(rig->kernel, thread->process, BASE, 2 << 20, rig->now);
        ck_assert_uint_eq(touch(rig, thread, BASE, LAD_ACCESS_WRITE), page);
    }
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(mappings_smaller_than_2_mib_get_small_pages)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS "[kernel]\nhuge-pages=always\n", NULL);
    LadThread *thread = kernel_rig_thread(rig);
    map(rig, thread, BASE, 1 << 20, LAD_MAP_READ | LAD_MAP_WRITE | LAD_MAP_ANONYMOUS, "", 0);
    touch(rig, thread, BASE, LAD_ACCESS_WRITE);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_THP_FAULT_ALLOC), 0);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(processes_share_the_pages_of_a_file)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS, NULL);
    LadThread *one = kernel_rig_thread(rig), *two = kernel_rig_thread(rig);
    map(rig, one, BASE, 1 << 20, LAD_MAP_READ | LAD_MAP_EXEC, "/lib/libc.so", 0);
    map(rig, two, BASE + (1 << 30), 1 << 20, LAD_MAP_READ | LAD_MAP_EXEC, "/lib/libc.so", 0x4000);
    LadPage page = touch(rig, one, BASE + 0x5000, LAD_ACCESS_FETCH);
    ck_assert_uint_eq(touch(rig, two, BASE + (1 << 30) + 0x1000, LAD_ACCESS_FETCH), page);
    ck_assert(lad_kernel_words(rig->kernel)[page] & LAD_PAGE_FILE);
    ck_assert_uint_ne(touch(rig, two, BASE + (1 << 30), LAD_ACCESS_FETCH), page);
    kernel_rig_check(rig);
    /* It stays while one still maps it. */
    lad_kernel_unmap(rig->kernel, one->process, BASE, 1 << 20, rig->now);
    ck_assert_uint_eq(kernel_rig_page(rig, two, BASE + (1 << 30) + 0x1000), page);
    lad_kernel_unmap(rig->kernel, two->process, BASE + (1 << 30), 1 << 20, rig->now);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_NR_MAPPED), 0);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(private_file_mapping_is_copied_when_written)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS, NULL);
    LadThread *one = kernel_rig_thread(rig), *two = kernel_rig_thread(rig);
    map(rig, one, BASE, 1 << 20, LAD_MAP_READ | LAD_MAP_WRITE, "/lib/libc.so", 0);
    map(rig, two, BASE, 1 << 20, LAD_MAP_READ | LAD_MAP_WRITE, "/lib/libc.so", 0);
    LadPage page = touch(rig, one, BASE, LAD_ACCESS_READ);
    ck_assert_uint_eq(touch(rig, two, BASE, LAD_ACCESS_READ), page);
    LadPage copy = touch(rig, one, BASE, LAD_ACCESS_WRITE);
    ck_assert_uint_ne(copy, page);
    ck_assert(!(lad_kernel_words(rig->kernel)[copy] & LAD_PAGE_FILE));
    ck_assert_uint_eq(kernel_rig_page(rig, two, BASE), page);
    ck_assert_uint_eq(rig->host.tiers[0]->common[LAD_TIER_COPY_READ_BYTES], 4096);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(shared_writes_are_seen_by_sharers_and_not_by_private_readers)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS, NULL);
    LadThread *writer = kernel_rig_thread(rig), *sharer = kernel_rig_thread(rig),
              *reader = kernel_rig_thread(rig);
    guint32 flags = LAD_MAP_READ | LAD_MAP_WRITE;
    map(rig, writer, BASE, 1 << 20, flags | LAD_MAP_SHARED, "/tmp/f", 0);
    map(rig, sharer, BASE, 1 << 20, flags | LAD_MAP_SHARED, "/tmp/f", 0);
    map(rig, reader, BASE, 1 << 20, flags, "/tmp/f", 0);
    LadPage page = touch(rig, reader, BASE, LAD_ACCESS_READ);
    ck_assert_uint_eq(touch(rig, writer, BASE, LAD_ACCESS_WRITE), page);
    ck_assert_uint_eq(touch(rig, sharer, BASE, LAD_ACCESS_WRITE), page);
    ck_assert_uint_ne(touch(rig, reader, BASE, LAD_ACCESS_READ), page);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(fork_shares_until_one_of_them_writes)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS, NULL);
    LadThread *parent = kernel_rig_thread(rig), *child = kernel_rig_thread(rig);
    LadPage page = touch(rig, parent, BASE, LAD_ACCESS_WRITE);
    lad_kernel_fork(rig->kernel, parent->process, child->process, rig->now);
    ck_assert_uint_eq(touch(rig, child, BASE, LAD_ACCESS_READ), page);
    LadPage copy = touch(rig, child, BASE, LAD_ACCESS_WRITE);
    ck_assert_uint_ne(copy, page);
    ck_assert_uint_eq(kernel_rig_page(rig, parent, BASE), page);
    /* Alone again, the parent writes without a copy. */
    guint64 copied = rig->host.tiers[0]->common[LAD_TIER_COPY_READ_BYTES];
    ck_assert_uint_eq(touch(rig, parent, BASE, LAD_ACCESS_WRITE), page);
    ck_assert_uint_eq(rig->host.tiers[0]->common[LAD_TIER_COPY_READ_BYTES], copied);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_COW_FAULT), 2);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(fork_keeps_shared_memory_in_common)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS, NULL);
    LadThread *parent = kernel_rig_thread(rig), *child = kernel_rig_thread(rig);
    map(rig, parent, BASE, 1 << 20,
        LAD_MAP_READ | LAD_MAP_WRITE | LAD_MAP_SHARED | LAD_MAP_ANONYMOUS, "", 0);
    LadPage page = touch(rig, parent, BASE, LAD_ACCESS_WRITE);
    lad_kernel_fork(rig->kernel, parent->process, child->process, rig->now);
    ck_assert_uint_eq(touch(rig, child, BASE, LAD_ACCESS_WRITE), page);
    /* Touched first by the child, seen by the parent. */
    LadPage later = touch(rig, child, BASE + 4096, LAD_ACCESS_WRITE);
    ck_assert_uint_eq(touch(rig, parent, BASE + 4096, LAD_ACCESS_WRITE), later);
    ck_assert_uint_eq(kernel_rig_vm(rig, LAD_VM_COW_FAULT), 0);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(fork_of_huge_pages_splits_them)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS "[kernel]\nhuge-pages=always\n", NULL);
    LadThread *parent = kernel_rig_thread(rig), *child = kernel_rig_thread(rig);
    LadPage page = touch(rig, parent, BASE, LAD_ACCESS_WRITE);
    lad_kernel_fork(rig->kernel, parent->process, child->process, rig->now);
    ck_assert_uint_eq(touch(rig, child, BASE + 7 * 4096, LAD_ACCESS_READ), page + 7);
    ck_assert_uint_ne(touch(rig, child, BASE + 7 * 4096, LAD_ACCESS_WRITE), page + 7);
    kernel_rig_check(rig);
    lad_kernel_unmap(rig->kernel, child->process, BASE, 2 << 20, rig->now);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(mapping_over_a_range_replaces_it)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    map(rig, thread, BASE, 16 << 12, LAD_MAP_READ | LAD_MAP_ANONYMOUS, "", 0);
    LadPage kept = touch(rig, thread, BASE, LAD_ACCESS_WRITE);
    touch(rig, thread, BASE + (4 << 12), LAD_ACCESS_WRITE);
    map(rig, thread, BASE + (4 << 12), 4 << 12, LAD_MAP_READ, "/f", 0x7000);
    LadPage page = touch(rig, thread, BASE + (5 << 12), LAD_ACCESS_READ);
    ck_assert_uint_eq(lad_file_find(rig->kernel, 1, 8), page);
    ck_assert_uint_eq(kernel_rig_page(rig, thread, BASE + (4 << 12)), LAD_PAGE_NONE);
    ck_assert_uint_eq(kernel_rig_page(rig, thread, BASE), kept);
    const LadRegion *right = lad_region_find(thread->process->space, (BASE >> 12) + 8);
    ck_assert_ptr_nonnull(right);
    ck_assert_uint_eq(right->start, (BASE >> 12) + 8);
    ck_assert_uint_eq(right->offset, 8);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(too_large_a_footprint_is_an_error_with_the_numbers)
{
    KernelRig *rig = kernel_rig_new("[tier.near]\nsize=4 MiB\nlatency=90 ns\nbandwidth=38 GB/s\n"
                                    "[tier.far]\nsize=8 MiB\nlatency=200 ns\nbandwidth=9 GB/s\n",
                                    NULL);
    LadThread *thread = kernel_rig_thread(rig);
    guint64 n = 0;
    while (n < 4096 && kernel_rig_touch(rig, thread, BASE + (n << 12), LAD_ACCESS_WRITE))
        n++;
    guint64 reserve = 0;
    for (guint i = 0; i < 2; i++)
        reserve += lad_frames_watermark(rig->kernel, i, LAD_WMARK_MIN);
    ck_assert_uint_eq(n + kernel_rig_vm(rig, LAD_VM_NR_PAGE_TABLE_PAGES) + reserve, 3072);
    ck_assert_ptr_nonnull(rig->host.error);
    ck_assert(g_error_matches(rig->host.error, LAD_ERROR, LAD_ERROR_CAPACITY));
    ck_assert_ptr_nonnull(strstr(rig->host.error->message, "[tier.near] size 4.0 MiB"));
    ck_assert_ptr_nonnull(strstr(rig->host.error->message, "[tier.far] size 8.0 MiB"));
    ck_assert_ptr_nonnull(strstr(rig->host.error->message, "footprint has reached 11."));
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(state_of_a_private_page_fits_48_bytes)
{
    KernelRig *rig = kernel_rig_new(TWO_TIERS, NULL);
    LadThread *thread = kernel_rig_thread(rig);
    for (guint64 i = 0; i < 20000; i++)
        touch(rig, thread, BASE + (i << 12), LAD_ACCESS_WRITE);
    const LadKernel *kernel = rig->kernel;
    guint64 rows = 0;
    for (guint i = 0; i < LAD_PAGE_COLOURS; i++)
        rows = MAX(rows, kernel->numbering.row[i]);
    guint64 arrays = rows * LAD_PAGE_COLOURS *
                     (sizeof *kernel->words + sizeof *kernel->links + sizeof *kernel->owners);
    guint64 tables = kernel->vm[LAD_VM_NR_PAGE_TABLE_PAGES] *
                     (offsetof(LadPageTable, leaf) + 512 * sizeof(LadPage));
    ck_assert_uint_lt(arrays + tables, 20000 * 48);
    kernel_rig_free(rig);
}
END_TEST

KERNEL_SUITE("pages", untouched_memory_is_not_mapped_and_has_no_tables,
             first_touch_takes_a_frame_and_four_tables, first_touch_costs_the_fault_and_the_zeroing,
             identity_numbers_keep_the_virtual_colour_and_index,
             sequential_numbers_follow_the_order_of_first_touch,
             random_numbers_differ_by_seed_and_never_collide,
             pages_of_one_colour_go_to_others_when_it_runs_out,
             unmap_gives_back_frames_tables_and_numbers, huge_page_maps_512_pages_by_one_fault,
             huge_page_is_split_by_a_partial_unmap_and_kept_in_order,
             whole_huge_pages_come_back_after_unmapping,
             mappings_smaller_than_2_mib_get_small_pages, processes_share_the_pages_of_a_file,
             private_file_mapping_is_copied_when_written,
             shared_writes_are_seen_by_sharers_and_not_by_private_readers,
             fork_shares_until_one_of_them_writes, fork_keeps_shared_memory_in_common,
             fork_of_huge_pages_splits_them, mapping_over_a_range_replaces_it,
             too_large_a_footprint_is_an_error_with_the_numbers,
             state_of_a_private_page_fits_48_bytes)
