/* histogram.c - reading the log-linear histogram of counter.h. */
#include "config.h"
#include <memladder/counter.h>

guint64
lad_histogram_lower(guint index)
{
    g_assert(index <= LAD_HISTOGRAM_BUCKETS);
    if (index < 32)
        return index;
    if (index == LAD_HISTOGRAM_BUCKETS)
        return G_MAXUINT64;
    guint shift = index / 16 - 1;
    return (guint64)(index - 16 * shift) << shift;
}

guint64
lad_histogram_quantile(const LadHistogram *histogram, double fraction)
{
    if (histogram->n == 0)
        return 0;
    g_assert(fraction >= 0 && fraction <= 1);
    guint64 seen = 0;
    for (guint i = 0; i < LAD_HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen > 0 && (double)seen >= (double)histogram->n * fraction) {
            guint64 upper = lad_histogram_lower(i + 1) - 1;
            return MIN(upper, histogram->max);
        }
    }
    return histogram->max;
}
