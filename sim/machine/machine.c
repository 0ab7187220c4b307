/* machine.c - one host: built from a machine's configuration, wired, taken apart. */
#include "config.h"
#include "sim/machine/machine.h"
#include "sim/cache/hierarchy.h"
#include "sim/kernel/kernel.h"
#include "sim/kernel/sched.h"
#include "sim/machine/cores.h"
#include "sim/machine/records.h"

/* CPU time for daemons and interrupts: paid by the thread on the core at its next turn, and by
 * nobody while the core idles. */
static void
charge(LadHost *host, guint index, LadTime now, LadTime duration, LadCharge why)
{
    LadCore *core = host->cores[index];
    LadTicks ticks = lad_ticks_from_ps(core, duration);
    if (core->thread) {
        core->pending_charge[why] += ticks;
        if (why == LAD_CHARGE_RECLAIM || why == LAD_CHARGE_MIGRATION)
            core->thread->stolen += duration;
        return;
    }
    LadTicks begin = lad_ticks_from_ps(core, now);
    if (core->now < begin) {
        core->common[LAD_CORE_IDLE] += begin - core->now;
        core->now = begin;
    }
    core->now += ticks;
    core->charged[why] += ticks;
    core->common[LAD_CORE_TICKS] += ticks;
    core->common[why == LAD_CHARGE_FAULT ? LAD_CORE_FAULT : LAD_CORE_KERNEL] += ticks;
}

static void
wake(LadHost *host, LadThread *thread, LadTime when)
{
    lad_scheduler_wake(host->scheduler, thread, when);
}

/* Cores without TLBs hold no translations that could be dropped; all that run the process but the
 * one that asks are interrupted all the same. */
static guint
shootdown(LadHost *host, LadProcess *process, guint64 vpage, LadPage page, LadTime now)
{
    if (host->hierarchy)
        return lad_hierarchy_shootdown(host, process, vpage, page, now);
    guint n = 0;
    for (guint i = 0; i < host->n_cores; i++)
        n += host->cores[i]->thread && host->cores[i]->thread->process == process;
    return n > 0 ? n - 1 : 0;
}

static const LadHostHooks hooks = {
    .shootdown = shootdown,
    .charge = charge,
    .wake = wake,
    .record = lad_record_reached,
};

/* The parts that only cores with time need. */
static gboolean
build_memory(LadHost *host, LadConfig *config, const LadModels *models, GError **error)
{
    if (!lad_tiers_build(host, config, models, error))
        return FALSE;
    if (!host->cores[0]->class->page_level) {
        host->hierarchy = lad_hierarchy_new(host, config, models, error);
        if (!host->hierarchy)
            return FALSE;
    }
    host->kernel = lad_kernel_new(host, config, models, error);
    return host->kernel != NULL;
}

/* A core that keeps no time touches no tier, so a policy would never be asked or told anything. */
static gboolean
check_no_policy(const LadHost *host, LadConfig *config, GError **error)
{
    const char *policy = lad_config_peek(config, "placement", "model");
    if (!policy)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "%s: [placement] model = %s lives on faults and their times, and [core] model = %s "
                "makes none; expected a core model that keeps time (in-order, window, paced), or "
                "no [placement]",
                lad_config_origin(config, "placement", "model"), policy,
                host->cores[0]->class->base.name);
    return FALSE;
}

LadHost *
lad_host_new(LadCluster *cluster, const char *name, LadConfig *config, const LadModels *models,
             guint64 seed, LadTime epoch, GError **error)
{
    LadHost *host = g_new0(LadHost, 1);
    host->index = cluster->hosts->len;
    host->name = g_strdup(name);
    host->cluster = cluster;
    host->queue = cluster->queue;
    host->config = config;
    host->capacity_scale = cluster->capacity_scale;
    host->blank = cluster->blank;
    host->flush_gaps = cluster->flush_gaps;
    /* Hosts differ in their random draws; a lone machine draws from the run's seed itself. */
    host->seed = seed + host->index * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    host->processes = g_ptr_array_new();
    host->threads = g_ptr_array_new();
    host->hooks = &hooks;
    g_ptr_array_add(cluster->hosts, host);
    if (!lad_cores_build(host, config, models, error))
        return NULL;
    host->heat = lad_heat_new(lad_host_timed(host) ? epoch : 0);
    if (!(lad_host_timed(host) ? build_memory(host, config, models, error)
                               : check_no_policy(host, config, error)))
        return NULL;
    host->scheduler = lad_scheduler_new(host, config, error);
    if (!host->scheduler || !lad_cores_init(host, error))
        return NULL;
    return host;
}

gboolean
lad_host_setup(LadHost *host, GError **error)
{
    if (!lad_host_timed(host))
        return TRUE;
    return lad_tiers_setup(host, error) && lad_kernel_setup(host->kernel, error) &&
           (!host->hierarchy || lad_hierarchy_setup(host->hierarchy, error));
}

void
lad_host_free(LadHost *host)
{
    if (!host)
        return;
    lad_scheduler_free(host->scheduler);
    lad_cores_free(host);
    lad_hierarchy_free(host->hierarchy);
    lad_kernel_free(host->kernel);
    lad_tiers_free(host);
    lad_heat_free(host->heat);
    g_ptr_array_unref(host->processes);
    g_ptr_array_unref(host->threads);
    g_clear_error(&host->error);
    g_free(host->name);
    g_free(host);
}

gboolean
lad_host_timed(const LadHost *host)
{
    return host->n_cores > 0 && host->cores[0]->class->timed;
}
