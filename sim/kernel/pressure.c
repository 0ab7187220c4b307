/* pressure.c - counts of threads by state, core and group, handed to the models of pressure. */
#include "config.h"
#include "sim/kernel/pressure.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/state.h"

/* What a thread counts as. */
enum {
    RUNNING = 1 << 0, /* runnable included */
    ONCPU = 1 << 1,
    IOWAIT = 1 << 2,
    MEMSTALL = 1 << 3,
};

typedef struct {
    guint flags;
    guint core;  /* where it is counted */
    guint depth; /* of memory stalls that it is in */
} Waiter;

typedef struct {
    LadPressureTasks tasks;
    guint oncpu, oncpu_memstall; /* threads */
} Counts;

struct LadPressures {
    guint n_groups, n_cores;
    LadPressure *groups;
    guint *parents;  /* by group; group 0 has none */
    Counts *counts;  /* [group * n_cores + core] */
    GArray *waiters; /* of Waiter, by thread id */
    void *params;    /* of all groups */
};

static gboolean
is_wanted(const LadConfig *config)
{
    static const char *const groups[] = {"pressure", "offload", "cgroup"};
    for (guint i = 0; i < G_N_ELEMENTS(groups); i++) {
        g_auto(GStrv) found = lad_config_groups(config, groups[i]);
        if (found[0])
            return TRUE;
    }
    return FALSE;
}

static gboolean
init_group(LadKernel *kernel, guint group, const LadPressureClass *class, GError **error)
{
    LadPressures *all = kernel->pressures;
    LadPressure *pressure = &all->groups[group];
    *pressure = (LadPressure){.class = class,
                              .host = kernel->host,
                              .group = group,
                              .jiffy = MAX(lad_kernel_jiffy(kernel), 1),
                              .second = MAX(lad_kernel_scaled(kernel, LAD_S), 1),
                              .params = all->params};
    pressure->state = g_malloc0(MAX(class->base.host_size, 1));
    pressure->counters = g_new0(guint64, lad_counters_length(class->base.counters) + 1);
    const LadCgroup *parent = lad_cgroup(kernel, group)->parent;
    all->parents[group] = parent ? parent->index : 0;
    return !class->init || class->init(pressure, error);
}

gboolean
lad_pressures_init(LadKernel *kernel, LadConfig *config, const LadModels *models, GError **error)
{
    if (!is_wanted(config))
        return TRUE;
    const char *name = lad_config_model(config, "pressure", "psi", error);
    const LadModel *model = name ? lad_models_find(models, LAD_KIND_PRESSURE, name, error) : NULL;
    if (!model) {
        g_prefix_error(error,
                       "%s: [pressure] model: ", lad_config_origin(config, "pressure", "model"));
        return FALSE;
    }
    LadPressures *all = kernel->pressures = g_new0(LadPressures, 1);
    all->n_groups = lad_cgroups_n(kernel);
    all->n_cores = MAX(kernel->host->n_cores, 1);
    all->groups = g_new0(LadPressure, all->n_groups);
    all->parents = g_new0(guint, all->n_groups);
    all->counts = g_new0(Counts, (gsize)all->n_groups * all->n_cores);
    all->waiters = g_array_new(FALSE, TRUE, sizeof(Waiter));
    all->params = g_malloc0(MAX(model->params_size, 1));
    LadOptionSet set = {model->options, all->params};
    if (!lad_config_fill(config, "pressure", &set, 1, error))
        return FALSE;
    if (kernel->params.time_scale != 1)
        lad_host_add_note(kernel->host,
                          g_strdup_printf("kernel.time-scale is %g: pressure is that of windows so "
                                          "much shorter, while faults and devices take what they "
                                          "do; take its figures, and what controllers make of "
                                          "them, with care",
                                          kernel->params.time_scale));
    for (guint group = 0; group < all->n_groups; group++)
        if (!init_group(kernel, group, (const LadPressureClass *)model, error))
            return FALSE;
    return TRUE;
}

void
lad_pressures_setup(LadKernel *kernel)
{
    LadPressures *all = kernel->pressures;
    for (guint group = 0; all && group < all->n_groups; group++) {
        const LadPressure *pressure = &all->groups[group];
        g_autofree char *label =
            group ? g_strdup_printf("pressure.%s", lad_cgroup(kernel, group)->name)
                  : g_strdup("pressure");
        g_autofree char *part = lad_metric_part(label);
        LadMetrics metrics = {.part = part,
                              .host = kernel->host->index,
                              .scope = LAD_SCOPE_CGROUP,
                              .index = group,
                              .table = pressure->class->base.counters,
                              .values = pressure->counters};
        if (metrics.table)
            lad_host_add_metrics(kernel->host, &metrics);
    }
}

void
lad_pressures_free(LadKernel *kernel)
{
    LadPressures *all = kernel->pressures;
    if (!all)
        return;
    for (guint group = 0; group < all->n_groups; group++) {
        LadPressure *pressure = &all->groups[group];
        if (pressure->class && pressure->class->clear)
            pressure->class->clear(pressure);
        g_free(pressure->state);
        g_free(pressure->counters);
    }
    g_array_unref(all->waiters);
    g_free(all->groups);
    g_free(all->parents);
    g_free(all->counts);
    g_free(all->params);
    g_clear_pointer(&kernel->pressures, g_free);
}

void
lad_pressure_read(LadKernel *kernel, guint group, LadTime now, LadPressureSignal *signal)
{
    *signal = (LadPressureSignal){0};
    if (!kernel->pressures)
        return;
    LadPressure *pressure = &kernel->pressures->groups[group];
    pressure->class->read(pressure, now, signal);
}

void
lad_pressure_reclaimed(LadKernel *kernel, guint group, guint64 scanned, guint64 reclaimed,
                       LadTime now)
{
    LadPressures *all = kernel->pressures;
    if (!all || !all->groups[0].class->reclaimed)
        return;
    for (;; group = all->parents[group]) {
        all->groups[group].class->reclaimed(&all->groups[group], scanned, reclaimed, now);
        if (group == 0)
            return;
    }
}

/* ---- Threads --------------------------------------------------------------------------------- */

/* Take a thread with these flags into the counts, or out of them. */
static void
count(Counts *counts, guint flags, guint by)
{
    gboolean memstall = (flags & MEMSTALL) != 0, running = (flags & RUNNING) != 0;
    counts->tasks.running += running ? by : 0;
    counts->tasks.iowait += flags & IOWAIT ? by : 0;
    counts->tasks.memstall += memstall ? by : 0;
    counts->tasks.memstall_running += memstall && running ? by : 0;
    counts->oncpu += flags & ONCPU ? by : 0;
    counts->oncpu_memstall += memstall && flags & ONCPU ? by : 0;
    counts->tasks.oncpu = counts->oncpu > 0;
    counts->tasks.oncpu_memstall = counts->oncpu_memstall > 0;
}

static void
tell(LadPressures *all, guint group, guint core, guint before, guint after, LadTime now)
{
    for (;; group = all->parents[group]) {
        LadPressure *pressure = &all->groups[group];
        Counts *counts = &all->counts[(gsize)group * all->n_cores + core];
        count(counts, before, (guint)-1);
        count(counts, after, 1);
        pressure->class->change(pressure, core, &counts->tasks, now);
        if (group == 0)
            return;
    }
}

static Waiter *
waiter_of(LadPressures *all, const LadThread *thread)
{
    if (thread->id >= all->waiters->len)
        g_array_set_size(all->waiters, thread->id + 1);
    return &g_array_index(all->waiters, Waiter, thread->id);
}

static guint
flags_of(const Waiter *waiter, LadThreadState state)
{
    guint stall = waiter->depth > 0 ? MEMSTALL : 0;
    switch (state) {
    case LAD_THREAD_RUNNABLE:
        return RUNNING | stall;
    case LAD_THREAD_RUNNING:
        return RUNNING | ONCPU | stall;
    case LAD_THREAD_MEMSTALL:
        return stall ? IOWAIT | stall : RUNNING | ONCPU;
    case LAD_THREAD_IOWAIT:
        return IOWAIT | stall;
    case LAD_THREAD_ASLEEP:
    case LAD_THREAD_DONE:
        break;
    }
    return 0;
}

static void
update(LadPressures *all, const LadThread *thread, Waiter *waiter, guint core, LadTime now)
{
    guint flags = flags_of(waiter, thread->state), before = waiter->flags;
    guint group = thread->process->group;
    if (flags == before && (core == waiter->core || flags == 0))
        return;
    if (before && core != waiter->core) {
        tell(all, group, waiter->core, before, 0, now);
        before = 0;
    }
    waiter->core = core;
    waiter->flags = flags;
    if (before || flags)
        tell(all, group, core, before, flags, now);
}

void
lad_pressure_thread(LadKernel *kernel, LadThread *thread, guint core, LadTime now)
{
    if (kernel && kernel->pressures)
        update(kernel->pressures, thread, waiter_of(kernel->pressures, thread), core, now);
}

void
lad_psi_memstall_enter(LadKernel *kernel, LadThread *thread, LadTime now)
{
    if (!kernel->pressures || !thread)
        return;
    Waiter *waiter = waiter_of(kernel->pressures, thread);
    waiter->depth++;
    update(kernel->pressures, thread, waiter, waiter->core, now);
}

void
lad_psi_memstall_leave(LadKernel *kernel, LadThread *thread, LadTime now)
{
    if (!kernel->pressures || !thread)
        return;
    Waiter *waiter = waiter_of(kernel->pressures, thread);
    g_assert(waiter->depth > 0);
    waiter->depth--;
    update(kernel->pressures, thread, waiter, waiter->core, now);
}
