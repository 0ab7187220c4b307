/* burst.c - the run, the windows and the intervals. */
#include "config.h"
#include "analysis/profile/burst.h"
#include "analysis/profile/statistics.h"
#include <memladder/core.h>
#include "traces/toolbox/stitch.h"
#include <math.h>
#include <string.h>

/* A counter of one core, wherever it is kept. */
typedef struct {
    const guint64 *value;
    void (*refresh)(void *data);
    void *data;
} Source;

/* A figure: sums of counters over one another. */
typedef struct {
    char *name;
    const char *unit;
    guint above[2], below[2]; /* counters; G_MAXUINT: none */
    double factor;
    gboolean from_one; /* 1 - the ratio */
    gboolean once;     /* of the first level alone */
} Figure;

typedef struct {
    gboolean open;
    guint64 *start;
} CoreWindow;

typedef struct {
    const LadBurstOptions *options;
    LadProfileRun *run;
    GArray *names;   /* char *: of counters */
    GArray *sources; /* Source, [core][counter] */
    guint n_cores, n_counters;
    CoreWindow *cores; /* made when the first window opens */
    GArray *windows;   /* guint64[n_counters] each */
    GArray *figures;   /* Figure */
    const LadMetrics *metrics;
    guint n_metrics;
} Burst;

/* ---- Counters ---------------------------------------------------------------------------------
 */

static guint
add_counter(Burst *burst, char *name)
{
    g_array_append_val(burst->names, name);
    return burst->names->len - 1;
}

/* The counter of a core's own instance of a part: "cache_l1d" of core 3 is cache_l1d3, and with one
 * core cache_l1d. NULL if the core has none. */
static gboolean
find_source(const Burst *burst, const char *part, guint core, const char *counter, Source *source)
{
    g_autofree char *numbered = g_strdup_printf("%s%u", part, core);
    for (guint i = 0; i < burst->n_metrics; i++) {
        const LadMetrics *metrics = &burst->metrics[i];
        if (strcmp(metrics->part, numbered) != 0 &&
            (burst->n_cores > 1 || strcmp(metrics->part, part) != 0))
            continue;
        for (guint row = 0; metrics->table[row].name != NULL; row++)
            if (strcmp(metrics->table[row].name, counter) == 0) {
                *source = (Source){&metrics->values[row], metrics->refresh, metrics->data};
                return TRUE;
            }
    }
    return FALSE;
}

static guint
want(Burst *burst, const char *group, const char *counter)
{
    g_autofree char *part = g_strdelimit(g_strdup(group), ".-", '_');
    Source source;
    for (guint core = 0; core < burst->n_cores; core++)
        if (!find_source(burst, part, core, counter, &source))
            return G_MAXUINT;
    return add_counter(burst, g_strdup_printf("%s.%s", part, counter));
}

static void
add_figure(Burst *burst, char *name, const char *unit, double factor, gboolean from_one,
           guint above, guint and_above, guint below, guint and_below)
{
    const Figure figure = {
        .name = name,
        .unit = unit,
        .above = {above, and_above},
        .below = {below, and_below},
        .factor = factor,
        .from_one = from_one,
        .once = strcmp(name, "reads_per_write") == 0,
    };
    if (above != G_MAXUINT && below != G_MAXUINT)
        g_array_append_val(burst->figures, figure);
    else
        g_free(name);
}

static void
want_cache(Burst *burst, const char *group, guint insns)
{
    guint loads = want(burst, group, "loads"), stores = want(burst, group, "stores");
    guint load_misses = want(burst, group, "load_misses");
    guint store_misses = want(burst, group, "store_misses");
    guint fetch_misses = want(burst, group, "fetch_misses");
    add_figure(burst, g_strdup_printf("%s.hit_ratio_data", group), "1", 1, TRUE, load_misses,
               store_misses, loads, stores);
    add_figure(burst, g_strdup_printf("%s.mpki_data", group), "1", 1000, FALSE, load_misses,
               store_misses, insns, G_MAXUINT);
    add_figure(burst, g_strdup_printf("%s.mpki_code", group), "1", 1000, FALSE, fetch_misses,
               G_MAXUINT, insns, G_MAXUINT);
    add_figure(burst, g_strdup("reads_per_write"), "1", 1, FALSE, loads, G_MAXUINT, stores,
               G_MAXUINT);
}

static void
want_all(Burst *burst)
{
    guint insns = want(burst, "core", "instructions");
    g_auto(GStrv) caches = lad_profile_run_groups(burst->run, "cache");
    g_auto(GStrv) tlbs = lad_profile_run_groups(burst->run, "tlb");
    for (guint i = 0; caches[i] != NULL; i++)
        want_cache(burst, caches[i], insns);
    for (guint i = 0; tlbs[i] != NULL; i++)
        add_figure(burst, g_strdup_printf("%s.mpki", tlbs[i]), "1", 1000, FALSE,
                   want(burst, tlbs[i], "misses"), G_MAXUINT, insns, G_MAXUINT);
    guint ticks = want(burst, "core", "ticks");
    add_figure(burst, g_strdup("core.cpi"), "cycles", 1.0 / 16, FALSE, ticks, G_MAXUINT, insns,
               G_MAXUINT);
    burst->n_counters = burst->names->len;
    burst->sources = g_array_new(FALSE, TRUE, sizeof(Source));
    g_array_set_size(burst->sources, burst->n_cores * burst->n_counters);
    for (guint core = 0; core < burst->n_cores; core++)
        for (guint c = 0; c < burst->n_counters; c++) {
            g_auto(GStrv) words = g_strsplit(g_array_index(burst->names, char *, c), ".", 2);
            find_source(burst, words[0], core, words[1],
                        &g_array_index(burst->sources, Source, core * burst->n_counters + c));
        }
}

/* The first time a window opens: by then all parts have made their counters known. */
static void
prepare(Burst *burst)
{
    burst->metrics = lad_run_metrics(lad_profile_run_get(burst->run), &burst->n_metrics);
    for (guint i = 0; i < burst->n_metrics; i++)
        if (burst->metrics[i].scope == LAD_SCOPE_CORE &&
            g_str_has_prefix(burst->metrics[i].part, "core"))
            burst->n_cores = MAX(burst->n_cores, burst->metrics[i].index + 1);
    burst->names = g_array_new(FALSE, FALSE, sizeof(char *));
    burst->figures = g_array_new(FALSE, FALSE, sizeof(Figure));
    want_all(burst);
    burst->windows = g_array_new(FALSE, FALSE, (guint)sizeof(guint64) * MAX(burst->n_counters, 1));
    burst->cores = g_new0(CoreWindow, burst->n_cores);
    for (guint i = 0; i < burst->n_cores; i++)
        burst->cores[i].start = g_new0(guint64, burst->n_counters + 1);
}

static void
read_counters(const Burst *burst, guint core, guint64 *to)
{
    for (guint c = 0; c < burst->n_counters; c++) {
        const Source *source = &g_array_index(burst->sources, Source, core * burst->n_counters + c);
        if (source->refresh != NULL)
            source->refresh(source->data);
        to[c] = *source->value;
    }
}

static void
close_window(Burst *burst, guint core)
{
    CoreWindow *window = &burst->cores[core];
    if (!window->open)
        return;
    g_autofree guint64 *now = g_new0(guint64, burst->n_counters + 1);
    read_counters(burst, core, now);
    for (guint c = 0; c < burst->n_counters; c++)
        now[c] -= window->start[c];
    g_array_append_vals(burst->windows, now, 1);
    window->open = FALSE;
}

static void
watch_marks(void *data, const LadThread *thread, const LadRecord *record, LadTime now)
{
    Burst *burst = data;
    (void)now;
    gboolean measured = record->kind == LAD_RECORD_MARKER && record->flags == LAD_MARKER_MEASURED;
    if (thread->core == NULL || (record->kind == LAD_RECORD_MARKER && !measured))
        return;
    const LadBurstOptions *options = burst->options;
    /* The run's own marks say how many instructions were left out, the trace's do not. */
    if (measured && (options->gaps == LAD_BURST_MARKED ? record->size != 0 : record->size == 0))
        return;
    guint core = thread->core->index;
    if (burst->cores == NULL)
        prepare(burst);
    if (!measured)
        close_window(burst, core);
    burst->cores[core].open = measured || options->warmup == 0;
    read_counters(burst, core, burst->cores[core].start);
}

/* ---- Telling ----------------------------------------------------------------------------------
 */

static double
sum_of(const guint64 *counters, const guint which[2])
{
    double sum = 0;
    for (guint i = 0; i < 2; i++)
        sum += which[i] != G_MAXUINT ? (double)counters[which[i]] : 0;
    return sum;
}

static const guint64 *
window_at(const Burst *burst, guint i)
{
    return (const guint64 *)(gconstpointer)burst->windows->data + (gsize)i * burst->n_counters;
}

static void
tell_figures(const Burst *burst, LadFindings *findings)
{
    static const char *const columns[] = {"figure", "",  "value", "1", "half", "1",
                                          "low",    "1", "high",  "1", "p10",  "1",
                                          "median", "1", "p90",   "1", NULL};
    guint n = burst->windows->len;
    gboolean told = FALSE; /* what is told of one level alone */
    g_autofree double *x = g_new(double, n + 1), *y = g_new(double, n + 1);
    LadFindingsTable *table = lad_findings_table(
        findings, "figures",
        "Ratios of sums over the windows, half of their 95 % confidence interval and its ends, and "
        "percentiles of the\nwindows' own",
        columns);
    for (guint f = 0; f < burst->figures->len; f++) {
        const Figure *figure = &g_array_index(burst->figures, Figure, f);
        g_autoptr(GArray) own = g_array_new(FALSE, FALSE, sizeof(double));
        double half;
        for (guint i = 0; i < n; i++) {
            x[i] = figure->factor * sum_of(window_at(burst, i), figure->above);
            y[i] = sum_of(window_at(burst, i), figure->below);
            double ratio = figure->from_one ? 1 - x[i] / y[i] : x[i] / y[i];
            if (y[i] > 0)
                g_array_append_val(own, ratio);
        }
        double value = lad_ratio_interval(x, y, n, &half);
        if (isnan(value) || (figure->once && told))
            continue;
        told |= figure->once;
        if (figure->from_one)
            value = 1 - value;
        lad_sort_doubles((double *)(gpointer)own->data, own->len);
        const double *sorted = (const double *)(gconstpointer)own->data;
        lad_findings_put_text(table, figure->name);
        lad_findings_put_real(table, value);
        lad_findings_put_real(table, half);
        lad_findings_put_real(table, value - half);
        lad_findings_put_real(table, value + half);
        for (guint i = 0; i < 3; i++)
            lad_findings_put_real(table, own->len > 0
                                             ? lad_percentile(sorted, own->len, 0.1 + 0.4 * i)
                                             : (double)NAN);
    }
}

static void
tell_windows(const Burst *burst, LadFindings *findings)
{
    g_autoptr(GPtrArray) columns = g_ptr_array_new();
    g_ptr_array_add(columns, (gpointer) "window");
    g_ptr_array_add(columns, (gpointer) "1");
    for (guint f = 0; f < burst->figures->len; f++) {
        g_ptr_array_add(columns, g_array_index(burst->figures, Figure, f).name);
        g_ptr_array_add(columns, (gpointer) "1");
    }
    g_ptr_array_add(columns, NULL);
    LadFindingsTable *table = lad_findings_table(findings, "windows", "Window by window",
                                                 (const char *const *)columns->pdata);
    for (guint i = 0; i < burst->windows->len; i++) {
        lad_findings_put_count(table, i + 1);
        for (guint f = 0; f < burst->figures->len; f++) {
            const Figure *figure = &g_array_index(burst->figures, Figure, f);
            double above = figure->factor * sum_of(window_at(burst, i), figure->above);
            double below = sum_of(window_at(burst, i), figure->below);
            double ratio = figure->from_one ? 1 - above / below : above / below;
            lad_findings_put_real(table, below > 0 ? ratio : (double)NAN);
        }
    }
}

static void
tell_rule(const LadBurstOptions *options, const LadProfileSources *sources, LadFindings *findings)
{
    GHashTable *notes = lad_profile_sources_header(sources, 0)->notes;
    const char *rule = g_hash_table_lookup(notes, "stitch.rule");
    const char *warm = g_hash_table_lookup(notes, "stitch.warm");
    gboolean flush = options->gaps == LAD_BURST_FLUSH;
    if (options->gaps == LAD_BURST_MARKED && rule != NULL) {
        lad_findings_text(findings, "gaps", "marked");
        lad_findings_note(findings, "%s: %s", rule, warm != NULL ? warm : "");
        return;
    }
    g_autofree char *name =
        options->warmup > 0
            ? g_strdup_printf("%s:%" G_GUINT64_FORMAT, flush ? "flush" : "warm", options->warmup)
            : g_strdup(flush ? "flush" : "keep");
    lad_findings_text(findings, "gaps", name);
    if (options->warmup > 0)
        lad_findings_note(
            findings,
            "caches and TLBs are %s at gaps and warmed by the first %" G_GUINT64_FORMAT
            " instructions of each window, which are not counted",
            flush ? "emptied" : "kept", options->warmup);
    else
        lad_findings_note(findings,
                          "caches and TLBs are %s gaps, and nothing is left out to warm them%s",
                          flush ? "emptied at" : "kept across",
                          options->gaps == LAD_BURST_MARKED ? ": the trace is not stitched" : "");
}

gboolean
lad_burst_parse_gaps(const char *text, LadBurstOptions *options, GError **error)
{
    const char *colon = strchr(text, ':');
    g_autofree char *name = colon != NULL ? g_strndup(text, (gsize)(colon - text)) : g_strdup(text);
    gboolean whole = strcmp(name, "marked") == 0 || strcmp(name, "keep") == 0;
    gboolean warm = strcmp(name, "warm") == 0, flush = strcmp(name, "flush") == 0;
    options->gaps = warm                          ? LAD_BURST_WARM
                    : flush                       ? LAD_BURST_FLUSH
                    : strcmp(name, "marked") == 0 ? LAD_BURST_MARKED
                                                  : LAD_BURST_KEEP;
    options->warmup = 0;
    if (colon == NULL && (whole || flush))
        return TRUE;
    if (colon != NULL && (warm || flush) &&
        g_ascii_string_to_unsigned(colon + 1, 10, 1, G_MAXUINT64, &options->warmup, NULL))
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "--gaps %s: expected marked, keep, flush, or warm:N or flush:N with N "
                "instructions, at least 1",
                text);
    return FALSE;
}

static LadFindings *
tell(Burst *burst, const LadBurstOptions *options, const LadProfileSources *sources)
{
    LadFindings *findings = lad_findings_new("burst");
    guint64 n_insns = 0;
    tell_rule(options, sources, findings);
    lad_profile_run_tell(burst->run, findings);
    for (guint i = 0; i < burst->windows->len; i++)
        for (guint c = 0; c < burst->n_counters; c++)
            if (strcmp(g_array_index(burst->names, char *, c), "core.instructions") == 0)
                n_insns += window_at(burst, i)[c];
    lad_findings_count(findings, "windows_measured", "1", burst->windows->len);
    lad_findings_count(findings, "instructions_measured", "1", n_insns);
    tell_figures(burst, findings);
    if (options->windows)
        tell_windows(burst, findings);
    return findings;
}

static void
burst_clear(Burst *burst)
{
    lad_profile_run_free(burst->run);
    if (burst->cores == NULL)
        return;
    for (guint i = 0; i < burst->n_cores; i++)
        g_free(burst->cores[i].start);
    for (guint i = 0; i < burst->names->len; i++)
        g_free(g_array_index(burst->names, char *, i));
    for (guint i = 0; i < burst->figures->len; i++)
        g_free(g_array_index(burst->figures, Figure, i).name);
    g_array_unref(burst->names);
    g_array_unref(burst->figures);
    g_array_unref(burst->sources);
    g_array_unref(burst->windows);
    g_free(burst->cores);
}

LadFindings *
lad_profile_burst(LadProfileSources *sources, const LadBurstOptions *options,
                  const LadToolboxProgress *progress, GError **error)
{
    Burst burst = {.options = options};
    const LadWatch watch = {.mark = watch_marks, .data = &burst};
    LadFindings *findings = NULL;
    g_autofree char *warmup = g_strdup_printf("run.gap-warmup=%" G_GUINT64_FORMAT, options->warmup);
    const char *const rules[] = {
        options->gaps == LAD_BURST_FLUSH  ? "run.gaps=flush"
        : options->gaps == LAD_BURST_WARM ? "run.gaps=warm"
                                          : "run.gaps=keep",
        warmup,
        NULL,
    };
    LadProfileMachine machine = *options->machine;
    g_autoptr(GPtrArray) sets = g_ptr_array_new();
    for (guint i = 0; machine.sets != NULL && machine.sets[i] != NULL; i++)
        g_ptr_array_add(sets, machine.sets[i]);
    for (guint i = 0; i < G_N_ELEMENTS(rules); i++)
        g_ptr_array_add(sets, (gpointer)rules[i]);
    machine.sets = (char *const *)sets->pdata;
    burst.run = lad_profile_run_begin(&machine, sources, options->models, &watch, error);
    gboolean ok = burst.run != NULL && lad_profile_run_finish(burst.run, progress, error);
    for (guint i = 0; ok && burst.cores != NULL && i < burst.n_cores; i++)
        close_window(&burst, i);
    if (ok && (burst.cores == NULL || burst.windows->len == 0))
        g_set_error_literal(
            error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
            "there is no window: expected a trace of `capture --burst`, or one that "
            "`trace stitch` has made, with windows longer than what warms them");
    else if (ok)
        findings = tell(&burst, options, sources);
    burst_clear(&burst);
    return findings;
}
