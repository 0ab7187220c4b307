/* damon.h - what the readers of DAMON's recordings share: targets, snapshots, regions. */
#ifndef LAD_IMPORT_DAMON_H
#define LAD_IMPORT_DAMON_H

#include <memladder/import.h>

#define LAD_DAMON_MAX_REGIONS (1u << 20) /* of a snapshot; DAMON's own limit is far below */

/* Bytes [start, end) were found accessed in `samples` of the sampling intervals. */
typedef struct {
    guint64 start, end;
    guint64 samples;
} LadDamonRegion;

/* A monitored address space. */
typedef struct {
    guint64 monitor, id; /* the kernel thread that watches, its number of the target */
    guint stream;
    guint64 until; /* end of its last snapshot; G_MAXUINT64: none yet */
    /* Of text: a snapshot is complete when it has all its regions; the first one begins as long
     * before its end as the second one lasts, so it waits for that. */
    GArray *regions; /* LadDamonRegion, of the snapshot at hand */
    guint64 n_regions, end;
    GArray *first; /* of the first snapshot, until the second is there */
    guint64 first_end;
} LadDamonTarget;

typedef struct {
    LadImport *import;
    LadImportInput *input;
    LadTraceWriter *writer; /* NULL before the first target */
    GPtrArray *targets;     /* LadDamonTarget */
    guint n_streams;        /* of members before this one too */
    guint64 aggregation_ns; /* of a lone snapshot */
} LadDamon;

/* The target of this number, made if it is new; NULL on failure. */
LadDamonTarget *lad_damon_target(LadDamon *damon, guint64 monitor, guint64 id, GError **error);
/* Writes a snapshot of [from, to) ns. Errors: TRACE if time goes backwards. */
gboolean lad_damon_snapshot(LadDamon *damon, LadDamonTarget *target, guint64 from, guint64 to,
                            const GArray *regions, GError **error);
/* What is wrong with a region, or NULL. */
const char *lad_damon_region_problem(const LadDamonRegion *region);

/* The two kinds of input. */
gboolean lad_damon_read_json(LadDamon *damon, gboolean deflated, GError **error);
gboolean lad_damon_read_script(LadDamon *damon, GError **error);

/* One line of text, taken apart. */
typedef struct {
    guint64 monitor, time_ns, target, n_regions;
    LadDamonRegion region;
} LadDamonLine;

/* FALSE if the line is none of DAMON's. */
gboolean lad_damon_parse_line(const char *line, LadDamonLine *parsed);

#endif
