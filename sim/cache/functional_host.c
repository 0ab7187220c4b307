/* functional_host.c - caches and TLBs for functional replay, from a configuration. */
#include "config.h"
#include "sim/cache/functional_host.h"
#include "sim/cache/functional_parts.h"
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

/* ---- Building ----------------------------------------------------------------------------------
 */

/* A group of `level`; `seen`: the sides that groups of the same level serve. */
static gboolean
check_side(const LadFunctionalPart *part, guint *seen, GError **error)
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
place_first(LadFunctionalOptions *options, const LadFunctionalPart *part, GError **error)
{
    if (part->shared_by != 1 && options->n_cores > 1)
        return lad_functional_refuse(
            error, part->group,
            "functional cores have a first level of their own; expected shared-by = 1");
    options->unified = part->side == LAD_SIDE_UNIFIED;
    if (part->side == LAD_SIDE_INSTRUCTION)
        options->instruction = lad_functional_part_level(part);
    else
        options->data = lad_functional_part_level(part);
    return TRUE;
}

static gboolean
place_further(LadFunctionalOptions *options, const LadFunctionalPart *part, GError **error)
{
    if (options->n_levels == LAD_FUNCTIONAL_MAX_PARTS)
        return lad_functional_refuse(error, part->group, "is one level too many");
    options->levels[options->n_levels++] = lad_functional_part_level(part);
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
            return lad_functional_refuse(
                error, *group, "functional cores know one prefetcher; expected model = next-line");
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
            return lad_functional_refuse(
                error, *group,
                "functional cores prefetch where they count lines; expected [core] count "
                "= line");
        if (*next_line)
            return lad_functional_refuse(error, *group, "is a second prefetcher of the same cache");
        *next_line = TRUE;
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
    if (!lad_functional_parts_check(parts, with->count, error))
        return NULL;
    guint seen[4] = {0}; /* by level */
    for (guint i = 0; i < parts->len; i++) {
        const LadFunctionalPart *part = parts->pdata[i];
        guint each;
        if (!lad_sharing_cluster(part->group, part->shared_by, host->n_cores, &each, error) ||
            !check_side(part, &seen[part->level], error) ||
            !(part->level == 1 ? place_first(&options, part, error)
                               : place_further(&options, part, error)))
            return NULL;
    }
    if (seen[1] != 3) {
        lad_functional_refuse(
            error, prefix,
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
add_instances(LadFunctionalHost *functional, const LadFunctionalPart *part, const guint *depth,
              gboolean cache, guint *index)
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
        const LadFunctionalPart *part = parts->pdata[i];
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
    g_autoptr(GPtrArray) caches = lad_functional_parts_read(host, "cache", error);
    if (caches == NULL)
        return NULL;
    g_autoptr(GPtrArray) tlbs = lad_functional_parts_read(host, "tlb", error);
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
        LadFunctionalPart *part = tlbs->pdata[i];
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
