/* prefetch.h - prefetchers between the core's misses and the caches: who is asked, what is fetched,
 * what becomes of it.
 *
 * A cache with prefetchers has a byte per line, its *mark*: which of its prefetchers brought the
 * line in, 0 once a look-up from above has used it (or if none did). Caches without have no marks,
 * and pay for this with one test per miss.
 */
#ifndef LAD_PREFETCH_H
#define LAD_PREFETCH_H

#include "sim/cache/cache.h"
#include <memladder/prefetcher.h>

#define LAD_MAX_MARKS   0x7f
#define LAD_MARK_MEMORY 0x80 /* it came from memory */

/* A host's. */
typedef struct LadPrefetching LadPrefetching;

/* What one side of a core has: nearest level first. */
typedef struct {
    guint n;
    LadPrefetchUnit **units;
} LadPrefetchUnits;

/* Read the groups [prefetcher.NAME] and give every core its own; before the caches are built.
 * Errors: CONFIG. */
gboolean lad_prefetch_build(LadHierarchy *hierarchy, const LadModels *models, GError **error);
/* Once tiers exist: the bandwidth that throttles go by; metrics "prefetcher_NAME", or
 * "prefetcher_NAMEk" of core k. */
gboolean lad_prefetch_setup(LadHierarchy *hierarchy, GError **error);
void lad_prefetch_free(LadHierarchy *hierarchy);

/* Whether what a core's prefetchers do after a demand that hits at `hit` (n_levels: memory) needs
 * its turn. `marked`: that line is there because of a prefetch. */
gboolean lad_prefetch_watches(const LadPort *port, guint side, guint hit, gboolean marked);
/* A demand for `line` has been served: it hit at reply->level, and the prefetchers of all levels
 * that missed it, and of that one if it was its first use, are asked and their lines fetched. */
void lad_prefetch_after(LadPort *port, guint side, gboolean write, guint64 vaddr, guint32 line,
                        LadClock now, LadClock t);
/* A marked line is used for the first time; `late`: it is still under way. */
void lad_prefetch_use(LadCache *cache, guint32 *set, int way, gboolean late);
/* What `way` held leaves, or was dropped. */
void lad_prefetch_leave(LadCache *cache, guint32 *set, guint way);

static inline guint8 *
lad_set_marks(const LadCache *cache, guint32 *set)
{
    return (guint8 *)set + cache->marks;
}

#endif
