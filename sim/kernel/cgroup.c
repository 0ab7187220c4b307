/* cgroup.c - the groups of [cgroup.NAME], their members, and what they count.
 *
 * Statistics that reclaim decides by are stale in Linux: an update goes to a per-CPU counter, a
 * batch of more than 64 of them adds to a threshold, and only above one batch per CPU a flush makes
 * them seen (mm/memcontrol.c memcg_rstat_updated, mem_cgroup_flush_stats). One CPU is assumed, as
 * for the stock of charges.
 */
#include "config.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/swap.h"

#define NO_LIMIT_TEXT "16777216 GiB"
#define NO_LIMIT      ((LadBytes)16777216 << 30)
#define STAT_BATCH    64

typedef struct {
    char *parent, *backend;
    char **streams, **processes, **traces;
    LadBytes max, high, low, min, swap_max, extra;
    guint64 swappiness;
} Params;

const LadOption lad_cgroup_options[] = {
    LAD_OPT(Params, parent, "parent", STRING, "", NULL, NULL,
            "group that this one is in, named before it; empty: the host"),
    LAD_OPT(Params, streams, "streams", LIST, "", NULL, NULL,
            "streams in it, with all of their processes: numbers, counted over all traces of the "
            "host, or recorded names"),
    LAD_OPT(Params, processes, "processes", LIST, "", NULL, NULL,
            "processes in it, by their recorded numbers"),
    LAD_OPT(Params, traces, "traces", LIST, "", NULL, NULL,
            "traces whose processes are in it, by their place in run.trace, from 0; a stream "
            "that no group names is in the one with the last name of its recorded group"),
    LAD_OPT(Params, max, "max", BYTES, NO_LIMIT_TEXT, "4 KiB", NULL,
            "memory.max: a charge above it has to reclaim"),
    LAD_OPT(Params, high, "high", BYTES, NO_LIMIT_TEXT, NULL, NULL,
            "memory.high: above it whoever charges reclaims and is slowed down"),
    LAD_OPT(Params, low, "low", BYTES, "0 B", NULL, NULL,
            "memory.low: not reclaimed below it while others have something to give"),
    LAD_OPT(Params, min, "min", BYTES, "0 B", NULL, NULL, "memory.min: never reclaimed below it"),
    LAD_OPT(Params, swap_max, "swap-max", BYTES, NO_LIMIT_TEXT, NULL, NULL,
            "memory.swap.max: slots that it may have; 0: nothing is swapped"),
    LAD_OPT(Params, extra, "extra", BYTES, "0 B", NULL, NULL,
            "charged besides its pages and page tables for good (kernel memory, tmpfs)"),
    LAD_OPT(Params, swappiness, "swappiness", UINT, "201", "0", "201",
            "weight of anonymous pages against 200 minus it for file pages; 201: that of "
            "[reclaim]"),
    LAD_OPT(Params, backend, "backend", STRING, "", NULL, NULL,
            "tier where its pages are swapped to, the first of a chain; empty: the first tier "
            "that faults; none: no swap"),
    LAD_OPTIONS_END};

#define EVENT(row, name, help) [LAD_CG_##row] = {name, "1", LAD_COUNT, LAD_SCOPE_CGROUP, help}
#define PAGES(row, name, help) [LAD_CG_##row] = {name, "page", LAD_COUNT, LAD_SCOPE_CGROUP, help}
#define LEVEL(row, name, help) [LAD_CG_##row] = {name, "byte", LAD_GAUGE, LAD_SCOPE_CGROUP, help}

const LadCounter lad_cgroup_counters[] = {
    EVENT(PGFAULT, "pgfault", "a fault, hint faults and copies on write apart"),
    EVENT(PGMAJFAULT, "pgmajfault", "a fault that had to read the page"),
    PAGES(PGSCAN, "pgscan", "an inactive page that reclaim looked at"),
    PAGES(PGSTEAL, "pgsteal", "a page that reclaim freed"),
    PAGES(PGREFILL, "pgrefill", "an active page that reclaim looked at"),
    PAGES(PGACTIVATE, "pgactivate", "a page moved to an active list"),
    PAGES(PGDEACTIVATE, "pgdeactivate", "a page moved to an inactive list"),
    PAGES(PSWPIN, "pswpin", "a page read from a swap device"),
    PAGES(PSWPOUT, "pswpout", "a page written to a swap device"),
    PAGES(ZSWPIN, "zswpin", "a page brought back from compressed memory"),
    PAGES(ZSWPOUT, "zswpout", "a page stored in compressed memory"),
    PAGES(REFAULT_ANON, "workingset_refault_anon", "an evicted anonymous page faulted in again"),
    PAGES(REFAULT_FILE, "workingset_refault_file", "an evicted file page faulted in again"),
    PAGES(ACTIVATE_ANON, "workingset_activate_anon",
          "a refaulted anonymous page made active at once, its distance being short"),
    PAGES(ACTIVATE_FILE, "workingset_activate_file",
          "a refaulted file page made active at once, its distance being short"),
    PAGES(RESTORE_ANON, "workingset_restore_anon",
          "one of those that had been active before it was evicted"),
    PAGES(RESTORE_FILE, "workingset_restore_file",
          "one of those that had been active before it was evicted"),
    PAGES(SWAP_RA, "swap_ra", "a page read ahead from a swap device"),
    PAGES(SWAP_RA_HIT, "swap_ra_hit", "a page read ahead that was used"),
    EVENT(EVENT_LOW, "low", "the group was reclaimed from although it was below memory.low"),
    EVENT(EVENT_HIGH, "high", "a charge went above memory.high"),
    EVENT(EVENT_MAX, "max", "a charge went above memory.max"),
    EVENT(EVENT_OOM, "oom", "the group was out of memory"),
    EVENT(EVENT_OOM_KILL, "oom_kill", "a process of it was killed for that"),
    EVENT(EVENT_THROTTLED, "high_throttled", "a thread slept since it charged above memory.high"),
    [LAD_CG_THROTTLE_PS] = {"high_throttle_time", "ps", LAD_COUNT, LAD_SCOPE_CGROUP,
                            "how long they slept"},
    LEVEL(CURRENT, "memory_current", "memory charged, compressed pages included"),
    LEVEL(SWAP_CURRENT, "swap_current", "slots charged"),
    LEVEL(SWAPCACHED, "swapcached", "resident pages that have a slot"),
    LEVEL(ANON, "anon", "resident anonymous pages"),
    LEVEL(FILE, "file", "resident file pages"),
    LEVEL(ZSWAP, "zswap", "what compressed pages take"),
    LEVEL(ZSWAPPED, "zswapped", "the pages that are compressed, as they were"),
    [LAD_CG_N_COUNTERS] = LAD_COUNTERS_END};

typedef struct {
    LadCgroup group; /* first */
    char **streams, **processes, **traces;
} Group;

static LadCgroup *
group_new(LadKernel *kernel, const char *name, LadCgroup *parent)
{
    Group *group = g_new0(Group, 1);
    LadCgroup *base = &group->group;
    base->index = kernel->groups->len;
    base->name = g_strdup(name);
    base->parent = parent;
    base->depth = parent ? parent->depth + 1 : 0;
    base->max = base->high = base->swap_max = LAD_NO_LIMIT;
    base->swappiness = LAD_SWAPPINESS_OF_HOST;
    base->backend = LAD_TIER_NONE;
    g_ptr_array_add(kernel->groups, group);
    return base;
}

static gboolean
find_parent(LadKernel *kernel, LadConfig *config, const char *part, const char *name,
            LadCgroup **parent, GError **error)
{
    *parent = g_ptr_array_index(kernel->groups, 0);
    for (guint i = 0; i < kernel->groups->len; i++) {
        LadCgroup *group = g_ptr_array_index(kernel->groups, i);
        if (strcmp(group->name, name) == 0) {
            *parent = group;
            return TRUE;
        }
    }
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "%s: [%s] parent = %s: expected the name of a group [cgroup.%s] written before it",
                lad_config_origin(config, part, "parent"), part, name, name);
    return FALSE;
}

static gboolean
find_backend(const LadKernel *kernel, LadConfig *config, const char *part, const char *name,
             guint *backend, GError **error)
{
    const LadHost *host = kernel->host;
    *backend = name[0] ? (guint)LAD_TIER_NONE : lad_chain_default(kernel);
    if (name[0] == '\0' || strcmp(name, "none") == 0)
        return TRUE;
    for (guint i = 0; i < host->n_tiers; i++)
        if (strcmp(host->tiers[i]->name, name) == 0 && host->tiers[i]->class->faulting)
            *backend = i;
    if (*backend == LAD_TIER_NONE)
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [%s] backend = %s: expected none or a tier whose pages fault (zswap, "
                    "ssd, remote-swap), described by a group [tier.%s]",
                    lad_config_origin(config, part, "backend"), part, name, name);
    return *backend != LAD_TIER_NONE;
}

/* Pages of a limit under run.capacity-scale. */
static guint64
pages_of(const LadHost *host, LadBytes limit)
{
    if (limit >= NO_LIMIT)
        return LAD_NO_LIMIT;
    return (guint64)((double)limit * lad_host_capacity_scale(host)) >> LAD_PAGE_SHIFT;
}

static gboolean
check_limits(LadConfig *config, const char *part, const Params *params, GError **error)
{
    const char *bad = params->min > params->max     ? "min"
                      : params->low > params->max   ? "low"
                      : params->extra > params->max ? "extra"
                                                    : NULL;
    if (bad)
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [%s] %s: expected at most its max, %" G_GUINT64_FORMAT " KiB",
                    lad_config_origin(config, part, bad), part, bad, params->max >> 10);
    return !bad;
}

static gboolean
build_group(LadKernel *kernel, LadConfig *config, const char *part, GError **error)
{
    const char *name = strchr(part, '.') + 1;
    Params params = {0};
    LadOptionSet set = {lad_cgroup_options, &params};
    LadCgroup *parent;
    guint backend;
    if (!lad_config_fill(config, part, &set, 1, error) ||
        !find_parent(kernel, config, part, params.parent, &parent, error) ||
        !find_backend(kernel, config, part, params.backend, &backend, error) ||
        !check_limits(config, part, &params, error))
        return FALSE;
    LadCgroup *group = group_new(kernel, name, parent);
    group->max = pages_of(kernel->host, params.max);
    group->high = pages_of(kernel->host, params.high);
    group->low = pages_of(kernel->host, params.low);
    group->min = pages_of(kernel->host, params.min);
    group->swap_max = pages_of(kernel->host, params.swap_max);
    group->swappiness = params.swappiness;
    group->backend = backend;
    Group *members = (Group *)group;
    members->streams = params.streams;
    members->processes = params.processes;
    members->traces = params.traces;
    group->extra = pages_of(kernel->host, params.extra);
    lad_cgroup_charge_force(kernel, group->index, group->extra);
    return TRUE;
}

gboolean
lad_cgroups_init(LadKernel *kernel, LadConfig *config, GError **error)
{
    kernel->groups = g_ptr_array_new();
    LadCgroup *root = group_new(kernel, "", NULL);
    root->backend = lad_chain_default(kernel);
    g_auto(GStrv) parts = lad_config_groups(config, "cgroup");
    for (guint i = 0; parts[i]; i++)
        if (strchr(parts[i], '.') && !build_group(kernel, config, parts[i], error))
            return FALSE;
    kernel->n_groups = kernel->groups->len;
    if (kernel->n_groups > G_MAXUINT16) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%u groups [cgroup.NAME]: expected at most %u", kernel->n_groups - 1,
                    G_MAXUINT16 - 1);
        return FALSE;
    }
    kernel->vecs = g_new0(LadLruvec, lad_lruvecs_n(kernel));
    return TRUE;
}

static void
refresh(void *data)
{
    LadCgroup *group = data;
    group->counters[LAD_CG_CURRENT] = group->usage << LAD_PAGE_SHIFT;
    group->counters[LAD_CG_SWAP_CURRENT] = group->swap_usage << LAD_PAGE_SHIFT;
}

/* What the host has in all of its groups, if anything can be swapped or limited. */
static void
add_host_metrics(LadKernel *kernel)
{
    LadCgroup *root = lad_cgroup(kernel, 0);
    LadMetrics metrics = {.part = (char *)"host",
                          .host = kernel->host->index,
                          .scope = LAD_SCOPE_CGROUP,
                          .table = lad_cgroup_counters,
                          .values = root->counters,
                          .refresh = refresh,
                          .data = root};
    if (kernel->n_groups > 1 || lad_chain_exists(kernel))
        lad_host_add_metrics(kernel->host, &metrics);
}

void
lad_cgroups_setup(LadKernel *kernel)
{
    add_host_metrics(kernel);
    for (guint i = 1; i < kernel->n_groups; i++) {
        LadCgroup *group = lad_cgroup(kernel, i);
        g_autofree char *label = g_strdup_printf("cgroup.%s", group->name);
        g_autofree char *part = lad_metric_part(label);
        LadMetrics metrics = {.part = part,
                              .host = kernel->host->index,
                              .scope = LAD_SCOPE_CGROUP,
                              .index = i,
                              .table = lad_cgroup_counters,
                              .values = group->counters,
                              .refresh = refresh,
                              .data = group};
        lad_host_add_metrics(kernel->host, &metrics);
    }
}

void
lad_cgroups_clear(LadKernel *kernel)
{
    for (guint i = 0; kernel->groups && i < kernel->groups->len; i++) {
        LadCgroup *group = g_ptr_array_index(kernel->groups, i);
        g_free(group->name);
        g_free(group);
    }
    g_clear_pointer(&kernel->groups, g_ptr_array_unref);
    g_free(kernel->vecs);
}

/* ---- Members --------------------------------------------------------------------------------- */

static gboolean
lists_number(char *const *list, guint64 number)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, number);
    return list && g_strv_contains((const char *const *)list, text);
}

static gboolean
names(const Group *group, guint stream, guint trace, const LadStreamInfo *info)
{
    return lists_number(group->streams, stream) ||
           (info->name && info->name[0] && group->streams &&
            g_strv_contains((const char *const *)group->streams, info->name)) ||
           lists_number(group->processes, info->process) || lists_number(group->traces, trace);
}

/* Does the stream come from a group of this name? */
static gboolean
was_in(const LadCgroup *group, const LadStreamInfo *info)
{
    const char *last = info->cgroup ? strrchr(info->cgroup, '/') : NULL;
    return info->cgroup && info->cgroup[0] && group->index > 0 &&
           strcmp(last ? last + 1 : info->cgroup, group->name) == 0;
}

void
lad_cgroup_join(LadKernel *kernel, LadProcess *process, guint stream, guint trace,
                const LadStreamInfo *info)
{
    guint found = 0;
    for (guint i = 1; i < kernel->n_groups && !found; i++)
        found = names(g_ptr_array_index(kernel->groups, i), stream, trace, info) ? i : 0;
    for (guint i = 1; i < kernel->n_groups && !found; i++)
        found = was_in(lad_cgroup(kernel, i), info) ? i : 0;
    if (!found || process->group)
        return;
    process->group = found;
    lad_cgroup(kernel, found)->n_processes++;
}

gboolean
lad_cgroups_check(const LadKernel *kernel, GError **error)
{
    for (guint i = 1; i < kernel->n_groups; i++) {
        const Group *group = g_ptr_array_index(kernel->groups, i);
        if (group->group.n_processes > 0 ||
            !(group->streams[0] || group->processes[0] || group->traces[0]))
            continue;
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[cgroup.%s] %s names nobody, or only what is in a group before it; expected "
                    "streams by number or recorded name, processes by recorded number, or traces "
                    "by their place in run.trace, of host %s",
                    group->group.name,
                    group->streams[0]     ? "streams"
                    : group->processes[0] ? "processes"
                                          : "traces",
                    kernel->host->name[0] ? kernel->host->name : "0");
        return FALSE;
    }
    return TRUE;
}

guint
lad_cgroups_n(const LadKernel *kernel)
{
    return kernel->n_groups;
}

LadCgroup *
lad_cgroup(const LadKernel *kernel, guint group)
{
    return g_ptr_array_index(kernel->groups, group);
}

gboolean
lad_cgroup_is_below(const LadCgroup *group, const LadCgroup *above)
{
    while (group && group != above)
        group = group->parent;
    return group != NULL;
}

guint
lad_page_group(const LadKernel *kernel, LadPage page)
{
    return kernel->swaps[lad_page_head(kernel->words[page], page)].group;
}

/* ---- Statistics ------------------------------------------------------------------------------ */

void
lad_cgroup_count(LadKernel *kernel, guint group, LadCgroupCounter counter, guint64 n)
{
    for (LadCgroup *at = lad_cgroup(kernel, group); at; at = at->parent)
        at->counters[counter] += n;
}

void
lad_cgroup_level(LadKernel *kernel, guint group, LadCgroupCounter counter, gint64 change)
{
    for (LadCgroup *at = lad_cgroup(kernel, group); at; at = at->parent)
        at->counters[counter] += (guint64)change;
}

void
lad_cgroup_stat_update(LadKernel *kernel, guint64 n)
{
    kernel->stat_updates += n;
    if (kernel->stat_updates > STAT_BATCH) {
        kernel->stat_pending += kernel->stat_updates / STAT_BATCH;
        kernel->stat_updates = 0;
    }
}

/* Add what a group has in a tier to what all groups above see. */
static void
flush_vec(LadKernel *kernel, const LadCgroup *group, guint tier)
{
    const LadLruvec *own = &kernel->vecs[lad_lruvec(group->index, tier)];
    const guint8 *classes = kernel->reclaim.class->list_classes;
    for (const LadCgroup *at = group; at; at = at->parent) {
        LadLruvec *above = &kernel->vecs[lad_lruvec(at->index, tier)];
        for (guint i = 0; classes && i < kernel->reclaim.class->n_lists; i++)
            above->flushed_size[classes[i]] += own->lists[i].size;
        for (guint i = 0; i < G_N_ELEMENTS(own->activated); i++)
            above->flushed_activated[i] += own->activated[i];
    }
}

void
lad_cgroup_stat_flush(LadKernel *kernel, gboolean always)
{
    if (!always && kernel->stat_pending <= 1)
        return;
    kernel->stat_pending = 0;
    for (guint tier = 0; tier < kernel->host->n_tiers; tier++) {
        if (kernel->host->tiers[tier]->class->faulting)
            continue;
        for (guint i = 0; i < kernel->n_groups; i++) {
            LadLruvec *vec = &kernel->vecs[lad_lruvec(i, tier)];
            memset(vec->flushed_size, 0, sizeof vec->flushed_size);
            memset(vec->flushed_activated, 0, sizeof vec->flushed_activated);
        }
        for (guint i = 0; i < kernel->n_groups; i++)
            flush_vec(kernel, lad_cgroup(kernel, i), tier);
    }
}
