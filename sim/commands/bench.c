/* bench.c - memladder bench: how fast this machine decodes and replays a trace.
 *
 * Each measurement runs in a process of its own, so that its CPU time and peak memory are its own.
 */
#include "config.h"
#include "sim/base/config_store.h"
#include "sim/commands/bench_sweep.h"
#include "sim/commands/command.h"
#include "sim/commands/measure.h"
#include <memladder/configuration.h>
#include <memladder/trace.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char **traces; /* GOption's rest: none or one */
    char *format;
    char **only;
    int repeat;
    int sweep; /* points; 0: not measured */
    gboolean capture;
} Arguments;

typedef struct {
    const char *name;
    const char *what;
    const char *config;   /* under configs/; NULL: decoding alone */
    const char *workload; /* under configs/: it replays what this generates; NULL: the trace */
    const char *sample;   /* it profiles reuse, of this share of the pages; NULL: it replays */
} Bench;

static const Bench benches[] = {
    {"decode", "decoding alone, on one thread", NULL, NULL, NULL},
    {"functional", "functional replay: I1, D1, LL", "studies/bench-functional.conf", NULL, NULL},
    {"timed-1", "timed replay, 1 core, TLBs, 3 levels, DDR", "studies/bench-1core.conf", NULL,
     NULL},
    {"timed-4", "timed replay, 4 cores, shared LLC, DDR + CXL, TPP", "studies/bench-4core.conf",
     NULL, NULL},
    {"timed-26", "timed replay, 26 cores, prefetchers, shared LLC, DDR + CXL",
     "studies/bench-26core.conf", NULL, NULL},
    {"page", "page touches by Zipf's law over 512 MiB, DDR + CXL, linux-tiering",
     "studies/bench-page.conf", "workloads/accessgen-zipf.conf", NULL},
    {"offload", "the same in a group: two-list LRU, zswap, PSI and Senpai",
     "studies/bench-offload.conf", "workloads/accessgen-zipf.conf", NULL},
    {"reuse", "profile reuse: distances and miss-ratio curve, exact", NULL, NULL, "100%"},
    {"reuse-sample", "the same of 1 % of the pages", NULL, NULL, "1%"},
};

#define NAMES "decode, functional, timed-1, timed-4, timed-26, page, offload, reuse or reuse-sample"

static gboolean
parse_arguments(Arguments *arguments, int argc, char **argv, GError **error)
{
    arguments->repeat = 3;
    const GOptionEntry entries[] = {
        {"capture", 0, 0, G_OPTION_ARG_NONE, &arguments->capture,
         "measure capture too; done in any case when no trace is given", NULL},
        {"only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &arguments->only,
         "one of " NAMES "; may be repeated", "NAME"},
        {"repeat", 'n', 0, G_OPTION_ARG_INT, &arguments->repeat,
         "measure so often and take the median (default 3)", "N"},
        {"sweep", 0, 0, G_OPTION_ARG_INT, &arguments->sweep,
         "measure a sweep of so many trivial runs of TRACE instead: plan, run, status, merge", "N"},
        {"format", 'f', 0, G_OPTION_ARG_STRING, &arguments->format, "text (default) or json",
         "FORMAT"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->traces, NULL,
         "[TRACE]"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(
        context,
        "Measure decoding and replay of TRACE, or of a trace captured for the purpose: references\n"
        "(instructions and data accesses; page touches) per second of CPU and of wall-clock time,\n"
        "peak memory. Touches of pages (page, offload) are generated for the purpose: on request, "
        "or when "
        "no\n"
        "TRACE is given.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, error))
        return FALSE;
    if (arguments->traces != NULL && arguments->traces[1] != NULL) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE, "expected at most one trace");
        return FALSE;
    }
    if (arguments->sweep < 0 || arguments->sweep > 1000000 ||
        (arguments->sweep > 0 && arguments->traces == NULL)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--sweep=%d: expected 1 to 1000000 points, and a TRACE", arguments->sweep);
        return FALSE;
    }
    if (arguments->repeat < 1 || arguments->repeat > 100) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--repeat=%d: expected 1 to 100",
                    arguments->repeat);
        return FALSE;
    }
    if (arguments->format != NULL && strcmp(arguments->format, "text") != 0 &&
        strcmp(arguments->format, "json") != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--format=%s: expected text or json",
                    arguments->format);
        return FALSE;
    }
    for (guint i = 0; arguments->only != NULL && arguments->only[i] != NULL; i++) {
        gboolean known = FALSE;
        for (guint j = 0; j < G_N_ELEMENTS(benches); j++)
            known |= strcmp(arguments->only[i], benches[j].name) == 0;
        if (!known) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--only=%s: expected " NAMES,
                        arguments->only[i]);
            return FALSE;
        }
    }
    return TRUE;
}

/* ---- The workload that is captured when no trace is given ------------------------------------ */

/* Numbers to sort, the same on every day. */
static gboolean
write_numbers(const char *path, GError **error)
{
    GString *text = g_string_new(NULL);
    guint64 x = 1;
    for (guint i = 0; i < 100000; i++) {
        x = x * G_GUINT64_CONSTANT(6364136223846793005) + G_GUINT64_CONSTANT(1442695040888963407);
        g_string_append_printf(text, "%u\n", (guint)(x >> 40));
    }
    gboolean ok = g_file_set_contents(path, text->str, (gssize)text->len, error);
    g_string_free(text, TRUE);
    return ok;
}

/* The configuration beside the working directory or among the installed presets. */
static char *
find_config(const char *name, GError **error)
{
    g_autofree char *here = g_build_filename("configs", name, NULL);
    char *config = lad_config_search(NULL, here);
    if (config == NULL)
        config = lad_config_search(NULL, name);
    if (config == NULL) {
        g_autofree char *path = lad_config_search_path();
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO,
                    "there is no file %s here, nor %s in %s (LAD_CONFIG_PATH names other places)",
                    here, name, path);
    }
    return config;
}

/* Generates page touches: the program runs its own command, too. */
static gboolean
generate(const char *directory, const char *workload, char **trace, GError **error)
{
    LadMeasure measure = {0};
    g_autofree char *self = g_file_read_link("/proc/self/exe", error);
    g_autofree char *config = self == NULL ? NULL : find_config(workload, error);
    if (config == NULL)
        return FALSE;
    *trace = g_build_filename(directory, "pages.mlt", NULL);
    const char *const argv[] = {self, "trace", "synth",           config,
                                "-o", *trace,  "--progress=none", NULL};
    return lad_measure_program(argv, &measure, error);
}

/* What the trace has, for a measure of a program of our own that went through it. */
static gboolean
count(const char *trace, LadMeasure *measure, GError **error)
{
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(trace, 0, error);
    if (reader == NULL)
        return FALSE;
    for (guint i = 0; i < lad_trace_reader_n_streams(reader); i++) {
        measure->insns += lad_trace_reader_n_insns(reader, i);
        measure->references += lad_trace_reader_n_insns(reader, i);
        measure->references += lad_trace_reader_n_data(reader, i);
    }
    return TRUE;
}

/* Records `sort` on itself: the program runs its own capture command. */
static gboolean
capture(const char *directory, char **trace, LadMeasure *measure, GError **error)
{
    g_autofree char *numbers = g_build_filename(directory, "numbers", NULL);
    g_autofree char *self = g_file_read_link("/proc/self/exe", error);
    if (self == NULL || !write_numbers(numbers, error))
        return FALSE;
    *trace = g_build_filename(directory, "sort.mlt", NULL);
    const char *const argv[] = {self,           "capture", "-o", *trace,      "--",    "sort",
                                "--parallel=1", "-n",      "-o", "/dev/null", numbers, NULL};
    if (!lad_measure_program(argv, measure, error))
        return FALSE;
    return count(*trace, measure, error);
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static double
rate(guint64 n, double seconds)
{
    return seconds > 0 ? (double)n / seconds / 1e6 : 0;
}

static void
print_text(const char *name, const char *what, const LadMeasure *measure)
{
    if (name == NULL) {
        printf("%-11s %12s %10s %10s %10s %10s %9s  %s\n", "what", "references", "Mref/CPU-s",
               "Minsn/CPU-s", "Mref/s", "Minsn/s", "peak MiB", "");
        return;
    }
    printf("%-11s %12" G_GUINT64_FORMAT " %10.1f %11.1f %10.1f %10.1f %9.1f  %s\n", name,
           measure->references, rate(measure->references, measure->cpu_seconds),
           rate(measure->insns, measure->cpu_seconds),
           rate(measure->references, measure->wall_seconds),
           rate(measure->insns, measure->wall_seconds),
           (double)measure->peak_bytes / (double)LAD_MIB, what);
}

static void
print_json(const char *name, const LadMeasure *measure, gboolean first)
{
    printf("%s\n    {\"name\": \"%s\", \"references\": %" G_GUINT64_FORMAT
           ", \"instructions\": %" G_GUINT64_FORMAT
           ", \"cpu_seconds\": %.6f, \"wall_seconds\": %.6f,\n"
           "     \"references_per_cpu_second\": %.0f, \"instructions_per_cpu_second\": %.0f,\n"
           "     \"references_per_second\": %.0f, \"instructions_per_second\": %.0f, "
           "\"peak_bytes\": %" G_GUINT64_FORMAT "}",
           first ? "" : ",", name, measure->references, measure->insns, measure->cpu_seconds,
           measure->wall_seconds, rate(measure->references, measure->cpu_seconds) * 1e6,
           rate(measure->insns, measure->cpu_seconds) * 1e6,
           rate(measure->references, measure->wall_seconds) * 1e6,
           rate(measure->insns, measure->wall_seconds) * 1e6, measure->peak_bytes);
}

/* ---- The command ----------------------------------------------------------------------------- */

static gboolean
is_wanted(const Arguments *arguments, const Bench *bench)
{
    if (arguments->only == NULL)
        return bench->workload == NULL || arguments->traces == NULL;
    return g_strv_contains((const char *const *)arguments->only, bench->name);
}

/* Before minutes are spent on the first ones. */
static gboolean
check_configs(const Arguments *arguments, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(benches); i++) {
        if (benches[i].config == NULL || !is_wanted(arguments, &benches[i]))
            continue;
        g_autofree char *config = find_config(benches[i].config, error);
        if (config == NULL)
            return FALSE;
    }
    return TRUE;
}

/* The program runs its own command; it has the references of the trace. */
static gboolean
measure_reuse(const Bench *bench, const char *trace, LadMeasure *measure, GError **error)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", error);
    g_autofree char *sample = g_strdup_printf("--sample=%s", bench->sample);
    if (self == NULL)
        return FALSE;
    const char *const argv[] = {self, "profile", "reuse", sample, trace, NULL};
    return lad_measure_program(argv, measure, error) && count(trace, measure, error);
}

static gboolean
measure_median(const Bench *bench, const char *trace, int repeat, LadMeasure *median,
               GError **error)
{
    g_autofree LadMeasure *all = g_new0(LadMeasure, (gsize)repeat);
    g_autofree char *config = NULL;
    if (bench->config != NULL) {
        config = find_config(bench->config, error);
        if (config == NULL)
            return FALSE;
    }
    for (int i = 0; i < repeat; i++)
        if (bench->sample != NULL ? !measure_reuse(bench, trace, &all[i], error)
                                  : !lad_measure_replay(config, trace, &all[i], error))
            return FALSE;
    lad_measure_sort(all, (guint)repeat);
    *median = all[repeat / 2];
    return TRUE;
}

static gboolean
run_benches(const Arguments *arguments, const char *trace, const char *pages,
            const LadMeasure *captured, GError **error)
{
    gboolean json = g_strcmp0(arguments->format, "json") == 0;
    gboolean first = TRUE;
    GStatBuf file;
    if (g_stat(trace, &file) != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "%s: %s", trace, g_strerror(errno));
        return FALSE;
    }
    LadMeasure size = {0};
    if (!measure_median(&benches[0], trace, 1, &size, error))
        return FALSE;
    double per_reference = (double)file.st_size / (double)MAX(size.references, 1);
    if (json)
        printf("{\n  \"trace_bytes\": %" G_GUINT64_FORMAT ", \"bytes_per_reference\": %.4f,\n"
               "  \"measurements\": [",
               (guint64)file.st_size, per_reference);
    else
        print_text(NULL, NULL, NULL);
    if (captured != NULL) {
        if (json)
            print_json("capture", captured, first);
        else
            print_text("capture", "sort --parallel=1 -n of 100,000 numbers", captured);
        first = FALSE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(benches); i++) {
        LadMeasure measure = {0};
        if (!is_wanted(arguments, &benches[i]))
            continue;
        if (!measure_median(&benches[i], benches[i].workload ? pages : trace, arguments->repeat,
                            &measure, error))
            return FALSE;
        if (json)
            print_json(benches[i].name, &measure, first);
        else
            print_text(benches[i].name, benches[i].what, &measure);
        first = FALSE;
        fflush(stdout);
    }
    if (json)
        printf("\n  ]\n}\n");
    else
        printf("trace: %.4f bytes per reference\n", per_reference);
    return TRUE;
}

/* The directory for what is made for the purpose, and what is made. */
typedef struct {
    char *directory, *trace, *pages; /* NULL: not made */
} Made;

static void
remove_made(Made *made)
{
    if (made->directory != NULL) {
        g_autofree char *numbers = g_build_filename(made->directory, "numbers", NULL);
        g_unlink(numbers);
    }
    if (made->trace != NULL)
        g_unlink(made->trace);
    if (made->pages != NULL)
        g_unlink(made->pages);
    if (made->directory != NULL)
        g_rmdir(made->directory);
    g_free(made->trace);
    g_free(made->pages);
    g_free(made->directory);
}

/* Make the traces that the wanted measurements need and that were not given. */
static gboolean
make_traces(const Arguments *arguments, gboolean captures, Made *made, LadMeasure *captured,
            GError **error)
{
    made->directory = g_dir_make_tmp("memladder-bench-XXXXXX", error);
    if (made->directory == NULL ||
        (captures && !capture(made->directory, &made->trace, captured, error)))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(benches); i++)
        if (benches[i].workload != NULL && is_wanted(arguments, &benches[i]))
            return generate(made->directory, benches[i].workload, &made->pages, error);
    return TRUE;
}

static int
command_bench(int argc, char **argv, GError **error)
{
    Arguments arguments = {0};
    gboolean ok =
        parse_arguments(&arguments, argc, argv, error) && check_configs(&arguments, error);
    if (ok && arguments.sweep > 0) {
        ok = lad_bench_sweep(arguments.traces[0], (guint)arguments.sweep,
                             g_strcmp0(arguments.format, "json") == 0, error);
    } else if (ok) {
        Made made = {0};
        LadMeasure captured = {0};
        gboolean captures = arguments.capture || arguments.traces == NULL;
        ok = make_traces(&arguments, captures, &made, &captured, error);
        const char *trace = arguments.traces != NULL ? arguments.traces[0] : made.trace;
        ok = ok && run_benches(&arguments, trace, made.pages, captures ? &captured : NULL, error);
        remove_made(&made);
    }
    g_strfreev(arguments.traces);
    g_strfreev(arguments.only);
    g_free(arguments.format);
    return ok ? 0 : 1;
}

const LadCommand lad_command_bench = {
    .name = "bench",
    .summary = "measure how fast a trace is captured, decoded and replayed here",
    .run = command_bench,
};
