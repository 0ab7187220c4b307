/* skeleton.c - a core model to copy: one paragraph that says the idea and its source.
 *
 * To add a core, copy this file, rename the class table, and add one line to models/registry.c.
 * This one keeps time without memory: every instruction takes `cpi` cycles and no access is made. A
 * model with memory uses the engine's loop (sim/engine/replay-loop.h), as in-order.c does in six
 * short functions. Modelled: dispatch. Left out: everything else. Times are in sixteenths of a
 * cycle.
 */
#include "config.h"
#include <memladder/core.h>

typedef struct {
    guint64 cpi;
} Params;

static const LadOption options[] = {
    LAD_OPT(Params, cpi, "cpi", CYCLES, "1 cycles", "1 cycles", "1000 cycles",
            "cycles per instruction"),
    LAD_OPTIONS_END,
};

/* Required: once per core, after its parameters are filled and the hierarchy exists. */
static gboolean
init(LadCore *core, GError **error)
{
    (void)core;
    (void)error;
    return TRUE;
}

/* One token. FALSE: the thread must let go of its core. */
static gboolean
execute(LadCore *core, const Params *params)
{
    LadThread *thread = core->thread;
    guint32 token = thread->batch->tokens[thread->token++];
    if (token & LAD_TOKEN_RECORD) {
        const LadRecord *record = &thread->batch->records[token & ~LAD_TOKEN_RECORD];
        thread->n_records++;
        return record->kind <= LAD_RECORD_ATOMIC ||
               core->host->hooks->record(core->host, thread, record,
                                         lad_ticks_to_ps(core, core->now));
    }
    const LadEntry *entry = lad_code_entry(thread->code, token);
    LadTicks ticks = 16 * params->cpi * entry->n_insns;
    thread->address += entry->n_operands;
    thread->n_insns += entry->n_insns;
    thread->n_data += entry->n_operands;
    thread->n_records += entry->n_blocks;
    core->now += ticks;
    core->common[LAD_CORE_INSTRUCTIONS] += entry->n_insns;
    core->common[LAD_CORE_TICKS] += ticks;
    core->common[LAD_CORE_BASE] += ticks;
    return TRUE;
}

/* Required: run core->thread until a stop. This model touches nothing shared but by records, so it
 * may stop at `limit` only there; it stops at the horizon, and sets its turn. */
static LadCoreStop
run(LadCore *core, LadTime horizon, LadTime limit)
{
    LadThread *thread = core->thread;
    LadTime bound = MIN(horizon, limit);
    LadCoreStop stop = LAD_STOP_HORIZON;
    while ((core->turn = lad_ticks_to_ps(core, core->now)) < bound) {
        if (thread->n_insns >= thread->stop_insns) {
            stop = LAD_STOP_LIMIT;
            break;
        }
        if (!thread->batch || thread->token >= thread->batch->n_tokens) {
            if (lad_thread_next_batch(thread))
                continue;
            stop = LAD_STOP_END;
            break;
        }
        if (!execute(core, core->params)) {
            stop = LAD_STOP_SLEEP;
            break;
        }
    }
    return stop;
}

const LadCoreClass lad_core_skeleton = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_CORE, LadCoreClass, "skeleton",
                            "an example to copy: a fixed time per instruction"),
             .models = "A fixed time per instruction.", .leaves_out = "Memory.", .source = "None.",
             .options = options, .params_size = sizeof(Params)},
    .timed = TRUE,
    .init = init,
    .run = run,
};
