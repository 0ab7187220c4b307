/* tpp.c - TPP: Transparent Page Placement for CXL-enabled tiered memory (ASPLOS'23), rules R1 to
 * R6.
 *
 * R1 what reclaim picks is demoted to the next tier instead of swapped out. R2 a tier above others
 * is kept free below WMARK_DEMOTE = clamp(size x demote-scale-factor / 10000, 2 x high watermark,
 * size), while allocations and promotions may still go down to their own, lower watermarks. R3 only
 * pages of lower tiers are marked for hint faults. R4 a marked page that is touched is promoted
 * only if it is on an active list; else the touch counts as a use, and the second use makes it
 * active. R5 (an option of the paper, not in its patches) new pages of files and shared memory
 * start one tier down. R6 demoted pages carry a flag, so that those that come back are counted, and
 * are marked at once. The paper lets promotions ignore the watermark of allocations, its patches
 * check the high watermark: promotion-floor.
 *
 * Left out: the fall-back to swap where a demotion fails. Options turn R2 and R4 off, to show what
 * each is for. Source: the paper, its patches to Linux 5.15 (LKML, 24 Nov 2021).
 */
#include "config.h"
#include <memladder/placement.h>

typedef struct {
    guint64 demote_scale_factor;
    gboolean decouple_watermarks;
    gboolean active_only;
    gboolean page_type_aware;
    guint promotion_floor;
} Params;

typedef enum { FLOOR_HIGH, FLOOR_MIN } PromotionFloor;
static const char *const floors[] = {"high", "min", NULL};

static const LadOption options[] = {
    LAD_OPT(Params, demote_scale_factor, "demote-scale-factor", UINT, "200", "1", "10000",
            "memory kept free in upper tiers, in 1/10000 of their size (vm.demote_scale_factor)"),
    LAD_OPT(
        Params, decouple_watermarks, "decouple-watermarks", BOOL, "true", NULL, NULL,
        "R2: demote ahead of allocations; off: only when an allocation finds no room in any tier"),
    LAD_OPT(Params, active_only, "active-only", BOOL, "true", NULL, NULL,
            "R4: promote only pages on active lists; off: every page that takes a hint fault"),
    LAD_OPT(Params, page_type_aware, "page-type-aware", BOOL, "false", NULL, NULL,
            "R5: new pages of files and of shared memory start one tier below anonymous ones"),
    LAD_OPT_ENUM(Params, promotion_floor, "promotion-floor", "high", floors,
                 "watermark that a promotion must leave: high as in the patches, or min, which "
                 "comes closest to the paper's ignoring it"),
    LAD_OPTIONS_END,
};

static guint64
demote_watermark(const LadPlacement *policy, guint tier)
{
    const Params *params = policy->params;
    guint64 total = lad_frames_total(policy->kernel, tier);
    guint64 floor = 2 * lad_frames_watermark(policy->kernel, tier, LAD_WMARK_HIGH);
    return MIN(MAX(total * params->demote_scale_factor / 10000, floor), total);
}

static gboolean
setup(LadPlacement *policy, GError **error G_GNUC_UNUSED)
{
    const Params *params = policy->params;
    LadKernel *kernel = policy->kernel;
    for (guint tier = 0; tier + 1 < policy->host->n_tiers; tier++) {
        guint64 mark = demote_watermark(policy, tier);
        if (params->decouple_watermarks)
            lad_kswapd_keep_free(kernel, tier, mark, mark);
        if (params->promotion_floor == FLOOR_MIN)
            lad_migrate_set_promotion_floor(kernel, tier,
                                            lad_frames_watermark(kernel, tier, LAD_WMARK_MIN));
        lad_hintscan_mark_tier(kernel, tier + 1);
    }
    lad_hintscan_mark_demoted(kernel);
    return TRUE;
}

static guint
place(LadPlacement *policy, const LadNewPage *page)
{
    const Params *params = policy->params;
    return params->page_type_aware && (page->file || page->shmem) && policy->host->n_tiers > 1;
}

static guint
hint_fault(LadPlacement *policy, const LadHintFault *fault)
{
    const Params *params = policy->params;
    if (fault->tier == 0)
        return LAD_TIER_NONE;
    if (params->active_only && !lad_page_is_active(policy->kernel, fault->page)) {
        lad_page_mark_accessed(policy->kernel, fault->page);
        return LAD_TIER_NONE;
    }
    return 0;
}

static guint
demote(LadPlacement *policy, LadPage page G_GNUC_UNUSED, guint from)
{
    return from + 1 < policy->host->n_tiers ? from + 1 : LAD_TIER_NONE;
}

const LadPlacementClass lad_placement_tpp = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PLACEMENT, LadPlacementClass, "tpp",
                            "demote ahead of need, promote what is active (ASPLOS'23)"),
             .models =
                 "Demotion instead of swap-out, decoupled watermarks, hint faults on lower tiers "
                 "only, promotion of active pages, allocation by page type, the flag of demoted "
                 "pages.",
             .leaves_out = "The fall-back to swap where a demotion fails.",
             .source = "TPP, ASPLOS'23, arXiv 2206.02878; patches to Linux 5.15",
             .options = options, .params_size = sizeof(Params)},
    .setup = setup,
    .place = place,
    .hint_fault = hint_fault,
    .demote = demote,
};
