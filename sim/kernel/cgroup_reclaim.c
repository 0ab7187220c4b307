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

guint64
lad_cgroup_try_to_free(LadKernel *kernel, guint group, guint64 pages,
                       LadThread *thread G_GNUC_UNUSED, guint core, LadTime now, LadTime *cost)
{
    return lad_cgroup_reclaim(kernel, group, pages, core, now, cost);
}
