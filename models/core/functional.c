/* functional.c - a core that keeps no time: which references miss at which level.
 *
 * Counting `reference` gives exactly cachegrind's counts, counting `line` those of DynamoRIO's and
 * Dinero's simulators (sim/cache/functional.h has the rules). Streams must be put in some order all
 * the same: every core's clock advances one cycle per instruction, cores take turns of 16384
 * instructions, and several streams on a core take turns by the scheduler's quantum of that clock.
 * Modelled: caches, and TLBs where there are groups for them, private or shared, for both sides or
 * one, with way masks, inclusive or exclusive (sim/cache/moves.h), several address spaces per entry
 * (sim/cache/spaces.h); next-line prefetching into the first data caches. Left out: time,
 * coherence, write-backs (but between inclusive and exclusive caches), page tables and placement,
 * physical addresses (tags are virtual, per process), 2 MiB pages.
 */
#include "config.h"
#include "sim/cache/functional_host.h"
#include <memladder/core.h>

#define TURN_INSNS 16384

typedef struct {
    guint count; /* LadFunctionalCount */
    guint tags;  /* 0: caches tell processes apart; 1: they do not */
    gboolean first_misses;
} Params;

typedef struct {
    LadFunctionalHost *functional; /* the host's, owned by core 0 */
} State;

static const char *const counts[] = {"reference", "line", NULL};
static const char *const tags[] = {"process", "address", NULL};

static const LadOption options[] = {
    LAD_OPT_ENUM(Params, count, "count", "reference", counts,
                 "whether a reference to two lines counts once, as cachegrind does, or twice"),
    LAD_OPT_ENUM(Params, tags, "cache-tags", "process", tags,
                 "whether caches tell equal addresses of several processes apart; TLBs always do"),
    LAD_OPT(Params, first_misses, "first-misses", BOOL, "false", NULL, NULL,
            "count compulsory misses, with count = line; takes memory for every line touched"),
    LAD_OPTIONS_END,
};

static gboolean
init(LadCore *core, GError **error)
{
    State *state = core->state;
    const Params *params = core->params;
    if (core->index > 0) {
        state->functional = ((State *)core->host->cores[0]->state)->functional;
        return TRUE;
    }
    if (params->first_misses && params->count != LAD_COUNT_LINE) {
        g_set_error_literal(error, LAD_ERROR, LAD_ERROR_CONFIG,
                            "[core] first-misses = true needs count = line");
        return FALSE;
    }
    LadFunctionalHostOptions with = {.count = (LadFunctionalCount)params->count,
                                     .first_misses = params->first_misses,
                                     .shared_addresses = params->tags == 1};
    state->functional = lad_functional_host_new(core->host, &with, error);
    return state->functional != NULL;
}

static void
clear(LadCore *core)
{
    State *state = core->state;
    if (core->index == 0)
        lad_functional_host_free(state->functional);
}

static gboolean
check_thread(LadThread *thread)
{
    if (thread->address_offset % LAD_PAGE_BYTES == 0)
        return TRUE;
    g_set_error(&thread->error, LAD_ERROR, LAD_ERROR_CONFIG,
                "functional cores need an address offset that is a multiple of 4 KiB");
    return FALSE;
}

/* The thread's instruction count at which the core's clock reaches `when`. */
static guint64
insns_at(const LadCore *core, LadTime when)
{
    if (when >= LAD_TIME_MAX)
        return G_MAXUINT64;
    LadTicks ticks = lad_ticks_from_ps(core, when);
    guint64 cycles = ticks > core->now ? (ticks - core->now + 15) / 16 : 0;
    return core->thread->n_insns + MAX(cycles, 1);
}

static void
account(LadCore *core, const LadFunctionalPosition *done)
{
    LadThread *thread = core->thread;
    thread->n_insns += done->n_insns;
    thread->n_data += done->n_data;
    thread->n_records += done->n_records;
    core->common[LAD_CORE_INSTRUCTIONS] += done->n_insns;
    core->common[LAD_CORE_LOADS] += done->n_loads;
    core->common[LAD_CORE_STORES] += done->n_stores;
    core->now += 16 * done->n_insns;
    core->turn = lad_ticks_to_ps(core, core->now);
}

static LadCoreStop
run(LadCore *core, LadTime horizon, LadTime limit)
{
    State *state = core->state;
    LadThread *thread = core->thread;
    if (!check_thread(thread))
        return LAD_STOP_END;
    guint64 turn_end = limit >= LAD_TIME_MAX ? G_MAXUINT64 : thread->n_insns + TURN_INSNS;
    const guint64 horizon_end = insns_at(core, horizon);
    for (;;) {
        if (thread->n_insns >= thread->stop_insns)
            return LAD_STOP_LIMIT;
        if (thread->n_insns >= horizon_end)
            return LAD_STOP_HORIZON;
        if (thread->n_insns >= turn_end)
            return LAD_STOP_TURN;
        if ((thread->batch == NULL || thread->token >= thread->batch->n_tokens) &&
            !lad_thread_next_batch(thread))
            return LAD_STOP_END;
        LadFunctionalPosition done = {0};
        guint64 stop = MIN(MIN(thread->stop_insns, turn_end), horizon_end) - thread->n_insns;
        const LadRecord *record =
            lad_functional_host_replay(state->functional, core->index, thread, stop, &done);
        account(core, &done);
        if (record == NULL)
            continue;
        lad_functional_host_record(state->functional, thread, record);
        gboolean stays = core->host->hooks->record(core->host, thread, record, core->turn);
        thread->token++;
        thread->n_records++;
        if (!stays)
            return LAD_STOP_SLEEP;
    }
}

extern const LadCoreClass lad_core_functional;
const LadCoreClass lad_core_functional = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_CORE, LadCoreClass, "functional",
                            "no time: references and misses of caches and TLBs, exactly"),
             .models = "Caches and TLBs of any geometry and replacement, private or shared by "
                       "clusters, unified or split at every level, with way masks, inclusive or "
                       "exclusive; one set of up to 1048576 ways; L2 I-TLBs with "
                       "several address spaces per entry. Streams take turns as if every "
                       "instruction took a cycle.",
             .leaves_out =
                 "Time, coherence, write-backs but between inclusive and exclusive caches, "
                 "prefetchers but next-line, page tables and placement, physical addresses, 2 MiB "
                 "pages.",
             .source =
                 "Valgrind's manual, chapter 5 (Cachegrind); equal to cachegrind's nine counts "
                 "on the same program.",
             .options = options, .params_size = sizeof(Params), .host_size = sizeof(State)},
    .timed = FALSE,
    .init = init,
    .clear = clear,
    .run = run,
};
