/* check_tpp_workload.c - the web service at page level: its published traits, the order of policies
 * on it. */
#include "config.h"
#include "analysis/validate/tpp_workload.h"
#include "tests/unit/run_bed.h"
#include "tests/unit/suite.h"
#include <glib/gstdio.h>

#define PAGES (LAD_TPP_NEAR_PAGES + LAD_TPP_FAR_PAGES)

static char *
write_workload(guint64 rounds, guint64 *warmup)
{
    GError *error = NULL;
    g_autofree char *directory = g_dir_make_tmp("memladder-tpp-XXXXXX", NULL);
    char *path = g_build_filename(directory, "web.mlt", NULL);
    lad_assert_ok(lad_tpp_workload_write(path, rounds, rounds * 3 / 4, warmup, &error), error);
    return path;
}

static void
remove_workload(char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);
    g_unlink(path);
    g_rmdir(directory);
    g_free(path);
}

/* Pages mapped, the most that ever were, and touches of each page by address. */
typedef struct {
    GHashTable *touches;
    guint64 files, mapped, peak;
    guint64 first_anonymous;
} Census;

static void
count(Census *census, const LadRecord *record)
{
    guint64 pages = record->size >> LAD_PAGE_SHIFT;
    switch (record->kind) {
    case LAD_RECORD_MAP:
        census->files += *record->text ? pages : 0;
        if (!*record->text && census->first_anonymous == 0)
            census->first_anonymous = record->address;
        census->mapped += pages;
        census->peak = MAX(census->peak, census->mapped);
        break;
    case LAD_RECORD_UNMAP:
        census->mapped -= pages;
        break;
    case LAD_RECORD_PAGE_TOUCH: {
        gpointer page = GSIZE_TO_POINTER(record->address >> LAD_PAGE_SHIFT);
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(census->touches, page));
        g_hash_table_insert(census->touches, page, GUINT_TO_POINTER(n + 1));
        break;
    }
    default:
        break;
    }
}

static void
take_census(const char *path, Census *census)
{
    GError *error = NULL;
    LadTraceReader *reader = lad_trace_reader_open(path, LAD_TRACE_NO_THREAD, &error);
    lad_assert_ok(reader, error);
    LadStreamReader *stream = lad_stream_reader_new(reader, 0, &error);
    lad_assert_ok(stream, error);
    const LadBatch *batch;
    while ((batch = lad_stream_reader_next(stream, &error)))
        for (guint i = 0; i < batch->n_records; i++)
            count(census, &batch->records[i]);
    lad_assert_ok(!error, error);
    lad_stream_reader_free(stream);
    lad_trace_reader_unref(reader);
}

/* Distinct pages of [from, to) that were touched at least `least` times. */
static guint64
touched(const Census *census, guint64 from, guint64 to, guint least)
{
    guint64 n = 0;
    for (guint64 page = from; page < to; page++)
        n +=
            GPOINTER_TO_UINT(g_hash_table_lookup(census->touches, GSIZE_TO_POINTER(page))) >= least;
    return n;
}

START_TEST(the_workload_has_the_published_shares_of_hot_and_idle_pages)
{
    guint64 warmup;
    char *path = write_workload(16, &warmup);
    Census census = {.touches = g_hash_table_new(NULL, NULL)};
    take_census(path, &census);
    remove_workload(path);
    guint64 first = ((guint64)1 << 32) >> LAD_PAGE_SHIFT;
    guint64 anonymous = census.first_anonymous >> LAD_PAGE_SHIFT;
    double files = (double)census.files;
    double hot_files = (double)touched(&census, first, first + census.files, 2);
    double hot_anonymous = (double)touched(&census, anonymous, anonymous + census.files, 2);
    double used = (double)(touched(&census, first, first + census.files, 1) +
                           touched(&census, anonymous, anonymous + census.files, 1));
    ck_assert_double_ge(hot_files / files, 0.03);
    ck_assert_double_le(hot_files / files, 0.14);
    ck_assert_double_ge(hot_anonymous / files, 0.35);
    ck_assert_double_le(hot_anonymous / files, 0.60);
    ck_assert_double_ge(1 - used / (2 * files), 0.55);
    ck_assert_double_le(1 - used / (2 * files), 0.80);
    /* It fits, but not in near memory. */
    ck_assert_uint_lt(census.peak, PAGES);
    ck_assert_uint_gt(census.peak, LAD_TPP_NEAR_PAGES + LAD_TPP_FAR_PAGES / 2);
    g_hash_table_unref(census.touches);
}
END_TEST

static LadTime
steady_time(const char *trace, guint64 warmup, const char *policy, double *near_share)
{
    g_autofree char *machine = g_strdup_printf(
        "[run]\nwarmup-records=%" G_GUINT64_FORMAT "\n[core]\nmodel=paced\nfrequency=2 GHz\n"
        "compute=%d ns\n"
        "[tier.near]\nmodel=fixed\nsize=256 MiB\nlatency=%d ns\nbandwidth=38 GB/s\n"
        "[tier.far]\nmodel=fixed\nsize=128 MiB\nlatency=%d ns\nbandwidth=20 GB/s\n"
        "[placement]\nmodel=%s\n",
        warmup, LAD_TPP_COMPUTE_NS, LAD_TPP_NEAR_NS, LAD_TPP_FAR_NS, policy);
    RunBed bed;
    run_bed_init(&bed, machine, "", trace, LAD_RUN_NO_THREADS);
    gboolean ok = run_bed_finish(&bed, 0);
    lad_assert_ok(ok, bed.error);
    LadTime start, length;
    lad_run_phase_time(bed.run, LAD_PHASE_MEASURED, &start, &length);
    double near = (double)run_bed_value(&bed, "tier_near", "reads", LAD_PHASE_MEASURED);
    double far = (double)run_bed_value(&bed, "tier_far", "reads", LAD_PHASE_MEASURED);
    *near_share = near / (near + far);
    run_bed_clear(&bed);
    return length;
}

START_TEST(tpp_leads_on_a_full_near_tier_where_balancing_has_no_room)
{
    guint64 warmup;
    char *path = write_workload(64, &warmup);
    double share[3];
    LadTime fixed = steady_time(path, warmup, "first-touch", &share[0]);
    LadTime balanced = steady_time(path, warmup, "numa-balancing", &share[1]);
    LadTime tpp = steady_time(path, warmup, "tpp", &share[2]);
    remove_workload(path);
    ck_assert_uint_lt(tpp, fixed);
    ck_assert_uint_lt(tpp, balanced);
    ck_assert_uint_lt(MAX(fixed, balanced) - MIN(fixed, balanced), (fixed - tpp) / 4);
    ck_assert_double_gt(share[2], 0.9);
    ck_assert_double_lt(share[0], 0.6);
    ck_assert_double_eq_tol(share[0], share[1], 0.02);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("tpp-workload");
    TCase *tcase = tcase_create("tpp-workload");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, the_workload_has_the_published_shares_of_hot_and_idle_pages);
    tcase_add_test(tcase, tpp_leads_on_a_full_near_tier_where_balancing_has_no_room);
    suite_add_tcase(suite, tcase);
    return lad_suite_run(suite);
}
