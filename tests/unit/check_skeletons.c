/* check_skeletons.c - the skeletons that new models are copied from pass the registry and work. */
#include "config.h"
#include "tests/unit/kernel_rig.h"
#include <memladder/offload.h>
#include <memladder/space.h>

extern const LadTierClass lad_tier_skeleton;
extern const LadLinkClass lad_link_skeleton;
extern const LadPlacementClass lad_placement_skeleton;
extern const LadReclaimClass lad_reclaim_skeleton;
extern const LadOffloadClass lad_offload_skeleton;
extern const LadPressureClass lad_pressure_skeleton;
extern const LadSpaceClass lad_space_skeleton;

static const LadModel *skeletons[8];

static void
list_skeletons(void)
{
    skeletons[0] = &lad_tier_skeleton.base;
    skeletons[1] = &lad_link_skeleton.base;
    skeletons[2] = &lad_placement_skeleton.base;
    skeletons[3] = &lad_reclaim_skeleton.base;
    skeletons[4] = &lad_offload_skeleton.base;
    skeletons[5] = &lad_pressure_skeleton.base;
    skeletons[6] = &lad_space_skeleton.base;
    skeletons[7] = NULL;
}

#define TIERS                                                                                      \
    "[link.wire]\nmodel=skeleton\n"                                                                \
    "[tier.near]\nmodel=skeleton\nsize=8 MiB\n"                                                    \
    "[tier.far]\nmodel=skeleton\nsize=64 MiB\nlatency=300 ns\nlink=wire\n"

START_TEST(the_registry_accepts_every_skeleton_and_lists_none)
{
    list_skeletons();
    const LadModel *const *extra[] = {skeletons, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(LadModels) models = lad_models_new(extra, &error);
    lad_assert_ok(models != NULL, error);
    for (guint i = 0; skeletons[i]; i++)
        ck_assert_ptr_eq(lad_models_find(models, skeletons[i]->kind, "skeleton", &error),
                         skeletons[i]);
    g_autoptr(LadModels) builtin = lad_models_new(NULL, &error);
    for (guint i = 0; skeletons[i]; i++) {
        g_autoptr(GError) unknown = NULL;
        ck_assert_ptr_null(lad_models_find(builtin, skeletons[i]->kind, "skeleton", &unknown));
    }
}
END_TEST

START_TEST(skeletons_of_tiers_links_placement_and_reclaim_work_together)
{
    list_skeletons();
    KernelRig *rig = kernel_rig_new(TIERS "[placement]\nmodel=skeleton\n[reclaim]\nmodel=skeleton\n"
                                          "[kernel]\ntime-scale=0.01\n",
                                    skeletons);
    LadThread *thread = kernel_rig_thread(rig);
    LadRandom random;
    lad_random_init(&random, 1, "test");
    rig->compute = LAD_US;
    for (guint64 i = 0; i < 2000; i++)
        ck_assert(kernel_rig_touch(rig, thread, i << 12, LAD_ACCESS_WRITE));
    ck_assert_uint_eq(kernel_rig_tier(rig, thread, 0), 0);
    ck_assert_uint_eq(kernel_rig_tier(rig, thread, 1 << 12), 1);
    for (guint i = 0; i < 200000; i++)
        ck_assert(
            kernel_rig_touch(rig, thread, lad_random_below(&random, 4000) << 12, LAD_ACCESS_READ));
    ck_assert_uint_gt(rig->kernel->placement.counters[0], 0);
    ck_assert_uint_gt(kernel_rig_vm(rig, LAD_VM_PGPROMOTE_SUCCESS), 0);
    ck_assert_uint_gt(kernel_rig_vm(rig, LAD_VM_PGDEMOTE_KSWAPD), 0);
    /* 300 ns and 10 ns each way. */
    ck_assert_uint_eq(rig->host.tiers[1]->idle_read_ps, 320 * LAD_NS);
    kernel_rig_check(rig);
    kernel_rig_free(rig);
}
END_TEST

START_TEST(skeleton_of_pressure_measures_stalled_time)
{
    const LadPressureClass *class = &lad_pressure_skeleton;
    guint64 state[8] = {0};
    LadPressure pressure = {.class = class, .state = state};
    LadPressureSignal signal;
    ck_assert(class->init(&pressure, NULL));
    class->change(&pressure, 0, &(LadPressureTasks){.memstall = 1}, 10 * LAD_MS);
    class->change(&pressure, 0, &(LadPressureTasks){.running = 1}, 30 * LAD_MS);
    class->read(&pressure, 40 * LAD_MS, &signal);
    ck_assert_uint_eq(signal.stalled[LAD_PRESSURE_MEMORY_SOME], 20 * LAD_MS);
    ck_assert_double_eq(signal.average[LAD_PRESSURE_MEMORY_SOME][LAD_PRESSURE_10S], 0.5);
    class->clear(&pressure);
}
END_TEST

START_TEST(skeleton_of_offload_asks_below_its_target_only)
{
    const LadOffloadClass *class = &lad_offload_skeleton;
    struct {
        double target, ratio;
        LadTime interval;
    } params = {0.001, 0.01, 6 * LAD_S};
    LadOffload offload = {.class = class, .params = &params};
    LadOffloadView view = {.now = LAD_S, .current = 1000000};
    LadOffloadRequest request = {0};
    class->tick(&offload, &view, &request);
    ck_assert_uint_eq(request.reclaim, 10000);
    ck_assert_uint_eq(request.wait, 6 * LAD_S);
    view.pressure.average[LAD_PRESSURE_MEMORY_SOME][LAD_PRESSURE_10S] = 0.5;
    request = (LadOffloadRequest){0};
    class->tick(&offload, &view, &request);
    ck_assert_uint_eq(request.reclaim, 0);
}
END_TEST

START_TEST(skeleton_of_space_fetches_and_evicts)
{
    const LadSpaceClass *class = &lad_space_skeleton;
    struct {
        LadTime check, fetch;
    } params = {LAD_NS, 10 * LAD_US};
    guint64 state[2] = {0};
    LadAddressRange range = {
        .class = class, .start = 4096, .end = 8192, .params = &params, .state = state};
    LadExtent extent;
    class->find(&range, 5000, &extent);
    ck_assert(!extent.resident);
    ck_assert_uint_eq(class->fault(&range, NULL, 5000, LAD_ACCESS_READ, LAD_US), 11 * LAD_US);
    class->find(&range, 5000, &extent);
    ck_assert(extent.resident);
    ck_assert_uint_eq(extent.size, 4096);
    ck_assert(class->evict(&range, &extent, LAD_MS));
    class->find(&range, 5000, &extent);
    ck_assert(!extent.resident);
    ck_assert_uint_eq(class->access_cost(&range), LAD_NS);
}
END_TEST

KERNEL_SUITE("skeletons", the_registry_accepts_every_skeleton_and_lists_none,
             skeletons_of_tiers_links_placement_and_reclaim_work_together,
             skeleton_of_pressure_measures_stalled_time,
             skeleton_of_offload_asks_below_its_target_only, skeleton_of_space_fetches_and_evicts)
