/* trace_filter.c - memladder trace filter: some streams, addresses or kinds of a trace. */
#include "config.h"
#include <stdio.h>
#include <string.h>
#include "sim/base/nearest.h"
#include "sim/commands/trace.h"
#include "sim/commands/trace_work.h"
#include "traces/toolbox/copy.h"
#include "traces/toolbox/select.h"

#define DATA_KINDS                                                                                 \
    ((guint64)1 << LAD_RECORD_LOAD | (guint64)1 << LAD_RECORD_STORE |                              \
     (guint64)1 << LAD_RECORD_MODIFY | (guint64)1 << LAD_RECORD_ATOMIC)

typedef struct {
    char *streams;
    char **ranges;
    char *kinds;
    char *drop;
    gboolean salvage;
} Arguments;

/* ---- What is asked ----------------------------------------------------------------------------
 */

static gboolean
parse_address(const char *text, guint64 *address)
{
    if (g_str_has_prefix(text, "0x"))
        text += 2;
    return g_ascii_string_to_unsigned(text, 16, 0, G_MAXUINT64, address, NULL);
}

static gboolean
parse_range(const char *text, LadAddressRange *range, GError **error)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", -1);
    if (g_strv_length(ends) == 2 && parse_address(ends[0], &range->from) &&
        parse_address(ends[1], &range->to) && range->from < range->to)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "--range %s: expected FROM-TO, two addresses in hexadecimal with FROM below TO; TO "
                "itself is outside",
                text);
    return FALSE;
}

static gboolean
parse_kind(const char *option, const char *name, gboolean references, guint64 *kinds,
           GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    if (strcmp(name, "data") == 0) {
        *kinds |= DATA_KINDS;
        return TRUE;
    }
    for (guint k = 1; k < LAD_N_RECORD_KINDS; k++) {
        if (references && !lad_select_is_reference(k))
            continue;
        if (strcmp(name, lad_record_kind_name(k)) == 0) {
            *kinds |= (guint64)1 << k;
            return TRUE;
        }
        g_ptr_array_add(names, (gpointer)lad_record_kind_name(k));
    }
    g_ptr_array_add(names, (gpointer) "data");
    g_ptr_array_add(names, NULL);
    const char *nearest = lad_nearest(name, (const char *const *)names->pdata);
    g_autofree char *known = g_strjoinv(", ", (char **)names->pdata);
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "%s: there is no kind `%s`%s%s%s; known: %s",
                option, name, nearest != NULL ? "; did you mean `" : "",
                nearest != NULL ? nearest : "", nearest != NULL ? "`?" : "", known);
    return FALSE;
}

static gboolean
parse_kinds(const char *option, const char *text, gboolean references, guint64 *kinds,
            GError **error)
{
    *kinds = 0;
    g_auto(GStrv) names = g_strsplit(text != NULL ? text : "", ",", -1);
    for (guint i = 0; names[i] != NULL; i++)
        if (!parse_kind(option, names[i], references, kinds, error))
            return FALSE;
    return TRUE;
}

/* The kinds that stay: of the references those of --kinds, of all others those not in --drop. */
static gboolean
parse_selection(const Arguments *arguments, GArray *ranges, LadSelection *selection, GError **error)
{
    guint64 kept, dropped;
    if (!parse_kinds("--kinds", arguments->kinds, TRUE, &kept, error) ||
        !parse_kinds("--drop", arguments->drop, FALSE, &dropped, error))
        return FALSE;
    for (guint k = 0; k < LAD_N_RECORD_KINDS; k++)
        if (arguments->kinds != NULL && lad_select_is_reference(k) && !(kept >> k & 1))
            dropped |= (guint64)1 << k;
    for (guint i = 0; arguments->ranges != NULL && arguments->ranges[i] != NULL; i++) {
        LadAddressRange range;
        if (!parse_range(arguments->ranges[i], &range, error))
            return FALSE;
        g_array_append_val(ranges, range);
    }
    *selection = (LadSelection){.keep_kinds = LAD_SELECT_ALL_KINDS & ~dropped,
                                .n_ranges = ranges->len,
                                .ranges = (const LadAddressRange *)(const void *)ranges->data,
                                .page_bytes = 4096};
    return TRUE;
}

/* ---- What the header says of it ---------------------------------------------------------------
 */

static LadTraceHeader *
filter_header(const Arguments *arguments, const LadTraceReader *reader)
{
    LadTraceHeader *header = lad_trace_header_copy(lad_trace_reader_header(reader));
    GString *text = g_string_new(NULL);
    if (arguments->streams != NULL)
        g_string_append_printf(text, "streams %s", arguments->streams);
    for (guint i = 0; arguments->ranges != NULL && arguments->ranges[i] != NULL; i++)
        g_string_append_printf(text, "%s%s",
                               i > 0           ? ", "
                               : text->len > 0 ? "; addresses "
                                               : "addresses ",
                               arguments->ranges[i]);
    if (arguments->kinds != NULL)
        g_string_append_printf(text, "%skinds %s", text->len > 0 ? "; " : "", arguments->kinds);
    if (arguments->drop != NULL)
        g_string_append_printf(text, "%swithout %s", text->len > 0 ? "; " : "", arguments->drop);
    g_autofree char *lost = g_strdup_printf("Filtered; what stayed: %s.", text->str);
    lad_trace_work_lost(header, lost);
    g_hash_table_insert(header->notes, g_strdup("filter"), g_string_free(text, FALSE));
    lad_trace_work_part_of(header, "filter-of", reader);
    return header;
}

/* ---- The work ---------------------------------------------------------------------------------
 */

static guint64
references_of(LadTraceReader *reader, const gboolean *in)
{
    guint64 n = 0;
    for (guint i = 0; i < lad_trace_reader_n_streams(reader); i++)
        if (in[i])
            n += lad_trace_reader_n_insns(reader, i) + lad_trace_reader_n_data(reader, i);
    return n;
}

/* Whole streams are copied as they are stored. */
static gboolean
copy_streams(LadTraceReader *reader, const char *output, const LadTraceHeader *header,
             const gboolean *in, LadTraceWork *work, GError **error)
{
    g_autoptr(LadTraceCopier) copier = lad_trace_copier_new(output, header, error);
    for (guint i = 0; copier != NULL && i < lad_trace_reader_n_streams(reader); i++)
        if (in[i] &&
            !lad_trace_copier_add(copier, reader, i, lad_trace_reader_stream_info(reader, i),
                                  &work->toolbox, error))
            return FALSE;
    return copier != NULL && lad_trace_copier_close(copier, error);
}

static gboolean
select_streams(LadTraceReader *reader, const char *output, const LadTraceHeader *header,
               const gboolean *in, const LadSelection *selection, LadTraceWork *work,
               GError **error)
{
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(output, header, NULL, error);
    if (writer == NULL)
        return FALSE;
    g_autoptr(LadSelector) selector = lad_selector_new(selection, reader, writer);
    for (guint i = 0; i < lad_trace_reader_n_streams(reader); i++) {
        if (!in[i])
            continue;
        guint to = lad_trace_writer_add_stream(writer, lad_trace_reader_stream_info(reader, i));
        if (!lad_selector_stream(selector, i, to, &work->toolbox, error))
            return FALSE;
    }
    return lad_trace_writer_close(writer, error);
}

static gboolean
filter(const Arguments *arguments, char *const files[2], GError **error)
{
    LadSelection selection;
    LadTraceWork work;
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(LadAddressRange));
    if (!parse_selection(arguments, ranges, &selection, error) ||
        !lad_trace_work_apart(files[0], files[1], error))
        return FALSE;
    gboolean whole = selection.keep_kinds == LAD_SELECT_ALL_KINDS && ranges->len == 0;
    if (whole && arguments->streams == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "trace filter: expected at least one of --streams, --range, --kinds, --drop");
        return FALSE;
    }
    g_autoptr(LadTraceReader) reader =
        lad_trace_work_open(files[0], arguments->salvage ? LAD_TRACE_SALVAGE : 0, error);
    if (reader == NULL)
        return FALSE;
    g_autofree gboolean *in = lad_trace_work_streams("--streams", arguments->streams,
                                                     lad_trace_reader_n_streams(reader), error);
    if (in == NULL || !lad_trace_work_begin(&work, "filter", references_of(reader, in), error))
        return FALSE;
    g_autoptr(LadTraceHeader) header = filter_header(arguments, reader);
    gboolean ok = whole ? copy_streams(reader, files[1], header, in, &work, error)
                        : select_streams(reader, files[1], header, in, &selection, &work, error);
    lad_trace_work_end(&work);
    return ok;
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {0};
    const GOptionEntry entries[] = {
        {"streams", 's', 0, G_OPTION_ARG_STRING, &arguments.streams, "these streams", "0,2-5"},
        {"range", 'r', 0, G_OPTION_ARG_STRING_ARRAY, &arguments.ranges,
         "references to any byte of it, in hexadecimal; may be repeated", "FROM-TO"},
        {"kinds", 'k', 0, G_OPTION_ARG_STRING, &arguments.kinds,
         "references of these kinds: fetch, load, store, ..., data", "KIND,..."},
        {"drop", 0, 0, G_OPTION_ARG_STRING, &arguments.drop,
         "nothing of these kinds, references or other records", "KIND,..."},
        {"salvage", 0, 0, G_OPTION_ARG_NONE, &arguments.salvage,
         "take what is whole of a trace cut off", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    char *files[2] = {NULL, NULL};
    gboolean ok = lad_trace_arguments(
                      argc, argv, entries, "IN.mlt OUT.mlt",
                      "Write some streams, addresses or kinds of a trace as a trace of its "
                      "own. Records that are no\nreferences (time stamps, maps, ...) stay "
                      "unless dropped. IN may be - (a pipe), OUT may be -\n(standard output).",
                      2, 0, files, error) &&
                  filter(&arguments, files, error);
    g_free(arguments.streams);
    g_strfreev(arguments.ranges);
    g_free(arguments.kinds);
    g_free(arguments.drop);
    return ok ? 0 : 1;
}

const LadCommand lad_trace_command_filter = {
    "filter",
    "keep some streams, addresses or kinds",
    run,
};
