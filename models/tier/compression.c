/* compression.c - how far a page compresses, and how long that takes. */
#include "config.h"
#include "models/tier/compression.h"
#include "models/tier/backend.h"
#include <memladder/zpool.h>

enum { DISTRIBUTION_NONE, DISTRIBUTION_FIXED };

const char *const lad_compression_distributions[] = {"none", "fixed", "uniform", NULL};

/* Compressed bytes and microseconds. lz4, zstd: heap and library pages on a Sapphire-Rapids-class
 * machine; lzo: lzbench on an i7-9700K; lzo-rle is taken to be as lzo. */
static const double lz4_compress[] = {1230, 3.5, 2513, 7.6},
                    lz4_decompress[] = {1230, 0.87, 2513, 1.3};
static const double zstd_compress[] = {569, 10.3, 1896, 27},
                    zstd_decompress[] = {569, 2.1, 1896, 7.4};
static const double lzo_compress[] = {1941, 6.3}, lzo_decompress[] = {1941, 5.0};

#define TIMES(array)                                                                               \
    {                                                                                              \
        G_N_ELEMENTS(array) / 2, 2, array, "built in", 0                                           \
    }

static const LadTable compress_times[LAD_N_COMPRESSORS] = {
    [LAD_COMPRESSOR_LZO] = TIMES(lzo_compress),
    [LAD_COMPRESSOR_LZO_RLE] = TIMES(lzo_compress),
    [LAD_COMPRESSOR_LZ4] = TIMES(lz4_compress),
    [LAD_COMPRESSOR_ZSTD] = TIMES(zstd_compress),
};
static const LadTable decompress_times[LAD_N_COMPRESSORS] = {
    [LAD_COMPRESSOR_LZO] = TIMES(lzo_decompress),
    [LAD_COMPRESSOR_LZO_RLE] = TIMES(lzo_decompress),
    [LAD_COMPRESSOR_LZ4] = TIMES(lz4_decompress),
    [LAD_COMPRESSOR_ZSTD] = TIMES(zstd_decompress),
};

static gboolean
has_rows(const LadTable *table)
{
    return table && table->n_rows > 0;
}

static gboolean
check_table(const LadTier *tier, const LadTable *table, const char *option, GError **error)
{
    gboolean ok = !has_rows(table) || table->n_columns == 2;
    for (guint i = 0; ok && table && i < table->n_rows; i++) {
        const double *row = table->cells + (gsize)i * 2;
        ok = row[0] >= 0 && row[1] >= 0 && (i == 0 || row[0] > row[-2]);
    }
    return ok || lad_backend_refuse(tier, option,
                                    "rows of two numbers, bytes rising and none negative", error);
}

gboolean
lad_compression_check(const LadCompression *known, const LadTier *tier, GError **error)
{
    if (known->same_share + known->incompressible_share > 1)
        return lad_backend_refuse(tier, "same-filled-share, incompressible-share",
                                  "a sum of at most 1", error);
    if (!check_table(tier, known->sizes, "sizes", error) ||
        !check_table(tier, known->compress_times, "compress-times", error) ||
        !check_table(tier, known->decompress_times, "decompress-times", error))
        return FALSE;
    double pages = 0;
    for (guint i = 0; known->sizes && i < known->sizes->n_rows; i++)
        pages += known->sizes->cells[2 * i + 1];
    return pages > 0 || !has_rows(known->sizes) ||
           lad_backend_refuse(tier, "sizes", "at least one page in the histogram", error);
}

static guint
size_in_distribution(const LadCompression *known, double share)
{
    if (share < known->same_share)
        return LAD_CONTENT_SAME;
    share -= known->same_share;
    if (share < known->incompressible_share)
        return LAD_COMPRESSION_MAX_BYTES + 1;
    share = (share - known->incompressible_share) /
            (1 - known->same_share - known->incompressible_share);
    double mean = (double)LAD_PAGE_BYTES / known->ratio;
    double bytes = known->distribution == DISTRIBUTION_FIXED
                       ? mean
                       : mean * (1 + known->spread * (2 * share - 1));
    return (guint)CLAMP(bytes + 0.5, 1, 2.0 * LAD_PAGE_BYTES);
}

gboolean
lad_compression_size(const LadCompression *known, double share, guint *bytes)
{
    if (has_rows(known->sizes))
        *bytes = lad_sizes_at(known->sizes, share);
    else if (known->distribution != DISTRIBUTION_NONE)
        *bytes = size_in_distribution(known, share);
    else
        return FALSE;
    return TRUE;
}

static LadTime
time_for(const LadTable *table, guint bytes)
{
    return (LadTime)(lad_table_between(table, bytes) * (double)LAD_US);
}

LadTime
lad_compression_time(const LadCompression *known, guint bytes)
{
    return time_for(has_rows(known->compress_times) ? known->compress_times
                                                    : &compress_times[known->compressor],
                    bytes);
}

LadTime
lad_decompression_time(const LadCompression *known, guint bytes)
{
    return time_for(has_rows(known->decompress_times) ? known->decompress_times
                                                      : &decompress_times[known->compressor],
                    bytes);
}
