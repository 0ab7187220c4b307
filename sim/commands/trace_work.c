/* trace_work.c - progress, interruption and headers of the tools on traces. */
#include "config.h"
#include <glib/gstdio.h>
#include <string.h>
#include "sim/commands/interrupt.h"
#include "sim/commands/trace_work.h"

static gboolean
step(gpointer data, guint64 references, GError **error)
{
    LadTraceWork *work = data;
    work->done += references;
    double fraction = work->total > 0 ? (double)work->done / (double)work->total : 0;
    if (lad_interrupt_status_wanted())
        lad_progress_report(work->progress, fraction, work->done);
    else
        lad_progress_update(work->progress, fraction, work->done);
    return !lad_interrupt_pending() || lad_interrupt_error(error);
}

gboolean
lad_trace_work_begin(LadTraceWork *work, const char *what, guint64 total, GError **error)
{
    LadProgressMode mode;
    if (!lad_progress_parse(NULL, stderr, &mode, error))
        return FALSE;
    *work = (LadTraceWork){.total = total};
    work->progress = lad_progress_new(mode, what, "refs", stderr);
    work->toolbox = (LadToolboxProgress){step, work};
    lad_interrupt_install();
    return TRUE;
}

void
lad_trace_work_end(LadTraceWork *work)
{
    if (work->progress != NULL)
        lad_progress_finish(work->progress);
    g_clear_pointer(&work->progress, lad_progress_free);
}

LadTraceReader *
lad_trace_work_open(const char *path, LadTraceFlags flags, GError **error)
{
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(path, flags, error);
    if (reader == NULL || !lad_trace_reader_complete(reader, error))
        return NULL;
    return g_steal_pointer(&reader);
}

guint64
lad_trace_work_references(LadTraceReader *reader)
{
    guint64 n = 0;
    for (guint i = 0; i < lad_trace_reader_n_streams(reader); i++)
        n += lad_trace_reader_n_insns(reader, i) + lad_trace_reader_n_data(reader, i);
    return n;
}

gboolean
lad_trace_work_apart(const char *input, const char *output, GError **error)
{
    GStatBuf in, out;
    if (strcmp(input, "-") == 0 || strcmp(output, "-") == 0 || g_stat(input, &in) != 0 ||
        g_stat(output, &out) != 0 || in.st_dev != out.st_dev || in.st_ino != out.st_ino)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "%s is an input and would be overwritten; expected another name for the output",
                output);
    return FALSE;
}

void
lad_trace_work_lost(LadTraceHeader *header, const char *line)
{
    char *lost = g_strdup_printf("%s%s%s", header->lost, *header->lost != '\0' ? "\n" : "", line);
    g_free(header->lost);
    header->lost = lost;
}

void
lad_trace_work_part_of(LadTraceHeader *header, const char *key, const LadTraceReader *reader)
{
    const char *identity = lad_trace_reader_identity(reader);
    g_hash_table_insert(header->notes, g_strdup(key),
                        g_strdup(identity != NULL ? identity : "unknown"));
}

static gboolean
add_streams(const char *option, const char *text, guint n, gboolean *in, GError **error)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 2);
    guint64 from, to;
    gboolean ok =
        ends[0] != NULL && g_ascii_string_to_unsigned(ends[0], 10, 0, G_MAXUINT32, &from, NULL);
    to = ok ? from : 0;
    if (ok && ends[1] != NULL)
        ok = g_ascii_string_to_unsigned(ends[1], 10, from, G_MAXUINT32, &to, NULL);
    if (!ok) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "%s %s: expected numbers of streams and ranges of them, such as 0,2-5", option,
                    text);
        return FALSE;
    }
    if (to >= n) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "%s %s: the trace has %u streams, counted from 0", option, text, n);
        return FALSE;
    }
    for (guint64 i = from; i <= to; i++)
        in[i] = TRUE;
    return TRUE;
}

gboolean *
lad_trace_work_streams(const char *option, const char *text, guint n, GError **error)
{
    g_autofree gboolean *in = g_new0(gboolean, n + 1);
    if (text == NULL) {
        for (guint i = 0; i < n; i++)
            in[i] = TRUE;
        return g_steal_pointer(&in);
    }
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    for (guint i = 0; parts[i] != NULL; i++)
        if (!add_streams(option, parts[i], n, in, error))
            return NULL;
    return g_steal_pointer(&in);
}
