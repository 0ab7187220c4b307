/* oracle-static.c - a bound: the best placement in hindsight without any move.
 *
 * A first pass counts every page's traffic; pages start where that ranks them, those with most
 * lines in the fastest tier, down to its low watermark and less what page tables will need. Nothing
 * moves afterwards. This and first-touch are both tried, and the better one is taken. Units: lines
 * of 64 bytes.
 *
 * Left out: pages that are unmapped make no room for others in the plan; a tier that saturates is
 * still filled with the hottest pages.
 */
#include "config.h"
#include "models/placement/plan.h"
#include <memladder/placement.h>

enum { RANKED, FIRST_TOUCH, N_PLANS };

typedef struct {
    LadOraclePlan *plan; /* NULL: first-touch */
} State;

static gboolean
setup(LadPlacement *policy, GError **error G_GNUC_UNUSED)
{
    State *state = policy->state;
    LadPlanLimits limits;
    lad_oracle_plan_limits(policy, &limits);
    if (policy->future->trial == RANKED)
        state->plan = lad_oracle_plan_static(policy->future, &limits);
    return TRUE;
}

static void
clear(LadPlacement *policy)
{
    State *state = policy->state;
    lad_oracle_plan_free(state->plan);
}

static guint
place(LadPlacement *policy, const LadNewPage *page)
{
    const State *state = policy->state;
    return lad_oracle_plan_start(state->plan, policy->future, page, policy->host->n_tiers);
}

const LadPlacementClass lad_placement_oracle_static = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PLACEMENT, LadPlacementClass, "oracle-static",
                            "a bound: the best placement in hindsight, without moves"),
             .models =
                 "Pages ranked by their traffic in a first pass, hottest in the fastest tier.",
             .leaves_out =
                 "Room of unmapped pages; that a tier with the hottest pages may saturate.",
             .source = "Ranking by exact counts; no system can do this.",
             .host_size = sizeof(State)},
    .needs_future = TRUE,
    .n_plans = N_PLANS,
    .setup = setup,
    .clear = clear,
    .place = place,
};
