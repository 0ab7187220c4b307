/* patterns.h - of a generated trace: which share of each pattern's accesses comes from memory. */
#ifndef LAD_PROFILE_PATTERNS_H
#define LAD_PROFILE_PATTERNS_H

#include "analysis/profile/machine.h"

G_BEGIN_DECLS

typedef struct LadPatterns LadPatterns;

/* NULL, without an error, if the sources are no single trace of [synth]'s patterns. */
LadPatterns *lad_patterns_new(LadProfileSources *sources);
void lad_patterns_free(LadPatterns *patterns);
/* Lines of a logical page between the last cache and memory, of LadTransferKind. */
void lad_patterns_add(LadPatterns *patterns, LadPage page, guint kind);
/* Counts accesses in the trace and tells: of each pattern lines read per access (which is what
 * `memory` of its group is), of code per instruction. `run` is over. */
gboolean lad_patterns_tell(LadPatterns *patterns, const LadProfileRun *run, LadFindings *findings,
                           const LadToolboxProgress *progress, GError **error);

G_END_DECLS
#endif
