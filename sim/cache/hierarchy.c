/* hierarchy.c - caches, TLBs and walkers made from a configuration and given to the cores. */
#include "config.h"
#include "sim/cache/port.h"
#include "sim/cache/sharing.h"

const LadHierarchyCalls lad_hierarchy_kernel_calls = {
    .walk = lad_kernel_walk,
    .peek = lad_kernel_peek,
    .fault = lad_kernel_fault,
    .page_index = lad_kernel_page_index,
    .transfer = lad_tier_access,
};

/* What a group becomes before its caches are wired: by core, side and level. */
typedef struct {
    LadCache *cache[LAD_PORT_SIDES][LAD_MAX_LEVELS];
} Places;

static gboolean config_error(GError **error, const char *group, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static gboolean
config_error(GError **error, const char *group, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "[%s] %s", group, text);
    return FALSE;
}

/* "l2" of "cache.l2"; NULL if there is no name. */
static const char *
group_name(const char *group)
{
    const char *dot = strchr(group, '.');
    return dot && dot[1] ? dot + 1 : NULL;
}

static gboolean
serves(guint side, guint port_side)
{
    return side == LAD_SIDE_UNIFIED || (side == LAD_SIDE_DATA) == (port_side == LAD_PORT_DATA);
}

/* ---- Caches -------------------------------------------------------------------------------------
 */

static gboolean
place_cache(LadHierarchy *h, LadCache *cache, Places *places, guint core, const char *group,
            GError **error)
{
    if (core >= h->host->n_cores)
        return config_error(error, group, "core %u does not exist; expected 0 to %u", core,
                            h->host->n_cores - 1);
    for (guint side = 0; side < LAD_PORT_SIDES; side++) {
        if (!serves(cache->params->side, side))
            continue;
        LadCache **place = &places[core].cache[side][cache->params->level - 1];
        if (*place)
            return config_error(error, group, "core %u has another cache of level %u for %s (%s)",
                                core, (guint)cache->params->level,
                                side == LAD_PORT_DATA ? "data" : "instructions", (*place)->name);
        *place = cache;
    }
    cache->ports[cache->n_ports++] = &h->ports[core];
    return TRUE;
}

static LadCache *
add_cache(LadHierarchy *h, const LadCacheParams *params, char *name)
{
    LadCache *cache = g_new0(LadCache, 1);
    cache->hierarchy = h;
    cache->params = params;
    cache->name = name;
    cache->ports = g_new0(LadPort *, h->host->n_cores);
    g_ptr_array_add(h->caches, cache);
    return cache;
}

static gboolean
place_listed(LadHierarchy *h, const LadCacheParams *params, Places *places, const char *group,
             GError **error)
{
    LadCache *cache = add_cache(h, params, g_strdup(group_name(group)));
    for (char **core = params->cores; *core; core++) {
        guint64 number;
        if (!g_ascii_string_to_unsigned(*core, 10, 0, G_MAXUINT32, &number, NULL))
            return config_error(error, group, "cores: \"%s\" is no core number", *core);
        guint threads = MAX(h->host->threads_per_core, 1);
        for (guint i = 0; i < threads; i++)
            if (!place_cache(h, cache, places, (guint)MIN(number, G_MAXUINT16) * threads + i, group,
                             error))
                return FALSE;
    }
    return TRUE;
}

static gboolean
place_group(LadHierarchy *h, const LadCacheParams *params, Places *places, const char *group,
            GError **error)
{
    if (params->cores && params->cores[0])
        return place_listed(h, params, places, group, error);
    guint n = h->host->n_cores, each;
    LadCache *cache = NULL;
    if (!lad_sharing_threads(group, params->shared_by, h->host, &each, error))
        return FALSE;
    for (guint core = 0; core < n; core++) {
        if (core % each == 0) {
            const char *name = group_name(group);
            cache = add_cache(
                h, params, each < n ? g_strdup_printf("%s%u", name, core / each) : g_strdup(name));
        }
        if (!place_cache(h, cache, places, core, group, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
check_cache(LadHierarchy *h, const LadCacheParams *params, const char *group, GError **error)
{
    guint shift = (guint)__builtin_ctzll(params->line);
    if (h->line_shift && h->line_shift != shift)
        return config_error(error, group,
                            "line = %u B differs from another cache's; expected the same line size "
                            "in all caches of a host",
                            (guint)params->line);
    if (params->level > 1 && !params->write_allocate)
        return config_error(error, group, "write-allocate = false is possible at level 1 only");
    if (params->exclusive && params->inclusive)
        return config_error(error, group,
                            "exclusive = true and inclusive = true; expected one of them at most");
    if (params->exclusive && params->level == 1)
        return config_error(error, group, "exclusive = true at level 1; expected level 2 or 3");
    if (params->exclusive && params->write_policy == LAD_WRITE_THROUGH)
        return config_error(error, group,
                            "exclusive = true with write-policy = write-through; "
                            "expected write-back");
    h->line_shift = shift;
    h->line_page_shift = LAD_PAGE_SHIFT - shift;
    return TRUE;
}

static gboolean
read_caches(LadHierarchy *h, LadConfig *config, Places *places, GError **error)
{
    g_auto(GStrv) groups = lad_config_groups(config, "cache");
    for (char **group = groups; *group; group++) {
        if (!group_name(*group))
            return config_error(error, *group, "has no name; expected [cache.NAME]");
        LadCacheParams *params = g_new0(LadCacheParams, 1);
        g_ptr_array_add(h->params, params);
        LadOptionSet set = {lad_cache_set_associative.base.options, params};
        if (!lad_config_fill(config, *group, &set, 1, error) ||
            !check_cache(h, params, *group, error) ||
            !place_group(h, params, places, *group, error))
            return FALSE;
    }
    return TRUE;
}

/* Give a core its levels, in order, and count those it has to itself. */
static gboolean
wire_levels(LadPort *port, const Places *places, GError **error)
{
    for (guint side = 0; side < LAD_PORT_SIDES; side++) {
        const char *what = side == LAD_PORT_DATA ? "data" : "instructions";
        if (!places->cache[side][0])
            return config_error(error, "cache", "core %u has no cache of level 1 for %s",
                                port->core->index, what);
        gboolean private = TRUE;
        for (guint k = 0; k < LAD_MAX_LEVELS; k++) {
            LadCache *cache = places->cache[side][k];
            if (!cache)
                continue;
            guint above = port->n_levels[side];
            const LadCacheParams *near = above > 0 ? port->level[side][above - 1]->params : NULL;
            if (cache->params->exclusive && near &&
                (near->write_policy == LAD_WRITE_THROUGH || !near->write_allocate))
                return config_error(error, "cache",
                                    "%s is exclusive below %s, which writes through or around; "
                                    "expected write-back and write-allocate = true there",
                                    cache->name, port->level[side][above - 1]->name);
            port->level[side][port->n_levels[side]++] = cache;
            if (private && cache->n_ports > 1)
            private = FALSE;
            if (!private && cache->n_ports == 1)
                return config_error(error, "cache", "%s is private below a shared cache",
                                    cache->name);
            port->n_private[side] += private ? 1 : 0;
        }
    }
    return TRUE;
}

/* What each core may fill, if anything is said. */
static gboolean
set_masks(LadHierarchy *h, LadCache *cache, GError **error)
{
    static const char *const keys[] = {"data-masks", "code-masks"};
    const LadCacheParams *params = cache->params;
    char *const *lists[] = {params->data_masks, params->code_masks};
    guint n = h->host->n_cores;
    if (!(lists[0] && lists[0][0]) && !(lists[1] && lists[1][0]))
        return TRUE;
    g_autofree guint64 *masks = g_new(guint64, n);
    g_autofree char *group = g_strdup_printf("cache.%s", cache->name);
    cache->masks = g_new(guint64, 2 * (gsize)n);
    for (guint side = 0; side < LAD_PORT_SIDES; side++) {
        if (!lad_sharing_masks(group, keys[side], lists[side], cache->ways, n, masks, error))
            return FALSE;
        for (guint i = 0; i < n; i++)
            cache->masks[2 * i + side] = masks[i];
    }
    return TRUE;
}

static gboolean
build_caches(LadHierarchy *h, GError **error)
{
    for (guint i = 0; i < h->caches->len; i++) {
        LadCache *cache = g_ptr_array_index(h->caches, i);
        char *name = cache->name;
        cache->shared = cache->n_ports > 1;
        cache->blank = h->host->blank;
        h->clustered |= cache->shared && cache->n_ports < h->host->n_cores;
        g_autofree char *what = g_strdup_printf("cache.%s", name);
        gboolean done = lad_cache_init(cache, cache->params, name, h->host->seed, what, error);
        if (cache->name != name)
            g_free(name);
        if (!done || !set_masks(h, cache, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- TLBs ---------------------------------------------------------------------------------------
 */

/* Instance `index` of a group, for the `each` cores from its first on. */
static LadTlb *
add_tlb(LadHierarchy *h, const LadTlbParams *params, guint index, guint each, const char *group,
        GError **error)
{
    LadTlb *tlb = g_new0(LadTlb, 1);
    g_ptr_array_add(h->tlbs, tlb);
    g_autofree char *name = each < h->host->n_cores
                                ? g_strdup_printf("%s%u", group_name(group), index)
                                : g_strdup(group_name(group));
    tlb->index = index;
    tlb->port = &h->ports[index * each];
    tlb->shared = each > 1;
    tlb->n_ports = each;
    return lad_tlb_init(tlb, params, name, h->host->seed, group, error) ? tlb : NULL;
}

static gboolean
place_tlb(LadPort *port, LadTlb *tlb, const char *group, GError **error)
{
    const LadTlbParams *params = tlb->params;
    for (guint side = 0; side < LAD_PORT_SIDES; side++) {
        if (!serves(params->side, side))
            continue;
        LadTlb **place = params->level == 1 ? &port->tlb[side] : &port->tlb2[side];
        if (*place)
            return config_error(error, group, "there is another TLB of level %u for %s (%s)",
                                (guint)params->level,
                                side == LAD_PORT_DATA ? "data" : "instructions", (*place)->name);
        *place = tlb;
    }
    return TRUE;
}

static gboolean
read_tlbs(LadHierarchy *h, LadConfig *config, GError **error)
{
    g_auto(GStrv) groups = lad_config_groups(config, "tlb");
    for (char **group = groups; *group; group++) {
        if (!group_name(*group))
            return config_error(error, *group, "has no name; expected [tlb.NAME]");
        LadTlbParams *params = g_new0(LadTlbParams, 1);
        g_ptr_array_add(h->params, params);
        LadOptionSet set = {lad_tlb_set_associative.base.options, params};
        guint each;
        if (!lad_config_fill(config, *group, &set, 1, error) ||
            !lad_sharing_check_tlb(*group, params, error) ||
            !lad_sharing_threads(*group, params->shared_by, h->host, &each, error))
            return FALSE;
        LadTlb *tlb = NULL;
        for (guint i = 0; i < h->host->n_cores; i++) {
            if (i % each == 0)
                tlb = add_tlb(h, params, i / each, each, *group, error);
            if (!tlb || !place_tlb(&h->ports[i], tlb, *group, error))
                return FALSE;
        }
    }
    for (guint i = 0; i < h->host->n_cores; i++)
        for (guint side = 0; side < LAD_PORT_SIDES; side++)
            if (!h->ports[i].tlb[side])
                return config_error(error, "tlb", "there is no TLB of level 1 for %s",
                                    side == LAD_PORT_DATA ? "data" : "instructions");
    return TRUE;
}

/* ---- Ports --------------------------------------------------------------------------------------
 */

static guint64 *
new_filter(guint64 entries)
{
    guint64 *filter = g_new(guint64, entries);
    memset(filter, 0xff, entries * sizeof *filter);
    return filter;
}

static void
make_filters(LadPort *port, guint side)
{
    const LadCache *cache = port->level[side][0];
    const LadTlb *tlb = port->tlb[side];
    guint32 lines = 1u << port->line_page_shift;
    port->simple[side] = !cache->shared;
    port->last_huge[side] = LAD_FILTER_NONE;
    port->filter_mask[side] = cache->odd ? 0 : MIN(cache->n_sets, lines) - 1;
    port->pages_mask[side] = tlb->small.odd ? 0 : tlb->small.n_sets - 1;
    port->filter[side] = side && cache == port->level[0][0]
                             ? port->filter[0]
                             : new_filter(2 * (port->filter_mask[side] + 1));
    gboolean unified = side && tlb == port->tlb[0];
    guint64 slots = port->pages_mask[side] + 1;
    port->pages[side] = unified ? port->pages[0] : new_filter(slots);
    port->translations[side] = unified ? port->translations[0] : new_filter(slots);
}

static void
make_port(LadPort *port)
{
    const LadHierarchy *h = port->hierarchy;
    port->line_shift = h->line_shift;
    port->line_page_shift = h->line_page_shift;
    port->index =
        port->core->index < LAD_OWNER_SEVERAL - 1 ? (guint8)port->core->index : LAD_OWNER_SEVERAL;
    port->asids = g_malloc0(G_MAXUINT16);
    for (guint side = 0; side < LAD_PORT_SIDES; side++)
        make_filters(port, side);
    const guint64 sizes[] = {h->walk.pde_entries, h->walk.pdpte_entries, h->walk.pml4e_entries};
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        port->walk_cache[i].size = (guint)sizes[i];
        port->walk_cache[i].keys = g_new0(guint64, sizes[i] + 1);
    }
}

static guint64
common_divisor(guint64 a, guint64 b)
{
    while (b) {
        guint64 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static void
set_clock(LadHierarchy *h)
{
    guint64 per_second = h->host->frequency_hz << LAD_CLOCK_CYCLE_SHIFT;
    guint64 divisor = common_divisor(per_second, LAD_S);
    h->clock_numerator = per_second / divisor;
    h->clock_denominator = LAD_S / divisor;
    h->exact_ps = (G_MAXUINT64 - h->clock_denominator) / h->clock_numerator;
    h->exact_clock = G_MAXUINT64 / h->clock_denominator;
}

static gboolean
build(LadHierarchy *h, LadConfig *config, const LadModels *models, GError **error)
{
    g_autofree Places *places = g_new0(Places, h->host->n_cores);
    LadOptionSet walk = {lad_walk_options, &h->walk};
    if (!read_caches(h, config, places, error) || !read_tlbs(h, config, error) ||
        !lad_config_fill(config, "walk", &walk, 1, error))
        return FALSE;
    for (guint i = 0; i < h->host->n_cores; i++)
        if (!wire_levels(&h->ports[i], &places[i], error))
            return FALSE;
    if (!lad_prefetch_build(h, models, error) || !build_caches(h, error))
        return FALSE;
    guint n_levels = G_MAXUINT;
    for (guint i = 0; i < h->host->n_cores; i++) {
        make_port(&h->ports[i]);
        n_levels = MIN(n_levels, h->ports[i].n_levels[LAD_PORT_DATA]);
    }
    h->walk_from = h->walk.enter == LAD_WALK_ENTER_FIRST || n_levels == 1 ? 0 : 1;
    return TRUE;
}

LadHierarchy *
lad_hierarchy_new(LadHost *host, LadConfig *config, const LadModels *models, GError **error)
{
    LadHierarchy *h = g_new0(LadHierarchy, 1);
    h->host = host;
    h->caches = g_ptr_array_new();
    h->tlbs = g_ptr_array_new();
    h->params = g_ptr_array_new_with_free_func(g_free);
    h->ports = g_new0(LadPort, host->n_cores);
    h->serving = G_MAXUINT;
    h->siblings = g_new0(LadSiblings, host->n_cores);
    for (guint i = 0; i < host->n_cores; i++) {
        h->ports[i].hierarchy = h;
        h->ports[i].core = host->cores[i];
    }
    set_clock(h);
    if (!build(h, config, models, error)) {
        lad_hierarchy_free(h);
        return NULL;
    }
    if (host->n_cores > 1)
        h->sharing = g_new0(guint8, 1);
    h->n_sharing = h->sharing ? 1 : 0;
    return h;
}

static void
clear_filters(LadPort *port)
{
    for (guint side = LAD_PORT_SIDES; side-- > 0;) {
        if (side == 0 || port->filter[side] != port->filter[0])
            g_free(port->filter[side]);
        if (side == 0 || port->pages[side] != port->pages[0]) {
            g_free(port->pages[side]);
            g_free(port->translations[side]);
        }
    }
}

static void
forget_all(LadPort *port)
{
    for (guint side = 0; side < LAD_PORT_SIDES; side++) {
        memset(port->filter[side], 0xff, 2 * (port->filter_mask[side] + 1) * sizeof(guint64));
        memset(port->pages[side], 0xff, (port->pages_mask[side] + 1) * sizeof(guint64));
        port->last_huge[side] = LAD_FILTER_NONE;
        port->huge_slots[side] = 0;
    }
}

/* The first hardware thread of a port's core. */
static LadPort *
first_sibling(const LadPort *port)
{
    LadPort *ports = port->hierarchy->ports;
    guint index = (guint)(port - ports), n = MAX(port->hierarchy->host->threads_per_core, 1);
    return &ports[index - index % n];
}

/* Threads of a core have its first levels and TLBs in common, and so their filters. */
static void
share_filters(LadHierarchy *h)
{
    for (guint i = 0; i < h->host->n_cores; i++) {
        LadPort *port = &h->ports[i], *first = first_sibling(port);
        if (first == port)
            continue;
        clear_filters(port);
        for (guint side = 0; side < LAD_PORT_SIDES; side++) {
            g_assert(port->level[side][0] == first->level[side][0] &&
                     port->tlb[side] == first->tlb[side]);
            port->filter[side] = first->filter[side];
            port->pages[side] = first->pages[side];
            port->translations[side] = first->translations[side];
        }
    }
}

/* Filters know no address spaces: siblings use them while all that run have the same. */
static void
compare_siblings(LadPort *port)
{
    const guint n = port->hierarchy->host->threads_per_core;
    LadPort *first = first_sibling(port);
    gboolean alike = n > 1, was_alike = port->alike;
    for (guint side = 0; side < LAD_PORT_SIDES; side++)
        alike &= !port->level[side][0]->write_through && !port->past_caches;
    for (guint i = 0; i < n; i++)
        alike &= first[i].thread == NULL || first[i].asid == port->asid;
    for (guint i = 0; i < n; i++)
        first[i].alike = alike;
    if (alike)
        port->asids[port->asid] = 1;
    if (alike != was_alike)
        forget_all(port);
}

static void
clear_port(LadPort *port)
{
    const LadPort *first = first_sibling(port);
    if (port == first || port->filter[0] != first->filter[0])
        clear_filters(port);
    for (guint i = 0; i < G_N_ELEMENTS(port->walk_cache); i++)
        g_free(port->walk_cache[i].keys);
    g_free(port->messages);
    g_free(port->asids);
}

void
lad_hierarchy_free(LadHierarchy *h)
{
    if (!h)
        return;
    for (guint i = 0; i < h->host->n_cores; i++)
        clear_port(&h->ports[i]);
    lad_prefetch_free(h);
    for (guint i = 0; i < h->caches->len; i++) {
        LadCache *cache = g_ptr_array_index(h->caches, i);
        lad_cache_clear(cache);
        g_free(cache);
    }
    for (guint i = 0; i < h->tlbs->len; i++) {
        LadTlb *tlb = g_ptr_array_index(h->tlbs, i);
        lad_tlb_clear(tlb);
        g_free(tlb);
    }
    g_ptr_array_unref(h->caches);
    g_ptr_array_unref(h->tlbs);
    g_ptr_array_unref(h->params);
    g_clear_pointer(&h->plans, g_hash_table_unref);
    g_free(h->siblings);
    g_free(h->sharing);
    g_free(h->ports);
    g_free(h);
}

/* ---- Setup and metrics --------------------------------------------------------------------------
 */

/* Look-ups of a first level are the core's references. */
static void
refresh_cache(void *data)
{
    LadCache *cache = data;
    if (cache->level != 1)
        return;
    guint64 fetches = 0, loads = 0, stores = 0;
    for (guint i = 0; i < cache->n_ports; i++) {
        const LadPort *port = cache->ports[i];
        fetches += cache == port->level[LAD_PORT_FETCH][0] ? port->fetches : 0;
        loads += cache == port->level[LAD_PORT_DATA][0] ? port->loads : 0;
        stores += cache == port->level[LAD_PORT_DATA][0] ? port->stores : 0;
    }
    cache->counters[LAD_CACHE_FETCHES] = fetches;
    cache->counters[LAD_CACHE_LOADS] = loads;
    cache->counters[LAD_CACHE_STORES] = stores;
}

static void
refresh_tlb(void *data)
{
    LadTlb *tlb = data;
    if (tlb->params->level != 1)
        return;
    guint64 lookups = 0;
    for (const LadPort *port = tlb->port; port < tlb->port + tlb->n_ports; port++)
        lookups += (tlb == port->tlb[LAD_PORT_FETCH] ? port->fetches : 0) +
                   (tlb == port->tlb[LAD_PORT_DATA] ? port->loads + port->stores : 0);
    tlb->counters[LAD_TLB_LOOKUPS] = lookups;
}

static void
add_metrics(LadHierarchy *h, const char *prefix, const char *name, LadScope scope, guint index,
            const LadCounter *table, const guint64 *values, void (*refresh)(void *), void *data)
{
    g_autofree char *part = g_strconcat(prefix, name, NULL);
    LadMetrics metrics = {.part = g_strdelimit(part, ".-", '_'),
                          .host = h->host->index,
                          .scope = scope,
                          .index = index,
                          .table = table,
                          .values = values,
                          .refresh = refresh,
                          .data = data};
    lad_host_add_metrics(h->host, &metrics);
}

static void
add_all_metrics(LadHierarchy *h)
{
    for (guint i = 0; i < h->caches->len; i++) {
        LadCache *cache = g_ptr_array_index(h->caches, i);
        add_metrics(h, "cache_", cache->name, LAD_SCOPE_CACHE, i,
                    lad_cache_set_associative.base.counters, cache->counters, refresh_cache, cache);
    }
    for (guint i = 0; i < h->tlbs->len; i++) {
        LadTlb *tlb = g_ptr_array_index(h->tlbs, i);
        add_metrics(h, "tlb_", tlb->name, LAD_SCOPE_CACHE, tlb->index,
                    lad_tlb_set_associative.base.counters, tlb->counters, refresh_tlb, tlb);
    }
    for (guint i = 0; i < h->host->n_cores; i++) {
        g_autofree char *number = h->host->n_cores > 1 ? g_strdup_printf("%u", i) : g_strdup("");
        add_metrics(h, "walk", number, LAD_SCOPE_CACHE, i, lad_walk_counters,
                    h->ports[i].walk_counters, NULL, NULL);
    }
}

gboolean
lad_hierarchy_setup_with(LadHierarchy *h, const LadHierarchyCalls *calls, LadPageWord *words,
                         GError **error)
{
    h->calls = calls;
    h->words = words;
    for (guint i = 0; i < h->host->n_tiers; i++)
        h->idle[i] = lad_clock_from_ps(h, h->host->tiers[i]->idle_read_ps);
    if (h->host->threads_per_core > 1)
        share_filters(h);
    add_all_metrics(h);
    return lad_prefetch_setup(h, error);
}

gboolean
lad_hierarchy_setup(LadHierarchy *h, GError **error)
{
    return lad_hierarchy_setup_with(h, &lad_hierarchy_kernel_calls,
                                    lad_kernel_words(h->host->kernel), error);
}

gsize
lad_hierarchy_memory(const LadHierarchy *h)
{
    gsize bytes = h->n_sharing;
    for (guint i = 0; i < h->caches->len; i++)
        bytes += lad_cache_memory(g_ptr_array_index(h->caches, i));
    for (guint i = 0; i < h->tlbs->len; i++)
        bytes += lad_tlb_memory(g_ptr_array_index(h->tlbs, i));
    return bytes;
}

LadSiblings *
lad_port_siblings(LadPort *port)
{
    const LadHierarchy *h = port->hierarchy;
    return &h->siblings[port->core->index / h->host->threads_per_core];
}

LadPort *
lad_hierarchy_port(LadHierarchy *h, guint core)
{
    return &h->ports[core];
}

void
lad_port_attach(LadPort *port, LadThread *thread)
{
    guint64 asid = thread->process->id % G_MAXUINT16;
    port->thread = thread;
    port->missed = LAD_FILTER_NONE;
    port->past_caches = thread->past_caches;
    port->spent = 0;
    for (guint side = 0; side < LAD_PORT_SIDES; side++) {
        LadQuick quick = port->level[side][0]->marks ? LAD_QUICK_MARKED : LAD_QUICK_PLAIN;
        port->quick[side] =
            (guint8)(port->simple[side] && !port->past_caches ? quick : LAD_QUICK_NOT);
    }
    if (port->asid != asid) {
        port->asid = asid;
        forget_all(port);
    }
    if (port->hierarchy->host->threads_per_core > 1)
        compare_siblings(port);
}
