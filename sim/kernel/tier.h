/* tier.h - between tier.c (the way to a tier) and tiers.c (making them). */
#ifndef LAD_KERNEL_TIER_H
#define LAD_KERNEL_TIER_H

#include <memladder/tier.h>

/* Room for transfers that a tier answers later. */
void lad_tier_pending_init(LadTier *tier);
void lad_tier_pending_clear(LadTier *tier);

#endif
