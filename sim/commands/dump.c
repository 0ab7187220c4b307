/* dump.c - memladder dump RESULT: a result file as text. */
#include "config.h"
#include "sim/commands/command.h"
#include <memladder/result.h>
#include <stdio.h>

typedef struct {
    gboolean canonical, config, summary, json, dictionary;
    char **paths;
} Arguments;

static gboolean
parse(Arguments *arguments, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"canonical", 0, 0, G_OPTION_ARG_NONE, &arguments->canonical,
         "leave out what depends on the machine and the day", NULL},
        {"config", 0, 0, G_OPTION_ARG_NONE, &arguments->config,
         "print the effective configuration, which memladder run reads back", NULL},
        {"summary", 0, 0, G_OPTION_ARG_NONE, &arguments->summary,
         "print the summary that memladder run printed", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &arguments->json, "print all metrics as JSON", NULL},
        {"dictionary", 0, 0, G_OPTION_ARG_NONE, &arguments->dictionary,
         "print name, unit, meaning and formula of every metric, tab-separated", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->paths, NULL, "RESULT"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(context,
                                 "Print a result file as text, one row of values per line.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, error))
        return FALSE;
    int forms = arguments->config + arguments->summary + arguments->json + arguments->dictionary +
                arguments->canonical;
    if (arguments->paths == NULL || g_strv_length(arguments->paths) != 1)
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                            "memladder dump: expected one result file");
    else if (forms > 1)
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                            "memladder dump: expected one of --canonical, --config, --summary, "
                            "--json and --dictionary");
    else
        return TRUE;
    return FALSE;
}

static char *
text_of(const Arguments *arguments, GError **error)
{
    if (!arguments->config && !arguments->summary && !arguments->json && !arguments->dictionary)
        return lad_result_dump(arguments->paths[0], arguments->canonical, error);
    g_autoptr(LadResult) result = lad_result_read(arguments->paths[0], error);
    if (result == NULL)
        return NULL;
    if (arguments->config)
        return g_strdup(result->config);
    if (arguments->summary)
        return lad_summary_text(result);
    return arguments->json ? lad_summary_json(result) : lad_summary_dictionary(result);
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {0};
    g_autofree char *text =
        parse(&arguments, argc, argv, error) ? text_of(&arguments, error) : NULL;
    if (text != NULL)
        fputs(text, stdout);
    g_strfreev(arguments.paths);
    return text != NULL ? 0 : 1;
}

const LadCommand lad_command_dump = {
    "dump",
    "print a result file as text",
    run,
};
