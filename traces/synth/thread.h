/* thread.h - one stream of a generated trace, written a stretch at a time. */
#ifndef LAD_SYNTH_THREAD_H
#define LAD_SYNTH_THREAD_H

#include "traces/synth/code.h"
#include "traces/synth/output.h"

typedef struct LadSynthThread LadSynthThread;

/* `codes`: LadSynthCode, by number. The stream is added to the output's trace. */
LadSynthThread *lad_synth_thread_new(const LadSynthPlan *plan, const LadPlanStream *stream,
                                     LadSynthCode *codes, LadSynthOutput *output);
void lad_synth_thread_free(LadSynthThread *thread);
/* Maps, what pages hold, and touches of pages before all else. */
gboolean lad_synth_thread_begin(LadSynthThread *thread, GError **error);
/* Goes on for a stretch; `ended` once all phases are over. */
gboolean lad_synth_thread_run(LadSynthThread *thread, gboolean *ended, GError **error);
/* How many accesses or instructions it will have, about. */
guint64 lad_synth_thread_length(const LadSynthThread *thread);

#endif
