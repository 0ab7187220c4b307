/* check_report.c - summaries, comparisons, dumps and the report's page, from a hand-made result. */
#include "config.h"
#include "analysis/report/report.h"
#include "sim/result/quantity.h"
#include "tests/unit/result_sample.h"
#include "tests/unit/suite.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/wait.h>

static char *directory;

static void
make_directory(void)
{
    directory = g_dir_make_tmp("memladder-report-XXXXXX", NULL);
    ck_assert_ptr_nonnull(directory);
}

static void
remove_tree(const char *path)
{
    GDir *listing = g_dir_open(path, 0, NULL);
    for (const char *name; listing && (name = g_dir_read_name(listing)) != NULL;) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        if (g_file_test(inner, G_FILE_TEST_IS_DIR) && !g_file_test(inner, G_FILE_TEST_IS_SYMLINK))
            remove_tree(inner);
        else
            g_unlink(inner);
    }
    if (listing)
        g_dir_close(listing);
    g_rmdir(path);
}

static void
remove_directory(void)
{
    remove_tree(directory);
    g_clear_pointer(&directory, g_free);
}

static void
assert_has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "`%s` is not in: %.3000s", part, text);
}

/* Says so where it is not there: what needs it goes unchecked. */
static gboolean
has_program(const char *name)
{
    g_autofree char *path = g_find_program_in_path(name);
    if (path == NULL)
        g_printerr("# %s is not installed: what it would show is not checked\n", name);
    return path != NULL;
}

/* ---- Numbers for people -----------------------------------------------------------------------
 */

START_TEST(quantities_carry_four_digits_and_a_unit)
{
    static const struct {
        double value;
        const char *unit, *text;
    } expected[] = {
        {0.00412, "s", "4.120 ms"},
        {85000, "ps", "85.00 ns"},
        {3 * 1048576.0, "byte", "3.000 MiB"},
        {38.4e9, "byte s-1", "38.40 GB/s"},
        {2e9, "s-1", "2.000 G/s"},
        {1234567, "count", "1.235 M"},
        {880, "count", "880"},
        {0.5, "1", "0.500"},
        {NAN, "ns", "-"},
        {0, "byte", "0 B"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_autofree char *text = lad_quantity(expected[i].value, expected[i].unit);
        ck_assert_str_eq(text, expected[i].text);
    }
    g_autofree char *share = lad_quantity_share(0.125);
    ck_assert_str_eq(share, "12.5 %");
}
END_TEST

/* ---- Summaries --------------------------------------------------------------------------------
 */

START_TEST(the_summary_says_what_ran_and_what_came_of_it)
{
    static const char *const parts[] = {
        "ended by     end of trace",
        "kernel.time-scale = 0.001, run.capacity-scale = 0.5",
        "note         the kernel took 12.5 %",
        "placement    tpp",
        "measured     warm-up",
        "simulated time                    4.000 ms    1.000 ms",
        "IPC                                  0.500       0.500",
        "memory latency     0.750   37.5 %",
        "accesses of unknown dependence      10.0 %",
        "throughput per cost              10.67 G/s",
        "cache.llc   200.0 k    40000     80.0 %  5.000",
        "kernel.pgpromote_success       800      200",
        "tier_far    25.0 %",
    };
    g_autoptr(LadResult) result = result_sample_new(25);
    g_autofree char *text = lad_summary_text(result);
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
        assert_has(text, parts[i]);
    for (const char *line = text; *line; line = strchr(line, '\n') + 1)
        ck_assert_msg(strchr(line, '\n') != NULL, "the last line does not end");
}
END_TEST

START_TEST(a_run_and_its_file_have_one_summary)
{
    g_autoptr(LadResult) result = result_sample_new(25);
    g_autofree char *path = g_build_filename(directory, "a.h5", NULL);
    ck_assert(lad_result_write(result, path, NULL));
    g_autoptr(LadResult) read = lad_result_read(path, NULL);
    ck_assert_ptr_nonnull(read);
    g_autofree char *text = lad_summary_text(result), *same = lad_summary_text(read);
    ck_assert_str_eq(text, same);
    g_autofree char *json = lad_summary_json(result), *same_json = lad_summary_json(read);
    ck_assert_msg(g_str_equal(json, same_json), "the JSON of a file differs from its run's");
}
END_TEST

START_TEST(json_spells_metrics_as_part_and_counter)
{
    g_autoptr(LadResult) result = result_sample_new(25);
    g_autofree char *json = lad_summary_json(result);
    assert_has(json, "\"tier_far.read_bytes\" : 640000");
    assert_has(json, "\"core1.instructions\" : 4000000");
    assert_has(json, "\"kernel.pgpromote_success\" : 800");
    assert_has(json, "\"ipc\" : 0.5");
    assert_has(json, "\"warm_up\" : {");
    assert_has(json, "\"tier.latency_p99\" : \"ns\"");
    ck_assert_ptr_null(strstr(json, "nan"));
}
END_TEST

START_TEST(a_comparison_names_the_inputs_that_differ)
{
    g_autoptr(LadResult) a = result_sample_new(25), b = result_sample_new(60);
    g_autofree char *other = g_strconcat(b->config, "\n[placement]\nmodel=first-touch\n", NULL);
    ck_assert(lad_result_set_config(b, other, NULL));
    const LadResult *const results[] = {a, b};
    const char *const names[] = {"tpp", "plain"};
    g_autofree char *text = lad_summary_compare(results, names, 2, FALSE);
    assert_has(text, "placement.model  tpp  first-touch");
    ck_assert_ptr_null(strstr(text, "core.frequency"));
    assert_has(text, "x 1.12");
    ck_assert_ptr_null(strstr(text, "had no effect"));
}
END_TEST

START_TEST(a_comparison_warns_when_a_difference_had_no_effect)
{
    g_autoptr(LadResult) a = result_sample_new(25), b = result_sample_new(25);
    g_autofree char *other = g_strconcat(b->config, "\n[placement]\nmodel=first-touch\n", NULL);
    ck_assert(lad_result_set_config(b, other, NULL));
    const LadResult *const results[] = {a, b};
    const char *const names[] = {"a", "b"};
    g_autofree char *text = lad_summary_compare(results, names, 2, FALSE);
    assert_has(text, "warning: all ");
    assert_has(text, "metrics are equal although placement.model differs");
}
END_TEST

/* ---- Dumps ------------------------------------------------------------------------------------
 */

START_TEST(a_canonical_dump_knows_no_host)
{
    char *dumps[2] = {NULL, NULL};
    for (guint i = 0; i < 2; i++) {
        g_autoptr(LadResult) result = result_sample_new(25);
        g_autofree char *path = g_strdup_printf("%s/%u.h5", directory, i);
        result->provenance.host_seconds = 1.5 + i;
        g_free(result->provenance.command_line);
        result->provenance.command_line = g_strdup_printf("memladder run --jobs=%u", i);
        ck_assert(lad_result_write(result, path, NULL));
        dumps[i] = lad_result_dump(path, TRUE, NULL);
        g_autofree char *whole = lad_result_dump(path, FALSE, NULL);
        assert_has(whole, "/provenance/host_seconds");
        assert_has(whole, "--jobs=");
    }
    ck_assert_msg(g_str_equal(dumps[0], dumps[1]), "dumps of equal results differ");
    assert_has(dumps[0], "/summary/tier_read_bytes[1]\t1920000\t640000\n");
    assert_has(dumps[0], "/summary/tier_read_bytes@units\tbyte\n");
    assert_has(dumps[0], "/series/kernel_pgpromote_success[0]\t100\n");
    ck_assert_ptr_null(strstr(dumps[0], "host_seconds"));
    ck_assert_ptr_null(strstr(dumps[0], "--jobs="));
    g_free(dumps[0]);
    g_free(dumps[1]);
}
END_TEST

START_TEST(a_changed_counter_changes_the_dump)
{
    char *dumps[2] = {NULL, NULL};
    for (guint i = 0; i < 2; i++) {
        g_autoptr(LadResult) result = result_sample_new(25 + i);
        g_autofree char *path = g_strdup_printf("%s/%u.h5", directory, i);
        ck_assert(lad_result_write(result, path, NULL));
        dumps[i] = lad_result_dump(path, TRUE, NULL);
    }
    ck_assert_msg(!g_str_equal(dumps[0], dumps[1]), "dumps of other results are equal");
    g_free(dumps[0]);
    g_free(dumps[1]);
}
END_TEST

/* Everything that a man page is broken into lines by, as one blank. */
static char *
unwrapped(const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text, " \n", -1);
    GString *joined = g_string_new(NULL);
    for (guint i = 0; words[i] != NULL; i++)
        if (*words[i] != '\0')
            g_string_append_printf(joined, "%s ", words[i]);
    return g_string_free(joined, FALSE);
}

START_TEST(the_manual_has_every_derived_metric_with_unit_and_formula)
{
    g_autofree char *path =
        g_build_filename(g_getenv("LAD_TEST_SRCDIR"), "man", "memladder-result.5", NULL);
    g_autofree char *raw = NULL;
    ck_assert(g_file_get_contents(path, &raw, NULL, NULL));
    g_autofree char *page = unwrapped(raw);
    g_autofree char *dictionary = lad_summary_dictionary(NULL);
    g_auto(GStrv) lines = g_strsplit(dictionary, "\n", -1);
    guint n = 0;
    for (guint i = 1; lines[i] != NULL && *lines[i] != '\0'; i++, n++) {
        g_auto(GStrv) cells = g_strsplit(lines[i], "\t", -1);
        const char *unit = g_str_equal(cells[1], "1") ? "no unit" : cells[1];
        g_autofree char *expected =
            g_strdup_printf(".It Li %s Pq %s %c%s. Formula: %s. ", cells[0], unit,
                            g_ascii_toupper(cells[2][0]), cells[2] + 1, cells[3]);
        assert_has(page, expected);
    }
    ck_assert_uint_gt(n, 40);
}
END_TEST

/* ---- The page ---------------------------------------------------------------------------------
 */

static char *
write_report(LadResult *a, LadResult *b)
{
    const LadResult *const results[] = {a, b};
    const char *const names[] = {"all-ddr", "ddr & cxl"};
    GError *error = NULL;
    gboolean ok = lad_report_write(results, names, b ? 2 : 1, FALSE, directory, &error);
    lad_assert_ok(ok, error);
    g_autofree char *path = g_build_filename(directory, "index.html", NULL);
    char *html = NULL;
    ck_assert(g_file_get_contents(path, &html, NULL, NULL));
    return html;
}

static guint
count(const char *text, const char *part)
{
    guint n = 0;
    for (; (text = strstr(text, part)) != NULL; text++)
        n++;
    return n;
}

START_TEST(a_report_stands_alone_and_every_figure_has_a_caption)
{
    if (!has_program("gnuplot"))
        return;
    g_autoptr(LadResult) a = result_sample_new(0), b = result_sample_new(60);
    g_autofree char *html = write_report(a, b);
    /* Three shared figures and six for each of two results. */
    ck_assert_uint_eq(count(html, "<figure "), 15);
    ck_assert_uint_eq(count(html, "<svg "), 15);
    ck_assert_uint_eq(count(html, "<figcaption>"), 15);
    ck_assert_uint_eq(count(html, "<title>Gnuplot"), 0);
    ck_assert_uint_eq(count(html, "src=\"http"), 0);
    ck_assert_uint_eq(count(html, "<script"), 0);
    ck_assert_uint_eq(count(html, "<link"), 0);
    assert_has(html, "ddr &amp; cxl");
    for (const LadFigure *figure = lad_figures; figure->name; figure++) {
        g_autofree char *caption = g_markup_escape_text(figure->caption, -1);
        assert_has(html, caption);
        ck_assert_msg(g_str_has_suffix(figure->caption, "."), "%s", figure->caption);
    }
    static const char *const axes[] = {"cycles per instruction", "traffic (GB/s)",
                                       "memory in use (MiB)",    "pages per ms",
                                       "share of traffic (%)",   "latency of line reads (ns)",
                                       "simulated time (ms)",    "traffic of a page (KiB/ms)",
                                       "share of time (%)"};
    for (guint i = 0; i < G_N_ELEMENTS(axes); i++)
        assert_has(html, axes[i]);
}
END_TEST

START_TEST(a_run_without_time_gets_sentences_instead_of_figures)
{
    if (!has_program("gnuplot"))
        return;
    g_autoptr(LadResult) result = result_sample_empty();
    g_autofree char *html = write_report(result, NULL);
    ck_assert_uint_eq(count(html, "<svg "), 0);
    ck_assert_uint_eq(count(html, "There is no figure"), 9);
}
END_TEST

START_TEST(scripts_left_beside_the_page_draw_the_figures_again)
{
    if (!has_program("gnuplot"))
        return;
    g_autoptr(LadResult) a = result_sample_new(25);
    g_autofree char *html = write_report(a, NULL);
    for (const LadFigure *figure = lad_figures; figure->name; figure++) {
        g_autofree char *stem =
            figure->shared ? g_strdup(figure->name) : g_strdup_printf("%s-1", figure->name);
        g_autofree char *script = g_strdup_printf("%s/%s.gp", directory, figure->name);
        g_autofree char *table = g_strdup_printf("%s/%s.tsv", directory, stem);
        g_autofree char *picture = g_strdup_printf("%s/again.svg", directory);
        const char *arguments[] = {"gnuplot", "-c", script, table, picture, NULL};
        int status = 0;
        ck_assert(g_spawn_sync("/", (char **)arguments, NULL,
                               G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL,
                               NULL, &status, NULL));
        ck_assert_msg(g_spawn_check_wait_status(status, NULL), "%s", figure->name);
        g_autofree char *svg = NULL;
        ck_assert(g_file_get_contents(picture, &svg, NULL, NULL));
        assert_has(svg, "</svg>");
    }
}
END_TEST

START_TEST(without_gnuplot_a_sentence_says_what_to_install)
{
    g_autoptr(LadResult) a = result_sample_new(25);
    const LadResult *const results[] = {a};
    const char *const names[] = {"a"};
    GError *error = NULL;
    g_autofree char *path = g_strdup(g_getenv("PATH"));
    g_setenv("PATH", "/nonexistent", TRUE);
    gboolean ok = lad_report_write(results, names, 1, FALSE, directory, &error);
    g_setenv("PATH", path, TRUE);
    ck_assert(!ok);
    ck_assert(g_error_matches(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED));
    lad_assert_error(error, "gnuplot was not found");
    g_error_free(error);
    g_autofree char *page = g_build_filename(directory, "index.html", NULL);
    ck_assert(!g_file_test(page, G_FILE_TEST_EXISTS));
}
END_TEST

/* ---- In a browser -----------------------------------------------------------------------------
 */

/* What Chromium says about a page; NULL where there is no Chromium that starts. */
static char *
browse(const char *action, const char *size, const char *page)
{
    g_autofree char *profile = g_build_filename(directory, "profile", NULL);
    g_autofree char *data = g_strconcat("--user-data-dir=", profile, NULL);
    g_autofree char *url = g_strconcat("file://", page, NULL);
    const char *arguments[] = {"chromium",
                               "--headless",
                               "--no-sandbox",
                               "--disable-gpu",
                               "--no-first-run",
                               "--disable-dev-shm-usage",
                               "--disable-sync",
                               "--hide-scrollbars",
                               "--disable-background-networking",
                               "--disable-component-update",
                               "--host-resolver-rules=MAP * ~NOTFOUND",
                               data,
                               size,
                               action,
                               url,
                               NULL};
    char *output = NULL;
    int status = 0;
    if (!g_spawn_sync(NULL, (char **)arguments, NULL,
                      G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &output, NULL,
                      &status, NULL) ||
        !g_spawn_check_wait_status(status, NULL))
        g_clear_pointer(&output, g_free);
    return output;
}

static gsize
screenshot_bytes(const char *page, const char *size, const char *name)
{
    g_autofree char *picture = g_build_filename(directory, name, NULL);
    g_autofree char *action = g_strconcat("--screenshot=", picture, NULL);
    g_free(browse(action, size, page));
    g_autofree char *png = NULL;
    gsize length = 0;
    ck_assert(g_file_get_contents(picture, &png, &length, NULL));
    return length;
}

START_TEST(a_browser_shows_the_page)
{
    if (!has_program("chromium") || !has_program("gnuplot")) {
        return;
    }
    g_autoptr(LadResult) a = result_sample_new(0), b = result_sample_new(60);
    g_autofree char *html = write_report(a, b);
    g_autofree char *page = g_build_filename(directory, "index.html", NULL);
    g_autofree char *blank = g_build_filename(directory, "blank.html", NULL);
    g_file_set_contents(blank, "<!DOCTYPE html><title>blank</title>", -1, NULL);
    g_autofree char *dom = browse("--dump-dom", "--window-size=1280,3000", page);
    if (dom == NULL) {
        g_printerr("# the page was not looked at: chromium does not start here\n");
        return;
    }
    assert_has(dom, "memladder report");
    assert_has(dom, "pages by first touch (MiB)");
    ck_assert_uint_eq(count(dom, "<svg "), 15);
    static const char *const sizes[] = {"--window-size=400,3000", "--window-size=1280,3000"};
    for (guint i = 0; i < 2; i++) {
        gsize empty = screenshot_bytes(blank, sizes[i], "blank.png");
        ck_assert_uint_gt(screenshot_bytes(page, sizes[i], "page.png"), 4 * empty);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("report");
    TCase *text = tcase_create("text");
    tcase_add_checked_fixture(text, make_directory, remove_directory);
    tcase_add_test(text, quantities_carry_four_digits_and_a_unit);
    tcase_add_test(text, the_summary_says_what_ran_and_what_came_of_it);
    tcase_add_test(text, a_run_and_its_file_have_one_summary);
    tcase_add_test(text, json_spells_metrics_as_part_and_counter);
    tcase_add_test(text, a_comparison_names_the_inputs_that_differ);
    tcase_add_test(text, a_comparison_warns_when_a_difference_had_no_effect);
    tcase_add_test(text, a_canonical_dump_knows_no_host);
    tcase_add_test(text, a_changed_counter_changes_the_dump);
    tcase_add_test(text, the_manual_has_every_derived_metric_with_unit_and_formula);
    suite_add_tcase(suite, text);
    TCase *page = tcase_create("page");
    tcase_add_checked_fixture(page, make_directory, remove_directory);
    tcase_set_timeout(page, 180);
    tcase_add_test(page, a_report_stands_alone_and_every_figure_has_a_caption);
    tcase_add_test(page, a_run_without_time_gets_sentences_instead_of_figures);
    tcase_add_test(page, scripts_left_beside_the_page_draw_the_figures_again);
    tcase_add_test(page, without_gnuplot_a_sentence_says_what_to_install);
    tcase_add_test(page, a_browser_shows_the_page);
    suite_add_tcase(suite, page);
    return lad_suite_run(suite);
}
