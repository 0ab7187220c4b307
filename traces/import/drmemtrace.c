/* drmemtrace.c - DynamoRIO's final traces: a file or a directory of files, one per thread or core.
 *
 * Inputs are put in order as DynamoRIO's own serial mode does: each is cut into segments that begin
 * at time stamps; of all next segments the earliest comes, of equals that of the input that comes
 * first by name; a segment is never split. Source: DynamoRIO's documentation of the trace format
 * and counts of its tools on public recordings, which these rules reproduce exactly. Kept is every
 * visible record (drmemtrace_input.c); instructions become blocks, with what their bytes tell of
 * registers and addresses; what has no kind of its own becomes a marker. */
#include "config.h"
#include "traces/import/drmemtrace.h"
#include "traces/import/formats.h"

#define TICK_PS 1000000 /* time stamps are in microseconds */

typedef struct {
    LadDrInput *input;
    guint64 time; /* of its next segment */
    gboolean ended;
} Source;

typedef struct {
    LadImport *import;
    GArray *sources; /* of Source, in order of names */
    LadDrInsns *insns;
    LadDrOut out;
    GError *unread; /* why the first input that was passed over could not be read */
} Conversion;

static gboolean
add_source(Conversion *conversion, guint number, GError **error)
{
    GError *failure = NULL;
    Source source = {.input = lad_dr_input_new(conversion->import, number, &failure)};
    if (source.input == NULL) {
        if (conversion->unread == NULL)
            conversion->unread = g_error_copy(failure);
        if (lad_import_salvage(conversion->import, &failure))
            return TRUE;
        g_propagate_error(error, failure);
        return FALSE;
    }
    source.time = lad_dr_input_start(source.input)->first_time;
    g_array_append_val(conversion->sources, source);
    return TRUE;
}

static const LadDrStart *
start_of(const Conversion *conversion, guint i)
{
    return lad_dr_input_start(g_array_index(conversion->sources, Source, i).input);
}

/* The inputs must be of one recording. */
static gboolean
check_sources(Conversion *conversion, GError **error)
{
    const guint64 same = LAD_DR_FILE_AARCH64 | LAD_DR_FILE_X86_64 | LAD_DR_FILE_SHARDED;
    for (guint i = 1; i < conversion->sources->len; i++) {
        guint64 first = start_of(conversion, 0)->file_type;
        guint64 other = start_of(conversion, i)->file_type;
        if ((first & same) == (other & same))
            continue;
        return lad_dr_input_bad(g_array_index(conversion->sources, Source, i).input, error,
                                "file type 0x%" G_GINT64_MODIFIER
                                "x, and the first input has 0x%" G_GINT64_MODIFIER
                                "x; expected the files of one recording",
                                other, first);
    }
    if (conversion->sources->len > 0)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&conversion->unread));
    return FALSE;
}

static void
note(LadTraceHeader *header, const char *name, char *value)
{
    g_hash_table_insert(header->notes, g_strdup(name), value);
}

static void
fill_header(const Conversion *conversion)
{
    LadTraceHeader *header = lad_import_header(conversion->import);
    const LadDrStart *start = start_of(conversion, 0);
    guint64 type = start->file_type;
    header->isa = (type & LAD_DR_FILE_X86_64) != 0    ? LAD_ISA_X86_64
                  : (type & LAD_DR_FILE_AARCH64) != 0 ? LAD_ISA_AARCH64
                                                      : LAD_ISA_UNKNOWN;
    header->tick_ps = TICK_PS;
    if (start->page_bytes >= 4096 && (start->page_bytes & (start->page_bytes - 1)) == 0)
        header->page_bytes = start->page_bytes;
    note(header, "drmemtrace.version", g_strdup_printf("%" G_GUINT64_FORMAT, start->version));
    note(header, "drmemtrace.file-type", g_strdup_printf("0x%" G_GINT64_MODIFIER "x", type));
    if ((type & LAD_DR_FILE_SHARDED) != 0)
        note(header, LAD_NOTE_SHARDS, g_strdup_printf("%u", conversion->sources->len));
    if ((type & LAD_DR_FILE_FILTERS) != 0)
        lad_import_lost(conversion->import,
                        "Recorded, at least at first, was only what missed the recorder's own "
                        "filter cache.");
    if ((type & LAD_DR_FILE_INSNS_ONLY) != 0)
        lad_import_lost(conversion->import, "Data accesses were not recorded.");
    if ((type & LAD_DR_FILE_KERNEL_INSNS) != 0)
        lad_import_lost(conversion->import, "Of the kernel, data accesses were not recorded.");
    if ((type & LAD_DR_FILE_ENCODINGS) == 0 || (type & LAD_DR_FILE_REGDEPS) != 0)
        lad_import_lost(conversion->import,
                        "The recording has no instruction bytes: registers are unknown.");
}

/* The source whose next segment comes next; NULL if all have ended. */
static Source *
next_source(const Conversion *conversion)
{
    Source *next = NULL;
    for (guint i = 0; i < conversion->sources->len; i++) {
        Source *source = &g_array_index(conversion->sources, Source, i);
        if (!source->ended && (next == NULL || source->time < next->time))
            next = source;
    }
    return next;
}

static gboolean
convert_segments(Conversion *conversion, GError **error)
{
    gboolean alone = conversion->sources->len == 1;
    Source *source;
    while ((source = next_source(conversion)) != NULL) {
        GError *failure = NULL;
        if (lad_dr_input_segment(source->input, alone, &source->time, &source->ended, &failure))
            continue;
        if (!lad_import_salvage(conversion->import, &failure)) {
            g_propagate_error(error, failure);
            return FALSE;
        }
        source->ended = TRUE;
        if (!lad_dr_input_abandon(source->input, error))
            return FALSE;
    }
    if (conversion->out.turn > 0)
        return lad_dr_out_flush(&conversion->out, error);
    return lad_dr_input_bad(g_array_index(conversion->sources, Source, 0).input, error,
                            "the input has no record beyond its header");
}

static gboolean
begin(Conversion *conversion, GError **error)
{
    fill_header(conversion);
    conversion->insns = lad_dr_insns_new(lad_import_header(conversion->import)->isa, error);
    if (conversion->insns == NULL)
        return FALSE;
    LadTraceWriter *writer = lad_import_begin(conversion->import, error);
    if (writer == NULL)
        return FALSE;
    gboolean sharded = (start_of(conversion, 0)->file_type & LAD_DR_FILE_SHARDED) != 0;
    lad_dr_out_init(&conversion->out, writer);
    for (guint i = 0; i < conversion->sources->len; i++)
        if (!lad_dr_input_begin(g_array_index(conversion->sources, Source, i).input,
                                conversion->insns, &conversion->out, sharded ? i : 0, error))
            return FALSE;
    return TRUE;
}

static gboolean
convert(LadImport *import, G_GNUC_UNUSED gconstpointer options, GError **error)
{
    Conversion conversion = {.import = import};
    conversion.sources = g_array_new(FALSE, FALSE, sizeof(Source));
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < lad_import_n_inputs(import); i++)
        ok = add_source(&conversion, i, error);
    ok = ok && check_sources(&conversion, error) && begin(&conversion, error) &&
         convert_segments(&conversion, error);
    for (guint i = 0; i < conversion.sources->len; i++)
        lad_dr_input_free(g_array_index(conversion.sources, Source, i).input);
    g_array_unref(conversion.sources);
    g_clear_error(&conversion.unread);
    lad_dr_insns_free(conversion.insns);
    lad_dr_out_clear(&conversion.out);
    return ok;
}

/* A header record of a small version, and then what may follow one. */
static guint
recognise(const LadImportSample *sample)
{
    if (sample->n < 2 * LAD_DR_RECORD_BYTES)
        return LAD_LOOKS_IMPOSSIBLE;
    const guint8 *second = sample->bytes + LAD_DR_RECORD_BYTES;
    guint64 version = lad_dr_address(sample->bytes);
    if (lad_dr_head(sample->bytes) != LAD_DR_HEADER || version == 0 || version > 0xffff)
        return LAD_LOOKS_IMPOSSIBLE;
    guint type = lad_dr_type(lad_dr_head(second));
    return type == LAD_DR_THREAD || type == LAD_DR_MARKER ? LAD_LOOKS_CERTAIN : LAD_LOOKS_POSSIBLE;
}

static const char *const beside[] = {
    "serial_schedule.bin*", "cpu_schedule.bin.zip", "modules.log", "funclist.log",
    "encodings.bin",        "v2p.textproto",        NULL,
};

const LadImportFormat lad_import_drmemtrace = {
    .name = "drmemtrace",
    .summary = "final traces of DynamoRIO's drmemtrace, x86-64 and AArch64",
    .level = "instruction",
    .kept =
        "All instructions with length, kind of branch, registers and operands' address registers "
        "(from their bytes, where recorded), all accesses with their sizes, in order.\n"
        "Later iterations of string instructions, as blocks without an instruction.\n"
        "Software prefetches, cache flushes, time stamps, processors, threads and their ends, idle "
        "and waiting cores.\n"
        "The order of all threads' records, as turns; files per core as such.\n"
        "All other markers (signals, system calls, functions) by kind and value.",
    .lost = "Bits 48 to 63 of addresses are replaced by copies of bit 47.\n"
            "Targets of indirect branches are told by what is executed next only.\n"
            "Maps of memory and page contents are not recorded.",
    .evidence =
        "five public recordings: x86-64 versions 1, 4 and 7, AArch64 version 5, one per core",
    .beside = beside,
    .recognise = recognise,
    .convert = convert,
};
