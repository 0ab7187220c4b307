/* static-age.c - give up every page that was not touched for a fixed time.
 *
 * The simplest proactive policy, and the one that g-swap was compared with: one threshold for all
 * groups, whatever it costs them. Ages are counted by scans of the accessed bits, so a page goes
 * between `age` and one scan period later. Left out: everything that would adapt.
 */
#include "config.h"
#include <memladder/offload.h>

typedef struct {
    LadTime age, period, start;
} Params;

typedef struct {
    guint64 scans; /* acted on */
} State;

static const LadOption options[] = {
    LAD_OPT(Params, age, "age", TIME, "240 s", "1 us", NULL,
            "pages untouched for this long are given up, rounded up to whole scans (at most 255)"),
    LAD_OPT(Params, period, "scan-period", TIME, "120 s", "1 us", NULL,
            "between two scans of the accessed bits (g-swap)"),
    LAD_OPT(Params, start, "warm-up", TIME, "0 s", NULL, NULL,
            "nothing is given up before this time"),
    LAD_OPTIONS_END};

static guint64
scans_of(const Params *params)
{
    return (params->age + params->period - 1) / params->period;
}

static gboolean
init(LadOffload *offload, GError **error)
{
    const Params *params = offload->params;
    if (scans_of(params) < LAD_AGES)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "static-age: age is %" G_GUINT64_FORMAT " scan periods; expected at most %d",
                scans_of(params), LAD_AGES - 1);
    return FALSE;
}

static LadTime
scan_period(const LadOffload *offload, guint *n_slices)
{
    *n_slices = 1;
    return ((const Params *)offload->params)->period;
}

static void
tick(LadOffload *offload, const LadOffloadView *view, LadOffloadRequest *request)
{
    const Params *params = offload->params;
    State *state = offload->state;
    guint age = (guint)MAX(scans_of(params), 1);
    guint64 cold = 0;
    request->wait = params->period;
    if (!view->ages || view->ages->n_scanned == state->scans)
        return;
    state->scans = view->ages->n_scanned;
    for (guint i = age; i < LAD_AGES; i++)
        cold += view->ages->n_pages[i];
    request->measured = (double)cold * (double)LAD_PAGE_BYTES;
    request->target = (double)age * (double)params->period / (double)LAD_S;
    if (view->now >= params->start)
        request->cold_age = age;
}

const LadOffloadClass lad_offload_static_age = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_OFFLOAD, LadOffloadClass, "static-age",
                            "give up pages untouched for a fixed time"),
             .models = "Ages by scans of accessed bits; every page of at least the given age goes. "
                       "Measured: bytes of that age, swapped-out ones included; target: the age in "
                       "seconds.",
             .leaves_out = "Any control by what it costs.",
             .source = "The fixed threshold that g-swap was compared with (ASPLOS 2019).",
             .options = options, .params_size = sizeof(Params), .host_size = sizeof(State)},
    .init = init,
    .scan_period = scan_period,
    .tick = tick,
};
