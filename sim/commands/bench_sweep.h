/* bench_sweep.h - what the machinery of sweeps costs. */
#ifndef LAD_BENCH_SWEEP_H
#define LAD_BENCH_SWEEP_H

#include <memladder/error.h>

/* Measures a sweep of `points` runs of one instruction of `trace` and prints it. Errors: of the
 * steps, IO. */
gboolean lad_bench_sweep(const char *trace, guint points, gboolean json, GError **error);

#endif
