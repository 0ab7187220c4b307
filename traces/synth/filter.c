/* filter.c - see filter.h. */
#include "config.h"
#include "sim/base/powers.h"
#include "traces/synth/filter.h"

#define STEPS    20
#define ACCURACY 1e-6 /* of the share */

/* Beyond this exponent nothing is left that counts, and lad_exp takes long. */
#define NOTHING 60.0

static inline double
missing(double rate, double time)
{
    return rate * time < NOTHING ? rate * lad_exp(-rate * time) : 0.0;
}

static double
sum_missing(const double *rates, gsize n, double time)
{
    double sum = 0.0;
    for (gsize i = 0; i < n; i++)
        sum = sum + missing(rates[i], time);
    return sum;
}

/* Where the curve, which falls, is 0: within a factor of two first, then by false position (the
 * Illinois rule: the end that stays twice counts half). */
static double
find_time(const double *rates, gsize n, double aim, double guess)
{
    double low = guess, high = guess, below, above;
    above = below = sum_missing(rates, n, guess) - aim;
    while (below > 0.0) {
        low = high;
        above = below;
        high = high * 2.0;
        below = sum_missing(rates, n, high) - aim;
    }
    while (above <= 0.0) {
        high = low;
        below = above;
        low = low / 2.0;
        above = sum_missing(rates, n, low) - aim;
    }
    for (gint i = 0, side = 0; i < STEPS; i++) {
        double time = (low * below - high * above) / (below - above);
        double off = sum_missing(rates, n, time) - aim;
        if (off < ACCURACY * aim && off > -ACCURACY * aim)
            return time;
        if (off > 0.0) {
            low = time;
            above = off;
            below = side > 0 ? below / 2.0 : below;
            side = 1;
        } else {
            high = time;
            below = off;
            above = side < 0 ? above / 2.0 : above;
            side = -1;
        }
    }
    return low;
}

void
lad_synth_filter(double *rates, gsize n, double misses)
{
    double sum = sum_missing(rates, n, 0.0);
    g_assert(misses > 0.0 && sum > 0.0);
    if (misses >= 1.0)
        return;
    double time = find_time(rates, n, misses * sum, (double)n / sum);
    for (gsize i = 0; i < n; i++)
        rates[i] = missing(rates[i], time);
}
