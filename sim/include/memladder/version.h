/* version.h - which memladder this is, for messages and the provenance of results. */
#ifndef MEMLADDER_VERSION_H
#define MEMLADDER_VERSION_H

#include <glib.h>

G_BEGIN_DECLS

/* The release, "0.1.0". Static text. */
const char *lad_version(void);
/* The state of the source tree it was built from, as `git describe --always --dirty` puts it, or
 * "unknown" if it was built from neither a clone nor a release. Static text. */
const char *lad_version_revision(void);
/* Compiler and the flags that can change results or speed. Static text. */
const char *lad_version_compiler(void);

G_END_DECLS
#endif
