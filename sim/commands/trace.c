/* trace.c - memladder trace: what is in a trace, and how to get one from elsewhere. */
#include "config.h"
#include "sim/commands/trace.h"
#include "sim/commands/subcommand.h"
#include <string.h>

static const LadCommand *const subcommands[] = {
    &lad_trace_command_info,    &lad_trace_command_head,    &lad_trace_command_validate,
    &lad_trace_command_slice,   &lad_trace_command_sample,  &lad_trace_command_filter,
    &lad_trace_command_merge,   &lad_trace_command_stitch,  &lad_trace_command_stat,
    &lad_trace_command_diff,    &lad_trace_command_convert, &lad_trace_command_synth,
    &lad_trace_command_formats, &lad_trace_command_export,  NULL,
};

gboolean
lad_trace_arguments(int argc, char **argv, const GOptionEntry *entries, const char *parameters,
                    const char *summary, guint n_files, guint n_optional, char **files,
                    GError **error)
{
    g_autoptr(GOptionContext) context = g_option_context_new(parameters);
    g_option_context_set_summary(context, summary);
    g_option_context_add_main_entries(context, entries, NULL);
    g_autofree char *name = g_strdup_printf("memladder trace %s", argv[0]);
    g_autofree char **words = g_memdup2(argv, ((gsize)argc + 1) * sizeof *argv);
    words[0] = name;
    if (!g_option_context_parse(context, &argc, &words, error))
        return FALSE;
    guint given = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(words[i], "--") == 0)
            continue;
        if (given < n_files)
            files[given] = words[i];
        given++;
    }
    if (given <= n_files && given + n_optional >= n_files)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "%s: %u file names were given; expected: %s",
                name, given, parameters);
    return FALSE;
}

static int
run(int argc, char **argv, GError **error)
{
    return lad_subcommand_run("trace", subcommands, "[OPTION...] FILE...",
                              "Look into traces, check and cut them, convert those of other tools.",
                              "The format is described in\nmemladder-trace(5).", argc, argv, error);
}

const LadCommand lad_command_trace = {
    "trace",
    "look into, check, cut and convert traces",
    run,
};
