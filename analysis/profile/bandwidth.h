/* bandwidth.h - which share of the memory carries the traffic, over windows of time. */
#ifndef LAD_PROFILE_BANDWIDTH_H
#define LAD_PROFILE_BANDWIDTH_H

#include "analysis/profile/machine.h"

G_BEGIN_DECLS

typedef struct {
    gboolean accesses;      /* of the trace itself, also at level instruction */
    gboolean reads;         /* on a machine: of lines read alone, not of those written back */
    const guint64 *windows; /* lengths, in ps if `by_time`, else references */
    guint n_windows;        /* 0: an eighth, half and all */
    gboolean by_time;
    guint64 capacity_bytes; /* of memory, for shares of it; 0: of what is touched alone */
    const LadProfileMachine *machine;
    const LadModels *models;
} LadBandwidthOptions;

/* What crosses between the last cache and memory, on a machine; of traces of other levels than
 * instruction, of samples, and with `accesses`, the accesses themselves. Errors: those of reading
 * and running; USAGE for windows of time of a trace without. */
LadFindings *lad_profile_bandwidth(LadProfileSources *sources, const LadBandwidthOptions *options,
                                   const LadToolboxProgress *progress, GError **error);

G_END_DECLS
#endif
