/* swapmove.c - pages that are moved on from one back end to the next.
 *
 * They go from the old end of their holder's list: out of a compressed pool that has refused a page
 * as full until it has room again (as zswap's shrink worker does), and by age. A move keeps the
 * slot. The copy above is dropped when the write below has been handed in, as in Linux, where the
 * page is then in the swap cache; so a page that is asked for before its write has ended is there
 * at once. Moves are work of the reclaim daemons' core. Left out: the frame that holds a page while
 * it is moved.
 */
#include "config.h"
#include "sim/kernel/block.h"
#include "sim/kernel/state.h"
#include "sim/kernel/swapmove.h"

#define MOVES_A_TIME 32 /* pages per step of the worker, as SWAP_CLUSTER_MAX */

static guint64
slot_of(const LadKernel *kernel, const LadChainHolder *holder, const LadChainRecord *record)
{
    const LadChainRecord *records = kernel->chain->areas[holder->area].records;
    return (guint64)holder->area << LAD_SLOT_AREA_SHIFT | (guint64)(record - records);
}

void
lad_chain_write_ended(void *owner, LadPage page, guint64 slot, LadTime time)
{
    const LadChainHolder *holder = owner;
    LadSwapChain *chain = holder->kernel->chain;
    LadChainRecord *record = lad_chain_record(holder->kernel, slot);
    if (page == LAD_PAGE_NONE)
        record->state = LAD_MOVE_AT_REST;
    else if (chain->ended)
        chain->ended(chain->owner, page, slot, time);
}

/* The page is at hand: write it to the first tier below that takes it, and drop the copy above. If
 * none does it stays where it is and becomes the newest, so that others are tried first next time.
 */
static gboolean
pass_on(LadKernel *kernel, LadChainHolder *from, LadChainRecord *record, guint64 slot, LadTime *now)
{
    LadChainResult result = LAD_CHAIN_FAILED;
    LadTier *tier = from->tier->next;
    record->state = LAD_MOVE_AT_REST;
    for (; tier; tier = tier->next) {
        result = lad_chain_give(&kernel->chain->holders[tier->index], LAD_PAGE_NONE, slot,
                                record->group, TRUE, now);
        if (result != LAD_CHAIN_FAILED)
            break;
    }
    if (result == LAD_CHAIN_FAILED) {
        lad_chain_unlist(kernel->chain, from, record);
        lad_chain_hold(kernel, from, record, *now);
        return FALSE;
    }
    lad_chain_drop_copy(kernel, record, LAD_PAGE_NONE, slot);
    lad_chain_hold(kernel, &kernel->chain->holders[tier->index], record, *now);
    record->state = result == LAD_CHAIN_QUEUED ? LAD_MOVE_WRITTEN_ON : LAD_MOVE_AT_REST;
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
    LadChainHolder *from = data;
    LadKernel *kernel = from->kernel;
    LadChainRecord *record = lad_chain_record(kernel, slot);
    if (record->holder != from->tier->index + 1 || record->state != LAD_MOVE_BEING_READ)
        return; /* gone, or written anew, meanwhile */
    LadTime end = now;
    pass_on(kernel, from, record, slot, &end);
    lad_chain_unplug(kernel, from->tier->next->index, &end);
    charge_worker(kernel, now, end);
}

/* Begin to move one page. FALSE: no tier below takes it. */
static gboolean
move_on(LadKernel *kernel, LadChainHolder *from, LadChainRecord *record, LadTime *now)
{
    guint64 slot = slot_of(kernel, from, record);
    LadTier *tier = from->tier;
    if (tier->block) {
        record->state = LAD_MOVE_BEING_READ;
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
static LadChainRecord *
oldest_at_rest(LadKernel *kernel, const LadChainHolder *holder)
{
    LadChainRecord *records = kernel->chain->areas[holder->area].records;
    guint32 at = holder->oldest;
    while (at != LAD_CHAIN_NO_SLOT && records[at].state != LAD_MOVE_AT_REST)
        at = records[at].next;
    return at == LAD_CHAIN_NO_SLOT ? NULL : &records[at];
}

static void
worker_step(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    LadChainHolder *holder = data;
    LadKernel *kernel = holder->kernel;
    LadTime end = now;
    gboolean more = TRUE;
    holder->work = 0;
    for (guint i = 0; more && i < MOVES_A_TIME; i++) {
        LadChainRecord *record = oldest_at_rest(kernel, holder);
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
    LadChainHolder *holder = data;
    LadKernel *kernel = holder->kernel;
    LadTime age = lad_kernel_scaled(kernel, holder->tier->next_age), end = now;
    holder->ager = 0;
    LadChainRecord *record = oldest_at_rest(kernel, holder);
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

void
lad_chain_wake_worker(LadChainHolder *holder, LadTime now)
{
    const LadTierClass *class = holder->tier->class;
    if (holder->work == 0 && holder->tier->next && class->wants_room &&
        class->wants_room(holder->tier))
        holder->work = lad_queue_add(holder->kernel->host->queue, now, LAD_ORDER_DAEMON,
                                     worker_step, holder, 0);
}

void
lad_chain_start_ager(LadChainHolder *holder, LadTime now)
{
    LadTime age = lad_kernel_scaled(holder->kernel, holder->tier->next_age);
    if (holder->tier->next_age == 0 || holder->ager != 0)
        return;
    const LadChainRecord *records = holder->kernel->chain->areas[holder->area].records;
    LadTime due = records[holder->oldest].stored + age;
    holder->ager = lad_queue_add(holder->kernel->host->queue, MAX(due, now), LAD_ORDER_DAEMON,
                                 ager_step, holder, 0);
}
