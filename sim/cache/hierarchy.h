/* hierarchy.h - caches, TLBs and page walkers of one host.
 *
 * Order of building: host->cores exist (without threads), then lad_hierarchy_new, then the core
 * classes' init, then tiers and kernel, then lad_hierarchy_setup. Untimed cores do not use it.
 */
#ifndef LAD_HIERARCHY_H
#define LAD_HIERARCHY_H

#include <memladder/cache.h>
#include <memladder/configuration.h>
#include <memladder/core.h>
#include <memladder/tlb.h>

/* Build from the groups [cache.NAME], [tlb.NAME], [prefetcher.NAME] and [walk]; needs
 * host->n_cores, seed and frequency_hz. Every core must get a first-level cache for data and for
 * instructions, and a first-level TLB for both. Errors: CONFIG. */
LadHierarchy *lad_hierarchy_new(LadHost *host, LadConfig *config, const LadModels *models,
                                GError **error);
/* After kernel and tiers exist: takes the page words, adds the metrics of caches, TLBs and walkers
 * ("cache_NAME", or "cache_NAME0"... where there are several; "tlb_NAMEk", "walkk" of core k). */
gboolean lad_hierarchy_setup(LadHierarchy *hierarchy, GError **error);
void lad_hierarchy_free(LadHierarchy *hierarchy);

/* The hook `shootdown` of LadHostHooks: queued per core, applied at its next shared entry. Returns
 * how many other cores than the one whose access is being served it interrupts (all that have
 * translations of the process). `page` LAD_PAGE_NONE: all translations of the process. */
/* Empties the caches, TLBs and walk caches that a core uses, those it shares included, as if time
 * had passed that nobody has recorded: dirty lines have been written back then, uncounted. */
void lad_hierarchy_empty(LadHierarchy *hierarchy, guint core);
guint lad_hierarchy_shootdown(LadHost *host, LadProcess *process, guint64 vpage, LadPage page,
                              LadTime now);

/* Bytes that tags and filters take, for the memory budget. */
gsize lad_hierarchy_memory(const LadHierarchy *hierarchy);

#endif
