/* sched.h - which thread runs on which core: round robin with a quantum per core.
 *
 * Each core has a queue of runnable threads. A thread is pinned to a core or starts on the core
 * with the fewest threads and is taken over by a core that would idle. While threads wait for a
 * core, the one on it is asked to leave when its quantum has passed: its stop_insns becomes 0, so
 * that the core lets go at the next token boundary with LAD_STOP_LIMIT. A switch costs CPU time,
 * charged to the core as LAD_CHARGE_SWITCH before the next thread begins.
 *
 * What the loop does with a core's stop:
 *   LAD_STOP_END, LAD_STOP_SLEEP   lad_scheduler_release
 *   LAD_STOP_LIMIT                 lad_scheduler_expired ? lad_scheduler_release : back to the
 * caller of the loop (a limit of the run) A core without a thread (core->thread NULL) takes no
 * turns until the scheduler gives it one, in an event or in a release.
 */
#ifndef LAD_SCHED_H
#define LAD_SCHED_H

#include <memladder/configuration.h>
#include <memladder/core.h>

#define LAD_CORE_ANY G_MAXUINT

/* Build a host's scheduler from [sched]; host->cores exist. Errors: CONFIG. */
LadScheduler *lad_scheduler_new(LadHost *host, LadConfig *config, GError **error);
void lad_scheduler_free(LadScheduler *scheduler);

/* A new thread, pinned to `core` or LAD_CORE_ANY, runnable from `when` on. FALSE with CONFIG if
 * threads may not share cores ([sched] share = false) and there is none left for it. */
gboolean lad_scheduler_add(LadScheduler *scheduler, LadThread *thread, guint core, LadTime when,
                           GError **error);
/* Called by the machine before each thread begins to run on a core, to set its stop_insns. */
typedef void (*LadSchedulerBegin)(LadThread *thread, void *data);
void lad_scheduler_set_begin(LadScheduler *scheduler, LadSchedulerBegin begin, void *data);

/* The core has let its thread go. After LAD_STOP_END the thread is done; after LAD_STOP_SLEEP it
 * sleeps if its state says so (MEMSTALL, IOWAIT) and otherwise goes to the end of the queue, as
 * after LAD_STOP_LIMIT. Gives the core its next thread, or none. Calls the class's detach and
 * attach. */
void lad_scheduler_release(LadScheduler *scheduler, LadCore *core, LadCoreStop stop);
/* A record of the running thread's stream that is no access was reached. FALSE: the thread must let
 * go of its core, since by [sched] order another one is due. */
gboolean lad_scheduler_record(LadScheduler *scheduler, LadThread *thread, const LadRecord *record);
/* Has the quantum of the thread on `core` passed while others wait? */
gboolean lad_scheduler_expired(const LadScheduler *scheduler, const LadCore *core);
/* A sleeping thread becomes runnable at `when`, by an event. Once per sleep. */
void lad_scheduler_wake(LadScheduler *scheduler, LadThread *thread, LadTime when);
/* Threads that are not done. */
guint lad_scheduler_n_alive(const LadScheduler *scheduler);
/* Bring the idle time of cores without a thread up to `now`. */
void lad_scheduler_account_idle(LadScheduler *scheduler, LadTime now);

/* The options of [sched], for documentation. */
extern const LadOption lad_scheduler_options[];

#endif
