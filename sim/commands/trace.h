/* trace.h - the subcommands of `memladder trace`, one file each. */
#ifndef LAD_COMMANDS_TRACE_H
#define LAD_COMMANDS_TRACE_H

#include <memladder/trace.h>
#include "sim/commands/command.h"

extern const LadCommand lad_trace_command_convert;
extern const LadCommand lad_trace_command_export;
extern const LadCommand lad_trace_command_formats;
extern const LadCommand lad_trace_command_diff;
extern const LadCommand lad_trace_command_filter;
extern const LadCommand lad_trace_command_head;
extern const LadCommand lad_trace_command_info;
extern const LadCommand lad_trace_command_merge;
extern const LadCommand lad_trace_command_sample;
extern const LadCommand lad_trace_command_slice;
extern const LadCommand lad_trace_command_stat;
extern const LadCommand lad_trace_command_stitch;
extern const LadCommand lad_trace_command_synth;
extern const LadCommand lad_trace_command_validate;

/* Parses options that stand before, between or after `n_files` file names, which `files` gets (NULL
 * for optional ones left out, of which there are at most `n_optional` at the end). */
gboolean lad_trace_arguments(int argc, char **argv, const GOptionEntry *entries,
                             const char *parameters, const char *summary, guint n_files,
                             guint n_optional, char **files, GError **error);

#endif
