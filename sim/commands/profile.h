/* profile.h - what the subcommands of `memladder profile` share: traces, streams, form of output.
 */
#ifndef LAD_COMMANDS_PROFILE_H
#define LAD_COMMANDS_PROFILE_H

#include "analysis/profile/findings.h"
#include "analysis/profile/machine.h"
#include "analysis/profile/sources.h"
#include "sim/commands/command.h"
#include "sim/commands/trace_work.h"

extern const LadCommand lad_profile_command_bandwidth;
extern const LadCommand lad_profile_command_burst;
extern const LadCommand lad_profile_command_code;
extern const LadCommand lad_profile_command_latency;
extern const LadCommand lad_profile_command_reuse;

/* What all of them are asked. */
typedef struct {
    char **traces;
    char *streams, *format, *output;
    gboolean json, salvage;
    LadFindingsForm form;
    LadProfileSources *sources;
    LadTraceWork work;
    /* Set before begin: it runs a machine, which the next are about. */
    gboolean on_machine;
    char *machine_file, **sets;
    LadProfileMachine machine;
    LadModels *models;
} LadProfileCommand;

/* Reads options, `entries` and the common ones (--machine and --set with `on_machine`), and opens
 * the traces. `what` is the subcommand. Errors: USAGE, those of opening. */
gboolean lad_profile_command_begin(LadProfileCommand *command, const char *what, int argc,
                                   char **argv, const GOptionEntry *entries, const char *summary,
                                   GError **error);
/* With --output, leaves the picture of `table` there, drawn by the script `figure` of
 * analysis/plots; the table and the script are beside it. Errors: IO, UNSUPPORTED. */
gboolean lad_profile_command_draw(const LadProfileCommand *command, const LadFindings *findings,
                                  const char *figure, const char *table, GError **error);
/* Prints the findings, and draws. */
gboolean lad_profile_command_show(const LadProfileCommand *command, const LadFindings *findings,
                                  const char *figure, const char *table, GError **error);
/* Frees what it has; called in any case. */
void lad_profile_command_end(LadProfileCommand *command);
/* "1%", "1/64" or "0.01" as a share. Errors: USAGE with the option's name. */
gboolean lad_profile_parse_share(const char *option, const char *text, double *share,
                                 GError **error);
/* One of `names` (NULL-terminated) as its number; NULL text: the first. Errors: USAGE. */
gboolean lad_profile_parse_name(const char *option, const char *text, const char *const *names,
                                guint *number, GError **error);

#endif
