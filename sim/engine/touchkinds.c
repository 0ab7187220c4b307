/* touchkinds.c - see touchkinds.h. */
#include "config.h"
#include "sim/engine/touchkinds.h"
#include <string.h>

/* Touches gathered at once. */
#define STRETCH 1024

/* Of all entries of one trace. */
typedef struct {
    const LadCode *code;
    GArray
        *first; /* of guint32 per entry: index of its first operand in `writes` + 1; 0: unknown */
    GArray *length; /* of guint32 per entry */
    GByteArray *writes;
} Entries;

struct LadTouchKinds {
    GPtrArray *traces; /* of Entries */
    /* Gathered: of the touches from `address` on in `batch`, `next` of them made. */
    guint8 writes[STRETCH];
    guint n, next;
    const LadBatch *batch;
    guint32 address;
    const LadThread *last_thread; /* that it was gathered for, and how far that was */
    guint64 last_insns, last_records;
};

static void
free_entries(gpointer data)
{
    Entries *entries = data;
    g_array_unref(entries->first);
    g_array_unref(entries->length);
    g_byte_array_unref(entries->writes);
    g_free(entries);
}

LadTouchKinds *
lad_touch_kinds_new(void)
{
    LadTouchKinds *kinds = g_new0(LadTouchKinds, 1);
    kinds->traces = g_ptr_array_new_with_free_func(free_entries);
    return kinds;
}

void
lad_touch_kinds_free(LadTouchKinds *kinds)
{
    if (kinds)
        g_ptr_array_unref(kinds->traces);
    g_free(kinds);
}

static const Entries *
entries_of(LadTouchKinds *kinds, const LadCode *code)
{
    for (guint i = 0; i < kinds->traces->len; i++) {
        const Entries *entries = kinds->traces->pdata[i];
        if (entries->code == code)
            return entries;
    }
    Entries *entries = g_new0(Entries, 1);
    entries->code = code;
    entries->first = g_array_new(FALSE, TRUE, sizeof(guint32));
    entries->length = g_array_new(FALSE, TRUE, sizeof(guint32));
    entries->writes = g_byte_array_new();
    g_ptr_array_add(kinds->traces, entries);
    return entries;
}

static void
learn(const Entries *entries, guint32 token)
{
    const LadEntry *entry = lad_code_entry(entries->code, token);
    if (entries->first->len <= token) {
        g_array_set_size(entries->first, token + 1);
        g_array_set_size(entries->length, token + 1);
    }
    g_array_index(entries->first, guint32, token) = entries->writes->len + 1;
    g_array_index(entries->length, guint32, token) = entry->n_operands;
    for (guint i = 0; i < entry->n_blocks; i++)
        for (guint k = 0; k < entry->blocks[i]->n_operands; k++) {
            guint8 write = entry->blocks[i]->operands[k].kind != LAD_OPERAND_LOAD;
            g_byte_array_append(entries->writes, &write, 1);
        }
}

static inline guint
look_up(const Entries *entries, guint32 token, const guint8 **writes)
{
    if (G_UNLIKELY(token >= entries->first->len || !g_array_index(entries->first, guint32, token)))
        learn(entries, token);
    *writes = entries->writes->data + g_array_index(entries->first, guint32, token) - 1;
    return g_array_index(entries->length, guint32, token);
}

guint
lad_touch_kinds_entry(LadTouchKinds *kinds, const LadCode *code, guint32 token,
                      const guint8 **writes)
{
    return look_up(entries_of(kinds, code), token, writes);
}

const guint8 *
lad_touch_kinds_next(LadTouchKinds *kinds, const LadThread *thread, guint *n)
{
    const LadBatch *batch = thread->batch;
    const Entries *entries = entries_of(kinds, thread->code);
    guint skip = thread->within.operand;
    guint32 address = thread->address + skip;
    if (kinds->batch == batch && kinds->next < kinds->n &&
        kinds->address + kinds->next == address) {
        *n = kinds->n - kinds->next;
        return kinds->writes + kinds->next;
    }
    kinds->n = kinds->next = 0;
    for (guint32 i = thread->token; i < batch->n_tokens && kinds->n < STRETCH; i++) {
        const guint8 *writes;
        if (batch->tokens[i] & LAD_TOKEN_RECORD)
            break;
        guint length = look_up(entries, batch->tokens[i], &writes) - skip;
        length = MIN(length, STRETCH - kinds->n);
        memcpy(kinds->writes + kinds->n, writes + skip, length);
        kinds->n += length;
        skip = 0;
    }
    kinds->batch = batch;
    kinds->address = address;
    *n = kinds->n;
    return kinds->writes;
}

void
lad_touch_kinds_advance(LadTouchKinds *kinds, LadThread *thread, guint n)
{
    const LadBatch *batch = thread->batch;
    const Entries *entries = entries_of(kinds, thread->code);
    const guint8 *writes;
    kinds->next += n;
    while (thread->token < batch->n_tokens && !(batch->tokens[thread->token] & LAD_TOKEN_RECORD)) {
        guint length = look_up(entries, batch->tokens[thread->token], &writes);
        guint left = length - thread->within.operand;
        if (n < left) {
            thread->within.operand += n;
            break;
        }
        n -= left;
        thread->address += length;
        thread->within.operand = 0;
        thread->n_records += lad_code_entry(entries->code, batch->tokens[thread->token])->n_blocks;
        thread->token++;
    }
    thread->within.inside = thread->within.operand > 0;
}

void
lad_touch_kinds_forget(LadTouchKinds *kinds)
{
    kinds->batch = NULL;
}

void
lad_touch_kinds_detach(LadTouchKinds *kinds, const LadThread *thread)
{
    kinds->last_thread = thread;
    kinds->last_insns = thread ? thread->n_insns : 0;
    kinds->last_records = thread ? thread->n_records : 0;
}

void
lad_touch_kinds_attach(LadTouchKinds *kinds, const LadThread *thread)
{
    if (kinds->last_thread != thread || kinds->last_insns != thread->n_insns ||
        kinds->last_records != thread->n_records)
        lad_touch_kinds_forget(kinds);
}
