/* kernel_data.h - the measured runs of a Linux kernel, as their folder has them. */
#ifndef LAD_VALIDATE_KERNEL_DATA_H
#define LAD_VALIDATE_KERNEL_DATA_H

#include "traces/synth/accessgen.h"
#include <memladder/error.h>

#define LAD_KERNEL_TENTHS 10

/* One row of the log: the state when so many accesses had been made. Counts since boot. */
typedef struct {
    guint64 accesses;
    guint64 time_ns;
    double near_start, near_end; /* share of the row's accesses by the placement at its ends; NAN */
    guint64 near_pages, far_pages, near_free; /* pages */
    guint64 promotions, candidates, demotions, hint_faults, pte_updates;
} LadKernelRow;

typedef struct {
    char *name;
    char *folder;
    LadAccessgenPattern pattern;
    guint64 seed;
    guint64 total;
    guint32 n_pages;
    /* Settings. */
    guint numa_balancing;
    gboolean demotion, mglru;
    guint64 hot_threshold_ms, rate_mbps, scan_delay_ms, period_min_ms, period_max_ms, scan_size_mb;
    guint64 watermark_scale, min_free_kb, swappiness;
    GArray *rows;                    /* of LadKernelRow; [0] is right after the first touch */
    guint tenths[LAD_KERNEL_TENTHS]; /* the row that ends at each tenth */
    guint8 *start;                   /* per page 0 near, 1 far; NULL: the first pages are near */
} LadKernelRun;

/* The run `name` of a folder laid out as the one that comes with the program: tpp/NAME.csv,
 * settings/NAME.txt, summary_tpp.csv, placement/NAME.bin.gz or NAME_start.bin.gz. Runs with
 * demotion that have no placement of their own take that of tpp_zipf_r1, there or in `standard`.
 * Errors: IO, CONFIG. */
LadKernelRun *lad_kernel_run_read(const char *folder, const char *name, const char *standard,
                                  GError **error);
void lad_kernel_run_free(LadKernelRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadKernelRun, lad_kernel_run_free)
/* Names of the runs in a folder, sorted. */
char **lad_kernel_run_names(const char *folder, GError **error);

#endif
