/* mglru.c - Linux's multi-generational LRU.
 *
 * Each tier has 2 to 4 generations of anonymous and of file pages, numbered by growing sequence;
 * four list slots are reused. Pages that come by a fault enter the youngest. Eviction takes 64
 * pages at a time off the tail of the oldest: one that was accessed goes to the youngest, and so do
 * the accessed ones among the 64 PTEs around it (look-around). A new youngest generation is opened
 * (aging) when only two are left, or at three when the youngest holds more than half or the oldest
 * less than a quarter of all pages; before that the page tables are walked and accessed pages join
 * the youngest. The walk takes only ranges of 512 pages that were touched since the last one and
 * are in a Bloom filter, which the previous walk (at least 64 accessed) or a look-around (at least
 * 8 of 64) has filled, and leaves out address spaces that have not run since. A page's generation
 * changes at once, its list only when eviction meets it (sorting). Units: 4 KiB pages.
 *
 * Source: Linux 6.1 mm/vmscan.c, include/linux/mm_inline.h. With swap, a page that comes back while
 * the oldest generation is still the one it was evicted from is a refault and a restore; reclaim
 * then moves it once to the next generation instead of evicting it. Left out: tiers by use of file
 * descriptors and the controller over their refaults; min_ttl_ms; a look-around does not stop at
 * the ends of a mapping. mglru.h says which file has what.
 */
#include "config.h"
#include "models/reclaim/mglru.h"

static const LadOption options[] = {
    LAD_OPT(LadMglruParams, swappiness, "swappiness", UINT, "60", "0", "200",
            "0: only file pages go; 200: of a generation, anonymous pages first; else file pages"),
    LAD_OPT(LadMglruParams, sort_cost, "sort-cost", TIME, "150 ns", "0 s", NULL,
            "CPU time of moving a page to the list of its generation (assumed)"),
    LAD_OPT(LadMglruParams, walk_cost, "walk-cost", TIME, "15 ns", "0 s", NULL,
            "CPU time per entry of a page table walked (assumed)"),
    LAD_OPT(LadMglruParams, look_around_cost, "look-around-cost", TIME, "800 ns", "0 s", NULL,
            "CPU time of looking at the entries around an accessed page (assumed)"),
    LAD_OPTIONS_END};

static const LadCounter counters[] = {
    [LAD_MGLRU_AGINGS] = {"agings", "1", LAD_COUNT, LAD_SCOPE_HOST, "a new youngest generation"},
    [LAD_MGLRU_RANGES_WALKED] = {"ranges_walked", "1", LAD_COUNT, LAD_SCOPE_HOST,
                                 "512 entries of a page table looked at by aging"},
    [LAD_MGLRU_RANGES_SKIPPED] = {"ranges_skipped", "1", LAD_COUNT, LAD_SCOPE_HOST,
                                  "512 entries passed over: not touched, or not in the filter"},
    [LAD_MGLRU_LOOK_AROUNDS] = {"look_arounds", "1", LAD_COUNT, LAD_SCOPE_HOST,
                                "an accessed page met by eviction, its neighbours looked at"},
    [LAD_MGLRU_PROMOTED_BY_WALK] = {"younger_by_walk", "page", LAD_COUNT, LAD_SCOPE_HOST,
                                    "a page made youngest by aging"},
    [LAD_MGLRU_PROMOTED_AROUND] = {"younger_by_look_around", "page", LAD_COUNT, LAD_SCOPE_HOST,
                                   "a page made youngest by a look-around"},
    LAD_COUNTERS_END};

static const char *const list_names[] = {"nr_anon_slot0", "nr_anon_slot1", "nr_anon_slot2",
                                         "nr_anon_slot3", "nr_file_slot0", "nr_file_slot1",
                                         "nr_file_slot2", "nr_file_slot3"};

/* ---- Pages come and go ----------------------------------------------------------------------- */

/* A page keeps in its word whether it was young when others took it away. */
static void
removed(LadReclaim *reclaim, LadPage page)
{
    LadPageWord word = lad_page_word(reclaim->kernel, page);
    LadMglruNode *node = lad_mglru_node(reclaim, page);
    lad_mglru_count_out(reclaim->kernel, node, page);
    lad_mglru_forget_activation(reclaim, page);
    lad_page_change(reclaim->kernel, page, lad_mglru_is_young(node, word) ? LAD_PAGE_ACTIVE : 0,
                    LAD_PAGE_ACTIVE);
}

/* A page whose write has ended is met first: the tail of the oldest generation. */
static void
rotated(LadReclaim *reclaim, LadPage page)
{
    LadKernel *kernel = reclaim->kernel;
    LadMglruNode *node = lad_mglru_node(reclaim, page);
    guint type = lad_mglru_type(lad_page_word(kernel, page));
    guint slot = lad_mglru_slot(node->min_seq[type]);
    lad_lru_remove(kernel, page);
    lad_mglru_regenerate(kernel, node, page, slot);
    lad_lru_add_tail(kernel, page, lad_mglru_list(type, slot));
}

/* An evicted page's shadow entry keeps the oldest generation of the time. It counts as a refault
 * only while that has not changed, and then as a restore as well. */
static guint64
evicted(LadReclaim *reclaim, LadPage page)
{
    const LadMglruNode *node = lad_mglru_node(reclaim, page);
    return node->min_seq[lad_mglru_type(lad_page_word(reclaim->kernel, page))];
}

static void
refaulted(LadReclaim *reclaim, LadPage page, guint64 token, gboolean was_active G_GNUC_UNUSED)
{
    const LadMglruNode *node = lad_mglru_node(reclaim, page);
    if (token != node->min_seq[lad_mglru_type(lad_page_word(reclaim->kernel, page))])
        return;
    lad_page_swap_change(reclaim->kernel, page, LAD_SWAP_WORKINGSET, 0);
    lad_workingset_count(reclaim->kernel, page, LAD_REFAULT_SEEN);
    lad_workingset_count(reclaim->kernel, page, LAD_REFAULT_RESTORE);
}

static guint
swappiness(const LadReclaim *reclaim)
{
    return (guint)((const LadMglruParams *)reclaim->params)->swappiness;
}

static void
accessed(LadReclaim *reclaim, LadPage page)
{
    lad_page_change(reclaim->kernel, page, LAD_PAGE_REFERENCED, 0);
}

static gboolean
active(const LadReclaim *reclaim, LadPage page)
{
    LadPageWord word = lad_page_word(reclaim->kernel, page);
    return lad_mglru_is_young(lad_mglru_node(reclaim, page), word);
}

/* ---- Passes ---------------------------------------------------------------------------------- */

static LadMglruWork
work_on(LadReclaim *reclaim, LadScan *scan)
{
    LadMglru *state = reclaim->state;
    const LadMglruParams *params = reclaim->params;
    guint swappiness = (guint)params->swappiness;
    if (scan->swapping && !scan->demoting)
        swappiness = lad_scan_has_swap(reclaim->kernel, scan) ? scan->swappiness : 0;
    return (LadMglruWork){reclaim, reclaim->kernel, params, &state->node[scan->vec],
                          scan,    swappiness};
}

/* kswapd ages before a pass, never before the first of a round. */
static void
begin(LadReclaim *reclaim, LadScan *scan)
{
    LadMglruWork work = work_on(reclaim, scan);
    LadMglru *state = reclaim->state;
    guint64 total;
    state->walking = FALSE;
    scan->work = 0;
    if (scan->swapping) {
        lad_scan_poll(reclaim->kernel, scan);
        lad_lru_drain(reclaim->kernel);
        lad_mglru_drain_activations(reclaim);
        scan->plan[0] = work.node->max_seq;
    }
    if (!scan->background)
        return;
    if (scan->priority == LAD_RECLAIM_PRIORITY)
        work.node->ask_aging = FALSE;
    if (work.node->ask_aging && lad_mglru_aging_is_due(&work, &total))
        lad_mglru_age(&work);
    work.node->ask_aging = TRUE;
}

static gboolean
batch(LadReclaim *reclaim, LadScan *scan)
{
    LadMglruWork work = work_on(reclaim, scan);
    const LadMglruNode *node = work.node;
    guint first = work.swappiness > 0 ? LAD_MGLRU_ANON : LAD_MGLRU_FILES;
    guint64 total;
    gboolean due = lad_mglru_aging_is_due(&work, &total);
    gboolean gentle = scan->priority == LAD_RECLAIM_PRIORITY;
    if (total >> scan->priority == 0)
        return FALSE;
    if (due && gentle && lad_mglru_n_generations(node, first) <= LAD_MGLRU_MIN_GENERATIONS)
        return FALSE;
    if (due && !gentle) {
        if (scan->background)
            return FALSE; /* left to the next pass */
        lad_mglru_age(&work);
    }
    guint n = lad_mglru_evict(&work);
    scan->work += n;
    if (n == 0 || scan->work >= total >> scan->priority)
        return FALSE;
    /* Each group is aged once at most, and anonymous pages are swapped no more than asked for. */
    if (scan->swapping && !scan->background &&
        (node->max_seq - scan->plan[0] > 1 ||
         scan->reclaimed_before + scan->reclaimed >= scan->target))
        return FALSE;
    return !scan->swapping || !scan->background || scan->reclaimed < scan->target;
}

static void
end(LadReclaim *reclaim, LadScan *scan)
{
    LadMglruWork work = work_on(reclaim, scan);
    guint64 total;
    if (scan->background && scan->reclaimed >= LAD_MGLRU_EVICT_BATCH &&
        !lad_mglru_aging_is_due(&work, &total))
        work.node->ask_aging = FALSE;
}

static gboolean
init(LadReclaim *reclaim, GError **error G_GNUC_UNUSED)
{
    LadMglru *state = reclaim->state;
    state->n = lad_lruvecs_n(reclaim->kernel);
    state->node = g_new0(LadMglruNode, state->n);
    for (guint vec = 0; vec < state->n; vec++) {
        state->node[vec].max_seq = LAD_MGLRU_MIN_GENERATIONS + 1;
        state->node[vec].walked = g_array_new(FALSE, TRUE, sizeof(LadTime));
    }
    return TRUE;
}

static void
clear(LadReclaim *reclaim)
{
    LadMglru *state = reclaim->state;
    for (guint vec = 0; vec < state->n; vec++)
        g_array_free(state->node[vec].walked, TRUE);
    g_free(state->node);
}

const LadReclaimClass lad_reclaim_mglru = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_RECLAIM, LadReclaimClass, "mglru",
                            "Linux's multi-generational LRU"),
             .models =
                 "Two to four generations per tier of anonymous and file pages, eviction of 64 at "
                 "a time with look-around, aging by page-table walks through Bloom filters, lazy "
                 "sorting, refaults of recently evicted pages; per cgroup.",
             .leaves_out =
                 "The tiers of file pages by use, and the controller over their refaults; "
                 "min_ttl_ms; ends of mappings within the window of a look-around.",
             .source = "Linux 6.1 mm/vmscan.c, include/linux/mm_inline.h", .options = options,
             .params_size = sizeof(LadMglruParams), .counters = counters,
             .host_size = sizeof(LadMglru)},
    .n_lists = LAD_MGLRU_TYPES * LAD_MGLRU_SLOTS,
    .list_names = list_names,
    .init = init,
    .clear = clear,
    .add = lad_mglru_add,
    .removed = removed,
    .accessed = accessed,
    .active = active,
    .begin = begin,
    .batch = batch,
    .end = end,
    .rotated = rotated,
    .evicted = evicted,
    .refaulted = refaulted,
    .swappiness = swappiness,
};
