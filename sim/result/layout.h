/* layout.h - how metrics become datasets: one dataset per counter and scope, one column per part.
 *
 * Counters of a core, cache, tier, link, process or cgroup: dataset SCOPE_COUNTER, a column per
 * part of that scope. Of a host: PART_COUNTER, a column per host. Of the run: PART_COUNTER, no
 * columns. A counter whose unit or type differs from that of the same name in an earlier part gets
 * a dataset of its own, PART_COUNTER without columns.
 */
#ifndef LAD_LAYOUT_H
#define LAD_LAYOUT_H

#include <memladder/result.h>

/* Stands where a part has no such counter; the datasets' _FillValue. */
#define LAD_RESULT_FILL        G_MAXUINT64
#define LAD_RESULT_FORMAT      1
#define LAD_RESULT_CONVENTIONS "memladder-result-1"

/* HDF5 trusts the metadata that it reads, so behind its own data the file ends with this mark and
 * the SHA-256 of all before it, which HDF5 ignores. A file that another program has changed has
 * lost it and is read as it is. */
#define LAD_RESULT_SEAL       "mladseal"
#define LAD_RESULT_SEAL_BYTES (8 + 32)

/* The 40 bytes of the seal of `length` bytes. */
void lad_result_seal(const char *bytes, gsize length, guint8 seal[LAD_RESULT_SEAL_BYTES]);

typedef struct {
    char *name;      /* of the dataset */
    char *part;      /* set if the dataset belongs to one part (per host, for the host's scope) */
    LadScope scope;  /* LAD_SCOPE_RUN: no columns */
    guint n_columns; /* 1 if it has none */
    const LadResultMetric *like;     /* the first metric of the dataset */
    const LadResultMetric **columns; /* NULL where the part has no such counter */
} LadColumns;

typedef struct {
    GPtrArray *names[LAD_N_SCOPES]; /* of char *: the scales; borrowed */
    GPtrArray *datasets;            /* of LadColumns */
} LadLayout;

LadLayout *lad_layout_new(const LadResult *result);
void lad_layout_free(LadLayout *layout);

/* "warm_up", "measured" */
const char *lad_phase_name(LadPhase phase);
/* "tier_far" from the parts' names "web1.tier_far" and "tier_far". */
const char *lad_part_base_name(const char *name);

/* The group that configures a part: "tier.far" for tier_far, "cache.l1d" for cache_l1d0. NULL if
 * there is none. Free with g_free. */
char *lad_part_group(const LadResult *result, const LadResultPart *part);

#endif
