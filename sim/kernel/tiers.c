/* tiers.c - a host's tiers and links from the groups [tier.NAME] and [link.NAME]. */
#include "config.h"
#include "sim/kernel/kernel.h"
#include "sim/kernel/block.h"
#include "sim/kernel/content.h"
#include "sim/kernel/flow.h"
#include "sim/kernel/swapchain.h"
#include "sim/kernel/tier.h"
#include <memladder/tier.h>

#define MIN_SIZE (64u * 1024)

typedef struct {
    LadBytes size, page_size;
    double cost_per_gib, power_per_gib, power_per_bandwidth;
    char *link;
    char *next;
    LadTime next_age;
    char **watermarks;
    LadBytes reserved;
} CommonParams;

const LadOption lad_tier_options[] = {
    LAD_OPT(CommonParams, size, "size", BYTES, NULL, "64 KiB", "16384 GiB", "capacity"),
    LAD_OPT(CommonParams, page_size, "page-size", BYTES, "4 KiB", "1 B", NULL,
            "the kernel's page, 4 KiB, for every tier, since pages move between them whole; for "
            "2 MiB pages see kernel.huge-pages"),
    LAD_OPT(CommonParams, cost_per_gib, "cost-per-gib", DOUBLE, "1", "0", NULL,
            "cost of a GiB relative to DDR5"),
    LAD_OPT(CommonParams, power_per_gib, "power-per-gib", DOUBLE, "0", "0", NULL,
            "W of a GiB that nobody uses; 0 of both powers: not known"),
    LAD_OPT(CommonParams, power_per_bandwidth, "power-per-bandwidth", DOUBLE, "0", "0", NULL,
            "W per GB/s of traffic, copies included"),
    LAD_OPT(CommonParams, link, "link", STRING, "", NULL, NULL,
            "name of the link that its transfers cross; empty: none"),
    LAD_OPT(
        CommonParams, next, "next", STRING, "", NULL, NULL,
        "of a faulting tier: name of the tier that gets the pages that this one refuses or moves "
        "on; empty: none"),
    LAD_OPT(CommonParams, next_age, "next-age", TIME, "0 s", NULL, NULL,
            "pages that lie in it for longer are moved on to `next`; 0: never"),
    LAD_OPT(CommonParams, reserved, "reserved", BYTES, "0 B", NULL, NULL,
            "part of the size that the kernel and others hold for good"),
    LAD_OPT(CommonParams, watermarks, "watermarks", LIST, "", NULL, NULL,
            "min, low, high and promo watermark in pages of 4 KiB; empty: Linux's formula"),
    LAD_OPTIONS_END};

#define LINES(row, name, help) [LAD_TIER_##row] = {name, "1", LAD_COUNT, LAD_SCOPE_TIER, help}
#define BYTES(row, name, help) [LAD_TIER_##row] = {name, "byte", LAD_COUNT, LAD_SCOPE_TIER, help}

const LadCounter lad_tier_counters[] = {
    LINES(READS, "reads", "a line read by a load or a store that missed"),
    LINES(WRITES, "writes", "a line written back"),
    LINES(FETCHES, "fetches", "a line read for instructions"),
    LINES(WALKS, "walks", "a line read by a page walk"),
    LINES(PREFETCHES, "prefetches", "a line read by a prefetcher"),
    BYTES(READ_BYTES, "read_bytes", "a byte of lines read"),
    BYTES(WRITE_BYTES, "write_bytes", "a byte of lines written back"),
    BYTES(COPY_READ_BYTES, "copy_read_bytes", "a byte read to move or copy a page"),
    BYTES(COPY_WRITE_BYTES, "copy_write_bytes", "a byte written to move, copy or zero a page"),
    [LAD_TIER_BUSY_PS] = {"busy_time", "ps", LAD_COUNT, LAD_SCOPE_TIER,
                          "sum over line reads of the time from request to completion"},
    [LAD_TIER_QUEUE_PS] = {"queue_time", "ps", LAD_COUNT, LAD_SCOPE_TIER,
                           "the part of busy_time above the idle latency"},
    [LAD_TIER_USED_BYTES] = {"used_bytes", "byte", LAD_GAUGE, LAD_SCOPE_TIER, "frames in use"},
    [LAD_TIER_FREE_BYTES] = {"free_bytes", "byte", LAD_GAUGE, LAD_SCOPE_TIER, "free frames"},
    [LAD_TIER_POOL_BYTES] = {"pool_bytes", "byte", LAD_GAUGE, LAD_SCOPE_TIER,
                             "frames in use that hold compressed pools of other tiers"},
    LINES(PAGE_LOADS, "page_loads", "a page brought back from a tier that faults"),
    LINES(PAGE_STORES, "page_stores", "a page stored in a tier that faults"),
    LINES(MOVED_ON, "moved_on", "a page moved on from it to `next`: old, or its pool was full"),
    [LAD_TIER_LATENCY] = {"latency", "ps", LAD_HISTOGRAM, LAD_SCOPE_TIER,
                          "time from request to completion of line reads, prefetches apart; of a "
                          "tier that faults, of page loads"},
    [LAD_TIER_N_COUNTERS] = LAD_COUNTERS_END};

const LadCounter lad_link_counters[] = {
    [LAD_LINK_DOWN_BYTES] = {"down_bytes", "byte", LAD_COUNT, LAD_SCOPE_LINK,
                             "a byte carried away from the cores"},
    [LAD_LINK_UP_BYTES] = {"up_bytes", "byte", LAD_COUNT, LAD_SCOPE_LINK,
                           "a byte carried towards the cores"},
    [LAD_LINK_QUEUE_PS] = {"queue_time", "ps", LAD_COUNT, LAD_SCOPE_LINK,
                           "sum over transfers of the time above the idle one"},
    [LAD_LINK_N_COUNTERS] = LAD_COUNTERS_END};

static guint
n_counters(const LadCounter *table)
{
    guint n = 0;
    while (table && table[n].name)
        n++;
    return n;
}

static const LadModel *
find_model(LadConfig *config, const char *group, const LadModels *models, LadKind kind,
           const char *standard, GError **error)
{
    const char *name = lad_config_model(config, group, standard, error);
    if (!name)
        return NULL;
    const LadModel *model = lad_models_find(models, kind, name, error);
    if (!model)
        g_prefix_error(error, "%s: [%s] model: ", lad_config_origin(config, group, "model"), group);
    return model;
}

static gboolean
check_number(guint n, const char *what, GError **error)
{
    if (n < LAD_MAX_TIERS)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "more than %d groups [%s.NAME]; expected at most "
                "so many on one host",
                LAD_MAX_TIERS, what);
    return FALSE;
}

static gboolean
build_link(LadHost *host, LadConfig *config, const char *group, const LadModels *models,
           GError **error)
{
    if (!check_number(host->n_links, "link", error))
        return FALSE;
    const LadModel *model = find_model(config, group, models, LAD_KIND_LINK, "channel", error);
    if (!model)
        return FALSE;
    LadLink *link = g_new0(LadLink, 1);
    link->class = (const LadLinkClass *)model;
    link->host = host;
    link->index = host->n_links;
    link->name = g_strdup(strchr(group, '.') + 1);
    link->params = g_malloc0(MAX(model->params_size, 1));
    link->state = g_malloc0(MAX(model->host_size, 1));
    link->counters = g_new0(guint64, n_counters(model->counters) + 1);
    host->links[host->n_links++] = link;
    LadOptionSet set = {model->options, link->params};
    if (!lad_config_fill(config, group, &set, 1, error))
        return FALSE;
    return link->class->init(link, error);
}

static gboolean
set_watermarks(LadTier *tier, LadConfig *config, const char *group, char **list, GError **error)
{
    const guint n = G_N_ELEMENTS(tier->watermarks);
    gboolean ok = !list[0] || g_strv_length(list) == n;
    for (guint i = 0; ok && list[0] && i < n; i++)
        ok = g_ascii_string_to_unsigned(list[i], 10, i ? tier->watermarks[i - 1] + 1 : 0,
                                        tier->size >> LAD_PAGE_SHIFT, &tier->watermarks[i], NULL);
    if (!ok)
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [%s] watermarks: expected four rising numbers of pages below the tier's "
                    "size: min, low, high, promo%s",
                    lad_config_origin(config, group, "watermarks"), group,
                    lad_host_capacity_scale(tier->host) < 1
                        ? " (run.capacity-scale shrinks the size and not the watermarks)"
                        : "");
    return ok;
}

static gboolean
set_link(LadTier *tier, LadConfig *config, const char *group, const char *name, GError **error)
{
    if (name[0] == '\0')
        return TRUE;
    for (guint i = 0; i < tier->host->n_links; i++)
        if (strcmp(tier->host->links[i]->name, name) == 0)
            tier->link = tier->host->links[i];
    if (!tier->link)
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [%s] link = %s: there is no group [link.%s]",
                    lad_config_origin(config, group, "link"), group, name, name);
    return tier->link != NULL;
}

/* The kernel has one size of page, and moves pages between tiers whole. */
static gboolean
check_page_size(const LadTier *tier, LadConfig *config, const char *group, LadBytes size,
                GError **error)
{
    if (size == LAD_PAGE_BYTES)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "%s: [%s] page-size = %" G_GUINT64_FORMAT " B: pages move between tiers whole and "
                "%s%s%s; expected 4 KiB for every tier (2 MiB pages: [kernel] huge-pages = always)",
                lad_config_origin(config, group, "page-size"), group, size,
                tier->index > 0 ? "those of [tier." : "are the kernel's",
                tier->index > 0 ? tier->host->tiers[tier->index - 1]->name : "",
                tier->index > 0 ? "] have 4 KiB" : "");
    return FALSE;
}

/* Sizes as run.capacity-scale leaves them. */
static gboolean
set_size(LadTier *tier, LadConfig *config, const char *group, const CommonParams *common,
         GError **error)
{
    double scale = lad_host_capacity_scale(tier->host);
    tier->size = (LadBytes)((double)common->size * scale) & ~(LAD_PAGE_BYTES - 1);
    tier->reserved = (LadBytes)((double)common->reserved * scale) & ~(LAD_PAGE_BYTES - 1);
    if (tier->size < MIN_SIZE) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[run] capacity-scale = %g leaves [%s] size %" G_GUINT64_FORMAT
                    " KiB; expected at least %u KiB",
                    scale, group, tier->size >> 10, MIN_SIZE >> 10);
        return FALSE;
    }
    if (tier->reserved < tier->size)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "%s: [%s] reserved: expected less than its size",
                lad_config_origin(config, group, "reserved"), group);
    return FALSE;
}

static gboolean
build_tier(LadHost *host, LadConfig *config, const char *group, const LadModels *models,
           GError **error)
{
    if (!check_number(host->n_tiers, "tier", error))
        return FALSE;
    const LadModel *model = find_model(config, group, models, LAD_KIND_TIER, "fixed", error);
    if (!model)
        return FALSE;
    LadTier *tier = g_new0(LadTier, 1);
    tier->class = (const LadTierClass *)model;
    tier->host = host;
    tier->index = host->n_tiers;
    tier->name = g_strdup(strchr(group, '.') + 1);
    tier->params = g_malloc0(MAX(model->params_size, 1));
    tier->state = g_malloc0(MAX(model->host_size, 1));
    tier->counters = g_new0(guint64, n_counters(model->counters) + 1);
    tier->latency = g_new0(LadHistogram, 1);
    lad_tier_pending_init(tier);
    host->tiers[host->n_tiers++] = tier;
    CommonParams common = {0};
    LadBlockParams block = {0};
    /* A pool in other tiers has no size of its own, which is the first option. */
    LadOptionSet sets[] = {{lad_tier_options + tier->class->self_sized, &common},
                           {model->options, tier->params},
                           {lad_block_options, &block}};
    if (!lad_config_fill(config, group, sets, tier->class->block_device ? 3 : 2, error) ||
        !set_link(tier, config, group, common.link, error))
        return FALSE;
    tier->cost_per_gib = common.cost_per_gib;
    tier->next_age = common.next_age;
    if (!check_page_size(tier, config, group, common.page_size, error) ||
        (!tier->class->self_sized && !set_size(tier, config, group, &common, error)))
        return FALSE;
    if (!set_watermarks(tier, config, group, common.watermarks, error))
        return FALSE;
    if (tier->class->block_device)
        tier->block = lad_block_new(tier, &block);
    if (tier->index > 0 && host->tiers[tier->index - 1]->class->faulting &&
        !tier->class->faulting) {
        g_set_error(
            error, LAD_ERROR, LAD_ERROR_CONFIG,
            "%s: [%s] is byte-addressable but comes after [tier.%s], which faults; expected "
            "byte-addressable tiers first, fastest first",
            lad_config_origin(config, group, "size"), group, host->tiers[tier->index - 1]->name);
        return FALSE;
    }
    return tier->class->init(tier, error);
}

typedef gboolean (*BuildFunc)(LadHost *host, LadConfig *config, const char *group,
                              const LadModels *models, GError **error);

static gboolean
build_groups(LadHost *host, LadConfig *config, const char *prefix, BuildFunc build,
             const LadModels *models, GError **error)
{
    g_auto(GStrv) groups = lad_config_groups(config, prefix);
    for (guint i = 0; groups[i]; i++)
        if (strchr(groups[i], '.') && !build(host, config, groups[i], models, error))
            return FALSE;
    return TRUE;
}

gboolean
lad_tiers_build(LadHost *host, LadConfig *config, const LadModels *models, GError **error)
{
    if (!build_groups(host, config, "link", build_link, models, error) ||
        !build_groups(host, config, "tier", build_tier, models, error) ||
        !lad_chain_check(host, config, error))
        return FALSE;
    if (host->n_tiers > 0 && !host->tiers[0]->class->faulting)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "there is no byte-addressable tier; expected a group [tier.NAME]");
    return FALSE;
}

static void
add_metrics(LadHost *host, const char *part, const char *kind, const char *name, LadScope scope,
            guint index, const LadCounter *table, const guint64 *values,
            const LadHistogram *const *histograms)
{
    if (!table)
        return;
    g_autofree char *full = g_strdup_printf("%s_%s%s", kind, name, part);
    LadMetrics metrics = {.part = full,
                          .host = host->index,
                          .scope = scope,
                          .index = index,
                          .table = table,
                          .values = values,
                          .histograms = histograms};
    lad_host_add_metrics(host, &metrics);
}

gboolean
lad_tiers_setup(LadHost *host, GError **error)
{
    for (guint i = 0; i < host->n_links; i++) {
        LadLink *link = host->links[i];
        add_metrics(host, "", "link", link->name, LAD_SCOPE_LINK, i, lad_link_counters,
                    link->common, NULL);
        add_metrics(host, "_model", "link", link->name, LAD_SCOPE_LINK, i,
                    link->class->base.counters, link->counters, NULL);
    }
    for (guint i = 0; i < host->n_tiers; i++) {
        LadTier *tier = host->tiers[i];
        tier->histograms[LAD_TIER_LATENCY] = tier->latency;
        if (!tier->class->setup(tier, error))
            return FALSE;
        if (tier->link) {
            const LadLinkClass *link = tier->link->class;
            tier->idle_read_ps +=
                link->idle(tier->link, 0, LAD_LINK_DOWN) + link->idle(tier->link, 64, LAD_LINK_UP);
            tier->idle_write_ps += link->idle(tier->link, 64, LAD_LINK_DOWN);
        }
        lad_flows_init(tier);
        add_metrics(host, "", "tier", tier->name, LAD_SCOPE_TIER, i, lad_tier_counters,
                    tier->common, tier->histograms);
        add_metrics(host, "_model", "tier", tier->name, LAD_SCOPE_TIER, i,
                    tier->class->base.counters, tier->counters, NULL);
        if (tier->block)
            add_metrics(host, "_queue", "tier", tier->name, LAD_SCOPE_TIER, i, lad_block_counters,
                        tier->block->counters, tier->block->histograms);
    }
    return TRUE;
}

void
lad_host_add_note(LadHost *host, char *text)
{
    if (!host->notes)
        host->notes = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(host->notes, text);
}

void
lad_tiers_free(LadHost *host)
{
    g_clear_pointer(&host->notes, g_ptr_array_unref);
    g_clear_pointer(&host->contents, lad_contents_free);
    for (guint i = 0; i < host->n_tiers; i++) {
        LadTier *tier = host->tiers[i];
        if (tier->class->clear)
            tier->class->clear(tier);
        lad_block_free(tier->block);
        lad_tier_pending_clear(tier);
        lad_flows_clear(tier);
        g_free(tier->name);
        g_free(tier->params);
        g_free(tier->state);
        g_free(tier->counters);
        g_free(tier->latency);
        g_free(tier);
    }
    for (guint i = 0; i < host->n_links; i++) {
        LadLink *link = host->links[i];
        if (link->class->clear)
            link->class->clear(link);
        g_free(link->name);
        g_free(link->params);
        g_free(link->state);
        g_free(link->counters);
        g_free(link);
    }
    host->n_tiers = host->n_links = 0;
}
