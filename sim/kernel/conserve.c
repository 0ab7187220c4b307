/* conserve.c - is every page in exactly one place? A check that walks everything, for tests. */
#include "config.h"
#include "sim/kernel/swap.h"

typedef struct {
    guint64 frames[LAD_MAX_TIERS];
    guint64 *charged; /* by group, pages of its own */
    guint64 *slots;   /* by area */
    guint64 listed, in_memory;
} Found;

static char *
look_at(const LadKernel *kernel, LadPage page, Found *found)
{
    LadPageWord word = kernel->words[page];
    const LadPageSwap *state = &kernel->swaps[page];
    LadPage head = lad_page_head(word, page);
    gboolean out = (state->flags & LAD_SWAP_OUT) != 0;
    if (state->slot) {
        guint64 slot = lad_page_slot(kernel, page);
        if (lad_swap_page_at(kernel, slot) != page)
            return g_strdup_printf("page %u has a slot that belongs to page %u", page,
                                   lad_swap_page_at(kernel, slot));
        found->slots[slot >> LAD_SLOT_AREA_SHIFT]++;
    }
    if (!out) {
        found->frames[lad_page_tier(word)]++;
        gboolean unmovable = (word & LAD_PAGE_UNMOVABLE) != 0;
        if (unmovable && kernel->owners[page] == 0)
            return NULL;
        found->charged[kernel->swaps[head].group]++;
        if (unmovable)
            return word & LAD_PAGE_LRU ? g_strdup_printf("page %u is unmovable and on a list", page)
                                       : NULL;
        found->in_memory++;
        if (!(kernel->words[head] & LAD_PAGE_LRU))
            return g_strdup_printf("page %u is in memory and on no list", page);
        return NULL;
    }
    if (word & (LAD_PAGE_PRESENT | LAD_PAGE_LRU | LAD_PAGE_HUGE))
        return g_strdup_printf("page %u is out, and mapped, huge or on a list", page);
    if (!(word & LAD_PAGE_FILE) && !state->slot)
        return g_strdup_printf("page %u is neither in memory nor in a slot: lost", page);
    return NULL;
}

static char *
compare(const LadKernel *kernel, const Found *found)
{
    for (guint tier = 0; tier < kernel->host->n_tiers; tier++) {
        const LadZone *zone = &kernel->zones[tier];
        if (zone->tier->class->faulting)
            continue;
        guint64 used = zone->total - zone->free - zone->pcp.count;
        guint64 pool = zone->pool;
        if (used != found->frames[tier] + pool)
            return g_strdup_printf("tier %s: %" G_GUINT64_FORMAT
                                   " frames in use, %" G_GUINT64_FORMAT
                                   " pages and %" G_GUINT64_FORMAT " frames of pools in it",
                                   zone->tier->name, used, found->frames[tier], pool);
    }
    guint64 kept = lad_swap_n_kept_back(kernel), slots = 0, used = 0;
    for (guint area = 0; area < lad_chain_n_areas(kernel); area++) {
        slots += found->slots[area];
        used += lad_swap_used(kernel, area);
    }
    if (used != slots + kept)
        return g_strdup_printf("%" G_GUINT64_FORMAT " slots in use, %" G_GUINT64_FORMAT
                               " of pages and %" G_GUINT64_FORMAT " kept back",
                               used, slots, kept);
    guint64 listed = 0;
    for (guint vec = 0; vec < lad_lruvecs_n(kernel); vec++)
        for (guint list = 0; list < kernel->reclaim.class->n_lists; list++)
            listed += lad_lru_size(kernel, vec, list);
    if (listed != found->in_memory)
        return g_strdup_printf("%" G_GUINT64_FORMAT " pages on lists, %" G_GUINT64_FORMAT
                               " in memory",
                               listed, found->in_memory);
    return NULL;
}

/* What groups have been charged is what they have: those without groups below, whose usage is their
 * own. */
static char *
compare_charges(const LadKernel *kernel, const Found *found)
{
    for (guint i = 1; i < kernel->n_groups; i++) {
        const LadCgroup *group = lad_cgroup(kernel, i);
        guint64 own = 0;
        for (guint k = 1; k < kernel->n_groups; k++) {
            const LadCgroup *below = lad_cgroup(kernel, k);
            if (!lad_cgroup_is_below(below, group))
                continue;
            own += found->charged[k] + below->extra + below->tables +
                   ((below->bytes + LAD_PAGE_BYTES - 1) >> LAD_PAGE_SHIFT) +
                   (kernel->stock_group == k ? kernel->stock : 0);
        }
        if (own != group->usage)
            return g_strdup_printf("[cgroup.%s]: charged %" G_GUINT64_FORMAT
                                   " pages, and %" G_GUINT64_FORMAT " are its own",
                                   group->name, group->usage, own);
    }
    return NULL;
}

char *
lad_kernel_conserve(const LadKernel *kernel)
{
    Found found = {.charged = g_new0(guint64, kernel->n_groups),
                   .slots = g_new0(guint64, lad_chain_n_areas(kernel) + 1)};
    char *bad = NULL;
    for (guint colour = 0; colour < LAD_PAGE_COLOURS && !bad; colour++)
        for (guint32 row = 0; row < kernel->numbering.row[colour] && !bad; row++) {
            LadPage page = row << LAD_PAGE_COLOUR_BITS | colour;
            /* The word of a page that is out of the first tier may be zero. */
            if (kernel->words[page] || kernel->owners[page])
                bad = look_at(kernel, page, &found);
        }
    if (!bad)
        bad = compare(kernel, &found);
    if (!bad)
        bad = compare_charges(kernel, &found);
    g_free(found.charged);
    g_free(found.slots);
    return bad;
}
