/* frames.c - the frames of every tier, Linux's watermarks, and finding room for a new page.
 *
 * Watermarks as in Linux 6.1 (mm/page_alloc.c): min_free_kbytes = sqrt(16 x kB of memory), between
 * 128 KiB and 256 MiB, shared among the tiers by size; with d = max(min / 4, size x
 * watermark_scale_factor / 10000): low = min + d, high = low + d, promo = high + d. The formula's
 * memory is that of all tiers, as where every node's memory counts as low memory.
 */
#include "config.h"
#include "sim/kernel/oom.h"
#include "sim/kernel/state.h"
#include "sim/kernel/swapchain.h"

static guint64
integer_sqrt(guint64 x)
{
    guint64 root = 0;
    for (guint64 bit = (guint64)1 << 31; bit; bit >>= 1)
        if ((root + bit) * (root + bit) <= x)
            root += bit;
    return root;
}

static void
note_use(const LadZone *zone)
{
    guint64 free = zone->free + zone->pcp.count;
    zone->tier->common[LAD_TIER_FREE_BYTES] = free << LAD_PAGE_SHIFT;
    zone->tier->common[LAD_TIER_USED_BYTES] = (zone->total - free) << LAD_PAGE_SHIFT;
}

void
lad_frames_init(LadKernel *kernel)
{
    const LadHost *host = kernel->host;
    guint64 all = 0;
    for (guint i = 0; i < host->n_tiers; i++)
        if (!host->tiers[i]->class->faulting)
            all += host->tiers[i]->size >> LAD_PAGE_SHIFT;
    guint64 min_kb = kernel->params.min_free >> 10;
    if (min_kb == 0)
        min_kb = CLAMP(integer_sqrt(16 * (all << (LAD_PAGE_SHIFT - 10))), 128, 262144);
    guint64 min_pages = min_kb >> (LAD_PAGE_SHIFT - 10);

    for (guint i = 0; i < host->n_tiers; i++) {
        LadZone *zone = &kernel->zones[i];
        zone->tier = host->tiers[i];
        if (zone->tier->class->faulting)
            continue;
        guint64 size = zone->tier->size >> LAD_PAGE_SHIFT;
        zone->total = zone->free = size - (zone->tier->reserved >> LAD_PAGE_SHIFT);
        guint64 min = (guint64)((double)min_pages * (double)size / (double)all);
        guint64 scaled =
            (guint64)((double)size * (double)kernel->params.watermark_scale_factor / 10000);
        guint64 step = MAX(MAX(min / 4, scaled), 1);
        gboolean given = zone->tier->watermarks[LAD_WMARK_PROMO] > 0;
        for (guint mark = 0; mark < LAD_N_WMARKS; mark++)
            zone->mark[mark] = given ? zone->tier->watermarks[mark] : min + mark * step;
        lad_pcp_init(zone, size);
        zone->promotion_floor = zone->mark[LAD_WMARK_HIGH];
        note_use(zone);
    }
}

gboolean
lad_frames_take(LadKernel *kernel, guint tier, guint64 n, guint64 floor)
{
    LadZone *zone = &kernel->zones[tier];
    if (zone->free < n + floor)
        return FALSE;
    if (n == 1 && kernel->params.per_cpu_lists)
        lad_pcp_take(zone);
    else
        zone->free -= n;
    note_use(zone);
    return TRUE;
}

void
lad_frames_give(LadKernel *kernel, guint tier, guint64 n)
{
    LadZone *zone = &kernel->zones[tier];
    if (n == 1 && kernel->params.per_cpu_lists)
        lad_pcp_give(zone, kernel->kswapd[tier].state == LAD_KSWAPD_WORKING);
    else
        zone->free += n;
    g_assert(zone->free + zone->pcp.count <= zone->total);
    kernel->kswapd[tier].failures = 0;
    note_use(zone);
}

/* The tiers in the order in which an allocation that prefers `first` tries them. */
static guint
fallback_order(const LadKernel *kernel, guint first, guint order[LAD_MAX_TIERS])
{
    guint n = 0;
    for (guint i = first; i < kernel->host->n_tiers; i++)
        if (!kernel->zones[i].tier->class->faulting)
            order[n++] = i;
    for (guint i = first; i-- > 0;)
        order[n++] = i;
    return n;
}

static guint
take_above(LadKernel *kernel, const guint *order, guint n_order, guint64 n, LadWatermark mark)
{
    for (guint i = 0; i < n_order; i++)
        if (lad_frames_take(kernel, order[i], n, kernel->zones[order[i]].mark[mark]))
            return order[i];
    return LAD_TIER_NONE;
}

guint
lad_frames_find(LadKernel *kernel, guint tier, guint64 n, guint core, LadTime now, LadTime *cost)
{
    guint order[LAD_MAX_TIERS];
    g_assert(tier < kernel->host->n_tiers);
    guint n_order = fallback_order(kernel, tier, order);
    guint found = take_above(kernel, order, n_order, n, LAD_WMARK_LOW);
    if (found == LAD_TIER_NONE) {
        for (guint i = 0; i < n_order; i++)
            lad_kswapd_wake(kernel, order[i], now);
        found = take_above(kernel, order, n_order, n, LAD_WMARK_MIN);
    }
    if (found == LAD_TIER_NONE) {
        for (guint i = 0; i < n_order; i++)
            lad_pcp_drain(&kernel->zones[order[i]]);
        found = take_above(kernel, order, n_order, n, LAD_WMARK_MIN);
    }
    for (guint i = 0; i < n_order && found == LAD_TIER_NONE && n == 1; i++) {
        guint64 reclaimed = 0;
        *cost += lad_reclaim_direct(kernel, order[i], n, core, now, &reclaimed);
        lad_pcp_drain(&kernel->zones[order[i]]);
        if (reclaimed)
            found = take_above(kernel, order, n_order, n, LAD_WMARK_MIN);
    }
    if (found != LAD_TIER_NONE) {
        lad_kernel_account(kernel, LAD_VM_PGALLOC, n);
        lad_kswapd_check(kernel, found, now);
    }
    return found;
}

void
lad_frames_out_of_memory(LadKernel *kernel)
{
    LadHost *host = kernel->host;
    if (host->error)
        return;
    guint64 used = 0;
    for (guint i = 0; i < host->n_tiers; i++)
        used += kernel->zones[i].total - kernel->zones[i].free;
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text,
                           "out of memory%s%s: the footprint has reached %.1f MiB "
                           "(%.1f MiB of it page tables) and no tier has a free frame above its "
                           "reserve:",
                           host->name[0] ? " on host " : "", host->name, (double)used / 256,
                           (double)kernel->vm[LAD_VM_NR_PAGE_TABLE_PAGES] / 256);
    for (guint i = 0; i < host->n_tiers; i++)
        g_string_append_printf(text, "%s [tier.%s] size %.1f MiB, free %.1f MiB, reserve %.1f MiB",
                               i ? ";" : "", host->tiers[i]->name,
                               (double)host->tiers[i]->size / LAD_MIB,
                               (double)kernel->zones[i].free / 256,
                               (double)kernel->zones[i].mark[LAD_WMARK_MIN] / 256);
    if (lad_chain_exists(kernel)) {
        lad_oom_describe_swap(kernel, lad_chain_default(kernel), text);
        lad_oom_describe_tries(kernel, 0, text);
        lad_oom_describe_users(kernel, 0, text);
    }
    gboolean self;
    if (lad_oom_kill(kernel, 0, kernel->faulting, text->str, lad_queue_now(host->queue), &self))
        return;
    g_string_append(text, "; expected tiers larger than the footprint");
    g_set_error_literal(&host->error, LAD_ERROR, LAD_ERROR_CAPACITY, text->str);
}

guint64
lad_frames_total(const LadKernel *kernel, guint tier)
{
    return kernel->zones[tier].total;
}

guint64
lad_frames_free(const LadKernel *kernel, guint tier)
{
    return kernel->zones[tier].free;
}

guint64
lad_frames_watermark(const LadKernel *kernel, guint tier, LadWatermark mark)
{
    return kernel->zones[tier].mark[mark];
}
