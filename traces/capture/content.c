/* content.c - compresses pages of a recorded program by LZ4 and by zstd at level 1.
 *
 * The program waits at the point in question, so its memory is read from outside
 * (process_vm_readv). Sizes are those of one page compressed alone, without a dictionary, as zswap
 * and zram do; they may exceed the page's, where such stores would refuse it or keep it as it is.
 * The emulator places the program's memory at the program's own addresses.
 */
#define _GNU_SOURCE
#include "config.h"
#include "traces/capture/content.h"
#include "traces/capture/ring.h"
#include <errno.h>
#include <lz4.h>
#include <string.h>
#include <sys/uio.h>
#include <zstd.h>

#define PAGE_BYTES (1u << LAD_PAGE_SHIFT)
#define BATCH      64   /* pages read in one call */
#define RECENT     1024 /* a power of 2 */
#define ZSTD_LEVEL 1
#define ROOM       (PAGE_BYTES + 512) /* for either algorithm's worst case */

struct LadPageSet {
    GHashTable *pages;      /* page number + 1, as a pointer */
    guint64 recent[RECENT]; /* page number + 1: surely in it */
};

typedef struct {
    guint64 page;
    gboolean known;
    guint32 lz4, zstd; /* bytes; 0: one word all over, which takes no room in Linux's zswap */
} Sample;

struct LadContent {
    GHashTable *sets; /* process -> LadPageSet */
    ZSTD_CCtx *zstd;
    guint8 memory[BATCH * PAGE_BYTES];
    char compressed[ROOM];
};

static void
page_set_free(gpointer data)
{
    LadPageSet *set = data;

    g_hash_table_unref(set->pages);
    g_free(set);
}

LadContent *
lad_content_new(void)
{
    LadContent *content = g_new0(LadContent, 1);

    content->sets = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, page_set_free);
    content->zstd = ZSTD_createCCtx();
    g_assert(content->zstd != NULL && ROOM >= ZSTD_COMPRESSBOUND(PAGE_BYTES) &&
             ROOM >= LZ4_COMPRESSBOUND(PAGE_BYTES));
    return content;
}

void
lad_content_free(LadContent *content)
{
    g_hash_table_unref(content->sets);
    ZSTD_freeCCtx(content->zstd);
    g_free(content);
}

LadPageSet *
lad_content_pages(LadContent *content, guint32 process)
{
    LadPageSet *set = g_hash_table_lookup(content->sets, GUINT_TO_POINTER(process));

    if (set == NULL) {
        set = g_new0(LadPageSet, 1);
        set->pages = g_hash_table_new(g_direct_hash, g_direct_equal);
        g_hash_table_insert(content->sets, GUINT_TO_POINTER(process), set);
    }
    return set;
}

void
lad_page_set_add(LadPageSet *set, guint64 page)
{
    guint64 *recent = &set->recent[page % RECENT];

    if (*recent == page + 1)
        return;
    *recent = page + 1;
    g_hash_table_add(set->pages, GSIZE_TO_POINTER(page + 1));
}

static gint
compare_samples(gconstpointer a, gconstpointer b)
{
    guint64 left = ((const Sample *)a)->page, right = ((const Sample *)b)->page;

    return (left > right) - (left < right);
}

static GArray *
take_pages(LadPageSet *set)
{
    GArray *samples = g_array_new(FALSE, TRUE, sizeof(Sample));
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, set->pages);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        const Sample sample = {.page = GPOINTER_TO_SIZE(key) - 1};
        g_array_append_val(samples, sample);
    }
    g_array_sort(samples, compare_samples);
    g_hash_table_remove_all(set->pages);
    memset(set->recent, 0, sizeof set->recent);
    return samples;
}

static gboolean
is_same_filled(const guint8 *page)
{
    return memcmp(page, page + sizeof(guint64), PAGE_BYTES - sizeof(guint64)) == 0;
}

static void
compress_page(LadContent *content, const guint8 *page, Sample *sample)
{
    sample->known = TRUE;
    if (is_same_filled(page))
        return;
    int lz4 = LZ4_compress_default((const char *)page, content->compressed, PAGE_BYTES, ROOM);
    size_t zstd =
        ZSTD_compressCCtx(content->zstd, content->compressed, ROOM, page, PAGE_BYTES, ZSTD_LEVEL);

    g_assert(lz4 > 0 && !ZSTD_isError(zstd));
    sample->lz4 = (guint32)lz4;
    sample->zstd = (guint32)zstd;
}

/* Read `n` pages at once, as far as they are mapped without a gap; returns how many were. */
static gssize
read_pages(LadContent *content, guint32 process, const Sample *samples, guint n)
{
    struct iovec from[BATCH], to = {content->memory, (gsize)n * PAGE_BYTES};
    gssize bytes;

    for (guint i = 0; i < n; i++)
        from[i] = (struct iovec){(void *)(guintptr)(samples[i].page << LAD_PAGE_SHIFT), PAGE_BYTES};
    bytes = process_vm_readv((pid_t)process, &to, 1, from, n, 0);
    return bytes < 0 ? -1 : bytes / PAGE_BYTES;
}

/* An unmapped page stays unknown. */
static gboolean
compress_pages(LadContent *content, guint32 process, GArray *samples, GError **error)
{
    for (guint i = 0; i < samples->len;) {
        Sample *first = &g_array_index(samples, Sample, i);
        gssize n = read_pages(content, process, first, MIN(BATCH, samples->len - i));
        if (n < 0 && errno == ESRCH)
            return TRUE;
        if (n < 0 && errno != EFAULT) {
            g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                        "capture: page contents cannot be had, as this system does not let a "
                        "program read its child's memory (process_vm_readv: %s)",
                        g_strerror(errno));
            return FALSE;
        }
        for (gssize k = 0; k < n; k++)
            compress_page(content, content->memory + k * PAGE_BYTES, first + k);
        i += n <= 0 ? 1 : (guint)n;
    }
    return TRUE;
}

static gboolean
write_samples(const GArray *samples, gboolean zstd, LadTraceWriter *writer, guint stream,
              GError **error)
{
    for (guint i = 0; i < samples->len; i++) {
        const Sample *sample = &g_array_index(samples, Sample, i);
        const LadRecord record = {.kind = LAD_RECORD_COMPRESSIBILITY,
                                  .address = sample->page << LAD_PAGE_SHIFT,
                                  .value = zstd ? sample->zstd : sample->lz4,
                                  .text = zstd ? "zstd-1" : "lz4"};
        if (sample->known && !lad_trace_writer_record(writer, stream, &record, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
lad_content_sample(LadContent *content, guint32 process, LadTraceWriter *writer, guint stream,
                   guint64 *n_pages, GError **error)
{
    g_autoptr(GArray) samples = take_pages(lad_content_pages(content, process));

    if (!compress_pages(content, process, samples, error))
        return FALSE;
    for (guint i = 0; i < samples->len; i++)
        *n_pages += g_array_index(samples, Sample, i).known ? 1 : 0;
    return write_samples(samples, FALSE, writer, stream, error) &&
           write_samples(samples, TRUE, writer, stream, error);
}
