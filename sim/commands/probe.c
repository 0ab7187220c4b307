/* probe.c - memladder probe: bandwidth and latency of a tier under open and closed loops.
 *
 * A family of curves, one per read share. Closed loop: more and more reads under way at once, until
 * the bandwidth grows no more. Open loop: lines asked for at even distances, from a quarter of what
 * one read after the other gets, by steps that become finer, up to the last rate that the tier
 * keeps up with. The first part of each load is warm-up and does not count.
 */
#include "config.h"
#include "analysis/probe/streams.h"
#include "analysis/report/draw.h"
#include "analysis/report/html.h"
#include "sim/commands/command.h"
#include <memladder/configuration.h>
#include <stdio.h>
#include <string.h>

#define WARM_UP        (20 * LAD_US)
#define SPAN           (60 * LAD_US) /* of a load at least, warm-up included */
#define IDLE_LATENCIES 400 /* of these too: what the last requests lack of a rate is nothing */
/* An open loop that gets less than this part of what it asks for is beyond saturation. */
#define KEEPS_UP 0.98

typedef enum { LOOP_CLOSED = 1, LOOP_OPEN = 2, LOOP_BOTH = LOOP_CLOSED | LOOP_OPEN } Loops;

typedef struct {
    char **sets;
    char *tier, *stream, *shares, *loop, *output;
    int interval, requests;
    Loops loops;
} Arguments;

/* One load of a family. */
typedef struct {
    gboolean open;
    guint outstanding; /* closed: reads under way */
    double rate;       /* GB/s: asked for, or (closed) expected */
    LadTime span;
} Load;

typedef struct {
    Loops loop;
    double bandwidth, latency; /* GB/s, ns */
} Point;

static void
arguments_clear(Arguments *arguments)
{
    g_strfreev(arguments->sets);
    g_free(arguments->tier);
    g_free(arguments->stream);
    g_free(arguments->shares);
    g_free(arguments->loop);
    g_free(arguments->output);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arguments, arguments_clear)

/* Random lines of 1 GiB, `reads` of 100 of them reads. */
typedef struct {
    LadStream stream;
    guint reads;
    double distance; /* ps between requests of an open loop */
} Mix;

static void
mixed_request(guint64 number, LadProbeRequest *request, void *data)
{
    Mix *mix = data;
    lad_stream_request(number, request, &mix->stream);
    /* Evenly spread: as many reads up to any request as their share. */
    request->write = (number + 1) * mix->reads / 100 == number * mix->reads / 100;
    request->at = (LadTime)((double)number * mix->distance);
}

static gboolean
check_arguments(Arguments *arguments, GError **error)
{
    static const struct {
        const char *name;
        Loops loops;
    } choices[] = {{"closed", LOOP_CLOSED}, {"open", LOOP_OPEN}, {"both", LOOP_BOTH}};
    const char *loop = arguments->loop ? arguments->loop : "both";
    for (guint i = 0; i < G_N_ELEMENTS(choices); i++)
        if (strcmp(loop, choices[i].name) == 0)
            arguments->loops = choices[i].loops;
    if (!arguments->loops)
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--loop=%s: expected open, closed or both",
                    loop);
    else if (arguments->interval < 1 || arguments->requests < 0)
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--interval=%d --requests=%d: expected at least 1", arguments->interval,
                    arguments->requests);
    else if (arguments->stream && (arguments->loop || arguments->output))
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--stream=%s: expected neither --loop nor --output, which a family over read "
                    "shares has",
                    arguments->stream);
    else
        return TRUE;
    return FALSE;
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
         "requests of a load (100000 of a stream; of a family at least 20000)", "N"},
        {"loop", 0, 0, G_OPTION_ARG_STRING, &arguments->loop,
         "load by an open loop, a closed one or both (both)", "open|closed|both"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arguments->output,
         "draw the family: picture, table and script in this directory, made if need be", "DIR"},
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
    return check_arguments(arguments, error);
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

static double
bandwidth_of(const LadProbeResult *result)
{
    double time = (double)(result->last - result->first);
    return time > 0 ? (double)(result->n_reads + result->n_writes) * 64 / time * 1e3 : 0;
}

static double
latency_of(const LadProbeResult *result)
{
    return result->latency_ps / (double)MAX(result->n_reads, 1) / 1e3;
}

static void
print_row(const char *loop, const char *load, guint share, const LadProbeResult *result,
          LadTime clock)
{
    double time = (double)(result->last - result->first), latency = latency_of(result);
    printf("%s\t%s\t%u\t%.4g\t%.5g\t%.5g\t%.6g\t%.6g\n", loop, load, share, bandwidth_of(result),
           latency, (double)result->longest / 1e3, latency * 1e3 / (double)clock,
           (time / (double)clock + 1) / (double)MAX(result->n_reads + result->n_writes, 1));
}

/* One load on a tier that nobody has used; `family` NULL: the stream of `mix` as it is. */
static gboolean
probe_once(const Arguments *arguments, const char *path, Mix *mix, const Load *family,
           LadProbeResult *result, GError **error)
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
    if (family) {
        load.request = mixed_request;
        load.data = mix;
        load.outstanding = family->outstanding;
        load.pause = 0;
        load.settle = WARM_UP;
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
    if (!probe_once(arguments, path, &mix, NULL, &result, error))
        return FALSE;
    guint64 n = MAX(result.n_reads + result.n_writes, 1);
    print_row(mix.stream.kind->outstanding ? "closed" : "open", arguments->stream,
              (guint)(result.n_reads * 100 / n), &result, mix.stream.clock);
    return TRUE;
}

/* One load of the family: a row and a point of the picture, unless the tier does not
 * keep up with it. */
static gboolean
probe_load(const Arguments *arguments, const char *path, guint share, const Load *load,
           GArray *points, Point *point, GError **error)
{
    Mix mix = {.stream = {.kind = lad_stream_find("rand")},
               .reads = share,
               .distance = load->open ? 64e3 / load->rate : 0};
    guint64 least = arguments->requests ? (guint64)arguments->requests : 20000;
    /* A rate in GB/s is so many bytes a nanosecond. */
    guint64 fill = (guint64)(load->rate * (double)load->span / 1e3 / 64);
    mix.stream.n = MAX(MAX(least, fill), (guint64)20 * load->outstanding);
    LadProbeResult result;
    if (!probe_once(arguments, path, &mix, load, &result, error))
        return FALSE;
    *point =
        (Point){load->open ? LOOP_OPEN : LOOP_CLOSED, bandwidth_of(&result), latency_of(&result)};
    if (load->open && point->bandwidth < load->rate * KEEPS_UP)
        return TRUE;
    g_autofree char *name =
        load->open ? g_strdup_printf("%.4g", load->rate) : g_strdup_printf("%u", load->outstanding);
    print_row(load->open ? "open" : "closed", name, share, &result, mix.stream.clock);
    g_array_append_val(points, *point);
    return TRUE;
}

/* A closed loop of more and more outstanding reads. */
static gboolean
probe_closed(const Arguments *arguments, const char *path, guint share, GArray *points,
             GError **error)
{
    Point before = {0}, point;
    for (guint k = 1; k <= 8192; k = MAX(k + 1, k * 5 / 4)) {
        /* One more of few is up to twice as fast, later steps are by a quarter. */
        Load load = {.outstanding = k, .rate = before.bandwidth * (k < 5 ? 2 : 1.25), .span = SPAN};
        if (!probe_load(arguments, path, share, &load, points, &point, error))
            return FALSE;
        /* A quarter more no longer get more. */
        if (k > 16 && point.bandwidth < before.bandwidth * 1.002)
            return TRUE;
        before = point;
    }
    return TRUE;
}

/* An open loop at rising rates. */
static gboolean
probe_open(const Arguments *arguments, const char *path, guint share, GArray *points,
           GError **error)
{
    static const double steps[] = {1.25, 1.08, 1.02};
    Load load = {.outstanding = 1, .span = SPAN};
    Mix mix = {.stream = {.kind = lad_stream_find("rand"), .n = 2000}, .reads = share};
    LadProbeResult idle;
    Point point;
    if (!probe_once(arguments, path, &mix, &load, &idle, error))
        return FALSE;
    load = (Load){.open = TRUE,
                  .rate = bandwidth_of(&idle) / 4,
                  .span = MAX(SPAN, (LadTime)(latency_of(&idle) * 1e3 * IDLE_LATENCIES))};
    double kept = 0;
    for (guint i = 0; i < G_N_ELEMENTS(steps);) {
        if (!probe_load(arguments, path, share, &load, points, &point, error))
            return FALSE;
        if (point.bandwidth >= load.rate * KEEPS_UP)
            kept = load.rate;
        else if (kept == 0)
            return TRUE;
        else
            i++;
        if (i < G_N_ELEMENTS(steps))
            load.rate = kept * steps[i];
    }
    return TRUE;
}

/* A block of the picture's table: bandwidth, then the latency by each loop. */
static void
add_block(const Arguments *arguments, guint share, const GArray *points, GString *table)
{
    const Loops order[] = {LOOP_CLOSED, LOOP_OPEN};
    g_string_append(table, table->len ? "\n\nbandwidth_GBps" : "bandwidth_GBps");
    for (guint j = 0; j < G_N_ELEMENTS(order); j++)
        if (arguments->loops & order[j])
            g_string_append_printf(table, "\t%u %% reads, %s", share,
                                   order[j] == LOOP_OPEN ? "open" : "closed");
    g_string_append_c(table, '\n');
    for (guint i = 0; i < points->len; i++) {
        const Point *point = &g_array_index(points, Point, i);
        g_string_append_printf(table, "%.5g", point->bandwidth);
        for (guint j = 0; j < G_N_ELEMENTS(order); j++)
            if (order[j] == point->loop)
                g_string_append_printf(table, "\t%.5g", point->latency);
            else if (arguments->loops & order[j])
                g_string_append(table, "\tNaN");
        g_string_append_c(table, '\n');
    }
}

static gboolean
draw(const char *directory, const char *table, GError **error)
{
    LadDrawing drawing = {"loaded-latency", "loaded-latency", table, 0, NULL};
    g_autofree char *picture =
        lad_html_directory(directory, error) ? lad_draw(&drawing, directory, error) : NULL;
    return picture != NULL;
}

/* The family over `shares`, printed as it comes. */
static gboolean
probe_family(const Arguments *arguments, const char *path, const GArray *shares, GError **error)
{
    g_autoptr(GString) table = g_string_new(NULL);
    for (guint i = 0; i < shares->len; i++) {
        guint share = (guint)g_array_index(shares, guint64, i);
        g_autoptr(GArray) points = g_array_new(FALSE, FALSE, sizeof(Point));
        if (((arguments->loops & LOOP_CLOSED) &&
             !probe_closed(arguments, path, share, points, error)) ||
            ((arguments->loops & LOOP_OPEN) && !probe_open(arguments, path, share, points, error)))
            return FALSE;
        add_block(arguments, share, points, table);
    }
    return !arguments->output || draw(arguments->output, table->str, error);
}

static gboolean
parse_shares(const char *list, GArray *shares, GError **error)
{
    g_auto(GStrv) texts = g_strsplit(list ? list : "100,80,67,50", ",", -1);
    for (guint i = 0; texts[i]; i++) {
        guint64 share = 0;
        if (!g_ascii_string_to_unsigned(g_strstrip(texts[i]), 10, 1, 100, &share, NULL)) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                        "--shares: `%s`; expected percents from 1 to 100", texts[i]);
            return FALSE;
        }
        g_array_append_val(shares, share);
    }
    return TRUE;
}

static int
run(int argc, char **argv, GError **error)
{
    g_auto(Arguments) arguments = {.interval = 16};
    g_autoptr(GArray) shares = g_array_new(FALSE, FALSE, sizeof(guint64));
    if (!parse_arguments(&arguments, &argc, &argv, error) ||
        !parse_shares(arguments.shares, shares, error))
        return 2;
    printf("loop\tload\tread_percent\tbandwidth_GBps\tlatency_ns\tlongest_ns\tlatency_clocks\t"
           "clocks_per_request\n");
    if (arguments.stream)
        return probe_stream(&arguments, argv[1], error) ? 0 : 1;
    return probe_family(&arguments, argv[1], shares, error) ? 0 : 1;
}

const LadCommand lad_command_probe = {
    .name = "probe",
    .summary = "bandwidth and latency of a tier alone",
    .run = run,
};
