/* linux-tiering.c - what Linux 6.1 does with numa_balancing = 2 and demotion enabled.
 *
 * Pages of lower tiers are marked by the scanner; one touched sooner than the hot threshold after
 * its mark is promoted, if the rate limit and the target's free memory above its high watermark
 * allow. A promotion that finds no room wakes kswapd, which demotes down to the promo watermark
 * what reclaim picks. First touches fill the fastest tier down to its low watermark. With promotion
 * or demotion off it is one half of that. The mechanisms are sim/kernel/hintscan.c, numapace.c,
 * hotness.c and kswapd.c; rules and figures were tested against a measured kernel.
 *
 * Left out: migration of page cache by mark_page_accessed, several nodes in a tier.
 */
#include "config.h"
#include <memladder/placement.h>

typedef struct {
    LadTime hot_threshold;
    LadBytes rate;
    gboolean promotion, demotion;
} Params;

static const LadOption options[] = {
    LAD_OPT(Params, hot_threshold, "hot-threshold", TIME, "1 s", "1 ms", "100 s",
            "longest time from mark to touch of a page worth promoting, to begin with "
            "(hot_threshold_ms)"),
    LAD_OPT(Params, rate, "promote-rate-limit", BYTES, "65536 MiB", "1 MiB", NULL,
            "candidates per second of kernel time (promote_rate_limit_MBps)"),
    LAD_OPT(Params, promotion, "promotion", BOOL, "true", NULL, NULL,
            "mark pages of lower tiers and promote them (numa_balancing = 2)"),
    LAD_OPT(Params, demotion, "demotion", BOOL, "true", NULL, NULL,
            "demote what reclaim picks (demotion_enabled)"),
    LAD_OPTIONS_END,
};

static gboolean
setup(LadPlacement *policy, GError **error G_GNUC_UNUSED)
{
    const Params *params = policy->params;
    LadKernel *kernel = policy->kernel;
    LadWatermark target = params->promotion ? LAD_WMARK_PROMO : LAD_WMARK_HIGH;
    for (guint tier = 0; tier + 1 < policy->host->n_tiers; tier++) {
        if (params->demotion)
            lad_kswapd_keep_free(kernel, tier, 0, lad_frames_watermark(kernel, tier, target));
        if (params->promotion)
            lad_hintscan_mark_tier(kernel, tier + 1);
    }
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
    const Params *params = policy->params;
    if (fault->tier == 0 ||
        !lad_hotness_admit(policy->kernel, fault, 0, params->hot_threshold, params->rate))
        return LAD_TIER_NONE;
    return 0;
}

static guint
demote(LadPlacement *policy, LadPage page G_GNUC_UNUSED, guint from)
{
    const Params *params = policy->params;
    return params->demotion && from + 1 < policy->host->n_tiers ? from + 1 : LAD_TIER_NONE;
}

const LadPlacementClass lad_placement_linux_tiering = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PLACEMENT, LadPlacementClass, "linux-tiering",
                            "Linux 6.1: promote by hint-fault age, demote to the promo watermark"),
             .models = "Scan pacing, hint-fault age, threshold adjustment, rate limit, the "
                       "free-space shortcut, watermarks that a promotion needs, kswapd demotion.",
             .leaves_out = "Several nodes in a tier; page cache beyond its lists.",
             .source = "Linux 6.1 kernel/sched/fair.c, mm/migrate.c, mm/vmscan.c; checked against "
                       "a measured kernel.",
             .options = options, .params_size = sizeof(Params)},
    .counts_candidates = TRUE,
    .setup = setup,
    .place = place,
    .hint_fault = hint_fault,
    .demote = demote,
};
