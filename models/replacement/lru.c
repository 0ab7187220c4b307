/* lru.c - replacement: the least recently used line goes.
 *
 * Each set keeps its ways in order of their last touch. A hit and a fill move the way to the front;
 * the victim is the last. With all ways allowed this is exact LRU, as cachegrind simulates it.
 * Modelled: the whole order. Left out: the approximations of real hardware (tree-plru).
 */
#include "config.h"
#include <memladder/recency.h>
#include <memladder/replacement.h>

static void
init_set(const LadReplacement *replacement, guint32 set, guint64 *state)
{
    (void)set;
    lad_order_init(state, replacement->n_ways);
}

static guint
victim(LadReplacement *replacement, guint32 set, guint64 *state, guint64 allowed)
{
    (void)set;
    return lad_order_last(state, replacement->n_ways, allowed);
}

static void
touch(LadReplacement *replacement, guint32 set, guint64 *state, guint way, LadFillCause cause)
{
    (void)set;
    (void)cause;
    lad_order_to_front(state, replacement->n_ways, way);
}

const LadReplacementClass lad_replacement_lru = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_REPLACEMENT, LadReplacementClass, "lru",
                            "the least recently used line goes"),
             .models = "The exact order of last touches in every set.",
             .leaves_out = "Approximations of real hardware.",
             .source = "Textbook; checked against cachegrind, miss for miss."},
    .max_ways = 64,
    .repeat_changes_state = FALSE,
    .set_words = lad_order_words,
    .init_set = init_set,
    .victim = victim,
    .touch = touch,
    .fill = touch,
};
