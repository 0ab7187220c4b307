/* prefetcher.h - the contract of prefetchers: name lines to fetch.
 *
 * A prefetcher sits at one cache and sees what its users ask of it. It names lines; the engine
 * drops those that are there or under way, asks for the rest on a free MSHR when it is their turn,
 * and counts them apart (prefetches, prefetch_misses). The engine calls no prefetcher yet; the
 * contract is fixed so that caches, tiers and counters have their place for them.
 */
#ifndef MEMLADDER_PREFETCHER_H
#define MEMLADDER_PREFETCHER_H

#include <memladder/error.h>
#include <memladder/model.h>

G_BEGIN_DECLS

/* What a prefetcher is shown. */
typedef struct {
    guint64 address; /* virtual, as accessed */
    guint64 pc;      /* of the instruction; 0 if unknown */
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

/* One prefetcher of one cache. */
typedef struct {
    const LadPrefetcherClass *class;
    guint line_bytes;
    gboolean crosses_pages; /* whether it may name lines of another page (it knows a translation) */
    void *params;           /* as class->base.options fill it */
    void *state;            /* class->base.host_size bytes, zeroed */
    guint64 *counters;      /* the class's own table */
} LadPrefetcher;

struct LadPrefetcherClass {
    LadModel base;
    /* Required. Once per instance, after the parameters are filled. */
    gboolean (*init)(LadPrefetcher *prefetcher, GError **error);
    /* Optional. Frees what `state` points to. */
    void (*clear)(LadPrefetcher *prefetcher);
    /* Required. Per miss, and per hit on a line that was prefetched; never per other hit. Names
     * lines in `list`, which is empty at the call. */
    void (*observe)(LadPrefetcher *prefetcher, const LadPrefetchEvent *event,
                    LadPrefetchList *list);
};

G_END_DECLS
#endif
