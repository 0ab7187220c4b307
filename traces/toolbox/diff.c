/* diff.c - two streams walked side by side. */
#include "config.h"
#include <string.h>
#include "traces/format/code.h"
#include "traces/toolbox/diff.h"

/* A stream and where the walk stands in it. */
typedef struct {
    LadStreamReader *cursor;
    const LadCode *code;
    const LadBatch *batch; /* NULL: at the end */
    guint32 token;
    guint32 block; /* of the token's entry */
    const guint64 *address;
    LadStreamRecord at;
} Walk;

static gboolean
next_batch(Walk *walk, GError **error)
{
    g_autoptr(GError) failure = NULL;
    walk->batch = lad_stream_reader_next(walk->cursor, &failure);
    walk->token = walk->block = 0;
    walk->at.ended = walk->batch == NULL;
    if (walk->batch != NULL) {
        walk->address = walk->batch->addresses;
        walk->at.number = walk->batch->first_record;
        walk->at.insn = walk->batch->first_insn;
    }
    if (failure == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

/* What stands at the walk's place, which is inside a batch. */
static inline void
look(Walk *walk)
{
    guint32 token = walk->batch->tokens[walk->token];
    if (token & LAD_TOKEN_RECORD) {
        walk->at.block = NULL;
        walk->at.plain = &walk->batch->records[token & ~LAD_TOKEN_RECORD];
    } else {
        walk->at.block = lad_code_entry(walk->code, token)->blocks[walk->block];
        walk->at.addresses = walk->address;
        walk->at.plain = NULL;
    }
}

/* Goes past the current record; at the end of the batch `token` is its number of tokens. */
static inline void
step(Walk *walk)
{
    walk->at.number++;
    if (walk->at.block == NULL) {
        walk->at.insn += lad_record_n_insns(walk->at.plain);
        walk->token++;
        return;
    }
    walk->at.insn += walk->at.block->n_insns;
    walk->address += walk->at.block->n_operands;
    if (++walk->block == lad_code_entry(walk->code, walk->batch->tokens[walk->token])->n_blocks) {
        walk->block = 0;
        walk->token++;
    }
}

static gboolean
same_plain(const LadRecord *a, const LadRecord *b)
{
    return a->kind == b->kind && a->flags == b->flags && a->address == b->address &&
           a->size == b->size && a->value == b->value && a->weight == b->weight &&
           strcmp(a->text, b->text) == 0;
}

static inline gboolean
same_record(const LadStreamRecord *a, const LadStreamRecord *b)
{
    if (a->block == NULL || b->block == NULL)
        return a->block == b->block && same_plain(a->plain, b->plain);
    return lad_block_content(a->block) == lad_block_content(b->block) &&
           a->block->n_operands == b->block->n_operands &&
           memcmp(a->addresses, b->addresses, a->block->n_operands * sizeof *a->addresses) == 0;
}

static gboolean
walk_begin(Walk *walk, LadTraceReader *reader, guint stream, GError **error)
{
    *walk = (Walk){.code = lad_trace_reader_code(reader)};
    walk->cursor = lad_stream_reader_new(reader, stream, error);
    return walk->cursor != NULL && next_batch(walk, error);
}

static gboolean
walk_both(Walk *a, Walk *b, gboolean *same, const LadToolboxProgress *progress, GError **error)
{
    *same = TRUE;
    while (!a->at.ended && !b->at.ended) {
        look(a);
        look(b);
        if (!same_record(&a->at, &b->at)) {
            *same = FALSE;
            return TRUE;
        }
        step(a);
        step(b);
        if (a->token == a->batch->n_tokens) {
            guint64 done = a->batch->n_insns + a->batch->n_data;
            if (!next_batch(a, error) || !lad_toolbox_step(progress, done, error))
                return FALSE;
        }
        if (b->token == b->batch->n_tokens && !next_batch(b, error))
            return FALSE;
    }
    *same = a->at.ended && b->at.ended;
    if (!a->at.ended)
        look(a);
    if (!b->at.ended)
        look(b);
    return TRUE;
}

gboolean
lad_trace_diff(LadTraceReader *a, guint stream_a, LadTraceReader *b, guint stream_b, gboolean *same,
               LadTraceDiffers differs, gpointer data, const LadToolboxProgress *progress,
               GError **error)
{
    Walk left = {0}, right = {0};
    gboolean ok = walk_begin(&left, a, stream_a, error) && walk_begin(&right, b, stream_b, error) &&
                  walk_both(&left, &right, same, progress, error);
    if (ok && !*same)
        differs(data, &left.at, &right.at);
    lad_stream_reader_free(left.cursor);
    lad_stream_reader_free(right.cursor);
    return ok;
}
