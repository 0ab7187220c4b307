/* placement.h - the contract of placement policies: where a new page starts, which page comes up,
 * and where a page that reclaim picked goes.
 *
 * A policy sees what a kernel sees: first touches, hint faults, pages that reclaim found cold,
 * migrations done, timers. It answers with tiers (indexes into host->tiers, fastest first); the
 * kernel does the moving, pays for it and counts it. What a policy may ask and do is below the
 * class table; what two policies need belongs in sim/kernel/.
 */
#ifndef MEMLADDER_PLACEMENT_H
#define MEMLADDER_PLACEMENT_H

#include <memladder/future.h>
#include <memladder/host.h>

G_BEGIN_DECLS

typedef struct LadPlacementClass LadPlacementClass;

/* The policy of one host. */
typedef struct {
    const LadPlacementClass *class;
    LadHost *host;
    LadKernel *kernel;
    void *params;            /* as class->base.options fill it */
    void *state;             /* class->base.host_size bytes, zeroed */
    guint64 *counters;       /* the class's own table */
    const LadFuture *future; /* from `setup` on, if class->needs_future; else NULL */
} LadPlacement;

/* A page that is about to be touched for the first time. */
typedef struct {
    const LadProcess *process;
    guint64 vpage;     /* 4 KiB units */
    gboolean file;     /* of a file, else anonymous */
    gboolean shmem;    /* anonymous, but shared between mappings (tmpfs) */
    gboolean huge;     /* 2 MiB */
    LadThread *thread; /* that touches it; NULL: nobody waits */
} LadNewPage;

/* A touch of a page that the scanner had marked. The mark is gone already. */
typedef struct {
    LadProcess *process;
    LadThread *thread;
    guint core;
    LadPage page;
    guint tier; /* that holds it */
    LadAccess access;
    gboolean demoted; /* reclaim had moved it down since it was last up (PG_demoted); cleared
                       * when the policy asks for its promotion */
    LadTime age; /* since it was marked, by the scanner or by its demotion: kernel time in whole ms,
                         not multiplied by kernel.time-scale */
    LadTime now;
} LadHintFault;

typedef enum {
    LAD_MOVE_PROMOTION,       /* asked for by hint_fault */
    LAD_MOVE_DEMOTION_KSWAPD, /* picked by background reclaim */
    LAD_MOVE_DEMOTION_DIRECT, /* picked by reclaim on behalf of an allocation */
    LAD_MOVE_POLICY,          /* asked for by the policy through lad_migrate */
} LadMoveReason;

struct LadPlacementClass {
    LadModel base;
    gboolean counts_candidates; /* calls lad_hotness_admit, which counts them; else the kernel
                                 * counts each page that hint_fault wants promoted */

    gboolean
        needs_future; /* an oracle: is handed what a first pass saw; has `oracle` in its name */
    guint n_plans;    /* of an oracle: plans to try (policy->future->trial); 0 means 1 */
    /* Optional. Once, after the parameters are filled; the tiers exist. */
    gboolean (*init)(LadPlacement *policy, GError **error);
    /* Optional. Once, after all parts exist: which tiers are marked for hint faults, which are kept
     * free by kswapd, timers. */
    gboolean (*setup)(LadPlacement *policy, GError **error);
    /* Optional. Frees what `state` points to. */
    void (*clear)(LadPlacement *policy);
    /* Required. Per first touch: the tier where the page should start. If it has no room above its
     * low watermark the kernel goes down the ladder from there, then up. */
    guint (*place)(LadPlacement *policy, const LadNewPage *page);
    /* Optional. Per touch of a marked page: the tier to move it to now, or LAD_TIER_NONE to leave
     * it (the default). The kernel checks that there is room above the high watermark. */
    guint (*hint_fault)(LadPlacement *policy, const LadHintFault *fault);
    /* Optional. Per page that reclaim picked in `from`: the tier it goes to, or LAD_TIER_NONE: it
     * stays. Without it nothing is demoted. */
    guint (*demote)(LadPlacement *policy, LadPage page, guint from);
    /* Optional. After a page has moved. */
    void (*moved)(LadPlacement *policy, LadPage page, guint from, guint to, LadMoveReason why,
                  LadTime now);
    /* Optional. At the times asked for by lad_placement_set_timer. */
    void (*timer)(LadPlacement *policy, LadTime now);
};

/* ---- What a policy may do in `setup`
 * -------------------------------------------------------------- */

/* Have the scanner mark pages of this tier; nothing is scanned while no tier is marked. */
void lad_hintscan_mark_tier(LadKernel *kernel, guint tier);
/* The same for processes with several threads only. */
void lad_hintscan_mark_shared(LadKernel *kernel, guint tier);
/* Mark a page again when it is demoted, so that its next touch faults (TPP). */
void lad_hintscan_mark_demoted(LadKernel *kernel);
/* Have kswapd keep this tier free by demotion: an allocation that leaves fewer than `wake` free
 * pages wakes it, and it works until more than `target` are free. Needs the hook `demote`. */
void lad_kswapd_keep_free(LadKernel *kernel, guint tier, guint64 wake, guint64 target);
/* Let promotions use memory down to this watermark of the tier they go to (default: high). */
void lad_migrate_set_promotion_floor(LadKernel *kernel, guint tier, guint64 pages);
/* Call the hook `timer` at `when` (or as soon as possible); one timer per policy, the latest call
 * counts. Also callable later. */
void lad_placement_set_timer(LadPlacement *policy, LadTime when);
/* A duration of kernel time as simulated time: multiplied by kernel.time-scale. */
LadTime lad_kernel_scaled(const LadKernel *kernel, LadTime duration);

/* ---- What a policy may ask at any time
 * ------------------------------------------------------------ */

typedef enum {
    LAD_WMARK_MIN,
    LAD_WMARK_LOW,
    LAD_WMARK_HIGH,
    LAD_WMARK_PROMO,
    LAD_N_WMARKS
} LadWatermark;

/* Of a tier, by its index in host->tiers: frames that pages can be given, those that are free, and
 * a watermark. All in 4 KiB pages. */
guint64 lad_frames_total(const LadKernel *kernel, guint tier);
guint64 lad_frames_free(const LadKernel *kernel, guint tier);
guint64 lad_frames_watermark(const LadKernel *kernel, guint tier, LadWatermark mark);

/* The page's word; of a huge page its first. */
LadPageWord lad_page_word(const LadKernel *kernel, LadPage page);
/* The policy's own bytes of a page (class->base.page_size of them), zero when the page is new. */
void *lad_placement_page(LadPlacement *policy, LadPage page);
/* Is it on a list of pages in use? */
gboolean lad_page_is_active(const LadKernel *kernel, LadPage page);
/* Note a use of the page, as the kernel's mark_page_accessed: the first makes it referenced, the
 * second active. */
void lad_page_mark_accessed(LadKernel *kernel, LadPage page);
/* Test and clear the accessed bit (for a huge page: of any of its parts). */
gboolean lad_page_test_clear_accessed(LadKernel *kernel, LadPage page);

/* Names as in /proc/vmstat; counted by the mechanisms, and by policies where they decide. */
typedef enum {
    LAD_VM_PGFAULT,
    LAD_VM_PGALLOC,
    LAD_VM_PGFREE,
    LAD_VM_COW_FAULT,
    LAD_VM_THP_FAULT_ALLOC,
    LAD_VM_THP_FAULT_FALLBACK,
    LAD_VM_THP_SPLIT_PAGE,
    LAD_VM_NUMA_PTE_UPDATES,
    LAD_VM_NUMA_HINT_FAULTS,
    LAD_VM_NUMA_HINT_FAULTS_LOCAL,
    LAD_VM_NUMA_PAGES_MIGRATED,
    LAD_VM_PGPROMOTE_SUCCESS,
    LAD_VM_PGPROMOTE_CANDIDATE,
    LAD_VM_PGPROMOTE_CANDIDATE_DEMOTED,
    LAD_VM_PGPROMOTE_CANDIDATE_ANON,
    LAD_VM_PGPROMOTE_CANDIDATE_FILE,
    LAD_VM_PGPROMOTE_TRIED,
    LAD_VM_PGPROMOTE_ANON,
    LAD_VM_PGPROMOTE_FILE,
    LAD_VM_PGDEMOTE_KSWAPD,
    LAD_VM_PGDEMOTE_DIRECT,
    LAD_VM_PGDEMOTE_ANON,
    LAD_VM_PGDEMOTE_FILE,
    LAD_VM_PGDEMOTE_PROMOTED,
    LAD_VM_PGMIGRATE_SUCCESS,
    LAD_VM_PGMIGRATE_FAIL,
    LAD_VM_PGMIGRATE_FAIL_DST_NODE_FULL,
    LAD_VM_PGMIGRATE_FAIL_NUMA_ISOLATE,
    LAD_VM_PGMIGRATE_FAIL_NOMEM,
    LAD_VM_PGACTIVATE,
    LAD_VM_PGDEACTIVATE,
    LAD_VM_PGREFILL,
    LAD_VM_PGSCAN_KSWAPD,
    LAD_VM_PGSCAN_DIRECT,
    LAD_VM_PGSTEAL_KSWAPD,
    LAD_VM_PGSTEAL_DIRECT,
    LAD_VM_PAGEOUTRUN,
    LAD_VM_ALLOCSTALL,
    LAD_VM_TLB_SHOOTDOWN,
    LAD_VM_FAULT_PS,
    LAD_VM_MIGRATION_PS,
    LAD_VM_SCAN_PS,
    LAD_VM_RECLAIM_PS,
    LAD_VM_SHOOTDOWN_PS,
    LAD_VM_NR_PAGE_TABLE_PAGES,
    LAD_VM_NR_MAPPED,
    LAD_VM_DISPLACED,
    LAD_VM_PGMAJFAULT,
    LAD_VM_PSWPIN,
    LAD_VM_PSWPOUT,
    LAD_VM_PGPGIN,
    LAD_VM_PGPGOUT,
    LAD_VM_SWAP_RA,
    LAD_VM_SWAP_RA_HIT,
    /* Of anonymous and then of file pages. */
    LAD_VM_WORKINGSET_REFAULT_ANON,
    LAD_VM_WORKINGSET_REFAULT_FILE,
    LAD_VM_WORKINGSET_ACTIVATE_ANON,
    LAD_VM_WORKINGSET_ACTIVATE_FILE,
    LAD_VM_WORKINGSET_RESTORE_ANON,
    LAD_VM_WORKINGSET_RESTORE_FILE,
    LAD_VM_N_COUNTERS
} LadVmCounter;

/* Add `n` to a counter of the host, in the counter's unit; and what it stands at. */
void lad_vm_count(LadKernel *kernel, LadVmCounter counter, guint64 n);
guint64 lad_vm_counter(const LadKernel *kernel, LadVmCounter counter);
/* Pages that a page stands for: 1, or 512 for a huge page. */
guint lad_page_span(const LadKernel *kernel, LadPage page);

/* ---- Hint faults, as Linux weighs them
 * ------------------------------------------------------------ */

/* Is the page of this fault hot, and may it be promoted to `to` under the rate limit in bytes per
 * second of kernel time? `standard` is the threshold to begin with. Counts candidates. Source:
 * Linux 6.1, sim/kernel/hotness.c. */
gboolean lad_hotness_admit(LadKernel *kernel, const LadHintFault *fault, guint to, LadTime standard,
                           LadBytes rate);
/* The threshold of this tier that holds now, in simulated ps. */
LadTime lad_hotness_threshold(const LadKernel *kernel, guint tier, LadTime standard);

/* How a fault counts for the scanner's period (sim/kernel/numapace.c). */
typedef enum {
    LAD_NUMA_PRIVATE = 0,
    LAD_NUMA_SHARED = 1, /* the last to fault on the page was another thread */
    LAD_NUMA_LOCAL = 2,  /* the page was in the fastest tier */
    LAD_NUMA_FAILED = 4, /* it should have moved and could not */
} LadNumaFault;

/* Count a fault. The kernel itself counts those that promote a page, as private. */
void lad_numa_count_fault(LadKernel *kernel, LadThread *thread, LadNumaFault kind, LadTime now);

/* ---- What an oracle may ask besides (sim/kernel/hindsight.c)
 * --------------------------------------- */

/* The first mapping of a page (of a huge page: of its first). FALSE: nobody maps it. */
gboolean lad_page_owner(const LadKernel *kernel, LadPage page, guint32 *process, guint64 *vpage);
/* The page mapped at a place, or LAD_PAGE_NONE. */
LadPage lad_page_at(const LadKernel *kernel, guint32 process, guint64 vpage);
/* How far the host's programs are: bytes that they have read and written in all tiers. */
guint64 lad_host_progress(const LadKernel *kernel);
/* What lad_migrate of a 4 KiB page takes where nothing else is under way. */
LadTime lad_migrate_cost(const LadKernel *kernel, guint from, guint to);

/* ---- What a policy may do at any time
 * ------------------------------------------------------------- */

/* Wake the background reclaim of a tier, if it is asleep and has something to do. */
void lad_kswapd_wake(LadKernel *kernel, guint tier, LadTime now);
/* Move a page (a huge one whole), charging the work to `core`. FALSE if there is no room above the
 * min watermark, the page is unmovable or already there. */
gboolean lad_migrate(LadKernel *kernel, LadPage page, guint to, guint core, LadTime now);

G_END_DECLS
#endif
