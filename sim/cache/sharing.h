/* sharing.h - which cores share one cache or TLB, as configurations say it.
 */
#ifndef LAD_SHARING_H
#define LAD_SHARING_H

#include <memladder/error.h>
#include <memladder/host.h>
#include <memladder/tlb.h>
#include <memladder/types.h>

/* Cores per instance for the option shared-by of `group` ("cache.l2"): 0 means all of them, any
 * other number must divide `n_cores`. Errors: CONFIG, naming the key and both numbers. */
gboolean lad_sharing_cluster(const char *group, guint64 shared_by, guint n_cores, guint *each,
                             GError **error);
/* The same in hardware threads of a host. */
gboolean lad_sharing_threads(const char *group, guint64 shared_by, const LadHost *host, guint *each,
                             GError **error);

/* Whether a TLB may be shared and tagged as its options say. Errors: CONFIG. */
gboolean lad_sharing_check_tlb(const char *group, const LadTlbParams *params, GError **error);

/* Whether a host has as many streams as cores, as it must (unless `always`: only) where cores share
 * something that is meant for all of them. Errors: CONFIG. */
gboolean lad_sharing_check_streams(const LadHost *host, gboolean always, GError **error);
/* Whether the tags of its TLBs tell all its address spaces apart. Errors: CONFIG. */
gboolean lad_sharing_check_spaces(const LadHost *host, GError **error);

/* Way masks of the option `key` for each of `n_cores`, from one mask for all or one per core; none:
 * all ways. Errors: CONFIG, for masks of no way, of ways that do not exist, and of a wrong number.
 */
gboolean lad_sharing_masks(const char *group, const char *key, char *const *list, guint n_ways,
                           guint n_cores, guint64 *masks, GError **error);

#endif
