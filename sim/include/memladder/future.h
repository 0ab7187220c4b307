/* future.h - what a first pass over the traces saw: which pages a program uses, when, and how much
 * a core waits for each. Handed to policies that declare `needs_future` (oracles).
 *
 * A policy may have several plans (n_plans): each is tried in a further pass, and the run follows
 * the one that took the least time.
 *
 * The first pass is the same run under `first-touch`. Time is cut into intervals of equal length
 * there; since another placement makes the program faster or slower, an interval is told again by
 * the program's progress: the bytes that it has moved from and to memory so far.
 */
#ifndef MEMLADDER_FUTURE_H
#define MEMLADDER_FUTURE_H

#include <memladder/types.h>

G_BEGIN_DECLS

/* Lines of 64 bytes that were read of one page in one interval, each weighted by the share of its
 * latency that held a core up; written ones hold nobody up. */
typedef struct {
    guint32 interval;
    float lines;
} LadFutureUse;

typedef struct {
    guint32 process;           /* index into host->processes */
    guint64 vpage;             /* 4 KiB units; of a huge page its first */
    guint32 span;              /* 1, or 512 for a huge page */
    guint32 first_use, n_uses; /* in `uses`, by interval */
} LadFuturePage;

typedef struct {
    guint n_refs;
    guint trial; /* which of the policy's plans this run is to follow */
    guint n_intervals;
    guint64 *progress; /* at the end of each interval, in bytes */
    LadTime interval;  /* their length in the first pass */
    guint n_pages;
    LadFuturePage *pages; /* by process and virtual page */
    LadFutureUse *uses;
    guint64 n_uses;
    double latency_ps[LAD_MAX_TIERS]; /* of a line of each tier in the first pass */
    guint64 n_table_pages;            /* frames that held page tables at its end */
} LadFuture;

/* Index of a page, or G_MAXUINT if the first pass did not see it. */
guint lad_future_find(const LadFuture *future, guint32 process, guint64 vpage);
/* One more owner; returns `future`. */
LadFuture *lad_future_ref(LadFuture *future);
/* One owner less; the last frees it. */
void lad_future_unref(LadFuture *future);

G_END_DECLS
#endif
