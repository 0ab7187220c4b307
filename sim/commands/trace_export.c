/* trace_export.c - memladder trace export: .mlt to other tools' formats. */
#include "config.h"
#include <memladder/export.h>
#include <stdio.h>
#include "sim/base/progress.h"
#include "sim/commands/interrupt.h"
#include "sim/commands/trace.h"

typedef struct {
    char *to;
    gint64 stream;
    int level;
    gboolean quiet;
} Arguments;

static char *
summary_text(void)
{
    GString *text =
        g_string_new("Write a trace in the format of another tool, so that it can be run "
                     "on the same accesses.\nOUT is packed if it ends in .gz, .xz, .bz2 "
                     "or .zst; `-` is standard input or output.\n\nFormats:");
    for (guint i = 0; lad_export_formats[i] != NULL; i++) {
        const LadExportFormat *format = lad_export_formats[i];
        g_auto(GStrv) lost = g_strsplit(format->lost, "\n", -1);
        g_string_append_printf(text, "\n  %-12s%s", format->name, format->summary);
        for (guint k = 0; lost[k] != NULL; k++)
            g_string_append_printf(text, "\n  %-12s  lost: %s", "", lost[k]);
    }
    return g_string_free(text, FALSE);
}

static gboolean
go_on(gpointer data, guint64 done, guint64 total, GError **error)
{
    lad_progress_update(data, total > 0 ? (double)done / (double)total : 0, done);
    return !lad_interrupt_pending() || lad_interrupt_error(error);
}

static gboolean
export_trace(const Arguments *arguments, char *const files[2], GError **error)
{
    if (arguments->to == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--to FORMAT is missing; `memladder trace export --help` lists the formats");
        return FALSE;
    }
    const LadExportFormat *format = lad_export_find(arguments->to, error);
    if (format == NULL)
        return FALSE;
    if (arguments->stream < -1 || arguments->level < 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--stream and --level cannot be negative");
        return FALSE;
    }
    LadProgressMode mode;
    if (!lad_progress_parse(NULL, stderr, &mode, error))
        return FALSE;
    g_autoptr(LadProgress) progress = lad_progress_new(mode, "export", "bytes", stderr);
    LadExportOptions options = {.stream = arguments->stream,
                                .compression = (guint)arguments->level,
                                .progress = go_on,
                                .progress_data = progress};
    LadExportTotals totals;
    lad_interrupt_install();
    gboolean ok = lad_export_run(format, files[0], files[1], &options, &totals, error);
    lad_progress_finish(progress);
    if (ok && !arguments->quiet)
        fprintf(stderr,
                "%s: %" G_GUINT64_FORMAT " instructions and %" G_GUINT64_FORMAT
                " data accesses written as %s, %" G_GUINT64_FORMAT " records left out; lost:\n%s\n",
                files[1], totals.n_insns, totals.n_data, format->name, totals.n_skipped,
                format->lost);
    return ok;
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {.stream = -1};
    const GOptionEntry entries[] = {
        {"to", 0, 0, G_OPTION_ARG_STRING, &arguments.to, "the format of OUT", "FORMAT"},
        {"stream", 's', 0, G_OPTION_ARG_INT64, &arguments.stream,
         "write only this stream (all, where the format holds several)", "N"},
        {"level", 0, 0, G_OPTION_ARG_INT, &arguments.level,
         "of the compressor that OUT's suffix names (its own default; xz 6)", "N"},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &arguments.quiet, "do not print what was lost", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    char *files[2] = {NULL, NULL};
    g_autofree char *summary = summary_text();
    gboolean ok = lad_trace_arguments(argc, argv, entries, "--to FORMAT IN.mlt OUT", summary, 2, 0,
                                      files, error) &&
                  export_trace(&arguments, files, error);
    g_free(arguments.to);
    return ok ? 0 : 1;
}

const LadCommand lad_trace_command_export = {
    "export",
    "write a trace in another tool's format",
    run,
};
