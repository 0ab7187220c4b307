/* cgroup_reclaim.c - reclaim of a group's pages: at its limit, and asked for by memory.reclaim. */
#include "config.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/state.h"

guint64
lad_cgroup_reclaim_at_limit(LadKernel *kernel, guint group, LadThread *thread G_GNUC_UNUSED,
                            guint core, LadTime now, LadTime *cost)
{
    return lad_cgroup_reclaim(kernel, group, LAD_SCAN_BATCH, core, now, cost);
}

guint64
lad_cgroup_reclaim(LadKernel *kernel G_GNUC_UNUSED, guint group G_GNUC_UNUSED,
                   guint64 pages G_GNUC_UNUSED, guint core G_GNUC_UNUSED, LadTime now G_GNUC_UNUSED,
                   LadTime *cost G_GNUC_UNUSED)
{
    return 0;
}

gboolean
lad_cgroup_out_of_memory(LadKernel *kernel, guint group, guint full, LadTime now G_GNUC_UNUSED)
{
    LadHost *host = kernel->host;
    const LadCgroup *limit = lad_cgroup(kernel, full);
    lad_cgroup_count(kernel, full, LAD_CG_EVENT_OOM, 1);
    if (!host->error)
        g_set_error(&host->error, LAD_ERROR, LAD_ERROR_CAPACITY,
                    "out of memory in [cgroup.%s]: usage %" G_GUINT64_FORMAT
                    " KiB, max %" G_GUINT64_FORMAT " KiB of [cgroup.%s], swap %" G_GUINT64_FORMAT
                    " KiB; expected a larger max, or a back end with room",
                    lad_cgroup(kernel, group)->name, limit->usage << 2, limit->max << 2,
                    limit->name, limit->swap_usage << 2);
    return FALSE;
}
