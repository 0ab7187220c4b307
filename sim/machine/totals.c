/* totals.c - the part "run": what the whole machine did, summed from its parts. */
#include "config.h"
#include "sim/machine/totals.h"
#include "sim/kernel/kernel.h"
#include <memladder/core.h>
#include <memladder/placement.h>
#include <memladder/tier.h>

/* Above this share of CPU time in the kernel a scaled run is not to be trusted unseen. */
#define KERNEL_SHARE_PERCENT 5

struct LadTotals {
    LadCluster *cluster;
    LadStreams *streams;
    guint64 values[LAD_TOTAL_N_COUNTERS];
};

#define ROW(index, name, unit, type, help) [index] = {name, unit, type, LAD_SCOPE_RUN, help}

const LadCounter lad_total_counters[] = {
    ROW(LAD_TOTAL_INSTRUCTIONS, "instructions", "1", LAD_COUNT, "instructions executed"),
    ROW(LAD_TOTAL_LOADS, "loads", "1", LAD_COUNT, "data reads; modify and atomic count here too"),
    ROW(LAD_TOTAL_STORES, "stores", "1", LAD_COUNT,
        "data writes; modify and atomic count here too"),
    ROW(LAD_TOTAL_REFERENCES, "references", "1", LAD_COUNT, "instructions and data accesses"),
    ROW(LAD_TOTAL_RECORDS, "records", "1", LAD_COUNT, "records of the trace consumed"),
    ROW(LAD_TOTAL_TIME, "time", "ps", LAD_COUNT, "simulated time up to the last core's clock"),
    ROW(LAD_TOTAL_CPU_TIME, "cpu_time", "ps", LAD_COUNT,
        "time of all cores with a thread or with kernel work"),
    ROW(LAD_TOTAL_KERNEL_TIME, "kernel_time", "ps", LAD_COUNT,
        "the part of cpu_time in faults, migration, scanning, reclaim, shootdowns and switches"),
    ROW(LAD_TOTAL_IDLE_TIME, "idle_time", "ps", LAD_COUNT, "time of all cores without a thread"),
    ROW(LAD_TOTAL_STREAMS, "streams", "1", LAD_GAUGE, "streams that are replayed, copies included"),
    ROW(LAD_TOTAL_CORES, "cores", "1", LAD_GAUGE, "cores of all hosts"),
    ROW(LAD_TOTAL_MEMORY, "memory", "byte", LAD_GAUGE, "size of all tiers of all hosts"),
    ROW(LAD_TOTAL_COST, "cost", "1e-3", LAD_GAUGE,
        "thousandths of the cost of one GiB of DDR5, summed over all tiers"),
    LAD_COUNTERS_END,
};
G_STATIC_ASSERT(G_N_ELEMENTS(lad_total_counters) == LAD_TOTAL_N_COUNTERS + 1);

static void
add_core(guint64 *values, const LadCore *core)
{
    values[LAD_TOTAL_INSTRUCTIONS] += core->common[LAD_CORE_INSTRUCTIONS];
    values[LAD_TOTAL_LOADS] += core->common[LAD_CORE_LOADS];
    values[LAD_TOTAL_STORES] += core->common[LAD_CORE_STORES];
    values[LAD_TOTAL_CORES]++;
    if (!core->class->timed)
        return;
    values[LAD_TOTAL_TIME] = MAX(values[LAD_TOTAL_TIME], lad_ticks_to_ps(core, core->now));
    values[LAD_TOTAL_CPU_TIME] += lad_ticks_to_ps(core, core->common[LAD_CORE_TICKS]);
    values[LAD_TOTAL_KERNEL_TIME] +=
        lad_ticks_to_ps(core, core->common[LAD_CORE_FAULT] + core->common[LAD_CORE_KERNEL]);
    values[LAD_TOTAL_IDLE_TIME] += lad_ticks_to_ps(core, core->common[LAD_CORE_IDLE]);
}

static void
refresh(void *data)
{
    LadTotals *totals = data;
    guint64 *values = totals->values;
    memset(values, 0, sizeof totals->values);
    for (guint i = 0; i < totals->cluster->hosts->len; i++) {
        const LadHost *host = g_ptr_array_index(totals->cluster->hosts, i);
        for (guint j = 0; j < host->n_cores; j++)
            add_core(values, host->cores[j]);
        for (guint j = 0; j < host->n_tiers; j++) {
            const LadTier *tier = host->tiers[j];
            values[LAD_TOTAL_MEMORY] += tier->size;
            values[LAD_TOTAL_COST] +=
                (guint64)((double)tier->size * tier->cost_per_gib * 1000 / (double)LAD_GIB);
        }
    }
    values[LAD_TOTAL_STREAMS] = lad_streams_n(totals->streams);
    for (guint i = 0; i < lad_streams_n(totals->streams); i++) {
        const LadStream *stream = lad_streams_at(totals->streams, i);
        values[LAD_TOTAL_RECORDS] += lad_stream_n_records(stream);
        values[LAD_TOTAL_REFERENCES] += stream->thread.n_insns + stream->thread.n_data;
    }
}

LadTotals *
lad_totals_new(LadCluster *cluster, LadStreams *streams)
{
    LadTotals *totals = g_new0(LadTotals, 1);
    totals->cluster = cluster;
    totals->streams = streams;
    LadMetrics metrics = {
        .part = (char *)"run",
        .scope = LAD_SCOPE_RUN,
        .table = lad_total_counters,
        .values = totals->values,
        .refresh = refresh,
        .data = totals,
    };
    lad_host_add_metrics(g_ptr_array_index(cluster->hosts, 0), &metrics);
    return totals;
}

void
lad_totals_free(LadTotals *totals)
{
    g_free(totals);
}

guint64
lad_totals_references(const LadTotals *totals)
{
    guint64 n = 0;
    for (guint i = 0; i < lad_streams_n(totals->streams); i++) {
        const LadThread *thread = &lad_streams_at(totals->streams, i)->thread;
        n += thread->n_insns + thread->n_data;
    }
    return n;
}

static void
append(GPtrArray *notes, char *text)
{
    notes->pdata[notes->len - 1] = text;
    g_ptr_array_add(notes, NULL);
}

static void
note_scale(const LadTotals *totals, const LadHost *host, GPtrArray *notes)
{
    LadTime second = lad_kernel_scaled(host->kernel, LAD_S);
    if (second == LAD_S)
        return;
    append(notes,
           g_strdup_printf("kernel.time-scale is %g: periods and thresholds of the kernel are "
                           "multiplied by it, rate limits divided",
                           (double)second / (double)LAD_S));
    guint64 kernel = totals->values[LAD_TOTAL_KERNEL_TIME];
    guint64 cpu = totals->values[LAD_TOTAL_CPU_TIME];
    if (kernel * 100 > cpu * KERNEL_SHARE_PERCENT)
        append(notes, g_strdup_printf("the kernel took %.1f %% of CPU time, above %d %%: with a "
                                      "time scale its work per second is inflated, so take times "
                                      "with care",
                                      (double)kernel * 100 / (double)cpu, KERNEL_SHARE_PERCENT));
}

static void
note_dependences(const LadTotals *totals, GPtrArray *notes)
{
    guint64 unknown = 0, accesses = 0;
    for (guint i = 0; i < totals->cluster->hosts->len; i++) {
        const LadHost *host = g_ptr_array_index(totals->cluster->hosts, i);
        for (guint j = 0; j < host->n_cores; j++)
            unknown += host->cores[j]->common[LAD_CORE_DEPENDENCE_UNKNOWN];
    }
    for (guint i = 0; i < lad_streams_n(totals->streams); i++)
        accesses += lad_streams_at(totals->streams, i)->thread.n_data;
    if (unknown)
        append(notes, g_strdup_printf("for %.1f %% of data accesses the trace does not say where "
                                      "their address comes from; [core] says what was assumed",
                                      (double)unknown * 100 / (double)MAX(accesses, 1)));
}

void
lad_totals_add_notes(const LadTotals *totals, const LadSampler *sampler, GPtrArray *notes)
{
    const LadHost *host = g_ptr_array_index(totals->cluster->hosts, 0);
    if (host->kernel)
        note_scale(totals, host, notes);
    note_dependences(totals, notes);
    if (lad_sampler_was_merged(sampler))
        append(notes, g_strdup_printf("samples were merged to a period of %" G_GUINT64_FORMAT " us",
                                      lad_sampler_epoch(sampler) / LAD_US));
}
