/* lru.c - storage of the lists: doubly linked by 32-bit page numbers, heads per tier and list. */
#include "config.h"
#include "sim/kernel/cgroup.h"
#include "sim/kernel/state.h"

guint
lad_page_lruvec(const LadKernel *kernel, LadPage page)
{
    guint group = kernel->n_groups > 1 ? kernel->swaps[page].group : 0;
    return lad_lruvec(group, lad_page_tier(kernel->words[page]));
}

guint
lad_lruvecs_n(const LadKernel *kernel)
{
    return kernel->n_groups * LAD_MAX_TIERS;
}

static LadList *
list_of(LadKernel *kernel, LadPage page, guint list)
{
    return &kernel->vecs[lad_page_lruvec(kernel, page)].lists[list];
}

/* Link `page` between its new neighbours and set its list; LAD_PAGE_NONE: an end. */
static void
link_between(LadKernel *kernel, LadPage page, guint list, LadPage prev, LadPage next)
{
    LadPageWord word = kernel->words[page];
    g_assert(!(word & LAD_PAGE_LRU) && lad_page_head(word, page) == page);
    LadList *to = list_of(kernel, page, list);
    kernel->links[page] = (LadPageLinks){prev, next};
    if (prev == LAD_PAGE_NONE)
        to->head = page;
    else
        kernel->links[prev].next = page;
    if (next == LAD_PAGE_NONE)
        to->tail = page;
    else
        kernel->links[next].prev = page;
    to->size += lad_page_span(kernel, page);
    if (kernel->n_groups > 1)
        lad_cgroup_stat_update(kernel, lad_page_span(kernel, page));
    kernel->words[page] = (word & ~(LAD_PAGE_LIST_MASK | LAD_PAGE_ISOLATED)) | LAD_PAGE_LRU |
                          (LadPageWord)list << LAD_PAGE_LIST_SHIFT;
}

void
lad_lru_add_head(LadKernel *kernel, LadPage page, guint list)
{
    LadList *to = list_of(kernel, page, list);
    link_between(kernel, page, list, LAD_PAGE_NONE, to->size ? to->head : LAD_PAGE_NONE);
}

void
lad_lru_add_tail(LadKernel *kernel, LadPage page, guint list)
{
    LadList *to = list_of(kernel, page, list);
    link_between(kernel, page, list, to->size ? to->tail : LAD_PAGE_NONE, LAD_PAGE_NONE);
}

void
lad_lru_remove(LadKernel *kernel, LadPage page)
{
    g_assert(kernel->words[page] & LAD_PAGE_LRU);
    LadList *from = list_of(kernel, page, lad_lru_list(kernel, page));
    LadPageLinks links = kernel->links[page];
    if (links.prev == LAD_PAGE_NONE)
        from->head = links.next;
    else
        kernel->links[links.prev].next = links.next;
    if (links.next == LAD_PAGE_NONE)
        from->tail = links.prev;
    else
        kernel->links[links.next].prev = links.prev;
    from->size -= lad_page_span(kernel, page);
    if (kernel->n_groups > 1)
        lad_cgroup_stat_update(kernel, lad_page_span(kernel, page));
    kernel->words[page] &= ~LAD_PAGE_LRU;
}

void
lad_lru_withdraw(LadKernel *kernel, LadPage page)
{
    if (kernel->reclaim.class->removed)
        kernel->reclaim.class->removed(&kernel->reclaim, page);
    lad_lru_remove(kernel, page);
}

LadPage
lad_lru_tail(const LadKernel *kernel, guint vec, guint list)
{
    const LadList *from = &kernel->vecs[vec].lists[list];
    return from->size ? from->tail : LAD_PAGE_NONE;
}

LadPage
lad_lru_newer(const LadKernel *kernel, LadPage page)
{
    return kernel->links[page].prev;
}

guint64
lad_lru_size(const LadKernel *kernel, guint vec, guint list)
{
    return kernel->vecs[vec].lists[list].size;
}

guint
lad_lru_list(const LadKernel *kernel, LadPage page)
{
    return (guint)((kernel->words[page] & LAD_PAGE_LIST_MASK) >> LAD_PAGE_LIST_SHIFT);
}

gboolean
lad_page_is_active(const LadKernel *kernel, LadPage page)
{
    page = lad_page_head(kernel->words[page], page);
    return kernel->reclaim.class->active(&kernel->reclaim, page);
}

void
lad_page_mark_accessed(LadKernel *kernel, LadPage page)
{
    page = lad_page_head(kernel->words[page], page);
    kernel->reclaim.class->accessed(&kernel->reclaim, page);
}
