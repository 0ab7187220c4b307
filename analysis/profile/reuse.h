/* reuse.h - reuse distances and miss-ratio curves of traces.
 *
 * All sizes of a fully associative LRU cache in one pass, exactly or of a sample of the pages.
 */
#ifndef LAD_PROFILE_REUSE_H
#define LAD_PROFILE_REUSE_H

#include "analysis/profile/findings.h"
#include "analysis/profile/sources.h"

G_BEGIN_DECLS

/* What has a stack of its own. */
typedef enum {
    LAD_REUSE_BY_STREAM,
    LAD_REUSE_BY_PROCESS,
    LAD_REUSE_BY_CORE, /* as the trace tells: cores that have files of their own, else processors */
    LAD_REUSE_BY_FILE, /* all streams of a trace */
    LAD_REUSE_ALL,
} LadReuseScope;

typedef enum { LAD_REUSE_BOTH, LAD_REUSE_DATA, LAD_REUSE_CODE } LadReuseSide;

/* What an access is. */
typedef enum {
    LAD_REUSE_LINES,   /* each line that an instruction or data access touches, as for a cache;
                        * software prefetches are none */
    LAD_REUSE_RECORDS, /* each instruction, load, store and software prefetch is one, of its first
                        * byte, as DynamoRIO's reuse_distance counts; one that loads and stores is
                        * two. Processes are not told apart, as there. */
} LadReuseCount;

typedef struct {
    LadReuseScope scope;
    LadReuseSide side;
    LadReuseCount count;
    LadProfileOrder order; /* between streams that share a stack */
    guint64 quantum;       /* references, in rounds */
    guint64 unit_bytes;    /* a power of two from 8 B to 1 GiB: line or page */
    double sample;         /* share of the pages of 4 KiB, (0, 1]; 1: exact */
    guint64 seed;          /* which pages */
    gboolean every;        /* every distance, else ranges of them */
    gboolean streams;      /* a row for each stack, too */
} LadReuseOptions;

/* The profile. Errors: those of reading; USAGE where the options do not go together. */
LadFindings *lad_profile_reuse(LadProfileSources *sources, const LadReuseOptions *options,
                               const LadToolboxProgress *progress, GError **error);

G_END_DECLS
#endif
