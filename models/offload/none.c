/* none.c - no controller: memory is reclaimed where it runs short, and only then.
 *
 * What other controllers are compared with. It asks for nothing and looks once a minute, so that a
 * result shows the group's memory and pressure at the same times as another controller's would.
 */
#include "config.h"
#include <memladder/offload.h>

typedef struct {
    LadTime interval;
} Params;

static const LadOption options[] = {
    LAD_OPT(Params, interval, "interval", TIME, "60 s", "1 us", NULL, "between two looks"),
    LAD_OPTIONS_END};

static void
tick(LadOffload *offload, const LadOffloadView *view G_GNUC_UNUSED, LadOffloadRequest *request)
{
    const Params *params = offload->params;
    request->wait = params->interval;
}

const LadOffloadClass lad_offload_none = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_OFFLOAD, LadOffloadClass, "none",
                            "no offload but what a shortage of memory forces"),
             .models = "Nothing is asked for; memory and pressure are recorded.",
             .leaves_out = "Everything: it is the case to compare with.",
             .source = "The kernel without a controller.", .options = options,
             .params_size = sizeof(Params)},
    .tick = tick,
};
