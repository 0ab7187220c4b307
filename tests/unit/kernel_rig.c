#include "config.h"
#include "tests/unit/kernel_rig.h"
#include "sim/kernel/cgroup.h"
#include "sim/machine/cluster.h"

#include <check.h>

static KernelRig *
rig_of(LadHost *host)
{
    return (KernelRig *)(void *)((char *)host - offsetof(KernelRig, host));
}

static guint
shootdown(LadHost *host, LadProcess *process G_GNUC_UNUSED, guint64 vpage G_GNUC_UNUSED,
          LadPage page, LadTime now G_GNUC_UNUSED)
{
    rig_of(host)->n_shootdowns++;
    if (page == LAD_PAGE_NONE)
        rig_of(host)->n_flushes++;
    return 1;
}

static void
charge(LadHost *host, guint core G_GNUC_UNUSED, LadTime now G_GNUC_UNUSED, LadTime duration,
       LadCharge why)
{
    rig_of(host)->charged[why] += duration;
}

static void
wake(LadHost *host, LadThread *thread, LadTime when)
{
    thread->state = LAD_THREAD_RUNNABLE;
    rig_of(host)->n_wakes++;
    rig_of(host)->woken = when;
}

static const LadHostHooks hooks = {.shootdown = shootdown, .charge = charge, .wake = wake};

KernelRig *
kernel_rig_try(const char *text, const LadModel *const *extra, GError **error)
{
    KernelRig *rig = g_new0(KernelRig, 1);
    const LadModel *const *registries[] = {extra, NULL};
    rig->models = lad_models_new(extra ? registries : NULL, NULL);
    ck_assert_ptr_nonnull(rig->models);
    rig->config = lad_config_new();
    rig->cluster = g_new0(LadCluster, 1);
    rig->cluster->queue = lad_queue_new();
    rig->cluster->metrics = g_array_new(FALSE, TRUE, sizeof(LadMetrics));
    rig->threads = g_ptr_array_new();
    LadHost *host = &rig->host;
    host->name = (char *)"test";
    host->cluster = rig->cluster;
    host->queue = rig->cluster->queue;
    host->seed = 1;
    host->hooks = &hooks;
    host->processes = g_ptr_array_new();
    if (!lad_config_read_text(rig->config, text, "test", error) ||
        !lad_tiers_build(host, rig->config, rig->models, error) ||
        !(rig->kernel = lad_kernel_new(host, rig->config, rig->models, error)) ||
        !lad_tiers_setup(host, error) || !lad_kernel_setup(rig->kernel, error) ||
        !lad_config_check_used(rig->config, error)) {
        kernel_rig_free(rig);
        return NULL;
    }
    rig->next_tick = lad_kernel_jiffy(rig->kernel);
    return rig;
}

KernelRig *
kernel_rig_new(const char *text, const LadModel *const *extra)
{
    GError *error = NULL;
    KernelRig *rig = kernel_rig_try(text, extra, &error);
    ck_assert_msg(rig != NULL, "%s", error ? error->message : "no error set");
    return rig;
}

void
kernel_rig_free(KernelRig *rig)
{
    LadHost *host = &rig->host;
    lad_kernel_free(rig->kernel);
    lad_tiers_free(host);
    for (guint i = 0; i < rig->threads->len; i++) {
        LadThread *thread = g_ptr_array_index(rig->threads, i);
        g_free(thread->process);
        g_free(thread->numa);
        g_free(thread);
    }
    g_ptr_array_free(rig->threads, TRUE);
    g_ptr_array_free(host->processes, TRUE);
    g_clear_error(&host->error);
    lad_queue_free(rig->cluster->queue);
    for (guint i = 0; i < rig->cluster->metrics->len; i++)
        g_free(g_array_index(rig->cluster->metrics, LadMetrics, i).part);
    g_array_free(rig->cluster->metrics, TRUE);
    g_clear_pointer(&rig->cluster->logs, g_ptr_array_unref);
    g_free(rig->cluster);
    lad_config_free(rig->config);
    lad_models_free(rig->models);
    g_free(rig);
}

LadThread *
kernel_rig_thread(KernelRig *rig)
{
    LadProcess *process = g_new0(LadProcess, 1);
    LadThread *thread = g_new0(LadThread, 1);
    process->host = &rig->host;
    process->id = rig->host.processes->len;
    g_ptr_array_add(rig->host.processes, process);
    thread->process = process;
    thread->id = rig->threads->len;
    g_ptr_array_add(rig->threads, thread);
    lad_kernel_add_process(rig->kernel, process);
    return thread;
}

/* Everything that is due by now. */
static void
run_due(KernelRig *rig, LadThread *thread)
{
    LadQueue *queue = rig->host.queue;
    for (;;) {
        LadTime event = lad_queue_next_time(queue);
        gboolean tick = thread && rig->next_tick <= rig->now && rig->next_tick < event;
        if (tick) {
            LadTime cost = lad_kernel_tick(rig->kernel, thread, 0, rig->next_tick);
            rig->next_tick += lad_kernel_jiffy(rig->kernel);
            rig->now += cost;
            rig->charged[LAD_CHARGE_SCAN] += cost;
        } else if (event <= rig->now) {
            lad_queue_step(queue);
        } else {
            return;
        }
    }
}

gboolean
kernel_rig_touch(KernelRig *rig, LadThread *thread, guint64 vaddr, LadAccess access)
{
    LadKernel *kernel = rig->kernel;
    LadPageWord *words = lad_kernel_words(kernel);
    LadWalk walk;
    rig->now += rig->compute;
    run_due(rig, thread);
    for (;;) {
        lad_kernel_walk(kernel, thread->process, vaddr >> LAD_PAGE_SHIFT, &walk);
        if (walk.page != LAD_PAGE_NONE && !lad_kernel_would_fault(words[walk.page], access))
            break;
        LadFault fault = lad_kernel_fault(kernel, thread, 0, vaddr, access, rig->now);
        if (fault.status == LAD_FAULT_FAILED)
            return FALSE;
        rig->now += fault.cost + fault.kernel_cost;
        if (thread->state == LAD_THREAD_DONE)
            return TRUE; /* killed */
        if (fault.status == LAD_FAULT_SLEEP) {
            guint wakes = rig->n_wakes;
            while (rig->n_wakes == wakes)
                lad_queue_step(rig->host.queue);
            rig->now = MAX(rig->now, rig->woken);
        }
        run_due(rig, thread);
    }
    words[walk.page] |= LAD_PAGE_ACCESSED | (access == LAD_ACCESS_WRITE ? LAD_PAGE_DIRTY : 0);
    guint tier = lad_page_tier(words[walk.page]);
    rig->tier_touches[tier]++;
    LadTransfer transfer = {.kind =
                                access == LAD_ACCESS_FETCH ? LAD_TRANSFER_FETCH : LAD_TRANSFER_READ,
                            .bytes = 64,
                            .page = walk.page,
                            .offset = (guint32)(vaddr % LAD_PAGE_BYTES)};
    LadTime done = lad_tier_access(rig->host.tiers[tier], rig->now, &transfer);
    if (done != LAD_PENDING)
        rig->now = done;
    return rig->host.error == NULL;
}

void
kernel_rig_idle(KernelRig *rig, LadThread *thread, LadTime until)
{
    LadTime step = lad_kernel_jiffy(rig->kernel);
    while (rig->now < until) {
        rig->now = MIN(rig->now + step, until);
        run_due(rig, thread);
    }
}

LadPage
kernel_rig_page(KernelRig *rig G_GNUC_UNUSED, LadThread *thread, guint64 vaddr)
{
    gboolean huge;
    return lad_space_find(thread->process->space, vaddr >> LAD_PAGE_SHIFT, &huge);
}

guint
kernel_rig_tier(KernelRig *rig, LadThread *thread, guint64 vaddr)
{
    return lad_page_tier(lad_kernel_words(rig->kernel)[kernel_rig_page(rig, thread, vaddr)]);
}

guint64
kernel_rig_vm(const KernelRig *rig, LadVmCounter counter)
{
    return lad_vm_counter(rig->kernel, counter);
}

/* Pages of a list, counted along it from the tail; checks links and words. */
static guint64
walk_list(const LadKernel *kernel, guint group, guint tier, guint list)
{
    guint64 n = 0;
    LadPage older = LAD_PAGE_NONE;
    LadPage page = lad_lru_tail(kernel, lad_lruvec(group, tier), list);
    while (page != LAD_PAGE_NONE) {
        LadPageWord word = kernel->words[page];
        ck_assert(word & LAD_PAGE_LRU && word & LAD_PAGE_PRESENT);
        ck_assert_uint_eq(lad_page_tier(word), tier);
        ck_assert_uint_eq(lad_lru_list(kernel, page), list);
        ck_assert_uint_eq(lad_page_group(kernel, page), group);
        ck_assert_uint_eq(kernel->links[page].next, older);
        n += lad_page_span(kernel, page);
        older = page;
        page = lad_lru_newer(kernel, page);
    }
    return n;
}

void
kernel_rig_check(KernelRig *rig)
{
    const LadKernel *kernel = rig->kernel;
    guint64 tables[LAD_MAX_TIERS] = {0};
    guint64 n_tables = 0;
    for (guint colour = 0; colour < LAD_PAGE_COLOURS; colour++)
        for (guint32 row = 0; row < kernel->numbering.row[colour]; row++) {
            LadPageWord word = kernel->words[row << LAD_PAGE_COLOUR_BITS | colour];
            if (word & LAD_PAGE_UNMOVABLE) {
                tables[lad_page_tier(word)]++;
                n_tables += kernel->owners[row << LAD_PAGE_COLOUR_BITS | colour] == 0;
            }
        }
    ck_assert_uint_eq(n_tables, kernel->vm[LAD_VM_NR_PAGE_TABLE_PAGES]);
    for (guint tier = 0; tier < rig->host.n_tiers; tier++) {
        guint64 listed = 0;
        if (rig->host.tiers[tier]->class->faulting)
            continue;
        for (guint i = 0; i < lad_cgroups_n(kernel) * kernel->reclaim.class->n_lists; i++) {
            guint group = i / kernel->reclaim.class->n_lists;
            guint list = i % kernel->reclaim.class->n_lists;
            guint64 n = walk_list(kernel, group, tier, list);
            ck_assert_uint_eq(n, lad_lru_size(kernel, lad_lruvec(group, tier), list));
            listed += n;
        }
        guint64 listed_free = lad_frames_free(kernel, tier) + kernel->zones[tier].pcp.count;
        guint64 used = lad_frames_total(kernel, tier) - listed_free;
        ck_assert_uint_eq(used, listed + tables[tier]);
        ck_assert_uint_eq(rig->host.tiers[tier]->common[LAD_TIER_USED_BYTES],
                          used << LAD_PAGE_SHIFT);
    }
}
