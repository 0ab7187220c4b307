/* report.c - memladder report RESULT... -o DIR: results as a page of tables and figures. */
#include "config.h"
#include "analysis/report/report.h"
#include "sim/commands/command.h"
#include "sim/commands/results.h"
#include <stdio.h>

static int
run(int argc, char **argv, GError **error)
{
    char **paths = NULL;
    g_autofree char *directory = NULL;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &directory, "directory for page and figures",
         "DIR"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL, "RESULT..."},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(context,
                                 "Write DIR/index.html, a page with figures that needs nothing "
                                 "else, and beside it every figure's\ntable, script and picture. "
                                 "gnuplot draws the figures.");
    g_option_context_add_main_entries(context, entries, NULL);
    gboolean ok = g_option_context_parse(context, &argc, &argv, error);
    if (ok && (paths == NULL || directory == NULL)) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                            "memladder report: expected one or more result files and -o DIR");
        ok = FALSE;
    }
    g_autoptr(LadResults) results = ok ? lad_results_read(paths, error) : NULL;
    ok = results != NULL &&
         lad_report_write((const LadResult *const *)results->all,
                          (const char *const *)results->names, results->n, directory, error);
    if (ok)
        printf("%s/index.html\n", directory);
    g_strfreev(paths);
    return ok ? 0 : 1;
}

const LadCommand lad_command_report = {
    "report",
    "write a page with tables and figures of results",
    run,
};
