/* check_config.c - configurations: what is refused and how it is said, includes, and that the
 * effective configuration reads back as itself. */
#include "config.h"
#include "tests/unit/suite.h"
#include <glib/gstdio.h>
#include <memladder/configuration.h>
#include <string.h>

static const char *const kinds[] = {"near", "far", NULL};

typedef struct {
    LadTime latency;
    LadBytes size;
    guint64 bandwidth;
    double cost;
    guint kind;
    gboolean shared;
    char *title;
    char **names;
    LadTable *curve;
} Tier;

static const LadOption tier_options[] = {
    LAD_OPT(Tier, latency, "latency", TIME, "85 ns", "1 ns", "1 ms", "of an idle read"),
    LAD_OPT(Tier, size, "size", BYTES, NULL, "4 KiB", NULL, "capacity"),
    LAD_OPT(Tier, bandwidth, "bandwidth", BANDWIDTH, "38.4 GB/s", NULL, NULL,
            "of reads and writes"),
    LAD_OPT(Tier, cost, "cost", DOUBLE, "1", "0", NULL, "per GiB, of DDR5"),
    LAD_OPT_ENUM(Tier, kind, "kind", "near", kinds, "where it is"),
    LAD_OPT(Tier, shared, "shared", BOOL, "false", NULL, NULL, "reads and writes share the link"),
    LAD_OPT(Tier, title, "title", STRING, "", NULL, NULL, "for figures"),
    LAD_OPT(Tier, names, "names", LIST, "", NULL, NULL, "other names"),
    LAD_OPT(Tier, curve, "curve", TABLE, "0 85; 1 200", NULL, NULL, "latency by utilisation"),
    LAD_OPTIONS_END,
};

typedef struct {
    guint64 n;
} Extra;

static const LadOption extra_options[] = {
    LAD_OPT(Extra, n, "channels", UINT, "2", "1", "16", "number of channels"),
    LAD_OPTIONS_END,
};

static char *directory;

static void
make_directory(void)
{
    directory = g_dir_make_tmp("lad-config-XXXXXX", NULL);
    ck_assert_ptr_nonnull(directory);
}

static void
remove_directory(void)
{
    GDir *dir = g_dir_open(directory, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_unlink(path);
    }
    g_dir_close(dir);
    g_rmdir(directory);
    g_free(directory);
}

static char *
write_file(const char *name, const char *text)
{
    char *path = g_build_filename(directory, name, NULL);
    ck_assert(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static gboolean
fill(LadConfig *config, const char *group, Tier *tier, GError **error)
{
    const LadOptionSet set = {tier_options, tier};
    return lad_config_fill(config, group, &set, 1, error);
}

static LadConfig *
config_of(const char *text)
{
    LadConfig *config = lad_config_new();
    g_autoptr(GError) error = NULL;
    lad_assert_ok(lad_config_read_text(config, text, "test", &error), error);
    return config;
}

START_TEST(fills_values_and_defaults)
{
    g_autoptr(LadConfig) config = config_of("# a machine\n"
                                            "[tier.far]\n"
                                            "latency = 180 ns  # measured\n"
                                            "size=64 GiB\n"
                                            "kind = far\r\n"
                                            "names = a, b\n"
                                            "  shared =true\n");
    Tier tier;
    g_autoptr(GError) error = NULL;
    lad_assert_ok(fill(config, "tier.far", &tier, &error), error);
    ck_assert_uint_eq(tier.latency, 180 * LAD_NS);
    ck_assert_uint_eq(tier.size, 64 * LAD_GIB);
    ck_assert_uint_eq(tier.bandwidth, 38400000000);
    ck_assert_double_eq(tier.cost, 1);
    ck_assert_uint_eq(tier.kind, 1);
    ck_assert(tier.shared);
    ck_assert_str_eq(tier.title, "");
    ck_assert_str_eq(tier.names[1], "b");
    ck_assert_uint_eq(tier.curve->n_rows, 2);
    ck_assert_double_eq(tier.curve->cells[3], 200);
    lad_assert_ok(lad_config_check_used(config, &error), error);
}
END_TEST

/* A text that lad_config_read_text refuses, and part of what it says. */
static const struct {
    const char *text, *message;
} syntax_mistakes[] = {
    {"size = 1 KiB\n", "test:1: `size = 1 KiB` stands before the first [group]"},
    {"[tier.near\n", "test:1: `[tier.near`: expected `]`"},
    {"[]\n", "is no group"},
    {"[tier near]\n", "is no group"},
    {"[a]\nsize\n", "test:2: `size`: expected `[group]`, `key = value`"},
    {"[a]\n= 3\n", "test:2: `` is no key"},
    {"[a]\nx = 1\n\n[b]\nx = 1\n[a]\nx = 2\n",
     "test:7: key `x` of [a] was already given in line 2"},
    {"[a]\nx = \xff\xfe\n", "test:2: not UTF-8 text"},
    {"[a]\ninclude = nowhere.conf\n", "test:2: include: there is no file `nowhere.conf` in"},
    {"[a]\ninclude = a,,b\n", "there is no file `a`"},
    {"[a]\n[b]\ninclude = x.conf\n",
     "test:3: `include` stands in [b]; expected in the first group"},
};

START_TEST(refuses_bad_syntax)
{
    g_autoptr(LadConfig) config = lad_config_new();
    g_autoptr(GError) error = NULL;
    ck_assert(!lad_config_read_text(config, syntax_mistakes[_i].text, "test", &error));
    lad_assert_error(error, syntax_mistakes[_i].message);
    ck_assert_int_eq(lad_error_exit_status(error), 2);
}
END_TEST

static const struct {
    const char *text, *message;
} value_mistakes[] = {
    {"[t]\nsize = 1 GiB\nlatncy = 85 ns\n",
     "test:3: [t] has no key `latncy`; did you mean `latency`?"},
    {"[t]\nsize = 1 GiB\nqwertz = 85 ns\n", "has no key `qwertz`; expected one of: latency, size"},
    {"[t]\nlatency = 85 ns\n",
     "[t] lacks the key `size` (capacity); expected a size of at least 4 KiB"},
    {"[t]\nsize = 1 GiB\nlatency = 85\n", "test:3: [t] latency = 85: `85` has no unit"},
    {"[t]\nsize = 1 GiB\nlatency = 2 ms\n", "test:3: [t] latency = 2 ms: `2 ms` is out of range; "
                                            "expected a time from 1 ns to 1 ms"},
    {"[t]\nsize = 1 B\n", "expected a size of at least 4 KiB"},
    {"[t]\nsize = 1 GiB\nkind = fra\n", "did you mean `far`?"},
    {"[t]\nsize = 1 GiB\ncurve = nowhere.tsv\n", "nowhere.tsv"},
    {"[t]\nsize =\n", "is not a number"},
};

START_TEST(refuses_bad_values)
{
    g_autoptr(LadConfig) config = config_of(value_mistakes[_i].text);
    Tier tier;
    g_autoptr(GError) error = NULL;
    ck_assert(!fill(config, "t", &tier, &error));
    lad_assert_error(error, value_mistakes[_i].message);
    ck_assert_int_eq(lad_error_exit_status(error), 2);
}
END_TEST

START_TEST(names_every_part_that_nothing_uses)
{
    g_autoptr(LadConfig) config = config_of("[tier.far]\nsize = 1 GiB\n[teir.far]\nsize = 1 GiB\n"
                                            "[empty]\n");
    Tier tier;
    g_autoptr(GError) error = NULL;
    ck_assert(fill(config, "tier.far", &tier, NULL));
    ck_assert(!lad_config_check_used(config, &error));
    lad_assert_error(error, "test:4: nothing uses [teir.far]; did you mean [tier.far]?");
    lad_assert_error(error, "nothing uses [empty]");
}
END_TEST

START_TEST(names_a_key_that_nothing_asked_for)
{
    g_autoptr(LadConfig) config = config_of("[run]\ntrace = a.mlt\ntarce = b.mlt\n");
    g_autoptr(GError) error = NULL;
    ck_assert_str_eq(lad_config_peek(config, "run", "trace"), "a.mlt");
    ck_assert(!lad_config_check_used(config, &error));
    lad_assert_error(error, "test:3: nothing uses the key `tarce` of [run]");
}
END_TEST

START_TEST(set_wins_over_files_and_is_named)
{
    g_autoptr(LadConfig) config = config_of("[tier.far]\nsize = 1 GiB\n");
    Tier tier;
    g_autoptr(GError) error = NULL;
    lad_assert_ok(lad_config_set(config, "tier.far.size = 2 GiB", &error), error);
    lad_assert_ok(fill(config, "tier.far", &tier, &error), error);
    ck_assert_uint_eq(tier.size, 2 * LAD_GIB);
    ck_assert_str_eq(lad_config_origin(config, "tier.far", "size"), "--set");
    lad_assert_ok(lad_config_set(config, "tier.far.size=2", &error), error);
    ck_assert(!fill(config, "tier.far", &tier, &error));
    lad_assert_error(error, "--set: [tier.far] size = 2: `2` has no unit");
}
END_TEST

START_TEST(set_demands_group_key_and_one_line)
{
    static const char *const assignments[] = {"size", "size=1", "=1",       ".x=1",
                                              "a.=1", "a.b",    "a.b=x\ny", "a.b=1 # c"};
    g_autoptr(LadConfig) config = lad_config_new();
    for (guint i = 0; i < G_N_ELEMENTS(assignments); i++) {
        g_autoptr(GError) error = NULL;
        ck_assert_msg(!lad_config_set(config, assignments[i], &error), "%s", assignments[i]);
        lad_assert_error(error, "--set");
    }
}
END_TEST

START_TEST(a_file_wins_over_what_it_includes)
{
    g_autofree char *base = write_file("base.conf", "[t]\nsize = 1 GiB\nlatency = 90 ns\n");
    g_autofree char *other = write_file("other.conf", "[t]\nlatency = 95 ns\ncost = 3\n");
    g_autofree char *top =
        write_file("top.conf", "[t]\ninclude = base.conf, other.conf\nsize = 2 GiB\n");
    g_autoptr(LadConfig) config = lad_config_new();
    g_autoptr(GError) error = NULL;
    Tier tier;
    lad_assert_ok(lad_config_read(config, top, &error), error);
    lad_assert_ok(fill(config, "t", &tier, &error), error);
    ck_assert_uint_eq(tier.size, 2 * LAD_GIB);
    ck_assert_uint_eq(tier.latency, 95 * LAD_NS);
    ck_assert_double_eq(tier.cost, 3);
    ck_assert(g_str_has_suffix(lad_config_origin(config, "t", "latency"), "other.conf:2"));
    lad_assert_ok(lad_config_check_used(config, &error), error);
}
END_TEST

START_TEST(an_include_loop_is_named)
{
    g_autofree char *a = write_file("a.conf", "[t]\ninclude = b.conf\n");
    g_autofree char *b = write_file("b.conf", "[t]\nsize = 1 GiB\ninclude = ./a.conf\n");
    g_autoptr(LadConfig) config = lad_config_new();
    g_autoptr(GError) error = NULL;
    ck_assert(!lad_config_read(config, a, &error));
    lad_assert_error(error, "b.conf:3: include loop: `./a.conf` is being read already");
}
END_TEST

START_TEST(includes_are_found_on_the_search_path)
{
    g_autofree char *base = write_file("preset.conf", "[t]\nsize = 1 GiB\ncurve = curve.tsv\n");
    g_autofree char *curve = write_file("curve.tsv", "# share ns\n0 80\n1 160\n");
    g_setenv("LAD_CONFIG_PATH", directory, TRUE);
    g_autoptr(LadConfig) config = config_of("[t]\ninclude = preset.conf\n");
    g_autoptr(GError) error = NULL;
    Tier tier;
    lad_assert_ok(fill(config, "t", &tier, &error), error);
    ck_assert_double_eq(tier.curve->cells[3], 160);
    ck_assert_str_eq(tier.curve->origin, "curve.tsv");
    g_autofree char *found = lad_config_find_file(config, "t", "curve", &error);
    ck_assert_str_eq(found, curve);
}
END_TEST

START_TEST(a_missing_file_and_a_directory_are_refused)
{
    g_autoptr(LadConfig) config = lad_config_new();
    g_autoptr(GError) error = NULL;
    ck_assert(!lad_config_read(config, "no/such.conf", &error));
    lad_assert_error(error, "there is no configuration file `no/such.conf`");
    ck_assert_int_eq(lad_error_exit_status(error), 2);
    g_clear_error(&error);
    ck_assert(!lad_config_read(config, directory, &error));
    lad_assert_error(error, "directory");
}
END_TEST

static char *
effective(const char *text)
{
    g_autoptr(LadConfig) config = config_of(text);
    g_autoptr(GError) error = NULL;
    Tier tier;
    Extra extra;
    const LadOptionSet sets[] = {{tier_options, &tier}, {extra_options, &extra}};
    ck_assert_ptr_nonnull(lad_config_model(config, "tier.far", "curve", &error));
    lad_assert_ok(lad_config_fill(config, "tier.far", sets, 2, &error), error);
    lad_config_peek(config, "run", "trace");
    lad_assert_ok(lad_config_check_used(config, &error), error);
    return lad_config_print(config);
}

START_TEST(the_effective_configuration_reads_back_as_itself)
{
    g_autofree char *once = effective("[run]\ntrace = app.mlt\n"
                                      "[tier.far]\n"
                                      "# a guess, assumed\n"
                                      "latency = 0.18 us\n"
                                      "size = 65536 MiB\n"
                                      "names = x,y\n"
                                      "curve = 0,80.5; 1,160\n");
    ck_assert_str_eq(once, "[tier.far]\n"
                           "model = curve\n"
                           "# assumed\n"
                           "latency = 180 ns\n"
                           "size = 64 GiB\n"
                           "bandwidth = 38.4 GB/s\n"
                           "cost = 1\n"
                           "kind = near\n"
                           "shared = false\n"
                           "title =\n"
                           "names = x, y\n"
                           "curve = 0 80.5; 1 160\n"
                           "channels = 2\n"
                           "\n"
                           "[run]\n"
                           "trace = app.mlt\n");
    g_autofree char *twice = effective(once);
    ck_assert_str_eq(twice, once);
}
END_TEST

START_TEST(assumed_values_are_listed)
{
    g_autoptr(LadConfig) config = config_of("[t]\n"
                                            "# source: a table, nothing unassumed\n"
                                            "a = 1\n"
                                            "b = 2 # assumed\n"
                                            "# assumed: no figure is published\n"
                                            "c = 3\n"
                                            "d = 4\n"
                                            "# assumed\n"
                                            "\n"
                                            "e = 5\n");
    g_auto(GStrv) assumed = lad_config_assumed(config);
    ck_assert_uint_eq(g_strv_length(assumed), 2);
    ck_assert_str_eq(assumed[0], "t.b = 2");
    ck_assert_str_eq(assumed[1], "t.c = 3");
}
END_TEST

START_TEST(groups_are_found_by_prefix_in_order)
{
    g_autoptr(LadConfig) config = config_of("[tier.near]\n[core]\n[tiers]\n[tier.far]\n[tier]\n");
    g_auto(GStrv) names = lad_config_groups(config, "tier");
    g_autofree char *all = g_strjoinv(" ", names);
    ck_assert_str_eq(all, "tier.near tier.far tier");
    ck_assert(lad_config_has_group(config, "core"));
    ck_assert(!lad_config_has_group(config, "cores"));
}
END_TEST

START_TEST(a_model_is_demanded_where_there_is_no_standard_one)
{
    g_autoptr(LadConfig) config = config_of("[tier.near]\n");
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(lad_config_model(config, "tier.near", NULL, &error));
    lad_assert_error(error, "[tier.near] lacks the key `model`");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("config");
    TCase *tests = tcase_create("configuration");
    tcase_add_checked_fixture(tests, make_directory, remove_directory);
    tcase_add_test(tests, fills_values_and_defaults);
    tcase_add_loop_test(tests, refuses_bad_syntax, 0, G_N_ELEMENTS(syntax_mistakes));
    tcase_add_loop_test(tests, refuses_bad_values, 0, G_N_ELEMENTS(value_mistakes));
    tcase_add_test(tests, names_every_part_that_nothing_uses);
    tcase_add_test(tests, names_a_key_that_nothing_asked_for);
    tcase_add_test(tests, set_wins_over_files_and_is_named);
    tcase_add_test(tests, set_demands_group_key_and_one_line);
    tcase_add_test(tests, a_file_wins_over_what_it_includes);
    tcase_add_test(tests, an_include_loop_is_named);
    tcase_add_test(tests, includes_are_found_on_the_search_path);
    tcase_add_test(tests, a_missing_file_and_a_directory_are_refused);
    tcase_add_test(tests, the_effective_configuration_reads_back_as_itself);
    tcase_add_test(tests, assumed_values_are_listed);
    tcase_add_test(tests, groups_are_found_by_prefix_in_order);
    tcase_add_test(tests, a_model_is_demanded_where_there_is_no_standard_one);
    suite_add_tcase(suite, tests);
    return lad_suite_run(suite);
}
