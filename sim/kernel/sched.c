/* sched.c - round-robin scheduling of threads on cores, with idle time and switch costs.
 *
 * Modelled: one queue per core, a quantum, preemption at token boundaries (at most one path late),
 * a fixed cost per switch, threads that sleep and wake, idle cores that take over waiting threads.
 * Left out: priorities, fair-share virtual time, periodic load balancing between busy cores. The
 * cache and TLB contents lost by a switch are not a cost here: they come out of the replay.
 */
#include "config.h"
#include "sim/kernel/pressure.h"
#include "sim/kernel/sched.h"
#include "sim/kernel/turns.h"
#include <memladder/placement.h>

typedef struct {
    LadTurn turn; /* first */
    guint core;   /* its queue */
    gboolean pinned;
    gboolean woken; /* before its core has let go of it */
} ThreadState;

/* One core's share of the scheduler. */
typedef struct {
    GQueue waiting;      /* of LadThread, the next one first */
    LadThread *last;     /* that ran here */
    LadEvent expiry;     /* of the running thread's quantum; 0: not armed */
    LadTime slice_start; /* of the running thread, ps */
    gboolean expired;
} CoreQueue;

typedef struct {
    LadTime quantum;
    LadTime switch_cost;
    gboolean share;
    guint order;     /* LadThreadOrder */
    guint placement; /* LadThreadPlacement */
} Params;

struct LadScheduler {
    LadHost *host;
    Params params;
    CoreQueue *cores; /* host->n_cores */
    guint *n_threads; /* per core, given to it at start */
    guint n_alive;
    LadTurns *turns;    /* NULL: each core goes on by itself */
    LadThread *running; /* with turns */
    LadSchedulerBegin begin;
    void *begin_data;
};

static const char *const orders[] = {"cores", "turns", "time", NULL};
static const char *const placements[] = {"arrival", "cpu", NULL};

const LadOption lad_scheduler_options[] = {
    LAD_OPT(Params, quantum, "quantum", TIME, "3 ms", "1 ns", NULL,
            "time after which a thread leaves its core to one that waits, times kernel.time-scale "
            "(Linux 6.1: minimum "
            "granularity of a machine of 8 and more CPUs)"),
    LAD_OPT(Params, switch_cost, "switch-cost", TIME, "1.5 us", NULL, "1 ms",
            "CPU time of one context switch without the caches' refilling (assumed)"),
    LAD_OPT(Params, share, "share", BOOL, "true", NULL, NULL,
            "whether threads may take turns on one core; otherwise more streams than cores are an "
            "error"),
    LAD_OPT_ENUM(
        Params, order, "order", "cores", orders,
        "who runs when: every core goes on by itself; or one thread at a time, by the turns or "
        "by the time stamps of the trace, on the core that placement says, without a quantum"),
    LAD_OPT_ENUM(
        Params, placement, "placement", "arrival", placements,
        "with order = turns or time: a thread runs where there are fewest when it comes (or "
        "on the core whose file it is in), or on the core that stands for its cpu"),
    LAD_OPTIONS_END,
};

LadScheduler *
lad_scheduler_new(LadHost *host, LadConfig *config, GError **error)
{
    LadScheduler *scheduler = g_new0(LadScheduler, 1);
    LadOptionSet set = {lad_scheduler_options, &scheduler->params};
    if (!lad_config_fill(config, "sched", &set, 1, error)) {
        g_free(scheduler);
        return NULL;
    }
    scheduler->host = host;
    /* The quantum is a duration of the kernel; a switch is a cost, which no scale changes. */
    if (host->kernel)
        scheduler->params.quantum =
            MAX(lad_kernel_scaled(host->kernel, scheduler->params.quantum), 1);
    scheduler->cores = g_new0(CoreQueue, host->n_cores);
    scheduler->n_threads = g_new0(guint, host->n_cores);
    if (scheduler->params.order != LAD_ORDER_BY_CORES)
        scheduler->turns = lad_turns_new(host, (LadThreadOrder)scheduler->params.order,
                                         (LadThreadPlacement)scheduler->params.placement);
    return scheduler;
}

void
lad_scheduler_free(LadScheduler *scheduler)
{
    if (!scheduler)
        return;
    for (guint i = 0; i < scheduler->host->n_cores; i++)
        g_queue_clear(&scheduler->cores[i].waiting);
    for (guint i = 0; i < scheduler->host->threads->len; i++) {
        LadThread *thread = g_ptr_array_index(scheduler->host->threads, i);
        g_clear_pointer(&thread->sched_state, g_free);
    }
    lad_turns_free(scheduler->turns);
    g_free(scheduler->cores);
    g_free(scheduler->n_threads);
    g_free(scheduler);
}

void
lad_scheduler_set_begin(LadScheduler *scheduler, LadSchedulerBegin begin, void *data)
{
    scheduler->begin = begin;
    scheduler->begin_data = data;
}

/* The quantum has passed (LAD_ORDER_SCHEDULER). */
static void
quantum_passed(LadTime now, void *data, guint64 argument)
{
    (void)now;
    LadScheduler *scheduler = data;
    CoreQueue *queue = &scheduler->cores[argument];
    LadCore *core = scheduler->host->cores[argument];
    queue->expiry = 0;
    if (!core->thread || g_queue_is_empty(&queue->waiting))
        return;
    queue->expired = TRUE;
    core->thread->stop_insns = 0;
}

/* While somebody waits, the running thread's quantum is watched. */
static void
watch_quantum(LadScheduler *scheduler, guint core)
{
    CoreQueue *queue = &scheduler->cores[core];
    if (queue->expiry || queue->expired || g_queue_is_empty(&queue->waiting))
        return;
    queue->expiry =
        lad_queue_add(scheduler->host->queue, queue->slice_start + scheduler->params.quantum,
                      LAD_ORDER_SCHEDULER, quantum_passed, scheduler, core);
}

/* `thread` begins on `core`, which has none. */
static void
start(LadScheduler *scheduler, LadCore *core, LadThread *thread)
{
    CoreQueue *queue = &scheduler->cores[core->index];
    LadTicks ready = lad_ticks_from_ps(core, thread->wake);
    if (core->now < ready) {
        core->common[LAD_CORE_IDLE] += ready - core->now;
        core->now = ready;
    }
    if (queue->last && queue->last != thread)
        core->pending_charge[LAD_CHARGE_SWITCH] +=
            lad_ticks_from_ps(core, scheduler->params.switch_cost);
    core->turn = lad_ticks_to_ps(core, core->now);
    core->thread = thread;
    core->host->n_starts++;
    thread->core = core;
    if (thread->process)
        thread->process->switched_to = TRUE;
    thread->state = LAD_THREAD_RUNNING;
    queue->last = thread;
    queue->slice_start = thread->since = core->turn;
    lad_pressure_thread(scheduler->host->kernel, thread, core->index, core->turn);
    if (scheduler->begin)
        scheduler->begin(thread, scheduler->begin_data);
    if (core->class->attach)
        core->class->attach(core);
    watch_quantum(scheduler, core->index);
}

/* Nobody runs: the thread whose turn it is begins, no earlier than the last one let go. */
static void
start_turn(LadScheduler *scheduler, LadTime now)
{
    LadThread *next = lad_turns_next(scheduler->turns);
    scheduler->running = next;
    if (!next)
        return;
    next->wake = MAX(next->wake, now);
    start(scheduler, scheduler->host->cores[((ThreadState *)next->sched_state)->turn.core], next);
}

/* A runnable thread takes an idle core, its own one first, or waits for its own. */
static void
enqueue(LadScheduler *scheduler, LadThread *thread)
{
    LadHost *host = scheduler->host;
    ThreadState *state = thread->sched_state;
    thread->state = LAD_THREAD_RUNNABLE;
    if (scheduler->turns) {
        lad_pressure_thread(host->kernel, thread, state->turn.core, thread->wake);
        lad_turns_wait(scheduler->turns, thread);
        if (!scheduler->running)
            start_turn(scheduler, thread->wake);
        return;
    }
    guint target = state->core;
    for (guint i = 0; host->cores[target]->thread && !state->pinned && i < host->n_cores; i++)
        if (!host->cores[i]->thread)
            target = i;
    if (!host->cores[target]->thread) {
        state->core = target;
        start(scheduler, host->cores[target], thread);
        return;
    }
    lad_pressure_thread(host->kernel, thread, state->core, thread->wake);
    g_queue_push_tail(&scheduler->cores[state->core].waiting, thread);
    watch_quantum(scheduler, state->core);
}

/* The thread that has waited longest, and may move, on the core with the most waiting (the lower
 * number first). */
static LadThread *
take_over(LadScheduler *scheduler)
{
    GList *best = NULL;
    guint best_core = 0, best_length = 0;
    for (guint i = 0; i < scheduler->host->n_cores; i++) {
        GQueue *waiting = &scheduler->cores[i].waiting;
        if (waiting->length <= best_length)
            continue;
        for (GList *item = waiting->head; item; item = item->next) {
            const LadThread *thread = item->data;
            const ThreadState *state = thread->sched_state;
            if (!state->pinned) {
                best = item;
                best_core = i;
                best_length = waiting->length;
                break;
            }
        }
    }
    if (!best)
        return NULL;
    LadThread *thread = best->data;
    g_queue_delete_link(&scheduler->cores[best_core].waiting, best);
    return thread;
}

static void
first_run(LadTime now, void *data, guint64 argument)
{
    (void)now;
    LadScheduler *scheduler = data;
    enqueue(scheduler, g_ptr_array_index(scheduler->host->threads, argument));
}

gboolean
lad_scheduler_add(LadScheduler *scheduler, LadThread *thread, guint core, LadTime when,
                  GError **error)
{
    LadHost *host = scheduler->host;
    guint target = core;
    if (core == LAD_CORE_ANY) {
        target = 0;
        for (guint i = 1; i < host->n_cores; i++)
            if (scheduler->n_threads[i] < scheduler->n_threads[target])
                target = i;
    }
    g_assert(target < host->n_cores);
    if (!scheduler->params.share && scheduler->n_threads[target] > 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "stream %u has no core to itself: %u streams before it and %u core%s, and "
                    "[sched] share = false; expected at most one stream per core",
                    thread->id, scheduler->n_alive, host->n_cores, host->n_cores == 1 ? "" : "s");
        return FALSE;
    }
    ThreadState *state = g_new0(ThreadState, 1);
    state->core = target;
    state->pinned = core != LAD_CORE_ANY;
    thread->sched_state = state;
    state->turn.pinned = state->pinned;
    state->turn.core = state->pinned ? target : 0;
    if (scheduler->turns && !lad_turns_check(scheduler->turns, thread, error))
        return FALSE;
    thread->wake = when;
    scheduler->n_threads[target]++;
    scheduler->n_alive++;
    if (when == 0)
        enqueue(scheduler, thread);
    else
        lad_queue_add(host->queue, when, LAD_ORDER_INTERRUPT, first_run, scheduler, thread->id);
    return TRUE;
}

/* With turns: the thread on `core` has let it go. */
static void
end_turn(LadScheduler *scheduler, const LadCore *core, LadThread *thread, LadCoreStop stop)
{
    LadTime now = lad_ticks_to_ps(core, core->now);
    if (stop == LAD_STOP_END || thread->state == LAD_THREAD_DONE) {
        thread->state = LAD_THREAD_DONE;
        scheduler->n_alive--;
    } else if (thread->state == LAD_THREAD_RUNNING) {
        thread->state = LAD_THREAD_RUNNABLE;
        lad_turns_wait(scheduler->turns, thread);
    }
    lad_pressure_thread(scheduler->host->kernel, thread, core->index, now);
    start_turn(scheduler, now);
}

void
lad_scheduler_release(LadScheduler *scheduler, LadCore *core, LadCoreStop stop)
{
    CoreQueue *queue = &scheduler->cores[core->index];
    LadThread *thread = core->thread;
    g_assert(thread);
    ThreadState *state = thread->sched_state;
    if (core->class->detach)
        core->class->detach(core);
    LadTime left = lad_ticks_to_ps(core, core->now);
    thread->ran += left > thread->since ? left - thread->since : 0;
    core->thread = NULL;
    if (queue->expiry)
        lad_queue_cancel(scheduler->host->queue, queue->expiry);
    queue->expiry = 0;
    queue->expired = FALSE;
    if (scheduler->turns) {
        lad_turns_let_go(scheduler->turns, thread);
        end_turn(scheduler, core, thread, stop);
        return;
    }
    if (stop == LAD_STOP_END || thread->state == LAD_THREAD_DONE) {
        thread->state = LAD_THREAD_DONE;
        scheduler->n_alive--;
    } else if (thread->state == LAD_THREAD_RUNNING || state->woken) {
        state->woken = FALSE;
        thread->state = LAD_THREAD_RUNNABLE;
        thread->wake = lad_ticks_to_ps(core, core->now);
        g_queue_push_tail(&queue->waiting, thread);
    }
    lad_pressure_thread(scheduler->host->kernel, thread, core->index, left);
    LadThread *next = g_queue_pop_head(&queue->waiting);
    if (!next)
        next = take_over(scheduler);
    if (next) {
        ((ThreadState *)next->sched_state)->core = core->index;
        start(scheduler, core, next);
    }
}

gboolean
lad_scheduler_record(LadScheduler *scheduler, LadThread *thread, const LadRecord *record)
{
    return !scheduler->turns || lad_turns_record(scheduler->turns, thread, record);
}

gboolean
lad_scheduler_expired(const LadScheduler *scheduler, const LadCore *core)
{
    return scheduler->cores[core->index].expired;
}

static void
wake_up(LadTime now, void *data, guint64 argument)
{
    LadScheduler *scheduler = data;
    LadThread *thread = g_ptr_array_index(scheduler->host->threads, argument);
    g_assert(thread->state == LAD_THREAD_MEMSTALL || thread->state == LAD_THREAD_IOWAIT ||
             thread->state == LAD_THREAD_ASLEEP);
    if (thread->core->thread == thread) {
        /* Its core has not yet had its turn to let go of it. */
        ((ThreadState *)thread->sched_state)->woken = TRUE;
        return;
    }
    thread->wake = now;
    enqueue(scheduler, thread);
}

void
lad_scheduler_wake(LadScheduler *scheduler, LadThread *thread, LadTime when)
{
    lad_queue_add(scheduler->host->queue, when, LAD_ORDER_INTERRUPT, wake_up, scheduler,
                  thread->id);
}

guint
lad_scheduler_n_alive(const LadScheduler *scheduler)
{
    return scheduler->n_alive;
}

void
lad_scheduler_account_idle(LadScheduler *scheduler, LadTime now)
{
    for (guint i = 0; i < scheduler->host->n_cores; i++) {
        LadCore *core = scheduler->host->cores[i];
        LadTicks ticks = lad_ticks_from_ps(core, now);
        if (core->thread || core->now >= ticks)
            continue;
        core->common[LAD_CORE_IDLE] += ticks - core->now;
        core->now = ticks;
    }
}
