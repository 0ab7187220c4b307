/* oom.c - out of memory: who, which limit, what was tried (oom.h). */
#include "config.h"
#include "sim/kernel/oom.h"
#include "sim/kernel/state.h"
#include "sim/kernel/swapchain.h"

#define KIB           "%" G_GUINT64_FORMAT " KiB"
#define MAX_PROCESSES 8

static guint64
kib(guint64 pages)
{
    return pages << (LAD_PAGE_SHIFT - 10);
}

static void
add_limit(GString *text, const char *name, guint64 pages)
{
    if (pages == LAD_NO_LIMIT)
        g_string_append_printf(text, ", %s none", name);
    else
        g_string_append_printf(text, ", %s " KIB, name, kib(pages));
}

/* "[cgroup.web]", or "the host" for group 0. */
static char *
name_of(const LadCgroup *group)
{
    return group->index ? g_strdup_printf("[cgroup.%s]", group->name) : g_strdup("the host");
}

void
lad_oom_describe_swap(const LadKernel *kernel, guint first, GString *text)
{
    const LadHost *host = kernel->host;
    g_string_append(text, "\n  back ends:");
    if (first >= host->n_tiers) {
        g_string_append(text, " none");
        return;
    }
    for (const LadTier *tier = host->tiers[first]; tier; tier = tier->next) {
        guint64 used = tier->common[LAD_TIER_USED_BYTES], free = tier->common[LAD_TIER_FREE_BYTES];
        g_string_append_printf(text, " [tier.%s] (%s) " KIB " used, " KIB " free%s", tier->name,
                               tier->class->base.name, used >> 10, free >> 10,
                               tier->next ? ", then" : "");
    }
}

void
lad_oom_describe_tries(const LadKernel *kernel, guint group, GString *text)
{
    const guint64 *count = lad_cgroup(kernel, group)->counters;
    g_string_append_printf(text,
                           "\n  tried so far: %" G_GUINT64_FORMAT
                           " charges above a max, %" G_GUINT64_FORMAT
                           " pages scanned, %" G_GUINT64_FORMAT " freed, %" G_GUINT64_FORMAT
                           " written to devices, %" G_GUINT64_FORMAT " compressed",
                           count[LAD_CG_EVENT_MAX], count[LAD_CG_PGSCAN], count[LAD_CG_PGSTEAL],
                           count[LAD_CG_PSWPOUT], count[LAD_CG_ZSWPOUT]);
}

typedef struct {
    guint32 process;
    guint64 mapped;
} User;

static gint
by_size(gconstpointer a, gconstpointer b)
{
    const User *one = a, *other = b;
    if (one->mapped != other->mapped)
        return one->mapped < other->mapped ? 1 : -1;
    return one->process < other->process ? -1 : 1;
}

static void
describe_processes(const LadKernel *kernel, const LadCgroup *group, GString *text)
{
    const LadHost *host = kernel->host;
    g_autoptr(GArray) users = g_array_new(FALSE, FALSE, sizeof(User));
    for (guint i = 0; i < host->processes->len; i++) {
        const LadProcess *process = g_ptr_array_index(host->processes, i);
        if (!process->space || !lad_cgroup_is_below(lad_cgroup(kernel, process->group), group))
            continue;
        User user = {process->origin_process, lad_space(process)->n_mapped};
        g_array_append_val(users, user);
    }
    g_array_sort(users, by_size);
    for (guint i = 0; i < MIN(users->len, MAX_PROCESSES); i++) {
        const User *user = &g_array_index(users, User, i);
        g_string_append_printf(text, "%s process %u (" KIB " mapped)",
                               i ? "," : "\n  users:", user->process, kib(user->mapped));
    }
    if (users->len > MAX_PROCESSES)
        g_string_append_printf(text, ", and %u more", users->len - MAX_PROCESSES);
}

static void
describe_holdings(const LadCgroup *group, GString *text)
{
    const guint64 *level = group->counters;
    guint64 usage = group->usage << LAD_PAGE_SHIFT;
    guint64 known = level[LAD_CG_ANON] + level[LAD_CG_FILE] + level[LAD_CG_ZSWAP];
    g_string_append_printf(text, "anonymous pages " KIB ", file pages " KIB,
                           level[LAD_CG_ANON] >> 10, level[LAD_CG_FILE] >> 10);
    if (level[LAD_CG_ZSWAP])
        g_string_append_printf(text, ", compressed pages " KIB " (of " KIB ")",
                               level[LAD_CG_ZSWAP] >> 10, level[LAD_CG_ZSWAPPED] >> 10);
    g_string_append_printf(text, ", page tables, kernel memory and charges in stock " KIB,
                           (usage > known ? usage - known : 0) >> 10);
}

void
lad_oom_describe_users(const LadKernel *kernel, guint index, GString *text)
{
    const LadCgroup *group = lad_cgroup(kernel, index);
    for (guint i = 1; i < lad_cgroups_n(kernel); i++) {
        const LadCgroup *below = lad_cgroup(kernel, i);
        if (below == group || !lad_cgroup_is_below(below, group))
            continue;
        g_string_append_printf(text, "\n  [cgroup.%s]: usage " KIB, below->name, kib(below->usage));
        add_limit(text, "max", below->max);
        g_string_append(text, ": ");
        describe_holdings(below, text);
    }
    describe_processes(kernel, group, text);
}

/* ---- Killing -----------------------------------------------------------------------------------
 */

/* The process with most memory and swap, the one made first of several. */
static LadProcess *
choose(const LadKernel *kernel, const LadCgroup *group)
{
    const LadHost *host = kernel->host;
    LadProcess *worst = NULL;
    for (guint i = 0; i < host->processes->len; i++) {
        LadProcess *process = g_ptr_array_index(host->processes, i);
        if (process->killed || !process->space || lad_space(process)->n_mapped == 0 ||
            !lad_cgroup_is_below(lad_cgroup(kernel, process->group), group))
            continue;
        if (!worst || lad_space(process)->n_mapped > lad_space(worst)->n_mapped)
            worst = process;
    }
    return worst;
}

static void
give_back(LadKernel *kernel, LadProcess *process, LadTime now)
{
    lad_kernel_unmap(kernel, process, 0, (LAD_OWNER_VPAGE_MASK + 1) << LAD_PAGE_SHIFT, now);
}

gboolean
lad_oom_kill(LadKernel *kernel, guint group, LadThread *thread, const char *report, LadTime now,
             gboolean *self)
{
    if (kernel->params.oom != LAD_OOM_KILL)
        return FALSE;
    LadProcess *victim = choose(kernel, lad_cgroup(kernel, group));
    if (!victim)
        return FALSE;
    victim->killed = TRUE;
    lad_cgroup_count(kernel, victim->group, LAD_CG_EVENT_OOM_KILL, 1);
    g_auto(GStrv) lines = g_strsplit(report, "\n  ", -1);
    g_autofree char *joined = g_strjoinv("; ", lines);
    lad_host_add_note(kernel->host,
                      g_strdup_printf("%s; killed: process %u (" KIB " mapped)", joined,
                                      victim->origin_process, kib(lad_space(victim)->n_mapped)));
    *self = thread && thread->process == victim;
    if (!*self)
        give_back(kernel, victim, now);
    return TRUE;
}

gboolean
lad_oom_end_fault(LadKernel *kernel, LadThread *thread, LadTime now, LadFault *result)
{
    if (result->status == LAD_FAULT_FAILED && !kernel->host->error)
        result->status = LAD_FAULT_DONE;
    if (!thread->process->killed || result->status == LAD_FAULT_SLEEP)
        return FALSE;
    give_back(kernel, thread->process, now);
    thread->state = LAD_THREAD_DONE;
    thread->over_high = 0;
    result->status = LAD_FAULT_SLEEP;
    return TRUE;
}

/* ---- A group -----------------------------------------------------------------------------------
 */

gboolean
lad_cgroup_out_of_memory(LadKernel *kernel, guint index, guint full, LadThread *thread, LadTime now)
{
    LadHost *host = kernel->host;
    gboolean self;
    const LadCgroup *group = lad_cgroup(kernel, index), *limit = lad_cgroup(kernel, full);
    lad_cgroup_count(kernel, full, LAD_CG_EVENT_OOM, 1);
    if (host->error)
        return FALSE;
    g_autofree char *who = name_of(group), *whose = name_of(limit);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text,
                           "out of memory%s%s in %s at %.6f s: %s has reached its max of " KIB
                           " and no page of it could be reclaimed",
                           host->name[0] ? " on host " : "", host->name, who,
                           (double)now / (double)LAD_S, whose, kib(limit->max));
    g_string_append_printf(text, "\n  memory of %s: usage " KIB, whose, kib(limit->usage));
    add_limit(text, "max", limit->max);
    add_limit(text, "high", limit->high);
    g_string_append(text, ": ");
    describe_holdings(limit, text);
    g_string_append_printf(text, "\n  swap of %s: usage " KIB, whose, kib(limit->swap_usage));
    add_limit(text, "max", limit->swap_max);
    lad_oom_describe_swap(kernel, group->backend, text);
    lad_oom_describe_tries(kernel, full, text);
    lad_oom_describe_users(kernel, full, text);
    if (lad_oom_kill(kernel, full, thread, text->str, now, &self))
        return !self;
    g_string_append_printf(text,
                           "\nexpected a larger [cgroup.%s] max, a back end with room, or a "
                           "smaller footprint",
                           limit->name);
    g_set_error_literal(&host->error, LAD_ERROR, LAD_ERROR_CAPACITY, text->str);
    return FALSE;
}
