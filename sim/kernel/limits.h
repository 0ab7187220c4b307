/* limits.h - what memory.high, memory.low and memory.min of a group make of charges and reclaim.
 *
 * Linux 6.1, mm/memcontrol.c: whoever charges above memory.high reclaims when it returns from the
 * fault, and sleeps for a time that grows with the square of the overage if that does not help;
 * memory.min and memory.low are handed down the tree in proportion to use.
 */
#ifndef LAD_KERNEL_LIMITS_H
#define LAD_KERNEL_LIMITS_H

#include "sim/kernel/cgroup.h"

/* May reclaim look at a group's pages? */
typedef enum {
    LAD_PROTECTED_NOT,
    LAD_PROTECTED_LOW, /* below memory.low: not in the first round */
    LAD_PROTECTED_MIN, /* below memory.min: never */
} LadProtection;

/* For a pass of reclaim over `group` on behalf of `target`, which is the same or above it (0: of
 * the host). Groups above it have been asked for before it in this pass (parents first). Sets
 * scan->protection, scan->group_size and, if a second round would look at more, scan->low_skipped.
 * `low_reclaim`: it is the second round, in which memory.low does not count; counts the event. */
LadProtection lad_limits_protection(LadKernel *kernel, guint target, guint group,
                                    gboolean low_reclaim, LadScan *scan);

/* `pages` were charged to `group` for `thread` (may be NULL), those for the stock included. */
void lad_limits_charged(LadKernel *kernel, guint group, guint64 pages, LadThread *thread);
/* The thread returns from a fault taken at `now`: what it owes for going above memory.high. Adds
 * the time of reclaim to result->kernel_cost; if it must sleep, it does, unless it already sleeps
 * (then it pays at its next fault). */
void lad_limits_return(LadKernel *kernel, LadThread *thread, guint core, LadTime now,
                       LadFault *result);
/* How long a task must sleep that charged `pages` while its group had `usage` pages at a `high` of
 * so many, in jiffies; hz: jiffies per second. */
guint64 lad_limits_penalty(guint64 usage, guint64 high, guint64 pages, guint64 hz);

#endif
