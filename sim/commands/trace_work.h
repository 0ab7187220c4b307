/* trace_work.h - what the tools that read whole traces and write others share: the progress of the
 * work, interruption, and the refusal to write over an input. */
#ifndef LAD_COMMANDS_TRACE_WORK_H
#define LAD_COMMANDS_TRACE_WORK_H

#include "sim/base/progress.h"
#include "traces/toolbox/toolbox.h"

typedef struct {
    LadProgress *progress;
    guint64 total, done; /* references */
    LadToolboxProgress toolbox;
} LadTraceWork;

/* `total` references are to be done, 0: unknown; `what` is borrowed. Signals are handled from here
 * on. Errors: USAGE. */
gboolean lad_trace_work_begin(LadTraceWork *work, const char *what, guint64 total, GError **error);
void lad_trace_work_end(LadTraceWork *work);

/* Opens a trace and reads a pipe to its end, so that its streams are known. */
LadTraceReader *lad_trace_work_open(const char *path, LadTraceFlags flags, GError **error);
/* Instructions and data accesses of all streams. */
guint64 lad_trace_work_references(LadTraceReader *reader);
/* FALSE with USAGE if `output` is the file `input`. */
gboolean lad_trace_work_apart(const char *input, const char *output, GError **error);
/* Appends a line to what a header says is lost. */
void lad_trace_work_lost(LadTraceHeader *header, const char *line);
/* Notes under `key` of which trace, by its identity, this is a part. */
void lad_trace_work_part_of(LadTraceHeader *header, const char *key, const LadTraceReader *reader);
/* "0,2-5" as a set of streams of a trace that has `n`: a gboolean each, to be freed. NULL text:
 * all. Errors: USAGE with the option's name. */
gboolean *lad_trace_work_streams(const char *option, const char *text, guint n, GError **error);

#endif
