/* source.c - see source.h. */
#include "config.h"
#include "analysis/study/source.h"
#include "analysis/study/recording.h"
#include <memladder/error.h>
#include <memladder/synth.h>
#include <string.h>

typedef LadTraceSourceParams Params;

/* In the order of LadCaptureLevel. */
static const char *const levels[] = {"instruction", "page", NULL};

const LadOption lad_trace_source_options[] = {
    LAD_OPT(Params, file, "file", STRING, "", NULL, NULL, "the trace"),
    LAD_OPT(Params, synth, "synth", STRING, "", NULL, NULL,
            "or the configuration that generates it"),
    LAD_OPT(Params, synth_set, "synth-set", LIST, "", NULL, NULL,
            "changes to that, group.key=value each"),
    LAD_OPT(Params, capture, "capture", STRING, "", NULL, NULL,
            "or a program to record, with its arguments as for a shell, in the study's folder"),
    LAD_OPT(Params, prepare, "prepare", STRING, "", NULL, NULL,
            "command for a shell in the study's folder before that"),
    LAD_OPT(Params, beside, "beside", STRING, "", NULL, NULL,
            "command for a shell while it is recorded, at whose end the program is ended; {port} "
            "in both is a free TCP port, on which the program listens"),
    LAD_OPT(Params, needs, "needs", LIST, "", NULL, NULL,
            "programs and files without which it is not recorded, and its cases are left out"),
    LAD_OPT(Params, environment, "environment", LIST, "", NULL, NULL,
            "variables for the program, NAME=VALUE each"),
    LAD_OPT(Params, skip_insns, "skip-instructions", UINT, "0", NULL, NULL,
            "of a recording: so many at the start are not written"),
    LAD_OPT(Params, max_insns, "max-instructions", UINT, "0", NULL, NULL,
            "of a recording: end the program after so many; 0: let it end"),
    LAD_OPT_ENUM(Params, level, "level", "instruction", levels,
                 "of a recording: every access, or counts by page and interval"),
    LAD_OPT(Params, interval, "interval", TIME, "100 ms", "1 us", NULL, "of level page"),
    LAD_OPT(Params, clock, "clock", UINT, "1000000000", "1000", "10000000000",
            "of level page: instructions that count as a second"),
    LAD_OPTIONS_END,
};

static gboolean
refuse(GError **error, const char *group, const char *what)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "[%s]: %s", group, what);
    return FALSE;
}

static gboolean
read_capture(LadTraceSource *source, const LadTraceSourceParams *params, const char *group,
             GError **error)
{
    g_autoptr(GError) cause = NULL;
    if (!g_shell_parse_argv(params->capture, NULL, NULL, &cause)) {
        g_autofree char *what = g_strconcat("capture: ", cause->message, NULL);
        return refuse(error, group, what);
    }
    for (guint i = 0; params->environment[i]; i++)
        if (!strchr(params->environment[i], '=') || params->environment[i][0] == '=') {
            g_autofree char *what = g_strconcat("environment: `", params->environment[i],
                                                "`; expected NAME=VALUE", NULL);
            return refuse(error, group, what);
        }
    if (params->level == LAD_CAPTURE_LEVEL_PAGE && (params->skip_insns || params->max_insns))
        return refuse(error, group,
                      "skip-instructions and max-instructions are of level instruction");
    source->capture = g_strdup(params->capture);
    source->level = params->level;
    source->clock = params->clock;
    source->interval = params->interval;
    source->skip_insns = params->skip_insns;
    source->max_insns = params->max_insns;
    return TRUE;
}

/* Keys that mean nothing without `capture`. */
static gboolean
check_others(const LadTraceSourceParams *params, const char *group, GError **error)
{
    const char *stray = params->prepare[0]       ? "prepare"
                        : params->beside[0]      ? "beside"
                        : params->needs[0]       ? "needs"
                        : params->environment[0] ? "environment"
                        : params->skip_insns     ? "skip-instructions"
                        : params->max_insns      ? "max-instructions"
                                                 : NULL;
    if (!stray)
        return TRUE;
    g_autofree char *what = g_strconcat(stray, " is of a recording, and capture is missing", NULL);
    return refuse(error, group, what);
}

gboolean
lad_trace_source_init(LadTraceSource *source, const LadTraceSourceParams *params, LadConfig *config,
                      const char *group, GError **error)
{
    source->name = g_strdup(strchr(group, '.') + 1);
    source->synth_set = g_strdupv(params->synth_set);
    source->prepare = g_strdup(params->prepare);
    source->beside = g_strdup(params->beside);
    source->needs = g_strdupv(params->needs);
    source->environment = g_strdupv(params->environment);
    gboolean file = params->file[0] != '\0', synth = params->synth[0] != '\0';
    if (file + synth + (params->capture[0] != '\0') != 1)
        return refuse(error, group, "expected one of the keys file and synth, or capture");
    if (!file && !synth)
        return read_capture(source, params, group, error);
    if (!check_others(params, group, error))
        return FALSE;
    if (file)
        source->path = lad_config_find_file(config, group, "file", error);
    else
        source->synth = lad_config_find_file(config, group, "synth", error);
    return source->path || source->synth;
}

void
lad_trace_source_clear(LadTraceSource *source)
{
    g_free(source->name);
    g_free(source->path);
    g_free(source->synth);
    g_strfreev(source->synth_set);
    g_free(source->capture);
    g_free(source->prepare);
    g_free(source->beside);
    g_free(source->missing);
    g_strfreev(source->needs);
    g_strfreev(source->environment);
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

/* Record the program, unless that was done before or cannot be done here. */
static gboolean
record(LadTraceSource *source, const LadTraceMaking *making, GError **error)
{
    const LadRecording recording = {.name = source->name,
                                    .capture = source->capture,
                                    .prepare = source->prepare,
                                    .beside = source->beside,
                                    .needs = source->needs,
                                    .environment = source->environment,
                                    .level = source->level,
                                    .clock = source->clock,
                                    .interval = source->interval,
                                    .skip = source->skip_insns,
                                    .max = source->max_insns};
    g_autofree char *sentence = NULL;
    source->missing = lad_recording_missing(&recording);
    if (source->missing)
        sentence = g_strdup_printf("trace %s is left out: %s is not installed", source->name,
                                   source->missing);
    else if (!making->fresh && lad_recording_is_there(&recording, making->directory))
        sentence = g_strdup_printf("trace %s: %s is there, recorded by the same command, and used "
                                   "again (--fresh records it anew)",
                                   source->name, source->path);
    else if (lad_recording_make(&recording, making->directory, error))
        sentence = g_strdup_printf("trace %s: recorded", source->name);
    else
        return FALSE;
    return making->say(sentence, source->missing != NULL, error);
}

gboolean
lad_trace_source_make(LadTraceSource *source, const LadTraceMaking *making, GError **error)
{
    if (!source->synth && !source->capture)
        return TRUE;
    g_autofree char *name = g_strconcat(source->name, ".mlt", NULL);
    g_free(source->path);
    source->path = g_build_filename(making->directory, name, NULL);
    if (source->capture ? record(source, making, error) : generate(source, error))
        return TRUE;
    g_prefix_error(error, "[trace.%s]: ", source->name);
    return FALSE;
}
