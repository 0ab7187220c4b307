/* senpai.c - Meta's controller: push memory out while pressure stays below a target.
 *
 * Three laws, since three were published. `proportional` (Transparent Memory Offloading): every
 * `interval` ask memory.reclaim for current * ratio * max(0, 1 - pressure / threshold), so that
 * backing off is to stop asking. `high-probe` (senpai.py): a limit in memory.high, tightened when
 * an interval's stall was below a target and relaxed at once when above, by squares of the ratio;
 * it may throttle the group. `oomd` (its plugin): the same in whole numbers and with other bounds,
 * or, with `immediate-backoff`, a fixed share of what can be reclaimed while avg10 and avg60 of
 * memory and I/O are below a percentage.
 *
 * Pressure is memory `some` by differences of its total; where `io-threshold` is set, I/O `some`
 * counts too. Writes to SSDs: as the mean of swap-outs over 60 or 300 s comes near `write-limit`,
 * swappiness goes down with it, to file pages only at the limit (oomd's modulation), or what is
 * asked for does. The mean is oomd's decaying one with 1/(1 + t/T) for exp(-t/T), as no result may
 * hang on libm. Left out:
 * memory.high.tmp, swap validation (off by default in oomd).
 */
#include "config.h"
#include <memladder/offload.h>

typedef enum { PROPORTIONAL, HIGH_PROBE, OOMD } Law;
/* What is held back as the write limit comes near. */
typedef enum { BY_SWAPPINESS, BY_REQUEST } Regulation;

typedef struct {
    guint law;
    LadTime interval, tick;
    double ratio, threshold, io_threshold, max_step;
    LadTime pressure;
    guint64 ticks;
    double max_probe, max_backoff, coeff_probe, coeff_backoff;
    LadBytes min_size, max_size, limit_min, limit_max;
    gboolean immediate_backoff;
    double pressure_pct, io_pressure_pct;
    guint64 write_limit;
    guint regulation;
    double swap_threshold;
} Params;

typedef struct {
    gboolean started;
    LadTime last;       /* of the latest tick */
    LadTime memory, io; /* stalled then */
    LadTime integral;   /* stall since the limit was last set */
    guint64 wait;       /* ticks to go before it may be tightened */
    LadBytes limit;
    guint64 swappiness; /* of the group when it was met, before any modulation */
    LadBytes written;
    double rate60, rate300; /* bytes/s */
} State;

enum { TIGHTENED, RELAXED, WAITED, RESET, REGULATED, N_COUNTERS };

#define EVENTS(name, help)                                                                         \
    {                                                                                              \
        name, "1", LAD_COUNT, LAD_SCOPE_CGROUP, help                                               \
    }

static const LadCounter counters[] = {
    [TIGHTENED] = EVENTS("tightened", "an interval that asked for memory or lowered the limit"),
    [RELAXED] = EVENTS("relaxed", "an interval whose pressure raised the limit"),
    [WAITED] = EVENTS("waited", "an interval that asked for nothing"),
    [RESET] = EVENTS("reset", "a limit that others had changed, begun anew"),
    [REGULATED] = EVENTS("regulated", "an interval in which swap-outs were held back for the "
                                      "sake of the SSD"),
    LAD_COUNTERS_END};

static const char *const regulations[] = {"swappiness", "request", NULL};
static const char *const laws[] = {"proportional", "high-probe", "oomd", NULL};

static const LadOption options[] = {
    LAD_OPT_ENUM(Params, law, "law", "proportional", laws,
                 "proportional: as published with TMO; high-probe: senpai.py; oomd: its plugin"),
    LAD_OPT(Params, interval, "interval", TIME, "6 s", "1 us", NULL,
            "proportional: between two requests"),
    LAD_OPT(Params, ratio, "ratio", DOUBLE, "0.0005", "0", "1",
            "proportional: share of memory asked for without pressure"),
    LAD_OPT(Params, threshold, "threshold", DOUBLE, "0.001", "1e-9", "1",
            "proportional: pressure (share of time, memory some) at which it asks for nothing"),
    LAD_OPT(Params, max_step, "max-step", DOUBLE, "0.01", "0", "1",
            "proportional: most that is asked for at a time, as a share of memory"),
    LAD_OPT(Params, io_threshold, "io-threshold", DOUBLE, "0", "0", "1",
            "proportional: the same for I/O some, whichever is nearer counts; 0: not looked at"),
    LAD_OPT(Params, tick, "tick", TIME, "1 s", "1 us", NULL,
            "high-probe and oomd: between two looks at pressure (senpai.py; oomd's own loop is "
            "5 s unless told otherwise)"),
    LAD_OPT(Params, ticks, "ticks", UINT, "6", "1", "100000",
            "high-probe and oomd: looks between two tightenings (their interval)"),
    LAD_OPT(Params, pressure, "pressure", TIME, "10 ms", "1 us", NULL,
            "high-probe and oomd: stall per interval that is aimed at"),
    LAD_OPT(Params, max_probe, "max-probe", DOUBLE, "0.01", "0", "1",
            "high-probe and oomd: most that the limit is lowered by, and the share of "
            "immediate-backoff"),
    LAD_OPT(Params, max_backoff, "max-backoff", DOUBLE, "1", "0", "100",
            "high-probe and oomd: most that the limit is raised by"),
    LAD_OPT(Params, coeff_probe, "coeff-probe", DOUBLE, "10", "0.001", "1e6",
            "high-probe and oomd: the most is reached at this part of the pressure"),
    LAD_OPT(Params, coeff_backoff, "coeff-backoff", DOUBLE, "20", "0.001", "1e6",
            "high-probe and oomd: the most is reached at so many times the pressure"),
    LAD_OPT(Params, min_size, "min-size", BYTES, "100 MiB", NULL, NULL, "high-probe: lowest limit"),
    LAD_OPT(Params, max_size, "max-size", BYTES, "100 GiB", "4 KiB", NULL,
            "high-probe: highest limit"),
    LAD_OPT(Params, limit_min, "limit-min", BYTES, "100 MiB", NULL, NULL,
            "oomd: lowest limit, above what cannot be reclaimed"),
    LAD_OPT(Params, limit_max, "limit-max", BYTES, "10 GiB", "4 KiB", NULL,
            "oomd: highest limit, above what is in use"),
    LAD_OPT(Params, immediate_backoff, "immediate-backoff", BOOL, "false", NULL, NULL,
            "oomd: no limit, but requests while the averages are low"),
    LAD_OPT(Params, pressure_pct, "pressure-pct", DOUBLE, "0.1", "0", "100",
            "oomd, immediate-backoff: avg10 and avg60 of memory some to stay below, per cent"),
    LAD_OPT(Params, io_pressure_pct, "io-pressure-pct", DOUBLE, "0.1", "0", "100",
            "oomd, immediate-backoff: the same of I/O some"),
    LAD_OPT(Params, write_limit, "write-limit", BANDWIDTH, "0 B/s", NULL, NULL,
            "swap-outs to block devices at which anonymous memory is left alone; 0: not regulated "
            "(TMO went from about 4 MB/s to 1 MB/s)"),
    LAD_OPT_ENUM(Params, regulation, "write-regulation", "swappiness", regulations,
                 "with write-limit: what is lowered as the rate comes near it: swappiness, to "
                 "file pages only (oomd); or what is asked for, which also slows down where "
                 "there is nothing but anonymous memory"),
    LAD_OPT(Params, swap_threshold, "swap-threshold", DOUBLE, "0.8", "0.001", "1",
            "with write-limit: share of swap in use at which anonymous memory is left alone"),
    LAD_OPTIONS_END};

static LadBytes
whole_pages(LadBytes bytes)
{
    return bytes & ~(LAD_PAGE_BYTES - 1);
}

static double
seconds(LadTime time)
{
    return (double)time / (double)LAD_S;
}

/* ---- Writes to SSDs -------------------------------------------------------------------------- */

static double
approach(double average, double value, double elapsed, double window)
{
    return average + (value - average) * elapsed / (elapsed + window);
}

/* How much of what would be swapped out may be, 0 to 1. */
static double
write_share(LadOffload *offload, const LadOffloadView *view, double elapsed)
{
    const Params *params = offload->params;
    State *state = offload->state;
    double rate = elapsed > 0 ? (double)(view->written - state->written) / elapsed : 0;
    state->written = view->written;
    state->rate60 = approach(state->rate60, rate, elapsed, 60);
    state->rate300 = approach(state->rate300, rate, elapsed, 300);
    if (params->write_limit == 0)
        return 1;
    double used = MAX(state->rate60, state->rate300) / (double)params->write_limit;
    double filled = view->swap_total ? (double)view->swap_used / (double)view->swap_total /
                                           params->swap_threshold
                                     : 0;
    return CLAMP(1 - MAX(used, filled), 0, 1);
}

/* After the law has had its say. */
static void
regulate(LadOffload *offload, double share, LadOffloadRequest *request)
{
    const Params *params = offload->params;
    const State *state = offload->state;
    if (params->write_limit == 0)
        return;
    offload->counters[REGULATED] += share < 1;
    if (params->regulation == BY_REQUEST)
        request->reclaim = whole_pages((LadBytes)((double)request->reclaim * share));
    else
        request->swappiness = (guint64)((double)state->swappiness * share);
}

/* ---- As published ---------------------------------------------------------------------------- */

static void
ask_proportionally(LadOffload *offload, const LadOffloadView *view, double elapsed,
                   LadOffloadRequest *request)
{
    const Params *params = offload->params;
    State *state = offload->state;
    LadTime memory = view->pressure.stalled[LAD_PRESSURE_MEMORY_SOME];
    LadTime io = view->pressure.stalled[LAD_PRESSURE_IO_SOME];
    request->wait = params->interval;
    request->target = params->threshold;
    if (elapsed > 0) {
        double pressure = seconds(memory - state->memory) / elapsed;
        double io_pressure = seconds(io - state->io) / elapsed;
        double over = pressure / params->threshold;
        if (params->io_threshold > 0 && io_pressure / params->io_threshold > over) {
            over = io_pressure / params->io_threshold;
            pressure = io_pressure;
            request->target = params->io_threshold;
        }
        double share = MIN(params->ratio * MAX(0, 1 - over), params->max_step);
        request->measured = pressure;
        request->reclaim = whole_pages((LadBytes)((double)view->current * share));
        offload->counters[request->reclaim ? TIGHTENED : WAITED]++;
    }
    state->memory = memory;
    state->io = io;
}

/* ---- Limits ---------------------------------------------------------------------------------- */

/* What can be reclaimed at all: file pages, and anonymous ones if there is somewhere to put them.
 */
static LadBytes
reclaimable(const LadOffloadView *view)
{
    return view->file + (view->swap_total > 0 && view->swappiness > 0 ? view->anon : 0);
}

static LadBytes
floor_of(const Params *params, const LadOffloadView *view)
{
    if (params->law == HIGH_PROBE)
        return params->min_size;
    LadBytes fixed = view->current > reclaimable(view) ? view->current - reclaimable(view) : 0;
    return MAX(params->limit_min + fixed, view->min);
}

static LadBytes
ceiling_of(const Params *params, const LadOffloadView *view)
{
    if (params->law == HIGH_PROBE)
        return params->max_size;
    LadBytes most = MIN(view->host_memory, view->current + params->limit_max);
    return MIN(most, view->max);
}

static void
set_limit(LadOffload *offload, const LadOffloadView *view, double limit, LadOffloadRequest *request)
{
    const Params *params = offload->params;
    State *state = offload->state;
    LadBytes highest = ceiling_of(params, view);
    if (params->law == HIGH_PROBE && state->limit != 0 && view->high != state->limit) {
        /* senpai.py looks only when it is about to set it. */
        offload->counters[RESET]++;
        limit = (double)view->current;
    }
    LadBytes bytes = limit < (double)highest ? (LadBytes)limit : highest;
    bytes = MAX(bytes, floor_of(params, view));
    state->limit = request->limit = whole_pages(bytes);
    state->integral = 0;
    /* senpai.py counts the tick that sets the limit, oomd does not. */
    state->wait = params->law == OOMD ? params->ticks : params->ticks - 1;
}

/* How far beyond the target, or below it; oomd divides whole numbers of microseconds. */
static double
excess(const Params *params, LadTime over, LadTime under)
{
    guint64 a = over / LAD_US, b = MAX(under / LAD_US, 1);
    return params->law == OOMD ? (double)(a / b) : (double)a / (double)b;
}

static double
squared(double x)
{
    return x * x;
}

static void
probe(LadOffload *offload, const LadOffloadView *view, LadOffloadRequest *request)
{
    const Params *params = offload->params;
    State *state = offload->state;
    LadTime memory = view->pressure.stalled[LAD_PRESSURE_MEMORY_SOME];
    request->wait = params->tick;
    request->target = seconds(params->pressure);
    state->integral += memory - state->memory;
    state->memory = memory;
    request->measured = seconds(state->integral);
    LadTime integral = state->integral;
    gboolean above =
        params->law == OOMD ? integral >= params->pressure : integral > params->pressure;
    if (state->limit == 0 || (params->law == OOMD && view->high != state->limit)) {
        /* The first time, or somebody else has set it: begin at what is in use. */
        offload->counters[RESET] += state->limit != 0;
        set_limit(offload, view, (double)view->current, request);
        state->wait = params->ticks;
    } else if (above) {
        double by = squared(excess(params, integral, params->pressure) / params->coeff_backoff);
        by = MIN(by * params->max_backoff, params->max_backoff);
        set_limit(offload, view, (double)state->limit * (1 + by), request);
        offload->counters[RELAXED]++;
    } else if (state->wait) {
        state->wait--;
        offload->counters[WAITED]++;
    } else {
        double by = squared(excess(params, params->pressure, integral) / params->coeff_probe);
        by = MIN(by * params->max_probe, params->max_probe);
        set_limit(offload, view, (double)state->limit * (1 - by), request);
        offload->counters[TIGHTENED]++;
    }
}

static double
highest_average(const LadOffloadView *view, LadPressureState state)
{
    const double *average = view->pressure.average[state];
    return MAX(average[LAD_PRESSURE_10S], average[LAD_PRESSURE_60S]) * 100;
}

static void
ask_while_calm(LadOffload *offload, const LadOffloadView *view, LadOffloadRequest *request)
{
    const Params *params = offload->params;
    State *state = offload->state;
    request->wait = params->tick;
    request->target = params->pressure_pct / 100;
    request->measured = highest_average(view, LAD_PRESSURE_MEMORY_SOME) / 100;
    if (state->wait) {
        state->wait--;
        return;
    }
    if (highest_average(view, LAD_PRESSURE_MEMORY_SOME) >= params->pressure_pct ||
        highest_average(view, LAD_PRESSURE_IO_SOME) >= params->io_pressure_pct) {
        offload->counters[WAITED]++;
        return;
    }
    LadBytes lowest = floor_of(params, view);
    state->wait = params->ticks;
    if (view->current <= lowest) {
        offload->counters[WAITED]++;
        return;
    }
    request->reclaim =
        whole_pages((LadBytes)((double)(view->current - lowest) * params->max_probe));
    offload->counters[TIGHTENED]++;
}

/* ---- The model ------------------------------------------------------------------------------- */

static gboolean
init(LadOffload *offload, GError **error)
{
    const Params *params = offload->params;
    gboolean limits =
        params->law == HIGH_PROBE || (params->law == OOMD && !params->immediate_backoff);
    if (!limits || offload->group != 0)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "senpai: law = %s sets memory.high, which the host has not; expected a cgroup "
                "([cgroup.NAME]), or law = proportional, or immediate-backoff = true",
                laws[params->law]);
    return FALSE;
}

static void
tick(LadOffload *offload, const LadOffloadView *view, LadOffloadRequest *request)
{
    const Params *params = offload->params;
    State *state = offload->state;
    double elapsed = state->started ? seconds(view->now - state->last) : 0;
    if (!state->started) {
        state->started = TRUE;
        state->swappiness = view->swappiness;
        state->written = view->written;
        state->memory = view->pressure.stalled[LAD_PRESSURE_MEMORY_SOME];
        state->io = view->pressure.stalled[LAD_PRESSURE_IO_SOME];
        state->wait = params->ticks;
    }
    state->last = view->now;
    double share = write_share(offload, view, elapsed);
    if (params->law == PROPORTIONAL)
        ask_proportionally(offload, view, elapsed, request);
    else if (params->law == OOMD && params->immediate_backoff)
        ask_while_calm(offload, view, request);
    else
        probe(offload, view, request);
    regulate(offload, share, request);
}

const LadOffloadClass lad_offload_senpai = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_OFFLOAD, LadOffloadClass, "senpai",
                            "Meta's TMO: reclaim while pressure stays below a target"),
             .models = "Three laws: proportional as published, senpai.py's probing of "
                       "memory.high, oomd's plugin with and without immediate backoff; memory and "
                       "I/O pressure; swap-outs kept below a write limit. Measured: the pressure "
                       "compared (a share of time; with a limit the stall in seconds); target: "
                       "what with.",
             .leaves_out = "memory.high.tmp, swap validation, the controller's own memory and "
                           "logs.",
             .source = "Weiner et al., ASPLOS 2022, as noted by readers; senpai.py of "
                       "facebookincubator/senpai; Senpai.cpp of facebookincubator/oomd. Checked "
                       "against their reference points and a Linux 6.1 guest's runs.",
             .options = options, .counters = counters, .params_size = sizeof(Params),
             .host_size = sizeof(State)},
    .init = init,
    .tick = tick,
};
