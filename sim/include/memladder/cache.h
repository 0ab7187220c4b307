/* cache.h - the contract of caches: what can be said of one in a configuration, and what it counts.
 *
 * The engine's own set-associative cache is built for speed and lives in sim/cache/; its class
 * table carries options and counters like any model's. A group [cache.NAME] describes one cache, or
 * one per group of `shared-by` cores.
 */
#ifndef MEMLADDER_CACHE_H
#define MEMLADDER_CACHE_H

#include <memladder/model.h>

G_BEGIN_DECLS

/* Which references a cache or TLB serves. */
typedef enum { LAD_SIDE_UNIFIED, LAD_SIDE_INSTRUCTION, LAD_SIDE_DATA } LadSide;
typedef enum { LAD_WRITE_BACK, LAD_WRITE_THROUGH } LadWritePolicy;
/* In the order of the option's choices. */
typedef enum {
    LAD_REPLACE_LRU,
    LAD_REPLACE_TREE_PLRU,
    LAD_REPLACE_FIFO,
    LAD_REPLACE_RANDOM,
    LAD_REPLACE_SRRIP, /* from here on repeats change state, and TLBs have none of them */
    LAD_REPLACE_DRRIP
} LadReplacementKind;

/* The options of a group [cache.NAME]. */
typedef struct {
    guint64 level; /* 1 to 3; 1 is nearest to the core */
    guint side;    /* LadSide */
    LadBytes size; /* of one instance */
    guint64 ways;
    LadBytes line;
    guint64 latency; /* cycles from the core's request to data for a hit here */
    guint64 mshrs;
    guint replacement;  /* LadReplacementKind */
    guint write_policy; /* LadWritePolicy */
    gboolean write_allocate;
    gboolean inclusive; /* of all levels nearer to the cores */
    gboolean exclusive; /* of the levels nearer to the cores: filled by their victims */
    char **data_masks;  /* ways that fills may take: one mask for all cores, or one per core */
    char **code_masks;
    guint64 shared_by; /* adjacent cores per instance; 0: all cores share one */
    char **cores;      /* numbers; if given, one instance for exactly these cores */
} LadCacheParams;

/* Counters of one instance, in the order of the class's table. */
typedef enum {
    LAD_CACHE_FETCHES, /* instruction lines looked up */
    LAD_CACHE_FETCH_MISSES,
    LAD_CACHE_LOADS,
    LAD_CACHE_LOAD_MISSES,
    LAD_CACHE_STORES, /* modify and atomic count here and not as loads */
    LAD_CACHE_STORE_MISSES,
    LAD_CACHE_WALKS, /* reads of page tables */
    LAD_CACHE_WALK_MISSES,
    LAD_CACHE_PREFETCHES,
    LAD_CACHE_PREFETCH_MISSES,
    LAD_CACHE_WRITEBACKS_IN, /* dirty lines and written-through stores from the level above */
    LAD_CACHE_WRITEBACKS,    /* dirty lines and written-through stores that left downwards */
    LAD_CACHE_VICTIMS_IN,    /* clean lines from the level above, in an exclusive cache */
    LAD_CACHE_MERGES,        /* found a line still under way */
    LAD_CACHE_MSHR_WAITS,    /* misses that found all MSHRs taken */
    LAD_CACHE_INVALIDATIONS, /* lines dropped because another cache wanted so */
    LAD_CACHE_DOWNGRADES,    /* lines that another core's read made shared and clean */
    LAD_CACHE_N_COUNTERS
} LadCacheCounter;

typedef struct {
    LadModel base;
    /* Repeating a set's latest access changes no state, so that it need not be looked up. */
    gboolean repeats_are_idle;
} LadCacheClass;

extern const LadCacheClass lad_cache_set_associative;

G_END_DECLS
#endif
