/* offload.h - the contract of offload controllers: how much memory to push down the ladder, and
 * when, so that pressure stays at a target (Senpai, g-swap). Reclaim decides which pages, placement
 * where they go.
 */
#ifndef MEMLADDER_OFFLOAD_H
#define MEMLADDER_OFFLOAD_H

#include <memladder/pressure.h>

G_BEGIN_DECLS

typedef struct LadOffloadClass LadOffloadClass;

/* The controller of one group. */
typedef struct {
    const LadOffloadClass *class;
    LadHost *host;
    guint32 group;     /* cgroup, dense per host; 0: the whole host */
    void *params;      /* as class->base.options fill it */
    void *state;       /* class->base.host_size bytes, zeroed */
    guint64 *counters; /* the class's own table */
} LadOffload;

/* What a controller sees of its group. */
typedef struct {
    LadTime now;
    LadBytes current;   /* memory charged to the group */
    LadBytes in_use;    /* of it, on active lists */
    guint64 promotions; /* pages brought back since the start (swap-ins, refaults, promotions) */
    LadPressureSignal pressure;
    LadTime stalled; /* total stall since the start, ps */
} LadOffloadView;

/* What it asks for. */
typedef struct {
    LadBytes reclaim; /* bytes to reclaim now, as a write to memory.reclaim; 0: nothing */
    LadBytes limit;   /* memory.high to set; 0: leave it as it is, G_MAXUINT64: no limit */
    LadTime next;     /* when to ask again; after `now` */
} LadOffloadRequest;

struct LadOffloadClass {
    LadModel base;
    /* Optional. Once per group, after the parameters are filled. */
    gboolean (*init)(LadOffload *offload, GError **error);
    /* Optional. Frees what `state` points to. */
    void (*clear)(LadOffload *offload);
    /* Required. Called at the times it asked for, first at the start of the run; seconds of kernel
     * time apart. `request` is zeroed; `next` must be set. */
    void (*tick)(LadOffload *offload, const LadOffloadView *view, LadOffloadRequest *request);
    /* Optional. Called when the group was refused memory at its limit. */
    void (*limited)(LadOffload *offload, LadTime now);
};

G_END_DECLS
#endif
