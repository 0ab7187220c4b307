/* derived.h - what the functions behind derived metrics share. Their table is derived.c.
 *
 * They compute from counters and settings alone, from a run and from its file alike. Latencies are
 * in ns, sizes in bytes, costs in the cost of one GiB of DDR5.
 */
#ifndef LAD_RESULT_DERIVED_H
#define LAD_RESULT_DERIVED_H

#include <memladder/result.h>

#define LAD_PS_PER_S        1e12
#define LAD_PS_PER_NS       1e3
#define LAD_TICKS_PER_CYCLE 16.0

/* The head of a function that a row of the table names (`compute` of LadDerived); most need only
 * some of the parameters. */
#define LAD_DERIVE(name)                                                                           \
    gboolean name(const LadDerived *self G_GNUC_UNUSED, const LadResult *result G_GNUC_UNUSED,     \
                  const LadResultPart *part G_GNUC_UNUSED, LadPhase phase, double *value)

/* ---- Sums and settings (derived_sums.c) ------------------------------------------------------ */

/* A counter of one part. FALSE: it has none. */
gboolean lad_part_counter(const LadResultPart *part, const char *name, LadPhase phase,
                          double *value);
double lad_part_counter_or_0(const LadResultPart *part, const char *name, LadPhase phase);
/* The sum over all parts of a scope; of cores only those that execute instructions. */
double lad_parts_sum(const LadResult *result, LadScope scope, const char *name, LadPhase phase);
/* FALSE where the denominator is not above 0. */
gboolean lad_ratio(double numerator, double denominator, double *value);
/* Simulated time of the phase. */
double lad_phase_seconds(const LadResult *result, LadPhase phase);
/* Bytes that a tier moved, page copies included. */
double lad_part_read_traffic(const LadResultPart *part, LadPhase phase);
double lad_part_write_traffic(const LadResultPart *part, LadPhase phase);
/* Lines read from memory, for whatever reason, over all tiers. */
double lad_lines_read(const LadResult *result, LadPhase phase);
/* A setting as a number in the unit of its type (ps, bytes, Hz ...); NaN if it is not there. */
double lad_setting_number(const LadResult *result, const char *group, const char *key,
                          LadOptionType type);
/* The same of the group that configures a part. FALSE: not set. */
gboolean lad_part_setting(const LadResult *result, const LadResultPart *part, const char *key,
                          LadOptionType type, double *value);

/* ---- Functions of the table ------------------------------------------------------------------ */

/* derived_cores.c */
LAD_DERIVE(lad_derive_run_time);
LAD_DERIVE(lad_derive_run_sum);
LAD_DERIVE(lad_derive_run_ipc);
LAD_DERIVE(lad_derive_run_cpi);
LAD_DERIVE(lad_derive_run_throughput);
LAD_DERIVE(lad_derive_run_kernel_share);
LAD_DERIVE(lad_derive_run_unknown_share);
LAD_DERIVE(lad_derive_topdown_share);
LAD_DERIVE(lad_derive_core_ipc);
LAD_DERIVE(lad_derive_core_cpi);

/* derived_caches.c */
LAD_DERIVE(lad_derive_cache_lookups);
LAD_DERIVE(lad_derive_cache_misses);
LAD_DERIVE(lad_derive_cache_hit_ratio);
LAD_DERIVE(lad_derive_cache_mpki);
LAD_DERIVE(lad_derive_run_amat);
LAD_DERIVE(lad_derive_prefetch_ratio);
LAD_DERIVE(lad_derive_prefetch_overhead);

/* derived_tiers.c */
LAD_DERIVE(lad_derive_run_bandwidth);
LAD_DERIVE(lad_derive_run_memory_latency);
LAD_DERIVE(lad_derive_run_utilisation);
LAD_DERIVE(lad_derive_run_class);
LAD_DERIVE(lad_derive_tier_read_bandwidth);
LAD_DERIVE(lad_derive_tier_write_bandwidth);
LAD_DERIVE(lad_derive_tier_utilisation);
LAD_DERIVE(lad_derive_tier_traffic_share);
LAD_DERIVE(lad_derive_tier_residency_share);
LAD_DERIVE(lad_derive_tier_fullness);
LAD_DERIVE(lad_derive_tier_latency_mean);
LAD_DERIVE(lad_derive_tier_latency_quantile);
LAD_DERIVE(lad_derive_tier_outstanding);
LAD_DERIVE(lad_derive_tier_queue_share);
LAD_DERIVE(lad_derive_tier_used_peak);

/* derived_cost.c */
LAD_DERIVE(lad_derive_tier_cost);
LAD_DERIVE(lad_derive_run_cost);
LAD_DERIVE(lad_derive_run_throughput_per_cost);
LAD_DERIVE(lad_derive_tier_power);
LAD_DERIVE(lad_derive_run_power);
LAD_DERIVE(lad_derive_run_throughput_per_watt);
LAD_DERIVE(lad_derive_tier_wear);
LAD_DERIVE(lad_derive_tier_years);

/* derived_groups.c */
LAD_DERIVE(lad_derive_tier_compression);
LAD_DERIVE(lad_derive_group_offloaded);
LAD_DERIVE(lad_derive_group_saved);
LAD_DERIVE(lad_derive_group_saving);
LAD_DERIVE(lad_derive_group_saving_mean);

#endif
