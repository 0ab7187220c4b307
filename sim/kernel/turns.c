/* turns.c - threads in the order of their recording: one at a time, and on which core.
 *
 * A thread is placed when one of its records is reached and some thread has executed something.
 * Until then it runs, if only through records that stand for nothing, on core 0, where the first to
 * be placed is placed. Ties go to the earlier stream and to the lower core. */
#include "config.h"
#include "sim/kernel/turns.h"

struct LadTurns {
    LadHost *host;
    LadThreadOrder order;
    LadThreadPlacement placement;
    GPtrArray *waiting; /* of LadThread */
    guint *n_placed;    /* per core, now */
    guint64 *n_ever;    /* per core */
    guint *n_cpus;      /* per core, of the recording */
    GHashTable *cpus;   /* core + 1 of each cpu of the recording */
    gboolean begun;
};

static const LadCounter counters[] = {
    {"threads", "1", LAD_COUNT, LAD_SCOPE_CORE, "threads that were placed on this core"},
    LAD_COUNTERS_END,
};

static LadTurn *
turn_of(const LadThread *thread)
{
    return thread->sched_state;
}

LadTurns *
lad_turns_new(LadHost *host, LadThreadOrder order, LadThreadPlacement placement)
{
    LadTurns *turns = g_new0(LadTurns, 1);
    turns->host = host;
    turns->order = order;
    turns->placement = placement;
    turns->waiting = g_ptr_array_new();
    turns->n_placed = g_new0(guint, host->n_cores);
    turns->n_ever = g_new0(guint64, host->n_cores);
    turns->n_cpus = g_new0(guint, host->n_cores);
    turns->cpus = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (guint i = 0; i < host->n_cores; i++) {
        g_autofree char *part = g_strdup_printf("core%u", i);
        LadMetrics metrics = {.part = part,
                              .host = host->index,
                              .scope = LAD_SCOPE_CORE,
                              .index = i,
                              .table = counters,
                              .values = &turns->n_ever[i]};
        lad_host_add_metrics(host, &metrics);
    }
    return turns;
}

void
lad_turns_free(LadTurns *turns)
{
    if (turns == NULL)
        return;
    g_ptr_array_unref(turns->waiting);
    g_hash_table_unref(turns->cpus);
    g_free(turns->n_placed);
    g_free(turns->n_ever);
    g_free(turns->n_cpus);
    g_free(turns);
}

/* Cores that have files of their own in the thread's trace; 0: none has. */
static guint64
n_shards(const LadThread *thread)
{
    const LadTraceHeader *header = lad_trace_reader_header(thread->trace);
    const char *text = g_hash_table_lookup(header->notes, LAD_NOTE_SHARDS);
    return text != NULL ? g_ascii_strtoull(text, NULL, 10) : 0;
}

gboolean
lad_turns_check(const LadTurns *turns, const LadThread *thread, GError **error)
{
    guint64 n = thread->trace != NULL ? n_shards(thread) : 0;
    if (n <= turns->host->n_cores)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "the trace has the records of %" G_GUINT64_FORMAT " cores and the host %u core%s; "
                "expected [core] cores to be at least that",
                n, turns->host->n_cores, turns->host->n_cores == 1 ? "" : "s");
    return FALSE;
}

/* ---- Placing -----------------------------------------------------------------------------------
 */

static guint
lowest(const guint *n, guint n_cores)
{
    guint core = 0;
    for (guint i = 1; i < n_cores; i++)
        if (n[i] < n[core])
            core = i;
    return core;
}

static void
take_away(LadTurns *turns, LadTurn *turn)
{
    if (turn->placed)
        turns->n_placed[turn->core]--;
    turn->placed = FALSE;
}

static void
place(LadTurns *turns, LadTurn *turn, guint core)
{
    if (turn->placed && turn->core == core)
        return;
    take_away(turns, turn);
    turn->placed = TRUE;
    turn->core = core;
    turns->n_placed[core]++;
    turns->n_ever[core]++;
}

/* The core that stands for a cpu of the recording. */
static guint
core_of_cpu(LadTurns *turns, guint64 cpu)
{
    gpointer key = GSIZE_TO_POINTER((gsize)cpu);
    guint known = GPOINTER_TO_UINT(g_hash_table_lookup(turns->cpus, key));
    if (known != 0)
        return known - 1;
    guint core = lowest(turns->n_cpus, turns->host->n_cores);
    turns->n_cpus[core]++;
    g_hash_table_insert(turns->cpus, key, GUINT_TO_POINTER(core + 1));
    return core;
}

/* Whether the thread has executed something since it was made, beyond records that stand for none.
 */
static gboolean
has_executed(const LadThread *thread)
{
    return thread->n_records > turn_of(thread)->n_marked || thread->n_insns + thread->n_data > 0;
}

static void
note_execution(LadTurns *turns, LadThread *thread)
{
    LadTurn *turn = turn_of(thread);
    if (turns->begun || !has_executed(thread))
        return;
    turns->begun = TRUE;
    if (!turn->placed)
        place(turns, turn, turn->core);
}

/* ---- Turns -------------------------------------------------------------------------------------
 */

void
lad_turns_wait(LadTurns *turns, LadThread *thread)
{
    LadTurn *turn = turn_of(thread);
    g_assert(!turn->waiting);
    turn->waiting = TRUE;
    g_ptr_array_add(turns->waiting, thread);
}

static gboolean
comes_before(const LadThread *thread, const LadThread *other)
{
    guint64 mine = turn_of(thread)->key, others = turn_of(other)->key;
    return mine != others ? mine < others : thread->id < other->id;
}

LadThread *
lad_turns_next(LadTurns *turns)
{
    guint best = 0;
    for (guint i = 1; i < turns->waiting->len; i++)
        if (comes_before(turns->waiting->pdata[i], turns->waiting->pdata[best]))
            best = i;
    if (turns->waiting->len == 0)
        return NULL;
    LadThread *thread = g_ptr_array_steal_index_fast(turns->waiting, best);
    LadTurn *turn = turn_of(thread);
    turn->waiting = FALSE;
    if (turns->begun && !turn->placed)
        place(turns, turn,
              turn->pinned ? turn->core : lowest(turns->n_placed, turns->host->n_cores));
    return thread;
}

/* Whether the running thread, whose key or core may have changed, must let go. */
static gboolean
goes_on(const LadTurns *turns, const LadThread *thread)
{
    if (turn_of(thread)->core != thread->core->index)
        return FALSE;
    for (guint i = 0; i < turns->waiting->len; i++)
        if (comes_before(turns->waiting->pdata[i], thread))
            return FALSE;
    return TRUE;
}

static void
read_switch(LadTurns *turns, LadThread *thread, const LadRecord *record)
{
    LadTurn *turn = turn_of(thread);
    if ((record->flags & LAD_SWITCH_TURN) != 0) {
        if (turns->order == LAD_ORDER_BY_TURNS)
            turn->key = record->value;
        if (turns->placement == LAD_PLACE_ARRIVAL && !turn->pinned && n_shards(thread) > 0 &&
            record->size < turns->host->n_cores)
            place(turns, turn, (guint)record->size);
    }
    if ((record->flags & LAD_SWITCH_CPU) != 0 && turns->placement == LAD_PLACE_CPU &&
        !turn->pinned && record->address != G_MAXUINT64)
        place(turns, turn, core_of_cpu(turns, record->address));
    if ((record->flags & LAD_SWITCH_EXIT) != 0) {
        turns->begun = TRUE;
        if (!turn->placed)
            place(turns, turn, turn->core);
        take_away(turns, turn);
    }
}

gboolean
lad_turns_record(LadTurns *turns, LadThread *thread, const LadRecord *record)
{
    LadTurn *turn = turn_of(thread);
    note_execution(turns, thread);
    turn->n_marked++;
    if (record->kind == LAD_RECORD_TIME && turns->order == LAD_ORDER_BY_TIME)
        turn->key = record->value;
    else if (record->kind == LAD_RECORD_SWITCH)
        read_switch(turns, thread, record);
    else
        return TRUE;
    return goes_on(turns, thread);
}

void
lad_turns_let_go(LadTurns *turns, LadThread *thread)
{
    note_execution(turns, thread);
}
