/* pattern_accessgen.h - the pattern `accessgen`: a whole trace of level page by itself. */
#ifndef LAD_SYNTH_PATTERN_ACCESSGEN_H
#define LAD_SYNTH_PATTERN_ACCESSGEN_H

#include "traces/synth/output.h"

typedef struct {
    guint sequence; /* LadAccessgenPattern */
    guint64 pages;
    guint64 accesses;
    gboolean first_touch;
    guint fill; /* LadFill */
    char **algorithms;
    guint64 burst; /* accesses */
    LadTime idle;
} LadSynthAccessgen;

extern const LadSynthPattern lad_synth_pattern_accessgen;

/* Checks what single options cannot tell. Errors: CONFIG with `where`. */
gboolean lad_synth_accessgen_check(const LadSynthAccessgen *params, const char *where,
                                   GError **error);

/* Says in the header what the trace is. */
void lad_synth_accessgen_describe(const LadSynthAccessgen *params, guint64 seed,
                                  LadTraceHeader *header);
guint64 lad_synth_accessgen_references(const LadSynthAccessgen *params);
/* Writes all of it as one stream. */
gboolean lad_synth_accessgen_write(const LadSynthAccessgen *params, guint64 seed,
                                   LadSynthOutput *output, GError **error);

#endif
