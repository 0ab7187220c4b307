/* probe.h - requests made straight to a tier, without cores, caches or a kernel.
 *
 * A probe owns a host that has only the tiers and links of a configuration. A load is a sequence of
 * requests, in an open loop (each at its own time) or in a closed one (so many outstanding reads,
 * the next one asked for when one is done).
 */
#ifndef MEMLADDER_PROBE_H
#define MEMLADDER_PROBE_H

#include <memladder/tier.h>

G_BEGIN_DECLS

typedef struct LadProbe LadProbe;

/* The tiers of `config` (borrowed; its other groups are not read). `extra`: further models, NULL:
 * none.
 */
LadProbe *lad_probe_new(LadConfig *config, const LadModel *const *extra, GError **error);
void lad_probe_free(LadProbe *probe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadProbe, lad_probe_free)
/* NULL: there is none of that name; "" is the first. */
LadTier *lad_probe_tier(LadProbe *probe, const char *name);

typedef struct {
    guint64 address;
    gboolean write;
    LadTime at; /* open loop: when; else unused */
} LadProbeRequest;

typedef struct {
    guint64 n; /* requests */
    /* Closed loop: reads under way at once; a write takes no place. 0: open loop. */
    guint outstanding;
    LadTime pause;  /* closed loop: between a read's end and the next request */
    LadTime settle; /* reads and bytes of requests before this time are not counted */
    /* The request with this number; called once for each, in rising order. */
    void (*request)(guint64 number, LadProbeRequest *request, void *data);
    void *data;
} LadProbeLoad;

typedef struct {
    guint64 n_reads, n_writes; /* counted ones */
    double latency_ps;         /* sum over reads, from when they were due */
    LadTime longest;
    LadTime first, last; /* of what was counted: when asked, when the last was done */
} LadProbeResult;

/* Runs a load on a tier that is idle; FALSE: the tier could not hold the backlog. A probe can run
 * several loads one after the other; time goes on from one to the next. */
gboolean lad_probe_run(LadProbe *probe, LadTier *tier, const LadProbeLoad *load,
                       LadProbeResult *result, GError **error);

G_END_DECLS
#endif
