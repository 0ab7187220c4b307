/* mglru_eviction.c - pages off the tail of the oldest generation: sorted, given up, or kept with
 * the accessed pages around them.
 */
#include "config.h"
#include <string.h>
#include "models/reclaim/mglru.h"

#define SORT_BATCH 4096 /* pages looked at per eviction, at most */

/* Pages that an eviction took off. */
typedef struct {
    guint n;
    LadPage page[LAD_MGLRU_EVICT_BATCH];
} Isolated;

/* Forget oldest generations whose lists are empty; TRUE if there was one. Anonymous pages are never
 * ahead of file pages. */
static gboolean
advance(LadMglruWork *work)
{
    LadMglruNode *node = work->node;
    gboolean swap = work->swappiness > 0;
    guint64 min[LAD_MGLRU_TYPES] = {node->min_seq[LAD_MGLRU_ANON], node->min_seq[LAD_MGLRU_FILES]};
    for (guint type = swap ? LAD_MGLRU_ANON : LAD_MGLRU_FILES; type < LAD_MGLRU_TYPES; type++)
        while (min[type] + LAD_MGLRU_MIN_GENERATIONS <= node->max_seq &&
               lad_lru_size(work->kernel, work->scan->vec,
                            lad_mglru_list(type, lad_mglru_slot(min[type]))) == 0)
            min[type]++;
    if (swap) {
        min[LAD_MGLRU_ANON] = MIN(min[LAD_MGLRU_ANON], min[LAD_MGLRU_FILES]);
        min[LAD_MGLRU_FILES] = MAX(min[LAD_MGLRU_ANON], node->min_seq[LAD_MGLRU_FILES]);
    }
    gboolean moved = min[LAD_MGLRU_ANON] != node->min_seq[LAD_MGLRU_ANON] ||
                     min[LAD_MGLRU_FILES] != node->min_seq[LAD_MGLRU_FILES];
    memcpy(node->min_seq, min, sizeof min);
    return moved;
}

/* A page of the oldest generation that is not taken off: one that was evicted too soon before goes
 * to the tail of the next, once; one that is written or read just now, to its head. */
static gboolean
set_aside(LadMglruWork *work, LadPage page, guint type)
{
    LadKernel *kernel = work->kernel;
    guint flags = lad_page_swap_flags(kernel, page);
    guint next = lad_mglru_slot(work->node->min_seq[type] + 1);
    if (!(flags & (LAD_SWAP_WORKINGSET | LAD_SWAP_LOCKED | LAD_SWAP_WRITEBACK)))
        return FALSE;
    lad_mglru_regenerate(kernel, work->node, page, next);
    if (flags & LAD_SWAP_WORKINGSET) {
        lad_page_swap_change(kernel, page, 0, LAD_SWAP_WORKINGSET);
        lad_lru_add_tail(kernel, page, lad_mglru_list(type, next));
        lad_workingset_count(kernel, page, LAD_REFAULT_ACTIVATE);
    } else {
        lad_page_swap_change(kernel, page, LAD_SWAP_RECLAIM, 0);
        lad_lru_add_head(kernel, page, lad_mglru_list(type, next));
    }
    return TRUE;
}

/* Take up to a batch off the oldest generation, sorting what has become younger meanwhile. Returns
 * the pages looked at, 0 if nothing can be had. */
static guint
isolate_type(LadMglruWork *work, guint type, Isolated *isolated)
{
    LadKernel *kernel = work->kernel;
    LadMglruNode *node = work->node;
    guint slot = lad_mglru_slot(node->min_seq[type]), n_pages = 0, n_scanned = 0, n_sorted = 0;
    if (lad_mglru_n_generations(node, type) == LAD_MGLRU_MIN_GENERATIONS)
        return 0;
    for (guint left = SORT_BATCH; left > 0 && n_pages < LAD_MGLRU_EVICT_BATCH; left--) {
        LadPage page = lad_lru_tail(kernel, work->scan->vec, lad_mglru_list(type, slot));
        if (page == LAD_PAGE_NONE)
            break;
        guint span = lad_page_span(kernel, page);
        guint now_in = lad_mglru_generation(lad_page_word(kernel, page));
        n_scanned += span;
        lad_lru_remove(kernel, page);
        if (now_in != slot) {
            lad_lru_add_head(kernel, page, lad_mglru_list(type, now_in));
            n_sorted++;
            lad_page_count(kernel, page, LAD_VM_PGREFILL, span);
            continue;
        }
        if (work->scan->swapping && set_aside(work, page, type)) {
            n_sorted++;
            lad_page_count(kernel, page, LAD_VM_PGREFILL, span);
            continue;
        }
        lad_mglru_count_out(kernel, node, page);
        if (work->scan->swapping)
            lad_page_swap_change(
                kernel, page, 0,
                LAD_SWAP_RECLAIM |
                    (lad_page_word(kernel, page) & LAD_PAGE_REFERENCED ? 0 : LAD_SWAP_WORKINGSET));
        lad_page_change(kernel, page, LAD_PAGE_ISOLATED, LAD_PAGE_REFERENCED);
        isolated->page[isolated->n++] = page;
        n_pages += span;
    }
    work->scan->cost += n_sorted * work->params->sort_cost;
    return isolated->n > 0 || n_sorted == SORT_BATCH ? n_scanned : 0;
}

/* The older of the two types; file pages where both are equally old. */
static guint
isolate(LadMglruWork *work, Isolated *isolated)
{
    const LadMglruNode *node = work->node;
    guint64 swappiness = work->swappiness;
    guint type = LAD_MGLRU_FILES;
    if (swappiness > 0 &&
        (node->min_seq[LAD_MGLRU_ANON] < node->min_seq[LAD_MGLRU_FILES] || swappiness == 200))
        type = LAD_MGLRU_ANON;
    guint n = isolate_type(work, type, isolated);
    if (n == 0 && swappiness > 0)
        n = isolate_type(work, type == LAD_MGLRU_ANON ? LAD_MGLRU_FILES : LAD_MGLRU_ANON, isolated);
    return n;
}

/* An accessed neighbour joins the youngest generation; without a walk under way a few of them are
 * moved to its list at once. */
static void
promote_neighbours(LadMglruWork *work, const LadPage *pages, guint n)
{
    LadKernel *kernel = work->kernel;
    guint slot = lad_mglru_slot(work->node->max_seq);
    const LadMglru *state = work->reclaim->state;
    gboolean at_once = !work->scan->background && n < LAD_MGLRU_DRAIN_BATCH;
    work->reclaim->counters[LAD_MGLRU_PROMOTED_AROUND] += n;
    if (work->scan->swapping && at_once && !state->walking) {
        for (guint i = 0; i < n; i++)
            lad_mglru_activate_later(work->reclaim, pages[i]);
        return;
    }
    at_once = at_once && !work->scan->swapping;
    for (guint i = 0; i < n; i++) {
        LadPageWord word = lad_page_word(kernel, pages[i]);
        lad_mglru_regenerate(kernel, work->node, pages[i], slot);
        lad_page_swap_change(kernel, pages[i], 0, LAD_SWAP_WORKINGSET);
        if (!at_once)
            continue;
        lad_lru_remove(kernel, pages[i]);
        lad_lru_add_head(kernel, pages[i], lad_mglru_list(lad_mglru_type(word), slot));
        lad_vm_count(kernel, LAD_VM_PGACTIVATE, 1);
    }
}

/* Clear the accessed bits around an isolated page that was accessed (its own is clear already). */
static void
look_around(LadMglruWork *work, LadPage page)
{
    LadKernel *kernel = work->kernel;
    LadRange range;
    guint at, n_young = 1, n = 0;
    LadPage neighbours[LAD_MGLRU_EVICT_BATCH];
    work->reclaim->counters[LAD_MGLRU_LOOK_AROUNDS]++;
    work->scan->cost += work->params->look_around_cost;
    if (!lad_range_of(kernel, page, &range, &at) || range.huge != LAD_PAGE_NONE)
        return;
    guint first = at < LAD_MGLRU_EVICT_BATCH / 2 ? 0 : at - LAD_MGLRU_EVICT_BATCH / 2;
    first = MIN(first, LAD_HUGE_PAGES - LAD_MGLRU_EVICT_BATCH);
    for (guint i = first; i < first + LAD_MGLRU_EVICT_BATCH; i++) {
        LadPage other = range.pages[i];
        LadPageWord word = other == LAD_PAGE_NONE ? 0 : lad_page_word(kernel, other);
        if (!lad_mglru_concerns(work, other, word) || !lad_page_test_clear_accessed(kernel, other))
            continue;
        n_young++;
        if (word & LAD_PAGE_ISOLATED)
            lad_page_change(kernel, other, LAD_PAGE_REFERENCED, 0);
        else if (lad_mglru_generation(word) != lad_mglru_slot(work->node->max_seq))
            neighbours[n++] = other;
    }
    if (n_young << LAD_MGLRU_DENSE_SHIFT >= LAD_MGLRU_EVICT_BATCH)
        lad_bloom_add(lad_mglru_filter(work->node, work->node->max_seq),
                      lad_mglru_range_key(&range));
    promote_neighbours(work, neighbours, n);
}

/* An isolated page was used: it stays, and so do its neighbours. */
static gboolean
was_used(LadMglruWork *work, LadPage page)
{
    LadKernel *kernel = work->kernel;
    if (lad_page_word(kernel, page) & LAD_PAGE_REFERENCED)
        return TRUE;
    if (!lad_page_test_clear_accessed(kernel, page))
        return FALSE;
    look_around(work, page);
    if (work->scan->swapping)
        lad_page_count(kernel, page, LAD_VM_PGACTIVATE, lad_page_span(kernel, page));
    return TRUE;
}

/* Put back a page that was not given up, in the generation that its state calls for. */
static void
put_back(LadMglruWork *work, LadPage page, LadPageout what)
{
    LadKernel *kernel = work->kernel;
    LadMglruNode *node = work->node;
    guint type = lad_mglru_type(lad_page_word(kernel, page));
    guint64 seq = node->max_seq - (what == LAD_PAGEOUT_KEEP ? 1 : 0);
    lad_page_change(kernel, page, 0, LAD_PAGE_REFERENCED);
    lad_mglru_count_in(kernel, node, page, lad_mglru_slot(seq));
    lad_lru_add_head(kernel, page, lad_mglru_list(type, lad_mglru_slot(seq)));
}

/* With swap: give pages up one by one while time goes by. A page whose write ended while it was
 * isolated is tried again at once. */
static void
shrink_isolated(LadMglruWork *work, const Isolated *isolated)
{
    LadKernel *kernel = work->kernel;
    LadScan *scan = work->scan;
    Isolated kept = {0}, again = {0};
    LadPageout what[LAD_MGLRU_EVICT_BATCH];
    guint type =
        isolated->n ? lad_mglru_type(lad_page_word(kernel, isolated->page[0])) : LAD_MGLRU_ANON;
    for (guint i = 0; i < isolated->n; i++) {
        LadPage page = isolated->page[i];
        scan->scanned += lad_page_span(kernel, page);
        lad_scan_look(kernel, scan, page);
        LadPageout result =
            was_used(work, page) ? LAD_PAGEOUT_ACTIVATE : lad_pageout(kernel, scan, page);
        if (result == LAD_PAGEOUT_GONE) {
            lad_mglru_forget_activation(work->reclaim, page);
            continue;
        }
        what[kept.n] = result;
        kept.page[kept.n++] = page;
    }
    for (guint i = 0; i < kept.n; i++) {
        guint flags = lad_page_swap_flags(kernel, kept.page[i]);
        if (what[i] == LAD_PAGEOUT_KEEP &&
            !(flags & (LAD_SWAP_WRITEBACK | LAD_SWAP_DIRTY | LAD_SWAP_LOCKED)))
            again.page[again.n++] = kept.page[i];
        else
            put_back(work, kept.page[i], what[i]);
    }
    for (guint i = 0; i < again.n; i++) {
        lad_scan_look(kernel, scan, again.page[i]);
        LadPageout result = lad_pageout(kernel, scan, again.page[i]);
        if (result != LAD_PAGEOUT_GONE)
            put_back(work, again.page[i], LAD_PAGEOUT_ACTIVATE);
    }
    lad_scan_end_chunk(kernel, scan, type);
}

/* Victims that the kernel demotes together. */
static void
choose_victims(LadMglruWork *work, const Isolated *isolated)
{
    LadKernel *kernel = work->kernel;
    LadScan *scan = work->scan;
    Isolated kept = {0};
    for (guint i = 0; i < isolated->n; i++) {
        LadPage page = isolated->page[i];
        scan->n_looked++;
        scan->scanned += lad_page_span(kernel, page);
        if (was_used(work, page))
            kept.page[kept.n++] = page;
        else
            scan->victims[scan->n_victims++] = page;
    }
    for (guint i = 0; i < kept.n; i++) {
        lad_page_change(kernel, kept.page[i], 0, LAD_PAGE_REFERENCED);
        lad_mglru_add(work->reclaim, kept.page[i], LAD_ARRIVAL_RETURN);
    }
}

guint
lad_mglru_evict(LadMglruWork *work)
{
    Isolated isolated = {0};
    guint first = work->swappiness > 0 ? LAD_MGLRU_ANON : LAD_MGLRU_FILES;
    lad_scan_poll(work->kernel, work->scan);
    guint n_scanned = isolate(work, &isolated);
    n_scanned += advance(work) ? 1 : 0;
    if (lad_mglru_n_generations(work->node, first) == LAD_MGLRU_MIN_GENERATIONS)
        n_scanned = 0;
    if (work->scan->swapping && !work->scan->demoting)
        shrink_isolated(work, &isolated);
    else
        choose_victims(work, &isolated);
    return n_scanned;
}
