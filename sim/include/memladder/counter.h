/* counter.h - the counter table of a model or part, and the values behind it.
 *
 * A counter is a guint64 in an array indexed by the model's own enum; the engine allocates one
 * array per instance of the scope (per tier, per core, ...), zeroed, and reads it at epochs, at the
 * end of warm-up and at the end of the run. From the table come the HDF5 datasets, the summary and
 * the metric dictionary. A metric is called PART.COUNTER, e.g. tier_far.read_bytes.
 */
#ifndef MEMLADDER_COUNTER_H
#define MEMLADDER_COUNTER_H

#include <memladder/types.h>

G_BEGIN_DECLS

typedef enum {
    LAD_COUNT,     /* only grows; series and summaries show differences */
    LAD_GAUGE,     /* a level now (free bytes); series show the value, summaries the last */
    LAD_HISTOGRAM, /* a LadHistogram; values[i] is unused */
} LadCounterType;

typedef enum {
    LAD_SCOPE_RUN,
    LAD_SCOPE_HOST,
    LAD_SCOPE_CGROUP,
    LAD_SCOPE_PROCESS,
    LAD_SCOPE_CORE,
    LAD_SCOPE_CACHE,
    LAD_SCOPE_TIER,
    LAD_SCOPE_LINK,
    LAD_N_SCOPES
} LadScope;

typedef struct {
    const char *name; /* lower case, underscores; the kernel's name where there is one */
    const char *unit; /* UDUNITS-like: "1", "byte", "ps", "page", "cycle/16" */
    LadCounterType type;
    LadScope scope;
    const char *help; /* one sentence: what one unit of it means */
} LadCounter;

#define LAD_COUNTERS_END                                                                           \
    {                                                                                              \
        NULL, NULL, LAD_COUNT, LAD_SCOPE_RUN, NULL                                                 \
    }

/* A log-linear histogram of unsigned values: exact below 32, then 16 buckets per power of two
 * (relative width at most 1/16). 976 buckets cover all of guint64. */
#define LAD_HISTOGRAM_BUCKETS 976
typedef struct {
    guint64 counts[LAD_HISTOGRAM_BUCKETS];
    guint64 n;
    guint64 sum; /* of the values as recorded; wraps after 2^64 */
    guint64 max;
} LadHistogram;

/* The bucket of `value`. */
static inline guint
lad_histogram_bucket(guint64 value)
{
    if (value < 32)
        return (guint)value;
    guint shift = (guint)(63 - __builtin_clzll(value)) - 4;
    return 16 * shift + (guint)(value >> shift);
}

/* The smallest value of bucket `index`, index in [0, LAD_HISTOGRAM_BUCKETS]. The value after the
 * last bucket is G_MAXUINT64. */
guint64 lad_histogram_lower(guint index);

/* Record one value. */
static inline void
lad_histogram_add(LadHistogram *histogram, guint64 value)
{
    histogram->counts[lad_histogram_bucket(value)]++;
    histogram->n++;
    histogram->sum += value;
    if (value > histogram->max)
        histogram->max = value;
}

/* The same value `n` times. */
static inline void
lad_histogram_add_many(LadHistogram *histogram, guint64 value, guint64 n)
{
    histogram->counts[lad_histogram_bucket(value)] += n;
    histogram->n += n;
    histogram->sum += value * n;
    if (value > histogram->max)
        histogram->max = value;
}

/* The value below or at which the share `fraction` in [0, 1] of all recorded values lies: the upper
 * end of the bucket that holds it, at most `max`. 0 if nothing was recorded. */
guint64 lad_histogram_quantile(const LadHistogram *histogram, double fraction);

/* Rows of a counter table before its end; `table` may be NULL. */
guint lad_counters_length(const LadCounter *table);
/* "count", "gauge", "histogram"; "host", "tier", ... Static text. */
const char *lad_counter_type_name(LadCounterType type);
const char *lad_scope_name(LadScope scope);
/* The part of a metric's name that a config group stands for: dots and hyphens become underscores,
 * "tier.far-1" is "tier_far_1". Free with g_free. */
char *lad_metric_part(const char *group);

G_END_DECLS
#endif
