/* code.c - the pass over the instructions, the run, and what is told of both.
 *
 * Code is static, so each entry of the dictionary is counted and its lines are gone over once per
 * slice of a stream. A fetch is a line that a block executes from: a block of two lines makes two,
 * however many instructions they have. */
#include "config.h"
#include "analysis/profile/code.h"
#include "analysis/profile/code_pages.h"
#include "analysis/profile/traffic.h"
#include <math.h>
#include <string.h>

#define LINE_SHIFT 6
#define HUGE_SHIFT 21
#define MAP_ROWS   64
#define CURVE_ROWS 200
#define PAIR_CORES 16 /* with more cores only the summary of their correlations is told */

typedef struct {
    LadProfileSources *sources;
    const LadCodeOptions *options;
    GArray *pages;        /* LadCodePage */
    GHashTable *by_place; /* number of a page's place to index + 1 */
    GArray **executions;  /* guint64 by entry, of the slice, by trace */
    const LadProfileStream *stream;
    guint index, slice;
    guint64 at, length; /* instructions of the stream, done and in all */
    guint64 n_insns, n_fetched;
    guint64 *cpus; /* by stream, + 1; 0: not told */
    gboolean sampled;
    LadCodeEvents *samples; /* by processor */
    LadCodeEvents *misses;  /* of the I-TLB, by core */
    guint64 n_walks;
    LadProfileRun *run;
} Code;

/* ---- Pages ------------------------------------------------------------------------------------
 */

static LadCodePage *
page_at(Code *code, guint64 number)
{
    guint index =
        GPOINTER_TO_UINT(g_hash_table_lookup(code->by_place, GSIZE_TO_POINTER((gsize)number)));
    if (index == 0) {
        LadCodePage page = {.place = number};
        g_array_append_val(code->pages, page);
        index = code->pages->len;
        g_hash_table_insert(code->by_place, GSIZE_TO_POINTER((gsize)number),
                            GUINT_TO_POINTER(index));
    }
    return &g_array_index(code->pages, LadCodePage, index - 1);
}

/* The line that holds the address is fetched `n` times by the stream that is looked at. */
static void
fetch_line(Code *code, guint64 address, guint64 n)
{
    guint64 place = lad_profile_place(code->sources, code->stream, address);
    LadCodePage *page = page_at(code, place >> LAD_PAGE_SHIFT);
    page->lines |= (guint64)1 << (place >> LINE_SHIFT & 63);
    page->fetches += n;
    page->slices[code->slice] += n;
    code->n_fetched += n;
    if (page->last_stream != code->index + 1) {
        page->last_stream = code->index + 1;
        page->n_streams++;
    }
    if (page->last_space != code->stream->space + 1) {
        page->last_space = code->stream->space + 1;
        page->n_spaces++;
    }
}

static void
fetch_block(Code *code, const LadBlock *block, guint64 n)
{
    guint64 end = block->pc;
    for (guint i = 0; i < block->n_insns; i++)
        end += MAX(block->insns[i].length, 1);
    if (end == block->pc)
        return;
    for (guint64 line = block->pc >> LINE_SHIFT; line <= (end - 1) >> LINE_SHIFT; line++)
        fetch_line(code, line << LINE_SHIFT, n);
}

/* What was executed since the last time goes to its pages. */
static void
settle(Code *code)
{
    if (code->stream == NULL)
        return;
    GArray *executions = code->executions[code->stream->trace];
    const LadCode *dictionary = lad_trace_reader_code(
        g_array_index(code->sources->traces, LadProfileTrace, code->stream->trace).reader);
    for (guint32 token = 0; token < executions->len; token++) {
        guint64 *n = &g_array_index(executions, guint64, token);
        const LadEntry *entry = *n > 0 ? lad_code_entry(dictionary, token) : NULL;
        for (guint32 b = 0; entry != NULL && b < entry->n_blocks; b++)
            fetch_block(code, entry->blocks[b], *n);
        *n = 0;
    }
}

static void
begin_stream(Code *code, const LadStretch *stretch)
{
    LadTraceReader *reader =
        g_array_index(code->sources->traces, LadProfileTrace, stretch->stream->trace).reader;
    settle(code);
    code->stream = stretch->stream;
    code->index = stretch->index;
    code->at = 0;
    code->slice = 0;
    code->length = MAX(lad_trace_reader_n_insns(reader, stretch->stream->stream), 1);
}

static void
advance(Code *code, guint64 n_insns)
{
    code->n_insns += n_insns;
    code->at += n_insns;
    guint slice = (guint)MIN(code->at * LAD_CODE_SLICES / code->length, LAD_CODE_SLICES - 1);
    if (slice == code->slice)
        return;
    settle(code);
    code->slice = slice;
}

static gboolean
take_record(Code *code, const LadRecord *record, GError **error)
{
    if (record->kind == LAD_RECORD_FETCH) {
        fetch_line(code, record->address, 1);
        guint64 cpu = code->cpus[code->index];
        guint64 place = lad_profile_place(code->sources, code->stream, record->address);
        if (code->sampled && cpu > 0)
            lad_code_events_add(code->samples, cpu - 1, place >> LAD_PAGE_SHIFT, 1);
    } else if (record->kind == LAD_RECORD_SWITCH && (record->flags & LAD_SWITCH_CPU) != 0) {
        code->cpus[code->index] = record->address == G_MAXUINT64 ? 0 : record->address + 1;
    } else if (record->kind == LAD_RECORD_MAP || record->kind == LAD_RECORD_UNMAP ||
               record->kind == LAD_RECORD_FORK) {
        settle(code);
        return lad_profile_map(code->sources, code->stream, record, error);
    }
    return TRUE;
}

static gboolean
take_stretch(gpointer data, const LadStretch *stretch, GError **error)
{
    Code *code = data;
    const LadBatch *batch = stretch->batch;
    const LadCode *dictionary = lad_trace_reader_code(
        g_array_index(code->sources->traces, LadProfileTrace, stretch->stream->trace).reader);
    if (stretch->stream != code->stream)
        begin_stream(code, stretch);
    GArray *executions = code->executions[stretch->stream->trace];
    guint32 n_entries = lad_code_n_entries(dictionary);
    if (executions->len < n_entries)
        g_array_set_size(executions, n_entries);
    for (guint32 t = stretch->first; t < stretch->end; t++) {
        guint32 token = batch->tokens[t];
        if (!(token & LAD_TOKEN_RECORD)) {
            g_array_index(executions, guint64, token)++;
        } else if (!take_record(code, &batch->records[token & ~LAD_TOKEN_RECORD], error)) {
            return FALSE;
        }
    }
    advance(code, batch->n_insns);
    return TRUE;
}

/* ---- On a machine -----------------------------------------------------------------------------
 */

/* The stream of a thread: of its process, whichever trace that is of. */
static const LadProfileStream *
stream_of(const Code *code, const LadThread *thread)
{
    guint i = thread->id;
    return &g_array_index(code->sources->streams, LadProfileStream,
                          MIN(i, code->sources->streams->len - 1));
}

static void
watch_misses(void *data, const LadThread *thread, guint core, gboolean fetch, gboolean walked,
             guint64 vpage)
{
    Code *code = data;
    if (!fetch)
        return;
    code->n_walks += walked ? 1 : 0;
    guint64 place =
        lad_profile_place(code->sources, stream_of(code, thread), vpage << LAD_PAGE_SHIFT);
    lad_code_events_add(code->misses, core, place >> LAD_PAGE_SHIFT, 1);
}

static gboolean
run_machine(Code *code, const LadToolboxProgress *progress, GError **error)
{
    const LadWatch watch = {.tlb_miss = watch_misses, .data = code};
    code->run = lad_profile_run(code->options->machine, code->sources, code->options->models,
                                &watch, progress, error);
    return code->run != NULL;
}

/* ---- Telling ----------------------------------------------------------------------------------
 */

static int
compare_places(gconstpointer a, gconstpointer b)
{
    guint64 x = ((const LadCodePage *)a)->place, y = ((const LadCodePage *)b)->place;
    return x < y ? -1 : x > y;
}

static const LadCodePage *
page_number(const Code *code, guint i)
{
    return &g_array_index(code->pages, LadCodePage, i);
}

static void
tell_footprint(const Code *code, LadFindings *findings)
{
    guint64 lines = 0, huge = 0, by_streams = 0, by_spaces = 0, last = G_MAXUINT64;
    for (guint i = 0; i < code->pages->len; i++) {
        const LadCodePage *page = page_number(code, i);
        lines += (guint64)__builtin_popcountll(page->lines);
        by_streams += page->n_streams > 1;
        by_spaces += page->n_spaces > 1;
        guint64 of = page->place >> (HUGE_SHIFT - LAD_PAGE_SHIFT);
        huge += of != last;
        last = of;
    }
    double n = (double)MAX(code->pages->len, 1);
    lad_findings_count(findings, "instructions", "1", code->n_insns);
    lad_findings_count(findings, "line_fetches", "1", code->n_fetched);
    lad_findings_count(findings, "footprint_lines", "bytes", lines << LINE_SHIFT);
    lad_findings_count(findings, "footprint_pages", "bytes",
                       (guint64)code->pages->len << LAD_PAGE_SHIFT);
    lad_findings_count(findings, "footprint_huge_pages", "bytes", huge << HUGE_SHIFT);
    lad_findings_real(findings, "lines_of_a_page", "1", (double)lines / n);
    lad_findings_real(findings, "pages_of_several_streams", "1", (double)by_streams / n);
    lad_findings_real(findings, "pages_of_several_processes", "1", (double)by_spaces / n);
}

static int
compare_counts(gconstpointer a, gconstpointer b)
{
    guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;
    return x > y ? -1 : x < y;
}

static void
tell_shares(const Code *code, LadFindings *findings)
{
    static const char *const columns[] = {"share_of_fetches", "1", "pages", "1",
                                          "share_of_pages",   "1", NULL};
    static const char *const curve_columns[] = {"pages", "%", "fetches", "%", NULL};
    guint n = code->pages->len;
    g_autofree guint64 *fetches = g_new(guint64, n + 1);
    guint64 sum = 0, so_far = 0, next = 0;
    for (guint i = 0; i < n; i++)
        sum += fetches[i] = page_number(code, i)->fetches;
    qsort(fetches, n, sizeof *fetches, compare_counts);
    LadFindingsTable *table =
        lad_findings_table(findings, "shares",
                           "The fewest pages of code that a share of the fetches goes to", columns);
    for (guint i = 0; i < LAD_TRAFFIC_SHARES; i++) {
        guint64 carry = lad_traffic_carry(fetches, n, sum, lad_traffic_shares[i]);
        lad_findings_put_real(table, lad_traffic_shares[i]);
        lad_findings_put_count(table, carry);
        lad_findings_put_real(table, n > 0 ? (double)carry / n : (double)NAN);
    }
    LadFindingsTable *curve = lad_findings_table(
        findings, "curve", "Share of the fetches that the hottest pages of code have",
        curve_columns);
    for (guint64 i = 0; i <= n && n > 0; i++) {
        if (i >= next || i == n) {
            lad_findings_put_real(curve, 100.0 * (double)i / n);
            lad_findings_put_real(curve, 100.0 * (double)so_far / (double)MAX(sum, 1));
            next = MAX(i + 1, (i * CURVE_ROWS / n + 1) * n / CURVE_ROWS);
        }
        so_far += i < n ? fetches[i] : 0;
    }
}

/* Rows of pages that lie side by side among those executed, columns of time. */
static void
tell_map(const Code *code, LadFindings *findings)
{
    guint n = code->pages->len, rows = MIN(n, MAP_ROWS);
    g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(columns, g_strdup("place"));
    g_ptr_array_add(columns, g_strdup("MiB"));
    for (guint s = 0; s < LAD_CODE_SLICES; s++) {
        g_ptr_array_add(columns, g_strdup_printf("%.6g", 100.0 * (s + 0.5) / LAD_CODE_SLICES));
        g_ptr_array_add(columns, g_strdup(""));
    }
    g_ptr_array_add(columns, NULL);
    LadFindingsTable *table = lad_findings_table(
        findings, "map",
        "Line fetches of a page, by place among the executed pages and by time (in percent of each "
        "stream)",
        (const char *const *)columns->pdata);
    for (guint row = 0; row < rows; row++) {
        guint first = (guint)((guint64)row * n / rows),
              end = (guint)((guint64)(row + 1) * n / rows);
        lad_findings_put_real(table,
                              (first + end) / 2.0 * (double)LAD_PAGE_BYTES / (double)LAD_MIB);
        for (guint s = 0; s < LAD_CODE_SLICES; s++) {
            guint64 sum = 0;
            for (guint i = first; i < end; i++)
                sum += page_number(code, i)->slices[s];
            lad_findings_put_real(table, sum > 0 ? (double)sum / (end - first) : (double)NAN);
        }
    }
}

static void
tell_correlations(const LadCodeEvents *events, LadFindings *findings, const char *of)
{
    static const char *const columns[] = {"core",          "1", "other", "1", "correlation", "1",
                                          "without_noise", "1", NULL};
    guint n = lad_code_events_n_cores(events), n_pairs = 0;
    double sum = 0, quiets = 0, least = 1, most = -1;
    g_autofree char *caption =
        g_strdup_printf("Pearson's correlation of %s by page, two cores at a time", of);
    LadFindingsTable *table = lad_findings_table(findings, "correlations", caption, columns);
    for (guint a = 0; a < n; a++)
        for (guint b = a + 1; b < n; b++) {
            double quiet, r = lad_code_events_correlate(events, a, b, &quiet);
            if (n <= PAIR_CORES) {
                lad_findings_put_count(table, lad_code_events_core(events, a));
                lad_findings_put_count(table, lad_code_events_core(events, b));
                lad_findings_put_real(table, r);
                lad_findings_put_real(table, quiet);
            }
            if (isnan(r))
                continue;
            sum += r;
            quiets += quiet;
            n_pairs++;
            least = MIN(least, r);
            most = MAX(most, r);
        }
    lad_findings_text(findings, "correlated", of);
    lad_findings_count(findings, "correlated_pages", "1", lad_code_events_n_pages(events));
    lad_findings_real(findings, "correlation_mean", "1", n_pairs > 0 ? sum / n_pairs : (double)NAN);
    lad_findings_real(findings, "correlation_without_noise", "1",
                      n_pairs > 0 ? quiets / n_pairs : (double)NAN);
    lad_findings_real(findings, "correlation_least", "1", n_pairs > 0 ? least : (double)NAN);
    lad_findings_real(findings, "correlation_most", "1", n_pairs > 0 ? most : (double)NAN);
}

static double
per_thousand(guint64 n, guint64 of)
{
    return of > 0 ? 1000.0 * (double)n / (double)of : (double)NAN;
}

/* Where the time of the cores goes, page faults left out: a trace of milliseconds has mostly first
 * touches. */
static void
tell_stalls(const Code *code, LadFindings *findings)
{
    static const struct {
        const char *name, *counters[3];
    } rows[] = {
        {"time_base", {"base", NULL, NULL}},
        {"time_front_end", {"fetch_cache", "fetch_tlb", NULL}},
        {"time_latency", {"memory_latency", NULL, NULL}},
        {"time_bandwidth", {"memory_bandwidth", NULL, NULL}},
        {"time_walks", {"walk", NULL, NULL}},
    };
    guint64 sums[G_N_ELEMENTS(rows)] = {0}, all = 0;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (guint k = 0; rows[i].counters[k] != NULL; k++)
            sums[i] += lad_profile_run_sum_parts(code->run, "core", rows[i].counters[k]);
        all += sums[i];
    }
    guint64 n = lad_profile_run_sum_parts(code->run, "core", "instructions");
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        lad_findings_real(findings, rows[i].name, "1",
                          all > 0 ? (double)sums[i] / (double)all : (double)NAN);
    lad_findings_real(findings, "ipc_without_faults", "1",
                      all > 0 ? 16.0 * (double)n / (double)all : (double)NAN);
}

static void
tell_levels(const Code *code, LadFindings *findings)
{
    static const char *const columns[] = {
        "level",      "",  "fetches",   "1", "fetch_misses",   "1",
        "fetch_mpki", "1", "data_mpki", "1", "hit_ratio_data", "1",
        NULL};
    LadFindingsTable *table = lad_findings_table(
        findings, "levels", "Misses per thousand instructions, by cache", columns);
    guint64 n = lad_profile_run_sum_parts(code->run, "core", "instructions");
    g_auto(GStrv) caches = lad_profile_run_groups(code->run, "cache");
    gboolean told = FALSE; /* of the first level that has data */
    for (guint i = 0; caches[i] != NULL; i++) {
        guint64 fetches = lad_profile_run_sum(code->run, caches[i], "fetches");
        guint64 misses = lad_profile_run_sum(code->run, caches[i], "fetch_misses");
        guint64 data = lad_profile_run_sum(code->run, caches[i], "loads") +
                       lad_profile_run_sum(code->run, caches[i], "stores");
        guint64 data_misses = lad_profile_run_sum(code->run, caches[i], "load_misses") +
                              lad_profile_run_sum(code->run, caches[i], "store_misses");
        lad_findings_put_text(table, caches[i]);
        lad_findings_put_count(table, fetches);
        lad_findings_put_count(table, misses);
        lad_findings_put_real(table, per_thousand(misses, n));
        lad_findings_put_real(table, per_thousand(data_misses, n));
        double hits = data > 0 ? 1 - (double)data_misses / (double)data : (double)NAN;
        lad_findings_put_real(table, hits);
        if (data == 0 || told)
            continue;
        told = TRUE;
        guint64 stores = lad_profile_run_sum(code->run, caches[i], "stores");
        lad_findings_real(findings, "l1d_hit_ratio", "1", hits);
        lad_findings_real(findings, "reads_per_write", "1",
                          stores > 0 ? (double)(data - stores) / (double)stores : (double)NAN);
    }
    guint64 itlb = 0;
    for (guint i = 0; i < lad_code_events_n_cores(code->misses); i++)
        itlb += lad_code_events_sum(code->misses, i);
    lad_findings_real(findings, "itlb_mpki", "1", per_thousand(itlb, code->n_insns));
    lad_findings_real(findings, "itlb_walks_pki", "1", per_thousand(code->n_walks, code->n_insns));
}

static LadFindings *
tell(Code *code)
{
    LadFindings *findings = lad_findings_new("code");
    const char *sampled = lad_profile_sources_sampled(code->sources);
    g_array_sort(code->pages, compare_places);
    lad_findings_text(findings, "source",
                      code->sampled ? "samples of fetches" : "every instruction");
    if (sampled != NULL)
        lad_findings_note(
            findings,
            "the trace is a sample (%s): each sampled fetch counts once, and code that "
            "is seldom executed may be missing",
            sampled);
    tell_footprint(code, findings);
    if (code->run != NULL) {
        lad_profile_run_tell(code->run, findings);
        tell_levels(code, findings);
        tell_stalls(code, findings);
        tell_correlations(code->misses, findings, "misses of the first-level I-TLB");
    } else if (lad_code_events_n_cores(code->samples) > 0) {
        tell_correlations(code->samples, findings, "samples of processors");
    }
    tell_shares(code, findings);
    tell_map(code, findings);
    return findings;
}

static gboolean
gather(Code *code, const LadToolboxProgress *progress, GError **error)
{
    if (!lad_profile_replay(code->sources, LAD_PROFILE_APART, 1, take_stretch, code, progress,
                            error))
        return FALSE;
    settle(code);
    if (code->pages->len == 0) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                            "the traces have no instructions to look at; expected a trace of level "
                            "instruction, or samples of fetches (of perf-script: import with "
                            "--option what=code)");
        return FALSE;
    }
    return code->options->no_machine || code->sampled ||
           lad_profile_sources_level(code->sources) != LAD_LEVEL_INSTRUCTION ||
           run_machine(code, progress, error);
}

LadFindings *
lad_profile_code(LadProfileSources *sources, const LadCodeOptions *options,
                 const LadToolboxProgress *progress, GError **error)
{
    guint n_traces = sources->traces->len;
    Code code = {.sources = sources,
                 .options = options,
                 .pages = g_array_new(FALSE, TRUE, sizeof(LadCodePage)),
                 .by_place = g_hash_table_new(g_direct_hash, g_direct_equal),
                 .executions = g_new0(GArray *, n_traces),
                 .cpus = g_new0(guint64, sources->streams->len),
                 .sampled = lad_profile_sources_sampled(sources) != NULL &&
                            lad_profile_sources_level(sources) == LAD_LEVEL_PAGE,
                 .samples = lad_code_events_new(),
                 .misses = lad_code_events_new()};
    for (guint i = 0; i < n_traces; i++)
        code.executions[i] = g_array_new(FALSE, TRUE, sizeof(guint64));
    gboolean ok = gather(&code, progress, error);
    LadFindings *findings = ok ? tell(&code) : NULL;
    for (guint i = 0; i < n_traces; i++)
        g_array_unref(code.executions[i]);
    g_free(code.executions);
    g_free(code.cpus);
    g_array_unref(code.pages);
    g_hash_table_unref(code.by_place);
    lad_code_events_free(code.samples);
    lad_code_events_free(code.misses);
    lad_profile_run_free(code.run);
    return findings;
}
