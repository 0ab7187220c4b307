/* export.c - reading a trace block by block, and writing bytes, packed by libarchive where the
 * output's name says so. A regular file is written under a temporary name and renamed at the end.
 */
#include "config.h"
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <memladder/export.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES ((gsize)256 << 10)
#define ROOM_BYTES   ((gsize)4096)

struct LadExport {
    const LadExportFormat *format;
    LadTraceReader *reader;
    gpointer state;
    LadExportTotals totals;

    const char *output;
    char *temporary; /* NULL: written in place */
    int fd;
    struct archive *archive;
    char *buffer;
    gsize n;
};

gpointer
lad_export_state(LadExport *export)
{
    return export->state;
}

const LadTraceHeader *
lad_export_header(const LadExport *export)
{
    return lad_trace_reader_header(export->reader);
}

LadExportTotals *
lad_export_totals(LadExport *export)
{
    return &export->totals;
}

/* ---- Output -----------------------------------------------------------------------------------
 */

static gboolean
output_failed(const LadExport *export, const char *what, GError **error)
{
    const char *why = export->archive != NULL ? archive_error_string(export->archive) : NULL;
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "%s: %s: %s", export->output, what,
                why != NULL ? why : g_strerror(errno));
    return FALSE;
}

static gboolean
open_file(LadExport *export, GError **error)
{
    struct stat info;
    if (strcmp(export->output, "-") == 0) {
        export->fd = dup(STDOUT_FILENO);
    } else if (g_stat(export->output, &info) == 0 && !S_ISREG(info.st_mode)) {
        export->fd = g_open(export->output, O_WRONLY | O_CLOEXEC, 0);
    } else {
        export->temporary = g_strdup_printf("%s.%d.tmp", export->output, (int)getpid());
        export->fd = g_open(export->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    }
    return export->fd >= 0 || output_failed(export, "cannot be written", error);
}

static gboolean
add_packing(LadExport *export, guint level, GError **error)
{
    static const struct {
        const char *suffix, *name;
        int (*add)(struct archive *);
    } filters[] = {
        {".gz", "gzip", archive_write_add_filter_gzip},
        {".xz", "xz", archive_write_add_filter_xz},
        {".bz2", "bzip2", archive_write_add_filter_bzip2},
        {".zst", "zstd", archive_write_add_filter_zstd},
    };
    for (guint i = 0; i < G_N_ELEMENTS(filters); i++) {
        if (!g_str_has_suffix(export->output, filters[i].suffix))
            continue;
        g_autofree char *text = g_strdup_printf("%u", level);
        if (filters[i].add(export->archive) != ARCHIVE_OK ||
            (level > 0 &&
             archive_write_set_filter_option(export->archive, filters[i].name, "compression-level",
                                             text) != ARCHIVE_OK)) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--level %u: not a level of %s", level,
                        filters[i].name);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
open_output(LadExport *export, guint level, GError **error)
{
    if (!open_file(export, error))
        return FALSE;
    export->archive = archive_write_new();
    archive_write_set_format_raw(export->archive);
    archive_write_set_bytes_in_last_block(export->archive, 1);
    if (!add_packing(export, level, error))
        return FALSE;
    if (archive_write_open_fd(export->archive, export->fd) != ARCHIVE_OK)
        return output_failed(export, "cannot be written", error);
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, "trace");
    archive_entry_set_filetype(entry, AE_IFREG);
    int status = archive_write_header(export->archive, entry);
    archive_entry_free(entry);
    return status == ARCHIVE_OK || output_failed(export, "cannot be written", error);
}

static gboolean
write_out(LadExport *export, GError **error)
{
    gsize n = export->n;
    export->n = 0;
    if (n == 0 || archive_write_data(export->archive, export->buffer, n) == (la_ssize_t)n)
        return TRUE;
    return output_failed(export, "cannot be written", error);
}

char *
lad_export_room(LadExport *export, gsize n, GError **error)
{
    g_assert(n <= ROOM_BYTES);
    if (export->n + n > BUFFER_BYTES && !write_out(export, error))
        return NULL;
    return export->buffer + export->n;
}

void
lad_export_wrote(LadExport *export, gsize n)
{
    export->n += n;
    g_assert(export->n <= BUFFER_BYTES);
}

static gboolean
close_output(LadExport *export, GError **error)
{
    if (!write_out(export, error))
        return FALSE;
    if (archive_write_close(export->archive) != ARCHIVE_OK)
        return output_failed(export, "cannot be completed", error);
    gboolean ok = export->temporary == NULL || fsync(export->fd) == 0;
    ok = close(export->fd) == 0 && ok;
    export->fd = -1;
    if (ok && export->temporary != NULL)
        ok = g_rename(export->temporary, export->output) == 0;
    if (!ok)
        return output_failed(export, "cannot be completed", error);
    g_clear_pointer(&export->temporary, g_free);
    return TRUE;
}

/* ---- Input ------------------------------------------------------------------------------------
 */

static gboolean
write_batch(LadExport *export, const LadBatch *batch, GError **error)
{
    const LadCode *code = lad_trace_reader_code(export->reader);
    const guint64 *addresses = batch->addresses;
    for (guint32 i = 0; i < batch->n_tokens; i++) {
        guint32 token = batch->tokens[i];
        if (token & LAD_TOKEN_RECORD) {
            const LadRecord *record = &batch->records[token & ~LAD_TOKEN_RECORD];
            if (!export->format->record(export, record, error))
                return FALSE;
            continue;
        }
        const LadEntry *entry = lad_code_entry(code, token);
        for (guint32 b = 0; b < entry->n_blocks; b++) {
            const LadBlock *block = entry->blocks[b];
            if (!export->format->block(export, block, addresses, error))
                return FALSE;
            addresses += block->n_operands;
        }
    }
    return TRUE;
}

static gboolean
write_stream(LadExport *export, guint stream, gboolean first, const LadExportOptions *options,
             GError **error)
{
    const LadExportFormat *format = export->format;
    const LadStreamInfo *info = lad_trace_reader_stream_info(export->reader, stream);
    g_autoptr(GError) failure = NULL;
    g_autoptr(LadStreamReader) cursor = lad_stream_reader_new(export->reader, stream, error);
    if (cursor == NULL)
        return FALSE;
    g_free(export->state);
    export->state = g_malloc0(MAX(format->state_size, 1));
    if (format->begin != NULL && !format->begin(export, info, first, error))
        return FALSE;
    for (const LadBatch *batch; (batch = lad_stream_reader_next(cursor, &failure)) != NULL;) {
        if (!write_batch(export, batch, error))
            return FALSE;
        if (options->progress != NULL &&
            !options->progress(options->progress_data, lad_trace_reader_bytes_read(export->reader),
                               lad_trace_reader_bytes_total(export->reader), error))
            return FALSE;
    }
    if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    return format->end == NULL || format->end(export, error);
}

static gboolean
write_streams(LadExport *export, const LadExportOptions *options, GError **error)
{
    guint n = lad_trace_reader_n_streams(export->reader);
    if (!lad_trace_reader_complete(export->reader, error))
        return FALSE;
    if (options->stream >= 0 && options->stream >= n) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--stream %" G_GINT64_FORMAT ": the trace has %u streams, from 0",
                    options->stream, n);
        return FALSE;
    }
    if (options->stream < 0 && n > 1 && export->format->one_stream) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "%s holds one stream and the trace has %u: choose one with --stream",
                    export->format->name, n);
        return FALSE;
    }
    guint from = options->stream >= 0 ? (guint)options->stream : 0;
    guint to = options->stream >= 0 ? from + 1 : n;
    for (guint i = from; i < to; i++)
        if (!write_stream(export, i, i == from, options, error))
            return FALSE;
    return TRUE;
}

static gboolean
is_same_file(const char *path, const char *other)
{
    struct stat a, b;
    return g_stat(path, &a) == 0 && g_stat(other, &b) == 0 && S_ISREG(a.st_mode) &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

gboolean
lad_export_run(const LadExportFormat *format, const char *input, const char *output,
               const LadExportOptions *options, LadExportTotals *totals, GError **error)
{
    LadExport export = {.format = format, .output = output, .fd = -1};
    if (is_same_file(input, output)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "%s: is the input and cannot be the output too", input);
        return FALSE;
    }
    export.reader = lad_trace_reader_open(input, 0, error);
    if (export.reader == NULL)
        return FALSE;
    export.buffer = g_malloc(BUFFER_BYTES);
    gboolean ok = open_output(&export, options->compression, error) &&
                  write_streams(&export, options, error) && close_output(&export, error);
    if (export.archive != NULL)
        archive_write_free(export.archive);
    if (export.fd >= 0)
        (void)close(export.fd);
    if (export.temporary != NULL)
        (void)g_unlink(export.temporary);
    lad_trace_reader_unref(export.reader);
    g_free(export.temporary);
    g_free(export.buffer);
    g_free(export.state);
    if (totals != NULL)
        *totals = export.totals;
    return ok;
}
