/* next-line.c - the lines behind one that was missed.
 *
 * After a miss the next `degree` lines are named (Smith, "Cache Memories", ACM Computing Surveys
 * 14(3), 1982, section 2.1: prefetch on misses); with `trigger = tagged` after the first use of a
 * prefetched line as well, so that a sequential run misses once only (his tagged prefetch). With
 * `trigger = miss` and one line it is the prefetcher of DynamoRIO's cache simulator. Modelled:
 * that. Left out: any test whether it pays. Units: addresses are bytes.
 */
#include "config.h"
#include <memladder/prefetcher.h>

typedef LadNextLineParams Params;

static const char *const triggers[] = {"miss", "tagged", NULL};

static const LadOption options[] = {
    LAD_OPT(Params, degree, "degree", UINT, "1", "1", "16", "lines named each time"),
    LAD_OPT_ENUM(Params, trigger, "trigger", "tagged", triggers,
                 "on misses alone, or on first uses of prefetched lines too"),
    LAD_OPTIONS_END,
};

static gboolean
init(LadPrefetcher *prefetcher, GError **error)
{
    (void)prefetcher;
    (void)error;
    return TRUE;
}

static void
observe(LadPrefetcher *prefetcher, const LadPrefetchEvent *event, LadPrefetchList *list)
{
    const Params *params = prefetcher->params;
    if (event->hit && params->trigger == 0)
        return;
    for (; list->n < params->degree; list->n++)
        list->addresses[list->n] = event->address + (list->n + 1) * (guint64)prefetcher->line_bytes;
}

const LadPrefetcherClass lad_prefetcher_next_line = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PREFETCHER, LadPrefetcherClass, "next-line",
                            "the lines behind a miss"),
             .models = "A fixed number of lines behind each miss, or each first use.",
             .leaves_out = "Any test whether it pays.",
             .source = "Smith, ACM Computing Surveys 14(3), 1982; functional cores: equal to "
                       "DynamoRIO's cache simulator on its public samples.",
             .options = options, .params_size = sizeof(Params)},
    .init = init,
    .observe = observe,
};
