/* skeleton.c - copy this file to begin a placement policy, rename `skeleton`, and say here in 5 to
 * 15 lines: the idea, its source, what is modelled and what is left out, units. Then add one line
 * to models/registry.c (and the file to models/local.mk).
 *
 * This one places new pages in the tiers in turn, promotes what takes two hint faults, and demotes
 * by one tier. memladder/placement.h says what a policy may ask and do.
 */
#include "config.h"
#include <memladder/placement.h>

/* Parameters, as the options fill them. */
typedef struct {
    guint64 promote_after;
} Params;

/* One per host, zeroed at the start. Omit it, and host_size, if there is nothing to remember. */
typedef struct {
    guint next_tier;
} State;

/* One per page, at most 8 bytes, zeroed at its first touch. Omit it, and page_size, if not needed.
 */
typedef struct {
    guint8 n_faults;
} PageState;

/* Name, type, default, limits, help: everything else is made from this. NULL if there are none. */
static const LadOption options[] = {
    LAD_OPT(Params, promote_after, "promote-after", UINT, "2", "1", "255",
            "hint faults of a page before it is promoted"),
    LAD_OPTIONS_END,
};

/* The policy's own counters; the kernel counts moves and faults itself. NULL if there are none. */
enum { REFUSED };
static const LadCounter counters[] = {
    [REFUSED] = {"refused", "1", LAD_COUNT, LAD_SCOPE_HOST, "a hint fault that came too early"},
    LAD_COUNTERS_END,
};

/* Optional. Called once, when the parameters are filled and the tiers exist: check what the option
 * table cannot check. */
static gboolean
init(LadPlacement *policy, GError **error)
{
    (void)policy;
    (void)error;
    return TRUE;
}

/* Optional. Called once, when all parts exist: tiers to be marked, to be kept free, the first
 * timer. */
static gboolean
setup(LadPlacement *policy, GError **error)
{
    (void)error;
    for (guint tier = 0; tier + 1 < policy->host->n_tiers; tier++) {
        LadKernel *kernel = policy->kernel;
        guint64 high = lad_frames_watermark(kernel, tier, LAD_WMARK_HIGH);
        guint64 promo = lad_frames_watermark(kernel, tier, LAD_WMARK_PROMO);
        lad_kswapd_keep_free(kernel, tier, high, promo);
        lad_hintscan_mark_tier(kernel, tier + 1);
    }
    return TRUE;
}

/* Optional. Called once, at the end: free what the state points to. */
static void
clear(LadPlacement *policy)
{
    (void)policy;
}

/* Required. Called by the kernel once per first touch. */
static guint
place(LadPlacement *policy, const LadNewPage *page)
{
    State *state = policy->state;
    (void)page;
    return state->next_tier++ % policy->host->n_tiers;
}

/* Optional. Called by the kernel once per touch of a marked page (thousands to a million per
 * second). */
static guint
hint_fault(LadPlacement *policy, const LadHintFault *fault)
{
    const Params *params = policy->params;
    PageState *page = lad_placement_page(policy, fault->page);
    if (fault->tier == 0)
        return LAD_TIER_NONE;
    if (++page->n_faults < params->promote_after) {
        policy->counters[REFUSED]++;
        return LAD_TIER_NONE;
    }
    return fault->tier - 1;
}

/* Optional. Called by the kernel once per page that reclaim picked. */
static guint
demote(LadPlacement *policy, LadPage page, guint from)
{
    (void)page;
    return from + 1 < policy->host->n_tiers ? from + 1 : LAD_TIER_NONE;
}

/* Optional. Called by the kernel after each move. */
static void
moved(LadPlacement *policy, LadPage page, guint from, guint to, LadMoveReason why, LadTime now)
{
    PageState *state = lad_placement_page(policy, page);
    (void)from;
    (void)to;
    (void)why;
    (void)now;
    state->n_faults = 0;
}

/* Optional. Called at the times asked for by lad_placement_set_timer. */
static void
timer(LadPlacement *policy, LadTime now)
{
    (void)policy;
    (void)now;
}

const LadPlacementClass lad_placement_skeleton = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PLACEMENT, LadPlacementClass, "skeleton",
                            "where a new placement policy begins"),
             .models = "What is modelled, in sentences.",
             .leaves_out = "What is left out, in sentences.",
             .source = "Where the rules and numbers come from, and what it was checked against.",
             .options = options, .params_size = sizeof(Params), .counters = counters,
             .host_size = sizeof(State), .page_size = sizeof(PageState)},
    .init = init,
    .setup = setup,
    .clear = clear,
    .place = place,
    .hint_fault = hint_fault,
    .demote = demote,
    .moved = moved,
    .timer = timer,
};
