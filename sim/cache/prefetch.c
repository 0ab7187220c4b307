/* prefetch.c - prefetchers: from their groups, asked after misses, their lines fetched and
 * followed.
 *
 * A line that is named is looked up at the prefetcher's own level. If it is there nothing happens;
 * otherwise it takes an MSHR that is free, and goes on as a miss would: through the levels below,
 * their MSHRs, link and tier, in the same queues as demand. It is filled at its own level and at
 * all below that missed it. It is *useful* when a look-up from above (a demand, or a prefetch of a
 * level nearer to the core) finds it, *late* if it is then still under way, *useless* if it leaves
 * before. `demands` counts such look-ups that would have missed without prefetching at that cache:
 * misses and first uses. Modelled: that, and a throttle by the memory's traffic of the window
 * before. Left out: prefetches train no other prefetcher, no request for ownership, no drop of a
 * request already in a queue.
 */
#include "config.h"
#include "sim/cache/quick.h"
#include "sim/engine/plan.h"
#include <string.h>

#define OPT(field, name, type, def, min, max, help)                                                \
    LAD_OPT(LadPrefetcherParams, field, name, type, def, min, max, help)

static const char *const sides[] = {"data", "instruction", NULL};

const LadOption lad_prefetcher_options[] = {
    OPT(level, "level", UINT, NULL, "1", NULL, "of the cache it sits at and brings lines into"),
    LAD_OPT_ENUM(LadPrefetcherParams, side, "side", "data", sides,
                 "whether it watches loads and stores, or fetches of instructions"),
    OPT(crosses_pages, "crosses-pages", BOOL, "false", NULL, NULL,
        "whether it may leave the 4 KiB page of the access, where a TLB has the translation"),
    OPT(throttle, "throttle", DOUBLE, "0", "0", "1",
        "share of a tier's bandwidth in use above which nothing is prefetched from it; 0: none"),
    OPT(throttle_window, "throttle-window", TIME, "2 us", "100 ns", "1 s",
        "over which that share is taken, the window before the present one (assumed)"),
    LAD_OPTIONS_END,
};

#define ROW(index, name, help) [index] = {name, "1", LAD_COUNT, LAD_SCOPE_CACHE, help}

const LadCounter lad_prefetcher_counters[] = {
    ROW(LAD_PREFETCHER_NAMED, "named", "lines that the prefetcher named"),
    ROW(LAD_PREFETCHER_PRESENT, "dropped_present", "of them, there or under way already"),
    ROW(LAD_PREFETCHER_UNMAPPED, "dropped_page",
        "of them, in another page: not allowed, or no translation at hand"),
    ROW(LAD_PREFETCHER_NO_MSHR, "dropped_mshr", "of them, without a free MSHR"),
    ROW(LAD_PREFETCHER_THROTTLED, "dropped_throttle", "of them, while the memory was too busy"),
    ROW(LAD_PREFETCHER_ISSUED, "issued", "of them, asked for"),
    ROW(LAD_PREFETCHER_FROM_MEMORY, "from_memory", "lines asked for that came from memory"),
    ROW(LAD_PREFETCHER_USEFUL, "useful", "lines that were asked for by the core later"),
    ROW(LAD_PREFETCHER_LATE, "late", "of them, those still under way then"),
    ROW(LAD_PREFETCHER_USELESS, "useless", "lines that left unused"),
    ROW(LAD_PREFETCHER_USELESS_MEMORY, "useless_memory", "of them, those that came from memory"),
    ROW(LAD_PREFETCHER_DEMANDS, "demands",
        "look-ups from above that missed, or would have without a prefetch; of its side"),
    LAD_COUNTERS_END,
};
G_STATIC_ASSERT(G_N_ELEMENTS(lad_prefetcher_counters) == LAD_PREFETCHER_N_COUNTERS + 1);

/* One group. */
typedef struct {
    LadPrefetcherParams common;
    const LadPrefetcherClass *class;
    void *params; /* the class's */
    char *group;
} Group;

struct LadPrefetchUnit {
    LadPrefetcher prefetcher;
    const Group *group;
    LadPort *port;
    LadCache *cache;
    guint side, level; /* of the port; index of the cache in port->level[side] */
    guint8 mark;
    guint64 counters[LAD_PREFETCHER_N_COUNTERS];
};

/* How busy a tier was in the window before. */
typedef struct {
    double peak; /* bytes per ps; 0: not known */
    LadTime start;
    guint64 bytes; /* at its start */
    double share;
} Load;

struct LadPrefetching {
    GPtrArray *groups; /* of Group */
    GPtrArray *units;  /* of LadPrefetchUnit */
    Load loads[LAD_MAX_TIERS];
    gboolean throttled; /* some group is */
};

/* ---- Building -----------------------------------------------------------------------------------
 */

static gboolean
refuse(GError **error, LadHierarchy *h, const char *group, const char *key, const char *text)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "%s: [%s] %s",
                lad_config_origin(h->host->config, group, key), group, text);
    return FALSE;
}

static void
group_free(gpointer data)
{
    Group *group = data;
    g_free(group->params);
    g_free(group->group);
    g_free(group);
}

static Group *
read_group(LadHierarchy *h, const char *name, const LadModels *models, GError **error)
{
    LadConfig *config = h->host->config;
    Group *group = g_new0(Group, 1);
    group->group = g_strdup(name);
    g_ptr_array_add(h->prefetching->groups, group);
    if (!strchr(name, '.') || !strchr(name, '.')[1]) {
        refuse(error, h, name, "model", "has no name; expected [prefetcher.NAME]");
        return NULL;
    }
    const char *model_name = lad_config_model(config, name, NULL, error);
    const LadModel *model =
        model_name ? lad_models_find(models, LAD_KIND_PREFETCHER, model_name, error) : NULL;
    if (!model) {
        if (model_name)
            g_prefix_error(error, "%s: [%s] model: ", lad_config_origin(config, name, "model"),
                           name);
        return NULL;
    }
    group->class = (const LadPrefetcherClass *)model;
    group->params = g_malloc0(model->params_size + 1);
    LadOptionSet sets[] = {{lad_prefetcher_options, &group->common},
                           {model->options, group->params}};
    if (!lad_config_fill(config, name, sets, model->options ? 2 : 1, error))
        return NULL;
    return group;
}

static guint
n_counters(const LadCounter *table)
{
    return lad_counters_length(table);
}

/* Where the group sits in a core's levels; n_levels: nowhere. */
static guint
find_level(const LadPort *port, guint side, guint64 level)
{
    guint k = 0;
    while (k < port->n_levels[side] && port->level[side][k]->params->level != level)
        k++;
    return k;
}

static gboolean
check_level(LadHierarchy *h, const LadPort *port, const Group *group, guint side, guint k,
            GError **error)
{
    if (k < port->n_levels[side])
        return TRUE;
    const LadCache *last = port->level[side][port->n_levels[side] - 1];
    g_autofree char *text = g_strdup_printf(
        "level = %" G_GUINT64_FORMAT ": core %u has no cache of that level for %s, its last is %s "
        "of level %" G_GUINT64_FORMAT "; expected the level of one of its caches",
        group->common.level, port->core->index, side == LAD_PORT_DATA ? "data" : "instructions",
        last->name ? last->name : "one", last->params->level);
    return refuse(error, h, group->group, "level", text);
}

static void
add_unit(LadPort *port, LadPrefetchUnit *unit)
{
    LadPrefetchUnits *units = port->prefetch[unit->side];
    if (!units)
        units = port->prefetch[unit->side] = g_new0(LadPrefetchUnits, 1);
    units->units = g_renew(LadPrefetchUnit *, units->units, units->n + 1);
    guint at = units->n++;
    for (; at > 0 && units->units[at - 1]->level > unit->level; at--)
        units->units[at] = units->units[at - 1];
    units->units[at] = unit;
}

static gboolean
place(LadHierarchy *h, LadPort *port, const Group *group, GError **error)
{
    guint side = group->common.side == 0 ? LAD_PORT_DATA : LAD_PORT_FETCH;
    guint k = find_level(port, side, group->common.level);
    if (!check_level(h, port, group, side, k, error))
        return FALSE;
    LadCache *cache = port->level[side][k];
    if (cache->n_units == LAD_MAX_MARKS)
        return refuse(error, h, group->group, "level",
                      "is one prefetcher too many for its cache; expected at most 127, one for "
                      "each core and group");
    LadPrefetchUnit *unit = g_new0(LadPrefetchUnit, 1);
    g_ptr_array_add(h->prefetching->units, unit);
    unit->group = group;
    unit->port = port;
    unit->cache = cache;
    unit->side = side;
    unit->level = k;
    cache->units = g_renew(LadPrefetchUnit *, cache->units, cache->n_units + 1);
    cache->units[cache->n_units++] = unit;
    unit->mark = (guint8)cache->n_units;
    unit->prefetcher = (LadPrefetcher){
        .class = group->class,
        .line_bytes = 1u << h->line_shift,
        .side = side == LAD_PORT_DATA ? LAD_SIDE_DATA : LAD_SIDE_INSTRUCTION,
        .crosses_pages = group->common.crosses_pages,
        .params = group->params,
        .state = g_malloc0(group->class->base.host_size + 1),
        .counters = g_new0(guint64, n_counters(group->class->base.counters) + 1),
    };
    add_unit(port, unit);
    if (group->class->init(&unit->prefetcher, error))
        return TRUE;
    g_prefix_error(error, "[%s] ", group->group);
    return FALSE;
}

gboolean
lad_prefetch_build(LadHierarchy *h, const LadModels *models, GError **error)
{
    g_auto(GStrv) groups = lad_config_groups(h->host->config, "prefetcher");
    if (!groups[0])
        return TRUE;
    h->prefetching = g_new0(LadPrefetching, 1);
    h->prefetching->groups = g_ptr_array_new_with_free_func(group_free);
    h->prefetching->units = g_ptr_array_new();
    for (char **name = groups; *name; name++) {
        const Group *group = read_group(h, *name, models, error);
        if (!group)
            return FALSE;
        h->prefetching->throttled |= group->common.throttle > 0;
        for (guint i = 0; i < h->host->n_cores; i++)
            if (!place(h, &h->ports[i], group, error))
                return FALSE;
    }
    return TRUE;
}

void
lad_prefetch_free(LadHierarchy *h)
{
    if (!h->prefetching)
        return;
    for (guint i = 0; i < h->prefetching->units->len; i++) {
        LadPrefetchUnit *unit = h->prefetching->units->pdata[i];
        if (unit->prefetcher.class->clear)
            unit->prefetcher.class->clear(&unit->prefetcher);
        g_free(unit->prefetcher.state);
        g_free(unit->prefetcher.counters);
        g_free(unit);
    }
    for (guint i = 0; i < h->host->n_cores; i++)
        for (guint side = 0; side < LAD_PORT_SIDES; side++) {
            LadPrefetchUnits *units = h->ports[i].prefetch[side];
            if (units)
                g_free(units->units);
            g_free(units);
        }
    g_ptr_array_unref(h->prefetching->units);
    g_ptr_array_unref(h->prefetching->groups);
    g_free(h->prefetching);
}

static void
add_metrics(LadHierarchy *h, LadPrefetchUnit *unit, guint index)
{
    const char *name = strchr(unit->group->group, '.') + 1;
    g_autofree char *part = h->host->n_cores > 1
                                ? g_strdup_printf("prefetcher_%s%u", name, unit->port->core->index)
                                : g_strdup_printf("prefetcher_%s", name);
    LadMetrics metrics = {.part = g_strdelimit(part, ".-", '_'),
                          .host = h->host->index,
                          .scope = LAD_SCOPE_CACHE,
                          .index = index,
                          .table = lad_prefetcher_counters,
                          .values = unit->counters};
    lad_host_add_metrics(h->host, &metrics);
    if (n_counters(unit->prefetcher.class->base.counters) == 0)
        return;
    metrics.table = unit->prefetcher.class->base.counters;
    metrics.values = unit->prefetcher.counters;
    lad_host_add_metrics(h->host, &metrics);
}

/* The bandwidth of each tier, for throttles. */
static gboolean
find_peaks(LadHierarchy *h, GError **error)
{
    static const LadOption option = {
        .name = "bandwidth", .type = LAD_OPTION_BANDWIDTH, .help = "bandwidth"};
    for (guint i = 0; i < h->host->n_tiers; i++) {
        const LadTier *tier = h->host->tiers[i];
        g_autofree char *group = g_strconcat("tier.", tier->name, NULL);
        const char *text = lad_config_peek(h->host->config, group, "bandwidth");
        guint64 rate = 0;
        if (tier->class->faulting)
            continue;
        if (!text || !lad_option_parse(&option, text, &rate, NULL)) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "a prefetcher's throttle is a share of the bandwidth of [%s], whose model "
                        "%s has no option `bandwidth`; expected throttle = 0 or another model",
                        group, tier->class->base.name);
            return FALSE;
        }
        h->prefetching->loads[i].peak = (double)rate / (double)LAD_S;
    }
    return TRUE;
}

gboolean
lad_prefetch_setup(LadHierarchy *h, GError **error)
{
    if (!h->prefetching)
        return TRUE;
    for (guint i = 0; i < h->prefetching->units->len; i++)
        add_metrics(h, h->prefetching->units->pdata[i], i);
    return !h->prefetching->throttled || find_peaks(h, error);
}

/* ---- What becomes of lines ----------------------------------------------------------------------
 */

void
lad_prefetch_use(LadCache *cache, guint32 *set, int way, gboolean late)
{
    guint8 *mark = lad_set_marks(cache, set) + way;
    LadPrefetchUnit *unit = cache->units[(*mark & ~LAD_MARK_MEMORY) - 1];
    unit->counters[LAD_PREFETCHER_USEFUL]++;
    unit->counters[LAD_PREFETCHER_LATE] += late ? 1 : 0;
    *mark = 0;
}

void
lad_prefetch_leave(LadCache *cache, guint32 *set, guint way)
{
    guint8 *mark = lad_set_marks(cache, set) + way;
    if (*mark == 0)
        return;
    LadPrefetchUnit *unit = cache->units[(*mark & ~LAD_MARK_MEMORY) - 1];
    unit->counters[LAD_PREFETCHER_USELESS]++;
    unit->counters[LAD_PREFETCHER_USELESS_MEMORY] += *mark & LAD_MARK_MEMORY ? 1 : 0;
    *mark = 0;
}

/* ---- Asking and fetching ------------------------------------------------------------------------
 */

/* Is the tier busier than the unit allows? By the last complete window. */
static gboolean
is_throttled(LadPrefetchUnit *unit, guint32 line, LadTime now)
{
    LadHierarchy *h = unit->port->hierarchy;
    const LadPrefetcherParams *params = &unit->group->common;
    guint index = lad_page_tier(h->words[line >> h->line_page_shift]);
    const LadTier *tier = h->host->tiers[index];
    Load *load = &h->prefetching->loads[index];
    if (now >= load->start + params->throttle_window) {
        guint64 bytes = tier->common[LAD_TIER_READ_BYTES] + tier->common[LAD_TIER_WRITE_BYTES] +
                        tier->common[LAD_TIER_COPY_READ_BYTES] +
                        tier->common[LAD_TIER_COPY_WRITE_BYTES];
        load->share = (double)(bytes - load->bytes) / ((double)(now - load->start) * load->peak);
        load->bytes = bytes;
        load->start = now;
    }
    return load->share > params->throttle;
}

/* The logical page of a virtual one, if it needs no walk. */
static gboolean
known_page(LadPort *port, guint side, guint64 vpage, LadPage *page)
{
    const guint64 tag = port->asid << LAD_TLB_ASID_SHIFT, number = vpage / LAD_HUGE_PAGES;
    LadTlb *const tlbs[] = {port->tlb[side], port->tlb2[side]};
    for (guint i = 0; i < G_N_ELEMENTS(tlbs); i++) {
        if (!tlbs[i])
            continue;
        LadTlbPlace found = lad_tlb_seek(&tlbs[i]->small, vpage, tag | vpage);
        if (found.way != LAD_WAY_NONE) {
            *page = *lad_tlb_page(&tlbs[i]->small, found);
            return TRUE;
        }
        if (!tlbs[i]->huge || tlbs[i]->huge->n_huge == 0)
            continue;
        found = lad_tlb_seek(tlbs[i]->huge, number, tag | LAD_TLB_KEY_HUGE | number);
        if (found.way != LAD_WAY_NONE) {
            *page = *lad_tlb_page(tlbs[i]->huge, found) + (LadPage)(vpage % LAD_HUGE_PAGES);
            return TRUE;
        }
    }
    return FALSE;
}

/* The line of an address that was named, LAD_LINE_NONE if it is not to be had. */
static guint32
line_of(LadPrefetchUnit *unit, guint64 address, guint64 vaddr, guint32 line)
{
    LadPort *port = unit->port;
    LadPage page = line >> port->line_page_shift;
    guint64 vpage = address >> LAD_PAGE_SHIFT;
    if (vpage != vaddr >> LAD_PAGE_SHIFT) {
        if (!unit->prefetcher.crosses_pages || !known_page(port, unit->side, vpage, &page) ||
            !(port->hierarchy->words[page] & LAD_PAGE_PRESENT))
            return LAD_LINE_NONE;
    }
    return lad_port_line(port, page, address);
}

/* A request that a prefetcher made is a look-up from above for those of the levels behind. */
static void
count_look_up(const LadPrefetchUnit *unit, const LadReply *reply)
{
    const LadPrefetchUnits *units = unit->port->prefetch[unit->side];
    for (guint i = 0; i < units->n; i++) {
        LadPrefetchUnit *other = units->units[i];
        if (other->level > unit->level && other->level < reply->level + reply->first_use)
            other->counters[LAD_PREFETCHER_DEMANDS]++;
    }
}

/* TRUE: it is under way, or here. */
static gboolean
fetch(LadPrefetchUnit *unit, guint32 line, LadClock now, LadClock t, LadReply *reply)
{
    LadPort *port = unit->port;
    LadCache *cache = unit->cache;
    LadHierarchy *h = port->hierarchy;
    guint k = unit->level;
    guint32 *set = lad_cache_set(cache, line);
    if (lad_cache_find(cache, set, line) != LAD_WAY_NONE) {
        unit->counters[LAD_PREFETCHER_PRESENT]++;
        return FALSE;
    }
    if (unit->group->common.throttle > 0 && is_throttled(unit, line, lad_clock_to_ps(h, t))) {
        unit->counters[LAD_PREFETCHER_THROTTLED]++;
        return FALSE;
    }
    LadClock free_at = cache->mshrs.slots[lad_mshr_slot(&cache->mshrs, now)].ready;
    if (free_at > t ||
        !lad_port_bring(port, unit->side, LAD_REACH_PREFETCH, k, line, now, t, reply)) {
        unit->counters[LAD_PREFETCHER_NO_MSHR]++;
        return FALSE;
    }
    unit->counters[LAD_PREFETCHER_ISSUED]++;
    gboolean from_memory = reply->level == port->n_levels[unit->side];
    unit->counters[LAD_PREFETCHER_FROM_MEMORY] += from_memory ? 1 : 0;
    if (k == 0)
        lad_port_forget_slot(port, unit->side, line);
    count_look_up(unit, reply);
    lad_set_marks(cache, set)[reply->way] = unit->mark | (from_memory ? LAD_MARK_MEMORY : 0);
    return TRUE;
}

/* Data that is there at `ready`, as a prefetcher wants it. */
static void
tell_filled(LadPrefetchUnit *unit, guint64 address, guint32 line, LadClock t, const LadReply *reply,
            gboolean prefetched)
{
    LadHierarchy *h = unit->port->hierarchy;
    LadClock ready = reply->ready;
    if (ready == LAD_CLOCK_PENDING)
        ready = t + h->idle[lad_page_tier(h->words[line >> h->line_page_shift])];
    unit->prefetcher.class->filled(&unit->prefetcher, address, lad_clock_to_ps(h, ready),
                                   prefetched);
}

static void
fetch_list(LadPrefetchUnit *unit, const LadPrefetchList *list, guint64 vaddr, guint32 line,
           LadClock now, LadClock t)
{
    unit->counters[LAD_PREFETCHER_NAMED] += list->n;
    for (guint i = 0; i < list->n; i++) {
        guint32 wanted = line_of(unit, list->addresses[i], vaddr, line);
        LadReply reply = {0};
        if (wanted == LAD_LINE_NONE)
            unit->counters[LAD_PREFETCHER_UNMAPPED]++;
        else if (fetch(unit, wanted, now, t, &reply) && unit->prefetcher.class->filled)
            tell_filled(unit, list->addresses[i], wanted, t, &reply, TRUE);
    }
}

gboolean
lad_prefetch_watches(const LadPort *port, guint side, guint hit, gboolean marked)
{
    const LadPrefetchUnits *units = port->prefetch[side];
    for (guint i = 0; i < units->n && units->units[i]->level <= hit; i++)
        if (units->units[i]->level < hit || marked)
            return TRUE;
    return FALSE;
}

/* The address of the instruction that accesses `vaddr`; 0 if it is not known. */
static guint64
pc_of(const LadPort *port, guint side, guint64 vaddr)
{
    if (side == LAD_PORT_FETCH)
        return vaddr;
    if (!port->plan)
        return 0;
    const LadEntry *entry = lad_code_entry(port->thread->code, port->plan->token);
    guint insn = port->insn;
    for (guint i = 0; i < entry->n_blocks; i++) {
        const LadBlock *block = entry->blocks[i];
        if (insn >= block->n_insns) {
            insn -= block->n_insns;
            continue;
        }
        guint64 pc = block->pc + port->thread->address_offset;
        for (guint k = 0; k < insn; k++)
            pc += block->insns[k].length;
        return pc;
    }
    return 0;
}

void
lad_prefetch_after(LadPort *port, guint side, gboolean write, guint64 vaddr, guint32 line,
                   LadClock now, LadClock t)
{
    const LadPrefetchUnits *units = port->prefetch[side];
    const LadReply demand = port->reply;
    const guint hit = demand.level;
    LadPrefetchEvent event = {
        .address = vaddr, .now = lad_clock_to_ps(port->hierarchy, t), .write = write};
    for (guint i = 0; i < units->n && units->units[i]->level <= hit; i++) {
        LadPrefetchUnit *unit = units->units[i];
        if (unit->level == hit && !demand.first_use)
            continue;
        LadPrefetchList list;
        list.n = 0;
        unit->counters[LAD_PREFETCHER_DEMANDS]++;
        event.hit = unit->level == hit;
        if (event.pc == 0 && unit->prefetcher.class->needs_pc)
            event.pc = pc_of(port, side, vaddr);
        unit->prefetcher.class->observe(&unit->prefetcher, &event, &list);
        if (!event.hit && unit->prefetcher.class->filled)
            tell_filled(unit, vaddr, line, t, &demand, FALSE);
        fetch_list(unit, &list, vaddr, line, now, t);
    }
}

gboolean
lad_port_quick_other(LadPort *port, guint side, gboolean store, guint64 vaddr, LadClock now)
{
    return port->quick[side] == LAD_QUICK_MARKED &&
           lad_port_quick_as(port, side, store, vaddr, now, TRUE);
}
