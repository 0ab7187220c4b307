/* sampler.h - what all counters were at the end of warm-up and at every epoch.
 *
 * The metrics of the cluster are laid end to end as one row of numbers. A snapshot is a copy of it.
 * Samples are kept to a bound: when there are too many, every second one is dropped and the period
 * doubles; what is left is still exact, since counters are cumulative.
 */
#ifndef LAD_SAMPLER_H
#define LAD_SAMPLER_H

#include "sim/machine/cluster.h"
#include <memladder/run.h>

typedef struct LadSampler LadSampler;

/* All metrics must have been added. `epoch` in ps, 0: no samples; at most `max_samples` are kept.
 */
LadSampler *lad_sampler_new(LadCluster *cluster, LadTime epoch, guint max_samples);
void lad_sampler_free(LadSampler *sampler);

/* Bring all counters up to date. */
void lad_sampler_refresh(LadSampler *sampler);
/* The warm-up ends here. */
void lad_sampler_end_warmup(LadSampler *sampler, LadTime now);
/* What comes from here on, until it resumes, counts as warm-up. */
void lad_sampler_pause(LadSampler *sampler, LadTime now);
void lad_sampler_resume(LadSampler *sampler, LadTime now);
/* The run ends here: the last sample, unless there is one at this very time. */
void lad_sampler_finish(LadSampler *sampler, LadTime now);

gboolean lad_sampler_warmed_up(const LadSampler *sampler);
guint64 lad_sampler_value(const LadSampler *sampler, guint index, guint row, LadPhase phase);
const LadHistogram *lad_sampler_histogram(const LadSampler *sampler, guint index, guint row,
                                          LadPhase phase);
void lad_sampler_phase_time(const LadSampler *sampler, LadPhase phase, LadTime *start,
                            LadTime *length);
guint lad_sampler_n_samples(const LadSampler *sampler);
LadTime lad_sampler_time(const LadSampler *sampler, guint sample);
guint64 lad_sampler_sample(const LadSampler *sampler, guint sample, guint index, guint row);
/* The period as it is now, and whether it has grown because there were too many samples. */
LadTime lad_sampler_epoch(const LadSampler *sampler);
gboolean lad_sampler_was_merged(const LadSampler *sampler);

#endif
