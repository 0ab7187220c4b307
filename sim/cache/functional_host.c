/* functional_host.c - caches and TLBs for functional replay, from a configuration. */
#include "config.h"
#include "sim/cache/functional_host.h"
#include "sim/cache/alike.h"
#include "sim/cache/sharing.h"
#include "sim/cache/slice.h"
#include <memladder/cache.h>
#include <memladder/configuration.h>
#include <memladder/core.h>
#include <memladder/prefetcher.h>
#include <memladder/tlb.h>
#include <string.h>

/* What tells the address spaces of a host apart in the tags. */
#define SPACE_SHIFT 48
#define PAGE_SHIFT  12

/* Counters that timed caches and TLBs do not have. */
enum { COMPULSORY_MISSES, CHILD_HITS, FLUSHES, N_FURTHER };

#define ROW(index, name, help) [index] = {name, "1", LAD_COUNT, LAD_SCOPE_CACHE, help}
#define COMMON_ROWS                                                                                \
    ROW(COMPULSORY_MISSES, "compulsory_misses",                                                    \
        "distinct lines or pages that missed here, by prefetches too (first-misses = true)"),      \
        ROW(CHILD_HITS, "child_hits", "hits in the parts directly in front of this one")

const LadCounter lad_functional_cache_counters[] = {
    COMMON_ROWS,
    ROW(FLUSHES, "flushes", "flushes of the trace that reached this cache"),
    LAD_COUNTERS_END,
};
const LadCounter lad_functional_tlb_counters[] = {
    COMMON_ROWS,
    LAD_COUNTERS_END,
};

/* A cache or TLB, of one group, as the metrics show it: the sums of the cores that share it. */
typedef struct {
    LadFunctional *functional;
    guint depth[LAD_N_LANES]; /* on each side, 0 being the first level */
    gboolean fetches, data;   /* which it serves */
    guint first_core, end_core;
    guint64 values[MAX((guint)LAD_CACHE_N_COUNTERS, (guint)LAD_TLB_N_COUNTERS)];
    guint64 further[N_FURTHER];
} Instance;

struct LadFunctionalHost {
    LadHost *host;
    LadFunctional *caches;
    LadFunctional *tlbs; /* NULL: none configured */
    LadAlike *alike;     /* NULL: no entry serves several address spaces */
    gboolean shared_addresses;
    GPtrArray *instances; /* of Instance */
};

/* A group, [cache.NAME] or [tlb.NAME]. */
typedef struct {
    char *group;
    const char *name;
    guint level, side, replacement;
    guint shared_by;
    LadGeometry geometry;
    guint64 *masks; /* see LadFunctionalLevel */
    gboolean inclusive, exclusive;
    LadSpacesOptions spaces; /* n: 0 or 1 where an entry serves one */
} Part;

static gboolean
refuse(GError **error, const char *group, const char *what)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "[%s] %s", group, what);
    return FALSE;
}

static const LadReplacementClass *
replacement_class(guint kind)
{
    static const LadReplacementClass *const classes[] = {
        [LAD_REPLACE_LRU] = &lad_replacement_lru,
        [LAD_REPLACE_TREE_PLRU] = &lad_replacement_tree_plru,
        [LAD_REPLACE_FIFO] = &lad_replacement_fifo,
        [LAD_REPLACE_RANDOM] = &lad_replacement_random,
        [LAD_REPLACE_SRRIP] = &lad_replacement_srrip,
        [LAD_REPLACE_DRRIP] = &lad_replacement_drrip,
    };
    g_assert(kind < G_N_ELEMENTS(classes));
    return classes[kind];
}

/* ---- Reading groups ----------------------------------------------------------------------------
 */

static gboolean
read_masks(const LadCacheParams *params, guint n_cores, Part *part, GError **error)
{
    static const char *const keys[] = {"data-masks", "code-masks"};
    char *const *lists[] = {params->data_masks, params->code_masks};
    if (!(lists[0] && lists[0][0]) && !(lists[1] && lists[1][0]))
        return TRUE;
    g_autofree guint64 *masks = g_new(guint64, n_cores);
    part->masks = g_new(guint64, 2 * (gsize)n_cores);
    for (guint side = 0; side < 2; side++) {
        if (!lad_sharing_masks(part->group, keys[side], lists[side], part->geometry.n_ways, n_cores,
                               masks, error))
            return FALSE;
        for (guint i = 0; i < n_cores; i++)
            part->masks[2 * i + side] = masks[i];
    }
    return TRUE;
}

static gboolean
read_cache(LadConfig *config, guint n_cores, Part *part, GError **error)
{
    LadCacheParams params = {0};
    LadOptionSet set = {lad_cache_set_associative.base.options, &params};
    if (!lad_config_fill(config, part->group, &set, 1, error))
        return FALSE;
    if (params.exclusive && params.inclusive)
        return refuse(error, part->group,
                      "exclusive = true and inclusive = true; expected one of them at most");
    if (params.exclusive && params.level == 1)
        return refuse(error, part->group, "exclusive = true at level 1; expected level 2 or 3");
    if (params.write_policy != LAD_WRITE_BACK || !params.write_allocate)
        return refuse(error, part->group,
                      "functional cores know write-back caches that allocate only; expected "
                      "write-policy = write-back and write-allocate = true");
    if (params.cores != NULL && params.cores[0] != NULL)
        return refuse(error, part->group,
                      "functional cores have no caches for listed cores; expected shared-by");
    part->level = (guint)params.level;
    part->side = params.side;
    part->replacement = params.replacement;
    part->shared_by = (guint)params.shared_by;
    part->inclusive = params.inclusive && params.level > 1;
    part->exclusive = params.exclusive;
    return lad_geometry_init_cache(&part->geometry, part->group, params.size, params.ways,
                                   params.line, error) &&
           read_masks(&params, n_cores, part, error);
}

static gboolean
read_tlb(LadConfig *config, Part *part, GError **error)
{
    LadTlbParams params = {0};
    LadOptionSet set = {lad_tlb_set_associative.base.options, &params};
    if (!lad_config_fill(config, part->group, &set, 1, error))
        return FALSE;
    if (!lad_sharing_check_tlb(part->group, &params, error))
        return FALSE;
    part->level = (guint)params.level;
    part->side = params.side;
    part->replacement = params.replacement;
    part->shared_by = (guint)params.shared_by;
    part->spaces.n = (guint)params.asids;
    return lad_geometry_init_tlb(&part->geometry, part->group, params.entries, params.ways,
                                 LAD_PAGE_BYTES, error) &&
           (part->spaces.n <= 1 || lad_geometry_check_short(&part->geometry, part->group, error));
}

static void
part_free(gpointer data)
{
    Part *part = data;
    g_free(part->group);
    g_free(part->masks);
    g_free(part);
}

static gint
by_level(gconstpointer a, gconstpointer b)
{
    const Part *one = *(const Part *const *)a, *other = *(const Part *const *)b;
    return one->level < other->level ? -1 : one->level > other->level;
}

/* The groups that start with `prefix`, by level. */
static GPtrArray *
read_parts(const LadHost *host, const char *prefix, GError **error)
{
    LadConfig *config = host->config;
    gboolean caches = strcmp(prefix, "cache") == 0;
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(part_free);
    g_auto(GStrv) groups = lad_config_groups(config, prefix);
    for (char **group = groups; *group != NULL; group++) {
        Part *part = g_new0(Part, 1);
        part->group = g_strdup(*group);
        g_ptr_array_add(parts, part);
        const char *dot = strchr(part->group, '.');
        if (dot == NULL || dot[1] == '\0') {
            refuse(error, part->group, "has no name; expected a dot and a name");
            return NULL;
        }
        part->name = dot + 1;
        if (caches ? !read_cache(config, host->n_cores, part, error)
                   : !read_tlb(config, part, error))
            return NULL;
    }
    g_ptr_array_sort(parts, by_level);
    return g_steal_pointer(&parts);
}

static LadFunctionalLevel
level_of(const Part *part)
{
    return (LadFunctionalLevel){.name = part->name,
                                .geometry = part->geometry,
                                .replacement = replacement_class(part->replacement),
                                .shared_by = part->shared_by,
                                .side = part->side,
                                .spaces = part->spaces.n > 1 ? &part->spaces : NULL,
                                .inclusive = part->inclusive,
                                .exclusive = part->exclusive,
                                .masks = part->masks};
}

/* ---- Building ----------------------------------------------------------------------------------
 */

/* A group of `level`; `seen`: the sides that groups of the same level serve. */
static gboolean
check_side(const Part *part, guint *seen, GError **error)
{
    guint sides = part->side == LAD_SIDE_UNIFIED ? 3 : part->side == LAD_SIDE_INSTRUCTION ? 1 : 2;
    if ((*seen & sides) == 0) {
        *seen |= sides;
        return TRUE;
    }
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "[%s] is of level %u like another group; expected one each for instructions and "
                "data, or one for both",
                part->group, part->level);
    return FALSE;
}

static gboolean
place_first(LadFunctionalOptions *options, const Part *part, GError **error)
{
    if (part->shared_by != 1 && options->n_cores > 1)
        return refuse(error, part->group,
                      "functional cores have a first level of their own; expected shared-by = 1");
    options->unified = part->side == LAD_SIDE_UNIFIED;
    if (part->side == LAD_SIDE_INSTRUCTION)
        options->instruction = level_of(part);
    else
        options->data = level_of(part);
    return TRUE;
}

static gboolean
place_further(LadFunctionalOptions *options, const Part *part, GError **error)
{
    if (options->n_levels == LAD_FUNCTIONAL_MAX_PARTS)
        return refuse(error, part->group, "is one level too many");
    options->levels[options->n_levels++] = level_of(part);
    return TRUE;
}

/* The one prefetcher that functional cores have: TRUE in *next_line if it is asked for. */
static gboolean
read_prefetchers(LadConfig *config, LadFunctionalCount count, gboolean *next_line, GError **error)
{
    g_auto(GStrv) groups = lad_config_groups(config, "prefetcher");
    for (char **group = groups; *group != NULL; group++) {
        const char *model = lad_config_model(config, *group, NULL, error);
        LadPrefetcherParams params = {0};
        LadNextLineParams own = {0};
        LadOptionSet sets[] = {{lad_prefetcher_options, &params},
                               {lad_prefetcher_next_line.base.options, &own}};
        if (model == NULL)
            return FALSE;
        if (strcmp(model, lad_prefetcher_next_line.base.name) != 0)
            return refuse(error, *group,
                          "functional cores know one prefetcher; expected model = next-line");
        if (!lad_config_fill(config, *group, sets, 2, error))
            return FALSE;
        if (params.level != 1 || params.side != 0 || own.degree != 1 || own.trigger != 0 ||
            params.throttle > 0) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "[%s] level = %" G_GUINT64_FORMAT ", degree = %" G_GUINT64_FORMAT
                        ": functional cores prefetch one line behind a miss of their first data "
                        "cache; expected level = 1, side = data, degree = 1, trigger = miss and "
                        "throttle = 0",
                        *group, (guint64)params.level, (guint64)own.degree);
            return FALSE;
        }
        if (count != LAD_COUNT_LINE)
            return refuse(error, *group,
                          "functional cores prefetch where they count lines; expected [core] count "
                          "= line");
        if (*next_line)
            return refuse(error, *group, "is a second prefetcher of the same cache");
        *next_line = TRUE;
    }
    return TRUE;
}

/* Where lines move between levels, they are of one size, sets are searched, and every one counts.
 */
static gboolean
check_moves(const GPtrArray *parts, LadFunctionalCount count, GError **error)
{
    const Part *moving = NULL;
    for (guint i = 0; i < parts->len; i++) {
        const Part *part = parts->pdata[i];
        if (part->inclusive || part->exclusive)
            moving = part;
    }
    if (moving == NULL)
        return TRUE;
    const char *why = moving->inclusive ? "inclusive = true" : "exclusive = true";
    if (count != LAD_COUNT_LINE) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[%s] %s: functional cores move lines between levels where they count lines; "
                    "expected [core] count = line",
                    moving->group, why);
        return FALSE;
    }
    for (guint i = 0; i < parts->len; i++) {
        const Part *part = parts->pdata[i];
        if (part->geometry.line_shift != moving->geometry.line_shift) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "[%s] line = %u B, but [%s] has %s and line = %u B; expected the same line "
                        "size in all caches",
                        part->group, 1u << part->geometry.line_shift, moving->group, why,
                        1u << moving->geometry.line_shift);
            return FALSE;
        }
        if (lad_geometry_is_long(&part->geometry)) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                        "[%s] ways = %u, but [%s] has %s; expected at most %d", part->group,
                        part->geometry.n_ways, moving->group, why, LAD_GEOMETRY_MAX_WAYS);
            return FALSE;
        }
    }
    return TRUE;
}

static LadFunctional *
build(const LadHost *host, const GPtrArray *parts, const LadFunctionalHostOptions *with,
      const char *prefix, gboolean next_line, GError **error)
{
    LadFunctionalOptions options = {.count = with->count,
                                    .n_cores = host->n_cores,
                                    .seed = host->seed,
                                    .blank = host->blank,
                                    .next_line = next_line};
    options.translations = strcmp(prefix, "tlb") == 0;
    /* A page counts once, whichever processes have it; the tags' bits for them lie above. */
    if (with->first_misses)
        options.first_miss_mask = options.translations
                                      ? ((guint64)1 << (SPACE_SHIFT - PAGE_SHIFT)) - 1
                                      : G_MAXUINT64 >> 1;
    if (!check_moves(parts, with->count, error))
        return NULL;
    guint seen[4] = {0}; /* by level */
    for (guint i = 0; i < parts->len; i++) {
        const Part *part = parts->pdata[i];
        guint each;
        if (!lad_sharing_cluster(part->group, part->shared_by, host->n_cores, &each, error) ||
            !check_side(part, &seen[part->level], error) ||
            !(part->level == 1 ? place_first(&options, part, error)
                               : place_further(&options, part, error)))
            return NULL;
    }
    if (seen[1] != 3) {
        refuse(error, prefix,
               "groups of level 1 are missing; expected one each for instructions and "
               "data, or one for both");
        return NULL;
    }
    return lad_functional_new(&options, error);
}

/* ---- Metrics -----------------------------------------------------------------------------------
 */

static LadFunctionalCounts
sum_counts(const Instance *instance)
{
    LadFunctionalCounts sum = {{0}, {0}, {0}};
    for (guint core = instance->first_core; core < instance->end_core; core++) {
        const LadFunctionalCounts *of[LAD_N_LANES];
        for (guint lane = 0; lane < LAD_N_LANES; lane++)
            of[lane] = lad_functional_counts(instance->functional, core, instance->depth[lane]);
        for (guint i = 0; i < LAD_N_COUNTED; i++) {
            guint lane = lad_lane_of(i);
            if (lane == LAD_LANE_CODE ? !instance->fetches : !instance->data)
                continue;
            sum.references[i] += of[lane]->references[i];
            sum.misses[i] += of[lane]->misses[i];
        }
        sum.flushes[0] += instance->data ? of[LAD_LANE_DATA]->flushes[LAD_LANE_DATA] : 0;
        sum.flushes[1] += instance->fetches ? of[LAD_LANE_CODE]->flushes[LAD_LANE_CODE] : 0;
    }
    return sum;
}

static void
refresh_further(void *data)
{
    Instance *instance = data;
    LadFunctionalCounts sum = sum_counts(instance);
    instance->further[FLUSHES] = sum.flushes[0] + sum.flushes[1];
    instance->further[COMPULSORY_MISSES] = lad_functional_first_misses(
        instance->functional, instance->first_core,
        instance->depth[instance->data ? LAD_LANE_DATA : LAD_LANE_CODE], !instance->data);
    instance->further[CHILD_HITS] = 0;
    for (guint core = instance->first_core; core < instance->end_core; core++)
        for (guint i = 0; i < LAD_N_COUNTED; i++) {
            guint lane = lad_lane_of(i);
            if (instance->depth[lane] == 0 ||
                (lane == LAD_LANE_CODE ? !instance->fetches : !instance->data))
                continue;
            const LadFunctionalCounts *child =
                lad_functional_counts(instance->functional, core, instance->depth[lane] - 1);
            instance->further[CHILD_HITS] += child->references[i] - child->misses[i];
        }
}

static void
refresh_cache(void *data)
{
    Instance *instance = data;
    LadFunctionalCounts sum = sum_counts(instance);
    guint lane = instance->data ? LAD_LANE_DATA : LAD_LANE_CODE;
    const guint64 *moves = lad_functional_moves(instance->functional, instance->first_core, lane,
                                                instance->depth[lane]);
    if (moves != NULL) {
        instance->values[LAD_CACHE_INVALIDATIONS] = moves[LAD_MOVES_INVALIDATIONS];
        instance->values[LAD_CACHE_VICTIMS_IN] = moves[LAD_MOVES_VICTIMS_IN];
        instance->values[LAD_CACHE_WRITEBACKS_IN] = moves[LAD_MOVES_WRITEBACKS_IN];
        instance->values[LAD_CACHE_WRITEBACKS] = moves[LAD_MOVES_WRITEBACKS];
    }
    instance->values[LAD_CACHE_FETCHES] = sum.references[LAD_COUNTED_FETCH];
    instance->values[LAD_CACHE_FETCH_MISSES] = sum.misses[LAD_COUNTED_FETCH];
    instance->values[LAD_CACHE_LOADS] = sum.references[LAD_COUNTED_READ];
    instance->values[LAD_CACHE_LOAD_MISSES] = sum.misses[LAD_COUNTED_READ];
    instance->values[LAD_CACHE_STORES] = sum.references[LAD_COUNTED_WRITE];
    instance->values[LAD_CACHE_STORE_MISSES] = sum.misses[LAD_COUNTED_WRITE];
    instance->values[LAD_CACHE_PREFETCHES] =
        sum.references[LAD_COUNTED_PREFETCH] + sum.references[LAD_COUNTED_CODE_PREFETCH];
    instance->values[LAD_CACHE_PREFETCH_MISSES] =
        sum.misses[LAD_COUNTED_PREFETCH] + sum.misses[LAD_COUNTED_CODE_PREFETCH];
}

static void
refresh_tlb(void *data)
{
    Instance *instance = data;
    LadFunctionalCounts sum = sum_counts(instance);
    instance->values[LAD_TLB_LOOKUPS] = instance->values[LAD_TLB_MISSES] = 0;
    for (guint i = 0; i < LAD_N_COUNTED; i++) {
        instance->values[LAD_TLB_LOOKUPS] += sum.references[i];
        instance->values[LAD_TLB_MISSES] += sum.misses[i];
    }
    instance->values[LAD_TLB_JOINS] = lad_functional_joins(
        instance->functional, instance->first_core, instance->depth[LAD_LANE_CODE]);
}

static void
add_instances(LadFunctionalHost *functional, const Part *part, const guint *depth, gboolean cache,
              guint *index)
{
    LadHost *host = functional->host;
    guint each = part->shared_by == 0 ? host->n_cores : MIN(part->shared_by, host->n_cores);
    for (guint core = 0; core < host->n_cores; core += each) {
        Instance *instance = g_new0(Instance, 1);
        g_ptr_array_add(functional->instances, instance);
        instance->functional = cache ? functional->caches : functional->tlbs;
        memcpy(instance->depth, depth, sizeof instance->depth);
        instance->fetches = part->side != LAD_SIDE_DATA;
        instance->data = part->side != LAD_SIDE_INSTRUCTION;
        instance->first_core = core;
        instance->end_core = MIN(core + each, host->n_cores);
        g_autofree char *number =
            each < host->n_cores ? g_strdup_printf("%u", core / each) : g_strdup("");
        g_autofree char *name = g_strconcat(cache ? "cache_" : "tlb_", part->name, number, NULL);
        LadMetrics metrics = {
            .part = g_strdelimit(name, ".-", '_'),
            .host = host->index,
            .scope = LAD_SCOPE_CACHE,
            .index = (*index)++,
            .table = cache ? lad_cache_set_associative.base.counters
                           : lad_tlb_set_associative.base.counters,
            .values = instance->values,
            .refresh = cache ? refresh_cache : refresh_tlb,
            .data = instance,
        };
        lad_host_add_metrics(host, &metrics);
        metrics.table = cache ? lad_functional_cache_counters : lad_functional_tlb_counters;
        metrics.values = instance->further;
        metrics.refresh = refresh_further;
        lad_host_add_metrics(host, &metrics);
    }
}

static void
add_metrics(LadFunctionalHost *functional, const GPtrArray *parts, gboolean cache, guint *index)
{
    guint depth[LAD_N_LANES] = {0, 0};
    for (guint i = 0; i < parts->len; i++) {
        const Part *part = parts->pdata[i];
        depth[LAD_LANE_DATA] += part->level > 1 && part->side != LAD_SIDE_INSTRUCTION;
        depth[LAD_LANE_CODE] += part->level > 1 && part->side != LAD_SIDE_DATA;
        add_instances(functional, part, depth, cache, index);
    }
}

/* ---- The host's functional replay --------------------------------------------------------------
 */

LadFunctionalHost *
lad_functional_host_new(LadHost *host, const LadFunctionalHostOptions *options, GError **error)
{
    g_autoptr(LadFunctionalHost) functional = g_new0(LadFunctionalHost, 1);
    functional->host = host;
    functional->instances = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) caches = read_parts(host, "cache", error);
    if (caches == NULL)
        return NULL;
    g_autoptr(GPtrArray) tlbs = read_parts(host, "tlb", error);
    if (tlbs == NULL)
        return NULL;
    functional->shared_addresses = options->shared_addresses;
    gboolean next_line = FALSE;
    if (!read_prefetchers(host->config, options->count, &next_line, error))
        return NULL;
    functional->caches = build(host, caches, options, "cache", next_line, error);
    if (functional->caches == NULL)
        return NULL;
    for (guint i = 0; i < tlbs->len; i++) {
        Part *part = tlbs->pdata[i];
        if (part->spaces.n > 1 && functional->alike == NULL)
            functional->alike = lad_alike_new();
        part->spaces.shift = SPACE_SHIFT - PAGE_SHIFT;
        part->spaces.translate = lad_alike_translate;
        part->spaces.data = functional->alike;
    }
    if (tlbs->len > 0) {
        functional->tlbs = build(host, tlbs, options, "tlb", FALSE, error);
        if (functional->tlbs == NULL)
            return NULL;
    }
    guint index = 0;
    add_metrics(functional, caches, TRUE, &index);
    add_metrics(functional, tlbs, FALSE, &index);
    return g_steal_pointer(&functional);
}

void
lad_functional_host_free(LadFunctionalHost *functional)
{
    if (functional == NULL)
        return;
    lad_functional_free(functional->caches);
    lad_functional_free(functional->tlbs);
    lad_alike_free(functional->alike);
    g_ptr_array_unref(functional->instances);
    g_free(functional);
}

void
lad_functional_host_record(LadFunctionalHost *functional, const LadThread *thread,
                           const LadRecord *record)
{
    if (record->kind == LAD_RECORD_BURST && functional->host->flush_gaps) {
        lad_functional_empty(functional->caches, thread->core->index);
        if (functional->tlbs != NULL)
            lad_functional_empty(functional->tlbs, thread->core->index);
    }
    if (functional->alike != NULL)
        lad_alike_record(functional->alike, thread, record);
}

const LadRecord *
lad_functional_host_replay(LadFunctionalHost *functional, guint core, LadThread *thread,
                           guint64 stop_insns, LadFunctionalPosition *at)
{
    guint64 space = (guint64)thread->process->id << SPACE_SHIFT;
    guint64 bias = thread->address_offset + space;
    if (functional->alike != NULL)
        lad_alike_begin(functional->alike, thread);
    at->token = thread->token;
    at->address = thread->address;
    if (functional->tlbs != NULL) {
        LadFunctionalPosition same = *at;
        LadFunctionalCode *code = lad_functional_code(functional->tlbs, thread->code);
        lad_functional_replay(functional->tlbs, core, code, thread->batch, bias, stop_insns, &same);
    }
    LadFunctionalCode *code = lad_functional_code(functional->caches, thread->code);
    bias -= functional->shared_addresses ? space : 0;
    const LadRecord *record =
        lad_functional_replay(functional->caches, core, code, thread->batch, bias, stop_insns, at);
    thread->token = at->token;
    thread->address = at->address;
    return record;
}
