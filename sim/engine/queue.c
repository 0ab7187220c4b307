/* queue.c - the event queue: a binary heap ordered by time, LadEventOrder and order of adding.
 *
 * Events are few against references (daemons, completions, epochs), so the plainest structure does.
 * A handle is a slot and its generation; the heap holds slots, and slots know their place in it.
 */
#include "config.h"
#include <memladder/event.h>

typedef struct {
    LadTime when;
    guint64 sequence; /* LadEventOrder in the top 8 bits, then the order of adding */
    LadEventFunc function;
    void *data;
    guint64 argument;
    guint32 place; /* in the heap; or the next free slot */
    guint32 generation;
} Slot;

#define NOWHERE G_MAXUINT32

struct LadQueue {
    guint32 *heap;
    Slot *slots;
    guint32 n, n_slots, free_slot;
    guint64 added;
    LadTime now;
};

LadQueue *
lad_queue_new(void)
{
    LadQueue *queue = g_new0(LadQueue, 1);
    queue->free_slot = NOWHERE;
    return queue;
}

void
lad_queue_free(LadQueue *queue)
{
    if (!queue)
        return;
    g_free(queue->heap);
    g_free(queue->slots);
    g_free(queue);
}

static gboolean
precedes(const LadQueue *queue, guint32 a, guint32 b)
{
    const Slot *x = &queue->slots[a], *y = &queue->slots[b];
    return x->when < y->when || (x->when == y->when && x->sequence < y->sequence);
}

static void
put(LadQueue *queue, guint32 place, guint32 slot)
{
    queue->heap[place] = slot;
    queue->slots[slot].place = place;
}

static void
sift_up(LadQueue *queue, guint32 place)
{
    guint32 slot = queue->heap[place];
    while (place > 0) {
        guint32 parent = (place - 1) / 2;
        if (!precedes(queue, slot, queue->heap[parent]))
            break;
        put(queue, place, queue->heap[parent]);
        place = parent;
    }
    put(queue, place, slot);
}

static void
sift_down(LadQueue *queue, guint32 place)
{
    guint32 slot = queue->heap[place];
    for (;;) {
        guint32 child = 2 * place + 1;
        if (child >= queue->n)
            break;
        if (child + 1 < queue->n && precedes(queue, queue->heap[child + 1], queue->heap[child]))
            child++;
        if (!precedes(queue, queue->heap[child], slot))
            break;
        put(queue, place, queue->heap[child]);
        place = child;
    }
    put(queue, place, slot);
}

static guint32
take_slot(LadQueue *queue)
{
    if (queue->free_slot == NOWHERE) {
        guint32 more = queue->n_slots ? queue->n_slots : 16;
        queue->slots = g_renew(Slot, queue->slots, queue->n_slots + more);
        queue->heap = g_renew(guint32, queue->heap, queue->n_slots + more);
        for (guint32 i = queue->n_slots + more; i-- > queue->n_slots;) {
            queue->slots[i] = (Slot){.place = queue->free_slot, .generation = 1};
            queue->free_slot = i;
        }
        queue->n_slots += more;
    }
    guint32 slot = queue->free_slot;
    queue->free_slot = queue->slots[slot].place;
    return slot;
}

static void
release_slot(LadQueue *queue, guint32 slot)
{
    queue->slots[slot].generation++;
    queue->slots[slot].place = queue->free_slot;
    queue->free_slot = slot;
}

LadEvent
lad_queue_add(LadQueue *queue, LadTime when, LadEventOrder order, LadEventFunc function, void *data,
              guint64 argument)
{
    g_assert(function);
    guint32 slot = take_slot(queue);
    Slot *event = &queue->slots[slot];
    event->when = MAX(when, queue->now);
    event->sequence = (guint64)order << 56 | queue->added++;
    event->function = function;
    event->data = data;
    event->argument = argument;
    queue->heap[queue->n] = slot;
    sift_up(queue, queue->n++);
    return (guint64)event->generation << 32 | slot;
}

static void
remove_at(LadQueue *queue, guint32 place)
{
    guint32 last = queue->heap[--queue->n];
    if (place == queue->n)
        return;
    put(queue, place, last);
    sift_up(queue, place);
    sift_down(queue, queue->slots[last].place);
}

void
lad_queue_cancel(LadQueue *queue, LadEvent event)
{
    guint32 slot = (guint32)event;
    if (event == 0 || slot >= queue->n_slots || queue->slots[slot].generation != event >> 32)
        return;
    remove_at(queue, queue->slots[slot].place);
    release_slot(queue, slot);
}

LadTime
lad_queue_next_time(const LadQueue *queue)
{
    return queue->n ? queue->slots[queue->heap[0]].when : LAD_TIME_MAX;
}

LadTime
lad_queue_now(const LadQueue *queue)
{
    return queue->now;
}

void
lad_queue_step(LadQueue *queue)
{
    g_assert(queue->n > 0);
    guint32 slot = queue->heap[0];
    Slot event = queue->slots[slot];
    remove_at(queue, 0);
    release_slot(queue, slot);
    queue->now = event.when;
    event.function(event.when, event.data, event.argument);
}
