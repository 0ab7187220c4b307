/* core.h - the contract of core models: turn a thread's records into timed requests.
 *
 * A core runs ahead on its private levels without events. It has two bounds: the *horizon*, the
 * time of the next event, compared once per block; and the *limit*, the earlier of that and the
 * next other core's turn (ties by core number), compared only at a shared entry: a miss of the last
 * private level, a dirty line leaving it, a page walk, a prefetch that misses it, a fault. An
 * access probes before it changes anything; refused its turn, the core keeps its position and the
 * time of translation already spent, returns LAD_STOP_TURN, and later repeats that operand.
 */
#ifndef MEMLADDER_CORE_H
#define MEMLADDER_CORE_H

#include <memladder/host.h>

G_BEGIN_DECLS

/* Core time: sixteenths of a cycle. Core time to ps rounds down, ps to core time up. */
typedef guint64 LadTicks;

typedef enum {
    LAD_STOP_HORIZON, /* reached the horizon: events first */
    LAD_STOP_TURN,    /* needs something shared and another core or event is due first */
    LAD_STOP_END,     /* the thread's stream has ended, or failed (thread->error) */
    LAD_STOP_SLEEP,   /* the thread sleeps or gave up the core; the scheduler picks the next */
    LAD_STOP_LIMIT,   /* thread->stop_insns reached */
} LadCoreStop;

/* Counters that every core has. The stack rows are in sixteenths of a cycle and add up to
 * LAD_CORE_TICKS exactly (idle time apart). */
typedef enum {
    LAD_CORE_INSTRUCTIONS,
    LAD_CORE_LOADS, /* modify and atomic count in both */
    LAD_CORE_STORES,
    LAD_CORE_TICKS,            /* time with a thread */
    LAD_CORE_BASE,             /* dispatch and execution as if all were in the first level */
    LAD_CORE_FETCH_CACHE,      /* front end: waiting for instruction lines */
    LAD_CORE_FETCH_TLB,        /* front end: waiting for instruction translations */
    LAD_CORE_MEMORY_LATENCY,   /* waiting for data, as with idle tiers */
    LAD_CORE_MEMORY_BANDWIDTH, /* waiting for data, the queueing part */
    LAD_CORE_WALK,             /* waiting for data translations */
    LAD_CORE_FAULT,            /* page and hint faults */
    LAD_CORE_KERNEL,           /* migration, scan, reclaim, shootdown, switches on this core */
    LAD_CORE_BANDWIDTH_BOUND, /* of MEMORY_LATENCY and MEMORY_BANDWIDTH together: with many requests
                               * under way; no row of the stack */
    LAD_CORE_LATENCY_BOUND,   /* the rest of the two */
    LAD_CORE_IDLE,            /* gauge-like count of ticks without a thread (not in TICKS) */
    LAD_CORE_DEPENDENCE_UNKNOWN, /* data accesses whose address dependence the trace does not know
                                  */
    LAD_CORE_LATE_INVALIDATIONS, /* invalidations that reached this core after it had run past them
                                  */
    LAD_CORE_N_COUNTERS
} LadCoreCounter;

typedef struct LadCoreClass LadCoreClass;

struct LadCore {
    const LadCoreClass *class;
    LadHost *host;
    guint index;
    guint64 frequency_hz;
    guint occupancy_threshold; /* requests under way that make a wait one for bandwidth */
    void *params;
    void *state;       /* class->base.host_size bytes, zeroed */
    LadThread *thread; /* that it runs; NULL: idle */
    LadTicks now;      /* its clock; the dispatch time of its next access */
    LadTime turn;      /* `now` in ps, as the loop orders cores */
    guint64 common[LAD_CORE_N_COUNTERS];
    guint64 *counters;               /* the class's own table */
    LadTicks charged[LAD_N_CHARGES]; /* by charge, since the start; part of FAULT and KERNEL */
    LadTicks
        pending_charge[LAD_N_CHARGES]; /* CPU time taken by daemons, to be paid at the next turn */
};

struct LadCoreClass {
    LadModel base;
    gboolean timed; /* FALSE: `functional`, which keeps no time and needs no tiers */
    gboolean needs_future;
    gboolean page_level; /* replays traces of level page, with neither caches nor TLBs; the others
                          * replay all other levels */
    /* Required. Once per core, after its parameters are filled and the hierarchy exists. */
    gboolean (*init)(LadCore *core, GError **error);
    /* Optional. Frees what `state` points to. */
    void (*clear)(LadCore *core);
    /* Required. Run core->thread until a stop; per block it may run past `horizon` by one block,
     * and at a shared entry it must not pass `limit`. May change core->now, the thread's position,
     * and everything it reaches through shared entries. */
    LadCoreStop (*run)(LadCore *core, LadTime horizon, LadTime limit);
    /* Optional. The thread is about to leave or has just come: save or load positions, drain. */
    void (*detach)(LadCore *core);
    void (*attach)(LadCore *core);
    /* Optional. Bring counters up to date before they are read. */
    void (*refresh)(LadCore *core);
};

/* Core time of `core` as ps, rounded down, and ps as core time, rounded up: so a time that goes
 * from ps to core time and back is never earlier than it was. */
static inline LadTime
lad_ticks_to_ps(const LadCore *core, LadTicks ticks)
{
    return (LadTime)((unsigned __int128)ticks * (LAD_S / 16) / core->frequency_hz);
}

static inline LadTicks
lad_ticks_from_ps(const LadCore *core, LadTime ps)
{
    const LadTime second = LAD_S / 16;
    return (LadTicks)(((unsigned __int128)ps * core->frequency_hz + second - 1) / second);
}

G_END_DECLS
#endif
