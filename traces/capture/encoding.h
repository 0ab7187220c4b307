/* encoding.h - the encoder's parts, for its files only.
 *
 * encoder.c looks after rings and streams; encode_code.c reads what code there is; encode_blocks.c
 * turns the words of executions into tokens and addresses; encode_control.c all other words.
 */
#ifndef LAD_CAPTURE_ENCODING_H
#define LAD_CAPTURE_ENCODING_H

#include "traces/capture/content.h"
#include "traces/capture/encoder.h"
#include "traces/capture/mapping.h"
#include "traces/capture/shape.h"
#include "traces/capture/tally.h"

typedef struct {
    guint32 serial; /* of the claim that is being read; 0: none */
    guint stream;
    guint32 offset;    /* words of the segment in hand that have been read */
    gboolean skipping; /* nothing written yet, and something was skipped */
    gboolean lost;     /* one thread too many for a trace: its words are passed over */
    gboolean dead;     /* its process is gone: whatever is there is all */
    guint32 process;
    guint64 skipped; /* instructions */
    guint64 last_time;
    LadTally *tally;      /* of the interval in hand; NULL but at level `page` */
    LadPageSet *accessed; /* of its process, since the last look at contents; NULL: not wanted */
} LadRingReader;

/* What an execution of a block nearly always comes to, so that it costs one line of cache. */
typedef struct {
    guint64 kept; /* bit i: word i is an address */
    guint32 part; /* the trace's block */
    guint16 n_words;
    guint16 n_addresses;
    guint16 n_insns;
    guint8 usable; /* the block is regular, and this is its latest shape */
    guint8 plain;  /* every word is an address */
    guint32 reserved;
    LadGuestBlock *block; /* NULL: not described yet */
} LadBlockEntry;

struct LadEncoder {
    LadCaptureArea *area;
    LadTraceWriter *writer;
    LadShaper shaper;
    LadRingReader *readers; /* LAD_RINGS */
    GArray *blocks;         /* LadBlockEntry by id */
    gboolean careful;       /* match every word, for the comparison with the inline counters */
    GHashTable *contents;   /* GBytes -> LadGuestBlock, owner of both */
    LadMappings *mappings;
    LadContent *content;                     /* NULL: contents are not wanted */
    guint64 scratch[LAD_RING_SEGMENT_WORDS]; /* addresses of an execution */
    guint64 skip_left, max_insns;
    guint64 clock_rate; /* units of the schedule's clock per second */
    gboolean done;
    char *name;
    GString *notes;
    LadCaptureCounts counts;
};

/* Always FALSE. */
gboolean lad_encoder_makes_no_sense(const char *what, GError **error);

/* ---- encoder.c --------------------------------------------------------------------------------
 */

/* A new claim of ring `index`. */
void lad_encoder_begin_reading(LadEncoder *encoder, guint index);
guint64 *lad_encoder_segment(const LadEncoder *encoder, guint ring, guint32 n);
/* The oldest segment handed over is done with. */
void lad_encoder_release_segment(LadRing *ring);
/* Words in the segment that its writer has not handed over; 0 if it is doing so right now. */
guint32 lad_encoder_unfinished_words(const LadEncoder *encoder, guint index);

/* ---- encode_code.c ----------------------------------------------------------------------------
 */

gboolean lad_encoder_drain_code_ring(LadEncoder *encoder, guint index, GError **error);
gboolean lad_encoder_drain_code(LadEncoder *encoder, GError **error);
/* NULL if it has not been described. */
LadBlockEntry *lad_encoder_known_block(const LadEncoder *encoder, guint64 id);
/* Looks for its description if need be. Valid until the next call. */
LadBlockEntry *lad_encoder_find_block(LadEncoder *encoder, guint64 id, GError **error);

/* ---- encode_blocks.c --------------------------------------------------------------------------
 */

/* Write what `n` words say, which are followed by a LAD_CONTROL_END. */
gboolean lad_encoder_read_words(LadEncoder *encoder, LadRingReader *reader, const guint64 *words,
                                guint n, GError **error);

/* ---- encode_control.c -------------------------------------------------------------------------
 */

/* Any control word but a block's, at `words[0]`; returns the words behind it. */
const guint64 *lad_encoder_read_control(LadEncoder *encoder, LadRingReader *reader,
                                        const guint64 *words, const guint64 *end, GError **error);
/* The words that belong to a control word, itself included. */
guint64 lad_encoder_control_words(guint64 word);
gboolean lad_encoder_write_burst(LadEncoder *encoder, LadRingReader *reader, guint64 missing,
                                 GError **error);
/* The counters that a thread had not told yet when it died. */
void lad_encoder_add_table(LadEncoder *encoder, guint ring);
/* End the interval in hand. */
gboolean lad_encoder_write_touches(LadEncoder *encoder, LadRingReader *reader, GError **error);

#endif
