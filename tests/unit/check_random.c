/* check_random.c - streams are reproducible, independent and uniform. */
#include "config.h"
#include "tests/unit/suite.h"
#include <memladder/random.h>

/* xoshiro256** from the state {1, 2, 3, 4}, worked by hand: 2 * 5 = 10, rotated left by 7 is 1280,
 * times 9 is 11520; the second state has s[1] = 0. */
START_TEST(follows_the_published_recurrence)
{
    LadRandom random = {{1, 2, 3, 4}};
    ck_assert_uint_eq(lad_random_next(&random), 11520);
    ck_assert_uint_eq(lad_random_next(&random), 0);
    ck_assert_uint_eq(lad_random_next(&random), 1509978240);
}
END_TEST

START_TEST(same_seed_and_name_give_the_same_draws)
{
    LadRandom a, b;
    lad_random_init(&a, 42, "placement");
    lad_random_init(&b, 42, "placement");
    for (guint i = 0; i < 1000; i++)
        ck_assert_uint_eq(lad_random_next(&a), lad_random_next(&b));
}
END_TEST

START_TEST(another_name_or_seed_gives_other_draws)
{
    LadRandom a, b, c;
    lad_random_init(&a, 42, "placement");
    lad_random_init(&b, 42, "replacement");
    lad_random_init(&c, 43, "placement");
    int n_equal = 0;
    for (guint i = 0; i < 1000; i++) {
        guint64 x = lad_random_next(&a);
        n_equal += (x == lad_random_next(&b)) + (x == lad_random_next(&c));
    }
    ck_assert_int_eq(n_equal, 0);
}
END_TEST

/* 100000 draws below 10: each value 10000 times, give or take six standard deviations of 95. */
START_TEST(draws_below_a_bound_are_uniform)
{
    LadRandom random;
    guint counts[10] = {0};
    lad_random_init(&random, 1, "test");
    for (guint i = 0; i < 100000; i++) {
        guint64 x = lad_random_below(&random, 10);
        ck_assert_uint_lt(x, 10);
        counts[x]++;
    }
    for (guint i = 0; i < 10; i++) {
        ck_assert_uint_gt(counts[i], 9430);
        ck_assert_uint_lt(counts[i], 10570);
    }
}
END_TEST

START_TEST(only_zero_lies_below_one)
{
    LadRandom random;
    lad_random_init(&random, 7, "test");
    for (guint i = 0; i < 100; i++)
        ck_assert_uint_eq(lad_random_below(&random, 1), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("random");
    TCase *tests = tcase_create("streams");
    tcase_add_test(tests, follows_the_published_recurrence);
    tcase_add_test(tests, same_seed_and_name_give_the_same_draws);
    tcase_add_test(tests, another_name_or_seed_gives_other_draws);
    tcase_add_test(tests, draws_below_a_bound_are_uniform);
    tcase_add_test(tests, only_zero_lies_below_one);
    suite_add_tcase(suite, tests);
    return lad_suite_run(suite);
}
