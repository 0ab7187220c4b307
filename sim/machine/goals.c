/* goals.c - stopping a run by a count of instructions or records of all its streams. */
#include "config.h"
#include "sim/machine/goals.h"
#include "sim/kernel/sched.h"
#include <memladder/core.h>

static gboolean
is_running(const LadThread *thread)
{
    return thread->core && thread->core->thread == thread;
}

static guint
n_running(const LadGoal *goal)
{
    guint n = 0;
    for (guint i = 0; i < lad_streams_n(goal->streams); i++)
        n += (guint)is_running(&lad_streams_at(goal->streams, i)->thread);
    return n;
}

static guint64
count_so_far(const LadGoal *goal)
{
    guint64 n = 0;
    for (guint i = 0; i < lad_streams_n(goal->streams); i++) {
        const LadStream *stream = lad_streams_at(goal->streams, i);
        n += goal->kind == LAD_GOAL_RECORDS ? lad_stream_n_records(stream) : stream->thread.n_insns;
    }
    return n;
}

/* A thread that is asked to leave its core keeps its bound of 0. */
static void
apply(LadStream *stream)
{
    LadThread *thread = &stream->thread;
    if (is_running(thread) && lad_scheduler_expired(thread->process->host->scheduler, thread->core))
        return;
    thread->stop_insns = MIN(MIN(stream->target, stream->step_bound), stream->window_bound);
}

void
lad_goal_set(LadGoal *goal, LadStreams *streams, LadGoalKind kind, guint64 total)
{
    goal->streams = streams;
    goal->kind = kind;
    goal->total = total;
    lad_goal_share(goal);
}

gboolean
lad_goal_met(const LadGoal *goal)
{
    return goal->kind != LAD_GOAL_NONE && count_so_far(goal) >= goal->total;
}

/* What a plain record adds to LadThread.n_insns: page-level cores count touches there. */
static guint64
count_record(const LadRecord *record, gboolean touches)
{
    if (!touches)
        return lad_record_n_insns(record);
    switch (record->kind) {
    case LAD_RECORD_LOAD:
    case LAD_RECORD_STORE:
    case LAD_RECORD_MODIFY:
    case LAD_RECORD_ATOMIC:
        return 1;
    case LAD_RECORD_PAGE_TOUCH:
        return record->weight;
    case LAD_RECORD_RANGE_TOUCH:
        return record->weight *
               ((record->address % LAD_PAGE_BYTES + record->size + LAD_PAGE_BYTES - 1) >>
                LAD_PAGE_SHIFT);
    default:
        return 0;
    }
}

/* The first token boundary of the thread's batch at which it has consumed its share of records. */
static void
find_record(LadStream *stream)
{
    const LadThread *thread = &stream->thread;
    const LadBatch *batch = thread->batch;
    guint64 records = lad_stream_n_records(stream), insns = thread->n_insns;
    gboolean touches = thread->process->host->cores[0]->class->page_level;
    for (guint32 i = thread->token; i < batch->n_tokens && records < stream->target_records; i++) {
        guint32 token = batch->tokens[i];
        if (token & LAD_TOKEN_RECORD) {
            records++;
            insns += count_record(&batch->records[token & ~LAD_TOKEN_RECORD], touches);
        } else {
            const LadEntry *entry = lad_code_entry(thread->code, token);
            records += entry->n_blocks;
            insns += touches ? entry->n_operands : entry->n_insns;
        }
    }
    stream->target = records >= stream->target_records ? insns : G_MAXUINT64;
}

void
lad_goal_share(LadGoal *goal)
{
    guint64 so_far = goal->kind == LAD_GOAL_NONE ? 0 : count_so_far(goal);
    guint64 missing = goal->total > so_far ? goal->total - so_far : 0;
    guint64 share = MAX(missing / MAX(n_running(goal), 1), 1);
    for (guint i = 0; i < lad_streams_n(goal->streams); i++) {
        LadStream *stream = lad_streams_at(goal->streams, i);
        LadThread *thread = &stream->thread;
        stream->target = stream->target_records = G_MAXUINT64;
        if (goal->kind == LAD_GOAL_INSTRUCTIONS)
            stream->target = thread->n_insns + share;
        if (goal->kind == LAD_GOAL_RECORDS) {
            stream->target_records = lad_stream_n_records(stream) + share;
            if (thread->batch)
                find_record(stream);
        }
        apply(stream);
    }
}

void
lad_goal_begin_step(LadGoal *goal, guint64 references)
{
    /* About every second reference is an instruction. */
    guint64 share = references / 2 / MAX(n_running(goal), 1) + 1;
    for (guint i = 0; i < lad_streams_n(goal->streams); i++) {
        LadStream *stream = lad_streams_at(goal->streams, i);
        stream->step_bound = references ? stream->thread.n_insns + share : G_MAXUINT64;
        apply(stream);
    }
}

gboolean
lad_goal_target_reached(const LadThread *thread)
{
    return thread->n_insns >= ((const LadStream *)thread)->target;
}

double
lad_goal_fraction(const LadStreams *streams, guint64 instructions)
{
    guint64 n = 0;
    for (guint i = 0; i < lad_streams_n(streams); i++)
        n += lad_streams_at(streams, i)->thread.n_insns;
    return (double)n / (double)instructions;
}

gboolean
lad_goal_step_done(const LadThread *thread)
{
    return thread->n_insns >= ((const LadStream *)thread)->step_bound;
}

void
lad_goal_set_window(LadStream *stream, guint64 n_insns)
{
    stream->window_bound = n_insns;
    apply(stream);
}

void
lad_goal_enter_batch(LadStream *stream)
{
    if (stream->target_records == G_MAXUINT64)
        return;
    find_record(stream);
    apply(stream);
}
