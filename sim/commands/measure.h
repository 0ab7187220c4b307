/* measure.h - time and memory of one decoding or replay, in a process of its own. */
#ifndef LAD_MEASURE_H
#define LAD_MEASURE_H

#include <memladder/types.h>

typedef struct {
    guint64 references, insns;
    double cpu_seconds, wall_seconds;
    guint64 peak_bytes; /* resident */
} LadMeasure;

/* Replay `trace` under the configuration at path `config` (NULL: decode only, on one thread). No
 * other thread may be running. Errors: of the replay, IO. */
gboolean lad_measure_replay(const char *config, const char *trace, LadMeasure *measure,
                            GError **error);
/* Run a program, NULL-terminated arguments, its standard output thrown away; references are not
 * known. Errors: IO; UNSUPPORTED if its status is not 0. */
gboolean lad_measure_program(const char *const *argv, LadMeasure *measure, GError **error);
/* By references per CPU second. */
void lad_measure_sort(LadMeasure *measures, guint n);

#endif
