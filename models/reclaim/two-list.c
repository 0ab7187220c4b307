/* two-list.c - Linux's active and inactive lists, for anonymous and file pages.
 *
 * New pages enter the inactive head; moved ones keep their activity. At the inactive tail, second
 * chance by the accessed bit: accessed -> cleared, made referenced, back to the head; accessed and
 * referenced already, or code -> active; not accessed -> given up. While the inactive list is
 * shorter than it should be, active pages are deactivated whatever their accessed bit (code that is
 * in use apart), and stay referenced: as many as the pass looks at inactive ones, and 32 anonymous
 * ones each before a pass of kswapd and after any pass. How many pages of a list a pass looks at:
 * size >> priority, times the share of anonymous or file pages that swappiness gives. Source: Linux
 * 6.1 mm/vmscan.c, mm/swap.c. Units: 4 KiB pages.
 *
 * With swap: pages under writeback are activated and go to the tail when that ends; a pass goes on
 * in proportion when its target is reached; what an evicted page's return means is in
 * sim/kernel/workingset.c, the balance of costs in sim/kernel/balance.c. Left out: mlocked pages.
 */
#include "config.h"
#include <memladder/placement.h>
#include <memladder/reclaim.h>

enum { INACTIVE_ANON, ACTIVE_ANON, INACTIVE_FILE, ACTIVE_FILE, N_LISTS };

typedef struct {
    guint64 swappiness;
    gboolean second_chance;
} Params;

static const LadOption options[] = {
    LAD_OPT(Params, swappiness, "swappiness", UINT, "60", "0", "200",
            "weight of anonymous pages against 200 minus it for file pages"),
    LAD_OPT(Params, second_chance, "second-chance", BOOL, "true", NULL, NULL,
            "pages accessed since the last look stay"),
    LAD_OPTIONS_END};

static const char *const list_names[] = {"nr_inactive_anon", "nr_active_anon", "nr_inactive_file",
                                         "nr_active_file"};

static const guint8 list_classes[] = {0, 1, 2, 3};

static guint
list_for(LadPageWord word, gboolean active)
{
    return (word & LAD_PAGE_FILE ? INACTIVE_FILE : INACTIVE_ANON) + (active ? 1u : 0u);
}

static void
add(LadReclaim *reclaim, LadPage page, LadArrival why)
{
    LadPageWord word = lad_page_word(reclaim->kernel, page);
    gboolean is_active = why != LAD_ARRIVAL_TOUCH && word & LAD_PAGE_ACTIVE;
    lad_lru_add_head(reclaim->kernel, page, list_for(word, is_active));
}

static void
activate(LadReclaim *reclaim, LadPage page)
{
    LadKernel *kernel = reclaim->kernel;
    lad_page_change(kernel, page, LAD_PAGE_ACTIVE, 0);
    lad_lru_add_head(kernel, page, list_for(lad_page_word(kernel, page), TRUE));
    lad_vm_count(kernel, LAD_VM_PGACTIVATE, lad_page_span(kernel, page));
}

/* The first use seen makes a page referenced, the second active. */
static void
accessed(LadReclaim *reclaim, LadPage page)
{
    LadKernel *kernel = reclaim->kernel;
    LadPageWord word = lad_page_word(kernel, page);
    if (!(word & LAD_PAGE_REFERENCED)) {
        lad_page_change(kernel, page, LAD_PAGE_REFERENCED, 0);
    } else if (!(word & LAD_PAGE_ACTIVE) && word & LAD_PAGE_LRU) {
        lad_lru_remove(kernel, page);
        activate(reclaim, page);
        lad_page_change(kernel, page, 0, LAD_PAGE_REFERENCED);
    }
}

static gboolean
active(const LadReclaim *reclaim, LadPage page)
{
    return (lad_page_word(reclaim->kernel, page) & LAD_PAGE_ACTIVE) != 0;
}

/* ---- Inactive pages -------------------------------------------------------------------------- */

/* Pages taken off a list together, and what becomes of each. */
typedef struct {
    guint n, n_kept;
    LadPage page[LAD_SCAN_BATCH];
    LadPage kept[LAD_SCAN_BATCH];
} Chunk;

static void
isolate(LadReclaim *reclaim, LadScan *scan, guint list, guint64 n, Chunk *chunk)
{
    LadKernel *kernel = reclaim->kernel;
    guint64 taken = 0;
    while (taken < n) {
        LadPage page = lad_lru_tail(kernel, scan->vec, list);
        if (page == LAD_PAGE_NONE)
            break;
        taken += lad_page_span(kernel, page);
        lad_lru_remove(kernel, page);
        lad_page_change(kernel, page, LAD_PAGE_ISOLATED, 0);
        chunk->page[chunk->n++] = page;
    }
    scan->scanned += taken;
}

/* An unused page is given up: it goes away, or stays and is active or not. */
static LadPageout
give_up(LadReclaim *reclaim, LadScan *scan, LadPage page)
{
    LadKernel *kernel = reclaim->kernel;
    if (scan->swapping && !scan->demoting)
        return lad_pageout(kernel, scan, page);
    lad_page_change(kernel, page, 0, LAD_PAGE_ISOLATED);
    scan->victims[scan->n_victims++] = page;
    return LAD_PAGEOUT_GONE;
}

/* Look at one inactive page: keep, activate, or give it up. */
static LadPageout
look_at(LadReclaim *reclaim, LadScan *scan, LadPage page)
{
    LadKernel *kernel = reclaim->kernel;
    const Params *params = reclaim->params;
    LadPageWord word = lad_page_word(kernel, page);
    lad_scan_look(kernel, scan, page);
    guint flags = scan->swapping ? lad_page_swap_flags(kernel, page) : 0;
    if (flags & LAD_SWAP_LOCKED)
        return LAD_PAGEOUT_KEEP;
    if (flags & LAD_SWAP_WRITEBACK) {
        lad_page_swap_change(kernel, page, LAD_SWAP_RECLAIM, 0);
        return LAD_PAGEOUT_ACTIVATE;
    }
    gboolean used = lad_page_test_clear_accessed(kernel, page) && params->second_chance;
    lad_page_change(kernel, page, used ? LAD_PAGE_REFERENCED : 0, used ? 0 : LAD_PAGE_REFERENCED);
    if (used)
        return word & (LAD_PAGE_REFERENCED | LAD_PAGE_EXEC) ? LAD_PAGEOUT_ACTIVATE
                                                            : LAD_PAGEOUT_KEEP;
    return give_up(reclaim, scan, page);
}

/* Look at up to a batch of an inactive list's tail; pages that come back to its head are not met
 * again. */
static void
shrink_inactive(LadReclaim *reclaim, LadScan *scan, guint list, guint64 n)
{
    LadKernel *kernel = reclaim->kernel;
    guint64 n_active = 0;
    Chunk chunk = {.n = 0};
    if (n == 0)
        return;
    lad_lru_drain(kernel);
    isolate(reclaim, scan, list, n, &chunk);
    for (guint i = 0; i < chunk.n; i++) {
        LadPage page = chunk.page[i];
        LadPageout what = look_at(reclaim, scan, page);
        if (what == LAD_PAGEOUT_GONE)
            continue;
        if (what == LAD_PAGEOUT_ACTIVATE) {
            lad_page_change(kernel, page, LAD_PAGE_ACTIVE, 0);
            lad_scan_activated(kernel, scan, page);
            n_active += lad_page_span(kernel, page);
            lad_page_count(kernel, page, LAD_VM_PGACTIVATE, lad_page_span(kernel, page));
        }
        chunk.kept[chunk.n_kept++] = page;
    }
    for (guint i = 0; i < chunk.n_kept; i++) {
        LadPageWord word = lad_page_word(kernel, chunk.kept[i]);
        lad_lru_add_head(kernel, chunk.kept[i], list_for(word, word & LAD_PAGE_ACTIVE));
    }
    lad_workingset_age(kernel, scan->vec, n_active);
    lad_scan_end_chunk(kernel, scan, list / 2);
}

/* ---- Active pages ---------------------------------------------------------------------------- */

static void
deactivate(LadReclaim *reclaim, const LadScan *scan, LadPage page, guint list)
{
    LadKernel *kernel = reclaim->kernel;
    gboolean used = lad_page_test_clear_accessed(kernel, page);
    lad_lru_remove(kernel, page);
    if (used && lad_page_word(kernel, page) & LAD_PAGE_EXEC) {
        lad_lru_add_head(kernel, page, list);
        return;
    }
    lad_page_change(kernel, page, 0, LAD_PAGE_ACTIVE);
    if (scan->swapping)
        lad_page_swap_change(kernel, page, LAD_SWAP_WORKINGSET, 0);
    lad_lru_add_head(kernel, page, list - 1);
    lad_page_count(kernel, page, LAD_VM_PGDEACTIVATE, lad_page_span(kernel, page));
}

/* Look at the n oldest pages of an active list. */
static void
shrink_active(LadReclaim *reclaim, LadScan *scan, guint list, guint64 n)
{
    LadKernel *kernel = reclaim->kernel;
    if (n > 0)
        lad_lru_drain(kernel);
    while (n > 0) {
        LadPage page = lad_lru_tail(kernel, scan->vec, list);
        if (page == LAD_PAGE_NONE)
            return;
        guint span = lad_page_span(kernel, page);
        n -= MIN(span, n);
        scan->n_deactivated++;
        lad_page_count(kernel, page, LAD_VM_PGREFILL, span);
        deactivate(reclaim, scan, page, list);
    }
}

static void
balance_anon(LadReclaim *reclaim, LadScan *scan)
{
    if (scan->swapping && !lad_scan_has_swap(reclaim->kernel, scan))
        return;
    if (lad_lru_inactive_is_low(reclaim->kernel, scan->vec, INACTIVE_ANON))
        shrink_active(reclaim, scan, ACTIVE_ANON, LAD_SCAN_BATCH);
}

/* ---- Passes ---------------------------------------------------------------------------------- */

static void
begin(LadReclaim *reclaim, LadScan *scan)
{
    LadKernel *kernel = reclaim->kernel;
    guint64 share[2], whole;
    if (scan->background)
        balance_anon(reclaim, scan);
    lad_scan_share(kernel, scan, share, &whole);
    for (guint list = INACTIVE_ANON; list < N_LISTS; list++) {
        guint64 size = lad_scan_reach(scan, lad_lru_size(kernel, scan->vec, list));
        size >>= scan->priority;
        scan->quota[list] = size * share[list / 2] / whole;
    }
    for (guint inactive = INACTIVE_ANON; inactive < N_LISTS; inactive += 2) {
        gboolean may = scan->swapping ? scan->may_deactivate[inactive / 2]
                                      : lad_lru_inactive_is_low(kernel, scan->vec, inactive);
        if (may || scan->quota[inactive + 1] == 0)
            continue;
        scan->quota[inactive + 1] = 0;
        scan->skipped_deactivate = TRUE;
    }
    memcpy(scan->plan, scan->quota, sizeof scan->plan);
}

/* The target is reached: of the type that has less to go nothing more is looked at, and of the
 * other as much as of that, in proportion. */
static void
adjust(LadScan *scan)
{
    guint64 anon = scan->quota[INACTIVE_ANON] + scan->quota[ACTIVE_ANON];
    guint64 file = scan->quota[INACTIVE_FILE] + scan->quota[ACTIVE_FILE];
    guint small = file > anon ? INACTIVE_ANON : INACTIVE_FILE;
    guint large = INACTIVE_ANON + INACTIVE_FILE - small;
    guint64 percent = MIN(anon, file) * 100 / (scan->plan[small] + scan->plan[small + 1] + 1);
    scan->quota[small] = scan->quota[small + 1] = 0;
    for (guint list = large; list < large + 2; list++) {
        guint64 done = scan->plan[list] - scan->quota[list];
        guint64 all = scan->plan[list] * (100 - percent) / 100;
        scan->quota[list] = all - MIN(all, done);
    }
    scan->adjusted = TRUE;
}

/* With swap: does the pass go on though its target is reached? */
static gboolean
goes_on(LadScan *scan)
{
    gboolean proportional = scan->target_group == 0 && !scan->background && !scan->proactive &&
                            scan->priority == LAD_RECLAIM_PRIORITY;
    if (scan->reclaimed < scan->target || scan->adjusted || proportional)
        return TRUE;
    if (scan->quota[INACTIVE_ANON] + scan->quota[ACTIVE_ANON] == 0 ||
        scan->quota[INACTIVE_FILE] + scan->quota[ACTIVE_FILE] == 0)
        return FALSE;
    adjust(scan);
    return TRUE;
}

/* Inactive and active lists in turn, a batch of each. Active anonymous pages are looked at along
 * with others, not for their own sake. */
static gboolean
batch(LadReclaim *reclaim, LadScan *scan)
{
    for (guint list = INACTIVE_ANON; list < N_LISTS; list++) {
        guint64 n = MIN(scan->quota[list], LAD_SCAN_BATCH);
        scan->quota[list] -= n;
        if (list % 2)
            shrink_active(reclaim, scan, list, n);
        else
            shrink_inactive(reclaim, scan, list, n);
    }
    if (scan->swapping && !goes_on(scan))
        return FALSE;
    return scan->quota[INACTIVE_ANON] + scan->quota[INACTIVE_FILE] + scan->quota[ACTIVE_FILE] > 0;
}

/* A page whose write has ended: reclaim meets it first. */
static void
rotated(LadReclaim *reclaim, LadPage page)
{
    LadKernel *kernel = reclaim->kernel;
    lad_lru_remove(kernel, page);
    lad_page_change(kernel, page, 0, LAD_PAGE_ACTIVE);
    lad_lru_add_tail(kernel, page, list_for(lad_page_word(kernel, page), FALSE));
}

static guint
swappiness(const LadReclaim *reclaim)
{
    return (guint)((const Params *)reclaim->params)->swappiness;
}

const LadReclaimClass lad_reclaim_two_list = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_RECLAIM, LadReclaimClass, "two-list",
                            "Linux's active and inactive lists with second chance"),
             .models =
                 "Active and inactive lists of anonymous and file pages, accessed and referenced "
                 "bits, scan counts by priority, swappiness and the cost of either type, "
                 "deactivation while the inactive list is short or refaults are activated, writes "
                 "that end later; per cgroup.",
             .leaves_out = "Mlocked and unevictable pages, lumpy reclaim for huge pages, page "
                           "types other than anonymous and file.",
             .source = "Linux 6.1 mm/vmscan.c, mm/swap.c", .options = options,
             .params_size = sizeof(Params)},
    .n_lists = N_LISTS,
    .list_names = list_names,
    .list_classes = list_classes,
    .add = add,
    .accessed = accessed,
    .active = active,
    .begin = begin,
    .batch = batch,
    .end = balance_anon,
    .rotated = rotated,
    .swappiness = swappiness,
};
