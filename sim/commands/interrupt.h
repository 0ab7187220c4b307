/* interrupt.h - SIGINT, SIGTERM and SIGUSR1, as commands that take long see them.
 *
 * The library handles no signals. A command that takes long calls lad_interrupt_install once, asks
 * lad_interrupt_pending between steps, and on TRUE cleans up and returns lad_interrupt_error.
 */
#ifndef LAD_INTERRUPT_H
#define LAD_INTERRUPT_H

#include <glib.h>

/* From here on SIGINT and SIGTERM only set a flag; a second one ends the program at once, as if it
 * had never been caught. SIGUSR1 asks for a line of status. */
void lad_interrupt_install(void);
/* Whether SIGINT or SIGTERM has come. */
gboolean lad_interrupt_pending(void);
/* The signal that came, or 0. */
int lad_interrupt_signal(void);
/* Sets LAD_ERROR_INTERRUPTED with the signal's name. Always FALSE, to be returned. */
gboolean lad_interrupt_error(GError **error);
/* 143 after SIGTERM, else 130. */
int lad_interrupt_exit_status(void);
/* Whether SIGUSR1 has come since the last call. */
gboolean lad_interrupt_status_wanted(void);

#endif
