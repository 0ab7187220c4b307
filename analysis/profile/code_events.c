/* code_events.c - events of pages by core, and how two cores' correlate. */
#include "config.h"
#include "analysis/profile/code_pages.h"
#include "analysis/profile/statistics.h"
#include <math.h>

#define RUN 16 /* events in a row that go to one half */

LadCodeEvents *
lad_code_events_new(void)
{
    LadCodeEvents *events = g_new0(LadCodeEvents, 1);
    events->cores = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    events->numbers = g_array_new(FALSE, FALSE, sizeof(guint64));
    events->sums = g_array_new(FALSE, TRUE, sizeof(guint64));
    events->by_core = g_ptr_array_new_with_free_func((GDestroyNotify)g_hash_table_unref);
    return events;
}

void
lad_code_events_free(LadCodeEvents *events)
{
    if (events == NULL)
        return;
    g_hash_table_unref(events->cores);
    g_array_unref(events->numbers);
    g_array_unref(events->sums);
    g_ptr_array_unref(events->by_core);
    g_free(events);
}

void
lad_code_events_add(LadCodeEvents *events, guint64 core, guint64 page, guint64 n)
{
    guint index = GPOINTER_TO_UINT(g_hash_table_lookup(events->cores, &core));
    if (index == 0) {
        g_array_append_val(events->numbers, core);
        g_ptr_array_add(events->by_core,
                        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free));
        index = events->by_core->len;
        g_array_set_size(events->sums, index);
        g_hash_table_insert(events->cores, g_memdup2(&core, sizeof core), GUINT_TO_POINTER(index));
    }
    GHashTable *pages = events->by_core->pdata[index - 1];
    guint64 *halves = g_hash_table_lookup(pages, &page);
    if (halves == NULL) {
        halves = g_new0(guint64, 2);
        g_hash_table_insert(pages, g_memdup2(&page, sizeof page), halves);
    }
    guint64 *sum = &g_array_index(events->sums, guint64, index - 1);
    halves[*sum / RUN % 2] += n;
    *sum += n;
}

static int
compare_numbers(gconstpointer a, gconstpointer b)
{
    guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;
    return x < y ? -1 : x > y;
}

/* All pages that have events, in order, so that sums do not depend on that of hash tables. */
static GArray *
all_pages(const LadCodeEvents *events)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_int64_hash, g_int64_equal);
    GArray *pages = g_array_new(FALSE, FALSE, sizeof(guint64));
    for (guint i = 0; i < events->by_core->len; i++) {
        GHashTableIter iter;
        gpointer key;
        g_hash_table_iter_init(&iter, events->by_core->pdata[i]);
        while (g_hash_table_iter_next(&iter, &key, NULL))
            if (g_hash_table_add(seen, key))
                g_array_append_vals(pages, key, 1);
    }
    g_array_sort(pages, compare_numbers);
    return pages;
}

/* The events of a core by page: all, and its halves. */
static void
fill(const LadCodeEvents *events, guint core, const GArray *pages, double *all, double *halves[2])
{
    for (guint i = 0; i < pages->len; i++) {
        guint64 page = g_array_index(pages, guint64, i);
        const guint64 *of = g_hash_table_lookup(events->by_core->pdata[core], &page);
        halves[0][i] = of != NULL ? (double)of[0] : 0;
        halves[1][i] = of != NULL ? (double)of[1] : 0;
        all[i] = halves[0][i] + halves[1][i];
    }
}

double
lad_code_events_correlate(const LadCodeEvents *events, guint a, guint b, double *quiet)
{
    g_autoptr(GArray) pages = all_pages(events);
    guint n = pages->len;
    g_autofree double *room = g_new(double, 4 * (gsize)n + 1);
    double *x = room, *y = room + n, *halves[2] = {room + 2 * (gsize)n, room + 3 * (gsize)n};
    fill(events, a, pages, x, halves);
    double reliability = lad_reliability(halves[0], halves[1], n);
    fill(events, b, pages, y, halves);
    reliability *= lad_reliability(halves[0], halves[1], n);
    double r = lad_pearson(x, y, n);
    *quiet = r / sqrt(reliability);
    return r;
}

guint
lad_code_events_n_cores(const LadCodeEvents *events)
{
    return events->by_core->len;
}

guint64
lad_code_events_core(const LadCodeEvents *events, guint index)
{
    return g_array_index(events->numbers, guint64, index);
}

guint64
lad_code_events_sum(const LadCodeEvents *events, guint index)
{
    return g_array_index(events->sums, guint64, index);
}

guint
lad_code_events_n_pages(const LadCodeEvents *events)
{
    g_autoptr(GArray) pages = all_pages(events);
    return pages->len;
}
