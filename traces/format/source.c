/* source.c - reading a trace's bytes from a file, or from a pipe by way of a temporary file. */
#include "config.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "traces/format/source.h"

#define PUMP_BYTES ((gsize)64 << 10)

struct LadSource {
    char *name;
    int fd;          /* what is read at an offset: the file, or the pipe's copy */
    int pipe;        /* -1: a file */
    guint64 size;    /* of a file */
    guint64 reached; /* atomic */
    GMutex lock;     /* of the following */
    guint64 copied;  /* bytes of the pipe in its copy */
    gboolean ended;
};

static gboolean
io_failed(const LadSource *source, const char *what, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "%s: %s: %s", source->name, what,
                g_strerror(errno));
    return FALSE;
}

static int
unlinked_file(void)
{
    g_autofree char *name = g_build_filename(g_get_tmp_dir(), "memladder-XXXXXX", NULL);
    int fd = g_mkstemp_full(name, O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        (void)g_unlink(name);
    return fd;
}

static gboolean
open_source(LadSource *source, const char *path, GError **error)
{
    struct stat info;
    gboolean standard = strcmp(path, "-") == 0;
    source->fd = standard ? dup(STDIN_FILENO) : g_open(path, O_RDONLY | O_CLOEXEC, 0);
    if (source->fd < 0 || fstat(source->fd, &info) != 0)
        return io_failed(source, "cannot be opened", error);
    if (S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        return io_failed(source, "is no trace", error);
    }
    if (S_ISREG(info.st_mode) && lseek(source->fd, 0, SEEK_CUR) == 0) {
        source->size = (guint64)info.st_size;
        return TRUE;
    }
    source->pipe = source->fd;
    source->fd = unlinked_file();
    return source->fd >= 0 || io_failed(source, "cannot make a temporary file", error);
}

LadSource *
lad_source_open(const char *path, GError **error)
{
    LadSource *source = g_new0(LadSource, 1);
    source->name = g_strdup(strcmp(path, "-") == 0 ? "standard input" : path);
    source->fd = source->pipe = -1;
    g_mutex_init(&source->lock);
    if (open_source(source, path, error))
        return source;
    lad_source_free(source);
    return NULL;
}

void
lad_source_free(LadSource *source)
{
    if (source == NULL)
        return;
    if (source->fd >= 0)
        (void)close(source->fd);
    if (source->pipe >= 0)
        (void)close(source->pipe);
    g_mutex_clear(&source->lock);
    g_free(source->name);
    g_free(source);
}

gboolean
lad_source_seekable(const LadSource *source)
{
    return source->pipe < 0;
}

guint64
lad_source_size(const LadSource *source)
{
    return source->size;
}

guint64
lad_source_reached(const LadSource *source)
{
    return __atomic_load_n(&source->reached, __ATOMIC_RELAXED);
}

static gboolean
append_copy(LadSource *source, const guint8 *bytes, gsize n, GError **error)
{
    while (n > 0) {
        gssize part = pwrite(source->fd, bytes, n, (off_t)source->copied);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return io_failed(source, "cannot keep a copy of the pipe", error);
        bytes += part;
        n -= (gsize)part;
        source->copied += (guint64)part;
    }
    return TRUE;
}

/* Copies the pipe up to byte `end`, or to its end. */
static gboolean
pump(LadSource *source, guint64 end, GError **error)
{
    guint8 bytes[PUMP_BYTES];
    while (source->copied < end && !source->ended) {
        gssize n = read(source->pipe, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return io_failed(source, "cannot be read", error);
        source->ended = n == 0;
        if (!append_copy(source, bytes, (gsize)n, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_fully(LadSource *source, guint64 offset, guint8 *to, gsize n, GError **error)
{
    gsize done = 0;
    while (done < n) {
        gssize part = pread(source->fd, to + done, n - done, (off_t)(offset + done));
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return io_failed(source, "cannot be read", error);
        if (part == 0) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                        "at offset %" G_GUINT64_FORMAT ": the trace is cut off: %" G_GSIZE_FORMAT
                        " more bytes were expected",
                        offset + done, n - done);
            return FALSE;
        }
        done += (gsize)part;
    }
    return TRUE;
}

gboolean
lad_source_read_at(gpointer data, guint64 offset, void *to, gsize n, GError **error)
{
    LadSource *source = data;
    if (source->pipe >= 0) {
        g_mutex_lock(&source->lock);
        gboolean ok = pump(source, offset + n, error);
        g_mutex_unlock(&source->lock);
        if (!ok)
            return FALSE;
    }
    if (!read_fully(source, offset, to, n, error))
        return FALSE;
    guint64 end = offset + n, reached = lad_source_reached(source);
    while (end > reached && !__atomic_compare_exchange_n(&source->reached, &reached, end, TRUE,
                                                         __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
    return TRUE;
}
