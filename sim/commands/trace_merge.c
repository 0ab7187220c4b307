/* trace_merge.c - memladder trace merge: the streams of several traces in one. */
#include "config.h"
#include <stdio.h>
#include <string.h>
#include "sim/commands/trace.h"
#include "sim/commands/trace_work.h"
#include "traces/toolbox/copy.h"

typedef struct {
    char *output;
    gboolean renumber;
    gboolean salvage;
    char **inputs;
} Arguments;

/* A stream of an input, as the output will name it. */
typedef struct {
    guint input, stream;
    LadStreamInfo info; /* texts borrowed from the reader */
} MergedStream;

typedef struct {
    const Arguments *arguments;
    GPtrArray *readers;
    GArray *streams; /* MergedStream */
    gboolean renumbered;
} Merging;

/* ---- One header of several --------------------------------------------------------------------
 */

static gboolean
differ(const Merging *merging, guint input, const char *what, const char *first, const char *other,
       GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                "%s and %s cannot be merged: the %s is %s in the first and %s in the second",
                merging->arguments->inputs[0], merging->arguments->inputs[input], what, first,
                other);
    return FALSE;
}

static gboolean
same_note(const Merging *merging, guint input, const char *key, const LadTraceHeader *a,
          const LadTraceHeader *b, GError **error)
{
    const char *x = g_hash_table_lookup(a->notes, key), *y = g_hash_table_lookup(b->notes, key);
    if (g_strcmp0(x, y) == 0)
        return TRUE;
    g_autofree char *what = g_strdup_printf("note `%s`, by which figures are scaled,", key);
    return differ(merging, input, what, x != NULL ? x : "absent", y != NULL ? y : "absent", error);
}

static gboolean
same_number(const Merging *merging, guint input, const char *what, guint64 a, guint64 b,
            GError **error)
{
    if (a == b)
        return TRUE;
    g_autofree char *x = g_strdup_printf("%" G_GUINT64_FORMAT, a);
    g_autofree char *y = g_strdup_printf("%" G_GUINT64_FORMAT, b);
    return differ(merging, input, what, x, y, error);
}

/* Whether a trace can stand beside the first one. */
static gboolean
check_header(const Merging *merging, guint input, const LadTraceHeader *a, const LadTraceHeader *b,
             GError **error)
{
    if (a->level != b->level)
        return differ(merging, input, "level", lad_trace_level_name(a->level),
                      lad_trace_level_name(b->level), error);
    if (a->address_space != b->address_space)
        return differ(merging, input, "address space", lad_address_space_name(a->address_space),
                      lad_address_space_name(b->address_space), error);
    if (a->isa != b->isa)
        return differ(merging, input, "instruction set", lad_isa_name(a->isa), lad_isa_name(b->isa),
                      error);
    return same_number(merging, input, "page size in bytes", a->page_bytes, b->page_bytes, error) &&
           same_number(merging, input, "unit of time stamps in ps", a->tick_ps, b->tick_ps,
                       error) &&
           same_note(merging, input, LAD_NOTE_SAMPLED, a, b, error) &&
           same_note(merging, input, LAD_NOTE_SCALING, a, b, error);
}

/* Appends those lines of `text` to `to` that are not there yet. */
static void
join_lines(char **to, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) known = g_strsplit(*to, "\n", -1);
        if (*lines[i] == '\0' || g_strv_contains((const char *const *)known, lines[i]))
            continue;
        char *joined = g_strdup_printf("%s%s%s", *to, **to != '\0' ? "\n" : "", lines[i]);
        g_free(*to);
        *to = joined;
    }
}

static gboolean
not_in(gpointer key, gpointer value, gpointer other)
{
    return g_strcmp0(value, g_hash_table_lookup(other, key)) != 0;
}

static LadTraceHeader *
merged_header(const Merging *merging, GError **error)
{
    const LadTraceHeader *first = lad_trace_reader_header(merging->readers->pdata[0]);
    g_autoptr(LadTraceHeader) header = lad_trace_header_copy(first);
    for (guint i = 1; i < merging->readers->len; i++) {
        const LadTraceHeader *other = lad_trace_reader_header(merging->readers->pdata[i]);
        if (!check_header(merging, i, first, other, error))
            return NULL;
        join_lines(&header->machine, other->machine);
        join_lines(&header->command, other->command);
        join_lines(&header->tool, other->tool);
        join_lines(&header->lost, other->lost);
        g_hash_table_foreach_remove(header->notes, not_in, other->notes);
    }
    if (merging->renumbered)
        lad_trace_work_lost(header, "Processes of the same number in different traces were given "
                                    "new ones; fork records name the old.");
    return g_steal_pointer(&header);
}

/* ---- The streams ------------------------------------------------------------------------------
 */

static gboolean
process_used(const Merging *merging, guint before, guint32 host, guint32 process)
{
    for (guint i = 0; i < merging->streams->len; i++) {
        const MergedStream *stream = &g_array_index(merging->streams, MergedStream, i);
        if (stream->input < before && stream->info.host == host && stream->info.process == process)
            return TRUE;
    }
    return FALSE;
}

static guint32
free_process(const Merging *merging)
{
    guint32 highest = 0;
    for (guint i = 0; i < merging->readers->len; i++)
        for (guint k = 0; k < lad_trace_reader_n_streams(merging->readers->pdata[i]); k++)
            highest =
                MAX(highest, lad_trace_reader_stream_info(merging->readers->pdata[i], k)->process);
    for (guint i = 0; i < merging->streams->len; i++)
        highest = MAX(highest, g_array_index(merging->streams, MergedStream, i).info.process);
    return highest + 1;
}

/* The number that a process of `input` gets: its own, unless an earlier trace has it. */
static guint32
renumber(Merging *merging, GHashTable *given, guint input, const LadStreamInfo *info)
{
    if (!process_used(merging, input, info->host, info->process))
        return info->process;
    g_autofree char *key = g_strdup_printf("%u.%u", info->host, info->process);
    gpointer known = g_hash_table_lookup(given, key);
    merging->renumbered = TRUE;
    if (known == NULL) {
        known = GUINT_TO_POINTER(free_process(merging));
        g_hash_table_insert(given, g_steal_pointer(&key), known);
    }
    return GPOINTER_TO_UINT(known);
}

static gboolean
check_thread(const Merging *merging, GHashTable *threads, guint input, const LadStreamInfo *info,
             GError **error)
{
    char *key = g_strdup_printf("%u.%u.%u", info->host, info->process, info->thread);
    gpointer owner = g_hash_table_lookup(threads, key);
    if (owner == NULL || GPOINTER_TO_UINT(owner) == input + 1) {
        g_hash_table_replace(threads, key, GUINT_TO_POINTER(input + 1));
        return TRUE;
    }
    g_free(key);
    g_set_error(error, LAD_ERROR, LAD_ERROR_TRACE,
                "%s and %s both have thread %u of process %u on host %u; --renumber makes the "
                "second one's processes others",
                merging->arguments->inputs[GPOINTER_TO_UINT(owner) - 1],
                merging->arguments->inputs[input], info->thread, info->process, info->host);
    return FALSE;
}

static gboolean
collect_streams(Merging *merging, GError **error)
{
    g_autoptr(GHashTable) threads = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < merging->readers->len; i++) {
        LadTraceReader *reader = merging->readers->pdata[i];
        g_autoptr(GHashTable) given = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (guint k = 0; k < lad_trace_reader_n_streams(reader); k++) {
            MergedStream stream = {i, k, *lad_trace_reader_stream_info(reader, k)};
            if (merging->arguments->renumber)
                stream.info.process = renumber(merging, given, i, &stream.info);
            else if (!check_thread(merging, threads, i, &stream.info, error))
                return FALSE;
            g_array_append_val(merging->streams, stream);
        }
    }
    return TRUE;
}

/* ---- The command ------------------------------------------------------------------------------
 */

static gboolean
open_inputs(Merging *merging, guint64 *references, GError **error)
{
    const Arguments *arguments = merging->arguments;
    *references = 0;
    for (guint i = 0; arguments->inputs[i] != NULL; i++) {
        if (!lad_trace_work_apart(arguments->inputs[i], arguments->output, error))
            return FALSE;
        LadTraceReader *reader = lad_trace_work_open(
            arguments->inputs[i], arguments->salvage ? LAD_TRACE_SALVAGE : 0, error);
        if (reader == NULL)
            return FALSE;
        g_ptr_array_add(merging->readers, reader);
        *references += lad_trace_work_references(reader);
    }
    return TRUE;
}

static gboolean
copy_all(Merging *merging, LadTraceWork *work, GError **error)
{
    g_autoptr(LadTraceHeader) header = merged_header(merging, error);
    if (header == NULL)
        return FALSE;
    g_autoptr(LadTraceCopier) copier =
        lad_trace_copier_new(merging->arguments->output, header, error);
    for (guint i = 0; copier != NULL && i < merging->streams->len; i++) {
        const MergedStream *stream = &g_array_index(merging->streams, MergedStream, i);
        if (!lad_trace_copier_add(copier, merging->readers->pdata[stream->input], stream->stream,
                                  &stream->info, &work->toolbox, error))
            return FALSE;
    }
    return copier != NULL && lad_trace_copier_close(copier, error);
}

static gboolean
merge(const Arguments *arguments, GError **error)
{
    Merging merging = {.arguments = arguments};
    LadTraceWork work;
    guint64 references;
    if (arguments->inputs == NULL || arguments->output == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "memladder trace merge: expected -o OUT.mlt and one or more traces");
        return FALSE;
    }
    g_autoptr(GPtrArray) readers =
        g_ptr_array_new_with_free_func((GDestroyNotify)lad_trace_reader_unref);
    g_autoptr(GArray) streams = g_array_new(FALSE, FALSE, sizeof(MergedStream));
    merging.readers = readers;
    merging.streams = streams;
    if (!open_inputs(&merging, &references, error) || !collect_streams(&merging, error) ||
        !lad_trace_work_begin(&work, "merge", references, error))
        return FALSE;
    gboolean ok = copy_all(&merging, &work, error);
    lad_trace_work_end(&work);
    return ok;
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {0};
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arguments.output,
         "the trace to write (- is standard output)", "OUT.mlt"},
        {"renumber", 0, 0, G_OPTION_ARG_NONE, &arguments.renumber,
         "processes of the same number in different traces are different ones", NULL},
        {"salvage", 0, 0, G_OPTION_ARG_NONE, &arguments.salvage,
         "take what is whole of traces cut off", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments.inputs, NULL, NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("TRACE...");
    g_option_context_set_summary(
        context, "Write the streams of several traces as one trace: in the order of the traces, "
                 "then of their\nstreams. Each keeps its time stamps, by which they are replayed "
                 "side by side.");
    g_option_context_add_main_entries(context, entries, NULL);
    g_autofree char **words = g_memdup2(argv, ((gsize)argc + 1) * sizeof *argv);
    words[0] = (char *)"memladder trace merge";
    gboolean ok = g_option_context_parse(context, &argc, &words, error) && merge(&arguments, error);
    g_free(arguments.output);
    g_strfreev(arguments.inputs);
    return ok ? 0 : 1;
}

const LadCommand lad_trace_command_merge = {
    "merge",
    "write the streams of several traces as one",
    run,
};
