/* functional_parts.h - groups of a configuration as caches and TLBs for functional replay. */
#ifndef LAD_CACHE_FUNCTIONAL_PARTS_H
#define LAD_CACHE_FUNCTIONAL_PARTS_H

#include "sim/cache/functional.h"
#include <memladder/host.h>

/* A group, [cache.NAME] or [tlb.NAME]. */
typedef struct {
    char *group;
    const char *name;
    guint level, side, replacement;
    guint shared_by;
    LadGeometry geometry;
    guint64 *masks; /* see LadFunctionalLevel */
    gboolean inclusive, exclusive;
    LadSpacesOptions spaces; /* n: 0 or 1 where an entry serves one */
} LadFunctionalPart;

/* Sets a CONFIG error "[GROUP] WHAT"; always FALSE. */
gboolean lad_functional_refuse(GError **error, const char *group, const char *what);

/* The host's groups "cache.NAME" or "tlb.NAME" (`prefix`), of LadFunctionalPart, by level. Errors:
 * CONFIG. */
GPtrArray *lad_functional_parts_read(const LadHost *host, const char *prefix, GError **error);
/* Whether lines may move between the levels as inclusive and exclusive ones want. Errors: CONFIG.
 */
gboolean lad_functional_parts_check(const GPtrArray *parts, LadFunctionalCount count,
                                    GError **error);
/* As an option of lad_functional_new, which borrows of `part`. */
LadFunctionalLevel lad_functional_part_level(const LadFunctionalPart *part);

#endif
