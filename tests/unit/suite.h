/* suite.h - the main function of a test program: Check under Automake's TAP driver. */
#ifndef LAD_TESTS_SUITE_H
#define LAD_TESTS_SUITE_H

#include <check.h>
#include <glib.h>
#include <stdlib.h>

/* Runs and frees `suite`; returns main's status. TAP on stdout under the harness (which sets
 * CK_TAP_LOG_FILE_NAME), else Check's own report. */
static inline int
lad_suite_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, g_getenv("CK_TAP_LOG_FILE_NAME") != NULL ? CK_SILENT : CK_NORMAL);
    int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Fails unless `condition` holds, with the text of `error` (a GError *, may be NULL). */
#define lad_assert_ok(condition, error)                                                            \
    ck_assert_msg(condition, "%s", (error) != NULL ? (error)->message : "no error was set")

/* Fails unless `error` is set and its message has `part`. */
#define lad_assert_error(error, part)                                                              \
    do {                                                                                           \
        ck_assert_msg((error) != NULL, "no error; expected one with \"%s\"", part);                \
        ck_assert_msg(strstr((error)->message, part) != NULL, "\"%s\" lacks \"%s\"",               \
                      (error)->message, part);                                                     \
    } while (0)

#endif
