/* port.h - one core's way into the hierarchy: filters, TLBs, levels, messages.
 *
 * The filters hold, per slot, what was touched last: F the virtual line (one entry for loads and
 * fetches, one for stores, set only if the line is dirty), T the virtual page. An access that
 * passes both changes no state, so it needs neither look-up nor counter. F is set only once the
 * line's data has arrived. A slot is a set of the first-level cache as far as sets are told apart
 * by the offset in the page, so that whoever touches a set also overwrites its slot.
 */
#ifndef LAD_PORT_H
#define LAD_PORT_H

#include "sim/cache/cache.h"
#include "sim/cache/hierarchy.h"
#include "sim/cache/prefetch.h"
#include "sim/cache/tlb.h"
#include "sim/kernel/kernel.h"
#include <memladder/tier.h>

#define LAD_MAX_LEVELS 3
/* No virtual line or page has this number. */
#define LAD_FILTER_NONE G_MAXUINT64

/* Whether the commonest look-up has a short way: it does where the first level is private, is not
 * passed by, and has no marks; with marks the way is a little longer. */
typedef enum { LAD_QUICK_PLAIN, LAD_QUICK_MARKED, LAD_QUICK_NOT } LadQuick;

/* Index of the sides of a port. */
enum { LAD_PORT_DATA, LAD_PORT_FETCH, LAD_PORT_SIDES };

typedef enum {
    LAD_REACH_LOAD,
    LAD_REACH_STORE,
    LAD_REACH_FETCH,
    LAD_REACH_WALK,
    LAD_REACH_PREFETCH
} LadReach;

typedef enum {
    LAD_REPLY_DONE,
    LAD_REPLY_REFUSED, /* it is not its turn: come back */
    LAD_REPLY_WAIT,    /* for a transfer whose end is not known yet: come back then */
    LAD_REPLY_FAULTED, /* handled; pay for it and repeat the access */
    LAD_REPLY_SLEEP,   /* as FAULTED, but the thread sleeps first */
    LAD_REPLY_FAILED,  /* host->error is set */
    LAD_REPLY_RESTART  /* inside the hierarchy only */
} LadReplyStatus;

/* What an access came to. All times in clock units. */
typedef struct {
    LadClock ready;         /* when it is as good as a hit in the first level; LAD_CLOCK_PENDING */
    LadClock walk;          /* spent on translation before the caches were asked */
    LadClock queue;         /* the part of the wait after it that is queueing */
    LadClock blocked;       /* the part of the queueing before the request could start (MSHRs) */
    LadClock fault, kernel; /* FAULTED, SLEEP: CPU time to pay */
    guint32 pending;        /* DONE with LAD_CLOCK_PENDING: the number of the transfer */
    int way;                /* where the line is now in the level that asked */
    guint8 level;           /* index of the level that had the line; the number of levels: none */
    guint8 first_use;       /* it was there because of a prefetch */
} LadReply;

/* What other cores and the kernel want of a core's private levels. */
typedef enum {
    LAD_MESSAGE_PAGE,       /* drop the translation of a page */
    LAD_MESSAGE_PROCESS,    /* drop all translations of an address space */
    LAD_MESSAGE_INVALIDATE, /* drop a line */
    LAD_MESSAGE_DOWNGRADE,  /* write a dirty line back, keep it clean */
    LAD_MESSAGE_SHARE       /* a page is now used by other cores too */
} LadMessageKind;

typedef struct {
    guint8 kind;
    guint8 below; /* INVALIDATE, DOWNGRADE: caches of levels [1, below) */
    guint16 asid;
    guint32 number; /* line or logical page */
    guint64 vpage;
    LadClock time;
} LadMessage;

/* The walker's cache of upper-level entries: fully associative, most recent first. */
typedef struct {
    guint n, size;
    guint64 *keys;
} LadWalkCache;

struct LadPort {
    /* The filters, by side; two entries per slot of F: loads (or fetches), stores. */
    guint64 *filter[LAD_PORT_SIDES];
    guint64 filter_mask[LAD_PORT_SIDES];
    guint64 *pages[LAD_PORT_SIDES];
    guint64 *translations[LAD_PORT_SIDES]; /* by slot of T: logical page | LAD_TLB_* << 32 */
    guint64 pages_mask[LAD_PORT_SIDES];
    LadClock limit; /* shared entries only before this time */
    LadCache *level[LAD_PORT_SIDES][LAD_MAX_LEVELS];
    guint n_levels[LAD_PORT_SIDES];
    guint n_private[LAD_PORT_SIDES];
    LadTlb *tlb[LAD_PORT_SIDES], *tlb2[LAD_PORT_SIDES];
    LadPrefetchUnits *prefetch[LAD_PORT_SIDES]; /* NULL: no prefetchers */
    const struct LadPlan *plan; /* of the data access in progress, and its instruction there; NULL:
                                 * a plain record (for prefetchers that ask) */
    guint insn;
    guint8 quick[LAD_PORT_SIDES]; /* LadQuick: how quick.h serves the first level */
    guint line_shift, line_page_shift;
    gboolean simple[LAD_PORT_SIDES]; /* the first level is private and written back */
    /* SMT: the filters are those of the core's first hardware thread, and all that run there have
     * one address space, so that they may be used. */
    gboolean alike;
    gboolean past_caches; /* data accesses of the thread attached go to memory */
    guint64 asid;         /* of the process that runs, in the place it has in TLB keys */
    LadThread *thread;
    LadHierarchy *hierarchy;
    LadCore *core;
    guint8 index;   /* the core's number, or LAD_OWNER_SEVERAL where a byte does not hold it */
    LadClock spent; /* on the translation of the access that was refused or restarted */
    guint64 missed; /* the virtual page that an access of the side missed all TLBs with before it
                       was refused; LAD_FILTER_NONE */
    guint missed_side;
    LadClock drained; /* when all older loads of the core are done: a fault comes no earlier */
    LadReply reply;
    guint64 last_huge[LAD_PORT_SIDES];  /* the 2 MiB page whose 4 KiB parts T may hold */
    guint64 huge_slots[LAD_PORT_SIDES]; /* slots of T that hold them; bit slot mod 64 */
    LadMessage *messages;
    guint n_messages, max_messages;
    guint8 *asids;       /* which processes have translations here */
    LadPage walked_page; /* what the last walk found */
    guint walked_flags;
    gboolean walked_huge;
    LadWalkCache walk_cache[3]; /* pointers to page tables, directories, directory-pointer tables */
    guint64 fetches, loads, stores; /* references by line, added to by the core as it stops */
    guint64 walk_counters[LAD_WALK_N_COUNTERS];
    guint64 late_invalidations;
    LadTime settled;  /* ps: the time of the core's pending access while it does not run */
    gboolean waiting; /* for the end of some unanswered transfer */
    /* Called when an unanswered transfer has ended. May be NULL. */
    void (*arrived)(void *data, guint32 number, LadClock ready);
    void *arrived_data;
};

typedef struct {
    void (*walk)(LadKernel *kernel, LadProcess *process, guint64 vpage, LadWalk *walk);
    void (*peek)(LadKernel *kernel, LadProcess *process, guint64 vpage, LadWalk *walk);
    LadFault (*fault)(LadKernel *kernel, LadThread *thread, guint core, guint64 vaddr,
                      LadAccess access, LadTime now);
    guint64 (*page_index)(const LadKernel *kernel, LadPage page);
    LadTime (*transfer)(LadTier *tier, LadTime now, const LadTransfer *transfer);
} LadHierarchyCalls;

/* The kernel's own. */
extern const LadHierarchyCalls lad_hierarchy_kernel_calls;

/* What the hardware threads of one core share as they come. */
typedef struct {
    LadClock dispatch; /* when the next instruction can be dispatched */
} LadSiblings;

struct LadHierarchy {
    LadHost *host;
    const LadHierarchyCalls *calls;
    LadPageWord *words;
    guint line_shift, line_page_shift;
    LadPort *ports;    /* one per core */
    GPtrArray *caches; /* of LadCache */
    GPtrArray *tlbs;   /* of LadTlb, all cores' */
    LadWalkParams walk;
    LadSiblings *siblings; /* per core */
    guint walk_from;       /* the level that walks enter at */
    GPtrArray *params;     /* parameter structs, freed at the end */
    gboolean clustered;    /* some cache serves several cores, but not all */
    guint8 *sharing;       /* per logical page: 0, core + 1, or LAD_OWNER_SEVERAL; NULL: one core */
    guint32 n_sharing;
    guint32 last_transfer; /* number of the last transfer */
    guint serving;         /* the core whose fault is being handled, or G_MAXUINT */
    guint64 clock_numerator, clock_denominator; /* clock per ps */
    LadTime exact_ps; /* below it a product with the numerator fits 64 bits */
    LadClock exact_clock;
    LadClock idle[LAD_MAX_TIERS]; /* latency of an idle tier */
    LadPrefetching *prefetching;  /* NULL: no prefetchers */
    GHashTable *plans;            /* of LadPlans, by LadCode (sim/engine/plan.h) */
    GDestroyNotify free_plans;
};

/* Clock to ps, rounded down, and back, rounded up. */
static inline LadTime
lad_clock_to_ps(const LadHierarchy *h, LadClock clock)
{
    if (G_LIKELY(clock < h->exact_clock))
        return clock * h->clock_denominator / h->clock_numerator;
    return (LadTime)((unsigned __int128)clock * h->clock_denominator / h->clock_numerator);
}

static inline LadClock
lad_clock_from_ps(const LadHierarchy *h, LadTime ps)
{
    if (G_LIKELY(ps < h->exact_ps))
        return (ps * h->clock_numerator + h->clock_denominator - 1) / h->clock_denominator;
    unsigned __int128 clock =
        ((unsigned __int128)ps * h->clock_numerator + h->clock_denominator - 1) /
        h->clock_denominator;
    return clock > LAD_CLOCK_PENDING - 1 ? LAD_CLOCK_PENDING - 1 : (LadClock)clock;
}

/* Of the core that the port's hardware thread belongs to. */
LadSiblings *lad_port_siblings(LadPort *port);
LadPort *lad_hierarchy_port(LadHierarchy *hierarchy, guint core);
/* `thread` runs on the core from now on. */
void lad_port_attach(LadPort *port, LadThread *thread);
/* The setup of lad_hierarchy_setup with other calls than the kernel's (tests). */
gboolean lad_hierarchy_setup_with(LadHierarchy *hierarchy, const LadHierarchyCalls *calls,
                                  LadPageWord *words, GError **error);

/* One access to (part of) one line, by the thread attached. `now` is the dispatch time, by which
 * the access takes its turn; `issue` >= now the time its address is known. Fills port->reply. */
LadReplyStatus lad_port_access(LadPort *port, guint side, LadReach kind, guint64 vaddr,
                               guint32 bytes, LadClock now, LadClock issue);

/* ---- Between the files of sim/cache ------------------------------------------------------------
 */

/* coherence.c */
gboolean lad_port_take_messages(LadPort *port, LadClock now);
/* At clock `t`. */
void lad_port_post(LadPort *port, const LadMessage *message, LadClock t);
/* A core's write: all other cores that use the page drop the line. */
void lad_port_invalidate_others(LadPort *port, guint32 line, LadClock now);
/* Post to a core and those it shares a level below `message->below` with, but not to `except` (may
 * be NULL). */
void lad_port_post_owner(LadHierarchy *h, guint owner, const LadPort *except,
                         const LadMessage *message, LadClock now);
/* Drop `line` from the port's own caches of levels [1, below), as configurations number them. TRUE
 * if it was dirty there. */
gboolean lad_port_drop_line(LadPort *port, guint32 line, guint below);
/* The core fills its TLB with the page. Returns LAD_TLB_SHARED or 0. */
guint lad_port_share(LadPort *port, LadPage page, LadClock now);
void lad_port_drop_translations(LadPort *port, guint64 asid, gboolean all, guint64 vpage);

/* levels.c */
/* Bring `line` to level `from` of a side; the caller has its turn and has not found it there (a
 * walk has not looked). FALSE: an MSHR is taken by a transfer without a known end, nothing was
 * changed. Sets *ready, *queue, *blocked, *pending, *way and *level. */
gboolean lad_port_bring(LadPort *port, guint side, LadReach kind, guint from, guint32 line,
                        LadClock now, LadClock t, LadReply *reply);
/* The same past all levels, straight to memory: only MSHRs are taken. */
gboolean lad_port_bring_past(LadPort *port, guint32 line, LadClock now, LadClock t,
                             LadReply *reply);
/* A dirty line, or `bytes` of a written-through store, goes down from level `from` - 1. */
void lad_port_write_back(LadPort *port, guint from, guint32 line, guint32 bytes, LadClock t);
/* Where caches of data of level `level`, as configurations number them, and further ones begin:
 * sides need not have the same levels. */
static inline guint
lad_port_data_from(const LadPort *port, guint level)
{
    guint k = 0;
    while (k < port->n_levels[LAD_PORT_DATA] && port->level[LAD_PORT_DATA][k]->level < level)
        k++;
    return k;
}

/* Does bringing `line` to level 0 need more than private levels? */
gboolean lad_port_needs_turn(LadPort *port, guint side, guint32 line);

/* expect.c */
/* An access has missed the TLBs and is refused its turn: ask the host's caches for what it will
 * touch when it comes back. Changes nothing. */
void lad_port_expect(const LadPort *port, guint side, guint64 vaddr);
/* It has missed the first level: for what lies below. */
void lad_port_expect_below(const LadPort *port, guint side, guint32 line);

/* prefetch.c */
/* lad_port_quick where it is not plain. */
gboolean lad_port_quick_other(LadPort *port, guint side, gboolean store, guint64 vaddr,
                              LadClock now);

/* walk.c */
LadReplyStatus lad_port_walk(LadPort *port, guint side, LadReach kind, guint64 vaddr, LadClock now,
                             LadClock issue);
LadReplyStatus lad_port_fault(LadPort *port, guint64 vaddr, LadReach kind, LadClock t);
gboolean lad_walk_cache_find(LadWalkCache *cache, guint64 key);

static inline void
lad_port_forget_slot(LadPort *port, guint side, guint32 line)
{
    guint64 *slot = port->filter[side] + 2 * (line & port->filter_mask[side]);
    slot[0] = slot[1] = LAD_FILTER_NONE;
}

/* It has its turn, as far as time goes. */
static inline gboolean
lad_port_granted(const LadPort *port, LadClock now)
{
    return now < port->limit;
}

static inline guint32
lad_port_line(const LadPort *port, LadPage page, guint64 vaddr)
{
    return page << port->line_page_shift |
           ((guint32)(vaddr >> port->line_shift) & ((1u << port->line_page_shift) - 1));
}

#endif
