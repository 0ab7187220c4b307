/* profile_burst.c - memladder profile burst: figures of windows, with confidence intervals. */
#include "config.h"
#include <memladder/model.h>
#include "analysis/profile/burst.h"
#include "sim/commands/profile.h"

typedef struct {
    char *machine;
    char **sets;
    gboolean windows;
} Arguments;

static gboolean
profile(const Arguments *arguments, LadProfileCommand *command, GError **error)
{
    const LadProfileMachine machine = {.machine = arguments->machine, .sets = arguments->sets};
    g_autoptr(LadModels) models = lad_models_new(NULL, error);
    if (models == NULL)
        return FALSE;
    const LadBurstOptions options = {&machine, models, arguments->windows};
    g_autoptr(LadFindings) findings =
        lad_profile_burst(command->sources, &options, &command->work.toolbox, error);
    lad_trace_work_end(&command->work);
    return findings != NULL &&
           lad_profile_command_show(command, findings, "burst", "figures", error);
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {0};
    LadProfileCommand command = {0};
    const GOptionEntry entries[] = {
        {"machine", 'm', 0, G_OPTION_ARG_FILENAME, &arguments.machine,
         "that the traces run on (default " LAD_PROFILE_MACHINE ", a core for each stream)",
         "FILE"},
        {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &arguments.sets,
         "change the machine; may be repeated", "GROUP.KEY=VALUE"},
        {"windows", 0, 0, G_OPTION_ARG_NONE, &arguments.windows, "a row for each window, too",
         NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    gboolean ok = lad_profile_command_begin(
                      &command, "burst", argc, argv, entries,
                      "Run burst recordings, as recorded or stitched, and print hit "
                      "ratios, misses and cycles of the\ncores' own caches and TLBs with "
                      "their 95 % confidence intervals over the windows.",
                      error) &&
                  profile(&arguments, &command, error);
    lad_profile_command_end(&command);
    g_free(arguments.machine);
    g_strfreev(arguments.sets);
    return ok ? 0 : 1;
}

const LadCommand lad_profile_command_burst = {
    .name = "burst",
    .summary = "figures of burst recordings, with confidence intervals over the windows",
    .run = run,
};
