/* rrip.h - the hooks that SRRIP and DRRIP share: they differ in where new lines go.
 *
 * The victim is the lowest allowed way with a 3, once all have grown until there is one; a hit
 * makes it 0.
 */
#ifndef LAD_REPLACEMENT_RRIP_H
#define LAD_REPLACEMENT_RRIP_H

#include <memladder/recency.h>
#include <memladder/replacement.h>

static inline void
lad_rrip_init_set(const LadReplacement *replacement, guint32 set G_GNUC_UNUSED, guint64 *state)
{
    lad_rrip_init(state, replacement->n_ways);
}

static inline guint
lad_rrip_choose(LadReplacement *replacement, guint32 set G_GNUC_UNUSED, guint64 *state,
                guint64 allowed)
{
    guint way = lad_rrip_victim(state, replacement->n_ways, allowed);
    lad_rrip_age(state, replacement->n_ways, allowed, way);
    return way;
}

static inline void
lad_rrip_touch(LadReplacement *replacement, guint32 set G_GNUC_UNUSED, guint64 *state, guint way,
               LadFillCause cause G_GNUC_UNUSED)
{
    lad_rrip_set(state, replacement->n_ways, way, 0);
}

#endif
