/* progress.h - how far a long command is, on standard error.
 *
 *   g_autoptr(LadProgress) progress = lad_progress_new(mode, "replay", "refs", stderr);
 *   lad_progress_update(progress, fraction, n_references);   // as often as is convenient
 *   lad_progress_finish(progress);                           // clears or ends the line
 *
 * A line shows the share done, the count, the rate and the time left. Wall-clock time is read here
 * and reaches nothing else. Nothing is ever written to standard output.
 */
#ifndef LAD_PROGRESS_H
#define LAD_PROGRESS_H

#include <memladder/error.h>
#include <stdio.h>

typedef enum {
    LAD_PROGRESS_NONE,
    LAD_PROGRESS_LINE, /* one line that is written over, twice a second */
    LAD_PROGRESS_JSON, /* one JSON object per line, once a second */
} LadProgressMode;

typedef struct LadProgress LadProgress;

/* Mode of `--progress=`: none, line, json; NULL: line if `stream` is a terminal, else none. Errors:
 * USAGE. */
gboolean lad_progress_parse(const char *text, FILE *stream, LadProgressMode *mode, GError **error);

/* `what` is done in `unit`s; both are borrowed, as is the stream. */
LadProgress *lad_progress_new(LadProgressMode mode, const char *what, const char *unit,
                              FILE *stream);
/* `fraction` of the whole in [0, 1], 0: unknown; `n` units so far. Writes only when it is time. */
void lad_progress_update(LadProgress *progress, double fraction, guint64 n);
/* Writes a line of status now, in any mode (SIGUSR1). */
void lad_progress_report(LadProgress *progress, double fraction, guint64 n);
/* Ends the display; a line is cleared. More updates write nothing. */
void lad_progress_finish(LadProgress *progress);
void lad_progress_free(LadProgress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadProgress, lad_progress_free)

/* "1.25 G" for 1250000000: at most four digits and a decimal prefix. Free with g_free. */
char *lad_progress_count(double n);
/* "1:02:03" or "2:03" for a number of seconds. Free with g_free. */
char *lad_progress_duration(double seconds);

#endif
