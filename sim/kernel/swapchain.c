/* swapchain.c - which back end holds each swapped page, and what is passed or moved on to the next.
 *
 * One record per slot (24 bytes, and only of slots that were ever used): the holder, when the page
 * came to it, the cgroup that pays, and links of the holder's list, oldest first. Pages are moved
 * on from the old end: out of a compressed pool that has refused a page as full until it has room
 * again (as zswap's shrink worker does), and by age. A move keeps the slot. The copy above is
 * dropped when the write below has been handed in, as in Linux, where the page is then in the swap
 * cache; so a page that is asked for before its write has ended is there at once. Moves are work of
 * the reclaim daemons' core. Left out: the frame that holds a page while it is moved.
 */
#include "config.h"
#include "sim/kernel/swapchain.h"
#include "sim/kernel/block.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/state.h"

#define NO_SLOT      G_MAXUINT32
#define MOVES_A_TIME 32 /* pages per step of the worker, as SWAP_CLUSTER_MAX */

/* What a move does to the page. */
typedef enum {
    AT_REST,
    BEING_READ, /* from a block device, to be moved on */
    WRITTEN_ON, /* the write to its new holder, a block device, is under way */
} MoveState;

typedef struct {
    LadTime stored;
    guint32 prev, next; /* in the holder's list; NO_SLOT: end */
    guint32 group;
    guint8 holder; /* index of the tier + 1; 0: none */
    guint8 state;  /* MoveState */
} Record;

typedef struct {
    Record *records;
    guint64 n_slots;
    LadBytes bytes; /* of their reservation */
} Area;

/* What the chain keeps of a faulting tier. */
typedef struct {
    LadKernel *kernel;
    LadTier *tier;
    guint area;
    guint32 oldest, newest;
    guint64 n_pages, max_pages;
    LadEvent work; /* of the worker that makes room, 0: asleep */
    LadEvent ager;
} Holder;

struct LadSwapChain {
    Holder holders[LAD_MAX_TIERS];
    Area areas[LAD_MAX_TIERS];
    guint n_areas;
    guint first;
    void *owner;
    LadChainEnded ended;
};

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
    Area *area = &chain->areas[chain->n_areas];
    for (guint i = 0; i < kernel->host->n_tiers; i++) {
        LadTier *tier = kernel->host->tiers[i];
        if (!tier->class->faulting || end_of(tier) != end)
            continue;
        Holder *holder = &chain->holders[i];
        *holder = (Holder){.kernel = kernel,
                           .tier = tier,
                           .area = chain->n_areas,
                           .oldest = NO_SLOT,
                           .newest = NO_SLOT,
                           .max_pages = G_MAXUINT64};
        if (!tier->class->block_device)
            continue;
        holder->max_pages = tier->size >> LAD_PAGE_SHIFT;
        area->n_slots += holder->max_pages;
        tier->common[LAD_TIER_FREE_BYTES] = holder->max_pages << LAD_PAGE_SHIFT;
    }
    if (area->n_slots == 0)
        area->n_slots = kernel->max_pages;
    area->n_slots = MIN(area->n_slots, (guint64)NO_SLOT);
    area->bytes = area->n_slots * sizeof *area->records;
    area->records = lad_reserve_new(area->bytes, error);
    chain->n_areas++;
    return area->records != NULL;
}

static void write_ended(void *owner, LadPage page, guint64 slot, LadTime time);

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
            host->tiers[i]->block->ended = write_ended;
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

static Record *
record_of(const LadKernel *kernel, guint64 slot)
{
    const Area *area = &kernel->chain->areas[slot >> LAD_SLOT_AREA_SHIFT];
    guint64 offset = slot & (((guint64)1 << LAD_SLOT_AREA_SHIFT) - 1);
    g_assert(offset < area->n_slots);
    return &area->records[offset];
}

/* A compressed pool tells by itself what it uses. */
static void
note_use(const Holder *holder)
{
    LadTier *tier = holder->tier;
    if (!tier->class->block_device)
        return;
    tier->common[LAD_TIER_USED_BYTES] = holder->n_pages << LAD_PAGE_SHIFT;
    tier->common[LAD_TIER_FREE_BYTES] = (holder->max_pages - holder->n_pages) << LAD_PAGE_SHIFT;
}

static void
list_remove(LadSwapChain *chain, Holder *holder, Record *record)
{
    Record *records = chain->areas[holder->area].records;
    if (record->prev != NO_SLOT)
        records[record->prev].next = record->next;
    else
        holder->oldest = record->next;
    if (record->next != NO_SLOT)
        records[record->next].prev = record->prev;
    else
        holder->newest = record->prev;
    holder->n_pages--;
    note_use(holder);
}

static void
list_append(LadSwapChain *chain, Holder *holder, Record *record)
{
    Record *records = chain->areas[holder->area].records;
    guint32 slot = (guint32)(record - records);
    record->prev = holder->newest;
    record->next = NO_SLOT;
    if (holder->newest != NO_SLOT)
        records[holder->newest].next = slot;
    else
        holder->oldest = slot;
    holder->newest = slot;
    holder->n_pages++;
    note_use(holder);
}

static void
drop_copy(LadKernel *kernel, Record *record, LadPage page, guint64 slot)
{
    if (record->holder == 0)
        return;
    Holder *holder = &kernel->chain->holders[record->holder - 1];
    list_remove(kernel->chain, holder, record);
    record->holder = 0;
    if (holder->tier->class->discard)
        holder->tier->class->discard(holder->tier, page, slot);
}

static void ager_step(LadTime now, void *data, guint64 argument);

static void
start_ager(Holder *holder, LadTime now)
{
    LadTime age = lad_kernel_scaled(holder->kernel, holder->tier->next_age);
    if (holder->tier->next_age == 0 || holder->ager != 0)
        return;
    const Record *records = holder->kernel->chain->areas[holder->area].records;
    LadTime due = records[holder->oldest].stored + age;
    holder->ager = lad_queue_add(holder->kernel->host->queue, MAX(due, now), LAD_ORDER_DAEMON,
                                 ager_step, holder, 0);
}

static void
hold(LadKernel *kernel, Holder *holder, Record *record, LadTime now)
{
    record->holder = (guint8)(holder->tier->index + 1);
    record->stored = now;
    list_append(kernel->chain, holder, record);
    start_ager(holder, now);
}

/* ---- Out ------------------------------------------------------------------------------------- */

static void worker_step(LadTime now, void *data, guint64 argument);

static void
wake_worker(Holder *holder, LadTime now)
{
    const LadTierClass *class = holder->tier->class;
    if (holder->work == 0 && holder->tier->next && class->wants_room &&
        class->wants_room(holder->tier))
        holder->work = lad_queue_add(holder->kernel->host->queue, now, LAD_ORDER_DAEMON,
                                     worker_step, holder, 0);
}

/* Give the page to one tier. `page` LAD_PAGE_NONE: a move of the chain's own. */
static LadChainResult
give(Holder *holder, LadPage page, guint64 slot, guint32 group, gboolean kswapd, LadTime *now)
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
        lad_block_write(tier->block, page, slot, kswapd, now);
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
        wake_worker(holder, *now);
    return LAD_CHAIN_FAILED;
}

LadChainResult
lad_chain_store(LadKernel *kernel, guint group, guint first, LadPage page, guint64 slot,
                gboolean kswapd, LadTime *now)
{
    LadSwapChain *chain = kernel->chain;
    Record *record = record_of(kernel, slot);
    drop_copy(kernel, record, page, slot);
    record->state = AT_REST; /* what is being moved is no longer what the page holds */
    record->group = group;
    for (LadTier *tier = kernel->host->tiers[first]; tier; tier = tier->next) {
        Holder *holder = &chain->holders[tier->index];
        LadChainResult result = give(holder, page, slot, group, kswapd, now);
        if (result == LAD_CHAIN_FAILED)
            continue;
        hold(kernel, holder, record, *now);
        if (result == LAD_CHAIN_STORED)
            lad_cgroup_count(kernel, group, LAD_CG_ZSWPOUT, 1);
        return result;
    }
    return LAD_CHAIN_FAILED;
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
    Record *record = record_of(kernel, slot);
    g_assert(record->holder != 0);
    LadTier *tier = kernel->host->tiers[record->holder - 1];
    if (record->state == WRITTEN_ON)
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
        drop_copy(kernel, record, page, slot);
    return end;
}

guint
lad_chain_holder(const LadKernel *kernel, guint64 slot)
{
    const Record *record = record_of(kernel, slot);
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
    Record *record = record_of(kernel, slot);
    drop_copy(kernel, record, page, slot);
    record->state = AT_REST;
}

/* ---- Moving on ------------------------------------------------------------------------------- */

static guint64
slot_of(const LadKernel *kernel, const Holder *holder, const Record *record)
{
    const Record *records = kernel->chain->areas[holder->area].records;
    return (guint64)holder->area << LAD_SLOT_AREA_SHIFT | (guint64)(record - records);
}

static void
write_ended(void *owner, LadPage page, guint64 slot, LadTime time)
{
    const Holder *holder = owner;
    LadSwapChain *chain = holder->kernel->chain;
    Record *record = record_of(holder->kernel, slot);
    if (page == LAD_PAGE_NONE)
        record->state = AT_REST;
    else if (chain->ended)
        chain->ended(chain->owner, page, slot, time);
}

/* The page is at hand: write it to the first tier below that takes it, and drop the copy above. If
 * none does it stays where it is and becomes the newest, so that others are tried first next time.
 */
static gboolean
pass_on(LadKernel *kernel, Holder *from, Record *record, guint64 slot, LadTime *now)
{
    LadChainResult result = LAD_CHAIN_FAILED;
    LadTier *tier = from->tier->next;
    record->state = AT_REST;
    for (; tier; tier = tier->next) {
        result = give(&kernel->chain->holders[tier->index], LAD_PAGE_NONE, slot, record->group,
                      TRUE, now);
        if (result != LAD_CHAIN_FAILED)
            break;
    }
    if (result == LAD_CHAIN_FAILED) {
        list_remove(kernel->chain, from, record);
        hold(kernel, from, record, *now);
        return FALSE;
    }
    drop_copy(kernel, record, LAD_PAGE_NONE, slot);
    hold(kernel, &kernel->chain->holders[tier->index], record, *now);
    record->state = result == LAD_CHAIN_QUEUED ? WRITTEN_ON : AT_REST;
    from->tier->common[LAD_TIER_MOVED_ON]++;
    return TRUE;
}

static void
charge_worker(LadKernel *kernel, LadTime from, LadTime to)
{
    if (to > from)
        kernel->host->hooks->charge(kernel->host, lad_kswapd_core(kernel), from, to - from,
                                    LAD_CHARGE_RECLAIM);
}

static void
move_was_read(LadTime now, void *data, guint64 slot)
{
    Holder *from = data;
    LadKernel *kernel = from->kernel;
    Record *record = record_of(kernel, slot);
    if (record->holder != from->tier->index + 1 || record->state != BEING_READ)
        return; /* gone, or written anew, meanwhile */
    LadTime end = now;
    pass_on(kernel, from, record, slot, &end);
    lad_chain_unplug(kernel, from->tier->next->index, &end);
    charge_worker(kernel, now, end);
}

/* Begin to move one page. FALSE: no tier below takes it. */
static gboolean
move_on(LadKernel *kernel, Holder *from, Record *record, LadTime *now)
{
    guint64 slot = slot_of(kernel, from, record);
    LadTier *tier = from->tier;
    if (tier->block) {
        record->state = BEING_READ;
        LadTime there =
            lad_block_read(tier->block, LAD_PAGE_NONE, slot, 1, *now, move_was_read, from, slot);
        if (there != LAD_PENDING)
            lad_queue_add(kernel->host->queue, there, LAD_ORDER_COMPLETION, move_was_read, from,
                          slot);
        return TRUE;
    }
    LadTransfer transfer = {.kind = LAD_TRANSFER_COPY_READ,
                            .bytes = LAD_PAGE_BYTES,
                            .page = LAD_PAGE_NONE,
                            .slot = slot,
                            .group = record->group};
    *now = lad_tier_load(tier, *now, &transfer);
    return pass_on(kernel, from, record, slot, now);
}

/* The oldest page that is not being moved. */
static Record *
oldest_at_rest(LadKernel *kernel, const Holder *holder)
{
    Record *records = kernel->chain->areas[holder->area].records;
    guint32 at = holder->oldest;
    while (at != NO_SLOT && records[at].state != AT_REST)
        at = records[at].next;
    return at == NO_SLOT ? NULL : &records[at];
}

static void
worker_step(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    Holder *holder = data;
    LadKernel *kernel = holder->kernel;
    LadTime end = now;
    gboolean more = TRUE;
    holder->work = 0;
    for (guint i = 0; more && i < MOVES_A_TIME; i++) {
        Record *record = oldest_at_rest(kernel, holder);
        more = record && move_on(kernel, holder, record, &end) &&
               holder->tier->class->wants_room(holder->tier);
    }
    lad_chain_unplug(kernel, holder->tier->next->index, &end);
    charge_worker(kernel, now, end);
    if (more)
        holder->work =
            lad_queue_add(kernel->host->queue, end, LAD_ORDER_DAEMON, worker_step, holder, 0);
}

static void
ager_step(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    Holder *holder = data;
    LadKernel *kernel = holder->kernel;
    LadTime age = lad_kernel_scaled(kernel, holder->tier->next_age), end = now;
    holder->ager = 0;
    Record *record = oldest_at_rest(kernel, holder);
    for (guint i = 0; i < MOVES_A_TIME && record && record->stored + age <= now; i++) {
        move_on(kernel, holder, record, &end);
        record = oldest_at_rest(kernel, holder);
    }
    lad_chain_unplug(kernel, holder->tier->next->index, &end);
    charge_worker(kernel, now, end);
    if (record && holder->ager == 0)
        holder->ager = lad_queue_add(kernel->host->queue, MAX(record->stored + age, end),
                                     LAD_ORDER_DAEMON, ager_step, holder, 0);
}
