/* code.h - the code that traces execute: how much of it, how hot, how far cores share it. */
#ifndef LAD_PROFILE_CODE_H
#define LAD_PROFILE_CODE_H

#include "analysis/profile/machine.h"

G_BEGIN_DECLS

typedef struct {
    gboolean no_machine; /* what the trace tells alone */
    const LadProfileMachine *machine;
    const LadModels *models;
} LadCodeOptions;

/* Footprint, heat, sharing; on a machine misses by level, and how the I-TLB misses of two cores,
 * page by page, correlate. Of sampled traces the samples of two processors are correlated instead.
 * Errors: those of reading and running; UNSUPPORTED if the traces have no instructions. */
LadFindings *lad_profile_code(LadProfileSources *sources, const LadCodeOptions *options,
                              const LadToolboxProgress *progress, GError **error);

G_END_DECLS
#endif
