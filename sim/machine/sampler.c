/* sampler.c - phases and samples of all counters. */
#include "config.h"
#include "sim/machine/sampler.h"
#include <string.h>

struct LadSampler {
    LadCluster *cluster;
    guint n_metrics;
    guint *offsets; /* of each metrics' first row in a snapshot; n_metrics + 1 entries */
    gboolean warmed_up;
    LadTime warmup_end;
    LadTime end;
    LadTime paused_at, paused_for;
    guint64 *paused; /* the snapshot there; NULL: it is not paused */
    GPtrArray *paused_histograms;
    guint64 *base;                   /* the snapshot at the end of warm-up */
    GPtrArray *phases[LAD_N_PHASES]; /* per row of a snapshot, LadHistogram or NULL */
    LadTime epoch, first_epoch;
    guint max_samples;
    GArray *times;     /* of LadTime */
    GPtrArray *values; /* of guint64 snapshots */
};

static const LadMetrics *
metrics_at(const LadSampler *sampler, guint index)
{
    g_assert(index < sampler->n_metrics);
    return &g_array_index(sampler->cluster->metrics, LadMetrics, index);
}

static guint
n_rows(const LadCounter *table)
{
    guint n = 0;
    while (table[n].name)
        n++;
    return n;
}

static guint
row_offset(const LadSampler *sampler, guint index, guint row)
{
    g_assert(index < sampler->n_metrics);
    guint offset = sampler->offsets[index] + row;
    g_assert(offset < sampler->offsets[index + 1]);
    return offset;
}

void
lad_sampler_refresh(LadSampler *sampler)
{
    for (guint i = 0; i < sampler->n_metrics; i++) {
        const LadMetrics *metrics = metrics_at(sampler, i);
        if (metrics->refresh)
            metrics->refresh(metrics->data);
    }
}

static guint64 *
snapshot(LadSampler *sampler)
{
    guint64 *row = g_new(guint64, sampler->offsets[sampler->n_metrics] + 1);
    lad_sampler_refresh(sampler);
    for (guint i = 0; i < sampler->n_metrics; i++) {
        guint n = sampler->offsets[i + 1] - sampler->offsets[i];
        memcpy(row + sampler->offsets[i], metrics_at(sampler, i)->values, n * sizeof *row);
    }
    return row;
}

/* Every second sample goes; the ones at multiples of the doubled period stay. */
static void
thin_out(LadSampler *sampler)
{
    guint kept = 0;
    for (guint i = 0; i < sampler->times->len; i++) {
        if (i % 2 == 0) {
            g_free(sampler->values->pdata[i]);
            continue;
        }
        g_array_index(sampler->times, LadTime, kept) = g_array_index(sampler->times, LadTime, i);
        sampler->values->pdata[kept++] = sampler->values->pdata[i];
    }
    g_array_set_size(sampler->times, kept);
    for (guint i = kept; i < sampler->values->len; i++)
        sampler->values->pdata[i] = NULL;
    g_ptr_array_set_size(sampler->values, (gint)kept);
    sampler->epoch *= 2;
}

static void
add_sample(LadSampler *sampler, LadTime now)
{
    g_array_append_val(sampler->times, now);
    g_ptr_array_add(sampler->values, snapshot(sampler));
}

/* An epoch ends (LAD_ORDER_EPOCH). */
static void
epoch_ends(LadTime now, void *data, guint64 argument)
{
    (void)argument;
    LadSampler *sampler = data;
    add_sample(sampler, now);
    for (guint i = 0; i < sampler->cluster->hosts->len; i++) {
        LadHost *host = g_ptr_array_index(sampler->cluster->hosts, i);
        lad_heat_advance(host->heat, now);
    }
    if (sampler->times->len == sampler->max_samples)
        thin_out(sampler);
    lad_queue_add(sampler->cluster->queue, now + sampler->epoch, LAD_ORDER_EPOCH, epoch_ends,
                  sampler, 0);
}

LadSampler *
lad_sampler_new(LadCluster *cluster, LadTime epoch, guint max_samples)
{
    g_assert(max_samples >= LAD_HEAT_EPOCHS && max_samples % 2 == 0);
    LadSampler *sampler = g_new0(LadSampler, 1);
    sampler->cluster = cluster;
    sampler->n_metrics = cluster->metrics->len;
    sampler->offsets = g_new0(guint, sampler->n_metrics + 1);
    for (guint i = 0; i < sampler->n_metrics; i++)
        sampler->offsets[i + 1] =
            sampler->offsets[i] + n_rows(g_array_index(cluster->metrics, LadMetrics, i).table);
    sampler->base = g_new0(guint64, sampler->offsets[sampler->n_metrics] + 1);
    for (guint phase = 0; phase < LAD_N_PHASES; phase++)
        sampler->phases[phase] = g_ptr_array_new_with_free_func(g_free);
    sampler->paused_histograms = g_ptr_array_new_with_free_func(g_free);
    sampler->epoch = sampler->first_epoch = epoch;
    sampler->max_samples = max_samples;
    sampler->times = g_array_new(FALSE, FALSE, sizeof(LadTime));
    sampler->values = g_ptr_array_new_with_free_func(g_free);
    if (epoch)
        lad_queue_add(cluster->queue, epoch, LAD_ORDER_EPOCH, epoch_ends, sampler, 0);
    return sampler;
}

void
lad_sampler_free(LadSampler *sampler)
{
    if (!sampler)
        return;
    for (guint phase = 0; phase < LAD_N_PHASES; phase++)
        g_ptr_array_unref(sampler->phases[phase]);
    g_array_unref(sampler->times);
    g_ptr_array_unref(sampler->values);
    g_ptr_array_unref(sampler->paused_histograms);
    g_free(sampler->paused);
    g_free(sampler->base);
    g_free(sampler->offsets);
    g_free(sampler);
}

/* Copies of all histograms as they are now, less those of `before` (may be empty). */
static void
copy_histograms(LadSampler *sampler, GPtrArray *to, const GPtrArray *before)
{
    g_ptr_array_set_size(to, (gint)sampler->offsets[sampler->n_metrics]);
    for (guint i = 0; i < sampler->n_metrics; i++) {
        const LadMetrics *metrics = metrics_at(sampler, i);
        for (guint row = 0; metrics->table[row].name; row++) {
            if (metrics->table[row].type != LAD_HISTOGRAM)
                continue;
            g_assert(metrics->histograms && metrics->histograms[row]);
            guint at = sampler->offsets[i] + row;
            LadHistogram *copy = g_memdup2(metrics->histograms[row], sizeof *copy);
            g_free(to->pdata[at]);
            to->pdata[at] = copy;
            const LadHistogram *base = at < before->len ? before->pdata[at] : NULL;
            if (!base)
                continue;
            guint top = 0;
            for (guint bucket = 0; bucket < LAD_HISTOGRAM_BUCKETS; bucket++) {
                copy->counts[bucket] -= base->counts[bucket];
                if (copy->counts[bucket])
                    top = bucket;
            }
            copy->n -= base->n;
            copy->sum -= base->sum;
            /* The largest value of this phase alone is known to its bucket. */
            copy->max = copy->n == 0 ? 0 : MIN(copy->max, lad_histogram_lower(top + 1) - 1);
        }
    }
}

void
lad_sampler_end_warmup(LadSampler *sampler, LadTime now)
{
    g_assert(!sampler->warmed_up);
    sampler->warmed_up = TRUE;
    sampler->warmup_end = now;
    g_free(sampler->base);
    sampler->base = snapshot(sampler);
    copy_histograms(sampler, sampler->phases[LAD_PHASE_WARMUP],
                    sampler->phases[LAD_PHASE_MEASURED]);
}

void
lad_sampler_pause(LadSampler *sampler, LadTime now)
{
    g_assert(sampler->paused == NULL);
    g_autoptr(GPtrArray) nothing = g_ptr_array_new();
    sampler->paused_at = now;
    sampler->paused = snapshot(sampler);
    copy_histograms(sampler, sampler->paused_histograms, nothing);
}

static void
add_histogram(LadHistogram *to, const LadHistogram *more)
{
    for (guint bucket = 0; bucket < LAD_HISTOGRAM_BUCKETS; bucket++)
        to->counts[bucket] += more->counts[bucket];
    to->n += more->n;
    to->sum += more->sum;
    to->max = MAX(to->max, more->max);
}

void
lad_sampler_resume(LadSampler *sampler, LadTime now)
{
    g_assert(sampler->paused != NULL);
    g_autofree guint64 *after = snapshot(sampler);
    g_autoptr(GPtrArray) more = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *warmup = sampler->phases[LAD_PHASE_WARMUP];
    copy_histograms(sampler, more, sampler->paused_histograms);
    g_ptr_array_set_size(warmup, (gint)sampler->offsets[sampler->n_metrics]);
    for (guint i = 0; i < sampler->n_metrics; i++)
        for (guint row = 0; metrics_at(sampler, i)->table[row].name; row++) {
            guint at = sampler->offsets[i] + row;
            if (metrics_at(sampler, i)->table[row].type == LAD_COUNT)
                sampler->base[at] += after[at] - sampler->paused[at];
            if (more->pdata[at] && warmup->pdata[at])
                add_histogram(warmup->pdata[at], more->pdata[at]);
            else if (more->pdata[at])
                warmup->pdata[at] = g_steal_pointer(&more->pdata[at]);
        }
    sampler->paused_for += now - MIN(now, sampler->paused_at);
    g_clear_pointer(&sampler->paused, g_free);
}

void
lad_sampler_finish(LadSampler *sampler, LadTime now)
{
    sampler->end = now;
    if (sampler->paused != NULL)
        lad_sampler_resume(sampler, now);
    lad_sampler_refresh(sampler);
    copy_histograms(sampler, sampler->phases[LAD_PHASE_MEASURED],
                    sampler->phases[LAD_PHASE_WARMUP]);
    if (sampler->epoch == 0)
        return;
    guint n = sampler->times->len;
    if (n > 0 && g_array_index(sampler->times, LadTime, n - 1) >= now) {
        /* A core may have made its last steps past the sample. */
        g_free(sampler->values->pdata[n - 1]);
        sampler->values->pdata[n - 1] = snapshot(sampler);
        return;
    }
    add_sample(sampler, now);
}

gboolean
lad_sampler_warmed_up(const LadSampler *sampler)
{
    return sampler->warmed_up;
}

guint64
lad_sampler_value(const LadSampler *sampler, guint index, guint row, LadPhase phase)
{
    const LadMetrics *metrics = metrics_at(sampler, index);
    guint64 base = sampler->base[row_offset(sampler, index, row)];
    if (phase == LAD_PHASE_WARMUP)
        return base;
    guint64 value = metrics->values[row];
    return metrics->table[row].type == LAD_COUNT ? value - base : value;
}

const LadHistogram *
lad_sampler_histogram(const LadSampler *sampler, guint index, guint row, LadPhase phase)
{
    guint offset = row_offset(sampler, index, row);
    const GPtrArray *copies = sampler->phases[phase];
    if (offset < copies->len && copies->pdata[offset])
        return copies->pdata[offset];
    const LadMetrics *metrics = metrics_at(sampler, index);
    return phase == LAD_PHASE_MEASURED && metrics->histograms ? metrics->histograms[row] : NULL;
}

void
lad_sampler_phase_time(const LadSampler *sampler, LadPhase phase, LadTime *start, LadTime *length)
{
    gboolean warmup = phase == LAD_PHASE_WARMUP;
    *start = warmup ? 0 : sampler->warmup_end;
    LadTime end = warmup ? sampler->warmup_end : sampler->end;
    LadTime paused = MIN(sampler->paused_for, sampler->end - sampler->warmup_end);
    *length = warmup ? end + paused : end - *start - paused;
}

guint
lad_sampler_n_samples(const LadSampler *sampler)
{
    return sampler->times->len;
}

LadTime
lad_sampler_time(const LadSampler *sampler, guint sample)
{
    g_assert(sample < sampler->times->len);
    return g_array_index(sampler->times, LadTime, sample);
}

guint64
lad_sampler_sample(const LadSampler *sampler, guint sample, guint index, guint row)
{
    g_assert(sample < sampler->values->len);
    const guint64 *values = sampler->values->pdata[sample];
    return values[row_offset(sampler, index, row)];
}

LadTime
lad_sampler_epoch(const LadSampler *sampler)
{
    return sampler->epoch;
}

gboolean
lad_sampler_was_merged(const LadSampler *sampler)
{
    return sampler->epoch != sampler->first_epoch;
}
