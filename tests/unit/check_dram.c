/* check_dram.c - banked: closed forms of latency and spacing, refresh, queues, conservation, and a
 * few streams of two DRAM simulators. */
#include "config.h"
#include "analysis/probe/streams.h"
#include "tests/unit/suite.h"
#include <check.h>
#include <memladder/configuration.h>
#include <memladder/dram.h>
#include <string.h>

/* DDR4-3200, a clock of 1 ns so that clocks can be read off. */
#define TIMING                                                                                     \
    "[tier.dram]\nmodel=banked\nsize=8 GiB\nclock=1 ns\nbank-groups=4\nbanks=4\nrow-size=8 KiB\n"  \
    "burst=4\ncl=22\ncwl=16\ntrcd=22\ntrp=22\ntras=52\ntrtp=12\ntwr=24\ntrrd-s=4\ntrrd-l=8\n"      \
    "tfaw=34\ntccd-s=4\ntccd-l=8\ntwtr-s=4\ntwtr-l=12\ntrfc=560\n"
#define MAP        "map=line, group, bank, rank, channel, row\n"
#define DDR4       TIMING MAP
#define NO_REFRESH "trefi=0\n"
#define REFRESH    "trefi=12480\n"
#define ROW        0x20000 /* one row on in the same bank */
#define GROUP      0x2000  /* the next bank group */
#define BANK       0x8000  /* the next bank of the group */

typedef struct {
    LadConfig *config;
    LadProbe *probe;
    LadTier *tier;
} Rig;

static Rig
rig_new(const char *text)
{
    g_autoptr(GError) error = NULL;
    Rig rig = {.config = lad_config_new()};
    ck_assert_msg(lad_config_read_text(rig.config, text, "test", &error), "%s",
                  error ? error->message : "");
    rig.probe = lad_probe_new(rig.config, NULL, &error);
    ck_assert_msg(rig.probe != NULL, "%s", error ? error->message : "");
    rig.tier = lad_probe_tier(rig.probe, "dram");
    return rig;
}

static void
rig_clear(Rig *rig)
{
    lad_probe_free(rig->probe);
    lad_config_free(rig->config);
}

/* Requests at given clocks; when each was done. */
typedef struct {
    guint64 at, address;
    gboolean write;
    LadTime done;
} Asked;

static void
note(LadTime now, void *data, guint64 argument)
{
    ((Asked *)data)[argument].done = now / LAD_NS;
}

static void
play(Rig *rig, Asked *asked, guint n)
{
    LadQueue *queue = rig->tier->host->queue;
    for (guint i = 0; i < n; i++) {
        LadTransfer transfer = {.kind =
                                    asked[i].write ? LAD_TRANSFER_COPY_WRITE : LAD_TRANSFER_READ,
                                .bytes = 64,
                                .page = (LadPage)(asked[i].address >> 12),
                                .offset = asked[i].address & 4095,
                                .done = note,
                                .data = asked,
                                .argument = i};
        while (lad_queue_next_time(queue) <= asked[i].at * LAD_NS)
            lad_queue_step(queue);
        ck_assert_uint_eq(lad_tier_access(rig->tier, asked[i].at * LAD_NS, &transfer), LAD_PENDING);
    }
    while (lad_queue_next_time(queue) < LAD_TIME_MAX)
        lad_queue_step(queue);
}

static guint64
latency(const Asked *asked)
{
    return asked->done - asked->at;
}

static const char *const both[] = {"scheduler=fr-fcfs\n", "scheduler=bank-turns\n"};

START_TEST(an_idle_bank_takes_the_time_of_its_commands)
{
    for (guint s = 0; s < G_N_ELEMENTS(both); s++) {
        g_autofree char *text = g_strconcat(DDR4 NO_REFRESH, both[s], NULL);
        Rig rig = rig_new(text);
        Asked asked[] = {{0, 0, FALSE, 0}, {1000, 64, FALSE, 0}, {2000, ROW, FALSE, 0}};
        play(&rig, asked, 3);
        ck_assert_uint_eq(latency(&asked[0]), 1 + 22 + 22 + 4);      /* closed */
        ck_assert_uint_eq(latency(&asked[1]), 1 + 22 + 4);           /* hit */
        ck_assert_uint_eq(latency(&asked[2]), 1 + 22 + 22 + 22 + 4); /* conflict */
        ck_assert_uint_eq(rig.tier->idle_read_ps, 49 * LAD_NS);
        rig_clear(&rig);
    }
}
END_TEST

START_TEST(rows_of_a_bank_follow_one_another_by_trc)
{
    for (guint s = 0; s < G_N_ELEMENTS(both); s++) {
        g_autofree char *text = g_strconcat(DDR4 NO_REFRESH, both[s], NULL);
        Rig rig = rig_new(text);
        Asked asked[] = {{0, 0, FALSE, 0}, {1, ROW, FALSE, 0}};
        play(&rig, asked, 2);
        ck_assert_uint_eq(asked[0].done, 49);
        ck_assert_uint_eq(asked[1].done, 49 + 74);
        rig_clear(&rig);
    }
}
END_TEST

START_TEST(a_rank_activates_four_rows_per_tfaw)
{
    /* Eight banks, groups in turn: ACT every 4 clocks up to the fourth; the fifth 34 after the
     * first, when the RD of the fourth has the command bus, so a clock later. */
    Rig rig = rig_new(DDR4 NO_REFRESH);
    Asked asked[8];
    for (guint i = 0; i < 8; i++)
        asked[i] = (Asked){0, i % 4 * GROUP + i / 4 * BANK, FALSE, 0};
    play(&rig, asked, 8);
    for (guint i = 0; i < 8; i++)
        ck_assert_uint_eq(asked[i].done, 49 + i % 4 * 4 + i / 4 * 35);
    rig_clear(&rig);
}
END_TEST

START_TEST(two_ranks_have_a_tfaw_each_and_a_bubble_between_them)
{
    Rig rig = rig_new(DDR4 NO_REFRESH "ranks=2\nrank-switch=3\n");
    /* Rows of one bank in each rank, opened before, then a hit in each. */
    Asked asked[] = {{0, 0, FALSE, 0},
                     {0, ROW, FALSE, 0},
                     {1000, 64, FALSE, 0},
                     {1000, ROW + 64, FALSE, 0},
                     {1000, 128, FALSE, 0}};
    play(&rig, asked, 5);
    ck_assert_uint_eq(asked[1].done, asked[0].done + 4 + 3);
    ck_assert_uint_eq(latency(&asked[2]), 27);
    ck_assert_uint_eq(latency(&asked[3]), 27 + 7);
    ck_assert_uint_eq(latency(&asked[4]), 27 + 14);
    rig_clear(&rig);
}
END_TEST

START_TEST(reads_in_a_bank_group_are_further_apart_than_between_groups)
{
    static const struct {
        guint64 step, apart;
    } row[] = {{64, 8}, {GROUP, 4}};
    for (guint k = 0; k < 2; k++) {
        Rig rig = rig_new(DDR4 NO_REFRESH);
        Asked asked[] = {{0, 0, FALSE, 0},
                         {0, row[k].step, FALSE, 0},
                         {1000, 0, FALSE, 0},
                         {1000, row[k].step, FALSE, 0}};
        play(&rig, asked, 4);
        ck_assert_uint_eq(asked[3].done - asked[2].done, row[k].apart);
        rig_clear(&rig);
    }
}
END_TEST

START_TEST(a_read_after_a_write_waits_for_the_bus_to_turn)
{
    /* fr-fcfs drains at once when no read waits: WR at 23 (after ACT at 1), RD of the same group
     * CWL + 4 + tWTR_L after it. */
    Rig rig = rig_new(DDR4 NO_REFRESH);
    Asked asked[] = {{0, 0, TRUE, 0}, {30, 64, FALSE, 0}};
    play(&rig, asked, 2);
    ck_assert_uint_eq(asked[0].done, 1); /* accepted */
    ck_assert_uint_eq(asked[1].done, 23 + 16 + 4 + 12 + 26);
    rig_clear(&rig);
}
END_TEST

START_TEST(a_read_of_a_line_that_waits_to_be_written_has_it_at_once)
{
    for (guint s = 0; s < G_N_ELEMENTS(both); s++) {
        g_autofree char *text = g_strconcat(DDR4 NO_REFRESH, both[s], NULL);
        Rig rig = rig_new(text);
        Asked asked[] = {{0, 64, TRUE, 0}, {0, 64, FALSE, 0}};
        play(&rig, asked, 2);
        /* fr-fcfs has sent the write's ACT by then. */
        if (s == 1) {
            ck_assert_uint_eq(asked[1].done, 2);
            ck_assert_uint_eq(rig.tier->counters[LAD_DRAM_FORWARDED], 1);
        }
        rig_clear(&rig);
    }
}
END_TEST

START_TEST(a_closed_page_never_conflicts)
{
    for (guint s = 0; s < G_N_ELEMENTS(both); s++) {
        g_autofree char *text = g_strconcat(DDR4 NO_REFRESH "page=closed\n", both[s], NULL);
        Rig rig = rig_new(text);
        Asked asked[] = {{0, 0, FALSE, 0}, {1000, 64, FALSE, 0}, {2000, ROW, FALSE, 0}};
        play(&rig, asked, 3);
        for (guint i = 0; i < 3; i++)
            ck_assert_uint_eq(latency(&asked[i]), 49);
        ck_assert_uint_eq(rig.tier->counters[LAD_DRAM_PRECHARGES], 3);
        /* Requests that wait for the row keep it open. */
        Asked together[] = {{5000, 0, FALSE, 0}, {5000, 64, FALSE, 0}};
        play(&rig, together, 2);
        ck_assert_uint_eq(rig.tier->counters[LAD_DRAM_ACTIVATES], 4);
        rig_clear(&rig);
    }
}
END_TEST

/* ---- Loops ------------------------------------------------------------------------------------
 */

static void
random_request(guint64 number, LadProbeRequest *request, void *data)
{
    const guint *writes = data;
    LadRandom random;
    lad_random_init(&random, number, "check_dram");
    request->address = lad_random_below(&random, 1 << 24) * 64;
    request->write = *writes && number % *writes == 0;
    request->at = number * 20 * LAD_NS;
}

START_TEST(refresh_takes_its_share)
{
    for (guint s = 0; s < G_N_ELEMENTS(both); s++) {
        g_autofree char *text = g_strconcat(DDR4 REFRESH "ranks=2\n", both[s], NULL);
        Rig rig = rig_new(text);
        Asked asked[] = {
            {0, 0, FALSE, 0}, {1000000 - 1, 0, FALSE, 0}, {100 * 12480 + 6241, 64, FALSE, 0}};
        play(&rig, asked, 2);
        /* 80 of each rank by 1,000,000 clocks; the last but one intervals are skipped in one. */
        ck_assert_uint_eq(rig.tier->counters[LAD_DRAM_REFRESHES], 160);
        play(&rig, asked + 2, 1);
        /* Just after the refresh of its rank has begun: tRFC, then a closed bank. */
        rig_clear(&rig);
    }
    /* A read that comes as a refresh of its idle bank begins waits for its end. */
    Rig rig = rig_new(DDR4 REFRESH);
    Asked asked[] = {{10 * 12480, 0, FALSE, 0}};
    play(&rig, asked, 1);
    ck_assert_uint_eq(latency(&asked[0]), 560 + 22 + 22 + 4);
    rig_clear(&rig);
}
END_TEST

START_TEST(a_closed_loop_obeys_little_and_loses_nothing)
{
    for (guint s = 0; s < G_N_ELEMENTS(both); s++)
        for (guint k = 1; k <= 64; k *= 8) {
            g_autofree char *text =
                g_strconcat(DDR4 REFRESH "channels=2\nranks=2\n", both[s], NULL);
            Rig rig = rig_new(text);
            guint writes = 5;
            LadProbeLoad load = {
                .n = 20000, .outstanding = k, .request = random_request, .data = &writes};
            LadProbeResult result;
            ck_assert(lad_probe_run(rig.probe, rig.tier, &load, &result, NULL));
            ck_assert_uint_eq(result.n_reads, 16000);
            ck_assert_uint_eq(result.n_writes, 4000);
            /* Mean outstanding = arrivals per time x latency. */
            double mean = result.latency_ps / (double)(result.last - result.first);
            ck_assert_double_le(ABS(mean / k - 1), 0.01);
            const guint64 *c = rig.tier->counters;
            guint64 served =
                c[LAD_DRAM_READS] + c[LAD_DRAM_WRITES] + c[LAD_DRAM_FORWARDED] + c[LAD_DRAM_MERGED];
            /* All reads; writes but those still in the two write queues. */
            ck_assert_uint_le(served, 20000);
            ck_assert_uint_ge(served, 20000 - 2 * (32 + 16 * 8));
            ck_assert_uint_le(c[LAD_DRAM_PRECHARGES],
                              c[LAD_DRAM_ACTIVATES] + c[LAD_DRAM_REFRESHES]);
            ck_assert_uint_eq(rig.tier->common[LAD_TIER_READ_BYTES], 16000 * 64);
            ck_assert_uint_eq(rig.tier->common[LAD_TIER_WRITE_BYTES], 4000 * 64);
            rig_clear(&rig);
        }
}
END_TEST

static void
sequential(guint64 number, LadProbeRequest *request, void *data G_GNUC_UNUSED)
{
    request->address = number * 64;
}

static double
bandwidth(const char *text)
{
    Rig rig = rig_new(text);
    LadProbeLoad load = {.n = 40000, .outstanding = 256, .request = sequential};
    LadProbeResult result;
    ck_assert(lad_probe_run(rig.probe, rig.tier, &load, &result, NULL));
    rig_clear(&rig);
    return (double)result.n_reads * 64 / (double)result.last * 1000;
}

START_TEST(channels_add_their_bandwidth)
{
    /* Groups interleaved, no refresh: the bus is never idle but for the first and last access. */
    double one = bandwidth(TIMING NO_REFRESH "map=channel, group, line, bank, rank, row\n");
    double four = bandwidth(TIMING NO_REFRESH "channels=4\nmap=channel, group, line, bank, rank, "
                                              "row\n");
    ck_assert_double_le(ABS(one / 16 - 1), 0.02);
    ck_assert_double_le(ABS(four / 64 - 1), 0.03);
}
END_TEST

START_TEST(a_page_copy_does_not_hold_up_everybody)
{
    Rig rig = rig_new(TIMING NO_REFRESH "map=group, line, bank, rank, row\n");
    Asked copy[1] = {{0, 0, FALSE, 0}};
    LadTransfer transfer = {
        .kind = LAD_TRANSFER_COPY_READ, .bytes = 64 << 10, .done = note, .data = copy};
    ck_assert_uint_eq(lad_tier_access(rig.tier, 0, &transfer), LAD_PENDING);
    Asked read[] = {{10, 16 << 20, FALSE, 0}};
    play(&rig, read, 1);
    /* The copy's 1024 lines take 4 clocks each; the read has a queue of 32 before it at most. */
    ck_assert_uint_ge(copy[0].done, 1024 * 4);
    ck_assert_uint_le(copy[0].done, 1024 * 4 + 200);
    ck_assert_uint_le(latency(&read[0]), 71 + 33 * 8);
    ck_assert_uint_eq(rig.tier->counters[LAD_DRAM_READS], 1025);
    rig_clear(&rig);
}
END_TEST

START_TEST(permuting_spreads_the_rows_of_a_bank)
{
    for (guint permute = 0; permute < 2; permute++) {
        Rig rig = rig_new(permute ? DDR4 NO_REFRESH "permute=true\n" : DDR4 NO_REFRESH);
        Asked asked[] = {{0, 0, FALSE, 0}, {0, ROW, FALSE, 0}};
        play(&rig, asked, 2);
        ck_assert_uint_eq(asked[1].done, permute ? 49 + 8 : 49 + 74);
        rig_clear(&rig);
    }
}
END_TEST

START_TEST(what_makes_no_sense_is_refused)
{
    static const struct {
        const char *lines, *expected;
    } wrong[] = {
        {"map=line, group, bank\n", "16 bits of `row` are not named"},
        {"map=line, grope, bank, row\n", "`grope`; expected channel, rank, group"},
        {"map=line:9, group, bank, row\n", "`line:9`; expected 1 to 7 bits"},
        {"channels=3\n", "channels: expected a power of two"},
        {"ranks=8\n", "banks: expected at most 64"},
        {"trefi=600\n", "trefi: expected more than"},
        {"trc=70\n", "trc: expected at least tras + trp"},
        {"drain-from=40\n", "drain-from: expected at least drain-to"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        const char *map = g_str_has_prefix(wrong[i].lines, "map") ? "" : MAP;
        g_autofree char *text = g_strconcat(
            TIMING, map, strstr(wrong[i].lines, "trefi") ? "" : NO_REFRESH, wrong[i].lines, NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(LadConfig) config = lad_config_new();
        ck_assert(lad_config_read_text(config, text, "test", NULL));
        LadProbe *probe = lad_probe_new(config, NULL, &error);
        ck_assert_ptr_null(probe);
        lad_assert_error(error, wrong[i].expected);
        lad_assert_error(error, "[tier.dram]");
    }
}
END_TEST

/* ---- Outside truth ----------------------------------------------------------------------------
 */

START_TEST(streams_take_as_long_as_in_two_simulators)
{
    /* From tests/data/dram/truth.csv: mean latency from the due clock (chase: from acceptance). */
    static const struct {
        const char *file, *lines, *stream;
        guint64 interval;
        double latency;
    } row[] = {
        {"DRAMsim3-DDR4-3200", "map=line, group, bank, rank, row\n", "chase", 0, 72.73},
        {"DRAMsim3-DDR4-3200", "map=line, group, bank, rank, row\n", "seq", 8, 107.95},
        {"DRAMsim3-DDR4-3200", "map=line, group, bank, rank, row\n", "rand21", 16, 162.98},
        {"Ramulator2-DDR4-3200", "map=line, group, bank, rank, row\n", "chase", 0, 72.49},
        {"Ramulator2-DDR5-4800", "map=line, group, bank, rank, row\n", "chase", 0, 112.43},
        {"DRAMsim3-HBM2", "map=line, bank, group, row\n", "closed4", 0, 54.65},
    };
    g_autofree char *truth = NULL;
    g_autofree char *path =
        g_build_filename(g_getenv("LAD_TEST_SRCDIR"), "tests/data/dram/truth.csv", NULL);
    ck_assert(g_file_get_contents(path, &truth, NULL, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(row); i++) {
        g_autofree char *text =
            g_strdup_printf("[tier.dram]\ninclude=%s/tests/data/dram/%s.conf\n%s",
                            g_getenv("LAD_TEST_SRCDIR"), row[i].file, row[i].lines);
        Rig rig = rig_new(text);
        LadStream stream = {
            .kind = lad_stream_find(row[i].stream), .interval = row[i].interval, .n = 100000};
        ck_assert(lad_stream_fit(&stream, rig.config, "tier.dram", NULL));
        LadProbeLoad load = lad_stream_load(&stream);
        LadProbeResult result;
        ck_assert(lad_probe_run(rig.probe, rig.tier, &load, &result, NULL));
        double ours = result.latency_ps / (double)result.n_reads / (double)stream.clock;
        ck_assert_double_le(ABS(ours - row[i].latency), 0.0101);
        rig_clear(&rig);
    }
}
END_TEST

static Suite *
dram_suite(void)
{
    const TTest *tests[] = {an_idle_bank_takes_the_time_of_its_commands,
                            rows_of_a_bank_follow_one_another_by_trc,
                            a_rank_activates_four_rows_per_tfaw,
                            two_ranks_have_a_tfaw_each_and_a_bubble_between_them,
                            reads_in_a_bank_group_are_further_apart_than_between_groups,
                            a_read_after_a_write_waits_for_the_bus_to_turn,
                            a_read_of_a_line_that_waits_to_be_written_has_it_at_once,
                            a_closed_page_never_conflicts,
                            refresh_takes_its_share,
                            a_closed_loop_obeys_little_and_loses_nothing,
                            channels_add_their_bandwidth,
                            a_page_copy_does_not_hold_up_everybody,
                            permuting_spreads_the_rows_of_a_bank,
                            what_makes_no_sense_is_refused,
                            streams_take_as_long_as_in_two_simulators};
    Suite *suite = suite_create("dram");
    TCase *tcase = tcase_create("dram");
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    return lad_suite_run(dram_suite());
}
