/* source.h - the bytes of a trace at any offset, be it a file or a pipe.
 *
 * A pipe's bytes are kept in an unlinked temporary file as they are read, so that streams can be
 * read at different paces and more than once.
 */
#ifndef LAD_TRACE_SOURCE_H
#define LAD_TRACE_SOURCE_H

#include <memladder/error.h>

typedef struct LadSource LadSource;

/* `path` "-" is standard input. Errors: IO. */
LadSource *lad_source_open(const char *path, GError **error);
void lad_source_free(LadSource *source);
gboolean lad_source_seekable(const LadSource *source);
/* Bytes of the file; 0 if it is a pipe. */
guint64 lad_source_size(const LadSource *source);
/* The furthest byte read so far. */
guint64 lad_source_reached(const LadSource *source);
/* Reads exactly `n` bytes; callable from any thread. `data` is the LadSource, so that it serves as
 * a LadReadAt. Errors: TRACE if the file ends before, IO. */
gboolean lad_source_read_at(gpointer data, guint64 offset, void *to, gsize n, GError **error);

#endif
