/* ranks.c - the thresholds of Zipf's law, and the search in them. */
#include "config.h"
#include "sim/base/powers.h"
#include "traces/synth/ranks.h"

/* Ranks to an entry of the guide, about: a straight line over so few is hardly off by one, and a
 * guide that is much smaller than the thresholds leaves them the caches. */
#define RANKS_PER_ENTRY_BITS 3
#define MIN_GUIDE_BITS       8
#define MAX_GUIDE_BITS       16

static void
fill_thresholds(LadRanks *ranks, double *weights)
{
    double *sums = weights, sum = 0.0;
    for (guint32 i = 0; i < ranks->n; i++) {
        sum = sum + weights[i];
        sums[i] = sum;
    }
    /* One before and one behind: find_some looks there, whatever it then does. */
    ranks->storage = g_new(guint32, (gsize)ranks->n + 2);
    ranks->storage[0] = 0;
    ranks->storage[(gsize)ranks->n + 1] = G_MAXUINT32;
    ranks->thresholds = ranks->storage + 1;
    for (guint32 i = 0; i < ranks->n; i++) {
        double threshold = sums[i] / sum * 4294967296.0;
        ranks->thresholds[i] = threshold >= 4294967295.0 ? G_MAXUINT32 : (guint32)threshold;
    }
}

static void
fill_guide(LadRanks *ranks)
{
    guint bits = CLAMP(g_bit_storage(ranks->n) - MIN(g_bit_storage(ranks->n), RANKS_PER_ENTRY_BITS),
                       MIN_GUIDE_BITS, MAX_GUIDE_BITS);
    ranks->low_bits = 32 - bits;
    ranks->guide = g_new(guint32, (1u << bits) + 1);
    guint32 rank = 0, last = ranks->n - 1;
    for (guint32 i = 0; i < 1u << bits; i++) {
        while (rank < last && i << ranks->low_bits >= ranks->thresholds[rank])
            rank++;
        ranks->guide[i] = rank;
    }
    ranks->guide[1u << bits] = last;
}

void
lad_ranks_init_weights(LadRanks *ranks, guint32 n, double *weights)
{
    g_assert(n >= 1 && n <= LAD_RANKS_MAX);
    ranks->n = n;
    fill_thresholds(ranks, weights);
    fill_guide(ranks);
}

void
lad_ranks_zipf(double *weights, guint32 n, double exponent)
{
    for (guint32 i = 0; i < n; i++)
        weights[i] = lad_exp(-exponent * lad_log((double)i + 1.0));
}

void
lad_ranks_init(LadRanks *ranks, guint32 n, double exponent)
{
    g_assert(n >= 1 && n <= LAD_RANKS_MAX && exponent >= 0.0);
    g_autofree double *weights = g_new(double, n);
    lad_ranks_zipf(weights, n, exponent);
    lad_ranks_init_weights(ranks, n, weights);
}

void
lad_ranks_clear(LadRanks *ranks)
{
    g_free(ranks->storage);
    g_free(ranks->guide);
}

#define AT_A_TIME 64

/* In two passes, so that the processor waits for many thresholds at once. */
static inline void
find_some(const LadRanks *ranks, const guint32 *table, guint32 *u, guint n)
{
    guint32 guesses[AT_A_TIME];
    const guint32 *thresholds = ranks->thresholds;
    guint low_bits = ranks->low_bits;
    guint64 low = ((guint64)1 << low_bits) - 1;
    for (guint i = 0; i < n; i++) {
        const guint32 *guide = ranks->guide + (u[i] >> low_bits);
        guesses[i] = guide[0] + (guint32)(((u[i] & low) * (guide[1] - guide[0])) >> low_bits);
        __builtin_prefetch(thresholds + guesses[i]);
        if (table != NULL)
            __builtin_prefetch(table + guesses[i]);
    }
    guint32 last = ranks->n - 1;
    for (guint i = 0; i < n; i++) {
        guint32 rank = guesses[i];
        /* The guess is right or off by one nearly always: no branch on which. */
        rank += (u[i] >= thresholds[rank]) & (rank < last);
        rank -= u[i] < thresholds[(gint64)rank - 1];
        while (G_UNLIKELY(u[i] >= thresholds[rank] && rank < last))
            rank++;
        while (G_UNLIKELY(u[i] < thresholds[(gint64)rank - 1]))
            rank--;
        u[i] = table != NULL ? table[rank] : rank;
    }
}

void
lad_ranks_find(const LadRanks *ranks, guint32 *u, guint n)
{
    for (guint i = 0; i < n; i += AT_A_TIME)
        find_some(ranks, NULL, u + i, MIN(AT_A_TIME, n - i));
}

void
lad_ranks_look_up(const LadRanks *ranks, const guint32 *table, guint32 *u, guint n)
{
    for (guint i = 0; i < n; i += AT_A_TIME)
        find_some(ranks, table, u + i, MIN(AT_A_TIME, n - i));
}
