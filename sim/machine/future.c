/* future.c - the first pass for oracles: traffic by page and interval, in bounded memory.
 *
 * At the end of each interval the map of traffic (heat.h) is compared with what it was at the
 * last one. Intervals begin short; when there are too many, neighbours become one and the length
 * doubles. Pages are known by process and virtual page, as their numbers may differ in the next
 * pass.
 */
#include "config.h"
#include "sim/machine/future.h"
#include "sim/kernel/kernel.h"
#include <memladder/core.h>
#include <memladder/placement.h>
#include <memladder/tier.h>
#include <string.h>

#define MOST_INTERVALS 128
#define FIRST_INTERVAL (100 * LAD_US)
#define MOST_CELLS     (1u << 27) /* of a plan over them: pages times intervals */
#define LINE           64

typedef struct {
    guint32 page;          /* index into `pages` */
    guint32 data, fetches; /* lines */
} Use;

struct LadForesight {
    LadHost *host;
    LadTime interval;
    LadEvent event;
    GArray *seen;         /* of guint32: the totals of the last interval's end, by logical page */
    GArray *fetched;      /* the same of lines of code */
    GArray *known;        /* of guint32: index into `pages`, plus 1, by logical page */
    GArray *pages;        /* of LadFuturePage */
    GHashTable *by_place; /* from process << 40 | virtual page to index into `pages`, plus 1 */
    GPtrArray *intervals; /* of GArray of Use */
    GArray *progress;     /* of guint64 */
};

static gpointer
place_key(guint32 process, guint64 vpage)
{
    return GSIZE_TO_POINTER((gsize)process << 40 | vpage);
}

/* The index of the page that `page` is now part of; FALSE if nothing maps it and nothing did. */
static gboolean
identify(LadForesight *foresight, LadPage page, guint32 *index)
{
    guint32 process;
    guint64 vpage;
    guint32 *known = &g_array_index(foresight->known, guint32, page);
    if (lad_page_owner(foresight->host->kernel, page, &process, &vpage)) {
        gpointer key = place_key(process, vpage);
        guint32 found = GPOINTER_TO_UINT(g_hash_table_lookup(foresight->by_place, key));
        if (found == 0) {
            LadFuturePage new = {.process = process,
                                 .vpage = vpage,
                                 .span = lad_page_span(foresight->host->kernel, page)};
            g_array_append_val(foresight->pages, new);
            found = foresight->pages->len;
            g_hash_table_insert(foresight->by_place, key, GUINT_TO_POINTER(found));
        }
        *known = found;
    }
    *index = *known - 1;
    return *known != 0;
}

/* Lines of code that `page` has had since the last interval. */
static guint32
new_fetches(LadForesight *foresight, LadPage page)
{
    const GArray *fetches = foresight->host->heat->fetches;
    guint32 now = page < fetches->len ? g_array_index(fetches, guint32, page) : 0;
    guint32 *before = &g_array_index(foresight->fetched, guint32, page);
    guint32 n = now - *before;
    *before = now;
    return n;
}

static void
snapshot(LadForesight *foresight)
{
    const LadHeat *heat = foresight->host->heat;
    LadPage n = lad_heat_n_pages(heat);
    GArray *uses = g_array_new(FALSE, FALSE, sizeof(Use));
    if (foresight->seen->len < n) {
        g_array_set_size(foresight->seen, n);
        g_array_set_size(foresight->fetched, n);
        g_array_set_size(foresight->known, n);
    }
    guint32 *seen = (guint32 *)(void *)foresight->seen->data;
    for (LadPage page = 0; page < n; page++) {
        guint32 moved = heat->totals[page] - seen[page], index;
        if (moved == 0)
            continue;
        seen[page] = heat->totals[page];
        guint32 lines = MAX(moved / (LINE / LAD_HEAT_UNIT), 1);
        guint32 fetches = MIN(new_fetches(foresight, page), lines);
        if (!identify(foresight, page, &index))
            continue;
        Use use = {index, lines - fetches, fetches};
        g_array_append_val(uses, use);
    }
    guint64 progress = lad_host_progress(foresight->host->kernel);
    g_ptr_array_add(foresight->intervals, uses);
    g_array_append_val(foresight->progress, progress);
}

static gint
by_page(gconstpointer a, gconstpointer b)
{
    guint32 x = ((const Use *)a)->page, y = ((const Use *)b)->page;
    return x < y ? -1 : x > y;
}

static void
sort_uses(GArray *uses)
{
    if (uses->len == 0)
        return;
    qsort(uses->data, uses->len, sizeof(Use), by_page);
    guint n = 1;
    for (guint i = 1; i < uses->len; i++) {
        const Use *use = &g_array_index(uses, Use, i);
        Use *last = &g_array_index(uses, Use, n - 1);
        if (use->page == last->page) {
            last->data += use->data;
            last->fetches += use->fetches;
        } else {
            g_array_index(uses, Use, n++) = *use;
        }
    }
    g_array_set_size(uses, n);
}

/* Two neighbouring intervals become one. */
static void
merge(LadForesight *foresight)
{
    guint n = foresight->intervals->len / 2;
    if (foresight->intervals->len % 2) {
        /* An odd one at the end is nobody's neighbour: one without traffic follows it. */
        g_ptr_array_add(foresight->intervals, g_array_new(FALSE, FALSE, sizeof(Use)));
        guint64 end = g_array_index(foresight->progress, guint64, foresight->progress->len - 1);
        g_array_append_val(foresight->progress, end);
        n++;
    }
    for (guint i = 0; i < n; i++) {
        GArray *to = foresight->intervals->pdata[2 * i];
        GArray *from = foresight->intervals->pdata[2 * i + 1];
        g_array_append_vals(to, from->data, from->len);
        g_array_unref(from);
        sort_uses(to);
        foresight->intervals->pdata[i] = to;
        g_array_index(foresight->progress, guint64, i) =
            g_array_index(foresight->progress, guint64, 2 * i + 1);
    }
    foresight->intervals->len = n; /* those behind were moved or freed */
    g_array_set_size(foresight->progress, n);
    foresight->interval *= 2;
}

static void
interval_ends(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    LadForesight *foresight = data;
    snapshot(foresight);
    if (foresight->intervals->len == MOST_INTERVALS)
        merge(foresight);
    foresight->event = lad_queue_add(foresight->host->queue, now + foresight->interval,
                                     LAD_ORDER_EPOCH, interval_ends, foresight, 0);
}

LadForesight *
lad_foresight_new(LadHost *host)
{
    LadForesight *foresight = g_new0(LadForesight, 1);
    foresight->host = host;
    foresight->interval = FIRST_INTERVAL;
    foresight->fetched = g_array_new(FALSE, TRUE, sizeof(guint32));
    host->heat->fetches = g_array_new(FALSE, TRUE, sizeof(guint32));
    foresight->seen = g_array_new(FALSE, TRUE, sizeof(guint32));
    foresight->known = g_array_new(FALSE, TRUE, sizeof(guint32));
    foresight->pages = g_array_new(FALSE, TRUE, sizeof(LadFuturePage));
    foresight->by_place = g_hash_table_new(NULL, NULL);
    foresight->intervals = g_ptr_array_new();
    foresight->progress = g_array_new(FALSE, FALSE, sizeof(guint64));
    foresight->event = lad_queue_add(host->queue, foresight->interval, LAD_ORDER_EPOCH,
                                     interval_ends, foresight, 0);
    return foresight;
}

void
lad_foresight_free(LadForesight *foresight)
{
    if (!foresight)
        return;
    for (guint i = 0; i < foresight->intervals->len; i++)
        g_array_unref(foresight->intervals->pdata[i]);
    g_ptr_array_unref(foresight->intervals);
    g_array_unref(foresight->seen);
    g_array_unref(foresight->fetched);
    g_array_unref(foresight->known);
    g_array_unref(foresight->pages);
    g_array_unref(foresight->progress);
    g_hash_table_unref(foresight->by_place);
    g_free(foresight);
}

/* ---- What was seen, in order ----------------------------------------------------------------- */

static gint
by_place(gconstpointer a, gconstpointer b, gpointer data)
{
    const LadFuturePage *pages = data;
    const LadFuturePage *x = &pages[*(const guint32 *)a], *y = &pages[*(const guint32 *)b];
    if (x->process != y->process)
        return x->process < y->process ? -1 : 1;
    return x->vpage < y->vpage ? -1 : x->vpage > y->vpage;
}

/* The mean latency of each tier, and which share of it held the cores up: of data and of code.
 */
static void
measure_stalls(const LadHost *host, LadFuture *future, double *data, double *code)
{
    LadTicks for_data = 0, for_code = 0;
    double of_data = 0, of_code = 0;
    for (guint i = 0; i < host->n_cores; i++) {
        LadCore *core = host->cores[i];
        if (core->class->refresh)
            core->class->refresh(core);
        for_data += core->common[LAD_CORE_MEMORY_LATENCY] + core->common[LAD_CORE_MEMORY_BANDWIDTH];
        for_code += core->common[LAD_CORE_FETCH_CACHE];
    }
    for (guint i = 0; i < host->n_tiers; i++) {
        const LadTier *tier = host->tiers[i];
        const guint64 *common = tier->common;
        guint64 lines = common[LAD_TIER_READS] + common[LAD_TIER_WALKS] +
                        common[LAD_TIER_PREFETCHES] + common[LAD_TIER_FETCHES];
        double latency = (double)tier->idle_read_ps;
        if (lines > 0)
            latency = MAX(latency, (double)common[LAD_TIER_BUSY_PS] / (double)lines);
        future->latency_ps[i] = latency;
        of_code += latency * (double)common[LAD_TIER_FETCHES];
        of_data += latency * (double)(lines - common[LAD_TIER_FETCHES]);
    }
    const LadCore *core = host->cores[0];
    *data = of_data > 0 ? MIN((double)lad_ticks_to_ps(core, for_data) / of_data, 1) : 0;
    *code = of_code > 0 ? MIN((double)lad_ticks_to_ps(core, for_code) / of_code, 1) : 0;
}

/* The uses of all intervals, by page. Fills `first_use` and `n_uses` of the recorder's pages. */
static void
gather(LadForesight *foresight, LadFuture *future)
{
    double data, code;
    measure_stalls(foresight->host, future, &data, &code);
    LadFuturePage *pages = (LadFuturePage *)(void *)foresight->pages->data;
    for (guint i = 0; i < foresight->intervals->len; i++) {
        GArray *uses = foresight->intervals->pdata[i];
        sort_uses(uses);
        for (guint k = 0; k < uses->len; k++)
            pages[g_array_index(uses, Use, k).page].n_uses++;
        future->n_uses += uses->len;
    }
    future->uses = g_new(LadFutureUse, future->n_uses + 1);
    guint32 first = 0;
    for (guint i = 0; i < foresight->pages->len; i++) {
        pages[i].first_use = first;
        first += pages[i].n_uses;
        pages[i].n_uses = 0;
    }
    for (guint i = 0; i < foresight->intervals->len; i++) {
        const GArray *uses = foresight->intervals->pdata[i];
        for (guint k = 0; k < uses->len; k++) {
            const Use *use = &g_array_index(uses, Use, k);
            LadFuturePage *page = &pages[use->page];
            float lines = (float)(use->data * data + use->fetches * code);
            future->uses[page->first_use + page->n_uses++] = (LadFutureUse){i, lines};
        }
    }
}

LadFuture *
lad_foresight_end(LadForesight *foresight)
{
    LadFuture *future = g_new0(LadFuture, 1);
    future->n_refs = 1;
    snapshot(foresight);
    while ((guint64)foresight->pages->len * foresight->intervals->len > MOST_CELLS &&
           foresight->intervals->len > 8)
        merge(foresight);
    gather(foresight, future);
    guint n = foresight->pages->len;
    g_autofree guint32 *order = g_new(guint32, n + 1);
    for (guint i = 0; i < n; i++)
        order[i] = i;
    const LadFuturePage *pages = (const LadFuturePage *)(void *)foresight->pages->data;
    g_qsort_with_data(order, (gint)n, sizeof *order, by_place, (gpointer)pages);
    future->pages = g_new(LadFuturePage, n + 1);
    for (guint i = 0; i < n; i++)
        future->pages[i] = pages[order[i]];
    future->n_pages = n;
    future->n_intervals = foresight->intervals->len;
    future->interval = foresight->interval;
    future->progress = g_memdup2(foresight->progress->data, future->n_intervals * sizeof(guint64));
    future->n_table_pages = lad_vm_counter(foresight->host->kernel, LAD_VM_NR_PAGE_TABLE_PAGES);
    lad_foresight_free(foresight);
    return future;
}

LadFuture *
lad_future_ref(LadFuture *future)
{
    future->n_refs++;
    return future;
}

void
lad_future_unref(LadFuture *future)
{
    if (!future || --future->n_refs > 0)
        return;
    g_free(future->progress);
    g_free(future->pages);
    g_free(future->uses);
    g_free(future);
}

guint
lad_future_find(const LadFuture *future, guint32 process, guint64 vpage)
{
    guint low = 0, high = future->n_pages;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        const LadFuturePage *page = &future->pages[middle];
        gboolean before =
            page->process < process || (page->process == process && page->vpage <= vpage);
        if (before)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return G_MAXUINT;
    const LadFuturePage *page = &future->pages[low - 1];
    return page->process == process && vpage - page->vpage < page->span ? low - 1 : G_MAXUINT;
}

char *
lad_future_config(const char *text)
{
    GString *out = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    gboolean skip = FALSE;
    for (guint i = 0; lines[i]; i++) {
        if (lines[i][0] == '[') {
            skip =
                strcmp(lines[i], "[placement]") == 0 || g_str_has_suffix(lines[i], ".placement]");
            g_string_append_printf(out, "%s\n", lines[i]);
            if (skip)
                g_string_append(out, "model = first-touch\n\n");
        } else if (!skip) {
            g_string_append_printf(out, "%s\n", lines[i]);
        }
    }
    return g_string_free(out, FALSE);
}
