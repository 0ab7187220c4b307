/* loop.c - the run-ahead loop over cores and events.
 *
 * Cores stay out of the queue: with the few there are, a linear scan for the earliest turn is as
 * fast as any tree. A core's bound is exclusive: it may serve a shared entry at time t if t <
 * limit, where an event at e gives limit e, and another core's turn at t gives t, or t + 1 to the
 * core with the lower number.
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
    LadCore **cores; /* of all hosts, in order */
    gint8 *let_go;   /* per core, the LadCoreStop that awaits its turn; -1: none */
    guint n_cores;
};

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

/* The core whose turn is next (NULL: none has a thread), its index, and the bound that the other
 * cores set it. */
static LadCore *
next_core(const LadLoop *loop, guint *index, LadTime *limit)
{
    LadCore *first = NULL;
    LadTime turn = G_MAXUINT64, second = G_MAXUINT64;
    gboolean second_is_later_number = FALSE;
    for (guint i = 0; i < loop->n_cores; i++) {
        LadCore *core = loop->cores[i];
        if (!core->thread)
            continue;
        if (!first || core->turn < turn) {
            second = turn;
            second_is_later_number = FALSE;
            first = core;
            *index = i;
            turn = core->turn;
        } else if (core->turn < second) {
            second = core->turn;
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
    for (;;) {
        if (failed(loop))
            return LAD_LOOP_ERROR;
        LadTime limit;
        guint index = 0;
        LadCore *core = next_core(loop, &index, &limit);
        LadTime event = lad_queue_next_time(loop->queue);
        LadTime turn = core ? core->turn : LAD_TIME_MAX;
        if (!core && n_alive(loop) == 0)
            return LAD_LOOP_DONE;
        if (MIN(event, turn) >= until && until < LAD_TIME_MAX)
            return LAD_LOOP_TIME;
        if (event <= turn && event < LAD_TIME_MAX) {
            lad_queue_step(loop->queue);
            continue;
        }
        if (turn >= LAD_TIME_MAX)
            return LAD_LOOP_STUCK;
        if (loop->let_go[index] >= 0) {
            lad_scheduler_release(core->host->scheduler, core, (LadCoreStop)loop->let_go[index]);
            loop->let_go[index] = -1;
            continue;
        }
        LadTime horizon = MIN(event, until);
        LadCoreStop stop = core->class->run(core, horizon, MIN(limit, horizon));
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
