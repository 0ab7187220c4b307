/* goals.h - where a run must stop by a count of instructions or records: the end of warm-up, the
 * limit of the run, the end of a step.
 *
 * A goal counts all streams together, but cores run ahead of each other. So what is still missing
 * is shared out among the running threads; the first to have done its share brings a new sharing,
 * until nothing is missing. The goal is met to within one path per core, and where it is met
 * depends on nothing but the run itself: a step's bound is kept apart.
 */
#ifndef LAD_GOALS_H
#define LAD_GOALS_H

#include "sim/machine/streams.h"

typedef enum { LAD_GOAL_NONE, LAD_GOAL_INSTRUCTIONS, LAD_GOAL_RECORDS } LadGoalKind;

typedef struct {
    LadStreams *streams;
    LadGoalKind kind;
    guint64 total; /* of all streams together */
} LadGoal;

/* From here on the run must stop at `total`. */
void lad_goal_set(LadGoal *goal, LadStreams *streams, LadGoalKind kind, guint64 total);
/* Whether the total has been reached. */
gboolean lad_goal_met(const LadGoal *goal);
/* Share out anew what is missing, and set every running thread's stop_insns. */
void lad_goal_share(LadGoal *goal);
/* About `references` more of all streams together are a step; 0: no bound. */
void lad_goal_begin_step(LadGoal *goal, guint64 references);
/* Whether the thread has done its share of the goal. */
gboolean lad_goal_target_reached(const LadThread *thread);
/* Share of `instructions` that all streams together have executed; may be above 1. */
double lad_goal_fraction(const LadStreams *streams, guint64 instructions);
/* Whether the thread has done its part of the step. */
gboolean lad_goal_step_done(const LadThread *thread);
/* The thread must stop at `n_insns` instructions of its own, too; G_MAXUINT64: no longer. */
void lad_goal_set_window(LadStream *stream, guint64 n_insns);
/* A thread's new batch: find a goal in records in it. */
void lad_goal_enter_batch(LadStream *stream);

#endif
