/* check_measured_families.c - `curve` on raw measured families: each loads with `smooth`, and
 * closed loops get its points back. The families are in the folder that LAD_SHARED_DATA names. */
#include "config.h"
#include "tests/unit/kernel_rig.h"
#include <math.h>
#include <memladder/configuration.h>
#include <memladder/probe.h>
#include <stdio.h>

#define OF_PEAK 0.95
#define WITHIN  0.05
#define EVERY   4 /* points of a curve that are probed */

static const char *const families[] = {
    "CXL", "NumaDDR4Skylake", "ddr5", "hbm2e-fujitsu", "skylake", "skylake-non-temporal",
};

/* The folder of a family; NULL where the big folder is absent. */
static char *
family_folder(const char *name)
{
    const char *shared = g_getenv("LAD_SHARED_DATA");
    char *path = shared ? g_build_filename(shared, "curves", "bsc", name, NULL) : NULL;
    if (!path || !g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_clear_pointer(&path, g_free);
        printf("# skipped: curves/bsc/%s is not there (LAD_SHARED_DATA)\n", name);
    }
    return path;
}

static char *
family_config(const char *folder)
{
    return g_strdup_printf("[tier.near]\nmodel=curve\nsize=64 MiB\ntable=%s\nsmooth=true\n",
                           folder);
}

typedef struct {
    double bandwidth, latency; /* GB/s, ns */
} Point;

/* The points of one file by rising bandwidth, latencies never falling. */
static GArray *
raw_curve(const char *folder, guint percent)
{
    g_autofree char *name = g_strdup_printf("%s/bwlat_%u.txt", folder, percent);
    g_autofree char *text = NULL;
    ck_assert_msg(g_file_get_contents(name, &text, NULL, NULL), "%s", name);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GArray *curve = g_array_new(FALSE, FALSE, sizeof(Point));
    Point last = {0};
    /* The files go from the highest load to the lowest. */
    for (guint i = g_strv_length(lines); i-- > 0;) {
        char *end = NULL;
        Point point = {g_ascii_strtod(lines[i], &end) / 1000, 0};
        point.latency = MAX(g_ascii_strtod(end, NULL), last.latency);
        if (point.bandwidth > last.bandwidth) {
            g_array_append_val(curve, point);
            last = point;
        }
    }
    return curve;
}

static double
raw_latency(const GArray *curve, double bandwidth)
{
    const Point *points = (const Point *)curve->data;
    guint i = 1;
    while (i + 1 < curve->len && points[i].bandwidth < bandwidth)
        i++;
    double part =
        (bandwidth - points[i - 1].bandwidth) / (points[i].bandwidth - points[i - 1].bandwidth);
    return points[i - 1].latency + MAX(part, 0) * (points[i].latency - points[i - 1].latency);
}

/* How far the latency got is from the measured one at the bandwidth got. */
static double
distance(const GArray *curve, Point got)
{
    return fabs(got.latency / raw_latency(curve, got.bandwidth) - 1);
}

static void
request_line(guint64 number, LadProbeRequest *request, void *data)
{
    const guint *percent = data;
    request->address = number * 64 % (64 * LAD_MIB);
    request->write = (number + 1) * *percent / 100 == number * *percent / 100;
}

/* As many reads under way as the point has; the bandwidth and latency that come of it. What was
 * counted was asked for until a latency before the last was done: with the end of the loop, when
 * fewer and fewer are under way, the bandwidth would come out 1 to 2 % low, which is up to 10 % of
 * latency where a curve is steep. */
static Point
probe_point(const char *text, guint percent, Point point, guint outstanding)
{
    g_autoptr(LadConfig) config = lad_config_new();
    GError *error = NULL;
    lad_assert_ok(lad_config_read_text(config, text, "test", &error), error);
    g_autoptr(LadProbe) probe = lad_probe_new(config, NULL, &error);
    lad_assert_ok(probe, error);
    LadProbeLoad load = {.n = (guint64)(point.bandwidth * 45000 / 64) + 20 * outstanding,
                         .outstanding = outstanding,
                         .settle = 15 * LAD_US,
                         .request = request_line,
                         .data = &percent};
    LadProbeResult result;
    lad_assert_ok(lad_probe_run(probe, lad_probe_tier(probe, ""), &load, &result, &error), error);
    double latency = result.latency_ps / (double)MAX(result.n_reads, 1);
    double time = (double)(result.last - result.first) - latency;
    return (Point){(double)(result.n_reads + result.n_writes) * 64 / time * 1000, latency / 1000};
}

START_TEST(a_raw_family_loads_and_says_what_was_smoothed)
{
    g_autofree char *folder = family_folder(families[_i]);
    if (!folder)
        return;
    g_autofree char *text = family_config(folder);
    KernelRig *rig = kernel_rig_new(text, NULL);
    ck_assert_ptr_nonnull(rig->host.notes);
    printf("# %s\n", (const char *)rig->host.notes->pdata[0]);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(closed_loops_get_the_points_of_a_raw_family)
{
    static const guint percents[] = {100, 80, 66, 50};
    g_autofree char *folder = family_folder(families[_i]);
    if (!folder)
        return;
    g_autofree char *text = family_config(folder);
    double worst = 0;
    guint n = 0;
    for (guint s = 0; s < G_N_ELEMENTS(percents); s++) {
        g_autoptr(GArray) curve = raw_curve(folder, percents[s]);
        double peak = g_array_index(curve, Point, curve->len - 1).bandwidth;
        for (guint i = 0; i < curve->len; i += EVERY) {
            Point point = g_array_index(curve, Point, i);
            double reads = point.bandwidth * point.latency * percents[s] / 6400;
            if (reads < 1 || point.bandwidth > OF_PEAK * peak)
                continue;
            Point got = probe_point(text, percents[s], point, (guint)(reads + 0.5));
            double error = distance(curve, got);
            ck_assert_msg(error <= WITHIN, "%s, %u %%: %g GB/s at %g ns for %g at %g", families[_i],
                          percents[s], got.bandwidth, got.latency, point.bandwidth, point.latency);
            worst = MAX(worst, error);
            n++;
        }
    }
    ck_assert_uint_ge(n, 10);
    printf("# %s: %u points, at most %.2g %% from the table\n", families[_i], n, worst * 100);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("measured families");
    TCase *tests = tcase_create("families");
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(tests, a_raw_family_loads_and_says_what_was_smoothed, 0,
                        G_N_ELEMENTS(families));
    tcase_add_loop_test(tests, closed_loops_get_the_points_of_a_raw_family, 0,
                        G_N_ELEMENTS(families));
    suite_add_tcase(suite, tests);
    return lad_suite_run(suite);
}
