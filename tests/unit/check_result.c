/* check_result.c - a result in its file: written whole or not at all, read back as it was. */
#include "config.h"
#include "tests/unit/result_sample.h"
#include "tests/unit/suite.h"
#include <glib/gstdio.h>
#include <hdf5.h>
#include <hdf5_hl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char *directory;

static void
make_directory(void)
{
    directory = g_dir_make_tmp("memladder-result-XXXXXX", NULL);
    ck_assert_ptr_nonnull(directory);
}

static void
remove_directory(void)
{
    GDir *listing = g_dir_open(directory, 0, NULL);
    for (const char *name; (name = g_dir_read_name(listing)) != NULL;) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_unlink(path);
    }
    g_dir_close(listing);
    g_rmdir(directory);
    g_clear_pointer(&directory, g_free);
}

static char *
path_to(const char *name)
{
    return g_build_filename(directory, name, NULL);
}

static guint
n_files(void)
{
    guint n = 0;
    GDir *listing = g_dir_open(directory, 0, NULL);
    while (g_dir_read_name(listing) != NULL)
        n++;
    g_dir_close(listing);
    return n;
}

static void
write_sample(const LadResult *result, const char *path)
{
    GError *error = NULL;
    ck_assert_msg(lad_result_write(result, path, &error), "%s", error ? error->message : "");
}

static LadResult *
read_back(const char *path)
{
    GError *error = NULL;
    LadResult *result = lad_result_read(path, &error);
    ck_assert_msg(result != NULL, "%s", error ? error->message : "");
    return result;
}

/* ---- There and back ---------------------------------------------------------------------------
 */

static void
assert_same_metric(const LadResultMetric *a, const LadResultMetric *b, guint n_samples)
{
    ck_assert_msg(b != NULL, "%s is missing", a->name);
    ck_assert_str_eq(a->unit, b->unit);
    ck_assert_str_eq(a->help, b->help);
    ck_assert_int_eq(a->type, b->type);
    for (guint phase = 0; phase < LAD_N_PHASES; phase++) {
        if (a->type == LAD_HISTOGRAM)
            ck_assert_mem_eq(a->histograms[phase], b->histograms[phase], sizeof(LadHistogram));
        else
            ck_assert_uint_eq(a->values[phase], b->values[phase]);
    }
    for (guint i = 0; a->series != NULL && i < n_samples; i++)
        ck_assert_uint_eq(a->series[i], b->series[i]);
}

START_TEST(reads_back_every_part_as_it_was_written)
{
    g_autoptr(LadResult) wrote = result_sample_new(25);
    g_autofree char *path = path_to("a.h5");
    write_sample(wrote, path);
    g_autoptr(LadResult) read = read_back(path);
    ck_assert_uint_eq(read->parts->len, wrote->parts->len);
    ck_assert_uint_eq(read->n_samples, wrote->n_samples);
    ck_assert_str_eq(read->config, wrote->config);
    for (guint i = 0; i < wrote->parts->len; i++) {
        const LadResultPart *part = wrote->parts->pdata[i];
        const LadResultPart *same = lad_result_part(read, part->name);
        ck_assert_msg(same != NULL, "%s is missing", part->name);
        ck_assert_int_eq(same->scope, part->scope);
        ck_assert_uint_eq(same->metrics->len, part->metrics->len);
        for (guint m = 0; m < part->metrics->len; m++) {
            const LadResultMetric *metric = part->metrics->pdata[m];
            assert_same_metric(metric, lad_result_metric(same, metric->name), wrote->n_samples);
        }
    }
    ck_assert_uint_eq(read->phase_length[LAD_PHASE_MEASURED], 4 * LAD_MS);
    ck_assert_uint_eq(read->phase_start[LAD_PHASE_MEASURED], LAD_MS);
    ck_assert_str_eq(read->provenance.end_reason, "end of trace");
    ck_assert_uint_eq(read->provenance.seed, 42);
    ck_assert_str_eq(read->provenance.notes[0], wrote->provenance.notes[0]);
    ck_assert_ptr_null(read->provenance.notes[1]);
    const LadResultHeat *heat = read->heats->pdata[0], *was = wrote->heats->pdata[0];
    ck_assert_uint_eq(heat->range_pages, 4);
    ck_assert_uint_eq(heat->epoch_length, LAD_MS / 2);
    ck_assert_mem_eq(heat->cells, was->cells, 16 * 10 * sizeof *heat->cells);
    ck_assert_uint_eq(heat->curve_bytes[4], 3200000);
}
END_TEST

START_TEST(a_result_without_events_is_a_whole_file)
{
    g_autoptr(LadResult) wrote = result_sample_empty();
    g_autofree char *path = path_to("empty.h5");
    write_sample(wrote, path);
    g_autoptr(LadResult) read = read_back(path);
    ck_assert_uint_eq(read->n_samples, 0);
    ck_assert_uint_eq(read->parts->len, 2);
}
END_TEST

START_TEST(two_named_hosts_keep_their_parts_apart)
{
    static const LadCounter faults = {"pgfault", "1", LAD_COUNT, LAD_SCOPE_HOST, "page faults"};
    static const LadCounter reads = {"reads", "1", LAD_COUNT, LAD_SCOPE_TIER, "line fills"};
    g_autoptr(LadResult) wrote = result_sample_empty();
    g_ptr_array_set_size(wrote->hosts, 0);
    g_ptr_array_set_size(wrote->parts, 0);
    static const char *const names[] = {"web", "db"};
    for (guint host = 0; host < 2; host++) {
        g_ptr_array_add(wrote->hosts, g_strdup(names[host]));
        g_autofree char *kernel = g_strconcat(names[host], ".kernel", NULL);
        g_autofree char *tier = g_strconcat(names[host], ".tier_far", NULL);
        LadResultPart *part = lad_result_add_part(wrote, kernel, host, LAD_SCOPE_HOST);
        lad_result_add_metric(wrote, part, &faults)->values[LAD_PHASE_MEASURED] = 10 + host;
        part = lad_result_add_part(wrote, tier, host, LAD_SCOPE_TIER);
        lad_result_add_metric(wrote, part, &reads)->values[LAD_PHASE_MEASURED] = 20 + host;
    }
    g_autofree char *path = path_to("hosts.h5");
    write_sample(wrote, path);
    g_autoptr(LadResult) read = read_back(path);
    const LadResultPart *kernel = lad_result_part(read, "db.kernel");
    ck_assert_uint_eq(kernel->host, 1);
    ck_assert_uint_eq(lad_result_metric(kernel, "pgfault")->values[LAD_PHASE_MEASURED], 11);
    const LadResultPart *tier = lad_result_part(read, "db.tier_far");
    ck_assert_uint_eq(tier->host, 1);
    ck_assert_uint_eq(lad_result_metric(tier, "reads")->values[LAD_PHASE_MEASURED], 21);
}
END_TEST

START_TEST(equal_results_are_equal_files)
{
    g_autofree char *a = path_to("a.h5"), *b = path_to("b.h5");
    g_autofree char *first = NULL, *second = NULL;
    gsize n_first = 0, n_second = 0;
    for (guint i = 0; i < 2; i++) {
        g_autoptr(LadResult) result = result_sample_new(25);
        write_sample(result, i == 0 ? a : b);
        if (i == 0)
            g_usleep(1100000); /* a time stamp of a second's grain would now differ */
    }
    ck_assert(g_file_get_contents(a, &first, &n_first, NULL));
    ck_assert(g_file_get_contents(b, &second, &n_second, NULL));
    ck_assert_uint_eq(n_first, n_second);
    ck_assert_mem_eq(first, second, n_first);
}
END_TEST

/* ---- What other programs see ------------------------------------------------------------------
 */

static double
summary_value(const char *path, const char *name, guint column, char **unit)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    g_autofree char *full = g_strconcat("/summary/", name, NULL);
    hid_t dataset = H5Dopen2(file, full, H5P_DEFAULT);
    ck_assert_msg(dataset >= 0, "%s is missing", full);
    hid_t space = H5Dget_space(dataset);
    hssize_t n = H5Sget_simple_extent_npoints(space);
    g_autofree double *values = g_new(double, (gsize)n);
    ck_assert(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    double value = values[n / 2 + column];
    hid_t attribute = H5Aopen(dataset, "units", H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute);
    *unit = g_malloc0(H5Tget_size(type) + 1);
    H5Aread(attribute, type, *unit);
    H5Tclose(type);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
    return value;
}

/* Units times values, by hand from result_sample.c: 4 ms measured, 2 cores, 100 x 400 reads, 25 %
 * of them far. */
START_TEST(units_and_values_agree_with_paper)
{
    static const struct {
        const char *name;
        guint column;
        const char *unit;
        double value;
    } expected[] = {
        {"simulated_time", 0, "s", 0.004},
        {"instructions", 0, "1", 8e6},
        {"core_ipc", 1, "cycle-1", 0.5},
        {"cpi", 0, "cycle", 2.0},
        {"cpi_memory_latency", 0, "cycle", 0.75},
        {"core_cpi_memory_bandwidth", 0, "cycle", 0.25},
        /* 3 M of 3.2 M hit L1 in 4 cycles, 160 k the LLC in 40, 40 k go to memory; 0.5 ns a cycle
         */
        {"amat", 0, "ns",
         ((3e6 * 4 + 160e3 * 40 + 40e3 * 40) * 0.5 + 40e3 * (0.75 * 85 + 0.25 * 210)) / 3.2e6},
        {"throughput", 0, "s-1", 8e6 / 0.004},
        {"kernel_share", 0, "1", 0.125},
        {"dependence_unknown_share", 0, "1", 0.1},
        /* cache_l1d0, cache_l1d1, tlb_l20, cache_llc */
        {"cache_mpki", 0, "1", 12.5},
        {"cache_mpki", 3, "1", 5.0},
        {"cache_hit_ratio", 3, "1", 0.8},
        {"cache_lookups", 2, "1", 20000},
        {"cache_hit_ratio", 2, "1", 0.95},
        {"tier_traffic_share", 1, "1", 0.25},
        {"tier_reads", 0, "1", 30000},
        {"tier_read_bytes", 1, "byte", 640000},
        {"tier_read_bandwidth", 1, "byte s-1", (640000 + 800 * 4096) / 0.004},
        /* near: 30000 x 64 x 1.5 and copies, in 4 ms of 38.4 GB/s */
        {"tier_utilisation", 0, "1", (2880000.0 + 2 * 800 * 4096) / (0.004 * 38.4e9)},
        /* 900 x 210 + 90 x 420 + 10 x 840, by 1000 */
        {"tier_latency_mean", 1, "ns", 235.2},
        {"memory_latency", 0, "ns", 0.75 * 85 + 0.25 * 210},
        {"tier_outstanding", 0, "1", 30000 * 85e-9 / 0.004},
        {"tier_queue_share", 0, "1", 0.25},
        {"tier_fullness", 0, "1", 0.9375},
        {"tier_residency_share", 1, "1", 80.0 / 140},
        {"tier_cost", 1, "1", 0.125},
        {"cost", 0, "1", 0.1875},
        {"throughput_per_cost", 0, "s-1", 8e6 / 0.004 / 0.1875},
        {"kernel_pgpromote_success", 0, "page", 800},
    };
    g_autoptr(LadResult) result = result_sample_new(25);
    g_autofree char *path = path_to("a.h5");
    write_sample(result, path);
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_autofree char *unit = NULL;
        double value = summary_value(path, expected[i].name, expected[i].column, &unit);
        ck_assert_str_eq(unit, expected[i].unit);
        ck_assert_msg(fabs(value - expected[i].value) <= 1e-12 * fabs(expected[i].value),
                      "%s is %.17g, on paper %.17g", expected[i].name, value, expected[i].value);
    }
}
END_TEST

/* A quantile is the upper end of its bin, at most 1/16 above the value. */
START_TEST(quantiles_bound_the_latencies)
{
    g_autoptr(LadResult) result = result_sample_new(25);
    const LadResultPart *far = lad_result_part(result, "tier_far");
    static const struct {
        const char *name;
        double ns;
    } expected[] = {{"latency_p50", 210}, {"latency_p90", 210}, {"latency_p99", 420}};
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        double value = 0;
        ck_assert(lad_derived_value(result, far, expected[i].name, LAD_PHASE_MEASURED, &value));
        ck_assert_msg(value >= expected[i].ns && value < expected[i].ns * 17 / 16, "%s: %g",
                      expected[i].name, value);
    }
}
END_TEST

static herr_t
visit(hid_t object, const char *name, const H5O_info_t *info, void *data)
{
    guint *n = data;
    if (info->type != H5O_TYPE_DATASET || g_str_has_prefix(name, "provenance/") ||
        g_str_equal(name, "config"))
        return 0;
    hid_t dataset = H5Dopen2(object, name, H5P_DEFAULT);
    hid_t type = H5Dget_type(dataset);
    ck_assert_msg(H5Aexists(dataset, "long_name") > 0, "%s has no long_name", name);
    if (H5Tget_class(type) != H5T_STRING)
        ck_assert_msg(H5Aexists(dataset, "units") > 0, "%s has no units", name);
    hid_t space = H5Dget_space(dataset);
    int rank = H5Sget_simple_extent_ndims(space);
    gboolean is_scale = H5DSis_scale(dataset) > 0;
    for (int i = 0; !is_scale && i < rank; i++)
        ck_assert_msg(H5DSget_num_scales(dataset, (unsigned)i) == 1,
                      "dimension %d of %s has no scale", i, name);
    hid_t list = H5Dget_create_plist(dataset);
    ck_assert_msg(H5Pget_layout(list) == H5D_CHUNKED, "%s is not chunked", name);
    ck_assert_int_ge(H5Pget_nfilters(list), 2);
    H5Pclose(list);
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(dataset);
    (*n)++;
    return 0;
}

START_TEST(every_dataset_has_unit_meaning_and_scales)
{
    g_autoptr(LadResult) result = result_sample_new(25);
    g_autofree char *path = path_to("a.h5");
    write_sample(result, path);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    guint n = 0;
    H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, visit, &n, H5O_INFO_BASIC);
    H5Fclose(file);
    ck_assert_uint_gt(n, 80);
}
END_TEST

/* Says so where it is not there: what needs it goes unchecked. */
static gboolean
has_program(const char *name)
{
    g_autofree char *path = g_find_program_in_path(name);
    if (path == NULL)
        g_printerr("# %s is not installed: what it would show is not checked\n", name);
    return path != NULL;
}

static char *
output_of(const char *const *arguments)
{
    char *output = NULL, *errors = NULL;
    int status = 0;
    ck_assert(g_spawn_sync(NULL, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output,
                           &errors, &status, NULL));
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: %s", arguments[0], errors);
    g_free(errors);
    return output;
}

START_TEST(h5dump_shows_all_of_it)
{
    if (!has_program("h5dump"))
        return;
    g_autoptr(LadResult) result = result_sample_new(25);
    g_autofree char *path = path_to("a.h5");
    write_sample(result, path);
    g_autofree char *text = output_of((const char *const[]){"h5dump", path, NULL});
    static const char *const expected[] = {"DATASET \"tier_read_bytes\"",
                                           "\"tier_far\"",
                                           "DATASET \"kernel_pgpromote_success\"",
                                           "\"byte\"",
                                           "ATTRIBUTE \"complete\"",
                                           "GROUP \"provenance\""};
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        ck_assert_msg(strstr(text, expected[i]) != NULL, "h5dump shows no %s", expected[i]);
    ck_assert_ptr_null(strstr(text, "unable to"));
}
END_TEST

/* The example of memladder-result(5), where h5py is installed. */
START_TEST(h5py_reads_it_without_our_help)
{
    static const char script[] =
        "import sys\n"
        "try:\n    import h5py\nexcept ImportError:\n    sys.exit(print('skip'))\n"
        "f = h5py.File(sys.argv[1], 'r')\n"
        "tiers = [t.decode() for t in f['tier'][:]]\n"
        "d = f['series/tier_read_bytes']\n"
        "assert d.dims[0].keys() == ['time'] and d.dims[1].keys() == ['tier']\n"
        "n = 0\n"
        "f.visititems(lambda name, o: [o[()] for _ in [0] if isinstance(o, h5py.Dataset)] and "
        "None)\n"
        "print(tiers, d.attrs['units'].decode(), d[:].sum(axis=0).tolist(), f.attrs['complete'])\n";
    if (!has_program("python3"))
        return;
    g_autoptr(LadResult) result = result_sample_new(25);
    g_autofree char *path = path_to("a.h5");
    write_sample(result, path);
    const char *python =
        g_file_test("/usr/bin/python3", G_FILE_TEST_IS_EXECUTABLE) ? "/usr/bin/python3" : "python3";
    g_autofree char *text = output_of((const char *const[]){python, "-c", script, path, NULL});
    if (g_str_equal(text, "skip\n")) {
        g_printerr("# h5py is not installed: what it would read is not checked\n");
        return;
    }
    ck_assert_str_eq(text, "['tier_near', 'tier_far'] byte [2400000, 800000] 1\n");
}
END_TEST

/* ---- Bad days ---------------------------------------------------------------------------------
 */

START_TEST(a_full_disk_leaves_no_file_and_says_why)
{
    g_autoptr(LadResult) result = result_sample_new(25);
    g_autofree char *path = path_to("a.h5");
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){8192, before.rlim_max});
    GError *error = NULL;
    gboolean written = lad_result_write(result, path, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    ck_assert(!written);
    ck_assert(g_error_matches(error, LAD_ERROR, LAD_ERROR_IO));
    ck_assert_ptr_nonnull(strstr(error->message, "a.h5"));
    g_error_free(error);
    ck_assert_uint_eq(n_files(), 0);
}
END_TEST

START_TEST(a_failed_write_leaves_the_old_result)
{
    g_autoptr(LadResult) result = result_sample_new(25);
    g_autofree char *path = path_to("a.h5");
    write_sample(result, path);
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){8192, before.rlim_max});
    ck_assert(!lad_result_write(result, path, NULL));
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    g_autoptr(LadResult) read = read_back(path);
    ck_assert_uint_eq(n_files(), 1);
}
END_TEST

START_TEST(refuses_to_replace_what_is_no_file)
{
    g_autoptr(LadResult) result = result_sample_empty();
    GError *error = NULL;
    ck_assert(!lad_result_write(result, directory, &error));
    ck_assert(g_error_matches(error, LAD_ERROR, LAD_ERROR_IO));
    g_clear_error(&error);
    ck_assert(!lad_result_write(result, "/dev/null", &error));
    ck_assert_ptr_nonnull(strstr(error->message, "no regular file"));
    g_clear_error(&error);
    g_autofree char *nowhere = g_build_filename(directory, "none", "a.h5", NULL);
    ck_assert(!lad_result_check_path(nowhere, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "none"));
    g_clear_error(&error);
}
END_TEST

static void
assert_refused(const char *path, LadErrorCode code, const char *expected)
{
    GError *error = NULL;
    LadResult *result = lad_result_read(path, &error);
    ck_assert_msg(result == NULL, "%s was read", path);
    ck_assert_msg(g_error_matches(error, LAD_ERROR, (int)code), "%s", error->message);
    ck_assert_msg(strstr(error->message, expected) != NULL, "`%s` does not say `%s`",
                  error->message, expected);
    g_error_free(error);
}

START_TEST(refuses_an_incomplete_file)
{
    g_autoptr(LadResult) result = result_sample_new(25);
    g_autofree char *path = path_to("a.h5");
    write_sample(result, path);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    H5Adelete(file, "complete");
    H5Fclose(file);
    assert_refused(path, LAD_ERROR_RESULT, "not complete");
}
END_TEST

START_TEST(refuses_what_is_no_result)
{
    g_autofree char *missing = path_to("missing.h5"), *text = path_to("text.h5"),
                    *foreign = path_to("foreign.h5");
    assert_refused(missing, LAD_ERROR_IO, "missing.h5");
    assert_refused(directory, LAD_ERROR_IO, "directory");
    g_file_set_contents(text, "hello", -1, NULL);
    assert_refused(text, LAD_ERROR_RESULT, "no readable HDF5 file");
    H5Fclose(H5Fcreate(foreign, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    assert_refused(foreign, LAD_ERROR_RESULT, "no conventions");
}
END_TEST

/* Cut anywhere or changed anywhere, a file is refused. */
START_TEST(refuses_damage_anywhere)
{
    g_autoptr(LadResult) result = result_sample_new(25);
    g_autofree char *path = path_to("a.h5"), *damaged = path_to("b.h5");
    write_sample(result, path);
    g_autofree char *bytes = NULL;
    gsize length = 0;
    ck_assert(g_file_get_contents(path, &bytes, &length, NULL));
    for (guint i = 0; i < 24; i++) {
        g_file_set_contents(damaged, bytes, (gssize)(length * i / 24), NULL);
        g_autoptr(LadResult) read = lad_result_read(damaged, NULL);
        ck_assert_msg(read == NULL, "read %u of 24 parts of a file", i);
    }
    for (gsize at = 97; at < length; at += length / 64) {
        bytes[at] = (char)(bytes[at] ^ 0x41);
        g_file_set_contents(damaged, bytes, (gssize)length, NULL);
        assert_refused(damaged, LAD_ERROR_RESULT, "b.h5");
        bytes[at] = (char)(bytes[at] ^ 0x41);
    }
}
END_TEST

/* What HDF5's tools write has no seal. */
START_TEST(reads_a_file_that_hdf5_has_changed)
{
    g_autoptr(LadResult) result = result_sample_new(25);
    g_autofree char *path = path_to("a.h5");
    write_sample(result, path);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    H5Gclose(H5Gcreate2(file, "remarks", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Fclose(file);
    g_autoptr(LadResult) read = read_back(path);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("result");
    TCase *file = tcase_create("file");
    tcase_add_checked_fixture(file, make_directory, remove_directory);
    tcase_set_timeout(file, 120);
    tcase_add_test(file, reads_back_every_part_as_it_was_written);
    tcase_add_test(file, a_result_without_events_is_a_whole_file);
    tcase_add_test(file, two_named_hosts_keep_their_parts_apart);
    tcase_add_test(file, equal_results_are_equal_files);
    tcase_add_test(file, units_and_values_agree_with_paper);
    tcase_add_test(file, quantiles_bound_the_latencies);
    tcase_add_test(file, every_dataset_has_unit_meaning_and_scales);
    tcase_add_test(file, h5dump_shows_all_of_it);
    tcase_add_test(file, h5py_reads_it_without_our_help);
    tcase_add_test(file, a_full_disk_leaves_no_file_and_says_why);
    tcase_add_test(file, a_failed_write_leaves_the_old_result);
    tcase_add_test(file, refuses_to_replace_what_is_no_file);
    tcase_add_test(file, refuses_an_incomplete_file);
    tcase_add_test(file, refuses_what_is_no_result);
    tcase_add_test(file, refuses_damage_anywhere);
    tcase_add_test(file, reads_a_file_that_hdf5_has_changed);
    suite_add_tcase(suite, file);
    return lad_suite_run(suite);
}
