/* check_zswap.c - compressed memory as a tier and as the first of a chain: sizes, times, limits,
 * refusals, write-back, and that no page is ever in two places or in none. */
#include "config.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/content.h"
#include "sim/kernel/swapchain.h"
#include "sim/kernel/swap.h"
#include "tests/unit/kernel_rig.h"

#define NEAR "[tier.near]\nmodel=fixed\nsize=64 MiB\nlatency=100 ns\nbandwidth=10 GB/s\n"
#define SSD                                                                                        \
    "[tier.disk]\nmodel=ssd\nsize=16 MiB\nread-latency=100 us\n"                                   \
    "write-latency=100 us\n"
#define ZSWAP "[tier.z]\nmodel=zswap\n"
#define CHAIN ZSWAP "next=disk\n"
#define N     64 /* pages that tests move */

typedef struct {
    KernelRig *rig;
    LadKernel *kernel;
    LadThread *thread;
    LadTier *zswap;
    LadPage pages[N];
    LadTime now;
    guint n_ended;
} Bed;

static void
ended(void *owner, LadPage page G_GNUC_UNUSED, guint64 slot G_GNUC_UNUSED,
      LadTime time G_GNUC_UNUSED)
{
    ((Bed *)owner)->n_ended++;
}

static void
bed_init(Bed *bed, const char *text)
{
    *bed = (Bed){.rig = kernel_rig_new(text, NULL)};
    bed->kernel = bed->rig->kernel;
    bed->thread = kernel_rig_thread(bed->rig);
    bed->zswap = bed->rig->host.tiers[1];
    for (guint i = 0; i < N; i++) {
        guint64 address = 0x10000000 + (guint64)i * 4096;
        ck_assert(kernel_rig_touch(bed->rig, bed->thread, address, LAD_ACCESS_WRITE));
        bed->pages[i] = kernel_rig_page(bed->rig, bed->thread, address);
    }
    lad_chain_set_owner(bed->kernel, bed, ended);
    bed->now = bed->rig->now;
}

static void
tell(Bed *bed, guint i, const char *algorithm, guint bytes)
{
    lad_contents_tell(&bed->rig->host, bed->thread->process, 0x10000000 + (guint64)i * 4096,
                      algorithm, bytes);
}

static LadChainResult
out(Bed *bed, guint i)
{
    return lad_chain_store(bed->kernel, 0, 1, bed->pages[i], i, FALSE, &bed->now);
}

static guint64
tier_counter(const LadTier *tier, const char *name)
{
    const LadCounter *table = tier->class->base.counters;
    for (guint i = 0; table[i].name; i++)
        if (strcmp(table[i].name, name) == 0)
            return tier->counters[i];
    ck_abort_msg("no counter %s", name);
}

static guint64
counter(const Bed *bed, const char *name)
{
    return tier_counter(bed->zswap, name);
}

static void
loaded(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    *(LadTime *)data = now;
}

/* Load and wait: when it was there. */
static LadTime
in(Bed *bed, guint i)
{
    LadTime there = 0;
    LadTime answer = lad_chain_load(bed->kernel, bed->pages[i], i, bed->now, loaded, &there, 0);
    while (answer == LAD_PENDING && there == 0)
        lad_queue_step(bed->rig->host.queue);
    return answer == LAD_PENDING ? there : answer;
}

/* The holders' counts are those of the slots, and the pool's pages are frames of the near tier. */
static void
check(Bed *bed)
{
    guint64 held[LAD_MAX_TIERS] = {0};
    for (guint i = 0; i < N; i++) {
        guint holder = lad_chain_holder(bed->kernel, i);
        if (holder != LAD_TIER_NONE)
            held[holder]++;
    }
    ck_assert_uint_eq(held[1], counter(bed, "stored_pages"));
    if (bed->rig->host.n_tiers > 2)
        ck_assert_uint_eq(held[2] << LAD_PAGE_SHIFT,
                          bed->rig->host.tiers[2]->common[LAD_TIER_USED_BYTES]);
    ck_assert_uint_eq(counter(bed, "pool_total_size"), bed->zswap->common[LAD_TIER_USED_BYTES]);
    ck_assert_uint_eq(counter(bed, "pool_total_size"),
                      bed->rig->host.tiers[0]->common[LAD_TIER_POOL_BYTES]);
}

START_TEST(sizes_come_from_the_trace)
{
    Bed bed;
    bed_init(&bed, NEAR ZSWAP "compressor=zstd\n");
    guint64 free = lad_frames_free(bed.kernel, 0) + bed.kernel->zones[0].pcp.count;
    for (guint i = 0; i < 14; i++) {
        tell(&bed, i, "lzo", 100);    /* another compressor */
        tell(&bed, i, "zstd-1", 999); /* less like Linux's than the next */
        tell(&bed, i, "zstd-3-linux", 2068);
        tell(&bed, i, "zstd-1", 998);
        ck_assert_int_eq(out(&bed, i), LAD_CHAIN_STORED);
    }
    ck_assert_uint_eq(counter(&bed, "compressed_bytes"), 14 * 2068);
    ck_assert_uint_eq(counter(&bed, "pool_total_size"), 8 * 4096); /* two zspages of 7 */
    ck_assert_uint_eq(counter(&bed, "drawn_sizes"), 0);
    ck_assert_uint_eq(lad_frames_free(bed.kernel, 0) + bed.kernel->zones[0].pcp.count, free - 8);
    ck_assert_uint_eq(lad_cgroup(bed.kernel, 0)->counters[LAD_CG_ZSWAP], 14 * 2068);
    ck_assert_uint_eq(lad_cgroup(bed.kernel, 0)->counters[LAD_CG_ZSWAPPED], 14 * 4096);
    check(&bed);
    for (guint i = 0; i < 14; i++)
        lad_chain_discard(bed.kernel, bed.pages[i], i);
    ck_assert_uint_eq(counter(&bed, "pool_total_size"), 0);
    ck_assert_uint_eq(lad_frames_free(bed.kernel, 0) + bed.kernel->zones[0].pcp.count, free);
    ck_assert_uint_eq(lad_cgroup(bed.kernel, 0)->counters[LAD_CG_ZSWAP], 0);
    check(&bed);
    kernel_rig_free(bed.rig);
}
END_TEST

START_TEST(a_child_holds_what_its_parent_did)
{
    Bed bed;
    bed_init(&bed, NEAR ZSWAP "compressor=lz4\n");
    tell(&bed, 0, "lz4", 1234);
    LadThread *child = kernel_rig_thread(bed.rig);
    lad_kernel_fork(bed.kernel, bed.thread->process, child->process, bed.now);
    ck_assert(kernel_rig_touch(bed.rig, child, 0x10000000, LAD_ACCESS_WRITE)); /* its own copy */
    LadPage page = kernel_rig_page(bed.rig, child, 0x10000000);
    ck_assert_uint_ne(page, bed.pages[0]);
    ck_assert_uint_eq(lad_content_size(&bed.rig->host, page, LAD_COMPRESSOR_LZ4), 1234);
    ck_assert_uint_eq(lad_content_size(&bed.rig->host, page, LAD_COMPRESSOR_ZSTD),
                      LAD_CONTENT_UNKNOWN);
    kernel_rig_free(bed.rig);
}
END_TEST

START_TEST(sizes_are_drawn_once_and_stay)
{
    Bed bed;
    bed_init(&bed, NEAR ZSWAP "sizes=0 10; 1024 30; 2048 50; 4352 10\n");
    guint64 sizes[2] = {0, 0}, same[2];
    guint stored[2] = {0, 0};
    for (guint pass = 0; pass < 2; pass++) {
        for (guint i = 0; i < N; i++)
            stored[pass] += out(&bed, i) == LAD_CHAIN_STORED;
        sizes[pass] = counter(&bed, "compressed_bytes");
        same[pass] = counter(&bed, "same_filled_pages");
        check(&bed);
    }
    ck_assert_uint_eq(sizes[0], sizes[1]);
    ck_assert_uint_eq(same[0], same[1]);
    ck_assert_uint_eq(stored[0], stored[1]);
    ck_assert_uint_gt(same[0], 0);
    ck_assert_uint_lt(stored[0], N); /* some of the last row are incompressible */
    ck_assert_uint_eq(counter(&bed, "drawn_sizes"), 2 * N);
    /* 30 of 80 at 512 B, 50 of 80 at 1536 B on average: 1152 B. */
    double mean = (double)sizes[0] / (double)(stored[0] - same[0]);
    ck_assert_double_eq_tol(mean, 1152, 250);
    kernel_rig_free(bed.rig);
}
END_TEST

START_TEST(a_distribution_has_its_ratio)
{
    Bed bed;
    bed_init(&bed, NEAR ZSWAP "distribution=fixed\nratio=4\n");
    for (guint i = 0; i < N; i++)
        ck_assert_int_eq(out(&bed, i), LAD_CHAIN_STORED);
    ck_assert_uint_eq(counter(&bed, "compressed_bytes"), N * 1024);
    kernel_rig_free(bed.rig);
    bed_init(&bed, NEAR ZSWAP "distribution=uniform\nratio=4\nspread=0.5\nsame-filled-share=1\n");
    ck_assert_int_eq(out(&bed, 0), LAD_CHAIN_STORED);
    ck_assert_uint_eq(counter(&bed, "same_filled_pages"), 1);
    ck_assert_uint_eq(counter(&bed, "pool_total_size"), 0);
    kernel_rig_free(bed.rig);
}
END_TEST

START_TEST(unknown_contents_are_an_error_that_names_the_keys)
{
    Bed bed;
    bed_init(&bed, NEAR ZSWAP);
    ck_assert_int_eq(out(&bed, 0), LAD_CHAIN_FAILED);
    lad_assert_error(bed.rig->host.error, "page-compressibility");
    lad_assert_error(bed.rig->host.error, "`sizes` or `distribution`");
    kernel_rig_free(bed.rig);
}
END_TEST

START_TEST(time_goes_by_rows_and_straight_lines)
{
    Bed bed;
    bed_init(&bed, NEAR ZSWAP "compress-times=1000 10; 2000 30\ndecompress-times=1000 5\n"
                              "same-filled-time=1 us\n");
    const struct {
        guint bytes;
        LadTime out, in;
    } known[] = {{500, 10 * LAD_US, 5 * LAD_US},
                 {1000, 10 * LAD_US, 5 * LAD_US},
                 {1500, 20 * LAD_US, 5 * LAD_US},
                 {3000, 30 * LAD_US, 5 * LAD_US},
                 {0, LAD_US, LAD_US}};
    for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
        LadTime before = bed.now;
        tell(&bed, i, "lzo", known[i].bytes);
        ck_assert_int_eq(out(&bed, i), LAD_CHAIN_STORED);
        ck_assert_uint_eq(bed.now - before, known[i].out);
        ck_assert_uint_eq(in(&bed, i) - bed.now, known[i].in);
        ck_assert(lad_chain_is_synchronous(bed.kernel, i));
    }
    /* A page that is refused costs its compression all the same. */
    LadTime before = bed.now;
    tell(&bed, 9, "lzo", 4116);
    ck_assert_int_eq(out(&bed, 9), LAD_CHAIN_FAILED);
    ck_assert_uint_eq(bed.now - before, 30 * LAD_US);
    kernel_rig_free(bed.rig);
}
END_TEST

START_TEST(incompressible_pages_are_sent_on)
{
    Bed bed;
    bed_init(&bed, NEAR CHAIN SSD);
    for (guint i = 0; i < N; i++)
        tell(&bed, i, "lzo", i % 2 ? 4116 : 2077);
    for (guint i = 0; i < N; i++)
        ck_assert_int_eq(out(&bed, i), i % 2 ? LAD_CHAIN_QUEUED : LAD_CHAIN_STORED);
    lad_chain_unplug(bed.kernel, 1, &bed.now);
    kernel_rig_idle(bed.rig, bed.thread, bed.now + 100 * LAD_MS);
    ck_assert_uint_eq(bed.n_ended, N / 2);
    ck_assert_uint_eq(counter(&bed, "refused_incompressible"), N / 2);
    ck_assert_uint_eq(counter(&bed, "reject_compress_poor"), 0); /* as zsmalloc in 6.1 */
    check(&bed);
    bed.now = bed.rig->now;
    ck_assert_uint_ge(in(&bed, 1) - bed.now, 100 * LAD_US);
    ck_assert(!lad_chain_is_synchronous(bed.kernel, 1));
    /* Each later eviction tries again; the page has changed, so it is compressed now. */
    tell(&bed, 1, "lzo", 500);
    ck_assert_int_eq(out(&bed, 1), LAD_CHAIN_STORED);
    check(&bed);
    kernel_rig_free(bed.rig);
    bed_init(&bed, NEAR CHAIN "allocator=zbud\n" SSD);
    tell(&bed, 0, "lzo", 4000); /* zsmalloc would take it; with the header, zbud cannot */
    ck_assert_int_eq(out(&bed, 0), LAD_CHAIN_QUEUED);
    ck_assert_uint_eq(counter(&bed, "reject_compress_poor"), 1);
    kernel_rig_free(bed.rig);
    bed_init(&bed, NEAR CHAIN "max-object=2990 B\n" SSD);
    tell(&bed, 0, "lzo", 2990);
    tell(&bed, 1, "lzo", 2991);
    ck_assert_int_eq(out(&bed, 0), LAD_CHAIN_STORED);
    ck_assert_int_eq(out(&bed, 1), LAD_CHAIN_QUEUED);
    kernel_rig_free(bed.rig);
}
END_TEST

/* A pool of at most 16 pages, one page per object. */
#define SMALL "size=64 KiB\naccept-threshold-percent=75\ndistribution=fixed\nratio=1\n"

START_TEST(a_full_pool_refuses_until_it_is_below_the_threshold)
{
    Bed bed;
    bed_init(&bed, NEAR ZSWAP SMALL);
    guint stored = 0;
    while (out(&bed, stored) == LAD_CHAIN_STORED)
        stored++;
    /* Full is: above the limit, so one more than it is taken, as in Linux. */
    ck_assert_uint_eq(stored, 17);
    ck_assert_uint_eq(counter(&bed, "pool_limit_hit"), 1);
    for (guint i = 0; i < 5; i++) {
        ck_assert_int_eq(out(&bed, 20), LAD_CHAIN_FAILED);
        lad_chain_discard(bed.kernel, bed.pages[i], i);
    }
    ck_assert_int_eq(out(&bed, 20), LAD_CHAIN_FAILED); /* 12 pages: not below 12 */
    lad_chain_discard(bed.kernel, bed.pages[5], 5);
    ck_assert_int_eq(out(&bed, 20), LAD_CHAIN_STORED);
    ck_assert_int_eq(out(&bed, 21), LAD_CHAIN_STORED);
    check(&bed);
    kernel_rig_free(bed.rig);
}
END_TEST

START_TEST(a_full_pool_writes_back_its_oldest)
{
    Bed bed;
    bed_init(&bed, NEAR CHAIN SMALL SSD);
    for (guint i = 0; i < 17; i++)
        ck_assert_int_eq(out(&bed, i), LAD_CHAIN_STORED);
    ck_assert_int_eq(out(&bed, 17), LAD_CHAIN_QUEUED); /* past the full pool */
    lad_chain_unplug(bed.kernel, 1, &bed.now);
    kernel_rig_idle(bed.rig, bed.thread, bed.now + 100 * LAD_MS);
    bed.now = bed.rig->now;
    /* From 17 down to below 12. */
    ck_assert_uint_eq(counter(&bed, "stored_pages"), 11);
    ck_assert_uint_eq(counter(&bed, "written_back_pages"), 6);
    ck_assert_uint_eq(bed.zswap->common[LAD_TIER_MOVED_ON], 6);
    ck_assert_uint_gt(bed.rig->charged[LAD_CHARGE_RECLAIM], 0);
    for (guint i = 0; i < 18; i++)
        ck_assert_uint_eq(lad_chain_holder(bed.kernel, i), i < 6 || i == 17 ? 2 : 1);
    ck_assert_uint_eq(bed.n_ended, 1); /* the chain's own writes are not told */
    check(&bed);
    ck_assert_uint_ge(in(&bed, 0) - bed.now, 100 * LAD_US);
    kernel_rig_free(bed.rig);

    bed_init(&bed, NEAR CHAIN SMALL "write-back=one\n" SSD);
    for (guint i = 0; i < 18; i++)
        out(&bed, i);
    kernel_rig_idle(bed.rig, bed.thread, bed.now + 100 * LAD_MS);
    ck_assert_uint_eq(counter(&bed, "written_back_pages"), 1);
    check(&bed);
    kernel_rig_free(bed.rig);

    bed_init(&bed, NEAR CHAIN SMALL "write-back=none\n" SSD);
    for (guint i = 0; i < 18; i++)
        out(&bed, i);
    kernel_rig_idle(bed.rig, bed.thread, bed.now + 100 * LAD_MS);
    ck_assert_uint_eq(counter(&bed, "written_back_pages"), 0);
    kernel_rig_free(bed.rig);
}
END_TEST

START_TEST(a_page_that_is_written_back_is_there_at_once)
{
    Bed bed;
    bed_init(&bed, NEAR CHAIN SMALL SSD);
    for (guint i = 0; i < 18; i++)
        out(&bed, i);
    lad_queue_step(bed.rig->host.queue); /* the worker */
    ck_assert_uint_eq(lad_chain_holder(bed.kernel, 0), 2);
    ck_assert_uint_eq(in(&bed, 0), bed.now);
    /* Written anew while that write is under way: the new copy is the one that counts. */
    ck_assert_int_eq(out(&bed, 0), LAD_CHAIN_STORED);
    ck_assert_uint_eq(lad_chain_holder(bed.kernel, 0), 1);
    kernel_rig_idle(bed.rig, bed.thread, bed.now + 100 * LAD_MS);
    ck_assert_uint_eq(lad_chain_holder(bed.kernel, 0), 1);
    check(&bed);
    kernel_rig_free(bed.rig);
}
END_TEST

START_TEST(old_pages_are_moved_on)
{
    Bed bed;
    bed_init(&bed, NEAR CHAIN "next-age=10 s\ndistribution=fixed\n" SSD);
    for (guint i = 0; i < 40; i++)
        out(&bed, i);
    kernel_rig_idle(bed.rig, NULL, bed.now + 5 * LAD_S);
    bed.now = bed.rig->now;
    for (guint i = 40; i < N; i++)
        out(&bed, i);
    kernel_rig_idle(bed.rig, NULL, bed.now + 4 * LAD_S);
    ck_assert_uint_eq(counter(&bed, "stored_pages"), N);
    kernel_rig_idle(bed.rig, NULL, bed.now + 7 * LAD_S);
    ck_assert_uint_eq(counter(&bed, "stored_pages"), N - 40);
    for (guint i = 0; i < N; i++)
        ck_assert_uint_eq(lad_chain_holder(bed.kernel, i), i < 40 ? 2 : 1);
    check(&bed);
    kernel_rig_idle(bed.rig, NULL, bed.now + 12 * LAD_S);
    ck_assert_uint_eq(counter(&bed, "stored_pages"), 0);
    ck_assert_uint_eq(counter(&bed, "pool_total_size"), 0);
    check(&bed);
    kernel_rig_free(bed.rig);
}
END_TEST

/* From a device to the next: read from one, written to the other. */
START_TEST(old_pages_move_between_devices)
{
    Bed bed;
    bed_init(&bed, NEAR "[tier.fast]\nmodel=ssd\nsize=128 KiB\nread-latency=100 us\n"
                        "write-latency=100 us\nnext=disk\nnext-age=1 s\n" SSD);
    ck_assert_uint_eq(lad_chain_area_slots(bed.kernel, 0), 32 + 4096);
    guint to_fast = 0;
    for (guint i = 0; i < 40; i++) {
        ck_assert_int_eq(out(&bed, i), LAD_CHAIN_QUEUED);
        to_fast += lad_chain_holder(bed.kernel, i) == 1;
    }
    ck_assert_uint_eq(to_fast, 32); /* then it is full, and they go past it */
    lad_chain_unplug(bed.kernel, 1, &bed.now);
    kernel_rig_idle(bed.rig, NULL, bed.now + 3 * LAD_S);
    for (guint i = 0; i < 40; i++)
        ck_assert_uint_eq(lad_chain_holder(bed.kernel, i), 2);
    ck_assert_uint_eq(bed.n_ended, 40);
    ck_assert_uint_eq(bed.rig->host.tiers[1]->common[LAD_TIER_USED_BYTES], 0);
    kernel_rig_free(bed.rig);
}
END_TEST

START_TEST(copies_are_kept_or_freed_on_swap_in)
{
    Bed bed;
    bed_init(&bed, NEAR ZSWAP "distribution=fixed\n");
    out(&bed, 0);
    in(&bed, 0);
    ck_assert_uint_eq(lad_chain_holder(bed.kernel, 0), 1);
    in(&bed, 0);
    ck_assert_uint_eq(counter(&bed, "zswpin"), 2);
    kernel_rig_free(bed.rig);
    bed_init(&bed, NEAR ZSWAP "distribution=fixed\nexclusive=true\n");
    out(&bed, 0);
    in(&bed, 0);
    ck_assert_uint_eq(lad_chain_holder(bed.kernel, 0), LAD_TIER_NONE);
    ck_assert_uint_eq(counter(&bed, "stored_pages"), 0);
    lad_chain_discard(bed.kernel, bed.pages[0], 0); /* the slot is freed later all the same */
    check(&bed);
    kernel_rig_free(bed.rig);
}
END_TEST

START_TEST(a_pool_without_frames_refuses)
{
    Bed bed;
    bed_init(&bed, NEAR CHAIN "max-pool-percent=100\ndistribution=fixed\nratio=1\n" SSD);
    guint64 n = lad_frames_free(bed.kernel, 0);
    ck_assert(lad_frames_take(bed.kernel, 0, n, 0));
    ck_assert_int_eq(out(&bed, 0), LAD_CHAIN_QUEUED);
    ck_assert_uint_eq(counter(&bed, "reject_alloc_fail"), 1);
    kernel_rig_free(bed.rig);
}
END_TEST

START_TEST(presets_can_be_read)
{
    static const char *const names[] = {"6.1", "zsmalloc-6.1", "zstd", "lz4", "far-memory"};
    const char *source = g_getenv("LAD_TEST_SRCDIR");
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *text =
            g_strdup_printf("[kernel]\ninclude=%s/configs/tiers/ddr5.conf, "
                            "%s/configs/tiers/zswap-%s.conf\n[tier.near]\nsize=64 MiB\n"
                            "[tier.zswap]\ndistribution=fixed\n",
                            source, source, names[i]);
        Bed bed;
        bed_init(&bed, text);
        ck_assert_int_eq(out(&bed, 0), LAD_CHAIN_STORED);
        in(&bed, 0);
        ck_assert_uint_eq(counter(&bed, "zswpin"), 1);
        kernel_rig_free(bed.rig);
    }
}
END_TEST

/* The ratios printed beside the measured histograms, zero pages apart; within what drawing few
 * pages from bins of 256 bytes can show. */
START_TEST(measured_histograms_have_their_ratios)
{
    const struct {
        const char *name;
        double ratio;
    } known[] = {{"cc1plus-lz4", 3.43}, {"xz-lz4", 2.21},   {"py-lz4", 3.82},
                 {"sqlite-lz4", 2.05},  {"git-zstd", 2.97}, {"gap-pr-zstd", 1.46}};
    enum { PAGES = 4000 };
    const char *source = g_getenv("LAD_TEST_SRCDIR");
    for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
        g_autofree char *text = g_strdup_printf(
            NEAR ZSWAP "max-pool-percent=100\nsizes=%s/configs/tiers/compress/%s.txt\n", source,
            known[i].name);
        Bed bed;
        bed_init(&bed, text);
        guint64 n = 0;
        for (guint page = 0; page < PAGES; page++) {
            guint64 address = 0x20000000 + (guint64)page * 4096;
            ck_assert(kernel_rig_touch(bed.rig, bed.thread, address, LAD_ACCESS_WRITE));
            LadPage number = kernel_rig_page(bed.rig, bed.thread, address);
            n += lad_chain_store(bed.kernel, 0, 1, number, page, FALSE, &bed.now) ==
                 LAD_CHAIN_STORED;
        }
        n -= counter(&bed, "same_filled_pages");
        double ratio = (double)n * 4096 / (double)counter(&bed, "compressed_bytes");
        ck_assert_msg(ABS(ratio / known[i].ratio - 1) < 0.07, "%s: %g, not %g", known[i].name,
                      ratio, known[i].ratio);
        kernel_rig_free(bed.rig);
    }
}
END_TEST

/* Every slot's holder counts it, and the kernel finds every page in one place. */
static void
check_host(KernelRig *rig, guint64 n_slots)
{
    guint64 held[LAD_MAX_TIERS] = {0};
    for (guint64 slot = 0; slot < n_slots; slot++) {
        guint holder = lad_chain_holder(rig->kernel, slot);
        if (holder != LAD_TIER_NONE)
            held[holder]++;
    }
    g_autofree char *lost = lad_kernel_conserve(rig->kernel);
    ck_assert_msg(lost == NULL, "%s", lost);
    ck_assert_uint_eq(held[1], tier_counter(rig->host.tiers[1], "stored_pages"));
    for (guint i = 2; i < rig->host.n_tiers; i++)
        ck_assert_uint_eq(held[i] << LAD_PAGE_SHIFT,
                          rig->host.tiers[i]->common[LAD_TIER_USED_BYTES]);
}

/* A group at its limit over a pool, a small SSD and a remote machine's memory, random touches,
 * pages that do not compress, pools that fill up, pages that are moved on for their age, a fork in
 * between: nothing is lost, at any step. */
static void
touch_and_check(const char *variant, guint64 seed)
{
    enum { PAGES = 3000, STEPS = 30000 };
    g_autofree char *text = g_strconcat(
        NEAR CHAIN "size=256 KiB\ndistribution=uniform\nratio=2\nincompressible-share=0.2\n"
                   "same-filled-share=0.05\n",
        variant,
        "[tier.disk]\nmodel=ssd\nsize=4 MiB\nread-latency=80 us\nwrite-latency=20 us\n"
        "next=far\nnext-age=100 ms\n"
        "[tier.far]\nmodel=remote-swap\nsize=16 MiB\nround-trip=10 us\nbandwidth=3 GB/s\n"
        "[cgroup.job]\nmax=4 MiB\n",
        NULL);
    KernelRig *rig = kernel_rig_new(text, NULL);
    LadThread *threads[2] = {kernel_rig_thread(rig), kernel_rig_thread(rig)};
    guint64 n_slots = lad_chain_area_slots(rig->kernel, 0);
    LadRandom random;
    lad_random_init(&random, seed, "check_zswap");
    threads[0]->process->group = 1;
    for (guint i = 0; i < STEPS; i++) {
        /* Nine of ten touches to a third of the pages. */
        guint64 few = lad_random_below(&random, 10) < 9 ? PAGES / 3 : PAGES;
        guint64 address = 0x10000000 + lad_random_below(&random, few) * 4096;
        LadThread *thread = threads[i > STEPS / 2 && lad_random_below(&random, 4) == 0];
        if (i == STEPS / 2)
            lad_kernel_fork(rig->kernel, threads[0]->process, threads[1]->process, rig->now);
        LadAccess access = lad_random_below(&random, 4) == 0 ? LAD_ACCESS_WRITE : LAD_ACCESS_READ;
        ck_assert_msg(kernel_rig_touch(rig, thread, address, access), "%s",
                      rig->host.error ? rig->host.error->message : "no error");
        if (i % 1000 == 999)
            check_host(rig, n_slots);
    }
    kernel_rig_idle(rig, NULL, rig->now + 500 * LAD_MS);
    check_host(rig, n_slots);
    ck_assert_uint_gt(rig->host.tiers[1]->common[LAD_TIER_PAGE_STORES], 100);
    ck_assert_uint_gt(rig->host.tiers[2]->common[LAD_TIER_PAGE_STORES], 100);
    ck_assert_uint_gt(rig->host.tiers[3]->common[LAD_TIER_PAGE_STORES], 100);
    ck_assert_uint_gt(rig->host.tiers[2]->common[LAD_TIER_MOVED_ON], 100);
    lad_kernel_unmap(rig->kernel, threads[0]->process, 0x10000000, PAGES * 4096, rig->now);
    lad_kernel_unmap(rig->kernel, threads[1]->process, 0x10000000, PAGES * 4096, rig->now);
    kernel_rig_idle(rig, NULL, rig->now + 500 * LAD_MS);
    check_host(rig, n_slots);
    kernel_rig_free(rig);
}

START_TEST(no_page_is_lost_between_the_rungs)
{
    static const char *const variants[] = {"", "exclusive=true\n",
                                           "allocator=zbud\nwrite-back=one\n", "next-age=50 ms\n",
                                           "exclusive=true\nnext-age=20 ms\nwrite-back=none\n"};
    for (guint i = 0; i < G_N_ELEMENTS(variants); i++)
        touch_and_check(variants[i], i);
}
END_TEST

static void
refused(const char *text, const char *part)
{
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(kernel_rig_try(text, NULL, &error));
    lad_assert_error(error, part);
}

START_TEST(bad_configurations_are_refused_with_reasons)
{
    refused(NEAR ZSWAP "next=disk\n" SSD "next=z\n", "the chain loops: z -> disk -> z");
    refused(NEAR ZSWAP "next=z\n", "the chain loops: z -> z");
    refused(NEAR "[tier.a]\nmodel=zswap\nnext=b\n[tier.b]\nmodel=zswap\nnext=c\n"
                 "[tier.c]\nmodel=zswap\nnext=b\n",
            "the chain loops: b -> c -> b");
    refused(NEAR ZSWAP "next=dsk\n" SSD, "there is no group [tier.dsk]");
    refused(NEAR ZSWAP "next=near\n", "byte-addressable; expected one that faults");
    refused(NEAR "next=z\n" ZSWAP, "expected `next` in the groups of faulting tiers");
    refused(NEAR ZSWAP "next-age=10 s\n", "expected with `next`");
    refused(NEAR ZSWAP "ratio=0.9\n", "from 1 to 128");
    refused(NEAR ZSWAP "size=0 B\n", "from 4 KiB");
    refused(NEAR ZSWAP "max-pool-percent=0\n", "from 0.001 to 100");
    refused(NEAR ZSWAP "max-pool-percent=0.001\n", "a pool of at least one page");
    refused(NEAR ZSWAP "pool-tier=far\n", "the name of a byte-addressable tier");
    refused(NEAR ZSWAP "sizes=100 5; 50 5\n", "bytes rising");
    refused(NEAR ZSWAP "sizes=100 0\n", "at least one page in the histogram");
    refused(NEAR ZSWAP "compress-times=100\n", "rows of two numbers");
    refused(NEAR ZSWAP "same-filled-share=0.6\nincompressible-share=0.5\n", "a sum of at most 1");
    refused(NEAR ZSWAP "compressor=lz5\n", "lz4");
}
END_TEST

KERNEL_SUITE("zswap", sizes_come_from_the_trace, a_child_holds_what_its_parent_did,
             sizes_are_drawn_once_and_stay, a_distribution_has_its_ratio,
             unknown_contents_are_an_error_that_names_the_keys,
             time_goes_by_rows_and_straight_lines, incompressible_pages_are_sent_on,
             a_full_pool_refuses_until_it_is_below_the_threshold,
             a_full_pool_writes_back_its_oldest, a_page_that_is_written_back_is_there_at_once,
             old_pages_are_moved_on, old_pages_move_between_devices,
             copies_are_kept_or_freed_on_swap_in, a_pool_without_frames_refuses,
             presets_can_be_read, measured_histograms_have_their_ratios,
             bad_configurations_are_refused_with_reasons, no_page_is_lost_between_the_rungs)
