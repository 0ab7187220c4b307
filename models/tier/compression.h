/* compression.h - how far a page compresses, and how long that takes.
 *
 * What the trace does not tell comes from a histogram, else from a distribution; times from rows of
 * compressed bytes and microseconds, given or as measured for the compressor.
 */
#ifndef LAD_TIER_COMPRESSION_H
#define LAD_TIER_COMPRESSION_H

#include <memladder/tier.h>

#define LAD_COMPRESSION_MAX_BYTES 4096 /* of a page that compresses */

extern const char *const lad_compression_distributions[]; /* names; ends with NULL */

/* Options of a tier; their meaning is in its option table. */
typedef struct {
    guint compressor; /* LadCompressorKind */
    LadTable *sizes;
    guint distribution; /* index of the above */
    double ratio, spread, same_share, incompressible_share;
    LadTable *compress_times, *decompress_times;
} LadCompression;

/* Errors: CONFIG for tables that are none, and shares above 1. */
gboolean lad_compression_check(const LadCompression *known, const LadTier *tier, GError **error);
/* Compressed bytes of the page at `share` in [0, 1) of all: 0, filled with one word; above
 * LAD_COMPRESSION_MAX_BYTES, it does not compress. FALSE: neither histogram nor distribution. */
gboolean lad_compression_size(const LadCompression *known, double share, guint *bytes);
/* CPU time to compress a page to so many bytes, and back. */
LadTime lad_compression_time(const LadCompression *known, guint bytes);
LadTime lad_decompression_time(const LadCompression *known, guint bytes);

#endif
