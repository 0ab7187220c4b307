/* encoder.h - drains the rings of a recorded program into a trace. */
#ifndef LAD_CAPTURE_ENCODER_H
#define LAD_CAPTURE_ENCODER_H

#include "traces/capture/ring.h"
#include <memladder/trace.h>

/* Counts over the whole recording, the skipped part included. */
typedef struct {
    guint64 n_insns;     /* executed */
    guint64 n_data;      /* data accesses, after joining their pieces */
    guint64 n_words;     /* operand callbacks, before that */
    guint64 n_blocks;    /* block executions */
    guint64 n_cuts;      /* blocks left in the middle by a fault */
    guint64 n_cut_words; /* callbacks of instructions that faulted half-way: not in the trace */
    guint64 n_written_insns, n_written_data;
    guint64 n_translated;                    /* blocks, repetitions included */
    guint64 n_code_blocks;                   /* of different content */
    guint64 n_shapes, n_unmatched, n_silent; /* see shape.h */
    guint64 n_overruns;                      /* operands lost for want of room: 0 */
    guint64 n_bursts;                        /* windows, of each thread */
    guint64 n_intervals;                     /* of level `page`, of each thread */
    guint64 n_page_touches;                  /* records of them */
    guint64 n_touches;                       /* instructions and accesses that they stand for */
    guint64 n_contents;                      /* pages compressed */
    guint n_streams;
    guint n_lost_streams; /* threads beyond what a trace can hold */
    guint n_execs;        /* processes that went on as another program */
} LadCaptureCounts;

typedef struct {
    guint64 skip_insns;
    guint64 max_insns;  /* G_MAXUINT64: none */
    guint64 clock_rate; /* units of the area's clock, which becomes the time stamps, per second */
    const char *name;   /* of the program, for its streams */
} LadEncoderOptions;

typedef struct LadEncoder LadEncoder;

/* `area` and `writer` must outlive it; `name` is copied. Errors: UNSUPPORTED (no disassembler). */
LadEncoder *lad_encoder_new(LadCaptureArea *area, LadTraceWriter *writer,
                            const LadEncoderOptions *options, GError **error);
void lad_encoder_free(LadEncoder *encoder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadEncoder, lad_encoder_free)

/* Encode every segment handed over so far. `busy` (may be NULL): whether there was any. With
 * `final` the writers of all rings are dead, and unfinished segments are encoded too. Errors: those
 * of the writer; TRACE if the shared memory makes no sense. */
gboolean lad_encoder_drain(LadEncoder *encoder, gboolean final, gboolean *busy, GError **error);
/* Ask `is_recorded` of every process that has rings; the rings of those that are no more are
 * drained to their end and freed. Returns the number of processes' rings that remain. */
guint lad_encoder_reap(LadEncoder *encoder, gboolean (*is_recorded)(guint32 process, gpointer data),
                       gpointer data);
/* Give all rings room without looking at what is in them: after an error or a limit. */
void lad_encoder_discard(LadEncoder *encoder);
/* Whether max_insns is reached: nothing more will be written. */
gboolean lad_encoder_is_done(const LadEncoder *encoder);
const LadCaptureCounts *lad_encoder_counts(LadEncoder *encoder);
/* Sentences for the user, one per line; "" if there is nothing to say. Owned by the encoder. */
const char *lad_encoder_notes(const LadEncoder *encoder);

#endif
