/* runs.c - joins blocks to runs; which join, and to what, is worked out once per pair. */
#include "config.h"
#include "traces/capture/runs.h"

void
lad_runs_init(LadRuns *runs, LadTraceWriter *writer)
{
    runs->writer = writer;
    runs->runs = g_array_new(FALSE, FALSE, sizeof(LadRun));
    runs->joints = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    runs->by_id = g_hash_table_new(g_direct_hash, g_direct_equal);
}

void
lad_runs_clear(LadRuns *runs)
{
    for (guint i = 0; i < runs->runs->len; i++) {
        g_free((gpointer)g_array_index(runs->runs, LadRun, i).insns);
        g_free((gpointer)g_array_index(runs->runs, LadRun, i).operands);
    }
    g_array_unref(runs->runs);
    g_hash_table_unref(runs->joints);
    g_hash_table_unref(runs->by_id);
}

guint32
lad_runs_block(LadRuns *runs, const LadBlock *block)
{
    guint32 id = lad_trace_writer_block(runs->writer, block), number = runs->runs->len;
    gpointer known;
    LadRun run = {.next_block = LAD_RUN_NONE,
                  .id = id,
                  .n_insns = block->n_insns,
                  .n_operands = block->n_operands,
                  .pc = block->pc,
                  .end = block->pc};

    if (g_hash_table_lookup_extended(runs->by_id, GUINT_TO_POINTER(id), NULL, &known))
        return GPOINTER_TO_UINT(known);
    for (guint i = 0; i < block->n_insns; i++)
        run.end += block->insns[i].length;
    run.insns = g_memdup2(block->insns, block->n_insns * sizeof *block->insns);
    run.operands = g_memdup2(block->operands, block->n_operands * sizeof *block->operands);
    g_array_append_val(runs->runs, run);
    g_hash_table_insert(runs->by_id, GUINT_TO_POINTER(id), GUINT_TO_POINTER(number));
    return number;
}

static guint32
join(LadRuns *runs, const LadRun *left, const LadRun *right)
{
    LadInsn insns[LAD_BLOCK_MAX_INSNS];
    LadOperand operands[LAD_RUN_MAX_OPERANDS];
    const LadBlock joined = {.pc = left->pc,
                             .n_insns = (guint16)(left->n_insns + right->n_insns),
                             .n_operands = (guint16)(left->n_operands + right->n_operands),
                             .insns = insns,
                             .operands = operands};

    if (left->end != right->pc || joined.n_insns > LAD_BLOCK_MAX_INSNS ||
        joined.n_operands > LAD_RUN_MAX_OPERANDS)
        return LAD_RUN_NONE;
    memcpy(insns, left->insns, left->n_insns * sizeof *insns);
    memcpy(insns + left->n_insns, right->insns, right->n_insns * sizeof *insns);
    if (left->n_operands > 0)
        memcpy(operands, left->operands, left->n_operands * sizeof *operands);
    for (guint i = 0; i < right->n_operands; i++) {
        LadOperand *operand = &operands[left->n_operands + i];
        *operand = right->operands[i];
        operand->insn = (guint8)(operand->insn + left->n_insns);
    }
    return lad_runs_block(runs, &joined);
}

/* The run of `run` and then `block`, or LAD_RUN_NONE if they make none. */
static guint32
find_joint(LadRuns *runs, guint32 run, guint32 block)
{
    guint64 key = (guint64)run << 32 | block;
    const LadRun *left = &g_array_index(runs->runs, LadRun, run);
    const LadRun *right = &g_array_index(runs->runs, LadRun, block);
    gpointer known;
    guint32 joint;

    if (left->end != right->pc || left->n_insns + right->n_insns > LAD_BLOCK_MAX_INSNS)
        return LAD_RUN_NONE;
    if (g_hash_table_lookup_extended(runs->joints, &key, NULL, &known))
        return GPOINTER_TO_UINT(known);
    joint = join(runs, left, right);
    g_hash_table_insert(runs->joints, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(joint));
    return joint;
}

gboolean
lad_runs_flush(LadRuns *runs, guint stream, LadRunState *state, GError **error)
{
    guint32 run = state->run;

    state->run = LAD_RUN_NONE;
    state->n = 0;
    return run == LAD_RUN_NONE ||
           lad_trace_writer_execute(runs->writer, stream, g_array_index(runs->runs, LadRun, run).id,
                                    state->addresses, error);
}

gboolean
lad_runs_continue(LadRuns *runs, guint stream, LadRunState *state, guint32 block, guint n_addresses,
                  GError **error)
{
    guint32 n = state->n, joint = LAD_RUN_NONE;

    if (state->run != LAD_RUN_NONE)
        joint = find_joint(runs, state->run, block);
    if (joint != LAD_RUN_NONE) {
        LadRun *run = &g_array_index(runs->runs, LadRun, state->run);
        run->next_block = block;
        run->next_run = joint;
        state->run = joint;
        state->n += n_addresses;
        return TRUE;
    }
    if (!lad_runs_flush(runs, stream, state, error))
        return FALSE;
    for (guint i = 0; i < n_addresses; i++)
        state->addresses[i] = state->addresses[n + i];
    state->run = block;
    state->n = n_addresses;
    return TRUE;
}
