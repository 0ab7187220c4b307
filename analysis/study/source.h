/* source.h - where a study's trace comes from: a file, a configuration that generates it, or a
 * program that is recorded. The groups [trace.NAME] of both kinds of study have these keys.
 */
#ifndef LAD_STUDY_SOURCE_H
#define LAD_STUDY_SOURCE_H

#include <memladder/configuration.h>

/* As lad_trace_source_options fill it; strings are the configuration's. */
typedef struct {
    char *file, *synth, *capture;
    char **synth_set;
    guint64 skip_insns, max_insns;
} LadTraceSourceParams;

extern const LadOption lad_trace_source_options[];

typedef struct {
    char *name;                    /* NAME of its group */
    char *path;                    /* of the trace; of one that is made, once it exists */
    char *synth;                   /* configuration that generates it; NULL: none */
    char **synth_set;              /* changes to that */
    char **capture;                /* program that is recorded, and its arguments; NULL: none */
    guint64 skip_insns, max_insns; /* of a recording; max_insns 0: to its end */
} LadTraceSource;

/* Fill a zeroed source from `params`, which [trace.NAME], `group`, gave. CONFIG: not just one of
 * file, synth and capture, or no such file. To be cleared in any case. */
gboolean lad_trace_source_init(LadTraceSource *source, const LadTraceSourceParams *params,
                               LadConfig *config, const char *group, GError **error);
void lad_trace_source_clear(LadTraceSource *source);
/* Generate or record the trace in `directory`, if it is not there by itself, and set its path. A
 * program runs in the environment as it is. CONFIG, IO. */
gboolean lad_trace_source_make(LadTraceSource *source, const char *directory, GError **error);

#endif
