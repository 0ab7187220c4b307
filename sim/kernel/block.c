/* block.c - plug, merge, dispatch and completion of pages written to and read from a block device.
 *
 * Rules of Linux 6.1 (block/blk-mq.c, blk-merge.c): a page merges with the newest plugged request
 * if it lies right behind or before it and the request stays within max-request; the plug is
 * flushed before the 33rd request, and before a new one if the newest holds 128 KiB or more;
 * requests are issued last first. A request needs one of the queue's `requests`; a writer also
 * needs leave of writeback throttling, which counts plugged requests. Whoever has to wait
 * dispatches the plug first.
 *
 * Left out: the core of a writer that sleeps, which runs nobody else meanwhile; I/O schedulers (the
 * queue is `none`), a plug of each task's own (tasks share one per queue), several hardware queues,
 * polling, errors of the device.
 */
#include "config.h"
#include "sim/kernel/block.h"
#include "sim/kernel/kernel.h"
#include <memladder/host.h>

#define PLUG_REQUESTS 32
#define PLUG_BYTES    (128 * LAD_KIB)

const LadOption lad_block_options[] = {
    LAD_OPT(LadBlockParams, max_request, "max-request", BYTES, "127.5 KiB", "4 KiB", "4 MiB",
            "most bytes in one request: 255 sectors unless the driver says more"),
    LAD_OPT(LadBlockParams, requests, "queue-depth", UINT, "256", "1", "65535",
            "requests that the device and its queue hold at once (nr_requests); whoever has more "
            "waits"),
    LAD_OPT(LadBlockParams, dispatch_cost, "dispatch-cost", TIME, "0 ns", NULL, "1 ms",
            "CPU time to hand one request to the driver"),
    LAD_OPT(LadBlockParams, throttling, "writeback-throttling", BOOL, "true", NULL, NULL,
            "writers sleep when too many write requests are under way (blk-wbt)"),
    LAD_OPT(LadBlockParams, throttle_latency, "throttle-latency", TIME, "2 ms", "1 us", "10 s",
            "of reads, above which writes are throttled more (wbt_lat_usec; 75 ms if it rotates)"),
    LAD_OPT(LadBlockParams, write_cache, "write-cache", BOOL, "false", NULL, NULL,
            "the device reports a volatile write cache: who waits for throttling waits for all"),
    LAD_OPTIONS_END};

#define COUNT(row, name, help) [LAD_BLOCK_##row] = {name, "1", LAD_COUNT, LAD_SCOPE_TIER, help}
#define GAUGE(row, name, help) [LAD_BLOCK_##row] = {name, "1", LAD_GAUGE, LAD_SCOPE_TIER, help}

const LadCounter lad_block_counters[] = {
    COUNT(READ_REQUESTS, "read_requests", "a request that reads pages"),
    COUNT(WRITE_REQUESTS, "write_requests", "a request that writes pages, when dispatched"),
    COUNT(READ_PAGES, "read_pages", "a page read"),
    COUNT(WRITE_PAGES, "write_pages", "a page written"),
    COUNT(MERGES, "merges", "a page written that joined a plugged request"),
    COUNT(UNPLUGS, "unplugs", "a plug with requests that was dispatched"),
    COUNT(THROTTLES, "throttles", "a sleep of a writer for writeback throttling"),
    [LAD_BLOCK_THROTTLE_PS] = {"throttle_time", "ps", LAD_COUNT, LAD_SCOPE_TIER,
                               "time that writers slept for writeback throttling"},
    COUNT(TAG_WAITS, "tag_waits", "a wait because all of the queue's requests were in use"),
    GAUGE(DEPTH, "throttle_depth", "depth of writeback throttling: 16 at rest"),
    GAUGE(IN_FLIGHT, "in_flight", "requests at the device or plugged"),
    GAUGE(MOST_IN_FLIGHT, "most_in_flight", "the most of them there have been"),
    [LAD_BLOCK_WRITE_LATENCY] = {"write_latency", "ps", LAD_HISTOGRAM, LAD_SCOPE_TIER,
                                 "time of a write request from dispatch to its end"},
    [LAD_BLOCK_N_COUNTERS] = LAD_COUNTERS_END};

/* A read of a device that may answer later; goes when its last request has ended. */
typedef struct {
    LadEventFunc done;
    void *data;
    guint64 argument;
    guint n_late; /* requests under way */
    LadTime latest, cpu;
} LadBlockRead;

struct LadBlockRequest {
    LadBlockQueue *queue;
    gboolean write;
    LadWbtWriter writer;
    guint64 slot; /* of the first page */
    guint n;
    LadTime issued, ends;
    guint64 sequence;
    LadBlockRead *read; /* that this is a part of, if the device may answer later; else NULL */
    LadPage pages[];    /* of a write: max_pages */
};

LadBlockQueue *
lad_block_new(LadTier *tier, const LadBlockParams *params)
{
    LadBlockQueue *queue = g_new0(LadBlockQueue, 1);
    queue->tier = tier;
    queue->params = *params;
    queue->max_pages = (guint)MAX(params->max_request >> LAD_PAGE_SHIFT, 1);
    queue->plug = g_ptr_array_new();
    queue->heap[FALSE] = g_ptr_array_new_with_free_func(g_free);
    queue->heap[TRUE] = g_ptr_array_new_with_free_func(g_free);
    queue->idle = g_ptr_array_new_with_free_func(g_free);
    queue->event_at = LAD_TIME_MAX;
    queue->histograms[LAD_BLOCK_WRITE_LATENCY] = &queue->write_latency;
    lad_wbt_init(&queue->wbt, params->throttling, params->throttle_latency, params->write_cache,
                 (guint)params->requests);
    queue->counters[LAD_BLOCK_DEPTH] = queue->wbt.depth;
    return queue;
}

void
lad_block_free(LadBlockQueue *queue)
{
    if (!queue)
        return;
    g_ptr_array_set_free_func(queue->plug, g_free);
    g_ptr_array_free(queue->plug, TRUE);
    g_ptr_array_free(queue->heap[FALSE], TRUE);
    g_ptr_array_free(queue->heap[TRUE], TRUE);
    g_ptr_array_free(queue->idle, TRUE);
    g_free(queue);
}

/* ---- Requests at the device, by the time of their end ------------------------------------------
 */

static gboolean
ends_before(const LadBlockRequest *a, const LadBlockRequest *b)
{
    return a->ends != b->ends ? a->ends < b->ends : a->sequence < b->sequence;
}

static void
heap_push(GPtrArray *heap, LadBlockRequest *request)
{
    g_ptr_array_add(heap, request);
    guint at = heap->len - 1;
    while (at > 0 && ends_before(request, heap->pdata[(at - 1) / 2])) {
        heap->pdata[at] = heap->pdata[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->pdata[at] = request;
}

static LadBlockRequest *
heap_pop(GPtrArray *heap)
{
    LadBlockRequest *first = heap->pdata[0], *last = heap->pdata[heap->len - 1];
    heap->pdata[heap->len - 1] = NULL; /* no free function for NULL */
    g_ptr_array_set_size(heap, (gint)heap->len - 1);
    for (guint at = 0, child; heap->len > 0; at = child) {
        child = 2 * at + 1;
        if (child + 1 < heap->len && ends_before(heap->pdata[child + 1], heap->pdata[child]))
            child++;
        if (child >= heap->len || !ends_before(heap->pdata[child], last)) {
            heap->pdata[at] = last;
            break;
        }
        heap->pdata[at] = heap->pdata[child];
    }
    return first;
}

static LadTime
first_end(const GPtrArray *heap)
{
    return heap->len > 0 ? ((const LadBlockRequest *)heap->pdata[0])->ends : LAD_TIME_MAX;
}

static LadBlockRequest *
take_request(LadBlockQueue *queue, gboolean write)
{
    LadBlockRequest *request =
        queue->idle->len > 0
            ? g_ptr_array_steal_index_fast(queue->idle, queue->idle->len - 1)
            : g_malloc0(sizeof(LadBlockRequest) + queue->max_pages * sizeof(LadPage));
    request->queue = queue;
    request->write = write;
    request->n = 0;
    guint64 now = ++queue->counters[LAD_BLOCK_IN_FLIGHT];
    queue->counters[LAD_BLOCK_MOST_IN_FLIGHT] = MAX(queue->counters[LAD_BLOCK_MOST_IN_FLIGHT], now);
    return request;
}

static void
give_request(LadBlockQueue *queue, LadBlockRequest *request)
{
    queue->counters[LAD_BLOCK_IN_FLIGHT]--;
    g_ptr_array_add(queue->idle, request);
}

/* ---- Ends ---------------------------------------------------------------------------------------
 */

/* TRUE if writers that wait for throttling are woken. */
static gboolean
end_request(LadBlockQueue *queue, LadBlockRequest *request, LadTime now)
{
    gboolean woken = FALSE;
    if (request->write) {
        woken = lad_wbt_write_ended(&queue->wbt, request->writer, now);
        lad_histogram_add(&queue->write_latency, now - request->issued);
        for (guint i = 0; queue->ended && i < request->n; i++)
            queue->ended(queue->owner, request->pages[i], request->slot + i, now);
    } else {
        lad_wbt_read_ended(&queue->wbt, request, now - request->issued, now);
    }
    give_request(queue, request);
    return woken;
}

static LadTime
next_step(const LadBlockQueue *queue)
{
    LadTime device = MIN(first_end(queue->heap[FALSE]), first_end(queue->heap[TRUE]));
    return MIN(device, queue->wbt.timer);
}

/* The next thing that happens: a window's end, or a request's. TRUE if waiting writers are woken.
 */
static gboolean
step(LadBlockQueue *queue)
{
    LadTime read = first_end(queue->heap[FALSE]), write = first_end(queue->heap[TRUE]);
    if (queue->wbt.timer < MIN(read, write)) {
        gboolean woken = lad_wbt_window_ended(&queue->wbt);
        queue->counters[LAD_BLOCK_DEPTH] = queue->wbt.depth;
        return woken;
    }
    gboolean is_write = write <= read;
    return end_request(queue, heap_pop(queue->heap[is_write]), MIN(read, write));
}

static void arm(LadBlockQueue *queue);

static void
event(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    LadBlockQueue *queue = data;
    queue->event = 0;
    queue->event_at = LAD_TIME_MAX;
    lad_block_poll(queue, now);
}

/* An event at the end of the first write under way: whoever does not poll is told by it. */
static void
arm(LadBlockQueue *queue)
{
    LadTime first = first_end(queue->heap[TRUE]);
    if (first == queue->event_at)
        return;
    LadQueue *events = queue->tier->host->queue;
    if (queue->event)
        lad_queue_cancel(events, queue->event);
    queue->event = 0;
    queue->event_at = first;
    if (first != LAD_TIME_MAX)
        queue->event = lad_queue_add(events, first, LAD_ORDER_COMPLETION, event, queue, 0);
}

static void
advance(LadBlockQueue *queue, LadTime until)
{
    while (next_step(queue) <= until)
        step(queue);
}

void
lad_block_poll(LadBlockQueue *queue, LadTime until)
{
    advance(queue, until);
    arm(queue);
}

/* All parts of a read that was answered late are there. */
static void
read_is_whole(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    g_autofree LadBlockRead *read = data;
    read->done(now, read->data, read->argument);
}

/* A device that answers by an event has ended a request. */
static void
ended_late(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    LadBlockRequest *request = data;
    LadBlockQueue *queue = request->queue;
    LadBlockRead *read = request->write ? NULL : request->read;
    queue->n_late--;
    advance(queue, now);
    end_request(queue, request, now);
    arm(queue);
    if (!read)
        return;
    read->latest = MAX(read->latest, now);
    if (--read->n_late == 0)
        lad_queue_add(queue->tier->host->queue, read->latest + read->cpu, LAD_ORDER_COMPLETION,
                      read_is_whole, read, 0);
}

/* ---- To the device ------------------------------------------------------------------------------
 */

/* Hand a request to the device; LAD_PENDING if it will answer by an event. */
static LadTime
issue(LadBlockQueue *queue, LadBlockRequest *request, LadPage page, LadTime now)
{
    LadTransfer transfer = {.kind =
                                request->write ? LAD_TRANSFER_COPY_WRITE : LAD_TRANSFER_COPY_READ,
                            .bytes = request->n << LAD_PAGE_SHIFT,
                            .page = page,
                            .slot = request->slot,
                            .done = ended_late,
                            .data = request};
    request->issued = now;
    request->sequence = queue->sequence++;
    request->ends = request->write ? lad_tier_store(queue->tier, now, &transfer)
                                   : lad_tier_load(queue->tier, now, &transfer);
    g_assert(request->ends != LAD_TIME_MAX); /* a block device takes what has a slot */
    if (request->ends == LAD_PENDING)
        queue->n_late++;
    else
        heap_push(queue->heap[request->write], request);
    return request->ends;
}

void
lad_block_unplug(LadBlockQueue *queue, LadTime *now)
{
    if (queue->plug->len == 0)
        return;
    queue->counters[LAD_BLOCK_UNPLUGS]++;
    while (queue->plug->len > 0) {
        LadBlockRequest *request = g_ptr_array_steal_index(queue->plug, queue->plug->len - 1);
        *now += queue->params.dispatch_cost + request->n * queue->tier->page_store_cpu_ps;
        queue->counters[LAD_BLOCK_WRITE_REQUESTS]++;
        queue->counters[LAD_BLOCK_WRITE_PAGES] += request->n;
        issue(queue, request, request->pages[0], *now);
    }
    arm(queue);
}

static gboolean
all_requests_used(const LadBlockQueue *queue)
{
    return queue->counters[LAD_BLOCK_IN_FLIGHT] >= queue->params.requests;
}

/* Sleep until one of the queue's requests is free. Nothing to wait for: the device answers by
 * events, which cannot be waited for here. */
static void
wait_for_request(LadBlockQueue *queue, LadTime *now)
{
    if (!all_requests_used(queue))
        return;
    queue->counters[LAD_BLOCK_TAG_WAITS]++;
    lad_block_unplug(queue, now);
    while (all_requests_used(queue) && next_step(queue) != LAD_TIME_MAX) {
        *now = MAX(*now, next_step(queue));
        step(queue);
    }
}

static gboolean
at_limit(const LadBlockQueue *queue, LadWbtWriter writer, LadTime now)
{
    return queue->wbt.in_flight[writer] >= lad_wbt_limit(&queue->wbt, writer, now);
}

static void
wait_for_throttling(LadBlockQueue *queue, LadWbtWriter writer, LadTime *now)
{
    if (!at_limit(queue, writer, *now))
        return;
    LadTime from = *now;
    queue->counters[LAD_BLOCK_THROTTLES]++;
    lad_block_unplug(queue, now);
    for (gboolean in = FALSE; !in && next_step(queue) != LAD_TIME_MAX;) {
        *now = MAX(*now, next_step(queue));
        in = step(queue) && !at_limit(queue, writer, *now);
    }
    queue->counters[LAD_BLOCK_THROTTLE_PS] += *now - from;
}

/* ---- Callers ------------------------------------------------------------------------------------
 */

/* The page joins the newest plugged request, behind or before it. */
static gboolean
merge(LadBlockQueue *queue, LadPage page, guint64 slot)
{
    if (queue->plug->len == 0)
        return FALSE;
    LadBlockRequest *newest = queue->plug->pdata[queue->plug->len - 1];
    gboolean behind = slot == newest->slot + newest->n, before = slot + 1 == newest->slot;
    if (newest->n >= queue->max_pages || (!behind && !before))
        return FALSE;
    if (before) {
        memmove(newest->pages + 1, newest->pages, newest->n * sizeof(LadPage));
        newest->slot = slot;
    }
    newest->pages[before ? 0 : newest->n] = page;
    newest->n++;
    queue->counters[LAD_BLOCK_MERGES]++;
    return TRUE;
}

/* The plug is full: flush it before the request that comes. */
static gboolean
plug_is_full(const LadBlockQueue *queue)
{
    guint n = queue->plug->len;
    if (n == 0)
        return FALSE;
    const LadBlockRequest *newest = queue->plug->pdata[n - 1];
    return n >= PLUG_REQUESTS || (LadBytes)newest->n << LAD_PAGE_SHIFT >= PLUG_BYTES;
}

LadTime
lad_block_write(LadBlockQueue *queue, LadPage page, guint64 slot, gboolean kswapd, LadTime *now)
{
    LadTime from = *now;
    LadWbtWriter writer = kswapd ? LAD_WBT_KSWAPD : LAD_WBT_TASK;
    advance(queue, from);
    if (!merge(queue, page, slot)) {
        wait_for_throttling(queue, writer, now);
        lad_wbt_add(&queue->wbt, writer, *now);
        wait_for_request(queue, now);
        if (plug_is_full(queue))
            lad_block_unplug(queue, now);
        LadBlockRequest *request = take_request(queue, TRUE);
        request->writer = writer;
        request->slot = slot;
        request->pages[request->n++] = page;
        g_ptr_array_add(queue->plug, request);
    }
    arm(queue);
    return *now - from;
}

LadTime
lad_block_read(LadBlockQueue *queue, LadPage page, guint64 slot, guint n, LadTime now,
               LadEventFunc done, void *data, guint64 argument)
{
    LadTime cpu = n * queue->tier->page_load_cpu_ps;
    LadBlockRead *read = NULL;
    if (queue->tier->class->may_pend) {
        read = g_new(LadBlockRead, 1);
        *read = (LadBlockRead){.done = done, .data = data, .argument = argument, .cpu = cpu};
    }
    LadTime latest = now;
    while (n > 0) {
        advance(queue, now);
        wait_for_request(queue, &now);
        LadBlockRequest *request = take_request(queue, FALSE);
        request->slot = slot;
        request->n = MIN(n, queue->max_pages);
        request->read = read;
        n -= request->n;
        slot += request->n;
        queue->counters[LAD_BLOCK_READ_REQUESTS]++;
        queue->counters[LAD_BLOCK_READ_PAGES] += request->n;
        lad_wbt_read_issued(&queue->wbt, request, now);
        LadTime ends = issue(queue, request, page, now);
        if (ends == LAD_PENDING)
            read->n_late++;
        else
            latest = MAX(latest, ends);
    }
    arm(queue);
    if (read && read->n_late > 0) {
        read->latest = latest;
        return LAD_PENDING;
    }
    g_free(read);
    return latest + cpu;
}

gboolean
lad_block_is_writing(const LadBlockQueue *queue, LadPage page, guint64 slot)
{
    const GPtrArray *places[] = {queue->plug, queue->heap[TRUE]};
    for (guint p = 0; p < G_N_ELEMENTS(places); p++)
        for (guint i = 0; i < places[p]->len; i++) {
            const LadBlockRequest *request = places[p]->pdata[i];
            if (slot >= request->slot && slot < request->slot + request->n &&
                request->pages[slot - request->slot] == page)
                return TRUE;
        }
    return FALSE;
}
