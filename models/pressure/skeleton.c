/* skeleton.c - copy this file to begin a pressure model, rename `skeleton`, and say here in 5 to 15
 * lines: the idea, its source, what is modelled and what is left out, units. Then add one line to
 * models/registry.c (and the file to models/local.mk).
 *
 * This one is the share of all time in which the first core had a thread in memory stall.
 * memladder/pressure.h has the contract.
 */
#include "config.h"
#include <memladder/pressure.h>

/* One per group, zeroed at the start. */
typedef struct {
    LadTime since; /* of the latest change */
    LadTime stalled;
    gboolean stalling;
} State;

/* Optional. Called once per group, when the parameters are filled. */
static gboolean
init(LadPressure *pressure, GError **error)
{
    (void)pressure;
    (void)error;
    return TRUE;
}

/* Optional. Called once per group, at the end: free what the state points to. */
static void
clear(LadPressure *pressure)
{
    (void)pressure;
}

/* Required. Called by the scheduler at each change of the counts of a core: a few times per context
 * switch, stall or wake-up. */
static void
change(LadPressure *pressure, guint core, const LadPressureTasks *tasks, LadTime now)
{
    State *state = pressure->state;
    if (core != 0)
        return;
    if (state->stalling)
        state->stalled += now - state->since;
    state->since = now;
    state->stalling = tasks->memstall > 0;
}

/* Optional. Called by reclaim after each batch. */
static void
reclaimed(LadPressure *pressure, guint64 scanned, guint64 n_reclaimed, LadTime now)
{
    (void)pressure;
    (void)scanned;
    (void)n_reclaimed;
    (void)now;
}

/* Required. Called by controllers: shares of time and stalled time up to now. */
static void
read_signal(LadPressure *pressure, LadTime now, LadPressureSignal *signal)
{
    const State *state = pressure->state;
    LadTime stalled = state->stalled + (state->stalling ? now - state->since : 0);
    *signal = (LadPressureSignal){0};
    signal->stalled[LAD_PRESSURE_MEMORY_SOME] = stalled;
    for (guint i = 0; now > 0 && i < LAD_PRESSURE_N_WINDOWS; i++)
        signal->average[LAD_PRESSURE_MEMORY_SOME][i] = (double)stalled / (double)now;
}

const LadPressureClass lad_pressure_skeleton = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PRESSURE, LadPressureClass, "skeleton",
                            "where a new pressure model begins"),
             .models = "What is modelled, in sentences.",
             .leaves_out = "What is left out, in sentences.",
             .source = "Where the rules and numbers come from, and what it was checked against.",
             .host_size = sizeof(State)},
    .init = init,
    .clear = clear,
    .change = change,
    .reclaimed = reclaimed,
    .read = read_signal,
};
