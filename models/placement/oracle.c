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
    LadOraclePlan *plan; /* NULL: first-touch */
    guint interval;      /* that the plan is in */
    /* Its moves: whether some are left, those down or up, the next page, the core that pays. */
    gboolean busy, down;
    guint next, core;
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
    lad_oracle_plan_limits(policy, &limits);
    if (policy->future->trial == STATIC)
        state->plan = lad_oracle_plan_static(policy->future, &limits);
    if (policy->future->trial == MOVING) {
        state->plan = lad_oracle_plan_moving(policy->future, &limits);
        lad_placement_set_timer(policy, next_look(policy, 0));
    }
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

/* Move the page if the plan wants it elsewhere in this direction. *took: what that takes. */
static gboolean
move(LadPlacement *policy, guint i, LadTime now, LadTime *took)
{
    State *state = policy->state;
    const LadFuturePage *at = &policy->future->pages[i];
    guint8 to = state->plan->tier[(gsize)i * state->plan->n_intervals + state->interval];
    LadPage page = to == LAD_PLAN_NOWHERE ? LAD_PAGE_NONE
                                          : lad_page_at(policy->kernel, at->process, at->vpage);
    if (page == LAD_PAGE_NONE)
        return FALSE;
    guint from = lad_page_tier(lad_page_word(policy->kernel, page));
    if (from == to || (to > from) != state->down)
        return FALSE;
    *took = at->span * lad_migrate_cost(policy->kernel, from, to);
    if (lad_migrate(policy->kernel, page, to, state->core, now))
        return TRUE;
    policy->counters[LATE] += at->span;
    return FALSE;
}

/* One move per core, so that copies do not wait for each other. Returns the time it takes, 0 when
 * all moves of the interval have been made. */
static LadTime
make_moves(LadPlacement *policy, LadTime now)
{
    State *state = policy->state;
    guint n_cores = MAX(policy->host->n_cores, 1);
    LadTime longest = 0;
    state->core = 0;
    while (state->busy && state->core < n_cores) {
        LadTime took;
        if (state->next == policy->future->n_pages) {
            state->busy = state->down;
            state->down = FALSE;
            state->next = 0;
        } else if (move(policy, state->next++, now, &took)) {
            longest = MAX(longest, took);
            state->core++;
        }
    }
    return longest;
}

static void
timer(LadPlacement *policy, LadTime now)
{
    State *state = policy->state;
    const LadFuture *future = policy->future;
    guint64 progress = lad_host_progress(policy->kernel);
    guint before = state->interval;
    while (state->interval + 1 < future->n_intervals &&
           progress >= future->progress[state->interval])
        state->interval++;
    if (state->interval != before) {
        state->busy = state->down = TRUE;
        state->next = 0;
    }
    LadTime took = make_moves(policy, now);
    if (took > 0 || state->busy || state->interval + 1 < future->n_intervals)
        lad_placement_set_timer(policy, took > 0 ? now + took : next_look(policy, now));
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
