/* ranges.c - page tables as reclaim reads them: 512 virtual pages at a time. */
#include "config.h"
#include "sim/kernel/state.h"

void
lad_range_start(LadRange *range, guint process)
{
    *range = (LadRange){.process = process, .huge = LAD_PAGE_NONE};
}

static void
describe(LadRange *range, guint64 first, LadPageTable *table, LadPage huge)
{
    range->first = first;
    range->huge = huge;
    range->pages = table ? table->leaf : NULL;
    range->n_mapped = table ? table->n_used : LAD_HUGE_PAGES;
    range->touched = table ? table->touched : FALSE;
}

gboolean
lad_range_next(LadKernel *kernel, LadRange *range)
{
    gboolean begun = range->pages || range->huge != LAD_PAGE_NONE;
    guint64 from = begun ? range->first + LAD_HUGE_PAGES : 0;
    LadPageTable *table;
    LadPage huge;
    guint64 first;
    if (range->process >= kernel->spaces->len)
        return FALSE;
    const LadSpace *space = g_ptr_array_index(kernel->spaces, range->process);
    if (!space || !lad_space_next_range(space, from, &first, &table, &huge))
        return FALSE;
    describe(range, first, table, huge);
    if (table)
        table->touched = FALSE;
    return TRUE;
}

gboolean
lad_range_of(LadKernel *kernel, LadPage page, LadRange *range, guint *at)
{
    LadProcess *process;
    LadPageTable *table;
    LadPage huge;
    guint64 vpage, first;
    page = lad_page_head(kernel->words[page], page);
    if (lad_rmap_count(kernel, page) == 0)
        return FALSE;
    lad_rmap_get(kernel, page, 0, &process, &vpage);
    if (!lad_space_next_range(process->space, vpage, &first, &table, &huge) || first > vpage)
        return FALSE;
    lad_range_start(range, process->id);
    describe(range, first, table, huge);
    *at = (guint)(vpage - first);
    return TRUE;
}
