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
 * Source: Linux 6.1 mm/vmscan.c, include/linux/mm_inline.h. With swap, a page
 * that comes back while the oldest generation is still the one it was evicted from is a refault and
 * a restore; reclaim then moves it once to the next generation instead of evicting it. Left out:
 * tiers by use of file descriptors and the controller over their refaults; min_ttl_ms; a
 * look-around does not stop at the ends of a mapping.
 */
#include "config.h"
#include <memladder/bloom.h>
#include <memladder/placement.h>
#include <memladder/reclaim.h>

#define MIN_GENERATIONS 2
#define SLOTS           4
#define EVICT_BATCH     64   /* pages taken off per eviction, and PTEs of a look-around */
#define SORT_BATCH      4096 /* pages looked at per eviction, at most */
#define DENSE_SHIFT     3    /* a range is worth a walk if 1/8 of its PTEs were accessed */
#define DRAIN_BATCH     15   /* without a walk, fewer go up one by one (pagevec) */
/* An address space that was walked so recently has not run since, unless a core was seen to switch
 * to it (assumed); within one request to memory.reclaim a tick is enough. */
#define WALK_PAUSE (10 * LAD_MS)
#define TICK       (4 * LAD_MS)

enum { ANON, FILES, N_TYPES };

typedef struct {
    guint64 swappiness;
    LadTime sort_cost, walk_cost, look_around_cost;
} Params;

/* What a lruvec holds. */
typedef struct {
    guint64 max_seq, min_seq[N_TYPES];
    guint64 size[N_TYPES][SLOTS]; /* by generation, wherever the pages are listed */
    LadBloom filter[2]; /* the ranges that a walk at an even (0) or odd (1) sequence takes */
    gboolean ask_aging; /* the next pass of kswapd asks whether to age */
    GArray *walked;     /* of LadTime, by process: when it was walked, plus 1; 0: never */
} Node;

typedef struct {
    Node *node; /* by lruvec */
    guint n;
    gboolean walking;                /* this pass has walked page tables */
    LadPage activating[DRAIN_BATCH]; /* neighbours that wait to move up together */
    guint n_activating;
} State;

/* The lruvec that is worked on. */
typedef struct {
    LadReclaim *reclaim;
    LadKernel *kernel;
    const Params *params;
    Node *node;
    LadScan *scan;
    guint swappiness; /* 0: anonymous pages stay */
} Work;

static const LadOption options[] = {
    LAD_OPT(Params, swappiness, "swappiness", UINT, "60", "0", "200",
            "0: only file pages go; 200: of a generation, anonymous pages first; else file pages"),
    LAD_OPT(Params, sort_cost, "sort-cost", TIME, "150 ns", "0 s", NULL,
            "CPU time of moving a page to the list of its generation (assumed)"),
    LAD_OPT(Params, walk_cost, "walk-cost", TIME, "15 ns", "0 s", NULL,
            "CPU time per entry of a page table walked (assumed)"),
    LAD_OPT(Params, look_around_cost, "look-around-cost", TIME, "800 ns", "0 s", NULL,
            "CPU time of looking at the entries around an accessed page (assumed)"),
    LAD_OPTIONS_END};

enum { AGINGS, RANGES_WALKED, RANGES_SKIPPED, LOOK_AROUNDS, PROMOTED_BY_WALK, PROMOTED_AROUND };
static const LadCounter counters[] = {
    [AGINGS] = {"agings", "1", LAD_COUNT, LAD_SCOPE_HOST, "a new youngest generation"},
    [RANGES_WALKED] = {"ranges_walked", "1", LAD_COUNT, LAD_SCOPE_HOST,
                       "512 entries of a page table looked at by aging"},
    [RANGES_SKIPPED] = {"ranges_skipped", "1", LAD_COUNT, LAD_SCOPE_HOST,
                        "512 entries passed over: not touched, or not in the filter"},
    [LOOK_AROUNDS] = {"look_arounds", "1", LAD_COUNT, LAD_SCOPE_HOST,
                      "an accessed page met by eviction, its neighbours looked at"},
    [PROMOTED_BY_WALK] = {"younger_by_walk", "page", LAD_COUNT, LAD_SCOPE_HOST,
                          "a page made youngest by aging"},
    [PROMOTED_AROUND] = {"younger_by_look_around", "page", LAD_COUNT, LAD_SCOPE_HOST,
                         "a page made youngest by a look-around"},
    LAD_COUNTERS_END};

static const char *const list_names[] = {"nr_anon_slot0", "nr_anon_slot1", "nr_anon_slot2",
                                         "nr_anon_slot3", "nr_file_slot0", "nr_file_slot1",
                                         "nr_file_slot2", "nr_file_slot3"};

/* ---- Generations ----------------------------------------------------------------------------- */

static guint
type_of(LadPageWord word)
{
    return word & LAD_PAGE_FILE ? FILES : ANON;
}

static guint
slot_of(guint64 seq)
{
    return (guint)(seq % SLOTS);
}

/* The slot of the page's generation. */
static guint
generation(LadPageWord word)
{
    return (guint)(word >> LAD_PAGE_RECLAIM_SHIFT) % SLOTS;
}

static guint
list_of(guint type, guint slot)
{
    return type * SLOTS + slot;
}

static guint64
n_generations(const Node *node, guint type)
{
    return node->max_seq - node->min_seq[type] + 1;
}

static Node *
node_of(const LadReclaim *reclaim, LadPage page)
{
    State *state = reclaim->state;
    return &state->node[lad_page_lruvec(reclaim->kernel, page)];
}

static gboolean
is_young(const Node *node, LadPageWord word)
{
    guint slot = generation(word);
    return slot == slot_of(node->max_seq) || slot == slot_of(node->max_seq - 1);
}

/* Enter a page that is in no generation. */
static void
count_in(LadKernel *kernel, Node *node, LadPage page, guint slot)
{
    node->size[type_of(lad_page_word(kernel, page))][slot] += lad_page_span(kernel, page);
    lad_page_change(kernel, page, (LadPageWord)slot << LAD_PAGE_RECLAIM_SHIFT,
                    LAD_PAGE_RECLAIM_MASK | LAD_PAGE_ACTIVE);
}

static void
count_out(LadKernel *kernel, Node *node, LadPage page)
{
    LadPageWord word = lad_page_word(kernel, page);
    node->size[type_of(word)][generation(word)] -= lad_page_span(kernel, page);
}

/* Change the generation of a page; it stays on its list. */
static void
regenerate(LadKernel *kernel, Node *node, LadPage page, guint slot)
{
    count_out(kernel, node, page);
    count_in(kernel, node, page, slot);
}

/* ---- Neighbours that wait to move up -----------------------------------------------------------
 */

static void
drain_activations(LadReclaim *reclaim)
{
    State *state = reclaim->state;
    LadKernel *kernel = reclaim->kernel;
    for (guint i = 0; i < state->n_activating; i++) {
        LadPage page = state->activating[i];
        LadPageWord word = lad_page_word(kernel, page);
        if (!(word & LAD_PAGE_LRU))
            continue; /* taken off meanwhile */
        Node *node = node_of(reclaim, page);
        guint slot = slot_of(node->max_seq);
        regenerate(kernel, node, page, slot);
        lad_lru_remove(kernel, page);
        lad_lru_add_head(kernel, page, list_of(type_of(word), slot));
        lad_page_count(kernel, page, LAD_VM_PGACTIVATE, 1);
    }
    state->n_activating = 0;
}

static void
activate_later(LadReclaim *reclaim, LadPage page)
{
    State *state = reclaim->state;
    state->activating[state->n_activating++] = page;
    if (state->n_activating == DRAIN_BATCH)
        drain_activations(reclaim);
}

static void
forget_activation(LadReclaim *reclaim, LadPage page)
{
    State *state = reclaim->state;
    for (guint i = 0; i < state->n_activating; i++)
        if (state->activating[i] == page)
            state->activating[i--] = state->activating[--state->n_activating];
}

/* Faults bring pages to the youngest generation, as does having been young elsewhere; what reclaim
 * moved here is clean if it is of a file, and otherwise one generation away from eviction. */
static void
add(LadReclaim *reclaim, LadPage page, LadArrival why)
{
    LadKernel *kernel = reclaim->kernel;
    LadPageWord word = lad_page_word(kernel, page);
    Node *node = node_of(reclaim, page);
    guint type = type_of(word);
    guint64 seq = node->min_seq[type] + (type == ANON);
    if (why == LAD_ARRIVAL_TOUCH || why == LAD_ARRIVAL_PROMOTION || why == LAD_ARRIVAL_RETURN ||
        why == LAD_ARRIVAL_REFAULT || (why != LAD_ARRIVAL_DEMOTION && word & LAD_PAGE_ACTIVE))
        seq = node->max_seq;
    count_in(kernel, node, page, slot_of(seq));
    lad_lru_add_head(kernel, page, list_of(type, slot_of(seq)));
}

/* A page keeps in its word whether it was young when others took it away. */
static void
removed(LadReclaim *reclaim, LadPage page)
{
    LadPageWord word = lad_page_word(reclaim->kernel, page);
    Node *node = node_of(reclaim, page);
    count_out(reclaim->kernel, node, page);
    forget_activation(reclaim, page);
    lad_page_change(reclaim->kernel, page, is_young(node, word) ? LAD_PAGE_ACTIVE : 0,
                    LAD_PAGE_ACTIVE);
}

/* A page whose write has ended is met first: the tail of the oldest generation. */
static void
rotated(LadReclaim *reclaim, LadPage page)
{
    LadKernel *kernel = reclaim->kernel;
    Node *node = node_of(reclaim, page);
    guint type = type_of(lad_page_word(kernel, page)), slot = slot_of(node->min_seq[type]);
    lad_lru_remove(kernel, page);
    regenerate(kernel, node, page, slot);
    lad_lru_add_tail(kernel, page, list_of(type, slot));
}

/* An evicted page's shadow entry keeps the oldest generation of the time. It counts as a refault
 * only while that has not changed, and then as a restore as well. */
static guint64
evicted(LadReclaim *reclaim, LadPage page)
{
    const Node *node = node_of(reclaim, page);
    return node->min_seq[type_of(lad_page_word(reclaim->kernel, page))];
}

static void
refaulted(LadReclaim *reclaim, LadPage page, guint64 token, gboolean was_active G_GNUC_UNUSED)
{
    const Node *node = node_of(reclaim, page);
    if (token != node->min_seq[type_of(lad_page_word(reclaim->kernel, page))])
        return;
    lad_page_swap_change(reclaim->kernel, page, LAD_SWAP_WORKINGSET, 0);
    lad_workingset_count(reclaim->kernel, page, LAD_REFAULT_SEEN);
    lad_workingset_count(reclaim->kernel, page, LAD_REFAULT_RESTORE);
}

static guint
swappiness(const LadReclaim *reclaim)
{
    return (guint)((const Params *)reclaim->params)->swappiness;
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
    return is_young(node_of(reclaim, page), word);
}

/* ---- Aging ----------------------------------------------------------------------------------- */

static LadBloom *
filter_of(Node *node, guint64 seq)
{
    return &node->filter[seq % 2];
}

static guint64
range_key(const LadRange *range)
{
    return (guint64)range->process << 40 | range->first >> 9;
}

/* Is a new generation due? *total: all pages in generations that may be evicted. */
static gboolean
aging_is_due(const Work *work, guint64 *total)
{
    const Node *node = work->node;
    guint first = work->swappiness > 0 ? ANON : FILES;
    guint64 young = 0, old = 0;
    *total = 0;
    for (guint type = first; type < N_TYPES; type++)
        for (guint64 seq = node->min_seq[type]; seq <= node->max_seq; seq++) {
            guint64 size = node->size[type][slot_of(seq)];
            *total += size;
            if (seq == node->max_seq)
                young += size;
            else if (seq + MIN_GENERATIONS == node->max_seq)
                old += size;
        }
    guint64 n = n_generations(node, first);
    if (n != MIN_GENERATIONS + 1)
        return n <= MIN_GENERATIONS;
    return young * MIN_GENERATIONS > *total || old * (MIN_GENERATIONS + 2) < *total;
}

/* May the page, which has this word, be looked at by this reclaim? */
static gboolean
concerns(const Work *work, LadPage page, LadPageWord word)
{
    return (word & (LAD_PAGE_LRU | LAD_PAGE_ISOLATED)) != 0 &&
           lad_page_lruvec(work->kernel, page) == work->scan->vec &&
           (work->swappiness > 0 || type_of(word) == FILES);
}

/* Make the page younger if it is in this tier and was accessed; TRUE if it was. */
static gboolean
age_page(Work *work, LadPage page)
{
    LadPageWord word = page == LAD_PAGE_NONE ? 0 : lad_page_word(work->kernel, page);
    if (!concerns(work, page, word) || !lad_page_test_clear_accessed(work->kernel, page))
        return FALSE;
    guint youngest = slot_of(work->node->max_seq);
    lad_page_swap_change(work->kernel, page, 0, LAD_SWAP_WORKINGSET);
    if (generation(word) != youngest) {
        regenerate(work->kernel, work->node, page, youngest);
        work->reclaim->counters[PROMOTED_BY_WALK] += lad_page_span(work->kernel, page);
    }
    return TRUE;
}

static void
walk_range(Work *work, const LadRange *range)
{
    Node *node = work->node;
    guint64 *count = work->reclaim->counters;
    if (range->huge != LAD_PAGE_NONE) {
        age_page(work, range->huge);
        work->scan->cost += work->params->walk_cost;
        return;
    }
    if (!range->touched || !lad_bloom_may_have(filter_of(node, node->max_seq), range_key(range))) {
        count[RANGES_SKIPPED]++;
        return;
    }
    guint n_young = 0;
    for (guint i = 0; i < LAD_HUGE_PAGES; i++)
        n_young += age_page(work, range->pages[i]) ? 1 : 0;
    count[RANGES_WALKED]++;
    work->scan->cost += LAD_HUGE_PAGES * work->params->walk_cost;
    if (n_young << DENSE_SHIFT >= range->n_mapped)
        lad_bloom_add(filter_of(node, node->max_seq + 1), range_key(range));
}

/* Has the process run since its tables were last walked? Notes that they are now. */
static gboolean
has_run(Work *work, guint process)
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
walk_tables(Work *work)
{
    LadRange range;
    gboolean first = TRUE;
    for (guint process = 0; process < work->reclaim->host->processes->len; process++) {
        if (!has_run(work, process))
            continue;
        if (first)
            lad_bloom_reset(filter_of(work->node, work->node->max_seq + 1));
        first = FALSE;
        lad_range_start(&range, process);
        while (lad_range_next(work->kernel, &range))
            walk_range(work, &range);
    }
}

/* Merge the oldest generation into the next. */
static void
drop_oldest(Work *work, guint type)
{
    LadKernel *kernel = work->kernel;
    Node *node = work->node;
    guint slot = slot_of(node->min_seq[type]);
    LadPage page;
    while ((page = lad_lru_tail(kernel, work->scan->vec, list_of(type, slot))) != LAD_PAGE_NONE) {
        if (generation(lad_page_word(kernel, page)) == slot) {
            regenerate(kernel, node, page, slot_of(slot + 1));
            lad_page_swap_change(kernel, page, 0, LAD_SWAP_WORKINGSET);
        }
        lad_lru_remove(kernel, page);
        lad_lru_add_tail(kernel, page, list_of(type, generation(lad_page_word(kernel, page))));
    }
    node->min_seq[type]++;
}

static void
age(Work *work)
{
    Node *node = work->node;
    walk_tables(work);
    ((State *)work->reclaim->state)->walking = TRUE;
    for (guint type = 0; type < N_TYPES; type++)
        if (n_generations(node, type) == SLOTS)
            drop_oldest(work, type);
    node->max_seq++;
    work->reclaim->counters[AGINGS]++;
}

/* ---- Eviction -------------------------------------------------------------------------------- */

/* Pages that an eviction took off. */
typedef struct {
    guint n;
    LadPage page[EVICT_BATCH];
} Isolated;

/* Forget oldest generations whose lists are empty; TRUE if there was one. Anonymous pages are never
 * ahead of file pages. */
static gboolean
advance(Work *work)
{
    Node *node = work->node;
    gboolean swap = work->swappiness > 0;
    guint64 min[N_TYPES] = {node->min_seq[ANON], node->min_seq[FILES]};
    for (guint type = swap ? ANON : FILES; type < N_TYPES; type++)
        while (min[type] + MIN_GENERATIONS <= node->max_seq &&
               lad_lru_size(work->kernel, work->scan->vec, list_of(type, slot_of(min[type]))) == 0)
            min[type]++;
    if (swap) {
        min[ANON] = MIN(min[ANON], min[FILES]);
        min[FILES] = MAX(min[ANON], node->min_seq[FILES]);
    }
    gboolean moved = min[ANON] != node->min_seq[ANON] || min[FILES] != node->min_seq[FILES];
    memcpy(node->min_seq, min, sizeof min);
    return moved;
}

/* A page of the oldest generation that is not taken off: one that was evicted too soon before goes
 * to the tail of the next, once; one that is written or read just now, to its head. */
static gboolean
set_aside(Work *work, LadPage page, guint type)
{
    LadKernel *kernel = work->kernel;
    guint flags = lad_page_swap_flags(kernel, page);
    guint next = slot_of(work->node->min_seq[type] + 1);
    if (!(flags & (LAD_SWAP_WORKINGSET | LAD_SWAP_LOCKED | LAD_SWAP_WRITEBACK)))
        return FALSE;
    regenerate(kernel, work->node, page, next);
    if (flags & LAD_SWAP_WORKINGSET) {
        lad_page_swap_change(kernel, page, 0, LAD_SWAP_WORKINGSET);
        lad_lru_add_tail(kernel, page, list_of(type, next));
        lad_workingset_count(kernel, page, LAD_REFAULT_ACTIVATE);
    } else {
        lad_page_swap_change(kernel, page, LAD_SWAP_RECLAIM, 0);
        lad_lru_add_head(kernel, page, list_of(type, next));
    }
    return TRUE;
}

/* Take up to a batch off the oldest generation, sorting what has become younger meanwhile. Returns
 * the pages looked at, 0 if nothing can be had. */
static guint
isolate_type(Work *work, guint type, Isolated *isolated)
{
    LadKernel *kernel = work->kernel;
    Node *node = work->node;
    guint slot = slot_of(node->min_seq[type]), n_pages = 0, n_scanned = 0, n_sorted = 0;
    if (n_generations(node, type) == MIN_GENERATIONS)
        return 0;
    for (guint left = SORT_BATCH; left > 0 && n_pages < EVICT_BATCH; left--) {
        LadPage page = lad_lru_tail(kernel, work->scan->vec, list_of(type, slot));
        if (page == LAD_PAGE_NONE)
            break;
        guint span = lad_page_span(kernel, page);
        guint now_in = generation(lad_page_word(kernel, page));
        n_scanned += span;
        lad_lru_remove(kernel, page);
        if (now_in != slot) {
            lad_lru_add_head(kernel, page, list_of(type, now_in));
            n_sorted++;
            lad_page_count(kernel, page, LAD_VM_PGREFILL, span);
            continue;
        }
        if (work->scan->swapping && set_aside(work, page, type)) {
            n_sorted++;
            lad_page_count(kernel, page, LAD_VM_PGREFILL, span);
            continue;
        }
        count_out(kernel, node, page);
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
isolate(Work *work, Isolated *isolated)
{
    const Node *node = work->node;
    guint64 swappiness = work->swappiness;
    guint type = FILES;
    if (swappiness > 0 && (node->min_seq[ANON] < node->min_seq[FILES] || swappiness == 200))
        type = ANON;
    guint n = isolate_type(work, type, isolated);
    if (n == 0 && swappiness > 0)
        n = isolate_type(work, type == ANON ? FILES : ANON, isolated);
    return n;
}

/* An accessed neighbour joins the youngest generation; without a walk under way a few of them are
 * moved to its list at once. */
static void
promote_neighbours(Work *work, const LadPage *pages, guint n)
{
    LadKernel *kernel = work->kernel;
    guint slot = slot_of(work->node->max_seq);
    const State *state = work->reclaim->state;
    gboolean at_once = !work->scan->background && n < DRAIN_BATCH;
    work->reclaim->counters[PROMOTED_AROUND] += n;
    if (work->scan->swapping && at_once && !state->walking) {
        for (guint i = 0; i < n; i++)
            activate_later(work->reclaim, pages[i]);
        return;
    }
    at_once = at_once && !work->scan->swapping;
    for (guint i = 0; i < n; i++) {
        LadPageWord word = lad_page_word(kernel, pages[i]);
        regenerate(kernel, work->node, pages[i], slot);
        lad_page_swap_change(kernel, pages[i], 0, LAD_SWAP_WORKINGSET);
        if (!at_once)
            continue;
        lad_lru_remove(kernel, pages[i]);
        lad_lru_add_head(kernel, pages[i], list_of(type_of(word), slot));
        lad_vm_count(kernel, LAD_VM_PGACTIVATE, 1);
    }
}

/* Clear the accessed bits around an isolated page that was accessed (its own is clear already). */
static void
look_around(Work *work, LadPage page)
{
    LadKernel *kernel = work->kernel;
    LadRange range;
    guint at, n_young = 1, n = 0;
    LadPage neighbours[EVICT_BATCH];
    work->reclaim->counters[LOOK_AROUNDS]++;
    work->scan->cost += work->params->look_around_cost;
    if (!lad_range_of(kernel, page, &range, &at) || range.huge != LAD_PAGE_NONE)
        return;
    guint first = at < EVICT_BATCH / 2 ? 0 : at - EVICT_BATCH / 2;
    first = MIN(first, LAD_HUGE_PAGES - EVICT_BATCH);
    for (guint i = first; i < first + EVICT_BATCH; i++) {
        LadPage other = range.pages[i];
        LadPageWord word = other == LAD_PAGE_NONE ? 0 : lad_page_word(kernel, other);
        if (!concerns(work, other, word) || !lad_page_test_clear_accessed(kernel, other))
            continue;
        n_young++;
        if (word & LAD_PAGE_ISOLATED)
            lad_page_change(kernel, other, LAD_PAGE_REFERENCED, 0);
        else if (generation(word) != slot_of(work->node->max_seq))
            neighbours[n++] = other;
    }
    if (n_young << DENSE_SHIFT >= EVICT_BATCH)
        lad_bloom_add(filter_of(work->node, work->node->max_seq), range_key(&range));
    promote_neighbours(work, neighbours, n);
}

/* An isolated page was used: it stays, and so do its neighbours. */
static gboolean
was_used(Work *work, LadPage page)
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
put_back(Work *work, LadPage page, LadPageout what)
{
    LadKernel *kernel = work->kernel;
    Node *node = work->node;
    guint type = type_of(lad_page_word(kernel, page));
    guint64 seq = node->max_seq - (what == LAD_PAGEOUT_KEEP ? 1 : 0);
    lad_page_change(kernel, page, 0, LAD_PAGE_REFERENCED);
    count_in(kernel, node, page, slot_of(seq));
    lad_lru_add_head(kernel, page, list_of(type, slot_of(seq)));
}

/* With swap: give pages up one by one while time goes by. A page whose write ended while it was
 * isolated is tried again at once. */
static void
shrink_isolated(Work *work, const Isolated *isolated)
{
    LadKernel *kernel = work->kernel;
    LadScan *scan = work->scan;
    Isolated kept = {0}, again = {0};
    LadPageout what[EVICT_BATCH];
    guint type = isolated->n ? type_of(lad_page_word(kernel, isolated->page[0])) : ANON;
    for (guint i = 0; i < isolated->n; i++) {
        LadPage page = isolated->page[i];
        scan->scanned += lad_page_span(kernel, page);
        lad_scan_look(kernel, scan, page);
        LadPageout result =
            was_used(work, page) ? LAD_PAGEOUT_ACTIVATE : lad_pageout(kernel, scan, page);
        if (result == LAD_PAGEOUT_GONE) {
            forget_activation(work->reclaim, page);
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
choose_victims(Work *work, const Isolated *isolated)
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
        add(work->reclaim, kept.page[i], LAD_ARRIVAL_RETURN);
    }
}

/* One eviction; returns the pages looked at, 0 if the pass can get no further. */
static guint
evict(Work *work)
{
    Isolated isolated = {0};
    guint first = work->swappiness > 0 ? ANON : FILES;
    lad_scan_poll(work->kernel, work->scan);
    guint n_scanned = isolate(work, &isolated);
    n_scanned += advance(work) ? 1 : 0;
    if (n_generations(work->node, first) == MIN_GENERATIONS)
        n_scanned = 0;
    if (work->scan->swapping && !work->scan->demoting)
        shrink_isolated(work, &isolated);
    else
        choose_victims(work, &isolated);
    return n_scanned;
}

/* ---- Passes ---------------------------------------------------------------------------------- */

static Work
work_on(LadReclaim *reclaim, LadScan *scan)
{
    State *state = reclaim->state;
    const Params *params = reclaim->params;
    guint swappiness = (guint)params->swappiness;
    if (scan->swapping && !scan->demoting)
        swappiness = lad_scan_has_swap(reclaim->kernel, scan) ? scan->swappiness : 0;
    return (Work){reclaim, reclaim->kernel, params, &state->node[scan->vec], scan, swappiness};
}

/* kswapd ages before a pass, never before the first of a round. */
static void
begin(LadReclaim *reclaim, LadScan *scan)
{
    Work work = work_on(reclaim, scan);
    State *state = reclaim->state;
    guint64 total;
    state->walking = FALSE;
    scan->work = 0;
    if (scan->swapping) {
        lad_scan_poll(reclaim->kernel, scan);
        lad_lru_drain(reclaim->kernel);
        drain_activations(reclaim);
        scan->plan[0] = work.node->max_seq;
    }
    if (!scan->background)
        return;
    if (scan->priority == LAD_RECLAIM_PRIORITY)
        work.node->ask_aging = FALSE;
    if (work.node->ask_aging && aging_is_due(&work, &total))
        age(&work);
    work.node->ask_aging = TRUE;
}

static gboolean
batch(LadReclaim *reclaim, LadScan *scan)
{
    Work work = work_on(reclaim, scan);
    const Node *node = work.node;
    guint first = work.swappiness > 0 ? ANON : FILES;
    guint64 total;
    gboolean due = aging_is_due(&work, &total);
    gboolean gentle = scan->priority == LAD_RECLAIM_PRIORITY;
    if (total >> scan->priority == 0)
        return FALSE;
    if (due && gentle && n_generations(node, first) <= MIN_GENERATIONS)
        return FALSE;
    if (due && !gentle) {
        if (scan->background)
            return FALSE; /* left to the next pass */
        age(&work);
    }
    guint n = evict(&work);
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
    Work work = work_on(reclaim, scan);
    guint64 total;
    if (scan->background && scan->reclaimed >= EVICT_BATCH && !aging_is_due(&work, &total))
        work.node->ask_aging = FALSE;
}

static gboolean
init(LadReclaim *reclaim, GError **error G_GNUC_UNUSED)
{
    State *state = reclaim->state;
    state->n = lad_lruvecs_n(reclaim->kernel);
    state->node = g_new0(Node, state->n);
    for (guint vec = 0; vec < state->n; vec++) {
        state->node[vec].max_seq = MIN_GENERATIONS + 1;
        state->node[vec].walked = g_array_new(FALSE, TRUE, sizeof(LadTime));
    }
    return TRUE;
}

static void
clear(LadReclaim *reclaim)
{
    State *state = reclaim->state;
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
             .params_size = sizeof(Params), .counters = counters, .host_size = sizeof(State)},
    .n_lists = N_TYPES * SLOTS,
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
    .rotated = rotated,
    .evicted = evicted,
    .refaulted = refaulted,
    .swappiness = swappiness,
};
