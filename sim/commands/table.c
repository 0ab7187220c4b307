/* table.c - the program's subcommands, in the order in which --help lists them. */
#include "config.h"
#include "sim/commands/command.h"

const LadCommand *const lad_commands[] = {
    &lad_command_capture, &lad_command_trace,
    &lad_command_run,     &lad_command_study,
    &lad_command_sweep,   &lad_command_compare,
    &lad_command_dump,    &lad_command_models,
    &lad_command_probe,   &lad_command_profile,
    &lad_command_report,  &lad_command_validate,
    &lad_command_bench,   NULL,
};
