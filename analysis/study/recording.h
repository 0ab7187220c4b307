/* recording.h - a study's recording of a program: with what it needs made before, with a client
 * beside it where it is a server, and kept for the next time.
 *
 * Everything runs in the study's folder. What the programs print goes to FOLDER/NAME.log; how
 * FOLDER/NAME.mlt was made to FOLDER/NAME.recorded, by which another study knows that it need not
 * be made again.
 */
#ifndef LAD_STUDY_RECORDING_H
#define LAD_STUDY_RECORDING_H

#include "traces/capture/capture.h"
#include <memladder/types.h>

typedef struct {
    const char *name;    /* of the trace */
    const char *capture; /* the program and its arguments, as for a shell */
    const char *prepare; /* command for a shell, before; "": none */
    const char *beside;  /* command for a shell, meanwhile; "": none. {port} in this and in
                            `capture` is a TCP port that is free, and this begins when something
                            listens there. The program is ended when this has ended. */
    char *const *needs;  /* programs, or files, without which nothing is recorded; NULL-terminated
                          */
    char **environment;  /* NAME=VALUE each; NULL-terminated */
    LadCaptureLevel level;
    guint64 clock;     /* of level page: instructions that count as a second */
    LadTime interval;  /* the same */
    guint64 skip, max; /* instructions; max 0: to the program's end */
} LadRecording;

/* What is missing on this machine, free with g_free; NULL: nothing is. */
char *lad_recording_missing(const LadRecording *recording);
/* Whether FOLDER has it, recorded the same way by the same program. */
gboolean lad_recording_is_there(const LadRecording *recording, const char *folder);
/* Record it. Errors: UNSUPPORTED (a command failed, nothing listened, no plugin), USAGE (not a
 * program that can be recorded), IO. */
gboolean lad_recording_make(const LadRecording *recording, const char *folder, GError **error);

#endif
