/* check_zpool.c - zsmalloc's classes against dumps of real kernels and the figures, zbud's
 * pairs, and pages held against objects stored. */
#include "config.h"
#include "tests/unit/suite.h"
#include <memladder/random.h>
#include <memladder/zpool.h>
#include <string.h>

/* Frames as they are taken and given back, up to `limit`. */
typedef struct {
    guint64 used, limit;
} Frames;

static gboolean
take(void *data, guint n)
{
    Frames *frames = data;
    if (frames->used + n > frames->limit)
        return FALSE;
    frames->used += n;
    return TRUE;
}

static void
give(void *data, guint n)
{
    Frames *frames = data;
    ck_assert_uint_ge(frames->used, n);
    frames->used -= n;
}

static LadZsmalloc *
zsmalloc_new(LadZsRules rules, guint chain, Frames *frames)
{
    const LadZFrames source = {take, give, frames};
    return lad_zsmalloc_new(rules, chain, &source);
}

typedef struct {
    guint size, n_pages;
} Known;

/* /sys/kernel/debug/zsmalloc/NAME/classes as posted or documented: classes of up to four pages. */
static const Known chain_4[] = {{176, 4},  {192, 3},  {208, 2},  {224, 4},  {240, 1},  {256, 1},
                                {272, 1},  {816, 1},  {848, 4},  {864, 3},  {896, 2},  {1536, 3},
                                {1632, 2}, {2448, 3}, {2720, 2}, {3072, 3}, {3264, 4}, {4096, 1}};
/* Documentation/mm/zsmalloc.rst of 6.4: the largest classes with chains of eight. */
static const Known chain_8[] = {{3264, 4}, {3408, 5}, {3504, 6}, {3584, 7}, {3632, 8}, {4096, 1}};

static void
check_known(const LadZsmalloc *pool, const Known *known, guint n)
{
    for (guint i = 0; i < n; i++) {
        const LadZsClass *class = lad_zsmalloc_class(pool, known[i].size - LAD_ZS_HANDLE_BYTES);
        ck_assert_uint_eq(class->size, known[i].size);
        ck_assert_uint_eq(class->n_pages, known[i].n_pages);
        ck_assert_uint_eq(class->n_objects, known[i].n_pages * 4096 / known[i].size);
    }
}

START_TEST(has_the_classes_that_kernels_show)
{
    Frames frames = {0, 100};
    g_autoptr(LadZsmalloc) old = zsmalloc_new(LAD_ZS_RULES_6_1, 4, &frames);
    g_autoptr(LadZsmalloc) later = zsmalloc_new(LAD_ZS_RULES_6_4, 8, &frames);
    check_known(old, chain_4, G_N_ELEMENTS(chain_4));
    check_known(later, chain_8, G_N_ELEMENTS(chain_8));
}
END_TEST

/* "Size classes #95-99 are merged with size class #100" (the kernel's documentation). */
START_TEST(merges_classes_that_are_alike)
{
    Frames frames = {0, 100};
    for (guint rules = LAD_ZS_RULES_6_1; rules <= LAD_ZS_RULES_6_4; rules++) {
        g_autoptr(LadZsmalloc) pool = zsmalloc_new(rules, 4, &frames);
        ck_assert_uint_eq(lad_zsmalloc_class(pool, 1528)->size, 1536);
        for (guint bytes = 1529; bytes <= 1624; bytes++)
            ck_assert_uint_eq(lad_zsmalloc_class(pool, bytes)->size, 1632);
        ck_assert_uint_gt(lad_zsmalloc_class(pool, 1625)->size, 1632);
    }
}
END_TEST

static double
bytes_each(LadZsRules rules, guint chain, guint bytes)
{
    Frames frames = {0, 100};
    g_autoptr(LadZsmalloc) pool = zsmalloc_new(rules, chain, &frames);
    const LadZsClass *class = lad_zsmalloc_class(pool, bytes);
    return (double)class->n_pages * 4096 / class->n_objects;
}

START_TEST(takes_the_bytes_that_were_measured)
{
    /* Half-zero pages by lzo and zstd in a 6.1 guest. */
    ck_assert_double_eq_tol(bytes_each(LAD_ZS_RULES_6_1, 4, 2077), 2341, 0.5);
    ck_assert_double_eq_tol(bytes_each(LAD_ZS_RULES_6_1, 4, 2068), 2341, 0.5);
    /* Chains of eight. */
    ck_assert_double_eq_tol(bytes_each(LAD_ZS_RULES_6_4, 8, 1000), 1024, 0.5);
    ck_assert_double_eq_tol(bytes_each(LAD_ZS_RULES_6_4, 8, 1365), 1425, 0.5);
    ck_assert_double_eq_tol(bytes_each(LAD_ZS_RULES_6_4, 8, 2048), 2185, 0.5);
    ck_assert_double_eq_tol(bytes_each(LAD_ZS_RULES_6_4, 8, 2990), 3072, 0.5);
    /* The largest object that is packed: the class less the handle. */
    const struct {
        guint chain, largest;
    } ends[] = {{4, 3264}, {8, 3632}, {16, 3840}};
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        guint bytes = ends[i].largest - LAD_ZS_HANDLE_BYTES;
        ck_assert_double_lt(bytes_each(LAD_ZS_RULES_6_4, ends[i].chain, bytes), 4096);
        ck_assert_double_eq(bytes_each(LAD_ZS_RULES_6_4, ends[i].chain, bytes + 1), 4096);
    }
    ck_assert_double_eq(bytes_each(LAD_ZS_RULES_6_1, 4, 4096), 4096);
}
END_TEST

/* For every size and chain: the class holds it, its zspage holds its objects, and no shorter or
 * longer chain would use its pages better by the rule in question. */
START_TEST(chooses_the_best_chain_for_every_class)
{
    Frames frames = {0, 100};
    for (guint chain = 1; chain <= LAD_ZS_MAX_CHAIN; chain++) {
        g_autoptr(LadZsmalloc) old = zsmalloc_new(LAD_ZS_RULES_6_1, chain, &frames);
        g_autoptr(LadZsmalloc) later = zsmalloc_new(LAD_ZS_RULES_6_4, chain, &frames);
        for (guint bytes = 1; bytes <= 4096; bytes++) {
            const LadZsClass *a = lad_zsmalloc_class(old, bytes);
            const LadZsClass *b = lad_zsmalloc_class(later, bytes);
            guint needed = MIN(bytes + LAD_ZS_HANDLE_BYTES, 4096);
            ck_assert_uint_ge(a->size, needed);
            ck_assert_uint_ge(b->size, needed);
            guint used = 100 * a->n_objects * a->size / (a->n_pages * 4096);
            guint rest = b->n_pages * 4096 - b->n_objects * b->size;
            gboolean single = (b->size & (b->size - 1)) == 0;
            if (single)
                ck_assert_uint_eq(b->n_pages, 1);
            for (guint n = 1; n <= chain; n++) {
                ck_assert_uint_ge(used, n * 4096 / a->size * a->size * 100 / (n * 4096));
                ck_assert(single || rest <= n * 4096 % b->size);
            }
        }
    }
}
END_TEST

/* Store one object of every size, then as many again as fill each class's zspages. */
START_TEST(holds_the_pages_that_its_objects_need)
{
    Frames frames = {0, G_MAXUINT64};
    g_autoptr(LadZsmalloc) pool = zsmalloc_new(LAD_ZS_RULES_6_1, 4, &frames);
    for (guint bytes = 1; bytes <= 4096; bytes += 5) {
        const LadZsClass *class = lad_zsmalloc_class(pool, bytes);
        g_autofree LadZHandle *handles = g_new(LadZHandle, 3 * class->n_objects);
        ck_assert_uint_eq(lad_zsmalloc_n_pages(pool), 0);
        for (guint i = 0; i < 3 * class->n_objects; i++) {
            handles[i] = lad_zsmalloc_store(pool, bytes);
            ck_assert_uint_eq(lad_zsmalloc_n_pages(pool),
                              (i / class->n_objects + 1) * class->n_pages);
        }
        /* Room in the middle is used before new pages are. */
        lad_zsmalloc_drop(pool, handles[class->n_objects]);
        handles[class->n_objects] = lad_zsmalloc_store(pool, bytes);
        ck_assert_uint_eq(lad_zsmalloc_n_pages(pool), class->n_pages * 3);
        for (guint i = 0; i < 3 * class->n_objects; i++)
            lad_zsmalloc_drop(pool, handles[i]);
    }
    ck_assert_uint_eq(frames.used, 0);
}
END_TEST

START_TEST(refuses_what_does_not_fit)
{
    Frames frames = {0, 3};
    g_autoptr(LadZsmalloc) pool = zsmalloc_new(LAD_ZS_RULES_6_1, 4, &frames);
    ck_assert_uint_eq(lad_zsmalloc_store(pool, 4097), LAD_Z_REFUSED);
    ck_assert_uint_eq(lad_zsmalloc_store(pool, 2077), LAD_Z_NO_ROOM); /* needs four pages */
    ck_assert_uint_eq(frames.used, 0);
    ck_assert_uint_lt(lad_zsmalloc_store(pool, 4096), LAD_Z_NO_ROOM);
    const LadZFrames source = {take, give, &frames};
    g_autoptr(LadZbud) zbud = lad_zbud_new(&source);
    ck_assert_uint_eq(lad_zbud_store(zbud, LAD_ZBUD_MAX_BYTES + 1), LAD_Z_REFUSED);
    for (guint i = 0; i < 2; i++)
        ck_assert_uint_lt(lad_zbud_store(zbud, LAD_ZBUD_MAX_BYTES), LAD_Z_NO_ROOM);
    ck_assert_uint_eq(lad_zbud_store(zbud, 65), LAD_Z_NO_ROOM);
}
END_TEST

/* Random objects come and go: pages held are always the frames taken, none is lost, and never more
 * objects share a page than fit. */
START_TEST(keeps_account_of_its_pages)
{
    enum { N = 4000 };
    for (guint kind = 0; kind < 3; kind++) {
        Frames frames = {0, G_MAXUINT64};
        const LadZFrames source = {take, give, &frames};
        g_autoptr(LadZsmalloc) zsmalloc = zsmalloc_new((LadZsRules)(kind & 1), 4 << kind, &frames);
        g_autoptr(LadZbud) zbud = lad_zbud_new(&source);
        g_autofree LadZHandle *handles = g_new(LadZHandle, N);
        g_autofree guint *sizes = g_new0(guint, N);
        LadRandom random;
        guint64 bytes = 0;
        lad_random_init(&random, 7, "check_zpool");
        for (guint i = 0; i < 20 * N; i++) {
            guint at = (guint)lad_random_below(&random, N);
            if (sizes[at]) {
                bytes -= sizes[at];
                sizes[at] = 0;
                if (kind < 2)
                    lad_zsmalloc_drop(zsmalloc, handles[at]);
                else
                    lad_zbud_drop(zbud, handles[at]);
            } else {
                sizes[at] = 1 + (guint)lad_random_below(&random, LAD_ZBUD_MAX_BYTES);
                bytes += sizes[at];
                handles[at] = kind < 2 ? lad_zsmalloc_store(zsmalloc, sizes[at])
                                       : lad_zbud_store(zbud, sizes[at]);
            }
            guint64 pages = kind < 2 ? lad_zsmalloc_n_pages(zsmalloc) : lad_zbud_n_pages(zbud);
            ck_assert_uint_eq(pages, frames.used);
            ck_assert_uint_le(bytes, pages * 4096);
        }
        for (guint at = 0; at < N; at++) {
            if (sizes[at] && kind < 2)
                lad_zsmalloc_drop(zsmalloc, handles[at]);
            else if (sizes[at])
                lad_zbud_drop(zbud, handles[at]);
        }
        ck_assert_uint_eq(frames.used, 0);
    }
}
END_TEST

START_TEST(zbud_pairs_objects_that_fit_together)
{
    Frames frames = {0, G_MAXUINT64};
    const LadZFrames source = {take, give, &frames};
    g_autoptr(LadZbud) pool = lad_zbud_new(&source);
    /* 33 chunks each: two would take 66 of 63 (half-zero pages with zswap's header). */
    LadZHandle big = lad_zbud_store(pool, 2077 + LAD_ZBUD_HEADER_BYTES);
    lad_zbud_store(pool, 2077 + LAD_ZBUD_HEADER_BYTES);
    ck_assert_uint_eq(lad_zbud_n_pages(pool), 2);
    /* 30 chunks fit beside one of them, and 31 nowhere. */
    lad_zbud_store(pool, 30 * 64);
    ck_assert_uint_eq(lad_zbud_n_pages(pool), 2);
    LadZHandle alone = lad_zbud_store(pool, 31 * 64);
    ck_assert_uint_eq(lad_zbud_n_pages(pool), 3);
    /* A third object never joins two, small as it may be; the best fit is taken: beside `big`'s
     * neighbour with 30 free chunks rather than the page with 32. */
    lad_zbud_store(pool, 1);
    ck_assert_uint_eq(lad_zbud_n_pages(pool), 3);
    lad_zbud_drop(pool, alone);
    ck_assert_uint_eq(lad_zbud_n_pages(pool), 2);
    lad_zbud_store(pool, 1);
    ck_assert_uint_eq(lad_zbud_n_pages(pool), 3);
    lad_zbud_drop(pool, big);
    ck_assert_uint_eq(lad_zbud_n_pages(pool), 3);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("zpool");
    TCase *tcase = tcase_create("zpool");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, has_the_classes_that_kernels_show);
    tcase_add_test(tcase, merges_classes_that_are_alike);
    tcase_add_test(tcase, takes_the_bytes_that_were_measured);
    tcase_add_test(tcase, chooses_the_best_chain_for_every_class);
    tcase_add_test(tcase, holds_the_pages_that_its_objects_need);
    tcase_add_test(tcase, refuses_what_does_not_fit);
    tcase_add_test(tcase, keeps_account_of_its_pages);
    tcase_add_test(tcase, zbud_pairs_objects_that_fit_together);
    suite_add_tcase(suite, tcase);
    return lad_suite_run(suite);
}
