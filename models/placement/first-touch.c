/* first-touch.c - new pages go to the fastest tier that has room, and stay there.
 *
 * What Linux does with memory tiering off: allocation falls down the ladder when a tier is at its
 * low watermark. Nothing is demoted or promoted. Source: mm/page_alloc.c, zonelist fallback.
 */
#include "config.h"
#include <memladder/placement.h>

static guint
place(LadPlacement *policy G_GNUC_UNUSED, const LadNewPage *page G_GNUC_UNUSED)
{
    return 0;
}

const LadPlacementClass lad_placement_first_touch = {
    .base = {LAD_MODEL_HEAD(LAD_KIND_PLACEMENT, LadPlacementClass, "first-touch",
                            "fastest tier with room at the first touch, then never moved"),
             .models = "Allocation that falls down the ladder at the low watermark.",
             .leaves_out = "Any migration.", .source = "Linux 6.1 mm/page_alloc.c"},
    .place = place,
};
