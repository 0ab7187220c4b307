/* hotness.c - which pages that take a hint fault are candidates for promotion, and how many.
 *
 * As Linux 6.1 with memory tiering (kernel/sched/fair.c): a page is hot if its touch came sooner
 * than a threshold after its mark. The threshold is adjusted once in scan-period-max, by an eighth
 * of its default: down if the candidates since came to more than 110 % of what the rate limit
 * allows, up below 90 %. Candidates of a second beyond the limit are refused, and counted all the
 * same; a second begins with the first candidate that comes more than one after the last began.
 * Where the tier has plenty of free memory (above the promo mark and 1 GiB or a sixteenth of it),
 * every page is promoted and the threshold starts anew.
 */
#include "config.h"
#include "sim/kernel/state.h"

#define ADJUST_STEPS 16

static guint64
in_ms(const LadKernel *kernel, LadTime now)
{
    return lad_kernel_jiffies(kernel, now) * kernel->params.jiffy / LAD_MS;
}

static gboolean
has_plenty(const LadKernel *kernel, guint tier)
{
    const LadZone *zone = &kernel->zones[tier];
    guint64 enough = MAX(LAD_GIB >> LAD_PAGE_SHIFT, zone->total / 16);
    return zone->free > zone->mark[LAD_WMARK_PROMO] + enough;
}

static void
adjust(const LadKernel *kernel, LadHotness *hotness, guint64 limit_pages, LadTime standard,
       guint64 now_ms)
{
    guint64 period_ms = kernel->params.scan_period_max / LAD_MS;
    if (now_ms - hotness->adjusted_ms <= period_ms)
        return;
    hotness->adjusted_ms = now_ms;
    guint64 candidates = kernel->vm[LAD_VM_PGPROMOTE_CANDIDATE];
    guint64 since = candidates - hotness->adjusted_candidates;
    guint64 allowed = limit_pages * period_ms / 1000;
    LadTime unit = standard * 2 / ADJUST_STEPS;
    LadTime threshold = hotness->threshold ? hotness->threshold : standard;
    if (since > allowed * 11 / 10)
        threshold = MAX(threshold > unit ? threshold - unit : 0, unit);
    else if (since < allowed * 9 / 10)
        threshold = MIN(threshold + unit, 2 * standard);
    hotness->adjusted_candidates = candidates;
    hotness->threshold = threshold;
}

/* Counts the candidate; FALSE if this second has had enough. */
static gboolean
admit(LadKernel *kernel, LadHotness *hotness, guint64 limit_pages, LadPage page, guint64 now_ms)
{
    lad_kernel_count_candidate(kernel, page);
    guint64 candidates = kernel->vm[LAD_VM_PGPROMOTE_CANDIDATE];
    if (now_ms - hotness->window_ms > 1000) {
        hotness->window_ms = now_ms;
        hotness->window_candidates = candidates;
    }
    return candidates - hotness->window_candidates < limit_pages;
}

LadTime
lad_hotness_threshold(const LadKernel *kernel, guint tier, LadTime standard)
{
    LadTime threshold = kernel->hotness[tier].threshold;
    return threshold ? threshold : standard;
}

gboolean
lad_hotness_admit(LadKernel *kernel, const LadHintFault *fault, guint to, LadTime standard,
                  LadBytes rate)
{
    LadHotness *hotness = &kernel->hotness[to];
    if (has_plenty(kernel, to)) {
        hotness->threshold = 0;
        return TRUE;
    }
    guint64 now_ms = in_ms(kernel, fault->now), limit_pages = rate >> LAD_PAGE_SHIFT;
    adjust(kernel, hotness, limit_pages, standard, now_ms);
    if (fault->age >= lad_hotness_threshold(kernel, to, standard))
        return FALSE;
    return admit(kernel, hotness, limit_pages, fault->page, now_ms);
}
