/* capture.h - record a live program: start it under the emulator, drain it, close the trace. */
#ifndef LAD_CAPTURE_H
#define LAD_CAPTURE_H

#include "traces/capture/encoder.h"

typedef enum { LAD_CAPTURE_LEVEL_INSTRUCTION, LAD_CAPTURE_LEVEL_PAGE } LadCaptureLevel;

typedef struct {
    const char *output;   /* path of the trace; "-": standard output */
    char **argv;          /* the program, searched in PATH, and its arguments; NULL-terminated */
    const char *emulator; /* NULL: qemu-x86_64 in PATH */
    const char *cpu;      /* the processor to emulate, in the emulator's words; NULL: its default */
    const char *folder;   /* where the program runs; NULL: here */
    const char *log;      /* file for what it prints, with nothing to read; NULL: our streams */
    char **environment;   /* variables for it, NAME=VALUE each, beside ours; NULL: none */
    gboolean follow_fork; /* record children too */
    gboolean count;       /* keep the emulator's inline counters (slower) */
    LadCaptureLevel level;
    guint64 clock_rate;  /* instructions that count as a second; 0: the wall clock's time */
    guint64 burst_ns;    /* record windows of this length only, ... */
    guint64 every_ns;    /* ... one of which begins every so often; 0: everything */
    guint64 interval_ns; /* level page: length of an interval */
    guint64 content_ns;  /* how often contents of pages are looked at; 0: never */
    guint64 skip_insns;  /* instructions not written at the start */
    guint64 max_insns;   /* end the program after so many written; 0: no limit */
    guint64 max_bytes;   /* end the program before the trace grows past this; 0: no limit */
} LadCaptureOptions;

typedef enum {
    LAD_CAPTURE_WHOLE,     /* the program ended by itself */
    LAD_CAPTURE_MAX_INSNS, /* it was ended at max_insns */
    LAD_CAPTURE_MAX_BYTES, /* it was ended at max_bytes */
} LadCaptureEnd;

typedef struct {
    LadCaptureCounts counts;
    LadCaptureEnd end;
    int wait_status;        /* of the program, as waitpid tells it */
    guint64 bytes;          /* of the trace */
    guint64 executed_insns; /* by the schedule's clock; 0 for a recording without one */
    guint unfollowed;       /* children that were not recorded */
    guint no_ring;          /* threads that were not recorded: too many at once */
    guint64 counted_insns, counted_operands; /* the inline counters */
} LadCaptureResult;

typedef struct LadCapture LadCapture;

/* Start the program. `options` is not needed afterwards. Errors: USAGE (no such program, not a
 * program that can be recorded), UNSUPPORTED (no emulator, no plugin), IO. */
LadCapture *lad_capture_new(const LadCaptureOptions *options, GError **error);
/* Ends the program if it still runs, and drops a trace that was not finished. */
void lad_capture_free(LadCapture *capture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadCapture, lad_capture_free)

/* Drain what is there, or wait for some milliseconds. `ended`: there is nothing left to come. */
gboolean lad_capture_step(LadCapture *capture, gboolean *ended, GError **error);
/* Send the program a signal. */
void lad_capture_signal(LadCapture *capture, int number);
/* After the end: close the trace. Errors: IO; UNSUPPORTED if the emulator could not start. */
gboolean lad_capture_finish(LadCapture *capture, LadCaptureResult *result, GError **error);
/* Whether a limit was reached, so that the program is being ended. */
gboolean lad_capture_at_limit(const LadCapture *capture);
/* Progress: valid at any time. */
guint64 lad_capture_insns(LadCapture *capture);
guint64 lad_capture_bytes(const LadCapture *capture);
/* Sentences for the user, one per line; "" if there is nothing to say. */
const char *lad_capture_notes(const LadCapture *capture);

/* All of it in one call, for callers that need no progress. */
gboolean lad_capture_run(const LadCaptureOptions *options, LadCaptureResult *result,
                         GError **error);

#endif
