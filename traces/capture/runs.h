/* runs.h - consecutive blocks that follow one another in memory, written as one block of the trace.
 *
 * The emulator ends a block at every branch; a branch that is not taken does not end a run. Runs
 * are 1.2 to 2.6 times fewer than blocks, and everything behind counts executions: the writer, the
 * file's reader, the cores. A run has at most LAD_BLOCK_MAX_INSNS instructions.
 */
#ifndef LAD_CAPTURE_RUNS_H
#define LAD_CAPTURE_RUNS_H

#include <memladder/trace.h>
#include <string.h>

#define LAD_RUN_NONE         G_MAXUINT32
#define LAD_RUN_MAX_OPERANDS 255
#define LAD_RUN_ROOM         (2 * LAD_RUN_MAX_OPERANDS + 2)

typedef struct {
    guint32 next_block; /* what followed it last and made a longer run ... */
    guint32 next_run;   /* ... which is this one; next_block is LAD_RUN_NONE if there is none */
    guint32 id;         /* of the trace's block */
    guint16 n_insns;
    guint16 n_operands;
    guint64 pc, end;
    const LadInsn *insns;
    const LadOperand *operands;
} LadRun;

typedef struct {
    LadTraceWriter *writer;
    GArray *runs;       /* LadRun */
    GHashTable *joints; /* run << 32 | block -> the longer run, LAD_RUN_NONE: they do not join */
    GHashTable *by_id;  /* the trace's block -> run */
} LadRuns;

/* Of one stream: the run that is being executed, and its addresses so far. */
typedef struct {
    guint32 run; /* LAD_RUN_NONE: none */
    guint32 n;   /* addresses */
    guint64 addresses[LAD_RUN_ROOM];
} LadRunState;

void lad_runs_init(LadRuns *runs, LadTraceWriter *writer);
void lad_runs_clear(LadRuns *runs);
/* The run that is just this block, which is copied. */
guint32 lad_runs_block(LadRuns *runs, const LadBlock *block);
/* Write the run in hand. */
gboolean lad_runs_flush(LadRuns *runs, guint stream, LadRunState *state, GError **error);
/* The slow half of lad_runs_execute. */
gboolean lad_runs_continue(LadRuns *runs, guint stream, LadRunState *state, guint32 block,
                           guint n_addresses, GError **error);

/* A block is executed whose `n_addresses` addresses (at most 255) lie behind those in hand. */
static inline gboolean
lad_runs_execute(LadRuns *runs, guint stream, LadRunState *state, guint32 block, guint n_addresses,
                 GError **error)
{
    if (G_LIKELY(state->run != LAD_RUN_NONE)) {
        const LadRun *run = &g_array_index(runs->runs, LadRun, state->run);
        if (run->next_block == block) {
            state->run = run->next_run;
            state->n += n_addresses;
            return TRUE;
        }
    }
    return lad_runs_continue(runs, stream, state, block, n_addresses, error);
}

#endif
