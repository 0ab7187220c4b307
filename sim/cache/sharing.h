/* sharing.h - which cores share one cache or TLB, as configurations say it.
 */
#ifndef LAD_SHARING_H
#define LAD_SHARING_H

#include <memladder/error.h>
#include <memladder/types.h>

/* Cores per instance for the option shared-by of `group` ("cache.l2"): 0 means all of them, any
 * other number must divide `n_cores`. Errors: CONFIG, naming the key and both numbers. */
gboolean lad_sharing_cluster(const char *group, guint64 shared_by, guint n_cores, guint *each,
                             GError **error);

#endif
