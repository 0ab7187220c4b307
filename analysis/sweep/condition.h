/* condition.h - combinations of values that mean nothing and are not run.
 *
 *   skip = policy=first-touch and near>64 MiB; policy=none
 */
#ifndef LAD_SWEEP_CONDITION_H
#define LAD_SWEEP_CONDITION_H

#include "analysis/sweep/grid.h"

/* Reads comparisons joined by `and`, alternatives by `;`, into the grid's conditions. Errors:
 * CONFIG, beginning with `where`. */
gboolean lad_sweep_conditions_read(LadSweepGrid *grid, const char *text, const char *where,
                                   GError **error);
void lad_sweep_condition_free(gpointer condition);
/* Whether the point meets all comparisons. */
gboolean lad_sweep_condition_holds(const LadSweepCondition *condition, const LadSweepGrid *grid,
                                   guint point);

#endif
