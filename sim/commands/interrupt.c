/* interrupt.c - the program's signal handlers set flags and do nothing else.
 *
 * A handler can reach nothing but static memory, so these two flags are the program's only static
 * mutable state.
 */
#include "config.h"
#include "sim/commands/interrupt.h"
#include <memladder/error.h>
#include <signal.h>

static volatile sig_atomic_t end_signal;
static volatile sig_atomic_t status_wanted;

static void
on_end(int number)
{
    end_signal = number;
}

static void
on_status(int number)
{
    (void)number;
    status_wanted = 1;
}

void
lad_interrupt_install(void)
{
    struct sigaction action = {0};
    sigemptyset(&action.sa_mask);
    action.sa_handler = on_end;
    action.sa_flags = (int)SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = on_status;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
}

gboolean
lad_interrupt_pending(void)
{
    return end_signal != 0;
}

int
lad_interrupt_signal(void)
{
    return end_signal;
}

gboolean
lad_interrupt_error(GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_INTERRUPTED, "interrupted by %s",
                end_signal == SIGTERM ? "SIGTERM" : "SIGINT");
    return FALSE;
}

int
lad_interrupt_exit_status(void)
{
    return end_signal == SIGTERM ? 143 : 130;
}

gboolean
lad_interrupt_status_wanted(void)
{
    if (status_wanted == 0)
        return FALSE;
    status_wanted = 0;
    return TRUE;
}
