/* offload.h - the contract of offload controllers: how much memory to push down the ladder, and
 * when, so that pressure stays at a target (Senpai, g-swap). Reclaim decides which pages, placement
 * where they go.
 *
 * All times here are kernel time: the engine divides simulated time by kernel.time-scale before it
 * hands it over, and multiplies what comes back.
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

#define LAD_AGES 256

/* Pages of a group by age: scans in a row that found them untouched (sim/kernel/agescan.c). The
 * last age stands for all above. */
typedef struct {
    LadTime period;            /* of the scans */
    guint n_slices;            /* a scan goes over so many parts, one after the other */
    guint64 n_scanned;         /* slices so far */
    guint64 n_pages[LAD_AGES]; /* at their latest scan, swapped-out pages included */
    guint64 n_out;             /* of them, swapped out */
    guint64 touched[LAD_AGES]; /* since the start, pages found touched, by the age they had */
} LadAges;

/* What a controller sees of its group; bytes. */
typedef struct {
    LadTime now;
    LadBytes current;     /* memory charged to the group */
    LadBytes in_use;      /* of it, on active lists */
    LadBytes anon, file;  /* of it, by kind */
    LadBytes low, min;    /* its protection */
    LadBytes high, max;   /* its limits; G_MAXUINT64: none */
    LadBytes host_memory; /* of all byte-addressable tiers */
    LadBytes swap_used;   /* by the group */
    LadBytes swap_total;  /* that it may use; 0: it has nowhere to swap to */
    guint64 swappiness;   /* 0 to 200 */
    guint64 promotions;   /* pages brought back since the start (swap-ins, refaults) */
    LadBytes written;     /* to block devices by swap-outs since the start */
    LadBytes reclaimed;   /* by what was asked for last */
    LadPressureSignal pressure;
    const LadAges *ages; /* NULL unless class->scan_period */
} LadOffloadView;

#define LAD_OFFLOAD_LEAVE G_MAXUINT64

/* What it asks for, and why. Handed over with `limit` and `swappiness` LAD_OFFLOAD_LEAVE, the rest
 * zero. */
typedef struct {
    LadBytes reclaim;   /* bytes to reclaim now, as a write to memory.reclaim; 0: nothing */
    LadBytes limit;     /* memory.high to set, LAD_OFFLOAD_LEAVE: none to set */
    guint64 swappiness; /* of what is reclaimed now and until it is set again */
    guint cold_age;     /* > 0: give up every page of at least this age (in scans), whatever the
                           lists say, at most `reclaim` bytes (0: all of them) */
    LadTime wait;       /* until it is asked again; > 0 */
    /* Its reasons, in units of its own; they are kept with what came of it. */
    double measured; /* what it compared */
    double target;   /* with what */
} LadOffloadRequest;

struct LadOffloadClass {
    LadModel base;
    /* Optional. Once per group, after the parameters are filled. */
    gboolean (*init)(LadOffload *offload, GError **error);
    /* Optional. Frees what `state` points to. */
    void (*clear)(LadOffload *offload);
    /* Optional. It wants pages' ages: how often they are scanned, and in how many parts, evenly
     * over the period (from 1 on). Called once, after `init`. */
    LadTime (*scan_period)(const LadOffload *offload, guint *n_slices);
    /* Required. Called at the times it asked for, first at the start of control; seconds of kernel
     * time apart. Must set request->wait. */
    void (*tick)(LadOffload *offload, const LadOffloadView *view, LadOffloadRequest *request);
    /* Optional. Called when the group was refused memory at its limit. */
    void (*limited)(LadOffload *offload, LadTime now);
};

G_END_DECLS
#endif
