/* check_sched.c - the scheduler shares cores fairly, and idle time and switches are accounted for.
 *
 * A toy core executes one instruction per nanosecond, i.e. per cycle at 1 GHz, and pays what it is
 * charged before it goes on.
 */
#include "config.h"
#include "tests/unit/suite.h"
#include "sim/engine/loop.h"
#include "sim/kernel/sched.h"
#include <string.h>

typedef struct {
    guint64 length;   /* instructions until its end */
    guint64 sleep_at; /* falls asleep there; 0: never */
    LadTime sleep_for;
    LadTime ended;
} Script;

typedef struct {
    LadQueue *queue;
    LadHost host;
    LadConfig *config;
    Script scripts[8];
} Bed;

static void
advance(LadCore *core, LadTicks ticks)
{
    core->now += ticks;
    core->common[LAD_CORE_TICKS] += ticks;
    core->turn = lad_ticks_to_ps(core, core->now);
}

static LadCoreStop
toy_run(LadCore *core, LadTime horizon, LadTime limit)
{
    (void)limit;
    LadThread *thread = core->thread;
    Script *script = &((Bed *)core->state)->scripts[thread->id];
    advance(core, core->pending_charge[LAD_CHARGE_SWITCH]);
    core->charged[LAD_CHARGE_SWITCH] += core->pending_charge[LAD_CHARGE_SWITCH];
    core->pending_charge[LAD_CHARGE_SWITCH] = 0;
    for (;;) {
        if (thread->n_insns >= script->length) {
            script->ended = core->turn;
            return LAD_STOP_END;
        }
        if (thread->n_insns >= thread->stop_insns)
            return LAD_STOP_LIMIT;
        if (core->turn >= horizon)
            return LAD_STOP_HORIZON;
        thread->n_insns++;
        advance(core, 16);
        if (thread->n_insns == script->sleep_at) {
            thread->state = LAD_THREAD_IOWAIT;
            lad_scheduler_wake(core->host->scheduler, thread, core->turn + script->sleep_for);
            return LAD_STOP_SLEEP;
        }
    }
}

static const LadCoreClass toy = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_CORE, LadCoreClass, "toy", "one instruction per nanosecond")},
    .timed = TRUE,
    .run = toy_run,
};

static void
begin(LadThread *thread, void *data)
{
    (void)data;
    thread->stop_insns = G_MAXUINT64;
}

static void
bed_init(Bed *bed, guint n_cores, const char *sched)
{
    GError *error = NULL;
    memset(bed, 0, sizeof *bed);
    bed->queue = lad_queue_new();
    bed->config = lad_config_new();
    g_autofree char *text = g_strdup_printf("[sched]\n%s\n", sched);
    gboolean ok = lad_config_read_text(bed->config, text, "test", &error);
    lad_assert_ok(ok, error);
    LadHost *host = &bed->host;
    host->queue = bed->queue;
    host->threads = g_ptr_array_new_with_free_func(g_free);
    host->n_cores = n_cores;
    host->cores = g_new0(LadCore *, n_cores);
    for (guint i = 0; i < n_cores; i++) {
        LadCore *core = g_new0(LadCore, 1);
        core->class = &toy;
        core->host = host;
        core->index = i;
        core->frequency_hz = 1000000000;
        core->state = bed;
        host->cores[i] = core;
    }
    host->scheduler = lad_scheduler_new(host, bed->config, &error);
    lad_assert_ok(host->scheduler != NULL, error);
    lad_scheduler_set_begin(host->scheduler, begin, NULL);
}

static LadThread *
add_thread(Bed *bed, guint core, guint64 length, GError **error)
{
    LadThread *thread = g_new0(LadThread, 1);
    thread->id = bed->host.threads->len;
    g_ptr_array_add(bed->host.threads, thread);
    bed->scripts[thread->id].length = length;
    return lad_scheduler_add(bed->host.scheduler, thread, core, 0, error) ? thread : NULL;
}

static void
run_to_end(Bed *bed)
{
    LadHost *const hosts[] = {&bed->host};
    LadLoop *loop = lad_loop_new(bed->queue, hosts, 1);
    ck_assert_int_eq(lad_loop_run(loop, LAD_TIME_MAX, NULL), LAD_LOOP_DONE);
    lad_loop_free(loop);
    LadTime end = 0;
    for (guint i = 0; i < bed->host.n_cores; i++)
        end = MAX(end, bed->host.cores[i]->turn);
    lad_scheduler_account_idle(bed->host.scheduler, end);
}

static void
bed_clear(Bed *bed)
{
    lad_scheduler_free(bed->host.scheduler);
    for (guint i = 0; i < bed->host.n_cores; i++)
        g_free(bed->host.cores[i]);
    g_free(bed->host.cores);
    g_ptr_array_unref(bed->host.threads);
    lad_config_free(bed->config);
    lad_queue_free(bed->queue);
}

START_TEST(threads_on_one_core_take_turns_of_a_quantum)
{
    Bed bed;
    bed_init(&bed, 1, "quantum = 100 ns\nswitch-cost = 0 ns");
    for (guint i = 0; i < 3; i++)
        ck_assert_ptr_nonnull(add_thread(&bed, LAD_CORE_ANY, 1000, NULL));
    run_to_end(&bed);
    /* Ten turns of 100 ns each, in order: thread i ends in the last round. */
    ck_assert_uint_eq(bed.scripts[0].ended, 2800 * LAD_NS);
    ck_assert_uint_eq(bed.scripts[1].ended, 2900 * LAD_NS);
    ck_assert_uint_eq(bed.scripts[2].ended, 3000 * LAD_NS);
    ck_assert_uint_eq(bed.host.cores[0]->common[LAD_CORE_IDLE], 0);
    bed_clear(&bed);
}
END_TEST

START_TEST(a_switch_costs_its_time)
{
    Bed bed;
    bed_init(&bed, 1, "quantum = 100 ns\nswitch-cost = 10 ns");
    add_thread(&bed, LAD_CORE_ANY, 200, NULL);
    add_thread(&bed, LAD_CORE_ANY, 200, NULL);
    run_to_end(&bed);
    /* The cost is part of the quantum of the thread that comes: 0-100 first, 110-200 second (90),
     * 210-300 first (190), 310-400 second (180), 410-420 first, which ends, 430-450 second. */
    ck_assert_uint_eq(bed.scripts[0].ended, 420 * LAD_NS);
    ck_assert_uint_eq(bed.scripts[1].ended, 450 * LAD_NS);
    ck_assert_uint_eq(bed.host.cores[0]->charged[LAD_CHARGE_SWITCH], 5 * 10 * 16);
    bed_clear(&bed);
}
END_TEST

START_TEST(a_thread_alone_is_never_switched)
{
    Bed bed;
    bed_init(&bed, 1, "quantum = 100 ns\nswitch-cost = 10 ns");
    add_thread(&bed, LAD_CORE_ANY, 1000, NULL);
    run_to_end(&bed);
    ck_assert_uint_eq(bed.scripts[0].ended, 1000 * LAD_NS);
    bed_clear(&bed);
}
END_TEST

START_TEST(an_idle_core_takes_over_a_thread_that_waits)
{
    Bed bed;
    bed_init(&bed, 2, "quantum = 1 ms\nswitch-cost = 0 ns");
    add_thread(&bed, LAD_CORE_ANY, 1000, NULL); /* core 0 */
    add_thread(&bed, LAD_CORE_ANY, 100, NULL);  /* core 1 */
    add_thread(&bed, LAD_CORE_ANY, 500, NULL);  /* waits for core 0 */
    run_to_end(&bed);
    ck_assert_uint_eq(bed.scripts[2].ended, 600 * LAD_NS);
    ck_assert_uint_eq(bed.host.cores[1]->common[LAD_CORE_IDLE], 400 * 16);
    bed_clear(&bed);
}
END_TEST

START_TEST(a_pinned_thread_waits_for_its_core)
{
    Bed bed;
    bed_init(&bed, 2, "quantum = 1 ms\nswitch-cost = 0 ns");
    add_thread(&bed, 0, 1000, NULL);
    add_thread(&bed, 0, 500, NULL);
    run_to_end(&bed);
    ck_assert_uint_eq(bed.scripts[1].ended, 1500 * LAD_NS);
    ck_assert_uint_eq(bed.host.cores[1]->common[LAD_CORE_IDLE], 1500 * 16);
    bed_clear(&bed);
}
END_TEST

START_TEST(a_sleeper_gives_its_core_to_the_next)
{
    Bed bed;
    bed_init(&bed, 1, "quantum = 1 ms\nswitch-cost = 0 ns");
    add_thread(&bed, LAD_CORE_ANY, 100, NULL);
    add_thread(&bed, LAD_CORE_ANY, 300, NULL);
    bed.scripts[0].sleep_at = 50;
    bed.scripts[0].sleep_for = 1000 * LAD_NS;
    run_to_end(&bed);
    /* 0-50 first, 50-350 second, idle until the wake-up at 1050. */
    ck_assert_uint_eq(bed.scripts[1].ended, 350 * LAD_NS);
    ck_assert_uint_eq(bed.scripts[0].ended, 1100 * LAD_NS);
    ck_assert_uint_eq(bed.host.cores[0]->common[LAD_CORE_IDLE], 700 * 16);
    ck_assert_uint_eq(bed.host.cores[0]->common[LAD_CORE_TICKS], 400 * 16);
    bed_clear(&bed);
}
END_TEST

START_TEST(without_sharing_more_streams_than_cores_are_refused)
{
    Bed bed;
    bed_init(&bed, 2, "share = false");
    GError *error = NULL;
    ck_assert_ptr_nonnull(add_thread(&bed, LAD_CORE_ANY, 1, &error));
    ck_assert_ptr_nonnull(add_thread(&bed, LAD_CORE_ANY, 1, &error));
    ck_assert_ptr_null(add_thread(&bed, LAD_CORE_ANY, 1, &error));
    lad_assert_error(error, "2 streams before it and 2 cores");
    ck_assert_int_eq(error->code, LAD_ERROR_CONFIG);
    g_clear_error(&error);
    bed_clear(&bed);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sched");
    TCase *sched = tcase_create("sched");
    tcase_add_test(sched, threads_on_one_core_take_turns_of_a_quantum);
    tcase_add_test(sched, a_switch_costs_its_time);
    tcase_add_test(sched, a_thread_alone_is_never_switched);
    tcase_add_test(sched, an_idle_core_takes_over_a_thread_that_waits);
    tcase_add_test(sched, a_pinned_thread_waits_for_its_core);
    tcase_add_test(sched, a_sleeper_gives_its_core_to_the_next);
    tcase_add_test(sched, without_sharing_more_streams_than_cores_are_refused);
    suite_add_tcase(suite, sched);
    return lad_suite_run(suite);
}
