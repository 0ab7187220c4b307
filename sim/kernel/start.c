/* start.c - pages that are put where a recorded run had them, whatever the policy.
 *
 * kernel.start-placement has a row per range: first virtual page, pages, tier, and 1 if they go to
 * the active list. A page in a range starts there if the tier has room; all others start where the
 * policy says. So a replay can begin where a measured run began.
 */
#include "config.h"
#include "sim/kernel/state.h"

enum { FIRST, PAGES, TIER, ACTIVE, N_COLUMNS };

static gboolean
refuse(const LadTable *table, guint row, const char *expected, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "[kernel] start-placement: %s, row %u: expected %s", table->origin, row + 1,
                expected);
    return FALSE;
}

gboolean
lad_start_init(LadKernel *kernel, GError **error)
{
    const LadTable *table = kernel->params.start_placement;
    if (!table || table->n_rows == 0)
        return TRUE;
    if (table->n_columns != N_COLUMNS)
        return refuse(table, 0, "first virtual page, pages, tier, 0 or 1 for the active list",
                      error);
    double end = 0;
    for (guint i = 0; i < table->n_rows; i++) {
        const double *cells = table->cells + (gsize)i * N_COLUMNS;
        if (cells[FIRST] < end || cells[PAGES] < 1)
            return refuse(table, i, "ranges of at least one page that rise and do not overlap",
                          error);
        if (cells[TIER] < 0 || cells[TIER] >= kernel->host->n_tiers ||
            kernel->host->tiers[(guint)cells[TIER]]->class->faulting)
            return refuse(table, i, "the number of a byte-addressable tier, 0 the fastest", error);
        end = cells[FIRST] + cells[PAGES];
    }
    return TRUE;
}

guint
lad_start_tier(const LadKernel *kernel, guint64 vpage, gboolean *active)
{
    const LadTable *table = kernel->params.start_placement;
    guint low = 0, high = table ? table->n_rows : 0;
    *active = FALSE;
    /* The last range that begins at or before the page. */
    while (low < high) {
        guint middle = (low + high) / 2;
        if (table->cells[(gsize)middle * N_COLUMNS + FIRST] <= (double)vpage)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return LAD_TIER_NONE;
    const double *cells = table->cells + (gsize)(low - 1) * N_COLUMNS;
    if ((double)vpage >= cells[FIRST] + cells[PAGES])
        return LAD_TIER_NONE;
    *active = cells[ACTIVE] != 0;
    return (guint)cells[TIER];
}
