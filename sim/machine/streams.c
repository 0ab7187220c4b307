/* streams.c - the traces of a run as threads and processes of its hosts.
 *
 * Streams of one process of one trace share an address space. With rate = N every stream is there N
 * times, in spaces of their own or all in the first copy's. A stream whose process is made by a
 * fork in the trace waits for that fork.
 */
#include "config.h"
#include "sim/cache/sharing.h"
#include "sim/machine/goals.h"
#include "sim/engine/interval.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/kernel.h"
#include "sim/kernel/sched.h"

typedef struct {
    LadProcess process; /* first */
    guint trace;
    guint copy;
} Space;

struct LadStreams {
    LadCluster *cluster;
    const LadRunOptions *options;
    GPtrArray *readers; /* of LadTraceReader, one per trace */
    GPtrArray *streams; /* of LadStream */
    GPtrArray *spaces;  /* of Space */
    char *identity;
};

static void
free_stream(gpointer data)
{
    LadStream *stream = data;
    g_clear_pointer(&stream->thread.reader, lad_stream_reader_free);
    g_clear_error(&stream->thread.error);
    lad_interval_free(stream->thread.touches);
    g_free(stream->thread.numa);
    g_free(stream);
}

static void
free_reader(gpointer data)
{
    lad_trace_reader_unref(data);
}

/* The host that replays a stream of trace `trace` that comes from host `origin` of its recording.
 */
static LadHost *
host_of(const LadStreams *streams, guint trace, guint32 origin, GError **error)
{
    const GPtrArray *hosts = streams->cluster->hosts;
    if (hosts->len == 1 && !streams->options->hosts[0])
        return g_ptr_array_index(hosts, 0);
    if (!streams->options->hosts[0]) {
        if (origin < hosts->len)
            return g_ptr_array_index(hosts, origin);
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s has a stream of host %u, but there are %u hosts; expected as many, or "
                    "[run] hosts to say which host replays which trace",
                    streams->options->traces[trace], origin, hosts->len);
        return NULL;
    }
    const char *name = streams->options->hosts[trace];
    for (guint i = 0; i < hosts->len; i++) {
        LadHost *host = g_ptr_array_index(hosts, i);
        if (strcmp(host->name, name) == 0)
            return host;
    }
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "[run] hosts names %s, but there is no group [host.%s]", name, name);
    return NULL;
}

static LadProcess *
space_of(LadStreams *streams, LadHost *host, guint trace, guint copy, guint32 origin)
{
    if (streams->options->spaces == LAD_SPACES_SHARED)
        copy = 0;
    for (guint i = 0; i < streams->spaces->len; i++) {
        Space *space = g_ptr_array_index(streams->spaces, i);
        if (space->trace == trace && space->copy == copy && space->process.origin_process == origin)
            return &space->process;
    }
    Space *space = g_new0(Space, 1);
    space->trace = trace;
    space->copy = copy;
    space->process.host = host;
    space->process.cluster = host->cluster;
    space->process.id = host->processes->len;
    space->process.origin_process = origin;
    g_ptr_array_add(host->processes, &space->process);
    g_ptr_array_add(streams->spaces, space);
    if (host->kernel)
        lad_kernel_add_process(host->kernel, &space->process);
    return &space->process;
}

/* Whether `process` was made by a fork in the trace: in a trace whose note `processes` is `forked`
 * all are but the first stream's. */
static gboolean
is_forked(LadTraceReader *reader, guint32 process)
{
    const GHashTable *notes = lad_trace_reader_header(reader)->notes;
    const char *processes = g_hash_table_lookup((GHashTable *)notes, "processes");
    return g_strcmp0(processes, "forked") == 0 &&
           process != lad_trace_reader_stream_info(reader, 0)->process;
}

/* Touches of pages need a core that takes them, and the others instructions. */
static gboolean
check_level(const LadStreams *streams, guint trace, const LadHost *host, GError **error)
{
    const LadTraceHeader *header =
        lad_trace_reader_header(g_ptr_array_index(streams->readers, trace));
    const LadCoreClass *core = host->cores[0]->class;
    if ((header->level == LAD_LEVEL_PAGE) == core->page_level)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "%s: a trace of level %s; [core] model = %s replays %s; expected %s",
                streams->options->traces[trace], lad_trace_level_name(header->level),
                core->base.name, core->page_level ? "level page only" : "all levels but page",
                core->page_level ? "a trace of level page" : "[core] model = paced");
    return FALSE;
}

static gboolean
add_stream(LadStreams *streams, guint trace, guint number, guint copy, GError **error)
{
    LadTraceReader *reader = g_ptr_array_index(streams->readers, trace);
    const LadStreamInfo *info = lad_trace_reader_stream_info(reader, number);
    LadHost *host = host_of(streams, trace, info->host, error);
    if (!host || !check_level(streams, trace, host, error))
        return FALSE;
    LadStreamReader *cursor = lad_stream_reader_new(reader, number, error);
    if (!cursor)
        return FALSE;
    LadStream *stream = g_new0(LadStream, 1);
    stream->streams = streams;
    stream->trace = trace;
    stream->copy = copy;
    stream->core = LAD_CORE_ANY;
    stream->target = stream->target_records = G_MAXUINT64;
    stream->step_bound = stream->window_bound = G_MAXUINT64;
    stream->held = is_forked(reader, info->process);
    LadThread *thread = &stream->thread;
    thread->process = space_of(streams, host, trace, copy, info->process);
    thread->process->n_threads++;
    thread->id = host->threads->len;
    thread->stream = number;
    thread->state = LAD_THREAD_RUNNABLE;
    thread->trace = reader;
    thread->reader = cursor;
    thread->code = lad_trace_reader_code(reader);
    thread->past_caches = lad_trace_reader_header(reader)->level == LAD_LEVEL_MISS;
    thread->stop_insns = G_MAXUINT64;
    thread->address_offset = copy * streams->options->rate_offset;
    thread->passes_left = (guint32)streams->options->repeat - 1;
    g_ptr_array_add(host->threads, thread);
    g_ptr_array_add(streams->streams, stream);
    if (host->kernel)
        lad_cgroup_join(host->kernel, thread->process, thread->id, trace, info);
    return TRUE;
}

/* A number in [0, n) from a list option. */
static gboolean
parse_index(const char *option, const char *text, guint n, const char *of, guint *index,
            GError **error)
{
    guint64 value;
    if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, &value, NULL) || value >= n) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[run] %s has %s, but there are %u %s; expected a number from 0 to %u", option,
                    text, n, of, n ? n - 1 : 0);
        return FALSE;
    }
    *index = (guint)value;
    return TRUE;
}

static gboolean
add_trace(LadStreams *streams, guint trace, LadRunFlags flags, GError **error)
{
    const LadRunOptions *options = streams->options;
    const char *path = options->traces[trace];
    LadTraceFlags how = (flags & LAD_RUN_NO_THREADS ? LAD_TRACE_NO_THREAD : 0) |
                        (options->salvage ? LAD_TRACE_SALVAGE : 0);
    LadTraceReader *reader = lad_trace_reader_open(path, how, error);
    if (!reader)
        return FALSE;
    g_ptr_array_add(streams->readers, reader);
    guint n = lad_trace_reader_n_streams(reader);
    if (n == 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                    "%s: the trace has no streams; expected at least one", path);
        return FALSE;
    }
    for (guint copy = 0; copy < options->rate; copy++) {
        if (!options->streams[0]) {
            for (guint i = 0; i < n; i++)
                if (!add_stream(streams, trace, i, copy, error))
                    return FALSE;
            continue;
        }
        for (guint i = 0; options->streams[i]; i++) {
            guint number;
            if (!parse_index("streams", options->streams[i], n, "streams in the trace", &number,
                             error) ||
                !add_stream(streams, trace, number, copy, error))
                return FALSE;
        }
    }
    return TRUE;
}

static gboolean
assign_cores(LadStreams *streams, GError **error)
{
    char **cores = streams->options->cores;
    if (!cores[0])
        return TRUE;
    guint n = g_strv_length(cores);
    if (n != streams->streams->len) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "[run] cores has %u entries for %u streams; expected one per stream", n,
                    streams->streams->len);
        return FALSE;
    }
    for (guint i = 0; i < n; i++) {
        LadStream *stream = lad_streams_at(streams, i);
        if (strcmp(cores[i], "any") != 0 &&
            !parse_index("cores", cores[i], stream->thread.process->host->n_cores, "cores",
                         &stream->core, error))
            return FALSE;
    }
    return TRUE;
}

/* Enough streams for the cores, and tags for the address spaces. */
static gboolean
check_hosts(const LadStreams *streams, GError **error)
{
    const GPtrArray *hosts = streams->cluster->hosts;
    for (guint i = 0; i < hosts->len; i++) {
        const LadHost *host = g_ptr_array_index(hosts, i);
        guint idle = streams->options->idle_cores;
        if ((idle != LAD_IDLE_ALLOW &&
             !lad_sharing_check_streams(host, idle == LAD_IDLE_REFUSE, error)) ||
            !lad_sharing_check_spaces(host, error))
            return FALSE;
    }
    return TRUE;
}

LadStreams *
lad_streams_new(LadCluster *cluster, const LadRunOptions *options)
{
    LadStreams *streams = g_new0(LadStreams, 1);
    streams->cluster = cluster;
    streams->options = options;
    streams->readers = g_ptr_array_new_with_free_func(free_reader);
    streams->streams = g_ptr_array_new_with_free_func(free_stream);
    streams->spaces = g_ptr_array_new_with_free_func(g_free);
    return streams;
}

static gboolean
check_groups(const LadStreams *streams, GError **error)
{
    const GPtrArray *hosts = streams->cluster->hosts;
    for (guint i = 0; i < hosts->len; i++) {
        const LadHost *host = g_ptr_array_index(hosts, i);
        if (host->kernel && !lad_cgroups_check(host->kernel, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
lad_streams_open(LadStreams *streams, LadRunFlags flags, GError **error)
{
    for (guint i = 0; streams->options->traces[i]; i++)
        if (!add_trace(streams, i, flags, error))
            return FALSE;
    return assign_cores(streams, error) && check_hosts(streams, error) &&
           check_groups(streams, error);
}

void
lad_streams_stop(LadStreams *streams)
{
    for (guint i = 0; streams && i < streams->streams->len; i++)
        g_clear_pointer(&lad_streams_at(streams, i)->thread.reader, lad_stream_reader_free);
}

void
lad_streams_free(LadStreams *streams)
{
    if (!streams)
        return;
    g_ptr_array_unref(streams->streams);
    g_ptr_array_unref(streams->spaces);
    g_ptr_array_unref(streams->readers);
    g_free(streams->identity);
    g_free(streams);
}

gboolean
lad_streams_start(LadStreams *streams, GError **error)
{
    for (guint i = 0; i < streams->streams->len; i++) {
        LadStream *stream = lad_streams_at(streams, i);
        LadThread *thread = &stream->thread;
        if (!stream->held &&
            !lad_scheduler_add(thread->process->host->scheduler, thread, stream->core, 0, error))
            return FALSE;
    }
    return TRUE;
}

void
lad_streams_fork(LadStreams *streams, LadThread *parent, guint64 child, LadTime now)
{
    const LadStream *from = (const LadStream *)parent;
    LadHost *host = parent->process->host;
    gboolean copied = FALSE;
    for (guint i = 0; i < streams->streams->len; i++) {
        LadStream *stream = lad_streams_at(streams, i);
        LadProcess *process = stream->thread.process;
        if (!stream->held || stream->trace != from->trace || stream->copy != from->copy ||
            process->origin_process != child)
            continue;
        if (host->kernel && !copied && process != parent->process)
            lad_kernel_fork(host->kernel, parent->process, process, now);
        copied = TRUE;
        stream->held = FALSE;
        lad_scheduler_add(host->scheduler, &stream->thread, stream->core, now, &host->error);
    }
}

guint
lad_streams_start_held(LadStreams *streams, LadTime when, GError **error)
{
    guint n = 0;
    for (guint i = 0; i < streams->streams->len; i++) {
        LadStream *stream = lad_streams_at(streams, i);
        LadThread *thread = &stream->thread;
        if (!stream->held)
            continue;
        stream->held = FALSE;
        if (!lad_scheduler_add(thread->process->host->scheduler, thread, stream->core, when, error))
            return G_MAXUINT;
        n++;
    }
    return n;
}

guint
lad_streams_n(const LadStreams *streams)
{
    return streams->streams->len;
}

LadStream *
lad_streams_at(const LadStreams *streams, guint index)
{
    return g_ptr_array_index(streams->streams, index);
}

/* Records among the first `n_tokens` tokens of a batch. */
static guint64
records_of(const LadThread *thread, const LadBatch *batch, guint32 n_tokens)
{
    guint64 n = 0;
    for (guint32 i = 0; i < n_tokens; i++)
        n += batch->tokens[i] & LAD_TOKEN_RECORD
                 ? 1
                 : lad_code_entry(thread->code, batch->tokens[i])->n_blocks;
    return n;
}

guint64
lad_stream_n_records(const LadStream *stream)
{
    const LadThread *thread = &stream->thread;
    guint64 in_pass = thread->batch ? thread->batch->first_record +
                                          records_of(thread, thread->batch, thread->token)
                                    : stream->records_in_pass;
    return stream->records_before + in_pass;
}

/* The stream has ended: goes on with another pass, or not. */
static gboolean
begin_pass(LadStream *stream)
{
    LadThread *thread = &stream->thread;
    const LadRunOptions *options = stream->streams->options;
    stream->records_before += stream->records_in_pass;
    stream->records_in_pass = 0;
    if (options->at_end == LAD_AT_END_ERROR) {
        g_set_error(&thread->error, LAD_ERROR, LAD_ERROR_TRACE,
                    "%s: stream %u ended after %" G_GUINT64_FORMAT
                    " instructions; expected a limit of [run] to come first (at-end = error)",
                    options->traces[stream->trace], thread->stream, thread->n_insns);
        return FALSE;
    }
    if (thread->passes_left == 0)
        return FALSE;
    thread->passes_left--;
    lad_stream_reader_free(thread->reader);
    thread->reader = lad_stream_reader_new(thread->trace, thread->stream, &thread->error);
    return thread->reader != NULL;
}

gboolean
lad_thread_next_batch(LadThread *thread)
{
    LadStream *stream = (LadStream *)thread;
    const LadBatch *last = thread->batch;
    if (last)
        stream->records_in_pass = last->first_record + records_of(thread, last, last->n_tokens);
    thread->token = thread->address = 0;
    thread->batch = NULL;
    if (!thread->reader)
        return FALSE;
    thread->batch = lad_stream_reader_next(thread->reader, &thread->error);
    if (!thread->batch && !thread->error && begin_pass(stream))
        thread->batch = lad_stream_reader_next(thread->reader, &thread->error);
    if (!thread->batch)
        return FALSE;
    lad_goal_enter_batch(stream);
    return TRUE;
}

double
lad_streams_fraction(const LadStreams *streams)
{
    /* Passes and copies read the same bytes again, so streams are asked and not files. */
    double done = 0, all = 0;
    for (guint i = 0; i < streams->streams->len; i++) {
        const LadStream *stream = lad_streams_at(streams, i);
        guint64 in_pass = lad_trace_reader_n_insns(stream->thread.trace, stream->thread.stream);
        if (in_pass == 0)
            continue;
        done += (double)stream->thread.n_insns;
        all +=
            (double)in_pass * (double)streams->options->repeat * streams->options->capacity_scale;
    }
    if (all > 0)
        return MIN(done / all, 1.0);
    guint64 read = 0, total = 0;
    for (guint i = 0; i < streams->readers->len; i++) {
        read += lad_trace_reader_bytes_read(g_ptr_array_index(streams->readers, i));
        total += lad_trace_reader_bytes_total(g_ptr_array_index(streams->readers, i));
    }
    return total ? MIN((double)read / (double)total, 1.0) : 0;
}

const char *
lad_streams_identity(LadStreams *streams)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < streams->readers->len; i++) {
        const char *one = lad_trace_reader_identity(g_ptr_array_index(streams->readers, i));
        g_string_append_printf(text, "%s%s", i ? "," : "", one ? one : "");
    }
    g_free(streams->identity);
    streams->identity = g_string_free(text, FALSE);
    return streams->identity;
}
