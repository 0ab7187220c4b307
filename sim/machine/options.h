/* options.h - the options of [run]. */
#ifndef LAD_RUN_OPTIONS_H
#define LAD_RUN_OPTIONS_H

#include <memladder/configuration.h>

typedef enum { LAD_AT_END_STOP, LAD_AT_END_REPEAT, LAD_AT_END_ERROR } LadAtEnd;
typedef enum { LAD_SPACES_SEPARATE, LAD_SPACES_SHARED } LadSpaces;

typedef enum { LAD_IDLE_AUTO, LAD_IDLE_ALLOW, LAD_IDLE_REFUSE } LadIdleCores;

/* What becomes of caches and TLBs where the windows of a trace have a gap between them. */
typedef enum { LAD_GAPS_KEEP, LAD_GAPS_WARM, LAD_GAPS_FLUSH } LadGaps;

typedef struct {
    char **traces;
    char **hosts;   /* per trace; empty: host 0 */
    char **streams; /* numbers of the streams to replay; empty: all */
    char **cores;   /* per thread; empty: any */
    guint64 seed;
    guint64 warmup_instructions, warmup_records;
    LadTime warmup_time;
    guint at_end; /* LadAtEnd */
    guint64 repeat;
    LadTime epoch;
    guint64 max_samples;
    guint64 max_instructions;
    LadTime max_time;
    guint64 rate;
    guint spaces; /* LadSpaces */
    LadBytes rate_offset;
    gboolean salvage;
    double capacity_scale;
    guint idle_cores; /* LadIdleCores */
    guint gaps;       /* LadGaps */
    guint64 gap_warmup;
} LadRunOptions;

/* Read and check [run]; without `needs_trace` the list of traces may be empty. Errors: CONFIG. */
gboolean lad_run_options_read(LadRunOptions *options, LadConfig *config, gboolean needs_trace,
                              GError **error);

/* The option table, for documentation. */
extern const LadOption lad_run_options[];

#endif
