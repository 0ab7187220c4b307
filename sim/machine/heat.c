/* heat.c - the bounded map of traffic by page and epoch.
 *
 * Page numbers have gaps, so the totals lie in memory of which only what is touched is taken.
 */
#include "config.h"
#include <memladder/heat.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

LadHeat *
lad_heat_new(LadTime epoch_length)
{
    LadHeat *heat = g_new0(LadHeat, 1);
    heat->cells = g_new0(guint64, LAD_HEAT_EPOCHS * LAD_HEAT_RANGES);
    heat->column = heat->cells;
    heat->epoch_length = epoch_length;
    return heat;
}

void
lad_heat_free(LadHeat *heat)
{
    if (!heat)
        return;
    if (heat->totals)
        munmap(heat->totals, (gsize)heat->n_totals * sizeof *heat->totals);
    g_clear_pointer(&heat->fetches, g_array_unref);
    g_free(heat->cells);
    g_free(heat);
}

void
lad_heat_count_fetch(LadHeat *heat, LadPage page)
{
    if (page >= heat->fetches->len)
        g_array_set_size(heat->fetches, page + 1);
    g_array_index(heat->fetches, guint32, page)++;
}

/* Two neighbouring ranges become one. */
static void
merge_ranges(LadHeat *heat)
{
    for (guint epoch = 0; epoch <= heat->epoch; epoch++) {
        guint64 *row = heat->cells + (gsize)epoch * LAD_HEAT_RANGES;
        for (guint i = 0; i < LAD_HEAT_RANGES / 2; i++)
            row[i] = row[2 * i] + row[2 * i + 1];
        memset(row + LAD_HEAT_RANGES / 2, 0, LAD_HEAT_RANGES / 2 * sizeof *row);
    }
    heat->range_shift++;
}

/* Like all of GLib's, this allocation ends the program where there is no memory. */
static void
grow_totals(LadHeat *heat, LadPage page)
{
    guint64 room = MAX((guint64)heat->n_totals * 2, (guint64)page + 1);
    room = CLAMP(room, 1 << 16, G_MAXUINT32);
    gsize old_bytes = (gsize)heat->n_totals * sizeof *heat->totals;
    gsize bytes = (gsize)room * sizeof *heat->totals;
    void *memory = heat->totals ? mremap(heat->totals, old_bytes, bytes, MREMAP_MAYMOVE)
                                : mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        g_error("%s: %" G_GSIZE_FORMAT " bytes: %s", G_STRLOC, bytes, g_strerror(errno));
    heat->totals = memory;
    heat->n_totals = (LadPage)room;
}

void
lad_heat_grow(LadHeat *heat, LadPage page)
{
    if (page >= heat->n_totals)
        grow_totals(heat, page);
    while (page >> heat->range_shift >= LAD_HEAT_RANGES)
        merge_ranges(heat);
    heat->n_pages = page + 1;
}

/* Two neighbouring epochs become one. */
static void
merge_epochs(LadHeat *heat)
{
    for (guint epoch = 0; epoch < LAD_HEAT_EPOCHS / 2; epoch++) {
        guint64 *to = heat->cells + (gsize)epoch * LAD_HEAT_RANGES;
        const guint64 *from = heat->cells + (gsize)(2 * epoch) * LAD_HEAT_RANGES;
        for (guint i = 0; i < LAD_HEAT_RANGES; i++)
            to[i] = from[i] + from[LAD_HEAT_RANGES + i];
    }
    memset(heat->cells + LAD_HEAT_EPOCHS / 2 * LAD_HEAT_RANGES, 0,
           sizeof *heat->cells * LAD_HEAT_EPOCHS / 2 * LAD_HEAT_RANGES);
    heat->epoch_length *= 2;
    heat->epoch /= 2;
}

void
lad_heat_advance(LadHeat *heat, LadTime now)
{
    if (heat->epoch_length == 0)
        return;
    while (now / heat->epoch_length >= LAD_HEAT_EPOCHS)
        merge_epochs(heat);
    heat->epoch = (guint)(now / heat->epoch_length);
    heat->column = heat->cells + (gsize)heat->epoch * LAD_HEAT_RANGES;
}

LadPage
lad_heat_n_pages(const LadHeat *heat)
{
    return heat->n_pages;
}

LadBytes
lad_heat_page_bytes(const LadHeat *heat, LadPage page)
{
    g_assert(page < heat->n_pages);
    return (LadBytes)heat->totals[page] * LAD_HEAT_UNIT;
}

guint
lad_heat_n_ranges(const LadHeat *heat)
{
    return heat->n_pages == 0 ? 0 : ((heat->n_pages - 1) >> heat->range_shift) + 1;
}

guint
lad_heat_n_epochs(const LadHeat *heat)
{
    return heat->epoch + 1;
}

guint
lad_heat_range_pages(const LadHeat *heat)
{
    return 1u << heat->range_shift;
}

LadTime
lad_heat_epoch_length(const LadHeat *heat)
{
    return heat->epoch_length;
}

LadBytes
lad_heat_cell(const LadHeat *heat, guint range, guint epoch)
{
    g_assert(range < LAD_HEAT_RANGES && epoch <= heat->epoch);
    return heat->cells[(gsize)epoch * LAD_HEAT_RANGES + range];
}
