/* derived_cores.c - time, throughput and the CPI stack, of the run and of each core. */
#include "config.h"
#include "sim/result/derived.h"

LAD_DERIVE(lad_derive_run_time)
{
    *value = lad_phase_seconds(result, phase);
    return *value > 0;
}

LAD_DERIVE(lad_derive_run_sum)
{
    *value = lad_parts_sum(result, LAD_SCOPE_CORE, self->counter, phase);
    return *value > 0;
}

LAD_DERIVE(lad_derive_run_ipc)
{
    return lad_ratio(lad_parts_sum(result, LAD_SCOPE_CORE, "instructions", phase) *
                         LAD_TICKS_PER_CYCLE,
                     lad_parts_sum(result, LAD_SCOPE_CORE, "ticks", phase), value);
}

/* `counter` names a row of the stack: cycles of it per instruction, over all cores. */
LAD_DERIVE(lad_derive_run_cpi)
{
    if (!(lad_parts_sum(result, LAD_SCOPE_CORE, "ticks", phase) > 0))
        return FALSE;
    return lad_ratio(lad_parts_sum(result, LAD_SCOPE_CORE, self->counter, phase) /
                         LAD_TICKS_PER_CYCLE,
                     lad_parts_sum(result, LAD_SCOPE_CORE, "instructions", phase), value);
}

LAD_DERIVE(lad_derive_run_throughput)
{
    return lad_ratio(lad_parts_sum(result, LAD_SCOPE_CORE, "instructions", phase),
                     lad_phase_seconds(result, phase), value);
}

LAD_DERIVE(lad_derive_run_kernel_share)
{
    return lad_ratio(lad_parts_sum(result, LAD_SCOPE_CORE, "kernel", phase) +
                         lad_parts_sum(result, LAD_SCOPE_CORE, "fault", phase),
                     lad_parts_sum(result, LAD_SCOPE_CORE, "ticks", phase), value);
}

/* A modify is one access, but counts as load and as store: where the run tells, its own count. */
static double
data_accesses(const LadResult *result, LadPhase phase)
{
    double references = lad_parts_sum(result, LAD_SCOPE_RUN, "references", phase);
    if (references > 0)
        return references - lad_parts_sum(result, LAD_SCOPE_RUN, "instructions", phase);
    return lad_parts_sum(result, LAD_SCOPE_CORE, "loads", phase) +
           lad_parts_sum(result, LAD_SCOPE_CORE, "stores", phase);
}

LAD_DERIVE(lad_derive_run_unknown_share)
{
    return lad_ratio(lad_parts_sum(result, LAD_SCOPE_CORE, "dependence_unknown", phase),
                     data_accesses(result, phase), value);
}

/* `counter` names rows of the stack, commas between: their share of the cores' time. */
LAD_DERIVE(lad_derive_topdown_share)
{
    g_auto(GStrv) rows = g_strsplit(self->counter, ",", -1);
    double total = 0;
    for (char **row = rows; *row; row++)
        total += part ? lad_part_counter_or_0(part, *row, phase)
                      : lad_parts_sum(result, LAD_SCOPE_CORE, *row, phase);
    return lad_ratio(total,
                     part ? lad_part_counter_or_0(part, "ticks", phase)
                          : lad_parts_sum(result, LAD_SCOPE_CORE, "ticks", phase),
                     value);
}

LAD_DERIVE(lad_derive_core_ipc)
{
    return lad_ratio(lad_part_counter_or_0(part, "instructions", phase) * LAD_TICKS_PER_CYCLE,
                     lad_part_counter_or_0(part, "ticks", phase), value);
}

LAD_DERIVE(lad_derive_core_cpi)
{
    if (!(lad_part_counter_or_0(part, "ticks", phase) > 0))
        return FALSE;
    return lad_ratio(lad_part_counter_or_0(part, self->counter, phase) / LAD_TICKS_PER_CYCLE,
                     lad_part_counter_or_0(part, "instructions", phase), value);
}
