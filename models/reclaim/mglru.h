/* mglru.h - the state of the multi-generational LRU, and what its parts ask of one another.
 *
 * mglru.c has the model: its options, its hooks and the order of a pass. mglru_generations.c enters
 * pages in generations and on their lists, mglru_aging.c opens a new generation, mglru_eviction.c
 * takes pages off the oldest. A page's generation is the slot in its word; its list may lag behind
 * it until eviction meets the page. Units: 4 KiB pages.
 */
#ifndef LAD_RECLAIM_MGLRU_H
#define LAD_RECLAIM_MGLRU_H

#include <memladder/bloom.h>
#include <memladder/placement.h>
#include <memladder/reclaim.h>

#define LAD_MGLRU_MIN_GENERATIONS 2
#define LAD_MGLRU_SLOTS           4
#define LAD_MGLRU_EVICT_BATCH     64 /* pages taken off per eviction, and PTEs of a look-around */
#define LAD_MGLRU_DENSE_SHIFT     3  /* a range is worth a walk if 1/8 of its PTEs were accessed */
#define LAD_MGLRU_DRAIN_BATCH     15 /* without a walk, fewer go up one by one (pagevec) */

enum { LAD_MGLRU_ANON, LAD_MGLRU_FILES, LAD_MGLRU_TYPES };

typedef struct {
    guint64 swappiness;
    LadTime sort_cost, walk_cost, look_around_cost;
} LadMglruParams;

/* What a lruvec holds. */
typedef struct {
    guint64 max_seq, min_seq[LAD_MGLRU_TYPES];
    /* Pages by generation, wherever they are listed. */
    guint64 size[LAD_MGLRU_TYPES][LAD_MGLRU_SLOTS];
    LadBloom filter[2]; /* the ranges that a walk at an even (0) or odd (1) sequence takes */
    gboolean ask_aging; /* the next pass of kswapd asks whether to age */
    GArray *walked;     /* of LadTime, by process: when it was walked, plus 1; 0: never */
} LadMglruNode;

typedef struct {
    LadMglruNode *node; /* by lruvec */
    guint n;
    gboolean walking;                          /* this pass has walked page tables */
    LadPage activating[LAD_MGLRU_DRAIN_BATCH]; /* neighbours that wait to move up together */
    guint n_activating;
} LadMglru;

/* The lruvec that is worked on. */
typedef struct {
    LadReclaim *reclaim;
    LadKernel *kernel;
    const LadMglruParams *params;
    LadMglruNode *node;
    LadScan *scan;
    guint swappiness; /* 0: anonymous pages stay */
} LadMglruWork;

/* The model's counters. */
enum {
    LAD_MGLRU_AGINGS,
    LAD_MGLRU_RANGES_WALKED,
    LAD_MGLRU_RANGES_SKIPPED,
    LAD_MGLRU_LOOK_AROUNDS,
    LAD_MGLRU_PROMOTED_BY_WALK,
    LAD_MGLRU_PROMOTED_AROUND
};

static inline guint
lad_mglru_type(LadPageWord word)
{
    return word & LAD_PAGE_FILE ? LAD_MGLRU_FILES : LAD_MGLRU_ANON;
}

/* A generation's lists are at one of four slots, used in turn. */
static inline guint
lad_mglru_slot(guint64 seq)
{
    return (guint)(seq % LAD_MGLRU_SLOTS);
}

/* The slot of the page's generation. */
static inline guint
lad_mglru_generation(LadPageWord word)
{
    return (guint)(word >> LAD_PAGE_RECLAIM_SHIFT) % LAD_MGLRU_SLOTS;
}

static inline guint
lad_mglru_list(guint type, guint slot)
{
    return type * LAD_MGLRU_SLOTS + slot;
}

static inline guint64
lad_mglru_n_generations(const LadMglruNode *node, guint type)
{
    return node->max_seq - node->min_seq[type] + 1;
}

static inline gboolean
lad_mglru_is_young(const LadMglruNode *node, LadPageWord word)
{
    guint slot = lad_mglru_generation(word);
    return slot == lad_mglru_slot(node->max_seq) || slot == lad_mglru_slot(node->max_seq - 1);
}

/* The ranges that the walk at this sequence takes. */
static inline LadBloom *
lad_mglru_filter(LadMglruNode *node, guint64 seq)
{
    return &node->filter[seq % 2];
}

static inline guint64
lad_mglru_range_key(const LadRange *range)
{
    return (guint64)range->process << 40 | range->first >> 9;
}

/* May the page, which has this word, be looked at by this reclaim? */
static inline gboolean
lad_mglru_concerns(const LadMglruWork *work, LadPage page, LadPageWord word)
{
    return (word & (LAD_PAGE_LRU | LAD_PAGE_ISOLATED)) != 0 &&
           lad_page_lruvec(work->kernel, page) == work->scan->vec &&
           (work->swappiness > 0 || lad_mglru_type(word) == LAD_MGLRU_FILES);
}

/* mglru_generations.c */

/* What the lruvec of the page holds. */
LadMglruNode *lad_mglru_node(const LadReclaim *reclaim, LadPage page);
/* Enter a page that is in no generation, at the slot of one. */
void lad_mglru_count_in(LadKernel *kernel, LadMglruNode *node, LadPage page, guint slot);
/* The page leaves its generation. */
void lad_mglru_count_out(LadKernel *kernel, LadMglruNode *node, LadPage page);
/* Change the generation of a page; it stays on its list. */
void lad_mglru_regenerate(LadKernel *kernel, LadMglruNode *node, LadPage page, guint slot);
/* The hook `add`: enter a page that arrives, in the generation that the reason calls for. */
void lad_mglru_add(LadReclaim *reclaim, LadPage page, LadArrival why);
/* A neighbour joins the youngest generation at the next drain, or when DRAIN_BATCH of them wait. */
void lad_mglru_activate_later(LadReclaim *reclaim, LadPage page);
void lad_mglru_drain_activations(LadReclaim *reclaim);
/* The page was taken off meanwhile. */
void lad_mglru_forget_activation(LadReclaim *reclaim, LadPage page);

/* mglru_aging.c */

/* Is a new generation due? *total: all pages in generations that may be evicted. */
gboolean lad_mglru_aging_is_due(const LadMglruWork *work, guint64 *total);
/* Walk page tables, and open a new youngest generation. */
void lad_mglru_age(LadMglruWork *work);

/* mglru_eviction.c */

/* One eviction; returns the pages looked at, 0 if the pass can get no further. */
guint lad_mglru_evict(LadMglruWork *work);

#endif
