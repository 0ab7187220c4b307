/* check_registry.c - the registry refuses what would fail only in use, and finds what is there. */
#include "config.h"
#include "tests/unit/suite.h"
#include <memladder/core.h>
#include <memladder/error.h>
#include <memladder/tier.h>
#include <string.h>

typedef struct {
    LadTime latency;
} Params;

static const LadOption options[] = {
    LAD_OPT(Params, latency, "latency", TIME, "85 ns", "1 ns", "1 ms", "time of one access"),
    LAD_OPTIONS_END,
};
static const LadCounter counters[] = {
    {"hits", "1", LAD_COUNT, LAD_SCOPE_TIER, "accesses answered"},
    LAD_COUNTERS_END,
};

static gboolean
init(LadTier *tier, GError **error)
{
    (void)tier;
    (void)error;
    return TRUE;
}

static LadTime
access_at_once(LadTier *tier, LadTime now, const LadTransfer *transfer)
{
    (void)tier;
    (void)transfer;
    return now;
}

/* A tier model without fault, to be spoilt by each test. */
static LadTierClass
sound_class(void)
{
    return (LadTierClass){
        .base = {LAD_MODEL_HEAD(LAD_KIND_TIER, LadTierClass, "test-tier", "for tests"),
                 .models = "nothing", .leaves_out = "all", .source = "none", .options = options,
                 .params_size = sizeof(Params), .counters = counters},
        .init = init,
        .setup = init,
        .access = access_at_once,
    };
}

static LadModels *
models_with(const LadTierClass *one, const LadTierClass *other, GError **error)
{
    const LadModel *const registry[] = {&one->base, other != NULL ? &other->base : NULL, NULL};
    const LadModel *const *const extra[] = {registry, NULL};
    return lad_models_new(extra, error);
}

static void
assert_refused(const LadTierClass *class, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LadModels) models = models_with(class, NULL, &error);
    ck_assert_ptr_null(models);
    lad_assert_error(error, message);
    ck_assert_int_eq(lad_error_exit_status(error), 2);
}

START_TEST(the_library_s_own_models_pass)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LadModels) models = lad_models_new(NULL, &error);
    lad_assert_ok(models != NULL, error);
    const LadModel *const *list = lad_models_list(models);
    for (guint i = 0; list[i] != NULL && list[i + 1] != NULL; i++)
        ck_assert_uint_le(list[i]->kind, list[i + 1]->kind);
}
END_TEST

START_TEST(finds_a_model_of_another_registry)
{
    LadTierClass class = sound_class();
    g_autoptr(GError) error = NULL;
    g_autoptr(LadModels) models = models_with(&class, NULL, &error);
    lad_assert_ok(models != NULL, error);
    ck_assert_ptr_eq(lad_models_find(models, LAD_KIND_TIER, "test-tier", &error), &class.base);
    ck_assert_ptr_null(lad_models_find(models, LAD_KIND_TIER, "tset-tier", &error));
    lad_assert_error(error, "there is no tier model `tset-tier`; did you mean `test-tier`?");
    ck_assert_ptr_null(lad_models_find(models, LAD_KIND_CORE, "test-tier", NULL));
}
END_TEST

START_TEST(refuses_two_of_one_name)
{
    LadTierClass one = sound_class(), other = sound_class();
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(models_with(&one, &other, &error));
    lad_assert_error(error, "there are two tier models called `test-tier`");
}
END_TEST

START_TEST(refuses_an_empty_name)
{
    LadTierClass class = sound_class();
    class.base.name = "";
    assert_refused(&class, "its name is empty");
    class.base.name = "Two Words";
    assert_refused(&class, "not lower case and hyphens");
}
END_TEST

START_TEST(refuses_another_contract_version_or_size)
{
    LadTierClass class = sound_class();
    class.base.abi = LAD_ABI + 1;
    assert_refused(&class, "it was made for contract version 4, this program has 3");
    class = sound_class();
    class.base.struct_size = sizeof(LadModel);
    assert_refused(&class, "its class table has");
}
END_TEST

START_TEST(refuses_a_missing_required_hook)
{
    LadTierClass class = sound_class();
    class.access = NULL;
    assert_refused(&class, "tier model `test-tier`: it lacks the required hook access");
    class = sound_class();
    class.setup = NULL;
    assert_refused(&class, "it lacks the required hook setup");
    class = sound_class();
    class.faulting = TRUE;
    assert_refused(&class, "it lacks the required hook store");
}
END_TEST

START_TEST(refuses_a_core_without_run)
{
    LadCoreClass class = {.base = sound_class().base};
    class.base.kind = LAD_KIND_CORE;
    class.base.struct_size = sizeof class;
    const LadModel *const registry[] = {&class.base, NULL};
    const LadModel *const *const extra[] = {registry, NULL};
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(lad_models_new(extra, &error));
    lad_assert_error(error, "core model `test-tier`: it lacks the required hook init");
}
END_TEST

START_TEST(refuses_a_model_that_hides_what_it_leaves_out)
{
    LadTierClass class = sound_class();
    class.base.leaves_out = NULL;
    assert_refused(&class, "it does not say what it leaves out");
}
END_TEST

START_TEST(refuses_broken_option_tables)
{
    static const LadOption twice[] = {
        LAD_OPT(Params, latency, "latency", TIME, "85 ns", NULL, NULL, "time"),
        LAD_OPT(Params, latency, "latency", TIME, "85 ns", NULL, NULL, "time"),
        LAD_OPTIONS_END,
    };
    static const LadOption low[] = {
        LAD_OPT(Params, latency, "latency", TIME, "0 ns", "1 ns", NULL, "time"),
        LAD_OPTIONS_END,
    };
    static const LadOption unitless[] = {
        LAD_OPT(Params, latency, "latency", TIME, "85", NULL, NULL, "time"),
        LAD_OPTIONS_END,
    };
    LadTierClass class = sound_class();
    class.base.options = twice;
    assert_refused(&class, "two options are called latency");
    class.base.options = low;
    assert_refused(&class, "latency: `0 ns` is out of range");
    class.base.options = unitless;
    assert_refused(&class, "latency: `85` has no unit");
    class = sound_class();
    class.base.params_size = 0;
    assert_refused(&class, "no room for option latency");
}
END_TEST

START_TEST(refuses_a_counter_without_unit)
{
    static const LadCounter unitless[] = {
        {"hits", "", LAD_COUNT, LAD_SCOPE_TIER, "accesses answered"},
        LAD_COUNTERS_END,
    };
    LadTierClass class = sound_class();
    class.base.counters = unitless;
    assert_refused(&class, "no unit for counter hits");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("registry");
    TCase *tests = tcase_create("models");
    tcase_add_test(tests, the_library_s_own_models_pass);
    tcase_add_test(tests, finds_a_model_of_another_registry);
    tcase_add_test(tests, refuses_two_of_one_name);
    tcase_add_test(tests, refuses_an_empty_name);
    tcase_add_test(tests, refuses_another_contract_version_or_size);
    tcase_add_test(tests, refuses_a_missing_required_hook);
    tcase_add_test(tests, refuses_a_core_without_run);
    tcase_add_test(tests, refuses_a_model_that_hides_what_it_leaves_out);
    tcase_add_test(tests, refuses_broken_option_tables);
    tcase_add_test(tests, refuses_a_counter_without_unit);
    suite_add_tcase(suite, tests);
    return lad_suite_run(suite);
}
