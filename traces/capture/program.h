/* program.h - the three programs of a recording: the one to record, the emulator, the plugin. */
#ifndef LAD_CAPTURE_PROGRAM_H
#define LAD_CAPTURE_PROGRAM_H

#include <memladder/error.h>

/* Each returns a path, the caller's, or NULL. */

/* Find `name` in PATH and see that the emulator can run it: an x86-64 ELF program that may be
 * executed, and not one that runs with another user's rights. Errors: USAGE. */
char *lad_capture_find_program(const char *name, GError **error);
/* `name`, or qemu-x86_64 from PATH. Errors: UNSUPPORTED. */
char *lad_capture_find_emulator(const char *name, GError **error);
/* In $LAD_PLUGIN_DIR, beside the running program (a build tree), or where it was installed. */
char *lad_capture_find_plugin(GError **error);
/* The emulator's first line of --version; "" if it does not tell. */
char *lad_capture_emulator_version(const char *emulator);

#endif
