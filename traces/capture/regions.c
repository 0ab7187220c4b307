/* regions.c - mappings of a process as a sorted array of map records. */
#include "config.h"
#include "traces/capture/regions.h"

void
lad_regions_init(LadRegions *regions)
{
    regions->records = g_array_new(FALSE, FALSE, sizeof(LadRecord));
}

void
lad_regions_clear(LadRegions *regions)
{
    g_array_unref(regions->records);
}

void
lad_regions_copy(LadRegions *to, const LadRegions *from)
{
    g_array_set_size(to->records, 0);
    g_array_append_vals(to->records, from->records->data, from->records->len);
}

#define region_at(regions, i) (&g_array_index((regions)->records, LadRecord, i))

static guint64
end_of(const LadRecord *record)
{
    return record->address + record->size;
}

/* The first region that ends above `address`. */
static guint
first_above(const LadRegions *regions, guint64 address)
{
    guint low = 0, high = regions->records->len;

    while (low < high) {
        guint middle = (low + high) / 2;
        if (end_of(region_at(regions, middle)) > address)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* The part of a region in [begin, end). */
static LadRecord
part_of(const LadRecord *record, guint64 begin, guint64 end)
{
    LadRecord part = *record;

    part.address = MAX(record->address, begin);
    part.size = MIN(end_of(record), end) - part.address;
    if ((record->flags & LAD_MAP_ANONYMOUS) == 0)
        part.value += part.address - record->address;
    return part;
}

void
lad_regions_remove(LadRegions *regions, guint64 begin, guint64 end)
{
    guint i = first_above(regions, begin);

    while (i < regions->records->len && region_at(regions, i)->address < end) {
        LadRecord whole = *region_at(regions, i);
        g_array_remove_index(regions->records, i);
        if (whole.address < begin) {
            LadRecord before = part_of(&whole, whole.address, begin);
            g_array_insert_val(regions->records, i++, before);
        }
        if (end_of(&whole) > end) {
            LadRecord behind = part_of(&whole, end, end_of(&whole));
            g_array_insert_val(regions->records, i++, behind);
        }
    }
}

void
lad_regions_add(LadRegions *regions, const LadRecord *record)
{
    guint i;

    lad_regions_remove(regions, record->address, end_of(record));
    i = first_above(regions, record->address);
    g_array_insert_vals(regions->records, i, record, 1);
}

gboolean
lad_regions_find(const LadRegions *regions, guint64 begin, guint64 end, LadRecord *part)
{
    guint i = first_above(regions, begin);

    if (i == regions->records->len || region_at(regions, i)->address >= end)
        return FALSE;
    *part = part_of(region_at(regions, i), begin, end);
    return TRUE;
}
