/* pagetable.c - four-level page tables, whose pages occupy frames and are read by walks. */
#include "config.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/state.h"

#define HUGE_SHIFT 9 /* a 2 MiB page is 2^9 pages */

static inline guint
entry_index(guint64 vpage, guint level)
{
    return (guint)(vpage >> (9 * (LAD_WALK_LEVELS - 1 - level))) & 511;
}

static inline gboolean
is_huge(guintptr child)
{
    return (child & 1) != 0;
}

static inline LadPage
huge_page(guintptr child)
{
    return (LadPage)(child >> 1);
}

LadSpace *
lad_space_new(LadProcess *process)
{
    LadSpace *space = g_new0(LadSpace, 1);
    space->process = process;
    space->regions = g_array_new(FALSE, FALSE, sizeof(LadRegion));
    space->cached = g_new0(LadCachedTable, LAD_SPACE_CACHE);
    space->cache_mask = LAD_SPACE_CACHE - 1;
    return space;
}

static void
table_free(LadPageTable *table)
{
    for (guint i = 0; table->level < LAD_WALK_LEVELS - 1 && i < 512; i++)
        if (table->child[i] && !is_huge(table->child[i]))
            table_free((LadPageTable *)table->child[i]);
    g_free(table);
}

void
lad_space_free(LadSpace *space)
{
    if (!space)
        return;
    if (space->root)
        table_free(space->root);
    g_array_free(space->regions, TRUE);
    g_free(space->cached);
    g_free(space);
}

/* Tables cannot be moved out of the way: a fastest tier that they alone fill is a mistake in the
 * configuration, though there is room further down. FALSE: host->error is set. */
static gboolean
check_room(LadKernel *kernel)
{
    LadHost *host = kernel->host;
    const LadTier *near = host->tiers[0];
    guint64 tables = kernel->vm[LAD_VM_NR_PAGE_TABLE_PAGES] + 1;
    guint64 total = lad_frames_total(kernel, 0);
    guint64 usable = total - MIN(lad_frames_watermark(kernel, 0, LAD_WMARK_MIN), total);
    if (tables <= usable)
        return TRUE;
    if (!host->error)
        g_set_error(
            &host->error, LAD_ERROR, LAD_ERROR_CAPACITY,
            "[tier.%s] size = %" G_GUINT64_FORMAT " KiB: page tables alone need %" G_GUINT64_FORMAT
            " KiB so far and %" G_GUINT64_FORMAT " KiB of it can be used; expected a fastest tier "
            "larger than the page tables, which take 1/512 of the footprint or more",
            near->name, near->size >> 10, tables << (LAD_PAGE_SHIFT - 10),
            usable << (LAD_PAGE_SHIFT - 10));
    return FALSE;
}

/* Page tables are the kernel's own memory: the fastest tier first, whatever the policy. */
static LadPageTable *
table_new(LadKernel *kernel, const LadSpace *space, const LadPageTable *parent, guint64 vpage,
          LadTime now)
{
    guint level = parent ? parent->level + 1u : 0;
    LadTime cost = 0;
    if (!check_room(kernel))
        return NULL;
    LadPage page = lad_pages_take(kernel, kernel->vm[LAD_VM_NR_PAGE_TABLE_PAGES], 1);
    guint tier = lad_frames_find(kernel, 0, 1, 0, now, &cost);
    if (page == LAD_PAGE_NONE || tier == LAD_TIER_NONE) {
        if (page != LAD_PAGE_NONE)
            lad_pages_give(kernel, page, 1);
        lad_frames_out_of_memory(kernel);
        return NULL;
    }
    kernel->words[page] = LAD_PAGE_PRESENT | LAD_PAGE_UNMOVABLE | LAD_PAGE_DIRTY | tier;
    lad_kernel_account(kernel, LAD_VM_NR_PAGE_TABLE_PAGES, 1);
    lad_cgroup_charge_tables(kernel, space->process->group, 1);

    gsize entries = level == LAD_WALK_LEVELS - 1 ? 512 * sizeof(LadPage) : 512 * sizeof(guintptr);
    LadPageTable *table = g_malloc0(offsetof(LadPageTable, child) + entries);
    table->level = (guint16)level;
    table->first = vpage & ~(((guint64)1 << (9 * (LAD_WALK_LEVELS - level))) - 1);
    if (parent)
        memcpy(table->path, parent->path, sizeof table->path);
    table->path[level] = page;
    if (level == LAD_WALK_LEVELS - 1)
        for (guint i = 0; i < 512; i++)
            table->leaf[i] = LAD_PAGE_NONE;
    return table;
}

/* The lowest table that covers `vpage` and exists; NULL if there is no root. */
static LadPageTable *
descend(const LadSpace *space, guint64 vpage)
{
    LadPageTable *table = space->root;
    while (table && table->level < LAD_WALK_LEVELS - 1) {
        guintptr child = table->child[entry_index(vpage, table->level)];
        if (!child || is_huge(child))
            break;
        table = (LadPageTable *)child;
    }
    return table;
}

/* As descend, by the memory of recent leaf tables. */
static inline LadPageTable *
descend_cached(LadSpace *space, guint64 vpage)
{
    guint64 tag = (vpage >> HUGE_SHIFT) + 1;
    LadCachedTable *cached = &space->cached[tag & space->cache_mask];
    if (cached->tag == tag)
        return cached->table;
    LadPageTable *table = descend(space, vpage);
    if (table && table->level == LAD_WALK_LEVELS - 1) {
        *cached = (LadCachedTable){tag, table};
    }
    return table;
}

/* One more leaf table: the memory of them grows with their number. */
static void
count_leaf(LadSpace *space)
{
    if (++space->n_leaves <= space->cache_mask + 1 || space->n_leaves > 1u << 20)
        return;
    g_free(space->cached);
    space->cache_mask = 2 * space->cache_mask + 1;
    space->cached = g_new0(LadCachedTable, space->cache_mask + 1);
}

gboolean
lad_space_make_tables(LadKernel *kernel, LadSpace *space, guint64 vpage, gboolean huge, LadTime now)
{
    if (!space->root) {
        space->root = table_new(kernel, space, NULL, vpage, now);
        if (!space->root)
            return FALSE;
    }
    LadPageTable *table = descend_cached(space, vpage);
    while (table->level < (huge ? 2 : 3)) {
        LadPageTable *child = table_new(kernel, space, table, vpage, now);
        if (!child)
            return FALSE;
        guint index = entry_index(vpage, table->level);
        g_assert(table->child[index] == 0);
        table->child[index] = (guintptr)child;
        table->n_used++;
        table = child;
        if (table->level == LAD_WALK_LEVELS - 1)
            count_leaf(space);
    }
    return TRUE;
}

void
lad_space_enter(LadSpace *space, guint64 vpage, LadPage page, gboolean huge)
{
    LadPageTable *table = descend_cached(space, vpage);
    guint index = entry_index(vpage, table->level);
    if (huge) {
        g_assert(table->level == 2 && table->child[index] == 0);
        table->child[index] = (guintptr)page << 1 | 1;
        space->n_mapped += LAD_HUGE_PAGES;
    } else {
        g_assert(table->level == 3);
        if (table->leaf[index] == LAD_PAGE_NONE)
            space->n_mapped++;
        table->leaf[index] = page;
    }
    table->n_used++;
}

void
lad_space_remove(LadSpace *space, guint64 vpage)
{
    LadPageTable *table = descend_cached(space, vpage);
    guint index = entry_index(vpage, table->level);
    if (table->level == 2) {
        g_assert(is_huge(table->child[index]));
        table->child[index] = 0;
        space->n_mapped -= LAD_HUGE_PAGES;
    } else {
        g_assert(table->level == 3 && table->leaf[index] != LAD_PAGE_NONE);
        table->leaf[index] = LAD_PAGE_NONE;
        space->n_mapped--;
    }
    table->n_used--;
}

LadPage
lad_space_find(LadSpace *space, guint64 vpage, gboolean *huge)
{
    const LadPageTable *table = descend_cached(space, vpage);
    *huge = FALSE;
    if (!table || table->level < 2)
        return LAD_PAGE_NONE;
    guint index = entry_index(vpage, table->level);
    if (table->level == 3)
        return table->leaf[index];
    if (!table->child[index])
        return LAD_PAGE_NONE;
    *huge = TRUE;
    return huge_page(table->child[index]) + (LadPage)(vpage & (LAD_HUGE_PAGES - 1));
}

gboolean
lad_space_huge_is_free(const LadSpace *space, guint64 vpage)
{
    const LadPageTable *table = descend(space, vpage);
    return !table || table->level < 2 ||
           (table->level == 2 && table->child[entry_index(vpage, 2)] == 0);
}

gboolean
lad_space_split(LadKernel *kernel, LadSpace *space, guint64 vpage, LadTime now)
{
    LadPageTable *parent = descend(space, vpage);
    guint index = entry_index(vpage, 2);
    g_assert(parent && parent->level == 2 && is_huge(parent->child[index]));
    LadPage first = huge_page(parent->child[index]);
    LadPageTable *table = table_new(kernel, space, parent, vpage, now);
    if (!table)
        return FALSE;
    for (guint i = 0; i < 512; i++)
        table->leaf[i] = first + i;
    table->n_used = 512;
    parent->child[index] = (guintptr)table;
    count_leaf(space);
    return TRUE;
}

/* The first virtual page after all that `table`'s entry for `vpage` covers. */
static guint64
after_entry(const LadPageTable *table, guint64 vpage)
{
    guint shift = 9 * (LAD_WALK_LEVELS - 1u - table->level);
    return ((vpage >> shift) + 1) << shift;
}

gboolean
lad_space_next(LadSpace *space, guint64 from, guint64 to, guint64 *vpage, LadPage *page,
               gboolean *huge)
{
    while (from < to && space->root) {
        const LadPageTable *table = descend_cached(space, from);
        *page = lad_space_find(space, from, huge);
        if (*page != LAD_PAGE_NONE) {
            *vpage = from;
            return TRUE;
        }
        from = after_entry(table, from);
    }
    return FALSE;
}

gboolean
lad_space_next_range(const LadSpace *space, guint64 from, guint64 *first, LadPageTable **table,
                     LadPage *huge)
{
    guint64 at = from & ~(guint64)(LAD_HUGE_PAGES - 1);
    while (at <= LAD_OWNER_VPAGE_MASK && space->root) {
        LadPageTable *found = descend(space, at);
        guintptr child = found->level == 2 ? found->child[entry_index(at, 2)] : 0;
        if ((found->level == 3 && found->n_used > 0) || child) {
            *first = at;
            *table = child ? NULL : found;
            *huge = child ? huge_page(child) : LAD_PAGE_NONE;
            return TRUE;
        }
        at = found->level == 3 ? at + LAD_HUGE_PAGES : after_entry(found, at);
    }
    return FALSE;
}

/* Returns the lowest table that the walk reads. */
static inline LadPageTable *
look_up(LadSpace *space, guint64 vpage, LadWalk *walk)
{
    vpage &= LAD_OWNER_VPAGE_MASK;
    LadPageTable *table = descend_cached(space, vpage);
    walk->page = LAD_PAGE_NONE;
    walk->huge = FALSE;
    walk->n_levels = 0;
    if (!table)
        return NULL;
    walk->n_levels = table->level + 1u;
    memcpy(walk->table, table->path, sizeof walk->table);
    for (guint i = 0; i < LAD_WALK_LEVELS; i++)
        walk->entry[i] = (guint16)entry_index(vpage, i);
    guint index = entry_index(vpage, table->level);
    if (table->level == 3) {
        walk->page = table->leaf[index];
    } else if (table->level == 2 && is_huge(table->child[index])) {
        walk->page = huge_page(table->child[index]) + (LadPage)(vpage & (LAD_HUGE_PAGES - 1));
        walk->huge = TRUE;
    }
    return table;
}

void
lad_kernel_walk(LadKernel *kernel G_GNUC_UNUSED, LadProcess *process, guint64 vpage, LadWalk *walk)
{
    LadPageTable *table = look_up(process->space, vpage, walk);
    if (table)
        table->touched = TRUE;
}

void
lad_kernel_peek(LadKernel *kernel G_GNUC_UNUSED, LadProcess *process, guint64 vpage, LadWalk *walk)
{
    look_up(process->space, vpage, walk);
}

/* Free empty tables below `table` in [from, to); TRUE if `table` itself is empty then. */
static gboolean
prune(LadKernel *kernel, LadSpace *space, LadPageTable *table, guint64 from, guint64 to)
{
    guint shift = 9 * (LAD_WALK_LEVELS - 1u - table->level);
    for (guint i = 0; table->level < LAD_WALK_LEVELS - 1 && i < 512; i++) {
        guint64 first = table->first + ((guint64)i << shift);
        guintptr child = table->child[i];
        if (!child || is_huge(child) || first >= to || first + ((guint64)1 << shift) <= from)
            continue;
        LadPageTable *below = (LadPageTable *)child;
        if (!prune(kernel, space, below, from, to))
            continue;
        LadPage page = below->path[below->level];
        lad_frames_give(kernel, lad_page_tier(kernel->words[page]), 1);
        lad_pages_give(kernel, page, 1);
        kernel->vm[LAD_VM_NR_PAGE_TABLE_PAGES]--;
        lad_cgroup_charge_tables(kernel, space->process->group, -1);
        table->child[i] = 0;
        table->n_used--;
        space->n_leaves -= below->level == LAD_WALK_LEVELS - 1;
        g_free(below);
    }
    return table->n_used == 0;
}

void
lad_space_prune(LadKernel *kernel, LadSpace *space, guint64 from, guint64 to)
{
    if (!space->root)
        return;
    memset(space->cached, 0, (space->cache_mask + 1) * sizeof *space->cached);
    prune(kernel, space, space->root, from, to);
}
