/* agescan.c - scans of the accessed bits that count pages by age. */
#include "config.h"
#include "sim/kernel/agescan.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/state.h"

enum { PAGES, COLD_PAGES, FAR_PAGES, SCANS, COLD_SUM, FAR_SUM, N_COUNTERS };

const LadCounter lad_agescan_counters[] = {
    [PAGES] = {"pages", "page", LAD_GAUGE, LAD_SCOPE_CGROUP,
               "pages with an age, swapped-out ones included, at the latest scan"},
    [COLD_PAGES] = {"cold_pages", "page", LAD_GAUGE, LAD_SCOPE_CGROUP,
                    "of them, those untouched for at least a scan period"},
    [FAR_PAGES] = {"far_pages", "page", LAD_GAUGE, LAD_SCOPE_CGROUP, "of them, those swapped out"},
    [SCANS] = {"scans", "1", LAD_COUNT, LAD_SCOPE_CGROUP,
               "a slice of a scan, after the first whole scan"},
    [COLD_SUM] = {"cold_share_sum", "0.0001", LAD_COUNT, LAD_SCOPE_CGROUP,
                  "cold_pages of pages at each of these, summed: divided by scans, the mean"},
    [FAR_SUM] = {"far_share_sum", "0.0001", LAD_COUNT, LAD_SCOPE_CGROUP,
                 "far_pages of cold_pages at each of these, summed"},
    LAD_COUNTERS_END};

struct LadAgeScan {
    LadKernel *kernel;
    const LadCgroup *group;
    guint core;
    LadTime step;  /* simulated, between two slices */
    guint slice;   /* the next one */
    guint64 limit; /* above all page numbers as of the latest scan */
    LadEvent event;
    LadAges ages;
    guint64 *by_slice; /* [slice * LAD_AGES + age] */
    guint64 *out;      /* swapped-out pages, by slice */
    guint64 counters[N_COUNTERS];
};

static gsize
array_bytes(const LadKernel *kernel)
{
    return kernel->max_pages * sizeof(LadPageAge);
}

static void
slice_due(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    LadAgeScan *scan = data;
    scan->event = lad_queue_add(scan->kernel->host->queue, now + scan->step, LAD_ORDER_DAEMON,
                                slice_due, scan, 0);
    lad_agescan_step(scan, now);
}

LadAgeScan *
lad_agescan_new(LadKernel *kernel, guint group, LadTime period, guint n_slices, LadTime start,
                guint core, GError **error)
{
    if (!kernel->ages && !(kernel->ages = lad_reserve_new(array_bytes(kernel), error)))
        return NULL;
    LadAgeScan *scan = g_new0(LadAgeScan, 1);
    scan->kernel = kernel;
    scan->group = lad_cgroup(kernel, group);
    scan->core = core;
    scan->step = MAX(lad_kernel_scaled(kernel, period) / n_slices, 1);
    scan->ages.period = period;
    scan->ages.n_slices = n_slices;
    scan->by_slice = g_new0(guint64, (gsize)n_slices * LAD_AGES);
    scan->out = g_new0(guint64, n_slices);
    scan->event = lad_queue_add(kernel->host->queue, start + scan->step, LAD_ORDER_DAEMON,
                                slice_due, scan, 0);
    return scan;
}

void
lad_agescan_free(LadAgeScan *scan)
{
    if (!scan)
        return;
    lad_queue_cancel(scan->kernel->host->queue, scan->event);
    g_free(scan->by_slice);
    g_free(scan->out);
    g_free(scan);
}

void
lad_agescan_show(LadAgeScan *scan, const char *part)
{
    LadHost *host = scan->kernel->host;
    LadMetrics metrics = {.part = (char *)part,
                          .host = host->index,
                          .scope = LAD_SCOPE_CGROUP,
                          .index = scan->group->index,
                          .table = lad_agescan_counters,
                          .values = scan->counters};
    lad_host_add_metrics(host, &metrics);
}

const LadAges *
lad_agescan_ages(const LadAgeScan *scan)
{
    return &scan->ages;
}

void
lad_ages_free(LadKernel *kernel)
{
    if (kernel->ages)
        lad_reserve_free(kernel->ages, array_bytes(kernel));
    kernel->ages = NULL;
}

gboolean
lad_ages_noticed(LadKernel *kernel, LadPage page, gboolean accessed)
{
    LadPageAge *age = &kernel->ages[page];
    gboolean young = (age->flags & LAD_AGE_YOUNG) != 0;
    age->flags &= (guint8)~LAD_AGE_YOUNG;
    if (accessed)
        age->flags |= LAD_AGE_USED;
    return accessed || young;
}

/* ---- Going over pages ------------------------------------------------------------------------ */

static guint64
page_limit(const LadNumbering *numbering)
{
    guint64 rows = 0;
    for (guint colour = 0; colour < LAD_PAGE_COLOURS; colour++)
        rows = MAX(rows, numbering->row[colour]);
    return rows << LAD_PAGE_COLOUR_BITS;
}

/* The page after `page` (LAD_PAGE_NONE: the first) that somebody maps. */
static LadPage
next_mapped(const LadAgeScan *scan, LadPage page)
{
    const LadKernel *kernel = scan->kernel;
    const LadNumbering *numbering = &kernel->numbering;
    for (guint64 at = page == LAD_PAGE_NONE ? 0 : (guint64)page + 1; at < scan->limit; at++) {
        if (at >> LAD_PAGE_COLOUR_BITS >= numbering->row[at & (LAD_PAGE_COLOURS - 1)])
            continue;
        if (kernel->owners[at] != 0 && lad_page_head(kernel->words[at], (LadPage)at) == at)
            return (LadPage)at;
    }
    return LAD_PAGE_NONE;
}

static gboolean
is_mine(const LadAgeScan *scan, LadPage page)
{
    const LadKernel *kernel = scan->kernel;
    return scan->group->index == 0 ||
           lad_cgroup_is_below(lad_cgroup(kernel, lad_page_group(kernel, page)), scan->group);
}

static gboolean
clear_accessed(LadKernel *kernel, LadPage page, guint span)
{
    LadPageWord seen = 0;
    for (guint i = 0; i < span; i++) {
        seen |= kernel->words[page + i];
        kernel->words[page + i] &= ~LAD_PAGE_ACCESSED;
    }
    return (seen & LAD_PAGE_ACCESSED) != 0;
}

static void
look_at(LadAgeScan *scan, LadPage page, guint64 *by_age)
{
    LadKernel *kernel = scan->kernel;
    LadPageAge *age = &kernel->ages[page];
    guint span = lad_page_span(kernel, page);
    gboolean accessed = clear_accessed(kernel, page, span);
    if (accessed)
        age->flags |= LAD_AGE_YOUNG;
    if (accessed || age->flags & LAD_AGE_USED) {
        scan->ages.touched[age->age] += span;
        age->age = 0;
        age->flags &= (guint8)~LAD_AGE_REFUSED;
    } else if (age->age < LAD_AGES - 1) {
        age->age++;
    }
    age->flags &= (guint8)~LAD_AGE_USED;
    by_age[age->age] += span;
    if (kernel->swaps[page].flags & LAD_SWAP_OUT)
        scan->out[scan->slice]++;
}

static void
update_counters(LadAgeScan *scan)
{
    guint64 *counters = scan->counters, pages = 0;
    for (guint i = 0; i < LAD_AGES; i++)
        pages += scan->ages.n_pages[i];
    guint64 cold = pages - scan->ages.n_pages[0];
    counters[PAGES] = pages;
    counters[COLD_PAGES] = cold;
    counters[FAR_PAGES] = scan->ages.n_out;
    if (scan->ages.n_scanned <= scan->ages.n_slices)
        return;
    counters[SCANS]++;
    counters[COLD_SUM] += pages ? cold * 10000 / pages : 0;
    counters[FAR_SUM] += cold ? scan->ages.n_out * 10000 / cold : 0;
}

void
lad_agescan_step(LadAgeScan *scan, LadTime now)
{
    LadKernel *kernel = scan->kernel;
    LadHost *host = kernel->host;
    guint n = scan->ages.n_slices;
    guint64 *by_age = scan->by_slice + (gsize)scan->slice * LAD_AGES, looked = 0;
    for (guint i = 0; i < LAD_AGES; i++) {
        scan->ages.n_pages[i] -= by_age[i];
        by_age[i] = 0;
    }
    scan->limit = page_limit(&kernel->numbering);
    scan->ages.n_out -= scan->out[scan->slice];
    scan->out[scan->slice] = 0;
    /* Slices of 512 pages in turn, so that a huge page lies in one. */
    for (LadPage page = next_mapped(scan, LAD_PAGE_NONE); page != LAD_PAGE_NONE;
         page = next_mapped(scan, page)) {
        if (page / LAD_HUGE_PAGES % n != scan->slice || !is_mine(scan, page))
            continue;
        look_at(scan, page, by_age);
        looked++;
    }
    for (guint i = 0; i < LAD_AGES; i++)
        scan->ages.n_pages[i] += by_age[i];
    scan->ages.n_out += scan->out[scan->slice];
    scan->slice = (scan->slice + 1) % n;
    scan->ages.n_scanned++;
    update_counters(scan);
    LadTime cost = looked * kernel->params.pte_skip_cost;
    lad_kernel_account(kernel, LAD_VM_SCAN_PS, cost);
    host->hooks->charge(host, scan->core, now, cost, LAD_CHARGE_SCAN);
}

LadPage
lad_agescan_next(const LadAgeScan *scan, LadPage page, guint age)
{
    const LadKernel *kernel = scan->kernel;
    do {
        page = next_mapped(scan, page);
    } while (page != LAD_PAGE_NONE &&
             (kernel->ages[page].age < age || kernel->ages[page].flags & LAD_AGE_REFUSED ||
              kernel->swaps[page].flags & LAD_SWAP_OUT || !(kernel->words[page] & LAD_PAGE_LRU) ||
              kernel->words[page] & LAD_PAGE_ACCESSED || !is_mine(scan, page)));
    return page;
}
