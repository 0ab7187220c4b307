/* mglru_aging.c - a new youngest generation: the page tables are walked, where that is worth it,
 * and what was accessed since joins it.
 */
#include "config.h"
#include "models/reclaim/mglru.h"

/* An address space that was walked so recently has not run since, unless a core was seen to switch
 * to it (assumed); within one request to memory.reclaim a tick is enough. */
#define WALK_PAUSE (10 * LAD_MS)
#define TICK       (4 * LAD_MS)

gboolean
lad_mglru_aging_is_due(const LadMglruWork *work, guint64 *total)
{
    const LadMglruNode *node = work->node;
    guint first = work->swappiness > 0 ? LAD_MGLRU_ANON : LAD_MGLRU_FILES;
    guint64 young = 0, old = 0;
    *total = 0;
    for (guint type = first; type < LAD_MGLRU_TYPES; type++)
        for (guint64 seq = node->min_seq[type]; seq <= node->max_seq; seq++) {
            guint64 size = node->size[type][lad_mglru_slot(seq)];
            *total += size;
            if (seq == node->max_seq)
                young += size;
            else if (seq + LAD_MGLRU_MIN_GENERATIONS == node->max_seq)
                old += size;
        }
    guint64 n = lad_mglru_n_generations(node, first);
    if (n != LAD_MGLRU_MIN_GENERATIONS + 1)
        return n <= LAD_MGLRU_MIN_GENERATIONS;
    return young * LAD_MGLRU_MIN_GENERATIONS > *total ||
           old * (LAD_MGLRU_MIN_GENERATIONS + 2) < *total;
}

/* Make the page younger if it is in this tier and was accessed; TRUE if it was. */
static gboolean
age_page(LadMglruWork *work, LadPage page)
{
    LadPageWord word = page == LAD_PAGE_NONE ? 0 : lad_page_word(work->kernel, page);
    if (!lad_mglru_concerns(work, page, word) || !lad_page_test_clear_accessed(work->kernel, page))
        return FALSE;
    guint youngest = lad_mglru_slot(work->node->max_seq);
    lad_page_swap_change(work->kernel, page, 0, LAD_SWAP_WORKINGSET);
    if (lad_mglru_generation(word) != youngest) {
        lad_mglru_regenerate(work->kernel, work->node, page, youngest);
        work->reclaim->counters[LAD_MGLRU_PROMOTED_BY_WALK] += lad_page_span(work->kernel, page);
    }
    return TRUE;
}

static void
walk_range(LadMglruWork *work, const LadRange *range)
{
    LadMglruNode *node = work->node;
    guint64 *count = work->reclaim->counters;
    if (range->huge != LAD_PAGE_NONE) {
        age_page(work, range->huge);
        work->scan->cost += work->params->walk_cost;
        return;
    }
    if (!range->touched ||
        !lad_bloom_may_have(lad_mglru_filter(node, node->max_seq), lad_mglru_range_key(range))) {
        count[LAD_MGLRU_RANGES_SKIPPED]++;
        return;
    }
    guint n_young = 0;
    for (guint i = 0; i < LAD_HUGE_PAGES; i++)
        n_young += age_page(work, range->pages[i]) ? 1 : 0;
    count[LAD_MGLRU_RANGES_WALKED]++;
    work->scan->cost += LAD_HUGE_PAGES * work->params->walk_cost;
    if (n_young << LAD_MGLRU_DENSE_SHIFT >= range->n_mapped)
        lad_bloom_add(lad_mglru_filter(node, node->max_seq + 1), lad_mglru_range_key(range));
}

/* Has the process run since its tables were last walked? Notes that they are now. */
static gboolean
has_run(LadMglruWork *work, guint process)
{
    LadProcess *of = g_ptr_array_index(work->reclaim->host->processes, process);
    gboolean switched = work->scan->swapping && of->switched_to;
    of->switched_to = FALSE;
    GArray *walked = work->node->walked;
    if (process >= walked->len)
        g_array_set_size(walked, process + 1);
    LadTime *last = &g_array_index(walked, LadTime, process);
    LadTime pause = work->scan->proactive ? TICK : WALK_PAUSE;
    if (!switched && *last && work->scan->now < *last + lad_kernel_scaled(work->kernel, pause))
        return FALSE;
    *last = work->scan->now + 1;
    return TRUE;
}

static void
walk_tables(LadMglruWork *work)
{
    LadRange range;
    gboolean first = TRUE;
    for (guint process = 0; process < work->reclaim->host->processes->len; process++) {
        if (!has_run(work, process))
            continue;
        if (first)
            lad_bloom_reset(lad_mglru_filter(work->node, work->node->max_seq + 1));
        first = FALSE;
        lad_range_start(&range, process);
        while (lad_range_next(work->kernel, &range))
            walk_range(work, &range);
    }
}

/* Merge the oldest generation into the next. */
static void
drop_oldest(LadMglruWork *work, guint type)
{
    LadKernel *kernel = work->kernel;
    LadMglruNode *node = work->node;
    guint slot = lad_mglru_slot(node->min_seq[type]);
    LadPage page;
    while ((page = lad_lru_tail(kernel, work->scan->vec, lad_mglru_list(type, slot))) !=
           LAD_PAGE_NONE) {
        if (lad_mglru_generation(lad_page_word(kernel, page)) == slot) {
            lad_mglru_regenerate(kernel, node, page, lad_mglru_slot(slot + 1));
            lad_page_swap_change(kernel, page, 0, LAD_SWAP_WORKINGSET);
        }
        lad_lru_remove(kernel, page);
        lad_lru_add_tail(kernel, page,
                         lad_mglru_list(type, lad_mglru_generation(lad_page_word(kernel, page))));
    }
    node->min_seq[type]++;
}

void
lad_mglru_age(LadMglruWork *work)
{
    LadMglruNode *node = work->node;
    walk_tables(work);
    ((LadMglru *)work->reclaim->state)->walking = TRUE;
    for (guint type = 0; type < LAD_MGLRU_TYPES; type++)
        if (lad_mglru_n_generations(node, type) == LAD_MGLRU_SLOTS)
            drop_oldest(work, type);
    node->max_seq++;
    work->reclaim->counters[LAD_MGLRU_AGINGS]++;
}
