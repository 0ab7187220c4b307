/* regions.h - what is mapped where in a process, so that parts of it can be moved, cut and changed.
 */
#ifndef LAD_CAPTURE_REGIONS_H
#define LAD_CAPTURE_REGIONS_H

#include <memladder/trace.h>

/* Map records that do not overlap, by address. Their text belongs to whoever made them. */
typedef struct {
    GArray *records; /* LadRecord */
} LadRegions;

void lad_regions_init(LadRegions *regions);
void lad_regions_clear(LadRegions *regions);
/* `to` becomes like `from`. */
void lad_regions_copy(LadRegions *to, const LadRegions *from);

/* Forget what is in [begin, end); what sticks out of it stays. */
void lad_regions_remove(LadRegions *regions, guint64 begin, guint64 end);
/* Remember a map record, in place of what is there. */
void lad_regions_add(LadRegions *regions, const LadRecord *record);
/* The first region that ends above `address`, cut to [begin, end) with its offset in the file;
 * FALSE if there is none in that range. */
gboolean lad_regions_find(const LadRegions *regions, guint64 begin, guint64 end, LadRecord *part);

#endif
