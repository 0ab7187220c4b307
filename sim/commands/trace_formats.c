/* trace_formats.c - memladder trace formats: what can be converted, what is kept and what is lost.
 */
#include "config.h"
#include <memladder/import.h>
#include <stdio.h>
#include "sim/commands/trace.h"

static void
print_sentences(const char *heading, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        printf("  %-9s %s\n", i == 0 ? heading : "", lines[i]);
}

static void
print_format(const LadImportFormat *format)
{
    printf("%s - %s\n", format->name, format->summary);
    print_sentences("level", format->level);
    print_sentences("kept", format->kept);
    print_sentences("lost", format->lost);
    print_sentences("run on", format->evidence);
    printf("  %-9s memladder trace convert --from %s IN... OUT.mlt\n", "command", format->name);
    for (const LadOption *option = format->options; option != NULL && option->name != NULL;
         option++) {
        g_autofree char *expectation = lad_option_expectation(option);
        printf("  %-9s %s: %s; %s%s%s\n", "option", option->name, option->help, expectation,
               option->def != NULL && *option->def != '\0' ? "; default " : "",
               option->def != NULL ? option->def : "; required");
    }
}

static int
run(int argc, char **argv, GError **error)
{
    char *name[1] = {NULL};
    const GOptionEntry entries[] = {{NULL, 0, 0, 0, NULL, NULL, NULL}};
    if (!lad_trace_arguments(argc, argv, entries, "[FORMAT]",
                             "List the formats that `memladder trace convert` reads: what of each "
                             "is kept, what is lost,\nand the real recordings it was run on.",
                             1, 1, name, error))
        return 1;
    const LadImportFormat *only = NULL;
    if (name[0] != NULL && (only = lad_import_find(name[0], error)) == NULL)
        return 1;
    for (guint i = 0; lad_import_formats[i] != NULL; i++) {
        if (only != NULL && lad_import_formats[i] != only)
            continue;
        if (i > 0 && only == NULL)
            printf("\n");
        print_format(lad_import_formats[i]);
    }
    return 0;
}

const LadCommand lad_trace_command_formats = {
    "formats",
    "list the formats that can be converted",
    run,
};
