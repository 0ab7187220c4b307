/* numa-balancing.c - what Linux 6.1 does with numa_balancing = 1 and demotion disabled.
 *
 * Pages of the lower tiers are marked by the scanner, and of the fastest one too if the process has
 * several threads. The first hint fault of a page only records the thread; later ones move the page
 * to the tier of the faulting CPU, the fastest, if the fault is private (the same thread as before)
 * or early, and if there is room above the high watermark. Nothing makes room: a full tier stays
 * full, and nobody is woken. Faults count for the scanner's period from the second on.
 *
 * Left out: several nodes with CPUs, groups of threads, preferred nodes. Units: the policy keeps
 * four bytes per page: the thread that faulted last, plus 1.
 */
#include "config.h"
#include <memladder/placement.h>

static gboolean
setup(LadPlacement *policy, GError **error G_GNUC_UNUSED)
{
    for (guint tier = 1; tier < policy->host->n_tiers; tier++)
        lad_hintscan_mark_tier(policy->kernel, tier);
    lad_hintscan_mark_shared(policy->kernel, 0);
    return TRUE;
}

static guint
place(LadPlacement *policy G_GNUC_UNUSED, const LadNewPage *page G_GNUC_UNUSED)
{
    return 0;
}

static guint
hint_fault(LadPlacement *policy, const LadHintFault *fault)
{
    LadKernel *kernel = policy->kernel;
    guint32 *last = lad_placement_page(policy, fault->page);
    guint32 before = *last, self = fault->thread->id + 1;
    gboolean private = before == self;
    *last = self;
    LadNumaFault kind = private || before == 0 ? LAD_NUMA_PRIVATE : LAD_NUMA_SHARED;
    if (fault->tier == 0) {
        lad_numa_count_fault(kernel, fault->thread, kind | LAD_NUMA_LOCAL, fault->now);
        return LAD_TIER_NONE;
    }
    if (before == 0)
        return LAD_TIER_NONE;
    if (!private) {
        lad_numa_count_fault(kernel, fault->thread, kind, fault->now);
        return LAD_TIER_NONE;
    }
    guint n = lad_page_span(kernel, fault->page);
    gboolean room =
        lad_frames_free(kernel, 0) > lad_frames_watermark(kernel, 0, LAD_WMARK_HIGH) + n;
    if (!room)
        lad_numa_count_fault(kernel, fault->thread, kind | LAD_NUMA_FAILED, fault->now);
    return 0;
}

const LadPlacementClass lad_placement_numa_balancing = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PLACEMENT, LadPlacementClass, "numa-balancing",
                            "Linux 6.1: bring pages to the faulting CPU while there is room"),
             .models = "Hint faults by the scanner's pace, the two-fault filter, migration while "
                       "there is room above the high watermark.",
             .leaves_out = "Several nodes with CPUs, groups of threads; demotion, as in Linux.",
             .source = "Linux 6.1 kernel/sched/fair.c, mm/mempolicy.c; checked against a measured "
                       "kernel.",
             .page_size = sizeof(guint32)},
    .counts_candidates = TRUE,
    .setup = setup,
    .place = place,
    .hint_fault = hint_fault,
};
