/* sources.c - opening the traces of a profile, and what their processes share. */
#include "config.h"
#include "analysis/profile/sources.h"
#include "sim/base/mapped.h"
#include <string.h>

struct LadProfileSpace {
    guint trace;
    guint32 host, process;
    guint owner;   /* of what is private */
    GArray *files; /* LadMapped */
    guint64 epoch;
    LadMapped last; /* where an address was found last */
};

/* ---- Opening ----------------------------------------------------------------------------------
 */

static void
trace_clear(gpointer data)
{
    LadProfileTrace *trace = data;
    g_clear_pointer(&trace->reader, lad_trace_reader_unref);
    g_free(trace->path);
}

static void
space_free(gpointer data)
{
    LadProfileSpace *space = data;
    g_array_unref(space->files);
    g_free(space);
}

void
lad_profile_sources_free(LadProfileSources *sources)
{
    if (sources == NULL)
        return;
    g_array_unref(sources->traces);
    g_array_unref(sources->streams);
    g_ptr_array_unref(sources->spaces);
    g_hash_table_unref(sources->files);
    g_free(sources);
}

static guint
space_of(LadProfileSources *sources, guint trace, const LadStreamInfo *info)
{
    for (guint i = sources->spaces->len; i-- > 0;) {
        const LadProfileSpace *space = sources->spaces->pdata[i];
        if (sources->physical ||
            (space->trace == trace && space->host == info->host && space->process == info->process))
            return i;
    }
    LadProfileSpace *space = g_new0(LadProfileSpace, 1);
    *space = (LadProfileSpace){.trace = trace,
                               .host = info->host,
                               .process = info->process,
                               .owner = sources->n_owners++,
                               .files = lad_mapped_new()};
    g_ptr_array_add(sources->spaces, space);
    return sources->spaces->len - 1;
}

static gboolean
add_trace(LadProfileSources *sources, const char *path, LadTraceFlags flags, GError **error)
{
    LadProfileTrace trace = {lad_trace_reader_open(path, flags, error), g_strdup(path)};
    guint number = sources->traces->len;
    g_array_append_val(sources->traces, trace);
    if (trace.reader == NULL || !lad_trace_reader_complete(trace.reader, error))
        return FALSE;
    const LadTraceHeader *header = lad_trace_reader_header(trace.reader);
    if (header->level == LAD_LEVEL_ALLOC) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "%s: a trace of allocator calls has no accesses to look at; expected one of "
                    "level instruction, miss or page",
                    path);
        return FALSE;
    }
    const LadTraceHeader *first = lad_profile_sources_header(sources, 0);
    if (header->level != first->level || header->address_space != first->address_space) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "%s is of level %s with %s addresses, and the first trace of level %s with %s "
                    "ones; expected traces of one kind",
                    path, lad_trace_level_name(header->level),
                    lad_address_space_name(header->address_space),
                    lad_trace_level_name(first->level),
                    lad_address_space_name(first->address_space));
        return FALSE;
    }
    sources->physical = header->address_space == LAD_ADDRESS_PHYSICAL;
    for (guint i = 0; i < lad_trace_reader_n_streams(trace.reader); i++) {
        const LadStreamInfo *info = lad_trace_reader_stream_info(trace.reader, i);
        LadProfileStream stream = {number, i, space_of(sources, number, info), info};
        g_array_append_val(sources->streams, stream);
    }
    return TRUE;
}

LadProfileSources *
lad_profile_sources_open(const char *const *paths, LadTraceFlags flags, GError **error)
{
    g_autoptr(LadProfileSources) sources = g_new0(LadProfileSources, 1);
    sources->traces = g_array_new(FALSE, TRUE, sizeof(LadProfileTrace));
    g_array_set_clear_func(sources->traces, trace_clear);
    sources->streams = g_array_new(FALSE, TRUE, sizeof(LadProfileStream));
    sources->spaces = g_ptr_array_new_with_free_func(space_free);
    sources->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; paths[i] != NULL; i++)
        if (!add_trace(sources, paths[i], flags, error))
            return NULL;
    return g_steal_pointer(&sources);
}

guint
lad_profile_sources_most_streams(const LadProfileSources *sources)
{
    guint most = 0;
    for (guint i = 0; i < sources->streams->len; i++)
        most = MAX(most, g_array_index(sources->streams, LadProfileStream, i).stream + 1);
    return most;
}

gboolean
lad_profile_sources_keep(LadProfileSources *sources, const gboolean *in, guint n, GError **error)
{
    for (guint i = sources->streams->len; i-- > 0;) {
        guint number = g_array_index(sources->streams, LadProfileStream, i).stream;
        if (number >= n || !in[number])
            g_array_remove_index(sources->streams, i);
    }
    if (sources->streams->len > 0)
        return TRUE;
    g_set_error_literal(error, LAD_ERROR, LAD_ERROR_USAGE,
                        "no stream is left to look at; expected at least one");
    return FALSE;
}

const LadTraceHeader *
lad_profile_sources_header(const LadProfileSources *sources, guint trace)
{
    return lad_trace_reader_header(g_array_index(sources->traces, LadProfileTrace, trace).reader);
}

LadTraceLevel
lad_profile_sources_level(const LadProfileSources *sources)
{
    return lad_profile_sources_header(sources, 0)->level;
}

guint64
lad_profile_sources_references(const LadProfileSources *sources)
{
    guint64 n = 0;
    for (guint i = 0; i < sources->streams->len; i++) {
        const LadProfileStream *stream = &g_array_index(sources->streams, LadProfileStream, i);
        LadTraceReader *reader =
            g_array_index(sources->traces, LadProfileTrace, stream->trace).reader;
        n += lad_trace_reader_n_insns(reader, stream->stream) +
             lad_trace_reader_n_data(reader, stream->stream);
    }
    return n;
}

const char *
lad_profile_sources_sampled(const LadProfileSources *sources)
{
    for (guint i = 0; i < sources->traces->len; i++) {
        const char *sampled =
            g_hash_table_lookup(lad_profile_sources_header(sources, i)->notes, LAD_NOTE_SAMPLED);
        if (sampled != NULL)
            return sampled;
    }
    return NULL;
}

/* ---- Maps -------------------------------------------------------------------------------------
 */

/* Takes [start, end) out of what is mapped. */
static void
cut(LadProfileSpace *space, guint64 start, guint64 end)
{
    lad_mapped_cut(space->files, start, end);
    space->epoch++;
    space->last = (LadMapped){0};
}

static guint
owner_of_file(LadProfileSources *sources, guint32 host, const char *name)
{
    char *key = g_strdup_printf("%u:%s", host, name);
    guint known = GPOINTER_TO_UINT(g_hash_table_lookup(sources->files, key));
    if (known != 0) {
        g_free(key);
        return known - 1;
    }
    guint owner = sources->n_owners++;
    g_hash_table_insert(sources->files, key, GUINT_TO_POINTER(owner + 1));
    return owner;
}

/* The child's space, which may have streams of its own only later; NULL: it has none. */
static void
copy_maps(LadProfileSources *sources, const LadProfileSpace *parent, guint64 child)
{
    for (guint i = 0; i < sources->spaces->len; i++) {
        LadProfileSpace *space = sources->spaces->pdata[i];
        if (space == parent || space->trace != parent->trace || space->host != parent->host ||
            space->process != child || space->files->len > 0)
            continue;
        g_array_append_vals(space->files, parent->files->data, parent->files->len);
        space->epoch++;
    }
}

gboolean
lad_profile_map(LadProfileSources *sources, const LadProfileStream *stream, const LadRecord *record,
                GError **error)
{
    LadProfileSpace *space = sources->spaces->pdata[stream->space];
    if (record->kind == LAD_RECORD_FORK) {
        copy_maps(sources, space, record->value);
        return TRUE;
    }
    if (record->kind != LAD_RECORD_MAP && record->kind != LAD_RECORD_UNMAP)
        return TRUE;
    guint64 end = record->address + MIN(record->size, G_MAXUINT64 - record->address);
    gboolean owned = !(record->flags & LAD_MAP_SHARED) && (record->flags & LAD_MAP_WRITE);
    gboolean file = record->kind == LAD_RECORD_MAP && *record->text != '\0' && !owned;
    if (record->kind == LAD_RECORD_MAP && (record->flags & LAD_MAP_CHANGE)) {
        if (owned)
            cut(space, record->address, end);
        return TRUE;
    }
    cut(space, record->address, end);
    if (!file || sources->physical)
        return TRUE;
    guint owner = owner_of_file(sources, space->host, record->text);
    const LadMapped mapped = {record->address, end, record->value, owner};
    lad_mapped_add(space->files, &mapped);
    if (sources->n_owners <= LAD_PLACE_OWNERS)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                "%u processes and mapped files; a profile tells at most %u apart",
                sources->n_owners, LAD_PLACE_OWNERS);
    return FALSE;
}

guint64
lad_profile_place(LadProfileSources *sources, const LadProfileStream *stream, guint64 address)
{
    const guint64 mask = ((guint64)1 << LAD_PLACE_BITS) - 1;
    LadProfileSpace *space = sources->spaces->pdata[stream->space];
    if (space->files->len > 0 && (address < space->last.start || address >= space->last.end))
        space->last = lad_mapped_find(space->files, address);
    if (space->files->len == 0 || space->last.owner == LAD_MAPPED_NOTHING)
        return (guint64)space->owner << LAD_PLACE_BITS | (address & mask);
    return (guint64)space->last.owner << LAD_PLACE_BITS |
           ((space->last.offset + (address - space->last.start)) & mask);
}

guint64
lad_profile_maps_epoch(const LadProfileSources *sources, const LadProfileStream *stream)
{
    return ((const LadProfileSpace *)sources->spaces->pdata[stream->space])->epoch;
}
