/* thread.c - phases, turns of patterns, requests and idle times of one thread. */
#include "config.h"
#include <string.h>
#include "traces/synth/pages.h"
#include "traces/synth/start.h"
#include "traces/synth/thread.h"

#define STRETCH     ((guint64)256 << 10) /* references of one thread before the next one's turn */
#define SLICE       LAD_SYNTH_SLICE
#define STAMPS      100 /* time stamps in a second */
#define TICKS_PER_S (LAD_S / LAD_TICK_PS)
#define AHEAD       128 /* addresses of a pattern drawn at once: a block needs but a few */

struct LadSynthThread {
    const LadSynthPlan *plan;
    const LadPlanThread *thread;
    const LadPlanStream *where;
    LadSynthCode *codes;
    LadSynthOutput *output;
    guint stream;
    LadRandom random;
    LadPatternState **states; /* by pattern; NULL: it has none of it */

    guint64 left; /* of the thread, in its unit; G_MAXUINT64: what the phases say */
    guint64 rounds;
    guint next_phase;
    const LadPlanPhase *phase;
    guint64 phase_left; /* accesses, or instructions if by_insns */
    gboolean by_insns;
    LadTurns turns;            /* of the phase's mix, at level instruction */
    LadPages pages;            /* of the phase, at level page, */
    LadCodePages **code_pages; /* and of each phase */
    /* At level page: ticks slept; touches of the phase, and their instructions; touches or, where
     * lengths are in these, instructions so far; touches before the next time stamp. */
    guint64 slept, touched, touched_insns, passed, left_now;
    struct Ahead {
        guint64 addresses[AHEAD];
        guint at;    /* the next one */
    } * *ahead;      /* by pattern, at level instruction; NULL: made when asked for */
    LadScatter *own; /* by code and pattern: its own order of popularity */
    gboolean in_request;
    guint64 request_left, request; /* accesses; number of the request begun last, from 1 */
    guint64 burst_left;
    guint64 stretch; /* references that it may still write before others' turn */
};

/* ---- Its state ---------------------------------------------------------------------------------
 */

static LadPatternState *
new_state(const LadSynthThread *thread, guint number)
{
    const LadPlanPattern *pattern = LAD_PLAN_AT(thread->plan->patterns, LadPlanPattern, number);
    LadPatternState *state = g_malloc0(pattern->class->state_size);
    g_autofree char *name =
        g_strdup_printf("synth.%s.%u.%s", thread->thread->name, thread->where->copy, pattern->name);
    lad_random_init(&state->random, thread->plan->options.seed, name);
    const LadPlanRegion *region =
        LAD_PLAN_AT(thread->plan->regions, LadPlanRegion, pattern->region);
    state->base = lad_synth_region_address(region, thread->where) + pattern->offset;
    state->unit = pattern->class->unit(pattern->params, &pattern->common);
    state->n_units = pattern->bytes / state->unit;
    state->access_bytes = pattern->common.access_bytes;
    state->writes = (guint32)(pattern->common.writes * 65536.0);
    state->n_chains = pattern->n_chains;
    gboolean pages = thread->plan->options.level == 1;
    state->memory = pages ? pattern->common.memory : 1.0;
    state->sampled = pages && thread->plan->options.sample > 1;
    pattern->class->init(state, pattern->params);
    return state;
}

static void
init_own(LadSynthThread *thread)
{
    guint n_codes = thread->plan->codes->len, n_parts = thread->plan->patterns->len;
    g_autofree char *name =
        g_strdup_printf("synth.%s.%u.own", thread->thread->name, thread->where->copy);
    LadRandom random;
    lad_random_init(&random, thread->plan->options.seed, name);
    thread->own = g_new0(LadScatter, n_codes * n_parts);
    for (guint i = 0; i < n_codes * n_parts; i++)
        lad_scatter_init(&thread->own[i], thread->codes[i / n_parts].parts[i % n_parts].n_functions,
                         &random);
}

LadSynthThread *
lad_synth_thread_new(const LadSynthPlan *plan, const LadPlanStream *where, LadSynthCode *codes,
                     LadSynthOutput *output)
{
    LadSynthThread *thread = g_new0(LadSynthThread, 1);
    thread->plan = plan;
    thread->thread = LAD_PLAN_AT(plan->threads, LadPlanThread, where->thread);
    thread->where = where;
    thread->codes = codes;
    thread->output = output;
    const LadThreadParams *params = &thread->thread->params;
    const LadStreamInfo info = {.host = where->host,
                                .process = where->process,
                                .thread = where->number,
                                .cgroup = params->cgroup,
                                .name = thread->thread->name};
    thread->stream = lad_trace_writer_add_stream(output->writer, &info);
    g_autofree char *name = g_strdup_printf("synth.%s.%u", thread->thread->name, where->copy);
    lad_random_init(&thread->random, plan->options.seed, name);
    thread->states = g_new0(LadPatternState *, plan->patterns->len);
    for (guint i = 0; i < plan->patterns->len; i++)
        if (lad_synth_uses_pattern(plan, where, i))
            thread->states[i] = new_state(thread, i);
    thread->ahead = g_new0(struct Ahead *, plan->patterns->len);
    for (guint i = 0; i < plan->patterns->len; i++)
        if (LAD_PLAN_AT(plan->patterns, LadPlanPattern, i)->n_chains == 0) {
            thread->ahead[i] = g_new(struct Ahead, 1);
            thread->ahead[i]->at = AHEAD;
        }
    thread->code_pages = g_new0(LadCodePages *, plan->phases->len + 1);
    thread->pages = (LadPages){.plan = plan, .states = thread->states, .random = &thread->random};
    init_own(thread);
    thread->left = params->accesses + params->instructions;
    thread->rounds = thread->left > 0 ? G_MAXUINT64 : params->repeat;
    if (thread->left == 0)
        thread->left = G_MAXUINT64;
    return thread;
}

void
lad_synth_thread_free(LadSynthThread *thread)
{
    for (guint i = 0; i < thread->plan->patterns->len; i++) {
        const LadPatternClass *class =
            LAD_PLAN_AT(thread->plan->patterns, LadPlanPattern, i)->class;
        if (thread->states[i] != NULL && class->clear != NULL)
            class->clear(thread->states[i]);
        g_free(thread->states[i]);
        g_free(thread->ahead[i]);
    }
    g_free(thread->states);
    g_free(thread->ahead);
    for (guint i = 0; i < thread->plan->phases->len; i++)
        lad_code_pages_free(thread->code_pages[i]);
    g_free(thread->code_pages);
    lad_turns_clear(&thread->turns);
    lad_turns_clear(&thread->pages.turns);
    g_free(thread->own);
    g_free(thread);
}

guint64
lad_synth_thread_length(const LadSynthThread *thread)
{
    if (thread->left != G_MAXUINT64)
        return thread->left;
    guint64 sum = 0;
    for (guint i = 0; i < thread->thread->phases->len; i++) {
        guint number = g_array_index(thread->thread->phases, guint, i);
        const LadPhaseParams *params =
            &LAD_PLAN_AT(thread->plan->phases, LadPlanPhase, number)->params;
        sum += params->accesses + params->instructions;
    }
    return sum * thread->thread->params.repeat;
}

/* The thread's share of the pages of code that it may execute: a function of each. */
static gboolean
populate_code(LadSynthThread *thread, LadSynthCode *code, GError **error)
{
    const LadPlanCode *plan = code->plan;
    guint32 n = lad_synth_plan_n_functions(plan);
    guint64 last = G_MAXUINT64, pages = 0;
    for (guint32 slot = 0; slot < n; slot++) {
        guint64 page = lad_synth_code_address(code, slot) / LAD_PAGE_BYTES;
        if (page == last)
            continue;
        last = page;
        if (pages++ % thread->plan->streams->len != thread->where->number - 1)
            continue;
        if (!lad_trace_writer_execute(thread->output->writer, thread->stream,
                                      lad_synth_code_return(code, slot), NULL, error))
            return FALSE;
    }
    return TRUE;
}

/* At level page, what each of its phases has from memory of the code that it executes. */
static gboolean
prepare_code_pages(LadSynthThread *thread, GError **error)
{
    const LadSynthPlan *plan = thread->plan;
    for (guint i = 0; i < thread->thread->phases->len; i++) {
        guint number = g_array_index(thread->thread->phases, guint, i);
        const LadPlanPhase *phase = LAD_PLAN_AT(plan->phases, LadPlanPhase, number);
        if (thread->code_pages[number] != NULL || phase->code == G_MAXUINT)
            continue;
        g_autofree char *name = g_strdup_printf("synth.%s.%u.code.%s", thread->thread->name,
                                                thread->where->copy, phase->name);
        thread->code_pages[number] = lad_code_pages_new(
            &thread->codes[phase->code], phase, &thread->own[phase->code * plan->patterns->len],
            plan->options.seed, name, error);
        if (thread->code_pages[number] == NULL)
            return FALSE;
    }
    return TRUE;
}

gboolean
lad_synth_thread_begin(LadSynthThread *thread, GError **error)
{
    if (!lad_synth_start(thread->plan, thread->where, thread->output, thread->stream, error))
        return FALSE;
    if (thread->plan->options.level == 1)
        return prepare_code_pages(thread, error);
    for (guint i = 0; i < thread->plan->codes->len; i++)
        if (thread->codes[i].plan->params.populate &&
            !populate_code(thread, &thread->codes[i], error))
            return FALSE;
    return TRUE;
}

static gboolean
put_value(LadSynthThread *thread, LadRecordKind kind, guint64 value, GError **error)
{
    const LadRecord record = {.kind = kind, .value = value};
    return lad_trace_writer_record(thread->output->writer, thread->stream, &record, error);
}

/* ---- Phases -----------------------------------------------------------------------------------
 */

/* Weights are in accesses, draws are of calls. */
static void
weigh_calls(LadSynthThread *thread)
{
    const GArray *mix = thread->phase->mix;
    const LadSynthPart *parts = thread->codes[thread->phase->code].parts;
    double *weights = g_new(double, mix->len);
    for (guint i = 0; i < mix->len; i++) {
        const LadPlanShare *share = &g_array_index(mix, LadPlanShare, i);
        weights[i] = share->weight / parts[share->pattern].mean_accesses;
    }
    lad_turns_set(&thread->turns, weights, mix->len);
}

/* The next phase; FALSE if there is none. */
static gboolean
next_phase(LadSynthThread *thread)
{
    const GArray *phases = thread->thread->phases;
    if (thread->next_phase == phases->len) {
        thread->next_phase = 0;
        thread->rounds--;
    }
    if (thread->rounds == 0 || thread->left == 0)
        return FALSE;
    guint number = g_array_index(phases, guint, thread->next_phase++);
    thread->phase = LAD_PLAN_AT(thread->plan->phases, LadPlanPhase, number);
    const LadPhaseParams *params = &thread->phase->params;
    guint64 length = params->accesses + params->instructions;
    thread->by_insns =
        length > 0 ? params->instructions > 0 : thread->thread->params.instructions > 0;
    thread->phase_left = length > 0 ? length : thread->left;
    thread->request_left = 0;
    thread->burst_left = params->burst;
    if (thread->plan->options.level == 1) {
        thread->pages.phase = thread->phase;
        thread->pages.code = thread->code_pages[number];
        lad_pages_begin(&thread->pages);
        thread->touched = thread->touched_insns = 0;
    } else {
        weigh_calls(thread);
    }
    return TRUE;
}

static inline void
take(guint64 *from, guint64 n)
{
    *from -= MIN(*from, n);
}

/* `n` accesses and `n_insns` instructions have been executed. */
static inline void
count(LadSynthThread *thread, guint64 n, guint64 n_insns)
{
    guint64 units = thread->by_insns ? n_insns : n;
    take(&thread->phase_left, units);
    if (thread->left != G_MAXUINT64)
        take(&thread->left, thread->thread->params.instructions > 0 ? n_insns : n);
    take(&thread->request_left, n);
    take(&thread->burst_left, n);
    take(&thread->stretch, thread->plan->options.level == 1 ? n : n + n_insns);
    thread->output->done += units;
}

/* Whether the phase goes on. */
static inline gboolean
goes_on(const LadSynthThread *thread)
{
    return thread->phase_left > 0 && thread->left > 0;
}

/* Before accesses: begins a request if one is due. */
static inline gboolean
begin_request(LadSynthThread *thread, GError **error)
{
    guint64 length = thread->phase->params.request;
    if (G_LIKELY(length == 0 || thread->in_request))
        return TRUE;
    thread->in_request = TRUE;
    thread->request_left = length;
    return put_value(thread, LAD_RECORD_REQUEST_BEGIN, ++thread->request, error);
}

/* After accesses: ends the request and sleeps if that is due. */
static gboolean
end_request(LadSynthThread *thread, GError **error)
{
    const LadPhaseParams *params = &thread->phase->params;
    if (thread->in_request && (thread->request_left == 0 || !goes_on(thread))) {
        thread->in_request = FALSE;
        if (!put_value(thread, LAD_RECORD_REQUEST_END, thread->request, error))
            return FALSE;
    }
    if (params->burst == 0 || thread->burst_left > 0)
        return TRUE;
    thread->burst_left = params->burst;
    thread->slept += params->idle / LAD_TICK_PS;
    return put_value(thread, LAD_RECORD_IDLE, params->idle / LAD_TICK_PS, error);
}

/* ---- Level page -------------------------------------------------------------------------------
 */

/* Whether its time, and so the phase's length, is in instructions. */
static gboolean
in_instructions(const LadSynthThread *thread)
{
    return thread->by_insns || (thread->left != G_MAXUINT64 && thread->thread->params.instructions);
}

/* With a rate, a time stamp is due after each hundredth of a second, or each touch. */
static gboolean
stamp(LadSynthThread *thread, GError **error)
{
    guint64 rate = thread->plan->options.rate;
    if (rate == 0 || thread->left_now > 0)
        return TRUE;
    guint64 ticks = thread->passed / rate * TICKS_PER_S;
    ticks += (guint64)((double)(thread->passed % rate) / (double)rate * (double)TICKS_PER_S);
    double touches = (double)rate / STAMPS;
    if (in_instructions(thread))
        touches = touches / thread->pages.instructions;
    thread->left_now = touches < 1.0 ? 1 : touches > SLICE ? SLICE : (guint64)touches;
    return put_value(thread, LAD_RECORD_TIME, thread->slept + ticks, error);
}

/* `n` touches have been made: instructions that these stand for have passed. */
static void
pass(LadSynthThread *thread, guint n)
{
    guint64 before = thread->touched_insns;
    thread->touched += n;
    thread->touched_insns = (guint64)((double)thread->touched * thread->pages.instructions);
    guint64 n_insns = thread->touched_insns - before;
    count(thread, n, n_insns);
    thread->passed += in_instructions(thread) ? n_insns : n;
    take(&thread->left_now, n);
}

/* Touches before the phase or the thread is over. */
static guint64
touches_left(const LadSynthThread *thread)
{
    guint64 phase = thread->phase_left, all = thread->left;
    double each = thread->pages.instructions;
    if (thread->by_insns)
        phase = (guint64)((double)phase / each) + 1;
    if (all != G_MAXUINT64 && thread->thread->params.instructions > 0)
        all = (guint64)((double)all / each) + 1;
    return MIN(phase, all);
}

static gboolean
run_pages(LadSynthThread *thread, GError **error)
{
    guint64 touches[SLICE];
    const LadPhaseParams *params = &thread->phase->params;
    while (goes_on(thread) && thread->stretch > 0) {
        if (!stamp(thread, error) || !begin_request(thread, error))
            return FALSE;
        guint64 most = MIN(touches_left(thread), SLICE);
        if (thread->plan->options.rate > 0)
            most = MIN(most, thread->left_now);
        if (thread->in_request)
            most = MIN(most, thread->request_left);
        if (params->burst > 0)
            most = MIN(most, thread->burst_left);
        guint n = (guint)most;
        lad_pages_fill(&thread->pages, n, touches);
        if (!lad_synth_output_touches(thread->output, thread->stream, touches, n, error))
            return FALSE;
        pass(thread, n);
        if (!end_request(thread, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- Level instruction ------------------------------------------------------------------------
 */

/* The addresses of a block's accesses. What does not depend on ops is drawn ahead. */
static inline void
next_addresses(LadSynthThread *thread, guint pattern, const guint8 *ops, guint n, guint64 *to)
{
    const LadPatternClass *class =
        LAD_PLAN_AT(thread->plan->patterns, LadPlanPattern, pattern)->class;
    struct Ahead *ahead = thread->ahead[pattern];
    if (ahead == NULL) {
        class->fill(thread->states[pattern], ops, n, to);
        return;
    }
    for (guint i = 0; i < n; i++) {
        if (G_UNLIKELY(ahead->at == AHEAD)) {
            class->fill(thread->states[pattern], ops, AHEAD, ahead->addresses);
            ahead->at = 0;
        }
        to[i] = ahead->addresses[ahead->at++];
    }
}

static inline gboolean
run_block(LadSynthThread *thread, const LadSynthCode *code, guint pattern,
          const LadSynthBlock *block, GError **error)
{
    guint64 addresses[LAD_BLOCK_MAX_INSNS];
    if (!begin_request(thread, error))
        return FALSE;
    if (block->n_operands > 0)
        next_addresses(thread, pattern, code->ops->data + block->first_op, block->n_operands,
                       addresses);
    if (!lad_trace_writer_execute(thread->output->writer, thread->stream, block->id, addresses,
                                  error))
        return FALSE;
    count(thread, block->n_operands, block->n_insns);
    return end_request(thread, error);
}

static gboolean run_function(LadSynthThread *thread, LadSynthCode *code, guint pattern,
                             guint32 rank, guint64 depth, GError **error);

/* One iteration of a function's body, which may call others `depth` deep. */
static gboolean
run_body(LadSynthThread *thread, LadSynthCode *code, guint pattern,
         const LadSynthFunction *function, guint64 depth, GError **error)
{
    guint64 draw = 0;
    guint n_executed = 0;
    const LadSynthBlock *blocks =
        &g_array_index(code->blocks, LadSynthBlock, function->first_block);
    for (guint b = 0; b + 1 < function->n_blocks && goes_on(thread); b++, draw >>= 32) {
        if (!run_block(thread, code, pattern, &blocks[b], error))
            return FALSE;
        if (n_executed++ % 2 == 0)
            draw = lad_random_next(&thread->random);
        if (blocks[b].callee == LAD_SYNTH_NO_CALL)
            b += code->always || (guint32)draw < code->taken;
        else if (depth > 1 && goes_on(thread) &&
                 !run_function(thread, code, pattern, blocks[b].callee, depth - 1, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
run_function(LadSynthThread *thread, LadSynthCode *code, guint pattern, guint32 rank, guint64 depth,
             GError **error)
{
    const LadSynthFunction *function = lad_synth_code_function(code, pattern, rank);
    for (guint64 i = 0; i < code->plan->params.iterations && goes_on(thread); i++)
        if (!run_body(thread, code, pattern, function, depth, error))
            return FALSE;
    const LadSynthBlock *end =
        &g_array_index(code->blocks, LadSynthBlock, function->first_block + function->n_blocks - 1);
    return !goes_on(thread) || run_block(thread, code, pattern, end, error);
}

/* Which function the dispatcher calls. */
static guint32
draw_function(LadSynthThread *thread, const LadSynthCode *code, guint pattern)
{
    guint32 rank = (guint32)(lad_random_next(&thread->random) >> 32);
    lad_ranks_find(&code->parts[pattern].popularity, &rank, 1);
    if (code->own == 0)
        return rank;
    gboolean own = code->all_own || (guint32)(lad_random_next(&thread->random) >> 32) < code->own;
    return own ? (guint32)lad_scatter(&thread->own[thread->phase->code * code->n_parts + pattern],
                                      rank)
               : rank;
}

static gboolean
run_call(LadSynthThread *thread, GError **error)
{
    LadSynthCode *code = &thread->codes[thread->phase->code];
    guint turn = lad_turns_draw(&thread->turns, &thread->random);
    guint pattern = g_array_index(thread->phase->mix, LadPlanShare, turn).pattern;
    guint32 rank = draw_function(thread, code, pattern);
    return run_block(thread, code, pattern, &code->dispatcher, error) &&
           run_function(thread, code, pattern, rank, code->plan->params.depth, error);
}

static gboolean
run_calls(LadSynthThread *thread, GError **error)
{
    while (goes_on(thread) && thread->stretch > 0)
        if (!run_call(thread, error))
            return FALSE;
    return TRUE;
}

gboolean
lad_synth_thread_run(LadSynthThread *thread, gboolean *ended, GError **error)
{
    thread->stretch = STRETCH;
    while (thread->stretch > 0) {
        if ((thread->phase == NULL || !goes_on(thread)) && !next_phase(thread)) {
            *ended = TRUE;
            return TRUE;
        }
        if (!(thread->plan->options.level == 1 ? run_pages : run_calls)(thread, error))
            return FALSE;
    }
    return TRUE;
}
