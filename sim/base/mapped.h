/* mapped.h - which stretches of an address space hold what, as map and unmap records tell.
 *
 * A GArray of LadMapped, disjoint and in order of address; what is in none holds nothing that is
 * known. Units are the caller's: bytes or pages.
 */
#ifndef LAD_MAPPED_H
#define LAD_MAPPED_H

#include <glib.h>

/* [start, end) holds what the owner has from `offset` on. */
typedef struct {
    guint64 start, end;
    guint64 offset;
    guint owner;
} LadMapped;

#define LAD_MAPPED_NOTHING G_MAXUINT

/* Empty; g_array_unref. */
GArray *lad_mapped_new(void);
/* Takes [start, end) out of what is mapped. */
void lad_mapped_cut(GArray *mapped, guint64 start, guint64 end);
/* Adds a stretch, after having cut it out of what was there. */
void lad_mapped_add(GArray *mapped, const LadMapped *added);
/* The stretch that holds `at`, or the gap around it, whose owner is LAD_MAPPED_NOTHING. */
LadMapped lad_mapped_find(const GArray *mapped, guint64 at);

#endif
