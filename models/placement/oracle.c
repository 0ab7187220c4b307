/* oracle.c - a bound: placement that knows the future and pays what moves really cost.
 *
 * A first pass under first-touch tells which page has how much traffic in which interval. From that
 * a plan is made (plan.c): in which tier each page is in each interval, so that stalls and moves
 * together cost least within the tiers' capacities. Pages start where the plan has them first, and
 * are moved at the intervals' bounds, down before up; the work is spread over the cores. Where the
 * run is (it is faster or slower than the first pass) is told by the bytes it has moved. The plan,
 * the best one without moves, and that of first-touch are each tried; the run takes the best.
 *
 * Left out: patterns shorter than an interval (1/64 to 1/128 of the first pass); pages that are
 * unmapped make no room for others in the plan; a tier that saturates is still filled with the
 * hottest pages. So it is a bound to within what these cost.
 */
#include "config.h"
#include "models/placement/plan.h"
#include <memladder/placement.h>

#define LOOKS_PER_INTERVAL 8

enum { MOVING, STATIC, FIRST_TOUCH, N_PLANS };

typedef struct {
    LadPlan *plan;  /* NULL: first-touch */
    guint interval; /* that the plan is in */
    guint core;     /* that pays for the next move */
} State;

enum { LATE };
static const LadCounter counters[] = {
    [LATE] = {"refused_moves", "page", LAD_COUNT, LAD_SCOPE_HOST,
              "a planned move for which there was no room"},
    LAD_COUNTERS_END,
};

static LadTime
next_look(const LadPlacement *policy, LadTime now)
{
    return now + MAX(policy->future->interval / LOOKS_PER_INTERVAL, 1);
}

static gboolean
setup(LadPlacement *policy, GError **error G_GNUC_UNUSED)
{
    State *state = policy->state;
    LadPlanLimits limits;
    lad_plan_limits(policy, &limits);
    if (policy->future->trial == STATIC)
        state->plan = lad_plan_static(policy->future, &limits);
    if (policy->future->trial == MOVING) {
        state->plan = lad_plan_moving(policy->future, &limits);
        lad_placement_set_timer(policy, next_look(policy, 0));
    }
    return TRUE;
}

static void
clear(LadPlacement *policy)
{
    State *state = policy->state;
    lad_plan_free(state->plan);
}

static guint
place(LadPlacement *policy, const LadNewPage *page)
{
    const State *state = policy->state;
    if (!state->plan)
        return 0;
    return lad_plan_start(state->plan, policy->future, page, policy->host->n_tiers);
}

/* Make the moves that the current interval begins with: those down, or those up. */
static void
make_moves(LadPlacement *policy, gboolean down, LadTime now)
{
    State *state = policy->state;
    const LadFuture *future = policy->future;
    for (guint i = 0; i < future->n_pages; i++) {
        const LadFuturePage *at = &future->pages[i];
        guint8 to = state->plan->tier[(gsize)i * state->plan->n_intervals + state->interval];
        if (to == LAD_PLAN_NOWHERE)
            continue;
        LadPage page = lad_page_at(policy->kernel, at->process, at->vpage);
        if (page == LAD_PAGE_NONE)
            continue;
        guint from = lad_page_tier(lad_page_word(policy->kernel, page));
        if (from == to || (to > from) != down)
            continue;
        if (!lad_migrate(policy->kernel, page, to, state->core, now))
            policy->counters[LATE] += at->span;
        state->core = (state->core + 1) % MAX(policy->host->n_cores, 1);
    }
}

static void
timer(LadPlacement *policy, LadTime now)
{
    State *state = policy->state;
    const LadFuture *future = policy->future;
    guint64 progress = lad_host_progress(policy->kernel);
    guint interval = state->interval;
    while (interval + 1 < future->n_intervals && progress >= future->progress[interval])
        interval++;
    if (interval != state->interval) {
        state->interval = interval;
        make_moves(policy, TRUE, now);
        make_moves(policy, FALSE, now);
    }
    if (interval + 1 < future->n_intervals)
        lad_placement_set_timer(policy, next_look(policy, now));
}

const LadPlacementClass lad_placement_oracle = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PLACEMENT, LadPlacementClass, "oracle",
                            "a bound: moves with knowledge of the future, at their real cost"),
             .models = "A plan of least stalls and moves from the traffic of a first pass, carried "
                       "out at the bounds of its intervals.",
             .leaves_out = "Patterns shorter than an interval of the plan; room of unmapped pages; "
                           "that a tier with the hottest pages may saturate.",
             .source = "Linear program by prices (subgradient) and dynamic programming; no system "
                       "can do this.",
             .counters = counters, .host_size = sizeof(State)},
    .needs_future = TRUE,
    .n_plans = N_PLANS,
    .setup = setup,
    .clear = clear,
    .place = place,
    .timer = timer,
};
