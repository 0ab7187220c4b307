/* check_toolbox.c - what the tools on traces keep, against a plain walk over all references. */
#include "config.h"
#include "tests/unit/suite.h"
#include "tests/unit/trace_sample.h"
#include "traces/toolbox/copy.h"
#include "traces/toolbox/diff.h"
#include "traces/toolbox/select.h"
#include "traces/toolbox/windows.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static char *directory, *path, *out, *third;

static void
make_directory(void)
{
    directory = g_dir_make_tmp("lad-toolbox-XXXXXX", NULL);
    path = g_build_filename(directory, "in.mlt", NULL);
    out = g_build_filename(directory, "out.mlt", NULL);
    third = g_build_filename(directory, "third.mlt", NULL);
}

static void
remove_directory(void)
{
    (void)g_unlink(path);
    (void)g_unlink(out);
    (void)g_unlink(third);
    ck_assert_int_eq(g_rmdir(directory), 0);
    g_free(directory);
    g_free(path);
    g_free(out);
    g_free(third);
}

static const SampleProgram programs[] = {
    {.seed = 1, .n_streams = 1, .n_steps = 20000, .n_blocks = 40},
    {.seed = 2, .n_streams = 2, .n_steps = 10000, .n_blocks = 300, .records = TRUE},
    {.seed = 3, .n_streams = 3, .n_steps = 8000, .n_blocks = 100, .records = TRUE, .wide = TRUE},
};

/* ---- A trace as a plain list of references ----------------------------------------------------
 */

typedef struct {
    guint64 stream, kind, address, size, value, weight;
} Ref;

static void
add_ref(GArray *refs, guint stream, guint kind, guint64 address, guint64 size)
{
    Ref ref = {.stream = stream, .kind = kind, .address = address, .size = size};
    g_array_append_val(refs, ref);
}

static void
list_block(GArray *refs, guint stream, const LadBlock *block, const guint64 *addresses)
{
    guint64 pc = block->pc;
    guint o = 0;
    for (guint i = 0; i < MAX(block->n_insns, 1); i++) {
        if (block->n_insns > 0) {
            add_ref(refs, stream, LAD_RECORD_FETCH, pc, block->insns[i].length);
            pc += block->insns[i].length;
        }
        for (; o < block->n_operands && block->operands[o].insn == i; o++)
            add_ref(refs, stream, LAD_RECORD_LOAD + block->operands[o].kind, addresses[o],
                    block->operands[o].size);
    }
}

static GArray *
list_trace(const char *file)
{
    GError *error = NULL;
    GArray *refs = g_array_new(FALSE, FALSE, sizeof(Ref));
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(file, LAD_TRACE_VERIFY, &error);
    lad_assert_ok(reader != NULL, error);
    const LadCode *code = lad_trace_reader_code(reader);
    for (guint s = 0; s < lad_trace_reader_n_streams(reader); s++) {
        g_autoptr(LadStreamReader) cursor = lad_stream_reader_new(reader, s, &error);
        const LadBatch *batch;
        while ((batch = lad_stream_reader_next(cursor, &error)) != NULL) {
            const guint64 *addresses = batch->addresses;
            for (guint32 t = 0; t < batch->n_tokens; t++) {
                if (batch->tokens[t] & LAD_TOKEN_RECORD) {
                    const LadRecord *r = &batch->records[batch->tokens[t] & ~LAD_TOKEN_RECORD];
                    Ref ref = {s, r->kind, r->address, r->size, r->value, r->weight};
                    g_array_append_val(refs, ref);
                    continue;
                }
                const LadEntry *entry = lad_code_entry(code, batch->tokens[t]);
                for (guint32 b = 0; b < entry->n_blocks; b++) {
                    list_block(refs, s, entry->blocks[b], addresses);
                    addresses += entry->blocks[b]->n_operands;
                }
            }
        }
        lad_assert_ok(error == NULL, error);
    }
    return refs;
}

static void
assert_same_refs(const GArray *found, const GArray *expected)
{
    guint n = MIN(found->len, expected->len);
    for (guint i = 0; i < n; i++) {
        const Ref *a = &g_array_index(found, Ref, i), *b = &g_array_index(expected, Ref, i);
        if (memcmp(a, b, sizeof *a) != 0)
            ck_abort_msg(
                "reference %u: kind %u at %lx of %lu bytes, expected kind %u at %lx of %lu "
                "bytes",
                i, (guint)a->kind, (gulong)a->address, (gulong)a->size, (guint)b->kind,
                (gulong)b->address, (gulong)b->size);
    }
    ck_assert_uint_eq(found->len, expected->len);
    ck_assert_uint_gt(n, 0);
}

/* ---- What should be kept ----------------------------------------------------------------------
 */

/* The rule of the manual, written down again: a hash of number and seed within the share. */
static guint64
hash64(guint64 x)
{
    x ^= x >> 30;
    x *= 13787848793156543929u;
    x ^= x >> 27;
    x *= 10723151780598845931u;
    return x ^ x >> 31;
}

static gboolean
in_sample(guint64 page, guint64 seed, guint share_in)
{
    return hash64(page ^ hash64(seed + 11400714819323198485u)) <= G_MAXUINT64 / share_in;
}

static gboolean
touches(guint64 kind)
{
    return (kind >= LAD_RECORD_FETCH && kind <= LAD_RECORD_PREFETCH) ||
           kind == LAD_RECORD_PAGE_TOUCH || kind == LAD_RECORD_RANGE_TOUCH ||
           kind == LAD_RECORD_COMPRESSIBILITY || kind == LAD_RECORD_FLUSH;
}

/* Byte by byte of pages: the pieces of `ref` whose pages are in the sample. */
static void
add_sampled(GArray *refs, const Ref *ref, guint64 seed, guint share_in)
{
    guint64 at = ref->address, end = ref->address + MAX(ref->size, 1);
    gboolean open = FALSE;
    while (at < end) {
        guint64 border = MIN((at / 4096 + 1) * 4096, end);
        if (in_sample(at / 4096, seed, share_in)) {
            Ref piece = *ref;
            piece.address = at;
            piece.size = ref->size == 0 ? 0 : border - at;
            if (open)
                g_array_index(refs, Ref, refs->len - 1).size += piece.size;
            else
                g_array_append_val(refs, piece);
            open = TRUE;
        } else {
            open = FALSE;
        }
        at = border;
    }
}

static void
run_selection(const char *from, const char *to, const LadSelection *selection)
{
    GError *error = NULL;
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(from, 0, &error);
    lad_assert_ok(reader != NULL, error);
    g_autoptr(LadTraceWriter) writer =
        lad_trace_writer_new(to, lad_trace_reader_header(reader), NULL, &error);
    g_autoptr(LadSelector) selector = lad_selector_new(selection, reader, writer);
    for (guint i = 0; i < lad_trace_reader_n_streams(reader); i++) {
        guint stream = lad_trace_writer_add_stream(writer, lad_trace_reader_stream_info(reader, i));
        lad_assert_ok(lad_selector_stream(selector, i, stream, NULL, &error), error);
    }
    lad_assert_ok(lad_trace_writer_close(writer, &error), error);
}

START_TEST(a_sample_has_just_the_references_to_pages_whose_hash_qualifies)
{
    static const guint shares[] = {2, 8, 64};
    g_autoptr(GPtrArray) log = sample_write(path, &programs[_i], NULL);
    g_autoptr(GArray) all = list_trace(path);
    for (guint s = 0; s < G_N_ELEMENTS(shares); s++) {
        LadSelection selection = {.keep_kinds = LAD_SELECT_ALL_KINDS,
                                  .share_of = 1,
                                  .share_in = shares[s],
                                  .seed = 1 + s,
                                  .page_bytes = 4096};
        run_selection(path, out, &selection);
        g_autoptr(GArray) expected = g_array_new(FALSE, FALSE, sizeof(Ref));
        for (guint i = 0; i < all->len; i++) {
            const Ref *ref = &g_array_index(all, Ref, i);
            if (touches(ref->kind))
                add_sampled(expected, ref, 1 + s, shares[s]);
            else
                g_array_append_vals(expected, ref, 1);
        }
        g_autoptr(GArray) found = list_trace(out);
        if (expected->len == 0)
            continue;
        assert_same_refs(found, expected);
        ck_assert_uint_lt(expected->len, all->len);
    }
}
END_TEST

START_TEST(a_sample_of_a_sample_is_the_smaller_sample)
{
    g_autoptr(GPtrArray) log = sample_write(path, &programs[2], NULL);
    LadSelection selection = {.keep_kinds = LAD_SELECT_ALL_KINDS,
                              .share_of = 1,
                              .share_in = 2,
                              .seed = 7,
                              .page_bytes = 4096};
    run_selection(path, out, &selection);
    selection.share_in = 8;
    run_selection(out, third, &selection);
    g_autoptr(GArray) twice = list_trace(third);
    run_selection(path, out, &selection);
    g_autoptr(GArray) once = list_trace(out);
    assert_same_refs(twice, once);
}
END_TEST

START_TEST(a_share_of_the_pages_is_kept_whatever_their_order)
{
    guint n = 0;
    LadSelection selection = {.keep_kinds = LAD_SELECT_ALL_KINDS,
                              .share_of = 3,
                              .share_in = 64,
                              .seed = 1,
                              .page_bytes = 4096};
    for (guint64 page = 0; page < 64000; page++)
        n += lad_select_page(&selection, page) ? 1 : 0;
    /* 3000 expected; the standard deviation is 53. */
    ck_assert_uint_gt(n, 3000 - 6 * 53);
    ck_assert_uint_lt(n, 3000 + 6 * 53);
}
END_TEST

/* Kept by a range or kinds: whole references. */
static void
check_filter(const LadSelection *selection)
{
    g_autoptr(GArray) all = list_trace(path);
    run_selection(path, out, selection);
    g_autoptr(GArray) found = list_trace(out);
    g_autoptr(GArray) expected = g_array_new(FALSE, FALSE, sizeof(Ref));
    for (guint i = 0; i < all->len; i++) {
        const Ref *ref = &g_array_index(all, Ref, i);
        gboolean keep = (selection->keep_kinds >> ref->kind & 1) != 0;
        gboolean inside = selection->n_ranges == 0 || !touches(ref->kind);
        for (guint r = 0; r < selection->n_ranges && !inside; r++)
            inside = ref->address < selection->ranges[r].to &&
                     ref->address + MAX(ref->size, 1) > selection->ranges[r].from;
        if (keep && inside && ref->kind != LAD_RECORD_RANGE_TOUCH)
            g_array_append_vals(expected, ref, 1);
    }
    for (guint i = 0; i < found->len;)
        if (g_array_index(found, Ref, i).kind == LAD_RECORD_RANGE_TOUCH)
            g_array_remove_index(found, i);
        else
            i++;
    assert_same_refs(found, expected);
}

START_TEST(a_filter_keeps_what_touches_its_ranges)
{
    static const LadAddressRange narrow[] = {{0x400000, 0x400404}, {0x400400, 0x401000}};
    static const LadAddressRange broad[] = {{0x10000, 0x20010000}};
    g_autoptr(GPtrArray) log = sample_write(path, &programs[_i], NULL);
    LadSelection selection = {
        .keep_kinds = LAD_SELECT_ALL_KINDS, .n_ranges = 1, .ranges = broad, .page_bytes = 4096};
    check_filter(&selection);
    selection.n_ranges = 2;
    selection.ranges = narrow;
    check_filter(&selection);
}
END_TEST

START_TEST(a_filter_keeps_the_kinds_asked_for)
{
    g_autoptr(GPtrArray) log = sample_write(path, &programs[_i], NULL);
    LadSelection selection = {.page_bytes = 4096};
    guint64 fetch = 1 << LAD_RECORD_FETCH, load = 1 << LAD_RECORD_LOAD;
    const guint64 kinds[] = {fetch, load, fetch | load, LAD_SELECT_ALL_KINDS & ~fetch,
                             LAD_SELECT_ALL_KINDS & ~load};
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        selection.keep_kinds = kinds[i];
        check_filter(&selection);
    }
}
END_TEST

START_TEST(a_range_touch_is_trimmed_to_the_pages_kept)
{
    GError *error = NULL;
    LadRecord range = {
        .kind = LAD_RECORD_RANGE_TOUCH, .address = 0x10000, .size = 16 * 4096, .weight = 3};
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, NULL, &error);
    lad_assert_ok(writer != NULL, error);
    LadStreamInfo info = {.cgroup = (char *)"", .name = (char *)""};
    guint stream = lad_trace_writer_add_stream(writer, &info);
    lad_assert_ok(lad_trace_writer_record(writer, stream, &range, &error), error);
    lad_assert_ok(lad_trace_writer_close(writer, &error), error);
    const LadAddressRange part = {0x12345, 0x14001};
    LadSelection selection = {
        .keep_kinds = LAD_SELECT_ALL_KINDS, .n_ranges = 1, .ranges = &part, .page_bytes = 4096};
    run_selection(path, out, &selection);
    g_autoptr(GArray) found = list_trace(out);
    ck_assert_uint_eq(found->len, 1);
    ck_assert_uint_eq(g_array_index(found, Ref, 0).address, 0x12000);
    ck_assert_uint_eq(g_array_index(found, Ref, 0).size, 0x3000);
    ck_assert_uint_eq(g_array_index(found, Ref, 0).weight, 3);
}
END_TEST

/* A block of many operands at random pages has more rests than a dictionary should hold. */
START_TEST(many_rests_of_a_block_do_not_fill_the_dictionary)
{
    GError *error = NULL;
    LadInsn insns[15] = {{0}};
    LadOperand operands[30] = {{0}};
    guint64 addresses[30], state = 1;
    for (guint i = 0; i < 15; i++)
        insns[i].length = 4;
    for (guint i = 0; i < 30; i++)
        operands[i] = (LadOperand){.insn = (guint8)(i / 2), .size = 8};
    LadBlock block = {
        .pc = 0x400000, .n_insns = 15, .n_operands = 30, .insns = insns, .operands = operands};
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, NULL, &error);
    LadStreamInfo info = {.cgroup = (char *)"", .name = (char *)""};
    guint stream = lad_trace_writer_add_stream(writer, &info);
    guint32 id = lad_trace_writer_block(writer, &block);
    for (guint n = 0; n < 20000; n++) {
        for (guint i = 0; i < 30; i++)
            addresses[i] = (hash64(state++) >> 20) & ~(guint64)7;
        lad_assert_ok(lad_trace_writer_execute(writer, stream, id, addresses, &error), error);
    }
    lad_assert_ok(lad_trace_writer_close(writer, &error), error);
    LadSelection selection = {.keep_kinds = LAD_SELECT_ALL_KINDS,
                              .share_of = 1,
                              .share_in = 2,
                              .seed = 1,
                              .page_bytes = 4096};
    run_selection(path, out, &selection);
    g_autoptr(GArray) all = list_trace(path), found = list_trace(out);
    g_autoptr(GArray) expected = g_array_new(FALSE, FALSE, sizeof(Ref));
    for (guint i = 0; i < all->len; i++)
        add_sampled(expected, &g_array_index(all, Ref, i), 1, 2);
    assert_same_refs(found, expected);
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(out, 0, &error);
    g_autoptr(LadStreamReader) cursor = lad_stream_reader_new(reader, 0, &error);
    while (lad_stream_reader_next(cursor, &error) != NULL)
        ;
    ck_assert_uint_lt(lad_code_n_entries(lad_trace_reader_code(reader)), 2000);
}
END_TEST

/* ---- Copying ----------------------------------------------------------------------------------
 */

/* Copies stream `only` (G_MAXUINT: all) of each of `n` files into one. */
static void
copy_files(const char *const *files, guint n, guint only, const char *to)
{
    GError *error = NULL;
    g_autoptr(LadTraceCopier) copier = NULL;
    for (guint f = 0; f < n; f++) {
        g_autoptr(LadTraceReader) reader = lad_trace_reader_open(files[f], 0, &error);
        lad_assert_ok(reader != NULL, error);
        if (copier == NULL)
            copier = lad_trace_copier_new(to, lad_trace_reader_header(reader), &error);
        lad_assert_ok(copier != NULL, error);
        for (guint i = 0; i < lad_trace_reader_n_streams(reader); i++)
            if (only == G_MAXUINT || only == i)
                lad_assert_ok(lad_trace_copier_add(copier, reader, i,
                                                   lad_trace_reader_stream_info(reader, i), NULL,
                                                   &error),
                              error);
    }
    lad_assert_ok(lad_trace_copier_close(copier, &error), error);
}

static guint32
n_entries(const char *file)
{
    GError *error = NULL;
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(file, 0, &error);
    for (guint i = 0; i < lad_trace_reader_n_streams(reader); i++) {
        g_autoptr(LadStreamReader) cursor = lad_stream_reader_new(reader, i, &error);
        while (lad_stream_reader_next(cursor, &error) != NULL)
            ;
    }
    lad_assert_ok(error == NULL, error);
    return lad_code_n_entries(lad_trace_reader_code(reader));
}

static const LadTraceWriterOptions writings[] = {
    {0}, {.chunk_references = 5000}, {.no_paths = TRUE, .chunk_references = 3000}};

START_TEST(the_copy_of_a_trace_is_the_trace)
{
    const char *const files[] = {path};
    for (guint w = 0; w < G_N_ELEMENTS(writings); w++) {
        g_autoptr(GPtrArray) log = sample_write(path, &programs[_i], &writings[w]);
        copy_files(files, 1, G_MAXUINT, out);
        GError *error = NULL;
        g_autoptr(GPtrArray) read = sample_read(out, LAD_TRACE_VERIFY, &error);
        lad_assert_ok(read != NULL, error);
        ck_assert(sample_equal(log, read));
        g_autofree char *before = sample_identity(path), *after = sample_identity(out);
        ck_assert_str_eq(before, after);
        ck_assert_uint_le(n_entries(out), n_entries(path));
    }
}
END_TEST

START_TEST(the_streams_of_a_trace_merged_are_the_trace_with_its_code_once)
{
    const char *const whole[] = {path};
    char *parts[3];
    g_autoptr(GPtrArray) log = sample_write(path, &programs[2], &writings[1]);
    for (guint i = 0; i < 3; i++) {
        parts[i] = g_strdup_printf("%s/part%u.mlt", directory, i);
        copy_files(whole, 1, i, parts[i]);
    }
    copy_files((const char *const *)parts, 3, G_MAXUINT, out);
    g_autofree char *before = sample_identity(path), *after = sample_identity(out);
    ck_assert_str_eq(before, after);
    ck_assert_uint_le(n_entries(out), n_entries(path));
    GError *error = NULL;
    g_autoptr(GPtrArray) read = sample_read(out, LAD_TRACE_VERIFY, &error);
    lad_assert_ok(read != NULL, error);
    ck_assert(sample_equal(log, read));
    for (guint i = 0; i < 3; i++) {
        (void)g_unlink(parts[i]);
        g_free(parts[i]);
    }
}
END_TEST

/* ---- Comparing --------------------------------------------------------------------------------
 */

static void
note_number(gpointer data, const LadStreamRecord *a, const LadStreamRecord *b)
{
    guint64 *number = data;
    *number = a->ended ? b->number : a->number;
}

static gboolean
compare(const char *first, const char *second, guint stream, guint64 *number)
{
    GError *error = NULL;
    gboolean same;
    g_autoptr(LadTraceReader) a = lad_trace_reader_open(first, 0, &error);
    g_autoptr(LadTraceReader) b = lad_trace_reader_open(second, 0, &error);
    lad_assert_ok(lad_trace_diff(a, stream, b, stream, &same, note_number, number, NULL, &error),
                  error);
    return same;
}

START_TEST(traces_cut_into_other_chunks_and_paths_are_the_same)
{
    guint64 number;
    g_autoptr(GPtrArray) a = sample_write(path, &programs[1], &writings[0]);
    g_autoptr(GPtrArray) b = sample_write(out, &programs[1], &writings[2]);
    ck_assert(compare(path, out, 0, &number));
    ck_assert(compare(path, out, 1, &number));
}
END_TEST

static void
write_loads(const char *file, guint n, guint other)
{
    GError *error = NULL;
    LadOperand operand = {.size = 8};
    LadBlock block = {.n_operands = 1, .operands = &operand};
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(file, header, NULL, &error);
    LadStreamInfo info = {.cgroup = (char *)"", .name = (char *)""};
    guint stream = lad_trace_writer_add_stream(writer, &info);
    guint32 id = lad_trace_writer_block(writer, &block);
    for (guint i = 0; i < n; i++) {
        guint64 address = 64 * i + (i == other);
        lad_assert_ok(lad_trace_writer_execute(writer, stream, id, &address, &error), error);
    }
    lad_assert_ok(lad_trace_writer_close(writer, &error), error);
}

START_TEST(the_first_record_that_differs_is_named)
{
    static const guint places[] = {0, 1, 4095, 50000, 99999};
    guint64 number = 0;
    write_loads(path, 100000, G_MAXUINT);
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        write_loads(out, 100000, places[i]);
        ck_assert(!compare(path, out, 0, &number));
        ck_assert_uint_eq(number, places[i]);
    }
    write_loads(out, 99000, G_MAXUINT);
    ck_assert(!compare(path, out, 0, &number));
    ck_assert_uint_eq(number, 99000);
    ck_assert(!compare(out, path, 0, &number));
    ck_assert_uint_eq(number, 99000);
}
END_TEST

/* ---- Windows ----------------------------------------------------------------------------------
 */

static gboolean
collect(gpointer data, const LadTraceWindow *window, GError **error)
{
    (void)error;
    g_array_append_vals(data, window, 1);
    return TRUE;
}

static GArray *
windows_of(const char *file, const LadWindowing *windowing)
{
    GError *error = NULL;
    GArray *windows = g_array_new(FALSE, FALSE, sizeof(LadTraceWindow));
    g_autoptr(LadTraceReader) reader = lad_trace_reader_open(file, LAD_TRACE_NO_THREAD, &error);
    gboolean in[8] = {TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE};
    lad_assert_ok(lad_trace_windows(reader, in, windowing, collect, windows, NULL, &error), error);
    return windows;
}

START_TEST(logarithms_are_those_of_the_mathematical_library)
{
    ck_assert(lad_window_log2(1) == 0);
    ck_assert(lad_window_log2((guint64)1 << 63) == 63);
    for (guint64 n = 1; n < (guint64)1 << 60; n = n * 5 / 3 + 1)
        ck_assert(fabs(lad_window_log2(n) - log2((double)n)) < 1e-9);
}
END_TEST

START_TEST(entropy_is_that_of_the_distribution)
{
    LadWindowing windowing = {.page_bytes = 64};
    write_loads(path, 1024, G_MAXUINT); /* 1024 pages of 64 bytes, once each */
    g_autoptr(GArray) even = windows_of(path, &windowing);
    ck_assert_uint_eq(even->len, 1);
    ck_assert(g_array_index(even, LadTraceWindow, 0).entropy_bits == 10);
    ck_assert_uint_eq(g_array_index(even, LadTraceWindow, 0).data_pages, 1024);
    windowing.page_bytes = 65536;
    g_autoptr(GArray) one = windows_of(path, &windowing);
    ck_assert(g_array_index(one, LadTraceWindow, 0).entropy_bits == 0);
    ck_assert_uint_eq(g_array_index(one, LadTraceWindow, 0).data_pages, 1);
}
END_TEST

/* The same figures from the plain list, one stream, windows of references. A block belongs to the
 * window where it begins, so blocks are single instructions here. */
START_TEST(windows_count_what_a_plain_walk_counts)
{
    const guint length = 1000, n = 5500, pages = 300;
    LadWindowing windowing = {.length = length, .page_bytes = 4096};
    GError *error = NULL;
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, NULL, &error);
    LadStreamInfo info = {.cgroup = (char *)"", .name = (char *)""};
    guint stream = lad_trace_writer_add_stream(writer, &info);
    for (guint i = 0; i < n; i++) {
        guint64 r = hash64(i);
        LadRecord record = {.kind = LAD_RECORD_LOAD + (guint32)(r % 3),
                            .address = (r >> 8) % (i / 20 % pages + 1) * 4096 + 8 * (r % 512),
                            .size = 8};
        lad_assert_ok(lad_trace_writer_record(writer, stream, &record, &error), error);
    }
    lad_assert_ok(lad_trace_writer_close(writer, &error), error);
    g_autoptr(GArray) found = windows_of(path, &windowing);
    g_autoptr(GArray) refs = list_trace(path);
    ck_assert_uint_eq(found->len, (n + length - 1) / length);
    gboolean seen[512] = {0};
    for (guint w = 0; w < found->len; w++) {
        const LadTraceWindow *window = &g_array_index(found, LadTraceWindow, w);
        guint count[512] = {0}, reads = 0, writes = 0, distinct = 0, fresh = 0, total = 0;
        for (guint i = w * length; i < MIN((w + 1) * length, n); i++, total++) {
            const Ref *ref = &g_array_index(refs, Ref, i);
            count[ref->address / 4096]++;
            reads += ref->kind != LAD_RECORD_STORE;
            writes += ref->kind != LAD_RECORD_LOAD;
        }
        double bits = 0;
        for (guint p = 0; p < 512; p++) {
            distinct += count[p] > 0;
            fresh += count[p] > 0 && !seen[p];
            seen[p] = seen[p] || count[p] > 0;
            if (count[p] > 0)
                bits -= (double)count[p] / total * log2((double)count[p] / total);
        }
        ck_assert_uint_eq(window->number, w);
        ck_assert_uint_eq(window->n_accesses, total);
        ck_assert_uint_eq(window->n_reads, reads);
        ck_assert_uint_eq(window->n_writes, writes);
        ck_assert_uint_eq(window->data_pages, distinct);
        ck_assert_uint_eq(window->new_pages, fresh);
        ck_assert(fabs(window->entropy_bits - bits) < 1e-6);
    }
}
END_TEST

START_TEST(windows_of_time_hold_all_streams_at_that_time)
{
    GError *error = NULL;
    LadWindowing windowing = {.by_time = TRUE, .length = 100, .page_bytes = 4096};
    g_autoptr(LadTraceHeader) header = lad_trace_header_new();
    header->tick_ps = 1000;
    g_autoptr(LadTraceWriter) writer = lad_trace_writer_new(path, header, NULL, &error);
    for (guint s = 0; s < 2; s++) {
        LadStreamInfo info = {.process = s, .cgroup = (char *)"", .name = (char *)""};
        guint stream = lad_trace_writer_add_stream(writer, &info);
        for (guint i = 0; i < 10; i++) {
            /* Stream 0 stamps 1000, 1100, ...; stream 1 1050, 1250, ... */
            LadRecord stamp = {.kind = LAD_RECORD_TIME,
                               .value = s == 0 ? 1000 + 100 * i : 1050 + 200 * i};
            LadRecord touch = {
                .kind = LAD_RECORD_PAGE_TOUCH, .address = 0x5000, .weight = 2, .value = 1};
            lad_assert_ok(lad_trace_writer_record(writer, stream, &stamp, &error), error);
            lad_assert_ok(lad_trace_writer_record(writer, stream, &touch, &error), error);
        }
    }
    lad_assert_ok(lad_trace_writer_close(writer, &error), error);
    g_autoptr(GArray) found = windows_of(path, &windowing);
    ck_assert_uint_eq(found->len, 15); /* 1000 to 1900 by 100, then 2050, 2250, ... 2850 */
    for (guint w = 0; w < found->len; w++) {
        const LadTraceWindow *window = &g_array_index(found, LadTraceWindow, w);
        guint both = window->number < 10 && window->number % 2 == 0 ? 2 : 1;
        ck_assert_uint_eq(window->start, 1000 + 100 * window->number);
        ck_assert_uint_eq(window->n_accesses, 2 * both);
        ck_assert_uint_eq(window->n_writes, both);
        ck_assert_uint_eq(window->data_pages, both); /* two processes, two pages */
    }
}
END_TEST

static Suite *
toolbox_suite(void)
{
    const int n_programs = (int)G_N_ELEMENTS(programs);
    Suite *suite = suite_create("toolbox");
    TCase *tools = tcase_create("tools");
    tcase_set_timeout(tools, 120);
    tcase_add_checked_fixture(tools, make_directory, remove_directory);
    tcase_add_loop_test(tools, a_sample_has_just_the_references_to_pages_whose_hash_qualifies, 0,
                        n_programs);
    tcase_add_test(tools, a_sample_of_a_sample_is_the_smaller_sample);
    tcase_add_test(tools, a_share_of_the_pages_is_kept_whatever_their_order);
    tcase_add_loop_test(tools, a_filter_keeps_what_touches_its_ranges, 0, n_programs);
    tcase_add_loop_test(tools, a_filter_keeps_the_kinds_asked_for, 0, n_programs);
    tcase_add_test(tools, a_range_touch_is_trimmed_to_the_pages_kept);
    tcase_add_test(tools, many_rests_of_a_block_do_not_fill_the_dictionary);
    tcase_add_loop_test(tools, the_copy_of_a_trace_is_the_trace, 0, n_programs);
    tcase_add_test(tools, the_streams_of_a_trace_merged_are_the_trace_with_its_code_once);
    tcase_add_test(tools, traces_cut_into_other_chunks_and_paths_are_the_same);
    tcase_add_test(tools, the_first_record_that_differs_is_named);
    tcase_add_test(tools, logarithms_are_those_of_the_mathematical_library);
    tcase_add_test(tools, entropy_is_that_of_the_distribution);
    tcase_add_test(tools, windows_count_what_a_plain_walk_counts);
    tcase_add_test(tools, windows_of_time_hold_all_streams_at_that_time);
    suite_add_tcase(suite, tools);
    return suite;
}

int
main(void)
{
    return lad_suite_run(toolbox_suite());
}
