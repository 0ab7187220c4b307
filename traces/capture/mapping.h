/* mapping.h - map, unmap and grow: a recorded process's mappings as records of the trace. */
#ifndef LAD_CAPTURE_MAPPING_H
#define LAD_CAPTURE_MAPPING_H

#include <memladder/trace.h>

typedef struct LadMappings LadMappings;

LadMappings *lad_mappings_new(void);
void lad_mappings_free(LadMappings *mappings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadMappings, lad_mappings_free)

/* `child` begins with what `parent` knows. */
void lad_mappings_fork(LadMappings *mappings, guint32 parent, guint32 child);
/* A line of /proc/PID/maps, in `n_words` words padded with zeros. */
gboolean lad_mappings_line(LadMappings *mappings, LadTraceWriter *writer, guint stream,
                           guint32 process, const guint64 *words, guint n_words, GError **error);
/* Whether such a call will take mappings away, and where. */
gboolean lad_mappings_unmaps(LadMappings *mappings, guint32 process, const guint64 *words,
                             guint n_words, guint64 *begin, guint64 *end);
/* A system call that succeeded: number, result, six arguments, the file's path. */
gboolean lad_mappings_syscall(LadMappings *mappings, LadTraceWriter *writer, guint stream,
                              guint32 process, const guint64 *words, guint n_words, GError **error);

#endif
