/* result_sample.c - the hand-made result of the result tests. */
#include "config.h"
#include "tests/unit/result_sample.h"

#define N_SAMPLES 10

static const LadCounter core_counters[] = {
    {"instructions", "1", LAD_COUNT, LAD_SCOPE_CORE, "instructions executed"},
    {"loads", "1", LAD_COUNT, LAD_SCOPE_CORE, "data reads"},
    {"stores", "1", LAD_COUNT, LAD_SCOPE_CORE, "data writes"},
    {"ticks", "cycle/16", LAD_COUNT, LAD_SCOPE_CORE, "time with a thread"},
    {"base", "cycle/16", LAD_COUNT, LAD_SCOPE_CORE, "dispatch and execution"},
    {"fetch_cache", "cycle/16", LAD_COUNT, LAD_SCOPE_CORE, "waiting for instruction lines"},
    {"fetch_tlb", "cycle/16", LAD_COUNT, LAD_SCOPE_CORE, "waiting for instruction translations"},
    {"memory_latency", "cycle/16", LAD_COUNT, LAD_SCOPE_CORE, "waiting for data, latency"},
    {"memory_bandwidth", "cycle/16", LAD_COUNT, LAD_SCOPE_CORE, "waiting for data, queueing"},
    {"walk", "cycle/16", LAD_COUNT, LAD_SCOPE_CORE, "waiting for data translations"},
    {"fault", "cycle/16", LAD_COUNT, LAD_SCOPE_CORE, "page and hint faults"},
    {"kernel", "cycle/16", LAD_COUNT, LAD_SCOPE_CORE, "other kernel work"},
    {"dependence_unknown", "1", LAD_COUNT, LAD_SCOPE_CORE, "accesses of unknown dependence"},
    LAD_COUNTERS_END,
};
static const LadCounter cache_counters[] = {
    {"loads", "1", LAD_COUNT, LAD_SCOPE_CACHE, "loads looked up"},
    {"load_misses", "1", LAD_COUNT, LAD_SCOPE_CACHE, "loads that missed"},
    {"stores", "1", LAD_COUNT, LAD_SCOPE_CACHE, "stores looked up"},
    {"store_misses", "1", LAD_COUNT, LAD_SCOPE_CACHE, "stores that missed"},
    LAD_COUNTERS_END,
};
static const LadCounter tlb_counters[] = {
    {"lookups", "1", LAD_COUNT, LAD_SCOPE_CACHE, "look-ups"},
    {"misses", "1", LAD_COUNT, LAD_SCOPE_CACHE, "look-ups that missed"},
    LAD_COUNTERS_END,
};
static const LadCounter tier_counters[] = {
    {"reads", "1", LAD_COUNT, LAD_SCOPE_TIER, "demand line fills"},
    {"writes", "1", LAD_COUNT, LAD_SCOPE_TIER, "lines written back"},
    {"read_bytes", "byte", LAD_COUNT, LAD_SCOPE_TIER, "bytes of line fills"},
    {"write_bytes", "byte", LAD_COUNT, LAD_SCOPE_TIER, "bytes of lines written back"},
    {"copy_read_bytes", "byte", LAD_COUNT, LAD_SCOPE_TIER, "bytes of page copies read"},
    {"copy_write_bytes", "byte", LAD_COUNT, LAD_SCOPE_TIER, "bytes of page copies written"},
    {"busy_time", "ps", LAD_COUNT, LAD_SCOPE_TIER, "sum of the line reads' latencies"},
    {"queue_time", "ps", LAD_COUNT, LAD_SCOPE_TIER, "the part of it above the idle latency"},
    {"used_bytes", "byte", LAD_GAUGE, LAD_SCOPE_TIER, "memory in use"},
    {"free_bytes", "byte", LAD_GAUGE, LAD_SCOPE_TIER, "memory free"},
    {"latency", "ps", LAD_HISTOGRAM, LAD_SCOPE_TIER, "latency of line reads"},
    LAD_COUNTERS_END,
};
static const LadCounter kernel_counters[] = {
    {"pgpromote_success", "page", LAD_COUNT, LAD_SCOPE_HOST, "pages promoted"},
    {"pgdemote_kswapd", "page", LAD_COUNT, LAD_SCOPE_HOST, "pages demoted by kswapd"},
    {"pgfault", "1", LAD_COUNT, LAD_SCOPE_HOST, "page faults"},
    LAD_COUNTERS_END,
};

static const char config[] = "[run]\ntrace=app.mlt\ncapacity-scale=0.5\n\n"
                             "[core]\nmodel=window\nfrequency=2 GHz\n\n"
                             "[tier.near]\nmodel=fixed\nsize=64 MiB\nlatency=85 ns\n"
                             "bandwidth=38.4 GB/s\ncost-per-gib=1\n\n"
                             "[tier.far]\nmodel=fixed\nsize=256 MiB\nlatency=210 ns\n"
                             "bandwidth=19.2 GB/s\ncost-per-gib=0.5\n\n"
                             "[cache.l1d]\nlevel=1\nlatency=4 cycles\n\n"
                             "[cache.llc]\nlevel=3\nlatency=40 cycles\n\n"
                             "[tlb.l2]\nentries=1536\n\n"
                             "[kernel]\ntime-scale=0.001\n\n[placement]\nmodel=tpp\n";

static LadResultPart *
add_part(LadResult *result, const char *name, LadScope scope, const LadCounter *counters)
{
    LadResultPart *part = lad_result_add_part(result, name, 0, scope);
    for (; counters->name; counters++)
        lad_result_add_metric(result, part, counters);
    return part;
}

/* A count that grows evenly: `measured` over 4 ms, a quarter of it in the 1 ms of warm-up. */
static void
set_count(LadResultPart *part, const char *name, guint64 measured)
{
    LadResultMetric *metric = (LadResultMetric *)lad_result_metric(part, name);
    metric->values[LAD_PHASE_WARMUP] = measured / 4;
    metric->values[LAD_PHASE_MEASURED] = measured;
    for (guint i = 0; i < N_SAMPLES; i++)
        metric->series[i] = measured / 8;
}

/* A gauge that goes from `start` to `end` in even steps. */
static void
set_gauge(LadResultPart *part, const char *name, guint64 start, guint64 end)
{
    LadResultMetric *metric = (LadResultMetric *)lad_result_metric(part, name);
    for (guint i = 0; i < N_SAMPLES; i++)
        metric->series[i] =
            (guint64)((gint64)start + ((gint64)end - (gint64)start) * (gint64)(i + 1) / N_SAMPLES);
    metric->values[LAD_PHASE_WARMUP] = metric->series[1];
    metric->values[LAD_PHASE_MEASURED] = end;
}

static void
fill_core(LadResultPart *core)
{
    /* 4 ms at 2 GHz are 8 M cycles, 128 M ticks; with 4 M instructions IPC is 0.5, CPI 2. */
    set_count(core, "instructions", 4000000);
    set_count(core, "loads", 1000000);
    set_count(core, "stores", 600000);
    set_count(core, "ticks", 128000000);
    set_count(core, "base", 32000000);
    set_count(core, "fetch_cache", 8000000);
    set_count(core, "fetch_tlb", 1600000);
    set_count(core, "memory_latency", 48000000);
    set_count(core, "memory_bandwidth", 16000000);
    set_count(core, "walk", 6400000);
    set_count(core, "fault", 9600000);
    set_count(core, "kernel", 6400000);
    set_count(core, "dependence_unknown", 160000);
}

static void
fill_tier(LadResultPart *tier, guint64 reads, guint64 latency_ps, guint64 used_from,
          guint64 used_to, guint64 size)
{
    set_count(tier, "reads", reads);
    set_count(tier, "writes", reads / 2);
    set_count(tier, "read_bytes", reads * 64);
    set_count(tier, "write_bytes", reads / 2 * 64);
    set_count(tier, "copy_read_bytes", 800 * 4096);
    set_count(tier, "copy_write_bytes", 800 * 4096);
    set_count(tier, "busy_time", reads * latency_ps);
    set_count(tier, "queue_time", reads * latency_ps / 4);
    set_gauge(tier, "used_bytes", used_from, used_to);
    set_gauge(tier, "free_bytes", size - used_from, size - used_to);
    const LadResultMetric *metric = lad_result_metric(tier, "latency");
    for (guint64 i = 0; i < 1000 && reads > 0; i++) {
        LadHistogram *measured = metric->histograms[LAD_PHASE_MEASURED];
        /* 90 % at the latency, 9 % at twice, 1 % at four times of it. */
        guint64 factor = i < 900 ? 1 : i < 990 ? 2 : 4;
        lad_histogram_add(measured, latency_ps * factor);
        if (i % 4 == 0)
            lad_histogram_add(metric->histograms[LAD_PHASE_WARMUP], latency_ps * factor);
    }
}

static void
fill_heat(LadResult *result)
{
    LadResultHeat *heat = g_new0(LadResultHeat, 1);
    heat->n_ranges = 16;
    heat->n_epochs = N_SAMPLES;
    heat->range_pages = 4;
    heat->epoch_length = LAD_MS / 2;
    heat->cells = g_new0(guint64, 16 * N_SAMPLES);
    for (guint epoch = 0; epoch < N_SAMPLES; epoch++)
        for (guint range = 0; range < 16; range++)
            heat->cells[epoch * 16 + range] =
                range < 4 ? 65536 : (range % 8 == epoch % 8 ? 16384 : 640 * range);
    heat->n_curve = 5;
    heat->curve_pages = g_new0(guint64, 5);
    heat->curve_bytes = g_new0(guint64, 5);
    for (guint i = 1; i < 5; i++) {
        heat->curve_pages[i] = 16 * i;
        heat->curve_bytes[i] = 1600000 + 400000 * i;
    }
    g_ptr_array_add(result->heats, heat);
}

static LadResult *
new_result(guint n_samples)
{
    LadResult *result = lad_result_new();
    GError *error = NULL;
    lad_result_set_config(result, config, &error);
    g_assert_no_error(error);
    result->n_samples = n_samples;
    result->sample_times = g_new0(LadTime, MAX(n_samples, 1));
    for (guint i = 0; i < n_samples; i++)
        result->sample_times[i] = (i + 1) * LAD_MS / 2;
    LadProvenance *from = &result->provenance;
    g_free(from->version);
    from->version = g_strdup("0.1.0");
    g_free(from->trace_identity);
    from->trace_identity = g_strdup("0123456789abcdef");
    g_free(from->end_reason);
    from->end_reason = g_strdup("end of trace");
    from->seed = 42;
    return result;
}

LadResult *
result_sample_new(guint far_share)
{
    LadResult *result = new_result(N_SAMPLES);
    LadProvenance *from = &result->provenance;
    from->references = 14000000;
    g_strfreev(from->notes);
    from->notes = g_strsplit("the kernel took 12.5 % of the cores' time, above 5 %: its durations "
                             "are scaled by 0.001",
                             "\n", -1);
    g_free(from->command_line);
    from->command_line = g_strdup("memladder run sample.conf -o sample.h5");
    from->host_seconds = 1.5;
    result->phase_length[LAD_PHASE_WARMUP] = LAD_MS;
    result->phase_start[LAD_PHASE_MEASURED] = LAD_MS;
    result->phase_length[LAD_PHASE_MEASURED] = 4 * LAD_MS;

    fill_core(add_part(result, "core0", LAD_SCOPE_CORE, core_counters));
    fill_core(add_part(result, "core1", LAD_SCOPE_CORE, core_counters));
    for (guint core = 0; core < 2; core++) {
        g_autofree char *name = g_strdup_printf("cache_l1d%u", core);
        LadResultPart *cache = add_part(result, name, LAD_SCOPE_CACHE, cache_counters);
        set_count(cache, "loads", 1000000);
        set_count(cache, "load_misses", 60000);
        set_count(cache, "stores", 600000);
        set_count(cache, "store_misses", 40000);
    }
    LadResultPart *tlb = add_part(result, "tlb_l20", LAD_SCOPE_CACHE, tlb_counters);
    set_count(tlb, "lookups", 20000);
    set_count(tlb, "misses", 1000);
    LadResultPart *llc = add_part(result, "cache_llc", LAD_SCOPE_CACHE, cache_counters);
    set_count(llc, "loads", 120000);
    set_count(llc, "load_misses", 24000);
    set_count(llc, "stores", 80000);
    set_count(llc, "store_misses", 16000);

    LadResultPart *near = add_part(result, "tier_near", LAD_SCOPE_TIER, tier_counters);
    LadResultPart *far = add_part(result, "tier_far", LAD_SCOPE_TIER, tier_counters);
    fill_tier(near, 400 * (100 - far_share), 85000, 32 * LAD_MIB, 60 * LAD_MIB, 64 * LAD_MIB);
    fill_tier(far, 400 * far_share, 210000, 20 * LAD_MIB, 80 * LAD_MIB, 256 * LAD_MIB);
    LadResultPart *kernel = add_part(result, "kernel", LAD_SCOPE_HOST, kernel_counters);
    set_count(kernel, "pgpromote_success", 800);
    set_count(kernel, "pgdemote_kswapd", 880);
    set_count(kernel, "pgfault", 35840);
    fill_heat(result);
    return result;
}

LadResult *
result_sample_empty(void)
{
    LadResult *result = new_result(0);
    add_part(result, "core0", LAD_SCOPE_CORE, core_counters);
    add_part(result, "llc", LAD_SCOPE_CACHE, cache_counters);
    return result;
}
