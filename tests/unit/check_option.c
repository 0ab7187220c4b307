/* check_option.c - amounts are read and printed exactly, limits hold, mistakes are explained. */
#include "config.h"
#include "sim/base/nearest.h"
#include "tests/unit/suite.h"
#include <memladder/error.h>
#include <memladder/option.h>
#include <memladder/random.h>
#include <string.h>

static const char *const colours[] = {"red", "green", "blue", NULL};

static LadOption
option_of(LadOptionType type)
{
    return (LadOption){.name = "key",
                       .type = type,
                       .choices = type == LAD_OPTION_ENUM ? colours : NULL,
                       .help = "a test's"};
}

/* What is written, what it is worth, and how it is printed. */
typedef struct {
    LadOptionType type;
    const char *text;
    guint64 value;
    const char *canonical;
} Amount;

static const Amount amounts[] = {
    {LAD_OPTION_UINT, "0", 0, "0"},
    {LAD_OPTION_UINT, "18446744073709551615", G_MAXUINT64, "18446744073709551615"},
    {LAD_OPTION_TIME, "85 ns", 85000, "85 ns"},
    {LAD_OPTION_TIME, "85ns", 85000, "85 ns"},
    {LAD_OPTION_TIME, "0.5 ns", 500, "500 ps"},
    {LAD_OPTION_TIME, "1000 ns", 1000000, "1 us"},
    {LAD_OPTION_TIME, "3 µs", 3000000, "3 us"},
    {LAD_OPTION_TIME, "100 ns", 100000, "100 ns"},
    {LAD_OPTION_TIME, "0 h", 0, "0 ps"},
    {LAD_OPTION_TIME, "2 min", 120 * LAD_S, "120 s"},
    {LAD_OPTION_TIME, "1 h", 3600 * LAD_S, "1 h"},
    {LAD_OPTION_BYTES, "4096 B", 4096, "4 KiB"},
    {LAD_OPTION_BYTES, "4 kB", 4000, "4 kB"},
    {LAD_OPTION_BYTES, "1.5 GB", 1500000000, "1.5 GB"},
    {LAD_OPTION_BYTES, "1536 KiB", 1536 * LAD_KIB, "1.5 MiB"},
    {LAD_OPTION_BYTES, "64 GiB", 64 * LAD_GIB, "64 GiB"},
    {LAD_OPTION_BYTES, "1 B", 1, "1 B"},
    {LAD_OPTION_BANDWIDTH, "38.4 GB/s", 38400000000, "38.4 GB/s"},
    {LAD_OPTION_BANDWIDTH, "28 GiB/s", 28 * LAD_GIB, "28 GiB/s"},
    {LAD_OPTION_FREQUENCY, "2.4 GHz", 2400000000, "2.4 GHz"},
    {LAD_OPTION_CYCLES, "14 cycles", 14, "14 cycles"},
    {LAD_OPTION_CYCLES, "1 cycle", 1, "1 cycles"},
};

START_TEST(reads_and_prints_an_amount)
{
    const Amount *amount = &amounts[_i];
    LadOption option = option_of(amount->type);
    guint64 value = 12345;
    g_autoptr(GError) error = NULL;
    lad_assert_ok(lad_option_parse(&option, amount->text, &value, &error), error);
    ck_assert_uint_eq(value, amount->value);
    g_autofree char *canonical = lad_option_print(&option, &value);
    ck_assert_str_eq(canonical, amount->canonical);
}
END_TEST

typedef struct {
    LadOptionType type;
    const char *text, *message;
} Mistake;

static const Mistake mistakes[] = {
    {LAD_OPTION_TIME, "85", "has no unit; expected a time in ps, ns"},
    {LAD_OPTION_TIME, "0", "has no unit"},
    {LAD_OPTION_TIME, "85 parsecs", "unknown unit"},
    {LAD_OPTION_TIME, "-85 ns", "is not a number"},
    {LAD_OPTION_TIME, "85 ns ", "unknown unit"},
    {LAD_OPTION_TIME, "0.0005 ns", "no whole number of ps"},
    {LAD_OPTION_TIME, "300000 h", "too large"},
    {LAD_OPTION_TIME, "99999999999999999999 ps", "too large"},
    {LAD_OPTION_TIME, "", "is not a number"},
    {LAD_OPTION_TIME, "ns", "is not a number"},
    {LAD_OPTION_TIME, ". ns", "is not a number"},
    {LAD_OPTION_TIME, "5. ns", "is not a number"},
    {LAD_OPTION_TIME, "1,5 ns", "unknown unit"},
    {LAD_OPTION_BYTES, "4 KB", "unknown unit"},
    {LAD_OPTION_BYTES, "1.5 B", "no whole number of B"},
    {LAD_OPTION_BYTES, "100 GB/s", "unknown unit; expected a size"},
    {LAD_OPTION_BANDWIDTH, "100 GB", "unknown unit; expected a bandwidth"},
    {LAD_OPTION_FREQUENCY, "2.4", "has no unit; expected a frequency"},
    {LAD_OPTION_CYCLES, "14", "has no unit"},
    {LAD_OPTION_UINT, "1.5", "is not a whole number"},
    {LAD_OPTION_UINT, "3 ns", "is not a whole number"},
    {LAD_OPTION_UINT, "18446744073709551616", "too large"},
    {LAD_OPTION_BOOL, "yes", "expected `true` or `false`"},
    {LAD_OPTION_BOOL, "", "expected `true` or `false`"},
    {LAD_OPTION_DOUBLE, "0.5x", "is not a number"},
    {LAD_OPTION_DOUBLE, "nan", "is not a number"},
    {LAD_OPTION_DOUBLE, "inf", "is not a number"},
    {LAD_OPTION_ENUM, "gren", "did you mean `green`? Expected `red`, `green` or `blue`"},
    {LAD_OPTION_ENUM, "x", "is none of the choices; expected `red`"},
    {LAD_OPTION_LIST, "a,,b", "empty item"},
    {LAD_OPTION_TABLE, "1 2; 3", "a row of 1 numbers, expected 2"},
    {LAD_OPTION_TABLE, "1 2e", "`2e` is not a number"},
    {LAD_OPTION_TABLE, "no-such-file.tsv", "no-such-file.tsv"},
};

START_TEST(explains_a_mistake)
{
    const Mistake *mistake = &mistakes[_i];
    LadOption option = option_of(mistake->type);
    union {
        guint64 amount;
        void *pointer;
    } value = {0};
    g_autoptr(GError) error = NULL;
    ck_assert(!lad_option_parse(&option, mistake->text, &value, &error));
    lad_assert_error(error, mistake->message);
    ck_assert_int_eq(lad_error_exit_status(error), 2);
}
END_TEST

/* Any value of any type survives being printed and read. */
START_TEST(printed_amounts_read_back_the_same)
{
    static const LadOptionType types[] = {LAD_OPTION_UINT,      LAD_OPTION_TIME,
                                          LAD_OPTION_BYTES,     LAD_OPTION_BANDWIDTH,
                                          LAD_OPTION_FREQUENCY, LAD_OPTION_CYCLES};
    LadOption option = option_of(types[_i]);
    LadRandom random;
    lad_random_init(&random, 1, "values");
    for (guint i = 0; i < 5000; i++) {
        guint64 value = (lad_random_next(&random) >> 1) >> lad_random_below(&random, 63);
        if (i % 3 == 0)
            value -= value % 1000000;
        guint64 again = ~value;
        g_autofree char *text = lad_option_print(&option, &value);
        g_autoptr(GError) error = NULL;
        lad_assert_ok(lad_option_parse(&option, text, &again, &error), error);
        ck_assert_uint_eq(again, value);
    }
}
END_TEST

START_TEST(printed_doubles_read_back_the_same)
{
    LadOption option = option_of(LAD_OPTION_DOUBLE);
    LadRandom random;
    lad_random_init(&random, 1, "doubles");
    for (guint i = 0; i < 5000; i++) {
        double value = ((double)lad_random_next(&random) - 9e18) /
                       (double)(1 + lad_random_below(&random, 1000000));
        double again = 0;
        g_autofree char *text = lad_option_print(&option, &value);
        g_autoptr(GError) error = NULL;
        lad_assert_ok(lad_option_parse(&option, text, &again, &error), error);
        ck_assert_double_eq(again, value);
    }
    double tenth = 0.1;
    g_autofree char *text = lad_option_print(&option, &tenth);
    ck_assert_str_eq(text, "0.1");
}
END_TEST

START_TEST(limits_are_inclusive_and_named)
{
    LadOption option = option_of(LAD_OPTION_TIME);
    option.min = "1 ns";
    option.max = "10 us";
    LadTime value;
    g_autoptr(GError) error = NULL;
    ck_assert(lad_option_parse(&option, "1 ns", &value, NULL));
    ck_assert(lad_option_parse(&option, "10 us", &value, NULL));
    ck_assert(!lad_option_parse(&option, "999 ps", &value, NULL));
    ck_assert(!lad_option_parse(&option, "10001 ns", &value, &error));
    lad_assert_error(error, "`10001 ns` is out of range; expected a time from 1 ns to 10 us");
}
END_TEST

START_TEST(a_default_out_of_its_range_is_refused)
{
    LadOption option = option_of(LAD_OPTION_DOUBLE);
    option.def = "1.5";
    option.max = "1";
    g_autoptr(GError) error = NULL;
    ck_assert(!lad_option_check(&option, &error));
    lad_assert_error(error, "out of range");
    option.def = "1";
    ck_assert(lad_option_check(&option, NULL));
    option.max = "one";
    ck_assert(!lad_option_check(&option, NULL));
}
END_TEST

START_TEST(lists_are_trimmed)
{
    LadOption option = option_of(LAD_OPTION_LIST);
    g_auto(GStrv) items = NULL;
    ck_assert(lad_option_parse(&option, " a ,b,  c d", &items, NULL));
    ck_assert_uint_eq(g_strv_length(items), 3);
    ck_assert_str_eq(items[2], "c d");
    g_autofree char *text = lad_option_print(&option, &items);
    ck_assert_str_eq(text, "a, b, c d");
    g_auto(GStrv) none = NULL;
    ck_assert(lad_option_parse(&option, "", &none, NULL));
    ck_assert_uint_eq(g_strv_length(none), 0);
}
END_TEST

START_TEST(tables_read_files_with_comments_and_either_separator)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LadTable) table =
        lad_table_parse("# share, ns\n0 85\n\n10,90.5 # knee\n\t20 ; 1e3\n", "curve.tsv", &error);
    ck_assert_ptr_null(table);
    lad_assert_error(error, "curve.tsv:5: a row of 1 numbers, expected 2");
    g_clear_error(&error);
    table =
        lad_table_parse("# share, ns\n0 85\n\n10,90.5 # knee\n\t20  1e3\n", "curve.tsv", &error);
    lad_assert_ok(table != NULL, error);
    ck_assert_uint_eq(table->n_rows, 3);
    ck_assert_uint_eq(table->n_columns, 2);
    ck_assert_double_eq(table->cells[3], 90.5);
    ck_assert_double_eq(table->cells[5], 1000);
    g_autofree char *text = lad_table_print(table);
    ck_assert_str_eq(text, "0 85; 10 90.5; 20 1000");
}
END_TEST

START_TEST(edit_distance_counts_swaps_as_one)
{
    ck_assert_uint_eq(lad_edit_distance("size", "size"), 0);
    ck_assert_uint_eq(lad_edit_distance("size", "SIZE"), 0);
    ck_assert_uint_eq(lad_edit_distance("szie", "size"), 1);
    ck_assert_uint_eq(lad_edit_distance("latncy", "latency"), 1);
    ck_assert_uint_eq(lad_edit_distance("", "abc"), 3);
    ck_assert_uint_eq(lad_edit_distance("kitten", "sitting"), 3);
}
END_TEST

START_TEST(the_nearest_name_must_be_near)
{
    static const char *const names[] = {"latency", "bandwidth", "size", NULL};
    ck_assert_str_eq(lad_nearest("latncy", names), "latency");
    ck_assert_str_eq(lad_nearest("band", names), "bandwidth");
    ck_assert_ptr_null(lad_nearest("frequency-of-rain", names));
    ck_assert_ptr_null(lad_nearest("", names));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("option");
    TCase *tests = tcase_create("values");
    tcase_add_loop_test(tests, reads_and_prints_an_amount, 0, G_N_ELEMENTS(amounts));
    tcase_add_loop_test(tests, explains_a_mistake, 0, G_N_ELEMENTS(mistakes));
    tcase_add_loop_test(tests, printed_amounts_read_back_the_same, 0, 6);
    tcase_add_test(tests, printed_doubles_read_back_the_same);
    tcase_add_test(tests, limits_are_inclusive_and_named);
    tcase_add_test(tests, a_default_out_of_its_range_is_refused);
    tcase_add_test(tests, lists_are_trimmed);
    tcase_add_test(tests, tables_read_files_with_comments_and_either_separator);
    suite_add_tcase(suite, tests);
    TCase *names = tcase_create("names");
    tcase_add_test(names, edit_distance_counts_swaps_as_one);
    tcase_add_test(names, the_nearest_name_must_be_near);
    suite_add_tcase(suite, names);
    return lad_suite_run(suite);
}
