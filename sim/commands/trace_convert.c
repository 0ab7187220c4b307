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
    char **settings;
    gint64 chunk;
    int level;
    gint64 max_expansion;
    gboolean archive;
    gboolean salvage;
    gboolean quiet;
} Arguments;

#define ARCHIVE_CHUNK ((guint64)4 << 20)
#define ARCHIVE_LEVEL 19

static char *
summary_text(void)
{
    GString *text = g_string_new(
        "Convert traces of another tool to the .mlt format. Each IN is a file, a directory (all "
        "files\nin it, in plain byte-wise order of their names) or `-`, standard input; plain, "
        "compressed\n(gzip, bzip2, xz, lzma, lz4, zstd) or in a zip or tar. OUT.mlt may be `-`, "
        "standard output.\nWithout --from the format is told from the content.\n\nFormats:");
    for (guint i = 0; lad_import_formats[i] != NULL; i++) {
        const LadImportFormat *format = lad_import_formats[i];
        g_string_append_printf(text, "\n  %-20s%s", format->name, format->summary);
        for (const LadOption *option = format->options; option != NULL && option->name != NULL;
             option++) {
            g_autofree char *expectation = lad_option_expectation(option);
            g_string_append_printf(text, "\n    --option %s=...: %s; %s", option->name,
                                   option->help, expectation);
            if (option->def != NULL)
                g_string_append_printf(text, " (%s)", *option->def != '\0' ? option->def : "empty");
        }
    }
    g_string_append(text, "\n\n`memladder trace formats` says what is kept and lost of each; "
                          "memladder-formats(7) how to record them.");
    return g_string_free(text, FALSE);
}

static gboolean
go_on(gpointer data, guint64 done, guint64 total, GError **error)
{
    lad_progress_update(data, total > 0 ? (double)done / (double)total : 0, done);
    return !lad_interrupt_pending() || lad_interrupt_error(error);
}

static void
print_report(const LadImportReport *report, const char *output)
{
    for (guint i = 0; i < report->damage->len; i++)
        fprintf(stderr, "memladder: salvaged what lies before: %s\n",
                (const char *)report->damage->pdata[i]);
    fprintf(stderr, "%s: written, from %s; lost in conversion:\n%s\n", output, report->format->name,
            report->format->lost);
}

static gboolean
convert(const Arguments *arguments, const char *const *inputs, const char *output, GError **error)
{
    if (arguments->chunk < 0 || arguments->level < 0 || arguments->level > 19 ||
        arguments->max_expansion < 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--chunk-references and --max-expansion must be positive and --level 1 to 19");
        return FALSE;
    }
    const LadImportFormat *format = NULL;
    if (arguments->from != NULL && (format = lad_import_find(arguments->from, error)) == NULL)
        return FALSE;
    LadTraceWriterOptions writer = {.chunk_references = (guint64)arguments->chunk,
                                    .zstd_level = arguments->level};
    if (arguments->archive && arguments->chunk == 0)
        writer.chunk_references = ARCHIVE_CHUNK;
    if (arguments->archive && arguments->level == 0)
        writer.zstd_level = ARCHIVE_LEVEL;
    LadProgressMode mode;
    if (!lad_progress_parse(NULL, stderr, &mode, error))
        return FALSE;
    g_autoptr(LadProgress) progress = lad_progress_new(mode, "convert", "bytes", stderr);
    LadImportOptions options = {.writer = &writer,
                                .settings = (const char *const *)arguments->settings,
                                .salvage = arguments->salvage,
                                .max_expansion = (guint64)arguments->max_expansion,
                                .progress = go_on,
                                .progress_data = progress};
    g_autoptr(LadImportReport) report = lad_import_report_new();
    lad_interrupt_install();
    gboolean ok = lad_import_run(format, inputs, output, &options, report, error);
    lad_progress_finish(progress);
    if (ok && (!arguments->quiet || report->damage->len > 0))
        print_report(report, output);
    return ok;
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {0};
    const GOptionEntry entries[] = {
        {"from", 0, 0, G_OPTION_ARG_STRING, &arguments.from,
         "the format of the inputs (told from the content)", "FORMAT"},
        {"option", 0, 0, G_OPTION_ARG_STRING_ARRAY, &arguments.settings,
         "an option of the format; may be repeated", "NAME=VALUE"},
        {"salvage", 0, 0, G_OPTION_ARG_NONE, &arguments.salvage,
         "keep all whole records before damage, and say where it is", NULL},
        {"archive", 0, 0, G_OPTION_ARG_NONE, &arguments.archive,
         "pack tightly and slowly: 4 Mi references per chunk and zstd level 19", NULL},
        {"max-expansion", 0, 0, G_OPTION_ARG_INT64, &arguments.max_expansion,
         "refuse input that unpacks to more than N times its size, beyond 64 MiB (1000)", "N"},
        {"chunk-references", 0, 0, G_OPTION_ARG_INT64, &arguments.chunk,
         "references per chunk (1 Mi; 4 Mi packs better, but seeks in larger steps)", "N"},
        {"level", 0, 0, G_OPTION_ARG_INT, &arguments.level, "of zstd, 1 to 19 (3)", "N"},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &arguments.quiet, "do not print what was lost", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    guint n_files = (guint)MAX(argc, 2);
    g_autofree char **files = g_new0(char *, n_files + 1);
    g_autofree char *summary = summary_text();
    gboolean ok = lad_trace_arguments(argc, argv, entries, "[--from FORMAT] IN... OUT.mlt", summary,
                                      n_files, n_files - 2, files, error);
    if (ok) {
        guint n = g_strv_length(files);
        const char *output = files[n - 1];
        files[n - 1] = NULL;
        ok = convert(&arguments, (const char *const *)files, output, error);
    }
    g_free(arguments.from);
    g_strfreev(arguments.settings);
    return ok ? 0 : 1;
}

const LadCommand lad_trace_command_convert = {
    "convert",
    "convert traces of other tools",
    run,
};
