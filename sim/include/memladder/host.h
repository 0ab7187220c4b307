/* host.h - a simulated machine and what runs on it, as its parts see it.
 *
 * A run holds one LadCluster of hosts on one queue; a lone machine is host 0. There is no global
 * machine. Parts reach each other through their host only, and what a room may not include it calls
 * through LadHostHooks.
 */
#ifndef MEMLADDER_HOST_H
#define MEMLADDER_HOST_H

#include <memladder/configuration.h>
#include <memladder/event.h>
#include <memladder/heat.h>
#include <memladder/model.h>
#include <memladder/page.h>
#include <memladder/random.h>
#include <memladder/trace.h>

G_BEGIN_DECLS

typedef struct LadCluster LadCluster;
typedef struct LadHost LadHost;
typedef struct LadCore LadCore;           /* core.h */
typedef struct LadTier LadTier;           /* tier.h */
typedef struct LadLink LadLink;           /* link.h */
typedef struct LadKernel LadKernel;       /* sim/kernel/kernel.h */
typedef struct LadHierarchy LadHierarchy; /* sim/cache/hierarchy.h */
typedef struct LadScheduler LadScheduler; /* sim/kernel/sched.h */
typedef struct LadContents LadContents;   /* sim/kernel/content.c */
typedef struct LadProcess LadProcess;
typedef struct LadThread LadThread;

/* An address space. */
struct LadProcess {
    LadHost *host;
    guint32 id;             /* dense per host, from 0; also the ASID */
    guint32 origin_process; /* id in the trace */
    LadCluster *cluster;
    void *space;         /* page table, owned by the kernel (sim/kernel/pagetable.h) */
    gboolean killed;     /* out of memory: its threads end at their next fault */
    void **policy_state; /* one per model with a process_size, by LadKernel's numbering */
    guint32 n_threads;
    guint32 group;        /* cgroup, dense per host; 0: none */
    gboolean switched_to; /* a core has switched to one of its threads; reclaim clears it */
};

/* The states are the kernel's, so that pressure (PSI) is computed and not guessed. */
typedef enum {
    LAD_THREAD_RUNNABLE,
    LAD_THREAD_RUNNING,
    LAD_THREAD_MEMSTALL, /* asleep until memory is there (swap-in, refault, reclaim) */
    LAD_THREAD_IOWAIT,   /* asleep on other I/O */
    LAD_THREAD_DONE,
    LAD_THREAD_ASLEEP, /* of its own will, until a time: idle periods, the pace of the trace */
} LadThreadState;

/* One stream of a trace being replayed. */
struct LadThread {
    LadProcess *process;
    guint32 id;     /* dense per host, from 0 */
    guint32 stream; /* of the trace */
    LadThreadState state;
    LadCore *core; /* that runs it or ran it last; NULL before */
    LadTraceReader *trace;
    LadStreamReader *reader;
    const LadCode *code;
    /* Position: the batch in progress and the next token and address in it. A core saves it here
     * whenever it lets go of the thread, at a token boundary; finer positions stay in the core. */
    const LadBatch *batch; /* NULL: none in progress */
    guint32 token;
    guint32 address;
    /* Inside the token, where a core let go of a thread that went to sleep in the middle of it. */
    struct {
        gboolean inside;
        guint32 segment, operand;
        guint8 fetched, part;
    } within;
    guint64 n_insns; /* executed so far, this pass and earlier ones; at level page: touches */
    guint64 n_data;
    guint64 n_records;
    guint64 stop_insns;     /* the core lets go at the first token boundary at or past this many */
    guint64 address_offset; /* added to every data and code address (rate mode) */
    gboolean past_caches;   /* of level `miss`: its data accesses go to memory */
    guint32 passes_left;    /* repeats still to do when the stream ends */
    GError *error;          /* set by lad_thread_next_batch on failure */
    LadTime wake;           /* when it became runnable, for the scheduler */
    LadTime ran;            /* time with a core, up to when it last let go of one */
    LadTime since;          /* when it got the core it has */
    LadTime stolen;         /* time of daemons on its core while it had it */
    guint64 over_high; /* pages charged above memory.high, to be paid for (sim/kernel/limits.c) */
    void *sched_state;
    void *numa;    /* pacing of the scanner for hint faults (sim/kernel/numapace.c) */
    void *touches; /* level page: its interval in progress (sim/engine/interval.h) */
};

/* CPU time of a thread that has a core, without that of daemons on it. */
static inline LadTime
lad_thread_runtime(const LadThread *thread, LadTime now)
{
    LadTime all = thread->ran + (now > thread->since ? now - thread->since : 0);
    return all > thread->stolen ? all - thread->stolen : 0;
}

/* The next batch of the thread's stream: sets batch, token = address = 0. Handles the end of the
 * trace (stop, repeat). FALSE at the end or on failure (thread->error). Defined by sim/machine. */
gboolean lad_thread_next_batch(LadThread *thread);

typedef enum { LAD_ACCESS_READ, LAD_ACCESS_WRITE, LAD_ACCESS_FETCH } LadAccess;

/* Why a core's time goes to something that is not its program; rows of the CPI stack. */
typedef enum {
    LAD_CHARGE_FAULT,     /* page faults, hint faults, copy on write: entry, handling, exit */
    LAD_CHARGE_MIGRATION, /* page copies done by this core */
    LAD_CHARGE_SCAN,      /* hint scanner, page-table walks by the kernel */
    LAD_CHARGE_RECLAIM,   /* kswapd and direct reclaim */
    LAD_CHARGE_SHOOTDOWN, /* sending or taking TLB invalidations */
    LAD_CHARGE_SWITCH,    /* context switches */
    LAD_N_CHARGES
} LadCharge;

/* What the kernel asks of rooms it may not include. `host` is the caller's own. */
typedef struct {
    /* Drop the translation of `page` (mapped at `vpage` in `process`) at every core that may hold
     * it; reaches each at its next shared entry. Returns how many cores it interrupts. With `page`
     * LAD_PAGE_NONE all translations of `process` go (as Linux does above 33 pages); `vpage` is 0.
     */
    guint (*shootdown)(LadHost *host, LadProcess *process, guint64 vpage, LadPage page,
                       LadTime now);
    /* Take `duration` of CPU time on `core` from `now` on (daemons, interrupts). */
    void (*charge)(LadHost *host, guint core, LadTime now, LadTime duration, LadCharge why);
    /* Make a sleeping thread runnable at `when`. */
    void (*wake)(LadHost *host, LadThread *thread, LadTime when);
    /* A plain record of a stream that is no access (map, unmap, fork, switch, time, burst ...) was
     * reached at `now`. FALSE: the thread must let its core go (sleep, switch). */
    gboolean (*record)(LadHost *host, LadThread *thread, const LadRecord *record, LadTime now);
} LadHostHooks;

/* Who looks on while a host runs, and changes nothing; any may be NULL. */
typedef struct {
    /* A thread's translation was not in its first-level TLB (of instructions if `fetch`); `walked`:
     * in no TLB. Once for each miss that the TLB counts. */
    void (*tlb_miss)(void *data, const LadThread *thread, guint core, gboolean fetch,
                     gboolean walked, guint64 vpage);
    /* A burst or marker record of a thread is reached, on its core. */
    void (*mark)(void *data, const LadThread *thread, const LadRecord *record, LadTime now);
    /* `bytes` of a logical page move between the last cache and memory; `kind` is a
     * LadTransferKind. Page copies, which are the kernel's, are left out. `now` is not in order
     * across cores. */
    void (*traffic)(void *data, LadPage page, guint32 bytes, guint kind, LadTime now);
    void *data;
} LadWatch;

struct LadHost {
    guint index;
    gboolean flush_gaps; /* caches and TLBs are emptied at burst records */
    char *name;
    LadCluster *cluster;
    LadQueue *queue;
    LadConfig
        *config; /* of this machine; borrowed, for parts that read their own groups in `init` */
    guint64 seed;
    LadTime frequency_hz;  /* of its cores */
    gboolean blank;        /* built for its configuration alone: nothing will run on it, and what is
                            * large may be left out */
    double capacity_scale; /* run.capacity-scale; 0 as 1 */
    guint n_tiers;
    LadTier *tiers[LAD_MAX_TIERS]; /* byte-addressable ones first, fastest first */
    guint n_links;
    LadLink *links[LAD_MAX_TIERS];
    guint n_cores;            /* hardware threads: what the scheduler fills */
    guint threads_per_core;   /* 2: cores 2k and 2k + 1 share all that a core has */
    gboolean smt_competitive; /* and dispatch and window as they come, else half each */
    LadCore **cores;
    guint64 n_starts; /* threads put on cores so far */
    LadKernel *kernel;
    LadHierarchy *hierarchy;
    LadScheduler *scheduler;
    LadHeat *heat; /* traffic per page, added to by lad_tier_access for every line; never NULL */
    GPtrArray *processes; /* of LadProcess */
    GPtrArray *threads;   /* of LadThread */
    const LadHostHooks *hooks;
    const LadWatch *watch; /* NULL: nobody */
    LadContents *contents; /* how far pages compress; NULL: nobody wants to know */
    GPtrArray *notes;      /* of char *: what results should say of its parts; NULL: nothing */
    GError *error; /* first failure inside the model (out of memory, ...); the loop stops on it */
};

/* What its tiers have been multiplied by, and the share of pages that level `page` replays. */
static inline double
lad_host_capacity_scale(const LadHost *host)
{
    return host->capacity_scale > 0 ? host->capacity_scale : 1;
}

/* Something a reader of the results should know of a part; takes `text`. Defined by
 * sim/kernel/tiers.c. */
void lad_host_add_note(LadHost *host, char *text);

/* ---- Metrics: how every part shows its counters ------------------------------------------------
 */

/* One counter array (and its histograms), as the result reads it. */
typedef struct {
    char *part; /* "tier_far", "core0", "kernel", "placement"; unique per host */
    guint host;
    LadScope scope;
    guint index; /* of the instance within its scope */
    const LadCounter *table;
    const guint64 *values; /* one per row of the table */
    const LadHistogram *const
        *histograms; /* one per row, NULL where not LAD_HISTOGRAM; may be NULL */
    /* Called before `values` are read, to bring derived ones up to date (hits = references -
     * misses). May be NULL. */
    void (*refresh)(void *data);
    void *data;
} LadMetrics;

/* Make a part's counters known; everything is borrowed for the host's lifetime, `part` is copied.
 */
void lad_host_add_metrics(LadHost *host, const LadMetrics *metrics);

/* ---- Logs: what a part did step by step, where epochs would blur it ---------------------------
 */

typedef struct {
    const char *name, *unit, *help; /* as of a counter */
} LadLogColumn;

typedef struct {
    char *part; /* "offload_web"; unique among the host's logs */
    guint host;
    const LadLogColumn *columns; /* ends with a NULL name */
    guint n_columns;
    GArray *times;  /* of LadTime, ps, rising */
    GArray *values; /* of double, n_columns per time */
} LadLog;

/* A new, empty log that results will show; owned by the host. `part` is copied, `columns` borrowed.
 */
LadLog *lad_host_add_log(LadHost *host, const char *part, const LadLogColumn *columns);
/* A row: as many values as there are columns. */
void lad_log_add(LadLog *log, LadTime now, const double *values);

G_END_DECLS
#endif
