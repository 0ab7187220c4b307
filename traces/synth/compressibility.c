/* compressibility.c - filling and compressing pages on several threads, writing on one. */
#include "config.h"
#include "traces/synth/compressibility.h"

#define PAGES_AT_A_TIME 32768
#define PAGES_PER_TASK  256

/* One stretch of pages; `sizes` by algorithm, then page. */
typedef struct {
    const LadCompressibility *what;
    guint64 first;
    guint n;
    guint16 *sizes;
} Stretch;

static void
measure(gpointer data, gpointer user_data)
{
    const Stretch *stretch = user_data;
    const LadCompressibility *what = stretch->what;
    guint task = GPOINTER_TO_UINT(data) - 1;
    guint end = MIN((task + 1) * PAGES_PER_TASK, stretch->n);
    g_autoptr(LadCompressor) compressor = lad_compressor_new();
    guint8 page[LAD_CONTENTS_PAGE_BYTES];
    for (guint i = task * PAGES_PER_TASK; i < end; i++) {
        lad_contents_fill(page, (guint32)(stretch->first + i), what->fill, what->seed);
        for (guint a = 0; a < what->algorithms->len; a++)
            stretch->sizes[a * PAGES_AT_A_TIME + i] = (guint16)lad_compressor_size(
                compressor, g_array_index(what->algorithms, guint, a), page);
    }
}

static gboolean
measure_stretch(Stretch *stretch, guint jobs, GError **error)
{
    guint n_threads = jobs > 0 ? jobs : g_get_num_processors();
    GThreadPool *pool = g_thread_pool_new(measure, stretch, (int)n_threads, TRUE, error);
    if (pool == NULL)
        return FALSE;
    gboolean ok = TRUE;
    for (guint task = 0; ok && task * PAGES_PER_TASK < stretch->n; task++)
        ok = g_thread_pool_push(pool, GUINT_TO_POINTER(task + 1), error);
    g_thread_pool_free(pool, !ok, TRUE);
    return ok;
}

static gboolean
write_stretch(const Stretch *stretch, LadSynthOutput *output, guint stream, GError **error)
{
    const LadCompressibility *what = stretch->what;
    for (guint a = 0; a < what->algorithms->len; a++) {
        const char *name = lad_compressor_names[g_array_index(what->algorithms, guint, a)];
        for (guint i = 0; i < stretch->n; i++) {
            const LadRecord record = {.kind = LAD_RECORD_COMPRESSIBILITY,
                                      .address = what->base +
                                                 (stretch->first + i) * LAD_CONTENTS_PAGE_BYTES,
                                      .value = stretch->sizes[a * PAGES_AT_A_TIME + i],
                                      .text = name};
            if (!lad_trace_writer_record(output->writer, stream, &record, error))
                return FALSE;
        }
    }
    return lad_synth_output_tell(output, error);
}

gboolean
lad_synth_compressibility_write(const LadCompressibility *what, LadSynthOutput *output,
                                guint stream, GError **error)
{
    Stretch stretch = {.what = what};
    stretch.sizes = g_new(guint16, (gsize)PAGES_AT_A_TIME * what->algorithms->len);
    gboolean ok = TRUE;
    for (; ok && stretch.first < what->n_pages; stretch.first += PAGES_AT_A_TIME) {
        stretch.n = (guint)MIN(PAGES_AT_A_TIME, what->n_pages - stretch.first);
        ok = measure_stretch(&stretch, output->jobs, error) &&
             write_stretch(&stretch, output, stream, error);
    }
    g_free(stretch.sizes);
    return ok;
}
