/* psi.c - pressure stall information, as Linux 6.1 computes it (kernel/sched/psi.c).
 *
 * Each core keeps how long its threads of the group were in each state: some of them delayed, or
 * all that were not idle. A sample weighs the cores by their non-idle time in whole jiffies; so one
 * in which the group ran for less than a jiffy is dropped. Samples are taken by reads, and by work
 * that a change of a thread's state arms for two seconds and a jiffy later. The averages over 10,
 * 60 and 300 s are fixed point with 11 bits and see whole per cent only: less than one per cent of
 * a period is nothing to them, and only the totals keep it. Triggers watch growth over a window of
 * 0.5 to 10 s, ten times in it.
 *
 * Times are nanoseconds, those of a core and a sample in 32 bits, as there. Left out: the timer
 * wheel's rounding, which may delay the work by up to 8 jiffies; cgroups that turn PSI off; irq
 * pressure (6.2).
 */
#include "config.h"
#include "models/pressure/loadavg.h"
#include <memladder/event.h>
#include <memladder/pressure.h>

#define N_STATES           (LAD_PRESSURE_N_STATES + 1)
#define NONIDLE            LAD_PRESSURE_N_STATES
#define UPDATES_PER_WINDOW 10
#define WINDOW_MIN_US      500000
#define WINDOW_MAX_US      10000000

typedef enum { AVERAGES, POLL, N_AGGREGATORS } Aggregator;

typedef struct {
    LadPressureTasks tasks;
    guint mask;    /* bit per state that holds */
    guint64 since; /* ns, of the latest change */
    guint32 times[N_STATES];
    guint32 before[N_AGGREGATORS][N_STATES]; /* at the latest sample */
} Core;

typedef struct {
    LadPressureState state;
    guint64 threshold, size; /* ns */
    guint64 start, start_value, previous_growth;
    guint64 last_event;
    gboolean fired; /* ever */
    gboolean pending;
} Trigger;

typedef struct {
    Core *cores;
    guint n_cores;
    guint64 jiffy, period; /* ns; psi_period */
    guint64 total[N_AGGREGATORS][LAD_PRESSURE_N_STATES];
    guint64 averaged[LAD_PRESSURE_N_STATES]; /* of total, what the averages have seen */
    guint64 last_update, next_update;
    guint64 average[LAD_PRESSURE_N_STATES][LAD_PRESSURE_N_WINDOWS];
    LadEvent work;
    guint work_core; /* that armed it, and runs it */
    Trigger *triggers;
    guint n_triggers;
    guint watched; /* bit per state */
    LadEvent poll;
    guint64 poll_period, poll_until, next_poll;
    guint64 polled[LAD_PRESSURE_N_STATES];
} State;

typedef struct {
    LadTable *triggers;
} Params;

static const LadOption options[] = {
    LAD_OPT(Params, triggers, "triggers", TABLE, "", NULL, NULL,
            "rows of what is watched (0 memory some, 1 memory full, 2 I/O some, 3 I/O full), "
            "stall and window in microseconds; each time the stall is reached counts as a "
            "trigger event"),
    LAD_OPTIONS_END};

/* The first rows are in the order of LadPressureState. */
enum {
    TOTALS,
    AVERAGE_ROWS = LAD_PRESSURE_N_STATES,
    MEMORY_STALLED = AVERAGE_ROWS + 4 * LAD_PRESSURE_N_WINDOWS,
    IO_STALLED,
    SAMPLES,
    DROPPED_SAMPLES,
    TRIGGER_EVENTS,
    N_COUNTERS
};

#define SPENT(name, help)                                                                          \
    {                                                                                              \
        name, "ps", LAD_COUNT, LAD_SCOPE_CGROUP, help                                              \
    }
#define AVERAGE(name, help)                                                                        \
    {                                                                                              \
        name, "0.0001", LAD_GAUGE, LAD_SCOPE_CGROUP, help                                          \
    }
#define EVENTS(name, help)                                                                         \
    {                                                                                              \
        name, "1", LAD_COUNT, LAD_SCOPE_CGROUP, help                                               \
    }

static const LadCounter counters[] = {
    SPENT("memory_some", "time as total= of memory.pressure says, some: as of the latest sample"),
    SPENT("memory_full", "the same, full"),
    SPENT("io_some", "time as total= of io.pressure says, some: as of the latest sample"),
    SPENT("io_full", "the same, full"),
    SPENT("cpu_some", "time as total= of cpu.pressure says, some: as of the latest sample"),
    SPENT("cpu_full", "the same, full; 0 for the host"),
    AVERAGE("memory_some_avg10", "share of time in hundredths of a per cent, as avg10= says"),
    AVERAGE("memory_some_avg60", "the same over 60 s"),
    AVERAGE("memory_some_avg300", "the same over 300 s"),
    AVERAGE("memory_full_avg10", "avg10= of memory, full"),
    AVERAGE("memory_full_avg60", "the same over 60 s"),
    AVERAGE("memory_full_avg300", "the same over 300 s"),
    AVERAGE("io_some_avg10", "avg10= of I/O, some"),
    AVERAGE("io_some_avg60", "the same over 60 s"),
    AVERAGE("io_some_avg300", "the same over 300 s"),
    AVERAGE("io_full_avg10", "avg10= of I/O, full"),
    AVERAGE("io_full_avg60", "the same over 60 s"),
    AVERAGE("io_full_avg300", "the same over 300 s"),
    SPENT("memory_stalled", "time in which a thread was in memory stall, summed over cores, before "
                            "samples weigh or drop it"),
    SPENT("io_stalled", "the same, in I/O wait"),
    EVENTS("samples", "a sample taken, by a read or by the work"),
    EVENTS("dropped_samples", "a sample whose stall was dropped: less than a jiffy not idle"),
    EVENTS("trigger_events", "a trigger's stall was reached"),
    LAD_COUNTERS_END};

G_STATIC_ASSERT(G_N_ELEMENTS(counters) == N_COUNTERS + 1);

/* ---- Time in states -------------------------------------------------------------------------- */

static guint
mask_of(const LadPressureTasks *tasks, gboolean host)
{
    guint mask = 0;
    if (tasks->iowait > 0)
        mask |= 1u << LAD_PRESSURE_IO_SOME;
    if (tasks->iowait > 0 && tasks->running == 0)
        mask |= 1u << LAD_PRESSURE_IO_FULL;
    if (tasks->memstall > 0)
        mask |= 1u << LAD_PRESSURE_MEMORY_SOME;
    /* Also where the core itself works for missing memory: nothing productive could run there. */
    if ((tasks->memstall > 0 && tasks->running == tasks->memstall_running) ||
        (tasks->oncpu && tasks->oncpu_memstall))
        mask |= 1u << LAD_PRESSURE_MEMORY_FULL;
    if (tasks->running > (guint)(tasks->oncpu != 0))
        mask |= 1u << LAD_PRESSURE_CPU_SOME;
    if (tasks->running > 0 && !tasks->oncpu && !host)
        mask |= 1u << LAD_PRESSURE_CPU_FULL;
    if (tasks->iowait || tasks->memstall || tasks->running)
        mask |= 1u << NONIDLE;
    return mask;
}

static void
record_times(LadPressure *pressure, Core *core, guint64 now)
{
    guint64 delta = now - core->since;
    core->since = now;
    for (guint s = 0; s < N_STATES; s++)
        if (core->mask & 1u << s)
            core->times[s] += (guint32)delta;
    if (core->mask & 1u << LAD_PRESSURE_MEMORY_SOME)
        pressure->counters[MEMORY_STALLED] += delta * LAD_NS;
    if (core->mask & 1u << LAD_PRESSURE_IO_SOME)
        pressure->counters[IO_STALLED] += delta * LAD_NS;
}

/* Times since the aggregator's latest sample, the present state's included. */
static guint
recent_times(Core *core, Aggregator which, guint64 now, guint32 *times)
{
    guint changed = 0;
    for (guint s = 0; s < N_STATES; s++) {
        guint32 time = core->times[s];
        if (core->mask & 1u << s && now > core->since)
            time += (guint32)(now - core->since);
        times[s] = time - core->before[which][s];
        core->before[which][s] = time;
        if (times[s])
            changed |= 1u << s;
    }
    return changed;
}

/* Take a sample into the totals; which states any core was in. */
static guint
collect(LadPressure *pressure, Aggregator which, guint64 now, guint *others_changed)
{
    State *state = pressure->state;
    guint64 deltas[LAD_PRESSURE_N_STATES] = {0}, nonidle_total = 0;
    guint changed = 0;
    gboolean stalled = FALSE;
    *others_changed = 0;
    for (guint i = 0; i < state->n_cores; i++) {
        guint32 times[N_STATES];
        guint of_core = recent_times(&state->cores[i], which, now, times);
        guint64 nonidle = times[NONIDLE] / state->jiffy;
        changed |= of_core;
        *others_changed |= i == state->work_core ? 0 : of_core;
        nonidle_total += nonidle;
        stalled |= times[LAD_PRESSURE_MEMORY_SOME] > 0 || times[LAD_PRESSURE_IO_SOME] > 0;
        for (guint s = 0; s < LAD_PRESSURE_N_STATES; s++)
            deltas[s] += times[s] * nonidle;
    }
    for (guint s = 0; s < LAD_PRESSURE_N_STATES; s++)
        state->total[which][s] += deltas[s] / MAX(nonidle_total, 1);
    if (which == AVERAGES) {
        pressure->counters[SAMPLES]++;
        pressure->counters[DROPPED_SAMPLES] += stalled && nonidle_total == 0;
        for (guint s = 0; s < LAD_PRESSURE_N_STATES; s++)
            pressure->counters[TOTALS + s] = state->total[which][s] * LAD_NS;
    }
    return changed;
}

/* ---- Averages ---------------------------------------------------------------------------------
 */

static void
update_averages(LadPressure *pressure, guint64 now)
{
    State *state = pressure->state;
    guint64 expires = state->next_update;
    guint64 missed = now - expires >= state->period ? (now - expires) / state->period : 0;
    guint64 period = now - (state->last_update + missed * state->period);
    state->next_update = expires + (1 + missed) * state->period;
    state->last_update = now;
    for (guint s = 0; s < LAD_PRESSURE_N_STATES; s++) {
        /* What exceeds the period goes to the next. */
        guint64 sample = MIN(state->total[AVERAGES][s] - state->averaged[s], period);
        state->averaged[s] += sample;
        lad_load_average(state->average[s], missed, sample, period);
    }
    for (guint s = 0; s <= LAD_PRESSURE_IO_FULL; s++)
        for (guint i = 0; i < LAD_PRESSURE_N_WINDOWS; i++)
            pressure->counters[AVERAGE_ROWS + s * LAD_PRESSURE_N_WINDOWS + i] =
                lad_load_printed(state->average[s][i]);
}

static void averages_work(LadTime now, void *data, guint64 argument);
static void poll_work(LadTime now, void *data, guint64 argument);

/* The tick that is `jiffies` after the one before `now`. */
static LadEvent
at_tick(LadPressure *pressure, guint64 now, guint64 jiffies, LadEventFunc function)
{
    LadTime when = (now * LAD_NS / pressure->jiffy + jiffies) * pressure->jiffy;
    return lad_queue_add(pressure->host->queue, when, LAD_ORDER_DAEMON, function, pressure, 0);
}

static void
averages_work(LadTime time, void *data, guint64 argument G_GNUC_UNUSED)
{
    LadPressure *pressure = data;
    State *state = pressure->state;
    guint64 now = time / LAD_NS;
    guint others;
    state->work = 0;
    collect(pressure, AVERAGES, now, &others);
    if (now >= state->next_update)
        update_averages(pressure, now);
    /* On its own core the worker must not take itself for activity; it is in the host's counts,
     * which here lack it, and in no cgroup's. */
    const LadPressureTasks *tasks = &state->cores[state->work_core].tasks;
    guint busy = tasks->running + tasks->iowait + tasks->memstall + (pressure->group == 0);
    if (busy > 1 || others & 1u << NONIDLE)
        state->work =
            at_tick(pressure, now, (state->next_update - now) / state->jiffy + 1, averages_work);
}

/* ---- Triggers -------------------------------------------------------------------------------- */

static void
window_reset(Trigger *trigger, guint64 now, guint64 value, guint64 previous_growth)
{
    trigger->start = now;
    trigger->start_value = value;
    trigger->previous_growth = previous_growth;
}

/* Growth over the window that ends now: what the last window had is taken as even over it. */
static guint64
window_update(Trigger *trigger, guint64 now, guint64 value)
{
    guint64 elapsed = now - trigger->start, growth = value - trigger->start_value;
    if (elapsed > trigger->size) {
        window_reset(trigger, now, value, growth);
        return growth;
    }
    return growth + trigger->previous_growth * (trigger->size - elapsed) / trigger->size;
}

static void
update_triggers(LadPressure *pressure, guint64 now)
{
    State *state = pressure->state;
    for (guint i = 0; i < state->n_triggers; i++) {
        Trigger *trigger = &state->triggers[i];
        guint64 value = state->total[POLL][trigger->state];
        gboolean new_stall = value != state->polled[trigger->state];
        if (new_stall && window_update(trigger, now, value) >= trigger->threshold)
            trigger->pending = TRUE;
        /* One event per window at most; what comes sooner waits. */
        if (!trigger->pending || (trigger->fired && now < trigger->last_event + trigger->size))
            continue;
        trigger->pending = FALSE;
        trigger->fired = TRUE;
        trigger->last_event = now;
        pressure->counters[TRIGGER_EVENTS]++;
    }
    memcpy(state->polled, state->total[POLL], sizeof state->polled);
    state->next_poll = now + state->poll_period;
}

static void
poll_work(LadTime time, void *data, guint64 argument G_GNUC_UNUSED)
{
    LadPressure *pressure = data;
    State *state = pressure->state;
    guint64 now = time / LAD_NS;
    guint others;
    state->poll = 0;
    guint changed = collect(pressure, POLL, now, &others);
    if (changed & state->watched) {
        if (now > state->poll_until) {
            for (guint i = 0; i < state->n_triggers; i++)
                window_reset(&state->triggers[i], now, state->total[POLL][state->triggers[i].state],
                             0);
            memcpy(state->polled, state->total[POLL], sizeof state->polled);
            state->next_poll = now + state->poll_period;
        }
        state->poll_until = now + state->poll_period * UPDATES_PER_WINDOW;
    }
    if (now > state->poll_until) {
        state->next_poll = G_MAXUINT64;
        return;
    }
    if (now >= state->next_poll)
        update_triggers(pressure, now);
    state->poll = at_tick(pressure, now, (state->next_poll - now) / state->jiffy + 1, poll_work);
}

/* ---- The model ------------------------------------------------------------------------------- */

static void
change(LadPressure *pressure, guint index, const LadPressureTasks *tasks, LadTime time)
{
    State *state = pressure->state;
    Core *core = &state->cores[index];
    guint64 now = MAX(time / LAD_NS, core->since);
    record_times(pressure, core, now);
    core->tasks = *tasks;
    core->mask = mask_of(tasks, pressure->group == 0);
    if (core->mask & state->watched && !state->poll)
        state->poll = at_tick(pressure, now, 1, poll_work);
    if (!state->work) {
        state->work_core = index;
        state->work =
            at_tick(pressure, now, 2 * (pressure->second / pressure->jiffy) + 1, averages_work);
    }
}

static void
read_signal(LadPressure *pressure, LadTime time, LadPressureSignal *signal)
{
    State *state = pressure->state;
    guint64 now = time / LAD_NS;
    guint others;
    collect(pressure, AVERAGES, now, &others);
    if (now >= state->next_update)
        update_averages(pressure, now);
    for (guint s = 0; s < LAD_PRESSURE_N_STATES; s++) {
        signal->stalled[s] = state->total[AVERAGES][s] * LAD_NS;
        for (guint i = 0; i < LAD_PRESSURE_N_WINDOWS; i++)
            signal->average[s][i] = (double)lad_load_printed(state->average[s][i]) / 10000;
    }
}

static gboolean
init_trigger(LadPressure *pressure, const double *row, Trigger *trigger, GError **error)
{
    gboolean known = row[0] == 0 || row[0] == 1 || row[0] == 2 || row[0] == 3;
    if (!known || !(row[2] >= WINDOW_MIN_US && row[2] <= WINDOW_MAX_US) ||
        !(row[1] > 0 && row[1] <= row[2])) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[pressure] triggers: %g %g %g; expected 0 to 3 (memory some, memory full, I/O "
                    "some, I/O full), a stall above 0 and up to the window, and a window of %d to "
                    "%d us",
                    row[0], row[1], row[2], WINDOW_MIN_US, WINDOW_MAX_US);
        return FALSE;
    }
    const double us = (double)pressure->second / (double)LAD_NS / 1e6;
    trigger->state = (LadPressureState)row[0];
    trigger->threshold = (guint64)(row[1] * us);
    trigger->size = (guint64)(row[2] * us);
    return TRUE;
}

static gboolean
init_triggers(LadPressure *pressure, GError **error)
{
    const Params *params = pressure->params;
    State *state = pressure->state;
    const LadTable *table = params->triggers;
    if (!table || table->n_rows == 0)
        return TRUE;
    if (table->n_columns != 3) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[pressure] triggers: %u numbers in a row; expected 3: what, stall and window "
                    "in microseconds",
                    table->n_columns);
        return FALSE;
    }
    state->triggers = g_new0(Trigger, table->n_rows);
    state->n_triggers = table->n_rows;
    state->poll_period = G_MAXUINT64;
    for (guint i = 0; i < table->n_rows; i++) {
        Trigger *trigger = &state->triggers[i];
        if (!init_trigger(pressure, table->cells + (gsize)i * 3, trigger, error))
            return FALSE;
        state->watched |= 1u << trigger->state;
        state->poll_period = MIN(state->poll_period, MAX(trigger->size / UPDATES_PER_WINDOW, 1));
    }
    return TRUE;
}

static gboolean
init(LadPressure *pressure, GError **error)
{
    State *state = pressure->state;
    state->n_cores = pressure->host->n_cores;
    state->cores = g_new0(Core, MAX(state->n_cores, 1));
    state->jiffy = MAX(pressure->jiffy / LAD_NS, 1);
    state->period = (2 * (pressure->second / pressure->jiffy) + 1) * state->jiffy;
    state->next_update = state->period;
    return init_triggers(pressure, error);
}

static void
clear(LadPressure *pressure)
{
    State *state = pressure->state;
    g_free(state->cores);
    g_free(state->triggers);
}

const LadPressureClass lad_pressure_psi = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PRESSURE, LadPressureClass, "psi",
                            "pressure stall information of Linux 6.1"),
             .models = "States some and full for memory, I/O and CPU per core and group; samples "
                       "weighed by non-idle time in whole jiffies; averages over 10, 60 and 300 s "
                       "in the kernel's fixed point and whole per cent; triggers.",
             .leaves_out =
                 "The timer wheel's rounding of the work's time, irq pressure, PSI turned "
                 "off per cgroup.",
             .source = "Linux 6.1 kernel/sched/psi.c and loadavg.c; checked against hand-computed "
                       "windows and a Linux 6.1 guest's totals under Senpai.",
             .options = options, .counters = counters, .params_size = sizeof(Params),
             .host_size = sizeof(State)},
    .init = init,
    .clear = clear,
    .change = change,
    .read = read_signal,
};
