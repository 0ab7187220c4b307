/* derived_groups.c - what back ends hold, and what memory that saves. */
#include "config.h"
#include "sim/result/derived.h"

LAD_DERIVE(lad_derive_tier_compression)
{
    double stored = 0, pool = 0;
    return lad_part_counter(part, "zswapped_bytes", phase, &stored) &&
           lad_part_counter(part, "pool_total_size", phase, &pool) && pool > 0 &&
           lad_ratio(stored, pool, value);
}

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
        if (!lad_part_counter(part, holding_names[i], phase, to[i]))
            return FALSE;
    h->pool = h->compressed * packing(result, phase, -1);
    return TRUE;
}

LAD_DERIVE(lad_derive_group_offloaded)
{
    Holdings h;
    gboolean known = holdings(result, part, phase, &h);
    *value = known ? offloaded(&h) : 0;
    return known;
}

LAD_DERIVE(lad_derive_group_saved)
{
    Holdings h;
    gboolean known = holdings(result, part, phase, &h);
    *value = known ? offloaded(&h) - h.pool : 0;
    return known;
}

LAD_DERIVE(lad_derive_group_saving)
{
    Holdings h;
    gboolean known = holdings(result, part, phase, &h);
    *value = known ? saving(&h) : 0;
    return known;
}

/* Over the epochs that end in the phase; without any, that at its end. */
LAD_DERIVE(lad_derive_group_saving_mean)
{
    const guint64 *series[G_N_ELEMENTS(holding_names)];
    LadTime start = result->phase_start[phase], end = start + result->phase_length[phase];
    double sum_of_savings = 0;
    guint n = 0;
    for (guint i = 0; i < G_N_ELEMENTS(series); i++) {
        const LadResultMetric *metric = lad_result_metric(part, holding_names[i]);
        if (!metric || !metric->series)
            return lad_derive_group_saving(self, result, part, phase, value);
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
        return lad_derive_group_saving(self, result, part, phase, value);
    *value = sum_of_savings / n;
    return TRUE;
}
