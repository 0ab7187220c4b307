/* content.h - how far pages compress, as the trace tells it; memladder/zpool.h has what models see.
 */
#ifndef LAD_KERNEL_CONTENT_H
#define LAD_KERNEL_CONTENT_H

#include <memladder/zpool.h>

/* Of one host; made by the first lad_content_want. */
LadContents *lad_contents_new(void);
void lad_contents_free(LadContents *contents);
/* A page-compressibility record: the page at `address` (bytes) compresses to `bytes` by `algorithm`
 * (0: it is filled with one word). Nothing to do if no model wants to know. */
void lad_contents_tell(LadHost *host, const LadProcess *process, guint64 address,
                       const char *algorithm, guint64 bytes);
/* The child's pages hold what its parent's do. */
void lad_contents_fork(LadHost *host, const LadProcess *parent, const LadProcess *child);

#endif
