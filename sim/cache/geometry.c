/* geometry.c - checks and constants of a cache's or TLB's shape. */
#include "config.h"
#include "sim/cache/geometry.h"

static gboolean
is_power_of_two(guint64 value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

/* `n_lines`: in all sets. */
static gboolean
check_ways(const char *what, guint64 n_ways, guint64 n_lines, GError **error)
{
    if (n_ways >= 1 && n_ways <= LAD_GEOMETRY_MAX_WAYS)
        return TRUE;
    if (n_ways == n_lines && n_ways >= 1 && n_ways <= LAD_GEOMETRY_MAX_FULL_WAYS)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "%s: %" G_GUINT64_FORMAT " ways of %" G_GUINT64_FORMAT
                "; expected 1 to %d, or all of them in one set, up to %u",
                what, n_ways, n_lines, LAD_GEOMETRY_MAX_WAYS, LAD_GEOMETRY_MAX_FULL_WAYS);
    return FALSE;
}

gboolean
lad_geometry_check_short(const LadGeometry *geometry, const char *what, GError **error)
{
    if (!lad_geometry_is_long(geometry))
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                "%s: %u ways; expected at most %d, or [core] model = functional, which can do more "
                "in one set",
                what, geometry->n_ways, LAD_GEOMETRY_MAX_WAYS);
    return FALSE;
}

static gboolean
set_shape(LadGeometry *geometry, const char *what, guint64 n_sets, guint64 n_ways, guint line_shift,
          GError **error)
{
    if (n_sets > (guint64)1 << 31) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: %" G_GUINT64_FORMAT " sets; expected at most 2147483648", what, n_sets);
        return FALSE;
    }
    geometry->n_sets = (guint32)n_sets;
    geometry->n_ways = (guint32)n_ways;
    geometry->line_shift = line_shift;
    geometry->power_of_two = is_power_of_two(n_sets);
    geometry->mask = geometry->power_of_two ? (guint32)(n_sets - 1) : 0;
    geometry->reciprocal = geometry->power_of_two ? 0 : G_MAXUINT64 / n_sets;
    return TRUE;
}

gboolean
lad_geometry_init_cache(LadGeometry *geometry, const char *what, LadBytes size, guint64 n_ways,
                        LadBytes line_bytes, GError **error)
{
    if (line_bytes != 32 && line_bytes != 64 && line_bytes != 128) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: lines of %" G_GUINT64_FORMAT " bytes; expected 32, 64 or 128", what,
                    line_bytes);
        return FALSE;
    }
    if (!check_ways(what, n_ways, size / line_bytes, error))
        return FALSE;
    guint64 way_bytes = n_ways * line_bytes;
    if (size == 0 || size % way_bytes != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: size %" G_GUINT64_FORMAT " bytes; expected a multiple of ways times line, "
                    "%" G_GUINT64_FORMAT " bytes",
                    what, size, way_bytes);
        return FALSE;
    }
    guint shift = (guint)__builtin_ctzll(line_bytes);
    return set_shape(geometry, what, size / way_bytes, n_ways, shift, error);
}

gboolean
lad_geometry_init_tlb(LadGeometry *geometry, const char *what, guint64 n_entries, guint64 n_ways,
                      LadBytes page_bytes, GError **error)
{
    if (!is_power_of_two(page_bytes) || page_bytes < 4 * LAD_KIB || page_bytes > LAD_GIB) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: pages of %" G_GUINT64_FORMAT
                    " bytes; expected a power of two from 4 KiB to "
                    "1 GiB",
                    what, page_bytes);
        return FALSE;
    }
    if (!check_ways(what, n_ways, n_entries, error))
        return FALSE;
    if (n_entries == 0 || n_entries % n_ways != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_CONFIG,
                    "%s: %" G_GUINT64_FORMAT
                    " entries; expected a multiple of its %" G_GUINT64_FORMAT " ways",
                    what, n_entries, n_ways);
        return FALSE;
    }
    return set_shape(geometry, what, n_entries / n_ways, n_ways, (guint)__builtin_ctzll(page_bytes),
                     error);
}
