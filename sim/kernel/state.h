/* state.h - the kernel's inside, shared by the files of this room and by nobody else.
 *
 * Per page: the hot word (8 bytes), list links (8, or the shadow entry), the owner (8), slot and
 * group (8), four bytes in its page table, and the policy's bytes (at most 8): 44 in all, and 16
 * more per mapping of a page with several.
 */
#ifndef LAD_KERNEL_STATE_H
#define LAD_KERNEL_STATE_H

#include "sim/kernel/kernel.h"
#include "sim/kernel/agescan.h"
#include "sim/kernel/offload.h"
#include "sim/kernel/pressure.h"
#include <memladder/placement.h>
#include <memladder/reclaim.h>
#include <memladder/tier.h>

/* ---- Options
 * ------------------------------------------------------------------------------------- */

typedef enum { LAD_READAHEAD_VMA, LAD_READAHEAD_CLUSTER } LadSwapReadahead;
typedef enum { LAD_NUMBER_IDENTITY, LAD_NUMBER_SEQUENTIAL, LAD_NUMBER_RANDOM } LadPageNumber;

typedef struct {
    guint page_number; /* LadPageNumber */
    guint huge_pages;  /* 0 never, 1 always */
    double time_scale;
    LadBytes min_free; /* 0: Linux's formula */
    guint64 watermark_scale_factor;
    gboolean zero_pages;
    guint64 kswapd_core;
    LadTime jiffy;
    LadBytes scan_size;
    LadTime scan_period_min, scan_period_max, scan_delay;
    LadTime start_phase;
    guint64 reclaim_target; /* pages; 0: the high watermark */
    gboolean per_cpu_lists;
    LadTable *start_placement;
    gboolean recursive_protection;
    guint oom; /* LadOomAction */
    LadTime fault_cost, cow_cost, hint_fault_cost, failed_candidate_cost;
    LadTime promotion_cost, demotion_cost, reclaim_scan_cost, deactivate_cost;
    guint64 page_cluster;
    guint swap_readahead;
    LadTime file_latency;
    LadTime swap_fault_cost, swap_wake_cost, swap_write_cost;
    LadTime scan_unmapped_cost, unmap_cost, free_cost;
    LadTime pte_mark_cost, pte_skip_cost, shootdown_cost, priority_step_cost, kswapd_wake_cost;
} LadKernelParams;

/* ---- Pages: storage and numbers (pages.c)
 * ---------------------------------------------------------- */

typedef struct {
    LadPage prev, next; /* prev is nearer to the head */
} LadPageLinks;

/* Who maps a page. One mapping: LAD_OWNER_ONE | process << 36 | virtual page. Several:
 * LAD_OWNER_SHARED | index of the first LadMapping. 0: nobody (page tables). */
typedef guint64 LadOwner;
#define LAD_OWNER_SHARED     ((guint64)1 << 63)
#define LAD_OWNER_ONE        ((guint64)1 << 62)
#define LAD_OWNER_SHIFT      36
#define LAD_OWNER_VPAGE_MASK (((guint64)1 << LAD_OWNER_SHIFT) - 1)

typedef struct {
    LadOwner owner;
    guint32 next; /* 0: last */
    guint32 n;    /* in the first: how many there are */
} LadMapping;

typedef struct {
    guint32 row[LAD_PAGE_COLOURS];       /* rows of this colour ever used */
    LadPage free_list[LAD_PAGE_COLOURS]; /* linked by LadPageLinks.next; LAD_PAGE_NONE: empty */
    LadPage free_groups[LAD_PAGE_COLOURS / LAD_HUGE_PAGES]; /* of 512, by the first's colour */
    guint32 max_rows;
    guint64 sequence; /* pages numbered so far */
    LadRandom random;
} LadNumbering;

/* Zero-filled memory for `bytes`, of which only what is touched costs anything. NULL with CAPACITY.
 */
void *lad_reserve_new(gsize bytes, GError **error);
void lad_reserve_free(void *memory, gsize bytes);

gboolean lad_pages_init(LadKernel *kernel, GError **error);
void lad_pages_clear(LadKernel *kernel);
/* A free logical page (n = 1) or the first of 512 (n = 512) of the colour that `vpage` asks for;
 * LAD_PAGE_NONE when there is none left. Its word, links and policy bytes are zero. */
LadPage lad_pages_take(LadKernel *kernel, guint64 vpage, guint n);
void lad_pages_give(LadKernel *kernel, LadPage page, guint n);

/* ---- Address spaces (pagetable.c, region.c)
 * --------------------------------------------------------- */

typedef struct LadPageTable LadPageTable;
struct LadPageTable {
    LadPage path[LAD_WALK_LEVELS]; /* the tables from the root down to this one */
    guint64 first;                 /* first virtual page below it */
    guint16 level;                 /* 0 root to 3 */
    guint16 n_used;
    gboolean touched; /* read by a walk; the accessed bit of the entry that points to it */
    union {
        /* Levels 0 to 2. At level 2 an odd value is a huge page: first logical page << 1 | 1. */
        guintptr child[512];
        LadPage leaf[512];
    };
};

#define LAD_SPACE_CACHE 64 /* leaf tables remembered by a small space */

/* A leaf table by the 2 MiB that it maps, so that most walks are one step. */
typedef struct {
    guint64 tag; /* virtual page >> 9, plus 1 */
    LadPageTable *table;
} LadCachedTable;

/* A mapped range, [start, end) in virtual pages. */
typedef struct {
    guint64 start, end;
    guint32 flags;  /* LAD_MAP_* */
    guint32 file;   /* index into kernel->files, 0: none */
    guint64 offset; /* of `start` in the file, in pages */
} LadRegion;

/* The window of the last swap-in (readahead.c). */
typedef struct {
    guint64 last; /* page or slot */
    guint window, hits;
} LadReadahead;

typedef struct {
    LadProcess *process;
    LadPageTable *root;
    LadCachedTable *cached; /* cache_mask + 1 of them: about as many as there are leaf tables */
    guint cache_mask;
    guint n_leaves;
    GArray *regions;  /* of LadRegion, sorted, disjoint */
    guint64 n_mapped; /* pages */
    /* The scanner's (hintscan.c). */
    guint64 next_scan;   /* jiffies; 0: not set yet */
    guint64 scan_at;     /* virtual page where the next scan begins */
    guint scan_sequence; /* passes over all of it that are through */
    LadReadahead readahead;
} LadSpace;

static inline LadSpace *
lad_space(const LadProcess *process)
{
    return process->space;
}

/* The 4 KiB page that maps `vpage` if its leaf table is remembered, else LAD_PAGE_NONE. Counts as a
 * walk that read the table. */
static inline LadPage
lad_space_quick(const LadSpace *space, guint64 vpage)
{
    const LadCachedTable *cached = &space->cached[((vpage >> 9) + 1) & space->cache_mask];
    if (cached->tag != (vpage >> 9) + 1)
        return LAD_PAGE_NONE;
    cached->table->touched = TRUE;
    return cached->table->leaf[vpage & 511];
}

LadSpace *lad_space_new(LadProcess *process);
void lad_space_free(LadSpace *space);
/* Make the tables down to the level that maps `vpage`. FALSE: out of memory (host->error). */
gboolean lad_space_make_tables(LadKernel *kernel, LadSpace *space, guint64 vpage, gboolean huge,
                               LadTime now);
/* Enter and remove; the tables exist. Only the table: no owner, no frame. */
void lad_space_enter(LadSpace *space, guint64 vpage, LadPage page, gboolean huge);
void lad_space_remove(LadSpace *space, guint64 vpage);
/* The logical page that maps `vpage` (of a huge page the part), or LAD_PAGE_NONE. */
LadPage lad_space_find(LadSpace *space, guint64 vpage, gboolean *huge);
/* Is nothing at all mapped in the 2 MiB around `vpage`? */
gboolean lad_space_huge_is_free(const LadSpace *space, guint64 vpage);
/* Turn a huge entry into 512 entries of its parts; table memory may fail. */
gboolean lad_space_split(LadKernel *kernel, LadSpace *space, guint64 vpage, LadTime now);
/* The first mapped virtual page in [from, to) and its page; FALSE if there is none. For a huge page
 * the part at `from` or its first. */
gboolean lad_space_next(LadSpace *space, guint64 from, guint64 to, guint64 *vpage, LadPage *page,
                        gboolean *huge);
/* The first lowest table with entries, or huge page (then NULL, and *huge set), at or after `from`,
 * and its first virtual page. FALSE if there is none. */
gboolean lad_space_next_range(const LadSpace *space, guint64 from, guint64 *first,
                              LadPageTable **table, LadPage *huge);
/* Free the tables that lie in [from, to), or cover part of it, and are empty. */
void lad_space_prune(LadKernel *kernel, LadSpace *space, guint64 from, guint64 to);

const LadRegion *lad_region_find(const LadSpace *space, guint64 vpage);
/* Does [start, end) lie in one private anonymous region, or touch none at all? */
gboolean lad_region_allows_huge(const LadSpace *space, guint64 start, guint64 end);
/* Whether hint faults can happen at a page, and the same up to which one. */
gboolean lad_region_takes_hints(const LadSpace *space, guint64 vpage, guint64 *end);
void lad_region_add(LadSpace *space, const LadRegion *region);
void lad_region_remove(LadSpace *space, guint64 start, guint64 end);

/* ---- Files (filemap.c)
 * ------------------------------------------------------------------------------ */

typedef struct LadFile LadFile;
/* Index of the file of this name, from 1; entered if new. */
guint32 lad_file_intern(LadKernel *kernel, const char *name);
/* The logical page that holds page `offset` of a file, or LAD_PAGE_NONE. */
LadPage lad_file_find(const LadKernel *kernel, guint32 file, guint64 offset);
void lad_file_enter(LadKernel *kernel, guint32 file, guint64 offset, LadPage page);
void lad_file_free(LadFile *file);

/* ---- Reverse mapping (rmap.c)
 * ----------------------------------------------------------------------- */

void lad_rmap_add(LadKernel *kernel, LadPage page, const LadProcess *process, guint64 vpage);
void lad_rmap_remove(LadKernel *kernel, LadPage page, const LadProcess *process, guint64 vpage);
guint lad_rmap_count(const LadKernel *kernel, LadPage page);
/* Mapping number i of the page, i < count. */
void lad_rmap_get(const LadKernel *kernel, LadPage page, guint i, LadProcess **process,
                  guint64 *vpage);
/* Drop the page's translations everywhere; returns the CPU time it takes. */
LadTime lad_rmap_shootdown(LadKernel *kernel, LadPage page, LadTime now);

/* ---- Frames and watermarks (frames.c)
 * --------------------------------------------------------------- */

/* The list of free frames before a tier's free memory (pcp.c). */
typedef struct {
    guint64 count;
    guint64 high;
    guint batch;
    guint factor;
} LadPerCpu;

typedef struct {
    LadTier *tier;
    guint64 total, free; /* 4 KiB frames; free ones on `pcp` are not in `free` */
    LadPerCpu pcp;
    guint64 mark[LAD_N_WMARKS];
    gboolean kept_free; /* kswapd works here */
    guint64 wake, target;
    guint64 promotion_floor;
    guint64 pool; /* frames that hold compressed pages */
} LadZone;

void lad_pcp_init(LadZone *zone, guint64 managed);
/* One frame from the list, which is refilled from `free` (> 0) if it is empty. */
void lad_pcp_take(LadZone *zone);
/* One frame to the list; `reclaiming`: the tier's daemon is at work. */
void lad_pcp_give(LadZone *zone, gboolean reclaiming);
/* All of it to `free`. */
void lad_pcp_drain(LadZone *zone);

void lad_frames_init(LadKernel *kernel);
/* Take n frames if more than `floor` stay free. */
gboolean lad_frames_take(LadKernel *kernel, guint tier, guint64 n, guint64 floor);
void lad_frames_give(LadKernel *kernel, guint tier, guint64 n);
/* Find room for n frames from `tier` down the ladder, then up; waking and, if need be, running
 * reclaim, whose time is added to *cost. LAD_TIER_NONE if nothing fits. */
guint lad_frames_find(LadKernel *kernel, guint tier, guint64 n, guint core, LadTime now,
                      LadTime *cost);
/* Set host->error: out of memory, with the numbers. */
void lad_frames_out_of_memory(LadKernel *kernel);

/* ---- Lists (lru.c)
 * ----------------------------------------------------------------------------------- */

typedef struct {
    LadPage head, tail;
    guint64 size; /* 4 KiB pages */
} LadList;

/* The lists of one group in one tier, and what reclaim remembers of them. Classes of lists:
 * inactive anonymous, active anonymous, inactive file, active file. */
typedef struct {
    LadList lists[LAD_LRU_LISTS];
    guint64 age;          /* nonresident_age: evictions and activations so far */
    guint64 cost[2];      /* of reclaiming anonymous and file pages */
    guint64 refaults[2];  /* what activated[] was, as of its flush, when the last reclaim ended */
    guint64 activated[2]; /* workingset_activate_anon and _file of this group */
    guint64 flushed_activated[2], flushed_size[4]; /* with the groups below, at the last flush */
} LadLruvec;

/* Take a page off its list, telling the model. */
void lad_lru_withdraw(LadKernel *kernel, LadPage page);

/* ---- Copies under way (copy.c)
 * ------------------------------------------------------------------------ */

/* A set of transfers that somebody waits for; they may be answered later (LAD_PENDING). */
typedef struct LadCopy LadCopy;
struct LadCopy {
    LadKernel *kernel;
    LadTime latest;                               /* end of those that have answered */
    guint pending;                                /* those that have not */
    LadTime extra;                                /* work of the waiting thread after the last */
    LadThread *thread;                            /* sleeps until they have; NULL: nobody */
    void (*finished)(LadCopy *copy, LadTime now); /* NULL: none; else called at the last answer */
    void *data;
    LadCopy *next_free;
};

/* From the kernel's pool; goes back when its last answer is in, or by lad_copy_settle. */
LadCopy *lad_copy_new(LadKernel *kernel, LadTime now);
/* Book n pages from `page` on as one transfer. */
void lad_copy_add(LadCopy *copy, guint tier, LadTransferKind kind, LadPage page, guint n,
                  LadTime now);
/* Everything is booked. If all have answered: the copy is freed and the end returned. Else
 * `thread`, if any, will be woken `extra` after the end, and LAD_PENDING is returned. */
LadTime lad_copy_settle(LadCopy *copy, LadThread *thread, LadTime extra);

/* ---- Reclaim (reclaim.c, kswapd.c)
 * --------------------------------------------------------------------- */

/* Let the model plan a pass whose tier, priority and target are set. Returns the CPU time. */
LadTime lad_reclaim_begin(LadKernel *kernel, LadScan *scan, LadMoveReason why, guint core,
                          LadTime now);
/* Let the model look at one more batch of the pass, and demote what it gave up. FALSE when the pass
 * is over, the model's end of it included. *cost: CPU time of the batch. */
gboolean lad_reclaim_batch(LadKernel *kernel, LadScan *scan, LadMoveReason why, LadCopy *copy,
                           guint core, LadTime now, LadTime *cost);
/* Does the policy demote, and is there a tier below to demote to? */
gboolean lad_reclaim_may_demote(const LadKernel *kernel, guint tier);
/* Pages that a pass over the tier shall free. */
guint64 lad_reclaim_target(const LadKernel *kernel, guint tier);
/* Reclaim about n pages of a tier on behalf of an allocation; returns the time it took. */
LadTime lad_reclaim_direct(LadKernel *kernel, guint tier, guint64 n, guint core, LadTime now,
                           guint64 *reclaimed);

/* A daemon's part of its core (fair.c); in kernel time. */
typedef struct {
    gboolean has_cpu;    /* else it waits while the core's thread runs */
    LadTime vruntime;    /* virtual time, in that of the thread */
    LadTime slice;       /* run since it got the CPU */
    LadTime rival_since; /* the thread's CPU time when that got the CPU */
} LadFair;

/* It wants the CPU: does it have it at once? */
void lad_fair_wake(LadKernel *kernel, LadFair *fair, LadTime now);
void lad_fair_spend(LadKernel *kernel, LadFair *fair, LadTime duration);
void lad_fair_sleep(LadKernel *kernel, LadFair *fair, LadTime now);
/* A tick of its core while it has work. TRUE: it gets the CPU now. */
gboolean lad_fair_tick(LadKernel *kernel, LadFair *fair, LadTime now);

typedef enum { LAD_KSWAPD_ASLEEP, LAD_KSWAPD_WORKING, LAD_KSWAPD_RECHECK } LadKswapdState;

typedef struct {
    LadKernel *kernel;
    guint tier;
    LadKswapdState state;
    gboolean in_pass;
    guint failures;    /* rounds in a row without a page */
    guint64 reclaimed; /* pages in this round */
    guint64 wanted;    /* free frames that a refused promotion needs, a huge page's above all */
    LadEvent event;    /* of the next batch, or of the recheck before sleeping */
    LadFair fair;
    gboolean parked; /* its next step waits for the CPU */
    LadScan scan;
    /* Of the pass, which goes over one group after the other: */
    LadScan prepared;
    guint group;
    gboolean begun; /* the group's part */
    guint64 pass_scanned, pass_reclaimed;
} LadKswapd;

void lad_kswapd_init(LadKernel *kernel);
guint lad_kswapd_core(const LadKernel *kernel);
/* A tick of the daemons' core. TRUE if it hits one of them and not the core's thread. */
gboolean lad_kswapd_tick(LadKernel *kernel, LadTime now);
gboolean lad_kswapd_is_working(const LadKernel *kernel);
/* A promotion needed `wanted` free frames and found fewer: wake the daemon to make them. */
void lad_kswapd_wake_for(LadKernel *kernel, guint tier, guint64 wanted, LadTime now);
/* After `tier` lost frames: wake its daemon if it has fallen below its mark. */
void lad_kswapd_check(LadKernel *kernel, guint tier, LadTime now);

/* ---- Migration (migrate.c)
 * ---------------------------------------------------------------------------- */

/* Move a page that is off the lists; its frames in `to` are taken already. Books the transfers on
 * `copy`, drops translations, gives its old frames back and puts it on its new list. Returns the
 * CPU time apart from the copy. */
LadTime lad_migrate_move(LadKernel *kernel, LadPage page, guint to, LadMoveReason why,
                         LadCopy *copy, LadTime now);
/* Set and clear bits in all words of a page, those of a huge page's parts included. */
void lad_page_change_all(LadKernel *kernel, LadPage page, LadPageWord set, LadPageWord clear);

/* ---- Pacing of the scanner (numapace.c)
 * --------------------------------------------------------------- */

/* Of one thread; CPU times and durations in kernel time, not scaled. */
typedef struct {
    gboolean started, checked;
    gboolean placed; /* the period has been adapted once */
    LadTime stamp;   /* CPU time of the last check */
    LadTime period;
    guint sequence; /* of the space, when the period was last adapted */
    guint64 retry;  /* jiffies */
    guint64 local, remote, failed;
    guint64 private_faults, shared_faults, private_before, shared_before;
} LadNumaTask;

/* Simulated time as kernel time: divided by kernel.time-scale. */
LadTime lad_kernel_time(const LadKernel *kernel, LadTime simulated);
/* How long before the run a jiffy began, in kernel time. */
LadTime lad_kernel_tick_phase(const LadKernel *kernel);
/* Jiffies since the kernel's start. */
guint64 lad_kernel_jiffies(const LadKernel *kernel, LadTime now);
LadNumaTask *lad_numa_task(LadThread *thread);
/* At a tick that hits the thread: is a scan to be made now? */
gboolean lad_numa_scan_is_due(LadKernel *kernel, LadThread *thread, LadTime now);
/* The scan was made from `now` on and took `cost` of simulated time. */
void lad_numa_scanned(LadKernel *kernel, LadThread *thread, LadTime now, LadTime cost);
/* How much simulated time must pass at least before a check can be due. */
LadTime lad_numa_next_check(const LadKernel *kernel, const LadThread *thread, LadTime now);

/* ---- Hotness (hotness.c) ----------------------------------------------------------------------
 */

/* Of the tier that pages are promoted to; milliseconds of kernel time. */
typedef struct {
    LadTime threshold; /* 0: the standard one */
    guint64 adjusted_ms, adjusted_candidates;
    guint64 window_ms, window_candidates;
} LadHotness;

/* ---- Start placement (start.c) ----------------------------------------------------------------
 */

/* Check the table. CONFIG. */
gboolean lad_start_init(LadKernel *kernel, GError **error);
/* Where the page at `vpage` is put at its first touch whatever the policy; LAD_TIER_NONE: the
 * policy decides. *active: it goes to the active list. */
guint lad_start_tier(const LadKernel *kernel, guint64 vpage, gboolean *active);

/* ---- Hint faults (hintscan.c)
 * -------------------------------------------------------------------------- */

/* Handle the touch of a marked page. */
void lad_hintscan_fault(LadKernel *kernel, LadThread *thread, guint core, LadPage page,
                        LadAccess access, LadTime now, LadFault *result);
/* Mark one page, so that its next touch faults. The caller drops its translations. */
void lad_hintscan_mark(LadKernel *kernel, LadPage page, LadTime now);
/* Begin the ticks, if the policy had any tier marked. */
void lad_hintscan_start(LadKernel *kernel);
/* Something has begun that needs every tick. */
void lad_hintscan_hurry(LadKernel *kernel, LadTime now);
/* A candidate for promotion, whether it is promoted or not. */
void lad_kernel_count_candidate(LadKernel *kernel, LadPage head);

/* ---- Mapping and unmapping pages (map.c)
 * --------------------------------------------------------------- */

/* Make a page with a frame: number, tier by the policy, lists; not mapped yet. LAD_PAGE_NONE: no
 * room (host->error is set unless huge). *cost grows by reclaim done for it. */
LadPage lad_page_new(LadKernel *kernel, const LadNewPage *wanted, LadPageWord flags, guint core,
                     LadTime now, LadTime *cost);
/* Enter and remove a mapping, in the table and in the page. Removing the last one frees the page;
 * `region` is where `vpage` lies (NULL: none). */
void lad_page_map(LadKernel *kernel, LadSpace *space, guint64 vpage, LadPage page, gboolean huge);
void lad_page_unmap(LadKernel *kernel, LadSpace *space, guint64 vpage, const LadRegion *region);
/* Split a huge page into its parts, each on the lists by itself. FALSE: no memory for the table. */
gboolean lad_page_split(LadKernel *kernel, LadSpace *space, guint64 vpage, LadTime now);

/* ---- The kernel
 * ---------------------------------------------------------------------------------------- */

typedef struct LadSwap LadSwap;

struct LadKernel {
    LadHost *host;
    LadKernelParams params;
    LadPageWord *words;
    LadPageLinks *links;
    LadOwner *owners;
    guint8 *policy_bytes; /* policy_size per page */
    guint policy_size;
    gsize max_pages;   /* length of the arrays */
    guint64 index_key; /* of random page numbers */
    LadNumbering numbering;
    GArray *mappings; /* of LadMapping; [0] unused */
    guint32 free_mapping;
    LadZone zones[LAD_MAX_TIERS];
    LadPageSwap *swaps;
    GPtrArray *groups; /* of LadCgroup; [0] is the host */
    LadLruvec *vecs;   /* by lad_lruvec() */
    guint n_groups;
    /* What charges keep of the last batch: pages of one group (the per-CPU stock). */
    guint stock_group;
    guint64 stock;
    guint64 stat_updates, stat_pending; /* of the flush threshold */
    LadSwap *swap;                      /* slots (swap.c) */
    LadPage rotating[15];               /* pages whose writes have ended (writeback.c) */
    guint n_rotating;
    GArray *waiters; /* threads that wait for pages being read (swapin.c) */
    LadReadahead readahead;
    LadKswapd kswapd[LAD_MAX_TIERS];
    struct LadSwapChain *chain; /* swapchain.c */
    GPtrArray *files;           /* of LadFile; [0] NULL */
    GHashTable *file_names;
    LadPlacement placement;
    LadFuture *future; /* NULL: the policy needs none */
    LadReclaim reclaim;
    LadEvent timer;
    GPtrArray *spaces; /* of LadSpace, by process id */
    LadCopy *free_copies;
    GPtrArray *copies;     /* all LadCopy ever made */
    guint32 marked_tiers;  /* bit per tier whose pages the scanner marks */
    guint32 marked_shared; /* the same, of processes with several threads */
    LadHotness hotness[LAD_MAX_TIERS];
    LadEvent tick;
    LadTime tick_time;
    gboolean mark_demoted;
    LadTime jiffy;           /* scaled */
    LadPressures *pressures; /* NULL: nothing is measured */
    LadOffloads *offloads;   /* NULL: there are no controllers */
    LadPageAge *ages;        /* by page; NULL: nobody wants them */
    LadThread *faulting;     /* whose fault is being handled */
    guint64 vm[LAD_VM_N_COUNTERS];
    LadCounter *list_counters; /* a row per list, for metrics */
    guint64 list_sizes[LAD_MAX_TIERS][LAD_LRU_LISTS];
};

static inline void
lad_kernel_account(LadKernel *kernel, LadVmCounter row, guint64 n)
{
    kernel->vm[row] += n;
}

#endif
