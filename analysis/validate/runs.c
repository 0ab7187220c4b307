/* runs.c - what the groups of checks that replay share (runs.h). */
#include "config.h"
#include "analysis/validate/runs.h"

LadTraceWriter *
lad_validate_trace(const char *path, LadTime tick_ps, const char *cgroup, const char *name,
                   GError **error)
{
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    header->level = LAD_LEVEL_PAGE;
    if (tick_ps)
        header->tick_ps = tick_ps;
    g_hash_table_insert(header->notes, g_strdup(LAD_NOTE_ORDER), g_strdup("exact"));
    const LadTraceWriterOptions options = {.zstd_level = 1};
    LadTraceWriter *writer = lad_trace_writer_new(path, header, &options, error);
    LadStreamInfo info = {
        .process = 1, .thread = 1, .cgroup = (char *)cgroup, .name = (char *)name};
    if (writer)
        lad_trace_writer_add_stream(writer, &info);
    return writer;
}

gboolean
lad_validate_set(LadConfig *config, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return lad_config_set(config, text, error);
}

typedef struct {
    LadValidateMake make;
    void *data;
    GMutex mutex;
    GError *error; /* the first */
} Runs;

static void
make_in_pool(void *which, void *user_data)
{
    Runs *runs = user_data;
    GError *error = NULL;
    if (runs->make(runs->data, GPOINTER_TO_UINT(which) - 1, &error))
        return;
    g_mutex_lock(&runs->mutex);
    if (!runs->error)
        runs->error = error;
    else
        g_error_free(error);
    g_mutex_unlock(&runs->mutex);
}

gboolean
lad_validate_side_by_side(guint n, guint jobs, LadValidateMake make, void *data, GError **error)
{
    Runs runs = {.make = make, .data = data};
    GThreadPool *pool = g_thread_pool_new(make_in_pool, &runs, (int)jobs, FALSE, error);
    if (!pool)
        return FALSE;
    g_mutex_init(&runs.mutex);
    for (guint which = 0; which < n; which++)
        g_thread_pool_push(pool, GUINT_TO_POINTER(which + 1), NULL);
    g_thread_pool_free(pool, FALSE, TRUE);
    g_mutex_clear(&runs.mutex);
    if (!runs.error)
        return TRUE;
    g_propagate_error(error, runs.error);
    return FALSE;
}
