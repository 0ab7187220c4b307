/* cluster.h - the hosts of a run on one queue, and all their metrics. */
#ifndef LAD_CLUSTER_H
#define LAD_CLUSTER_H

#include <memladder/host.h>
#include <memladder/run.h>

struct LadCluster {
    LadQueue *queue;
    GPtrArray *hosts;      /* of LadHost, owned */
    GArray *metrics;       /* of LadMetrics, in the order of being added; `part` is owned */
    GPtrArray *logs;       /* of LadLog, in the order of being added, owned; NULL: none */
    double capacity_scale; /* of all hosts */
    gboolean blank;        /* as of LadHost */
    gboolean flush_gaps;   /* as of LadHost */
    /* A thread is at a burst record, or a marker. NULL: nobody asks. */
    void (*on_window)(LadThread *thread, const LadRecord *record, LadTime now, void *data);
    void *on_window_data;
    LadRequestFunc on_request; /* NULL: nobody asks */
    void *on_request_data;
};

LadCluster *lad_cluster_new(void);
/* Frees the hosts too. */
void lad_cluster_free(LadCluster *cluster);

#endif
