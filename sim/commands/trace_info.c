/* trace_info.c - memladder trace info: what is in a trace. */
#include "config.h"
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include "sim/commands/interrupt.h"
#include "sim/commands/trace.h"
#include "sim/commands/trace_census.h"

static const char *const access_names[] = {"load", "store", "modify", "atomic"};

typedef struct {
    LadTraceReader *reader;
    const char *path;
    LadTraceCensus census;
    guint64 bytes;
} Info;

static double
ratio(guint64 a, guint64 b)
{
    return b > 0 ? (double)a / (double)b : 0;
}

static guint64
n_reads(const LadTraceCensus *census)
{
    return lad_census_data(census) - census->n_accesses[LAD_OPERAND_STORE] + census->n_touches -
           census->n_touch_writes;
}

static guint64
n_writes(const LadTraceCensus *census)
{
    return lad_census_data(census) - census->n_accesses[LAD_OPERAND_LOAD] + census->n_touch_writes;
}

/* ---- As text ----------------------------------------------------------------------------------
 */

static void
print_text(const char *label, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    if (lines[0] == NULL)
        printf("%-22s-\n", label);
    for (guint i = 0; lines[i] != NULL; i++)
        printf("%-22s%s\n", i == 0 ? label : "", lines[i]);
}

static void
print_count(const char *label, guint64 n)
{
    printf("%-22s%" G_GUINT64_FORMAT "\n", label, n);
}

static void
print_header(const Info *info)
{
    const LadTraceHeader *header = lad_trace_reader_header(info->reader);
    const char *identity = lad_trace_reader_identity(info->reader);
    print_text("file", info->path);
    print_text("identity", identity != NULL ? identity : "unknown: the trace is cut off");
    print_text("level", lad_trace_level_name(header->level));
    print_text("address space", lad_address_space_name(header->address_space));
    print_text("instruction set", lad_isa_name(header->isa));
    printf("%-22s%" G_GUINT64_FORMAT " bytes\n", "page size", header->page_bytes);
    if (header->tick_ps == 0)
        print_text("time", "none");
    else
        printf("%-22sin ticks of %" G_GUINT64_FORMAT " ps\n", "time", header->tick_ps);
    print_text("machine of origin", header->machine);
    print_text("command of origin", header->command);
    print_text("recorded by", header->tool);
    print_text("lost", *header->lost != '\0' ? header->lost : "nothing");
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(header->notes), (GCompareFunc)strcmp);
    for (const GList *at = keys; at != NULL; at = at->next)
        print_text(at->data, g_hash_table_lookup(header->notes, at->data));
}

static void
print_streams(const Info *info)
{
    guint n = lad_trace_reader_n_streams(info->reader);
    print_count("streams", n);
    for (guint i = 0; i < n; i++) {
        const LadStreamInfo *stream = lad_trace_reader_stream_info(info->reader, i);
        printf("  %-6u host %u process %u thread %u", i, stream->host, stream->process,
               stream->thread);
        if (*stream->name != '\0')
            printf(" `%s`", stream->name);
        if (*stream->cgroup != '\0')
            printf(" cgroup %s", stream->cgroup);
        printf(": %" G_GUINT64_FORMAT " instructions, %" G_GUINT64_FORMAT
               " data accesses, %" G_GUINT64_FORMAT " records\n",
               lad_trace_reader_n_insns(info->reader, i), lad_trace_reader_n_data(info->reader, i),
               lad_trace_reader_n_records(info->reader, i));
    }
}

static void
print_records(const LadTraceCensus *census)
{
    print_count("instructions", census->n_insns);
    print_count("data accesses", lad_census_data(census));
    for (guint i = 0; i < G_N_ELEMENTS(access_names); i++)
        printf("  %-20s%" G_GUINT64_FORMAT "\n", access_names[i], census->n_accesses[i]);
    if (census->n_touches > 0)
        print_count("page touches", census->n_touches);
    printf("%-22s%" G_GUINT64_FORMAT " block executions\n", "records", census->n_executions);
    for (guint i = 1; i < LAD_N_RECORD_KINDS; i++)
        if (census->n_plain[i] > 0)
            printf("  %-20s%" G_GUINT64_FORMAT "\n", lad_record_kind_name(i), census->n_plain[i]);
}

static void
print_events(const LadTraceCensus *census)
{
    if (census->n_no_fetch > 0)
        print_count("without a fetch", census->n_no_fetch);
    if (census->n_turns + census->n_cpus + census->n_exits > 0)
        printf("%-22s%" G_GUINT64_FORMAT " turns, %" G_GUINT64_FORMAT " cpus, %" G_GUINT64_FORMAT
               " ends of threads\n",
               "switches", census->n_turns, census->n_cpus, census->n_exits);
    if (census->n_idle + census->n_waits > 0)
        printf("%-22s%" G_GUINT64_FORMAT " times idle, %" G_GUINT64_FORMAT " times waiting\n",
               "noted", census->n_idle, census->n_waits);
    for (guint i = 0; i < LAD_CENSUS_MARKERS; i++)
        if (census->n_markers[i] > 0)
            printf("%s%-10u%" G_GUINT64_FORMAT "\n", "marker kind ", i, census->n_markers[i]);
}

static void
print_footprint(const char *label, guint64 lines, guint64 pages, guint64 page_bytes)
{
    printf("%-22s%" G_GUINT64_FORMAT " lines of 64 bytes, %" G_GUINT64_FORMAT " pages (%.1f MiB)\n",
           label, lines, pages, (double)pages * (double)page_bytes / (double)LAD_MIB);
}

static void
print_census(const Info *info)
{
    const LadTraceCensus *census = &info->census;
    guint64 data = lad_census_data(census);
    guint64 page_bytes = lad_trace_reader_header(info->reader)->page_bytes;
    print_records(census);
    print_events(census);
    if (census->n_plain[LAD_RECORD_TIME] > 0)
        printf("%-22s%" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT " ticks\n", "time stamps",
               census->first_time, census->last_time);
    print_footprint("code footprint", census->code_lines, census->code_pages, page_bytes);
    print_footprint("data footprint", census->data_lines, census->data_pages, page_bytes);
    if (data + census->n_touches > 0)
        printf("%-22s%" G_GINT64_MODIFIER "x to %" G_GINT64_MODIFIER "x\n", "data addresses",
               census->lowest, census->highest);
    if (n_writes(census) > 0)
        printf("%-22s%.2f : 1\n", "reads : writes", ratio(n_reads(census), n_writes(census)));
    else
        printf("%-22s%" G_GUINT64_FORMAT " : 0\n", "reads : writes", n_reads(census));
    printf("%-22s%.1f %% of data accesses\n", "known dependence",
           100 * ratio(census->n_known, data));
    printf("%-22s%" G_GUINT64_FORMAT " (%.4f per reference, %.4f per data access)\n", "bytes",
           info->bytes, ratio(info->bytes, census->n_insns + data), ratio(info->bytes, data));
}

/* ---- As JSON ----------------------------------------------------------------------------------
 */

static void
add_text(JsonBuilder *json, const char *name, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    json_builder_set_member_name(json, name);
    json_builder_add_string_value(json, valid);
}

static void
add_count(JsonBuilder *json, const char *name, guint64 n)
{
    json_builder_set_member_name(json, name);
    json_builder_add_int_value(json, (gint64)n);
}

static void
add_number(JsonBuilder *json, const char *name, double number)
{
    json_builder_set_member_name(json, name);
    json_builder_add_double_value(json, number);
}

static void
add_header(JsonBuilder *json, const Info *info)
{
    const LadTraceHeader *header = lad_trace_reader_header(info->reader);
    const char *identity = lad_trace_reader_identity(info->reader);
    add_text(json, "file", info->path);
    add_text(json, "identity", identity != NULL ? identity : "");
    add_text(json, "level", lad_trace_level_name(header->level));
    add_text(json, "address_space", lad_address_space_name(header->address_space));
    add_text(json, "isa", lad_isa_name(header->isa));
    add_count(json, "page_bytes", header->page_bytes);
    add_count(json, "tick_ps", header->tick_ps);
    add_text(json, "machine", header->machine);
    add_text(json, "command", header->command);
    add_text(json, "tool", header->tool);
    add_text(json, "lost", header->lost);
}

static void
add_streams(JsonBuilder *json, const Info *info)
{
    json_builder_set_member_name(json, "streams");
    json_builder_begin_array(json);
    for (guint i = 0; i < lad_trace_reader_n_streams(info->reader); i++) {
        const LadStreamInfo *stream = lad_trace_reader_stream_info(info->reader, i);
        json_builder_begin_object(json);
        add_count(json, "host", stream->host);
        add_count(json, "process", stream->process);
        add_count(json, "thread", stream->thread);
        add_text(json, "name", stream->name);
        add_text(json, "cgroup", stream->cgroup);
        add_count(json, "instructions", lad_trace_reader_n_insns(info->reader, i));
        add_count(json, "data_accesses", lad_trace_reader_n_data(info->reader, i));
        add_count(json, "records", lad_trace_reader_n_records(info->reader, i));
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
}

static void
add_census(JsonBuilder *json, const Info *info)
{
    const LadTraceCensus *census = &info->census;
    guint64 data = lad_census_data(census);
    add_count(json, "instructions", census->n_insns);
    add_count(json, "data_accesses", data);
    json_builder_set_member_name(json, "accesses");
    json_builder_begin_object(json);
    for (guint i = 0; i < G_N_ELEMENTS(access_names); i++)
        add_count(json, access_names[i], census->n_accesses[i]);
    json_builder_end_object(json);
    json_builder_set_member_name(json, "records");
    json_builder_begin_object(json);
    add_count(json, "block", census->n_executions);
    for (guint i = 1; i < LAD_N_RECORD_KINDS; i++)
        add_count(json, lad_record_kind_name(i), census->n_plain[i]);
    json_builder_end_object(json);
    add_count(json, "without_fetch", census->n_no_fetch);
    add_count(json, "turns", census->n_turns);
    add_count(json, "cpus", census->n_cpus);
    add_count(json, "thread_ends", census->n_exits);
    add_count(json, "times_idle", census->n_idle);
    add_count(json, "times_waiting", census->n_waits);
    json_builder_set_member_name(json, "markers");
    json_builder_begin_object(json);
    for (guint i = 0; i < LAD_CENSUS_MARKERS; i++)
        if (census->n_markers[i] > 0) {
            g_autofree char *kind = g_strdup_printf("%u", i);
            add_count(json, kind, census->n_markers[i]);
        }
    json_builder_end_object(json);
    add_count(json, "first_time", census->first_time);
    add_count(json, "last_time", census->last_time);
    add_count(json, "code_lines", census->code_lines);
    add_count(json, "code_pages", census->code_pages);
    add_count(json, "data_lines", census->data_lines);
    add_count(json, "data_pages", census->data_pages);
    add_count(json, "page_touches", census->n_touches);
    add_count(json, "reads", n_reads(census));
    add_count(json, "writes", n_writes(census));
    add_number(json, "known_dependence_share", ratio(census->n_known, data));
    add_count(json, "bytes", info->bytes);
    add_number(json, "bytes_per_reference", ratio(info->bytes, census->n_insns + data));
}

static void
print_json(const Info *info)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    add_header(json, info);
    add_streams(json, info);
    add_census(json, info);
    json_builder_end_object(json);
    g_autoptr(JsonNode) root = json_builder_get_root(json);
    g_autofree char *text = json_to_string(root, TRUE);
    printf("%s\n", text);
}

/* ---- The command ------------------------------------------------------------------------------
 */

static gboolean
show(const char *path, gboolean json, gboolean salvage, GError **error)
{
    Info info = {.path = path};
    g_autoptr(LadTraceReader) reader =
        lad_trace_reader_open(path, salvage ? LAD_TRACE_SALVAGE : 0, error);
    if (reader == NULL || !lad_trace_reader_complete(reader, error))
        return FALSE;
    lad_interrupt_install();
    info.reader = reader;
    if (!lad_trace_census(reader, &info.census, error))
        return FALSE;
    info.bytes = lad_trace_reader_bytes_total(reader);
    if (info.bytes == 0)
        info.bytes = lad_trace_reader_bytes_read(reader);
    if (json) {
        print_json(&info);
        return TRUE;
    }
    print_header(&info);
    print_streams(&info);
    print_census(&info);
    return TRUE;
}

static int
run(int argc, char **argv, GError **error)
{
    gboolean json = FALSE, salvage = FALSE;
    const GOptionEntry entries[] = {
        {"json", 'j', 0, G_OPTION_ARG_NONE, &json, "print JSON", NULL},
        {"salvage", 0, 0, G_OPTION_ARG_NONE, &salvage, "read what is whole of a trace cut off",
         NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    char *file = NULL;
    gboolean ok = lad_trace_arguments(argc, argv, entries, "FILE",
                                      "Print what a trace is, where it comes from and what is in "
                                      "it. FILE may be - (a pipe).",
                                      1, 0, &file, error) &&
                  show(file, json, salvage, error);
    return ok ? 0 : 1;
}

const LadCommand lad_trace_command_info = {
    "info",
    "print what a trace is and what is in it",
    run,
};
