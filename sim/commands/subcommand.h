/* subcommand.h - commands that have subcommands of their own. */
#ifndef LAD_SUBCOMMAND_H
#define LAD_SUBCOMMAND_H

#include "sim/commands/command.h"

/* Runs the subcommand that argv[1] names, or prints the help: `usage` and `summary` (lines), the
 * list and `more` (lines). Errors: USAGE naming the nearest. */
int lad_subcommand_run(const char *command, const LadCommand *const *subcommands, const char *usage,
                       const char *summary, const char *more, int argc, char **argv,
                       GError **error);

#endif
