/* derived.c - the table of the metrics that people would otherwise compute by hand, each with its
 * formula. What computes them is in files by theme: derived_cores.c, derived_caches.c,
 * derived_tiers.c, derived_cost.c, derived_groups.c.
 */
#include "config.h"
#include "sim/result/derived.h"

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

/* `whose` time it is a share of, and over what both counters are summed. */
#define TOPDOWN(scope, row, help, counters, formula)                                               \
    {                                                                                              \
        "topdown_" row, "1", scope, help, formula, lad_derive_topdown_share, counters, 0           \
    }
#define TOPDOWN_ROWS(scope, whose, over)                                                           \
    TOPDOWN(scope, "base", "share of " whose " time in dispatch and execution", "base",            \
            "base / ticks" over),                                                                  \
        TOPDOWN(scope, "front_end",                                                                \
                "share of " whose " time waiting for instructions: lines and translations",        \
                "fetch_cache,fetch_tlb", "(fetch_cache + fetch_tlb) / ticks" over),                \
        TOPDOWN(scope, "front_end_cache",                                                          \
                "the part of front_end that waits for lines of instructions", "fetch_cache",       \
                "fetch_cache / ticks" over),                                                       \
        TOPDOWN(scope, "front_end_tlb",                                                            \
                "the part of front_end that waits for translations of instructions", "fetch_tlb",  \
                "fetch_tlb / ticks" over),                                                         \
        TOPDOWN(scope, "bandwidth_bound",                                                          \
                "share of " whose " time waiting for data with many requests under way",           \
                "bandwidth_bound", "bandwidth_bound / ticks" over),                                \
        TOPDOWN(scope, "latency_bound",                                                            \
                "share of " whose " time waiting for data with few requests under way",            \
                "latency_bound", "latency_bound / ticks" over),                                    \
        TOPDOWN(scope, "walk", "share of " whose " time waiting for translations of data", "walk", \
                "walk / ticks" over),                                                              \
        TOPDOWN(scope, "fault", "share of " whose " time in faults and kernel work",               \
                "fault,kernel", "(fault + kernel) / ticks" over)

const LadDerived lad_derived[] = {
    {"simulated_time", "s", LAD_SCOPE_RUN, "simulated time of the phase", "phase_length / 1e12",
     lad_derive_run_time, NULL, 0},
    {"instructions", "1", LAD_SCOPE_RUN, "instructions of all cores", "sum of core instructions",
     lad_derive_run_sum, "instructions", 0},
    {"loads", "1", LAD_SCOPE_RUN, "loads of all cores; a modify counts here and as a store",
     "sum of core loads", lad_derive_run_sum, "loads", 0},
    {"stores", "1", LAD_SCOPE_RUN, "stores of all cores", "sum of core stores", lad_derive_run_sum,
     "stores", 0},
    {"throughput", "s-1", LAD_SCOPE_RUN, "instructions per second of simulated time, all cores",
     "instructions / simulated_time", lad_derive_run_throughput, NULL, 0},
    {"ipc", "cycle-1", LAD_SCOPE_RUN, "instructions per cycle of a core that has work",
     "16 * sum of core instructions / sum of core ticks", lad_derive_run_ipc, NULL, 0},
    {"cpi", "cycle", LAD_SCOPE_RUN, "cycles per instruction; the sum of the stack below",
     "ticks / 16 / instructions, summed over cores", lad_derive_run_cpi, "ticks", 0},
    STACK_ROWS(LAD_SCOPE_RUN, lad_derive_run_cpi),
    TOPDOWN_ROWS(LAD_SCOPE_RUN, "the cores'", ", summed over cores"),
    {"bandwidth_utilisation", "1", LAD_SCOPE_RUN,
     "share of the configured bandwidth of all tiers in use, copies included",
     "bytes of all tiers / (simulated_time * sum of [tier.NAME] bandwidth)",
     lad_derive_run_utilisation, NULL, 0},
    {"bandwidth_class", "1", LAD_SCOPE_RUN,
     "2: bound by bandwidth (utilisation above 60 %), 1: sensitive to it (40 to 60 %), 0: neither",
     "from bandwidth_utilisation", lad_derive_run_class, NULL, 0},
    {"memory_latency", "ns", LAD_SCOPE_RUN,
     "mean time of a line read from memory, beyond the last cache, over all tiers",
     "busy_time / (reads + fetches + walks + prefetches) / 1000, summed over tiers",
     lad_derive_run_memory_latency, NULL, 0},
    {"amat", "ns", LAD_SCOPE_RUN,
     "mean time of a data access as if none overlapped, page walks and faults apart",
     "(hits of each level * its latency + misses of the last level * (its latency + "
     "memory_latency)) / accesses of the first level, loads and stores",
     lad_derive_run_amat, NULL, 0},
    {"memory_bandwidth", "byte s-1", LAD_SCOPE_RUN,
     "traffic between the last cache and memory, page copies not counted",
     "(read_bytes + write_bytes) / simulated_time, summed over tiers", lad_derive_run_bandwidth,
     NULL, 0},
    {"kernel_share", "1", LAD_SCOPE_RUN, "share of the cores' time in faults and kernel work",
     "(fault + kernel) / ticks, summed over cores", lad_derive_run_kernel_share, NULL, 0},
    {"dependence_unknown_share", "1", LAD_SCOPE_RUN,
     "share of data accesses whose address dependence the trace does not know",
     "dependence_unknown, summed over cores / (run_references - run_instructions)",
     lad_derive_run_unknown_share, NULL, 0},
    {"cost", "1", LAD_SCOPE_RUN, "cost of all memory, in GiB of DDR5", "sum of tier_cost",
     lad_derive_run_cost, NULL, 0},
    {"throughput_per_cost", "s-1", LAD_SCOPE_RUN,
     "instructions per second for the cost of one GiB of DDR5", "throughput / cost",
     lad_derive_run_throughput_per_cost, NULL, 0},
    {"power", "W", LAD_SCOPE_RUN, "power of all memory; only if that of every tier is known",
     "sum of tier_power", lad_derive_run_power, NULL, 0},
    {"throughput_per_watt", "s-1 W-1", LAD_SCOPE_RUN, "instructions per second for a W of memory",
     "throughput / power", lad_derive_run_throughput_per_watt, NULL, 0},
    {"ipc", "cycle-1", LAD_SCOPE_CORE, "instructions per cycle with a thread",
     "16 * instructions / ticks", lad_derive_core_ipc, NULL, 0},
    {"cpi", "cycle", LAD_SCOPE_CORE, "cycles per instruction; the sum of the stack below",
     "ticks / 16 / instructions", lad_derive_core_cpi, "ticks", 0},
    STACK_ROWS(LAD_SCOPE_CORE, lad_derive_core_cpi),
    TOPDOWN_ROWS(LAD_SCOPE_CORE, "its", ""),
    {"demand_lookups", "1", LAD_SCOPE_CACHE, "look-ups of all kinds, prefetches apart",
     "fetches + loads + stores + walks, or the TLB's lookups", lad_derive_cache_lookups, NULL, 0},
    {"demand_misses", "1", LAD_SCOPE_CACHE, "look-ups of all kinds that missed, prefetches apart",
     "fetch_misses + load_misses + store_misses + walk_misses, or the TLB's misses",
     lad_derive_cache_misses, NULL, 0},
    {"hit_ratio", "1", LAD_SCOPE_CACHE, "share of look-ups that hit",
     "1 - misses / look-ups, both summed over fetches, loads, stores and walks",
     lad_derive_cache_hit_ratio, NULL, 0},
    {"mpki", "1", LAD_SCOPE_CACHE, "misses per thousand instructions of all cores",
     "1000 * misses / sum of core instructions, misses summed as for hit_ratio",
     lad_derive_cache_mpki, NULL, 0},
    {"prefetch_accuracy", "1", LAD_SCOPE_CACHE, "share of a prefetcher's lines that were used",
     "useful / issued", lad_derive_prefetch_ratio, "useful/issued", 0},
    {"prefetch_coverage", "1", LAD_SCOPE_CACHE,
     "share of what would have missed at its cache that a prefetcher's lines served",
     "useful / demands", lad_derive_prefetch_ratio, "useful/demands", 0},
    {"prefetch_late", "1", LAD_SCOPE_CACHE,
     "share of a prefetcher's used lines that were still under way", "late / useful",
     lad_derive_prefetch_ratio, "late/useful", 0},
    {"prefetch_overhead", "1", LAD_SCOPE_CACHE,
     "lines that a prefetcher read from memory for nothing, for each that was wanted",
     "useless_memory / (reads + fetches + walks + prefetches - useless_memory), of all tiers",
     lad_derive_prefetch_overhead, NULL, 0},
    {"traffic_share", "1", LAD_SCOPE_TIER, "share of the traffic between last cache and memory",
     "(read_bytes + write_bytes) / the same of all tiers", lad_derive_tier_traffic_share, NULL, 0},
    {"read_bandwidth", "byte s-1", LAD_SCOPE_TIER, "bytes read per second, page copies included",
     "(read_bytes + copy_read_bytes) / simulated_time", lad_derive_tier_read_bandwidth, NULL, 0},
    {"write_bandwidth", "byte s-1", LAD_SCOPE_TIER,
     "bytes written per second, page copies included",
     "(write_bytes + copy_write_bytes) / simulated_time", lad_derive_tier_write_bandwidth, NULL, 0},
    {"utilisation", "1", LAD_SCOPE_TIER,
     "share of the configured bandwidth in use, copies included",
     "(read_bandwidth + write_bandwidth) / [tier.NAME] bandwidth; with duplex the larger of the "
     "two",
     lad_derive_tier_utilisation, NULL, 0},
    {"latency_mean", "ns", LAD_SCOPE_TIER, "mean latency of line reads",
     "latency_sum / latency_n / 1000", lad_derive_tier_latency_mean, NULL, 0},
    {"latency_p50", "ns", LAD_SCOPE_TIER, "latency that half of the line reads do not exceed",
     "50 % quantile of the histogram of latency, upper end of its bin",
     lad_derive_tier_latency_quantile, "latency", 0.5},
    {"latency_p90", "ns", LAD_SCOPE_TIER, "latency that 90 % of the line reads do not exceed",
     "90 % quantile of the histogram of latency, upper end of its bin",
     lad_derive_tier_latency_quantile, "latency", 0.9},
    {"latency_p99", "ns", LAD_SCOPE_TIER, "latency that 99 % of the line reads do not exceed",
     "99 % quantile of the histogram of latency, upper end of its bin",
     lad_derive_tier_latency_quantile, "latency", 0.99},
    {"queue_share", "1", LAD_SCOPE_TIER, "share of the line reads' latency above the idle latency",
     "queue_time / busy_time", lad_derive_tier_queue_share, NULL, 0},
    {"outstanding", "1", LAD_SCOPE_TIER, "line reads under way on average (Little's law)",
     "busy_time / phase_length", lad_derive_tier_outstanding, NULL, 0},
    {"residency_share", "1", LAD_SCOPE_TIER, "share of all used memory that is in this tier",
     "(used_bytes - pool_bytes) / the same of all tiers", lad_derive_tier_residency_share, NULL, 0},
    {"used_peak", "byte", LAD_SCOPE_TIER, "most memory in use at the end of any epoch of the phase",
     "maximum of used_bytes", lad_derive_tier_used_peak, NULL, 0},
    {"fullness", "1", LAD_SCOPE_TIER, "share of the tier in use",
     "used_bytes / (used_bytes + free_bytes)", lad_derive_tier_fullness, NULL, 0},
    {"cost", "1", LAD_SCOPE_TIER, "cost of the tier, in GiB of DDR5",
     "(used_bytes + free_bytes) / 2^30 * [tier.NAME] cost-per-gib", lad_derive_tier_cost, NULL, 0},
    {"power", "W", LAD_SCOPE_TIER, "power of the tier",
     "(used_bytes + free_bytes) / 2^30 * [tier.NAME] power-per-gib + (read_bandwidth + "
     "write_bandwidth) * power-per-bandwidth",
     lad_derive_tier_power, NULL, 0},
    {"wear", "1", LAD_SCOPE_TIER, "share of the device's rated life that was written away",
     "(write_bytes + copy_write_bytes) * write-amplification / (endurance * run.capacity-scale)",
     lad_derive_tier_wear, NULL, 0},
    {"years", "year", LAD_SCOPE_TIER,
     "how long the device's rated life lasts if written at this rate",
     "simulated_time / 31557600 / wear", lad_derive_tier_years, NULL, 0},
    {"compression", "1", LAD_SCOPE_TIER,
     "bytes of stored pages per byte of memory that their pool takes, at the end",
     "zswapped_bytes / pool_total_size", lad_derive_tier_compression, NULL, 0},
    {"offloaded", "byte", LAD_SCOPE_CGROUP, "pages that are in back ends and not in memory",
     "swap_current - swapcached", lad_derive_group_offloaded, NULL, 0},
    {"saved", "byte", LAD_SCOPE_CGROUP, "memory saved by that, net of what compressed pools take",
     "offloaded - zswap * pool_total_size / compressed_bytes of all pools", lad_derive_group_saved,
     NULL, 0},
    {"saving", "1", LAD_SCOPE_CGROUP, "that as a share of what memory would hold without back ends",
     "saved / (memory_current - zswap + offloaded), at the end", lad_derive_group_saving, NULL, 0},
    {"saving_mean", "1", LAD_SCOPE_CGROUP, "saving, averaged over the epochs of the phase",
     "mean of saving over samples", lad_derive_group_saving_mean, NULL, 0},
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
