/* spread.c - the table of a log-normal law (memladder/spread.h).
 *
 * The normal quantile is P. J. Acklam's rational approximation (relative error below 1.2e-9).
 */
#include "config.h"
#include "sim/base/powers.h"
#include <memladder/spread.h>

#define CUT_OFF (1.0 / 65536)
#define Z_P99   2.3263478740408408

static double
square_root(double x)
{
    double root = x > 1 ? x : 1;
    for (double next = root;; root = next) {
        next = (root + x / root) / 2;
        if (next >= root)
            return root;
    }
}

/* u in (0, 1/2]. */
static double
lower_quantile(double u)
{
    static const double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,
                               -2.759285104469687e+02, 1.383577518672690e+02,
                               -3.066479806614716e+01, 2.506628277459239e+00};
    static const double b[] = {-5.447609879822406e+01, 1.615858368580409e+02,
                               -1.556989798598866e+02, 6.680131188771972e+01,
                               -1.328068155288572e+01};
    static const double c[] = {-7.784894002430293e-03, -3.223964580411365e-01,
                               -2.400758277161838e+00, -2.549732539343734e+00,
                               4.374664141464968e+00,  2.938163982698783e+00};
    static const double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                               3.754408661907416e+00};
    if (u < 0.02425) {
        double q = square_root(2 * lad_log(1 / u));
        return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
               ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
    }
    double q = u - 0.5, r = q * q;
    return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
           (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

void
lad_spread_init(LadSpread *spread, LadTime p50, LadTime p99)
{
    g_assert(p50 > 0 && p50 <= p99);
    *spread = (LadSpread){.median = p50};
    if (p50 == p99)
        return;
    double sigma = lad_log((double)p99 / (double)p50) / Z_P99;
    spread->table = g_new(LadTime, LAD_SPREAD_STEPS + 1);
    for (guint i = 0; i <= LAD_SPREAD_STEPS / 2; i++) {
        double z = lower_quantile(i ? (double)i / LAD_SPREAD_STEPS : CUT_OFF);
        double share = lad_exp(sigma * (z < 0 ? z : 0));
        spread->table[i] = (LadTime)((double)p50 * share);
        spread->table[LAD_SPREAD_STEPS - i] = (LadTime)((double)p50 / share);
    }
}

void
lad_spread_clear(LadSpread *spread)
{
    g_clear_pointer(&spread->table, g_free);
}

LadTime
lad_spread_quantile(const LadSpread *spread, double fraction)
{
    if (!spread->table)
        return spread->median;
    double at = CLAMP(fraction, 0, 1) * LAD_SPREAD_STEPS;
    guint step = MIN((guint)at, LAD_SPREAD_STEPS - 1);
    double low = (double)spread->table[step], high = (double)spread->table[step + 1];
    return (LadTime)(low + (high - low) * (at - step));
}
