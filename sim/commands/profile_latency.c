/* profile_latency.c - memladder profile latency: do the prefetchers pay? */
#include "config.h"
#include "analysis/profile/latency.h"
#include "sim/commands/profile.h"
#include <memladder/model.h>

typedef struct {
    char *machine, *prefetchers;
    char **sets;
} Arguments;

static gboolean
profile(const Arguments *arguments, LadProfileCommand *command, GError **error)
{
    const LadProfileMachine machine = {.machine = arguments->machine, .sets = arguments->sets};
    g_autoptr(LadModels) models = lad_models_new(NULL, error);
    if (models == NULL)
        return FALSE;
    const LadLatencyOptions options = {
        .machine = &machine, .prefetchers = arguments->prefetchers, .models = models};
    g_autoptr(LadFindings) findings =
        lad_profile_latency(command->sources, &options, &command->work.toolbox, error);
    lad_trace_work_end(&command->work);
    return findings != NULL &&
           lad_profile_command_show(command, findings, "prefetch-time", "topdown", error);
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {0};
    LadProfileCommand command = {0};
    const GOptionEntry entries[] = {
        {"prefetchers", 'p', 0, G_OPTION_ARG_FILENAME, &arguments.prefetchers,
         "groups [prefetcher.NAME] to try, beside those of the machine (default: all of the "
         "machine's, or " LAD_PROFILE_PREFETCHERS ")",
         "FILE"},
        {"machine", 'm', 0, G_OPTION_ARG_FILENAME, &arguments.machine,
         "that the traces run on (default " LAD_PROFILE_MACHINE ", a core for each stream)",
         "FILE"},
        {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &arguments.sets,
         "change the machine; may be repeated", "GROUP.KEY=VALUE"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    gboolean ok =
        lad_profile_command_begin(&command, "latency", argc, argv, entries,
                                  "Run the traces twice, with prefetchers and without, and print "
                                  "their accuracy and coverage,\nwhat they change in IPC, memory "
                                  "traffic and bandwidth, and where the time goes.",
                                  error) &&
        profile(&arguments, &command, error);
    lad_profile_command_end(&command);
    g_free(arguments.machine);
    g_free(arguments.prefetchers);
    g_strfreev(arguments.sets);
    return ok ? 0 : 1;
}

const LadCommand lad_profile_command_latency = {
    .name = "latency",
    .summary = "accuracy, coverage and price of prefetchers, by a pair of runs",
    .run = run,
};
