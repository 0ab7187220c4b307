/* streams.h - the traces of a run as threads and processes of its hosts. */
#ifndef LAD_STREAMS_H
#define LAD_STREAMS_H

#include "sim/machine/cluster.h"
#include "sim/machine/options.h"
#include <memladder/run.h>

typedef struct LadStreams LadStreams;

/* A thread and what the machine knows of it beyond. */
typedef struct {
    LadThread thread; /* first */
    LadStreams *streams;
    guint trace;             /* index into [run] trace */
    guint copy;              /* in rate mode */
    guint core;              /* it is pinned to, or LAD_CORE_ANY */
    gboolean held;           /* begins when its parent forks */
    guint64 target;          /* the run's bound on n_insns; G_MAXUINT64: none */
    guint64 target_records;  /* the run's bound on records, where it counts them */
    guint64 step_bound;      /* a step's bound on n_insns */
    guint64 window_bound;    /* where a window's warm-up ends, in n_insns */
    gboolean warming;        /* it is in a window's warm-up */
    guint64 records_before;  /* of earlier passes */
    guint64 records_in_pass; /* up to the end of the last batch */
} LadStream;

/* No streams yet. `options` is borrowed. */
LadStreams *lad_streams_new(LadCluster *cluster, const LadRunOptions *options);
/* Open the traces and make processes and threads on the hosts they belong to, which refer to them
 * until they are freed, even if this fails. The hosts have kernels, where they have any. Errors:
 * CONFIG, TRACE, IO. */
gboolean lad_streams_open(LadStreams *streams, LadRunFlags flags, GError **error);
/* Let go of the traces; the threads stay until _free. */
void lad_streams_stop(LadStreams *streams);
void lad_streams_free(LadStreams *streams);
/* Hand the threads to their hosts' schedulers. */
gboolean lad_streams_start(LadStreams *streams, GError **error);
/* The child of a fork begins at `now`, as a copy of `parent`. Does nothing if the trace has no
 * stream of it. */
void lad_streams_fork(LadStreams *streams, LadThread *parent, guint64 child, LadTime now);

/* Hand over, runnable at `when`, the threads that wait for a fork; only when no other is left.
 * Returns how many; G_MAXUINT on failure. */
guint lad_streams_start_held(LadStreams *streams, LadTime when, GError **error);

guint lad_streams_n(const LadStreams *streams);
LadStream *lad_streams_at(const LadStreams *streams, guint index);
/* Records the stream has consumed, in all passes. */
guint64 lad_stream_n_records(const LadStream *stream);
/* Share of the traces' bytes that were read, in [0, 1]; 0 if unknown. */
double lad_streams_fraction(const LadStreams *streams);
/* Identities of the traces, comma separated. */
const char *lad_streams_identity(LadStreams *streams);

#endif
