/* loop.c - the run-ahead loop over cores and events.
 *
 * Cores stay out of the queue: with the few there are, a linear scan for the earliest turn is as
 * fast as any tree. A core's bound is exclusive: it may serve a shared entry at time t if t <
 * limit, where an event at e gives limit e, and another core's turn at t gives t, or t + 1 to the
 * core with the lower number.
 *
 * What is scanned is a copy of the cores' turns, one word each. A core's run moves its own; those
 * of others move by events, by a thread let go, or by one that is started: then all are copied
 * again.
 *
 * A core may run ahead to where its thread lets go of it, but who runs there next is decided in
 * global order: the core keeps its stop until its turn comes.
 */
#include "config.h"
#include "sim/engine/loop.h"

struct LadLoop {
    LadQueue *queue;
    LadHost *const *hosts;
    guint n_hosts;
    LadCore **cores;  /* of all hosts, in order */
    LadTime *turns;   /* per core; NO_THREAD: it has none */
    guint64 n_starts; /* of all hosts' threads, when they were copied */
    gint8 *let_go;    /* per core, the LadCoreStop that awaits its turn; -1: none */
    guint n_cores;
};

#define NO_THREAD G_MAXUINT64

LadLoop *
lad_loop_new(LadQueue *queue, LadHost *const *hosts, guint n)
{
    LadLoop *loop = g_new0(LadLoop, 1);
    loop->queue = queue;
    loop->hosts = hosts;
    loop->n_hosts = n;
    for (guint i = 0; i < n; i++)
        loop->n_cores += hosts[i]->n_cores;
    loop->cores = g_new(LadCore *, loop->n_cores);
    loop->turns = g_new(LadTime, loop->n_cores);
    loop->let_go = g_new(gint8, loop->n_cores);
    memset(loop->let_go, -1, loop->n_cores);
    guint at = 0;
    for (guint i = 0; i < n; i++)
        for (guint k = 0; k < hosts[i]->n_cores; k++)
            loop->cores[at++] = hosts[i]->cores[k];
    return loop;
}

void
lad_loop_free(LadLoop *loop)
{
    if (!loop)
        return;
    g_free(loop->cores);
    g_free(loop->turns);
    g_free(loop->let_go);
    g_free(loop);
}

LadTime
lad_loop_now(const LadLoop *loop)
{
    LadTime now = LAD_TIME_MAX;
    for (guint i = 0; i < loop->n_cores; i++)
        if (loop->cores[i]->thread)
            now = MIN(now, loop->cores[i]->turn);
    return now;
}

static inline void
copy_turn(LadLoop *loop, guint index)
{
    const LadCore *core = loop->cores[index];
    loop->turns[index] = core->thread ? core->turn : NO_THREAD;
}

static void
copy_turns(LadLoop *loop)
{
    loop->n_starts = 0;
    for (guint i = 0; i < loop->n_hosts; i++)
        loop->n_starts += loop->hosts[i]->n_starts;
    for (guint i = 0; i < loop->n_cores; i++)
        copy_turn(loop, i);
}

static gboolean
is_started(const LadLoop *loop)
{
    guint64 n_starts = 0;
    for (guint i = 0; i < loop->n_hosts; i++)
        n_starts += loop->hosts[i]->n_starts;
    return n_starts != loop->n_starts;
}

/* The core whose turn is next, and the bound that the others set it. There is at least one. */
static guint
next_core(const LadLoop *loop, LadTime *limit)
{
    const LadTime *turns = loop->turns;
    const guint n = loop->n_cores;
    LadTime turn = turns[0], second = NO_THREAD;
    gboolean second_is_later_number = FALSE;
    guint first = 0;
    for (guint i = 1; i < n; i++) {
        if (G_LIKELY(turns[i] >= second))
            continue;
        if (turns[i] < turn) {
            second = turn;
            second_is_later_number = FALSE;
            first = i;
            turn = turns[i];
        } else {
            second = turns[i];
            second_is_later_number = TRUE;
        }
    }
    *limit = second < LAD_TIME_MAX && second_is_later_number ? second + 1 : second;
    return first;
}

static gboolean
failed(const LadLoop *loop)
{
    for (guint i = 0; i < loop->n_hosts; i++)
        if (loop->hosts[i]->error)
            return TRUE;
    return FALSE;
}

static guint
n_alive(const LadLoop *loop)
{
    guint n = 0;
    for (guint i = 0; i < loop->n_hosts; i++)
        n += lad_scheduler_n_alive(loop->hosts[i]->scheduler);
    return n;
}

LadLoopStop
lad_loop_run(LadLoop *loop, LadTime until, LadCore **who)
{
    copy_turns(loop);
    for (;;) {
        if (failed(loop))
            return LAD_LOOP_ERROR;
        LadTime limit = NO_THREAD;
        guint index = next_core(loop, &limit);
        LadCore *core = loop->cores[index];
        LadTime event = lad_queue_next_time(loop->queue);
        LadTime turn = MIN(loop->turns[index], LAD_TIME_MAX);
        if (turn == LAD_TIME_MAX && n_alive(loop) == 0)
            return LAD_LOOP_DONE;
        if (MIN(event, turn) >= until && until < LAD_TIME_MAX)
            return LAD_LOOP_TIME;
        if (event <= turn && event < LAD_TIME_MAX) {
            lad_queue_step(loop->queue);
            copy_turns(loop);
            continue;
        }
        if (turn >= LAD_TIME_MAX)
            return LAD_LOOP_STUCK;
        if (loop->let_go[index] >= 0) {
            lad_scheduler_release(core->host->scheduler, core, (LadCoreStop)loop->let_go[index]);
            loop->let_go[index] = -1;
            copy_turns(loop);
            continue;
        }
        LadTime horizon = MIN(event, until);
        LadCoreStop stop = core->class->run(core, horizon, MIN(limit, horizon));
        if (G_UNLIKELY(is_started(loop)))
            copy_turns(loop);
        else
            copy_turn(loop, index);
        if (stop == LAD_STOP_HORIZON || stop == LAD_STOP_TURN)
            continue;
        if (stop == LAD_STOP_END && core->thread->error) {
            if (who)
                *who = core;
            return LAD_LOOP_ERROR;
        }
        if (stop == LAD_STOP_LIMIT && !lad_scheduler_expired(core->host->scheduler, core)) {
            if (who)
                *who = core;
            return LAD_LOOP_LIMIT;
        }
        loop->let_go[index] = (gint8)stop;
    }
}
