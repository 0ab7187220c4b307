/* reuse_counts.h - histograms of reuse distances, and what is told of them. Within the profile. */
#ifndef LAD_PROFILE_REUSE_COUNTS_H
#define LAD_PROFILE_REUSE_COUNTS_H

#include "analysis/profile/reuse.h"
#include "analysis/profile/stack.h"

#define LAD_REUSE_GROUPS 32 /* of pages of the sample; how they differ tells the error */

/* Of data (0) or code (1). */
typedef struct {
    GArray *distances;  /* guint64: how often, by distance */
    guint64 n_first;    /* accesses without a distance */
    guint64 n_accesses; /* all of them, also those that are not in the sample */
    guint64 n_more;     /* data accesses beyond, that were only seen one by one */
} LadReuseSideCounts;

typedef struct {
    LadReuseSideCounts sides[2];
    guint64 n_distinct; /* units; of the sample */
} LadReuseCounts;

typedef struct {
    LadProfileSources *sources;
    const LadReuseOptions *options;
    gboolean shared;
    LadReuseCounts counts;
    guint64 n_pages;               /* of the sample */
    LadReuseCounts *const *random; /* NULL: exact */
} LadReuseTotals;

void lad_reuse_counts_init(LadReuseCounts *counts);
void lad_reuse_counts_clear(LadReuseCounts *counts);
void lad_reuse_counts_add(LadReuseCounts *to, const LadReuseCounts *counts);
/* Adds n_more, seen in a share `sample` of the pages, to n_accesses. */
void lad_reuse_counts_correct(LadReuseCounts *counts, double sample);
void lad_reuse_counts_grow(LadReuseSideCounts *side, guint32 distance);

static inline void
lad_reuse_count(LadReuseCounts *counts, gboolean code, guint32 distance, guint64 n)
{
    LadReuseSideCounts *side = &counts->sides[code];
    if (distance == LAD_REUSE_FIRST) {
        side->n_first += n;
        return;
    }
    if (G_UNLIKELY(distance >= side->distances->len))
        lad_reuse_counts_grow(side, distance);
    g_array_index(side->distances, guint64, distance) += n;
}

LadFindings *lad_reuse_tell(const LadReuseTotals *totals);
LadFindingsTable *lad_reuse_tell_stacks(LadFindings *findings);
void lad_reuse_tell_stack(LadFindingsTable *table, const char *name, const LadReuseCounts *counts,
                          double sample);

#endif
