/* report.c - memladder report RESULT...|SWEEP -o DIR: results, or a sweep, as a page of tables and
 * figures. */
#include "config.h"
#include "analysis/report/report.h"
#include "analysis/report/sweep_report.h"
#include "analysis/sweep/merge.h"
#include "sim/commands/command.h"
#include "sim/commands/results.h"
#include <stdio.h>

typedef struct {
    char **paths;
    char *directory;
    gboolean compare;
    char *maximize, *minimize, *constraints, *pareto;
} Arguments;

static void
arguments_clear(Arguments *arguments)
{
    g_strfreev(arguments->paths);
    g_free(arguments->directory);
    g_free(arguments->maximize);
    g_free(arguments->minimize);
    g_free(arguments->constraints);
    g_free(arguments->pareto);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arguments, arguments_clear)

static gboolean
parse(Arguments *arguments, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arguments->directory,
         "directory for page and figures", "DIR"},
        {"compare", 0, 0, G_OPTION_ARG_NONE, &arguments->compare,
         "two results: what differs, first of the inputs, then of the metrics", NULL},
        {"maximize", 0, 0, G_OPTION_ARG_STRING, &arguments->maximize,
         "of a sweep: the metric that the answer is about", "METRIC"},
        {"minimize", 0, 0, G_OPTION_ARG_STRING, &arguments->minimize,
         "the same, where less is better", "METRIC"},
        {"subject-to", 0, 0, G_OPTION_ARG_STRING, &arguments->constraints,
         "of a sweep: what the best point must meet", "LIST"},
        {"pareto", 0, 0, G_OPTION_ARG_STRING, &arguments->pareto,
         "of a sweep: metrics of the front; a minus before what is to be small", "LIST"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->paths, NULL,
         "RESULT...|SWEEP"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(
        context,
        "Write DIR/index.html, a page with figures that needs nothing else, and beside it every "
        "figure's\ntable, script and pictures (SVG, PNG, PDF), drawn by gnuplot. Of result files, "
        "or of a sweep: the\ndirectory of a plan, or its merged file. Examples:\n"
        "  memladder report out.h5 -o report/\n"
        "  memladder report near -o report/ --minimize tier_far.latency_p99");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, error))
        return FALSE;
    guint n = arguments->paths != NULL ? g_strv_length(arguments->paths) : 0;
    if (n == 0 || arguments->directory == NULL)
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                            "memladder report: expected result files or a sweep, and -o DIR");
    else if (arguments->compare && n < 2)
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                            "memladder report --compare: expected two or more result files");
    else if (arguments->maximize != NULL && arguments->minimize != NULL)
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                            "expected one of --maximize METRIC and --minimize METRIC");
    else
        return TRUE;
    return FALSE;
}

static gboolean
report_sweep(const Arguments *arguments, const char *path, GError **error)
{
    g_autoptr(LadSweepTable) table = lad_sweep_load(path, error);
    if (table == NULL)
        return FALSE;
    g_autofree char *objective =
        arguments->minimize != NULL ? g_strconcat("-", arguments->minimize, NULL) : NULL;
    LadSweepQuestion question = {objective != NULL ? objective : arguments->maximize,
                                 arguments->constraints, arguments->pareto};
    return lad_sweep_report(table, &question, arguments->directory, error);
}

static gboolean
report_results(const Arguments *arguments, GError **error)
{
    if (arguments->maximize != NULL || arguments->minimize != NULL ||
        arguments->constraints != NULL || arguments->pareto != NULL) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                            "--maximize, --minimize, --subject-to and --pareto are of sweeps; "
                            "expected the directory of a plan or its merged file");
        return FALSE;
    }
    g_autoptr(LadResults) results = lad_results_read(arguments->paths, error);
    return results != NULL && lad_report_write((const LadResult *const *)results->all,
                                               (const char *const *)results->names, results->n,
                                               arguments->compare, arguments->directory, error);
}

static gboolean
is_sweep(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_DIR) || lad_sweep_is_merged(path);
}

static int
run(int argc, char **argv, GError **error)
{
    g_auto(Arguments) arguments = {0};
    if (!parse(&arguments, argc, argv, error))
        return 2;
    gboolean sweep = is_sweep(arguments.paths[0]);
    if (sweep && arguments.paths[1] != NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "%s is a sweep, and a page shows one; expected no other file",
                    arguments.paths[0]);
        return 2;
    }
    if (!(sweep ? report_sweep(&arguments, arguments.paths[0], error)
                : report_results(&arguments, error)))
        return 1;
    printf("%s/index.html\n", arguments.directory);
    return 0;
}

const LadCommand lad_command_report = {
    "report",
    "write a page with tables and figures of results or a sweep",
    run,
};
