/* tier.c - the one way to a tier: across its link, to its model, into its counters. */
#include "config.h"
#include "sim/kernel/tier.h"
#include <memladder/heat.h>

/* A transfer that was answered with LAD_PENDING. */
typedef struct {
    LadTier *tier;
    LadTransfer transfer; /* as the caller made it */
    LadTime asked;
    guint32 next_free; /* index + 1; 0: none */
} LadPending;

typedef struct {
    GPtrArray *slots; /* of LadPending */
    guint32 free;     /* index + 1 of the first free one */
    /* For lines of cores without caches: reads answered since the last look, and what they took. */
    guint64 n_answered;
    LadTime answered_in, recent;
    LadRandom random; /* their pages */
} LadPendingPool;

/* Which counter a transfer counts in, by LadTransferKind; copies are not counted by number. */
static const struct {
    guint8 number, bytes;
} counter_of[LAD_N_TRANSFERS] = {
    [LAD_TRANSFER_READ] = {LAD_TIER_READS, LAD_TIER_READ_BYTES},
    [LAD_TRANSFER_WRITE] = {LAD_TIER_WRITES, LAD_TIER_WRITE_BYTES},
    [LAD_TRANSFER_FETCH] = {LAD_TIER_FETCHES, LAD_TIER_READ_BYTES},
    [LAD_TRANSFER_WALK] = {LAD_TIER_WALKS, LAD_TIER_READ_BYTES},
    [LAD_TRANSFER_PREFETCH] = {LAD_TIER_PREFETCHES, LAD_TIER_READ_BYTES},
    [LAD_TRANSFER_COPY_READ] = {LAD_TIER_N_COUNTERS, LAD_TIER_COPY_READ_BYTES},
    [LAD_TRANSFER_COPY_WRITE] = {LAD_TIER_N_COUNTERS, LAD_TIER_COPY_WRITE_BYTES},
};

static inline void
count_bytes(LadTier *tier, const LadTransfer *transfer)
{
    guint number = counter_of[transfer->kind].number;
    tier->common[counter_of[transfer->kind].bytes] += transfer->bytes;
    if (number < LAD_TIER_N_COUNTERS)
        tier->common[number]++;
}

static inline void
tell_traffic(const LadWatch *watch, const LadTransfer *transfer, LadTime now)
{
    if (watch->traffic != NULL && transfer->kind < LAD_TRANSFER_COPY_READ &&
        transfer->page != LAD_PAGE_NONE)
        watch->traffic(watch->data, transfer->page, transfer->bytes, transfer->kind, now);
}

/* Page copies are the kernel's traffic and not in the map. */
static inline void
count_heat(const LadTier *tier, const LadTransfer *transfer, LadTime now)
{
    LadHeat *heat = tier->host->heat;
    if (G_UNLIKELY(tier->host->watch != NULL))
        tell_traffic(tier->host->watch, transfer, now);
    if (!heat || transfer->kind >= LAD_TRANSFER_COPY_READ || transfer->page == LAD_PAGE_NONE ||
        (heat->fetches && transfer->kind == LAD_TRANSFER_WRITE))
        return;
    lad_heat_add(heat, transfer->page, transfer->bytes);
    if (heat->fetches && transfer->kind == LAD_TRANSFER_FETCH)
        lad_heat_count_fetch(heat, transfer->page);
}

static inline void
count_latency(LadTier *tier, const LadTransfer *transfer, LadTime asked, LadTime done)
{
    LadTime latency = done - asked;
    if (tier->class->faulting && transfer->kind == LAD_TRANSFER_COPY_READ)
        lad_histogram_add(tier->latency, latency);
    if (transfer->kind == LAD_TRANSFER_WRITE || transfer->kind >= LAD_TRANSFER_COPY_READ)
        return;
    tier->common[LAD_TIER_BUSY_PS] += latency;
    if (latency > tier->idle_read_ps)
        tier->common[LAD_TIER_QUEUE_PS] += latency - tier->idle_read_ps;
    if (transfer->kind != LAD_TRANSFER_PREFETCH)
        lad_histogram_add(tier->latency, latency);
}

/* A backlog beyond what the model can hold: no result would be right any more. */
static LadTime
overrun(LadTier *tier, LadTime now)
{
    if (!tier->host->error)
        g_set_error(&tier->host->error, LAD_ERROR, LAD_ERROR_CAPACITY,
                    "tier %s: transfers asked for by %.3f ms of simulated time would take longer "
                    "than the longest backlog kept; expected a larger bandwidth or less "
                    "traffic that nobody waits for (write-backs, copies, prefetches)",
                    tier->name, (double)now / (double)LAD_MS);
    return now + LAD_MS;
}

/* Data read crosses the link upwards once the tier has it. */
static LadTime
come_back(LadTier *tier, LadTime done, const LadTransfer *transfer)
{
    if (!tier->link || lad_transfer_is_write(transfer->kind))
        return done;
    return lad_link_carry(tier->link, done, transfer->bytes, LAD_LINK_UP);
}

static void
pending_done(LadTime now, void *data, guint64 argument)
{
    LadTier *tier = data;
    LadPendingPool *pool = tier->pending;
    LadPending *slot = g_ptr_array_index(pool->slots, argument);
    LadTransfer transfer = slot->transfer;
    LadTime asked = slot->asked;
    slot->next_free = pool->free;
    pool->free = (guint32)argument + 1;

    LadTime done = come_back(tier, now, &transfer);
    if (done == LAD_TIME_MAX)
        done = overrun(tier, now);
    count_latency(tier, &transfer, asked, done);
    if (transfer.kind == LAD_TRANSFER_READ) {
        pool->n_answered++;
        pool->answered_in += done - asked;
    }
    if (!transfer.done)
        return;
    if (done > now)
        lad_queue_add(tier->host->queue, done, LAD_ORDER_COMPLETION, transfer.done, transfer.data,
                      transfer.argument);
    else
        transfer.done(done, transfer.data, transfer.argument);
}

typedef LadTime (*AskFunc)(LadTier *tier, LadTime now, const LadTransfer *transfer);

/* Ask a model that may answer by an event: with ourselves as the one to be told. */
static LadTime
ask_later(LadTier *tier, AskFunc ask, LadTime now, LadTime at, const LadTransfer *transfer)
{
    LadPendingPool *pool = tier->pending;
    if (pool->free == 0) {
        g_ptr_array_add(pool->slots, g_new0(LadPending, 1));
        pool->free = pool->slots->len;
    }
    guint32 index = pool->free - 1;
    LadPending *slot = g_ptr_array_index(pool->slots, index);
    LadTransfer ours = *transfer;
    ours.done = pending_done;
    ours.data = tier;
    ours.argument = index;
    pool->free = slot->next_free;
    *slot = (LadPending){tier, *transfer, now, 0};
    LadTime done = ask(tier, at, &ours);
    if (done != LAD_PENDING) {
        slot->next_free = pool->free;
        pool->free = index + 1;
    }
    return done;
}

LadTime
lad_tier_access(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    LadTime at = now;
    count_bytes(tier, transfer);
    count_heat(tier, transfer, now);
    if (tier->link)
        at = lad_link_carry(tier->link, now,
                            lad_transfer_is_write(transfer->kind) ? transfer->bytes : 0,
                            LAD_LINK_DOWN);
    if (at == LAD_TIME_MAX)
        return overrun(tier, now);
    LadTime done = tier->class->may_pend ? ask_later(tier, tier->class->access, now, at, transfer)
                                         : tier->class->access(tier, at, transfer);
    if (done == LAD_PENDING)
        return done;
    if (done != LAD_TIME_MAX)
        done = come_back(tier, done, transfer);
    if (done == LAD_TIME_MAX)
        return overrun(tier, now);
    count_latency(tier, transfer, now, done);
    return done;
}

/* The lines of a slice go in so many transfers at most, evenly spread over it. */
#define PIECES 8

/* Across the link, to the model, and back; counts nothing. */
static LadTime
carry(LadTier *tier, LadTime at, const LadTransfer *transfer)
{
    LadTime arrives = at;
    if (tier->link)
        arrives = lad_link_carry(tier->link, at,
                                 lad_transfer_is_write(transfer->kind) ? transfer->bytes : 0,
                                 LAD_LINK_DOWN);
    LadTime done = arrives == LAD_TIME_MAX ? arrives : tier->class->access(tier, arrives, transfer);
    if (done != LAD_TIME_MAX)
        done = come_back(tier, done, transfer);
    return done == LAD_TIME_MAX ? overrun(tier, at) : done;
}

void
lad_tier_count_lines(LadTier *tier, LadTransferKind kind, guint64 n, LadTime latency)
{
    tier->common[counter_of[kind].number] += n;
    tier->common[counter_of[kind].bytes] += n * 64;
    if (kind == LAD_TRANSFER_WRITE || n == 0)
        return;
    tier->common[LAD_TIER_BUSY_PS] += n * latency;
    if (latency > tier->idle_read_ps)
        tier->common[LAD_TIER_QUEUE_PS] += n * (latency - tier->idle_read_ps);
    lad_histogram_add_many(tier->latency, latency, n);
}

/* A tier that answers later and may look at addresses: line by line, at pages drawn at random. */
static LadTime
send_lines(LadTier *tier, LadTime from, LadTime to, LadTransferKind kind, guint64 n)
{
    LadPendingPool *pool = tier->pending;
    guint64 pages = MIN(MAX(tier->size >> LAD_PAGE_SHIFT, 1), LAD_PAGE_NONE);
    for (guint64 i = 0; i < n; i++) {
        guint64 draw = lad_random_next(&pool->random);
        LadTransfer transfer = {.kind = kind,
                                .bytes = 64,
                                .page = (LadPage)((draw >> 32) % pages),
                                .offset = (guint32)(draw & 63) * 64};
        LadTime at = from + (to - from) * i / n;
        count_bytes(tier, &transfer);
        LadTime arrives =
            tier->link
                ? lad_link_carry(tier->link, at, kind == LAD_TRANSFER_WRITE ? 64 : 0, LAD_LINK_DOWN)
                : at;
        LadTime done = ask_later(tier, tier->class->access, at, arrives, &transfer);
        if (done != LAD_PENDING)
            count_latency(tier, &transfer, at, come_back(tier, done, &transfer));
    }
    if (pool->n_answered > 0) {
        pool->recent = pool->answered_in / pool->n_answered;
        pool->n_answered = pool->answered_in = 0;
    }
    return pool->recent;
}

LadTime
lad_tier_lines(LadTier *tier, LadTime from, LadTime to, LadTransferKind kind, guint64 n)
{
    if (tier->class->may_pend)
        return send_lines(tier, from, to, kind, n);
    guint64 pieces = MIN(n - 1, PIECES), sent = 0;
    for (guint64 i = 0; i < pieces; i++) {
        guint64 until = (n - 1) * (i + 1) / pieces;
        LadTransfer piece = {
            .kind = kind, .bytes = (guint32)((until - sent) * 64), .page = LAD_PAGE_NONE};
        carry(tier, from + (to - from) * i / pieces, &piece);
        sent = until;
    }
    LadTransfer line = {.kind = kind, .bytes = 64, .page = LAD_PAGE_NONE};
    LadTime latency = carry(tier, to, &line) - to;
    lad_tier_count_lines(tier, kind, n, latency);
    return latency;
}

LadTime
lad_link_carry(LadLink *link, LadTime now, LadBytes bytes, LadLinkDirection direction)
{
    LadTime done = link->class->carry(link, now, bytes, direction);
    link->common[direction == LAD_LINK_DOWN ? LAD_LINK_DOWN_BYTES : LAD_LINK_UP_BYTES] += bytes;
    if (done != LAD_TIME_MAX)
        link->common[LAD_LINK_QUEUE_PS] += done - now - link->class->idle(link, bytes, direction);
    return done;
}

void
lad_tier_pending_init(LadTier *tier)
{
    LadPendingPool *pool = g_new0(LadPendingPool, 1);
    pool->slots = g_ptr_array_new_with_free_func(g_free);
    pool->recent = tier->idle_read_ps;
    lad_random_init(&pool->random, tier->host->seed, tier->name);
    tier->pending = pool;
}

void
lad_tier_pending_clear(LadTier *tier)
{
    LadPendingPool *pool = tier->pending;
    if (!pool)
        return;
    g_ptr_array_free(pool->slots, TRUE);
    g_free(pool);
    tier->pending = NULL;
}

/* ---- Tiers that fault -------------------------------------------------------------------------
 */

LadTime
lad_tier_store(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    LadTime at = now;
    if (tier->link)
        at = lad_link_carry(tier->link, now, transfer->bytes, LAD_LINK_DOWN);
    if (at == LAD_TIME_MAX)
        return overrun(tier, now);
    LadTime done = ask_later(tier, tier->class->store, now, at, transfer);
    if (done != LAD_TIME_MAX) {
        count_bytes(tier, transfer);
        tier->common[LAD_TIER_PAGE_STORES] += transfer->bytes >> LAD_PAGE_SHIFT;
    }
    return done;
}

LadTime
lad_tier_load(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    LadTime at = now;
    if (tier->link)
        at = lad_link_carry(tier->link, now, 0, LAD_LINK_DOWN);
    if (at == LAD_TIME_MAX)
        return overrun(tier, now);
    LadTime done = ask_later(tier, tier->class->load, now, at, transfer);
    if (done == LAD_TIME_MAX)
        return done;
    count_bytes(tier, transfer);
    tier->common[LAD_TIER_PAGE_LOADS] += transfer->bytes >> LAD_PAGE_SHIFT;
    if (done == LAD_PENDING)
        return done;
    done = come_back(tier, done, transfer);
    if (done == LAD_TIME_MAX)
        return overrun(tier, now);
    count_latency(tier, transfer, now, done);
    return done;
}
