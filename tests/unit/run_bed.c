/* run_bed.c - a run of a small trace on a small machine, for tests. */
#include "config.h"
#include "tests/unit/run_bed.h"
#include "tests/unit/suite.h"
#include <string.h>

const char bed_timed[] = "[core]\n"
                         "model = in-order\n"
                         "frequency = 1 GHz\n"
                         "[cache.l1i]\n"
                         "level = 1\n"
                         "side = instruction\n"
                         "size = 4 KiB\n"
                         "ways = 1\n"
                         "latency = 1 cycles\n"
                         "[cache.l1d]\n"
                         "level = 1\n"
                         "side = data\n"
                         "size = 4 KiB\n"
                         "ways = 1\n"
                         "latency = 1 cycles\n"
                         "[cache.l2]\n"
                         "level = 2\n"
                         "size = 8 KiB\n"
                         "ways = 2\n"
                         "latency = 10 cycles\n"
                         "shared-by = 0\n"
                         "[tlb.l1i]\n"
                         "level = 1\n"
                         "side = instruction\n"
                         "entries = 8\n"
                         "ways = 8\n"
                         "[tlb.l1d]\n"
                         "level = 1\n"
                         "side = data\n"
                         "entries = 8\n"
                         "ways = 8\n"
                         "[tier.memory]\n"
                         "model = fixed\n"
                         "size = 64 MiB\n"
                         "latency = 100 ns\n"
                         "bandwidth = 10 GB/s\n"
                         "[placement]\n"
                         "model = first-touch\n";

const char bed_functional[] = "[core]\n"
                              "model = functional\n"
                              "[cache.i1]\n"
                              "level = 1\n"
                              "side = instruction\n"
                              "size = 4 KiB\n"
                              "ways = 1\n"
                              "latency = 1 cycles\n"
                              "[cache.d1]\n"
                              "level = 1\n"
                              "side = data\n"
                              "size = 4 KiB\n"
                              "ways = 1\n"
                              "latency = 1 cycles\n"
                              "[cache.ll]\n"
                              "level = 2\n"
                              "size = 8 KiB\n"
                              "ways = 2\n"
                              "latency = 1 cycles\n"
                              "shared-by = 0\n";

void
run_bed_init(RunBed *bed, const char *machine, const char *more, const char *trace,
             LadRunFlags flags)
{
    memset(bed, 0, sizeof *bed);
    bed->models = lad_models_new(NULL, &bed->error);
    lad_assert_ok(bed->models != NULL, bed->error);
    bed->config = lad_config_new();
    gboolean ok = lad_config_read_text(bed->config, machine, "machine", &bed->error) &&
                  lad_config_read_text(bed->config, more, "test", &bed->error);
    lad_assert_ok(ok, bed->error);
    if (trace) {
        g_autofree char *assignment = g_strdup_printf("run.trace=%s", trace);
        ok = lad_config_set(bed->config, assignment, &bed->error);
        lad_assert_ok(ok, bed->error);
    }
    bed->run = lad_run_new(bed->config, bed->models, flags, &bed->error);
    ck_assert_msg((bed->run != NULL) == (bed->error == NULL), "neither run nor error");
}

gboolean
run_bed_finish(RunBed *bed, guint64 references)
{
    lad_assert_ok(bed->run != NULL, bed->error);
    gboolean done = FALSE;
    while (!done)
        if (!lad_run_step(bed->run, references, &done, &bed->error))
            return FALSE;
    return TRUE;
}

void
run_bed_clear(RunBed *bed)
{
    lad_run_free(bed->run);
    lad_config_free(bed->config);
    lad_models_free(bed->models);
    g_clear_error(&bed->error);
}

guint64
run_bed_value(const RunBed *bed, const char *part, const char *counter, LadPhase phase)
{
    guint n;
    const LadMetrics *metrics = lad_run_metrics(bed->run, &n);
    for (guint i = 0; i < n; i++)
        for (guint row = 0; strcmp(metrics[i].part, part) == 0 && metrics[i].table[row].name; row++)
            if (strcmp(metrics[i].table[row].name, counter) == 0)
                return lad_run_value(bed->run, i, row, phase);
    ck_abort_msg("there is no metric %s.%s", part, counter);
}

static void
dump_row(GString *text, const LadRun *run, guint index, guint row, const LadMetrics *metrics)
{
    g_string_append_printf(text, "%s.%s", metrics->part, metrics->table[row].name);
    for (guint phase = 0; phase < LAD_N_PHASES; phase++) {
        g_string_append_printf(text, " %" G_GUINT64_FORMAT, lad_run_value(run, index, row, phase));
        const LadHistogram *histogram = lad_run_histogram(run, index, row, phase);
        for (guint i = 0; histogram && i < LAD_HISTOGRAM_BUCKETS; i++)
            if (histogram->counts[i])
                g_string_append_printf(text, " %u:%" G_GUINT64_FORMAT, i, histogram->counts[i]);
    }
    for (guint sample = 0; sample < lad_run_n_samples(run); sample++)
        g_string_append_printf(text, " @%" G_GUINT64_FORMAT "=%" G_GUINT64_FORMAT,
                               lad_run_sample_time(run, sample),
                               lad_run_sample(run, sample, index, row));
    g_string_append_c(text, '\n');
}

char *
run_bed_dump(const RunBed *bed)
{
    GString *text = g_string_new(NULL);
    guint n;
    const LadMetrics *metrics = lad_run_metrics(bed->run, &n);
    for (guint i = 0; i < n; i++)
        for (guint row = 0; metrics[i].table[row].name; row++)
            dump_row(text, bed->run, i, row, &metrics[i]);
    for (guint phase = 0; phase < LAD_N_PHASES; phase++) {
        LadTime start, length;
        lad_run_phase_time(bed->run, phase, &start, &length);
        g_string_append_printf(text, "phase %u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n",
                               phase, start, length);
    }
    g_string_append_printf(text, "%s\n%s\n", lad_run_end_reason(bed->run),
                           lad_run_trace_identity(bed->run));
    const LadHeat *heat = lad_run_heat(bed->run, 0);
    for (LadPage page = 0; page < lad_heat_n_pages(heat); page++)
        if (lad_heat_page_bytes(heat, page))
            g_string_append_printf(text, "page %u %" G_GUINT64_FORMAT "\n", page,
                                   lad_heat_page_bytes(heat, page));
    return g_string_free(text, FALSE);
}
