/* content.h - how well the pages that a program touches compress, for models of compressed memory.
 */
#ifndef LAD_CAPTURE_CONTENT_H
#define LAD_CAPTURE_CONTENT_H

#include <memladder/trace.h>

/* Pages of a process. */
typedef struct LadPageSet LadPageSet;
typedef struct LadContent LadContent;

LadContent *lad_content_new(void);
void lad_content_free(LadContent *content);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadContent, lad_content_free)

/* The pages of a process since it was last sampled; the content's. */
LadPageSet *lad_content_pages(LadContent *content, guint32 process);
void lad_page_set_add(LadPageSet *set, guint64 page);

/* Compress each page of the set as it is now in the process's memory, on its own, write
 * COMPRESSIBILITY records, by algorithm and address, and empty the set. A page that is no longer
 * mapped is passed over. `n_pages` is increased by those compressed. Errors: UNSUPPORTED if the
 * process's memory may not be read; those of the writer. */
gboolean lad_content_sample(LadContent *content, guint32 process, LadTraceWriter *writer,
                            guint stream, guint64 *n_pages, GError **error);

#endif
