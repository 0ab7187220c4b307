/* plan_file.h - a plan's files: their names, writing and reading. */
#ifndef LAD_SWEEP_PLAN_FILE_H
#define LAD_SWEEP_PLAN_FILE_H

#include "analysis/sweep/plan.h"

#define LAD_SWEEP_CONFIGS "points.conf"
#define LAD_SWEEP_POINTS  "points.tsv"
#define LAD_SWEEP_PLAN    "plan.json"
#define LAD_SWEEP_RESULTS "results"

/* A file of the plan. Free with g_free. */
char *lad_sweep_plan_path(const LadSweepPlan *plan, const char *name);
/* Writes points.tsv, then plan.json, without which a directory is no plan. `traces`: name to
 * identity. points.conf is there already. Sets the plan's identity. */
gboolean lad_sweep_plan_write(LadSweepPlan *plan, GHashTable *traces, GError **error);
/* Removes the files of a plan that could not be finished. */
void lad_sweep_plan_remove(const LadSweepPlan *plan);

#endif
