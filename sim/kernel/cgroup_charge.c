/* cgroup_charge.c - charging pages to groups, as try_charge_memcg of Linux 6.1 does.
 *
 * A charge takes 64 pages if all groups from its own up to the host have room for them, and keeps
 * 63 for the next charges; else one page; else it reclaims from the group that has no room, and
 * tries again. Uncharged pages do not come back to the stock. One stock is kept, as on one CPU.
 */
#include "config.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/limits.h"
#include "sim/kernel/state.h"

#define CHARGE_BATCH 64
#define MAX_RETRIES  16

static void
add_usage(LadCgroup *group, guint64 pages)
{
    for (; group; group = group->parent) {
        group->usage += pages;
        group->peak = MAX(group->peak, group->usage);
    }
}

static void
drop_usage(LadCgroup *group, guint64 pages)
{
    for (; group; group = group->parent) {
        g_assert(group->usage >= pages);
        group->usage -= pages;
    }
}

static void
drain_stock(LadKernel *kernel)
{
    if (kernel->stock)
        drop_usage(lad_cgroup(kernel, kernel->stock_group), kernel->stock);
    kernel->stock = 0;
}

/* Charge if there is room everywhere; else the nearest group that has none. */
static LadCgroup *
try_charge(LadCgroup *group, guint64 pages)
{
    for (LadCgroup *at = group; at; at = at->parent)
        if (at->max != LAD_NO_LIMIT && at->usage + pages > at->max)
            return at;
    add_usage(group, pages);
    return NULL;
}

gboolean
lad_cgroup_charge(LadKernel *kernel, guint index, guint64 pages, LadThread *thread, guint core,
                  LadTime now, LadTime *cost)
{
    LadCgroup *group = lad_cgroup(kernel, index), *full;
    guint64 batch = MAX(CHARGE_BATCH, pages);
    gboolean drained = FALSE;
    if (index == 0) {
        group->usage += pages;
        return TRUE;
    }
    for (guint retries = MAX_RETRIES;;) {
        if (kernel->stock >= pages && kernel->stock_group == index) {
            kernel->stock -= pages;
            return TRUE;
        }
        full = try_charge(group, batch);
        if (!full)
            break;
        if (batch > pages) {
            batch = pages;
            continue;
        }
        lad_cgroup_count(kernel, full->index, LAD_CG_EVENT_MAX, 1);
        guint64 freed = lad_cgroup_reclaim_at_limit(kernel, full->index, thread, core, now, cost);
        if (full->usage + pages <= full->max)
            continue;
        if (!drained) {
            drain_stock(kernel);
            drained = TRUE;
            continue;
        }
        if (freed && pages == 1)
            continue;
        if (retries-- > 0)
            continue;
        if (pages > 1 || !lad_cgroup_out_of_memory(kernel, index, full->index, thread, now + *cost))
            return FALSE;
        retries = MAX_RETRIES;
    }
    lad_limits_charged(kernel, index, batch, thread);
    if (batch > pages) {
        drain_stock(kernel);
        kernel->stock_group = index;
        kernel->stock = batch - pages;
    }
    return TRUE;
}

void
lad_cgroup_charge_force(LadKernel *kernel, guint group, guint64 pages)
{
    add_usage(lad_cgroup(kernel, group), pages);
}

void
lad_cgroup_uncharge(LadKernel *kernel, guint group, guint64 pages)
{
    drop_usage(lad_cgroup(kernel, group), pages);
}

void
lad_cgroup_charge_tables(LadKernel *kernel, guint index, gint64 n)
{
    LadCgroup *group = lad_cgroup(kernel, index);
    group->tables += (guint64)n;
    if (n > 0)
        add_usage(group, (guint64)n);
    else
        drop_usage(group, (guint64)-n);
}

/* Whole pages that hold so many bytes. */
static guint64
pages_for(LadBytes bytes)
{
    return (bytes + LAD_PAGE_BYTES - 1) >> LAD_PAGE_SHIFT;
}

void
lad_cgroup_charge_bytes(LadKernel *kernel, guint index, LadBytes bytes)
{
    LadCgroup *group = lad_cgroup(kernel, index);
    guint64 before = pages_for(group->bytes);
    group->bytes += bytes;
    lad_cgroup_charge_force(kernel, index, pages_for(group->bytes) - before);
}

void
lad_cgroup_uncharge_bytes(LadKernel *kernel, guint index, LadBytes bytes)
{
    LadCgroup *group = lad_cgroup(kernel, index);
    guint64 before = pages_for(group->bytes);
    g_assert(group->bytes >= bytes);
    group->bytes -= bytes;
    lad_cgroup_uncharge(kernel, index, before - pages_for(group->bytes));
}

LadBytes
lad_cgroup_current(const LadKernel *kernel, guint group)
{
    return lad_cgroup(kernel, group)->usage << LAD_PAGE_SHIFT;
}

LadBytes
lad_cgroup_swap_current(const LadKernel *kernel, guint group)
{
    return lad_cgroup(kernel, group)->swap_usage << LAD_PAGE_SHIFT;
}

void
lad_cgroup_set_high(LadKernel *kernel, guint index, LadBytes high, guint core, LadTime now,
                    LadTime *cost)
{
    LadCgroup *group = lad_cgroup(kernel, index);
    group->high = high == LAD_NO_LIMIT ? LAD_NO_LIMIT : high >> LAD_PAGE_SHIFT;
    if (group->high == LAD_NO_LIMIT || group->usage <= group->high)
        return;
    LadTime spent = 0;
    lad_cgroup_reclaim(kernel, index, group->usage - group->high, core, now, &spent);
    *cost += spent;
}
