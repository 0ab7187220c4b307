/* plan.c - placements made in hindsight.
 *
 * With moves the best plan is a linear program: every page walks through the intervals from tier to
 * tier, paying for its lines, its moves, and, at prices that make the demand for each tier fit its
 * capacity in each interval, for its room. For given prices each page's walk is found by dynamic
 * programming; prices follow the demand (subgradient). What demand is then left above capacity is
 * turned away, least gain first; the cheapest of the plans so made, and of the one without moves,
 * is taken.
 */
#include "config.h"
#include "models/placement/plan.h"
#include <memladder/tier.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS       40
#define REPAIR_EVERY 4
#define LOOK_AHEAD   16 /* intervals over which a gain is summed */

typedef struct {
    const LadFuture *future;
    const LadPlanLimits *limits;
    guint n_intervals, n_tiers;
    double *price;  /* [interval][tier], ps per 4 KiB page */
    guint64 *used;  /* [interval][tier], pages */
    guint8 *wanted; /* [page][interval] */
    guint8 *back;   /* [interval][tier]: the tier before, on the best way of one page */
} Solver;

/* A page among others that want the same room. */
typedef struct {
    double gain; /* ps per 4 KiB page */
    guint page;
} Claim;

static gint
less_gain_first(gconstpointer a, gconstpointer b)
{
    const Claim *x = a, *y = b;
    if (x->gain != y->gain)
        return x->gain < y->gain ? -1 : 1;
    return x->page > y->page ? -1 : x->page < y->page;
}

static gint
more_gain_first(gconstpointer a, gconstpointer b)
{
    return less_gain_first(b, a);
}

void
lad_oracle_plan_free(LadOraclePlan *plan)
{
    if (!plan)
        return;
    g_free(plan->tier);
    g_free(plan);
}

static LadOraclePlan *
plan_new(const LadFuture *future)
{
    LadOraclePlan *plan = g_new0(LadOraclePlan, 1);
    gsize size = (gsize)future->n_pages * future->n_intervals;
    plan->n_intervals = future->n_intervals;
    plan->tier = g_malloc(size + 1);
    memset(plan->tier, LAD_PLAN_NOWHERE, size);
    return plan;
}

static guint
first_interval(const LadFuture *future, const LadFuturePage *page)
{
    return page->n_uses ? future->uses[page->first_use].interval : 0;
}

void
lad_oracle_plan_limits(const LadPlacement *policy, LadPlanLimits *limits)
{
    const LadKernel *kernel = policy->kernel;
    *limits = (LadPlanLimits){0};
    for (guint i = 0; i < policy->host->n_tiers; i++) {
        if (policy->host->tiers[i]->class->faulting)
            break;
        guint64 total = lad_frames_total(kernel, i);
        guint64 kept = lad_frames_watermark(kernel, i, LAD_WMARK_LOW);
        if (i == 0)
            kept += policy->future->n_table_pages;
        limits->capacity[i] = total > kept ? total - kept : 0;
        limits->n_tiers = i + 1;
    }
    for (guint from = 0; from < limits->n_tiers; from++)
        for (guint to = 0; to < limits->n_tiers; to++)
            if (from != to)
                limits->move_ps[from][to] = (double)lad_migrate_cost(kernel, from, to);
}

guint
lad_oracle_plan_start(const LadOraclePlan *plan, const LadFuture *future, const LadNewPage *page,
                      guint n_tiers)
{
    guint index = plan ? lad_future_find(future, page->process->id, page->vpage) : G_MAXUINT;
    if (index == G_MAXUINT)
        return 0;
    guint t = first_interval(future, &future->pages[index]);
    guint tier = plan->tier[(gsize)index * plan->n_intervals + t];
    return tier < n_tiers ? tier : 0;
}

/* What the plan costs by the first pass's measure. */
static void
evaluate(LadOraclePlan *plan, const LadFuture *future, const LadPlanLimits *limits)
{
    plan->cost_ps = 0;
    for (guint i = 0; i < future->n_pages; i++) {
        const LadFuturePage *page = &future->pages[i];
        const guint8 *tier = plan->tier + (gsize)i * plan->n_intervals;
        for (guint k = 0; k < page->n_uses; k++) {
            const LadFutureUse *use = &future->uses[page->first_use + k];
            plan->cost_ps += use->lines * future->latency_ps[tier[use->interval]];
        }
        for (guint t = first_interval(future, page) + 1; t < plan->n_intervals; t++)
            if (tier[t] != tier[t - 1])
                plan->cost_ps += page->span * limits->move_ps[tier[t - 1]][tier[t]];
    }
}

/* ---- Without moves --------------------------------------------------------------------------- */

LadOraclePlan *
lad_oracle_plan_static(const LadFuture *future, const LadPlanLimits *limits)
{
    LadOraclePlan *plan = plan_new(future);
    g_autofree Claim *claims = g_new(Claim, future->n_pages + 1);
    for (guint i = 0; i < future->n_pages; i++) {
        const LadFuturePage *page = &future->pages[i];
        double lines = 0;
        for (guint k = 0; k < page->n_uses; k++)
            lines += future->uses[page->first_use + k].lines;
        claims[i] = (Claim){lines / page->span, i};
    }
    qsort(claims, future->n_pages, sizeof *claims, more_gain_first);
    guint64 used[LAD_MAX_TIERS] = {0};
    for (guint i = 0; i < future->n_pages; i++) {
        const LadFuturePage *page = &future->pages[claims[i].page];
        guint tier = 0, first = first_interval(future, page);
        while (tier + 1 < limits->n_tiers && used[tier] + page->span > limits->capacity[tier])
            tier++;
        used[tier] += page->span;
        memset(plan->tier + (gsize)claims[i].page * plan->n_intervals + first, (int)tier,
               plan->n_intervals - first);
    }
    evaluate(plan, future, limits);
    return plan;
}

/* ---- Prices and each page's best way --------------------------------------------------------- */

/* The best way of page `i` at the prices: its row of `wanted`, and its share of `used`. */
static void
find_way(Solver *solver, guint i)
{
    const LadFuture *future = solver->future;
    const LadFuturePage *page = &future->pages[i];
    const guint n = solver->n_tiers, first = first_interval(future, page);
    double cost[LAD_MAX_TIERS] = {0}, next[LAD_MAX_TIERS];
    guint k = 0;
    for (guint t = first; t < solver->n_intervals; t++) {
        double lines = 0;
        if (k < page->n_uses && future->uses[page->first_use + k].interval == t)
            lines = future->uses[page->first_use + k++].lines;
        for (guint to = 0; to < n; to++) {
            guint best = to;
            double least = cost[to];
            for (guint from = 0; from < n && t > first; from++) {
                double way = cost[from] + page->span * solver->limits->move_ps[from][to];
                if (from != to && way < least) {
                    least = way;
                    best = from;
                }
            }
            next[to] =
                least + lines * future->latency_ps[to] + page->span * solver->price[t * n + to];
            solver->back[t * n + to] = (guint8)best;
        }
        memcpy(cost, next, sizeof cost);
    }
    guint at = 0;
    for (guint tier = 1; tier < n; tier++)
        if (cost[tier] < cost[at])
            at = tier;
    guint8 *row = solver->wanted + (gsize)i * solver->n_intervals;
    for (guint t = solver->n_intervals; t-- > first;) {
        row[t] = (guint8)at;
        solver->used[t * n + at] += page->span;
        at = solver->back[t * n + at];
    }
}

/* Prices to begin with: what the last page that fits saves in one interval. Returns their mean. */
static double
first_prices(Solver *solver)
{
    const LadFuture *future = solver->future;
    guint n = solver->n_intervals;
    g_autofree guint *count = g_new0(guint, n + 1);
    for (guint64 k = 0; k < future->n_uses; k++)
        count[future->uses[k].interval]++;
    g_autofree guint64 *offset = g_new0(guint64, n + 1);
    for (guint t = 0; t < n; t++)
        offset[t + 1] = offset[t] + count[t];
    g_autofree Claim *claims = g_new(Claim, future->n_uses + 1);
    memset(count, 0, n * sizeof *count);
    double saved = solver->n_tiers > 1 ? future->latency_ps[1] - future->latency_ps[0] : 0;
    for (guint i = 0; i < future->n_pages; i++) {
        const LadFuturePage *page = &future->pages[i];
        for (guint k = 0; k < page->n_uses; k++) {
            const LadFutureUse *use = &future->uses[page->first_use + k];
            claims[offset[use->interval] + count[use->interval]++] =
                (Claim){use->lines * saved / page->span, i};
        }
    }
    double sum = 0;
    for (guint t = 0; t < n; t++) {
        qsort(claims + offset[t], count[t], sizeof *claims, more_gain_first);
        guint64 room = solver->limits->capacity[0];
        for (guint k = 0; k < count[t]; k++) {
            const Claim *claim = &claims[offset[t] + k];
            guint span = future->pages[claim->page].span;
            if (room < span) {
                solver->price[t * solver->n_tiers] = MAX(claim->gain, 0);
                break;
            }
            room -= span;
        }
        sum += solver->price[t * solver->n_tiers];
    }
    return n ? sum / n : 0;
}

static void
find_ways(Solver *solver)
{
    memset(solver->used, 0, solver->n_intervals * solver->n_tiers * sizeof *solver->used);
    for (guint i = 0; i < solver->future->n_pages; i++)
        find_way(solver, i);
}

/* Dearer where more is wanted than there is, cheaper where less is. */
static void
adjust_prices(Solver *solver, double step)
{
    for (guint t = 0; t < solver->n_intervals; t++)
        for (guint tier = 0; tier < solver->n_tiers; tier++) {
            guint k = t * solver->n_tiers + tier;
            double capacity = (double)MAX(solver->limits->capacity[tier], 1);
            double excess = ((double)solver->used[k] - capacity) / capacity;
            solver->price[k] = MAX(solver->price[k] + step * CLAMP(excess, -1, 1), 0);
        }
}

/* ---- Making it fit --------------------------------------------------------------------------- */

typedef struct {
    Solver *solver;
    LadOraclePlan *plan;
    guint32 *cursor; /* per page: its first use that has not passed */
    Claim *claims;
    guint8 *now; /* per page: its tier in the interval at hand */
} Repair;

/* What `page` saves from interval `t` on in `tier` rather than in `other`, while it wants to be
 * there and as far as is looked ahead, less the move that brings it there. */
static double
gain_of(const Repair *repair, guint page, guint t, guint tier, guint other)
{
    const LadFuture *future = repair->solver->future;
    const LadFuturePage *at = &future->pages[page];
    const guint8 *wanted = repair->solver->wanted + (gsize)page * repair->plan->n_intervals;
    double lines = 0;
    for (guint k = repair->cursor[page]; k < at->n_uses; k++) {
        const LadFutureUse *use = &future->uses[at->first_use + k];
        if (use->interval >= t + LOOK_AHEAD || wanted[use->interval] != wanted[t])
            break;
        lines += use->lines;
    }
    double gain = lines * (future->latency_ps[other] - future->latency_ps[tier]) / at->span;
    guint8 before =
        t ? repair->plan->tier[(gsize)page * repair->plan->n_intervals + t - 1] : LAD_PLAN_NOWHERE;
    if (before != LAD_PLAN_NOWHERE && before != tier)
        gain -= repair->solver->limits->move_ps[before][tier];
    if (before == tier)
        gain += repair->solver->limits->move_ps[tier][other];
    return gain;
}

/* Send down from `tier` what does not fit, least gain first. */
static void
turn_away(Repair *repair, guint t, guint tier, guint64 used[])
{
    const Solver *solver = repair->solver;
    guint n = 0;
    if (used[tier] <= solver->limits->capacity[tier])
        return;
    for (guint i = 0; i < solver->future->n_pages; i++)
        if (repair->now[i] == tier)
            repair->claims[n++] = (Claim){gain_of(repair, i, t, tier, tier + 1), i};
    qsort(repair->claims, n, sizeof *repair->claims, less_gain_first);
    for (guint k = 0; k < n && used[tier] > solver->limits->capacity[tier]; k++) {
        guint i = repair->claims[k].page;
        repair->now[i] = (guint8)(tier + 1);
        used[tier] -= solver->future->pages[i].span;
        used[tier + 1] += solver->future->pages[i].span;
    }
}

/* Where the fastest tier has room, new pages start there and old ones need not leave. */
static void
fill_up(Repair *repair, guint t, guint64 used[])
{
    const Solver *solver = repair->solver;
    guint64 capacity = solver->limits->capacity[0];
    guint n = 0;
    if (used[0] >= capacity)
        return;
    for (guint i = 0; i < solver->future->n_pages; i++) {
        guint8 before =
            t ? repair->plan->tier[(gsize)i * repair->plan->n_intervals + t - 1] : LAD_PLAN_NOWHERE;
        if (repair->now[i] != LAD_PLAN_NOWHERE && repair->now[i] > 0 &&
            (before == LAD_PLAN_NOWHERE || before == 0))
            repair->claims[n++] = (Claim){gain_of(repair, i, t, 0, repair->now[i]), i};
    }
    qsort(repair->claims, n, sizeof *repair->claims, more_gain_first);
    for (guint k = 0; k < n; k++) {
        guint i = repair->claims[k].page, span = solver->future->pages[i].span;
        if (used[0] + span > capacity)
            break;
        used[repair->now[i]] -= span;
        used[0] += span;
        repair->now[i] = 0;
    }
}

static void
repair_interval(Repair *repair, guint t)
{
    const Solver *solver = repair->solver;
    const LadFuture *future = solver->future;
    guint64 used[LAD_MAX_TIERS] = {0};
    for (guint i = 0; i < future->n_pages; i++) {
        const LadFuturePage *page = &future->pages[i];
        guint32 *cursor = &repair->cursor[i];
        while (*cursor < page->n_uses && future->uses[page->first_use + *cursor].interval < t)
            ++*cursor;
        repair->now[i] = solver->wanted[(gsize)i * solver->n_intervals + t];
        if (repair->now[i] != LAD_PLAN_NOWHERE)
            used[repair->now[i]] += page->span;
    }
    for (guint tier = 0; tier + 1 < solver->n_tiers; tier++)
        turn_away(repair, t, tier, used);
    fill_up(repair, t, used);
    for (guint i = 0; i < future->n_pages; i++)
        repair->plan->tier[(gsize)i * solver->n_intervals + t] = repair->now[i];
}

/* The plan that is wanted, made to fit. */
static LadOraclePlan *
repaired(Solver *solver)
{
    LadOraclePlan *plan = plan_new(solver->future);
    guint n = solver->future->n_pages;
    Repair repair = {solver, plan, g_new0(guint32, n + 1), g_new(Claim, n + 1), g_malloc(n + 1)};
    for (guint t = 0; t < solver->n_intervals; t++)
        repair_interval(&repair, t);
    g_free(repair.cursor);
    g_free(repair.claims);
    g_free(repair.now);
    evaluate(plan, solver->future, solver->limits);
    return plan;
}

static void
keep_better(LadOraclePlan **best, LadOraclePlan *plan)
{
    if (plan->cost_ps < (*best)->cost_ps) {
        LadOraclePlan *worse = *best;
        *best = plan;
        plan = worse;
    }
    lad_oracle_plan_free(plan);
}

LadOraclePlan *
lad_oracle_plan_moving(const LadFuture *future, const LadPlanLimits *limits)
{
    LadOraclePlan *best = lad_oracle_plan_static(future, limits);
    guint n = future->n_intervals, n_tiers = limits->n_tiers;
    gsize size = (gsize)future->n_pages * n;
    Solver solver = {.future = future,
                     .limits = limits,
                     .n_intervals = n,
                     .n_tiers = n_tiers,
                     .price = g_new0(double, n *n_tiers + 1),
                     .used = g_new0(guint64, n * n_tiers + 1),
                     .wanted = g_malloc(size + 1),
                     .back = g_malloc0((gsize)n * n_tiers + 1)};
    memset(solver.wanted, LAD_PLAN_NOWHERE, size);
    double scale = first_prices(&solver);
    if (n_tiers > 1)
        scale = MAX(scale, limits->move_ps[1][0] / MAX(n, 1));
    for (guint round = 0; round < ROUNDS; round++) {
        find_ways(&solver);
        if (round % REPAIR_EVERY == REPAIR_EVERY - 1)
            keep_better(&best, repaired(&solver));
        adjust_prices(&solver, scale / (1 + 0.25 * round));
    }
    g_free(solver.price);
    g_free(solver.used);
    g_free(solver.wanted);
    g_free(solver.back);
    return best;
}
