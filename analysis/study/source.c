/* source.c - see source.h. */
#include "config.h"
#include "analysis/study/source.h"
#include "traces/capture/capture.h"
#include <memladder/error.h>
#include <memladder/synth.h>
#include <string.h>

typedef LadTraceSourceParams Params;

const LadOption lad_trace_source_options[] = {
    LAD_OPT(Params, file, "file", STRING, "", NULL, NULL, "the trace"),
    LAD_OPT(Params, synth, "synth", STRING, "", NULL, NULL,
            "or the configuration that generates it"),
    LAD_OPT(Params, synth_set, "synth-set", LIST, "", NULL, NULL,
            "changes to that, group.key=value each"),
    LAD_OPT(Params, capture, "capture", STRING, "", NULL, NULL,
            "or a program to record, with its arguments as for a shell"),
    LAD_OPT(Params, skip_insns, "skip-instructions", UINT, "0", NULL, NULL,
            "of a recording: so many at the start are not written"),
    LAD_OPT(Params, max_insns, "max-instructions", UINT, "0", NULL, NULL,
            "of a recording: end the program after so many; 0: let it end"),
    LAD_OPTIONS_END,
};

static gboolean
read_capture(LadTraceSource *source, const char *group, const char *words, GError **error)
{
    g_autoptr(GError) cause = NULL;
    if (g_shell_parse_argv(words, NULL, &source->capture, &cause))
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "[%s]: capture: %s", group, cause->message);
    return FALSE;
}

gboolean
lad_trace_source_init(LadTraceSource *source, const LadTraceSourceParams *params, LadConfig *config,
                      const char *group, GError **error)
{
    source->name = g_strdup(strchr(group, '.') + 1);
    source->synth_set = g_strdupv(params->synth_set);
    source->skip_insns = params->skip_insns;
    source->max_insns = params->max_insns;
    gboolean file = params->file[0] != '\0', synth = params->synth[0] != '\0';
    if (file + synth + (params->capture[0] != '\0') != 1) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[%s]: expected one of the keys file and synth, or capture", group);
        return FALSE;
    }
    if (file)
        source->path = lad_config_find_file(config, group, "file", error);
    else if (synth)
        source->synth = lad_config_find_file(config, group, "synth", error);
    else
        return read_capture(source, group, params->capture, error);
    return source->path || source->synth;
}

void
lad_trace_source_clear(LadTraceSource *source)
{
    g_free(source->name);
    g_free(source->path);
    g_free(source->synth);
    g_strfreev(source->synth_set);
    g_strfreev(source->capture);
}

static gboolean
record(const LadTraceSource *source, GError **error)
{
    const LadCaptureOptions options = {.output = source->path,
                                       .argv = source->capture,
                                       .follow_fork = TRUE,
                                       .skip_insns = source->skip_insns,
                                       .max_insns = source->max_insns};
    LadCaptureResult result;
    return lad_capture_run(&options, &result, error);
}

static gboolean
generate(const LadTraceSource *source, GError **error)
{
    g_autoptr(LadConfig) config = lad_config_new();
    if (!lad_config_read(config, source->synth, error))
        return FALSE;
    for (guint i = 0; source->synth_set[i]; i++)
        if (!lad_config_set(config, source->synth_set[i], error))
            return FALSE;
    const LadTraceWriterOptions options = {.zstd_level = -1};
    return lad_synth_run(config, source->path, 0, &options, NULL, NULL, error);
}

gboolean
lad_trace_source_make(LadTraceSource *source, const char *directory, GError **error)
{
    if (!source->synth && !source->capture)
        return TRUE;
    g_autofree char *name = g_strconcat(source->name, ".mlt", NULL);
    g_free(source->path);
    source->path = g_build_filename(directory, name, NULL);
    if (source->capture ? record(source, error) : generate(source, error))
        return TRUE;
    g_prefix_error(error, "[trace.%s]: ", source->name);
    return FALSE;
}
