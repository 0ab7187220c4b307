/* input.c - one input: a file or pipe, unpacked by libarchive where it is compressed or an archive.
 *
 *     file --> filters (gzip, bzip2, xz, lzma, lz4, zstd; `outer`) --> zip or tar (`inner`) -->
 * block
 *
 * A zip file is read by `inner` alone, which may seek in it. Whether the unpacked bytes are a tar
 * or zip is decided here from their first block, as libarchive takes any file that begins with
 * zeros for an empty tar. Only what runs within this process is used, never an external program.
 *
 * Bounds: memory is one block plus what the decompressors keep (their window). What is unpacked may
 * be at most 64 MiB plus `max_expansion` times what was read of the input, so that an archive bomb
 * ends with an error and not with a full disk. Names in an archive are only labels; links, devices
 * and paths that lead out of it are refused all the same, since such an archive was not made for
 * this use. */
#include "config.h"
#include "traces/import/input.h"
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES      ((gsize)64 << 10) /* few enough to stay in a cache until they are parsed */
#define MAX_LINE_BYTES  ((gsize)64 << 10)
#define BLOCK_BYTES     (READ_BYTES + MAX_LINE_BYTES)
#define TAR_BLOCK_BYTES 512
#define FREE_BYTES      ((guint64)64 << 20) /* that any input may expand to */

struct LadImportInput {
    char *name; /* for messages */
    LadImportShare *share;

    int fd;
    gboolean seekable;
    guint64 size;     /* of a regular file; 0: unknown */
    guint64 n_read;   /* of the file */
    guint64 unpacked; /* in all members so far */
    guint8 *packed;   /* a block of the file; while `n_kept` > 0 it holds its first bytes */
    gsize n_kept;

    struct archive *outer; /* NULL if `inner` reads the file itself */
    struct archive *inner; /* NULL if the input is no archive */
    guint8 *passed;        /* the first bytes unpacked by `outer`, for whoever reads it first */
    gsize n_passed;

    char *member;
    const guint8 *pending; /* unpacked, not yet in the block */
    gsize n_pending;
    guint64 n_taken; /* bytes of the member taken from libarchive */
    char *block;     /* BLOCK_BYTES, a zero, and the slack behind lines */
    gsize at, end;
    gsize clean;     /* where its first zero byte lies, as far as it has been searched */
    gboolean ended;  /* the member has no more than what is in the block */
    guint64 before;  /* bytes of the member before the block */
    guint64 line;    /* read last; 0: none */
    GError *failure; /* of reading; every later read fails likewise */
};

G_GNUC_PRINTF(3, 4)
gboolean
lad_import_bad(const LadImportInput *input, GError **error, const char *format, ...)
{
    g_autofree char *where = lad_import_where(input);
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE, "%s%s", where, what);
    return FALSE;
}

static gboolean
io_failed(const LadImportInput *input, const char *what, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "%s: %s: %s", input->name, what, g_strerror(errno));
    return FALSE;
}

static gboolean
archive_failed(const LadImportInput *input, struct archive *archive, GError **error)
{
    const char *what = archive_error_string(archive);
    return lad_import_bad(input, error, "cannot be unpacked: %s",
                          what != NULL ? what : "unknown error");
}

/* ---- The file ------------------------------------------------------------------------------- */

static gboolean
keep_going(LadImportInput *input, GError **error)
{
    LadImportShare *share = input->share;
    return share->progress == NULL ||
           share->progress(share->progress_data, share->done, share->total, error);
}

static gssize
read_file(LadImportInput *input)
{
    if (input->n_kept > 0) {
        gsize n = input->n_kept;
        input->n_kept = 0;
        return (gssize)n;
    }
    gssize n;
    do
        n = read(input->fd, input->packed, READ_BYTES);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        input->n_read += (guint64)n;
        input->share->done += (guint64)n;
    }
    return n;
}

static la_ssize_t
give_file(struct archive *archive, void *data, const void **block)
{
    LadImportInput *input = data;
    gssize n = read_file(input);
    if (n < 0)
        archive_set_error(archive, errno, "%s", g_strerror(errno));
    *block = input->packed;
    return n;
}

static la_int64_t
seek_file(struct archive *archive, void *data, la_int64_t offset, int whence)
{
    LadImportInput *input = data;
    input->n_kept = 0;
    off_t at = lseek(input->fd, (off_t)offset, whence);
    if (at < 0)
        archive_set_error(archive, errno, "%s", g_strerror(errno));
    return at < 0 ? ARCHIVE_FATAL : (la_int64_t)at;
}

/* The first block of the file, kept for whoever reads it first. */
static gboolean
read_start(LadImportInput *input, GError **error)
{
    gsize n = 0;
    while (n < READ_BYTES) {
        gssize more = read(input->fd, input->packed + n, READ_BYTES - n);
        if (more < 0 && errno == EINTR)
            continue;
        if (more < 0)
            return io_failed(input, "cannot be read", error);
        if (more == 0)
            break;
        n += (gsize)more;
    }
    input->n_kept = n;
    input->n_read = n;
    input->share->done += n;
    return TRUE;
}

/* ---- The layers ----------------------------------------------------------------------------- */

static gboolean
is_zip(const guint8 *start, gsize n)
{
    return n >= 4 && start[0] == 'P' && start[1] == 'K' &&
           ((start[2] == 3 && start[3] == 4) || (start[2] == 5 && start[3] == 6));
}

/* A header of a tar has the sum of its bytes in it, in octal, counted with blanks in its place. */
static gboolean
is_tar(const guint8 *start, gsize n)
{
    if (n < TAR_BLOCK_BYTES || start[0] == 0)
        return FALSE;
    guint sum = 0, stated = 0;
    for (guint i = 0; i < TAR_BLOCK_BYTES; i++)
        sum += i >= 148 && i < 156 ? ' ' : start[i];
    guint i = 148;
    while (i < 156 && start[i] == ' ')
        i++;
    if (i == 156 || start[i] < '0' || start[i] > '7')
        return FALSE;
    for (; i < 156 && start[i] >= '0' && start[i] <= '7'; i++)
        stated = stated * 8 + (start[i] - '0');
    return sum == stated;
}

/* The old lzma format has no mark: libarchive takes much else for it, also what it has unpacked
 * already. So it is looked for only behind the properties that all writers of it use. */
static gboolean
is_lzma(const guint8 *start, gsize n)
{
    return n >= 13 && start[0] == 0x5d && start[1] == 0 && start[2] == 0;
}

static struct archive *
new_outer(gboolean lzma)
{
    struct archive *archive = archive_read_new();
    g_assert(archive != NULL);
    archive_read_support_filter_bzip2(archive);
    archive_read_support_filter_gzip(archive);
    archive_read_support_filter_lz4(archive);
    if (lzma)
        archive_read_support_filter_lzma(archive);
    archive_read_support_filter_xz(archive);
    archive_read_support_filter_zstd(archive);
    archive_read_support_format_raw(archive);
    archive_read_support_format_empty(archive);
    return archive;
}

static struct archive *
new_inner(void)
{
    struct archive *archive = archive_read_new();
    g_assert(archive != NULL);
    archive_read_support_format_tar(archive);
    archive_read_support_format_zip(archive);
    archive_read_support_format_empty(archive);
    return archive;
}

/* The next bytes of the archive's current entry: 1, 0 at its end, -1 on failure. Blocks are taken
 * as they are, since archive_read_data would drop what it has when it comes upon damage. */
static int
next_block(struct archive *archive, const guint8 **bytes, gsize *n, la_int64_t *offset)
{
    const void *block;
    for (;;) {
        int status = archive_read_data_block(archive, &block, n, offset);
        if (status == ARCHIVE_EOF)
            return 0;
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
            return -1;
        *bytes = block;
        if (*n > 0)
            return 1;
    }
}

static la_ssize_t
give_unpacked(struct archive *archive, void *data, const void **block)
{
    LadImportInput *input = data;
    const guint8 *bytes;
    la_int64_t offset;
    gsize n = input->n_passed;
    input->n_passed = 0;
    *block = input->passed;
    if (n > 0)
        return (la_ssize_t)n;
    int got = next_block(input->outer, &bytes, &n, &offset);
    if (got < 0)
        archive_set_error(archive, archive_errno(input->outer), "%s",
                          archive_error_string(input->outer));
    *block = got > 0 ? bytes : NULL;
    return got < 0 ? ARCHIVE_FATAL : got == 0 ? 0 : (la_ssize_t)n;
}

/* Opens the filters and reads at least the block that tells a tar or zip, unless there is less. */
static gboolean
open_outer(LadImportInput *input, GError **error)
{
    struct archive_entry *entry;
    input->outer = new_outer(is_lzma(input->packed, input->n_kept));
    archive_read_set_read_callback(input->outer, give_file);
    archive_read_set_callback_data(input->outer, input);
    if (archive_read_open1(input->outer) != ARCHIVE_OK)
        return archive_failed(input, input->outer, error);
    int status = archive_read_next_header(input->outer, &entry);
    if (status != ARCHIVE_OK && status != ARCHIVE_EOF)
        return archive_failed(input, input->outer, error);
    while (status == ARCHIVE_OK && input->n_passed < TAR_BLOCK_BYTES) {
        const guint8 *bytes;
        gsize n;
        la_int64_t offset;
        int got = next_block(input->outer, &bytes, &n, &offset);
        if (got < 0 && input->n_passed == 0)
            return archive_failed(input, input->outer, error);
        if (got < 0) /* what there is is read first */
            archive_failed(input, input->outer, &input->failure);
        if (got <= 0)
            break;
        input->passed = g_realloc(input->passed, input->n_passed + n);
        memcpy(input->passed + input->n_passed, bytes, n);
        input->n_passed += n;
    }
    input->ended = status == ARCHIVE_EOF;
    return TRUE;
}

static gboolean
open_inner(LadImportInput *input, GError **error)
{
    input->inner = new_inner();
    archive_read_set_read_callback(input->inner, input->outer != NULL ? give_unpacked : give_file);
    if (input->outer == NULL && input->seekable)
        archive_read_set_seek_callback(input->inner, seek_file);
    archive_read_set_callback_data(input->inner, input);
    if (archive_read_open1(input->inner) != ARCHIVE_OK)
        return archive_failed(input, input->inner, error);
    input->member = g_strdup("");
    gboolean found = lad_import_next_member(input, error);
    if (!found && (error == NULL || *error == NULL))
        return lad_import_bad(input, error, "the archive has no files");
    return found;
}

static gboolean
open_layers(LadImportInput *input, GError **error)
{
    if (!read_start(input, error))
        return FALSE;
    if (is_zip(input->packed, input->n_kept))
        return open_inner(input, error);
    if (!open_outer(input, error))
        return FALSE;
    if (is_zip(input->passed, input->n_passed) || is_tar(input->passed, input->n_passed)) {
        g_clear_error(&input->failure); /* it comes again */
        return open_inner(input, error);
    }
    input->pending = input->passed;
    input->n_pending = input->n_passed;
    input->n_taken = input->n_passed;
    return TRUE;
}

LadImportInput *
lad_import_input_new(const char *path, LadImportShare *share, GError **error)
{
    gboolean standard = strcmp(path, "-") == 0;
    LadImportInput *input = g_new0(LadImportInput, 1);
    struct stat info;
    input->name = g_strdup(standard ? "standard input" : path);
    input->share = share;
    input->packed = g_malloc(READ_BYTES);
    input->block = g_malloc0(BLOCK_BYTES + 1 + LAD_IMPORT_LINE_SLACK);
    input->fd = standard ? dup(STDIN_FILENO) : g_open(path, O_RDONLY | O_CLOEXEC, 0);
    gboolean ok = input->fd >= 0 && fstat(input->fd, &info) == 0;
    if (!ok)
        io_failed(input, "cannot be opened", error);
    if (ok) {
        input->seekable = S_ISREG(info.st_mode) && lseek(input->fd, 0, SEEK_CUR) == 0;
        input->size = S_ISREG(info.st_mode) ? (guint64)info.st_size : 0;
        ok = open_layers(input, error);
    }
    if (!ok)
        g_clear_pointer(&input, lad_import_input_free);
    return input;
}

void
lad_import_input_free(LadImportInput *input)
{
    if (input == NULL)
        return;
    if (input->inner != NULL)
        archive_read_free(input->inner);
    if (input->outer != NULL)
        archive_read_free(input->outer);
    if (input->fd >= 0)
        (void)close(input->fd);
    g_clear_error(&input->failure);
    g_free(input->name);
    g_free(input->member);
    g_free(input->packed);
    g_free(input->passed);
    g_free(input->block);
    g_free(input);
}

/* ---- Members -------------------------------------------------------------------------------- */

/* Whether a path in an archive stays in it: relative, without "..". */
static gboolean
stays_inside(const char *path)
{
    if (path[0] == '/' || path[0] == '\\' || (g_ascii_isalpha(path[0]) && path[1] == ':'))
        return FALSE;
    g_auto(GStrv) parts = g_strsplit_set(path, "/\\", -1);
    for (guint i = 0; parts[i] != NULL; i++)
        if (strcmp(parts[i], "..") == 0)
            return FALSE;
    return TRUE;
}

/* FALSE with `error` set if the entry is refused; `*wanted`: it is a file to read. */
static gboolean
check_entry(const LadImportInput *input, struct archive_entry *entry, gboolean *wanted,
            GError **error)
{
    const char *path = archive_entry_pathname(entry);
    g_autofree char *shown = g_strescape(path != NULL ? path : "", NULL);
    const char *hard = archive_entry_hardlink(entry);
    *wanted = FALSE;
    if (path == NULL || path[0] == '\0')
        return lad_import_bad(input, error, "the archive has a member without a readable name");
    if (!stays_inside(path))
        return lad_import_bad(input, error,
                              "the archive's member `%s` leads out of the archive; it is not read",
                              shown);
    if (hard != NULL || archive_entry_filetype(entry) == AE_IFLNK)
        return lad_import_bad(
            input, error,
            "the archive's member `%s` is a link to `%s`; links are not followed, and only regular "
            "files and directories may be in the archive",
            shown, hard != NULL ? hard : archive_entry_symlink(entry));
    if (archive_entry_filetype(entry) == AE_IFDIR)
        return TRUE;
    if (archive_entry_filetype(entry) != AE_IFREG)
        return lad_import_bad(input, error,
                              "the archive's member `%s` is no regular file; only regular files "
                              "and directories may be in the archive",
                              shown);
    if (archive_entry_is_encrypted(entry))
        return lad_import_bad(input, error, "the archive's member `%s` is encrypted", shown);
    *wanted = TRUE;
    return TRUE;
}

static gboolean
fails(LadImportInput *input, GError *failure, GError **error)
{
    if (input->failure == NULL)
        input->failure = failure;
    if (error != NULL)
        *error = g_error_copy(input->failure);
    return FALSE;
}

gboolean
lad_import_next_member(LadImportInput *input, GError **error)
{
    GError *failure = NULL;
    if (input->failure != NULL)
        return fails(input, NULL, error);
    for (gboolean wanted = FALSE; input->inner != NULL && !wanted;) {
        struct archive_entry *entry;
        int status = archive_read_next_header(input->inner, &entry);
        if (status == ARCHIVE_EOF)
            break;
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
            archive_failed(input, input->inner, &failure);
            return fails(input, failure, error);
        }
        if (!check_entry(input, entry, &wanted, &failure))
            return fails(input, failure, error);
        if (!wanted)
            continue;
        g_free(input->member);
        input->member = g_strdup(archive_entry_pathname(entry));
        input->at = input->end = input->clean = 0;
        input->block[0] = '\0';
        input->before = 0;
        input->line = 0;
        input->n_pending = 0;
        input->n_taken = 0;
        input->ended = FALSE;
        return TRUE;
    }
    input->at = input->end;
    input->ended = TRUE;
    return FALSE;
}

const char *
lad_import_member(const LadImportInput *input)
{
    return input->member != NULL ? input->member : "";
}

/* ---- Bytes ---------------------------------------------------------------------------------- */

static gboolean
within_bounds(const LadImportInput *input, GError **error)
{
    guint64 read = input->size > 0 ? MIN(input->n_read, input->size) : input->n_read;
    if (input->unpacked < FREE_BYTES ||
        (input->unpacked - FREE_BYTES) / input->share->max_expansion <= read)
        return TRUE;
    return lad_import_bad(input, error,
                          "%" G_GUINT64_FORMAT " bytes of input have become %" G_GUINT64_FORMAT
                          " so far, more than %" G_GUINT64_FORMAT
                          " times as many; if this is no archive bomb, raise --max-expansion",
                          read, input->unpacked, input->share->max_expansion);
}

/* Has libarchive unpack more: 1, 0 at the end of the member, -1 on failure. */
static int
take_block(LadImportInput *input, GError **error)
{
    struct archive *archive = input->inner != NULL ? input->inner : input->outer;
    la_int64_t offset;
    int got = next_block(archive, &input->pending, &input->n_pending, &offset);
    if (got < 0)
        archive_failed(input, archive, error);
    if (got <= 0)
        return got;
    if (input->inner != NULL && (guint64)offset != input->n_taken) {
        lad_import_bad(input, error, "the archive's member has holes; it is not read");
        return -1;
    }
    input->n_taken += input->n_pending;
    return 1;
}

/* Moves what is left to the front and reads on. FALSE on failure; at the end `ended` is set. */
static gboolean
fill(LadImportInput *input, GError **error)
{
    GError *failure = NULL;
    if (!keep_going(input, error))
        return FALSE;
    if (input->n_pending == 0 && input->failure != NULL)
        return fails(input, NULL, error);
    int got = input->n_pending > 0 ? 1 : take_block(input, &failure);
    if (got < 0)
        return fails(input, failure, error);
    gsize left = input->end - input->at;
    gsize n = got > 0 ? MIN(input->n_pending, BLOCK_BYTES - left) : 0;
    memmove(input->block, input->block + input->at, left);
    if (n > 0)
        memcpy(input->block + left, input->pending, n);
    input->before += input->at;
    input->at = 0;
    input->end = left + n;
    memset(input->block + input->end, 0, 1 + LAD_IMPORT_LINE_SLACK);
    input->clean = 0;
    input->pending += n;
    input->n_pending -= n;
    input->unpacked += n;
    input->ended = got == 0;
    return within_bounds(input, &failure) || fails(input, failure, error);
}

const guint8 *
lad_import_view(LadImportInput *input, gsize n, gsize *available, GError **error)
{
    g_assert(n <= MAX_LINE_BYTES);
    while (input->end - input->at < n && !input->ended)
        if (!fill(input, error))
            return NULL;
    *available = input->end - input->at;
    return (const guint8 *)input->block + input->at;
}

void
lad_import_consume(LadImportInput *input, gsize n)
{
    g_assert(n <= input->end - input->at);
    input->at += n;
}

gssize
lad_import_bytes(LadImportInput *input, void *to, gsize n, GError **error)
{
    gsize done = 0;
    while (done < n) {
        gsize part = MIN(n - done, input->end - input->at);
        memcpy((char *)to + done, input->block + input->at, part);
        input->at += part;
        done += part;
        if (done == n || input->ended)
            break;
        if (!fill(input, error))
            return -1;
    }
    return (gssize)done;
}

/* Whether the block has none from the line begun up to `to`. The search goes to the block's end at
 * once: lines are short. */
static inline gboolean
has_no_zero(LadImportInput *input, gsize to)
{
    if (G_UNLIKELY(input->clean < to)) {
        gsize from = MAX(input->at, input->clean);
        const char *zero = memchr(input->block + from, 0, input->end - from);
        input->clean = zero != NULL ? (gsize)(zero - input->block) : input->end;
    }
    return input->clean >= to;
}

const char *
lad_import_line(LadImportInput *input, gsize *length, GError **error)
{
    for (gsize searched = 0;;) {
        char *start = input->block + input->at;
        gsize left = input->end - input->at;
        char *end = memchr(start + searched, '\n', left - searched);
        searched = left;
        if (end == NULL && !input->ended && left < MAX_LINE_BYTES) {
            if (!fill(input, error))
                return NULL;
            continue;
        }
        if (end == NULL && left == 0)
            return NULL;
        input->line++;
        gsize n = end != NULL ? (gsize)(end - start) : left;
        if (n >= MAX_LINE_BYTES || !has_no_zero(input, input->at + n)) {
            lad_import_bad(input, error, "%s; is this text?",
                           n >= MAX_LINE_BYTES ? "a line of more than 64 KiB" : "a zero byte");
            return NULL;
        }
        input->at += n + (end != NULL);
        n -= end != NULL && n > 0 && start[n - 1] == '\r';
        start[n] = '\0';
        *length = n;
        return start;
    }
}

guint64
lad_import_offset(const LadImportInput *input)
{
    return input->before + input->at;
}

char *
lad_import_where(const LadImportInput *input)
{
    const char *member = lad_import_member(input);
    g_autofree char *shown = g_strescape(member, NULL);
    const char *apart = member[0] != '\0' ? ": " : "";
    if (input->line > 0)
        return g_strdup_printf("%s%s%s: line %" G_GUINT64_FORMAT ": ", input->name, apart, shown,
                               input->line);
    return g_strdup_printf("%s%s%s: byte %" G_GUINT64_FORMAT ": ", input->name, apart, shown,
                           lad_import_offset(input));
}

void
lad_import_input_sample(LadImportInput *input, LadImportSample *sample)
{
    g_autoptr(GError) ignored = NULL;
    gboolean more = TRUE;
    while (more && !input->ended && input->end - input->at < LAD_IMPORT_SAMPLE_BYTES)
        more = fill(input, &ignored);
    const char *name = input->member != NULL ? input->member : input->name;
    const char *slash = strrchr(name, '/');
    *sample = (LadImportSample){.name = slash != NULL ? slash + 1 : name,
                                .bytes = (const guint8 *)input->block + input->at,
                                .n = MIN(input->end - input->at, LAD_IMPORT_SAMPLE_BYTES),
                                .whole = input->ended &&
                                         input->end - input->at <= LAD_IMPORT_SAMPLE_BYTES};
}
