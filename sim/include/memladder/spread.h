/* spread.h - latencies that vary, told by their median and 99th percentile.
 *
 * A log-normal law with these two quantiles, cut off at 1 in 65,536 on both sides. Drawn from a
 * table of 1,024 steps, made from + - * / and square roots alone, so that every machine draws the
 * same. Equal quantiles: always the same time.
 */
#ifndef MEMLADDER_SPREAD_H
#define MEMLADDER_SPREAD_H

#include <memladder/random.h>
#include <memladder/types.h>

G_BEGIN_DECLS

#define LAD_SPREAD_STEPS 1024u

typedef struct {
    LadTime median;
    LadTime *table; /* quantiles i / LAD_SPREAD_STEPS; NULL: always the median */
} LadSpread;

/* The law with this median and 99th percentile in ps, 0 < p50 <= p99. */
void lad_spread_init(LadSpread *spread, LadTime p50, LadTime p99);
void lad_spread_clear(LadSpread *spread);
/* The value that the share `fraction` in [0, 1] of draws does not exceed. */
LadTime lad_spread_quantile(const LadSpread *spread, double fraction);

/* The next value in ps; takes one draw of `random`, none where it does not vary. */
static inline LadTime
lad_spread_draw(const LadSpread *spread, LadRandom *random)
{
    if (!spread->table)
        return spread->median;
    guint64 draw = lad_random_next(random);
    guint64 step = draw >> 54, part = draw >> 32 & 0x3fffff; /* of 2^22 */
    LadTime low = spread->table[step], high = spread->table[step + 1];
    return low + (LadTime)((double)(high - low) * (double)part / 4194304.0);
}

G_END_DECLS
#endif
