/* check_contents.c - what generated pages hold and how far they compress, against checksums and
 * sizes that were printed beside the kernel measurements (pages filled and compressed by another
 * program, liblzo2 2.10, liblz4 1.9.4, libzstd 1.5.4, seed 1). */
#include "config.h"
#include "tests/unit/suite.h"
#include "traces/synth/contents.h"
#include <lz4.h>
#include <string.h>
#include <zstd.h>

enum { LZO, LZ4, ZSTD_1, ZSTD_3, ZSTD_3_LINUX, N_COMPRESSORS };

static const guint64 checksums[] = {
    [LAD_FILL_TOUCH] = 0x1721c525c7be2335u, [LAD_FILL_HALF] = 0x074e72066f9f0a9eu,
    [LAD_FILL_TEXT] = 0x9eb2b4cf58b25499u,  [LAD_FILL_RAND] = 0xca47f3794391cb99u,
    [LAD_FILL_MIX] = 0x00908085d5d36c33u,
};

START_TEST(sixteen_pages_have_the_published_checksum)
{
    guint64 hash = G_GUINT64_CONSTANT(0xcbf29ce484222325);
    for (guint32 number = 0; number < 16; number++) {
        guint8 page[LAD_CONTENTS_PAGE_BYTES];
        lad_contents_fill(page, number, (LadFill)_i, 1);
        for (guint i = 0; i < sizeof page; i++)
            hash = (hash ^ page[i]) * G_GUINT64_CONSTANT(0x100000001b3);
    }
    ck_assert_uint_eq(hash, checksums[_i]);
}
END_TEST

/* Mean (in hundredths), extremes and tenths of the 32,768 pages, and the first three. */
typedef struct {
    LadFill fill;
    guint algorithm;
    guint first[3];
    guint mean_x100, min, p10, p50, p90, max, n_not_below_page;
} Row;

static const Row rows[] = {
    {LAD_FILL_TOUCH, LZO, {44, 44, 44}, 4400, 44, 44, 44, 44, 44, 0},
    {LAD_FILL_TOUCH, LZ4, {27, 27, 27}, 2799, 27, 28, 28, 28, 28, 0},
    {LAD_FILL_TOUCH, ZSTD_3, {19, 19, 19}, 1999, 19, 20, 20, 20, 20, 0},
    {LAD_FILL_HALF, LZO, {2077, 2077, 2077}, 207700, 2075, 2077, 2077, 2077, 2077, 0},
    {LAD_FILL_HALF, LZ4, {2069, 2069, 2069}, 206900, 2067, 2069, 2069, 2069, 2069, 0},
    {LAD_FILL_HALF, ZSTD_3, {2068, 2068, 2068}, 206800, 2066, 2068, 2068, 2068, 2068, 0},
    {LAD_FILL_TEXT, LZO, {2309, 2228, 2300}, 229220, 2132, 2237, 2292, 2347, 2517, 0},
    {LAD_FILL_TEXT, LZ4, {2567, 2531, 2564}, 257482, 2436, 2529, 2575, 2621, 2728, 0},
    {LAD_FILL_TEXT, ZSTD_3, {1630, 1602, 1614}, 161963, 1507, 1591, 1620, 1649, 1704, 0},
    {LAD_FILL_RAND, LZO, {4116, 4116, 4116}, 411600, 4116, 4116, 4116, 4116, 4116, 32768},
    {LAD_FILL_RAND, LZ4, {4114, 4114, 4114}, 411400, 4113, 4114, 4114, 4114, 4114, 32768},
    {LAD_FILL_RAND, ZSTD_3, {4106, 4106, 4106}, 410600, 4106, 4106, 4106, 4106, 4106, 32768},
    {LAD_FILL_MIX, LZO, {2309, 2228, 4116}, 282827, 2076, 2077, 2292, 4116, 4116, 10932},
    {LAD_FILL_MIX, LZ4, {2567, 2531, 4114}, 291830, 2068, 2069, 2574, 4114, 4114, 10932},
    {LAD_FILL_MIX, ZSTD_3, {1630, 1602, 4106}, 259969, 1531, 1608, 2068, 4106, 4106, 10932},
};

#define N_PAGES 32768

/* The size of the library's output, with the library's dictionary. */
START_TEST(lengths_of_lzo_are_those_of_the_library)
{
    g_autoptr(LadCompressor) compressor = lad_compressor_new();
    guint8 page[LAD_CONTENTS_PAGE_BYTES];
    for (guint32 number = 0; number < 2000; number++) {
        LadFill fill = (LadFill)(LAD_FILL_TOUCH + number % 4);
        lad_contents_fill(page, number, fill, 1 + number % 7);
        /* Runs, repeats and zeros of many lengths at many places. */
        if (number % 3 == 0)
            memset(page + number % 3000, (int)(number & 1), number % 1000);
        if (number % 5 == 0)
            memcpy(page + 2000, page + number % 1500, number % 600);
        ck_assert_uint_eq(lad_lzo_linux_size(page, 14, FALSE),
                          lad_compressor_size(compressor, LZO, page));
    }
    memset(page, 0, sizeof page);
    ck_assert_uint_eq(lad_lzo_linux_size(page, 14, FALSE),
                      lad_compressor_size(compressor, LZO, page));
}
END_TEST

/* A 6.1 guest stored the first 3,310 pages of "text" in 2,294.8 bytes on average. */
START_TEST(lzo_of_the_kernel_has_the_mean_that_a_guest_showed)
{
    guint8 page[LAD_CONTENTS_PAGE_BYTES];
    guint64 sum = 0;
    for (guint32 number = 0; number < 3310; number++) {
        lad_contents_fill(page, number, LAD_FILL_TEXT, 1);
        sum += lad_lzo_linux_size(page, 13, FALSE);
    }
    ck_assert_double_eq_tol((double)sum / 3310, 2294.8, 1);
}
END_TEST

/* By hand: 2 bytes of version, 5 zeros as literals and 5 + 4 + 2051 + ... */
START_TEST(runs_of_zeros_are_written_as_runs)
{
    guint8 page[LAD_CONTENTS_PAGE_BYTES] = {0};
    /* Version 2; 5 literals 6; the runs of 2051 and the 2020 up to the last 20 bytes 4 each; those
     * 20 as literals 2 + 20; end 3. */
    ck_assert_uint_eq(lad_lzo_linux_size(page, 13, TRUE), 2 + 6 + 4 + 4 + 22 + 3);
    lad_contents_fill(page, 3, LAD_FILL_RAND, 1);
    ck_assert_uint_eq(lad_lzo_linux_size(page, 13, TRUE), lad_lzo_linux_size(page, 13, FALSE) + 2);
}
END_TEST

static int
by_size(const void *a, const void *b)
{
    return (int)*(const guint16 *)a - (int)*(const guint16 *)b;
}

/* Another version of a library may compress a little better or worse. */
static guint
tolerance(guint algorithm)
{
    gboolean same = algorithm == LZO   ? TRUE
                    : algorithm == LZ4 ? LZ4_versionNumber() == 10904
                                       : ZSTD_versionNumber() == 10504;
    return same ? 0 : 2; /* per cent */
}

static void
assert_near(guint found, guint expected, guint per_cent, const Row *row)
{
    guint allowed = (guint)((guint64)expected * per_cent / 100);
    ck_assert_msg(found + allowed >= expected && found <= expected + allowed,
                  "%s by %s: %u, expected %u", lad_fill_names[row->fill],
                  lad_compressor_names[row->algorithm], found, expected);
}

START_TEST(pages_compress_to_the_published_sizes)
{
    const Row *row = &rows[_i];
    g_autoptr(LadCompressor) compressor = lad_compressor_new();
    g_autofree guint16 *sizes = g_new(guint16, N_PAGES);
    guint per_cent = tolerance(row->algorithm), n_not_below = 0;
    guint64 sum = 0;
    for (guint32 i = 0; i < N_PAGES; i++) {
        guint8 page[LAD_CONTENTS_PAGE_BYTES];
        lad_contents_fill(page, i, row->fill, 1);
        sizes[i] = (guint16)lad_compressor_size(compressor, row->algorithm, page);
        sum += sizes[i];
        n_not_below += sizes[i] >= LAD_CONTENTS_PAGE_BYTES;
    }
    for (guint i = 0; i < 3; i++)
        assert_near(sizes[i], row->first[i], per_cent, row);
    qsort(sizes, N_PAGES, sizeof *sizes, by_size);
    assert_near((guint)((sum * 100 + N_PAGES / 2) / N_PAGES), row->mean_x100, per_cent, row);
    assert_near(sizes[0], row->min, per_cent, row);
    assert_near(sizes[N_PAGES / 10], row->p10, per_cent, row);
    assert_near(sizes[N_PAGES / 2], row->p50, per_cent, row);
    assert_near(sizes[N_PAGES * 9 / 10], row->p90, per_cent, row);
    assert_near(sizes[N_PAGES - 1], row->max, per_cent, row);
    ck_assert_uint_eq(n_not_below, row->n_not_below_page);
}
END_TEST

/* Linux's parameters are for unknown size; tuned to a page, level 3 is 2.0 to 2.1 % shorter. */
START_TEST(linux_compresses_text_less_than_the_library_does)
{
    g_autoptr(LadCompressor) compressor = lad_compressor_new();
    guint64 sums[2] = {0, 0};
    for (guint32 i = 0; i < 2000; i++) {
        guint8 page[LAD_CONTENTS_PAGE_BYTES];
        lad_contents_fill(page, i, LAD_FILL_TEXT, 1);
        sums[0] += lad_compressor_size(compressor, ZSTD_3, page);
        sums[1] += lad_compressor_size(compressor, ZSTD_3_LINUX, page);
    }
    ck_assert_uint_gt(sums[1] * 1000, sums[0] * 1015);
    ck_assert_uint_lt(sums[1] * 1000, sums[0] * 1025);
}
END_TEST

START_TEST(an_unknown_algorithm_is_refused_with_the_nearest_name)
{
    g_autoptr(GError) error = NULL;
    const char *const names[] = {"lz4", "zstd3", NULL};
    ck_assert_ptr_null(lad_compressors_parse(names, "here", &error));
    lad_assert_error(error, "here: there is no algorithm `zstd3`; did you mean `zstd-3`?");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("contents");
    TCase *tcase = tcase_create("contents");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, sixteen_pages_have_the_published_checksum, LAD_FILL_TOUCH,
                        LAD_FILL_MIX + 1);
    tcase_add_loop_test(tcase, pages_compress_to_the_published_sizes, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, linux_compresses_text_less_than_the_library_does);
    tcase_add_test(tcase, lengths_of_lzo_are_those_of_the_library);
    tcase_add_test(tcase, lzo_of_the_kernel_has_the_mean_that_a_guest_showed);
    tcase_add_test(tcase, runs_of_zeros_are_written_as_runs);
    tcase_add_test(tcase, an_unknown_algorithm_is_refused_with_the_nearest_name);
    suite_add_tcase(suite, tcase);
    return lad_suite_run(suite);
}
