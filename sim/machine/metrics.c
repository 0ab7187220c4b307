/* metrics.c - all parts' counters and logs of all hosts, in the order in which they were made. */
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

static void
log_free(gpointer data)
{
    LadLog *log = data;
    g_array_unref(log->times);
    g_array_unref(log->values);
    g_free(log->part);
    g_free(log);
}

LadLog *
lad_host_add_log(LadHost *host, const char *part, const LadLogColumn *columns)
{
    LadCluster *cluster = host->cluster;
    if (!cluster->logs)
        cluster->logs = g_ptr_array_new_with_free_func(log_free);
    LadLog *log = g_new0(LadLog, 1);
    log->part = g_strdup(part);
    log->host = host->index;
    log->columns = columns;
    while (columns[log->n_columns].name)
        log->n_columns++;
    log->times = g_array_new(FALSE, FALSE, sizeof(LadTime));
    log->values = g_array_new(FALSE, FALSE, sizeof(double));
    g_ptr_array_add(cluster->logs, log);
    return log;
}

void
lad_log_add(LadLog *log, LadTime now, const double *values)
{
    g_array_append_val(log->times, now);
    g_array_append_vals(log->values, values, log->n_columns);
}
