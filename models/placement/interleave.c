/* interleave.c - new pages are spread over the tiers by weights, and stay where they are.
 *
 * Weighted interleave as in Linux (MPOL_WEIGHTED_INTERLEAVE, mm/mempolicy.c): the host hands
 * pages out in rounds, weight[0] of them to the first tier, weight[1] to the second, and so on. A
 * huge page counts as one. A tier without room passes the page on down the ladder.
 *
 * Left out: nodemasks per mapping. Units: weights are pages per round.
 */
#include "config.h"
#include <memladder/error.h>
#include <memladder/placement.h>

typedef struct {
    char **weights;
} Params;

typedef struct {
    guint64 weight[LAD_MAX_TIERS];
    guint64 round; /* sum of the weights */
    guint64 position;
} State;

static const LadOption options[] = {
    LAD_OPT(Params, weights, "weights", LIST, "1, 1", NULL, NULL,
            "pages per round of each tier, fastest first; tiers left out get none"),
    LAD_OPTIONS_END,
};

static gboolean
init(LadPlacement *policy, GError **error)
{
    const Params *params = policy->params;
    State *state = policy->state;
    for (guint i = 0; params->weights[i]; i++) {
        guint64 weight;
        if (!g_ascii_string_to_unsigned(params->weights[i], 10, 0, 1000000, &weight, NULL)) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "[placement] weights: \"%s\" is no number of pages; expected 0 to 1000000",
                        params->weights[i]);
            return FALSE;
        }
        if (i >= policy->host->n_tiers && weight > 0) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "[placement] weights: more than the %u tiers there are",
                        policy->host->n_tiers);
            return FALSE;
        }
        if (weight == 0)
            continue;
        state->weight[i] = weight;
        state->round += weight;
    }
    if (state->round == 0)
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[placement] weights: all are 0; expected at least one page per round");
    return state->round > 0;
}

static guint
place(LadPlacement *policy, const LadNewPage *page G_GNUC_UNUSED)
{
    State *state = policy->state;
    guint64 at = state->position++ % state->round;
    guint tier = 0;
    while (at >= state->weight[tier])
        at -= state->weight[tier++];
    return tier;
}

const LadPlacementClass lad_placement_interleave = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PLACEMENT, LadPlacementClass, "interleave",
                            "new pages spread over the tiers by weights, then never moved"),
             .models = "Weighted rounds over the tiers in order of first touch.",
             .leaves_out = "Node masks per mapping; any migration.",
             .source = "Linux 6.9 mm/mempolicy.c, MPOL_WEIGHTED_INTERLEAVE", .options = options,
             .params_size = sizeof(Params), .host_size = sizeof(State)},
    .init = init,
    .place = place,
};
