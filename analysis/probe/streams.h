/* streams.h - request streams that are pure functions of a request's number, as two public DRAM
 * simulators were fed with them.
 *
 *   stream                  address of request i                        writes        loop
 *   seq, seq21              64 i                                        none, i%3==2  open
 *   rand, rand21            a random line of 1 GiB                      none, i%3==2  open
 *   rowconf                 i x row stride, modulo 1 GiB                none          open
 *   seq4same                (i%4) 2^28 + 64 (i/4)                       none          open
 *   seq4diff                (i%4) (2^28 + 0xA000) + 64 (i/4)            none          open
 *   chase, closedK          a random line of 1 GiB                      none          K outstanding
 *
 * Random lines come from the mixing function of splitmix64 (Steele et al., OOPSLA 2014). In an open
 * loop request i is due in cycle i x interval / channels; in a closed loop a read done in cycle d
 * is followed by the next in cycle d + 1.
 */
#ifndef LAD_PROBE_STREAMS_H
#define LAD_PROBE_STREAMS_H

#include <memladder/probe.h>

typedef struct {
    const char *name;
    guint outstanding; /* 0: open loop */
    guint64 seed;      /* of random lines */
} LadStreamKind;

/* NULL-terminated by name. */
extern const LadStreamKind lad_stream_kinds[];
const LadStreamKind *lad_stream_find(const char *name);

typedef struct {
    const LadStreamKind *kind;
    guint64 interval; /* clocks between requests of a channel; open loop */
    guint64 channels;
    guint64 row_stride; /* bytes; rowconf */
    LadTime clock;
    guint64 n;
} LadStream;

/* Fill clock, channels and row stride (one row on in the same bank) from the options of the tier in
 * `group`; a model without them gets 1 ns, 1 channel and 128 KiB. */
gboolean lad_stream_fit(LadStream *stream, LadConfig *config, const char *group, GError **error);
void lad_stream_request(guint64 number, LadProbeRequest *request, void *stream);
/* The load that feeds a tier with it. */
LadProbeLoad lad_stream_load(LadStream *stream);

#endif
