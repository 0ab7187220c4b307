/* pattern_regular.c - patterns without chance: sequential, strided, loop.
 *
 * sequential and strided walk by a fixed number of bytes and start again at the end; loop touches
 * one line at random of unit after unit, as a scan over pages does. Where a sample is asked for,
 * each is somewhere on its way. */
#include "config.h"
#include "traces/synth/pattern.h"

typedef struct {
    LadPatternState common;
    guint64 at, step, end; /* bytes from the base; the last place to be is before `end` */
} Walk;

typedef struct {
    LadBytes stride;
} StridedParams;

static const LadOption strided_options[] = {
    LAD_OPT(StridedParams, stride, "stride", BYTES, NULL, "1 B", "1 TiB",
            "bytes from one access to the next; past the end it begins again at the start"),
    LAD_OPTIONS_END,
};

static const LadOption no_options[] = {LAD_OPTIONS_END};

static LadBytes
access_unit(const void *params, const LadPatternCommon *common)
{
    (void)params;
    return common->access_bytes;
}

static void
walk_fill(LadPatternState *state, const guint8 *ops, guint n, guint64 *to)
{
    (void)ops;
    Walk *walk = (Walk *)state;
    const guint64 n_steps = (walk->end + walk->step - 1) / walk->step;
    for (guint i = 0; i < n; i++) {
        if (state->sampled)
            walk->at = lad_random_below(&state->random, n_steps) * walk->step;
        to[i] = state->base + walk->at;
        walk->at += walk->step;
        if (walk->at >= walk->end)
            walk->at = 0;
    }
}

/* Where but a share of the accesses is asked for, those come as far on as all of them would: by
 * longer steps, and where these are no walk any more, anywhere. */
static void
take_share(Walk *walk)
{
    LadPatternState *state = &walk->common;
    if (state->memory >= 1.0 || state->memory <= 0.0)
        return;
    if ((double)walk->step / state->memory * 16.0 > (double)walk->end)
        state->sampled = TRUE;
    else
        walk->step = (guint64)((double)walk->step / state->memory + 0.5);
}

static void
sequential_init(LadPatternState *state, const void *params)
{
    (void)params;
    Walk *walk = (Walk *)state;
    walk->step = state->access_bytes;
    walk->end = state->n_units * state->unit;
    take_share(walk);
}

const LadPatternClass lad_pattern_sequential = {
    .pattern = {.name = "sequential",
                .summary = "one access after the other in memory, over and over",
                .models = "A walk over the stretch by the size of an access.",
                .leaves_out = "Nothing.",
                .source = "Ours.",
                .options = no_options},
    .state_size = sizeof(Walk),
    .unit = access_unit,
    .init = sequential_init,
    .fill = walk_fill,
};

static const char *
strided_problem(const void *params, const LadPatternCommon *common, LadBytes bytes)
{
    (void)common;
    const StridedParams *strided = params;
    return strided->stride > bytes ? "the stride is longer than the stretch" : NULL;
}

static void
strided_init(LadPatternState *state, const void *params)
{
    Walk *walk = (Walk *)state;
    walk->step = ((const StridedParams *)params)->stride;
    walk->end = (state->n_units - 1) * state->unit + 1;
    take_share(walk);
}

const LadPatternClass lad_pattern_strided = {
    .pattern = {.name = "strided",
                .summary = "a walk by a fixed number of bytes, over and over",
                .models = "Access i is at i x stride until the end of the stretch, then it begins "
                          "again at its start.",
                .leaves_out = "Several dimensions; use several patterns.",
                .source = "Ours.",
                .options = strided_options,
                .params_size = sizeof(StridedParams)},
    .state_size = sizeof(Walk),
    .unit = access_unit,
    .problem = strided_problem,
    .init = strided_init,
    .fill = walk_fill,
};

typedef struct {
    LadBytes unit;
} LoopParams;

static const LadOption loop_options[] = {
    LAD_OPT(LoopParams, unit, "unit", BYTES, "4 KiB", "1 B", "1 GiB",
            "bytes of what is visited one after the other; one line at random of each"),
    LAD_OPTIONS_END,
};

static LadBytes
loop_unit(const void *params, const LadPatternCommon *common)
{
    (void)common;
    return ((const LoopParams *)params)->unit;
}

static void
loop_init(LadPatternState *state, const void *params)
{
    (void)params;
    Walk *walk = (Walk *)state;
    walk->step = state->unit;
    walk->end = state->n_units * state->unit;
    take_share(walk);
}

static void
loop_fill(LadPatternState *state, const guint8 *ops, guint n, guint64 *to)
{
    walk_fill(state, ops, n, to);
    if (state->unit > 64)
        for (guint i = 0; i < n; i++)
            to[i] += lad_pattern_line(state, lad_random_next(&state->random));
}

const LadPatternClass lad_pattern_loop = {
    .pattern = {.name = "loop",
                .summary = "unit after unit (pages), one access each, over and over",
                .models = "Units in ascending order, a line at random of each.",
                .leaves_out = "Nothing.",
                .source = "Ours.",
                .options = loop_options,
                .params_size = sizeof(LoopParams)},
    .state_size = sizeof(Walk),
    .unit = loop_unit,
    .init = loop_init,
    .fill = loop_fill,
};
