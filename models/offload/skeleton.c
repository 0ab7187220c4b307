/* skeleton.c - copy this file to begin an offload controller, rename `skeleton`, and say here in 5
 * to 15 lines: the idea, its source, what is modelled and what is left out, units. Then add one
 * line to models/registry.c (and the file to models/local.mk).
 *
 * This one asks for a fixed share of memory whenever pressure is below a target.
 * memladder/offload.h has the contract.
 */
#include "config.h"
#include <memladder/offload.h>

/* Parameters, as the options fill them. */
typedef struct {
    double target, ratio;
    LadTime interval;
} Params;

static const LadOption options[] = {
    LAD_OPT(Params, target, "target", DOUBLE, "0.001", "0", "1",
            "pressure above which it asks no more"),
    LAD_OPT(Params, ratio, "ratio", DOUBLE, "0.0005", "0", "1",
            "share of memory asked for at a time"),
    LAD_OPT(Params, interval, "interval", TIME, "6 s", "1 us", NULL, "between two requests"),
    LAD_OPTIONS_END,
};

/* Optional. Called once per group, when the parameters are filled. */
static gboolean
init(LadOffload *offload, GError **error)
{
    (void)offload;
    (void)error;
    return TRUE;
}

/* Optional. Called once per group, at the end: free what the state points to. */
static void
clear(LadOffload *offload)
{
    (void)offload;
}

/* Required. Called at the times it asked for, first at the start of the run: seconds of kernel time
 * apart. Must set request->wait. */
static void
tick(LadOffload *offload, const LadOffloadView *view, LadOffloadRequest *request)
{
    const Params *params = offload->params;
    if (view->pressure.average[LAD_PRESSURE_MEMORY_SOME][LAD_PRESSURE_10S] < params->target)
        request->reclaim = (LadBytes)((double)view->current * params->ratio);
    request->wait = params->interval;
}

/* Optional. Called when the group was refused memory at its limit. */
static void
limited(LadOffload *offload, LadTime now)
{
    (void)offload;
    (void)now;
}

const LadOffloadClass lad_offload_skeleton = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_OFFLOAD, LadOffloadClass, "skeleton",
                            "where a new offload controller begins"),
             .models = "What is modelled, in sentences.",
             .leaves_out = "What is left out, in sentences.",
             .source = "Where the rules and numbers come from, and what it was checked against.",
             .options = options, .params_size = sizeof(Params)},
    .init = init,
    .clear = clear,
    .tick = tick,
    .limited = limited,
};
