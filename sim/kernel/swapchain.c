/* swapchain.c - which back end holds each swapped page, and what is passed on to the next.
 *
 * One record per slot (24 bytes, and only of slots that were ever used): the holder, when the page
 * came to it, the cgroup that pays, and links of the holder's list, oldest first. What is moved on
 * later is in swapmove.c.
 */
#include "config.h"
#include "sim/kernel/agescan.h"
#include "sim/kernel/block.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/state.h"
#include "sim/kernel/swapmove.h"

/* ---- Making ---------------------------------------------------------------------------------- */

static gboolean
refuse_next(const LadTier *tier, LadConfig *config, const char *name, const char *why,
            GError **error)
{
    g_autofree char *group = g_strdup_printf("tier.%s", tier->name);
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "%s: [%s] next = %s: %s",
                lad_config_origin(config, group, "next"), group, name, why);
    return FALSE;
}

static gboolean
link_next(LadHost *host, LadTier *tier, LadConfig *config, GError **error)
{
    g_autofree char *group = g_strdup_printf("tier.%s", tier->name);
    const char *name = lad_config_peek(config, group, "next");
    if (!name || !name[0]) {
        if (tier->next_age == 0)
            return TRUE;
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [%s] next-age: expected with `next`, the tier that old pages are moved to",
                    lad_config_origin(config, group, "next-age"), group);
        return FALSE;
    }
    if (!tier->class->faulting)
        return refuse_next(
            tier, config, name,
            "the tier is byte-addressable; expected `next` in the groups of faulting "
            "tiers only (the placement policy moves pages between the others)",
            error);
    for (guint i = 0; i < host->n_tiers; i++)
        if (strcmp(host->tiers[i]->name, name) == 0)
            tier->next = host->tiers[i];
    if (!tier->next) {
        g_autofree char *why = g_strdup_printf("there is no group [tier.%s]", name);
        return refuse_next(tier, config, name, why, error);
    }
    if (tier->next->class->faulting)
        return TRUE;
    return refuse_next(tier, config, name,
                       "that tier is byte-addressable; expected one that faults (zswap, ssd, "
                       "remote-swap)",
                       error);
}

/* The chain from `tier` on, as far as it does not repeat itself. */
static gboolean
check_loop(const LadTier *tier, LadConfig *config, GError **error)
{
    guint32 seen = 0;
    const LadTier *at = tier;
    for (; at && !(seen >> at->index & 1); at = at->next)
        seen |= 1u << at->index;
    if (!at)
        return TRUE;
    g_autoptr(GString) loop = g_string_new(at->name);
    const LadTier *first = at;
    do {
        at = at->next;
        g_string_append_printf(loop, " -> %s", at->name);
    } while (at != first);
    g_autofree char *why =
        g_strdup_printf("the chain loops: %s; expected one that ends", loop->str);
    return refuse_next(tier, config, tier->next->name, why, error);
}

gboolean
lad_chain_check(LadHost *host, LadConfig *config, GError **error)
{
    G_STATIC_ASSERT(LAD_MAX_TIERS <= 32);
    for (guint i = 0; i < host->n_tiers; i++)
        if (!link_next(host, host->tiers[i], config, error))
            return FALSE;
    for (guint i = 0; i < host->n_tiers; i++)
        if (!check_loop(host->tiers[i], config, error))
            return FALSE;
    return TRUE;
}

static const LadTier *
end_of(const LadTier *tier)
{
    while (tier->next)
        tier = tier->next;
    return tier;
}

/* Number the area whose chains end in `end`; its tiers are told. */
static gboolean
make_area(LadKernel *kernel, const LadTier *end, GError **error)
{
    LadSwapChain *chain = kernel->chain;
    LadChainArea *area = &chain->areas[chain->n_areas];
    for (guint i = 0; i < kernel->host->n_tiers; i++) {
        LadTier *tier = kernel->host->tiers[i];
        if (!tier->class->faulting || end_of(tier) != end)
            continue;
        LadChainHolder *holder = &chain->holders[i];
        *holder = (LadChainHolder){.kernel = kernel,
                                   .tier = tier,
                                   .area = chain->n_areas,
                                   .oldest = LAD_CHAIN_NO_SLOT,
                                   .newest = LAD_CHAIN_NO_SLOT,
                                   .max_pages = G_MAXUINT64};
        if (!tier->class->block_device)
            continue;
        holder->max_pages = tier->size >> LAD_PAGE_SHIFT;
        area->n_slots += holder->max_pages;
        tier->common[LAD_TIER_FREE_BYTES] = holder->max_pages << LAD_PAGE_SHIFT;
    }
    if (area->n_slots == 0)
        area->n_slots = kernel->max_pages;
    area->n_slots = MIN(area->n_slots, (guint64)LAD_CHAIN_NO_SLOT);
    area->bytes = area->n_slots * sizeof *area->records;
    area->records = lad_reserve_new(area->bytes, error);
    chain->n_areas++;
    return area->records != NULL;
}

gboolean
lad_chain_init(LadKernel *kernel, GError **error)
{
    LadHost *host = kernel->host;
    LadSwapChain *chain = kernel->chain = g_new0(LadSwapChain, 1);
    guint32 heads = 0, nexts = 0;
    for (guint i = 0; i < host->n_tiers; i++) {
        LadTier *tier = host->tiers[i];
        if (!tier->class->faulting)
            continue;
        heads |= 1u << i;
        if (tier->next)
            nexts |= 1u << tier->next->index;
        else if (!make_area(kernel, tier, error))
            return FALSE;
    }
    chain->first = LAD_TIER_NONE;
    for (guint i = host->n_tiers; i-- > 0;)
        if ((heads & ~nexts) >> i & 1)
            chain->first = i;
    for (guint i = 0; i < host->n_tiers; i++)
        if (host->tiers[i]->block) {
            host->tiers[i]->block->owner = &chain->holders[i];
            host->tiers[i]->block->ended = lad_chain_write_ended;
        }
    return TRUE;
}

void
lad_chain_free(LadKernel *kernel)
{
    LadSwapChain *chain = kernel->chain;
    if (!chain)
        return;
    for (guint i = 0; i < chain->n_areas; i++)
        lad_reserve_free(chain->areas[i].records, chain->areas[i].bytes);
    g_free(chain);
    kernel->chain = NULL;
}

gboolean
lad_chain_exists(const LadKernel *kernel)
{
    return kernel->chain->n_areas > 0;
}

guint
lad_chain_default(const LadKernel *kernel)
{
    return kernel->chain->first;
}

guint
lad_chain_find(const LadKernel *kernel, const char *name, const char *where, GError **error)
{
    const LadHost *host = kernel->host;
    for (guint i = 0; i < host->n_tiers; i++) {
        if (strcmp(host->tiers[i]->name, name) != 0)
            continue;
        if (host->tiers[i]->class->faulting)
            return i;
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s = %s: [tier.%s] is byte-addressable; expected a tier that faults (zswap, "
                    "ssd, remote-swap)",
                    where, name, name);
        return LAD_TIER_NONE;
    }
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "%s = %s: there is no group [tier.%s]", where,
                name, name);
    return LAD_TIER_NONE;
}

guint
lad_chain_n_areas(const LadKernel *kernel)
{
    return kernel->chain->n_areas;
}

guint
lad_chain_area(const LadKernel *kernel, guint first)
{
    return kernel->chain->holders[first].area;
}

guint64
lad_chain_area_slots(const LadKernel *kernel, guint area)
{
    return kernel->chain->areas[area].n_slots;
}

void
lad_chain_set_owner(LadKernel *kernel, void *owner, LadChainEnded ended)
{
    kernel->chain->owner = owner;
    kernel->chain->ended = ended;
}

/* ---- Records --------------------------------------------------------------------------------- */

LadChainRecord *
lad_chain_record(const LadKernel *kernel, guint64 slot)
{
    const LadChainArea *area = &kernel->chain->areas[slot >> LAD_SLOT_AREA_SHIFT];
    guint64 offset = slot & (((guint64)1 << LAD_SLOT_AREA_SHIFT) - 1);
    g_assert(offset < area->n_slots);
    return &area->records[offset];
}

/* A compressed pool tells by itself what it uses. */
static void
note_use(const LadChainHolder *holder)
{
    LadTier *tier = holder->tier;
    if (!tier->class->block_device)
        return;
    tier->common[LAD_TIER_USED_BYTES] = holder->n_pages << LAD_PAGE_SHIFT;
    tier->common[LAD_TIER_FREE_BYTES] = (holder->max_pages - holder->n_pages) << LAD_PAGE_SHIFT;
}

void
lad_chain_unlist(LadSwapChain *chain, LadChainHolder *holder, LadChainRecord *record)
{
    LadChainRecord *records = chain->areas[holder->area].records;
    if (record->prev != LAD_CHAIN_NO_SLOT)
        records[record->prev].next = record->next;
    else
        holder->oldest = record->next;
    if (record->next != LAD_CHAIN_NO_SLOT)
        records[record->next].prev = record->prev;
    else
        holder->newest = record->prev;
    holder->n_pages--;
    note_use(holder);
}

static void
list_append(LadSwapChain *chain, LadChainHolder *holder, LadChainRecord *record)
{
    LadChainRecord *records = chain->areas[holder->area].records;
    guint32 slot = (guint32)(record - records);
    record->prev = holder->newest;
    record->next = LAD_CHAIN_NO_SLOT;
    if (holder->newest != LAD_CHAIN_NO_SLOT)
        records[holder->newest].next = slot;
    else
        holder->oldest = slot;
    holder->newest = slot;
    holder->n_pages++;
    note_use(holder);
}

void
lad_chain_drop_copy(LadKernel *kernel, LadChainRecord *record, LadPage page, guint64 slot)
{
    if (record->holder == 0)
        return;
    LadChainHolder *holder = &kernel->chain->holders[record->holder - 1];
    lad_chain_unlist(kernel->chain, holder, record);
    record->holder = 0;
    if (holder->tier->class->discard)
        holder->tier->class->discard(holder->tier, page, slot);
}

void
lad_chain_hold(LadKernel *kernel, LadChainHolder *holder, LadChainRecord *record, LadTime now)
{
    record->holder = (guint8)(holder->tier->index + 1);
    record->stored = now;
    list_append(kernel->chain, holder, record);
    lad_chain_start_ager(holder, now);
}

/* ---- Out ------------------------------------------------------------------------------------- */

LadChainResult
lad_chain_give(LadChainHolder *holder, LadPage page, guint64 slot, guint32 group, gboolean kswapd,
               LadTime *now)
{
    LadTier *tier = holder->tier;
    LadTransfer transfer = {.kind = LAD_TRANSFER_COPY_WRITE,
                            .bytes = LAD_PAGE_BYTES,
                            .page = page,
                            .slot = slot,
                            .group = group};
    if (holder->n_pages >= holder->max_pages)
        return LAD_CHAIN_FAILED;
    if (tier->block) {
        holder->kernel->chain->slept += lad_block_write(tier->block, page, slot, kswapd, now);
        return LAD_CHAIN_QUEUED;
    }
    LadTime done = lad_tier_store(tier, *now, &transfer);
    if (done != LAD_TIME_MAX) {
        *now = done;
        return LAD_CHAIN_STORED;
    }
    *now += tier->refused_after;
    tier->refused_after = 0;
    if (tier->refusal == LAD_REFUSED_FULL)
        lad_chain_wake_worker(holder, *now);
    return LAD_CHAIN_FAILED;
}

LadChainResult
lad_chain_store(LadKernel *kernel, guint group, guint first, LadPage page, guint64 slot,
                gboolean kswapd, LadTime *now)
{
    LadSwapChain *chain = kernel->chain;
    LadChainRecord *record = lad_chain_record(kernel, slot);
    chain->slept = 0;
    lad_chain_drop_copy(kernel, record, page, slot);
    record->state = LAD_MOVE_AT_REST; /* what is being moved is no longer what the page holds */
    record->group = group;
    for (LadTier *tier = kernel->host->tiers[first]; tier; tier = tier->next) {
        LadChainHolder *holder = &chain->holders[tier->index];
        LadChainResult result = lad_chain_give(holder, page, slot, group, kswapd, now);
        if (result == LAD_CHAIN_FAILED)
            continue;
        lad_chain_hold(kernel, holder, record, *now);
        if (result == LAD_CHAIN_STORED)
            lad_cgroup_count(kernel, group, LAD_CG_ZSWPOUT, 1);
        return result;
    }
    if (kernel->ages)
        kernel->ages[page].flags |= LAD_AGE_REFUSED;
    return LAD_CHAIN_FAILED;
}

LadTime
lad_chain_slept(const LadKernel *kernel)
{
    return kernel->chain->slept;
}

void
lad_chain_unplug(LadKernel *kernel, guint first, LadTime *now)
{
    for (LadTier *tier = kernel->host->tiers[first]; tier; tier = tier->next)
        if (tier->block)
            lad_block_unplug(tier->block, now);
}

/* ---- In -------------------------------------------------------------------------------------- */

LadTime
lad_chain_load(LadKernel *kernel, LadPage page, guint64 slot, LadTime now, LadEventFunc done,
               void *data, guint64 argument)
{
    LadChainRecord *record = lad_chain_record(kernel, slot);
    g_assert(record->holder != 0);
    LadTier *tier = kernel->host->tiers[record->holder - 1];
    if (record->state == LAD_MOVE_WRITTEN_ON)
        return now; /* the page that is being written is in the swap cache */
    if (tier->block)
        return lad_block_read(tier->block, page, slot, 1, now, done, data, argument);
    LadTransfer transfer = {.kind = LAD_TRANSFER_COPY_READ,
                            .bytes = LAD_PAGE_BYTES,
                            .page = page,
                            .slot = slot,
                            .group = record->group,
                            .done = done,
                            .data = data,
                            .argument = argument};
    LadTime end = lad_tier_load(tier, now, &transfer);
    lad_cgroup_count(kernel, record->group, LAD_CG_ZSWPIN, 1);
    if (tier->exclusive)
        lad_chain_drop_copy(kernel, record, page, slot);
    return end;
}

guint
lad_chain_holder(const LadKernel *kernel, guint64 slot)
{
    const LadChainRecord *record = lad_chain_record(kernel, slot);
    return record->holder ? (guint)record->holder - 1 : LAD_TIER_NONE;
}

gboolean
lad_chain_is_synchronous(const LadKernel *kernel, guint64 slot)
{
    guint holder = lad_chain_holder(kernel, slot);
    return holder != LAD_TIER_NONE && !kernel->host->tiers[holder]->class->block_device;
}

void
lad_chain_discard(LadKernel *kernel, LadPage page, guint64 slot)
{
    LadChainRecord *record = lad_chain_record(kernel, slot);
    lad_chain_drop_copy(kernel, record, page, slot);
    record->state = LAD_MOVE_AT_REST;
}
