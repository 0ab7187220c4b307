/* tally.h - the pages that a thread touches in an interval, and how often. */
#ifndef LAD_CAPTURE_TALLY_H
#define LAD_CAPTURE_TALLY_H

#include <memladder/trace.h>

typedef struct LadTally LadTally;

LadTally *lad_tally_new(void);
void lad_tally_free(LadTally *tally);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadTally, lad_tally_free)

/* Add to a page's counts. */
void lad_tally_add(LadTally *tally, guint64 page, guint64 n_touches, guint64 n_writes);
/* Write the pages of [begin, end), page numbers, by address, one record each, and forget them.
 * Returns how many in `n_pages`. Errors: those of the writer. */
gboolean lad_tally_write(LadTally *tally, LadTraceWriter *writer, guint stream, guint64 begin,
                         guint64 end, guint64 *n_pages, GError **error);

#endif
