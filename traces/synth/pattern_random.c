/* pattern_random.c - patterns by chance: uniform, zipf, moving-hot-set. */
#include "config.h"
#include "traces/synth/filter.h"
#include "traces/synth/pattern.h"
#include "traces/synth/ranks.h"

#define AT_A_TIME 256

/* ---- Runs -------------------------------------------------------------------------------------
 */

/* Lines of an object, read in turn: it lies at a multiple of its size. */
typedef struct {
    guint64 length; /* lines of each object */
    guint64 left, next;
} Run;

#define RUN_OPTION(params)                                                                         \
    LAD_OPT(params, run, "run", UINT, "1", "1", "64",                                              \
            "lines of the object at each place that is drawn, read one after the other; it lies "  \
            "at a multiple of its size")

/* The objects at the places that `draw` gives, up to the stretch's end. */
static void
fill_runs(Run *run, LadPatternState *state, guint n, guint64 *to,
          void (*draw)(LadPatternState *state, guint n, guint64 *to))
{
    const guint64 end = state->base + state->n_units * state->unit;
    for (guint i = 0; i < n; i++) {
        if (run->left == 0 || run->next >= end) {
            draw(state, 1, &run->next);
            run->next -= (run->next - state->base) % (64 * run->length);
            run->left = run->length;
        }
        to[i] = run->next;
        run->next += 64;
        run->left--;
    }
}

/* ---- Uniform ----------------------------------------------------------------------------------
 */

typedef struct {
    LadBytes unit;
    guint64 run;
} UniformParams;

typedef struct {
    LadPatternState common;
    Run run;
} Uniform;

static const LadOption uniform_options[] = {
    LAD_OPT(UniformParams, unit, "unit", BYTES, "64 B", "1 B", "1 GiB",
            "bytes of what is drawn; one line at random of it"),
    RUN_OPTION(UniformParams),
    LAD_OPTIONS_END,
};

static LadBytes
uniform_unit(const void *params, const LadPatternCommon *common)
{
    (void)common;
    return ((const UniformParams *)params)->unit;
}

static void
uniform_init(LadPatternState *state, const void *params)
{
    ((Uniform *)state)->run.length = ((const UniformParams *)params)->run;
}

static void
uniform_draw(LadPatternState *state, guint n, guint64 *to)
{
    for (guint i = 0; i < n; i++) {
        guint64 unit = lad_random_below(&state->random, state->n_units);
        guint64 line =
            state->unit > 64 ? lad_pattern_line(state, lad_random_next(&state->random)) : 0;
        to[i] = state->base + unit * state->unit + line;
    }
}

static void
uniform_fill(LadPatternState *state, const guint8 *ops, guint n, guint64 *to)
{
    Run *run = &((Uniform *)state)->run;
    (void)ops;
    if (run->length == 1 || state->sampled)
        uniform_draw(state, n, to);
    else
        fill_runs(run, state, n, to, uniform_draw);
}

const LadPatternClass lad_pattern_uniform = {
    .pattern = {.name = "uniform",
                .summary = "every unit equally likely at every access",
                .models = "Independent draws, each followed by the lines of its run.",
                .leaves_out = "Any other locality.",
                .source = "Ours.",
                .options = uniform_options,
                .params_size = sizeof(UniformParams)},
    .state_size = sizeof(Uniform),
    .unit = uniform_unit,
    .init = uniform_init,
    .fill = uniform_fill,
};

/* ---- Zipf -------------------------------------------------------------------------------------
 */

typedef struct {
    LadBytes unit;
    double exponent;
    gboolean scatter;
    guint64 run, move_every;
    double move_by;
} ZipfParams;

typedef struct {
    LadPatternState common;
    LadRanks ranks;
    gboolean scattered;
    LadScatter scatter;
    Run run;
    guint64 move_every, left, n_swaps; /* 0: popularity stays */
    guint32 *order;                    /* units by rank, where it does not */
} Zipf;

static const LadOption zipf_options[] = {
    LAD_OPT(ZipfParams, unit, "unit", BYTES, "4 KiB", "1 B", "1 GiB",
            "bytes of what is drawn; one line at random of it"),
    LAD_OPT(ZipfParams, exponent, "exponent", DOUBLE, "0.99", "0", "8",
            "of Zipf's law; 0 is uniform, 0.99 that of key-value benchmarks"),
    LAD_OPT(ZipfParams, scatter, "scatter", BOOL, "true", NULL, NULL,
            "whether popular units lie anywhere; else in order from the start"),
    RUN_OPTION(ZipfParams),
    LAD_OPT(ZipfParams, move_every, "move-every", UINT, "0", NULL, NULL,
            "accesses of this pattern after which popularity moves; 0: never"),
    LAD_OPT(ZipfParams, move_by, "move-by", DOUBLE, "0.05", "0", "1",
            "about which share of the units gets another one's popularity then"),
    LAD_OPTIONS_END,
};

static LadBytes
zipf_unit(const void *params, const LadPatternCommon *common)
{
    (void)common;
    return ((const ZipfParams *)params)->unit;
}

static const char *
zipf_problem(const void *params, const LadPatternCommon *common, LadBytes bytes)
{
    (void)common;
    return bytes / ((const ZipfParams *)params)->unit > (LAD_RANKS_MAX >> 4)
               ? "more than 64 Mi units; expected a larger `unit`"
               : NULL;
}

static void
zipf_init(LadPatternState *state, const void *params)
{
    const ZipfParams *zipf_params = params;
    Zipf *zipf = (Zipf *)state;
    guint32 n = (guint32)state->n_units;
    g_autofree double *weights = g_new(double, n);
    lad_ranks_zipf(weights, n, zipf_params->exponent);
    if (state->memory > 0.0 && state->memory < 1.0)
        lad_synth_filter(weights, n, state->memory);
    lad_ranks_init_weights(&zipf->ranks, n, weights);
    zipf->scattered = zipf_params->scatter;
    zipf->run.length = zipf_params->run;
    lad_scatter_init(&zipf->scatter, state->n_units, &state->random);
    zipf->move_every = zipf->left = zipf_params->move_every;
    if (zipf->move_every == 0)
        return;
    zipf->n_swaps = (guint64)(zipf_params->move_by * (double)n / 2.0 + 0.5);
    zipf->order = g_new(guint32, n);
    for (guint32 rank = 0; rank < n; rank++)
        zipf->order[rank] = zipf->scattered ? (guint32)lad_scatter(&zipf->scatter, rank) : rank;
}

/* Pairs of units change their popularity. */
static void
zipf_move(Zipf *zipf)
{
    LadPatternState *state = &zipf->common;
    for (guint64 i = 0; i < zipf->n_swaps; i++) {
        guint64 a = lad_random_below(&state->random, state->n_units);
        guint64 b = lad_random_below(&state->random, state->n_units);
        guint32 unit = zipf->order[a];
        zipf->order[a] = zipf->order[b];
        zipf->order[b] = unit;
    }
    zipf->left = zipf->move_every;
}

static void
zipf_clear(LadPatternState *state)
{
    lad_ranks_clear(&((Zipf *)state)->ranks);
    g_free(((Zipf *)state)->order);
}

static void
zipf_some(Zipf *zipf, guint n, guint64 *to)
{
    LadPatternState *state = &zipf->common;
    guint32 ranks[AT_A_TIME];
    for (guint i = 0; i < n; i++) {
        guint64 draw = lad_random_next(&state->random);
        ranks[i] = (guint32)(draw >> 32);
        to[i] = state->base + lad_pattern_line(state, draw);
    }
    lad_ranks_find(&zipf->ranks, ranks, n);
    for (guint i = 0; i < n; i++) {
        guint64 unit = ranks[i];
        if (zipf->order != NULL)
            unit = zipf->order[unit];
        else if (zipf->scattered)
            unit = lad_scatter(&zipf->scatter, unit);
        to[i] += unit * state->unit;
    }
}

static void
zipf_draw(LadPatternState *state, guint n, guint64 *to)
{
    Zipf *zipf = (Zipf *)state;
    for (guint i = 0, some; i < n; i += some) {
        some = MIN(AT_A_TIME, n - i);
        if (zipf->move_every > 0) {
            if (zipf->left == 0)
                zipf_move(zipf);
            some = (guint)MIN(some, zipf->left);
            zipf->left -= some;
        }
        zipf_some(zipf, some, to + i);
    }
}

static void
zipf_fill(LadPatternState *state, const guint8 *ops, guint n, guint64 *to)
{
    Run *run = &((Zipf *)state)->run;
    (void)ops;
    if (run->length == 1 || state->sampled)
        zipf_draw(state, n, to);
    else
        fill_runs(run, state, n, to, zipf_draw);
}

const LadPatternClass lad_pattern_zipf = {
    .pattern = {.name = "zipf",
                .summary = "units by Zipf's law: a few very popular, most rare",
                .models = "Independent draws; the k-th most popular unit has a weight of k to the "
                          "minus exponent, to 2^-32. Each is followed by the lines of its run.",
                .leaves_out =
                    "Popularity that rises and falls slowly: pairs of units change theirs at "
                    "once.",
                .source = "G. K. Zipf, Human Behavior and the Principle of Least Effort, 1949.",
                .options = zipf_options,
                .params_size = sizeof(ZipfParams)},
    .state_size = sizeof(Zipf),
    .unit = zipf_unit,
    .problem = zipf_problem,
    .init = zipf_init,
    .clear = zipf_clear,
    .fill = zipf_fill,
};

/* ---- Moving hot set ---------------------------------------------------------------------------
 */

typedef struct {
    LadBytes unit;
    double hot_share;
    double hot_fraction;
    guint64 move_every;
    double move_by;
    gboolean scatter;
} HotsetParams;

typedef struct {
    LadPatternState common;
    guint64 n_hot, first; /* units of the hot set, and where it begins */
    guint64 move_every, left, move_by;
    guint64 threshold; /* a draw below it is hot; of 2^32 */
    gboolean scattered;
    LadScatter scatter;
} Hotset;

static const LadOption hotset_options[] = {
    LAD_OPT(HotsetParams, unit, "unit", BYTES, "4 KiB", "1 B", "1 GiB",
            "bytes of what is drawn; one line at random of it"),
    LAD_OPT(HotsetParams, hot_share, "hot-share", DOUBLE, "0.9", "0", "1",
            "share of the accesses that go to the hot set; the others go to the rest"),
    LAD_OPT(HotsetParams, hot_fraction, "hot-fraction", DOUBLE, "0.2", "0", "1",
            "share of the units that are hot"),
    LAD_OPT(HotsetParams, move_every, "move-every", UINT, "0", NULL, NULL,
            "accesses of this pattern after which the hot set moves; 0: never"),
    LAD_OPT(HotsetParams, move_by, "move-by", DOUBLE, "1", "0", "1",
            "by how much of its own size it moves; 1: to other units altogether"),
    LAD_OPT(HotsetParams, scatter, "scatter", BOOL, "true", NULL, NULL,
            "whether hot units lie anywhere; else side by side"),
    LAD_OPTIONS_END,
};

static LadBytes
hotset_unit(const void *params, const LadPatternCommon *common)
{
    (void)common;
    return ((const HotsetParams *)params)->unit;
}

static const char *
hotset_problem(const void *params, const LadPatternCommon *common, LadBytes bytes)
{
    (void)common;
    const HotsetParams *hotset = params;
    double n_hot = (double)(bytes / hotset->unit) * hotset->hot_fraction;
    if (n_hot < 1.0)
        return "the hot set has no unit; expected a larger `hot-fraction` or a smaller `unit`";
    return hotset->hot_fraction >= 1.0 && hotset->hot_share < 1.0
               ? "all is hot, but hot-share is below 1"
               : NULL;
}

static void
hotset_init(LadPatternState *state, const void *params)
{
    const HotsetParams *hotset_params = params;
    Hotset *hotset = (Hotset *)state;
    hotset->n_hot = MIN((guint64)((double)state->n_units * hotset_params->hot_fraction),
                        state->n_units - (hotset_params->hot_share < 1.0));
    hotset->move_every = hotset->left = hotset_params->move_every;
    hotset->move_by = (guint64)((double)hotset->n_hot * hotset_params->move_by);
    hotset->threshold = (guint64)(hotset_params->hot_share * 4294967296.0);
    hotset->scattered = hotset_params->scatter;
    lad_scatter_init(&hotset->scatter, state->n_units, &state->random);
}

static guint64
hotset_unit_drawn(Hotset *hotset, guint64 draw)
{
    LadPatternState *state = &hotset->common;
    guint64 unit;
    if ((draw >> 32) < hotset->threshold)
        unit = lad_random_below(&state->random, hotset->n_hot);
    else
        unit = hotset->n_hot + lad_random_below(&state->random, state->n_units - hotset->n_hot);
    unit += hotset->first; /* the hot set, then the rest, round the stretch */
    if (unit >= state->n_units)
        unit -= state->n_units;
    return hotset->scattered ? lad_scatter(&hotset->scatter, unit) : unit;
}

static void
hotset_fill(LadPatternState *state, const guint8 *ops, guint n, guint64 *to)
{
    (void)ops;
    Hotset *hotset = (Hotset *)state;
    for (guint i = 0; i < n; i++) {
        if (hotset->move_every > 0 && hotset->left-- == 0) {
            hotset->left = hotset->move_every - 1;
            hotset->first = (hotset->first + hotset->move_by) % state->n_units;
        }
        guint64 draw = lad_random_next(&state->random);
        guint64 unit = hotset_unit_drawn(hotset, draw);
        to[i] = state->base + unit * state->unit + lad_pattern_line(state, draw);
    }
}

const LadPatternClass lad_pattern_hotset = {
    .pattern = {.name = "moving-hot-set",
                .summary = "most accesses to a part of the units, which may move",
                .models = "Uniform draws within the hot set and within the rest; the set moves on "
                          "round the stretch after so many accesses.",
                .leaves_out = "Degrees of heat; mix several, or use zipf.",
                .source = "Ours.",
                .options = hotset_options,
                .params_size = sizeof(HotsetParams)},
    .state_size = sizeof(Hotset),
    .unit = hotset_unit,
    .problem = hotset_problem,
    .init = hotset_init,
    .fill = hotset_fill,
};
