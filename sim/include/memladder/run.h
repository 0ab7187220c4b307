/* run.h - the library's front door: a run is made from a configuration, stepped, asked for its
 * results, and freed. Two can live in one process. Nothing here prints, exits or handles signals.
 */
#ifndef MEMLADDER_RUN_H
#define MEMLADDER_RUN_H

#include <memladder/configuration.h>
#include <memladder/host.h>

G_BEGIN_DECLS

typedef struct LadRun LadRun;

typedef enum {
    LAD_RUN_NO_THREADS = 1,  /* decode traces on the caller's thread; changes no result */
    LAD_RUN_CONFIG_ONLY = 2, /* check and complete the configuration; needs no trace, and after it
                              * only lad_run_config_text and _free may be called */
} LadRunFlags;

/* Build cluster, hosts, machines and streams from `config` (which is kept and must outlive the
 * run), with the models of `models` (borrowed). Where a policy needs the future (an oracle) the
 * traces are replayed once here. Errors: CONFIG, TRACE, IO, and in that case those of lad_run_step.
 */
LadRun *lad_run_new(LadConfig *config, const LadModels *models, LadRunFlags flags, GError **error);
void lad_run_free(LadRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadRun, lad_run_free)

/* Go on for about `references` more references (0: to the end). Sets *done when the run has ended.
 * Errors: CAPACITY (the machine's memory is full; says how much of what), TRACE, IO. After an error
 * only _free is allowed. */
gboolean lad_run_step(LadRun *run, guint64 references, gboolean *done, GError **error);

/* How far it is: of the trace's bytes or, failing that, 0. */
typedef struct {
    double fraction;    /* 0 to 1; 0 if unknown */
    guint64 references; /* replayed so far */
    LadTime time;       /* simulated */
} LadRunProgress;
/* Callable at any time between steps. */
void lad_run_progress(const LadRun *run, LadRunProgress *progress);

/* Called whenever a thread reaches the begin or end of a request, at `now`. */
typedef void (*LadRequestFunc)(const LadRecord *record, LadTime now, void *data);
/* Before the first step; one function, the latest call counts. */
void lad_run_on_request(LadRun *run, LadRequestFunc function, void *data);
/* Somebody looks on at all hosts (host.h); `watch` is borrowed for the run's life, NULL: nobody. */
void lad_run_watch(LadRun *run, const LadWatch *watch);
/* Which tier holds each of `n` pages of 4 KiB from `address` on, of the trace's process `origin` on
 * a host: indexes in `tiers`, LAD_TIER_NONE where nothing is mapped. */
void lad_run_page_tiers(const LadRun *run, guint host, guint32 origin, guint64 address, guint64 n,
                        guint8 *tiers);

/* The address that a logical page of a host is (first) mapped at, in whichever process. FALSE:
 * nowhere. */
gboolean lad_run_page_address(const LadRun *run, guint host, LadPage page, guint64 *address);
/* Whether warm-up is not over yet. */
gboolean lad_run_in_warmup(const LadRun *run);

/* Why the run ended: "end of trace", "limit", ... Static text. */
const char *lad_run_end_reason(const LadRun *run);

/* All metrics of all hosts, in a fixed order. Owned by the run. */
const LadMetrics *lad_run_metrics(const LadRun *run, guint *n);

/* The phases that are reported apart. */
typedef enum { LAD_PHASE_WARMUP, LAD_PHASE_MEASURED, LAD_N_PHASES } LadPhase;
/* Value of row `row` of metrics `index` (of lad_run_metrics, from 0) over a phase (difference for
 * counts, last value for gauges). */
guint64 lad_run_value(const LadRun *run, guint index, guint row, LadPhase phase);
/* Histogram of a phase, or NULL if the row is none. */
const LadHistogram *lad_run_histogram(const LadRun *run, guint index, guint row, LadPhase phase);
/* Start and length of a phase in simulated time. */
void lad_run_phase_time(const LadRun *run, LadPhase phase, LadTime *start, LadTime *length);

/* Samples at epochs ([run] epoch), from the start of the run; the last may be shorter. Value is as
 * the counter stands at the sample's time (cumulative for counts). */
guint lad_run_n_samples(const LadRun *run);
LadTime lad_run_sample_time(const LadRun *run, guint sample);
guint64 lad_run_sample(const LadRun *run, guint sample, guint index, guint row);

/* Hosts of the run, and the name of each ("" for a lone machine). Owned by the run. */
guint lad_run_n_hosts(const LadRun *run);
const char *lad_run_host_name(const LadRun *run, guint host);

/* Traffic of a host per page, and per page range and epoch (heat.h). Owned by the run. */
const LadHeat *lad_run_heat(const LadRun *run, guint host);

/* What parts did step by step, in a fixed order. Owned by the run. */
guint lad_run_n_logs(const LadRun *run);
const LadLog *lad_run_log(const LadRun *run, guint index);

/* Sentences that the reader of the results must know (a share of kernel work above 5 % with a time
 * scale, unknown dependences assumed, epochs that were merged ...). NULL-terminated, owned by the
 * run; complete when the run has ended. */
const char *const *lad_run_notes(const LadRun *run);

/* The effective configuration, the traces' identities (comma separated), the seed. Owned by the
 * run. */
const char *lad_run_config_text(const LadRun *run);
const char *lad_run_trace_identity(const LadRun *run);
guint64 lad_run_seed(const LadRun *run);

G_END_DECLS
#endif
