/* derived_tiers.c - bandwidth, latency and residency, of each tier and of all. */
#include "config.h"
#include "sim/result/derived.h"
#include "sim/result/layout.h"

LAD_DERIVE(lad_derive_run_bandwidth)
{
    return lad_ratio(lad_parts_sum(result, LAD_SCOPE_TIER, "read_bytes", phase) +
                         lad_parts_sum(result, LAD_SCOPE_TIER, "write_bytes", phase),
                     lad_phase_seconds(result, phase), value);
}

LAD_DERIVE(lad_derive_run_memory_latency)
{
    return lad_ratio(lad_parts_sum(result, LAD_SCOPE_TIER, "busy_time", phase) / LAD_PS_PER_NS,
                     lad_lines_read(result, phase), value);
}

/* Of all tiers together: bytes moved and peak, both summed. */
LAD_DERIVE(lad_derive_run_utilisation)
{
    double bytes = 0, peak = 0, one = 0;
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *tier = result->parts->pdata[i];
        if (tier->scope != LAD_SCOPE_TIER ||
            !lad_part_setting(result, tier, "bandwidth", LAD_OPTION_BANDWIDTH, &one))
            continue;
        peak += one;
        bytes += lad_part_read_traffic(tier, phase) + lad_part_write_traffic(tier, phase);
    }
    return lad_ratio(bytes, lad_phase_seconds(result, phase) * peak, value);
}

/* The classes of the paper on hyperscale memory (ISCA 2023, section on bandwidth tiering). */
#define BOUND_ABOVE     0.6
#define SENSITIVE_ABOVE 0.4

LAD_DERIVE(lad_derive_run_class)
{
    double used = 0;
    if (!lad_derive_run_utilisation(self, result, part, phase, &used))
        return FALSE;
    *value = used > BOUND_ABOVE ? 2 : used >= SENSITIVE_ABOVE ? 1 : 0;
    return TRUE;
}

LAD_DERIVE(lad_derive_tier_read_bandwidth)
{
    return lad_ratio(lad_part_read_traffic(part, phase), lad_phase_seconds(result, phase), value);
}

LAD_DERIVE(lad_derive_tier_write_bandwidth)
{
    return lad_ratio(lad_part_write_traffic(part, phase), lad_phase_seconds(result, phase), value);
}

/* With a duplex link the fuller direction counts. */
LAD_DERIVE(lad_derive_tier_utilisation)
{
    double peak = 0, down = lad_part_write_traffic(part, phase),
           up = lad_part_read_traffic(part, phase);
    g_autofree char *group = lad_part_group(result, part);
    g_autofree char *duplex = group ? lad_result_setting(result, group, "duplex") : NULL;
    double bytes = g_strcmp0(duplex, "true") == 0 ? MAX(up, down) : up + down;
    return lad_part_setting(result, part, "bandwidth", LAD_OPTION_BANDWIDTH, &peak) &&
           lad_ratio(bytes, lad_phase_seconds(result, phase) * peak, value);
}

/* The program's own traffic: page copies are not in it. */
LAD_DERIVE(lad_derive_tier_traffic_share)
{
    return lad_ratio(lad_part_counter_or_0(part, "read_bytes", phase) +
                         lad_part_counter_or_0(part, "write_bytes", phase),
                     lad_parts_sum(result, LAD_SCOPE_TIER, "read_bytes", phase) +
                         lad_parts_sum(result, LAD_SCOPE_TIER, "write_bytes", phase),
                     value);
}

/* A pool's frames are pages of its own tier, not of the one that lends them. */
LAD_DERIVE(lad_derive_tier_residency_share)
{
    double all = lad_parts_sum(result, LAD_SCOPE_TIER, "used_bytes", phase) -
                 lad_parts_sum(result, LAD_SCOPE_TIER, "pool_bytes", phase);
    return lad_ratio(lad_part_counter_or_0(part, "used_bytes", phase) -
                         lad_part_counter_or_0(part, "pool_bytes", phase),
                     all, value);
}

LAD_DERIVE(lad_derive_tier_fullness)
{
    double used = lad_part_counter_or_0(part, "used_bytes", phase);
    return lad_ratio(used, used + lad_part_counter_or_0(part, "free_bytes", phase), value);
}

static const LadHistogram *
latency_of(const LadResultPart *part, LadPhase phase)
{
    const LadResultMetric *metric = lad_result_metric(part, "latency");
    return metric && metric->type == LAD_HISTOGRAM ? metric->histograms[phase] : NULL;
}

LAD_DERIVE(lad_derive_tier_latency_mean)
{
    const LadHistogram *latency = latency_of(part, phase);
    return latency && lad_ratio((double)latency->sum / LAD_PS_PER_NS, (double)latency->n, value);
}

LAD_DERIVE(lad_derive_tier_latency_quantile)
{
    const LadHistogram *latency = latency_of(part, phase);
    if (latency == NULL || latency->n == 0)
        return FALSE;
    *value = (double)lad_histogram_quantile(latency, self->parameter) / LAD_PS_PER_NS;
    return TRUE;
}

LAD_DERIVE(lad_derive_tier_outstanding)
{
    double busy = 0;
    return lad_part_counter(part, "busy_time", phase, &busy) &&
           lad_ratio(busy, (double)result->phase_length[phase], value);
}

LAD_DERIVE(lad_derive_tier_queue_share)
{
    return lad_ratio(lad_part_counter_or_0(part, "queue_time", phase),
                     lad_part_counter_or_0(part, "busy_time", phase), value);
}

LAD_DERIVE(lad_derive_tier_used_peak)
{
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
