/* tier.h - between tier.c (the way to a tier) and tiers.c (making them). */
#ifndef LAD_KERNEL_TIER_H
#define LAD_KERNEL_TIER_H

#include <memladder/tier.h>

/* Room for transfers that a tier answers later. */
void lad_tier_pending_init(LadTier *tier);
void lad_tier_pending_clear(LadTier *tier);

/* `n` lines of cores that keep no caches, read or written between `from` and `to`, of a tier
 * without `loaded`: asked for as a few large transfers, counted as n. Returns what one line asked
 * for at `to` takes (of a tier that answers later: what its lines took of late). */
LadTime lad_tier_lines(LadTier *tier, LadTime from, LadTime to, LadTransferKind kind, guint64 n);

/* Count `n` lines, each of which took `latency`. */
void lad_tier_count_lines(LadTier *tier, LadTransferKind kind, guint64 n, LadTime latency);

#endif
