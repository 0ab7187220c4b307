/* trace_slice.c - memladder trace slice: a window of a trace as a trace of its own.
 *
 * A window by instruction cuts the blocks at its ends: the part of a block inside is a block of its
 * own. Windows are sought, so the time does not depend on where they lie. */
#include "config.h"
#include <stdio.h>
#include <string.h>
#include "sim/commands/interrupt.h"
#include "sim/commands/trace.h"

typedef struct {
    char *insns;
    char *records;
    gint64 stream; /* -1: all */
    gboolean salvage;
} Arguments;

/* [from, to) in instructions or records of each stream. */
typedef struct {
    gboolean by_insn;
    guint64 from, to;
} Window;

typedef struct {
    LadTraceReader *reader;
    LadTraceWriter *writer;
    GHashTable *ids; /* LadBlock of the reader -> its number in the writer plus one */
    Window window;
} Slicing;

static gboolean
parse_window(const char *option, const char *text, Window *window, GError **error)
{
    g_auto(GStrv) ends = g_strsplit(text, ":", -1);
    gboolean ok = g_strv_length(ends) == 2;
    window->from = 0;
    window->to = G_MAXUINT64;
    if (ok && *ends[0] != '\0')
        ok = g_ascii_string_to_unsigned(ends[0], 10, 0, G_MAXINT64, &window->from, NULL);
    if (ok && *ends[1] != '\0')
        ok = g_ascii_string_to_unsigned(ends[1], 10, 0, G_MAXINT64, &window->to, NULL);
    if (ok && window->from < window->to)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "%s %s: expected FROM:TO, two numbers with FROM below TO, counted from 0; either "
                "may be left out",
                option, text);
    return FALSE;
}

static gboolean
parse_windows(const Arguments *arguments, Window *window, GError **error)
{
    if (arguments->insns != NULL && arguments->records != NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "only one of --insns and --records may be given");
        return FALSE;
    }
    window->by_insn = arguments->insns != NULL;
    if (window->by_insn)
        return parse_window("--insns", arguments->insns, window, error);
    return parse_window("--records", arguments->records != NULL ? arguments->records : ":", window,
                        error);
}

/* Executes instructions [first, end) of `block`. */
static gboolean
write_part(Slicing *slicing, guint stream, const LadBlock *block, const guint64 *addresses,
           guint first, guint end, GError **error)
{
    if (first == 0 && end == block->n_insns) {
        guint32 id = GPOINTER_TO_UINT(g_hash_table_lookup(slicing->ids, block));
        if (id == 0) {
            id = lad_trace_writer_block(slicing->writer, block) + 1;
            g_hash_table_insert(slicing->ids, (gpointer)block, GUINT_TO_POINTER(id));
        }
        return lad_trace_writer_execute(slicing->writer, stream, id - 1, addresses, error);
    }
    LadOperand operands[256];
    guint n = 0, skipped = 0;
    guint64 pc = block->pc;
    for (guint i = 0; i < first; i++)
        pc += block->insns[i].length;
    for (guint i = 0; i < block->n_operands; i++) {
        skipped += block->operands[i].insn < first;
        if (block->operands[i].insn < first || block->operands[i].insn >= end)
            continue;
        operands[n] = block->operands[i];
        operands[n++].insn = (guint8)(block->operands[i].insn - first);
    }
    LadBlock part = {.pc = pc,
                     .n_insns = (guint16)(end - first),
                     .n_operands = (guint16)n,
                     .insns = block->insns + first,
                     .operands = operands};
    return lad_trace_writer_execute(slicing->writer, stream,
                                    lad_trace_writer_block(slicing->writer, &part),
                                    addresses + skipped, error);
}

/* One block execution that begins at `record` and `insn`; the part of it in the window. */
static gboolean
write_block(Slicing *slicing, guint stream, const LadBlock *block, const guint64 *addresses,
            guint64 record, guint64 insn, GError **error)
{
    const Window *window = &slicing->window;
    if (!window->by_insn || block->n_insns == 0) {
        guint64 at = window->by_insn ? insn : record;
        if (at < window->from || at >= window->to)
            return TRUE;
        return write_part(slicing, stream, block, addresses, 0, block->n_insns, error);
    }
    guint64 end = insn + block->n_insns;
    if (end <= window->from || insn >= window->to)
        return TRUE;
    guint first = window->from > insn ? (guint)(window->from - insn) : 0;
    guint last = window->to < end ? (guint)(window->to - insn) : block->n_insns;
    return write_part(slicing, stream, block, addresses, first, last, error);
}

static gboolean
write_batch(Slicing *slicing, guint stream, const LadBatch *batch, gboolean *past, GError **error)
{
    const LadCode *code = lad_trace_reader_code(slicing->reader);
    const Window *window = &slicing->window;
    const guint64 *address = batch->addresses;
    guint64 record = batch->first_record, insn = batch->first_insn;
    for (guint32 t = 0; t < batch->n_tokens; t++) {
        *past = (window->by_insn ? insn : record) >= window->to;
        if (*past)
            return TRUE;
        if (batch->tokens[t] & LAD_TOKEN_RECORD) {
            const LadRecord *plain = &batch->records[batch->tokens[t] & ~LAD_TOKEN_RECORD];
            if ((window->by_insn ? insn : record) >= window->from &&
                !lad_trace_writer_record(slicing->writer, stream, plain, error))
                return FALSE;
            record++;
            insn += lad_record_n_insns(plain);
            continue;
        }
        const LadEntry *entry = lad_code_entry(code, batch->tokens[t]);
        for (guint32 b = 0; b < entry->n_blocks; b++) {
            const LadBlock *block = entry->blocks[b];
            if (!write_block(slicing, stream, block, address, record, insn, error))
                return FALSE;
            address += block->n_operands;
            insn += block->n_insns;
            record++;
        }
    }
    return TRUE;
}

static gboolean
slice_stream(Slicing *slicing, guint number, GError **error)
{
    const Window *window = &slicing->window;
    g_autoptr(GError) failure = NULL;
    g_autoptr(LadStreamReader) cursor = lad_stream_reader_new(slicing->reader, number, error);
    if (cursor == NULL)
        return FALSE;
    guint stream = lad_trace_writer_add_stream(
        slicing->writer, lad_trace_reader_stream_info(slicing->reader, number));
    if (window->from > 0 &&
        !(window->by_insn ? lad_stream_reader_seek_insn(cursor, window->from, error)
                          : lad_stream_reader_seek_record(cursor, window->from, error)))
        return FALSE;
    const LadBatch *batch;
    gboolean past = FALSE;
    while (!past && (batch = lad_stream_reader_next(cursor, &failure)) != NULL) {
        if (!write_batch(slicing, stream, batch, &past, error))
            return FALSE;
        if (lad_interrupt_pending())
            return lad_interrupt_error(error);
    }
    if (failure == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

/* The header says what the slice is a slice of. */
static LadTraceHeader *
slice_header(const LadTraceReader *reader, const Window *window)
{
    LadTraceHeader *header = lad_trace_header_copy(lad_trace_reader_header(reader));
    if (window->from == 0 && window->to == G_MAXUINT64)
        return header;
    const char *unit = window->by_insn ? "instructions" : "records";
    const char *identity = lad_trace_reader_identity(reader);
    g_autofree char *to = window->to == G_MAXUINT64
                              ? g_strdup("the end")
                              : g_strdup_printf("%" G_GUINT64_FORMAT, window->to);
    char *lost =
        g_strdup_printf("%s%sOnly %s %" G_GUINT64_FORMAT
                        " to %s of each stream are here; what maps and forks came before "
                        "is not.",
                        header->lost, *header->lost != '\0' ? "\n" : "", unit, window->from, to);
    g_free(header->lost);
    header->lost = lost;
    g_hash_table_insert(header->notes, g_strdup("slice-of"),
                        g_strdup(identity != NULL ? identity : "unknown"));
    return header;
}

static gboolean
slice(const Arguments *arguments, char *const files[2], GError **error)
{
    Slicing slicing = {0};
    if (!parse_windows(arguments, &slicing.window, error))
        return FALSE;
    g_autoptr(LadTraceReader) reader =
        lad_trace_reader_open(files[0], arguments->salvage ? LAD_TRACE_SALVAGE : 0, error);
    if (reader == NULL || !lad_trace_reader_complete(reader, error))
        return FALSE;
    guint n = lad_trace_reader_n_streams(reader);
    if (arguments->stream >= (gint64)n) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--stream %" G_GINT64_FORMAT ": the trace has %u streams, counted from 0",
                    arguments->stream, n);
        return FALSE;
    }
    lad_interrupt_install();
    g_autoptr(LadTraceHeader) header = slice_header(reader, &slicing.window);
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(files[1], header, NULL, error);
    g_autoptr(GHashTable) ids = g_hash_table_new(NULL, NULL);
    slicing.reader = reader;
    slicing.writer = writer;
    slicing.ids = ids;
    if (writer == NULL)
        return FALSE;
    for (guint i = 0; i < n; i++)
        if ((arguments->stream < 0 || arguments->stream == (gint64)i) &&
            !slice_stream(&slicing, i, error))
            return FALSE;
    return lad_trace_writer_close(writer, error);
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {.stream = -1};
    const GOptionEntry entries[] = {
        {"insns", 'i', 0, G_OPTION_ARG_STRING, &arguments.insns,
         "instructions FROM up to but not TO of each stream", "FROM:TO"},
        {"records", 'r', 0, G_OPTION_ARG_STRING, &arguments.records,
         "the same by record number; neither: all", "FROM:TO"},
        {"stream", 's', 0, G_OPTION_ARG_INT64, &arguments.stream, "only this stream", "N"},
        {"salvage", 0, 0, G_OPTION_ARG_NONE, &arguments.salvage,
         "take what is whole of a trace cut off", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    char *files[2] = {NULL, NULL};
    gboolean ok = lad_trace_arguments(argc, argv, entries, "IN.mlt OUT.mlt",
                                      "Write a window of a trace, by instruction or record number, "
                                      "as a trace of its own.\nIN may be - (a pipe), OUT may be - "
                                      "(standard output).",
                                      2, 0, files, error) &&
                  slice(&arguments, files, error);
    g_free(arguments.insns);
    g_free(arguments.records);
    return ok ? 0 : 1;
}

const LadCommand lad_trace_command_slice = {
    "slice",
    "write a window as a trace of its own",
    run,
};
