/* study.h - a comparison of placement policies: every one of them over a set of traces at several
 * ratios of near to far memory, as one table, one picture and one page.
 *
 * [study] names the policies and ratios, each group [trace.NAME] a trace and the machine that
 * replays it. A run with all memory near comes first, for each trace: it gives the footprint that
 * ratios divide, and the time that slowdowns are of.
 */
#ifndef LAD_STUDY_H
#define LAD_STUDY_H

#include "analysis/study/source.h"
#include <memladder/configuration.h>
#include <memladder/model.h>

#define LAD_STUDY_SAMPLES 256

/* One run: its numbers, as a process of its own hands them over. */
typedef struct {
    gboolean done;
    char message[400]; /* why not */
    double seconds;    /* simulated */
    double near_share; /* of the traffic between caches and memory */
    guint64 near_used; /* bytes at the end, all-near run */
    guint64 migrated;  /* pages moved */
    guint64 ping_pong; /* pages moved down that had been moved up */
    double copied;     /* bytes that moves read */
    guint n_samples;
    struct {
        double seconds, near, all; /* bytes so far */
    } sample[LAD_STUDY_SAMPLES];
} LadStudyOutcome;

typedef struct {
    guint trace, ratio;
    const char *policy; /* NULL: all memory near */
    LadStudyOutcome outcome;
} LadStudyRun;

typedef struct {
    LadTraceSource source;
    char *machine; /* configuration of the machine that replays it */
    char **set;    /* changes to that */
    double change; /* share of the traffic after which the pattern changes; 0: it does not */
} LadStudyTrace;

typedef struct {
    guint near, far;
} LadStudyRatio;

typedef struct {
    GPtrArray *traces;   /* of LadStudyTrace */
    GArray *ratios;      /* of LadStudyRatio */
    GPtrArray *policies; /* of names */
    GArray *runs;        /* of LadStudyRun: per trace all-near, then ratios, then policies */
} LadStudy;

/* Read and check; `models` says which policies there are. Errors: CONFIG, IO. */
LadStudy *lad_study_new(LadConfig *config, const LadModels *models, GError **error);
void lad_study_free(LadStudy *study);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadStudy, lad_study_free)

/* Make the traces that are generated or recorded; those that are missing leave the study. */
gboolean lad_study_make_traces(LadStudy *study, const LadTraceMaking *making, GError **error);
/* Replay one; fills its outcome. The all-near run of its trace must have been made. */
void lad_study_replay(const LadStudy *study, LadStudyRun *run, const LadModels *models);
/* The all-near run of the same trace. */
const LadStudyRun *lad_study_baseline(const LadStudy *study, const LadStudyRun *run);
/* Seconds from the change of pattern until the near share comes within a tenth of what the best
 * policy ends with at that ratio; NAN: never, or there is no change. */
double lad_study_settled(const LadStudy *study, const LadStudyRun *run);

/* The table: for people, and with tabs. Free with g_free. */
char *lad_study_text(const LadStudy *study);
char *lad_study_tsv(const LadStudy *study);
/* Write results.tsv, study.tsv, study.svg and index.html. */
gboolean lad_study_show(const LadStudy *study, const char *directory, GError **error);

#endif
