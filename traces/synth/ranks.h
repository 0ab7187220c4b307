/* ranks.h - drawing ranks by Zipf's law: rank k (from 0) with weight (k + 1) to the minus exponent.
 *
 * Rank k is drawn by all 32-bit u with thresholds[k - 1] <= u < thresholds[k], thresholds being the
 * running sums of the weights, in rank order, as shares of 2^32 cut off. A guide by the high bits
 * of u says between which ranks to look, and a straight line between them where to begin.
 */
#ifndef LAD_SYNTH_RANKS_H
#define LAD_SYNTH_RANKS_H

#include <glib.h>

#define LAD_RANKS_MAX ((guint64)1 << 30)

typedef struct {
    guint32 n;
    guint32 *thresholds; /* n, inside `storage` */
    guint32 *storage;
    guint low_bits; /* of u, which the guide does not look at */
    guint32 *guide; /* 2^(32 - low_bits) + 1: the rank of the first u with these high bits */
} LadRanks;

/* `n` from 1 to LAD_RANKS_MAX, `exponent` at least 0. */
void lad_ranks_init(LadRanks *ranks, guint32 n, double exponent);
/* The weights of Zipf's law. */
void lad_ranks_zipf(double *weights, guint32 n, double exponent);
/* The same where rank k has weights[k], 0 or more, of a sum above 0; they are overwritten. */
void lad_ranks_init_weights(LadRanks *ranks, guint32 n, double *weights);
void lad_ranks_clear(LadRanks *ranks);
/* The ranks of `n` numbers, in place. */
void lad_ranks_find(const LadRanks *ranks, guint32 *u, guint n);
/* The same, and what `table` has at these ranks. */
void lad_ranks_look_up(const LadRanks *ranks, const guint32 *table, guint32 *u, guint n);

#endif
