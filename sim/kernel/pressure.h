/* pressure.h - whose threads wait for what: feeds the models of pressure.
 *
 * The host has one model, and so has each cgroup; a thread counts in its group and in all above.
 * The scheduler tells of every change of a thread's state; whoever makes a thread work or wait for
 * memory that was missing (direct reclaim, the swap-in of a page that had been in use) brackets
 * that. Nothing is measured unless the configuration has a group [pressure], [offload] or
 * [cgroup.NAME].
 */
#ifndef LAD_KERNEL_PRESSURE_H
#define LAD_KERNEL_PRESSURE_H

#include "sim/kernel/kernel.h"
#include <memladder/pressure.h>

typedef struct LadPressures LadPressures;

/* Build the models of [pressure] (default psi), one per group; the groups and the host's cores
 * exist. CONFIG. */
gboolean lad_pressures_init(LadKernel *kernel, LadConfig *config, const LadModels *models,
                            GError **error);
/* Show the counters: part `pressure` for the host, `pressure_NAME` for a group. */
void lad_pressures_setup(LadKernel *kernel);
void lad_pressures_free(LadKernel *kernel);

/* The signal of a group up to `now`, as a controller reads it; zeros if nothing is measured. */
void lad_pressure_read(LadKernel *kernel, guint group, LadTime now, LadPressureSignal *signal);
/* Reclaim on behalf of a group has looked at some pages and freed some. */
void lad_pressure_reclaimed(LadKernel *kernel, guint group, guint64 scanned, guint64 reclaimed,
                            LadTime now);

/* thread->state is new as of `now`; it runs, waits or sleeps on `core`. A thread in state MEMSTALL
 * outside of a memory stall's brackets is copying or zeroing, which a CPU does: it counts as
 * running. `kernel` may be NULL. */
void lad_pressure_thread(LadKernel *kernel, LadThread *thread, guint core, LadTime now);

/* From `now` on the thread works for memory that was missing, or sleeps for it, until it leaves.
 * Pairs may be nested. A thread asleep for it is in state MEMSTALL or IOWAIT, which is I/O wait
 * too. */
void lad_psi_memstall_enter(LadKernel *kernel, LadThread *thread, LadTime now);
void lad_psi_memstall_leave(LadKernel *kernel, LadThread *thread, LadTime now);

#endif
