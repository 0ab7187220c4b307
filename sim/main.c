/* main.c - the program: finds the subcommand and turns its error into an exit status.
 *
 * Exit status: 0 done, 1 the run failed, 2 usage or configuration, 130 interrupted, 143 ended by
 * SIGTERM. Data goes to stdout, everything else to stderr.
 */
#include "config.h"
#include "sim/base/nearest.h"
#include "sim/commands/command.h"
#include "sim/commands/interrupt.h"
#include "sim/commands/version.h"
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static void
print_help(void)
{
    printf("Usage: memladder COMMAND [OPTION...] [ARGUMENT...]\n"
           "Replay memory traces through a simulated machine's caches and memory tiers.\n"
           "\n"
           "Commands:\n");
    for (guint i = 0; lad_commands[i] != NULL; i++)
        printf("  %-12s%s\n", lad_commands[i]->name, lad_commands[i]->summary);
    printf("\n"
           "  -h, --help    print this text and exit\n"
           "  --version     print the versions of the program and its libraries and exit\n"
           "\n"
           "`memladder COMMAND --help` explains a command, `memladder models` lists the models.\n"
           "Exit status: 0 done, 1 the run failed, 2 usage or configuration, 130 interrupted,\n"
           "143 ended by SIGTERM.\n");
}

static const LadCommand *
find_command(const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; lad_commands[i] != NULL; i++) {
        if (strcmp(lad_commands[i]->name, name) == 0)
            return lad_commands[i];
        g_ptr_array_add(names, (gpointer)lad_commands[i]->name);
    }
    g_ptr_array_add(names, NULL);
    const char *nearest = lad_nearest(name, (const char *const *)names->pdata);
    if (nearest != NULL)
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "there is no command `%s`; did you mean `%s`? (see memladder --help)", name,
                    nearest);
    else
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "there is no command `%s`; `memladder --help` lists them", name);
    return NULL;
}

/* GOption's own complaints are mistakes of usage too. */
static int
exit_status_of(const GError *error)
{
    if (error->domain == G_OPTION_ERROR)
        return 2;
    if (g_error_matches(error, LAD_ERROR, LAD_ERROR_INTERRUPTED))
        return lad_interrupt_exit_status();
    return lad_error_exit_status(error);
}

/* What a full disk or a closed pipe swallowed must not pass for success. */
static gboolean
flush_output(GError **error)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "standard output: %s", g_strerror(errno));
    return FALSE;
}

/* "-j2" as "-j 2": GOption wants the space, and nobody else does. Up to "--", behind which the
 * words are another program's. The array is the caller's to free, the new words are borrowed from
 * the old. */
static char **
split_jobs(int *argc, char **argv)
{
    char **words = g_new0(char *, (gsize)*argc * 2 + 1);
    int n = 0, i = 0;
    for (; i < *argc && strcmp(argv[i], "--") != 0; i++) {
        gboolean joined = g_str_has_prefix(argv[i], "-j") && g_ascii_isdigit(argv[i][2]);
        words[n++] = joined ? (char *)"-j" : argv[i];
        if (joined)
            words[n++] = argv[i] + 2;
    }
    for (; i < *argc; i++)
        words[n++] = argv[i];
    *argc = n;
    return words;
}

static int
dispatch(int argc, char **argv, GError **error)
{
    if (argc < 2) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "a command is missing; `memladder --help` lists them");
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help();
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        lad_version_print(stdout);
        return 0;
    }
    if (argv[1][0] == '-') {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "unknown option `%s`: options follow the command (see memladder --help)",
                    argv[1]);
        return 2;
    }
    const LadCommand *command = find_command(argv[1], error);
    if (command == NULL)
        return 2;
    g_autofree char *prgname = g_strdup_printf("memladder %s", command->name);
    g_set_prgname(prgname);
    return command->run(argc - 1, argv + 1, error);
}

int
main(int argc, char **argv)
{
    /* Numbers are written as in the C locale everywhere; only character sets follow the user. */
    setlocale(LC_CTYPE, "");
    g_autoptr(GError) error = NULL;
    g_autofree char **words = split_jobs(&argc, argv);
    int status = dispatch(argc, words, &error);
    if (error == NULL && status == 0)
        flush_output(&error);
    if (error != NULL) {
        fflush(stdout);
        fprintf(stderr, "memladder: %s\n", error->message);
        status = exit_status_of(error);
    }
    return status;
}
