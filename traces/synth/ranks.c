/* ranks.c - the thresholds of Zipf's law, and the search in them. */
#include "config.h"
#include "traces/synth/powers.h"
#include "traces/synth/ranks.h"

#define LOW_BITS (32 - LAD_RANKS_GUIDE_BITS)

static void
fill_thresholds(LadRanks *ranks, double exponent)
{
    double *sums = g_new(double, ranks->n);
    double sum = 0.0;
    for (guint32 i = 0; i < ranks->n; i++) {
        sum = sum + lad_synth_exp(-exponent * lad_synth_log((double)i + 1.0));
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
    g_free(sums);
}

static void
fill_guide(LadRanks *ranks)
{
    ranks->guide = g_new(guint32, (1u << LAD_RANKS_GUIDE_BITS) + 1);
    guint32 rank = 0, last = ranks->n - 1;
    for (guint32 i = 0; i < 1u << LAD_RANKS_GUIDE_BITS; i++) {
        while (rank < last && i << LOW_BITS >= ranks->thresholds[rank])
            rank++;
        ranks->guide[i] = rank;
    }
    ranks->guide[1u << LAD_RANKS_GUIDE_BITS] = last;
}

void
lad_ranks_init(LadRanks *ranks, guint32 n, double exponent)
{
    g_assert(n >= 1 && n <= LAD_RANKS_MAX && exponent >= 0.0);
    ranks->n = n;
    fill_thresholds(ranks, exponent);
    fill_guide(ranks);
}

void
lad_ranks_clear(LadRanks *ranks)
{
    g_free(ranks->storage);
    g_free(ranks->guide);
}

#define AT_A_TIME 64

/* In two passes, so that the processor waits for many thresholds at once. */
static void
find_some(const LadRanks *ranks, guint32 *u, guint n)
{
    guint32 guesses[AT_A_TIME];
    const guint32 *thresholds = ranks->thresholds;
    for (guint i = 0; i < n; i++) {
        const guint32 *guide = ranks->guide + (u[i] >> LOW_BITS);
        guint64 fraction = u[i] & ((1u << LOW_BITS) - 1);
        guesses[i] = guide[0] + (guint32)((fraction * (guide[1] - guide[0])) >> LOW_BITS);
        __builtin_prefetch(thresholds + guesses[i]);
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
        u[i] = rank;
    }
}

void
lad_ranks_find(const LadRanks *ranks, guint32 *u, guint n)
{
    for (guint i = 0; i < n; i += AT_A_TIME)
        find_some(ranks, u + i, MIN(AT_A_TIME, n - i));
}
