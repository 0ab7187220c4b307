/* kernel_rig.h - a host with tiers and a kernel but no cores, and a driver that touches pages.
 *
 * A touch translates by a walk (there is no TLB, so every touch sets the accessed bit), takes its
 * faults, reads or writes a line of the page's tier and moves the clock to its end; daemons and the
 * tick of the one thread run as their times come.
 */
#ifndef LAD_TESTS_KERNEL_RIG_H
#define LAD_TESTS_KERNEL_RIG_H

#include "sim/kernel/state.h"
#include "tests/unit/suite.h"

typedef struct {
    LadConfig *config;
    LadModels *models;
    LadCluster *cluster;
    LadHost host;
    LadKernel *kernel;
    LadTime now, next_tick;
    LadTime compute;      /* between two touches */
    guint64 n_shootdowns; /* calls of the hook; whole flushes too */
    guint64 n_flushes;
    LadTime charged[LAD_N_CHARGES];
    guint64 tier_touches[LAD_MAX_TIERS];
    GPtrArray *threads;
    guint n_wakes;
    LadTime woken; /* when the last thread was woken */
} KernelRig;

/* `text`: a configuration. Further models may be given as a registry (NULL: none). Fails the test
 * on an error. */
KernelRig *kernel_rig_new(const char *text, const LadModel *const *extra);
/* The same, but handing the error over; NULL on failure. */
KernelRig *kernel_rig_try(const char *text, const LadModel *const *extra, GError **error);
void kernel_rig_free(KernelRig *rig);
/* A process with one thread. */
LadThread *kernel_rig_thread(KernelRig *rig);
/* One touch; FALSE if the host ran out of memory. */
gboolean kernel_rig_touch(KernelRig *rig, LadThread *thread, guint64 vaddr, LadAccess access);
/* Let time pass without touches, with ticks of `thread` (NULL: none). */
void kernel_rig_idle(KernelRig *rig, LadThread *thread, LadTime until);
/* The page at an address, which must be mapped; LAD_PAGE_NONE if it is not. */
LadPage kernel_rig_page(KernelRig *rig, LadThread *thread, guint64 vaddr);
guint kernel_rig_tier(KernelRig *rig, LadThread *thread, guint64 vaddr);
guint64 kernel_rig_vm(const KernelRig *rig, LadVmCounter counter);
/* Check what must hold at all times: frames used = pages on lists + page tables, per tier; lists
 * are whole; nothing is on two. Fails the test otherwise. */
void kernel_rig_check(KernelRig *rig);

/* Run tests (the names given to START_TEST) as a suite; returns main's status. */
#define KERNEL_SUITE(name, ...)                                                                    \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *tests[] = {__VA_ARGS__};                                                      \
        Suite *suite = suite_create(name);                                                         \
        TCase *tcase = tcase_create(name);                                                         \
        for (guint i = 0; i < G_N_ELEMENTS(tests); i++)                                            \
            tcase_add_test(tcase, tests[i]);                                                       \
        tcase_set_timeout(tcase, 120);                                                             \
        suite_add_tcase(suite, tcase);                                                             \
        return lad_suite_run(suite);                                                               \
    }

#endif
