/* tally.c - gathers counts by page, which come in any order and repeatedly, and writes them once.
 */
#include "config.h"
#include "traces/capture/tally.h"
#include "traces/capture/ring.h"

#define MERGE_FROM 65536 /* entries that are worth joining before the interval ends */

typedef struct {
    guint64 page, touches, writes;
} Touched;

struct LadTally {
    GArray *pages;   /* Touched */
    guint n_joined;  /* of them when they were last sorted and joined */
    gboolean sorted; /* by page, each once */
};

LadTally *
lad_tally_new(void)
{
    LadTally *tally = g_new0(LadTally, 1);

    tally->pages = g_array_new(FALSE, FALSE, sizeof(Touched));
    tally->sorted = TRUE;
    return tally;
}

void
lad_tally_free(LadTally *tally)
{
    g_array_unref(tally->pages);
    g_free(tally);
}

static gint
compare_pages(gconstpointer a, gconstpointer b)
{
    guint64 left = ((const Touched *)a)->page, right = ((const Touched *)b)->page;

    return (left > right) - (left < right);
}

static void
join(LadTally *tally)
{
    Touched *pages = (Touched *)(void *)tally->pages->data;
    guint n = 0;

    if (tally->sorted)
        return;
    g_array_sort(tally->pages, compare_pages);
    for (guint i = 0; i < tally->pages->len; i++) {
        if (n > 0 && pages[n - 1].page == pages[i].page) {
            pages[n - 1].touches += pages[i].touches;
            pages[n - 1].writes += pages[i].writes;
        } else {
            pages[n++] = pages[i];
        }
    }
    g_array_set_size(tally->pages, n);
    tally->n_joined = n;
    tally->sorted = TRUE;
}

void
lad_tally_add(LadTally *tally, guint64 page, guint64 n_touches, guint64 n_writes)
{
    const Touched touched = {page, n_touches, n_writes};

    g_array_append_val(tally->pages, touched);
    tally->sorted = FALSE;
    if (tally->pages->len >= MERGE_FROM && tally->pages->len >= 2 * tally->n_joined)
        join(tally);
}

gboolean
lad_tally_write(LadTally *tally, LadTraceWriter *writer, guint stream, guint64 begin, guint64 end,
                guint64 *n_pages, GError **error)
{
    guint first = 0, last;

    join(tally);
    while (first < tally->pages->len && g_array_index(tally->pages, Touched, first).page < begin)
        first++;
    for (last = first; last < tally->pages->len; last++) {
        const Touched *touched = &g_array_index(tally->pages, Touched, last);
        const LadRecord record = {.kind = LAD_RECORD_PAGE_TOUCH,
                                  .address = touched->page << LAD_PAGE_SHIFT,
                                  .weight = touched->touches,
                                  .value = touched->writes,
                                  .text = ""};
        if (touched->page >= end)
            break;
        if (!lad_trace_writer_record(writer, stream, &record, error))
            return FALSE;
    }
    *n_pages = last - first;
    g_array_remove_range(tally->pages, first, last - first);
    tally->n_joined = tally->pages->len;
    return TRUE;
}
