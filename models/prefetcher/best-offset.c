/* best-offset.c - one offset for all, the one that would have been in time most often.
 *
 * For each miss or first use of line X one offset d is tested: if X - d is among the recent
 * requests, a prefetch of X made then would have been in time, and d scores. Recent requests are
 * base lines of fills that are complete: Y - D for a prefetched Y under offset D, or Y itself while
 * prefetching is off. After `rounds` tests of all offsets, or when a score reaches `score-max`, the
 * best becomes D; with a score of `bad-score` or less prefetching is off until the next choice.
 * Source: Michaud, "Best-Offset Hardware Prefetching", HPCA 2016: 52 offsets whose only prime
 * factors are 2, 3 and 5, 256 recent requests, 31, 100, 1. Modelled: that, within pages. Left out:
 * the paper's L3 side and its turning off by L3 rate. Units: offsets are lines.
 */
#include "config.h"
#include <memladder/prefetcher.h>
#include <string.h>

extern const LadPrefetcherClass lad_prefetcher_best_offset;

typedef struct {
    guint64 recent, score_max, rounds, bad_score, degree;
} Params;

#define MAX_OFFSET 256
#define N_OFFSETS  52

/* A fill on its way into the recent requests. */
typedef struct {
    guint64 line;
    LadTime ready;
} Fill;

#define MAX_FILLS 64 /* more under way than a second-level cache has MSHRs */

typedef struct {
    guint offsets[N_OFFSETS];
    guint64 scores[N_OFFSETS];
    guint64 *recent;
    guint64 test, round;
    guint64 offset; /* lines; 0: off */
    Fill fills[MAX_FILLS];
    guint n_fills;
} State;

enum { CHOICES, OFF };

static const LadOption options[] = {
    LAD_OPT(Params, recent, "recent", UINT, "256", "16", "65536", "recent requests kept"),
    LAD_OPT(Params, score_max, "score-max", UINT, "31", "1", "1023", "score that ends a choice"),
    LAD_OPT(Params, rounds, "rounds", UINT, "100", "1", "10000", "tests of each offset per choice"),
    LAD_OPT(Params, bad_score, "bad-score", UINT, "1", "0", "1023",
            "best score that turns prefetching off"),
    LAD_OPT(Params, degree, "degree", UINT, "1", "1", "16", "multiples of the offset named"),
    LAD_OPTIONS_END,
};

static const LadCounter counters[] = {
    [CHOICES] = {"choices", "1", LAD_COUNT, LAD_SCOPE_CACHE, "offsets chosen"},
    [OFF] = {"off", "1", LAD_COUNT, LAD_SCOPE_CACHE, "choices that turned prefetching off"},
    LAD_COUNTERS_END,
};

static gboolean
has_small_factors(guint n)
{
    static const guint factors[] = {2, 3, 5};
    for (guint i = 0; i < G_N_ELEMENTS(factors); i++)
        while (n % factors[i] == 0)
            n /= factors[i];
    return n == 1;
}

static gboolean
init(LadPrefetcher *prefetcher, GError **error)
{
    (void)error;
    const Params *params = prefetcher->params;
    State *state = prefetcher->state;
    guint n = 0;
    for (guint offset = 1; offset <= MAX_OFFSET; offset++)
        if (has_small_factors(offset))
            state->offsets[n++] = offset;
    g_assert(n == N_OFFSETS);
    state->recent = g_new0(guint64, params->recent);
    state->offset = 1;
    return TRUE;
}

static void
clear(LadPrefetcher *prefetcher)
{
    State *state = prefetcher->state;
    g_free(state->recent);
}

static guint64 *
recent_of(const State *state, const Params *params, guint64 line)
{
    return &state->recent[(line ^ line >> 8) % params->recent];
}

/* Fills that are complete at `now` become recent requests. */
static void
take_fills(State *state, const Params *params, LadTime now)
{
    guint kept = 0;
    for (guint i = 0; i < state->n_fills; i++) {
        const Fill *fill = &state->fills[i];
        if (fill->ready > now)
            state->fills[kept++] = *fill;
        else
            *recent_of(state, params, fill->line) = fill->line;
    }
    state->n_fills = kept;
}

static void
choose(LadPrefetcher *prefetcher, guint best)
{
    const Params *params = prefetcher->params;
    State *state = prefetcher->state;
    gboolean bad = state->scores[best] <= params->bad_score;
    state->offset = bad ? 0 : state->offsets[best];
    prefetcher->counters[CHOICES]++;
    prefetcher->counters[OFF] += bad ? 1 : 0;
    memset(state->scores, 0, sizeof state->scores);
    state->test = state->round = 0;
}

static void
learn(LadPrefetcher *prefetcher, guint64 line)
{
    const Params *params = prefetcher->params;
    State *state = prefetcher->state;
    guint64 base = line - state->offsets[state->test];
    if (*recent_of(state, params, base) == base &&
        ++state->scores[state->test] >= params->score_max) {
        choose(prefetcher, (guint)state->test);
        return;
    }
    if (++state->test < N_OFFSETS)
        return;
    state->test = 0;
    if (++state->round < params->rounds)
        return;
    guint best = 0;
    for (guint i = 1; i < N_OFFSETS; i++)
        if (state->scores[i] > state->scores[best])
            best = i;
    choose(prefetcher, best);
}

static void
observe(LadPrefetcher *prefetcher, const LadPrefetchEvent *event, LadPrefetchList *list)
{
    const Params *params = prefetcher->params;
    State *state = prefetcher->state;
    take_fills(state, params, event->now);
    learn(prefetcher, event->address / prefetcher->line_bytes);
    for (guint64 i = 1; state->offset > 0 && i <= params->degree; i++)
        list->addresses[list->n++] =
            event->address + i * state->offset * (guint64)prefetcher->line_bytes;
}

static void
filled(LadPrefetcher *prefetcher, guint64 address, LadTime ready, gboolean prefetched)
{
    State *state = prefetcher->state;
    if (prefetched != (state->offset > 0) || state->n_fills == MAX_FILLS)
        return;
    guint64 line = address / prefetcher->line_bytes - state->offset;
    state->fills[state->n_fills++] = (Fill){line, ready};
}

const LadPrefetcherClass lad_prefetcher_best_offset = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PREFETCHER, LadPrefetcherClass, "best-offset",
                            "one offset for all, the one that would have been in time most often"),
             .models = "52 offsets, scores, recent requests entered as fills complete, prefetching "
                       "turned off by a bad score.",
             .leaves_out = "The paper's part at the L3.",
             .source = "Michaud, HPCA 2016; the offset chosen for constant strides by hand.",
             .options = options, .params_size = sizeof(Params), .counters = counters,
             .host_size = sizeof(State)},
    .init = init,
    .clear = clear,
    .observe = observe,
    .filled = filled,
};
