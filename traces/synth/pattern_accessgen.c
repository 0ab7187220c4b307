/* pattern_accessgen.c - the sequence of accessgen.h as a trace of level page.
 *
 * All pages are first touched once in ascending order, between a request's begin and end of number
 * 0 that mark this off; then come the accesses in their exact order: a read is a load, a write
 * (load, then store of the value just read) a modify. Between bursts the thread may sleep. */
#include "config.h"
#include "traces/synth/accessgen.h"
#include "traces/synth/compressibility.h"
#include "traces/synth/pattern_accessgen.h"

#define TICK_PS 1000

#define OPT(field, name, type, def, min, max, help)                                                \
    LAD_OPT(LadSynthAccessgen, field, name, type, def, min, max, help)

static const LadOption accessgen_options[] = {
    LAD_OPT_ENUM(LadSynthAccessgen, sequence, "sequence", "uniform", lad_accessgen_pattern_names,
                 "which pages follow one another: uniform; by Zipf's law with exponent 0.99; a hot "
                 "fifth that takes 9 of 10 accesses and moves in the middle of the run; or a loop"),
    OPT(pages, "pages", UINT, NULL, "1", "1073741824", "pages of 4 KiB, from address 4 GiB"),
    OPT(accesses, "accesses", UINT, NULL, "1", "1000000000000",
        "accesses of the run, the first touch apart"),
    OPT(first_touch, "first-touch", BOOL, "true", NULL, NULL,
        "store to each page once in ascending order before the first access"),
    LAD_OPT_ENUM(
        LadSynthAccessgen, fill, "fill", "none", lad_fill_names,
        "what the pages hold, told as compressed sizes before the first touch; none: not told"),
    OPT(algorithms, "algorithms", LIST, "lzo, lz4, zstd-3", NULL, NULL,
        "with fill, by which the pages are compressed: lzo (LZO1X-1 of liblzo2), lz4, zstd-1, "
        "zstd-3, "
        "zstd-3-linux (the parameters of Linux, for unknown size), lzo-linux and lzo-rle-linux "
        "(the "
        "kernel's own, with a smaller dictionary)"),
    OPT(burst, "burst", UINT, "0", NULL, NULL, "accesses between two idle times; 0: no idle time"),
    OPT(idle, "idle", TIME, "0 ns", NULL, "1000 s", "how long the thread sleeps after each burst"),
    LAD_OPTIONS_END,
};

const LadSynthPattern lad_synth_pattern_accessgen = {
    .name = "accessgen",
    .summary =
        "the page accesses that were run on a Linux 6.1 kernel, bit for bit; level page only",
    .models = "Pages as a pure function of sequence, pages, seed and number of the access; one "
              "8-byte load at a random line, a quarter of them stored back. It is all of its "
              "trace: one thread, whose first touch of all pages in ascending order lies between "
              "request-begin and request-end number 0.",
    .leaves_out = "The time between accesses, which is the core's business.",
    .source = "traces/synth/accessgen.h has the definition; checksums of permutation and "
              "thresholds and first pages are tested, as are the fills and their compressed sizes.",
    .options = accessgen_options,
    .params_size = sizeof(LadSynthAccessgen),
};

gboolean
lad_synth_accessgen_check(const LadSynthAccessgen *params, const char *where, GError **error)
{
    if ((params->burst == 0) != (params->idle == 0)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG, "[%s]: burst and idle go together; %s is 0",
                    where, params->burst == 0 ? "burst" : "idle");
        return FALSE;
    }
    g_autoptr(GArray) algorithms =
        lad_compressors_parse((const char *const *)params->algorithms, where, error);
    return algorithms != NULL;
}

static void
add_note(LadTraceHeader *header, const char *name, char *text)
{
    g_hash_table_insert(header->notes, g_strdup(name), text);
}

void
lad_synth_accessgen_describe(const LadSynthAccessgen *params, guint64 seed, LadTraceHeader *header)
{
    header->level = LAD_LEVEL_PAGE;
    header->page_bytes = LAD_ACCESSGEN_PAGE_BYTES;
    header->tick_ps = params->idle > 0 ? TICK_PS : 0;
    add_note(header, LAD_NOTE_ORDER, g_strdup("exact"));
    add_note(header, "accessgen.pattern", g_strdup(lad_accessgen_pattern_names[params->sequence]));
    add_note(header, "accessgen.pages", g_strdup_printf("%" G_GUINT64_FORMAT, params->pages));
    add_note(header, "accessgen.seed", g_strdup_printf("%" G_GUINT64_FORMAT, seed));
    if (params->fill != LAD_FILL_NONE)
        add_note(header, "accessgen.fill", g_strdup(lad_fill_names[params->fill]));
    add_note(header, "accessgen.total", g_strdup_printf("%" G_GUINT64_FORMAT, params->accesses));
}

static gboolean
write_contents(const LadSynthAccessgen *params, guint64 seed, LadSynthOutput *output, guint stream,
               GError **error)
{
    g_autoptr(GArray) algorithms =
        lad_compressors_parse((const char *const *)params->algorithms, "algorithms", error);
    const LadCompressibility what = {.fill = (LadFill)params->fill,
                                     .seed = seed,
                                     .base = LAD_ACCESSGEN_BASE,
                                     .n_pages = params->pages,
                                     .algorithms = algorithms};
    return algorithms != NULL && lad_synth_compressibility_write(&what, output, stream, error);
}

guint64
lad_synth_accessgen_references(const LadSynthAccessgen *params)
{
    return params->accesses + (params->first_touch ? params->pages : 0);
}

static gboolean
write_record(LadSynthOutput *output, guint stream, LadRecordKind kind, guint64 value,
             GError **error)
{
    const LadRecord record = {.kind = kind, .value = value};
    return lad_trace_writer_record(output->writer, stream, &record, error);
}

static gboolean
write_first_touch(const LadSynthAccessgen *params, LadSynthOutput *output, guint stream,
                  GError **error)
{
    if (!write_record(output, stream, LAD_RECORD_REQUEST_BEGIN, 0, error))
        return FALSE;
    for (guint64 page = 0; page < params->pages; page++) {
        guint64 address = LAD_ACCESSGEN_BASE + page * LAD_ACCESSGEN_PAGE_BYTES;
        if (!lad_trace_writer_execute(output->writer, stream, output->store, &address, error))
            return FALSE;
        output->done++;
        if (output->done % LAD_SYNTH_SLICE == 0 && !lad_synth_output_tell(output, error))
            return FALSE;
    }
    return write_record(output, stream, LAD_RECORD_REQUEST_END, 0, error);
}

static gboolean
write_accesses(const LadSynthAccessgen *params, const LadAccessgen *accessgen,
               LadSynthOutput *output, guint stream, GError **error)
{
    guint64 addresses[LAD_SYNTH_SLICE];
    guint64 burst = params->burst > 0 ? params->burst : params->accesses;
    guint64 left = burst; /* of the burst */
    for (guint64 i = 0; i < params->accesses;) {
        guint n = (guint)MIN(MIN(left, params->accesses - i), LAD_SYNTH_SLICE);
        lad_accessgen_addresses(accessgen, i, n, addresses);
        if (!lad_synth_output_touches(output, stream, addresses, n, error) ||
            !lad_synth_output_tell(output, error))
            return FALSE;
        i += n;
        output->done += n;
        left -= n;
        if (left > 0)
            continue;
        left = burst;
        if (params->burst > 0 &&
            !write_record(output, stream, LAD_RECORD_IDLE, params->idle / TICK_PS, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
lad_synth_accessgen_write(const LadSynthAccessgen *params, guint64 seed, LadSynthOutput *output,
                          GError **error)
{
    LadStreamInfo info = {
        .process = 1, .thread = 1, .cgroup = (char *)"", .name = (char *)"accessgen"};
    guint stream = lad_trace_writer_add_stream(output->writer, &info);
    g_autoptr(LadAccessgen) accessgen = lad_accessgen_new(
        (LadAccessgenPattern)params->sequence, (guint32)params->pages, seed, params->accesses);
    return (params->fill == LAD_FILL_NONE || write_contents(params, seed, output, stream, error)) &&
           (!params->first_touch || write_first_touch(params, output, stream, error)) &&
           write_accesses(params, accessgen, output, stream, error);
}
