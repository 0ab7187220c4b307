/* profile_latency.c - memladder profile latency: do the prefetchers pay? */
#include "config.h"
#include "analysis/profile/latency.h"
#include "sim/commands/profile.h"

typedef struct {
    char *prefetchers;
} Arguments;

static gboolean
profile(const Arguments *arguments, LadProfileCommand *command, GError **error)
{
    const LadLatencyOptions options = {.machine = &command->machine,
                                       .prefetchers = arguments->prefetchers,
                                       .models = command->models};
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
    LadProfileCommand command = {.on_machine = TRUE};
    const GOptionEntry entries[] = {
        {"prefetchers", 'p', 0, G_OPTION_ARG_FILENAME, &arguments.prefetchers,
         "groups [prefetcher.NAME] to try, beside those of the machine (default: all of the "
         "machine's, or " LAD_PROFILE_PREFETCHERS ")",
         "FILE"},
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
    g_free(arguments.prefetchers);
    return ok ? 0 : 1;
}

const LadCommand lad_profile_command_latency = {
    .name = "latency",
    .summary = "accuracy, coverage and price of prefetchers, by a pair of runs",
    .run = run,
};
