/* srrip.c - replacement: static re-reference interval prediction.
 *
 * Each line has a prediction of two bits of how far its next use is, 0 (soon) to 3 (far). A new
 * line gets 2, a hit makes it 0 (hit priority). The victim is the lowest way with a 3; if there is
 * none, all grow by one until there is. So lines that are used once leave before those that were
 * hit. Source: Jaleel et al., ISCA 2010, section 4.1. Modelled: M = 2, hit priority. Left out:
 * frequency priority, other widths.
 */
#include "config.h"
#include "models/replacement/rrip.h"

static void
fill(LadReplacement *replacement, guint32 set, guint64 *state, guint way, LadFillCause cause)
{
    (void)set;
    (void)cause;
    lad_rrip_set(state, replacement->n_ways, way, LAD_RRIP_LONG);
}

const LadReplacementClass lad_replacement_srrip = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_REPLACEMENT, LadReplacementClass, "srrip",
                            "lines that were hit outlive those used once"),
             .models = "Re-reference predictions of two bits, hit priority, new lines at 2.",
             .leaves_out = "Frequency priority, predictions of other widths.",
             .source = "Jaleel et al., ISCA 2010, section 4.1."},
    .max_ways = 64,
    .repeat_changes_state = TRUE,
    .set_words = lad_rrip_words,
    .init_set = lad_rrip_init_set,
    .victim = lad_rrip_choose,
    .touch = lad_rrip_touch,
    .fill = fill,
};
