/* touches.h - the pages that a thread touches in an interval, and how often. */
#ifndef LAD_CAPTURE_TOUCHES_H
#define LAD_CAPTURE_TOUCHES_H

#include <memladder/trace.h>

typedef struct LadTouches LadTouches;

LadTouches *lad_touches_new(void);
void lad_touches_free(LadTouches *touches);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadTouches, lad_touches_free)

/* Add to a page's counts. */
void lad_touches_add(LadTouches *touches, guint64 page, guint64 n_touches, guint64 n_writes);
/* Write the pages of [begin, end), page numbers, by address, one record each, and forget them.
 * Returns how many in `n_pages`. Errors: those of the writer. */
gboolean lad_touches_write(LadTouches *touches, LadTraceWriter *writer, guint stream, guint64 begin,
                           guint64 end, guint64 *n_pages, GError **error);

#endif
