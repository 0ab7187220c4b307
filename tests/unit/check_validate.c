/* The table of checks: errors, verdicts, what is printed. */
#include "config.h"
#include "analysis/validate/validate.h"
#include "tests/unit/suite.h"
#include <math.h>
#include <string.h>
#include <unistd.h>

static gboolean
add_rows(LadValidate *validate, GError **error G_GNUC_UNUSED)
{
    LadValidateRow row = {.source = "paper",
                          .quantity = "share",
                          .measured = 0.5,
                          .ours = 0.515,
                          .low = NAN,
                          .high = NAN,
                          .kind = LAD_AIM_ABSOLUTE,
                          .aim = 0.02};
    lad_validate_add(validate, &row);
    row.ours = 0.53;
    lad_validate_add(validate, &row);
    row = (LadValidateRow){.source = "kernel",
                           .quantity = "promotions",
                           .unit = "page",
                           .measured = 1000,
                           .ours = 1049,
                           .low = 900,
                           .high = 1100,
                           .kind = LAD_AIM_RELATIVE,
                           .aim = 0.05};
    lad_validate_add(validate, &row);
    row.measured = 0;
    row.ours = 1;
    lad_validate_add(validate, &row);
    row.kind = LAD_AIM_NONE;
    lad_validate_add(validate, &row);
    lad_validate_skip(validate, "elsewhere", "no data here");
    return TRUE;
}

static gboolean
cannot_run(LadValidate *validate G_GNUC_UNUSED, GError **error)
{
    g_set_error_literal(error, LAD_ERROR, LAD_ERROR_IO, "the data are broken");
    return FALSE;
}

static const LadValidateGroup rows_group = {"rows", "rows of a test", add_rows};
static const LadValidateGroup broken_group = {"broken", "cannot run", cannot_run};

static LadValidate *
filled(const LadValidateOptions *options)
{
    LadValidate *validate = lad_validate_new(options);
    ck_assert(lad_validate_run(validate, &rows_group, NULL));
    return validate;
}

START_TEST(judges_by_absolute_and_relative_aims)
{
    const LadValidateOptions options = {.jobs = 1, .phases = 1};
    g_autoptr(LadValidate) validate = filled(&options);
    const LadVerdict expected[] = {LAD_VERDICT_WITHIN, LAD_VERDICT_MISSED,   LAD_VERDICT_WITHIN,
                                   LAD_VERDICT_MISSED, LAD_VERDICT_REPORTED, LAD_VERDICT_SKIPPED};
    ck_assert_uint_eq(lad_validate_n_rows(validate), G_N_ELEMENTS(expected));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        ck_assert_int_eq((int)lad_validate_row(validate, i)->verdict, (int)expected[i]);
    ck_assert_double_eq_tol(lad_validate_error(lad_validate_row(validate, 0)), 0.015, 1e-12);
    ck_assert_double_eq_tol(lad_validate_error(lad_validate_row(validate, 2)), 0.049, 1e-12);
    ck_assert_uint_eq(lad_validate_count(validate, LAD_VERDICT_MISSED), 2);
}
END_TEST

START_TEST(prints_a_line_per_row_in_every_format)
{
    const LadValidateOptions options = {.jobs = 1, .phases = 1};
    g_autoptr(LadValidate) validate = filled(&options);
    g_autofree char *text = lad_validate_text(validate);
    ck_assert_ptr_nonnull(strstr(text, "promotions (page)"));
    ck_assert_ptr_nonnull(strstr(text, "900 to 1100"));
    ck_assert_ptr_nonnull(strstr(text, "+4.90 %"));
    ck_assert_ptr_nonnull(strstr(text, "2 within, 2 missed, 1 reported only, 1 skipped"));
    g_autofree char *tsv = lad_validate_tsv(validate);
    g_auto(GStrv) lines = g_strsplit(tsv, "\n", -1);
    ck_assert_uint_eq(g_strv_length(lines), 8);
    for (guint i = 0; i < 7; i++) {
        g_auto(GStrv) cells = g_strsplit(lines[i], "\t", -1);
        ck_assert_uint_eq(g_strv_length(cells), 12);
    }
    g_autofree char *json = lad_validate_json(validate);
    ck_assert_ptr_nonnull(strstr(json, "\"verdict\" : \"skipped\""));
    ck_assert_ptr_nonnull(strstr(json, "\"ours\" : null"));
}
END_TEST

START_TEST(a_group_that_cannot_run_is_named_in_its_error)
{
    const LadValidateOptions options = {.jobs = 1, .phases = 1};
    g_autoptr(LadValidate) validate = lad_validate_new(&options);
    g_autoptr(GError) error = NULL;
    ck_assert(!lad_validate_run(validate, &broken_group, &error));
    ck_assert_str_eq(error->message, "broken: the data are broken");
}
END_TEST

START_TEST(folders_given_come_before_those_of_the_program)
{
    g_autofree char *top = g_dir_make_tmp("lad-validate-XXXXXX", NULL);
    g_autofree char *inner = g_build_filename(top, "kernel", NULL);
    ck_assert_int_eq(g_mkdir_with_parents(inner, 0700), 0);
    char *data[] = {inner, top, NULL};
    const LadValidateOptions options = {.data = data, .jobs = 1, .phases = 1};
    g_autoptr(LadValidate) validate = lad_validate_new(&options);
    g_auto(GStrv) folders = lad_validate_folders(validate, "kernel");
    ck_assert_uint_ge(g_strv_length(folders), 2);
    ck_assert_str_eq(folders[0], inner);
    ck_assert_str_eq(folders[1], inner);
    rmdir(inner);
    rmdir(top);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("validate");
    TCase *tests = tcase_create("table");
    tcase_add_test(tests, judges_by_absolute_and_relative_aims);
    tcase_add_test(tests, prints_a_line_per_row_in_every_format);
    tcase_add_test(tests, a_group_that_cannot_run_is_named_in_its_error);
    tcase_add_test(tests, folders_given_come_before_those_of_the_program);
    suite_add_tcase(suite, tests);
    return lad_suite_run(suite);
}
