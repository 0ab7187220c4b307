/* profile_code.c - memladder profile code: how much code, how hot, how shared, how it misses. */
#include "config.h"
#include <memladder/model.h>
#include "analysis/profile/code.h"
#include "sim/commands/profile.h"

typedef struct {
    char *machine;
    char **sets;
    gboolean no_machine;
} Arguments;

static gboolean
profile(const Arguments *arguments, LadProfileCommand *command, GError **error)
{
    const LadProfileMachine machine = {.machine = arguments->machine, .sets = arguments->sets};
    g_autoptr(LadModels) models = lad_models_new(NULL, error);
    if (models == NULL)
        return FALSE;
    const LadCodeOptions options = {arguments->no_machine, &machine, models};
    g_autoptr(LadFindings) findings =
        lad_profile_code(command->sources, &options, &command->work.toolbox, error);
    lad_trace_work_end(&command->work);
    return findings != NULL &&
           lad_profile_command_show(command, findings, "bandwidth-by-pages", "curve", error) &&
           lad_profile_command_draw(command, findings, "code-map", "map", error);
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
        {"no-machine", 0, 0, G_OPTION_ARG_NONE, &arguments.no_machine,
         "only what the trace tells: no misses, no correlation", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    gboolean ok =
        lad_profile_command_begin(&command, "code", argc, argv, entries,
                                  "Print the footprint of the code, which pages of it are hot and "
                                  "which are shared, and on a\nmachine its misses by level and how "
                                  "the I-TLB misses of two cores correlate. Of samples,\nhow those "
                                  "of two processors do.",
                                  error) &&
        profile(&arguments, &command, error);
    lad_profile_command_end(&command);
    g_free(arguments.machine);
    g_strfreev(arguments.sets);
    return ok ? 0 : 1;
}

const LadCommand lad_profile_command_code = {
    .name = "code",
    .summary = "footprint, heat and sharing of the code, its misses and how cores' correlate",
    .run = run,
};
