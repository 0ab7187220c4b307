/* loop.h - advance simulated time: carries out events and gives cores their turns, in exact order.
 *
 * The core with the earliest turn (ties by host, then core number) runs, up to the next event and
 * the next other core's turn; at equal times events come before cores. After LAD_STOP_END and
 * LAD_STOP_SLEEP, and at LAD_STOP_LIMIT when the quantum has passed, the scheduler gives the core
 * another thread.
 */
#ifndef LAD_LOOP_H
#define LAD_LOOP_H

#include "sim/kernel/sched.h"

typedef enum {
    LAD_LOOP_DONE,  /* no thread is left */
    LAD_LOOP_LIMIT, /* a thread has reached its stop_insns; *core is where */
    LAD_LOOP_TIME,  /* every core and event has reached `until` */
    LAD_LOOP_STUCK, /* threads are left, but nothing will ever wake them */
    LAD_LOOP_ERROR  /* some host->error or thread->error is set */
} LadLoopStop;

typedef struct LadLoop LadLoop;

/* A loop over `n` hosts, which are borrowed; their cores, schedulers and the common queue exist. */
LadLoop *lad_loop_new(LadQueue *queue, LadHost *const *hosts, guint n);
void lad_loop_free(LadLoop *loop);
/* Go on until `until` (LAD_TIME_MAX: no such limit) or another reason. `core` may be NULL. Results
 * do not depend on how often it is called. */
LadLoopStop lad_loop_run(LadLoop *loop, LadTime until, LadCore **core);
/* The earliest turn of any core with a thread: all before it is settled. LAD_TIME_MAX: none. */
LadTime lad_loop_now(const LadLoop *loop);

#endif
