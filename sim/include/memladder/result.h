/* result.h - what came of a run: in memory, as an HDF5 file, as text.
 *
 * A LadResult is filled from a LadRun or read from a result file; summaries, comparisons and
 * reports are made from it alone, so that they say the same of a run and of its file.
 * memladder-result(5) describes the file.
 */
#ifndef MEMLADDER_RESULT_H
#define MEMLADDER_RESULT_H

#include <memladder/run.h>

G_BEGIN_DECLS

/* One counter of one part. Everything is owned by the part. */
typedef struct {
    char *name; /* "read_bytes" */
    char *unit;
    char *help;
    LadCounterType type;
    guint64 values[LAD_N_PHASES];           /* growth over the phase; last value of a gauge */
    LadHistogram *histograms[LAD_N_PHASES]; /* NULL unless LAD_HISTOGRAM */
    guint64
        *series; /* one per sample: growth since the last one, or value of a gauge; may be NULL */
} LadResultMetric;

/* One instance of something that counts: a core, a tier, the kernel. */
typedef struct {
    char *name; /* "tier_far"; with named hosts "web1.tier_far" */
    guint host;
    LadScope scope;
    GPtrArray *metrics; /* of LadResultMetric, in the order of its tables */
} LadResultPart;

/* Traffic of one host per page, as the run's LadHeat has it. */
typedef struct {
    guint n_ranges, n_epochs;
    guint64 range_pages;  /* pages of a range */
    LadTime epoch_length; /* in ps; 0: one epoch holds the whole run */
    guint64 *cells;       /* bytes, [epoch * n_ranges + range] */
    /* The hottest curve_pages[i] pages had curve_bytes[i] of the traffic; from (0, 0) on. */
    guint n_curve;
    guint64 *curve_pages;
    guint64 *curve_bytes;
} LadResultHeat;

/* What a part did step by step (a controller's periods): rows with times of their own. */
typedef struct {
    char *name, *unit, *help;
    double *values; /* n_rows */
} LadResultLogColumn;
typedef struct {
    char *name; /* "offload_web"; with named hosts "web1.offload_web" */
    guint n_rows;
    LadTime *times;     /* ps, rising */
    GPtrArray *columns; /* of LadResultLogColumn */
} LadResultLog;

/* What is known of how the result was made. Strings are never NULL. */
typedef struct {
    char *version;        /* of memladder */
    char *trace_identity; /* comma separated */
    guint64 seed;
    char *end_reason;
    guint64 references; /* replayed in all */
    char **notes;       /* sentences; NULL-terminated */
    /* From here on it depends on machine and day, and is left out of canonical dumps. */
    char *revision, *compiler, *libraries;
    char *command_line;
    double host_seconds;     /* wall-clock time spent; 0 if unknown */
    double host_cpu_seconds; /* user and system time of the process; 0 if unknown */
} LadProvenance;

typedef struct {
    LadProvenance provenance;
    char *config;     /* the effective configuration; reads back as itself */
    GPtrArray *hosts; /* of char *: names, "host0" for a lone machine */
    LadTime phase_start[LAD_N_PHASES], phase_length[LAD_N_PHASES]; /* ps */
    guint n_samples;
    LadTime *sample_times; /* ps, the end of each epoch */
    GPtrArray *parts;      /* of LadResultPart, in the run's order */
    GPtrArray *heats;      /* of LadResultHeat, one per host; may be empty */
    GPtrArray *logs;       /* of LadResultLog */
    GKeyFile *settings;    /* `config`, parsed */
} LadResult;

/* An empty result: one host, no parts, empty strings. */
LadResult *lad_result_new(void);
void lad_result_free(LadResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadResult, lad_result_free)

/* For those that fill a result. The part of this name and scope, made if it is not there. */
LadResultPart *lad_result_add_part(LadResult *result, const char *name, guint host, LadScope scope);
/* A further metric of a part; texts are copied; histograms and series are made, zeroed, where they
 * belong. */
LadResultMetric *lad_result_add_metric(LadResult *result, LadResultPart *part,
                                       const LadCounter *counter);
/* Take the configuration. Errors: RESULT if it is no key file. */
gboolean lad_result_set_config(LadResult *result, const char *text, GError **error);

/* The part, or the part's metric, of this name; NULL if there is none. */
const LadResultPart *lad_result_part(const LadResult *result, const char *part);
const LadResultMetric *lad_result_metric(const LadResultPart *part, const char *name);
/* Is the part a tier itself, and not the counters of a tier's model or queue? */
gboolean lad_result_is_tier(const LadResultPart *part);
/* The log of this name, and one of its columns; NULL if there is none. */
const LadResultLog *lad_result_log(const LadResult *result, const char *name);
const double *lad_result_log_values(const LadResultLog *log, const char *column);
/* A configured value as written ("85 ns"); NULL if there is none. Free with g_free. */
char *lad_result_setting(const LadResult *result, const char *group, const char *key);

/* ---- Derived metrics --------------------------------------------------------------------------
 */

/* What people would compute by hand: per run or per core, cache or tier. */
typedef struct LadDerived LadDerived;
struct LadDerived {
    const char *name, *unit;
    LadScope scope;
    const char *help;    /* one sentence */
    const char *formula; /* in names of counters and settings */
    /* FALSE where it is not defined (no accesses, no time, another kind of part). `part` is NULL
     * for LAD_SCOPE_RUN. */
    gboolean (*compute)(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                        LadPhase phase, double *value);
    const char *counter; /* for `compute`: the counter it is about, or NULL */
    double parameter;    /* for `compute`: a quantile, or 0 */
};

/* All derived metrics; ends with a NULL name. */
extern const LadDerived lad_derived[];
/* Compute one by name; FALSE where it is not defined. `part` as above. */
gboolean lad_derived_value(const LadResult *result, const LadResultPart *part, const char *name,
                           LadPhase phase, double *value);

/* ---- From a run, to a file and back -----------------------------------------------------------
 */

/* All results of a run that has ended. Provenance of the host (command line, times) is the caller's
 * to add. Errors: RESULT. */
LadResult *lad_result_from_run(LadRun *run, GError **error);

/* Can a result be written to `path`? For asking before a long run. Errors: IO, naming the path. */
gboolean lad_result_check_path(const char *path, GError **error);
/* Write an HDF5 file: it appears whole, under a temporary name and renamed, or not at all. Equal
 * results give equal bytes, host times and command line apart. Errors: IO (full disk, ...). */
gboolean lad_result_write(const LadResult *result, const char *path, GError **error);
/* Read one. Errors: IO, RESULT if it is no result of this program, incomplete or damaged. */
LadResult *lad_result_read(const char *path, GError **error);

/* The file as text, one value per line. `canonical`: without what depends on the machine and the
 * day, so that equal input, configuration and seed give equal bytes. Free with g_free. Errors as
 * above. */
char *lad_result_dump(const char *path, gboolean canonical, GError **error);

/* ---- Summaries --------------------------------------------------------------------------------
 */

/* The summary for people. Free with g_free. */
char *lad_summary_text(const LadResult *result);
/* All metrics, derived ones included, as JSON. Free with g_free. */
char *lad_summary_json(const LadResult *result);
/* Several results side by side, in columns headed by `names` (as many as `results`): the settings
 * that differ, then the figures of the summary that do, with `all` every metric that does; and a
 * warning if nothing differs although a policy or latency does. Free with g_free. */
char *lad_summary_compare(const LadResult *const *results, const char *const *names, guint n,
                          gboolean all);
/* The metric dictionary of the derived metrics and of every counter of `result` (NULL: derived ones
 * only): name, unit, meaning, formula. Free with g_free. */
char *lad_summary_dictionary(const LadResult *result);

G_END_DECLS
#endif
