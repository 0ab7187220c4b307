/* command.h - one subcommand of the program per file; sim/commands/table.c lists them. */
#ifndef LAD_COMMAND_H
#define LAD_COMMAND_H

#include <memladder/error.h>

typedef struct {
    const char *name;    /* "run", "trace", ... */
    const char *summary; /* one line for `memladder --help` */
    /* Runs it: argv[0] is the subcommand's name. Returns the exit status; with `error` set main
     * prints the message and takes lad_error_exit_status. Data goes to stdout, all else to stderr.
     */
    int (*run)(int argc, char **argv, GError **error);
} LadCommand;

extern const LadCommand lad_command_bench;
extern const LadCommand lad_command_capture;
extern const LadCommand lad_command_compare;
extern const LadCommand lad_command_dump;
extern const LadCommand lad_command_models;
extern const LadCommand lad_command_probe;
extern const LadCommand lad_command_profile;
extern const LadCommand lad_command_report;
extern const LadCommand lad_command_run;
extern const LadCommand lad_command_study;
extern const LadCommand lad_command_sweep;
extern const LadCommand lad_command_trace;
extern const LadCommand lad_command_validate;

/* NULL-terminated. */
extern const LadCommand *const lad_commands[];

#endif
