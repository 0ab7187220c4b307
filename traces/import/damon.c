/* damon.c - recordings of DAMON, Linux's data access monitor: as JSON, as JSON in a zlib stream
 * (both by `damo record`), or the text that `perf script` makes of its trace points.
 *
 * Source: Documentation/mm/damon/design.rst of Linux, recordings. At each aggregation DAMON tells,
 * for each region of a target, in how many of its sampling intervals the sampled page of the region
 * was found accessed. That becomes a touch of the range, once per such sample, in the interval from
 * the snapshot's beginning to its end; regions without accesses stay as ranges touched 0 times, so
 * what was watched is known. Which pages of a region, how often between two samples, and whether
 * to write is not known to DAMON. Each target is a stream of a process of its own. */
#include "config.h"
#include <gio/gio.h>
#include <string.h>
#include "traces/import/damon.h"
#include "traces/import/formats.h"

#define TICK_PS    1000 /* ns */
#define PAGE_BYTES 4096

typedef enum { SPACE_VIRTUAL, SPACE_PHYSICAL } Space;

static const char *const spaces[] = {"virtual", "physical", NULL};

typedef struct {
    guint space;
    LadTime aggregation;
} Settings;

typedef struct {
    const Settings *settings;
    guint n_streams;
} Damons;

/* ---- Targets and snapshots --------------------------------------------------------------------
 */

static void
target_free(gpointer data)
{
    LadDamonTarget *target = data;
    g_array_unref(target->regions);
    g_array_unref(target->first);
    g_free(target);
}

LadDamonTarget *
lad_damon_target(LadDamon *damon, guint64 monitor, guint64 id, GError **error)
{
    for (guint i = damon->targets->len; i-- > 0;) {
        LadDamonTarget *known = damon->targets->pdata[i];
        if (known->monitor == monitor && known->id == id)
            return known;
    }
    if (damon->targets->len >= 4096) {
        lad_import_bad(damon->input, error, "more than 4096 targets; is this a recording?");
        return NULL;
    }
    damon->writer = lad_import_begin(damon->import, error);
    if (damon->writer == NULL)
        return NULL;
    g_autofree char *name = g_strdup_printf("target %" G_GUINT64_FORMAT, id);
    guint number = ++damon->n_streams;
    LadStreamInfo info = {.process = number, .thread = number, .cgroup = (char *)"", .name = name};
    LadDamonTarget *target = g_new0(LadDamonTarget, 1);
    *target = (LadDamonTarget){.monitor = monitor, .id = id, .until = G_MAXUINT64};
    target->stream = lad_trace_writer_add_stream(damon->writer, &info);
    target->regions = g_array_new(FALSE, FALSE, sizeof(LadDamonRegion));
    target->first = g_array_new(FALSE, FALSE, sizeof(LadDamonRegion));
    g_ptr_array_add(damon->targets, target);
    return target;
}

const char *
lad_damon_region_problem(const LadDamonRegion *region)
{
    if (region->start >= region->end)
        return "a region that ends where it begins, or before; expected START below END";
    if (region->samples > G_MAXUINT32)
        return "more than 4294967295 accesses of a region";
    return NULL;
}

static gboolean
write_time(LadDamon *damon, const LadDamonTarget *target, guint64 ns, GError **error)
{
    LadRecord record = {.kind = LAD_RECORD_TIME, .value = ns};
    return lad_trace_writer_record(damon->writer, target->stream, &record, error);
}

gboolean
lad_damon_snapshot(LadDamon *damon, LadDamonTarget *target, guint64 from, guint64 to,
                   const GArray *regions, GError **error)
{
    if (from > to || (target->until != G_MAXUINT64 && from < target->until))
        return lad_import_bad(damon->input, error,
                              "a snapshot from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                              " ns after one that ended at %" G_GUINT64_FORMAT
                              " ns; expected snapshots in order of time",
                              from, to, target->until != G_MAXUINT64 ? target->until : 0);
    /* A gap is an interval of its own, in which nothing is known to have happened. */
    if (target->until != G_MAXUINT64 && from > target->until &&
        !write_time(damon, target, target->until, error))
        return FALSE;
    if (!write_time(damon, target, from, error))
        return FALSE;
    for (guint i = 0; i < regions->len; i++) {
        const LadDamonRegion *region = &g_array_index(regions, LadDamonRegion, i);
        LadRecord record = {.kind = LAD_RECORD_RANGE_TOUCH,
                            .address = region->start,
                            .size = region->end - region->start,
                            .weight = region->samples};
        if (!lad_trace_writer_record(damon->writer, target->stream, &record, error))
            return FALSE;
    }
    target->until = to;
    return TRUE;
}

/* The last intervals end. */
static gboolean
close_targets(LadDamon *damon, GError **error)
{
    for (guint i = 0; i < damon->targets->len; i++) {
        const LadDamonTarget *target = damon->targets->pdata[i];
        if (target->until != G_MAXUINT64 && !write_time(damon, target, target->until, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- Inputs -----------------------------------------------------------------------------------
 */

typedef enum { LOOKS_NOTHING, LOOKS_JSON, LOOKS_DEFLATED, LOOKS_TEXT } Looks;

static Looks
look(const guint8 *bytes, gsize n)
{
    gsize at = 0;
    if (n >= 2 && (bytes[0] & 0x0f) == 8 && bytes[0] >> 4 <= 7 &&
        (bytes[0] << 8 | bytes[1]) % 31 == 0)
        return LOOKS_DEFLATED;
    while (at < n &&
           (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\r' || bytes[at] == '\t'))
        at++;
    if (n == 0)
        return LOOKS_NOTHING;
    return at < n && bytes[at] == '[' ? LOOKS_JSON : LOOKS_TEXT;
}

static gboolean
read_member(LadImport *import, LadImportInput *input, gpointer data, GError **error)
{
    Damons *damons = data;
    gsize available;
    const guint8 *view = lad_import_view(input, 4096, &available, error);
    if (view == NULL)
        return FALSE;
    Looks looks = look(view, available);
    if (looks == LOOKS_NOTHING)
        return TRUE;
    LadDamon damon = {.import = import,
                      .input = input,
                      .targets = g_ptr_array_new_with_free_func(target_free),
                      .n_streams = damons->n_streams,
                      .aggregation_ns = damons->settings->aggregation / TICK_PS};
    gboolean ok = looks == LOOKS_TEXT ? lad_damon_read_script(&damon, error)
                                      : lad_damon_read_json(&damon, looks == LOOKS_DEFLATED, error);
    gboolean closed = close_targets(&damon, ok ? error : NULL);
    damons->n_streams = damon.n_streams;
    g_ptr_array_unref(damon.targets);
    return ok && closed;
}

static gboolean
convert(LadImport *import, gconstpointer options, GError **error)
{
    Damons damons = {.settings = options};
    LadTraceHeader *header = lad_import_header(import);
    header->level = LAD_LEVEL_PAGE;
    header->tick_ps = TICK_PS;
    header->page_bytes = PAGE_BYTES;
    if (damons.settings->space == SPACE_PHYSICAL)
        header->address_space = LAD_ADDRESS_PHYSICAL;
    g_hash_table_insert(header->notes, g_strdup(LAD_NOTE_SAMPLED),
                        g_strdup("1 page of a region per sampling interval of DAMON; a weight is "
                                 "the number of intervals in which it was accessed"));
    g_hash_table_insert(
        header->notes, g_strdup(LAD_NOTE_SCALING),
        g_strdup("a touch stands for all accesses to a page in a sampling interval, "
                 "so touches tell hotness and are a lower bound of accesses"));
    return lad_import_members(import, read_member, &damons, error);
}

/* ---- Recognition ------------------------------------------------------------------------------
 */

static int
judge(const char *line, gsize length, guint number, gpointer data)
{
    LadDamonLine parsed;
    (void)number;
    (void)data;
    if (length == 0 || line[0] == '#')
        return 0;
    return lad_damon_parse_line(line, &parsed) ? 1 : -1;
}

static gboolean
has_words(const guint8 *bytes, gsize n)
{
    static const char *const words[] = {"\"target_id\"", "\"snapshots\"", "\"nr_accesses\""};
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_strstr_len((const char *)bytes, (gssize)n, words[i]) == NULL)
            return FALSE;
    return TRUE;
}

static gboolean
deflated_has_words(const LadImportSample *sample)
{
    static const gsize room = 16384;
    gsize read, written = 0;
    g_autofree guint8 *text = g_malloc0(room + 1);
    g_autoptr(GZlibDecompressor) inflate = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB);
    GConverterResult result =
        g_converter_convert(G_CONVERTER(inflate), sample->bytes, sample->n, text, room,
                            G_CONVERTER_NO_FLAGS, &read, &written, NULL);
    return result != G_CONVERTER_ERROR && has_words(text, written);
}

static guint
recognise(const LadImportSample *sample)
{
    switch (look(sample->bytes, sample->n)) {
    case LOOKS_JSON:
        return has_words(sample->bytes, sample->n) ? 95 : LAD_LOOKS_IMPOSSIBLE;
    case LOOKS_DEFLATED:
        return deflated_has_words(sample) ? 95 : LAD_LOOKS_IMPOSSIBLE;
    case LOOKS_TEXT:
        return lad_import_sample_lines(sample, judge, NULL) > 0 ? 95 : LAD_LOOKS_IMPOSSIBLE;
    case LOOKS_NOTHING:
        break;
    }
    return LAD_LOOKS_IMPOSSIBLE;
}

static const LadOption options[] = {
    LAD_OPT_ENUM(Settings, space, "address-space", "virtual", spaces,
                 "of the targets; DAMON's operations vaddr and fvaddr, or paddr"),
    LAD_OPT(Settings, aggregation, "aggregation", TIME, "100 ms", "1 us", "1 h",
            "length of the interval of a text with one snapshot; all others tell theirs"),
    LAD_OPTIONS_END,
};

const LadImportFormat lad_import_damon = {
    .name = "damon",
    .summary = "DAMON's recordings: JSON, JSON in zlib, or perf script",
    .level = "page",
    .kept =
        "Every region of every snapshot as a range, touched as often as DAMON's samples found it "
        "accessed, also those touched 0 times; the times of the snapshots.\n"
        "Each target is a stream of a process of its own.",
    .lost = "DAMON samples: which pages of a region were accessed, and how often within a sampling "
            "interval, is not recorded.\n"
            "Writes are not told from reads; all touches are taken to read.\n"
            "The ages of regions, and process ids, are not kept.",
    .evidence = "a recording of 56 s as zlib JSON (9,773 regions) and as perf script (10,260)",
    .options = options,
    .options_size = sizeof(Settings),
    .recognise = recognise,
    .convert = convert,
};
