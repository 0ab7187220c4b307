/* turns.h - threads in the order of their recording: one at a time, and on which core.
 *
 * With [sched] order = turns or time, a thread runs until a record of its stream says that its next
 * turn, or time stamp, is later than that of another; then that one runs. Streams without such
 * records run one after another. Where a thread runs is one of
 *
 *     arrival   the core with the fewest threads on it when the thread comes, until it ends; nobody
 *               is placed before the first instruction or access of all
 *     cpu       the core that stands for the cpu it was recorded on
 *
 * and if cores had files of their own (note "shards" of the trace), arrival is on that core. These
 * are the rules of DynamoRIO's cache simulator.
 */
#ifndef LAD_TURNS_H
#define LAD_TURNS_H

#include <memladder/core.h>

typedef enum { LAD_ORDER_BY_CORES, LAD_ORDER_BY_TURNS, LAD_ORDER_BY_TIME } LadThreadOrder;
typedef enum { LAD_PLACE_ARRIVAL, LAD_PLACE_CPU } LadThreadPlacement;

typedef struct LadTurns LadTurns;

/* What is kept of each thread. */
typedef struct {
    guint64 key; /* of its next turn: number or time */
    gboolean waiting;
    gboolean placed; /* on `core`, and counted there */
    gboolean pinned;
    guint core;       /* where it runs next, or runs */
    guint64 n_marked; /* records that are no accesses */
} LadTurn;

LadTurns *lad_turns_new(LadHost *host, LadThreadOrder order, LadThreadPlacement placement);
void lad_turns_free(LadTurns *turns);
/* Whether the host has the cores that a new thread's trace needs. Errors: CONFIG. */
gboolean lad_turns_check(const LadTurns *turns, const LadThread *thread, GError **error);
/* The thread, whose sched_state begins with a LadTurn, is runnable and waits for its turn. */
void lad_turns_wait(LadTurns *turns, LadThread *thread);
/* The waiting thread whose turn it is, taken out, with `core` set; NULL: none waits. */
LadThread *lad_turns_next(LadTurns *turns);
/* A record of the running thread. FALSE: it must let go of its core. */
gboolean lad_turns_record(LadTurns *turns, LadThread *thread, const LadRecord *record);
/* The running thread lets go of its core, or has ended. */
void lad_turns_let_go(LadTurns *turns, LadThread *thread);

#endif
