/* plan.c - reading the groups of a configuration, and what they say together. */
#include "config.h"
#include <string.h>
#include "sim/base/nearest.h"
#include "traces/synth/pattern_accessgen.h"
#include "traces/synth/plan.h"

#define CODE_BASE   ((guint64)4 << 20)
#define CODE_END    ((guint64)2 << 30)
#define REGION_BASE ((guint64)4 << 30)
#define REGION_END  ((guint64)1 << 47)
#define HUGE_BYTES  ((guint64)2 << 20)

const LadSynthPattern *const lad_synth_patterns[] = {
    &lad_pattern_sequential.pattern, &lad_pattern_strided.pattern, &lad_pattern_loop.pattern,
    &lad_pattern_uniform.pattern,    &lad_pattern_zipf.pattern,    &lad_pattern_hotset.pattern,
    &lad_pattern_chase.pattern,      &lad_synth_pattern_accessgen, NULL,
};

static gboolean G_GNUC_PRINTF(2, 3) refuse(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, LAD_ERROR, LAD_ERROR_CONFIG, text);
    return FALSE;
}

/* "did you mean `x`?" or "expected one of: ..."; `names` ends with NULL. */
static char *
advice(const char *word, GPtrArray *names)
{
    const char *nearest = lad_nearest(word, (const char *const *)names->pdata);
    if (nearest != NULL)
        return g_strdup_printf("did you mean `%s`?", nearest);
    g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
    return g_strdup_printf("expected one of: %s", all);
}

const LadSynthPattern *
lad_synth_plan_find_pattern(LadConfig *config, const char *group, GError **error)
{
    const char *name = lad_config_peek(config, group, "pattern");
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; lad_synth_patterns[i] != NULL; i++) {
        if (g_strcmp0(lad_synth_patterns[i]->name, name) == 0)
            return lad_synth_patterns[i];
        g_ptr_array_add(names, (gpointer)lad_synth_patterns[i]->name);
    }
    g_ptr_array_add(names, NULL);
    g_autofree char *hint = advice(name != NULL ? name : "", names);
    if (name == NULL)
        refuse(error, "[%s] lacks the key `pattern`; %s", group, hint);
    else
        refuse(error, "%s: [%s] pattern = %s: there is no such pattern; %s",
               lad_config_origin(config, group, "pattern"), group, name, hint);
    return NULL;
}

static const char without_code[] = "without a [code.NAME] whose they are; expected accesses";

gboolean
lad_synth_plan_options_read(LadConfig *config, LadPlanOptions *options, GError **error)
{
    LadOptionSet set = {lad_synth_options, options};
    if (!lad_config_fill(config, "synth", &set, 1, error))
        return FALSE;
    if (options->accesses > 0 && options->instructions > 0)
        return refuse(error, "[synth] has both accesses and instructions; expected one");
    g_auto(GStrv) codes = lad_config_groups(config, "code");
    return options->instructions == 0 || options->level == 0 || codes[0] != NULL ||
           refuse(error, "[synth] instructions at level page %s", without_code);
}

/* ---- Names ------------------------------------------------------------------------------------
 */

/* "region.heap" -> "heap"; NULL with an error if nothing follows the kind. */
static char *
name_of(const char *group, GError **error)
{
    const char *dot = strchr(group, '.');
    if (dot != NULL && dot[1] != '\0')
        return g_strdup(dot + 1);
    refuse(error, "[%s]: a name is missing; expected [%s.NAME]", group, group);
    return NULL;
}

/* The number of the element of this name; all element types begin with their name. */
static gboolean
find_name(const GArray *array, const char *word, const char *kind, const char *where, guint *found,
          GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < array->len; i++) {
        char *name =
            *(char **)(void *)(array->data + i * g_array_get_element_size((GArray *)array));
        if (strcmp(name, word) == 0) {
            *found = i;
            return TRUE;
        }
        g_ptr_array_add(names, name);
    }
    g_ptr_array_add(names, NULL);
    g_autofree char *hint = advice(word, names);
    return refuse(error, "%s: there is no [%s.%s]; %s", where, kind, word,
                  array->len > 0 ? hint : "there is none at all");
}

/* "hot 9" -> "hot" and 9. */
static gboolean
parse_weight(const char *text, const char *where, char **name, double *weight, GError **error)
{
    static const LadOption number = {"weight", LAD_OPTION_DOUBLE, NULL, "0", NULL, NULL, 0, ""};
    g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);
    g_autoptr(GPtrArray) parts = g_ptr_array_new();
    for (guint i = 0; words[i] != NULL; i++)
        if (words[i][0] != '\0')
            g_ptr_array_add(parts, words[i]);
    if (parts->len < 1 || parts->len > 2)
        return refuse(error, "%s: `%s`: expected a name and a number", where, text);
    *weight = 1.0;
    if (parts->len == 2 && !lad_option_parse(&number, parts->pdata[1], weight, error)) {
        g_prefix_error(error, "%s: `%s`: ", where, text);
        return FALSE;
    }
    *name = g_strdup(parts->pdata[0]);
    return TRUE;
}

/* ---- Regions and patterns ---------------------------------------------------------------------
 */

static gboolean
settle_region(LadPlanRegion *region, GError **error)
{
    g_autofree char *where = g_strdup_printf("[region.%s]", region->name);
    const LadRegionParams *params = &region->params;
    region->compressed = g_array_new(FALSE, FALSE, sizeof(LadCompressed));
    region->algorithms =
        lad_compressors_parse((const char *const *)params->algorithms, where, error);
    if (region->algorithms == NULL)
        return FALSE;
    for (guint i = 0; params->compressed[i] != NULL; i++) {
        LadCompressed compressed;
        if (!parse_weight(params->compressed[i], where, &compressed.algorithm, &compressed.share,
                          error))
            return FALSE;
        g_array_append_val(region->compressed, compressed);
        if (compressed.share > 2.0)
            return refuse(error, "%s: compressed to %g pages; expected a share up to 2", where,
                          compressed.share);
    }
    if (params->fill != LAD_FILL_NONE && region->compressed->len > 0)
        return refuse(error, "%s has both fill and compressed; expected one", where);
    if (region->params.kind == LAD_REGION_KERNEL && region->params.shared == LAD_SHARED_ALL)
        return refuse(error,
                      "%s has kind = kernel and shared = all; expected shared = none or process",
                      where);
    if (region->params.kind != LAD_REGION_PROGRAM && region->params.huge)
        return refuse(error, "%s has huge = true; expected kind = program with it", where);
    if (params->size / LAD_CONTENTS_PAGE_BYTES >= G_MAXUINT32)
        return refuse(error, "%s: more than 2^32 - 1 pages", where);
    region->span = (params->size + 2 * HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);
    return TRUE;
}

static gboolean
read_regions(LadSynthPlan *plan, LadConfig *config, GError **error)
{
    g_auto(GStrv) groups = lad_config_groups(config, "region");
    for (guint i = 0; groups[i] != NULL; i++) {
        LadPlanRegion region = {.name = name_of(groups[i], error)};
        if (region.name == NULL)
            return FALSE;
        g_array_append_val(plan->regions, region);
        LadPlanRegion *last = LAD_PLAN_AT(plan->regions, LadPlanRegion, i);
        LadOptionSet set = {lad_synth_plan_region_options, &last->params};
        if (!lad_config_fill(config, groups[i], &set, 1, error) || !settle_region(last, error))
            return FALSE;
    }
    return TRUE;
}

/* A region of its own, with the defaults of all options but size. */
static gboolean
own_region(LadSynthPlan *plan, LadPlanPattern *pattern, GError **error)
{
    LadPlanRegion region = {.name = g_strdup_printf("%s (its own)", pattern->name)};
    g_array_append_val(plan->regions, region);
    LadPlanRegion *last = LAD_PLAN_AT(plan->regions, LadPlanRegion, plan->regions->len - 1);
    static const char *const none[] = {NULL};
    last->params.size = pattern->common.size;
    last->params.algorithms = last->params.compressed = (char **)none;
    pattern->region = plan->regions->len - 1;
    return settle_region(last, error);
}

static gboolean
settle_pattern(LadSynthPlan *plan, LadPlanPattern *pattern, GError **error)
{
    const LadPatternCommon *common = &pattern->common;
    g_autofree char *where = g_strdup_printf("[pattern.%s]", pattern->name);
    if (common->region[0] == '\0'
            ? !own_region(plan, pattern, error)
            : !find_name(plan->regions, common->region, "region", where, &pattern->region, error))
        return FALSE;
    LadBytes size = LAD_PLAN_AT(plan->regions, LadPlanRegion, pattern->region)->params.size;
    if (common->offset >= size || common->length > size - common->offset)
        return refuse(error, "%s: its part lies beyond the end of its region", where);
    pattern->offset = common->offset;
    pattern->bytes = common->length > 0 ? common->length : size - common->offset;
    LadBytes unit = pattern->class->unit(pattern->params, common);
    if (unit > pattern->bytes)
        return refuse(error, "%s: a unit is larger than the pattern's part of its region", where);
    if (unit < common->access_bytes)
        return refuse(error, "%s: a unit is smaller than an access", where);
    const char *problem = pattern->class->problem != NULL
                              ? pattern->class->problem(pattern->params, common, pattern->bytes)
                              : NULL;
    return problem == NULL || refuse(error, "%s: %s", where, problem);
}

static gboolean
read_pattern(LadSynthPlan *plan, LadConfig *config, const char *group, guint *n_chains,
             GError **error)
{
    const LadSynthPattern *found = lad_synth_plan_find_pattern(config, group, error);
    if (found == NULL)
        return FALSE;
    if (found == &lad_synth_pattern_accessgen)
        return refuse(error, "[%s]: accessgen is a whole trace; expected no other pattern", group);
    LadPlanPattern pattern = {.name = name_of(group, error),
                              .class = (const LadPatternClass *)(const void *)found};
    if (pattern.name == NULL)
        return FALSE;
    pattern.params = g_malloc0(MAX(found->params_size, 1));
    g_array_append_val(plan->patterns, pattern);
    LadPlanPattern *last = LAD_PLAN_AT(plan->patterns, LadPlanPattern, plan->patterns->len - 1);
    const LadOptionSet sets[] = {{lad_pattern_common_options, &last->common},
                                 {found->options, last->params}};
    if (!lad_config_fill(config, group, sets, G_N_ELEMENTS(sets), error))
        return FALSE;
    last->n_chains = last->class->chains != NULL ? last->class->chains(last->params) : 0;
    last->first_chain = *n_chains;
    *n_chains += last->n_chains;
    return settle_pattern(plan, last, error);
}

static gboolean
read_patterns(LadSynthPlan *plan, LadConfig *config, GError **error)
{
    guint n_chains = 0;
    g_auto(GStrv) groups = lad_config_groups(config, "pattern");
    for (guint i = 0; groups[i] != NULL; i++)
        if (!read_pattern(plan, config, groups[i], &n_chains, error))
            return FALSE;
    return n_chains <= 32 ||
           refuse(error, "the patterns have %u chains in all; expected at most 32", n_chains);
}

/* ---- Code, phases, threads --------------------------------------------------------------------
 */

/* The groups of a kind; if there is none, one of the name "main", with defaults. */
static char **
groups_or_main(LadConfig *config, const char *kind)
{
    char **groups = lad_config_groups(config, kind);
    if (groups[0] != NULL)
        return groups;
    g_strfreev(groups);
    groups = g_new0(char *, 2);
    groups[0] = g_strdup_printf("%s.main", kind);
    return groups;
}

guint32
lad_synth_plan_n_functions(const LadPlanCode *code)
{
    return (guint32)(code->params.size / code->params.function);
}

guint32
lad_synth_plan_n_private(const LadPlanCode *code)
{
    return (guint32)(code->params.private * (double)lad_synth_plan_n_functions(code) + 0.5);
}

guint64
lad_synth_plan_private_address(const LadPlanCode *code)
{
    guint64 shared = lad_synth_plan_n_functions(code) - lad_synth_plan_n_private(code);
    guint64 end = code->address + LAD_SYNTH_FUNCTIONS_OFFSET + shared * code->params.function;
    return (end + LAD_PAGE_BYTES - 1) & ~(LAD_PAGE_BYTES - 1);
}

static gboolean
check_code(const LadPlanCode *code, const char *group, guint n_patterns, GError **error)
{
    const LadCodeParams *params = &code->params;
    if (lad_synth_plan_n_functions(code) < n_patterns)
        return refuse(error, "[%s]: fewer functions than patterns; expected a larger size", group);
    if (params->body > params->function)
        return refuse(error,
                      "[%s]: body of %" G_GUINT64_FORMAT " B, and a function of %" G_GUINT64_FORMAT
                      " B; expected no more",
                      group, params->body, params->function);
    return TRUE;
}

static gboolean
read_codes(LadSynthPlan *plan, LadConfig *config, GError **error)
{
    guint64 address = CODE_BASE;
    g_auto(GStrv) groups = plan->options.level == 1 ? lad_config_groups(config, "code")
                                                    : groups_or_main(config, "code");
    for (guint i = 0; groups[i] != NULL; i++) {
        LadPlanCode code = {.name = name_of(groups[i], error), .address = address};
        if (code.name == NULL)
            return FALSE;
        g_array_append_val(plan->codes, code);
        LadPlanCode *last = LAD_PLAN_AT(plan->codes, LadPlanCode, i);
        LadOptionSet set = {lad_synth_plan_code_options, &last->params};
        if (!lad_config_fill(config, groups[i], &set, 1, error) ||
            !check_code(last, groups[i], plan->patterns->len, error))
            return FALSE;
        address += (last->params.size + 2 * HUGE_BYTES) & ~(HUGE_BYTES - 1);
        if (address > CODE_END)
            return refuse(error, "[%s]: more than 2 GiB of code in all", groups[i]);
    }
    return TRUE;
}

static gboolean
read_mix(const LadSynthPlan *plan, LadPlanPhase *phase, const char *where, GError **error)
{
    double sum = 0.0;
    phase->mix = g_array_new(FALSE, FALSE, sizeof(LadPlanShare));
    for (guint i = 0; phase->params.mix[i] != NULL; i++) {
        g_autofree char *name = NULL;
        LadPlanShare share;
        if (!parse_weight(phase->params.mix[i], where, &name, &share.weight, error) ||
            !find_name(plan->patterns, name, "pattern", where, &share.pattern, error))
            return FALSE;
        sum += share.weight;
        g_array_append_val(phase->mix, share);
    }
    for (guint i = 0; phase->params.mix[0] == NULL && i < plan->patterns->len; i++) {
        LadPlanShare share = {i, 1.0};
        sum += 1.0;
        g_array_append_val(phase->mix, share);
    }
    return sum > 0.0 ||
           refuse(error, "%s: the weights of mix are all 0; expected one above 0", where);
}

/* That something of the phase comes from memory, which is what level page shows. */
static gboolean
check_memory(const LadSynthPlan *plan, const LadPlanPhase *phase, const char *where, GError **error)
{
    double sum = 0.0;
    for (guint i = 0; i < phase->mix->len; i++) {
        const LadPlanShare *share = &g_array_index(phase->mix, LadPlanShare, i);
        sum += share->weight *
               LAD_PLAN_AT(plan->patterns, LadPlanPattern, share->pattern)->common.memory;
    }
    if (phase->code != G_MAXUINT)
        sum += LAD_PLAN_AT(plan->codes, LadPlanCode, phase->code)->params.memory;
    return sum > 0.0 || refuse(error,
                               "%s: at level page memory is 0 for its code and for all patterns of "
                               "its mix; expected one above 0",
                               where);
}

static gboolean
settle_phase(const LadSynthPlan *plan, LadPlanPhase *phase, GError **error)
{
    LadPhaseParams *params = &phase->params;
    g_autofree char *where = g_strdup_printf("[phase.%s]", phase->name);
    if (!read_mix(plan, phase, where, error))
        return FALSE;
    if ((params->burst == 0) != (params->idle == 0))
        return refuse(error, "%s: burst and idle go together; %s is 0", where,
                      params->burst == 0 ? "burst" : "idle");
    if (params->accesses > 0 && params->instructions > 0)
        return refuse(error, "%s has both accesses and instructions; expected one", where);
    if (plan->options.level == 1 && params->instructions > 0 && plan->codes->len == 0)
        return refuse(error, "%s: instructions at level page %s", where, without_code);
    if (plan->codes->len == 0)
        phase->code = G_MAXUINT;
    return (params->code[0] == '\0' ||
            find_name(plan->codes, params->code, "code", where, &phase->code, error)) &&
           (plan->options.level == 0 || check_memory(plan, phase, where, error));
}

static gboolean
read_phases(LadSynthPlan *plan, LadConfig *config, GError **error)
{
    g_auto(GStrv) groups = groups_or_main(config, "phase");
    for (guint i = 0; groups[i] != NULL; i++) {
        LadPlanPhase phase = {.name = name_of(groups[i], error)};
        if (phase.name == NULL)
            return FALSE;
        g_array_append_val(plan->phases, phase);
        LadPlanPhase *last = LAD_PLAN_AT(plan->phases, LadPlanPhase, i);
        LadOptionSet set = {lad_synth_plan_phase_options, &last->params};
        if (!lad_config_fill(config, groups[i], &set, 1, error) || !settle_phase(plan, last, error))
            return FALSE;
    }
    return TRUE;
}

/* That the lengths of a thread and its phases make sense together. */
static gboolean
check_length(const LadSynthPlan *plan, LadPlanThread *thread, const char *where, GError **error)
{
    LadThreadParams *params = &thread->params;
    if (params->accesses > 0 && params->instructions > 0)
        return refuse(error, "%s has both accesses and instructions; expected one", where);
    if (params->instructions > 0 && plan->options.level == 1 && plan->codes->len == 0)
        return refuse(error, "%s: instructions at level page %s", where, without_code);
    if (params->accesses == 0 && params->instructions == 0) {
        params->accesses = plan->options.accesses;
        params->instructions = plan->options.instructions;
    }
    guint64 accesses = 0, instructions = 0, total = params->accesses + params->instructions;
    for (guint i = 0; i < thread->phases->len; i++) {
        guint number = g_array_index(thread->phases, guint, i);
        const LadPlanPhase *phase = LAD_PLAN_AT(plan->phases, LadPlanPhase, number);
        accesses += phase->params.accesses;
        instructions += phase->params.instructions;
        if (phase->params.accesses + phase->params.instructions > 0)
            continue;
        if (total == 0)
            return refuse(error,
                          "[phase.%s]: no length, and none of %s; expected accesses or "
                          "instructions in one of them, or in [synth]",
                          phase->name, where);
        if (thread->phases->len > 1)
            return refuse(error, "[phase.%s]: no length, though %s has other phases too",
                          phase->name, where);
    }
    if ((params->accesses > 0 && accesses > params->accesses) ||
        (params->instructions > 0 && instructions > params->instructions))
        return refuse(error,
                      "%s: its phases are longer (%" G_GUINT64_FORMAT
                      ") than all of it (%" G_GUINT64_FORMAT ")",
                      where, MAX(accesses, instructions), total);
    return total == 0 || params->repeat == 1 ||
           refuse(error, "%s: repeat and a length; expected one of them", where);
}

static gboolean
settle_thread(const LadSynthPlan *plan, LadPlanThread *thread, GError **error)
{
    g_autofree char *where = g_strdup_printf("[thread.%s]", thread->name);
    char **phases = thread->params.phases;
    thread->phases = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; phases[i] != NULL; i++) {
        guint number;
        if (!find_name(plan->phases, phases[i], "phase", where, &number, error))
            return FALSE;
        g_array_append_val(thread->phases, number);
    }
    for (guint i = 0; phases[0] == NULL && i < plan->phases->len; i++)
        g_array_append_val(thread->phases, i);
    return check_length(plan, thread, where, error);
}

static gboolean
read_threads(LadSynthPlan *plan, LadConfig *config, GError **error)
{
    g_auto(GStrv) groups = groups_or_main(config, "thread");
    for (guint i = 0; groups[i] != NULL; i++) {
        LadPlanThread thread = {.name = name_of(groups[i], error)};
        if (thread.name == NULL)
            return FALSE;
        g_array_append_val(plan->threads, thread);
        LadPlanThread *last = LAD_PLAN_AT(plan->threads, LadPlanThread, i);
        LadOptionSet set = {lad_synth_plan_thread_options, &last->params};
        if (!lad_config_fill(config, groups[i], &set, 1, error) ||
            !settle_thread(plan, last, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- Streams and addresses --------------------------------------------------------------------
 */

static void
make_streams(LadSynthPlan *plan)
{
    for (guint t = 0; t < plan->threads->len; t++) {
        const LadThreadParams *params = &LAD_PLAN_AT(plan->threads, LadPlanThread, t)->params;
        for (guint copy = 0; copy < params->copies; copy++) {
            LadPlanStream stream = {.thread = t,
                                    .copy = copy,
                                    .host = (guint32)params->host,
                                    .process =
                                        (guint32)params->process + (params->spread ? copy : 0),
                                    .number = plan->streams->len + 1,
                                    .first = plan->streams->len == 0};
            for (guint i = 0; i < plan->streams->len; i++) {
                const LadPlanStream *other = LAD_PLAN_AT(plan->streams, LadPlanStream, i);
                stream.in_process += other->host == stream.host && other->process == stream.process;
            }
            g_array_append_val(plan->streams, stream);
        }
    }
}

/* Regions one behind the other; a thread's own has room for all threads of a process. */
static gboolean
place_regions(LadSynthPlan *plan, GError **error)
{
    guint64 most = 1, address = REGION_BASE;
    for (guint i = 0; i < plan->streams->len; i++)
        most = MAX(most, (guint64)LAD_PLAN_AT(plan->streams, LadPlanStream, i)->in_process + 1);
    for (guint i = 0; i < plan->regions->len; i++) {
        LadPlanRegion *region = LAD_PLAN_AT(plan->regions, LadPlanRegion, i);
        guint64 copies = region->params.shared == LAD_SHARED_NOT ? most : 1;
        region->address = address;
        if (region->span > (REGION_END - address) / copies)
            return refuse(error, "the regions take more than 2^47 bytes in all");
        address += region->span * copies;
    }
    return TRUE;
}

LadSynthPlan *
lad_synth_plan_read(LadConfig *config, const LadPlanOptions *options, GError **error)
{
    g_autoptr(LadSynthPlan) plan = g_new0(LadSynthPlan, 1);
    plan->options = *options;
    plan->regions = g_array_new(FALSE, TRUE, sizeof(LadPlanRegion));
    plan->patterns = g_array_new(FALSE, TRUE, sizeof(LadPlanPattern));
    plan->codes = g_array_new(FALSE, TRUE, sizeof(LadPlanCode));
    plan->phases = g_array_new(FALSE, TRUE, sizeof(LadPlanPhase));
    plan->threads = g_array_new(FALSE, TRUE, sizeof(LadPlanThread));
    plan->streams = g_array_new(FALSE, TRUE, sizeof(LadPlanStream));
    if (!read_regions(plan, config, error) || !read_patterns(plan, config, error) ||
        !read_codes(plan, config, error) || !read_phases(plan, config, error) ||
        !read_threads(plan, config, error) || !lad_config_check_used(config, error))
        return NULL;
    make_streams(plan);
    return place_regions(plan, error) ? g_steal_pointer(&plan) : NULL;
}

static void
free_array(GArray *array)
{
    g_clear_pointer(&array, g_array_unref);
}

void
lad_synth_plan_free(LadSynthPlan *plan)
{
    for (guint i = 0; i < plan->regions->len; i++) {
        LadPlanRegion *region = LAD_PLAN_AT(plan->regions, LadPlanRegion, i);
        for (guint k = 0; region->compressed != NULL && k < region->compressed->len; k++)
            g_free(g_array_index(region->compressed, LadCompressed, k).algorithm);
        free_array(region->compressed);
        free_array(region->algorithms);
        g_free(region->name);
    }
    for (guint i = 0; i < plan->patterns->len; i++) {
        g_free(LAD_PLAN_AT(plan->patterns, LadPlanPattern, i)->name);
        g_free(LAD_PLAN_AT(plan->patterns, LadPlanPattern, i)->params);
    }
    for (guint i = 0; i < plan->codes->len; i++)
        g_free(LAD_PLAN_AT(plan->codes, LadPlanCode, i)->name);
    for (guint i = 0; i < plan->phases->len; i++) {
        g_free(LAD_PLAN_AT(plan->phases, LadPlanPhase, i)->name);
        free_array(LAD_PLAN_AT(plan->phases, LadPlanPhase, i)->mix);
    }
    for (guint i = 0; i < plan->threads->len; i++) {
        g_free(LAD_PLAN_AT(plan->threads, LadPlanThread, i)->name);
        free_array(LAD_PLAN_AT(plan->threads, LadPlanThread, i)->phases);
    }
    free_array(plan->regions);
    free_array(plan->patterns);
    free_array(plan->codes);
    free_array(plan->phases);
    free_array(plan->threads);
    free_array(plan->streams);
    g_free(plan);
}
