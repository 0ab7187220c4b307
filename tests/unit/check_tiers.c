/* check_tiers.c - occupancy in buckets, links, tiers: closed forms, Little's law, late answers. */
#include "config.h"
#include "tests/unit/kernel_rig.h"
#include <glib/gstdio.h>
#include <memladder/occupancy.h>

#define NEAR "[tier.near]\nmodel=fixed\nsize=64 MiB\nlatency=90 ns\nbandwidth=64 GB/s\n"

static LadTransfer
line(LadTransferKind kind)
{
    return (LadTransfer){.kind = kind, .bytes = 64};
}

/* ---- Occupancy --------------------------------------------------------------------------------
 */

START_TEST(bookings_follow_one_another)
{
    LadOccupancy o;
    lad_occupancy_init(&o, G_GUINT64_CONSTANT(64000000000)); /* 64 bytes a ns */
    ck_assert_uint_eq(lad_occupancy_service(&o, 64), 1000);
    for (guint i = 1; i <= 1000; i++)
        ck_assert_uint_eq(lad_occupancy_book(&o, 0, 64), i * 1000);
    lad_occupancy_clear(&o);
}
END_TEST

START_TEST(a_free_resource_makes_nobody_wait)
{
    LadOccupancy o;
    lad_occupancy_init(&o, G_GUINT64_CONSTANT(64000000000));
    for (guint64 i = 0; i < 100000; i++)
        ck_assert_uint_eq(lad_occupancy_book(&o, i * 3000, 64), i * 3000 + 1000);
    lad_occupancy_clear(&o);
}
END_TEST

START_TEST(an_earlier_request_does_not_wait_for_a_later_one)
{
    LadOccupancy o;
    lad_occupancy_init(&o, G_GUINT64_CONSTANT(64000000000));
    lad_occupancy_book(&o, 10 * LAD_US, 64 * 2000); /* 2 us of work at 10 us */
    ck_assert_uint_eq(lad_occupancy_book(&o, 5 * LAD_US, 64), 5 * LAD_US + 1000);
    /* One that arrives in the middle of the burst waits for its end, within a bucket. */
    LadTime done = lad_occupancy_book(&o, 11 * LAD_US, 64);
    ck_assert_uint_ge(done, 12 * LAD_US - LAD_OCCUPANCY_WIDTH);
    ck_assert_uint_le(done, 12 * LAD_US + LAD_OCCUPANCY_WIDTH);
    lad_occupancy_clear(&o);
}
END_TEST

START_TEST(capacity_is_kept_whatever_the_order)
{
    /* 10,000 requests of 3 pages at times in random order within 100 us: the last is done no
     * earlier than all their bytes take, and no more than a bucket later. */
    LadOccupancy o;
    LadRandom random;
    lad_random_init(&random, 3, "test");
    lad_occupancy_init(&o, G_GUINT64_CONSTANT(100000000000));
    LadTime last = 0;
    for (guint i = 0; i < 10000; i++) {
        LadTime done = lad_occupancy_book(&o, lad_random_below(&random, 100 * LAD_US), 3 * 4096);
        last = MAX(last, done);
    }
    LadTime all = (LadTime)10000 * 3 * 4096 * 10;
    ck_assert_uint_ge(last, all);
    ck_assert_uint_le(last, all + 2 * LAD_OCCUPANCY_WIDTH);
    lad_occupancy_clear(&o);
}
END_TEST

START_TEST(a_backlog_beyond_the_span_is_refused_and_books_nothing)
{
    LadOccupancy o;
    lad_occupancy_init(&o, 1000000000); /* 1 GB/s: 4 KiB take 4.1 us */
    guint n = 0;
    LadTime done = 0, last = 0;
    while ((done = lad_occupancy_book(&o, 0, 4096)) != LAD_TIME_MAX) {
        last = done;
        n++;
    }
    ck_assert_uint_le(last, LAD_OCCUPANCY_SPAN);
    ck_assert_uint_ge(last, LAD_OCCUPANCY_SPAN - 2 * 4096000);
    ck_assert_uint_eq(n, last / 4096000);
    /* When time has gone on, there is room again. */
    ck_assert_uint_ge(lad_occupancy_book(&o, LAD_MS, 4096), last);
    ck_assert_uint_lt(lad_occupancy_book(&o, LAD_MS, 4096), last + 3 * 4096000);
    lad_occupancy_clear(&o);
}
END_TEST

START_TEST(the_ring_forgets_what_is_past)
{
    LadOccupancy o;
    lad_occupancy_init(&o, 1000000000);
    for (guint64 turn = 0; turn < 20; turn++) {
        LadTime start = turn * LAD_OCCUPANCY_BUCKETS * LAD_OCCUPANCY_WIDTH;
        for (guint i = 1; i <= 100; i++)
            ck_assert_uint_eq(lad_occupancy_book(&o, start, 4096), start + i * 4096000);
    }
    lad_occupancy_clear(&o);
}
END_TEST

/* ---- Tiers and links --------------------------------------------------------------------------
 */

START_TEST(idle_latency_is_the_configured_one)
{
    KernelRig *rig = kernel_rig_new(NEAR, NULL);
    LadTier *tier = rig->host.tiers[0];
    LadTransfer read = line(LAD_TRANSFER_READ);
    ck_assert_uint_eq(tier->idle_read_ps, 90 * LAD_NS);
    for (guint64 i = 0; i < 100; i++)
        ck_assert_uint_eq(lad_tier_access(tier, i * LAD_US, &read), i * LAD_US + 90 * LAD_NS);
    ck_assert_uint_eq(tier->common[LAD_TIER_READS], 100);
    ck_assert_uint_eq(tier->common[LAD_TIER_READ_BYTES], 6400);
    ck_assert_uint_eq(tier->common[LAD_TIER_BUSY_PS], 100 * 90 * LAD_NS);
    ck_assert_uint_eq(tier->common[LAD_TIER_QUEUE_PS], 0);
    ck_assert_uint_eq(tier->latency->n, 100);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(a_link_adds_its_latency_both_ways)
{
    KernelRig *rig = kernel_rig_new("[link.cxl]\nlatency=30 ns\nbandwidth=32 GB/s\n" NEAR
                                    "[tier.far]\nsize=64 MiB\nlatency=100 ns\nbandwidth=64 GB/s\n"
                                    "link=cxl\n",
                                    NULL);
    LadTier *tier = rig->host.tiers[1];
    LadTransfer read = line(LAD_TRANSFER_READ), write = line(LAD_TRANSFER_WRITE);
    /* Request 30, tier 100, data 30 + 64 B at 32 GB/s = 2. */
    ck_assert_uint_eq(tier->idle_read_ps, 162 * LAD_NS);
    ck_assert_uint_eq(lad_tier_access(tier, 0, &read), 162 * LAD_NS);
    ck_assert_uint_eq(lad_tier_access(tier, LAD_US, &write), LAD_US + 132 * LAD_NS);
    ck_assert_uint_eq(rig->host.links[0]->common[LAD_LINK_UP_BYTES], 64);
    ck_assert_uint_eq(rig->host.links[0]->common[LAD_LINK_DOWN_BYTES], 64);
    kernel_rig_free(rig);
}
END_TEST

/* `n` requesters, each of which waits for its line and asks for the next at once, every `writes`-th
 * request a write-back that rides along (0: none), until `until`. Returns the mean latency in ps.
 */
static double
closed_loop(LadTier *tier, guint n, guint writes, LadTime until)
{
    g_autofree LadTime *next = g_new0(LadTime, n);
    LadTransfer read = line(LAD_TRANSFER_READ), write = line(LAD_TRANSFER_WRITE);
    guint64 n_reads = 0, busy = 0, turn = 0;
    for (;;) {
        guint who = 0;
        for (guint i = 1; i < n; i++)
            if (next[i] < next[who])
                who = i;
        LadTime now = next[who];
        if (now >= until)
            return (double)busy / (double)n_reads;
        LadTime done = lad_tier_access(tier, now, &read);
        if (writes && ++turn % writes == 0)
            lad_tier_access(tier, now, &write);
        /* The first half is warm-up. */
        if (now > until / 2) {
            n_reads++;
            busy += done - now;
        }
        next[who] = done;
    }
}

START_TEST(closed_loop_saturates_at_the_bandwidth_and_obeys_little)
{
    static const guint outstanding[] = {1, 10, 89, 90, 200, 1000};
    for (guint i = 0; i < G_N_ELEMENTS(outstanding); i++) {
        guint n = outstanding[i];
        KernelRig *rig = kernel_rig_new(NEAR, NULL);
        LadTier *tier = rig->host.tiers[0];
        LadTime until = 200 * LAD_US;
        double latency = closed_loop(tier, n, 0, until);
        /* A line takes 1 ns of the channel and 90 ns in all: latency max(90, n) ns. */
        ck_assert_double_ge(latency, MAX(90000.0, n * 1000.0) * 0.98);
        ck_assert_double_le(latency, MAX(90000.0, n * 1000.0) * 1.02);
        /* Mean outstanding = arrivals per time x latency = busy time / time. */
        double mean = (double)tier->common[LAD_TIER_BUSY_PS] / (double)until;
        ck_assert_double_ge(mean, n * 0.98);
        ck_assert_double_le(mean, n * 1.02);
        kernel_rig_free(rig);
    }
}
END_TEST

START_TEST(duplex_tiers_do_not_make_reads_wait_for_writes)
{
    LadTransfer read = line(LAD_TRANSFER_READ), write = line(LAD_TRANSFER_WRITE);
    for (guint duplex = 0; duplex < 2; duplex++) {
        KernelRig *rig = kernel_rig_new(duplex ? NEAR "duplex=true\n" : NEAR, NULL);
        LadTier *tier = rig->host.tiers[0];
        for (guint i = 0; i < 1000; i++)
            lad_tier_access(tier, 0, &write);
        LadTime done = lad_tier_access(tier, 0, &read);
        ck_assert_uint_eq(done, duplex ? 90 * LAD_NS : (90 + 1000) * LAD_NS);
        kernel_rig_free(rig);
    }
}
END_TEST

START_TEST(half_duplex_links_share_their_bandwidth)
{
    for (guint full = 0; full < 2; full++) {
        g_autofree char *text = g_strdup_printf(
            "[link.l]\nlatency=30 ns\nbandwidth=32 GB/s\nduplex=%s\n" NEAR "link=l\n",
            full ? "full" : "half");
        KernelRig *rig = kernel_rig_new(text, NULL);
        LadLink *link = rig->host.links[0];
        lad_link_carry(link, 0, 64 * 100, LAD_LINK_DOWN);
        LadTime done = lad_link_carry(link, 0, 64, LAD_LINK_UP);
        ck_assert_uint_eq(done, full ? 32 * LAD_NS : 232 * LAD_NS);
        kernel_rig_free(rig);
    }
}
END_TEST

START_TEST(a_backlog_that_nobody_waits_for_is_an_error)
{
    KernelRig *rig = kernel_rig_new(NEAR, NULL);
    LadTransfer copy = {.kind = LAD_TRANSFER_COPY_WRITE, .bytes = 2 << 20};
    for (guint i = 0; i < 1000 && !rig->host.error; i++)
        lad_tier_access(rig->host.tiers[0], 0, &copy);
    lad_assert_error(rig->host.error, "tier near");
    kernel_rig_free(rig);
}
END_TEST

START_TEST(an_unknown_link_or_no_tier_is_an_error)
{
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(kernel_rig_try(NEAR "link=nowhere\n", NULL, &error));
    lad_assert_error(error, "there is no group [link.nowhere]");
    g_clear_error(&error);
    ck_assert_ptr_null(kernel_rig_try("[kernel]\nzero-pages=true\n", NULL, &error));
    lad_assert_error(error, "expected a group [tier.NAME]");
}
END_TEST

/* ---- The curve --------------------------------------------------------------------------------
 */

/* Two families: all reads up to 40 GB/s, half reads up to 30 GB/s. */
#define CURVE(rows)  FAMILY(rows) "missing-shares=nearest\n"
#define FAMILY(rows) "[tier.near]\nmodel=curve\nsize=64 MiB\ntable=" rows "\n"
#define TWO_SHARES                                                                                 \
    "1 1 100; 1 20 120; 1 36 200; 1 40 400; 0.5 1 100; 0.5 20 150; 0.5 27 300; 0.5 30 600"

/* Bandwidth in GB/s of reads and writes that a closed loop of n gets, and its mean latency in ns.
 */
static void
measure(const char *config, guint n, guint writes, double *bandwidth, double *latency)
{
    KernelRig *rig = kernel_rig_new(config, NULL);
    LadTier *tier = rig->host.tiers[0];
    LadTime until = 120 * LAD_US;
    closed_loop(tier, n, writes, until / 2);
    guint64 bytes = tier->common[LAD_TIER_READ_BYTES] + tier->common[LAD_TIER_WRITE_BYTES];
    kernel_rig_free(rig);
    rig = kernel_rig_new(config, NULL);
    tier = rig->host.tiers[0];
    *latency = closed_loop(tier, n, writes, until) / 1000;
    bytes = tier->common[LAD_TIER_READ_BYTES] + tier->common[LAD_TIER_WRITE_BYTES] - bytes;
    *bandwidth = (double)bytes / (double)(until / 2) * 1000;
    kernel_rig_free(rig);
}

START_TEST(curve_gives_the_table_back_in_a_closed_loop)
{
    static const struct {
        double bandwidth, latency;
    } row[] = {{1, 100}, {20, 120}, {36, 200}, {40, 400}};
    for (guint i = 1; i < G_N_ELEMENTS(row); i++) {
        /* Little: so many lines under way give this row. */
        guint n = (guint)(row[i].bandwidth * row[i].latency / 64 + 0.5);
        double bandwidth, latency;
        measure(CURVE(TWO_SHARES), n, 0, &bandwidth, &latency);
        ck_assert_double_le(ABS(latency / row[i].latency - 1), 0.03);
        ck_assert_double_le(ABS(bandwidth / row[i].bandwidth - 1), 0.03);
    }
}
END_TEST

START_TEST(curve_interpolates_between_its_points_and_shares)
{
    double bandwidth, latency;
    /* Between (20, 120) and (36, 200): n = 2400 and 7200 bytes; in the middle 160 ns, 30 GB/s. */
    measure(CURVE(TWO_SHARES), 75, 0, &bandwidth, &latency);
    ck_assert_double_le(ABS(latency / 160 - 1), 0.03);
    /* Three reads in four bytes: between the families' latencies, for what is under way. */
    double all, half, mixed;
    measure(CURVE("1 1 100; 1 20 120; 1 36 200; 1 40 400"), 60, 3, &bandwidth, &all);
    measure(CURVE("0.5 1 100; 0.5 20 150; 0.5 27 300; 0.5 30 600"), 60, 3, &bandwidth, &half);
    measure(CURVE(TWO_SHARES), 60, 3, &bandwidth, &mixed);
    ck_assert_double_gt(mixed, all * 1.05);
    ck_assert_double_lt(mixed, half * 0.95);
}
END_TEST

START_TEST(curve_is_stable_beyond_saturation)
{
    static const guint outstanding[] = {250, 300, 500, 1000};
    for (guint i = 0; i < G_N_ELEMENTS(outstanding); i++) {
        double bandwidth, latency;
        measure(CURVE(TWO_SHARES), outstanding[i], 0, &bandwidth, &latency);
        ck_assert_double_le(ABS(bandwidth / 40 - 1), 0.03);
        ck_assert_double_le(ABS(latency / (outstanding[i] * 64 / 40.0) - 1), 0.03);
    }
}
END_TEST

START_TEST(curve_follows_an_open_loop_too)
{
    /* A line every 64 B / 36 GB/s. */
    KernelRig *rig = kernel_rig_new(CURVE(TWO_SHARES), NULL);
    LadTransfer read = line(LAD_TRANSFER_READ);
    LadTime done = 0, now = 0;
    for (now = 0; now < 100 * LAD_US; now += 1778)
        done = lad_tier_access(rig->host.tiers[0], now, &read);
    double latency = (double)(done - (now - 1778)) / 1000;
    ck_assert_double_le(ABS(latency / 200 - 1), 0.03);
    /* Left alone, it is idle again. */
    now += LAD_MS;
    ck_assert_uint_eq(lad_tier_access(rig->host.tiers[0], now, &read), now + 100 * LAD_NS);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(curve_subtracts_the_cores_part_and_scales)
{
    KernelRig *rig = kernel_rig_new(CURVE(TWO_SHARES) "subtract=30 ns\nscale=0.5\n", NULL);
    ck_assert_uint_eq(rig->host.tiers[0]->idle_read_ps, 70 * LAD_NS);
    kernel_rig_free(rig);
    double bandwidth, latency;
    measure(CURVE(TWO_SHARES) "scale=0.5\n", 1000, 0, &bandwidth, &latency);
    ck_assert_double_le(ABS(bandwidth / 20 - 1), 0.03);
}
END_TEST

START_TEST(curve_with_duplex_keeps_reads_and_writes_apart)
{
    KernelRig *rig = kernel_rig_new(CURVE(TWO_SHARES) "duplex=true\n", NULL);
    LadTier *tier = rig->host.tiers[0];
    LadTransfer read = line(LAD_TRANSFER_READ), write = line(LAD_TRANSFER_WRITE);
    for (LadTime now = 0; now < 20 * LAD_US; now += 2400)
        lad_tier_access(tier, now, &write);
    ck_assert_uint_eq(lad_tier_access(tier, 20 * LAD_US, &read), 20 * LAD_US + 100 * LAD_NS);
    ck_assert_uint_gt(lad_tier_access(tier, 20 * LAD_US, &write), 20 * LAD_US + 200 * LAD_NS);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(curve_refuses_tables_that_make_no_sense)
{
    static const struct {
        const char *rows, *expected;
    } wrong[] = {
        {"1 10 100; 1 20 90", "row 2 of the table: expected a latency not below"},
        {"1 10 100; 1 10 110", "row 2 of the table: expected a bandwidth above that"},
        {"1 10 100; 0 10 100; 1 20 110", "row 3 of the table: this read share was listed"},
        {"1 -5 100", "row 1 of the table: expected a bandwidth and a latency above 0"},
        {"1.5 10 100", "row 1 of the table: expected a read share between 0 and 1"},
        {"1 10", "expected 3: read share, GB/s, ns"},
        {"1 10 100; 1 20 110", "read shares from 1 to 1; expected them to reach from 0.5 or less"},
        {"0.4 10 100; 0.9 20 110", "read shares from 0.4 to 0.9; expected"},
        {"1 10 100; 1 10 100; 0.5 1 100", "row 2 of the table: expected a bandwidth above that"},
        {"1 10 100; 0.5 1 100\nduplex=true",
         "read shares from 0.5 to 1; expected them to reach from 0,"},
        {"1 10 100; 1 20 90; 0.5 1 100\nsmooth=true", "by more than `noise`"},
        {"1 10 100; 1 -2 110; 0.5 1 100\nsmooth=true", "[tier.near] table = inline: row 2"},
        {"1 10 100; 1 -0.1 110; 0.5 1 100", "[tier.near] table = inline: row 2"},
        {"1 -1 100; 0.5 -2 100\nsmooth=true", "[tier.near] table = inline: row 1"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *text =
            g_strdup_printf("[tier.near]\nmodel=curve\nsize=64 MiB\ntable=%s\n", wrong[i].rows);
        g_autoptr(GError) error = NULL;
        ck_assert_ptr_null(kernel_rig_try(text, NULL, &error));
        lad_assert_error(error, wrong[i].expected);
    }
}
END_TEST

START_TEST(curve_smooths_a_measured_family_and_says_so)
{
    KernelRig *rig = kernel_rig_new(
        FAMILY("1 10 100; 1 20 98; 1 20 98; 1 30 120; 1 29 150; 0.5 1 100") "smooth=true\n", NULL);
    ck_assert_ptr_nonnull(rig->host.notes);
    const char *note = rig->host.notes->pdata[0];
    ck_assert_ptr_nonnull(strstr(note, "of 6 points of inline, 2 were left out"));
    ck_assert_ptr_nonnull(strstr(note, "1 latencies were raised"));
    kernel_rig_free(rig);
}
END_TEST

START_TEST(curve_smooths_around_zero_and_beside_saturation)
{
    KernelRig *rig = kernel_rig_new(
        FAMILY("1 -0.5 99; 1 10 100; 1 -0.1 100; 1 38 200; 1 39 160; 0.5 1 100") "smooth=true\n",
        NULL);
    const char *note = rig->host.notes->pdata[0];
    ck_assert_ptr_nonnull(strstr(note, "1 latencies were raised to that of a lower load (by at "
                                       "most 25 %)"));
    ck_assert_ptr_nonnull(strstr(note, "; 2 of a bandwidth around 0 were left out"));
    ck_assert_uint_eq(rig->host.tiers[0]->idle_read_ps, 100 * LAD_NS);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(curve_reads_a_folder_of_a_measured_family)
{
    g_autofree char *folder = g_dir_make_tmp("family-XXXXXX", NULL);
    static const struct {
        const char *name, *text;
    } files[] = {{"bwlat_100.txt", "40000 420\n36000 210\n1000 105\n"},
                 {"bwlat_50.txt", "30000 630\n1000 105\n"},
                 {"readme.txt", "not a curve\n"}};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i].name, NULL);
        ck_assert(g_file_set_contents(path, files[i].text, -1, NULL));
    }
    g_autofree char *config = g_strdup_printf(FAMILY("%s") "latency-clock=2.1 GHz\n", folder);
    KernelRig *rig = kernel_rig_new(config, NULL);
    ck_assert_uint_eq(rig->host.tiers[0]->idle_read_ps, 50 * LAD_NS);
    kernel_rig_free(rig);
    double bandwidth, latency;
    measure(config, 36 * 100 / 64, 0, &bandwidth, &latency);
    ck_assert_double_le(ABS(bandwidth / 36 - 1), 0.03);
    /* No reads, no latency: refused, or left out and said. */
    g_autofree char *writes = g_build_filename(folder, "bwlat_0.txt", NULL);
    g_autoptr(GError) lacking = NULL;
    ck_assert(g_file_set_contents(writes, "30000\t\n1000\t\n", -1, NULL));
    ck_assert_ptr_null(kernel_rig_try(config, NULL, &lacking));
    lad_assert_error(lacking, "1 files of bandwidths without latencies");
    g_autofree char *smooth = g_strdup_printf("%ssmooth=true\n", config);
    rig = kernel_rig_new(smooth, NULL);
    ck_assert_ptr_nonnull(
        strstr(rig->host.notes->pdata[0], "; files without latencies left out: 1"));
    kernel_rig_free(rig);
    g_unlink(writes);
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i].name, NULL);
        g_unlink(path);
    }
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(kernel_rig_try(config, NULL, &error));
    lad_assert_error(error, "a folder without files bwlat_PERCENT.txt");
    g_rmdir(folder);
}
END_TEST

START_TEST(presets_can_be_read_and_say_what_they_cost)
{
    static const struct {
        const char *file;
        double idle_ns, cost;
    } preset[] = {{"ddr5.conf", 84, 1},
                  {"hb-dimm.conf", 84, 2},
                  {"ddr5-curve.conf", 139, 1},
                  {"cxl.conf", 241, 1},
                  {"cxl-curve.conf", 229, 1},
                  {"cxl-fpga.conf", 364, 1},
                  {"ddr4.conf", 60, 1},
                  {"ddr4-3200-banked.conf", 60, 1},
                  {"ddr5-4800-banked.conf", 84, 1},
                  {"hbm2-banked.conf", 109, 5},
                  {"hbm2e.conf", 109, 5},
                  {"hbm3.conf", 109, 5},
                  {"lpddr5x.conf", 104, 1.1},
                  {"mrdimm.conf", 84, 1.5},
                  {"optane.conf", 275, 0.5},
                  {"remote-socket.conf", 111, 1}};
    for (guint i = 0; i < G_N_ELEMENTS(preset); i++) {
        g_autofree char *text = g_strdup_printf("[kernel]\ninclude = %s/configs/tiers/%s\n",
                                                g_getenv("LAD_TEST_SRCDIR"), preset[i].file);
        KernelRig *rig = kernel_rig_new(text, NULL);
        LadTier *tier = rig->host.tiers[0];
        ck_assert_double_le(ABS((double)tier->idle_read_ps / 1000 - preset[i].idle_ns), 1.0);
        ck_assert_double_eq(tier->cost_per_gib, preset[i].cost);
        kernel_rig_free(rig);
    }
}
END_TEST

/* Every row of a measured family up to 95 % of its peak, by a closed loop with as much under way.
 */
static void
check_family(const char *file)
{
    g_autofree char *path =
        g_build_filename(g_getenv("LAD_TEST_SRCDIR"), "configs/tiers/curves", file, NULL);
    g_autofree char *config = g_strdup_printf(CURVE("%s"), path);
    KernelRig *rig = kernel_rig_new(config, NULL);
    /* The table option is the first in the parameters of `curve`. */
    const LadTable *table = *(LadTable **)rig->host.tiers[0]->params;
    double peak = 0;
    for (guint row = 0; row < table->n_rows; row++)
        if (table->cells[row * 3] == 1)
            peak = MAX(peak, table->cells[row * 3 + 1]);
    guint n_checked = 0;
    for (guint row = 0; row < table->n_rows; row++) {
        const double *cells = table->cells + row * 3;
        guint n = (guint)(cells[1] * cells[2] / 64 + 0.5);
        if (cells[0] != 1 || cells[1] > 0.95 * peak || n < 30)
            continue; /* fewer whole lines would not make the row's bandwidth */
        double bandwidth, latency;
        measure(config, n, 0, &bandwidth, &latency);
        ck_assert_double_le(ABS(latency / cells[2] - 1), 0.05);
        ck_assert_double_le(ABS(bandwidth / cells[1] - 1), 0.05);
        n_checked++;
    }
    ck_assert_uint_ge(n_checked, 5);
    kernel_rig_free(rig);
}

START_TEST(measured_families_are_reproduced)
{
    check_family("ddr5-4800-sapphire-rapids.txt");
    check_family("cxl-vendor-model.txt");
}
END_TEST

/* ---- Tiers that answer later ------------------------------------------------------------------
 */

/* Answers every transfer by an event 500 ns on. */
static gboolean
later_init(LadTier *tier G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    return TRUE;
}

static gboolean
later_setup(LadTier *tier, GError **error G_GNUC_UNUSED)
{
    tier->idle_read_ps = tier->idle_write_ps = 500 * LAD_NS;
    return TRUE;
}

static LadTime
later_access(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    lad_queue_add(tier->host->queue, now + 500 * LAD_NS, LAD_ORDER_COMPLETION, transfer->done,
                  transfer->data, transfer->argument);
    return LAD_PENDING;
}

static const LadTierClass later_class = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_TIER, LadTierClass, "later", "answers by an event"),
             .models = "Nothing.", .leaves_out = "Everything.", .source = "A test."},
    .may_pend = TRUE,
    .init = later_init,
    .setup = later_setup,
    .access = later_access,
};
static const LadModel *const later_models[] = {&later_class.base, NULL};

static void
note_time(LadTime now, void *data, guint64 argument)
{
    *(LadTime *)data = now + argument;
}

START_TEST(late_answers_cross_the_link_and_count)
{
    KernelRig *rig = kernel_rig_new("[link.l]\nlatency=30 ns\nbandwidth=32 GB/s\n"
                                    "[tier.near]\nmodel=later\nsize=64 MiB\nlink=l\n",
                                    later_models);
    LadTier *tier = rig->host.tiers[0];
    LadTime done[3] = {0, 0, 0};
    for (guint i = 0; i < 3; i++) {
        LadTransfer read = line(LAD_TRANSFER_READ);
        read.done = note_time;
        read.data = &done[i];
        read.argument = i;
        ck_assert_uint_eq(lad_tier_access(tier, i * LAD_US, &read), LAD_PENDING);
    }
    while (lad_queue_next_time(rig->host.queue) < LAD_TIME_MAX)
        lad_queue_step(rig->host.queue);
    for (guint i = 0; i < 3; i++)
        ck_assert_uint_eq(done[i], i * LAD_US + 562 * LAD_NS + i);
    ck_assert_uint_eq(tier->common[LAD_TIER_BUSY_PS], 3 * 562 * LAD_NS);
    ck_assert_uint_eq(tier->latency->n, 3);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(a_fault_sleeps_until_its_late_copy_is_done)
{
    KernelRig *rig = kernel_rig_new("[tier.near]\nmodel=later\nsize=64 MiB\n", later_models);
    LadThread *thread = kernel_rig_thread(rig);
    LadFault fault = lad_kernel_fault(rig->kernel, thread, 0, 0x1000, LAD_ACCESS_WRITE, 0);
    ck_assert_uint_eq(fault.status, LAD_FAULT_SLEEP);
    lad_queue_step(rig->host.queue);
    ck_assert_uint_eq(rig->n_wakes, 1);
    ck_assert_uint_eq(rig->woken, 500 * LAD_NS + rig->kernel->params.fault_cost);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(kswapd_and_promotion_wait_for_late_copies)
{
    KernelRig *rig = kernel_rig_new("[tier.near]\nmodel=later\nsize=8 MiB\n"
                                    "[tier.far]\nmodel=later\nsize=64 MiB\n"
                                    "[placement]\nmodel=tpp\nactive-only=false\n"
                                    "[kernel]\ntime-scale=0.01\n",
                                    later_models);
    LadThread *thread = kernel_rig_thread(rig);
    LadRandom random;
    lad_random_init(&random, 1, "test");
    rig->compute = 2 * LAD_US;
    for (guint i = 0; i < 60000; i++)
        ck_assert(
            kernel_rig_touch(rig, thread, lad_random_below(&random, 4000) << 12, LAD_ACCESS_READ));
    ck_assert_uint_gt(kernel_rig_vm(rig, LAD_VM_PGDEMOTE_KSWAPD), 100);
    ck_assert_uint_gt(kernel_rig_vm(rig, LAD_VM_PGPROMOTE_SUCCESS), 100);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(bytes_in_are_bytes_out)
{
    KernelRig *rig = kernel_rig_new("[tier.near]\nsize=8 MiB\nlatency=90 ns\nbandwidth=38 GB/s\n"
                                    "[tier.far]\nsize=64 MiB\nlatency=200 ns\nbandwidth=20 GB/s\n"
                                    "[placement]\nmodel=tpp\nactive-only=false\n"
                                    "[kernel]\ntime-scale=0.01\n",
                                    NULL);
    LadThread *thread = kernel_rig_thread(rig);
    LadRandom random;
    lad_random_init(&random, 1, "test");
    rig->compute = 2 * LAD_US;
    guint64 n = 100000;
    for (guint64 i = 0; i < n; i++)
        kernel_rig_touch(rig, thread, lad_random_below(&random, 4000) << 12, LAD_ACCESS_READ);
    const guint64 *near = rig->host.tiers[0]->common, *far = rig->host.tiers[1]->common;
    ck_assert_uint_eq(near[LAD_TIER_READ_BYTES] + far[LAD_TIER_READ_BYTES], n * 64);
    guint64 moved = kernel_rig_vm(rig, LAD_VM_PGMIGRATE_SUCCESS) * 4096;
    ck_assert_uint_gt(moved, 0);
    ck_assert_uint_eq(near[LAD_TIER_COPY_READ_BYTES] + far[LAD_TIER_COPY_READ_BYTES], moved);
    /* Written: what was moved, and the zeros of new pages. */
    ck_assert_uint_eq(near[LAD_TIER_COPY_WRITE_BYTES] + far[LAD_TIER_COPY_WRITE_BYTES],
                      moved + kernel_rig_vm(rig, LAD_VM_NR_MAPPED) * 4096);
    kernel_rig_free(rig);
}
END_TEST

KERNEL_SUITE("tiers", bookings_follow_one_another, a_free_resource_makes_nobody_wait,
             an_earlier_request_does_not_wait_for_a_later_one, capacity_is_kept_whatever_the_order,
             a_backlog_beyond_the_span_is_refused_and_books_nothing, the_ring_forgets_what_is_past,
             idle_latency_is_the_configured_one, a_link_adds_its_latency_both_ways,
             closed_loop_saturates_at_the_bandwidth_and_obeys_little,
             duplex_tiers_do_not_make_reads_wait_for_writes,
             half_duplex_links_share_their_bandwidth, a_backlog_that_nobody_waits_for_is_an_error,
             an_unknown_link_or_no_tier_is_an_error, curve_gives_the_table_back_in_a_closed_loop,
             curve_interpolates_between_its_points_and_shares, curve_is_stable_beyond_saturation,
             curve_follows_an_open_loop_too, curve_subtracts_the_cores_part_and_scales,
             curve_with_duplex_keeps_reads_and_writes_apart,
             curve_refuses_tables_that_make_no_sense, curve_smooths_a_measured_family_and_says_so,
             curve_smooths_around_zero_and_beside_saturation,
             curve_reads_a_folder_of_a_measured_family, presets_can_be_read_and_say_what_they_cost,
             measured_families_are_reproduced, late_answers_cross_the_link_and_count,
             a_fault_sleeps_until_its_late_copy_is_done, kswapd_and_promotion_wait_for_late_copies,
             bytes_in_are_bytes_out)
