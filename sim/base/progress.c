/* progress.c - one line on standard error: share, count, rate, time left. */
#include "config.h"
#include "sim/base/progress.h"
#include <string.h>
#include <unistd.h>

struct LadProgress {
    LadProgressMode mode;
    const char *what, *unit;
    FILE *stream;
    gint64 start_us, last_us; /* monotonic; last: of the last writing */
    gboolean shown, finished;
};

gboolean
lad_progress_parse(const char *text, FILE *stream, LadProgressMode *mode, GError **error)
{
    static const char *const names[] = {"none", "line", "json"};
    if (text == NULL) {
        *mode = isatty(fileno(stream)) ? LAD_PROGRESS_LINE : LAD_PROGRESS_NONE;
        return TRUE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(text, names[i]) == 0) {
            *mode = (LadProgressMode)i;
            return TRUE;
        }
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--progress=%s: expected none, line or json",
                text);
    return FALSE;
}

LadProgress *
lad_progress_new(LadProgressMode mode, const char *what, const char *unit, FILE *stream)
{
    LadProgress *progress = g_new0(LadProgress, 1);
    *progress = (LadProgress){.mode = mode, .what = what, .unit = unit, .stream = stream};
    progress->start_us = progress->last_us = g_get_monotonic_time();
    return progress;
}

char *
lad_progress_count(double n)
{
    static const char *const prefixes[] = {"", " k", " M", " G", " T", " P", " E"};
    guint i = 0;
    while (n >= 999.5 && i + 1 < G_N_ELEMENTS(prefixes)) {
        n /= 1000;
        i++;
    }
    int decimals = i == 0 || n >= 99.95 ? 0 : n >= 9.995 ? 1 : 2;
    return g_strdup_printf("%.*f%s", decimals, n, prefixes[i]);
}

char *
lad_progress_duration(double seconds)
{
    guint64 s = seconds > 0 ? (guint64)(seconds + 0.5) : 0;
    if (s >= 3600)
        return g_strdup_printf("%" G_GUINT64_FORMAT ":%02u:%02u", s / 3600, (guint)(s / 60 % 60),
                               (guint)(s % 60));
    return g_strdup_printf("%u:%02u", (guint)(s / 60), (guint)(s % 60));
}

static void
write_line(const LadProgress *progress, double fraction, guint64 n, double seconds)
{
    double rate = seconds > 0 ? (double)n / seconds : 0;
    g_autofree char *count = lad_progress_count((double)n);
    g_autofree char *speed = lad_progress_count(rate);
    fprintf(progress->stream, "%s: ", progress->what);
    if (fraction > 0)
        fprintf(progress->stream, "%5.1f %%, ", MIN(fraction, 1) * 100);
    fprintf(progress->stream, "%s %s, %s %s/s", count, progress->unit, speed, progress->unit);
    if (fraction > 0) {
        g_autofree char *left = lad_progress_duration(seconds * (1 - MIN(fraction, 1)) / fraction);
        fprintf(progress->stream, ", %s left", left);
    }
}

static void
write_json(const LadProgress *progress, double fraction, guint64 n, double seconds)
{
    fprintf(progress->stream,
            "{\"what\": \"%s\", \"unit\": \"%s\", \"done\": %" G_GUINT64_FORMAT
            ", \"seconds\": %.3f, \"per_second\": %.0f",
            progress->what, progress->unit, n, seconds, seconds > 0 ? (double)n / seconds : 0);
    if (fraction > 0)
        fprintf(progress->stream, ", \"fraction\": %.6f, \"seconds_left\": %.1f", MIN(fraction, 1),
                seconds * (1 - MIN(fraction, 1)) / fraction);
    fputs("}\n", progress->stream);
}

static void
show(LadProgress *progress, double fraction, guint64 n, gint64 now_us)
{
    double seconds = (double)(now_us - progress->start_us) / 1e6;
    if (progress->mode == LAD_PROGRESS_JSON) {
        write_json(progress, fraction, n, seconds);
    } else {
        /* Back to the start; erase what a longer line may have left. */
        fputs("\r", progress->stream);
        write_line(progress, fraction, n, seconds);
        fputs("\033[K", progress->stream);
        progress->shown = TRUE;
    }
    fflush(progress->stream);
    progress->last_us = now_us;
}

void
lad_progress_update(LadProgress *progress, double fraction, guint64 n)
{
    if (progress->mode == LAD_PROGRESS_NONE || progress->finished)
        return;
    gint64 now_us = g_get_monotonic_time();
    gint64 period_us = progress->mode == LAD_PROGRESS_LINE ? 500000 : 1000000;
    if (now_us - progress->last_us >= period_us)
        show(progress, fraction, n, now_us);
}

void
lad_progress_report(LadProgress *progress, double fraction, guint64 n)
{
    double seconds = (double)(g_get_monotonic_time() - progress->start_us) / 1e6;
    if (progress->shown)
        fputs("\r\033[K", progress->stream);
    progress->shown = FALSE;
    write_line(progress, fraction, n, seconds);
    fputs("\n", progress->stream);
    fflush(progress->stream);
}

void
lad_progress_finish(LadProgress *progress)
{
    if (progress->shown) {
        fputs("\r\033[K", progress->stream);
        fflush(progress->stream);
    }
    progress->shown = FALSE;
    progress->finished = TRUE;
}

void
lad_progress_free(LadProgress *progress)
{
    if (progress == NULL)
        return;
    lad_progress_finish(progress);
    g_free(progress);
}
