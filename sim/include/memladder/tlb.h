/* tlb.h - the contract of TLBs and of the page walker: options and counters.
 *
 * A group [tlb.NAME] describes one TLB per core, or one per `shared-by` cores; [walk] the page
 * walker and its cache of upper-level entries. The engine's own are in sim/cache/.
 */
#ifndef MEMLADDER_TLB_H
#define MEMLADDER_TLB_H

#include <memladder/cache.h>

G_BEGIN_DECLS

/* How a TLB holds translations of 2 MiB pages. */
typedef enum {
    LAD_TLB_HUGE_SEPARATE, /* in entries of their own */
    LAD_TLB_HUGE_SHARED,   /* in the same entries as 4 KiB pages */
    LAD_TLB_HUGE_NONE      /* not at all: a 2 MiB page is never found here */
} LadTlbHuge;

/* The options of a group [tlb.NAME]. */
typedef struct {
    guint64 level;   /* 1 or 2 */
    guint side;      /* LadSide */
    guint64 entries; /* for 4 KiB pages */
    guint64 ways;
    guint64 latency;                 /* cycles that a hit here costs beyond a hit in level 1 */
    guint huge;                      /* LadTlbHuge */
    guint64 huge_entries, huge_ways; /* with LAD_TLB_HUGE_SEPARATE */
    guint replacement;               /* LadReplacementKind */
    guint64 shared_by;               /* adjacent cores per instance; 0: all cores share one */
    guint64 asids;                   /* address spaces that one entry serves, 1 to 8 */
    guint64 asid_tags;               /* address spaces that tags tell apart */
} LadTlbParams;

/* Address spaces that the engine tells apart at all. */
#define LAD_TLB_MAX_ASIDS 65535

typedef enum {
    LAD_TLB_LOOKUPS, /* level 1: one per instruction line and data access */
    LAD_TLB_MISSES,
    LAD_TLB_SHOOTDOWNS, /* entries dropped by shootdowns */
    LAD_TLB_JOINS,      /* misses after which an entry serves one more address space */
    LAD_TLB_N_COUNTERS
} LadTlbCounter;

/* Where the reads of page walks enter the caches. */
typedef enum { LAD_WALK_ENTER_FIRST, LAD_WALK_ENTER_NEXT, LAD_WALK_ENTER_NONE } LadWalkEnter;

/* The options of the group [walk]. */
typedef struct {
    guint64 latency;       /* cycles of the walker itself per walk, on top of its reads */
    guint64 pde_entries;   /* cached pointers to page tables; fully associative, LRU */
    guint64 pdpte_entries; /* to page directories */
    guint64 pml4e_entries; /* to page-directory-pointer tables */
    guint enter;           /* LadWalkEnter */
} LadWalkParams;

/* Counters of one core's walker. */
typedef enum {
    LAD_WALK_WALKS,
    LAD_WALK_FETCH_WALKS, /* of them, for instructions */
    LAD_WALK_READS,       /* of table entries through the caches */
    LAD_WALK_PDE_HITS,    /* reads saved: all but the last */
    LAD_WALK_PDPTE_HITS,
    LAD_WALK_PML4E_HITS,
    LAD_WALK_FAULTS, /* faults raised by accesses of this core */
    LAD_WALK_TICKS,  /* sum of walk lengths, sixteenths of a cycle */
    LAD_WALK_N_COUNTERS
} LadWalkCounter;

typedef struct {
    LadModel base;
    gboolean repeats_are_idle; /* as for caches */
} LadTlbClass;

extern const LadTlbClass lad_tlb_set_associative;
/* Options and counters of [walk]. */
extern const LadOption lad_walk_options[];
extern const LadCounter lad_walk_counters[];

G_END_DECLS
#endif
