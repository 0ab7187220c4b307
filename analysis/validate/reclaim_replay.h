/* reclaim_replay.h - a measured run under memory limits or under Senpai, replayed. */
#ifndef LAD_VALIDATE_RECLAIM_REPLAY_H
#define LAD_VALIDATE_RECLAIM_REPLAY_H

#include "analysis/validate/reclaim_data.h"
#include <memladder/run.h>

/* When the first access is made; the fill ends before. The access sequence and its times are then
 * those of the run. */
#define LAD_RECLAIM_START LAD_S

/* After `accesses` of them had been made (0: right before the first), at `now`. */
typedef void (*LadReclaimSample)(const LadRun *run, guint64 accesses, LadTime now, void *data);

typedef struct {
    const LadReclaimRun *run;
    guint64 n_accesses;
    LadTime access;     /* of one without faults */
    const char *sizes;  /* algorithm by which page contents are told in the trace; NULL: not */
    guint zero_pages;   /* further pages, filled with zeros, touched before all others */
    const char *preset; /* configuration read over machines/reclaim-guest.conf; NULL: none */
    char **settings;    /* "group.key=value" over both */
    guint64 every;      /* accesses between samples; 0: none */
    LadReclaimSample sample;
    void *data;
} LadReclaimReplay;

/* Make the trace and run it to its end on the machine, which is read into `config` (empty). The run
 * is for the caller to look at and to free; NULL on failure: IO, CONFIG, CAPACITY. The trace is
 * gone afterwards. `config` and `models` must outlive the run. */
LadRun *lad_reclaim_replay(const LadReclaimReplay *replay, LadConfig *config,
                           const LadModels *models, GError **error);

/* What a run under Senpai says of itself, for a replay: the preset of its compressed memory (NULL:
 * it had none), the algorithm for `sizes` (NULL likewise), and settings of back end, swap, LRU and
 * controller [offload.w], which begins at `start` and asks for `max_step` of memory at most. The
 * settings are the caller's (g_strfreev). */
const char *lad_reclaim_preset(const LadReclaimRun *run);
const char *lad_reclaim_algorithm(const LadReclaimRun *run);
char **lad_reclaim_settings(const LadReclaimRun *run, LadTime start, double max_step);

/* A metric as it stands, by "part.counter"; NAN if the run has none. */
double lad_reclaim_metric(const LadRun *run, const char *name);

#endif
