/* check_heat.c - the map of traffic loses no byte when it gets coarser. */
#include "config.h"
#include "tests/unit/suite.h"
#include <memladder/heat.h>

static LadBytes
map_bytes(const LadHeat *heat)
{
    LadBytes sum = 0;
    for (guint epoch = 0; epoch < lad_heat_n_epochs(heat); epoch++)
        for (guint range = 0; range < lad_heat_n_ranges(heat); range++)
            sum += lad_heat_cell(heat, range, epoch);
    return sum;
}

START_TEST(counts_each_page_and_each_cell)
{
    LadHeat *heat = lad_heat_new(100);
    lad_heat_add(heat, 3, 64);
    lad_heat_add(heat, 3, 64);
    lad_heat_advance(heat, 100);
    lad_heat_add(heat, 0, 32);
    ck_assert_uint_eq(lad_heat_n_pages(heat), 4);
    ck_assert_uint_eq(lad_heat_page_bytes(heat, 3), 128);
    ck_assert_uint_eq(lad_heat_page_bytes(heat, 1), 0);
    ck_assert_uint_eq(lad_heat_cell(heat, 3, 0), 128);
    ck_assert_uint_eq(lad_heat_cell(heat, 0, 1), 32);
    lad_heat_free(heat);
}
END_TEST

START_TEST(ranges_grow_with_the_footprint)
{
    LadHeat *heat = lad_heat_new(100);
    lad_heat_add(heat, 0, 64);
    lad_heat_add(heat, 511, 64);
    ck_assert_uint_eq(lad_heat_range_pages(heat), 1);
    lad_heat_add(heat, 512, 64);
    ck_assert_uint_eq(lad_heat_range_pages(heat), 2);
    ck_assert_uint_eq(lad_heat_cell(heat, 255, 0), 64);
    lad_heat_add(heat, 5000000, 64);
    ck_assert_uint_le(lad_heat_n_ranges(heat), LAD_HEAT_RANGES);
    ck_assert_uint_eq(map_bytes(heat), 4 * 64);
    ck_assert_uint_eq(lad_heat_page_bytes(heat, 511), 64);
    ck_assert_uint_eq(lad_heat_page_bytes(heat, 5000000), 64);
    lad_heat_free(heat);
}
END_TEST

START_TEST(epochs_grow_with_the_run)
{
    LadHeat *heat = lad_heat_new(100);
    for (guint i = 0; i < 3000; i++) {
        lad_heat_advance(heat, i * 100);
        lad_heat_add(heat, i % 7, 64);
    }
    ck_assert_uint_eq(lad_heat_epoch_length(heat), 800);
    ck_assert_uint_eq(lad_heat_n_epochs(heat), 3000 / 8);
    ck_assert_uint_eq(map_bytes(heat), 3000 * 64);
    LadBytes first = 0;
    for (guint range = 0; range < lad_heat_n_ranges(heat); range++)
        first += lad_heat_cell(heat, range, 0);
    ck_assert_uint_eq(first, 8 * 64);
    lad_heat_free(heat);
}
END_TEST

START_TEST(without_time_there_is_one_epoch)
{
    LadHeat *heat = lad_heat_new(0);
    lad_heat_advance(heat, 12345);
    lad_heat_add(heat, 1, 64);
    ck_assert_uint_eq(lad_heat_n_epochs(heat), 1);
    ck_assert_uint_eq(lad_heat_cell(heat, 1, 0), 64);
    lad_heat_free(heat);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("heat");
    TCase *heat = tcase_create("heat");
    tcase_add_test(heat, counts_each_page_and_each_cell);
    tcase_add_test(heat, ranges_grow_with_the_footprint);
    tcase_add_test(heat, epochs_grow_with_the_run);
    tcase_add_test(heat, without_time_there_is_one_epoch);
    suite_add_tcase(suite, heat);
    return lad_suite_run(suite);
}
