/* profile.c - memladder profile: what traces themselves tell. */
#include "config.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include "analysis/report/draw.h"
#include "sim/commands/profile.h"
#include "sim/commands/subcommand.h"

static const LadCommand *const subcommands[] = {
    &lad_profile_command_code,  &lad_profile_command_bandwidth, &lad_profile_command_latency,
    &lad_profile_command_reuse, &lad_profile_command_burst,     NULL,
};

static gboolean
parse_common(LadProfileCommand *command, GError **error)
{
    static const char *const forms[] = {"text", "tsv", "json", NULL};
    guint form = 0;
    if (!lad_profile_parse_name("--format", command->format, forms, &form, error))
        return FALSE;
    if (command->json && command->format != NULL && form != LAD_FINDINGS_JSON) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--json and --format=%s: expected one form",
                    command->format);
        return FALSE;
    }
    command->form = command->json ? LAD_FINDINGS_JSON : (LadFindingsForm)form;
    if (command->traces != NULL)
        return TRUE;
    g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                        "no trace is given; expected one or more");
    return FALSE;
}

static gboolean
keep_streams(LadProfileCommand *command, GError **error)
{
    guint n = lad_profile_sources_most_streams(command->sources);
    g_autofree gboolean *in = lad_trace_work_streams("--streams", command->streams, n, error);
    return in != NULL && lad_profile_sources_keep(command->sources, in, n, error);
}

gboolean
lad_profile_command_begin(LadProfileCommand *command, const char *what, int argc, char **argv,
                          const GOptionEntry *entries, const char *summary, GError **error)
{
    const GOptionEntry common[] = {
        {"streams", 's', 0, G_OPTION_ARG_STRING, &command->streams, "these streams of each trace",
         "0,2-5"},
        {"format", 'f', 0, G_OPTION_ARG_STRING, &command->format, "text (default), tsv or json",
         "FORMAT"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &command->json, "the same as --format=json", NULL},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &command->output,
         "leave the figure here, too: picture, table and script", "DIR"},
        {"salvage", 0, 0, G_OPTION_ARG_NONE, &command->salvage,
         "read what is whole of a trace cut off", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &command->traces, NULL, "TRACE..."},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    const GOptionEntry of_machine[] = {
        {"machine", 'm', 0, G_OPTION_ARG_FILENAME, &command->machine_file,
         "that the traces run on (default " LAD_PROFILE_MACHINE ", a core for each stream)",
         "FILE"},
        {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &command->sets,
         "change the machine; may be repeated", "GROUP.KEY=VALUE"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(context, summary);
    g_option_context_add_main_entries(context, entries, NULL);
    if (command->on_machine)
        g_option_context_add_main_entries(context, of_machine, NULL);
    g_option_context_add_main_entries(context, common, NULL);
    g_autofree char *name = g_strdup_printf("memladder profile %s", what);
    g_autofree char **words = g_memdup2(argv, ((gsize)argc + 1) * sizeof *argv);
    words[0] = name;
    if (!g_option_context_parse(context, &argc, &words, error) || !parse_common(command, error))
        return FALSE;
    if (command->on_machine && (command->models = lad_models_new(NULL, error)) == NULL)
        return FALSE;
    command->machine = (LadProfileMachine){.machine = command->machine_file, .sets = command->sets};
    LadTraceFlags flags = LAD_TRACE_NO_THREAD | (command->salvage ? LAD_TRACE_SALVAGE : 0);
    command->sources = lad_profile_sources_open((const char *const *)command->traces, flags, error);
    return command->sources != NULL && keep_streams(command, error) &&
           lad_trace_work_begin(&command->work, what,
                                lad_profile_sources_references(command->sources), error);
}

gboolean
lad_profile_command_draw(const LadProfileCommand *command, const LadFindings *findings,
                         const char *name, const char *table, GError **error)
{
    const LadFindingsTable *found = lad_findings_find(findings, table);
    if (command->output == NULL)
        return TRUE;
    if (g_mkdir_with_parents(command->output, 0777) != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot make the directory %s: %s",
                    command->output, g_strerror(errno));
        return FALSE;
    }
    if (found == NULL || lad_findings_n_rows(found) == 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                    "there is nothing to draw in %s: the traces have no such accesses", name);
        return FALSE;
    }
    g_autofree char *text = lad_findings_table_tsv(found);
    const LadDrawing drawing = {.script = name, .stem = name, .table = text};
    g_autofree char *picture = lad_draw(&drawing, command->output, error);
    return picture != NULL;
}

gboolean
lad_profile_command_show(const LadProfileCommand *command, const LadFindings *findings,
                         const char *figure, const char *table, GError **error)
{
    g_autofree char *text = lad_findings_print(findings, command->form);
    fputs(text, stdout);
    return lad_profile_command_draw(command, findings, figure, table, error);
}

void
lad_profile_command_end(LadProfileCommand *command)
{
    lad_trace_work_end(&command->work);
    g_clear_pointer(&command->sources, lad_profile_sources_free);
    lad_models_free(command->models);
    g_free(command->machine_file);
    g_strfreev(command->sets);
    g_strfreev(command->traces);
    g_free(command->streams);
    g_free(command->format);
    g_free(command->output);
}

gboolean
lad_profile_parse_share(const char *option, const char *text, double *share, GError **error)
{
    char *end = NULL;
    guint64 of = 0;
    if (g_str_has_prefix(text, "1/") &&
        g_ascii_string_to_unsigned(text + 2, 10, 1, G_MAXUINT32, &of, NULL)) {
        *share = 1.0 / (double)of;
        return TRUE;
    }
    *share = g_ascii_strtod(text, &end);
    if (end != text && strcmp(end, "%") == 0) {
        *share /= 100;
        end++;
    }
    if (end != text && *end == '\0' && *share > 0 && *share <= 1)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "%s %s: expected a share above 0 and up to 1, such as 1%%, 1/64 or 0.01", option,
                text);
    return FALSE;
}

gboolean
lad_profile_parse_name(const char *option, const char *text, const char *const *names,
                       guint *number, GError **error)
{
    for (guint i = 0; names[i] != NULL; i++)
        if (text == NULL || strcmp(text, names[i]) == 0) {
            *number = i;
            return TRUE;
        }
    g_autofree char *all = g_strjoinv(", ", (char **)names);
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "%s %s: expected one of %s", option, text, all);
    return FALSE;
}

static int
run(int argc, char **argv, GError **error)
{
    return lad_subcommand_run(
        "profile", subcommands, "[OPTION...] TRACE...",
        "Look at what traces tell without a machine, or with one where misses "
        "are needed.",
        "See memladder-profile(1).", argc, argv, error);
}

const LadCommand lad_command_profile = {
    .name = "profile",
    .summary = "reuse, code and bandwidth of traces themselves",
    .run = run,
};
