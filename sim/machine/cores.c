/* cores.c - a host's cores, made from [core], and what every core counts. */
#include "config.h"
#include "sim/machine/cores.h"

typedef struct {
    guint64 count;
    guint64 frequency;
    guint64 threads;
    guint smt;
    guint64 threshold;
} Params;

static const char *const smt_names[] = {"competitive", "static", NULL};

const LadOption lad_core_common_options[] = {
    LAD_OPT(Params, count, "cores", UINT, "1", "1", "256", "cores of the host"),
    LAD_OPT(Params, frequency, "frequency", FREQUENCY, "2.1 GHz", "100 MHz", "10 GHz",
            "clock of the cores (assumed)"),
    LAD_OPT(
        Params, threads, "threads", UINT, "1", "1", "2",
        "hardware threads per core, which share its first level, TLBs, dispatch and window; where "
        "cores are numbered each thread has a number of its own"),
    LAD_OPT_ENUM(Params, smt, "smt", "competitive", smt_names,
                 "how two threads share dispatch and window: as they come, or half each"),
    LAD_OPT(Params, threshold, "occupancy-threshold", UINT, "4", "1", "4096",
            "requests under way in the last private cache from which on a wait for data counts as "
            "bound by bandwidth, below as bound by latency (Intel's top-down method, \"memory "
            "bandwidth\": 4)"),
    LAD_OPTIONS_END,
};

#define ROW(index, name, unit, help) [index] = {name, unit, LAD_COUNT, LAD_SCOPE_CORE, help}

const LadCounter lad_core_common_counters[] = {
    ROW(LAD_CORE_INSTRUCTIONS, "instructions", "1", "instructions executed"),
    ROW(LAD_CORE_LOADS, "loads", "1", "data reads; modify and atomic count here and in stores"),
    ROW(LAD_CORE_STORES, "stores", "1", "data writes"),
    ROW(LAD_CORE_TICKS, "ticks", "cycle/16", "time with a thread or with kernel work"),
    ROW(LAD_CORE_BASE, "base", "cycle/16",
        "time of dispatch and execution, as if everything were in the first level"),
    ROW(LAD_CORE_FETCH_CACHE, "fetch_cache", "cycle/16", "time waiting for instruction lines"),
    ROW(LAD_CORE_FETCH_TLB, "fetch_tlb", "cycle/16",
        "time waiting for translations of instruction addresses"),
    ROW(LAD_CORE_MEMORY_LATENCY, "memory_latency", "cycle/16",
        "time waiting for data, as with idle tiers"),
    ROW(LAD_CORE_MEMORY_BANDWIDTH, "memory_bandwidth", "cycle/16",
        "time waiting for data because others used the tier or its link"),
    ROW(LAD_CORE_WALK, "walk", "cycle/16", "time waiting for translations of data addresses"),
    ROW(LAD_CORE_FAULT, "fault", "cycle/16", "time in page faults and hint faults"),
    ROW(LAD_CORE_KERNEL, "kernel", "cycle/16",
        "time of migration, scanning, reclaim, shootdowns and switches on this core"),
    ROW(LAD_CORE_BANDWIDTH_BOUND, "bandwidth_bound", "cycle/16",
        "of memory_latency + memory_bandwidth, the time with at least occupancy-threshold requests "
        "under way in the last private cache"),
    ROW(LAD_CORE_LATENCY_BOUND, "latency_bound", "cycle/16",
        "of memory_latency + memory_bandwidth, the time with fewer requests under way"),
    ROW(LAD_CORE_IDLE, "idle", "cycle/16", "time without a thread; not in ticks"),
    ROW(LAD_CORE_DEPENDENCE_UNKNOWN, "dependence_unknown", "1",
        "data accesses of which the trace does not say where their address comes from"),
    ROW(LAD_CORE_LATE_INVALIDATIONS, "late_invalidations", "1",
        "invalidations that arrived after the core had run past them"),
    LAD_COUNTERS_END,
};
G_STATIC_ASSERT(G_N_ELEMENTS(lad_core_common_counters) == LAD_CORE_N_COUNTERS + 1);

static guint
n_counters(const LadCounter *table)
{
    guint n = 0;
    while (table && table[n].name)
        n++;
    return n;
}

gboolean
lad_cores_build(LadHost *host, LadConfig *config, const LadModels *models, GError **error)
{
    const char *name = lad_config_model(config, "core", NULL, error);
    if (!name)
        return FALSE;
    const LadModel *model = lad_models_find(models, LAD_KIND_CORE, name, error);
    if (!model) {
        g_prefix_error(error, "%s: ", lad_config_origin(config, "core", "model"));
        return FALSE;
    }
    /* All cores share one parameter struct: the first core owns it. */
    Params common = {0};
    void *params = g_malloc0(model->params_size + 1);
    LadOptionSet sets[] = {{lad_core_common_options, &common}, {model->options, params}};
    if (!lad_config_fill(config, "core", sets, model->options ? 2 : 1, error)) {
        g_free(params);
        return FALSE;
    }
    const LadCoreClass *class = (const LadCoreClass *)model;
    if (common.threads > 1 && (!class->timed || class->page_level)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[core] threads = %" G_GUINT64_FORMAT
                    ": model %s has no threads that share a core; expected threads = 1, or model "
                    "in-order or window",
                    common.threads, model->name);
        g_free(params);
        return FALSE;
    }
    host->threads_per_core = (guint)common.threads;
    host->smt_competitive = common.smt == 0;
    host->n_cores = (guint)(common.count * common.threads);
    host->frequency_hz = common.frequency;
    host->cores = g_new0(LadCore *, host->n_cores);
    for (guint i = 0; i < host->n_cores; i++) {
        LadCore *core = g_new0(LadCore, 1);
        core->class = (const LadCoreClass *)model;
        core->host = host;
        core->index = i;
        core->frequency_hz = common.frequency;
        core->occupancy_threshold = (guint)common.threshold;
        core->params = params;
        core->counters = g_new0(guint64, n_counters(model->counters) + 1);
        host->cores[i] = core;
    }
    return TRUE;
}

static void
refresh(void *data)
{
    LadCore *core = data;
    if (core->class->refresh)
        core->class->refresh(core);
}

static void
add_metrics(LadCore *core)
{
    g_autofree char *part = g_strdup_printf("core%u", core->index);
    LadMetrics metrics = {
        .part = part,
        .scope = LAD_SCOPE_CORE,
        .index = core->index,
        .table = lad_core_common_counters,
        .values = core->common,
        .refresh = refresh,
        .data = core,
    };
    lad_host_add_metrics(core->host, &metrics);
    if (n_counters(core->class->base.counters) == 0)
        return;
    metrics.table = core->class->base.counters;
    metrics.values = core->counters;
    lad_host_add_metrics(core->host, &metrics);
}

gboolean
lad_cores_init(LadHost *host, GError **error)
{
    for (guint i = 0; i < host->n_cores; i++) {
        LadCore *core = host->cores[i];
        core->state = g_malloc0(core->class->base.host_size + 1);
        if (!core->class->init(core, error))
            return FALSE;
        add_metrics(core);
    }
    return TRUE;
}

void
lad_cores_free(LadHost *host)
{
    void *params = NULL;
    for (guint i = 0; i < host->n_cores; i++) {
        LadCore *core = host->cores[i];
        if (core->state && core->class->clear)
            core->class->clear(core);
        params = core->params;
        g_free(core->state);
        g_free(core->counters);
        g_free(core);
    }
    g_free(params);
    g_free(host->cores);
    host->cores = NULL;
}
