/* burst.h - figures of burst recordings with their confidence intervals over the windows. */
#ifndef LAD_PROFILE_BURST_H
#define LAD_PROFILE_BURST_H

#include "analysis/profile/machine.h"

G_BEGIN_DECLS

typedef struct {
    const LadProfileMachine *machine;
    const LadModels *models;
    gboolean windows; /* a row for each, too */
} LadBurstOptions;

/* Runs the traces, stitched or as recorded, and takes the counters of each core's own caches and
 * TLBs at the ends of its windows: from a measured marker (stitch.h), or the burst record where
 * there is none, to the next burst record on that core, or the end. Figures are ratios of sums over
 * the windows. Errors: those of runs; UNSUPPORTED if there is no window. */
LadFindings *lad_profile_burst(LadProfileSources *sources, const LadBurstOptions *options,
                               const LadToolboxProgress *progress, GError **error);

G_END_DECLS
#endif
