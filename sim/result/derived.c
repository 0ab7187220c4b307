/* derived.c - the metrics that people would otherwise compute by hand, each with its formula.
 *
 * They are computed from counters and settings alone, from a run and from its file alike. Latencies
 * are in ns, sizes in bytes, costs in the cost of one GiB of DDR5.
 */
#include "config.h"
#include <memladder/configuration.h>
#include <memladder/result.h>
#include "sim/result/layout.h"
#include <math.h>
#include <string.h>

#define PS_PER_S  1e12
#define PS_PER_NS 1e3
#define TICKS     16.0 /* per cycle */
#define GIB       1073741824.0
#define YEAR      (365.25 * 86400)

/* ---- Sums -------------------------------------------------------------------------------------
 */

/* A counter of one part. FALSE: it has none. */
static gboolean
counter(const LadResultPart *part, const char *name, LadPhase phase, double *value)
{
    const LadResultMetric *metric = lad_result_metric(part, name);
    if (metric == NULL || metric->type == LAD_HISTOGRAM)
        return FALSE;
    *value = (double)metric->values[phase];
    return TRUE;
}

static double
counter_or_0(const LadResultPart *part, const char *name, LadPhase phase)
{
    double value = 0;
    counter(part, name, phase, &value);
    return value;
}

/* The sum over all parts of a scope; of cores only those that execute instructions. */
static double
sum(const LadResult *result, LadScope scope, const char *name, LadPhase phase)
{
    double total = 0;
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        if (part->scope == scope &&
            (scope != LAD_SCOPE_CORE || lad_result_metric(part, "instructions")))
            total += counter_or_0(part, name, phase);
    }
    return total;
}

/* A modify is one access, but counts as load and as store: where the run tells, its own count. */
static double
data_accesses(const LadResult *result, LadPhase phase)
{
    double references = sum(result, LAD_SCOPE_RUN, "references", phase);
    if (references > 0)
        return references - sum(result, LAD_SCOPE_RUN, "instructions", phase);
    return sum(result, LAD_SCOPE_CORE, "loads", phase) +
           sum(result, LAD_SCOPE_CORE, "stores", phase);
}

static gboolean
ratio(double numerator, double denominator, double *value)
{
    if (!(denominator > 0))
        return FALSE;
    *value = numerator / denominator;
    return TRUE;
}

static double
seconds(const LadResult *result, LadPhase phase)
{
    return (double)result->phase_length[phase] / PS_PER_S;
}

static double
read_traffic(const LadResultPart *part, LadPhase phase)
{
    return counter_or_0(part, "read_bytes", phase) + counter_or_0(part, "copy_read_bytes", phase);
}

static double
write_traffic(const LadResultPart *part, LadPhase phase)
{
    return counter_or_0(part, "write_bytes", phase) + counter_or_0(part, "copy_write_bytes", phase);
}

/* ---- Settings ---------------------------------------------------------------------------------
 */

/* Is `name` that of an instance of the part `base`: equal, or followed by its number? */
static gboolean
is_instance(const char *name, const char *base)
{
    if (!g_str_has_prefix(name, base))
        return FALSE;
    name += strlen(base);
    return name[strspn(name, "0123456789")] == '\0';
}

char *
lad_part_group(const LadResult *result, const LadResultPart *part)
{
    const char *base = lad_part_base_name(part->name);
    g_auto(GStrv) groups = g_key_file_get_groups(result->settings, NULL);
    char *longest = NULL;
    for (guint i = 0; groups[i] != NULL; i++) {
        g_autofree char *name = lad_metric_part(groups[i]);
        if (is_instance(base, name) && (longest == NULL || strlen(groups[i]) > strlen(longest))) {
            g_free(longest);
            longest = g_strdup(groups[i]);
        }
    }
    return longest;
}

/* A setting as a number in the unit of its type (ps, bytes, Hz ...); NaN if it is not there. */
static double
setting(const LadResult *result, const char *group, const char *key, LadOptionType type)
{
    g_autofree char *text = lad_result_setting(result, group, key);
    const LadOption option = {.name = key, .type = type, .help = key};
    double number = NAN;
    guint64 amount = 0;
    if (text == NULL)
        return NAN;
    if (type == LAD_OPTION_DOUBLE)
        return lad_option_parse(&option, text, &number, NULL) ? number : NAN;
    return lad_option_parse(&option, text, &amount, NULL) ? (double)amount : NAN;
}

/* The same of the group that configures a part. FALSE: not set. */
static gboolean
part_setting(const LadResult *result, const LadResultPart *part, const char *key,
             LadOptionType type, double *value)
{
    g_autofree char *group = lad_part_group(result, part);
    *value = group ? setting(result, group, key, type) : NAN;
    return !isnan(*value);
}

/* ---- The run ----------------------------------------------------------------------------------
 */

static gboolean
run_time(const LadDerived *self, const LadResult *result, const LadResultPart *part, LadPhase phase,
         double *value)
{
    (void)self;
    (void)part;
    *value = seconds(result, phase);
    return *value > 0;
}

static gboolean
run_sum(const LadDerived *self, const LadResult *result, const LadResultPart *part, LadPhase phase,
        double *value)
{
    (void)part;
    *value = sum(result, LAD_SCOPE_CORE, self->counter, phase);
    return *value > 0;
}

static gboolean
run_ipc(const LadDerived *self, const LadResult *result, const LadResultPart *part, LadPhase phase,
        double *value)
{
    (void)self;
    (void)part;
    return ratio(sum(result, LAD_SCOPE_CORE, "instructions", phase) * TICKS,
                 sum(result, LAD_SCOPE_CORE, "ticks", phase), value);
}

/* `counter` names a row of the stack: cycles of it per instruction, over all cores. */
static gboolean
run_cpi(const LadDerived *self, const LadResult *result, const LadResultPart *part, LadPhase phase,
        double *value)
{
    (void)part;
    if (!(sum(result, LAD_SCOPE_CORE, "ticks", phase) > 0))
        return FALSE;
    return ratio(sum(result, LAD_SCOPE_CORE, self->counter, phase) / TICKS,
                 sum(result, LAD_SCOPE_CORE, "instructions", phase), value);
}

static gboolean
run_throughput(const LadDerived *self, const LadResult *result, const LadResultPart *part,
               LadPhase phase, double *value)
{
    (void)self;
    (void)part;
    return ratio(sum(result, LAD_SCOPE_CORE, "instructions", phase), seconds(result, phase), value);
}

static gboolean
run_bandwidth(const LadDerived *self, const LadResult *result, const LadResultPart *part,
              LadPhase phase, double *value)
{
    (void)self;
    (void)part;
    return ratio(sum(result, LAD_SCOPE_TIER, "read_bytes", phase) +
                     sum(result, LAD_SCOPE_TIER, "write_bytes", phase),
                 seconds(result, phase), value);
}

static gboolean
run_kernel_share(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                 LadPhase phase, double *value)
{
    (void)self;
    (void)part;
    return ratio(sum(result, LAD_SCOPE_CORE, "kernel", phase) +
                     sum(result, LAD_SCOPE_CORE, "fault", phase),
                 sum(result, LAD_SCOPE_CORE, "ticks", phase), value);
}

static gboolean
run_unknown_share(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                  LadPhase phase, double *value)
{
    (void)self;
    (void)part;
    return ratio(sum(result, LAD_SCOPE_CORE, "dependence_unknown", phase),
                 data_accesses(result, phase), value);
}

static gboolean
run_memory_latency(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                   LadPhase phase, double *value)
{
    (void)self;
    (void)part;
    double reads = 0;
    static const char *const kinds[] = {"reads", "fetches", "walks", "prefetches"};
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
        reads += sum(result, LAD_SCOPE_TIER, kinds[i], phase);
    return ratio(sum(result, LAD_SCOPE_TIER, "busy_time", phase) / PS_PER_NS, reads, value);
}

/* `counter` names rows of the stack, commas between: their share of the cores' time. */
static gboolean
topdown_share(const LadDerived *self, const LadResult *result, const LadResultPart *part,
              LadPhase phase, double *value)
{
    g_auto(GStrv) rows = g_strsplit(self->counter, ",", -1);
    double total = 0;
    for (char **row = rows; *row; row++)
        total += part ? counter_or_0(part, *row, phase) : sum(result, LAD_SCOPE_CORE, *row, phase);
    return ratio(total,
                 part ? counter_or_0(part, "ticks", phase)
                      : sum(result, LAD_SCOPE_CORE, "ticks", phase),
                 value);
}

/* Of all tiers together: bytes moved and peak, both summed. */
static gboolean
run_utilisation(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                LadPhase phase, double *value)
{
    (void)self;
    (void)part;
    double bytes = 0, peak = 0, one = 0;
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *tier = result->parts->pdata[i];
        if (tier->scope != LAD_SCOPE_TIER ||
            !part_setting(result, tier, "bandwidth", LAD_OPTION_BANDWIDTH, &one))
            continue;
        peak += one;
        bytes += read_traffic(tier, phase) + write_traffic(tier, phase);
    }
    return ratio(bytes, seconds(result, phase) * peak, value);
}

/* The classes of the paper on hyperscale memory (ISCA 2023, section on bandwidth tiering). */
#define BOUND_ABOVE     0.6
#define SENSITIVE_ABOVE 0.4

static gboolean
run_class(const LadDerived *self, const LadResult *result, const LadResultPart *part,
          LadPhase phase, double *value)
{
    double used = 0;
    if (!run_utilisation(self, result, part, phase, &used))
        return FALSE;
    *value = used > BOUND_ABOVE ? 2 : used >= SENSITIVE_ABOVE ? 1 : 0;
    return TRUE;
}

/* ---- Cores ------------------------------------------------------------------------------------
 */

static gboolean
core_ipc(const LadDerived *self, const LadResult *result, const LadResultPart *part, LadPhase phase,
         double *value)
{
    (void)self;
    (void)result;
    return ratio(counter_or_0(part, "instructions", phase) * TICKS,
                 counter_or_0(part, "ticks", phase), value);
}

static gboolean
core_cpi(const LadDerived *self, const LadResult *result, const LadResultPart *part, LadPhase phase,
         double *value)
{
    (void)result;
    if (!(counter_or_0(part, "ticks", phase) > 0))
        return FALSE;
    return ratio(counter_or_0(part, self->counter, phase) / TICKS,
                 counter_or_0(part, "instructions", phase), value);
}

/* ---- Caches and TLBs --------------------------------------------------------------------------
 */

/* Sum of those of `names` that the part has. FALSE: it has none. */
static gboolean
sum_of(const LadResultPart *part, const char *const *names, LadPhase phase, double *value)
{
    gboolean any = FALSE;
    *value = 0;
    for (; *names; names++) {
        double one = 0;
        any = counter(part, *names, phase, &one) || any;
        *value += one;
    }
    return any;
}

static gboolean
lookups(const LadResultPart *part, LadPhase phase, double *value)
{
    static const char *const names[] = {"fetches", "loads", "stores", "walks", "lookups", NULL};
    return sum_of(part, names, phase, value);
}

static gboolean
misses(const LadResultPart *part, LadPhase phase, double *value)
{
    static const char *const names[] = {"fetch_misses", "load_misses", "store_misses",
                                        "walk_misses",  "misses",      NULL};
    return sum_of(part, names, phase, value);
}

static gboolean
cache_lookups(const LadDerived *self, const LadResult *result, const LadResultPart *part,
              LadPhase phase, double *value)
{
    (void)self;
    (void)result;
    return lookups(part, phase, value);
}

static gboolean
cache_misses(const LadDerived *self, const LadResult *result, const LadResultPart *part,
             LadPhase phase, double *value)
{
    (void)self;
    (void)result;
    return misses(part, phase, value);
}

static gboolean
cache_hit_ratio(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                LadPhase phase, double *value)
{
    (void)self;
    (void)result;
    double all = 0, missed = 0;
    return lookups(part, phase, &all) && misses(part, phase, &missed) &&
           ratio(all - missed, all, value);
}

static gboolean
cache_mpki(const LadDerived *self, const LadResult *result, const LadResultPart *part,
           LadPhase phase, double *value)
{
    (void)self;
    double missed = 0;
    return misses(part, phase, &missed) &&
           ratio(missed * 1000, sum(result, LAD_SCOPE_CORE, "instructions", phase), value);
}

static double
data_misses(const LadResultPart *part, LadPhase phase)
{
    return counter_or_0(part, "load_misses", phase) + counter_or_0(part, "store_misses", phase);
}

/* Mean time of a data access as if none overlapped: each hit takes its level's latency, what misses
 * everywhere the last level's and the memory's. */
static gboolean
run_amat(const LadDerived *self, const LadResult *result, const LadResultPart *part, LadPhase phase,
         double *value)
{
    double last = 0, accesses = 0, cycles = 0, last_cycles = 0, last_misses = 0, latency = 0;
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *cache = result->parts->pdata[i];
        double level = 0, hit = 0;
        if (cache->scope != LAD_SCOPE_CACHE || !lad_result_metric(cache, "load_misses"))
            continue;
        if (!part_setting(result, cache, "level", LAD_OPTION_UINT, &level) ||
            !part_setting(result, cache, "latency", LAD_OPTION_CYCLES, &hit))
            return FALSE;
        double all = counter_or_0(cache, "loads", phase) + counter_or_0(cache, "stores", phase);
        double missed = data_misses(cache, phase);
        accesses += level == 1 ? all : 0;
        cycles += (all - missed) * hit;
        if (level > last)
            last_misses = last_cycles = 0;
        if (level >= last) {
            last = level;
            last_misses += missed;
            last_cycles += missed * hit;
        }
    }
    double frequency = setting(result, "core", "frequency", LAD_OPTION_FREQUENCY);
    if (!(frequency > 0) || !(accesses > 0))
        return FALSE;
    if (last_misses > 0 && !run_memory_latency(self, result, part, phase, &latency))
        return FALSE;
    return ratio((cycles + last_cycles) / frequency * 1e9 + last_misses * latency, accesses, value);
}

/* ---- Prefetchers -------------------------------------------------------------------------------
 */

/* `counter` names two counters of the part, numerator and denominator. */
static gboolean
prefetch_ratio(const LadDerived *self, const LadResult *result, const LadResultPart *part,
               LadPhase phase, double *value)
{
    (void)result;
    g_auto(GStrv) names = g_strsplit(self->counter, "/", 2);
    double above = 0, below = 0;
    return counter(part, names[0], phase, &above) && counter(part, names[1], phase, &below) &&
           ratio(above, below, value);
}

/* Lines are those of the caches. */
static gboolean
prefetch_overhead(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                  LadPhase phase, double *value)
{
    (void)self;
    static const char *const kinds[] = {"reads", "fetches", "walks", "prefetches"};
    double useless = 0, lines = 0;
    if (!counter(part, "useless_memory", phase, &useless))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
        lines += sum(result, LAD_SCOPE_TIER, kinds[i], phase);
    return ratio(useless, lines - useless, value);
}

/* ---- Tiers ------------------------------------------------------------------------------------
 */

static gboolean
tier_read_bandwidth(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                    LadPhase phase, double *value)
{
    (void)self;
    return ratio(read_traffic(part, phase), seconds(result, phase), value);
}

static gboolean
tier_write_bandwidth(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                     LadPhase phase, double *value)
{
    (void)self;
    return ratio(write_traffic(part, phase), seconds(result, phase), value);
}

/* With a duplex link the fuller direction counts. */
static gboolean
tier_utilisation(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                 LadPhase phase, double *value)
{
    (void)self;
    double peak = 0, down = write_traffic(part, phase), up = read_traffic(part, phase);
    g_autofree char *group = lad_part_group(result, part);
    g_autofree char *duplex = group ? lad_result_setting(result, group, "duplex") : NULL;
    double bytes = g_strcmp0(duplex, "true") == 0 ? MAX(up, down) : up + down;
    return part_setting(result, part, "bandwidth", LAD_OPTION_BANDWIDTH, &peak) &&
           ratio(bytes, seconds(result, phase) * peak, value);
}

/* The program's own traffic: page copies are not in it. */
static gboolean
tier_traffic_share(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                   LadPhase phase, double *value)
{
    (void)self;
    return ratio(counter_or_0(part, "read_bytes", phase) + counter_or_0(part, "write_bytes", phase),
                 sum(result, LAD_SCOPE_TIER, "read_bytes", phase) +
                     sum(result, LAD_SCOPE_TIER, "write_bytes", phase),
                 value);
}

static gboolean
tier_residency_share(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                     LadPhase phase, double *value)
{
    (void)self;
    return ratio(counter_or_0(part, "used_bytes", phase),
                 sum(result, LAD_SCOPE_TIER, "used_bytes", phase), value);
}

static gboolean
tier_fullness(const LadDerived *self, const LadResult *result, const LadResultPart *part,
              LadPhase phase, double *value)
{
    (void)self;
    (void)result;
    double used = counter_or_0(part, "used_bytes", phase);
    return ratio(used, used + counter_or_0(part, "free_bytes", phase), value);
}

static const LadHistogram *
latency_of(const LadResultPart *part, LadPhase phase)
{
    const LadResultMetric *metric = lad_result_metric(part, "latency");
    return metric && metric->type == LAD_HISTOGRAM ? metric->histograms[phase] : NULL;
}

static gboolean
tier_latency_mean(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                  LadPhase phase, double *value)
{
    (void)self;
    (void)result;
    const LadHistogram *latency = latency_of(part, phase);
    return latency && ratio((double)latency->sum / PS_PER_NS, (double)latency->n, value);
}

static gboolean
tier_latency_quantile(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                      LadPhase phase, double *value)
{
    (void)result;
    const LadHistogram *latency = latency_of(part, phase);
    if (latency == NULL || latency->n == 0)
        return FALSE;
    *value = (double)lad_histogram_quantile(latency, self->parameter) / PS_PER_NS;
    return TRUE;
}

static gboolean
tier_outstanding(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                 LadPhase phase, double *value)
{
    (void)self;
    double busy = 0;
    return counter(part, "busy_time", phase, &busy) &&
           ratio(busy, (double)result->phase_length[phase], value);
}

static gboolean
tier_queue_share(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                 LadPhase phase, double *value)
{
    (void)self;
    (void)result;
    return ratio(counter_or_0(part, "queue_time", phase), counter_or_0(part, "busy_time", phase),
                 value);
}

static gboolean
tier_used_peak(const LadDerived *self, const LadResult *result, const LadResultPart *part,
               LadPhase phase, double *value)
{
    (void)self;
    const LadResultMetric *used = lad_result_metric(part, "used_bytes");
    if (used == NULL)
        return FALSE;
    guint64 peak = used->values[phase];
    LadTime start = result->phase_start[phase], end = start + result->phase_length[phase];
    for (guint i = 0; used->series && i < result->n_samples; i++)
        if (result->sample_times[i] > start && result->sample_times[i] <= end)
            peak = MAX(peak, used->series[i]);
    *value = (double)peak;
    return TRUE;
}

/* Capacity is used + free: what the machine has, after run.capacity-scale. */
static gboolean
tier_cost(const LadDerived *self, const LadResult *result, const LadResultPart *part,
          LadPhase phase, double *value)
{
    (void)self;
    double per_gib = 0, used = 0;
    if (!part_setting(result, part, "cost-per-gib", LAD_OPTION_DOUBLE, &per_gib) ||
        !counter(part, "used_bytes", phase, &used))
        return FALSE;
    *value = (used + counter_or_0(part, "free_bytes", phase)) / GIB * per_gib;
    return TRUE;
}

static gboolean
run_cost(const LadDerived *self, const LadResult *result, const LadResultPart *part, LadPhase phase,
         double *value)
{
    (void)part;
    *value = 0;
    gboolean any = FALSE;
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *tier = result->parts->pdata[i];
        double cost = 0;
        if (!lad_result_is_tier(tier))
            continue;
        if (!tier_cost(self, result, tier, phase, &cost))
            return FALSE;
        *value += cost;
        any = TRUE;
    }
    return any;
}

static gboolean
run_throughput_per_cost(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                        LadPhase phase, double *value)
{
    double throughput = 0, cost = 0;
    return run_throughput(self, result, part, phase, &throughput) &&
           run_cost(self, result, part, phase, &cost) && ratio(throughput, cost, value);
}

/* Capacity, and traffic as it was. */
static gboolean
tier_power(const LadDerived *self, const LadResult *result, const LadResultPart *part,
           LadPhase phase, double *value)
{
    double per_gib = 0, per_bandwidth = 0, used = 0, read = 0, written = 0;
    if (!part_setting(result, part, "power-per-gib", LAD_OPTION_DOUBLE, &per_gib) ||
        !part_setting(result, part, "power-per-bandwidth", LAD_OPTION_DOUBLE, &per_bandwidth) ||
        per_gib + per_bandwidth <= 0 || !counter(part, "used_bytes", phase, &used) ||
        !tier_read_bandwidth(self, result, part, phase, &read) ||
        !tier_write_bandwidth(self, result, part, phase, &written))
        return FALSE;
    *value = (used + counter_or_0(part, "free_bytes", phase)) / GIB * per_gib +
             (read + written) / 1e9 * per_bandwidth;
    return TRUE;
}

/* The share of what a device is rated to have written in its life, which shrinks with the run. */
static gboolean
tier_wear(const LadDerived *self, const LadResult *result, const LadResultPart *part,
          LadPhase phase, double *value)
{
    (void)self;
    double endurance = 0, amplification = 1;
    double scale = setting(result, "run", "capacity-scale", LAD_OPTION_DOUBLE);
    if (!part_setting(result, part, "endurance", LAD_OPTION_BYTES, &endurance) ||
        !part_setting(result, part, "write-amplification", LAD_OPTION_DOUBLE, &amplification))
        return FALSE;
    return ratio(write_traffic(part, phase) * amplification, endurance * (scale > 0 ? scale : 1),
                 value);
}

static gboolean
tier_years(const LadDerived *self, const LadResult *result, const LadResultPart *part,
           LadPhase phase, double *value)
{
    double wear = 0;
    return tier_wear(self, result, part, phase, &wear) &&
           ratio(seconds(result, phase) / YEAR, wear, value);
}

static gboolean
tier_compression(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                 LadPhase phase, double *value)
{
    (void)self;
    (void)result;
    double stored = 0, pool = 0;
    return counter(part, "zswapped_bytes", phase, &stored) &&
           counter(part, "pool_total_size", phase, &pool) && pool > 0 && ratio(stored, pool, value);
}

/* Only if the power of every tier is known. */
static gboolean
run_power(const LadDerived *self, const LadResult *result, const LadResultPart *part,
          LadPhase phase, double *value)
{
    (void)part;
    *value = 0;
    gboolean any = FALSE;
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *tier = result->parts->pdata[i];
        double power = 0;
        if (tier->scope != LAD_SCOPE_TIER ||
            !part_setting(result, tier, "power-per-gib", LAD_OPTION_DOUBLE, &power))
            continue;
        if (!tier_power(self, result, tier, phase, &power))
            return FALSE;
        *value += power;
        any = TRUE;
    }
    return any;
}

static gboolean
run_throughput_per_watt(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                        LadPhase phase, double *value)
{
    double throughput = 0, power = 0;
    return run_throughput(self, result, part, phase, &throughput) &&
           run_power(self, result, part, phase, &power) && ratio(throughput, power, value);
}

/* ---- Groups and the host's memory ---------------------------------------------------------------
 */

typedef struct {
    double current, swap, cached, compressed;
    double pool; /* memory that the compressed bytes take, packed */
} Holdings;

/* Pages that pools take per byte compressed, of all pools together: a group pays for its compressed
 * bytes, and has its share of what packing them costs. `sample`: at that epoch, else over a phase.
 */
static double
packing(const LadResult *result, LadPhase phase, int sample)
{
    double taken = 0, compressed = 0;
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *part = result->parts->pdata[i];
        const LadResultMetric *pool = lad_result_metric(part, "pool_total_size");
        const LadResultMetric *bytes = lad_result_metric(part, "compressed_bytes");
        if (!pool || !bytes || (sample >= 0 && (!pool->series || !bytes->series)))
            continue;
        taken += (double)(sample >= 0 ? pool->series[sample] : pool->values[phase]);
        compressed += (double)(sample >= 0 ? bytes->series[sample] : bytes->values[phase]);
    }
    return compressed > 0 ? taken / compressed : 1;
}

/* Bytes that back ends hold and memory does not. */
static double
offloaded(const Holdings *h)
{
    return h->swap - h->cached;
}

static double
saving(const Holdings *h)
{
    double all = h->current - h->compressed + offloaded(h);
    return all > 0 ? (offloaded(h) - h->pool) / all : 0;
}

static const char *const holding_names[] = {"memory_current", "swap_current", "swapcached",
                                            "zswap"};

static gboolean
holdings(const LadResult *result, const LadResultPart *part, LadPhase phase, Holdings *h)
{
    double *const to[] = {&h->current, &h->swap, &h->cached, &h->compressed};
    for (guint i = 0; i < G_N_ELEMENTS(to); i++)
        if (!counter(part, holding_names[i], phase, to[i]))
            return FALSE;
    h->pool = h->compressed * packing(result, phase, -1);
    return TRUE;
}

static gboolean
group_offloaded(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                LadPhase phase, double *value)
{
    (void)self;
    Holdings h;
    gboolean known = holdings(result, part, phase, &h);
    *value = known ? offloaded(&h) : 0;
    return known;
}

static gboolean
group_saved(const LadDerived *self, const LadResult *result, const LadResultPart *part,
            LadPhase phase, double *value)
{
    (void)self;
    Holdings h;
    gboolean known = holdings(result, part, phase, &h);
    *value = known ? offloaded(&h) - h.pool : 0;
    return known;
}

static gboolean
group_saving(const LadDerived *self, const LadResult *result, const LadResultPart *part,
             LadPhase phase, double *value)
{
    (void)self;
    Holdings h;
    gboolean known = holdings(result, part, phase, &h);
    *value = known ? saving(&h) : 0;
    return known;
}

/* Over the epochs that end in the phase; without any, that at its end. */
static gboolean
group_saving_mean(const LadDerived *self, const LadResult *result, const LadResultPart *part,
                  LadPhase phase, double *value)
{
    const guint64 *series[G_N_ELEMENTS(holding_names)];
    LadTime start = result->phase_start[phase], end = start + result->phase_length[phase];
    double sum_of_savings = 0;
    guint n = 0;
    for (guint i = 0; i < G_N_ELEMENTS(series); i++) {
        const LadResultMetric *metric = lad_result_metric(part, holding_names[i]);
        if (!metric || !metric->series)
            return group_saving(self, result, part, phase, value);
        series[i] = metric->series;
    }
    for (guint i = 0; i < result->n_samples; i++) {
        if (result->sample_times[i] <= start || result->sample_times[i] > end)
            continue;
        Holdings h = {(double)series[0][i], (double)series[1][i], (double)series[2][i],
                      (double)series[3][i], 0};
        h.pool = h.compressed * packing(result, phase, (int)i);
        sum_of_savings += saving(&h);
        n++;
    }
    if (n == 0)
        return group_saving(self, result, part, phase, value);
    *value = sum_of_savings / n;
    return TRUE;
}

/* ---- The table --------------------------------------------------------------------------------
 */

#define STACK(scope, compute, row, help)                                                           \
    {                                                                                              \
        "cpi_" row, "cycle", scope, help, row " / 16 / instructions", compute, row, 0              \
    }
#define STACK_ROWS(scope, compute)                                                                 \
    STACK(scope, compute, "base", "cycles per instruction as if all were in the first level"),     \
        STACK(scope, compute, "fetch_cache",                                                       \
              "cycles per instruction waiting for lines of instructions"),                         \
        STACK(scope, compute, "fetch_tlb",                                                         \
              "cycles per instruction waiting for translations of instructions"),                  \
        STACK(scope, compute, "memory_latency",                                                    \
              "cycles per instruction waiting for data, as with idle memory"),                     \
        STACK(scope, compute, "memory_bandwidth",                                                  \
              "cycles per instruction waiting for data, the queueing part"),                       \
        STACK(scope, compute, "walk", "cycles per instruction waiting for translations of data"),  \
        STACK(scope, compute, "fault", "cycles per instruction in page and hint faults"),          \
        STACK(scope, compute, "kernel",                                                            \
              "cycles per instruction in migration, scan, reclaim, shootdowns and switches")

const LadDerived lad_derived[] = {
    {"simulated_time", "s", LAD_SCOPE_RUN, "simulated time of the phase", "phase_length / 1e12",
     run_time, NULL, 0},
    {"instructions", "1", LAD_SCOPE_RUN, "instructions of all cores", "sum of core instructions",
     run_sum, "instructions", 0},
    {"loads", "1", LAD_SCOPE_RUN, "loads of all cores; a modify counts here and as a store",
     "sum of core loads", run_sum, "loads", 0},
    {"stores", "1", LAD_SCOPE_RUN, "stores of all cores", "sum of core stores", run_sum, "stores",
     0},
    {"throughput", "s-1", LAD_SCOPE_RUN, "instructions per second of simulated time, all cores",
     "instructions / simulated_time", run_throughput, NULL, 0},
    {"ipc", "cycle-1", LAD_SCOPE_RUN, "instructions per cycle of a core that has work",
     "16 * sum of core instructions / sum of core ticks", run_ipc, NULL, 0},
    {"cpi", "cycle", LAD_SCOPE_RUN, "cycles per instruction; the sum of the stack below",
     "ticks / 16 / instructions, summed over cores", run_cpi, "ticks", 0},
    STACK_ROWS(LAD_SCOPE_RUN, run_cpi),
    {"topdown_base", "1", LAD_SCOPE_RUN, "share of the cores' time in dispatch and execution",
     "base / ticks, summed over cores", topdown_share, "base", 0},
    {"topdown_front_end", "1", LAD_SCOPE_RUN,
     "share of the cores' time waiting for instructions: lines and translations",
     "(fetch_cache + fetch_tlb) / ticks, summed over cores", topdown_share, "fetch_cache,fetch_tlb",
     0},
    {"topdown_front_end_cache", "1", LAD_SCOPE_RUN,
     "the part of front_end that waits for lines of instructions",
     "fetch_cache / ticks, summed over cores", topdown_share, "fetch_cache", 0},
    {"topdown_front_end_tlb", "1", LAD_SCOPE_RUN,
     "the part of front_end that waits for translations of instructions",
     "fetch_tlb / ticks, summed over cores", topdown_share, "fetch_tlb", 0},
    {"topdown_bandwidth_bound", "1", LAD_SCOPE_RUN,
     "share of the cores' time waiting for data with many requests under way",
     "bandwidth_bound / ticks, summed over cores", topdown_share, "bandwidth_bound", 0},
    {"topdown_latency_bound", "1", LAD_SCOPE_RUN,
     "share of the cores' time waiting for data with few requests under way",
     "latency_bound / ticks, summed over cores", topdown_share, "latency_bound", 0},
    {"topdown_walk", "1", LAD_SCOPE_RUN,
     "share of the cores' time waiting for translations of data", "walk / ticks, summed over cores",
     topdown_share, "walk", 0},
    {"topdown_fault", "1", LAD_SCOPE_RUN, "share of the cores' time in faults and kernel work",
     "(fault + kernel) / ticks, summed over cores", topdown_share, "fault,kernel", 0},
    {"bandwidth_utilisation", "1", LAD_SCOPE_RUN,
     "share of the configured bandwidth of all tiers in use, copies included",
     "bytes of all tiers / (simulated_time * sum of [tier.NAME] bandwidth)", run_utilisation, NULL,
     0},
    {"bandwidth_class", "1", LAD_SCOPE_RUN,
     "2: bound by bandwidth (utilisation above 60 %), 1: sensitive to it (40 to 60 %), 0: neither",
     "from bandwidth_utilisation", run_class, NULL, 0},
    {"memory_latency", "ns", LAD_SCOPE_RUN,
     "mean time of a line read from memory, beyond the last cache, over all tiers",
     "busy_time / (reads + fetches + walks + prefetches) / 1000, summed over tiers",
     run_memory_latency, NULL, 0},
    {"amat", "ns", LAD_SCOPE_RUN,
     "mean time of a data access as if none overlapped, page walks and faults apart",
     "(hits of each level * its latency + misses of the last level * (its latency + "
     "memory_latency)) / accesses of the first level, loads and stores",
     run_amat, NULL, 0},
    {"memory_bandwidth", "byte s-1", LAD_SCOPE_RUN,
     "traffic between the last cache and memory, page copies not counted",
     "(read_bytes + write_bytes) / simulated_time, summed over tiers", run_bandwidth, NULL, 0},
    {"kernel_share", "1", LAD_SCOPE_RUN, "share of the cores' time in faults and kernel work",
     "(fault + kernel) / ticks, summed over cores", run_kernel_share, NULL, 0},
    {"dependence_unknown_share", "1", LAD_SCOPE_RUN,
     "share of data accesses whose address dependence the trace does not know",
     "dependence_unknown, summed over cores / (run_references - run_instructions)",
     run_unknown_share, NULL, 0},
    {"cost", "1", LAD_SCOPE_RUN, "cost of all memory, in GiB of DDR5", "sum of tier_cost", run_cost,
     NULL, 0},
    {"throughput_per_cost", "s-1", LAD_SCOPE_RUN,
     "instructions per second for the cost of one GiB of DDR5", "throughput / cost",
     run_throughput_per_cost, NULL, 0},
    {"power", "W", LAD_SCOPE_RUN, "power of all memory; only if that of every tier is known",
     "sum of tier_power", run_power, NULL, 0},
    {"throughput_per_watt", "s-1 W-1", LAD_SCOPE_RUN, "instructions per second for a W of memory",
     "throughput / power", run_throughput_per_watt, NULL, 0},
    {"ipc", "cycle-1", LAD_SCOPE_CORE, "instructions per cycle with a thread",
     "16 * instructions / ticks", core_ipc, NULL, 0},
    {"cpi", "cycle", LAD_SCOPE_CORE, "cycles per instruction; the sum of the stack below",
     "ticks / 16 / instructions", core_cpi, "ticks", 0},
    STACK_ROWS(LAD_SCOPE_CORE, core_cpi),
    {"topdown_base", "1", LAD_SCOPE_CORE, "share of its time in dispatch and execution",
     "base / ticks", topdown_share, "base", 0},
    {"topdown_front_end", "1", LAD_SCOPE_CORE,
     "share of its time waiting for instructions: lines and translations",
     "(fetch_cache + fetch_tlb) / ticks", topdown_share, "fetch_cache,fetch_tlb", 0},
    {"topdown_front_end_cache", "1", LAD_SCOPE_CORE,
     "the part of front_end that waits for lines of instructions", "fetch_cache / ticks",
     topdown_share, "fetch_cache", 0},
    {"topdown_front_end_tlb", "1", LAD_SCOPE_CORE,
     "the part of front_end that waits for translations of instructions", "fetch_tlb / ticks",
     topdown_share, "fetch_tlb", 0},
    {"topdown_bandwidth_bound", "1", LAD_SCOPE_CORE,
     "share of its time waiting for data with many requests under way", "bandwidth_bound / ticks",
     topdown_share, "bandwidth_bound", 0},
    {"topdown_latency_bound", "1", LAD_SCOPE_CORE,
     "share of its time waiting for data with few requests under way", "latency_bound / ticks",
     topdown_share, "latency_bound", 0},
    {"topdown_walk", "1", LAD_SCOPE_CORE, "share of its time waiting for translations of data",
     "walk / ticks", topdown_share, "walk", 0},
    {"topdown_fault", "1", LAD_SCOPE_CORE, "share of its time in faults and kernel work",
     "(fault + kernel) / ticks", topdown_share, "fault,kernel", 0},
    {"demand_lookups", "1", LAD_SCOPE_CACHE, "look-ups of all kinds, prefetches apart",
     "fetches + loads + stores + walks, or the TLB's lookups", cache_lookups, NULL, 0},
    {"demand_misses", "1", LAD_SCOPE_CACHE, "look-ups of all kinds that missed, prefetches apart",
     "fetch_misses + load_misses + store_misses + walk_misses, or the TLB's misses", cache_misses,
     NULL, 0},
    {"hit_ratio", "1", LAD_SCOPE_CACHE, "share of look-ups that hit",
     "1 - misses / look-ups, both summed over fetches, loads, stores and walks", cache_hit_ratio,
     NULL, 0},
    {"mpki", "1", LAD_SCOPE_CACHE, "misses per thousand instructions of all cores",
     "1000 * misses / sum of core instructions, misses summed as for hit_ratio", cache_mpki, NULL,
     0},
    {"prefetch_accuracy", "1", LAD_SCOPE_CACHE, "share of a prefetcher's lines that were used",
     "useful / issued", prefetch_ratio, "useful/issued", 0},
    {"prefetch_coverage", "1", LAD_SCOPE_CACHE,
     "share of what would have missed at its cache that a prefetcher's lines served",
     "useful / demands", prefetch_ratio, "useful/demands", 0},
    {"prefetch_late", "1", LAD_SCOPE_CACHE,
     "share of a prefetcher's used lines that were still under way", "late / useful",
     prefetch_ratio, "late/useful", 0},
    {"prefetch_overhead", "1", LAD_SCOPE_CACHE,
     "lines that a prefetcher read from memory for nothing, for each that was wanted",
     "useless_memory / (reads + fetches + walks + prefetches - useless_memory), of all tiers",
     prefetch_overhead, NULL, 0},
    {"traffic_share", "1", LAD_SCOPE_TIER, "share of the traffic between last cache and memory",
     "(read_bytes + write_bytes) / the same of all tiers", tier_traffic_share, NULL, 0},
    {"read_bandwidth", "byte s-1", LAD_SCOPE_TIER, "bytes read per second, page copies included",
     "(read_bytes + copy_read_bytes) / simulated_time", tier_read_bandwidth, NULL, 0},
    {"write_bandwidth", "byte s-1", LAD_SCOPE_TIER,
     "bytes written per second, page copies included",
     "(write_bytes + copy_write_bytes) / simulated_time", tier_write_bandwidth, NULL, 0},
    {"utilisation", "1", LAD_SCOPE_TIER,
     "share of the configured bandwidth in use, copies included",
     "(read_bandwidth + write_bandwidth) / [tier.NAME] bandwidth; with duplex the larger of the "
     "two",
     tier_utilisation, NULL, 0},
    {"latency_mean", "ns", LAD_SCOPE_TIER, "mean latency of line reads",
     "latency_sum / latency_n / 1000", tier_latency_mean, NULL, 0},
    {"latency_p50", "ns", LAD_SCOPE_TIER, "latency that half of the line reads do not exceed",
     "50 % quantile of the histogram of latency, upper end of its bin", tier_latency_quantile,
     "latency", 0.5},
    {"latency_p90", "ns", LAD_SCOPE_TIER, "latency that 90 % of the line reads do not exceed",
     "90 % quantile of the histogram of latency, upper end of its bin", tier_latency_quantile,
     "latency", 0.9},
    {"latency_p99", "ns", LAD_SCOPE_TIER, "latency that 99 % of the line reads do not exceed",
     "99 % quantile of the histogram of latency, upper end of its bin", tier_latency_quantile,
     "latency", 0.99},
    {"queue_share", "1", LAD_SCOPE_TIER, "share of the line reads' latency above the idle latency",
     "queue_time / busy_time", tier_queue_share, NULL, 0},
    {"outstanding", "1", LAD_SCOPE_TIER, "line reads under way on average (Little's law)",
     "busy_time / phase_length", tier_outstanding, NULL, 0},
    {"residency_share", "1", LAD_SCOPE_TIER, "share of all used memory that is in this tier",
     "used_bytes / the same of all tiers", tier_residency_share, NULL, 0},
    {"used_peak", "byte", LAD_SCOPE_TIER, "most memory in use at the end of any epoch of the phase",
     "maximum of used_bytes", tier_used_peak, NULL, 0},
    {"fullness", "1", LAD_SCOPE_TIER, "share of the tier in use",
     "used_bytes / (used_bytes + free_bytes)", tier_fullness, NULL, 0},
    {"cost", "1", LAD_SCOPE_TIER, "cost of the tier, in GiB of DDR5",
     "(used_bytes + free_bytes) / 2^30 * [tier.NAME] cost-per-gib", tier_cost, NULL, 0},
    {"power", "W", LAD_SCOPE_TIER, "power of the tier",
     "(used_bytes + free_bytes) / 2^30 * [tier.NAME] power-per-gib + (read_bandwidth + "
     "write_bandwidth) * power-per-bandwidth",
     tier_power, NULL, 0},
    {"wear", "1", LAD_SCOPE_TIER, "share of the device's rated life that was written away",
     "(write_bytes + copy_write_bytes) * write-amplification / (endurance * run.capacity-scale)",
     tier_wear, NULL, 0},
    {"years", "year", LAD_SCOPE_TIER,
     "how long the device's rated life lasts if written at this rate",
     "simulated_time / 31557600 / wear", tier_years, NULL, 0},
    {"compression", "1", LAD_SCOPE_TIER,
     "bytes of stored pages per byte of memory that their pool takes, at the end",
     "zswapped_bytes / pool_total_size", tier_compression, NULL, 0},
    {"offloaded", "byte", LAD_SCOPE_CGROUP, "pages that are in back ends and not in memory",
     "swap_current - swapcached", group_offloaded, NULL, 0},
    {"saved", "byte", LAD_SCOPE_CGROUP, "memory saved by that, net of what compressed pools take",
     "offloaded - zswap * pool_total_size / compressed_bytes of all pools", group_saved, NULL, 0},
    {"saving", "1", LAD_SCOPE_CGROUP, "that as a share of what memory would hold without back ends",
     "saved / (memory_current - zswap + offloaded), at the end", group_saving, NULL, 0},
    {"saving_mean", "1", LAD_SCOPE_CGROUP, "saving, averaged over the epochs of the phase",
     "mean of saving over samples", group_saving_mean, NULL, 0},
    {NULL, NULL, LAD_SCOPE_RUN, NULL, NULL, NULL, NULL, 0},
};

gboolean
lad_derived_value(const LadResult *result, const LadResultPart *part, const char *name,
                  LadPhase phase, double *value)
{
    LadScope scope = part ? part->scope : LAD_SCOPE_RUN;
    for (const LadDerived *derived = lad_derived; derived->name; derived++)
        if (derived->scope == scope && g_str_equal(derived->name, name))
            return derived->compute(derived, result, part, phase, value);
    return FALSE;
}
