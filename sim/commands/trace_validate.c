/* trace_validate.c - memladder trace validate: a full check that says what is wrong and where. */
#include "config.h"
#include <stdio.h>
#include "sim/commands/interrupt.h"
#include "sim/commands/trace.h"

/* What a stream's records must keep. */
typedef struct {
    guint64 n_insns, n_data, n_records;
    guint64 time;
    guint64 n_backwards;
    guint64 first_backwards; /* record number */
} Checked;

static void
check_batch(const LadBatch *batch, const LadCode *code, Checked *checked)
{
    checked->n_insns += batch->n_insns;
    checked->n_data += batch->n_data;
    for (guint32 t = 0; t < batch->n_tokens; t++) {
        if (!(batch->tokens[t] & LAD_TOKEN_RECORD)) {
            checked->n_records += lad_code_entry(code, batch->tokens[t])->n_blocks;
            continue;
        }
        const LadRecord *record = &batch->records[batch->tokens[t] & ~LAD_TOKEN_RECORD];
        if (record->kind == LAD_RECORD_TIME) {
            if (record->value < checked->time && checked->n_backwards++ == 0)
                checked->first_backwards = checked->n_records;
            checked->time = record->value;
        }
        checked->n_records++;
    }
}

/* Whether the stream reads to its end; complaints go to stderr. */
static gboolean
check_stream(LadTraceReader *reader, guint number, Checked *checked, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(LadStreamReader) cursor = lad_stream_reader_new(reader, number, &failure);
    const LadBatch *batch;
    while (cursor != NULL && (batch = lad_stream_reader_next(cursor, &failure)) != NULL) {
        check_batch(batch, lad_trace_reader_code(reader), checked);
        if (lad_interrupt_pending())
            return lad_interrupt_error(error);
    }
    if (failure == NULL && checked->n_backwards > 0)
        g_set_error(&failure, LAD_ERROR, LAD_ERROR_TRACE,
                    "time goes backwards %" G_GUINT64_FORMAT
                    " times, first at record %" G_GUINT64_FORMAT,
                    checked->n_backwards, checked->first_backwards);
    if (failure == NULL)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                "stream %u, after record %" G_GUINT64_FORMAT ": %s", number, checked->n_records,
                failure->message);
    return FALSE;
}

/* What --salvage would get, for a trace that cannot be opened. */
static void
print_salvageable(const char *path)
{
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, LAD_TRACE_SALVAGE, NULL);
    if (reader == NULL)
        return;
    guint64 insns = 0, records = 0;
    for (guint i = 0; i < lad_trace_reader_n_streams(reader); i++) {
        insns += lad_trace_reader_n_insns(reader, i);
        records += lad_trace_reader_n_records(reader, i);
    }
    fprintf(stderr,
            "%s: --salvage would read %" G_GUINT64_FORMAT " instructions, %" G_GUINT64_FORMAT
            " records\n",
            path, insns, records);
}

static gboolean
check_streams(LadTraceReader *reader, const char *path, gboolean bytes, GError **error)
{
    guint n_bad = 0, n = lad_trace_reader_n_streams(reader);
    guint64 insns = 0, data = 0;
    for (guint i = 0; i < n; i++) {
        g_autoptr(GError) failure = NULL;
        Checked checked = {0};
        if (!check_stream(reader, i, &checked, &failure)) {
            if (g_error_matches(failure, LAD_ERROR, LAD_ERROR_INTERRUPTED)) {
                g_propagate_error(error, g_steal_pointer(&failure));
                return FALSE;
            }
            fprintf(stderr, "%s\n", failure->message);
            n_bad++;
        }
        insns += checked.n_insns;
        data += checked.n_data;
    }
    if (n_bad > 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "%s: %u of %u streams are damaged", path,
                    n_bad, n);
        return FALSE;
    }
    if (!bytes) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "%s: bytes outside the streams are damaged",
                    path);
        return FALSE;
    }
    const char *identity = lad_trace_reader_identity(reader);
    printf("%s: valid: %u streams, %" G_GUINT64_FORMAT " instructions, %" G_GUINT64_FORMAT
           " data accesses, identity %s\n",
           path, n, insns, data, identity != NULL ? identity : "unknown (cut off)");
    return TRUE;
}

static gboolean
validate(const char *path, gboolean salvage, GError **error)
{
    LadTraceFlags flags = LAD_TRACE_VERIFY | (salvage ? LAD_TRACE_SALVAGE : 0);
    g_autoptr(GError) failure = NULL;
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, flags, &failure);
    if (reader == NULL) {
        if (g_error_matches(failure, LAD_ERROR, LAD_ERROR_TRACE))
            print_salvageable(path);
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    lad_interrupt_install();
    guint64 n_sections;
    if (!lad_trace_reader_complete(reader, error))
        return FALSE;
    gboolean bytes = TRUE;
    if (lad_trace_reader_is_seekable(reader) && !salvage)
        bytes = lad_trace_reader_verify_bytes(reader, &n_sections, &failure);
    if (!bytes)
        fprintf(stderr, "%s\n", failure->message);
    return check_streams(reader, path, bytes, error);
}

static int
run(int argc, char **argv, GError **error)
{
    gboolean salvage = FALSE;
    const GOptionEntry entries[] = {
        {"salvage", 0, 0, G_OPTION_ARG_NONE, &salvage, "check what is whole of a trace cut off",
         NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    char *file = NULL;
    gboolean ok = lad_trace_arguments(argc, argv, entries, "FILE",
                                      "Check a trace fully: all checksums, every record of every "
                                      "stream, the order of time\nstamps, and the hash of the "
                                      "content against the trace's identity.",
                                      1, 0, &file, error) &&
                  validate(file, salvage, error);
    return ok ? 0 : 1;
}

const LadCommand lad_trace_command_validate = {
    "validate",
    "check a trace fully",
    run,
};
