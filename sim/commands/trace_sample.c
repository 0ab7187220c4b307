/* trace_sample.c - memladder trace sample: the references to some pages, chosen by a hash.
 *
 * All references to a page stay or none, so that reuse, misses and heat of the pages that stay are
 * those of the whole trace; every n-th record would show none of that. */
#include "config.h"
#include <stdio.h>
#include <string.h>
#include "sim/base/units.h"
#include "sim/commands/trace.h"
#include "sim/commands/trace_work.h"
#include "traces/toolbox/select.h"

#define NOTE_PAGES "sample-pages" /* "1/64" */
#define NOTE_SEED  "sample-seed"
#define NOTE_SIZE  "sample-page-bytes"

static const char *const fetch_rules[] = {"sample", "keep", "drop"};

typedef struct {
    char *pages;
    char *page_size;
    char *fetches;
    gint64 seed;
    gboolean salvage;
} Arguments;

static gboolean
parse_share(const char *text, LadSelection *selection, GError **error)
{
    if (text == NULL) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--pages SHARE is missing, such as --pages 1/64");
        return FALSE;
    }
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);
    if (g_strv_length(parts) == 2 &&
        g_ascii_string_to_unsigned(parts[0], 10, 1, G_MAXUINT32, &selection->share_of, NULL) &&
        g_ascii_string_to_unsigned(parts[1], 10, 1, G_MAXUINT32, &selection->share_in, NULL) &&
        selection->share_of < selection->share_in)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "--pages %s: expected a share below 1 as a fraction, such as 1/64", text);
    return FALSE;
}

static gboolean
parse_page_size(const Arguments *arguments, const LadTraceHeader *header, LadSelection *selection,
                GError **error)
{
    guint64 bytes = header->page_bytes;
    g_autoptr(GError) failure = NULL;
    if (arguments->page_size != NULL &&
        !lad_units_parse(LAD_OPTION_BYTES, arguments->page_size, &bytes, &failure)) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--page-size %s", failure->message);
        return FALSE;
    }
    selection->page_bytes = bytes;
    if (bytes >= 4096 && bytes <= LAD_GIB && (bytes & (bytes - 1)) == 0)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                "%s%s: a page of %" G_GUINT64_FORMAT
                " bytes; expected a power of two from 4 KiB to 1 GiB",
                arguments->page_size != NULL ? "--page-size " : "the trace's page size",
                arguments->page_size != NULL ? arguments->page_size : "", bytes);
    return FALSE;
}

static gboolean
parse(const Arguments *arguments, const LadTraceHeader *header, LadSelection *selection,
      GError **error)
{
    *selection = (LadSelection){.keep_kinds = LAD_SELECT_ALL_KINDS, .seed = 1};
    if (!parse_share(arguments->pages, selection, error) ||
        !parse_page_size(arguments, header, selection, error))
        return FALSE;
    if (arguments->seed < 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--seed must not be negative");
        return FALSE;
    }
    selection->seed = (guint64)arguments->seed;
    if (header->level == LAD_LEVEL_ALLOC) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "a trace of allocator calls has no references to pages, so it cannot be "
                    "sampled by page");
        return FALSE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(fetch_rules); i++)
        if (arguments->fetches == NULL || strcmp(arguments->fetches, fetch_rules[i]) == 0) {
            selection->fetches = (LadFetchRule)i;
            return TRUE;
        }
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "--fetches %s: expected sample, keep or drop",
                arguments->fetches);
    return FALSE;
}

/* A sample of a sample: with the same seed and pages, the smaller share is what remains; else both
 * apply, one after the other. */
static gboolean
nested(const LadTraceHeader *header, const LadSelection *selection)
{
    g_autofree char *seed = g_strdup_printf("%" G_GUINT64_FORMAT, selection->seed);
    g_autofree char *bytes = g_strdup_printf("%" G_GUINT64_FORMAT, selection->page_bytes);
    return g_strcmp0(g_hash_table_lookup(header->notes, NOTE_SEED), seed) == 0 &&
           g_strcmp0(g_hash_table_lookup(header->notes, NOTE_SIZE), bytes) == 0;
}

static void
set_note(LadTraceHeader *header, const char *key, char *text)
{
    g_hash_table_insert(header->notes, g_strdup(key), text);
}

/* Puts the share of the pages of the origin into `selection`, whatever was sampled before. */
static gboolean
whole_share(const LadTraceHeader *header, LadSelection *selection, GError **error)
{
    const char *before = g_hash_table_lookup(header->notes, NOTE_PAGES);
    LadSelection earlier = {0};
    if (before == NULL || !parse_share(before, &earlier, NULL))
        return TRUE;
    if (nested(header, selection)) {
        if (earlier.share_of * selection->share_in > selection->share_of * earlier.share_in)
            return TRUE;
        g_set_error(
            error, LAD_ERROR, LAD_ERROR_USAGE,
            "--pages: the trace is a sample of %s of the pages with the same seed; expected "
            "a smaller share, or another seed",
            before);
        return FALSE;
    }
    if (earlier.share_in * selection->share_in > G_MAXUINT32) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "--pages: the trace is a sample of %s of the pages already; too few would stay",
                    before);
        return FALSE;
    }
    selection->share_of *= earlier.share_of;
    selection->share_in *= earlier.share_in;
    return TRUE;
}

static LadTraceHeader *
sample_header(const LadTraceReader *reader, const LadSelection *selection, GError **error)
{
    const LadTraceHeader *from = lad_trace_reader_header(reader);
    LadSelection whole = *selection;
    if (!whole_share(from, &whole, error))
        return NULL;
    LadTraceHeader *header = lad_trace_header_copy(from);
    g_autofree char *share =
        g_strdup_printf("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, whole.share_of, whole.share_in);
    g_autofree char *factor = whole.share_of == 1
                                  ? g_strdup_printf("%" G_GUINT64_FORMAT, whole.share_in)
                                  : g_strdup_printf("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT,
                                                    whole.share_in, whole.share_of);
    const char *sampled = g_hash_table_lookup(from->notes, LAD_NOTE_SAMPLED);
    gboolean other = sampled != NULL && g_hash_table_lookup(from->notes, NOTE_PAGES) == NULL;
    set_note(header, LAD_NOTE_SAMPLED,
             g_strdup_printf("%s%s%s of the pages of %" G_GUINT64_FORMAT
                             " bytes, by a hash of the page number, seed %" G_GUINT64_FORMAT
                             ", all references to each; fetches: %s",
                             other ? sampled : "", other ? "; of these " : "", share,
                             whole.page_bytes, whole.seed, fetch_rules[whole.fetches]));
    const char *scaling = other ? g_hash_table_lookup(from->notes, LAD_NOTE_SCALING) : NULL;
    set_note(header, LAD_NOTE_SCALING,
             g_strdup_printf("%s%spages, references, misses, traffic and migrations times %s, on "
                             "caches, TLBs and tiers with %s of the capacity; shares and ratios as "
                             "they are; times not at all",
                             scaling != NULL ? scaling : "", scaling != NULL ? "\n" : "", factor,
                             share));
    set_note(header, NOTE_PAGES, g_strdup(share));
    const char *seeds =
        nested(from, selection) ? NULL : g_hash_table_lookup(from->notes, NOTE_SEED);
    set_note(header, NOTE_SEED,
             g_strdup_printf("%s%s%" G_GUINT64_FORMAT, seeds != NULL ? seeds : "",
                             seeds != NULL ? ", " : "", whole.seed));
    set_note(header, NOTE_SIZE, g_strdup_printf("%" G_GUINT64_FORMAT, whole.page_bytes));
    lad_trace_work_part_of(header, "sample-of", reader);
    lad_trace_work_lost(header, "Only references to the pages of a sample are here.");
    if (whole.fetches != LAD_FETCHES_KEPT)
        lad_trace_work_lost(header,
                            "Instructions are missing, so which address depends on which load is "
                            "not told any more.");
    return header;
}

static gboolean
sample(const Arguments *arguments, char *const files[2], GError **error)
{
    LadSelection selection;
    LadTraceWork work;
    if (!lad_trace_work_apart(files[0], files[1], error))
        return FALSE;
    g_autoptr(LadTraceReader) reader =
        lad_trace_work_open(files[0], arguments->salvage ? LAD_TRACE_SALVAGE : 0, error);
    if (reader == NULL || !parse(arguments, lad_trace_reader_header(reader), &selection, error))
        return FALSE;
    g_autoptr(LadTraceHeader) header = sample_header(reader, &selection, error);
    if (header == NULL)
        return FALSE;
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(files[1], header, NULL, error);
    if (writer == NULL ||
        !lad_trace_work_begin(&work, "sample", lad_trace_work_references(reader), error))
        return FALSE;
    g_autoptr(LadSelector) selector = lad_selector_new(&selection, reader, writer);
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < lad_trace_reader_n_streams(reader); i++) {
        guint to = lad_trace_writer_add_stream(writer, lad_trace_reader_stream_info(reader, i));
        ok = lad_selector_stream(selector, i, to, &work.toolbox, error);
    }
    lad_trace_work_end(&work);
    return ok && lad_trace_writer_close(writer, error);
}

static int
run(int argc, char **argv, GError **error)
{
    Arguments arguments = {.seed = 1};
    const GOptionEntry entries[] = {
        {"pages", 'p', 0, G_OPTION_ARG_STRING, &arguments.pages, "share of the pages that stay",
         "1/64"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &arguments.seed, "another sample (1)", "N"},
        {"page-size", 0, 0, G_OPTION_ARG_STRING, &arguments.page_size,
         "of the pages that are chosen (the trace's)", "SIZE"},
        {"fetches", 0, 0, G_OPTION_ARG_STRING, &arguments.fetches,
         "instruction fetches: sample (as data), keep or drop", "RULE"},
        {"salvage", 0, 0, G_OPTION_ARG_NONE, &arguments.salvage,
         "take what is whole of a trace cut off", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    char *files[2] = {NULL, NULL};
    gboolean ok =
        lad_trace_arguments(argc, argv, entries, "--pages 1/N IN.mlt OUT.mlt",
                            "Write the references to a share of the pages as a trace of its own. "
                            "Pages are chosen by a hash of\ntheir number; all references to a page "
                            "stay, or none. How figures scale is stored in the trace\nand shown by "
                            "trace info. IN may be - (a pipe), OUT may be - (standard output).",
                            2, 0, files, error) &&
        sample(&arguments, files, error);
    g_free(arguments.pages);
    g_free(arguments.page_size);
    g_free(arguments.fetches);
    return ok ? 0 : 1;
}

const LadCommand lad_trace_command_sample = {
    "sample",
    "keep a share of the pages, by hash",
    run,
};
