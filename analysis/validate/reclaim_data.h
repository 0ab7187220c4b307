/* reclaim_data.h - measured runs of Linux 6.1 under memory limits and under Senpai, as their folder
 * has them: mm/NAME.csv, senpai/NAME.csv, settings/NAME.txt, summary_mm.csv, summary_senpai.csv. */
#ifndef LAD_VALIDATE_RECLAIM_DATA_H
#define LAD_VALIDATE_RECLAIM_DATA_H

#include "traces/synth/accessgen.h"
#include "traces/synth/contents.h"
#include <memladder/error.h>

typedef struct {
    char *name;
    LadAccessgenPattern pattern;
    guint64 seed;
    guint32 n_pages;
    LadFill fill;
    GPtrArray *columns;   /* of char *: names as in the log's first line */
    GArray *cells;        /* of double, row by row; NAN: no number */
    guint n_rows;         /* without a last one after the workload's end (senpai) */
    GHashTable *settings; /* char * to char *: NAME=VALUE as read in the guest */
    GHashTable *summary;  /* the run's row of the summary by column; empty if it has none */
} LadReclaimRun;

/* `kind` is "mm" or "senpai". Pattern, fill and seed come from the summary, else from the name
 * (zipf, uni, hot, loop; touch, half, text, rand, mix). Errors: IO, CONFIG with file and line. */
LadReclaimRun *lad_reclaim_run_read(const char *folder, const char *kind, const char *name,
                                    GError **error);
void lad_reclaim_run_free(LadReclaimRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadReclaimRun, lad_reclaim_run_free)
/* Names of the runs of a kind in a folder, sorted; those that begin with `prefix`. Empty if there
 * is no such folder. Free with g_strfreev. */
char **lad_reclaim_run_names(const char *folder, const char *kind, const char *prefix);

/* The number in a row (0 the first) and column; NAN if there is none. */
double lad_reclaim_value(const LadReclaimRun *run, guint row, const char *column);
/* Mean of a column over rows `from` and after. */
double lad_reclaim_mean(const LadReclaimRun *run, guint from, const char *column);
/* A setting or a column of the summary as text, "" if there is none. */
const char *lad_reclaim_setting(const LadReclaimRun *run, const char *name);
const char *lad_reclaim_summary(const LadReclaimRun *run, const char *column);

#endif
