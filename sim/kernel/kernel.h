/* kernel.h - what the operating system does, as cores and the machine see it.
 *
 * The hierarchy calls lad_kernel_walk on a TLB miss (a look-up: which tables are read, which page
 * comes out) and lad_kernel_fault where the access cannot go on. Both are shared entries: the
 * caller has its turn. Mechanisms live one per file beside this header.
 */
#ifndef LAD_KERNEL_H
#define LAD_KERNEL_H

#include <memladder/configuration.h>
#include <memladder/future.h>
#include <memladder/host.h>

#define LAD_WALK_LEVELS 4

/* What a page walk reads: per level, from the root, the logical page of the table and the entry's
 * index in it (8 bytes each). A 2 MiB page has three levels. */
typedef struct {
    LadPage page;   /* logical 4 KiB page of the address; LAD_PAGE_NONE: not mapped */
    gboolean huge;  /* mapped by a 2 MiB entry */
    guint n_levels; /* tables that exist; 0 to 4 */
    LadPage table[LAD_WALK_LEVELS];
    guint16 entry[LAD_WALK_LEVELS];
} LadWalk;

typedef enum {
    LAD_FAULT_DONE,  /* retry the translation at now + cost */
    LAD_FAULT_SLEEP, /* the thread sleeps; it will be woken through the scheduler. The kernel has
                        set its state to IOWAIT or MEMSTALL, or leaves that to the core: MEMSTALL */
    LAD_FAULT_FAILED /* host->error is set (out of memory) */
} LadFaultStatus;

typedef struct {
    LadFaultStatus status;
    LadTime cost;        /* of handling, to be charged to the core as fault */
    LadTime kernel_cost; /* of work done in passing (direct reclaim, scan, migration), charged as
                            kernel */
} LadFault;

/* Build host->links and host->tiers from the groups [link.NAME] and [tier.NAME], in the order they
 * are written (fastest first; faulting tiers last). Fails on no tier, too many, an unknown link, or
 * an order that contradicts itself. CONFIG. */
gboolean lad_tiers_build(LadHost *host, LadConfig *config, const LadModels *models, GError **error);
/* After all parts exist, before lad_kernel_setup: wiring, idle latencies. */
gboolean lad_tiers_setup(LadHost *host, GError **error);
/* Free host->tiers and host->links; after lad_kernel_free. */
void lad_tiers_free(LadHost *host);

/* Option tables for documentation: of [tier.NAME] whatever its model, of [kernel]. */
extern const LadOption lad_tier_options[];
extern const LadOption lad_kernel_options[];
/* Counter tables for documentation. */
extern const LadCounter lad_tier_counters[];
extern const LadCounter lad_link_counters[];
extern const LadCounter lad_kernel_counters[];

/* Build a host's kernel from [kernel], [placement] and [reclaim]; the tiers exist. */
LadKernel *lad_kernel_new(LadHost *host, LadConfig *config, const LadModels *models,
                          GError **error);
/* How many plans the placement policy makes of the future; 0: it asks for none. */
guint lad_kernel_n_plans(const LadKernel *kernel);
/* Before lad_kernel_setup. Takes over the reference. */
void lad_kernel_set_future(LadKernel *kernel, LadFuture *future);
/* After all parts exist: start daemons. */
gboolean lad_kernel_setup(LadKernel *kernel, GError **error);
void lad_kernel_free(LadKernel *kernel);

/* The dense array of page words; stays where it is for the kernel's lifetime. */
LadPageWord *lad_kernel_words(LadKernel *kernel);

/* A new, empty address space / a copy for fork (copy on write). Frees with the kernel. */
void lad_kernel_add_process(LadKernel *kernel, LadProcess *process);
void lad_kernel_fork(LadKernel *kernel, LadProcess *parent, LadProcess *child, LadTime now);
/* A map or unmap record. Addresses in bytes, page-aligned outwards. */
void lad_kernel_map(LadKernel *kernel, LadProcess *process, const LadRecord *record, LadTime now);
void lad_kernel_unmap(LadKernel *kernel, LadProcess *process, guint64 address, guint64 size,
                      LadTime now);

/* Look up `vpage` (4 KiB units). Leaves the accessed bit of the table that it ends in. */
void lad_kernel_walk(LadKernel *kernel, LadProcess *process, guint64 vpage, LadWalk *walk);
/* The same, for a guess at what a walk will read. Changes nothing. */
void lad_kernel_peek(LadKernel *kernel, LadProcess *process, guint64 vpage, LadWalk *walk);
/* Is a fault due for this access to a page with this word? */
static inline gboolean
lad_kernel_would_fault(LadPageWord word, LadAccess access)
{
    return !(word & LAD_PAGE_PRESENT) || (word & LAD_PAGE_HINT) ||
           (access == LAD_ACCESS_WRITE && (word & LAD_PAGE_READONLY));
}
/* Handle a fault of `thread` on `core` at `vaddr`: first touch, hint, write protection, swapped
 * out. */
LadFault lad_kernel_fault(LadKernel *kernel, LadThread *thread, guint core, guint64 vaddr,
                          LadAccess access, LadTime now);
/* The true (virtual or sequential or random, by kernel.page-number) page number that indexes
 * physically indexed caches whose sets are no power of two. */
guint64 lad_kernel_page_index(const LadKernel *kernel, LadPage page);
/* Whether private memory gets pages of 2 MiB. */
gboolean lad_kernel_makes_huge_pages(const LadKernel *kernel);
/* Between ticks, scaled by kernel.time-scale. */
LadTime lad_kernel_jiffy(const LadKernel *kernel);
/* A tick of a core that runs a thread: the scanner's work is done here. Returns CPU time. The
 * kernel itself does this by events for every core that has a thread, and charges it; only a driver
 * without cores calls it. */
LadTime lad_kernel_tick(LadKernel *kernel, LadThread *thread, guint core, LadTime now);

#endif
