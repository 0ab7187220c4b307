/* region.c - the mapped ranges of an address space, as map and unmap records make them.
 *
 * A trace need not have such records: what lies in no region is private anonymous memory. A region
 * mapped over others replaces them where they overlap, as mmap with MAP_FIXED does.
 */
#include "config.h"
#include "sim/kernel/state.h"

/* Index of the first region that ends after `vpage`. */
static guint
first_after(const LadSpace *space, guint64 vpage)
{
    guint low = 0, high = space->regions->len;
    while (low < high) {
        guint middle = (low + high) / 2;
        if (g_array_index(space->regions, LadRegion, middle).end > vpage)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

const LadRegion *
lad_region_find(const LadSpace *space, guint64 vpage)
{
    guint i = first_after(space, vpage);
    if (i == space->regions->len)
        return NULL;
    const LadRegion *region = &g_array_index(space->regions, LadRegion, i);
    return region->start <= vpage ? region : NULL;
}

gboolean
lad_region_allows_huge(const LadSpace *space, guint64 start, guint64 end)
{
    guint i = first_after(space, start);
    if (i == space->regions->len)
        return TRUE;
    const LadRegion *region = &g_array_index(space->regions, LadRegion, i);
    if (region->start >= end)
        return TRUE;
    return region->start <= start && region->end >= end && region->file == 0 &&
           !(region->flags & (LAD_MAP_SHARED | LAD_MAP_KERNEL));
}

/* What task_numa_work() passes over: what no page table maps, and files that are only read (shared
 * libraries), of which each node would want a copy. */
static gboolean
takes_no_hints(const LadRegion *region)
{
    const guint access = LAD_MAP_READ | LAD_MAP_WRITE;
    return region->flags & LAD_MAP_KERNEL ||
           (region->file && !(region->flags & LAD_MAP_ANONYMOUS) &&
            (region->flags & access) == LAD_MAP_READ);
}

gboolean
lad_region_takes_hints(const LadSpace *space, guint64 vpage, guint64 *end)
{
    const guint n = space->regions->len;
    guint i = first_after(space, vpage);
    const LadRegion *region = &g_array_index(space->regions, LadRegion, i);
    if (i < n && region->start <= vpage && takes_no_hints(region)) {
        *end = region->end;
        return FALSE;
    }
    while (i < n && !takes_no_hints(&g_array_index(space->regions, LadRegion, i)))
        i++;
    *end = i < n ? g_array_index(space->regions, LadRegion, i).start : LAD_OWNER_VPAGE_MASK + 1;
    return TRUE;
}

void
lad_region_remove(LadSpace *space, guint64 start, guint64 end)
{
    guint i = first_after(space, start);
    while (i < space->regions->len) {
        LadRegion *region = &g_array_index(space->regions, LadRegion, i);
        if (region->start >= end)
            break;
        LadRegion right = *region;
        right.offset += end - region->start;
        right.start = end;
        gboolean keep_left = region->start<start, keep_right = region->end> end;
        if (keep_left)
            region->end = start;
        if (keep_left && keep_right)
            g_array_insert_val(space->regions, i + 1, right);
        else if (keep_right)
            *region = right;
        else if (!keep_left) {
            g_array_remove_index(space->regions, i);
            continue;
        }
        i++;
    }
}

void
lad_region_add(LadSpace *space, const LadRegion *region)
{
    lad_region_remove(space, region->start, region->end);
    guint i = first_after(space, region->start);
    g_array_insert_val(space->regions, i, *region);
}
