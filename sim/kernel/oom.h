/* oom.h - the report of a simulated machine or group that is out of memory.
 *
 * As the kernel's own: who asked, which limit was reached, what each part holds, how full swap is,
 * what has been tried, and who uses how much.
 */
#ifndef LAD_KERNEL_OOM_H
#define LAD_KERNEL_OOM_H

#include "sim/kernel/cgroup.h"

/* What is done: the run ends with the report, or the largest process of the group is killed, as the
 * kernel does, and the report becomes a note of the run. */
typedef enum { LAD_OOM_STOP, LAD_OOM_KILL } LadOomAction;

/* At the end of a fault: if the thread's process has been killed, the thread is done and its memory
 * is given back; TRUE then. A fault that failed for a memory that has since been freed is to be
 * tried again. */
gboolean lad_oom_end_fault(LadKernel *kernel, LadThread *thread, LadTime now, LadFault *result);
/* Linux's: kill the largest process in `group` or below (0: of the host), with this report. FALSE:
 * there is none, or none may be killed (kernel.oom = stop). *self: it is that of `thread`, whose
 * memory goes when its fault ends. */
gboolean lad_oom_kill(LadKernel *kernel, guint group, LadThread *thread, const char *report,
                      LadTime now, gboolean *self);
/* The back ends of the chain that begins at tier `first`, and how full they are; one line. */
void lad_oom_describe_swap(const LadKernel *kernel, guint first, GString *text);
/* What reclaim has done for `group` (0: the host) so far; one line. */
void lad_oom_describe_tries(const LadKernel *kernel, guint group, GString *text);
/* The groups from `group` down and the processes in them, largest first; some lines. */
void lad_oom_describe_users(const LadKernel *kernel, guint group, GString *text);

#endif
