/* offload.c - drives the offload controllers: shows each its group, and does what it asks for.
 *
 * A controller is a program in the user's space: what it reclaims is done in its own time, which
 * [offload] core pays and which is no stall of the group's.
 */
#include "config.h"
#include "sim/kernel/offload.h"
#include "sim/kernel/agescan.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/state.h"
#include "sim/kernel/swap.h"
#include <math.h>

/* Classes of lists, as LadReclaimClass.list_classes has them. */
#define RECLAIM_BATCH 64

enum { INACTIVE_ANON, ACTIVE_ANON, INACTIVE_FILE, ACTIVE_FILE, N_CLASSES };

typedef struct {
    LadTime start;
    guint64 core;
} Params;

const LadOption lad_offload_options[] = {
    LAD_OPT(Params, start, "start", TIME, "0 s", NULL, NULL,
            "when the controller begins, times kernel.time-scale"),
    LAD_OPT(Params, core, "core", UINT, "0", NULL, "4095",
            "core that runs it and pays for the reclaim it asks for; the last one if there are "
            "fewer"),
    LAD_OPTIONS_END};

enum {
    COLUMN_CURRENT,
    COLUMN_SWAP,
    COLUMN_MEASURED,
    COLUMN_TARGET,
    COLUMN_PRESSURE,
    COLUMN_IO_PRESSURE,
    COLUMN_REQUEST,
    COLUMN_RECLAIMED,
    COLUMN_LIMIT,
    COLUMN_SWAPPINESS,
    COLUMN_COLD_AGE,
    COLUMN_PROMOTIONS,
    COLUMN_WRITTEN,
    COLUMN_REFAULTS,
    COLUMN_RESTORES,
    COLUMN_SCANNED,
    COLUMN_STOLEN,
    N_COLUMNS
};

static const LadLogColumn columns[] = {
    [COLUMN_CURRENT] = {"memory_current", "byte",
                        "memory charged to the group, before the request"},
    [COLUMN_SWAP] = {"swap_current", "byte", "of the group in swap, before the request"},
    [COLUMN_MEASURED] = {"measured", "1", "what the controller compared, in its own unit"},
    [COLUMN_TARGET] = {"target", "1", "what with"},
    [COLUMN_PRESSURE] = {"pressure_some", "1",
                         "memory pressure, some, since the last row, as a share of time"},
    [COLUMN_IO_PRESSURE] = {"io_pressure_some", "1", "the same of I/O"},
    [COLUMN_REQUEST] = {"request", "byte", "asked for; by age or by a limit, what that would take"},
    [COLUMN_RECLAIMED] = {"reclaimed", "byte", "really freed or on its way out"},
    [COLUMN_LIMIT] = {"limit", "byte", "memory.high after the request; NaN: none"},
    [COLUMN_SWAPPINESS] = {"swappiness", "1", "in force after the request"},
    [COLUMN_COLD_AGE] = {"cold_age", "s", "pages as old as this were given up; 0: none"},
    [COLUMN_PROMOTIONS] = {"promotions", "page", "pages brought back since the last row"},
    [COLUMN_WRITTEN] = {"written", "byte", "swapped out to block devices since the last row"},
    [COLUMN_REFAULTS] = {"refaults", "page", "evicted pages faulted in again since the last row"},
    [COLUMN_RESTORES] = {"restores", "page", "of them, those that had been active"},
    [COLUMN_SCANNED] = {"pgscan", "page", "inactive pages looked at by reclaim since the last row"},
    [COLUMN_STOLEN] = {"pgsteal", "page", "pages freed by reclaim since the last row"},
    [N_COLUMNS] = {NULL, NULL, NULL}};

/* Of pages by age; the first age of each column, in scans. */
static const guint age_edges[] = {0,  1,  2,  3,  4,  5,  6,  8,   10,  12, 15,
                                  20, 25, 30, 40, 50, 60, 90, 120, 180, 240};
#define N_EDGES G_N_ELEMENTS(age_edges)

const LadCounter lad_offload_counters[] = {
    {"periods", "1", LAD_COUNT, LAD_SCOPE_CGROUP, "a look of the controller"},
    {"requested", "byte", LAD_COUNT, LAD_SCOPE_CGROUP,
     "asked for; by age or by a limit, what that would take"},
    {"reclaimed", "byte", LAD_COUNT, LAD_SCOPE_CGROUP, "really freed or on its way out"},
    {"reclaim_time", "ps", LAD_COUNT, LAD_SCOPE_CGROUP, "time that took"},
    LAD_COUNTERS_END};
enum { PERIODS, REQUESTED, RECLAIMED, RECLAIM_TIME, N_OWN };

typedef struct {
    LadOffload base;
    LadKernel *kernel;
    Params common;
    LadCgroup *group;
    LadAgeScan *scan; /* NULL: it wants no ages */
    LadLog *log, *ages_log;
    guint64 ages_logged; /* slices */
    LadLogColumn age_columns[2 * N_EDGES + 1];
    char *age_names[2 * N_EDGES];
    guint64 own[N_OWN];
    LadTime last;
    LadOffloadView before;              /* at the latest look */
    guint64 counted[LAD_CG_N_COUNTERS]; /* group->counters then */
} Controller;

struct LadOffloads {
    GPtrArray *controllers; /* of Controller */
};

/* ---- What it sees ---------------------------------------------------------------------------- */

static LadTime
kernel_time(const LadKernel *kernel, LadTime simulated)
{
    return kernel->params.time_scale == 1 ? simulated : lad_kernel_time(kernel, simulated);
}

/* Pages on lists of a class, of the group and all below. */
static guint64
class_size(const LadKernel *kernel, const LadCgroup *group, guint class)
{
    const guint8 *classes = kernel->reclaim.class->list_classes;
    guint64 pages = 0;
    for (guint i = 0; classes && i < kernel->n_groups; i++) {
        if (!lad_cgroup_is_below(lad_cgroup(kernel, i), group))
            continue;
        for (guint tier = 0; tier < kernel->host->n_tiers; tier++)
            for (guint list = 0; list < kernel->reclaim.class->n_lists; list++)
                if (classes[list] == class)
                    pages += lad_lru_size(kernel, lad_lruvec(i, tier), list);
    }
    return pages;
}

static LadBytes
host_memory(const LadKernel *kernel)
{
    LadBytes bytes = 0;
    for (guint i = 0; i < kernel->host->n_tiers; i++)
        if (!kernel->host->tiers[i]->class->faulting)
            bytes += kernel->host->tiers[i]->size;
    return bytes;
}

static LadBytes
limit_bytes(guint64 pages)
{
    return pages == LAD_NO_LIMIT ? LAD_NO_LIMIT : pages << LAD_PAGE_SHIFT;
}

/* The least of a limit along the way up. */
static LadBytes
effective(const LadCgroup *group, gsize offset)
{
    guint64 least = LAD_NO_LIMIT;
    for (; group; group = group->parent)
        least = MIN(least, G_STRUCT_MEMBER(guint64, group, offset));
    return limit_bytes(least);
}

static LadBytes
swap_total(const LadKernel *kernel, const LadCgroup *group)
{
    if (group->backend == LAD_TIER_NONE)
        return 0;
    LadBytes most = effective(group, G_STRUCT_OFFSET(LadCgroup, swap_max));
    guint area = lad_chain_area(kernel, group->backend);
    return MIN(most, lad_chain_area_slots(kernel, area) << LAD_PAGE_SHIFT);
}

/* Its own, or that of [reclaim], if its model has one. */
static guint64
swappiness_of(const LadKernel *kernel, const LadCgroup *group)
{
    const LadOption *option = kernel->reclaim.class->base.options;
    if (group->swappiness <= 200)
        return group->swappiness;
    for (; option && option->name; option++)
        if (strcmp(option->name, "swappiness") == 0 && option->type == LAD_OPTION_UINT)
            return G_STRUCT_MEMBER(guint64, kernel->reclaim.params, option->offset);
    return 60;
}

static void
look(Controller *controller, LadTime now, LadOffloadView *view)
{
    LadKernel *kernel = controller->kernel;
    const LadCgroup *group = controller->group;
    const guint64 *counters = group->counters;
    *view = (LadOffloadView){
        .now = kernel_time(kernel, now),
        .current = lad_cgroup_current(kernel, group->index),
        .in_use = (class_size(kernel, group, ACTIVE_ANON) + class_size(kernel, group, ACTIVE_FILE))
                  << LAD_PAGE_SHIFT,
        .anon = counters[LAD_CG_ANON],
        .file = counters[LAD_CG_FILE],
        .low = group->low << LAD_PAGE_SHIFT,
        .min = group->min << LAD_PAGE_SHIFT,
        .high = limit_bytes(group->high),
        .max = effective(group, G_STRUCT_OFFSET(LadCgroup, max)),
        .host_memory = host_memory(kernel),
        .swap_used = lad_cgroup_swap_current(kernel, group->index),
        .swap_total = swap_total(kernel, group),
        .swappiness = swappiness_of(kernel, group),
        .promotions =
            counters[LAD_CG_PSWPIN] + counters[LAD_CG_ZSWPIN] + counters[LAD_CG_REFAULT_FILE],
        .written = counters[LAD_CG_PSWPOUT] << LAD_PAGE_SHIFT,
        .reclaimed = controller->before.reclaimed,
        .ages = controller->scan ? lad_agescan_ages(controller->scan) : NULL,
    };
    lad_pressure_read(kernel, group->index, now, &view->pressure);
    for (guint i = 0; i < LAD_PRESSURE_N_STATES; i++)
        view->pressure.stalled[i] = kernel_time(kernel, view->pressure.stalled[i]);
}

/* ---- What it asks for ------------------------------------------------------------------------ */

/* Give up pages by age, as they come, at most `bytes`. */
static LadBytes
reclaim_cold(Controller *controller, guint age, LadBytes bytes, LadTime now, LadTime *cost)
{
    LadKernel *kernel = controller->kernel;
    LadPage batch[RECLAIM_BATCH], page = LAD_PAGE_NONE;
    guint64 most = bytes >> LAD_PAGE_SHIFT, n = 0, gone = 0;
    guint n_batch = 0;
    do {
        page = lad_agescan_next(controller->scan, page, age);
        gboolean more = page != LAD_PAGE_NONE && n < most;
        if (more) {
            batch[n_batch++] = page;
            n += lad_page_span(kernel, page);
        }
        if (n_batch == RECLAIM_BATCH || !more) {
            gone += lad_reclaim_pages(kernel, batch, n_batch, now + *cost, cost);
            n_batch = 0;
        }
    } while (page != LAD_PAGE_NONE && n < most);
    return gone << LAD_PAGE_SHIFT;
}

static guint64
pages_of_age(const LadAges *ages, guint age)
{
    guint64 n = 0;
    for (guint i = age; i < LAD_AGES; i++)
        n += ages->n_pages[i];
    return n;
}

/* Do it; what it would have taken, and what was got. */
static void
carry_out(Controller *controller, const LadOffloadView *view, const LadOffloadRequest *request,
          LadTime now, LadBytes *asked, LadBytes *got)
{
    LadKernel *kernel = controller->kernel;
    LadHost *host = kernel->host;
    guint group = controller->group->index, core = (guint)controller->common.core;
    LadTime cost = 0;
    *asked = request->reclaim;
    *got = 0;
    if (request->swappiness != LAD_OFFLOAD_LEAVE)
        controller->group->swappiness = MIN(request->swappiness, 200);
    if (request->limit != LAD_OFFLOAD_LEAVE) {
        *asked += view->current > request->limit ? view->current - request->limit : 0;
        lad_cgroup_set_high(kernel, group, request->limit, core, now, &cost);
        LadBytes left = lad_cgroup_current(kernel, group);
        *got += view->current > left ? view->current - left : 0;
    }
    if (request->cold_age > 0) {
        guint64 most = request->reclaim ? request->reclaim : G_MAXUINT64;
        if (!request->reclaim)
            *asked += pages_of_age(view->ages, request->cold_age) << LAD_PAGE_SHIFT;
        *got += reclaim_cold(controller, request->cold_age, most, now, &cost);
    } else if (request->reclaim > 0) {
        *got +=
            lad_cgroup_reclaim(kernel, group, request->reclaim >> LAD_PAGE_SHIFT, core, now, &cost)
            << LAD_PAGE_SHIFT;
    }
    if (cost)
        host->hooks->charge(host, core, now, cost, LAD_CHARGE_RECLAIM);
    controller->own[RECLAIM_TIME] += cost;
}

/* ---- Logs ------------------------------------------------------------------------------------ */

static double
share(LadTime part, LadTime whole)
{
    return whole ? (double)part / (double)whole : 0;
}

static double
since(const Controller *controller, LadCgroupCounter counter)
{
    return (double)(controller->group->counters[counter] - controller->counted[counter]);
}

static void
log_period(Controller *controller, LadTime now, const LadOffloadView *view,
           const LadOffloadRequest *request, LadBytes asked, LadBytes got)
{
    const LadOffloadView *before = &controller->before;
    LadTime elapsed = view->now - before->now;
    const LadTime *stalled = view->pressure.stalled, *was = before->pressure.stalled;
    guint64 high = controller->group->high;
    double period = view->ages ? (double)view->ages->period / (double)LAD_S : 0;
    const double values[N_COLUMNS] = {
        [COLUMN_CURRENT] = (double)view->current,
        [COLUMN_SWAP] = (double)view->swap_used,
        [COLUMN_MEASURED] = request->measured,
        [COLUMN_TARGET] = request->target,
        [COLUMN_PRESSURE] =
            share(stalled[LAD_PRESSURE_MEMORY_SOME] - was[LAD_PRESSURE_MEMORY_SOME], elapsed),
        [COLUMN_IO_PRESSURE] =
            share(stalled[LAD_PRESSURE_IO_SOME] - was[LAD_PRESSURE_IO_SOME], elapsed),
        [COLUMN_REQUEST] = (double)asked,
        [COLUMN_RECLAIMED] = (double)got,
        [COLUMN_LIMIT] = high == LAD_NO_LIMIT ? NAN : (double)(high << LAD_PAGE_SHIFT),
        [COLUMN_SWAPPINESS] = (double)swappiness_of(controller->kernel, controller->group),
        [COLUMN_COLD_AGE] = request->cold_age * period,
        [COLUMN_PROMOTIONS] = (double)(view->promotions - before->promotions),
        [COLUMN_WRITTEN] = (double)(view->written - before->written),
        [COLUMN_REFAULTS] =
            since(controller, LAD_CG_REFAULT_ANON) + since(controller, LAD_CG_REFAULT_FILE),
        [COLUMN_RESTORES] =
            since(controller, LAD_CG_RESTORE_ANON) + since(controller, LAD_CG_RESTORE_FILE),
        [COLUMN_SCANNED] = since(controller, LAD_CG_PGSCAN),
        [COLUMN_STOLEN] = since(controller, LAD_CG_PGSTEAL),
    };
    memcpy(controller->counted, controller->group->counters, sizeof controller->counted);
    lad_log_add(controller->log, now, values);
}

/* Pages by age now, and touches by age since the start, after each whole scan. */
static void
log_ages(Controller *controller, LadTime now, const LadAges *ages)
{
    double values[2 * N_EDGES] = {0};
    if (!ages || ages->n_scanned / ages->n_slices == controller->ages_logged)
        return;
    controller->ages_logged = ages->n_scanned / ages->n_slices;
    for (guint age = 0, edge = 0; age < LAD_AGES; age++) {
        edge += edge + 1 < N_EDGES && age >= age_edges[edge + 1];
        values[edge] += (double)ages->n_pages[age];
        values[N_EDGES + edge] += (double)ages->touched[age];
    }
    lad_log_add(controller->ages_log, now, values);
}

static void
tick(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    Controller *controller = data;
    LadOffload *offload = &controller->base;
    LadKernel *kernel = controller->kernel;
    LadOffloadView view;
    LadOffloadRequest request = {.limit = LAD_OFFLOAD_LEAVE, .swappiness = LAD_OFFLOAD_LEAVE};
    LadBytes asked, got;
    look(controller, now, &view);
    if (controller->own[PERIODS] == 0)
        controller->before = view;
    offload->class->tick(offload, &view, &request);
    g_assert(request.wait > 0);
    carry_out(controller, &view, &request, now, &asked, &got);
    controller->own[PERIODS]++;
    controller->own[REQUESTED] += asked;
    controller->own[RECLAIMED] += got;
    log_period(controller, now, &view, &request, asked, got);
    log_ages(controller, now, view.ages);
    controller->before = view;
    controller->before.reclaimed = got;
    lad_queue_add(kernel->host->queue, now + MAX(lad_kernel_scaled(kernel, request.wait), 1),
                  LAD_ORDER_POLICY, tick, controller, 0);
}

/* ---- Making ---------------------------------------------------------------------------------- */

static const char *
group_label(const LadCgroup *group)
{
    return group->index ? group->name : "host";
}

static gboolean
has_groups_below(const LadKernel *kernel, const LadCgroup *group)
{
    for (guint i = 1; i < lad_cgroups_n(kernel); i++)
        if (lad_cgroup(kernel, i)->parent == group)
            return TRUE;
    return FALSE;
}

static void
controller_free(gpointer data)
{
    Controller *controller = data;
    LadOffload *offload = &controller->base;
    if (offload->class && offload->class->clear)
        offload->class->clear(offload);
    lad_agescan_free(controller->scan);
    for (guint i = 0; i < 2 * N_EDGES; i++)
        g_free(controller->age_names[i]);
    g_free(offload->params);
    g_free(offload->state);
    g_free(offload->counters);
    g_free(controller);
}

/* The controller of a group by the config group `part`. */
static gboolean
add_controller(LadKernel *kernel, LadConfig *config, const LadModels *models, const char *part,
               LadCgroup *group, GError **error)
{
    const char *name = lad_config_model(config, part, "none", error);
    const LadModel *model = name ? lad_models_find(models, LAD_KIND_OFFLOAD, name, error) : NULL;
    if (!model) {
        g_prefix_error(error, "%s: [%s] model: ", lad_config_origin(config, part, "model"), part);
        return FALSE;
    }
    Controller *controller = g_new0(Controller, 1);
    g_ptr_array_add(kernel->offloads->controllers, controller);
    LadOffload *offload = &controller->base;
    controller->kernel = kernel;
    controller->group = group;
    offload->host = kernel->host;
    offload->group = group->index;
    offload->params = g_malloc0(MAX(model->params_size, 1));
    offload->state = g_malloc0(MAX(model->host_size, 1));
    offload->counters = g_new0(guint64, lad_counters_length(model->counters) + 1);
    LadOptionSet sets[] = {{lad_offload_options, &controller->common},
                           {model->options, offload->params}};
    if (!lad_config_fill(config, part, sets, model->options ? 2 : 1, error))
        return FALSE;
    controller->common.core = MIN(controller->common.core, MAX(kernel->host->n_cores, 1) - 1);
    group->offload = controller;
    const LadOffloadClass *class = (const LadOffloadClass *)model;
    if (class->init && !class->init(offload, error)) {
        g_prefix_error(error, "[%s] ", part);
        return FALSE;
    }
    offload->class = class;
    guint n_slices = 1;
    LadTime period = class->scan_period ? class->scan_period(offload, &n_slices) : 0;
    if (period)
        controller->scan = lad_agescan_new(kernel, group->index, period, n_slices,
                                           lad_kernel_scaled(kernel, controller->common.start),
                                           (guint)controller->common.core, error);
    return !period || controller->scan;
}

static LadCgroup *
find_group(const LadKernel *kernel, LadConfig *config, const char *part, GError **error)
{
    const char *name = strchr(part, '.') + 1;
    if (strcmp(name, "host") == 0)
        return lad_cgroup(kernel, 0);
    for (guint i = 1; i < lad_cgroups_n(kernel); i++)
        if (strcmp(lad_cgroup(kernel, i)->name, name) == 0)
            return lad_cgroup(kernel, i);
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "%s: [%s]: there is no group of that name; expected a group [cgroup.%s], or "
                "[offload.host] for the whole host",
                lad_config_origin(config, part, "model"), part, name);
    return NULL;
}

static gboolean
add_named(LadKernel *kernel, LadConfig *config, const LadModels *models, GError **error)
{
    g_auto(GStrv) parts = lad_config_groups(config, "offload");
    for (guint i = 0; parts[i]; i++) {
        if (!strchr(parts[i], '.'))
            continue;
        LadCgroup *group = find_group(kernel, config, parts[i], error);
        if (!group || !add_controller(kernel, config, models, parts[i], group, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
lad_offloads_init(LadKernel *kernel, LadConfig *config, const LadModels *models, GError **error)
{
    g_auto(GStrv) parts = lad_config_groups(config, "offload");
    if (!parts[0])
        return TRUE;
    kernel->offloads = g_new0(LadOffloads, 1);
    kernel->offloads->controllers = g_ptr_array_new_with_free_func(controller_free);
    if (!add_named(kernel, config, models, error))
        return FALSE;
    if (!lad_config_has_group(config, "offload"))
        return TRUE;
    guint n = lad_cgroups_n(kernel);
    for (guint i = 0; i < n; i++) {
        LadCgroup *group = lad_cgroup(kernel, i);
        if (group->offload || has_groups_below(kernel, group))
            continue;
        if (!add_controller(kernel, config, models, "offload", group, error))
            return FALSE;
    }
    return TRUE;
}

static void
show_counters(Controller *controller, const char *part, const LadCounter *table,
              const guint64 *values)
{
    LadMetrics metrics = {.part = (char *)part,
                          .host = controller->base.host->index,
                          .scope = LAD_SCOPE_CGROUP,
                          .index = controller->base.group,
                          .table = table,
                          .values = values};
    if (table)
        lad_host_add_metrics(controller->base.host, &metrics);
}

/* "idle_240s" and "touched_240s": pages of the ages from 240 s on up to the next column's. */
static void
name_age_columns(Controller *controller, const LadAges *ages)
{
    for (guint i = 0; i < 2 * N_EDGES; i++) {
        guint64 age = age_edges[i % N_EDGES] * ages->period / LAD_S;
        controller->age_names[i] =
            g_strdup_printf("%s_%" G_GUINT64_FORMAT "s", i < N_EDGES ? "idle" : "touched", age);
        controller->age_columns[i] =
            (LadLogColumn){controller->age_names[i], "page",
                           i < N_EDGES ? "pages untouched for so long, up to the next column's"
                                       : "since the start, pages touched after so long"};
    }
}

void
lad_offloads_setup(LadKernel *kernel)
{
    for (guint i = 0; kernel->offloads && i < kernel->offloads->controllers->len; i++) {
        Controller *controller = g_ptr_array_index(kernel->offloads->controllers, i);
        LadHost *host = kernel->host;
        g_autofree char *label = g_strdup_printf("offload.%s", group_label(controller->group));
        g_autofree char *part = lad_metric_part(label);
        show_counters(controller, part, lad_offload_counters, controller->own);
        show_counters(controller, part, controller->base.class->base.counters,
                      controller->base.counters);
        controller->log = lad_host_add_log(host, part, columns);
        if (controller->scan) {
            g_autofree char *ages_label =
                g_strdup_printf("ages.%s", group_label(controller->group));
            g_autofree char *ages_part = lad_metric_part(ages_label);
            name_age_columns(controller, lad_agescan_ages(controller->scan));
            lad_agescan_show(controller->scan, ages_part);
            controller->ages_log = lad_host_add_log(host, ages_part, controller->age_columns);
        }
        lad_queue_add(host->queue, lad_kernel_scaled(kernel, controller->common.start),
                      LAD_ORDER_POLICY, tick, controller, 0);
    }
}

void
lad_offloads_free(LadKernel *kernel)
{
    if (!kernel->offloads)
        return;
    g_ptr_array_unref(kernel->offloads->controllers);
    g_clear_pointer(&kernel->offloads, g_free);
    lad_ages_free(kernel);
}

void
lad_offload_limited(LadKernel *kernel, guint group, LadTime now)
{
    for (const LadCgroup *at = lad_cgroup(kernel, group); at; at = at->parent) {
        Controller *controller = at->offload;
        if (controller && controller->base.class->limited)
            controller->base.class->limited(&controller->base, kernel_time(kernel, now));
    }
}
