/* gswap.c - Google's software-defined far memory: the smallest cold age that keeps a promise.
 *
 * Pages are scanned every `scan-period` (kstaled); two histograms follow, of pages by age and of
 * the ages at which pages were touched. The promise (SLO): per minute at most `slo` of the working
 * set, that is the pages touched within a scan period, is touched after it was given up. Every
 * `interval` the controller finds the smallest age that would have kept it in the time since the
 * last look, remembers that, and takes the `percentile` of all it has remembered as its age; if the
 * last one is larger, that: a bad minute is answered at once. For its first `warm-up` a job gives
 * up nothing. Pages of at least that age go (kreclaimd).
 *
 * A scan goes on in slices, one per look, so that each look sees a minute's touches, though only
 * those of part of the pages. The first scan finds every page just touched and says nothing. Left
 * out: the tuning of percentile and warm-up over a fleet, the limit of 2,990 compressed bytes (an
 * option of the back end), killing jobs at their limit.
 */
#include "config.h"
#include <memladder/offload.h>

typedef struct {
    LadTime period, interval, warm_up;
    double slo, percentile;
    guint64 history;
} Params;

typedef struct {
    guint64 scanned; /* slices, at the latest look */
    gboolean began;
    guint64 touched[LAD_AGES]; /* of view->ages, at the latest look */
    guint8 *pool;              /* ring of best ages */
    guint64 n_pool;            /* remembered so far */
    guint64 counts[LAD_AGES];  /* of the pool, by age */
    guint age;                 /* that is in force; 0: none yet */
    guint64 promotions;        /* of view, a minute ago */
    double rate;               /* of the latest minute: came back, of the working set */
    LadTime minute;            /* when the running minute began */
    gboolean running;
} State;

enum { MINUTES, KEPT, AGE, N_COUNTERS };

static const LadCounter counters[] = {
    [MINUTES] = {"minutes", "1", LAD_COUNT, LAD_SCOPE_CGROUP,
                 "a minute under control, warm-up apart"},
    [KEPT] = {"minutes_kept", "1", LAD_COUNT, LAD_SCOPE_CGROUP,
              "one of them in which pages came back at no more than the promised rate"},
    [AGE] = {"cold_age", "1", LAD_GAUGE, LAD_SCOPE_CGROUP,
             "the age in force, in scan periods; 0: none"},
    LAD_COUNTERS_END};

static const LadOption options[] = {
    LAD_OPT(Params, period, "scan-period", TIME, "120 s", "1 us", NULL,
            "between two scans of the accessed bits (published)"),
    LAD_OPT(Params, interval, "interval", TIME, "60 s", "1 us", NULL,
            "between two looks of the controller (published)"),
    LAD_OPT(Params, slo, "slo", DOUBLE, "0.002", "0", "1",
            "share of the working set that may come back per minute (published: 0.2 %)"),
    LAD_OPT(Params, percentile, "percentile", DOUBLE, "98", "0", "100",
            "of the remembered ages, the one taken (K; tuned per fleet, assumed)"),
    LAD_OPT(Params, warm_up, "warm-up", TIME, "20 min", NULL, NULL,
            "a job gives up nothing before this age (S; tuned per fleet, assumed)"),
    LAD_OPT(Params, history, "history", UINT, "1440", "1", "1000000",
            "how many ages are remembered (assumed: a day's minutes)"),
    LAD_OPTIONS_END};

static gboolean
init(LadOffload *offload, GError **error G_GNUC_UNUSED)
{
    const Params *params = offload->params;
    State *state = offload->state;
    state->pool = g_malloc0(params->history);
    return TRUE;
}

static void
clear(LadOffload *offload)
{
    State *state = offload->state;
    g_free(state->pool);
}

static LadTime
scan_period(const LadOffload *offload, guint *n_slices)
{
    const Params *params = offload->params;
    *n_slices = (guint)MAX(params->period / params->interval, 1);
    return params->period;
}

/* The smallest age with at most `allowed` touches of pages that old or older; at least 1. */
static guint
best_age(const guint64 *touched, double allowed)
{
    double above = 0;
    guint age = LAD_AGES - 1;
    for (; age > 0; age--) {
        above += (double)touched[age];
        if (above > allowed)
            break;
    }
    return MIN(age + 1, LAD_AGES - 1);
}

static void
remember(const Params *params, State *state, guint age)
{
    guint64 at = state->n_pool % params->history;
    if (state->n_pool >= params->history)
        state->counts[state->pool[at]]--;
    state->pool[at] = (guint8)age;
    state->counts[age]++;
    state->n_pool++;
}

/* The smallest remembered age that at least so many per cent do not exceed. */
static guint
percentile_age(const Params *params, const State *state)
{
    double n = (double)MIN(state->n_pool, params->history), seen = 0;
    for (guint age = 0; age < LAD_AGES; age++) {
        seen += (double)state->counts[age];
        if (seen > 0 && seen * 100 >= n * params->percentile)
            return age;
    }
    return LAD_AGES - 1;
}

/* Has the promise been kept in the minute that has passed? */
static void
keep_account(LadOffload *offload, const LadOffloadView *view, double working_set)
{
    const Params *params = offload->params;
    State *state = offload->state;
    const LadTime minute = 60 * LAD_S;
    if (view->now < params->warm_up || state->age == 0)
        return;
    if (!state->running) {
        state->running = TRUE;
        state->minute = view->now;
        state->promotions = view->promotions;
        return;
    }
    if (view->now - state->minute < minute)
        return;
    double minutes = (double)(view->now - state->minute) / (double)minute;
    double came_back = (double)(view->promotions - state->promotions) / minutes;
    state->rate = working_set > 0 ? came_back / working_set : 0;
    offload->counters[MINUTES]++;
    offload->counters[KEPT] += came_back <= params->slo * working_set;
    state->minute = view->now;
    state->promotions = view->promotions;
}

/* Slices have been scanned since the last look: what age would have kept the promise? */
static void
learn(const Params *params, State *state, const LadOffloadView *view, double working_set)
{
    const LadAges *ages = view->ages;
    guint64 touched[LAD_AGES];
    for (guint i = 0; i < LAD_AGES; i++) {
        touched[i] = ages->touched[i] - state->touched[i];
        state->touched[i] = ages->touched[i];
    }
    double scans = (double)(ages->n_scanned - state->scanned) / ages->n_slices;
    double minutes = scans * (double)params->period / (60 * (double)LAD_S);
    guint best = best_age(touched, params->slo * working_set * minutes);
    remember(params, state, best);
    state->age = MAX(percentile_age(params, state), best);
}

static void
tick(LadOffload *offload, const LadOffloadView *view, LadOffloadRequest *request)
{
    const Params *params = offload->params;
    State *state = offload->state;
    const LadAges *ages = view->ages;
    request->wait = params->interval;
    request->target = params->slo;
    if (!ages || ages->n_scanned < ages->n_slices)
        return;
    double working_set = (double)ages->n_pages[0];
    keep_account(offload, view, working_set);
    if (ages->n_scanned > state->scanned) {
        if (state->began)
            learn(params, state, view, working_set);
        else
            memcpy(state->touched, ages->touched, sizeof state->touched);
        state->began = TRUE;
        state->scanned = ages->n_scanned;
        if (view->now >= params->warm_up)
            request->cold_age = state->age;
    }
    offload->counters[AGE] = state->age;
    request->measured = state->rate;
}

const LadOffloadClass lad_offload_gswap = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_OFFLOAD, LadOffloadClass, "gswap",
                            "Google's far memory: the coldest pages at a promised promotion rate"),
             .models = "Histograms of pages by age and of touches by age from scans; the smallest "
                       "age that keeps the promised rate, its percentile over the past, a bad "
                       "minute answered at once, warm-up. Measured: pages brought back in the "
                       "latest minute, as a share of the working set; target: the promise.",
             .leaves_out = "Tuning over a fleet, jobs killed at their limit, the refusal of badly "
                           "compressed pages (the back end's).",
             .source = "Lagar-Cavilla et al., ASPLOS 2019, as noted by readers; checked against "
                       "its own promise on a stationary trace.",
             .options = options, .counters = counters, .params_size = sizeof(Params),
             .host_size = sizeof(State)},
    .init = init,
    .clear = clear,
    .scan_period = scan_period,
    .tick = tick,
};
