/* error.h - what can go wrong from outside, as GError codes.
 *
 * Every message says what, where (file and line or offset) and what was expected. A mistake of the
 * program itself is an assertion, never a GError.
 */
#ifndef MEMLADDER_ERROR_H
#define MEMLADDER_ERROR_H

#include <glib.h>

G_BEGIN_DECLS

#define LAD_ERROR (lad_error_quark())

typedef enum {
    LAD_ERROR_USAGE,       /* command line: exit status 2 */
    LAD_ERROR_CONFIG,      /* configuration: exit status 2 */
    LAD_ERROR_TRACE,       /* a trace is damaged, of another format, or of an unknown version */
    LAD_ERROR_IO,          /* the operating system refused: missing file, full disk, ... */
    LAD_ERROR_CAPACITY,    /* the simulated machine ran out of memory */
    LAD_ERROR_UNSUPPORTED, /* understood, but not possible here (a missing program, a pipe that must
                              seek) */
    LAD_ERROR_INTERRUPTED, /* stopped by the caller's request */
    LAD_ERROR_RESULT,      /* a result file is damaged or incomplete */
} LadErrorCode;

/* The domain of all of memladder's errors. */
GQuark lad_error_quark(void);

/* Exit status for `error`: 2 for USAGE and CONFIG, 130 for INTERRUPTED, else 1. `error` non-null.
 */
int lad_error_exit_status(const GError *error);

G_END_DECLS
#endif
