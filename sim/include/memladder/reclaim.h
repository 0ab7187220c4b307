/* reclaim.h - the contract of reclaim models: which pages of a tier go when it runs short.
 *
 * The kernel owns the storage of the lists (doubly linked, 32-bit links, up to LAD_LRU_LISTS per
 * tier; sizes in 4 KiB pages; a huge page is one element that counts 512), the daemon that runs
 * (kswapd.c), and the moving of pages; placement says where a page goes. The model decides on which
 * list a page is, in which order pages are looked at, and which of them are given up.
 *
 * A *pass* looks over one tier at one priority (12, gentle, down to 0, everything). It is worked
 * off in batches of LAD_SCAN_BATCH pages, between which simulated time goes by and others run.
 *
 * Words and accessed bits of pages, and counters, are asked for as policies do:
 * memladder/placement.h.
 */
#ifndef MEMLADDER_RECLAIM_H
#define MEMLADDER_RECLAIM_H

#include <memladder/host.h>

G_BEGIN_DECLS

#define LAD_LRU_LISTS        16
#define LAD_SCAN_BATCH       32
#define LAD_SCAN_VICTIMS     64 /* most that one batch may give up */
#define LAD_RECLAIM_PRIORITY 12

/* How a page comes under the model's control. */
typedef enum {
    LAD_ARRIVAL_TOUCH,     /* its first touch */
    LAD_ARRIVAL_PROMOTION, /* moved here by a fault on it; its word is as it was */
    LAD_ARRIVAL_DEMOTION,  /* moved here by reclaim */
    LAD_ARRIVAL_MOVE,      /* moved here by the policy */
    LAD_ARRIVAL_RETURN,    /* a victim that could not be moved */
    LAD_ARRIVAL_REFAULT,   /* brought back; ACTIVE if it was evicted too soon */
    LAD_ARRIVAL_SPLIT      /* part of a huge page that was under control */
} LadArrival;

typedef struct LadReclaimClass LadReclaimClass;

/* The model of one host. */
typedef struct {
    const LadReclaimClass *class;
    LadHost *host;
    LadKernel *kernel;
    void *params;
    void *state;       /* class->base.host_size bytes, zeroed */
    guint64 *counters; /* the class's own table */
} LadReclaim;

/* A pass under way, kept by the kernel from `begin` to the last `batch`. */
typedef struct {
    guint tier;
    guint group; /* whose pages are looked at; 0: those of no group */
    guint vec;   /* the lists of `group` in `tier`, lad_lruvec() */
    guint priority;
    gboolean background;          /* kswapd's, else on behalf of an allocation */
    gboolean proactive;           /* memory.reclaim */
    gboolean low_skipped;         /* memory.low kept something back that a second round may take */
    guint64 protection;           /* pages of the group that memory.min and low protect, ... */
    guint64 group_size;           /* ... of so many; 0: no protection */
    LadTime now;                  /* of the current call */
    guint64 target;               /* pages that the caller wants freed, over all its passes */
    guint64 reclaimed;            /* pages freed so far in this pass; kept by the kernel */
    guint64 reclaimed_before;     /* by the passes before, on behalf of the same caller */
    guint64 scanned;              /* pages looked at so far in this pass; kept by the model */
    guint64 quota[LAD_LRU_LISTS]; /* the model's plan: pages still to look at, per list */
    guint64 plan[LAD_LRU_LISTS];  /* what it was at first */
    guint64 work;                 /* or its own sum over the pass */
    /* The current call; cleared by the kernel before each, filled by the model. */
    guint n_victims;
    LadPage victims[LAD_SCAN_VICTIMS]; /* taken off their lists; only by `batch` */
    guint n_looked;                    /* pages looked at on inactive lists (cost, pgscan) */
    guint n_deactivated;               /* pages looked at on active lists (cost, pgrefill) */
    LadTime cost;                      /* further CPU time of the model's own work */
    LadTime slept;                     /* time that the reclaimer slept meanwhile */
    /* Filled by the kernel before a pass: pages leave memory (lad_pageout), or are handed over as
     * victims because they may be demoted. */
    gboolean swapping, demoting;
    guint target_group;         /* whose limit or request it is: `group` or one above */
    guint swappiness;           /* of the group; 0 to 200 */
    guint64 cost_of[2];         /* of reclaim, of anonymous and file pages of the target */
    gboolean may_deactivate[2]; /* of these types, if swapping */
    gboolean cache_trim;        /* only file pages: there are enough that are idle */
    gboolean force_deactivate;
    gboolean skipped_deactivate; /* set by the model: active pages were left alone */
    gboolean adjusted;           /* the model's: the target is reached, the rest is in proportion */
    guint64 n_freed, n_written;  /* the kernel's: of the current chunk */
} LadScan;

/* How many pages of a list of `size` a pass may reach at priority 0: less than all where the group
 * has protection (get_scan_count of Linux 6.1). */
static inline guint64
lad_scan_reach(const LadScan *scan, guint64 size)
{
    if (!scan->protection)
        return size;
    guint64 group = MAX(scan->group_size, scan->protection);
    guint64 reach = size - (guint64)((unsigned __int128)size * scan->protection / (group + 1));
    return MAX(reach, LAD_SCAN_BATCH);
}

struct LadReclaimClass {
    LadModel base;
    guint n_lists; /* 1 to LAD_LRU_LISTS */
    /* Names of the lists for metrics ("nr_inactive_anon"); n_lists of them. */
    const char *const *list_names;
    /* Optional. What each list holds: 1 if in use, plus 2 if of files. By it the working set is
     * weighed when an evicted page comes back; NULL: the model does that by itself. */
    const guint8 *list_classes;
    /* Optional. Once, after the parameters are filled. */
    gboolean (*init)(LadReclaim *reclaim, GError **error);
    /* Optional. Frees what `state` points to. */
    void (*clear)(LadReclaim *reclaim);
    /* Required. A page comes under control. Puts it on a list of the tier that holds it. */
    void (*add)(LadReclaim *reclaim, LadPage page, LadArrival why);
    /* Optional. Per page that leaves the lists by other hands than the model's (moved by the
     * policy, freed, split), before it is taken off. */
    void (*removed)(LadReclaim *reclaim, LadPage page);
    /* Required. Per lad_page_mark_accessed: software saw a use of the page. */
    void (*accessed)(LadReclaim *reclaim, LadPage page);
    /* Required. Is the page among those in use? */
    gboolean (*active)(const LadReclaim *reclaim, LadPage page);
    /* Required. Per pass: plan it (scan->quota); may do work that precedes it (aging), counted in
     * n_deactivated and cost. */
    void (*begin)(LadReclaim *reclaim, LadScan *scan);
    /* Required. Per batch: look at a batch of pages (two-list: up to LAD_SCAN_BATCH per list), take
     * at most LAD_SCAN_VICTIMS off. FALSE when the plan is worked off. */
    gboolean (*batch)(LadReclaim *reclaim, LadScan *scan);
    /* Optional; models that have it call lad_pageout and end a pass by themselves when its target
     * is reached, others hand over victims. A page whose write has ended goes to where it is looked
     * at first (it is on a list). */
    void (*rotated)(LadReclaim *reclaim, LadPage page);
    /* Optional, both or none. What to remember of a page that is evicted (40 bits), and what
     * becomes of it when it is back, with the lists it was on, by lad_page_change and
     * lad_workingset_count; it is added afterwards. Without them the refault distance decides
     * (sim/kernel/workingset.c). */
    guint64 (*evicted)(LadReclaim *reclaim, LadPage page);
    void (*refaulted)(LadReclaim *reclaim, LadPage page, guint64 token, gboolean was_active);
    /* Optional. The weight of anonymous pages, 0 to 200, of groups that have none of their own; 60
     * without it. */
    guint (*swappiness)(const LadReclaim *reclaim);
    /* Optional. Per pass, after its last batch, whether the plan was worked off or the target
     * reached. */
    void (*end)(LadReclaim *reclaim, LadScan *scan);
};

/* ---- The lists (sim/kernel/lru.c)
 * ------------------------------------------------------------------ */

/* The lists of a group's pages in a tier; of group 0 it is the tier's number. */
static inline guint
lad_lruvec(guint group, guint tier)
{
    return group * LAD_MAX_TIERS + tier;
}
/* Those that a page is on, or would be. */
guint lad_page_lruvec(const LadKernel *kernel, LadPage page);
/* How many there are: (groups) x LAD_MAX_TIERS. */
guint lad_lruvecs_n(const LadKernel *kernel);

/* Put a page that is on no list on `list` of the tier that holds it. */
void lad_lru_add_head(LadKernel *kernel, LadPage page, guint list);
void lad_lru_add_tail(LadKernel *kernel, LadPage page, guint list);
/* Take a page off its list. */
void lad_lru_remove(LadKernel *kernel, LadPage page);
/* The page at the end that is looked at first; LAD_PAGE_NONE if the list is empty. */
LadPage lad_lru_tail(const LadKernel *kernel, guint vec, guint list);
/* The neighbour nearer to the head; LAD_PAGE_NONE at the head. */
LadPage lad_lru_newer(const LadKernel *kernel, LadPage page);
/* In 4 KiB pages. */
guint64 lad_lru_size(const LadKernel *kernel, guint vec, guint list);
/* The list that a page with LAD_PAGE_LRU is on. */
guint lad_lru_list(const LadKernel *kernel, LadPage page);
/* Set and clear bits of the page's word (of a huge page: its first). */
void lad_page_change(LadKernel *kernel, LadPage page, LadPageWord set, LadPageWord clear);

/* The same as reclaim sees it where pages are swapped: as of the last flush of statistics, the
 * groups below included. */
guint64 lad_lru_seen_size(const LadKernel *kernel, guint vec, guint list);
/* Is list `inactive` too short against the one after it (two-list)? */
gboolean lad_lru_inactive_is_low(const LadKernel *kernel, guint vec, guint inactive);
/* Put the pages whose writes have ended where they belong; before a list is looked at. */
void lad_lru_drain(LadKernel *kernel);

/* ---- Giving pages up (sim/kernel/pageout.c, balance.c) -----------------------------------------
 */

typedef enum {
    LAD_PAGEOUT_GONE,     /* freed, or handed to others: the page is no longer the model's */
    LAD_PAGEOUT_KEEP,     /* under writeback: back to its list */
    LAD_PAGEOUT_ACTIVATE, /* could not be written: to the pages in use */
} LadPageout;

/* Give up a page that is off the lists and was not used: unmap it, write it if it is newer than its
 * copy, free it if it need not be written. Only if scan->swapping and not scan->demoting. */
LadPageout lad_pageout(LadKernel *kernel, LadScan *scan, LadPage page);
/* The model looks at a page that it has taken off: counts its cost, and delivers the writes that
 * have ended by now. */
void lad_scan_look(LadKernel *kernel, LadScan *scan, LadPage page);
/* Deliver the writes that have ended by now, before pages are taken off a list. */
void lad_scan_poll(LadKernel *kernel, const LadScan *scan);
/* The model makes a page active: its slot goes if slots are scarce. */
void lad_scan_activated(LadKernel *kernel, LadScan *scan, LadPage page);
/* All pages taken off are back or gone: uncharge what was freed, note what it cost. `type`: 0
 * anonymous, 1 files. */
void lad_scan_end_chunk(LadKernel *kernel, LadScan *scan, guint type);
/* The time that the scan has come to within the current call. */
LadTime lad_scan_clock(const LadKernel *kernel, const LadScan *scan);
/* Can anonymous pages go anywhere? */
gboolean lad_scan_has_swap(const LadKernel *kernel, const LadScan *scan);
/* How much of what `priority` allows is looked at: share[type] / whole. */
void lad_scan_share(const LadKernel *kernel, const LadScan *scan, guint64 share[2], guint64 *whole);
/* Count an event of the page's group and of the host. */
void lad_page_count(LadKernel *kernel, LadPage page, guint vm_counter, guint64 n);

/* LAD_SWAP_* of a page, and changing them. */
guint lad_page_swap_flags(const LadKernel *kernel, LadPage page);
void lad_page_swap_change(LadKernel *kernel, LadPage page, guint set, guint clear);
/* Has it a slot (one that is in memory is then in the swap cache)? Has it been written since a back
 * end took it, if one did? */
gboolean lad_page_is_swapcached(const LadKernel *kernel, LadPage page);
gboolean lad_page_is_dirty(const LadKernel *kernel, LadPage page);
/* `n` pages were evicted from, or activated in, these lists. */
void lad_workingset_age(LadKernel *kernel, guint vec, guint64 n);
/* Count what became of a page that is back; REFAULT_SEEN once, the others as they apply. */
typedef enum { LAD_REFAULT_SEEN, LAD_REFAULT_ACTIVATE, LAD_REFAULT_RESTORE } LadRefault;
void lad_workingset_count(LadKernel *kernel, LadPage page, LadRefault what);

/* ---- Page tables by range (sim/kernel/ranges.c) ---------------------------------------------- */

/* 2 MiB of an address space: what one table of the lowest level maps, or one huge page. */
typedef struct {
    guint32 process;      /* index into host->processes */
    guint64 first;        /* virtual page, a multiple of 512 */
    LadPage huge;         /* LAD_PAGE_NONE: mapped page by page */
    const LadPage *pages; /* 512 of them, LAD_PAGE_NONE where nothing is mapped; NULL if huge */
    guint n_mapped;       /* how many of them are */
    gboolean touched;     /* a walk read the table since lad_range_next last met it (its accessed
                             bit, which that clears) */
} LadRange;

/* Before the first range of a process. */
void lad_range_start(LadRange *range, guint process);
/* The next range in which something is mapped, by address; FALSE if there is none. */
gboolean lad_range_next(LadKernel *kernel, LadRange *range);
/* The range of a page's (first) mapping, and its place there; FALSE if nothing maps it. */
gboolean lad_range_of(LadKernel *kernel, LadPage page, LadRange *range, guint *at);

G_END_DECLS
#endif
