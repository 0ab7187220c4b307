/* zpool.h - what a tier of compressed memory asks of the kernel: room for objects of a few bytes to
 * a page by the packing rules of Linux's allocators, frames for it, somebody to charge, and how far
 * a page's content compresses.
 */
#ifndef MEMLADDER_ZPOOL_H
#define MEMLADDER_ZPOOL_H

#include <memladder/host.h>
#include <memladder/option.h>

G_BEGIN_DECLS

/* An object in a pool. */
typedef guint32 LadZHandle;
#define LAD_Z_REFUSED G_MAXUINT32       /* too large for the allocator */
#define LAD_Z_NO_ROOM (G_MAXUINT32 - 1) /* no frames for a new page */

/* Where a pool's pages come from and go to. Both are called with 1 to 16 pages. */
typedef struct {
    gboolean (*take)(void *data, guint n_pages); /* FALSE: there are not so many */
    void (*give)(void *data, guint n_pages);
    void *data;
} LadZFrames;

/* ---- zsmalloc (Linux mm/zsmalloc.c) -----------------------------------------------------------
 */

/* How many pages are linked into one zspage, and how zspages with room are kept. */
typedef enum {
    LAD_ZS_RULES_6_1, /* the share used, in whole percent, is greatest; two groups by fullness */
    LAD_ZS_RULES_6_4, /* the rest is least, powers of two take one page; groups by tenths */
} LadZsRules;

/* A size class: objects of up to `size` bytes, `n_objects` of them in `n_pages` pages. */
typedef struct {
    guint size, n_pages, n_objects;
} LadZsClass;

#define LAD_ZS_HANDLE_BYTES 8  /* of an object are the allocator's */
#define LAD_ZS_MIN_CLASS    32 /* bytes */
#define LAD_ZS_CLASS_STEP   16
#define LAD_ZS_N_CLASSES    255
#define LAD_ZS_MAX_CHAIN    16

typedef struct LadZsmalloc LadZsmalloc;

/* An empty pool. `chain`: most pages of a zspage, 1 to LAD_ZS_MAX_CHAIN (Linux 6.1: 4, later 8
 * unless configured). `frames` is copied. */
LadZsmalloc *lad_zsmalloc_new(LadZsRules rules, guint chain, const LadZFrames *frames);
/* Frees the bookkeeping; its pages are not given back. */
void lad_zsmalloc_free(LadZsmalloc *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadZsmalloc, lad_zsmalloc_free)
/* Room for an object of `bytes`, 1 to 4096. LAD_Z_REFUSED above that, LAD_Z_NO_ROOM. */
LadZHandle lad_zsmalloc_store(LadZsmalloc *pool, guint bytes);
/* The object is gone. Gives pages back when its zspage is empty. */
void lad_zsmalloc_drop(LadZsmalloc *pool, LadZHandle handle);
/* Pages that the pool holds. */
guint64 lad_zsmalloc_n_pages(const LadZsmalloc *pool);
/* The class that takes objects of `bytes` (1 to 4096), after merging. Owned by the pool. */
const LadZsClass *lad_zsmalloc_class(const LadZsmalloc *pool, guint bytes);

/* ---- zbud (Linux mm/zbud.c) -------------------------------------------------------------------
 */

/* Two objects to a page, in chunks of 64 bytes, of which one is the page's header. */
#define LAD_ZBUD_CHUNK        64
#define LAD_ZBUD_N_CHUNKS     63
#define LAD_ZBUD_MAX_BYTES    (4096 - 2 * LAD_ZBUD_CHUNK)
#define LAD_ZBUD_HEADER_BYTES 8 /* that zswap adds to every object, to find its slot again */

typedef struct LadZbud LadZbud;

/* As of zsmalloc; `bytes` is 1 to LAD_ZBUD_MAX_BYTES. */
LadZbud *lad_zbud_new(const LadZFrames *frames);
void lad_zbud_free(LadZbud *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadZbud, lad_zbud_free)
LadZHandle lad_zbud_store(LadZbud *pool, guint bytes);
void lad_zbud_drop(LadZbud *pool, LadZHandle handle);
guint64 lad_zbud_n_pages(const LadZbud *pool);

/* ---- Frames and charges -----------------------------------------------------------------------
 */

/* Take n frames of a byte-addressable tier for a pool, in the emergency that reclaim is: down to
 * the last one. FALSE: there are not so many. Defined by sim/kernel/zpool.c. */
gboolean lad_pool_take(LadHost *host, guint tier, guint n);
/* Give n of them back. */
void lad_pool_give(LadHost *host, guint tier, guint n);
/* A cgroup has `pages` more in compressed pools and pays for `bytes` more (both may be negative).
 */
void lad_pool_charge(LadHost *host, guint32 group, gint64 bytes, gint64 pages);
/* Bytes of memory that the host's byte-addressable tiers have in all, less what is reserved. */
LadBytes lad_pool_memory(const LadHost *host);

/* ---- Contents ---------------------------------------------------------------------------------
 */

typedef enum {
    LAD_COMPRESSOR_LZO,
    LAD_COMPRESSOR_LZO_RLE,
    LAD_COMPRESSOR_LZ4,
    LAD_COMPRESSOR_ZSTD,
    LAD_N_COMPRESSORS
} LadCompressorKind;

/* "lzo", "lzo-rle", "lz4", "zstd", NULL: Linux's names. */
extern const char *const lad_compressor_kinds[];

#define LAD_CONTENT_UNKNOWN G_MAXUINT16
#define LAD_CONTENT_SAME    0 /* one word all over: no object needed */

/* From now on sizes by this compressor are kept as the trace tells them; else they are passed over.
 * In a model's `init`. */
void lad_content_want(LadHost *host, LadCompressorKind compressor);
/* Compressed bytes of the page's content as the trace last told (may be above the page's own size),
 * or LAD_CONTENT_SAME or LAD_CONTENT_UNKNOWN. Several algorithms of the trace may stand for a
 * compressor; the nearest to Linux's counts. */
guint16 lad_content_size(LadHost *host, LadPage page, LadCompressorKind compressor);
/* A number in [0, 2^32) that depends only on whose page it is, at what address, and on the run's
 * seed: to draw a size for it that stays. */
guint32 lad_content_draw(LadHost *host, LadPage page);

/* ---- Tables -----------------------------------------------------------------------------------
 */

/* Of rows of two numbers, the first ones rising: the second number at `x`, by straight lines
 * between the rows and level outside them. At least one row. */
double lad_table_between(const LadTable *table, double x);
/* Of a histogram, rows of largest size and pages: the size at `share` (from 0 to below 1) of its
 * pages, which lie evenly from each row's predecessor on; a row of size 0 is only that. */
guint lad_sizes_at(const LadTable *histogram, double share);

G_END_DECLS
#endif
