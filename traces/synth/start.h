/* start.h - what comes before all else in a generated stream: maps, what pages hold, first touches.
 */
#ifndef LAD_SYNTH_START_H
#define LAD_SYNTH_START_H

#include "traces/synth/output.h"
#include "traces/synth/plan.h"

/* The address of a region as a thread sees it. */
guint64 lad_synth_region_address(const LadPlanRegion *region, const LadPlanStream *where);
/* Whether any phase of the stream's thread draws from the pattern. */
gboolean lad_synth_uses_pattern(const LadSynthPlan *plan, const LadPlanStream *where,
                                guint pattern);
/* Writes it. Each thread maps what is not plain private memory; what belongs to several is told and
 * touched by the first of them. */
gboolean lad_synth_start(const LadSynthPlan *plan, const LadPlanStream *where,
                         LadSynthOutput *output, guint stream, GError **error);

#endif
