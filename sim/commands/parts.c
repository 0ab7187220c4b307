/* parts.c - one entry per group of a configuration that has options or counters of its own, apart
 * from those of a model. */
#include "config.h"
#include "sim/commands/parts.h"
#include "sim/kernel/sched.h"
#include "sim/machine/cores.h"
#include "sim/machine/options.h"
#include "sim/machine/totals.h"

const LadCatalogueEntry lad_parts[] = {
    {
        .kind = "part",
        .name = "run",
        .summary = "[run]: what is replayed, for how long, and what is kept of it",
        .options = lad_run_options,
        .counters = lad_total_counters,
    },
    {
        .kind = "part",
        .name = "cores",
        .summary = "[core]: what all core models have in common",
        .options = lad_core_common_options,
        .counters = lad_core_common_counters,
    },
    {
        .kind = "part",
        .name = "sched",
        .summary = "[sched]: how threads share cores",
        .options = lad_scheduler_options,
    },
    {.name = NULL},
};
