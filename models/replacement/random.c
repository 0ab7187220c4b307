/* random.c - replacement: any line goes, all alike.
 *
 * The victim is drawn uniformly from the allowed ways, by the cache's own random stream, so a run
 * is reproducible and one cache's draws do not depend on another's. No state per set.
 */
#include "config.h"
#include <memladder/replacement.h>

static guint
set_words(guint n_ways)
{
    (void)n_ways;
    return 0;
}

static void
init_set(const LadReplacement *replacement, guint32 set, guint64 *state)
{
    (void)replacement;
    (void)set;
    (void)state;
}

static guint
victim(LadReplacement *replacement, guint32 set, guint64 *state, guint64 allowed)
{
    (void)set;
    (void)state;
    guint skip =
        (guint)lad_random_below(&replacement->random, (guint)__builtin_popcountll(allowed));
    for (; skip > 0; skip--)
        allowed &= allowed - 1;
    return (guint)__builtin_ctzll(allowed);
}

static void
fill(LadReplacement *replacement, guint32 set, guint64 *state, guint way, LadFillCause cause)
{
    (void)replacement;
    (void)set;
    (void)state;
    (void)way;
    (void)cause;
}

const LadReplacementClass lad_replacement_random = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_REPLACEMENT, LadReplacementClass, "random",
                            "any line goes, all alike"),
             .models = "A uniform draw among the allowed ways at each replacement.",
             .leaves_out = "The counters that real hardware uses in place of random numbers.",
             .source = "Textbook."},
    .max_ways = 64,
    .repeat_changes_state = FALSE,
    .set_words = set_words,
    .init_set = init_set,
    .victim = victim,
    .fill = fill,
};
