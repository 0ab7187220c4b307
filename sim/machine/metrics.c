/* metrics.c - all parts' counters of all hosts, in the order in which they were made. */
#include "config.h"
#include "sim/machine/cluster.h"

void
lad_host_add_metrics(LadHost *host, const LadMetrics *metrics)
{
    g_assert(metrics->part && metrics->table && metrics->values);
    GArray *all = host->cluster->metrics;
    for (guint i = 0; i < all->len; i++) {
        const LadMetrics *other = &g_array_index(all, LadMetrics, i);
        g_assert(other->host != host->index || strcmp(other->part, metrics->part) != 0 ||
                 other->table != metrics->table);
    }
    LadMetrics copy = *metrics;
    copy.part = g_strdup(metrics->part);
    copy.host = host->index;
    g_array_append_val(all, copy);
}
