/* progress.c - one line on standard error that says how far a run is. */
#include "config.h"
#include "sim/commands/progress.h"
#include <memladder/error.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PERIOD_US (G_USEC_PER_SEC / 4)

gboolean
lad_progress_init(LadProgress *progress, const char *style, GError **error)
{
    *progress = (LadProgress){.begin = g_get_monotonic_time()};
    if (style == NULL || strcmp(style, "auto") == 0)
        progress->style = isatty(STDERR_FILENO) ? LAD_PROGRESS_LINE : LAD_PROGRESS_NONE;
    else if (strcmp(style, "none") == 0)
        progress->style = LAD_PROGRESS_NONE;
    else if (strcmp(style, "line") == 0)
        progress->style = LAD_PROGRESS_LINE;
    else if (strcmp(style, "json") == 0)
        progress->style = LAD_PROGRESS_JSON;
    else {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--progress=%s: expected auto, none, line or json", style);
        return FALSE;
    }
    return TRUE;
}

double
lad_progress_seconds(const LadProgress *progress)
{
    return (double)(g_get_monotonic_time() - progress->begin) / G_USEC_PER_SEC;
}

static void
show_line(const LadRunProgress *at, double seconds)
{
    double rate = seconds > 0 ? (double)at->references / seconds / 1e6 : 0;
    fprintf(stderr, "%.1f M references, %.1f M/s, %.3f ms simulated", (double)at->references / 1e6,
            rate, (double)at->time / (double)LAD_MS);
    if (at->fraction > 0.001)
        fprintf(stderr, ", %.1f %%, %.0f s left", at->fraction * 100,
                seconds * (1 - at->fraction) / at->fraction);
}

void
lad_progress_show(LadProgress *progress, const LadRun *run, gboolean now)
{
    gint64 time = g_get_monotonic_time();
    if (!now && (progress->style == LAD_PROGRESS_NONE || time - progress->last < PERIOD_US))
        return;
    progress->last = time;
    LadRunProgress at;
    lad_run_progress(run, &at);
    double seconds = lad_progress_seconds(progress);
    if (progress->style == LAD_PROGRESS_JSON) {
        fprintf(stderr,
                "{\"references\": %" G_GUINT64_FORMAT ", \"time_ps\": %" G_GUINT64_FORMAT
                ", \"fraction\": %.6f, \"seconds\": %.3f}\n",
                at.references, at.time, at.fraction, seconds);
    } else if (progress->style == LAD_PROGRESS_LINE) {
        fputc('\r', stderr);
        show_line(&at, seconds);
        fputs("\033[K", stderr);
        progress->shown = TRUE;
    } else {
        show_line(&at, seconds);
        fputc('\n', stderr);
    }
    fflush(stderr);
}

void
lad_progress_clear(LadProgress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = FALSE;
}
