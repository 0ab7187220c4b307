/* trace_formats.c - memladder trace formats: what can be converted, what is kept and what is lost;
 * the same as the middle of memladder-formats(7). */
#include "config.h"
#include <memladder/export.h>
#include <memladder/import.h>
#include <stdio.h>
#include <string.h>
#include "sim/commands/trace.h"

static char *
command_of(const LadImportFormat *format)
{
    return g_strdup_printf("memladder trace convert --from %s IN... OUT.mlt", format->name);
}

/* What an option takes and is without it. */
static char *
option_detail(const LadOption *option)
{
    g_autofree char *expectation = lad_option_expectation(option);
    if (option->def == NULL)
        return g_strdup_printf("%s; required", expectation);
    if (*option->def == '\0')
        return g_strdup(expectation);
    return g_strdup_printf("%s; %s by default", expectation, option->def);
}

/* ---- Text -------------------------------------------------------------------------------------
 */

static void
print_sentences(const char *heading, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        printf("  %-9s %s\n", i == 0 ? heading : "", lines[i]);
}

static void
print_text(const LadImportFormat *format)
{
    g_autofree char *command = command_of(format);
    printf("%s - %s\n", format->name, format->summary);
    print_sentences("level", format->level);
    print_sentences("kept", format->kept);
    print_sentences("lost", format->lost);
    print_sentences("run on", format->evidence);
    print_sentences("command", command);
    for (const LadOption *option = format->options; option != NULL && option->name != NULL;
         option++) {
        g_autofree char *detail = option_detail(option);
        printf("  %-9s %s: %s (%s)\n", "option", option->name, option->help, detail);
    }
}

/* ---- troff ------------------------------------------------------------------------------------
 */

static void
print_plain(const char *text)
{
    if (text[0] == '.' || text[0] == '\'')
        fputs("\\&", stdout);
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text == '\n' ? ' ' : *text);
    }
}

static void
print_item(const char *heading, const char *text)
{
    printf(".TP\n.I %s\n", heading);
    print_plain(text);
    putchar('\n');
}

static void
print_man(const LadImportFormat *format)
{
    g_autofree char *command = command_of(format);
    printf(".SS %s\n", format->name);
    print_plain(format->summary);
    printf(".\n");
    print_item("level", format->level);
    print_item("kept", format->kept);
    print_item("lost", format->lost);
    print_item("run on", format->evidence);
    printf(".TP\n.I command\n.B ");
    print_plain(command);
    putchar('\n');
    for (const LadOption *option = format->options; option != NULL && option->name != NULL;
         option++) {
        g_autofree char *detail = option_detail(option);
        printf(".TP\n.B \\-\\-option ");
        print_plain(option->name);
        printf("=\\fIvalue\\fR\n");
        print_plain(option->help);
        printf(" (");
        print_plain(detail);
        printf(").\n");
    }
}

static void
print_exports_man(void)
{
    for (guint i = 0; lad_export_formats[i] != NULL; i++) {
        const LadExportFormat *format = lad_export_formats[i];
        printf(".TP\n.B memladder trace export \\-\\-to %s \\fItrace file\\fR\n", format->name);
        print_plain(format->summary);
        printf(".\nLost: ");
        print_plain(format->lost);
        putchar('\n');
    }
}

static gboolean
print_all(const char *how, GError **error)
{
    gboolean man = how != NULL && strcmp(how, "man") == 0;
    gboolean exports = how != NULL && strcmp(how, "man-export") == 0;
    if (how != NULL && !man && !exports && strcmp(how, "text") != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--format %s: expected text, man or man-export", how);
        return FALSE;
    }
    if (exports) {
        print_exports_man();
        return TRUE;
    }
    for (guint i = 0; lad_import_formats[i] != NULL; i++) {
        if (man) {
            print_man(lad_import_formats[i]);
            continue;
        }
        if (i > 0)
            printf("\n");
        print_text(lad_import_formats[i]);
    }
    return TRUE;
}

static int
run(int argc, char **argv, GError **error)
{
    char *name[1] = {NULL};
    g_autofree char *how = NULL;
    const GOptionEntry entries[] = {{"format", 'f', 0, G_OPTION_ARG_STRING, &how,
                                     "text, or the sections of the manual: man, man-export (text)",
                                     "FORMAT"},
                                    {NULL, 0, 0, 0, NULL, NULL, NULL}};
    if (!lad_trace_arguments(argc, argv, entries, "[NAME]",
                             "List the formats that `memladder trace convert` reads: what of each "
                             "is kept, what is lost,\nand the real recordings it was run on.",
                             1, 1, name, error))
        return 1;
    if (name[0] == NULL)
        return print_all(how, error) ? 0 : 1;
    const LadImportFormat *only = lad_import_find(name[0], error);
    if (only == NULL)
        return 1;
    print_text(only);
    return 0;
}

const LadCommand lad_trace_command_formats = {
    "formats",
    "list the formats that can be converted",
    run,
};
