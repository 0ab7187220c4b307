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
 * Left out: refaults and the cost balance they steer, cgroups.
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

/* How much longer the active list may be than the inactive one: the root of ten times its GiB. */
static gboolean
inactive_is_low(const LadReclaim *reclaim, guint vec, guint inactive)
{
    guint64 n_inactive = lad_lru_size(reclaim->kernel, vec, inactive);
    guint64 n_active = lad_lru_size(reclaim->kernel, vec, inactive + 1);
    guint64 gib = (n_inactive + n_active) >> (30 - LAD_PAGE_SHIFT), ratio = 1;
    while (gib && (ratio + 1) * (ratio + 1) <= 10 * gib)
        ratio++;
    return n_inactive * ratio < n_active;
}

/* Look at one inactive page: keep, activate, or give it up. */
static void
look_at(LadReclaim *reclaim, LadScan *scan, LadPage page, guint list)
{
    LadKernel *kernel = reclaim->kernel;
    const Params *params = reclaim->params;
    LadPageWord word = lad_page_word(kernel, page);
    gboolean used = lad_page_test_clear_accessed(kernel, page) && params->second_chance;
    lad_lru_remove(kernel, page);
    lad_page_change(kernel, page, used ? LAD_PAGE_REFERENCED : 0, used ? 0 : LAD_PAGE_REFERENCED);
    if (used && word & (LAD_PAGE_REFERENCED | LAD_PAGE_EXEC))
        activate(reclaim, page);
    else if (used)
        lad_lru_add_head(kernel, page, list);
    else
        scan->victims[scan->n_victims++] = page;
}

static void
deactivate(LadReclaim *reclaim, LadPage page, guint list)
{
    LadKernel *kernel = reclaim->kernel;
    gboolean used = lad_page_test_clear_accessed(kernel, page);
    lad_lru_remove(kernel, page);
    if (used && lad_page_word(kernel, page) & LAD_PAGE_EXEC) {
        lad_lru_add_head(kernel, page, list);
        return;
    }
    lad_page_change(kernel, page, 0, LAD_PAGE_ACTIVE);
    lad_lru_add_head(kernel, page, list - 1);
    lad_vm_count(kernel, LAD_VM_PGDEACTIVATE, lad_page_span(kernel, page));
}

/* Look at the n oldest pages of an active list. */
static void
shrink_active(LadReclaim *reclaim, LadScan *scan, guint list, guint64 n)
{
    LadKernel *kernel = reclaim->kernel;
    while (n > 0) {
        LadPage page = lad_lru_tail(kernel, scan->vec, list);
        if (page == LAD_PAGE_NONE)
            return;
        guint span = lad_page_span(kernel, page);
        n -= MIN(span, n);
        scan->n_deactivated++;
        lad_vm_count(kernel, LAD_VM_PGREFILL, span);
        deactivate(reclaim, page, list);
    }
}

static void
balance_anon(LadReclaim *reclaim, LadScan *scan)
{
    if (inactive_is_low(reclaim, scan->vec, INACTIVE_ANON))
        shrink_active(reclaim, scan, ACTIVE_ANON, LAD_SCAN_BATCH);
}

static void
begin(LadReclaim *reclaim, LadScan *scan)
{
    const Params *params = reclaim->params;
    if (scan->background)
        balance_anon(reclaim, scan);
    for (guint list = INACTIVE_ANON; list < N_LISTS; list++) {
        guint64 weight = list < INACTIVE_FILE ? params->swappiness : 200 - params->swappiness;
        guint64 size = lad_lru_size(reclaim->kernel, scan->vec, list) >> scan->priority;
        /* At priority 0 everything is looked at, whatever the weights. */
        scan->quota[list] = scan->priority ? size * weight / 200 : size;
    }
    for (guint inactive = INACTIVE_ANON; inactive < N_LISTS; inactive += 2)
        if (!inactive_is_low(reclaim, scan->vec, inactive))
            scan->quota[inactive + 1] = 0;
}

/* Look at up to a batch of an inactive list's tail; pages that come back to its head are not met
 * again. */
static void
shrink_inactive(LadReclaim *reclaim, LadScan *scan, guint list, guint64 n)
{
    LadKernel *kernel = reclaim->kernel;
    while (n > 0 && scan->n_victims < LAD_SCAN_VICTIMS) {
        LadPage page = lad_lru_tail(kernel, scan->vec, list);
        if (page == LAD_PAGE_NONE)
            return;
        guint span = lad_page_span(kernel, page);
        n -= MIN(span, n);
        scan->n_looked++;
        scan->scanned += span;
        look_at(reclaim, scan, page, list);
    }
}

/* Inactive and active lists in turn, a batch of each. */
static gboolean
batch(LadReclaim *reclaim, LadScan *scan)
{
    guint64 left = 0;
    for (guint list = INACTIVE_ANON; list < N_LISTS; list++) {
        guint64 n = MIN(scan->quota[list], LAD_SCAN_BATCH);
        scan->quota[list] -= n;
        /* Active anonymous pages are looked at along with others, not for their own sake. */
        left += list == ACTIVE_ANON ? 0 : scan->quota[list];
        if (list % 2)
            shrink_active(reclaim, scan, list, n);
        else
            shrink_inactive(reclaim, scan, list, n);
    }
    return left > 0;
}

const LadReclaimClass lad_reclaim_two_list = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_RECLAIM, LadReclaimClass, "two-list",
                            "Linux's active and inactive lists with second chance"),
             .models =
                 "Active and inactive lists of anonymous and file pages, accessed and referenced "
                 "bits, scan counts by priority and swappiness, deactivation while the inactive "
                 "list is short.",
             .leaves_out =
                 "Refaults, the balance of reclaim cost between anonymous and file pages, "
                 "cgroups.",
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
};
