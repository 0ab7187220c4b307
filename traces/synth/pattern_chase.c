/* pattern_chase.c - following pointers: each load's address is the value of the load before.
 *
 * The units form one cycle in random order, without a table: unit number i of the cycle is a
 * one-to-one function of i. Each chain is at its own place of the cycle. At level instruction a
 * chain has a register that its loads read for their address and write with their value, so a core
 * that knows dependences must wait for each; chains are independent of one another. Of accesses
 * that come from memory none is a store to a node just loaded: then each is the next line, which a
 * store will write. */
#include "config.h"
#include "traces/synth/pattern.h"

typedef struct {
    LadBytes unit;
    guint64 chains, run;
} ChaseParams;

typedef struct {
    LadPatternState common;
    LadScatter scatter;
    guint64 at[LAD_MAX_CHAINS];        /* place in the cycle, up to the scatter's mask */
    guint64 node[LAD_MAX_CHAINS];      /* address of the unit loaded last */
    guint64 run, line[LAD_MAX_CHAINS]; /* lines of a node, and which of them was loaded last */
    gboolean loads;                    /* each access, stores too, is of the next line */
} Chase;

static const LadOption chase_options[] = {
    LAD_OPT(ChaseParams, unit, "unit", BYTES, "64 B", "8 B", "1 GiB",
            "bytes from one node to the next in memory; a node's pointer is at its start"),
    LAD_OPT(ChaseParams, chains, "chains", UINT, "1", "1", "8",
            "pointers followed side by side, each through the whole cycle"),
    LAD_OPT(ChaseParams, run, "run", UINT, "1", "1", "64",
            "lines of a node, read one after the other before its pointer is followed"),
    LAD_OPTIONS_END,
};

static LadBytes
chase_unit(const void *params, const LadPatternCommon *common)
{
    (void)common;
    return ((const ChaseParams *)params)->unit;
}

static const char *
chase_problem(const void *params, const LadPatternCommon *common, LadBytes bytes)
{
    const ChaseParams *chase = params;
    (void)common;
    (void)bytes;
    return chase->run > 1 && chase->run * 64 > chase->unit
               ? "nodes shorter than `run` lines; expected a larger `unit`"
               : NULL;
}

static guint
chase_chains(const void *params)
{
    return (guint)((const ChaseParams *)params)->chains;
}

static void
chase_init(LadPatternState *state, const void *params)
{
    Chase *chase = (Chase *)state;
    guint chains = chase_chains(params);
    chase->run = state->sampled ? 1 : ((const ChaseParams *)params)->run;
    chase->loads = state->memory != 1.0;
    lad_scatter_init(&chase->scatter, state->n_units, &state->random);
    for (guint i = 0; i < chains; i++) {
        chase->at[i] = (chase->scatter.mask + 1) / chains * i;
        chase->node[i] = state->base;
        chase->line[i] = chase->run - 1;
    }
}

static void
chase_fill(LadPatternState *state, const guint8 *ops, guint n, guint64 *to)
{
    Chase *chase = (Chase *)state;
    for (guint i = 0; i < n; i++) {
        guint chain = ops[i] & LAD_OP_CHAIN;
        if ((ops[i] & LAD_OP_STORE) && !chase->loads) { /* into the node that is there */
            to[i] = chase->node[chain] + (state->unit >= 8 + state->access_bytes ? 8 : 0);
            continue;
        }
        if (++chase->line[chain] < chase->run) {
            to[i] = chase->node[chain] + 64 * chase->line[chain];
            continue;
        }
        chase->line[chain] = 0;
        guint64 unit;
        do {
            unit = lad_scatter_step(&chase->scatter, chase->at[chain]);
            chase->at[chain] = (chase->at[chain] + 1) & chase->scatter.mask;
        } while (unit >= state->n_units);
        to[i] = chase->node[chain] = state->base + unit * state->unit;
    }
}

const LadPatternClass lad_pattern_chase = {
    .pattern = {.name = "chase",
                .summary = "pointers followed round one random cycle; each load waits for the last",
                .models = "Dependent loads; a store goes to the node loaded last.",
                .leaves_out = "Trees and lists that change.",
                .source = "Ours.",
                .options = chase_options,
                .params_size = sizeof(ChaseParams)},
    .state_size = sizeof(Chase),
    .unit = chase_unit,
    .problem = chase_problem,
    .init = chase_init,
    .fill = chase_fill,
    .chains = chase_chains,
};
