/* skeleton.c - copy this file to begin a reclaim model, rename `skeleton`, and say here in 5 to 15
 * lines: the idea, its source, what is modelled and what is left out, units. Then add one line to
 * models/registry.c (and the file to models/local.mk).
 *
 * This one is a single list in order of first touch with a second chance (the clock).
 * memladder/reclaim.h says what a model may ask and do.
 */
#include "config.h"
#include <memladder/placement.h>
#include <memladder/reclaim.h>

enum { CLOCK, N_LISTS };

/* Names of the lists, for metrics. */
static const char *const list_names[] = {"nr_clock"};

/* Optional. Called once, when the parameters are filled. */
static gboolean
init(LadReclaim *reclaim, GError **error)
{
    (void)reclaim;
    (void)error;
    return TRUE;
}

/* Optional. Called once, at the end: free what the state points to. */
static void
clear(LadReclaim *reclaim)
{
    (void)reclaim;
}

/* Required. Called by the kernel once per first touch, per page moved to another tier, and per
 * victim that could not be moved (`why`): put the page on a list. */
static void
add(LadReclaim *reclaim, LadPage page, LadArrival why)
{
    (void)why;
    lad_lru_add_head(reclaim->kernel, page, CLOCK);
}

/* Optional. Called by the kernel once per page that others take off its list, before they do: for
 * models that keep sums over the pages of a list. */
static void
removed(LadReclaim *reclaim, LadPage page)
{
    (void)reclaim;
    (void)page;
}

/* Required. Called through lad_page_mark_accessed, once per use that software saw. */
static void
accessed(LadReclaim *reclaim, LadPage page)
{
    lad_page_change(reclaim->kernel, page, LAD_PAGE_REFERENCED, 0);
}

/* Required. Called through lad_page_is_active, about once per hint fault. */
static gboolean
active(const LadReclaim *reclaim, LadPage page)
{
    return (lad_page_word(reclaim->kernel, page) & LAD_PAGE_REFERENCED) != 0;
}

/* Required. Called by the kernel once per pass: how many pages of each list to look at. */
static void
begin(LadReclaim *reclaim, LadScan *scan)
{
    scan->quota[CLOCK] = lad_lru_size(reclaim->kernel, scan->vec, CLOCK) >> scan->priority;
}

/* Required. Called by the kernel again and again during a pass, time going by in between: look at
 * up to LAD_SCAN_BATCH pages, take victims off their list. FALSE when the pass is over. */
static gboolean
batch(LadReclaim *reclaim, LadScan *scan)
{
    LadKernel *kernel = reclaim->kernel;
    for (guint i = 0; i < LAD_SCAN_BATCH && scan->quota[CLOCK] > 0; i++) {
        LadPage page = lad_lru_tail(kernel, scan->vec, CLOCK);
        if (page == LAD_PAGE_NONE)
            return FALSE;
        guint n = lad_page_span(kernel, page);
        scan->quota[CLOCK] -= MIN(n, scan->quota[CLOCK]);
        scan->scanned += n;
        scan->n_looked++;
        gboolean used = lad_page_test_clear_accessed(kernel, page);
        lad_lru_remove(kernel, page);
        lad_page_change(kernel, page, 0, LAD_PAGE_REFERENCED);
        if (used)
            lad_lru_add_head(kernel, page, CLOCK);
        else
            scan->victims[scan->n_victims++] = page;
    }
    return scan->quota[CLOCK] > 0;
}

/* Optional. Called by the kernel once per page whose write to a swap device has ended, if it is on
 * a list: to where it is looked at first. A model that has this hook gives pages up by lad_pageout
 * if scan->swapping and not scan->demoting, and ends a pass by itself when scan->target is reached;
 * without it, victims are paged out by the kernel. Left out here. Optional as well: `evicted` and
 * `refaulted`, once per page that leaves memory and comes back, which replace the refault distance;
 * `swappiness`, once per pass; `list_classes`, by which the working set is weighed. */

/* Optional. Called by the kernel once per pass, after its last batch. */
static void
end(LadReclaim *reclaim, LadScan *scan)
{
    (void)reclaim;
    (void)scan;
}

const LadReclaimClass lad_reclaim_skeleton = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_RECLAIM, LadReclaimClass, "skeleton",
                            "where a new reclaim model begins"),
             .models = "What is modelled, in sentences.",
             .leaves_out = "What is left out, in sentences.",
             .source = "Where the rules and numbers come from, and what it was checked against."},
    .n_lists = N_LISTS,
    .list_names = list_names,
    .init = init,
    .clear = clear,
    .add = add,
    .removed = removed,
    .accessed = accessed,
    .active = active,
    .begin = begin,
    .batch = batch,
    .end = end,
};
