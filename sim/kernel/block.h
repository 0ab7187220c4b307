/* block.h - the block layer before a device that pages are swapped to.
 *
 * One queue per tier whose class has `block_device`; it is tier->block. Pages written go to the
 * plug, where those of consecutive slots merge into one request; the plug is dispatched when it is
 * full, when its owner sleeps or ends its pass, last request first (Linux 6.1, block/blk-mq.c).
 * Writeback throttling (wbt.h) lets only so many write requests be under way and puts the writer to
 * sleep at the limit. Reads pass by the plug.
 *
 * Times: a writer is somebody who works ahead of the event queue, from `*now` on; the queue
 * delivers what ends up to there by itself. What nobody polls for is delivered by events of the
 * host's queue.
 */
#ifndef LAD_KERNEL_BLOCK_H
#define LAD_KERNEL_BLOCK_H

#include "sim/kernel/wbt.h"
#include <memladder/tier.h>

/* Options of the queue, in the tier's group. */
typedef struct {
    LadBytes max_request;
    guint64 requests;
    LadTime dispatch_cost;
    gboolean throttling, write_cache;
    LadTime throttle_latency;
} LadBlockParams;
extern const LadOption lad_block_options[];

typedef enum {
    LAD_BLOCK_READ_REQUESTS,
    LAD_BLOCK_WRITE_REQUESTS,
    LAD_BLOCK_READ_PAGES,
    LAD_BLOCK_WRITE_PAGES,
    LAD_BLOCK_MERGES,
    LAD_BLOCK_UNPLUGS,
    LAD_BLOCK_THROTTLES,
    LAD_BLOCK_THROTTLE_PS,
    LAD_BLOCK_TAG_WAITS,
    LAD_BLOCK_DEPTH,
    LAD_BLOCK_IN_FLIGHT,
    LAD_BLOCK_MOST_IN_FLIGHT,
    LAD_BLOCK_WRITE_LATENCY,
    LAD_BLOCK_N_COUNTERS
} LadBlockCounter;
extern const LadCounter lad_block_counters[];

typedef struct LadBlockRequest LadBlockRequest;

struct LadBlockQueue {
    LadTier *tier;
    LadBlockParams params;
    /* Called for each page whose write has ended, at `time`, pages of a request in the order of
     * their slots. Must not write. Set by the owner; NULL: nobody is told. */
    void *owner;
    void (*ended)(void *owner, LadPage page, guint64 slot, LadTime time);
    guint64 counters[LAD_BLOCK_N_COUNTERS];
    LadHistogram write_latency; /* from dispatch to end, per request */
    const LadHistogram *histograms[LAD_BLOCK_N_COUNTERS];
    /* The rest is the queue's own. */
    LadWbt wbt;
    guint max_pages;    /* of a request */
    GPtrArray *plug;    /* of LadBlockRequest, in the order of their coming */
    GPtrArray *heap[2]; /* reads and writes at the device, earliest end first */
    GPtrArray *idle;    /* requests to use again */
    guint n_late;       /* at the device, answered with LAD_PENDING */
    guint64 sequence;
    LadEvent event;
    LadTime event_at;
};

/* For tiers.c: a queue with the parameters as they stand, which are copied. */
LadBlockQueue *lad_block_new(LadTier *tier, const LadBlockParams *params);
void lad_block_free(LadBlockQueue *queue);

/* Write `page` to `slot`. Adds it to the plug; may dispatch the plug, and may sleep (writeback
 * throttling, no free request): then *now moves on, and what ended meanwhile has been delivered.
 * `kswapd`: the writer is kswapd, which has a limit of its own. Returns by how much *now grew. */
LadTime lad_block_write(LadBlockQueue *queue, LadPage page, guint64 slot, gboolean kswapd,
                        LadTime *now);
/* Send what is plugged to the device, last request first; *now grows by dispatch-cost each. */
void lad_block_unplug(LadBlockQueue *queue, LadTime *now);
/* Read the `n` pages (1 or more) in the slots from `slot` on; `page` is the first. Returns when
 * they are there, or LAD_PENDING, and then calls done(time, data, argument) later. */
LadTime lad_block_read(LadBlockQueue *queue, LadPage page, guint64 slot, guint n, LadTime now,
                       LadEventFunc done, void *data, guint64 argument);
/* Deliver the writes that ended at or before `until`. */
void lad_block_poll(LadBlockQueue *queue, LadTime until);
/* Is a write of this page to this slot plugged or under way? For tests; looks at all of them. */
gboolean lad_block_is_writing(const LadBlockQueue *queue, LadPage page, guint64 slot);

#endif
