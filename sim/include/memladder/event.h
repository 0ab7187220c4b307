/* event.h - the one clock and the one queue of a run.
 *
 * Whatever must be in global order is an event: daemons, migrations, device completions, epoch
 * samples. Cores are not in the queue; they run ahead up to the next event (the horizon) and take
 * turns by their own clocks (DESIGN of time and order: ARCHITECTURE.md). Events of one time are
 * ordered by LadEventOrder, then by the order of their being added.
 */
#ifndef MEMLADDER_EVENT_H
#define MEMLADDER_EVENT_H

#include <memladder/types.h>

G_BEGIN_DECLS

/* The one order of simultaneous events, with reasons. Cores come last: at equal times an event
 * happens before any core's access, so that a core sees the state "as of" its own time. */
typedef enum {
    LAD_ORDER_COMPLETION, /* data that has arrived is there before anyone looks for it */
    LAD_ORDER_INTERRUPT,  /* wake-ups and shootdowns: who is woken competes at once */
    LAD_ORDER_DAEMON,     /* kswapd, scanner: act on what has arrived */
    LAD_ORDER_POLICY,     /* timers of policies and controllers: read counters after the daemons */
    LAD_ORDER_SCHEDULER,  /* quantum ends: after all wake-ups of this instant */
    LAD_ORDER_EPOCH,      /* samples: see all that happened up to and at their time */
} LadEventOrder;

typedef struct LadQueue LadQueue;
/* `now` is the event's time. */
typedef void (*LadEventFunc)(LadTime now, void *data, guint64 argument);
/* Names an event that is still to come; 0 is never a handle. */
typedef guint64 LadEvent;

/* An empty queue at time 0. */
LadQueue *lad_queue_new(void);
/* Events that are still to come are forgotten; what they point to is their owners'. */
void lad_queue_free(LadQueue *queue);
/* Add an event at `when`; a time before the last event's is taken as the last event's (a core that
 * ran ahead can make no event in the past). Deterministic. */
LadEvent lad_queue_add(LadQueue *queue, LadTime when, LadEventOrder order, LadEventFunc function,
                       void *data, guint64 argument);
/* Forget an event that has not happened; harmless if it has. */
void lad_queue_cancel(LadQueue *queue, LadEvent event);
/* Time of the next event, LAD_TIME_MAX if there is none; this is the cores' horizon. */
LadTime lad_queue_next_time(const LadQueue *queue);
/* Time of the last event that was carried out. */
LadTime lad_queue_now(const LadQueue *queue);
/* Carry out the next event. There must be one. */
void lad_queue_step(LadQueue *queue);

G_END_DECLS
#endif
