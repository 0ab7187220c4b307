/* cluster.c - the hosts of a run on one queue, and all their metrics. */
#include "config.h"
#include "sim/machine/cluster.h"
#include "sim/machine/machine.h"

static void
clear_metrics(gpointer data)
{
    LadMetrics *metrics = data;
    g_free(metrics->part);
}

LadCluster *
lad_cluster_new(void)
{
    LadCluster *cluster = g_new0(LadCluster, 1);
    cluster->queue = lad_queue_new();
    cluster->hosts = g_ptr_array_new_with_free_func((GDestroyNotify)lad_host_free);
    cluster->metrics = g_array_new(FALSE, TRUE, sizeof(LadMetrics));
    g_array_set_clear_func(cluster->metrics, clear_metrics);
    return cluster;
}

void
lad_cluster_free(LadCluster *cluster)
{
    if (!cluster)
        return;
    g_ptr_array_unref(cluster->hosts);
    g_array_unref(cluster->metrics);
    g_clear_pointer(&cluster->logs, g_ptr_array_unref);
    lad_queue_free(cluster->queue);
    g_free(cluster);
}
