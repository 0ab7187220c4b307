/* sharing.c - which cores share one cache or TLB, as configurations say it. */
#include "config.h"
#include "sim/cache/sharing.h"

gboolean
lad_sharing_cluster(const char *group, guint64 shared_by, guint n_cores, guint *each,
                    GError **error)
{
    *each = shared_by ? (guint)MIN(shared_by, G_MAXUINT) : n_cores;
    if (shared_by <= n_cores && n_cores % *each == 0)
        return TRUE;
    g_set_error(
        error, LAD_ERROR, LAD_ERROR_CONFIG,
        "[%s] shared-by = %" G_GUINT64_FORMAT
        ": clusters of that size do not divide the %u cores; expected a divisor of %u, or 0 "
        "for all cores",
        group, shared_by, n_cores, n_cores);
    return FALSE;
}
