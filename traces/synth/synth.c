/* synth.c - from a configuration to a trace. */
#include "config.h"
#include <memladder/version.h>
#include <string.h>
#include "sim/base/nearest.h"
#include "traces/synth/pattern_accessgen.h"

/* Pages at random hardly compress, and entropy coding would take more time than all the rest. */
#define PAGE_ZSTD_LEVEL (-1)

typedef struct {
    guint level; /* LadTraceLevel; instruction or page */
    guint64 seed;
} SynthOptions;

static const char *const level_names[] = {"instruction", "page", NULL};
static const LadTraceLevel levels[] = {LAD_LEVEL_INSTRUCTION, LAD_LEVEL_PAGE};

const LadOption lad_synth_options[] = {
    LAD_OPT_ENUM(SynthOptions, level, "level", "instruction", level_names,
                 "instructions with their code and data accesses, or touches of pages alone"),
    LAD_OPT(SynthOptions, seed, "seed", UINT, "1", NULL, NULL, "seed of all random draws"),
    LAD_OPTIONS_END,
};

const LadSynthPattern *const lad_synth_patterns[] = {
    &lad_synth_pattern_accessgen,
    NULL,
};

static const LadSynthPattern *
find_pattern(LadConfig *config, const char *group, GError **error)
{
    const char *name = lad_config_peek(config, group, "pattern");
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; lad_synth_patterns[i] != NULL; i++) {
        if (g_strcmp0(lad_synth_patterns[i]->name, name) == 0)
            return lad_synth_patterns[i];
        g_ptr_array_add(names, (gpointer)lad_synth_patterns[i]->name);
    }
    g_ptr_array_add(names, NULL);
    g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
    if (name == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[%s] lacks the key `pattern`; expected one of: %s", group, all);
        return NULL;
    }
    const char *nearest = lad_nearest(name, (const char *const *)names->pdata);
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "%s: [%s] pattern = %s: there is no such pattern; %s%s%s",
                lad_config_origin(config, group, "pattern"), group, name,
                nearest != NULL ? "did you mean `" : "expected one of: ",
                nearest != NULL ? nearest : all, nearest != NULL ? "`?" : "");
    return NULL;
}

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
new_header(LadConfig *config, const SynthOptions *options)
{
    LadTraceHeader *header = lad_trace_header_new();
    header->level = levels[options->level];
    g_free(header->tool);
    header->tool = g_strdup_printf("memladder %s, trace synth", lad_version());
    g_hash_table_insert(header->notes, g_strdup("synth.config"), lad_config_print(config));
    return header;
}

static gboolean
run_accessgen(LadConfig *config, const char *group, const SynthOptions *options,
              const char *output_path, const LadTraceWriterOptions *writer_options,
              LadSynthOutput *output, GError **error)
{
    LadSynthAccessgen params;
    if (!fill_pattern(config, group, &lad_synth_pattern_accessgen, &params, error) ||
        !lad_config_check_used(config, error) || !lad_synth_accessgen_check(&params, group, error))
        return FALSE;
    if (levels[options->level] != LAD_LEVEL_PAGE) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [synth] level = instruction, but [%s] is of level page; expected level = "
                    "page",
                    lad_config_origin(config, "synth", "level"), group);
        return FALSE;
    }
    g_autoptr(LadTraceHeader) header = new_header(config, options);
    lad_synth_accessgen_describe(&params, options->seed, header);
    LadTraceWriterOptions chosen = {0};
    if (writer_options != NULL)
        chosen = *writer_options;
    if (chosen.zstd_level == 0)
        chosen.zstd_level = PAGE_ZSTD_LEVEL;
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(output_path, header, &chosen, error);
    if (writer == NULL)
        return FALSE;
    output->total = lad_synth_accessgen_references(&params);
    lad_synth_output_begin(output, writer);
    return lad_synth_accessgen_write(&params, options->seed, output, error) &&
           lad_trace_writer_close(writer, error);
}

gboolean
lad_synth_run(LadConfig *config, const char *output_path, guint jobs,
              const LadTraceWriterOptions *writer_options, LadSynthProgress progress, gpointer data,
              GError **error)
{
    SynthOptions options;
    LadOptionSet set = {lad_synth_options, &options};
    if (!lad_config_fill(config, "synth", &set, 1, error))
        return FALSE;
    g_auto(GStrv) groups = lad_config_groups(config, "pattern");
    if (groups[0] == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "there is no group [pattern.NAME]; expected at least one");
        return FALSE;
    }
    LadSynthOutput output = {.jobs = jobs, .progress = progress, .progress_data = data};
    const LadSynthPattern *pattern = find_pattern(config, groups[0], error);
    return pattern != NULL &&
           run_accessgen(config, groups[0], &options, output_path, writer_options, &output, error);
}
