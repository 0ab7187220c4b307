/* backend.c - what models of back ends that pages are swapped to share. */
#include "config.h"
#include "models/tier/backend.h"
#include <memladder/error.h>
#include <memladder/host.h>

gboolean
lad_backend_refuse(const LadTier *tier, const char *option, const char *expected, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "[tier.%s] %s: expected %s", tier->name, option,
                expected);
    return FALSE;
}

gboolean
lad_backend_check_p99(const LadTier *tier, const char *option, LadTime median, LadTime *p99,
                      GError **error)
{
    if (*p99 == 0)
        *p99 = median;
    if (*p99 >= median)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "[tier.%s] %s-p99 = %" G_GUINT64_FORMAT " ps lies below %s = %" G_GUINT64_FORMAT
                " ps; expected at least the median (0 ns: no spread)",
                tier->name, option, *p99, option, median);
    return FALSE;
}

void
lad_backend_random(const LadTier *tier, LadRandom *random)
{
    g_autofree char *user = g_strconcat("tier.", tier->name, NULL);
    lad_random_init(random, tier->host->seed, user);
}

LadTime
lad_backend_time_of_bytes(LadBytes bytes, guint64 bandwidth)
{
    return bandwidth ? (LadTime)((double)bytes * 1e12 / (double)bandwidth) : 0;
}
