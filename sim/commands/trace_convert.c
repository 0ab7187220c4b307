/* trace_convert.c - memladder trace convert: other tools' traces to .mlt. */
#include "config.h"
#include <memladder/import.h>
#include <stdio.h>
#include <string.h>
#include "sim/base/progress.h"
#include "sim/commands/interrupt.h"
#include "sim/commands/trace.h"

typedef struct {
    char *from;
    gint64 chunk;
    int level;
    gboolean quiet;
} Arguments;

static char *
summary_text(void)
{
    GString *text =
        g_string_new("Convert a trace of another tool, plain or compressed (gzip, "
                     "bzip2, xz, lzma, lz4, zstd),\nto the .mlt format; `-` is standard "
                     "input or output.\n\nFormats:");
    for (guint i = 0; lad_import_formats[i] != NULL; i++) {
        const LadImportFormat *format = lad_import_formats[i];
        g_auto(GStrv) lost = g_strsplit(format->lost, "\n", -1);
        g_string_append_printf(text, "\n  %-12s%s", format->name, format->summary);
        for (guint k = 0; lost[k] != NULL && *lost[k] != '\0'; k++)
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
convert(const Arguments *arguments, char *const files[2], GError **error)
{
    if (arguments->from == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--from FORMAT is missing; `memladder trace convert --help` lists the formats");
        return FALSE;
    }
    if (arguments->chunk < 0 || arguments->level < 0 || arguments->level > 19) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--chunk-references must be positive and --level 1 to 19");
        return FALSE;
    }
    const LadImportFormat *format = lad_import_find(arguments->from, error);
    if (format == NULL)
        return FALSE;
    LadTraceWriterOptions options = {.chunk_references = (guint64)arguments->chunk,
                                     .zstd_level = arguments->level};
    LadProgressMode mode;
    if (!lad_progress_parse(NULL, stderr, &mode, error))
        return FALSE;
    g_autoptr(LadProgress) progress = lad_progress_new(mode, "convert", "bytes", stderr);
    lad_interrupt_install();
    gboolean ok = lad_import_run(format, files[0], files[1], &options, go_on, progress, error);
    lad_progress_finish(progress);
    if (!ok)
        return FALSE;
    if (!arguments->quiet)
        fprintf(stderr, "%s: written; lost in conversion:\n%s\n", files[1], format->lost);
    return TRUE;
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {0};
    const GOptionEntry entries[] = {
        {"from", 0, 0, G_OPTION_ARG_STRING, &arguments.from, "the format of IN", "FORMAT"},
        {"chunk-references", 0, 0, G_OPTION_ARG_INT64, &arguments.chunk,
         "references per chunk (1 Mi; 4 Mi packs better, but seeks in larger steps)", "N"},
        {"level", 0, 0, G_OPTION_ARG_INT, &arguments.level, "of zstd, 1 to 19 (3)", "N"},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &arguments.quiet, "do not print what was lost", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    char *files[2] = {NULL, NULL};
    g_autofree char *summary = summary_text();
    gboolean ok = lad_trace_arguments(argc, argv, entries, "--from FORMAT IN OUT.mlt", summary, 2,
                                      0, files, error) &&
                  convert(&arguments, files, error);
    g_free(arguments.from);
    return ok ? 0 : 1;
}

const LadCommand lad_trace_command_convert = {
    "convert",
    "convert a trace of another tool",
    run,
};
