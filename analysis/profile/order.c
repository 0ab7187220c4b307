/* order.c - the streams of a profile's traces in the order that is asked for. */
#include "config.h"
#include "analysis/profile/sources.h"

typedef enum { KEY_NONE, KEY_TURN, KEY_TIME, KEY_ROUND } KeyKind;

typedef struct {
    LadStreamReader *reader; /* NULL: at the end */
    const LadBatch *batch;
    guint32 token;
    const guint64 *address;
    guint64 key;
} Cursor;

typedef struct {
    LadProfileSources *sources;
    KeyKind kind;
    guint64 quantum;
    LadStretchFunc take;
    gpointer data;
    const LadToolboxProgress *progress;
    Cursor *cursors;
} Replay;

static const LadProfileStream *
stream_at(const LadProfileSources *sources, guint i)
{
    return &g_array_index(sources->streams, LadProfileStream, i);
}

static LadTraceReader *
reader_of(const LadProfileSources *sources, guint i)
{
    return g_array_index(sources->traces, LadProfileTrace, stream_at(sources, i)->trace).reader;
}

/* The next batch of a cursor whose batch is used up. */
static gboolean
refill(Replay *replay, guint i, GError **error)
{
    Cursor *cursor = &replay->cursors[i];
    GError *failure = NULL;
    if (cursor->batch != NULL &&
        !lad_toolbox_step(replay->progress, cursor->batch->n_insns + cursor->batch->n_data, error))
        return FALSE;
    cursor->batch = lad_stream_reader_next(cursor->reader, &failure);
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    cursor->token = 0;
    cursor->address = cursor->batch != NULL ? cursor->batch->addresses : NULL;
    if (cursor->batch == NULL)
        g_clear_pointer(&cursor->reader, lad_stream_reader_free);
    return TRUE;
}

static gboolean
open_cursor(Replay *replay, guint i, GError **error)
{
    replay->cursors[i].reader = lad_stream_reader_new(reader_of(replay->sources, i),
                                                      stream_at(replay->sources, i)->stream, error);
    return replay->cursors[i].reader != NULL && refill(replay, i, error);
}

/* Hands out the cursor's tokens up to `end`. */
static gboolean
hand_out(Replay *replay, guint i, guint32 end, gsize n_addresses, GError **error)
{
    Cursor *cursor = &replay->cursors[i];
    const LadStretch stretch = {.stream = stream_at(replay->sources, i),
                                .index = i,
                                .batch = cursor->batch,
                                .first = cursor->token,
                                .end = end,
                                .addresses = cursor->address,
                                .n_addresses = n_addresses};
    if (end > cursor->token && !replay->take(replay->data, &stretch, error))
        return FALSE;
    cursor->token = end;
    cursor->address += n_addresses;
    return TRUE;
}

static gboolean
replay_apart(Replay *replay, GError **error)
{
    for (guint i = 0; i < replay->sources->streams->len; i++) {
        Cursor *cursor = &replay->cursors[i];
        if (!open_cursor(replay, i, error))
            return FALSE;
        while (cursor->batch != NULL)
            if (!hand_out(replay, i, cursor->batch->n_tokens, cursor->batch->n_addresses, error) ||
                !refill(replay, i, error))
                return FALSE;
    }
    return TRUE;
}

/* Whether the record says when its stream goes on, and with what key. */
static gboolean
tells_key(KeyKind kind, const LadRecord *record, guint64 *key)
{
    gboolean turn = record->kind == LAD_RECORD_SWITCH && (record->flags & LAD_SWITCH_TURN) != 0;
    if (!(kind == KEY_TURN && turn) && !(kind == KEY_TIME && record->kind == LAD_RECORD_TIME))
        return FALSE;
    *key = record->value;
    return TRUE;
}

/* What the first batches tell of the order. */
static KeyKind
find_kind(const Replay *replay)
{
    KeyKind kind = KEY_ROUND;
    guint64 key;
    for (guint i = 0; i < replay->sources->streams->len; i++) {
        const LadBatch *batch = replay->cursors[i].batch;
        for (guint32 r = 0; batch != NULL && r < batch->n_records; r++) {
            if (tells_key(KEY_TURN, &batch->records[r], &key))
                return KEY_TURN;
            if (tells_key(KEY_TIME, &batch->records[r], &key))
                kind = KEY_TIME;
        }
    }
    return kind;
}

/* Runs a stream until a record changes its key, or its quantum or its batch is over. */
static gboolean
run_on(Replay *replay, guint i, guint64 *left, gboolean *over, GError **error)
{
    Cursor *cursor = &replay->cursors[i];
    const LadBatch *batch = cursor->batch;
    const LadCode *code = lad_trace_reader_code(reader_of(replay->sources, i));
    guint32 t = cursor->token;
    gsize n_addresses = 0;
    *over = FALSE;
    for (; t < batch->n_tokens && !*over; t++) {
        guint32 token = batch->tokens[t];
        if (!(token & LAD_TOKEN_RECORD)) {
            const LadEntry *entry = lad_code_entry(code, token);
            n_addresses += entry->n_operands;
            *left -= MIN(*left, entry->n_insns + entry->n_operands);
        } else {
            *left -= MIN(*left, 1);
            *over =
                tells_key(replay->kind, &batch->records[token & ~LAD_TOKEN_RECORD], &cursor->key);
        }
        *over |= replay->kind == KEY_ROUND && *left == 0;
    }
    return hand_out(replay, i, t, n_addresses, error);
}

/* The stream whose turn it is; G_MAXUINT: none is left. */
static guint
whose_turn(const Replay *replay)
{
    guint best = G_MAXUINT;
    for (guint i = 0; i < replay->sources->streams->len; i++)
        if (replay->cursors[i].reader != NULL &&
            (best == G_MAXUINT || replay->cursors[i].key < replay->cursors[best].key))
            best = i;
    return best;
}

static gboolean
replay_together(Replay *replay, gboolean recorded, GError **error)
{
    for (guint i = 0; i < replay->sources->streams->len; i++)
        if (!open_cursor(replay, i, error))
            return FALSE;
    replay->kind = recorded ? find_kind(replay) : KEY_ROUND;
    for (guint i; (i = whose_turn(replay)) != G_MAXUINT;) {
        Cursor *cursor = &replay->cursors[i];
        guint64 left = replay->quantum;
        gboolean over = FALSE;
        while (cursor->batch != NULL && !over) {
            if (!run_on(replay, i, &left, &over, error) ||
                (cursor->token == cursor->batch->n_tokens && !refill(replay, i, error)))
                return FALSE;
        }
        if (replay->kind == KEY_ROUND)
            cursor->key++;
    }
    return TRUE;
}

gboolean
lad_profile_replay(LadProfileSources *sources, LadProfileOrder order, guint64 quantum,
                   LadStretchFunc take, gpointer data, const LadToolboxProgress *progress,
                   GError **error)
{
    Replay replay = {.sources = sources,
                     .quantum = MAX(quantum, 1),
                     .take = take,
                     .data = data,
                     .progress = progress,
                     .cursors = g_new0(Cursor, sources->streams->len)};
    gboolean ok = order == LAD_PROFILE_APART
                      ? replay_apart(&replay, error)
                      : replay_together(&replay, order == LAD_PROFILE_RECORDED, error);
    for (guint i = 0; i < sources->streams->len; i++)
        g_clear_pointer(&replay.cursors[i].reader, lad_stream_reader_free);
    g_free(replay.cursors);
    return ok;
}
