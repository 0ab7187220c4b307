/* plan.h - placements made in hindsight: in which tier every page should be in every interval.
 *
 * Costs are what a line of a tier held a core up in the first pass, and what a move takes. Shared
 * by the oracles.
 */
#ifndef LAD_PLACEMENT_PLAN_H
#define LAD_PLACEMENT_PLAN_H

#include <memladder/future.h>
#include <memladder/placement.h>

typedef struct {
    guint n_tiers;
    guint64 capacity[LAD_MAX_TIERS];              /* 4 KiB pages */
    double move_ps[LAD_MAX_TIERS][LAD_MAX_TIERS]; /* of a 4 KiB page */
} LadPlanLimits;

/* tier[page * n_intervals + interval]; before its first use a page is nowhere (LAD_PLAN_NOWHERE).
 */
typedef struct {
    guint n_intervals;
    guint8 *tier;
    double cost_ps; /* stalls and moves that it foresees */
} LadOraclePlan;

#define LAD_PLAN_NOWHERE 255

/* What the policy's host has: its tiers down to their low watermarks, less page tables. */
void lad_oracle_plan_limits(const LadPlacement *policy, LadPlanLimits *limits);
/* Where a page starts; what the first pass did not see, and everything without a plan (NULL), in
 * the fastest tier. */
guint lad_oracle_plan_start(const LadOraclePlan *plan, const LadFuture *future,
                            const LadNewPage *page, guint n_tiers);
void lad_oracle_plan_free(LadOraclePlan *plan);
/* Every page stays where it starts: those with most traffic in the fastest tier, and so on down. */
LadOraclePlan *lad_oracle_plan_static(const LadFuture *future, const LadPlanLimits *limits);
/* Pages move between intervals where that saves more than it costs; never worse than the above, by
 * its own account. */
LadOraclePlan *lad_oracle_plan_moving(const LadFuture *future, const LadPlanLimits *limits);

#endif
