/* mapped.c - see mapped.h. */
#include "config.h"
#include "sim/base/mapped.h"

GArray *
lad_mapped_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(LadMapped));
}

void
lad_mapped_cut(GArray *mapped, guint64 start, guint64 end)
{
    for (guint i = 0; i < mapped->len; i++) {
        LadMapped *at = &g_array_index(mapped, LadMapped, i);
        if (at->end <= start || at->start >= end)
            continue;
        LadMapped left = *at, right = *at;
        left.end = start;
        right.offset += end - right.start;
        right.start = end;
        if (at->start < start && at->end > end) {
            *at = left;
            g_array_insert_val(mapped, i + 1, right);
            i++;
        } else if (at->start < start) {
            *at = left;
        } else if (at->end > end) {
            *at = right;
        } else {
            g_array_remove_index(mapped, i--);
        }
    }
}

void
lad_mapped_add(GArray *mapped, const LadMapped *added)
{
    guint at = 0;
    lad_mapped_cut(mapped, added->start, added->end);
    while (at < mapped->len && g_array_index(mapped, LadMapped, at).start < added->start)
        at++;
    g_array_insert_val(mapped, at, *added);
}

LadMapped
lad_mapped_find(const GArray *mapped, guint64 at)
{
    guint low = 0, high = mapped->len;
    while (low < high) {
        guint middle = (low + high) / 2;
        if (g_array_index(mapped, LadMapped, middle).end <= at)
            low = middle + 1;
        else
            high = middle;
    }
    LadMapped gap = {.end = G_MAXUINT64, .owner = LAD_MAPPED_NOTHING};
    if (low > 0)
        gap.start = g_array_index(mapped, LadMapped, low - 1).end;
    if (low < mapped->len) {
        const LadMapped *found = &g_array_index(mapped, LadMapped, low);
        if (found->start <= at)
            return *found;
        gap.end = found->start;
    }
    return gap;
}
