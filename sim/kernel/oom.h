/* oom.h - the report of a simulated machine or group that is out of memory.
 *
 * As the kernel's own: who asked, which limit was reached, what each part holds, how full swap is,
 * what has been tried, and who uses how much.
 */
#ifndef LAD_KERNEL_OOM_H
#define LAD_KERNEL_OOM_H

#include "sim/kernel/cgroup.h"

/* The back ends of the chain that begins at tier `first`, and how full they are; one line. */
void lad_oom_describe_swap(const LadKernel *kernel, guint first, GString *text);
/* What reclaim has done for `group` (0: the host) so far; one line. */
void lad_oom_describe_tries(const LadKernel *kernel, guint group, GString *text);
/* The groups from `group` down and the processes in them, largest first; some lines. */
void lad_oom_describe_users(const LadKernel *kernel, guint group, GString *text);

#endif
