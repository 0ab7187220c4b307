/* geometry.h - the shape of a set-associative cache or TLB, and which set a line lies in.
 *
 * A *line* is an address shifted right by line_shift (a TLB's line is a page). Its set is line
 * modulo n_sets, whether or not n_sets is a power of two, so neighbouring lines lie in neighbouring
 * sets and two lines share a set exactly if their distance is a multiple of n_sets.
 */
#ifndef LAD_CACHE_GEOMETRY_H
#define LAD_CACHE_GEOMETRY_H

#include <memladder/error.h>
#include <memladder/types.h>

#define LAD_GEOMETRY_MAX_WAYS      64
#define LAD_GEOMETRY_MAX_FULL_WAYS (1u << 20) /* of one set */

typedef struct {
    guint64 reciprocal; /* floor(2^64 / n_sets), for set counts that are no power of two */
    guint32 n_sets;     /* 1 to 2^31 */
    guint32 n_ways;     /* 1 to LAD_GEOMETRY_MAX_WAYS, of one set to ..._MAX_FULL_WAYS */
    guint32 mask;       /* n_sets - 1 if that is a mask */
    guint32 line_shift; /* log2 of the bytes of a line */
    gboolean power_of_two;
} LadGeometry;

/* A cache of `size` bytes in lines of 32, 64 or 128 bytes; n_sets = size / (n_ways * line_bytes)
 * must come out whole. `what` ("cache.l2") begins the message. Errors: CONFIG. */
gboolean lad_geometry_init_cache(LadGeometry *geometry, const char *what, LadBytes size,
                                 guint64 n_ways, LadBytes line_bytes, GError **error);
/* A TLB of n_entries for pages of `page_bytes` (a power of two from 4 KiB to 1 GiB). Errors:
 * CONFIG. */
gboolean lad_geometry_init_tlb(LadGeometry *geometry, const char *what, guint64 n_entries,
                               guint64 n_ways, LadBytes page_bytes, GError **error);

/* More than LAD_GEOMETRY_MAX_WAYS ways, which only untimed tags can do (longset.h). */
static inline gboolean
lad_geometry_is_long(const LadGeometry *geometry)
{
    return geometry->n_ways > LAD_GEOMETRY_MAX_WAYS;
}

/* An error for those who cannot. Errors: CONFIG. */
gboolean lad_geometry_check_short(const LadGeometry *geometry, const char *what, GError **error);

static inline guint64
lad_geometry_line(const LadGeometry *geometry, guint64 address)
{
    return address >> geometry->line_shift;
}

/* line mod n_sets for a set count that is no power of two. floor(2^64 / n) is low by less than one,
 * so the quotient by multiply-high is exact or one too small: one conditional subtraction mends it.
 */
static inline guint32
lad_geometry_set_modulo(guint64 reciprocal, guint32 n_sets, guint64 line)
{
    guint64 quotient = (guint64)(((unsigned __int128)line * reciprocal) >> 64);
    guint64 rest = line - quotient * n_sets;
    return (guint32)(rest >= n_sets ? rest - n_sets : rest);
}

static inline guint32
lad_geometry_set(const LadGeometry *geometry, guint64 line)
{
    if (geometry->power_of_two)
        return (guint32)line & geometry->mask;
    return lad_geometry_set_modulo(geometry->reciprocal, geometry->n_sets, line);
}

static inline LadBytes
lad_geometry_bytes(const LadGeometry *geometry)
{
    return ((LadBytes)geometry->n_sets * geometry->n_ways) << geometry->line_shift;
}

#endif
