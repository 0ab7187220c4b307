/* tier.h - the contract of tier models: a place that holds pages.
 *
 * A byte-addressable tier finishes transfers (a line, a page copy); a faulting tier stores extents
 * and brings them back. Either answers with the completion time, or with LAD_PENDING and calls
 * `done` by an event later; callers handle both. Requests of one core may come out of order by up
 * to its window, so a model keeps occupancy in buckets of time (memladder/occupancy.h), not in one
 * busy-until. A page copy is one booking.
 */
#ifndef MEMLADDER_TIER_H
#define MEMLADDER_TIER_H

#include <memladder/link.h>

G_BEGIN_DECLS

typedef enum {
    LAD_TRANSFER_READ,       /* demand line fill */
    LAD_TRANSFER_WRITE,      /* line written back */
    LAD_TRANSFER_FETCH,      /* line fill for instructions */
    LAD_TRANSFER_WALK,       /* line fill by a page walk */
    LAD_TRANSFER_PREFETCH,   /* line fill by a prefetcher */
    LAD_TRANSFER_COPY_READ,  /* page copy, source side */
    LAD_TRANSFER_COPY_WRITE, /* page copy, destination side, and zeroing of new pages */
    LAD_N_TRANSFERS
} LadTransferKind;

/* Does it bring bytes to the tier? */
static inline gboolean
lad_transfer_is_write(LadTransferKind kind)
{
    return kind == LAD_TRANSFER_WRITE || kind == LAD_TRANSFER_COPY_WRITE;
}

typedef struct {
    LadTransferKind kind;
    guint32 bytes;
    LadPage page;
    guint32 offset;    /* of the first byte in the page */
    guint64 slot;      /* of tiers that fault: where the first page lies on the device */
    guint32 group;     /* cgroup on whose behalf a page is stored */
    LadEventFunc done; /* called with the completion time if LAD_PENDING is answered; may be NULL */
    void *data;
    guint64 argument;
} LadTransfer;

/* Counters that every tier has, kept by lad_tier_access. */
typedef enum {
    LAD_TIER_READS,
    LAD_TIER_WRITES,
    LAD_TIER_FETCHES,
    LAD_TIER_WALKS,
    LAD_TIER_PREFETCHES,
    LAD_TIER_READ_BYTES,
    LAD_TIER_WRITE_BYTES,
    LAD_TIER_COPY_READ_BYTES,
    LAD_TIER_COPY_WRITE_BYTES,
    LAD_TIER_BUSY_PS,     /* sum over line reads of completion - request (for Little's law) */
    LAD_TIER_QUEUE_PS,    /* the part of it above the idle latency */
    LAD_TIER_USED_BYTES,  /* gauge */
    LAD_TIER_FREE_BYTES,  /* gauge */
    LAD_TIER_POOL_BYTES,  /* gauge: the part of USED that holds compressed pools of other tiers */
    LAD_TIER_PAGE_LOADS,  /* of tiers that fault: pages, by lad_tier_load */
    LAD_TIER_PAGE_STORES, /* the same, by lad_tier_store */
    LAD_TIER_MOVED_ON,    /* pages moved on to `next` after they were stored */
    LAD_TIER_LATENCY,     /* histogram, ps, of line reads (demand, fetch, walk), or page loads */
    LAD_TIER_N_COUNTERS
} LadTierCounter;

typedef struct LadTierClass LadTierClass;

/* Why a faulting tier does not take a page. */
typedef enum {
    LAD_REFUSED_FULL,           /* no room: pool limit, device, frames for the pool */
    LAD_REFUSED_INCOMPRESSIBLE, /* its content */
} LadRefusal;
/* What cores without caches have under way at a tier (sim/kernel/flow.h). */
typedef struct LadFlows LadFlows;
/* What stands before a tier with `block_device` (sim/kernel/block.h). */
typedef struct LadBlockQueue LadBlockQueue;

/* One tier of one host. */
struct LadTier {
    const LadTierClass *class;
    LadHost *host;
    guint index;           /* in host->tiers */
    char *name;            /* "near" of [tier.near] */
    LadBytes size;         /* capacity */
    LadBytes reserved;     /* the part that the kernel and others hold for good */
    double cost_per_gib;   /* relative to DDR5 = 1 */
    guint64 watermarks[4]; /* min, low, high, promo in pages, as configured; all 0: by formula */
    void *params;          /* as class->base.options fill it */
    void *state;           /* class->base.host_size bytes, zeroed */
    LadLink *link;         /* transfers cross it on their way; NULL: none */
    LadBlockQueue *block;  /* of a block device; else NULL */
    LadTier *next;         /* of a faulting tier: where pages go that it refuses; NULL: none */
    LadTime next_age;      /* pages that lie in it for longer are moved on to `next`; 0: never */
    gboolean exclusive;    /* set by `init`: a page brought back leaves no copy here */
    /* Set by a `store` that refuses: why, and how much CPU time it took to find out. */
    LadRefusal refusal;
    LadTime refused_after;
    LadTime idle_read_ps,
        idle_write_ps; /* of a 64-byte line with nothing else under way: set by
                        * `setup` for the tier alone, the link is added after it */
    LadTime page_store_cpu_ps, page_load_cpu_ps; /* block devices: CPU time of the kernel per page
                                                  * besides the device's (encryption, checksum), set
                                                  * by `setup`; the block layer takes it */
    void *pending;     /* transfers under way that were answered with LAD_PENDING */
    LadFlows *flows;   /* of classes with `loaded`; else NULL */
    guint64 *counters; /* the class's own table */
    guint64 common[LAD_TIER_N_COUNTERS];
    LadHistogram *latency;
    const LadHistogram
        *histograms[LAD_TIER_N_COUNTERS]; /* `latency` in its row, as metrics want it */
};

struct LadTierClass {
    LadModel base;
    gboolean faulting;     /* pages in it are not byte-addressable: a touch faults */
    gboolean block_device; /* faulting ones: reached by slot through the block layer, which asks for
                            * pages in consecutive slots in one transfer; FALSE: `store` and `load`
                            * are work of the caller's CPU, from `now` to what they answer */
    gboolean may_pend;     /* its hooks may answer LAD_PENDING */
    gboolean
        self_sized; /* a pool in other tiers: tier->size is 0, its options say how large it is */
    /* Required. Once per instance, after the parameters are filled: check them, prepare `state`. */
    gboolean (*init)(LadTier *tier, GError **error);
    /* Required. Once, after all parts exist: wiring; must set the idle latencies. */
    gboolean (*setup)(LadTier *tier, GError **error);
    /* Optional. Frees what `state` points to. */
    void (*clear)(LadTier *tier);
    /* Required unless `faulting`. Per line or page copy: a transfer asked for at `now`; returns
     * when its last byte is there (>= now), or LAD_PENDING. `now` may be earlier than in the last
     * call. */
    LadTime (*access)(LadTier *tier, LadTime now, const LadTransfer *transfer);
    /* Optional, for cores that send streams of lines and no requests (level page); several times
     * per thousand lines. So many bytes, [0] read and [1] written, are now under way on average
     * (bandwidth x latency): returns the latency of a line read, by Little's law at least what the
     * channel takes for them. Until the next call `access` must wait for such queues, too. NULL:
     * some of the lines are asked for by `access`. */
    LadTime (*loaded)(LadTier *tier, const double under_way[2]);
    /* Required if `faulting`. Store one page (returns when it is safe to forget it), and bring it
     * back; LAD_PENDING as above. `store` answers LAD_TIME_MAX if it refuses the page (full,
     * incompressible). */
    LadTime (*store)(LadTier *tier, LadTime now, const LadTransfer *transfer);
    LadTime (*load)(LadTier *tier, LadTime now, const LadTransfer *transfer);
    /* Optional, if `faulting`. Asked after a store refused as LAD_REFUSED_FULL, and after each page
     * that was moved on for it: should its oldest page be moved on to `next`? */
    gboolean (*wants_room)(LadTier *tier);
    /* Optional. The stored copy of a page is no longer needed. `page` may be LAD_PAGE_NONE. */
    void (*discard)(LadTier *tier, LadPage page, guint64 slot);
};

/* The one way to a tier: crosses its link, calls the model, keeps the common counters. Returns the
 * completion time or LAD_PENDING. `transfer` is copied where needed. A backlog that the tier cannot
 * hold sets host->error. Defined by sim/kernel/tier.c. */
LadTime lad_tier_access(LadTier *tier, LadTime now, const LadTransfer *transfer);
/* The same for pages to and from a faulting tier: `kind` is LAD_TRANSFER_COPY_WRITE (store) or
 * LAD_TRANSFER_COPY_READ (load), `bytes` a multiple of the page's. LAD_TIME_MAX: refused (stores);
 * then nothing but the link's traffic has been counted. */
LadTime lad_tier_store(LadTier *tier, LadTime now, const LadTransfer *transfer);
LadTime lad_tier_load(LadTier *tier, LadTime now, const LadTransfer *transfer);

G_END_DECLS
#endif
