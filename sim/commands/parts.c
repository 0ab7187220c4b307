/* parts.c - one entry per group of a configuration that has options or counters of its own, apart
 * from those of a model. */
#include "config.h"
#include "sim/commands/parts.h"
#include "sim/kernel/block.h"
#include "sim/kernel/agescan.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/kernel.h"
#include "sim/kernel/offload.h"
#include "sim/kernel/sched.h"
#include "sim/machine/cores.h"
#include "sim/machine/options.h"
#include "sim/machine/totals.h"
#include "traces/synth/plan.h"
#include <memladder/prefetcher.h>

#define PART(name_, summary_, options_, counters_)                                                 \
    {                                                                                              \
        .kind = "part", .name = name_, .summary = summary_, .options = options_,                   \
        .counters = counters_                                                                      \
    }

const LadCatalogueEntry lad_parts[] = {
    PART("run", "[run]: what is replayed, for how long, and what is kept of it", lad_run_options,
         lad_total_counters),
    PART("cores", "[core]: what all core models have in common", lad_core_common_options,
         lad_core_common_counters),
    PART("prefetchers", "[prefetcher.NAME]: what all prefetchers have in common",
         lad_prefetcher_options, lad_prefetcher_counters),
    PART("tiers", "[tier.NAME]: what all tier models have in common", lad_tier_options,
         lad_tier_counters),
    PART("queues", "[tier.NAME] of a block device: the block layer before it", lad_block_options,
         lad_block_counters),
    PART("links", "[link.NAME]: what all link models have in common", NULL, lad_link_counters),
    PART("kernel", "[kernel]: the operating system's mechanisms and their costs",
         lad_kernel_options, lad_kernel_counters),
    PART("cgroups", "[cgroup.NAME]: groups of processes with limits and back ends of their own",
         lad_cgroup_options, lad_cgroup_counters),
    PART("offloads", "[offload], [offload.NAME]: what all offload controllers have in common",
         lad_offload_options, lad_offload_counters),
    PART("ages", "[offload.NAME] with scans of pages' ages: counters of part ages_NAME", NULL,
         lad_agescan_counters),
    PART("sched", "[sched]: more streams than cores", lad_scheduler_options, NULL),
    PART("synth", "[synth]: traces that `trace synth` generates", lad_synth_options, NULL),
    PART("regions", "[region.NAME] of synth: memory that patterns work on",
         lad_synth_plan_region_options, NULL),
    PART("patterns", "[pattern.NAME] of synth: what all patterns but accessgen have in common",
         lad_pattern_common_options, NULL),
    PART("codes", "[code.NAME] of synth: static code, at level instruction",
         lad_synth_plan_code_options, NULL),
    PART("phases", "[phase.NAME] of synth: a mix of patterns for some time",
         lad_synth_plan_phase_options, NULL),
    PART("threads", "[thread.NAME] of synth: phases one after the other",
         lad_synth_plan_thread_options, NULL),
    {.name = NULL},
};
