/* latency.h - whether prefetchers pay: a pair of runs of the same traces, with them and without. */
#ifndef LAD_PROFILE_LATENCY_H
#define LAD_PROFILE_LATENCY_H

#include "analysis/profile/machine.h"

G_BEGIN_DECLS

#define LAD_PROFILE_PREFETCHERS "machines/prefetchers-intel.conf"

typedef struct {
    const LadProfileMachine *machine;
    /* File of groups [prefetcher.NAME] that are there or not, beside those of the machine, which
     * stay. NULL: all that the machine has, or LAD_PROFILE_PREFETCHERS if it has none. */
    const char *prefetchers;
    const LadModels *models;
} LadLatencyOptions;

/* Accuracy, coverage and lateness of each prefetcher and of each level; what they change in misses,
 * IPC, memory traffic and bandwidth; where the time goes with and without. Errors: those of reading
 * and running; UNSUPPORTED for traces that are not of level instruction. */
LadFindings *lad_profile_latency(LadProfileSources *sources, const LadLatencyOptions *options,
                                 const LadToolboxProgress *progress, GError **error);

G_END_DECLS
#endif
