/* touch.c - touches of pages without caches: translation, accessed and dirty bits, counts by tier.
 */
#include "config.h"
#include "sim/kernel/touch.h"
#include "sim/kernel/swap.h"

/* `write` is 1 or 0, so that nothing here branches on it. */
static inline gboolean
faults(LadPageWord word, gboolean write)
{
    LadPageWord seen =
        LAD_PAGE_PRESENT | LAD_PAGE_HINT | (LadPageWord)(write != 0) * LAD_PAGE_READONLY;
    return (word & seen) != LAD_PAGE_PRESENT;
}

static inline LadPageWord
after_touch(gboolean write)
{
    return LAD_PAGE_ACCESSED | (LadPageWord)(write != 0) * LAD_PAGE_DIRTY;
}

/* Touches of pages at random wait for memory three times: for the table's entry, the page's word
 * and its place in the map of traffic. So all are fetched ahead, the entry twice as far as what it
 * leads to. */
#define LOOK_AHEAD 16

static const LadPage no_page = LAD_PAGE_NONE;

/* Where the page at an address is found, if its table is remembered; else some other place. */
static inline const LadPage *
likely_entry(const LadSpace *space, guint64 address)
{
    guint64 vpage = address >> LAD_PAGE_SHIFT & LAD_OWNER_VPAGE_MASK;
    const LadCachedTable *cached = &space->cached[((vpage >> 9) + 1) & space->cache_mask];
    return cached->table ? &cached->table->leaf[vpage & 511] : &no_page;
}

guint
lad_kernel_touch(LadKernel *kernel, LadProcess *process, LadTouches *touches,
                 const guint64 *addresses, guint n_known, const guint8 *writes, guint n)
{
    LadSpace *space = lad_space(process);
    LadPageWord *words = kernel->words;
    LadHeat *heat = kernel->host->heat;
    const guint64 bound = touches->bound, offset = touches->address_offset;
    const guint32 heat_bytes = touches->heat_bytes;
    const guintptr totals = (guintptr)heat->totals; /* may be NULL yet */
    const guint n_far = n_known > 2 * LOOK_AHEAD ? n_known - 2 * LOOK_AHEAD : 0;
    guint64 now = touches->now;
    guint i;
    for (i = 0; i < n && now < bound; i++) {
        guint64 vpage = (addresses[i] + offset) >> LAD_PAGE_SHIFT & LAD_OWNER_VPAGE_MASK;
        if (G_LIKELY(i < n_far)) {
            LadPage near = *likely_entry(space, addresses[i + LOOK_AHEAD] + offset);
            __builtin_prefetch(likely_entry(space, addresses[i + 2 * LOOK_AHEAD] + offset));
            __builtin_prefetch(&words[near], 1);
            __builtin_prefetch((gconstpointer)(totals + near * sizeof *heat->totals), 1);
        }
        LadPage page = lad_space_quick(space, vpage);
        if (G_UNLIKELY(page == LAD_PAGE_NONE)) {
            gboolean huge;
            page = lad_space_find(space, vpage, &huge);
            if (page == LAD_PAGE_NONE)
                break;
        }
        LadPageWord word = words[page];
        guint8 write = writes[i];
        if (G_UNLIKELY(faults(word, write)))
            break;
        guint tier = lad_page_tier(word);
        words[page] = word | after_touch(write);
        touches->touches[tier]++;
        touches->writes[tier] += write;
        now += touches->cost[tier];
        if (heat_bytes)
            lad_heat_add(heat, page, heat_bytes);
    }
    touches->now = now;
    return i;
}

gboolean
lad_kernel_touch_page(LadKernel *kernel, LadProcess *process, guint64 address, gboolean write,
                      guint64 heat_bytes, guint *tier)
{
    gboolean huge;
    guint64 vpage = address >> LAD_PAGE_SHIFT & LAD_OWNER_VPAGE_MASK;
    LadPage page = lad_space_quick(lad_space(process), vpage);
    if (page == LAD_PAGE_NONE)
        page = lad_space_find(lad_space(process), vpage, &huge);
    if (page == LAD_PAGE_NONE || faults(kernel->words[page], write))
        return FALSE;
    kernel->words[page] |= after_touch(write);
    *tier = lad_page_tier(kernel->words[page]);
    if (heat_bytes)
        lad_heat_add(kernel->host->heat, page, (guint32)MIN(heat_bytes, G_MAXUINT32));
    return TRUE;
}

/* The tier that has a page, in memory or not. */
static guint8
where_is(const LadKernel *kernel, LadPage page)
{
    if (!(kernel->swaps[page].flags & LAD_SWAP_OUT))
        return (guint8)lad_page_tier(kernel->words[page]);
    guint64 slot = lad_page_slot(kernel, page);
    return slot == LAD_SLOT_NONE ? LAD_TIER_NONE : (guint8)lad_chain_holder(kernel, slot);
}

void
lad_kernel_page_tiers(LadKernel *kernel, LadProcess *process, guint64 address, guint64 n,
                      guint8 *tiers)
{
    guint64 first = address >> LAD_PAGE_SHIFT & LAD_OWNER_VPAGE_MASK;
    for (guint64 i = 0; i < n; i++) {
        gboolean huge;
        LadPage page = lad_space_find(lad_space(process), first + i, &huge);
        tiers[i] = page == LAD_PAGE_NONE ? LAD_TIER_NONE : where_is(kernel, page);
    }
}
