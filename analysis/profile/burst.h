/* burst.h - figures of burst recordings with their confidence intervals over the windows. */
#ifndef LAD_PROFILE_BURST_H
#define LAD_PROFILE_BURST_H

#include "analysis/profile/machine.h"

G_BEGIN_DECLS

/* What becomes of caches and TLBs at the gaps between windows, and what of a window counts. */
typedef enum {
    LAD_BURST_MARKED, /* kept; from the mark of the stitched trace on, or all where there is none */
    LAD_BURST_KEEP,   /* kept; all */
    LAD_BURST_WARM,   /* kept; all behind the first `warmup` instructions */
    LAD_BURST_FLUSH,  /* emptied; all behind the first `warmup` instructions, which may be none */
} LadBurstGaps;

typedef struct {
    const LadProfileMachine *machine;
    const LadModels *models;
    gboolean windows; /* a row for each, too */
    LadBurstGaps gaps;
    guint64 warmup; /* instructions of each window, with WARM and FLUSH */
} LadBurstOptions;

/* Reads "marked", "keep", "warm:N", "flush" or "flush:N" into gaps and warmup. Errors: USAGE. */
gboolean lad_burst_parse_gaps(const char *text, LadBurstOptions *options, GError **error);

/* Runs the traces, stitched or as recorded, and takes the counters of each core's own caches and
 * TLBs at the ends of its windows: from where `gaps` says to the next burst record on that core, or
 * the end. Windows that end before are left out. Figures are ratios of sums over the windows.
 * Errors: those of runs; UNSUPPORTED if there is no window. */
LadFindings *lad_profile_burst(LadProfileSources *sources, const LadBurstOptions *options,
                               const LadToolboxProgress *progress, GError **error);

G_END_DECLS
#endif
