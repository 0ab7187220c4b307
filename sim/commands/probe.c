/* probe.c - memladder probe: bandwidth and latency of a tier under open and closed loops. */
#include "config.h"
#include "analysis/probe/streams.h"
#include "sim/commands/command.h"
#include <memladder/configuration.h>
#include <stdio.h>

typedef struct {
    char **sets;
    char *tier, *stream, *shares;
    int interval, requests;
} Arguments;

static void
arguments_clear(Arguments *arguments)
{
    g_strfreev(arguments->sets);
    g_free(arguments->tier);
    g_free(arguments->stream);
    g_free(arguments->shares);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arguments, arguments_clear)

/* Random lines of 1 GiB, `reads` of 100 of them reads. */
typedef struct {
    LadStream stream;
    guint reads;
} Mix;

static void
mixed_request(guint64 number, LadProbeRequest *request, void *data)
{
    Mix *mix = data;
    lad_stream_request(number, request, &mix->stream);
    /* Evenly spread: as many reads up to any request as their share. */
    request->write = (number + 1) * mix->reads / 100 == number * mix->reads / 100;
}

static gboolean
parse_arguments(Arguments *arguments, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &arguments->sets,
         "change one value of the configuration; may be repeated", "GROUP.KEY=VALUE"},
        {"tier", 't', 0, G_OPTION_ARG_STRING, &arguments->tier,
         "the tier to probe (the first there is)", "NAME"},
        {"shares", 0, 0, G_OPTION_ARG_STRING, &arguments->shares,
         "read shares in percent, commas between (100,80,67,50)", "LIST"},
        {"stream", 0, 0, G_OPTION_ARG_STRING, &arguments->stream,
         "feed one request stream instead, as memladder(1) lists them", "NAME"},
        {"interval", 0, 0, G_OPTION_ARG_INT, &arguments->interval,
         "clocks between requests of an open stream (16)", "N"},
        {"requests", 'n', 0, G_OPTION_ARG_INT, &arguments->requests,
         "requests of a load (100000 of a stream, else 20000)", "N"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("TIER.conf");
    g_option_context_set_summary(context,
                                 "Ask a tier for lines, without cores and caches, and print what "
                                 "bandwidth and latency come of it.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, error))
        return FALSE;
    if (*argc != 2) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "expected one configuration with a tier, as tiers/ddr5.conf");
        return FALSE;
    }
    if (arguments->interval < 1 || arguments->requests < 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--interval=%d --requests=%d: expected at least 1", arguments->interval,
                    arguments->requests);
        return FALSE;
    }
    return TRUE;
}

static LadConfig *
read_config(const Arguments *arguments, const char *path, GError **error)
{
    g_autoptr(LadConfig) config = lad_config_new();
    if (!lad_config_read(config, path, error))
        return NULL;
    for (guint i = 0; arguments->sets && arguments->sets[i]; i++)
        if (!lad_config_set(config, arguments->sets[i], error))
            return NULL;
    return g_steal_pointer(&config);
}

static void
print_row(const char *load, guint share, const LadProbeResult *result, LadTime clock)
{
    double time = (double)(result->last - result->first);
    double bytes = (double)(result->n_reads + result->n_writes) * 64;
    double latency = result->latency_ps / (double)MAX(result->n_reads, 1);
    printf("%s\t%u\t%.4g\t%.5g\t%.5g\t%.6g\t%.6g\n", load, share, time > 0 ? bytes / time * 1e3 : 0,
           latency / 1e3, (double)result->longest / 1e3, latency / (double)clock,
           (time / (double)clock + 1) / (double)MAX(result->n_reads + result->n_writes, 1));
}

/* One load on a tier that nobody has used. */
static gboolean
probe_once(const Arguments *arguments, const char *path, Mix *mix, gboolean mixed,
           guint outstanding, LadProbeResult *result, GError **error)
{
    g_autoptr(LadConfig) config = read_config(arguments, path, error);
    if (!config)
        return FALSE;
    g_autoptr(LadProbe) probe = lad_probe_new(config, NULL, error);
    if (!probe)
        return FALSE;
    LadTier *tier = lad_probe_tier(probe, arguments->tier ? arguments->tier : "");
    if (!tier) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "there is no tier `%s` in %s",
                    arguments->tier, path);
        return FALSE;
    }
    g_autofree char *group = g_strdup_printf("tier.%s", tier->name);
    if (!lad_stream_fit(&mix->stream, config, group, error))
        return FALSE;
    LadProbeLoad load = lad_stream_load(&mix->stream);
    if (mixed) {
        load.request = mixed_request;
        load.data = mix;
        load.outstanding = outstanding;
        load.pause = 0;
    }
    return lad_probe_run(probe, tier, &load, result, error);
}

static gboolean
probe_stream(const Arguments *arguments, const char *path, GError **error)
{
    Mix mix = {.stream = {.kind = lad_stream_find(arguments->stream),
                          .interval = (guint64)arguments->interval,
                          .n = arguments->requests ? (guint64)arguments->requests : 100000}};
    LadProbeResult result;
    if (!mix.stream.kind) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--stream=%s: expected seq, rand, seq21, rand21, rowconf, seq4same, seq4diff, "
                    "chase, closed4, closed16 or closed64",
                    arguments->stream);
        return FALSE;
    }
    if (!probe_once(arguments, path, &mix, FALSE, 0, &result, error))
        return FALSE;
    guint64 n = MAX(result.n_reads + result.n_writes, 1);
    print_row(arguments->stream, (guint)(result.n_reads * 100 / n), &result, mix.stream.clock);
    return TRUE;
}

/* A closed loop of more and more outstanding reads. */
static gboolean
probe_share(const Arguments *arguments, const char *path, guint share, GError **error)
{
    double before = 0;
    for (guint k = 1; k <= 8192; k = MAX(k + 1, k * 5 / 4)) {
        Mix mix = {.stream = {.kind = lad_stream_find("rand"),
                              .n = MAX(arguments->requests ? (guint64)arguments->requests : 20000,
                                       (guint64)20 * k)},
                   .reads = share};
        LadProbeResult result;
        if (!probe_once(arguments, path, &mix, TRUE, k, &result, error))
            return FALSE;
        g_autofree char *name = g_strdup_printf("%u", k);
        print_row(name, share, &result, mix.stream.clock);
        double bandwidth = (double)(result.n_reads + result.n_writes) / (double)result.last;
        /* Twice as many no longer get more. */
        if (k > 16 && bandwidth < before * 1.002)
            return TRUE;
        before = bandwidth;
    }
    return TRUE;
}

static int
run(int argc, char **argv, GError **error)
{
    g_auto(Arguments) arguments = {.interval = 16};
    if (!parse_arguments(&arguments, &argc, &argv, error))
        return 2;
    printf("load\tread_percent\tbandwidth_GBps\tlatency_ns\tlongest_ns\tlatency_clocks\t"
           "clocks_per_request\n");
    if (arguments.stream)
        return probe_stream(&arguments, argv[1], error) ? 0 : 1;
    g_auto(GStrv) shares =
        g_strsplit(arguments.shares ? arguments.shares : "100,80,67,50", ",", -1);
    for (guint i = 0; shares[i]; i++) {
        guint64 share = 0;
        if (!g_ascii_string_to_unsigned(g_strstrip(shares[i]), 10, 1, 100, &share, NULL)) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                        "--shares: `%s`; expected percents from 1 to 100", shares[i]);
            return 2;
        }
        if (!probe_share(&arguments, argv[1], (guint)share, error))
            return 1;
    }
    return 0;
}

const LadCommand lad_command_probe = {
    .name = "probe",
    .summary = "bandwidth and latency of a tier alone",
    .run = run,
};
