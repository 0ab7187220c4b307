/* stitch.c - two passes over the recordings: how long their windows are, then the windows. */
#include "config.h"
#include "traces/toolbox/stitch.h"
#include <string.h>

typedef struct {
    guint64 n_insns, missing;
    guint64 turn; /* 0: left out */
} Window;

typedef struct {
    guint reader, stream;
    LadStreamInfo info;
    GArray *windows; /* Window */
    guint to;        /* stream of the output */
} Thread;

typedef struct {
    LadTraceReader *const *readers;
    guint n;
    const LadStitchOptions *options;
    const LadToolboxProgress *progress;
    GArray *threads; /* Thread */
    LadTraceWriter *writer;
    GHashTable *ids; /* LadBlock of a reader to its number in the writer + 1 */
    LadStitchResult *result;
    /* Of the thread that is written: */
    const Thread *thread;
    guint window;
    guint64 done;     /* instructions of the window */
    gboolean marked;  /* it is measured from here on */
    gboolean skipped; /* it is left out */
} Stitch;

/* ---- Windows ----------------------------------------------------------------------------------
 */

static void
open_window(Thread *thread, guint64 missing)
{
    Window window = {.missing = missing};
    g_array_append_val(thread->windows, window);
}

static gboolean
measure_thread(Stitch *stitch, Thread *thread, GError **error)
{
    LadTraceReader *reader = stitch->readers[thread->reader];
    const LadCode *code = lad_trace_reader_code(reader);
    g_autoptr(LadStreamReader) cursor = lad_stream_reader_new(reader, thread->stream, error);
    GError *failure = NULL;
    const LadBatch *batch;
    open_window(thread, 0);
    if (cursor == NULL)
        return FALSE;
    while ((batch = lad_stream_reader_next(cursor, &failure)) != NULL) {
        Window *window = &g_array_index(thread->windows, Window, thread->windows->len - 1);
        for (guint32 t = 0; t < batch->n_tokens; t++) {
            guint32 token = batch->tokens[t];
            if (!(token & LAD_TOKEN_RECORD)) {
                window->n_insns += lad_code_entry(code, token)->n_insns;
                continue;
            }
            const LadRecord *record = &batch->records[token & ~LAD_TOKEN_RECORD];
            if (record->kind != LAD_RECORD_BURST)
                continue;
            open_window(thread, record->value);
            window = &g_array_index(thread->windows, Window, thread->windows->len - 1);
        }
        if (!lad_toolbox_step(stitch->progress, batch->n_insns + batch->n_data, error))
            return FALSE;
    }
    if (failure != NULL)
        g_propagate_error(error, failure);
    return failure == NULL;
}

/* The windows that are kept get their turns: the first of every thread, then the second of each. */
static void
number_windows(Stitch *stitch)
{
    guint64 turn = 0;
    gboolean more = TRUE;
    for (guint w = 0; more; w++) {
        more = FALSE;
        for (guint i = 0; i < stitch->threads->len; i++) {
            GArray *windows = g_array_index(stitch->threads, Thread, i).windows;
            if (w >= windows->len)
                continue;
            Window *window = &g_array_index(windows, Window, w);
            more = TRUE;
            stitch->result->n_missing += window->missing;
            if (window->n_insns >= MAX(stitch->options->shortest, 1)) {
                window->turn = ++turn;
                stitch->result->n_insns += window->n_insns;
            } else {
                stitch->result->n_dropped += window->n_insns > 0;
            }
        }
    }
    stitch->result->n_windows = turn;
}

/* ---- Writing ----------------------------------------------------------------------------------
 */

static gboolean
put(Stitch *stitch, const LadRecord *record, GError **error)
{
    return lad_trace_writer_record(stitch->writer, stitch->thread->to, record, error);
}

/* At the start of a stream, and at each burst record. */
static gboolean
begin_window(Stitch *stitch, guint number, GError **error)
{
    const Window *window = &g_array_index(stitch->thread->windows, Window, number);
    const LadRecord turn = {
        .kind = LAD_RECORD_SWITCH, .flags = LAD_SWITCH_TURN, .value = window->turn, .text = ""};
    const LadRecord burst = {.kind = LAD_RECORD_BURST, .value = window->missing, .text = ""};
    stitch->window = number;
    stitch->done = 0;
    stitch->marked = FALSE;
    stitch->skipped = window->turn == 0;
    return stitch->skipped || (put(stitch, &turn, error) && put(stitch, &burst, error));
}

/* The marker, as soon as enough of the window has been executed. */
static gboolean
mark(Stitch *stitch, GError **error)
{
    const Window *window = &g_array_index(stitch->thread->windows, Window, stitch->window);
    const LadRecord marker = {
        .kind = LAD_RECORD_MARKER, .flags = LAD_MARKER_MEASURED, .value = window->turn, .text = ""};
    if (stitch->marked || (double)stitch->done < stitch->options->warm * (double)window->n_insns)
        return TRUE;
    stitch->marked = TRUE;
    return put(stitch, &marker, error);
}

static guint32
block_id(Stitch *stitch, const LadBlock *block)
{
    guint32 id = GPOINTER_TO_UINT(g_hash_table_lookup(stitch->ids, block));
    if (id == 0) {
        id = lad_trace_writer_block(stitch->writer, block) + 1;
        g_hash_table_insert(stitch->ids, (gpointer)block, GUINT_TO_POINTER(id));
    }
    return id - 1;
}

static gboolean
write_entry(Stitch *stitch, const LadEntry *entry, const guint64 *addresses, GError **error)
{
    for (guint32 b = 0; b < entry->n_blocks; b++) {
        const LadBlock *block = entry->blocks[b];
        if (!mark(stitch, error) ||
            !lad_trace_writer_execute(stitch->writer, stitch->thread->to, block_id(stitch, block),
                                      addresses, error))
            return FALSE;
        addresses += block->n_operands;
        stitch->done += block->n_insns;
    }
    return TRUE;
}

/* Accesses stay or go with their window; what tells of memory and threads stays in any case, and
 * the order that was recorded makes room for that of the windows. */
static gboolean
write_record(Stitch *stitch, const LadRecord *record, GError **error)
{
    gboolean access = record->kind <= LAD_RECORD_PREFETCH || record->kind == LAD_RECORD_GAP;
    if (record->kind == LAD_RECORD_BURST)
        return begin_window(stitch, stitch->window + 1, error);
    if (stitch->skipped && access)
        return TRUE;
    if (record->kind != LAD_RECORD_SWITCH)
        return put(stitch, record, error);
    LadRecord rest = *record;
    rest.flags &= ~(guint32)LAD_SWITCH_TURN;
    rest.value = rest.size = 0;
    return rest.flags == 0 || put(stitch, &rest, error);
}

static gboolean
write_thread(Stitch *stitch, const Thread *thread, GError **error)
{
    LadTraceReader *reader = stitch->readers[thread->reader];
    const LadCode *code = lad_trace_reader_code(reader);
    g_autoptr(LadStreamReader) cursor = lad_stream_reader_new(reader, thread->stream, error);
    GError *failure = NULL;
    const LadBatch *batch;
    stitch->thread = thread;
    if (cursor == NULL || !begin_window(stitch, 0, error))
        return FALSE;
    while ((batch = lad_stream_reader_next(cursor, &failure)) != NULL) {
        const guint64 *address = batch->addresses;
        for (guint32 t = 0; t < batch->n_tokens; t++) {
            guint32 token = batch->tokens[t];
            if (token & LAD_TOKEN_RECORD) {
                if (!write_record(stitch, &batch->records[token & ~LAD_TOKEN_RECORD], error))
                    return FALSE;
                continue;
            }
            const LadEntry *entry = lad_code_entry(code, token);
            if (!stitch->skipped && !write_entry(stitch, entry, address, error))
                return FALSE;
            address += entry->n_operands;
        }
        if (!lad_toolbox_step(stitch->progress, batch->n_insns + batch->n_data, error))
            return FALSE;
    }
    if (failure != NULL)
        g_propagate_error(error, failure);
    return failure == NULL;
}

/* ---- The whole --------------------------------------------------------------------------------
 */

/* The process of that number in that trace, under its number in the output. */
static guint32
renumber(GHashTable *given, guint reader, const LadStreamInfo *info)
{
    char *key = g_strdup_printf("%u.%u.%u", reader, info->host, info->process);
    guint known = GPOINTER_TO_UINT(g_hash_table_lookup(given, key));
    if (known == 0) {
        known = g_hash_table_size(given) + 1;
        g_hash_table_insert(given, key, GUINT_TO_POINTER(known));
    } else {
        g_free(key);
    }
    return known;
}

static gboolean
collect(Stitch *stitch, gboolean hosts, GError **error)
{
    g_autoptr(GHashTable) given = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const LadTraceHeader *first = lad_trace_reader_header(stitch->readers[0]);
    guint32 host = 0, highest = 0;
    for (guint r = 0; r < stitch->n; r++) {
        const LadTraceHeader *header = lad_trace_reader_header(stitch->readers[r]);
        if (header->level != LAD_LEVEL_INSTRUCTION || header->isa != first->isa ||
            header->page_bytes != first->page_bytes ||
            header->address_space != first->address_space) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                        "trace %u is of level %s, %s and pages of %" G_GUINT64_FORMAT
                        " B, the first of level %s, %s and %" G_GUINT64_FORMAT
                        " B; expected level instruction and one kind of machine",
                        r + 1, lad_trace_level_name(header->level), lad_isa_name(header->isa),
                        header->page_bytes, lad_trace_level_name(first->level),
                        lad_isa_name(first->isa), first->page_bytes);
            return FALSE;
        }
        for (guint s = 0; s < lad_trace_reader_n_streams(stitch->readers[r]); s++) {
            Thread thread = {r, s, *lad_trace_reader_stream_info(stitch->readers[r], s), NULL, 0};
            highest = MAX(highest, thread.info.host);
            thread.info.process = renumber(given, r, &thread.info);
            thread.info.host += host;
            thread.windows = g_array_new(FALSE, FALSE, sizeof(Window));
            g_array_append_val(stitch->threads, thread);
        }
        host = hosts ? host + highest + 1 : 0;
        stitch->result->n_hosts = hosts ? host : highest + 1;
    }
    stitch->result->n_processes = g_hash_table_size(given);
    stitch->result->n_streams = stitch->threads->len;
    return TRUE;
}

static LadTraceHeader *
make_header(const Stitch *stitch)
{
    LadTraceHeader *header = lad_trace_header_copy(lad_trace_reader_header(stitch->readers[0]));
    char *text =
        g_strdup_printf("%s%sStitched of %" G_GUINT64_FORMAT
                        " windows: processes have new numbers, the order is that of the "
                        "windows, and what was executed between them is missing.",
                        header->lost, *header->lost != '\0' ? "\n" : "", stitch->result->n_windows);
    g_free(header->lost);
    header->lost = text;
    g_hash_table_insert(header->notes, g_strdup("stitch.windows"),
                        g_strdup_printf("%" G_GUINT64_FORMAT, stitch->result->n_windows));
    g_hash_table_insert(
        header->notes, g_strdup("stitch.warm"),
        g_strdup_printf("%.6g of each window's instructions", stitch->options->warm));
    g_hash_table_insert(
        header->notes, g_strdup("stitch.rule"),
        g_strdup("caches and TLBs are kept across gaps and warmed by the first part "
                 "of each window"));
    return header;
}

static gboolean
write_all(Stitch *stitch, const char *path, GError **error)
{
    g_autoptr(LadTraceHeader) header = make_header(stitch);
    stitch->writer = lad_trace_writer_new(path, header, NULL, error);
    if (stitch->writer == NULL)
        return FALSE;
    for (guint i = 0; i < stitch->threads->len; i++) {
        Thread *thread = &g_array_index(stitch->threads, Thread, i);
        thread->to = lad_trace_writer_add_stream(stitch->writer, &thread->info);
    }
    for (guint i = 0; i < stitch->threads->len; i++)
        if (!write_thread(stitch, &g_array_index(stitch->threads, Thread, i), error))
            return FALSE;
    return lad_trace_writer_close(stitch->writer, error);
}

gboolean
lad_trace_stitch(LadTraceReader *const *readers, guint n, gboolean hosts, const char *path,
                 const LadStitchOptions *options, const LadToolboxProgress *progress,
                 LadStitchResult *result, GError **error)
{
    Stitch stitch = {.readers = readers,
                     .n = n,
                     .options = options,
                     .progress = progress,
                     .threads = g_array_new(FALSE, FALSE, sizeof(Thread)),
                     .ids = g_hash_table_new(g_direct_hash, g_direct_equal),
                     .result = result};
    *result = (LadStitchResult){0};
    gboolean ok = collect(&stitch, hosts, error);
    for (guint i = 0; ok && i < stitch.threads->len; i++)
        ok = measure_thread(&stitch, &g_array_index(stitch.threads, Thread, i), error);
    if (ok)
        number_windows(&stitch);
    if (ok && result->n_windows == 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "there is no window of %" G_GUINT64_FORMAT
                    " instructions or more; expected at least one",
                    MAX(options->shortest, 1));
        ok = FALSE;
    }
    ok = ok && write_all(&stitch, path, error);
    for (guint i = 0; i < stitch.threads->len; i++)
        g_array_unref(g_array_index(stitch.threads, Thread, i).windows);
    g_array_unref(stitch.threads);
    g_hash_table_unref(stitch.ids);
    g_clear_pointer(&stitch.writer, lad_trace_writer_free);
    return ok;
}
