/* pcp.c - the per-CPU list of free frames before each tier's free memory.
 *
 * As Linux 6.1 (mm/page_alloc.c): a freed frame goes to the list, and an allocation comes from it,
 * so that the watermarks, which look behind it, see frames come and go in batches. An empty list is
 * refilled by `batch`. A list that holds `high` frames gives back batch, 2 x batch, ... frames:
 * the factor doubles with each time and halves with each allocation, and at most high - batch go.
 * While the tier's reclaim daemon works, high is 4 x batch at most.
 *
 * One list per tier, as on a machine with one CPU; others would add lists of the same size.
 */
#include "config.h"
#include "sim/kernel/state.h"

/* zone_batchsize(): a thousandth of the zone, at most 1 MiB, a quarter of that, and then so that it
 * is just below a power of two. */
static guint
batch_of(guint64 pages)
{
    guint64 quarter = MIN(pages >> 10, LAD_MIB >> LAD_PAGE_SHIFT) / 4;
    quarter = MAX(quarter, 1);
    quarter += quarter / 2;
    guint power = 1;
    while ((guint64)power * 2 <= quarter)
        power *= 2;
    return MAX(power - 1, 1);
}

void
lad_pcp_init(LadZone *zone, guint64 managed)
{
    zone->pcp = (LadPerCpu){.batch = batch_of(managed)};
    zone->pcp.high = MAX(zone->mark[LAD_WMARK_LOW], 4 * (guint64)zone->pcp.batch);
}

void
lad_pcp_take(LadZone *zone)
{
    LadPerCpu *pcp = &zone->pcp;
    pcp->factor >>= 1;
    if (pcp->count == 0) {
        pcp->count = MIN(pcp->batch, zone->free);
        zone->free -= pcp->count;
    }
    g_assert(pcp->count > 0);
    pcp->count--;
}

void
lad_pcp_give(LadZone *zone, gboolean reclaiming)
{
    LadPerCpu *pcp = &zone->pcp;
    guint64 batch = pcp->batch;
    guint64 high = reclaiming ? MIN(pcp->high, 4 * batch) : pcp->high;
    pcp->count++;
    if (pcp->count < high)
        return;
    guint64 n = batch << pcp->factor;
    if (n < high - batch)
        pcp->factor++;
    n = CLAMP(n, batch, high - batch);
    n = MIN(n, pcp->count);
    pcp->count -= n;
    zone->free += n;
}

void
lad_pcp_drain(LadZone *zone)
{
    zone->free += zone->pcp.count;
    zone->pcp.count = 0;
}
