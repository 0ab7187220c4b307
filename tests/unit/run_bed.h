/* run_bed.h - a run of a small trace on a small machine, for tests. */
#ifndef LAD_TESTS_RUN_BED_H
#define LAD_TESTS_RUN_BED_H

#include "tests/unit/loop_trace.h"
#include <memladder/run.h>

/* A machine of one in-order core at 1 GHz: L1 4 KiB direct to 1 MiB of memory at 100 ns; small
 * TLBs. */
extern const char bed_timed[];
/* The functional core with three small caches. */
extern const char bed_functional[];

typedef struct {
    LadModels *models;
    LadConfig *config;
    LadRun *run; /* NULL: it could not be made */
    GError *error;
} RunBed;

/* Make a run of `machine` (text of a configuration) and then `more` over it, on `trace` (a path, or
 * NULL). What fails is in bed->error. */
void run_bed_init(RunBed *bed, const char *machine, const char *more, const char *trace,
                  LadRunFlags flags);
/* Step by `references` at a time (0: in one) to the end; FALSE with bed->error. */
gboolean run_bed_finish(RunBed *bed, guint64 references);
void run_bed_clear(RunBed *bed);
/* Value of PART.COUNTER in a phase; fails the test if there is none. */
guint64 run_bed_value(const RunBed *bed, const char *part, const char *counter, LadPhase phase);
/* All values, histograms and samples as text: equal runs give equal text. Free with g_free. */
char *run_bed_dump(const RunBed *bed);

#endif
