/* check_block.c - the block layer: plug, merge, order of dispatch, writeback throttling,
 * completion.
 */
#include "config.h"
#include "sim/kernel/block.h"
#include "tests/unit/kernel_rig.h"
#include <memladder/servers.h>
#include <memladder/spread.h>

#define NEAR "[tier.near]\nmodel=fixed\nsize=64 MiB\nlatency=90 ns\nbandwidth=64 GB/s\n"
/* The device of the measured kernel runs: each request takes 100 us, whatever its size. */
#define SSD                                                                                        \
    "[tier.ssd]\nmodel=ssd\nsize=1 GiB\nchannels=1024\nread-latency=100 us\nwrite-latency=100 "    \
    "us\n"

typedef struct {
    KernelRig *rig;
    LadBlockQueue *queue;
    guint n_ended;
    LadPage page[4096]; /* in the order of their ends */
    LadTime time[4096];
} Bed;

static void
note_end(void *owner, LadPage page, guint64 slot, LadTime time)
{
    Bed *bed = owner;
    ck_assert_uint_eq(slot, page); /* as the tests number them */
    bed->page[bed->n_ended] = page;
    bed->time[bed->n_ended++] = time;
}

static Bed *
bed_new(const char *text)
{
    Bed *bed = g_new0(Bed, 1);
    g_autofree char *all = g_strconcat(NEAR, text, NULL);
    bed->rig = kernel_rig_new(all, NULL);
    bed->queue = bed->rig->host.tiers[1]->block;
    ck_assert_ptr_nonnull(bed->queue);
    bed->queue->owner = bed;
    bed->queue->ended = note_end;
    return bed;
}

static void
bed_free(Bed *bed)
{
    kernel_rig_free(bed->rig);
    g_free(bed);
}

static LadTime
write_pages(Bed *bed, guint64 from, guint64 n, gint64 stride, LadTime *now)
{
    LadTime slept = 0;
    for (guint64 i = 0; i < n; i++) {
        guint64 slot = from + (guint64)((gint64)i * stride);
        slept += lad_block_write(bed->queue, (LadPage)slot, slot, FALSE, now);
    }
    return slept;
}

START_TEST(a_first_reclaim_writes_253_pages_as_8_requests_of_31_and_one_of_5)
{
    Bed *bed = bed_new(SSD);
    const guint64 *count = bed->queue->counters;
    LadTime now = LAD_S;
    ck_assert_uint_eq(write_pages(bed, 0, 8 * 31, 1, &now), 0);
    ck_assert_uint_eq(count[LAD_BLOCK_WRITE_REQUESTS], 0); /* all still plugged */
    ck_assert_uint_eq(count[LAD_BLOCK_MERGES], 8 * 30);
    /* The ninth request is over the limit of 8: the writer sleeps until there is room. */
    LadTime slept = write_pages(bed, 8 * 31, 1, 1, &now);
    ck_assert_uint_eq(slept, 100 * LAD_US);
    ck_assert_uint_eq(now, LAD_S + 100 * LAD_US);
    ck_assert_uint_eq(count[LAD_BLOCK_WRITE_REQUESTS], 8);
    ck_assert_uint_eq(count[LAD_BLOCK_WRITE_PAGES], 8 * 31);
    ck_assert_uint_ge(bed->n_ended, 31);
    write_pages(bed, 8 * 31 + 1, 4, 1, &now);
    lad_block_unplug(bed->queue, &now);
    ck_assert_uint_eq(count[LAD_BLOCK_WRITE_REQUESTS], 9);
    ck_assert_uint_eq(count[LAD_BLOCK_WRITE_PAGES], 253);
    lad_block_poll(bed->queue, now + 100 * LAD_US);
    ck_assert_uint_eq(bed->n_ended, 253);
    ck_assert_uint_eq(count[LAD_BLOCK_IN_FLIGHT], 0);
    /* Last first: the eighth request ended before the seventh. */
    ck_assert_uint_eq(bed->page[0], 7 * 31);
    ck_assert_uint_eq(bed->page[30], 7 * 31 + 30);
    bed_free(bed);
}
END_TEST

/* ---- Plug and merge ---------------------------------------------------------------------------
 */

START_TEST(pages_merge_behind_and_before_the_newest_request_only)
{
    Bed *bed = bed_new(SSD);
    const guint64 *count = bed->queue->counters;
    LadTime now = 0;
    write_pages(bed, 100, 1, 0, &now);
    write_pages(bed, 101, 1, 0, &now); /* behind */
    write_pages(bed, 99, 1, 0, &now);  /* before */
    ck_assert_uint_eq(count[LAD_BLOCK_MERGES], 2);
    write_pages(bed, 500, 1, 0, &now);
    write_pages(bed, 102, 1, 0, &now); /* behind an older request: no merge */
    ck_assert_uint_eq(count[LAD_BLOCK_MERGES], 2);
    lad_block_unplug(bed->queue, &now);
    ck_assert_uint_eq(count[LAD_BLOCK_WRITE_REQUESTS], 3);
    lad_block_poll(bed->queue, LAD_S);
    static const LadPage order[] = {102, 500, 99, 100, 101};
    ck_assert_uint_eq(bed->n_ended, G_N_ELEMENTS(order));
    for (guint i = 0; i < G_N_ELEMENTS(order); i++)
        ck_assert_uint_eq(bed->page[i], order[i]);
    bed_free(bed);
}
END_TEST

START_TEST(a_plug_is_flushed_before_its_33rd_request)
{
    Bed *bed = bed_new(SSD "writeback-throttling=false\n");
    const guint64 *count = bed->queue->counters;
    LadTime now = 0;
    write_pages(bed, 0, 32, 2, &now);
    ck_assert_uint_eq(count[LAD_BLOCK_WRITE_REQUESTS], 0);
    write_pages(bed, 64, 1, 0, &now);
    ck_assert_uint_eq(count[LAD_BLOCK_WRITE_REQUESTS], 32);
    ck_assert_uint_eq(count[LAD_BLOCK_UNPLUGS], 1);
    ck_assert_uint_eq(count[LAD_BLOCK_IN_FLIGHT], 33);
    bed_free(bed);
}
END_TEST

START_TEST(a_plug_is_flushed_behind_a_request_of_128_kib)
{
    Bed *bed = bed_new(SSD "writeback-throttling=false\nmax-request=1 MiB\n");
    const guint64 *count = bed->queue->counters;
    LadTime now = 0;
    write_pages(bed, 0, 40, 1, &now); /* still one request */
    ck_assert_uint_eq(count[LAD_BLOCK_MERGES], 39);
    write_pages(bed, 100, 1, 1, &now);
    ck_assert_uint_eq(count[LAD_BLOCK_WRITE_REQUESTS], 1);
    bed_free(bed);
}
END_TEST

START_TEST(nobody_polls_and_the_pages_are_told_all_the_same)
{
    Bed *bed = bed_new(SSD);
    LadTime now = LAD_MS;
    write_pages(bed, 0, 5, 2, &now);
    lad_block_unplug(bed->queue, &now);
    ck_assert(lad_block_is_writing(bed->queue, 4, 4));
    ck_assert_uint_eq(lad_queue_next_time(bed->rig->host.queue), LAD_MS + 100 * LAD_US);
    lad_queue_step(bed->rig->host.queue);
    ck_assert_uint_eq(bed->n_ended, 5);
    ck_assert_uint_eq(bed->time[0], LAD_MS + 100 * LAD_US);
    ck_assert(!lad_block_is_writing(bed->queue, 4, 4));
    bed_free(bed);
}
END_TEST

START_TEST(a_full_queue_makes_writers_and_readers_wait)
{
    Bed *bed = bed_new(SSD "writeback-throttling=false\nqueue-depth=4\n");
    LadTime now = 0;
    ck_assert_uint_eq(write_pages(bed, 0, 4, 2, &now), 0);
    ck_assert_uint_eq(write_pages(bed, 8, 1, 0, &now), 100 * LAD_US);
    lad_block_unplug(bed->queue, &now);
    /* One is under way until 200 us, so a burst of reads at 100 us finds three requests free. */
    for (guint i = 0; i < 3; i++)
        ck_assert_uint_eq(lad_block_read(bed->queue, i, i, 1, now, NULL, NULL, 0), 200 * LAD_US);
    ck_assert_uint_eq(lad_block_read(bed->queue, 3, 3, 1, now, NULL, NULL, 0), 300 * LAD_US);
    ck_assert_uint_eq(bed->queue->counters[LAD_BLOCK_TAG_WAITS], 2);
    bed_free(bed);
}
END_TEST

START_TEST(consecutive_slots_are_read_by_one_request)
{
    Bed *bed = bed_new(SSD);
    ck_assert_uint_eq(lad_block_read(bed->queue, 7, 7, 8, 0, NULL, NULL, 0), 100 * LAD_US);
    ck_assert_uint_eq(bed->queue->counters[LAD_BLOCK_READ_REQUESTS], 1);
    ck_assert_uint_eq(bed->queue->counters[LAD_BLOCK_READ_PAGES], 8);
    /* More than a request holds takes two, side by side. */
    ck_assert_uint_eq(lad_block_read(bed->queue, 7, 7, 40, LAD_MS, NULL, NULL, 0),
                      LAD_MS + 100 * LAD_US);
    ck_assert_uint_eq(bed->queue->counters[LAD_BLOCK_READ_REQUESTS], 3);
    LadTier *tier = bed->rig->host.tiers[1];
    ck_assert_uint_eq(tier->common[LAD_TIER_PAGE_LOADS], 48);
    ck_assert_uint_eq(tier->common[LAD_TIER_COPY_READ_BYTES], 48 * 4096);
    ck_assert_uint_eq(tier->latency->n, 3);
    ck_assert_uint_eq(tier->latency->max, 100 * LAD_US);
    bed_free(bed);
}
END_TEST

/* ---- Writeback throttling ---------------------------------------------------------------------
 */

/* Requests that a writer gets out at `now` without sleeping. */
static guint
free_writes(Bed *bed, guint64 *slot, gboolean kswapd, LadTime now)
{
    guint n = 0;
    for (;; n++) {
        LadTime at = now;
        *slot = (*slot + 2) % 4000;
        lad_block_write(bed->queue, (LadPage)*slot, *slot, kswapd, &at);
        if (at > now) {
            lad_block_unplug(bed->queue, &at);
            lad_block_poll(bed->queue, at + LAD_MS);
            bed->n_ended = 0;
            return n;
        }
    }
}

START_TEST(eight_writes_are_allowed_or_four_beside_reads_and_sixteen_to_kswapd)
{
    Bed *bed = bed_new(SSD);
    guint64 slot = 0;
    ck_assert_uint_eq(free_writes(bed, &slot, FALSE, LAD_S), 8);
    ck_assert_uint_eq(free_writes(bed, &slot, TRUE, LAD_S + 10 * LAD_MS), 16);
    lad_block_read(bed->queue, 1, 1, 1, LAD_S + 20 * LAD_MS, NULL, NULL, 0);
    ck_assert_uint_eq(free_writes(bed, &slot, FALSE, LAD_S + 30 * LAD_MS), 4);
    ck_assert_uint_eq(free_writes(bed, &slot, TRUE, LAD_S + 40 * LAD_MS), 16);
    bed_free(bed);
}
END_TEST

START_TEST(a_read_counts_as_recent_for_25_jiffies_after_its_end)
{
    Bed *bed = bed_new(SSD "throttle-latency=10 s\n");
    /* Ticks are at 998, 1002, ... 1098 ms: the 25th after the read's end is the last. */
    LadTime read = LAD_S + LAD_MS;
    lad_block_read(bed->queue, 1, 1, 1, read, NULL, NULL, 0);
    lad_block_poll(bed->queue, read + LAD_MS);
    ck_assert_uint_eq(lad_wbt_limit(&bed->queue->wbt, LAD_WBT_TASK, LAD_S + 97 * LAD_MS), 4);
    ck_assert_uint_eq(lad_wbt_limit(&bed->queue->wbt, LAD_WBT_TASK, LAD_S + 98 * LAD_MS), 8);
    bed_free(bed);
}
END_TEST

START_TEST(windows_with_writes_double_the_depth_up_to_192_and_quiet_ones_undo_it)
{
    Bed *bed = bed_new(SSD);
    const guint64 *depth = &bed->queue->counters[LAD_BLOCK_DEPTH];
    LadTime now = LAD_S;
    static const guint expected[] = {16, 31, 61, 121, 192, 192};
    /* One write per 50 ms: every window of 100 ms has some. The first begins with the first write.
     */
    for (guint w = 0; w < G_N_ELEMENTS(expected); w++) {
        ck_assert_uint_eq(*depth, expected[w]);
        for (guint i = 0; i < 2; i++) {
            write_pages(bed, 4 * w + 2 * i, 1, 0, &now);
            lad_block_unplug(bed->queue, &now);
            now += 52 * LAD_MS;
            lad_block_poll(bed->queue, now);
        }
    }
    ck_assert_uint_eq(*depth, 192);
    /* Nothing more: each five windows (of 104 ms, with the timer's own jiffy) take one doubling
     * back. */
    static const guint back[] = {121, 61, 31, 16};
    for (guint w = 0; w < G_N_ELEMENTS(back); w++) {
        now += 5 * 104 * LAD_MS;
        lad_block_poll(bed->queue, now + 104 * LAD_MS);
        ck_assert_uint_eq(*depth, back[w]);
    }
    lad_block_poll(bed->queue, now + 100 * LAD_S);
    ck_assert_uint_eq(*depth, 16);
    ck_assert_uint_eq(bed->queue->wbt.timer, LAD_TIME_MAX); /* at rest */
    bed_free(bed);
}
END_TEST

START_TEST(slow_reads_halve_the_depth)
{
    Bed *bed = bed_new("[tier.ssd]\nmodel=ssd\nsize=1 GiB\nchannels=256\nread-latency=3 ms\n"
                       "write-latency=100 us\n");
    const guint64 *depth = &bed->queue->counters[LAD_BLOCK_DEPTH];
    LadTime now = LAD_S;
    for (guint i = 0; i < 4; i++) {
        write_pages(bed, 2 * i, 1, 0, &now);
        lad_block_unplug(bed->queue, &now);
        lad_block_read(bed->queue, 1, 1, 1, now, NULL, NULL, 0);
        now += 20 * LAD_MS;
    }
    lad_block_poll(bed->queue, LAD_S + 110 * LAD_MS);
    ck_assert_uint_eq(*depth, 8); /* 1 + (15 >> 1) */
    ck_assert_uint_eq(lad_wbt_limit(&bed->queue->wbt, LAD_WBT_TASK, LAD_S + 110 * LAD_MS), 2);
    bed_free(bed);
}
END_TEST

/* ---- The device -------------------------------------------------------------------------------
 */

/* Mean time between ends of `n` reads of one page asked for at once. */
static double
saturate(const char *ssd, guint n, gboolean write)
{
    Bed *bed = bed_new(ssd);
    LadTier *tier = bed->rig->host.tiers[1];
    LadTime last = 0;
    for (guint i = 0; i < n; i++) {
        LadTransfer transfer = {.kind = write ? LAD_TRANSFER_COPY_WRITE : LAD_TRANSFER_COPY_READ,
                                .bytes = 4096,
                                .slot = i};
        LadTime done =
            write ? lad_tier_store(tier, 0, &transfer) : lad_tier_load(tier, 0, &transfer);
        last = MAX(last, done);
    }
    bed_free(bed);
    return (double)last / n;
}

START_TEST(saturation_is_at_channels_iops_or_bandwidth)
{
#define DEVICE "[tier.ssd]\nmodel=ssd\nsize=1 GiB\nread-latency=80 us\nwrite-latency=20 us\n"
    /* 16 channels of 80 us: 200,000 per s. */
    ck_assert_double_eq_tol(saturate(DEVICE "channels=16\n", 16000, FALSE), 5e6, 1e4);
    ck_assert_double_eq_tol(saturate(DEVICE "channels=256\nread-iops=100000\n", 10000, FALSE), 1e7,
                            2e4);
    ck_assert_double_eq_tol(saturate(DEVICE "channels=256\nwrite-bandwidth=2 GB/s\n", 10000, TRUE),
                            2.048e6, 1e4);
    /* Striped over 16 channels in order of slots: as any. */
    ck_assert_double_eq_tol(saturate(DEVICE "channels=16\nchannel-choice=striped\n", 16000, FALSE),
                            5e6, 1e4);
}
END_TEST

START_TEST(latencies_have_the_given_median_and_99th_percentile)
{
    Bed *bed = bed_new("[tier.ssd]\nmodel=ssd\nsize=1 GiB\nchannels=64\nread-latency=80 us\n"
                       "read-latency-p99=1 ms\nwrite-latency=20 us\n");
    LadTier *tier = bed->rig->host.tiers[1];
    for (guint i = 0; i < 100000; i++) {
        LadTransfer transfer = {.kind = LAD_TRANSFER_COPY_READ, .bytes = 4096, .slot = i};
        lad_tier_load(tier, i * 100 * LAD_US, &transfer);
    }
    double p50 = (double)lad_histogram_quantile(tier->latency, 0.5);
    double p99 = (double)lad_histogram_quantile(tier->latency, 0.99);
    ck_assert_double_eq_tol(p50 / (80 * LAD_US), 1, 1.0 / 16);
    ck_assert_double_eq_tol(p99 / (1000 * LAD_US), 1, 1.0 / 12);
    bed_free(bed);
}
END_TEST

START_TEST(a_spread_is_log_normal_between_its_quantiles)
{
    LadSpread spread;
    lad_spread_init(&spread, 100 * LAD_US, 400 * LAD_US);
    ck_assert_uint_eq(lad_spread_quantile(&spread, 0.5), 100 * LAD_US);
    ck_assert_double_eq_tol((double)lad_spread_quantile(&spread, 0.99) / (400 * LAD_US), 1, 0.01);
    /* z(0.9) / z(0.99) = 1.28155 / 2.32635, and 4 to that is 2.1463. */
    ck_assert_double_eq_tol((double)lad_spread_quantile(&spread, 0.9) / (100 * LAD_US), 2.1463,
                            0.002);
    /* Symmetric in the logarithm. */
    ck_assert_double_eq_tol((double)lad_spread_quantile(&spread, 0.1) *
                                (double)lad_spread_quantile(&spread, 0.9) / 1e16,
                            1, 0.001);
    LadRandom random;
    lad_random_init(&random, 1, "spread");
    guint below = 0;
    for (guint i = 0; i < 100000; i++)
        below += lad_spread_draw(&spread, &random) <= 400 * LAD_US;
    ck_assert_double_eq_tol(below / 1e5, 0.99, 0.002);
    lad_spread_clear(&spread);
    lad_spread_init(&spread, 7, 7);
    ck_assert_uint_eq(lad_spread_draw(&spread, &random), 7);
    lad_spread_clear(&spread);
}
END_TEST

START_TEST(servers_fill_gaps_before_later_bookings)
{
    LadServers servers;
    lad_servers_init(&servers, 2);
    ck_assert_uint_eq(lad_servers_book(&servers, 100, 50), 100);
    ck_assert_uint_eq(lad_servers_book(&servers, 100, 50), 100);
    ck_assert_uint_eq(lad_servers_book(&servers, 100, 50), 150);
    /* An earlier one of 40 fits before, one of 200 behind the second server's. */
    ck_assert_uint_eq(lad_servers_book(&servers, 50, 40), 50);
    ck_assert_uint_eq(lad_servers_book(&servers, 50, 200), 150);
    ck_assert_uint_eq(servers.busy_ps, 390);
    lad_servers_clear(&servers);
}
END_TEST

START_TEST(servers_never_serve_two_at_once)
{
    /* 1,000 bookings at random times: the intervals of each server are disjoint, and none starts
     * before it was asked for. */
    LadServers servers;
    LadRandom random;
    lad_random_init(&random, 5, "servers");
    lad_servers_init(&servers, 1);
    LadBusy booked[1000];
    for (guint i = 0; i < 1000; i++) {
        LadTime now = i * 80 + lad_random_below(&random, 2000),
                took = 1 + lad_random_below(&random, 150);
        LadTime start = lad_servers_book(&servers, now, took);
        ck_assert_uint_ge(start, now);
        booked[i] = (LadBusy){start, start + took};
        for (guint j = 0; j < i; j++)
            ck_assert(booked[j].end <= start || booked[j].begin >= start + took);
    }
    lad_servers_clear(&servers);
}
END_TEST

START_TEST(a_remote_page_takes_the_round_trip_its_bytes_and_the_cpu)
{
    Bed *bed = bed_new("[tier.remote]\nmodel=remote-swap\nsize=1 GiB\nround-trip=4 us\n"
                       "bandwidth=4.096 GB/s\nencryption=2 us\nchecksum=1 us\n"
                       "writeback-throttling=false\ndispatch-cost=500 ns\n");
    /* 1 us of bytes. */
    ck_assert_uint_eq(lad_block_read(bed->queue, 1, 1, 1, 0, NULL, NULL, 0), 8 * LAD_US);
    /* Two at once share the wire. */
    ck_assert_uint_eq(lad_block_read(bed->queue, 1, 1, 1, LAD_MS, NULL, NULL, 0),
                      LAD_MS + 8 * LAD_US);
    ck_assert_uint_eq(lad_block_read(bed->queue, 2, 2, 1, LAD_MS, NULL, NULL, 0),
                      LAD_MS + 9 * LAD_US);
    LadTime now = 2 * LAD_MS;
    write_pages(bed, 5, 2, 1, &now);
    lad_block_unplug(bed->queue, &now); /* 0.5 us, and 3 us for each page */
    ck_assert_uint_eq(now, 2 * LAD_MS + 6500 * LAD_NS);
    lad_block_poll(bed->queue, LAD_S);
    ck_assert_uint_eq(bed->time[1], now + 6 * LAD_US); /* two pages on the wire, the round trip */
    bed_free(bed);
}
END_TEST

START_TEST(a_percentile_below_the_median_is_refused)
{
    GError *error = NULL;
    ck_assert_ptr_null(kernel_rig_try(NEAR "[tier.ssd]\nmodel=ssd\nsize=1 GiB\nread-latency=80 us\n"
                                           "write-latency=20 us\nread-latency-p99=79 us\n",
                                      NULL, &error));
    ck_assert_msg(strstr(error->message, "read-latency-p99") != NULL, "%s", error->message);
    g_clear_error(&error);
    ck_assert_ptr_null(kernel_rig_try(NEAR "[tier.r]\nmodel=remote-swap\nsize=1 GiB\n"
                                           "round-trip=5 us\nbandwidth=1 GB/s\n"
                                           "round-trip-p99=4 us\n",
                                      NULL, &error));
    ck_assert_msg(strstr(error->message, "round-trip-p99") != NULL, "%s", error->message);
    g_clear_error(&error);
}
END_TEST

START_TEST(presets_of_devices_have_the_latency_they_name)
{
    static const struct {
        const char *file;
        double idle_us;
    } preset[] = {{"ssd-100us.conf", 100},        {"ssd-nvme.conf", 85.6},
                  {"ssd-nvme-mixed.conf", 85.6},  {"ssd-low-latency.conf", 7.6},
                  {"ssd-old.conf", 128.2},        {"remote-rdma-56g.conf", 4.0},
                  {"remote-rdma-200g.conf", 3.9}, {"remote-tcp-25g.conf", 37.3}};
    for (guint i = 0; i < G_N_ELEMENTS(preset); i++) {
        const char *source = g_getenv("LAD_TEST_SRCDIR");
        g_autofree char *text = g_strdup_printf("[kernel]\ninclude = %s/configs/tiers/ddr5.conf, "
                                                "%s/configs/tiers/%s\n[tier.near]\n"
                                                "size=64 MiB\n",
                                                source, source, preset[i].file);
        KernelRig *rig = kernel_rig_new(text, NULL);
        ck_assert_ptr_nonnull(rig->host.tiers[1]->block);
        double idle = (double)rig->host.tiers[1]->idle_read_ps / 1e6;
        ck_assert_msg(ABS(idle - preset[i].idle_us) < 0.1, "%s: %g us", preset[i].file, idle);
        kernel_rig_free(rig);
    }
}
END_TEST

/* ---- A device that answers later --------------------------------------------------------------
 */

static void
late_end(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    LadTransfer *transfer = data;
    LadTransfer mine = *transfer;
    g_free(transfer);
    mine.done(now, mine.data, mine.argument);
}

static LadTime
late(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    lad_queue_add(tier->host->queue, now + 100 * LAD_US, LAD_ORDER_COMPLETION, late_end,
                  g_memdup2(transfer, sizeof *transfer), 0);
    return LAD_PENDING;
}

static gboolean
late_init(LadTier *tier G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    return TRUE;
}

static const LadTierClass late_class = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_TIER, LadTierClass, "late", "answers by events"),
             .models = "A test.", .leaves_out = "All.", .source = "None."},
    .faulting = TRUE,
    .block_device = TRUE,
    .may_pend = TRUE,
    .init = late_init,
    .setup = late_init,
    .store = late,
    .load = late,
};

static void
note_read(LadTime now, void *data, guint64 argument)
{
    ((LadTime *)data)[argument] = now;
}

START_TEST(late_answers_end_reads_and_writes)
{
    static const LadModel *const extra[] = {&late_class.base, NULL};
    KernelRig *rig = kernel_rig_new(NEAR "[tier.late]\nmodel=late\nsize=1 GiB\n", extra);
    Bed bed = {.rig = rig, .queue = rig->host.tiers[1]->block};
    LadTime read[2] = {0};
    bed.queue->owner = &bed;
    bed.queue->ended = note_end;
    ck_assert_uint_eq(lad_block_read(bed.queue, 1, 1, 40, 0, note_read, read, 1), LAD_PENDING);
    LadTime now = 50 * LAD_US;
    write_pages(&bed, 0, 40, 1, &now);
    lad_block_unplug(bed.queue, &now);
    for (guint i = 0; i < 20 && lad_queue_next_time(rig->host.queue) != LAD_TIME_MAX; i++)
        lad_queue_step(rig->host.queue);
    ck_assert_uint_eq(read[1], 100 * LAD_US);
    ck_assert_uint_eq(bed.n_ended, 40);
    ck_assert_uint_eq(bed.time[39], 150 * LAD_US);
    ck_assert_uint_eq(bed.queue->counters[LAD_BLOCK_IN_FLIGHT], 0);
    kernel_rig_free(rig);
}
END_TEST

KERNEL_SUITE("block", a_first_reclaim_writes_253_pages_as_8_requests_of_31_and_one_of_5,
             pages_merge_behind_and_before_the_newest_request_only,
             a_plug_is_flushed_before_its_33rd_request,
             a_plug_is_flushed_behind_a_request_of_128_kib,
             nobody_polls_and_the_pages_are_told_all_the_same,
             a_full_queue_makes_writers_and_readers_wait, consecutive_slots_are_read_by_one_request,
             eight_writes_are_allowed_or_four_beside_reads_and_sixteen_to_kswapd,
             a_read_counts_as_recent_for_25_jiffies_after_its_end,
             windows_with_writes_double_the_depth_up_to_192_and_quiet_ones_undo_it,
             slow_reads_halve_the_depth, saturation_is_at_channels_iops_or_bandwidth,
             latencies_have_the_given_median_and_99th_percentile,
             a_spread_is_log_normal_between_its_quantiles, servers_fill_gaps_before_later_bookings,
             servers_never_serve_two_at_once,
             a_remote_page_takes_the_round_trip_its_bytes_and_the_cpu,
             a_percentile_below_the_median_is_refused,
             presets_of_devices_have_the_latency_they_name, late_answers_end_reads_and_writes)
