/* run.c - the library's front door: a run from its configuration to its results. */
#include "config.h"
#include <memladder/run.h>
#include "sim/engine/loop.h"
#include "sim/kernel/kernel.h"
#include "sim/kernel/sched.h"
#include "sim/machine/future.h"
#include "sim/machine/goals.h"
#include "sim/machine/hosts.h"
#include "sim/machine/machine.h"
#include "sim/machine/sampler.h"
#include "sim/machine/totals.h"
#include "sim/machine/windows.h"
#include "sim/kernel/touch.h"
#include <memladder/placement.h>
#include <memladder/tier.h>
#include <string.h>

struct LadRun {
    LadConfig *config;   /* the caller's */
    GPtrArray *machines; /* of LadConfig, of named hosts */
    LadRunOptions options;
    LadCluster *cluster;
    LadLoop *loop;
    LadStreams *streams;
    LadSampler *sampler;
    LadTotals *totals;
    LadGoal goal;
    gboolean in_warmup;
    LadWindows windows;
    gboolean done;
    const char *end_reason;
    char *config_text;
    GPtrArray *notes;
    GPtrArray *foresights; /* of LadForesight, by host: this is a first pass; else NULL */
    GPtrArray *futures; /* of LadFuture, by host, NULL where no oracle is; NULL if there is none */
    gboolean owns_config;
};

static LadHost *
host_at(const LadRun *run, guint index)
{
    return g_ptr_array_index(run->cluster->hosts, index);
}

static void
add_note(LadRun *run, char *text)
{
    g_ptr_array_index(run->notes, run->notes->len - 1) = text;
    g_ptr_array_add(run->notes, NULL);
}

static gboolean
is_timed(const LadRun *run)
{
    return lad_host_timed(host_at(run, 0));
}

/* ---- Building -----------------------------------------------------------------------------------
 */

/* The goal after this one: the end of warm-up first, then the limit. */
static void
next_goal(LadRun *run)
{
    LadGoalKind kind = LAD_GOAL_NONE;
    guint64 total = 0;
    if (run->in_warmup && run->options.warmup_instructions) {
        kind = LAD_GOAL_INSTRUCTIONS;
        total = run->options.warmup_instructions;
    } else if (run->in_warmup && run->options.warmup_records) {
        kind = LAD_GOAL_RECORDS;
        total = run->options.warmup_records;
    } else if (run->options.max_instructions) {
        kind = LAD_GOAL_INSTRUCTIONS;
        total = run->options.max_instructions;
    }
    lad_goal_set(&run->goal, run->streams, kind, total);
}

/* Another thread begins on a core: what is missing is shared among other threads now. */
static void
thread_begins(LadThread *thread, void *data)
{
    LadRun *run = data;
    lad_goal_share(&run->goal);
    lad_windows_count(&run->windows, is_timed(run) ? thread->core->turn : 0);
}

static void
end_warmup(LadRun *run, LadTime now)
{
    lad_sampler_end_warmup(run->sampler, now);
    run->in_warmup = FALSE;
}

static void
warmup_time_passed(LadTime now, void *data, guint64 argument)
{
    (void)argument;
    LadRun *run = data;
    end_warmup(run, now);
}

static gboolean
check_time_options(const LadRun *run, GError **error)
{
    if (is_timed(run) || (!run->options.warmup_time && !run->options.max_time))
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "[run] %s needs a core model that keeps time; %s keeps none",
                run->options.warmup_time ? "warmup-time" : "max-time",
                host_at(run, 0)->cores[0]->class->base.name);
    return FALSE;
}

/* Which pages a program would touch if it were smaller can be told by page only: with caches in
 * front, leaving pages out would change what they hold. */
static gboolean
check_capacity_scale(const LadRun *run, GError **error)
{
    if (run->options.capacity_scale == 1)
        return TRUE;
    for (guint i = 0; i < run->cluster->hosts->len; i++) {
        const LadCoreClass *core = host_at(run, i)->cores[0]->class;
        if (core->page_level)
            continue;
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [run] capacity-scale = %g: only the footprint of a trace of level page "
                    "can be shrunk, and [core] model = %s replays other levels; expected 1, or "
                    "[core] model = paced",
                    lad_config_origin(run->config, "run", "capacity-scale"),
                    run->options.capacity_scale, core->base.name);
        return FALSE;
    }
    return TRUE;
}

static void
note_capacity_scale(LadRun *run)
{
    if (run->options.capacity_scale == 1)
        return;
    g_autoptr(GString) tiers = g_string_new(NULL);
    for (guint i = 0; i < run->cluster->hosts->len; i++)
        for (guint k = 0; k < host_at(run, i)->n_tiers; k++) {
            const LadTier *tier = host_at(run, i)->tiers[k];
            g_string_append_printf(tiers, "%s%s %.1f MiB", tiers->len ? ", " : "", tier->name,
                                   (double)tier->size / (double)LAD_MIB);
        }
    add_note(run,
             g_strdup_printf(
                 "run.capacity-scale is %g: tiers and their reserved parts are multiplied by it "
                 "(%s), and only touches of that share of pages, chosen by a hash, are replayed; "
                 "watermarks given in pages, latencies, bandwidths and kernel options are not "
                 "scaled, each touch takes what it would, and cost and power are those of "
                 "the shrunk tiers",
                 run->options.capacity_scale, tiers->str));
}

/* What the configuration itself calls assumed. */
static void
note_assumptions(LadRun *run)
{
    g_auto(GStrv) assumed = lad_config_assumed(run->config);
    if (assumed[0]) {
        g_autofree char *list = g_strjoinv(", ", assumed);
        add_note(run, g_strdup_printf("assumed, by the word of the configuration: %s", list));
    }
}

/* What the parts themselves want said, and have not said before. */
static void
note_parts(LadRun *run)
{
    for (guint i = 0; i < run->cluster->hosts->len; i++) {
        LadHost *host = host_at(run, i);
        for (guint k = 0; host->notes && k < host->notes->len; k++)
            add_note(run, g_strdup(host->notes->pdata[k]));
        if (host->notes)
            g_ptr_array_set_size(host->notes, 0);
    }
}

/* All parts exist and have registered their metrics. */
static gboolean
start(LadRun *run, GError **error)
{
    for (guint i = 0; i < run->cluster->hosts->len; i++)
        if (!lad_host_setup(host_at(run, i), error))
            return FALSE;
    run->totals = lad_totals_new(run->cluster, run->streams);
    LadTime epoch = is_timed(run) ? run->options.epoch : 0;
    run->sampler = lad_sampler_new(run->cluster, epoch, (guint)run->options.max_samples);
    run->loop = lad_loop_new(run->cluster->queue, (LadHost *const *)run->cluster->hosts->pdata,
                             run->cluster->hosts->len);
    lad_windows_init(&run->windows, &run->options, run->streams, run->sampler, is_timed(run));
    if (!lad_windows_check(&run->windows, error))
        return FALSE;
    run->cluster->on_window = lad_windows_reached;
    run->cluster->on_window_data = &run->windows;
    for (guint i = 0; i < run->cluster->hosts->len; i++)
        lad_scheduler_set_begin(host_at(run, i)->scheduler, thread_begins, run);
    run->goal.streams = run->streams;
    if (!lad_streams_start(run->streams, error))
        return FALSE;
    run->in_warmup =
        run->options.warmup_instructions || run->options.warmup_records || run->options.warmup_time;
    if (run->options.warmup_time)
        lad_queue_add(run->cluster->queue, run->options.warmup_time, LAD_ORDER_EPOCH,
                      warmup_time_passed, run, 0);
    next_goal(run);
    return TRUE;
}

/* The last instant that anything has reached; 0 where no time is kept. */
static LadTime
end_time(const LadRun *run)
{
    LadTime end = 0;
    if (!is_timed(run))
        return 0;
    for (guint i = 0; i < run->cluster->hosts->len; i++) {
        const LadHost *host = host_at(run, i);
        for (guint j = 0; j < host->n_cores; j++)
            end = MAX(end, lad_ticks_to_ps(host->cores[j], host->cores[j]->now));
    }
    return end;
}

/* What a run is for. */
typedef struct {
    gboolean watches; /* records the future, by host */
    const LadRun *of; /* tries a plan for this run's hosts, whose futures it shares; else NULL */
} Purpose;

static LadRun *run_new(LadConfig *config, const LadModels *models, LadRunFlags flags,
                       const Purpose *purpose, GError **error);

/* Another run of the same configuration (`text`), from its beginning to its end. */
static LadRun *
replay_apart(const char *text, const LadModels *models, LadRunFlags flags, const Purpose *purpose,
             GError **error)
{
    gboolean done;
    LadConfig *config = lad_config_new();
    LadRun *run = lad_config_read_text(config, text, "a pass for an oracle", error)
                      ? run_new(config, models, flags, purpose, error)
                      : NULL;
    if (!run) {
        lad_config_free(config);
        return NULL;
    }
    run->owns_config = TRUE;
    if (lad_run_step(run, 0, &done, error))
        return run;
    lad_run_free(run);
    return NULL;
}

/* Replay with each of the oracles' plans, and leave the best one chosen. */
static gboolean
try_plans(LadRun *run, const LadModels *models, LadRunFlags flags, guint n_plans, GError **error)
{
    guint best = 0;
    LadTime least = LAD_TIME_MAX;
    for (guint plan = 0; plan < n_plans && n_plans > 1; plan++) {
        for (guint i = 0; i < run->futures->len; i++)
            if (run->futures->pdata[i])
                ((LadFuture *)run->futures->pdata[i])->trial =
                    MIN(plan, lad_kernel_n_plans(host_at(run, i)->kernel) - 1);
        Purpose purpose = {.of = run};
        g_autoptr(LadRun) trial = replay_apart(run->config_text, models, flags, &purpose, error);
        if (!trial)
            return FALSE;
        if (end_time(trial) < least) {
            least = end_time(trial);
            best = plan;
        }
    }
    for (guint i = 0; i < run->futures->len; i++)
        if (run->futures->pdata[i])
            ((LadFuture *)run->futures->pdata[i])->trial =
                MIN(best, lad_kernel_n_plans(host_at(run, i)->kernel) - 1);
    return TRUE;
}

static void
share_futures(LadRun *run, const LadRun *with)
{
    for (guint i = 0; i < with->futures->len; i++)
        if (with->futures->pdata[i])
            lad_kernel_set_future(host_at(run, i)->kernel, lad_future_ref(with->futures->pdata[i]));
}

/* Replay everything once under first-touch, and tell the oracles what was seen. */
static gboolean
foresee(LadRun *run, const LadModels *models, LadRunFlags flags, GError **error)
{
    guint n_plans = 0;
    for (guint i = 0; i < run->cluster->hosts->len; i++)
        if (host_at(run, i)->kernel)
            n_plans = MAX(n_plans, lad_kernel_n_plans(host_at(run, i)->kernel));
    if (n_plans == 0)
        return TRUE;
    g_autofree char *text = lad_future_config(run->config_text);
    Purpose purpose = {.watches = TRUE};
    g_autoptr(LadRun) first = replay_apart(text, models, flags, &purpose, error);
    if (!first) {
        g_prefix_error(error, "first pass for an oracle: ");
        return FALSE;
    }
    run->futures = g_ptr_array_new_with_free_func((GDestroyNotify)lad_future_unref);
    for (guint i = 0; i < run->cluster->hosts->len; i++) {
        LadForesight *foresight = g_steal_pointer(&first->foresights->pdata[i]);
        g_ptr_array_add(run->futures, lad_foresight_end(foresight));
        if (lad_kernel_n_plans(host_at(run, i)->kernel) == 0)
            g_clear_pointer(&run->futures->pdata[i], lad_future_unref);
    }
    if (!try_plans(run, models, flags, n_plans, error)) {
        g_prefix_error(error, "trial of an oracle's plan: ");
        return FALSE;
    }
    share_futures(run, run);
    return TRUE;
}

static void
watch(LadRun *run)
{
    run->foresights = g_ptr_array_new_with_free_func((GDestroyNotify)lad_foresight_free);
    for (guint i = 0; i < run->cluster->hosts->len; i++)
        g_ptr_array_add(run->foresights, lad_foresight_new(host_at(run, i)));
}

LadRun *
lad_run_new(LadConfig *config, const LadModels *models, LadRunFlags flags, GError **error)
{
    Purpose purpose = {0};
    return run_new(config, models, flags, &purpose, error);
}

static LadRun *
run_new(LadConfig *config, const LadModels *models, LadRunFlags flags, const Purpose *purpose,
        GError **error)
{
    LadRun *run = g_new0(LadRun, 1);
    run->config = config;
    run->machines = g_ptr_array_new_with_free_func((GDestroyNotify)lad_config_free);
    run->cluster = lad_cluster_new();
    run->notes = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(run->notes, NULL);
    run->end_reason = "not yet ended";
    gboolean whole = !(flags & LAD_RUN_CONFIG_ONLY);
    gboolean read = lad_run_options_read(&run->options, config, whole, error);
    run->cluster->capacity_scale = run->options.capacity_scale;
    run->cluster->blank = !whole;
    run->cluster->flush_gaps = run->options.gaps == LAD_GAPS_FLUSH;
    if (read &&
        lad_hosts_build(run->cluster, config, run->machines, models, run->options.seed,
                        run->options.epoch, error) &&
        check_time_options(run, error) && check_capacity_scale(run, error) &&
        lad_hosts_check_used(config, run->machines, error)) {
        run->config_text = lad_hosts_print(run->cluster, config, run->machines);
        if (!whole)
            return run;
        note_capacity_scale(run);
        note_assumptions(run);
        note_parts(run);
        if (purpose->watches)
            watch(run);
        if (purpose->of)
            share_futures(run, purpose->of);
        run->streams = lad_streams_new(run->cluster, &run->options);
        if (lad_streams_open(run->streams, flags, error) &&
            (purpose->of || foresee(run, models, flags, error)) && start(run, error))
            return run;
    }
    lad_run_free(run);
    return NULL;
}

void
lad_run_free(LadRun *run)
{
    if (!run)
        return;
    g_clear_pointer(&run->foresights, g_ptr_array_unref);
    g_clear_pointer(&run->futures, g_ptr_array_unref);
    lad_loop_free(run->loop);
    lad_sampler_free(run->sampler);
    lad_totals_free(run->totals);
    /* Decoding threads end before what they decode for is taken apart. */
    lad_streams_stop(run->streams);
    lad_cluster_free(run->cluster);
    lad_streams_free(run->streams);
    g_ptr_array_unref(run->machines);
    g_ptr_array_unref(run->notes);
    g_free(run->config_text);
    if (run->owns_config)
        lad_config_free(run->config);
    g_free(run);
}

/* ---- Running ------------------------------------------------------------------------------------
 */

static void
finish(LadRun *run, const char *reason)
{
    LadTime end = end_time(run);
    for (guint i = 0; i < run->cluster->hosts->len; i++)
        lad_scheduler_account_idle(host_at(run, i)->scheduler, end);
    if (run->in_warmup)
        add_note(run, g_strdup("the run ended before the end of warm-up: all counts are of the "
                               "whole run"));
    lad_sampler_finish(run->sampler, end);
    if (run->windows.n > 0)
        add_note(run, lad_windows_describe(&run->windows));
    note_parts(run);
    lad_totals_add_notes(run->totals, run->sampler, run->notes);
    run->done = TRUE;
    run->end_reason = reason;
}

/* What went wrong, of the first host or thread in order. */
static gboolean
failure(const LadRun *run, GError **error)
{
    for (guint i = 0; i < run->cluster->hosts->len; i++) {
        const LadHost *host = host_at(run, i);
        if (host->error) {
            g_propagate_error(error, g_error_copy(host->error));
            return FALSE;
        }
    }
    for (guint i = 0; i < lad_streams_n(run->streams); i++) {
        const LadThread *thread = &lad_streams_at(run->streams, i)->thread;
        if (thread->error) {
            g_propagate_error(error, g_error_copy(thread->error));
            return FALSE;
        }
    }
    g_assert_not_reached();
}

/* All threads are done: streams that wait for a fork that never came run now. */
static gboolean
start_held(LadRun *run, gboolean *started, GError **error)
{
    guint n = lad_streams_start_held(run->streams, end_time(run), error);
    *started = n > 0;
    if (n == G_MAXUINT)
        return FALSE;
    if (n > 0)
        add_note(run, g_strdup_printf("%u streams of forked processes began only after all others "
                                      "had ended, because their fork is not in the trace",
                                      n));
    return TRUE;
}

/* A thread has reached its bound. TRUE: the run has ended. */
static gboolean
goal_reached(LadRun *run, const LadCore *core)
{
    if (!lad_goal_met(&run->goal)) {
        lad_goal_share(&run->goal);
        return FALSE;
    }
    if (!run->in_warmup) {
        finish(run, "instruction limit");
        return TRUE;
    }
    end_warmup(run, is_timed(run) ? core->turn : 0);
    next_goal(run);
    return lad_goal_met(&run->goal) ? (finish(run, "instruction limit"), TRUE) : FALSE;
}

static gboolean
nothing_to_replay(const LadRun *run, GError **error)
{
    g_autofree char *traces = g_strjoinv(", ", run->options.traces);
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                "%s: no instruction and no data access%s; expected at least one", traces,
                run->options.capacity_scale < 1 ? " among the pages that run.capacity-scale leaves"
                                                : "");
    return FALSE;
}

gboolean
lad_run_step(LadRun *run, guint64 references, gboolean *done, GError **error)
{
    LadTime until = run->options.max_time ? run->options.max_time : LAD_TIME_MAX;
    lad_goal_begin_step(&run->goal, references);
    while (!run->done) {
        LadCore *core = NULL;
        gboolean again = FALSE;
        switch (lad_loop_run(run->loop, until, &core)) {
        case LAD_LOOP_DONE:
            if (!start_held(run, &again, error))
                return FALSE;
            if (again)
                break;
            if (lad_totals_references(run->totals) == 0)
                return nothing_to_replay(run, error);
            finish(run, "end of trace");
            break;
        case LAD_LOOP_TIME:
            finish(run, "time limit");
            break;
        case LAD_LOOP_LIMIT:
            lad_windows_bound_reached(&run->windows, core);
            if (lad_goal_target_reached(core->thread) && goal_reached(run, core))
                break;
            if (lad_goal_step_done(core->thread)) {
                *done = FALSE;
                return TRUE;
            }
            break;
        case LAD_LOOP_STUCK:
            g_set_error_literal(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                                "all threads that are left sleep and nothing will wake them");
            return FALSE;
        case LAD_LOOP_ERROR:
            return failure(run, error);
        }
    }
    *done = TRUE;
    return TRUE;
}

/* ---- Results ------------------------------------------------------------------------------------
 */

void
lad_run_progress(const LadRun *run, LadRunProgress *progress)
{
    progress->references = lad_totals_references(run->totals);
    progress->time = end_time(run);
    double fraction = lad_streams_fraction(run->streams);
    if (run->options.max_time)
        fraction = MAX(fraction, (double)progress->time / (double)run->options.max_time);
    if (run->options.max_instructions)
        fraction = MAX(fraction, lad_goal_fraction(run->streams, run->options.max_instructions));
    progress->fraction = run->done ? 1.0 : MIN(fraction, 1.0);
}

void
lad_run_on_request(LadRun *run, LadRequestFunc function, void *data)
{
    run->cluster->on_request = function;
    run->cluster->on_request_data = data;
}

void
lad_run_watch(LadRun *run, const LadWatch *watch)
{
    for (guint i = 0; i < run->cluster->hosts->len; i++)
        host_at(run, i)->watch = watch;
}

void
lad_run_page_tiers(const LadRun *run, guint host, guint32 origin, guint64 address, guint64 n,
                   guint8 *tiers)
{
    const LadHost *of = host_at(run, host);
    memset(tiers, LAD_TIER_NONE, n);
    for (guint i = 0; of->kernel && i < of->processes->len; i++) {
        LadProcess *process = g_ptr_array_index(of->processes, i);
        if (process->origin_process == origin) {
            lad_kernel_page_tiers(of->kernel, process, address, n, tiers);
            return;
        }
    }
}

gboolean
lad_run_page_address(const LadRun *run, guint host, LadPage page, guint64 *address)
{
    const LadHost *of = host_at(run, host);
    guint32 process;
    guint64 vpage;
    if (!of->kernel || !lad_page_owner(of->kernel, page, &process, &vpage))
        return FALSE;
    *address = vpage << LAD_PAGE_SHIFT;
    return TRUE;
}

gboolean
lad_run_in_warmup(const LadRun *run)
{
    return run->in_warmup;
}

const char *
lad_run_end_reason(const LadRun *run)
{
    return run->end_reason;
}

const LadMetrics *
lad_run_metrics(const LadRun *run, guint *n)
{
    *n = run->cluster->metrics->len;
    return (const LadMetrics *)(const void *)run->cluster->metrics->data;
}

guint64
lad_run_value(const LadRun *run, guint index, guint row, LadPhase phase)
{
    return lad_sampler_value(run->sampler, index, row, phase);
}

const LadHistogram *
lad_run_histogram(const LadRun *run, guint index, guint row, LadPhase phase)
{
    return lad_sampler_histogram(run->sampler, index, row, phase);
}

void
lad_run_phase_time(const LadRun *run, LadPhase phase, LadTime *start_time, LadTime *length)
{
    lad_sampler_phase_time(run->sampler, phase, start_time, length);
}

guint
lad_run_n_samples(const LadRun *run)
{
    return lad_sampler_n_samples(run->sampler);
}

LadTime
lad_run_sample_time(const LadRun *run, guint sample)
{
    return lad_sampler_time(run->sampler, sample);
}

guint64
lad_run_sample(const LadRun *run, guint sample, guint index, guint row)
{
    return lad_sampler_sample(run->sampler, sample, index, row);
}

guint
lad_run_n_hosts(const LadRun *run)
{
    return run->cluster->hosts->len;
}

const char *
lad_run_host_name(const LadRun *run, guint host)
{
    return host_at(run, host)->name;
}

const LadHeat *
lad_run_heat(const LadRun *run, guint host)
{
    return host_at(run, host)->heat;
}

guint
lad_run_n_logs(const LadRun *run)
{
    return run->cluster->logs ? run->cluster->logs->len : 0;
}

const LadLog *
lad_run_log(const LadRun *run, guint index)
{
    return run->cluster->logs->pdata[index];
}

const char *const *
lad_run_notes(const LadRun *run)
{
    return (const char *const *)run->notes->pdata;
}

const char *
lad_run_config_text(const LadRun *run)
{
    return run->config_text;
}

const char *
lad_run_trace_identity(const LadRun *run)
{
    return lad_streams_identity(run->streams);
}

guint64
lad_run_seed(const LadRun *run)
{
    return run->options.seed;
}
