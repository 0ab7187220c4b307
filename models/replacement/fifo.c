/* fifo.c - replacement: the line brought in first goes.
 *
 * Each set keeps its ways in order of their fill; hits change nothing. An empty way that is filled
 * again becomes the youngest, so invalidations do not disturb the order.
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
fill(LadReplacement *replacement, guint32 set, guint64 *state, guint way, LadFillCause cause)
{
    (void)set;
    (void)cause;
    lad_order_to_front(state, replacement->n_ways, way);
}

const LadReplacementClass lad_replacement_fifo = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_REPLACEMENT, LadReplacementClass, "fifo",
                            "the line brought in first goes"),
             .models = "The exact order of fills in every set.", .leaves_out = "Nothing.",
             .source = "Textbook."},
    .max_ways = 64,
    .repeat_changes_state = FALSE,
    .set_words = lad_order_words,
    .init_set = init_set,
    .victim = victim,
    .fill = fill,
};
