/* import.c - what all formats share: the input, unpacked by libarchive if it is compressed, and the
 * trace being written. */
#include "config.h"
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <memladder/import.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES    ((gsize)256 << 10)
#define MAX_LINE_BYTES ((gsize)64 << 10)

struct LadImport {
    const LadImportFormat *format;
    const char *name; /* of the input, for messages */
    int fd;
    guint64 total; /* bytes of the input file; 0: unknown */
    struct archive *archive;
    char *block; /* MAX_LINE_BYTES are kept before what is read anew */
    gsize at, end;
    gboolean ended;
    guint64 line;

    const char *output;
    const LadTraceWriterOptions *options;
    LadTraceHeader *header;
    LadTraceWriter *writer;
    LadImportProgress progress;
    gpointer progress_data;
};

static gboolean
io_failed(const LadImport *import, const char *what, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "%s: %s: %s", import->name, what,
                g_strerror(errno));
    return FALSE;
}

static gboolean
archive_failed(const LadImport *import, GError **error)
{
    const char *what = archive_error_string(import->archive);
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                "%s: after line %" G_GUINT64_FORMAT ": cannot be unpacked: %s", import->name,
                import->line, what != NULL ? what : "unknown error");
    return FALSE;
}

/* Only filters that run within this process; whatever else the input is, is read as it is. */
static struct archive *
new_archive(void)
{
    struct archive *archive = archive_read_new();
    g_assert(archive != NULL);
    archive_read_support_filter_bzip2(archive);
    archive_read_support_filter_gzip(archive);
    archive_read_support_filter_lz4(archive);
    archive_read_support_filter_lzma(archive);
    archive_read_support_filter_xz(archive);
    archive_read_support_filter_zstd(archive);
    archive_read_support_format_raw(archive);
    archive_read_support_format_empty(archive);
    return archive;
}

static gboolean
open_input(LadImport *import, const char *path, GError **error)
{
    struct stat info;
    import->fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : g_open(path, O_RDONLY | O_CLOEXEC, 0);
    if (import->fd < 0 || fstat(import->fd, &info) != 0)
        return io_failed(import, "cannot be opened", error);
    if (S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        return io_failed(import, "cannot be read", error);
    }
    import->total = S_ISREG(info.st_mode) ? (guint64)info.st_size : 0;
    import->archive = new_archive();
    struct archive_entry *entry;
    if (archive_read_open_fd(import->archive, import->fd, BLOCK_BYTES) != ARCHIVE_OK)
        return archive_failed(import, error);
    int status = archive_read_next_header(import->archive, &entry);
    import->ended = status == ARCHIVE_EOF;
    return status == ARCHIVE_OK || status == ARCHIVE_EOF || archive_failed(import, error);
}

/* Moves what is left to the front and reads on. FALSE on failure; at the end `ended` is set. */
static gboolean
fill(LadImport *import, GError **error)
{
    if (import->progress != NULL &&
        !import->progress(import->progress_data, (guint64)archive_filter_bytes(import->archive, -1),
                          import->total, error))
        return FALSE;
    gsize left = import->end - import->at;
    memmove(import->block, import->block + import->at, left);
    import->at = 0;
    import->end = left;
    gssize n = archive_read_data(import->archive, import->block + left, BLOCK_BYTES);
    if (n < 0)
        return archive_failed(import, error);
    import->end += (gsize)n;
    import->ended = n == 0;
    return TRUE;
}

static gboolean
bad_line(const LadImport *import, const char *what, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "%s: line %" G_GUINT64_FORMAT ": %s",
                import->name, import->line, what);
    return FALSE;
}

const char *
lad_import_line(LadImport *import, gsize *length, GError **error)
{
    for (;;) {
        char *start = import->block + import->at;
        gsize left = import->end - import->at;
        char *end = memchr(start, '\n', left);
        if (end == NULL && !import->ended && left < MAX_LINE_BYTES) {
            if (!fill(import, error))
                return NULL;
            continue;
        }
        if (end == NULL && left == 0)
            return NULL;
        import->line++;
        gsize n = end != NULL ? (gsize)(end - start) : left;
        if (n >= MAX_LINE_BYTES || memchr(start, 0, n) != NULL) {
            bad_line(import,
                     n >= MAX_LINE_BYTES ? "a line of more than 64 KiB; is this text?"
                                         : "a zero byte; is this text?",
                     error);
            return NULL;
        }
        start[n] = '\0';
        import->at += n + (end != NULL);
        *length = n;
        return start;
    }
}

gssize
lad_import_bytes(LadImport *import, void *to, gsize n, GError **error)
{
    gsize done = 0;
    while (done < n) {
        gsize part = MIN(n - done, import->end - import->at);
        memcpy((char *)to + done, import->block + import->at, part);
        import->at += part;
        done += part;
        if (done == n || import->ended)
            break;
        if (!fill(import, error))
            return -1;
    }
    return (gssize)done;
}

char *
lad_import_where(const LadImport *import)
{
    return g_strdup_printf("%s: line %" G_GUINT64_FORMAT ": ", import->name, import->line);
}

LadTraceHeader *
lad_import_header(LadImport *import)
{
    return import->header;
}

LadTraceWriter *
lad_import_begin(LadImport *import, GError **error)
{
    if (import->writer == NULL)
        import->writer =
            lad_trace_writer_new(import->output, import->header, import->options, error);
    return import->writer;
}

static void
preset_header(LadImport *import)
{
    g_free(import->header->tool);
    import->header->tool = g_strdup_printf("memladder %s, trace convert --from %s", PACKAGE_VERSION,
                                           import->format->name);
    g_free(import->header->lost);
    import->header->lost = g_strdup(import->format->lost);
}

gboolean
lad_import_run(const LadImportFormat *format, const char *input, const char *output,
               const LadTraceWriterOptions *options, LadImportProgress progress, gpointer data,
               GError **error)
{
    LadImport import = {.format = format,
                        .name = strcmp(input, "-") == 0 ? "standard input" : input,
                        .fd = -1,
                        .output = output,
                        .options = options,
                        .header = lad_trace_header_new(),
                        .progress = progress,
                        .progress_data = data};
    import.block = g_malloc(BLOCK_BYTES + MAX_LINE_BYTES + 1);
    preset_header(&import);
    gboolean ok = open_input(&import, input, error) && format->convert(&import, error) &&
                  lad_trace_writer_close(import.writer, error);
    lad_trace_writer_free(import.writer);
    lad_trace_header_free(import.header);
    if (import.archive != NULL)
        archive_read_free(import.archive);
    if (import.fd >= 0)
        (void)close(import.fd);
    g_free(import.block);
    return ok;
}
