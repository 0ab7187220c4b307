/* skeleton.c - a prefetcher to copy: one paragraph that says the idea and its source.
 *
 * To add a prefetcher, copy this file, rename the class table, and add one line to
 * models/registry.c. This one names the line after every miss. Modelled: that. Left out: all that
 * makes it useful. Units: addresses are bytes.
 */
#include "config.h"
#include <memladder/prefetcher.h>

typedef struct {
    guint64 degree;
} Params;

static const LadOption options[] = {
    LAD_OPT(Params, degree, "degree", UINT, "1", "1", "16", "lines named per miss"),
    LAD_OPTIONS_END,
};

/* Required: once per instance. */
static gboolean
init(LadPrefetcher *prefetcher, GError **error)
{
    (void)prefetcher;
    (void)error;
    return TRUE;
}

/* Required: per miss and per hit on a prefetched line. */
static void
observe(LadPrefetcher *prefetcher, const LadPrefetchEvent *event, LadPrefetchList *list)
{
    const Params *params = prefetcher->params;
    while (list->n < MIN(params->degree, LAD_PREFETCH_MAX)) {
        list->addresses[list->n] = event->address + (list->n + 1) * (guint64)prefetcher->line_bytes;
        list->n++;
    }
}

const LadPrefetcherClass lad_prefetcher_skeleton = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PREFETCHER, LadPrefetcherClass, "skeleton",
                            "an example to copy: the next lines"),
             .models = "The lines after a miss.", .leaves_out = "Everything else.",
             .source = "None.", .options = options, .params_size = sizeof(Params)},
    .init = init,
    .observe = observe,
};
