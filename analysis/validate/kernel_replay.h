/* kernel_replay.h - a measured run of the kernel, replayed from one start phase or several. */
#ifndef LAD_VALIDATE_KERNEL_REPLAY_H
#define LAD_VALIDATE_KERNEL_REPLAY_H

#include "analysis/validate/kernel_data.h"

/* What one replay gives; counts from the end of the first touch on. */
typedef struct {
    double near_start[LAD_KERNEL_TENTHS], near_end[LAD_KERNEL_TENTHS];
    guint64 promotions, candidates, demotions, hint_faults, pte_updates;
    double ns_per_access;
} LadKernelOutcome;

/* Replay `n` start phases, 10 ms apart, `jobs` at a time, into outcomes[n]. Errors: CONFIG, IO. */
gboolean lad_kernel_replay(const LadKernelRun *run, guint n, guint jobs, LadKernelOutcome *outcomes,
                           GError **error);

#endif
