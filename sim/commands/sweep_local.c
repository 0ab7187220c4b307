/* sweep_local.c - the local engine: a few worker processes, a chunk each at a time.
 *
 * Each runs in a process of its own, so that one that crashes or is killed takes no other with it;
 * such a chunk is tried once more, and then left to `sweep resume`.
 */
#include "config.h"
#include "sim/commands/interrupt.h"
#include "sim/commands/sweep.h"
#include <gio/gio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ATTEMPTS      2
#define PROGRESS_USEC 100000

typedef struct {
    const LadSweepPlan *plan;
    const GArray *chunks;
    char *program;
    gint next;     /* index into `chunks`; atomic */
    gint finished; /* points; atomic */
    gint active;   /* threads; atomic */
    gint stop;     /* atomic */
    GMutex mutex;
    GPtrArray *running; /* of GSubprocess, borrowed */
    GString *trouble;   /* what went wrong with workers, a line each */
} Local;

static void
note_trouble(Local *local, const char *text)
{
    g_mutex_lock(&local->mutex);
    g_string_append_printf(local->trouble, "%s\n", text);
    g_mutex_unlock(&local->mutex);
}

static GSubprocess *
start(Local *local, guint chunk)
{
    g_autofree char *number = g_strdup_printf("%u", chunk);
    const char *const words[] = {
        local->program,         "sweep", "work", "--json", "--chunk", number, "--",
        local->plan->directory, NULL};
    GError *error = NULL;
    g_mutex_lock(&local->mutex);
    GSubprocess *worker = NULL;
    if (!g_atomic_int_get(&local->stop))
        worker = g_subprocess_newv(
            words, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
    if (worker != NULL)
        g_ptr_array_add(local->running, worker);
    g_mutex_unlock(&local->mutex);
    if (error != NULL)
        note_trouble(local, error->message);
    g_clear_error(&error);
    return worker;
}

static void
count_points(Local *local, GSubprocess *worker)
{
    g_autoptr(GDataInputStream) lines =
        g_data_input_stream_new(g_subprocess_get_stdout_pipe(worker));
    char *line;
    while ((line = g_data_input_stream_read_line(lines, NULL, NULL, NULL)) != NULL) {
        g_atomic_int_inc(&local->finished);
        g_free(line);
    }
}

static void
say_why(Local *local, GSubprocess *worker, guint chunk)
{
    g_autoptr(GDataInputStream) lines =
        g_data_input_stream_new(g_subprocess_get_stderr_pipe(worker));
    g_autofree char *line = g_data_input_stream_read_line(lines, NULL, NULL, NULL);
    g_autofree char *text = NULL;
    if (g_subprocess_get_if_signaled(worker))
        text = g_strdup_printf("chunk %u: the worker was killed by signal %d", chunk,
                               g_subprocess_get_term_sig(worker));
    else
        text = g_strdup_printf("chunk %u: %s", chunk,
                               line != NULL ? line : "the worker failed without a word");
    note_trouble(local, text);
}

/* Whether the chunk needs no other attempt. */
static gboolean
run_chunk(Local *local, guint chunk)
{
    g_autoptr(GSubprocess) worker = start(local, chunk);
    if (worker == NULL)
        return TRUE;
    count_points(local, worker);
    g_subprocess_wait(worker, NULL, NULL);
    g_mutex_lock(&local->mutex);
    g_ptr_array_remove(local->running, worker);
    g_mutex_unlock(&local->mutex);
    gboolean ok = g_subprocess_get_if_exited(worker) && g_subprocess_get_exit_status(worker) == 0;
    if (ok || g_atomic_int_get(&local->stop))
        return TRUE;
    say_why(local, worker, chunk);
    /* What a worker reports itself (a full disk, a vanished trace) is no better the next time. */
    return !g_subprocess_get_if_signaled(worker);
}

static gpointer
run_chunks(gpointer data)
{
    Local *local = data;
    while (!g_atomic_int_get(&local->stop)) {
        guint index = (guint)g_atomic_int_add(&local->next, 1);
        if (index >= local->chunks->len)
            break;
        for (guint attempt = 0; attempt < ATTEMPTS; attempt++)
            if (run_chunk(local, g_array_index(local->chunks, guint, index)))
                break;
    }
    g_atomic_int_add(&local->active, -1);
    return NULL;
}

static void
stop_workers(Local *local)
{
    g_mutex_lock(&local->mutex);
    g_atomic_int_set(&local->stop, 1);
    for (guint i = 0; i < local->running->len; i++)
        g_subprocess_send_signal(local->running->pdata[i], SIGTERM);
    g_mutex_unlock(&local->mutex);
}

static void
watch(Local *local, const LadSweepEngineOptions *options, guint n_done)
{
    LadProgressMode mode = LAD_PROGRESS_NONE;
    lad_progress_parse(options->json ? "json" : NULL, stderr, &mode, NULL);
    g_autoptr(LadProgress) progress = lad_progress_new(mode, "sweep", "points", stderr);
    while (g_atomic_int_get(&local->active) > 0) {
        if (lad_interrupt_pending())
            stop_workers(local);
        guint done = n_done + (guint)g_atomic_int_get(&local->finished);
        lad_progress_update(progress, (double)done / local->plan->n_runs, done);
        g_usleep(PROGRESS_USEC);
    }
    lad_progress_finish(progress);
}

static void
run_threads(Local *local, const LadSweepEngineOptions *options, guint n_done)
{
    guint n = MIN((guint)options->jobs, local->chunks->len);
    g_autoptr(GPtrArray) threads = g_ptr_array_new();
    local->active = (gint)n;
    for (guint i = 0; i < n; i++)
        g_ptr_array_add(threads, g_thread_new("chunk", run_chunks, local));
    watch(local, options, n_done);
    for (guint i = 0; i < n; i++)
        g_thread_join(threads->pdata[i]);
}

gboolean
lad_sweep_run_local(const LadSweepPlan *plan, const GArray *chunks,
                    const LadSweepEngineOptions *options, guint n_done, GError **error)
{
    Local local = {.plan = plan, .chunks = chunks};
    local.program = lad_sweep_program(error);
    if (local.program == NULL)
        return FALSE;
    local.running = g_ptr_array_new();
    local.trouble = g_string_new(NULL);
    g_mutex_init(&local.mutex);
    run_threads(&local, options, n_done);
    fputs(local.trouble->str, stderr);
    g_mutex_clear(&local.mutex);
    g_string_free(local.trouble, TRUE);
    g_ptr_array_unref(local.running);
    g_free(local.program);
    return !lad_interrupt_pending() || lad_interrupt_error(error);
}
