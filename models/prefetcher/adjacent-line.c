/* adjacent-line.c - the other line of an aligned pair.
 *
 * A miss brings along the line that completes its pair of lines (128 bytes, with lines of 64),
 * lower or upper (Intel 64 and IA-32 Architectures Optimization Reference Manual, 248966-046,
 * section 2.6.2.4 in older editions: "Spatial Prefetcher: strives to complete every cache line
 * fetched to the L2 cache with the pair line"). A first use of a prefetched line names nothing: its
 * pair is there. Modelled: that. Left out: the real one's test of the L2's load. Units: addresses
 * are bytes.
 */
#include "config.h"
#include <memladder/prefetcher.h>

extern const LadPrefetcherClass lad_prefetcher_adjacent_line;

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
    if (!event->hit)
        list->addresses[list->n++] = event->address ^ prefetcher->line_bytes;
}

const LadPrefetcherClass lad_prefetcher_adjacent_line = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PREFETCHER, LadPrefetcherClass, "adjacent-line",
                            "the other line of an aligned pair of lines"),
             .models = "The pair line of every miss.",
             .leaves_out = "The real one's test of the load.",
             .source = "Intel 248966-046, \"Spatial Prefetcher\"; runs and single lines by hand."},
    .init = init,
    .observe = observe,
};
