/* contents.h - what generated pages hold, and how far it compresses.
 *
 * The five fills are those that the kernel measurements used, byte for byte: `touch` a zero page
 * with its number in the first word, `half` half zero and half random words, `text` words of a
 * small vocabulary with numbers, `rand` random words, `mix` a third each of the latter three.
 */
#ifndef LAD_SYNTH_CONTENTS_H
#define LAD_SYNTH_CONTENTS_H

#include <memladder/error.h>

#define LAD_CONTENTS_PAGE_BYTES 4096

typedef enum {
    LAD_FILL_NONE, /* not told */
    LAD_FILL_TOUCH,
    LAD_FILL_HALF,
    LAD_FILL_TEXT,
    LAD_FILL_RAND,
    LAD_FILL_MIX,
} LadFill;

/* "none", "touch", ..., NULL. */
extern const char *const lad_fill_names[];

/* Fills a page of LAD_CONTENTS_PAGE_BYTES as number `number` (below 2^32 - 1) of a run with this
 * seed. Not for LAD_FILL_NONE. */
void lad_contents_fill(guint8 *page, guint32 number, LadFill fill, guint64 seed);

/* "lzo", "lz4", "zstd-1", "zstd-3", "zstd-3-linux", "lzo-linux", "lzo-rle-linux", NULL.
 * zstd-3-linux has the parameters that Linux uses for pages, those of level 3 for data of unknown
 * size; lzo-linux is the kernel's LZO1X-1, with a smaller dictionary than the library's, and
 * lzo-rle-linux its variant that writes runs of zeros as such. */
extern const char *const lad_compressor_names[];

/* A list of names as indices into lad_compressor_names. Errors: CONFIG with the nearest name. Free
 * with g_array_unref; elements are guint. */
GArray *lad_compressors_parse(const char *const *names, const char *where, GError **error);

/* Memory for compressing, one per thread. */
typedef struct LadCompressor LadCompressor;

LadCompressor *lad_compressor_new(void);
void lad_compressor_free(LadCompressor *compressor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadCompressor, lad_compressor_free)
/* Compressed bytes of a page; may be more than the page has. `algorithm` indexes
 * lad_compressor_names. */
guint lad_compressor_size(LadCompressor *compressor, guint algorithm, const guint8 *page);

/* Length of a page as the kernel's LZO1X-1 writes it, with a dictionary of 2^`hash_bits` entries
 * (up to 14; the kernel's has 13, liblzo2's 14), and with runs of zeros or without. */
guint lad_lzo_linux_size(const guint8 *page, guint hash_bits, gboolean rle);

#endif
