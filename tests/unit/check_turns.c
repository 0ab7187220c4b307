/* check_turns.c - the event queue, the order of cores' requests, and transfers of unknown end.
 */
#include "config.h"
#include "tests/unit/loop_trace.h"
#include "tests/unit/script_trace.h"
#include "tests/unit/suite.h"
#include <memladder/core.h>
#include <memladder/prefetcher.h>
#include <memladder/random.h>
#include <memladder/run.h>
#include <memladder/tier.h>
#include <string.h>

/* ---- The queue ----------------------------------------------------------------------------------
 */

static void
note(LadTime now, void *data, guint64 argument)
{
    g_string_append_printf(data, "%" G_GUINT64_FORMAT "@%" G_GUINT64_FORMAT " ", argument, now);
}

START_TEST(events_come_by_time_then_kind_then_order_of_adding)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    LadQueue *queue = lad_queue_new();
    lad_queue_add(queue, 20, LAD_ORDER_EPOCH, note, seen, 1);
    lad_queue_add(queue, 20, LAD_ORDER_DAEMON, note, seen, 2);
    lad_queue_add(queue, 20, LAD_ORDER_DAEMON, note, seen, 3);
    lad_queue_add(queue, 20, LAD_ORDER_COMPLETION, note, seen, 4);
    lad_queue_add(queue, 10, LAD_ORDER_EPOCH, note, seen, 5);
    ck_assert_uint_eq(lad_queue_next_time(queue), 10);
    while (lad_queue_next_time(queue) != LAD_TIME_MAX)
        lad_queue_step(queue);
    ck_assert_str_eq(seen->str, "5@10 4@20 2@20 3@20 1@20 ");
    lad_queue_free(queue);
}
END_TEST

START_TEST(an_event_in_the_past_comes_now)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    LadQueue *queue = lad_queue_new();
    lad_queue_add(queue, 20, LAD_ORDER_DAEMON, note, seen, 1);
    lad_queue_step(queue);
    lad_queue_add(queue, 5, LAD_ORDER_DAEMON, note, seen, 2);
    ck_assert_uint_eq(lad_queue_next_time(queue), 20);
    lad_queue_step(queue);
    ck_assert_str_eq(seen->str, "1@20 2@20 ");
    ck_assert_uint_eq(lad_queue_now(queue), 20);
    lad_queue_free(queue);
}
END_TEST

START_TEST(a_cancelled_event_never_comes_and_its_handle_is_not_another_s)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    LadQueue *queue = lad_queue_new();
    LadEvent events[40];
    for (guint i = 0; i < 40; i++)
        events[i] = lad_queue_add(queue, 100 - i, LAD_ORDER_DAEMON, note, seen, i);
    for (guint i = 0; i < 40; i++)
        if (i != 7 && i != 31)
            lad_queue_cancel(queue, events[i]);
    /* The slots are used again; the old handles are dead. */
    LadEvent next = lad_queue_add(queue, 95, LAD_ORDER_DAEMON, note, seen, 50);
    for (guint i = 0; i < 40; i++)
        if (i != 7 && i != 31)
            lad_queue_cancel(queue, events[i]);
    lad_queue_cancel(queue, 0);
    while (lad_queue_next_time(queue) != LAD_TIME_MAX)
        lad_queue_step(queue);
    ck_assert_str_eq(seen->str, "31@69 7@93 50@95 ");
    lad_queue_cancel(queue, next);
    lad_queue_free(queue);
}
END_TEST

/* ---- Tiers of the test's own --------------------------------------------------------------------
 */

/* Requests as they came, of all tiers of this program (a test runs in a process of its own). */
static LadTime asked[1 << 16];
static guint n_asked;

#define LATENCY (100 * LAD_NS)

static gboolean
tier_init(LadTier *tier, GError **error)
{
    (void)tier;
    (void)error;
    return TRUE;
}

static gboolean
tier_setup(LadTier *tier, GError **error)
{
    (void)error;
    tier->idle_read_ps = tier->idle_write_ps = LATENCY;
    return TRUE;
}

static LadTime
tier_at_once(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    (void)tier;
    if (transfer->kind == LAD_TRANSFER_READ && n_asked < G_N_ELEMENTS(asked))
        asked[n_asked++] = now;
    return now + LATENCY;
}

/* Answers every read by an event. */
static LadTime
tier_later(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    if (lad_transfer_is_write(transfer->kind) || !transfer->done)
        return now + LATENCY;
    lad_queue_add(tier->host->queue, now + LATENCY, LAD_ORDER_COMPLETION, transfer->done,
                  transfer->data, transfer->argument);
    return LAD_PENDING;
}

static const LadTierClass at_once = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_TIER, LadTierClass, "at-once", "notes its requests"),
             .models = "A latency.", .leaves_out = "All else.", .source = "This test."},
    .init = tier_init,
    .setup = tier_setup,
    .access = tier_at_once};
static const LadTierClass later = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_TIER, LadTierClass, "later", "answers by events"),
             .models = "A latency.", .leaves_out = "All else.", .source = "This test."},
    .may_pend = TRUE,
    .init = tier_init,
    .setup = tier_setup,
    .access = tier_later};

/* Compiled into this program, not listed in the registry. */
extern const LadCoreClass lad_core_skeleton;
extern const LadPrefetcherClass lad_prefetcher_skeleton;

static const LadModel *const test_models[] = {&at_once.base, &later.base, &lad_core_skeleton.base,
                                              NULL};
static const LadModel *const *const registries[] = {test_models, NULL};

static const char machine[] =
    "[core]\nfrequency = 2.1 GHz\n"
    "[cache.l1i]\nlevel = 1\nside = instruction\nsize = 4 KiB\nways = 2\nlatency = 2 cycles\n"
    "[cache.l1d]\nlevel = 1\nside = data\nsize = 4 KiB\nways = 2\nlatency = 3 cycles\n"
    "[cache.l2]\nlevel = 2\nsize = 16 KiB\nways = 4\nlatency = 12 cycles\n"
    "[tlb.l1i]\nlevel = 1\nside = instruction\nentries = 8\nways = 8\n"
    "[tlb.l1d]\nlevel = 1\nside = data\nentries = 64\nways = 4\n"
    "[tier.memory]\nsize = 64 MiB\n"
    "[placement]\nmodel = first-touch\n";

typedef struct {
    LadModels *models;
    LadConfig *config;
    LadRun *run;
} Bed;

static void
bed_run(Bed *bed, const char *more, const char *path)
{
    GError *error = NULL;
    bed->models = lad_models_new(registries, &error);
    lad_assert_ok(bed->models != NULL, error);
    bed->config = lad_config_new();
    g_autofree char *trace = g_strdup_printf("run.trace=%s", path);
    gboolean ok = lad_config_read_text(bed->config, machine, "machine", &error) &&
                  lad_config_read_text(bed->config, more, "test", &error) &&
                  lad_config_set(bed->config, trace, &error);
    lad_assert_ok(ok, error);
    bed->run = lad_run_new(bed->config, bed->models, 0, &error);
    lad_assert_ok(bed->run != NULL, error);
    gboolean done = FALSE;
    ok = lad_run_step(bed->run, 0, &done, &error);
    lad_assert_ok(ok && done, error);
}

static void
bed_clear(Bed *bed)
{
    lad_run_free(bed->run);
    lad_config_free(bed->config);
    lad_models_free(bed->models);
}

static guint64
value(const Bed *bed, const char *part, const char *counter)
{
    guint n;
    const LadMetrics *metrics = lad_run_metrics(bed->run, &n);
    for (guint i = 0; i < n; i++)
        for (guint row = 0; strcmp(metrics[i].part, part) == 0 && metrics[i].table[row].name; row++)
            if (strcmp(metrics[i].table[row].name, counter) == 0)
                return lad_run_value(bed->run, i, row, LAD_PHASE_MEASURED);
    ck_abort_msg("there is no metric %s.%s", part, counter);
}

/* Scattered loads and stores over 32 pages; every fourth load's address comes from the last. */
static char *
write_trace(guint n)
{
    g_autofree ScriptStep *steps = g_new0(ScriptStep, n);
    LadRandom random;
    lad_random_init(&random, 3, "test");
    for (guint i = 0; i < n; i++) {
        steps[i].address = 0x100000 + lad_random_below(&random, 32 * 512) * 8;
        steps[i].kind = lad_random_below(&random, 4) ? LAD_OPERAND_LOAD : LAD_OPERAND_STORE;
        if (steps[i].kind == LAD_OPERAND_LOAD) {
            steps[i].from = i % 4 ? 2 : 1;
            steps[i].to = 1;
        }
    }
    ScriptStream stream = {.process = 1, .pc = 0x10000, .steps = steps, .n = n};
    char *path = loop_trace_path();
    script_trace_write(path, &stream, 1);
    return path;
}

/* ---- Turns --------------------------------------------------------------------------------------
 */

START_TEST(requests_of_two_in_order_cores_come_in_the_order_of_their_times)
{
    char *path = write_trace(3000);
    Bed bed;
    /* All pages and translations are there after the warm-up; what is asked then is asked at the
     * time of dispatch plus the second level's latency, alike for all. */
    bed_run(&bed,
            "[core]\nmodel = in-order\ncores = 2\n[tier.memory]\nmodel = at-once\n"
            "[walk]\nlatency = 0 cycles\nenter = none\n[run]\nrate = 2\n",
            path);
    ck_assert_uint_gt(n_asked, 3000);
    for (guint i = n_asked / 2; i < n_asked; i++)
        ck_assert_uint_le(asked[i - 1], asked[i]);
    bed_clear(&bed);
    loop_trace_remove(path);
}
END_TEST

START_TEST(a_tier_that_answers_later_gives_the_times_of_one_that_answers_at_once)
{
    static const char *const models[] = {"in-order", "window"};
    char *path = write_trace(2000);
    guint64 ticks[2], latency[2], reads[2];
    for (guint i = 0; i < 2; i++) {
        g_autofree char *more = g_strdup_printf("[core]\nmodel = %s\n[tier.memory]\nmodel = %s\n",
                                                models[_i], i ? "later" : "at-once");
        Bed bed;
        bed_run(&bed, more, path);
        ticks[i] = value(&bed, "core0", "ticks");
        latency[i] = value(&bed, "core0", "memory_latency");
        reads[i] = value(&bed, "tier_memory", "reads");
        bed_clear(&bed);
    }
    ck_assert_uint_eq(reads[1], reads[0]);
    /* Where an address hangs on several unanswered loads, the window core waits for the youngest.
     */
    guint64 slack = _i ? ticks[0] / 1000 : 0;
    ck_assert_uint_le(ticks[1], ticks[0] + slack);
    ck_assert_uint_ge(ticks[1] + slack, ticks[0]);
    ck_assert_uint_le(latency[1], latency[0] + slack);
    ck_assert_uint_ge(latency[1] + slack, latency[0]);
    loop_trace_remove(path);
}
END_TEST

START_TEST(cores_that_share_a_cache_merge_on_an_unanswered_transfer)
{
    static const char *const models[] = {"in-order", "window"};
    char *path = write_trace(2000);
    g_autofree char *more =
        g_strdup_printf("[core]\nmodel = %s\ncores = 2\n[cache.l2]\nshared-by = 0\nmshrs = 4\n"
                        "[tier.memory]\nmodel = later\n[run]\nrate = 2\nrate-spaces = shared\n",
                        models[_i]);
    Bed bed;
    bed_run(&bed, more, path);
    ck_assert_uint_eq(value(&bed, "core0", "instructions"), 2000);
    ck_assert_uint_eq(value(&bed, "core1", "instructions"), 2000);
    /* Neither core can be done before its share of the longest chain. */
    ck_assert_uint_gt(value(&bed, "core1", "ticks"), 16 * 2000 / 4);
    bed_clear(&bed);
    loop_trace_remove(path);
}
END_TEST

/* ---- Skeletons ----------------------------------------------------------------------------------
 */

START_TEST(a_core_copied_from_the_skeleton_runs)
{
    char *path = write_trace(500);
    Bed bed;
    bed_run(&bed, "[core]\nmodel = skeleton\ncpi = 3 cycles\n[tier.memory]\nmodel = at-once\n",
            path);
    ck_assert_uint_eq(value(&bed, "core0", "instructions"), 500);
    ck_assert_uint_eq(value(&bed, "core0", "ticks"), 500 * 3 * 16);
    bed_clear(&bed);
    loop_trace_remove(path);
}
END_TEST

START_TEST(a_prefetcher_copied_from_the_skeleton_names_the_next_lines)
{
    /* Its only parameter is the degree. */
    guint64 degree = 2;
    LadPrefetcher prefetcher = {
        .class = &lad_prefetcher_skeleton, .line_bytes = 64, .params = &degree};
    ck_assert(lad_prefetcher_skeleton.init(&prefetcher, NULL));
    LadPrefetchEvent event = {.address = 0x1000};
    LadPrefetchList list = {0};
    lad_prefetcher_skeleton.observe(&prefetcher, &event, &list);
    ck_assert_uint_eq(list.n, 2);
    ck_assert_uint_eq(list.addresses[0], 0x1040);
    ck_assert_uint_eq(list.addresses[1], 0x1080);
}
END_TEST

static Suite *
turns_suite(void)
{
    Suite *suite = suite_create("turns");
    TCase *queue = tcase_create("queue");
    tcase_add_test(queue, events_come_by_time_then_kind_then_order_of_adding);
    tcase_add_test(queue, an_event_in_the_past_comes_now);
    tcase_add_test(queue, a_cancelled_event_never_comes_and_its_handle_is_not_another_s);
    suite_add_tcase(suite, queue);
    TCase *turns = tcase_create("turns");
    tcase_add_test(turns, requests_of_two_in_order_cores_come_in_the_order_of_their_times);
    tcase_add_loop_test(
        turns, a_tier_that_answers_later_gives_the_times_of_one_that_answers_at_once, 0, 2);
    tcase_add_loop_test(turns, cores_that_share_a_cache_merge_on_an_unanswered_transfer, 0, 2);
    TCase *skeletons = tcase_create("skeletons");
    tcase_add_test(skeletons, a_core_copied_from_the_skeleton_runs);
    tcase_add_test(skeletons, a_prefetcher_copied_from_the_skeleton_names_the_next_lines);
    suite_add_tcase(suite, skeletons);
    tcase_set_timeout(turns, 60);
    suite_add_tcase(suite, turns);
    return suite;
}

int
main(void)
{
    return lad_suite_run(turns_suite());
}
