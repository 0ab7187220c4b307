/* trace.c - memladder trace: what is in a trace, and how to get one from elsewhere. */
#include "config.h"
#include "sim/commands/trace.h"
#include <stdio.h>
#include <string.h>
#include "sim/base/nearest.h"

static const LadCommand *const subcommands[] = {
    &lad_trace_command_info,
    &lad_trace_command_head,
    &lad_trace_command_validate,
    &lad_trace_command_slice,
    &lad_trace_command_sample,
    &lad_trace_command_filter,
    &lad_trace_command_merge,
    &lad_trace_command_stat,
    &lad_trace_command_diff,
    &lad_trace_command_convert,
    &lad_trace_command_synth,
    &lad_trace_command_formats,
    &lad_trace_command_export,
    NULL,
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

static void
print_help(void)
{
    printf("Usage: memladder trace SUBCOMMAND [OPTION...] FILE...\n"
           "Look into traces, check and cut them, convert those of other tools.\n"
           "\n"
           "Subcommands:\n");
    for (guint i = 0; subcommands[i] != NULL; i++)
        printf("  %-12s%s\n", subcommands[i]->name, subcommands[i]->summary);
    printf("\n`memladder trace SUBCOMMAND --help` explains one. The format is described in\n"
           "memladder-trace(5).\n");
}

static int
run(int argc, char **argv, GError **error)
{
    if (argc < 2) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "memladder trace needs a subcommand; `memladder trace --help` lists them");
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help();
        return 0;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; subcommands[i] != NULL; i++) {
        if (strcmp(subcommands[i]->name, argv[1]) == 0)
            return subcommands[i]->run(argc - 1, argv + 1, error);
        g_ptr_array_add(names, (gpointer)subcommands[i]->name);
    }
    g_ptr_array_add(names, NULL);
    const char *nearest = lad_nearest(argv[1], (const char *const *)names->pdata);
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "there is no subcommand `trace %s`%s%s%s (see memladder trace --help)", argv[1],
                nearest != NULL ? "; did you mean `" : "", nearest != NULL ? nearest : "",
                nearest != NULL ? "`?" : "");
    return 2;
}

const LadCommand lad_command_trace = {
    "trace",
    "look into, check, cut and convert traces",
    run,
};
