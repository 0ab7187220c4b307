/* ramulator.c - the text traces of Ramulator (1 and 2), one request per line, in three kinds, told
 * apart by the first line:
 *
 *     47 140737143171904 140737143173888   instructions before it, address read [, written back]:
 * what leaves the last cache of a processor; decimal or 0x LD 0x12345680 load or store (Ramulator
 * 2's LoadStoreTrace) 0x12345680 R                         read or write (Ramulator 1's memory
 * trace)
 *
 * Lines of another kind, and Ramulator 2's address vectors (`R 0,0,3,12,7`), which name a place in
 * one memory's geometry and no address, are errors with the line. Becomes level `miss`: a GAP of
 * the instructions, the read itself counted as one, a LOAD of the line, a STORE of the line written
 * back. Source: src/Processor.cpp and README of CMU-SAFARI/ramulator, frontends of ramulator2. */
#include "config.h"
#include <memladder/import.h>
#include <string.h>
#include "traces/import/formats.h"
#include "traces/import/text.h"

#define LINE_BYTES 64
#define GRAMMAR                                                                                    \
    "expected `INSTRUCTIONS READ_ADDRESS [WRITEBACK_ADDRESS]` (numbers in decimal or with 0x), "   \
    "`LD ADDRESS`, `ST ADDRESS`, or `ADDRESS R`, `ADDRESS W`, all lines of one kind"

typedef struct {
    guint space; /* LadAddressSpace */
} Settings;

typedef enum { KIND_UNKNOWN, KIND_GAPS, KIND_LOAD_STORE, KIND_READ_WRITE } Kind;

typedef struct {
    Kind kind;
    guint64 gap;
    gboolean writes[2];
    guint64 addresses[2];
    guint n;
} Request;

static gboolean
at_end(const char **at)
{
    lad_text_skip_blanks(at);
    return **at == '\0';
}

static gboolean
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static gboolean
parse_load_store(const char *at, Request *request)
{
    request->kind = KIND_LOAD_STORE;
    request->n = 1;
    request->writes[0] = at[0] == 'S';
    at += 2;
    if (!is_blank(*at))
        return FALSE;
    lad_text_skip_blanks(&at);
    return lad_text_number(&at, &request->addresses[0]) && at_end(&at);
}

static gboolean
parse_line(const char *at, Request *request)
{
    *request = (Request){0};
    lad_text_skip_blanks(&at);
    if ((at[0] == 'L' && at[1] == 'D') || (at[0] == 'S' && at[1] == 'T'))
        return parse_load_store(at, request);
    guint64 first;
    if (!lad_text_number(&at, &first) || !is_blank(*at))
        return FALSE;
    lad_text_skip_blanks(&at);
    if (*at == 'R' || *at == 'W') {
        request->kind = KIND_READ_WRITE;
        request->n = 1;
        request->writes[0] = *at++ == 'W';
        request->addresses[0] = first;
        return at_end(&at);
    }
    request->kind = KIND_GAPS;
    request->gap = first;
    request->n = 1;
    if (first >= (guint64)1 << 48 || !lad_text_number(&at, &request->addresses[0]))
        return FALSE;
    if (at_end(&at))
        return TRUE;
    request->n = 2;
    request->writes[1] = TRUE;
    return is_blank(at[-1]) && lad_text_number(&at, &request->addresses[1]) && at_end(&at);
}

typedef struct {
    const Settings *settings;
    guint n_streams;
} Conversion;

static gboolean
write_request(LadTraceWriter *writer, guint stream, const Request *request, GError **error)
{
    LadRecord gap = {.kind = LAD_RECORD_GAP, .value = request->gap + 1};
    if (request->kind == KIND_GAPS && !lad_trace_writer_record(writer, stream, &gap, error))
        return FALSE;
    for (guint i = 0; i < request->n; i++) {
        LadRecord access = {.kind = request->writes[i] ? LAD_RECORD_STORE : LAD_RECORD_LOAD,
                            .address = request->addresses[i],
                            .size = LINE_BYTES};
        if (!lad_trace_writer_record(writer, stream, &access, error))
            return FALSE;
    }
    return TRUE;
}

static LadTraceWriter *
begin(LadImport *import, Conversion *conversion, Kind kind, guint *stream, GError **error)
{
    LadTraceHeader *header = lad_import_header(import);
    header->level = LAD_LEVEL_MISS;
    header->address_space = (LadAddressSpace)conversion->settings->space;
    if (kind != KIND_GAPS && conversion->n_streams == 0)
        lad_import_lost(import, "Instructions between requests are not recorded either.");
    LadTraceWriter *writer = lad_import_begin(import, error);
    guint number = conversion->n_streams++;
    LadStreamInfo info = {
        .process = number, .thread = number, .cgroup = (char *)"", .name = (char *)""};
    if (writer != NULL)
        *stream = lad_trace_writer_add_stream(writer, &info);
    return writer;
}

static gboolean
read_member(LadImport *import, LadImportInput *input, gpointer data, GError **error)
{
    Conversion *conversion = data;
    LadTraceWriter *writer = NULL;
    Kind kind = KIND_UNKNOWN;
    const char *line;
    gsize length;
    guint stream = 0;
    g_autoptr(GError) failure = NULL;
    while ((line = lad_import_line(input, &length, &failure)) != NULL) {
        Request request;
        if (!parse_line(line, &request) || (kind != KIND_UNKNOWN && request.kind != kind)) {
            g_autofree char *shown = g_strescape(line, NULL);
            gboolean vector = (line[0] == 'R' || line[0] == 'W') && strchr(line, ',') != NULL;
            return lad_import_bad(input, error, "`%.60s`: %s" GRAMMAR, shown,
                                  vector ? "an address vector names a place in one memory's "
                                           "geometry and cannot be converted; "
                                         : "");
        }
        kind = request.kind;
        if (writer == NULL && (writer = begin(import, conversion, kind, &stream, error)) == NULL)
            return FALSE;
        if (!write_request(writer, stream, &request, error))
            return FALSE;
    }
    if (failure != NULL)
        g_propagate_error(error, g_steal_pointer(&failure));
    return error == NULL || *error == NULL;
}

static gboolean
convert(LadImport *import, gconstpointer options, GError **error)
{
    Conversion conversion = {.settings = options};
    return lad_import_members(import, read_member, &conversion, error);
}

typedef struct {
    Kind kind;
    gboolean wide; /* gaps that are no label of the din format */
} Seen;

static int
judge(const char *line, G_GNUC_UNUSED gsize length, G_GNUC_UNUSED guint number, gpointer data)
{
    Seen *seen = data;
    Request request;
    if (!parse_line(line, &request) || (seen->kind != KIND_UNKNOWN && request.kind != seen->kind))
        return -1;
    seen->kind = request.kind;
    seen->wide |= request.gap > 5;
    return 1;
}

static guint
recognise(const LadImportSample *sample)
{
    Seen seen = {0};
    if (lad_import_sample_lines(sample, judge, &seen) == 0)
        return LAD_LOOKS_IMPOSSIBLE;
    /* Two or three small numbers per line are what other formats may have, too. */
    return seen.kind == KIND_GAPS && !seen.wide ? LAD_LOOKS_LIKE : 90;
}

static const char *const spaces[] = {"virtual", "physical", NULL};

static const LadOption options[] = {
    LAD_OPT_ENUM(Settings, space, "address-space", "virtual", spaces,
                 "what the addresses are, which the format does not tell"),
    LAD_OPTIONS_END,
};

const LadImportFormat lad_import_ramulator = {
    .name = "ramulator",
    .summary = "Ramulator's traces: requests after the last cache, or of memory",
    .level = "miss",
    .kept =
        "Instructions between requests, addresses read and written back, in order; each input is "
        "a stream of a process of its own.",
    .lost =
        "Instructions, caches and what hit in them are not recorded; requests are whole lines of "
        "64 bytes.\n"
        "Which requests depend on one another, threads and times are not recorded.",
    .evidence = "SPEC CPU2006 gcc, gobmk and sjeng, as Ramulator ships them",
    .options = options,
    .options_size = sizeof(Settings),
    .recognise = recognise,
    .convert = convert,
};
