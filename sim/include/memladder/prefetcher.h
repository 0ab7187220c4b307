/* prefetcher.h - the contract of prefetchers: name lines to fetch.
 *
 * A prefetcher sits at one cache, one instance per core that uses it, and sees what that core asks
 * of it. It names lines; the engine (sim/cache/prefetch.c) drops those that are there or under way,
 * those of a page whose translation the core does not hold, and those that find no free MSHR or a
 * memory busier than its throttle allows; asks for the rest as a miss would; and counts what became
 * of them. Groups [prefetcher.NAME] say which prefetchers there are and where.
 */
#ifndef MEMLADDER_PREFETCHER_H
#define MEMLADDER_PREFETCHER_H

#include <memladder/cache.h>
#include <memladder/error.h>
#include <memladder/model.h>

G_BEGIN_DECLS

/* What a prefetcher is shown. */
typedef struct {
    guint64 address; /* virtual, as accessed */
    guint64 pc;      /* of the instruction; 0 if unknown */
    LadTime now;     /* ps; may be earlier than in the last call */
    gboolean hit;
    gboolean write;
} LadPrefetchEvent;

/* Lines that it names, by the virtual address of any byte in them. */
#define LAD_PREFETCH_MAX 16
typedef struct {
    guint n; /* 0 to LAD_PREFETCH_MAX */
    guint64 addresses[LAD_PREFETCH_MAX];
} LadPrefetchList;

typedef struct LadPrefetcherClass LadPrefetcherClass;

/* One prefetcher of one core at one cache. */
typedef struct {
    const LadPrefetcherClass *class;
    guint line_bytes;
    LadSide side;           /* INSTRUCTION or DATA: what it is shown */
    gboolean crosses_pages; /* whether it may name lines of another page (it knows a translation) */
    void *params;           /* as class->base.options fill it */
    void *state;            /* class->base.host_size bytes, zeroed */
    guint64 *counters;      /* the class's own table */
} LadPrefetcher;

struct LadPrefetcherClass {
    LadModel base;
    gboolean needs_pc; /* it learns by instruction: at side = data only */
    /* Required. Once per instance, after the parameters are filled. */
    gboolean (*init)(LadPrefetcher *prefetcher, GError **error);
    /* Optional. Frees what `state` points to. */
    void (*clear)(LadPrefetcher *prefetcher);
    /* Required. Per miss, and per first hit on a line that was prefetched; never per other hit.
     * Names lines in `list`, which is empty at the call, most wanted first. */
    void (*observe)(LadPrefetcher *prefetcher, const LadPrefetchEvent *event,
                    LadPrefetchList *list);
    /* Optional. Per line that a miss it was shown, or a request of its own, brings in: its data is
     * there at `ready` (an estimate where memory answers later by an event). */
    void (*filled)(LadPrefetcher *prefetcher, guint64 address, LadTime ready, gboolean prefetched);
};

/* Options of every group [prefetcher.NAME], beside the model's own. */
typedef struct {
    guint64 level; /* of the cache it sits at */
    guint side;    /* 0: what loads and stores ask; 1: what fetches ask */
    gboolean crosses_pages;
    double throttle; /* share of the memory's bandwidth; 0: none */
    LadTime throttle_window;
} LadPrefetcherParams;

/* Counters of every prefetcher, in the order of lad_prefetcher_counters. */
typedef enum {
    LAD_PREFETCHER_NAMED,
    LAD_PREFETCHER_PRESENT,
    LAD_PREFETCHER_UNMAPPED,
    LAD_PREFETCHER_NO_MSHR,
    LAD_PREFETCHER_THROTTLED,
    LAD_PREFETCHER_ISSUED,
    LAD_PREFETCHER_FROM_MEMORY,
    LAD_PREFETCHER_USEFUL,
    LAD_PREFETCHER_LATE,
    LAD_PREFETCHER_USELESS,
    LAD_PREFETCHER_USELESS_MEMORY,
    LAD_PREFETCHER_DEMANDS,
    LAD_PREFETCHER_N_COUNTERS
} LadPrefetcherCounter;

/* Of next-line, which functional cores have as well. */
typedef struct {
    guint64 degree;
    guint trigger; /* 0: misses alone; 1: first uses of prefetched lines too */
} LadNextLineParams;

extern const LadPrefetcherClass lad_prefetcher_next_line;
extern const LadOption lad_prefetcher_options[];
extern const LadCounter lad_prefetcher_counters[];

G_END_DECLS
#endif
