/* windows.c - see windows.h. */
#include "config.h"
#include "sim/machine/windows.h"
#include "sim/machine/goals.h"
#include <memladder/core.h>

void
lad_windows_init(LadWindows *windows, const LadRunOptions *options, LadStreams *streams,
                 LadSampler *sampler, gboolean timed)
{
    *windows =
        (LadWindows){.options = options, .streams = streams, .sampler = sampler, .timed = timed};
}

gboolean
lad_windows_check(const LadWindows *windows, GError **error)
{
    const LadRunOptions *options = windows->options;
    for (guint i = 0; i < lad_streams_n(windows->streams); i++) {
        const LadStream *stream = lad_streams_at(windows->streams, i);
        GHashTable *notes = lad_trace_reader_header(stream->thread.trace)->notes;
        if (options->gaps != LAD_GAPS_WARM || options->gap_warmup > 0 ||
            g_hash_table_contains(notes, "stitch.warm"))
            continue;
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[run] gaps = warm with gap-warmup = 0, but %s has no marks of `trace stitch "
                    "--warm`; expected gap-warmup in instructions",
                    options->traces[stream->trace]);
        return FALSE;
    }
    return TRUE;
}

void
lad_windows_count(LadWindows *windows, LadTime now)
{
    gboolean warming = FALSE;
    for (guint i = 0; windows->n > 0 && i < lad_streams_n(windows->streams); i++) {
        const LadStream *stream = lad_streams_at(windows->streams, i);
        warming |= stream->warming && stream->thread.state != LAD_THREAD_DONE;
    }
    if (warming == windows->paused)
        return;
    windows->paused = warming;
    if (warming)
        lad_sampler_pause(windows->sampler, now);
    else
        lad_sampler_resume(windows->sampler, now);
}

/* From here on the window is measured. Who looks on learns it by a marker, as of a stitched trace,
 * whose size is the instructions left out. */
static void
end_warmup(LadWindows *windows, LadStream *stream, LadTime now)
{
    const LadWatch *watch = stream->thread.process->host->watch;
    const LadRecord mark = {.kind = LAD_RECORD_MARKER,
                            .flags = LAD_MARKER_MEASURED,
                            .size = windows->options->gap_warmup,
                            .text = (char *)""};
    stream->warming = FALSE;
    lad_goal_set_window(stream, G_MAXUINT64);
    lad_windows_count(windows, now);
    if (mark.size > 0 && watch != NULL && watch->mark != NULL)
        watch->mark(watch->data, &stream->thread, &mark, now);
}

void
lad_windows_reached(LadThread *thread, const LadRecord *record, LadTime now, void *data)
{
    LadWindows *windows = data;
    LadStream *stream = (LadStream *)thread;
    const guint64 warmup = windows->options->gap_warmup;
    now = windows->timed ? now : 0;
    if (record->kind == LAD_RECORD_BURST) {
        windows->n++;
        stream->warming = windows->options->gaps == LAD_GAPS_WARM || warmup > 0;
        if (warmup > 0)
            lad_goal_set_window(stream, thread->n_insns + warmup);
        lad_windows_count(windows, now);
    } else if (record->flags == LAD_MARKER_MEASURED && warmup == 0 && stream->warming) {
        end_warmup(windows, stream, now);
    }
}

void
lad_windows_bound_reached(LadWindows *windows, const LadCore *core)
{
    LadStream *stream = (LadStream *)core->thread;
    if (stream->thread.n_insns >= stream->window_bound)
        end_warmup(windows, stream, windows->timed ? core->turn : 0);
}

char *
lad_windows_describe(const LadWindows *windows)
{
    const LadRunOptions *options = windows->options;
    g_autofree char *first =
        options->gap_warmup > 0
            ? g_strdup_printf("the first %" G_GUINT64_FORMAT " instructions of each were",
                              options->gap_warmup)
        : options->gaps == LAD_GAPS_WARM ? g_strdup("what comes before its mark in each was")
                                         : g_strdup("nothing was");
    return g_strdup_printf("at the gaps before %" G_GUINT64_FORMAT
                           " windows caches and TLBs were %s; to warm them, %s left out of what is "
                           "counted (run.gaps)",
                           windows->n, options->gaps == LAD_GAPS_FLUSH ? "emptied" : "kept", first);
}
