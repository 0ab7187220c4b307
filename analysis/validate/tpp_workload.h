/* tpp_workload.h - a page-level workload with the published traits of a web service. */
#ifndef LAD_VALIDATE_TPP_WORKLOAD_H
#define LAD_VALIDATE_TPP_WORKLOAD_H

#include <glib.h>

/* Near and far memory, 2:1, 4 KiB each. */
#define LAD_TPP_NEAR_PAGES ((guint64)65536)
#define LAD_TPP_FAR_PAGES  (LAD_TPP_NEAR_PAGES / 2)

/* Compute per access, and latencies: far is near and 50 to 100 ns, of which the upper end is taken.
 */
#define LAD_TPP_NEAR_NS    100
#define LAD_TPP_FAR_NS     200
#define LAD_TPP_COMPUTE_NS 295

/* Write `rounds` rounds, each of about a quarter of a second, to `path`; *warmup: records that come
 * before round number `warmup_rounds`. */
gboolean lad_tpp_workload_write(const char *path, guint64 rounds, guint64 warmup_rounds,
                                guint64 *warmup, GError **error);

#endif
