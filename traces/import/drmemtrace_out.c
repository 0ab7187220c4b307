/* drmemtrace_out.c - the trace being written: its streams, and whose turn it is.
 *
 * A stream is a thread. Wherever another thread goes on, or the same on another core, a turn
 * begins; so the order of all records is kept exactly, whatever the time stamps say. */
#include "config.h"
#include "traces/format/layout.h"
#include "traces/import/drmemtrace.h"

static guint
hash_stream(gconstpointer key)
{
    const LadDrStream *stream = key;
    return (guint)(stream->thread * 2654435761u + stream->process);
}

static gboolean
same_thread(gconstpointer a, gconstpointer b)
{
    const LadDrStream *x = a, *y = b;
    return x->thread == y->thread && x->process == y->process;
}

void
lad_dr_out_init(LadDrOut *out, LadTraceWriter *writer)
{
    *out = (LadDrOut){.writer = writer};
    out->streams = g_ptr_array_new_with_free_func(g_free);
    out->by_thread = g_hash_table_new(hash_stream, same_thread);
}

void
lad_dr_out_clear(LadDrOut *out)
{
    if (out->by_thread != NULL)
        g_hash_table_unref(out->by_thread);
    if (out->streams != NULL)
        g_ptr_array_unref(out->streams);
}

LadDrStream *
lad_dr_out_stream(LadDrOut *out, guint64 process, guint64 thread, const char *name)
{
    LadDrStream wanted = {.process = process, .thread = thread};
    LadDrStream *known = g_hash_table_lookup(out->by_thread, &wanted);
    if (known != NULL)
        return known;
    if (out->streams->len == LAD_MAX_STREAMS)
        return NULL;
    LadDrStream *stream = g_new0(LadDrStream, 1);
    stream->thread = thread;
    stream->process = process;
    stream->cpu = G_MAXUINT64;
    LadStreamInfo info = {.process = (guint32)process,
                          .thread = (guint32)thread,
                          .cgroup = (char *)"",
                          .name = (char *)name};
    stream->number = lad_trace_writer_add_stream(out->writer, &info);
    g_ptr_array_add(out->streams, stream);
    g_hash_table_add(out->by_thread, stream);
    return stream;
}

gboolean
lad_dr_out_flush(LadDrOut *out, GError **error)
{
    if (out->n_idle == 0)
        return TRUE;
    LadRecord idle = {.kind = LAD_RECORD_IDLE, .flags = out->idle_flags, .weight = out->n_idle};
    out->n_idle = 0;
    return lad_trace_writer_record(out->writer, out->current->number, &idle, error);
}

gboolean
lad_dr_out_enter_slowly(LadDrOut *out, LadDrStream *stream, guint shard, GError **error)
{
    if (!lad_dr_out_flush(out, error))
        return FALSE;
    if (out->current == stream && out->shard == shard)
        return TRUE;
    out->current = stream;
    out->shard = shard;
    LadRecord turn = {.kind = LAD_RECORD_SWITCH,
                      .flags = LAD_SWITCH_TURN,
                      .address = stream->cpu,
                      .size = shard,
                      .value = ++out->turn};
    return lad_trace_writer_record(out->writer, stream->number, &turn, error);
}

gboolean
lad_dr_out_record(LadDrOut *out, const LadRecord *record, GError **error)
{
    return lad_trace_writer_record(out->writer, out->current->number, record, error);
}

gboolean
lad_dr_out_idle(LadDrOut *out, guint32 flags, GError **error)
{
    if (flags != out->idle_flags && !lad_dr_out_flush(out, error))
        return FALSE;
    out->idle_flags = flags;
    out->n_idle++;
    return TRUE;
}

gboolean
lad_dr_out_exit(LadDrOut *out, GError **error)
{
    const LadDrStream *stream = out->current;
    LadRecord over = {.kind = LAD_RECORD_SWITCH,
                      .flags = LAD_SWITCH_EXIT,
                      .address = stream->cpu,
                      .size = out->shard,
                      .value = out->turn};
    return lad_trace_writer_record(out->writer, stream->number, &over, error);
}
