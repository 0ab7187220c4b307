/* latency.c - a pair of runs, with prefetchers and without, and what they differ in.
 *
 * Coverage is that of the run with prefetchers: first uses of their lines over those and the misses
 * that are left. Accuracy is uses over lines asked for. Overhead compares the bytes that memory
 * moves, and the bytes per second, as performance counters of memory see them.
 */
#include "config.h"
#include "analysis/profile/latency.h"
#include <math.h>
#include <string.h>

enum { WITHOUT, WITH, N_RUNS };

/* What a run comes to. */
typedef struct {
    double instructions, ticks, seconds;
    double read_bytes, write_bytes;
} Totals;

typedef struct {
    LadProfileRun *run[N_RUNS];
    Totals totals[N_RUNS];
    char **groups; /* "prefetcher.NAME" */
} Pair;

static void
pair_clear(Pair *pair)
{
    for (guint i = 0; i < N_RUNS; i++)
        g_clear_pointer(&pair->run[i], lad_profile_run_free);
    g_clear_pointer(&pair->groups, g_strfreev);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pair, pair_clear)

static double
ratio(double numerator, double denominator)
{
    return denominator > 0 ? numerator / denominator : NAN;
}

static double
sum_parts(const LadProfileRun *run, const char *prefix, const char *counter)
{
    return (double)lad_profile_run_sum_parts(run, prefix, counter);
}

static Totals
totals_of(const LadProfileRun *run)
{
    LadTime start, length;
    lad_run_phase_time(lad_profile_run_get(run), LAD_PHASE_MEASURED, &start, &length);
    return (Totals){
        .instructions = sum_parts(run, "core", "instructions"),
        .ticks = sum_parts(run, "core", "ticks"),
        .seconds = (double)length / (double)LAD_S,
        .read_bytes = sum_parts(run, "tier_", "read_bytes"),
        .write_bytes = sum_parts(run, "tier_", "write_bytes"),
    };
}

/* ---- Prefetchers and levels ---------------------------------------------------------------------
 */

static double
counted(const Pair *pair, const char *group, const char *counter)
{
    return (double)lad_profile_run_sum(pair->run[WITH], group, counter);
}

static guint64
number_of(const LadProfileRun *run, const char *group, const char *key)
{
    const char *text = lad_profile_run_setting(run, group, key);
    return text != NULL ? g_ascii_strtoull(text, NULL, 10) : 0;
}

static gboolean
watches_code(const LadProfileRun *run, const char *group)
{
    return g_strcmp0(lad_profile_run_setting(run, group, "side"), "instruction") == 0;
}

static void
tell_prefetchers(const Pair *pair, LadFindings *findings)
{
    static const char *const columns[] = {"prefetcher", "",  "model",   "",  "level",    "1",
                                          "side",       "",  "issued",  "1", "useful",   "1",
                                          "late",       "1", "useless", "1", "accuracy", "1",
                                          "coverage",   "1", NULL};
    static const char *const counters[] = {"issued", "useful", "late", "useless"};
    LadFindingsTable *table = lad_findings_table(
        findings, "prefetchers",
        "lines asked for, used, used while still under way, and thrown out unused; accuracy: "
        "useful / issued; coverage: useful / (misses and first uses at that cache)",
        columns);
    for (char **group = pair->groups; *group != NULL; group++) {
        const LadProfileRun *run = pair->run[WITH];
        const char *model = lad_profile_run_setting(run, *group, "model");
        lad_findings_put_text(table, strchr(*group, '.') + 1);
        lad_findings_put_text(table, model != NULL ? model : "");
        lad_findings_put_count(table, number_of(run, *group, "level"));
        lad_findings_put_text(table, watches_code(run, *group) ? "instruction" : "data");
        for (guint i = 0; i < G_N_ELEMENTS(counters); i++)
            lad_findings_put_count(table, (guint64)counted(pair, *group, counters[i]));
        double useful = counted(pair, *group, "useful");
        lad_findings_put_real(table, ratio(useful, counted(pair, *group, "issued")));
        lad_findings_put_real(table, ratio(useful, counted(pair, *group, "demands")));
    }
}

/* Misses at the caches of a level: of fetches, or of loads and stores. */
static double
misses_at(const LadProfileRun *run, guint64 level, gboolean code)
{
    double sum = 0;
    g_auto(GStrv) caches = lad_profile_run_groups(run, "cache");
    for (char **cache = caches; *cache != NULL; cache++) {
        if (number_of(run, *cache, "level") != level)
            continue;
        sum += code ? (double)lad_profile_run_sum(run, *cache, "fetch_misses")
                    : (double)lad_profile_run_sum(run, *cache, "load_misses") +
                          (double)lad_profile_run_sum(run, *cache, "store_misses");
    }
    return sum;
}

static void
tell_level(const Pair *pair, LadFindings *findings, LadFindingsTable *table, guint64 level,
           gboolean code)
{
    const LadProfileRun *run = pair->run[WITH];
    double issued = 0, useful = 0, late = 0, demands = 0;
    for (char **group = pair->groups; *group != NULL; group++) {
        if (number_of(run, *group, "level") != level || watches_code(run, *group) != code)
            continue;
        issued += counted(pair, *group, "issued");
        useful += counted(pair, *group, "useful");
        late += counted(pair, *group, "late");
        /* All prefetchers of a cache see the same. */
        demands = counted(pair, *group, "demands");
    }
    if (!(demands > 0))
        return;
    double without = misses_at(pair->run[WITHOUT], level, code);
    double with = misses_at(run, level, code);
    lad_findings_put_count(table, level);
    lad_findings_put_text(table, code ? "instruction" : "data");
    lad_findings_put_real(table, ratio(useful, issued));
    lad_findings_put_real(table, ratio(useful, demands));
    lad_findings_put_real(table, ratio(late, useful));
    lad_findings_put_count(table, (guint64)without);
    lad_findings_put_count(table, (guint64)with);
    lad_findings_put_real(table, 1 - ratio(with, without));
    g_autofree char *accuracy =
        g_strdup_printf("accuracy_l%u%s", (guint)level, code ? "_code" : "");
    g_autofree char *coverage =
        g_strdup_printf("coverage_l%u%s", (guint)level, code ? "_code" : "");
    lad_findings_real(findings, accuracy, "1", ratio(useful, issued));
    lad_findings_real(findings, coverage, "1", ratio(useful, demands));
}

static void
tell_levels(const Pair *pair, LadFindings *findings)
{
    static const char *const columns[] = {
        "level", "1", "side",           "",  "accuracy",    "1", "coverage",     "1",
        "late",  "1", "misses without", "1", "misses with", "1", "misses saved", "1",
        NULL};
    LadFindingsTable *table = lad_findings_table(
        findings, "levels",
        "all prefetchers of a level together; misses without prefetchers and with them, and the "
        "share of them that is saved",
        columns);
    for (guint64 level = 1; level <= 3; level++)
        for (guint code = 0; code < 2; code++)
            tell_level(pair, findings, table, level, code == 1);
}

/* ---- The pair -----------------------------------------------------------------------------------
 */

static void
tell_change(LadFindings *findings, const char *name, const char *unit, double without, double with)
{
    g_autofree char *one = g_strdup_printf("%s_without", name);
    g_autofree char *other = g_strdup_printf("%s_with", name);
    g_autofree char *change = g_strdup_printf("%s_change", name);
    lad_findings_real(findings, one, unit, without);
    lad_findings_real(findings, other, unit, with);
    lad_findings_real(findings, change, "%", 100 * (ratio(with, without) - 1));
}

static double
ipc(const Totals *totals)
{
    return ratio(16 * totals->instructions, totals->ticks);
}

static double
bytes(const Totals *totals)
{
    return totals->read_bytes + totals->write_bytes;
}

static void
tell_pair(const Pair *pair, LadFindings *findings)
{
    const Totals *without = &pair->totals[WITHOUT], *with = &pair->totals[WITH];
    tell_change(findings, "ipc", "cycle-1", ipc(without), ipc(with));
    tell_change(findings, "memory_traffic", "byte", bytes(without), bytes(with));
    tell_change(findings, "memory_bandwidth", "byte s-1", ratio(bytes(without), without->seconds),
                ratio(bytes(with), with->seconds));
}

/* Where the time goes: rows of the top-down account. */
static void
tell_topdown(const Pair *pair, LadFindings *findings)
{
    static const char *const columns[] = {"time in", "", "without", "%", "with", "%", NULL};
    static const struct {
        const char *title;
        const char *counters[2];
    } rows[] = {
        {"base", {"base", NULL}},
        {"front end", {"fetch_cache", "fetch_tlb"}},
        {"bandwidth bound", {"bandwidth_bound", NULL}},
        {"latency bound", {"latency_bound", NULL}},
        {"TLB walks", {"walk", NULL}},
        {"faults and kernel", {"fault", "kernel"}},
    };
    LadFindingsTable *table = lad_findings_table(
        findings, "topdown", "where the cores' time goes, without prefetchers and with them",
        columns);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        lad_findings_put_text(table, rows[i].title);
        for (guint r = 0; r < N_RUNS; r++) {
            double ticks = 0;
            for (guint c = 0; c < 2 && rows[i].counters[c] != NULL; c++)
                ticks += sum_parts(pair->run[r], "core", rows[i].counters[c]);
            lad_findings_put_real(table, 100 * ratio(ticks, pair->totals[r].ticks));
        }
    }
}

/* The usual machine with a core whose misses overlap: what a prefetch saves is not all of a miss.
 */
static char **
settings_of(const LadProfileMachine *machine)
{
    GPtrArray *sets = g_ptr_array_new();
    if (machine->machine == NULL)
        g_ptr_array_add(sets, g_strdup("core.model=window"));
    for (guint i = 0; machine->sets != NULL && machine->sets[i] != NULL; i++)
        g_ptr_array_add(sets, g_strdup(machine->sets[i]));
    g_ptr_array_add(sets, NULL);
    return (char **)g_ptr_array_free(sets, FALSE);
}

static gboolean
run_pair(Pair *pair, LadProfileSources *sources, const LadLatencyOptions *options,
         const LadToolboxProgress *progress, GError **error)
{
    g_auto(GStrv) sets = settings_of(options->machine);
    for (guint i = 0; i < N_RUNS; i++) {
        LadProfileMachine machine = *options->machine;
        machine.sets = sets;
        machine.prefetchers = i == WITH ? options->prefetchers : NULL;
        machine.standard_prefetchers =
            options->prefetchers == NULL ? LAD_PROFILE_PREFETCHERS : NULL;
        machine.no_prefetchers = i == WITHOUT && options->prefetchers == NULL;
        pair->run[i] = lad_profile_run(&machine, sources, options->models, NULL, progress, error);
        if (pair->run[i] == NULL)
            return FALSE;
        pair->totals[i] = totals_of(pair->run[i]);
    }
    pair->groups = lad_profile_run_groups(pair->run[WITH], "prefetcher");
    if (pair->totals[WITH].ticks > 0)
        return TRUE;
    g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                        "the machine's cores keep no time; expected [core] model = in-order or "
                        "window");
    return FALSE;
}

LadFindings *
lad_profile_latency(LadProfileSources *sources, const LadLatencyOptions *options,
                    const LadToolboxProgress *progress, GError **error)
{
    if (lad_profile_sources_level(sources) != LAD_LEVEL_INSTRUCTION) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                            "prefetchers see what misses the caches, so the profile needs traces "
                            "of level instruction");
        return NULL;
    }
    g_auto(Pair) pair = {.groups = NULL};
    if (!run_pair(&pair, sources, options, progress, error))
        return NULL;
    LadFindings *findings = lad_findings_new("latency");
    lad_profile_run_tell(pair.run[WITH], findings);
    tell_pair(&pair, findings);
    tell_levels(&pair, findings);
    tell_prefetchers(&pair, findings);
    tell_topdown(&pair, findings);
    return findings;
}
