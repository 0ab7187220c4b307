/* functional_host.h - the caches and TLBs of a host whose cores keep no time.
 *
 * Built from the groups [cache.NAME] and [tlb.NAME], as for timed cores, and shown under the same
 * names: "cache_NAME", or "cache_NAME0"... where there are several; "tlb_NAME", or "tlb_NAMEk" of
 * core k. Of prefetchers there is next-line, behind misses of the first data caches. Refused is
 * what has no meaning here: write-through, no write-allocation, lists of cores.
 * Latencies and MSHRs are read and not used; TLBs know 4 KiB pages only.
 */
#ifndef LAD_CACHE_FUNCTIONAL_HOST_H
#define LAD_CACHE_FUNCTIONAL_HOST_H

#include "sim/cache/functional.h"
#include <memladder/host.h>

typedef struct LadFunctionalHost LadFunctionalHost;

typedef struct {
    LadFunctionalCount count;
    gboolean first_misses;     /* count them, which takes memory for every line */
    gboolean shared_addresses; /* caches, not TLBs, take equal addresses of all processes for one */
} LadFunctionalHostOptions;

/* Counters of functional caches and TLBs beyond those of timed ones; flushes are of caches only. */
extern const LadCounter lad_functional_cache_counters[];
extern const LadCounter lad_functional_tlb_counters[];

/* Reads host->config; needs n_cores and seed. Adds the metrics. Errors: CONFIG. */
LadFunctionalHost *lad_functional_host_new(LadHost *host, const LadFunctionalHostOptions *options,
                                           GError **error);
void lad_functional_host_free(LadFunctionalHost *functional);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadFunctionalHost, lad_functional_host_free)

/* A record that is no access, of a thread that runs: what is mapped where, if that matters, and
 * gaps at which caches are to be emptied. */
void lad_functional_host_record(LadFunctionalHost *functional, const LadThread *thread,
                                const LadRecord *record);

/* Replay the batch of `thread` on core `core` from its position, which is kept in the thread, until
 * the batch's end, `stop_insns` (see lad_functional_replay) or a record that is no access:
 * returned, and not passed. `at` gains what was replayed. */
const LadRecord *lad_functional_host_replay(LadFunctionalHost *functional, guint core,
                                            LadThread *thread, guint64 stop_insns,
                                            LadFunctionalPosition *at);

#endif
