/* pages.c - see pages.h. */
#include "config.h"
#include <string.h>
#include "traces/synth/pages.h"

void
lad_pages_begin(LadPages *pages)
{
    const GArray *mix = pages->phase->mix;
    gboolean code = pages->code != NULL && pages->code->per_access > 0.0;
    guint n = mix->len + (code ? 1 : 0);
    double *weights = g_new(double, n), sum = 0.0, lines = 0.0;
    for (guint i = 0; i < mix->len; i++) {
        const LadPlanShare *share = &g_array_index(mix, LadPlanShare, i);
        const LadPlanPattern *pattern =
            LAD_PLAN_AT(pages->plan->patterns, LadPlanPattern, share->pattern);
        weights[i] = share->weight * pattern->common.memory;
        sum += share->weight;
    }
    if (code)
        weights[mix->len] = sum * pages->code->per_access;
    for (guint i = 0; i < n; i++)
        lines += weights[i];
    pages->instructions = 0.0;
    if (pages->code != NULL)
        pages->instructions = sum * pages->code->instructions_per_access / lines *
                              (double)pages->plan->options.sample;
    lad_turns_set(&pages->turns, weights, n);
    pages->run_left = 0;
}

/* Which accesses are stores, and of which chain the others are. */
static void
draw_ops(LadPatternState *state, guint8 *ops, guint n)
{
    guint64 draw = 0;
    memset(ops, 0, n);
    if (state->writes > 0)
        for (guint i = 0; i < n; i++, draw >>= 16) {
            if (i % 4 == 0)
                draw = lad_random_next(&state->random);
            ops[i] = (draw & G_MAXUINT16) < state->writes ? LAD_OP_STORE : 0;
        }
    if (state->n_chains > 1)
        for (guint i = 0; i < n; i++) {
            ops[i] |= (guint8)state->chain;
            if (!(ops[i] & LAD_OP_STORE))
                state->chain = (state->chain + 1) % state->n_chains;
        }
}

/* The next `n` touches of a turn. */
static void
fill_turn(LadPages *pages, guint turn, guint n, guint64 *to)
{
    guint8 ops[LAD_SYNTH_SLICE];
    if (turn == pages->phase->mix->len) {
        lad_code_pages_fill(pages->code, n, to);
        return;
    }
    guint pattern = g_array_index(pages->phase->mix, LadPlanShare, turn).pattern;
    LadPatternState *state = pages->states[pattern];
    draw_ops(state, ops, n);
    LAD_PLAN_AT(pages->plan->patterns, LadPlanPattern, pattern)->class->fill(state, ops, n, to);
    for (guint i = 0; i < n; i++)
        to[i] = (to[i] & ~(guint64)1) | (ops[i] >= LAD_OP_STORE);
}

/* As many of each as it has turns, then in their order. */
void
lad_pages_fill(LadPages *pages, guint n, guint64 *to)
{
    const guint n_turns = pages->turns.n;
    guint16 turns[LAD_SYNTH_SLICE];
    guint64 touches[LAD_SYNTH_SLICE];
    if (n_turns == 1) {
        fill_turn(pages, 0, n, to);
        return;
    }
    g_autofree guint *at = g_new0(guint, n_turns + 1);
    for (guint i = 0; i < n; i++) {
        if (pages->run_left-- == 0) {
            pages->turn = lad_turns_draw(&pages->turns, pages->random);
            pages->run_left = pages->phase->params.run - 1;
        }
        turns[i] = (guint16)pages->turn;
        at[turns[i] + 1]++;
    }
    for (guint t = 0; t < n_turns; t++) {
        if (at[t + 1] > 0)
            fill_turn(pages, t, at[t + 1], touches + at[t]);
        at[t + 1] += at[t];
    }
    for (guint i = 0; i < n; i++)
        to[i] = touches[at[turns[i]]++];
}
