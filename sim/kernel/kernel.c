/* kernel.c - a host's kernel: its options, its counters, its making and its end. */
#include "config.h"
#include "sim/kernel/block.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/swap.h"
#include "sim/kernel/swapchain.h"

static const char *const page_numbers[] = {"identity", "sequential", "random", NULL};
static const char *const readaheads[] = {"vma", "cluster", NULL};
static const char *const oom_actions[] = {"stop", "kill", NULL};
static const char *const huge_choices[] = {"never", "always", NULL};

#define OPT(field, name, type, def, min, max, help)                                                \
    LAD_OPT(LadKernelParams, field, name, type, def, min, max, help)

/* Defaults of costs: measured in a Linux 6.1 guest by least squares over many runs (one instruction
 * = 1 ns); those without a measurement say `assumed`. */
const LadOption lad_kernel_options[] = {
    LAD_OPT_ENUM(LadKernelParams, page_number, "page-number", "identity", page_numbers,
                 "what indexes physically indexed caches: the virtual page number, the order of "
                 "first touch, or a random number"),
    LAD_OPT_ENUM(LadKernelParams, huge_pages, "huge-pages", "never", huge_choices,
                 "use 2 MiB pages for private anonymous memory"),
    OPT(time_scale, "time-scale", DOUBLE, "1", "1e-6", "1",
        "multiplies every kernel duration and divides every rate limit; sizes, watermarks and "
        "costs stay"),
    OPT(min_free, "min-free", BYTES, "0 B", NULL, "64 GiB",
        "min_free_kbytes: sum of the tiers' min watermarks; 0: Linux's formula"),
    OPT(watermark_scale_factor, "watermark-scale-factor", UINT, "10", "1", "3000",
        "distance between watermarks in 1/10000 of a tier"),
    OPT(zero_pages, "zero-pages", BOOL, "true", NULL, NULL,
        "writing a new page's zeros takes time and bandwidth of its tier"),
    OPT(kswapd_core, "kswapd-core", UINT, "0", NULL, "4095",
        "core that pays for the reclaim daemons; the last one if there are fewer"),
    OPT(jiffy, "jiffy", TIME, "4 ms", "1 us", "1 s", "between ticks of the scheduler (HZ=250)"),
    OPT(scan_size, "scan-size", BYTES, "256 MiB", "4 KiB", NULL,
        "memory that one scan for hint faults goes through"),
    OPT(scan_period_min, "scan-period-min", TIME, "1 s", "1 ms", "1000 s",
        "least CPU time of a thread between two scans, divided by the scans that its resident "
        "memory takes"),
    OPT(scan_period_max, "scan-period-max", TIME, "60 s", "1 ms", "1000 s",
        "the same at most, and between two adjustments of the hot threshold"),
    OPT(scan_delay, "scan-delay", TIME, "1 s", "0 s", NULL,
        "CPU time and time before the first scan of an address space"),
    OPT(start_phase, "start-phase", TIME, "0 s", NULL, "1000 s",
        "CPU time and time that have gone by when the run begins; shifts the scanner against the "
        "accesses"),
    OPT(reclaim_target, "reclaim-target", UINT, "0", NULL, "1000000",
        "pages that a pass of kswapd shall free; 0: the tier's high watermark, at least 32"),
    OPT(per_cpu_lists, "per-cpu-lists", BOOL, "true", NULL, NULL,
        "freed frames go through a per-CPU list before the watermarks see them"),
    LAD_OPT_ENUM(LadKernelParams, oom, "oom", "stop", oom_actions,
                 "a group or host out of memory ends the run with a report, or kills the largest "
                 "process in it, and the report becomes a note"),
    OPT(recursive_protection, "recursive-protection", BOOL, "false", NULL, NULL,
        "what a group's children leave of its memory.low and min protects them too (mount option "
        "memory_recursiveprot)"),
    OPT(start_placement, "start-placement", TABLE, "", NULL, NULL,
        "where pages start whatever the policy: rows of first virtual page, pages, tier, and 1 "
        "for the active list; empty: the policy decides"),
    OPT(page_cluster, "page-cluster", UINT, "3", "0", "5",
        "at most 2 to this many pages are read at once from swap (vm.page-cluster)"),
    LAD_OPT_ENUM(LadKernelParams, swap_readahead, "swap-readahead", "vma", readaheads,
                 "read-ahead from swap: pages next by address (devices that do not rotate), or by "
                 "slot"),
    OPT(file_latency, "file-latency", TIME, "100 us", "1 ns", "10 s",
        "of reading or writing a page of a file (assumed)"),
    OPT(swap_fault_cost, "swap-fault-cost", TIME, "5.5 us", "0 s", NULL,
        "CPU time of a fault on a page that is not mapped (measured)"),
    OPT(swap_wake_cost, "swap-wake-cost", TIME, "9.4 us", "0 s", NULL,
        "CPU time of a read from a device, within the stall (measured)"),
    OPT(swap_write_cost, "swap-write-cost", TIME, "4.5 us", "0 s", NULL,
        "CPU time of writing a page out, dispatch and compression apart (measured)"),
    OPT(scan_unmapped_cost, "scan-unmapped-cost", TIME, "600 ns", "0 s", NULL,
        "CPU time of reclaim looking at a page that is not mapped (measured)"),
    OPT(unmap_cost, "unmap-cost", TIME, "1.2 us", "0 s", NULL,
        "CPU time of unmapping a page to evict it (measured)"),
    OPT(free_cost, "free-cost", TIME, "1.25 us", "0 s", NULL,
        "CPU time of freeing a page (measured)"),
    OPT(fault_cost, "fault-cost", TIME, "2 us", "0 s", NULL,
        "CPU time of a first touch, zeroing apart (assumed)"),
    OPT(cow_cost, "cow-cost", TIME, "2 us", "0 s", NULL,
        "CPU time of a write-protection fault, the copy apart (assumed)"),
    OPT(hint_fault_cost, "hint-fault-cost", TIME, "1915 ns", "0 s", NULL,
        "CPU time of a hint fault (measured)"),
    OPT(failed_candidate_cost, "failed-candidate-cost", TIME, "2147 ns", "0 s", NULL,
        "CPU time of a promotion refused for lack of room (measured)"),
    OPT(promotion_cost, "promotion-cost", TIME, "8 us", "0 s", NULL,
        "CPU time of moving a page up, its copy apart (measured with demotion-cost; the split is "
        "assumed)"),
    OPT(demotion_cost, "demotion-cost", TIME, "6320 ns", "0 s", NULL,
        "CPU time of moving a page down, its copy apart (measured; see promotion-cost)"),
    OPT(reclaim_scan_cost, "reclaim-scan-cost", TIME, "1551 ns", "0 s", NULL,
        "CPU time of reclaim looking at an inactive page (measured)"),
    OPT(deactivate_cost, "deactivate-cost", TIME, "1206 ns", "0 s", NULL,
        "CPU time of reclaim looking at an active page (measured)"),
    OPT(pte_mark_cost, "pte-mark-cost", TIME, "265 ns", "0 s", NULL,
        "CPU time of marking a page for a hint fault (measured)"),
    OPT(pte_skip_cost, "pte-skip-cost", TIME, "25 ns", "0 s", NULL,
        "CPU time of passing over a page when scanning (measured)"),
    OPT(shootdown_cost, "shootdown-cost", TIME, "4 us", "0 s", NULL,
        "CPU time of having other cores drop a translation (HeMem's simulator memsim; not in the "
        "single-CPU guest's figures)"),
    OPT(priority_step_cost, "priority-step-cost", TIME, "8 us", "0 s", NULL,
        "CPU time of kswapd per pass (assumed)"),
    OPT(kswapd_wake_cost, "kswapd-wake-cost", TIME, "2 us", "0 s", NULL,
        "CPU time of waking kswapd (assumed)"),
    LAD_OPTIONS_END};

#define EVENT(row, name, help) [LAD_VM_##row] = {name, "1", LAD_COUNT, LAD_SCOPE_HOST, help}
#define PAGES(row, name, help) [LAD_VM_##row] = {name, "page", LAD_COUNT, LAD_SCOPE_HOST, help}
#define SPENT(row, name, help) [LAD_VM_##row] = {name, "ps", LAD_COUNT, LAD_SCOPE_HOST, help}
#define LEVEL(row, name, help) [LAD_VM_##row] = {name, "page", LAD_GAUGE, LAD_SCOPE_HOST, help}

const LadCounter lad_kernel_counters[] = {
    EVENT(PGFAULT, "pgfault", "a fault: first touch, or a page that is not mapped"),
    PAGES(PGALLOC, "pgalloc", "a frame given out"),
    PAGES(PGFREE, "pgfree", "a frame of an unmapped page given back"),
    EVENT(COW_FAULT, "cow_fault", "a write to a page that was write-protected"),
    EVENT(THP_FAULT_ALLOC, "thp_fault_alloc", "a first touch that got a 2 MiB page"),
    EVENT(THP_FAULT_FALLBACK, "thp_fault_fallback", "a first touch with no room for a 2 MiB page"),
    EVENT(THP_SPLIT_PAGE, "thp_split_page", "a 2 MiB page split into 4 KiB pages"),
    PAGES(NUMA_PTE_UPDATES, "numa_pte_updates", "a page marked for a hint fault"),
    EVENT(NUMA_HINT_FAULTS, "numa_hint_faults", "a touch of a marked page"),
    EVENT(NUMA_HINT_FAULTS_LOCAL, "numa_hint_faults_local", "a hint fault in the fastest tier"),
    PAGES(NUMA_PAGES_MIGRATED, "numa_pages_migrated", "a page moved by a hint fault"),
    PAGES(PGPROMOTE_SUCCESS, "pgpromote_success", "a page promoted"),
    PAGES(PGPROMOTE_CANDIDATE, "pgpromote_candidate", "a page that the policy wanted promoted"),
    PAGES(PGPROMOTE_CANDIDATE_DEMOTED, "pgpromote_candidate_demoted",
          "a candidate that had been demoted before"),
    PAGES(PGPROMOTE_CANDIDATE_ANON, "pgpromote_candidate_anon", "an anonymous candidate"),
    PAGES(PGPROMOTE_CANDIDATE_FILE, "pgpromote_candidate_file", "a candidate of a file"),
    PAGES(PGPROMOTE_TRIED, "pgpromote_tried", "a candidate that could be isolated"),
    PAGES(PGPROMOTE_ANON, "pgpromote_anon", "an anonymous page promoted"),
    PAGES(PGPROMOTE_FILE, "pgpromote_file", "a file page promoted"),
    PAGES(PGDEMOTE_KSWAPD, "pgdemote_kswapd", "a page demoted by background reclaim"),
    PAGES(PGDEMOTE_DIRECT, "pgdemote_direct", "a page demoted on behalf of an allocation"),
    PAGES(PGDEMOTE_ANON, "pgdemote_anon", "an anonymous page demoted"),
    PAGES(PGDEMOTE_FILE, "pgdemote_file", "a file page demoted"),
    PAGES(PGDEMOTE_PROMOTED, "pgdemote_promoted",
          "a page moved down that had been moved up before"),
    PAGES(PGMIGRATE_SUCCESS, "pgmigrate_success", "a page moved, for whatever reason"),
    PAGES(PGMIGRATE_FAIL, "pgmigrate_fail", "a page that should have moved and stayed"),
    PAGES(PGMIGRATE_FAIL_DST_NODE_FULL, "pgmigrate_fail_dst_node_full",
          "a promotion refused for lack of room above the watermark"),
    PAGES(PGMIGRATE_FAIL_NUMA_ISOLATE, "pgmigrate_fail_numa_isolate",
          "a promotion of a page that was off the lists"),
    PAGES(PGMIGRATE_FAIL_NOMEM, "pgmigrate_fail_nomem", "a demotion with no room further down"),
    PAGES(PGACTIVATE, "pgactivate", "a page moved to an active list"),
    PAGES(PGDEACTIVATE, "pgdeactivate", "a page moved to an inactive list"),
    PAGES(PGREFILL, "pgrefill", "an active page that reclaim looked at"),
    PAGES(PGSCAN_KSWAPD, "pgscan_kswapd", "an inactive page that kswapd looked at"),
    PAGES(PGSCAN_DIRECT, "pgscan_direct", "an inactive page that direct reclaim looked at"),
    PAGES(PGSTEAL_KSWAPD, "pgsteal_kswapd", "a page that kswapd freed from its tier"),
    PAGES(PGSTEAL_DIRECT, "pgsteal_direct", "a page that direct reclaim freed from its tier"),
    EVENT(PAGEOUTRUN, "pageoutrun", "a round of kswapd"),
    EVENT(ALLOCSTALL, "allocstall", "an allocation that had to reclaim"),
    EVENT(TLB_SHOOTDOWN, "tlb_shootdown", "a core interrupted to drop a translation"),
    SPENT(FAULT_PS, "fault_time", "CPU time of faults, zeroing and waiting for it included"),
    SPENT(MIGRATION_PS, "migration_time", "CPU time of moving pages"),
    SPENT(SCAN_PS, "scan_time", "CPU time of scanning for hint faults"),
    SPENT(RECLAIM_PS, "reclaim_time", "CPU time of looking for pages to reclaim"),
    SPENT(SHOOTDOWN_PS, "shootdown_time", "CPU time of TLB shootdowns; part of migration_time"),
    LEVEL(NR_PAGE_TABLE_PAGES, "nr_page_table_pages", "frames that hold page tables"),
    LEVEL(NR_MAPPED, "nr_mapped", "mapped virtual pages of all address spaces"),
    EVENT(PGMAJFAULT, "pgmajfault", "a fault that had to read the page"),
    PAGES(PSWPIN, "pswpin", "a page read from a swap device"),
    PAGES(PSWPOUT, "pswpout", "a page written to a swap device"),
    PAGES(PGPGIN, "pgpgin", "a file page read"),
    PAGES(PGPGOUT, "pgpgout", "a file page written"),
    PAGES(SWAP_RA, "swap_ra", "a page read ahead from a swap device"),
    PAGES(SWAP_RA_HIT, "swap_ra_hit", "a page read ahead that was used"),
    PAGES(WORKINGSET_REFAULT_ANON, "workingset_refault_anon",
          "an evicted anonymous page faulted in again"),
    PAGES(WORKINGSET_REFAULT_FILE, "workingset_refault_file",
          "an evicted file page faulted in again"),
    PAGES(WORKINGSET_ACTIVATE_ANON, "workingset_activate_anon",
          "a refaulted anonymous page made active at once, its distance being short"),
    PAGES(WORKINGSET_ACTIVATE_FILE, "workingset_activate_file",
          "a refaulted file page made active at once, its distance being short"),
    PAGES(WORKINGSET_RESTORE_ANON, "workingset_restore_anon",
          "an activated anonymous page that had been active before it was evicted"),
    PAGES(WORKINGSET_RESTORE_FILE, "workingset_restore_file",
          "an activated file page that had been active before it was evicted"),
    PAGES(DISPLACED, "displaced_pages", "a page that could not have the colour it asked for"),
    [LAD_VM_N_COUNTERS] = LAD_COUNTERS_END};

void
lad_vm_count(LadKernel *kernel, LadVmCounter counter, guint64 n)
{
    kernel->vm[counter] += n;
}

guint64
lad_vm_counter(const LadKernel *kernel, LadVmCounter counter)
{
    return kernel->vm[counter];
}

LadTime
lad_kernel_scaled(const LadKernel *kernel, LadTime duration)
{
    return (LadTime)((double)duration * kernel->params.time_scale);
}

gboolean
lad_kernel_makes_huge_pages(const LadKernel *kernel)
{
    return kernel->params.huge_pages != 0;
}

/* Read the model of [group] and its parameters. */
static const LadModel *
find_model(LadConfig *config, const LadModels *models, LadKind kind, const char *standard,
           void **params, GError **error)
{
    const char *group = lad_kind_name(kind);
    const char *name = lad_config_model(config, group, standard, error);
    if (!name)
        return NULL;
    const LadModel *model = lad_models_find(models, kind, name, error);
    if (!model) {
        g_prefix_error(error, "%s: [%s] model: ", lad_config_origin(config, group, "model"), group);
        return NULL;
    }
    *params = g_malloc0(MAX(model->params_size, 1));
    LadOptionSet set = {model->options, *params};
    return lad_config_fill(config, group, &set, 1, error) ? model : NULL;
}

static guint
n_counters(const LadCounter *table)
{
    guint n = 0;
    while (table && table[n].name)
        n++;
    return n;
}

static gboolean
init_policies(LadKernel *kernel, LadConfig *config, const LadModels *models, GError **error)
{
    LadPlacement *placement = &kernel->placement;
    LadReclaim *reclaim = &kernel->reclaim;
    const LadModel *model =
        find_model(config, models, LAD_KIND_PLACEMENT, "first-touch", &placement->params, error);
    if (!model)
        return FALSE;
    placement->class = (const LadPlacementClass *)model;
    placement->state = g_malloc0(MAX(model->host_size, 1));
    placement->counters = g_new0(guint64, n_counters(model->counters) + 1);
    model = find_model(config, models, LAD_KIND_RECLAIM, "two-list", &reclaim->params, error);
    if (!model)
        return FALSE;
    reclaim->class = (const LadReclaimClass *)model;
    reclaim->state = g_malloc0(MAX(model->host_size, 1));
    reclaim->counters = g_new0(guint64, n_counters(model->counters) + 1);
    placement->host = reclaim->host = kernel->host;
    placement->kernel = reclaim->kernel = kernel;
    kernel->policy_size = (guint)placement->class->base.page_size;
    return TRUE;
}

static gboolean
fill(LadKernel *kernel, LadConfig *config, GError **error)
{
    LadOptionSet set = {lad_kernel_options, &kernel->params};
    return lad_config_fill(config, "kernel", &set, 1, error);
}

LadKernel *
lad_kernel_new(LadHost *host, LadConfig *config, const LadModels *models, GError **error)
{
    LadKernel *kernel = g_new0(LadKernel, 1);
    kernel->host = host;
    kernel->spaces = g_ptr_array_new();
    kernel->waiters = lad_swapin_waiters_new();
    kernel->copies = g_ptr_array_new_with_free_func(g_free);
    kernel->mappings = g_array_new(FALSE, TRUE, sizeof(LadMapping));
    g_array_set_size(kernel->mappings, 1);
    kernel->files = g_ptr_array_new();
    g_ptr_array_add(kernel->files, NULL);
    kernel->file_names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!fill(kernel, config, error) || !init_policies(kernel, config, models, error) ||
        !lad_pages_init(kernel, error)) {
        lad_kernel_free(kernel);
        return NULL;
    }
    host->kernel = kernel;
    lad_frames_init(kernel);
    if (!lad_chain_init(kernel, error)) {
        lad_kernel_free(kernel);
        return NULL;
    }
    lad_kswapd_init(kernel);
    if (!lad_cgroups_init(kernel, config, error) || !lad_swap_init(kernel, error) ||
        !lad_start_init(kernel, error) || !lad_pressures_init(kernel, config, models, error) ||
        !lad_offloads_init(kernel, config, models, error)) {
        lad_kernel_free(kernel);
        return NULL;
    }
    const LadPlacement *placement = &kernel->placement;
    const LadReclaim *reclaim = &kernel->reclaim;
    if ((placement->class->init && !placement->class->init(&kernel->placement, error)) ||
        (reclaim->class->init && !reclaim->class->init(&kernel->reclaim, error))) {
        lad_kernel_free(kernel);
        return NULL;
    }
    return kernel;
}

static void
add_metrics(LadKernel *kernel, const char *part, const LadCounter *table, const guint64 *values)
{
    LadMetrics metrics = {.part = (char *)part,
                          .host = kernel->host->index,
                          .scope = LAD_SCOPE_HOST,
                          .table = table,
                          .values = values};
    if (table)
        lad_host_add_metrics(kernel->host, &metrics);
}

/* Sizes of the lists, from where the kernel keeps them. */
static void
refresh_lists(void *data)
{
    LadKernel *kernel = data;
    for (guint tier = 0; tier < kernel->host->n_tiers; tier++)
        for (guint list = 0; list < kernel->reclaim.class->n_lists; list++) {
            guint64 size = 0;
            for (guint group = 0; group < kernel->n_groups; group++)
                size += kernel->vecs[lad_lruvec(group, tier)].lists[list].size;
            kernel->list_sizes[tier][list] = size;
        }
}

/* One part per tier, "lru_near", with a row per list of the reclaim model. */
static void
add_list_metrics(LadKernel *kernel)
{
    const LadReclaimClass *class = kernel->reclaim.class;
    kernel->list_counters = g_new0(LadCounter, class->n_lists + 1);
    for (guint list = 0; list < class->n_lists; list++)
        kernel->list_counters[list] = (LadCounter){class->list_names[list], "page", LAD_GAUGE,
                                                   LAD_SCOPE_HOST, "pages on this list"};
    for (guint tier = 0; tier < kernel->host->n_tiers; tier++) {
        g_autofree char *part = g_strdup_printf("lru_%s", kernel->host->tiers[tier]->name);
        LadMetrics metrics = {.part = part,
                              .host = kernel->host->index,
                              .scope = LAD_SCOPE_HOST,
                              .table = kernel->list_counters,
                              .values = kernel->list_sizes[tier],
                              .refresh = refresh_lists,
                              .data = kernel};
        lad_host_add_metrics(kernel->host, &metrics);
    }
}

guint
lad_kernel_n_plans(const LadKernel *kernel)
{
    const LadPlacementClass *class = kernel->placement.class;
    return class->needs_future ? MAX(class->n_plans, 1) : 0;
}

void
lad_kernel_set_future(LadKernel *kernel, LadFuture *future)
{
    g_assert(!kernel->future);
    kernel->future = future;
    kernel->placement.future = future;
}

/* Tell the queues of block devices when the kernel ticks. */
static void
set_block_ticks(LadKernel *kernel)
{
    LadTime jiffy = lad_kernel_jiffy(kernel);
    LadTime phase = lad_kernel_scaled(kernel, lad_kernel_tick_phase(kernel)) % jiffy;
    for (guint i = 0; i < kernel->host->n_tiers; i++)
        if (kernel->host->tiers[i]->block)
            lad_wbt_set_jiffy(&kernel->host->tiers[i]->block->wbt, jiffy, phase,
                              LAD_S / kernel->params.jiffy);
}

gboolean
lad_kernel_setup(LadKernel *kernel, GError **error)
{
    add_metrics(kernel, "kernel", lad_kernel_counters, kernel->vm);
    add_metrics(kernel, "placement", kernel->placement.class->base.counters,
                kernel->placement.counters);
    add_metrics(kernel, "reclaim", kernel->reclaim.class->base.counters, kernel->reclaim.counters);
    add_list_metrics(kernel);
    lad_pressures_setup(kernel);
    const LadPlacementClass *policy = kernel->placement.class;
    if (policy->setup && !policy->setup(&kernel->placement, error))
        return FALSE;
    lad_swap_setup(kernel);
    lad_cgroups_setup(kernel);
    set_block_ticks(kernel);
    lad_offloads_setup(kernel);
    lad_hintscan_start(kernel);
    return TRUE;
}

void
lad_kernel_free(LadKernel *kernel)
{
    if (!kernel)
        return;
    if (kernel->placement.class && kernel->placement.class->clear)
        kernel->placement.class->clear(&kernel->placement);
    if (kernel->reclaim.class && kernel->reclaim.class->clear)
        kernel->reclaim.class->clear(&kernel->reclaim);
    lad_offloads_free(kernel);
    lad_pressures_free(kernel);
    lad_future_unref(kernel->future);
    g_free(kernel->placement.params);
    g_free(kernel->placement.state);
    g_free(kernel->placement.counters);
    g_free(kernel->reclaim.params);
    g_free(kernel->reclaim.state);
    g_free(kernel->reclaim.counters);
    for (guint i = 0; i < kernel->spaces->len; i++)
        lad_space_free(g_ptr_array_index(kernel->spaces, i));
    for (guint i = 0; i < kernel->files->len; i++)
        lad_file_free(g_ptr_array_index(kernel->files, i));
    g_ptr_array_free(kernel->spaces, TRUE);
    g_ptr_array_free(kernel->files, TRUE);
    g_ptr_array_free(kernel->copies, TRUE);
    g_hash_table_destroy(kernel->file_names);
    g_array_free(kernel->mappings, TRUE);
    g_array_free(kernel->waiters, TRUE);
    lad_swap_free(kernel);
    lad_pages_clear(kernel);
    lad_cgroups_clear(kernel);
    lad_chain_free(kernel);
    g_free(kernel->list_counters);
    g_free(kernel);
}

static void
timer(LadTime now, void *data, guint64 argument G_GNUC_UNUSED)
{
    LadKernel *kernel = data;
    kernel->timer = 0;
    kernel->placement.class->timer(&kernel->placement, now);
}

void
lad_placement_set_timer(LadPlacement *policy, LadTime when)
{
    LadKernel *kernel = policy->kernel;
    g_assert(policy->class->timer);
    if (kernel->timer)
        lad_queue_cancel(kernel->host->queue, kernel->timer);
    kernel->timer = lad_queue_add(kernel->host->queue, when, LAD_ORDER_POLICY, timer, kernel, 0);
}
