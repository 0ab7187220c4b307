/* publish.h - files that appear whole or not at all. */
#ifndef LAD_PUBLISH_H
#define LAD_PUBLISH_H

#include <memladder/error.h>

typedef enum {
    LAD_PUBLISH_DURABLE = 1,    /* on the disk when this returns, so that a crash of the machine
                                 * leaves the old file or the new one */
    LAD_PUBLISH_EXECUTABLE = 2, /* a script to be run */
} LadPublishFlags;

/* Writes `length` bytes (-1: a text, without its NUL) under a temporary name beside `path` and
 * renames that. A failure leaves what was there. `what` is for the message, "the result"; NULL: the
 * path alone names it. `flags`: of LadPublishFlags. Errors: IO, naming the path. */
gboolean lad_publish(const char *path, const char *what, const void *bytes, gssize length,
                     guint flags, GError **error);

#endif
