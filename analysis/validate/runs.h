/* runs.h - what the groups of checks that replay share: traces of pages, settings, runs side by
 * side.
 */
#ifndef LAD_VALIDATE_RUNS_H
#define LAD_VALIDATE_RUNS_H

#include <memladder/configuration.h>
#include <memladder/trace.h>

/* A writer of a trace of pages in exact order with one stream, which belongs to `cgroup` and is
 * called `name`. tick_ps: of its times; 0, the default. NULL on failure: IO. */
LadTraceWriter *lad_validate_trace(const char *path, LadTime tick_ps, const char *cgroup,
                                   const char *name, GError **error);

/* Set "group.key=value", printed. Errors: those of lad_config_set. */
gboolean lad_validate_set(LadConfig *config, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Make run `which` of several; they may be under way at the same time. */
typedef gboolean (*LadValidateMake)(void *data, guint which, GError **error);

/* Make all runs below `n`, `jobs` side by side. FALSE with the error of one if any failed. */
gboolean lad_validate_side_by_side(guint n, guint jobs, LadValidateMake make, void *data,
                                   GError **error);

#endif
