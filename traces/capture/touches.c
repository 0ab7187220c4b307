/* touches.c - gathers counts by page, which come in any order and repeatedly, and writes them once.
 */
#include "config.h"
#include "traces/capture/touches.h"
#include "traces/capture/ring.h"

#define MERGE_FROM 65536 /* entries that are worth joining before the interval ends */

typedef struct {
    guint64 page, touches, writes;
} Touched;

struct LadTouches {
    GArray *pages;   /* Touched */
    guint n_joined;  /* of them when they were last sorted and joined */
    gboolean sorted; /* by page, each once */
};

LadTouches *
lad_touches_new(void)
{
    LadTouches *touches = g_new0(LadTouches, 1);

    touches->pages = g_array_new(FALSE, FALSE, sizeof(Touched));
    touches->sorted = TRUE;
    return touches;
}

void
lad_touches_free(LadTouches *touches)
{
    g_array_unref(touches->pages);
    g_free(touches);
}

static gint
compare_pages(gconstpointer a, gconstpointer b)
{
    guint64 left = ((const Touched *)a)->page, right = ((const Touched *)b)->page;

    return (left > right) - (left < right);
}

static void
join(LadTouches *touches)
{
    Touched *pages = (Touched *)(void *)touches->pages->data;
    guint n = 0;

    if (touches->sorted)
        return;
    g_array_sort(touches->pages, compare_pages);
    for (guint i = 0; i < touches->pages->len; i++) {
        if (n > 0 && pages[n - 1].page == pages[i].page) {
            pages[n - 1].touches += pages[i].touches;
            pages[n - 1].writes += pages[i].writes;
        } else {
            pages[n++] = pages[i];
        }
    }
    g_array_set_size(touches->pages, n);
    touches->n_joined = n;
    touches->sorted = TRUE;
}

void
lad_touches_add(LadTouches *touches, guint64 page, guint64 n_touches, guint64 n_writes)
{
    const Touched touched = {page, n_touches, n_writes};

    g_array_append_val(touches->pages, touched);
    touches->sorted = FALSE;
    if (touches->pages->len >= MERGE_FROM && touches->pages->len >= 2 * touches->n_joined)
        join(touches);
}

gboolean
lad_touches_write(LadTouches *touches, LadTraceWriter *writer, guint stream, guint64 begin,
                  guint64 end, guint64 *n_pages, GError **error)
{
    guint first = 0, last;

    join(touches);
    while (first < touches->pages->len &&
           g_array_index(touches->pages, Touched, first).page < begin)
        first++;
    for (last = first; last < touches->pages->len; last++) {
        const Touched *touched = &g_array_index(touches->pages, Touched, last);
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
    g_array_remove_range(touches->pages, first, last - first);
    touches->n_joined = touches->pages->len;
    return TRUE;
}
