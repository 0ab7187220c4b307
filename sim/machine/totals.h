/* totals.h - the part "run": what the whole machine did, summed from its parts, and what the reader
 * of the results must be told.
 */
#ifndef LAD_TOTALS_H
#define LAD_TOTALS_H

#include "sim/machine/sampler.h"
#include "sim/machine/streams.h"

typedef struct LadTotals LadTotals;

typedef enum {
    LAD_TOTAL_INSTRUCTIONS,
    LAD_TOTAL_LOADS,
    LAD_TOTAL_STORES,
    LAD_TOTAL_REFERENCES,
    LAD_TOTAL_RECORDS,
    LAD_TOTAL_TIME,
    LAD_TOTAL_CPU_TIME,
    LAD_TOTAL_KERNEL_TIME,
    LAD_TOTAL_IDLE_TIME,
    LAD_TOTAL_STREAMS,
    LAD_TOTAL_CORES,
    LAD_TOTAL_MEMORY,
    LAD_TOTAL_COST,
    LAD_TOTAL_N_COUNTERS
} LadTotalCounter;

/* Adds its metrics to host 0 of the cluster; all streams exist. */
LadTotals *lad_totals_new(LadCluster *cluster, LadStreams *streams);
void lad_totals_free(LadTotals *totals);
/* Instructions and data accesses so far. */
guint64 lad_totals_references(const LadTotals *totals);
/* Append sentences to a NULL-terminated array, at the end of the run. */
void lad_totals_add_notes(const LadTotals *totals, const LadSampler *sampler, GPtrArray *notes);

extern const LadCounter lad_total_counters[];

#endif
