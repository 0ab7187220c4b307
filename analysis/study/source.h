/* source.h - where a study's trace comes from: a file, a configuration that generates it, or a
 * program that is recorded. The groups [trace.NAME] of both kinds of study have these keys.
 */
#ifndef LAD_STUDY_SOURCE_H
#define LAD_STUDY_SOURCE_H

#include <memladder/configuration.h>

/* As lad_trace_source_options fill it; strings are the configuration's. */
typedef struct {
    char *file, *synth, *capture, *prepare, *beside;
    char **synth_set, **needs, **environment;
    guint64 skip_insns, max_insns, clock;
    guint level;
    LadTime interval;
} LadTraceSourceParams;

extern const LadOption lad_trace_source_options[];

typedef struct {
    char *name;             /* NAME of its group */
    char *path;             /* of the trace; of one that is made, once it exists */
    char *synth;            /* configuration that generates it; NULL: none */
    char **synth_set;       /* changes to that */
    char *capture;          /* program that is recorded (recording.h); NULL: none */
    char *prepare, *beside; /* "": none */
    char **needs, **environment;
    guint64 skip_insns, max_insns; /* of a recording; max_insns 0: to its end */
    guint level;                   /* LadCaptureLevel */
    guint64 clock;                 /* of level page: instructions that count as a second */
    LadTime interval;              /* the same */
    char *missing;                 /* program without which it was not recorded; NULL: it was */
} LadTraceSource;

/* How traces are made. */
typedef struct {
    const char *directory;
    gboolean fresh; /* record programs again whose recordings are there */
    /* Called after each that was recorded, kept or left out, with a sentence that says so;
     * `needed`: one that must be read. FALSE, with an error, stops. */
    gboolean (*say)(const char *sentence, gboolean needed, GError **error);
} LadTraceMaking;

/* Fill a zeroed source from `params`, which [trace.NAME], `group`, gave. CONFIG: not just one of
 * file, synth and capture, or no such file. To be cleared in any case. */
gboolean lad_trace_source_init(LadTraceSource *source, const LadTraceSourceParams *params,
                               LadConfig *config, const char *group, GError **error);
void lad_trace_source_clear(LadTraceSource *source);
/* Generate or record the trace, if it is not there by itself, and set its path; or set `missing`.
 * A program runs in the environment as it is. CONFIG, IO, UNSUPPORTED. */
gboolean lad_trace_source_make(LadTraceSource *source, const LadTraceMaking *making,
                               GError **error);

#endif
