/* trace_census.h - what a trace holds, counted over all of it. */
#ifndef LAD_COMMANDS_TRACE_CENSUS_H
#define LAD_COMMANDS_TRACE_CENSUS_H

#include <memladder/trace.h>

#define LAD_CENSUS_LINE_BYTES 64
#define LAD_CENSUS_MARKERS    128 /* kinds of markers told apart; the last stands for all above */

typedef struct {
    guint64 n_insns;
    guint64 n_executions;                /* of blocks */
    guint64 n_accesses[4];               /* data accesses by LadOperandKind, plain ones included */
    guint64 n_plain[LAD_N_RECORD_KINDS]; /* plain records by kind */
    guint64 n_turns, n_cpus, n_exits;    /* of switch records, by flag */
    guint64 n_idle, n_waits;             /* how often that was noted */
    guint64 n_markers[LAD_CENSUS_MARKERS]; /* by kind */
    guint64 n_no_fetch;                    /* executions of blocks without instructions */
    guint64 n_known;                       /* data accesses whose address registers are known */
    guint64 n_touches, n_touch_writes;     /* of pages, by records with weights */
    guint64 code_lines, code_pages;        /* distinct, over all address spaces */
    guint64 data_lines, data_pages;
    guint64 first_time, last_time; /* ticks, of TIME records, if there are any */
    guint64 lowest, highest;       /* addresses of data accesses, if there are any */
} LadTraceCensus;

/* Reads all streams. Errors: what reading reports, INTERRUPTED. */
gboolean lad_trace_census(LadTraceReader *reader, LadTraceCensus *census, GError **error);

static inline guint64
lad_census_data(const LadTraceCensus *census)
{
    return census->n_accesses[0] + census->n_accesses[1] + census->n_accesses[2] +
           census->n_accesses[3];
}

#endif
