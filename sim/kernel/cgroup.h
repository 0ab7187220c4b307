/* cgroup.h - control groups: who is in them, what they may have, what they hold, what they count.
 *
 * Group 0 is the host itself and holds whoever is in no other. Every page is charged to one group
 * (that of the process that touched it first), and with it to all groups above. Charges are made in
 * batches of 64 pages, as Linux 6.1 does (mm/memcontrol.c); statistics that reclaim looks at are
 * those of the last flush. Each group has lists of its own per tier (a lruvec).
 */
#ifndef LAD_CGROUP_H
#define LAD_CGROUP_H

#include "sim/kernel/kernel.h"
#include <memladder/reclaim.h>

#define LAD_NO_LIMIT           G_MAXUINT64
#define LAD_SWAPPINESS_OF_HOST 201

/* Names as in memory.stat and memory.events; of this group and all below. */
typedef enum {
    LAD_CG_PGFAULT,
    LAD_CG_PGMAJFAULT,
    LAD_CG_PGSCAN,
    LAD_CG_PGSTEAL,
    LAD_CG_PGREFILL,
    LAD_CG_PGACTIVATE,
    LAD_CG_PGDEACTIVATE,
    LAD_CG_PSWPIN,
    LAD_CG_PSWPOUT,
    LAD_CG_ZSWPIN,
    LAD_CG_ZSWPOUT,
    LAD_CG_REFAULT_ANON,
    LAD_CG_REFAULT_FILE,
    LAD_CG_ACTIVATE_ANON,
    LAD_CG_ACTIVATE_FILE,
    LAD_CG_RESTORE_ANON,
    LAD_CG_RESTORE_FILE,
    LAD_CG_SWAP_RA,
    LAD_CG_SWAP_RA_HIT,
    LAD_CG_EVENT_LOW,
    LAD_CG_EVENT_HIGH,
    LAD_CG_EVENT_MAX,
    LAD_CG_EVENT_OOM,
    LAD_CG_EVENT_OOM_KILL,
    LAD_CG_EVENT_THROTTLED,
    LAD_CG_THROTTLE_PS,
    /* Levels. */
    LAD_CG_CURRENT,      /* memory.current, bytes */
    LAD_CG_SWAP_CURRENT, /* memory.swap.current, bytes */
    LAD_CG_SWAPCACHED,   /* bytes of resident pages that have a slot */
    LAD_CG_ANON,         /* bytes of resident anonymous pages */
    LAD_CG_FILE,         /* bytes of resident file pages */
    LAD_CG_ZSWAP,        /* bytes that the compressed pool takes */
    LAD_CG_ZSWAPPED,     /* bytes of the pages in it, uncompressed */
    LAD_CG_N_COUNTERS
} LadCgroupCounter;
extern const LadCounter lad_cgroup_counters[];

typedef struct LadCgroup LadCgroup;
struct LadCgroup {
    guint index;       /* in kernel->groups */
    char *name;        /* "web" of [cgroup.web]; "" of group 0 */
    LadCgroup *parent; /* NULL of group 0 */
    guint depth;
    guint n_processes; /* of its own */
    /* As configured; pages, LAD_NO_LIMIT: none. */
    guint64 max, high, low, min, swap_max;
    guint64 swappiness; /* 0 to 200, or LAD_SWAPPINESS_OF_HOST */
    guint backend;      /* faulting tier where its pages go first; LAD_TIER_NONE: no swap */
    /* Pages charged to this group and all below: as the page counters of the kernel. */
    guint64 usage, swap_usage;
    guint64 effective_min, effective_low; /* of the last pass of reclaim (limits.c) */
    guint64 peak;
    guint64 extra, tables; /* pages of it, of this group alone: kernel memory, page tables */
    LadBytes bytes;        /* charged by lad_cgroup_charge_bytes, this group alone */
    /* Kept by lad_cgroup_count. */
    guint64 counters[LAD_CG_N_COUNTERS];
    /* For the parts that extend groups; each owns its own, NULL: none. */
    void *pressure; /* LadPressure, sim/kernel/pressure.c */
    void *offload;  /* sim/kernel/offload.c */
    void *limits;   /* sim/kernel/limits.c */
};

/* The options of [cgroup.NAME], for documentation. */
extern const LadOption lad_cgroup_options[];

/* Build the groups of [cgroup.NAME]; the tiers exist. CONFIG. */
gboolean lad_cgroups_init(LadKernel *kernel, LadConfig *config, GError **error);
/* Show the counters. */
void lad_cgroups_setup(LadKernel *kernel);
/* After all streams have joined: does each group that names members have some? CONFIG. */
gboolean lad_cgroups_check(const LadKernel *kernel, GError **error);
void lad_cgroups_clear(LadKernel *kernel);
/* A stream of `process` begins: its process joins the group that names it (number of the stream on
 * its host, its name, its process, its trace, or the last part of the group it was recorded in). */
void lad_cgroup_join(LadKernel *kernel, LadProcess *process, guint stream, guint trace,
                     const LadStreamInfo *info);

guint lad_cgroups_n(const LadKernel *kernel);
LadCgroup *lad_cgroup(const LadKernel *kernel, guint group);
/* Is `group` the same as `above` or below it? */
gboolean lad_cgroup_is_below(const LadCgroup *group, const LadCgroup *above);
/* The group that a page is charged to. */
guint lad_page_group(const LadKernel *kernel, LadPage page);

/* memory.current and memory.swap.current. */
LadBytes lad_cgroup_current(const LadKernel *kernel, guint group);
LadBytes lad_cgroup_swap_current(const LadKernel *kernel, guint group);
/* Set memory.high (LAD_NO_LIMIT: none). Like a write to the file, reclaims at once what is above
 * it; *cost grows by the time that takes. */
void lad_cgroup_set_high(LadKernel *kernel, guint group, LadBytes high, guint core, LadTime now,
                         LadTime *cost);

/* Charge `pages` (1, or 512 of a huge page) for a fault by `thread` (NULL: nobody's), reclaiming at
 * the limit: *cost grows by what that takes. FALSE: the group is out of memory and nothing could be
 * done about it; then host->error says so, unless it is a huge page, which is only refused. */
gboolean lad_cgroup_charge(LadKernel *kernel, guint group, guint64 pages, LadThread *thread,
                           guint core, LadTime now, LadTime *cost);
/* Charge without a look at limits. */
void lad_cgroup_charge_force(LadKernel *kernel, guint group, guint64 pages);
void lad_cgroup_uncharge(LadKernel *kernel, guint group, guint64 pages);
/* Page tables come (n > 0) and go; they are charged without a look at limits. */
void lad_cgroup_charge_tables(LadKernel *kernel, guint group, gint64 n);
/* Bytes of kernel objects such as compressed pages, in whole pages; no reclaim. */
void lad_cgroup_charge_bytes(LadKernel *kernel, guint group, LadBytes bytes);
void lad_cgroup_uncharge_bytes(LadKernel *kernel, guint group, LadBytes bytes);

/* A write of `pages` to memory.reclaim by a program on `core`: reclaims until so many are freed or
 * nothing more can be. Returns the pages freed; *cost: the time that it takes. */
guint64 lad_cgroup_reclaim(LadKernel *kernel, guint group, guint64 pages, guint core, LadTime now,
                           LadTime *cost);

/* One round of reclaim (priority 12 down to 0) that wants `pages` or more from a group, on behalf
 * of `thread`, which is in a memory stall meanwhile (NULL: of nobody). Returns the pages freed;
 * *cost grows. */
guint64 lad_cgroup_try_to_free(LadKernel *kernel, guint group, guint64 pages, LadThread *thread,
                               guint core, LadTime now, LadTime *cost);
/* One try at a charge that went above the limit of `group`: reclaim a page or more on behalf of
 * `thread`. Returns the pages freed; *cost grows. */
guint64 lad_cgroup_reclaim_at_limit(LadKernel *kernel, guint group, LadThread *thread, guint core,
                                    LadTime now, LadTime *cost);
/* `group` could not be charged, since `full` (it or one above) has reached its limit and nothing
 * more can be reclaimed. TRUE: another process was killed, the charge is to be tried again; FALSE:
 * host->error is set, with the kernel's report, or the process of `thread` is to end. */
gboolean lad_cgroup_out_of_memory(LadKernel *kernel, guint group, guint full, LadThread *thread,
                                  LadTime now);

/* Count an event of the group, the groups above and the host. */
void lad_cgroup_count(LadKernel *kernel, guint group, LadCgroupCounter counter, guint64 n);
/* Change a level by `change` (two's complement), of the group and those above. */
void lad_cgroup_level(LadKernel *kernel, guint group, LadCgroupCounter counter, gint64 change);
/* `n` further statistics of groups have changed: kept back until the next flush. */
void lad_cgroup_stat_update(LadKernel *kernel, guint64 n);
/* Flush if about 130 updates are pending (two batches of more than 64), or `always`. */
void lad_cgroup_stat_flush(LadKernel *kernel, gboolean always);

#endif
