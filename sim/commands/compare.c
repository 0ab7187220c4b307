/* compare.c - memladder compare RESULT...: inputs that differ, then figures that differ. */
#include "config.h"
#include "sim/commands/command.h"
#include "sim/commands/results.h"
#include <stdio.h>

static int
run(int argc, char **argv, GError **error)
{
    char **paths = NULL;
    gboolean all = FALSE;
    const GOptionEntry entries[] = {
        {"all", 'a', 0, G_OPTION_ARG_NONE, &all, "list every metric that differs", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL, "RESULT RESULT..."},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(context,
                                 "Show two or more results side by side: the inputs that differ, "
                                 "then the figures of the summary that differ. Warns if nothing "
                                 "differs although a policy or\nlatency does. `memladder report "
                                 "--compare A B -o DIR` draws it.");
    g_option_context_add_main_entries(context, entries, NULL);
    gboolean ok = g_option_context_parse(context, &argc, &argv, error);
    if (ok && (paths == NULL || paths[1] == NULL)) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                            "memladder compare: expected two or more result files");
        ok = FALSE;
    }
    g_autoptr(LadResults) results = ok ? lad_results_read(paths, error) : NULL;
    if (results != NULL) {
        g_autofree char *text =
            lad_summary_compare((const LadResult *const *)results->all,
                                (const char *const *)results->names, results->n, all);
        fputs(text, stdout);
    }
    g_strfreev(paths);
    return results != NULL ? 0 : 1;
}

const LadCommand lad_command_compare = {
    "compare",
    "show results side by side, and which inputs differ",
    run,
};
