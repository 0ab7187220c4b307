/* places.h - what a generated trace has where: which pattern, or which code, an address is of. */
#ifndef LAD_SYNTH_PLACES_H
#define LAD_SYNTH_PLACES_H

#include <memladder/synth.h>

typedef struct {
    char *name; /* "pattern.hot", "code.main" */
    gboolean code;
    double memory;                /* as it is configured */
    guint64 base, end;            /* of its region, of all threads' copies of that */
    guint64 span, offset, length; /* of a copy, and of its part in each */
} LadSynthPlace;

typedef struct {
    GArray *places;   /* LadSynthPlace; patterns in order, then codes */
    gboolean overlap; /* patterns have memory in common: the first of them has it */
} LadSynthPlaces;

/* Of the configuration that a trace was made of, in its note `synth.config`. NULL with CONFIG where
 * that cannot be told. */
LadSynthPlaces *lad_synth_places_new(const char *config, GError **error);
void lad_synth_places_free(LadSynthPlaces *places);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadSynthPlaces, lad_synth_places_free)
/* Index in `places`, or -1. */
gint lad_synth_places_find(const LadSynthPlaces *places, guint64 address);

#endif
