/* profile_burst.c - memladder profile burst: figures of windows, with confidence intervals. */
#include "config.h"
#include "analysis/profile/burst.h"
#include "sim/commands/profile.h"

typedef struct {
    char *gaps;
    gboolean windows;
} Arguments;

static gboolean
profile(const Arguments *arguments, LadProfileCommand *command, GError **error)
{
    LadBurstOptions options = {
        .machine = &command->machine, .models = command->models, .windows = arguments->windows};
    if (arguments->gaps != NULL && !lad_burst_parse_gaps(arguments->gaps, &options, error))
        return FALSE;
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
    LadProfileCommand command = {.on_machine = TRUE};
    const GOptionEntry entries[] = {
        {"gaps", 0, 0, G_OPTION_ARG_STRING, &arguments.gaps,
         "caches and TLBs at gaps: marked (default: kept, counted from the marks of a stitched "
         "trace on), keep, warm:N (the first N instructions of a window are not counted), flush "
         "(emptied) or flush:N",
         "RULE"},
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
    g_free(arguments.gaps);
    return ok ? 0 : 1;
}

const LadCommand lad_profile_command_burst = {
    .name = "burst",
    .summary = "figures of burst recordings, with confidence intervals over the windows",
    .run = run,
};
