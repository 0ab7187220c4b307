/* drrip.c - replacement: SRRIP or, where that thrashes, BRRIP, by a duel between sets.
 *
 * BRRIP puts new lines in at 3 (far), one in 32 at 2, so that part of a working set larger than the
 * cache stays. A 32nd of the sets (one of two at least) always does as SRRIP, another as BRRIP; a
 * counter of ten bits goes up at misses of the first and down at those of the second, and its upper
 * half sends all other sets to BRRIP. Source: Jaleel et al., ISCA 2010, sections 4.2 and 4.3;
 * Qureshi et al., ISCA 2007, for the duel. Modelled: the above; the one in 32 is counted, not
 * drawn. Left out: a selector per core (TA-DRRIP).
 */
#include "config.h"
#include "models/replacement/rrip.h"

static gboolean
init(LadReplacement *replacement, GError **error)
{
    (void)error;
    lad_duel_init(replacement->state, replacement->n_sets);
    return TRUE;
}

static void
fill(LadReplacement *replacement, guint32 set, guint64 *state, guint way, LadFillCause cause)
{
    (void)cause;
    lad_rrip_set(state, replacement->n_ways, way, lad_duel_insert(replacement->state, set));
}

const LadReplacementClass lad_replacement_drrip = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_REPLACEMENT, LadReplacementClass, "drrip",
                            "SRRIP or BRRIP, whichever misses less in sets set apart for a duel"),
             .models = "SRRIP and BRRIP, 32 leader sets each (all sets in turn if there are fewer "
                       "than 64), a selector of ten bits.",
             .leaves_out = "A selector per core; the one line in 32 is counted, not drawn.",
             .source = "Jaleel et al., ISCA 2010, sections 4.2 and 4.3.",
             .host_size = sizeof(LadDuel)},
    .max_ways = 64,
    .repeat_changes_state = TRUE,
    .set_words = lad_rrip_words,
    .init = init,
    .init_set = lad_rrip_init_set,
    .victim = lad_rrip_choose,
    .touch = lad_rrip_touch,
    .fill = fill,
};
