/* progress.h - one line on standard error that says how far a run is. */
#ifndef LAD_PROGRESS_H
#define LAD_PROGRESS_H

#include <memladder/run.h>

typedef enum { LAD_PROGRESS_NONE, LAD_PROGRESS_LINE, LAD_PROGRESS_JSON } LadProgressStyle;

typedef struct {
    LadProgressStyle style;
    gint64 begin;   /* of the run, us of the host's monotonic clock */
    gint64 last;    /* when something was shown */
    gboolean shown; /* a line is on the terminal */
} LadProgress;

/* `style` as on the command line: auto (a line if standard error is a terminal), none, line, json.
 * Errors: USAGE. */
gboolean lad_progress_init(LadProgress *progress, const char *style, GError **error);
/* Show how far it is, a few times a second; at once if `now`, whatever the style. */
void lad_progress_show(LadProgress *progress, const LadRun *run, gboolean now);
/* Take the line away. */
void lad_progress_clear(LadProgress *progress);
/* Seconds since _init. */
double lad_progress_seconds(const LadProgress *progress);

#endif
