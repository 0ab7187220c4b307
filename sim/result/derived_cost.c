/* derived_cost.c - what memory costs, draws and wears, and what a run gets for it. */
#include "config.h"
#include "sim/result/derived.h"

#define GIB  1073741824.0
#define YEAR (365.25 * 86400)

/* Capacity is used + free: what the machine has, after run.capacity-scale. */
LAD_DERIVE(lad_derive_tier_cost)
{
    double per_gib = 0, used = 0;
    if (!lad_part_setting(result, part, "cost-per-gib", LAD_OPTION_DOUBLE, &per_gib) ||
        !lad_part_counter(part, "used_bytes", phase, &used))
        return FALSE;
    *value = (used + lad_part_counter_or_0(part, "free_bytes", phase)) / GIB * per_gib;
    return TRUE;
}

LAD_DERIVE(lad_derive_run_cost)
{
    *value = 0;
    gboolean any = FALSE;
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *tier = result->parts->pdata[i];
        double cost = 0;
        if (!lad_result_is_tier(tier))
            continue;
        if (!lad_derive_tier_cost(self, result, tier, phase, &cost))
            return FALSE;
        *value += cost;
        any = TRUE;
    }
    return any;
}

LAD_DERIVE(lad_derive_run_throughput_per_cost)
{
    double throughput = 0, cost = 0;
    return lad_derive_run_throughput(self, result, part, phase, &throughput) &&
           lad_derive_run_cost(self, result, part, phase, &cost) &&
           lad_ratio(throughput, cost, value);
}

/* Capacity, and traffic as it was. */
LAD_DERIVE(lad_derive_tier_power)
{
    double per_gib = 0, per_bandwidth = 0, used = 0, read = 0, written = 0;
    if (!lad_part_setting(result, part, "power-per-gib", LAD_OPTION_DOUBLE, &per_gib) ||
        !lad_part_setting(result, part, "power-per-bandwidth", LAD_OPTION_DOUBLE, &per_bandwidth) ||
        per_gib + per_bandwidth <= 0 || !lad_part_counter(part, "used_bytes", phase, &used) ||
        !lad_derive_tier_read_bandwidth(self, result, part, phase, &read) ||
        !lad_derive_tier_write_bandwidth(self, result, part, phase, &written))
        return FALSE;
    *value = (used + lad_part_counter_or_0(part, "free_bytes", phase)) / GIB * per_gib +
             (read + written) / 1e9 * per_bandwidth;
    return TRUE;
}

/* Only if the power of every tier is known. */
LAD_DERIVE(lad_derive_run_power)
{
    *value = 0;
    gboolean any = FALSE;
    for (guint i = 0; i < result->parts->len; i++) {
        const LadResultPart *tier = result->parts->pdata[i];
        double power = 0;
        if (tier->scope != LAD_SCOPE_TIER ||
            !lad_part_setting(result, tier, "power-per-gib", LAD_OPTION_DOUBLE, &power))
            continue;
        if (!lad_derive_tier_power(self, result, tier, phase, &power))
            return FALSE;
        *value += power;
        any = TRUE;
    }
    return any;
}

LAD_DERIVE(lad_derive_run_throughput_per_watt)
{
    double throughput = 0, power = 0;
    return lad_derive_run_throughput(self, result, part, phase, &throughput) &&
           lad_derive_run_power(self, result, part, phase, &power) &&
           lad_ratio(throughput, power, value);
}

/* The share of what a device is rated to have written in its life, which shrinks with the run. */
LAD_DERIVE(lad_derive_tier_wear)
{
    double endurance = 0, amplification = 1;
    double scale = lad_setting_number(result, "run", "capacity-scale", LAD_OPTION_DOUBLE);
    if (!lad_part_setting(result, part, "endurance", LAD_OPTION_BYTES, &endurance) ||
        !lad_part_setting(result, part, "write-amplification", LAD_OPTION_DOUBLE, &amplification))
        return FALSE;
    return lad_ratio(lad_part_write_traffic(part, phase) * amplification,
                     endurance * (scale > 0 ? scale : 1), value);
}

LAD_DERIVE(lad_derive_tier_years)
{
    double wear = 0;
    return lad_derive_tier_wear(self, result, part, phase, &wear) &&
           lad_ratio(lad_phase_seconds(result, phase) / YEAR, wear, value);
}
