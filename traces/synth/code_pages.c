/* code_pages.c - how often functions are called, and which of their lines come from memory.
 *
 * Calls are counted by their chances: the dispatcher's by Zipf's law (a share by the thread's own
 * order), those that the functions make as they stand in the code, down to the depth of nesting.
 * A call executes all lines of its function once, however often it goes through them. What of this
 * comes from memory is what filter.h leaves of it. */
#include "config.h"
#include "traces/synth/code_pages.h"
#include "traces/synth/filter.h"

/* The functions of one pattern: chances per call by the dispatcher. */
typedef struct {
    const LadSynthCode *code;
    guint pattern, n;
    double *calls;        /* by rank: of the function */
    double *instructions; /* by rank: of a call, without those that it makes */
} Part;

static const LadSynthFunction *
function_at(const Part *part, guint rank)
{
    return &g_array_index(part->code->functions, LadSynthFunction,
                          rank * part->code->n_parts + part->pattern);
}

/* Goes through a function's blocks by the chances that they are reached, as mean_accesses of code.c
 * does: adds `calls` times what it calls to `next` (NULL: calls nothing), and counts instructions.
 */
static void
follow(const Part *part, guint rank, double calls, double *next)
{
    const LadCodeParams *params = &part->code->plan->params;
    const LadSynthFunction *function = function_at(part, rank);
    double here = 1.0, skipped_to = 0.0, sum = 0.0;
    for (guint b = 0; b + 1 < function->n_blocks; b++) {
        const LadSynthBlock *block =
            &g_array_index(part->code->blocks, LadSynthBlock, function->first_block + b);
        gboolean call = block->callee != LAD_SYNTH_NO_CALL;
        sum += here * block->n_insns;
        if (call && next != NULL)
            next[block->callee] += calls * here * (double)params->iterations;
        double skipping = call ? 0.0 : here * params->taken;
        here = here - skipping + skipped_to;
        skipped_to = skipping;
    }
    part->instructions[rank] = sum * (double)params->iterations + 1.0;
}

static double
popularity(const LadRanks *ranks, guint32 rank)
{
    guint32 before = rank > 0 ? ranks->thresholds[rank - 1] : 0;
    guint32 upto = rank + 1 < ranks->n ? ranks->thresholds[rank] : G_MAXUINT32;
    return (double)(upto - before) / 4294967296.0;
}

static void
count_calls(Part *part, const LadScatter *own)
{
    const LadSynthPart *what = &part->code->parts[part->pattern];
    const LadCodeParams *params = &part->code->plan->params;
    guint64 depth = params->calls > 0 ? params->depth : 1;
    double *now = g_new0(double, part->n), *next = g_new0(double, part->n);
    for (guint rank = 0; rank < part->n; rank++) {
        double share = popularity(&what->popularity, rank);
        now[rank] += (1.0 - params->own) * share;
        now[lad_scatter(own, rank)] += params->own * share;
    }
    for (guint64 d = 0; d < depth; d++) {
        for (guint rank = 0; rank < part->n; rank++) {
            part->calls[rank] += now[rank];
            if (now[rank] > 0.0 || d == 0)
                follow(part, rank, now[rank], d + 1 < depth ? next : NULL);
            now[rank] = 0.0;
        }
        double *rest = now;
        now = next;
        next = rest;
    }
    g_free(now);
    g_free(next);
}

/* Lines that a call executes. */
static double
lines_of_a_call(const LadCodeParams *params)
{
    guint64 bytes = params->body > 0 ? MAX(params->body, 128) : params->function;
    return (double)((bytes + 63) / 64);
}

/* Adds a pattern's share of `rates`; `turns` is how often the dispatcher calls it. */
static void
add_part(const LadSynthCode *code, guint pattern, double turns, const LadScatter *own,
         double *rates, double *instructions)
{
    Part part = {.code = code, .pattern = pattern, .n = code->parts[pattern].n_functions};
    part.calls = g_new0(double, part.n);
    part.instructions = g_new0(double, part.n);
    count_calls(&part, own);
    for (guint rank = 0; rank < part.n; rank++) {
        rates[rank * code->n_parts + pattern] += turns * part.calls[rank];
        *instructions += turns * part.calls[rank] * part.instructions[rank];
    }
    *instructions += turns * 2.0; /* of the dispatcher */
    g_free(part.calls);
    g_free(part.instructions);
}

static gboolean
filter(LadCodePages *pages, double *rates, double accesses, double instructions, GError **error)
{
    const LadSynthCode *code = pages->code;
    const LadCodeParams *params = &code->plan->params;
    double sum = 0.0;
    pages->instructions_per_access = instructions / accesses;
    if (params->memory <= 0.0)
        return TRUE;
    for (guint i = 0; i < code->functions->len; i++)
        sum += rates[i];
    double per_instruction = sum * lines_of_a_call(params) / instructions;
    if (params->memory > per_instruction) {
        g_set_error(
            error, LAD_ERROR, LAD_ERROR_CONFIG,
            "[code.%s] memory = %g lines per instruction, but it executes %.3g; expected no "
            "more",
            code->plan->name, params->memory, per_instruction);
        return FALSE;
    }
    lad_synth_filter(rates, code->functions->len, params->memory / per_instruction);
    lad_ranks_init_weights(&pages->functions, code->functions->len, rates);
    pages->per_access = params->memory * pages->instructions_per_access;
    return TRUE;
}

LadCodePages *
lad_code_pages_new(const LadSynthCode *code, const LadPlanPhase *phase, const LadScatter *own,
                   guint64 seed, const char *name, GError **error)
{
    LadCodePages *pages = g_new0(LadCodePages, 1);
    g_autofree double *rates = g_new0(double, code->functions->len);
    double accesses = 0.0, instructions = 0.0;
    pages->code = code;
    pages->sampled = code->whole->options.sample > 1;
    lad_random_init(&pages->random, seed, name);
    for (guint i = 0; i < phase->mix->len; i++) {
        const LadPlanShare *share = &g_array_index(phase->mix, LadPlanShare, i);
        double turns = share->weight / code->parts[share->pattern].mean_accesses;
        accesses += share->weight;
        if (share->weight > 0.0)
            add_part(code, share->pattern, turns, &own[share->pattern], rates, &instructions);
    }
    if (filter(pages, rates, accesses, instructions, error))
        return pages;
    lad_code_pages_free(pages);
    return NULL;
}

void
lad_code_pages_free(LadCodePages *pages)
{
    if (pages == NULL)
        return;
    lad_ranks_clear(&pages->functions);
    g_free(pages);
}

void
lad_code_pages_fill(LadCodePages *pages, guint n, guint64 *to)
{
    const LadSynthCode *code = pages->code;
    guint64 lines = (guint64)lines_of_a_call(&code->plan->params);
    for (guint i = 0; i < n; i++, pages->left--, pages->next += 64) {
        if (pages->left == 0) {
            guint64 draw = lad_random_next(&pages->random);
            guint32 number = (guint32)(draw >> 32);
            lad_ranks_find(&pages->functions, &number, 1);
            guint32 slot = g_array_index(code->functions, LadSynthFunction, number).slot;
            guint64 line = pages->sampled ? ((draw & G_MAXUINT32) * lines) >> 32 : 0;
            pages->next = lad_synth_code_address(code, slot) + line * 64;
            pages->left = pages->sampled ? 1 : lines;
        }
        to[i] = pages->next;
    }
}
