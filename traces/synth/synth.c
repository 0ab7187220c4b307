/* synth.c - from a configuration to a trace. */
#include "config.h"
#include <memladder/version.h>
#include "traces/synth/pattern_accessgen.h"
#include "traces/synth/thread.h"

/* Pages at random hardly compress, and entropy coding would take more time than all the rest. */
#define PAGE_ZSTD_LEVEL (-1)
#define CODE_ZSTD_LEVEL 1

/* Where a trace goes, and how it is written. */
typedef struct {
    const char *path;
    const LadTraceWriterOptions *options;
} Target;

/* The name of the pattern, as one option more of its group. */
typedef struct {
    char *pattern;
} PatternName;

static const LadOption pattern_name_options[] = {
    LAD_OPT(PatternName, pattern, "pattern", STRING, NULL, NULL, NULL,
            "which kind; `memladder trace synth --list` names them"),
    LAD_OPTIONS_END,
};

static gboolean
fill_pattern(LadConfig *config, const char *group, const LadSynthPattern *pattern, void *params,
             GError **error)
{
    PatternName name;
    const LadOptionSet sets[] = {{pattern_name_options, &name}, {pattern->options, params}};
    return lad_config_fill(config, group, sets, G_N_ELEMENTS(sets), error);
}

static LadTraceHeader *
new_header(LadConfig *config, const LadPlanOptions *options)
{
    LadTraceHeader *header = lad_trace_header_new();
    header->level = options->level == 1 ? LAD_LEVEL_PAGE : LAD_LEVEL_INSTRUCTION;
    g_free(header->tool);
    header->tool = g_strdup_printf("memladder %s, trace synth", lad_version());
    g_hash_table_insert(header->notes, g_strdup("synth.config"), lad_config_print(config));
    if (options->level == 1)
        g_hash_table_insert(header->notes, g_strdup(LAD_NOTE_ORDER), g_strdup("exact"));
    if (options->level == 1 && options->sample > 1)
        g_hash_table_insert(
            header->notes, g_strdup(LAD_NOTE_SAMPLED),
            g_strdup_printf("1 of %" G_GUINT64_FORMAT " touches, as generated", options->sample));
    return header;
}

static LadTraceWriter *
new_writer(const Target *target, const LadTraceHeader *header, GError **error)
{
    LadTraceWriterOptions options = {0};
    if (target->options != NULL)
        options = *target->options;
    gboolean pages = header->level == LAD_LEVEL_PAGE;
    if (options.zstd_level == 0)
        options.zstd_level = pages ? PAGE_ZSTD_LEVEL : CODE_ZSTD_LEVEL;
    /* Branches at random follow no path often; looking for some took half of the time and made the
     * trace 1 % smaller. */
    options.no_paths = !pages;
    return lad_trace_writer_new(target->path, header, &options, error);
}

static gboolean
run_accessgen(LadConfig *config, const char *group, const LadPlanOptions *options,
              const Target *target, LadSynthOutput *output, GError **error)
{
    LadSynthAccessgen params;
    if (!fill_pattern(config, group, &lad_synth_pattern_accessgen, &params, error) ||
        !lad_config_check_used(config, error) || !lad_synth_accessgen_check(&params, group, error))
        return FALSE;
    if (options->level != 1) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [synth] level = instruction, but [%s] is of level page; expected level = "
                    "page",
                    lad_config_origin(config, "synth", "level"), group);
        return FALSE;
    }
    g_autoptr(LadTraceHeader) header = new_header(config, options);
    lad_synth_accessgen_describe(&params, options->seed, header);
    g_autoptr(LadTraceWriter) writer = new_writer(target, header, error);
    if (writer == NULL)
        return FALSE;
    output->total = lad_synth_accessgen_references(&params);
    lad_synth_output_begin(output, writer, LAD_OPERAND_MODIFY);
    return lad_synth_accessgen_write(&params, options->seed, output, error) &&
           lad_trace_writer_close(writer, error);
}

/* All threads, a stretch of each in turn. */
static gboolean
run_threads(GPtrArray *threads, LadSynthOutput *output, GError **error)
{
    for (guint i = 0; i < threads->len; i++)
        if (!lad_synth_thread_begin(threads->pdata[i], error))
            return FALSE;
    g_autofree gboolean *ended = g_new0(gboolean, threads->len);
    guint n_ended = 0;
    while (n_ended < threads->len)
        for (guint i = 0; i < threads->len; i++) {
            if (ended[i])
                continue;
            if (!lad_synth_thread_run(threads->pdata[i], &ended[i], error) ||
                !lad_synth_output_tell(output, error))
                return FALSE;
            n_ended += (guint)ended[i];
        }
    return TRUE;
}

static gboolean
write_plan(const LadSynthPlan *plan, LadTraceWriter *writer, LadSynthOutput *output, GError **error)
{
    lad_synth_output_begin(output, writer, LAD_OPERAND_STORE);
    g_autofree LadSynthCode *codes = g_new0(LadSynthCode, plan->codes->len + 1);
    for (guint i = 0; i < plan->codes->len; i++)
        lad_synth_code_init(&codes[i], plan, i, plan->options.level == 1 ? NULL : writer);
    GPtrArray *threads = g_ptr_array_new_with_free_func((GDestroyNotify)lad_synth_thread_free);
    for (guint i = 0; i < plan->streams->len; i++) {
        LadSynthThread *thread =
            lad_synth_thread_new(plan, LAD_PLAN_AT(plan->streams, LadPlanStream, i), codes, output);
        output->total += lad_synth_thread_length(thread);
        g_ptr_array_add(threads, thread);
    }
    gboolean ok = run_threads(threads, output, error);
    g_ptr_array_unref(threads);
    for (guint i = 0; i < plan->codes->len; i++)
        lad_synth_code_clear(&codes[i]);
    return ok && lad_trace_writer_close(writer, error);
}

static gboolean
run_plan(LadConfig *config, const LadPlanOptions *options, const Target *target,
         LadSynthOutput *output, GError **error)
{
    g_autoptr(LadSynthPlan) plan = lad_synth_plan_read(config, options, error);
    if (plan == NULL)
        return FALSE;
    g_autoptr(LadTraceHeader) header = new_header(config, options);
    for (guint i = 0; i < plan->phases->len; i++)
        if (LAD_PLAN_AT(plan->phases, LadPlanPhase, i)->params.idle > 0)
            header->tick_ps = LAD_TICK_PS;
    if (options->level == 1 && options->rate > 0)
        header->tick_ps = LAD_TICK_PS;
    g_autoptr(LadTraceWriter) writer = new_writer(target, header, error);
    return writer != NULL && write_plan(plan, writer, output, error);
}

gboolean
lad_synth_run(LadConfig *config, const char *path, guint jobs,
              const LadTraceWriterOptions *writer_options, LadSynthProgress progress, gpointer data,
              GError **error)
{
    LadPlanOptions options;
    if (!lad_synth_plan_options_read(config, &options, error))
        return FALSE;
    g_auto(GStrv) groups = lad_config_groups(config, "pattern");
    if (groups[0] == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "there is no group [pattern.NAME]; expected at least one");
        return FALSE;
    }
    const Target target = {path, writer_options};
    LadSynthOutput output = {.jobs = jobs, .progress = progress, .progress_data = data};
    const LadSynthPattern *first = lad_synth_plan_find_pattern(config, groups[0], error);
    if (first == NULL)
        return FALSE;
    if (first == &lad_synth_pattern_accessgen)
        return run_accessgen(config, groups[0], &options, &target, &output, error);
    return run_plan(config, &options, &target, &output, error);
}
