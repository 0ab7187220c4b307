/* check_cache.c - shapes of caches, which line a set gives up, and tags against the hooks. */
#include "config.h"
#include "sim/cache/tags.h"
#include "tests/unit/suite.h"

extern const LadReplacementClass lad_replacement_skeleton;

static LadGeometry
shape(guint n_sets, guint n_ways)
{
    LadGeometry geometry;
    g_autoptr(GError) error = NULL;
    gboolean ok = lad_geometry_init_cache(&geometry, "cache.x", (LadBytes)n_sets * n_ways * 64,
                                          n_ways, 64, &error);
    lad_assert_ok(ok, error);
    return geometry;
}

static void
make(LadTags *tags, guint n_sets, guint n_ways, const LadReplacementClass *class)
{
    LadGeometry geometry = shape(n_sets, n_ways);
    g_autoptr(GError) error = NULL;
    lad_assert_ok(lad_tags_init(tags, &geometry, class, NULL, "x", 1, &error), error);
}

static gboolean
touch(LadTags *tags, guint64 line)
{
    return lad_tags_access(tags, line, LAD_FILL_LOAD, tags->policy);
}

static void
touch_all(LadTags *tags, const char *lines)
{
    for (; *lines != '\0'; lines++)
        touch(tags, (guint64)(guchar)*lines);
}

START_TEST(a_set_is_the_line_modulo_the_number_of_sets)
{
    static const guint counts[] = {1, 2, 3, 5, 7, 11, 12, 48, 64, 100, 1000, 2816, 45056, 65537};
    static const guint64 lines[] = {0,
                                    1,
                                    2,
                                    3,
                                    63,
                                    64,
                                    65,
                                    12345678901,
                                    G_MAXUINT64 >> 5,
                                    (G_MAXUINT64 >> 5) - 1,
                                    G_GUINT64_CONSTANT(0x0123456789abcdef)};
    for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
        LadGeometry geometry = shape(counts[i], 1);
        for (guint k = 0; k < G_N_ELEMENTS(lines); k++)
            ck_assert_uint_eq(lad_geometry_set(&geometry, lines[k]), lines[k] % counts[i]);
    }
    LadRandom random;
    lad_random_init(&random, 7, "test");
    for (guint i = 0; i < 100000; i++) {
        guint n_sets = 1 + (guint)lad_random_below(&random, 1u << (1 + i % 20));
        guint64 line = lad_random_next(&random) >> (5 + i % 59);
        LadGeometry geometry = shape(n_sets, 1);
        ck_assert_uint_eq(lad_geometry_set(&geometry, line), line % n_sets);
    }
}
END_TEST

START_TEST(impossible_shapes_are_refused_with_what_was_expected)
{
    static const struct {
        LadBytes size;
        guint64 ways;
        LadBytes line;
        const char *message;
    } cases[] = {
        {32 * LAD_KIB, 8, 16, "32, 64 or 128"},
        {32 * LAD_KIB, 8, 96, "32, 64 or 128"},
        {32 * LAD_KIB, 8, 256, "32, 64 or 128"},
        {32 * LAD_KIB, 0, 64, "1 to 64"},
        {32 * LAD_KIB, 65, 64, "65 ways of 512; expected 1 to 64, or all of them in one set"},
        {(LadBytes)1 << 27, 1 << 21, 64, "2097152 ways"},
        {0, 8, 64, "multiple of ways times line, 512"},
        {1000, 8, 64, "multiple of ways times line, 512"},
        {(LadBytes)1 << 60, 8, 64, "at most 2147483648"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        LadGeometry geometry;
        g_autoptr(GError) error = NULL;
        ck_assert(!lad_geometry_init_cache(&geometry, "cache.l2", cases[i].size, cases[i].ways,
                                           cases[i].line, &error));
        lad_assert_error(error, cases[i].message);
        lad_assert_error(error, "cache.l2");
        ck_assert(g_error_matches(error, LAD_ERROR, LAD_ERROR_CONFIG));
    }
    LadGeometry geometry;
    g_autoptr(GError) pages = NULL, entries = NULL;
    ck_assert(!lad_geometry_init_tlb(&geometry, "tlb.l1", 64, 4, 5000, &pages));
    lad_assert_error(pages, "power of two from 4 KiB");
    ck_assert(!lad_geometry_init_tlb(&geometry, "tlb.l1", 62, 4, 4096, &entries));
    lad_assert_error(entries, "multiple of its 4 ways");
}
END_TEST

START_TEST(shapes_keep_their_size)
{
    LadGeometry geometry;
    ck_assert(lad_geometry_init_cache(&geometry, "l1", 48 * LAD_KIB, 12, 64, NULL));
    ck_assert_uint_eq(geometry.n_sets, 64);
    ck_assert(geometry.power_of_two);
    ck_assert_uint_eq(lad_geometry_bytes(&geometry), 48 * LAD_KIB);
    ck_assert(lad_geometry_init_cache(&geometry, "llc", 33 * LAD_MIB, 11, 128, NULL));
    ck_assert_uint_eq(geometry.n_sets, 24576);
    ck_assert(!geometry.power_of_two);
    ck_assert_uint_eq(lad_geometry_bytes(&geometry), 33 * LAD_MIB);
    ck_assert(lad_geometry_init_tlb(&geometry, "stlb", 1536, 12, 4096, NULL));
    ck_assert_uint_eq(geometry.n_sets, 128);
    ck_assert_uint_eq(lad_geometry_line(&geometry, 0x7fff12345678), 0x7fff12345);
}
END_TEST

START_TEST(lru_evicts_the_least_recently_touched_line)
{
    LadTags tags;
    make(&tags, 1, 4, &lad_replacement_lru);
    touch_all(&tags, "abcd");
    ck_assert(touch(&tags, 'a'));
    ck_assert(!touch(&tags, 'e'));
    ck_assert(!lad_tags_contains(&tags, 'b'));
    touch_all(&tags, "cf");
    ck_assert(!lad_tags_contains(&tags, 'd'));
    for (const char *line = "acef"; *line != '\0'; line++)
        ck_assert(lad_tags_contains(&tags, (guint64)*line));
    lad_tags_clear(&tags);
}
END_TEST

START_TEST(one_set_may_have_thousands_of_ways)
{
    /* Against a list, and lines go now and then. */
    enum { N = 60000, WAYS = 1500 };
    static const LadReplacementClass *const kinds[] = {&lad_replacement_lru, &lad_replacement_fifo};
    guint64 list[WAYS];
    guint n = 0, n_hits = 0;
    LadTags tags;
    LadRandom random;
    make(&tags, 1, WAYS, kinds[_i]);
    lad_random_init(&random, 21, "test");
    for (guint i = 0; i < N; i++) {
        guint64 line = lad_random_below(&random, 1 + lad_random_below(&random, 4000));
        guint at = 0;
        while (at < n && list[at] != line)
            at++;
        if (lad_random_below(&random, 16) == 0) {
            ck_assert_int_eq(lad_tags_contains(&tags, line), at < n);
            ck_assert_int_eq(lad_tags_invalidate(&tags, line), at < n);
            if (at < n)
                memmove(list + at, list + at + 1, (--n - at) * sizeof *list);
            continue;
        }
        gboolean hit = at < n;
        n_hits += hit ? 1 : 0;
        ck_assert_int_eq(lad_tags_access(&tags, line, LAD_FILL_LOAD, tags.policy), hit);
        if (hit && _i == 1)
            continue;
        n += hit || n == WAYS ? 0 : 1;
        at = MIN(at, n - 1);
        memmove(list + 1, list, at * sizeof *list);
        list[0] = line;
    }
    ck_assert_uint_gt(n_hits, N / 4);
    ck_assert_uint_gt(N - n_hits, N / 10);
    lad_tags_clear(&tags);
}
END_TEST

START_TEST(a_long_set_has_a_list_and_no_masks)
{
    LadTags tags;
    LadGeometry geometry = shape(1, 65);
    g_autoptr(GError) tree = NULL, masked = NULL;
    ck_assert(!lad_tags_init(&tags, &geometry, &lad_replacement_tree_plru, NULL, "t", 1, &tree));
    lad_assert_error(tree, "65 ways with tree-plru");
    ck_assert(!lad_tags_init_masked(&tags, &geometry, &lad_replacement_lru, NULL, "t", 1, &masked));
    lad_assert_error(masked, "at most 64");
}
END_TEST

START_TEST(fifo_evicts_the_oldest_line_whatever_was_touched)
{
    LadTags tags;
    make(&tags, 1, 4, &lad_replacement_fifo);
    touch_all(&tags, "abcd");
    touch_all(&tags, "aaba");
    ck_assert(!touch(&tags, 'e'));
    ck_assert(!lad_tags_contains(&tags, 'a'));
    ck_assert(touch(&tags, 'b'));
    ck_assert(!touch(&tags, 'f'));
    ck_assert(!lad_tags_contains(&tags, 'b'));
    lad_tags_clear(&tags);
}
END_TEST

/* Ways 0 to 3 hold a b c d. After touching a, the root points right and the left node at b; after
 * c, the root points left: so b goes, although d was touched longer ago than c and b before d. */
START_TEST(tree_plru_follows_the_bits)
{
    LadTags tags;
    make(&tags, 1, 4, &lad_replacement_tree_plru);
    touch_all(&tags, "abcd");
    touch_all(&tags, "ac");
    ck_assert(!touch(&tags, 'e'));
    ck_assert(!lad_tags_contains(&tags, 'b'));
    /* e lies in way 1: root right, left node at way 0; right node at way 3 since c. */
    ck_assert(!touch(&tags, 'f'));
    ck_assert(!lad_tags_contains(&tags, 'd'));
    lad_tags_clear(&tags);
}
END_TEST

START_TEST(tree_plru_never_takes_a_way_that_is_not_there_or_not_allowed)
{
    LadRandom random;
    lad_random_init(&random, 3, "test");
    for (guint n_ways = 1; n_ways <= 64; n_ways++) {
        guint depth = lad_tree_depth(n_ways);
        guint64 all = n_ways == 64 ? G_MAXUINT64 : ((guint64)1 << n_ways) - 1, tree = 0;
        for (guint i = 0; i < 200; i++) {
            guint64 allowed = lad_random_next(&random) & all;
            if (allowed == 0)
                allowed = all;
            guint way = lad_tree_victim(tree, depth, allowed);
            ck_assert_uint_lt(way, n_ways);
            ck_assert((allowed >> way & 1) != 0);
            tree = lad_tree_touch(tree, depth, way);
            if (n_ways > 1)
                ck_assert_uint_ne(lad_tree_victim(tree, depth, all), way);
        }
    }
}
END_TEST

START_TEST(random_takes_every_way_about_as_often)
{
    LadTags tags;
    make(&tags, 1, 8, &lad_replacement_random);
    guint n_hits = 0;
    for (guint64 line = 0; line < 80000; line++) {
        touch(&tags, line);
        n_hits += touch(&tags, line >= 8 ? line - 8 : line) ? 1 : 0;
    }
    lad_tags_clear(&tags);
    /* A line meets between 8 and 16 draws before it is looked up again, and survives each with 7/8.
     */
    ck_assert_uint_gt(n_hits, 80000 / 10);
    ck_assert_uint_lt(n_hits, 80000 / 2);
    guint taken[8] = {0};
    LadReplacement replacement = {.class = &lad_replacement_random, .n_sets = 1, .n_ways = 8};
    lad_random_init(&replacement.random, 1, "test");
    for (guint i = 0; i < 8000; i++)
        taken[lad_replacement_random.victim(&replacement, 0, NULL, 0xff)]++;
    for (guint way = 0; way < 8; way++) {
        ck_assert_uint_gt(taken[way], 850);
        ck_assert_uint_lt(taken[way], 1150);
    }
}
END_TEST

START_TEST(an_order_knows_the_last_allowed_way)
{
    static const guint way_counts[] = {1, 2, 8, 12, 16, 17, 20, 64};
    LadRandom random;
    lad_random_init(&random, 5, "test");
    for (guint k = 0; k < G_N_ELEMENTS(way_counts); k++) {
        guint n_ways = way_counts[k];
        guint64 state[8], when[64] = {0};
        lad_order_init(state, n_ways);
        for (guint way = n_ways; way-- > 0;)
            lad_order_to_front(state, n_ways, way);
        for (guint way = 0; way < n_ways; way++)
            when[way] = n_ways - way;
        for (guint64 now = 100; now < 1000; now++) {
            guint way = (guint)lad_random_below(&random, n_ways);
            lad_order_to_front(state, n_ways, way);
            when[way] = now;
            guint64 allowed = lad_random_next(&random) | (guint64)1 << way;
            guint last = way;
            for (guint other = 0; other < n_ways; other++)
                if ((allowed >> other & 1) != 0 && when[other] < when[last])
                    last = other;
            ck_assert_uint_eq(lad_order_last(state, n_ways, allowed), last);
            if (n_ways <= 16)
                ck_assert_uint_eq(lad_order_word_last(*state, n_ways),
                                  lad_order_last(state, n_ways, G_MAXUINT64));
        }
    }
}
END_TEST

START_TEST(an_invalidated_line_leaves_room_that_is_filled_first)
{
    static const LadReplacementClass *const classes[] = {
        &lad_replacement_lru, &lad_replacement_fifo, &lad_replacement_tree_plru,
        &lad_replacement_random};
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
        LadTags tags;
        make(&tags, 1, 4, classes[i]);
        touch_all(&tags, "abcd");
        ck_assert(lad_tags_invalidate(&tags, 'c'));
        ck_assert(!lad_tags_invalidate(&tags, 'c'));
        ck_assert(!touch(&tags, 'e'));
        for (const char *line = "abde"; *line != '\0'; line++)
            ck_assert(lad_tags_contains(&tags, (guint64)*line));
        lad_tags_clear(&tags);
    }
}
END_TEST

/* A copy of a class that the engine does not know by its address goes through the hooks. */
START_TEST(specialised_policies_do_what_their_hooks_say)
{
    static const LadReplacementClass *const classes[] = {
        &lad_replacement_lru, &lad_replacement_fifo, &lad_replacement_tree_plru,
        &lad_replacement_random};
    static const guint way_counts[] = {1, 2, 4, 7, 8, 11, 12, 16, 20, 32, 64};
    static const guint set_counts[] = {1, 4, 3, 12};
    LadRandom random;
    lad_random_init(&random, 11, "test");
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++)
        for (guint k = 0; k < G_N_ELEMENTS(way_counts); k++) {
            guint n_sets = set_counts[(i + k) % G_N_ELEMENTS(set_counts)];
            LadReplacementClass copy = *classes[i];
            LadTags special, hooks;
            make(&special, n_sets, way_counts[k], classes[i]);
            make(&hooks, n_sets, way_counts[k], &copy);
            ck_assert_uint_ne(special.policy, LAD_POLICY_MODEL);
            ck_assert_uint_eq(hooks.policy, LAD_POLICY_MODEL);
            guint n_hits = 0;
            for (guint n = 0; n < 5000; n++) {
                guint64 line = lad_random_below(&random, n_sets * way_counts[k] * 3 / 2 + 1);
                gboolean hit = touch(&special, line);
                ck_assert_int_eq(hit, touch(&hooks, line));
                n_hits += hit ? 1 : 0;
            }
            ck_assert_uint_gt(n_hits, 0);
            ck_assert_uint_lt(n_hits, 5000);
            lad_tags_clear(&special);
            lad_tags_clear(&hooks);
        }
}
END_TEST

START_TEST(a_model_copied_from_the_skeleton_works)
{
    gboolean touch_on_hit = TRUE;
    LadGeometry geometry = shape(1, 2);
    LadTags tags;
    g_autoptr(GError) error = NULL;
    lad_assert_ok(
        lad_tags_init(&tags, &geometry, &lad_replacement_skeleton, &touch_on_hit, "x", 1, &error),
        error);
    touch_all(&tags, "aba");
    ck_assert(!touch(&tags, 'c'));
    ck_assert(lad_tags_contains(&tags, 'a'));
    ck_assert(!lad_tags_contains(&tags, 'b'));
    lad_tags_clear(&tags);
}
END_TEST

START_TEST(more_ways_than_a_model_can_do_are_refused)
{
    LadReplacementClass small = lad_replacement_tree_plru;
    small.max_ways = 16;
    LadGeometry geometry = shape(4, 17);
    LadTags tags;
    g_autoptr(GError) error = NULL;
    ck_assert(!lad_tags_init(&tags, &geometry, &small, NULL, "llc", 1, &error));
    lad_assert_error(error, "at most 16");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("cache");
    TCase *tcase = tcase_create("cache");
    tcase_add_test(tcase, a_set_is_the_line_modulo_the_number_of_sets);
    tcase_add_test(tcase, impossible_shapes_are_refused_with_what_was_expected);
    tcase_add_test(tcase, shapes_keep_their_size);
    tcase_add_test(tcase, lru_evicts_the_least_recently_touched_line);
    tcase_add_loop_test(tcase, one_set_may_have_thousands_of_ways, 0, 2);
    tcase_add_test(tcase, a_long_set_has_a_list_and_no_masks);
    tcase_add_test(tcase, fifo_evicts_the_oldest_line_whatever_was_touched);
    tcase_add_test(tcase, tree_plru_follows_the_bits);
    tcase_add_test(tcase, tree_plru_never_takes_a_way_that_is_not_there_or_not_allowed);
    tcase_add_test(tcase, random_takes_every_way_about_as_often);
    tcase_add_test(tcase, an_order_knows_the_last_allowed_way);
    tcase_add_test(tcase, an_invalidated_line_leaves_room_that_is_filled_first);
    tcase_add_test(tcase, specialised_policies_do_what_their_hooks_say);
    tcase_add_test(tcase, a_model_copied_from_the_skeleton_works);
    tcase_add_test(tcase, more_ways_than_a_model_can_do_are_refused);
    suite_add_tcase(suite, tcase);
    return lad_suite_run(suite);
}
