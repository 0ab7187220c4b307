/* tree-plru.c - replacement: a binary tree of bits approximates LRU.
 *
 * Every inner node of a binary tree over the ways has one bit that points to the side not touched
 * last. A hit and a fill turn the nodes on the way's path away from it; the victim is found by
 * following the bits. Where ways are no power of two the tree is that of the next one, and a side
 * without ways is never taken. Modelled: n - 1 bits per set. Left out: variants that update on
 * fills only.
 */
#include "config.h"
#include <memladder/recency.h>
#include <memladder/replacement.h>

static guint
set_words(guint n_ways)
{
    (void)n_ways;
    return 1;
}

static void
init_set(const LadReplacement *replacement, guint32 set, guint64 *state)
{
    (void)replacement;
    (void)set;
    *state = 0;
}

static guint
victim(LadReplacement *replacement, guint32 set, guint64 *state, guint64 allowed)
{
    (void)set;
    return lad_tree_victim(*state, lad_tree_depth(replacement->n_ways), allowed);
}

static void
touch(LadReplacement *replacement, guint32 set, guint64 *state, guint way, LadFillCause cause)
{
    (void)set;
    (void)cause;
    *state = lad_tree_touch(*state, lad_tree_depth(replacement->n_ways), way);
}

const LadReplacementClass lad_replacement_tree_plru = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_REPLACEMENT, LadReplacementClass, "tree-plru",
                            "a binary tree of bits points away from what was touched last"),
             .models = "One bit per inner node of a binary tree over the ways.",
             .leaves_out = "Variants that update the tree on fills only.",
             .source = "Al-Zoubi, Milenkovic and Milenkovic, ACMSE 2004, section 2; textbook."},
    .max_ways = 64,
    .repeat_changes_state = FALSE,
    .set_words = set_words,
    .init_set = init_set,
    .victim = victim,
    .touch = touch,
    .fill = touch,
};
