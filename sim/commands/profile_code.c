/* profile_code.c - memladder profile code: how much code, how hot, how shared, how it misses. */
#include "config.h"
#include "analysis/profile/code.h"
#include "sim/commands/profile.h"

typedef struct {
    gboolean no_machine;
} Arguments;

static gboolean
profile(const Arguments *arguments, LadProfileCommand *command, GError **error)
{
    const LadCodeOptions options = {arguments->no_machine, &command->machine, command->models};
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
    LadProfileCommand command = {.on_machine = TRUE};
    const GOptionEntry entries[] = {
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
    return ok ? 0 : 1;
}

const LadCommand lad_profile_command_code = {
    .name = "code",
    .summary = "footprint, heat and sharing of the code, its misses and how cores' correlate",
    .run = run,
};
