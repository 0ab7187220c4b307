/* subcommand.c - find and run a command's subcommand. */
#include "config.h"
#include "sim/commands/subcommand.h"
#include "sim/base/nearest.h"
#include <stdio.h>
#include <string.h>

static void
print_help(const char *command, const LadCommand *const *subcommands, const char *usage,
           const char *summary, const char *more)
{
    printf("Usage: memladder %s SUBCOMMAND %s\n%s\n\nSubcommands:\n", command, usage, summary);
    for (guint i = 0; subcommands[i] != NULL; i++)
        printf("  %-12s%s\n", subcommands[i]->name, subcommands[i]->summary);
    printf("\n`memladder %s SUBCOMMAND --help` explains one. %s\n", command, more);
}

int
lad_subcommand_run(const char *command, const LadCommand *const *subcommands, const char *usage,
                   const char *summary, const char *more, int argc, char **argv, GError **error)
{
    if (argc < 2) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "memladder %s needs a subcommand; `memladder %s --help` lists them", command,
                    command);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(command, subcommands, usage, summary, more);
        return 0;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; subcommands[i] != NULL; i++) {
        if (strcmp(subcommands[i]->name, argv[1]) == 0)
            return subcommands[i]->run(argc - 1, argv + 1, error);
        g_ptr_array_add(names, (gpointer)subcommands[i]->name);
    }
    g_ptr_array_add(names, NULL);
    const char *nearest = lad_nearest(argv[1], (const char *const *)names->pdata);
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "there is no subcommand `%s %s`%s%s%s (see memladder %s --help)", command, argv[1],
                nearest != NULL ? "; did you mean `" : "", nearest != NULL ? nearest : "",
                nearest != NULL ? "`?" : "", command);
    return 2;
}
