/* options.c - the options of [run]. */
#include "config.h"
#include "sim/machine/options.h"

static const char *const at_end_names[] = {"stop", "repeat", "error", NULL};
static const char *const idle_names[] = {"auto", "allow", "refuse", NULL};
static const char *const gaps_names[] = {"keep", "warm", "flush", NULL};
static const char *const spaces_names[] = {"separate", "shared", NULL};

#define OPT(field, name, type, def, min, max, help)                                                \
    LAD_OPT(LadRunOptions, field, name, type, def, min, max, help)

const LadOption lad_run_options[] = {
    OPT(traces, "trace", LIST, "", NULL, NULL,
        "traces to replay, comma separated; - is standard input"),
    OPT(hosts, "hosts", LIST, "", NULL, NULL,
        "for each trace the name of the host that replays it; empty: streams go to the host of the "
        "same "
        "number as where they were recorded, or to the only one"),
    OPT(streams, "streams", LIST, "", NULL, NULL,
        "numbers of the streams of each trace to replay; empty: all"),
    OPT(cores, "cores", LIST, "", NULL, NULL,
        "for each replayed stream in order the core it is pinned to, or any; empty: any for all"),
    OPT(seed, "seed", UINT, "1", NULL, NULL, "seed of all random streams"),
    OPT(warmup_instructions, "warmup-instructions", UINT, "0", NULL, NULL,
        "instructions of all streams together before counting begins; 0: none"),
    OPT(warmup_records, "warmup-records", UINT, "0", NULL, NULL,
        "records of all streams together before counting begins; 0: none"),
    OPT(warmup_time, "warmup-time", TIME, "0 ns", NULL, NULL,
        "simulated time before counting begins; 0: none"),
    LAD_OPT_ENUM(LadRunOptions, at_end, "at-end", "stop", at_end_names,
                 "at the end of a stream: it is over, it begins again, or this is an error because "
                 "a limit should have come first"),
    OPT(repeat, "repeat", UINT, "1", "1", "1000000000",
        "how often each stream is replayed in all, with at-end = repeat"),
    OPT(epoch, "epoch", TIME, "100 us", NULL, NULL,
        "period of samples in simulated time; doubles whenever max-samples is reached; 0: none"),
    OPT(max_samples, "max-samples", UINT, "1024", "512", "65536",
        "samples kept at most, an even number"),
    OPT(max_instructions, "max-instructions", UINT, "0", NULL, NULL,
        "instructions of all streams together after which the run stops; 0: no limit"),
    OPT(max_time, "max-time", TIME, "0 ns", NULL, NULL,
        "simulated time after which the run stops; 0: no limit"),
    OPT(rate, "rate", UINT, "1", "1", "1024", "copies of every stream, replayed side by side"),
    LAD_OPT_ENUM(LadRunOptions, spaces, "rate-spaces", "separate", spaces_names,
                 "whether copies have address spaces of their own or share one"),
    OPT(rate_offset, "rate-offset", BYTES, "0 B", NULL, NULL,
        "added to all addresses of a copy, times the number of the copy"),
    OPT(salvage, "salvage", BOOL, "false", NULL, NULL,
        "replay the whole chunks of a trace that is cut off"),
    OPT(capacity_scale, "capacity-scale", DOUBLE, "1", "1e-6", "1",
        "shrinks memory and what fills it: sizes and reserved parts of tiers are multiplied by it, "
        "and of a trace of level page only that share of the pages is replayed, chosen by a hash "
        "of the page; watermarks given in pages, latencies, bandwidths and kernel options stay"),
    LAD_OPT_ENUM(
        LadRunOptions, idle_cores, "idle-cores", "auto", idle_names,
        "whether there may be fewer streams than cores; auto: not where a cluster of cores "
        "shares a cache or a TLB, since those that run would have what was meant for all"),
    LAD_OPT_ENUM(LadRunOptions, gaps, "gaps", "keep", gaps_names,
                 "caches and TLBs at the gaps between a trace's windows: keep: they are kept, and "
                 "all counts; warm: they are kept, and the beginning of each window is not "
                 "counted; flush: the core's are emptied, those that it shares too"),
    OPT(gap_warmup, "gap-warmup", UINT, "0", NULL, NULL,
        "instructions at the beginning of each window that are not counted, with gaps = warm or "
        "flush; 0: with warm up to the mark of `trace stitch --warm`, with flush none"),
    LAD_OPTIONS_END,
};

static gboolean
check(const LadRunOptions *options, LadConfig *config, gboolean needs_trace, GError **error)
{
    if (needs_trace && !options->traces[0]) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_CONFIG,
                            "[run] trace is empty; expected the trace to replay, for example "
                            "--set run.trace=app.mlt");
        return FALSE;
    }
    int n_warmups =
        !!options->warmup_instructions + !!options->warmup_records + !!options->warmup_time;
    if (n_warmups > 1) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_CONFIG,
                            "[run] has several of warmup-instructions, warmup-records and "
                            "warmup-time; expected one");
        return FALSE;
    }
    if (options->repeat > 1 && options->at_end != LAD_AT_END_REPEAT) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [run] repeat = %" G_GUINT64_FORMAT " without at-end = repeat",
                    lad_config_origin(config, "run", "repeat"), options->repeat);
        return FALSE;
    }
    if (options->max_samples % 2) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [run] max-samples = %" G_GUINT64_FORMAT " is odd; expected an even number",
                    lad_config_origin(config, "run", "max-samples"), options->max_samples);
        return FALSE;
    }
    if (options->gap_warmup > 0 && options->gaps == LAD_GAPS_KEEP) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [run] gap-warmup = %" G_GUINT64_FORMAT
                    " with gaps = keep; expected gaps = warm or flush, or 0",
                    lad_config_origin(config, "run", "gap-warmup"), options->gap_warmup);
        return FALSE;
    }
    if (n_warmups > 0 && (options->gaps == LAD_GAPS_WARM || options->gap_warmup > 0)) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_CONFIG,
                            "[run] has a warm-up of the whole run and one of every window (gaps, "
                            "gap-warmup); expected one");
        return FALSE;
    }
    guint n_traces = g_strv_length(options->traces), n_hosts = g_strv_length(options->hosts);
    if (n_hosts && n_hosts != n_traces) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: [run] hosts names %u hosts for %u traces; expected one per trace",
                    lad_config_origin(config, "run", "hosts"), n_hosts, n_traces);
        return FALSE;
    }
    return TRUE;
}

gboolean
lad_run_options_read(LadRunOptions *options, LadConfig *config, gboolean needs_trace,
                     GError **error)
{
    LadOptionSet set = {lad_run_options, options};
    return lad_config_fill(config, "run", &set, 1, error) &&
           check(options, config, needs_trace, error);
}
